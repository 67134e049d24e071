// trie/remove.ts - a leaf less, and a suffix length taken back from the tnodes above (FIB-57..60).

import { Leaf, Tnode, leafFree, put, slotFor } from "./node";
import { rebalance } from "./resize";
import { pullSuffix } from "./suffix";

/** Takes a leaf out of tp, where it hangs, and frees it; its list is the caller's. O(depth) amortised. */
export function removeLeaf<K>(tp: Tnode<K>, leaf: Leaf<K>): void {
  put<K>(tp, slotFor<K>(tp, leaf.key), 0);
  const slen = leaf.slen;
  leafFree<K>(leaf);
  pullSuffix<K>(tp, slen);
  rebalance<K>(tp);
}

/** Lowers the slen of a leaf below tp whose longest suffix has gone, and of the tnodes above (FIB-57). */
export function lower<K>(tp: Tnode<K>, leaf: Leaf<K>, slen: u8): void {
  const gone = leaf.slen;
  if (slen >= gone) return;
  leaf.slen = slen;
  pullSuffix<K>(tp, gone);
}
