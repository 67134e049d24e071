// forward/edit.ts - writing a view: ranges of addresses are painted with leaves, one block at a time.
//
// The 64 slots of the block at hand are spread out in the view's header; `commit` packs them into a fresh block and
// publishes it by one store of its address, so whoever reads meanwhile finds the old block or the new one. A direct
// frame has no blocks: its leaves are stored at once. Chunks are copied before they change, for the same reason.

import { word } from "../arena";
import {
  ASK,
  COMPACT,
  NARROW_TAG,
  NONE,
  NO_MEMORY,
  TAG,
  TOO_NARROW,
  View,
  chunkNew,
  chunkOf,
  isChunk,
  leafGet,
  leafSet,
  pack,
  retireBlock,
  retireChunk,
  takeBlock,
  uniformBlock,
} from "./view";

/** Addresses of a slot, as a power of two. */
const SLOT_BITS: u32 = 8;

/** Gives the addresses from..to a leaf: an id, 0 or ASK. A failure shows in `view.failed`. O(slots + blocks). */
export function paint(view: View, from: u32, to: u32, leaf: u32): void {
  if (view.failed) return;
  if (!view.isWide && leaf >= NARROW_TAG && leaf != ASK) {
    view.failed = TOO_NARROW;
    return;
  }
  const first = from >>> SLOT_BITS;
  const last = to >>> SLOT_BITS;
  const isCut = (from & 0xff) != 0; // the first slot is not painted whole
  const isCutEnd = (to & 0xff) != 0xff;
  if (first == last && (isCut || isCutEnd)) return paintPart(view, first, from & 0xff, to & 0xff, leaf);
  if (isCut) paintPart(view, first, from & 0xff, 0xff, leaf);
  if (isCutEnd) paintPart(view, last, 0, to & 0xff, leaf);
  paintSlots(view, first + <u32>isCut, last + 1 - <u32>isCutEnd, leaf);
}

/** Gives the slots from..end-1 a leaf. */
function paintSlots(view: View, from: u32, end: u32, leaf: u32): void {
  while (from < end && !view.failed) {
    const stop = min(end, (from | 63) + 1);
    if (view.kind != COMPACT) paintDirect(view, from, stop, leaf);
    else if ((from & 63) == 0 && stop - from == 64) paintBlock(view, from >>> 6, leaf);
    else if (open(view, from >>> 6)) for (let slot = from; slot < stop; slot++) slotSet(view, slot, leaf);
    from = stop;
  }
}

/** Gives the slots from..end-1 of a direct frame a leaf; narrow ones eight at a time, where no chunk has to go. */
function paintDirect(view: View, from: u32, end: u32, leaf: u32): void {
  const eight = i16x8.splat(<i16>pack(leaf));
  for (; from < end; from++) {
    const at = view.frame + ((<usize>from) << 1);
    const isPlain = !view.isWide && from + 8 <= end && !(i16x8.bitmask(v128.load(at)) & 0xff);
    if (!isPlain) {
      slotSet(view, from, leaf);
      continue;
    }
    v128.store(at, eight);
    from += 7;
  }
}

/** Gives all slots of a block a leaf. */
function paintBlock(view: View, number: u32, leaf: u32): void {
  if (view.open == number) {
    for (let slot: u32 = 0; slot < 64; slot++) slotSet(view, slot, leaf);
    return;
  }
  const block = uniformBlock(view, leaf);
  if (!block) {
    view.failed = NO_MEMORY;
    return;
  }
  replaceBlock(view, number, block);
}

/** Gives the addresses from..to of a slot a leaf. */
function paintPart(view: View, slot: u32, from: u32, to: u32, leaf: u32): void {
  if (view.kind == COMPACT && !open(view, slot >>> 6)) return;
  const old = slotGet(view, slot);
  if (old == leaf) return;
  const isFresh = isChunk(old) && (old & ~TAG) == view.fresh;
  const own = isFresh ? old : chunkFrom(view, old);
  if (!own) return;
  const chunk = chunkOf(view, own);
  for (let i = from; i <= to; i++) leafSet(chunk, i, leaf, view.isWide);
  const only = isUniform(view, chunk) ? leaf : own;
  slotSet(view, slot, only); // and the chunk that stood there goes
  if (only != own && own != old) retireChunk(view, own);
}

