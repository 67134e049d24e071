// check/trie.ts - T1..T12 and A1..A4: tables, their tries node by node, and the routes at the leaves.
//
// Each tnode is looked at with its slots before the walk goes on below it, so every word is read by an address that was
// claimed. A walk comes back by the parent links, which T1 has proved.

import { FORWARD_DIRECT } from "../../src/abi/records";
import { RT_TABLE_LOCAL, RT_TABLE_MAIN } from "../../src/abi/uapi";
import {
  ALIAS,
  LEAF,
  TABLE,
  TABLE_CHAINS,
  TNODE,
  TNODE_BITS,
  TRIE,
  kindOf,
  state,
  tableChain,
} from "../arena";
import { claim, tableMap, walk, within } from "../claim";
import { Alias, aliasAt, firstLink } from "../fib/alias";
import { Table, isMerged, tableFind } from "../fib/table";
import { keyBits, keyClearLow, keyEqual } from "../key";
import { find } from "../trie/find";
import {
  Leaf,
  Ref,
  Tnode,
  Trie,
  isLeaf,
  isTnode,
  keyOf,
  leafOf,
  slenOf,
  slotFor,
  tnodeOf,
} from "../trie/node";
import { isKnown } from "./info";
import { A, M, T } from "./rooms";

/** T10: claims all tables. */
export function checkTables(): u32 {
  for (let c: u32 = 0; c < TABLE_CHAINS; c++) {
    let length: u32 = 0;
    for (let t = load<Table | null>(tableChain(c)); t != null; t = t!.next) {
      if (!claim(TABLE, changetype<usize>(t))) return M + 4;
      if (t.id == 0 || (t.id & (TABLE_CHAINS - 1)) != c) return T + 10;
      length++;
    }
    if (!areDifferent(c, length)) return T + 10;
  }
  const local = tableFind(RT_TABLE_LOCAL);
  return local == null || (state().unmerged == 0) == isMerged(local) ? 0 : T + 12;
}

/** Tables of a chain from which on their ids are marked, not compared. */
const MANY: u32 = 1024;

/** True if no id is in a chain twice. O(length), or O(length^2) where there is no room for marks. */
function areDifferent(c: u32, length: u32): bool {
  const map = length > MANY ? tableMap() : 0;
  let t = load<Table | null>(tableChain(c));
  if (!map) {
    while (t != null && tableFind(t.id) == t) t = t.next;
    return t == null;
  }
  let same = false;
  for (; t != null; t = t!.next) same = mark(map, t.id) || same;
  for (t = load<Table | null>(tableChain(c)); t != null; t = t!.next) store<u8>(map + (t.id >>> 11), 0);
  return !same;
}

/** Marks an id by its upper 24 bits; true if it was. */
function mark(map: usize, id: u32): bool {
  const at = map + (id >>> 11);
  const bit: u32 = 1 << ((id >>> 8) & 7);
  const old: u32 = load<u8>(at);
  store<u8>(at, <u8>(old | bit));
  return (old & bit) != 0;
}

/** The trie of a table, which main has for local as long as they share one, and its counts. O(nodes). */
export function checkTrie<K>(t: Table): u32 {
  if (t.id == RT_TABLE_LOCAL && isMerged(t)) return 0;
  const trie = t.of<K>();
  if (!claim(TRIE, changetype<usize>(trie))) return M + 4;
  if (!isAnchor<K>(trie)) return T + 9;
  const sharer = t.id == RT_TABLE_MAIN ? sharerOf() : null;
  const before = kindOf(ALIAS).seen;
  const broken = checkNodes<K>(trie, t.id, sharer == null ? 0 : RT_TABLE_LOCAL);
  if (broken) return broken;
  const routes = kindOf(ALIAS).seen - before;
  if (sharer == null) return t.routes == routes && defaultsAre<K>(t) ? 0 : T + 11;
  const shared = walk().local;
  if (t.routes != routes - shared || sharer.routes != shared) return T + 11;
  return defaultsAre<K>(t) && defaultsAre<K>(sharer) ? 0 : T + 11;
}

/** Table local while it shares main's trie, or null. */
function sharerOf(): Table | null {
  const local = tableFind(RT_TABLE_LOCAL);
  return local != null && isMerged(local) ? local : null;
}

/** T9. */
function isAnchor<K>(trie: Trie<K>): bool {
  return (
    trie.parent == null &&
    trie.bits == 0 &&
    trie.pos == <u8>keyBits<K>() &&
    trie.slen == <u8>keyBits<K>() &&
    keyEqual<K>(trie.key, <K>0) &&
    trie.shape <= <u32>FORWARD_DIRECT
  );
}

/** True if a table counts its routes of length 0. They are at the leaf with key 0. */
function defaultsAre<K>(t: Table): bool {
  const leaf = find<K>(t.of<K>(), <K>0);
  let n: u32 = 0;
  if (leaf != null) {
    for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next)
      n += <u32>(fa.slen == <u8>keyBits<K>() && fa.info.table == t.id);
  }
  return n == t.defaults;
}

