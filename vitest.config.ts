/**
 * vitest.config.ts - four runs: unit (`npm test`), package (the packed tarball), browser (Chromium), live (root: the running
 * kernel and FRR).
 * Each writes its results to build/vitest.json as well, where .ci/run counts them.
 */
import { defineConfig } from 'vitest/config';

const PACKAGE = 'test/package/tarball.test.ts';
const BROWSER = 'test/browser/**/*.test.ts';
const LIVE = 'test/live/**/*.test.ts';

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
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [PACKAGE, BROWSER, LIVE] },
      },
      { extends: true, test: { name: 'package', include: [PACKAGE] } },
      { extends: true, test: { name: 'browser', include: [BROWSER] } },
      {
        extends: true,
        test: { name: 'live', include: [LIVE], fileParallelism: false, testTimeout: 600_000 },
      },
    ],
  },
});
