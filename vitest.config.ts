/**
 * vitest.config.ts - four runs: unit and unit-apart (`npm test`), package (the packed tarball), browser (Chromium), live (root:
 * the running kernel and FRR).
 * Each writes its results to build/vitest.json as well, where .ci/run counts them.
 *
 * The files of unit share two processes, one file after the other: a process of its own would cost each of them a second, to
 * load and to compile what the last one had. What a file changes outside of itself it therefore puts back.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const PACKAGE = 'test/package/tarball.test.ts';
const BROWSER = 'test/browser/**/*.test.ts';
const LIVE = 'test/live/**/*.test.ts';

/** Files that have another module in the place of one of ours: each stands apart, in a process of its own. */
const APART = readdirSync(new URL('test', import.meta.url), { recursive: true, encoding: 'utf8' })
  .map((name) => `test/${name}`)
  .filter(
    (path) =>
      path.endsWith('.test.ts') && readFileSync(new URL(path, import.meta.url), 'utf8').includes('vi.mock('),
  );

export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: 'build/vitest.json' }]],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    setupFiles: 'test/seed.ts',
    maxWorkers: '100%',
    coverage: { include: ['src/**'], reportsDirectory: 'build/coverage' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [PACKAGE, BROWSER, LIVE, ...APART],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'unit-apart', include: APART } },
      { extends: true, test: { name: 'package', include: [PACKAGE] } },
      { extends: true, test: { name: 'browser', include: [BROWSER] } },
      {
        extends: true,
        test: { name: 'live', include: [LIVE], fileParallelism: false, testTimeout: 600_000 },
      },
    ],
  },
});
