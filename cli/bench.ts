/**
 * cli/bench.ts - `hoptrie bench`: what this machine does, without the peers that `npm run bench` sets beside it.
 */
import { addRoutes, createNetns, deleteRoutes, fillNetns, nexthopCount, nexthopRoutes } from '../bench/engine.js';
import { measureTraces, type TraceRates } from '../bench/lookups.js';
import { machineLine } from '../bench/machine.js';
import { generateTable, shuffleTable, type Table } from '../bench/table.js';
import { TRACE_TITLES } from '../bench/trace.js';
import { columns, rate, thousands, type Output } from './output.js';

/** Microseconds a route. */
interface BuildTimes {
  readonly sorted: number;
  readonly shuffled: number;
  readonly del: number;
}

/** Runs the verb for tables of some sizes; the exit code. */
export function bench(output: Output, sizes: readonly number[], ms: number, seed: number): number {
  output.say(output.bold(machineLine()));
  const runs = sizes.map((prefixes) => {
    const table = generateTable({ prefixes, seed });
    const build = measureBuild(table);
    const ns = createNetns();
    fillNetns(ns, table);
    const progress = output.progress(`${thousands(prefixes)}`, 4);
    const rates = measureTraces(ns, table, ms, { seed, report: (done) => progress.at(done) });
    progress.stop();
    const { arenaBytes } = ns.stats();
    ns.close();
    say(output, prefixes, build, rates, arenaBytes / prefixes);
    return { prefixes, build, rates, bytesPerPrefix: arenaBytes / prefixes };
  });
  output.json({ machine: machineLine(), seed, runs });
  return 0;
}

/** Adds the table in both orders, then deletes it. */
function measureBuild(table: Table): BuildTimes {
  const n = table.addresses.length;
  const routes = nexthopRoutes(nexthopCount(table));
  const time = (run: () => void): number => {
    const start = performance.now();
    run();
    return ((performance.now() - start) * 1e3) / n;
  };
  const shuffled = shuffleTable(table);
  using warm = createNetns();
  addRoutes(warm, shuffled, routes, 0, Math.min(n, 20_000));
  using a = createNetns();
  using b = createNetns();
  return {
    sorted: time(() => addRoutes(a, table, routes, 0, n)),
    shuffled: time(() => addRoutes(b, shuffled, routes, 0, n)),
    del: time(() => deleteRoutes(b, shuffled, 0, n)),
  };
}

function say(output: Output, prefixes: number, build: BuildTimes, rates: readonly TraceRates[], bytes: number): void {
  output.say();
  output.say(output.bold(`${thousands(prefixes)} prefixes, ${bytes.toFixed(1)} bytes each`));
  const us = (n: number): string => `${n.toFixed(2)} µs`;
  output.say(`  add, sorted ${us(build.sorted)}; add, shuffled ${us(build.shuffled)}; delete ${us(build.del)}`);
  const rows = rates.map(({ trace, lookupId, lookup, batch }) => [
    TRACE_TITLES[trace],
    ...[lookupId, lookup, batch].map(({ median }) => rate(median)),
  ]);
  output.say(columns([['trace', 'lookupId', 'lookup(text)', 'batch'], ...rows], ['left', 'right', 'right', 'right']));
}
