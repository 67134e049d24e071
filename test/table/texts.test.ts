/**
 * table/texts.test.ts - rows of text: whatever the core reads of them, one by one they would be answered the same.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Family } from '../../src/core/family.js';
import { NumberTable } from '../../src/table/index.js';
import { parseAddress4, parseAddress6 } from '../../src/text/address.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

const MISS = 1e6;
const BAD = MISS + 1;

/** What a table says to each text as a number or bytes: read by nothing that the core has a part in. */
function alone(table: NumberTable, texts: readonly unknown[]): number[] {
  return texts.map((text) => {
    if (typeof text !== 'string') return BAD;
    try {
      return table.lookup(text.includes(':') ? parseAddress6(text) : parseAddress4(text)) ?? MISS;
    } catch {
      return BAD;
    }
  });
}

/** What it says to a text as it is. */
function asText(table: NumberTable, text: unknown): number {
  try {
    return table.lookup(text as string) ?? MISS;
  } catch {
    return BAD;
  }
}

/** A table in which each of these that is an address has a number of its own. */
function tableOf(texts: readonly unknown[], ipv4Mapped = false): NumberTable {
  const table = new NumberTable({ ipv4Mapped }).setAll([
    ['192.0.2.0/24', 1],
    ['2001:db8::/32', 2],
  ]);
  for (const [i, text] of texts.entries()) {
    try {
      table.set(text as string, i + 3);
    } catch {
      // no address
    }
  }
  return table;
}

function expectAlike(texts: readonly unknown[], ipv4Mapped = false): void {
  const table = tableOf(texts, ipv4Mapped);
  const wanted = alone(table, texts);
  const out = new Uint32Array(texts.length);
  const how = { miss: MISS, invalid: BAD };
  expect(table.lookupBatch(texts as string[], out, how)).toBe(texts.length);
  const wrong = wanted.findIndex((value, i) => value !== out[i]);
  expect(wrong < 0 ? 'alike' : [texts[wrong], out[wrong], wanted[wrong]]).toBe('alike');
  for (const [i, text] of texts.entries())
    if (typeof text === 'string') expect([text, asText(table, text)]).toEqual([text, wanted[i]]);
  // The same from the bytes of a column.
  const bytes = texts.map((text) => Buffer.from(typeof text === 'string' ? text : '?'));
  const valueOffsets = new Int32Array(texts.length + 1);
  for (const [i, each] of bytes.entries()) valueOffsets[i + 1] = valueOffsets[i]! + each.length;
  const values = new Uint8Array(Buffer.concat(bytes));
  table.lookupBatch({ length: texts.length, values, valueOffsets }, out, how);
  expect([...out]).toEqual(wanted);
}

