/**
 * rules/nexthops.test.ts - nexthop objects and the routes that stand on them (CFG-118..131, CFG-154, CFG-155, MPH-33..36).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { FibError } from '../../src/errors.js';
import type { Netns, NexthopInput } from '../../src/index.js';
import { decodeMessages, decodeNexthop, decodeRoute } from '../../src/wire/index.js';
import { believe, lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';

/** eth2 with 10.0.2.1/24 and eth3 with 10.0.3.1/24. */
let ns: Netns;

const ids = (): number[] => ns.nexthop.list().map(({ id }) => id);
const members = (id: number): number[] | undefined => ns.nexthop.get(id)?.group?.map((member) => member.id);
const owners = (id: number): string =>
  ns.nexthop
    .buckets(id)
    .map(({ nhid }) => nhid)
    .join('');
const routes = (): string[] =>
  ns.route
    .list({ table: 'main', protocol: 3 })
    .map(({ dst, nexthops }) => [dst.split('.')[0], ...nexthops.map(({ via, dev }) => via ?? dev)].join(' '));
const group = (...of: (number | [id: number, weight: number])[]): NonNullable<NexthopInput['group']> =>
  of.map((member) => (typeof member === 'number' ? { id: member } : { id: member[0], weight: member[1] }));

/** The words that a refusal has from the kernel, or its errno. */
function refusal(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FibError);
    return (error as FibError).extack ?? (error as FibError).code;
  }
  return undefined;
}

/** What an operation tells of objects and routes: `+1`, `-10 2`, `route 80`. */
function told(run: () => unknown): string[] {
  const notices: string[] = [];
  const stop = ns.notices.subscribe([7, 32], (datagram) => {
    for (const { type, payload } of decodeMessages(datagram)) {
      if (type <= 25)
        notices.push(`${type === 24 ? '' : '-'}route ${decodeRoute(payload).dst.split('.')[0]}`);
      else {
        const { id, group: of = [] } = decodeNexthop(payload);
        notices.push([`${type === 104 ? '+' : '-'}${id}`, ...of.map((member) => member.id)].join(' '));
      }
    }
  });
  run();
  stop();
  ns.check();
  return notices;
}

beforeEach(() => {
  ns = lab(2, 3);
  ns.link.set('lo', { up: true });
  ns.address.add('10.0.2.1/24', { dev: 'eth2' });
  ns.address.add('10.0.3.1/24', { dev: 'eth3' });
  ns.nexthop.add({ id: 1, via: '10.0.2.9', dev: 'eth2' });
  ns.nexthop.add({ id: 2, via: '10.0.3.9', dev: 'eth3' });
  ns.nexthop.add({ id: 3, blackhole: true });
});

