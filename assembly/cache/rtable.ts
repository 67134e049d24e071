// cache/rtable.ts - what the route cache is made of: itself, entries, their directory, and neighbours.
//
//   State.cache -> RouteCache -> buckets   heads of chains      Entry -> Entry -> ...      by jhash of the key (bucket.ts)
//                             -> garbage                        Entry -> Entry -> ...      dead but held (garbage.ts)
//                             -> slots     directory            each Entry once            by handle
//                             -> neighbours  heads of chains    Neighbour -> ...           bound by entries
//
// A handle is serial * 2^24 + slot: it names one entry for ever, and says so when that has gone.
//
// Invariants (check/cache.ts):
//   C1  bits and slotBits are bounded, the clock and its timers are times, counts are those of what was met
//   C2  an entry is in the chain of its key and generation, or dead and on the garbage list; never in both
//   C3  the directory leads to each entry by its slot, and all its other words are one list of free slots
//   C4  an entry's numbers are within their bounds: path, family, functions, error, times, serial
//   C5  a neighbour is in the chain of its device and gateway, and counts the entries that are bound to it
// Source: RC-1..16.

import * as abi from "../../src/abi/records";
import {
  CACHE,
  DETAIL,
  NEIGHBOUR,
  RTABLE,
  alloc,
  allocLine,
  allocZero,
  free,
  state,
  word,
  wordsFree,
  wordsNew,
} from "../arena";
import { mixIn } from "../hash";

/**
 * An entry: what a hit touches of it, one line of a processor's cache. Times are ticks.
 *   off  size  field
 *     0     4  next      entry after this one in its chain, or on the garbage list
 *     4     4  use       lookups that it answered
 *     8     4  slot      place in the directory of entries
 *    12     4  serial    tells entries apart that had the same place
 *    16     4  dst       key: what was asked
 *    20     4  src       0 = none was asked
 *    24     4  index     iif, or the oif that was asked
 *    28     4  mark
 *    32     1  tos       bits 0x1c, ENTRY_ONLINK in an entry for output, ENTRY_INPUT_KEY in one for input
 *    33     1  scope     floor that was asked: universe, or link with ONLINK
 *    34     1  family    of the gateway, 0 = the destination is on the link
 *    35     1  obsolete  0 live, 2 dead
 *    36     4  genid     generation in which it was made
 *    40     4  id        fib info, 0 = none
 *    44     2  path      index of the nexthop
 *    46     1  type      RTN_*
 *    47     1  error     positive errno, 0 = none
 *    48     8  lastuse
 *    56     4  device    index
 *    60     4  detail    the rest of it
 */
@unmanaged export class Entry {
  next: Entry | null;
  use: u32;
  slot: u32;
  serial: u32;
  dst: u32;
  src: u32;
  index: u32;
  mark: u32;
  tos: u8;
  scope: u8;
  family: u8;
  obsolete: u8;
  genid: u32;
  id: u32;
  path: u16;
  type: u8;
  error: u8;
  lastuse: f64;
  device: u32;
  detail: Detail;

  /** True if it is for packets that come in. */
  @inline get isInput(): bool {
    return (this.tos & (<u8>abi.ENTRY_INPUT_KEY)) != 0;
  }

  /** Where the packet came in; 0 in an entry for output. */
  @inline get iif(): u32 {
    return this.isInput ? this.index : 0;
  }

  /** What it is for callers. */
  @inline get handle(): f64 {
    return <f64>this.serial * SERIAL + <f64>this.slot;
  }
}

if (offsetof<Entry>("lastuse") != abi.ENTRY_LASTUSE || offsetof<Entry>() != abi.ENTRY_BYTES) ERROR("Entry");

/**
 * What a hit need not touch of an entry; apart from it, so that many entries fit into a page. Times are ticks.
 *   off  size  field
 *     0     4  gateway   host order; the destination when there is none
 *     4     4  gateway1  further words of an IPv6 gateway
 *     8     4  gateway2
 *    12     4  gateway3
 *    16     1  dstFlags  DST_*
 *    17     1  prefixLen of the route
 *    18     1  input     DST_IN_*
 *    19     1  output    DST_OUT_*
 *    20     4  flags     RTCF_*
 *    24     8  expires   0 = never
 *    32     8  rateLast  0 = nothing was sent
 *    40     8  rateTokens
 *    48     4  rtDst     what was resolved
 *    52     4  rtSrc
 *    56     4  rtIif
 *    60     4  specDst
 *    64     4  realm     class id
 *    68     1  routeType type of the route that was found
 *    69     1  routeTos  of the route
 *    70     1  routeScope
 *    71     1  protocol  of the route
 *    72     4  table     that was searched
 *    76     4  priority  of the route
 *    80     4  pathFlags of the nexthop
 *    84     4  nhid
 *    88     4  entry     fib info that gave gateway and metrics, 0 = none
 *    92    68  metrics   17 words, RTAX number - 1
 *   160     4  refs      references held by callers
 *   164     4  neighbour address of its neighbour, 0 = none is bound
 */
