/**
 * rules/gateway.test.ts - the reverse question (GWI-1..34): the classic index with all that it does not see, and the one
 * that is always what a scan of the routes says.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Endpoint, Netns, type Route } from '../../src/index.js';
import type { Netns as Base } from '../../src/netns.js';
import { encodeMessage, encodeMessages, encodeRoute, uapi } from '../../src/wire/index.js';
import { checkedNetns } from '../core/check-build.js';
import { lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';

const OLD = 0x9e370001;
const NEW = 0x61c88647;

/** Vectors of GWI-18: the word as it lies in memory, and its bucket of 4096 by either constant. */
const VECTORS: readonly (readonly [v: number, old: number, young: number])[] = [
  [0, 0, 0],
  [1, 2531, 1564],
  [0x0a000001, 2691, 636],
  [0x0100000a, 754, 397],
  [0x0101a8c0, 3108, 3004],
  [0xc0a80101, 2397, 2190],
  [0xffffffff, 1564, 2531],
];

test('GWI-16..18 hash_32 with either constant', () => {
  const { exports } = checkedNetns();
  for (const [v, old, young] of VECTORS) {
    expect([exports.hash32(v, OLD, 12), exports.hash32(v, NEW, 12)]).toEqual([old, young]);
  }
});

/** RTM_NEWROUTE or RTM_DELROUTE, as the kernel tells it. */
function notice(type: number, dst: string, via: string | undefined, oif: number, flags = 0): Uint8Array {
  const nexthop = { weight: 1, flags: 0, oif, ...(via === undefined ? {} : { via }) };
  const payload = encodeRoute({
    family: 2,
    dst,
    type: 'unicast',
    table: 254,
    tos: 0,
    metric: 0,
    protocol: 3,
    scope: 0,
    flags: 0,
    nexthops: [nexthop],
  });
  return encodeMessage({ type, flags, payload });
}

const NEWROUTE = uapi.RTM_NEWROUTE;

