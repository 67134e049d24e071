// fib/event.ts - what becomes of routes when a device, an address or a nexthop object goes or comes back (FIB-120..136).

import { RTNH_F_DEAD, RTNH_F_LINKDOWN, RT_SCOPE_NOWHERE } from "../../src/abi/uapi";
import { state, stir } from "../arena";
import { deviceFind } from "../device";
import { invalidate } from "../generation";
import { objectFree } from "./define";
import { Info, infoAfter, rebalance } from "./info";
import { Obj, objectFind } from "./object";
import { Table, flushTable, tableNext } from "./table";

/** What happened to a device. */
const CARRIER_LOST: u32 = 0;
// 1: it is administratively down.
/** Its last address has gone: as down, but nothing is spared. */
const ADDRESSES_GONE: u32 = 2;
/** It is being removed: a multipath route with one path through it goes as a whole (FIB-128). */
const UNREGISTERED: u32 = 3;

/**
 * Marks the paths through a device (FIB-120, FIB-122, FIB-127, FIB-128). How many infos are dead now; `flush` removes
 * their routes. O(fib infos).
 */
export function pathsDown(index: u32, event: u32): u32 {
  let dead: u32 = 0;
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) {
    if (fi.object || !mark(fi, index, event)) continue;
    if (event != CARRIER_LOST && fi.flags & RTNH_F_DEAD) dead++;
    rebalance(fi);
  }
  state().genid++;
  stir();
  return dead;
}

/**
 * Marks the paths of one info; true if any lies on the device. The info is marked too when no path is left: each was
 * dead before or is hit by this very event, so links that lose their carrier one after another leave it as it is.
 */
function mark(fi: Info, index: u32, event: u32): bool {
  const isForced = event == ADDRESSES_GONE || event == UNREGISTERED;
  const flags: u8 = event == CARRIER_LOST ? <u8>RTNH_F_LINKDOWN : <u8>(RTNH_F_DEAD | RTNH_F_LINKDOWN);
  const n: u32 = fi.count;
  let gone: u32 = 0;
  let isTouched = false;
  for (let i: u32 = 0; i < n; i++) {
    const nh = fi.nexthop(i);
    const isHere = nh.oif == index;
    if (nh.flags & RTNH_F_DEAD) gone++;
    else if (isHere && (isForced || nh.scope != <u8>RT_SCOPE_NOWHERE)) {
      nh.flags |= flags;
      gone++;
    }
    if (isHere && event == UNREGISTERED) gone = n;
    isTouched = isTouched || isHere;
  }
  if (isTouched && gone >= n) fi.flags |= flags;
  return isTouched;
}

/** FIB-121, FIB-126: the device is up, or has carrier again; its paths come back to life. O(fib infos). */
export function pathsUp(index: u32): void {
  const d = deviceFind(index);
  if (d == null || !d.isUp) return;
  const flags: u8 = d.hasCarrier ? <u8>(RTNH_F_DEAD | RTNH_F_LINKDOWN) : <u8>RTNH_F_DEAD;
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) {
    if (fi.object) continue;
    let isTouched = false;
    for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) {
      const nh = fi.nexthop(i);
      if (nh.oif != index || !(nh.flags & flags)) continue;
      nh.flags &= ~flags;
      isTouched = true;
    }
    if (!isTouched) continue;
    fi.flags &= ~(<u32>flags);
    rebalance(fi);
  }
  state().genid++;
  invalidate();
  stir();
}

/** FIB-132: an address is no longer ours; infos of a table with it as preferred source die. How many. */
export function sourceGone(addr: u32, table: u32): u32 {
  let dead: u32 = 0;
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) {
    if (fi.table != table || load<u32>(fi.prefsrc) != addr || load<u64>(fi.prefsrc, 8)) continue;
    fi.flags |= RTNH_F_DEAD;
    fi.sourceGone = 1;
    dead++;
  }
  stir();
  return dead;
}

/** Removes the routes of dead infos, table by table (FIB-135). How many. O(nodes). */
export function flush<K>(): u32 {
  let removed: u32 = 0;
  for (let t: Table | null = tableNext(null); t != null; t = tableNext(t)) removed += flushTable<K>(t);
  return removed;
}

/** Takes a nexthop object away that no group has any more, and the routes that use it (FIB-131). Routes removed. */
export function objectRemove<K>(id: u32): u32 {
  const o = objectFind(id);
  if (o == null) return 0;
  let removed: u32 = 0;
  if (o.refs) {
    for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id))
      if (fi.object == changetype<usize>(o)) fi.flags |= RTNH_F_DEAD;
    stir();
    removed = flush<K>();
  }
  objectFree(changetype<Obj>(o));
  return removed;
}
