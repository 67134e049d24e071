#!/usr/bin/env node
// table-model.mjs - hoptrie/table beside its oracle for as many steps as are asked (test/table/life.ts).
//
// usage: node scripts/table-model.mjs [STEPS] [SEED]     10,000,000 steps and seed 1 unless told
//
// Lives over both families and both kinds of values: short ones that lose all again and again, long ones in which tables
// grow, with views and without. After each step what it was about is compared, after each sixteenth one every invariant is
// checked, at the end of each sixteenth life everything is compared (`npm test` does all of it after each step, over the check
// build). Where they differ fast-check makes the life as short as it can and prints it; the exit status is 1.
// Needs src/core/table-bytes.ts, which npm run build makes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

/** Lives of a kind in a row. */
const RUNS = 16;
const [steps = 10_000_000, seed = 1] = process.argv.slice(2).map(Number);

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'test/table'], {
  stdio: 'inherit',
});
/** @param {string} file */
const built = (file) => new URL(`../build/table-model/test/table/${file}`, import.meta.url).href;
/** @type {typeof import('../test/table/life.js')} */
const { Life } = await import(built('life.js'));
/** @type {typeof import('../test/table/steps.js')} */
const { prefix, stepOf } = await import(built('steps.js'));

/**
 * Lives of at most so many steps, of any length alike.
 * @param {import('../test/table/steps.js').Ways} ways
 * @param {number} maxLength
 */
const lives = (ways, maxLength) => fc.noBias(fc.array(stepOf(ways), { maxLength, size: 'max' }));

/** @type {import('../src/table/index.js').Forward[]} */
const bare = ['auto', 'off'];
/** @type {import('../src/table/index.js').Forward[]} */
const viewed = ['compact', 'compact', 'off'];
const short = lives({ shapes: bare, losses: 5 }, 96);
const long = lives({ shapes: bare, losses: 1 }, 384);
const shortViewed = lives({ shapes: viewed, losses: 5 }, 96);
const longViewed = lives({ shapes: viewed, losses: 1 }, 384);
const direct = lives({ shapes: [...viewed, 'direct'], losses: 5 }, 96);

/**
 * The lives of a round. A compact view has a frame of 1 MiB to be filled and a direct one one of 32 MiB: they have turns.
 * @param {number} i
 * @returns {[typeof short, import('../src/table/index.js').Forward]}
 */
function roundOf(i) {
  if (i % 512 === 511) return [direct, 'direct'];
  if (i % 8 === 7) return [i % 16 === 7 ? longViewed : shortViewed, 'compact'];
  return [i % 2 === 0 ? long : short, 'auto'];
}

let done = 0;
let lived = 0;
const started = Date.now();
for (let i = 0; done < steps; i++) {
  const [all, forward] = roundOf(i);
  const round = fc.property(
    all,
    fc.array(prefix, { maxLength: 3 }),
    fc.constantFrom('numbers', 'values'),
    (taken, probes, kind) => {
      const life = new Life(kind, forward);
      for (const each of taken) {
        life.step(each);
        life.glance(each);
        if (++done % 16 === 0) life.check();
      }
      if (++lived % 16 === 0) life.compare(probes);
      life.close();
    },
  );
  fc.assert(round, { numRuns: RUNS, seed: seed + i });
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} steps`);
}
console.log(
  `${done} steps from seed ${seed}: table and oracle agree (${Math.round((Date.now() - started) / 1000)} s)`,
);
