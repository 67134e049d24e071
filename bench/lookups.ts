/**
 * bench/lookups.ts - the ways to ask a Netns for routes, each as a loop over a trace that can be measured.
 */
import type { Batch, Netns } from 'hoptrie';
import { measureRate, type Rate } from './rate.js';
import { TRACES, makeTrace, quads, type TraceName } from './trace.js';
import type { Prefixes } from './shape.js';

/** Most and fewest destinations of a trace: one for each prefix in between. Fewer are asked as text. */
const MOST_ROWS = 1 << 20;
const FEWEST_ROWS = 1 << 16;
const TEXT_ROWS = FEWEST_ROWS;
/** Scalar lookups between two readings of the clock. */
const CHUNK = 1 << 14;
/** Rows of one batch. */
const BATCH_ROWS = 1 << 16;

/** Rates of one trace: by number, by text (`lookup`, which makes an answer), in batches without copies. */
export interface TraceRates {
  readonly trace: TraceName;
  /** Share of the destinations that have a route. */
  readonly found: number;
  readonly lookupId: Rate;
  readonly lookup: Rate;
  readonly batch: Rate;
}

/** Sums the ids so that nothing is optimized away. */
export function lookupIds(ns: Netns, dsts: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += ns.lookupId(dsts[i]!);
  return sum;
}

/** Asks by text; a destination without a route is undefined and no error. */
export function lookupTexts(ns: Netns, dsts: readonly string[], from: number, to: number): number {
  let found = 0;
  for (let i = from; i < to; i++) if (ns.tryLookup(dsts[i]!) !== undefined) found++;
  return found;
}

/** A function that does one chunk of `size` after the other, round and round over `rows`. */
function chunks(rows: number, size: number, run: (from: number, to: number) => unknown): () => void {
  let at = 0;
  return () => {
    if (at + size > rows) at = 0;
    run(at, at + size);
    at += size;
  };
}

/** A trace in the core's memory, in pieces that are run in turn: one round is one piece. */
function measureBatch(ns: Netns, dsts: Uint32Array, ms: number): Rate {
  const batches: Batch[] = [];
  try {
    for (let i = 0; i < dsts.length; i += BATCH_ROWS)
      batches.push(ns.batch(Math.min(BATCH_ROWS, dsts.length - i)));
    batches.forEach((batch, i) =>
      batch.dst.set(dsts.subarray(i * BATCH_ROWS, i * BATCH_ROWS + batch.capacity)),
    );
    let turn = 0;
    const whole = batches.filter((batch) => batch.capacity === BATCH_ROWS);
    return measureRate(() => whole[turn++ % whole.length]!.run(), BATCH_ROWS, ms);
  } finally {
    for (const batch of batches) batch.close();
  }
}

/** Measures one trace for about 3 x `ms` milliseconds. */
function measureTrace(ns: Netns, table: Prefixes, trace: TraceName, ms: number, seed?: number): TraceRates {
  const rows = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, table.addresses.length));
  const dsts = makeTrace(trace, table, rows, seed);
  const texts = quads(dsts.subarray(0, TEXT_ROWS));
  const ids = new Uint32Array(TEXT_ROWS);
  ns.lookupBatch(dsts.subarray(0, TEXT_ROWS), ids);
  const found = ids.reduce((n, id) => n + Math.min(id, 1), 0) / TEXT_ROWS;
  const byNumber = chunks(rows, CHUNK, (from, to) => lookupIds(ns, dsts, from, to));
  const byText = chunks(TEXT_ROWS, CHUNK / 8, (from, to) => lookupTexts(ns, texts, from, to));
  return {
    trace,
    found,
    lookupId: measureRate(byNumber, CHUNK, ms),
    lookup: measureRate(byText, CHUNK / 8, ms),
    batch: measureBatch(ns, dsts, ms),
  };
}

/** All traces, each with a word before it starts. */
export function measureTraces(
  ns: Netns,
  table: Prefixes,
  ms: number,
  options: { readonly seed?: number; readonly report?: (done: number, trace: TraceName) => void } = {},
): TraceRates[] {
  return TRACES.map((trace, i) => {
    options.report?.(i, trace);
    return measureTrace(ns, table, trace, ms, options.seed);
  });
}
