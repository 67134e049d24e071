/**
 * endpoint/fib-lookup.test.ts - NETLINK_FIB_LOOKUP: one table, the longest prefix, no rules (NL-65..68).
 */
import { beforeEach, expect, test } from 'vitest';
import { Endpoint, type Netns } from '../../src/index.js';
import { hex, toHex } from '../wire/samples.js';
import { lab } from '../lab.js';

const HEADER = '24000000 0000 0100 01000000 00000000'.replaceAll(' ', '');

let ns: Netns;
let end: Endpoint;

/** The outputs of a question: table, prefix length, nexthop, type, scope, error. */
function ask(address: string, table: number, { tos = '00', scope = '00' } = {}): string | undefined {
  const byte = table.toString(16).padStart(2, '0');
  const asked = `${HEADER}${address}00000000${tos}${scope}${byte}`;
  const answers = end.request(hex(`${asked}0000000000${'00'.repeat(4)}`));
  expect(answers).toHaveLength(1);
  const text = toHex(answers[0]!);
  expect(text.slice(0, asked.length)).toBe(asked);
  return text.slice(asked.length);
}

beforeEach(() => {
  ns = lab(2, 3);
  ns.address.add('10.0.2.1/24', { dev: 'eth2' });
  ns.route.add('20.0.0.0/16', { via: '10.0.2.9' });
  ns.route.add('21.0.0.0/8', { nexthops: [{ dev: 'eth2' }, { dev: 'eth3', weight: 200 }], scope: 'link' });
  ns.route.add('22.0.0.0/8', { type: 'unreachable', table: 100 });
  ns.route.add('23.0.0.0/8', { via: '10.0.2.9', tos: 0x10 });
  ns.rule.add({ from: '0.0.0.0/0', action: 'prohibit', priority: 1 });
  end = new Endpoint(ns, { protocol: 10, netAdmin: false });
});

test('NL-65, NL-66 what is found; table 0 is main; of several paths the first', () => {
  expect(ask('14000107', 254)).toBe('fe' + '10' + '00' + '01' + '00' + '00000000');
  expect(ask('14000107', 0)).toBe('fe' + '10' + '00' + '01' + '00' + '00000000');
  expect(ask('15000107', 0)).toBe('fe' + '08' + '00' + '01' + 'fd' + '00000000');
  expect(ask('0a000201', 255)).toBe('ff' + '20' + '00' + '02' + 'fe' + '00000000');
});

test('NL-66 nothing there, a reject, no such table', () => {
  expect(ask('08080808', 254)).toBe('fe' + '00000000' + 'f5ffffff');
  expect(ask('16000001', 100)).toBe('64' + '00000000' + '8fffffff');
  expect(ask('08080808', 77)).toBe('00' + '00000000' + 'feffffff');
});

test('NL-65 tos as far as lookups know it, and a scope to be no wider than', () => {
  expect(ask('17000001', 0)).toMatch(/f5ffffff$/);
  expect(ask('17000001', 0, { tos: '10' })).toMatch(/^fe08/);
  expect(ask('17000001', 0, { tos: 'f3' })).toMatch(/^fe08/);
  expect(ask('15000107', 0, { scope: 'fd' })).toMatch(/^fe08/);
  expect(ask('15000107', 0, { scope: 'fe' })).toMatch(/f5ffffff$/);
});

test('NL-67 too short a request is not answered; a longer one comes back whole', () => {
  expect(end.request(hex(HEADER))).toEqual([]);
  expect(end.request(hex(`${HEADER}${'00'.repeat(19)}`))).toEqual([]);
  expect(end.request(new Uint8Array(2))).toEqual([]);
  const long = hex(`28${HEADER.slice(2)}14000107${'00'.repeat(16)}aabbccdd`);
  expect(toHex(end.request(long)[0]!)).toMatch(/00fe1000010000000000aabbccdd$/);
});
