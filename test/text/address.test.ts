/**
 * text/address.test.ts - addresses: what inet_pton takes and what it refuses, and where the first wrong character is.
 */
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import {
  formatAddress4,
  formatAddress6,
  parseAddress4,
  parseAddress6,
  scanAddress4,
} from '../../src/text/index.js';

/** Offset of the EINVAL that `run` throws. */
function refusal(run: () => unknown): number | undefined {
  try {
    run();
  } catch (error) {
    assert(error instanceof FibError, String(error));
    assert.equal(error.code, 'EINVAL');
    return error.offset;
  }
  assert.fail('was accepted');
}

describe('IPv4', () => {
  test.each([
    ['0.0.0.0', 0],
    ['10.0.0.1', 0x0a000001],
    ['127.0.0.1', 0x7f000001],
    ['192.0.2.254', 0xc00002fe],
    ['255.255.255.255', 0xffffffff],
  ])('%s is taken', (text, address) => {
    assert.equal(parseAddress4(text), address);
    assert.equal(formatAddress4(address), text);
  });

  test.each([
    ['', 0],
    ['1', 1],
    ['1.2.3', 5],
    ['1.2.3.', 6],
    ['1.2.3.4.', 7],
    ['1.2.3.4.5', 7],
    ['1..2.3', 2],
    ['.1.2.3', 0],
    ['010.0.0.1', 1],
    ['00.0.0.1', 1],
    ['0x7f.1', 1],
    ['256.0.0.1', 2],
    ['1.2.3.256', 8],
    ['1.2.3.1000', 9],
    ['1.2.3.4 ', 7],
    [' 1.2.3.4', 0],
    ['1.2.3.4\n', 7],
    ['1.2.3.4/32', 7],
    ['-1.2.3.4', 0],
    ['+1.2.3.4', 0],
    ['1,2.3.4', 1],
    ['1.2.3.4a', 7],
    ['167772161', 3],
    ['\u0661.2.3.4', 0],
    ['::1', 0],
    ['localhost', 0],
  ])('%j is refused at %i', (text, offset) => {
    assert.equal(
      refusal(() => parseAddress4(text)),
      offset,
    );
  });

  test.each([undefined, null, 1, {}, [], ['1.2.3.4'], true, 1n, Symbol('x'), new String('1.2.3.4')])(
    'what is no text is refused with an error of ours (%#)',
    (value) => {
      assert.equal(
        refusal(() => parseAddress4(value as string)),
        0,
      );
      assert.equal(
        refusal(() => parseAddress6(value as string)),
        0,
      );
    },
  );

  test('text and number are the same, whatever the number', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), (n) => {
        assert.equal(parseAddress4(formatAddress4(n)), n);
        assert.equal(formatAddress4(n | 0), formatAddress4(n)); // the sign does not matter
      }),
    );
  });

  test("agrees with Node's reader on what is an address", () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789.. 2255x/'), maxLength: 16 });
    fc.assert(
      fc.property(near, (text) => {
        assert.equal(scanAddress4(text, 0, text.length) >= 0, isIPv4(text), text);
      }),
      { numRuns: 20_000 },
    );
  });

  test('a scan stays within its bounds', () => {
    assert.equal(scanAddress4('x1.2.3.4/24', 1, 8), 0x01020304);
    assert.equal(scanAddress4('1.2.3.45', 0, 7), 0x01020304);
    assert.equal(scanAddress4('1.2.3.4', 0, 6), ~6);
  });
});

describe('IPv6', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'], // RFC 5952 4.2.2: one zero group is not shortened
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:0:0:4:0:0:0:8', '1:0:0:4::8'],
    ['1:0:0:4:5:0:0:8', '1::4:5:0:0:8'], // the first of two equal runs
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::1:2', '::0.1.0.2'], // as inet_ntop has it
    ['::1.2.3.4', '::1.2.3.4'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['fe80::1', 'fe80::1'],
  ])('%s is %s', (text, canonical) => {
    assert.equal(formatAddress6(parseAddress6(text)), canonical);
    assert.deepEqual(parseAddress6(canonical), parseAddress6(text));
  });

  test.each([
    ['', 0],
    [':', 1],
    [':::', 2],
    [':1', 1],
    ['1:', 2],
    ['1:2:3:4:5:6:7', 13],
    ['1:2:3:4:5:6:7:', 14],
    ['1:2:3:4:5:6:7:8:9', 16],
    ['1:2:3:4:5:6:7:8::', 16],
    ['1::2:3:4:5:6:7:8', 15],
    ['1::2::3', 5],
    ['12345::', 4],
    ['g::', 0],
    ['1.2.3.4', 1],
    ['::1.2.3', 7],
    ['::1.2.3.4:5', 9],
    ['::01.2.3.4', 3],
    ['1:2:3:4:5:6:7:1.2.3.4', 15],
    ['fe80::1%eth0', 7],
    ['[::1]', 0],
    ['::1/128', 3],
    ['::1 ', 3],
  ])('%j is refused at %i', (text, offset) => {
    assert.equal(
      refusal(() => parseAddress6(text)),
      offset,
    );
  });

  test("agrees with Node's reader on what is an address", () => {
    const near = fc.string({ unit: fc.constantFrom(...'01af:::::..2'), maxLength: 24 });
    fc.assert(
      fc.property(near, (text) => {
        let taken = true;
        try {
          parseAddress6(text);
        } catch {
          taken = false;
        }
        assert.equal(taken, isIPv6(text), text);
      }),
      { numRuns: 20_000 },
    );
  });

  test('text and bytes are the same, whatever the bytes', () => {
    const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((n) => [n >> 8, n & 255]));
        assert.deepEqual(parseAddress6(formatAddress6(bytes)), bytes);
      }),
    );
  });
});
