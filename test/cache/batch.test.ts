/**
 * cache/batch.test.ts - decisions in batches: what they say, and that a batch of hits walks nothing.
 */
import { describe, expect, test } from 'vitest';
import { FibError, Netns, type Decision } from '../../src/index.js';
import { ROUTE_TYPES } from '../../src/model/route.js';
import type { Netns as Core } from '../../src/netns.js';
import { checkedNetns } from '../core/check-build.js';
import { seeded } from './seeded.js';

/** A router with ways to many places, and to some that refuse. */
function town<N extends Core>(ns: N): N {
  ns.link.add({ name: 'eth0', index: 2 });
  ns.link.add({ name: 'eth1', index: 3 });
  ns.address.add('10.1.1.199/24', { dev: 'eth0' });
  ns.address.add('10.2.0.1/16', { dev: 'eth1' });
  ns.route.add('default', { via: '10.1.1.254' });
  ns.route.add('11.0.0.0/8', { via: '10.2.0.254' });
  ns.route.add('11.1.0.0/16', { type: 'unreachable' });
  ns.route.add('11.2.0.0/16', { type: 'blackhole' });
  ns.route.add('11.3.0.0/16', { nexthops: [{ via: '10.1.1.7' }, { via: '10.2.0.7' }] });
  ns.sysctl.set('net.ipv4.ip_forward', 1);
  return ns;
}

const COLUMNS = [
  'src',
  'iif',
  'oif',
  'mark',
  'tos',
  'dev',
  'via',
  'source',
  'flags',
  'type',
  'error',
] as const;
const swap = (a: number): number =>
  ((a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24)) >>> 0;

/** A decision, or an errno, as the columns tell it. */
function toRow(decide: () => Decision): readonly number[] {
  try {
    const { id, oif, via, src, type } = decide();
    const word = (text?: string): number =>
      text === undefined ? 0 : text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
    return [id, oif, word(via), word(src), ROUTE_TYPES.indexOf(type as never), 0];
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    return [99, 0, 0, 0, 0, -error.errno];
  }
}

describe.each([
  ['with a cache', { routeCache: { entries: 256, seed: 1 } }],
  ['without one', {}],
] as const)('a batch %s', (_, options) => {
  for (const bigEndian of [false, true]) {
    test(`decides each row as one call does, ${bigEndian ? 'network' : 'host'} order`, () => {
      using ns = town(Netns.create(options));
      using twin = town(Netns.create());
      const random = seeded(5);
      const n = 500;
      using batch = ns.flowBatch(n, COLUMNS);
      const order = (a: number): number => (bigEndian ? swap(a) : a);
      for (let round = 0; round < 6; round++) {
        const isInput = round % 2 === 1;
        const flows = Array.from({ length: n }, () => {
          const host = random(40);
          const dst =
            [0x0b000000, 0x0b010000, 0x0b020000, 0x0b030000, 0x0a010100, 0xe0000000][random(6)]! + host;
          return {
            dst,
            src: isInput ? 0x0a020000 + random(300) : random(4) ? 0 : 0x0a0101c7,
            iif: isInput ? 3 : 0,
            oif: isInput || random(4) ? 0 : 2 + random(3),
            mark: random(2),
            tos: [0, 0x10, 0x20][random(3)]!,
          };
        });
        flows.forEach(({ dst, src, iif, oif, mark, tos }, row) => {
          batch.dst[row] = order(dst);
          batch.src[row] = order(src);
          batch.iif[row] = iif;
          batch.oif[row] = oif;
          batch.mark[row] = mark;
          batch.tos[row] = tos;
        });
        if (isInput) batch.input(n, { miss: 99, bigEndian });
        else batch.output(n, { miss: 99, bigEndian });
        flows.forEach((flow, row) => {
          const expected = toRow(() => (isInput ? twin.route.input(flow) : twin.route.output(flow)));
          const got = [
            batch.id[row]!,
            batch.dev[row]!,
            order(batch.via[row]!),
            order(batch.source[row]!),
            batch.type[row]!,
            batch.error[row]!,
          ];
          expect(got, JSON.stringify(flow)).toEqual(expected);
        });
        ns.check();
      }
    });
  }
});

