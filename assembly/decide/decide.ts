// decide/decide.ts - the whole decision for a packet: what Linux does with it, and from which address (RC sections 9 to
// 12): from the route cache when there is one (RC-145), else from rules and tables.
//
// `output` decides for a packet made here, `input` for one that came in on a device. Both work on a copy of the flow,
// which they fill as they go, and leave in the result the route that was found (id 0: none), the type as used, the
// device, the gateway and the source. Which errno comes out, and where checks stand, is Linux 6.18's; counters, flags and
// what is kept are 2.6.31's (D14).

import * as abi from "../../src/abi/records";
import { ENOBUFS, RTCF_MULTICAST, RT_SCOPE_LINK, RT_SCOPE_UNIVERSE } from "../../src/abi/uapi";
import { state } from "../arena";
import { entryFill, entryTell, loopsBack } from "../cache/answer";
import { probe } from "../cache/bucket";
import { entryMake, intern, isBound } from "../cache/intern";
import { Entry, RouteCache, entryFree, routeCache, tally } from "../cache/rtable";
import { infoById } from "../fib/info";
import { TOS_MASK } from "../fib/lookup";
import { isResilient } from "../fib/object";
import { Flow, Result } from "../record";
import { decideInput } from "./input";
import { decideOutput } from "./output";
import { Room } from "./packet";

/** Not a tos and scope that a key could hold. */
const OTHER: u32 = 0xffffffff;

/**
 * Decides for a packet made here (RC-91..99). 0 or a negated errno. The flow is used up; `room` is to work in.
 */
export function output<K>(flow: Flow, result: Result, room: Room): i32 {
  flow.iif = 0;
  return state().cache ? throughCache<K>(flow, result, room, false) : decideOutput<K>(flow, result);
}

/** Decides for a packet that came in on `flow.iif` (RC-63..82). As `output`. */
export function input<K>(flow: Flow, result: Result, room: Room): i32 {
  flow.oif = 0;
  return state().cache ? throughCache<K>(flow, result, room, true) : decideInput<K>(flow, result, room);
}

/** RC-145: an entry answers, or the decision becomes one. */
function throughCache<K>(flow: Flow, result: Result, room: Room, isInput: bool): i32 {
  const rc = routeCache();
  const ask = askOf(flow, isInput);
  if (ask == OTHER) return goBy<K>(rc, flow, result, room, isInput);
  const dst = load<u32>(flow.dst);
  const src = load<u32>(flow.src);
  const oif = flow.oif;
  const index = isInput ? flow.iif : oif;
  if (rc.isCaching && (flow.iif != 0) == isInput) {
    const e = probe(rc, dst, src, index, flow.mark, ask);
    if (e != null) return entryTell(e, flow, result);
  }
  const err = isInput ? decideInput<K>(flow, result, room) : decideOutput<K>(flow, result);
  const kept = isInput ? <i32>result.word(abi.RESULT_ERROR) : 0; // RC-76: that there is no route is worth an entry
  if (err && err != kept) return err;
  if (!err && dependsOnMore(result, oif)) {
    rc.bypassed++;
    countSlow(rc, result, isInput);
    return 0;
  }
  const e = entryMake(isInput);
  if (e == null) return -ENOBUFS;
  e.dst = dst;
  e.src = src;
  e.index = index;
  e.mark = flow.mark;
  store<u16>(changetype<usize>(e), <u16>ask, abi.ENTRY_TOS);
  e.genid = state().cacheGenid;
  entryFill(e, flow, result, -err);
  if (!err) countSlow(rc, result, isInput);
  return handOut(rc, e, result, isInput) ? err : -ENOBUFS;
}

/** tos and scope floor of a flow as a key holds them, or OTHER: it asks for more than keys can tell apart (D14). */
function askOf(flow: Flow, isInput: bool): u32 {
  const tos = <u32>flow.tos;
  if (tos & ~(<u32>TOS_MASK) || state().fineRules || flow.flags & ~(<u8>abi.FLOW_F_NOTIFY)) return OTHER;
  if (flow.scope == RT_SCOPE_UNIVERSE) return isInput ? tos | abi.ENTRY_INPUT_KEY : tos;
  return flow.scope == RT_SCOPE_LINK && !isInput ? tos | abi.ENTRY_ONLINK | (RT_SCOPE_LINK << 8) : OTHER;
}

/** Decides a flow that goes by the cache. */
function goBy<K>(rc: RouteCache, flow: Flow, result: Result, room: Room, isInput: bool): i32 {
  rc.bypassed++;
  const err = isInput ? decideInput<K>(flow, result, room) : decideOutput<K>(flow, result);
  if (!err) countSlow(rc, result, isInput);
  return err;
}

/** True if one of several paths was chosen by more than addresses: by ports, or by when its buckets were last used. */
function dependsOnMore(result: Result, oif: u32): bool {
  if (!result.id || oif) return false;
  const fi = infoById(result.id);
  if (fi == null || fi.paths < 2) return false;
  const policy = state().sysctl(abi.SYSCTL_HASH_POLICY);
  return policy == 1 || policy == 3 || isResilient(fi.object);
}

/** RC-82, RC-98: what a decision counts once there is an entry for it. */
function countSlow(rc: RouteCache, result: Result, isInput: bool): void {
  const flags = result.word(abi.RESULT_CACHE_FLAGS);
  if (isInput) {
    if (flags & RTCF_MULTICAST) rc.tally(abi.RTC_COUNTER_IN_SLOW_MC, 1);
    return;
  }
  rc.tally(abi.RTC_COUNTER_OUT_SLOW_TOT, 1);
  if (loopsBack(flags, result.oif)) rc.tally(abi.RTC_COUNTER_OUT_SLOW_MC, 1);
}

/** Puts a new entry into the cache, unless that is off (RC-36): then it is the caller's alone, who lets go of it at once. */
function handOut(rc: RouteCache, e: Entry, result: Result, isInput: bool): bool {
  if (!rc.isCaching) {
    const isFine = isBound(rc, e);
    entryFree(e);
    return isFine;
  }
  const kept = intern(e, isInput);
  if (kept == null) return false;
  kept.detail.refs--;
  store<f64>(changetype<usize>(result), kept.handle, abi.RESULT_HANDLE);
  return true;
}
