/**
 * bench/worker.ts - one subject with one table in a process of its own: prepares, then measures round by round.
 *
 *   parent: { do: 'prepare', subject, prefixes, seed }   worker: Prepared
 *   parent: { do: 'round', task, ms }                    worker: { ns } of one operation
 * The parent asks all workers for a round in turn, so that what else the machine does falls on all alike.
 */
import { Bench } from 'tinybench';
import { serveParent } from './process.js';
import { HoptrieSubject } from './subject-hoptrie.js';
import { BlockListSubject, LongestPrefixMatchSubject, NetparserSubject } from './subject-packages.js';
import { ArraySubject, MapsSubject } from './subject-plain.js';
import type { Subject, SubjectName } from './subject.js';
import { generateTable, shuffleTable, type Table } from './table.js';
import { makeTrace, quads } from './trace.js';

/** What is measured, in the order of the report. */
export const TASKS = [
  'build sorted',
  'build shuffled',
  'insert',
  'delete',
  'lookup number',
  'lookup text',
  'lookup batch',
] as const;
export type Task = (typeof TASKS)[number];

/** What a worker says when its subject holds the table. */
export interface Prepared {
  readonly tasks: Task[];
  /** Bytes that the structure takes for each prefix, by its own count or by what the process grew. */
  readonly bytesPerPrefix: number;
  /** Next hops of some addresses, or undefined where the subject does not tell them. */
  readonly nexthops: number[] | undefined;
  /** Which of the addresses a prefix covers. */
  readonly covered: boolean[];
  /** Milliseconds of one lookup, by text where it takes text alone. */
  readonly lookupMs: number;
}

/** What the parent asks for. */
export type Order =
  | {
      readonly do: 'prepare';
      readonly subject: SubjectName;
      readonly prefixes: number;
      readonly seed: number;
    }
  | { readonly do: 'round'; readonly task: Task; readonly ms: number };

/** Destinations of the lookups: random addresses inside prefixes. */
const TRACE_ROWS = 1 << 17;
/** Rows of one batch. */
const BATCH_ROWS = 1 << 14;
/** Most routes that come and go in one call, and how long that may take. */
const CHANGE_ROWS = 512;
const CHANGE_MS = 10;
/** Larger tables are built without a warm-up: preparing has built one already. */
const WARM_BUILDS = 10_000;
/** Addresses on which the subjects must agree. */
const PROBES = 200;
/** A call of a measured function does as many lookups as take about this long. */
const CALL_MS = 0.2;

async function createSubject(name: SubjectName): Promise<Subject> {
  switch (name) {
    case 'hoptrie':
      return new HoptrieSubject();
    case 'array':
      return new ArraySubject();
    case 'maps':
      return new MapsSubject();
    case 'blocklist':
      return new BlockListSubject();
    case 'longest-prefix-match':
      return LongestPrefixMatchSubject.load();
    case 'netparser':
      return NetparserSubject.load();
  }
}

/** What the process uses, after a collection where it may ask for one: its heap, or all of it for native code. */
function usedBytes(isNative: boolean): number {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return isNative ? rss : heapUsed + external;
}

/** Does both, which cancel each other out, and tells tinybench what one of them took. */
function timed(first: () => void, second: () => void, part: 'first' | 'second'): object {
  const start = performance.now();
  first();
  const between = performance.now();
  second();
  const end = performance.now();
  const duration = part === 'first' ? between - start : end - between;
  return { overriddenDuration: duration, overriddenIterationCost: end - start };
}

/** A subject that holds a table, and what it is asked. */
class Worker {
  readonly #subject: Subject;
  readonly #sorted: Table;
  readonly #shuffled: Table;
  readonly #dsts: Uint32Array;
  readonly #texts: string[];
  #perCall = 1;
  #changes = 1;
  #at = 0;

  constructor(subject: Subject, prefixes: number, seed: number) {
    this.#subject = subject;
    this.#sorted = generateTable({ prefixes, seed });
    this.#shuffled = shuffleTable(this.#sorted, seed);
    this.#dsts = makeTrace('inside', this.#sorted, TRACE_ROWS, seed);
    this.#texts = quads(this.#dsts);
  }

