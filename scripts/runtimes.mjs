// runtimes.mjs - the packed package in every runtime, browser and bundler that it is for: all must give the same answers.
//
// usage: node scripts/runtimes.mjs [NAME...]     only what has one of these in its name
//
// Runtimes come from npm (test/runtimes/engines), browsers are Debian's, bundlers are dependencies of the project. What
// cannot be fetched or started has failed. A line for each check, the last line is their count. What is asked is in
// test/runtimes/answers.js.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { BROWSERS, browse } from './runtimes/browse.mjs';
import { PAGES } from './runtimes/pages.mjs';
import { serveWorker } from './runtimes/workerd.mjs';

/** @typedef {readonly [name: string, ask: () => Promise<string>]} Check */

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const run = promisify(execFile);

const HOME = 'build/runtimes';
const APP = join(HOME, 'app');
const ENGINES = join(HOME, 'engines');
/** Milliseconds that an answer may take. */
const PATIENCE = 60_000;

/** Lays out the package as npm would install it, with the one package it depends on and the files of the test beside it. */
async function layOut() {
  rmSync(APP, { recursive: true, force: true });
  const library = join(APP, 'node_modules/hoptrie');
  mkdirSync(library, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', HOME], { maxBuffer: 1 << 26 });
  const [{ filename }] = /** @type {[{ filename: string }]} */ (JSON.parse(stdout));
  await run('tar', ['-xzf', join(HOME, filename), '--strip-components=1', '-C', library]);
  const loader = 'node_modules/@assemblyscript/loader';
  cpSync(loader, join(APP, loader), { recursive: true, dereference: true });
  writeFileSync(join(APP, 'package.json'), '{ "type": "module" }\n');
  for (const name of ['answers.js', 'main.cjs', 'main.js', 'page.js', 'worker.js'])
    cpSync(join('test/runtimes', name), join(APP, name));
}

/** Fetches the runtimes, unless they are there. */
async function fetchEngines() {
  const lock = readFileSync('test/runtimes/engines/package-lock.json', 'utf8');
  const stamp = join(ENGINES, 'fetched');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  rmSync(ENGINES, { recursive: true, force: true });
  cpSync('test/runtimes/engines', ENGINES, { recursive: true });
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: ENGINES,
    maxBuffer: 1 << 26,
  });
  writeFileSync(stamp, lock);
}

/**
 * What a runtime prints, run in the folder of the test.
 * @param {string} program  below the engines  @param {...string} args  @returns {Promise<string>}
 */
async function said(program, ...args) {
  const path = join(process.cwd(), ENGINES, 'node_modules', program);
  const { stdout } = await run(path, args, { cwd: APP, timeout: PATIENCE });
  return stdout.trim();
}

/** The runtimes with a command line, and workerd. @returns {Check[]} */
function runtimes() {
  const nodes = ['20', '22', '24'].flatMap((version) =>
    ['main.js', 'main.cjs'].map(
      (script) =>
        /** @type {Check} */ ([`Node ${version}, ${script}`, () => said(`node${version}/bin/node`, script)]),
    ),
  );
  return [
    ...nodes,
    ['Deno', () => said('@deno/linux-x64-glibc/deno', 'run', '--node-modules-dir=manual', 'main.js')],
    ['Bun', () => said('@oven/bun-linux-x64/bin/bun', 'main.js')],
    [
      'workerd',
      () =>
        serveWorker(join(ENGINES, 'node_modules/@cloudflare/workerd-linux-64/bin/workerd'), APP, PATIENCE),
    ],
  ];
}

/** Every page in every browser; a page is made once. @returns {Check[]} */
function pages() {
  return Object.entries(PAGES).flatMap(([how, make]) => {
    /** @type {Promise<string> | undefined} */
    let folder;
    return Object.entries(BROWSERS).map(
      ([name, browser]) =>
        /** @type {Check} */ ([
          `${name}, ${how}`,
          async () => browse(browser, await (folder ??= make(APP)), PATIENCE),
        ]),
    );
  });
}

await layOut();
await fetchEngines();
const { WANTED } = await import(pathToFileURL(join(APP, 'answers.js')).href);
const only = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const [name, ask] of [...runtimes(), ...pages()]) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
  const start = Date.now();
  const answer = await ask().catch(String);
  const isRight = answer === WANTED;
  if (isRight) passed++;
  else failed++;
  console.log(
    `${isRight ? 'ok    ' : 'FAILED'}  ${name}  ${Date.now() - start} ms${isRight ? '' : `\n${answer}`}`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
