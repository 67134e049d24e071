/**
 * rules/sysctls.test.ts - the switches under /proc/sys/net, as Linux 6.18 spreads them.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';
import { outcome } from '../outcome.js';

let ns: Netns;
const conf = (key: string): number[] =>
  ['all', 'default', 'lo', 'eth0'].map((name) => ns.sysctl.get(`net.ipv4.conf.${name}.${key}`));
const set = (name: string, value: number | string): void => ns.sysctl.set(`net.ipv4.${name}`, value);

beforeEach(() => {
  ns = Netns.create();
  ns.link.add({ name: 'eth0' });
});

describe('defaults', () => {
  test.each([
    ['forwarding', [0, 0, 0, 0]],
    ['rp_filter', [0, 0, 0, 0]],
    ['promote_secondaries', [0, 0, 0, 0]],
    ['send_redirects', [1, 1, 1, 1]],
    ['accept_redirects', [1, 1, 1, 1]],
    ['shared_media', [1, 1, 1, 1]],
    ['accept_source_route', [0, 1, 1, 1]],
    ['secure_redirects', [1, 1, 1, 1]],
  ])('%s of all, default, lo and a new link', (key, values) => {
    expect(conf(key)).toEqual(values);
  });

  test('of the namespace', () => {
    const names = [
      'ip_forward',
      'fib_multipath_hash_policy',
      'fib_multipath_hash_fields',
      'nexthop_compat_mode',
    ];
    expect(names.map((name) => ns.sysctl.get(`net.ipv4.${name}`))).toEqual([0, 0, 7, 1]);
    expect(ns.sysctl.get('net.ipv4.ip_default_ttl')).toBe(64);
  });
});

describe('where a write goes', () => {
  test('ip_forward is conf.all.forwarding; a new value goes to everybody, the same one to nobody', () => {
    set('ip_forward', 1);
    expect(conf('forwarding')).toEqual([1, 1, 1, 1]);
    set('conf.eth0.forwarding', 0);
    set('conf.all.forwarding', 1);
    expect(conf('forwarding')).toEqual([1, 1, 1, 0]);
    set('conf.all.forwarding', 0);
    expect([ns.sysctl.get('net.ipv4.ip_forward'), ...conf('forwarding')]).toEqual([0, 0, 0, 0, 0]);
  });

  test('default goes to new links, and to those that never had a value of their own', () => {
    set('conf.default.rp_filter', 1);
    expect(conf('rp_filter')).toEqual([0, 1, 1, 1]);
    set('conf.eth0.rp_filter', 1);
    set('conf.default.rp_filter', 2);
    expect(conf('rp_filter')).toEqual([0, 2, 2, 1]);
    ns.link.add({ name: 'eth1' });
    expect(ns.sysctl.get('net.ipv4.conf.eth1.rp_filter')).toBe(2);
    set('conf.all.rp_filter', 1);
    expect(conf('rp_filter')).toEqual([1, 2, 2, 1]);
  });

  test.each(['forwarding', 'promote_secondaries', 'route_localnet'])(
    'default.%s stays with new links',
    (key) => {
      set(`conf.default.${key}`, 1);
      expect(conf(key)).toEqual([0, 1, 0, 0]);
    },
  );

  test('disable_ipv6 of all goes to everybody', () => {
    const v6 = (): number[] =>
      ['all', 'default', 'eth0'].map((name) => ns.sysctl.get(`net.ipv6.conf.${name}.disable_ipv6`));
    ns.sysctl.set('net.ipv6.conf.default.disable_ipv6', 1);
    expect(v6()).toEqual([0, 1, 0]);
    ns.sysctl.set('net.ipv6.conf.all.disable_ipv6', 1);
    expect(v6()).toEqual([1, 1, 1]);
    ns.sysctl.set('net.ipv6.conf.all.disable_ipv6', 0);
    expect(v6()).toEqual([0, 0, 0]);
  });

  test('what routing does not ask is kept', () => {
    set('ip_default_ttl', 32);
    ns.sysctl.set('net.ipv6.conf.default.router_solicitations', 0);
    set('conf.eth0.arp_ignore', 2);
    expect(ns.sysctl.get('net.ipv4.ip_default_ttl')).toBe(32);
    expect(ns.sysctl.get('net.ipv6.conf.eth0.router_solicitations')).toBe(0);
    expect(conf('arp_ignore')).toEqual([0, 0, 0, 2]);
  });
});

describe('names and values', () => {
  test('a device may have dots in its name, and slashes separate as well', () => {
    ns.link.add({ name: 'eth0.10' });
    ns.sysctl.set('net.ipv4.conf.eth0.10.rp_filter', 2);
    expect(ns.sysctl.get('net/ipv4/conf/eth0.10/rp_filter')).toBe(2);
    expect(ns.sysctl.get('net.ipv4.conf.eth0/10.rp_filter')).toBe(2);
  });

  test('a new name of a device is a new name of its switches', () => {
    set('conf.eth0.rp_filter', 2);
    ns.link.set('eth0', { name: 'lan0' });
    expect(ns.sysctl.get('net.ipv4.conf.lan0.rp_filter')).toBe(2);
    expect(outcome(() => conf('rp_filter'))).toBe('ENOENT');
  });

  test.each([
    ...['net.ipv4.nosuch', 'net.ipv4.conf.eth9.rp_filter', 'net.ipv4.conf.all.nosuch', 'net.ipv4.conf.all'],
    ...['kernel.hostname', 'net', '', 'net.ipv4.conf', 'net.ipv6.conf.all.rp_filter'],
  ])('ENOENT: %s', (name) => {
    expect(outcome(() => ns.sysctl.get(name))).toBe('ENOENT');
    expect(outcome(() => ns.sysctl.set(name, 1))).toBe('ENOENT');
  });

  test.each<[string, number | string]>([
    ['fib_multipath_hash_policy', 4],
    ['fib_multipath_hash_fields', 0],
    ['fib_multipath_hash_fields', 4096],
    ['fib_multipath_hash_seed', -1],
    ['fib_multipath_hash_seed', 2 ** 32],
    ['fib_multipath_use_neigh', 2],
    ['nexthop_compat_mode', 2],
    ['ip_default_ttl', 0],
    ['conf.eth0.rp_filter', 256],
    ['conf.eth0.rp_filter', 0.5],
    ['conf.eth0.rp_filter', 'on'],
    ['conf.eth0.rp_filter', ''],
  ])('EINVAL: %s = %o', (name, value) => {
    const before = ns.sysctl.get(`net.ipv4.${name}`);
    expect(outcome(() => set(name, value))).toBe('EINVAL');
    expect(ns.sysctl.get(`net.ipv4.${name}`)).toBe(before);
  });

  test('numbers may be text', () => {
    set('fib_multipath_hash_seed', '0x5eed');
    set('conf.eth0.rp_filter', ' 2\n');
    expect(ns.sysctl.get('net.ipv4.fib_multipath_hash_seed')).toBe(0x5eed);
    expect(ns.sysctl.get('net.ipv4.conf.eth0.rp_filter')).toBe(2);
  });

  test('the list has every name, and each can be read', () => {
    ns.link.add({ name: 'a.b' });
    const list = ns.sysctl.list();
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    for (const { name, value } of list) expect(ns.sysctl.get(name)).toBe(value);
    expect(list.map(({ name }) => name)).toContain('net.ipv4.conf.a/b.rp_filter');
  });
});