@unmanaged export class Detail {
  gateway: u32;
  gateway1: u32;
  gateway2: u32;
  gateway3: u32;
  dstFlags: u8;
  prefixLen: u8;
  input: u8;
  output: u8;
  flags: u32;
  expires: f64;
  rateLast: f64;
  rateTokens: f64;
  rtDst: u32;
  rtSrc: u32;
  rtIif: u32;
  specDst: u32;
  realm: u32;
  routeType: u8;
  routeTos: u8;
  routeScope: u8;
  protocol: u8;
  table: u32;
  priority: u32;
  pathFlags: u32;
  nhid: u32;
  entry: u32;

  /** References held by callers. */
  @inline get refs(): u32 {
    return load<u32>(changetype<usize>(this), abi.DETAIL_REFS);
  }


  @inline set refs(n: u32) {
    store<u32>(changetype<usize>(this), n, abi.DETAIL_REFS);
  }

  /** The neighbour that it is bound to, or null. */
  @inline get neighbour(): Neighbour | null {
    return load<Neighbour | null>(changetype<usize>(this), abi.DETAIL_NEIGHBOUR);
  }


  @inline set neighbour(n: Neighbour | null) {
    store<Neighbour | null>(changetype<usize>(this), n, abi.DETAIL_NEIGHBOUR);
  }

  /** Address of the gateway's words. */
  @inline get gatewayWords(): usize {
    return changetype<usize>(this);
  }

  /** A metric by its RTAX number. */
  @inline metric(type: u32): u32 {
    return load<u32>(word(changetype<usize>(this) + abi.DETAIL_METRICS, type - 1));
  }

  /** Sets a metric by its RTAX number. */
  @inline setMetric(type: u32, value: u32): void {
    store<u32>(word(changetype<usize>(this) + abi.DETAIL_METRICS, type - 1), value);
  }
}

if (offsetof<Detail>("realm") != abi.DETAIL_REALM || offsetof<Detail>() != abi.DETAIL_METRICS)
  ERROR("Detail");

/** What a serial counts in a handle. */
const SERIAL: f64 = 16777216;
/** Serials begin anew after so many. */
const SERIALS: u32 = 1 << 29;

/**
 * A neighbour: a gateway on a device that entries lead to (RC-42).
 *   off  size  field
 *     0     4  next     in its chain
 *     4     4  refs     entries that are bound to it
 *     8     4  device   index
 *    12     4  seen     entries that the checker met; meaningless outside of it
 *    16    16  gateway  4 host-order words
 */
@unmanaged export class Neighbour {
  next: Neighbour | null;
  refs: u32;
  device: u32;
  seen: u32;

  /** Address of the gateway's words. */
  @inline get gateway(): usize {
    return changetype<usize>(this) + 16;
  }
}

/** Bytes of a neighbour. */
export const NEIGHBOUR_BYTES: u32 = 32;
if (offsetof<Neighbour>() != 16) ERROR("Neighbour: the table is stale");

/**
 * The route cache: one block, whose address is in the State.
 *   off  size  field
 *     0     4  buckets   WORDS: heads of the chains, and behind them as many of chains of neighbours
 *     4     4  bits      log2 of the buckets
 *     8     4  neighbours  heads of the chains of neighbours: the second half of `buckets`
 *    12     4  neighbourCount
 *    16     4  slots     WORDS: entry by slot, or a link of the list of free slots
 *    20     4  slotBits  log2 of the room of `slots`
 *    24     4  slotNext  slots from here on were never given out
 *    28     4  slotFree  first free slot, 0 = none
 *    32     4  serial    of the entry that came last
 *    36     4  count     entries, those on the garbage list included
 *    40     4  garbage   first entry on the garbage list, the latest first
 *    44     4  bypassed  flows that the keys cannot tell apart (D14)
 *    48     4  rebuilds  emergencies (RC-29)
 *    52     4  chainMax  longest chain without an emergency (RC-41)
 *    56     4  rover     bucket that the last collection ended with
 *    60     4  scanned   bucket that the last periodic scan ended with
 *    64     8  equilibrium  (RC-50), f64
 *    72     8  expire    age that the next collection tolerates, ticks
 *    80     8  lastGc
 *    88     8  lastScan
 *    96     8  nextScan
 *   104     8  nextSecret  Infinity = never
 *   112     8  garbageDelay
 *   120     8  garbageIncrement
 *   128     8  nextGarbage  Infinity = no garbage
 *   136     8  tick      the clock
 *   144    64  counters  16 words in the order of RC-117: RTC_COUNTER_*
 *   208    68  sysctls   17 words: RTC_SYSCTL_*
 */
