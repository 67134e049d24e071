/**
 * model/flow.ts - a question to the FIB and its answer.
 */
import type { NextHop, Route, RouteType, TableLike } from './route.js';

/** A packet's flow. Addresses are text or host-order u32. */
export interface Flow {
  readonly dst: string | number;
  /** The dsfield byte; its ECN bits are ignored (FIB-72). */
  readonly tos?: number;
  /** Output interface, by name or index: only nexthops through it are accepted (FIB-80). */
  readonly oif?: string | number;
  /** Scope floor: routes of a wider scope are passed over (FIB-90). Default universe (0). */
  readonly scope?: number;
  /** Searches this table alone, without rules; default: main, then default (FIB-10). */
  readonly table?: TableLike;
}

/** The route that a lookup found and the path that it takes. */
export interface Answer {
  readonly type: RouteType;
  /** The prefix that matched. */
  readonly prefix: string;
  /** The table searched: 254 for a local address as long as local and main are merged (FIB-12). */
  readonly table: number;
  readonly tos: number;
  readonly scope: number;
  readonly protocol: number;
  readonly metric: number;
  /** Gateway of the path; absent when the destination is on link. */
  readonly via?: string;
  readonly dev?: string;
  /** Output interface index; absent when the route has no device. */
  readonly oif?: number;
  readonly prefsrc?: string;
  /** Fib info id, as `lookupId` gives it. */
  readonly id: number;
}

/** What `ns.info(id)` tells: the part of a route that many prefixes share (FIB-19). */
export interface Info extends Omit<Route, 'family' | 'dst' | 'tos'> {
  readonly id: number;
  /** Gateway, device and index of the only nexthop. */
  readonly via?: NextHop['via'];
  readonly dev?: NextHop['dev'];
  readonly oif?: NextHop['oif'];
}
