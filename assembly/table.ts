// table.ts - the door of a table of one family: exports only, numbers in and out, no logic.
//
// A second module beside index.ts, for who wants prefixes with values and no routes. A key is four words, the highest
// first; of IPv4 the first counts. Ids are numbers from 1 on that the facade gives; 0 is none, below 0 an errno.

import { FORWARD_OFF } from "../src/abi/records";
import { ENOBUFS } from "../src/abi/uapi";
import { arenaNew, forwarding, lease as arenaLease, state, unlease as arenaUnlease } from "./arena";
import { askView, shapeView, viewOf } from "./forward/follow";
import { keyBits, keyFrom, keyLoad } from "./key";
import { fetch as fetchAll, keyRead, rows4, rows6 } from "./table/batch";
import {
  buildBegin as beginBuild,
  buildEnd as endBuild,
  buildRows as takeRows,
  rowsSet as setRows,
  swapBegin as beginSwap,
  swapEnd as endSwap,
} from "./table/bulk";
import { check as checkAll } from "./table/check";
import { Entries } from "./table/entry";
import {
  covering as coveringOf,
  lookup as lookupKey,
  prefixGet,
  prefixRemove,
  prefixSet,
} from "./table/prefix";
import { root } from "./table/root";
import { scan as scanRows } from "./table/scan";
import { groups6, texts4, texts6 } from "./table/text";
import { trieNew } from "./trie/node";

/** Makes an empty table in fresh memory; `shape` is FORWARD_*, `maxBytes` 0 no bound. 0 or -ENOBUFS. */
export function init(is6: u32, shape: u32, maxBytes: u32): i32 {
  arenaNew(maxBytes);
  if (state().limit < state().brk) return -ENOBUFS;
  forwarding().shape = shape;
  root().is6 = is6;
  root().trie = is6 ? changetype<usize>(trieNew<v128>()) : changetype<usize>(trieNew<u32>());
  return root().trie ? 0 : -ENOBUFS;
}

/** Lends a block; 0 = no memory. */
export function lease(bytes: u32): usize {
  return arenaLease(bytes);
}

export function unlease(address: usize): void {
  arenaUnlease(address);
}

/** Gives a prefix an id: the one it had, 0 = it is new, -ENOBUFS. */
export function set(a: u32, b: u32, c: u32, d: u32, length: u32, id: u32): i32 {
  return root().is6
    ? prefixSet<v128>(root(), keyFrom<v128>(a, b, c, d), keyBits<v128>() - length, id)
    : prefixSet<u32>(root(), keyFrom<u32>(a, b, c, d), keyBits<u32>() - length, id);
}

/** Takes a prefix away: the id that it had, 0 = it was not there. */
export function remove(a: u32, b: u32, c: u32, d: u32, length: u32): u32 {
  return root().is6
    ? prefixRemove<v128>(root(), keyFrom<v128>(a, b, c, d), keyBits<v128>() - length)
    : prefixRemove<u32>(root(), keyFrom<u32>(a, b, c, d), keyBits<u32>() - length);
}

/** The id of exactly this prefix, 0 = none. */
export function get(a: u32, b: u32, c: u32, d: u32, length: u32): u32 {
  return root().is6
    ? prefixGet<v128>(root(), keyFrom<v128>(a, b, c, d), keyBits<v128>() - length)
    : prefixGet<u32>(root(), keyFrom<u32>(a, b, c, d), keyBits<u32>() - length);
}

/** The id of the longest prefix that covers an address, 0 = none. */
export function lookup(a: u32, b: u32, c: u32, d: u32): u32 {
  return root().is6
    ? lookupKey<v128>(root(), keyFrom<v128>(a, b, c, d))
    : lookupKey<u32>(root(), keyFrom<u32>(a, b, c, d));
}

/** Writes length and id of at most `most` prefixes that cover one, the longest first; how many. */
export function covering(a: u32, b: u32, c: u32, d: u32, length: u32, out: usize, most: u32): u32 {
  return root().is6
    ? coveringOf<v128>(root(), keyFrom<v128>(a, b, c, d), keyBits<v128>() - length, out, most)
    : coveringOf<u32>(root(), keyFrom<u32>(a, b, c, d), keyBits<u32>() - length, out, most);
}

/**
 * Writes rows (table/scan.ts) in order into `most` of them, more than a key has bits: from the key at `from`, longer than
 * `after`, to the key 16 bytes behind it, none shorter than `minLength`. How many, 0 = that was all.
 */
