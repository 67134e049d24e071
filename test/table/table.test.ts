/**
 * table/table.test.ts - what a table promises beyond being right: forms of keys, values of any kind, walks under changes,
 * batches, memory that ends, bytes and text out and in.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  FibError,
  NumberTable,
  PrefixSet,
  PrefixTable,
  WireError,
  type PrefixLike,
} from '../../src/table/index.js';
import { lastMade } from './check-table.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

const code = (run: () => unknown): string => {
  try {
    run();
    return 'done';
  } catch (error) {
    if (error instanceof FibError || error instanceof WireError) return error.code;
    return (error as Error).name;
  }
};

describe('keys', () => {
  const bytes4 = Uint8Array.of(10, 1, 0, 0);
  const bytes6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  test('one prefix in all its forms', () => {
    const t = new PrefixTable<number>();
    const forms4: PrefixLike[] = [
      '10.1.0.0/16',
      { address: '10.1.0.0', length: 16 },
      { address: 0x0a010000, length: 16 },
      { address: bytes4, length: 16 },
    ];
    const words6 = [0x20010db8, 0, 0, 0];
    const forms6: PrefixLike[] = [
      '2001:db8::/32',
      '2001:DB8:0:0::/32',
      ...[words6, Uint32Array.from(words6), bytes6, '2001:db8::'].map((address) => ({ address, length: 32 })),
    ];
    for (const [canonical, forms] of [
      ['10.1.0.0/16', forms4],
      ['2001:db8::/32', forms6],
    ] as const) {
      for (const [i, form] of forms.entries()) {
        t.set(form, i);
        assert.deepEqual([...t.coveredBy(canonical)], [[canonical, i]]);
        for (const other of forms) assert.equal(t.get(other), i);
        assert.equal(t.delete(form), true);
      }
    }
    assert.equal(t.size, 0);
  });

  test('an address stands for itself alone, as a key and in a question', () => {
    const s = new PrefixSet([0x0a000001, '10.0.0.2', Uint8Array.of(10, 0, 0, 3), [1, 2, 3, 4], '::5']);
    assert.deepEqual([...s], ['10.0.0.1/32', '10.0.0.2/32', '10.0.0.3/32', '::5/128', '0:1:0:2:0:3:0:4/128']);
    for (const a of [
      '10.0.0.1',
      0x0a000001,
      Uint8Array.of(10, 0, 0, 1),
      [1, 2, 3, 4],
      Uint32Array.of(1, 2, 3, 4),
      '0:1:0:2:0:3:0:4',
    ])
      assert.ok(s.covers(a));
  });

  test.each([
    '10.0.0.1/8',
    '010.0.0.0/8',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0/8',
    ' 10.0.0.0/8',
    '10.0.0.0/8 ',
    '',
    'default',
    '2001:db8::1/32',
    '2001:db8::/129',
    '::ffff:1.2.3.4/95',
    ':::/0',
    '12345::/16',
    -1,
    2 ** 32,
    1.5,
    NaN,
    null,
    undefined,
    {},
    [],
    [1, 2, 3],
    [1, 2, 3, 2 ** 32],
    new Uint8Array(5),
    new Uint32Array(3),
    { address: '10.0.0.0', length: 33 },
    { address: '10.0.0.0', length: -1 },
    { address: '10.0.0.0', length: 1.5 },
    { address: '10.0.0.1', length: 8 },
    { address: '10.0.0.0/8', length: 8 },
    { address: '10.0.0.0' },
    10n,
    true,
  ])('$0 is refused, with EINVAL, and nothing changes', (bad) => {
    const t = new PrefixTable<number>().set('0.0.0.0/0', 1);
    const key = bad as PrefixLike;
    for (const run of [
      () => t.set(key, 1),
      () => t.get(key),
      () => t.has(key),
      () => t.delete(key),
      () => t.lookupPrefix(key),
      () => [...t.covering(key)],
      () => [...t.coveredBy(key)],
      () => t.overlaps(key),
      () =>
        t.setAll([
          ['1.0.0.0/8', 2],
          [key, 1],
        ]),
    ]) {
      assert.equal(code(run), 'EINVAL');
    }
    assert.deepEqual(t.toJSON(), [['0.0.0.0/0', 1]]);
    assert.equal(t.stats().values, 1);
  });

  test('what is wrong is said with its place', () => {
    const t = new PrefixSet();
    expect(() => t.add('10.0.0.1/8')).toThrow(/expected 10\.0\.0\.0\/8/);
    expect(() => t.add('10.0.x.0/8')).toThrow(/offset 5/);
    expect(() => t.covers('2001:db8::g')).toThrow(/IPv6 address.*offset 10/);
    expect(() => t.covers('10.0.0.0/8')).toThrow(/offset 8/);
  });

  test('IPv4-mapped IPv6 is IPv4 where that is asked for', () => {
    const plain = new PrefixSet(['::ffff:10.0.0.0/104', '10.0.0.0/8']);
    assert.deepEqual([plain.size4, plain.size6], [1, 1]);
    const mapped = new PrefixSet(['::ffff:10.0.0.0/104', '10.0.0.0/8', '::ffff:0:0/96'], {
      ipv4Mapped: true,
    });
    assert.deepEqual([...mapped], ['0.0.0.0/0', '10.0.0.0/8']);
    assert.deepEqual(mapped.match('::ffff:10.1.2.3'), { prefix: '10.0.0.0/8', value: true });
    assert.equal(mapped.covers([0, 0, 0xffff, 0x0a000001]), true);
    mapped.add('::/90').delete('0.0.0.0/0');
    assert.deepEqual([...mapped.keys({ family: 6 })], ['::/90']);
    const out = new Uint32Array(2);
    mapped.lookupBatch(['::ffff:10.1.2.3', '::1'], out);
    assert.deepEqual([...out], [1, 1]);
  });
});

describe('values', () => {
  test('any value comes back as it was; equal primitives and the same object share an id', () => {
    fc.assert(
      fc.property(fc.array(fc.anything(), { maxLength: 20 }), (values) => {
        const t = new PrefixTable<unknown>();
        values.forEach((value, i) => t.set({ address: i, length: 32 }, value));
        values.forEach((value, i) => {
          assert.ok(Object.is(t.get(i), value));
          assert.ok(Object.is(t.lookup(i), value));
          assert.equal(t.lookupId(i) === t.lookupId(0), Object.is(value, values[0]));
        });
        const kinds = values.filter((value, i) => values.findIndex((other) => Object.is(other, value)) === i);
        assert.equal(t.stats().values, kinds.length);
        values.forEach((_, i) => t.delete({ address: i, length: 32 }));
        assert.equal(t.stats().values, 0);
      }),
    );
  });

  test('undefined is a value', () => {
    const t = new PrefixTable<undefined>().set('10.0.0.0/8', undefined);
    assert.equal(t.has('10.0.0.0/8'), true);
    assert.deepEqual(t.match('10.1.1.1'), { prefix: '10.0.0.0/8', value: undefined });
    assert.equal(t.match('11.1.1.1'), undefined);
  });

  test('a number table takes u32 alone', () => {
    const t = new NumberTable();
    for (const bad of [-1, 1.5, 2 ** 32, NaN, -0, '1', null])
      assert.equal(
        code(() => t.set('::/0', bad as number)),
        'EINVAL',
        String(bad),
      );
    t.set('::/0', 0).set('::/1', 0xffffffff);
    assert.deepEqual(t.toJSON(), [
      ['::/0', 0],
      ['::/1', 0xffffffff],
    ]);
  });

  test('many different numbers: ids grow, views widen, and ids come back', () => {
    const n = 40_000;
    const t = NumberTable.fromEntries(
      Array.from({ length: n }, (_, i) => [{ address: i * 256, length: 24 }, i * 7] as const),
    );
    for (const shape of ['compact', 'direct'] as const) {
      t.setForward(shape);
      const out = new Uint32Array(n);
      t.lookupBatch(
        Uint32Array.from({ length: n }, (_, i) => i * 256 + 9),
        out,
      );
      assert.ok(out.every((value, i) => value === i * 7));
      for (let i = 0; i < n; i += 997) assert.equal(t.lookup(i * 256 + 1), i * 7);
      t.check();
    }
    for (let i = 0; i < n; i++) t.delete({ address: i * 256, length: 24 });
    assert.equal(t.stats().values, 0);
    t.set('10.0.0.0/8', 5).check();
  });

  test('update makes a value of the old one; nothing happens when it throws', () => {
    const t = new PrefixTable<string[]>();
    assert.deepEqual(
      t.update('10.0.0.0/8', (old = []) => [...old, 'a']),
      ['a'],
    );
    assert.deepEqual(
      t.update('10.0.0.0/8', (old = []) => [...old, 'b']),
      ['a', 'b'],
    );
    assert.throws(
      () =>
        t.update('10.0.0.0/8', () => {
          throw new TypeError('no');
        }),
      TypeError,
    );
    assert.deepEqual(t.toJSON(), [['10.0.0.0/8', ['a', 'b']]]);
  });
});

describe('walks', () => {
  const many = () =>
    NumberTable.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [{ address: i << 12, length: 20 }, i] as const),
    );

  test('each step gives the first prefix behind the last one that is there at that moment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), fc.nat(2100), fc.boolean()), { maxLength: 40 }),
        (changes) => {
          const t = many();
          const live = new Set(Array.from({ length: 2000 }, (_, i) => i));
          let last = -1;
          let at = 0;
          const due = changes.map(([gap, i, isIn]) => ({ step: (at += gap), i, isIn }));
          let step = 0;
          for (const [, value] of t) {
            const next = Math.min(...[...live].filter((i) => i > last));
            assert.equal(value, next);
            last = value;
            for (const change of due.filter((each) => each.step === step)) {
              if (change.isIn) t.set({ address: change.i << 12, length: 20 }, change.i);
              else t.delete({ address: change.i << 12, length: 20 });
              if (change.isIn) live.add(change.i);
              else live.delete(change.i);
            }
            if (++step > 700) return;
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('walks end when all goes, and go on when all is replaced', () => {
    const t = many();
    const walk = t.entries();
    walk.next();
    t.clear();
    assert.equal(walk.next().done, true);
    const again = many();
    const keys = again.keys();
    keys.next();
    again.replaceAll([
      ['0.0.0.0/8', 1],
      ['200.0.0.0/8', 2],
      ['::/0', 3],
    ]);
    assert.deepEqual([...keys], ['200.0.0.0/8', '::/0']);
    const inside = again.coveredBy('0.0.0.0/0');
    inside.next();
    again.set('100.0.0.0/8', 9);
    assert.deepEqual(
      [...inside].map(([prefix]) => prefix),
      ['100.0.0.0/8', '200.0.0.0/8'],
    );
    const covering = again.covering('100.1.0.0/16');
    again.set('100.1.0.0/16', 4);
    assert.deepEqual(covering.next().value, ['100.0.0.0/8', 9]);
    again.set('96.0.0.0/4', 1).set('100.0.0.0/9', 8).delete('100.1.0.0/16');
    assert.deepEqual([...covering], [['100.0.0.0/9', 8]]);
  });

  test('by family, from a prefix, keys and values', () => {
    const t = new PrefixTable<number>().setAll([
      ['::/0', 4],
      ['10.0.0.0/8', 1],
      ['10.0.0.0/9', 2],
      ['192.0.2.0/24', 3],
      ['2001:db8::/32', 5],
    ]);
    assert.deepEqual([...t.values()], [1, 2, 3, 4, 5]);
    assert.deepEqual([...t.values({ family: 6 })], [4, 5]);
    assert.deepEqual([...t.keys({ family: 4 })], ['10.0.0.0/8', '10.0.0.0/9', '192.0.2.0/24']);
    assert.deepEqual([...t.values({ from: '10.0.0.0/9' })], [2, 3, 4, 5]);
    assert.deepEqual([...t.values({ from: '10.0.0.1/32' })], [3, 4, 5]);
    assert.deepEqual([...t.values({ from: '::1' })], [5]);
    assert.deepEqual([...t.values({ from: '10.0.0.0/9', family: 4 })], [2, 3]);
    const seen: string[] = [];
    t.forEach((value, prefix) => seen.push(`${prefix} ${value}`));
    assert.equal(seen[4], '2001:db8::/32 5');
  });
});

describe('tables and tables', () => {
  test('a set of another kind can be met, kept and taken away', () => {
    const t = new PrefixTable<string>().setAll([
      ['10.0.0.0/8', 'a'],
      ['11.0.0.0/8', 'b'],
      ['2001:db8::/32', 'c'],
    ]);
    const s = new PrefixSet(['11.0.0.0/8', '2001:db8::/32', '12.0.0.0/8']);
    assert.deepEqual(t.intersection(s).toJSON(), [
      ['11.0.0.0/8', 'b'],
      ['2001:db8::/32', 'c'],
    ]);
    assert.deepEqual(t.difference(s).toJSON(), [['10.0.0.0/8', 'a']]);
    assert.deepEqual(
      t
        .union(new PrefixTable<string>().set('10.0.0.0/8', 'z'), (a, b, p) => `${a}${b}${p}`)
        .get('10.0.0.0/8'),
      'az10.0.0.0/8',
    );
    assert.deepEqual(t.filter((value) => value > 'a').toJSON(), [
      ['11.0.0.0/8', 'b'],
      ['2001:db8::/32', 'c'],
    ]);
    assert.equal(s.overlaps('11.1.0.0/16'), true);
    assert.equal(s.overlaps(new PrefixSet(['0.0.0.0/5'])), false);
    assert.equal(s.equals(new PrefixSet([...s].reverse())), true);
    assert.equal(s.equals(new PrefixSet(['11.0.0.0/8', '2001:db8::/32', '13.0.0.0/8'])), false);
  });

  test('an aggregate has the fewest prefixes: as many as a search through all tables finds', () => {
    const lengths = [0, 1, 2, 3];
    const prefixes = lengths.flatMap((length) =>
      Array.from({ length: 1 << length }, (_, i) => ({ address: (i << (32 - length)) >>> 0, length })),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...prefixes), fc.nat(2)), { maxLength: 7 }),
        (entries) => {
          const t = NumberTable.fromEntries(entries);
          const few = t.aggregate();
          const ends = Array.from({ length: 8 }, (_, i) => (i << 29) >>> 0);
          const want = ends.map((a) => t.lookup(a));
          assert.deepEqual(
            ends.map((a) => few.lookup(a)),
            want,
          );
          assert.equal(few.size, fewest(want));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the aggregate of a set is its addresses', () => {
    const s = new PrefixSet([
      '10.0.0.0/9',
      '10.128.0.0/9',
      '10.1.0.0/16',
      '11.0.0.0/8',
      '2001:db8::/33',
      '2001:db8:8000::/33',
    ]);
    assert.deepEqual([...s.aggregate()], ['10.0.0.0/7', '2001:db8::/32']);
  });
});

/** The fewest prefixes for the answers of a power of two of ranges: what is inherited, and the best below it. */
function fewest(want: readonly (number | undefined)[]): number {
  const all = [undefined, 0, 1, 2];
  const cost = (answers: readonly (number | undefined)[], inherited: number | undefined): number => {
    const options = inherited === undefined ? all : [0, 1, 2];
    return Math.min(
      ...options.map((own) => {
        const paid = own === inherited ? 0 : 1;
        if (answers.length === 1) return answers[0] === own ? paid : Infinity;
        const half = answers.length / 2;
        return paid + cost(answers.slice(0, half), own) + cost(answers.slice(half), own);
      }),
    );
  };
  return cost(want, undefined);
}

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