describe('classic', () => {
  /** A Netns whose gateways are on the link, an index on eth2 and what it warns of. */
  function opened(listen = true) {
    const ns = lab(2, 3);
    const warnings: string[] = [];
    const index = ns.gateway.classic({ dev: 'eth2', listen, warn: (text) => warnings.push(text) });
    const add = (dst: string, via: string, oif = 2): void => {
      ns.route.add(dst, { via, oif, onlink: true });
    };
    return { ns, index, warnings, add };
  }

  test('GWI-1..4, GWI-6 it hears of what comes from now on', () => {
    const { ns, index, add } = opened();
    index.close();
    add('10.0.0.0/8', '192.0.2.1');
    using fresh = ns.gateway.classic({ dev: 'eth2' });
    expect(fresh.list()).toEqual([]);
    add('10.1.0.0/16', '192.0.2.2');
    expect(fresh.list()).toEqual([{ gateway: '192.0.2.2', destination: '10.1.0.0' }]);
    ns.check();
  });

  test('GWI-10..12 routes without gateway, through several or another interface are not for it', () => {
    const { ns, index, add } = opened();
    ns.route.add('10.0.0.0/8', { oif: 2 });
    ns.route.add('10.1.0.0/16', { type: 'blackhole' });
    add('10.2.0.0/16', '192.0.2.1', 3);
    ns.route.add('10.3.0.0/16', {
      nexthops: [
        { via: '192.0.2.3', oif: 2, onlink: true },
        { via: '192.0.2.4', oif: 2, onlink: true },
      ],
    });
    expect(index.list()).toEqual([]);
    index.receive(encodeMessage({ type: uapi.RTM_NEWLINK, payload: new Uint8Array(16) }));
    expect(index.list()).toEqual([]);
  });

  test('GWI-14, GWI-26, GWI-27 the second route is refused, a delete takes the first', () => {
    const { ns, index, warnings, add } = opened();
    add('10.0.0.0/8', '192.0.2.1');
    add('10.1.0.0/16', '192.0.2.1');
    expect(index.find('192.0.2.1')).toBe('10.0.0.0');
    expect(warnings.splice(0)).toEqual([
      'EEXIST: gateway add: file exists (192.0.2.1: 10.0.0.0 stays, 10.1.0.0 is not taken)',
    ]);
    ns.route.del('10.1.0.0/16');
    expect(index.find('192.0.2.1')).toBeUndefined();
    ns.route.del('10.0.0.0/8');
    expect(warnings).toEqual(['ENOENT: gateway delete: no such file or directory (192.0.2.1)']);
  });

  test('GWI-28 a replaced route leaves its old gateway behind', () => {
    const { ns, index, add } = opened();
    add('10.0.0.0/8', '192.0.2.1');
    ns.route.replace('10.0.0.0/8', { via: '192.0.2.2', oif: 2, onlink: true });
    expect(index.find('192.0.2.1')).toBe('10.0.0.0');
    expect(index.find('192.0.2.2')).toBe('10.0.0.0');
  });

  test('GWI-29 what goes silently stays, and comes back as EEXIST', () => {
    const { ns, index, warnings, add } = opened();
    add('10.0.0.0/8', '192.0.2.1');
    ns.link.set('eth2', { up: false });
    expect(ns.route.list()).toEqual([]);
    expect(index.find('192.0.2.1')).toBe('10.0.0.0');
    ns.link.set('eth2', { up: true });
    add('10.0.0.0/8', '192.0.2.1');
    expect(warnings[0]).toMatch(/^EEXIST/);
  });

  test('GWI-30 an appended gateway is one of its own', () => {
    const { ns, index, add } = opened();
    add('10.0.0.0/8', '192.0.2.1');
    ns.route.append('10.0.0.0/8', { via: '192.0.2.2', oif: 2, onlink: true });
    expect(index.find('192.0.2.2')).toBe('10.0.0.0');
  });

  test('GWI-5, GWI-7..9 a datagram ends at 2000 bytes, at DONE, at ERROR, and where no message is whole', () => {
    const { index, warnings } = opened(false);
    const one = (n: number): Uint8Array => notice(NEWROUTE, `10.0.${n}.0/24`, `192.0.2.${n}`, 2);
    const done = encodeMessage({ type: uapi.NLMSG_DONE, payload: new Uint8Array(4) });
    const error = encodeMessage({ type: uapi.NLMSG_ERROR, payload: new Uint8Array(20) });
    const known = (): number => index.list().length;
    const joined = (...parts: Uint8Array[]): Uint8Array =>
      Uint8Array.from(parts.flatMap((part) => [...part]));
    index.receive(joined(one(1), done, one(2)));
    expect(known()).toBe(1);
    index.receive(joined(one(3), error, one(4)));
    expect(known()).toBe(2);
    expect(warnings).toHaveLength(1);
    index.receive(joined(one(5), one(6).subarray(0, 30)));
    index.receive(joined(one(7), new Uint8Array(40)));
    expect(known()).toBe(4);
    const many = Array.from({ length: 60 }, (_, i) => one(100 + i));
    index.receive(joined(...many));
    expect(known()).toBe(4 + Math.floor(2000 / many[0]!.length));
    for (let i = 0; i < 40; i++) index.receive(one(1).subarray(0, i));
  });

  test('GWI-15, GWI-19..25 newest first in each chain, complete, and found by its gateway', () => {
    for (const constant of [OLD, NEW] as const) {
      using ns = lab(2);
      using index = ns.gateway.classic({ dev: 2, constant });
      const { exports } = checkedNetns();
      const bucket = (g: number): number =>
        exports.hash32(
          ((g << 24) | ((g << 8) & 0xff0000) | ((g >>> 8) & 0xff00) | (g >>> 24)) >>> 0,
          constant,
          12,
        );
      const wanted: number[][] = Array.from({ length: 4096 }, () => []);
      for (let i = 0; i < 10_000; i++) {
        const g = (0x0a000000 + i * 7919) >>> 0;
        index.add(g, i);
        wanted[bucket(g)]!.unshift(i);
      }
      const text = (n: number): string => [24, 16, 8, 0].map((by) => (n >>> by) & 255).join('.');
      expect(index.list().map(({ destination }) => destination)).toEqual(wanted.flat().map(text));
      expect(outcome(() => index.add(0x0a000000, 5))).toBe('EEXIST');
      expect(index.find(0x0a000000)).toBe('0.0.0.0');
      ns.check();
      for (let i = 0; i < 10_000; i += 2) index.delete((0x0a000000 + i * 7919) >>> 0);
      expect(outcome(() => index.delete(0x0a000000))).toBe('ENOENT');
      expect(index.list()).toHaveLength(5000);
      ns.check();
    }
  });

  test('GWI-13, GWI-24, GWI-25 errors are told and change nothing; a closed index is closed', () => {
    const { ns, index } = opened();
    expect(outcome(() => ns.gateway.classic({ dev: 'eth2' }))).toBe('EEXIST');
    expect(outcome(() => ns.gateway.classic({ dev: 'none' }))).toBe('ENODEV');
    expect(outcome(() => ns.gateway.classic({ dev: 2, constant: 3 as 0x61c88647 }))).toBe('EINVAL');
    expect(outcome(() => index.add('1.2.3', '1.2.3.4'))).toBe('EINVAL');
    expect(outcome(() => index.add(-1, 0))).toBe('EINVAL');
    index.close();
    index.close();
    expect(outcome(() => index.find('192.0.2.1'))).toBe('EBADF');
    expect(ns.stats().arena.gateway.blocks).toBe(0);
    ns.check();
  });
});

