// cache/garbage.ts - entries that go: at once, or when their last holder has let go of them (RC-101..106).

import * as abi from "../../src/abi/records";
import { state } from "../arena";
import { deviceFind } from "../device";
import { Entry, RouteCache, entryFree, routeCache } from "./rtable";

/** What `obsolete` says of a dead entry. */
const DEAD: u8 = 2;
/** Longest pause of the task, seconds, and from when on it is whole seconds. */
const PAUSE_MAX: f64 = 120;
const ROUNDED_FROM: f64 = 4;
/** Index of the loopback device. */
const LOOPBACK: u32 = 1;

/** A tenth of a second: the first pause of the task. */
function pauseMin(): f64 {
  return max<f64>(1, Math.floor(<f64>state().hz / 10));
}

/** Half a second: what its pauses grow by, more and more. */
function pauseStep(): f64 {
  return max<f64>(1, Math.floor(<f64>state().hz / 2));
}

/** RC-102: an entry that is in no chain any more is destroyed, or waits as garbage for its holders. */
export function entryDrop(e: Entry): void {
  if (!e.detail.refs) return entryFree(e);
  const rc = routeCache();
  e.obsolete = DEAD;
  const d = deviceFind(e.device);
  if (d == null || !d.isUp) discard(e);
  e.next = rc.garbage;
  rc.garbage = e;
  if (rc.nextGarbage != Infinity) return;
  rc.garbageDelay = pauseMin();
  rc.garbageIncrement = pauseStep();
  rc.nextGarbage = rc.tick + rc.garbageDelay;
}

function discard(e: Entry): void {
  e.detail.input = <u8>abi.DST_IN_DISCARD;
  e.detail.output = <u8>abi.DST_OUT_DISCARD;
}

/** RC-103: destroys the garbage that nobody holds any more, and says when to look again. O(garbage). */
export function emptyGarbage(rc: RouteCache): void {
  let freed: u32 = 0;
  let busy: u32 = 0;
  let link: usize = changetype<usize>(rc) + offsetof<RouteCache>("garbage");
  for (let e = load<Entry | null>(link); e != null; e = load<Entry | null>(link)) {
    if (e.detail.refs) {
      busy++;
      link = changetype<usize>(e);
      continue;
    }
    store<Entry | null>(link, e.next);
    entryFree(e);
    freed++;
  }
  rc.nextGarbage = busy ? rc.tick + pause(rc, freed, busy) : Infinity;
}

/** How long the task waits after a run. */
function pause(rc: RouteCache, freed: u32, busy: u32): f64 {
  const hz = <f64>state().hz;
  if (<u64>freed * 10 > <u64>busy) {
    rc.garbageDelay = pauseMin();
    rc.garbageIncrement = pauseStep();
  } else {
    rc.garbageDelay = min<f64>(rc.garbageDelay + rc.garbageIncrement, PAUSE_MAX * hz);
    rc.garbageIncrement += pauseStep();
  }
  const delay = rc.garbageDelay;
  return delay > ROUNDED_FROM * hz ? Math.floor(delay / hz + 0.5) * hz : delay;
}

/** RC-104: packets of dead entries on a device that is down are discarded; one that goes leaves them to loopback. */
export function garbageDown(device: u32, isGone: bool): void {
  for (let e = routeCache().garbage; e != null; e = e!.next) {
    if (e.device != device) continue;
    discard(e);
    if (isGone) e.device = LOOPBACK;
  }
}
