/**
 * cli/bench.ts - `hoptrie bench`: how fast routes come, go and are found, here and now; no other library beside it.
 */
import type { Command } from 'commander';
import { addRoutes, createNetns, deleteRoutes, fillNetns, nexthopRoutes } from '../bench/engine.js';
import { measureTraces, type TraceRates } from '../bench/lookups.js';
import { machine, machineLine } from '../bench/machine.js';
import { summarize, type Rate } from '../bench/rate.js';
import {
  DEFAULT_NEXTHOPS,
  DEFAULT_PREFIXES,
  DEFAULT_SEED,
  MAX_PREFIXES,
  generateTable,
  shuffleTable,
  type Table,
} from '../bench/table.js';
import { TRACES, TRACE_TITLES } from '../bench/trace.js';
import { jsonOption, whole, wholes } from './options.js';
import { columns, count, print, printJson, style } from './print.js';
import { Progress } from './progress.js';

interface BenchOptions {
  readonly sizes: readonly number[];
  readonly seed: number;
  readonly rounds: number;
  readonly time: number;
  readonly json?: true;
}

/** An operation and the nanoseconds that one takes. */
interface Row {
  readonly operation: string;
  readonly ns: Rate;
}

/** Builds the table `rounds` times and takes it apart again, in both orders, in turns. */
function measureChanges(table: Table, { rounds, seed }: BenchOptions, progress: Progress): Row[] {
  const orders = [
    ['sorted', table],
    ['shuffled', shuffleTable(table, seed)],
  ] as const;
  const n = table.addresses.length;
  const samples = {
    sorted: [] as number[],
    shuffled: [] as number[],
    deleted: [] as number[],
    again: [] as number[],
  };
  const some = Math.min(n, 50_000);
  const routes = nexthopRoutes(DEFAULT_NEXTHOPS);
  {
    using warm = createNetns();
    addRoutes(warm, table, routes, 0, some);
    deleteRoutes(warm, table, 0, some);
  }
  progress.start(`${count(n)}: adding and deleting`, 2 * rounds);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [name, rows]] of orders.entries()) {
      using ns = createNetns();
      samples[name].push((fillNetns(ns, rows) * 1e6) / n);
      const start = performance.now();
      deleteRoutes(ns, orders[1][1], 0, some);
      const between = performance.now();
      addRoutes(ns, orders[1][1], routes, 0, some);
      samples.deleted.push(((between - start) * 1e6) / some);
      samples.again.push(((performance.now() - between) * 1e6) / some);
      progress.update(2 * round + i + 1);
    }
  }
  progress.stop();
  return [
    { operation: 'add, sorted, to an empty table', ns: summarize(samples.sorted) },
    { operation: 'add, shuffled, to an empty table', ns: summarize(samples.shuffled) },
    { operation: 'add, to the full table', ns: summarize(samples.again) },
    { operation: 'delete, from the full table', ns: summarize(samples.deleted) },
  ];
}

function lookupRows(rates: readonly TraceRates[]): Row[] {
  return rates.flatMap(({ trace, lookup, lookupId, batch }) => [
    { operation: `lookup by text, ${TRACE_TITLES[trace]}`, ns: lookup },
    { operation: `lookupId, ${TRACE_TITLES[trace]}`, ns: lookupId },
    { operation: `batch, ${TRACE_TITLES[trace]}`, ns: batch },
  ]);
}

function rowText({ operation, ns }: Row): string[] {
  const digits = ns.median < 100 ? 1 : 0;
  const spread = `${ns.p25.toFixed(digits)}-${ns.p75.toFixed(digits)}`;
  return [operation, ns.median.toFixed(digits), spread, count(1e9 / ns.median)];
}

/** The figures of one table. */
interface Run {
  readonly prefixes: number;
  readonly bytesPerPrefix: number;
  readonly rows: Row[];
}

function measureSize(prefixes: number, options: BenchOptions, progress: Progress): Run {
  const table = generateTable({ prefixes, seed: options.seed });
  const changes = measureChanges(table, options, progress);
  using ns = createNetns();
  fillNetns(ns, table);
  const bytesPerPrefix = ns.stats().trie.bytes / prefixes;
  progress.start(`${count(prefixes)}: looking up`, TRACES.length);
  const report = (done: number): void => progress.update(done);
  const rates = measureTraces(ns, table, options.time, { seed: options.seed, report });
  progress.stop();
  return { prefixes, bytesPerPrefix, rows: [...changes, ...lookupRows(rates)] };
}

function bench(options: BenchOptions): void {
  if (!options.json) print(style('dim', machineLine()));
  const runs = options.sizes.map((prefixes) => {
    const run = measureSize(prefixes, options, new Progress());
    if (options.json) return run;
    const bytes = run.bytesPerPrefix.toFixed(1);
    print(
      `\n${style('bold', `${count(prefixes)} prefixes`)}, seed ${options.seed}; ${bytes} bytes per prefix`,
    );
    const head = ['operation', 'ns', 'p25-p75', 'per second'];
    print(columns(run.rows.map(rowText), { head, right: [1, 2, 3] }));
    return run;
  });
  if (options.json) printJson({ machine: machine(), seed: options.seed, runs });
}

/** Adds the verb to the program. */
export function addBench(program: Command): void {
  program
    .command('bench')
    .summary('how fast routes come, go and are found on this machine')
    .description(
      'Measures adding, deleting and looking up over a generated table. Medians and quartiles of the nanoseconds that ' +
        'one operation takes. `npm run bench` in the sources compares with other libraries.',
    )
    .option('--sizes <n,n>', 'prefixes of the tables', wholes(1, MAX_PREFIXES), [DEFAULT_PREFIXES])
    .option('--seed <n>', 'seed of table and traces', whole(0, 0xffffffff), DEFAULT_SEED)
    .option('--rounds <n>', 'times that the table is built in each order', whole(1, 100), 3)
    .option('--time <ms>', 'time of each lookup measurement', whole(1, 60_000), 300)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  hoptrie bench
  hoptrie bench --sizes 1000,100000 --rounds 9
  hoptrie bench --json > bench.json`,
    )
    .action(bench);
}