describe('objects alone', () => {
  test('CFG-129 what is added comes back, with the scope of its path', () => {
    ns.nexthop.add({ id: 4, oif: 2, protocol: 4 });
    ns.nexthop.add({ id: 5, via: '99.0.0.1', dev: 'eth2', onlink: true });
    ns.nexthop.add({ id: 6, via: 'fe80::1', dev: 'eth2' });
    ns.nexthop.add({ id: 7, via: '1.2.3.4', fdb: true });
    ns.nexthop.add({ id: 8, via: '10.0.2.1', dev: 'eth2' });
    const path = { family: 2, protocol: 0, flags: 0 };
    expect(ns.nexthop.list()).toEqual([
      { ...path, id: 1, scope: 253, via: '10.0.2.9', dev: 'eth2', oif: 2 },
      { ...path, id: 2, scope: 253, via: '10.0.3.9', dev: 'eth3', oif: 3 },
      { ...path, id: 3, scope: 0, blackhole: true },
      { ...path, id: 4, scope: 254, dev: 'eth2', oif: 2, protocol: 4 },
      { ...path, id: 5, scope: 253, via: '99.0.0.1', dev: 'eth2', oif: 2, flags: 4 },
      { ...path, id: 6, scope: 253, via: 'fe80::1', dev: 'eth2', oif: 2, family: 10 },
      { ...path, id: 7, scope: 253, via: '1.2.3.4', fdb: true },
      { ...path, id: 8, scope: 254, via: '10.0.2.1', dev: 'eth2', oif: 2 },
    ]);
    expect(ns.nexthop.get(99)).toBeUndefined();
  });

  test.each<[name: string, input: NexthopInput, text: string]>([
    [
      'CFG-120 no device',
      { via: '10.0.2.9' },
      'Device attribute required for non-blackhole and non-fdb nexthops',
    ],
    [
      'CFG-120 a blackhole with a device',
      { blackhole: true, dev: 'eth2' },
      'Blackhole attribute can not be used with gateway, oif, encap or fdb',
    ],
    [
      'CFG-120 onlink without gateway',
      { dev: 'eth2', onlink: true },
      'ONLINK flag can not be set for nexthop without a gateway',
    ],
    ['CFG-120 a gateway of another family', { dev: 'eth2', via: '10.0.2.9', family: 10 }, 'Invalid gateway'],
    [
      'CFG-120 fdb with a device',
      { fdb: true, dev: 'eth2' },
      'Fdb attribute can not be used with encap, oif or blackhole',
    ],
    ['CFG-121 no such device', { oif: 77 }, 'Invalid device index'],
    ['CFG-121 a device that is down', { dev: 'eth8' }, 'Nexthop device is not up'],
    ['CFG-121 a device without carrier', { dev: 'eth9' }, 'Carrier for nexthop device is down'],
    ['CFG-121 a gateway that is not there', { dev: 'eth2', via: '10.0.9.9' }, 'Nexthop has invalid gateway'],
    ['CFG-121 IPv6 switched off', { dev: 'eth2', via: 'fe80::1' }, 'IPv6 is disabled on nexthop device'],
    [
      'CFG-121 IPv6 switched off, no gateway',
      { dev: 'eth2', family: 10 },
      'IPv6 is disabled on nexthop device',
    ],
  ])('%s', (_, input, text) => {
    plug(ns, 8, 9);
    ns.link.set('eth8', { up: false });
    ns.link.set('eth9', { carrier: false });
    ns.sysctl.set('net.ipv6.conf.eth2.disable_ipv6', 1);
    expect(refusal(() => ns.nexthop.add({ id: 50, ...input }))).toBe(text);
    expect(ids()).toEqual([1, 2, 3]);
  });

  test('CFG-121 a blackhole stands on loopback', () => {
    ns.link.set('lo', { up: false });
    expect(refusal(() => ns.nexthop.add({ blackhole: true }))).toBe('Device for nexthop is not up');
    expect(refusal(() => ns.nexthop.add({ blackhole: true, family: 10 }))).toBe('Nexthop device is not up');
  });

  test('CFG-122 ids are counted on from the last that was given out, a path that fails takes one too', () => {
    const add = (): number => ns.nexthop.add({ dev: 'eth2' });
    expect([add(), add()]).toEqual([4, 5]);
    ns.nexthop.del(5);
    ns.nexthop.add({ id: 7, dev: 'eth2' });
    expect(refusal(() => ns.nexthop.add({ oif: 99 }))).toBe('Invalid device index');
    expect(add()).toBe(6);
    expect(refusal(() => ns.nexthop.add({ dev: 'eth2', via: '99.0.0.1' }))).toBe(
      'Nexthop has invalid gateway',
    );
    expect(add()).toBe(9);
    ns.core.view.setUint32(abi.STATE_LAST_OBJECT, 0xfffffffe, true);
    expect([add(), add()]).toEqual([0xffffffff, 5]);
  });

  test('CFG-123 an id that is taken', () => {
    expect(refusal(() => ns.nexthop.add({ id: 1, dev: 'eth2' }))).toBe('EEXIST');
    expect(ns.nexthop.replace({ id: 1, dev: 'eth3' })).toBe(1);
    expect(ns.nexthop.get(1)).toMatchObject({ dev: 'eth3', scope: 254 });
    expect(ns.nexthop.replace({ id: 9, dev: 'eth3' })).toBe(9);
    expect(refusal(() => ns.nexthop.replace({ dev: 'eth3' }))).toBe('Replace requires nexthop id');
    expect(refusal(() => ns.nexthop.del(77))).toBe('ENOENT');
  });

  test('CFG-121 in a VRF a gateway is looked up in its table', () => {
    ns.link.add({ name: 'red', index: 9, kind: 'vrf', table: 77 });
    plug(ns, 4);
    ns.link.set('eth4', { master: 'red' });
    ns.route.add('60.0.0.0/8', { dev: 'eth4', table: 77 });
    expect(ns.nexthop.add({ id: 60, via: '60.0.0.1', dev: 'eth4' })).toBe(60);
  });

  test.each([
    [{ id: -1 }, 'id: expected'],
    [{ dev: 'nodev' }, 'ENODEV'],
    [{ via: '10.0.0' }, 'no IPv4 address'],
    [{ group: [{ id: 1, weight: 0 }] }, 'weight: expected'],
    [{ group: [{ id: 1 }], type: 'fast' }, 'type: expected mpath or resilient'],
    [{ group: [{ id: 1 }], type: 'resilient', buckets: 70000 }, 'buckets: expected'],
    [null, 'expected an object'],
  ])('what is no nexthop: %j', (input, text) => {
    expect(() => ns.nexthop.add(input as NexthopInput)).toThrow(text);
  });
});

