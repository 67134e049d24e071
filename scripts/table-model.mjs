#!/usr/bin/env node
// table-model.mjs - hoptrie/table beside its oracle for as many steps as are asked (test/table/life.ts).
//
// usage: node scripts/table-model.mjs [STEPS] [SEED]     10,000,000 steps and seed 1 unless told
//
// Lives of up to 64 steps over both families, in every shape of view. After each step what it was about is compared, after
// each sixteenth one every invariant is checked, after each sixteenth life everything is compared (`npm test` does all of it
// after each step). Where they differ fast-check makes the life as short as it can and prints it; the exit status is 1.
// Needs src/core/table-bytes.ts, which npm run build makes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

const SHAPES = /** @type {const} */ (['auto', 'off', 'compact']);
/** Lives between two lines of progress. */
const RUNS = 20;
const [steps = 10_000_000, seed = 1] = process.argv.slice(2).map(Number);

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'test/table'], {
  stdio: 'inherit',
});
/** @type {typeof import('../test/table/life.js')} */
const { Life, prefix, step } = await import(
  new URL('../build/table-model/test/table/life.js', import.meta.url).href
);

let done = 0;
let lived = 0;
const started = Date.now();
for (let i = 0; done < steps; i++) {
  // A direct view has a frame of 32 MiB to be filled: it has a turn now and then.
  const forward = i % 64 === 63 ? 'direct' : (SHAPES[i % SHAPES.length] ?? 'auto');
  const lives = fc.property(
    fc.array(step, { minLength: 16, maxLength: 64 }),
    fc.array(prefix, { maxLength: 3 }),
    (all, probes) => {
      const life = new Life(forward);
      for (const each of all) {
        life.step(each);
        life.glance(each);
        if (done++ % 16 === 0) life.table.check();
      }
      if (lived++ % 16 === 0) life.compare(probes);
      life.table.close();
    },
  );
  fc.assert(lives, { numRuns: RUNS, seed: seed + i });
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} steps`);
}
console.log(
  `${done} steps from seed ${seed}: table and oracle agree (${Math.round((Date.now() - started) / 1000)} s)`,
);
