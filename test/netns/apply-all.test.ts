/**
 * netns/apply-all.test.ts - `ns.applyAll`: all changes or none, byte for byte; and what `ns.apply` believes.
 */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Change, ChangeInput } from '../../src/index.js';
import type { Netns } from '../../src/netns.js';
import { checkedNetns } from '../core/check-build.js';
import { NAMES, step, take, visible } from '../model/steps.js';

let ns: Netns;

beforeEach(() => {
  ({ ns } = checkedNetns());
  ns.link.add({ name: 'eth0', index: 2 });
  ns.address.add('192.0.2.1/24', { dev: 'eth0' });
});

const BAD: ChangeInput = { kind: 'route', op: 'add', route: { dst: '10.0.0.1/8' } };

test('all changes happen, and it is told how many of them changed anything', async () => {
  const watch = ns.watch();
  const route = { dst: '10.0.0.0/8', via: '192.0.2.9', dev: 'eth0' };
  const count = ns.applyAll([
    { kind: 'route', op: 'add', route },
    { kind: 'route', op: 'add', route },
    { kind: 'link', op: 'add', index: 3, name: 'eth1' },
    { kind: 'route', op: 'del', route },
  ]);
  expect(count).toBe(3);
  expect(ns.link.get('eth1')?.index).toBe(3);
  expect((await watch.next()).value).toMatchObject({ kind: 'route', op: 'add' });
  expect((await watch.next()).value).toMatchObject({ kind: 'link', op: 'add' });
  expect((await watch.next()).value).toMatchObject({ kind: 'route', op: 'del' });
});

test('after a refusal all is as before, byte for byte, nobody is told, and it is said which change it was', async () => {
  let told = 0;
  ns.notices.subscribe([1, 5, 7, 8, 32], () => told++);
  const before = ns.save();
  const changes: ChangeInput[] = Array.from({ length: 3000 }, (_, i) => ({
    kind: 'route',
    op: 'add',
    route: { dst: `10.${i >> 8}.${i & 255}.0/24`, dev: `if${10 + (i % 7)}`, metrics: { mtu: 1000 + i } },
  }));
  changes.push(
    { kind: 'link', op: 'add', index: 2, name: 'other' },
    { kind: 'link', op: 'del', index: 10, name: 'if10' },
    { kind: 'rule', op: 'add', rule: { priority: 5 } },
    { kind: 'nexthop', op: 'add', nexthop: { id: 5, dev: 'if11' } },
    { kind: 'address', op: 'del', address: { address: '192.0.2.1/24', dev: 'other' } },
    BAD,
  );
  expect(() => ns.applyAll(changes)).toThrow(/EINVAL: applyAll.*change 3005/);
  await setImmediate();
  expect(told).toBe(0);
  ns.check();
  expect(Buffer.compare(ns.save(), before)).toBe(0);
  expect(ns.link.list().map(({ name }) => name)).toEqual(['lo', 'eth0']);
  ns.route.add('10.0.0.0/8', { dev: 'eth0' });
  ns.link.set('eth0', { name: 'eth9' });
  ns.check();
});

test('without memory for all of them none happens', () => {
  const { ns: small } = checkedNetns({ maxBytes: 1 << 17 });
  const before = small.save();
  const changes = function* (): Generator<ChangeInput> {
    for (let i = 0; ; i++) {
      yield { kind: 'route', op: 'add', route: { dst: `10.${i >> 8}.${i & 255}.0/24`, dev: 'eth0' } };
    }
  };
  expect(() => small.applyAll(changes())).toThrow(/ENOBUFS/);
  small.check();
  expect(Buffer.compare(small.save(), before)).toBe(0);
});

test('an iterable that throws leaves all as it was', () => {
  const before = ns.save();
  const broken = function* (): Generator<ChangeInput> {
    yield { kind: 'route', op: 'add', route: { dst: '10.0.0.0/8', dev: 'eth0' } };
    throw new RangeError('mine');
  };
  expect(() => ns.applyAll(broken())).toThrow(RangeError);
  expect(Buffer.compare(ns.save(), before)).toBe(0);
});

test('any history that a source tells goes in at once or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
      const { ns: source } = checkedNetns();
      const { ns: mirror } = checkedNetns();
      const changes: Change[] = [];
      const done = (async () => {
        for await (const change of source.watch()) changes.push(change);
      })();
      NAMES.forEach((name) => source.link.add({ name }));
      for (const next of steps) take(source, next);
      await setImmediate();
      const before = mirror.save();
      expect(() => mirror.applyAll([...changes, BAD])).toThrow(/EINVAL/);
      mirror.check();
      expect(Buffer.compare(mirror.save(), before)).toBe(0);
      mirror.applyAll(changes);
      mirror.check();
      const routes = (of: Netns): unknown => of.route.list().map(({ flags: _, ...route }) => route.dst);
      expect(routes(mirror)).toEqual(routes(source));
      source.close();
      await done;
      mirror.close();
    }),
    { numRuns: 25, seed: 3 },
  );
});

