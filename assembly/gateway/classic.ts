// gateway/classic.ts - the classic gateway index: one destination for each gateway, as a kernel module of old kept it.
//
// What it does not look at, it does not look at (GWI-14): the second route through a gateway is refused, a delete takes
// the gateway away whatever the destination was. Who feeds it is the facade (src/classic.ts).
// Source: GWI-15..24.
//
// Invariants (check/gateway.ts):
//   G5  mappings hang in the chain of their hash, no gateway twice, `count` of them

import { CLASSIC, MAPPING, alloc, allocZero, classicIndex, free, word, wordsFree, wordsNew } from "../arena";
import { EEXIST, ENOBUFS, ENOENT, ENOMEM } from "../../src/abi/uapi";
import { hash32 } from "./gate";

/**
 * The index.
 *   off  size  field
 *     0     4  heads     WORDS: 4096 chains, newest first
 *     4     4  constant  multiplier of hash_32: 0x9e370001, or 0x61c88647 (GWI-17)
 *     8     4  count     of mappings
 */
@unmanaged export class Classic {
  heads: usize;
  constant: u32;
  count: u32;
}

/**
 * A mapping; addresses in host order.
 *   off  size  field
 *     0     4  next
 *     4     4  gateway
 *     8     4  destination
 */
@unmanaged export class Mapping {
  next: Mapping | null;
  gateway: u32;
  destination: u32;
}

if (offsetof<Classic>() != 12 || offsetof<Mapping>() != 12) ERROR("Classic: the table is stale");

/** GWI-15: log2 of the chains. */
export const CLASSIC_BITS: u32 = 12;

/** The index that is open, or null. */
export function classicOpened(): Classic | null {
  return load<Classic | null>(classicIndex());
}

/** Opens an empty index: 0, -EEXIST (one is open), -ENOBUFS. */
export function classicOpen(constant: u32): i32 {
  if (classicOpened() != null) return -EEXIST;
  const index = changetype<Classic | null>(allocZero(CLASSIC, offsetof<Classic>()));
  if (index == null) return -ENOBUFS;
  index.constant = constant;
  index.heads = wordsNew(CLASSIC_BITS);
  if (!index.heads) {
    free(CLASSIC, changetype<usize>(index));
    return -ENOBUFS;
  }
  store<Classic>(classicIndex(), index);
  return 0;
}

/** Closes the index and frees what it holds; without one nothing happens. */
export function classicClose(): void {
  const index = classicOpened();
  if (index == null) return;
  for (let i: u32 = 0; i < (<u32>1) << CLASSIC_BITS; i++)
    while (load<usize>(word(index.heads, i))) unlink(index, word(index.heads, i));
  wordsFree(CLASSIC_BITS, index.heads);
  free(CLASSIC, changetype<usize>(index));
  store<usize>(classicIndex(), 0);
}

/** Head of the chain of a gateway (GWI-16). */
export function classicChain(index: Classic, gateway: u32): usize {
  return word(index.heads, hash32(bswap<u32>(gateway), index.constant, CLASSIC_BITS));
}

/** The link to the mapping of a gateway, or to the end of its chain. */
function linkOf(index: Classic, gateway: u32): usize {
  let link = classicChain(index, gateway);
  for (let m = load<Mapping | null>(link); m != null && m.gateway != gateway; m = load<Mapping | null>(link))
    link = changetype<usize>(m);
  return link;
}

function unlink(index: Classic, link: usize): void {
  const m = load<Mapping>(link);
  store<Mapping | null>(link, m.next);
  free(MAPPING, changetype<usize>(m));
  index.count--;
}

/** GWI-20: the mapping of a gateway, or null. O(chain). */
export function classicFind(gateway: u32): Mapping | null {
  const index = classicOpened();
  if (index == null) return null;
  return load<Mapping | null>(linkOf(index, gateway));
}

/** GWI-21: 0, -EEXIST, -ENOMEM; -ENOENT when no index is open. O(chain). */
export function classicAdd(gateway: u32, destination: u32): i32 {
  const index = classicOpened();
  if (index == null) return -ENOENT;
  if (classicFind(gateway) != null) return -EEXIST;
  const m = changetype<Mapping | null>(alloc(MAPPING, offsetof<Mapping>()));
  if (m == null) return -ENOMEM;
  const chain = classicChain(index, gateway);
  m.next = load<Mapping | null>(chain);
  m.gateway = gateway;
  m.destination = destination;
  store<Mapping>(chain, m);
  index.count++;
  return 0;
}

/** GWI-22: 0 or -ENOENT. The destination is not compared. O(chain). */
export function classicDelete(gateway: u32): i32 {
  const index = classicOpened();
  if (index == null) return -ENOENT;
  const link = linkOf(index, gateway);
  if (!load<usize>(link)) return -ENOENT;
  unlink(index, link);
  return 0;
}

/** The mapping after one in the order of chains, the first after null; or null. */
export function classicNext(m: Mapping | null): Mapping | null {
  const index = classicOpened();
  if (index == null) return null;
  if (m != null && m.next != null) return m.next;
  let i: u32 = m == null ? 0 : <u32>((classicChain(index, m.gateway) - index.heads) >>> 2) + 1;
  while (i < (<u32>1) << CLASSIC_BITS) {
    const head = load<Mapping | null>(word(index.heads, i++));
    if (head != null) return head;
  }
  return null;
}
