/**
 * table/memory.test.ts - memory that ends.
 */
import assert from 'node:assert/strict';
import { describe, test, vi } from 'vitest';
import { NumberTable, PrefixSet } from '../../src/table/index.js';
import { lastMade } from './check-table.js';
import { code } from './outcome.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

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
