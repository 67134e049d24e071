/**
 * rules/links.test.ts - interfaces that come, change and go, and what is told of them (CFG-113..117, NL-23).
 *
 * The orders of notices are those of Linux 6.18, seen with `ip monitor`.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Netns } from '../../src/index.js';
import type { LinkInput, LinkUpdate } from '../../src/model/link.js';
import { decodeAddress, decodeLink, decodeMessages, decodeRoute } from '../../src/wire/index.js';
import { formatAddress4 } from '../../src/text/address.js';
import { outcome } from '../outcome.js';

const OPER = ['unknown', '', 'down', 'lowerlayerdown', '', 'dormant', 'up'];
const SHOWN: readonly (readonly [number, string])[] = [
  [uapi.IFF_UP, 'UP'],
  [uapi.IFF_RUNNING, 'RUNNING'],
  [uapi.IFF_LOWER_UP, 'LOWER_UP'],
];
const SIGNS: Partial<Record<number, string>> = { 16: '+', 17: '-', 20: '+', 21: '-', 24: '+', 25: '-' };

let ns: Netns;
let notices: string[];

/** A notice in short: `+va UP lowerlayerdown (1)`, with what changed in hexadecimal; a port begins with its bridge. */
function short({ type, payload }: { readonly type: number; readonly payload: Uint8Array }): string {
  const sign = SIGNS[type] ?? `${type} `;
  if (type >= uapi.RTM_NEWROUTE) return `${sign}${decodeRoute(payload).type} ${decodeRoute(payload).dst}`;
  if (type >= uapi.RTM_NEWADDR) return `${sign}addr ${formatAddress4(decodeAddress(payload)!.local)}`;
  const link = decodeLink(payload);
  const flags = SHOWN.filter(([bit]) => link.flags & bit).map(([, word]) => ` ${word}`);
  const where = link.family === uapi.AF_BRIDGE ? `port ${link.master}:` : '';
  return `${sign}${where}${link.name}${flags.join('')} ${OPER[link.operstate!]} (${link.change.toString(16)})`;
}

/** The notices that an operation causes. */
function told(run: () => unknown): string[] {
  notices = [];
  run();
  return notices;
}

const set = (name: string, update: LinkUpdate): string[] => told(() => ns.link.set(name, update));
const add = (input: LinkInput): string[] => told(() => ns.link.add({ up: false, ...input }));
const wait = (): string[] => told(() => ns.advance(1300));
const names = (): string[] => ns.link.list().map(({ name }) => name);

beforeEach(() => {
  ns = Netns.create();
  ns.notices.subscribe([1, 5, 7], (datagram) => notices.push(...decodeMessages(datagram).map(short)));
});

describe('loopback', () => {
  test('CFG-113 is there from the start, down', () => {
    expect(ns.link.list()).toEqual([
      {
        ...{
          index: 1,
          name: 'lo',
          flags: uapi.IFF_LOOPBACK,
          kind: 'loopback',
          mtu: 65536,
          operstate: 'DOWN',
        },
        ...{ carrier: true, address: '00:00:00:00:00:00', group: 0, txqlen: 1000 },
      },
    ]);
  });

  test('CFG-110, CFG-114 brings its addresses when it goes up, and stays', () => {
    expect(set('lo', { up: true })).toEqual([
      ...['+lo UP RUNNING LOWER_UP unknown (1)', '+addr 127.0.0.1', '+local 127.0.0.1/32'],
      ...['+local 127.0.0.0/8', '+broadcast 127.255.255.255/32'],
    ]);
    expect(set('lo', { up: true })).toEqual([]);
    expect(set('lo', { up: false })).toEqual(['+lo down (1)']);
    expect(set('lo', { up: true })).toEqual([
      '+lo UP RUNNING LOWER_UP unknown (1)',
      '+broadcast 127.255.255.255/32',
    ]);
    expect(outcome(() => ns.link.del('lo'))).toBe('EOPNOTSUPP');
  });
});

