// fib/batch.ts - many destinations in one call: what an embedder asks at packet rate.
//
// One lookup in a large table waits for memory four or five times in a row, each time for what the last load said. A
// batch asks for some rows side by side: first it walks all of them down their paths step by step, only to have the
// lines fetched at the same time, then it looks each of them up for good. The first part decides nothing.

import { RT_TABLE_MAIN } from "../../src/abi/uapi";
import { Flow, Result } from "../record";
import { Ref, Tnode, isLeaf, isTnode, leafOf, tnodeOf } from "../trie/node";
import { Alias } from "./alias";
import { inTable, resolveDst } from "./lookup";
import { tableFind } from "./table";

/** Rows that are walked side by side: as many loads as a core keeps in flight, more or less. */
const ROWS: u32 = 16;

/**
 * Asks for n destinations and writes the fib info ids, `miss` for no route. `tables`, when not 0, names a table for
 * each row; a row of 0 there is asked as the rules say. Addresses are u32, in network order if `bigEndian`; `flow` and
 * `result` are room to work in.
 */
export function lookupRows<K>(
  dst: usize,
  out: usize,
  n: u32,
  miss: u32,
  bigEndian: bool,
  tables: usize,
  flow: Flow,
  result: Result,
): void {
  const main = tableFind(RT_TABLE_MAIN);
  const top: Ref = main != null && !tables ? main.of<K>().top : 0;
  for (let i: u32 = 0; i < n; i += ROWS) {
    const end = min(n, i + ROWS);
    if (isTnode(top)) warm<K>(tnodeOf<K>(top), dst, out, i, end, bigEndian);
    for (let row = i; row < end; row++) {
      const at = (<usize>row) << 2;
      const key = keyAt<K>(dst + at, bigEndian);
      const table = tables ? load<u32>(tables + at) : 0;
      const fa = table ? inTable<K>(table, key, 0, 0, 0, false) : resolveDst<K>(key, flow, result);
      store<u32>(out + at, fa == null ? miss : fa.info.id);
    }
  }
}

// @ts-ignore: decorator
@inline function keyAt<K>(at: usize, bigEndian: bool): K {
  const word = load<u32>(at);
  return <K>(bigEndian ? bswap<u32>(word) : word);
}

/** Tag of an alias among the refs of `warm`; tnodes and aliases are multiples of 4, leaves are odd. */
const ALIAS_TAG: usize = 2;

/** Walks rows from..end down to their first alias, one step each in turn. `out` holds where each row is, 0 = there. */
function warm<K>(top: Tnode<K>, dst: usize, out: usize, from: u32, end: u32, bigEndian: bool): void {
  for (let row = from; row < end; row++) store<usize>(out + ((<usize>row) << 2), changetype<usize>(top));
  let isMoving = true;
  while (isMoving) {
    let rest: usize = 0;
    for (let row = from; row < end; row++) {
      const at = (<usize>row) << 2;
      const n = load<usize>(out + at);
      if (n == 0) continue;
      const next = step<K>(n, keyAt<K>(dst + at, bigEndian));
      store<usize>(out + at, next);
      rest |= next;
    }
    isMoving = rest != 0;
  }
}

/** Loads what a ref leads to and gives the ref after it: tnode, leaf, alias, 0. Each step is lower than the last. */
// @ts-ignore: decorator
@inline function step<K>(n: usize, dst: K): usize {
  if (isLeaf(n)) return leafOf<K>(n).list + ALIAS_TAG;
  if (n & ALIAS_TAG) return <usize>(changetype<Alias>(n - ALIAS_TAG).slen > 128); // loads it; there is no such suffix
  const tn = tnodeOf<K>(n);
  let i = tn.index(dst);
  if (i >= tn.slots) return 0;
  let c = tn.child(i);
  // Nothing there: what covers dst may hang at a slot with low bits cleared, as in `backtrack`.
  while (c == 0 && tn.slen > tn.pos + ctz<u32>(i)) {
    i &= i - 1;
    c = tn.child(i);
  }
  return c;
}