describe('FIB-127, FIB-131 what is believed of', () => {
  const link = (flags: number): ChangeInput => ({
    kind: 'link',
    op: 'add',
    index: 2,
    name: 'eth0',
    link: { flags, carrier: (flags & 0x10000) !== 0 },
  });
  const via = (dst: string, rest = {}): ChangeInput => ({
    kind: 'route',
    op: 'add',
    route: { dst, via: '192.0.2.9', dev: 'eth0', ...rest },
  });
  const all = (): string[] => ns.route.list({ table: 'main' }).map(({ dst }) => dst);

  test('FIB-125 a link that goes down takes its routes along', () => {
    ns.applyAll([
      via('10.0.0.0/8'),
      { kind: 'route', op: 'add', route: { dst: '11.0.0.0/8', type: 'blackhole' } },
    ]);
    ns.apply(link(0x1002));
    expect(all()).toEqual(['11.0.0.0/8']);
  });

  test('FIB-120 one without carrier keeps them, without nexthop objects', () => {
    ns.applyAll([
      via('10.0.0.0/8'),
      { kind: 'nexthop', op: 'add', nexthop: { id: 5, via: '192.0.2.9', dev: 'eth0' } },
      { kind: 'route', op: 'add', route: { dst: '12.0.0.0/8', nhid: 5 } },
    ]);
    expect(all()).toContain('12.0.0.0/8');
    ns.apply(link(0x1003));
    expect(all()).toEqual(['10.0.0.0/8', '192.0.2.0/24']);
    expect(ns.route.get('10.0.0.0/8')?.flags).toBe(16);
    expect(ns.nexthop.list()).toEqual([]);
    ns.apply(link(0x11043));
    expect(ns.route.get('10.0.0.0/8')?.flags).toBe(0);
  });

  test('FIB-127 the last address takes all routes of its link along', () => {
    ns.apply(via('10.0.0.0/8'));
    ns.apply({ kind: 'address', op: 'add', address: { address: '192.0.2.7/24', index: 2 } });
    expect(ns.address.list().map(({ secondary }) => secondary)).toEqual([false, true]);
    ns.apply({ kind: 'address', op: 'del', address: { address: '192.0.2.1/24', index: 2 } });
    expect(all()).toContain('10.0.0.0/8');
    ns.apply({ kind: 'address', op: 'del', address: { address: '192.0.2.7/24', index: 2 } });
    expect(all()).toEqual([]);
  });

  test('FIB-128 a link that goes takes all along', () => {
    ns.applyAll([via('10.0.0.0/8'), { kind: 'nexthop', op: 'add', nexthop: { id: 5, dev: 'eth0' } }]);
    expect(ns.apply({ kind: 'link', op: 'del', index: 2, name: 'eth0' })).toBe(true);
    expect(ns.apply({ kind: 'link', op: 'del', index: 2, name: 'eth0' })).toBe(false);
    expect([ns.route.list(), ns.nexthop.list(), ns.address.list()]).toEqual([[], [], []]);
  });

  test('CFG-127 a nexthop object that goes takes groups and routes along; members may be told later', () => {
    const group = { id: 9, group: [{ id: 1 }, { id: 2, weight: 3 }] };
    ns.applyAll([
      { kind: 'nexthop', op: 'add', nexthop: group },
      { kind: 'nexthop', op: 'add', nexthop: { id: 1, via: '192.0.2.8', dev: 'eth0' } },
      { kind: 'nexthop', op: 'add', nexthop: { id: 2, via: '192.0.2.9', dev: 'eth0' } },
      { kind: 'route', op: 'add', route: { dst: '10.0.0.0/8', nhid: 9 } },
    ]);
    expect(ns.route.get('10.0.0.0/8')?.nexthops.map(({ via: gateway }) => gateway)).toEqual([
      '192.0.2.8',
      '192.0.2.9',
    ]);
    ns.apply({ kind: 'nexthop', op: 'del', nexthop: { id: 1 } });
    expect(ns.nexthop.get(9)?.group).toEqual([{ id: 2, weight: 3 }]);
    ns.apply({ kind: 'nexthop', op: 'del', nexthop: { id: 2 } });
    expect([all(), ns.nexthop.list()]).toEqual([['192.0.2.0/24'], []]);
    ns.check();
  });

  test.each<unknown>([
    { kind: 'address', op: 'add', address: null },
    { kind: 'address', op: 'add', address: { address: '10.0.0.1/33', index: 2 } },
    { kind: 'address', op: 'add', address: { address: '10.0.0.1/24' } },
    { kind: 'address', op: 'add', address: { address: '10.0.0.1/24', index: -1 } },
    { kind: 'address', op: 'replace', address: { address: '10.0.0.1/24', index: 2 } },
    { kind: 'rule', op: 'add', rule: { priority: -1 } },
    { kind: 'rule', op: 'add', rule: 7 },
    { kind: 'nexthop', op: 'add', nexthop: { dev: 'eth0' } },
    { kind: 'nexthop', op: 'add', nexthop: { id: 1, dev: 'a/b' } },
    { kind: 'nexthop', op: 'add', nexthop: { id: 1, group: [] } },
    { kind: 'nexthop', op: 'add', nexthop: { id: 1, group: [{ id: 1 }] } },
    { kind: 'nexthop', op: 'add', nexthop: { id: 1, group: [{ id: 2 }, { id: 2 }] } },
    { kind: 'nexthop', op: 'add', nexthop: { id: 1, group: [{ id: 2 }], type: 'resilient' } },
    { kind: 'link', op: 'del', index: 1, name: 'lo' },
    { kind: 'link', op: 'add', index: 2, name: 'eth0', link: { mtu: -1 } },
    { kind: 'link', op: 'add', index: 2, name: 'eth0', link: { operstate: 'sleepy' } },
    { kind: 'link', op: 'add', index: 2, name: 'eth0', link: { address: 'xx:00:00:00:00:01' } },
    { kind: 'link', op: 'rename', index: 2, name: 'eth0' },
  ])('what cannot be: %j is EINVAL and changes nothing', (change) => {
    const before = visible(ns);
    expect(() => ns.apply(change as ChangeInput)).toThrow(/EINVAL/);
    ns.check();
    expect(visible(ns)).toEqual(before);
  });
});
