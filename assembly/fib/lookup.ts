// fib/lookup.ts - from a destination to the route that Linux would take: longest prefix whose alias passes (FIB-61..78).

import {
  EACCES,
  EAGAIN,
  EHOSTUNREACH,
  EINVAL,
  ENETUNREACH,
  RTNH_F_DEAD,
  RTN_BLACKHOLE,
  RTN_PROHIBIT,
  RTN_THROW,
  RTN_UNREACHABLE,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from "../../src/abi/uapi";
import { state } from "../arena";
import { keyBits, keyCovers, keyLoad } from "../key";
import { Flow, Result } from "../record";
import { candidate, shorter } from "../trie/find";
import { Trie } from "../trie/node";
import { ACCESSED, Alias, aliasAt, firstLink } from "./alias";
import { Info } from "./info";
import { acceptable } from "./nexthop";
import { tableFind } from "./table";

/** The ECN bits of a dsfield byte, which no lookup looks at. */
const ECN: u8 = 3;

/**
 * The alias that a lookup of one trie ends at, or null (EAGAIN). It is accepted in the sense of FIB-77 or it rejects
 * (FIB-75); `pathOf` and `rejection` tell which. O(depth + aliases looked at).
 */
export function matchAlias<K>(trie: Trie<K>, dst: K, tos: u8, scope: u8, oif: u32): Alias | null {
  for (let leaf = candidate<K>(trie, dst); leaf != null; leaf = shorter<K>(trie, leaf!, dst)) {
    for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
      if (!keyCovers<K>(dst, leaf.key, fa.slen)) continue;
      if (fa.tos != 0 && fa.tos != tos) continue;
      const fi = fa.info;
      if (fi.dead || fi.scope < scope) continue;
      if (!(fa.state & ACCESSED)) fa.state |= ACCESSED;
      if (rejects(fi.type)) return fa;
      if (!(fi.flags & RTNH_F_DEAD) && pathOf(fi, oif) >= 0) return fa;
    }
  }
  return null;
}

/** Index of the first acceptable nexthop (FIB-77, FIB-80), or -1. */
// @ts-ignore: decorator
@inline export function pathOf(fi: Info, oif: u32): i32 {
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) if (acceptable(fi.nexthop(i), oif)) return i;
  return -1;
}

/** True for the types that carry an error (FIB-75): blackhole and those after it. */
// @ts-ignore: decorator
@inline function rejects(type: u8): bool {
  return <i32>type >= RTN_BLACKHOLE;
}

/** What a lookup that ends at this route type gives: 0 or a negative errno (FIB-85). */
export function rejection(type: u8): i32 {
  if (!rejects(type)) return 0;
  if (type == RTN_UNREACHABLE) return -EHOSTUNREACH;
  if (type == RTN_PROHIBIT) return -EACCES;
  if (type == RTN_THROW) return -EAGAIN;
  return -EINVAL;
}

/** `matchAlias` in the table with this id; a throw route counts as nothing found. */
export function inTable<K>(id: u32, dst: K, tos: u8, scope: u8, oif: u32): Alias | null {
  const t = tableFind(id);
  if (t == null) return null;
  const fa = matchAlias<K>(t.of<K>(), dst, tos, scope, oif);
  return fa != null && fa.info.type == RTN_THROW ? null : fa;
}

/**
 * The alias that answers a destination as the three rules of a fresh namespace say: local, main, default. As long as
 * local and main are merged, one search serves both (FIB-10, FIB-11).
 */
export function resolve<K>(dst: K, tos: u8, scope: u8, oif: u32): Alias | null {
  if (state().unmerged) {
    const local = inTable<K>(RT_TABLE_LOCAL, dst, tos, scope, oif);
    if (local != null) return local;
  }
  const main = inTable<K>(RT_TABLE_MAIN, dst, tos, scope, oif);
  return main != null ? main : inTable<K>(RT_TABLE_DEFAULT, dst, tos, scope, oif);
}

/**
 * Answers a flow. 0, or the errno of a rejecting route (the result tells which), or -ENETUNREACH (the result is
 * untouched); in a single table -EAGAIN for no match.
 */
export function lookup<K>(flow: Flow, result: Result): i32 {
  const dst = keyLoad<K>(flow.dst);
  const tos = flow.tos & ~ECN;
  const table = flow.table;
  let fa: Alias | null;
  if (table) {
    const t = tableFind(table);
    if (t == null) return -EAGAIN;
    fa = matchAlias<K>(t.of<K>(), dst, tos, flow.scope, flow.oif);
    if (fa == null) return -EAGAIN;
  } else {
    fa = resolve<K>(dst, tos, flow.scope, flow.oif);
    if (fa == null) return -ENETUNREACH;
  }
  answer<K>(fa, table, flow.oif, result);
  return rejection(fa.info.type);
}

/** Fills a result from the alias that a lookup of `table` (0: by the rules) ended at. */
function answer<K>(fa: Alias, table: u32, oif: u32, result: Result): void {
  const fi = fa.info;
  result.id = fi.id;
  result.table = table ? table : fi.table == RT_TABLE_LOCAL && !state().unmerged ? RT_TABLE_MAIN : fi.table;
  result.priority = fi.priority;
  result.prefixLen = <u8>(keyBits<K>() - fa.slen);
  result.type = fi.type;
  result.scope = fi.scope;
  result.tos = fa.tos;
  result.protocol = fi.protocol;
  memory.copy(result.prefsrc, fi.prefsrc, 16);
  const path = rejects(fi.type) ? -1 : pathOf(fi, oif);
  result.nexthop = path < 0 ? 0 : <u16>path;
  if (path < 0) {
    result.oif = 0;
    result.family = 0;
    result.flags = 0;
    return;
  }
  const nh = fi.nexthop(path);
  result.oif = nh.oif;
  result.family = nh.family;
  result.flags = nh.flags;
  memory.copy(result.gateway, nh.gateway, 16);
}
