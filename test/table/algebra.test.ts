/**
 * table/algebra.test.ts - tables and tables: sets of prefixes, and the fewest with the same answers.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test, vi } from 'vitest';
import { NumberTable, PrefixSet, PrefixTable } from '../../src/table/index.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

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