@unmanaged export class RouteCache {
  buckets: usize;
  bits: u32;
  neighbours: usize;
  neighbourCount: u32;
  slots: usize;
  slotBits: u32;
  slotNext: u32;
  slotFree: u32;
  serial: u32;
  count: u32;
  garbage: Entry | null;
  bypassed: u32;
  rebuilds: u32;
  chainMax: u32;
  rover: u32;
  scanned: u32;
  equilibrium: f64;
  expire: f64;
  lastGc: f64;
  lastScan: f64;
  nextScan: f64;
  nextSecret: f64;
  garbageDelay: f64;
  garbageIncrement: f64;
  nextGarbage: f64;
  tick: f64;

  /** How many chains there are, less one. */
  @inline get mask(): u32 {
    return (1 << this.bits) - 1;
  }

  /** A sysctl, RTC_SYSCTL_*. */
  @inline sysctl(i: u32): i32 {
    return load<i32>(word(changetype<usize>(this) + abi.RTC_SYSCTLS, i));
  }

  /** Sets a sysctl. */
  @inline setSysctl(i: u32, value: i32): void {
    store<i32>(word(changetype<usize>(this) + abi.RTC_SYSCTLS, i), value);
  }

  /** Adds to a counter, RTC_COUNTER_* (RC-117). */
  @inline tally(i: u32, n: u32): void {
    const at = word(changetype<usize>(this) + abi.RTC_COUNTERS, i);
    store<u32>(at, load<u32>(at) + n);
  }

  /** False when there were too many emergencies (RC-29). */
  @inline get isCaching(): bool {
    return <i64>this.rebuilds <= <i64>this.sysctl(abi.RTC_SYSCTL_REBUILD_COUNT);
  }
}

if (offsetof<RouteCache>("equilibrium") != abi.RTC_EQUILIBRIUM || offsetof<RouteCache>() != abi.RTC_COUNTERS)
  ERROR("RouteCache");

/** The route cache; it must be on. */
// @ts-ignore: decorator
@inline export function routeCache(): RouteCache {
  return changetype<RouteCache>(state().cache);
}

/** Adds 1 to a counter, RTC_COUNTER_*, when the cache is on. */
// @ts-ignore: decorator
@inline export function tally(counter: u32): void {
  if (state().cache) routeCache().tally(counter, 1);
}

/** Words of the directory at first, as a power of two. */
const SLOT_BITS: u32 = 6;
/** log2 of a page over the bytes of a bucket: a table that does not fit is made smaller down to one page (RC-11). */
const PAGE_BITS: u32 = 9;

/** A route cache with nothing in it, whose times are not set yet; null when there is no memory. */
export function cacheBlank(bits: u32): RouteCache | null {
  const rc = changetype<RouteCache | null>(allocZero(CACHE, abi.RTC_BYTES));
  if (rc == null) return null;
  rc.bits = bits;
  rc.slotBits = SLOT_BITS;
  rc.slots = wordsNew(SLOT_BITS);
  rc.slotNext = 1;
  rc.buckets = rc.slots ? wordsNew(bits + 1) : 0;
  while (rc.slots && !rc.buckets && rc.bits > PAGE_BITS) rc.buckets = wordsNew(rc.bits--); // RC-11
  rc.neighbours = rc.buckets + (4 << rc.bits);
  if (rc.buckets) return rc;
  if (rc.slots) wordsFree(SLOT_BITS, rc.slots);
  free(CACHE, changetype<usize>(rc));
  return null;
}

// ---- entries

