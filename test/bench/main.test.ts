/**
 * test/bench/main.test.ts - the comparison runs from end to end: every structure, every figure, both forms of report.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { STREAM_NAMES } from '../../bench/cache.js';
import { EMBED_COLUMNS } from '../../bench/embed.js';
import { HOLDERS } from '../../bench/embed-subjects.js';
import { COSTS, type CostName } from '../../bench/costs.js';
import { SHAPES } from '../../bench/forward.js';
import { GROWN } from '../../bench/growth.js';
import type { Run } from '../../bench/report.js';
import { SUBJECTS } from '../../bench/subject.js';
import { TASKS } from '../../bench/worker.js';

const MAIN = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hoptrie-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

test('a quick run measures every structure and reports it', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, '--quick', '--json']);
  expect(stderr).toBe('');
  const run = JSON.parse(stdout) as Run;
  const results = run.packages!;
  expect(results.map(({ subject }) => subject)).toEqual([...SUBJECTS]);
  expect(Object.keys(results[0]!.ns).sort()).toEqual([...TASKS].sort());
  for (const { subject, ns, stopped } of results) {
    expect(stopped, subject).toBeUndefined();
    for (const task of ['build sorted', 'build shuffled', 'lookup text'] as const) {
      expect(ns[task]!.median, `${subject}: ${task}`).toBeGreaterThan(0);
      expect(ns[task]!.p25).toBeLessThanOrEqual(ns[task]!.p75);
    }
  }
  const file = join(folder, 'run.json');
  writeFileSync(file, stdout);
  const lines = bench('--from', file).stdout.split('\n');
  expect(lines[0]).toContain(`node ${process.versions.node}`);
  expect(lines.filter((line) => /^(hoptrie|linear array|Map per length) +200 /.test(line))).toHaveLength(3);
  const markdown = bench('--from', file, '--markdown').stdout.split('\n');
  expect(markdown.filter((line) => line.startsWith('| '))).toHaveLength(2 + SUBJECTS.length);
});

test('costs and growth are measured in every shape, told and drawn', async () => {
  const plot = join(folder, 'growth.svg');
  const args = [MAIN, 'costs', 'growth', '--quick', '--plot', plot, '--json'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe('');
  const { costs, growth } = JSON.parse(stdout) as Run;
  expect(costs!.map(({ shape, prefixes }) => [shape, prefixes])).toEqual(
    SHAPES.map((shape) => [shape, 2000]),
  );
  expect(growth!.map(({ shape, prefixes }) => [shape, prefixes])).toEqual(
    [10, 2000].flatMap((prefixes) => GROWN.map((shape) => [shape, prefixes])),
  );
  for (const { shape, costs: each } of [...costs!, ...growth!]) {
    for (const name of Object.keys(COSTS) as CostName[]) {
      const isOfViews = name === 'view' || name === 'viewBytes';
      if (!isOfViews) expect(each[name]?.value, `${shape}: ${name}`).toBeGreaterThan(0);
    }
  }
  expect(growth!.find(({ shape }) => shape === 'auto')!.costs.viewBytes!.value).toBe(0); // ten routes need none
  const file = join(folder, 'costs.json');
  writeFileSync(file, stdout);
  const markdown = bench('--from', file, '--markdown').stdout.split('\n');
  expect(markdown.filter((line) => line.startsWith('| load: '))).toHaveLength(4);
  expect(markdown.filter((line) => /^\| (auto|compact|direct|off) \| [\d,]+ \|/.test(line))).toHaveLength(8);
  const svg = readFileSync(plot, 'utf8');
  expect(svg).toMatch(/^<svg xmlns[^>]+>\n<title>[^<]+<\/title>/);
  expect(svg.match(/<svg /g)).toHaveLength(1 + 6);
  for (const { shape } of growth!) expect(svg).toContain(`>${shape}</text>`);
});

test('the route cache is measured over streams and rules and in a flood, told in a page and drawn', async () => {
  const [plot, page] = [join(folder, 'cache.svg'), join(folder, 'page.md')];
  writeFileSync(page, 'before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n');
  const args = [MAIN, 'cache', '--quick', '--sizes', '1', '--plot', plot, '--into', page, '--json'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe('');
  const { cells, singles, flood } = (JSON.parse(stdout) as Run).cache!;
  expect(cells.map(({ stream, rules }) => [stream, rules])).toEqual(
    [0, 10].flatMap((rules) => STREAM_NAMES.map((stream) => [stream, rules])),
  );
  for (const { stream, ns, hits } of cells) {
    for (const value of Object.values(ns)) expect(value).toBeGreaterThan(0);
    expect(Math.round(hits), stream).toBe(stream === 'scan' ? 0 : 1);
  }
  expect(singles.map(({ stream }) => stream)).toEqual(['zipf', 'uniform']);
  for (const { ns } of singles) for (const value of Object.values(ns)) expect(value).toBeGreaterThan(0);
  const worst = (defence: string): number =>
    Math.max(...flood.filter((point) => point.defence === defence).map(({ longest }) => longest));
  expect(worst('limits')).toBe(9); // gc_elasticity and the new one
  expect(worst('none')).toBeGreaterThan(9);
  const lines = readFileSync(page, 'utf8').split('\n');
  expect([lines[0], lines.at(-2), lines.includes('old')]).toEqual(['before', 'after', false]);
  expect(lines.filter((line) => line.startsWith('| Zipf'))).toHaveLength(3);
  expect(readFileSync(plot, 'utf8').match(/<svg /g)).toHaveLength(1 + 6);
});

test('a wrong option ends with a message and no stack', () => {
  for (const args of [
    ['--sizes', 'many'],
    ['--only', 'quagga'],
    ['--frobnicate'],
    ['frobnicate'],
    ['--from', join(folder, 'none')],
  ]) {
    const { status, stdout, stderr } = bench(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^bench: .+\n$/);
    expect(stderr).not.toMatch(/^ +at /m);
  }
});

test('tables with values are compared: equal answers first, then times', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'table', '--quick', '--json']);
  const { size4, size6, results } = (JSON.parse(stdout) as Run).table!;
  expect([size4, size6]).toEqual([2000, 356]);
  expect(results.map(({ stopped }) => stopped)).toEqual(HOLDERS.map(() => undefined));
  const [own] = results;
  expect(Object.keys(own!.ns).sort()).toEqual(
    [4, 6].flatMap((family) => EMBED_COLUMNS.map((way) => `${way}${family}`)).sort(),
  );
  for (const { ns } of results) for (const rate of Object.values(ns)) expect(rate.median).toBeGreaterThan(0);
  const file = join(folder, 'table.json');
  writeFileSync(file, stdout);
  expect(bench('--from', file, '--markdown').stdout).toMatch(/^\| hoptrie NumberTable \|/m);
});
