/**
 * follow/overlap.ts - changes that happened while a dump was made: some of them are in it, some are not.
 *
 * A change that is in the dump already must not be made again: `append` would be no change, but `add, replace` made on
 * the outcome of both leaves a route too many. So for each place of a route (table, prefix, tos, metric) the first of its
 * changes is looked for from which on all follow from what the dump has; those before it are in the dump. That is exact
 * while routes change by themselves. Where links or nexthop objects changed too, which takes routes away without a word,
 * all is made again in its order: what went is told again, if it came back.
 */
import type { Change, RouteChange } from '../model/change.js';
import type { Route } from '../model/route.js';
import type { Netns } from '../netns.js';
import { routeKey } from './differ.js';
import { pause } from './pause.js';

/** Routes that are gone through before something else has its turn. */
const SLICE = 4096;

/** The changes of an overlap that are not in the dump, which `fresh` has. */
export async function notInDump(fresh: Netns, changes: readonly Change[]): Promise<readonly Change[]> {
  if (changes.some(({ kind }) => kind === 'link' || kind === 'nexthop')) return changes;
  const places = placesOf(changes);
  if (places.size === 0) return changes;
  const have = await routesAt(fresh, places);
  const done = new Set<Change>();
  for (const [key, told] of places) {
    let first = 0;
    while (first < told.length && !follows(have.get(key) ?? [], told.slice(first))) first++;
    for (const change of told.slice(0, first)) done.add(change);
  }
  return changes.filter((change) => !done.has(change));
}

/** The places of routes that changed more than once, with their changes: a single one is made again without harm. */
function placesOf(changes: readonly Change[]): Map<string, RouteChange[]> {
  const places = new Map<string, RouteChange[]>();
  for (const change of changes) {
    if (change.kind !== 'route') continue;
    const key = placeKey(change.route);
    const told = places.get(key);
    if (told === undefined) places.set(key, [change]);
    else told.push(change);
  }
  for (const [key, told] of places) if (told.length === 1) places.delete(key);
  return places;
}

function placeKey({ table, dst, tos, metric }: Route): string {
  return `${table} ${dst} ${tos} ${metric}`;
}

/** What the dump has at these places, in its order. */
async function routesAt(fresh: Netns, places: ReadonlyMap<string, unknown>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let n = 0;
  for (const route of fresh.route.each()) {
    if (++n % SLICE === 0) await pause();
    const key = placeKey(route);
    if (!places.has(key)) continue;
    const routes = found.get(key);
    if (routes === undefined) found.set(key, [routeKey(route)]);
    else routes.push(routeKey(route));
  }
  return found;
}

/** True when each change makes sense where the one before it has led. */
function follows(from: readonly string[], told: readonly RouteChange[]): boolean {
  let routes = [...from];
  for (const { op, route } of told) {
    const key = routeKey(route);
    const at = routes.indexOf(key);
    if (op === 'del') {
      if (at < 0) return false;
      routes.splice(at, 1);
    } else if (op === 'replace') {
      if (routes.length === 0 || at > 0) return false;
      routes = [key, ...routes.slice(1)];
    } else {
      if (at >= 0) return false;
      if (op === 'append') routes.push(key);
      else routes.unshift(key);
    }
  }
  return true;
}
