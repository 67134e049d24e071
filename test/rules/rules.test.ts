/**
 * rules/rules.test.ts - policy rules: their order, what they ask of a flow, how they end (RULE-1..47).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import type { Netns } from '../../src/index.js';
import { type Rule, type RuleInput } from '../../src/index.js';
import type { Flow } from '../../src/model/flow.js';
import { lab, plug } from '../lab.js';
import { outcome } from '../outcome.js';

/** eth2 and eth3, and 20.0.0.0/8 in the tables 100 and 101, through 10.0.2.100 and 10.0.2.101. */
let ns: Netns;

const priorities = (): number[] => ns.rule.list().map(({ priority }) => priority);
const tables = (): number[] => ns.rule.list().map(({ table }) => table);
const made = (): Rule[] => ns.rule.list().filter(({ protocol }) => protocol !== uapi.RTPROT_KERNEL);

/** What a flow to 20.0.0.1 comes to: the table that answers, or the errno name. */
function taken(flow: Partial<Flow> = {}): number | string {
  let table = 0;
  const result = outcome(() => (table = ns.lookup({ dst: '20.0.0.1', ...flow }).table));
  return result === 'ok' ? table : result;
}

/** Adds a rule for table 100 in front of all others but the first. */
const ask = (rule: RuleInput): void => ns.rule.add({ table: 100, priority: 10, ...rule });

beforeEach(() => {
  ns = lab(2, 3);
  for (const table of [100, 101]) {
    ns.route.add('20.0.0.0/8', { via: `10.0.2.${table}`, oif: 2, onlink: true, table });
  }
});

