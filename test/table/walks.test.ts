/**
 * table/walks.test.ts - what walks give while a table changes.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test, vi } from 'vitest';
import { NumberTable, PrefixTable } from '../../src/table/index.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

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

  test('of a family that comes after they were begun', () => {
    const t = new NumberTable();
    const walks = [t.coveredBy('10.0.0.0/8'), t.covering('10.1.0.0/16'), t.entries({ from: '10.0.0.0/8' })];
    t.set('10.1.0.0/16', 1);
    for (const walk of walks) assert.deepEqual([...walk], [['10.1.0.0/16', 1]]);
  });

  test('what is no prefix is refused when a walk is asked for', () => {
    const t = new NumberTable();
    assert.throws(() => t.covering('10.0.0.0/33'), { code: 'EINVAL' });
    assert.throws(() => t.coveredBy('10.0.0.1/8'), { code: 'EINVAL' });
    assert.throws(() => t.entries({ from: '::1/8' }), { code: 'EINVAL' });
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
