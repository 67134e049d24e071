// decide/output.ts - the way of a packet made here, from rules and tables (RC-91..99, CFG-67..78).

import * as abi from "../../src/abi/records";
import {
  EINVAL,
  ENETUNREACH,
  ENODEV,
  RTCF_BROADCAST,
  RTCF_LOCAL,
  RTCF_MULTICAST,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
} from "../../src/abi/uapi";
import { Device, deviceFind, l3masterOf, sourceOn } from "../device";
import { Info } from "../fib/info";
import { answer, pathOf, rejection, resolve } from "../fib/lookup";
import { selectPath } from "../fib/select";
import { Flow, Result } from "../record";
import {
  LIMITED_BROADCAST,
  LOOPBACK,
  LOOPBACK_INDEX,
  deviceOf,
  isLocalMulticast,
  isLoopback,
  isMember,
  isMulticast,
  isOurs,
} from "./packet";
import { finish, keepEntry, nothing, onLink } from "./result";
import { sourceFor } from "./source";

/** RC-91..99 from rules and tables. */
export function decideOutput<K>(flow: Flow, result: Result): i32 {
  nothing(result);
  const asked = flow.oif;
  let src = load<u32>(flow.src);
  let dst = load<u32>(flow.dst);
  let d: Device | null = null;
  if (src) {
    if (isMulticast(src) || src == LIMITED_BROADCAST) return -EINVAL;
    if (!asked && (isMulticast(dst) || dst == LIMITED_BROADCAST)) {
      d = deviceOf<K>(src);
      if (d == null) return -ENETUNREACH;
      onLink(result);
      return leave(flow, result, d, null, 0);
    }
    if (!isOurs<K>(src)) return -ENETUNREACH;
  }
  if (asked) {
    d = deviceFind(asked);
    if (d == null) return -ENODEV;
    if (!d.isUp || !d.hasInet) return -ENETUNREACH;
    if (isLocalMulticast(dst) || dst == LIMITED_BROADCAST) {
      if (!src) store<u32>(flow.src, sourceOn(d, 0, <u8>RT_SCOPE_LINK));
      onLink(result);
      return leave(flow, result, d, null, 0);
    }
    if (!src && isMulticast(dst)) src = sourceOn(d, 0, flow.scope);
    else if (!src && !dst) src = sourceOn(d, 0, <u8>RT_SCOPE_HOST);
    store<u32>(flow.src, src);
  }
  if (!dst) return toOurselves(flow, result, src);
  const fa = resolve<K>(flow, result);
  const ofRule = result.realm;
  const err = fa == null ? <i32>result.word(abi.RESULT_ERROR) : rejection(fa.info);
  if (err) {
    if (!asked) return err;
    onLink(result);
    if (!src) store<u32>(flow.src, sourceOn(d!, 0, <u8>RT_SCOPE_LINK));
    return leave(flow, result, d!, null, ofRule);
  }
  const fi = fa!.info;
  if (fi.type == RTN_LOCAL) {
    answer<K>(fa!, pathOf(fi, flow.oif, false), result);
    const prefsrc = load<u32>(fi.prefsrc);
    if (!src) store<u32>(flow.src, prefsrc ? prefsrc : dst);
    return deliver(flow, result, fi, ofRule);
  }
  const path = selectPath(fi, pathOf(fi, flow.oif, false), flow, true);
  answer<K>(fa!, path, result);
  if (!src) store<u32>(flow.src, sourceFor(fi, path));
  d = deviceFind(result.oif);
  return d == null ? -ENODEV : leave(flow, result, d, fi, ofRule);
}

/** RC-93: no destination means ourselves. */
function toOurselves(flow: Flow, result: Result, src: u32): i32 {
  const addr = src ? src : LOOPBACK;
  store<u32>(flow.src, addr);
  store<u32>(flow.dst, addr);
  onLink(result);
  result.type = <u8>RTN_LOCAL;
  return deliver(flow, result, null, 0);
}

/** A packet to ourselves goes through the loopback device, or the L3 master's. */
function deliver(flow: Flow, result: Result, fi: Info | null, ofRule: u32): i32 {
  const master = l3masterOf(result.oif);
  const d = master != null ? master : deviceFind(LOOPBACK_INDEX);
  result.put(abi.RESULT_CACHE_FLAGS, RTCF_LOCAL);
  return d == null ? -ENODEV : leave(flow, result, d, fi, ofRule);
}

/**
 * RC-97: the last checks, and what multicast and broadcast change. `fi` gives gateway, metrics and realms, the rule the
 * realms that are left open.
 */
function leave(flow: Flow, result: Result, d: Device, fi: Info | null, ofRule: u32): i32 {
  const src = load<u32>(flow.src);
  const dst = load<u32>(flow.dst);
  if (!d.hasInet) return -EINVAL;
  if (isLoopback(src) && !d.isLoopback && !d.confOr(abi.CONF_ROUTE_LOCALNET) && !d.table) return -EINVAL;
  if (dst == LIMITED_BROADCAST) {
    result.type = <u8>RTN_BROADCAST;
    fi = null;
  } else if (isMulticast(dst)) result.type = <u8>RTN_MULTICAST;
  let flags: u32 = result.word(abi.RESULT_CACHE_FLAGS);
  if (d.isLoopback) flags |= RTCF_LOCAL;
  if (result.type == RTN_BROADCAST) flags |= RTCF_BROADCAST | RTCF_LOCAL;
  else if (result.type == RTN_MULTICAST) {
    flags |= RTCF_MULTICAST;
    if (isMember(d, dst)) flags |= RTCF_LOCAL;
    else flags &= ~RTCF_LOCAL;
    if (result.prefixLen < 4) fi = null;
  }
  if (fi == null) result.realm = ofRule;
  finish(flow, result, d, fi, flags);
  const isShared = result.type == RTN_MULTICAST && flags & RTCF_LOCAL;
  if (fi == null || isShared) return 0;
  const nh = fi.path(result.nexthop);
  if (fi.type != RTN_LOCAL) keepEntry(nh, result);
  if (fi.type != RTN_LOCAL || nh.oif == d.index) result.put(abi.RESULT_USERS, 2); // the path's, and the asker
  return 0;
}