/** What a scan of all routes says of a gateway, in the order of GWI-32 as far as routes tell it. */
function scan(ns: Base, gateway: string, filter: { dev?: string; table?: number } = {}): Route[] {
  const { dev, table } = filter;
  return ns
    .tables()
    .flatMap(({ id }) => (table === undefined || table === id ? ns.route.list({ table: id }) : []))
    .filter(({ nexthops }) =>
      nexthops.some((hop) => hop.via === gateway && (dev === undefined || hop.dev === dev)),
    );
}

const lengthOf = ({ dst }: Route): number => Number(dst.split('/')[1] ?? 32);

/** A route as the scan and the index both tell it. */
const words = (routes: readonly Route[]): string[] => routes.map((route) => JSON.stringify(route)).sort();

function expectScan(ns: Base): void {
  const listed = ns.gateway.list();
  const all = ns.tables().flatMap(({ id }) => ns.route.list({ table: id }));
  const vias = new Set(all.flatMap(({ nexthops }) => nexthops.flatMap(({ via }) => via ?? [])));
  expect(listed.map(({ gateway }) => gateway).sort()).toEqual([...vias].sort());
  for (const { gateway, routes } of listed) {
    const found = ns.gateway.routes(gateway);
    expect(found).toHaveLength(routes);
    expect(words(found)).toEqual(words(scan(ns, gateway)));
    const key = (r: Route): number[] => [-lengthOf(r), r.table, r.tos, r.metric];
    const inOrder = [...found].sort((a, b) => compare(key(a), key(b))); // a stable sort
    expect(found).toEqual(inOrder);
    for (const dev of ['eth2', 'eth3']) {
      expect(words(ns.gateway.routes(gateway, { dev }))).toEqual(words(scan(ns, gateway, { dev })));
      const lives = scan(ns, gateway, { dev }).some(({ nexthops }) =>
        nexthops.some(
          (hop) => hop.via === gateway && hop.dev === dev && ((hop.flags ?? 0) & uapi.RTNH_F_DEAD) === 0,
        ),
      );
      expect(ns.gateway.has(gateway, dev)).toBe(lives);
    }
    expect(words(ns.gateway.routes(gateway, { table: 100 }))).toEqual(
      words(scan(ns, gateway, { table: 100 })),
    );
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((x, at) => x !== b[at]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}

const via = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', 'fe80::1');
const oif = fc.constantFrom(2, 3);
const dst = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '10.1.1.1', '0.0.0.0/0');
const hop = fc.record({ via, oif }).map((h) => ({ ...h, onlink: true }));
const shared = fc.record({
  table: fc.constantFrom(254, 254, 100),
  tos: fc.constantFrom(0, 0, 0x10),
  metric: fc.constantFrom(0, 0, 5),
});
const paths = fc.oneof(
  hop,
  fc.record({ oif }),
  fc.array(hop, { minLength: 2, maxLength: 3 }).map((nexthops) => ({ nexthops })),
  fc.constantFrom(1, 2, 10, 11).map((nhid) => ({ nhid })),
);
type Step = (ns: Base) => void;
const change: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom('add', 'append', 'prepend', 'replace', 'del'), dst, shared, paths)
  .map(
    ([op, at, fields, hops]) =>
      (ns) =>
        ns.route[op as 'add'](at, { ...fields, ...hops }),
  );
