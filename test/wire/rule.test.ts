/**
 * wire/rule.test.ts - policy rules in bytes: as a kernel sent them, any, and damaged (NL-26, NL-27, RULE-51).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError } from '../../src/errors.js';
import { decodeRule, encodeRule, type RuleMessage } from '../../src/wire/index.js';
import { hex, toHex } from './samples.js';

/** ip rule add from 10.0.0.0/24 fwmark 1 priority 10 lookup 1000 */
const NL79 =
  '02 00 18 00 fc 00 00 01 00000000 |' + // family, dst_len, src_len, tos, table 252, action 1, flags
  '0800 0f00 e8030000 |' + // FRA_TABLE 1000
  '0800 0e00 ffffffff |' + // FRA_SUPPRESS_PREFIXLEN off
  '0500 1500 00 000000 |' + // FRA_PROTOCOL unspec
  '0800 0600 0a000000 |' + // FRA_PRIORITY 10
  '0800 0a00 01000000 |' + // FRA_FWMARK 1
  '0800 1000 ffffffff |' + // FRA_FWMASK
  '0800 0200 0a000000'; // FRA_SRC

/** A goto with everything that a rule can ask for, as Linux 6.18 told it. */
const FULL =
  '02 08 20 00 00 00 00 02 14000000 |' + // to /8, from /32, goto, unresolved, oif detached
  '0800 0f00 00000000 | 0800 0e00 04000000 | 0500 1500 09 000000 |' + // table 0, suppress_prefixlength 4, proto 9
  '0700 0300 6c6f00 00 | 0d00 1100 6e6f6e6573756368 00 000000 |' + // iif lo, oif nonesuch
  '0800 0600 0a000000 | 0800 0a00 01000000 | 0800 1000 ffffffff |' + // priority 10, fwmark 1
  '0800 0400 14000000 | 0c00 0c00 0001020304050607 | 0500 1300 01 000000 |' + // goto 20, tunnel id, l3mdev
  '0c00 1400 01000000 02000000 | 0800 1700 0300 0300 | 0600 1c00 ffff 0000 |' + // uids 1..2, sport 3
  '0800 1800 0400 0900 | 0500 1600 06 000000 | 0800 0d00 03000000 |' + // dport 4..9, tcp, suppress_ifgroup 3
  '0500 1900 00 000000 | 0500 1e00 3f 000000 |' + // dscp 0
  '0800 0100 01020304 | 0800 0200 05060708 | 0800 0b00 01000200'; // to, from, realms 2/1

const FULL_RULE: RuleMessage = {
  family: 2,
  priority: 10,
  action: 'goto',
  table: 0,
  tos: 0,
  protocol: 9,
  flags: 0x14,
  from: '5.6.7.8/32',
  to: '1.2.3.4/8',
  iif: 'lo',
  oif: 'nonesuch',
  fwmark: 1,
  fwmask: 0xffffffff,
  goto: 20,
  tunId: 0x0001020304050607n,
  l3mdev: true,
  uidrange: { start: 1, end: 2 },
  sport: { start: 3, end: 3 },
  sportMask: 0xffff,
  dport: { start: 4, end: 9 },
  ipproto: 6,
  suppressPrefixLength: 4,
  suppressGroup: 3,
  dscp: 0,
  dscpMask: 63,
  realms: 0x20001,
};

test('NL-79, RULE-51 a rule as it is notified', () => {
  const rule: RuleMessage = {
    ...{ family: 2, priority: 10, action: 'table' as const, table: 1000, tos: 0, protocol: 0, flags: 0 },
    ...{ from: '10.0.0.0/24', fwmark: 1, fwmask: 0xffffffff },
  };
  expect(decodeRule(hex(NL79))).toEqual(rule);
  expect(encodeRule(rule)).toEqual(hex(NL79));
});

test('NL-26, NL-27, RULE-51, RULE-52 every field, in the order of the kernel', () => {
  expect(decodeRule(hex(FULL))).toEqual(FULL_RULE);
  expect(toHex(encodeRule(FULL_RULE))).toBe(toHex(hex(FULL)));
});