describe('coming', () => {
  test('NL-23 a new link is told with all flags changed, and its routes after it', () => {
    expect(add({ name: 'eth0' })).toEqual(['+eth0 down (ffffffff)']);
    expect(add({ name: 'eth1', up: true })).toEqual(['+eth1 UP RUNNING LOWER_UP unknown (ffffffff)']);
  });

  test('indexes count up and are not given again; one that is asked for does not count', () => {
    for (const name of ['a', 'b']) ns.link.add({ name });
    ns.link.del('b');
    ns.link.add({ name: 'c', index: 20 });
    ns.link.add({ name: 'd' });
    expect(ns.link.list().map(({ index, name }) => `${index}${name}`)).toEqual(['1lo', '2a', '4d', '20c']);
  });

  test('a veth comes as two, the other end first', () => {
    expect(add({ name: 'va', kind: 'veth', peer: 'vb' })).toEqual([
      '+vb down (ffffffff)',
      '+va down (ffffffff)',
    ]);
    ns.link.add({ name: 'vc', kind: 'veth' });
    expect(names()).toEqual(['lo', 'vb', 'va', 'veth0', 'vc']);
    expect(ns.link.get('va')).toMatchObject({ kind: 'veth', peer: 'vb', carrier: false, index: 3 });
    expect(ns.link.get('vc')).toMatchObject({ peer: 'veth0', carrier: true, operstate: 'UP' });
  });

  test('a row of names gives the first that is free', () => {
    for (let i = 0; i < 3; i++) ns.link.add({ name: 'eth%d' });
    ns.link.del('eth1');
    expect(ns.link.add({ name: 'eth%d' })).toMatchObject({ name: 'eth1', index: 5 });
    expect(outcome(() => ns.link.add({ name: 'eth%s' }))).toBe('EINVAL');
  });

  test.each<[string, LinkInput]>([
    ['EEXIST', { name: 'lo' }],
    ['EEXIST', { name: 'x', index: 1 }],
    ['EINVAL', { name: 'a/b' }],
    ['EINVAL', { name: 'sixteen-bytes-ok' }],
    ['EINVAL', { name: 'x', mtu: -1 }],
    ['EINVAL', { name: 'x', kind: 'veth', mtu: 60 }],
    ['EINVAL', { name: 'x', kind: 'vrf' }],
    ['EINVAL', { name: 'x', address: '02:00' }],
    ['EADDRNOTAVAIL', { name: 'x', address: '01:00:00:00:00:01' }],
    ['EADDRNOTAVAIL', { name: 'x', address: '0:0:0:0:0:0' }],
    ['ENODEV', { name: 'x', master: 'br0' }],
    ['EOPNOTSUPP', { name: 'x', master: 'lo' }],
    ['EOPNOTSUPP', { name: 'x', kind: 'nosuch' as never }],
    ['EOPNOTSUPP', { name: 'x', kind: 'veth', carrier: false }],
    ['EEXIST', { name: 'x', kind: 'veth', peer: 'x' }],
    ['EEXIST', { name: 'x', kind: 'veth', peer: 'lo' }],
  ])('%s and no link: %o', (code, input) => {
    expect(outcome(() => ns.link.add(input))).toBe(code);
    expect(names()).toEqual(['lo']);
    ns.check();
  });
});

