/**
 * rules/events.test.ts - what becomes of routes when links and addresses come and go (FIB-82, 83, 88, 120..128, 131..134),
 * and the worked sequences about it (CFG-150..155).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Netns } from '../../src/index.js';
import { lab } from '../lab.js';

const DEAD = 1;
const LINKDOWN = 16;

/** eth3 with 10.0.0.1/24, eth5 with 10.0.1.1/24: v0 and v2 of the worked sequences. */
let ns: Netns;

beforeEach(() => {
  ns = lab(3, 5);
  ns.address.add('10.0.0.1/24', { dev: 'eth3', broadcast: '10.0.0.255' });
  ns.address.add('10.0.1.1/24', { dev: 'eth5', broadcast: '10.0.1.255' });
});

/** Pulls the plug of a link or puts it in again, and waits until that is known everywhere. */
function plugged(link: string, carrier: boolean): void {
  ns.link.set(link, { carrier });
  ns.advance(1000);
}

/** Prefixes of a table, with the flags of the nexthops where any has some. */
function listed(table: 'main' | 'local' | number): string[] {
  ns.check();
  return ns.route.list({ table }).map(({ dst, nexthops }) => {
    const flags = nexthops.map((hop) => hop.flags ?? 0);
    return flags.some((f) => f !== 0) ? `${dst} ${flags.join(' ')}` : dst;
  });
}

const both = { nexthops: [{ via: '10.0.0.9' }, { via: '10.0.1.9', weight: 3 }] };

describe('carrier', () => {
  beforeEach(() => {
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    ns.route.add('34.0.0.0/8', both);
  });

  test('FIB-120, FIB-121 lost, all nexthops but those of local routes are linkdown; back, they are not', () => {
    const before = [listed('main'), listed('local')];
    plugged('eth3', false);
    expect(listed('main')).toEqual(['10.0.0.0/24 16', '10.0.1.0/24', '32.0.0.0/8 16', '34.0.0.0/8 16 0']);
    expect(listed('local')).toEqual(['10.0.0.1/32', '10.0.0.255/32 16', '10.0.1.1/32', '10.0.1.255/32']);
    expect(ns.route.get('32.0.0.0/8')?.flags).toBe(LINKDOWN);
    plugged('eth3', true);
    expect([listed('main'), listed('local')]).toEqual(before);
    expect(ns.route.get('32.0.0.0/8')?.flags).toBe(0);
  });

  test('FIB-120, FIB-121 a route of several nexthops is linkdown as well when one event takes them all', () => {
    ns.route.add('36.0.0.0/8', { nexthops: [{ via: '10.0.0.9' }, { via: '10.0.0.8' }] });
    plugged('eth3', false);
    const flags = () => ['34.0.0.0/8', '36.0.0.0/8'].map((dst) => ns.route.get(dst)?.flags);
    expect(flags()).toEqual([0, LINKDOWN]);
    plugged('eth5', false);
    expect(flags()).toEqual([0, LINKDOWN]); // one by one is not at once
    plugged('eth3', true);
    expect(flags()).toEqual([0, 0]);
    plugged('eth5', true);
    ns.link.set('eth5', { up: false });
    plugged('eth3', false);
    expect(flags()).toEqual([LINKDOWN, LINKDOWN]); // the other one is dead
    plugged('eth3', true);
    expect(flags()).toEqual([0, 0]);
  });

  test('FIB-82, FIB-83 such nexthops are used as before, unless they are to be ignored', () => {
    plugged('eth3', false);
    expect(ns.lookup('32.0.0.1').via).toBe('10.0.0.9');
    for (const where of ['eth3', 'all']) {
      const key = `net.ipv4.conf.${where}.ignore_routes_with_linkdown`;
      ns.sysctl.set(key, 1);
      expect(ns.tryLookup('32.0.0.1')).toBeUndefined();
      expect(ns.lookup({ dst: '34.0.0.1', oif: 'eth5' }).via).toBe('10.0.1.9');
      expect(ns.tryLookup({ dst: '34.0.0.1', oif: 'eth3' })).toBeUndefined();
      expect(ns.lookup('10.0.0.1').type).toBe('local');
      ns.sysctl.set(key, 0);
    }
    expect(ns.lookup('32.0.0.1').via).toBe('10.0.0.9');
  });

  test('FIB-134 the shares of the paths are made anew: none for one that is ignored', () => {
    const paths = () => new Set(Array.from({ length: 64 }, (_, i) => ns.lookup(0x22000000 + i).oif));
    expect(paths()).toEqual(new Set([3, 5]));
    ns.sysctl.set('net.ipv4.conf.all.ignore_routes_with_linkdown', 1);
    plugged('eth3', false);
    expect(paths()).toEqual(new Set([5]));
    plugged('eth3', true);
    expect(paths()).toEqual(new Set([3, 5]));
  });
});

