// forward/deep.ts - the forwarding view of an IPv6 trie: 16 bits, 8 bits, then 6 bits a step.
//
//   frame: 2^16 words, by the top 16 bits    chunk: 256 words, a /24 each        block: 64 slots, and so on
//   | leaf | leaf | ...                      | leaf | leaf | ...                 | runs u64 | leaf | leaf | ...
//
// Blocks and chunks are those of view.ts with leaves of 4 bytes. A leaf is 0, an id, or leads on: TAG and half the
// address of the chunk (from the frame) or block below. Steps end at /16, /24, /30, /36, /42, /48, ..., /126; the last block
// has two bits, and sixteen slots for each address.
//
// Most prefixes of the Internet's table are /48s, /32s and what is between, and they stand in fifty of the /16s: the
// frame and the chunks of the first steps fit a cache, the blocks below are small, and a /48 is found in the fifth.
// Other shapes that were measured: docs/PERFORMANCE.md.
//
// A block is packed anew beside the old one, and the word that led to the old one is overwritten: that is all, unless the
// leaves of the block above must move too. Each leaf that leads on is a run of its own.

import { CHUNK, VIEW, word } from "../arena";
import { keyBitsFrom, keyClearLow, keyEqual, keyFillLow, keyHigh } from "../key";
import { fillSlots, packed, runsOf, spread } from "./edit";
import {
  DEEP,
  DEEP_BYTES,
  NO_MEMORY,
  TAG,
  View,
  give,
  giveBlock,
  giveWords,
  take,
  takeBeside,
  takeWords,
} from "./view";

/** log2 of the words of the frame. */
export const FRAME_BITS: u32 = 16;
const CHUNK_BYTES: u32 = 1024;

// Steps: 0 the frame, 1 a chunk, from 2 on blocks.
const CHUNKS: u32 = 1;
const BLOCKS: u32 = 2;
export const LAST_STEP: u32 = 19;

/** Low key bits below the slots of a step; those of the last one are its addresses. */
// @ts-ignore: decorator
@inline export function posOf(step: u32): u32 {
  if (step < BLOCKS) return 112 - 8 * step;
  return step == LAST_STEP ? 0 : 110 - 6 * step;
}

/** The first slot that a key has in a step. */
// @ts-ignore: decorator
@inline export function slotOf(key: v128, step: u32): u32 {
  const bits = keyBitsFrom<v128>(key, posOf(step));
  if (step >= BLOCKS) return step == LAST_STEP ? (bits << 4) & 63 : bits & 63;
  return step == CHUNKS ? bits & 255 : bits & 0xffff;
}

/** True for a leaf that leads on. */
// @ts-ignore: decorator
@inline export function leadsOn(leaf: u32): bool {
  return <i32>leaf < 0;
}

/** Address of what a leaf leads to. */
// @ts-ignore: decorator
@inline export function below(leaf: u32): usize {
  return (<usize>leaf) << 1;
}

// @ts-ignore: decorator
@inline function leafTo(block: usize): u32 {
  return TAG | (<u32>(block >>> 1));
}

/** Address of the leaf of a slot in a block; the shift takes the slot's low six bits. */
// @ts-ignore: decorator
@inline export function placeIn(block: usize, slot: u64): usize {
  return block + 8 + ((<usize>popcnt<u64>(load<u64>(block) >>> slot)) << 2);
}

/** The slots of the first blocks begin at this bit of the upper half of an address, each next one 6 bits lower. */
export const FIRST_BLOCKS: i64 = 34;
/** The step after those that lie in the upper half as a whole; few prefixes come to it. */
export const LOWER_STEP: u32 = 8;

/** The leaf in the frame, or in the chunk that it leads to, by the upper half of an address. */
// @ts-ignore: decorator
@inline export function begin(frame: usize, high: u64): u32 {
  const leaf = load<u32>(word(frame, <u32>(high >>> 48)));
  return leadsOn(leaf) ? load<u32>(word(below(leaf), (<u32>(high >>> 40)) & 255)) : leaf;
}

/** The leaf in the block that a leaf leads to, whose slots begin at this bit of the upper half. */
// @ts-ignore: decorator
@inline export function step(leaf: u32, high: u64, pos: i64): u32 {
  return leadsOn(leaf) ? load<u32>(placeIn(below(leaf), high >>> (<u64>pos))) : leaf;
}

/** The leaf of an address as far as its upper half goes. */
export function upperFind(view: View, high: u64): u32 {
  let leaf = begin(view.frame, high);
  for (let pos = FIRST_BLOCKS; pos > 0 && leadsOn(leaf); pos -= 6) leaf = step(leaf, high, pos);
  return leaf;
}

/** The leaf of an address: an id, or 0 where nothing but a prefix of length 0 can be. */
export function deepFind(view: View, key: v128): u32 {
  const leaf = upperFind(view, keyHigh(key));
  return leadsOn(leaf) ? blockFind(leaf, key, LOWER_STEP) : leaf;
}

