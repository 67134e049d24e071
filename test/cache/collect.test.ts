/**
 * cache/collect.test.ts - collection on demand, the periodic scan, and the numbers that the rules work out.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { RTC_EXPIRE, RTC_NEXT_SCAN, RTC_SCANNED, STATE_CACHE } from '../../src/abi/records.js';
import { Netns } from '../../src/index.js';
import { chainMax, collection, tune } from './tune.js';

let ns: Netns;
beforeEach(() => {
  ns = town(4);
});

/** A Netns with so many buckets, whose packets go through one gateway. */
function town(entries: number): Netns {
  const ns = Netns.create({ routeCache: { entries, seed: 1 } });
  ns.link.add({ name: 'eth0', index: 2 });
  ns.address.add('10.1.1.199/24', { dev: 'eth0' });
  ns.route.add('default', { via: '10.1.1.254' });
  return ns;
}

let last = 0;
/** Makes so many entries, without a collection. */
function fill(ns: Netns, count: number): void {
  tune(ns, { gc_thresh: 1e6, max_size: 1e6, gc_elasticity: 1e6 });
  for (let i = 0; i < count; i++) ns.route.output({ dst: 0x08000000 + ++last });
}

/** The next entry is made after a collection. */
function collect(ns: Netns, numbers: Parameters<typeof tune>[1] = {}): void {
  tune(ns, { gc_thresh: 4, max_size: 64, gc_elasticity: 8, gc_min_interval: 500, ...numbers });
  ns.route.output({ dst: 0x08000000 + ++last });
}

const entries = (): number => ns.cache.counters().entries;

describe('on demand', () => {
  test('RC-48 is ignored soon after the last one, unless the cache is full', () => {
    fill(ns, 20);
    collect(ns);
    expect(ns.cache.counters()).toMatchObject({ gc_total: 1, gc_ignored: 1, entries: 21 });
    ns.advance(500);
    collect(ns);
    expect(ns.cache.counters()).toMatchObject({ gc_total: 2, gc_ignored: 1 });
    expect(collection(ns).lastGc).toBe(500);
    collect(ns);
    expect(ns.cache.counters()).toMatchObject({ gc_total: 3, gc_ignored: 2 });
    collect(ns, { max_size: 10 });
    expect(ns.cache.counters()).toMatchObject({ gc_total: 4, gc_ignored: 2 });
  });

  test('RC-49, RC-51, RC-128 of 40 entries in 4 buckets 4 go', () => {
    fill(ns, 40);
    ns.advance(1000);
    collect(ns);
    expect(collection(ns).equilibrium).toBe(36);
    // From the tenth place of a chain on 300 s are halved to less than the second that they are old.
    expect(ns.cache.counters().gc_goal_miss).toBe(0);
    expect(entries()).toBeLessThanOrEqual(37);
  });

  test('RC-50, RC-52, RC-128 finds its equilibrium', () => {
    fill(ns, 20);
    ns.advance(1000);
    collect(ns);
    expect(collection(ns).equilibrium).toBe(8);
    ns.cache.flush(0);
    fill(ns, 9);
    ns.advance(1000);
    collect(ns); // goal 1 of 9 - 8
    expect(collection(ns).equilibrium).toBe(8);
    ns.cache.flush(0);
    fill(ns, 5);
    ns.advance(1000);
    collect(ns); // 5 - 8: no scan, and the equilibrium follows
    expect(collection(ns).equilibrium).toBe(5);
  });

  test('RC-53, RC-56, RC-130 prunes long chains at their tail', () => {
    expect(pruned([1000, 3000, 1500, 900])).toEqual([1000, 3000, 1500, 900]);
    expect(pruned([1000, 5000, 3000, 900])).toEqual([1000, 3000, 900]);
  });

  test('RC-131 spares what is valuable longer', () => {
    expect(pruned([1000, 5000, 3000, 900], 1)).toEqual([1000, 5000, 900]); // 4000 is halved again
  });

  /** Ages that a collection leaves in a chain that has these from its head on, when 8 s are tolerated. */
  function pruned(ages: readonly number[], valuable?: number): number[] {
    using ns = town(1);
    fill(ns, ages.length);
    const handles = ns.cache.entries().map(({ handle }) => handle);
    if (valuable !== undefined) ns.cache.updatePmtu(handles[valuable]!, 1000);
    for (let now = 0; now <= 5000; now += 100) {
      ages.forEach((age, i) => {
        if (age === 5000 - now) ns.cache.use(handles[i]!);
      });
      ns.advance(100);
    }
    for (const { handle, refcnt } of ns.cache.entries()) if (refcnt > 0) ns.cache.release(handle);
    ns.core.view.setFloat64(ns.core.view.getUint32(STATE_CACHE, true) + RTC_EXPIRE, 8100, true);
    tune(ns, { gc_thresh: 1, gc_elasticity: 8, max_size: 64, gc_min_interval: 0 });
    const { tick } = ns.cache;
    ns.route.output('9.9.9.9');
    tune(ns, { gc_thresh: 1e6 });
    return ns.cache
      .entries()
      .filter(({ key }) => key.dst !== '9.9.9.9')
      .map(({ lastuse }) => tick - 100 - lastuse);
  }

  test('RC-54, RC-55, RC-129 gives up with ENOBUFS when all are held, 19 halvings later', () => {
    fill(ns, 64);
    for (const { handle } of ns.cache.entries()) ns.cache.hold(handle);
    ns.advance(600);
    expect(() => collect(ns)).toThrow(expect.objectContaining({ code: 'ENOBUFS' }) as Error);
    expect(collection(ns).expire).toBe(0);
    expect(ns.cache.counters()).toMatchObject({
      entries: 64,
      gc_goal_miss: 20, // 19 halvings of 300,000 to 0, and the last miss
      gc_dst_overflow: 1,
      out_slow_tot: 64,
    });
    expect(ns.route.output({ dst: 0x08000000 + last - 1 }).handle).toBeDefined(); // what there is answers
    for (const { handle } of ns.cache.entries()) ns.cache.release(handle);
    collect(ns);
    expect(ns.cache.counters().gc_dst_overflow).toBe(1);
    ns.check();
  });

  test('RC-57, RC-129 becomes milder by half a second each time that the goal is reached', () => {
    fill(ns, 64);
    for (const { handle } of ns.cache.entries()) ns.cache.hold(handle);
    ns.advance(600);
    expect(() => collect(ns)).toThrow();
    ns.cache.flush(-1);
    ns.advance(500);
    for (const { handle } of ns.cache.hashed()) ns.cache.release(handle);
    collect(ns); // expired ones go at once
    expect(collection(ns).expire).toBe(500);
    ns.cache.flush(0);
    expect(entries()).toBeLessThan(64);
  });
});

