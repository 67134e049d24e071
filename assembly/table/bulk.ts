// table/bulk.ts - many prefixes at once: row by row, or, sorted and into an empty table, a trie made from below.
//
// From sorted leaves the whole shape is known: a tnode begins at the highest bit in which the first and the last leaf
// below it differ, and is as wide as half of its slots are filled. No tnode is made twice, and nothing is left over.

import { ENOBUFS } from "../../src/abi/uapi";
import { TNODE_BITS, tableChain, word, wordsFree, wordsNew } from "../arena";
import { dropView, shapeView } from "../forward/follow";
import { keyBits, keyEqual, keyLoad, keyTopDifference } from "../key";
import {
  Leaf,
  Ref,
  Tnode,
  Trie,
  hang,
  isLeaf,
  isTnode,
  leafFree,
  leafNew,
  leafOf,
  put,
  refOf,
  tnodeFree,
  tnodeNew,
  tnodeOf,
  trieFree,
  trieNew,
} from "../trie/node";
import { Entries, entriesFree, entryFor, entryInsert, entrySet, only } from "./entry";
import { prefixSet } from "./prefix";
import { Root } from "./root";
import { rowBytes } from "./scan";

/** Sets n rows; in place of each id what `prefixSet` gives. It ends where memory does: how many were set. */
export function rowsSet<K>(root: Root, rows: usize, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++, rows += rowBytes<K>()) {
    const id = rows + sizeof<K>() + 4;
    const old = prefixSet<K>(
      root,
      keyLoad<K>(rows),
      keyBits<K>() - load<u32>(rows + sizeof<K>()),
      load<u32>(id),
    );
    if (old < 0) return i;
    store<u32>(id, old);
  }
  return n;
}

/** Puts an empty trie in place of the one there is, which is kept. 0 or -ENOBUFS. */
export function swapBegin<K>(root: Root): i32 {
  const trie = trieNew<K>();
  if (trie == null) return -ENOBUFS;
  root.kept = root.trie;
  root.keptPrefixes = root.prefixes;
  trie.shape = root.of<K>().shape;
  root.trie = changetype<usize>(trie);
  root.prefixes = 0;
  return 0;
}

/** Frees the trie that was kept, or takes it back and frees the new one. O(nodes). */
export function swapEnd<K>(root: Root, isBack: bool): void {
  let gone = changetype<Trie<K>>(root.kept);
  if (isBack) {
    gone = root.of<K>();
    root.trie = root.kept;
    root.prefixes = root.keptPrefixes;
  }
  root.kept = 0;
  root.keptPrefixes = 0;
  dropView<K>(gone);
  freeBelow<K>(gone.top);
  trieFree<K>(gone);
}

/** Frees what hangs at n. It calls itself for tnodes below: at most one level for each bit of the key. */
function freeBelow<K>(n: Ref): void {
  if (n == 0) return;
  if (isLeaf(n)) {
    entriesFree<K>(leafOf<K>(n));
    return leafFree<K>(leafOf<K>(n));
  }
  const tn = tnodeOf<K>(n);
  for (let i: u32 = 0, slots = tn.slots; i < slots; i++) freeBelow<K>(tn.child(i));
  tnodeFree<K>(tn);
}

/** Makes room for the leaves of n rows; the table is empty. 0 or -ENOBUFS. */
export function buildBegin(root: Root, n: u32): i32 {
  root.refsBits = n > 1 ? 32 - clz<u32>(n - 1) : 0;
  root.refs = wordsNew(root.refsBits);
  root.leaves = 0;
  return root.refs ? 0 : -ENOBUFS;
}

/**
 * Takes n rows, which come in order, behind those that came before. A prefix that comes again has its old id put in place
 * of that in its row, all others 0. How many: it ends where memory does.
 */
export function buildRows<K>(root: Root, rows: usize, n: u32): u32 {
  for (let i: u32 = 0; i < n; i++, rows += rowBytes<K>()) {
    const key = keyLoad<K>(rows);
    const slen = keyBits<K>() - load<u32>(rows + sizeof<K>());
    const old = buildRow<K>(root, key, slen, load<u32>(rows + sizeof<K>(), 4));
    if (old < 0) return i;
    if (!old) root.prefixes++;
    store<u32>(rows + sizeof<K>(), old, 4);
  }
  return n;
}

