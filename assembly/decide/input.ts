// decide/input.ts - the way of a packet that came in on a device, from rules and tables (RC-63..82).

import * as abi from "../../src/abi/records";
import {
  AF_INET,
  EHOSTUNREACH,
  EINVAL,
  ENODEV,
  RTCF_BROADCAST,
  RTCF_DIRECTSRC,
  RTCF_DOREDIRECT,
  RTCF_LOCAL,
  RTCF_MULTICAST,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
} from "../../src/abi/uapi";
import { state } from "../arena";
import { tally } from "../cache/rtable";
import { Device, areOnLink, deviceFind, l3masterOf, sourceOn } from "../device";
import { Info } from "../fib/info";
import { answer, pathOf, rejection, withRealm } from "../fib/lookup";
import { selectPath } from "../fib/select";
import { Flow, Result } from "../record";
import {
  Room,
  LIMITED_BROADCAST,
  LOOPBACK_INDEX,
  isLocalMulticast,
  isLoopback,
  isMember,
  isMulticast,
} from "./packet";
import { finish, keepInput, nothing } from "./result";
import { resolveInput, validate } from "./source";

const IPPROTO_ICMP: u8 = 1;

/** RC-63..82 from rules and tables. */
export function decideInput<K>(flow: Flow, result: Result, room: Room): i32 {
  nothing(result);
  room.result.realm = 0;
  const d = deviceFind(flow.iif);
  if (d == null) return -ENODEV;
  if (!d.hasInet) return -EINVAL;
  flow.uid = 0; // what comes in counts as root's, whatever RULE-15 says
  if (flow.ipproto == IPPROTO_ICMP) flow.setPorts(0, 0); // it has none, whatever was asked (MPH-7)
  const src = load<u32>(flow.src);
  const dst = load<u32>(flow.dst);
  if (isMulticast(dst)) return inputMulticast<K>(flow, result, room, d);
  if (isMulticast(src) || src == LIMITED_BROADCAST) return martianSource();
  if (dst == LIMITED_BROADCAST || (!src && !dst)) return inputBroadcast<K>(flow, result, room, d, null);
  if (!src || isForeign(src, d)) return martianSource(); // RC-64, RC-66 stand before RC-67
  if (!dst || isForeign(dst, d)) return martianDestination();
  const isRouter = d.conf(abi.CONF_FORWARDING) != 0;
  const fa = resolveInput<K>(flow, result);
  const err = fa == null ? <i32>result.word(abi.RESULT_ERROR) : rejection(fa.info);
  if (err) return isRouter ? noRoute(result, d, err) : unreachable(result);
  tally(abi.RTC_COUNTER_IN_SLOW_TOT);
  const fi = fa!.info;
  const first = pathOf(fi, 0, false);
  const isForwarded = isRouter && (fi.type == RTN_UNICAST || fi.type == RTN_BROADCAST);
  answer<K>(fa!, isForwarded ? selectPath(fi, first, flow, false) : first, result);
  if (fi.type == RTN_BROADCAST && !d.confOr(abi.CONF_BC_FORWARDING))
    return inputBroadcast<K>(flow, result, room, d, fi);
  if (fi.type == RTN_LOCAL) {
    const verdict = validate<K>(flow, room, d, src, dst, 0);
    if (verdict < 0) return martianSource();
    room.result.put(abi.RESULT_SPEC_DST, dst);
    return arrive(flow, result, room, RTCF_LOCAL | direct(verdict), fi);
  }
  if (!isRouter) {
    nothing(result);
    return -EHOSTUNREACH;
  }
  return isForwarded ? forward<K>(flow, result, room, d, fi) : martianDestination();
}

/** True for an address of ours that no packet from outside may have. */
function isForeign(a: u32, d: Device): bool {
  return isLoopback(a) && !d.confOr(abi.CONF_ROUTE_LOCALNET);
}

/** RC-77. */
function martianSource(): i32 {
  tally(abi.RTC_COUNTER_IN_MARTIAN_SRC);
  return -EINVAL;
}

/** RC-77; that 6.18 says EINVAL where 2.6.31 said EHOSTUNREACH is D14's. */
function martianDestination(): i32 {
  tally(abi.RTC_COUNTER_IN_MARTIAN_DST);
  return -EINVAL;
}

/** RC-68: there is no way, and we are no router. */
function unreachable(result: Result): i32 {
  nothing(result);
  result.type = <u8>RTN_UNREACHABLE;
  return -EHOSTUNREACH;
}

