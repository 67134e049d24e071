/**
 * kernel/run.ts - one scenario on two sides, step by step, until they differ; and many scenarios at a time.
 *
 * A kernel reports carriers some milliseconds after its answer. A run therefore yields after steps that may cause such
 * reports, and all runs of a batch wait together.
 */
import { messagesOf, numbered } from './bytes.js';
import { compareDatagrams, compareReplies, compareTexts, type Difference } from './compare.js';
import { DUMPS, FILES } from './get.js';
import { type Open, type Peer } from './peer.js';
import { queryBytes, queryKind, queryWords, type Query } from './query.js';
import { type Scenario, type Step } from './scenario.js';
import { type Request } from './world.js';

/** After so many milliseconds what was deleted is freed. */
const FREED_MS = 60;

/** So many questions travel in one datagram. */
const BATCH = 100;

/** What is looked at after a step. */
export interface Probe {
  readonly dumps: readonly Request[];
  readonly files: readonly string[];
  readonly queries: readonly Query[];
}

/** Everything but questions. */
export const ALL: Probe = { dumps: DUMPS, files: FILES, queries: [] };
export const NOTHING: Probe = { dumps: [], files: [], queries: [] };

/** A scenario as it is run: its steps, devices first, and what is looked at after which. */
export interface Plan extends Pick<Scenario, 'socket' | 'start'> {
  readonly steps: readonly Step[];
  /** What to look at after step number `i`. */
  readonly probe: (i: number) => Probe;
}

/** A scenario with its plan. */
export interface Entry {
  readonly scenario: Scenario;
  readonly plan: Plan;
  /** What is left to be run after a difference at step number `at`. */
  readonly rest?: (at: number) => readonly Entry[];
}

/** The first difference of a run. */
export interface Finding {
  /** Number of the step it was found after. */
  readonly at: number;
  readonly signature: string;
  readonly detail: readonly string[];
  /** What showed it; nothing when it was the step's own answer or its notifications. */
  readonly probe: Probe;
}

/** What was done, for the report. */
export interface Counts {
  scenarios: number;
  steps: number;
  accepted: number;
  notifications: number;
  dumps: number;
  queries: number;
  answered: number;
}

export const noCounts = (): Counts => ({
  scenarios: 0,
  steps: 0,
  accepted: 0,
  notifications: 0,
  dumps: 0,
  queries: 0,
  answered: 0,
});

type Run = Generator<number, Finding | undefined, void>;

/** Runs a plan in two fresh namespaces; yields the milliseconds that must pass. */
export function* run(plan: Plan, openLeft: Open, openRight: Open, counts: Counts): Run {
  counts.scenarios++;
  const pair = new Pair(openLeft(plan.socket), openRight(plan.socket), counts);
  try {
    for (const step of plan.start) {
      const differs = pair.both((peer) => peer.sysctl(step.path, step.value), compareWords);
      if (differs) return finding(-1, NOTHING, `start: ${step.words}`, differs);
    }
    pair.events();
    for (const [i, step] of plan.steps.entries()) {
      const found = yield* take(pair, step, i);
      if (found) return found;
      const probed = yield* examine(pair, plan.probe(i), i);
      if (probed) return probed;
    }
    return undefined;
  } finally {
    pair.close();
  }
}

/** Takes one step on both sides: its answer, then what was notified. */
function* take(pair: Pair, step: Step, i: number): Run {
  pair.counts.steps++;
  if ('path' in step) {
    const differs = pair.both((peer) => peer.sysctl(step.path, step.value), compareWords);
    if (differs) return finding(i, NOTHING, 'sysctl', differs);
  } else {
    const differs = pair.ask(step.bytes, i + 1);
    if (step.settleMs) {
      yield step.settleMs;
      pair.advance(step.settleMs);
    }
    if (differs) return finding(i, NOTHING, `answer to ${verb(step)}`, differs);
  }
  const differs = pair.events();
  return differs && finding(i, NOTHING, `events of ${verb(step)}`, differs);
}

/** The first words of a command: what findings are counted under. */
const verb = ({ words }: Step): string => words.split(' ', 3).join(' ');

/**
 * Looks at dumps, files and questions on both sides. A question whose answers differ is asked once more a little later: some
 * of a kernel's decisions count routes that are gone but not yet freed (those with realms).
 */
