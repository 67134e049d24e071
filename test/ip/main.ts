/**
 * ip/main.ts - `npm run test:ip`: scenarios of `ip` commands on the kernel and on hoptrie, compared command by command.
 *
 * usage: npm run test:ip -- [FILE...] [--only TEXT] [--side NAME]... [--after 'ip ...']... [--json] [--verbose] [--record]
 *                          [--random COUNT [--seed N]]
 *
 * Without files: those of test/ip/scenarios and, where it is, of ../shared/tools/difftest. `--only` takes those whose name
 * has a text in it, `--side` (shim, socket, ns.ip) some of those to compare; `--after` runs a command behind
 * each command. `--record` keeps the kernel's answers to the former, which stand in for it where there is no root.
 * `--random` makes so many scenarios by chance instead, the first from seed N. Exit 1 when anything differs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { isSame, masked, type Outcome } from './outcome.js';
import { readRecording, recorded, scenariosIn, writeRecording, type Recording } from './recording.js';
import { randomScenario } from './random.js';
import { readScenario, type Scenario } from './scenario.js';
import { openKernel, openNetns, openShim, openSocket, runAll, type Open } from './sides.js';

/** The project; this file is run from build/. */
const ROOT = process.cwd();
const OWN = join(ROOT, 'test/ip/scenarios');
const SHARED = join(ROOT, '../shared/tools/difftest/scenarios');
const SHIM_SOURCE = join(ROOT, '../shared/tools/nlshim/nlshim.c');
const SHIM = join(ROOT, 'build/nlshim.so');
const RECORDING = join(ROOT, 'test/ip/recorded.json.gz');
/** Scenarios about IPv6 as a whole. */
const IPV6 = ['v4-via-v6', 'v6-basic', 'v6-multipath-metrics'];
/** A table without lines. */
const PLAIN = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, name === 'middle' ? '  ' : '']),
);
/** Lines of a scenario by chance, besides those that it opens and ends with. */
const RANDOM_LINES = 60;
/** So many scenarios run side by side: most of their time they wait. */
const SIDE_BY_SIDE = 6;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    side: { type: 'string', multiple: true, default: [] },
    random: { type: 'string' },
    seed: { type: 'string', default: '1' },
    after: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

/** A command that does not do what the kernel does. */
interface Difference {
  readonly side: string;
  readonly scenario: string;
  readonly command: number;
  readonly line: string;
  readonly kernel: Outcome;
  readonly got: Outcome;
}

/** What became of a scenario. */
interface Row {
  readonly scenario: string;
  readonly commands: number;
  readonly leftOut: number;
  readonly same: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

/** The preload library, built when its source is there. */
function shim(): string | undefined {
  if (!existsSync(SHIM_SOURCE)) return undefined;
  if (!existsSync(SHIM)) {
    execFileSync('cc', ['-O2', '-fPIC', '-shared', '-o', SHIM, SHIM_SOURCE, '-ldl', '-lpthread']);
  }
  return SHIM;
}

/** The scenarios that were asked for. */
function scenarios(): Scenario[] {
  const { after, only } = values;
  const read = (file: string): Scenario =>
    readScenario(basename(file, '.txt'), readFileSync(resolve(file), 'utf8'), after);
  if (values.random !== undefined)
    return Array.from({ length: Number(values.random) }, (_, i) =>
      randomScenario(Number(values.seed) + i, RANDOM_LINES),
    );
  const all =
    positionals.length > 0
      ? positionals.map(read)
      : [...scenariosIn(OWN, after), ...(existsSync(SHARED) ? scenariosIn(SHARED, after) : [])];
  return all.filter(({ name }) => name.includes(only));
}

/** The kernel's outcomes: by itself, or as they were recorded. */
async function reference(scenario: Scenario, recording: Recording): Promise<Outcome[] | undefined> {
  if (process.getuid?.() !== 0) return recorded(recording, scenario);
  return (await runAll(openKernel, scenario.steps)) as Outcome[];
}

async function compare(scenario: Scenario, kernel: readonly Outcome[], sides: Sides): Promise<Row> {
  const { name, steps, leftOut } = scenario;
  const same: Record<string, number> = {};
  const differences: Difference[] = [];
  for (const [side, open] of sides) {
    same[side] = 0;
    const outcomes = await runAll(open, steps);
    outcomes.forEach((got, i) => {
      if (got === undefined) return;
      if (isSame(kernel[i]!, got)) same[side]!++;
      else
        differences.push({
          side,
          scenario: name,
          command: i + 1,
          line: steps[i]!.line,
          kernel: kernel[i]!,
          got,
        });
    });
  }
  return { scenario: name, commands: steps.length, leftOut, same, differences };
}

type Sides = readonly (readonly [name: string, open: Open])[];

/** Runs `work` on each of `list`, several at a time; results in the order of the list. */
async function each<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i]!);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return results;
}

