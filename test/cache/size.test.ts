/**
 * cache/size.test.ts - how large the route cache is, and where a key hangs.
 */
import { describe, expect, test } from 'vitest';
import { Netns, type RouteCacheOptions } from '../../src/index.js';
import { checkedNetns } from '../core/check-build.js';
import { tuned } from './tune.js';

const MIB = 2 ** 20;

/** Buckets of a cache that is made so. */
function buckets(routeCache: RouteCacheOptions): number {
  using ns = Netns.create({ routeCache });
  return ns.cache.size.buckets;
}

describe('buckets', () => {
  test('RC-7, RC-8, RC-14 follow from the memory', () => {
    const sizes: readonly (readonly [mib: number, buckets: number])[] = [
      [1, 512],
      [64, 512],
      [128, 1024],
      [256, 2048],
      [511, 4096],
      [512, 16384],
      [1024, 32768],
      [4096, 131072],
      [16384, 524288],
      [1 << 20, 524288],
    ];
    for (const [mib, wanted] of sizes) expect(buckets({ memoryBytes: mib * MIB }), `${mib} MiB`).toBe(wanted);
    expect(buckets({ memoryBytes: 255 * MIB + 4096 })).toBe(2048); // up to a whole MiB first
    expect(buckets({})).toBe(1024);
  });

  test('RC-9, RC-10, RC-11 follow from what was asked for, within a sixteenth of the memory', () => {
    expect(buckets({ entries: 1000 })).toBe(1024);
    expect(buckets({ entries: 1024 })).toBe(1024);
    expect(buckets({ entries: 1 })).toBe(1);
    expect(buckets({ entries: 2 ** 20, memoryBytes: 128 * MIB })).toBe(2 ** 20);
    expect(buckets({ entries: 2 ** 20, memoryBytes: 96 * MIB })).toBe(2 ** 19); // 786,432 is no power of two
    expect(buckets({ entries: 2 ** 20, memoryBytes: 4096 })).toBe(32);
  });

  test('RC-11 are fewer where memory is short, down to a page of them', () => {
    using ns = Netns.create({ routeCache: { entries: 2 ** 16 }, maxBytes: 3 * 65536 });
    expect(ns.cache.size.buckets).toBe(2 ** 14);
  });

  test('RC-12, RC-13 are told as at boot, and bound the entries', () => {
    using ns = Netns.create({ routeCache: { memoryBytes: 1024 * MIB } });
    expect(ns.cache.size).toEqual({
      buckets: 32768,
      log: 15,
      mask: 32767,
      bytes: 262144,
      order: 6,
      bootLine: 'IP route cache hash table entries: 32768 (order: 6, 262144 bytes)',
    });
    expect(tuned(ns, 'gc_thresh')).toBe(32768);
    expect(tuned(ns, 'max_size')).toBe(16 * 32768);
  });

  test('options that make no cache are EINVAL', () => {
    for (const routeCache of [{ entries: 0 }, { entries: 1.5 }, { memoryBytes: 4095 }, { seed: -1 }]) {
      expect(() => Netns.create({ routeCache })).toThrow(
        expect.objectContaining({ code: 'EINVAL' }) as Error,
      );
    }
    expect(() => Netns.create({ hz: 0 })).toThrow(expect.objectContaining({ code: 'EINVAL' }) as Error);
  });
});

describe('the hash', () => {
  const { exports } = checkedNetns();
  const jhash3 = (a: number, b: number, c: number, start: number): number =>
    exports.jhash3(a, b, c, start) >>> 0;
  /** An address as a little-endian machine reads it. */
  const le = (text: string): number =>
    text.split('.').reduceRight((word, byte) => ((word << 8) | Number(byte)) >>> 0, 0);

  test('RC-18, RC-19, RC-20 gives the vectors', () => {
    expect(jhash3(0, 0, 0, 0)).toBe(0xbd49d10d);
    expect(jhash3(1, 2, 3, 4)).toBe(0xd1222a50);
    expect(jhash3(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toBe(0x17f43626);
    expect(jhash3(le('74.125.53.102'), le('10.1.1.199'), 2, 0)).toBe(0x00f7aaf3);
    expect(jhash3(le('10.1.1.254'), le('10.1.1.199'), 2, 0x12345678)).toBe(0x0a2172ee);
    expect(jhash3(le('8.8.8.8'), 0, 0, 1)).toBe(0xf84fdce4);
  });

  test('RC-17, RC-23 puts an entry into the bucket of its key and generation', () => {
    const pages = 2 ** 15; // of 128 MiB
    using ns = Netns.create({ routeCache: {} });
    ns.link.add({ name: 'eth0', index: 2 });
    ns.address.add('10.1.1.199/24', { dev: 'eth0' });
    using fresh = Netns.create({ routeCache: {} });
    expect(fresh.cache.genid).toBe((pages ^ (pages >>> 8)) >>> 0);
    for (let i = 1; i < 40; i++) ns.route.output({ dst: `10.1.1.${i}`, ...(i % 2 && { oif: 'eth0' }) });
    const places = ns.cache.entries().map(({ key, genid }) => {
      return jhash3(le(key.dst), le(key.src), key.oif, genid) & ns.cache.size.mask;
    });
    expect(places).toHaveLength(39);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