export function scan(from: usize, after: i32, minLength: i32, out: usize, most: u32): u32 {
  return root().is6
    ? scanRows<v128>(root(), keyLoad<v128>(from), after, keyLoad<v128>(from + 16), minLength, out, most)
    : scanRows<u32>(root(), keyLoad<u32>(from), after, keyLoad<u32>(from + 16), minLength, out, most);
}

/** Sets n rows; each id becomes the one that the prefix had. How many were set: memory may end. */
export function rowsSet(rows: usize, n: u32): u32 {
  return root().is6 ? setRows<v128>(root(), rows, n) : setRows<u32>(root(), rows, n);
}

/** Begins to fill an empty table with n sorted rows at most. 0 or -ENOBUFS. */
export function buildBegin(n: u32): i32 {
  return beginBuild(root(), n);
}

/** Takes n of them; ids become old ones. How many were taken. */
export function buildRows(rows: usize, n: u32): u32 {
  return root().is6 ? takeRows<v128>(root(), rows, n) : takeRows<u32>(root(), rows, n);
}

/** Ends it, with `isBack` as if nothing had come. 0, or -ENOBUFS: then nothing has come either. */
export function buildEnd(isBack: u32): i32 {
  return root().is6 ? endBuild<v128>(root(), isBack != 0) : endBuild<u32>(root(), isBack != 0);
}

/** Puts an empty table in place of this one, which is kept. 0 or -ENOBUFS. */
export function swapBegin(): i32 {
  return root().is6 ? beginSwap<v128>(root()) : beginSwap<u32>(root());
}

/** Lets go of the one that was kept, or with `isBack` of the new one. */
export function swapEnd(isBack: u32): void {
  if (root().is6) endSwap<v128>(root(), isBack != 0);
  else endSwap<u32>(root(), isBack != 0);
}

/** Asks for n addresses: u32 of IPv4 (in network order if `bigEndian`), 16 bytes of IPv6; ids out, `miss` for none. */
export function lookupBatch(dst: usize, out: usize, n: u32, miss: u32, bigEndian: u32): void {
  if (root().is6) rows6(root(), dst, out, n, miss);
  else rows4(root(), dst, out, n, miss, bigEndian != 0);
}

/** Puts in place of n ids the words that stand for them, those at `values` by id. */
export function fetch(ids: usize, n: u32, values: usize): void {
  fetchAll(ids, n, values);
}

/** `lookup` of an IPv6 address in plain text, 16 bytes of room behind the first 48; -1: it is not plain. */
export function lookupText(text: usize, length: u32): i32 {
  if (!groups6(text, length, text + 48)) return -1;
  return lookupKey<v128>(root(), keyRead(text + 48));
}

/**
 * Reads what is plain of n texts, which stand one behind the other and end at `ends`, with 48 bytes of anything behind the
 * last: addresses of the family for `lookupBatch` to `dst`, and which rows they were to `rows`. How many.
 */
export function readTexts(text: usize, ends: usize, n: u32, dst: usize, rows: usize): u32 {
  return root().is6 ? texts6(text, ends, n, dst, rows) : texts4(text, ends, n, dst, rows);
}

/** Gives the table another shape of view. 0 or -ENOBUFS. O(prefixes). */
export function viewSet(shape: u32): i32 {
  const done = root().is6
    ? shapeView<v128, Entries<v128>>(root().of<v128>(), shape)
    : shapeView<u32, Entries<u32>>(root().of<u32>(), shape);
  return done ? 0 : -ENOBUFS;
}

/** Many changes are on their way (1): a view goes with the first; or they are done (0): it is made again. */
export function viewsPause(isOn: u32): void {
  forwarding().paused = isOn;
  if (isOn || isOff()) return;
  if (root().is6) askView<v128, Entries<v128>>(root().of<v128>(), root().prefixes, root().prefixes);
  else askView<u32, Entries<u32>>(root().of<u32>(), root().prefixes, root().prefixes);
}

function isOff(): bool {
  return (root().is6 ? root().of<v128>().shape : root().of<u32>().shape) == FORWARD_OFF;
}

/** Address of the view (forward/view.ts), 0 = there is none. */
export function viewAt(): usize {
  const view = root().is6 ? viewOf<v128>(root().of<v128>()) : viewOf<u32>(root().of<u32>());
  return changetype<usize>(view);
}

/** Prefixes in the table. */
export function count(): u32 {
  return root().prefixes;
}

/** Number of the first broken invariant, 0 = all hold. O(size). */
export function check(): u32 {
  return root().is6 ? checkAll<v128>() : checkAll<u32>();
}
