/**
 * rules/create.test.ts - may this route be added? What Linux asks of devices, gateways and sources, in its order and in
 * its words (CFG-25..41, 45, 46; FIB-87, 91, 92).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { FibError, Netns } from '../../src/index.js';
import type { RouteInput } from '../../src/model/route.js';
import { lab } from '../lab.js';

const NET = '50.0.0.0/8';
const DEAD = 1;
const PERVASIVE = 2;
const LINKDOWN = 16;

/** eth2 with 10.0.0.1/24, eth3 with 10.0.1.1/24; eth4 with 10.0.2.1/24 is down. */
let ns: Netns;

beforeEach(() => {
  ns = lab(2, 3, 4);
  ns.link.set('lo', { up: true });
  for (const i of [0, 1, 2]) ns.address.add(`10.0.${i}.1/24`, { dev: `eth${2 + i}`, broadcast: '+' });
  ns.link.set('eth4', { up: false });
});

/** What adding a route comes to: 'ok', or the errno name and the kernel's words. */
function added(route: RouteInput, prefix = NET): string {
  const before = ns.route.list();
  try {
    ns.route.add(prefix, route);
    return 'ok';
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    expect(ns.route.list()).toEqual(before);
    return error.extack === undefined ? error.code : `${error.code} ${error.extack}`;
  } finally {
    ns.check();
  }
}

const NO_GATEWAY = 'Nexthop has invalid gateway';

describe('the order of the checks', () => {
  test.each<[string, RouteInput, string]>([
    ['scope', { type: 'local', scope: 0, flags: DEAD }, 'EINVAL Invalid scope'],
    ['flags', { flags: DEAD, nhid: 99 }, 'EINVAL Invalid rtm_flags - can not contain DEAD or LINKDOWN'],
    ['object', { nhid: 99, prefsrc: '9.9.9.9' }, 'EINVAL Nexthop id does not exist'],
    ['widest scope', { dev: 'eth4', scope: 255 }, 'EINVAL Invalid scope'],
    ['nexthop', { dev: 'eth4', prefsrc: '9.9.9.9' }, 'ENETDOWN Device for nexthop is not up'],
    ['source', { dev: 'eth2', prefsrc: '9.9.9.9' }, 'EINVAL Invalid prefsrc address'],
    ['existence', { dev: 'eth2' }, 'EEXIST'],
  ])('CFG-25 %s comes before what follows it', (_, route, said) => {
    ns.route.add(NET, { dev: 'eth3' });
    expect(added(route)).toBe(said);
  });

  test('CFG-26 types that reject are asked neither for a scope that fits nor for a source of ours', () => {
    for (const type of ['blackhole', 'unreachable', 'prohibit', 'throw'] as const) {
      for (const scope of [0, 10, 254, 255]) {
        expect(added({ type, scope, prefsrc: '9.9.9.9' })).toBe('ok');
        expect(ns.route.get(NET)).toMatchObject({ type, scope, prefsrc: '9.9.9.9' });
        ns.route.del(NET);
      }
      expect(added({ type, dev: 'eth2' })).toBe(
        'EINVAL Gateway, device and multipath can not be specified for this route type',
      );
    }
  });

  test('CFG-20 a route that rejects has realms at a nexthop that leads nowhere, and is told by them', () => {
    expect(added({ type: 'prohibit', realm: 0x50001 })).toBe('ok');
    const route = ns.route.get(NET)!;
    expect(route).toMatchObject({ type: 'prohibit', nexthops: [{ weight: 1, flags: 0, realm: 0x50001 }] });
    expect(added({ type: 'prohibit', nexthops: [{ realm: 1, dev: 'eth2' }] })).toContain('EINVAL Gateway');
    expect(added({ type: 'prohibit', nexthops: [{ realm: 1 }, { realm: 2 }] })).toContain('EINVAL Gateway');
    expect(() => ns.route.append(NET, { type: 'prohibit', realm: 0x50001 })).toThrow('EEXIST');
    ns.route.append(NET, { type: 'prohibit', realm: 7 });
    ns.route.append(NET, { type: 'prohibit' });
    const realms = () =>
      ns.route.list({ table: 'main' }).flatMap(({ dst, nexthops }) => {
        return dst === NET ? [nexthops[0]?.realm] : [];
      });
    expect(realms()).toEqual([0x50001, 7, undefined]);
    ns.route.del(NET, { type: 'prohibit', nexthops: [{ realm: 7 }] });
    expect(realms()).toEqual([0x50001, undefined]);
    ns.route.del(NET, { type: 'prohibit', realm: 9 }); // as Linux does not compare what stands alone (CFG-59)
    expect(realms()).toEqual([undefined]);
    ns.route.replace(route.dst, route);
    expect(ns.route.list({ table: 'main' })).toContainEqual(route);
    expect(() => ns.lookup('50.0.0.1')).toThrow('EACCES');
    ns.check();
    expect(Netns.load(ns.save()).route.list()).toEqual(ns.route.list());
  });

  test('FIB-87 nat and xresolve have scope nowhere and no nexthop', () => {
    for (const type of ['nat', 'xresolve'] as const) {
      expect(added({ type, table: 'main', scope: 'host' })).toBe('EINVAL Invalid scope');
      expect(added({ type, table: 'main', scope: 'nowhere' })).toBe('ok');
      expect(ns.route.get(NET)).toMatchObject({ type, nexthops: [] });
      ns.route.del(NET);
    }
  });
});

