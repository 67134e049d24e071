/**
 * bench/compare.ts - hoptrie and its peers over tables of several sizes: who takes how long for what.
 *
 * Each subject has a process of its own for each size, and stops growing at the size where one of its lookups costs a
 * millisecond. Rounds go round: one of every subject, then the next.
 */
import { Process } from './process.js';
import { summarize, type Rate } from './rate.js';
import { SUBJECTS, type SubjectName } from './subject.js';
import { TASKS, type Prepared, type Task } from './worker.js';

/** What is run. */
export interface Plan {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Rounds of whole builds. */
  readonly builds: number;
  /** Milliseconds of each round. */
  readonly ms: number;
  readonly seed: number;
  readonly subjects: readonly SubjectName[];
}

/** The full run, and the one that only shows that everything works. */
export const FULL: Plan = {
  sizes: [1_000, 10_000, 100_000, 1_000_000],
  rounds: 7,
  builds: 3,
  ms: 120,
  seed: 1,
  subjects: SUBJECTS,
};
export const QUICK: Plan = { ...FULL, sizes: [200], rounds: 2, builds: 1, ms: 5 };

/** Figures of one subject at one size: nanoseconds of an operation. */
export interface Result {
  readonly subject: SubjectName;
  readonly prefixes: number;
  readonly bytesPerPrefix: number;
  readonly ns: Partial<Record<Task, Rate>>;
  /** Why the subject does not go on to the next size. */
  readonly stopped?: string;
}

/** How far the run is: a step is one round of one subject. */
export type Report = (done: number, total: number, what: string) => void;

/** One lookup may cost this much before a subject stops growing. */
const LIMIT_MS = 1;

/** A subject that takes part at one size. */
interface Entrant {
  readonly subject: SubjectName;
  readonly process: Process;
  readonly prepared: Prepared;
  readonly samples: Map<Task, number[]>;
  failure?: string;
}

/** Says what differs when a subject answers otherwise than the first one. */
function disagreement(entrant: Entrant, first: Entrant): string | undefined {
  const { nexthops, covered } = entrant.prepared;
  const differs = (a: readonly unknown[], b: readonly unknown[]): boolean => a.some((x, i) => x !== b[i]);
  const wrong = nexthops
    ? differs(nexthops, first.prepared.nexthops ?? nexthops)
    : differs(covered, first.prepared.covered);
  return wrong ? `its answers differ from those of ${first.subject}` : undefined;
}

async function enter(
  subject: SubjectName,
  prefixes: number,
  plan: Plan,
  script: string,
): Promise<Entrant | string> {
  const process = Process.fork(subject, script, 'packages');
  try {
    const prepared = await process.ask<Prepared>({ do: 'prepare', subject, prefixes, seed: plan.seed });
    return { subject, process, prepared, samples: new Map() };
  } catch (error) {
    process.end();
    return (error as Error).message;
  }
}

async function runRounds(
  entrants: readonly Entrant[],
  plan: Plan,
  step: (what: string) => void,
): Promise<void> {
  for (const task of TASKS) {
    const rounds = task.startsWith('build') ? plan.builds : plan.rounds;
    for (let round = 0; round < rounds; round++) {
      for (const entrant of entrants) {
        step(`${entrant.subject}: ${task}`);
        if (entrant.failure !== undefined || !entrant.prepared.tasks.includes(task)) continue;
        try {
          const { ns } = await entrant.process.ask<{ ns: number }>({ do: 'round', task, ms: plan.ms });
          const samples = entrant.samples.get(task);
          if (samples) samples.push(ns);
          else entrant.samples.set(task, [ns]);
        } catch (error) {
          entrant.failure = (error as Error).message;
        }
      }
    }
  }
}

function resultOf({ subject, prepared, samples, failure }: Entrant, prefixes: number): Result {
  const ns: Partial<Record<Task, Rate>> = {};
  for (const [task, values] of samples) ns[task] = summarize(values);
  const lookups = [ns['lookup number'], ns['lookup text']].flatMap((rate) => rate ?? []);
  const fastest = Math.min(...lookups.map(({ median }) => median)) / 1e6;
  const slow = fastest >= LIMIT_MS ? `one lookup costs ${fastest.toFixed(1)} ms` : undefined;
  const stopped = failure ?? slow;
  return {
    subject,
    prefixes,
    bytesPerPrefix: prepared.bytesPerPrefix,
    ns,
    ...(stopped === undefined ? {} : { stopped }),
  };
}

/** Rounds of one size, over all tasks and subjects. */
function steps(plan: Plan, subjects: number): number {
  const builds = TASKS.filter((task) => task.startsWith('build')).length;
  return subjects * (builds * plan.builds + (TASKS.length - builds) * plan.rounds);
}

/**
 * Runs the plan; `script` is what is forked with `--worker`.
 * @throws {Error} a subject's answers differ from hoptrie's
 */
export async function compare(
  plan: Plan,
  script: string,
  report: Report = () => undefined,
): Promise<Result[]> {
  const results: Result[] = [];
  let subjects = [...plan.subjects];
  for (const prefixes of plan.sizes) {
    const total = steps(plan, subjects.length);
    let done = 0;
    report(0, total, `preparing ${prefixes} prefixes`);
    const entrants: Entrant[] = [];
    for (const subject of subjects) {
      const entrant = await enter(subject, prefixes, plan, script);
      if (typeof entrant === 'string')
        results.push({ subject, prefixes, bytesPerPrefix: 0, ns: {}, stopped: entrant });
      else entrants.push(entrant);
    }
    try {
      for (const entrant of entrants) {
        const wrong = disagreement(entrant, entrants[0]!);
        if (wrong !== undefined) throw new Error(`${entrant.subject} at ${prefixes} prefixes: ${wrong}`);
      }
      await runRounds(entrants, plan, (what) => report(++done, total, `${prefixes} prefixes, ${what}`));
    } finally {
      for (const { process } of entrants) process.end();
    }
    results.push(...entrants.map((entrant) => resultOf(entrant, prefixes)));
    const stopped = new Set(
      results.filter((result) => result.stopped !== undefined).map(({ subject }) => subject),
    );
    subjects = subjects.filter((subject) => !stopped.has(subject));
  }
  return results.sort(
    (a, b) => SUBJECTS.indexOf(a.subject) - SUBJECTS.indexOf(b.subject) || a.prefixes - b.prefixes,
  );
}
