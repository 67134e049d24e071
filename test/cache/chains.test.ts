/**
 * cache/chains.test.ts - entries in one chain: what they hold, who is found, who has to go.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';
import { tune } from './tune.js';

const ETH0 = 2;
let ns: Netns;
/** A Netns whose cache has one chain, a router on eth0 and eth1. */
function town(hz = 1000): Netns {
  const town = Netns.create({ routeCache: { entries: 1 }, hz });
  town.link.add({ name: 'eth0', index: ETH0 });
  town.link.add({ name: 'eth1', index: 3 });
  town.address.add('10.1.1.199/24', { dev: 'eth0' });
  town.address.add('10.2.0.1/16', { dev: 'eth1' });
  town.route.add('default', { via: '10.1.1.254' });
  town.sysctl.set('net.ipv4.ip_forward', 1);
  tune(town, { gc_thresh: 1000, max_size: 1000 });
  return town;
}
beforeEach(() => {
  ns = town();
});

const out = (dst: string): number => ns.route.output(dst).handle!;
const dsts = (): string[] => ns.cache.entries().map(({ key }) => key.dst);

describe('an entry', () => {
  test('RC-1..6, RC-78, RC-97..99 for a packet made here', () => {
    ns.advance(50);
    ns.route.replace('default', { via: '10.1.1.254', metrics: { window: 1000 } });
    const handle = ns.route.output({ dst: '8.8.8.8', tos: 0x10, mark: 7 }).handle!;
    expect(ns.cache.get(handle)).toEqual({
      handle,
      dev: 'eth0',
      oif: ETH0,
      error: 0,
      obsolete: 0,
      dstFlags: 1,
      expires: 0,
      rateTokens: 0,
      rateLast: 0,
      hasNeighbour: true,
      input: 'none',
      output: 'output',
      metrics: [0, 1500, 1000, 0, 0, 0, 0, 1460, 0, 64, 0, 0, 0, 0, 0, 0, 0],
      tclassid: 0,
      refcnt: 0,
      use: 0,
      lastuse: 50,
      key: { dst: '8.8.8.8', src: '0.0.0.0', iif: 0, oif: 0, mark: 7, tos: 0x10, scope: 0 },
      genid: ns.cache.genid,
      flags: 0,
      type: 'unicast',
      rtDst: '8.8.8.8',
      rtSrc: '10.1.1.199',
      rtIif: ETH0,
      gateway: '10.1.1.254',
      specDst: '10.1.1.199',
      id: ns.lookupId('8.8.8.8'),
      path: 0,
      table: 254,
    });
  });

  test('RC-4, RC-73 for one that is forwarded, RC-75 for one that is ours', () => {
    const forwarded = ns.route.input({ dst: '8.8.8.8', src: '10.2.3.4', iif: 'eth1' }).handle!;
    expect(ns.cache.get(forwarded)).toMatchObject({
      key: { iif: 3, oif: 0 },
      oif: ETH0,
      rtIif: 3,
      input: 'forward',
      output: 'output',
      flags: 0x04000000,
      gateway: '10.1.1.254',
      specDst: '10.2.0.1',
    });
    const own = ns.route.input({ dst: '10.1.1.199', src: '10.1.1.7', iif: 'eth0' }).handle!;
    expect(ns.cache.get(own)).toMatchObject({
      dev: 'lo',
      input: 'local',
      output: 'bug',
      flags: 0x84000000,
      gateway: '10.1.1.199',
      specDst: '10.1.1.199',
    });
  });

  test('RC-76, RC-145 of a destination without a way is found again, with its errno', () => {
    ns.route.del('default');
    ns.route.add('9.0.0.0/8', { type: 'prohibit' });
    for (const [dst, code, error] of [
      ['8.8.8.8', 'ENETUNREACH', 101],
      ['9.9.9.9', 'EACCES', 13],
    ] as const) {
      for (let i = 0; i < 2; i++) {
        expect(() => ns.route.input({ dst, src: '10.2.3.4', iif: 'eth1' })).toThrow(
          expect.objectContaining({ code }) as Error,
        );
      }
      expect(ns.cache.entries()[0]).toMatchObject({
        error,
        type: 'unreachable',
        input: 'error',
        flags: 0,
        dev: 'lo',
        use: 1,
      });
    }
    expect(ns.cache.counters()).toMatchObject({ in_no_route: 2, in_hit: 2, in_slow_tot: 0, entries: 2 });
  });

  test('RC-100 is not made of an output that fails, nor RC-77 of a martian', () => {
    ns.route.del('default');
    expect(() => ns.route.output('8.8.8.8')).toThrow();
    expect(() => ns.route.input({ dst: '8.8.8.8', src: '224.0.0.1', iif: 'eth1' })).toThrow();
    expect(ns.cache.counters()).toMatchObject({ entries: 0, in_martian_src: 1, out_slow_tot: 0 });
  });
});

