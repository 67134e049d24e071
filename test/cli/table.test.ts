/**
 * test/cli/table.test.ts - `hoptrie table`: addresses asked, streams annotated, mistakes told.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { MAIN, hoptrie, spawnHoptrie } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'hoptrie-table-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const LIST = '# zones\n10.0.0.0/8 office\n10.1.0.0/16 lab one\n2001:db8::/32 six\n';
const zones = file('zones.txt', LIST);

test('addresses of the command line, as text and as JSON', async () => {
  const asked = await hoptrie(['table', zones, '10.1.2.3', '2001:db8::1']);
  expect([asked.status, asked.stderr]).toEqual([0, '']);
  expect(asked.stdout).toBe('10.1.2.3     10.1.0.0/16    lab one\n2001:db8::1  2001:db8::/32  six\n');
  const missed = await hoptrie(['table', zones, '--json', '10.9.9.9', '192.0.2.1']);
  expect(missed.status).toBe(1);
  expect(JSON.parse(missed.stdout)).toEqual([
    { address: '10.9.9.9', prefix: '10.0.0.0/8', value: 'office' },
    { address: '192.0.2.1', prefix: null, value: null },
  ]);
});

test('each line of a stream comes out with a tab and the value of its address', () => {
  const lines = '10.1.2.3 GET /\n\n  2001:db8::9\r\nnonsense é\n192.0.2.1';
  const { status, stdout, stderr } = spawnHoptrie(['table', zones], lines);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe('10.1.2.3 GET /\tlab one\n\t?\n  2001:db8::9\r\tsix\nnonsense é\t?\n192.0.2.1\t-\n');
  const matched = spawnHoptrie(
    ['table', zones, '--match', '--field', '2', '--miss', 'none'],
    'a 10.9.9.9\nb 1.1.1.1\nc\n',
  );
  expect(matched.stdout).toBe('a 10.9.9.9\t10.0.0.0/8\toffice\nb 1.1.1.1\t\tnone\nc\t\t?\n');
});

test('bytes go through as they are, values are UTF-8', () => {
  const cities = file('cities.txt', '10.0.0.0/8 Zürich 東京\n');
  expect(spawnHoptrie(['table', cities], '10.1.1.1 é\n').stdout).toBe('10.1.1.1 é\tZürich 東京\n');
});

test('many lines, in order, however pieces and batches fall', () => {
  const addresses = Array.from({ length: 40_000 }, (_, i) => `10.${i % 3}.${(i >> 8) & 255}.${i & 255}`);
  const { status, stdout, stderr } = spawnHoptrie(['table', zones], addresses.join('\n'));
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    addresses.map((each) => `${each}\t${each.startsWith('10.1.') ? 'lab one' : 'office'}\n`).join(''),
  );
});

test('lines may come late: each is answered when it is there', async () => {
  const { stdin, stdout } = spawn(process.execPath, [MAIN, 'table', zones], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for (const line of ['10.1.2.3', '10.2.3.4', '192.0.2.1']) {
    stdin.write(`${line}\n`);
    const [answer] = (await Promise.race([once(stdout, 'data'), once(stdout, 'close')])) as [Buffer?];
    expect(answer?.toString()).toContain(line);
  }
  stdin.end();
  await once(stdout, 'close');
});

test('gzip, CSV, standard input, a description', async () => {
  expect((await hoptrie(['table', file('zones.gz', gzipSync(LIST)), '10.2.2.2'])).stdout).toContain('office');
  const csv = file('zones.csv', 'id,network\n7,10.0.0.0/8\n');
  expect(
    (await hoptrie(['table', csv, '--csv', '--prefix', 'network', '--value', '1', '10.2.2.2'])).stdout,
  ).toContain('7');
  expect(spawnHoptrie(['table', '-', '10.2.2.2'], LIST).stdout).toContain('office');
  const described = JSON.parse((await hoptrie(['table', zones, '--json'])).stdout) as Record<string, unknown>;
  expect(described).toMatchObject({ size4: 2, size6: 1, values: 3 });
});

test.each([
  [['table'], 2, /missing required argument/],
  [['table', '/nowhere', '1.2.3.4'], 1, /\/nowhere: no such file/],
  [['table', zones, '1.2.3.400'], 2, /offset 8/],
  [['table', '-'], 2, /standard input/],
  [['table', zones, '--field', '0'], 2, /field/],
  [
    ['table', file('bad.txt', '10.0.0.0/8 x\n10.0.0.1/8 y\n'), '1.2.3.4'],
    1,
    /bad\.txt: .*line 2.*expected 10\.0\.0\.0\/8/,
  ],
  [['table', file('bad.gz', 'no gzip'), '1.2.3.4'], 1, /bad\.gz: /],
  [['table', zones, '--csv', '--value', 'nothing', '1.2.3.4'], 1, /no column nothing/],
])('%j ends with %i and words', async (args, wanted, words) => {
  const { status, stdout, stderr } = await hoptrie(args);
  expect([status, stdout]).toEqual([wanted, '']);
  expect(stderr).toMatch(words);
});
