// trie/find.ts - from a key to leaves: the exact one, or the candidates for a longest match, longest first.
//
// A search goes down as long as the key agrees. A leaf with exactly this key is the first candidate. After that only
// shorter prefixes can cover the key; such a prefix sits at the key with some low bits cleared, so going back up the
// path it is enough to clear the lowest set bit of each slot number in turn and to look below that slot at the
// all-zero continuation (FIB-61..66). `slen > pos` says whether a tnode has any such prefix below it.

import { keyEqual, keyMismatch } from "../key";
import { Leaf, Node, Tnode, Trie, slotOf } from "./node";

/**
 * The tnode in which a leaf with `key` hangs or would hang (FIB-52); the anchor for a lone leaf or none. O(depth).
 * Its slot for the key is null, the leaf, or a node that differs in a skipped bit.
 */
export function parentOf<K>(trie: Trie<K>, key: K): Tnode<K> {
  let tp = changetype<Tnode<K>>(trie);
  let n = trie.top;
  while (n != null && !n.isLeaf) {
    const tn = changetype<Tnode<K>>(n);
    const i = tn.index(key);
    if (i >= tn.slots) break;
    tp = tn;
    n = tn.child(i);
  }
  return tp;
}

/** Slot of `key` in a tnode that `parentOf` gave. */
// @ts-ignore: decorator
@inline export function slotFor<K>(tp: Tnode<K>, key: K): u32 {
  return tp.parent == null ? 0 : tp.index(key);
}

/** The leaf holding exactly `key`, or null. O(depth), no allocation. */
export function find<K>(trie: Trie<K>, key: K): Leaf<K> | null {
  const tp = parentOf<K>(trie, key);
  const n = tp.child(slotFor<K>(tp, key));
  if (n == null || !n.isLeaf || !keyEqual<K>(n.key, key)) return null;
  return changetype<Leaf<K>>(n);
}

/** The first leaf that may hold a prefix covering dst, or null (FIB-62). */
export function candidate<K>(trie: Trie<K>, dst: K): Leaf<K> | null {
  let n = trie.top;
  if (n == null) return null;
  while (!n.isLeaf) {
    const tn = changetype<Tnode<K>>(n);
    const i = tn.index(dst);
    if (i >= tn.slots) break;
    const c = tn.child(i);
    if (c == null) return backtrack<K>(tn, i, dst);
    n = c;
  }
  if (n.isLeaf && keyEqual<K>(n.key, dst)) return changetype<Leaf<K>>(n);
  const leaf = below<K>(n, dst);
  if (leaf != null) return leaf;
  return shorter<K>(n, dst);
}

/** The next leaf that may hold a shorter prefix covering dst, after n has been looked at; null when there is none. */
export function shorter<K>(n: Node<K>, dst: K): Leaf<K> | null {
  return backtrack<K>(changetype<Tnode<K>>(n.parent), slotOf<K>(n), dst);
}

/**
 * Looks below the slots i of tn with low bits cleared, one bit at a time, then does the same above (FIB-64).
 * At most one step for each bit of the key.
 */
function backtrack<K>(tn: Tnode<K>, i: u32, dst: K): Leaf<K> | null {
  while (tn.parent != null) {
    if (tn.slen > tn.pos) {
      while (i != 0) {
        i &= i - 1;
        const leaf = below<K>(tn.child(i), dst);
        if (leaf != null) return leaf;
      }
    }
    i = slotOf<K>(tn);
    tn = changetype<Tnode<K>>(tn.parent);
  }
  return null;
}

/** The one leaf at or below n that may hold a shorter prefix covering dst: along child 0, or null (FIB-63). */
// @ts-ignore: decorator
@inline function below<K>(n: Node<K> | null, dst: K): Leaf<K> | null {
  while (n != null) {
    if (n.slen == n.pos || keyMismatch<K>(dst, n.key)) return null;
    if (n.isLeaf) return changetype<Leaf<K>>(n);
    n = changetype<Tnode<K>>(n).child(0);
  }
  return null;
}
