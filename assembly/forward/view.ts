// forward/view.ts - the forwarding view of a table: destination to answer in two or three loads.
//
//   compact   frame: 2^18 words, by the top 18 bits    block: 64 slots, a /24 each          chunk: 256 leaves
//             | block | block | ...                    | runs u64 | leaf | leaf | ...       | leaf | leaf | ...
//   direct    frame: 2^24 leaves, a /24 each, and the same chunks
//   deep      of IPv6: see deep.ts
//
// A leaf is 2 bytes (narrow) or 4 (wide): 0 no route, the id of a fib info, ASK (the trie knows), or the number of a
// chunk, tagged, for a /24 that longer prefixes divide. Bit i of a block's runs says that a run of equal leaves ends with
// slot i; the last run's end is not noted. The leaves stand in the order of their runs from last to first, so that of a
// slot is number popcount(runs >>> slot). Blocks of one run are shared by all places that need them. Routes of length 0
// are not painted but kept beside: `fallback`.
//
// A view says what the longest prefix says, whatever the state of its paths: it changes with routes alone. It is
// derived: when memory is short it goes, and the trie answers.
//
// Invariants, by their numbers in check.ts:
//   V1  every address has the answer of the trie     V3  each chunk belongs to one leaf, its number to one chunk
//   V2  a block belongs to one place, or is shared   V4  `bytes` of Forwarding counts what views have out

import * as abi from "../../src/abi/records";
import {
  BLOCK,
  CHUNK,
  FRAME,
  VIEW,
  alloc,
  allocBeside,
  forwarding,
  free,
  word,
  wordsFree,
  wordsNew,
} from "../arena";

/** Frames: the kinds FRAME + these. */
export const COMPACT: u32 = 0;
export const DIRECT: u32 = 1;
export const DIRECT_WIDE: u32 = 2;
/** No kind of FRAME: its frame is a block of WORDS. */
export const DEEP: u32 = 3;

/** Blocks of a compact frame, and slots of a direct one, as powers of two. */
export const BLOCKS_BITS: u32 = 18;
export const SLOTS_BITS: u32 = 24;

/** A leaf that is no id has this bit: the rest is the number of a chunk, or all ones for ASK. Narrow ones are packed. */
export const TAG: u32 = 0x80000000;
export const ASK: u32 = 0xffffffff;
/** The bit of narrow leaves. */
export const NARROW_TAG: u32 = 0x8000;
const NARROW_ASK: u32 = 0xffff;

/** No block, no chunk. */
export const NONE: u32 = 0xffffffff;

/** Why an edit came to nothing. */
export const NO_MEMORY: u8 = 1;
export const TOO_NARROW: u8 = 2;

/**
 * A view.
 *   off  size  field
 *     0     4  frame        the frame
 *     4     4  fallback     leaf of the routes of length 0
 *     8     4  chunks       WORDS: address of a chunk by its number, or, odd, a link of the free numbers
 *    12     4  chunkNext    numbers from here on were never given out
 *    16     4  chunkFree    first free number, NONE = none
 *    20     4  uniform      WORDS: the shared block by its leaf's id; 0 = not made yet
 *    24     4  open         number of the block that is being edited, NONE = none
 *    28     4  fresh        number of the chunk made since then, NONE = none
 *    32     1  kind         COMPACT, DIRECT, DIRECT_WIDE; DEEP, which uses frame, fallback, kind, isWide, failed and asks
 *    33     1  isWide       leaves of 4 bytes
 *    34     1  failed       NO_MEMORY, TOO_NARROW: not to be used any more
 *    35     1  isDirty      the open block was changed
 *    36     1  chunkBits    log2 of the words of `chunks`
 *    37     1  uniformBits  log2 of the words of `uniform`
 *    40     4  asks         the shared block of ASK
 *    44   256  slots        leaves of the open block
 *   300   272  levels       34 prefixes around the cursor of a sweep, end and leaf each
 */
@unmanaged export class View {
  frame: usize;
  fallback: u32;
  chunks: usize;
  chunkNext: u32;
  chunkFree: u32;
  uniform: usize;
  open: u32;
  fresh: u32;
  kind: u8;
  isWide: bool;
  failed: u8;
  isDirty: bool;
  chunkBits: u8;
  uniformBits: u8;
  asks: usize;

  /** Address of the i-th leaf of the open block. */
  @inline slot(i: u32): usize {
    return word(changetype<usize>(this) + SLOTS, i);
  }

  /** log2 of the bytes of a leaf. */
  @inline get leafShift(): u32 {
    return 1 + <u32>this.isWide;
  }
}

const SLOTS: usize = 44;
const LEVELS: usize = SLOTS + 64 * 4;
/** Bytes of a view of IPv4. */
export const VIEW_BYTES: u32 = <u32>LEVELS + 34 * 8;
if (offsetof<View>("kind") != abi.VIEW_KIND || offsetof<View>("isWide") != abi.VIEW_IS_WIDE)
  ERROR("View: abi");
