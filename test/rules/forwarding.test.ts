/**
 * rules/forwarding.test.ts - the forwarding view: whatever happens to routes, links, rules and objects, it answers as the
 * trie does. A twin without a view is told the same, so that even the ids are equal.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import { Netns, type ForwardShape } from '../../src/index.js';
import type { RouteInput } from '../../src/model/route.js';
import type { Netns as Base } from '../../src/netns.js';
import { checkedNetns } from '../core/check-build.js';
import { plug } from '../lab.js';
import { outcome } from '../outcome.js';

const SHAPES = ['compact', 'direct'] as const;

/** Networks that nest, touch, fill blocks of 64 /24s and divide /24s. */
const prefix = fc
  .record({
    base: fc.constantFrom(0x0a000000, 0x0a004000, 0x0a003f00, 0x0afffc00, 0, 0xffffc000, 0x80000000),
    spread: fc.integer({ min: 0, max: 0xffff }),
    length: fc.constantFrom(0, 1, 8, 13, 17, 18, 19, 22, 23, 24, 24, 25, 26, 30, 31, 32),
  })
  .map(({ base, spread, length }) => ({
    address: length === 0 ? 0 : ((base + spread) & (-1 << (32 - length))) >>> 0,
    length,
  }));

const route = fc.record({
  type: fc.constantFrom('unicast', 'unicast', 'unicast', 'unicast', 'blackhole', 'throw'),
  table: fc.constantFrom(254, 254, 254, 254, 255, 253, 100),
  tos: fc.constantFrom(0, 0, 0, 0, 0x10),
  hop: fc.constantFrom(1, 2, 3),
});

type Step = (ns: Base) => void;
const input = (r: { type: string; table: number; tos: number; hop: number }): RouteInput =>
  ({
    type: r.type,
    table: r.table,
    tos: r.tos,
    ...(r.type === 'unicast' ? { via: `192.0.2.${r.hop}`, oif: 1 + r.hop, onlink: true } : {}),
  }) as RouteInput;
const change = fc
  .tuple(fc.constantFrom('add', 'add', 'add', 'append', 'prepend', 'replace', 'del', 'del'), prefix, route)
  .map(([op, at, r]): Step =>
    Object.assign((ns: Base) => ns.route[op as 'add'](at, input(r)), {
      toString: () => JSON.stringify([op, at, r]), // what a counterexample shows
    }),
  );
const link = fc
  .tuple(fc.constantFrom('eth2', 'eth3'), fc.boolean(), fc.boolean())
  .map(([name, carrier, isIgnored]): Step => (ns) => {
    ns.sysctl.set(`net.ipv4.conf.${name}.ignore_routes_with_linkdown`, isIgnored ? 1 : 0);
    ns.link.set(name, { carrier });
    ns.advance(2000);
  });
const event: fc.Arbitrary<Step> = fc.constantFrom<Step[]>(
  (ns) => ns.link.set('eth3', { up: false }),
  (ns) => ns.link.set('eth3', { up: true }),
  (ns) => ns.unmerge(),
  (ns) => ns.rule.add({ from: '10.9.0.0/16', table: 100, priority: 50 }),
  (ns) => ns.rule.add({ to: '10.0.64.0/20', table: 100, priority: 60 }),
  (ns) => ns.setForward('main', 'auto'),
);
const step = fc.oneof(
  { weight: 12, arbitrary: change },
  { weight: 2, arbitrary: link },
  { weight: 1, arbitrary: event },
);

/** Addresses at and around the ends of what the steps speak about. */
const EDGES = [0, 0x0a000000, 0x0a004000, 0x0afffc00, 0xffffc000, 0x80000000].flatMap((base) =>
  [-1, 0, 1, 0x80, 0xff, 0x100, 0x3f00, 0x3fff, 0x4000, 0xffff].map((by) => (base + by) >>> 0),
);

