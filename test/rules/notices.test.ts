/**
 * rules/notices.test.ts - what listeners are told of routes, byte for byte where a kernel was recorded (CFG-91..95,
 * 150..154; NL-69..82).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import type { Netns } from '../../src/index.js';
import type { RouteInput } from '../../src/model/route.js';
import { formatAddress4 } from '../../src/text/address.js';
import {
  decodeAddress,
  decodeMessages,
  decodeNexthop,
  decodeRoute,
  type NlMsg,
} from '../../src/wire/index.js';
import { lab } from '../lab.js';
import { GOLDEN } from '../wire/golden.js';
import { hex, toHex } from '../wire/samples.js';

const LISTEN = [5, 7, 32]; // addresses, routes, nexthop objects

/** eth3 with 10.0.0.1/24, eth5 with 10.0.1.1/24: v0 and v2 of the worked sequences. */
let ns: Netns;
let datagrams: Uint8Array[];

beforeEach(() => {
  ns = lab(3, 5);
  ns.address.add('10.0.0.1/24', { dev: 'eth3', broadcast: '10.0.0.255' });
  ns.address.add('10.0.1.1/24', { dev: 'eth5', broadcast: '10.0.1.255' });
  datagrams = [];
  ns.notices.subscribe(LISTEN, (datagram) => datagrams.push(datagram));
});

/** A notice in short: what came (+) or went (-), which flags its header has. */
function short({ type, flags, payload }: NlMsg): string {
  const sign =
    type === uapi.RTM_DELROUTE || type === uapi.RTM_DELADDR || type === uapi.RTM_DELNEXTHOP ? '-' : '+';
  const marks = flags === 0 ? '' : ` ${flags.toString(16)}`;
  if (type >= uapi.RTM_NEWNEXTHOP) {
    const { id, group = [] } = decodeNexthop(payload);
    return `${sign}nexthop ${[id, ...group.map((member) => member.id)].join(' ')}${marks}`;
  }
  if (type <= uapi.RTM_DELADDR) return `${sign}${formatAddress4(decodeAddress(payload)!.local)}${marks}`;
  const { dst, prefsrc } = decodeRoute(payload);
  return `${sign}${dst}${prefsrc === undefined ? '' : ` src ${prefsrc}`}${marks}`;
}

/** The notices that an operation causes; each is a datagram of its own. */
function told(run: () => unknown): string[] {
  datagrams = [];
  run();
  ns.check();
  return datagrams.map((datagram) => {
    const [message, ...others] = decodeMessages(datagram);
    expect(others).toEqual([]);
    return short(message!);
  });
}

describe('of routes that are added', () => {
  const via = (n: number, more: RouteInput = {}): RouteInput => ({ via: `10.0.0.${n}`, ...more });

  test('CFG-91 the flags tell where the route stands: alone, before or behind others, in the place of one', () => {
    expect(told(() => ns.route.add('50.0.0.0/8', via(9)))).toEqual(['+50.0.0.0/8 600']);
    expect(told(() => ns.route.prepend('50.0.0.0/8', via(8)))).toEqual(['+50.0.0.0/8 400']);
    expect(told(() => ns.route.append('50.0.0.0/8', via(7)))).toEqual(['+50.0.0.0/8 c00']);
    expect(told(() => ns.route.replace('50.0.0.0/8', via(6)))).toEqual(['+50.0.0.0/8 100']);
    expect(told(() => ns.route.replace('51.0.0.0/8', via(6)))).toEqual(['+51.0.0.0/8 600']);
  });

  test('CFG-95 what changes nothing is not told, nor what is refused', () => {
    ns.route.add('50.0.0.0/8', via(9));
    expect(told(() => ns.route.replace('50.0.0.0/8', via(9)))).toEqual([]);
    expect(told(() => expect(() => ns.route.add('50.0.0.0/8', via(8))).toThrow(/EEXIST/))).toEqual([]);
  });

  test('CFG-92 of a deleted route all of it is told', () => {
    ns.route.add('50.0.0.0/8', via(9, { metric: 7, prefsrc: '10.0.1.1', metrics: { mtu: 1400 } }));
    const added = datagrams.at(-1)!;
    expect(told(() => ns.route.del('50.0.0.0/8'))).toEqual(['-50.0.0.0/8 src 10.0.1.1']);
    expect(toHex(datagrams[0]!.subarray(16))).toBe(toHex(added.subarray(16)));
  });

  /** What the commands of the golden messages are here. */
  const COMMANDS: Readonly<Record<string, () => void>> = {
    'NL-69': () => ns.route.add('50.0.0.0/8', via(9, { metric: 7, metrics: { lock: 4, mtu: 1400 } })),
    'NL-70': () => ns.route.add('51.0.0.0/8', { nexthops: [via(9), { via: '10.0.1.9', weight: 3 }] }),
    'NL-71': () => ns.route.append('50.0.0.0/8', via(8, { metric: 7 })),
    'NL-72': () => ns.route.replace('50.0.0.0/8', via(7, { metric: 7, tos: 0x10 })),
    'NL-73': () => ns.route.add('52.0.0.0/8', { type: 'blackhole', table: 1000 }),
    'NL-74': () => ns.route.add('53.0.0.0/8', { via: 'fe80::5', dev: 'eth3' }),
    'NL-75': () =>
      ns.route.add('54.0.0.0/8', {
        ...{ via: '99.0.0.1', dev: 'eth3', onlink: true },
        ...{ prefsrc: '10.0.0.1', realm: 0x30004 },
      }),
    'NL-76': () => ns.route.del('51.0.0.0/8'),
    'NL-82': () => {
      ns.nexthop.add({ id: 1, via: '10.0.0.9', dev: 'eth3' });
      ns.nexthop.add({ id: 2, via: '10.0.1.9', dev: 'eth5' });
      ns.nexthop.add({
        id: 9,
        group: [
          { id: 1, weight: 2 },
          { id: 2, weight: 3 },
        ],
      });
      ns.route.add('55.0.0.0/8', { nhid: 9 });
    },
  };

  test('NL-69..76, NL-82 messages as the kernel sends them', () => {
    for (const [rule, command] of Object.entries(COMMANDS)) {
      command();
      const { bytes } = GOLDEN.find((golden) => golden.rule === rule)!;
      expect(toHex(datagrams.at(-1)!), rule).toBe(toHex(hex(bytes)));
    }
  });
});

