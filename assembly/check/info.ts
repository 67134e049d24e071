// check/info.ts - I1..I7: fib infos, their paths, and the three indexes that lead to them.

import { NEXTHOPS_MAX } from "../../src/abi/records";
import { INFO, METRICS, state, word } from "../arena";
import { claim, walk, within } from "../claim";
import { Info, NEXTHOPS, infoClass, infoHash, isLink, srcAt } from "../fib/info";
import { Obj } from "../fib/object";
import { isObject, isPath } from "./object";
import { I, M } from "./rooms";

/** Greatest weight of a path. */
const WEIGHT_MAX: u32 = 256;

/** I2..I7; clears the marks of all infos. */
export function checkInfos(): u32 {
  const s = state();
  let infos: u32 = 0;
  let sources: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1) << s.infoBits; i++) {
    for (let fi = load<Info | null>(word(s.infoHash, i)); fi != null; fi = fi!.next) {
      const broken = checkInfo(fi, i);
      if (broken) return broken;
      if (srcAt(fi)) sources++;
      infos++;
    }
  }
  if (infos != s.infos) return I + 4;
  const broken = checkIds();
  return broken ? broken : checkSources(sources);
}

/** What an info in chain i is by itself. */
function checkInfo(fi: Info, i: u32): u32 {
  const s = state();
  if (!within(changetype<usize>(fi), <u32>NEXTHOPS)) return M + 4;
  const count: u32 = fi.count;
  if (count > <u32>NEXTHOPS_MAX) return I + 6;
  if (!claim(INFO + infoClass(count), changetype<usize>(fi))) return M + 4;
  if (!isKnown(changetype<usize>(fi))) return I + 3;
  if (fi.hash != infoHash(fi)) return I + 5;
  if ((fi.hash & ((1 << s.infoBits) - 1)) != i) return I + 2;
  if (fi.metrics && !claim(METRICS, fi.metrics)) return M + 4;
  if (fi.object) {
    if (count || !isObject(fi.object) || changetype<Obj>(fi.object).id != fi.nhid) return I + 6;
    changetype<Obj>(fi.object).seen++;
  }
  for (let j: u32 = 0; j < count; j++) {
    const nh = fi.nexthop(j);
    if (!nh.weight || nh.weight > WEIGHT_MAX || !isPath(nh)) return I + 6;
    if (nh.realm) walk().realms++;
  }
  if (fi.isAsleep) walk().asleep++;
  fi.seen = 0;
  return 0;
}

/** True for the address of an info that its id leads to. Good for any address; once I3 and I4 hold, it is a proof. */
// @ts-ignore: decorator
@inline export function isKnown(at: usize): bool {
  if (!within(at, <u32>NEXTHOPS)) return false;
  const s = state();
  const id = changetype<Info>(at).id;
  return id != 0 && id < s.idNext && load<usize>(word(s.ids, id)) == at;
}

/**
 * I7. There are as many entries with an address as infos, and each info has one: so all of them are infos. The others
 * are in one of two lists: they are as many, and the lists end apart, so that none is in both.
 */
function checkIds(): u32 {
  const s = state();
  let alive: u32 = 0;
  for (let id: u32 = 1; id < s.idNext; id++) alive += <u32>!isLink(load<usize>(word(s.ids, id)));
  if (alive != s.infos) return I + 3;
  const waiting = s.idNext - 1 - alive;
  const resting = listLength(s.idRest, waiting);
  const free = listLength(s.idFree, waiting);
  if (resting != s.idResting || <u64>free + resting != waiting) return I + 7;
  return resting && free && listEnd(s.idRest) == listEnd(s.idFree) ? I + 7 : 0;
}

/** Length of a list of unused ids, more than `most` when it is none or longer. */
function listLength(id: u32, most: u32): u32 {
  let n: u32 = 0;
  while (id && n <= most) {
    if (!isUnused(id)) return u32.MAX_VALUE;
    id = nextUnused(id);
    n++;
  }
  return n;
}

/** Last id of a list that ends. */
function listEnd(id: u32): u32 {
  for (let next = nextUnused(id); next; next = nextUnused(id)) id = next;
  return id;
}

function isUnused(id: u32): bool {
  const s = state();
  return id < s.idNext && isLink(load<usize>(word(s.ids, id)));
}

function nextUnused(id: u32): u32 {
  return <u32>(load<usize>(word(state().ids, id)) >>> 1);
}

/** I2 for the chains by prefsrc: as many infos in them as have one, each where it belongs. */
function checkSources(sources: u32): u32 {
  const s = state();
  let n: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1) << s.infoBits; i++) {
    const head = word(s.srcHash, i);
    for (let at = load<usize>(head); at; at = changetype<usize>(changetype<Info>(at).nextSrc)) {
      if (!isKnown(at) || srcAt(changetype<Info>(at)) != head || ++n > sources) return I + 2;
    }
  }
  return n == sources ? 0 : I + 2;
}

/** I1, when all aliases were met. */
export function checkRefs(): u32 {
  const s = state();
  for (let id: u32 = 1; id < s.idNext; id++) {
    const entry = load<usize>(word(s.ids, id));
    if (isLink(entry)) continue;
    const fi = changetype<Info>(entry);
    if (!fi.seen || fi.seen != fi.refs) return I + 1;
    fi.seen = 0;
  }
  return 0;
}
