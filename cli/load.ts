/**
 * cli/load.ts - `hoptrie load FILE`: what is in a file of routes.
 */
import type { Netns } from 'hoptrie';
import { columns, duration, size, thousands, type Output } from './output.js';
import { loadFile, type Loaded } from './source.js';

/** Counts of a table's routes by what people sort them by. */
interface Counts {
  readonly tables: Map<string, number>;
  readonly types: Map<string, number>;
  readonly protocols: Map<string, number>;
  readonly devices: Map<string, number>;
  readonly lengths: Map<string, number>;
  readonly gateways: Set<string>;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function count(ns: Netns): Counts {
  const maps = { tables: new Map(), types: new Map(), protocols: new Map(), devices: new Map(), lengths: new Map() };
  const counts: Counts = { ...maps, gateways: new Set() };
  for (const route of ns.route.each()) {
    add(counts.tables, String(route.table));
    add(counts.types, String(route.type));
    add(counts.protocols, String(route.protocol));
    add(counts.lengths, route.dst.slice(route.dst.indexOf('/')));
    for (const { via, dev } of route.nexthops) {
      if (via !== undefined) counts.gateways.add(via);
      add(counts.devices, dev ?? 'none');
    }
  }
  return counts;
}

/** Counts in descending order, in one line. */
function ranking(counts: Map<string, number>): string {
  const order = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = order.slice(0, 8).map(([key, n]) => `${key} ${thousands(n)}`);
  return shown.join(', ') + (order.length > 8 ? `, and ${order.length - 8} more` : '');
}

const BAR = 48;

/** Prefix lengths as bars. */
function histogram(lengths: Map<string, number>): string {
  const most = Math.max(1, ...lengths.values());
  const rows = [...lengths]
    .sort((a, b) => Number(a[0].slice(1)) - Number(b[0].slice(1)))
    .map(([length, n]) => [length, thousands(n), '█'.repeat(Math.round((BAR * n) / most)) || '▏']);
  return columns(rows, ['right', 'right', 'left']);
}

/** Runs the verb; the exit code. */
export function load(output: Output, file: string): number {
  const loaded = loadFile(file, output);
  const { ns } = loaded;
  const counts = count(ns);
  const stats = ns.stats();
  sayCounts(output, file, loaded, counts);
  output.say(`  memory      ${size(stats.arenaBytes)} in use, ${size(stats.bytes)} of WebAssembly memory`);
  output.say();
  output.say(histogram(counts.lengths));
  output.json({
    file,
    format: loaded.format,
    bytes: loaded.bytes,
    routes: loaded.routes,
    skipped: loaded.skipped,
    ...Object.fromEntries(
      (['tables', 'types', 'protocols', 'devices', 'lengths'] as const).map((k) => [k, Object.fromEntries(counts[k])]),
    ),
    gateways: counts.gateways.size,
    stats,
  });
  return 0;
}

function sayCounts(output: Output, file: string, loaded: Loaded, counts: Counts): void {
  const { routes, skipped } = loaded;
  output.say(output.bold(file));
  output.say(`  format      ${loaded.format}, ${size(loaded.bytes)}`);
  output.say(`  routes      ${thousands(routes)}${skipped === 0 ? '' : `; ${thousands(skipped)} messages passed over`}`);
  output.say(`  time        read ${duration(loaded.readMs)}, loaded ${duration(loaded.loadMs)}`);
  output.say(`  tables      ${ranking(counts.tables)}`);
  output.say(`  types       ${ranking(counts.types)}`);
  output.say(`  protocols   ${ranking(counts.protocols)}`);
  output.say(`  devices     ${ranking(counts.devices)}`);
  output.say(`  gateways    ${thousands(counts.gateways.size)}`);
}
