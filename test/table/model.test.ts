/**
 * table/model.test.ts - a table over the check build agrees with the oracle after every step of random lives.
 */
import fc from 'fast-check';
import { test, vi } from 'vitest';
import { Life, prefix, step } from './life.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

for (const forward of ['auto', 'off', 'compact', 'direct'] as const) {
  test(`agrees with the oracle after every step, forward ${forward}`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.array(prefix, { maxLength: 6 }), (steps, probes) => {
        const life = new Life(forward);
        for (const each of steps) {
          life.step(each);
          life.compare(probes);
        }
        life.table.close();
      }),
      { numRuns: forward === 'direct' ? 8 : 25 },
    );
  });
}
