// fib/lookup.ts - from a flow to the route that Linux would take: rules, tables, longest prefix whose alias passes
// (FIB-61..78, RULE-22..34), then its path.

import * as abi from "../../src/abi/records";
import {
  AF_INET,
  EACCES,
  EAGAIN,
  EHOSTUNREACH,
  EINVAL,
  ENETUNREACH,
  FR_ACT_GOTO,
  FR_ACT_NOP,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  RTNH_F_DEAD,
  RTN_BLACKHOLE,
  RTN_PROHIBIT,
  RTN_THROW,
  RTN_UNREACHABLE,
  RT_TABLE_DEFAULT,
  RT_TABLE_MAIN,
} from "../../src/abi/uapi";
import { clear, countWalk, state } from "../arena";
import { CHECK } from "../config";
import { deviceFind } from "../device";
import { keyBits, keyCovers, keyLoad, keyStore } from "../key";
import { Flow, Result } from "../record";
import { masterTable, ruleMatches } from "../rule/match";
import { Rule, ruleFirst } from "../rule/rule";
import { candidate, shorter } from "../trie/find";
import { Trie } from "../trie/node";
import { ACCESSED, Alias, aliasAt, firstLink } from "./alias";
import { Info } from "./info";
import { acceptable } from "./nexthop";
import { Obj, isBlackhole } from "./object";
import { selectPath } from "./select";
import { tableFind } from "./table";

/**
 * The bits of a flow's dsfield byte that are compared with the tos of a route (FIB-72). A route with other bits is
 * never taken, although it can be added. **[V]** tos 0x28 takes a route with 0x08, and not one with 0x28.
 */
export const TOS_MASK: u8 = 0x1c;

/**
 * The alias that a lookup of one trie ends at, or null (EAGAIN). It is accepted in the sense of FIB-77 or it rejects
 * (FIB-75); `pathOf` and `rejection` tell which. O(depth + aliases looked at).
 */
export function matchAlias<K>(
  trie: Trie<K>,
  dst: K,
  tos: u8,
  scope: u8,
  oif: u32,
  anyLink: bool,
): Alias | null {
  if (CHECK) countWalk();
  for (let leaf = candidate<K>(trie, dst); leaf != null; leaf = shorter<K>(trie, leaf!, dst)) {
    for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
      if (!keyCovers<K>(dst, leaf.key, fa.slen)) continue;
      if (fa.tos != 0 && fa.tos != tos) continue;
      const fi = fa.info;
      if (fi.scope < scope) continue;
      if (!(fa.state & ACCESSED)) fa.state |= ACCESSED;
      if (rejection(fi)) return fa;
      if (fi.flags & RTNH_F_DEAD) continue;
      if (pathOf(fi, oif, anyLink) >= 0) return fa;
      if (fi.object) break; // FIB-78: the whole leaf is passed over
    }
  }
  return null;
}

/** Index of the first acceptable path (FIB-77, FIB-80), or -1. */
// @ts-ignore: decorator
@inline export function pathOf(fi: Info, oif: u32, anyLink: bool): i32 {
  if (fi.object) return objectPathOf(changetype<Obj>(fi.object), oif, anyLink);
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) if (acceptable(fi.nexthop(i), oif, anyLink)) return i;
  return -1;
}

function objectPathOf(o: Obj, oif: u32, anyLink: bool): i32 {
  for (let i: u32 = 0, n = o.paths; i < n; i++) if (acceptable(o.path(i).nexthop, oif, anyLink)) return i;
  return -1;
}

/** True for the types that carry an error (FIB-75): blackhole and those after it. */
// @ts-ignore: decorator
@inline function rejects(type: u8): bool {
  return <i32>type >= RTN_BLACKHOLE;
}

/** What a lookup that ends at this route gives: 0 or a negative errno (FIB-85, FIB-78). */
// @ts-ignore: decorator
@inline export function rejection(fi: Info): i32 {
  if (!rejects(fi.type) && !fi.object) return 0;
  return rejectionOf(fi);
}

function rejectionOf(fi: Info): i32 {
  if (!rejects(fi.type)) return isBlackhole(changetype<Obj>(fi.object)) ? -EINVAL : 0;
  if (fi.type == RTN_UNREACHABLE) return -EHOSTUNREACH;
  if (fi.type == RTN_PROHIBIT) return -EACCES;
  if (fi.type == RTN_THROW) return -EAGAIN;
  return -EINVAL;
}

