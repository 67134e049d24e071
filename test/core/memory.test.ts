/**
 * core/memory.test.ts - the arena when memory ends: each allocation of a scenario fails once, and nothing else happens.
 */
import { expect, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import { Netns } from '../../src/index.js';
import type { Netns as Base } from '../../src/netns.js';
import { checkedNetns } from './check-build.js';

/** Everything that can be seen of a state, but for the shape of the trie: a resize may be left out (FIB-44). */
function visible(ns: Base): unknown {
  const { routes, arena } = ns.stats();
  const probes = [0x0a010203, 0x0a010101, 0x7f000001, 0xc0a80001, 0].map((dst) => ns.tryLookup(dst));
  return {
    routes,
    tables: ns.tables(),
    list: ns.route.list(),
    links: ns.link.list(),
    probes,
    infos: arena.info.blocks,
  };
}

/** One step of the scenario; each needs memory of another kind. */
const STEPS: readonly [string, (ns: Base) => void][] = [
  ['a first route makes its table', (ns) => ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 7 })],
  ['a local route makes local and main', (ns) => ns.route.add('127.0.0.0/8', { type: 'local', dev: 'lo' })],
  ['a leaf beside a leaf needs a tnode', (ns) => ns.route.add('10.1.0.0/16', { via: '192.0.2.1', oif: 7 })],
  ['an alias at a leaf that is there', (ns) => ns.route.add('10.1.0.0/24', { via: '192.0.2.1', oif: 7 })],
  ['another info', (ns) => ns.route.append('10.1.0.0/24', { via: '192.0.2.2', oif: 7 })],
  ['metrics', (ns) => ns.route.append('10.1.0.0/24', { via: '192.0.2.2', oif: 7, metrics: { mtu: 1400 } })],
  ['a replacement', (ns) => ns.route.replace('10.0.0.0/8', { via: '192.0.2.9', oif: 7 })],
  ['a new device', (ns) => ns.route.add('10.2.0.0/16', { dev: 'eth9' })],
  [
    'several nexthops',
    (ns) => ns.route.add('10.3.0.0/16', { nexthops: Array.from({ length: 9 }, (_, i) => ({ oif: i + 1 })) }),
  ],
  ['another table', (ns) => ns.route.add('10.0.0.0/8', { type: 'blackhole', table: 1000 })],
  ['a table of its own for local', (ns) => ns.unmerge()],
  [
    'ids and hashes that grow',
    (ns) => {
      for (let i = 0; i < 40; i++)
        ns.route.replace({ address: 0x14000000 + 256 * i, length: 24 }, { via: `192.0.2.${i}`, oif: 7 });
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
  for (const [, step] of STEPS.slice(0, n)) step(made.ns);
  return made;
}

STEPS.forEach(([name, step], n) => {
  test(`FIB-44 out of memory leaves the state as it was: ${name}`, () => {
    let failed = 0;
    for (let nth = 1; ; nth++) {
      const { ns, exports } = after(n);
      const before = visible(ns);
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
      ns.close();
      if (!wasReached) break;
    }
    expect(failed).toBeGreaterThan(0);
  });
});

test('FIB-44 a trie whose resizes all failed answers the same', () => {
  const { ns, exports } = checkedNetns();
  using whole = Netns.create();
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
  using ns = Netns.create({ maxBytes: 1 << 18 });
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
  using ns = Netns.create();
  const sizes: number[] = [];
  for (let round = 0; round < 9; round++) {
    for (let i = 0; i < 3000; i++)
      ns.route.add(
        { address: (Math.imul(i, 0x9e3779b9) & ~255) >>> 0, length: 24 },
        { via: `10.0.${i & 7}.1`, oif: 2 },
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
  using ns = Netns.create();
  const { epoch } = ns;
  ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2 });
  const id = ns.lookupId(0x0a000001);
  ns.route.del('10.0.0.0/8');
  expect(ns.info(id)).toBeUndefined();
  let highest = 0;
  for (let i = 0; i < 5000; i++) {
    ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2, metric: i });
    const now = ns.lookupId(0x0a000001);
    if (ns.epoch === epoch) expect(now).not.toBe(id);
    highest = Math.max(highest, now);
    ns.route.del('10.0.0.0/8');
  }
  expect(ns.epoch).toBeGreaterThan(epoch);
  expect(highest).toBeLessThan(2000);
  ns.check();
});
