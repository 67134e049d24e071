/**
 * bench/embed-worker.ts - one that holds prefixes in a process of its own: fills it, then measures round by round.
 *
 *   parent: { do: 'prepare', name, plan }   worker: EmbedPrepared
 *   parent: { do: 'round' }                 worker: EmbedRound
 */
import { EMBED_WAYS, HOLDERS, type Ask, type Held } from './embed-subjects.js';
import { addressesIn, embedTable, type Asked } from './embed-table.js';
import { serveParent } from './process.js';

/** What is measured. */
export interface EmbedPlan {
  /** A file of prefixes, or how many of IPv4 there are. */
  readonly table: string | number;
  /** Addresses that are asked for one by one, and rows of a batch. */
  readonly addresses: number;
  readonly rows: number;
  readonly rounds: number;
  /** Milliseconds of each way in a round. */
  readonly ms: number;
  /** Names of holders; all of them without. The first one always is there. */
  readonly only?: readonly string[];
}

/** What the parent asks for. */
export type EmbedOrder =
  { readonly do: 'prepare'; readonly name: string; readonly plan: EmbedPlan } | { readonly do: 'round' };

/** What a worker says when it holds the table. */
export interface EmbedPrepared {
  readonly size4: number;
  readonly size6: number;
  readonly loadMs: number;
  /** Numbers of the same addresses, half of them anywhere, by way and family; those who are slow answer fewer. */
  readonly answers: Readonly<Record<string, readonly number[]>>;
}

/** What a worker says after a round. */
export interface EmbedRound {
  /** Nanoseconds of a lookup, by way and family. */
  readonly ns: Readonly<Record<string, number>>;
  /** Bytes of what leads from an address to its number, where they can be told. */
  readonly used?: number;
}

const PROBES = 2048;
const FEWEST_PROBES = 32;
const PROBE_MS = 2000;
/** Lookups between two readings of the clock, of who is quick. */
const STEP = 1 << 10;

/** One that holds a table, and what it is asked. */
interface Entrant {
  readonly held: Held;
  readonly asked: readonly Asked[];
  readonly plan: EmbedPlan;
}

/** Answers the parent until it lets go. */
export function serveEmbedded(): void {
  let entrant: Entrant | undefined;
  serveParent(async (order: EmbedOrder) => {
    if (order.do === 'round') return roundOf(entrant!);
    const [made, prepared] = await prepare(order.name, order.plan);
    entrant = made;
    globalThis.gc?.(); // what the table was made of is gone
    return prepared;
  });
}

async function prepare(name: string, plan: EmbedPlan): Promise<[Entrant, EmbedPrepared]> {
  const table = embedTable(plan.table);
  const families = [false, true];
  const probes = families.map((is6) => addressesIn(table, is6, { count: PROBES, rows: 0, isWild: true }));
  const asked = families.map((is6) => addressesIn(table, is6, { count: plan.addresses, rows: plan.rows }));
  const start = performance.now();
  const held = await HOLDERS.find((holder) => holder.name === name)!.hold(table);
  const loadMs = performance.now() - start;
  const answers = Object.fromEntries(probes.flatMap((each) => answersTo(held, each)));
  const size6 = table.prefixes.filter(({ is6 }) => is6).length;
  const size4 = table.prefixes.length - size6;
  return [
    { held, asked, plan },
    { size4, size6, loadMs, answers },
  ];
}

function answersTo(held: Held, asked: Asked): [column: string, answers: number[]][] {
  return EMBED_WAYS.flatMap((way) => {
    const ask = held.ways[way];
    if (ask === undefined) return [];
    const answers: number[] = [];
    const end = performance.now() + PROBE_MS;
    for (let i = 0; i < PROBES && (i < FEWEST_PROBES || performance.now() < end); i++)
      answers.push(ask(asked, i, i + 1));
    return [[columnOf(way, asked), answers]];
  });
}

function columnOf(way: string, { is6 }: Asked): string {
  return `${way}${is6 ? 6 : 4}`;
}

/** Each way that there is. */
function roundOf({ held, asked, plan }: Entrant): EmbedRound {
  const times = asked.flatMap((each): [string, number][] => {
    const ways = EMBED_WAYS.flatMap((way): [string, number][] => {
      const ask = held.ways[way];
      return ask === undefined ? [] : [[columnOf(way, each), timeOf(ask, each, plan.ms)]];
    });
    if (held.batch === undefined) return ways;
    const out = new Uint32Array(Math.max(plan.rows, plan.addresses));
    const all = (rows: Parameters<typeof held.batch>[0], n: number): number =>
      timeOf((_, from) => (held.batch!(rows, out), from), each, plan.ms, n);
    return [
      ...ways,
      [columnOf('texts', each), all(each.texts, plan.addresses)],
      [columnOf('batch', each), all(each.rows, plan.rows)],
    ];
  });
  const used = held.used?.();
  return { ns: Object.fromEntries(times), ...(used === undefined ? {} : { used }) };
}

/** Nanoseconds of a lookup, over some time: who is slow is asked for fewer addresses, one at least. */
function timeOf(ask: Ask, asked: Asked, ms: number, rows = 1): number {
  const { length } = asked.texts;
  const start = performance.now();
  let done = 0;
  let sum = 0;
  let now = start;
  for (let step = 1; now - start < ms; now = performance.now()) {
    const from = done % length;
    const to = rows > 1 ? from + 1 : Math.min(from + step, length);
    sum += ask(asked, from, to);
    done += to - from;
    step = Math.min(2 * step, STEP);
  }
  if (Number.isNaN(sum)) throw new Error('a sum of answers is no number');
  return ((now - start) * 1e6) / (done * rows);
}
