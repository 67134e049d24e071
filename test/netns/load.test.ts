/**
 * netns/load.test.ts - many routes at once: `ns.route.restore` and `ns.route.load` against adding them one by one.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Endpoint,
  FibError,
  WireError,
  type Netns,
  type RouteColumns,
  type RouteInput,
} from '../../src/index.js';
import type { Netns as Base } from '../../src/netns.js';
import {
  decodeMessage,
  decodeRoute,
  encodeMessages,
  encodeRoute,
  encodeRouteSave,
  uapi,
} from '../../src/wire/index.js';
import { checkedNetns } from '../core/check-build.js';
import { attr, dev, dst, record, rtmsg, via, word } from '../endpoint/routes.js';
import { lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';
import { message, plainMessage } from '../wire/arbitrary.js';
import { hex } from '../wire/samples.js';

/** All that can be seen. */
function visible(ns: Base): unknown {
  ns.check();
  return [ns.route.list(), ns.link.list(), ns.tables(), ns.proc('net/fib_trie'), ns.proc('net/fib_triestat')];
}

function refused(run: () => unknown): FibError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FibError);
    return error as FibError;
  }
  throw new Error('not refused');
}

/** What `ip route save` would write. */
function saved(ns: Base, table = 254): Uint8Array {
  const list = [...ns.route.each({ table })].map((route) => ({
    type: uapi.RTM_NEWROUTE,
    flags: uapi.NLM_F_MULTI,
    payload: encodeRoute(route),
  }));
  return encodeRouteSave(list);
}

/** Two links with an address. */
function city(): Netns {
  const ns = lab(2, 3);
  ns.address.add('192.0.2.1/24', { dev: 'eth2' });
  ns.address.add('198.51.100.1/24', { dev: 'eth3' });
  return ns;
}

describe('restore', () => {
  test('NL-53 a route that another needs comes before it, and a repeat finds all there', () => {
    const ns = city();
    ns.route.add('10.7.0.0/24', { dev: 'eth2', scope: 'link' });
    ns.route.add('2.0.0.0/8', { via: '10.7.0.9' });
    ns.route.add('3.0.0.0/8', { via: '192.0.2.9', prefsrc: '192.0.2.1', protocol: 99 });
    ns.route.add('4.0.0.0/8', { nexthops: [{ via: '192.0.2.7' }, { via: '198.51.100.7', weight: 3 }] });
    ns.route.add('5.0.0.0/8', { type: 'blackhole' });
    ns.route.append('6.0.0.0/8', { dev: 'eth2' });
    ns.route.append('6.0.0.0/8', { dev: 'eth3' });
    ns.route.add('7.0.0.0/8', { via: '192.0.2.3', metrics: { mtu: 1400 } });
    const bytes = saved(ns);
    const before = ns.route.list({ table: 'main' });
    for (const { dst } of before) ns.route.del(dst);
    const result = ns.route.restore(bytes);
    expect(result).toEqual({ added: before.length, existing: 0, skipped: 0, refused: [] });
    expect(ns.route.list({ table: 'main' })).toEqual(before);
    expect(ns.route.restore(bytes)).toEqual({ added: 0, existing: before.length, skipped: 0, refused: [] });
    expect(ns.route.list({ table: 'main' })).toEqual(before);
  });

  test('what is refused is told with its place and the words of the kernel; the others are added', () => {
    const ns = city();
    const gateway = (address: string) => attr(uapi.RTA_GATEWAY, hexOf(address));
    const payloads = [
      rtmsg() + dst('11.0.0.0') + via('192.0.2.9') + dev(2),
      rtmsg() + dst('12.0.0.0') + via('203.0.113.9'),
      rtmsg() + dst('13.0.0.0') + dev(9),
      rtmsg() + dst('14.0.0.0') + attr(uapi.RTA_NH_ID, word(5)) + via('192.0.2.9') + dev(2),
      rtmsg() + dst('15.0.0.0') + attr(uapi.RTA_MULTIPATH, record(0, gateway('203.0.113.9')) + record(2)),
      rtmsg() + dst('16.0.0.1') + dev(2),
      rtmsg() + dst('17.0.0.0') + dev(2) + attr(uapi.RTA_METRICS, attr(16, '787900')),
      rtmsg() + dst('18.0.0.0') + dev(2) + attr(uapi.RTA_ENCAP_TYPE, '0200'),
      rtmsg({ flags: 1 }) + dst('19.0.0.0') + dev(2),
      rtmsg({ type: 6 }) + dst('20.0.0.0') + dev(2),
    ];
    const bytes = encodeMessages([
      { type: uapi.RTM_NEWLINK, payload: new Uint8Array(16) },
      ...payloads.map((payload) => ({ type: uapi.RTM_NEWROUTE, flags: 2, payload: hex(payload) })),
    ]);
    const { refused, ...counts } = ns.route.restore(bytes);
    expect(counts).toEqual({ added: 1, existing: 0, skipped: 1 });
    const told = refused.map(({ offset, code, extack }) => [
      decodeRoute(decodeMessage(bytes, offset).payload).dst,
      code,
      extack,
    ]);
    expect(told).toEqual([
      ['12.0.0.0/8', 'ENETUNREACH', 'Nexthop has invalid gateway'],
      ['13.0.0.0/8', 'ENODEV', undefined],
      ['14.0.0.0/8', 'EINVAL', 'Nexthop id does not exist'],
      ['15.0.0.0/8', 'ENETUNREACH', 'Nexthop has invalid gateway'],
      ['16.0.0.1/8', 'EINVAL', undefined],
      ['17.0.0.0/8', 'EINVAL', 'Unknown tcp congestion algorithm'],
      ['18.0.0.0/8', 'EOPNOTSUPP', 'lwt encapsulation type not supported'],
      ['19.0.0.0/8', 'EINVAL', 'Invalid rtm_flags - can not contain DEAD or LINKDOWN'],
      ['20.0.0.0/8', 'EINVAL', 'Gateway, device and multipath can not be specified for this route type'],
    ]);
  });

  test('CFG-89 a route that uses a nexthop object uses it again', () => {
    const ns = city();
    ns.nexthop.add({ id: 7, via: '192.0.2.8', dev: 'eth2' });
    ns.route.add('10.0.0.0/8', { nhid: 7 });
    const bytes = saved(ns);
    const before = ns.route.list();
    ns.route.del('10.0.0.0/8');
    expect(ns.route.restore(bytes).added).toBe(1);
    expect(ns.route.list()).toEqual(before);
  });

  test('whoever listens is told of each, and the same comes out', () => {
    const list = fc.array(
      fc.oneof({ arbitrary: message, weight: 1 }, { arbitrary: plainMessage, weight: 3 }),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(list, (messages) => {
        const bytes = encodeMessages(messages);
        const [one, other] = [0, 1].map(() => plug(checkedNetns().ns, 2, 3)) as [Base, Base];
        for (const ns of [one, other]) ns.address.add('192.0.2.5/24', { dev: 'eth2' });
        let heard = 0;
        other.notices.subscribe([7], () => heard++);
        const results = [one, other].map((ns) => {
          try {
            return ns.route.restore(bytes);
          } catch (error) {
            if (!(error instanceof WireError)) throw error;
            return error.offset;
          }
        });
        expect(results[0]).toEqual(results[1]);
        if (typeof results[1] === 'object') expect(heard).toBe(results[1].added);
        expect(visible(one)).toEqual(visible(other));
      }),
      { numRuns: 500, seed: 6 },
    );
  });

  test('bytes that are no dump change nothing', () => {
    const ns = city();
    const before = visible(ns);
    const bytes = saved(ns);
    expect(() => ns.route.restore(bytes.subarray(0, -1))).toThrow(WireError);
    expect(refused(() => ns.route.restore('text' as unknown as Uint8Array)).code).toBe('EINVAL');
    expect(visible(ns)).toEqual(before);
  });
});

