// forward/deep-rows.ts - many IPv6 destinations, asked of a deep view eight side by side.
//
// Each of the eight takes a step in turn, as long as one of them leads on: their loads do not wait for each other.

import { word } from "../arena";
import { FIRST_BLOCKS, LOWER_STEP, begin, blockFind, leadsOn, step, upperFind } from "./deep";
import { storeFour } from "./rows";
import { View } from "./view";

/** Asks for n addresses, 16 bytes in network order each, and writes ids, `none` for 0. */
export function deepRows(view: View, dst: usize, out: usize, n: u32, none: u32): void {
  let row: u32 = 0;
  for (; row + 8 <= n; row += 8)
    if (!eight(view.frame, rowAt(dst, row), word(out, row))) settle(dst, out, row, row + 8, none);
  for (let last = row; last < n; last++)
    store<u32>(word(out, last), upperFind(view, upper(rowAt(dst, last))));
  settle(dst, out, row, n, none);
}

// @ts-ignore: decorator
@inline function rowAt(dst: usize, row: u32): usize {
  return dst + ((<usize>row) << 4);
}

/** The upper half of an address. */
// @ts-ignore: decorator
@inline function upper(at: usize): u64 {
  const v = v128.load_zero<u64>(at);
  return <u64>(
    i64x2.extract_lane(v128.shuffle<u8>(v, v, 7, 6, 5, 4, 3, 2, 1, 0, 8, 9, 10, 11, 12, 13, 14, 15), 0)
  );
}

/** Eight rows, as far as the upper halves of their addresses go; true if all of them are ids then. */
function eight(frame: usize, dst: usize, out: usize): bool {
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
  storeFour(out, a, b, c, d);
  storeFour(out + 16, e, f, g, h);
  return !leadsOn((a - 1) | (b - 1) | (c - 1) | (d - 1) | (e - 1) | (f - 1) | (g - 1) | (h - 1));
}

/** Makes ids of the leaves of some rows: `none` of 0, and of what leads on what is further down. */
function settle(dst: usize, out: usize, from: u32, to: u32, none: u32): void {
  for (let row = from; row < to; row++) {
    let leaf = load<u32>(word(out, row));
    if (leadsOn(leaf)) {
      const v = v128.load(rowAt(dst, row));
      const key = v128.shuffle<u8>(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
      leaf = blockFind(leaf, key, LOWER_STEP);
    }
    store<u32>(word(out, row), leaf ? leaf : none);
  }
}
