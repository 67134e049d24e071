/**
 * table/keys.test.ts - keys in all their forms, and values of any kind.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { NumberTable, PrefixSet, PrefixTable, type PrefixLike } from '../../src/table/index.js';
import { code } from './outcome.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

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
