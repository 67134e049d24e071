// trie/resize.ts - keeps each tnode as wide as it pays: inflate, halve, collapse (FIB-40..48).
//
// A node well filled is doubled, a node nearly empty is halved, a node with one child gives way to it. Which nodes
// are looked at, and in which order, is part of the public shape (FIB-79), so the order here is that of the rules.
// Out of memory leaves a node as it is: a trie of another shape answers the same (FIB-44).

import { keySetBit } from "../key";
import {
  Ref,
  Tnode,
  hang,
  isLeaf,
  isTnode,
  keyOf,
  leafOf,
  put,
  slenOf,
  slotFor,
  tnodeFree,
  tnodeNew,
  tnodeOf,
  tnodeRaw,
} from "./node";
import { measure } from "./suffix";

// Thresholds in percent (FIB-40, FIB-41). The top node is allowed to be emptier: it costs nothing per level.
const INFLATE: u64 = 50;
const INFLATE_TOP: u64 = 30;
const HALVE: u64 = 25;
const HALVE_TOP: u64 = 15;
/** Most inflates, or halves, of one node in one resize (FIB-43). */
const BUDGET: u32 = 10;

/** Resizes tn and then every tnode above it. O(depth) amortised. */
export function rebalance<K>(tn: Tnode<K>): void {
  while (tn.parent != null) tn = resize<K>(tn);
}

/**
 * Resizes one tnode; gives the tnode above it (FIB-43). The slot may hold another node afterwards.
 * It calls itself for full children, which lie strictly lower: at most one level for each bit of the key.
 */
export function resize<K>(tn: Tnode<K>): Tnode<K> {
  const tp = changetype<Tnode<K>>(tn.parent);
  const top = tp.parent == null;
  if (!shouldResize<K>(tn, top)) return tp;
  const slot = slotFor<K>(tp, tn.key);
  let budget = BUDGET;
  while (budget > 0 && shouldInflate<K>(tn, top)) {
    const wide = inflate<K>(tn);
    if (wide == null) break;
    put<K>(tp, slot, changetype<usize>(wide));
    freeAbsorbed<K>(tn);
    resizeFull<K>(wide);
    tn = wide;
    budget--;
  }
  if (budget != BUDGET) return tp;
  while (budget > 0 && shouldHalve<K>(tn, top)) {
    const narrow = halve<K>(tn);
    if (narrow == null) break;
    put<K>(tp, slot, changetype<usize>(narrow));
    tnodeFree<K>(tn);
    resizeFull<K>(narrow);
    tn = narrow;
    budget--;
  }
  if (tn.slots - tn.empty < 2) collapse<K>(tn, tp, slot);
  return tp;
}

/** FIB-40. A full child counts twice: doubling takes a level away above it. */
// @ts-ignore: decorator
@inline function shouldInflate<K>(tn: Tnode<K>, top: bool): bool {
  const used = <u64>(tn.slots - tn.empty) + tn.full;
  return used > 1 && tn.pos > 0 && used * 50 >= <u64>tn.slots * (top ? INFLATE_TOP : INFLATE);
}

/** FIB-41. */
// @ts-ignore: decorator
@inline function shouldHalve<K>(tn: Tnode<K>, top: bool): bool {
  const used = <u64>(tn.slots - tn.empty);
  return used > 1 && tn.bits > 1 && used * 100 < <u64>tn.slots * (top ? HALVE_TOP : HALVE);
}

/** Whether `resize` has anything to do: most tnodes are as they should be. */
// @ts-ignore: decorator
@inline function shouldResize<K>(tn: Tnode<K>, top: bool): bool {
  return tn.slots - tn.empty < 2 || shouldInflate<K>(tn, top) || shouldHalve<K>(tn, top);
}

/** FIB-42: the only child takes the place of its parent; without a child the slot becomes null. */
function collapse<K>(tn: Tnode<K>, tp: Tnode<K>, slot: u32): void {
  let only: Ref = 0;
  for (let i: u32 = 0, n = tn.slots; i < n && only == 0; i++) only = tn.child(i);
  put<K>(tp, slot, only);
  tnodeFree<K>(tn);
}

/**
 * A tnode of twice the slots with what hangs below `old` (FIB-45), or null when there is no memory.
 * `old` keeps its slots, so that `undo` can take everything back.
 */
function inflate<K>(old: Tnode<K>): Tnode<K> | null {
  const tn = tnodeNew<K>(old.key, old.pos - 1, old.bits + 1);
  if (tn == null) return null;
  for (let i = old.slots; i-- > 0;) {
    const n = old.child(i);
    if (n == 0) continue;
    if (isLeaf(n)) {
      hang<K>(tn, tn.index(leafOf<K>(n).key), n);
      continue;
    }
    const c = tnodeOf<K>(n);
    if (<u32>c.pos + c.bits != old.pos) {
      hang<K>(tn, tn.index(c.key), n);
    } else if (c.bits == 1) {
      hang<K>(tn, 2 * i + 1, c.child(1));
      hang<K>(tn, 2 * i, c.child(0));
    } else if (!split<K>(c, tn, i)) {
      undo<K>(old, tn);
      return null;
    }
  }
  return tn;
}

/**
 * Hangs the two halves of a full child into slots 2i and 2i+1 of tn; false when there is no memory. The longest suffix
 * of the child is in one of them: mostly in the low half, which need not be measured then.
 */
