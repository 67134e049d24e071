// runtimes/workerd.mjs - test/runtimes/worker.js in workerd, bundled with its condition as Cloudflare's tools do.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';

/**
 * What the worker answers.
 * @param {string} program  @param {string} app  @param {number} patience milliseconds
 * @returns {Promise<string>}
 */
export async function serveWorker(program, app, patience) {
  const folder = join(app, 'worker');
  await build({
    entryPoints: [join(app, 'worker.js')],
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    loader: { '.wasm': 'copy' },
    outdir: folder,
    logLevel: 'error',
  });
  const port = await freePort();
  writeFileSync(join(folder, 'config.capnp'), config(readdirSync(folder), port));
  const child = spawn(resolve(program), ['serve', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const gone = new Promise((done) => child.once('close', done).once('error', done));
  try {
    for (const end = Date.now() + patience; ; await sleep(100)) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/`);
        return await response.text();
      } catch (error) {
        if (Date.now() > end || child.exitCode !== null || child.pid === undefined) throw error;
      }
    }
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

/** The first module is the worker. @param {readonly string[]} names  @param {number} port */
function config(names, port) {
  const modules = names
    .toSorted((a, b) => Number(b === 'worker.js') - Number(a === 'worker.js'))
    .map((name) => `(name = "${name}", ${name.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2025-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

/** A port that nobody has. @returns {Promise<number>} */
function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => done(port));
    });
  });
}
