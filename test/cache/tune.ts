/**
 * cache/tune.ts - the numbers of a route cache, set as they are kept: ticks, entries, numbers.
 */
import * as abi from '../../src/abi/records.js';
import type { Netns } from '../../src/netns.js';

/** Sysctls of the route cache by the ends of their names. */
const NUMBERS = {
  gc_thresh: abi.RTC_SYSCTL_GC_THRESH,
  max_size: abi.RTC_SYSCTL_MAX_SIZE,
  gc_min_interval: abi.RTC_SYSCTL_GC_MIN_INTERVAL,
  gc_timeout: abi.RTC_SYSCTL_GC_TIMEOUT,
  gc_interval: abi.RTC_SYSCTL_GC_INTERVAL,
  gc_elasticity: abi.RTC_SYSCTL_GC_ELASTICITY,
  min_pmtu: abi.RTC_SYSCTL_MIN_PMTU,
  rebuild_count: abi.RTC_SYSCTL_REBUILD_COUNT,
  neighbours: abi.RTC_SYSCTL_NEIGHBOURS,
} as const;

/** Words of the cache's own state. */
const STATE = { expire: abi.RTC_EXPIRE, equilibrium: abi.RTC_EQUILIBRIUM, lastGc: abi.RTC_LAST_GC } as const;

function cacheAt(ns: Netns): number {
  return ns.core.view.getUint32(abi.STATE_CACHE, true);
}

/** Sets numbers of the cache. */
export function tune(ns: Netns, numbers: Partial<Record<keyof typeof NUMBERS, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    const at = abi.RTC_SYSCTLS + 4 * NUMBERS[name as keyof typeof NUMBERS];
    ns.core.view.setInt32(cacheAt(ns) + at, value, true);
  }
}

/** A number of the cache. */
export function tuned(ns: Netns, name: keyof typeof NUMBERS): number {
  return ns.core.view.getInt32(cacheAt(ns) + abi.RTC_SYSCTLS + 4 * NUMBERS[name], true);
}

/** What collections go by. */
export function collection(ns: Netns): Record<keyof typeof STATE, number> {
  const word = (field: number): number => ns.core.view.getFloat64(cacheAt(ns) + field, true);
  return { expire: word(STATE.expire), equilibrium: word(STATE.equilibrium), lastGc: word(STATE.lastGc) };
}

/** Length from which on a chain that is held is an emergency. */
export function chainMax(ns: Netns): number {
  return ns.core.view.getUint32(cacheAt(ns) + abi.RTC_CHAIN_MAX, true);
}
