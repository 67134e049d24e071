// cache/expire.ts - what makes room and lets entries grow old: collection on demand, the periodic scan, generations, and
// the clock that all of them go by (RC-24..29, RC-48..62).
//
// Time is ticks. `cacheRun` brings the cache to the State's clock: what was due meanwhile happens at its own tick, in the
// order scan, secret rebuild, garbage where several are due at once.

import * as abi from "../../src/abi/records";
import { state, word } from "../arena";
import { deviceFind } from "../device";
import { draw, invalidate } from "../generation";
import { isExpired, mayExpire, unlink } from "./bucket";
import { emptyGarbage, garbageDown } from "./garbage";
import { Entry, RouteCache, cacheBlank, routeCache } from "./rtable";

/** How long entries live at first, seconds (RC-47: the state of collections). */
const EXPIRE_FIRST: f64 = 300;
/** RC-41. */
const CHAIN_MAX: u32 = 20;
/** One entry in the fixed point of chain lengths (RC-61). */
const ONE: u32 = 8;
/** Timers that one step of the clock runs one by one; what is due behind them happens at its end, once. */
const RUNS_MAX: u32 = 4096;

/** Makes the route cache of a fresh State, with 2^bits chains for a machine of so many pages. False without memory. */
export function cacheNew(bits: u32, pages: u32): bool {
  const rc = cacheBlank(bits);
  if (rc == null) return false;
  const s = state();
  s.cache = changetype<usize>(rc);
  rc.tick = ticksNow();
  const now = <u32>(<u64>rc.tick);
  s.cacheGenid = pages ^ (pages >>> 8) ^ now ^ (now >>> 7); // RC-23
  rc.chainMax = CHAIN_MAX;
  rc.expire = EXPIRE_FIRST * <f64>s.hz;
  rc.nextGarbage = Infinity;
  sysctlsNew(rc);
  rc.nextScan = rc.tick + firstAfter(rc.sysctl(abi.RTC_SYSCTL_GC_INTERVAL));
  rc.nextSecret = rc.tick + firstAfter(rc.sysctl(abi.RTC_SYSCTL_SECRET_INTERVAL));
  rc.lastScan = rc.tick;
  return true;
}

/** A random time from one interval up to two. */
function firstAfter(interval: i32): f64 {
  return <f64>interval + <f64>(draw() % <u32>interval);
}

/** RC-118. */
function sysctlsNew(rc: RouteCache): void {
  const hz = <i32>state().hz;
  const buckets: i32 = 1 << rc.bits;
  const load50 = max(1, hz / 50);
  rc.setSysctl(abi.RTC_SYSCTL_GC_THRESH, buckets);
  rc.setSysctl(abi.RTC_SYSCTL_MAX_SIZE, buckets * 16);
  rc.setSysctl(abi.RTC_SYSCTL_GC_MIN_INTERVAL, hz / 2);
  rc.setSysctl(abi.RTC_SYSCTL_GC_TIMEOUT, 300 * hz);
  rc.setSysctl(abi.RTC_SYSCTL_GC_INTERVAL, 60 * hz);
  rc.setSysctl(abi.RTC_SYSCTL_GC_ELASTICITY, 8);
  rc.setSysctl(abi.RTC_SYSCTL_REDIRECT_LOAD, load50);
  rc.setSysctl(abi.RTC_SYSCTL_REDIRECT_NUMBER, 9);
  rc.setSysctl(abi.RTC_SYSCTL_REDIRECT_SILENCE, load50 << 10);
  rc.setSysctl(abi.RTC_SYSCTL_ERROR_COST, hz);
  rc.setSysctl(abi.RTC_SYSCTL_ERROR_BURST, 5 * hz);
  rc.setSysctl(abi.RTC_SYSCTL_MTU_EXPIRES, 600 * hz);
  rc.setSysctl(abi.RTC_SYSCTL_MIN_PMTU, 552);
  rc.setSysctl(abi.RTC_SYSCTL_MIN_ADV_MSS, 256);
  rc.setSysctl(abi.RTC_SYSCTL_SECRET_INTERVAL, 600 * hz);
  rc.setSysctl(abi.RTC_SYSCTL_REBUILD_COUNT, 4);
  rc.setSysctl(abi.RTC_SYSCTL_NEIGHBOURS, i32.MAX_VALUE);
}

// ---- generations

