// runtimes/browse.mjs - a page in a headless browser, until it has posted its answers.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

/** A browser: where it is, and how it starts with a profile of its own. @typedef {{ path: string, args: (profile: string) => string[] }} Browser */

/** @type {Record<string, Browser>} */
export const BROWSERS = {
  Chromium: {
    path: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: (profile) => [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      `--user-data-dir=${profile}`,
    ],
  },
  Firefox: {
    path: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr',
    args: (profile) => ['--headless', '--no-remote', '--profile', profile],
  },
};

/** @type {Record<string, string>} */
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/**
 * What the page of a folder posts.
 * @param {Browser} browser  @param {string} folder  @param {number} patience milliseconds
 * @returns {Promise<string>}
 */
export async function browse({ path, args }, folder, patience) {
  const profile = mkdtempSync(join(tmpdir(), 'hoptrie-browser-'));
  const { promise: posted, resolve: post } = withResolver();
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let text = '';
      request.on('data', (piece) => (text += piece));
      request.on('end', () => {
        response.end();
        post(text);
      });
    } else answer(folder, request.url ?? '/', response);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  // A group of its own, so that the processes which it starts end with it.
  const child = spawn(path, [...args(profile), `http://127.0.0.1:${port}/`], {
    stdio: 'ignore',
    detached: true,
  });
  child.on('error', (error) => post(String(error)));
  child.on('exit', (code) => post(`${path} has ended: ${code}`));
  const timer = setTimeout(() => post(`no answer in ${patience} ms`), patience);
  try {
    return await posted;
  } finally {
    clearTimeout(timer);
    await stop(child);
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** @returns {{ promise: Promise<string>, resolve: (text: string) => void }} */
function withResolver() {
  /** @type {(text: string) => void} */
  let resolve = () => undefined;
  /** @type {Promise<string>} */
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

/** @param {string} folder  @param {string} url  @param {import('node:http').ServerResponse} response */
function answer(folder, url, response) {
  const { pathname } = new URL(url, 'http://localhost');
  const file = join(folder, normalize(pathname === '/' ? '/index.html' : pathname));
  if (existsSync(file)) {
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  } else response.writeHead(404).end();
}

/** Ends a browser and the processes that it has started. @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  if (child.pid === undefined) return;
  const gone = child.exitCode ?? child.signalCode ?? new Promise((done) => child.once('exit', done));
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // all of them have ended by themselves
  }
  await gone;
}
