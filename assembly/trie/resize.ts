// trie/resize.ts - keeps each tnode as wide as it pays: inflate, halve, collapse (FIB-40..48).
//
// A node well filled is doubled, a node nearly empty is halved, a node with one child gives way to it. Which nodes
// are looked at, and in which order, is part of the public shape (FIB-79), so the order here is that of the rules.
// Out of memory leaves a node as it is: a trie of another shape answers the same (FIB-44).

import { keySetBit } from "../key";
import { Node, Tnode, fill, put, slotOf, tnodeFree, tnodeNew } from "./node";

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
  const slot = slotOf<K>(tn);
  const top = tp.parent == null;
  let budget = BUDGET;
  while (budget > 0 && shouldInflate<K>(tn, top)) {
    const wide = inflate<K>(tn);
    if (wide == null) break;
    replace<K>(tn, wide, true);
    tn = changetype<Tnode<K>>(tp.child(slot));
    budget--;
  }
  if (budget != BUDGET) return tp;
  while (budget > 0 && shouldHalve<K>(tn, top)) {
    const narrow = halve<K>(tn);
    if (narrow == null) break;
    replace<K>(tn, narrow, false);
    tn = changetype<Tnode<K>>(tp.child(slot));
    budget--;
  }
  if (tn.slots - tn.empty < 2) collapse<K>(tn, tp, slot);
  return tp;
}

/** FIB-40. A full child counts twice: doubling takes a level away above it. */
function shouldInflate<K>(tn: Tnode<K>, top: bool): bool {
  const used = <u64>(tn.slots - tn.empty) + tn.full;
  return used > 1 && tn.pos > 0 && used * 50 >= <u64>tn.slots * (top ? INFLATE_TOP : INFLATE);
}

/** FIB-41. */
function shouldHalve<K>(tn: Tnode<K>, top: bool): bool {
  const used = <u64>(tn.slots - tn.empty);
  return used > 1 && tn.bits > 1 && used * 100 < <u64>tn.slots * (top ? HALVE_TOP : HALVE);
}

/** FIB-42: the only child takes the place of its parent; without a child the slot becomes null. */
function collapse<K>(tn: Tnode<K>, tp: Tnode<K>, slot: u32): void {
  let only: Node<K> | null = null;
  for (let i: u32 = 0, n = tn.slots; i < n && only == null; i++) only = tn.child(i);
  put<K>(tp, slot, only);
  if (only != null) only.parent = tp;
  tnodeFree<K>(tn);
}

/**
 * A tnode of twice the slots with what hangs below `old` (FIB-45), or null when there is no memory.
 * Nothing old is written: a child still has its old parent, a fresh one is known by having the new one.
 */
function inflate<K>(old: Tnode<K>): Tnode<K> | null {
  const tn = tnodeNew<K>(old.key, old.pos - 1, old.bits + 1);
  if (tn == null) return null;
  for (let i = old.slots; i-- > 0; ) {
    const c = old.child(i);
    if (c == null) continue;
    if (!old.isFull(c)) {
      fill<K>(tn, tn.index(c.key), c);
      continue;
    }
    const full = changetype<Tnode<K>>(c);
    if (full.bits == 1) {
      fill<K>(tn, 2 * i + 1, full.child(1));
      fill<K>(tn, 2 * i, full.child(0));
    } else if (!split<K>(full, tn, i)) {
      discard<K>(tn);
      return null;
    }
  }
  return tn;
}

/** Puts the two halves of a full child into slots 2i and 2i+1 of tn; false when there is no memory. */
function split<K>(full: Tnode<K>, tn: Tnode<K>, i: u32): bool {
  const low = tnodeNew<K>(full.key, full.pos, full.bits - 1);
  if (low == null) return false;
  const high = tnodeNew<K>(keySetBit<K>(full.key, tn.pos), full.pos, full.bits - 1);
  if (high == null) {
    tnodeFree<K>(low);
    return false;
  }
  const half = low.slots;
  for (let j: u32 = 0; j < half; j++) {
    fill<K>(low, j, full.child(j));
    fill<K>(high, j, full.child(j + half));
  }
  low.parent = tn;
  high.parent = tn;
  fill<K>(tn, 2 * i + 1, high);
  fill<K>(tn, 2 * i, low);
  return true;
}

/** A tnode of half the slots with what hangs below `old` (FIB-46), or null when there is no memory. */
function halve<K>(old: Tnode<K>): Tnode<K> | null {
  const tn = tnodeNew<K>(old.key, old.pos + 1, old.bits - 1);
  if (tn == null) return null;
  for (let i = tn.slots; i-- > 0; ) {
    const c0 = old.child(2 * i);
    const c1 = old.child(2 * i + 1);
    if (c0 == null || c1 == null) {
      fill<K>(tn, i, c0 != null ? c0 : c1);
      continue;
    }
    const pair = tnodeNew<K>(c0.key, old.pos, 1);
    if (pair == null) {
      discard<K>(tn);
      return null;
    }
    fill<K>(pair, 0, c0);
    fill<K>(pair, 1, c1);
    pair.parent = tn;
    fill<K>(tn, i, pair);
  }
  return tn;
}

/** Frees a half-built tnode and the fresh ones below it. */
function discard<K>(tn: Tnode<K>): void {
  for (let i: u32 = 0, n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (c != null && c.parent == tn) tnodeFree<K>(changetype<Tnode<K>>(c));
  }
  tnodeFree<K>(tn);
}

/**
 * Puts tn where `old` hangs, frees what it replaces, then resizes its full children from the highest slot down
 * (FIB-47). An inflate has absorbed the full children of `old`; a halve has kept them all.
 */
function replace<K>(old: Tnode<K>, tn: Tnode<K>, inflated: bool): void {
  const tp = changetype<Tnode<K>>(old.parent);
  put<K>(tp, slotOf<K>(old), tn);
  for (let i: u32 = 0, n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (c == null) continue;
    if (c.parent == tn) adopt<K>(changetype<Tnode<K>>(c));
    c.parent = tn;
  }
  tn.parent = tp;
  if (inflated && old.full) {
    for (let i: u32 = 0, n = old.slots; i < n; i++) {
      const c = old.child(i);
      if (old.isFull(c)) tnodeFree<K>(changetype<Tnode<K>>(c));
    }
  }
  tnodeFree<K>(old);
  if (!tn.full) return;
  for (let i = tn.slots; i-- > 0; ) {
    const c = tn.child(i);
    if (tn.isFull(c)) resize<K>(changetype<Tnode<K>>(c));
  }
}

/** Makes a fresh tnode the parent of its children. */
function adopt<K>(tn: Tnode<K>): void {
  for (let i: u32 = 0, n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (c != null) c.parent = tn;
  }
}