/** `matchAlias` in the table with this id; a throw route counts as nothing found. */
export function inTable<K>(id: u32, dst: K, tos: u8, scope: u8, oif: u32, anyLink: bool): Alias | null {
  const t = tableFind(id);
  if (t == null) return null;
  const fa = matchAlias<K>(t.of<K>(), dst, tos, scope, oif, anyLink);
  return fa != null && fa.info.type == RTN_THROW ? null : fa;
}

/**
 * The alias that answers a flow as the rules say, or null and the errno in `result`, which also gets the table that
 * was searched and the realms of the rule. As long as there was no rule but the three of a fresh namespace, local and
 * main are merged and one search serves both (FIB-10, FIB-11).
 */
export function resolve<K>(flow: Flow, result: Result): Alias | null {
  result.realm = 0;
  if (state().unmerged) return byRules<K>(flow, result);
  const dst = keyLoad<K>(flow.dst);
  const tos = flow.tos & TOS_MASK;
  result.table = RT_TABLE_MAIN;
  let fa = inTable<K>(RT_TABLE_MAIN, dst, tos, flow.scope, flow.oif, flow.ignoresLinkstate);
  if (fa == null) {
    result.table = RT_TABLE_DEFAULT;
    fa = inTable<K>(RT_TABLE_DEFAULT, dst, tos, flow.scope, flow.oif, flow.ignoresLinkstate);
  }
  if (fa == null) result.put(abi.RESULT_ERROR, -ENETUNREACH);
  return fa;
}

/** RULE-32: each rule that matches has its say until one of them ends the walk. */
function byRules<K>(flow: Flow, result: Result): Alias | null {
  const dst = keyLoad<K>(flow.dst);
  const tos = flow.tos & TOS_MASK;
  if (CHECK) countWalk();
  let rule = ruleFirst();
  while (rule != null) {
    const action = rule.byte(abi.RULE_ACTION);
    if (action == FR_ACT_NOP || !ruleMatches(rule, flow)) rule = rule.next;
    else if (action == FR_ACT_GOTO) rule = target(rule);
    else if (action != FR_ACT_TO_TBL) {
      result.put(abi.RESULT_ERROR, refusal(action));
      result.realm = rule.word(abi.RULE_REALMS);
      return null;
    } else {
      const id = rule.byte(abi.RULE_L3MDEV) ? masterTable(flow) : rule.word(abi.RULE_TABLE);
      const fa = inTable<K>(id, dst, tos, flow.scope, flow.oif, flow.ignoresLinkstate);
      if (fa != null) {
        result.realm = rule.word(abi.RULE_REALMS); // stays even when the route is dropped and none follows
        if (!isSuppressed(rule, fa, keyBits<K>() - fa.slen, flow.oif, flow.ignoresLinkstate)) {
          result.table = id;
          return fa;
        }
        result.tos = fa.tos; // shows in the answer when nothing else is found
      }
      rule = rule.next;
    }
  }
  result.put(abi.RESULT_ERROR, -ENETUNREACH); // RULE-33
  return null;
}

/** RULE-25: the first rule with the priority wanted; unresolved, the walk goes on behind the goto. */
export function target(rule: Rule): Rule | null {
  const priority = rule.word(abi.RULE_TARGET);
  let to = rule.next;
  while (to != null && to.word(abi.RULE_PRIORITY) < priority) to = to.next;
  return to != null && to.word(abi.RULE_PRIORITY) == priority ? to : rule.next;
}

/** What a rule that searches no table gives (RULE-21). */
function refusal(action: u32): i32 {
  if (action == FR_ACT_UNREACHABLE) return -ENETUNREACH;
  return action == FR_ACT_PROHIBIT ? -EACCES : -EINVAL;
}

/** RULE-28..31. */
export function isSuppressed(rule: Rule, fa: Alias, length: u32, oif: u32, anyLink: bool): bool {
  const fi = fa.info;
  if (rejection(fi)) return false;
  if (<i32>length <= <i32>rule.word(abi.RULE_SUPPRESS_LENGTH)) return true;
  const group = rule.word(abi.RULE_SUPPRESS_GROUP);
  if (<i32>group < 0) return false;
  const path = pathOf(fi, oif, anyLink);
  if (path < 0) return false;
  const d = deviceFind(fi.path(path).oif);
  return d != null && d.group == group;
}

