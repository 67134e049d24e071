/**
 * bench/updates.ts - how fast a full table takes changes, alone and between batches of lookups, and how long the
 * slowest change takes. There is one thread: while a batch runs, changes wait, and the other way round.
 */
import type { Batch, Netns, RouteChangeInput } from 'hoptrie';
import { nexthopCount, nexthopRoutes } from './engine.js';
import { Random } from './random.js';
import { summarize } from './rate.js';
import { prefixText } from './subject.js';
import type { Table } from './table.js';

/** Nanoseconds of an update: the median over rounds, the slowest of all, and what one in a thousand passes. */
export interface Latency {
  readonly value: number;
  readonly worst: number;
  readonly slow: number;
}

/** A stream of changes: each call makes one. */
export type Updates = () => void;

/** Prefixes that a stream goes through, round and round. */
const PREFIXES = 1 << 16;
/** Updates between two batches. */
const BURST = 64;

/** Changes of one prefix, by next hop; whoever applies one says first which prefix that is. */
export interface Changes {
  readonly prefix: { address: number; length: number };
  readonly to: readonly RouteChangeInput[];
}

/** Changes of one kind; a withdrawal names the prefix alone. */
export function changesOf(table: Table, op: RouteChangeInput['op']): Changes {
  const prefix = { address: 0, length: 0 };
  const to = nexthopRoutes(nexthopCount(table)).map(({ via, oif, protocol }): RouteChangeInput => {
    // Each an object literal, as a program would write it.
    const route = op === 'del' ? { dst: prefix } : { dst: prefix, via, oif, onlink: true, protocol };
    return { kind: 'route', op, route };
  });
  return { prefix, to };
}

/** Applies the change of row i to next hop `nexthop`. */
export function applyRow(ns: Netns, { prefix, to }: Changes, table: Table, i: number, nexthop: number): void {
  prefix.address = table.addresses[i]!;
  prefix.length = table.lengths[i]!;
  ns.apply(to[nexthop]!);
}

/** Rows of random /24s; of any prefixes in a table without. */
function randomRows(table: Table): Uint32Array {
  const all = [...table.lengths.keys()];
  const some = all.filter((i) => table.lengths[i] === 24);
  const from = some.length > 0 ? some : all;
  const random = new Random(1);
  return new Uint32Array(PREFIXES).map(() => from[random.below(from.length)]!);
}

/** Random /24s get another next hop: `ns.apply`, numeric prefixes. */
export function replacing(ns: Netns, table: Table): Updates {
  const rows = randomRows(table);
  const changes = changesOf(table, 'replace');
  const nexthops = changes.to.length - 1;
  let n = 0;
  return () => applyRow(ns, changes, table, rows[n % PREFIXES]!, 1 + (n++ % nexthops));
}

/** Random /24s are withdrawn and come back: `ns.apply`, numeric prefixes. */
export function flapping(ns: Netns, table: Table): Updates {
  const rows = randomRows(table);
  const steps = [changesOf(table, 'del'), changesOf(table, 'add')];
  let n = 0;
  return () => {
    const row = rows[(n >>> 1) % PREFIXES]!;
    applyRow(ns, steps[n++ & 1]!, table, row, table.nexthops[row]!);
  };
}

/** Random /24s get another next hop: `ns.route.replace`, prefixes as text. */
export function replacingText(ns: Netns, table: Table): Updates {
  const texts = Array.from(randomRows(table), (row) =>
    prefixText(table.addresses[row]!, table.lengths[row]!),
  );
  const routes = nexthopRoutes(nexthopCount(table));
  let n = 0;
  return () => ns.route.replace(texts[n % PREFIXES]!, routes[1 + (n++ % (routes.length - 1))]);
}

/** Nanoseconds that one call takes. */
function timed(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) * 1e6;
}

function latency(all: Float64Array, value: number): Latency {
  all.sort();
  return { value, worst: all.at(-1)!, slow: all[Math.floor(0.999 * all.length)]! };
}

/** Times `rounds` x `updates` updates one by one. A batch runs before each burst of them; `ns` gets its time for a lookup. */
export function measureUpdates(
  update: Updates,
  { rounds, updates }: { readonly rounds: number; readonly updates: number },
  batch?: Batch,
  ns: number[] = [],
): Latency {
  const all = new Float64Array(rounds * updates);
  for (let i = 0; i < BURST; i++) update();
  const means = Array.from({ length: rounds }, (_, round) => {
    globalThis.gc?.();
    for (let i = round * updates; i < (round + 1) * updates; i++) {
      if (batch !== undefined && i % BURST === 0) ns.push(timed(() => batch.run()) / batch.capacity);
      all[i] = timed(update);
    }
    return all.subarray(round * updates, (round + 1) * updates).reduce((a, b) => a + b) / updates;
  });
  return latency(all, summarize(means).median);
}

/** Times each unicast /8 that the table lacks as it comes and as it goes. */
export function measureSlash8(ns: Netns, table: Table): Latency {
  const taken = new Set(table.addresses.filter((_, i) => table.lengths[i] === 8));
  const free = Array.from({ length: 223 }, (_, i) => ((i + 1) << 24) >>> 0).filter((a) => !taken.has(a));
  const steps = [changesOf(table, 'add'), changesOf(table, 'del')];
  globalThis.gc?.();
  const all = free.flatMap((address) =>
    steps.map(({ prefix, to }) => {
      prefix.address = address;
      prefix.length = 8;
      return timed(() => ns.apply(to[1]!));
    }),
  );
  return latency(Float64Array.from(all), summarize(all).median);
}
