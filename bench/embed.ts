/**
 * bench/embed.ts - `npm run bench -- table`: hoptrie/table beside what else JavaScript has, both families, on a full table.
 *
 * Each of them stands in a process of its own (embed-worker.ts), so that nobody's heap, collections and compiled code are in
 * another's way, and all take turns, so that they meet the same weather. Who answers otherwise than the first one is not
 * timed.
 */
import type { Report } from './compare.js';
import { EMBED_WAYS, HOLDERS, type Holder } from './embed-subjects.js';
import type { EmbedOrder, EmbedPlan, EmbedPrepared, EmbedRound } from './embed-worker.js';
import { Process } from './process.js';
import { summarize, type Rate } from './rate.js';

export const FULL_EMBED = { addresses: 1 << 16, rows: 1 << 20, rounds: 7, ms: 80 } as const;
export const QUICK_EMBED: EmbedPlan = { table: 2000, addresses: 256, rows: 4096, rounds: 2, ms: 1 };

/** The columns of a family: the ways to ask for one address, and for many at once, as text and as numbers or bytes. */
export const EMBED_COLUMNS = [...EMBED_WAYS, 'texts', 'batch'] as const;

/** What one of them did. */
export interface EmbedResult {
  readonly title: string;
  readonly note: string;
  /** It is ours. */
  readonly isOwn: boolean;
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

/** Measures them; `script` is what is forked with `--worker`. */
export async function measureEmbedded(plan: EmbedPlan, script: string, report: Report): Promise<EmbedRun> {
  const { only, rounds } = plan;
  const holders = HOLDERS.filter(({ name }, i) => i === 0 || (only?.includes(name) ?? true));
  const total = holders.length + rounds;
  const entrants: Entrant[] = [];
  try {
    for (const [i, holder] of holders.entries()) {
      report(i, total, `${holder.title}: filling`);
      entrants.push(await enter(holder, plan, script, entrants[0]));
    }
    for (let round = 0; round < rounds; round++) {
      report(holders.length + round, total, 'asking');
      for (const entrant of entrants) await takeRound(entrant);
    }
  } finally {
    for (const { process } of entrants) process.end();
  }
  report(total, total, '');
  const { size4, size6 } = entrants[0]!.prepared!;
  return { size4, size6, results: entrants.map((entrant) => resultOf(entrant, size4 + size6)) };
}

/** One that takes part. */
interface Entrant {
  readonly holder: Holder;
  readonly process: Process;
  readonly prepared?: EmbedPrepared;
  readonly samples: Map<string, number[]>;
  used?: number | undefined;
  stopped?: string;
}

async function enter(
  holder: Holder,
  plan: EmbedPlan,
  script: string,
  first: Entrant | undefined,
): Promise<Entrant> {
  const process = Process.fork(holder.name, script, 'embed');
  const samples = new Map<string, number[]>();
  try {
    const order: EmbedOrder = { do: 'prepare', name: holder.name, plan };
    const prepared = await process.ask<EmbedPrepared>(order);
    compare(holder, prepared, (first?.prepared ?? prepared).answers);
    return { holder, process, prepared, samples };
  } catch (error) {
    if (first === undefined) throw error;
    return { holder, process, samples, stopped: (error as Error).message };
  }
}

/** Every way to ask must answer as the first one does by text. @throws {Error} one does not */
function compare({ isSet }: Holder, { answers }: EmbedPrepared, wanted: EmbedPrepared['answers']): void {
  for (const [column, mine] of Object.entries(answers)) {
    const theirs = wanted[`text${column.slice(-1)}`]!;
    const i = mine.findIndex((id, at) => (isSet ? (id === 0) !== (theirs[at] === 0) : id !== theirs[at]));
    if (i >= 0) throw new Error(`address ${i} by ${column} is ${mine[i]!}, expected ${theirs[i]!}`);
  }
}

/** A round of each way that there is. */
async function takeRound(entrant: Entrant): Promise<void> {
  if (entrant.stopped !== undefined) return;
  try {
    const order: EmbedOrder = { do: 'round' };
    const { ns, used } = await entrant.process.ask<EmbedRound>(order);
    entrant.used = used;
    for (const [column, each] of Object.entries(ns))
      entrant.samples.set(column, [...(entrant.samples.get(column) ?? []), each]);
  } catch (error) {
    entrant.stopped = (error as Error).message;
  }
}

function resultOf({ holder, prepared, samples, used, stopped }: Entrant, prefixes: number): EmbedResult {
  return {
    title: holder.title,
    note: holder.note,
    isOwn: holder.isOwn ?? false,
    loadMs: prepared?.loadMs ?? 0,
    ns: Object.fromEntries([...samples].map(([column, each]) => [column, summarize(each)])),
    ...(used === undefined ? {} : { bytesPerPrefix: used / prefixes }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}
