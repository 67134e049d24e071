// fib/batch.ts - many destinations in one call: what an embedder asks at packet rate.

import { inTable, resolve } from "./lookup";

/**
 * Asks for n destinations and writes the fib info ids, `miss` for no route. `tables`, when not 0, names a table for
 * each row; a row of 0 there is asked as the rules say. Addresses are u32, in network order if `bigEndian`.
 */
export function lookupRows<K>(dst: usize, out: usize, n: u32, miss: u32, bigEndian: bool, tables: usize): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = <usize>i << 2;
    const raw = load<u32>(dst + at);
    const key = <K>(bigEndian ? bswap<u32>(raw) : raw);
    const table = tables ? load<u32>(tables + at) : 0;
    const fa = table ? inTable<K>(table, key, 0, 0, 0) : resolve<K>(key, 0, 0, 0);
    store<u32>(out + at, fa == null ? miss : fa.info.id);
  }
}
