/**
 * bench/main.ts - `npm run bench`: hoptrie beside its peers, what it costs and how that grows; tables of results.
 * usage: node dist/bench/main.js [VERB...] [--quick] [--json | --markdown] [--plot FILE.svg] [--from RESULTS.json]
 *
 *   packages   beside arrays, Maps and packages (default)       [--sizes N,N] [--only NAME,NAME]
 *   native     beside C and DPDK, on a full table               [--table FILE | --sizes N] [--only NAME,NAME]
 *   costs      loading, snapshots, updates, bytes, the same     [--table FILE | --sizes N]
 *   growth     the costs from 10 prefixes to 1,000,000          [--sizes N,N] [--plot FILE.svg]
 *   cache      what the route cache costs, gives and suffers    [--sizes N,N] [--plot FILE.svg] [--into FILE.md]
 *   live       messages a second into a full table, lookups between changes   [--table FILE | --sizes N]
 *   table      hoptrie/table beside packages, both families     [--table FILE | --sizes N] [--only NAME,NAME]
 *   fit FILE   the figures of bench/internet.ts, from a table
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from './machine.js';
import type { Run } from './report.js';
import { DEFAULT_PREFIXES, DEFAULT_SEED } from './table.js';

const OPTIONS = {
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
  markdown: { type: 'boolean' },
  plot: { type: 'string' },
  into: { type: 'string' },
  from: { type: 'string' },
  table: { type: 'string' },
  sizes: { type: 'string' },
  only: { type: 'string' },
  worker: { type: 'string' },
} as const;

/** Between these marks of a page its figures stand. */
const [INTO_BEGIN, INTO_END] = ['<!-- figures -->', '<!-- end of figures -->'];

/** What the command line says beside the verbs. */
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** Prefixes of a quick run of `live`. */
const QUICK_TABLE = 10_000;

const SCRIPT = fileURLToPath(import.meta.url);

/** The items of a list, each one of `names`. */
function names<T extends string>(text: string, all: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const name = all.find((one) => one === word);
    if (name === undefined) throw new RangeError(`'${word}': expected one of ${all.join(', ')}`);
    return name;
  });
}

function sizes(text: string): number[] {
  return text.split(',').map((word) => {
    if (!/^[1-9]\d{0,6}$/.test(word)) throw new RangeError(`'${word}': expected a number of prefixes`);
    return Number(word);
  });
}

/** The tables that are named, or a full one: a real one where it is there. */
async function tables(values: Values): Promise<(string | number)[]> {
  if (values.table !== undefined) return [values.table];
  if (values.sizes !== undefined) return sizes(values.sizes);
  const { REAL_TABLE } = await import('./workload.js');
  return [existsSync(REAL_TABLE) ? REAL_TABLE : DEFAULT_PREFIXES];
}

/** What each verb adds to a run. Each loads what it needs: most of a quick run would be loading, in each of its forks. */
const VERBS: Readonly<Record<string, (values: Values) => Promise<Partial<Run>>>> = {
  packages: async (values) => {
    const { FULL, QUICK, compare } = await import('./compare.js');
    const { SUBJECTS } = await import('./subject.js');
    const plan = {
      ...(values.quick ? QUICK : FULL),
      ...(values.sizes === undefined ? {} : { sizes: sizes(values.sizes) }),
      ...(values.only === undefined ? {} : { subjects: names(values.only, SUBJECTS) }),
    };
    return { packages: await compare(plan, SCRIPT, report) };
  },
  native: async (values) => {
    const { FULL_RATIO, PEERS, QUICK_RATIO, measureRatios } = await import('./ratio.js');
    const plan = {
      ...(values.quick ? QUICK_RATIO : { ...FULL_RATIO, table: (await tables(values))[0]! }),
      ...(values.only === undefined ? {} : { peers: names(values.only, PEERS) }),
    };
    return { native: await measureRatios(plan, SCRIPT, report) };
  },
  costs: async (values) => {
    const { FULL_GROWTH, QUICK_GROWTH, measureGrowth } = await import('./growth.js');
    const { SHAPES } = await import('./forward.js');
    const plan = values.quick ? QUICK_GROWTH : { ...FULL_GROWTH, tables: await tables(values) };
    const one = { ...plan, shapes: SHAPES, tables: plan.tables.slice(-1) };
    return { costs: await measureGrowth(one, SCRIPT, report) };
  },
  growth: async (values) => {
    const { FULL_GROWTH, GROWTH_SIZES, QUICK_GROWTH, measureGrowth } = await import('./growth.js');
    const all = values.sizes === undefined ? GROWTH_SIZES : sizes(values.sizes);
    const plan = values.quick ? QUICK_GROWTH : { ...FULL_GROWTH, tables: all };
    return { growth: await measureGrowth(plan, SCRIPT, report) };
  },
  cache: async (values) => {
    const { FULL_CACHE, QUICK_CACHE, measureCache } = await import('./cache.js');
    const plan = {
      ...(values.quick ? QUICK_CACHE : FULL_CACHE),
      ...(values.sizes === undefined ? {} : { routes: sizes(values.sizes) }),
    };
    const { measureSingles } = await import('./single.js');
    const singles = await measureSingles({ ...plan, rounds: values.quick ? 1 : 9 }, SCRIPT, report);
    return { cache: { ...measureCache(plan, report), singles } };
  },
  live: async (values) => {
    const { FULL_LIVE, QUICK_LIVE, measureLive } = await import('./live.js');
    const { tableOf } = await import('./workload.js');
    const table = tableOf(values.quick ? QUICK_TABLE : (await tables(values))[0]!);
    return { live: await measureLive(table, values.quick ? QUICK_LIVE : FULL_LIVE) };
  },
  table: async (values) => {
    const { FULL_EMBED, QUICK_EMBED, measureEmbedded } = await import('./embed.js');
    const { HOLDERS } = await import('./embed-subjects.js');
    const holders = HOLDERS.map(({ name }) => name);
    const plan = {
      ...(values.quick ? QUICK_EMBED : { ...FULL_EMBED, table: (await tables(values))[0]! }),
      ...(values.only === undefined ? {} : { only: names(values.only, holders) }),
    };
    return { table: await measureEmbedded(plan, SCRIPT, report) };
  },
};

