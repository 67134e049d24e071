// snapshot.ts - the arena as a run of bytes: sealed with a header in front of it, and taken over from one.
//
// The header lies in the page below the State, so that a snapshot is one run of the memory and is copied once each way.
//
//   BASE-32   BASE                    brk
//   | header  | State | blocks ...    |
//
//   off  size  field
//     0     8  magic     89 48 4f 50 54 0d 0a 1a
//     8     8  checksum  XXH64 of all that follows
//    16     4  order     0x01020304
//    20     4  version   VERSION
//    24     4  length    bytes behind the header
//    28     4  state     STATE_BYTES

import { ENOBUFS } from "../src/abi/uapi";
import * as abi from "../src/abi/records";
import { BASE, KINDS, STATE_BYTES, VERSION, boundTo, forwarding, kindOf, state, stir } from "./arena";
import { checksum } from "./checksum";
import { settlePaths } from "./fib/bare";

import { tableNext } from "./fib/table";
import { viewOf } from "./forward/follow";
import { viewScrub } from "./forward/view";

const HEADER: usize = BASE - abi.SNAPSHOT_BYTES;

/**
 * Makes the memory from the header to `brk` a snapshot. What is not state becomes zero first, so that equal states give
 * equal bytes; no lease may be out. O(size).
 */
export function seal(): void {
  const s = state();
  s.reason = 0;
  settlePaths();
  forwarding().fast = 0;
  forwarding().fastNone = 0;
  for (let kind: u32 = 0; kind < KINDS; kind++) scrub(kind);
  for (let t = tableNext(null); t != null; t = tableNext(t)) {
    const view = viewOf<u32>(t.of<u32>());
    if (view != null) viewScrub(view);
  }
  store<u64>(HEADER, abi.SNAPSHOT_MAGIC_LOW | ((<u64>abi.SNAPSHOT_MAGIC_HIGH) << 32));
  store<u32>(HEADER, abi.SNAPSHOT_ORDER_MARK, abi.SNAPSHOT_ORDER);
  store<u32>(HEADER, VERSION, abi.SNAPSHOT_VERSION);
  store<u32>(HEADER, <u32>(s.brk - BASE), abi.SNAPSHOT_LENGTH);
  store<u32>(HEADER, <u32>STATE_BYTES, abi.SNAPSHOT_STATE);
  store<u64>(HEADER, sum(s.brk), abi.SNAPSHOT_CHECKSUM);
}

/** True if the memory from the header on, `length` bytes behind it, is what was sealed. O(length). */
export function isSealed(length: u32): bool {
  return load<u64>(HEADER, abi.SNAPSHOT_CHECKSUM) == sum(BASE + length);
}

/** Checksum of the header behind it, and of the arena up to `end`. */
function sum(end: usize): u64 {
  const from = HEADER + abi.SNAPSHOT_ORDER;
  return checksum(from, end - from);
}

/** Fills the free blocks of a kind with zeros, but for their links. */
function scrub(kind: u32): void {
  const k = kindOf(kind);
  for (let at = k.free; at; at = load<usize>(at)) memory.fill(at + 4, 0, k.size - 4);
}

/**
 * Takes over an arena of `length` bytes that was put into the memory. With `maxBytes` that is its bound from now on. 0;
 * -ENOBUFS: the bound is below what it has.
 */
export function adopt(maxBytes: u32): i32 {
  const s = state();
  if (maxBytes) s.limit = boundTo(maxBytes);
  stir(); // what was derived is derived anew
  memory.fill(HEADER, 0, abi.SNAPSHOT_BYTES);
  return s.limit < s.brk ? -ENOBUFS : 0;
}
