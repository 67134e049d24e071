// dump.ts - routes and shapes on their way out: cursors that survive changes, and walks between changes.

import * as abi from "../src/abi/records";
import { keyBits, keyEqual, keyLoad, keyStore } from "./key";
import { AF_INET, AF_INET6 } from "../src/abi/uapi";
import { Cursor, RouteRecord, Row, Summary, Walk } from "./record";
import { Alias, aliasAt, firstLink, linkFor, sameGroup } from "./fib/alias";
import { infoGet } from "./fib/info";
import { Table, matchLink, tableFind, tableNext } from "./fib/table";
import { find } from "./trie/find";
import { Leaf, Ref, Trie, isLeaf, keyOf, leafOf, tnodeOf } from "./trie/node";
import { depthOf, leafFrom, nextLeaf, nextNode } from "./trie/walk";

const BEFORE: u32 = 0;
const INSIDE: u32 = 1;
const FINISHED: u32 = 2;

/** Bytes of the record of a route with this many nexthops. */
function recordBytes(count: u32): u32 {
  return abi.ROUTE_NEXTHOPS + count * abi.NEXTHOP_BYTES;
}

function writeRoute<K>(r: RouteRecord, leaf: Leaf<K>, fa: Alias): void {
  infoGet(fa.info, r);
  r.family = <u8>(isVector<K>() ? AF_INET6 : AF_INET);
  r.dstLen = <u8>(keyBits<K>() - fa.slen);
  r.tos = fa.tos;
  memory.fill(r.dst, 0, 16);
  keyStore<K>(r.dst, leaf.key);
}

/**
 * Writes the next routes of a dump into `out` as many as fit: all tables in FIB-3 order, or one, leaves in key order,
 * aliases in list order, each under the table that it belongs to (FIB-13, FIB-69). Gives the bytes written; with 0 the
 * cursor tells whether the dump is finished or needs more room. Routes added behind the cursor are not seen.
 */
export function dumpRoutes<K>(cursor: Cursor, out: usize, room: u32): u32 {
  let written: u32 = 0;
  while (cursor.state != FINISHED) {
    if (cursor.state == BEFORE && !enterNext(cursor)) break;
    written += dumpTable<K>(
      changetype<Table>(tableFind(cursor.table)),
      cursor,
      out + written,
      room - written,
    );
    if (cursor.state == INSIDE) break;
  }
  return written;
}

/** Puts the cursor at the start of the next table; finishes it when there is none. */
function enterNext(cursor: Cursor): bool {
  let t: Table | null = null;
  if (cursor.only == 0) t = tableNext(cursor.table ? tableFind(cursor.table) : null);
  else if (cursor.table == 0) t = tableFind(cursor.only);
  cursor.state = t == null ? FINISHED : INSIDE;
  if (t == null) return false;
  cursor.table = t.id;
  cursor.skip = 0;
  memory.fill(cursor.key, 0, 16);
  return true;
}

/** The rest of one table, as far as there is room; the state says whether it was all. */
function dumpTable<K>(t: Table, cursor: Cursor, out: usize, room: u32): u32 {
  const from = keyLoad<K>(cursor.key);
  let leaf = leafFrom<K>(t.of<K>(), from);
  let skip = leaf != null && keyEqual<K>(leaf.key, from) ? cursor.skip : 0;
  let written: u32 = 0;
  for (; leaf != null; leaf = nextLeaf<K>(t.of<K>(), leaf!)) {
    let seen: u32 = 0;
    for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
      if (seen++ < skip || fa.info.table != t.id) continue;
      if (cursor.filter & abi.CURSOR_F_SOURCE_GONE && !fa.info.sourceGone) continue;
      cursor.need = recordBytes(fa.info.paths);
      if (cursor.need > room - written) {
        keyStore<K>(cursor.key, leaf.key);
        cursor.skip = seen - 1;
        return written;
      }
      writeRoute<K>(changetype<RouteRecord>(out + written), leaf, fa);
      written += cursor.need;
    }
    skip = 0;
  }
  cursor.state = BEFORE;
  return written;
}

/**
 * Writes the route with exactly the record's prefix, table and tos, and its priority unless that is 0, over the
 * record: the first in list order. Bytes written, 0 for none, -n when `room` is short of n.
 */
export function findRoute<K>(r: RouteRecord, room: u32): i32 {
  const t = tableFind(r.table);
  if (t == null) return 0;
  const leaf = find<K>(t.of<K>(), keyLoad<K>(r.dst));
  if (leaf == null) return 0;
  const slen = <u8>(keyBits<K>() - r.dstLen);
  const fa = aliasAt(linkFor(firstLink<K>(leaf), slen, t.id, r.tos, r.priority));
  if (fa == null || !sameGroup(fa, slen, t.id, r.tos, r.priority ? r.priority : fa.info.priority)) return 0;
  const need = recordBytes(fa.info.paths);
  if (need > room) return -(<i32>need);
  writeRoute<K>(r, leaf, fa);
  return <i32>need;
}

