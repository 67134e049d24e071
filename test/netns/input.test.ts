/**
 * netns/input.test.ts - bad input of every kind: a typed error that says where and what was expected, and no change.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FibError, Netns, WireError } from '../../src/index.js';
import type { Change } from '../../src/index.js';
import { encodeRoute, encodeRouteSave, uapi } from '../../src/wire/index.js';
import { believe, lab } from '../lab.js';

let ns: Netns;
let before: string;

/** All that can be seen. */
const visible = () =>
  JSON.stringify([ns.route.list(), ns.link.list(), ns.tables(), ns.proc('net/fib_triestat')]);

beforeEach(() => {
  ns = lab(2, 3);
  ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2, onlink: true });
  ns.route.add('0.0.0.0/0', { via: '192.0.2.2', oif: 2, onlink: true });
  before = visible();
});

afterEach(() => {
  expect(visible()).toBe(before);
  ns.check();
});

/** What was thrown, which must be a FibError. */
function refused(run: () => unknown): FibError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FibError);
    return error as FibError;
  }
  throw new Error('not refused');
}

/** Values that are no number for any field. */
const NO_NUMBERS: readonly unknown[] = [
  NaN,
  -1,
  1.5,
  Infinity,
  -Infinity,
  2 ** 32,
  2 ** 53,
  '1',
  null,
  {},
  [],
  true,
  1n,
  Symbol('x'),
];

describe('addresses and prefixes', () => {
  test.each([
    ['010.0.0.1', 0],
    ['1.2.3', 5],
    ['0x7f.1', 1],
    ['1.2.3.4.5', 7],
    ['1.2.3.256', 6],
    ['', 0],
    [' 1.2.3.4', 0],
    ['1.2.3.4 ', 7],
    ['1..2.3', 2],
    ['a.b.c.d', 0],
    ['1.2.3.4/8', 7],
  ])('lookup of %j is EINVAL with an offset', (text) => {
    const error = refused(() => ns.lookup(text));
    expect(error.code).toBe('EINVAL');
    expect(error.offset).toBeTypeOf('number');
    expect(refused(() => ns.tryLookup(text)).code).toBe('EINVAL');
    expect(refused(() => ns.lookupId(text))).toMatchObject({ code: 'EINVAL', offset: error.offset });
  });

  test.each([
    '10.1.0.0/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/1.5',
    '/8',
    '10.0.0/8',
    '10.0.0.0/8/8',
    'DEFAULT',
    '::/0',
  ])('CFG-12 prefix %j is EINVAL for every operation', (prefix) => {
    for (const op of ['add', 'append', 'prepend', 'replace', 'change', 'del', 'get'] as const) {
      expect(refused(() => ns.route[op](prefix)).code).toBe('EINVAL');
    }
  });

  test('CFG-159 an error about host bits names the prefix that was meant', () => {
    expect(refused(() => ns.route.add('10.1.7.3/24')).message).toContain('10.1.7.0/24');
    expect(refused(() => ns.route.add({ address: 0x0a010703, length: 24 })).message).toContain('10.1.7.0/24');
  });

  test.each(NO_NUMBERS.filter((v) => typeof v !== 'string'))(
    'a destination of %o is refused by every lookup',
    (value) => {
      refused(() => ns.lookup(value as number));
      refused(() => ns.tryLookup({ dst: value as number }));
      refused(() => ns.lookupId(value as number));
      refused(() => ns.route.get(value as string));
      refused(() => ns.route.add({ address: value as number, length: 8 }, { oif: 2 }));
    },
  );

  test('a prefix of numbers has whole ones in range', () => {
    for (const value of NO_NUMBERS) {
      refused(() => ns.route.add({ address: 0, length: value as number }, { oif: 2 }));
      refused(() => ns.route.del({ address: value as number, length: 32 }));
    }
    refused(() => ns.route.add({ address: 0, length: 33 }, { oif: 2 }));
  });
});

