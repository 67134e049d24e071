/**
 * cli/demo.ts - `hoptrie demo`, the main job: an Internet-sized table, generated or from a file, loaded and asked.
 */
import { existsSync } from 'node:fs';
import type { Netns, Stats } from 'hoptrie';
import { createNetns, fillNetns } from '../bench/engine.js';
import { measureTraces, type TraceRates } from '../bench/lookups.js';
import { machineLine } from '../bench/machine.js';
import type { Prefixes } from '../bench/shape.js';
import { DEFAULT_NEXTHOPS, generateTable } from '../bench/table.js';
import { TRACES, TRACE_TITLES } from '../bench/trace.js';
import { answerLines, ask, type Answered } from './lookup.js';
import { columns, duration, rate, size, thousands, type Output } from './output.js';
import { loadFile } from './source.js';

/** Addresses that people know. */
const WELL_KNOWN = ['8.8.8.8', '1.1.1.1', '9.9.9.9', '192.0.2.1', '255.255.255.255'];

/** What the demo is to do. */
export interface DemoOptions {
  readonly prefixes: number;
  readonly seed: number;
  /** Milliseconds of each of the twelve measurements. */
  readonly ms: number;
}

/** A table in a Netns, and how it came there. */
interface Made {
  readonly ns: Netns;
  readonly source: string;
  readonly makeMs: number;
  readonly loadMs: number;
}

/** Runs the verb over files and addresses, in any order; the exit code. */
export function demo(output: Output, words: readonly string[], options: DemoOptions): number {
  const files = words.filter((word) => existsSync(word));
  const addresses = words.filter((word) => !existsSync(word));
  const made = files.length === 0 ? generate(output, options) : read(output, files[0]!);
  const { ns } = made;
  const stats = ns.stats();
  const { routes } = stats;
  const answered = (addresses.length === 0 ? WELL_KNOWN : addresses).map((address) => ask(ns, address));
  output.say(output.bold(machineLine()));
  output.say();
  sayTable(output, made, routes);
  sayTrie(output, ns);
  output.say(output.bold('answers'));
  output.say(answerLines(answered));
  output.say();
  const rates = routes === 0 ? [] : measure(output, ns, options);
  sayRates(output, rates);
  sayMemory(output, stats);
  output.json(report(made, ns, stats, answered, rates));
  return 0;
}

function generate(output: Output, { prefixes, seed }: DemoOptions): Made {
  const progress = output.progress('generating', 1);
  const start = performance.now();
  const table = generateTable({ prefixes, seed });
  const makeMs = performance.now() - start;
  progress.stop();
  const ns = createNetns();
  const loading = output.progress('loading', prefixes);
  const loadMs = fillNetns(ns, table, (done) => loading.at(done));
  loading.stop();
  const source =
    `generated, seed ${seed}, ${DEFAULT_NEXTHOPS} next hops; lengths and nesting as measured on the table ` +
    'that gaissmai/bart carries (MIT)';
  return { ns, source, makeMs, loadMs };
}

function read(output: Output, file: string): Made {
  const { ns, format, skipped, readMs, loadMs } = loadFile(file, output);
  const rest = skipped === 0 ? '' : `; ${thousands(skipped)} messages passed over`;
  return { ns, source: `${file}, ${format}${rest}`, makeMs: readMs, loadMs };
}

function sayTable(output: Output, { source, makeMs, loadMs }: Made, routes: number): void {
  const each = routes === 0 ? '' : `, ${((loadMs * 1e3) / routes).toFixed(2)} µs a route`;
  output.say(output.bold(`table  ${thousands(routes)} routes`));
  output.say(`  ${source}`);
  output.say(`  made in ${duration(makeMs)}, loaded in ${duration(loadMs)}${each}`);
  output.say();
}

function sayTrie(output: Output, ns: Netns): void {
  const shape = ns.shape();
  if (shape === undefined) return;
  const { trie } = ns.stats();
  const depth = shape.leaves === 0 ? 0 : shape.totalDepth / shape.leaves;
  const widest = shape.tnodesByBits.findLastIndex((n) => n > 0);
  output.say(output.bold('trie'));
  output.say(`  ${thousands(shape.tnodes)} tnodes, the widest of ${widest} bits; ${thousands(shape.leaves)} leaves`);
  output.say(`  depth ${depth.toFixed(2)} on average, ${shape.maxDepth} at most`);
  output.say(`  ${(trie.bytes / Math.max(1, trie.prefixes)).toFixed(1)} bytes a prefix: tnodes, leaves and aliases`);
  output.say();
}

/** Asks along the traces; the prefixes come from the Netns itself, so that a file's table is asked the same way. */
function measure(output: Output, ns: Netns, { ms, seed }: DemoOptions): TraceRates[] {
  const progress = output.progress('asking', TRACES.length);
  const table = prefixesOf(ns);
  const rates = measureTraces(ns, table, ms, { seed, report: (done) => progress.at(done) });
  progress.stop();
  return rates;
}

function prefixesOf(ns: Netns): Prefixes {
  const table = ns.tables().reduce((most, t) => (t.routes > most.routes ? t : most));
  const addresses = new Uint32Array(table.routes);
  const lengths = new Uint8Array(table.routes);
  let i = 0;
  for (const { dst } of ns.route.each({ table: table.id })) {
    const [a, b, c, d, length] = dst.split(/[./]/).map(Number) as [number, number, number, number, number];
    addresses[i] = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    lengths[i++] = length;
  }
  const order = addresses.map((_, k) => k).sort((x, y) => addresses[x]! - addresses[y]! || lengths[x]! - lengths[y]!);
  return { addresses: order.map((k) => addresses[k]!), lengths: Uint8Array.from(order, (k) => lengths[k]!) };
}

function sayRates(output: Output, rates: readonly TraceRates[]): void {
  if (rates.length === 0) return;
  output.say(output.bold('lookups, median of many rounds'));
  const head = ['trace', 'has a route', 'lookupId', 'lookup(text)', 'batch'];
  const rows = rates.map(({ trace, found, lookupId, lookup, batch }) => [
    TRACE_TITLES[trace],
    `${(100 * found).toFixed(0)} %`,
    ...[lookupId, lookup, batch].map(({ median }) => rate(median)),
  ]);
  output.say(columns([head, ...rows], ['left', 'right', 'right', 'right', 'right']));
  output.say();
}

/** As it was before the traces were asked: their batches take memory of their own. */
function sayMemory(output: Output, { bytes, arenaBytes, routes }: Stats): void {
  const each = routes === 0 ? '' : `, ${(bytes / routes).toFixed(1)} bytes a route in all`;
  output.say(output.bold('memory'));
  output.say(`  ${size(arenaBytes)} in use, ${size(bytes)} of WebAssembly memory${each}`);
}

function report(
  made: Made,
  ns: Netns,
  stats: Stats,
  answered: readonly Answered[],
  rates: readonly TraceRates[],
): object {
  const { source, makeMs, loadMs } = made;
  return { machine: machineLine(), source, makeMs, loadMs, shape: ns.shape(), answers: answered, rates, stats };
}