describe('down and up', () => {
  test('FIB-122..126, CFG-152 down takes all routes but local ones and those with another way; up brings back its own', () => {
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    ns.route.add('33.0.0.0/8', { dev: 'eth3', table: 100 });
    ns.route.add('34.0.0.0/8', both);
    ns.route.add('35.0.0.0/8', { type: 'blackhole' });
    ns.link.set('eth3', { up: false });
    expect(listed('main')).toEqual(['10.0.1.0/24', `34.0.0.0/8 ${DEAD | LINKDOWN} 0`, '35.0.0.0/8']);
    expect(listed('local')).toEqual(['10.0.0.1/32', '10.0.1.1/32', '10.0.1.255/32']);
    expect(listed(100)).toEqual([]);
    expect(ns.lookup('10.0.0.1').type).toBe('local');
    ns.address.add('10.0.3.1/24', { dev: 'eth3', broadcast: '10.0.3.255' });
    expect(listed('local')).toEqual(['10.0.0.1/32', '10.0.1.1/32', '10.0.1.255/32', '10.0.3.1/32']);
    ns.link.set('eth3', { up: true });
    expect(listed('main')).toEqual(['10.0.0.0/24', '10.0.1.0/24', '10.0.3.0/24', '34.0.0.0/8', '35.0.0.0/8']);
    expect(listed('local')).toEqual([
      ...['10.0.0.1/32', '10.0.0.255/32', '10.0.1.1/32', '10.0.1.255/32', '10.0.3.1/32', '10.0.3.255/32'],
    ]);
  });

  test('FIB-122 a route whose nexthops are all dead is gone, one by one', () => {
    ns.route.add('34.0.0.0/8', both);
    ns.link.set('eth3', { up: false });
    ns.link.set('eth5', { up: false });
    expect(listed('main')).toEqual([]);
    expect(ns.stats().arena.info.blocks).toBe(2); // the local routes
  });

  test('FIB-88, FIB-133 routes of types that reject are never flushed', () => {
    ns.route.add('35.0.0.0/8', { type: 'blackhole' });
    ns.route.add('36.0.0.0/8', { type: 'unreachable', table: 100, prefsrc: '10.0.0.1' });
    for (const link of ['eth3', 'eth5']) ns.link.del(link);
    expect([listed('main'), listed(100)]).toEqual([['35.0.0.0/8'], ['36.0.0.0/8']]);
  });

  test('FIB-128, CFG-153 a link that goes takes along routes that have another way', () => {
    ns.route.add('34.0.0.0/8', both);
    ns.route.add('35.0.0.0/8', { dev: 'eth3' });
    ns.link.del('eth5');
    expect(listed('main')).toEqual(['10.0.0.0/24', '35.0.0.0/8']);
    expect(listed('local')).toEqual(['10.0.0.1/32', '10.0.0.255/32']);
    expect(ns.address.list().map(({ address }) => address)).toEqual(['10.0.0.1/24']);
  });
});

