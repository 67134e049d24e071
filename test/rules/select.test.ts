/**
 * rules/select.test.ts - which of several paths a flow takes (FIB-78, 95..105, MPH-1..9, 27..36): flows whose path a
 * kernel told, and what else has a say beside the hash.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Flow, Netns } from '../../src/index.js';
import { lab, span } from '../lab.js';

const SYSCTL = 'net.ipv4.fib_multipath_hash_';
const SEED = 24301;

/** Paths 0..3 over eth2..eth5, weights 1, 2, 3, 1; path N has the source 10.N+1.0.1; 10.99.0.1 is on eth9. */
let ns: Netns;

beforeEach(() => {
  ns = lab(2, 3, 4, 5, 9);
  for (const i of [1, 2, 3, 4]) ns.address.add(`10.${i}.0.1/24`, { dev: `eth${i + 1}` });
  ns.address.add('10.99.0.1/24', { dev: 'eth9' });
  ns.route.add('20.0.0.0/8', { nexthops: [1, 2, 3, 1].map((weight, i) => ({ oif: 2 + i, weight })) });
  ns.sysctl.set(`${SYSCTL}seed`, SEED);
});

/** Index of the path that a flow takes. */
const path = (flow: Flow) => ns.lookup(flow).oif! - 2;

/** Pulls the plug of a link or puts it in again, and waits until that is known everywhere. */
function plugged(link: string, carrier: boolean): void {
  ns.link.set(link, { carrier });
  ns.advance(1000);
}

/** The paths that 200 neighbours take, the source and the interface given. */
function spread(more: Partial<Flow> = {}): number[] {
  return [...new Set(span(1, 200).map((n) => path({ dst: 0x14000000 + n, ...more })))].sort();
}

/**
 *  policy seed fields way src dst proto ports path; `get` asks without, `in` with an input interface, `packet` and
 *  `socket` are no questions at all.
 */
const FLOWS = `
  0 1          7    get    -            20.0.0.1       - 0>0        2
  0 24301      7    get    -            20.1.2.3       - 0>0        2
  0 305419896  7    get    10.99.0.1    20.255.255.254 - 0>0        0
  0 24301      7    get    10.2.0.1     20.7.0.9       - 0>0        1
  0 4294967295 7    in     192.0.2.7    20.0.0.9       - 0>0        1
  0 24301      7    in     10.100.3.4   20.0.0.9       - 0>0        1
  0 24301      7    get    -            20.1.2.3       6 1000>80    2
  0 2147483648 7    get    10.99.0.1    20.9.8.7       - 0>0        2
  0 24301      7    socket 10.99.0.1    20.1.2.3       17 5000>53   1
  0 24301      7    packet 198.51.100.9 20.4.4.4       6 1>2        1
  1 1          7    get    -            20.0.0.1       - 0>0        2
  1 24301      7    get    -            20.1.2.3       - 0>0        1
  1 305419896  7    get    10.99.0.1    20.255.255.254 - 0>0        3
  1 24301      7    get    10.2.0.1     20.7.0.9       - 0>0        1
  1 4294967295 7    in     192.0.2.7    20.0.0.9       - 0>0        2
  1 24301      7    get    10.99.0.1    20.1.2.3       6 1000>80    3
  1 24301      7    get    10.99.0.1    20.1.2.3       6 80>1000    3
  1 24301      7    get    10.99.0.1    20.1.2.3       17 255>256   2
  1 24301      7    get    10.99.0.1    20.1.2.3       1 7>9        0
  1 24301      7    in     192.0.2.7    20.1.2.3       17 33434>53  3
  1 24301      7    in     192.0.2.7    20.1.2.3       - 33434>0    2
  1 24301      7    socket 10.99.0.1    20.1.2.3       17 5000>53   0
  2 24301      7    get    10.99.0.1    20.1.2.3       6 1000>80    1
`;

