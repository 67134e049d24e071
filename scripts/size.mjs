// size.mjs - weighs the package: bundles `hoptrie`, and `hoptrie/table` alone, into build/size/, and prints what every part
// has to carry.
//
// usage: node scripts/size.mjs
//
// .size-limit.mjs holds the sums to their limits: the bundles, as a web page built with Vite loads them, and the modules of
// dist/ as they are, each compressed on its own, as a page without a bundler loads them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { mainEntryFiles } from './tidy/graph.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Bytes raw, by gzip, by brotli. @param {string} path */
function weigh(path) {
  const bytes = readFileSync(path);
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
}

/** @param {string} name  @param {number[]} sizes */
const row = (name, sizes) => console.log([...sizes.map((n) => String(n).padStart(8)), `  ${name}`].join(''));

for (const [name, entry] of Object.entries({
  'hoptrie.js': 'dist/index.js',
  'table.js': 'dist/table/index.js',
})) {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: 'build/size',
      emptyOutDir: false,
      minify: true,
      lib: { entry, formats: ['es'], fileName: () => name },
    },
  });
}

const files = mainEntryFiles();
const sizes = files.map(weigh);
const sums = [0, 1, 2].map((i) => sizes.reduce((sum, each) => sum + (each[i] ?? 0), 0));

console.log('     raw    gzip  brotli');
files.forEach((path, i) => row(path, sizes[i] ?? []));
row('these modules together', sums);
row('all of hoptrie in one bundle, minified', weigh('build/size/hoptrie.js'));
row('the core alone, as WebAssembly', weigh('dist/hoptrie.wasm'));
row('hoptrie/table in one bundle, minified', weigh('build/size/table.js'));
row('its core alone, as WebAssembly', weigh('dist/table.wasm'));
