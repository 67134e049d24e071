/**
 * rules/decision.test.ts - what becomes of a packet, made here or come in: its route, device, gateway and source
 * (RC sections 9 to 12 without the cache; FIB-84, 98, 115..117).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { FibError, type Decision, type Flow, type Netns } from '../../src/index.js';
import { lab } from '../lab.js';

/** eth2 with 10.0.0.1/24 and a default route there, eth3 with 10.0.1.1/24, eth4 without address; forwarding is off. */
let ns: Netns;

beforeEach(() => {
  ns = lab(2, 3, 4);
  ns.link.set('lo', { up: true });
  ns.address.add('10.0.0.1/24', { dev: 'eth2', broadcast: '+' });
  ns.address.add('10.0.1.1/24', { dev: 'eth3', broadcast: '+' });
  ns.route.add('default', { via: '10.0.0.254' });
});

/** `type dev via src`, as far as there is any, or the errno name. */
function said(decide: () => Decision): string {
  try {
    const { type, dev, via, src } = decide();
    return [
      type,
      dev,
      ...(via === undefined ? [] : ['via', via]),
      ...(src === undefined ? [] : ['src', src]),
    ].join(' ');
  } catch (error) {
    if (error instanceof FibError) return error.code;
    throw error;
  }
}

const output = (flow: string | Flow) => said(() => ns.route.output(flow));
const input = (src: string, dst: string, iif = 'eth2', more: Partial<Flow> = {}) =>
  said(() => ns.route.input({ src, dst, iif, ...more }));

describe('the source of what is made here', () => {
  test('FIB-98 is what the route prefers, else that of its device towards the gateway', () => {
    expect(output('8.8.8.8')).toBe('unicast eth2 via 10.0.0.254 src 10.0.0.1');
    ns.route.add('9.0.0.0/8', { via: '10.0.0.254', prefsrc: '10.0.1.1' });
    expect(output('9.9.9.9')).toBe('unicast eth2 via 10.0.0.254 src 10.0.1.1');
    expect(output({ dst: '9.9.9.9', src: '10.0.0.1' })).toBe('unicast eth2 via 10.0.0.254 src 10.0.0.1');
  });

  test('FIB-115 of several the first whose subnet holds the gateway, no wider than the route', () => {
    ns.address.add('10.0.5.1/24', { dev: 'eth2' });
    ns.address.add('169.254.7.7/16', { dev: 'eth2', scope: 'link' });
    ns.route.add('20.0.0.0/8', { via: '10.0.5.9' });
    ns.route.add('21.0.0.0/8', { dev: 'eth2' });
    ns.route.add('22.0.0.0/8', { dev: 'eth2', scope: 'universe' });
    expect(output('20.0.0.1')).toBe('unicast eth2 via 10.0.5.9 src 10.0.5.1');
    expect(output('21.0.0.1')).toBe('unicast eth2 src 169.254.7.7');
    expect(output('22.0.0.1')).toBe('unicast eth2 src 10.0.0.1');
  });

  test('FIB-116 where the device has none, of the first device that has one', () => {
    ns.route.add('20.0.0.0/8', { dev: 'eth4' });
    expect(output('20.0.0.1')).toBe('unicast eth4 src 10.0.0.1');
    ns.address.add('192.0.2.1/32', { dev: 'lo' });
    expect(output('20.0.0.1')).toBe('unicast eth4 src 192.0.2.1');
  });

  test('FIB-117 never a secondary address, and none where there is none', () => {
    ns.address.add('10.0.0.2/24', { dev: 'eth2' });
    ns.route.add('20.0.0.0/8', { via: '10.0.0.2', scope: 'link' });
    expect(output('20.0.0.1')).toBe('unicast eth2 src 10.0.0.1');
    using bare = lab(2);
    bare.route.add('20.0.0.0/8', { dev: 'eth2' });
    expect(said(() => bare.route.output('20.0.0.1'))).toBe('unicast eth2');
  });
});

describe('what is made here', () => {
  test('RC-91 a source must be one that packets have, and ours', () => {
    for (const src of ['224.0.0.1', '255.255.255.255'])
      expect(output({ dst: '8.8.8.8', src })).toBe('EINVAL');
    expect(output({ dst: '8.8.8.8', src: '10.0.0.77' })).toBe('ENETUNREACH');
    expect(output({ dst: '224.1.1.1', src: '10.0.1.1' })).toBe('multicast eth3 src 10.0.1.1');
  });

  test('RC-92, RC-94, FIB-84 a device that is asked for is used, with a route or without', () => {
    expect(output({ dst: '8.8.8.8', oif: 99 })).toBe('ENODEV');
    expect(output({ dst: '8.8.8.8', oif: 'eth3' })).toBe('unicast eth3 src 10.0.1.1');
    expect(output({ dst: '224.0.0.5', oif: 'eth3' })).toBe('multicast eth3 src 10.0.1.1');
    expect(output({ dst: '255.255.255.255', oif: 'eth3' })).toBe('broadcast eth3 src 10.0.1.1');
  });

  test('RC-93 to nowhere is to ourselves', () => {
    expect(output('0.0.0.0')).toBe('local lo src 127.0.0.1');
  });

  test('RC-94 without a route it is the errno of the rules or of the route', () => {
    ns.route.add('52.0.0.0/8', { type: 'unreachable' });
    ns.route.add('53.0.0.0/8', { type: 'prohibit' });
    ns.route.add('35.0.0.0/8', { type: 'blackhole' });
    ns.route.del('default');
    expect(['8.8.8.8', '52.0.0.1', '53.0.0.1', '35.0.0.1'].map(output)).toEqual([
      ...['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL'],
    ]);
  });

  test('RC-95 to an address of ours goes over loopback, from that address', () => {
    expect(output('10.0.1.1')).toBe('local lo src 10.0.1.1');
    expect(ns.route.output('10.0.1.1')).toMatchObject({ isLocal: true, table: 254 });
  });

  test('RC-97 to all or to many has the type of its destination', () => {
    expect(output('10.0.0.255')).toBe('broadcast eth2 src 10.0.0.1');
    expect(ns.route.output('10.0.0.255')).toMatchObject({ isBroadcast: true, isLocal: true });
    expect(output('224.1.1.1')).toBe('multicast eth2 src 10.0.0.1');
    expect(output({ dst: '8.8.8.8', src: '127.0.0.1' })).toBe('EINVAL');
  });
});

