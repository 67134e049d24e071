// trie/insert.ts - a new leaf, and a suffix length made known to the tnodes above (FIB-52..56).

import { keyTopDifference } from "../key";
import { Leaf, Tnode, isLeaf, keyOf, leafFree, leafNew, hang, put, refOf, slotFor, tnodeNew } from "./node";
import { rebalance } from "./resize";
import { pushSuffix } from "./suffix";

/**
 * Hangs a new leaf below tp, which `parentOf` gave for this key and which has no leaf for it.
 * Null when there is no memory; nothing has changed then. O(depth) amortised.
 */
export function insertLeaf<K>(tp: Tnode<K>, key: K, slen: u8, list: usize): Leaf<K> | null {
  const leaf = leafNew<K>(key, slen, list);
  if (leaf == null) return null;
  const slot = slotFor<K>(tp, key);
  const n = tp.child(slot);
  if (n != 0) {
    // A node in the way: branch at the highest bit in which it differs (FIB-55). Two leaves fill half of such a branch,
    // which then doubles at once and no further (FIB-40): it is made that wide.
    const pos = keyTopDifference<K>(key, keyOf<K>(n));
    const isWide = isLeaf(n) && pos > 0;
    const tn = isWide ? tnodeNew<K>(key, pos - 1, 2) : tnodeNew<K>(key, pos, 1);
    if (tn == null) {
      leafFree<K>(leaf);
      return null;
    }
    hang<K>(tn, tn.index(keyOf<K>(n)), n);
    put<K>(tp, slot, changetype<usize>(tn));
    tp = tn;
  }
  pushSuffix<K>(tp, slen);
  put<K>(tp, slotFor<K>(tp, key), refOf<K>(leaf));
  rebalance<K>(tp);
  return leaf;
}

/** Raises the slen of a leaf below tp to that of a prefix added to it, and of the tnodes above (FIB-53). */
export function raise<K>(tp: Tnode<K>, leaf: Leaf<K>, slen: u8): void {
  if (slen <= leaf.slen) return;
  leaf.slen = slen;
  pushSuffix<K>(tp, slen);
}
