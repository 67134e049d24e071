// fib/table.ts - tables by id, and routes coming and going: insert, delete, strip, unmerge.
//
// As long as no policy rule was ever made, table local has no trie of its own: it shares main's, and aliases of both
// sit in the same leaves, told apart by their info's table id (FIB-7). A table is never destroyed (FIB-5).
//
// Every change is whole or not at all: what must be allocated is allocated before anything is linked.
//
// Invariants (check/trie.ts):
//   T10  a table hangs once in the chain of its id, which is not 0
//   T11  `routes` counts the aliases with the table's id, `defaults` those of length 0
//   T12  local shares main's trie as long as no rule was ever made, and never after

import { REASON_NO_TABLE } from "../../src/abi/records";
import {
  ENOBUFS,
  ENOENT,
  ESRCH,
  EEXIST,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  RTNH_F_DEAD,
  RT_SCOPE_NOWHERE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from "../../src/abi/uapi";
import { TABLE, TABLE_CHAINS, alloc, forwarding, free, state, tableChain, word } from "../arena";
import { dropView } from "../forward/follow";
import { invalidate } from "../generation";
import { keyBits, keyLoad } from "../key";
import { NexthopRecord, RouteRecord } from "../record";
import { leafAt, parentOf } from "../trie/find";
import { insertLeaf, raise } from "../trie/insert";
import {
  Leaf,
  Tnode,
  Trie,
  isLeaf,
  leafFree,
  leafOf,
  put,
  slotFor,
  tnodeOf,
  trieFree,
  trieNew,
} from "../trie/node";
import { lower, removeLeaf } from "../trie/remove";
import { resize } from "../trie/resize";
import { measure } from "../trie/suffix";
import { firstLeaf, nextLeaf } from "../trie/walk";
import {
  ACCESSED,
  Alias,
  aliasAt,
  aliasFree,
  aliasNew,
  firstLink,
  lastAlias,
  linkAfter,
  linkFor,
  sameGroup,
} from "./alias";
import { viewFollow, viewRenew } from "./forwarding";
import { Info, METRIC_WORDS, infoIntern, infoPut } from "./info";
import { Nexthop, sameWords } from "./nexthop";
import { routeCame, routeWent } from "./uses";

/**
 * A table.
 *   off  size  field
 *     0     4  next      table in the same chain, newest first (FIB-3)
 *     4     4  id        any u32 but 0
 *     8     4  trie      its trie, main's for a merged local
 *    12     4  routes    aliases with this table's id
 *    16     4  defaults  those of length 0 (FIB-6)
 */
@unmanaged export class Table {
  next: Table | null;
  id: u32;
  trie: usize;
  routes: u32;
  defaults: u32;

  /** The trie, whose keys are of type K. */
  @inline of<K>(): Trie<K> {
    return changetype<Trie<K>>(this.trie);
  }
}

if (offsetof<Table>() != 20) ERROR("Table: the table is stale");

/** The table with this id (0: main), or null. */
export function tableFind(id: u32): Table | null {
  if (id == 0) id = RT_TABLE_MAIN;
  let t = load<Table | null>(tableChain(id & (TABLE_CHAINS - 1)));
  while (t != null && t.id != id) t = t.next;
  return t;
}

/** The first table, or the one after `t`, in the order of dumps: chain 0 to 255, newest first (FIB-3). */
export function tableNext(t: Table | null): Table | null {
  if (t != null && t.next != null) return t.next;
  for (let c: u32 = t == null ? 0 : (t.id & (TABLE_CHAINS - 1)) + 1; c < TABLE_CHAINS; c++) {
    const head = load<Table | null>(tableChain(c));
    if (head != null) return head;
  }
  return null;
}

/** The table with this id, made when it is missing; null when there is no memory. */
export function tableGet<K>(id: u32): Table | null {
  const t = tableFind(id);
  if (t != null) return t;
  if (id != RT_TABLE_LOCAL || state().unmerged) return tableNew<K>(id, null);
  const hadMain = tableFind(RT_TABLE_MAIN) != null;
  const main = tableGet<K>(RT_TABLE_MAIN);
  if (main == null) return null;
  const local = tableNew<K>(id, main.of<K>());
  if (local == null && !hadMain) tableDrop<K>(main);
  return local;
}

function tableNew<K>(id: u32, shared: Trie<K> | null): Table | null {
  const t = changetype<Table | null>(alloc(TABLE, offsetof<Table>()));
  if (t == null) return null;
  const trie = shared != null ? shared : trieNew<K>();
  if (trie == null) {
    free(TABLE, changetype<usize>(t));
    return null;
  }
  const head = tableChain(id & (TABLE_CHAINS - 1));
  t.next = load<Table | null>(head);
  t.id = id;
  t.trie = changetype<usize>(trie);
  t.routes = 0;
  t.defaults = 0;
  store<Table>(head, t);
  return t;
}

/** Undoes `tableNew` for a table without routes. */
function tableDrop<K>(t: Table): void {
  let link = tableChain(t.id & (TABLE_CHAINS - 1));
  while (load<Table | null>(link) != t) link = load<usize>(link);
  store<Table | null>(link, t.next);
  if (!isMerged(t)) {
    dropView<K>(t.of<K>());
    trieFree<K>(t.of<K>());
  }
  free(TABLE, changetype<usize>(t));
}

/** True for a local table that shares main's trie. */
export function isMerged(t: Table): bool {
  if (t.id != RT_TABLE_LOCAL) return false;
  const main = tableFind(RT_TABLE_MAIN);
  return main != null && main.trie == t.trie;
}

/**
 * Inserts a route by the netlink flags CREATE, EXCL, REPLACE, APPEND (CFG-47..53). O(depth + list).
 * Gives the flags of the notification (CFG-91): CREATE|EXCL the first of its group, CREATE prepended, CREATE|APPEND
 * appended, REPLACE replaced, 0 nothing to change; or -EEXIST, -ENOENT, -ENOBUFS. A refused route leaves its table
 * behind (FIB-4), one refused for want of memory leaves nothing.
 */
export function routeAdd<K>(r: RouteRecord, flags: u32): i32 {
  if (r.table == 0) r.table = RT_TABLE_MAIN;
  const t = tableFind(r.table);
  return t != null ? insert<K>(t, r, flags) : addToNewTable<K>(r, flags);
}

/** The first route of a table makes it; without memory for the route the table goes again, and main if it came along. */
function addToNewTable<K>(r: RouteRecord, flags: u32): i32 {
  const hadMain = tableFind(RT_TABLE_MAIN) != null;
  const t = tableGet<K>(r.table);
  if (t == null) return -ENOBUFS;
  const err = insert<K>(t, r, flags);
  if (err == -ENOBUFS) {
    const merged = isMerged(t);
    tableDrop<K>(t);
    if (merged && !hadMain) tableDrop<K>(changetype<Table>(tableFind(RT_TABLE_MAIN)));
  }
  return err;
}

/** Shares the info and puts the route in its place. */
function insert<K>(t: Table, r: RouteRecord, flags: u32): i32 {
  const fi = infoIntern(r);
  if (fi == null) return -ENOBUFS;
  r.id = fi.id;
  return insertInfo<K>(t, r, fi, flags);
}

/** Puts a route with an info that the caller has a reference to in its place; a refused one lets go of it. */
export function insertInfo<K>(t: Table, r: RouteRecord, fi: Info, flags: u32): i32 {
  const err = place<K>(t, r, fi, flags);
  if (err <= 0)
    infoPut(fi); // refused, or the same info stood there already
  else if (r.tos == 0) viewFollow<K>(t.of<K>(), keyLoad<K>(r.dst), <u8>(keyBits<K>() - r.dstLen));
  return err;
}

/** Finds the place of a route in its leaf and puts it there; the reference to fi is the alias's when it gives > 0. */
function place<K>(t: Table, r: RouteRecord, fi: Info, flags: u32): i32 {
  const key = keyLoad<K>(r.dst);
  const slen = <u8>(keyBits<K>() - r.dstLen);
  const tp = parentOf<K>(t.of<K>(), key);
  const leaf = leafAt<K>(tp, key);
  if (leaf == null) {
    if (!(flags & NLM_F_CREATE)) return -ENOENT;
    return addFirst<K>(t, tp, key, slen, r.tos, fi);
  }
  let link = linkFor(firstLink<K>(leaf), slen, t.id, r.tos, r.priority);
  let made: u32 = NLM_F_CREATE | NLM_F_EXCL;
  const first = aliasAt(link);
  if (sameGroup(first, slen, t.id, r.tos, r.priority)) {
    if (flags & NLM_F_EXCL) return -EEXIST;
    let identical: Alias | null = null;
    let end = link;
    for (let fa = first; sameGroup(fa, slen, t.id, r.tos, r.priority); fa = aliasAt(end)) {
      if (fa!.info == fi) identical = fa;
      end = linkAfter(fa!);
    }
    if (flags & NLM_F_REPLACE) {
      if (identical != null) return identical == first ? 0 : -EEXIST;
      replaceInfo<K>(first!, key, fi);
      return NLM_F_REPLACE;
    }
    if (identical != null) return -EEXIST;
    made = NLM_F_CREATE;
    if (flags & NLM_F_APPEND) {
      link = end;
      made = NLM_F_CREATE | NLM_F_APPEND;
    }
  }
  if (!(flags & NLM_F_CREATE)) return -ENOENT;
  const fa = aliasNew(fi, r.tos, slen);
  if (fa == null) return -ENOBUFS;
  fa.next = aliasAt(link);
  store<Alias>(link, fa);
  raise<K>(tp, leaf, slen);
  count<K>(t, slen, 1);
  routeCame<K>(fi, key, slen, r.tos);
  invalidate();
  return made;
}

function addFirst<K>(t: Table, tp: Tnode<K>, key: K, slen: u8, tos: u8, fi: Info): i32 {
  const fa = aliasNew(fi, tos, slen);
  if (fa == null) return -ENOBUFS;
  if (insertLeaf<K>(tp, key, slen, changetype<usize>(fa)) == null) {
    aliasFree(fa);
    return -ENOBUFS;
  }
  count<K>(t, slen, 1);
  routeCame<K>(fi, key, slen, tos);
  invalidate();
  return NLM_F_CREATE | NLM_F_EXCL;
}

/** CFG-49: the first of the group takes another info; its place, tos and length stay. */
function replaceInfo<K>(fa: Alias, key: K, fi: Info): void {
  const old = fa.info;
  routeWent<K>(old, key, fa.slen, fa.tos);
  if (fa.state & ACCESSED) invalidate();
  fa.info = fi;
  fa.state = 0;
  fa.chosen = -1;
  infoPut(old);
  routeCame<K>(fi, key, fa.slen, fa.tos);
  state().genid++;
}

/** Counts a route that came (1) or went (-1). */
function count<K>(t: Table, slen: u8, by: i32): void {
  t.routes += by;
  if (slen == keyBits<K>()) t.defaults += by;
  state().genid++;
}

/**
 * The link in front of the first route that a delete request matches (CFG-57..59), 0 for none; `leaf` holds its key in
 * table t. O(list).
 */
export function matchLink<K>(t: Table, leaf: Leaf<K>, r: RouteRecord): usize {
  const slen = <u8>(keyBits<K>() - r.dstLen);
  let link = linkFor(firstLink<K>(leaf), slen, t.id, r.tos, 0);
  for (
    let fa = aliasAt(link);
    fa != null && fa.slen == slen && fa.info.table == t.id && fa.tos == r.tos;
    fa = fa!.next
  ) {
    if (matches(fa.info, r)) return link;
    link = linkAfter(fa);
  }
  return 0;
}

/** Deletes the first route that matches the record. 0 or -ESRCH. O(depth + list). */
export function routeDelete<K>(r: RouteRecord): i32 {
  const t = tableFind(r.table);
  if (t == null) {
    state().reason = REASON_NO_TABLE;
    return -ESRCH;
  }
  const key = keyLoad<K>(r.dst);
  const tp = parentOf<K>(t.of<K>(), key);
  const leaf = leafAt<K>(tp, key);
  if (leaf == null) return -ESRCH;
  const link = matchLink<K>(t, leaf, r);
  if (!link) return -ESRCH;
  unlink<K>(t, tp, leaf, link);
  return 0;
}

/** Takes the alias behind a link out of its leaf below tp and lets go of its info. */
function unlink<K>(t: Table, tp: Tnode<K>, leaf: Leaf<K>, link: usize): void {
  const fa = aliasAt(link)!;
  const key = leaf.key;
  const slen = fa.slen;
  const tos = fa.tos;
  store<Alias | null>(link, fa.next);
  if (fa.state & ACCESSED) invalidate(); // RC-26: a route that nobody came by is in no entry
  if (leaf.list == 0) removeLeaf<K>(tp, leaf);
  else if (fa.next == null) lower<K>(tp, leaf, lastAlias(changetype<Alias>(leaf.list)).slen);
  routeWent<K>(fa.info, key, slen, tos);
  infoPut(fa.info);
  aliasFree(fa);
  count<K>(t, slen, -1);
  if (tos == 0) viewFollow<K>(t.of<K>(), key, slen);
}

/** True if an info is one that a delete request means (CFG-58). */
function matches(fi: Info, r: RouteRecord): bool {
  return (
    (r.type == 0 || fi.type == r.type) &&
    (r.scope == RT_SCOPE_NOWHERE || fi.scope == r.scope) &&
    (r.protocol == 0 || fi.protocol == r.protocol) &&
    (r.priority == 0 || fi.priority == r.priority) &&
    (isNone(r.prefsrc) || sameWords(fi.prefsrc, r.prefsrc)) &&
    matchesNexthops(fi, r) &&
    matchesMetrics(fi, r)
  );
}

// What `refs` of a delete request says of its nexthops.
const LONE: u32 = 0;
const EXACT: u32 = 2;

/** CFG-59. A lone device or gateway is compared with the first nexthop only; a list must cover them all. */
function matchesNexthops(fi: Info, r: RouteRecord): bool {
  if (r.nhid) return fi.nhid == r.nhid;
  if (r.count == 0) return true;
  if (fi.nhid) return false;
  const isList = r.refs != LONE;
  if (fi.count == 0) return isList && namesNothing(r.nexthop(0));
  if (isList && r.count < fi.count) return false;
  if (r.refs == EXACT && r.count != fi.count) return false;
  const n: u32 = isList ? fi.count : 1;
  for (let i: u32 = 0; i < n; i++) if (!matchesNexthop(fi.nexthop(i), r, i)) return false;
  return true;
}

/** True if the first path of a delete request could be that of a route without any. */
function namesNothing(want: NexthopRecord): bool {
  return want.oif == 0 && want.family == 0 && want.realm == 0;
}

function matchesNexthop(nh: Nexthop, r: RouteRecord, i: u32): bool {
  const want = r.nexthop(i);
  return (
    (want.oif == 0 || nh.oif == want.oif) &&
    (want.family == 0 || (nh.family == want.family && sameWords(nh.gateway, want.gateway))) &&
    (want.realm == 0 || nh.realm == want.realm)
  );
}

/** The metrics that are not 0, or whose bit is set in the request's `id`, must be the same. */
function matchesMetrics(fi: Info, r: RouteRecord): bool {
  for (let i: u32 = 0; i < METRIC_WORDS; i++) {
    const want = load<u32>(word(r.metrics, i));
    const has: u32 = fi.metrics ? load<u32>(word(fi.metrics, i)) : 0;
    if (has != want && (want || (r.id >>> i) & 1)) return false;
  }
  return true;
}

/** True if an address is all zero. */
export function isNone(address: usize): bool {
  return (load<u64>(address) | load<u64>(address, 8)) == 0;
}

/**
 * Splits local from main, once and for ever (FIB-8): local gets a trie of its own with copies of its aliases, then
 * they are stripped from main's. 0, or -ENOBUFS and nothing has changed. O(routes).
 */
export function unmerge<K>(): i32 {
  const s = state();
  if (s.unmerged) return 0;
  const local = tableFind(RT_TABLE_LOCAL);
  if (local != null) {
    const shared = local.of<K>();
    const own = trieNew<K>();
    if (own == null) return -ENOBUFS;
    if (!copyTable<K>(shared, own, RT_TABLE_LOCAL)) {
      strip<K>(own, 0);
      trieFree<K>(own);
      return -ENOBUFS;
    }
    own.shape = shared.shape;
    local.trie = changetype<usize>(own);
    strip<K>(shared, RT_TABLE_MAIN);
    viewRenew<K>(shared);
  }
  s.unmerged = 1;
  s.genid++;
  invalidate();
  forwarding().fast = 0;
  return 0;
}

/** Copies the aliases of one table into another trie, in key and list order; false when there is no memory. */
function copyTable<K>(from: Trie<K>, to: Trie<K>, table: u32): bool {
  for (let leaf = firstLeaf<K>(from); leaf != null; leaf = nextLeaf<K>(from, leaf!)) {
    let copy: Leaf<K> | null = null;
    let last: Alias | null = null;
    for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
      if (fa.info.table != table) continue;
      const same = aliasNew(fa.info, fa.tos, fa.slen);
      if (same == null) return false;
      same.state = fa.state;
      same.chosen = fa.chosen;
      const tp = parentOf<K>(to, leaf.key);
      if (copy == null || last == null) {
        copy = insertLeaf<K>(tp, leaf.key, fa.slen, changetype<usize>(same));
        if (copy == null) {
          aliasFree(same);
          return false;
        }
      } else {
        last.next = same;
        raise<K>(tp, copy, fa.slen);
      }
      fa.info.refs++;
      last = same;
    }
  }
  return true;
}