describe('a lookup', () => {
  test('RC-30, RC-32, RC-33, RC-34 finds equal keys, counts and leaves the order', () => {
    const first = out('10.1.1.1');
    out('10.1.1.2');
    out('10.1.1.3');
    expect(ns.cache.counters()).toMatchObject({ out_hit: 0, out_hlist_search: 0 + 1 + 2 });
    ns.advance(7);
    expect(out('10.1.1.1')).toBe(first);
    expect(ns.cache.counters()).toMatchObject({ out_hit: 1, out_hlist_search: 5, out_slow_tot: 3 });
    expect(ns.cache.get(first)).toMatchObject({ use: 1, lastuse: 7, refcnt: 0 });
    expect(dsts()).toEqual(['10.1.1.3', '10.1.1.2', '10.1.1.1']);
  });

  test('RC-5, RC-30..32, RC-139 tells source, device, mark and tos apart', () => {
    const flows = [
      {},
      { src: '10.1.1.199' },
      { oif: 'eth0' },
      { mark: 1 },
      { tos: 0x10 },
      { scope: 253 },
    ].map((part) => ({ dst: '10.1.1.1', ...part }));
    const handles = flows.map((flow) => ns.route.output(flow).handle!);
    expect(new Set(handles).size).toBe(flows.length);
    expect(flows.map((flow) => ns.route.output(flow).handle!)).toEqual(handles);
    expect(ns.cache.entries().map(({ key }) => key.tos)).toContain(1); // ONLINK
  });

  test('a bare hit is one call', () => {
    const handle = out('10.1.1.1');
    expect(ns.cache.lookup(0x0a010101, 0, 0, 0, 0, 0)).toBe(handle);
    expect(ns.cache.lookup(0x0a010102, 0, 0, 0, 0, 0)).toBe(0);
    expect(ns.cache.get(handle)!.use).toBe(1);
  });
});

describe('a new entry', () => {
  test('RC-43, RC-125 takes the place of the one that is worth least in a chain of nine', () => {
    const handles = Array.from({ length: 9 }, (_, i) => {
      ns.advance(10);
      return out(`10.1.1.${i + 1}`);
    });
    expect(dsts()).toHaveLength(9);
    ns.cache.lookup(0x0a010101, 0, 0, 0, 0, 0); // the oldest is used again
    out('10.1.1.10');
    expect(dsts()).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 1].map((i) => `10.1.1.${i}`));
    expect(ns.cache.get(handles[1]!)).toBeUndefined();
  });

  test('RC-38, RC-39, RC-124 spares what is valuable, then what is routed; of equals the last one goes', () => {
    const own = ns.route.input({ dst: '10.1.1.199', src: '10.1.1.7', iif: 'eth0' }).handle!;
    const valuable = ns.route.input({ dst: '10.1.1.199', src: '10.1.1.8', iif: 'eth0' }).handle!;
    ns.cache.linkFailure(valuable); // what is delivered here has no path MTU that could be learned
    ns.advance(100);
    for (let i = 1; i <= 7; i++) out(`10.1.1.${i}`);
    out('10.1.1.10'); // the local one goes, although it is no older than the valuable one
    expect(ns.cache.get(own)).toBeUndefined();
    out('10.1.1.11'); // of those that were routed at one time the last of the chain
    expect(ns.cache.get(valuable)).toBeDefined();
    expect(dsts()).not.toContain('10.1.1.1');
  });

  test('RC-40, RC-126, RC-28 makes an emergency of a chain that is held', () => {
    for (let i = 1; i <= 21; i++) ns.cache.hold(out(`10.1.1.${i}`));
    const { genid } = ns.cache;
    expect(ns.cache.rebuilds).toBe(0);
    out('10.1.1.22');
    expect(ns.cache.rebuilds).toBe(1);
    expect(ns.cache.genid).not.toBe(genid);
    expect(dsts()).toEqual([]);
    expect(ns.cache.hashed()).toHaveLength(22);
    out('10.1.1.23');
    expect(ns.cache.hashed()).toHaveLength(1);
    expect(ns.cache.garbage()).toHaveLength(21);
    expect(ns.cache.counters().entries).toBe(22);
    ns.check();
  });

  test('RC-29, RC-36, RC-127 is kept by nobody after the fifth emergency', () => {
    for (let n = 0; n < 5; n++) {
      expect(ns.cache.isCaching).toBe(true);
      for (let i = 1; i <= 21; i++) ns.cache.hold(out(`10.1.1.${i}`));
      out('10.1.1.22');
    }
    expect(ns.cache.isCaching).toBe(false);
    const { entries, out_slow_tot } = ns.cache.counters();
    expect(ns.route.output('10.1.1.1')).not.toHaveProperty('handle');
    expect(ns.cache.counters()).toMatchObject({ entries, out_slow_tot: out_slow_tot + 1 });
    tune(ns, { rebuild_count: 5 });
    expect(ns.route.output('10.1.1.1')).toHaveProperty('handle');
    ns.check();
  });
});

