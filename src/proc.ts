/**
 * proc.ts - the files that a Netns has under /proc, by their paths (PROC-1..28).
 */
import * as uapi from './abi/uapi.js';
import type { RouteCache } from './cache.js';
import type { Core } from './core/core.js';
import { show } from './core/route.js';
import { tableShapes, trieRows } from './core/shape.js';
import { FibError } from './errors.js';
import type { RouteTable } from './routes.js';
import { formatRouteTable, formatTrie, formatTriestat } from './text/proc.js';
import { formatCacheStat, formatEmptyStat, formatRouteCache } from './text/route-cache.js';

/** What the files are made of. */
interface ProcSource {
  readonly core: Core;
  readonly route: RouteTable;
  readonly cache: RouteCache;
}

/** The text of each file. */
const FILES: ReadonlyMap<string, (ns: ProcSource) => string> = new Map([
  ['net/fib_trie', fibTrie],
  ['net/fib_triestat', ({ core }) => formatTriestat(tableShapes(core, true))],
  ['net/route', routeFile],
  ['net/rt_cache', ({ cache }) => formatRouteCache(cache.isOn ? cache.listed() : [])],
  ['net/stat/rt_cache', ({ cache }) => (cache.isOn ? formatCacheStat(cache.counters()) : formatEmptyStat())],
]);

/** The paths of the files, in order. */
export function procPaths(): string[] {
  return [...FILES.keys()];
}

/**
 * The text of a file.
 * @throws {FibError} ENOENT another path
 */
export function procText(ns: ProcSource, path: string): string {
  const text = FILES.get(path);
  if (text === undefined) throw new FibError('ENOENT', 'proc', { detail: show(path) });
  return text(ns);
}

function fibTrie({ core }: ProcSource): string {
  let text = '';
  for (const { table } of tableShapes(core, false)) text += formatTrie(table, trieRows(core, table));
  return text;
}

/** Without table main there is not even a heading. */
function routeFile({ core, route }: ProcSource): string {
  const isThere = core.exports.tableExists(uapi.RT_TABLE_MAIN) !== 0;
  return isThere ? formatRouteTable(route.stored(uapi.RT_TABLE_MAIN)) : '';
}
