/**
 * wire/address.test.ts - addresses in bytes: as a kernel sent them, any, and damaged (NL-24, NL-77).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireError } from '../../src/errors.js';
import { FOREVER, type AddressFields } from '../../src/model/address.js';
import { decodeAddress, encodeAddress } from '../../src/wire/index.js';
import { RECORDED, hex, kernelDatagrams, toHex } from './samples.js';
import { messages, uapi } from '../../src/wire/index.js';

/** ip address add 10.3.0.1/24 brd 10.3.0.255 dev v0 */
const NL77 =
  '02 18 80 00 03000000 |' + // family, length, low byte of the flags, scope, v0
  '0800 0100 0a030001 |' + // IFA_ADDRESS 10.3.0.1
  '0800 0200 0a030001 |' + // IFA_LOCAL
  '0800 0400 0a0300ff |' + // IFA_BROADCAST 10.3.0.255
  '0700 0300 763000 00 |' + // IFA_LABEL v0
  '0800 0800 80000000 |' + // IFA_FLAGS permanent
  '1400 0600 ffffffff ffffffff 01000000 02000000'; // IFA_CACHEINFO: for ever, for ever, created, updated

/** ip address add 10.9.0.1/24 brd + label e0:x proto 5 metric 77 dev e0, as Linux 6.18 told it */
const EVERYTHING =
  '02 18 80 00 02000000 | 0800 0100 0a090001 | 0800 0200 0a090001 | 0800 0400 0a0900ff |' +
  '0900 0300 65303a7800 000000 |' + // IFA_LABEL e0:x
  '0500 0b00 05 000000 |' + // IFA_PROTO 5
  '0800 0800 80000000 |' +
  '0800 0900 4d000000 |' + // IFA_RT_PRIORITY 77
  '1400 0600 ffffffff ffffffff c4431600 c4431600';

const v0: AddressFields = {
  index: 3,
  local: 0x0a030001,
  peer: 0x0a030001,
  length: 24,
  broadcast: 0x0a0300ff,
  scope: 0,
  flags: 0x80,
  metric: 0,
  protocol: 0,
  label: Uint8Array.from([0x76, 0x30]),
  valid: FOREVER,
  preferred: FOREVER,
  created: 1,
  updated: 2,
};

const u32 = fc.nat({ max: 0xffffffff });
const u8 = fc.nat({ max: 255 });
const fields: fc.Arbitrary<AddressFields> = fc.record(
  {
    index: u32,
    local: fc.integer({ min: 1, max: 0xffffffff }),
    peer: fc.integer({ min: 1, max: 0xffffffff }),
    length: u8,
    broadcast: u32,
    scope: u8,
    flags: u32,
    metric: u32,
    protocol: u8,
    label: fc
      .array(fc.integer({ min: 1, max: 255 }), { maxLength: 15 })
      .map((bytes) => Uint8Array.from(bytes)),
    valid: u32,
    preferred: u32,
    created: u32,
    updated: u32,
  },
  { noNullPrototype: true },
);

describe('addresses', () => {
  test('NL-77 as a kernel tells one', () => {
    expect(decodeAddress(hex(NL77))).toEqual(v0);
    expect(toHex(encodeAddress(v0))).toBe(toHex(hex(NL77)));
  });

  test('NL-24 every attribute in its place', () => {
    const address = decodeAddress(hex(EVERYTHING))!;
    expect(address).toMatchObject({ protocol: 5, metric: 77, broadcast: 0x0a0900ff });
    expect(new TextDecoder().decode(address.label)).toBe('e0:x');
    expect(toHex(encodeAddress(address))).toBe(toHex(hex(EVERYTHING)));
  });

  test('what is encoded decodes to the same', () => {
    fc.assert(
      fc.property(fields, (address) => {
        expect(decodeAddress(encodeAddress(address))).toEqual(address);
      }),
    );
  });

  test('without IFA_LOCAL or IFA_ADDRESS the other stands for it, flags and lifetimes may be missing', () => {
    const peer = decodeAddress(hex('02 20 81 fe 02000000 | 0800 0100 0a000001'))!;
    expect(peer).toMatchObject({
      local: 0x0a000001,
      peer: 0x0a000001,
      flags: 0x81,
      scope: 254,
      valid: FOREVER,
    });
    expect(decodeAddress(hex('02 20 00 00 02000000 | 0800 0200 0a000001'))?.peer).toBe(0x0a000001);
  });

  test('another family is none of ours', () => {
    expect(decodeAddress(hex('0a 80 80 fe 01000000'))).toBeUndefined();
  });

  test('damaged bytes are a WireError with the offset, or an address', () => {
    assert.throws(() => decodeAddress(hex('02 18 80'), 16), { name: 'WireError', offset: 16 });
    assert.throws(() => decodeAddress(hex('02 18 80 00 03000000 0600 0200 0a00 0000')), WireError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        bytes[0] = uapi.AF_INET;
        try {
          decodeAddress(bytes);
        } catch (error) {
          assert(error instanceof WireError);
        }
      }),
    );
  });

  test.runIf(RECORDED)('every address that a kernel sent comes out as it came in', () => {
    let seen = 0;
    for (const [name, datagram] of kernelDatagrams()) {
      for (const { type, payload } of messages(datagram)) {
        if (type !== uapi.RTM_NEWADDR && type !== uapi.RTM_DELADDR) continue;
        const address = decodeAddress(payload);
        if (address === undefined) continue;
        expect(toHex(encodeAddress(address)), name).toBe(toHex(payload));
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(100);
  });
});