describe('changing', () => {
  beforeEach(() => {
    ns.link.add({ name: 'eth0', kind: 'veth', peer: 'eth1' });
    ns.advance(2000);
    ns.address.add('10.0.0.1/24', { dev: 'eth0' });
  });

  test('CFG-114, CFG-115 down is told, the routes go silently; up is told, then the routes that come', () => {
    expect(set('eth0', { up: false })).toEqual(['+eth0 down (1)', '+eth1 UP lowerlayerdown (0)']);
    expect(ns.tryLookup('10.0.0.9')).toBeUndefined();
    expect(ns.lookup('10.0.0.1').type).toBe('local');
    expect(set('eth0', { up: true }).slice(1, 3)).toEqual([
      '+unicast 10.0.0.0/24',
      '+broadcast 10.0.0.255/32',
    ]);
  });

  test('a change of name is told, then the labels; routes and rules follow the index', () => {
    ns.rule.add({ iif: 'lan0', table: 100, priority: 5 });
    expect(set('eth0', { name: 'lan0' })).toEqual(['+lan0 UP RUNNING LOWER_UP up (0)', '+addr 10.0.0.1']);
    expect(ns.lookup('10.0.0.9').dev).toBe('lan0');
    expect(ns.address.list()[0]).toMatchObject({ dev: 'lan0', label: 'lan0' });
    expect(set('lan0', { name: 'lan0' })).toEqual([]);
    expect(outcome(() => ns.link.set('lan0', { name: 'eth1' }))).toBe('EEXIST');
    expect(outcome(() => ns.link.set('eth0', { up: false }))).toBe('ENODEV');
  });

  test('FIB-130 an MTU changes no routes while it suits IPv4', () => {
    ns.link.add({ name: 'lan0', up: true });
    ns.address.add('10.1.0.1/24', { dev: 'lan0' });
    expect(set('lan0', { mtu: 68 })).toEqual(['+lan0 UP RUNNING LOWER_UP unknown (0)']);
    expect(ns.lookup('10.1.0.9').dev).toBe('lan0');
    ns.sysctl.set('net.ipv4.conf.lan0.rp_filter', 2);
    expect(set('lan0', { mtu: 67 })).toEqual([
      ...['+lan0 UP RUNNING LOWER_UP unknown (0)', '-addr 10.1.0.1', '-unicast 10.1.0.0/24'],
      ...['-broadcast 10.1.0.255/32', '-local 10.1.0.1/32'],
    ]);
    expect(outcome(() => ns.sysctl.get('net.ipv4.conf.lan0.rp_filter'))).toBe('ENOENT');
    ns.link.set('lan0', { mtu: 1500 });
    expect(ns.sysctl.get('net.ipv4.conf.lan0.rp_filter')).toBe(0);
  });

  test('several changes are made in order, and what came before a refusal stays', () => {
    const update = { address: '02:00:00:00:00:99', mtu: 9000, group: 7, name: 'lan0', up: false, txqlen: 5 };
    expect(set('eth0', update).map((line) => line.split(' ')[0])).toEqual([
      ...['+eth0', '+eth0', '+lan0', '+addr', '+lan0', '+lan0', '+eth1'],
    ]);
    expect(ns.link.get('lan0')).toMatchObject({ address: update.address, mtu: 9000, group: 7, txqlen: 5 });
    expect(outcome(() => ns.link.set('lan0', { mtu: 1400, group: 8, name: 'eth1', txqlen: 6 }))).toBe(
      'EEXIST',
    );
    expect(ns.link.get('lan0')).toMatchObject({ mtu: 1400, group: 8, txqlen: 5 });
  });

  test.each<[string, LinkUpdate]>([
    ['EINVAL', { mtu: 67 }],
    ['EINVAL', { mtu: 65536 }],
    ['EINVAL', { name: '..' }],
    ['EADDRNOTAVAIL', { address: '03:00:00:00:00:01' }],
    ['EOPNOTSUPP', { carrier: false }],
    ['EOPNOTSUPP', { master: 'eth1' }],
    ['ENODEV', { master: 'br0' }],
  ])('%s: %o', (code, update) => {
    expect(outcome(() => ns.link.set('eth0', update))).toBe(code);
  });
});

describe('carrier', () => {
  test('CFG-116 of a veth follows the other end, and its report comes at the end of the operation', () => {
    ns.link.add({ name: 'va', kind: 'veth', peer: 'vb', up: false });
    expect(set('va', { up: true })).toEqual(['+va UP lowerlayerdown (1)']);
    expect(wait()).toEqual([]);
    expect(set('vb', { up: true })).toEqual([
      '+vb UP LOWER_UP lowerlayerdown (1)',
      '+vb UP RUNNING LOWER_UP up (0)',
      '+va UP RUNNING LOWER_UP up (0)',
    ]);
    expect(set('va', { up: false })).toEqual(['+va down (1)', '+vb UP lowerlayerdown (0)']);
  });

  test('CFG-116 other reports come once a second', () => {
    ns.link.add({ name: 'eth0' });
    expect(set('eth0', { carrier: false })).toEqual(['+eth0 UP down (0)']);
    expect(set('eth0', { carrier: true })).toEqual(['+eth0 UP RUNNING LOWER_UP up (0)']);
    expect(set('eth0', { carrier: false })).toEqual([]);
    expect(told(() => ns.advance(999))).toEqual([]);
    expect(ns.link.get('eth0')).toMatchObject({ carrier: false, operstate: 'UP' });
    expect(told(() => ns.advance(1))).toEqual(['+eth0 UP down (0)']);
    expect(wait()).toEqual([]);
  });

  test('FIB-120, FIB-121 paths are marked with the report', () => {
    ns.link.add({ name: 'eth0' });
    ns.address.add('10.0.0.1/24', { dev: 'eth0' });
    const flags = () => ns.route.get('10.0.0.0/24')?.nexthops[0]?.flags ?? 0;
    for (const carrier of [false, true, false]) ns.link.set('eth0', { carrier });
    expect(flags()).toBe(0);
    ns.advance(1000);
    expect(flags()).toBe(uapi.RTNH_F_LINKDOWN);
    ns.link.set('eth0', { carrier: true });
    expect(flags()).toBe(0);
  });

  test('time goes by whole milliseconds, forward', () => {
    expect([-1, 0.5, NaN].map((ms) => outcome(() => ns.advance(ms)))).toEqual(['EINVAL', 'EINVAL', 'EINVAL']);
    expect(outcome(() => ns.advance(0))).toBe('ok');
  });
});

