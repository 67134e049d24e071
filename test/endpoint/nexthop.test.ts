/**
 * endpoint/nexthop.test.ts - RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP and buckets: what is refused in which words,
 * in which order, and what is told (CFG-118..130). Words and order are those of Linux 6.18.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import type { Endpoint } from '../../src/index.js';
import { type Netns } from '../../src/index.js';
import { decodeMessages, decodeNexthop } from '../../src/wire/index.js';
import { toHex } from '../wire/samples.js';
import { attr, half, outcomeOf, routedLab, word } from './routes.js';
import { ask, dotted, said } from './talk.js';

const ACK = uapi.NLM_F_ACK;
const ADD = ACK | uapi.NLM_F_CREATE | uapi.NLM_F_EXCL;
const REPLACE = ACK | uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE;
const NESTED = uapi.NLA_F_NESTED;
const byte = (n: number): string => toHex(Uint8Array.of(n));

/** struct nhmsg. */
function header({ family = 2, scope = 0, protocol = 0, reserved = 0, flags = 0 } = {}): string {
  return [family, scope, protocol, reserved].map(byte).join('') + word(flags);
}

type Head = Parameters<typeof header>[0];

const id = (n: number): string => attr(uapi.NHA_ID, word(n));
const dev = (index: number): string => attr(uapi.NHA_OIF, word(index));
const via = (address: string): string => attr(uapi.NHA_GATEWAY, dotted(address));
const type = (n: number): string => attr(uapi.NHA_GROUP_TYPE, half(n));
/** NHA_GROUP of members `[id, weight, reserved]`. */
const group = (...members: readonly (readonly [number, number?, number?])[]): string =>
  attr(
    uapi.NHA_GROUP,
    members.map(([n, weight = 1, reserved = 0]) => word(n) + half(weight - 1) + half(reserved)).join(''),
  );
const buckets = (payload: string): string => attr(uapi.NHA_RES_GROUP | NESTED, payload);
const bucketCount = (n: number): string => buckets(attr(uapi.NHA_RES_GROUP_BUCKETS, half(n)));
const FDB = attr(uapi.NHA_FDB, '');
const PATH = dev(2) + via('10.0.2.9');

let ns: Netns;
let end: Endpoint;
let notices: string[];

const add = (attrs: string, head: Head = {}, flags = ADD): string | number =>
  outcomeOf(end, uapi.RTM_NEWNEXTHOP, flags, header(head) + attrs);
const addGroup = (attrs: string, head: Head = {}, flags = ADD): string | number =>
  add(attrs, { family: 0, ...head }, flags);
const del = (attrs: string, head: Head = {}, flags = ACK): string | number =>
  outcomeOf(end, uapi.RTM_DELNEXTHOP, flags, header({ family: 0, ...head }) + attrs);
const get = (attrs: string, head: Head = {}, message = uapi.RTM_GETNEXTHOP): string | number =>
  outcomeOf(end, message, ACK, header({ family: 0, ...head }) + attrs);
const dump = (attrs = '', head: Head = {}, message = uapi.RTM_GETNEXTHOP) =>
  end.request(ask(message, uapi.NLM_F_DUMP, header({ family: 0, ...head }) + attrs));
/** Ids that a dump has, or the errno and text that it ends with. */
function dumped(attrs = '', head: Head = {}, message = uapi.RTM_GETNEXTHOP): number[] | string {
  const datagrams = dump(attrs, head, message);
  const last = said(datagrams).at(-1)!;
  if (last.errno !== 0) return `${last.errno} ${last.text ?? ''}`;
  const messages = datagrams.flatMap((datagram) => decodeMessages(datagram)).slice(0, -1);
  return messages.map(({ payload }) => decodeNexthop(payload).id);
}

beforeEach(() => {
  ({ ns, end } = routedLab());
  ns.nexthop.add({ id: 1, via: '10.0.2.9', dev: 'eth2' });
  ns.nexthop.add({ id: 2, via: '10.0.3.9', dev: 'eth3' });
  ns.nexthop.add({ id: 3, blackhole: true });
  ns.nexthop.add({ id: 10, group: [{ id: 1 }, { id: 2 }] });
  ns.nexthop.add({
    id: 11,
    group: [{ id: 1 }, { id: 2, weight: 3 }],
    type: 'resilient',
    buckets: 4,
    protocol: 4,
  });
  notices = [];
  end.subscribe([32], (datagram) => {
    for (const message of decodeMessages(datagram)) {
      const { type: kind, flags, seq, payload } = message;
      notices.push(`${kind} ${flags.toString(16)} ${seq} ${toHex(payload)}`);
    }
  });
});