describe('groups', () => {
  test('CFG-125 a group with its weights', () => {
    ns.nexthop.add({ id: 10, group: group(1, [2, 300]) });
    expect(ns.nexthop.get(10)).toEqual({
      ...{ id: 10, family: 0, protocol: 0, scope: 0, flags: 0, type: 'mpath' },
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 300 },
      ],
    });
    expect(ns.nexthop.buckets(10)).toEqual([]);
    expect(refusal(() => ns.nexthop.buckets(99))).toBe('ENOENT');
  });

  test.each<[name: string, input: NexthopInput, text: string]>([
    ['CFG-125 nobody', { group: [] }, 'Invalid length for nexthop group attribute'],
    ['CFG-125 somebody twice', { group: group(1, 9, 1) }, 'Nexthop id can not be used twice in a group'],
    ['CFG-125 who is not there', { group: group(1, 99) }, 'Invalid nexthop id'],
    ['CFG-125 a weight too large', { group: group([1, 65536]) }, 'Invalid value for weight'],
    ['CFG-125 a group', { group: group(20) }, 'Hash-threshold group can not be a nexthop within a group'],
    [
      'CFG-125 a resilient group',
      { group: group(21) },
      'Resilient group can not be a nexthop within a group',
    ],
    [
      'CFG-125 a blackhole and others',
      { group: group(1, 3) },
      'Blackhole nexthop can not be used in a group with more than 1 path',
    ],
    [
      'CFG-125 something else beside',
      { group: group(1), dev: 'eth2' },
      'No other attributes can be set in nexthop groups',
    ],
    [
      'CFG-125 for a database',
      { group: group(1), fdb: true },
      'FDB nexthop group can only have fdb nexthops',
    ],
    ['CFG-125 one for a database', { group: group(22) }, 'Non FDB nexthop group cannot have fdb nexthops'],
    [
      'CFG-125 of two families, for a database',
      { group: group(22, 23), fdb: true },
      'FDB nexthop group cannot have mixed family nexthops',
    ],
    ['CFG-119 a family', { group: group(1), family: 2 }, 'Invalid family for group'],
    [
      'CFG-126 without buckets',
      { group: group(1), type: 'resilient' },
      'Number of buckets not specified for nexthop group insertion',
    ],
    [
      'CFG-126 with none',
      { group: group(1), type: 'resilient', buckets: 0 },
      'Number of buckets needs to be non-0',
    ],
  ])('%s', (_, input, text) => {
    ns.nexthop.add({ id: 20, group: group(1) });
    ns.nexthop.add({ id: 21, group: group(1), type: 'resilient', buckets: 4 });
    ns.nexthop.add({ id: 22, via: '1.2.3.4', fdb: true });
    ns.nexthop.add({ id: 23, via: '2001:db8::1', fdb: true });
    expect(refusal(() => ns.nexthop.add({ id: 50, ...input }))).toBe(text);
    ns.check();
  });

  test('CFG-124 an object stays what it is', () => {
    ns.nexthop.add({ id: 10, group: group(1, 2) });
    ns.nexthop.add({ id: 11, group: group(1), type: 'resilient', buckets: 4 });
    ns.nexthop.add({ id: 4, fdb: true });
    ns.nexthop.add({ id: 12, group: group(4), fdb: true });
    for (const [input, text] of [
      [{ id: 10, dev: 'eth2' }, 'Can not replace a nexthop group with a nexthop.'],
      [{ id: 1, group: group(2) }, 'Can not replace a nexthop with a nexthop group.'],
      [{ id: 11, group: group(1) }, 'Can not replace a nexthop group with one of a different type.'],
      [
        { id: 11, group: group(1), type: 'resilient', buckets: 8 },
        'Can not change number of buckets of a resilient nexthop group.',
      ],
      [
        { id: 1, blackhole: true },
        'Blackhole nexthop can not be a member of a group with more than one path',
      ],
      [{ id: 4, dev: 'eth2' }, 'Cannot change nexthop FDB status while in a group'],
    ] as const) {
      expect(refusal(() => ns.nexthop.replace(input))).toBe(text);
    }
  });

  test('CFG-124 a new definition must suit the routes that use it', () => {
    ns.nexthop.add({ id: 4, dev: 'eth2' });
    ns.nexthop.add({ id: 10, group: group(4) });
    ns.route.add('80.0.0.0/8', { nhid: 4, scope: 'host' });
    ns.route.add('81.0.0.0/8', { nhid: 10, scope: 'link' });
    for (const [input, text] of [
      [{ id: 4, dev: 'eth2', via: '10.0.2.9' }, 'Route with host scope can not have a gateway'],
      [{ id: 4, group: group(1) }, 'Route with host scope can not have multiple nexthops'],
      [{ id: 4, fdb: true }, 'Route cannot point to a fdb nexthop'],
    ] as const) {
      expect(refusal(() => ns.nexthop.replace(input))).toBe(text);
    }
    ns.route.del('80.0.0.0/8');
    const onlink = { id: 4, dev: 'eth2', via: '99.0.0.1', onlink: true };
    expect(refusal(() => ns.nexthop.replace(onlink))).toBe('Scope mismatch with nexthop');
    ns.route.del('81.0.0.0/8');
    expect(ns.nexthop.replace(onlink)).toBe(4);
  });

  test('CFG-41 what routes cannot stand on', () => {
    ns.nexthop.add({ id: 4, fdb: true });
    ns.nexthop.add({ id: 5, dev: 'eth2' });
    ns.nexthop.add({ id: 10, group: group(5) });
    const add = (nhid: number, scope: 'host' | 'global') =>
      refusal(() => ns.route.add('80.0.0.0/8', { nhid, scope }));
    expect(add(4, 'global')).toBe('Route cannot point to a fdb nexthop');
    expect(add(1, 'host')).toBe('Route with host scope can not have a gateway');
    expect(add(10, 'host')).toBe('Route with host scope can not have multiple nexthops');
    expect(add(5, 'host')).toBeUndefined();
  });
});