describe('a device alone', () => {
  test('CFG-27 host scope takes one device, up or down, and no gateway', () => {
    const local = { type: 'local', table: 'main' } as const;
    expect(added({ ...local, nexthops: [{ dev: 'eth2' }, { dev: 'eth3' }] })).toBe(
      'EINVAL Route with host scope can not have multiple nexthops',
    );
    expect(added({ ...local, via: '10.0.0.9' })).toBe('EINVAL Route with host scope can not have a gateway');
    expect(added({ ...local, oif: 99 })).toBe('ENODEV');
    expect(added({ ...local, dev: 'eth4' })).toBe('ok');
  });

  test('CFG-28 it cannot be pervasive or onlink', () => {
    const said = 'EINVAL Invalid flags for nexthop - PERVASIVE and ONLINK can not be set';
    expect(added({ dev: 'eth2', onlink: true })).toBe(said);
    expect(added({ dev: 'eth2', flags: PERVASIVE })).toBe(said);
  });

  test('CFG-29, CFG-30 it must be there, and up', () => {
    expect(added({})).toBe('ENODEV');
    expect(added({ oif: 99 })).toBe('ENODEV');
    expect(added({ dev: 'eth4' })).toBe('ENETDOWN Device for nexthop is not up');
  });

  test('CFG-31 without carrier the nexthop is linkdown, and the route is there', () => {
    ns.link.set('eth2', { carrier: false });
    expect(added({ dev: 'eth2' })).toBe('ok');
    expect(ns.route.get(NET)).toMatchObject({ flags: LINKDOWN, nexthops: [{ flags: LINKDOWN }] });
    ns.link.set('eth2', { carrier: true });
    expect(ns.route.get(NET)).toMatchObject({ flags: 0, nexthops: [{ flags: 0 }] });
  });
});

