/**
 * test/cli/lab.test.ts - `hoptrie lab`: a packet followed through the lab of a file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Trace } from '../../src/index.js';
import { hoptrie, spawnHoptrie, type Outcome } from './run.js';

const LAB = `
ip netns add a
ip netns add b
ip netns exec b sysctl -qw net.ipv4.ip_forward=1
ip link add eth0 netns a type veth peer name eth0 netns b
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n a address add 192.0.2.1/24 dev eth0
ip -n b address add 192.0.2.2/24 dev eth0
ip -n a route add default via 192.0.2.2
ip -n b route add 10.0.0.0/8 via 192.0.2.1
`;

const folder = mkdtempSync(join(tmpdir(), 'hoptrie-lab-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'lab');
writeFileSync(file, LAB);

const lab = (...words: string[]): Promise<Outcome> => hoptrie(['lab', file, ...words]);

test('shows each hop and how it ended, with status 0 for a packet that is delivered', () => {
  const { status, stdout, stderr } = spawnHoptrie(['lab', '-', 'trace', 'a', '192.0.2.2'], LAB);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
    'netns in ttl route via out mtu',
    '1 a 64 output 192.0.2.0/24 eth0 1500',
    '2 b eth0 64 deliver',
    '',
    'delivered: b has 192.0.2.2',
    '',
  ]);
});

test('tells of errors, with status 1', async () => {
  const { status, stdout } = await lab('trace', 'a', '8.8.8.8', '--ttl', '1');
  expect(status).toBe(1);
  expect(stdout).toContain('no route: b has no route to 8.8.8.8\nICMP 3/0 from 192.0.2.2 (b)\n');
  expect((await lab('trace', 'a', '8.8.8.8', '--size', '2000', '--df')).stdout).toContain(
    'the sender is told EMSGSIZE',
  );
  expect((await lab('trace', 'a', '8.8.8.8', '--size', '2000')).stdout).toContain('in fragments');
  expect((await lab('trace', 'a', '10.0.0.1')).stdout).toContain('better by 192.0.2.1');
});

test('--json is the whole trace', async () => {
  const { stdout } = await lab('trace', 'a', '10.0.0.1', '--proto', '17', '--sport', '7', '--json');
  const trace = JSON.parse(stdout) as Trace;
  expect(trace.outcome).toBe('forwarding off');
  expect(trace.hops.map(({ netns }) => netns)).toEqual(['a', 'b', 'a']);
});

test.each([
  [['trace', 'z', '10.0.0.1'], 2, 'it has a, b'],
  [['trace', 'a', '10.0.0'], 2, 'is no IPv4 address'],
  [['trace', 'a', '10.0.0.1', '--ttl', '0'], 2, '1 to 255'],
  [['ping', 'a', '10.0.0.1'], 2, 'trace'],
])('%j is status %i', async (words, status, text) => {
  const result = await lab(...words);
  expect(result.status).toBe(status);
  expect(result.stderr).toContain(text);
});

test('a line that is refused is told with its number', () => {
  const { status, stderr } = spawnHoptrie(
    ['lab', '-', 'trace', 'a', '10.0.0.1'],
    `${LAB}ip -n a route add 1.0.0.0/8 via 7.7.7.7\n`,
  );
  expect(status).toBe(1);
  expect(stderr).toContain('line 12');
  expect(stderr).toContain('Nexthop has invalid gateway');
});
