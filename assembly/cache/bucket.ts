// cache/bucket.ts - chains of the route cache: where a key hangs and who is found there (RC-17..21, RC-30..34, RC-44..47).
//
//   bucket = jhash3(dst, src, iif or oif, genid) and mask, addresses as a little-endian machine reads them from a packet
//
// An expired entry is one of another generation. It hangs where its own generation put it; no lookup goes there, except
// by chance, and whoever walks the chain for another reason takes it away.
// Source: RC-17..20 with their vectors; Jenkins, hash functions for hash table lookup, 1996 (public domain).

import * as abi from "../../src/abi/records";
import { RTCF_BROADCAST, RTCF_MULTICAST, RTCF_NOTIFY, RTCF_REDIRECTED } from "../../src/abi/uapi";
import { state, word } from "../arena";
import { entryDrop } from "./garbage";
import { Entry, RouteCache, routeCache } from "./rtable";

const GOLDEN: u32 = 0x9e3779b9;

/** RC-18, RC-19: three words and a start mixed to one. */
// @ts-ignore: decorator
@inline export function jhash3(a: u32, b: u32, c: u32, start: u32): u32 {
  a += GOLDEN;
  b += GOLDEN;
  c += start;
  a = (a - b - c) ^ (c >>> 13);
  b = (b - c - a) ^ (a << 8);
  c = (c - a - b) ^ (b >>> 13);
  a = (a - b - c) ^ (c >>> 12);
  b = (b - c - a) ^ (a << 16);
  c = (c - a - b) ^ (b >>> 5);
  a = (a - b - c) ^ (c >>> 3);
  b = (b - c - a) ^ (a << 10);
  return (c - a - b) ^ (b >>> 15);
}

/** Address of the head of the chain for a key; `index` is its iif or oif (RC-17). */
// @ts-ignore: decorator
@inline export function chainOf(rc: RouteCache, dst: u32, src: u32, index: u32, genid: u32): usize {
  return word(rc.buckets, jhash3(bswap<u32>(dst), bswap<u32>(src), index, genid) & rc.mask);
}

/** Address of the head of the chain that an entry hangs in. */
export function chainWith(rc: RouteCache, e: Entry): usize {
  return chainOf(rc, e.dst, e.src, e.index, e.genid);
}

/** Four words as a vector, as a key lies in an entry. */
// @ts-ignore: decorator
@inline export function keyVector(dst: u32, src: u32, index: u32, mark: u32): v128 {
  const half = i32x4.replace_lane(i32x4.splat(dst), 1, src);
  return i32x4.replace_lane(i32x4.replace_lane(half, 2, index), 3, mark);
}

/** True if an entry answers a key (RC-30, RC-32); `ask` is tos and its bits | scope << 8. */
// @ts-ignore: decorator
@inline export function answers(e: Entry, key: v128, ask: u32, genid: u32): bool {
  const differs = v128.any_true(v128.xor(v128.load(changetype<usize>(e), abi.ENTRY_DST), key));
  const rest = (load<u16>(changetype<usize>(e), abi.ENTRY_TOS) ^ ask) | (e.genid ^ genid);
  return !differs && !rest;
}

/** The entry for a key, its use noted and all counted, or null (RC-30..34). O(chain). */
// @ts-ignore: decorator
@inline export function probe(
  rc: RouteCache,
  dst: u32,
  src: u32,
  index: u32,
  mark: u32,
  ask: u32,
): Entry | null {
  const isInput = (ask & abi.ENTRY_INPUT_KEY) != 0;
  const genid = state().cacheGenid;
  const key = keyVector(dst, src, index, mark);
  let passed: u32 = 0;
  let e = load<Entry | null>(chainOf(rc, dst, src, index, genid));
  while (e != null && !answers(e, key, ask, genid)) {
    passed++;
    e = e.next;
  }
  if (passed) rc.tally(isInput ? abi.RTC_COUNTER_IN_HLIST_SEARCH : abi.RTC_COUNTER_OUT_HLIST_SEARCH, passed);
  if (e == null) return null;
  touch(rc, e);
  rc.tally(isInput ? abi.RTC_COUNTER_IN_HIT : abi.RTC_COUNTER_OUT_HIT, 1);
  return e;
}

/** Notes a use. */
// @ts-ignore: decorator
@inline export function touch(rc: RouteCache, e: Entry): void {
  e.use++;
  e.lastuse = rc.tick;
}

/** RC-22. */
// @ts-ignore: decorator
@inline export function isExpired(e: Entry): bool {
  return e.genid != state().cacheGenid;
}

/** RC-44: losing it would cost more than a lookup. */
export function isValuable(e: Entry): bool {
  return (e.detail.flags & (RTCF_REDIRECTED | RTCF_NOTIFY)) != 0 || e.detail.expires != 0;
}

/** RC-45. */
function isFastClean(e: Entry): bool {
  return (e.detail.flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0 && e.isInput && e.next != null;
}

/** RC-46. */
export function mayExpire(e: Entry, tmo1: f64, tmo2: f64, now: f64): bool {
  if (e.detail.refs) return false;
  if (e.detail.expires != 0 && now >= e.detail.expires) return true;
  const age = now - e.lastuse;
  return !((age <= tmo1 && !isFastClean(e)) || (age <= tmo2 && isValuable(e)));
}

/** Takes the entry behind a link out of its chain and lets go of it. */
export function unlink(link: usize): void {
  const e = load<Entry>(link);
  store<Entry | null>(link, e.next);
  entryDrop(e);
}

/** RC-47: lets go of a reference, and takes an entry and the expired ones of its chain away. O(chain). */
export function entryDelete(e: Entry): void {
  const rc = routeCache();
  if (e.detail.refs) e.detail.refs--;
  let link = chainWith(rc, e);
  for (let f = load<Entry | null>(link); f != null; f = load<Entry | null>(link)) {
    if (f == e || isExpired(f)) unlink(link);
    else link = changetype<usize>(f);
  }
}

/** The entry after one (null: the first), bucket by bucket; null behind the last. */
export function entryAfter(e: Entry | null): Entry | null {
  const rc = routeCache();
  if (e != null && e.next != null) return e.next;
  const end = word(rc.buckets, 1 << rc.bits);
  let head = e == null ? rc.buckets : chainWith(rc, e) + 4;
  while (head < end && !load<usize>(head)) head += 4;
  return head < end ? load<Entry | null>(head) : null;
}