describe('the list', () => {
  test('RULE-2 a fresh namespace has three rules', () => {
    const usual = { family: 2, action: 'table', tos: 0, protocol: 2, flags: 0 };
    expect(ns.rule.list()).toEqual([
      { ...usual, priority: 0, table: 255 },
      { ...usual, priority: 32766, table: 254 },
      { ...usual, priority: 32767, table: 253 },
    ]);
  });

  test('RULE-1 by priority, and behind those of the same', () => {
    for (const table of [1, 2, 3]) ns.rule.add({ table, priority: table === 3 ? 5 : 10 });
    expect(tables()).toEqual([255, 3, 1, 2, 254, 253]);
  });

  test('RULE-39 without a priority: in front of the second rule', () => {
    ns.rule.add({ table: 1 });
    ns.rule.add({ table: 2 });
    expect(priorities()).toEqual([0, 32764, 32765, 32766, 32767]);
    for (const _ of priorities()) ns.rule.del({});
    ns.rule.add({ table: 1, priority: 7 });
    ns.rule.add({ table: 2 }); // fewer than two: 0
    expect(priorities()).toEqual([0, 7]);
    ns.rule.add({ table: 3 });
    expect(priorities()).toEqual([0, 6, 7]);
  });

  test('RULE-3 the first ones are ordinary: without the rule for local an own address is no longer local', () => {
    ns.address.add('10.0.2.1/24', { dev: 'eth2' });
    expect(ns.lookup('10.0.2.1').type).toBe('local');
    ns.rule.del({ priority: 0 });
    expect(ns.lookup('10.0.2.1').type).toBe('unicast');
  });

  test('RULE-4 the first change of any rule gives local its own trie, and no other request does', () => {
    ns.address.add('10.0.2.1/24', { dev: 'eth2' });
    for (const refused of [
      () => ns.rule.del({ priority: 77 }),
      () => ns.rule.add({ tos: 3 }),
      () => ns.rule.add({ table: 'default', priority: 32767, protocol: 2 }),
    ]) {
      expect(outcome(refused)).not.toBe('ok');
      expect(ns.lookup('10.0.2.1').table).toBe(254);
    }
    ns.rule.add({ table: 100 });
    ns.rule.del({ table: 100 });
    expect(ns.lookup('10.0.2.1').table).toBe(255);
    ns.check();
  });

  test('RULE-40, RULE-41 an equal rule is EEXIST, the protocol counts', () => {
    ask({ from: '10.0.0.0/8' });
    expect(outcome(() => ask({ from: '10.0.0.0/8' }))).toBe('EEXIST');
    expect(outcome(() => ask({}))).toBe('EEXIST'); // no source is no difference
    ask({ from: '10.0.0.0/9' });
    ask({ from: '10.0.0.0/8', protocol: 4 });
    ns.rule.add({ table: 'local', priority: 0 });
    expect(tables()).toEqual([255, 255, 100, 100, 100, 254, 253]);
  });

  test('RULE-42 flags are kept as given: a permanent rule stays', () => {
    ask({ flags: uapi.FIB_RULE_PERMANENT | 0x40, invert: true });
    expect(made()[0]!.flags).toBe(0x43);
    expect(outcome(() => ns.rule.del({ priority: 10 }))).toBe('EPERM');
  });

  test('RULE-45, RULE-46 a deletion takes the first rule that agrees in what is given', () => {
    ask({ from: '10.0.0.0/8', fwmark: 1, sport: 5 });
    ask({ table: 101, invert: true, uidrange: { start: 1, end: 5 } });
    for (const other of [
      { fwmark: 2 },
      { fwmark: 1, fwmask: 1 },
      { from: '10.0.0.0/9' },
      { sport: { start: 5, end: 6 } },
      { priority: 11 },
      { action: 'nop' },
      { uidrange: { start: 0, end: 5 } },
      { dscp: 0 },
      { iif: 'eth2' },
      { realms: 1 },
    ] as const) {
      expect(outcome(() => ns.rule.del(other))).toBe('ENOENT');
    }
    ns.rule.del({ table: 101 }); // inversion is not compared (RULE-47)
    ns.rule.del({ from: '10.0.0.0/8', fwmark: 1, sport: 5, priority: 10, action: 'table' });
    expect(made()).toEqual([]);
    ns.rule.del({});
    expect(priorities()).toEqual([32766, 32767]);
  });

  test('RULE-47 what is inverted can be deleted without saying so, and a goto without its target', () => {
    ask({ invert: true });
    ns.rule.add({ goto: 40000, priority: 11 });
    ns.rule.del({ priority: 10, table: 100 });
    ns.rule.del({ goto: 50000, priority: 11 });
    expect(made()).toEqual([]);
  });

  test('RULE-23 table 0 is the first table that does not exist, made for the rule', () => {
    ns.route.add('30.0.0.0/8', { oif: 2, table: 1 });
    ns.rule.add({ table: 0, priority: 10 });
    ns.rule.add({ table: 0, priority: 11 });
    expect(tables()).toEqual([255, 2, 3, 254, 253]);
    expect(ns.tables().map(({ id }) => id)).toEqual(expect.arrayContaining([2, 3]));
    ns.rule.add({ table: 777, priority: 12 });
    expect(ns.tables().map(({ id }) => id)).not.toContain(777);
  });

  test('a list that changes while it is read goes on behind as many rules as it gave', () => {
    for (const table of [1, 2, 3]) ns.rule.add({ table, priority: table });
    const seen: number[] = [];
    for (const { table } of ns.rule.each()) {
      seen.push(table);
      if (table === 1) ns.rule.del({ table: 1 });
    }
    expect(seen).toEqual([255, 1, 3, 254, 253]);
  });
});

