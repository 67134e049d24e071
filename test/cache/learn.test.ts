/**
 * cache/learn.test.ts - redirects, path MTU and errors: what entries learn, and what they have others told.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { CacheEntry, CacheRedirect, Netns } from '../../src/index.js';
import { Netns as Core } from '../../src/index.js';
import { tune } from './tune.js';

let ns: Netns;
beforeEach(() => {
  ns = Core.create({ routeCache: { entries: 64, seed: 1 } });
  ns.link.add({ name: 'eth0', index: 2 });
  ns.link.add({ name: 'eth1', index: 3 });
  ns.address.add('10.1.1.199/24', { dev: 'eth0' });
  ns.address.add('10.2.0.1/16', { dev: 'eth1' });
  ns.route.add('default', { via: '10.1.1.254' });
});

const entry = (handle: number): CacheEntry => ns.cache.get(handle)!;
const out = (flow: Parameters<Netns['route']['output']>[0]): number => ns.route.output(flow).handle!;
/** Names of what was thrown. */
const refused = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('a redirect that comes in', () => {
  const MESSAGE: CacheRedirect = {
    from: '10.1.1.254',
    dst: '8.8.8.8',
    gateway: '10.1.1.7',
    src: '10.1.1.199',
    dev: 'eth0',
  };

  test('RC-108 turns the entries of all four keys, and no other', () => {
    const keys = [{ src: '10.1.1.199', oif: 'eth0' }, { src: '10.1.1.199' }, { oif: 'eth0' }, {}];
    const old = keys.map((key) => out({ dst: '8.8.8.8', ...key }));
    const others = [out('8.8.4.4'), out({ dst: '8.8.8.8', oif: 'eth1' })];
    expect(ns.cache.redirect(MESSAGE)).toBe(4);
    for (const handle of old) expect(ns.cache.get(handle)).toBeUndefined();
    for (const handle of others) expect(entry(handle).flags).toBe(0);
    for (const key of keys) {
      const decision = ns.route.output({ dst: '8.8.8.8', ...key });
      expect(decision.via).toBe('10.1.1.7');
      expect(entry(decision.handle!)).toMatchObject({
        flags: 0x40000,
        gateway: '10.1.1.7',
        use: 2,
        refcnt: 0,
      });
    }
    ns.check();
  });

  test('RC-108 waits until the new gateway is known to be there', () => {
    const handle = out('8.8.8.8');
    expect(ns.cache.redirect({ ...MESSAGE, isReachable: false })).toBe(0);
    expect(ns.route.output('8.8.8.8')).toMatchObject({ handle, via: '10.1.1.254' });
    ns.check();
  });

  test('RC-107 is not believed by everybody', () => {
    out('8.8.8.8');
    const isIgnored = (message: Partial<CacheRedirect>): void =>
      expect(ns.cache.redirect({ ...MESSAGE, ...message }), JSON.stringify(message)).toBe(0);
    isIgnored({ gateway: '10.1.1.254' });
    for (const gateway of ['224.0.0.1', '255.255.255.255', '0.1.2.3', '10.1.1.199']) isIgnored({ gateway });
    isIgnored({ from: '10.1.1.253' });
    isIgnored({ dev: 'eth1' });
    ns.sysctl.set('net.ipv4.conf.all.accept_redirects', 0);
    ns.sysctl.set('net.ipv4.conf.eth0.accept_redirects', 0);
    out('8.8.8.8');
    isIgnored({});
    ns.sysctl.set('net.ipv4.conf.eth0.accept_redirects', 1);
    out('8.8.8.8');
    ns.sysctl.set('net.ipv4.conf.eth0.forwarding', 1); // a router takes them only when all do
    out('8.8.8.8');
    isIgnored({});
  });

  test('RC-107 without shared media is believed of gateways on the link, of known ones when that is wanted', () => {
    for (const who of ['all', 'eth0']) ns.sysctl.set(`net.ipv4.conf.${who}.shared_media`, 0);
    out('8.8.8.8');
    expect(ns.cache.redirect({ ...MESSAGE, gateway: '10.2.0.9' })).toBe(0);
    expect(ns.cache.redirect(MESSAGE)).toBe(0); // nobody knows 10.1.1.7
    ns.route.add('9.0.0.0/8', { via: '10.1.1.7' });
    out('8.8.8.8');
    expect(ns.cache.redirect(MESSAGE)).toBe(1);
  });

  test('RC-44, RC-114 makes an entry valuable, until somebody has doubts', () => {
    out('8.8.8.8');
    ns.cache.redirect(MESSAGE);
    const handle = out('8.8.8.8');
    ns.cache.hold(handle);
    expect(ns.cache.negativeAdvice(handle)).toBe(false);
    expect(ns.cache.get(handle)).toBeUndefined();
    expect(ns.route.output('8.8.8.8').via).toBe('10.1.1.254');
    const fresh = out('8.8.8.8');
    ns.cache.hold(fresh);
    expect(ns.cache.negativeAdvice(fresh)).toBe(true);
    expect(entry(fresh).refcnt).toBe(1);
    ns.cache.flush(0);
    expect(ns.cache.negativeAdvice(fresh)).toBe(false);
    expect(entry(fresh).refcnt).toBe(0);
  });

  test('malformed ones are refused', () => {
    expect(() => ns.cache.redirect({ ...MESSAGE, gateway: '10.1' })).toThrow(refused('EINVAL'));
    expect(() => ns.cache.redirect({ ...MESSAGE, dev: 'eth9' })).toThrow(refused('ENODEV'));
  });
});