describe('addresses', () => {
  test('FIB-127 with its last address a link loses all routes through it', () => {
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    ns.route.add('34.0.0.0/8', both);
    ns.route.add('10.9.9.9/32', { type: 'local', dev: 'eth3' });
    ns.address.add('10.0.3.1/24', { dev: 'eth3' });
    ns.address.del('10.0.0.1/24', { dev: 'eth3' });
    expect(listed('main')).toEqual(['10.0.1.0/24', '10.0.3.0/24', '32.0.0.0/8', '34.0.0.0/8']);
    ns.address.del('10.0.3.1/24', { dev: 'eth3' });
    expect(listed('main')).toEqual(['10.0.1.0/24', `34.0.0.0/8 ${DEAD | LINKDOWN} 0`]);
    expect(listed('local')).toEqual(['10.0.1.1/32', '10.0.1.255/32']);
  });

  test('FIB-132, CFG-150 with an address that is ours no more go the routes of main that prefer it', () => {
    ns.address.add('10.0.0.2/24', { dev: 'eth3' });
    ns.address.add('10.0.0.3/24', { dev: 'eth3', broadcast: '10.0.0.254' });
    ns.route.add('30.0.0.0/8', { dev: 'eth3', prefsrc: '10.0.0.2' });
    ns.route.add('30.0.0.0/8', { dev: 'eth5', prefsrc: '10.0.0.2', table: 100 });
    ns.route.add('31.0.0.0/8', { via: '10.0.1.9', prefsrc: '10.0.0.1' });
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    ns.address.del('10.0.0.2/24', { dev: 'eth3' });
    expect(listed('main')).toEqual(['10.0.0.0/24', '10.0.1.0/24', '31.0.0.0/8', '32.0.0.0/8']);
    expect(listed(100)).toEqual(['30.0.0.0/8']);
    ns.address.del('10.0.0.1/24', { dev: 'eth3' });
    expect(listed('main')).toEqual(['10.0.1.0/24']);
  });

  test('FIB-132 an address that another link has too stays ours', () => {
    ns.address.add('10.0.0.1/32', { dev: 'eth5' });
    ns.route.add('31.0.0.0/8', { via: '10.0.1.9', prefsrc: '10.0.0.1' });
    ns.address.del('10.0.0.1/24', { dev: 'eth3' });
    expect(listed('main')).toEqual(['10.0.1.0/24', '31.0.0.0/8']);
  });
});

describe('nexthop objects', () => {
  beforeEach(() => {
    ns.link.set('lo', { up: true }); // a blackhole stands on it
    ns.nexthop.add({ id: 1, via: '10.0.0.9', dev: 'eth3' });
    ns.nexthop.add({ id: 2, via: '10.0.1.9', dev: 'eth5' });
    ns.nexthop.add({ id: 3, blackhole: true });
    ns.nexthop.add({ id: 100, group: [{ id: 1 }, { id: 2, weight: 4 }] });
    ns.route.add('80.0.0.0/8', { nhid: 1 });
    ns.route.add('81.0.0.0/8', { nhid: 100 });
    ns.route.add('82.0.0.0/8', { nhid: 3 });
  });

  test('CFG-154 another definition is another path; a member that goes leaves its group, with the last the group goes', () => {
    ns.nexthop.replace({ id: 1, via: '10.0.0.33', dev: 'eth3' });
    expect(ns.lookup('80.0.0.1').via).toBe('10.0.0.33');
    expect(ns.route.get('81.0.0.0/8')?.nexthops.map(({ via }) => via)).toEqual(['10.0.0.33', '10.0.1.9']);
    ns.nexthop.del(2);
    expect(ns.route.get('81.0.0.0/8')?.nexthops.map(({ via }) => via)).toEqual(['10.0.0.33']);
    ns.nexthop.del(1);
    expect(listed('main')).toEqual(['10.0.0.0/24', '10.0.1.0/24', '82.0.0.0/8']);
    expect(ns.nexthop.list().map(({ id }) => id)).toEqual([3]);
  });

  test.each([
    ['carrier lost', { carrier: false }],
    ['down', { up: false }],
  ] as const)('FIB-131, CFG-155 %s takes the objects of a link and the routes that use them', (_, change) => {
    ns.link.set('eth3', change);
    ns.advance(1000);
    expect(ns.nexthop.list().map(({ id }) => id)).toEqual([2, 3, 100]);
    expect(ns.tryLookup('80.0.0.1')).toBeUndefined();
    expect(ns.lookup('81.0.0.1').via).toBe('10.0.1.9');
    expect(() => ns.lookup('82.0.0.1')).toThrow(/EINVAL/);
    ns.link.set('eth3', { carrier: true, up: true });
    ns.advance(1000);
    expect(ns.nexthop.list().map(({ id }) => id)).toEqual([2, 3, 100]);
    ns.check();
  });

  test('FIB-131 a link that goes takes them too', () => {
    ns.link.del('eth5');
    expect(ns.nexthop.list().map(({ id }) => id)).toEqual([1, 3, 100]);
    expect(listed('main')).toEqual(['10.0.0.0/24', '80.0.0.0/8', '81.0.0.0/8', '82.0.0.0/8']);
  });
});
