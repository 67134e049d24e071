/**
 * model/steps.ts - things that happen to a Netns by chance: links, addresses, routes, rules and nexthop objects come and
 * go, close together, so that much collides.
 */
import fc from 'fast-check';
import { FibError } from '../../src/errors.js';
import type { Netns } from '../../src/netns.js';

/** A call of `ns[door][word]`; `drop` takes away the n-th thing of that door's list. */
export type Step = readonly [door: Door | 'sysctl' | 'clock', word: string, ...args: unknown[]];
export type Door = 'link' | 'address' | 'route' | 'nexthop' | 'rule';

/** Link N has 10.0.N.1/24 at the start; all else lies in these subnets and a few prefixes, so that much collides. */
export const NAMES = ['a0', 'b0', 'c0'] as const;
const name = fc.constantFrom(...NAMES);
const host = fc.tuple(fc.nat(2), fc.constantFrom(1, 2, 9)).map(([net, n]) => `10.0.${net}.${n}`);
const address = fc.tuple(host, fc.constantFrom(24, 24, 32, 31)).map(([at, length]) => `${at}/${length}`);
const prefix = fc.constantFrom('20.0.0.0/8', '20.0.0.0/16', '20.1.0.0/16', '0.0.0.0/0', '10.0.1.0/24');
const table = fc.constantFrom(254, 254, 254, 100, 255);
const id = fc.constantFrom(1, 2, 3);
const group = fc.constantFrom(8, 9);

const hop = fc.oneof(
  fc.record({ dev: name }),
  fc.record({ via: host }),
  fc.record({ via: host, dev: name, onlink: fc.boolean() }),
);
const route = fc.oneof(
  hop,
  fc.record({ nexthops: fc.array(hop, { minLength: 2, maxLength: 3 }) }),
  fc.record({ nhid: fc.oneof(id, group) }),
  fc.tuple(hop, host).map(([path, prefsrc]) => ({ ...path, prefsrc })),
  fc.constantFrom({ type: 'blackhole' }, { type: 'throw' }),
);
const object = fc.oneof(
  fc.record({ id, dev: name }),
  fc.tuple(id, fc.nat(2)).map(([number, i]) => ({ id: number, via: `10.0.${i}.9`, dev: NAMES[i] })),
  fc.record({
    id: group,
    group: fc.uniqueArray(
      id.map((member) => ({ id: member })),
      { minLength: 1 },
    ),
  }),
);

const door = <D extends Step[0]>(name: D) => fc.constant(name);
const drop = (...doors: Door[]) => fc.tuple(fc.constantFrom(...doors), fc.constant('drop'), fc.nat(50));
export const step = fc.oneof(
  fc.tuple(door('link'), fc.constant('add'), fc.record({ name, up: fc.boolean() })),
  fc.tuple(
    door('link'),
    fc.constant('set'),
    fc.constantFrom(...NAMES, 'lo'),
    fc.record({ up: fc.boolean() }),
  ),
  fc.tuple(door('link'), fc.constant('set'), name, fc.record({ carrier: fc.boolean() })),
  fc.tuple(
    door('address'),
    fc.constantFrom('add', 'replace'),
    address,
    fc.record({ dev: name, metric: fc.nat(1) }),
  ),
  {
    weight: 4,
    arbitrary: fc.tuple(
      door('route'),
      fc.constantFrom('add', 'append', 'prepend', 'replace', 'change'),
      prefix,
      fc.tuple(route, table).map(([input, at]) => ({ ...input, table: at })),
    ),
  },
  fc.tuple(door('nexthop'), fc.constantFrom('add', 'replace'), object),
  fc.tuple(
    door('rule'),
    fc.constant('add'),
    fc.record({ from: fc.constant('10.0.1.0/24'), table, priority: fc.constantFrom(7, 8, 9) }),
  ),
  fc.tuple(
    door('sysctl'),
    fc.constant('set'),
    fc
      .constantFrom('ignore_routes_with_linkdown', 'promote_secondaries')
      .map((key) => `net.ipv4.conf.all.${key}`),
    fc.nat(1),
  ),
  fc.tuple(door('clock'), fc.constant('advance'), fc.nat(2000)),
  drop('link', 'address', 'route', 'route', 'nexthop', 'rule'),
) as fc.Arbitrary<Step>;

/** What a door lists, each with how it goes. */
export const LISTS: Readonly<Record<Door, (ns: Netns) => (() => void)[]>> = {
  link: (ns) =>
    ns.link
      .list()
      .slice(1)
      .map((link) => () => ns.link.del(link.name)),
  address: (ns) =>
    ns.address.list().map(
      ({ address: at, dev }) =>
        () =>
          ns.address.del(at, { dev }),
    ),
  route: (ns) =>
    ns.route.list().map(
      ({ dst, table: at, tos, metric, type }) =>
        () =>
          ns.route.del(dst, { table: at, tos, metric, type }),
    ),
  nexthop: (ns) => ns.nexthop.list().map((found) => () => ns.nexthop.del(found.id)),
  rule: (ns) =>
    ns.rule.list().map(
      ({ priority }) =>
        () =>
          ns.rule.del({ priority }),
    ),
};
export const DOORS = Object.keys(LISTS) as Door[];

/** Takes a step: true when it was done, false when it was refused. */
export function take(ns: Netns, [at, word, ...args]: Step): boolean {
  try {
    if (at === 'clock') ns.advance(args[0] as number);
    else if (word === 'drop') {
      const list = LISTS[at as Door](ns);
      list[(args[0] as number) % list.length]?.();
    } else (ns[at] as unknown as Record<string, (...given: unknown[]) => void>)[word]!(...args);
    return true;
  } catch (error) {
    if (error instanceof FibError && error.code !== 'ENOBUFS') return false;
    throw error;
  }
}

/** All that can be listed. */
export const visible = (ns: Netns): unknown => DOORS.map((at) => ns[at].list());
