/**
 * wire/change.test.ts - what a message of a dump or of a monitor says that has changed.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  WireError,
  changeFromMessage,
  decodeLink,
  decodeMessages,
  encodeAddress,
  encodeLink,
  encodeNexthop,
  encodeRule,
  messages,
} from '../../src/wire/index.js';
import type { NlMsg } from '../../src/wire/index.js';
import { GOLDEN } from './golden.js';
import { RECORDED, hex, recording } from './samples.js';

const { route, bytes } = GOLDEN[1]!;
const [golden] = decodeMessages(hex(bytes));

/** The golden message with another header. */
function as(type: number, flags: number): NlMsg {
  return { ...golden!, type, flags };
}

describe('routes', () => {
  test.each([
    ['CFG-91 an added one', 24, 0x600, 'add'],
    ['CFG-91 one added beside others', 24, 0x400, 'add'],
    ['CFG-91 an appended one', 24, 0xc00, 'append'],
    ['CFG-91 a replaced one', 24, 0x100, 'replace'],
    ['CFG-92 a deleted one', 25, 0, 'del'],
    ['NL-31 a part of a dump', 24, 0x2, 'append'],
    ['CFG-84 a part of a filtered dump', 24, 0x22, 'append'],
    ['NL-63 a request that adds', 24, 0x401, 'add'],
    ['NL-63 a request that replaces', 24, 0x501, 'replace'],
    ['CFG-53 replace with append', 24, 0xd00, 'replace'],
  ])('%s', (_, type, flags, op) => {
    assert.deepEqual(changeFromMessage(as(type, flags)), { kind: 'route', op, route });
  });

  test.each([
    ['CFG-77 the answer to a question for the matched route', as(24, 0)],
    ['a question', as(26, 0x301)],
    ['NL-3 the end of a dump', { ...as(3, 2), payload: hex('00000000') }],
    ['an error', { ...as(2, 0), payload: hex('00000000') }],
    ['a rule of another family', { ...as(32, 0x600), payload: hex('1c 00 00 00 fe 00 00 01 00000000') }],
    ['an address of another family', { ...as(20, 0), payload: hex('0a 40 80 00 01000000') }],
    [
      'a port as its bridge tells it',
      { ...as(17, 0), payload: hex('07 00 0100 07000000 00000000 00000000') },
    ],
    ['a route of another family', { ...as(24, 0x600), payload: hex('1c 08 00 00 fe 03 00 01 00000000') }],
    ['CFG-72 a cached answer, dumped', { ...as(24, 2), payload: hex('02 20 00 00 fe 00 00 01 00020000') }],
  ])('%s is no change', (_, message) => {
    assert.equal(changeFromMessage(message), undefined);
  });

  test('a route that cannot be read is refused with its place in the stream', () => {
    const broken = {
      ...as(24, 0x600),
      payload: hex('02 08 00 00 fe 03 00 01 00000000 0300 0100'),
      offset: 100,
    };
    assert.throws(
      () => changeFromMessage(broken),
      (error) => error instanceof WireError && error.offset === 128,
    );
  });
});

describe('links', () => {
  const head = '00 00 0100 07000000 43100000 00000000';

  function link(text: string): NlMsg {
    return { ...as(16, 0x600), payload: hex(text) };
  }

  test('NL-22 a name and an index', () => {
    assert.deepEqual(decodeLink(hex(head + '0700 0300 763000 00')), {
      family: 0,
      type: 1,
      index: 7,
      flags: 0x1043,
      change: 0,
      name: 'v0',
    });
    assert.deepEqual(changeFromMessage(link(head + '0700 0300 763000 00')), {
      kind: 'link',
      op: 'add',
      index: 7,
      name: 'v0',
    });
  });

  test('NL-12 the NUL may be missing', () => {
    assert.equal(decodeLink(hex(head + '0600 0300 7630 0000')).name, 'v0');
  });

  test('a message without a name, or with one that is too long, is no change', () => {
    for (const attrs of [
      '',
      '0400 0300',
      '0500 0300 00 000000',
      '1400 0300 61616161616161616161616161616161',
    ]) {
      assert.equal(changeFromMessage(link(head + attrs)), undefined);
    }
  });

  test('a message that is too short, or whose attributes are broken, is refused', () => {
    assert.throws(() => decodeLink(hex('00 00 0100')), WireError);
    assert.throws(
      () => decodeLink(hex(head + '0300 0300')),
      (error) => error instanceof WireError && error.offset === 16,
    );
  });
});

