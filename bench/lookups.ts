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
/** Lookups one at a time between two readings of the clock. */
const CHUNK = 1 << 14;
const TEXT_CHUNK = 1 << 11;
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

/** As `lookupIds`, by text. */
function lookupTextIds(ns: Netns, dsts: readonly string[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += ns.lookupId(dsts[i]!);
  return sum;
}

/** Asks by text for whole answers; a destination without a route is undefined and no error. */
export function lookupTexts(ns: Netns, dsts: readonly string[], from: number, to: number): number {
  let found = 0;
  for (let i = from; i < to; i++) if (ns.tryLookup(dsts[i]!) !== undefined) found++;
  return found;
}

/** The ways to ask, as tables name them: rows in the core's memory, rows in arrays, and one destination at a time. */
export const WAY_TITLES = {
  batch: 'batch',
  arrays: 'lookupBatch',
  scalar: 'lookupId',
  textId: 'lookupId, text',
  text: 'lookup, text',
} as const;
export type Way = keyof typeof WAY_TITLES;
export const WAYS = Object.keys(WAY_TITLES) as readonly Way[];
/** What is asked in one process: V8 gives a loop over numbers worse code once what it calls has read text as well. */
export const WAYS_APART: readonly (readonly Way[])[] = [
  ['batch', 'arrays', 'scalar'],
  ['textId', 'text'],
];

/** What a measurement calls: each call asks the next `operations` destinations of a trace, round and round. */
export interface Loop extends Disposable {
  readonly operations: number;
  run(): unknown;
}

/** A loop over pieces of `size` rows, as far as whole pieces go. */
function pieces(
  rows: number,
  size: number,
  run: (from: number, to: number) => unknown,
  dispose = () => {},
): Loop {
  let at = 0;
  return {
    operations: size,
    run: () => {
      const from = at;
      at = at + 2 * size > rows ? 0 : at + size;
      return run(from, from + size);
    },
    [Symbol.dispose]: dispose,
  };
}

/** A trace in the core's memory, a batch for each piece. */
function batchLoop(ns: Netns, dsts: Uint32Array): Loop {
  const size = Math.min(BATCH_ROWS, dsts.length);
  const batches: Batch[] = [];
  for (let i = 0; i + size <= dsts.length; i += size) batches.push(ns.batch(size));
  batches.forEach((batch, i) => batch.dst.set(dsts.subarray(i * size, (i + 1) * size)));
  return pieces(
    dsts.length,
    size,
    (from) => batches[from / size]!.run(),
    () => batches.forEach((batch) => batch.close()),
  );
}

/** The loop of a way over a trace; dispose of it before the Netns. */
export function loopOf(ns: Netns, way: Way, dsts: Uint32Array): Loop {
  const rows = dsts.length;
  switch (way) {
    case 'batch':
      return batchLoop(ns, dsts);
    case 'arrays': {
      const out = new Uint32Array(rows);
      const ask = (from: number, to: number): void =>
        ns.lookupBatch(dsts.subarray(from, to), out.subarray(from, to));
      return pieces(rows, Math.min(BATCH_ROWS, rows), ask);
    }
    case 'scalar':
      return pieces(rows, Math.min(CHUNK, rows), (from, to) => lookupIds(ns, dsts, from, to));
    case 'textId':
    case 'text': {
      const texts = quads(dsts.subarray(0, TEXT_ROWS));
      const ask = way === 'text' ? lookupTexts : lookupTextIds;
      const size = Math.min(TEXT_CHUNK, texts.length);
      return pieces(texts.length, size, (from, to) => ask(ns, texts, from, to));
    }
  }
}

/** Measures one way over one trace for about `ms` milliseconds. */
export function measureWay(ns: Netns, way: Way, dsts: Uint32Array, ms: number): Rate {
  using loop = loopOf(ns, way, dsts);
  return measureRate(() => loop.run(), loop.operations, ms);
}

/** Measures one trace for about 3 x `ms` milliseconds. */
function measureTrace(ns: Netns, table: Prefixes, trace: TraceName, ms: number, seed?: number): TraceRates {
  const rows = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, table.addresses.length));
  const dsts = makeTrace(trace, table, rows, seed);
  const ids = new Uint32Array(TEXT_ROWS);
  ns.lookupBatch(dsts.subarray(0, TEXT_ROWS), ids);
  const found = ids.reduce((n, id) => n + Math.min(id, 1), 0) / TEXT_ROWS;
  return {
    trace,
    found,
    lookupId: measureWay(ns, 'scalar', dsts, ms),
    lookup: measureWay(ns, 'text', dsts, ms),
    batch: measureWay(ns, 'batch', dsts, ms),
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
