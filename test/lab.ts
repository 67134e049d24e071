/**
 * lab.ts - a Netns for tests of routes: interfaces that are up and nothing else, so that lists show only what a test adds.
 *
 * Gateways are declared to be on the link (`onlink`) where a test is not about reaching them: addresses would bring
 * routes of their own.
 */
import { Netns } from '../src/index.js';
import type { Netns as Base } from '../src/netns.js';
import type { RouteChange } from '../src/model/change.js';
import type { Route } from '../src/model/route.js';

/** A Netns with interfaces of these indexes, all up: `eth2` has index 2. */
export function lab(...indexes: readonly number[]): Netns {
  return plug(Netns.create(), ...indexes);
}

/** Adds interfaces of these indexes to a Netns. */
export function plug<N extends Base>(ns: N, ...indexes: readonly number[]): N {
  for (const index of indexes) ns.link.add({ name: `eth${index}`, index, up: true });
  return ns;
}

/** The whole numbers from `first` to `last`. */
export function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

const PLAIN = {
  family: 2,
  type: 'unicast',
  table: 254,
  tos: 0,
  metric: 0,
  protocol: 3,
  scope: 0,
  flags: 0,
} as const;

/** Tells a Netns of a route at its believing door, behind those of equal prefix, tos and metric unless `op` says else. */
export function believe(
  ns: Base,
  dst: string,
  route: Partial<Route>,
  op: RouteChange['op'] = 'append',
): boolean {
  return ns.apply({ kind: 'route', op, route: { ...PLAIN, nexthops: [], ...route, dst } });
}