if (offsetof<View>("kind") != 32 || offsetof<View>() != SLOTS) ERROR("View: the table is stale");

/** Blocks on the way to an address in a deep view, which has slots for each of them. */
export const DEEP_BLOCKS: u32 = 18;
const DEEP_LEVELS: usize = SLOTS + <usize>DEEP_BLOCKS * 256;
/** Bytes of a view of IPv6: 130 prefixes around the cursor. */
export const DEEP_BYTES: u32 = <u32>DEEP_LEVELS + 130 * 32;

/** Where a sweep keeps the prefixes around its cursor. */
// @ts-ignore: decorator
@inline export function levels<K>(view: View): usize {
  return changetype<usize>(view) + (isVector<K>() ? DEEP_LEVELS : LEVELS);
}

/** Words at the start, as powers of two. */
const FIRST_CHUNKS: u8 = 4;
const FIRST_UNIFORM: u8 = 6;

/** Makes what an edit or a sweep left in the header of a view zero: it is no state. */
export function viewScrub(view: View): void {
  memory.fill(view.slot(0), 0, <usize>VIEW_BYTES - SLOTS);
}

/** Bytes of a frame. */
export function frameBytes(kind: u32): u32 {
  return kind == COMPACT ? 4 << BLOCKS_BITS : 2 << (SLOTS_BITS + kind - DIRECT);
}

/** Size class of a block: of 16 bytes, 24, 32, ... */
// @ts-ignore: decorator
@inline export function blockClass(leaves: u32, leafShift: u32): u32 {
  return ((leaves << leafShift) - 1) >>> 3;
}

/** An empty view, in which no address has a route, or null. */
export function viewNew(kind: u32, isWide: bool): View | null {
  const view = changetype<View | null>(take(VIEW, VIEW_BYTES));
  if (view == null) return null;
  memory.fill(changetype<usize>(view), 0, VIEW_BYTES);
  view.kind = <u8>kind;
  view.isWide = isWide;
  view.open = NONE;
  view.fresh = NONE;
  view.chunkFree = NONE;
  view.chunkBits = FIRST_CHUNKS;
  view.uniformBits = FIRST_UNIFORM;
  view.chunks = takeWords(FIRST_CHUNKS);
  view.uniform = takeWords(FIRST_UNIFORM);
  view.frame = take(FRAME + kind, frameBytes(kind));
  const none = view.uniform && view.frame && kind == COMPACT ? uniformBlock(view, 0) : 0;
  if (!view.chunks || !view.uniform || !view.frame || (kind == COMPACT && !none)) {
    viewFree(view);
    return null;
  }
  if (kind != COMPACT) memory.fill(view.frame, 0, frameBytes(kind));
  else for (let i: u32 = 0; i < (<u32>1) << BLOCKS_BITS; i++) store<usize>(word(view.frame, i), none);
  return view;
}

/** Gives everything back. O(frame). */
export function viewFree(view: View): void {
  if (view.frame) {
    if (view.kind == COMPACT) for (let i: u32 = 0; i < (<u32>1) << BLOCKS_BITS; i++) freeOwn(view, i);
    give(FRAME + view.kind, view.frame, frameBytes(view.kind));
  }
  for (let i: u32 = 0; i < view.chunkNext; i++) {
    const chunk = load<usize>(word(view.chunks, i));
    if (!(chunk & 1)) give(CHUNK + <u32>view.isWide, chunk, 256 << view.leafShift);
  }
  if (view.uniform) {
    for (let id: u32 = 0; id < (<u32>1) << view.uniformBits; id++)
      giveBlock(view, load<usize>(word(view.uniform, id)));
    giveWords(view.uniformBits, view.uniform);
  }
  giveBlock(view, view.asks);
  if (view.chunks) giveWords(view.chunkBits, view.chunks);
  give(VIEW, changetype<usize>(view), VIEW_BYTES);
}

/** Frees block i of the frame unless it is shared. */
function freeOwn(view: View, i: u32): void {
  const block = load<usize>(word(view.frame, i));
  if (block && load<u64>(block)) giveBlock(view, block);
}

/** The block whose 64 slots all hold a leaf, an id or ASK; 0 when there is no memory. It stays for good. */
export function uniformBlock(view: View, leaf: u32): usize {
  if (leaf == ASK) {
    if (!view.asks) view.asks = uniformNew(view, leaf);
    return view.asks;
  }
  if (leaf >>> view.uniformBits && !growUniform(view, leaf)) return 0;
  const at = word(view.uniform, leaf);
  let block = load<usize>(at);
  if (!block) {
    block = uniformNew(view, leaf);
    store<usize>(at, block);
  }
  return block;
}

function uniformNew(view: View, leaf: u32): usize {
  const block = takeBeside(BLOCK, 16);
  if (!block) return 0;
  store<u64>(block, 0);
  store<u64>(block, 0, 8);
  leafSet(block + 8, 0, leaf, view.isWide);
  return block;
}