/** RC-25: makes all entries expire; with a delay of 0 or more they are freed at once. O(buckets + entries) then. */
export function cacheFlush(delay: i32): void {
  invalidate();
  if (delay < 0) return;
  const rc = routeCache();
  for (let i: u32 = 0; i <= rc.mask; i++) {
    let link = word(rc.buckets, i);
    for (let e = load<Entry | null>(link); e != null; e = load<Entry | null>(link)) {
      if (isExpired(e)) unlink(link);
      else link = changetype<usize>(e);
    }
  }
}

/** RC-28, RC-29: a chain is too long. */
export function emergency(rc: RouteCache): void {
  rc.rebuilds++;
  invalidate();
  rc.nextSecret += <f64>rc.sysctl(abi.RTC_SYSCTL_SECRET_INTERVAL);
}

/** RC-27: another secret interval moves the rebuild that is to come; 0 and less: there is none. */
export function cacheSecret(ticks: i32): void {
  const rc = routeCache();
  const old = rc.sysctl(abi.RTC_SYSCTL_SECRET_INTERVAL);
  rc.setSysctl(abi.RTC_SYSCTL_SECRET_INTERVAL, ticks);
  if (ticks <= 0) rc.nextSecret = Infinity;
  else if (rc.nextSecret == Infinity) rc.nextSecret = rc.tick + <f64>ticks;
  else rc.nextSecret = max<f64>(rc.tick, rc.nextSecret + <f64>ticks - <f64>old);
}

/** RC-26, RC-104: a device is down, has lost its carrier or its addresses, or goes. */
export function deviceLeaves(device: u32, isGone: bool): void {
  cacheFlush(0);
  const d = deviceFind(device);
  if (isGone || d == null || !d.isUp) garbageDown(device, isGone);
}

// ---- collection on demand

/**
 * RC-48..57: makes room for one more entry; false when there is none. `isSoftirq`: on behalf of a packet that came in,
 * which cannot wait for more than one scan.
 */
export function collect(elasticity: i32, minInterval: i32, isSoftirq: bool): bool {
  const rc = routeCache();
  const now = rc.tick;
  const sinceLast = now - rc.lastGc;
  rc.tally(abi.RTC_COUNTER_GC_TOTAL, 1);
  if (sinceLast < <f64>minInterval && !isFull(rc)) {
    rc.tally(abi.RTC_COUNTER_GC_IGNORED, 1);
    return true;
  }
  let goal = goalFor(rc, elasticity);
  if (sinceLast >= <f64>minInterval) rc.lastGc = now;
  if (goal <= 0) rc.equilibrium += goal;
  while (goal > 0) {
    goal = collectFrom(rc, goal, now);
    if (goal <= 0) break;
    rc.tally(abi.RTC_COUNTER_GC_GOAL_MISS, 1);
    if (rc.expire == 0) return hasRoom(rc);
    rc.expire = Math.floor(rc.expire / 2);
    if (!isFull(rc)) return true;
    if (isSoftirq) return hasRoom(rc);
  }
  rc.expire += <f64>minInterval; // RC-57
  const timeout = <f64>rc.sysctl(abi.RTC_SYSCTL_GC_TIMEOUT);
  if (rc.expire > timeout || <i64>rc.count < <i64>rc.sysctl(abi.RTC_SYSCTL_GC_THRESH)) rc.expire = timeout;
  return true;
}

/** True when there are as many entries as may be. */
export function isFull(rc: RouteCache): bool {
  return <i64>rc.count >= <i64>rc.sysctl(abi.RTC_SYSCTL_MAX_SIZE);
}

/** RC-55: the end of a collection that missed its goal. */
function hasRoom(rc: RouteCache): bool {
  if (!isFull(rc)) return true;
  rc.tally(abi.RTC_COUNTER_GC_DST_OVERFLOW, 1);
  return false;
}

/** RC-49..51: how many entries are to go, and the number at which there is peace. */
function goalFor(rc: RouteCache, elasticity: i32): f64 {
  const count = <f64>rc.count;
  const buckets = <f64>((<u64>1) << rc.bits);
  let goal = count - <f64>elasticity * buckets;
  if (goal > 0) {
    goal = max<f64>(Math.floor(goal / 2), buckets);
    rc.equilibrium = count - goal;
    return goal;
  }
  rc.equilibrium = max<f64>(rc.equilibrium, <f64>rc.sysctl(abi.RTC_SYSCTL_GC_THRESH));
  goal = count - rc.equilibrium;
  if (goal > 0) {
    rc.equilibrium += min<f64>(Math.floor(goal / 2), buckets);
    goal = count - rc.equilibrium;
  }
  return goal;
}