describe('RULE-6..9, RULE-12..16 selectors', () => {
  const none = 'ENETUNREACH';

  test.each<[name: string, rule: RuleInput, yes: Partial<Flow>[], no: Partial<Flow>[]]>([
    ['RULE-6 from', { from: '10.1.2.3/8' }, [{ src: '10.9.9.9' }], [{}, { src: '11.0.0.1' }]],
    ['RULE-7 to', { to: '20.0.0.9/24' }, [{}], [{ dst: '20.0.1.1' }]],
    ['RULE-8 iif', { iif: 'eth2' }, [{ iif: 'eth2' }], [{}, { iif: 'eth3' }]],
    ['RULE-8 what is made here', { iif: 'lo' }, [{}], [{ iif: 'eth2' }]],
    ['RULE-9 oif', { oif: 'eth2' }, [{ oif: 'eth2' }], [{}, { oif: 'eth3' }]],
    ['RULE-12 a mark', { fwmark: 5 }, [{ mark: 5 }], [{}, { mark: 7 }]],
    ['RULE-12 under a mask', { fwmark: 5, fwmask: 7 }, [{ mark: 13 }], [{ mark: 4 }]],
    ['RULE-12 of 0', { fwmask: 15 }, [{}, { mark: 16 }], [{ mark: 17 }]],
    ['RULE-13 tos', { tos: 0x10 }, [{ tos: 0x10 }, { tos: 0x12 }, { tos: 0x30 }], [{}, { tos: 0x18 }]],
    ['RULE-14 dscp', { dscp: 10 }, [{ tos: 0x28 }, { tos: 0x2b }], [{}, { tos: 0x08 }]],
    ['RULE-14 dscp 0', { dscp: 0 }, [{}], [{ tos: 0x20 }]],
    [
      'RULE-14 dscp under a mask',
      { dscp: 2, dscpMask: 2 },
      [{ tos: 0x08 }, { tos: 0x28 }],
      [{}, { tos: 0x20 }],
    ],
    [
      'RULE-15 users',
      { uidrange: { start: 100, end: 200 } },
      [{ uid: 100 }, { uid: 200 }],
      [{}, { uid: 201 }],
    ],
    ['RULE-16 a protocol', { ipproto: 6 }, [{ ipproto: 6 }], [{}, { ipproto: 17 }]],
    ['RULE-16 a port', { sport: 53 }, [{ sport: 53 }], [{}, { sport: 54 }]],
    ['RULE-16 ports', { dport: { start: 5, end: 9 } }, [{ dport: 5 }, { dport: 9 }], [{}, { dport: 10 }]],
    [
      'RULE-16 a port under a mask',
      { dport: 0x12, dportMask: 0xff },
      [{ dport: 0x3412 }],
      [{ dport: 0x1200 }],
    ],
  ])('%s', (_, rule, yes, no) => {
    ask(rule);
    for (const flow of yes) expect([flow, taken(flow)]).toEqual([flow, 100]);
    for (const flow of no) expect([flow, taken(flow)]).toEqual([flow, none]);
  });

  test('RULE-6 all that is given must agree, and an inverted rule is for the rest', () => {
    ask({ from: '10.0.0.0/8', fwmark: 1, invert: true });
    expect(taken({ src: '10.0.0.1', mark: 1 })).toBe(none);
    for (const flow of [{ src: '10.0.0.1' }, { mark: 1 }, {}]) expect(taken(flow)).toBe(100);
  });

  test('RULE-11, RULE-17 an L3 master stands for the devices below it and chooses the table', () => {
    ns.link.add({ name: 'red', index: 9, kind: 'vrf', table: 100 });
    ns.link.set('eth3', { master: 'red' });
    ns.rule.add({ l3mdev: true, priority: 10 });
    expect(made()).toEqual([expect.objectContaining({ l3mdev: true, table: 0 })]);
    expect(taken({ iif: 'eth3' })).toBe(100);
    expect(taken({ iif: 'eth2' })).toBe(none);
    ns.rule.del({ priority: 10 });
    ask({ iif: 'red', table: 101 });
    expect(taken({ iif: 'eth3' })).toBe(101);
  });

  test('RULE-10 a name attaches to the device that has it, and lets go with it', () => {
    ask({ iif: 'wan0', oif: 'eth3' });
    ns.rule.add({ iif: 'nowhere', table: 101, priority: 11, invert: true });
    const flags = (): number => made()[0]!.flags;
    expect(flags()).toBe(uapi.FIB_RULE_IIF_DETACHED);
    expect(taken({ iif: 'eth2', oif: 'eth3' })).toBe(none);
    plug(ns, 4);
    ns.link.set('eth4', { up: false });
    ns.link.set('eth4', { name: 'wan0' });
    expect(flags()).toBe(0);
    ns.link.del('eth3');
    expect(flags()).toBe(uapi.FIB_RULE_OIF_DETACHED);
    ns.link.set('wan0', { name: 'eth4' });
    expect(flags()).toBe(uapi.FIB_RULE_IIF_DETACHED | uapi.FIB_RULE_OIF_DETACHED);
    expect(made()[0]).toMatchObject({ iif: 'wan0', oif: 'eth3' });
  });

  test('RULE-19 realms are kept', () => {
    ask({ realms: 0x00010002 });
    expect(made()[0]!.realms).toBe(0x00010002);
  });

  test('RULE-18 a tunnel id is kept', () => {
    ask({ tunId: 0xffff_ffff_ffffn });
    expect(made()[0]!.tunId).toBe(0xffff_ffff_ffffn);
    expect(taken()).toBe(none);
  });
});

