// fib/uses.ts - what the reverse index is told of: routes that come and go, and the paths of nexthop objects that change.
//
// A route is of interest if its info has a gateway, or an object, which may get one. Its gateways are noted with its
// first route and forgotten with its last. Source: GWI-31, limits L2 to L6.

import { ENTRY, GATE, GATEWAYS, USE, free, gatewayIndex, word, wordsFree } from "../arena";
import { entryAdd, entryDrop, Entry } from "../gateway/entry";
import { Gate, Gateways, gateways, useAdd, usesDrop, Use } from "../gateway/gate";
import { Info, infoAfter } from "./info";
import { Obj } from "./object";

/** True if the reverse index keeps the routes of an info. O(paths of its own). */
export function isIndexed(fi: Info): bool {
  if (fi.object) return true;
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) if (fi.nexthop(i).family) return true;
  return false;
}

/** A route has come. */
// @ts-ignore: decorator
@inline export function routeCame<K>(fi: Info, key: K, slen: u8, tos: u8): void {
  const index = gateways();
  if (index != null && !indexRoute<K>(index, fi, key, slen, tos)) indexDrop<K>();
}

/** A route is about to go. */
// @ts-ignore: decorator
@inline export function routeWent<K>(fi: Info, key: K, slen: u8, tos: u8): void {
  const index = gateways();
  if (index != null && fi.entries) forget<K>(index, fi, key, slen, tos);
}

/** Takes a route into the index; false when there is no memory. O(paths) for the first of an info, else O(1). */
export function indexRoute<K>(index: Gateways, fi: Info, key: K, slen: u8, tos: u8): bool {
  if (!isIndexed(fi)) return true;
  if (!fi.entries && !noteUses(index, fi)) return false;
  return entryAdd<K>(index, fi.owner, key, slen, tos);
}

function forget<K>(index: Gateways, fi: Info, key: K, slen: u8, tos: u8): void {
  entryDrop<K>(index, fi.owner, key, slen, tos);
  if (!fi.entries) usesDrop(index, fi.owner);
}

/** Notes the gateways of an info. O(paths). */
function noteUses(index: Gateways, fi: Info): bool {
  for (let i: u32 = 0, n = fi.paths; i < n; i++) {
    const nh = fi.path(i);
    if (nh.family && !useAdd(index, fi.owner, nh.family, nh.gateway)) return false;
  }
  return true;
}

/** An object is about to change: what was noted of those who use it, alone or in a group, is forgotten. O(infos). */
export function objectChanges(o: Obj): void {
  const index = gateways();
  if (index == null) return;
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id))
    if (fi.entries && has(fi, o)) usesDrop(index, fi.owner);
}

/** It has changed. O(infos). */
export function objectChanged<K>(o: Obj): void {
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) {
    const index = gateways();
    if (index == null) return;
    if (fi.entries && has(fi, o) && !noteUses(index, fi)) indexDrop<K>();
  }
}

/** True if an object is that of an info, or a member of it. O(members). */
function has(fi: Info, o: Obj): bool {
  const own = changetype<Obj | null>(fi.object);
  if (own == null) return false;
  if (own == o) return true;
  for (let i: u32 = 0, n = own.isGroup ? own.count : 0; i < n; i++)
    if (own.member(i).object == o) return true;
  return false;
}

/** Takes the index down: it is made anew when it is asked. O(routes). */
export function indexDrop<K>(): void {
  const index = gateways();
  if (index == null) return;
  store<usize>(gatewayIndex(), 0);
  for (let i: u32 = 0; i < (<u32>1) << index.entryBits; i++) {
    for (let e = load<Entry<K> | null>(word(index.entries, i)); e != null;) {
      const next = e.next;
      e.owner.entries = 0;
      e.owner.uses = null;
      free(ENTRY, changetype<usize>(e));
      e = next;
    }
  }
  for (let i: u32 = 0; i < (<u32>1) << index.gateBits; i++) {
    for (let gate = load<Gate | null>(word(index.gates, i)); gate != null;) {
      const next = gate.next;
      dropUses(gate.uses);
      free(GATE, changetype<usize>(gate));
      gate = next;
    }
  }
  wordsFree(index.entryBits, index.entries);
  wordsFree(index.gateBits, index.gates);
  free(GATEWAYS, changetype<usize>(index));
}

function dropUses(use: Use | null): void {
  while (use != null) {
    const next = use.next;
    use.owner.uses = null;
    free(USE, changetype<usize>(use));
    use = next;
  }
}
