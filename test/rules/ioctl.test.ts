/**
 * rules/ioctl.test.ts - SIOCADDRT and SIOCDELRT (CFG-132..143). Outcomes are those of Linux 6.18.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Endpoint, type Netns } from '../../src/index.js';
import {
  decodeMessages,
  decodeRtentry,
  encodeRtentry,
  WireError,
  type RtEntry,
} from '../../src/wire/index.js';
import { parseAddress4 } from '../../src/text/address.js';
import { hex } from '../wire/samples.js';
import { lab } from '../lab.js';

const UP = uapi.RTF_UP;
const GATEWAY = uapi.RTF_UP | uapi.RTF_GATEWAY;
const REJECT = uapi.RTF_UP | uapi.RTF_REJECT;

/** What an entry says: addresses as text, families apart. */
interface Entry extends Partial<Pick<RtEntry, 'flags' | 'metric' | 'mtu' | 'window' | 'irtt'>> {
  readonly dst: string;
  readonly mask?: string;
  readonly gateway?: string;
  readonly families?: Partial<Record<'dst' | 'mask' | 'gateway', number>>;
}

function entry({ dst, mask = '255.0.0.0', gateway = '0.0.0.0', families = {}, ...rest }: Entry): RtEntry {
  const at = (address: string, family = 2) => ({ family, address: parseAddress4(address) });
  return {
    dst: at(dst, families.dst),
    gateway: at(gateway, families.gateway),
    genmask: at(mask, families.mask),
    ...{ flags: UP, metric: 0, mtu: 0, window: 0, irtt: 0 },
    ...rest,
  };
}

let ns: Netns;
const call = (request: number, asked: Entry, dev?: string) =>
  ns.ioctl(request, encodeRtentry(entry(asked)), dev === undefined ? {} : { dev });
const add = (asked: Entry, dev?: string) => call(uapi.SIOCADDRT, asked, dev);
const del = (asked: Entry, dev?: string) => call(uapi.SIOCDELRT, asked, dev);
const made = (prefix: string) => ns.route.get(prefix);

beforeEach(() => {
  ns = lab(2, 3);
  ns.link.set('lo', { up: true });
  ns.link.add({ name: 'off', up: false });
  ns.address.add('10.0.2.1/24', { dev: 'eth2' });
  ns.address.add('10.0.2.7/24', { dev: 'eth2', label: 'eth2:x' });
});

describe('struct rtentry', () => {
  const whole = entry({
    dst: '71.0.0.0',
    gateway: '10.0.2.9',
    flags: GATEWAY,
    metric: -3,
    mtu: 1500,
    window: 7,
    irtt: 9,
  });

  test('CFG-132 both layouts, field by field', () => {
    const wide = encodeRtentry(whole, 64);
    expect([
      wide.length,
      wide[8],
      wide[12],
      wide[28],
      wide[44],
      wide[56],
      wide[80],
      wide[96],
      wide[104],
      wide[112],
    ]).toEqual([120, 2, 71, 10, 255, 3, 0xfd, 0xdc, 7, 9]);
    const narrow = encodeRtentry(whole, 32);
    expect([
      narrow.length,
      narrow[4],
      narrow[24],
      narrow[40],
      narrow[52],
      narrow[64],
      narrow[72],
      narrow[76],
      narrow[80],
    ]).toEqual([84, 2, 10, 255, 3, 0xfd, 0xdc, 7, 9]);
    expect([decodeRtentry(wide), decodeRtentry(narrow)]).toEqual([whole, whole]);
  });

  test('another size is no rtentry', () => {
    expect(() => decodeRtentry(hex('00'))).toThrow(WireError);
    expect(ns.ioctl(uapi.SIOCADDRT, hex('00'))).toBe(-uapi.EFAULT);
  });

  test('a 32-bit program is served too', () => {
    expect(ns.ioctl(uapi.SIOCADDRT, encodeRtentry(entry({ dst: '71.0.0.0' }), 32), { dev: 'eth2' })).toBe(0);
    expect(made('71.0.0.0/8')).toMatchObject({ protocol: 3, scope: 253, nexthops: [{ dev: 'eth2' }] });
  });
});