const hexOf = (address: string): string =>
  address
    .split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('');

/** Columns of rows `[address, length, route]`. */
function columns(rows: readonly (readonly [number, number, number])[]): RouteColumns {
  return {
    addresses: Uint32Array.from(rows, ([address]) => address),
    lengths: Uint8Array.from(rows, ([, length]) => length),
    routes: Uint16Array.from(rows, ([, , route]) => route),
  };
}

const LIST: readonly RouteInput[] = [
  { via: '192.0.2.9', dev: 'eth2' },
  { dev: 'eth3', metric: 5 },
  { type: 'blackhole' },
  { nexthops: [{ via: '192.0.2.9' }, { via: '198.51.100.9', weight: 2 }], table: 100 },
  { via: '192.0.2.10', tos: 16, metrics: { mtu: 1300 } },
  { dev: 'eth3', type: 'local' },
];

describe('load', () => {
  const row = fc
    .tuple(
      fc.oneof(fc.constantFrom(0, 0x0a000000, 0x0a010000, 0xffffffff), fc.nat(0xffffffff)),
      fc.constantFrom(0, 8, 16, 24, 25, 32),
      fc.nat(LIST.length - 1),
    )
    .map(([address, length, route]) => {
      const bits = length === 0 ? 0 : (address & (-1 << (32 - length))) >>> 0;
      return [bits, length, route] as const;
    });

  test('rows are added as they are one by one, with the same ids, tables and shapes', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.boolean(), (rows, isHeard) => {
        const [one, other] = [city(), city()];
        if (isHeard) new Endpoint(one).subscribe([7], () => undefined);
        const result = one.route.load(columns(rows), LIST);
        const done = rows.map(([address, length, route]) =>
          outcome(() => other.route.append({ address, length }, LIST[route])),
        );
        expect(result.added).toBe(done.filter((how) => how === 'ok').length);
        expect(result.existing).toBe(done.filter((how) => how === 'EEXIST').length);
        expect(visible(one)).toEqual(visible(other));
        expect(one.lookupId(0x0a010101)).toBe(other.lookupId(0x0a010101));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('more rows than are copied at a time', () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => [(0x0a000000 + i * 256) >>> 0, 24, i % 3] as const);
    const ns = city();
    expect(ns.route.load(columns(rows), LIST)).toEqual({ added: 40_000, existing: 0 });
    expect(ns.route.load(columns(rows), LIST)).toEqual({ added: 0, existing: 40_000 });
    expect(ns.lookup('10.1.2.3').prefix).toBe('10.1.2.0/24');
    ns.check();
  });

  test('no rows, and a list that nobody takes, leave nothing behind', () => {
    const ns = city();
    const before = visible(ns);
    expect(ns.route.load(columns([]), LIST)).toEqual({ added: 0, existing: 0 });
    expect(visible(ns)).toEqual(before);
  });

  const wrong: readonly [string, unknown, unknown, RegExp][] = [
    ['no columns', null, LIST, /columns: expected an object/],
    ['addresses of another kind', { ...columns([]), addresses: [] }, LIST, /addresses: expected/],
    ['lengths of another kind', { ...columns([]), lengths: [] }, LIST, /lengths: expected/],
    ['places of another kind', { ...columns([]), routes: new Int32Array(0) }, LIST, /routes: expected/],
    [
      'a column too short',
      { ...columns([[0, 0, 0]]), lengths: new Uint8Array(0) },
      LIST,
      /columns of 1, 0 and 1/,
    ],
    ['no list', columns([]), {}, /list: expected/],
    [
      'a length of 33',
      columns([
        [0, 0, 0],
        [0, 33, 0],
      ]),
      LIST,
      /row 1: length/,
    ],
    ['host bits', columns([[0x0a000001, 8, 0]]), LIST, /row 0: .* expected 10\.0\.0\.0\/8/],
    ['a place behind the list', columns([[0, 0, 9]]), LIST, /row 0: route 9 of 6/],
    ['a bad route', columns([]), [LIST[0], { metric: -1 }], /route 1: metric/],
    ['no route', columns([]), [null], /route 0: .*object/],
    [
      'a gateway that is not reached',
      columns([]),
      [{ via: '203.0.113.1' }],
      /route 0: Nexthop has invalid gateway/,
    ],
    ['a device that is not there', columns([]), [{ dev: 'eth9' }], /route 0: /],
  ];

  test.each(wrong)('%s: refused, and nothing has changed', (_, rows, list, words) => {
    const ns = city();
    const before = visible(ns);
    const error = refused(() => ns.route.load(rows as RouteColumns, list as RouteInput[]));
    expect(error.message).toMatch(words);
    expect(visible(ns)).toEqual(before);
  });

  test('memory that ends in between leaves the rows before, and all holds', () => {
    const rows = Array.from({ length: 300 }, (_, i) => [(0x0a000000 + i * 256) >>> 0, 24, i % 4] as const);
    for (let n = 1; n < 120; n += 7) {
      const { ns, exports } = checkedNetns();
      plug(ns, 2, 3);
      ns.address.add('192.0.2.1/24', { dev: 'eth2' });
      ns.address.add('198.51.100.1/24', { dev: 'eth3' });
      exports.failAllocation(n);
      const code = outcome(() => ns.route.load(columns(rows), LIST));
      expect(['ok', 'ENOBUFS']).toContain(code); // a node that cannot grow stays as it is (FIB-44)
      exports.failAllocation(0);
      ns.check();
      ns.route.load(columns(rows), LIST);
      expect(ns.route.list({ protocol: uapi.RTPROT_BOOT }).length).toBe(300);
    }
  });
});

