// cache/rows.ts - many flows asked of the cache together: four hashes at once, a block of chains in flight.
//
// A set of rows is a u64, bit i for row from + i, as in fib/flows.ts. What a hit touches of an entry are its first 64
// bytes, unless more is asked for than fits there.

import * as abi from "../../src/abi/records";
import { AF_INET } from "../../src/abi/uapi";
import { state } from "../arena";
import { Columns, byteOf, wordOf } from "../record";
import { answers, keyVector, touch } from "./bucket";
import { Entry, RouteCache, routeCache } from "./rtable";

const GOLDEN: u32 = 0x9e3779b9;
/** Bits of a tos that a key holds (RC-31). */
const TOS_BITS: u32 = 0x1c;

/**
 * Answers those of the rows from .. from + n - 1, at most FLOWS_BLOCK, that the cache has an entry for, and says which.
 * Each step goes over all rows, so that the processor waits for many of them together. O(rows * chain).
 */
export function probeRows(c: Columns, from: u32, n: u32, isInput: bool): u64 {
  const rc = routeCache();
  headsOf(rc, c, from, n, isInput);
  meet(c, n);
  let found: u64 = 0;
  let passed: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const first = load<Entry | null>(placeFor(c, i));
    const e = find(first, c, from + i, isInput);
    if (e == null) continue;
    passed += take(rc, c, from + i, first, e);
    found |= (<u64>1) << i;
  }
  rc.tally(isInput ? abi.RTC_COUNTER_IN_HIT : abi.RTC_COUNTER_OUT_HIT, <u32>popcnt(found));
  rc.tally(isInput ? abi.RTC_COUNTER_IN_HLIST_SEARCH : abi.RTC_COUNTER_OUT_HLIST_SEARCH, passed);
  return found;
}

/** Where the first entry of the chain for row i of a block is noted. */
// @ts-ignore: decorator
@inline function placeFor(c: Columns, i: u32): usize {
  return c.room + ((<usize>i) << 2);
}

/** Notes the first entries of the chains for a block of rows; those behind the last row are not looked at again. */
function headsOf(rc: RouteCache, c: Columns, from: u32, n: u32, isInput: bool): void {
  for (let i: u32 = 0; i < n; i += 4) {
    const places = placesOf(rc, c, from + i, isInput);
    const heads = i32x4.splat(load<u32>(i32x4.extract_lane(places, 0)));
    const two = i32x4.replace_lane(heads, 1, load<u32>(i32x4.extract_lane(places, 1)));
    const three = i32x4.replace_lane(two, 2, load<u32>(i32x4.extract_lane(places, 2)));
    v128.store(placeFor(c, i), i32x4.replace_lane(three, 3, load<u32>(i32x4.extract_lane(places, 3))));
  }
}

/** Reads a word of the first two entries of each chain, without a jump: they come from far away together. */
function meet(c: Columns, n: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const first = load<usize>(placeFor(c, i));
    sum += load<u32>(load<usize>(first, abi.ENTRY_NEXT), abi.ENTRY_DST);
  }
  store<u32>(placeFor(c, abi.FLOWS_BLOCK), sum); // nobody reads it, but it must be read to be added
}

/** Addresses of the heads of the chains for four rows (RC-17..19). */
// @ts-ignore: decorator
@inline function placesOf(rc: RouteCache, c: Columns, row: u32, isInput: bool): v128 {
  const index = isInput ? wordsOf(c.iif, row) : wordsOf(c.oif, row);
  const hash = jhash3x4(
    asRead(c, wordsOf(c.dst, row)),
    asRead(c, wordsOf(c.src, row)),
    index,
    state().cacheGenid,
  );
  const place = i32x4.shl(v128.and(hash, i32x4.splat(rc.mask)), 2);
  return i32x4.add(place, i32x4.splat(<u32>rc.buckets));
}

/** Four words of a column, zero without the column. */
// @ts-ignore: decorator
@inline function wordsOf(column: usize, row: u32): v128 {
  return column ? v128.load(column + ((<usize>row) << 2)) : i32x4.splat(0);
}

