// trie/remove.ts - a leaf less, and a suffix length taken back from the tnodes above (FIB-57..60).

import { Leaf, Tnode, leafFree, put, slenOf, slotFor } from "./node";
import { rebalance } from "./resize";

/** Takes a leaf out of tp, where it hangs, and frees it; its list is the caller's. O(depth) amortised. */
export function removeLeaf<K>(tp: Tnode<K>, leaf: Leaf<K>): void {
  put<K>(tp, slotFor<K>(tp, leaf.key), 0);
  const slen = leaf.slen;
  leafFree<K>(leaf);
  if (tp.slen == slen) pullSuffix<K>(tp, tp.pos);
  rebalance<K>(tp);
}

/** Lowers the slen of a leaf below tp whose longest suffix has gone, and of the tnodes above (FIB-57). */
export function lower<K>(tp: Tnode<K>, leaf: Leaf<K>, slen: u8): void {
  if (slen >= leaf.slen) return;
  leaf.slen = slen;
  pullSuffix<K>(tp, slen);
}

/** FIB-59. The anchor ends it: its slen is its pos. */
function pullSuffix<K>(tn: Tnode<K>, slen: u8): void {
  while (tn.slen > tn.pos && tn.slen > slen) {
    const old = tn.slen;
    if (measure<K>(tn) == old) return;
    tn = changetype<Tnode<K>>(tn.parent);
  }
}

/**
 * Computes slen anew from the children (FIB-60); what it was is an upper bound. A suffix longer than pos+k fits only in
 * slots that are a multiple of 2^(k+1), so each longer one found widens the stride. Only slot 0 may reach pos+bits.
 */
export function measure<K>(tn: Tnode<K>): u8 {
  let slen = tn.pos;
  if (tn.slen == slen) return slen;
  const most = min<u32>(<u32>tn.pos + tn.bits - 1, tn.slen);
  let stride: u32 = 2;
  for (let i: u32 = 0, slots = tn.slots; i < slots; i += stride) {
    const n = tn.child(i);
    if (n == 0 || slenOf<K>(n) <= slen) continue;
    stride <<= slenOf<K>(n) - slen;
    slen = slenOf<K>(n);
    if (slen >= most) break;
    i &= ~(stride - 1);
  }
  tn.slen = slen;
  return slen;
}
