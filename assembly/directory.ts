// directory.ts - things found by their number: a sorted array of pointers, for devices and nexthop objects.
//
// The first word of whatever is kept is its number. A directory lies in the State.

import { State, state, word, wordsFree, wordsNew } from "./arena";

/**
 * A directory.
 *   off  size  field
 *     0     4  block  WORDS: pointers by ascending number, 0 = none yet
 *     4     4  bits   log2 of its room
 *     8     4  count
 */
@unmanaged export class Directory {
  block: usize;
  bits: u32;
  count: u32;

  /** The i-th thing. */
  @inline at(i: u32): usize {
    return load<usize>(word(this.block, i));
  }
}

/** Room of the first block, as a power of two. */
const FIRST_BITS: u32 = 2;

/** The devices. */
// @ts-ignore: decorator
@inline export function devices(): Directory {
  return changetype<Directory>(changetype<usize>(state()) + offsetof<State>("devices"));
}

/** The nexthop objects. */
// @ts-ignore: decorator
@inline export function objects(): Directory {
  return changetype<Directory>(changetype<usize>(state()) + offsetof<State>("objects"));
}

/** Place of the first thing with at least this number. O(log count). */
function placeOf(dir: Directory, id: u32): u32 {
  let from: u32 = 0;
  let to = dir.count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (load<u32>(dir.at(middle)) < id) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The thing with this number, 0 = none. O(log count). */
export function directoryFind(dir: Directory, id: u32): usize {
  const i = placeOf(dir, id);
  if (i >= dir.count) return 0;
  const thing = dir.at(i);
  return load<u32>(thing) == id ? thing : 0;
}

/** The first thing with a higher number, 0 = none. */
export function directoryAfter(dir: Directory, id: u32): usize {
  const i = id == 0xffffffff ? dir.count : placeOf(dir, id + 1);
  return i < dir.count ? dir.at(i) : 0;
}

/** Sees to room for one more; false when there is no memory. */
export function directoryRoom(dir: Directory): bool {
  if (dir.block && dir.count < (<u32>1) << dir.bits) return true;
  const bits = dir.block ? dir.bits + 1 : FIRST_BITS;
  const block = wordsNew(bits);
  if (!block) return false;
  memory.copy(block, dir.block, (<usize>dir.count) << 2);
  if (dir.block) wordsFree(dir.bits, dir.block);
  dir.block = block;
  dir.bits = bits;
  return true;
}

/** Takes a thing in, for which there is room and whose number is not there yet. O(count). */
export function directoryInsert(dir: Directory, thing: usize): void {
  const i = placeOf(dir, load<u32>(thing));
  const at = word(dir.block, i);
  memory.copy(at + 4, at, (<usize>(dir.count - i)) << 2);
  store<usize>(at, thing);
  dir.count++;
}

/** Lets go of the thing with this number, which is there. O(count). */
export function directoryRemove(dir: Directory, id: u32): void {
  const i = placeOf(dir, id);
  const at = word(dir.block, i);
  dir.count--;
  memory.copy(at, at + 4, (<usize>(dir.count - i)) << 2);
}
