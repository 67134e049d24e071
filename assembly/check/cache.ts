// check/cache.ts - C1..C5: the route cache, its entries and their neighbours.

import * as abi from "../../src/abi/records";
import { AF_INET, AF_INET6 } from "../../src/abi/uapi";
import { CACHE, DETAIL, NEIGHBOUR, RTABLE, WORDS, WORDS_BITS, state, word } from "../arena";
import { Entry, NEIGHBOUR_BYTES, Neighbour, RouteCache, neighbourHead, routeCache } from "../cache/rtable";
import { chainWith, isExpired } from "../cache/bucket";
import { claim, within } from "../claim";
import { infoById } from "../fib/info";
import { C, M } from "./rooms";

/** What `obsolete` says of a dead entry. */
const DEAD: u8 = 2;
/** Ticks of a second at most. */
const HZ_MAX: u32 = 1000000;
/** The first tick that would not be counted one by one. */
const LATEST: f64 = 9007199254740992;

/** C1..C5; nothing when the cache is off. */
export function checkCache(): u32 {
  const s = state();
  if (!s.hz || s.hz > HZ_MAX) return C + 1;
  if (!s.cache) return 0;
  if (!claim(CACHE, s.cache)) return M + 4;
  const rc = routeCache();
  let broken = checkHead(rc);
  if (!broken) broken = checkNeighbours(rc);
  if (!broken) broken = checkChains(rc);
  if (!broken) broken = checkSlots(rc);
  return broken ? broken : checkBindings(rc);
}

/** C1, but for the counts, and what hangs on the cache itself. */
function checkHead(rc: RouteCache): u32 {
  if (rc.bits >= WORDS_BITS || rc.slotBits > <u32>abi.SLOT_BITS || !isClock(rc)) return C + 1;
  if (!claim(WORDS + rc.bits + 1, rc.buckets)) return M + 4;
  if (rc.neighbours != rc.buckets + ((<usize>4) << rc.bits)) return C + 1;
  if (!claim(WORDS + rc.slotBits, rc.slots)) return M + 4;
  if (!rc.slotNext || rc.slotNext > (<u32>1) << rc.slotBits || rc.serial >= SERIALS) return C + 3;
  return rc.rover > rc.mask || rc.scanned > rc.mask ? C + 1 : 0;
}

/** Serials are smaller. */
const SERIALS: u32 = 1 << 29;

/** True if the clock and its timers are times: whole ticks, or never. */
function isClock(rc: RouteCache): bool {
  return (
    isTick(rc.tick) &&
    isPast(rc, rc.lastGc) &&
    isPast(rc, rc.lastScan) &&
    isTick(rc.nextScan) &&
    isTimer(rc.nextSecret) &&
    isTimer(rc.nextGarbage) &&
    (rc.nextGarbage == Infinity) == (rc.garbage == null) &&
    isTick(rc.garbageDelay) &&
    isTick(rc.garbageIncrement) &&
    isTick(Math.abs(rc.expire)) &&
    isTick(Math.abs(rc.equilibrium))
  );
}

function isTick(t: f64): bool {
  return t >= 0 && t < LATEST && Math.floor(t) == t;
}

function isPast(rc: RouteCache, t: f64): bool {
  return isTick(t) && t <= rc.tick;
}

function isTimer(t: f64): bool {
  return t == Infinity || isTick(Math.abs(t));
}

/** Claims the neighbours, each in its chain; their references are counted later (C5). */
function checkNeighbours(rc: RouteCache): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i <= rc.mask; i++) {
    const head = word(rc.neighbours, i);
    for (let n = load<Neighbour | null>(head); n != null; n = n!.next) {
      if (!claim(NEIGHBOUR, changetype<usize>(n))) return M + 4;
      if (neighbourHead(rc, n.device, n.gateway) != head) return C + 5;
      n.seen = 0;
      count++;
    }
  }
  return count == rc.neighbourCount ? 0 : C + 5;
}

/** C2 and C4: claims the entries of all chains, and the garbage. */
function checkChains(rc: RouteCache): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i <= rc.mask; i++) {
    const head = word(rc.buckets, i);
    for (let e = load<Entry | null>(head); e != null; e = e!.next) {
      if (!claimEntry(e)) return M + 4;
      if (e.obsolete || chainWith(rc, e) != head) return C + 2;
      if (!isSound(rc, e)) return C + 4;
      count++;
    }
  }
  for (let e = rc.garbage; e != null; e = e!.next) {
    if (!claimEntry(e)) return M + 4;
    if (e.obsolete != DEAD) return C + 2;
    if (!isSound(rc, e)) return C + 4;
    count++;
  }
  return count == rc.count ? 0 : C + 1;
}