/** A chunk that says what a leaf says, as a leaf; 0 = no memory, and the view has failed. */
function chunkFrom(view: View, leaf: u32): u32 {
  const own = chunkNew(view);
  if (!own) {
    if (!view.failed) view.failed = NO_MEMORY;
    return 0;
  }
  const to = chunkOf(view, own);
  if (isChunk(leaf)) memory.copy(to, chunkOf(view, leaf), 256 << view.leafShift);
  else for (let i: u32 = 0; i < 256; i++) leafSet(to, i, leaf, view.isWide);
  return own;
}

function isUniform(view: View, chunk: usize): bool {
  const first = leafGet(chunk, 0, view.isWide);
  for (let i: u32 = 1; i < 256; i++) if (leafGet(chunk, i, view.isWide) != first) return false;
  return true;
}

/** The leaf of a slot, of the open block or of a direct frame. */
function slotGet(view: View, slot: u32): u32 {
  return view.kind == COMPACT ? load<u32>(view.slot(slot & 63)) : leafGet(view.frame, slot, view.isWide);
}

/** Sets it; the chunk that it named goes. */
function slotSet(view: View, slot: u32, leaf: u32): void {
  const old = slotGet(view, slot);
  if (old == leaf) return;
  if (view.kind == COMPACT) {
    store<u32>(view.slot(slot & 63), leaf);
    view.isDirty = true;
  } else leafSet(view.frame, slot, leaf, view.isWide);
  if (isChunk(old)) retireChunk(view, old);
}

/** Spreads out a block for painting, after the one at hand is done; false when the view has failed. */
function open(view: View, number: u32): bool {
  if (view.open == number) return true;
  commit(view);
  view.open = number;
  spread(load<usize>(word(view.frame, number)), view.slot(0), view.isWide);
  return !view.failed;
}

/** Writes the leaves of a block, slot by slot. */
export function spread(block: usize, slots: usize, isWide: bool): void {
  let runs = load<u64>(block);
  let at = <u32>popcnt<u64>(runs);
  for (let from: u32 = 0; from < 64; runs &= runs - 1) {
    const end = runs ? <u32>ctz<u64>(runs) + 1 : 64;
    fillSlots(slots, from, end, leafGet(block + 8, at--, isWide));
    from = end;
  }
}

/** Ends an edit: what was painted into the open block is there for readers. */
export function commit(view: View): void {
  view.fresh = NONE;
  if (view.open == NONE) return;
  const number = view.open;
  view.open = NONE;
  if (!view.isDirty) return;
  view.isDirty = false;
  const runs = runsOf(view.slot(0));
  const block = runs ? packed(view, view.slot(0), runs) : uniformBlock(view, load<u32>(view.slot(0)));
  if (block) replaceBlock(view, number, block);
  else view.failed = NO_MEMORY;
}

/** Writes the slots from..end-1 of a block that is spread out. */
export function fillSlots(slots: usize, from: u32, end: u32, leaf: u32): void {
  for (; from + 4 <= end; from += 4) v128.store(word(slots, from), i32x4.splat(leaf));
  for (; from < end; from++) store<u32>(word(slots, from), leaf);
}

/** The runs of a block that is spread out: bit i where slot i and the next one differ. A word behind the last is read. */
export function runsOf(slots: usize): u64 {
  let runs: u64 = 0;
  for (let slot: u32 = 0; slot < 64; slot += 4) {
    const differ = i32x4.ne(v128.load(word(slots, slot)), v128.load(word(slots, slot + 1)));
    runs |= (<u64>(<u32>i32x4.bitmask(differ))) << slot;
  }
  return runs & ~((<u64>1) << 63); // there is no slot behind the last
}

/** A block of slots that have these runs; 0 = no memory. */
export function packed(view: View, slots: usize, runs: u64): usize {
  let at = <u32>popcnt<u64>(runs);
  const block = takeBlock(view, at + 1);
  if (!block) return 0;
  store<u64>(block, runs);
  const leaves = block + 8;
  leafSet(leaves, at, load<u32>(slots), view.isWide);
  for (; runs; runs &= runs - 1)
    leafSet(leaves, --at, load<u32>(word(slots, <u32>ctz<u64>(runs) + 1)), view.isWide);
  return block;
}

/** Publishes a block, and lets go of the one that stood there. */
function replaceBlock(view: View, number: u32, block: usize): void {
  const at = word(view.frame, number);
  const old = load<usize>(at);
  if (old == block) return;
  store<usize>(at, block);
  retireBlock(view, old);
}