/** RC-53: frees entries bucket by bucket behind the rover until the goal is reached; what is left of it. */
function collectFrom(rc: RouteCache, goal: f64, now: f64): f64 {
  const expire = rc.expire;
  let at = rc.rover;
  for (let i: u32 = 0; i <= rc.mask && goal > 0; i++) {
    at = (at + 1) & rc.mask;
    let tmo = expire;
    let link = word(rc.buckets, at);
    for (let e = load<Entry | null>(link); e != null; e = load<Entry | null>(link)) {
      if (isExpired(e) || mayExpire(e, tmo, expire, now)) {
        unlink(link);
        goal--;
      } else {
        tmo = Math.floor(tmo / 2); // RC-56
        link = changetype<usize>(e);
      }
    }
  }
  rc.rover = at;
  return goal;
}

// ---- the periodic scan

/** RC-58..62: goes over as many buckets as the time that passed is a part of gc_timeout. */
function scan(rc: RouteCache): void {
  const now = rc.tick;
  const timeout = rc.sysctl(abi.RTC_SYSCTL_GC_TIMEOUT);
  const buckets = <f64>((<u64>1) << rc.bits);
  let goal = (now - rc.lastScan) * buckets;
  if (timeout > 1) goal = Math.floor(goal / <f64>timeout);
  rc.lastScan = now;
  const visits = <u32>min<f64>(goal, buckets);
  let sum: u64 = 0;
  let squares: u64 = 0;
  for (let i: u32 = 0; i < visits; i++) {
    rc.scanned = (rc.scanned + 1) & rc.mask;
    const length = <u64>scanChain(word(rc.buckets, rc.scanned), <f64>timeout, now);
    sum += length;
    squares += length * length;
  }
  if (!visits) return;
  const mean = sum / visits;
  const deviation = squareRoot(squares / visits - mean * mean);
  const most = <i64>((mean + 4 * deviation) >> 3);
  rc.chainMax = <u32>max<i64>(<i64>rc.sysctl(abi.RTC_SYSCTL_GC_ELASTICITY), most);
}

/** RC-59..61: frees what is out of date in a chain; the length of the rest in fixed point. */
function scanChain(head: usize, timeout: f64, now: f64): u32 {
  let tmo = timeout;
  let length: u32 = 0;
  let link = head;
  for (let e = load<Entry | null>(link); e != null; e = load<Entry | null>(link)) {
    if (isExpired(e) || (e.detail.expires != 0 ? now > e.detail.expires : mayExpire(e, tmo, timeout, now))) {
      unlink(link);
      continue;
    }
    tmo = Math.floor(tmo / 2);
    if (isFirstOfItsKind(head, e)) length += ONE;
    link = changetype<usize>(e);
  }
  return length;
}

/** RC-61: no entry before it in its chain has the same addresses and input interface. */
function isFirstOfItsKind(head: usize, e: Entry): bool {
  for (let f = load<Entry>(head); f != e; f = f.next!)
    if (f.dst == e.dst && f.src == e.src && f.iif == e.iif) return false;
  return true;
}

/** The whole part of a square root, bit by bit. */
function squareRoot(n: u64): u64 {
  let root: u64 = 0;
  for (let bit: u64 = 1 << 31; bit; bit >>>= 1) if ((root | bit) * (root | bit) <= n) root |= bit;
  return root;
}

// ---- the clock

/** The State's clock in ticks. */
function ticksNow(): f64 {
  return Math.floor((state().now * <f64>state().hz) / 1000);
}

/** Brings the cache to the State's clock: scans, rebuilds and garbage runs that were due meanwhile happen. */
export function cacheRun(): void {
  const rc = routeCache();
  const until = ticksNow();
  for (let runs: u32 = 0; ; runs++) {
    const next = min<f64>(min<f64>(rc.nextScan, rc.nextSecret), rc.nextGarbage);
    if (next > until) break;
    rc.tick = runs < RUNS_MAX ? max<f64>(rc.tick, next) : until;
    runDue(rc);
  }
  rc.tick = until;
}

/** Runs what is due, each timer once; it will be due again a tick later at the earliest. */
function runDue(rc: RouteCache): void {
  const now = rc.tick;
  if (rc.nextScan <= now) {
    scan(rc);
    rc.nextScan = now + <f64>max(1, rc.sysctl(abi.RTC_SYSCTL_GC_INTERVAL));
  }
  if (rc.nextSecret <= now) {
    invalidate();
    const interval = rc.sysctl(abi.RTC_SYSCTL_SECRET_INTERVAL);
    rc.nextSecret = interval > 0 ? now + <f64>interval : Infinity;
  }
  if (rc.nextGarbage <= now) emptyGarbage(rc);
}