describe('rows of text', () => {
  test('every octet in every place, and what looks like one', () => {
    const octets = [...Array(1300).keys()].flatMap((n) => (n < 100 ? [`${n}`, `0${n}`, `00${n}`] : [`${n}`]));
    const odd = ['', 'a', '1a', 'a1', '1a1', '-1', '+1', ' 1', '1 ', '1\0', '٣', '²', '1:', ':', '1.1'];
    for (const place of [0, 1, 2, 3]) {
      expectAlike([...octets, ...odd].map((octet) => ['9', '10', '200', '77'].with(place, octet).join('.')));
    }
  });

  test('too few octets, too many, dots at the ends', () => {
    expectAlike([
      '1.2.3',
      '1.2.3.',
      '1.2.3.4.',
      '.1.2.3.4',
      '1..2.3',
      '1.2.3.4.5',
      '...',
      '.',
      '1',
      '1.2.3.4',
    ]);
  });

  test('what a text lacks does not come from the one behind it', () => {
    expectAlike([
      '1.2.3',
      '.4',
      '1.2',
      '.3.4',
      '1.2.3.',
      '4',
      '2001:',
      ':1',
      '::',
      '1',
      '2001:db8:',
      '1.2.3.4',
    ]);
  });

  test('a gap before, behind and between any number of groups', () => {
    const groups = (n: number): string =>
      Array.from({ length: n }, (_, i) => (i + 0xf0).toString(16)).join(':');
    const texts = [];
    for (let before = 0; before <= 9; before++) {
      texts.push(groups(before), `:${groups(before)}`, `${groups(before)}:`);
      for (let behind = 0; behind <= 9; behind++) {
        texts.push(`${groups(before)}::${groups(behind)}`, `${groups(before)}:::${groups(behind)}`);
        texts.push(`${groups(before)}::${groups(behind)}::1`, `${groups(before)}:${groups(behind)}:1`);
      }
    }
    expectAlike(texts);
  });

  test('a group of any number of digits in any place', () => {
    const digits = [
      '',
      '0',
      'f',
      'AB',
      '00a',
      '0000',
      'fFfF',
      '12345',
      '00000',
      'g',
      'fg',
      '@',
      'G000',
      '٣',
      '.',
    ];
    for (let place = 0; place < 8; place++) {
      expectAlike(digits.map((group) => Array<string>(8).fill('1').with(place, group).join(':')));
    }
  });

  test('an IPv4 address in an IPv6 one', () => {
    const texts = [
      '::ffff:192.0.2.1',
      '::ffff:c000:0201',
      '::192.0.2.1',
      '64:ff9b::192.0.2.1',
      '::1.2.3',
      '192.0.2.1',
    ];
    expectAlike(texts);
    expectAlike(texts, true);
  });

  test('no text, and text that is long or not ASCII, among others', () => {
    expectAlike(['192.0.2.9', null, '2001:db8::9', undefined, 5, {}, '192.0.2.300']);
    expectAlike(['192.0.2.9', '1'.repeat(1e5), '2001:db8::9']);
    expectAlike(['192.0.2.9', 'ä', '192.0.2.10', '😀', '\ud800', '2001:db8::9']);
  });

  test('many rows, by parts: of one family, of both, with a mistake here and there', () => {
    const four = Array.from({ length: 2500 }, (_, i) => `10.${i >> 8}.${i & 255}.7`);
    const six = Array.from({ length: 2500 }, (_, i) => `2001:db8:${i.toString(16)}::7`);
    expectAlike(four);
    expectAlike(six);
    expectAlike(four.flatMap((text, i) => [text, six[i]!]));
    expectAlike([...four, ...six, ...four].map((text, i) => (i % 777 === 5 ? `${text}x` : text)));
  });

  test('the core reads all that is plain, and nothing else', () => {
    const read = vi.spyOn(Family.prototype, 'readTexts');
    const table = tableOf([]);
    const out = new Uint32Array(2000);
    const rows = (texts: string[]): number[] => {
      read.mockClear();
      table.lookupBatch(texts, out, { invalid: BAD });
      return read.mock.results.map(({ value }) => value as number);
    };
    expect(rows(Array<string>(2000).fill('192.0.2.1'))).toEqual([1024, 976]);
    expect(rows(Array<string>(2000).fill('2001:db8::1'))).toEqual([0, 1024, 976]);
    expect(rows(['1:2:3:4:5:6:7:8', '::', '::1', '1::', 'ABCD::ef:0', '10.200.30.4'])).toEqual([1, 5]);
    expect(rows(['::ffff:192.0.2.1', '192.0.2.01', '1:::2', '1.2.3', '::g'])).toEqual([0, 0]);
    read.mockRestore();
  });

  test('a mistake is told, and nothing of it stays', () => {
    const texts = ['192.0.2.1', '2001:db8::1', '192.0.2.', '192.0.2.2'];
    const table = tableOf([]);
    const out = new Uint32Array(4);
    expect(() => table.lookupBatch(texts, out)).toThrow('IPv4 address');
    expect(() => table.lookupBatch(['192.0.2.1', 5] as unknown as string[], out)).toThrow(
      'row 1: expected text',
    );
    table.lookupBatch(texts, out, { miss: 8, invalid: 9 });
    expect([...out]).toEqual([1, 2, 9, 1]);
    table.close();
    for (const rows of [[], texts])
      expect(() => table.lookupBatch(rows, out)).toThrow('this table is closed');
  });

  test('any text', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const changed = fc
      .tuple(address, fc.nat(40), fc.nat(2), fc.constantFrom(...'0123456789abcdefABCDEF.:%/ g٣'))
      .map(([text, at, gone, char]) => text.slice(0, at) + char + text.slice(at + gone));
    const text = fc.oneof(address, changed, fc.string({ unit: fc.constantFrom(...'01af.:'), maxLength: 12 }));
    fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (texts) => expectAlike(texts)));
  });
});
