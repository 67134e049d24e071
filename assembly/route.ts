// route.ts - the whole decision for a packet: what Linux does with it, and from which address (RC sections 9 to 12,
// CFG-67..78): from the route cache when there is one (RC-145), else from rules and tables.
//
// `output` decides for a packet made here, `input` for one that came in on a device. Both work on a copy of the flow,
// which they fill as they go, and leave in the result the route that was found (id 0: none), the type as used, the
// device, the gateway and the source. Which errno comes out, and where checks stand, is Linux 6.18's; counters, flags and
// what is kept are 2.6.31's (D14).

import * as abi from "../src/abi/records";
import {
  EHOSTUNREACH,
  EINVAL,
  ENETUNREACH,
  ENOBUFS,
  ENODEV,
  RTCF_BROADCAST,
  RTCF_DIRECTSRC,
  RTCF_DOREDIRECT,
  RTCF_LOCAL,
  RTCF_MULTICAST,
  RTCF_NOTIFY,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RT_SCOPE_HOST,
  RT_TABLE_LOCAL,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  AF_INET,
} from "../src/abi/uapi";
import { clear, confAll, state } from "./arena";
import { entryFill, entryTell, loopsBack } from "./cache/answer";
import { probe } from "./cache/bucket";
import { entryMake, intern, isBound } from "./cache/intern";
import { Entry, RouteCache, entryFree, routeCache, tally } from "./cache/rtable";
import { Device, areOnLink, deviceAfter, deviceFind, l3masterOf, sourceOn } from "./device";
import { Alias } from "./fib/alias";
import { addressType } from "./fib/create";
import { Info, infoById } from "./fib/info";
import { TOS_MASK, answer, inTable, pathOf, rejection, resolve, withRealm } from "./fib/lookup";
import { Nexthop, sourceOf } from "./fib/nexthop";
import { isResilient } from "./fib/object";
import { selectPath } from "./fib/select";
import { Columns, Flow, Result } from "./record";
import { ruleFirst } from "./rule/rule";

/** The ways of a packet, as bits of a path's marks. */
const OUTPUT: u8 = 1;
const INPUT: u8 = 2;
/** Mark of a path whose entry holds. */
const KEPT: u8 = 4;

const IPPROTO_ICMP: u8 = 1;
const LOOPBACK_INDEX: u32 = 1;
const LOOPBACK: u32 = 0x7f000001;
const LIMITED_BROADCAST: u32 = 0xffffffff;
const ALL_HOSTS: u32 = 0xe0000001;

// @ts-ignore: decorator
@inline function isMulticast(a: u32): bool {
  return a >>> 28 == 0xe;
}

/** 224.0.0.0/24: never leaves the link. */
// @ts-ignore: decorator
@inline function isLocalMulticast(a: u32): bool {
  return a >>> 8 == 0xe00000;
}

// @ts-ignore: decorator
@inline function isLoopback(a: u32): bool {
  return a >>> 24 == 127;
}

/** Room to work in: a flow and a result behind it, both the caller's. */
@unmanaged export class Room {
  /** The flow. */
  @inline get flow(): Flow {
    return changetype<Flow>(changetype<usize>(this));
  }

  /** The result. */
  @inline get result(): Result {
    return changetype<Result>(changetype<usize>(this) + abi.FLOW_BYTES);
  }

  /** Columns without room for paths. */
  @inline get columns(): Columns {
    return changetype<Columns>(changetype<usize>(this) + abi.FLOW_BYTES + abi.RESULT_BYTES);
  }
}

/** True if a device listens to a group; every device that is up joins all hosts. */
function isMember(d: Device, group: u32): bool {
  return group == ALL_HOSTS && d.isUp;
}

/** An empty result: nothing was found. */
function nothing(result: Result): void {
  memory.fill(changetype<usize>(result), 0, abi.RESULT_BYTES);
}

/**
 * Puts the route that was found aside from what the packet does: it goes on the link, without a gateway. The tos of a
 * route that a rule suppressed stays.
 */
function onLink(result: Result): void {
  const tos = result.tos;
  nothing(result);
  result.tos = tos;
  result.type = <u8>RTN_UNICAST;
}

/** The device that has this address, the last one that got it; or null. O(addresses). */
function ownerOf(addr: u32): Device | null {
  let owner: Device | null = null;
  let newest: u32 = 0;
  for (let d = deviceAfter(0); d != null; d = deviceAfter(d!.index)) {
    for (let a = d.address; a != null; a = a!.next) {
      if (a.local != addr || a.serial < newest) continue;
      newest = a.serial;
      owner = d;
    }
  }
  return owner;
}

/** The device of an address of ours: the one that has it, or that of its route in table local. */
function deviceOf<K>(addr: u32): Device | null {
  const d = ownerOf(addr);
  if (d != null) return d;
  const fa = inTable<K>(RT_TABLE_LOCAL, <K>addr, 0, 0, 0, true);
  if (fa == null || fa.info.type != RTN_LOCAL) return null;
  const path = pathOf(fa.info, 0, true);
  return path < 0 ? null : deviceFind(fa.info.path(path).oif);
}