/** Answers for some destinations, asked in every way there is. */
function asked(ns: Base, dsts: Uint32Array): number[][] {
  const n = dsts.length;
  const bytes = new Uint8Array(4 * n);
  dsts.forEach((dst, i) => new DataView(bytes.buffer).setUint32(4 * i, dst));
  const outs = Array.from({ length: 4 }, () => new Uint32Array(n));
  ns.lookupBatch(dsts, outs[0]!);
  ns.lookupBatch(bytes, outs[1]!, { miss: 77777 });
  ns.lookupBatch(dsts, outs[2]!, { tables: new Uint32Array(n).fill(254) });
  ns.lookupBatch(dsts, outs[3]!, { tables: new Uint32Array(n).map((_, i) => [0, 100, 255, 5][i % 4]!) });
  return [Array.from(dsts, (dst) => ns.lookupId(dst)), ...outs.map((out) => [...out])];
}

const wired = (make: () => Base): Base => {
  const ns = plug(make(), 2, 3, 4);
  ns.advance(2000);
  return ns;
};

for (const shape of SHAPES) {
  test(`FIB-61..79, FIB-120..126, RULE-32 a ${shape} view answers as the trie, whatever happens`, () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: shape === 'direct' ? 15 : 40 }),
        fc.array(fc.nat(0xffffffff), { maxLength: 7 }),
        (steps, probes) => {
          using ns = wired(() => checkedNetns({ forward: shape }).ns);
          using twin = wired(() => Netns.create({ forward: 'off' }));
          const dsts = Uint32Array.from([...EDGES, ...probes]);
          steps.forEach((act, i) => {
            expect(outcome(() => act(ns))).toBe(outcome(() => act(twin)));
            if (i % (shape === 'direct' ? 5 : 1) === 0) ns.check();
            expect(asked(ns, dsts)).toEqual(asked(twin, dsts));
          });
          expect(twin.stats().view.bytes).toBe(0);
        },
      ),
      { numRuns: shape === 'direct' ? 15 : 100, seed: 61 },
    );
  }, 60_000);

  test(`a ${shape} view widens when ids or chunks no longer fit two bytes`, () => {
    using ns = plug(Netns.create({ forward: shape }), 2);
    using twin = plug(Netns.create({ forward: 'off' }), 2);
    const n = 33_000;
    for (const each of [ns, twin]) {
      // Each route has an info of its own by its metric; half of them divide a /24.
      for (let i = 0; i < n; i++) {
        each.route.add(
          { address: (0x14000000 + (i << 8)) >>> 0, length: i % 2 ? 24 : 25 },
          { oif: 2, metric: i },
        );
      }
    }
    ns.check();
    const dsts = Uint32Array.from(
      { length: 4 * n },
      (_, i) => (0x14000000 + ((i >>> 2) << 8) + 64 * (i & 3)) >>> 0,
    );
    const [a, b] = [ns, twin].map((each) => {
      const out = new Uint32Array(dsts.length);
      each.lookupBatch(dsts, out, { miss: 5 });
      return out;
    });
    expect(a).toEqual(b);
    expect(ns.lookupId(dsts.at(-4)!)).toBe(twin.lookupId(dsts.at(-4)!));
    expect(ns.lookupId(dsts.at(-4)!)).toBeGreaterThan(0x7fff);
  }, 60_000);
}

test('a small table has no view by itself, a large one when it has been asked often enough', () => {
  using ns = plug(Netns.create(), 2);
  const out = new Uint32Array(5000);
  for (let i = 0; i < 10; i++) ns.route.add({ address: 0x0a000000 + (i << 8), length: 24 }, { oif: 2 });
  for (let i = 0; i < 10; i++) ns.lookupBatch(new Uint32Array(5000), out);
  expect(ns.stats().view.bytes).toBe(0);
  expect(ns.stats().bytes).toBeLessThan(400_000);
  for (let i = 10; i < 5000; i++) ns.route.add({ address: 0x0a000000 + (i << 8), length: 24 }, { oif: 2 });
  expect(ns.stats().view.bytes).toBe(0);
  ns.lookupBatch(new Uint32Array(5000).fill(0x0a000001), out);
  expect(ns.stats().view.bytes).toBeGreaterThan(1 << 20);
  expect(ns.info(out[4999]!)?.dev).toBe('eth2');
  ns.check();
});