describe('adding', () => {
  test('CFG-135, CFG-139, CFG-157 through a gateway; a second one comes first; the same one twice is refused', () => {
    const through = (gateway: string) => ({ dst: '71.0.0.0', gateway, flags: GATEWAY });
    expect([add(through('10.0.2.9')), add(through('10.0.2.8')), add(through('10.0.2.9'))]).toEqual([
      0,
      0,
      -uapi.EEXIST,
    ]);
    expect(made('71.0.0.0/8')).toMatchObject({ scope: 0, nexthops: [{ via: '10.0.2.8', dev: 'eth2' }] });
    const any = { dst: '71.0.0.0' };
    expect([del(any), del(any), del(any)]).toEqual([0, 0, -uapi.ESRCH]);
  });

  test('CFG-139 a gateway without its flag, or one that is ours, is of scope link', () => {
    expect(add({ dst: '71.0.0.0', gateway: '10.0.2.9' })).toBe(-uapi.ENETUNREACH);
    expect(add({ dst: '71.0.0.0', gateway: '10.0.2.1' })).toBe(0);
    expect(add({ dst: '72.0.0.0', gateway: '10.0.2.1', flags: GATEWAY })).toBe(0);
    expect([made('71.0.0.0/8')!.scope, made('72.0.0.0/8')!.scope]).toEqual([253, 253]);
    expect(add({ dst: '73.0.0.0', flags: GATEWAY }, 'eth2')).toBe(-uapi.EINVAL);
    expect(add({ dst: '73.0.0.0', flags: GATEWAY, gateway: '10.0.2.9', families: { gateway: 10 } })).toBe(
      -uapi.EINVAL,
    );
  });

  test.each([
    ['another family', { dst: '80.0.0.0', families: { dst: 10 } }, uapi.EAFNOSUPPORT],
    ['a mask of none', { dst: '80.0.0.0', families: { mask: 0 } }, uapi.EAFNOSUPPORT],
    ['no mask is 0', { dst: '80.0.0.0', mask: '0.0.0.0', families: { mask: 0 } }, uapi.EINVAL],
    ['a mask with a hole', { dst: '80.0.0.0', mask: '255.0.255.0' }, uapi.EINVAL],
    ['bits past the mask', { dst: '80.0.0.1' }, uapi.EINVAL],
  ])('CFG-134 %s', (_, asked: Entry, errno) => {
    expect(add(asked, 'nope')).toBe(-errno);
  });

  test('CFG-134 a host needs no mask, the default route none with a family', () => {
    expect(
      add({ dst: '80.0.0.1', mask: '1.2.3.4', flags: UP | uapi.RTF_HOST, families: { mask: 10 } }, 'eth2'),
    ).toBe(0);
    expect(add({ dst: '0.0.0.0', mask: '0.0.0.0', families: { mask: 0 } }, 'eth2')).toBe(0);
    expect(made('80.0.0.1/32')).toBeDefined();
    expect(made('default')).toBeDefined();
  });

  test('CFG-136 metric', () => {
    for (const metric of [1, 5, -3]) expect(add({ dst: '84.0.0.0', metric }, 'eth2')).toBe(0);
    const metrics = () => ns.route.list({ protocol: 3 }).map((route) => route.metric);
    expect(metrics()).toEqual([0, 4, 0xfffffffc]);
    expect(del({ dst: '84.0.0.0', metric: 5 })).toBe(0);
    expect(metrics()).toEqual([0, 0xfffffffc]);
  });

  test('CFG-137 REJECT: unreachable, scope host, whatever else is said', () => {
    expect(add({ dst: '85.0.0.0', gateway: '1.2.3.4', flags: REJECT, mtu: 900, metric: 4 }, 'nope')).toBe(0);
    expect(made('85.0.0.0/8')).toMatchObject({ type: 'unreachable', scope: 254, metric: 3, nexthops: [] });
    expect([del({ dst: '85.0.0.0' }), del({ dst: '85.0.0.0', flags: REJECT })]).toEqual([-uapi.ESRCH, 0]);
  });

  test('CFG-138 devices, and labels that choose the source', () => {
    const outcomes = ['nope', '', 'eth2:y', 'off', 'eth2:x'].map((dev) => add({ dst: '78.0.0.0' }, dev));
    expect(outcomes).toEqual([-uapi.ENODEV, -uapi.ENODEV, -uapi.ENODEV, -uapi.ENETDOWN, 0]);
    expect(made('78.0.0.0/8')).toMatchObject({ prefsrc: '10.0.2.7', nexthops: [{ dev: 'eth2' }] });
    expect(add({ dst: '79.0.0.0' })).toBe(-uapi.ENODEV);
    expect([del({ dst: '78.0.0.0' }, 'eth3'), del({ dst: '78.0.0.0' }, 'eth2:x')]).toEqual([-uapi.ESRCH, 0]);
  });

  test('CFG-138 a device in a VRF means the table of that VRF', () => {
    ns.link.add({ name: 'red', kind: 'vrf', table: 77, up: true });
    ns.link.set('eth3', { master: 'red' });
    expect(add({ dst: '71.0.0.0' }, 'eth3')).toBe(0);
    expect(ns.route.get('71.0.0.0/8', { table: 77 })).toMatchObject({ nexthops: [{ dev: 'eth3' }] });
  });

  test('CFG-140 metrics, each with its flag', () => {
    const values = { mtu: 1400, window: 7, irtt: 9 };
    const flags = UP | uapi.RTF_MTU | uapi.RTF_WINDOW | uapi.RTF_IRTT;
    expect(add({ dst: '92.0.0.0', flags, ...values }, 'eth2')).toBe(0);
    expect(made('92.0.0.0/8')!.metrics).toEqual({ advmss: 1360, window: 7, rtt: 72 });
    expect(add({ dst: '93.0.0.0', ...values }, 'eth2')).toBe(0);
    expect(made('93.0.0.0/8')!.metrics).toBeUndefined();
    expect(add({ dst: '94.0.0.0', flags: UP | uapi.RTF_MTU }, 'eth2')).toBe(0);
    expect(made('94.0.0.0/8')!.metrics).toEqual({ advmss: 65495 });
    expect(del({ dst: '92.0.0.0', flags, mtu: 999 }, 'eth2')).toBe(0);
  });
});