  prepare(): Prepared {
    const subject = this.#subject;
    const n = this.#sorted.addresses.length;
    const isNative = subject.isNative ?? false;
    const before = usedBytes(isNative);
    subject.build(this.#shuffled);
    const grown = usedBytes(isNative) - before;
    const probes = [...makeTrace('uniform', this.#sorted, PROBES / 2), ...this.#dsts.subarray(0, PROBES / 2)];
    const start = performance.now();
    const covered = probes.map((address) => subject.covers(address));
    const lookupMs = (performance.now() - start) / PROBES;
    this.#perCall = Math.max(1, Math.min(1 << 12, Math.round(CALL_MS / lookupMs)));
    this.#changes = this.#countChanges();
    return {
      tasks: TASKS.filter((task) => this.#call(task) !== undefined),
      bytesPerPrefix: (subject.bytes?.() ?? grown) / n,
      nexthops: subject.nexthop && probes.map((address) => subject.nexthop!(address)),
      covered,
      lookupMs,
    };
  }

  /** How many routes may come and go in one call; the first ones warm up. */
  #countChanges(): number {
    const subject = this.#subject;
    const rows = Math.min(this.#sorted.addresses.length, 8);
    if (subject.insert === undefined || subject.remove === undefined) return 0;
    const start = performance.now();
    subject.remove(this.#shuffled, 0, rows);
    subject.insert(this.#shuffled, 0, rows);
    const ms = (performance.now() - start) / rows;
    return Math.max(1, Math.min(CHANGE_ROWS, this.#sorted.addresses.length, Math.round(CHANGE_MS / ms)));
  }

  /** The next `perCall` rows of the trace. */
  #rows(): [from: number, to: number] {
    if (this.#at + this.#perCall > TRACE_ROWS) this.#at = 0;
    const from = this.#at;
    this.#at += this.#perCall;
    return [from, this.#at];
  }

  /** A task as what a call does and how many operations that are. */
  #call(task: Task): { run: () => unknown; operations: number } | undefined {
    const subject = this.#subject;
    const n = this.#sorted.addresses.length;
    const changes = this.#changes;
    const insert = subject.insert && ((): void => subject.insert!(this.#shuffled, 0, changes));
    const remove = subject.remove && ((): void => subject.remove!(this.#shuffled, 0, changes));
    switch (task) {
      case 'build sorted':
        return { run: () => subject.build(this.#sorted), operations: n };
      case 'build shuffled':
        return { run: () => subject.build(this.#shuffled), operations: n };
      case 'insert':
        return insert && remove && { run: () => timed(remove, insert, 'second'), operations: changes };
      case 'delete':
        return insert && remove && { run: () => timed(remove, insert, 'first'), operations: changes };
      case 'lookup number':
        return (
          subject.lookupNumbers && {
            run: () => subject.lookupNumbers!(this.#dsts, ...this.#rows()),
            operations: this.#perCall,
          }
        );
      case 'lookup text':
        return (
          subject.lookupTexts && {
            run: () => subject.lookupTexts!(this.#texts, ...this.#rows()),
            operations: this.#perCall,
          }
        );
      case 'lookup batch': {
        const rows = this.#dsts.subarray(0, BATCH_ROWS);
        return subject.lookupBatch && { run: () => subject.lookupBatch!(rows), operations: BATCH_ROWS };
      }
    }
  }

  /** Nanoseconds of one operation: the median over the calls of about `ms` milliseconds. */
  async round(task: Task, ms: number): Promise<number> {
    const call = this.#call(task);
    if (call === undefined) throw new Error(`no task '${task}'`);
    const bench = new Bench({
      time: ms,
      iterations: 1,
      warmup: !task.startsWith('build') || this.#sorted.addresses.length <= WARM_BUILDS,
      warmupTime: ms / 4,
      warmupIterations: 1,
      throws: true,
    });
    bench.add(task, call.run, { async: false });
    await bench.run();
    const result = bench.tasks[0]!.result;
    if (result.state !== 'completed') throw new Error(`'${task}' ended as ${result.state}`);
    return (result.latency.p50 * 1e6) / call.operations;
  }
}

/** Answers the parent until it lets go. */
export function servePackages(): void {
  let worker: Worker | undefined;
  serveParent(async (order: Order) => {
    if (order.do === 'round') return { ns: await worker!.round(order.task, order.ms) };
    worker = new Worker(await createSubject(order.subject), order.prefixes, order.seed);
    return worker.prepare();
  });
}
