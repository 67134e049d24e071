// forward/find.ts - from a destination to a leaf.

import { word } from "../arena";
import { COMPACT, View, chunkOf, isChunk, leafGet } from "./view";

/** The leaf of an address: an id, ASK, or 0 where nothing but a route of length 0 can be. Three loads, or two. */
export function viewFind(view: View, dst: u32): u32 {
  const leaf = slotLeaf(view, dst >>> 8);
  return isChunk(leaf) ? leafGet(chunkOf(view, leaf), dst & 0xff, view.isWide) : leaf;
}

/** The leaf of a /24, which may name a chunk. */
// @ts-ignore: decorator
@inline function slotLeaf(view: View, slot: u32): u32 {
  if (view.kind != COMPACT) return leafGet(view.frame, slot, view.isWide);
  const block = load<usize>(word(view.frame, slot >>> 6));
  return leafGet(block + 8, leafNumber(load<u64>(block), slot), view.isWide);
}

/** The narrow leaf of an address in a direct frame. */
// @ts-ignore: decorator
@inline export function directLeaf(frame: usize, dst: u32): u32 {
  return <u32>load<u16>(frame + ((<usize>(dst >>> 8)) << 1));
}

/** The narrow leaf of an address in a compact frame. */
// @ts-ignore: decorator
@inline export function compactLeaf(frame: usize, dst: u32): u32 {
  const block = load<usize>(word(frame, dst >>> 14));
  return blockLeaf(block, load<u64>(block), dst >>> 8);
}

/** The narrow leaf of a slot in its block, whose runs these are. */
// @ts-ignore: decorator
@inline export function blockLeaf(block: usize, runs: u64, slot: u32): u32 {
  return <u32>load<u16>(block + ((<usize>leafNumber(runs, slot)) << 1), 8);
}

/** Number of the leaf of a slot in a block with these runs; the shift takes the slot's low six bits. */
// @ts-ignore: decorator
@inline function leafNumber(runs: u64, slot: u32): u32 {
  return <u32>popcnt<u64>(runs >>> (<u64>slot));
}

/** True if all addresses from..to have a leaf. O(slots). */
export function viewSays(view: View, from: u32, to: u32, leaf: u32): bool {
  const last = to >>> 8;
  for (let slot = from >>> 8; slot <= last; slot++) {
    if (view.kind == COMPACT && !(slot & 63) && slot + 64 <= last && isUniform(view, slot, leaf)) {
      slot += 63;
      continue;
    }
    const found = slotLeaf(view, slot);
    if (found == leaf) continue;
    if (!isChunk(found)) return false;
    const start = max(from, slot << 8);
    const end = min(to, (slot << 8) | 0xff);
    for (let i = start & 0xff; i <= (end & 0xff); i++)
      if (leafGet(chunkOf(view, found), i, view.isWide) != leaf) return false;
  }
  return true;
}

/** True if the block of a slot has but one run, of this leaf. */
function isUniform(view: View, slot: u32, leaf: u32): bool {
  const block = load<usize>(word(view.frame, slot >>> 6));
  return load<u64>(block) == 0 && leafGet(block + 8, 0, view.isWide) == leaf;
}
