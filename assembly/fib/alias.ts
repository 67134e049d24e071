// fib/alias.ts - one route at a leaf: what it does not share. The list of a leaf is kept in order (FIB-26).
//
// Invariants (check/trie.ts):
//   A1  the list is sorted: suffix length up, table down, tos down, priority up
//   A2  the leaf's slen is that of the last alias, at most the key's width
//   A3  a leaf's list is not empty
//   A4  an alias has an info, of a table whose trie this is

import { ALIAS, alloc, forwarding, free } from "../arena";
import { Leaf } from "../trie/node";
import { Info } from "./info";

/**
 * A fib alias (FIB-18). Type, table and priority are its info's.
 *   off  size  field
 *     0     4  next     alias after this one in the leaf's list
 *     4     4  info     what it shares
 *     8     1  tos      dsfield byte
 *     9     1  slen     suffix length: 32 - prefix length
 *    10     1  state    ACCESSED and the hardware flags
 *    11     1  chosen   default-choice index, -1 = none (FIB-114); candidates past 127 are not remembered
 */
@unmanaged export class Alias {
  next: Alias | null;
  info: Info;
  tos: u8;
  slen: u8;
  state: u8;
  chosen: i8;
}

if (offsetof<Alias>("chosen") != 11 || offsetof<Alias>() != 12) ERROR("Alias: the table is stale");

/** State bit: a lookup has passed here (FIB-75). */
export const ACCESSED: u8 = 1;

/** An alias that hangs nowhere yet, or null. */
export function aliasNew(info: Info, tos: u8, slen: u8): Alias | null {
  const fa = changetype<Alias | null>(alloc(ALIAS, 12));
  if (fa == null) return null;
  fa.next = null;
  fa.info = info;
  fa.tos = tos;
  fa.slen = slen;
  fa.state = 0;
  fa.chosen = -1;
  if (tos) forwarding().tosRoutes++;
  return fa;
}

export function aliasFree(fa: Alias): void {
  if (fa.tos) forwarding().tosRoutes--;
  free(ALIAS, changetype<usize>(fa));
}

/** Address of the link that points at the first alias of a leaf; each alias begins with the link to the next. */
// @ts-ignore: decorator
@inline export function firstLink<K>(leaf: Leaf<K>): usize {
  return changetype<usize>(leaf) + offsetof<Leaf<K>>("list");
}

/** The alias that a link points at, or null. */
// @ts-ignore: decorator
@inline export function aliasAt(link: usize): Alias | null {
  return load<Alias | null>(link);
}

/** The link after an alias. */
// @ts-ignore: decorator
@inline export function linkAfter(fa: Alias): usize {
  return changetype<usize>(fa);
}

/**
 * The link in front of the first alias that does not sort before (slen, table, tos, priority): where such a route is
 * inserted or its group begins (FIB-29). O(list).
 */
export function linkFor(first: usize, slen: u8, table: u32, tos: u8, priority: u32): usize {
  let link = first;
  for (let fa = aliasAt(link); fa != null && before(fa, slen, table, tos, priority); fa = aliasAt(link))
    link = linkAfter(fa);
  return link;
}

/** True if fa sorts strictly before a route with these four. */
function before(fa: Alias, slen: u8, table: u32, tos: u8, priority: u32): bool {
  if (fa.slen != slen) return fa.slen < slen;
  if (fa.info.table != table) return fa.info.table > table;
  if (fa.tos != tos) return fa.tos > tos;
  return fa.info.priority < priority;
}

/** True if fa has exactly these four: a "match" of CFG section 5. */
export function sameGroup(fa: Alias | null, slen: u8, table: u32, tos: u8, priority: u32): bool {
  return (
    fa != null && fa.slen == slen && fa.tos == tos && fa.info.table == table && fa.info.priority == priority
  );
}

/** The last alias of a list that is not empty. */
export function lastAlias(first: Alias): Alias {
  let fa = first;
  for (let next = fa.next; next != null; next = fa.next) fa = next;
  return fa;
}
