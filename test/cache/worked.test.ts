/**
 * cache/worked.test.ts - the worked numbers of the route cache (RC-20, RC-124..135), on the model and, where it shows
 * them, on the cache itself; the model agrees with the cache at every step (model.test.ts).
 */
import { describe, expect, test } from 'vitest';
import type { Netns } from '../../src/index.js';
import {
  CacheModel,
  guessMtu,
  jhash3,
  score,
  setExpires,
  type Draft,
  type Entry,
} from '../model/route-cache.js';
import { cacheLab, entryOf } from './lab.js';

const [LOCAL, REDIRECTED] = [0x80000000, 0x40000];

/** A model of so many buckets, and entries for it. */
function model(buckets: number): CacheModel {
  return new CacheModel({ buckets, hz: 1000, pages: 2 ** 20, seed: 1 });
}

function draft(dst: number, more: Partial<Draft> = {}): Draft {
  const key = { dst, src: 0, tos: 0, oif: 0, iif: 0, mark: 0 };
  const resolved = { dst, src: 1, gateway: dst, oif: 2, specDst: 1, error: 0, mtu: 1500, isMtuLocked: false };
  return { key, flags: 0, type: 1, ...resolved, ...more };
}

/** An entry of its own, not in any chain, last used at 9000. */
function entry(more: Partial<Entry> = {}): Entry {
  return { ...model(1).alloc(draft(1), false)!, refs: 0, lastUse: 9000, ...more };
}

const input = { dst: 1, src: 2, tos: 0, oif: 0, iif: 3, mark: 0 };

