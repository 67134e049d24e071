// table/batch.ts - many addresses in one call: ids out.

import { word } from "../arena";
import { lookup, lookupView, viewFor } from "./prefix";
import { deepRows } from "../forward/deep-rows";
import { PIECE, at, fillNone, leaves, storeFour, swapRows, tagged } from "../forward/rows";
import { NARROW_TAG, View } from "../forward/view";
import { Root } from "./root";

/**
 * Asks for n IPv4 addresses, u32 or, with `bigEndian`, bytes in network order; writes ids, `miss` where nothing covers.
 */
export function rows4(root: Root, dst: usize, out: usize, n: u32, miss: u32, bigEndian: bool): void {
  const view = viewFor<u32>(root, n);
  let row: u32 = 0;
  if (view != null && !view.isWide) row = pieces(view, dst, out, n, miss, bigEndian);
  for (; row < n; row++) {
    const address = load<u32>(at(dst, row));
    const id = lookup<u32>(root, bigEndian ? bswap<u32>(address) : address);
    store<u32>(at(out, row), id ? id : miss);
  }
}

/** As many rows as are whole fours of a narrow view. How many. */
function pieces(view: View, dst: usize, out: usize, n: u32, miss: u32, bigEndian: bool): u32 {
  const ahead = dst - out;
  let row: u32 = 0;
  while (n - row >= 4) {
    const first = at(out, row);
    row += min(n - row, PIECE) & ~3;
    const end = at(out, row);
    if (bigEndian) swapRows(first + ahead, first, end);
    leaves(view, bigEndian ? first : first + ahead, first, end);
    for (let to = tagged(first, end); to < end; to = tagged(to, end)) {
      for (const stop = to + 16; to < stop; to += 4) {
        const address = load<u32>(to + ahead);
        if (load<u32>(to) & NARROW_TAG)
          store<u32>(to, lookupView<u32>(view, bigEndian ? bswap<u32>(address) : address));
      }
    }
    const none = view.fallback ? view.fallback : miss;
    if (none) fillNone(first, end, none);
  }
  return row;
}

/** Asks for n IPv6 addresses, 16 bytes in network order each. */
export function rows6(root: Root, dst: usize, out: usize, n: u32, miss: u32): void {
  const view = viewFor<v128>(root, n);
  if (view != null) return deepRows(view, dst, out, n, view.fallback ? view.fallback : miss);
  for (let row: u32 = 0; row < n; row++) {
    const id = lookup<v128>(root, keyRead(dst + ((<usize>row) << 4)));
    store<u32>(at(out, row), id ? id : miss);
  }
}

/** Puts in place of n ids the words at `values` that stand for them. */
export function fetch(ids: usize, n: u32, values: usize): void {
  const end = at(ids, n);
  for (const fours = at(ids, n & ~3); ids < fours; ids += 16) {
    const a = load<u32>(word(values, load<u32>(ids)));
    const b = load<u32>(word(values, load<u32>(ids, 4)));
    const c = load<u32>(word(values, load<u32>(ids, 8)));
    const d = load<u32>(word(values, load<u32>(ids, 12)));
    storeFour(ids, a, b, c, d);
  }
  for (; ids < end; ids += 4) store<u32>(ids, load<u32>(word(values, load<u32>(ids))));
}

/** A key from 16 bytes in network order. */
// @ts-ignore: decorator
@inline export function keyRead(from: usize): v128 {
  const v = v128.load(from);
  return v128.shuffle<u8>(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}
