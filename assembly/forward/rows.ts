// forward/rows.ts - many destinations, asked of a view side by side: all loads first, then one test for what it does not
// answer by itself.

import { blockLeaf, directLeaf } from "./find";
import { COMPACT, NARROW_TAG, View } from "./view";

/** Most rows of a step. */
export const STEP: u32 = 8;

/** Rows of a piece that a view answers: what is read and written again stays in the first-level cache. */
export const PIECE: u32 = 1024;

/** Answers rows in steps of eight or four, up to the first step that a narrow view cannot answer. How many rows. */
// @ts-ignore: decorator
@inline export function steps(view: View, dst: usize, out: usize, end: usize): u32 {
  return view.kind == COMPACT
    ? compactSteps(view.frame, dst, out, end)
    : directSteps(view.frame, dst, out, end);
}

/** Eight rows are loaded side by side, and one test tells whether all of them are answers. */
function directSteps(frame: usize, dst: usize, out: usize, end: usize): u32 {
  const ahead = dst - out;
  let to = out;
  for (; to + 32 <= end; to += 32) {
    const from = to + ahead;
    const a = directLeaf(frame, load<u32>(from));
    const b = directLeaf(frame, load<u32>(from, 4));
    const c = directLeaf(frame, load<u32>(from, 8));
    const d = directLeaf(frame, load<u32>(from, 12));
    const e = directLeaf(frame, load<u32>(from, 16));
    const f = directLeaf(frame, load<u32>(from, 20));
    const g = directLeaf(frame, load<u32>(from, 24));
    const h = directLeaf(frame, load<u32>(from, 28));
    if ((a | b | c | d | e | f | g | h) & NARROW_TAG) break;
    store<u32>(to, a);
    store<u32>(to, b, 4);
    store<u32>(to, c, 8);
    store<u32>(to, d, 12);
    store<u32>(to, e, 16);
    store<u32>(to, f, 20);
    store<u32>(to, g, 24);
    store<u32>(to, h, 28);
  }
  return <u32>((to - out) >>> 2);
}

/** Four rows: where their blocks stand is computed in one vector, then all loads of a kind go together. */
function compactSteps(frame: usize, dst: usize, out: usize, end: usize): u32 {
  const ahead = dst - out;
  const frames = i32x4.splat(<u32>frame);
  let to = out;
  for (; to + 16 <= end; to += 16) {
    const four = v128.load(to + ahead);
    const slots = i32x4.shr_u(four, 8);
    const places = i32x4.add(v128.and(i32x4.shr_u(four, 12), i32x4.splat(0xffffc)), frames);
    const blockA = load<usize>(<u32>i32x4.extract_lane(places, 0));
    const blockB = load<usize>(<u32>i32x4.extract_lane(places, 1));
    const blockC = load<usize>(<u32>i32x4.extract_lane(places, 2));
    const blockD = load<usize>(<u32>i32x4.extract_lane(places, 3));
    const runsA = load<u64>(blockA);
    const runsB = load<u64>(blockB);
    const runsC = load<u64>(blockC);
    const runsD = load<u64>(blockD);
    const a = blockLeaf(blockA, runsA, <u32>i32x4.extract_lane(slots, 0));
    const b = blockLeaf(blockB, runsB, <u32>i32x4.extract_lane(slots, 1));
    const c = blockLeaf(blockC, runsC, <u32>i32x4.extract_lane(slots, 2));
    const d = blockLeaf(blockD, runsD, <u32>i32x4.extract_lane(slots, 3));
    if ((a | b | c | d) & NARROW_TAG) break;
    store<u32>(to, a);
    store<u32>(to, b, 4);
    store<u32>(to, c, 8);
    store<u32>(to, d, 12);
  }
  return <u32>((to - out) >>> 2);
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

/** Address of a row. */
// @ts-ignore: decorator
@inline export function at(rows: usize, row: u32): usize {
  return rows + ((<usize>row) << 2);
}
