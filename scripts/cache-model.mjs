#!/usr/bin/env node
// cache-model.mjs - the route cache beside its model for as many steps as are asked (test/model/cache-life.ts).
//
// usage: node scripts/cache-model.mjs [STEPS] [SEED]
//
// Lives of 10,000 steps each, of 1, 2, 4, 8 and 16 buckets in turns; life i of seed S has the seed S + i. Where cache and
// model differ it says at which step of which life, and exits with 1. Needs src/core/bytes.ts, which npm run build makes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LIFE = 10_000;
const BUCKETS = [1, 2, 4, 8, 16];
const [steps = 100_000, seed = 1] = process.argv.slice(2).map(Number);

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'test/model'], {
  stdio: 'inherit',
});
/** @type {typeof import('../test/model/cache-life.js')} */
const { CacheLife } = await import(
  new URL('../build/cache-model/test/model/cache-life.js', import.meta.url).href
);

/** One line that is written over, on a terminal only. @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const started = Date.now();
let done = 0;
for (let i = 0; done < steps; i++) {
  const buckets = BUCKETS[i % BUCKETS.length] ?? 1;
  const life = new CacheLife(buckets, seed + i);
  for (let step = 0; step < LIFE && done < steps; step++, done++) {
    try {
      life.step();
    } catch (error) {
      progress('');
      console.error(`${buckets} buckets, seed ${seed + i}, step ${step}, after`);
      console.error(life.pair.story);
      console.error(error);
      process.exit(1);
    }
  }
  life.close();
  progress(`${done} steps, ${Math.round(done / ((Date.now() - started) / 1000))} a second`);
}
progress('');
console.log(
  `${done} steps from seed ${seed}: cache and model agree (${Math.round((Date.now() - started) / 1000)} s)`,
);
