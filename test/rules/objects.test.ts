/**
 * rules/objects.test.ts - what a route is made of (FIB-15..20, FIB-119), as it can be seen from outside.
 */
import { describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';
import { METRICS, type Metrics } from '../../src/model/route.js';
import { believe, lab } from '../lab.js';

describe('leaf, alias, info, nexthop', () => {
  test('FIB-15, FIB-16 prefixes at one address are aliases of one leaf, and share what else they agree in', () => {
    using ns = lab(2);
    const path = { via: '192.0.2.1', oif: 2, onlink: true };
    for (const length of [8, 16, 24, 32]) ns.route.add({ address: 0x14000000, length }, path);
    const { trie, arena } = ns.stats();
    expect(trie).toMatchObject({ leaves: 1, prefixes: 4, tnodes: 0 });
    expect(arena.info.blocks).toBe(1);
    expect(ns.route.list().map((r) => r.dst)).toEqual([
      '20.0.0.0/32',
      '20.0.0.0/24',
      '20.0.0.0/16',
      '20.0.0.0/8',
    ]);
    ns.check(); // A2: the leaf's slen is that of the /8
    ns.route.add('21.0.0.0/8', path);
    expect(ns.stats().trie.leaves).toBe(2);
    expect(ns.stats().arena.info.blocks).toBe(1);
  });

  test('FIB-18..20 every field of alias, info and nexthop comes back as it was given', () => {
    using ns = Netns.create();
    const paths = [
      { via: '192.0.2.1', oif: 2, weight: 1, flags: 4, realm: 0x00030004 },
      { via: 'fe80::1', oif: 3, weight: 256, flags: 0 },
    ];
    ns.link.add({ name: 'eth0', index: 2 });
    ns.link.add({ name: 'eth1', index: 3 });
    const shared = {
      type: 'unicast',
      table: 0xdeadbeef,
      metric: 4294967295,
      protocol: 186,
      scope: 200,
    } as const;
    const more = { flags: 0x100, prefsrc: '10.0.0.1', metrics: { mtu: 1400 }, nhid: 0xfffffffe };
    believe(ns, '20.4.0.0/14', { tos: 0x10, ...shared, ...more, nexthops: paths });
    expect(ns.route.list()).toEqual([
      {
        family: 2,
        dst: '20.4.0.0/14',
        tos: 0x10,
        ...shared,
        ...more,
        nexthops: [
          { ...paths[0], dev: 'eth0' },
          { ...paths[1], dev: 'eth1' },
        ],
      },
    ]);
    ns.check();
  });
});

test('CFG-63, CFG-64, CFG-160 metrics of a new route are cut down to what makes sense, those of a source are not', () => {
  using ns = lab(2);
  const metrics = { mtu: 70000, advmss: 70000, hoplimit: 300, features: 1 };
  ns.route.add('20.0.0.0/8', { oif: 2, metrics });
  expect(ns.route.get('20.0.0.0/8')?.metrics).toEqual({
    mtu: 65520,
    advmss: 65495,
    hoplimit: 255,
    features: 1,
  });
  believe(ns, '20.0.0.0/8', { nexthops: [{ oif: 2 }], metrics }, 'replace');
  expect(ns.route.get('20.0.0.0/8')?.metrics).toEqual(metrics);
  expect(() => ns.route.add('21.0.0.0/8', { oif: 2, metrics: { features: 0xff } })).toThrow(
    /EINVAL.*Unknown flag set in feature mask in metrics attribute/,
  );
});

test('FIB-119 metric words are kept as given, the lock mask among them; zero words are absent', () => {
  using ns = lab(2);
  const metrics = Object.fromEntries(METRICS.map((name, i) => [name, 0xffffffff - i])) as Metrics;
  believe(ns, '20.0.0.0/8', { nexthops: [{ oif: 2 }], metrics });
  ns.route.add('21.0.0.0/8', { oif: 2, metrics: { mtu: 1400, window: 0, lock: 1 << 2 } });
  ns.route.add('22.0.0.0/8', { oif: 2, metrics: { mtu: 0 } });
  const [all, some, none] = ns.route.list();
  expect(all!.metrics).toEqual(metrics);
  expect(some!.metrics).toEqual({ lock: 4, mtu: 1400 });
  expect(none).not.toHaveProperty('metrics');
  expect(ns.info(ns.lookupId(0x15000001))!.metrics).toEqual({ lock: 4, mtu: 1400 });
});
