// forward/deep-rows.ts - many IPv6 destinations, asked of a deep view eight side by side.
//
// Each of the eight takes a step in turn, as long as one of them leads on: their loads do not wait for each other.

import { word } from "../arena";
import { below, blockFind, leadsOn, placeIn } from "./deep";
import { View } from "./view";

/** The slots of the first blocks begin at this bit of the upper half of an address, each next one 6 bits lower. */
const FIRST_BLOCKS: i64 = 34;
/** The step after those that lie in the upper half as a whole; few prefixes come to it. */
const LOWER_STEP: u32 = 8;

/** Asks for n addresses, 16 bytes in network order each, and writes ids, `none` for 0. */
export function deepRows(view: View, dst: usize, out: usize, n: u32, none: u32): void {
  let row: u32 = 0;
  for (; row + 8 <= n; row += 8) eight(view.frame, rowAt(dst, row), word(out, row));
  for (; row < n; row++) store<u32>(word(out, row), begin(view.frame, upper(rowAt(dst, row))));
  for (row = 0; row < n; row++) {
    const at = word(out, row);
    const leaf = load<u32>(at);
    if (<i32>leaf <= 0) store<u32>(at, settled(leaf, rowAt(dst, row), row < (n & ~7) ? LOWER_STEP : 2, none));
  }
}

// @ts-ignore: decorator
@inline function rowAt(dst: usize, row: u32): usize {
  return dst + ((<usize>row) << 4);
}

/** The upper half of an address. */
// @ts-ignore: decorator
@inline function upper(at: usize): u64 {
  return bswap<u64>(load<u64>(at));
}

/** The leaf in the frame, or in the chunk that it leads to. */
// @ts-ignore: decorator
@inline function begin(frame: usize, high: u64): u32 {
  const leaf = load<u32>(word(frame, <u32>(high >>> 48)));
  return leadsOn(leaf) ? load<u32>(word(below(leaf), (<u32>(high >>> 40)) & 255)) : leaf;
}

/** The leaf in the block that a leaf leads to, whose slots begin at this bit of the upper half. */
// @ts-ignore: decorator
@inline function step(leaf: u32, high: u64, pos: i64): u32 {
  return leadsOn(leaf) ? load<u32>(placeIn(below(leaf), high >>> (<u64>pos))) : leaf;
}

/** Eight rows, as far as the upper halves of their addresses go. */
function eight(frame: usize, dst: usize, out: usize): void {
  const ha = upper(dst);
  const hb = upper(dst + 16);
  const hc = upper(dst + 32);
  const hd = upper(dst + 48);
  const he = upper(dst + 64);
  const hf = upper(dst + 80);
  const hg = upper(dst + 96);
  const hh = upper(dst + 112);
  let a = begin(frame, ha);
  let b = begin(frame, hb);
  let c = begin(frame, hc);
  let d = begin(frame, hd);
  let e = begin(frame, he);
  let f = begin(frame, hf);
  let g = begin(frame, hg);
  let h = begin(frame, hh);
  for (let pos = FIRST_BLOCKS; pos > 0 && leadsOn(a | b | c | d | e | f | g | h); pos -= 6) {
    a = step(a, ha, pos);
    b = step(b, hb, pos);
    c = step(c, hc, pos);
    d = step(d, hd, pos);
    e = step(e, he, pos);
    f = step(f, hf, pos);
    g = step(g, hg, pos);
    h = step(h, hh, pos);
  }
  store<u32>(out, a);
  store<u32>(out, b, 4);
  store<u32>(out, c, 8);
  store<u32>(out, d, 12);
  store<u32>(out, e, 16);
  store<u32>(out, f, 20);
  store<u32>(out, g, 24);
  store<u32>(out, h, 28);
}

/** The id for a leaf that is none: `none`, or what is further down from a step on. */
function settled(leaf: u32, dst: usize, step: u32, none: u32): u32 {
  if (leadsOn(leaf)) {
    const v = v128.load(dst);
    const key = v128.shuffle<u8>(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    leaf = blockFind(leaf, key, step);
  }
  return leaf ? leaf : none;
}
