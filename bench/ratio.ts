/**
 * bench/ratio.ts - hoptrie's shapes beside native peers: the same table, the same traces, rounds that take turns.
 *
 * A peer is a process, or two; each of its ways is asked for one round, then the next peer's. What else the machine does
 * falls on all alike, and ratios are taken round by round.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from './compare.js';
import { SHAPES, type Introduction } from './forward.js';
import { WAYS_APART, type Way } from './lookups.js';
import { NATIVES, dpdkVersion, findCompiler, startNative, type NativeName } from './native.js';
import { Process } from './process.js';
import { TRACES, type TraceName } from './trace.js';
import { tableOf, writeWorkload } from './workload.js';

/** Who takes part: hoptrie by shape, and the natives. */
export const PEERS = [...SHAPES, ...NATIVES] as const;
export type PeerName = (typeof PEERS)[number];

/** What is run. */
export interface RatioPlan {
  /** A file of prefixes, or how many to generate. */
  readonly table: string | number;
  /** Destinations of a trace. */
  readonly rows: number;
  readonly rounds: number;
  /** Milliseconds of each round. */
  readonly ms: number;
  readonly seed: number;
  readonly peers: readonly PeerName[];
}

/** A full run but for its table, and one that only shows that everything works. */
export const FULL_RATIO = { rows: 1 << 20, rounds: 15, ms: 60, seed: 1, peers: PEERS } as const;
export const QUICK_RATIO: RatioPlan = { ...FULL_RATIO, table: 2000, rows: 1 << 12, rounds: 2, ms: 2 };

/** One way of one peer: nanoseconds of a lookup, round by round. */
export interface RatioResult {
  readonly peer: PeerName;
  readonly way: string;
  /** Bytes of what lookups read. */
  readonly bytes: number;
  readonly buildMs: number;
  readonly ns: Record<TraceName, readonly number[]>;
}

/** What a run gives. */
export interface RatioRun {
  readonly prefixes: number;
  readonly table: string;
  readonly seed: number;
  readonly rows: number;
  readonly compiler: string | undefined;
  readonly dpdk: string | undefined;
  /** Who does not take part, and why. */
  readonly absent: readonly string[];
  readonly results: readonly RatioResult[];
}

/** Rows of each trace on which all must agree, in each way. */
const PROBES = 1 << 12;

/** A way of a peer that takes part. */
interface Entrant extends Introduction {
  readonly process: Process;
  readonly peer: PeerName;
}

function isNative(peer: PeerName): peer is NativeName {
  return (NATIVES as readonly string[]).includes(peer);
}

/** Starts a process of a peer; undefined for a native one that does not come up, with a word why. */
async function enter(
  peer: PeerName,
  ways: readonly Way[] | undefined,
  folder: string,
  script: string,
  absent: string[],
): Promise<Entrant | undefined> {
  let process: Process | undefined;
  try {
    process = isNative(peer) ? await startNative(peer, folder) : Process.fork(peer, script, 'forward');
    const introduction = await process.ask<Introduction>({ do: 'prepare', folder, shape: peer, ways });
    return { ...introduction, process, peer };
  } catch (error) {
    process?.end();
    if (!isNative(peer)) throw error;
    absent.push(`${peer}: ${(error as Error).message}`);
    return undefined;
  }
}

/** @throws {Error} some way of some peer answers otherwise than the first way of the first */
async function agree(entrants: readonly Entrant[]): Promise<void> {
  for (const trace of TRACES) {
    let first: number[] | undefined;
    for (const { process, peer, ways } of entrants) {
      for (const [way, name] of ways.entries()) {
        const { nexthops } = await process.ask<{ nexthops: number[] }>({
          do: 'answers',
          way,
          trace,
          rows: PROBES,
        });
        first ??= nexthops;
        const at = nexthops.findIndex((nexthop, i) => nexthop !== first![i]);
        if (at >= 0)
          throw new Error(
            `${peer}, ${name}: row ${at} of ${trace} goes to ${nexthops[at]}, not ${first[at]}`,
          );
      }
    }
  }
}

/** One round of everybody after the other, over all traces; the first round warms up. */
async function runRounds(
  entrants: readonly Entrant[],
  plan: RatioPlan,
  report: Report,
): Promise<RatioResult[]> {
  const all = entrants.flatMap((entrant) =>
    entrant.ways.map((way, number) => {
      const ns: Record<TraceName, number[]> = { uniform: [], inside: [], zipf: [], sequential: [] };
      return { entrant, number, way, ns };
    }),
  );
  const total = TRACES.length * (plan.rounds + 1) * all.length;
  let done = 0;
  for (const trace of TRACES) {
    for (let round = 0; round <= plan.rounds; round++) {
      for (const { entrant, number, way, ns } of all) {
        report(++done, total, `${trace}: ${entrant.peer}, ${way}`);
        const order = { do: 'round', way: number, trace, ms: plan.ms };
        const reply = await entrant.process.ask<{ ns: number }>(order);
        if (round > 0) ns[trace].push(reply.ns);
      }
    }
  }
  return all.map(({ entrant: { peer, bytes, buildMs }, way, ns }) => ({ peer, way, bytes, buildMs, ns }));
}

/**
 * Runs the plan; `script` is what is forked with `--worker`.
 * @throws {Error} two peers do not agree
 */
export async function measureRatios(
  plan: RatioPlan,
  script: string,
  report: Report = () => undefined,
): Promise<RatioRun> {
  const folder = mkdtempSync(join(tmpdir(), 'hoptrie-bench-'));
  const table = tableOf(plan.table, plan.seed);
  writeWorkload(folder, table, plan.rows, plan.seed);
  report(0, 1, 'preparing');
  const absent: string[] = [];
  const entering = plan.peers.flatMap((peer) =>
    (isNative(peer) ? [undefined] : WAYS_APART).map((ways) => enter(peer, ways, folder, script, absent)),
  );
  try {
    const entrants = (await Promise.all(entering)).flatMap((entrant) => entrant ?? []);
    await agree(entrants);
    return {
      prefixes: table.addresses.length,
      table: typeof plan.table === 'string' ? 'real' : 'generated',
      seed: plan.seed,
      rows: plan.rows,
      compiler: (await findCompiler())?.version,
      dpdk: await dpdkVersion(),
      absent,
      results: await runRounds(entrants, plan, report),
    };
  } finally {
    for (const entered of await Promise.allSettled(entering))
      if (entered.status === 'fulfilled') entered.value?.process.end();
    rmSync(folder, { recursive: true });
  }
}