describe('RULE-21..27 actions', () => {
  test.each([
    ['RULE-21 unspec', 'unspec', 'EINVAL'],
    ['RULE-21 nop', 'nop', 100],
    ['RULE-21 a number without a word', 4, 'EINVAL'],
    ['RULE-21 an unknown number', 77, 'EINVAL'],
    ['RULE-21 blackhole', 'blackhole', 'EINVAL'],
    ['RULE-21 unreachable', 'unreachable', 'ENETUNREACH'],
    ['RULE-21 prohibit', 'prohibit', 'EACCES'],
  ] as const)('%s', (_, action, result) => {
    ns.rule.add({ action, priority: 5 });
    ask({});
    expect(taken()).toBe(result);
  });

  test('RULE-22 no table, no route and a throw route go on; a route that rejects is the end', () => {
    ns.rule.add({ table: 55, priority: 1 });
    ns.route.add('21.0.0.0/8', { oif: 2, table: 56 });
    ns.rule.add({ table: 56, priority: 2 });
    ns.route.add('20.0.0.0/16', { type: 'throw', table: 57 });
    ns.rule.add({ table: 57, priority: 3 });
    ask({});
    expect(taken()).toBe(100);
    ns.route.add('20.0.0.0/24', { type: 'prohibit', table: 56 });
    expect(taken()).toBe('EACCES');
  });

  test('RULE-33 past the last rule there is no route', () => {
    expect(taken()).toBe('ENETUNREACH');
    while (ns.rule.list().length > 0) ns.rule.del({});
    expect(taken()).toBe('ENETUNREACH');
    ns.rule.add({ table: 100 });
    expect(taken()).toBe(100);
  });

  test('RULE-24 a goto leads forward, and only a goto has a target', () => {
    const refused = (rule: RuleInput): string => {
      try {
        ns.rule.add(rule);
      } catch (error) {
        return (error as Error).message;
      }
      return 'ok';
    };
    expect(refused({ goto: 10, priority: 10 })).toContain('Backward goto not supported');
    expect(refused({ goto: 32765 })).toContain('Backward goto not supported');
    expect(refused({ action: 'goto', priority: 10 })).toContain('Missing goto target for action goto');
    expect(refused({ action: 'nop', goto: 20, priority: 10 })).toContain('Unexpected goto');
  });

  test('RULE-25, RULE-26, RULE-27 a goto goes to the first rule of its priority, and on when there is none', () => {
    ns.rule.add({ goto: 20, priority: 5 });
    const state = (): number => made()[0]!.flags & uapi.FIB_RULE_UNRESOLVED;
    ask({ table: 101 });
    expect([state(), taken()]).toEqual([uapi.FIB_RULE_UNRESOLVED, 101]);
    ns.rule.add({ table: 100, priority: 20, fwmark: 9 });
    ns.rule.add({ table: 100, priority: 20 });
    expect([state(), taken()]).toEqual([0, 100]);
    ns.rule.del({ priority: 20, fwmark: 9 });
    expect([state(), taken()]).toEqual([0, 100]);
    ns.rule.del({ priority: 20 });
    expect([state(), taken()]).toEqual([uapi.FIB_RULE_UNRESOLVED, 101]);
  });
});

