/**
 * follow/overlap.ts - changes that happened while a dump was made: some of them are in it, some are not.
 *
 * A change that is in the dump already must not be made again: `append` would be no change, but `add, replace` made on
 * the outcome of both leaves a route too many. So for each place of a route (table, prefix, tos, metric) the first of its
 * changes is looked for from which on all follow from what the dump has; those before it are in the dump. There may be
 * several such, and they may end differently: [b] and `replace x, del x` is nothing, or b, if there was one more before.
 * Where links, addresses or nexthop objects changed too, which takes routes away without a word, all is made again in its
 * order: what went is told again, if it came back. Both leave doubts, and the source is asked to tell all once more.
 */
import type { Change, RouteChange } from '../model/change.js';
import type { Route } from '../model/route.js';
import type { Netns } from '../netns.js';
import { routeKey } from './differ.js';
import { pause } from './pause.js';

/** Routes that are gone through before something else has its turn. */
const SLICE = 4096;

/** What is to be made of an overlap. */
export interface Rest {
  /** The changes that are not in the dump. */
  readonly changes: readonly Change[];
  /** False when they may be others. */
  readonly isSure: boolean;
}

/** The changes of an overlap that are not in the dump, which `fresh` has. */
export async function notInDump(fresh: Netns, changes: readonly Change[]): Promise<Rest> {
  if (changes.some(({ kind }) => kind === 'link' || kind === 'address' || kind === 'nexthop')) {
    return { changes, isSure: false };
  }
  const places = placesOf(changes);
  if (places.size === 0) return { changes, isSure: true };
  const have = await routesAt(fresh, places);
  const done = new Set<Change>();
  let isSure = true;
  for (const [key, told] of places) {
    const { first, isOnly } = firstMissing(have.get(key) ?? [], told);
    for (const change of told.slice(0, first)) done.add(change);
    isSure &&= isOnly;
  }
  return { changes: changes.filter((change) => !done.has(change)), isSure };
}

/** The first of the changes of a place that is not in the dump; whether all that it can be end in the same. */
function firstMissing(
  from: readonly string[],
  told: readonly RouteChange[],
): { first: number; isOnly: boolean } {
  let first = -1;
  let outcome: string | undefined;
  for (let i = 0; i <= told.length; i++) {
    const end = isOutcome(from, told.slice(0, i)) ? outcomeOf(from, told.slice(i))?.join() : undefined;
    if (end === undefined) continue;
    if (first < 0) [first, outcome] = [i, end];
    else if (end !== outcome) return { first, isOnly: false };
  }
  return first < 0 ? { first: 0, isOnly: false } : { first, isOnly: true };
}

/**
 * Whether changes can have left a place like this: the last that was put before others stands first, the last that was
 * appended stands last, and so on inwards. What a replacement took away nobody says.
 */
function isOutcome(routes: readonly string[], told: readonly RouteChange[]): boolean {
  const seen = new Set<string>();
  let isReplaced = false;
  let first = 0;
  let last = routes.length - 1;
  for (const { op, route } of told.toReversed()) {
    const key = routeKey(route);
    const at = routes.indexOf(key);
    if (!seen.has(key)) {
      if (op === 'del' ? at >= 0 : at < 0 && !isReplaced) return false;
      if (at >= 0 && at !== (op === 'append' ? last-- : first++)) return false;
    }
    seen.add(key);
    isReplaced ||= op === 'replace';
  }
  return true;
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

/** Where changes lead; undefined when one makes no sense where those before it have led. */
function outcomeOf(from: readonly string[], told: readonly RouteChange[]): readonly string[] | undefined {
  let routes = [...from];
  for (const { op, route } of told) {
    const key = routeKey(route);
    const at = routes.indexOf(key);
    if (op === 'del') {
      if (at < 0) return undefined;
      routes.splice(at, 1);
    } else if (op === 'replace') {
      if (routes.length === 0 || at > 0) return undefined;
      routes = [key, ...routes.slice(1)];
    } else {
      if (at >= 0 || (op === 'append' && routes.length === 0)) return undefined; // CFG-91
      if (op === 'append') routes.push(key);
      else routes.unshift(key);
    }
  }
  return routes;
}