test.runIf(RECORDED)('NL-55 a monitor file tells its links and every change of a route', () => {
  const counts: Record<string, number> = {};
  for (const message of messages(recording('raw/rtmon-all.bin'))) {
    const change = changeFromMessage(message);
    const key = change === undefined ? 'none' : `${change.kind} ${change.op}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  for (const key of ['link add', 'route add', 'route append', 'route replace', 'route del', 'none']) {
    assert((counts[key] ?? 0) > 0, key);
  }
});

test('NL-22 a whole link message tells what the link is like', () => {
  const change = changeFromMessage({
    ...as(16, 0),
    payload: encodeLink({
      family: 0,
      type: 1,
      index: 5,
      flags: 0x1043,
      change: 0,
      name: 'blue',
      mtu: 1500,
      operstate: 6,
      carrier: 1,
      master: 2,
      group: 0,
      txqlen: 1000,
      kind: 'vrf',
      table: 10,
      address: hex('020000000005'),
    }),
  });
  assert.deepEqual(change, {
    kind: 'link',
    op: 'add',
    index: 5,
    name: 'blue',
    link: {
      flags: 0x1043,
      type: 1,
      kind: 'vrf',
      mtu: 1500,
      operstate: 'UP',
      carrier: true,
      address: '02:00:00:00:00:05',
      master: 2,
      table: 10,
      group: 0,
      txqlen: 1000,
    },
  });
});

test('NL-24, NL-26, NL-28 addresses, rules and nexthop objects come and go', () => {
  const address = {
    index: 2,
    local: 0xc0000201,
    peer: 0xc0000201,
    length: 24,
    broadcast: 0xc00002ff,
    scope: 0,
    flags: 0x80,
    metric: 0,
    protocol: 0,
    label: new TextEncoder().encode('eth0'),
    valid: 0xffffffff,
    preferred: 0xffffffff,
    created: 0,
    updated: 0,
  };
  assert.deepEqual(changeFromMessage({ ...as(20, 0), payload: encodeAddress(address) }), {
    kind: 'address',
    op: 'add',
    address: {
      address: '192.0.2.1/24',
      index: 2,
      broadcast: '192.0.2.255',
      scope: 0,
      label: 'eth0',
      flags: 0x80,
      metric: 0,
      protocol: 0,
    },
  });
  assert.equal(changeFromMessage({ ...as(21, 0), payload: encodeAddress(address) })?.op, 'del');
  const rule = {
    family: 2,
    priority: 5,
    action: 'table',
    table: 100,
    tos: 0,
    protocol: 0,
    flags: 0,
  } as const;
  for (const [type, op] of [
    [32, 'add'],
    [33, 'del'],
  ] as const) {
    const change = changeFromMessage({ ...as(type, 0), payload: encodeRule(rule) });
    assert.deepEqual(change, { kind: 'rule', op, rule });
  }
  const nexthop = { id: 7, family: 2, protocol: 3, scope: 253, flags: 0, oif: 2, via: '192.0.2.9' };
  for (const [type, flags, op] of [
    [104, 0x600, 'add'],
    [104, 0x500, 'replace'],
    [105, 0, 'del'],
  ] as const) {
    const change = changeFromMessage({ ...as(type, flags), payload: encodeNexthop(nexthop) });
    assert.deepEqual(change, { kind: 'nexthop', op, nexthop });
  }
});
