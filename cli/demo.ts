/**
 * cli/demo.ts - `hoptrie demo`: a table of the Internet's size, what its trie looks like, and how fast it answers.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Netns } from 'hoptrie';
import { createNetns, fillNetns } from '../bench/engine.js';
import { INTERNET } from '../bench/internet.js';
import { measureTraces, type TraceRates } from '../bench/lookups.js';
import { machine, machineLine } from '../bench/machine.js';
import { sortPrefixes, type Prefixes } from '../bench/shape.js';
import {
  DEFAULT_NEXTHOPS,
  DEFAULT_PREFIXES,
  DEFAULT_SEED,
  MAX_PREFIXES,
  generateTable,
  shuffleTable,
} from '../bench/table.js';
import { TRACES, TRACE_TITLES } from '../bench/trace.js';
import { Failure, usage } from './failure.js';
import { ask, replyJson, replyLines, type Reply } from './lookup.js';
import { jsonOption, readAddress, whole } from './options.js';
import { bytes, columns, count, counted, duration, millions, print, printJson, style } from './print.js';
import { Progress } from './progress.js';
import { loadSource, openSource } from './source.js';
import { trieFigures } from './words.js';

interface DemoOptions {
  readonly prefixes: number;
  readonly seed: number;
  readonly nexthops: number;
  readonly shuffle?: true;
  readonly time: number;
  readonly json?: true;
}

/** Asked when no addresses are given: public resolvers, the root servers' K, a documentation address, loopback. */
const WELL_KNOWN = ['1.1.1.1', '8.8.8.8', '9.9.9.9', '193.0.14.129', '198.51.100.1', '127.0.0.1'];

/** A table in a Netns, and how it came there. */
interface Built {
  readonly ns: Netns;
  /** Prefixes of table main, for the traces. */
  readonly prefixes: Prefixes;
  /** How the table was built, as lines and as JSON. */
  readonly lines: string[][];
  readonly json: object;
}

function generate(options: DemoOptions, progress: Progress): Built {
  const { prefixes, seed, nexthops, shuffle } = options;
  const start = performance.now();
  const sorted = generateTable({ prefixes, seed, nexthops });
  const table = shuffle ? shuffleTable(sorted, seed) : sorted;
  const generateMs = performance.now() - start;
  const ns = createNetns();
  progress.start('adding routes', prefixes);
  const loadMs = fillNetns(ns, table, (done) => progress.update(done));
  progress.stop();
  const order = shuffle ? 'in random order' : 'in order';
  const rate = count((prefixes / loadMs) * 1000);
  return {
    ns,
    prefixes: sorted,
    lines: [
      [
        'table',
        `${counted(prefixes, 'prefix', 'prefixes')} generated from seed ${seed} in ${duration(generateMs)}, ${counted(nexthops, 'next hop')}`,
      ],
      [
        '',
        `lengths, nesting and clusters measured on ${count(INTERNET.prefixes)} prefixes of the Internet's table`,
      ],
      ['', '(test data of github.com/gaissmai/bart of 2025-10-19, MIT licence)'],
      ['loaded', `one by one ${order} in ${duration(loadMs)}: ${rate} routes/s`],
    ],
    json: {
      source: 'generated',
      prefixes,
      seed,
      nexthops,
      order: shuffle ? 'shuffled' : 'sorted',
      generateMs,
      loadMs,
    },
  };
}

/** The prefixes of all routes that `lookupId` may find. */
function listPrefixes(ns: Netns): Prefixes {
  const texts: string[] = [];
  for (const route of ns.route.each()) if (route.table >= 253) texts.push(route.dst);
  const addresses = new Uint32Array(texts.length);
  const lengths = new Uint8Array(texts.length);
  texts.forEach((text, i) => {
    const slash = text.indexOf('/');
    addresses[i] = readAddress(text.slice(0, slash));
    lengths[i] = Number(text.slice(slash + 1));
  });
  sortPrefixes(addresses, lengths);
  return { addresses, lengths };
}

function loadFile(file: string, progress: Progress): Built {
  const start = performance.now();
  const source = openSource(file);
  const { ns, ...loaded } = loadSource(source, progress);
  const loadMs = performance.now() - start;
  const prefixes = listPrefixes(ns);
  if (prefixes.addresses.length === 0)
    throw new Failure(`${file}: no IPv4 route in table main, local or default`);
  const others =
    loaded.otherFamilies > 0 ? `; ${counted(loaded.otherFamilies, 'IPv6 route')} passed over` : '';
  return {
    ns,
    prefixes,
    lines: [
      ['table', `${file}, ${bytes(source.sizeBytes)} of \`${source.format}\``],
      ['loaded', `${counted(loaded.routes, 'IPv4 route')} in ${duration(loadMs)}${others}`],
    ],
    json: { source: file, format: source.format, ...loaded, loadMs },
  };
}

