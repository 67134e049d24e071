// check/gateway.ts - G1..G5: the reverse index and the classic one.
//
// The chains are claimed first, and each thing in them is looked at where it hangs; then the lists of each fib info are
// followed, in which nothing may stand that is not in a chain.

import { AF_INET, AF_INET6 } from "../../src/abi/uapi";
import {
  CLASSIC,
  ENTRY,
  GATE,
  GATEWAYS,
  MAPPING,
  USE,
  WORDS,
  WORDS_BITS,
  gatewayIndex,
  word,
} from "../arena";
import { claim, walk, within } from "../claim";
import { Info, infoAfter } from "../fib/info";
import { isIndexed } from "../fib/uses";
import { CLASSIC_BITS, Mapping, classicChain, classicOpened } from "../gateway/classic";
import { Entry, entryChain, entryFind } from "../gateway/entry";
import { Gate, Gateways, Owner, Use, gateAfter, gateChain, gateFind } from "../gateway/gate";
import { keyBits } from "../key";
import { isKnown } from "./info";
import { G, M } from "./rooms";

/** G1..G4, when all infos and aliases were met. */
export function checkGateways<K>(): u32 {
  const index = load<Gateways | null>(gatewayIndex());
  if (index == null) return areBare() ? 0 : G + 3;
  if (!claim(GATEWAYS, changetype<usize>(index))) return M + 4;
  if (index.gateBits > WORDS_BITS || !claim(WORDS + index.gateBits, index.gates)) return M + 4;
  if (index.entryBits > WORDS_BITS || !claim(WORDS + index.entryBits, index.entries)) return M + 4;
  let broken = checkGates(index);
  if (!broken) broken = checkEntries<K>(index);
  for (let fi = infoAfter(0); !broken && fi != null; fi = infoAfter(fi!.id))
    broken = checkOwner<K>(index, fi);
  if (broken) return broken;
  if (walk().entries != index.entryCount || walk().uses) return G + 3;
  return checkLists(index);
}

/** True if no info says that it has anything in an index that is not there. */
function areBare(): bool {
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) if (fi.entries || fi.uses) return false;
  return true;
}

/** G1 and G2: the gates, and what hangs below them. `uses` of the walk counts the uses. */
function checkGates(index: Gateways): u32 {
  let gates: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1) << index.gateBits; i++) {
    const chain = word(index.gates, i);
    for (let gate = load<Gate | null>(chain); gate != null; gate = gate!.next) {
      if (!claim(GATE, changetype<usize>(gate))) return M + 4;
      if (gate.family != AF_INET && gate.family != AF_INET6) return G + 1;
      if (gateChain(index, gate.address) != chain) return G + 1;
      if (!isFirst(index, gate)) return G + 1;
      const broken = checkUses(gate);
      if (broken) return broken;
      gates++;
    }
  }
  return gates == index.gateCount ? 0 : G + 1;
}

/** True if no gate before it in its chain, all of which were claimed, has the same address. */
function isFirst(index: Gateways, gate: Gate): bool {
  return gateFind(index, gate.family, gate.address) == gate;
}

function checkUses(gate: Gate): u32 {
  let back = changetype<usize>(gate) + offsetof<Gate>("uses");
  if (gate.uses == null) return G + 2;
  for (let use = gate.uses; use != null; use = use!.next) {
    if (!claim(USE, changetype<usize>(use))) return M + 4;
    if (use.back != back || use.gate != gate || !isKnown(infoAt(use.owner))) return G + 2;
    back = changetype<usize>(use);
    walk().uses++;
  }
  return 0;
}

/** Address of the info that an owner lies in. */
function infoAt(owner: Owner): usize {
  return changetype<usize>(owner) - offsetof<Info>("entries");
}

