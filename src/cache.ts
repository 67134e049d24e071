/**
 * cache.ts - the route cache of a Netns: `ns.cache`. Linux's hash-bucket cache as of 2.6.31 (RC-1..146), an option.
 *
 * `ns.route.output` and `input` go through it by themselves and hold no reference afterwards. Here it can be looked at,
 * entries can be held, and it can be told what ICMP and TCP learn.
 */
import * as abi from './abi/records.js';
import { cacheBits, cacheSize, readEntry } from './core/cache.js';
import { outOfMemory, type Core } from './core/core.js';
import type { CoreExports } from './core/load.js';
import { show, whole, type Links } from './core/route.js';
import { FibError } from './errors.js';
import {
  CACHE_COUNTERS,
  type CacheCounter,
  type CacheCounters,
  type CacheEntry,
  type CacheError,
  type CacheFragNeeded,
  type CacheRedirect,
  type CacheSize,
} from './model/cache.js';
import type { Sysctls } from './sysctls.js';
import { parseAddress4 } from './text/address.js';

/** What a route cache may be made with; without `entries` and `memoryBytes` it has 1,024 buckets. */
export interface RouteCacheOptions {
  /** Buckets wanted, as the boot parameter rhash_entries says them (RC-8..10). */
  readonly entries?: number;
  /** Memory of the machine, from which the number of buckets follows (RC-7..11). Default 128 MiB. */
  readonly memoryBytes?: number;
  /** Where chance begins (assembly/generation.ts); default: that of the Netns. */
  readonly seed?: number;
}

/** What an unknown machine has. */
const MEMORY_BYTES = 2 ** 27;
/** The same when the buckets are said: all that WebAssembly has. */
const MEMORY_MAX = 2 ** 32;
const PAGE_BYTES = 4096;
const U32 = 0xffffffff;
const I32 = 0x7fffffff;

/** ICMP codes of what an error entry asks for, at their number (RC-110). */
const ERRORS: Partial<Record<number, CacheError>> = {
  0: 'net-unreachable',
  1: 'host-unreachable',
  13: 'packet-filtered',
};

/** The route cache of one Netns; when it is off, everything but `isOn` is a FibError EOPNOTSUPP. */
export class RouteCache {
  readonly #core: Core;
  readonly #links: Links;
  readonly #sysctls: Sysctls;

  /** @internal */
  constructor(core: Core, links: Links, sysctls: Sysctls) {
    this.#core = core;
    this.#links = links;
    this.#sysctls = sysctls;
  }

  /** True if the Netns was made with a route cache. */
  get isOn(): boolean {
    return this.#core.view.getUint32(abi.STATE_CACHE, true) !== 0;
  }