test('a view gives its memory back, and what its routes leave behind is used again', () => {
  using ns = plug(Netns.create({ forward: 'compact' }), 2);
  const fill = (): void => {
    for (let i = 0; i < 3000; i++)
      ns.route.add({ address: (0x0a000000 + i * 128) >>> 0, length: 25 }, { oif: 2 });
  };
  fill();
  const full = ns.stats();
  for (let i = 0; i < 3000; i++) ns.route.del({ address: (0x0a000000 + i * 128) >>> 0, length: 25 });
  ns.check();
  const empty = ns.stats();
  expect(empty.view.bytes).toBeLessThan(1.1 * 2 ** 20);
  fill();
  expect(ns.stats().view.bytes).toBeLessThan(full.view.bytes + 64); // its id is another, and so is its shared block
  expect(ns.stats().arenaBytes).toBeLessThan(full.arenaBytes + 10_000);
  ns.setForward('main', 'off');
  expect(ns.stats().view.bytes).toBe(0);
  ns.check();
});

test('FIB-82 a switch alone changes what is answered, whoever read the view before', () => {
  for (const shape of SHAPES) {
    using ns = plug(Netns.create({ forward: shape }), 2, 3);
    ns.advance(2000);
    ns.route.add('10.0.0.0/8', { oif: 3 });
    ns.route.add('10.1.0.0/16', { oif: 2 });
    ns.link.set('eth2', { carrier: false });
    ns.advance(2000);
    const [wide, long] = ['10.9.9.9', '10.1.1.1'].map((dst) => ns.lookupId(dst));
    for (const isIgnored of [1, 0, 1]) {
      expect(ns.lookupId('10.1.1.1')).toBe(isIgnored ? long : wide);
      ns.sysctl.set('net.ipv4.conf.eth2.ignore_routes_with_linkdown', isIgnored);
      expect(ns.lookupId('10.1.1.1')).toBe(isIgnored ? wide : long);
    }
    ns.check();
  }
});

test('without memory for a view the trie answers', () => {
  for (const shape of SHAPES) {
    using ns = plug(Netns.create({ forward: shape, maxBytes: 1 << 20 }), 2);
    ns.route.add('10.0.0.0/8', { oif: 2 });
    expect(ns.lookupId(0x0a000001)).toBe(ns.lookup('10.0.0.1').id);
    expect(ns.stats().view.bytes).toBe(0);
    expect(outcome(() => ns.setForward('main', shape))).toBe('ENOBUFS');
    expect(ns.lookupId(0x0a000001)).toBe(ns.lookup('10.0.0.1').id);
    ns.check();
  }
});

test('every allocation of a view may fail: the change stands and the answers are right', () => {
  for (let n = 1; n < 60; n++) {
    const { ns, exports } = checkedNetns({ forward: 'compact' });
    plug(ns, 2);
    ns.route.add('10.0.0.0/8', { oif: 2 });
    exports.failAllocation(n);
    const done = [
      outcome(() => ns.route.add('10.1.1.128/25', { oif: 2, metric: 5 })),
      outcome(() => ns.route.add('10.1.0.0/16', { oif: 2, metric: 9 })),
    ];
    exports.failAllocation(0);
    expect(done.every((code) => code === 'ok' || code === 'ENOBUFS')).toBe(true);
    ns.check();
    for (const dst of [0x0a010180, 0x0a010101, 0x0a020202]) expect(ns.lookupId(dst)).toBe(ns.lookup(dst).id);
    ns.close();
  }
});

test('a shape that there is not, or a table that cannot be, is refused', () => {
  expect(outcome(() => Netns.create({ forward: 'wide' as ForwardShape }))).toBe('EINVAL');
  using ns = Netns.create();
  expect(outcome(() => ns.setForward('main', '' as ForwardShape))).toBe('EINVAL');
  expect(outcome(() => ns.setForward(-1, 'off'))).toBe('EINVAL');
  expect(() => ns.setForward('main', 'tiny' as ForwardShape)).toThrow(FibError);
});