/** G1: the entries in their chains. */
function checkEntries<K>(index: Gateways): u32 {
  let entries: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1) << index.entryBits; i++) {
    const chain = word(index.entries, i);
    for (let e = load<Entry<K> | null>(chain); e != null; e = e!.next) {
      if (!claim(ENTRY, changetype<usize>(e))) return M + 4;
      if (!isKnown(infoAt(e.owner)) || e.slen > <u8>keyBits<K>()) return G + 1;
      if (entryChain<K>(index, e.owner, e.key, e.slen, e.tos) != chain) return G + 1;
      entries++;
    }
  }
  return entries == index.entryCount ? 0 : G + 1;
}

/** G3 and G4 for one info: as many entries as routes, each found in its chain; a use for each of its gateways. */
function checkOwner<K>(index: Gateways, fi: Info): u32 {
  const wanted: u32 = isIndexed(fi) ? fi.seen : 0;
  let n: u32 = 0;
  let newer: Entry<K> | null = null;
  for (let e = changetype<Entry<K> | null>(fi.entries); e != null; e = e!.older) {
    if (++n > wanted || !within(changetype<usize>(e), <u32>offsetof<Entry<K>>())) return G + 4;
    if (e.owner != fi.owner || e.newer != newer) return G + 3;
    if (entryFind<K>(index, e.owner, e.key, e.slen, e.tos) != e) return G + 3;
    newer = e;
  }
  if (n != wanted) return G + 4;
  walk().entries += n;
  return checkOwnUses(index, fi);
}

/** Follows the uses of an info, as many as it has paths at most, and looks for one for each of its gateways. */
function checkOwnUses(index: Gateways, fi: Info): u32 {
  const paths: u32 = fi.entries ? fi.paths : 0;
  let n: u32 = 0;
  for (let use = fi.owner.uses; use != null; use = use!.nextOfOwner) {
    if (++n > paths || !within(changetype<usize>(use), <u32>offsetof<Use>())) return G + 3;
    if (use.owner != fi.owner || !walk().uses) return G + 3;
    walk().uses--;
  }
  for (let i: u32 = 0; i < paths; i++) {
    const nh = fi.path(i);
    if (!nh.family) continue;
    const gate = gateFind(index, nh.family, nh.gateway);
    if (gate == null || !hasUse(fi, gate)) return G + 3;
  }
  return 0;
}

/** True if a gate is among those of an info, whose list was followed to its end. */
function hasUse(fi: Info, gate: Gate): bool {
  let use = fi.owner.uses;
  while (use != null && use.gate != gate) use = use.nextOfOwner;
  return use != null;
}

/**
 * Each use below a gate is in the list of its info. There are as many in these lists as below gates, so all of them are
 * uses that were claimed, and none is there twice. And each gate is a gateway of the info.
 */
function checkLists(index: Gateways): u32 {
  for (let gate = gateAfter(index, null); gate != null; gate = gateAfter(index, gate)) {
    for (let use = gate.uses; use != null; use = use!.next) {
      let own = use.owner.uses;
      while (own != null && own != use) own = own.nextOfOwner;
      if (own == null || !isGatewayOf(gate, changetype<Info>(infoAt(use.owner)))) return G + 2;
    }
  }
  return 0;
}

function isGatewayOf(gate: Gate, fi: Info): bool {
  for (let i: u32 = 0, n = fi.paths; i < n; i++) {
    const nh = fi.path(i);
    if (<u32>nh.family == gate.family && memory.compare(gate.address, nh.gateway, 16) == 0) return true;
  }
  return false;
}

/** G5. */
export function checkClassic(): u32 {
  const index = classicOpened();
  if (index == null) return 0;
  if (!claim(CLASSIC, changetype<usize>(index)) || !claim(WORDS + CLASSIC_BITS, index.heads)) return M + 4;
  let count: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1) << CLASSIC_BITS; i++) {
    const chain = word(index.heads, i);
    for (let m = load<Mapping | null>(chain); m != null; m = m!.next) {
      if (!claim(MAPPING, changetype<usize>(m))) return M + 4;
      if (classicChain(index, m.gateway) != chain) return G + 5;
      let first = load<Mapping>(chain);
      while (first.gateway != m.gateway) first = changetype<Mapping>(first.next);
      if (first != m) return G + 5;
      count++;
    }
  }
  return count == index.count ? 0 : G + 5;
}