describe('memory that ends', () => {
  const entries = Array.from(
    { length: 60 },
    (_, i) => [{ address: (i % 7) * 0x01010000 + ((i * 3) % 5) * 256, length: 24 }, i] as const,
  );
  const entries6 = Array.from(
    { length: 40 },
    (_, i) => [{ address: [0x20010db8, (i % 9) << (i % 30), 0, 0], length: 64 }, i] as const,
  );

  test('any allocation may fail: the change is whole or not at all', () => {
    for (const all of [entries, entries6]) {
      for (const how of ['set', 'setAll', 'replaceAll'] as const) {
        for (let nth = 1; ; nth++) {
          const t = new NumberTable({ forward: 'compact' }).set(
            all === entries ? '8.0.0.0/5' : '2000::/3',
            7,
          );
          const before = t.toJSON();
          lastMade!.failAllocation(nth);
          const run = {
            set: () => all.slice(0, 6).forEach(([p, v]) => t.set(p, v)),
            setAll: () => void t.setAll(all),
            replaceAll: () => void t.replaceAll(all),
          };
          const result = code(run[how]);
          const isOver = lastMade!.allocationsLeft() > 0;
          lastMade!.failAllocation(0);
          t.check();
          assert.ok(result === 'done' || result === 'ENOBUFS', result);
          if (result === 'ENOBUFS' && how === 'replaceAll') assert.deepEqual(t.toJSON(), before);
          assert.equal(t.stats().values, new Set(t.values()).size);
          for (const [prefix, value] of t) assert.equal(t.lookupPrefix(prefix)?.value, value);
          t.close();
          if (isOver || nth > 400) break;
        }
      }
    }
  });

  test('maxBytes bounds each family', () => {
    const t = new PrefixSet([], { maxBytes: 1 << 17 });
    assert.equal(
      code(() => {
        for (let i = 0; ; i++) t.add(i * 256);
      }),
      'ENOBUFS',
    );
    const { size } = t;
    assert.ok(size > 1000);
    t.check();
    assert.equal(
      code(() => t.replaceAll(Array.from({ length: 99_999 }, (_, i) => i))),
      'ENOBUFS',
    );
    assert.equal(t.size, size);
    t.check();
    assert.equal(
      code(() => new PrefixSet(['::/0'], { maxBytes: 1000 })),
      'ENOBUFS',
    );
  });
});