describe('of addresses and links', () => {
  test('CFG-150 secondaries with their routes, the primary with its own, then routes without source', () => {
    ns.address.add('10.0.0.2/24', { dev: 'eth3' });
    ns.address.add('10.0.0.3/24', { dev: 'eth3', broadcast: '10.0.0.254' });
    ns.route.add('30.0.0.0/8', { dev: 'eth3', prefsrc: '10.0.0.2' });
    ns.route.add('31.0.0.0/8', { via: '10.0.0.9', prefsrc: '10.0.0.1' });
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    expect(told(() => ns.address.del('10.0.0.2/24', { dev: 'eth3' }))).toEqual([
      ...['-10.0.0.2', '-10.0.0.2/32 src 10.0.0.1', '-30.0.0.0/8 src 10.0.0.2'],
    ]);
    expect(told(() => ns.address.del('10.0.0.1/24', { dev: 'eth3' }))).toEqual([
      ...['-10.0.0.3', '-10.0.0.254/32 src 10.0.0.1', '-10.0.0.3/32 src 10.0.0.1'],
      ...[
        '-10.0.0.1',
        '-10.0.0.0/24 src 10.0.0.1',
        '-10.0.0.255/32 src 10.0.0.1',
        '-10.0.0.1/32 src 10.0.0.1',
      ],
      '-31.0.0.0/8 src 10.0.0.1', // 32.0.0.0/8 goes silently
    ]);
    expect(ns.route.get('32.0.0.0/8')).toBeUndefined();
  });

  test('CFG-151 with promotion the first secondary takes over, and what stands on the gateway stays', () => {
    ns.sysctl.set('net.ipv4.conf.eth3.promote_secondaries', 1);
    ns.address.add('10.0.0.2/24', { dev: 'eth3', broadcast: '10.0.0.255' });
    ns.address.add('10.0.0.3/24', { dev: 'eth3', broadcast: '10.0.0.255' });
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    expect(told(() => ns.address.del('10.0.0.1/24', { dev: 'eth3' }))).toEqual([
      ...['-10.0.0.255/32 src 10.0.0.1', '-10.0.0.2/32 src 10.0.0.1', '-10.0.0.3/32 src 10.0.0.1'],
      ...['-10.0.0.1', '-10.0.0.0/24 src 10.0.0.1', '-10.0.0.1/32 src 10.0.0.1'],
      ...['+10.0.0.2', '+10.0.0.2/32 src 10.0.0.2 600', '+10.0.0.255/32 src 10.0.0.2 600'],
      ...['+10.0.0.0/24 src 10.0.0.2 600', '+10.0.0.3/32 src 10.0.0.2 600'],
    ]);
    expect(ns.lookup('32.0.0.1').via).toBe('10.0.0.9');
  });

  test('CFG-95, CFG-152 what a link takes along goes silently, what comes up with it is told', () => {
    ns.route.add('32.0.0.0/8', { via: '10.0.0.9' });
    expect(told(() => ns.link.set('eth3', { up: false }))).toEqual([]);
    expect(told(() => ns.link.set('eth3', { up: true }))).toEqual([
      ...['+10.0.0.255/32 src 10.0.0.1 600', '+10.0.0.0/24 src 10.0.0.1 600'],
    ]);
  });
});

describe('of nexthop objects', () => {
  test('CFG-94, CFG-95, CFG-154 another definition tells its routes; routes that go with an object go silently', () => {
    ns.nexthop.add({ id: 1, via: '10.0.0.9', dev: 'eth3' });
    ns.nexthop.add({ id: 2, via: '10.0.1.9', dev: 'eth5' });
    ns.nexthop.add({ id: 100, group: [{ id: 1 }, { id: 2, weight: 4 }] });
    ns.route.add('80.0.0.0/8', { nhid: 1 });
    ns.route.add('81.0.0.0/8', { nhid: 100 });
    const replaced = told(() => ns.nexthop.replace({ id: 1, via: '10.0.0.33', dev: 'eth3' }));
    expect(replaced.map((line) => line.replace(/(nexthop \d+) .*/, '$1'))).toEqual([
      ...['+nexthop 1', '+80.0.0.0/8 100', '+81.0.0.0/8 100'],
    ]);
    expect(told(() => ns.nexthop.del(2))).toEqual(['-nexthop 2', '+nexthop 100 1']);
    expect(told(() => ns.nexthop.del(1))).toEqual(['-nexthop 1', '-nexthop 100 1']);
    expect(ns.route.get('80.0.0.0/8')).toBeUndefined();
  });
});