describe('a redirect that goes out', () => {
  test('RC-109, RC-133 is said nine times, each after twice as long, and then not before there was silence', () => {
    ns.sysctl.set('net.ipv4.ip_forward', 1);
    const { handle } = ns.route.input({ dst: '8.8.8.8', src: '10.1.1.7', iif: 'eth0' });
    const times: number[] = [];
    const packet = (): boolean => ns.cache.sendRedirect(handle!) !== undefined;
    for (let t = 1; t < 12_000; t++) {
      ns.advance(1);
      if (packet()) times.push(t);
    }
    const gaps = times.slice(1).map((t, i) => t - times[i]!);
    expect(times).toHaveLength(9);
    expect(gaps).toEqual([41, 81, 161, 321, 641, 1281, 2561, 5121]);
    ns.advance(20_480);
    expect(packet()).toBe(false);
    ns.advance(20_481);
    expect(packet()).toBe(true);
    expect(ns.cache.sendRedirect(out('8.8.8.8'))).toBeUndefined();
  });
});

describe('errors', () => {
  test('RC-110 are told at one a second, five at once', () => {
    ns.sysctl.set('net.ipv4.ip_forward', 1);
    ns.route.add('8.8.8.8', { type: 'unreachable' });
    ns.route.add('8.8.4.4', { type: 'prohibit' });
    ns.route.add('8.8.8.9', { type: 'blackhole' });
    ns.route.del('default');
    const handleOf = (dst: string): number => {
      expect(() => ns.route.input({ dst, src: '10.2.3.4', iif: 'eth1' })).toThrow();
      return ns.cache.entries().find(({ key }) => key.dst === dst)!.handle;
    };
    ns.advance(10_000);
    const handle = handleOf('8.8.8.8');
    const told = Array.from({ length: 8 }, () => ns.cache.sendError(handle));
    expect(told.filter((message) => message === 'host-unreachable')).toHaveLength(5);
    ns.advance(999);
    expect(ns.cache.sendError(handle)).toBeUndefined();
    ns.advance(1);
    expect(ns.cache.sendError(handle)).toBe('host-unreachable');
    expect(ns.cache.sendError(handleOf('8.8.4.4'))).toBe('packet-filtered');
    expect(ns.cache.sendError(handleOf('9.9.9.9'))).toBe('net-unreachable');
    expect(ns.cache.sendError(handleOf('8.8.8.9'))).toBeUndefined();
  });

  test('RC-115 of the link make an entry go with the next scan', () => {
    ns.advance(5);
    const handle = out('8.8.8.8');
    expect(ns.cache.linkFailure(handle)).toBe('host-unreachable');
    expect(entry(handle).expires).toBe(5);
  });
});