/** True if an address is one of this host, by its devices or by table local. */
function isOurs<K>(addr: u32): bool {
  return ownerOf(addr) != null || addressType<K>(addr, 255) == RTN_LOCAL;
}

// ---- through the cache

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
  kept.refs--;
  store<f64>(changetype<usize>(result), kept.handle, abi.RESULT_HANDLE);
  return true;
}

// ---- output

/** RC-91..99 from rules and tables. */
function decideOutput<K>(flow: Flow, result: Result): i32 {
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

/** FIB-98: the route's preferred source, or that of the path. */
function sourceFor(fi: Info, path: i32): u32 {
  const prefsrc = load<u32>(fi.prefsrc);
  return prefsrc ? prefsrc : sourceOf(fi.path(path), fi.scope);
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
  if (fi != null && fi.type != RTN_LOCAL && !isShared) keepEntry(fi.path(result.nexthop), result);
  return 0;
}

/**
 * The kernel keeps an entry at a path for what it sends there: until the routing state changes, packets have the realms
 * of the first one, whatever rule sent them, its metrics and its type, whatever route of a nexthop object.
 */
function keepEntry(nh: Nexthop, result: Result): void {
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

/** RC-78: gateway and metrics are the route's as far as it has a say; the gateway only if it is on the link. */
function finish(flow: Flow, result: Result, d: Device, fi: Info | null, flags: u32): void {
  result.oif = d.index;
  result.put(abi.RESULT_CACHE_FLAGS, flags);
  result.put(abi.RESULT_ENTRY, fi == null ? 0 : fi.id);
  store<u32>(result.prefsrc, load<u32>(flow.src));
  markEntry(flow, result, fi, flow.iif ? INPUT : OUTPUT);
  if (fi != null && fi.path(result.nexthop).scope == RT_SCOPE_LINK) return;
  result.family = 0;
  memory.fill(result.gateway, 0, 16);
}

// ---- input

/** RC-63..82 from rules and tables. */
function decideInput<K>(flow: Flow, result: Result, room: Room): i32 {
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
  if (dst == LIMITED_BROADCAST || (!src && !dst)) return inputBroadcast<K>(flow, result, room, d);
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
    return inputBroadcast<K>(flow, result, room, d);
  if (fi.type == RTN_LOCAL) {
    const verdict = validate<K>(flow, room, d, src, dst, 0);
    if (verdict < 0) return martianSource();
    room.result.put(abi.RESULT_SPEC_DST, dst);
    return arrive(flow, result, room, RTCF_LOCAL | direct(verdict));
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
function direct(verdict: i32): u32 {
  return verdict > 0 && state().cache ? RTCF_DIRECTSRC : 0;
}

/**
 * RULE-20: what comes in is looked into for protocol and ports only when a rule asks for them that is not for packets
 * made here; otherwise rules do not see them.
 */
function resolveInput<K>(flow: Flow, result: Result): Alias | null {
  if (!state().unmerged || rulesDissect()) return resolve<K>(flow, result);
  const transport = load<u64>(changetype<usize>(flow), abi.FLOW_IPPROTO);
  store<u64>(changetype<usize>(flow), 0, abi.FLOW_IPPROTO);
  const fa = resolve<K>(flow, result);
  store<u64>(changetype<usize>(flow), transport, abi.FLOW_IPPROTO);
  return fa;
}

/** True if any rule asks for the protocol or a port of packets that come in. O(rules). */
function rulesDissect(): bool {
  for (let rule = ruleFirst(); rule != null; rule = rule!.next) {
    if (rule.word(abi.RULE_IIF) == LOOPBACK_INDEX) continue;
    if (rule.byte(abi.RULE_IPPROTO) || rule.half(abi.RULE_SPORT_START) || rule.half(abi.RULE_DPORT_START))
      return true;
  }
  return false;
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
  result.realm = withRealm(result.realm, room.result.realm);
  result.put(abi.RESULT_IIF, flow.iif);
  result.put(abi.RESULT_SPEC_DST, room.result.word(abi.RESULT_SPEC_DST));
  return 0;
}

/** RC-74. */
function inputBroadcast<K>(flow: Flow, result: Result, room: Room, d: Device): i32 {
  const src = load<u32>(flow.src);
  const verdict = src ? validate<K>(flow, room, d, src, 0, 0) : ofNobody(room, d);
  if (verdict < 0) return martianSource();
  tally(abi.RTC_COUNTER_IN_BRD);
  result.type = <u8>RTN_BROADCAST;
  return arrive(flow, result, room, RTCF_BROADCAST | RTCF_LOCAL | direct(verdict));
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
  return arrive(flow, result, room, RTCF_MULTICAST | RTCF_LOCAL);
}

/** RC-75: the packet is ours; the entry's device is loopback. */
function arrive(flow: Flow, result: Result, room: Room, flags: u32): i32 {
  const master = l3masterOf(flow.iif);
  const d = master != null ? master : deviceFind(LOOPBACK_INDEX);
  if (d == null) return -ENODEV;
  finish(flow, result, d, null, flags);
  result.realm = room.result.realm;
  result.put(abi.RESULT_IIF, flow.iif);
  result.put(abi.RESULT_SPEC_DST, room.result.word(abi.RESULT_SPEC_DST));
  return 0;
}

/**
 * Is the source of a packet believable (RC-83..90)? Negative: no. 1: it is directly attached to the device that the
 * packet came from. 0: fine otherwise. `oif` is where the packet would go, 0 to ourselves. The realms of the way back,
 * source and destination exchanged, are left in the room, and so is the address that we would answer from.
 */
function validate<K>(flow: Flow, room: Room, d: Device, src: u32, dst: u32, oif: u32): i32 {
  const filter = max(d.conf(abi.CONF_RP_FILTER), confAll(abi.CONF_RP_FILTER));
  const known = filter ? UNKNOWN : withoutLookup(d, src, oif);
  // An entry keeps what only a lookup tells: whether the sender is near, and our address (RC-83..88).
  if (known < 0 || (known == 0 && !state().cache)) return known;
  const back = room.flow;
  clear(changetype<usize>(back), abi.FLOW_BYTES);
  memory.copy(changetype<usize>(back), changetype<usize>(flow), abi.FLOW_BYTES);
  back.oif = 0;
  back.iif = oif;
  back.setPorts(flow.dport, flow.sport);
  if (!d.confOr(abi.CONF_SRC_VALID_MARK)) back.mark = 0;
  store<u32>(back.dst, src);
  store<u32>(back.src, dst);
  const verdict = judge<K>(back, room.result, d, filter);
  return known == 0 ? max(verdict, 0) : verdict;
}

/** No verdict. */
const UNKNOWN: i32 = 1;

/** What is known of a source without a filter that asks for more: without rules and local routes made by hand, whose it is. */
function withoutLookup(d: Device, src: u32, oif: u32): i32 {
  const s = state();
  if (s.realms || (oif == d.index && d.confOr(abi.CONF_SEND_REDIRECTS))) return UNKNOWN;
  if (d.confOr(abi.CONF_ACCEPT_LOCAL)) return 0;
  if (s.unmerged || s.hasLocals) return UNKNOWN;
  return ownerOf(src) != null ? -EINVAL : 0;
}

/** Realms as the other direction has them: of the path its destination realm, and both of the rule. */
function reversed(ofPath: u32, ofRule: u32): u32 {
  const source = ofPath << 16;
  return (source ? source : ofRule << 16) | (ofRule >>> 16);
}

/** RC-84..88: asks the way back to the source. */
function judge<K>(back: Flow, result: Result, d: Device, filter: u32): i32 {
  const fa = resolveInput<K>(back, result);
  const ofRule = result.realm;
  result.realm = 0;
  if (state().cache) result.put(abi.RESULT_SPEC_DST, sourceOn(d, 0, <u8>RT_SCOPE_UNIVERSE));
  if (fa == null || rejection(fa.info)) return filter ? -EINVAL : 0;
  const fi = fa.info;
  if (fi.type != RTN_UNICAST && (fi.type != RTN_LOCAL || !d.confOr(abi.CONF_ACCEPT_LOCAL))) return -EINVAL;
  const path = pathOf(fi, 0, false);
  result.realm = reversed(path < 0 ? 0 : fi.path(path).realm, ofRule);
  if (d.address != null || uses(fi, d)) answerFrom(result, fi, path);
  if (uses(fi, d) || (fi.type == RTN_LOCAL && d.isLoopback)) return isAttached(fi, path);
  if (d.address == null) {
    result.realm = 0;
    return filter ? -EINVAL : 0;
  }
  if (filter == 1) return -EINVAL;
  back.oif = d.index;
  back.flags |= <u8>abi.FLOW_F_IGNORE_LINKSTATE;
  const realm = result.realm;
  const other = resolveInput<K>(back, result);
  result.realm = realm;
  if (other == null || other.info.type != RTN_UNICAST) return 0;
  const direct = pathOf(other.info, d.index, true);
  answerFrom(result, other.info, direct);
  return isAttached(other.info, direct);
}

/** RC-86: answers would have the source of this route. */
function answerFrom(result: Result, fi: Info, path: i32): void {
  if (state().cache && path >= 0) result.put(abi.RESULT_SPEC_DST, sourceFor(fi, path));
}

/** 1 if a path leads straight to the destination (FIB-94). */
function isAttached(fi: Info, path: i32): i32 {
  return <i32>(path >= 0 && fi.path(path).scope >= <u8>RT_SCOPE_HOST);
}

/** True if any path of an info leads through a device, or through one below it as an L3 master. */
function uses(fi: Info, d: Device): bool {
  for (let i: u32 = 0, n = fi.paths; i < n; i++) {
    const oif = fi.path(i).oif;
    if (oif == d.index) return true;
    const master = l3masterOf(oif);
    if (master != null && master == d) return true;
  }
  return false;
}
