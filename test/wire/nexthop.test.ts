/**
 * wire/nexthop.test.ts - nexthop objects in bytes: as a kernel sent them, any, and damaged (NL-28..30, CFG-129).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { WireError } from '../../src/errors.js';
import { decodeNexthop, encodeBucket, encodeNexthop, type NexthopMessage } from '../../src/wire/index.js';
import { hex, toHex } from './samples.js';

const GROUP =
  '00 00 00 00 00000000 |' + // family, scope, protocol, reserved, flags
  '0800 0100 09000000 |' + // NHA_ID 9
  '0600 0300 0000 0000 |' + // NHA_GROUP_TYPE mpath
  '1400 0200 [01000000 01 00 0000] [02000000 02 00 0000] |' + // NHA_GROUP: 1 weight 2, 2 weight 3
  '0800 0e00 00000080'; // NHA_OP_FLAGS

const RESILIENT =
  '00 00 00 00 00000000 | 0800 0100 0a000000 | 0600 0300 0100 0000 |' +
  '1400 0200 [01000000 00 00 0000] [02000000 2b 01 0000] |' + // 2 weight 300
  '2800 0c80 [0600 0100 0400 0000] [0800 0200 e02e0000] [0800 0300 00000000] [0c00 0400 0700000000000000] |' +
  '0800 0e00 00000080';

const GOLDEN: readonly (readonly [name: string, bytes: string, nexthop: NexthopMessage])[] = [
  [
    'NL-80 id 1 via 10.0.0.9 dev v0',
    '02 fd 00 00 00000000 | 0800 0100 01000000 | 0800 0500 03000000 | 0800 0600 0a000009',
    { id: 1, family: 2, protocol: 0, scope: 253, flags: 0, oif: 3, via: '10.0.0.9' },
  ],
  [
    'NL-81 id 9 group 1,2/2,3',
    GROUP,
    {
      ...{ id: 9, family: 0, protocol: 0, scope: 0, flags: 0, type: 'mpath' },
      group: [
        { id: 1, weight: 2 },
        { id: 2, weight: 3 },
      ],
    },
  ],
  [
    'NL-30 id 10 group 1/2,300 type resilient buckets 4, out of balance',
    RESILIENT,
    {
      ...{ id: 10, family: 0, protocol: 0, scope: 0, flags: 0, type: 'resilient' },
      group: [
        { id: 1, weight: 1 },
        { id: 2, weight: 300 },
      ],
      resilience: { buckets: 4, idleTimer: 12000, unbalancedTimer: 0, unbalancedTime: 7 },
    },
  ],
  [
    'CFG-129 id 3 blackhole proto 4',
    '02 00 04 00 00000000 | 0800 0100 03000000 | 0400 0400',
    { id: 3, family: 2, protocol: 4, scope: 0, flags: 0, blackhole: true },
  ],
  [
    'CFG-129 id 4 via fe80::1 dev v0 onlink',
    '0a fd 00 00 04000000 | 0800 0100 04000000 | 0800 0500 03000000 | 1400 0600 fe800000000000000000000000000001',
    { id: 4, family: 10, protocol: 0, scope: 253, flags: 4, oif: 3, via: 'fe80::1' },
  ],
  [
    'CFG-129 id 5 via 1.2.3.4 fdb',
    '02 fd 00 00 00000000 | 0800 0100 05000000 | 0400 0b00 | 0800 0600 01020304',
    { id: 5, family: 2, protocol: 0, scope: 253, flags: 0, fdb: true, via: '1.2.3.4' },
  ],
];

test.each(GOLDEN)('%s', (_, bytes, nexthop) => {
  expect(decodeNexthop(hex(bytes))).toEqual(nexthop);
  expect(toHex(encodeNexthop(nexthop))).toBe(toHex(hex(bytes)));
});

test('CFG-129 the counters of a group, which are none', () => {
  const group = { ...decodeNexthop(hex(GROUP)), hwStats: true };
  const both = uapi.NHA_OP_FLAG_DUMP_STATS | uapi.NHA_OP_FLAG_DUMP_HW_STATS;
  const entry = (id: string): string => `[1c00 0180 0800 0100 ${id} 0800 0200 00000000 0800 0300 00000000]`;
  const stats = `0800 1000 01000000 | 0800 1100 00000000 | 3c00 0f80 ${entry('01000000')} ${entry('02000000')} |`;
  const bytes = GROUP.replace('0800 0e00', `${stats} 0800 0e00`);
  expect(toHex(encodeNexthop(group, both))).toBe(toHex(hex(bytes)));
  expect(decodeNexthop(hex(bytes))).toEqual(group);
});

test('NL-30 a bucket', () => {
  const bytes =
    '00 00 04 00 00000000 | 0800 0100 0c000000 |' +
    '2000 0d80 [0600 0100 0700 0000] [0800 0300 02000000] [0c00 0200 0b04000000000000]';
  expect(toHex(encodeBucket({ id: 12, index: 7, nhid: 2, protocol: 4, idleTime: 1035 }))).toBe(
    toHex(hex(bytes)),
  );
});

test('what a nexthop has no field for is kept, and so is what does not fit its field', () => {
  const bytes =
    '02fd0000 00000000 | 0800 0100 01000000 | 0600 0500 0300 0000 | 0700 0600 0a0000 00 | 0800 3000 01020304';
  const nexthop = decodeNexthop(hex(bytes));
  expect(nexthop).toMatchObject({ id: 1, unknown: [{ type: 5 }, { type: 6 }, { type: 48 }] });
  expect(encodeNexthop(nexthop)).toEqual(hex(bytes));
});

test.each([
  ['too short', '020000', 'nhmsg of 3 bytes', 5],
  ['with an attribute past the end', '02000000 00000000 0900 0100 01000000', 'rtattr length 9', 13],
])('a nexthop %s is a WireError', (_, bytes, message, offset) => {
  expect(() => decodeNexthop(hex(bytes), 5)).toThrow(new WireError(message, offset));
});

describe('laws', () => {
  const u32 = fc.nat({ max: 0xffffffff });
  const u8 = fc.nat({ max: 0xff });
  const head = { id: u32, family: u8, protocol: u8, scope: u8, flags: u32 };
  const member = fc.record({ id: u32, weight: fc.integer({ min: 1, max: 65535 }) });
  const timers = fc.record({
    buckets: fc.nat(0xffff),
    idleTimer: u32,
    unbalancedTimer: u32,
    unbalancedTime: u32,
  });
  const path = fc.record(
    { ...head, oif: u32, via: fc.constantFrom('10.0.0.1', 'fe80::1'), fdb: fc.constant(true) },
    { requiredKeys: ['id', 'family', 'protocol', 'scope', 'flags'] },
  );
  const group = fc.oneof(
    fc.record({ ...head, group: fc.array(member), type: fc.constant('mpath') }),
    fc.record({ ...head, group: fc.array(member), type: fc.constant('resilient'), resilience: timers }),
  );

  test('decode(encode(nexthop)) is the nexthop', () => {
    fc.assert(
      fc.property(
        fc.oneof(path, group) as fc.Arbitrary<NexthopMessage>,
        (nexthop) => void expect(decodeNexthop(encodeNexthop(nexthop))).toEqual(nexthop),
      ),
    );
  });

  test('any bytes are a nexthop or a WireError, and what was read encodes stably', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        let read: NexthopMessage;
        try {
          read = decodeNexthop(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        const again = encodeNexthop(read);
        expect(toHex(encodeNexthop(decodeNexthop(again)))).toBe(toHex(again));
      }),
    );
  });
});
