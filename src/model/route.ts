/**
 * model/route.ts - a route as values: what `wire` and `text` read, what a Netns takes and gives back.
 *
 * Addresses are canonical text, prefixes `address/length` with the host bits zero; numbers are host order.
 * Defaults of an input are those of `ip route` (CFG-24).
 */
import * as uapi from '../abi/uapi.js';

/** Words of the route types, at their RTN_ number (FIB-85). */
export const ROUTE_TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
] as const;

/** A route type by its word; a number that has no word stays a number. */
export type RouteType = (typeof ROUTE_TYPES)[number] | number;

/** Words of the five scopes that have one (FIB-89). */
export const SCOPES = {
  global: uapi.RT_SCOPE_UNIVERSE,
  universe: uapi.RT_SCOPE_UNIVERSE,
  site: uapi.RT_SCOPE_SITE,
  link: uapi.RT_SCOPE_LINK,
  host: uapi.RT_SCOPE_HOST,
  nowhere: uapi.RT_SCOPE_NOWHERE,
} as const;

/** A scope as input: its word or 0..255. */
export type ScopeLike = keyof typeof SCOPES | number;

/** Words of the tables that have one (FIB-1). */
export const TABLES = {
  default: uapi.RT_TABLE_DEFAULT,
  main: uapi.RT_TABLE_MAIN,
  local: uapi.RT_TABLE_LOCAL,
} as const;

/** A table as input: its word or any u32; 0 means main (FIB-2). */
export type TableLike = keyof typeof TABLES | number;

/** Names of the metrics, at their RTAX number - 1 (CFG-60). */
export const METRICS = [
  'lock',
  'mtu',
  'window',
  'rtt',
  'rttvar',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'features',
  'rto_min',
  'initrwnd',
  'quickack',
  'cc_algo',
  'fastopen_no_cookie',
] as const;

/** Metric words as stored (u32; rtt in 1/8 ms, rttvar in 1/4 ms, lock a bit mask); absent means 0 (FIB-119). */
export type Metrics = { readonly [name in (typeof METRICS)[number]]?: number };

/** Congestion controls that a route may name (RTAX_CC_ALGO); the key of each, the word `cc_algo`, is its place from 1. */
const CONGESTION_CONTROLS = ['reno', 'cubic', 'bbr'] as const;

/** The key of a congestion control, 0 for one that is not known. */
export function congctlKey(name: string): number {
  return CONGESTION_CONTROLS.findIndex((known) => known === name) + 1;
}

/** The congestion control of a key, undefined for none. */
export function congctlName(key: number): string | undefined {
  return CONGESTION_CONTROLS[key - 1];
}

/** IPv4 prefix as numbers: `address` a host-order u32 without host bits, `length` 0..32. The fast form of input. */
export interface NumericPrefix {
  readonly address: number;
  readonly length: number;
}

/** A prefix as input: text (`10.0.0.0/8`, `default`, an address alone for a host) or numbers. */
export type PrefixLike = string | NumericPrefix;

/** One path of a route. */
export interface NextHop {
  /** Gateway: IPv4 or IPv6 address as text. */
  readonly via?: string;
  /** Output interface by name. In an input `oif` wins when both are given. */
  readonly dev?: string;
  /** Output interface by index. */
  readonly oif?: number;
  /** 1..256, default 1 (FIB-104). */
  readonly weight?: number;
  /** RTNH_F_* bits. */
  readonly flags?: number;
  /** In an input: the gateway is taken to be on the link, whatever the addresses say (RTNH_F_ONLINK). */
  readonly onlink?: boolean;
  /** Realms: source in the high 16 bits, destination in the low ones (CFG-20). */
  readonly realm?: number;
}

/** A route to add, to replace or to delete: everything but the prefix is optional. */
export interface RouteInput extends NextHop {
  readonly type?: RouteType;
  readonly table?: TableLike;
  /** The dsfield byte; ECN bits zero (CFG-10). */
  readonly tos?: number;
  /** RTA_PRIORITY, u32, 0 best (CFG-21). */
  readonly metric?: number;
  /** RTPROT_* number 0..255, default boot (3). */
  readonly protocol?: number;
  readonly scope?: ScopeLike;
  readonly prefsrc?: string;
  readonly metrics?: Metrics;
  /** Id of a nexthop object (RTA_NH_ID). */
  readonly nhid?: number;
  /** Several paths; excludes `via`, `dev` and `oif`. */
  readonly nexthops?: readonly NextHop[];
}

/** A route as it stands in a table, in a message or in a line of text. */
export interface Route {
  /** AF_INET (2) or AF_INET6 (10). */
  readonly family: number;
  /** `10.0.0.0/8`; `0.0.0.0/0` is the default route. */
  readonly dst: string;
  /** Source prefix (RTA_SRC): of an IPv6 subtree route or of an answer to a question with a source. */
  readonly src?: string;
  readonly type: RouteType;
  readonly table: number;
  readonly tos: number;
  readonly metric: number;
  readonly protocol: number;
  readonly scope: number;
  /** rtm_flags: RTNH_F_* in the low byte, RTM_F_* above. */
  readonly flags: number;
  readonly prefsrc?: string;
  readonly metrics?: Metrics;
  /** Congestion control by name (RTAX_CC_ALGO); the word `cc_algo` of the metrics is the key it is stored as. */
  readonly congctl?: string;
  /** Id of the nexthop object (RTA_NH_ID). */
  readonly nhid?: number;
  /** IPv6 router preference (RTA_PREF): 0 medium, 1 high, 3 low. */
  readonly pref?: number;
  /** The paths; none for the error types. */
  readonly nexthops: readonly NextHop[];
}

/** The number of a route type, or undefined. */
export function routeTypeNumber(type: RouteType): number | undefined {
  if (typeof type === 'number') return type;
  const n = ROUTE_TYPES.indexOf(type);
  return n < 0 ? undefined : n;
}

/** The word of a route type, or the number itself where it has none. */
export function routeTypeWord(n: number): RouteType {
  return ROUTE_TYPES[n] ?? n;
}
