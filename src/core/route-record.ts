/**
 * core/route-record.ts - a route record from numbers, as requests in bytes have them; only metrics are checked here.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Core } from './core.js';

/** A gateway: family and address as host-order words, of which IPv4 has one. */
export interface Gateway {
  readonly family: number;
  readonly words: readonly number[];
}

/** One path of a route. */
export interface Path {
  readonly oif: number;
  /** RTNH_F_* */
  readonly flags: number;
  /** 1..256 */
  readonly weight: number;
  readonly realm: number;
  readonly gateway: Gateway | undefined;
}

/** A route without its paths and metrics; see ROUTE_* in abi/records.ts. */
export interface RouteHead {
  readonly dst: number;
  readonly length: number;
  readonly tos: number;
  /** RTN_* */
  readonly type: number;
  readonly protocol: number;
  readonly scope: number;
  readonly table: number;
  readonly priority: number;
  /** rtm_flags */
  readonly flags: number;
  readonly nhid: number;
  readonly prefsrc: number;
  /** In a delete: how its paths are to be compared. */
  readonly refs: number;
}

/** Writes everything but paths and metrics into the record at `at`, which has none then. */
export function writeHead(core: Core, at: number, route: RouteHead, count: number): void {
  const u32 = core.cleanRoute(at);
  u32[(at + abi.ROUTE_FAMILY) / 4] =
    uapi.AF_INET | (route.length << 8) | (route.tos << 16) | (route.type << 24);
  u32[(at + abi.ROUTE_PROTOCOL) / 4] = route.protocol | (route.scope << 8) | (count << 16);
  u32[(at + abi.ROUTE_TABLE) / 4] = route.table;
  u32[(at + abi.ROUTE_PRIORITY) / 4] = route.priority;
  u32[(at + abi.ROUTE_FLAGS) / 4] = route.flags;
  u32[(at + abi.ROUTE_NHID) / 4] = route.nhid;
  u32[(at + abi.ROUTE_ID) / 4] = 0;
  u32[(at + abi.ROUTE_REFS) / 4] = route.refs;
  u32[(at + abi.ROUTE_DST) / 4] = route.dst;
  u32[(at + abi.ROUTE_PREFSRC) / 4] = route.prefsrc;
}

/** Writes the paths of a record that has room for them. */
export function writePaths(core: Core, at: number, paths: readonly Path[]): void {
  const { u32 } = core;
  paths.forEach(({ oif, flags, weight, realm, gateway }, i) => {
    const word = (at + abi.ROUTE_NEXTHOPS + i * abi.NEXTHOP_BYTES) / 4;
    u32.fill(0, word, word + abi.NEXTHOP_BYTES / 4);
    u32[word + abi.NEXTHOP_OIF / 4] = oif;
    u32[word + abi.NEXTHOP_FAMILY / 4] = (gateway?.family ?? 0) | (flags << 8) | (weight << 16);
    u32[word + abi.NEXTHOP_REALM / 4] = realm;
    if (gateway !== undefined) u32.set(gateway.words, word + abi.NEXTHOP_GATEWAY / 4);
  });
}

/** What a metric is cut down to (CFG-63). */
const LIMITS: Readonly<Record<number, number>> = {
  [uapi.RTAX_MTU]: 65535 - 15,
  [uapi.RTAX_ADVMSS]: 65535 - 40,
  [uapi.RTAX_HOPLIMIT]: 255,
};

/** Features that a route may ask for: ECN, SACK, timestamps, fragments, microseconds. */
const FEATURES = 31;

/**
 * What a new route keeps of a metric, by its RTAX number.
 * @throws {FibError} EINVAL features that nobody knows (CFG-64)
 */
export function keptMetric(type: number, word: number, operation: string): number {
  if (type === uapi.RTAX_FEATURES && (word & ~FEATURES) !== 0) {
    throw new FibError('EINVAL', operation, {
      extack: 'Unknown flag set in feature mask in metrics attribute',
    });
  }
  return Math.min(word, LIMITS[type] ?? word);
}

/** Writes a metric of the route record at `at`, by its RTAX number. */
export function writeMetric(core: Core, at: number, type: number, word: number): void {
  core.soilRoute();
  core.u32[(at + abi.ROUTE_METRICS) / 4 + type - 1] = word;
}
