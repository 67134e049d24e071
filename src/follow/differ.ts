/**
 * follow/differ.ts - two Netns compared route by route, and the changes that make one like the other.
 *
 * Both list a table in the same order (FIB-69), so that one walk through both suffices. What is compared is one prefix
 * at a time: its routes, their order, and which of their paths are dead: that follows from the links, but also from when
 * an address went. Names of links are not compared.
 */
import * as uapi from '../abi/uapi.js';
import type { Change } from '../model/change.js';
import type { NextHop, Route } from '../model/route.js';
import type { Netns } from '../netns.js';
import { parsePrefix4 } from '../text/prefix.js';

/** Flags of routes and paths that follow from the state of links. */
const DERIVED = uapi.RTNH_F_DEAD | uapi.RTNH_F_LINKDOWN;

/** The routes of one prefix of a table. */
interface Group {
  readonly dst: string;
  readonly routes: Route[];
}

/** The changes, prefix by prefix, that give `ns` the routes of `fresh`. `ns` may be changed while they are read. */
export function* routeDifferences(ns: Netns, fresh: Netns): Generator<Change[], void, undefined> {
  const tables = new Set([...ns.tables(), ...fresh.tables()].map(({ id }) => id));
  for (const table of tables) {
    const here = groups(ns, table);
    const there = groups(fresh, table);
    let a = next(here);
    let b = next(there);
    while (a !== undefined || b !== undefined) {
      const order = a === undefined ? 1 : b === undefined ? -1 : compare(a.dst, b.dst);
      const changes = differences(order <= 0 ? a!.routes : [], order >= 0 ? b!.routes : []);
      if (order <= 0) a = next(here);
      if (order >= 0) b = next(there);
      if (changes.length > 0) yield changes;
    }
  }
}

function next(of: Iterator<Group, void>): Group | undefined {
  return of.next().value ?? undefined;
}

function* groups(ns: Netns, table: number): Generator<Group, void, undefined> {
  let group: Group | undefined;
  for (const route of ns.route.each({ table })) {
    if (group?.dst === route.dst) group.routes.push(route);
    else {
      if (group !== undefined) yield group;
      group = { dst: route.dst, routes: [route] };
    }
  }
  if (group !== undefined) yield group;
}

/** The order of a dump: ascending by address, longest first. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  const p = parsePrefix4(a);
  const q = parsePrefix4(b);
  return p.address - q.address || q.length - p.length;
}

/** What turns the routes of a prefix into others. */
function differences(from: readonly Route[], to: readonly Route[]): Change[] {
  const have = from.map(stateKey);
  const want = to.map(stateKey);
  const wanted = new Set(want);
  const changes = from.filter((_, i) => !wanted.has(have[i]!)).map(removal);
  const kept = have.filter((key) => wanted.has(key));
  if (kept.every((key, i) => key === want[i])) {
    for (const route of to.slice(kept.length)) changes.push(addition(route));
  } else {
    for (const [i, route] of from.entries()) if (wanted.has(have[i]!)) changes.push(removal(route));
    for (const route of to) changes.push(addition(route));
  }
  return changes;
}

function removal(route: Route): Change {
  return { kind: 'route', op: 'del', route };
}

function addition(route: Route): Change {
  const nexthops = route.nexthops.map(({ dev: _, ...hop }) => hop);
  return { kind: 'route', op: 'append', route: { ...route, nexthops } };
}

/** What makes a route another one, or the same in another state. */
function stateKey(route: Route): string {
  const states = [route, ...route.nexthops].map(({ flags = 0 }) => flags & DERIVED);
  return routeKey(route) + states.join();
}

/** What makes a route another one. */
export function routeKey(route: Route): string {
  const { dst, table, tos, metric, type, protocol, scope, flags, prefsrc, nhid, metrics, congctl } = route;
  return JSON.stringify([
    dst,
    table,
    tos,
    metric,
    type,
    protocol,
    scope,
    flags & uapi.RTNH_F_ONLINK,
    prefsrc,
    nhid,
    metrics === undefined ? 0 : Object.entries(metrics).sort(),
    congctl,
    nhid === undefined ? route.nexthops.map(pathKey) : 0,
  ]);
}

function pathKey({ via, oif, weight = 1, flags = 0, realm = 0 }: NextHop): unknown[] {
  return [via, oif, weight, flags & ~DERIVED & 0xff, realm];
}
