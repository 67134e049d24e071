// fib/group.ts - which member of a group a hash chooses: by bounds, or by the buckets of a resilient group (MPH-33..36).
//
// A bucket in use stays with its member, so that flows keep their path when the group changes: only one that is idle,
// or that belongs to no member any more, goes to a member that is short of its share. What is not idle yet is looked at
// again as the clock moves. A bucket that no flow has used since it came to its member counts as idle.

import { state, word } from "../arena";
import { upperBound } from "./hash";
import { Member, Obj } from "./object";
import { directoryAfter, objects } from "../directory";

/**
 * A bucket.
 *   off  size  field
 *     0     4  object  the member it leads to
 *     4     4  since   1/100 s of the clock when it came there or was used last, doubled; the low bit says used
 */
@unmanaged class Bucket {
  object: usize;
  since: u32;
}

if (offsetof<Bucket>() != 8) ERROR("Bucket: the table is stale");

/** Later than any time. */
const NEVER: u32 = 0xffffffff;

/** Words of a resilient group's buckets, as a power of two. */
export function bucketBits(buckets: u32): u32 {
  return 32 - clz<u32>(2 * buckets - 1);
}

// @ts-ignore: decorator
@inline function bucketAt(o: Obj, i: u32): Bucket {
  return changetype<Bucket>(word(o.table, 2 * i));
}

/** The clock in 1/100 s. */
function clock(): u32 {
  return <u32>(state().now / 10);
}

/** MPH-33: the bounds of a group's members, over all of them. */
export function rebalance(o: Obj): void {
  let total: u64 = 0;
  let sum: u64 = 0;
  for (let i: u32 = 0; i < o.count; i++) total += o.member(i).weight;
  for (let i: u32 = 0; i < o.count; i++) {
    const m = o.member(i);
    sum += m.weight;
    m.bound = upperBound(sum, total);
  }
}

/** The path of a group for a hash (MPH-33, MPH-35), as a flow takes it: all neighbours count as good. */
export function groupPath(o: Obj, hash: u32): u32 {
  if (o.table) {
    const bucket = bucketAt(o, hash % o.buckets);
    bucket.since = (clock() << 1) | 1;
    return placeOf(o, bucket.object);
  }
  for (let i: u32 = 0; i < o.count; i++) if (<i32>hash <= o.member(i).bound) return i;
  return 0;
}

/** Number of the member of a group that an object is, `count` if it is none. */
function placeOf(o: Obj, object: usize): u32 {
  let i: u32 = 0;
  while (i < o.count && changetype<usize>(o.member(i).object) != object) i++;
  return i;
}

/** Id of the object that bucket i leads to. */
export function bucketOwner(o: Obj, i: u32): u32 {
  return changetype<Obj>(bucketAt(o, i).object).id;
}

/** Address of the object that bucket i leads to. */
export function bucketObject(o: Obj, i: u32): usize {
  return bucketAt(o, i).object;
}

/** How long bucket i has been idle, in 1/100 s. */
export function bucketIdle(o: Obj, i: u32): u32 {
  return clock() - (bucketAt(o, i).since >>> 1);
}

/** Buckets that the members up to one should have, of whose weights `sum` is the sum. */
export function shareUpTo(o: Obj, sum: u64, total: u64): u64 {
  return (<u64>o.buckets * sum + total / 2) / total;
}

/** MPH-36: says how many buckets each member wants, and moves what may be moved. O(buckets * members). */
export function share(o: Obj): void {
  const n = o.count;
  let total: u64 = 0;
  let sum: u64 = 0;
  let given: u64 = 0;
  for (let i: u32 = 0; i < n; i++) total += o.member(i).weight;
  for (let i: u32 = 0; i < n; i++) {
    const m = o.member(i);
    sum += m.weight;
    const upTo = shareUpTo(o, sum, total);
    m.wants = <u16>(upTo - given);
    m.has = 0;
    given = upTo;
  }
  for (let b: u32 = 0; b < o.buckets; b++) {
    const i = placeOf(o, bucketAt(o, b).object);
    if (i < n) o.member(i).has++;
    else bucketAt(o, b).object = 0;
  }
  move(o, clock());
}

/**
 * Moves buckets to members that are short of their share, the last of these first: in ascending order those without a
 * member, and those of a member with too many if they are idle or the group has been out of balance for too long.
 */
function move(o: Obj, now: u32): void {
  const isForced = forcedAt(o) <= now;
  let short = o.count;
  for (let b: u32 = 0; b < o.buckets; b++) {
    const bucket = bucketAt(o, b);
    const i = placeOf(o, bucket.object);
    if (i < o.count && !(isSurplus(o.member(i)) && (isForced || idleAt(o, bucket) <= now))) continue;
    while (short > 0 && o.member(short - 1).has >= o.member(short - 1).wants) short--;
    if (short == 0) break;
    const to = o.member(short - 1);
    if (i < o.count) o.member(i).has--;
    to.has++;
    bucket.object = changetype<usize>(to.object);
    bucket.since = now << 1;
  }
  let isBalanced = true;
  for (let i: u32 = 0; i < o.count; i++) if (isSurplus(o.member(i))) isBalanced = false;
  if (isBalanced) o.unbalanced = 0;
  else if (!o.unbalanced) o.unbalanced = now + 1;
}

// @ts-ignore: decorator
@inline function isSurplus(m: Member): bool {
  return m.has > m.wants;
}

/** When a bucket is idle. */
function idleAt(o: Obj, bucket: Bucket): u32 {
  return bucket.since & 1 ? (bucket.since >>> 1) + o.idleTimer : 0;
}

/** When buckets in use are moved all the same. */
function forcedAt(o: Obj): u32 {
  return o.unbalanced && o.unbalancedTimer ? o.unbalanced - 1 + o.unbalancedTimer : NEVER;
}

/** When a group out of balance has something to move next. */
function dueAt(o: Obj): u32 {
  let due = forcedAt(o);
  for (let b: u32 = 0; b < o.buckets; b++) {
    const i = placeOf(o, bucketAt(o, b).object);
    if (i < o.count && isSurplus(o.member(i))) due = min(due, idleAt(o, bucketAt(o, b)));
  }
  return due;
}

/** After the clock has moved: what became due meanwhile, each at its time. Each round moves a bucket for good. */
export function upkeep(): void {
  const now = clock();
  let o = changetype<Obj | null>(directoryAfter(objects(), 0));
  while (o != null) {
    while (o.unbalanced) {
      const due = dueAt(o);
      if (due > now) break;
      move(o, due);
    }
    o = changetype<Obj | null>(directoryAfter(objects(), o.id));
  }
}
