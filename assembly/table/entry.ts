// table/entry.ts - the prefixes at a leaf: one id for each suffix length.
//
// Most leaves have one prefix: its id stands in the leaf itself, as an odd word, and its suffix is the leaf's. More of
// them are a list with the longest prefix first.
//
// Invariants (table/check.ts):
//   A11  a list has two entries at least, by ascending suffix, each once; the leaf's slen is the last one's
//   A12  no id is 0 or above MAX_ID

import { ALIAS, alloc, free } from "../arena";
import { Leaf } from "../trie/node";

/** Ids are 30 bits wide: they are shifted once here, and tagged in a view. */
export const MAX_ID: u32 = 0x3fffffff;

/**
 * One of several prefixes at a leaf.
 *   off  size  field
 *     0     4  next  the one with the next longer suffix
 *     4     4  id
 *     8     4  slen  suffix length: the key's width less the prefix length
 */
@unmanaged export class Entry {
  next: Entry | null;
  id: u32;
  slen: u32;
}

if (offsetof<Entry>() != 12) ERROR("Entry: the table is stale");

/** What views and walks are told of a leaf (forward/follow.ts). An entry is an address, or the odd word of an only one. */
@unmanaged export class Entries<K> {

  @inline first(leaf: Leaf<K>): usize {
    return leaf.list;
  }


  @inline next(leaf: Leaf<K>, entry: usize): usize {
    return entry & 1 ? 0 : changetype<usize>(changetype<Entry>(entry).next);
  }


  @inline slen(leaf: Leaf<K>, entry: usize): u32 {
    return entry & 1 ? <u32>leaf.slen : changetype<Entry>(entry).slen;
  }


  @inline answer(entry: usize): u32 {
    return entry & 1 ? <u32>(entry >>> 1) : changetype<Entry>(entry).id;
  }
}

/** The list of a leaf with one prefix. */
// @ts-ignore: decorator
@inline export function only(id: u32): usize {
  return ((<usize>id) << 1) | 1;
}

/** The entry of a suffix length at a leaf, 0 = none. */
export function entryFor<K>(leaf: Leaf<K>, slen: u32): usize {
  const s = changetype<Entries<K>>(0);
  for (let e = s.first(leaf); e; e = s.next(leaf, e)) if (s.slen(leaf, e) == slen) return e;
  return 0;
}

/** Gives an entry of a leaf another id; the old one. */
export function entrySet<K>(leaf: Leaf<K>, entry: usize, id: u32): u32 {
  const old = changetype<Entries<K>>(0).answer(entry);
  if (entry & 1) leaf.list = only(id);
  else changetype<Entry>(entry).id = id;
  return old;
}

/** Puts another suffix length into the list of a leaf; false when there is no memory. The leaf's slen is the caller's. */
export function entryInsert<K>(leaf: Leaf<K>, slen: u32, id: u32): bool {
  const entry = changetype<Entry | null>(alloc(ALIAS, 12));
  if (entry == null) return false;
  if (leaf.list & 1) {
    const first = changetype<Entry | null>(alloc(ALIAS, 12));
    if (first == null) {
      free(ALIAS, changetype<usize>(entry));
      return false;
    }
    first.next = null;
    first.id = <u32>(leaf.list >>> 1);
    first.slen = leaf.slen;
    leaf.list = changetype<usize>(first);
  }
  let link = changetype<usize>(leaf) + offsetof<Leaf<K>>("list");
  for (let e = load<Entry | null>(link); e != null && e.slen < slen; e = load<Entry | null>(link))
    link = changetype<usize>(e);
  entry.next = load<Entry | null>(link);
  entry.id = id;
  entry.slen = slen;
  store<Entry>(link, entry);
  return true;
}

/** Takes an entry out of a list of two or more; the suffix that is the longest then. */
export function entryRemove<K>(leaf: Leaf<K>, entry: usize): u32 {
  let link = changetype<usize>(leaf) + offsetof<Leaf<K>>("list");
  while (load<usize>(link) != entry) link = load<usize>(link);
  store<usize>(link, load<usize>(entry));
  free(ALIAS, entry);
  let last = changetype<Entry>(leaf.list);
  if (last.next == null) {
    const slen = last.slen;
    leaf.list = only(last.id);
    free(ALIAS, changetype<usize>(last));
    return slen;
  }
  while (last.next != null) last = changetype<Entry>(last.next);
  return last.slen;
}

/** Frees the list of a leaf that goes. */
export function entriesFree<K>(leaf: Leaf<K>): void {
  if (leaf.list & 1) return;
  for (let e = changetype<Entry | null>(leaf.list); e != null;) {
    const next = e.next;
    free(ALIAS, changetype<usize>(e));
    e = next;
  }
}
