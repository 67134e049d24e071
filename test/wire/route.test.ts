/**
 * wire/route.test.ts - route messages: recorded ones taken apart, odd ones, and the laws of the pair.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  FibError,
  WireError,
  decodeMessages,
  decodeRoute,
  encodeMessage,
  encodeRoute,
} from '../../src/wire/index.js';
import type { NextHopMessage, RouteMessage, RtAttr } from '../../src/wire/index.js';
import { formatAddress4, formatAddress6, formatPrefix4, formatPrefix6, mask4 } from '../../src/text/index.js';
import { GOLDEN } from './golden.js';
import { hex, toHex } from './samples.js';

/** rtmsg of 10.0.0.0/8 with the given attributes behind it. */
function message(attributes: string, head = '02 08 00 00 fe 03 00 01 00000000'): Uint8Array {
  return hex(head + attributes);
}

const TABLE_DST = '0800 0f00 fe000000 | 0800 0100 0a000000 |';

describe.each(GOLDEN)('$rule $command', ({ bytes, type, flags, route }) => {
  const whole = hex(bytes);

  test('is read', () => {
    const [first, ...others] = decodeMessages(whole);
    assert(first !== undefined && others.length === 0);
    assert.deepEqual([first.type, first.flags, first.seq, first.pid, first.offset], [type, flags, 0, 0, 0]);
    assert.deepEqual(decodeRoute(first.payload), route);
  });

  test('is written', () => {
    assert.equal(toHex(encodeMessage({ type, flags, payload: encodeRoute(route) })), toHex(whole));
  });

  test('cut anywhere, it is a route or a WireError with an offset within', () => {
    const payload = whole.subarray(16);
    for (let length = 0; length < payload.length; length++) {
      try {
        decodeRoute(payload.subarray(0, length), 16);
      } catch (error) {
        assert(error instanceof WireError);
        assert(error.offset >= 16 && error.offset <= 16 + length);
      }
    }
  });
});

