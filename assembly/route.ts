// route.ts - the whole decision for a packet: what Linux does with it, and from which address (RC sections 9 to 12,
// CFG-67..78, without a cache).
//
// `output` decides for a packet made here, `input` for one that came in on a device. Both work on a copy of the flow,
// which they fill as they go, and leave in the result the route that was found (id 0: none), the type as used, the
// device, the gateway and the source. Which errno comes out, and where checks stand, is Linux 6.18's.

import * as abi from "../src/abi/records";
import {
  EHOSTUNREACH,
  EINVAL,
  ENETUNREACH,
  ENODEV,
  RTCF_BROADCAST,
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
  AF_INET,
} from "../src/abi/uapi";
import { clear, confAll, state } from "./arena";
import { Device, deviceAfter, deviceFind, l3masterOf, sourceOn } from "./device";
import { Alias } from "./fib/alias";
import { addressType } from "./fib/create";
import { Info } from "./fib/info";
import { answer, inTable, pathOf, rejection, resolve, withRealm } from "./fib/lookup";
import { Nexthop, sourceOf } from "./fib/nexthop";
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

// ---- output

/** Decides for a packet made here (RC-91..99). 0 or a negated errno. The flow is used up. */
export function output<K>(flow: Flow, result: Result): i32 {
  nothing(result);
  flow.iif = 0;
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

/** Decides for a packet that came in on `flow.iif` (RC-63..82). 0 or a negated errno. The flow is used up. */
export function input<K>(flow: Flow, result: Result, room: Room): i32 {
  nothing(result);
  room.result.realm = 0;
  const d = deviceFind(flow.iif);
  if (d == null) return -ENODEV;
  if (!d.hasInet) return -EINVAL;
  flow.oif = 0;
  flow.uid = 0; // what comes in counts as root's, whatever RULE-15 says
  if (flow.ipproto == IPPROTO_ICMP) flow.setPorts(0, 0); // it has none, whatever was asked (MPH-7)
  const src = load<u32>(flow.src);
  const dst = load<u32>(flow.dst);
  if (isMulticast(dst)) return inputMulticast<K>(flow, result, room, d);
  if (isMulticast(src) || src == LIMITED_BROADCAST) return -EINVAL;
  if (dst == LIMITED_BROADCAST || (!src && !dst)) return inputBroadcast<K>(flow, result, room, d);
  if (!src || !dst) return -EINVAL;
  if ((isLoopback(dst) || isLoopback(src)) && !d.confOr(abi.CONF_ROUTE_LOCALNET)) return -EINVAL;
  const isRouter = d.conf(abi.CONF_FORWARDING) != 0;
  const fa = resolveInput<K>(flow, result);
  const err = fa == null ? <i32>result.word(abi.RESULT_ERROR) : rejection(fa.info);
  if (err) {
    nothing(result);
    result.type = <u8>RTN_UNREACHABLE;
    return isRouter ? err : -EHOSTUNREACH;
  }
  const fi = fa!.info;
  const first = pathOf(fi, 0, false);
  const isForwarded = isRouter && (fi.type == RTN_UNICAST || fi.type == RTN_BROADCAST);
  answer<K>(fa!, isForwarded ? selectPath(fi, first, flow, false) : first, result);
  if (fi.type == RTN_BROADCAST && !d.confOr(abi.CONF_BC_FORWARDING))
    return inputBroadcast<K>(flow, result, room, d);
  if (fi.type == RTN_LOCAL) {
    if (validate<K>(flow, room, d, src, dst, 0) < 0) return -EINVAL;
    return arrive(flow, result, room, RTCF_LOCAL);
  }
  if (!isRouter) {
    nothing(result);
    return -EHOSTUNREACH;
  }
  return isForwarded ? forward<K>(flow, result, room, d, fi) : -EINVAL;
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
  if (verdict < 0) return -EINVAL;
  let flags: u32 = 0;
  if (out == d && verdict > 0 && out.confOr(abi.CONF_SEND_REDIRECTS)) {
    const gateway = result.family == AF_INET ? load<u32>(result.gateway) : 0;
    if (out.confOr(abi.CONF_SHARED_MEDIA) || areOnLink(out, src, gateway)) flags |= RTCF_DOREDIRECT;
  }
  finish(flow, result, out, fi, flags);
  result.realm = withRealm(result.realm, room.result.realm);
  result.put(abi.RESULT_IIF, flow.iif);
  return 0;
}

/** True if one subnet of a device holds both addresses; b of 0 is in every one. */
function areOnLink(d: Device, a: u32, b: u32): bool {
  for (let e = d.address; e != null; e = e!.next)
    if (!e.isSecondary && e.covers(a) && (b == 0 || e.covers(b))) return true;
  return false;
}

/** RC-74. */
function inputBroadcast<K>(flow: Flow, result: Result, room: Room, d: Device): i32 {
  const src = load<u32>(flow.src);
  if (src != 0 && validate<K>(flow, room, d, src, 0, 0) < 0) return -EINVAL;
  result.type = <u8>RTN_BROADCAST;
  return arrive(flow, result, room, RTCF_BROADCAST | RTCF_LOCAL);
}

/** RC-81, RC-82. */
function inputMulticast<K>(flow: Flow, result: Result, room: Room, d: Device): i32 {
  const src = load<u32>(flow.src);
  const dst = load<u32>(flow.dst);
  if (!isMember(d, dst)) return -EINVAL;
  if (isMulticast(src) || src == LIMITED_BROADCAST) return -EINVAL;
  if (isLoopback(src) && !d.confOr(abi.CONF_ROUTE_LOCALNET)) return -EINVAL;
  if (!src) {
    if (!isLocalMulticast(dst)) return -EINVAL;
  } else if (validate<K>(flow, room, d, src, 0, 0) < 0) return -EINVAL;
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
  return 0;
}

/**
 * Is the source of a packet believable (RC-83..90)? Negative: no. 1: it is directly attached to the device that the
 * packet came from. 0: fine otherwise. `oif` is where the packet would go, 0 to ourselves. The realms of the way back,
 * source and destination exchanged, are left in the room.
 */
function validate<K>(flow: Flow, room: Room, d: Device, src: u32, dst: u32, oif: u32): i32 {
  const filter = max(d.conf(abi.CONF_RP_FILTER), confAll(abi.CONF_RP_FILTER));
  if (!filter && !state().realms && (oif != d.index || !d.confOr(abi.CONF_SEND_REDIRECTS))) {
    if (d.confOr(abi.CONF_ACCEPT_LOCAL)) return 0;
    // Without rules and local routes made by hand what is ours is known without a lookup.
    if (!state().unmerged && !state().hasLocals) return ownerOf(src) != null ? -EINVAL : 0;
  }
  const back = room.flow;
  clear(changetype<usize>(back), abi.FLOW_BYTES);
  memory.copy(changetype<usize>(back), changetype<usize>(flow), abi.FLOW_BYTES);
  back.oif = 0;
  back.iif = oif;
  back.setPorts(flow.dport, flow.sport);
  if (!d.confOr(abi.CONF_SRC_VALID_MARK)) back.mark = 0;
  store<u32>(back.dst, src);
  store<u32>(back.src, dst);
  return judge<K>(back, room.result, d, filter);
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
  if (fa == null || rejection(fa.info)) return filter ? -EINVAL : 0;
  const fi = fa.info;
  if (fi.type != RTN_UNICAST && (fi.type != RTN_LOCAL || !d.confOr(abi.CONF_ACCEPT_LOCAL))) return -EINVAL;
  const path = pathOf(fi, 0, false);
  result.realm = reversed(path < 0 ? 0 : fi.path(path).realm, ofRule);
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
  return isAttached(other.info, pathOf(other.info, d.index, true));
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
