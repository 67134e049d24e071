/**
 * rules/change.test.ts - adding, replacing and deleting by the words of `ip route` (CFG-47..59, 144..148), over devices
 * and gateways that pass.
 */
import { describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { instantiate } from '../../src/core/load.js';
import type { Netns } from '../../src/index.js';
import type { RouteInput } from '../../src/model/route.js';
import { Netns as Base } from '../../src/netns.js';
import { checkModule } from '../core/check-build.js';
import { lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';

const NET = '20.0.0.0/24';
const via = (n: number, more: RouteInput = {}): RouteInput => ({
  via: `10.0.0.${n}`,
  oif: 2,
  onlink: true,
  ...more,
});

/** The routes of NET as CFG-144 writes them. */
function listed(ns: Base): string[] {
  return ns.route.list().map((r) => {
    const gateway = r.nexthops[0]?.via?.replace('10.0.0', '') ?? String(r.type);
    const tos = r.tos === 0 ? '' : `tos 0x${r.tos.toString(16).padStart(2, '0')} `;
    return `${tos}${gateway}${r.metric === 0 ? '' : ` metric ${r.metric}`}${r.scope === 0 ? '' : ` scope ${r.scope}`}`;
  });
}

const { NLM_F_APPEND: APPEND, NLM_F_CREATE: CREATE, NLM_F_EXCL: EXCL, NLM_F_REPLACE: REPLACE } = uapi;

/** A Netns at the end of CFG-144 whose requests can be given other flags than their words have. */
function flagged() {
  const core = instantiate(checkModule);
  let forced: number | undefined;
  const given: number[] = [];
  const ns = new Base({
    ...core,
    routeCreate: (at: number, flags: number, room: number) => {
      given.push(flags);
      return core.routeCreate(at, forced ?? flags, room);
    },
  });
  fill(plug(ns, 2));
  /** Asks for a route at NET with these flags: 'ok' or the errno name. */
  const put = (route: RouteInput, flags: number) => {
    forced = flags;
    const said = outcome(() => ns.route.add(NET, route));
    forced = undefined;
    ns.check();
    return said;
  };
  return { ns, put, given };
}

/** The state at the end of CFG-144. */
function ordered(): Netns {
  const ns = lab(2);
  fill(ns);
  return ns;
}

function fill(ns: Base): void {
  ns.route.add(NET, via(2));
  ns.route.append(NET, via(3));
  ns.route.prepend(NET, via(4));
  ns.route.add(NET, via(5, { metric: 5 }));
  ns.route.add(NET, via(6, { tos: 0x10 }));
  ns.route.add(NET, via(7, { tos: 0x08, metric: 9 }));
}

describe('insert', () => {
  test('CFG-144, FIB-26, FIB-27, FIB-29 aliases stand by tos down, metric up, then as they were inserted', () => {
    using ns = ordered();
    expect(listed(ns)).toEqual(['tos 0x10 .6', 'tos 0x08 .7 metric 9', '.4', '.2', '.3', '.5 metric 5']);
    ns.check();
  });

  test('CFG-145, CFG-49 replace takes the place of the first; an identical one further down is EEXIST', () => {
    using ns = ordered();
    expect(outcome(() => ns.route.replace(NET, via(3)))).toBe('EEXIST');
    expect(outcome(() => ns.route.replace(NET, via(4)))).toBe('ok');
    ns.route.replace(NET, via(9));
    expect(listed(ns)[2]).toBe('.9');
    ns.route.change(NET, via(10));
    expect(listed(ns)[2]).toBe('.10');
    expect(outcome(() => ns.route.change(NET, via(10, { metric: 77 })))).toBe('ENOENT');
    ns.check();
  });

  test('CFG-146, CFG-52 another type or scope is not identical and goes before', () => {
    using ns = ordered();
    ns.route.prepend(NET, { type: 'unreachable' });
    ns.route.prepend(NET, via(12, { scope: 10 }));
    expect(listed(ns).slice(2, 5)).toEqual(['.12 scope 10', 'unreachable', '.4']);
  });

  test('CFG-47 without a match, change is ENOENT and replace adds', () => {
    using ns = lab(2);
    expect(outcome(() => ns.route.change(NET, via(1)))).toBe('ENOENT');
    ns.route.replace(NET, via(1));
    expect(listed(ns)).toEqual(['.1']);
  });

  test('CFG-48 with EXCL a match is EEXIST, whatever else is asked for', () => {
    const { ns, put } = flagged();
    const before = ns.route.list();
    for (const more of [0, CREATE, REPLACE, APPEND, CREATE | REPLACE | APPEND]) {
      expect(put(via(9), EXCL | more)).toBe('EEXIST');
    }
    expect(ns.route.list()).toEqual(before);
  });

  test('CFG-49 replace of an identical first one changes nothing; CREATE and siblings do not matter', () => {
    const { ns, put } = flagged();
    const before = ns.route.list();
    expect(put(via(4), REPLACE)).toBe('ok');
    expect(ns.route.list()).toEqual(before);
    expect(put(via(3), REPLACE)).toBe('EEXIST');
    expect(put(via(9), REPLACE)).toBe('ok');
    expect(listed(ns)).toEqual(['tos 0x10 .6', 'tos 0x08 .7 metric 9', '.9', '.2', '.3', '.5 metric 5']);
  });

  test('CFG-51, CFG-52 append goes behind the last match, prepend before the first; without CREATE it is ENOENT', () => {
    const { ns, put } = flagged();
    expect(put(via(8), APPEND)).toBe('ENOENT');
    expect(put(via(8), 0)).toBe('ENOENT');
    expect(put(via(8), CREATE | APPEND)).toBe('ok');
    expect(put(via(9), CREATE)).toBe('ok');
    expect(listed(ns).slice(2)).toEqual(['.9', '.4', '.2', '.3', '.8', '.5 metric 5']);
  });

  test('CFG-53 REPLACE together with APPEND is REPLACE', () => {
    const { ns, put } = flagged();
    expect(put(via(9), CREATE | REPLACE | APPEND)).toBe('ok');
    expect(listed(ns).slice(2)).toEqual(['.9', '.2', '.3', '.5 metric 5']);
  });

  test.each([
    ['add', CREATE | EXCL],
    ['append', CREATE | APPEND],
    ['prepend', CREATE],
    ['replace', CREATE | REPLACE],
    ['change', REPLACE],
  ] as const)('CFG-54 the word %s is these flags', (word, flags) => {
    const { ns, given } = flagged();
    outcome(() => ns.route[word](NET, via(9)));
    expect(given.at(-1)).toBe(flags);
  });

  test('CFG-50 an identical route is EEXIST for append and prepend', () => {
    using ns = ordered();
    expect(outcome(() => ns.route.append(NET, via(2)))).toBe('EEXIST');
    expect(outcome(() => ns.route.prepend(NET, via(2)))).toBe('EEXIST');
  });

  test('CFG-55 another metric or tos is another route', () => {
    using ns = lab(2);
    ns.route.add(NET, via(1));
    ns.route.add(NET, via(1, { metric: 1 }));
    ns.route.add(NET, via(1, { tos: 4 }));
    ns.route.replace(NET, via(2, { metric: 2 }));
    expect(ns.route.list()).toHaveLength(4);
  });

  test('FIB-28 routes of equal prefix, tos and metric coexist as long as something else differs', () => {
    using ns = lab(2);
    ns.address.add('10.0.0.7/32', { dev: 'eth2' });
    ns.route.add(NET, via(1));
    ns.route.append(NET, via(1, { protocol: 4 }));
    ns.route.append(NET, via(1, { prefsrc: '10.0.0.7' }));
    ns.route.append(NET, via(1, { metrics: { mtu: 1400 } }));
    expect(ns.route.list({ table: 'main' })).toHaveLength(4);
  });
});

describe('delete', () => {
  test('CFG-147 the first that agrees in what is given goes', () => {
    using ns = ordered();
    ns.route.prepend(NET, { type: 'unreachable' });
    ns.route.prepend(NET, via(12, { scope: 10 }));
    ns.route.del(NET);
    ns.route.del(NET, via(3));
    ns.route.del(NET, { tos: 0x10 });
    ns.route.del(NET, { type: 'unreachable' });
    expect(outcome(() => ns.route.del(NET, { tos: 0x20 }))).toBe('ESRCH');
    expect(listed(ns)).toEqual(['tos 0x08 .7 metric 9', '.4', '.2', '.5 metric 5']);
    ns.check();
  });

  test.each<[string, RouteInput]>([
    ['type', { type: 'local' }],
    ['scope', { scope: 'host' }],
    ['protocol', { protocol: 4 }],
    ['metric', { metric: 3 }],
    ['prefsrc', { prefsrc: '10.0.0.5' }],
    ['gateway', { via: '10.0.0.2' }],
    ['gateway family', { via: 'fe80::2' }],
    ['device', { oif: 4 }],
    ['realm', { via: '10.0.0.1', realm: 4 }],
    ['metrics', { metrics: { mtu: 1400 } }],
    ['table', { table: 100 }],
    ['tos', { tos: 4 }],
  ])('CFG-58 another %s does not match', (_, other) => {
    using ns = lab(2);
    ns.route.add(NET, via(1));
    expect(outcome(() => ns.route.del(NET, other))).toBe('ESRCH');
    expect(ns.route.list()).toHaveLength(1);
  });

  test('CFG-57, CFG-58 another nexthop object does not match, one that is not there is EINVAL', () => {
    using ns = lab(2);
    ns.nexthop.add({ id: 4, dev: 'eth2' });
    ns.route.add(NET, via(1));
    expect(outcome(() => ns.route.del(NET, { nhid: 4 }))).toBe('ESRCH');
    expect(outcome(() => ns.route.del(NET, { nhid: 5 }))).toBe('EINVAL');
    ns.route.append(NET, { nhid: 4 });
    ns.route.del(NET, { nhid: 4 });
    expect(listed(ns)).toEqual(['.1']);
  });

  test('CFG-58 given metrics must equal, missing ones match anything', () => {
    using ns = lab(2);
    ns.route.add(NET, via(1, { metrics: { mtu: 1400, advmss: 1360 } }));
    expect(outcome(() => ns.route.del(NET, { metrics: { mtu: 1500 } }))).toBe('ESRCH');
    ns.route.del(NET, { metrics: { mtu: 1400 } });
    expect(ns.route.list()).toEqual([]);
  });

  test('CFG-59, CFG-148 a lone gateway is compared with the first nexthop, a list must cover them all, weights aside', () => {
    using ns = lab(2, 3);
    const a = { via: '10.0.0.9', oif: 2, onlink: true };
    const b = { via: '10.0.1.9', oif: 3, onlink: true, weight: 256 };
    ns.route.add('41.0.0.0/8', { nexthops: [a, b] });
    ns.route.prepend('41.0.0.0/8', { nexthops: [b, a] });
    expect(outcome(() => ns.route.del('41.0.0.0/8', { nexthops: [a] }))).toBe('ESRCH');
    ns.route.del('41.0.0.0/8', { nexthops: [a, { via: '10.0.1.9', oif: 3 }] });
    expect(ns.route.list().map((r) => r.nexthops[0]?.via)).toEqual(['10.0.1.9']);
    ns.route.del('41.0.0.0/8', { via: '10.0.1.9' });
    expect(ns.route.list()).toEqual([]);
  });

  test('CFG-57 an unknown table or prefix is ESRCH', () => {
    using ns = lab(2);
    expect(() => ns.route.del(NET, { table: 77 })).toThrow(/ESRCH.*FIB table does not exist/);
    ns.route.add(NET, via(1));
    expect(outcome(() => ns.route.del('20.0.0.0/25'))).toBe('ESRCH');
    expect(outcome(() => ns.route.del('20.0.1.0/24'))).toBe('ESRCH');
  });

  test('FIB-53, FIB-57..60 the suffix length of a leaf rises and falls with its longest suffix, and all above', () => {
    using ns = lab(2);
    const at = '20.0.0.0';
    for (const p of [
      `${at}/24`,
      '20.0.1.0/24',
      '20.0.2.0/24',
      `${at}/16`,
      `${at}/32`,
      `${at}/8`,
      `${at}/12`,
    ]) {
      ns.route.add(p, via(1));
      ns.check(); // T5 and A2: each slen is exact
    }
    for (const length of [12, 8, 32, 16, 24]) {
      ns.route.del(`${at}/${length}`);
      ns.check();
    }
    expect(ns.tryLookup('20.9.9.9')).toBeUndefined();
  });
});

describe('what an input means', () => {
  test('CFG-10 the ECN bits of a tos must be zero, in adding and deleting; the other six are free', () => {
    using ns = lab(2);
    for (const tos of [1, 2, 3, 0xff, 0x11]) {
      expect(outcome(() => ns.route.add(NET, via(1, { tos })))).toBe('EINVAL');
      expect(outcome(() => ns.route.del(NET, { tos }))).toBe('EINVAL');
    }
    for (let tos = 0; tos <= 0xfc; tos += 4) ns.route.add(NET, via(1, { tos }));
    expect(ns.route.list().map((r) => r.tos)).toEqual(Array.from({ length: 64 }, (_, i) => 0xfc - 4 * i));
  });

  test.each<[RouteInput, object]>([
    [{ oif: 2 }, { type: 'unicast', table: 254, scope: 253, protocol: 3 }],
    [via(1), { type: 'unicast', table: 254, scope: 0, protocol: 3 }],
    [
      { type: 'local', oif: 1 },
      { type: 'local', table: 255, scope: 254 },
    ],
    [
      { type: 'broadcast', oif: 2 },
      { type: 'broadcast', table: 255, scope: 253 },
    ],
    [
      { type: 'anycast', oif: 2 },
      { type: 'anycast', table: 255, scope: 253 },
    ],
    [
      { type: 'multicast', oif: 2 },
      { type: 'multicast', table: 254, scope: 253 },
    ],
    [{ type: 'blackhole' }, { type: 'blackhole', table: 254, scope: 0, nexthops: [] }],
    [{ nexthops: [{ oif: 2 }, { oif: 3 }] }, { type: 'unicast', scope: 0 }],
    [{ nhid: 4 }, { type: 'unicast', scope: 0 }],
    [{ type: 8 }, { type: 'prohibit' }],
  ])('CFG-24 %j', (input, route) => {
    using ns = lab(2, 3);
    ns.nexthop.add({ id: 4, oif: 2 });
    ns.route.add(NET, input);
    expect(ns.route.list()[0]).toMatchObject(route);
  });

  test('CFG-17 a gateway of 0.0.0.0 is none', () => {
    using ns = lab(2);
    ns.route.add(NET, { via: '0.0.0.0', oif: 2 });
    expect(ns.route.get(NET)!.nexthops[0]).not.toHaveProperty('via');
  });
});
