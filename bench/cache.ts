/**
 * bench/cache.ts - what the route cache costs and gives: decisions that it knows and that it does not, beside the
 * forwarding view and beside rules and tables; and what a flood of destinations makes of it.
 */
import type { FlowBatch, Netns } from 'hoptrie';
import type { Report } from './compare.js';
import { createNetns, fillNetns } from './engine.js';
import { Random } from './random.js';
import { measureRate } from './rate.js';
import { generateTable, type Table } from './table.js';
import { FLOWS, makeTrace } from './trace.js';

/** Streams of packets made here: 64k flows by weight 1/k, 64k flows alike, and destinations that come once. */
export const STREAMS = {
  zipf: 'Zipf, 64k flows',
  uniform: 'uniform, 64k flows',
  scan: 'scan, each once',
} as const;
export type Stream = keyof typeof STREAMS;
export const STREAM_NAMES = Object.keys(STREAMS) as readonly Stream[];

/** Ways to decide, each of a batch of packets; the view is that of a namespace without rules. */
export const DECIDERS = {
  view: 'view alone',
  tables: 'rules and tables',
  none: 'decision, no cache',
  cache: 'decision, cache',
} as const;
export type Decider = keyof typeof DECIDERS;

/** Nanoseconds of a packet. */
export interface CacheCell {
  readonly routes: number;
  readonly rules: number;
  readonly stream: Stream;
  readonly ns: Readonly<Record<Decider, number>>;
  /** Share of the packets of `cache` that were hits. */
  readonly hits: number;
}

/** The state of a cache while a flood goes on. */
export interface FloodPoint {
  readonly defence: Defence;
  /** Packets of the flood so far. */
  readonly packets: number;
  readonly entries: number;
  readonly longest: number;
  /** Nanoseconds of a packet of the flood, and of one of the 64k flows beside it. */
  readonly flood: number;
  readonly beside: number;
  /** Share of the hits among those. */
  readonly hits: number;
}

/** What bounds the chains: the limits of the rules, or none, up to the memory. */
export const DEFENCES = { limits: 'chain limits', none: 'without limits' } as const;
export type Defence = keyof typeof DEFENCES;

/** A whole run, but for packets one at a time, which bench/single.ts measures. */
export interface CacheRun {
  readonly cells: readonly CacheCell[];
  readonly flood: readonly FloodPoint[];
}

/** How much of everything. */
export interface CachePlan {
  readonly routes: readonly number[];
  readonly rules: readonly number[];
  /** Milliseconds for each way. */
  readonly ms: number;
  /** Packets of the flood. */
  readonly flood: number;
  readonly seed: number;
}

export const FULL_CACHE: CachePlan = {
  routes: [1, 100, 1_000_000],
  rules: [0, 10, 100],
  ms: 100,
  flood: 2_000_000,
  seed: 1,
};
export const QUICK_CACHE: CachePlan = {
  ...FULL_CACHE,
  routes: [1, 100],
  rules: [0, 10],
  ms: 2,
  flood: 100_000,
};

/** Rows of a batch. */
export const ROWS = 1 << 14;
/** Destinations of a trace. */
const TRACE_ROWS = 1 << 18;
/** Buckets: as a machine of 4 GiB has them, so that 64k flows fit well. */
export const BUCKETS = 131_072;
/** Buckets of the cache that is flooded: as one of 512 MiB has them. */
const FLOODED_BUCKETS = 16_384;
/** The table that the rules lead to; it is empty. */
const RULE_TABLE = 100;
/** Readings of a flood. */
const POINTS = 8;
/** Packets of the flood a second: time goes on while it lasts. */
const PACKETS_PER_MS = 1000;
/** Beyond what any count reaches. */
const NO_LIMIT = 0x7fffffff;

export function measureCache(plan: CachePlan, report: Report = () => undefined): CacheRun {
  const total = plan.routes.length + Object.keys(DEFENCES).length;
  let done = 0;
  const cells = plan.routes.flatMap((routes) => {
    report(done++, total, `${routes} routes`);
    return measureTable(routes, plan);
  });
  const flood = (Object.keys(DEFENCES) as Defence[]).flatMap((defence) => {
    report(done++, total, `flood, ${DEFENCES[defence]}`);
    return measureFlood(defence, plan);
  });
  report(total, total, '');
  return { cells, flood };
}

/** A table with so many routes, the default one besides; undefined when that is all. */
export function tableOf(routes: number, seed: number): Table | undefined {
  return routes > 1 ? generateTable({ prefixes: routes - 1, seed }) : undefined;
}

/** A Netns with a table and a default route, with a cache of so many buckets or without. */
export function makeNetns(table: Table | undefined, buckets: number, seed: number): Netns {
  const ns = createNetns(buckets === 0 ? {} : { routeCache: { entries: buckets, seed } });
  ns.address.add('192.0.2.1/24', { dev: 'eth0' });
  if (table !== undefined) fillNetns(ns, table);
  ns.route.replace('default', { via: '192.0.2.254' });
  return ns;
}

/** Adds rules that match nothing until there are so many. */
function addRules(ns: Netns, count: number): void {
  for (let i = ns.rule.list().filter(({ table }) => table === RULE_TABLE).length; i < count; i++)
    ns.rule.add({ to: `198.51.100.${i}`, table: RULE_TABLE, priority: 100 + i });
}

/** Any address of 1.0.0.0 to 126.255.255.255. */
function anywhere(random: Random): number {
  return 0x01000000 + random.below(0x7e000000);
}