/** What is forked with `--worker`. */
const WORKERS: Readonly<Record<string, () => Promise<void>>> = {
  packages: async () => (await import('./worker.js')).servePackages(),
  forward: async () => (await import('./forward.js')).serveForward(),
  costs: async () => (await import('./costs.js')).serveCosts(),
  embed: async () => (await import('./embed-worker.js')).serveEmbedded(),
  single: async () => (await import('./single.js')).serveSingle(),
};

/** One line on standard error that is written over, where a terminal shows it. */
function report(done: number, total: number, what: string): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${done}/${total} ${what}`);
  if (done === total) process.stderr.write('\r\x1b[K');
}

async function measure(verbs: readonly string[], values: Values): Promise<Run> {
  let run: Run = { machine: machine(), seed: DEFAULT_SEED };
  for (const verb of verbs) {
    if (!Object.hasOwn(VERBS, verb))
      throw new RangeError(`'${verb}': expected one of ${Object.keys(VERBS).join(', ')}, fit`);
    run = { ...run, ...(await VERBS[verb]!(values)) };
  }
  return run;
}

/** Puts a report between the marks of a page. */
function writeInto(path: string, report: string): void {
  const page = readFileSync(path, 'utf8');
  const [from, to] = [page.indexOf(INTO_BEGIN), page.indexOf(INTO_END)];
  if (from < 0 || to < from) throw new RangeError(`${path}: expected ${INTO_BEGIN} and ${INTO_END}`);
  writeFileSync(path, `${page.slice(0, from + INTO_BEGIN.length)}\n\n${report}\n${page.slice(to)}`);
}

/** The picture of a run; the chart library comes only where there is something to draw. */
async function plot({ growth, cache }: Run): Promise<string> {
  if (growth !== undefined || cache === undefined)
    return (await import('./plot.js')).plotGrowth(growth ?? []);
  return (await import('./cache-plot.js')).plotCache(cache);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [verb = 'packages', file] = positionals;
  if (values.worker !== undefined) return WORKERS[values.worker]!();
  if (verb === 'fit') {
    const { fitFigures, readPrefixes } = await import('./fit.js');
    const { REAL_TABLE } = await import('./workload.js');
    return void process.stdout.write(fitFigures(readPrefixes(file ?? REAL_TABLE)));
  }
  const run =
    values.from === undefined
      ? await measure(positionals.length > 0 ? positionals : [verb], values)
      : (JSON.parse(readFileSync(values.from, 'utf8')) as Run);
  const { markdownReport, textReport } = await import('./report.js');
  if (values.plot !== undefined) writeFileSync(values.plot, await plot(run));
  if (values.into !== undefined) writeInto(values.into, markdownReport(run));
  if (values.json) process.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
  else process.stdout.write(values.markdown ? markdownReport(run) : textReport(run));
}

await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
