/**
 * architecture.test.ts - the arena that ARCHITECTURE.md explains is the one that the engine makes.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the small arena of ARCHITECTURE.md is what scripts/arena.mjs prints', () => {
  const printed = execFileSync(process.execPath, ['scripts/arena.mjs'], { cwd: root, encoding: 'utf8' });
  expect(readFileSync(`${root}ARCHITECTURE.md`, 'utf8')).toContain(printed);
});
