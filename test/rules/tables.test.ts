/**
 * rules/tables.test.ts - tables by id, merged and unmerged (FIB-1..13), sharing (FIB-21..25), dumps (FIB-69, FIB-70).
 */
import { describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';
import { believe, lab, span } from '../lab.js';

const ids = (ns: Netns) => ns.tables().map(({ id }) => id);

describe('tables', () => {
  test('FIB-1 a table id is any u32', () => {
    using ns = Netns.create();
    for (const table of [1, 252, 256, 0xdeadbeef, 0xffffffff]) {
      ns.route.add('10.0.0.0/8', { type: 'blackhole', table });
      expect(ns.route.list({ table })).toHaveLength(1);
    }
    ns.check();
  });

  test('FIB-2 id 0 means main', () => {
    using ns = Netns.create();
    ns.route.add('10.0.0.0/8', { type: 'blackhole', table: 0 });
    expect(ns.route.list().map((r) => r.table)).toEqual([254]);
    expect(ns.route.get('10.0.0.0/8', { table: 0 })?.table).toBe(254);
    ns.route.del('10.0.0.0/8', { table: 0 });
    expect(ns.route.list()).toEqual([]);
  });

  test('FIB-3 tables are listed by chain, and newest first within one', () => {
    using ns = Netns.create();
    for (const table of [254, 1000, 255, 300, 44, 556])
      ns.route.add('10.0.0.0/8', { type: 'blackhole', table });
    expect(ids(ns)).toEqual([556, 44, 300, 1000, 254, 255]); // 44, 300 and 556 are 44 mod 256
  });

  test('FIB-4 a refused route leaves its table behind', () => {
    using ns = lab(2);
    expect(() => ns.route.change('10.0.0.0/8', { oif: 2, table: 999 })).toThrow(/ENOENT/);
    expect(ids(ns)).toEqual([999]);
    expect(() => ns.route.del('10.0.0.0/8', { table: 998 })).toThrow(/ESRCH/);
    expect(ids(ns)).toEqual([999]);
    expect(() => ns.route.add('10.0.0.0/8', { via: '192.0.2.1', table: 1000 })).toThrow(/ENETUNREACH/);
    expect(ids(ns)).toEqual([999, 1000]);
  });

  test('FIB-5 an empty table stays, and fib_triestat shows it', () => {
    using ns = Netns.create();
    ns.route.add('10.0.0.0/8', { type: 'blackhole', table: 0xdeadbeef });
    ns.route.del('10.0.0.0/8', { table: 0xdeadbeef });
    expect(ids(ns)).toEqual([0xdeadbeef]);
    expect(ns.proc('net/fib_triestat')).toContain('Id -559038737:\n\tAver depth:     0.00\n');
    expect(ns.proc('net/fib_trie')).toBe('');
  });
});

describe('merged tables', () => {
  /** Loopback's routes, and a longer prefix in main than local's. */
  function merged(): Netns {
    const ns = lab(2);
    ns.route.add('127.0.0.1/32', { type: 'local', dev: 'lo' });
    ns.route.add('127.0.0.0/8', { type: 'local', dev: 'lo' });
    ns.route.add('127.5.0.0/16', { via: '192.0.2.1', oif: 2, onlink: true });
    return ns;
  }

  test('FIB-7 local and main share one trie: both headings show all of it', () => {
    using ns = merged();
    const [main, local] = ns.proc('net/fib_trie').split(/^Local:\n/m);
    expect(main).toBe(`Main:\n${local}`);
    expect(local).toContain('127.5.0.0');
  });

  test('FIB-11 in a merged trie the longest prefix wins over both tables, after the split local is searched first', () => {
    using ns = merged();
    expect(ns.lookup('127.5.0.1').via).toBe('192.0.2.1');
    ns.unmerge();
    expect(ns.lookup('127.5.0.1').type).toBe('local');
    ns.check();
  });

  test('FIB-12 a local answer is reported in table 254 until the split, in 255 after it', () => {
    using ns = merged();
    expect(ns.lookup('127.0.0.1')).toMatchObject({ type: 'local', table: 254 });
    expect(ns.lookup({ dst: '127.0.0.1', table: 'main' }).type).toBe('local');
    ns.unmerge();
    expect(ns.lookup('127.0.0.1')).toMatchObject({ type: 'local', table: 255 });
    expect(() => ns.lookup({ dst: '127.0.0.1', table: 'main' })).toThrow(/EAGAIN/);
  });

  test('FIB-13 a list of one table leaves the other one out', () => {
    using ns = merged();
    expect(ns.route.list({ table: 'local' }).map((r) => r.dst)).toEqual(['127.0.0.0/8', '127.0.0.1/32']);
    expect(ns.route.list({ table: 'main' }).map((r) => r.dst)).toEqual(['127.5.0.0/16']);
    expect(ns.tables()).toEqual([
      { id: 254, routes: 1 },
      { id: 255, routes: 2 },
    ]);
  });

  test('FIB-8 the split keeps every route, its order and its id, and is for ever', () => {
    using ns = merged();
    ns.route.append('127.5.0.0/16', { via: '192.0.2.2', oif: 2, onlink: true });
    ns.route.add('127.0.0.0/8', { type: 'blackhole', table: 'main' });
    const before = ns.route.list();
    ns.unmerge();
    ns.unmerge();
    expect(ns.route.list()).toEqual(before);
    ns.check();
    expect(ns.shape('local')).toMatchObject({ leaves: 2, prefixes: 2 });
    expect(ns.shape('main')).toMatchObject({ leaves: 2, prefixes: 3 });
  });

  test.each<[string, (ns: Netns) => void]>([
    ['added', (ns) => ns.rule.add({ action: 'nop', priority: 7 })],
    ['deleted', (ns) => ns.rule.del({ priority: 32767 })],
  ])('FIB-8, RULE-4 the first policy rule that is %s splits them', (_, change) => {
    using ns = merged();
    expect(() => ns.rule.del({ priority: 8 })).toThrow(/ENOENT/);
    expect(ns.lookup('127.5.0.1').via).toBe('192.0.2.1');
    change(ns);
    expect(ns.lookup('127.5.0.1')).toMatchObject({ type: 'local', table: 255 });
    ns.check();
  });

  test('FIB-9 a local table made after the split is never merged', () => {
    using ns = Netns.create();
    ns.unmerge();
    ns.route.add('127.0.0.0/8', { type: 'local', dev: 'lo' });
    expect(ns.tables().map(({ id }) => id)).toEqual([255]);
    expect(ns.lookup('127.0.0.1')).toMatchObject({ type: 'local', table: 255 });
  });

  test('FIB-10 without rules main is asked, then default, then it is ENETUNREACH', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2, onlink: true, table: 'default' });
    expect(ns.lookup('10.0.0.1')).toMatchObject({ via: '192.0.2.1', table: 253 });
    ns.route.add('10.0.0.0/8', { via: '192.0.2.2', oif: 2, onlink: true });
    expect(ns.lookup('10.0.0.1')).toMatchObject({ via: '192.0.2.2', table: 254 });
    expect(() => ns.lookup('11.0.0.1')).toThrow(/ENETUNREACH/);
  });

  test('FIB-26 of two equal prefixes in a merged trie local is first', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.1/32', { via: '192.0.2.1', oif: 2, onlink: true });
    ns.route.add('10.0.0.1/32', { type: 'local', dev: 'lo' });
    expect(ns.lookup('10.0.0.1').type).toBe('local');
  });
});

