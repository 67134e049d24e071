/**
 * netns/snapshot.test.ts - save, load and clone: the same bytes, the same answers, the same future; and what is refused.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { FibError, WireError } from '../../src/errors.js';
import { Netns as External } from '../../src/external.js';
import { Netns } from '../../src/index.js';
import { checkedNetns } from '../core/check-build.js';
import { lab } from '../lab.js';
import { answers, dumps, live, settle, visible } from './town.js';

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Compares bytes, of which there may be many. */
function expectSame(a: Uint8Array, b: Uint8Array): void {
  expect(a.length).toBe(b.length);
  expect(Buffer.compare(a, b)).toBe(0);
}

/** A snapshot with a change. */
function damaged(bytes: Uint8Array, change: (copy: Uint8Array, view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy, new DataView(copy.buffer));
  return copy;
}

describe('a Netns that was loaded', () => {
  for (const rules of [true, false]) {
    for (const forward of ['off', 'compact', 'direct'] as const) {
      test(`is as the one that was saved: ${rules ? 'with' : 'without'} rules, forward ${forward}`, () => {
        using ns = settle(Netns.create({ forward: 'off' }), { rules });
        ns.setForward('main', forward);
        const bytes = ns.save();
        ns.check();
        expectSame(ns.save(), bytes);
        for (const trusted of [false, true]) {
          using other = Netns.load(bytes, { trusted });
          other.check();
          expectSame(other.save(), bytes);
          expect(visible(other)).toEqual(visible(ns));
          expect(dumps(other)).toEqual(dumps(ns));
        }
      });
    }
  }

  test('answers and changes as the saved one does, to the last byte', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.boolean(), (seed, rules, trusted) => {
        using ns = settle(Netns.create(), { seed, rules });
        using other = Netns.load(ns.save(), { trusted });
        using third = ns.clone();
        const [a, b, c] = [ns, other, third].map((each) => [answers(each), live(each), visible(each)]);
        expect(b).toEqual(a);
        expect(c).toEqual(a);
        [ns, other, third].forEach((each) => each.check());
        expectSame(other.save(), ns.save());
        expectSame(third.save(), ns.save());
      }),
      { numRuns: 6, seed: 4 },
    );
  });

  test('has the sysctls that routing does not ask', () => {
    using ns = settle(Netns.create());
    using other = Netns.load(ns.save());
    expect(other.sysctl.get('net.ipv4.conf.eth0.arp_accept')).toBe(1);
    expect(other.sysctl.get('net.ipv4.conf.eth1.arp_ignore')).toBe(2);
    expect(other.sysctl.get('net.ipv4.ip_default_ttl')).toBe(99);
    other.link.del('eth0');
    other.link.add({ name: 'eth0', index: 10 });
    expect(other.sysctl.get('net.ipv4.conf.eth0.arp_accept')).toBe(0);
  });

  test('keeps its bound, or gets another one', () => {
    using ns = Netns.create({ maxBytes: 1 << 18 });
    const fill = (to: Netns): void => {
      for (let i = 0; i < 1e5; i++)
        to.route.add({ address: Math.imul(i, 0x9e3779b9) >>> 0, length: 32 }, { dev: 'lo' });
    };
    ns.link.set('lo', { up: true });
    expect(thrown(() => fill(ns))).toMatchObject({ code: 'ENOBUFS' });
    const bytes = ns.save();
    using same = Netns.load(bytes);
    same.check();
    expect(thrown(() => same.link.list().forEach(() => fill(same)))).toMatchObject({ code: 'EEXIST' });
    expect(thrown(() => Netns.load(bytes, { maxBytes: 1 << 17 }))).toMatchObject({ code: 'ENOBUFS' });
    using wide = Netns.load(bytes, { maxBytes: 1 << 24 });
    const routes = wide.stats().routes;
    for (let i = 0; i < 2 * routes; i++)
      wide.route.replace({ address: Math.imul(i, 0x9e3779b9) >>> 0, length: 32 }, { dev: 'lo' });
    expect(wide.stats().routes).toBeGreaterThan(2 * routes);
    wide.check();
  });

  test('came from, or goes to, a core from outside', () => {
    const module = new WebAssembly.Module(
      readFileSync(fileURLToPath(new URL('../../build/hoptrie.wasm', import.meta.url))),
    );
    using ns = settle(Netns.create());
    using other = External.load(module, ns.save());
    using third = other.clone();
    expect(visible(third)).toEqual(visible(ns));
    expectSame(third.save(), ns.save());
  });

  test('came from, or goes to, a check build', () => {
    using ns = settle(Netns.create());
    const { ns: checked } = checkedNetns();
    settle(checked);
    expectSame(checked.save(), ns.save());
    checked.close();
  });
});

