/**
 * endpoint/rule.test.ts - RTM_NEWRULE, RTM_DELRULE and RTM_GETRULE: what is refused in which words, in which order, and
 * what is told (RULE-36..53). Words and order are those of Linux 6.18.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Endpoint, Netns } from '../../src/index.js';
import { decodeMessages, decodeRule, type RuleMessage } from '../../src/wire/index.js';
import { toHex } from '../wire/samples.js';
import { attr, half, outcomeOf, word } from './routes.js';
import { ask, said } from './talk.js';

const ACK = uapi.NLM_F_ACK;
const ADD = ACK | uapi.NLM_F_CREATE | uapi.NLM_F_EXCL;
const byte = (n: number): string => toHex(Uint8Array.of(n));
const octet = (type: number, n: number): string => attr(type, byte(n));
const short = (type: number, n: number): string => attr(type, half(n));
const long = (type: number, n: number): string => attr(type, word(n));
const range = (type: number, start: number, end: number): string => attr(type, half(start) + half(end));
const uids = (start: number, end: number): string => attr(uapi.FRA_UID_RANGE, word(start) + word(end));
const name = (type: number, text: string): string => attr(type, Buffer.from(`${text}\0`).toString('hex'));

/** struct fib_rule_hdr; a rule for table 100 unless something else is given. */
function header({ family = 2, to = 0, from = 0, tos = 0, table = 100, action = 1, flags = 0 } = {}): string {
  return [family, to, from, tos, table, 0, 0, action].map(byte).join('') + word(flags);
}

type Head = Parameters<typeof header>[0];

let ns: Netns;
let end: Endpoint;
let notices: {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly rule: RuleMessage;
}[];

const add = (attrs = '', head: Head = {}, flags = ADD): string | number =>
  outcomeOf(end, uapi.RTM_NEWRULE, flags, header(head) + attrs);
const del = (attrs = '', head: Head = {}, flags = ACK): string | number =>
  outcomeOf(end, uapi.RTM_DELRULE, flags, header({ table: 0, action: 0, ...head }) + attrs);
const made = (): number[] =>
  ns.rule.list().flatMap(({ protocol, priority }) => (protocol === uapi.RTPROT_KERNEL ? [] : [priority]));
const dump = (payload = header({ table: 0, action: 0 }), options = {}) =>
  new Endpoint(ns, options).request(ask(uapi.RTM_GETRULE, uapi.NLM_F_DUMP, payload));

const PRIORITY = long(uapi.FRA_PRIORITY, 10);

beforeEach(() => {
  ns = Netns.create();
  end = new Endpoint(ns);
  notices = [];
  end.subscribe([8], (datagram) => {
    for (const { type, flags, seq, payload } of decodeMessages(datagram)) {
      notices.push({ type, flags, seq, rule: decodeRule(payload) });
    }
  });
});