describe('odd messages', () => {
  /** Decodes, and shows that the bytes come back. */
  function kept(bytes: Uint8Array): RouteMessage {
    const route = decodeRoute(bytes);
    assert.equal(toHex(encodeRoute(route)), toHex(bytes));
    return route;
  }

  test('NL-10, CFG-5 unknown attributes are kept, flag bits included', () => {
    const { unknown, order } = kept(message(TABLE_DST + '0500 3c80 ff 000000 | 0400 ff3f'));
    assert.deepEqual(unknown, [
      { type: 60, flags: 0x8000, payload: hex('ff') },
      { type: 0x3fff, flags: 0, payload: hex('') },
    ]);
    assert.equal(order, undefined); // where the kernel would put them: last
  });

  test('NL-10 a known attribute is known by its low 14 bits', () => {
    const route = decodeRoute(message(TABLE_DST + '0c00 0880 0800 0240 78050000'));
    assert.deepEqual(route.metrics, { mtu: 1400 });
  });

  test('CFG-8 the last of a repeated attribute counts, the others are kept', () => {
    const route = kept(message(TABLE_DST + '0800 0400 01000000 | 0800 0400 02000000'));
    assert.deepEqual(route.nexthops, [{ oif: 2 }]);
    assert.deepEqual(route.unknown, [{ type: 4, flags: 0, payload: hex('01000000') }]);
    assert.deepEqual(route.order, [15, 1, 4, 4]);
  });

  test('any order is kept', () => {
    const route = kept(
      message('0800 0400 03000000 | 0400 3c00 | 0800 0100 0a000000 | 0400 3d00 | 0800 0f00 fe000000'),
    );
    assert.deepEqual(route.order, [4, 60, 1, 61, 15]);
    assert.deepEqual(
      route.unknown?.map(({ type }) => type),
      [60, 61],
    );
  });

  test('CFG-13, CFG-15 what the kernel writes and others leave out', () => {
    const route = kept(message('0800 0400 03000000'));
    assert.deepEqual([route.dst, route.table, route.order], ['0.0.0.0/8', 254, [4]]);
    assert.equal(kept(message('0800 0f00 fe000000', '02 00 00 00 fe 03 00 01 00000000')).order, undefined);
    const withZeros = kept(
      message(TABLE_DST.replace('0a', '00') + '0800 0600 00000000', '02 00 00 00 fe 03 00 01 00000000'),
    );
    assert.deepEqual([withZeros.dst, withZeros.metric, withZeros.order], ['0.0.0.0/0', 0, [15, 1, 6]]);
  });

  test('CFG-12 host bits stay: who adds the route refuses them', () => {
    assert.equal(kept(message('0800 0f00 fe000000 | 0800 0100 0a010703')).dst, '10.1.7.3/8');
  });

  test('CFG-17 a gateway of 0.0.0.0 is none, and kept', () => {
    const route = kept(message(TABLE_DST + '0800 0500 00000000 | 0800 0400 03000000'));
    assert.deepEqual(route.nexthops, [{ oif: 3 }]);
    assert.equal(route.unknown?.length, 1);
  });

  test('CFG-18 RTA_VIA of either family, of another one, beside a gateway', () => {
    const v4 = kept(message(TABLE_DST + '0a00 1200 0200 0a000009 0000'));
    assert.deepEqual([v4.nexthops, v4.order], [[{ via: '10.0.0.9' }], [15, 1, 18]]);
    const mpls = kept(message(TABLE_DST + '0a00 1200 1c00 0a000009 0000'));
    assert.deepEqual([mpls.nexthops, mpls.unknown?.[0]?.type], [[], 18]);
    const both = kept(message(TABLE_DST + '0800 0500 0a000008 | 0a00 1200 0200 0a000009 0000'));
    assert.deepEqual([both.nexthops, both.unknown?.[0]?.type], [[{ via: '10.0.0.8' }], 18]);
  });

  test('CFG-45 one record is told from one path', () => {
    const route = kept(message(TABLE_DST + '1400 0900 [1000 04 01 03000000 0800 0500 0a000009]'));
    assert.deepEqual(route.nexthops, [{ via: '10.0.0.9', oif: 3, weight: 2, flags: 4 }]);
    assert.deepEqual([route.flags, route.order], [0, [15, 1, 9]]);
  });

  test('CFG-44 a single path beside records is kept', () => {
    const record = '[0800 00 00 03000000][0800 00 00 05000000]';
    const route = kept(message(TABLE_DST + '0800 0500 0a000009 | 0800 0400 03000000 | 1400 0900' + record));
    assert.deepEqual(route.nexthops, [
      { oif: 3, weight: 1 },
      { oif: 5, weight: 1 },
    ]);
    assert.deepEqual(
      route.unknown?.map(({ type }) => type),
      [5, 4],
    );
  });

  test('NL-20, CFG-43 a record keeps what a path has no field for, in its place', () => {
    const encap = '0800 1600 0400 0100 | 0600 1500 0200 0000';
    const first = `[2800 00 00 03000000 0800 0500 0a000009 ${encap} 0800 0b00 04000300]`;
    const route = kept(message(TABLE_DST + `3400 0900 ${first} [0800 00 00 00000000]`));
    assert.deepEqual(
      route.nexthops[0]?.unknown?.map(({ type }) => type),
      [22, 21],
    );
    assert.deepEqual(route.nexthops[1], { weight: 1 });
    const swapped = `[1400 00 00 03000000 0600 1500 0200 0000 0400 0400]`; // RTA_OIF, of no use here, behind RTA_ENCAP_TYPE
    const hops = decodeRoute(message(TABLE_DST + `1800 0900 ${swapped}`)).nexthops;
    assert.deepEqual(
      hops[0]?.unknown?.map(({ type }) => type),
      [4, 21],
    );
  });

  test('D12 what is unfit and not vital is kept', () => {
    for (const odd of [
      '0600 0b00 0400 0000',
      '0600 1e00 0900 0000',
      '0400 1400',
      '0400 0800',
      '0a00 0800 0800 0200 7805 0000',
    ]) {
      const route = kept(message(TABLE_DST + odd));
      assert.equal(route.unknown?.length, 1, odd);
      assert.deepEqual(
        [route.nhid, route.pref, route.metrics, route.nexthops],
        [undefined, undefined, undefined, []],
      );
    }
  });

  test('CFG-60..62 metrics beyond those known, of another size, and a name that is none', () => {
    const list =
      '0800 0200 78050000 | 0600 1000 6162 0000 | 0600 0700 0500 0000 | 0800 1200 01000000 | 0800 0000 01000000';
    const route = kept(message(TABLE_DST + '2c00 0800' + list));
    assert.deepEqual(route.metrics, { mtu: 1400 });
    assert.deepEqual(
      route.unknownMetrics?.map(({ type }) => type),
      [16, 7, 18, 0],
    );
    const broken = kept(message(TABLE_DST + '1400 0800 0a00 1000 637562696300 0000 0300 0200'));
    assert.deepEqual([broken.congctl, broken.unknown?.length], [undefined, 1]);
    const named = kept(message(TABLE_DST + '1000 0800 0a00 1000 637562696300 0000'));
    assert.deepEqual([named.congctl, named.metrics, named.unknownMetrics], ['cubic', undefined, undefined]);
  });

  test('CFG-6 longer attributes are read up to what we know', () => {
    const route = decodeRoute(message(TABLE_DST + '0c00 0400 03000000 ffffffff'));
    assert.deepEqual(route.nexthops, [{ oif: 3 }]);
    assert.deepEqual(decodeRoute(encodeRoute(route)), route);
  });

  test('CFG-4 bytes that are no attribute are passed over at the end', () => {
    assert.deepEqual(decodeRoute(message(TABLE_DST + '080004')), decodeRoute(message(TABLE_DST)));
  });

  test.each([
    ['', '', 0],
    ['02 08 00 00 fe 03 00 01 000000', '', 0],
    ['00 08 00 00 fe 03 00 01 00000000', '', 0],
    ['1c 08 00 00 fe 03 00 01 00000000', '', 0],
    ['02 21 00 00 fe 03 00 01 00000000', '', 1],
    ['02 08 21 00 fe 03 00 01 00000000', '', 2],
    ['0a 81 00 00 fe 03 00 01 00000000', '', 1],
    [undefined, '0300 0100', 12],
    [undefined, '0900 0100 0a000000', 12],
    [undefined, '0700 0100 0a0000 00', 12], // DST
    [undefined, '0400 0200', 12], // SRC
    [undefined, '0600 0400 0300 0000', 12], // OIF
    [undefined, '0600 0500 0300 0000', 12], // GATEWAY
    [undefined, '0600 0600 0300 0000', 12], // PRIORITY
    [undefined, '0600 0700 0300 0000', 12], // PREFSRC
    [undefined, '0600 0f00 0300 0000', 12], // TABLE
    [undefined, '0500 1200 02 000000', 12], // VIA
    [undefined, '0600 1200 0200 0000', 12],
    [undefined, '0400 0900', 12], // MULTIPATH
    [undefined, '0c00 0900 0700 00 00 00000000', 16],
    [undefined, '0c00 0900 0900 00 00 00000000', 16],
    [undefined, '1400 0900 1000 00 00 00000000 0900 0500 0a000009', 24],
    [undefined, '1000 0900 0c00 00 00 00000000 0600 0500', 24],
  ])('NL-14 %s %s is refused at %i', (head, attributes, offset) => {
    const bytes = message(attributes, head);
    assert.throws(
      () => decodeRoute(bytes, 1000),
      (error) => error instanceof WireError && error.offset === 1000 + offset,
    );
  });
});