describe('saving', () => {
  test('changes nothing, and is open to batches and subscribers', () => {
    using ns = settle(Netns.create());
    using batch = ns.batch(100);
    batch.dst.fill(0x0a090101);
    const { dst } = batch;
    const bytes = ns.save();
    expect(batch.dst).toBe(dst);
    expect(dst[99]).toBe(0x0a090101);
    expectSame(ns.save(), bytes);
    batch.run();
    expect(new Set(batch.out)).toEqual(new Set([ns.lookupId(0x0a090101)]));
    using other = Netns.load(bytes);
    expect(visible(ns)).toEqual(visible(other));
    ns.check();
  });

  test('tells nothing of what was asked or deleted', () => {
    using ns = lab(2);
    const before = ns.save();
    ns.route.add('10.1.2.0/24', { via: '203.0.113.77', dev: 'eth2', onlink: true, metrics: { mtu: 1234 } });
    ns.route.del('10.1.2.0/24');
    ns.tryLookup('203.0.113.78');
    const after = Buffer.from(ns.save());
    for (const word of [0xcb00714d, 0xcb00714e, 0x0a010200]) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(word);
      expect(after.includes(bytes)).toBe(false);
    }
    expect(after.length).toBeGreaterThan(before.length);
  });

  test('gives one header and the arena, with an XXH64 of it', () => {
    using ns = settle(Netns.create());
    const bytes = ns.save();
    const view = new DataView(bytes.buffer);
    expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x48, 0x4f, 0x50, 0x54, 0x0d, 0x0a, 0x1a]);
    expect(view.getUint32(16, true)).toBe(0x01020304);
    expect(view.getUint32(20, true)).toBe(abi.FORMAT_VERSION);
    expect(view.getUint32(24, true)).toBe(bytes.length - 32);
    expect(view.getUint32(24, true)).toBe(ns.stats().arenaBytes);
    expect(view.getBigUint64(8, true)).toBe(xxh64(bytes.subarray(16)));
  });

  test('XXH64 has the values of its specification', () => {
    const text = (words: string): bigint => xxh64(new TextEncoder().encode(words));
    expect(text('')).toBe(0xef46db3751d8e999n);
    expect(text('abcd')).toBe(0xde0327b0d25d92ccn);
  });
});

