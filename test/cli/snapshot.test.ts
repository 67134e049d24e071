/**
 * test/cli/snapshot.test.ts - `hoptrie snapshot save`, and snapshots where files of routes are taken.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { hoptrie, hoptrieJson, spawnHoptrie } from './run.js';
import { writeSamples } from './samples.js';

const samples = writeSamples();
afterAll(() => samples.remove());

const out = join(samples.folder, 'routes.snap');

test('snapshot save writes a file that every --from takes as the one it was made from', async () => {
  const { status, stdout, stderr } = spawnHoptrie(['snapshot', 'save', '--from', samples.text, out]);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/routes\.snap: 8 routes, .* bytes per route; loaded in .*, saved in/);
  const packed = samples.write('routes.snap.gz', gzipSync(readFileSync(out)));
  for (const file of [out, packed]) {
    for (const args of [
      ['show', 'route', '--from'],
      ['show', 'fib_trie', '--from'],
      ['lookup', '10.1.2.3', '203.0.113.9', '--from'],
    ]) {
      expect(await hoptrie([...args, file])).toEqual(await hoptrie([...args, samples.text]));
    }
  }
});

test('load counts what is in a snapshot', async () => {
  await hoptrie(['snapshot', 'save', '--from', samples.text, out]);
  const summary = await hoptrieJson<Record<string, unknown>>('load', out);
  const routes = await hoptrieJson<Record<string, unknown>>('load', samples.text);
  expect(summary).toMatchObject({
    format: 'hoptrie snapshot save',
    routes: 8,
    otherFamilies: 0,
    multipath: 1,
  });
  for (const field of ['types', 'tables', 'protocols', 'devices', 'nexthops']) {
    expect(summary[field]).toEqual(routes[field]);
  }
});

test('snapshot save tells in JSON what it wrote', async () => {
  const { sizeBytes, ...rest } = await hoptrieJson<Record<string, unknown>>(
    'snapshot',
    'save',
    '--from',
    samples.save,
    out,
  );
  expect(rest).toMatchObject({ file: out, from: samples.save, routes: 8 });
  expect(sizeBytes).toBe(readFileSync(out).length);
});

test('a damaged snapshot is told with its offset, exit status 1', async () => {
  await hoptrie(['snapshot', 'save', '--from', samples.text, out]);
  const bytes = readFileSync(out);
  bytes[bytes.length - 1]! ^= 1;
  const damaged = samples.write('damaged.snap', bytes);
  const { status, stderr } = await hoptrie(['lookup', '--from', damaged, '8.8.8.8']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/damaged\.snap: read as `hoptrie snapshot save`: .*checksum differs at offset 8/);
});

test('a place that cannot be written is told, exit status 1', async () => {
  const { status, stderr } = await hoptrie(['snapshot', 'save', '--from', samples.text, samples.folder]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/cannot write/);
});
