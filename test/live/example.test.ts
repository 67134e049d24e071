/**
 * live/example.test.ts - the worked example of docs/FRR.md does what the page says.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { HAS_FRR } from './frr.js';
import { NOT_HERE } from './space.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/frr.mjs', import.meta.url));

test.skipIf(NOT_HERE !== undefined || !HAS_FRR)('routes come, go and come again, and lookups say so', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [EXAMPLE], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    'announced: 1002 routes, 20.0.5.1 goes 10.80.0.2',
    'ten withdrawn: 992 routes, 20.0.5.1 goes no route',
    'back again: 1002 routes, 20.0.5.1 goes 10.80.0.2',
    'kernel: 1000 routes of bgp; through 10.80.0.2: 1000',
  ]);
  expect(status).toBe(0);
});