describe('CFG-118..126 RTM_NEWNEXTHOP', () => {
  test.each<[name: string, attrs: string, head: Head, text: string]>([
    ['NL-14 an unknown attribute', id(5) + attr(17, ''), { scope: 1 }, '-22 Unknown attribute type'],
    ['NL-14 one for other requests', id(5) + attr(uapi.NHA_GROUPS, ''), {}, '-22 Unsupported attribute'],
    ['NL-14 one that is too long', attr(uapi.NHA_ID, '0500000000'), {}, '-22 invalid attribute length'],
    [
      'NL-14 a flag with a value',
      attr(uapi.NHA_BLACKHOLE, '01'),
      {},
      '-34 Attribute failed policy validation',
    ],
    ['NL-14 a number out of range', attr(uapi.NHA_HW_STATS_ENABLE, word(2)), {}, '-34 integer out of range'],
    ['NL-14 a nest that does not say so', attr(uapi.NHA_RES_GROUP, ''), {}, '-22 NLA_F_NESTED is missing'],
    ['NL-14 a nest that is none', attr(uapi.NHA_OIF | NESTED, word(2)), {}, '-22 NLA_F_NESTED not expected'],
    ['NL-14 a tail', id(5) + '0102', {}, '-22 bytes leftover after parsing attributes'],
    ['CFG-118 a scope', PATH, { scope: 1, flags: 1 }, '-22 Invalid values in ancillary header'],
    ['CFG-118 something reserved', PATH, { reserved: 1, flags: 1 }, '-22 Invalid values in ancillary header'],
    [
      'CFG-118 other flags than onlink',
      PATH,
      { flags: 0x10, family: 7 },
      '-22 Invalid nexthop flags in ancillary header',
    ],
    ['CFG-119 another family', PATH, { family: 7 }, '-22 Invalid address family'],
    ['CFG-119 none', PATH, { family: 0 }, '-22 Invalid address family'],
    [
      'CFG-120 fdb and a device',
      FDB + PATH,
      { flags: 4 },
      '-22 Fdb attribute can not be used with encap, oif or blackhole',
    ],
    [
      'CFG-120 fdb and onlink',
      FDB + group([1]) + type(2),
      { flags: 4 },
      '-22 Unsupported nexthop flags in ancillary header',
    ],
    ['CFG-120 a gateway of no length', dev(77) + attr(uapi.NHA_GATEWAY, ''), {}, '-22 Invalid gateway'],
    [
      'CFG-120 no type of encapsulation',
      PATH + attr(uapi.NHA_ENCAP | NESTED, ''),
      {},
      '-22 LWT encapsulation type is missing',
    ],
    [
      'CFG-120 no encapsulation of the type',
      PATH + attr(uapi.NHA_ENCAP_TYPE, half(1)),
      {},
      '-22 LWT encapsulation attribute is missing',
    ],
    [
      'CFG-120 an unknown encapsulation',
      PATH + attr(uapi.NHA_ENCAP_TYPE, half(99)) + attr(uapi.NHA_ENCAP | NESTED, ''),
      {},
      '-22 Unknown lwt encapsulation type',
    ],
    [
      'CFG-120 one that is not to be had',
      PATH + attr(uapi.NHA_ENCAP_TYPE, half(1)) + attr(uapi.NHA_ENCAP | NESTED, ''),
      {},
      '-95 lwt encapsulation type not supported',
    ],
    [
      'CFG-120 counters of a path',
      dev(77) + attr(uapi.NHA_HW_STATS_ENABLE, word(0)),
      {},
      '-22 Cannot enable nexthop hardware statistics for non-group nexthops',
    ],
    ['CFG-125 a family', group(), {}, '-22 Invalid family for group'],
    [
      'CFG-125 half a member',
      type(0) + attr(uapi.NHA_GROUP, '0100000000') + dev(2),
      { family: 0 },
      '-22 Invalid length for nexthop group attribute',
    ],
    ['CFG-126 a third type', type(2) + group(), { family: 0 }, '-22 Invalid group type'],
    [
      'CFG-125 something reserved',
      group([1, 65536, 1]),
      { family: 0 },
      '-22 Reserved field in nexthop_grp must be 0',
    ],
    ['CFG-125 a weight too large', group([1, 65536]) + dev(2), { family: 0 }, '-22 Invalid value for weight'],
    [
      'CFG-125 twice, ahead of what comes between',
      group([1], [1, 1, 1]),
      { family: 0 },
      '-22 Nexthop id can not be used twice in a group',
    ],
    [
      'CFG-125 buckets of another type',
      group([99]) + bucketCount(4),
      { family: 0 },
      '-22 No other attributes can be set in nexthop groups',
    ],
    [
      'CFG-126 a short number of buckets',
      type(1) + group([99]) + buckets(attr(1, '04')),
      { family: 0 },
      '-22 invalid attribute length',
    ],
    [
      'CFG-126 no buckets',
      type(1) + group([99]) + bucketCount(0),
      { family: 0 },
      '-22 Number of buckets needs to be non-0',
    ],
    ['CFG-125 who is not there', type(1) + group([99]), { family: 0 }, '-22 Invalid nexthop id'],
    ['CFG-125 nobody by number', group([0]), { family: 0 }, '-22 Invalid nexthop id'],
    [
      'CFG-123 an id that is taken, after the path',
      id(1) + dev(2) + via('99.0.0.1'),
      {},
      '-101 Nexthop has invalid gateway',
    ],
  ])('%s', (_, attrs, head, text) => {
    expect(add(attrs, head)).toBe(text);
    expect(notices).toEqual([]);
  });

  test('CFG-118 a message without a whole header', () => {
    for (const message of [uapi.RTM_NEWNEXTHOP, uapi.RTM_DELNEXTHOP, uapi.RTM_GETNEXTHOP]) {
      expect(outcomeOf(end, message, ACK, '02000000')).toBe('-22 Invalid header length');
    }
  });

  test('CFG-123 adding and replacing by flags', () => {
    const { NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND } = uapi;
    for (const flags of [0, NLM_F_CREATE, NLM_F_EXCL, NLM_F_APPEND])
      expect(add(id(1) + PATH, {}, ACK | flags)).toBe(-17);
    expect(add(id(1) + PATH, {}, ACK | NLM_F_REPLACE | NLM_F_EXCL)).toBe(0);
    expect(add(id(5) + PATH, {}, ACK | NLM_F_REPLACE)).toBe(
      '-2 Replace specified without create and no entry exists',
    );
    expect(add(PATH, {}, REPLACE)).toBe('-22 Replace requires nexthop id');
    expect(add(id(0) + PATH, {}, REPLACE)).toBe('-22 Replace requires nexthop id');
    for (const [n, flags] of [0, NLM_F_EXCL, NLM_F_APPEND].entries())
      expect(add(id(20 + n) + PATH, {}, ACK | flags)).toBe(0);
  });

  test('CFG-120 a gateway of zeros is none', () => {
    expect(add(id(5) + dev(2) + via('0.0.0.0'))).toBe(0);
    expect(ns.nexthop.get(5)).not.toHaveProperty('via');
    expect(add(id(6) + dev(2) + via('0.0.0.0'), { flags: 4 })).toBe(
      '-22 Invalid flags for nexthop - PERVASIVE and ONLINK can not be set',
    );
  });

  test('CFG-126, CFG-123 a resilient group needs its buckets when it is made, not when it is replaced', () => {
    const without = type(1) + group([1]);
    expect(addGroup(id(11) + without)).toBe(-17);
    expect(addGroup(id(12) + without)).toBe(
      '-22 Number of buckets not specified for nexthop group insertion',
    );
    expect(addGroup(id(11) + without, {}, REPLACE)).toBe(0);
    expect(ns.nexthop.get(11)).toMatchObject({ resilience: { buckets: 4 } });
  });

  test('NL-80, CFG-128 it is told with the flags of the request', () => {
    add(id(5) + PATH);
    addGroup(id(9) + group([1, 2], [2, 3]));
    add(id(5) + dev(2), {}, REPLACE);
    expect(notices).toEqual([
      '104 605 9 02fd000000000000 0800010005000000 0800050002000000 080006000a000209'.replace(/ (?=08)/g, ''),
      '104 605 9 0000000000000000 0800010009000000 0600030000000000 1400020001000000010000000200000002000000 08000e0000000080'.replace(
        / (?=0[68]|14)/g,
        '',
      ),
      '104 505 9 02fe000000000000 0800010005000000 0800050002000000'.replace(/ (?=08)/g, ''),
    ]);
  });

  test('NL-47 with ECHO the requester hears of the id that it got', () => {
    const answers = end.request(ask(uapi.RTM_NEWNEXTHOP, ADD | uapi.NLM_F_ECHO, header() + PATH));
    const [echo, ack] = answers.flatMap((datagram) => decodeMessages(datagram));
    expect(decodeNexthop(echo!.payload).id).toBe(4);
    expect(ack!.type).toBe(uapi.NLMSG_ERROR);
    expect(notices).toEqual([]);
  });
});