const object: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2, 3), hop, fc.boolean()).map(
    ([id, h, isNew]): Step =>
      (ns) =>
        ns.nexthop[isNew ? 'add' : 'replace']({ id, ...h }),
  ),
  fc
    .tuple(fc.constantFrom(10, 11), fc.uniqueArray(fc.constantFrom(1, 2, 3), { minLength: 1 }), fc.boolean())
    .map(
      ([id, ids, isNew]): Step =>
        (ns) =>
          ns.nexthop[isNew ? 'add' : 'replace']({ id, group: ids.map((member) => ({ id: member })) }),
    ),
  fc.constantFrom(1, 2, 3, 10).map(
    (id): Step =>
      (ns) =>
        ns.nexthop.del(id),
  ),
);
const event: fc.Arbitrary<Step> = fc.constantFrom<Step[]>(
  (ns) => ns.link.set('eth3', { up: false }),
  (ns) => ns.link.set('eth3', { up: true }),
  (ns) => ns.link.set('eth2', { carrier: false }),
  (ns) => ns.address.add('198.51.100.1/24', { dev: 'eth2' }),
  (ns) => ns.address.del('198.51.100.1/24', { dev: 'eth2' }),
  (ns) => ns.rule.add({ from: '10.9.0.0/16', table: 100, priority: 50 }),
  (ns) => ns.gateway.close(),
);

test('GWI-31, GWI-33, GWI-34 the index is what a scan says, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          { weight: 8, arbitrary: change },
          { weight: 3, arbitrary: object },
          { weight: 1, arbitrary: event },
        ),
        { minLength: 1, maxLength: 40 },
      ),
      (steps) => {
        using ns = plug(checkedNetns().ns, 2, 3);
        ns.gateway.list();
        for (const step of steps) {
          outcome(() => step(ns));
          ns.check();
          expectScan(ns);
        }
      },
    ),
    { numRuns: 60, seed: 33 },
  );
}, 60_000);

test('GWI-32 longest prefix first, then table, tos, metric, and as they came', () => {
  using ns = lab(2);
  const at = (dst: string, more: object = {}): void =>
    ns.route.add(dst, { via: '192.0.2.1', oif: 2, onlink: true, ...more });
  at('10.2.0.0/16');
  at('10.0.0.0/8');
  at('10.1.0.0/16', { tos: 0x10 });
  at('10.3.0.0/16', { metric: 7 });
  at('10.1.0.0/16');
  at('10.9.0.0/16', { table: 100 });
  at('10.1.1.1');
  const told = (): string[] =>
    ns.gateway.routes('192.0.2.1').map(({ dst, table, tos, metric }) => `${dst} ${table} ${tos} ${metric}`);
  const wanted = [
    '10.1.1.1/32 254 0 0',
    '10.9.0.0/16 100 0 0',
    '10.2.0.0/16 254 0 0',
    '10.1.0.0/16 254 0 0',
    '10.3.0.0/16 254 0 7',
    '10.1.0.0/16 254 16 0',
    '10.0.0.0/8 254 0 0',
  ];
  ns.gateway.list();
  ns.gateway.close(); // made anew, it knows no order but that of the tables
  ns.gateway.list();
  expect(new Set(told())).toEqual(new Set(wanted));
  for (const { dst, table, tos, metric } of ns.gateway.routes('192.0.2.1'))
    ns.route.del(dst, { table, tos, metric });
  expect(ns.gateway.routes('192.0.2.1')).toEqual([]);
  at('10.2.0.0/16');
  at('10.0.0.0/8');
  at('10.1.0.0/16', { tos: 0x10 });
  at('10.3.0.0/16', { metric: 7 });
  at('10.1.0.0/16');
  at('10.9.0.0/16', { table: 100 });
  at('10.1.1.1');
  expect(told()).toEqual(wanted);
});