function growUniform(view: View, id: u32): bool {
  const bits = 32 - clz<u32>(id);
  const words = takeWords(bits);
  if (!words) return false;
  memory.copy(words, view.uniform, 4 << view.uniformBits);
  giveWords(view.uniformBits, view.uniform);
  view.uniform = words;
  view.uniformBits = <u8>bits;
  return true;
}

/** Room for a block of so many leaves, or 0. */
export function takeBlock(view: View, leaves: u32): usize {
  const cls = blockClass(leaves, view.leafShift);
  return takeBeside(BLOCK + cls, 16 + (cls << 3));
}

/** Gives back a block that nobody can be reading any more; 0 is none. */
export function giveBlock(view: View, block: usize): void {
  if (!block) return;
  const cls = blockClass(<u32>popcnt<u64>(load<u64>(block)) + 1, view.leafShift);
  give(BLOCK + cls, block, 16 + (cls << 3));
}

/**
 * A block has been replaced: the one place that decides when its memory is used again. At once, as long as all readers
 * are in this thread.
 */
export function retireBlock(view: View, block: usize): void {
  if (load<u64>(block)) giveBlock(view, block);
}

/** As `retireBlock`, for the chunk of a leaf. */
export function retireChunk(view: View, leaf: u32): void {
  const number = leaf & ~TAG;
  const at = word(view.chunks, number);
  give(CHUNK + <u32>view.isWide, load<usize>(at), 256 << view.leafShift);
  store<u32>(at, (view.chunkFree << 1) | 1);
  view.chunkFree = number;
  if (view.fresh == number) view.fresh = NONE;
}

/** Leaf of a new chunk, whose content is undefined; 0 when there is no memory, or no number that fits. */
export function chunkNew(view: View): u32 {
  const isNext = view.chunkFree == NONE;
  const number = isNext ? view.chunkNext : view.chunkFree;
  if (!view.isWide && number >= (NARROW_ASK & ~NARROW_TAG)) {
    view.failed = TOO_NARROW;
    return 0;
  }
  if (number >>> view.chunkBits && !growChunks(view)) return 0;
  const chunk = takeBeside(CHUNK + <u32>view.isWide, 256 << view.leafShift);
  if (!chunk) return 0;
  const at = word(view.chunks, number);
  if (isNext) view.chunkNext++;
  else view.chunkFree = <u32>((<i32>load<u32>(at)) >> 1); // NONE stays NONE
  store<usize>(at, chunk);
  view.fresh = number;
  return TAG | number;
}

function growChunks(view: View): bool {
  const words = takeWords(view.chunkBits + 1);
  if (!words) return false;
  memory.copy(words, view.chunks, 4 << view.chunkBits);
  giveWords(view.chunkBits, view.chunks);
  view.chunks = words;
  view.chunkBits++;
  return true;
}

/** True for a leaf that names a chunk. */
// @ts-ignore: decorator
@inline export function isChunk(leaf: u32): bool {
  return leaf >= TAG && leaf != ASK;
}

/** Address of the chunk that a leaf names. */
// @ts-ignore: decorator
@inline export function chunkOf(view: View, leaf: u32): usize {
  return load<usize>(word(view.chunks, leaf & ~TAG));
}

/** Leaf i of an array of leaves. */
// @ts-ignore: decorator
@inline export function leafGet(leaves: usize, i: u32, isWide: bool): u32 {
  if (isWide) return load<u32>(leaves + ((<usize>i) << 2));
  const packed = <u32>load<u16>(leaves + ((<usize>i) << 1));
  if (packed < NARROW_TAG) return packed;
  return packed == NARROW_ASK ? ASK : TAG | (packed & ~NARROW_TAG);
}

/** Writes leaf i of an array of leaves; a narrow one must fit. */
// @ts-ignore: decorator
@inline export function leafSet(leaves: usize, i: u32, leaf: u32, isWide: bool): void {
  if (isWide) store<u32>(leaves + ((<usize>i) << 2), leaf);
  else store<u16>(leaves + ((<usize>i) << 1), pack(leaf));
}

/** A leaf in 2 bytes. */
// @ts-ignore: decorator
@inline export function pack(leaf: u32): u16 {
  return <u16>((leaf & 0x7fff) | ((leaf >>> 16) & 0x8000));
}

// Memory of views, counted.

export function take(kind: u32, bytes: u32): usize {
  return counted(alloc(kind, bytes), bytes);
}

/** The same for what lookups read: it lies with its like. */
export function takeBeside(kind: u32, bytes: u32): usize {
  return counted(allocBeside(kind, bytes), bytes);
}

function counted(block: usize, bytes: u32): usize {
  if (block) forwarding().bytes += bytes;
  return block;
}

export function give(kind: u32, block: usize, bytes: u32): void {
  if (!block) return;
  free(kind, block);
  forwarding().bytes -= bytes;
}

export function takeWords(bits: u32): usize {
  return counted(wordsNew(bits), 4 << bits);
}

export function giveWords(bits: u32, words: usize): void {
  wordsFree(bits, words);
  forwarding().bytes -= 4 << bits;
}
