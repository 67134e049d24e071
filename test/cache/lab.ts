/**
 * cache/lab.ts - a router with a route cache, for tests of what the cache does.
 *
 * eth2 has 10.0.2.1/24 and the default gateway 10.0.2.9, eth3 10.0.3.1/24; it forwards.
 */
import { CACHE_COUNTERS, Netns, type CacheCounters, type CacheEntry, type Flow } from '../../src/index.js';
import type { NetnsOptions } from '../../src/netns.js';
import { plug } from '../lab.js';

/** The router; 64 buckets unless `options` say else. */
export function cacheLab(options: NetnsOptions = {}): Netns {
  const ns = plug(Netns.create({ routeCache: { entries: 64, seed: 1 }, ...options }), 2, 3);
  ns.link.set('lo', { up: true });
  for (const index of [2, 3]) ns.address.add(`10.0.${index}.1/24`, { dev: `eth${index}`, broadcast: '+' });
  ns.route.add('default', { via: '10.0.2.9' });
  ns.sysctl.set('net.ipv4.ip_forward', 1);
  return ns;
}

/** A packet on its way in. */
export function packet(src: string, dst: string, iif = 'eth3'): Flow {
  return { src, dst, iif };
}

/** What moved while something was done: counters by name. */
export function moved(ns: Netns, run: () => unknown): Partial<CacheCounters> {
  const before = ns.cache.counters();
  run();
  const after = ns.cache.counters();
  const names = ['entries', 'bypassed', ...CACHE_COUNTERS] as const;
  const changes = names.map((name) => [name, after[name] - before[name]] as const);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}

/** The entry for an output flow, which is asked. */
export function entryOf(ns: Netns, dst: string, flow: Omit<Flow, 'dst'> = {}): CacheEntry {
  ns.route.output({ ...flow, dst });
  const found = ns.cache.entries().find(({ key }) => key.dst === dst && key.iif === 0);
  if (found === undefined) throw new Error(`no entry for ${dst}`);
  return found;
}