  /** The buckets, and what the kernel says of them when it starts (RC-7..12). */
  get size(): CacheSize {
    return cacheSize(this.#word(abi.RTC_BITS));
  }

  /** The generation: entries of another one are expired (RC-22). */
  get genid(): number {
    this.#cache('genid');
    return this.#core.view.getUint32(abi.STATE_CACHE_GENID, true);
  }

  /** Emergencies so far (RC-29). */
  get rebuilds(): number {
    return this.#word(abi.RTC_REBUILDS);
  }

  /** False once there were more emergencies than `rt_cache_rebuild_count` allows: nothing is kept any more (RC-29). */
  get isCaching(): boolean {
    return this.rebuilds <= this.#core.view.getInt32(this.#sysctl(abi.RTC_SYSCTL_REBUILD_COUNT), true);
  }

  /** The clock in ticks. */
  get tick(): number {
    return this.#core.view.getFloat64(this.#cache('tick') + abi.RTC_TICK, true);
  }

  /** The 16 counters, with how many entries there are and how many flows went by the cache (RC-117). */
  counters(): CacheCounters {
    const at = this.#cache('counters');
    const { view } = this.#core;
    const counters = {} as Record<CacheCounter, number>;
    CACHE_COUNTERS.forEach((name, i) => {
      counters[name] = view.getUint32(at + abi.RTC_COUNTERS + 4 * i, true);
    });
    return { ...counters, entries: this.#word(abi.RTC_COUNT), bypassed: this.#word(abi.RTC_BYPASSED) };
  }

  /** The entries that a lookup can find, bucket by bucket, each chain from its head (RC-122). O(buckets + entries). */
  entries(): CacheEntry[] {
    const { genid } = this;
    return this.hashed().filter((entry) => entry.genid === genid);
  }

  /** All entries in the chains, the expired ones that nobody has met since included (RC-141). */
  hashed(): CacheEntry[] {
    this.#cache('hashed');
    const entries: CacheEntry[] = [];
    const { exports } = this.#core;
    for (let at = exports.cacheNext(0) >>> 0; at !== 0; at = exports.cacheNext(at) >>> 0) {
      entries.push(readEntry(this.#core, this.#links, at));
    }
    return entries;
  }

  /** As `entries`, but from the last bucket down, as /proc/net/rt_cache and `route -Cn` list them (PROC-23). */
  listed(): CacheEntry[] {
    const chains = this.#word(abi.RTC_BUCKETS);
    const entries: CacheEntry[] = [];
    const { u32 } = this.#core;
    const { genid } = this;
    for (let i = this.size.mask; i >= 0; i--) {
      for (let at = u32[(chains >>> 2) + i]!; at !== 0; at = u32[(at + abi.ENTRY_NEXT) >>> 2]!) {
        if (u32[(at + abi.ENTRY_GENID) >>> 2] === genid) entries.push(readEntry(this.#core, this.#links, at));
      }
    }
    return entries;
  }

  /** How many entries each chain has, those that expired included. O(buckets + entries). */
  chainLengths(): Uint32Array {
    const chains = this.#word(abi.RTC_BUCKETS) >>> 2;
    const { u32 } = this.#core;
    const lengths = new Uint32Array(this.size.buckets);
    for (let i = 0; i < lengths.length; i++) {
      for (let at = u32[chains + i]!; at !== 0; at = u32[(at + abi.ENTRY_NEXT) >>> 2]!) lengths[i]!++;
    }
    return lengths;
  }

  /** Entries that are dead but held, the one that died last first (RC-102). */
  garbage(): CacheEntry[] {
    const entries: CacheEntry[] = [];
    const { u32 } = this.#core;
    for (let at = this.#word(abi.RTC_GARBAGE); at !== 0; at = u32[(at + abi.ENTRY_NEXT) >>> 2]!) {
      entries.push(readEntry(this.#core, this.#links, at));
    }
    return entries;
  }

  /** The entry of a handle, undefined when it has gone. */
  get(handle: number): CacheEntry | undefined {
    this.#cache('get');
    const at = this.#core.exports.cacheFind(handle) >>> 0;
    return at === 0 ? undefined : readEntry(this.#core, this.#links, at);
  }

  /**
   * A hit and nothing else: the handle of the entry for a flow, counted and its use noted, or 0. `iif` 0 is output.
   * Addresses are u32 in host order; nothing is checked and nothing allocated.
   */
  lookup(dst: number, src: number, iif: number, oif: number, tos: number, mark: number): number {
    return this.#core.hit(dst, src, iif, oif, tos, mark);
  }

  /** Holds an entry: it will not be given to another flow before it is released (RC-101). @throws {FibError} ENOENT */
  hold(handle: number): void {
    this.#core.exports.cacheHold(this.#find(handle, 'hold'));
  }

  /** Holds an entry and notes that it is used (RC-101). @throws {FibError} ENOENT */
  use(handle: number): void {
    this.#core.exports.cacheUse(this.#find(handle, 'use'));
  }

  /** Lets go of an entry; a dead one goes with the next run of the garbage task (RC-101..103). @throws {FibError} ENOENT */
  release(handle: number): void {
    this.#core.exports.cacheRelease(this.#find(handle, 'release'));
  }

  /** True as long as a held entry may be used; false: it is dead or has gone, and must be looked up anew (RC-105). */
  check(handle: number): boolean {
    return this.get(handle)?.obsolete === 0;
  }

  /**
   * Makes all entries expire; with a delay of 0 or more they are also freed at once (RC-25).
   * @throws {FibError} EINVAL
   */
  flush(delay = -1): void {
    this.#cache('flush');
    this.#core.exports.cacheFlush(whole(delay, 'delay', -I32 - 1, I32, 'cache flush'));
  }

  /**
   * An ICMP redirect has come in (RC-107, RC-108). How many entries have the new gateway now.
   * @throws {FibError} EINVAL malformed; ENODEV
   */
  redirect(message: CacheRedirect): number {
    const operation = 'cache redirect';
    this.#cache(operation);
    const { from, dst, gateway, src, dev, isReachable = true } = message;
    return this.#core.exports.cacheRedirect(
      parseAddress4(from),
      parseAddress4(dst),
      parseAddress4(gateway),
      parseAddress4(src),
      this.#device(dev, operation),
      isReachable ? 1 : 0,
    );
  }

  /**
   * A packet was forwarded by an entry that asks for a redirect: the gateway to tell the sender of, or undefined when
   * none is due (RC-109).
   * @throws {FibError} ENOENT
   */
  sendRedirect(handle: number): string | undefined {
    const at = this.#find(handle, 'cache redirect');
    const isDue = this.#core.exports.cacheSendRedirect(at) !== 0;
    return isDue ? readEntry(this.#core, this.#links, at).gateway : undefined;
  }

  /**
   * A packet has met an error entry: the ICMP message to send, or undefined when none is due (RC-110).
   * @throws {FibError} ENOENT
   */
  sendError(handle: number): CacheError | undefined {
    return ERRORS[this.#core.exports.cacheSendError(this.#find(handle, 'cache error'))];
  }

  /**
   * An ICMP "fragmentation needed" has come in: the path MTU that was learned, else what was claimed (RC-111); 0, and
   * nothing is learned, with the sysctl net.ipv4.ip_no_pmtu_disc.
   * @throws {FibError} EINVAL malformed; ENODEV
   */
  fragNeeded(message: CacheFragNeeded): number {
    const operation = 'cache fragNeeded';
    this.#cache(operation);
    const { dst, src, mtu, length, headerLength = 20, dev } = message;
    const words = [
      parseAddress4(dst),
      parseAddress4(src),
      whole(mtu, 'mtu', 0, 65535, operation),
      whole(length, 'length', 0, 65535, operation),
      whole(headerLength, 'headerLength', 0, 60, operation),
      this.#device(dev, operation),
    ] as const;
    if (this.#sysctls.get('net.ipv4.ip_no_pmtu_disc') !== 0) return 0;
    return this.#core.exports.cacheFragNeeded(...words) >>> 0;
  }

  /** TCP has learned a path MTU (RC-112). @throws {FibError} ENOENT; EINVAL */
  updatePmtu(handle: number, mtu: number): void {
    const at = this.#find(handle, 'cache updatePmtu');
    this.#core.exports.cachePmtu(at, whole(mtu, 'mtu', 0, U32, 'cache updatePmtu'));
  }

  /**
   * The holder of an entry doubts it: true if it may go on with it; false, and it does not hold it any more, when it is
   * dead, redirected or will expire (RC-114).
   * @throws {FibError} ENOENT
   */
  negativeAdvice(handle: number): boolean {
    return this.#core.exports.cacheAdvise(this.#find(handle, 'cache negativeAdvice')) !== 0;
  }

  /** The link layer cannot reach the neighbour: the next scan frees the entry (RC-115). @throws {FibError} ENOENT */
  linkFailure(handle: number): CacheError {
    this.#core.exports.cacheLinkFailure(this.#find(handle, 'cache linkFailure'));
    return 'host-unreachable';
  }

  /** Address of the cache. */
  #cache(operation: string): number {
    const at = this.#core.view.getUint32(abi.STATE_CACHE, true);
    if (at !== 0) return at;
    throw new FibError('EOPNOTSUPP', operation, { detail: 'this Netns was made without a route cache' });
  }

  #word(field: number): number {
    return this.#core.view.getUint32(this.#cache('cache') + field, true);
  }

  #sysctl(number: number): number {
    return this.#cache('cache') + abi.RTC_SYSCTLS + 4 * number;
  }

  #find(handle: number, operation: string): number {
    this.#cache(operation);
    const at = this.#core.exports.cacheFind(handle) >>> 0;
    if (at !== 0) return at;
    throw new FibError('ENOENT', operation, { detail: `no entry with handle ${show(handle)}` });
  }

  #device(dev: string | number, operation: string): number {
    if (typeof dev === 'string') return this.#links.indexOf(dev, operation, false);
    return whole(dev, 'dev', 1, I32, operation);
  }
}

/**
 * @internal Gives a fresh core a route cache.
 * @throws {FibError} EINVAL a bad option; ENOBUFS
 */
export function createCache(exports: CoreExports, options: RouteCacheOptions): void {
  const operation = 'create';
  const { entries, memoryBytes = entries === undefined ? MEMORY_BYTES : MEMORY_MAX, seed } = options;
  if (entries !== undefined) whole(entries, 'routeCache.entries', 1, 2 ** 26, operation);
  whole(memoryBytes, 'routeCache.memoryBytes', PAGE_BYTES, Number.MAX_SAFE_INTEGER, operation);
  if (seed !== undefined) {
    const chance = whole(seed, 'routeCache.seed', 0, U32, operation);
    new DataView(exports.memory.buffer).setUint32(abi.STATE_CHANCE, chance, true);
  }
  const pages = Math.floor(memoryBytes / PAGE_BYTES);
  if (exports.cacheNew(cacheBits(pages, entries ?? 0), pages) < 0) throw outOfMemory(operation);
}