/** The leaf of an address from the block of a step on. At most 18 steps. */
export function blockFind(leaf: u32, key: v128, step: u32): u32 {
  for (; leadsOn(leaf); step++) leaf = load<u32>(placeIn(below(leaf), slotOf(key, step)));
  return leaf;
}

/** An empty view, or null. */
export function deepNew(): View | null {
  const view = changetype<View | null>(take(VIEW, DEEP_BYTES));
  if (view == null) return null;
  memory.fill(changetype<usize>(view), 0, DEEP_BYTES);
  view.kind = <u8>DEEP;
  view.isWide = true;
  view.frame = takeWords(FRAME_BITS);
  if (view.frame) return view;
  deepFree(view);
  return null;
}

/** Gives everything back. O(frame + blocks). */
export function deepFree(view: View): void {
  if (view.frame) {
    for (let i: u32 = 0; i < (<u32>1) << FRAME_BITS; i++) drop(view, load<u32>(word(view.frame, i)), CHUNKS);
    giveWords(FRAME_BITS, view.frame);
  }
  give(VIEW, changetype<usize>(view), DEEP_BYTES);
}

/** Frees what a leaf leads to, a chunk or block of a step. It calls itself for the next one: 19 deep at most. */
function drop(view: View, leaf: u32, step: u32): void {
  if (!leadsOn(leaf)) return;
  const at = below(leaf);
  if (step == CHUNKS) {
    for (let i: u32 = 0; i < 256; i++) drop(view, load<u32>(word(at, i)), BLOCKS);
    return give(CHUNK + 1, at, CHUNK_BYTES);
  }
  const leaves = <u32>popcnt<u64>(load<u64>(at)) + 1;
  for (let i: u32 = 0; i < leaves; i++) drop(view, load<u32>(word(at + 8, i)), step + 1);
  giveBlock(view, at);
}

/** Gives the addresses from..to a leaf, an id or 0. Without memory `view.failed` says so. O(blocks at both ends). */
export function paintDeep(view: View, from: v128, to: v128, leaf: u32): void {
  if (!view.failed) paintWords(view, view.frame, 0, from, to, leaf);
}

/** Paints the words of the frame or of a chunk. */
function paintWords(view: View, words: usize, step: u32, from: v128, to: v128, leaf: u32): void {
  const last = slotOf(to, step);
  for (let slot = slotOf(from, step), first = slot; slot <= last && !view.failed; slot++) {
    const start = slot == first ? from : keyClearLow<v128>(to, posOf(step));
    const end = slot == last ? to : keyFillLow<v128>(from, posOf(step));
    const isWhole = (slot != first || isStart(from, step)) && (slot != last || isEnd(to, step));
    const at = word(words, slot);
    const old = load<u32>(at);
    if (!isWhole) store<u32>(at, painted(view, old, step + 1, start, end, leaf));
    else {
      store<u32>(at, leaf);
      drop(view, old, step + 1);
    }
  }
}

/** True if a key is the first address of its slot. */
// @ts-ignore: decorator
@inline function isStart(key: v128, step: u32): bool {
  return keyEqual<v128>(key, keyClearLow<v128>(key, posOf(step)));
}

/** True if a key is the last address of its slot. */
// @ts-ignore: decorator
@inline function isEnd(key: v128, step: u32): bool {
  return keyEqual<v128>(key, keyFillLow<v128>(key, posOf(step)));
}

/** What stands for `old`, which is of the step before, once the addresses from..to, a part of it, have a leaf. */
function painted(view: View, old: u32, step: u32, from: v128, to: v128, leaf: u32): u32 {
  if (old == leaf) return old;
  return step == CHUNKS ? paintChunk(view, old, from, to, leaf) : paintBlock(view, old, step, from, to, leaf);
}

function paintChunk(view: View, old: u32, from: v128, to: v128, leaf: u32): u32 {
  let chunk = below(old);
  if (!leadsOn(old)) {
    chunk = takeBeside(CHUNK + 1, CHUNK_BYTES);
    if (!chunk) {
      view.failed = NO_MEMORY;
      return old;
    }
    fillSlots(chunk, 0, 256, old);
  }
  paintWords(view, chunk, CHUNKS, from, to, leaf);
  const first = load<u32>(chunk);
  for (let i: u32 = 0; i < 256; i++)
    if (leadsOn(first) || load<u32>(word(chunk, i)) != first) return leafTo(chunk);
  give(CHUNK + 1, chunk, CHUNK_BYTES);
  return first;
}

