// fib/batch.ts - many destinations in one call: what an embedder asks at packet rate.
//
// With a view, rows are asked side by side, and afterwards there is a look for what it does not answer by itself. Without
// one, a lookup in a large trie waits for memory four or five times in a row, each time for what the
// last load said: some rows are walked down their paths side by side, a step each in turn, so that they wait together.
// A row that comes to a leaf with its answer is done; the others are looked up by themselves, in warm lines.

import { RTN_THROW, RT_TABLE_MAIN } from "../../src/abi/uapi";
import { forwarding, state } from "../arena";
import { ASK, NARROW_TAG, View } from "../forward/view";
import { viewFind } from "../forward/find";
import { PIECE, at, fillNone, leaves, swapRows, tagged } from "../forward/rows";
import { keyCovers } from "../key";
import { Flow, Result } from "../record";
import { Ref, Tnode, isLeaf, isTnode, leafOf, tnodeOf } from "../trie/node";
import { ACCESSED, Alias } from "./alias";
import { askId, bareView, isAwake, noneOf, settlePaths } from "./bare";
import { tableFind } from "./table";

/** Rows that are walked side by side: as many loads as a core keeps in flight, more or less. */
const ROWS: u32 = 16;

/**
 * Asks for n destinations and writes the fib info ids, `miss` for no route. Addresses are u32, in network order if
 * `bigEndian`; `flow` and `result` are room to work in. Where there are rules, flows.ts is quicker.
 */
export function lookupRows<K>(
  dst: usize,
  out: usize,
  n: u32,
  miss: u32,
  bigEndian: bool,
  flow: Flow,
  result: Result,
): void {
  const view = bareView<K>(n);
  if (view != null) return viewRows<K>(view, dst, out, n, miss, bigEndian, flow, result);
  settlePaths();
  const main = tableFind(RT_TABLE_MAIN);
  const top: Ref = main != null && !state().unmerged ? main.of<K>().top : 0;
  for (let i: u32 = 0; i < n; i += ROWS) {
    const end = min(n, i + ROWS);
    if (isTnode(top)) walkDown<K>(tnodeOf<K>(top), dst, out, i, end, bigEndian);
    for (let row = i; row < end; row++) {
      const key = keyAt<K>(at(dst, row), bigEndian);
      let id = isTnode(top) ? idAtLeaf<K>(load<usize>(at(out, row)), key) : 0;
      if (!id) id = askId<K>(key, flow, result);
      store<u32>(at(out, row), id ? id : miss);
    }
  }
}

/** A view answers; a row that it cannot answer is asked of the trie. */
function viewRows<K>(
  view: View,
  dst: usize,
  out: usize,
  n: u32,
  miss: u32,
  bigEndian: bool,
  flow: Flow,
  result: Result,
): void {
  settlePaths();
  const none = noneOf(view);
  const isSimple = none != ASK && !forwarding().asleep && !view.isWide;
  let row: u32 = 0;
  while (isSimple && n - row >= 4) {
    const first = at(out, row);
    row += min(n - row, PIECE) & ~3;
    const end = at(out, row);
    const ahead = dst - out;
    if (bigEndian) swapRows(first + ahead, first, end);
    leaves(view, bigEndian ? first : first + ahead, first, end);
    if (none) fillNone(first, end, none);
    for (let to = tagged(first, end); to < end; to = tagged(to, end)) {
      for (const stop = to + 16; to < stop; to += 4)
        if (load<u32>(to) & NARROW_TAG) rowSet<K>(view, to + ahead, to, none, miss, bigEndian, flow, result);
    }
    if (!none && miss) fillNone(first, end, miss);
  }
  for (; row < n; row++) rowSet<K>(view, at(dst, row), at(out, row), none, miss, bigEndian, flow, result);
}

/** One row by itself. */
function rowSet<K>(
  view: View,
  dst: usize,
  out: usize,
  none: u32,
  miss: u32,
  bigEndian: bool,
  flow: Flow,
  result: Result,
): void {
  const key = keyAt<K>(dst, bigEndian);
  let id = viewFind(view, <u32>key);
  if (id == 0) id = none;
  if (id == ASK || !isAwake(id)) id = askId<K>(key, flow, result);
  store<u32>(out, id ? id : miss);
}

// @ts-ignore: decorator
@inline function keyAt<K>(from: usize, bigEndian: bool): K {
  const address = load<u32>(from);
  return <K>(bigEndian ? bswap<u32>(address) : address);
}

/** Tags of the refs in a walk: an alias is to be loaded; the walk is over. Nodes and aliases are multiples of 4. */
const ALIAS_TAG: usize = 2;
const TAGS: usize = 3;

/**
 * Walks rows from..end down to their first alias, one step each in turn. `out` has where each row came to: the leaf, all
 * tags set, or 0.
 */
function walkDown<K>(top: Tnode<K>, dst: usize, out: usize, from: u32, end: u32, bigEndian: bool): void {
  for (let row = from; row < end; row++) store<usize>(at(out, row), changetype<usize>(top));
  let isMoving = true;
  while (isMoving) {
    isMoving = false;
    for (let row = from; row < end; row++) {
      const n = load<usize>(at(out, row));
      if (n == 0 || (n & TAGS) == TAGS) continue;
      store<usize>(at(out, row), step<K>(n, keyAt<K>(at(dst, row), bigEndian)));
      isMoving = true;
    }
  }
}

/** Loads what a ref leads to and gives the ref after it: tnode, leaf, its first alias, the end. Each is lower. */
// @ts-ignore: decorator
@inline function step<K>(n: usize, dst: K): usize {
  if (n & ALIAS_TAG) return changetype<Alias>(leafOf<K>((n & ~TAGS) + 1).list).slen > 128 ? 0 : n | TAGS;
  if (isLeaf(n)) return leafOf<K>(n).list ? (n - 1) | ALIAS_TAG : 0;
  const tn = tnodeOf<K>(n);
  let i = tn.index(dst);
  // Another branch: only a shorter prefix can cover dst, along the zeros, as in `below`.
  if (i >= tn.slots) return keyCovers<K>(dst, tn.key, tn.slen) ? tn.child(0) : 0;
  let c = tn.child(i);
  // Nothing there: what covers dst may hang at a slot with low bits cleared, as in `backtrack`.
  while (c == 0 && tn.slen > tn.pos + ctz<u32>(i)) {
    i &= i - 1;
    c = tn.child(i);
  }
  return c;
}

/**
 * The id that the leaf at the end of a walk answers, 0 = ask the trie. What covers an address at the leaf on its path is
 * longer than all else (FIB-62), and of it the first route counts.
 */
// @ts-ignore: decorator
@inline function idAtLeaf<K>(ref: usize, dst: K): u32 {
  if (!ref) return 0;
  const leaf = leafOf<K>((ref & ~TAGS) + 1);
  const fa = changetype<Alias>(leaf.list);
  if (fa.tos != 0 || !keyCovers<K>(dst, leaf.key, fa.slen)) return 0;
  const fi = fa.info;
  if (fi.isAsleep || fi.type == RTN_THROW) return 0;
  if (!(fa.state & ACCESSED)) fa.state |= ACCESSED;
  return fi.id;
}