describe('RULE-36..38 what adding and deleting read alike', () => {
  const both: [name: string, attrs: string, head: Head, text: string | number][] = [
    ['RULE-36 a family without rules', '', { family: 7 }, '-97 Rule family not supported'],
    ['RULE-36 a short attribute', attr(uapi.FRA_PRIORITY, '01'), {}, '-34 Error parsing msg'],
    ['RULE-36 a DSCP out of range', octet(uapi.FRA_DSCP, 64), {}, '-34 Error parsing msg'],
    [
      'RULE-36 an attribute of late years that is too long',
      attr(uapi.FRA_DSCP, '0100'),
      {},
      '-22 Error parsing msg',
    ],
    ['RULE-36 a mask with other bits', octet(uapi.FRA_DSCP_MASK, 64), {}, '-22 Error parsing msg'],
    ['RULE-36 a short flow label', attr(uapi.FRA_FLOWLABEL, '01'), {}, '-22 Error parsing msg'],
    ['RULE-37 a source that is not there', '', { from: 8, to: 8 }, '-22 Invalid source address'],
    [
      'RULE-37 of another length',
      attr(uapi.FRA_SRC, '0a00000000'),
      { from: 8 },
      '-22 Invalid source address',
    ],
    ['RULE-37 a length past 32', long(uapi.FRA_SRC, 10), { from: 33 }, '-22 Invalid source address'],
    [
      'RULE-37 a destination that is not there',
      octet(uapi.FRA_L3MDEV, 2),
      { to: 8 },
      '-22 Invalid dst address',
    ],
    [
      'RULE-38 a name of 16 characters',
      name(uapi.FRA_IIFNAME, 'a-name-of-sixtee'),
      {},
      '-34 Error parsing msg',
    ],
    ['RULE-17 l3mdev is 1', octet(uapi.FRA_L3MDEV, 2), { action: 2 }, '-22 Invalid l3mdev attribute'],
    [
      'RULE-24 a goto without target',
      octet(uapi.FRA_L3MDEV, 1),
      { action: 2 },
      '-22 Missing goto target for action goto',
    ],
    [
      'RULE-24 a target without goto',
      octet(uapi.FRA_L3MDEV, 1) + long(uapi.FRA_GOTO, 99),
      {},
      '-22 Unexpected goto',
    ],
    [
      'RULE-17 l3mdev and a table',
      octet(uapi.FRA_L3MDEV, 1) + uids(2, 1),
      { table: 5 },
      '-22 l3mdev and table are mutually exclusive',
    ],
    ['RULE-15 users backwards', uids(2, 1) + range(uapi.FRA_SPORT_RANGE, 2, 1), {}, '-22 Invalid uid range'],
    ['RULE-15 users to the last', uids(2, 0xffffffff), {}, '-22 Invalid uid range'],
    [
      'RULE-16 ports backwards',
      range(uapi.FRA_SPORT_RANGE, 2, 1) + range(uapi.FRA_DPORT_RANGE, 2, 1),
      {},
      '-22 Invalid sport range',
    ],
    ['RULE-16 port 0', range(uapi.FRA_DPORT_RANGE, 0, 1), {}, '-22 Invalid dport range'],
    ['RULE-16 port 65535', range(uapi.FRA_DPORT_RANGE, 9, 65535), {}, '-22 Invalid dport range'],
    [
      'RULE-16 a mask without a port',
      short(uapi.FRA_SPORT_MASK, 1) + range(uapi.FRA_DPORT_RANGE, 0, 1),
      {},
      '-22 Cannot specify port mask without port value',
    ],
    [
      'RULE-16 a mask for ports',
      short(uapi.FRA_DPORT_MASK, 9) + range(uapi.FRA_DPORT_RANGE, 1, 9),
      {},
      '-22 Cannot specify port mask for port range',
    ],
    [
      'RULE-16 bits outside of the mask',
      short(uapi.FRA_DPORT_MASK, 8) + range(uapi.FRA_DPORT_RANGE, 9, 9),
      {},
      '-22 Invalid port mask',
    ],
    [
      'RULE-24 a goto backwards',
      PRIORITY + long(uapi.FRA_GOTO, 10),
      { action: 2, tos: 1 },
      '-22 Backward goto not supported',
    ],
  ];

  test.each(both)('%s', (_, attrs, head, text) => {
    expect(add(attrs, head)).toBe(text);
    expect(del(attrs, head)).toBe(text);
    expect(ns.rule.list()).toHaveLength(3);
  });

  test('RULE-36 a message without a whole header', () => {
    for (const type of [uapi.RTM_NEWRULE, uapi.RTM_DELRULE]) {
      expect(outcomeOf(end, type, ACK, '0200')).toBe('-22 Invalid msg length');
    }
  });

  test('RULE-36 the error tells where: the last attribute that came twice', () => {
    const request = ask(uapi.RTM_NEWRULE, ACK, header() + PRIORITY + attr(uapi.FRA_PRIORITY, '01'));
    expect(toHex(end.request(request)[0]!)).toContain('0800020024000000'); // NLMSGERR_ATTR_OFFS 36
  });
});