describe('suppression', () => {
  test('RULE-28, RULE-30 a short prefix is dropped, and no shorter one is looked for', () => {
    ns.route.add('default', { via: '10.0.2.9', oif: 2, onlink: true, table: 100 });
    ask({ suppressPrefixLength: 8 });
    expect(taken()).toBe('ENETUNREACH');
    ns.route.add('20.0.0.0/9', { oif: 2, table: 100 });
    expect(taken()).toBe(100);
    ns.rule.add({ table: 101, priority: 11, suppressPrefixLength: 0 });
    expect(taken({ dst: '20.200.0.1' })).toBe(101);
  });

  test('RULE-29 a device of a group is dropped', () => {
    ns.link.set('eth2', { group: 7 });
    ask({ suppressGroup: 7 });
    expect(taken()).toBe('ENETUNREACH');
    ns.link.set('eth2', { group: 8 });
    expect(taken()).toBe(100);
  });

  test('RULE-31 an error is not', () => {
    ns.route.add('20.0.0.0/8', { type: 'prohibit', table: 102 });
    ask({ table: 102, suppressPrefixLength: 32 });
    expect(taken()).toBe('EACCES');
  });
});

test('RULE-32, RULE-34 the rules in order, and the answer with its table', () => {
  ns.rule.add({ action: 'nop', priority: 1 });
  ns.rule.add({ from: '10.0.0.0/8', table: 101, priority: 2 });
  ask({});
  expect(taken()).toBe(100);
  expect(taken({ src: '10.0.0.1' })).toBe(101);
});

test('RULE-35 a gateway is looked up as a packet that is made here', () => {
  ns.address.add('10.0.3.1/24', { dev: 'eth3' });
  ns.rule.add({ to: '10.0.3.0/24', action: 'prohibit', priority: 1 });
  expect(outcome(() => ns.route.add('40.0.0.0/8', { via: '10.0.3.9' }))).toBe('EACCES');
  ns.rule.del({ priority: 1 });
  ns.rule.add({ to: '10.0.3.0/24', action: 'prohibit', priority: 1, iif: 'eth3' });
  expect(outcome(() => ns.route.add('40.0.0.0/8', { via: '10.0.3.9' }))).toBe('ok');
});

test.each<[name: string, rule: object, detail: string]>([
  ['a bad prefix', { from: '10.0.0/8' }, 'no IPv4 prefix'],
  ['a name that is too long', { iif: 'a-name-of-sixteen' }, 'iif: expected 1..15 bytes'],
  ['an action that is none', { action: 'jump' }, 'action: got "jump"'],
  ['a dscp out of range', { dscp: 64 }, 'dscp: expected 0..63'],
  ['a number for a tunnel', { tunId: 5 }, 'tunId: expected a bigint'],
  ['a word for a number', { priority: '5' }, 'priority: expected 0..4294967295'],
])('EINVAL: %s', (_, rule, detail) => {
  expect(() => ns.rule.add(rule)).toThrow(detail);
  expect(() => ns.rule.del(rule)).toThrow(detail);
});

test('EINVAL: no rule at all', () => {
  expect(() => ns.rule.add(null as unknown as RuleInput)).toThrow('rule: expected an object, got null');
  expect(() => ns.rule.del(undefined as unknown as RuleInput)).toThrow(
    'rule: expected an object, got undefined',
  );
});