describe('bytes and text', () => {
  const t = new PrefixTable<unknown>().setAll([
    ['10.0.0.0/8', 'a'],
    ['10.0.0.0/16', { b: [1, null, true] }],
    ['0.0.0.0/0', 'a'],
    ['2001:db8::/32', 1.5],
  ]);

  test('save and load', () => {
    const loaded = PrefixTable.load(t.save());
    assert.deepEqual(loaded.toJSON(), t.toJSON());
    loaded.check();
    assert.deepEqual([...PrefixSet.load(new PrefixSet(t.keys()).save())], [...t.keys()]);
    assert.equal(
      code(() => PrefixSet.load(t.save())),
      'EBADMSG',
    );
    const dates = new PrefixTable<Date>().set('::/0', new Date(5));
    assert.equal(
      code(() => dates.save()),
      'EINVAL',
    );
    const bytes = dates.save({ encode: (d) => d.getTime() });
    assert.deepEqual(
      PrefixTable.load(bytes, { decode: (n) => new Date(n as number) }).toJSON(),
      dates.toJSON(),
    );
    for (const bad of [undefined, NaN, Infinity, -0, 1n, () => 1, Symbol('s'), new Map(), [undefined]]) {
      assert.equal(
        code(() => new PrefixTable<unknown>().set('::/0', bad).save()),
        'EINVAL',
      );
    }
  });

  test('damaged bytes are an error or a sound table', () => {
    const bytes = t.save();
    for (let cut = 0; cut < bytes.length; cut++)
      assert.equal(
        code(() => PrefixTable.load(bytes.subarray(0, cut))),
        'EBADMSG',
      );
    assert.equal(
      code(() => PrefixTable.load(Uint8Array.of(...bytes, 0))),
      'EBADMSG',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (changes, isForged) => {
          const damaged = bytes.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          if (isForged) rehash(damaged);
          try {
            const loaded = PrefixTable.load(damaged);
            loaded.check();
            assert.deepEqual(PrefixTable.load(loaded.save()).toJSON(), loaded.toJSON());
          } catch (error) {
            assert.ok(error instanceof WireError, String(error));
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('JSON and entries', () => {
    assert.deepEqual(
      PrefixTable.fromEntries(JSON.parse(JSON.stringify(t)) as [string, unknown][]).toJSON(),
      t.toJSON(),
    );
    assert.equal(JSON.stringify(new PrefixSet(['::/0'])), '["::/0"]');
  });

  test('lines of text, in pieces of any size, from any kind of source', async () => {
    const text = '# zones\n10.0.0.0/8 a b  # office\r\n\n  192.0.2.0/24\t\n2001:db8::/32,c\n10.0.0.1';
    const want = [
      ['10.0.0.0/8', 'a b'],
      ['10.0.0.1/32', ''],
      ['192.0.2.0/24', ''],
      ['2001:db8::/32', 'c'],
    ];
    const bytes = new TextEncoder().encode(text);
    const pieces = (size: number) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
    const stream = new ReadableStream<Uint8Array>({
      start(c) {
        for (const piece of pieces(5)) c.enqueue(piece);
        c.close();
      },
    });
    for (const source of [text, bytes, pieces(1), pieces(7), stream, [text.slice(0, 9), text.slice(9)]]) {
      const table = new PrefixTable<string>();
      const seen: number[] = [];
      assert.equal(await table.importText(source, (value) => value, { onProgress: (n) => seen.push(n) }), 4);
      assert.deepEqual(table.toJSON(), want);
      assert.equal(seen.at(-1), text.length);
    }
    const set = new PrefixSet();
    await set.importText(text);
    assert.equal(set.size, 4);
  });

  test('a bad line is told by its number, and nothing is set', async () => {
    const table = new NumberTable().set('::/0', 1);
    await assert.rejects(
      table.importText('10.0.0.0/8 1\n\n10.0.0.1/8 2\n'),
      /line 3.*expected 10\.0\.0\.0\/8/,
    );
    await assert.rejects(table.importText('10.0.0.0/8 x\n'), /line 1.*value/);
    await assert.rejects(table.importText('x'.repeat(2 << 20)), FibError);
    await assert.rejects(
      table.importText(
        (function* () {
          yield '10.0.0.0/8 5\n';
          throw new RangeError('cut');
        })(),
      ),
      RangeError,
    );
    assert.deepEqual(table.toJSON(), [['::/0', 1]]);
    assert.equal(table.stats().values, 1);
  });

  test('CSV by number and by name, with quotes and without a header', async () => {
    const csv = 'network,name,"asn"\r\n10.0.0.0/8,"Acme, ""Inc""",64500\r\n2001:db8::/32,Example,64501\r\n';
    const names = new PrefixTable<string>();
    assert.equal(await names.importCsv(csv, (text) => text), 2);
    assert.deepEqual(names.toJSON(), [
      ['10.0.0.0/8', 'Acme, "Inc"'],
      ['2001:db8::/32', 'Example'],
    ]);
    const numbers = new NumberTable();
    await numbers.importCsv(csv, { prefix: 'network', value: 'asn' });
    assert.deepEqual([...numbers.values()], [64500, 64501]);
    await numbers.importCsv('5,1.0.0.0/8\n6,2.0.0.0/8\n', { prefix: 1, value: 0 });
    assert.equal(numbers.get('2.0.0.0/8'), 6);
    await assert.rejects(numbers.importCsv(csv, { value: 'nothing' }), /no column nothing/);
    const again = new PrefixTable<string>();
    await again.importCsv([...names.exportCsv(undefined, ['network', 'name'])], (text) => text);
    assert.ok(again.equals(names));
    const text = new PrefixTable<string>();
    await text.importText(names.exportText(), (each) => each);
    assert.ok(text.equals(names));
  });

  test('a drawing', () => {
    const drawn = new PrefixTable<unknown>().setAll([
      ['10.0.0.0/8', 'a'],
      ['10.1.0.0/16', { b: 1 }],
      ['10.2.0.0/16', 7],
      ['192.0.2.0/24', null],
      ['2001:db8::/32', 'six'],
    ]);
    assert.equal(
      String(drawn),
      [
        'IPv4',
        '├─ 10.0.0.0/8  a',
        '│  ├─ 10.1.0.0/16  {"b":1}',
        '│  └─ 10.2.0.0/16  7',
        '└─ 192.0.2.0/24  null',
        'IPv6',
        '└─ 2001:db8::/32  six',
      ].join('\n'),
    );
    assert.match(drawn.toString(2), /\.\.\. and 3 more$/);
    assert.equal(String(new PrefixSet()), '');
  });
});

test('a closed table says so, and figures tell what there is', () => {
  const t = new PrefixTable<number>();
  assert.deepEqual(t.stats(), { size: 0, values: 0, trie: 0, view: 0, bytes: 0, bytesPerPrefix: 0 });
  t.set('::/0', 1);
  const { size, values, trie, bytes } = t.stats();
  assert.ok(size === 1 && values === 1 && trie > 0 && bytes >= 65536);
  t.close();
  for (const run of [
    () => t.set('::/0', 1),
    () => t.lookup('::1'),
    () => t.size,
    () => [...t],
    () => t.check(),
  ])
    assert.throws(run, TypeError);
  assert.equal(
    code(() => new PrefixTable({ forward: 'fast' as never })),
    'EINVAL',
  );
  assert.equal(
    code(() => new PrefixTable({ maxBytes: -1 })),
    'EINVAL',
  );
});

/** Puts the right hash into bytes that were changed: as somebody would who means it. */
function rehash(bytes: Uint8Array): void {
  const words = new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
  let h = 0x811c9dc5;
  for (let i = 3; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193) ^ (h >>> 15);
  new DataView(bytes.buffer).setUint32(8, h >>> 0, true);
}
