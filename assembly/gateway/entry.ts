// gateway/entry.ts - the routes of the reverse index: one entry for each route of an owner.
//
// An entry names its route by what it is, not by where it lies, so that an alias may move from trie to trie.

import { ENTRY, alloc, free, word, wordsFree, wordsNew } from "../arena";
import { mix, mixIn } from "../hash";
import { keyEqual, keyFold } from "../key";
import { Gateways, Owner } from "./gate";

/**
 * An entry; K is u32.
 *   off  size  field
 *     0     4  next    in the chain
 *     4     4  older   entry of the same owner that came before
 *     8     4  newer   the one that came after
 *    12     4  owner
 *    16     4  serial  of its coming (GWI-32)
 *    20     1  slen    suffix length: 32 - prefix length
 *    21     1  tos
 *    24     4  key     K: the prefix
 */
@unmanaged export class Entry<K> {
  next: Entry<K> | null;
  older: Entry<K> | null;
  newer: Entry<K> | null;
  owner: Owner;
  serial: u32;
  slen: u8;
  tos: u8;
  key: K;
}

if (offsetof<Entry<u32>>("key") != 24 || offsetof<Entry<u32>>() != 28) ERROR("Entry: the table is stale");

/** Head of the chain of a route. */
export function entryChain<K>(index: Gateways, owner: Owner, key: K, slen: u8, tos: u8): usize {
  const h = mixIn(mixIn(keyFold<K>(key), <u32>changetype<usize>(owner)), ((<u32>slen) << 8) | tos);
  return word(index.entries, mix(h) & ((1 << index.entryBits) - 1));
}

/** True if an entry is that of a route. */
// @ts-ignore: decorator
@inline function isOf<K>(e: Entry<K>, owner: Owner, key: K, slen: u8, tos: u8): bool {
  return e.owner == owner && e.slen == slen && e.tos == tos && keyEqual<K>(e.key, key);
}

/** The entry of a route, or null. O(chain). */
export function entryFind<K>(index: Gateways, owner: Owner, key: K, slen: u8, tos: u8): Entry<K> | null {
  let e = load<Entry<K> | null>(entryChain<K>(index, owner, key, slen, tos));
  while (e != null && !isOf<K>(e, owner, key, slen, tos)) e = e.next;
  return e;
}

/** Takes in a route that has no entry yet; false when there is no memory. */
export function entryAdd<K>(index: Gateways, owner: Owner, key: K, slen: u8, tos: u8): bool {
  if (index.entryCount >> index.entryBits) entriesGrow<K>(index);
  const e = changetype<Entry<K> | null>(alloc(ENTRY, offsetof<Entry<K>>()));
  if (e == null) return false;
  e.owner = owner;
  e.serial = index.serial++;
  e.slen = slen;
  e.tos = tos;
  e.key = key;
  const chain = entryChain<K>(index, owner, key, slen, tos);
  e.next = load<Entry<K> | null>(chain);
  store<Entry<K>>(chain, e);
  const older = changetype<Entry<K> | null>(owner.entries);
  e.older = older;
  e.newer = null;
  if (older != null) older.newer = e;
  owner.entries = changetype<usize>(e);
  index.entryCount++;
  return true;
}

/** Lets go of a route, which has an entry. O(chain). */
export function entryDrop<K>(index: Gateways, owner: Owner, key: K, slen: u8, tos: u8): void {
  let link = entryChain<K>(index, owner, key, slen, tos);
  let e = load<Entry<K>>(link);
  while (!isOf<K>(e, owner, key, slen, tos)) {
    link = changetype<usize>(e);
    e = load<Entry<K>>(link);
  }
  store<Entry<K> | null>(link, e.next);
  const older = e.older;
  const newer = e.newer;
  if (newer != null) newer.older = older;
  else owner.entries = changetype<usize>(older);
  if (older != null) older.newer = newer;
  free(ENTRY, changetype<usize>(e));
  index.entryCount--;
}

/** Twice as many chains; without memory they grow longer instead. */
function entriesGrow<K>(index: Gateways): void {
  const old = index.entries;
  const bits = index.entryBits;
  const heads = wordsNew(bits + 1);
  if (!heads) return;
  index.entries = heads;
  index.entryBits = bits + 1;
  for (let i: u32 = 0; i < (<u32>1) << bits; i++) {
    let e = load<Entry<K> | null>(word(old, i));
    while (e != null) {
      const next = e.next;
      const chain = entryChain<K>(index, e.owner, e.key, e.slen, e.tos);
      e.next = load<Entry<K> | null>(chain);
      store<Entry<K>>(chain, e);
      e = next;
    }
  }
  wordsFree(bits, old);
}