test('CFG-141 a delete takes any protocol, and any scope unless a gateway is meant', () => {
  ns.route.add('96.0.0.0/8', { via: '10.0.2.9', protocol: 4, scope: 200 });
  expect(del({ dst: '96.0.0.0', gateway: '10.0.2.9', flags: GATEWAY })).toBe(-uapi.ESRCH);
  expect(del({ dst: '96.0.0.0', flags: GATEWAY })).toBe(0);
  ns.route.add('97.0.0.0/8', { type: 'blackhole' });
  expect(del({ dst: '97.0.0.0' })).toBe(-uapi.ESRCH);
});

test('CFG-142 other requests, and no rights', () => {
  const bytes = encodeRtentry(entry({ dst: '71.0.0.0' }));
  expect([uapi.SIOCRTMSG, 0x890e].map((request) => ns.ioctl(request, bytes))).toEqual([
    -uapi.EINVAL,
    -uapi.ENOTTY,
  ]);
  expect(ns.ioctl(uapi.SIOCADDRT, bytes, { dev: 'eth2', netAdmin: false })).toBe(-uapi.EPERM);
});

test('CFG-143 changes are told as those of a socket are', () => {
  const types: number[] = [];
  new Endpoint(ns).subscribe([7], (datagram) =>
    types.push(...decodeMessages(datagram).map(({ type }) => type)),
  );
  add({ dst: '71.0.0.0' }, 'eth2');
  del({ dst: '71.0.0.0' });
  expect(types).toEqual([uapi.RTM_NEWROUTE, uapi.RTM_DELROUTE]);
});