describe('RTM_DELNEXTHOP', () => {
  test.each<[name: string, attrs: string, head: Head, text: string | number]>([
    ['CFG-127 another attribute', id(1) + dev(2), { scope: 1 }, '-22 Unknown attribute type'],
    ['CFG-127 something in the header', '', { protocol: 1 }, '-22 Invalid values in header'],
    ['CFG-127 no id', '', {}, '-22 Nexthop id is missing'],
    ['CFG-127 id 0', id(0), {}, '-22 Invalid nexthop id'],
    ['CFG-127 who is not there', id(99), { family: 7 }, -2],
  ])('%s', (_, attrs, head, text) => {
    expect(del(attrs, head)).toBe(text);
    expect(ns.nexthop.list()).toHaveLength(5);
  });

  test('NL-8 nothing in bulk', () => {
    expect(del(id(1), {}, ACK | uapi.NLM_F_BULK)).toBe('-95 Bulk delete is not supported');
  });

  test('NL-81, CFG-127 it is told, then its groups, all with the flags of the request', () => {
    expect(del(id(1))).toBe(0);
    expect(del(id(2))).toBe(0);
    const short = notices.map((notice) => {
      const [kind, flags, seq, payload = ''] = notice.split(' ');
      const { id: n, group: members = [] } = decodeNexthop(Buffer.from(payload, 'hex'));
      return [kind, flags, seq, n, ...members.map((member) => member.id)].join(' ');
    });
    expect(short).toEqual([
      '105 5 9 1',
      '104 5 9 11 2',
      '104 5 9 10 2',
      '105 5 9 2',
      '105 5 9 10 2',
      '105 5 9 11 2',
    ]);
  });
});

