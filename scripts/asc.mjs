// asc.mjs - a thread of build.mjs: the AssemblyScript compiler, for some targets one after the other.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

/**
 * What is used of the compiler. Its own types would change those of arrays for all that is checked together with this file.
 * @typedef {object} Compiler
 * @property {(write: (chunk: unknown) => void) => object} createMemoryStream
 * @property {(args: string[], streams: { stdout: object, stderr: object }) => Promise<{ error: Error | null }>} main
 */

const { default: asc } = /** @type {{ default: Compiler }} */ (
  await import(import.meta.resolve('assemblyscript/asc'))
);
const words = asc.createMemoryStream((chunk) => void writeSync(2, String(chunk)));

for (const args of /** @type {string[][]} */ (workerData)) {
  const { error } = await asc.main(args, { stdout: words, stderr: words });
  if (error) process.exit(1);
}
