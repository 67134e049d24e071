/**
 * cli/show.ts - `hoptrie show`: the routes of a file as `ip` and /proc would show them.
 */
import { Argument, type Command } from 'commander';
import type { Netns, Route, TableLike } from 'hoptrie';
import { formatRouteLine, formatRouteListing } from 'hoptrie/text';
import { Failure } from './failure.js';
import { fromOption, jsonOption, tableOption } from './options.js';
import { columns, count, print, printJson, printJsonLines, printLines } from './print.js';
import { openNetns } from './source.js';
import { pathsOf, tableWord } from './words.js';

const OBJECTS = ['route', 'nexthop', 'gateway', 'fib_trie', 'fib_triestat', 'cache'] as const;
type ObjectName = (typeof OBJECTS)[number];

interface ShowOptions {
  readonly from: string;
  readonly table?: TableLike;
  readonly json?: true;
}

const TABLE_NUMBERS = { default: 253, main: 254, local: 255 } as const;

/** The tables that are meant: all, or the one that was asked for. */
function tablesOf(ns: Netns, table: TableLike | undefined): number[] {
  const all = ns
    .tables()
    .filter(({ routes }) => routes > 0)
    .map(({ id }) => id);
  if (table === undefined) return all;
  const id = typeof table === 'number' ? table : TABLE_NUMBERS[table];
  if (all.includes(id)) return [id];
  throw new Failure(
    `table ${table} has no routes`,
    1,
    `tables with routes: ${all.map(tableWord).join(', ') || 'none'}`,
  );
}

async function showRoutes(ns: Netns, { table, json }: ShowOptions): Promise<void> {
  tablesOf(ns, table);
  const routes = ns.route.each(table === undefined ? {} : { table });
  if (json) await printJsonLines(routes);
  else await printLines(routeLines(routes, table === undefined));
}

function* routeLines(routes: Iterable<Route>, tables: boolean): Generator<string, void, undefined> {
  for (const route of routes) yield formatRouteLine(route, undefined, { tables }).trimEnd();
}

function showNexthops(ns: Netns, { table, json }: ShowOptions): void {
  tablesOf(ns, table);
  const uses = new Map<string, number>();
  for (const route of ns.route.each(table === undefined ? {} : { table })) {
    for (const path of pathsOf(route)) uses.set(path, (uses.get(path) ?? 0) + 1);
  }
  const rows = [...uses].sort((a, b) => b[1] - a[1]);
  if (json) printJson(rows.map(([nexthop, routes]) => ({ nexthop, routes })));
  else
    print(
      columns(
        rows.map(([nexthop, routes]) => [nexthop, count(routes)]),
        { head: ['nexthop', 'routes'], right: [1] },
      ),
    );
}

function showGateways(ns: Netns, { table, json }: ShowOptions): void {
  tablesOf(ns, table);
  const rows = ns.gateway.list(table === undefined ? {} : { table });
  if (json) printJson(rows);
  else
    print(
      columns(
        rows.map(({ gateway, routes }) => [gateway, count(routes)]),
        { head: ['gateway', 'routes'], right: [1] },
      ),
    );
}

/** The sections of a /proc text that belong to some tables; a section starts with the table's name. */
function sections(text: string, tables: readonly number[]): string {
  const heads = new Set(tables.map((id) => (id === 254 ? 'Main:' : id === 255 ? 'Local:' : `Id ${id | 0}:`)));
  let isWanted = true; // what comes before the first section belongs to all
  return text
    .split(/(?<=\n)/)
    .filter((line) => {
      if (/^(Main|Local|Id -?\d+):$/m.test(line)) isWanted = heads.has(line.trimEnd());
      return isWanted;
    })
    .join('');
}

function showProc(ns: Netns, object: 'fib_trie' | 'fib_triestat', { table, json }: ShowOptions): void {
  const tables = tablesOf(ns, table);
  const text = sections(ns.proc(`net/${object}`), tables);
  if (!json) process.stdout.write(text);
  else if (object === 'fib_trie') printJson({ tables, text });
  else printJson(tables.map((id) => ns.shape(id)));
}

/** The entries of a snapshot's route cache, as `route -Cn` lists them; only the heading without a cache. */
function showCache(ns: Netns, { json }: ShowOptions): void {
  const entries = ns.cache.isOn ? ns.cache.listed() : [];
  if (json) printJson(entries);
  else process.stdout.write(formatRouteListing(entries));
}

async function show(object: ObjectName, options: ShowOptions): Promise<void> {
  using ns = openNetns(options.from);
  if (object === 'route') await showRoutes(ns, options);
  else if (object === 'nexthop') showNexthops(ns, options);
  else if (object === 'gateway') showGateways(ns, options);
  else if (object === 'cache') showCache(ns, options);
  else showProc(ns, object, options);
}

/** Adds the verb to the program. */
export function addShow(program: Command): void {
  program
    .command('show')
    .summary('the routes of a file as `ip` and /proc show them')
    .description('Loads the routes of a file and shows them as `ip route` or /proc/net would on that host.')
    .addArgument(new Argument('<object>', 'what to show').choices(OBJECTS))
    .addOption(fromOption())
    .addOption(tableOption('this table alone'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Objects:
  route          lines of \`ip route show table all\`
  nexthop        the paths, by the number of routes that take them
  gateway        the gateways, and how many routes go through each
  fib_trie       /proc/net/fib_trie: the trie, node by node
  fib_triestat   /proc/net/fib_triestat: its figures
  cache          \`route -Cn\`: the entries of a snapshot's route cache

Examples:
  hoptrie show route --from routes.json --table main
  hoptrie show gateway --from routes
  hoptrie show fib_trie --from routes | less
  hoptrie show fib_triestat --from routes --json`,
    )
    .action(show);
}
