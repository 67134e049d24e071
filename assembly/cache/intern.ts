// cache/intern.ts - a new entry on its way into its chain: room for it, its neighbour, and who leaves for it (RC-36..43).

import * as abi from "../../src/abi/records";
import { ENOBUFS, RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST, RTN_UNICAST } from "../../src/abi/uapi";
import { isExpired, isValuable, chainWith, touch, unlink } from "./bucket";
import { collect, emergency } from "./expire";
import { Entry, RouteCache, entryFree, entryNew, neighbourBind, routeCache } from "./rtable";

/** RC-39: the lowest 30 bits of a score are its youth. */
const YOUTH: u32 = 0x3fffffff;
const VALUABLE: u32 = 0x80000000;
const ROUTED: u32 = 0x40000000;

/** A blank entry with one reference, after a collection when there are many (RC-48); null: ENOBUFS (RC-55). */
export function entryMake(isSoftirq: bool): Entry | null {
  const rc = routeCache();
  if (<i64>rc.count > <i64>rc.sysctl(abi.RTC_SYSCTL_GC_THRESH)) {
    const elasticity = rc.sysctl(abi.RTC_SYSCTL_GC_ELASTICITY);
    if (!collect(elasticity, rc.sysctl(abi.RTC_SYSCTL_GC_MIN_INTERVAL), isSoftirq)) return null;
  }
  const e = entryNew();
  if (e == null) return null;
  e.detail.refs = 1;
  e.lastuse = rc.tick;
  return e;
}

/**
 * Puts a filled entry, which nobody else has, into its chain. The entry to use, with one reference for the caller:
 * this one or an equal one that was there; null, and it has gone: ENOBUFS (RC-42).
 */
export function intern(e: Entry, isSoftirq: bool): Entry | null {
  const rc = routeCache();
  const head = chainWith(rc, e);
  for (let mayCollect = !isSoftirq; ; mayCollect = false) {
    const same = makeWay(rc, head, e);
    if (same != null) {
      entryFree(e);
      return same;
    }
    if (isBound(rc, e)) break;
    if (!mayCollect) {
      entryFree(e);
      return null;
    }
    collect(1, 0, false);
  }
  e.next = load<Entry | null>(head);
  store<Entry>(head, e);
  return e;
}

/** RC-36, RC-42: binds an entry to its neighbour, if it wants one; -ENOBUFS: it cannot have one. */
export function isBound(rc: RouteCache, e: Entry): bool {
  return (e.type != RTN_UNICAST && e.isInput) || e.detail.neighbour != null || neighbourBind(rc, e);
}

/**
 * RC-37..40: takes the expired entries of a chain away, and the one that is worth least when the chain is long. An equal
 * entry comes to the head and is given. O(chain).
 */
function makeWay(rc: RouteCache, head: usize, e: Entry): Entry | null {
  let length: u32 = 0;
  let least: u32 = u32.MAX_VALUE;
  let candidate: usize = 0;
  let link = head;
  for (let f = load<Entry | null>(link); f != null; f = load<Entry | null>(link)) {
    if (isExpired(f)) {
      unlink(link);
      continue;
    }
    if (hasSameKey(f, e)) return toHead(rc, head, link);
    if (!f.detail.refs) {
      const worth = score(f, rc.tick);
      if (worth <= least) {
        least = worth;
        candidate = link;
      }
    }
    length++;
    link = changetype<usize>(f);
  }
  if (candidate) {
    if (<i64>length > <i64>rc.sysctl(abi.RTC_SYSCTL_GC_ELASTICITY)) unlink(candidate);
  } else if (length > rc.chainMax) emergency(rc);
  return null;
}

/** Moves the entry behind a link to the head of its chain; it is used and held once more. */
function toHead(rc: RouteCache, head: usize, link: usize): Entry {
  const e = load<Entry>(link);
  store<Entry | null>(link, e.next);
  e.next = load<Entry | null>(head);
  store<Entry>(head, e);
  e.detail.refs++;
  touch(rc, e);
  return e;
}

function hasSameKey(a: Entry, b: Entry): bool {
  const at = changetype<usize>(a);
  const other = changetype<usize>(b);
  const differs = v128.any_true(v128.xor(v128.load(at, abi.ENTRY_DST), v128.load(other, abi.ENTRY_DST)));
  return !differs && load<u16>(at, abi.ENTRY_TOS) == load<u16>(other, abi.ENTRY_TOS);
}

/** RC-39: how much an entry is worth; the least goes first. */
export function score(e: Entry, now: f64): u32 {
  let worth = ~(<u32>(<u64>(now - e.lastuse))) & YOUTH;
  if (isValuable(e)) worth |= VALUABLE;
  if (!e.isInput || !(e.detail.flags & (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL))) worth |= ROUTED;
  return worth;
}