describe('sharing', () => {
  test('FIB-23 routes that agree in all but prefix and tos share one fib info', () => {
    using ns = lab(2);
    for (let i = 0; i < 100; i++)
      ns.route.add(
        { address: 0x0a000000 + 256 * i, length: 24 },
        { via: '192.0.2.1', oif: 2, onlink: true, tos: 0x10 * (i % 2) },
      );
    expect(ns.stats().arena.info.blocks).toBe(1);
  });

  test.each([
    ['table', { table: 100 }],
    ['type', { type: 'multicast', scope: 'universe' }],
    ['metric', { metric: 1 }],
    ['protocol', { protocol: 4 }],
    ['scope', { scope: 'site' }],
    ['prefsrc', { prefsrc: '127.0.0.1' }],
    ['metrics', { metrics: { mtu: 1400 } }],
    ['flags', { flags: 0x100 }],
    ['gateway', { via: '192.0.2.2' }],
    ['gateway family', { via: 'fe80::1' }],
    ['device', { oif: 3 }],
    ['realm', { realm: 7 }],
  ] as const)('FIB-21 another %s makes another fib info', (_, other) => {
    using ns = lab(2, 3);
    ns.link.set('lo', { up: true });
    const before = ns.stats().arena.info.blocks;
    const path = { via: '192.0.2.1', oif: 2, onlink: true };
    ns.route.add('10.0.0.0/8', path);
    ns.route.add('11.0.0.0/8', { ...path, ...other });
    expect(ns.stats().arena.info.blocks).toBe(before + 2);
    ns.check();
  });

  test('FIB-21, FIB-22 another nexthop object makes another fib info, whatever it says', () => {
    using ns = lab(2);
    for (const id of [4, 5]) ns.nexthop.add({ id, dev: 'eth2' });
    for (const [i, nhid] of [4, 4, 5].entries())
      ns.route.add({ address: 0x0a000000 + i, length: 32 }, { nhid });
    ns.route.add('11.0.0.0/8', { dev: 'eth2', scope: 'universe' });
    expect(ns.stats().arena.info.blocks).toBe(3);
    ns.check();
  });

  test('FIB-22 nexthops are compared pairwise and in order, weights included', () => {
    using ns = lab(2, 3);
    const a = { via: '192.0.2.1', oif: 2, onlink: true };
    const b = { via: '192.0.2.2', oif: 3, onlink: true };
    ns.route.add('10.0.0.0/8', { nexthops: [a, b] });
    ns.route.add('11.0.0.0/8', { nexthops: [a, b] });
    expect(ns.stats().arena.info.blocks).toBe(1);
    ns.route.add('12.0.0.0/8', { nexthops: [b, a] });
    ns.route.add('13.0.0.0/8', { nexthops: [a, { ...b, weight: 2 }] });
    expect(ns.stats().arena.info.blocks).toBe(3);
  });

  test('FIB-24 the info hashes double as infos come', () => {
    using ns = Netns.create();
    for (let i = 0; i < 1000; i++)
      believe(ns, `0.${i >> 8}.${i & 255}.0/24`, {
        nexthops: [{ oif: i + 1 }],
        prefsrc: `10.0.${i >> 8}.${i & 255}`,
      });
    ns.check();
    expect(ns.stats().arena.info.blocks).toBe(1000);
    for (let i = 0; i < 1000; i += 2) ns.route.del({ address: 256 * i, length: 24 });
    ns.check();
    expect(ns.stats().arena.info.blocks).toBe(500);
  });
});