describe('GWI-31 limits of the classic design', () => {
  const G = '192.0.2.1';
  const through = { via: G, oif: 2, onlink: true };

  test('GWI-31 L1 routes that were there before', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.0/8', through);
    expect(ns.gateway.routes(G).map((r) => r.dst)).toEqual(['10.0.0.0/8']);
  });

  test('GWI-31 L2, L3 many routes through one gateway; a delete takes the one it means', () => {
    using ns = lab(2);
    expect(ns.gateway.list()).toEqual([]);
    ns.route.add('10.0.0.0/8', through);
    ns.route.add('10.1.0.0/16', through);
    expect(ns.gateway.list()).toEqual([{ gateway: G, routes: 2 }]);
    ns.route.del('10.1.0.0/16');
    expect(ns.gateway.routes(G).map((r) => r.dst)).toEqual(['10.0.0.0/8']);
    expect(outcome(() => ns.route.del('10.2.0.0/16'))).toBe('ESRCH');
    ns.route.del('10.0.0.0/8');
    expect(ns.gateway.list()).toEqual([]);
  });

  test('GWI-31 L4 a replaced route leaves its old gateway', () => {
    using ns = lab(2);
    ns.gateway.list();
    ns.route.add('10.0.0.0/8', through);
    ns.route.replace('10.0.0.0/8', { ...through, via: '192.0.2.2' });
    expect(ns.gateway.list()).toEqual([{ gateway: '192.0.2.2', routes: 1 }]);
  });

  test('GWI-31 L5, L11 each path of a multipath route, each with its own interface', () => {
    using ns = lab(2, 3);
    ns.route.add('10.0.0.0/8', { nexthops: [through, { via: '192.0.2.2', oif: 3, onlink: true }] });
    expect(ns.gateway.list().map(({ gateway }) => gateway)).toEqual([G, '192.0.2.2']);
    expect(ns.gateway.routes(G, { dev: 'eth3' })).toEqual([]);
    expect(ns.gateway.routes(G, { dev: 'eth2' })).toHaveLength(1);
    expect(outcome(() => ns.gateway.routes(G, { dev: 'none' }))).toBe('ENODEV');
  });

  test('GWI-31 L6 gateways of IPv6 and of nexthop objects, also where messages hide them', () => {
    using ns = lab(2);
    ns.sysctl.set('net.ipv4.nexthop_compat_mode', 0);
    ns.route.add('10.6.0.0/16', { via: 'fe80::6', oif: 2, onlink: true });
    ns.nexthop.add({ id: 5, ...through });
    ns.route.add('10.0.0.0/8', { nhid: 5 });
    expect(ns.gateway.list()).toEqual([
      { gateway: G, routes: 1 },
      { gateway: 'fe80::6', routes: 1 },
    ]);
    ns.nexthop.replace({ id: 5, ...through, via: '192.0.2.9' });
    expect(ns.gateway.routes('192.0.2.9').map((r) => r.dst)).toEqual(['10.0.0.0/8']);
    expect(ns.gateway.has(G)).toBe(false);
  });

  test('GWI-31 L7 what goes without a word', () => {
    using ns = lab(2, 3);
    ns.address.add('192.0.2.10/24', { dev: 'eth2' });
    ns.nexthop.add({ id: 5, via: '192.0.2.5', oif: 2 });
    ns.route.add('10.0.0.0/8', { via: G });
    ns.route.add('10.5.0.0/16', { nhid: 5 });
    ns.route.add('10.3.0.0/16', { via: '198.51.100.3', oif: 3, onlink: true });
    expect(ns.gateway.list()).toHaveLength(3);
    ns.nexthop.del(5);
    expect(ns.gateway.list().map(({ gateway }) => gateway)).toEqual([G, '198.51.100.3']);
    ns.address.del('192.0.2.10/24', { dev: 'eth2' });
    expect(ns.gateway.list().map(({ gateway }) => gateway)).toEqual(['198.51.100.3']);
    ns.link.set('eth3', { up: false });
    expect(ns.gateway.list()).toEqual([]);
  });

  test('GWI-31 L9, L10 an error in a datagram ends nothing, and a datagram may be long', () => {
    using ns = lab(2);
    const messages = Array.from({ length: 2000 }, (_, i) =>
      notice(NEWROUTE, `10.${i >> 8}.${i & 255}.0/24`, G, 2, uapi.NLM_F_CREATE),
    );
    const error = encodeMessages([{ type: uapi.NLMSG_ERROR, payload: new Uint8Array(20) }]);
    messages.splice(1000, 0, error);
    expect(ns.applyDump(Uint8Array.from(messages.flatMap((m) => [...m]))).applied).toBe(2000);
    expect(ns.gateway.list()).toEqual([{ gateway: G, routes: 2000 }]);
  });

  test('GWI-31 L12 one table', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.0/8', through);
    ns.route.add('10.0.0.0/8', { ...through, table: 100 });
    expect(ns.gateway.routes(G, { table: 100 }).map((r) => r.table)).toEqual([100]);
    expect(ns.gateway.list({ table: 'main' })).toEqual([{ gateway: G, routes: 1 }]);
    expect(ns.gateway.list({ table: 7 })).toEqual([]);
  });

  test('GWI-31 L13 a change is known when it is whole', () => {
    using ns = lab(2);
    const seen: number[] = [];
    const endpoint = new Endpoint(ns);
    endpoint.subscribe([7], () => seen.push(ns.gateway.routes(G).length));
    ns.route.add('10.0.0.0/8', through);
    ns.route.add('10.1.0.0/16', through);
    ns.route.del('10.1.0.0/16');
    expect(seen).toEqual([1, 2, 1]);
  });

  test('GWI-31 L14 as many gateways as there are', () => {
    using ns = lab(2);
    ns.gateway.list();
    for (let i = 0; i < 20_000; i++) {
      const via = `10.0.${i >> 8}.${i & 255}`;
      ns.route.add({ address: 0x14000000 + (i << 8), length: 24 }, { ...through, via });
    }
    ns.check();
    expect(ns.gateway.list()).toHaveLength(20_000);
    expect(ns.gateway.routes(0x0a000309).map((r) => r.dst)).toEqual(['20.3.9.0/24']);
  });
});

