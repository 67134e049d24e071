/**
 * table/model.test.ts - a table over the check build agrees with the oracle after every step of random lives.
 */
import fc from 'fast-check';
import { test, vi } from 'vitest';
import { Life } from './life.js';
import { prefix, stepOf } from './steps.js';

vi.mock('../../src/core/table-load.js', async () => await import('./check-table.js'));

const step = stepOf({ shapes: ['auto', 'off', 'compact', 'direct'], losses: 5 });

for (const forward of ['auto', 'off', 'compact', 'direct'] as const) {
  test(`agrees with the oracle after every step, forward ${forward}`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom('numbers', 'values'),
        fc.array(step, { maxLength: 20, size: 'max' }),
        fc.array(prefix, { maxLength: 6 }),
        (kind, steps, probes) => {
          const life = new Life(kind, forward);
          for (const each of steps) {
            life.step(each);
            life.compare(probes);
          }
          life.close();
        },
      ),
      { numRuns: forward === 'direct' ? 5 : 25 },
    );
  });
}