function show({ side, scenario, command, line, kernel, got }: Difference): void {
  console.log(`--- ${scenario} command ${command}, ${side}: ${line}`);
  const [a, b] = [masked(kernel), masked(got)];
  if (a[0] !== b[0]) console.log(`    exit ${a[0]} (kernel) ${b[0]} (${side})`);
  const lines = ([, stdout, stderr]: Outcome): string[] => (stdout + stderr).split('\n').slice(0, -1);
  const [x, y] = [lines(a), lines(b)];
  let from = 0;
  while (from < x.length && x[from] === y[from]) from++;
  let tail = 0;
  while (tail < Math.min(x.length, y.length) - from && x.at(-1 - tail) === y.at(-1 - tail)) tail++;
  for (const text of x.slice(from, x.length - tail)) console.log(`    - ${text}`);
  for (const text of y.slice(from, y.length - tail)) console.log(`    + ${text}`);
}

/** A line for each area: what stands in front of the first `-` of a scenario's name. */
function report(rows: readonly Row[], sides: Sides): void {
  const names = sides.map(([name]) => name);
  const table = new Table({
    head: ['area', 'scenarios', 'commands', 'IPv6', ...names],
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0 },
  });
  const areas = [...new Set(rows.map(({ scenario }) => scenario.split('-', 1)[0]!))];
  const line = (label: string, of: readonly Row[]): void => {
    const cells = names.map((side) => {
      const same = of.reduce((sum, row) => sum + row.same[side]!, 0);
      const differ = of.flatMap((row) => row.differences).filter((each) => each.side === side).length;
      return differ === 0 ? `${same} same` : `${same} same, ${differ} differ`;
    });
    const sum = (what: 'commands' | 'leftOut'): number => of.reduce((total, row) => total + row[what], 0);
    table.push([label, of.length, sum('commands'), sum('leftOut'), ...cells]);
  };
  for (const area of areas)
    line(
      area,
      rows.filter(({ scenario }) => scenario.split('-', 1)[0] === area),
    );
  line('all', rows);
  console.log(table.toString());
}

async function main(): Promise<void> {
  const library = shim();
  const isRoot = process.getuid?.() === 0;
  const notes: string[] = [];
  if (!isRoot) notes.push('no root: the kernel is as it was recorded');
  if (library === undefined) notes.push(`left out: the real ip on serve, since there is no ${SHIM_SOURCE}`);
  const all: Sides = [
    ...(library === undefined ? [] : [['shim', openShim(library)] as const]),
    ['socket', openSocket],
    ['ns.ip', openNetns],
  ];
  const sides = all.filter(([name]) => values.side.length === 0 || values.side.includes(name));
  const recording: Record<string, Recording[string]> = { ...readRecording(RECORDING) };
  const asked = scenarios();
  const without = asked.filter(({ name }) => IPV6.includes(name));
  if (without.length > 0) notes.push(`left out, about IPv6: ${without.map(({ name }) => name).join(', ')}`);
  const rows = await each(
    asked.filter(({ name }) => !IPV6.includes(name)),
    async (scenario) => {
      const kernel = await reference(scenario, recording);
      if (kernel === undefined) return (notes.push(`not recorded: ${scenario.name}`), undefined);
      recording[scenario.name] = scenario.steps.map(({ line }, i) => [line, ...kernel[i]!]);
      const row = await compare(scenario, kernel, sides);
      if (!values.json) row.differences.slice(0, values.verbose ? Infinity : 3).forEach(show);
      return row;
    },
  );
  const done = rows.filter((row) => row !== undefined);
  if (values.record) {
    const own = scenariosIn(OWN).map(({ name }) => name);
    writeRecording(
      RECORDING,
      Object.fromEntries(Object.entries(recording).filter(([name]) => own.includes(name))),
    );
  }
  if (values.json) console.log(JSON.stringify({ notes, scenarios: done }, undefined, 1));
  else {
    report(done, sides);
    for (const note of notes) console.log(note);
  }
  process.exitCode = done.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

await main();