describe('the periodic scan', () => {
  test('RC-58, RC-132 goes over a fifth of the buckets in each of five minutes', () => {
    ns = town(32768);
    const at = (field: number): number => ns.core.view.getUint32(STATE_CACHE, true) + field;
    const next = (): number => ns.core.view.getFloat64(at(RTC_NEXT_SCAN), true);
    const first = next();
    expect(first).toBeGreaterThanOrEqual(60000);
    expect(first).toBeLessThan(120000);
    ns.advance(first);
    const before = ns.core.view.getUint32(at(RTC_SCANNED), true);
    expect(before).toBe(Math.floor((first * 32768) / 300000));
    expect(next()).toBe(first + 60000);
    ns.advance(60000);
    expect(ns.core.view.getUint32(at(RTC_SCANNED), true)).toBe(before + 6553);
  });

  test('RC-46, RC-59, RC-60 frees what was not used for five minutes, or is out of date even if it is held', () => {
    ns = town(64);
    ns.core.exports.cacheSecret(0);
    fill(ns, 1);
    const held = ns.cache.entries()[0]!.handle;
    ns.cache.hold(held);
    ns.cache.updatePmtu(held, 1000); // for ten minutes
    fill(ns, 1);
    ns.advance(290_000);
    expect(ns.cache.entries()).toHaveLength(2);
    ns.advance(310_000);
    expect(ns.cache.entries().map(({ handle }) => handle)).toEqual([held]);
    ns.advance(400_000);
    expect(ns.cache.entries()).toEqual([]);
    expect(ns.cache.get(held)).toMatchObject({ obsolete: 2, refcnt: 1 });
    ns.check();
  });

  test('RC-61, RC-62 the longest chain without an emergency follows from what is seen', () => {
    ns = town(1);
    ns.core.exports.cacheSecret(0);
    tune(ns, { gc_timeout: 1, gc_thresh: 1e6, max_size: 1e6, gc_elasticity: 2 });
    expect(chainMax(ns)).toBe(20);
    const held: number[] = [];
    for (let i = 0; i < 12; i++) {
      held.push(ns.route.output({ dst: 0x08000001 + (i >> 1), mark: i & 1 }).handle!);
      ns.cache.hold(held[i]!);
    }
    ns.advance(120_000);
    expect(chainMax(ns)).toBe(6); // 12 entries for 6 destinations in one bucket: mean 6, deviation 0
  });
});

describe('generations', () => {
  test('RC-27 the secret rebuild is due once or twice in twenty minutes, then every ten', () => {
    const genids = new Set<number>();
    for (let minute = 0; minute < 60; minute++) {
      ns.advance(60_000);
      genids.add(ns.cache.genid);
    }
    expect(genids.size).toBeGreaterThanOrEqual(5);
    expect(genids.size).toBeLessThanOrEqual(6);
    ns.core.exports.cacheSecret(0);
    const { genid } = ns.cache;
    ns.advance(3_600_000);
    expect(ns.cache.genid).toBe(genid);
    ns.core.exports.cacheSecret(1000);
    ns.advance(999);
    expect(ns.cache.genid).toBe(genid);
    ns.advance(1);
    expect(ns.cache.genid).not.toBe(genid);
  });

  test('a clock that leaps does not hang', () => {
    tune(ns, { gc_interval: 0, gc_timeout: 0 });
    ns.core.exports.cacheSecret(1);
    ns.cache.hold(ns.route.output('8.8.8.8').handle!);
    ns.cache.flush(0);
    ns.advance(1e12);
    expect(ns.cache.tick).toBe(1e12);
    expect(ns.cache.garbage()).toHaveLength(1);
    ns.check();
  });
});
