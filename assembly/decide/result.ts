// decide/result.ts - what a decision leaves behind: device, gateway and source, and what a path remembers (RC-78, CFG-75).

import * as abi from "../../src/abi/records";
import { RTCF_NOTIFY, RTN_UNICAST, RT_SCOPE_LINK } from "../../src/abi/uapi";
import { state } from "../arena";
import { Device } from "../device";
import { Info } from "../fib/info";
import { Nexthop } from "../fib/nexthop";
import { Flow, Result } from "../record";

/** The ways of a packet, as bits of a path's marks. */
const OUTPUT: u8 = 1;
const INPUT: u8 = 2;

/** Marks of a path whose entry holds: for output, and for input. */
const KEPT: u8 = 4;
const KEPT_INPUT: u8 = 8;

/** An empty result: nothing was found. */
export function nothing(result: Result): void {
  memory.fill(changetype<usize>(result), 0, abi.RESULT_BYTES);
}

/**
 * Puts the route that was found aside from what the packet does: it goes on the link, without a gateway. The tos of a
 * route that a rule suppressed stays.
 */
export function onLink(result: Result): void {
  const tos = result.tos;
  nothing(result);
  result.tos = tos;
  result.type = <u8>RTN_UNICAST;
}

/** RC-78: gateway and metrics are the route's as far as it has a say; the gateway only if it is on the link. */
export function finish(flow: Flow, result: Result, d: Device, fi: Info | null, flags: u32): void {
  result.oif = d.index;
  result.put(abi.RESULT_CACHE_FLAGS, flags);
  result.put(abi.RESULT_ENTRY, fi == null ? 0 : fi.id);
  result.put(abi.RESULT_USERS, 1);
  store<u32>(result.prefsrc, load<u32>(flow.src));
  markEntry(flow, result, fi, flow.iif ? INPUT : OUTPUT);
  if (fi != null && fi.path(result.nexthop).scope == RT_SCOPE_LINK) return;
  result.family = 0;
  memory.fill(result.gateway, 0, 16);
}

/**
 * The kernel keeps an entry at a path for what it sends there: until the routing state changes, packets have the realms
 * of the first one, whatever rule sent them, its metrics and its type, whatever route of a nexthop object.
 */
export function keepEntry(nh: Nexthop, result: Result): void {
  renewEntry(nh);
  const notify = result.word(abi.RESULT_CACHE_FLAGS) & RTCF_NOTIFY;
  if (!(nh.marks & KEPT)) {
    nh.entryRealm = result.realm;
    nh.entryId = result.word(abi.RESULT_ENTRY);
    nh.entryFlags = (result.word(abi.RESULT_CACHE_FLAGS) & ~RTCF_NOTIFY) | result.type;
    nh.marks |= KEPT;
    return;
  }
  result.realm = nh.entryRealm;
  result.put(abi.RESULT_ENTRY, nh.entryId);
  result.type = <u8>nh.entryFlags;
  result.put(abi.RESULT_CACHE_FLAGS, (nh.entryFlags & ~0xff) | notify);
}

/** On input a path keeps its entry too, and who finds it there does not count as its user. */
export function keepInput(nh: Nexthop, result: Result): void {
  renewEntry(nh);
  if (!(nh.marks & KEPT_INPUT)) result.put(abi.RESULT_USERS, 2);
  nh.marks |= KEPT_INPUT;
}

/** Forgets what a path kept when the routing state has changed since. */
function renewEntry(nh: Nexthop): void {
  const genid = state().genid;
  if (nh.entryGenid == genid) return;
  nh.entryGenid = genid;
  nh.marks = 0;
}

/** CFG-75: the mark of a question stays on the entry of its path, one for output and one for input. */
function markEntry(flow: Flow, result: Result, fi: Info | null, way: u8): void {
  let isMarked = (flow.flags & (<u8>abi.FLOW_F_NOTIFY)) != 0;
  if (fi != null) {
    const nh = fi.path(result.nexthop);
    renewEntry(nh);
    if (isMarked) nh.marks |= way;
    isMarked = (nh.marks & way) != 0;
  }
  if (isMarked) result.put(abi.RESULT_CACHE_FLAGS, result.word(abi.RESULT_CACHE_FLAGS) | RTCF_NOTIFY);
}
