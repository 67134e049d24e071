/**
 * rules/lookup.test.ts - what a lookup gives (FIB-61..78, 85..93, 140..149), by the worked examples and one by one.
 */
import { describe, expect, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import type { Answer } from '../../src/model/flow.js';
import type { Netns } from '../../src/index.js';
import { believe, lab } from '../lab.js';
import { outcome } from '../outcome.js';

/** The tree of FIB-137 before the deletes; every prefix through its own gateway. */
function tree(): Netns {
  const ns = lab(2, 3);
  const prefixes = [
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.1.0/24',
    '10.1.2.0/24',
    '192.168.0.0/16',
    '0.0.0.0/0',
    '10.1.3.0/24',
    '10.1.1.128/25',
  ];
  prefixes.forEach((p, i) => ns.route.add(p, { via: `192.0.2.${i + 1}`, oif: 2, onlink: true }));
  return ns;
}

/** The error that a lookup throws. */
function refusal(ns: Netns, dst: string): FibError<Answer> {
  try {
    ns.lookup(dst);
  } catch (error) {
    if (error instanceof FibError) return error as FibError<Answer>;
  }
  throw new Error(`${dst} was not refused`);
}

describe('worked lookups', () => {
  test.each([
    ['FIB-140', '10.1.1.200', '10.1.1.128/25'],
    ['FIB-141', '10.1.1.5', '10.1.1.0/24'],
    ['FIB-142', '10.1.200.1', '10.1.0.0/16'],
    ['FIB-143', '10.9.0.1', '10.0.0.0/8'],
    ['FIB-144', '11.0.0.1', '0.0.0.0/0'],
    ['FIB-145', '200.0.0.1', '0.0.0.0/0'],
  ])('FIB-62..66, FIB-140..145 %s: %s matches %s', (_, dst, prefix) => {
    using ns = tree();
    expect(ns.lookup(dst).prefix).toBe(prefix);
  });

  test.each(['11.0.0.1', '200.0.0.1'])('FIB-146 without a default %s has no route', (dst) => {
    using ns = tree();
    ns.route.del('default');
    expect(refusal(ns, dst).code).toBe('ENETUNREACH');
    expect(ns.tryLookup(dst)).toBeUndefined();
  });

  test('FIB-147 among host routes only, the first mismatch ends the search', () => {
    using ns = lab(2, 3);
    for (let i = 0; i < 64; i++) ns.route.add({ address: 0x0a000000 + 5 * i, length: 32 }, { oif: 2 });
    expect(ns.lookup('10.0.0.5').prefix).toBe('10.0.0.5/32');
    expect(ns.tryLookup('10.0.0.6')).toBeUndefined();
  });

  test('FIB-149 a tos route matches its own tos only, a route without tos matches any', () => {
    using ns = lab(2, 3);
    ns.route.add('20.0.0.0/8', { via: '10.0.0.6', oif: 2, onlink: true, tos: 0x10 });
    ns.route.add('20.0.0.0/8', { via: '10.0.0.7', oif: 2, onlink: true, tos: 0x08, metric: 9 });
    ns.route.add('20.0.0.0/8', { via: '10.0.0.4', oif: 2, onlink: true });
    const via = (tos: number) => ns.lookup({ dst: '20.0.0.1', tos }).via;
    expect([0x10, 0x08, 0x18, 0].map(via)).toEqual(['10.0.0.6', '10.0.0.7', '10.0.0.4', '10.0.0.4']);
  });
});

describe('the alias test', () => {
  test('FIB-61 an empty table has no route', () => {
    using ns = lab(2, 3);
    expect(ns.lookupId(0)).toBe(0);
    ns.route.add('10.0.0.0/8', { oif: 2 });
    ns.route.del('10.0.0.0/8');
    expect(ns.lookupId(0x0a000001)).toBe(0);
  });

  test('FIB-71 all lengths at one address: each destination gets the longest that covers it', () => {
    using ns = lab(2, 3);
    for (let length = 1; length <= 32; length++) ns.route.add({ address: 0x80000000, length }, { oif: 2 });
    for (let bit = 0; bit < 31; bit++) {
      expect(ns.lookup((0x80000000 + 2 ** bit) >>> 0).prefix).toBe(`128.0.0.0/${31 - bit}`);
    }
    expect(ns.lookup(0x80000000).prefix).toBe('128.0.0.0/32');
    expect(ns.tryLookup(0x7fffffff)).toBeUndefined();
  });

  test('FIB-72 of a flow the bits 0x1c are looked at, so that a route with others is never taken', () => {
    using ns = lab(2, 3);
    ns.route.add('20.0.0.0/8', { via: '10.0.0.6', oif: 2, onlink: true, tos: 0x10 });
    ns.route.add('20.0.0.0/8', { via: '10.0.0.7', oif: 2, onlink: true, tos: 0x30 });
    for (const tos of [0x10, 0x13, 0x30, 0xf0]) {
      expect(ns.lookup({ dst: '20.0.0.1', tos }).via).toBe('10.0.0.6');
    }
  });

  test('FIB-74 a route wider than the scope floor is passed over', () => {
    using ns = lab(2, 3);
    ns.route.add('20.0.0.0/8', { via: '10.0.0.9', oif: 2, onlink: true });
    ns.route.add('0.0.0.0/0', { oif: 3 });
    expect(ns.lookup({ dst: '20.0.0.1', scope: 253 }).prefix).toBe('0.0.0.0/0');
    expect(ns.tryLookup({ dst: '20.0.0.1', scope: 254 })).toBeUndefined();
  });

  test('FIB-68 exact operations look at one prefix alone, never at a shorter one', () => {
    using ns = tree();
    const before = ns.route.list();
    for (const prefix of ['10.1.0.0/17', '10.1.1.0/25', '10.1.1.129/32', '10.1.200.0/24', '11.0.0.0/8']) {
      expect(ns.tryLookup(prefix.split('/')[0]!)).toBeDefined(); // a shorter one is there
      expect(ns.route.get(prefix)).toBeUndefined();
      expect(outcome(() => ns.route.del(prefix))).toBe('ESRCH');
      expect(outcome(() => ns.route.change(prefix, { oif: 3 }))).toBe('ENOENT');
    }
    expect(ns.route.list()).toEqual(before);
  });

  test('FIB-73 what left the tables is not found any more, by no lookup and no id', () => {
    using ns = lab(2, 3);
    ns.route.add('20.0.0.0/8', { oif: 3 });
    ns.route.add('20.0.0.0/16', { via: '192.0.2.1', oif: 2, onlink: true });
    const { id } = ns.lookup('20.0.0.1');
    ns.route.del('20.0.0.0/16');
    expect(ns.lookup('20.0.0.1').prefix).toBe('20.0.0.0/8');
    expect(ns.lookupId(0x14000001)).not.toBe(id);
    expect(ns.info(id)).toBeUndefined();
  });

  test('FIB-75 a type that carries an error ends the search: neither the next alias nor a shorter prefix is asked', () => {
    using ns = lab(2, 3);
    ns.route.add('20.0.0.0/8', { oif: 3 });
    ns.route.add('20.0.0.0/16', { via: '192.0.2.1', oif: 2, onlink: true });
    for (const [type, code] of [
      ['unreachable', 'EHOSTUNREACH'],
      ['throw', 'EAGAIN'],
    ] as const) {
      ns.route.prepend('20.0.0.0/16', { type });
      expect(outcome(() => ns.lookup({ dst: '20.0.0.1', table: 'main' }))).toBe(code);
      ns.route.del('20.0.0.0/16', { type });
    }
    expect(ns.lookup('20.0.0.1').via).toBe('192.0.2.1');
  });

  test('FIB-77 the first acceptable nexthop in order, else the next alias, else a shorter prefix', () => {
    using ns = lab(3, 4, 5, 6);
    ns.route.add('20.0.0.0/8', { oif: 6 });
    ns.route.add('20.0.0.0/16', { nexthops: [{ oif: 3 }, { oif: 4 }, { oif: 5 }] });
    ns.route.append('20.0.0.0/16', { via: '192.0.2.1', oif: 6, onlink: true });
    const to = (oif: number) => ns.lookup({ dst: '20.0.0.1', oif });
    ns.link.set('eth3', { up: false });
    ns.link.set('eth4', { up: false });
    expect(ns.lookup('20.0.0.1')).toMatchObject({ prefix: '20.0.0.0/16', oif: 5 });
    ns.link.set('eth4', { up: true });
    expect(to(4)).toMatchObject({ prefix: '20.0.0.0/16', oif: 4 });
    expect(to(5)).toMatchObject({ prefix: '20.0.0.0/16', oif: 5 });
    expect(to(6)).toMatchObject({ prefix: '20.0.0.0/16', via: '192.0.2.1', oif: 6 });
    ns.route.del('20.0.0.0/16', { via: '192.0.2.1' });
    expect(to(6)).toMatchObject({ prefix: '20.0.0.0/8', oif: 6 });
  });

  test('FIB-90 a larger scope is narrower: a flow takes routes of its own scope and of narrower ones', () => {
    using ns = lab(3);
    for (const scope of [0, 200, 253, 254, 255]) {
      believe(ns, '30.0.0.0/8', { nexthops: [{ oif: 3 }], scope }); // no door but this one takes scope 255
      for (const floor of [0, 1, 200, 253, 254, 255]) {
        expect(ns.tryLookup({ dst: '30.0.0.1', scope: floor }) !== undefined).toBe(scope >= floor);
      }
      ns.route.del('30.0.0.0/8');
    }
  });

  test('FIB-76, FIB-80 a dead route is passed over, and a dead nexthop too', () => {
    using ns = lab(3, 4, 5);
    believe(ns, '20.0.0.0/8', { nexthops: [{ oif: 3 }] });
    believe(ns, '20.0.0.0/16', { nexthops: [{ oif: 4, flags: 1 }, { oif: 5 }] });
    believe(ns, '20.0.0.0/24', { nexthops: [{ oif: 4, flags: 1 }] });
    expect(ns.lookup('20.0.0.1')).toMatchObject({ prefix: '20.0.0.0/16', oif: 5 });
    expect(ns.lookup('20.1.0.1')).toMatchObject({ prefix: '20.0.0.0/8', oif: 3 });
  });

  test('FIB-80 a flow with an oif takes a nexthop through it, or a shorter prefix', () => {
    using ns = lab(3, 4, 5);
    ns.route.add('20.0.0.0/8', { oif: 3 });
    ns.route.add('20.0.0.0/16', { nexthops: [{ oif: 4 }, { oif: 5 }] });
    const to = (oif: string | number) => ns.lookup({ dst: '20.0.0.1', oif });
    expect(to(5)).toMatchObject({ prefix: '20.0.0.0/16', oif: 5 });
    expect(to('eth4')).toMatchObject({ prefix: '20.0.0.0/16', oif: 4 });
    expect(to(3)).toMatchObject({ prefix: '20.0.0.0/8', oif: 3 });
    expect(ns.tryLookup({ dst: '20.0.0.1', oif: 6 })).toBeUndefined();
  });
});

describe('route types', () => {
  test.each([
    ['blackhole', 'EINVAL'],
    ['unreachable', 'EHOSTUNREACH'],
    ['prohibit', 'EACCES'],
  ] as const)('FIB-85 %s rejects with %s and names the route', (type, code) => {
    using ns = lab(2, 3);
    ns.route.add('52.0.0.0/8', { type });
    ns.route.add('0.0.0.0/0', { oif: 2 });
    const error = refusal(ns, '52.0.0.1');
    expect(error.code).toBe(code);
    expect(error.route).toMatchObject({ type, prefix: '52.0.0.0/8' });
    expect(ns.tryLookup('52.0.0.1')).toBeUndefined();
    expect(ns.info(ns.lookupId(0x34000001))).toMatchObject({ type, nexthops: [] });
  });

  test('FIB-86 a rejecting route hides shorter ones; throw skips the rest of its table only', () => {
    using ns = lab(2, 3);
    ns.route.add('0.0.0.0/0', { oif: 2 });
    ns.route.add('54.0.0.0/8', { type: 'throw' });
    expect(refusal(ns, '54.0.0.1').code).toBe('ENETUNREACH');
    expect(ns.lookupId(0x36000001)).toBe(0);
    ns.route.add('54.0.0.0/8', { via: '192.0.2.1', oif: 3, onlink: true, table: 'default' });
    expect(ns.lookup('54.0.0.1')).toMatchObject({ table: 253, via: '192.0.2.1' });
  });

  test.each(['unicast', 'local', 'broadcast', 'anycast', 'multicast'] as const)(
    'FIB-85 %s is an answer',
    (type) => {
      using ns = lab(2, 3);
      ns.route.add('224.0.0.0/4', { type, oif: 2, table: 'main' });
      expect(ns.lookup('224.0.0.5').type).toBe(type);
    },
  );

  test('FIB-150 a default of the lowest metric wins over an unreachable one behind it', () => {
    using ns = lab(2, 3);
    ns.route.add('default', { type: 'unreachable', metric: 4294967295 });
    ns.route.add('default', { via: '192.0.2.1', oif: 2, onlink: true });
    expect(ns.lookup('8.8.8.8').via).toBe('192.0.2.1');
    ns.link.set('eth2', { up: false });
    expect(refusal(ns, '8.8.8.8').code).toBe('EHOSTUNREACH');
  });
});
