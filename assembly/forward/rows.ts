// forward/rows.ts - many destinations, asked of a narrow view side by side.
//
// What counts is how many rows a processor has begun while the first one waits for memory: its window holds some hundred
// instructions. So a row takes as few as can be, nothing is asked in between, and what the view does not answer by itself
// is looked for afterwards, in lines that are warm.

import { word } from "../arena";
import { blockLeaf, directLeaf } from "./find";
import { COMPACT, NARROW_TAG, View } from "./view";

/** Rows of a piece that a view answers: what is read and written again stays in the first-level cache. */
export const PIECE: u32 = 1024;

/** Writes the leaves of rows, a multiple of four: ids, 0, or tagged ones. */
// @ts-ignore: decorator
@inline export function leaves(view: View, dst: usize, out: usize, end: usize): void {
  if (view.kind == COMPACT) compactLeaves(view.frame, dst, out, end);
  else directLeaves(view.frame, dst, out, end);
}

function directLeaves(frame: usize, dst: usize, out: usize, end: usize): void {
  const ahead = dst - out;
  for (; out + 32 <= end; out += 32) {
    const from = out + ahead;
    const a = directLeaf(frame, load<u32>(from));
    const b = directLeaf(frame, load<u32>(from, 4));
    const c = directLeaf(frame, load<u32>(from, 8));
    const d = directLeaf(frame, load<u32>(from, 12));
    const e = directLeaf(frame, load<u32>(from, 16));
    const f = directLeaf(frame, load<u32>(from, 20));
    const g = directLeaf(frame, load<u32>(from, 24));
    const h = directLeaf(frame, load<u32>(from, 28));
    storeFour(out, a, b, c, d);
    storeFour(out + 16, e, f, g, h);
  }
  for (; out < end; out += 4) store<u32>(out, directLeaf(frame, load<u32>(out + ahead)));
}

function compactLeaves(frame: usize, dst: usize, out: usize, end: usize): void {
  const ahead = dst - out;
  for (; out + 32 <= end; out += 32) {
    fourCompact(frame, out + ahead, out);
    fourCompact(frame, out + ahead + 16, out + 16);
  }
  if (out < end) fourCompact(frame, out + ahead, out);
}

// @ts-ignore: decorator
@inline function fourCompact(frame: usize, dst: usize, out: usize): void {
  const a = compactRow(frame, load<u32>(dst), <u32>load<u8>(dst, 1));
  const b = compactRow(frame, load<u32>(dst, 4), <u32>load<u8>(dst, 5));
  const c = compactRow(frame, load<u32>(dst, 8), <u32>load<u8>(dst, 9));
  const d = compactRow(frame, load<u32>(dst, 12), <u32>load<u8>(dst, 13));
  storeFour(out, a, b, c, d);
}

/** The leaf of an address; its third byte, whose low bits are the slot, costs less to load than to cut out. */
// @ts-ignore: decorator
@inline function compactRow(frame: usize, dst: u32, slot: u32): u32 {
  const block = load<usize>(word(frame, dst >>> 14));
  return blockLeaf(block, load<u64>(block), slot);
}

/** The first four rows of out..end of which one has a tagged leaf, or the end. */
export function tagged(out: usize, end: usize): usize {
  const tags = i32x4.splat(NARROW_TAG);
  for (; out + 64 <= end; out += 64) {
    const ab = v128.or(v128.load(out), v128.load(out, 16));
    const cd = v128.or(v128.load(out, 32), v128.load(out, 48));
    if (v128.any_true(v128.and(v128.or(ab, cd), tags))) break;
  }
  while (out < end && !v128.any_true(v128.and(v128.load(out), tags))) out += 16;
  return out;
}

/** Turns addresses from network order; both ends are multiples of four rows apart. */
export function swapRows(dst: usize, out: usize, end: usize): void {
  for (; out < end; out += 16, dst += 16) {
    const four = v128.load(dst);
    v128.store(out, v128.shuffle<u8>(four, four, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  }
}

/** Puts `none` where there is 0. */
export function fillNone(out: usize, end: usize, none: u32): void {
  for (; out < end; out += 16) {
    const four = v128.load(out);
    v128.store(out, v128.bitselect(i32x4.splat(none), four, i32x4.eq(four, i32x4.splat(0))));
  }
}

/** Writes four rows. */
// @ts-ignore: decorator
@inline export function storeFour(out: usize, a: u32, b: u32, c: u32, d: u32): void {
  store<u32>(out, a);
  store<u32>(out, b, 4);
  store<u32>(out, c, 8);
  store<u32>(out, d, 12);
}

/** Address of a row. */
// @ts-ignore: decorator
@inline export function at(rows: usize, row: u32): usize {
  return rows + ((<usize>row) << 2);
}