describe('walks', () => {
  test('FIB-69 routes come in unsigned key order, longest first at one address', () => {
    using ns = lab(2);
    for (const p of [
      '192.0.0.0/8',
      '10.0.0.0/16',
      '0.0.0.0/0',
      '10.0.0.0/8',
      '0.0.0.0/1',
      '255.255.255.255/32',
      '128.0.0.0/1',
    ])
      ns.route.add(p, { oif: 2 });
    expect(ns.route.list().map((r) => r.dst)).toEqual([
      '0.0.0.0/1',
      '0.0.0.0/0',
      '10.0.0.0/16',
      '10.0.0.0/8',
      '128.0.0.0/1',
      '192.0.0.0/8',
      '255.255.255.255/32',
    ]);
  });

  test('FIB-70 after the highest key the walk ends', () => {
    using ns = lab(2, 3);
    ns.route.add('255.255.255.255/32', { oif: 2 });
    ns.route.append('255.255.255.255/32', { oif: 3 });
    expect(ns.route.list()).toHaveLength(2);
  });

  test('FIB-69 a walk survives what is added and deleted under it', () => {
    using ns = lab(2);
    const n = 4000;
    const prefix = (i: number) => ({ address: 256 * i, length: 24 });
    for (let i = 0; i < n; i++) ns.route.add(prefix(i), { oif: 2 });
    const seen: string[] = [];
    for (const route of ns.route.each({ table: 'main' })) {
      seen.push(route.dst);
      if (seen.length === 100) {
        for (let i = 0; i < n; i += 2) ns.route.del(prefix(i)); // behind, here and ahead
        for (let i = n; i < n + 100; i++) ns.route.add(prefix(i), { oif: 2 });
        for (let i = 0; i < 50; i++) ns.route.add({ address: 256 * i + 1, length: 32 }, { oif: 2 }); // behind
      }
    }
    expect(new Set(seen).size).toBe(seen.length);
    const left = new Set(ns.route.list().map((r) => r.dst));
    const missed = [...left].filter((dst) => !seen.includes(dst) && dst.endsWith('/24'));
    expect(missed).toEqual([]);
  });

  test('FIB-69 a walk goes on in the middle of a long list of aliases', () => {
    using ns = Netns.create();
    for (let i = 0; i < 2000; i++) believe(ns, '10.0.0.0/8', { nexthops: [{ oif: i + 1 }] });
    expect(ns.route.list().map((r) => r.nexthops[0]!.oif)).toEqual(
      Array.from({ length: 2000 }, (_, i) => i + 1),
    );
  });

  test('a route with more nexthops than the buffer of a dump is listed whole', () => {
    using ns = lab(...span(2, 51));
    const nexthops = span(1, 8191).map((i) => ({ oif: 2 + (i % 50), via: '192.0.2.1', onlink: true }));
    ns.route.add('10.0.0.0/8', { nexthops });
    ns.route.add('11.0.0.0/8', { oif: 2 });
    const routes = ns.route.list();
    expect(routes.map((r) => r.nexthops.length)).toEqual([8191, 1]);
    expect(ns.route.get('10.0.0.0/8')?.nexthops).toHaveLength(8191);
    expect(ns.info(ns.lookupId(0x0a000001))?.nexthops).toHaveLength(8191);
    ns.check();
  });
});
