/**
 * cache/sysctls.test.ts - net.ipv4.route.*: names, units, defaults and bounds (RC section 16).
 */
import { describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';
import { outcome } from '../outcome.js';
import { cacheLab, entryOf, moved } from './lab.js';

/** The switches that can be read, with the values of a cache with so many buckets. */
function defaults(buckets: number, hz: number): Record<string, number> {
  return {
    'route.gc_thresh': buckets,
    'route.max_size': 16 * buckets,
    'route.gc_min_interval': 0,
    'route.gc_min_interval_ms': 500,
    'route.gc_timeout': 300,
    'route.gc_interval': 60,
    'route.gc_elasticity': 8,
    'route.redirect_load': hz / 50,
    'route.redirect_number': 9,
    'route.redirect_silence': (hz / 50) * 1024,
    'route.error_cost': hz,
    'route.error_burst': 5 * hz,
    'route.mtu_expires': 600,
    'route.min_pmtu': 552,
    'route.min_adv_mss': 256,
    'route.secret_interval': 600,
    rt_cache_rebuild_count: 4,
  };
}

describe('with a cache', () => {
  test.each([100, 250, 1000])('RC-118 names and defaults at %i ticks a second', (hz) => {
    using ns = Netns.create({ routeCache: { entries: 4096 }, hz });
    const listed = new Map(ns.sysctl.list().map(({ name, value }) => [name, value]));
    for (const [name, value] of Object.entries(defaults(4096, hz))) {
      expect([name, ns.sysctl.get(`net.ipv4.${name}`)]).toEqual([name, value]);
      expect([name, listed.get(`net.ipv4.${name}`)]).toEqual([name, value]);
    }
    const names = [...listed.keys()].filter((name) => /^net\.ipv4\.(route\.|rt_cache)/.test(name));
    expect(names.sort()).toEqual(
      Object.keys(defaults(1, 1))
        .map((name) => `net.ipv4.${name}`)
        .sort(),
    );
  });

  test('RC-118 what is written is read again, whatever it is that an int can hold', () => {
    using ns = Netns.create({ routeCache: {}, hz: 250 });
    for (const name of Object.keys(defaults(1, 1))) {
      const least = name === 'route.gc_min_interval_ms' ? 0 : -1;
      for (const value of [1000, 0, least, '0x10', ' 8 ']) {
        ns.sysctl.set(`net/ipv4/${name.replace('.', '/')}`, value);
        expect([name, ns.sysctl.get(`net.ipv4.${name}`)]).toEqual([name, Number(value)]);
      }
      for (const value of ['x', 1.5, 2 ** 31, -(2 ** 31) - 1])
        expect(outcome(() => ns.sysctl.set(`net.ipv4.${name}`, value))).toBe('EINVAL');
    }
  });

  test('RC-118 seconds and milliseconds are two views of one least interval, kept in ticks', () => {
    using ns = Netns.create({ routeCache: {}, hz: 250 });
    const [s, ms] = ['net.ipv4.route.gc_min_interval', 'net.ipv4.route.gc_min_interval_ms'];
    ns.sysctl.set(s, 2);
    expect(ns.sysctl.get(ms)).toBe(2000);
    ns.sysctl.set(ms, 999); // 250 ticks, as the kernel rounds
    expect([ns.sysctl.get(s), ns.sysctl.get(ms)]).toEqual([1, 1000]);
    ns.sysctl.set(ms, 1);
    expect([ns.sysctl.get(s), ns.sysctl.get(ms)]).toEqual([0, 4]);
    expect(outcome(() => ns.sysctl.set('net.ipv4.route.gc_timeout', 8589935))).toBe('EINVAL'); // times 250 is no int
    ns.sysctl.set('net.ipv4.route.gc_timeout', 8589934);
  });

  test('RC-25, RC-118 flush: its value is the delay; it cannot be read', () => {
    const ns = cacheLab();
    const flush = 'net.ipv4.route.flush';
    expect(outcome(() => ns.sysctl.get(flush))).toBe('EINVAL');
    expect(ns.sysctl.list().some(({ name }) => name === flush)).toBe(false);
    entryOf(ns, '8.8.8.8');
    const { genid } = ns.cache;
    ns.sysctl.set(flush, -1);
    expect(ns.cache.genid).not.toBe(genid);
    expect([ns.cache.entries().length, ns.cache.hashed().length]).toEqual([0, 1]);
    expect(moved(ns, () => ns.sysctl.set(flush, '0'))).toEqual({ entries: -1 });
    expect(outcome(() => ns.sysctl.set(flush, 'now'))).toBe('EINVAL');
  });
});

describe('without a cache', () => {
  test('RC-119 the three of 6.18, and flush', () => {
    using ns = Netns.create();
    const listed = ns.sysctl.list().filter(({ name }) => /^net\.ipv4\.(route\.|rt_cache|neigh)/.test(name));
    expect(listed).toEqual([
      { name: 'net.ipv4.route.min_adv_mss', value: 256 },
      { name: 'net.ipv4.route.min_pmtu', value: 552 },
      { name: 'net.ipv4.route.mtu_expires', value: 600 },
    ]);
    ns.sysctl.set('net.ipv4.route.mtu_expires', -1);
    ns.sysctl.set('net.ipv4.route.min_pmtu', 68);
    ns.sysctl.set('net.ipv4.route.flush', 0);
    expect(ns.sysctl.get('net.ipv4.route.mtu_expires')).toBe(-1);
    expect(outcome(() => ns.sysctl.set('net.ipv4.route.min_pmtu', 67))).toBe('EINVAL'); // by experiment on 6.18
    expect(outcome(() => ns.sysctl.get('net.ipv4.route.flush'))).toBe('EINVAL');
    for (const name of ['route.gc_thresh', 'rt_cache_rebuild_count', 'route.secret_interval'])
      expect(outcome(() => ns.sysctl.get(`net.ipv4.${name}`))).toBe('ENOENT');
  });
});