describe('refused, and nothing else happens:', () => {
  const ns = settle(Netns.create());
  const bytes = ns.save();
  ns.close();

  const WIRE: readonly (readonly [string, Uint8Array, number, RegExp])[] = [
    ['nothing', new Uint8Array(0), 0, /no snapshot/],
    ['text', new TextEncoder().encode('default via 192.0.2.1 dev eth0'), 0, /no snapshot/],
    ['an arena without header', bytes.slice(32), 0, /no snapshot/],
    ['a transfer as text', damaged(bytes, (b) => (b[5] = 0x0a)), 0, /no snapshot/],
    ['a cut header', bytes.slice(0, 31), 31, /truncated snapshot header/],
    ['a cut arena', bytes.slice(0, -4), bytes.length - 4, /truncated snapshot/],
    ['more behind it', new Uint8Array([...bytes, 0]), bytes.length, /bytes behind/],
    ['the other byte order', damaged(bytes, (b) => b.subarray(16, 20).reverse()), 16, /big-endian/],
    ['no byte order', damaged(bytes, (b) => (b[16] = 0)), 16, /byte order/],
    ['an older version', damaged(bytes, (b) => (b[20] = 2)), 20, /format version 2, this hoptrie reads \d/],
    ['a newer version', damaged(bytes, (b) => (b[20]! += 1)), 20, /format version \d, this/],
    ['another build', damaged(bytes, (_, v) => v.setUint32(28, 2896, true)), 28, /another build/],
    [
      'an odd length',
      damaged(bytes.slice(0, -2), (b, v) => v.setUint32(24, b.length - 32, true)),
      24,
      /length/,
    ],
    ['no State', damaged(bytes.slice(0, 64), (_, v) => v.setUint32(24, 32, true)), 24, /length 32/],
    ['a flipped bit', damaged(bytes, (b) => (b[bytes.length - 1]! ^= 1)), 8, /checksum/],
    ['another checksum', damaged(bytes, (b) => (b[8]! ^= 1)), 8, /checksum/],
    [
      'an arena that ends elsewhere',
      damaged(bytes, (b, v) => {
        v.setUint32(32 + abi.STATE_BRK - abi.STATE, abi.STATE + bytes.length, true);
        v.setBigUint64(8, xxh64(b.subarray(16)), true);
      }),
      40,
      /ends elsewhere/,
    ],
  ];
  for (const [name, forged, offset, words] of WIRE) {
    test(`${name} is a WireError at ${offset}, trusted or not`, () => {
      for (const trusted of [false, true]) {
        const error = thrown(() => Netns.load(forged, { trusted }));
        expect(error).toBeInstanceOf(WireError);
        expect(error).toMatchObject({ code: 'EBADMSG', offset });
        expect((error as WireError).message).toMatch(words);
      }
    });
  }

  test('a forged snapshot with its checksum right is EUCLEAN, naming the invariant', () => {
    const forged = damaged(bytes, (b, v) => {
      v.setUint32(32 + 32, 99, true); // fib infos alive
      v.setBigUint64(8, xxh64(b.subarray(16)), true);
    });
    const error = thrown(() => Netns.load(forged));
    expect(error).toBeInstanceOf(FibError);
    expect(error).toMatchObject({ code: 'EUCLEAN', syscall: 'load', detail: 'invariant I4 does not hold' });
  });

  test('a table that is there twice is EUCLEAN, however many there are', () => {
    for (const tables of [3, 1500]) {
      using many = Netns.create();
      for (let i = 1; i <= tables; i++) many.route.add('10.0.0.0/8', { type: 'blackhole', table: 256 * i });
      const saved = many.save();
      Netns.load(saved).close();
      const forged = damaged(saved, (b, v) => {
        // The id of the table that came first becomes that of the one that came last.
        const first = saved.findIndex(
          (_, at) => at % 4 === 0 && at > abi.STATE_BYTES && v.getUint32(at + 4, true) === 256,
        );
        v.setUint32(first + 4, 256 * tables, true);
        v.setBigUint64(8, xxh64(b.subarray(16)), true);
      });
      expect(thrown(() => Netns.load(forged))).toMatchObject({ detail: 'invariant T10 does not hold' });
    }
  });

  test('two links of one name are EUCLEAN', () => {
    const at = Buffer.from(bytes).indexOf(Buffer.from('eth1\0\0\0'));
    const forged = damaged(bytes, (b, v) => {
      b[at + 3] = 0x30;
      v.setBigUint64(8, xxh64(b.subarray(16)), true);
    });
    expect(thrown(() => Netns.load(forged))).toMatchObject({ code: 'EUCLEAN', detail: /name/ });
  });

  test('what is no Uint8Array is EINVAL', () => {
    for (const value of [undefined, null, 'HOPT', [1, 2], bytes.buffer, { bytes }]) {
      expect(thrown(() => Netns.load(value as never))).toMatchObject({ code: 'EINVAL', syscall: 'load' });
    }
    expect(thrown(() => Netns.load(bytes, { maxBytes: 1 }))).toMatchObject({ code: 'EINVAL' });
  });

  test('a closed Netns saves nothing', () => {
    const closed = Netns.create();
    closed.close();
    expect(() => closed.save()).toThrow(TypeError);
    expect(() => closed.clone()).toThrow(TypeError);
  });
});

const [P1, P2, P3, P4, P5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;

/** XXH64 with seed 0 of a multiple of 4 bytes, as the specification words it. */
function xxh64(bytes: Uint8Array): bigint {
  const wrap = (x: bigint) => BigInt.asUintN(64, x);
  const rotl = (x: bigint, n: bigint) => wrap((x << n) | (x >> (64n - n)));
  const round = (acc: bigint, lane: bigint) => wrap(rotl(wrap(acc + lane * P2), 31n) * P1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let acc: bigint = P5;
  if (bytes.length >= 32) {
    const lanes = [wrap(P1 + P2), P2, 0n, wrap(-P1)];
    for (; at + 32 <= bytes.length; at += 32) {
      lanes.forEach((lane, i) => (lanes[i] = round(lane, view.getBigUint64(at + 8 * i, true))));
    }
    const turns = [1n, 7n, 12n, 18n];
    acc = wrap(lanes.reduce((sum, lane, i) => sum + rotl(lane, turns[i]!), 0n));
    for (const lane of lanes) acc = wrap((acc ^ round(0n, lane)) * P1 + P4);
  }
  acc = wrap(acc + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    acc = wrap(rotl(acc ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  }
  for (; at + 4 <= bytes.length; at += 4) {
    acc = wrap(rotl(acc ^ wrap(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
  }
  acc = wrap((acc ^ (acc >> 33n)) * P2);
  acc = wrap((acc ^ (acc >> 29n)) * P3);
  return acc ^ (acc >> 32n);
}
