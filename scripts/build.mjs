// build.mjs - from sources to dist/: the cores by asc (release and check), their bytes inlined, then TypeScript.
//
// usage: node scripts/build.mjs
//
// What is younger than everything it is made of is not made again: the asc runs (some seconds each), and dist/.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import ts from 'typescript';

const run = promisify(execFile);
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/**
 * Runs one of the project's tools; its words are ours, and where it fails the build ends.
 * @param {string} script
 * @param {string[]} args
 */
async function tool(script, ...args) {
  try {
    const { stdout, stderr } = await run(process.execPath, [script, ...args], { maxBuffer: 1 << 26 });
    process.stderr.write(`${stdout}${stderr}`);
  } catch (e) {
    const { stdout, stderr, message } = /** @type {Error & { stdout?: string, stderr?: string }} */ (e);
    process.stderr.write(stdout || stderr ? `${stdout}${stderr}` : `${message}\n`);
    process.exit(1);
  }
}

/**
 * Time of the last change of a file, or of the youngest file or folder below a folder.
 * @param {string} path
 * @returns {number}
 */
function changed(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => changed(join(path, name))));
}

/**
 * Whether a file is there and younger than all that it is made of.
 * @param {string} file
 * @param {readonly string[]} sources
 */
function isYounger(file, sources) {
  return existsSync(file) && statSync(file).mtimeMs > Math.max(...sources.map(changed));
}

/** What asc reads. @type {readonly string[]} */
const CORE = [
  'assembly',
  'src/abi',
  'asconfig.json',
  'package-lock.json',
  'scripts/asc.mjs',
  'scripts/build.mjs',
];

/** @typedef {[target: string, outFile: string, ...entries: string[]]} Target of asconfig.json */

/**
 * Compiles targets one after the other, those whose file is missing or old, in a thread: what the engine learns of the
 * compiler, which is WebAssembly itself, serves all that follow, here and in the other thread.
 * @param {Target[]} targets
 */
async function asc(...targets) {
  const due = targets.filter(([, outFile]) => !isYounger(outFile, CORE));
  for (const [, outFile] of due) rmSync(outFile, { force: true });
  if (due.length === 0) return;
  const runs = due.map(([target, , ...entries]) => [
    ...entries,
    '--config',
    'asconfig.json',
    '--target',
    target,
  ]);
  const thread = new Worker(new URL('./asc.mjs', import.meta.url), { workerData: runs });
  const [status] = await once(thread, 'exit');
  if (status !== 0) process.exit(1);
}

/**
 * Writes a module as text into a source file, where it has changed.
 * @param {string} wasm
 * @param {string} to  below src/
 * @param {string} what
 * @param {'base64' | 'hex'} form
 */
function inline(wasm, to, what, form) {
  const inlined = `/** ${to} - the release build of ${what}, ${form}; written by scripts/build.mjs. */
export const WASM_${form.toUpperCase()} =
  '${readFileSync(wasm).toString(form)}';
`;
  const at = join('src', to);
  if (!existsSync(at) || readFileSync(at, 'utf8') !== inlined) writeFileSync(at, inlined);
}
/** Makes dist/ of what has been compiled. */
async function dist() {
  inline('build/hoptrie.wasm', 'core/bytes.ts', 'the core', 'base64');
  inline('build/table.wasm', 'core/table-bytes.ts', 'the core of a table', 'hex');
  const built = 'dist/hoptrie.wasm'; // written last
  if (isYounger(built, [...CORE, 'src', 'cli', 'bench', 'tsconfig.base.json'])) return;
  // dist/ is made anew, so that nothing outlives its source; --build goes through the references of cli first.
  rmSync('dist', { recursive: true, force: true });
  await tool('node_modules/typescript/bin/tsc', '--build', '--force', 'cli');
  for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' }))
    if (path.endsWith('.js')) strip(join('dist', path));
  copyFileSync('build/table.wasm', 'dist/table.wasm');
  copyFileSync('build/hoptrie.wasm', built);
}

/**
 * Takes the comments out of a file. The words stay in the .d.ts files, where editors show them; here they would only be
 * weight on the wire.
 * @param {string} file
 */
function strip(file) {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  writeFileSync(file, outputText);
}

mkdirSync('build', { recursive: true });
await Promise.all([
  asc(
    ['release', 'build/hoptrie.wasm', 'assembly/index.ts'],
    ['table', 'build/table.wasm', 'assembly/table.ts'],
  ).then(dist),
  asc(
    ['check', 'build/hoptrie.check.wasm', 'assembly/index.ts', 'assembly/testing.ts'],
    ['table-check', 'build/table.check.wasm', 'assembly/table.ts', 'assembly/table/testing.ts'],
  ),
]);