function split<K>(full: Tnode<K>, tn: Tnode<K>, i: u32): bool {
  const high = keySetBit<K>(full.key, tn.pos);
  if (!hangHalf<K>(full, full.slots >>> 1, high, tn, 2 * i + 1, false)) return false;
  const n = tn.child(2 * i + 1);
  return hangHalf<K>(full, 0, full.key, tn, 2 * i, n == 0 || slenOf<K>(n) < full.slen);
}

/**
 * Hangs one half of a full child, its slots from.. onwards, into a slot of tn; false when there is no memory.
 * A half of two slots that holds one node would collapse as soon as it is looked at, so the node goes there at once;
 * unless that node is full in it, when the half would inflate instead.
 */
function hangHalf<K>(full: Tnode<K>, from: u32, key: K, tn: Tnode<K>, slot: u32, isLongest: bool): bool {
  if (full.bits == 2) {
    const a = full.child(from);
    const b = full.child(from + 1);
    if ((a == 0 || b == 0) && !full.isFull(a | b)) {
      hang<K>(tn, slot, a | b);
      return true;
    }
  }
  const half = tnodeRaw<K>(key, full.pos, full.bits - 1);
  if (half == null) return false;
  moveHalf<K>(full, from, half);
  half.slen = full.slen;
  if (!isLongest) measure<K>(half);
  hang<K>(tn, slot, changetype<usize>(half));
  return true;
}

/**
 * Moves the children in slots from.. of `full` into one half of it, whose slots are undefined. Leaves are not touched:
 * this is most of the work of a growing table.
 */
function moveHalf<K>(full: Tnode<K>, from: u32, half: Tnode<K>): void {
  const n = half.slots;
  const source = full.slot(from);
  const target = half.slot(0);
  let nulls = i32x4.splat(0);
  let leaves = i32x4.splat(0);
  if (n == 2) {
    const pair = v128.load64_zero(source);
    store<u64>(target, i64x2.extract_lane(pair, 0));
    nulls = i32x4.neg(v128.and(i32x4.eq(pair, i32x4.splat(0)), i64x2(-1, 0)));
    leaves = v128.and(pair, i32x4.splat(1));
  } else {
    for (let at: usize = 0, end: usize = (<usize>n) << 2; at < end; at += 16) {
      const four = v128.load(source + at);
      v128.store(target + at, four);
      nulls = i32x4.sub(nulls, i32x4.eq(four, i32x4.splat(0)));
      leaves = i32x4.add(leaves, v128.and(four, i32x4.splat(1)));
    }
  }
  half.empty = sum(nulls);
  if (half.empty + sum(leaves) != n) adopt<K>(half);
}

/** Sum of four lanes. */
// @ts-ignore: decorator
@inline function sum(v: v128): u32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  );
}

/** A tnode of half the slots with what hangs below `old` (FIB-46), or null when there is no memory. */
function halve<K>(old: Tnode<K>): Tnode<K> | null {
  const tn = tnodeNew<K>(old.key, old.pos + 1, old.bits - 1);
  if (tn == null) return null;
  for (let i = tn.slots; i-- > 0;) {
    const c0 = old.child(2 * i);
    const c1 = old.child(2 * i + 1);
    if (c0 == 0 || c1 == 0) {
      hang<K>(tn, i, c0 | c1);
      continue;
    }
    const pair = tnodeNew<K>(keyOf<K>(c0), old.pos, 1);
    if (pair == null) {
      undo<K>(old, tn);
      return null;
    }
    hang<K>(pair, 0, c0);
    hang<K>(pair, 1, c1);
    hang<K>(tn, i, changetype<usize>(pair));
  }
  return tn;
}

/** Gives all that hung below `old` back to it, then frees tn and the fresh tnodes, which are left as its children. */
function undo<K>(old: Tnode<K>, tn: Tnode<K>): void {
  for (let i: u32 = 0, n = old.slots; i < n; i++) {
    const c = old.child(i);
    if (!isTnode(c)) continue;
    tnodeOf<K>(c).parent = old;
    adopt<K>(tnodeOf<K>(c));
  }
  for (let i: u32 = 0, n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (isTnode(c) && tnodeOf<K>(c).parent == tn) tnodeFree<K>(tnodeOf<K>(c));
  }
  tnodeFree<K>(tn);
}

/** Makes a tnode the parent of its children, and counts the full ones. */
function adopt<K>(tn: Tnode<K>): void {
  tn.full = 0;
  for (let i: u32 = 0, n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (!isTnode(c)) continue;
    tnodeOf<K>(c).parent = tn;
    tn.full += <u32>tn.isFull(c);
  }
}

/** Frees a tnode that was inflated, and its full children, which its successor has absorbed. */
function freeAbsorbed<K>(old: Tnode<K>): void {
  if (old.full) {
    for (let i: u32 = 0, n = old.slots; i < n; i++) {
      const c = old.child(i);
      if (old.isFull(c)) tnodeFree<K>(tnodeOf<K>(c));
    }
  }
  tnodeFree<K>(old);
}

/** Resizes the full children of a tnode, from the highest slot down (FIB-47). */
function resizeFull<K>(tn: Tnode<K>): void {
  let left = tn.full; // they only grow fewer here: what takes their place in a slot is not looked at again
  for (let i = tn.slots; left > 0 && i-- > 0;) {
    const c = tn.child(i);
    if (!tn.isFull(c)) continue;
    left--;
    if (shouldResize<K>(tnodeOf<K>(c), false)) resize<K>(tnodeOf<K>(c));
  }
}