/** RC-76: there is no way; the error may be kept. */
function noRoute(result: Result, d: Device, err: i32): i32 {
  unreachable(result);
  result.put(abi.RESULT_ERROR, err);
  if (state().cache) result.put(abi.RESULT_SPEC_DST, sourceOn(d, 0, <u8>RT_SCOPE_UNIVERSE));
  tally(abi.RTC_COUNTER_IN_NO_ROUTE);
  return err;
}

/** The flag that 2.6.31 gives to what comes straight from its sender (RC-71); 6.18 has none. */
export function direct(verdict: i32): u32 {
  return verdict > 0 && state().cache ? RTCF_DIRECTSRC : 0;
}

/** RC-73: the source is checked against the way out, and a packet that goes back where it came from asks for a redirect. */
function forward<K>(flow: Flow, result: Result, room: Room, d: Device, fi: Info): i32 {
  const out = deviceFind(result.oif);
  if (out == null || !out.hasInet) return -EINVAL;
  const src = load<u32>(flow.src);
  const verdict = validate<K>(flow, room, d, src, load<u32>(flow.dst), out.index);
  if (verdict < 0) return martianSource();
  let flags: u32 = direct(verdict);
  if (out == d && verdict > 0 && out.confOr(abi.CONF_SEND_REDIRECTS)) {
    const gateway = result.family == AF_INET ? load<u32>(result.gateway) : 0;
    if (out.confOr(abi.CONF_SHARED_MEDIA) || areOnLink(out, src, gateway)) flags |= RTCF_DOREDIRECT;
  }
  finish(flow, result, out, fi, flags);
  if (!room.result.realm) keepInput(fi.path(result.nexthop), result);
  result.realm = withRealm(result.realm, room.result.realm);
  result.put(abi.RESULT_IIF, flow.iif);
  result.put(abi.RESULT_SPEC_DST, room.result.word(abi.RESULT_SPEC_DST));
  return 0;
}

/** RC-74. */
function inputBroadcast<K>(flow: Flow, result: Result, room: Room, d: Device, fi: Info | null): i32 {
  const src = load<u32>(flow.src);
  const verdict = src ? validate<K>(flow, room, d, src, 0, 0) : ofNobody(room, d);
  if (verdict < 0) return martianSource();
  tally(abi.RTC_COUNTER_IN_BRD);
  result.type = <u8>RTN_BROADCAST;
  return arrive(flow, result, room, RTCF_BROADCAST | RTCF_LOCAL | direct(verdict), fi);
}

/** A packet without a source is answered from the link's address. */
function ofNobody(room: Room, d: Device): i32 {
  if (state().cache) room.result.put(abi.RESULT_SPEC_DST, sourceOn(d, 0, <u8>RT_SCOPE_LINK));
  return 0;
}

/** RC-81, RC-82. */
function inputMulticast<K>(flow: Flow, result: Result, room: Room, d: Device): i32 {
  const src = load<u32>(flow.src);
  const dst = load<u32>(flow.dst);
  if (!isMember(d, dst)) return -EINVAL;
  if (isMulticast(src) || src == LIMITED_BROADCAST) return -EINVAL;
  if (isLoopback(src) && !d.confOr(abi.CONF_ROUTE_LOCALNET)) return -EINVAL;
  if (!src && !isLocalMulticast(dst)) return -EINVAL;
  const verdict = src ? validate<K>(flow, room, d, src, 0, 0) : ofNobody(room, d);
  if (verdict < 0) return -EINVAL;
  result.type = <u8>RTN_MULTICAST;
  return arrive(flow, result, room, RTCF_MULTICAST | RTCF_LOCAL, null);
}

/** RC-75: the packet is ours; the entry's device is loopback. It is kept at the path of the route, if that decided. */
function arrive(flow: Flow, result: Result, room: Room, flags: u32, fi: Info | null): i32 {
  const master = l3masterOf(flow.iif);
  const d = master != null ? master : deviceFind(LOOPBACK_INDEX);
  if (d == null) return -ENODEV;
  finish(flow, result, d, null, flags);
  result.realm = room.result.realm;
  if (fi != null && !result.realm) keepInput(fi.path(result.nexthop), result);
  result.put(abi.RESULT_IIF, flow.iif);
  result.put(abi.RESULT_SPEC_DST, room.result.word(abi.RESULT_SPEC_DST));
  return 0;
}