function buildRow<K>(root: Root, key: K, slen: u32, id: u32): i32 {
  const last = root.leaves ? leafAtRef<K>(root, root.leaves - 1) : null;
  if (last == null || !keyEqual<K>(last.key, key)) {
    const leaf = leafNew<K>(key, <u8>slen, only(id));
    if (leaf == null) return -ENOBUFS;
    store<Ref>(word(root.refs, root.leaves++), refOf<K>(leaf));
    return 0;
  }
  const entry = entryFor<K>(last, slen);
  if (entry) return entrySet<K>(last, entry, id);
  if (!entryInsert<K>(last, slen, id)) return -ENOBUFS;
  if (slen > last.slen) last.slen = <u8>slen;
  return 0;
}

// @ts-ignore: decorator
@inline function leafAtRef<K>(root: Root, i: u32): Leaf<K> {
  return leafOf<K>(load<Ref>(word(root.refs, i)));
}

/** Hangs the leaves into the trie, or with `isBack` frees them. 0, or -ENOBUFS: then they are freed. O(leaves). */
export function buildEnd<K>(root: Root, isBack: bool): i32 {
  let err: i32 = 0;
  if (root.leaves && !isBack) {
    const top = treeOf<K>(root, 0, root.leaves, true);
    if (top) put<K>(changetype<Tnode<K>>(root.of<K>()), 0, top);
    else err = -ENOBUFS;
  }
  if (isBack || err) {
    for (let i: u32 = 0; i < root.leaves; i++) freeBelow<K>(load<Ref>(word(root.refs, i)));
    root.prefixes = 0;
  }
  wordsFree(root.refsBits, root.refs);
  root.refs = 0;
  root.refsBits = 0;
  root.leaves = 0;
  dropView<K>(root.of<K>());
  if (!err) shapeView<K, Entries<K>>(root.of<K>(), root.of<K>().shape);
  return err;
}

/** Filled slots in percent, at least (FIB-40, FIB-41): as wide as a tnode would grow, and the top one wider. */
const FILLED: u64 = 50;
const FILLED_TOP: u64 = 30;

/** What the leaves from..end-1 hang at; 0 = no memory, and no tnode is left. At most one level for each bit of the key. */
function treeOf<K>(root: Root, from: u32, end: u32, isTop: bool): Ref {
  if (end - from == 1) return load<Ref>(word(root.refs, from));
  const first = leafAtRef<K>(root, from).key;
  const high = keyTopDifference<K>(first, leafAtRef<K>(root, end - 1).key);
  const bits = widthOf<K>(root, from, end, high, isTop ? FILLED_TOP : FILLED);
  const tn = tnodeNew<K>(first, high + 1 - bits, bits);
  if (tn == null) return 0;
  while (from < end) {
    const slot = tn.index(leafAtRef<K>(root, from).key);
    let to = from + 1;
    while (to < end && tn.index(leafAtRef<K>(root, to).key) == slot) to++;
    const child = treeOf<K>(root, from, to, false);
    if (!child) {
      unmake<K>(tn);
      return 0;
    }
    hang<K>(tn, slot, child);
    from = to;
  }
  return changetype<Ref>(tn);
}

/** Where `widthOf` counts: a word for each bit of a key, behind the root. They mean nothing outside of it. */
// @ts-ignore: decorator
@inline function countOf(bit: u32): usize {
  return tableChain(64 + bit);
}

/**
 * How many bits from `high` down a tnode over these leaves tests: the most at which enough slots are filled. A slot begins
 * where a leaf and the one before it differ in a bit that is tested. O(leaves).
 */
function widthOf<K>(root: Root, from: u32, end: u32, high: u32, filled: u64): u32 {
  memory.fill(countOf(0), 0, (high + 1) << 2);
  let before = leafAtRef<K>(root, from).key;
  for (let i = from + 1; i < end; i++) {
    const key = leafAtRef<K>(root, i).key;
    const at = countOf(keyTopDifference<K>(before, key));
    store<u32>(at, load<u32>(at) + 1);
    before = key;
  }
  let bits: u32 = 1;
  let used: u64 = 1;
  for (let width: u32 = 1; width <= min<u32>(high + 1, TNODE_BITS); width++) {
    used += load<u32>(countOf(high + 1 - width));
    if (used * 100 >= ((<u64>1) << width) * filled) bits = width;
  }
  return bits;
}

/** Frees the tnodes at and below tn, but no leaf. */
function unmake<K>(tn: Tnode<K>): void {
  for (let i: u32 = 0, slots = tn.slots; i < slots; i++)
    if (isTnode(tn.child(i))) unmake<K>(tnodeOf<K>(tn.child(i)));
  tnodeFree<K>(tn);
}