describe('a gateway', () => {
  test('CFG-32 onlink asks for a device that is up, a wider scope, and a gateway that is nobody special', () => {
    const onlink = { via: '99.0.0.1', onlink: true };
    expect(added({ ...onlink, dev: 'eth2', scope: 'link' })).toBe('EINVAL Nexthop has invalid scope');
    expect(added(onlink)).toBe('ENODEV Nexthop device required for onlink');
    expect(added({ ...onlink, dev: 'eth4' })).toBe('ENETDOWN Nexthop device is not up');
    for (const via of ['10.0.0.1', '10.0.0.255', '224.0.0.1', '255.255.255.255']) {
      expect(added({ ...onlink, via, dev: 'eth2' }), via).toBe(`EINVAL ${NO_GATEWAY}`);
    }
    expect(added({ ...onlink, dev: 'eth2' })).toBe('ok');
    expect(ns.route.get(NET)).toMatchObject({ scope: 0, nexthops: [{ via: '99.0.0.1', oif: 2, flags: 4 }] });
  });

  test("CFG-33 the route's own table is asked first, then the rules", () => {
    ns.route.add('99.0.0.0/8', { dev: 'eth3', table: 100 });
    expect(added({ via: '99.0.0.9' })).toBe(`ENETUNREACH ${NO_GATEWAY}`);
    expect(added({ via: '99.0.0.9', table: 100 })).toBe('ok');
    expect(ns.route.get(NET, { table: 100 })?.nexthops[0]?.oif).toBe(3);
    expect(added({ via: '10.0.0.9', table: 100 }, '51.0.0.0/8')).toBe('ok');
    expect(added({ via: '10.0.0.9', table: 101 })).toBe('ok');
  });

  test.each([
    ['unreachable', 'EHOSTUNREACH'],
    ['prohibit', 'EACCES'],
    ['blackhole', 'EINVAL'],
    ['throw', 'ENETUNREACH'],
  ] as const)('CFG-34 behind a route of type %s it is %s, but a wider one is not looked at', (type, code) => {
    ns.route.add('98.0.0.0/8', { type, scope: 'link' });
    expect(added({ via: '98.0.0.1' })).toBe(`${code} ${NO_GATEWAY}`);
    ns.route.replace('98.0.0.0/8', { type, scope: 'universe' });
    expect(added({ via: '98.0.0.1' })).toBe(`ENETUNREACH ${NO_GATEWAY}`);
  });

  test('CFG-34, CFG-149, FIB-91, FIB-148 it is not reached through another gateway, only by onlink', () => {
    expect(added({ via: '10.0.0.9' })).toBe('ok');
    expect(added({ via: '50.0.0.1' }, '51.0.0.0/8')).toBe(`ENETUNREACH ${NO_GATEWAY}`);
    expect(added({ via: '50.0.0.1', dev: 'eth2', onlink: true }, '51.0.0.0/8')).toBe('ok');
    expect(added({ via: '224.0.0.1' }, '52.0.0.0/8')).toBe(`ENETUNREACH ${NO_GATEWAY}`);
  });

  test('CFG-35 a broadcast address is none', () => {
    expect(added({ via: '10.0.0.255' })).toBe(`EINVAL ${NO_GATEWAY}`);
  });

  test('CFG-36 it gives the device; a given one must lead there, and one that is down leads nowhere', () => {
    expect(added({ via: '10.0.1.9' })).toBe('ok');
    expect(ns.route.get(NET)?.nexthops).toMatchObject([{ via: '10.0.1.9', oif: 3, dev: 'eth3', flags: 0 }]);
    expect(added({ via: '10.0.1.9', dev: 'eth2' }, '51.0.0.0/8')).toBe(`ENETUNREACH ${NO_GATEWAY}`);
    expect(added({ via: '10.0.2.9' }, '51.0.0.0/8')).toBe(`ENETUNREACH ${NO_GATEWAY}`);
    ns.link.set('eth3', { carrier: false });
    expect(added({ via: '10.0.1.9' }, '51.0.0.0/8')).toBe('ok');
    expect(ns.route.get('51.0.0.0/8')?.nexthops[0]?.flags).toBe(LINKDOWN);
  });

  test('CFG-37 what led to it may go: the route stays where it was', () => {
    ns.route.add(NET, { via: '10.0.0.9' });
    ns.route.del('10.0.0.0/24');
    expect(ns.lookup('50.0.0.1')).toMatchObject({ via: '10.0.0.9', oif: 2 });
    ns.route.add('10.0.0.0/24', { dev: 'eth3' });
    expect(ns.lookup('50.0.0.1')).toMatchObject({ via: '10.0.0.9', oif: 2 });
  });

  test('CFG-38, FIB-92 it may be ourselves, and with scope link must be', () => {
    expect(added({ via: '10.0.0.1', scope: 'link' })).toBe('ok');
    expect(added({ via: '10.0.0.9', scope: 'link' }, '51.0.0.0/8')).toBe(`ENETUNREACH ${NO_GATEWAY}`);
    expect(added({ via: '10.0.0.1' }, '51.0.0.0/8')).toBe('ok');
  });

  test('CFG-39 the address of a subnet, and 127.0.0.1, are good enough', () => {
    expect(added({ via: '10.0.0.0' })).toBe('ok');
    expect(added({ via: '127.0.0.1' }, '51.0.0.0/8')).toBe('ok');
    expect(ns.route.get('51.0.0.0/8')?.nexthops[0]).toMatchObject({ via: '127.0.0.1', dev: 'lo' });
    expect(added({ dev: 'eth2', scope: 'universe' }, '52.0.0.0/8')).toBe('ok');
  });

  test('CFG-40 of IPv6 it must be on the link of a device that speaks it', () => {
    expect(added({ via: 'fe80::9' })).toBe('EINVAL Egress device not specified');
    expect(added({ via: 'ff02::1', dev: 'eth2' })).toBe('EINVAL Invalid gateway address');
    expect(added({ via: 'fe80::9', oif: 99 })).toBe('ENODEV');
    expect(added({ via: 'fe80::9', dev: 'eth2' })).toBe('ok');
    expect(ns.lookup('50.0.0.1')).toMatchObject({ via: 'fe80::9', oif: 2 });
  });
});