/** Which aliases `sweep` removes: those of every table but one; those of one table whose info is dead. */
const STRIP: u32 = 0;
const FLUSH: u32 = 1;

/** Removes the aliases of all tables but `keep` (0: of all) from a trie. The counts of tables are the caller's. */
function strip<K>(trie: Trie<K>, keep: u32): void {
  sweep<K>(trie, keep, STRIP);
}

/** Removes the routes of a table whose info is dead; how many. O(nodes). */
export function flushTable<K>(t: Table): u32 {
  const before = t.routes;
  sweep<K>(t.of<K>(), t.id, FLUSH);
  if (t.routes == before) return 0;
  viewRenew<K>(t.of<K>());
  invalidate();
  return before - t.routes;
}

/**
 * Goes through the leaves of a trie from the highest key to the lowest and removes aliases, each tnode resized after
 * its children (FIB-135). O(nodes).
 */
function sweep<K>(trie: Trie<K>, table: u32, mode: u32): void {
  let tn = changetype<Tnode<K>>(trie);
  let i: u32 = 1;
  for (;;) {
    if (i == 0) {
      if (tn.parent == null) return;
      measure<K>(tn);
      i = slotFor<K>(tn.parent!, tn.key);
      tn = resize<K>(tn);
      continue;
    }
    const n = tn.child(--i);
    if (n == 0) continue;
    if (!isLeaf(n)) {
      tn = tnodeOf<K>(n);
      i = tn.slots;
      continue;
    }
    const leaf = leafOf<K>(n);
    sweepLeaf<K>(leaf, table, mode);
    if (leaf.list == 0) {
      put<K>(tn, i, 0);
      leafFree<K>(leaf);
    }
  }
}

function sweepLeaf<K>(leaf: Leaf<K>, table: u32, mode: u32): void {
  let link = firstLink<K>(leaf);
  for (let fa = aliasAt(link); fa != null; fa = aliasAt(link)) {
    const isOfTable = fa.info.table == table;
    if (mode == STRIP ? table && isOfTable : !isOfTable || !(fa.info.flags & RTNH_F_DEAD)) {
      leaf.slen = fa.slen;
      link = linkAfter(fa);
      continue;
    }
    store<Alias | null>(link, fa.next);
    if (mode == FLUSH) {
      count<K>(changetype<Table>(tableFind(table)), fa.slen, -1);
      routeWent<K>(fa.info, leaf.key, fa.slen, fa.tos);
    }
    infoPut(fa.info);
    aliasFree(fa);
  }
}
