/**
 * cache/flush.test.ts - who makes the entries expire, and what becomes of them (RC-22..26).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';

let ns: Netns;
beforeEach(() => {
  ns = Netns.create({ routeCache: { entries: 64, seed: 1 } });
  ns.link.add({ name: 'eth0', index: 2 });
  ns.link.add({ name: 'eth1', index: 3 });
  ns.address.add('10.1.1.199/24', { dev: 'eth0' });
  ns.address.add('10.1.1.200/24', { dev: 'eth0' });
  ns.address.add('10.2.0.1/16', { dev: 'eth1' });
  ns.route.add('default', { via: '10.1.1.254' });
});

/** What a change does to an entry: keeps it, makes it expire, or frees it. */
function fate(change: () => unknown): 'kept' | 'expired' | 'freed' {
  ns.route.output('8.8.8.8');
  const { genid } = ns.cache;
  change();
  if (ns.cache.genid === genid) return 'kept';
  expect(ns.cache.entries()).toEqual([]);
  return ns.cache.hashed().length > 0 ? 'expired' : 'freed';
}

describe('RC-26 expires with delay -1', () => {
  test('RC-22, RC-24, RC-26 when a route comes, or one goes that a lookup came by', () => {
    const before = ns.cache.genid;
    expect(fate(() => ns.route.add('9.0.0.0/8', { via: '10.1.1.254' }))).toBe('expired');
    const step = (ns.cache.genid - before) >>> 0;
    expect(step).toBeGreaterThanOrEqual(1);
    expect(step).toBeLessThanOrEqual(256);
    expect(fate(() => ns.route.del('9.0.0.0/8'))).toBe('kept');
    ns.route.add('9.0.0.0/8', { via: '10.1.1.254' });
    ns.route.output('9.1.1.1');
    expect(fate(() => ns.route.replace('9.0.0.0/8', { via: '10.1.1.253' }))).toBe('expired');
    expect(fate(() => ns.route.replace('9.0.0.0/8', { via: '10.1.1.252' }))).toBe('kept');
    ns.lookupId('9.1.1.1');
    expect(fate(() => ns.route.del('9.0.0.0/8'))).toBe('expired');
  });

  test('RC-26 an answer that a view could give counts as a lookup too', () => {
    ns.setForward('main', 'compact');
    ns.route.add('9.0.0.0/8', { via: '10.1.1.254' });
    const out = new Uint32Array(1);
    ns.lookupBatch(Uint32Array.of(0x09010101), out);
    expect(out[0]).not.toBe(0);
    expect(fate(() => ns.route.del('9.0.0.0/8'))).toBe('expired');
  });

  test('RC-26, RULE-43 when a rule, an address or a device comes, or an address goes that is not the last', () => {
    expect(fate(() => ns.rule.add({ from: '10.9.0.0/16', table: 100, priority: 100 }))).toBe('expired');
    expect(fate(() => ns.rule.del({ from: '10.9.0.0/16', table: 100, priority: 100 }))).toBe('expired');
    expect(fate(() => ns.address.add('10.1.1.201/24', { dev: 'eth0' }))).toBe('expired');
    expect(fate(() => ns.address.del('10.1.1.201/24', { dev: 'eth0' }))).toBe('expired');
    expect(fate(() => ns.link.add({ name: 'eth2', index: 4, up: true }))).toBe('expired');
  });

  test('RC-26 when the routes of a table go with their nexthops', () => {
    ns.nexthop.add({ id: 1, via: '10.1.1.7', dev: 'eth0' });
    ns.route.add('9.0.0.0/8', { nhid: 1 });
    expect(fate(() => ns.nexthop.del(1))).toBe('expired');
  });
});

describe('RC-26 frees with delay 0', () => {
  test('RC-25, RC-26 when a device goes down, loses its last address or its carrier, or has another MTU', () => {
    expect(fate(() => ns.link.set('eth1', { mtu: 1400 }))).toBe('freed');
    expect(fate(() => ns.link.set('eth1', { carrier: false }))).toBe('freed');
    expect(fate(() => ns.address.del('10.2.0.1/16', { dev: 'eth1' }))).toBe('freed');
    expect(fate(() => ns.link.set('eth1', { up: false }))).toBe('freed');
    ns.link.set('eth1', { up: true });
    expect(fate(() => ns.link.del('eth1'))).toBe('freed');
  });

  test('RC-26 when a switch is turned on which routing depends, or proxy ARP, and not when it stays', () => {
    for (const name of [
      'ip_forward',
      'conf.eth0.rp_filter',
      'conf.all.accept_local',
      'conf.eth0.proxy_arp',
    ]) {
      expect(
        fate(() => ns.sysctl.set(`net.ipv4.${name}`, 1)),
        name,
      ).toBe('freed');
      expect(
        fate(() => ns.sysctl.set(`net.ipv4.${name}`, 1)),
        name,
      ).toBe('kept');
    }
  });

  test('RC-25 as the delay says, when it is asked for', () => {
    expect(fate(() => ns.cache.flush())).toBe('expired');
    expect(fate(() => ns.cache.flush(0))).toBe('freed');
    expect(fate(() => ns.cache.flush(7))).toBe('freed');
    expect(() => ns.cache.flush(0.5)).toThrow(expect.objectContaining({ code: 'EINVAL' }) as Error);
  });
});

test('RC-22, RC-37, RC-141 expired entries are invisible, and go when somebody walks their chain', () => {
  using one = Netns.create({ routeCache: { entries: 1, seed: 1 } });
  one.link.add({ name: 'eth0', index: 2 });
  one.address.add('10.1.1.199/24', { dev: 'eth0' });
  const old = one.route.output('10.1.1.1').handle!;
  one.cache.flush(-1);
  expect(one.cache.hashed()).toHaveLength(1);
  expect(one.cache.entries()).toEqual([]);
  expect(one.cache.check(old)).toBe(true); // RC-105: a holder does not look at the generation
  const fresh = one.route.output('10.1.1.1').handle!;
  expect(one.cache.hashed().map(({ handle }) => handle)).toEqual([fresh]);
  expect(one.cache.get(old)).toBeUndefined();
});

test('chance is a seed: the same calls give the same bytes, another seed others', () => {
  const state = (seed: number): Uint8Array => {
    using town = Netns.create({ routeCache: { entries: 64 }, seed });
    town.link.add({ name: 'eth0', index: 2 });
    town.address.add('10.1.1.199/24', { dev: 'eth0' });
    for (let i = 1; i < 100; i++) town.route.output(`10.1.1.${i}`);
    town.advance(1e6);
    return town.save();
  };
  expect(Buffer.from(state(1)).equals(state(1))).toBe(true);
  expect(Buffer.from(state(1)).equals(state(2))).toBe(false);
});