describe('RTM_NEWRULE', () => {
  test.each<[name: string, attrs: string, head: Head, text: string]>([
    [
      'RULE-44 a flow label is not for IPv4',
      long(uapi.FRA_FLOWLABEL, 1),
      { tos: 3 },
      'Flow label cannot be specified for IPv4 FIB rules',
    ],
    ['RULE-13 ECN bits', octet(uapi.FRA_DSCP, 1), { tos: 0xff }, 'Invalid dsfield (tos): ECN bits must be 0'],
    ['RULE-13 bits that no tos has', octet(uapi.FRA_DSCP, 1), { tos: 0x20 }, 'Invalid tos'],
    [
      'RULE-14 tos and dscp',
      octet(uapi.FRA_DSCP, 1) + octet(uapi.FRA_DSCP_MASK, 2),
      { tos: 4 },
      'Cannot specify both TOS and DSCP',
    ],
    [
      'RULE-14 a mask alone',
      octet(uapi.FRA_DSCP_MASK, 2),
      { tos: 4 },
      'Cannot specify DSCP mask without DSCP value',
    ],
    [
      'RULE-14 bits outside of the mask',
      octet(uapi.FRA_DSCP, 1) + octet(uapi.FRA_DSCP_MASK, 2),
      {},
      'Invalid DSCP mask',
    ],
  ])('%s', (_, attrs, head, text) => {
    expect(add(attrs, head)).toBe(`-22 ${text}`);
  });

  test('RULE-40, RULE-44 an equal rule is found before its tos is looked at, and only when it may not be there', () => {
    expect(add(PRIORITY)).toBe(0);
    expect(add(PRIORITY)).toBe(-17);
    expect(add(PRIORITY + octet(uapi.FRA_DSCP_MASK, 0x3f))).toBe(
      '-22 Cannot specify DSCP mask without DSCP value',
    );
    expect(add(PRIORITY + long(uapi.FRA_FLOWLABEL, 1))).toBe(-17);
    expect(add(PRIORITY, {}, ACK)).toBe(0);
    expect(made()).toEqual([10, 10]);
  });

  test('RULE-23 FRA_TABLE counts, not the header', () => {
    expect(add(PRIORITY + long(uapi.FRA_TABLE, 1000))).toBe(0);
    expect(add(PRIORITY + long(uapi.FRA_TABLE, 0))).toBe(0);
    expect(ns.rule.list().map(({ table }) => table)).toEqual([255, 1000, 1, 254, 253]);
  });

  test('RULE-45 a name without characters is none', () => {
    expect(add(PRIORITY + name(uapi.FRA_IIFNAME, ''))).toBe(0);
    expect(ns.rule.list()[1]).not.toHaveProperty('iif');
  });

  test('RULE-53 it is told once, with the number of the request and no flags', () => {
    add(PRIORITY + name(uapi.FRA_IIFNAME, 'none') + long(uapi.FRA_GOTO, 99), { action: 2, table: 0 });
    const rule = { priority: 10, action: 'goto', goto: 99, iif: 'none' };
    expect(notices).toEqual([
      {
        type: uapi.RTM_NEWRULE,
        flags: 0,
        seq: 9,
        rule: expect.objectContaining({ ...rule, flags: 0x0c }) as RuleMessage,
      },
    ]);
  });

  test('NL-79 as bytes', () => {
    const datagrams: string[] = [];
    end.subscribe([8], (datagram) => datagrams.push(toHex(datagram.subarray(16))));
    const selector = long(uapi.FRA_SRC, 0x0000000a) + long(uapi.FRA_FWMARK, 1);
    add(PRIORITY + selector + long(uapi.FRA_TABLE, 1000), { from: 24 });
    del(PRIORITY);
    const bytes =
      '02001800fc00000100000000 08000f00e8030000 08000e00ffffffff 0500150000000000 080006000a000000 ' +
      '08000a0001000000 08001000ffffffff 080002000a000000';
    expect(datagrams).toEqual([bytes.replaceAll(' ', ''), bytes.replaceAll(' ', '')]);
  });
});

