/**
 * cli/load.ts - `hoptrie load`: what is in a file of routes.
 */
import type { Command } from 'commander';
import type { Netns, Route } from 'hoptrie';
import { jsonOption } from './options.js';
import { bar, bytes, columns, count, counted, duration, print, printJson, style } from './print.js';
import { Progress } from './progress.js';
import { loadSource, openSource, type Loaded, type Source } from './source.js';

/** What of a source is told. */
type Counts = Omit<Loaded, 'ns'>;
import { pathsOf, protocolWord, tableWord, trieFigures } from './words.js';

/** Counts by some word, in the order in which they came. */
class Tally extends Map<string, number> {
  add(word: string): void {
    this.set(word, (this.get(word) ?? 0) + 1);
  }
  /** The most frequent first. */
  ranked(): [string, number][] {
    return [...this].sort((a, b) => b[1] - a[1]);
  }
}

/** What is counted while a file is loaded. */
class Census {
  readonly tables = new Tally();
  readonly types = new Tally();
  readonly protocols = new Tally();
  readonly devices = new Tally();
  readonly paths = new Tally();
  readonly lengths = new Array<number>(33).fill(0);
  ipv6 = 0;
  multipath = 0;

  readonly visit = (route: Route): void => {
    if (route.family !== 2) {
      this.ipv6++;
      return;
    }
    this.tables.add(tableWord(route.table));
    this.types.add(String(route.type));
    this.protocols.add(protocolWord(route.protocol));
    this.lengths[Number(route.dst.slice(route.dst.indexOf('/') + 1))]!++;
    for (const path of pathsOf(route)) this.paths.add(path);
    for (const dev of new Set(
      route.nexthops.map(({ dev, oif }) => dev ?? (oif === undefined ? 'none' : `if${oif}`)),
    )) {
      this.devices.add(dev);
    }
    if (route.nexthops.length > 1) this.multipath++;
  };
}

/** One line of counts: `main 12, local 5`, the rest of a long list as a number. */
function ranking(tally: Tally, most: number): string {
  const ranked = tally.ranked();
  const words = ranked.slice(0, most).map(([word, n]) => `${word} ${style('bold', count(n))}`);
  if (ranked.length > most) words.push(`and ${count(ranked.length - most)} more`);
  return words.join(', ') || 'none';
}

/** Widest bar of the chart. */
const BAR = 40;

function chart(lengths: readonly number[]): string {
  const most = Math.max(...lengths);
  const total = lengths.reduce((a, b) => a + b, 0);
  const rows = [...lengths.entries()]
    .filter(([, n]) => n > 0)
    .map(([length, n]) => [`/${length}`, count(n), `${((100 * n) / total).toFixed(1)}%`, bar(n / most, BAR)]);
  return columns(rows, { right: [0, 1, 2], indent: 2 });
}

function printSummary(source: Source, loaded: Counts, census: Census, ns: Netns, ms: number): void {
  const { trie, bytes: memory } = ns.stats();
  const notes = [
    census.ipv6 > 0 ? `${counted(census.ipv6, 'IPv6 route')} passed over` : '',
    loaded.repeated > 0 ? `${counted(loaded.repeated, 'repetition')}` : '',
    loaded.passedOver > 0 ? `${counted(loaded.passedOver, 'other message')}` : '',
  ].filter((note) => note !== '');
  const packed = source.isCompressed ? ', unpacked' : '';
  print(`${style('bold', source.file)}: \`${source.format}\`, ${bytes(source.sizeBytes)}${packed}`);
  const routes = [`${count(loaded.routes)} IPv4, loaded in ${duration(ms)}`, ...notes].join('; ');
  if (loaded.routes === 0) {
    print(columns([['routes', routes]], { indent: 2 }));
    return;
  }
  const paths = `${count(census.paths.size)} different, ${counted(census.multipath, 'route')} with several`;
  const nodes = `${counted(trie.leaves, 'leaf', 'leaves')}, ${counted(trie.tnodes, 'tnode')}`;
  const rows = [
    ['routes', routes],
    ['tables', ranking(census.tables, 8)],
    ['types', ranking(census.types, 8)],
    ['protocols', ranking(census.protocols, 8)],
    ['devices', ranking(census.devices, 8)],
    ['nexthops', paths],
    ['', ranking(census.paths, 3)],
    ['tries', `${nodes}, ${bytes(trie.bytes)} of ${bytes(memory)}`],
  ];
  print(columns(rows, { indent: 2 }));
  print(`prefix lengths\n${chart(census.lengths)}`);
}

function summaryJson(source: Source, loaded: Counts, census: Census, ns: Netns, ms: number): object {
  const { trie, bytes: memory } = ns.stats();
  return {
    file: source.file,
    format: source.format,
    compressed: source.isCompressed,
    sizeBytes: source.sizeBytes,
    loadMs: ms,
    ...loaded,
    tables: Object.fromEntries(census.tables),
    types: Object.fromEntries(census.types),
    protocols: Object.fromEntries(census.protocols),
    devices: Object.fromEntries(census.devices),
    nexthops: Object.fromEntries(census.paths.ranked()),
    multipath: census.multipath,
    lengths: Object.fromEntries([...census.lengths.entries()].filter(([, n]) => n > 0)),
    tries: ns.tables().flatMap(({ id }) => {
      const shape = ns.shape(id);
      return shape === undefined ? [] : [trieFigures(shape)];
    }),
    memory: { bytes: memory, trieBytes: trie.bytes },
  };
}

function load(file: string, options: { readonly json?: true }): void {
  const census = new Census();
  const start = performance.now();
  const source = openSource(file);
  const { ns: made, ...loaded } = loadSource(source, new Progress(), census.visit);
  using ns = made;
  const ms = performance.now() - start;
  if (options.json) printJson(summaryJson(source, loaded, census, ns, ms));
  else printSummary(source, loaded, census, ns, ms);
}

/** Adds the verb to the program. */
export function addLoad(program: Command): void {
  program
    .command('load')
    .summary('what is in a file of routes')
    .description(
      'Reads a file of routes and counts what is in it: by table, type, protocol, prefix length, path.',
    )
    .argument(
      '<file>',
      '`ip route save`, `ip -j route`, `ip route show` or a snapshot, plain or gzip; - is stdin',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  ip route save table all > routes; hoptrie load routes
  ip route show table all | hoptrie load -
  hoptrie load routes.json.gz --json`,
    )
    .action(load);
}
