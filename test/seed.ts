/**
 * seed.ts - what fast-check draws is the same in each run of the tests; HOPTRIE_SEED=N draws something else.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['HOPTRIE_SEED'] ?? 1) });