test.each(
  FLOWS.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)),
)(
  'MPH-1, MPH-6, MPH-7, MPH-9, MPH-21 policy %s seed %s fields %s %s %s -> %s %s %s takes path %s',
  (...row) => {
    const [policy, seed, fields, way, src, dst, proto, ports, wanted] = row as [string, ...string[]];
    for (const [name, value] of Object.entries({ policy, seed, fields }))
      ns.sysctl.set(SYSCTL + name, Number(value));
    const [sport, dport] = ports!.split('>').map(Number) as [number, number];
    const form = way === 'socket' || way === 'packet' ? way : 'query';
    const flow: Flow = {
      dst: dst!,
      form,
      ...(src !== '-' && { src: src! }),
      ...(proto !== '-' && { ipproto: Number(proto) }),
      ...((sport !== 0 || dport !== 0) && { sport, dport }),
      ...((way === 'in' || way === 'packet') && { iif: 'eth9' }),
    };
    expect(path(flow)).toBe(Number(wanted));
  },
);

describe('what the hash has no say in', () => {
  test('FIB-95, MPH-3 a flow with an oif takes the first path there', () => {
    for (const i of [0, 1, 2, 3]) expect(spread({ oif: 2 + i })).toEqual([i]);
    ns.route.append('20.0.0.0/24', { nexthops: [{ via: '10.1.0.8' }, { via: '10.1.0.9' }] });
    expect(ns.lookup({ dst: '20.0.0.1', oif: 2 }).via).toBe('10.1.0.8');
  });

  test('MPH-5 mark, tos, user and input interface do not count', () => {
    for (const more of [{ mark: 7 }, { tos: 0x10 }, { uid: 99 }, { iif: 'eth9' }]) {
      expect(path({ dst: '20.1.2.3', ...more })).toBe(path({ dst: '20.1.2.3' }));
    }
  });

  test('FIB-103 with one usable path there is no choice', () => {
    for (const link of ['eth2', 'eth4', 'eth5']) ns.link.set(link, { up: false });
    expect(spread()).toEqual([1]);
  });

  test('FIB-100, MPH-29 who sends from the source of a path takes that path; another source is as none', () => {
    expect(spread()).toEqual([0, 1, 2, 3]);
    for (const i of [0, 1, 2, 3]) expect(spread({ src: `10.${i + 1}.0.1` })).toEqual([i]);
    expect(spread({ src: '10.99.0.1' })).toEqual([0, 1, 2, 3]);
  });

  test('MPH-29 of several paths with that source the hash chooses, or the first of them is taken', () => {
    ns.route.replace('20.0.0.0/8', { nexthops: [{ oif: 3 }, { oif: 2 }, { via: '10.1.0.9' }, { oif: 4 }] });
    const taken = span(1, 200).map((n) => ns.lookup({ dst: 0x14000000 + n, src: '10.1.0.1' }));
    expect(new Set(taken.map(({ oif }) => oif))).toEqual(new Set([2]));
    expect(new Set(taken.map(({ via }) => via))).toEqual(new Set([undefined, '10.1.0.9']));
  });

  test('MPH-31 the source of a path is found anew when a packet without source goes there', () => {
    ns.address.add('10.1.9.2/24', { dev: 'eth2' });
    ns.address.del('10.1.0.1/24', { dev: 'eth2' });
    expect(spread({ src: '10.1.9.2' })).toEqual([0, 1, 2, 3]);
    expect(spread({ src: '10.1.0.1' })).toEqual([0]);
    for (const n of span(1, 200)) ns.route.output(0x14000000 + n);
    expect(spread({ src: '10.1.9.2' })).toEqual([0]);
    expect(spread({ src: '10.1.0.1' })).toEqual([0, 1, 2, 3]);
  });

  test('MPH-30 what is forwarded has no preference', () => {
    expect(spread({ src: '10.1.0.1', iif: 'eth9' })).toEqual([0, 1, 2, 3]);
  });
});