describe('bridges', () => {
  const join = '+eth0 UP RUNNING LOWER_UP unknown';

  beforeEach(() => {
    ns.link.add({ name: 'br0', kind: 'bridge', address: '02:00:00:00:00:77' });
    ns.link.add({ name: 'eth0', kind: 'ifb' });
    ns.advance(2000);
  });

  test('have carrier while a port forwards', () => {
    expect(ns.link.get('br0')).toMatchObject({ carrier: false, operstate: 'DOWN' });
    expect(set('eth0', { master: 'br0' })).toEqual([
      ...[`${join} (0)`, `${join} (100)`, '+br0 UP down (0)'],
      ...Array<string>(3).fill('+port 2:eth0 UP RUNNING LOWER_UP unknown (0)'),
      '+br0 UP RUNNING LOWER_UP up (0)',
    ]);
    expect(ns.link.get('eth0')!.master).toBe('br0');
    expect(wait()).toEqual([]);
    expect(set('eth0', { master: null })).toEqual([
      ...[`${join} (100)`, '+port 2:eth0 UP RUNNING LOWER_UP unknown (0)'],
      ...['-port 2:eth0 UP RUNNING LOWER_UP unknown (0)', `${join} (0)`],
      ...['+br0 UP RUNNING up (0)', '+br0 UP down (0)'],
    ]);
  });

  test('ports and bridges that go up and down', () => {
    ns.link.set('eth0', { master: 'br0' });
    ns.advance(2000);
    expect(set('eth0', { up: false })).toEqual([
      ...['+eth0 down (1)', '+port 2:eth0 down (0)', '+br0 UP down (0)'],
    ]);
    const port = '+port 2:eth0 UP RUNNING LOWER_UP unknown (0)';
    expect(set('eth0', { up: true }).slice(0, 3)).toEqual([`${join} (1)`, port, port]);
    expect(set('br0', { up: false })).toEqual([port, '+br0 down (1)']);
    ns.advance(2000);
    expect(set('br0', { up: true }).slice(0, 3)).toEqual([port, port, '+br0 UP LOWER_UP down (1)']);
  });

  test('take address and MTU from their ports, unless they have their own', () => {
    ns.link.add({ name: 'br1', kind: 'bridge' });
    ns.link.add({ name: 'e1', kind: 'ifb', address: '02:00:00:00:00:05', mtu: 1400, master: 'br1' });
    ns.link.add({ name: 'e2', kind: 'ifb', address: '02:00:00:00:00:03', mtu: 1300, master: 'br1' });
    expect(ns.link.get('br1')).toMatchObject({ address: '02:00:00:00:00:03', mtu: 1300 });
    ns.link.del('e2');
    expect(ns.link.get('br1')).toMatchObject({ address: '02:00:00:00:00:05', mtu: 1400 });
    ns.link.set('br1', { mtu: 1000, address: '02:00:00:00:00:08' });
    ns.link.set('e1', { mtu: 1200 });
    expect(ns.link.get('br1')).toMatchObject({ address: '02:00:00:00:00:08', mtu: 1000 });
  });

  test('go, and their ports stay; a port goes, and its bridge stays', () => {
    ns.link.set('eth0', { master: 'br0' });
    ns.link.add({ name: 'eth1', kind: 'ifb', master: 'br0' });
    ns.link.del('eth1');
    expect(told(() => ns.link.del('br0')).slice(-3)).toEqual([
      ...[`${join} (0)`, '+br0 down (41)', '-br0 down (ffffffff)'],
    ]);
    expect(ns.link.get('eth0')).not.toHaveProperty('master');
  });

  test('take neither each other nor what is not Ethernet', () => {
    ns.link.add({ name: 'br1', kind: 'bridge' });
    ns.link.add({ name: 'tun0', kind: 'tun' });
    const errors = ['br1', 'lo', 'tun0'].map((name) => outcome(() => ns.link.set(name, { master: 'br0' })));
    expect(errors).toEqual(['ELOOP', 'EINVAL', 'EINVAL']);
  });
});