test('RC-20 vectors of the hash', () => {
  const le = (text: string): number =>
    new DataView(Uint8Array.from(text.split('.').map(Number)).buffer).getUint32(0, true);
  expect(jhash3(0, 0, 0, 0)).toBe(0xbd49d10d);
  expect(jhash3(1, 2, 3, 4)).toBe(0xd1222a50);
  expect(jhash3(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toBe(0x17f43626);
  expect(jhash3(le('74.125.53.102'), le('10.1.1.199'), 2, 0)).toBe(0x00f7aaf3);
  expect(jhash3(le('10.1.1.254'), le('10.1.1.199'), 2, 0x12345678)).toBe(0x0a2172ee);
  expect(jhash3(le('8.8.8.8'), 0, 0, 1)).toBe(0xf84fdce4);
});

test('RC-39, RC-124 scores at age 1000', () => {
  expect(score(entry(), 10000)).toBe(0x7ffffc17);
  expect(score(entry({ key: input, flags: LOCAL }), 10000)).toBe(0x3ffffc17);
  expect(score(entry({ key: input }), 10000)).toBe(0x7ffffc17);
  expect(score(entry({ key: input, flags: REDIRECTED }), 10000)).toBe(0xfffffc17);
  expect(score(entry({ key: input, flags: LOCAL, expires: 99999 }), 10000)).toBe(0xbffffc17);
  expect(score(entry({ lastUse: 8000 }), 10000)).toBe(0x7ffff82f);
});

describe('one chain', () => {
  /** A cache of one chain without collections. */
  const chain = (): Netns => {
    const ns = cacheLab({ routeCache: { entries: 1, seed: 1 } });
    ns.sysctl.set('net.ipv4.route.gc_thresh', 100000);
    ns.sysctl.set('net.ipv4.route.max_size', 100000);
    ns.route.add('8.0.0.0/8', { via: '10.0.2.9' });
    return ns;
  };
  const names = (ns: Netns): string[] => ns.cache.entries().map(({ rtDst }) => rtDst);

  test('RC-40, RC-125 of nine the one used longest ago leaves for the tenth', () => {
    const ns = chain();
    for (let i = 1; i <= 9; i++) {
      ns.route.output(`8.0.0.${i}`);
      ns.advance(10);
    }
    ns.route.output('8.0.0.1');
    ns.route.output('8.0.0.10');
    expect(names(ns)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 1].map((i) => `8.0.0.${i}`));
    expect(ns.cache.rebuilds).toBe(0);
  });

  test('RC-125 with eight nobody leaves', () => {
    const ns = chain();
    for (let i = 1; i <= 9; i++) ns.route.output(`8.0.0.${i}`);
    expect(names(ns)).toHaveLength(9);
  });

  test('RC-28, RC-126 when 21 are held, the next is an emergency', () => {
    const ns = chain();
    for (let i = 1; i <= 21; i++) ns.cache.hold(entryOf(ns, `8.0.0.${i}`).handle);
    expect(ns.cache.rebuilds).toBe(0);
    const { genid } = ns.cache;
    ns.route.output('8.0.0.22');
    expect(ns.cache.rebuilds).toBe(1);
    expect(ns.cache.genid).not.toBe(genid);
    expect(ns.cache.hashed()).toHaveLength(22); // the last one with the old generation too
    ns.route.output('8.0.0.23');
    expect(names(ns)).toEqual(['8.0.0.23']);
    expect(ns.cache.garbage()).toHaveLength(21);
  });

  test('RC-29, RC-127 the fifth emergency switches caching off', () => {
    const ns = chain();
    ns.sysctl.set('net.ipv4.route.gc_elasticity', 1);
    for (let emergency = 1; emergency <= 5; emergency++) {
      expect(ns.cache.isCaching).toBe(true);
      for (let i = 1; ns.cache.rebuilds < emergency; i++) {
        ns.route.output(`8.0.${emergency}.${i}`);
        const found = ns.cache.entries().find(({ rtDst }) => rtDst === `8.0.${emergency}.${i}`);
        if (found !== undefined) ns.cache.hold(found.handle);
      }
    }
    expect(ns.cache.isCaching).toBe(false);
    expect(ns.route.output('8.0.9.1').via).toBe('10.0.2.9');
    expect(names(ns)).toEqual([]);
    ns.sysctl.set('net.ipv4.rt_cache_rebuild_count', 9);
    ns.route.output('8.0.9.1');
    expect(names(ns)).toEqual(['8.0.9.1']);
  });
});

describe('collection', () => {
  /** What a collection does to the equilibrium when there are so many entries. */
  const collect = (cache: CacheModel, count: number): number => {
    cache.now += 1000;
    cache.count = count;
    cache.collect(false);
    return cache.equilibrium;
  };

  test('RC-50, RC-51, RC-128 goals and equilibrium', () => {
    const cache = model(4);
    expect(collect(cache, 40)).toBe(36);
    expect(collect(cache, 20)).toBe(20);
    const fresh = model(4);
    expect(collect(fresh, 20)).toBe(8);
    expect(collect(fresh, 9)).toBe(8);
    expect(collect(fresh, 5)).toBe(5);
  });

  test('RC-129 the tolerated age halves until nothing is left of it, and grows back', () => {
    const cache = model(4);
    cache.now = 1000;
    cache.count = 64;
    expect(cache.collect(false)).toBe(false);
    expect(cache.expire).toBe(0);
    expect(cache.counters.gc_goal_miss).toBe(20); // 19 halvings, and the round that gives up
    cache.count = 5;
    cache.equilibrium = 5;
    cache.now = 2000;
    cache.collect(false);
    expect(cache.expire).toBe(500);
    cache.count = 3;
    cache.now = 3000;
    cache.collect(false);
    expect(cache.expire).toBe(300000);
  });

  /** Ages of those that stay of a chain, head first. */
  const pruned = (ages: readonly number[], flags: readonly number[] = []): number[] => {
    const cache = model(1);
    cache.now = 100000;
    cache.expire = 8000;
    cache.limits.gcThresh = 1000;
    ages.toReversed().forEach((age, i) => {
      const flag = flags[ages.length - 1 - i] ?? 0;
      const made = cache.intern(cache.alloc(draft(i + 1, { flags: flag }), false)!, false)!;
      cache.finish(made);
      made.lastUse = cache.now - age;
    });
    cache.limits.gcElasticity = 0;
    cache.limits.gcMinInterval = 0;
    cache.collect(true);
    return cache.chains[0]!.map(({ lastUse }) => cache.now - lastUse);
  };

  test('RC-56, RC-130 the longer the chain, the younger must be who stays', () => {
    expect(pruned([1000, 3000, 1500, 900])).toEqual([1000, 3000, 1500, 900]);
    expect(pruned([1000, 5000, 3000, 900])).toEqual([1000, 3000, 900]);
  });

  test('RC-131 what is valuable may be as old anywhere', () => {
    expect(pruned([1000, 5000, 1500, 900], [0, REDIRECTED])).toEqual([1000, 5000, 1500, 900]);
  });

  test('RC-58, RC-132 how many buckets a scan visits', () => {
    expect(model(32768).quota(60000)).toBe(6553);
  });
});

describe('what is learned', () => {
  test('RC-109, RC-133 redirects are sent ever more rarely', () => {
    const cache = model(1);
    const one = entry();
    cache.now = 100000;
    const sent: number[] = [];
    for (; cache.now < 130000; cache.now++) if (cache.sendsRedirect(one)) sent.push(cache.now);
    const gaps = sent.slice(1).map((at, i) => at - sent[i]!);
    expect(gaps).toEqual([41, 81, 161, 321, 641, 1281, 2561, 5121]);
    cache.now += 20481;
    expect(cache.sendsRedirect(one)).toBe(true);
  });

  test('RC-111, RC-134 guesses of the path MTU', () => {
    const learned = (claimed: number, length: number): number => {
      const ns = cacheLab();
      ns.route.output('8.8.8.8');
      return ns.cache.fragNeeded({ dst: '8.8.8.8', src: '10.0.2.1', mtu: claimed, length, dev: 'eth2' });
    };
    expect(learned(0, 1500)).toBe(576);
    expect(learned(1400, 1500)).toBe(1400);
    expect(learned(40, 1500)).toBe(1492);
    expect([33000, 17914, 69, 60].map(guessMtu)).toEqual([32000, 8166, 68, 68]);
  });

  test('RC-113, RC-135 the earlier end wins', () => {
    const one = entry();
    setExpires(one, 1000, 600000);
    expect(one.expires).toBe(601000);
    setExpires(one, 2000, 600000);
    expect(one.expires).toBe(601000);
    const other = entry();
    setExpires(other, 0, 0);
    expect(other.expires).toBe(1);
  });
});