/** An entry with a slot and nothing else, counted; null when there is no memory. O(1) but for a larger directory. */
export function entryNew(): Entry | null {
  const rc = routeCache();
  if (!rc.slotFree && rc.slotNext == (<u32>1) << rc.slotBits && !slotsGrow(rc)) return null;
  const e = changetype<Entry | null>(allocLine(RTABLE));
  if (e == null) return null;
  const detail = allocZero(DETAIL, abi.DETAIL_BYTES);
  if (!detail) {
    free(RTABLE, changetype<usize>(e));
    return null;
  }
  e.detail = changetype<Detail>(detail);
  if (rc.slotFree) {
    e.slot = rc.slotFree;
    rc.slotFree = load<u32>(word(rc.slots, e.slot)) >>> 1;
  } else e.slot = rc.slotNext++;
  rc.serial = rc.serial + 1 == SERIALS ? 1 : rc.serial + 1;
  e.serial = rc.serial;
  store<Entry>(word(rc.slots, e.slot), e);
  rc.count++;
  return e;
}

/** Doubles the directory; false when it cannot. */
function slotsGrow(rc: RouteCache): bool {
  if (rc.slotBits == abi.SLOT_BITS) return false;
  const slots = wordsNew(rc.slotBits + 1);
  if (!slots) return false;
  memory.copy(slots, rc.slots, 4 << rc.slotBits);
  wordsFree(rc.slotBits, rc.slots);
  rc.slots = slots;
  rc.slotBits++;
  return true;
}

/** Destroys an entry that nothing leads to but its slot (RC-102). */
export function entryFree(e: Entry): void {
  const rc = routeCache();
  const neighbour = e.detail.neighbour;
  if (neighbour != null) neighbourPut(rc, neighbour);
  store<u32>(word(rc.slots, e.slot), (rc.slotFree << 1) | 1);
  rc.slotFree = e.slot;
  rc.count--;
  free(DETAIL, changetype<usize>(e.detail));
  free(RTABLE, changetype<usize>(e));
}

/** The entry with this handle, or null. O(1). */
export function entryFind(handle: f64): Entry | null {
  const rc = routeCache();
  if (!(handle >= SERIAL && handle < SERIAL * SERIALS)) return null;
  const serial = <u32>(handle / SERIAL);
  const slot = <u32>(handle - <f64>serial * SERIAL);
  if (slot >= rc.slotNext) return null;
  const at = load<usize>(word(rc.slots, slot));
  if (!at || at & 1) return null;
  const e = changetype<Entry>(at);
  return e.serial == serial && e.handle == handle ? e : null;
}

// ---- neighbours

/** Address of the head of the chain for a gateway on a device. */
export function neighbourHead(rc: RouteCache, device: u32, gateway: usize): usize {
  let h = mixIn(device, load<u32>(gateway));
  h = mixIn(h, load<u32>(gateway, 4));
  h = mixIn(h, load<u32>(gateway, 8));
  h = mixIn(h, load<u32>(gateway, 12));
  return word(rc.neighbours, (h ^ (h >>> 16)) & rc.mask);
}

/** Binds an entry to its neighbour (RC-42); false: there are as many as may be, or there is no memory. */
export function neighbourBind(rc: RouteCache, e: Entry): bool {
  const head = neighbourHead(rc, e.device, e.detail.gatewayWords);
  for (let n = load<Neighbour | null>(head); n != null; n = n!.next) {
    if (n.device != e.device || !isGateway(n, e.detail.gatewayWords)) continue;
    n.refs++;
    e.detail.neighbour = n;
    return true;
  }
  if (<i32>rc.neighbourCount >= rc.sysctl(abi.RTC_SYSCTL_NEIGHBOURS)) return false;
  const n = changetype<Neighbour | null>(alloc(NEIGHBOUR, NEIGHBOUR_BYTES));
  if (n == null) return false;
  n.refs = 1;
  n.device = e.device;
  n.seen = 0;
  v128.store(n.gateway, v128.load(e.detail.gatewayWords));
  n.next = load<Neighbour | null>(head);
  store<Neighbour>(head, n);
  rc.neighbourCount++;
  e.detail.neighbour = n;
  return true;
}

function isGateway(n: Neighbour, gateway: usize): bool {
  return !v128.any_true(v128.xor(v128.load(n.gateway), v128.load(gateway)));
}

/** Lets go of a neighbour; it goes with its last entry. O(chain). */
function neighbourPut(rc: RouteCache, n: Neighbour): void {
  if (--n.refs) return;
  let link = neighbourHead(rc, n.device, n.gateway);
  while (load<Neighbour>(link) != n) link = load<usize>(link);
  store<Neighbour | null>(link, n.next);
  free(NEIGHBOUR, changetype<usize>(n));
  rc.neighbourCount--;
}
