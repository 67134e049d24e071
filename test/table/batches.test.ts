/**
 * table/batches.test.ts - many addresses in one call.
 */
import assert from 'node:assert/strict';
import { describe, expect, test, vi } from 'vitest';
import { NumberTable, PrefixTable } from '../../src/table/index.js';
import { code } from './outcome.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

describe('batches', () => {
  const t = new PrefixTable<string>({ forward: 'compact' }).setAll([
    ['10.0.0.0/8', 'a'],
    ['10.1.0.0/16', 'b'],
    ['2001:db8::/32', 'c'],
    ['2001:db8:1::/48', 'd'],
    ['2001:db8::1/128', 'e'],
  ]);
  const ids = (...values: (string | undefined)[]) =>
    values.map((value) =>
      value === undefined
        ? 9
        : t.lookupId(
            { a: '10.0.0.1', b: '10.1.0.1', c: '2001:db8:2::', d: '2001:db8:1::1', e: '2001:db8::1' }[value]!,
          ),
    );
  const out = new Uint32Array(8);
  const options = { miss: 9 };

  test('u32, in either order', () => {
    assert.equal(t.lookupBatch(Uint32Array.of(0x0a000001, 0x0a010001, 0x0b000001), out, options), 3);
    assert.deepEqual([...out.subarray(0, 3)], ids('a', 'b', undefined));
    t.lookupBatch(Uint32Array.of(0x0100000a, 0x0100010a, 0x0100000b), out, { ...options, bigEndian: true });
    assert.deepEqual([...out.subarray(0, 3)], ids('a', 'b', undefined));
  });

  test('bytes in network order', () => {
    const six = Uint8Array.from([
      0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 1, 0x20, 1, 0xd, 0xb9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
    assert.equal(t.lookupBatch(six, out, options), 3);
    assert.deepEqual([...out.subarray(0, 3)], ids('d', 'e', undefined));
    assert.equal(t.lookupBatch(Uint8Array.of(10, 1, 2, 3, 11, 0, 0, 0), out, { ...options, family: 4 }), 2);
    assert.deepEqual([...out.subarray(0, 2)], ids('b', undefined));
  });

  test('text of both families; what is none is an error, or a number', () => {
    const texts = ['2001:db8::1', '10.0.0.9', 'nonsense', '10.1.9.9', '::1'];
    assert.equal(
      code(() => t.lookupBatch(texts, out)),
      'EINVAL',
    );
    t.lookupBatch(texts, out, { ...options, invalid: 8 });
    assert.deepEqual([...out.subarray(0, 5)], [...ids('e', 'a'), 8, ...ids('b', undefined)]);
    const n = new NumberTable().setAll([
      ['10.0.0.0/8', 5],
      ['::/0', 6],
    ]);
    n.lookupBatch(texts, out, { miss: 1, invalid: 2 });
    assert.deepEqual([...out.subarray(0, 5)], [6, 5, 2, 5, 6]);
  });

  test('numbers of few rows, of as many as there are numbers, and of several pieces', () => {
    const n = new NumberTable();
    for (let i = 0; i < 100; i++)
      n.set(`10.0.${i}.0/24`, 7 * i).set(`2001:db8:${i.toString(16)}::/48`, 9 * i);
    for (const rows of [1, 63, 128, 256, 2047, 2048, 2049, 5001]) {
      const out = new Uint32Array(rows + 1).fill(1);
      const number = (row: number) => (row * 31) % 128; // the last 28 are nobody's
      const wanted = (each: number) =>
        Array.from({ length: rows }, (_, row) => (number(row) < 100 ? each * number(row) : 4294967295));
      const four = Uint32Array.from({ length: rows }, (_, row) => 0x0a000001 + (number(row) << 8));
      expect(n.lookupBatch(four, out, { miss: 4294967295 })).toBe(rows);
      expect([...out]).toEqual([...wanted(7), 1]);
      const six = new Uint8Array(16 * rows);
      for (let row = 0; row < rows; row++) six.set([0x20, 1, 0xd, 0xb8, 0, number(row)], 16 * row);
      expect(n.lookupBatch(six, out, { miss: 4294967295 })).toBe(rows);
      expect([...out]).toEqual([...wanted(9), 1]);
    }
    n.check();
  });

  test('rows of IPv4-mapped addresses are IPv4 where that is asked for', () => {
    const rows = new Uint8Array(32);
    rows.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 1, 1]);
    rows.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 11, 1, 1, 1], 16);
    const out = new Uint32Array(2);
    for (const [ipv4Mapped, wanted] of [
      [true, [5, 9]],
      [false, [6, 6]],
    ] as const) {
      const t = new NumberTable({ ipv4Mapped }).set('10.0.0.0/8', 5).set('::/0', 6);
      t.lookupBatch(rows, out, { miss: 9 });
      expect([...out]).toEqual(wanted);
    }
  });

  test('an Arrow column of another type, or shorter than it says, is refused', () => {
    const t = new NumberTable().set('10.0.0.0/8', 5);
    const out = new Uint32Array(4);
    for (const column of [
      { length: 1, values: new Int32Array(1) },
      { length: 1, values: new Uint8Array(16), stride: 1 },
      { length: 2, values: new Uint32Array(1) },
      { length: 2, values: new Uint8Array(16), stride: 16 },
      { length: 2, values: new Uint8Array(9), valueOffsets: new Int32Array(2) },
      { length: -1, values: new Uint32Array(1) },
      { data: [null] },
      { data: 5 },
    ]) {
      expect(code(() => t.lookupBatch(column as never, out))).toBe('EINVAL');
    }
  });

  test('Arrow: u32, bytes, text, nulls, chunks', () => {
    const u32 = {
      length: 3,
      values: Uint32Array.of(0x0a000001, 0x0a010001, 7, 99),
      nullBitmap: Uint8Array.of(0b10100),
      offset: 1,
    };
    assert.equal(t.lookupBatch(u32, out, options), 3);
    assert.deepEqual([...out.subarray(0, 3)], ids(undefined, 'b', undefined));
    const four = { length: 2, stride: 4, values: Uint8Array.of(10, 0, 0, 1, 10, 1, 0, 1), nullBitmap: null };
    const values = new TextEncoder().encode('10.0.0.12001:db8::1x');
    const text = { length: 2, values, valueOffsets: Int32Array.of(0, 8, 19), nullBitmap: new Uint8Array(0) };
    assert.equal(t.lookupBatch({ data: [four, text, u32] }, out, options), 7);
    assert.deepEqual([...out.subarray(0, 7)], [...ids('a', 'b', 'a', 'e', undefined, 'b', undefined)]);
  });

  test('in the memory of the table', () => {
    using four = t.batch(20, 4);
    (four.dst as Uint32Array).set([0x0a000001, 0x0b000000]);
    four.run(2, options);
    assert.deepEqual([...four.out.subarray(0, 2)], ids('a', undefined));
    const six = t.batch(1, 6);
    (six.dst as Uint8Array).set([0x20, 1, 0xd, 0xb8]);
    six.run();
    assert.deepEqual([...six.out], ids('c'));
    six.close();
    assert.throws(() => six.run(), TypeError);
    t.check();
  });

  test('many rows: steps, pieces and what is left over', () => {
    for (const n of [1, 3, 4, 7, 8, 9, 1023, 1029, 40_001]) {
      const rows = Uint32Array.from({ length: n }, (_, i) => Math.imul(i, 0x9e3779b1) >>> (i & 7));
      const got = new Uint32Array(n);
      t.lookupBatch(rows, got, options);
      assert.ok(
        rows.every((row, i) => got[i] === (t.lookupId(row) || 9)),
        String(n),
      );
      const six = new Uint8Array(16 * n);
      const view = new DataView(six.buffer);
      for (let i = 0; i < n; i++) {
        view.setUint32(16 * i, 0x20010db8 + (i % 3 === 0 ? 1 : 0));
        view.setUint32(16 * i + 4, (i % 5) << 16);
        view.setUint32(16 * i + 12, i % 2);
      }
      t.lookupBatch(six, got, options);
      for (let i = 0; i < n; i++) assert.equal(got[i], t.lookupId(six.subarray(16 * i, 16 * i + 16)) || 9);
    }
  });

  test.each([
    ['no column', () => t.lookupBatch({} as never, out)],
    ['no out', () => t.lookupBatch(Uint32Array.of(1), [] as never)],
    ['out too short', () => t.lookupBatch(new Uint32Array(9), out)],
    ['half a row', () => t.lookupBatch(new Uint8Array(17), out)],
    ['miss', () => t.lookupBatch(Uint32Array.of(1), out, { miss: -1 })],
    ['family', () => t.lookupBatch(new Uint8Array(16), out, { family: 5 as never })],
    ['capacity', () => t.batch(0, 4)],
    ['batch family', () => t.batch(1, 5 as never)],
    ['rows', () => t.batch(1, 4).run(2)],
    ['null', () => t.lookupBatch(null as never, out)],
    ['row of text', () => t.lookupBatch([1] as never, out)],
  ])('refused with EINVAL: %s', (_, run) => assert.equal(code(run), 'EINVAL'));
});