describe('VRFs', () => {
  test('FIB-129 a link that joins goes down and up, and its routes change tables', () => {
    ns.link.add({ name: 'red', kind: 'vrf', table: 100 });
    ns.link.add({ name: 'eth0' });
    ns.address.add('10.0.0.1/24', { dev: 'eth0' });
    ns.route.add('20.0.0.0/8', { dev: 'eth0' });
    expect(set('eth0', { master: 'red' })).toEqual([
      ...['+eth0 UP RUNNING LOWER_UP unknown (0)', '+eth0 down (1)', '+eth0 UP RUNNING LOWER_UP unknown (1)'],
      ...['+local 10.0.0.1/32', '+unicast 10.0.0.0/24', '+broadcast 10.0.0.255/32'],
    ]);
    expect(ns.route.list({ table: 'main' })).toEqual([]);
    expect(ns.route.get('10.0.0.0/24', { table: 100 })).toMatchObject({ type: 'unicast' });
    ns.link.del('red');
    expect(ns.link.get('eth0')).not.toHaveProperty('master');
    ns.check();
  });
});

describe('going', () => {
  test('CFG-117 down, the addresses with their local routes, gone; other routes go silently', () => {
    ns.link.add({ name: 'eth0' });
    ns.address.add('10.0.0.1/24', { dev: 'eth0' });
    ns.route.add('20.0.0.0/8', { via: '10.0.0.9' });
    expect(told(() => ns.link.del('eth0'))).toEqual([
      ...['+eth0 down (41)', '-addr 10.0.0.1', '-local 10.0.0.1/32', '-eth0 down (ffffffff)'],
    ]);
    expect([names(), ns.route.list(), ns.address.list()]).toEqual([['lo'], [], []]);
    expect(outcome(() => ns.link.del('eth0'))).toBe('ENODEV');
  });

  test('a veth takes the other end along', () => {
    ns.link.add({ name: 'va', kind: 'veth', peer: 'vb' });
    expect(told(() => ns.link.del('va'))).toEqual([
      ...['+va down (41)', '+vb down (41)', '-va down (ffffffff)', '-vb down (ffffffff)'],
    ]);
    expect(names()).toEqual(['lo']);
  });

  test('RULE-10 rules lose a device that goes and find it again', () => {
    ns.link.add({ name: 'eth0' });
    ns.rule.add({ oif: 'eth0', table: 100, priority: 5 });
    ns.route.add('20.0.0.0/8', { dev: 'eth0', table: 100 });
    expect(ns.lookup({ dst: '20.0.0.1', oif: 'eth0' }).table).toBe(100);
    ns.link.del('eth0');
    ns.link.add({ name: 'eth0' });
    ns.route.add('20.0.0.0/8', { dev: 'eth0', table: 100 });
    expect(ns.lookup({ dst: '20.0.0.1', oif: 'eth0' }).table).toBe(100);
  });
});

test('whatever links do, every invariant holds and lists agree', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'br', 'vrf');
  const kind = fc.constantFrom('dummy', 'ifb', 'veth', 'bridge', 'tun', 'vrf');
  const update = fc.record(
    {
      up: fc.boolean(),
      mtu: fc.constantFrom(60, 1400, 1500),
      name,
      carrier: fc.boolean(),
      master: fc.option(name),
      group: fc.nat({ max: 2 }),
    },
    { requiredKeys: [] },
  );
  const step = fc.oneof(
    fc.record({ op: fc.constant('add' as const), name, kind, up: fc.boolean() }),
    fc.record({ op: fc.constant('set' as const), name, update }),
    fc.record({ op: fc.constant('del' as const), name }),
    fc.record({ op: fc.constant('address' as const), name }),
    fc.record({ op: fc.constant('wait' as const), ms: fc.nat({ max: 2000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      using other = Netns.create();
      for (const one of steps) {
        outcome(() => {
          if (one.op === 'wait') return other.advance(one.ms);
          if (one.op === 'del') return other.link.del(one.name);
          if (one.op === 'set') return other.link.set(one.name, one.update);
          if (one.op === 'address')
            return other.address.add(`10.0.${one.name.charCodeAt(0)}.1/24`, { dev: one.name });
          return other.link.add({
            ...one,
            kind: one.kind,
            ...(one.kind === 'vrf' && { table: 7 }),
          });
        });
        other.check();
      }
      const links = other.link.list();
      expect(new Set(links.map((link) => link.name)).size).toBe(links.length);
      for (const link of links) if (link.peer) expect(other.link.get(link.peer)?.peer).toBe(link.name);
    }),
  );
});
