// trie/walk.ts - ordered walks over leaves and nodes; the path is in the parent links, so no stack is needed.

import { keyLess } from "../key";
import { Leaf, Node, Tnode, Trie, slotOf } from "./node";

/** The first leaf at or below n, or null. */
function leftmost<K>(n: Node<K> | null): Leaf<K> | null {
  while (n != null && !n.isLeaf) n = firstChild<K>(changetype<Tnode<K>>(n), 0);
  return changetype<Leaf<K> | null>(n);
}

/** The first child in slot i or later, or null. */
function firstChild<K>(tn: Tnode<K>, i: u32): Node<K> | null {
  for (let n = tn.slots; i < n; i++) {
    const c = tn.child(i);
    if (c != null) return c;
  }
  return null;
}

/** The next node after everything at or below n, in order; null at the end. Amortised O(1). */
function after<K>(n: Node<K>): Node<K> | null {
  let tp = changetype<Tnode<K>>(n.parent);
  while (tp.parent != null) {
    const next = firstChild<K>(tp, slotOf<K>(n) + 1);
    if (next != null) return next;
    n = tp;
    tp = changetype<Tnode<K>>(n.parent);
  }
  return null;
}

/** The leaf with the lowest key, or null. */
export function firstLeaf<K>(trie: Trie<K>): Leaf<K> | null {
  return leftmost<K>(trie.top);
}

/** The leaf with the next higher key, or null (FIB-69, FIB-70). */
export function nextLeaf<K>(leaf: Leaf<K>): Leaf<K> | null {
  return leftmost<K>(after<K>(leaf));
}

/** The first leaf whose key is `key` or higher, or null. O(depth): where a walk goes on after changes. */
export function leafFrom<K>(trie: Trie<K>, key: K): Leaf<K> | null {
  let n = trie.top;
  while (n != null && !n.isLeaf) {
    const tn = changetype<Tnode<K>>(n);
    const i = tn.index(key);
    if (i >= tn.slots) {
      // A skipped bit differs: the key lies before or after everything here.
      return leftmost<K>(keyLess<K>(key, tn.key) ? tn : after<K>(tn));
    }
    const c = firstChild<K>(tn, i);
    if (c == null) return leftmost<K>(after<K>(tn));
    if (tn.index(c.key) != i) return leftmost<K>(c);
    n = c;
  }
  if (n == null) return null;
  const leaf = changetype<Leaf<K>>(n);
  return keyLess<K>(leaf.key, key) ? nextLeaf<K>(leaf) : leaf;
}

/** The next node in pre-order, or null; start with the top node. */
export function nextNode<K>(n: Node<K>): Node<K> | null {
  if (n.isLeaf) return after<K>(n);
  return firstChild<K>(changetype<Tnode<K>>(n), 0);
}