describe('route fields', () => {
  const fields = [
    'metric',
    'protocol',
    'scope',
    'table',
    'tos',
    'oif',
    'weight',
    'realm',
    'flags',
    'nhid',
  ] as const;
  test.each(fields)('%s takes whole numbers in its range only', (field) => {
    for (const value of NO_NUMBERS) {
      const path = field === 'nhid' ? {} : { oif: 3 }; // one excludes the other
      const error = refused(() => ns.route.add('20.0.0.0/8', { ...path, [field]: value }));
      expect(error.code).toBe('EINVAL');
      expect(error.detail).toContain(field);
    }
  });

  test.each([
    { protocol: 256 },
    { scope: 256 },
    { tos: 256 },
    { tos: 1 }, // CFG-10: ECN bits
    { weight: 0 },
    { weight: 257 },
    { oif: 2 ** 31 },
    { type: 'nonsense' },
    { type: 12 },
    { type: 'unspec' },
    { scope: 'nonsense' },
    { table: 'nonsense' },
    { table: 'toString' },
    { dev: '' },
    { dev: 'a name that is too long' },
    { dev: 'a/b' },
    { dev: 7 },
    { via: '1.2.3' },
    { via: 7 },
    { via: 'fe80::1::2' },
    { via: 'fe80::1%eth0' },
    { prefsrc: '1.2.3.4.5' },
    { prefsrc: null },
    { metrics: { mtu: -1 } },
    { nexthops: 7 },
    { nexthops: [null] },
    { nexthops: [{ oif: -1 }] },
    { nexthops: [{ oif: 9 }, { via: 'x' }] },
    { nexthops: [{ oif: 3 }], via: '192.0.2.1' },
    { nexthops: Array.from({ length: 8192 }, () => ({ oif: 3 })) },
    { type: 'blackhole', oif: 3 },
    { type: 'unreachable', via: '192.0.2.1' },
  ])('%j is EINVAL and makes no link', (input) => {
    expect(refused(() => ns.route.add('20.0.0.0/8', input as never)).code).toBe('EINVAL');
  });

  test.each([null, 7, 'via 10.0.0.1', true])('a route of %j is EINVAL', (input) => {
    refused(() => ns.route.add('20.0.0.0/8', input as never));
    refused(() => ns.route.del('20.0.0.0/8', input as never));
  });

  test('CFG-29 a device that is not there is ENODEV, and does not come to be', () => {
    const refusals: (() => unknown)[] = [
      () => ns.route.add('20.0.0.0/8', { dev: 'new0' }),
      () => ns.route.add('20.0.0.0/8', { oif: 99 }),
      () => ns.route.add('20.0.0.0/8', { via: '192.0.2.1', oif: 99, onlink: true }),
      () => ns.route.replace('10.0.0.0/8', { nexthops: [{ oif: 2 }, { dev: 'new1' }] }),
      () => ns.route.del('10.0.0.0/8', { dev: 'new2' }),
      () => ns.lookup({ dst: '10.0.0.1', oif: 'new3' }),
    ];
    for (const run of refusals) expect(refused(run).code, String(run)).toBe('ENODEV');
  });

  test('a source that names devices and then a route that no table can hold leaves none of them', () => {
    refused(() => believe(ns, '20.0.0.0/8', { nexthops: [{ dev: 'new1' }, { oif: 9 }, { oif: -1 }] }));
    refused(() => believe(ns, '20.0.0.1/8', { nexthops: [{ dev: 'new1' }] }));
    expect(believe(ns, '10.0.0.0/8', { nexthops: [{ dev: 'new2' }] }, 'del')).toBe(false);
  });
});

