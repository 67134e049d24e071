// check/view.ts - the forwarding view of a trie, block by block, and then what it says.
//
// Invariants:
//   V1  every address has the answer of the trie
//   V2  a block belongs to one place of a frame, or is the shared one of its leaf
//   V3  each chunk belongs to one leaf, its number to one chunk; all other numbers below chunkNext are in the free list
//   V4  `bytes` of Forwarding counts what views have out
//   V5  nothing is being edited; the kind of frame and the width of leaves go together; `fast` leads to a narrow frame
//       of table main

import { RT_TABLE_MAIN } from "../../src/abi/uapi";
import { BLOCK, CHUNK, FRAME, VIEW, WORDS, WORDS_BITS, forwarding, kindOf, state, word } from "../arena";
import { claim, walk, within } from "../claim";
import { viewAgrees } from "../fib/forwarding";
import { tableFind } from "../fib/table";
import { viewOf } from "../forward/follow";
import {
  ASK,
  BLOCKS_BITS,
  COMPACT,
  DIRECT,
  DIRECT_WIDE,
  NARROW_TAG,
  NONE,
  SLOTS_BITS,
  TAG,
  View,
  blockClass,
  isChunk,
  leafGet,
} from "../forward/view";
import { Trie } from "../trie/node";
import { M, V } from "./rooms";

/** Set in the entry of a chunk that a leaf was met for; chunks are multiples of 4. */
const MET: usize = 2;

/** The view of a table's trie that was checked. O(frame + nodes). */
export function checkView<K>(trie: Trie<K>): u32 {
  if (!trie.view) return 0;
  const view = viewOf<K>(trie)!;
  const broken = checkViewBlocks(view);
  if (broken) return broken;
  return viewAgrees<K>(view, trie) ? 0 : V + 1;
}

/** V2, V3 and V5 of an IPv4 view. O(frame). */
export function checkViewBlocks(view: View): u32 {
  if (!claim(VIEW, changetype<usize>(view))) return M + 4;
  if (!isQuiet(view)) return V + 5;
  if (!claim(FRAME + view.kind, view.frame)) return M + 4;
  let broken = checkShared(view);
  if (!broken) broken = checkChunks(view);
  if (broken) return broken;
  broken = view.kind == COMPACT ? checkBlocks(view) : checkSlots(view);
  return forgetMet(view) || broken ? broken : V + 3;
}

/** V4 and V5, after all views. */
export function checkForwarding<K>(): u32 {
  let bytes: u32 = walk().viewBytes;
  for (let kind = VIEW; kind < CHUNK + 2; kind++) bytes += kindOf(kind).seen * kindOf(kind).size;
  if (bytes != forwarding().bytes) return V + 4;
  const fast = forwarding().fast;
  if (!fast) return 0;
  const main = tableFind(RT_TABLE_MAIN);
  if (main == null) return V + 5;
  const view = viewOf<K>(main.of<K>());
  if (view == null || view.isWide || state().unmerged) return V + 5;
  return fast == view.frame + <usize>(view.kind == COMPACT) ? 0 : V + 5;
}

/** V5. */
function isQuiet(view: View): bool {
  const kind = view.kind;
  if (kind > DIRECT_WIDE || <u32>view.isWide > 1) return false;
  if (kind != COMPACT && view.isWide != (kind == DIRECT_WIDE)) return false;
  if (!view.isWide && view.chunkNext >= NARROW_TAG) return false;
  return view.open == NONE && view.fresh == NONE && !view.failed && !view.isDirty;
}

/** The shared blocks. */
function checkShared(view: View): u32 {
  if (view.uniformBits > WORDS_BITS || !claimWords(view.uniformBits, view.uniform)) return M + 4;
  for (let id: u32 = 0; id < (<u32>1) << view.uniformBits; id++) {
    const block = load<usize>(word(view.uniform, id));
    if (!block) continue;
    if (!claim(BLOCK, block)) return M + 4;
    if (!isSharedOf(view, block, id)) return V + 2;
  }
  if (!view.asks) return 0;
  if (!claim(BLOCK, view.asks)) return M + 4;
  return isSharedOf(view, view.asks, ASK) ? 0 : V + 2;
}