/**
 * Answers a flow: the route found and, unless the flow names a device, the path that its hash chooses. 0, or the errno
 * of a rejecting route (the result tells which), or of the rules (the result's id is 0); in a single table -EAGAIN for
 * no match.
 */
export function lookup<K>(flow: Flow, result: Result): i32 {
  const table = flow.table;
  let fa: Alias | null;
  if (table) {
    result.realm = 0;
    result.table = table;
    const t = tableFind(table);
    const tos = flow.tos & TOS_MASK;
    fa =
      t == null
        ? null
        : matchAlias<K>(t.of<K>(), keyLoad<K>(flow.dst), tos, flow.scope, flow.oif, flow.ignoresLinkstate);
    if (fa == null) result.put(abi.RESULT_ERROR, -EAGAIN);
  } else fa = resolve<K>(flow, result);
  if (fa == null) {
    result.id = 0;
    return result.word(abi.RESULT_ERROR);
  }
  const fi = fa.info;
  const err = rejection(fi);
  let path = err ? -1 : pathOf(fi, flow.oif, flow.ignoresLinkstate);
  if (path >= 0 && !(flow.flags & abi.FLOW_F_FIRST_PATH)) path = selectPath(fi, path, flow, !flow.iif);
  answer<K>(fa, path, result);
  return err;
}

/** `lookup` for a bare destination; the flow record is written here. */
export function lookupDst<K>(dst: K, flow: Flow, result: Result): i32 {
  clear(changetype<usize>(flow), abi.FLOW_BYTES);
  flow.family = <u8>AF_INET;
  keyStore<K>(flow.dst, dst);
  return lookup<K>(flow, result);
}

/** The alias for a bare destination, as `resolve`; the two records are room to work in. */
export function resolveDst<K>(dst: K, flow: Flow, result: Result): Alias | null {
  if (!state().unmerged) {
    const fa = inTable<K>(RT_TABLE_MAIN, dst, 0, 0, 0, false);
    return fa != null ? fa : inTable<K>(RT_TABLE_DEFAULT, dst, 0, 0, 0, false);
  }
  clear(changetype<usize>(flow), abi.FLOW_BYTES);
  keyStore<K>(flow.dst, dst);
  result.realm = 0;
  return byRules<K>(flow, result);
}

/** Fills a result from an alias and the index of its path, -1 = none; table and rule's realms are there already. */
export function answer<K>(fa: Alias, path: i32, result: Result): void {
  const fi = fa.info;
  result.id = fi.id;
  result.priority = fi.priority;
  result.prefixLen = <u8>(keyBits<K>() - fa.slen);
  result.type = fi.type;
  result.scope = fi.scope;
  result.tos = fa.tos;
  result.protocol = fi.protocol;
  v128.store(result.prefsrc, v128.load(fi.prefsrc));
  result.put(abi.RESULT_CACHE_FLAGS, 0);
  result.put(abi.RESULT_IIF, 0);
  result.put(abi.RESULT_ERROR, 0);
  result.put(abi.RESULT_NHID, fi.nhid);
  result.put(abi.RESULT_ROUTE_TYPE, fi.type);
  result.put(abi.RESULT_ENTRY, fi.id);
  result.nexthop = 0;
  result.oif = 0;
  result.family = 0;
  result.flags = 0;
  if (path >= 0) takePath(fi, path, result);
}

/** Realms, with those that they leave open from others. */
export function withRealm(realm: u32, others: u32): u32 {
  return realm | (realm & 0xffff ? 0 : others & 0xffff) | (realm >>> 16 ? 0 : others & 0xffff0000);
}

/** Puts path i of an info into a result. Realms that it leaves open are the rule's. */
export function takePath(fi: Info, i: u32, result: Result): void {
  const nh = fi.path(i);
  result.nexthop = <u16>i;
  result.oif = nh.oif;
  result.family = nh.family;
  result.flags = nh.flags;
  result.realm = withRealm(nh.realm, result.realm);
  v128.store(result.gateway, v128.load(nh.gateway));
}