describe('batches, ids and paths', () => {
  test.each([
    [null, null],
    [[1, 2], new Uint32Array(2)],
    [new Uint32Array(2), new Uint32Array(1)],
    [new Uint32Array(2), new Int32Array(2)],
    [new Uint32Array(2), new Uint8Array(8)],
    [new Int8Array(8), new Uint32Array(2)],
    [new Uint8ClampedArray(8), new Uint32Array(2)],
    [new Uint8Array(7), new Uint32Array(2)],
    [new Uint8Array(12), new Uint32Array(2)],
  ])('lookupBatch(%o, %o) is EINVAL', (dsts, out) => {
    expect(refused(() => ns.lookupBatch(dsts as never, out as never)).code).toBe('EINVAL');
  });

  test('batch options and sizes', () => {
    const rows = new Uint32Array(2);
    refused(() => ns.lookupBatch(rows, rows, { tables: new Uint32Array(1) }));
    for (const value of NO_NUMBERS) {
      refused(() => ns.lookupBatch(rows, rows, { miss: value as number }));
      refused(() => ns.batch(value as number));
      refused(() => ns.info(value as number));
    }
    refused(() => ns.batch(0));
    refused(() => ns.batch(2 ** 27));
    using batch = ns.batch(2);
    refused(() => batch.run(3));
    refused(() => batch.run(1.5));
    batch.close();
    expect(() => batch.run(1)).toThrow(TypeError);
    expect(() => batch.dst).toThrow(TypeError);
  });

  test('an id that stands for nothing is undefined', () => {
    expect(ns.info(0)).toBeUndefined();
    expect(ns.info(99)).toBeUndefined();
    expect(ns.info(0xffffffff)).toBeUndefined();
  });

  test('unknown paths of /proc are ENOENT', () => {
    for (const path of ['net/nonsense', '', '/proc/net/fib_trie', null, 7]) {
      expect(refused(() => ns.proc(path as string)).code).toBe('ENOENT');
    }
  });

  test('links', () => {
    for (const name of ['', 'a b', 'a/b', '.', '..', 'x'.repeat(16), 'ä'.repeat(8), null, 7]) {
      expect(refused(() => ns.link.add({ name: name as string })).code).toBe('EINVAL');
    }
    for (const index of [...NO_NUMBERS, 0, 2 ** 31])
      refused(() => ns.link.add({ name: 'x0', index: index as number }));
    expect(refused(() => ns.link.add({ name: 'lo' })).code).toBe('EEXIST');
    expect(refused(() => ns.link.add({ name: 'x0', index: 1 })).code).toBe('EEXIST');
    refused(() => ns.link.add(null as never));
  });

  test('options of create', () => {
    for (const maxBytes of [-1, 1.5, NaN, '1', 65535])
      refused(() => Netns.create({ maxBytes: maxBytes as number }));
    expect(
      refused(() =>
        Netns.create({ maxBytes: 65536 }).route.add('10.0.0.0/8', {
          nexthops: Array.from({ length: 4000 }, () => ({ oif: 1 })),
        }),
      ).code,
    ).toBe('ENOBUFS');
  });
});

