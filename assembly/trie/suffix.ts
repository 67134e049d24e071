// trie/suffix.ts - how long the suffixes below a tnode are: pushed up, pulled down, measured (FIB-53, FIB-59, FIB-60).
//
// A tnode's slen tells a search whether any prefix shorter than its own path hangs below it. It is exact (T5), so a
// prefix that comes raises it along the path, and one that goes has it computed anew.

import { Tnode, slenOf } from "./node";

/** Raises the slen of tn and of the tnodes above, up to the first that is large enough: the anchor at the latest. */
export function pushSuffix<K>(tn: Tnode<K>, slen: u8): void {
  while (tn.slen < slen) {
    tn.slen = slen;
    tn = changetype<Tnode<K>>(tn.parent);
  }
}

/**
 * Lowers the slen of tn and of the tnodes above after a suffix of length `gone` has left (FIB-59). Only a tnode whose
 * slen was that long can have lost anything: measuring a wide one for each prefix that goes would be quadratic.
 * The anchor ends it: its slen is its pos.
 */
export function pullSuffix<K>(tn: Tnode<K>, gone: u8): void {
  while (tn.slen == gone && tn.slen > tn.pos) {
    if (measure<K>(tn) == gone) return;
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