test('without memory the index goes, no route is refused, and the next question makes it anew', () => {
  for (let n = 1; n <= 40; n++) {
    const { ns, exports } = checkedNetns();
    plug(ns, 2, 3);
    ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2, onlink: true });
    exports.failAllocation(n);
    const first = outcome(() => ns.gateway.list());
    expect(['ok', 'ENOBUFS']).toContain(first);
    exports.failAllocation(0);
    ns.check();
    ns.gateway.list();
    exports.failAllocation(n);
    const added = outcome(() => ns.route.add('10.1.0.0/16', { via: '192.0.2.2', oif: 2, onlink: true }));
    exports.failAllocation(0);
    ns.check();
    expectScan(ns);
    expect(ns.route.list().length).toBe(added === 'ENOBUFS' ? 1 : 2);
    ns.gateway.close();
    expect(ns.stats().arena.gateway.blocks).toBe(0);
    ns.check();
    ns.close();
  }
});

test('a snapshot keeps both indexes', () => {
  using ns = lab(2, 3);
  using classic = ns.gateway.classic({ dev: 2 });
  for (let i = 0; i < 100; i++) {
    ns.route.add(`10.0.${i}.0/24`, { via: `192.0.2.${i % 7}`, oif: 2 + (i % 2), onlink: true });
  }
  ns.gateway.list();
  const bytes = ns.save();
  using copy = Netns.load(bytes);
  copy.check();
  expect(copy.gateway.routes('192.0.2.3')).toEqual(ns.gateway.routes('192.0.2.3'));
  expect(classic.list()).toHaveLength(7);
});

test('bad questions are refused', () => {
  using ns = lab(2);
  for (const gateway of ['1.2.3', 'fe80::1::2', -1, 1.5, null, {}]) {
    expect(outcome(() => ns.gateway.routes(gateway as string))).toBe('EINVAL');
  }
  expect(outcome(() => ns.gateway.list({ table: -3 }))).toBe('EINVAL');
  expect(outcome(() => ns.gateway.has('1.2.3.4', 0))).toBe('EINVAL');
});