describe('the believing door', () => {
  const message = (dst: string) => ({
    type: uapi.RTM_NEWROUTE,
    payload: encodeRoute({
      family: 2,
      dst,
      type: 'unicast',
      table: 254,
      tos: 0,
      metric: 0,
      protocol: 3,
      scope: 0,
      flags: 0,
      nexthops: [{ oif: 9 }],
    }),
  });

  test.each([
    null,
    7,
    {},
    { kind: 'nonsense' },
    { kind: 'route' },
    { kind: 'route', op: 'add' },
    { kind: 'route', op: 'add', route: null },
    { kind: 'route', op: 'nonsense', route: { dst: '20.0.0.0/8' } },
    { kind: 'route', op: 'toString', route: { dst: '20.0.0.0/8' } },
    { kind: 'route', op: 'add', route: { dst: '20.0.0.1/8' } },
    { kind: 'link', op: 'add', index: 0, name: 'x' },
    { kind: 'link', op: 'add', index: 3, name: 'a/b' },
  ])('a change of %j is EINVAL', (change) => {
    expect(refused(() => ns.apply(change as unknown as Change)).code).toBe('EINVAL');
  });

  test('a change of another family is EAFNOSUPPORT', () => {
    const route = {
      family: 10,
      dst: '2001:db8::/32',
      type: 'unicast',
      table: 254,
      tos: 0,
      metric: 0,
      protocol: 3,
      scope: 0,
      flags: 0,
      nexthops: [],
    } as const;
    expect(refused(() => ns.apply({ kind: 'route', op: 'add', route })).code).toBe('EAFNOSUPPORT');
  });

  test.each([null, 'text', [1, 2, 3], new ArrayBuffer(8)])('a dump of %o is EINVAL', (bytes) => {
    expect(refused(() => ns.applyDump(bytes as unknown as Uint8Array)).code).toBe('EINVAL');
  });

  test('a cut dump is a WireError with the offset, wherever it is cut', () => {
    const dump = encodeRouteSave([message('20.0.0.0/8'), message('21.0.0.0/8'), message('22.0.0.0/8')]);
    const whole = new Set([0, 4]);
    for (let at = 4; at < dump.length; at += new DataView(dump.buffer, dump.byteOffset).getUint32(at, true))
      whole.add(at);
    for (let size = 0; size < dump.length; size++) {
      if (whole.has(size)) continue;
      try {
        ns.applyDump(dump.subarray(0, size));
        throw new Error(`a dump cut at ${size} was taken`);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
        expect((error as WireError).offset).toBeLessThanOrEqual(size);
      }
    }
  });

  test('a dump with one prefix that no table can hold changes nothing', () => {
    expect(
      refused(() => ns.applyDump(encodeRouteSave([message('20.0.0.0/8'), message('21.0.0.1/8')]))).code,
    ).toBe('EINVAL');
  });

  test('any bytes are a dump, a WireError or a FibError', () => {
    const base = encodeRouteSave([message('20.0.0.0/8'), message('21.0.0.0/8')]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (damage) => {
          using other = Netns.create();
          const bytes = base.slice();
          for (const [at, value] of damage) bytes[at] = value;
          try {
            other.applyDump(bytes);
          } catch (error) {
            expect(error instanceof WireError || error instanceof FibError).toBe(true);
            expect(other.route.list()).toEqual([]);
          }
          other.check();
        },
      ),
      { numRuns: 3000, seed: 9 },
    );
  });
});

test('a closed Netns throws a TypeError for everything, and closing twice is fine', () => {
  const closed = lab(2);
  closed.route.add('10.0.0.0/8', { oif: 2 });
  const batch = closed.batch(4);
  closed.close();
  closed.close();
  const uses: (() => unknown)[] = [
    () => closed.lookup('10.0.0.1'),
    () => closed.tryLookup('10.0.0.1'),
    () => closed.lookupId(1),
    () => closed.lookupBatch(new Uint32Array(1), new Uint32Array(1)),
    () => closed.batch(1),
    () => closed.info(1),
    () => closed.epoch,
    () => closed.route.add('11.0.0.0/8', { oif: 2 }),
    () => closed.route.del('10.0.0.0/8'),
    () => closed.route.get('10.0.0.0/8'),
    () => closed.route.list(),
    () => closed.link.add({ name: 'x0' }),
    () => closed.link.set('lo', { up: true }),
    () => closed.link.del('eth2'),
    () => closed.link.list(),
    () => closed.address.add('192.0.2.1/24', { dev: 'eth2' }),
    () => closed.address.del('192.0.2.1/24', { dev: 'eth2' }),
    () => closed.address.list(),
    () => closed.rule.add({ table: 100 }),
    () => closed.rule.del({ table: 254 }),
    () => closed.rule.list(),
    () => closed.nexthop.add({ id: 1, dev: 'eth2' }),
    () => closed.nexthop.del(1),
    () => closed.nexthop.list(),
    () => closed.sysctl.get('net.ipv4.ip_forward'),
    () => closed.sysctl.set('net.ipv4.ip_forward', 1),
    () => closed.advance(1),
    () => closed.route.output('10.0.0.1'),
    () => closed.route.input({ dst: '10.0.0.1', src: '10.0.0.2', iif: 2 }),
    () => closed.apply({ kind: 'link', op: 'add', index: 7, name: 'x7' }),
    () => closed.tables(),
    () => closed.shape(),
    () => closed.proc('net/fib_trie'),
    () => closed.stats(),
    () => closed.check(),
    () => closed.unmerge(),
    () => batch.run(1),
    () => batch.out,
  ];
  for (const use of uses) expect(use, String(use)).toThrow(TypeError);
  batch.close();
});