describe('several nexthops', () => {
  test('CFG-45 one that fails fails them all; a single one is stored as such', () => {
    expect(added({ nexthops: [{ via: '10.0.0.9' }, { via: '99.0.0.1' }] })).toBe(`ENETUNREACH ${NO_GATEWAY}`);
    expect(added({ nexthops: [{ dev: 'eth2' }, { dev: 'eth4' }] })).toBe(
      'ENETDOWN Device for nexthop is not up',
    );
    expect(added({ nexthops: [{ dev: 'eth2' }, { via: '10.0.1.9' }] })).toBe('ok');
    expect(ns.route.get(NET)?.nexthops).toMatchObject([{ oif: 2 }, { oif: 3 }]);
    expect(added({ nexthops: [{ via: '10.0.0.9' }] }, '51.0.0.0/8')).toBe('ok');
    ns.route.append('51.0.0.0/8', { via: '10.0.1.9' });
    expect(() => ns.route.append('51.0.0.0/8', { via: '10.0.0.9' })).toThrow(/EEXIST/);
  });
});

describe('a nexthop object', () => {
  test('CFG-41 must suit the scope', () => {
    ns.nexthop.add({ id: 1, via: '10.0.0.9', dev: 'eth2' });
    ns.nexthop.add({ id: 2, dev: 'eth3' });
    ns.nexthop.add({ id: 3, via: '99.0.0.1', dev: 'eth2', onlink: true });
    ns.nexthop.add({ id: 9, group: [{ id: 1 }, { id: 2 }] });
    expect(added({ nhid: 9, scope: 'host' })).toBe(
      'EINVAL Route with host scope can not have multiple nexthops',
    );
    expect(added({ nhid: 1, scope: 'host' })).toBe('EINVAL Route with host scope can not have a gateway');
    expect(added({ nhid: 3, scope: 'link' })).toBe('EINVAL Scope mismatch with nexthop');
    expect(added({ nhid: 3, scope: 'universe' })).toBe('ok');
    expect(added({ nhid: 9, scope: 'universe' }, '51.0.0.0/8')).toBe('ok');
  });
});

describe('a preferred source', () => {
  test('CFG-46 is an address of ours, or what a local route makes ours', () => {
    expect(added({ dev: 'eth2', prefsrc: '10.0.0.9' })).toBe('EINVAL Invalid prefsrc address');
    expect(added({ dev: 'eth2', prefsrc: '10.0.1.1' })).toBe('ok');
    expect(added({ dev: 'eth2', prefsrc: '10.0.2.1' }, '51.0.0.0/8')).toBe('ok'); // its link is down
    expect(added({ type: 'local', dev: 'eth2', prefsrc: '10.9.9.9' }, '10.9.9.9/32')).toBe('ok');
    expect(added({ type: 'local', dev: 'eth2', prefsrc: '10.9.9.8' }, '10.9.9.7/32')).toBe(
      'EINVAL Invalid prefsrc address',
    );
    ns.route.add('77.0.0.0/8', { type: 'local', dev: 'eth3', table: 100 });
    expect(added({ dev: 'eth3', prefsrc: '77.1.1.1', table: 100 })).toBe('ok');
    expect(added({ dev: 'eth3', prefsrc: '77.1.1.1' }, '52.0.0.0/8')).toBe('EINVAL Invalid prefsrc address');
  });
});
