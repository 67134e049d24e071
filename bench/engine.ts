/**
 * bench/engine.ts - a generated table in a Netns: its next hops, its routes one by one, its lookups.
 */
import { Netns, type NetnsOptions, type RouteInput } from 'hoptrie';
import type { Table } from './table.js';

/** Interfaces that the next hops are spread over. */
const DEVICES = 8;

/** Routes between two reports of progress. */
const STEP = 8192;

/** A route to a next hop. */
export interface NexthopRoute extends RouteInput {
  readonly via: string;
  readonly oif: number;
  readonly protocol: number;
}

/**
 * What a route to next hop 1 .. n says, at that index: a gateway of 198.18.0.0/15, the benchmarking network of
 * RFC 2544, on the link of one of eight interfaces. Addresses that would make it reachable would add routes to the table.
 */
export function nexthopRoutes(n: number): NexthopRoute[] {
  return Array.from({ length: n + 1 }, (_, i) => ({
    via: `198.18.${i >>> 8}.${i & 255}`,
    oif: 2 + (i % DEVICES),
    onlink: true,
    protocol: 186, // bgp
  }));
}

/** The next hop whose gateway is `via`, 0 for none. */
export function nexthopNumber(via: string | undefined): number {
  if (via === undefined) return 0;
  const octets = via.split('.');
  return Number(octets[2]) * 256 + Number(octets[3]);
}

/** A Netns with the interfaces eth0 .. eth7 and no routes. */
export function createNetns(options?: NetnsOptions): Netns {
  const ns = Netns.create(options);
  for (let i = 0; i < DEVICES; i++) ns.link.add({ name: `eth${i}`, index: 2 + i, up: true });
  return ns;
}

/** Adds the rows from .. to-1 of a table, one `ns.route.add` each. */
export function addRoutes(
  ns: Netns,
  table: Table,
  routes: readonly RouteInput[],
  from: number,
  to: number,
): void {
  const prefix = { address: 0, length: 0 };
  for (let i = from; i < to; i++) {
    prefix.address = table.addresses[i]!;
    prefix.length = table.lengths[i]!;
    ns.route.add(prefix, routes[table.nexthops[i]!]);
  }
}

/** Deletes the rows from .. to-1 of a table, one `ns.route.del` each. */
export function deleteRoutes(ns: Netns, table: Table, from: number, to: number): void {
  const prefix = { address: 0, length: 0 };
  for (let i = from; i < to; i++) {
    prefix.address = table.addresses[i]!;
    prefix.length = table.lengths[i]!;
    ns.route.del(prefix);
  }
}

/** Next hops of a table: the largest number in it. */
export function nexthopCount(table: Table): number {
  return table.nexthops.reduce((most, hop) => (hop > most ? hop : most), 0);
}

/** Adds a whole table and tells how far it is; gives the milliseconds it took. */
export function fillNetns(ns: Netns, table: Table, report: (done: number) => void = () => undefined): number {
  const routes = nexthopRoutes(nexthopCount(table));
  const n = table.addresses.length;
  const start = performance.now();
  for (let i = 0; i < n; i += STEP) {
    addRoutes(ns, table, routes, i, Math.min(n, i + STEP));
    report(Math.min(n, i + STEP));
  }
  return performance.now() - start;
}
