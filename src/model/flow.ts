/**
 * model/flow.ts - a question to the FIB and its answer.
 */
import type { NextHop, Route, RouteType, TableLike } from './route.js';

/**
 * What the multipath hash sees of a flow (MPH-6..9): a question (RTM_GETROUTE, without a protocol UDP), a packet that is
 * forwarded, or a local socket. They differ with hash policy 3 and for ICMP.
 */
export type HashForm = 'query' | 'packet' | 'socket';

/** A packet's flow. Addresses are text or host-order u32. */
export interface Flow {
  readonly dst: string | number;
  /** Source address; rules and the multipath hash look at it. */
  readonly src?: string | number;
  /** Input interface, by name or index; without it the packet is made here (RULE-8). */
  readonly iif?: string | number;
  /** Firewall mark, u32 (RULE-12). */
  readonly mark?: number;
  /** User id, u32 (RULE-15). Default 0. */
  readonly uid?: number;
  /** Protocol number 0..255 (RULE-16, MPH-6). */
  readonly ipproto?: number;
  /** Ports, 0..65535 (RULE-16, MPH-6). */
  readonly sport?: number;
  readonly dport?: number;
  /** Default `query`. */
  readonly form?: HashForm;
  /** The dsfield byte: bits 0x1c are compared with the tos of routes and rules (FIB-72), the DSCP with that of rules. */
  readonly tos?: number;
  /** Output interface, by name or index: only nexthops through it are accepted (FIB-80). */
  readonly oif?: string | number;
  /** Scope floor: routes of a wider scope are passed over (FIB-90). Default universe (0). */
  readonly scope?: number;
  /** Searches this table alone, without rules; default: as the rules say. */
  readonly table?: TableLike;
}

/** Many flows, a column for each field; numbers only, interfaces by index. A column that is absent is 0 in all rows. */
export interface FlowColumns {
  readonly dst: Uint32Array;
  readonly src?: Uint32Array;
  readonly iif?: Uint32Array;
  readonly oif?: Uint32Array;
  readonly mark?: Uint32Array;
  readonly uid?: Uint32Array;
  /** A table for each row, searched alone; 0 as the rules say. */
  readonly table?: Uint32Array;
  readonly sport?: Uint16Array;
  readonly dport?: Uint16Array;
  readonly ipproto?: Uint8Array;
  readonly tos?: Uint8Array;
}

/** A field of a flow that a batch may have a column for, besides `dst`. */
export type FlowColumn = Exclude<keyof FlowColumns, 'dst'>;

/** What a batch may have columns for that decisions are written to (`FlowBatch.output`). */
export type DecisionColumn = 'dev' | 'via' | 'source' | 'flags' | 'type' | 'error';

/** Where the answers to many flows go. */
export interface FlowPaths {
  /** Fib info ids, as `lookupId` gives them. */
  readonly id: Uint32Array;
  /** Which of `ns.info(id).nexthops` each flow takes; 65535 for no route and for one that rejects. */
  readonly path?: Uint16Array;
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

/** What becomes of a packet: `ns.route.output` and `ns.route.input`. */
export interface Decision {
  /** Type of the route as used: broadcast and multicast destinations have theirs whatever route was found. */
  readonly type: RouteType;
  /** The device that the packet leaves through; loopback, or the L3 master, for what is delivered here. */
  readonly dev: string;
  readonly oif: number;
  /** Gateway; absent when the destination is on link. */
  readonly via?: string;
  /** Output: the packet's source address, chosen when the flow has none (FIB-98). Input: the flow's own. */
  readonly src?: string;
  /** The table that was searched; 0 when the packet goes on the link without any route. */
  readonly table: number;
  /** The prefix that matched; absent when no route was needed. */
  readonly prefix?: string;
  /** Fib info id, 0 without a route. */
  readonly id: number;
  /** Realms: source in the high 16 bits, destination in the low ones. */
  readonly realm?: number;
  /** The packet is delivered here. */
  readonly isLocal: boolean;
  readonly isBroadcast: boolean;
  readonly isMulticast: boolean;
  /** Input: the sender would be told of a better way (RTCF_DOREDIRECT). */
  readonly isRedirect: boolean;
  /** Handle of the route cache's entry; absent when nothing was kept. */
  readonly handle?: number;
}

/** What `ns.info(id)` tells: the part of a route that many prefixes share (FIB-19). */
export interface Info extends Omit<Route, 'family' | 'dst' | 'tos'> {
  readonly id: number;
  /** Gateway, device and index of the only nexthop. */
  readonly via?: NextHop['via'];
  readonly dev?: NextHop['dev'];
  readonly oif?: NextHop['oif'];
}
