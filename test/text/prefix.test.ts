/**
 * text/prefix.test.ts - prefixes: what is taken, what is refused and where.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import {
  formatPrefix4,
  formatPrefix6,
  mask4,
  parseInterface4,
  parseInterface6,
  parsePrefix4,
  parsePrefix6,
} from '../../src/text/index.js';

function refused(run: () => unknown): FibError {
  try {
    run();
  } catch (error) {
    assert(error instanceof FibError, String(error));
    assert.equal(error.code, 'EINVAL');
    return error;
  }
  assert.fail('was accepted');
}

describe('IPv4', () => {
  test.each([
    ['10.0.0.0/8', 0x0a000000, 8],
    ['default', 0, 0],
    ['0.0.0.0/0', 0, 0],
    ['192.0.2.1', 0xc0000201, 32],
    ['192.0.2.1/32', 0xc0000201, 32],
    ['128.0.0.0/1', 0x80000000, 1],
    ['255.255.255.254/31', 0xfffffffe, 31],
  ])('%s', (text, address, length) => {
    assert.deepEqual(parsePrefix4(text), { address, length });
  });

  test('an object of the caller is filled', () => {
    const out = { address: 1, length: 1 };
    assert.equal(parsePrefix4('10.0.0.0/8', out), out);
    assert.deepEqual(out, { address: 0x0a000000, length: 8 });
    parsePrefix4('default', out);
    assert.deepEqual(out, { address: 0, length: 0 });
  });

  test.each([
    ['10.1.7.3/24', '10.1.7.0/24'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['0.0.0.1/31', '0.0.0.0/31'],
    ['10.0.0.1/8', '10.0.0.0/8'],
  ])('CFG-12 %s has host bits, %s was meant', (text, meant) => {
    const error = refused(() => parsePrefix4(text));
    assert.match(error.detail ?? '', new RegExp(`expected ${meant.replaceAll('.', '\\.')}$`));
    assert.equal(formatPrefix4(parseInterface4(text).address, parseInterface4(text).length), text);
  });

  test.each([
    ['', 0],
    ['/8', 0],
    ['10.0.0.0/', 9],
    ['10.0.0.0/33', 10],
    ['10.0.0.0/-1', 9],
    ['10.0.0.0/08', 10],
    ['10.0.0.0/00', 10],
    ['10.0.0.0/8 ', 10],
    ['10.0.0.0/ 8', 9],
    ['10.0.0.0/8/8', 10],
    ['10.0.0.0/255.0.0.0', 11],
    ['10.0.0.0/1e1', 10],
    ['10.0.0.0/999999999999', 10],
    ['10/8', 2],
    ['010.0.0.0/8', 1],
    ['Default', 0],
    ['default/0', 0],
    ['::/0', 0],
  ])('%j is refused at %i', (text, offset) => {
    assert.equal(refused(() => parsePrefix4(text)).offset, offset);
  });

  test('what is no text is refused with an error of ours', () => {
    for (const value of [undefined, null, 8, {}, { address: 1, length: 1 }]) {
      assert.equal(refused(() => parsePrefix4(value as unknown as string)).offset, 0);
      assert.equal(refused(() => parsePrefix6(value as unknown as string)).offset, 0);
    }
  });

  test('masks', () => {
    assert.deepEqual([0, 1, 8, 31, 32].map(mask4), [0, 0x80000000, 0xff000000, 0xfffffffe, 0xffffffff]);
  });

  test('text and numbers are the same, whatever the prefix', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), fc.nat({ max: 32 }), (n, length) => {
        const address = (n & mask4(length)) >>> 0;
        assert.deepEqual(parsePrefix4(formatPrefix4(address, length)), { address, length });
        assert.deepEqual(parseInterface4(formatPrefix4(n, length)), { address: n, length });
      }),
    );
  });
});

describe('IPv6', () => {
  test.each([
    ['2001:DB8::/32', '2001:db8::/32'],
    ['default', '::/0'],
    ['::1', '::1/128'],
    ['fe80::/10', 'fe80::/10'],
    ['8000::/1', '8000::/1'],
  ])('%s is %s', (text, canonical) => {
    const { address, length } = parsePrefix6(text);
    assert.equal(formatPrefix6(address, length), canonical);
  });

  test('host bits', () => {
    assert.match(refused(() => parsePrefix6('2001:db8::1/32')).detail ?? '', /expected 2001:db8::\/32$/);
    assert.match(refused(() => parsePrefix6('fec0::/9')).detail ?? '', /expected fe80::\/9$/);
    const { address, length } = parseInterface6('2001:db8::1/64');
    assert.equal(formatPrefix6(address, length), '2001:db8::1/64');
  });

  test.each([
    ['::/129', 5],
    ['::/', 3],
    ['::/064', 4],
    ['10.0.0.0/8', 2],
    ['', 0],
  ])('%j is refused at %i', (text, offset) => {
    assert.equal(refused(() => parsePrefix6(text)).offset, offset);
  });
});
