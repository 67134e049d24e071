/**
 * live/watch.test.ts - `hoptrie watch` mirrors a namespace, serves it and keeps what came, and `hoptrie replay` tells it again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAIN, spawnHoptrie } from '../cli/run.js';
import { NOT_HERE, Space, until } from './space.js';

test.skipIf(NOT_HERE !== undefined)('watch, its socket, its recording', async () => {
  using space = new Space(1);
  const folder = mkdtempSync(join(tmpdir(), 'hoptrie-watch-'));
  const socket = join(folder, 'sock');
  const record = join(folder, 'rec');
  const args = ['watch', '--netns', space.name, '--serve', socket, '--record', record];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  try {
    await until(() => out.includes('-- in step') && existsSync(socket));
    space.ip('route add 198.18.0.0/15 via 10.0.0.2');
    await until(() => out.includes('add 198.18.0.0/15 via 10.0.0.2 dev e0 proto boot'));
    const { stdout } = spawnHoptrie(['ip', '--socket', socket, 'route', 'show']);
    expect(stdout).toBe(space.ip('route show'));
    space.ip('link set e0 down');
    await until(() => out.includes('link 2: e0 down'));
  } finally {
    child.kill('SIGINT');
    await new Promise((resolve) => child.on('close', resolve));
  }
  const again = spawnSync(process.execPath, [MAIN, 'replay', record], { encoding: 'utf8' });
  expect(again.stdout.split('\n').slice(-2)[0]).toBe(out.split('\n').slice(-2)[0]);
  expect(again.stdout).toContain('add 198.18.0.0/15 via 10.0.0.2 dev e0 proto boot');
  rmSync(folder, { recursive: true });
});