function* examine(pair: Pair, { dumps, files, queries }: Probe, at: number): Run {
  for (const dump of dumps) {
    const differs = pair.dump(dump.bytes);
    if (differs) return finding(at, { ...NOTHING, dumps: [dump] }, `dump of ${dump.words}`, differs);
  }
  for (const file of files) {
    const differs = pair.both((peer) => peer.proc(file), compareTexts);
    if (differs) return finding(at, { ...NOTHING, files: [file] }, `/proc/net/${file}`, differs);
  }
  for (let from = 0; from < queries.length; from += BATCH) {
    const batch = queries.slice(from, from + BATCH);
    if (!pair.questions(batch)) continue;
    yield FREED_MS;
    pair.advance(FREED_MS);
    const differs = pair.questions(batch);
    if (!differs) continue;
    return finding(
      at,
      { ...NOTHING, queries: [differs.query] },
      queryKind(differs.query),
      differs.difference,
    );
  }
  return undefined;
}

const finding = (at: number, probe: Probe, what: string, { signature, detail }: Difference): Finding => ({
  at,
  probe,
  signature: `${what}: ${signature}`,
  detail: [...probe.queries.map(queryWords), ...detail],
});

const compareWords = (
  left: string,
  right: string,
  names: readonly [string, string],
): Difference | undefined =>
  left === right
    ? undefined
    : { signature: `${left} / ${right}`, detail: names.map((name, i) => `${name}: ${[left, right][i]}`) };

/** Two sides that are asked the same. */
class Pair {
  readonly counts: Counts;
  readonly #left: Peer;
  readonly #right: Peer;
  readonly #names: readonly [string, string];

  constructor(left: Peer, right: Peer, counts: Counts) {
    this.counts = counts;
    this.#left = left;
    this.#right = right;
    this.#names = [left.name, right.name];
  }

  /** Does something on both sides and compares; what one side throws is a difference. */
  both<T>(
    ask: (peer: Peer) => T,
    compare: (a: T, b: T, names: readonly [string, string]) => Difference | undefined,
  ): Difference | undefined {
    const left = ask(this.#left);
    let right;
    try {
      right = ask(this.#right);
    } catch (e) {
      return thrown(this.#names[1], e);
    }
    return compare(left, right, this.#names);
  }

  /** A request with the number of its step, and the answers of both. */
  ask(bytes: Uint8Array, seq: number): Difference | undefined {
    const request = numbered(bytes.slice(), seq);
    return this.both((peer) => {
      const answer = peer.request(request);
      if (peer === this.#left && accepted(answer)) this.counts.accepted++;
      return answer;
    }, compareDatagrams);
  }

  dump(bytes: Uint8Array): Difference | undefined {
    this.counts.dumps++;
    return this.both((peer) => peer.request(bytes), compareDatagrams);
  }

  /** Many questions in one datagram, numbered; the first whose answers differ. */
  questions(queries: readonly Query[]): { query: Query; difference: Difference } | undefined {
    this.counts.queries += queries.length;
    const datagram = Buffer.concat(queries.map((query, i) => numbered(queryBytes(query), i)));
    let found: { query: Query; difference: Difference } | undefined;
    const differs = this.both(
      (peer) => peer.request(datagram),
      (left, right, names) => {
        this.counts.answered += left.filter((reply) => reply[4] !== 2).length; // not an error
        const first = compareReplies(left, right, names);
        if (first) found = { query: queries[first.seq] ?? queries[0]!, difference: first.difference };
        return first?.difference;
      },
    );
    return found ?? (differs && { query: queries[0]!, difference: differs });
  }

  /** What was notified since the last call. */
  events(): Difference | undefined {
    return this.both((peer) => {
      const events = peer.events();
      if (peer === this.#left) this.counts.notifications += events.length;
      return events;
    }, compareDatagrams);
  }

  advance(ms: number): void {
    this.#left.advance(ms);
    this.#right.advance(ms);
  }

  close(): void {
    this.#left.close();
    this.#right.close();
  }
}

/** Data, or an acknowledgement without an error. */
const accepted = (answer: readonly Uint8Array[]): boolean =>
  answer
    .flatMap(messagesOf)
    .every(({ type, bytes }) => type !== 2 || bytes.subarray(16, 20).every((byte) => byte === 0));

function thrown(name: string, e: unknown): Difference {
  const error = e instanceof Error ? e : new TypeError(String(e));
  return {
    signature: `${name} threw ${error.name}: ${error.message}`.slice(0, 160),
    detail: (error.stack ?? '').split('\n').slice(0, 6),
  };
}

const clock = new Int32Array(new SharedArrayBuffer(4));

/** Runs all to their end, in turns; when all wait, time passes for all of them. */
export function runAll<T>(runs: readonly Generator<number, T, void>[]): T[] {
  const results = new Array<T>(runs.length);
  let waiting = [...runs.entries()];
  while (waiting.length > 0) {
    let waitMs = 0;
    waiting = waiting.filter(([i, each]) => {
      const { done, value } = each.next();
      if (done) results[i] = value;
      else waitMs = Math.max(waitMs, value);
      return !done;
    });
    Atomics.wait(clock, 0, 0, waitMs);
  }
  return results;
}