/** Claims an entry and its detail. */
function claimEntry(e: Entry): bool {
  return claim(RTABLE, changetype<usize>(e)) && claim(DETAIL, changetype<usize>(e.detail));
}

/** C4. */
function isSound(rc: RouteCache, e: Entry): bool {
  return (
    (e.family == 0 || e.family == AF_INET || e.family == AF_INET6) &&
    isLed(e) &&
    e.detail.input <= <u8>abi.DST_IN_DISCARD &&
    e.detail.output <= <u8>abi.DST_OUT_DISCARD &&
    e.detail.prefixLen <= 32 &&
    isPast(rc, e.lastuse) &&
    isPast(rc, e.detail.rateLast) &&
    isTick(e.detail.expires) &&
    isTick(Math.abs(e.detail.rateTokens)) &&
    e.serial != 0 &&
    e.serial < SERIALS
  );
}

/** True if the route behind a live entry is there: its info and the path. */
function isLed(e: Entry): bool {
  if (isExpired(e)) return true;
  const fi = e.id ? infoById(e.id) : null;
  const isEntryKnown = !e.detail.entry || infoById(e.detail.entry) != null;
  return isEntryKnown && (fi == null ? e.id == 0 : <u32>e.path < max<u32>(fi.paths, 1));
}

/** C3: there are as many entries as words that are no links, each entry has one, and the links are one list. */
function checkSlots(rc: RouteCache): u32 {
  let used: u32 = 0;
  for (let i: u32 = 1; i < rc.slotNext; i++) used += <u32>!(load<u32>(word(rc.slots, i)) & 1);
  if (used != rc.count) return C + 3;
  for (let i: u32 = 0; i <= rc.mask; i++)
    if (!haveSlots(rc, load<Entry | null>(word(rc.buckets, i)))) return C + 3;
  if (!haveSlots(rc, rc.garbage)) return C + 3;
  let free: u32 = 0;
  for (let slot = rc.slotFree; slot; slot = load<u32>(word(rc.slots, slot)) >>> 1) {
    if (slot >= rc.slotNext || !(load<u32>(word(rc.slots, slot)) & 1) || ++free >= rc.slotNext) return C + 3;
  }
  return used + free == rc.slotNext - 1 ? 0 : C + 3;
}

/** True if the directory leads to each entry of a list that was claimed. */
function haveSlots(rc: RouteCache, e: Entry | null): bool {
  while (e != null && e.slot && e.slot < rc.slotNext && load<Entry>(word(rc.slots, e.slot)) == e) e = e.next;
  return e == null;
}

/** C5: every entry that is bound names a neighbour that was met, and each has as many entries as it says. */
function checkBindings(rc: RouteCache): u32 {
  for (let i: u32 = 0; i <= rc.mask; i++)
    if (!areBound(rc, load<Entry | null>(word(rc.buckets, i)))) return C + 5;
  if (!areBound(rc, rc.garbage)) return C + 5;
  for (let i: u32 = 0; i <= rc.mask; i++) {
    for (let n = load<Neighbour | null>(word(rc.neighbours, i)); n != null; n = n!.next) {
      if (n.seen != n.refs) return C + 5;
      n.seen = 0;
    }
  }
  return 0;
}

/** Counts the entries of a list at their neighbours; false when one names what is none. */
function areBound(rc: RouteCache, first: Entry | null): bool {
  for (let e = first; e != null; e = e!.next) {
    const neighbour = e.detail.neighbour;
    if (neighbour == null) continue;
    if (!isNeighbour(rc, changetype<usize>(neighbour))) return false;
    neighbour.seen++;
  }
  return true;
}

/** True for the address of a neighbour in its chain. Good for any address. O(chain). */
function isNeighbour(rc: RouteCache, at: usize): bool {
  if (!within(at, NEIGHBOUR_BYTES)) return false;
  const n = changetype<Neighbour>(at);
  let other = load<Neighbour | null>(neighbourHead(rc, n.device, n.gateway));
  while (other != null && other != n) other = other.next;
  return other != null;
}