describe('encode refuses', () => {
  const { route } = GOLDEN[1]!;
  test.each<[string, Partial<RouteMessage>, string]>([
    ['a family', { family: 7 }, 'EAFNOSUPPORT'],
    ['a prefix', { dst: '10.0.0.0/33' }, 'EINVAL'],
    ['a prefix of the other family', { dst: '::/0' }, 'EINVAL'],
    ['an address with a length', { prefsrc: '10.0.0.1/8' }, 'EINVAL'],
    ['a gateway', { nexthops: [{ via: 'default', oif: 1 }] }, 'EINVAL'],
    ['a type', { type: 'unknown' as 'unicast' }, 'EINVAL'],
    ['a tos', { tos: 256 }, 'EINVAL'],
    ['a protocol', { protocol: -1 }, 'EINVAL'],
    ['a scope', { scope: 1.5 }, 'EINVAL'],
    ['a table', { table: 2 ** 32 }, 'EINVAL'],
    ['a metric', { metric: NaN }, 'EINVAL'],
    [
      'a weight',
      {
        nexthops: [
          { oif: 1, weight: 0 },
          { oif: 2, weight: 257 },
        ],
      },
      'EINVAL',
    ],
    ['a name', { congctl: 'a b' }, 'EINVAL'],
    ['a metric word', { metrics: { mtu: -1 } }, 'EINVAL'],
    ['an interface without an index', { nexthops: [{ dev: 'v9' }] }, 'ENODEV'],
    [
      'more paths than a message has room for',
      { nexthops: Array.from({ length: 5000 }, () => ({ via: '10.0.0.1', oif: 1 })) },
      'EINVAL',
    ],
  ])('%s', (_, wrong, code) => {
    assert.throws(
      () => encodeRoute({ ...route, ...wrong }),
      (error) => error instanceof FibError && error.code === code,
    );
  });

  test('not metrics that hold nothing', () => {
    const [{ metrics: _, ...bare }, metrics] = [route, { cc_algo: 1 }];
    assert.deepEqual(encodeRoute({ ...bare, metrics, unknownMetrics: [] }), encodeRoute(bare));
  });

  test('but takes the index of an interface from the caller', () => {
    const named = { ...route, nexthops: [{ via: '10.0.0.9', dev: 'v0' }] };
    const ifindex = (name: string) => (name === 'v0' ? 3 : undefined);
    assert.deepEqual(encodeRoute(named, { ifindex }), encodeRoute(route));
  });
});