describe('references', () => {
  test('RC-101..106 keep a dead entry until it is released and the task comes by', () => {
    const handle = out('8.8.8.8');
    ns.cache.hold(handle);
    ns.cache.use(handle);
    expect(ns.cache.get(handle)).toMatchObject({ refcnt: 2, use: 1 });
    ns.cache.flush(0);
    expect(ns.cache.check(handle)).toBe(false);
    expect(ns.cache.get(handle)).toMatchObject({ obsolete: 2, refcnt: 2 });
    expect(ns.cache.counters().entries).toBe(1);
    ns.advance(100); // the task runs first after 0.1 s, then after 0.6 s more, ...
    ns.cache.release(handle);
    ns.cache.release(handle);
    ns.cache.release(handle);
    expect(ns.cache.get(handle)!.refcnt).toBe(0);
    ns.advance(599);
    expect(ns.cache.counters().entries).toBe(1);
    ns.advance(1);
    expect(ns.cache.counters().entries).toBe(0);
    expect(ns.cache.get(handle)).toBeUndefined();
    expect(() => ns.cache.release(handle)).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
  });

  test('RC-104 what is held of a device that goes discards packets, and is loopback at last', () => {
    const handle = out('8.8.8.8');
    ns.cache.hold(handle);
    ns.link.set('eth0', { up: false });
    expect(ns.cache.get(handle)).toMatchObject({ output: 'discard', input: 'discard', dev: 'eth0' });
    ns.link.del('eth0');
    expect(ns.cache.get(handle)).toMatchObject({ dev: 'lo' });
    ns.check();
  });

  test('handles that nobody gave are ENOENT', () => {
    const handle = out('8.8.8.8');
    for (const wrong of [0, -1, 1, 2 ** 24, handle + 1, handle + 2 ** 24, 2 ** 53, NaN, Infinity, 0.5]) {
      expect(() => ns.cache.hold(wrong)).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
      expect(ns.cache.get(wrong)).toBeUndefined();
    }
    expect(ns.cache.get(handle)).toBeDefined();
  });
});

describe('a bound of neighbours', () => {
  test('RC-42 is ENOBUFS once a collection gives none back', () => {
    tune(ns, { neighbours: 2 });
    const held = [out('10.1.1.1'), out('10.1.1.2')];
    held.forEach((handle) => ns.cache.hold(handle));
    const before = ns.cache.entries();
    expect(() => out('10.1.1.3')).toThrow(expect.objectContaining({ code: 'ENOBUFS' }) as Error);
    expect(() => ns.route.input({ dst: '10.1.1.3', src: '10.2.0.9', iif: 'eth1' })).toThrow();
    expect(ns.cache.entries()).toEqual(before);
    expect(ns.stats().arena.neighbour.blocks).toBe(2);
    expect(ns.route.input({ dst: '10.1.1.199', src: '10.1.1.7', iif: 'eth0' }).type).toBe('local'); // needs none
    ns.cache.release(held[0]!);
    ns.check();
  });
});