describe('what comes in', () => {
  test('RC-64, RC-66, RC-77 sources that no packet has', () => {
    for (const src of ['224.0.0.1', '255.255.255.255', '127.0.0.1', '0.0.0.0']) {
      expect(input(src, '10.0.0.1'), src).toBe('EINVAL');
    }
    expect(input('0.0.0.1', '10.0.0.1')).toBe('local lo src 0.0.0.1'); // an address like others by now
  });

  test('RC-65, RC-70, RC-74 to all it is for us', () => {
    expect(input('0.0.0.0', '255.255.255.255')).toBe('broadcast lo');
    expect(input('0.0.0.0', '0.0.0.0')).toBe('broadcast lo');
    expect(input('10.0.0.9', '10.0.0.255')).toBe('broadcast lo src 10.0.0.9');
  });

  test('RC-67 to loopback nothing comes in', () => {
    expect(input('10.0.0.9', '127.0.0.1')).toBe('EINVAL');
  });

  test('RC-68, RC-72, RC-76 not for us: it takes forwarding, and a route', () => {
    expect(input('10.0.0.9', '20.0.0.1')).toBe('EHOSTUNREACH');
    ns.route.del('default');
    expect(input('10.0.0.9', '20.0.0.1')).toBe('EHOSTUNREACH');
    ns.sysctl.set('net.ipv4.ip_forward', 1);
    expect(input('10.0.0.9', '20.0.0.1')).toBe('ENETUNREACH');
    ns.route.add('20.0.0.0/8', { type: 'unreachable' });
    expect(input('10.0.0.9', '20.0.0.1')).toBe('EHOSTUNREACH');
  });

  test('RC-71, RC-75 to an address of ours it is delivered, whichever device it came in on', () => {
    expect(input('10.0.0.9', '10.0.0.1')).toBe('local lo src 10.0.0.9');
    expect(input('10.0.0.9', '10.0.1.1')).toBe('local lo src 10.0.0.9');
    expect(input('10.0.1.1', '10.0.0.1')).toBe('EINVAL'); // from ourselves
  });

  test('RC-73 it is forwarded; back to where it came from, its sender is told of the better way', () => {
    ns.sysctl.set('net.ipv4.ip_forward', 1);
    expect(input('10.0.0.9', '10.0.1.9')).toBe('unicast eth3 src 10.0.0.9');
    expect(input('10.0.1.9', '8.8.8.8', 'eth3')).toBe('unicast eth2 via 10.0.0.254 src 10.0.1.9');
    const isRedirect = (src: string, dst: string, iif: string) =>
      ns.route.input({ src, dst, iif }).isRedirect;
    expect(isRedirect('10.0.1.9', '8.8.8.8', 'eth3')).toBe(false);
    expect(isRedirect('10.0.0.9', '8.8.8.8', 'eth2')).toBe(true);
  });

  test('RC-81, RC-82 to many it is for members only', () => {
    expect(input('10.0.0.9', '224.0.0.1')).toBe('multicast lo src 10.0.0.9');
    expect(input('10.0.0.9', '224.1.1.1')).toBe('EINVAL');
  });

  test('RC-83..89 where the source would be reached otherwise: nothing, strict, loose', () => {
    ns.sysctl.set('net.ipv4.ip_forward', 1);
    const from = (src: string) => input(src, '10.0.0.1', 'eth3');
    ns.route.del('default');
    expect([from('10.0.0.9'), from('99.0.0.1')]).toEqual(['local lo src 10.0.0.9', 'local lo src 99.0.0.1']);
    ns.sysctl.set('net.ipv4.conf.all.rp_filter', 2);
    expect([from('10.0.1.9'), from('10.0.0.9'), from('99.0.0.1')]).toEqual([
      ...['local lo src 10.0.1.9', 'local lo src 10.0.0.9', 'EINVAL'],
    ]);
    ns.sysctl.set('net.ipv4.conf.all.rp_filter', 0);
    ns.sysctl.set('net.ipv4.conf.eth3.rp_filter', 1);
    expect([from('10.0.1.9'), from('10.0.0.9'), from('99.0.0.1')]).toEqual([
      ...['local lo src 10.0.1.9', 'EINVAL', 'EINVAL'],
    ]);
    expect(from('10.0.1.1')).toBe('EINVAL'); // ourselves
    expect(input('10.0.1.9', '255.255.255.255', 'eth3')).toBe('broadcast lo src 10.0.1.9');
  });
});