// ---- laws

const u32 = fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 0xffffffff }));
const byte = fc.nat({ max: 255 });
const payload = fc.uint8Array({ maxLength: 9 });
const address4 = fc
  .nat({ max: 0xffffffff })
  .filter((n) => n !== 0)
  .map((n) => formatAddress4(n));
const address6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatAddress6(bytes));
const prefix4 = fc
  .tuple(u32, fc.nat({ max: 32 }))
  .map(([n, length]) => formatPrefix4(n & mask4(length), length));
const prefix6 = fc
  .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat({ max: 16 }))
  .map(([bytes, n]) => formatPrefix6(bytes.fill(0, n), 8 * n));

function attrs(types: fc.Arbitrary<number>): fc.Arbitrary<RtAttr[]> {
  const attr = fc.record(
    { type: types, flags: fc.constantFrom(0, 0x8000, 0x4000), payload },
    { noNullPrototype: true },
  );
  return fc.array(attr, { minLength: 1, maxLength: 3 });
}

/** Drops the fields that are undefined: absent is the one way to say that there is nothing. */
function tidy<T extends object>(value: object): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

/** Routes as the kernel could have sent them; `unknown` in the order of their types. */
const kernelRoute = fc.constantFrom(2, 10).chain((family) => {
  const via = family === 2 ? fc.oneof(address4, address6) : address6;
  const prefix = family === 2 ? prefix4 : prefix6;
  const hop = fc
    .record({ via: maybe(via), oif: u32, realm: maybe(u32) })
    .map((fields) => tidy<NextHopMessage>(fields));
  const record: fc.Arbitrary<NextHopMessage> = fc
    .record({
      via: maybe(via),
      oif: maybe(u32.map((n) => n || 1)),
      realm: maybe(u32),
      weight: fc.integer({ min: 1, max: 256 }),
      flags: maybe(fc.integer({ min: 1, max: 255 })),
      unknown: maybe(attrs(fc.constantFrom(40, 60, 0x3fff))),
    })
    .map((fields) => tidy<NextHopMessage>(fields));
  const nexthops = fc.oneof(fc.constant([]), fc.tuple(hop), fc.array(record, { minLength: 2, maxLength: 4 }));
  const metrics = fc
    .dictionary(
      fc.constantFrom('lock', 'mtu', 'rtt', 'advmss', 'features', 'quickack', 'fastopen_no_cookie'),
      u32,
      { minKeys: 1 },
    )
    .map((words) => ({ ...words }));
  return fc
    .record({
      family: fc.constant(family),
      dst: prefix,
      src: maybe(prefix.filter((text) => !text.endsWith('/0'))),
      type: fc.constantFrom('unicast', 'local', 'blackhole', 'xresolve', 12, 255),
      table: u32,
      tos: byte,
      metric: u32,
      protocol: byte,
      scope: byte,
      flags: u32.map((n) => (n & ~0x2ff) >>> 0), // neither CLONED nor the flags of a path
      prefsrc: maybe(family === 2 ? address4 : address6),
      metrics: maybe(metrics),
      congctl: maybe(fc.constantFrom('cubic', 'reno')),
      unknownMetrics: maybe(attrs(fc.constantFrom(18, 200))),
      nhid: maybe(u32),
      pref: maybe(byte),
      nexthops,
      unknown: maybe(attrs(fc.constantFrom(32, 60, 0x3fff))),
    })
    .map((fields) => tidy<RouteMessage>(fields));
});

