/**
 * kernel/main.ts - `npm run test:kernel`: random scenarios on the running kernel and on hoptrie, compared byte by byte.
 *
 * usage: npm run test:kernel -- [--scenarios N] [--queries M] [--seed S] [--steps N] [--mutants N] [--self] [--module FILE]
 *        npm run test:kernel -- --labs
 *
 * Queries are the sum over all scenarios. Scenario number i of seed S has the seed S + i, so that `--seed S+i --scenarios 1`
 * repeats it alone. `--self` compares two namespaces of the kernel with each other: what differs there is the test's
 * mistake, or is not the same twice. `--mutants` sends damaged requests instead of scenarios. `--labs` builds the labs of
 * situations.ts and sends packets in them, instead. Exit 1 when anything differs.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { hoptriePeers, isComplete, type Hoptrie } from './hoptrie.js';
import { kernelPeers } from './kernel.js';
import { runLabs } from './labs.js';
import { mutantPlans } from './mutants.js';
import { type Open } from './peer.js';
import { randomQuery } from './query.js';
import {
  ALL,
  noCounts,
  run,
  runAll,
  type Counts,
  type Entry,
  type Finding,
  type Plan,
  type Probe,
} from './run.js';
import { makeScenario, type Scenario } from './scenario.js';
import { shrink } from './shrink.js';

/** So many scenarios run side by side: they wait for the kernel together. */
const SIDE_BY_SIDE = 64;
/** Everything is looked at after every so many steps, and after the last. */
const STRIDE = 12;

const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: '100' },
    queries: { type: 'string', default: '100000' },
    steps: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'string' },
    shrink: { type: 'string', default: '10' },
    self: { type: 'boolean', default: false },
    labs: { type: 'boolean', default: false },
    module: { type: 'string', default: fileURLToPath(new URL('../../dist/index.js', import.meta.url)) },
  },
});

/** The sides to compare; where one is missing, why. */
async function sides(): Promise<[Open, Open] | string> {
  const kernel = await kernelPeers();
  if (typeof kernel === 'string') return kernel;
  const again = await kernelPeers('the kernel again');
  if (values.self && typeof again !== 'string') return [kernel, again];
  if (!existsSync(values.module)) return `there is no ${values.module}; npm run build makes it`;
  const module = (await import(pathToFileURL(resolve(values.module)).href)) as Partial<Hoptrie>;
  return isComplete(module) ? [kernel, hoptriePeers(module)] : `${values.module} has no Endpoint`;
}

/** The plan of a scenario: after every stride a share of its questions. */
function planOf({ socket, start, devices, steps, world }: Scenario, queries: number): Plan {
  const all = [...devices, ...steps];
  const stops = Math.ceil(all.length / STRIDE);
  const share = Math.ceil(queries / stops);
  const probe = (i: number): Probe => {
    if ((i + 1) % STRIDE !== 0 && i !== all.length - 1) return { dumps: [], files: [], queries: [] };
    return { ...ALL, queries: Array.from({ length: share }, () => randomQuery(world)) };
  };
  return { socket, start, steps: all, probe };
}

/** A difference with its scenario, and how many scenarios showed the same. */
interface Found extends Entry {
  readonly finding: Finding;
  times: number;
}

function* scenarios(count: number): Generator<Entry, void> {
  const share = Math.ceil(Number(values.queries) / count);
  for (let i = 0; i < count; i++) {
    const scenario = makeScenario(Number(values.seed) + i, Number(values.steps));
    yield { scenario, plan: planOf(scenario, share) };
  }
}

/** Runs all; the differences by signature. */
function compareAll(
  left: Open,
  right: Open,
  entries: Generator<Entry, void>,
  counts: Counts,
): Map<string, Found> {
  const found = new Map<string, Found>();
  const rest: Entry[] = [];
  for (let batch = take(entries, rest); batch.length > 0; batch = take(entries, rest)) {
    const findings = runAll(batch.map(({ plan }) => run(plan, left, right, counts)));
    findings.forEach((finding, i) => {
      if (!finding) return;
      const entry = batch[i]!;
      rest.push(...(entry.rest?.(finding.at) ?? []));
      const before = found.get(finding.signature);
      if (before) before.times++;
      else found.set(finding.signature, { ...entry, finding, times: 1 });
    });
    const { scenarios, steps, queries } = counts;
    progress(`${scenarios} scenarios, ${steps} steps, ${queries} queries, ${found.size} kinds of difference`);
  }
  return found;
}

/** The next entries, as many as run side by side; what is left of earlier ones first. */
function take(entries: Generator<Entry, void>, rest: Entry[]): Entry[] {
  const batch = rest.splice(0, SIDE_BY_SIDE);
  while (batch.length < SIDE_BY_SIDE) {
    const { done, value } = entries.next();
    if (done) break;
    batch.push(value);
  }
  return batch;
}

/** Prints a difference as the shortest list of commands that shows it. */
function report(left: Open, right: Open, { scenario, plan, finding, times }: Found, small: boolean): void {
  console.log(
    `\n${finding.signature}\n  seed ${scenario.seed}, step ${finding.at + 1}; in ${times} scenarios`,
  );
  const attempt = (plans: readonly Plan[]): (Finding | undefined)[] =>
    runAll(plans.map((each) => run(each, left, right, noCounts())));
  const least =
    small && finding.at >= 0
      ? shrink(plan, finding, new Set(scenario.devices), attempt)
      : { steps: plan.steps.slice(Math.max(0, finding.at), finding.at + 1), finding };
  const settings = scenario.start
    .filter(({ value, path }) => value !== 0 && !path.includes('/default/'))
    .map(({ words }) => words);
  const { extAck, capAck, strict } = scenario.socket;
  console.log(`  # socket: ext ack ${extAck}, cap ack ${capAck}, strict ${strict}`);
  for (const words of [...settings, ...least.steps.map((step) => step.words)]) console.log(`  ${words}`);
  for (const each of least.finding.detail) console.log(`  => ${each}`);
}

/** One line that is written over, on a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Runs, reports, and says how many scenarios differ. */
function compareScenarios(left: Open, right: Open): number {
  const { mutants, seed } = values;
  const entries =
    mutants === undefined ? scenarios(Number(values.scenarios)) : mutantPlans(Number(mutants), Number(seed));
  const counts = noCounts();
  const started = performance.now();
  const found = compareAll(left, right, entries, counts);
  progress('');
  const differing = [...found.values()].reduce((sum, { times }) => sum + times, 0);
  [...found.values()]
    .sort((a, b) => b.times - a.times)
    .forEach((each, i) => report(left, right, each, i < Number(values.shrink)));
  const { scenarios: run, steps, accepted, notifications, dumps, queries, answered } = counts;
  console.log(
    `\n${run} scenarios from seed ${seed}: ${steps} steps (${accepted} accepted), ${notifications} notifications, ` +
      `${dumps} dumps, ${queries} queries (${answered} answered) in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  console.log(`${differing} scenarios differ, in ${found.size} ways`);
  return differing;
}

/** Runs what was asked for; how many differ. */
async function compare(): Promise<number> {
  if (values.labs) return runLabs();
  const pair = await sides();
  if (typeof pair !== 'string') return compareScenarios(...pair);
  console.log(`test:kernel is left out: ${pair}`);
  return 0;
}

process.exitCode = (await compare()) > 0 ? 1 : 0;
