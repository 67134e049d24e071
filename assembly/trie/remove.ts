// trie/remove.ts - a leaf less, and a suffix length taken back from the tnodes above (FIB-57..60).

import { Leaf, Tnode, leafFree, put, slotOf } from "./node";
import { rebalance } from "./resize";

/** Takes a leaf out and frees it; its list is the caller's. O(depth) amortised. */
export function removeLeaf<K>(leaf: Leaf<K>): void {
  const tp = changetype<Tnode<K>>(leaf.parent);
  put<K>(tp, slotOf<K>(leaf), null);
  const slen = leaf.slen;
  leafFree<K>(leaf);
  if (tp.slen == slen) pullSuffix<K>(tp, tp.pos);
  rebalance<K>(tp);
}

/** Lowers the slen of a leaf whose longest suffix has gone, and of the tnodes above (FIB-57). */
export function lower<K>(leaf: Leaf<K>, slen: u8): void {
  if (slen >= leaf.slen) return;
  leaf.slen = slen;
  pullSuffix<K>(changetype<Tnode<K>>(leaf.parent), slen);
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
 * Computes slen anew from the children (FIB-60). A suffix longer than pos+k fits only in slots that are a multiple
 * of 2^(k+1), so each longer one found widens the stride. Only slot 0 may reach pos+bits or more.
 */
export function measure<K>(tn: Tnode<K>): u8 {
  let slen = tn.pos;
  const most = min<u32>(<u32>tn.pos + tn.bits - 1, tn.slen);
  let stride: u32 = 2;
  for (let i: u32 = 0, slots = tn.slots; i < slots; i += stride) {
    const n = tn.child(i);
    if (n == null || n.slen <= slen) continue;
    stride <<= n.slen - slen;
    slen = n.slen;
    if (slen >= most) break;
    i &= ~(stride - 1);
  }
  tn.slen = slen;
  return slen;
}