describe('what follows', () => {
  beforeEach(() => {
    ns.nexthop.add({ id: 10, group: group(1, 2) });
    ns.nexthop.add({ id: 11, group: group([1, 3], 2) });
    ns.route.add('80.0.0.0/8', { nhid: 1 });
    ns.route.add('81.0.0.0/8', { nhid: 10 });
    ns.route.add('82.0.0.0/8', { nhid: 11 });
  });

  test('CFG-131, CFG-94 a replaced object changes its routes; they are told, the latest group first', () => {
    ns.route.add('83.0.0.0/8', { nhid: 1 });
    ns.route.add('84.0.0.0/8', { nhid: 1, table: 100 });
    const replaced = told(() => ns.nexthop.replace({ id: 1, via: '10.0.2.33', dev: 'eth2' }));
    expect(replaced).toEqual(['+1', 'route 84', 'route 83', 'route 80', 'route 82', 'route 81']);
    expect(routes()).toEqual([
      '80 10.0.2.33',
      '81 10.0.2.33 10.0.3.9',
      '82 10.0.2.33 10.0.3.9',
      '83 10.0.2.33',
    ]);
    expect(told(() => ns.nexthop.replace({ id: 10, group: group(2) }))).toEqual(['+10 2', 'route 81']);
    expect(routes()[1]).toBe('81 10.0.3.9');
  });

  test('CFG-127, CFG-154 a deleted object leaves its groups, and takes along what has nothing else', () => {
    expect(told(() => ns.nexthop.del(1))).toEqual(['-1', '+11 2', '+10 2']);
    expect(routes()).toEqual(['81 10.0.3.9', '82 10.0.3.9']);
    expect(told(() => ns.nexthop.del(2))).toEqual(['-2', '-10 2', '-11 2']);
    expect(routes()).toEqual([]);
    expect(ids()).toEqual([3]);
  });

  test('CFG-128 a group whose members are given anew is told last of all again', () => {
    ns.nexthop.replace({ id: 10, group: group(2, 1) });
    expect(told(() => ns.nexthop.del(1))).toEqual(['-1', '+10 2', '+11 2']);
  });

  test('CFG-124 what stays when a group is replaced: who made it', () => {
    ns.nexthop.add({ id: 12, group: group(1), protocol: 4 });
    ns.nexthop.replace({ id: 12, group: group(2), protocol: 9 });
    ns.nexthop.replace({ id: 1, dev: 'eth2', protocol: 9 });
    expect(ns.nexthop.get(12)).toMatchObject({ protocol: 4, group: [{ id: 2 }] });
    expect(ns.nexthop.get(1)!.protocol).toBe(9);
  });

  test.each<[name: string, event: () => void]>([
    ['CFG-155 loses its carrier', () => ns.link.set('eth2', { carrier: false })],
    ['CFG-155 goes down', () => ns.link.set('eth2', { up: false })],
    ['CFG-155 is taken away', () => ns.link.del('eth2')],
  ])('%s: what stands on it goes without a word, blackholes stay', (_, event) => {
    ns.nexthop.add({ id: 12, group: group(1) });
    const notices = told(() => {
      event();
      ns.advance(2000);
    });
    expect(notices.filter((notice) => !/route 10/.test(notice))).toEqual([]);
    expect(ids()).toEqual([2, 3, 10, 11]);
    expect([members(10), members(11)]).toEqual([[2], [2]]);
    expect(routes()).toEqual(['81 10.0.3.9', '82 10.0.3.9']);
    expect(outcome(() => ns.nexthop.del(3))).toBe('ok');
  });

  test('CFG-155 loopback down takes what stands on it, but not blackholes', () => {
    ns.nexthop.add({ id: 5, dev: 'lo' });
    ns.link.set('lo', { up: false });
    expect(ids()).toEqual([1, 2, 3, 10, 11]);
  });

  test('FIB-98 the first source of a path is that for a route just wider than it', () => {
    ns.address.add('10.9.9.9/24', { dev: 'eth3', scope: 'link' });
    ns.address.del('10.0.3.1/24', { dev: 'eth3' });
    ns.nexthop.add({ id: 5, dev: 'eth3' });
    ns.nexthop.add({ id: 6, via: '10.9.9.1', dev: 'eth3' });
    ns.route.add('90.0.0.0/8', { nhid: 5, scope: 'link' });
    ns.route.add('91.0.0.0/8', { nhid: 6, scope: 'link' });
    expect(ns.route.output('90.0.0.1').src).toBe('10.9.9.9');
    expect(ns.route.output('91.0.0.1').src).toBe('10.0.2.1');
  });
});

