// asc.mjs - a thread of build.mjs: the AssemblyScript compiler, for some targets one after the other.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

const words = asc.createMemoryStream((chunk) => void writeSync(2, String(chunk)));

for (const args of /** @type {string[][]} */ (workerData)) {
  const { error } = await asc.main(args, { stdout: words, stderr: words });
  if (error) process.exit(1);
}