/** Flows lie in the table, or anywhere where it has nothing but a default route; a scan lies anywhere. */
export function destinations(stream: Stream, table: Table | undefined, seed: number): Uint32Array {
  const random = new Random(seed, 77);
  if (stream === 'scan') return new Uint32Array(TRACE_ROWS).map(() => anywhere(random));
  const space = table ?? { addresses: Uint32Array.of(0x01000000), lengths: Uint8Array.of(8) };
  if (stream === 'zipf') return makeTrace('zipf', space, TRACE_ROWS, seed);
  const flows = makeTrace('inside', space, FLOWS, seed);
  return new Uint32Array(TRACE_ROWS).map(() => flows[random.below(FLOWS)]!);
}

function measureTable(routes: number, { rules: counts, ms, seed }: CachePlan): CacheCell[] {
  const table = tableOf(routes, seed);
  using plain = makeNetns(table, 0, seed);
  using cached = makeNetns(table, BUCKETS, seed);
  // A scan fills any cache: what it costs in the long run is measured with a smaller one that is full.
  using full = makeNetns(table, FLOODED_BUCKETS, seed);
  const traces = STREAM_NAMES.map((stream) => [stream, destinations(stream, table, seed)] as const);
  const views = traces.map(([, trace]) => measureView(plain, trace, ms));
  return counts.flatMap((rules) => {
    for (const ns of [plain, cached, full]) addRules(ns, rules);
    return traces.map(([stream, trace], i) => {
      const isScan = stream === 'scan';
      const { hits, cost } = measureDecisions(isScan ? full : cached, trace, ms, isScan);
      const ns = {
        view: views[i]!,
        tables: measureFlows(plain, trace, ms, (batch) => batch.run()),
        none: measureFlows(plain, trace, ms, (batch) => batch.output()),
        cache: cost,
      };
      return { routes, rules, stream, ns, hits };
    });
  });
}

/** Calls `run` with the next rows of a trace, round and round. */
export function pieces(trace: Uint32Array, run: (rows: Uint32Array) => void): () => void {
  let at = 0;
  return () => {
    run(trace.subarray(at, at + ROWS));
    at = (at + ROWS) % trace.length;
  };
}

function measureView(ns: Netns, trace: Uint32Array, ms: number): number {
  using batch = ns.batch(ROWS);
  const run = pieces(trace, (rows) => {
    batch.dst.set(rows);
    batch.run();
  });
  return measureRate(run, ROWS, ms).median;
}

function measureFlows(ns: Netns, trace: Uint32Array, ms: number, ask: (batch: FlowBatch) => void): number {
  using batch = ns.flowBatch(ROWS, []);
  const run = pieces(trace, (rows) => {
    batch.dst.set(rows);
    ask(batch);
  });
  return measureRate(run, ROWS, ms).median;
}

/** Decisions through the cache; in a scan no destination comes twice. */
function measureDecisions(
  ns: Netns,
  trace: Uint32Array,
  ms: number,
  isScan: boolean,
): { cost: number; hits: number } {
  using batch = ns.flowBatch(ROWS, []);
  const random = new Random(1, 99);
  const run = pieces(trace, (rows) => {
    if (isScan) for (let i = 0; i < ROWS; i++) batch.dst[i] = anywhere(random);
    else batch.dst.set(rows);
    batch.output();
  });
  for (let i = 0; i < trace.length; i += ROWS) run(); // the flows become known, a scan fills the cache
  const before = ns.cache.counters();
  const { median } = measureRate(run, ROWS, ms);
  const after = ns.cache.counters();
  const hits = after.out_hit - before.out_hit;
  const misses = after.out_slow_tot - before.out_slow_tot;
  return { cost: median, hits: hits / (hits + misses) };
}

// ---- the flood

/** A million packets a second to destinations that come once, beside packets of 64k flows, one to each eight. */
function measureFlood(defence: Defence, plan: CachePlan): FloodPoint[] {
  const table = tableOf(100, plan.seed);
  using ns = makeNetns(table, FLOODED_BUCKETS, plan.seed);
  addRules(ns, 10);
  if (defence === 'none') {
    for (const name of ['gc_elasticity', 'gc_thresh', 'max_size'])
      ns.sysctl.set(`net.ipv4.route.${name}`, NO_LIMIT);
  }
  const flows = destinations('zipf', table, plan.seed);
  const random = new Random(plan.seed, 5);
  const batches = [ns.flowBatch(ROWS, []), ns.flowBatch(ROWS / 8, [])] as const;
  const points: FloodPoint[] = [];
  const each = Math.ceil(plan.flood / POINTS / ROWS) * ROWS;
  for (let packets = 0, at = 0; packets < plan.flood;) {
    const spent = { flood: 0, beside: 0, hits: 0, rows: 0 };
    for (const until = packets + each; packets < until; packets += ROWS) {
      const [flood, beside] = batches;
      for (let i = 0; i < ROWS; i++) flood.dst[i] = anywhere(random);
      spent.flood += timed(flood);
      for (let i = 0; i < ROWS / 8; i++) beside.dst[i] = flows[(at + i) % flows.length]!;
      const before = ns.cache.counters().out_hit;
      spent.beside += timed(beside);
      spent.hits += ns.cache.counters().out_hit - before;
      spent.rows += ROWS;
      at += ROWS / 8;
      ns.advance(Math.round(ROWS / PACKETS_PER_MS));
    }
    points.push({
      defence,
      packets,
      entries: ns.cache.counters().entries,
      longest: ns.cache.chainLengths().reduce((most, length) => Math.max(most, length), 0),
      flood: spent.flood / spent.rows,
      beside: (spent.beside * 8) / spent.rows,
      hits: (spent.hits * 8) / spent.rows,
    });
  }
  for (const batch of batches) batch.close();
  return points;
}

/** Nanoseconds of deciding a batch. */
function timed(batch: FlowBatch): number {
  const start = performance.now();
  batch.output();
  return (performance.now() - start) * 1e6;
}