describe('bounds', () => {
  test('FIB-96, FIB-99, MPH-27 the first path whose bound the hash does not exceed', () => {
    // The flow to 20.1.2.3 has the hash 0x62ed9db4, which is 0.77293 of all.
    for (const [weights, chosen] of [
      [[1, 1], 1],
      [[4, 1], 0],
      [[17, 5], 1],
      [[75, 22], 0],
      [[1, 256], 1],
      [[1, 1, 1, 1], 3],
    ] as const) {
      ns.route.replace('20.0.0.0/8', { nexthops: weights.map((weight, i) => ({ oif: 2 + i, weight })) });
      expect(path({ dst: '20.1.2.3' }), String(weights)).toBe(chosen);
    }
  });

  test('FIB-104 a weight is 1 to 256', () => {
    for (const weight of [0, 257]) {
      expect(() => ns.route.add('21.0.0.0/8', { nexthops: [{ oif: 2 }, { oif: 3, weight }] })).toThrow(
        /EINVAL/,
      );
    }
    ns.route.add('21.0.0.0/8', { nexthops: [{ oif: 2 }, { oif: 3, weight: 256 }] });
    expect(ns.route.get('21.0.0.0/8')?.nexthops.map(({ weight }) => weight)).toEqual([1, 256]);
  });

  test('MPH-28 they are made when a path changes, not when a sysctl does', () => {
    plugged('eth4', false);
    expect(spread()).toEqual([0, 1, 2, 3]);
    ns.sysctl.set('net.ipv4.conf.all.ignore_routes_with_linkdown', 1);
    expect(spread()).toEqual([0, 1, 2, 3]);
    plugged('eth5', false);
    expect(spread()).toEqual([0, 1]);
    ns.sysctl.set('net.ipv4.conf.all.ignore_routes_with_linkdown', 0);
    expect(spread()).toEqual([0, 1]);
    plugged('eth5', true);
    expect(spread()).toEqual([0, 1, 2, 3]);
  });
});

describe('nexthop objects', () => {
  beforeEach(() => {
    for (const i of [1, 2, 3]) ns.nexthop.add({ id: i, via: `10.${i}.0.9`, dev: `eth${i + 1}` });
  });

  test('FIB-105, MPH-33 a group by weights up to 65535, whatever the source', () => {
    ns.nexthop.add({ id: 9, group: [1, 2, 3].map((id) => ({ id, weight: id === 1 ? 3 : 1 })) });
    ns.route.replace('20.0.0.0/8', { nhid: 9 });
    expect(path({ dst: '20.1.2.3' })).toBe(1);
    expect(spread({ src: '10.1.0.1' })).toEqual([0, 1, 2]);
    ns.nexthop.replace({ id: 9, group: [{ id: 2, weight: 65535 }, { id: 3 }] });
    expect(spread()).toEqual([1]);
  });

  test('MPH-34 a member that goes is none, and does not come back with its link', () => {
    ns.nexthop.add({ id: 9, group: [1, 2, 3].map((id) => ({ id })) });
    ns.route.replace('20.0.0.0/8', { nhid: 9 });
    expect(spread()).toEqual([0, 1, 2]);
    plugged('eth3', false);
    expect(spread()).toEqual([0, 2]);
    plugged('eth3', true);
    expect(spread()).toEqual([0, 2]);
  });

  test('FIB-106, MPH-35 a resilient group by buckets', () => {
    ns.nexthop.add({
      id: 9,
      type: 'resilient',
      buckets: 8,
      group: [{ id: 1 }, { id: 2, weight: 2 }, { id: 3 }],
    });
    ns.route.replace('20.0.0.0/8', { nhid: 9 });
    // 8 buckets: 3 3 2 2 2 2 1 1 (MPH-36); the hash of 20.1.2.3 is 4 modulo 8.
    expect(path({ dst: '20.1.2.3' })).toBe(1);
    expect(spread()).toEqual([0, 1, 2]);
  });

  test('FIB-78 a blackhole object rejects; a leaf whose object has no usable path is left, later aliases or not', () => {
    ns.link.set('lo', { up: true });
    ns.nexthop.add({ id: 4, blackhole: true });
    ns.route.add('20.1.0.0/16', { nhid: 4 });
    expect(() => ns.lookup('20.1.2.3')).toThrow(/EINVAL/);
    ns.route.replace('20.1.0.0/16', { nhid: 1 });
    ns.route.append('20.1.0.0/16', { dev: 'eth3' });
    plugged('eth2', true);
    expect(ns.lookup({ dst: '20.1.2.3', oif: 2 }).prefix).toBe('20.1.0.0/16');
    expect(ns.lookup({ dst: '20.1.2.3', oif: 3 }).prefix).toBe('20.0.0.0/8');
  });
});
