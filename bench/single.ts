/**
 * bench/single.ts - one packet at a time: a hit of the route cache beside a lookup of its destination, and what it writes.
 *
 *   parent: { do: 'prepare', way, stream, routes, seed }   worker: {}
 *   parent: { do: 'round', ms }                            worker: { ns }   of a packet
 * Each way has a process of its own with one Netns: V8 puts a call into WebAssembly into a loop only where all of them go
 * to the same instance, and calls cost three times as much otherwise.
 */
import type { Netns } from 'hoptrie';
import { BUCKETS, ROWS, destinations, makeNetns, pieces, tableOf, type Stream } from './cache.js';
import type { Report } from './compare.js';
import { lookupIds } from './lookups.js';
import { Process, serveParent } from './process.js';
import { measureRate, summarize } from './rate.js';

/** Streams of which every packet is a hit. */
const HIT_STREAMS = ['zipf', 'uniform'] as const satisfies Stream[];

/** What is done with a packet. */
export const SINGLES = {
  lookup: 'lookupId',
  beside: 'lookupId, with a cache',
  hit: 'cache.lookup',
  writes: 'writes alone',
} as const;
export type Single = keyof typeof SINGLES;
const SINGLE_NAMES = Object.keys(SINGLES) as Single[];

/** Nanoseconds of a packet. */
export interface SingleCell {
  readonly routes: number;
  readonly stream: Stream;
  readonly ns: Readonly<Record<Single, number>>;
}

/** How much of everything. */
export interface SinglePlan {
  readonly routes: readonly number[];
  /** Milliseconds of a round; processes take turns. */
  readonly ms: number;
  readonly rounds: number;
  readonly seed: number;
}

/** What a worker is asked: to get ready, then for rounds. */
type SingleOrder =
  | ({ readonly do: 'prepare'; readonly way: Single } & SingleStream)
  | { readonly do: 'round'; readonly ms: number };

/** What the packets are, and where they go. */
interface SingleStream {
  readonly stream: Stream;
  readonly routes: number;
  readonly seed: number;
}

/** Measures the plan; `script` is what is forked with `--worker`. */
export async function measureSingles(
  { routes: counts, ms, rounds, seed }: SinglePlan,
  script: string,
  report: Report,
): Promise<SingleCell[]> {
  const streams = counts.flatMap((routes) => HIT_STREAMS.map((stream) => ({ stream, routes })));
  const cells: SingleCell[] = [];
  for (const [done, { stream, routes }] of streams.entries()) {
    report(done, streams.length, `one at a time, ${routes} routes`);
    const prepare = { do: 'prepare', stream, routes, seed };
    const taken: Record<Single, number[]> = { lookup: [], beside: [], hit: [], writes: [] };
    const workers = SINGLE_NAMES.map((way) => [way, Process.fork(way, script, 'single')] as const);
    try {
      for (const [way, worker] of workers) await worker.ask({ ...prepare, way });
      for (let round = 0; round <= rounds; round++) {
        for (const [way, worker] of workers) {
          const { ns } = await worker.ask<{ ns: number }>({ do: 'round', ms });
          if (round > 0) taken[way].push(ns); // the first one warms up
        }
      }
    } finally {
      for (const [, worker] of workers) worker.end();
    }
    const [lookup, beside, hit, writes] = SINGLE_NAMES.map((way) => summarize(taken[way]).median);
    cells.push({ routes, stream, ns: { lookup: lookup!, beside: beside!, hit: hit!, writes: writes! } });
  }
  return cells;
}

/** Answers the parent until it lets go. */
export function serveSingle(): void {
  let run = (): void => undefined;
  serveParent((order: SingleOrder) => {
    if (order.do === 'round') return { ns: measureRate(run, ROWS, order.ms).median };
    run = runOf(order.way, order);
    return {};
  });
}

/** A round over some rows; their sum is kept so that nothing is optimized away. */
function runOf(way: Single, { stream, routes, seed }: SingleStream): () => void {
  const table = tableOf(routes, seed);
  const trace = destinations(stream, table, seed);
  if (way === 'writes') return writing(trace);
  const ns = makeNetns(table, way === 'lookup' ? 0 : BUCKETS, seed);
  if (way === 'hit') fillCache(ns, trace);
  const ask = way === 'hit' ? hits : lookupIds;
  let sum = 0;
  return pieces(trace, (rows) => (sum += ask(ns, rows, 0, ROWS)));
}

/** Asks for each packet of a trace once, so that all of them are known. */
function fillCache(ns: Netns, trace: Uint32Array): void {
  using batch = ns.flowBatch(ROWS, []);
  const fill = pieces(trace, (rows) => {
    batch.dst.set(rows);
    batch.output();
  });
  for (let i = 0; i < trace.length; i += ROWS) fill();
}

function hits({ cache }: Netns, dsts: Uint32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += cache.lookup(dsts[i]!, 0, 0, 0, 0, 0);
  return sum;
}

/** Words of an entry that a hit touches: a line. */
const LINE_WORDS = 16;

/** What a hit notes in its entry - a use, and when - for the flows of a trace, each with a line of its own. */
function writing(trace: Uint32Array): () => void {
  const numbers = new Map<number, number>();
  const lines = trace.map((dst) => {
    const line = numbers.get(dst) ?? numbers.size * LINE_WORDS;
    numbers.set(dst, line);
    return line;
  });
  const words = new Uint32Array(numbers.size * LINE_WORDS);
  return pieces(lines, (rows) => {
    for (let i = 0; i < ROWS; i++) {
      const line = rows[i]!;
      words[line]!++;
      words[line + 1] = i;
      words[line + 2] = 0;
    }
  });
}
