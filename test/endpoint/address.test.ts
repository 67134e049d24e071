/**
 * endpoint/address.test.ts - addresses and the routes that come and go with them (CFG-97..112).
 *
 * The orders of notices are those of Linux 6.18, seen with `ip monitor`.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { STATE_CONF_ALL, CONF_PROMOTE_SECONDARIES, STATE_NOW } from '../../src/abi/records.js';
import { Endpoint, type Netns } from '../../src/index.js';
import { decodeAddress, decodeMessages, decodeRoute } from '../../src/wire/index.js';
import { formatAddress4 } from '../../src/text/address.js';
import { lab } from '../lab.js';
import { outcome } from '../outcome.js';
import { ask, dotted, ifaddr, said } from './talk.js';

const ACK = uapi.NLM_F_ACK;
const TYPES = { 24: '+', 25: '-', 20: '+', 21: '-' } as Record<number, string>;

let ns: Netns;
let end: Endpoint;
let notices: string[];

/** A notice in short: `+addr 10.0.0.1/24`, `-local 10.0.0.1/32 src 10.0.0.1`. */
function short({ type, payload }: { readonly type: number; readonly payload: Uint8Array }): string {
  const sign = TYPES[type] ?? `${type} `;
  if (type === uapi.RTM_NEWADDR || type === uapi.RTM_DELADDR) {
    const { local, length, flags } = decodeAddress(payload)!;
    return `${sign}addr ${formatAddress4(local)}/${length}${flags & uapi.IFA_F_SECONDARY ? ' secondary' : ''}`;
  }
  const { type: kind, dst, prefsrc, metric } = decodeRoute(payload);
  return `${sign}${kind} ${dst} src ${prefsrc}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/** The notices that an operation causes. */
function told(run: () => unknown): string[] {
  notices = [];
  run();
  return notices;
}

const add = (address: string, input: object = {}): string[] =>
  told(() => ns.address.add(address, { dev: 'eth2', ...input }));
const del = (address: string, filter: object = {}): string[] =>
  told(() => ns.address.del(address, { dev: 'eth2', ...filter }));
const promote = (): void => void (ns.core.u8[STATE_CONF_ALL + CONF_PROMOTE_SECONDARIES] = 1);
const listed = (): string[] => ns.address.list({ dev: 'eth2' }).map(({ address }) => address);

beforeEach(() => {
  ns = lab(2, 3);
  end = new Endpoint(ns);
  notices = [];
  end.subscribe([5, 7], (datagram) => notices.push(...decodeMessages(datagram).map(short)));
});

describe('adding', () => {
  test('CFG-100..104 an address, its local, connected and broadcast routes', () => {
    expect(add('10.0.0.1/24')).toEqual([
      '+addr 10.0.0.1/24',
      '+local 10.0.0.1/32 src 10.0.0.1',
      '+unicast 10.0.0.0/24 src 10.0.0.1',
      '+broadcast 10.0.0.255/32 src 10.0.0.1',
    ]);
  });

  test('CFG-101 its own broadcast comes before the connected route, once', () => {
    expect(add('10.0.0.1/24', { broadcast: '+' })).toEqual([
      '+addr 10.0.0.1/24',
      '+local 10.0.0.1/32 src 10.0.0.1',
      '+broadcast 10.0.0.255/32 src 10.0.0.1',
      '+unicast 10.0.0.0/24 src 10.0.0.1',
    ]);
    expect(add('10.0.1.1/30', { broadcast: '-' })).toContain('+broadcast 10.0.1.0/32 src 10.0.1.1');
    expect(add('10.0.2.1/24', { broadcast: '255.255.255.255' })).toHaveLength(4);
  });

  test.each([
    ['10.0.0.1/32', {}, []],
    ['10.0.0.1/31', { broadcast: '+' }, ['+unicast 10.0.0.0/31']],
    ['10.0.0.1/32', { peer: '10.9.0.1' }, ['+unicast 10.9.0.1/32']],
    ['10.0.0.1', { peer: '10.9.0.1/24' }, ['+unicast 10.9.0.0/24', '+broadcast 10.9.0.255/32']],
    ['0.0.0.5/8', {}, []],
    ['0.1.2.3/16', {}, ['+unicast 0.1.0.0/16', '+broadcast 0.1.255.255/32']],
    ['10.0.0.1/0', {}, []],
    ['10.0.0.1/24', { noprefixroute: true }, ['+broadcast 10.0.0.255/32']],
    ['10.0.0.1/24', { metric: 5 }, ['+unicast 10.0.0.0/24', '+broadcast 10.0.0.255/32']],
    ['224.0.0.1/24', {}, []],
  ])('CFG-102, CFG-103 %s %o has beside its local route %o', (address, input, routes) => {
    const [, , ...others] = add(address, input);
    expect(others.map((notice) => notice.split(' src')[0])).toEqual(routes);
  });

  test('CFG-97, CFG-98 the second of a subnet is secondary, and the first is the source', () => {
    add('10.0.0.1/24');
    expect(add('10.0.0.2/24', { broadcast: '+' })).toEqual([
      '+addr 10.0.0.2/24 secondary',
      '+local 10.0.0.2/32 src 10.0.0.1',
    ]);
    expect(add('10.0.0.2/25')[0]).toBe('+addr 10.0.0.2/25');
  });

  test('FIB-115 primary ones by scope, narrowest first, then secondary ones', () => {
    add('10.0.0.1/24');
    add('10.1.0.1/24', { scope: 'link' });
    add('10.2.0.1/24', { scope: 'host' });
    add('10.0.0.2/24');
    add('10.3.0.1/24');
    add('10.4.0.1/24', { scope: 'link' });
    expect(listed().map((address) => address.slice(0, 6))).toEqual([
      '10.2.0',
      '10.1.0',
      '10.4.0',
      '10.0.0',
      '10.3.0',
      '10.0.0',
    ]);
  });

  test('a subnet has one scope', () => {
    add('10.0.0.1/24');
    expect(() => add('10.0.0.2/24', { scope: 'host' })).toThrow('ipv4: Invalid scope value');
  });

  test('CFG-100 a link that is down gets the local route only; the others when it comes up (CFG-114)', () => {
    ns.link.set('eth2', { up: false });
    expect(add('10.0.0.1/24')).toHaveLength(2);
    expect(told(() => ns.link.set('eth2', { up: true }))).toEqual([
      '+unicast 10.0.0.0/24 src 10.0.0.1',
      '+broadcast 10.0.0.255/32 src 10.0.0.1',
    ]);
  });

  test('0.0.0.0 is accepted and does nothing', () => {
    expect(add('0.0.0.0/24')).toEqual([]);
    expect(listed()).toEqual([]);
  });

  test.each([
    ['EEXIST', () => add('10.0.0.1/24')],
    ['ENODEV', () => ns.address.add('10.0.0.1/24', { dev: 'eth9' })],
    ['ENODEV', () => ns.address.add('10.0.0.1/24', { dev: 9 })],
    ['EINVAL', () => add('10.0.0/24')],
    ['EINVAL', () => add('10.0.0.2/33')],
    ['EINVAL', () => add('10.0.0.2/24', { label: 'sixteen-bytes-16' })],
    ['EINVAL', () => add('10.0.0.2/24', { validSeconds: 5, preferredSeconds: 6 })],
    ['EADDRNOTAVAIL', () => del('10.0.0.9/24')],
    ['EADDRNOTAVAIL', () => del('10.0.0.1/25')],
    ['EADDRNOTAVAIL', () => del('10.0.0.1/24', { label: 'eth2:1' })],
    ['ENODEV', () => del('10.0.0.1/24', { dev: 9 })],
    ['ok', () => del('10.0.0.1/24', { label: 'eth2' })],
  ])('refusals: %s', (code, run) => {
    add('10.0.0.1/24');
    expect(outcome(run)).toBe(code);
  });
});

describe('changing', () => {
  test('CFG-109 another metric: the new connected route, then the old one, then the address', () => {
    add('10.0.0.1/24', { metric: 5 });
    expect(told(() => ns.address.replace('10.0.0.1/24', { dev: 'eth2' }))).toEqual([
      '+unicast 10.0.0.0/24 src 10.0.0.1',
      '-unicast 10.0.0.0/24 src 10.0.0.1 metric 5',
      '+addr 10.0.0.1/24',
    ]);
  });

  test('CFG-111 a replacement changes lifetimes, metric and protocol, no more', () => {
    add('10.0.0.1/24', { label: 'eth2:1', broadcast: '+' });
    const input = {
      dev: 'eth2',
      scope: 'host',
      label: 'x',
      validSeconds: 50,
      preferredSeconds: 0,
      protocol: 9,
    } as const;
    ns.address.replace('10.0.0.1/24', input);
    expect(ns.address.list({ dev: 'eth2' })).toEqual([
      {
        address: '10.0.0.1/24',
        dev: 'eth2',
        index: 2,
        broadcast: '10.0.0.255',
        scope: 0,
        label: 'eth2:1',
        flags: uapi.IFA_F_DEPRECATED,
        secondary: false,
        metric: 0,
        protocol: 9,
        validSeconds: 50,
        preferredSeconds: 0,
      },
    ]);
  });

  test('lifetimes shrink as time passes, and end at 0', () => {
    add('10.0.0.1/24', { validSeconds: 50, preferredSeconds: 20 });
    ns.core.view.setFloat64(STATE_NOW, 30_400, true);
    expect(ns.address.list({ dev: 'eth2' })).toMatchObject([{ validSeconds: 20, preferredSeconds: 0 }]);
    ns.core.view.setFloat64(STATE_NOW, 99_000, true);
    expect(ns.address.list({ dev: 'eth2' })).toMatchObject([{ validSeconds: 0, preferredSeconds: 0 }]);
  });
});

describe('deleting', () => {
  test('CFG-107 the address, then connected, broadcast and local route', () => {
    add('10.0.0.1/24', { broadcast: '10.0.0.9' });
    add('10.7.0.1/32');
    expect(del('10.0.0.1/24')).toEqual([
      '-addr 10.0.0.1/24',
      '-unicast 10.0.0.0/24 src 10.0.0.1',
      '-broadcast 10.0.0.9/32 src 10.0.0.1',
      '-broadcast 10.0.0.255/32 src 10.0.0.1',
      '-local 10.0.0.1/32 src 10.0.0.1',
    ]);
  });

  test('CFG-107 what another address of the link stands for stays', () => {
    add('10.0.0.1/24');
    add('10.0.0.1/16', { broadcast: '10.0.0.255' });
    expect(del('10.0.0.1/24')).toEqual(['-addr 10.0.0.1/24', '-unicast 10.0.0.0/24 src 10.0.0.1']);
  });

  test('CFG-105 secondary addresses go first', () => {
    for (const host of [1, 2, 3]) add(`10.0.0.${host}/24`, { broadcast: '+' });
    add('10.7.0.1/32');
    expect(del('10.0.0.1/24')).toEqual([
      '-addr 10.0.0.2/24 secondary',
      '-local 10.0.0.2/32 src 10.0.0.1',
      '-addr 10.0.0.3/24 secondary',
      '-local 10.0.0.3/32 src 10.0.0.1',
      '-addr 10.0.0.1/24',
      '-unicast 10.0.0.0/24 src 10.0.0.1',
      '-broadcast 10.0.0.255/32 src 10.0.0.1',
      '-local 10.0.0.1/32 src 10.0.0.1',
    ]);
  });

  test('CFG-106 or the first is promoted and the others get its source', () => {
    promote();
    for (const host of [1, 2, 3]) add(`10.0.0.${host}/24`, { broadcast: '+' });
    add('10.0.0.1/16');
    expect(del('10.0.0.1/24')).toEqual([
      '-broadcast 10.0.0.255/32 src 10.0.0.1',
      '-local 10.0.0.2/32 src 10.0.0.1',
      '-local 10.0.0.3/32 src 10.0.0.1',
      '-addr 10.0.0.1/24',
      '-unicast 10.0.0.0/24 src 10.0.0.1',
      '+addr 10.0.0.2/24',
      '+local 10.0.0.2/32 src 10.0.0.2',
      '+broadcast 10.0.0.255/32 src 10.0.0.2',
      '+unicast 10.0.0.0/24 src 10.0.0.2',
      '+local 10.0.0.3/32 src 10.0.0.2',
    ]);
    expect(listed()).toEqual(['10.0.0.1/16', '10.0.0.2/24', '10.0.0.3/24']);
  });

  test('CFG-108, FIB-132 routes with a source that is gone follow, those of other tables stay', () => {
    add('10.0.0.1/24');
    add('10.7.0.1/32');
    ns.route.add('9.1.0.0/16', { dev: 'eth3', prefsrc: '10.0.0.1' });
    ns.route.add('9.2.0.0/16', { dev: 'eth3', prefsrc: '10.0.0.1', table: 77 });
    expect(del('10.0.0.1/24').at(-1)).toBe('-unicast 9.1.0.0/16 src 10.0.0.1');
    expect(ns.route.list({ table: 77 })).toHaveLength(1);
  });

  test('CFG-108 while another link has the address, they stay', () => {
    add('10.0.0.1/24');
    add('10.0.0.1/32', { dev: 'eth3' });
    ns.route.add('9.1.0.0/16', { dev: 'eth3', prefsrc: '10.0.0.1' });
    expect(del('10.0.0.1/24').at(-1)).toBe('-local 10.0.0.1/32 src 10.0.0.1');
  });

  test('FIB-127 with the last address all routes of the link go, silently', () => {
    add('10.0.0.1/24');
    ns.route.add('9.1.0.0/16', { via: '10.0.0.9' });
    expect(del('10.0.0.1/24').at(-1)).toBe('-local 10.0.0.1/32 src 10.0.0.1');
    expect(ns.route.list({ dev: 'eth2' })).toEqual([]);
  });

  test('CFG-117 a link that goes takes its addresses along, none promoted', () => {
    promote();
    add('10.0.0.1/24');
    add('10.0.0.2/24');
    add('10.1.0.1/24');
    expect(told(() => ns.address.linkGone(2)).filter((notice) => /addr|local/.test(notice))).toEqual([
      '-addr 10.0.0.1/24',
      '-local 10.0.0.1/32 src 10.0.0.1',
      '-addr 10.1.0.1/24',
      '-local 10.1.0.1/32 src 10.1.0.1',
      '-addr 10.0.0.2/24 secondary',
    ]);
    ns.check();
  });
});

describe('loopback', () => {
  test('CFG-110 gets 127.0.0.1/8 as it comes up, unless it has it', () => {
    ns.link.set('lo', { up: false });
    ns.link.set('lo', { up: true });
    expect(ns.address.list({ dev: 'lo' })).toMatchObject([
      { address: '127.0.0.1/8', scope: 254, label: 'lo' },
    ]);
    ns.address.linkUp(1);
    expect(ns.address.list({ dev: 'lo' })).toHaveLength(1);
    expect(ns.route.list({ dev: 'lo' }).map(({ type, dst }) => `${type} ${dst}`)).toEqual([
      'local 127.0.0.0/8',
      'local 127.0.0.1/32',
      'broadcast 127.255.255.255/32',
    ]);
  });
});

describe('renaming', () => {
  test('labels follow the link: the first whole, others up to their colon', () => {
    add('10.0.0.1/24', { label: 'eth2:9' });
    add('10.0.1.1/24', { label: 'eth2:xyz' });
    add('10.0.2.1/24');
    ns.address.linkRenamed(2, 'abcdefghijklmno');
    expect(ns.address.list({ dev: 'eth2' }).map(({ label }) => label)).toEqual([
      'abcdefghijklmno',
      'abcdefghijk:xyz',
      'abcdefghijklm:3',
    ]);
  });
});

describe('requests', () => {
  const request = (type: number, payload: string, flags = ACK): { errno?: number; text?: string } =>
    said(end.request(ask(type, flags, payload)))[0]!;
  const local = `0800 0200 ${dotted('10.0.0.1')}`;

  test.each([
    ['a length beyond 32', '02210000 02000000', uapi.EINVAL, 'ipv4: Invalid prefix length'],
    [
      'no IFA_LOCAL',
      `02180000 02000000 0800 0100 ${dotted('10.0.0.1')}`,
      uapi.EINVAL,
      'ipv4: Local address is not supplied',
    ],
    ['an unknown link', `02180000 63000000 ${local}`, uapi.ENODEV, 'ipv4: Device not found'],
    ['a header that is cut', '021800000200', uapi.EINVAL, 'Invalid header length'],
    [
      'a label of 16 bytes',
      `02180000 02000000 ${local} 1400 0300 ${'61'.repeat(16)}`,
      uapi.ERANGE,
      'Attribute failed policy validation',
    ],
    [
      'a lifetime of 0',
      `02180000 02000000 ${local} 1400 0600 ${'00'.repeat(16)}`,
      uapi.EINVAL,
      'ipv4: address lifetime invalid',
    ],
  ])('CFG-111 %s', (_, payload, errno, text) => {
    expect(request(uapi.RTM_NEWADDR, payload)).toMatchObject({ errno: -errno, text });
  });

  test('CFG-111 the order of checks: length, IFA_LOCAL, lifetime, 0.0.0.0, link, joining a group', () => {
    const bad = `1400 0600 ${'00'.repeat(16)}`;
    const none = `0800 0200 ${dotted('0.0.0.0')}`;
    const join = '0800 0800 00040000';
    expect(request(uapi.RTM_NEWADDR, `02210000 63000000 ${bad}`).text).toBe('ipv4: Invalid prefix length');
    expect(request(uapi.RTM_NEWADDR, `02180000 63000000 ${none} ${bad}`).text).toBe(
      'ipv4: address lifetime invalid',
    );
    expect(request(uapi.RTM_NEWADDR, `02180000 63000000 ${none} ${join}`).errno).toBe(0);
    expect(request(uapi.RTM_NEWADDR, `02180000 02000000 ${local} ${join}`).text).toBe(
      'ipv4: Multicast auto join failed',
    );
    expect(
      request(uapi.RTM_NEWADDR, `02180000 02000000 0800 0200 ${dotted('224.0.0.9')} ${join}`).errno,
    ).toBe(0);
    expect(ns.address.list()).toMatchObject([{ address: '224.0.0.9/24', flags: 0x480 }]);
  });

  test('CFG-111 IFA_FLAGS count instead of the header, but for those that the kernel sets', () => {
    request(uapi.RTM_NEWADDR, `0218ff00 02000000 ${local} 0800 0800 ff120000`);
    expect(ns.address.list()).toMatchObject([{ flags: 0x1280 }]);
  });

  test('CFG-111 EEXIST unless REPLACE is set, and EXCL is not', () => {
    request(uapi.RTM_NEWADDR, `02180000 02000000 ${local}`);
    const again = (flags: number): number | undefined =>
      request(uapi.RTM_NEWADDR, `02180000 02000000 ${local}`, ACK | flags).errno;
    expect(again(0)).toBe(-uapi.EEXIST);
    expect(again(uapi.NLM_F_REPLACE)).toBe(0);
    expect(again(uapi.NLM_F_REPLACE | uapi.NLM_F_EXCL)).toBe(-uapi.EEXIST);
  });

  test('CFG-112 IFA_LOCAL alone names an address, IFA_ADDRESS any of its subnet, nothing the first', () => {
    for (const host of [1, 2, 3]) add(`10.0.${host}.1/24`);
    expect(request(uapi.RTM_DELADDR, `02630000 02000000 0800 0200 ${dotted('10.0.2.1')}`).errno).toBe(0);
    expect(request(uapi.RTM_DELADDR, `02180000 02000000 0800 0100 ${dotted('10.0.3.77')}`).errno).toBe(0);
    expect(listed()).toEqual(['10.0.1.1/24']);
    expect(request(uapi.RTM_DELADDR, '02000000 02000000').errno).toBe(0);
    expect(request(uapi.RTM_DELADDR, '02000000 02000000')).toMatchObject({
      errno: -uapi.EADDRNOTAVAIL,
      text: 'ipv4: Address not found',
    });
    expect(request(uapi.RTM_DELADDR, '02000000 63000000')).toMatchObject({ errno: -uapi.ENODEV });
  });

  test('the sum of it: what add makes, the request makes too', () => {
    add('10.0.0.1/24');
    const made = ns.address.list();
    del('10.0.0.1/24');
    end.request(ask(uapi.RTM_NEWADDR, uapi.NLM_F_CREATE, ifaddr('10.0.0.1/24', 2)));
    expect(ns.address.list()).toEqual(made);
  });
});

describe('dumps', () => {
  const dump = (strict: boolean, payload: string): ReturnType<typeof said> =>
    said(new Endpoint(ns, { strict }).request(ask(uapi.RTM_GETADDR, uapi.NLM_F_DUMP, payload)));

  test('by link, then in their order', () => {
    add('10.0.0.1/24', { dev: 'eth3' });
    add('10.0.0.2/24');
    expect(ns.address.list().map(({ index }) => index)).toEqual([2, 3]);
    expect(dump(false, '02').map(({ type }) => type)).toEqual([20, 20, 3]);
  });

  test('strict: those of one link, marked as filtered', () => {
    add('10.0.0.1/24');
    add('10.0.0.1/24', { dev: 'eth3' });
    expect(dump(false, '02000000 03000000')).toHaveLength(3);
    expect(dump(true, '02000000 03000000')).toMatchObject([
      { type: 20, flags: 0x22 },
      { type: 3, flags: 0x22, errno: 0 },
    ]);
  });

  test.each([
    ['02000000 63000000', uapi.ENODEV, undefined],
    ['02180000 00000000', uapi.EINVAL, 'ipv4: Invalid values in header for address dump request'],
    ['02000001 00000000', uapi.EINVAL, 'ipv4: Invalid values in header for address dump request'],
    ['02000000 00000000 0800 0200 0a000001', uapi.EINVAL, 'ipv4: Unsupported attribute in dump request'],
    ['02000000 00000000 0800 0a00 07000000', uapi.EINVAL, 'ipv4: Invalid target network namespace id'],
    ['02000000 00000000 0800 0c00 07000000', uapi.EINVAL, 'Unknown attribute type'],
    ['02000000 00000000 0400 0900', uapi.ERANGE, 'Attribute failed policy validation'],
  ])('strict: %s is refused', (payload, errno, text) => {
    expect(dump(true, payload).at(-1)).toMatchObject({ type: 3, errno: -errno, ...(text && { text }) });
  });
});