function isSharedOf(view: View, block: usize, leaf: u32): bool {
  return load<u64>(block) == 0 && leafGet(block + 8, 0, view.isWide) == leaf;
}

function claimWords(bits: u32, words: usize): bool {
  if (!claim(WORDS + bits, words)) return false;
  walk().viewBytes += 4 << bits;
  return true;
}

/** The chunks by their numbers, and the list of the free ones. */
function checkChunks(view: View): u32 {
  if (view.chunkBits > WORDS_BITS || !claimWords(view.chunkBits, view.chunks)) return M + 4;
  if (view.chunkNext > (<u32>1) << view.chunkBits) return V + 3;
  let unused: u32 = 0;
  for (let i: u32 = 0; i < view.chunkNext; i++) {
    const chunk = load<usize>(word(view.chunks, i));
    if (chunk & 1) unused++;
    else if (!claim(CHUNK + <u32>view.isWide, chunk)) return M + 4;
  }
  for (let i = view.chunkFree; i != NONE; unused--) {
    if (i >= view.chunkNext || unused == 0) return V + 3;
    const link = load<u32>(word(view.chunks, i));
    if (!(link & 1)) return V + 3;
    i = <u32>((<i32>link) >> 1);
  }
  return unused == 0 ? 0 : V + 3;
}

/** The blocks of a compact frame and their leaves. */
function checkBlocks(view: View): u32 {
  for (let i: u32 = 0; i < (<u32>1) << BLOCKS_BITS; i++) {
    const block = load<usize>(word(view.frame, i));
    if (!within(block, 16)) return M + 4;
    const runs = load<u64>(block);
    if (!runs) {
      if (!isShared(view, block)) return V + 2;
      continue;
    }
    const leaves = <u32>popcnt<u64>(runs) + 1;
    if (!claim(BLOCK + blockClass(leaves, view.leafShift), block)) return M + 4;
    for (let j: u32 = 0; j < leaves; j++) if (!meet(view, leafGet(block + 8, j, view.isWide))) return V + 3;
  }
  return 0;
}

/** True for the shared block of the leaf that it says. */
function isShared(view: View, block: usize): bool {
  const leaf = leafGet(block + 8, 0, view.isWide);
  if (leaf == ASK) return view.asks == block;
  return leaf >>> view.uniformBits == 0 && load<usize>(word(view.uniform, leaf)) == block;
}

/** The leaves of a direct frame; sixteen bytes at a time, since few are tagged. */
function checkSlots(view: View): u32 {
  const tags = view.kind == DIRECT ? i16x8.splat(<i16>NARROW_TAG) : i32x4.splat(TAG);
  const perStep = 16 >>> view.leafShift;
  for (let slot: u32 = 0; slot < (<u32>1) << SLOTS_BITS; slot += perStep) {
    if (!v128.any_true(v128.and(v128.load(view.frame + ((<usize>slot) << view.leafShift)), tags))) continue;
    for (let i = slot; i < slot + perStep; i++)
      if (!meet(view, leafGet(view.frame, i, view.isWide))) return V + 3;
  }
  return 0;
}

/** Notes that a leaf was met; false for a chunk that is not there, or was met before. */
function meet(view: View, leaf: u32): bool {
  if (!isChunk(leaf)) return true;
  const number = leaf & ~TAG;
  if (number >= view.chunkNext) return false;
  const at = word(view.chunks, number);
  const chunk = load<usize>(at);
  if (chunk & (1 | MET)) return false;
  store<usize>(at, chunk | MET);
  return true;
}

/** Takes the notes of `meet` back; true if all chunks were met. */
function forgetMet(view: View): bool {
  let all = true;
  for (let i: u32 = 0; i < view.chunkNext; i++) {
    const at = word(view.chunks, i);
    const chunk = load<usize>(at);
    if (chunk & 1) continue;
    if (!(chunk & MET)) all = false;
    store<usize>(at, chunk & ~MET);
  }
  return all;
}
