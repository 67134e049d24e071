// trie/walk.ts - ordered walks over leaves and nodes. A tnode knows its parent, a leaf is found again by its key, so no
// stack is needed and a walk can go on after any change.

import { keyLess } from "../key";
import { parentOf } from "./find";
import { Leaf, Ref, Tnode, Trie, isLeaf, keyOf, leafOf, slotFor, tnodeOf } from "./node";

/** The first leaf at or below n, or null. */
function leftmost<K>(n: Ref): Leaf<K> | null {
  while (n != 0 && !isLeaf(n)) n = firstChild<K>(tnodeOf<K>(n), 0);
  return n == 0 ? null : leafOf<K>(n);
}

/** The first child in slot i or later, or 0. */
function firstChild<K>(tn: Tnode<K>, i: u32): Ref {
  for (let n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (c != 0) return c;
  }
  return 0;
}

/** The next node after everything in slot i of tn, in order; 0 at the end. Amortised O(1). */
function after<K>(tn: Tnode<K>, i: u32): Ref {
  let tp = tn.parent;
  while (tp != null) {
    const next = firstChild<K>(tn, i + 1);
    if (next != 0) return next;
    i = slotFor<K>(tp, tn.key);
    tn = tp;
    tp = tn.parent;
  }
  return 0;
}

/** The next node after everything at or below a node of this key whose parent is tp. */
function afterKey<K>(tp: Tnode<K>, key: K): Ref {
  return after<K>(tp, slotFor<K>(tp, key));
}

/** The leaf with the lowest key, or null. */
export function firstLeaf<K>(trie: Trie<K>): Leaf<K> | null {
  return leftmost<K>(trie.top);
}

/** The leaf with the next higher key, or null (FIB-69, FIB-70). O(depth). */
export function nextLeaf<K>(trie: Trie<K>, leaf: Leaf<K>): Leaf<K> | null {
  return leftmost<K>(afterKey<K>(parentOf<K>(trie, leaf.key), leaf.key));
}

/** The first leaf whose key is `key` or higher, or null. O(depth): where a walk goes on after changes. */
export function leafFrom<K>(trie: Trie<K>, key: K): Leaf<K> | null {
  const tp = parentOf<K>(trie, key);
  const i = slotFor<K>(tp, key);
  const n = tp.child(i);
  // What hangs there agrees with the key as far as tp looks: all of it lies on one side, or is the key itself.
  if (n == 0 || keyLess<K>(keyOf<K>(n), key)) return leftmost<K>(after<K>(tp, i));
  return leftmost<K>(n);
}

/**
 * The first leaf whose key is `key` or higher, but not above `last`, or null. O(depth + slots between the two): nothing
 * behind `last` is looked at, however far the next leaf is.
 */
export function leafBetween<K>(trie: Trie<K>, key: K, last: K): Leaf<K> | null {
  let tn = parentOf<K>(trie, key);
  let i = slotFor<K>(tn, key);
  let n = tn.child(i);
  if (n != 0 && keyLess<K>(keyOf<K>(n), key)) n = 0; // all of it lies below
  while (n == 0) {
    const tp = tn.parent;
    if (tp == null) return null;
    const to = tn.index(last);
    const isInside = to < tn.slots;
    for (const end = isInside ? to + 1 : tn.slots; n == 0 && ++i < end;) n = tn.child(i);
    if (n != 0) break;
    if (isInside) return null;
    i = slotFor<K>(tp, tn.key);
    tn = tp;
  }
  const leaf = leftmost<K>(n);
  return leaf == null || keyLess<K>(last, leaf.key) ? null : leaf;
}

/** The next node in pre-order, or 0; start with the top node. */
export function nextNode<K>(trie: Trie<K>, n: Ref): Ref {
  if (!isLeaf(n)) return firstChild<K>(tnodeOf<K>(n), 0);
  const key = leafOf<K>(n).key;
  return afterKey<K>(parentOf<K>(trie, key), key);
}

/** Tnodes above what hangs at this key, and itself when it is one (PROC-4). O(depth). */
export function depthOf<K>(trie: Trie<K>, n: Ref): u32 {
  let depth: u32 = isLeaf(n) ? 0 : 1;
  let tp = isLeaf(n) ? parentOf<K>(trie, leafOf<K>(n).key) : tnodeOf<K>(n).parent!;
  while (tp.parent != null) {
    depth++;
    tp = tp.parent!;
  }
  return depth;
}
