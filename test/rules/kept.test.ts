/**
 * rules/kept.test.ts - what the live differential test found (`npm run test:kernel`), each in its smallest form.
 */
import { expect, test } from 'vitest';
import { Endpoint, Netns } from '../../src/index.js';
import { decodeMessages, decodeRoute } from '../../src/wire/index.js';
import { outcome } from '../outcome.js';

/** eth0 with 10.0.0.1/24 and eth1 with 10.0.1.1/24, both up. */
function two(): Netns {
  const ns = Netns.create();
  ns.link.add({ name: 'eth0' });
  ns.link.add({ name: 'eth1' });
  ns.address.add('10.0.0.1/24', { dev: 'eth0' });
  ns.address.add('10.0.1.1/24', { dev: 'eth1' });
  return ns;
}

test('a path that died with the last address of its link lives again with the next address', () => {
  using ns = two();
  ns.route.add('20.0.0.0/8', { nexthops: [{ via: '10.0.0.9' }, { via: '10.0.1.9' }] });
  const flags = () => ns.route.get('20.0.0.0/8')?.nexthops.map((path) => path.flags);
  ns.address.del('10.0.1.1/24', { dev: 'eth1' });
  expect(flags()).toEqual([0, 17]);
  ns.address.add('10.0.2.1/24', { dev: 'eth1' });
  expect(flags()).toEqual([0, 0]);
});

test('an unreachable route that loses its source is told of without flags', () => {
  using ns = two();
  ns.route.add('20.0.0.0/8', { type: 'unreachable', prefsrc: '10.0.1.1' });
  const told: string[] = [];
  new Endpoint(ns).subscribe([7], (datagram) => {
    const route = decodeRoute(decodeMessages(datagram)[0]!.payload);
    told.push(`${route.dst} ${route.flags}`);
  });
  ns.address.del('10.0.1.1/24', { dev: 'eth1' });
  expect(told).toContain('20.0.0.0/8 0');
});

test('of two links with the same address the one that got it last sends its multicast', () => {
  using ns = two();
  ns.address.add('10.0.1.1/32', { dev: 'eth0' });
  expect(ns.route.output({ dst: '224.0.0.5', src: '10.0.1.1' }).dev).toBe('eth0');
});

test('what was first sent to a nexthop object gives the next packets its type, until the state changes', () => {
  using ns = two();
  ns.nexthop.add({ id: 1, dev: 'eth1' });
  ns.route.add('20.0.0.0/8', { nhid: 1 });
  ns.route.add('21.0.0.0/8', { nhid: 1, type: 'broadcast', scope: 'link' });
  expect(ns.route.output('21.0.0.1').type).toBe('broadcast');
  expect(ns.route.output('20.0.0.1').type).toBe('broadcast');
  ns.route.add('22.0.0.0/8', { nhid: 1 });
  expect(ns.route.output('20.0.0.1').type).toBe('unicast');
});

test('what comes in counts as user 0 to the rules', () => {
  using ns = two();
  ns.sysctl.set('net.ipv4.ip_forward', 1);
  ns.rule.add({ uidrange: { start: 0, end: 0 }, table: 254, priority: 1 });
  ns.rule.add({ dport: 53, action: 'unreachable', priority: 2 });
  const flow = { src: '10.0.0.9', dst: '10.0.1.9', iif: 'eth0', ipproto: 17, dport: 53 };
  expect(ns.route.input(flow).dev).toBe('eth1');
  ns.rule.del({ priority: 1 });
  expect(outcome(() => ns.route.input(flow))).toBe('ENETUNREACH');
});

test('a rule with realms has the sources of packets looked up, whatever accept_local says', () => {
  using ns = two();
  ns.sysctl.set('net.ipv4.conf.all.accept_local', 1);
  const flow = { src: '10.0.0.255', dst: '10.0.0.1', iif: 'eth0' };
  ns.rule.add({ table: 100, priority: 100 });
  const isFine = outcome(() => ns.route.input(flow));
  ns.rule.add({ table: 100, priority: 101, realms: 0x10002 });
  expect([isFine, outcome(() => ns.route.input(flow))]).toEqual(['ok', 'EINVAL']);
});

test('a gateway of IPv6: loopback before everything, then IPv6 switched off, then the link down', () => {
  using ns = two();
  ns.link.set('lo', { up: true });
  const put = (dev: string, onlink = false) =>
    outcome(() => ns.route.add('30.0.0.0/8', { via: 'fe80::1', dev, onlink }));
  ns.sysctl.set('net.ipv6.conf.all.disable_ipv6', 1);
  ns.link.set('eth1', { up: false });
  expect([put('lo'), put('eth0'), put('eth1'), put('eth1', true)]).toEqual([
    'EINVAL',
    'EACCES',
    'EACCES',
    'ENETDOWN',
  ]);
});

test('RULE-20 packets that come in show protocol and ports only to rules that are not for iif lo', () => {
  using ns = two();
  ns.sysctl.set('net.ipv4.ip_forward', 1);
  ns.rule.add({ iif: 'lo', ipproto: 17, action: 'prohibit', priority: 1 });
  const flow = { src: '10.0.0.9', dst: '10.0.1.9', iif: 'eth0', ipproto: 17 };
  const through = () => outcome(() => ns.route.input(flow));
  ns.rule.add({ dport: 99, ipproto: 6, table: 100, priority: 3 });
  ns.rule.add({ ipproto: 17, action: 'prohibit', priority: 2 });
  expect(through()).toBe('EACCES');
  ns.rule.del({ priority: 2 });
  expect(through()).toBe('ok');
});