describe('path MTU', () => {
  const said = (mtu: number, length = 1500): number =>
    ns.cache.fragNeeded({ dst: '8.8.8.8', src: '10.1.1.199', mtu, length, dev: 'eth0' });
  const mtuOf = (handle: number): number => entry(handle).metrics[1]!;

  test('RC-111, RC-134 is what a router says, or a guess', () => {
    const cases: readonly (readonly [mtu: number, length: number, learned: number])[] = [
      [0, 1500, 576],
      [1400, 1500, 1400],
      [40, 1500, 1492],
      [1500, 1500, 1492],
      [0, 100, 552],
      [600, 1500, 600],
      [100, 1500, 552],
    ];
    for (const [mtu, length, learned] of cases) {
      ns.cache.flush(0);
      const handle = out('8.8.8.8');
      expect(said(mtu, length), `${mtu} of ${length}`).toBe(learned);
      expect(mtuOf(handle)).toBe(learned);
      expect(entry(handle).expires).toBe(600_000);
    }
    expect(said(3000, 4000)).toBe(3000); // more than it has: nothing is learned
  });

  test('RC-111 is not learned with ip_no_pmtu_disc', () => {
    const handle = out('8.8.8.8');
    ns.sysctl.set('net.ipv4.ip_no_pmtu_disc', 1);
    expect(said(1400)).toBe(0);
    expect(mtuOf(handle)).toBe(1500);
  });

  test('RC-111 below min_pmtu it is that, and locked', () => {
    const handle = out('8.8.8.8');
    expect(said(300)).toBe(552);
    expect(entry(handle).metrics[0]).toBe(4);
    expect(said(500)).toBe(500);
    expect(mtuOf(handle)).toBe(552);
    tune(ns, { min_pmtu: 68 });
  });

  test('RC-111 goes to all four keys, and not where MTU discovery is off', () => {
    const handles = [{}, { oif: 'eth0' }, { src: '10.1.1.199' }, { src: '10.1.1.199', oif: 'eth0' }].map(
      (key) => out({ dst: '8.8.8.8', ...key }),
    );
    const other = out('8.8.4.4');
    said(1000);
    expect(handles.map(mtuOf)).toEqual([1000, 1000, 1000, 1000]);
    expect(mtuOf(other)).toBe(1500);
  });

  test('RC-112, RC-113, RC-135 TCP may lower it; the earlier end wins', () => {
    ns.advance(1000);
    const handle = out('8.8.8.8');
    ns.cache.updatePmtu(handle, 1600);
    ns.cache.updatePmtu(handle, 67);
    expect(entry(handle)).toMatchObject({ expires: 0 });
    ns.cache.updatePmtu(handle, 1300);
    expect(entry(handle).expires).toBe(601_000);
    ns.advance(1000);
    ns.cache.updatePmtu(handle, 1200);
    expect(entry(handle).expires).toBe(601_000);
    expect(mtuOf(handle)).toBe(1200);
  });
});

test('without a cache every call is EOPNOTSUPP', () => {
  using plain = Core.create();
  expect(plain.cache.isOn).toBe(false);
  const calls = [
    () => plain.cache.entries(),
    () => plain.cache.counters(),
    () => plain.cache.size,
    () => plain.cache.genid,
    () => plain.cache.flush(),
    () => plain.cache.get(1),
    () => plain.cache.hold(1),
    () => plain.cache.lookup(0, 0, 0, 0, 0, 0) || plain.cache.hashed(),
  ];
  for (const call of calls) expect(call).toThrow(refused('EOPNOTSUPP'));
  plain.link.add({ name: 'eth0' });
  plain.route.add('8.8.8.8', { dev: 'eth0' });
  expect(plain.route.output('8.8.8.8')).not.toHaveProperty('handle');
});
