// fib/gateways.ts - the reverse question: which routes go through this gateway? (GWI-31..34)
//
// The index is made in one walk over all tables when it is first asked, and kept from then on (fib/uses.ts).

import { GATEWAY_DST, GATEWAY_BYTES } from "../../src/abi/records";
import { RTNH_F_DEAD } from "../../src/abi/uapi";
import { Entry } from "../gateway/entry";
import { Gate, Use, gateAfter, gateFind, gateways, gatewaysNew } from "../gateway/gate";
import { keyBits, keyStore } from "../key";
import { GatewayRow } from "../record";
import { firstLeaf, nextLeaf } from "../trie/walk";
import { aliasAt, firstLink } from "./alias";
import { Info } from "./info";
import { Nexthop, sameWords } from "./nexthop";
import { Table, isMerged, tableNext } from "./table";
import { indexDrop, indexRoute } from "./uses";

/** Sees to an index. False when there is no memory. O(routes) once, else O(1). */
export function gatewaysOpen<K>(): bool {
  if (gateways() != null) return true;
  const index = gatewaysNew();
  if (index == null) return false;
  for (let t = tableNext(null); t != null; t = tableNext(t)) {
    if (isMerged(changetype<Table>(t))) continue; // main's trie holds its routes
    const trie = t.of<K>();
    for (let leaf = firstLeaf<K>(trie); leaf != null; leaf = nextLeaf<K>(trie, leaf!)) {
      for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
        if (indexRoute<K>(index, fa.info, leaf.key, fa.slen, fa.tos)) continue;
        indexDrop<K>();
        return false;
      }
    }
  }
  return true;
}

/** The gate of an address, or null. */
function gateOf(family: u32, address: usize): Gate | null {
  const index = gateways();
  if (index == null) return null;
  return gateFind(index, family, address);
}

/** The fib info that a use is of. */
// @ts-ignore: decorator
@inline function infoOf(use: Use): Info {
  return changetype<Info>(changetype<usize>(use.owner) - offsetof<Info>("entries"));
}

/** True if a path goes through a gateway, and through a device unless that is 0. */
// @ts-ignore: decorator
@inline function isThrough(nh: Nexthop, gate: Gate, oif: u32): bool {
  return nh.family == <u8>gate.family && (oif == 0 || nh.oif == oif) && sameWords(nh.gateway, gate.address);
}

/** True if an info is one that is asked for: of a table, on a device, 0 each for any (L11, L12). O(paths). */
function suits(fi: Info, gate: Gate, oif: u32, table: u32): bool {
  if (table && fi.table != table) return false;
  if (!oif) return true;
  for (let i: u32 = 0, n = fi.paths; i < n; i++) if (isThrough(fi.path(i), gate, oif)) return true;
  return false;
}

/** The gateway after one, the first after null, in no order that means anything; or null. */
export function gatewayNext(gate: Gate | null): Gate | null {
  const index = gateways();
  if (index == null) return null;
  return gateAfter(index, gate);
}

/**
 * The routes through a gateway, as many as fit into `room` bytes of rows; how many there are. In no order that means
 * anything: the facade sorts them (GWI-32). O(routes).
 */
export function gatewayRoutes<K>(
  family: u32,
  address: usize,
  oif: u32,
  table: u32,
  out: usize,
  room: u32,
): u32 {
  const gate = gateOf(family, address);
  if (gate == null) return 0;
  let n: u32 = 0;
  for (let use = gate.uses; use != null; use = use!.next) {
    const fi = infoOf(use);
    if (!suits(fi, gate, oif, table)) continue;
    for (let e = changetype<Entry<K> | null>(fi.entries); e != null; e = e!.older, n++) {
      const at = n * GATEWAY_BYTES;
      if (room - min(room, at) >= <u32>GATEWAY_BYTES) writeRow<K>(changetype<GatewayRow>(out + at), fi, e);
    }
  }
  return n;
}

function writeRow<K>(row: GatewayRow, fi: Info, e: Entry<K>): void {
  row.id = fi.id;
  row.serial = e.serial;
  row.table = fi.table;
  row.priority = fi.priority;
  row.dstLen = keyBits<K>() - e.slen;
  row.tos = e.tos;
  memory.fill(changetype<usize>(row) + GATEWAY_DST, 0, 16);
  keyStore<K>(changetype<usize>(row) + GATEWAY_DST, e.key);
}

/** GWI-34: true if a path that lives goes through a gateway on a device. O(infos of the gateway). */
export function gatewayKnown(family: u32, address: usize, oif: u32): bool {
  const gate = gateOf(family, address);
  if (gate == null) return false;
  for (let use = gate.uses; use != null; use = use!.next) {
    const fi = infoOf(use);
    for (let i: u32 = 0, n = fi.paths; i < n; i++) {
      const nh = fi.path(i);
      if (isThrough(nh, gate, oif) && !(nh.flags & RTNH_F_DEAD)) return true;
    }
  }
  return false;
}
