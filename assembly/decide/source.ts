// decide/source.ts - is the source of a packet believable, and from where would we answer it (RC-83..90)?

import * as abi from "../../src/abi/records";
import { EINVAL, RTN_LOCAL, RTN_UNICAST, RT_SCOPE_HOST, RT_SCOPE_UNIVERSE } from "../../src/abi/uapi";
import { clear, confAll, state } from "../arena";
import { Device, l3masterOf, ownerOf, sourceOn } from "../device";
import { Alias } from "../fib/alias";
import { Info } from "../fib/info";
import { pathOf, rejection, resolve } from "../fib/lookup";
import { sourceOf } from "../fib/nexthop";
import { Flow, Result } from "../record";
import { ruleFirst } from "../rule/rule";
import { Room, LOOPBACK_INDEX, isLoopback } from "./packet";

/** No verdict. */
const UNKNOWN: i32 = 1;

/**
 * Is the source of a packet believable (RC-83..90)? Negative: no. 1: it is directly attached to the device that the
 * packet came from. 0: fine otherwise. `oif` is where the packet would go, 0 to ourselves. The realms of the way back,
 * source and destination exchanged, are left in the room, and so is the address that we would answer from.
 */
export function validate<K>(flow: Flow, room: Room, d: Device, src: u32, dst: u32, oif: u32): i32 {
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

/** FIB-98: the route's preferred source, or that of the path. */
export function sourceFor(fi: Info, path: i32): u32 {
  const prefsrc = load<u32>(fi.prefsrc);
  return prefsrc ? prefsrc : sourceOf(fi.path(path), fi.scope);
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

/**
 * RULE-20: what comes in is looked into for protocol and ports only when a rule asks for them that is not for packets
 * made here; otherwise rules do not see them.
 */
export function resolveInput<K>(flow: Flow, result: Result): Alias | null {
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
