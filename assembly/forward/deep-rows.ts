// forward/deep-rows.ts - many IPv6 destinations, asked of a deep view wave by wave.
//
// Some rows take one step together, then those that lead on take the next: all loads of a wave are independent of each
// other, so they wait for memory together, and nothing has to be guessed.

import { word } from "../arena";
import { below, blockFind, leadsOn, placeIn, posOf } from "./deep";
import { View } from "./view";

/** Rows of a wave: what they leave behind for the next one fits the slots of the view. */
const ROWS: u32 = 256;
/** The last step whose slots lie in the upper half of an address; few prefixes are longer. */
const UPPER: u32 = 7;

/**
 * A row on its way.
 *   off  size  field
 *     0     4  row
 *     4     4  leaf  what leads on
 *     8     8  high  upper half of the address
 */
@unmanaged class Rider {
  row: u32;
  leaf: u32;
  high: u64;
}

/** Asks for n addresses, 16 bytes in network order each, and writes ids, `none` for 0. */
export function deepRows(view: View, dst: usize, out: usize, n: u32, none: u32): void {
  for (let from: u32 = 0; from < n; from += ROWS) {
    const rows = min(ROWS, n - from);
    const first = dst + ((<usize>from) << 4);
    const to = word(out, from);
    let riders = begin(view, first, to, rows);
    for (let step: u32 = 2; riders && step <= UPPER; step++)
      riders = wave(view, to, riders, posOf(step) - 64);
    for (let i: u32 = 0; i < riders; i++) finish(riderAt(view, i), first, to);
    for (let i: u32 = 0; i < rows; i++) if (!load<u32>(word(to, i))) store<u32>(word(to, i), none);
  }
}

// @ts-ignore: decorator
@inline function riderAt(view: View, i: u32): Rider {
  return changetype<Rider>(view.slot(0) + ((<usize>i) << 4));
}

/** The frame and the chunks; how many rows lead on. */
function begin(view: View, dst: usize, out: usize, rows: u32): u32 {
  let riders: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const high = bswap<u64>(load<u64>(dst + ((<usize>row) << 4)));
    let leaf = load<u32>(word(view.frame, <u32>(high >>> 48)));
    if (leadsOn(leaf)) leaf = load<u32>(word(below(leaf), (<u32>(high >>> 40)) & 255));
    store<u32>(word(out, row), leaf);
    const r = riderAt(view, riders);
    r.row = row;
    r.leaf = leaf;
    r.high = high;
    riders += leaf >>> 31;
  }
  return riders;
}

/** A step of blocks with slots from this bit on; how many rows lead on. */
function wave(view: View, out: usize, riders: u32, pos: u32): u32 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < riders; i++) {
    const r = riderAt(view, i);
    const row = r.row;
    const high = r.high;
    const leaf = load<u32>(placeIn(below(r.leaf), high >>> (<u64>pos)));
    store<u32>(word(out, row), leaf);
    const next = riderAt(view, left);
    next.row = row;
    next.leaf = leaf;
    next.high = high;
    left += leaf >>> 31;
  }
  return left;
}

/** The rest of a row. */
function finish(r: Rider, dst: usize, out: usize): void {
  const v = v128.load(dst + ((<usize>r.row) << 4));
  const key = v128.shuffle<u8>(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  store<u32>(word(out, r.row), blockFind(r.leaf, key, UPPER + 1));
}