describe('RTM_GETNEXTHOP', () => {
  test.each<[name: string, attrs: string, head: Head, text: string | number]>([
    ['CFG-130 no id', '', {}, '-22 Nexthop id is missing'],
    ['CFG-130 who is not there', id(99), {}, -2],
    ['CFG-130 something in the header', id(1), { flags: 4 }, '-22 Invalid values in header'],
    ['CFG-130 an attribute of dumps', id(1) + dev(2), {}, '-22 Unsupported attribute'],
    ['CFG-130 an unknown operation', id(1) + attr(uapi.NHA_OP_FLAGS, word(4)), {}, '-22 reserved bit set'],
  ])('%s', (_, attrs, head, text) => {
    expect(get(attrs, head)).toBe(text);
  });

  test('CFG-130 one object, whatever its family', () => {
    const [answer] = end.request(ask(uapi.RTM_GETNEXTHOP, 0, header({ family: 10 }) + id(1)));
    const [message] = decodeMessages(answer!);
    expect(message).toMatchObject({ type: uapi.RTM_NEWNEXTHOP, flags: 0, seq: 9 });
    expect(decodeNexthop(message!.payload)).toMatchObject({ id: 1, via: '10.0.2.9', oif: 2 });
  });

  test('CFG-130 with counters when they are asked for', () => {
    const bytes = (flags: number): number =>
      end.request(ask(uapi.RTM_GETNEXTHOP, 0, header() + id(10) + attr(uapi.NHA_OP_FLAGS, word(flags))))[0]!
        .length;
    const { NHA_OP_FLAG_DUMP_STATS: stats, NHA_OP_FLAG_DUMP_HW_STATS: hardware } = uapi;
    expect([0, hardware, stats, stats | hardware].map(bytes)).toEqual([68, 68, 120, 136]);
  });

  test.each<[name: string, attrs: string, head: Head, found: number[] | string]>([
    ['CFG-130 all', '', {}, [1, 2, 3, 10, 11]],
    ['CFG-130 groups', attr(uapi.NHA_GROUPS, ''), {}, [10, 11]],
    ['CFG-130 on a device', dev(2), {}, [1]],
    ['CFG-130 on any', dev(0), {}, [1, 2, 3, 10, 11]],
    ['CFG-130 under a master', attr(uapi.NHA_MASTER, word(9)), {}, [1]],
    ['CFG-130 of a family', '', { family: 2 }, [1, 2, 3]],
    ['CFG-130 fdb says nothing', FDB, {}, [1, 2, 3, 10, 11]],
    [
      'CFG-130 a device out of range',
      dev(0x80000000) + attr(uapi.NHA_MASTER, word(0x80000000)),
      { scope: 1 },
      '-22 Invalid device index',
    ],
    [
      'CFG-130 a master out of range',
      attr(uapi.NHA_MASTER, word(0x80000000)),
      { scope: 1 },
      '-22 Invalid master device index',
    ],
    [
      'CFG-130 something in the header',
      '',
      { protocol: 1 },
      '-22 Invalid values in header for nexthop dump request',
    ],
    ['CFG-130 an id', id(1), {}, '-22 Unsupported attribute'],
  ])('a dump: %s', (_, attrs, head, found) => {
    ns.link.add({ name: 'br0', index: 9, kind: 'bridge' });
    ns.link.set('eth2', { master: 'br0' });
    expect(dumped(attrs, head)).toEqual(found);
  });

  test('NL-34 a change in between shows', () => {
    for (let n = 100; n < 2000; n++) ns.nexthop.add({ id: n, dev: 'eth2' });
    end.send(ask(uapi.RTM_GETNEXTHOP, uapi.NLM_F_DUMP, header({ family: 0 })));
    end.receive();
    ns.nexthop.del(1999);
    const flags: number[] = [];
    for (let next = end.receive(); next !== null; next = end.receive())
      flags.push(...decodeMessages(next).map((message) => message.flags));
    expect(flags).toContain(uapi.NLM_F_MULTI | uapi.NLM_F_DUMP_INTR);
  });
});