/** Goes through all tnodes from the anchor down, in order. `table` and `sharer` are those whose aliases may be here. */
function checkNodes<K>(trie: Trie<K>, table: u32, sharer: u32): u32 {
  let tn = changetype<Tnode<K>>(trie);
  let broken = enter<K>(tn, table, sharer);
  for (let i: u32 = 0; !broken;) {
    const n = nextTnode<K>(tn, i);
    if (n != 0) {
      tn = tnodeOf<K>(n);
      broken = enter<K>(tn, table, sharer);
      i = 0;
    } else if (tn.parent == null) return 0;
    else {
      i = slotFor<K>(tn.parent!, tn.key) + 1;
      tn = tn.parent!;
    }
  }
  return broken;
}

/** The first child tnode in slot i or later, or 0. */
function nextTnode<K>(tn: Tnode<K>, i: u32): Ref {
  for (const n = tn.slots; i < n; i++) if (isTnode(tn.child(i))) return tn.child(i);
  return 0;
}

/** Checks a tnode that is claimed, its slots, and the leaves in them. */
function enter<K>(tn: Tnode<K>, table: u32, sharer: u32): u32 {
  const slots = tn.slots;
  for (let i: u32 = 0; i < slots; i++) if (!claimChild<K>(tn.child(i))) return M + 4;
  const broken = checkTnode<K>(tn);
  if (broken) return broken;
  for (let i: u32 = 0; i < slots; i++) {
    const n = tn.child(i);
    if (!isLeaf(n)) continue;
    const err = checkLeaf<K>(leafOf<K>(n), table, sharer);
    if (err) return err;
  }
  return 0;
}

/** Claims what a slot holds. */
// @ts-ignore: decorator
@inline function claimChild<K>(n: Ref): bool {
  if (n == 0) return true;
  if (isLeaf(n)) return claim(LEAF, n - 1);
  if (!within(n, <u32>offsetof<Tnode<K>>())) return false;
  const bits: u32 = tnodeOf<K>(n).bits;
  return bits > 0 && bits <= TNODE_BITS && claim(TNODE + bits, n);
}

/** Invariants of one tnode, or of the anchor. 0 = all hold, else the number of the first broken one. */
export function checkTnode<K>(tn: Tnode<K>): u32 {
  const isAnchor = tn.parent == null;
  const slots = tn.slots;
  const pos: u32 = tn.pos;
  let empty: u32 = 0;
  let full: u32 = 0;
  let slen = tn.pos;
  for (let i: u32 = 0; i < slots; i++) {
    const n = tn.child(i);
    if (n == 0) {
      empty++;
      continue;
    }
    if (!isAnchor && tn.index(keyOf<K>(n)) != i) return T + 2; // T2 a child hangs in the slot that its key names
    slen = max(slen, slenOf<K>(n));
    if (isLeaf(n)) continue;
    const c = tnodeOf<K>(n);
    const end = <u32>c.pos + c.bits;
    if (c.parent != tn) return T + 1; // T1 a tnode's parent is the tnode that holds it
    if (end > pos) return T + 8; // T8 a child's field lies below its parent's
    if (end == pos) full++;
  }
  if (empty != tn.empty) return T + 3; // T3 empty counts the null slots
  if (full != tn.full) return T + 4; // T4 full counts the full children
  if (slen != tn.slen) return T + 5; // T5 slen is the longest below, at least pos
  if (empty == slots && !isAnchor) return T + 6; // T6 a tnode has a child; after an inflate it may have but one (FIB-43)
  return keyEqual<K>(tn.key, keyClearLow<K>(tn.key, pos + tn.bits)) ? 0 : T + 7; // T7 low key bits are zero
}

/** Invariants of one leaf and its aliases. */
function checkLeaf<K>(leaf: Leaf<K>, table: u32, sharer: u32): u32 {
  let last: Alias | null = null;
  for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
    if (!claim(ALIAS, changetype<usize>(fa))) return M + 4;
    if (!isKnown(changetype<usize>(fa.info))) return A + 4;
    const fi = fa.info;
    if (fi.table != table) {
      if (fi.table != sharer) return A + 4;
      walk().local++;
    }
    fi.seen++;
    if (fa.tos) walk().tos++;
    if (last != null && !inOrder(last, fa)) return A + 1;
    last = fa;
  }
  if (last == null) return A + 3;
  if (last.slen != leaf.slen || last.slen > <u8>keyBits<K>()) return A + 2;
  return keyEqual<K>(leaf.key, keyClearLow<K>(leaf.key, last.slen)) ? 0 : T + 7;
}

/** True if b may follow a (FIB-26). */
function inOrder(a: Alias, b: Alias): bool {
  if (a.slen != b.slen) return a.slen < b.slen;
  if (a.info.table != b.info.table) return a.info.table > b.info.table;
  if (a.tos != b.tos) return a.tos > b.tos;
  return a.info.priority <= b.info.priority;
}