/** It calls itself for the slots at both ends, a step further down each time. */
function paintBlock(view: View, old: u32, step: u32, from: v128, to: v128, leaf: u32): u32 {
  const slots = view.slot((step - BLOCKS) << 6);
  if (leadsOn(old)) spread(below(old), slots, true);
  else fillSlots(slots, 0, 64, old);
  let first = slotOf(from, step);
  let end = slotOf(to, step) + (step == LAST_STEP ? 16 : 1);
  let isMoved = false; // a slot that did not lead on has changed, or one that did does no longer
  if (end - first == 1 && !(isStart(from, step) && isEnd(to, step))) {
    isMoved = paintSlot(view, old, slots, first, step, from, to, leaf);
    end = first;
  } else {
    if (!isStart(from, step)) {
      isMoved = paintSlot(view, old, slots, first++, step, from, keyFillLow<v128>(from, posOf(step)), leaf);
    }
    if (!isEnd(to, step)) {
      const start = keyClearLow<v128>(to, posOf(step));
      isMoved = paintSlot(view, old, slots, --end, step, start, to, leaf) || isMoved;
    }
  }
  for (; first < end; first++) isMoved = setSlot(view, old, slots, first, step, leaf) || isMoved;
  return isMoved ? repacked(view, old, slots, step) : old;
}

/** Paints a part of a slot; true if its block must be packed anew. */
function paintSlot(
  view: View,
  old: u32,
  slots: usize,
  slot: u32,
  step: u32,
  from: v128,
  to: v128,
  leaf: u32,
): bool {
  const was = load<u32>(word(slots, slot));
  const now = painted(view, was, step + 1, from, to, leaf);
  if (now == was) return false;
  store<u32>(word(slots, slot), now);
  if (!leadsOn(was)) return true;
  store<u32>(placeIn(below(old), slot), now); // `old` stands for whatever happens until it is replaced
  return !leadsOn(now);
}

/** Gives a whole slot a leaf, and frees what it led to; true if its block must be packed anew. */
function setSlot(view: View, old: u32, slots: usize, slot: u32, step: u32, leaf: u32): bool {
  const was = load<u32>(word(slots, slot));
  if (was == leaf) return false;
  store<u32>(word(slots, slot), leaf);
  if (leadsOn(was)) {
    store<u32>(placeIn(below(old), slot), leaf);
    drop(view, was, step + 1);
  }
  return true;
}

/** The leaf that stands for the slots of a block: one leads to a fresh block, or is what all of them hold. */
function repacked(view: View, old: u32, slots: usize, step: u32): u32 {
  const runs = runsOf(slots);
  let leaf = load<u32>(slots);
  if (runs) {
    const block = packed(view, slots, runs);
    if (!block) {
      view.failed = NO_MEMORY;
      dropFresh(view, old, slots, step);
      return old;
    }
    leaf = leafTo(block);
  }
  if (leadsOn(old)) giveBlock(view, below(old));
  return leaf;
}

/** Frees the blocks that the slots lead to and `old` does not: there was no memory to take them in. */
function dropFresh(view: View, old: u32, slots: usize, step: u32): void {
  for (let slot: u32 = 0; slot < 64; slot++) {
    const leaf = load<u32>(word(slots, slot));
    const before = leadsOn(old) ? load<u32>(placeIn(below(old), slot)) : old;
    if (leaf != before) drop(view, leaf, step + 1);
  }
}

/** True if all addresses from..to have a leaf. O(blocks). */
export function deepSays(view: View, from: v128, to: v128, leaf: u32): bool {
  return wordsSay(view.frame, 0, from, to, leaf);
}

function wordsSay(words: usize, step: u32, from: v128, to: v128, leaf: u32): bool {
  const last = slotOf(to, step);
  for (let slot = slotOf(from, step), first = slot; slot <= last; slot++)
    if (!slotSays(load<u32>(word(words, slot)), slot == first, slot == last, step, from, to, leaf))
      return false;
  return true;
}

/** Does what stands for a slot say so, as far as from..to goes? It calls itself a step further down each time. */
function slotSays(found: u32, isFirst: bool, isLast: bool, step: u32, from: v128, to: v128, leaf: u32): bool {
  if (found == leaf) return true;
  if (!leadsOn(found)) return false;
  const pos = posOf(step);
  // What is not at an end is asked whole: its keys are those of the end next to it, with another slot.
  const start = isFirst ? from : keyClearLow<v128>(to, pos);
  const end = isLast ? to : keyFillLow<v128>(from, pos);
  if (!isFirst && !isLast) return isWholly(below(found), step + 1, leaf);
  return belowSays(found, step + 1, start, end, leaf);
}

function belowSays(found: u32, step: u32, from: v128, to: v128, leaf: u32): bool {
  if (step == CHUNKS) return wordsSay(below(found), step, from, to, leaf);
  const last = slotOf(to, step) + (step == LAST_STEP ? 15 : 0);
  for (let slot = slotOf(from, step), first = slot; slot <= last; slot++) {
    const inner = load<u32>(placeIn(below(found), slot));
    if (!slotSays(inner, slot == first, slot == last, step, from, to, leaf)) return false;
  }
  return true;
}

/** A chunk or block holds but one leaf only if it was not needed: no view leads to one. */
function isWholly(at: usize, step: u32, leaf: u32): bool {
  const leaves: u32 = step == CHUNKS ? 256 : <u32>popcnt<u64>(load<u64>(at)) + 1;
  const first = step == CHUNKS ? at : at + 8;
  for (let i: u32 = 0; i < leaves; i++) if (load<u32>(word(first, i)) != leaf) return false;
  return true;
}