describe('NL-28..30 RTM_GETNEXTHOPBUCKET', () => {
  const nest = (payload: string): string => attr(uapi.NHA_RES_BUCKET | NESTED, payload);
  const index = (n: number): string => nest(attr(uapi.NHA_RES_BUCKET_INDEX, half(n)));
  const member = (n: number): string => nest(attr(uapi.NHA_RES_BUCKET_NH_ID, word(n)));
  const BUCKET = uapi.RTM_GETNEXTHOPBUCKET;

  test.each<[name: string, attrs: string, head: Head, text: string | number]>([
    ['NL-30 something in the header', '', { scope: 1 }, '-22 Invalid values in header'],
    ['NL-30 no group', index(0), {}, '-22 Nexthop id is missing'],
    ['NL-30 no bucket', id(99), {}, '-22 Bucket information is missing'],
    ['NL-30 no index', id(99) + nest(''), {}, '-22 Bucket index is missing'],
    ['NL-30 something else', id(99) + member(1), {}, '-22 Unknown attribute type'],
    ['NL-30 who is not there', id(99) + index(0), {}, -2],
    ['NL-30 no group but a path', id(1) + index(0), {}, '-22 Not a nexthop group'],
    ['NL-30 a group without buckets', id(10) + index(0), {}, '-22 Nexthop group not of type resilient'],
    ['NL-30 past the last', id(11) + index(4), {}, '-2 Bucket index out of bounds'],
  ])('%s', (_, attrs, head, text) => {
    expect(get(attrs, head, BUCKET)).toBe(text);
  });

  test('NL-30 one bucket', () => {
    ns.advance(70);
    const [answer] = end.request(ask(BUCKET, 0, header({ family: 0 }) + id(11) + index(3)));
    expect(toHex(answer!.subarray(16))).toBe(
      '0000040000000000' +
        '080001000b000000' +
        '20000d80' +
        '0600010003000000' +
        '0800030001000000' +
        '0c0002000700000000000000',
    );
  });

  test.each<[name: string, attrs: string, head: Head, found: number[] | string]>([
    ['NL-30 all', '', {}, [11, 11, 11, 11, 12, 12]],
    ['NL-30 of a group', id(12), {}, [12, 12]],
    ['NL-30 of a member', member(2), {}, [11, 11, 11]],
    ['NL-30 on a device', dev(2), {}, [11, 12, 12]],
    ['NL-30 of a family', '', { family: 10 }, []],
    ['NL-30 member 0', member(0), { scope: 1 }, '-22 Invalid nexthop id'],
    ['NL-30 group 0', id(0) + index(0), {}, '-22 Invalid nexthop id'],
    ['NL-30 something else of a bucket', id(1) + index(0) + dev(0x80000000), {}, '-22 Unsupported attribute'],
    ['NL-30 no group but a path', id(1), {}, '-22 Not a nexthop group'],
    ['NL-30 a mistake, without a word', attr(17, ''), {}, '-22 '],
  ])('a dump: %s', (_, attrs, head, found) => {
    ns.nexthop.add({ id: 12, group: [{ id: 1 }], type: 'resilient', buckets: 2 });
    expect(dumped(attrs, head, BUCKET)).toEqual(found);
  });

  test('they cannot be made or deleted', () => {
    for (const message of [uapi.RTM_NEWNEXTHOPBUCKET, uapi.RTM_DELNEXTHOPBUCKET]) {
      expect(outcomeOf(end, message, ACK, header())).toBe(-95);
    }
  });
});