test('RC-146 a hit asks neither rules nor tables, alone or in a batch', () => {
  const { ns, exports } = checkedNetns({ routeCache: { entries: 4096, seed: 1 } });
  town(ns);
  for (let i = 0; i < 10; i++) ns.rule.add({ fwmark: i + 1, table: 100 + i, priority: 100 + i });
  const batch = ns.flowBatch(1000, ['src', 'iif']);
  for (let row = 0; row < 1000; row++) {
    batch.dst[row] = 0x0b000000 + row * 7;
    batch.src[row] = 0x0a020009;
    batch.iif[row] = 3;
  }
  batch.input();
  const walked = exports.walks();
  expect(walked).toBeGreaterThan(1000);
  for (let i = 0; i < 5; i++) batch.input();
  ns.route.input({ dst: 0x0b000000, src: '10.2.0.9', iif: 'eth1' });
  expect(exports.walks()).toBe(walked);
  expect(ns.cache.counters()).toMatchObject({ in_hit: 5001, in_slow_tot: 1000 });
  batch.close();
});

test('RC-34 a batch counts what it passes, each hit once', () => {
  using one = town(Netns.create({ routeCache: { entries: 4, seed: 1 } }));
  using many = town(Netns.create({ routeCache: { entries: 4, seed: 1 } }));
  using batch = many.flowBatch(64, []);
  for (let row = 0; row < 64; row++) batch.dst[row] = 0x0b000000 + (row % 20);
  batch.output();
  for (let row = 0; row < 64; row++) one.route.output({ dst: batch.dst[row]! });
  batch.output();
  for (let row = 0; row < 64; row++) one.route.output({ dst: batch.dst[row]! });
  expect(many.cache.counters()).toEqual(one.cache.counters());
  expect(many.cache.hashed()).toEqual(one.cache.hashed());
});

describe('flows that the keys cannot tell apart', () => {
  const asked = (ns: Core, flow: object = {}): number => {
    const before = ns.cache.counters();
    const { handle } = ns.route.output({ dst: '11.3.0.5', ...flow });
    const { bypassed, entries } = ns.cache.counters();
    if (handle === undefined) expect([bypassed, entries]).toEqual([before.bypassed + 1, before.entries]);
    return handle ?? 0;
  };

  test('go by the cache and are counted: tos beyond 0x1c, scopes', () => {
    using ns = town(Netns.create({ routeCache: {} }));
    for (const flow of [{ tos: 0x20 }, { tos: 1 }, { tos: 0xfc }, { scope: 200 }]) {
      expect(asked(ns, { ...flow, dst: '10.1.1.7' }), JSON.stringify(flow)).toBe(0);
    }
    expect(asked(ns, { tos: 0x1c })).not.toBe(0);
  });

  test('go by the cache as long as a rule asks for dscp, uid, protocol, ports or a tunnel', () => {
    using ns = town(Netns.create({ routeCache: {} }));
    const rules = [
      { dscp: 8 },
      { uidrange: { start: 1, end: 2 } },
      { ipproto: 6 },
      { sport: { start: 1, end: 2 } },
      { dport: { start: 80, end: 80 } },
      { tunId: 7n },
    ];
    for (const rule of rules) {
      ns.rule.add({ priority: 50, table: 100, ...rule });
      expect(asked(ns), Object.keys(rule)[0]).toBe(0);
      ns.rule.del({ priority: 50, table: 100, ...rule });
      expect(asked(ns), Object.keys(rule)[0]).not.toBe(0);
    }
    ns.check();
  });

  test('go by the cache when ports choose their path', () => {
    using ns = town(Netns.create({ routeCache: {} }));
    for (const policy of [1, 3]) {
      ns.sysctl.set('net.ipv4.fib_multipath_hash_policy', policy);
      expect(asked(ns)).toBe(0);
      expect(asked(ns, { dst: '11.9.9.9' })).not.toBe(0); // one path
      expect(asked(ns, { oif: 'eth1' })).not.toBe(0);
    }
    ns.sysctl.set('net.ipv4.fib_multipath_hash_policy', 0);
    expect(asked(ns)).not.toBe(0);
    const nexthop = (id: number, via: string): void => void ns.nexthop.add({ id, via, dev: 'eth0' });
    nexthop(1, '10.1.1.7');
    nexthop(2, '10.1.1.8');
    ns.nexthop.add({ id: 9, group: [{ id: 1 }, { id: 2 }], type: 'resilient', buckets: 8 });
    ns.route.add('11.4.0.0/16', { nhid: 9 });
    expect(asked(ns, { dst: '11.4.0.1' })).toBe(0);
    expect(ns.route.output('11.4.0.1').type).toBe('unicast');
  });
});
