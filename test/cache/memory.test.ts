/**
 * cache/memory.test.ts - what the cache takes: bounds, memory that runs out at any place, snapshots, forged ones too.
 */
import { describe, expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { Netns } from '../../src/index.js';
import type { Netns as Core } from '../../src/netns.js';
import { outcome } from '../outcome.js';
import { checkedNetns } from '../core/check-build.js';
import { chainMax, tune } from './tune.js';

/** A router behind one gateway. */
function town<N extends Core>(ns: N): N {
  ns.link.add({ name: 'eth0', index: 2 });
  ns.link.add({ name: 'eth1', index: 3 });
  ns.address.add('10.1.1.199/24', { dev: 'eth0' });
  ns.address.add('10.2.0.1/16', { dev: 'eth1' });
  ns.route.add('default', { via: '10.1.1.254' });
  ns.sysctl.set('net.ipv4.ip_forward', 1);
  return ns;
}

/** What a second Netns decides without a cache. */
const plain = town(Netns.create());
const say = (ns: Core, dst: number): string =>
  outcome(() => expect(ns.route.output({ dst }).via).toBeDefined());

describe('a flood of flows', () => {
  test('RC-13, RC-55 of a million destinations stays below max_size, with bounded chains and right answers', () => {
    using ns = town(Netns.create({ routeCache: { entries: 4096, seed: 7 } }));
    const batch = ns.flowBatch(1 << 14, ['src', 'iif', 'via', 'error']);
    batch.iif.fill(3);
    let next = 0x0b000000;
    let most = 0;
    for (let i = 0; i < 1e6; i += batch.capacity) {
      for (let row = 0; row < batch.capacity; row++) {
        batch.dst[row] = next;
        batch.src[row] = 0x0a020002 + (row & 0xff);
        next += 97;
      }
      batch.input();
      expect(batch.error.every((error) => error === 0)).toBe(true);
      expect(batch.via.every((via) => via === 0x0a0101fe)).toBe(true);
      most = Math.max(most, ns.cache.counters().entries);
      if ((i >>> 14) % 16 === 0) ns.advance(250);
    }
    expect(most).toBeLessThanOrEqual(4096 * 16);
    expect(longestChain(ns)).toBeLessThanOrEqual(9); // gc_elasticity, and the newest
    expect(ns.cache.rebuilds).toBe(0);
    const { entries } = ns.cache.counters();
    expect(ns.stats().arena.rtable.blocks).toBe(entries);
    expect(ns.stats().arena.neighbour.blocks).toBe(1);
    ns.check();
    ns.cache.flush(0);
    expect(ns.stats().arena.rtable.blocks).toBe(0);
    expect(ns.stats().arena.neighbour.blocks).toBe(0);
    batch.close();
  }, 60_000);

  test('RC-40 of held flows makes emergencies, and chains end', () => {
    using ns = town(Netns.create({ routeCache: { entries: 8, seed: 7 } }));
    tune(ns, { max_size: 1e6, gc_thresh: 1e6 });
    for (let i = 0; i < 3000; i++) {
      const { handle } = ns.route.output({ dst: 0x0b000000 + i });
      if (handle !== undefined) ns.cache.hold(handle);
      if (i % 100 === 0) expect(longestChain(ns)).toBeLessThanOrEqual(chainMax(ns) + 2);
    }
    expect(ns.cache.isCaching).toBe(false);
    ns.check();
  });
});

/** Entries of the longest chain, the expired ones included. */
function longestChain(ns: Core): number {
  const { u32 } = ns.core;
  const cache = ns.core.view.getUint32(abi.STATE_CACHE, true) >>> 2;
  const heads = u32[cache]! >>> 2;
  let longest = 0;
  for (let i = 0; i < ns.cache.size.buckets; i++) {
    let length = 0;
    for (let at = u32[heads + i]!; at !== 0; at = u32[at >>> 2]!) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

describe('memory that runs out', () => {
  test('at any allocation is ENOBUFS, and nothing is lost', () => {
    const { ns, exports } = checkedNetns({ routeCache: { entries: 16, seed: 1 } });
    town(ns);
    tune(ns, { gc_thresh: 1e6, max_size: 1e6 });
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      const dst = 0x0b000000 + i;
      for (let n = 1; ; n++) {
        const before = ns.cache.hashed();
        exports.failAllocation(n);
        const said = say(ns, dst);
        exports.failAllocation(0);
        ns.check();
        if (said === 'ok') break; // no allocation failed, or that of a neighbour, which is tried again (RC-42)
        expect(said).toBe('ENOBUFS');
        expect(ns.cache.hashed()).toEqual(before);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
    expect(outcome(() => ns.route.output('11.0.0.1'))).toBe('ok');
    ns.check();
  });

  test('a bound of the whole memory is ENOBUFS for new flows, and old ones are answered', () => {
    using ns = town(Netns.create({ routeCache: { entries: 256, seed: 1 }, maxBytes: 4 * 65536 }));
    tune(ns, { gc_thresh: 1e6, max_size: 1e6, gc_elasticity: 1e6 });
    let made = 0;
    while (say(ns, 0x0b000000 + made) === 'ok') made++;
    expect(made).toBeGreaterThan(500);
    for (let i = 0; i < made; i++) expect(say(ns, 0x0b000000 + i)).toBe('ok');
    expect(ns.cache.counters()).toMatchObject({ out_hit: made, entries: made });
    expect(say(ns, 0x0c000000)).toBe('ENOBUFS');
    expect(say(plain, 0x0c000000)).toBe('ok');
    ns.check();
    ns.cache.flush(0);
    expect(say(ns, 0x0c000000)).toBe('ok');
  });

  test('a cache that has no room is no Netns', () => {
    for (let n = 1; n <= 3; n++) {
      const { exports } = checkedNetns();
      exports.failAllocation(n);
      expect(exports.cacheNew(4, 1)).toBe(-105);
      exports.failAllocation(0);
      expect(exports.check()).toBe(0);
    }
  });
});

describe('a snapshot', () => {
  /** One with entries of all kinds, held ones and dead ones. */
  function lived(): Netns {
    const ns = town(Netns.create({ routeCache: { entries: 16, seed: 3 }, hz: 250 }));
    ns.advance(1234);
    for (let i = 0; i < 60; i++) ns.route.output({ dst: 0x0b000000 + i * 77, mark: i & 3 });
    ns.cache.hold(ns.route.output('8.8.8.8').handle!);
    ns.cache.flush(0);
    for (let i = 0; i < 40; i++) ns.route.input({ dst: 0x0b000000 + i, src: '10.2.0.9', iif: 'eth1' });
    ns.cache.hold(ns.route.output('8.8.4.4').handle!);
    ns.route.output('10.1.1.7');
    return ns;
  }

  test('keeps the cache: entries, counters, clock and chance', () => {
    using ns = lived();
    using copy = Netns.load(ns.save());
    using clone = ns.clone();
    for (const other of [copy, clone]) {
      expect(other.cache.hashed()).toEqual(ns.cache.hashed());
      expect(other.cache.garbage()).toEqual(ns.cache.garbage());
      expect(other.cache.counters()).toEqual(ns.cache.counters());
      expect(Buffer.from(other.save()).equals(ns.save())).toBe(true);
    }
    for (const one of [ns, copy, clone]) {
      one.cache.flush(-1);
      one.advance(100_000);
      one.route.output('9.9.9.9');
    }
    expect(copy.cache.genid).toBe(ns.cache.genid);
    expect(Buffer.from(copy.save()).equals(clone.save())).toBe(true);
  });

  test('that was forged is EUCLEAN, or does no harm', () => {
    using ns = lived();
    const image = ns.save();
    const cacheWord = 32 + abi.STATE_CACHE - abi.STATE;
    const view = new DataView(image.buffer, image.byteOffset);
    const cache = view.getUint32(cacheWord, true) - abi.STATE + 32;
    const entry = image.indexOf(0) && ns.core.exports.cacheNext(0) - abi.STATE + 32;
    let found = 0;
    const places = [
      ...Array.from({ length: 36 }, (_, i) => cache + 4 * i),
      ...Array.from({ length: 59 }, (_, i) => entry + 4 * i),
    ];
    for (const at of places) {
      for (const value of [1, 0xffffffff, view.getUint32(at, true) ^ 4, view.getUint32(cacheWord, true)]) {
        const bytes = image.slice();
        new DataView(bytes.buffer).setUint32(at, value, true);
        const said = outcome(() => {
          using forged = Netns.load(resealed(bytes));
          live(forged);
        });
        if (said === 'EUCLEAN') found++;
        else expect(said).toBe('ok');
      }
    }
    expect(found).toBeGreaterThan(100);
  });

  /** Does all that may be led astray. */
  function live(ns: Netns): void {
    for (const { handle } of ns.cache.hashed()) ns.cache.release(handle);
    for (let i = 0; i < 50; i++) outcome(() => ns.route.output({ dst: 0x0b000000 + i * 77 }));
    ns.cache.flush(0);
    ns.advance(1_000_000);
    ns.check();
  }

  /** A snapshot with the checksum that its bytes have. */
  function resealed(bytes: Uint8Array): Uint8Array {
    const { exports } = checkedNetns();
    const room = exports.lease(bytes.length);
    new Uint8Array(exports.memory.buffer).set(bytes, room);
    exports.checksumOf(room + abi.SNAPSHOT_ORDER, bytes.length - abi.SNAPSHOT_ORDER, room);
    bytes.set(new Uint8Array(exports.memory.buffer, room, 8), abi.SNAPSHOT_CHECKSUM);
    return bytes;
  }
});
