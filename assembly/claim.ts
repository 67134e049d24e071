// claim.ts - who owns which bytes: a walk over the arena claims each block once, before it reads a word of it.
//
// A claim checks that a block of this kind can be here: aligned, whole, inside the arena, not one more than its kind has
// out, and no byte of it claimed before. So a walk over any bytes ends, and what it has claimed is nobody else's.
//
//   BASE-64   BASE                        brk       map
//   | Walk |  | State | blocks ...        | pad     | a bit for each 4 bytes of the arena | end of memory
//
// The map lies behind the arena, where nothing is yet. Who loads a snapshot makes room for it; a check of a living
// arena takes it where there is room by chance, and does without otherwise: then claims are counted but not marked.

import { BASE, KINDS, STATE_BYTES, kindOf, state } from "./arena";

/**
 * What a walk notes besides, in the page below the State.
 *   off  size  field
 *     0     4  map     address of the map, 0 = none
 *     4     4  tos     aliases met that have a tos
 *     8     4  local   aliases met of a table local that shares main's trie
 *    12     4  realms  paths and rules met that have realms
 *    16     4  asleep  fib infos met that sleep
 *    20     4  viewBytes  of words that views have
 *    24     4  uses    uses met below gates, less those met in the lists of infos
 *    28     4  entries  routes met in the lists of infos
 *    32     4  fine    rules met that ask for more than the keys of the route cache hold
 *    36     4  prefixes   at the leaves met of an embedder's table
 */
@unmanaged export class Walk {
  map: usize;
  tos: u32;
  local: u32;
  realms: u32;
  asleep: u32;
  viewBytes: u32;
  uses: u32;
  entries: u32;
  fine: u32;
  prefixes: u32;
}

const WALK: usize = BASE - 64;
/** First block of any arena. */
const FIRST: usize = BASE + STATE_BYTES;

/** What the walk has noted. */
// @ts-ignore: decorator
@inline export function walk(): Walk {
  return changetype<Walk>(WALK);
}

/** Bytes of the map; 8 more than it has bits for, so that it can be read a word at any place. */
function mapBytes(): usize {
  return ((state().brk - BASE) >>> 5) + 16;
}

/** Bytes of the map of tables: a bit for each id that a chain can hold. */
const TABLE_MAP: usize = 1 << 21;

/** Room for 2^24 bits behind the map, all zero; 0 = there is none. */
export function tableMap(): usize {
  const at = (<u64>walk().map + mapBytes() + 7) & ~7;
  return walk().map && at + TABLE_MAP <= (<u64>memory.size()) << 16 ? <usize>at : 0;
}

/** Begins a walk. The State's `brk` must lie in the memory. */
export function claimsBegin(): void {
  memory.fill(WALK, 0, offsetof<Walk>());
  for (let kind: u32 = 0; kind < KINDS; kind++) kindOf(kind).seen = 0;
  const map = (<u64>state().brk + 7) & ~7;
  if (map + mapBytes() > (<u64>memory.size()) << 16) return;
  walk().map = <usize>map;
  memory.fill(<usize>map, 0, mapBytes());
}

/** Ends a walk and leaves no trace of it: equal states have equal bytes. */
export function claimsEnd(): void {
  for (let kind: u32 = 0; kind < KINDS; kind++) kindOf(kind).seen = 0;
  if (walk().map) memory.fill(walk().map, 0, mapBytes());
  memory.fill(WALK, 0, offsetof<Walk>());
}

/** True if so many bytes from `at` on can be part of a block: aligned, behind the State and in front of `brk`. */
// @ts-ignore: decorator
@inline export function within(at: usize, bytes: u32): bool {
  const brk = state().brk;
  return at >= FIRST && (at & 3) == 0 && at < brk && <usize>bytes <= brk - at;
}

/** Claims the block of a kind at `at` for whoever asks; false when it cannot be one, or is claimed. O(size / 224). */
export function claim(kind: u32, at: usize): bool {
  const k = kindOf(kind);
  if (k.seen >= k.out || !within(at, k.size)) return false;
  k.seen++;
  return mark(at, k.size);
}

/** Claims the free list of a kind; false when it is not as long as the kind says, or leads astray. */
export function claimIdle(kind: u32): bool {
  const k = kindOf(kind);
  let idle: u32 = 0;
  for (let at = k.free; at; at = load<usize>(at)) {
    if (idle >= k.idle || !within(at, k.size) || !mark(at, k.size)) return false;
    idle++;
  }
  return idle == k.idle;
}

/** Marks a block's words in the map; false when one of them was. */
function mark(at: usize, bytes: u32): bool {
  const map = walk().map;
  if (!map) return true;
  let word = (<u32>(at - BASE)) >>> 2;
  for (let left = bytes >>> 2; left > 0;) {
    const n = min(left, 64 - (word & 63)); // as far as this word of the map goes
    const bits = (u64.MAX_VALUE >>> (64 - n)) << (word & 63);
    const place = map + (((<usize>word) >>> 6) << 3);
    const old = load<u64>(place);
    if (old & bits) return false;
    store<u64>(place, old | bits);
    word += n;
    left -= n;
  }
  return true;
}