describe('laws', () => {
  test('CFG-88 a route that is encoded and decoded is the same route', () => {
    fc.assert(
      fc.property(kernelRoute, (route) => assert.deepEqual(decodeRoute(encodeRoute(route)), route)),
      { numRuns: 2_000 },
    );
  });

  test('what decodes re-encodes stably, whatever the attributes', () => {
    const type = fc.oneof(fc.nat({ max: 31 }), fc.constantFrom(1, 4, 5, 9, 15, 18, 60));
    const content = fc.oneof(
      payload,
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.constant(hex('0800 0000 05000000')),
    );
    const attr = fc.record({ type, flags: fc.constantFrom(0, 0x8000), payload: content });
    const head = fc.tuple(
      fc.constantFrom(2, 10),
      fc.nat({ max: 40 }),
      fc.nat({ max: 1 }),
      fc.constantFrom(0, 2),
    );
    let decoded = 0;
    fc.assert(
      fc.property(head, fc.array(attr, { maxLength: 6 }), ([family, length, src, flags], list) => {
        const empty = {
          family,
          dst: family === 2 ? '0.0.0.0/0' : '::/0',
          table: 0,
          nexthops: [],
          unknown: list,
          order: [],
        };
        const rest = { type: 0, tos: 0, metric: 0, protocol: 0, scope: 0, flags: 0 };
        const bytes = encodeRoute({ ...empty, ...rest });
        bytes.set([family, length, src], 0);
        bytes[9] = flags;
        let route: RouteMessage;
        try {
          route = decodeRoute(bytes);
        } catch (error) {
          assert(error instanceof WireError);
          return;
        }
        decoded++;
        const again = encodeRoute(route);
        assert.deepEqual(decodeRoute(again), route);
        assert.deepEqual(encodeRoute(decodeRoute(again)), again);
      }),
      { numRuns: 10_000 },
    );
    assert(decoded > 2_000, `${decoded} decoded`);
  });
});