describe('resilient groups', () => {
  const put = (of: ReturnType<typeof group>, more: Partial<NexthopInput> = {}): number =>
    ns.nexthop.replace({ id: 10, group: of, type: 'resilient', buckets: 8, ...more });
  /** Sends a flow through every bucket. */
  const use = (): void => {
    for (let i = 0; i < 256; i++) ns.lookup({ dst: 0x5a000000 + i });
  };

  beforeEach(() => {
    ns.nexthop.add({ id: 4, dev: 'eth2' });
    put(group(1, 2));
    ns.route.add('90.0.0.0/8', { nhid: 10 });
  });

  test('CFG-126 timers and buckets come back, and stay when they are not given again', () => {
    const resilience = (): object => ns.nexthop.get(10)!.resilience!;
    expect(resilience()).toEqual({ buckets: 8, idleTimer: 12000, unbalancedTimer: 0, unbalancedTime: 0 });
    put(group(1, 2), { idleTimer: 500, unbalancedTimer: 600 });
    ns.nexthop.replace({ id: 10, group: group(1, 2), type: 'resilient', idleTimer: 701 });
    // The kernel's clock ticks 250 times a second.
    expect(resilience()).toEqual({ buckets: 8, idleTimer: 700, unbalancedTimer: 600, unbalancedTime: 0 });
  });

  test('MPH-36 buckets that nobody uses follow their members at once: ascending, the last member first', () => {
    expect(owners(10)).toBe('22221111');
    for (const [of, expected] of [
      [group([1, 3], 2), '11221111'],
      [group(2, [1, 3]), '11221111'],
      [group(1, 2, 4), '44224111'],
      [group(2, 4), '44224422'],
      [group(3), '33333333'],
      [group(1, 2), '22221111'],
    ] as const) {
      put(of);
      expect(owners(10)).toBe(expected);
      ns.check();
    }
  });

  test('MPH-36 those of a member that leaves go to the others', () => {
    put(group(1, 2, 4));
    expect(owners(10)).toBe('44224111');
    ns.nexthop.del(2);
    expect(owners(10)).toBe('44414111');
  });

  test('MPH-35 a bucket in use stays until it has been idle for long enough', () => {
    put(group(1, 2), { idleTimer: 100 });
    use();
    put(group([1, 3], 2), { idleTimer: 100 });
    expect(owners(10)).toBe('22221111');
    ns.advance(500);
    expect([owners(10), ns.nexthop.get(10)!.resilience!.unbalancedTime]).toEqual(['22221111', 50]);
    expect(ns.nexthop.buckets(10).map(({ idleTime }) => idleTime)).toEqual(Array(8).fill(50));
    ns.advance(700);
    expect([owners(10), ns.nexthop.get(10)!.resilience!.unbalancedTime]).toEqual(['11221111', 0]);
    expect(ns.nexthop.buckets(10).map(({ idleTime }) => idleTime)).toEqual([
      20, 20, 120, 120, 120, 120, 120, 120,
    ]);
  });

  test('MPH-35 out of balance for too long, buckets in use move too', () => {
    put(group(1, 2), { unbalancedTimer: 100 });
    use();
    put(group([1, 3], 2), { unbalancedTimer: 100 });
    ns.advance(999);
    expect(owners(10)).toBe('22221111');
    ns.advance(1);
    expect(owners(10)).toBe('11221111');
  });

  test('MPH-35 without that timer they never do, but for those whose member goes', () => {
    use();
    put(group([1, 3], 2));
    put(group(1, 2, 4));
    expect(owners(10)).toBe('22221111');
    put(group(2, 4));
    expect(owners(10)).toBe('22224444');
    ns.advance(10_000);
    expect(owners(10)).toBe('22224444');
  });

  test('MPH-35 every flow goes where its bucket leads', () => {
    const paths = new Set(Array.from({ length: 64 }, (_, i) => ns.lookup({ dst: 0x5a000000 + i }).via));
    expect(paths).toEqual(new Set(['10.0.2.9', '10.0.3.9']));
    ns.nexthop.del(2);
    for (let i = 0; i < 64; i++) expect(ns.lookup({ dst: 0x5a000000 + i }).via).toBe('10.0.2.9');
  });
});

test('CFG-87 an object that is onlink now is shown so in its routes, which stand where they stood', () => {
  using ns = lab(2);
  ns.address.add('10.0.2.1/24', { dev: 'eth2' });
  ns.nexthop.add({ id: 1, via: '10.0.2.5', dev: 'eth2' });
  ns.route.add('30.0.0.0/24', { type: 'throw' });
  ns.route.append('30.0.0.0/24', { nhid: 1 });
  const path = { via: '10.0.2.9', oif: 2 };
  const nexthop = { id: 1, family: 2, protocol: 0, scope: 253, flags: 4, ...path };
  expect(ns.apply({ kind: 'nexthop', op: 'replace', nexthop })).toBe(true);
  // The notice of its route replaces no other one.
  const route = { flags: 4, nexthops: [{ ...path, flags: 4 }], nhid: 1 };
  expect(believe(ns, '30.0.0.0/24', route, 'replace')).toBe(false);
  expect(ns.route.list({ table: 'main', protocol: 3 }).map(({ type }) => type)).toEqual(['throw', 'unicast']);
});
