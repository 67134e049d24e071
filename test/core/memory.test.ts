/**
 * core/memory.test.ts - the arena when memory ends: each allocation of a scenario fails once, and nothing else happens.
 */
import { expect, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import { Netns } from '../../src/index.js';
import type { Netns as Base } from '../../src/netns.js';
import { believe, lab, plug, span } from '../lab.js';
import { checkedNetns } from './check-build.js';

/** Everything that can be seen of a state, but for the shape of the trie: a resize may be left out (FIB-44). */
function visible(ns: Base) {
  const { routes, arena } = ns.stats();
  const dsts = [0x0a010203, 0x0a010101, 0x0a040001, 0x7f000001, 0xc6336409, 0];
  return {
    routes,
    tables: ns.tables(),
    list: ns.route.list(),
    links: ns.link.list(),
    addresses: ns.address.list(),
    rules: ns.rule.list(),
    nexthops: ns.nexthop.list(),
    answers: dsts.map((dst) => ({ ...ns.tryLookup(dst), id: 0 })),
    ids: dsts.map((dst) => ns.lookupId(dst)),
    infos: arena.info.blocks,
  };
}

/** A path through the gateway 192.0.2.n. */
const via = (n: number) => ({ via: `192.0.2.${n}`, oif: 7, onlink: true });

/** One step of the scenario; each needs memory of another kind. */
const STEPS: readonly [string, (ns: Base) => void][] = [
  ['a first route makes its table', (ns) => ns.route.add('10.0.0.0/8', via(1))],
  ['a local route makes local and main', (ns) => ns.route.add('127.0.0.0/8', { type: 'local', dev: 'lo' })],
  ['a leaf beside a leaf needs a tnode', (ns) => ns.route.add('10.1.0.0/16', via(1))],
  ['an alias at a leaf that is there', (ns) => ns.route.add('10.1.0.0/24', via(1))],
  ['another info', (ns) => ns.route.append('10.1.0.0/24', via(2))],
  ['metrics', (ns) => ns.route.append('10.1.0.0/24', { ...via(2), metrics: { mtu: 1400 } })],
  ['a replacement', (ns) => ns.route.replace('10.0.0.0/8', via(9))],
  ['a device', (ns) => ns.link.add({ name: 'dev0', index: 20 })],
  ['a device that a source names', (ns) => believe(ns, '10.2.0.0/16', { nexthops: [{ oif: 33 }] })],
  ['several nexthops', (ns) => ns.route.add('10.3.0.0/16', { nexthops: span(2, 9).map((oif) => ({ oif })) })],
  ['an address and its routes', (ns) => ns.address.add('198.51.100.1/24', { dev: 'eth7' })],
  ['a secondary address', (ns) => ns.address.add('198.51.100.2/24', { dev: 'eth7' })],
  [
    'an address of a link that is down',
    (ns) => ns.address.add('203.0.113.1/24', { dev: 'down0', broadcast: '+' }),
  ],
  ['that link comes up', (ns) => ns.link.set('down0', { up: true })],
  ['another metric for its route', (ns) => ns.address.replace('203.0.113.1/24', { dev: 'down0', metric: 7 })],
  ['a nexthop object', (ns) => ns.nexthop.add({ id: 1, via: '198.51.100.9', dev: 'eth7' })],
  ['another one', (ns) => ns.nexthop.add({ id: 2, dev: 'eth8' })],
  ['a group', (ns) => ns.nexthop.add({ id: 9, group: [{ id: 1 }, { id: 2, weight: 3 }] })],
  ['a route through a group', (ns) => ns.route.add('10.4.0.0/16', { nhid: 9 })],
  ['an object more for later', (ns) => ns.nexthop.add({ id: 3, dev: 'eth8' })],
  ['a larger group', (ns) => ns.nexthop.replace({ id: 9, group: [1, 2, 3].map((id) => ({ id })) })],
  ['another table', (ns) => ns.route.add('10.0.0.0/8', { type: 'blackhole', table: 1000 })],
  ['a rule, and a table of its own for local', (ns) => ns.rule.add({ from: '10.1.0.0/16', table: 100 })],
  ['another rule', (ns) => ns.rule.add({ to: '10.2.0.0/16', table: 1000, priority: 7 })],
  [
    'ids and hashes that grow',
    (ns) => {
      for (let i = 0; i < 40; i++) ns.route.replace({ address: 0x14000000 + 256 * i, length: 24 }, via(i));
    },
  ],
  [
    'a wide node',
    (ns) => {
      for (let i = 0; i < 64; i++) ns.route.replace({ address: 0x1e000000 + i, length: 32 }, { oif: 7 });
    },
  ],
];

/** A fresh state after the first `n` steps. */
function after(n: number) {
  const made = checkedNetns();
  plug(made.ns, ...span(2, 9)).link.add({ name: 'down0', index: 10, up: false });
  for (const [, step] of STEPS.slice(0, n)) step(made.ns);
  return made;
}

/** What is seen after the first `n` steps. */
function seenAfter(n: number) {
  const { ns } = after(n);
  try {
    return visible(ns);
  } finally {
    ns.close();
  }
}

STEPS.forEach(([name, step], n) => {
  test(`FIB-44 out of memory leaves the state as it was: ${name}`, () => {
    let failed = 0;
    const [before, done] = [seenAfter(n), seenAfter(n + 1)];
    for (let nth = 1; ; nth++) {
      const { ns, exports } = after(n);
      exports.failAllocation(nth);
      let error: unknown;
      try {
        step(ns);
      } catch (e) {
        error = e;
      }
      const wasReached = exports.allocationsLeft() === 0;
      exports.failAllocation(0);
      ns.check();
      if (error !== undefined) {
        expect(error).toBeInstanceOf(FibError);
        expect((error as FibError).code).toBe('ENOBUFS');
        failed++;
        // A step of many changes keeps those before the one that was refused.
        if (!/grow|wide/.test(name)) expect(visible(ns)).toEqual(before);
        step(ns); // and with memory again it works
        ns.check();
      }
      // Only the numbers that fib infos have may be others than without the failure.
      expect({ ...visible(ns), ids: [] }).toEqual({ ...done, ids: [] });
      ns.close();
      if (!wasReached) break;
    }
    expect(failed).toBeGreaterThan(0);
  });
});

test('FIB-44 a trie whose resizes all failed answers the same', () => {
  const { ns, exports } = checkedNetns();
  plug(ns, 2);
  using whole = lab(2);
  for (let i = 0; i < 200; i++) {
    const prefix = { address: (Math.imul(i, 0x9e3779b9) & 0xffffff00) >>> 0, length: 24 };
    whole.route.add(prefix, { oif: 2 });
    ns.link.list();
    // Leaf, alias and tnode are had, what a resize asks for is not: the 4th allocation at most.
    for (let nth = 4; nth > 0; nth--) {
      exports.failAllocation(nth);
      try {
        ns.route.add(prefix, { oif: 2 });
        break;
      } catch (error) {
        expect((error as FibError).code).toBe('ENOBUFS');
        exports.failAllocation(0);
      }
    }
    exports.failAllocation(0);
    if (ns.route.get(prefix) === undefined) ns.route.add(prefix, { oif: 2 });
    ns.check();
  }
  for (let i = 0; i < 4000; i++) {
    const dst = Math.imul(i, 0x85ebca6b) >>> 0;
    expect(ns.tryLookup(dst)?.prefix).toBe(whole.tryLookup(dst)?.prefix);
  }
  ns.close();
});

test('maxBytes bounds the linear memory: the change that would pass it is ENOBUFS, the state stays and serves', () => {
  using ns = plug(Netns.create({ maxBytes: 1 << 18 }), 2);
  let added = 0;
  let error: unknown;
  try {
    for (; ; added++) ns.route.add({ address: Math.imul(added, 0x9e3779b9) >>> 0, length: 32 }, { oif: 2 });
  } catch (e) {
    error = e;
  }
  expect(error).toBeInstanceOf(FibError);
  expect((error as FibError).code).toBe('ENOBUFS');
  expect(added).toBeGreaterThan(1000);
  expect(ns.stats().bytes).toBeLessThanOrEqual(1 << 18);
  ns.check();
  expect(ns.route.list().length).toBe(added);
  for (let i = 0; i < added; i++) ns.route.del({ address: Math.imul(i, 0x9e3779b9) >>> 0, length: 32 });
  ns.check();
  expect(ns.stats().routes).toBe(0);
});

test('blocks come back: growing and emptying a table again and again takes no more memory', () => {
  using ns = lab(2);
  const sizes: number[] = [];
  for (let round = 0; round < 9; round++) {
    for (let i = 0; i < 3000; i++)
      ns.route.add(
        { address: (Math.imul(i, 0x9e3779b9) & ~255) >>> 0, length: 24 },
        { via: `10.0.${i & 7}.1`, oif: 2, onlink: true },
      );
    for (let i = 0; i < 3000; i++)
      ns.route.del({ address: (Math.imul(i, 0x9e3779b9) & ~255) >>> 0, length: 24 });
    ns.check();
    sizes.push(ns.stats().arenaBytes);
    expect(ns.stats().trie).toMatchObject({ tnodes: 0, leaves: 0, prefixes: 0 });
    expect(ns.stats().arena.info.blocks).toBe(0);
  }
  // The directory of ids may still grow: up to a thousand of them rest before they are used again.
  expect(sizes[8]! - sizes[1]!).toBeLessThan(16384);
});

test('FIB-25 an id names one info until the epoch changes, and unused ids come back then', () => {
  using ns = lab(2);
  const { epoch } = ns;
  const path = { via: '192.0.2.1', oif: 2, onlink: true };
  ns.route.add('10.0.0.0/8', path);
  const id = ns.lookupId(0x0a000001);
  ns.route.del('10.0.0.0/8');
  expect(ns.info(id)).toBeUndefined();
  let highest = 0;
  for (let i = 0; i < 5000; i++) {
    ns.route.add('10.0.0.0/8', { ...path, metric: i });
    const now = ns.lookupId(0x0a000001);
    if (ns.epoch === epoch) expect(now).not.toBe(id);
    highest = Math.max(highest, now);
    ns.route.del('10.0.0.0/8');
  }
  expect(ns.epoch).toBeGreaterThan(epoch);
  expect(highest).toBeLessThan(2000);
  ns.check();
});
