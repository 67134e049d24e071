/**
 * bench/embed.ts - `npm run bench -- table`: hoptrie/table beside what else JavaScript has, both families, on a full table.
 *
 * All of them stand in one process and take turns, so that they meet the same weather. Who answers otherwise than the
 * first one is not timed.
 */
import type { Report } from './compare.js';
import { EMBED_WAYS, HOLDERS, type Ask, type Held, type Holder } from './embed-subjects.js';
import { addressesIn, embedTable, type Asked, type EmbedTable } from './embed-table.js';
import { summarize, type Rate } from './rate.js';

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

export const FULL_EMBED = { addresses: 1 << 16, rows: 1 << 20, rounds: 7, ms: 80 } as const;
export const QUICK_EMBED: EmbedPlan = { table: 2000, addresses: 256, rows: 4096, rounds: 2, ms: 1 };

/** The columns of a family: the ways to ask for one address, and many at once. */
export const EMBED_COLUMNS = [...EMBED_WAYS, 'batch'] as const;

/** What one of them did. */
export interface EmbedResult {
  readonly title: string;
  readonly note: string;
  readonly loadMs: number;
  readonly bytesPerPrefix?: number;
  /** Nanoseconds of a lookup, by way and family: `text6`. */
  readonly ns: Readonly<Record<string, Rate>>;
  /** Why it was not timed. */
  readonly stopped?: string;
}

/** A whole run. */
export interface EmbedRun {
  readonly size4: number;
  readonly size6: number;
  readonly results: readonly EmbedResult[];
}

/** Addresses for which answers are compared, half of them anywhere; those who are slow are asked for a while. */
const PROBES = 2048;
const FEWEST_PROBES = 32;
const PROBE_MS = 2000;
/** Lookups between two readings of the clock, of who is quick. */
const STEP = 1 << 10;

/** Measures them. */
export async function measureEmbedded(plan: EmbedPlan, report: Report): Promise<EmbedRun> {
  const { only, rounds } = plan;
  const table = embedTable(plan.table);
  const families = [false, true];
  const probes = families.map((is6) => addressesIn(table, is6, { count: PROBES, rows: 0, isWild: true }));
  const asked = families.map((is6) => addressesIn(table, is6, { count: plan.addresses, rows: plan.rows }));
  const holders = HOLDERS.filter(({ name }, i) => i === 0 || (only?.includes(name) ?? true));
  const total = holders.length + rounds;
  const entrants: Entrant[] = [];
  for (const [i, holder] of holders.entries()) {
    report(i, total, `${holder.title}: filling`);
    entrants.push(await enter(holder, table, probes, entrants[0]));
  }
  for (let round = 0; round < rounds; round++) {
    report(holders.length + round, total, 'asking');
    for (const entrant of entrants) for (const each of asked) takeRound(entrant, each, plan);
  }
  report(total, total, '');
  const size6 = table.prefixes.filter(({ is6 }) => is6).length;
  const size4 = table.prefixes.length - size6;
  return { size4, size6, results: entrants.map((entrant) => resultOf(entrant, table.prefixes.length)) };
}

/** One that takes part. */
interface Entrant {
  readonly holder: Holder;
  readonly held?: Held;
  readonly loadMs: number;
  readonly samples: Map<string, number[]>;
  readonly stopped?: string;
}

async function enter(
  holder: Holder,
  table: EmbedTable,
  probes: readonly Asked[],
  first: Entrant | undefined,
): Promise<Entrant> {
  const samples = new Map<string, number[]>();
  const start = performance.now();
  try {
    const held = await holder.hold(table);
    const loadMs = performance.now() - start;
    for (const each of probes) compare(holder, held, first?.held ?? held, each);
    return { holder, held, loadMs, samples };
  } catch (error) {
    return { holder, loadMs: 0, samples, stopped: (error as Error).message };
  }
}

/** Every way to ask must answer as `first` does by text. @throws {Error} one does not */
function compare({ isSet }: Holder, held: Held, first: Held, asked: Asked): void {
  const wanted = first.ways.text!;
  for (const way of EMBED_WAYS) {
    const ask = held.ways[way];
    if (ask === undefined) continue;
    const end = performance.now() + PROBE_MS;
    for (let i = 0; i < PROBES && (i < FEWEST_PROBES || performance.now() < end); i++) {
      const [mine, theirs] = [ask(asked, i, i + 1), wanted(asked, i, i + 1)];
      if (isSet ? (mine === 0) !== (theirs === 0) : mine !== theirs)
        throw new Error(`${asked.texts[i]!} by ${way} is ${mine}, expected ${theirs}`);
    }
  }
}

/** A round of each way that there is. */
function takeRound({ held, samples }: Entrant, asked: Asked, plan: EmbedPlan): void {
  if (held === undefined) return;
  const take = (column: string, ns: number): void => {
    const name = `${column}${asked.is6 ? 6 : 4}`;
    samples.set(name, [...(samples.get(name) ?? []), ns]);
  };
  for (const way of EMBED_WAYS) {
    const ask = held.ways[way];
    if (ask !== undefined) take(way, timeOf(ask, asked, plan.ms));
  }
  if (held.batch === undefined) return;
  const out = new Uint32Array(plan.rows);
  take(
    'batch',
    timeOf((_, from) => (held.batch!(asked.rows, out), from), asked, plan.ms, plan.rows),
  );
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

function resultOf({ holder, held, loadMs, samples, stopped }: Entrant, prefixes: number): EmbedResult {
  const used = held?.used?.();
  return {
    title: holder.title,
    note: holder.note,
    loadMs,
    ns: Object.fromEntries([...samples].map(([column, each]) => [column, summarize(each)])),
    ...(used === undefined ? {} : { bytesPerPrefix: used / prefixes }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}
