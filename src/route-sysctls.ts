/**
 * route-sysctls.ts - the switches under net.ipv4.route and their kin: what bounds the route cache (RC section 16).
 *
 * They are words of the cache's block, in the units in which the kernel keeps them. Without a cache there are those that
 * 6.18 has in a namespace, which are inert (RC-119, sysctls.ts).
 */
import * as abi from './abi/records.js';
import type { Core } from './core/core.js';

/** In what a value is said: as it is kept, or in seconds or milliseconds where ticks are kept. */
type Unit = 'word' | 's' | 'ms';

/** The switches with their words. */
const WORDS: Readonly<Record<string, readonly [word: number, unit: Unit]>> = {
  'ipv4.route.gc_thresh': [abi.RTC_SYSCTL_GC_THRESH, 'word'],
  'ipv4.route.max_size': [abi.RTC_SYSCTL_MAX_SIZE, 'word'],
  'ipv4.route.gc_min_interval': [abi.RTC_SYSCTL_GC_MIN_INTERVAL, 's'],
  'ipv4.route.gc_min_interval_ms': [abi.RTC_SYSCTL_GC_MIN_INTERVAL, 'ms'],
  'ipv4.route.gc_timeout': [abi.RTC_SYSCTL_GC_TIMEOUT, 's'],
  'ipv4.route.gc_interval': [abi.RTC_SYSCTL_GC_INTERVAL, 's'],
  'ipv4.route.gc_elasticity': [abi.RTC_SYSCTL_GC_ELASTICITY, 'word'],
  'ipv4.route.redirect_load': [abi.RTC_SYSCTL_REDIRECT_LOAD, 'word'],
  'ipv4.route.redirect_number': [abi.RTC_SYSCTL_REDIRECT_NUMBER, 'word'],
  'ipv4.route.redirect_silence': [abi.RTC_SYSCTL_REDIRECT_SILENCE, 'word'],
  'ipv4.route.error_cost': [abi.RTC_SYSCTL_ERROR_COST, 'word'],
  'ipv4.route.error_burst': [abi.RTC_SYSCTL_ERROR_BURST, 'word'],
  'ipv4.route.mtu_expires': [abi.RTC_SYSCTL_MTU_EXPIRES, 's'],
  'ipv4.route.min_pmtu': [abi.RTC_SYSCTL_MIN_PMTU, 'word'],
  'ipv4.route.min_adv_mss': [abi.RTC_SYSCTL_MIN_ADV_MSS, 'word'],
  'ipv4.route.secret_interval': [abi.RTC_SYSCTL_SECRET_INTERVAL, 's'],
  'ipv4.rt_cache_rebuild_count': [abi.RTC_SYSCTL_REBUILD_COUNT, 'word'],
  'ipv4.neigh.default.gc_thresh3': [abi.RTC_SYSCTL_NEIGHBOURS, 'word'],
};

const KEYS = Object.keys(WORDS);

const I32_MAX = 0x7fffffff;

/** The switches of a route cache that is on; keys are those of `ns.sysctl`, without `net.`. */
export class RouteSysctls {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** The switches that can be read; none without a cache. */
  keys(): readonly string[] {
    return this.#cache === 0 ? [] : KEYS;
  }

  /** Least and greatest value: what an int can hold once it is in the unit in which it is kept. */
  bounds(key: string): readonly [number, number] {
    const [, unit] = WORDS[key]!;
    if (unit === 'ms') return [0, I32_MAX];
    const most = Math.floor(I32_MAX / (unit === 's' ? this.#hz : 1));
    return [-most - 1, most];
  }

  get(key: string): number {
    const [word, unit] = WORDS[key]!;
    const value = this.#core.view.getInt32(this.#cache + abi.RTC_SYSCTLS + 4 * word, true);
    if (unit === 'word') return value;
    return Math.trunc((unit === 's' ? value : value * 1000) / this.#hz);
  }

  set(key: string, value: number): void {
    const [word, unit] = WORDS[key]!;
    const hz = this.#hz;
    const ticks = unit === 's' ? value * hz : Math.ceil((value * hz) / 1000);
    const kept = Math.min(unit === 'word' ? value : ticks, I32_MAX);
    const { exports, view } = this.#core;
    if (word === abi.RTC_SYSCTL_SECRET_INTERVAL) exports.cacheSecret(kept);
    else view.setInt32(this.#cache + abi.RTC_SYSCTLS + 4 * word, kept, true);
  }

  /** What a write of `flush` does: its value is the delay (RC-25). */
  flush(delay: number): void {
    if (this.#cache !== 0) this.#core.exports.cacheFlush(delay);
  }

  /** Address of the cache, 0 without one. */
  get #cache(): number {
    return this.#core.view.getUint32(abi.STATE_CACHE, true);
  }

  /** Ticks in a second. */
  get #hz(): number {
    return this.#core.view.getUint32(abi.STATE_HZ, true);
  }
}