/**
 * Writes the route that a delete request would delete to `out`: bytes written, 0 for none, -n when `room` is short of n.
 */
export function matchRoute<K>(r: RouteRecord, out: usize, room: u32): i32 {
  const t = tableFind(r.table);
  if (t == null) return 0;
  const leaf = find<K>(t.of<K>(), keyLoad<K>(r.dst));
  if (leaf == null) return 0;
  const link = matchLink<K>(t, leaf, r);
  if (!link) return 0;
  const fa = aliasAt(link)!;
  const need = recordBytes(fa.info.paths);
  if (need > room) return -(<i32>need);
  writeRoute<K>(changetype<RouteRecord>(out), leaf, fa);
  return <i32>need;
}

/** Writes the next `room` rows of a trie's shape in the order of /proc/net/fib_trie (PROC-4); how many, 0 at the end. */
export function walkShape<K>(walk: Walk, out: usize, room: u32): u32 {
  const t = tableFind(walk.table);
  if (walk.done || t == null) return 0;
  const trie = t.of<K>();
  let n = walk.node ? walk.node : trie.top;
  let rows: u32 = 0;
  while (n != 0 && rows < room) {
    const row = changetype<Row>(out + <usize>rows * abi.ROW_BYTES);
    const fa = walk.alias ? nthAlias<K>(leafOf<K>(n), walk.alias - 1) : null;
    if (walk.alias == 0) writeNode<K>(row, trie, n);
    else if (fa != null) writeAlias<K>(row, fa, depthOf<K>(trie, n));
    if (walk.alias == 0 || fa != null) rows++;
    if (isLeaf(n) && (walk.alias == 0 || fa != null)) {
      walk.alias++;
      continue;
    }
    walk.alias = 0;
    n = nextNode<K>(trie, n);
  }
  walk.node = n;
  if (n == 0) walk.done = 1;
  return rows;
}

function nthAlias<K>(leaf: Leaf<K>, n: u32): Alias | null {
  let fa = aliasAt(firstLink<K>(leaf));
  while (fa != null && n-- > 0) fa = fa.next;
  return fa;
}

function writeNode<K>(row: Row, trie: Trie<K>, n: Ref): void {
  memory.fill(changetype<usize>(row), 0, abi.ROW_BYTES);
  row.depth = <u8>depthOf<K>(trie, n);
  keyStore<K>(row.key, keyOf<K>(n));
  if (isLeaf(n)) {
    row.kind = <u8>abi.ROW_LEAF;
    return;
  }
  const tn = tnodeOf<K>(n);
  row.kind = <u8>abi.ROW_TNODE;
  row.length = <u8>(keyBits<K>() - tn.pos - tn.bits);
  row.bits = tn.bits;
  row.full = tn.full;
  row.empty = tn.empty;
}

function writeAlias<K>(row: Row, fa: Alias, depth: u32): void {
  memory.fill(changetype<usize>(row), 0, abi.ROW_BYTES);
  row.kind = <u8>abi.ROW_ALIAS;
  row.depth = <u8>depth;
  row.length = <u8>(keyBits<K>() - fa.slen);
  row.scope = fa.info.scope;
  row.type = fa.info.type;
  row.tos = fa.tos;
}

/**
 * Writes the figures of the first table after the one with id `after` (PROC-12); 1, or 0 when there is none.
 * Without `deep` only id and routes are filled, O(1); with it the trie is walked.
 */
export function summarize<K>(after: u32, deep: u32, out: Summary): u32 {
  const t = tableNext(after ? tableFind(after) : null);
  if (t == null) return 0;
  memory.fill(changetype<usize>(out), 0, abi.SUMMARY_BYTES);
  out.id = t.id;
  out.routes = t.routes;
  const trie = t.of<K>();
  if (deep) for (let n = trie.top; n != 0; n = nextNode<K>(trie, n)) countNode<K>(out, trie, n);
  return 1;
}

function countNode<K>(out: Summary, trie: Trie<K>, n: Ref): void {
  if (!isLeaf(n)) {
    const tn = tnodeOf<K>(n);
    out.tnodes++;
    out.count(tn.bits);
    out.pointers += tn.slots;
    out.nulls += tn.empty;
    return;
  }
  const depth = depthOf<K>(trie, n);
  out.leaves++;
  out.totalDepth += depth;
  if (depth > out.maxDepth) out.maxDepth = depth;
  for (let fa = aliasAt(firstLink<K>(leafOf<K>(n))); fa != null; fa = fa!.next) out.aliases++;
}
