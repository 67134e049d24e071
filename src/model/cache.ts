/**
 * model/cache.ts - an entry of the route cache and the cache's figures, as values (RC-1..6, RC-117).
 *
 * Field names are the kernel's where it has one. Times are ticks of `hz`, addresses text, interfaces both ways.
 */
import type { RouteType } from './route.js';

/** The 16 counters of /proc/net/stat/rt_cache behind `entries`, in stored order (RC-117). */
export const CACHE_COUNTERS = [
  'in_hit',
  'in_slow_tot',
  'in_slow_mc',
  'in_no_route',
  'in_brd',
  'in_martian_dst',
  'in_martian_src',
  'out_hit',
  'out_slow_tot',
  'out_slow_mc',
  'gc_total',
  'gc_ignored',
  'gc_goal_miss',
  'gc_dst_overflow',
  'in_hlist_search',
  'out_hlist_search',
] as const;

/** Name of a counter. */
export type CacheCounter = (typeof CACHE_COUNTERS)[number];

/** The counters, u32 and wrapping; with them what the cache holds and what went by it. */
export interface CacheCounters extends Readonly<Record<CacheCounter, number>> {
  /** Entries that there are, those on the garbage list included (RC-106). */
  readonly entries: number;
  /** Flows that the keys cannot tell apart: decided without the cache (D14). */
  readonly bypassed: number;
}

/** What was asked (RC-3, RC-4). An entry for input has `iif`, one for output `oif` or neither. */
export interface CacheKey {
  readonly dst: string;
  /** `0.0.0.0`: none was asked. */
  readonly src: string;
  /** Interface indexes, 0 = none. */
  readonly iif: number;
  readonly oif: number;
  readonly mark: number;
  /** Bits 0x1c; for output bit 0 says that ONLINK was asked (RC-32). */
  readonly tos: number;
  /** Floor that was asked: universe (0), or link (253) with ONLINK. */
  readonly scope: number;
}

/** What an entry does with a packet that comes in, and with one that goes out. */
export type CacheInput = 'none' | 'local' | 'forward' | 'error' | 'discard';
export type CacheOutput = 'none' | 'output' | 'multicast' | 'bug' | 'discard';

/** An entry of the route cache: a copy of what it was like. */
export interface CacheEntry {
  /** For `ns.cache.get`, `hold` and others: names this entry and, once it has gone, none. */
  readonly handle: number;

  // the dst part (RC-1)
  /** Name of the device, empty when it has gone. */
  readonly dev: string;
  /** Index of the device, which is that of the in-device too. */
  readonly oif: number;
  /** Positive errno, 0 = none. */
  readonly error: number;
  /** 0 live, 2 dead (RC-105). */
  readonly obsolete: number;
  /** HOST 1, NOXFRM 2, NOPOLICY 4, NOHASH 8. */
  readonly dstFlags: number;
  /** Tick from which on it is out of date, 0 = never. */
  readonly expires: number;
  readonly rateTokens: number;
  readonly rateLast: number;
  /** True when a neighbour is bound. */
  readonly hasNeighbour: boolean;
  readonly input: CacheInput;
  readonly output: CacheOutput;
  /** 17 words, RTAX number - 1. */
  readonly metrics: readonly number[];
  /** Class id: realms. */
  readonly tclassid: number;
  readonly refcnt: number;
  readonly use: number;
  readonly lastuse: number;

  // the IPv4 part (RC-2)
  readonly key: CacheKey;
  readonly genid: number;
  /** RTCF_* (RC-6), u32. */
  readonly flags: number;
  readonly type: RouteType;
  readonly rtDst: string;
  readonly rtSrc: string;
  readonly rtIif: number;
  /** The destination itself when there is no gateway (RC-73). */
  readonly gateway: string;
  readonly specDst: string;

  // the route behind it
  /** Fib info id, 0 without a route; which of its nexthops; the table that was searched. */
  readonly id: number;
  readonly path: number;
  readonly table: number;
}

/** How large the cache is (RC-7..13). */
export interface CacheSize {
  /** Heads of chains, a power of two. */
  readonly buckets: number;
  readonly log: number;
  readonly mask: number;
  /** Bytes that the kernel's table has, 8 a bucket, and log2 of its pages. */
  readonly bytes: number;
  readonly order: number;
  /** What the kernel says of it when it starts (RC-12). */
  readonly bootLine: string;
}

/** An ICMP message to send for a packet whose entry is an error (RC-110). */
export type CacheError = 'host-unreachable' | 'net-unreachable' | 'packet-filtered';

/** An ICMP redirect that came in (RC-107). */
export interface CacheRedirect {
  /** Who sends it: the gateway that was asked. */
  readonly from: string;
  readonly dst: string;
  /** The better gateway. */
  readonly gateway: string;
  /** Source of the packet that it is about. */
  readonly src: string;
  /** The interface that it came in on, by name or index. */
  readonly dev: string | number;
  /** False: nobody knows yet whether the new gateway is there, so the old entry stays (RC-108). Default true. */
  readonly isReachable?: boolean;
}

/** An ICMP "fragmentation needed" that came in (RC-111). */
export interface CacheFragNeeded {
  /** Of the packet that was too long. */
  readonly dst: string;
  readonly src: string;
  /** What the router says that it can pass, 0 = nothing. */
  readonly mtu: number;
  /** Length of the packet, and of its header (default 20). */
  readonly length: number;
  readonly headerLength?: number;
  /** The interface that it came in on, by name or index. */
  readonly dev: string | number;
}