test('applyDump of memory that ends in between leaves what came before, and all holds', () => {
  const source = lab(2, 3);
  for (let i = 0; i < 200; i++)
    source.route.add(`10.${i}.0.0/16`, { via: `192.0.2.${i}`, dev: 'eth2', onlink: true });
  const bytes = saved(source);
  for (let n = 1; n < 200; n += 17) {
    const { ns, exports } = checkedNetns();
    exports.failAllocation(n);
    const code = outcome(() => ns.applyDump(bytes));
    exports.failAllocation(0);
    expect(['ok', 'ENOBUFS']).toContain(code);
    ns.check();
    ns.applyDump(bytes);
    expect(ns.route.list().length).toBe(200);
  }
});

test('EINVAL of a link or of a route to delete is found before anything is applied', () => {
  const ns = lab(2);
  const good = { type: uapi.RTM_NEWROUTE, flags: 2, payload: hex(rtmsg() + dst('10.0.0.0') + dev(2)) };
  const link = {
    type: uapi.RTM_NEWLINK,
    payload: hex('0000000009000000 0000000000000000' + attr(3, '612f6200')),
  };
  const gone = { type: uapi.RTM_DELROUTE, payload: hex(rtmsg() + dst('10.0.0.0') + dev(0)) };
  for (const bad of [link, gone]) {
    expect(refused(() => ns.applyDump(encodeMessages([good, bad]))).code).toBe('EINVAL');
    expect(ns.route.list()).toEqual([]);
  }
});
