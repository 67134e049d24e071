/**
 * cli/watch.test.ts - `hoptrie watch` and `hoptrie replay` on files and pipes: lines, JSON, recordings, mistakes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FPM, MONITOR, MRT, PCAP, ROUTE_SAVE, RTMON } from '../feed/samples.js';
import { hoptrie, spawnHoptrie } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'hoptrie-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

describe('watch', () => {
  test.each([
    ['rtmon', RTMON, 'add 10.0.0.0/8 via 192.0.2.1 dev if2 proto bgp metric 20'],
    ['ip route save', ROUTE_SAVE, 'append 10.1.0.0/16 via 192.0.2.2 dev if2 proto bgp metric 20'],
    ['FPM', FPM, 'replace 10.0.0.0/8 via 192.0.2.9 dev if2 proto bgp metric 20'],
    ['pcap', PCAP, 'del 10.1.0.0/16 via 192.0.2.2 dev if2 proto bgp metric 20'],
    ['MRT', MRT, 'replace 10.1.0.0/16 via 192.0.2.7 proto bgp'],
  ])('%s: its first bytes tell what it is', async (name, bytes, line) => {
    const { stdout, stderr, status } = await hoptrie(['watch', file(name, bytes)]);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toContain(line);
    expect(status).toBe(0);
  });

  test('a pipe, line by line; IPv6 and neighbours are passed over', () => {
    const { stdout } = spawnHoptrie(['watch', '-'], MONITOR);
    expect(stdout).toBe(`\
add link 2: e0 up
add address 192.0.2.254/24 link 2
replace 10.0.0.0/8 via 192.0.2.1 dev e0 proto bgp metric 20
replace 10.1.0.0/16 via 192.0.2.1 dev e0, via 192.0.2.2 dev e0 proto static
replace nexthop id 10 group 1,2/2,7
add rule 101: from all lookup 1000
del 10.0.0.0/8 via 192.0.2.1 dev e0 proto bgp metric 20
-- 1 route; 7 changes
`);
  });

  test('--json is a stream of values', async () => {
    const { stdout } = await hoptrie(['watch', file('json', RTMON), '--json']);
    const values = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    expect(values.map((value) => Object.keys(value)[0])).toEqual(['change', 'change', 'change', 'end']);
    expect(values[0]).toMatchObject({ change: { kind: 'route', op: 'add', route: { dst: '10.0.0.0/8' } } });
    expect(values[3]).toMatchObject({ end: { routes: 1, applied: 3, passedOver: 1 } });
  });

  test('mistakes', async () => {
    expect(await hoptrie(['watch', join(folder, 'none')])).toMatchObject({ status: 1, stdout: '' });
    expect((await hoptrie(['watch', file('empty', '')])).stderr).toMatch(/an empty source/);
    expect(await hoptrie(['watch', 'x', '--fpm'])).toMatchObject({ status: 2 });
    expect((await hoptrie(['watch', '--fpm', 'nowhere'])).status).toBe(1);
    const { stdout, stderr, status } = await hoptrie(['watch', file('cut', RTMON.subarray(0, 100))]);
    expect(stdout).toContain('add 10.0.0.0/8');
    expect(stderr).toMatch(/the stream ends within a message.* at offset \d+/);
    expect(status).toBe(1);
  });
});

describe('replay', () => {
  test('a recording of any stream ends in the same state, which can be kept', async () => {
    const record = join(folder, 'rec');
    const snapshot = join(folder, 'snap');
    const watched = spawnHoptrie(['watch', '-', '--record', record], MONITOR).stdout;
    const replayed = spawnHoptrie(['replay', record, '--save', snapshot]).stdout;
    expect(replayed.split('\n').at(-2)).toBe(watched.split('\n').at(-2));
    expect((await hoptrie(['lookup', '--from', snapshot, '10.1.2.3'])).stdout).toMatch(
      /10\.1\.0\.0\/16 +via 192\.0\.2\./,
    );
  });

  test('--speed keeps the pace of the recording', async () => {
    const began = Date.now();
    await hoptrie(['replay', file('paced', RTMON), '--speed', '1000']);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect((await hoptrie(['replay', file('paced', RTMON), '--speed', '0'])).status).toBe(2);
  });
});
