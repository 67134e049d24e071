// trie/find.ts - from a key to leaves: the exact one, or the candidates for a longest match, longest first.
//
// A search goes down as long as the key agrees. A leaf with exactly this key is the first candidate. After that only
// shorter prefixes can cover the key; such a prefix sits at the key with some low bits cleared, so going back up the
// path it is enough to clear the lowest set bit of each slot number in turn and to look below that slot at the
// all-zero continuation (FIB-61..66). `slen > pos` says whether a tnode has any such prefix below it.

import { keyCovers, keyEqual } from "../key";
import { Leaf, Ref, Tnode, Trie, isLeaf, leafOf, slotFor, tnodeOf } from "./node";

/**
 * The tnode in which a leaf with `key` hangs or would hang (FIB-52); the anchor for a lone leaf or none. O(depth).
 * Its slot for the key is null, the leaf, or a node that differs in a skipped bit.
 */
export function parentOf<K>(trie: Trie<K>, key: K): Tnode<K> {
  let tp = changetype<Tnode<K>>(trie);
  let n = trie.top;
  while (n != 0 && !isLeaf(n)) {
    const tn = tnodeOf<K>(n);
    const i = tn.index(key);
    if (i >= tn.slots) break;
    tp = tn;
    n = tn.child(i);
  }
  return tp;
}

/** The leaf with exactly `key` in a slot of tp, which `parentOf` gave for it, or null. */
export function leafAt<K>(tp: Tnode<K>, key: K): Leaf<K> | null {
  const n = tp.child(slotFor<K>(tp, key));
  return isLeaf(n) && keyEqual<K>(leafOf<K>(n).key, key) ? leafOf<K>(n) : null;
}

/** The leaf holding exactly `key`, or null. O(depth), no allocation. */
export function find<K>(trie: Trie<K>, key: K): Leaf<K> | null {
  return leafAt<K>(parentOf<K>(trie, key), key);
}

/** The first leaf that may hold a prefix covering dst, or null (FIB-62). O(depth). */
export function candidate<K>(trie: Trie<K>, dst: K): Leaf<K> | null {
  let tp = changetype<Tnode<K>>(trie);
  let n = trie.top;
  let i: u32 = 0;
  while (n != 0) {
    if (isLeaf(n)) {
      if (keyEqual<K>(leafOf<K>(n).key, dst)) return leafOf<K>(n);
      break;
    }
    const tn = tnodeOf<K>(n);
    const slot = tn.index(dst);
    if (slot >= tn.slots) break;
    tp = tn;
    i = slot;
    n = tn.child(i);
  }
  const leaf = below<K>(n, dst);
  return leaf != null ? leaf : backtrack<K>(tp, i, dst);
}

/** The next leaf that may hold a shorter prefix covering dst, after `leaf` has been looked at, or null. O(depth). */
export function shorter<K>(trie: Trie<K>, leaf: Leaf<K>, dst: K): Leaf<K> | null {
  const tp = parentOf<K>(trie, leaf.key);
  return backtrack<K>(tp, slotFor<K>(tp, leaf.key), dst);
}

/**
 * Looks below the slots i of tn with low bits cleared, one bit at a time, then does the same above (FIB-64).
 * A prefix found with bit b of i cleared must leave key bit pos+b open: a tnode whose slen does not reach that far is
 * done. At most one step for each bit of the key.
 */
function backtrack<K>(tn: Tnode<K>, i: u32, dst: K): Leaf<K> | null {
  let tp = tn.parent;
  while (tp != null) {
    while (i != 0 && tn.slen > tn.pos + ctz<u32>(i)) {
      i &= i - 1;
      const leaf = below<K>(tn.child(i), dst);
      if (leaf != null) return leaf;
    }
    i = slotFor<K>(tp, tn.key);
    tn = tp;
    tp = tn.parent;
  }
  return null;
}

/**
 * The one leaf at or below n that holds a shorter prefix covering dst: along child 0, or null (FIB-63). Whatever is
 * covered differs from the key only below the longest suffix, which tells more than the key's own low zeros (FIB-65).
 */
// @ts-ignore: decorator
@inline function below<K>(n: Ref, dst: K): Leaf<K> | null {
  while (n != 0) {
    if (isLeaf(n)) {
      const leaf = leafOf<K>(n);
      return keyCovers<K>(dst, leaf.key, leaf.slen) ? leaf : null;
    }
    const tn = tnodeOf<K>(n);
    if (!keyCovers<K>(dst, tn.key, tn.slen)) return null;
    n = tn.child(0);
  }
  return null;
}