function shapeLines(ns: Netns): string[][] {
  const { trie } = ns.stats();
  const shapes = ns.tables().flatMap(({ id }) => ns.shape(id) ?? []);
  const largest = shapes.reduce((a, b) => (b.prefixes > a.prefixes ? b : a));
  const depth = trieFigures(largest).averageDepth.toFixed(2);
  return [
    [
      'trie',
      `depth ${depth} on average, ${largest.maxDepth} at most; ${count(trie.leaves)} leaves, ${count(trie.tnodes)} tnodes`,
    ],
    ['', `${(trie.bytes / Math.max(1, trie.prefixes)).toFixed(1)} bytes per prefix`],
  ];
}

function memoryLines(ns: Netns): string[][] {
  const { bytes: memory, arenaBytes, trie } = ns.stats();
  return [
    [
      'memory',
      `${bytes(memory)} of WebAssembly memory: ${bytes(arenaBytes)} of state, ${bytes(trie.bytes)} of it tries`,
    ],
    ['', `${bytes(process.memoryUsage().rss)} for the whole process`],
  ];
}

function rateTable(rates: readonly TraceRates[]): string {
  const rows = rates.map(({ trace, found, lookup, lookupId, batch }) => [
    TRACE_TITLES[trace],
    `${(100 * found).toFixed(0)}%`,
    millions(lookup.median),
    millions(lookupId.median),
    millions(batch.median),
  ]);
  const head = ['trace', 'with a route', "lookup('a.b.c.d')", 'lookupId(u32)', 'batch'];
  return columns(rows, { head, right: [1, 2, 3, 4], indent: 2 });
}

/** Files and addresses apart: at most one file. */
function sort(words: readonly string[]): { file: string | undefined; addresses: string[] } {
  const isAddress = (word: string): boolean => /^[0-9.]+$/.test(word) && !existsSync(word);
  const files = words.filter((word) => !isAddress(word));
  const [file, second] = files;
  if (second !== undefined) throw usage(`one file at a time: '${file}' or '${second}'?`);
  if (file !== undefined && file !== '-' && !existsSync(file)) {
    throw usage(
      `'${file}' is neither an IPv4 address nor a file`,
      'expected addresses such as 8.8.8.8, or a file of `ip route save`',
    );
  }
  const addresses = words.filter(isAddress);
  addresses.forEach(readAddress);
  return { file, addresses };
}

function measure(built: Built, options: DemoOptions, progress: Progress): TraceRates[] {
  const report = (done: number): void => {
    if (done === 0) progress.start('measuring', TRACES.length);
    progress.update(done);
  };
  const rates = measureTraces(built.ns, built.prefixes, options.time, { seed: options.seed, report });
  progress.stop();
  return rates;
}

function demo(words: readonly string[], options: DemoOptions): void {
  const { file, addresses } = sort(words);
  const progress = new Progress();
  const built = file === undefined ? generate(options, progress) : loadFile(file, progress);
  using ns = built.ns;
  const asked = addresses.length > 0 ? addresses : WELL_KNOWN;
  const replies: Reply[] = asked.map((address) => ask(ns, address));
  if (!options.json) {
    print(style('dim', machineLine()));
    print(columns([...built.lines, ...shapeLines(ns)]));
    print(`\nlookups\n${replyLines(replies, 2)}`);
  }
  const memory = memoryLines(ns);
  const stats = ns.stats(); // before the traces are laid into the memory beside the table
  const rates = measure(built, options, progress);
  if (!options.json) {
    print(`\nmillion lookups per second, median of ${duration(options.time)} each\n${rateTable(rates)}\n`);
    print(columns(memory));
    return;
  }
  const tries = ns
    .tables()
    .flatMap(({ id }) => ns.shape(id) ?? [])
    .map(trieFigures);
  printJson({
    machine: machine(),
    table: built.json,
    tries,
    lookups: replies.map(replyJson),
    rates,
    stats,
  });
}

/** Adds the verb to the program. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary("a table of the Internet's size, and how fast it answers")
    .description(
      "Builds a table of the Internet's size from a seed (or loads a file of routes), shows its trie, answers for some " +
        'addresses and measures lookups on four traces.',
    )
    .argument('[file|address...]', 'a file of routes in place of the generated ones; addresses to look up')
    .option('--prefixes <n>', 'size of the generated table', whole(1, MAX_PREFIXES), DEFAULT_PREFIXES)
    .option('--seed <n>', 'seed of table and traces', whole(0, 0xffffffff), DEFAULT_SEED)
    .option('--nexthops <n>', 'next hops of the generated table', whole(1, 65535), DEFAULT_NEXTHOPS)
    .option('--shuffle', 'add the prefixes in random order')
    .option('--time <ms>', 'time of each measurement', whole(1, 60_000), 300)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Traces:
  uniform            any address
  inside prefixes    a random address of a random prefix
  Zipf, 64k flows    65,536 such addresses, the k-th with weight 1/k
  sequential         every 16th address of the covered space, ascending

Examples:
  hoptrie demo
  hoptrie demo 8.8.8.8 1.1.1.1
  ip route save > routes; hoptrie demo routes
  hoptrie demo --prefixes 100000 --seed 7 --json`,
    )
    .action(demo);
}