describe('RTM_DELRULE', () => {
  test('RULE-46 none is ENOENT, a permanent one EPERM, in bulk none at all', () => {
    expect(del(PRIORITY)).toBe(-2);
    add(PRIORITY, { flags: 1 });
    expect(del(PRIORITY)).toBe(-1);
    expect(del(PRIORITY, {}, ACK | uapi.NLM_F_EXCL)).toBe('-95 Bulk delete is not supported');
    expect(notices).toHaveLength(1);
  });

  test('RULE-45 what is 0 is not given, but for the priority', () => {
    add(PRIORITY);
    expect(del(long(uapi.FRA_PRIORITY, 0), { table: 100 })).toBe(-2);
    expect(del('', { table: 252 })).toBe(-2);
    expect(del('', { table: 100, tos: 3 })).toBe(-2); // no check of a tos here
    expect(del(octet(uapi.FRA_DSCP_MASK, 1))).toBe(-2);
    expect(del(long(uapi.FRA_FLOW, 0) + octet(uapi.FRA_PROTOCOL, 0), { table: 100, flags: 2 })).toBe(0);
    expect(made()).toEqual([]);
    expect(notices.map(({ type, flags }) => [type, flags])).toEqual([
      [32, 0],
      [33, 0],
    ]);
  });

  test('RULE-45 realms are compared when they are given, even as 0', () => {
    add(PRIORITY + long(uapi.FRA_FLOW, 5));
    expect(del(PRIORITY + long(uapi.FRA_FLOW, 0))).toBe(-2);
    expect(del(PRIORITY)).toBe(0);
  });

  test('RULE-45 a DSCP mask is compared with that of rules with a DSCP', () => {
    add(PRIORITY);
    add(long(uapi.FRA_PRIORITY, 11) + octet(uapi.FRA_DSCP, 2));
    expect(del(octet(uapi.FRA_DSCP_MASK, 0))).toBe(-2);
    expect(del(octet(uapi.FRA_DSCP_MASK, 0x3f))).toBe(0);
    expect(made()).toEqual([10]);
  });
});

describe('RTM_GETRULE', () => {
  test('RULE-48 one alone is not to be had', () => {
    expect(outcomeOf(end, uapi.RTM_GETRULE, ACK, header())).toBe(-95);
  });

  test('RULE-48, RULE-50 a dump has all rules, in order, whatever else it asks', () => {
    add(PRIORITY);
    for (const payload of [header(), '02', '00', header({ family: 0 })]) {
      const messages = dump(payload).flatMap((datagram) => decodeMessages(datagram));
      const rules = messages.slice(0, -1).map(({ payload: bytes }) => decodeRule(bytes).priority);
      expect(rules).toEqual([0, 10, 32766, 32767]);
      expect(messages.map(({ flags }) => flags)).toEqual([2, 2, 2, 2, 2]);
    }
    expect(said(dump(header({ family: 7 })))).toEqual([{ type: 3, flags: 2, errno: -97 }]);
  });

  test.each([
    ['a short header', '0200', 'Invalid header for fib rule dump request'],
    ['anything but the family', header() + '00', 'Invalid values in header for fib rule dump request'],
    [
      'attributes',
      header({ table: 0, action: 0 }) + PRIORITY,
      'Invalid data after header in fib rule dump request',
    ],
  ])('RULE-49 a strict socket refuses %s', (_, payload, text) => {
    expect(said(dump(payload, { strict: true }))).toEqual([{ type: 3, flags: 0x202, errno: -22, text }]);
  });

  test('RULE-49 and is content with the rest', () => {
    expect(said(dump(undefined, { strict: true }))).toHaveLength(4);
  });

  test('NL-34 a change in between does not mark the rest', () => {
    for (let priority = 1; priority < 200; priority++) ns.rule.add({ table: 5, priority });
    const reader = new Endpoint(ns);
    reader.send(ask(uapi.RTM_GETRULE, uapi.NLM_F_DUMP, header({ action: 0 })));
    const first = reader.receive()!;
    ns.rule.del({ priority: 5 });
    const rest: Uint8Array[] = [];
    for (let next = reader.receive(); next !== null; next = reader.receive()) rest.push(next);
    const flags = [first, ...rest].flatMap((datagram) =>
      decodeMessages(datagram).map((message) => message.flags),
    );
    expect(new Set(flags)).toEqual(new Set([uapi.NLM_F_MULTI]));
  });
});