test('RULE-51 what says nothing is left out: priority 0, no mark, no selector', () => {
  const bytes = '02000000 ff000001 00000000 | 0800 0f00 ff000000 | 0800 0e00 ffffffff | 0500 1500 02 000000';
  const rule = {
    family: 2,
    priority: 0,
    action: 'table',
    table: 255,
    tos: 0,
    protocol: 2,
    flags: 0,
  } as const;
  expect(decodeRule(hex(bytes))).toEqual(rule);
  expect(encodeRule(rule)).toEqual(hex(bytes));
});

test('an IPv6 rule, with what it has no field for', () => {
  const bytes =
    '0a004000 64000001 00000000 | 0800 0f00 64000000 | 0800 0e00 ffffffff | 0500 1500 00 000000 |' +
    '1400 0200 20010db8000000000000000000000000 | 0800 1a00 00012345'; // FRA_SRC, FRA_FLOWLABEL
  const rule = decodeRule(hex(bytes));
  expect(rule).toMatchObject({ family: 10, from: '2001:db8::/64', unknown: [{ type: 26, flags: 0 }] });
  expect(encodeRule(rule)).toEqual(hex(bytes));
});

test.each([
  ['too short', '0200', 'fib_rule_hdr of 2 bytes at offset 7'],
  ['of another family', '07000000 00000001 00000000', 'rule of family 7 at offset 7'],
  ['with a prefix that is not there', '02000800 00000001 00000000', 'source prefix of 8 bits at offset 7'],
  [
    'with a longer prefix than can be',
    '02210000 00000001 00000000 0800 0100 0a000000',
    'destination prefix of 33 bits at offset 7',
  ],
  [
    'with an attribute past the end',
    '02000000 00000001 00000000 0900 0600 0a000000',
    'rtattr length 9 at offset 19',
  ],
])('a rule %s is a WireError', (_, bytes, message) => {
  expect(() => decodeRule(hex(bytes), 7)).toThrow(
    new WireError(
      message.slice(0, message.lastIndexOf(' at')),
      Number(message.slice(message.lastIndexOf(' '))),
    ),
  );
});

test('a value that no rule has is refused', () => {
  expect(() => encodeRule({ ...FULL_RULE, action: 'jump' as 'goto' })).toThrow('EINVAL: encode');
  expect(() => encodeRule({ ...FULL_RULE, from: '10.0.0/8' })).toThrow('no IPv4 prefix');
});

describe('laws', () => {
  const bits = (n: number): fc.Arbitrary<number> => fc.nat({ max: 2 ** n - 1 });
  const range = (n: number): fc.Arbitrary<{ start: number; end: number }> =>
    fc.record({ start: bits(n), end: bits(n) });
  const prefix = fc
    .tuple(bits(8), bits(8), fc.integer({ min: 1, max: 32 }))
    .map(([a, b, length]) => `${a}.${b}.0.1/${length}`);
  const name = fc.stringMatching(/^[a-z0-9.]{1,15}$/);
  const rule = fc.record(
    {
      ...{
        family: fc.constant(2),
        priority: bits(32),
        action: fc.constantFrom('table', 'nop', 'blackhole', 9, 4, 200),
      },
      ...{
        table: bits(32),
        tos: bits(8),
        protocol: bits(8),
        flags: bits(32),
        from: prefix,
        to: prefix,
        iif: name,
        oif: name,
      },
      ...{
        uidrange: range(32),
        sport: range(16),
        dport: range(16),
        sportMask: bits(16),
        dportMask: bits(16),
        ipproto: bits(8),
      },
      ...{
        dscp: bits(6),
        dscpMask: bits(6),
        goto: bits(32),
        realms: bits(32),
        tunId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      },
      ...{ suppressPrefixLength: bits(31), suppressGroup: bits(31), l3mdev: fc.constant(true) },
    },
    { requiredKeys: ['family', 'priority', 'action', 'table', 'tos', 'protocol', 'flags'] },
  ) as fc.Arbitrary<RuleMessage>;

  test('decode(encode(rule)) is the rule', () => {
    fc.assert(fc.property(rule, (value) => void expect(decodeRule(encodeRule(value))).toEqual(value)));
  });

  test('any bytes are a rule or a WireError, and what was read encodes stably', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 60 }), fc.boolean(), (bytes, isShaped) => {
        const payload = isShaped ? Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, ...bytes) : bytes;
        let read: RuleMessage;
        try {
          read = decodeRule(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        const again = encodeRule(read);
        expect(toHex(encodeRule(decodeRule(again)))).toBe(toHex(again));
      }),
    );
  });
});