/** Addresses as a little-endian machine reads them from packets. */
// @ts-ignore: decorator
@inline function asRead(c: Columns, addresses: v128): v128 {
  if (c.isSwapped) return addresses;
  return v128.shuffle<u8>(addresses, addresses, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** `jhash3` of bucket.ts, four at once. */
// @ts-ignore: decorator
@inline function jhash3x4(a: v128, b: v128, c: v128, start: u32): v128 {
  a = i32x4.add(a, i32x4.splat(GOLDEN));
  b = i32x4.add(b, i32x4.splat(GOLDEN));
  c = i32x4.add(c, i32x4.splat(start));
  a = v128.xor(i32x4.sub(i32x4.sub(a, b), c), i32x4.shr_u(c, 13));
  b = v128.xor(i32x4.sub(i32x4.sub(b, c), a), i32x4.shl(a, 8));
  c = v128.xor(i32x4.sub(i32x4.sub(c, a), b), i32x4.shr_u(b, 13));
  a = v128.xor(i32x4.sub(i32x4.sub(a, b), c), i32x4.shr_u(c, 12));
  b = v128.xor(i32x4.sub(i32x4.sub(b, c), a), i32x4.shl(a, 16));
  c = v128.xor(i32x4.sub(i32x4.sub(c, a), b), i32x4.shr_u(b, 5));
  a = v128.xor(i32x4.sub(i32x4.sub(a, b), c), i32x4.shr_u(c, 3));
  b = v128.xor(i32x4.sub(i32x4.sub(b, c), a), i32x4.shl(a, 10));
  return v128.xor(i32x4.sub(i32x4.sub(c, a), b), i32x4.shr_u(b, 15));
}

/** The entry of a chain for a row, or null. A row whose tos no key holds has none (D14). */
// @ts-ignore: decorator
@inline function find(first: Entry | null, c: Columns, row: u32, isInput: bool): Entry | null {
  const tos = <u32>byteOf(c.tos, row);
  if (tos & ~TOS_BITS) return null;
  const dst = load<u32>(c.dst + ((<usize>row) << 2));
  const src = wordOf(c.src, row);
  const key = keyVector(
    c.isSwapped ? bswap<u32>(dst) : dst,
    c.isSwapped ? bswap<u32>(src) : src,
    wordOf(isInput ? c.iif : c.oif, row),
    wordOf(c.mark, row),
  );
  const ask = isInput ? tos | abi.ENTRY_INPUT_KEY : tos;
  const genid = state().cacheGenid;
  let e = first;
  while (e != null && !answers(e, key, ask, genid)) e = e.next;
  return e;
}

/** Notes the use of an entry and writes the answer of a row; how many entries it stands behind (RC-34). */
// @ts-ignore: decorator
@inline function take(rc: RouteCache, c: Columns, row: u32, first: Entry | null, e: Entry): u32 {
  touch(rc, e);
  const word = (<usize>row) << 2;
  store<u32>(c.id + word, e.error ? c.miss : e.id);
  store<u16>(c.path + ((<usize>row) << 1), e.id ? e.path : <u16>abi.FLOWS_NO_PATH);
  if (c.tells) tell(c, row, e);
  let passed: u32 = 0;
  for (let f = first; f != e; f = f!.next) passed++;
  return passed;
}

/** The further columns of an answer. */
function tell(c: Columns, row: u32, e: Entry): void {
  const word = (<usize>row) << 2;
  const isFine = e.error == 0;
  if (c.dev) store<u32>(c.dev + word, isFine ? e.device : 0);
  if (c.via) {
    const via = isFine && e.family == AF_INET ? e.detail.gateway : 0;
    store<u32>(c.via + word, c.isSwapped ? bswap<u32>(via) : via);
  }
  if (c.source) {
    const source = isFine ? e.detail.rtSrc : 0;
    store<u32>(c.source + word, c.isSwapped ? bswap<u32>(source) : source);
  }
  if (c.flags) store<u32>(c.flags + word, isFine ? e.detail.flags : 0);
  if (c.type) store<u8>(c.type + <usize>row, isFine ? e.type : 0);
  if (c.error) store<u8>(c.error + <usize>row, e.error);
}
