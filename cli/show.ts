/**
 * cli/show.ts - `hoptrie show WHAT --from FILE`: a file's routes as `ip route show` writes them, or the shape of their trie.
 */
import type { Netns, Route, TableLike } from 'hoptrie';
import { formatRouteLine } from 'hoptrie/text';
import type { Output } from './output.js';
import { loadFile } from './source.js';

/** What can be shown. */
export const VIEWS = ['route', 'fib_trie', 'fib_triestat'] as const;
export type View = (typeof VIEWS)[number];

/** Runs the verb; the exit code: 1 when there is no such table. */
export function show(output: Output, what: View, file: string, table: TableLike | 'all'): number {
  const { ns } = loadFile(file, output);
  if (what === 'route') return showRoutes(output, ns, table);
  const text = ns.proc(`net/${what}`);
  output.say(text.trimEnd());
  output.json({ [what]: text });
  return 0;
}

function showRoutes(output: Output, ns: Netns, table: TableLike | 'all'): number {
  const routes: Route[] = table === 'all' ? ns.route.list() : ns.route.list({ table });
  const names = new Map(ns.link.list().map(({ index, name }) => [index, name]));
  const options = { tables: table === 'all' };
  for (const route of routes) output.say(formatRouteLine(route, (index) => names.get(index), options).trimEnd());
  output.json(routes);
  return routes.length === 0 ? 1 : 0;
}
