/**
 * test/cli/cli.test.ts - every verb of `hoptrie`: what it prints, as text and as JSON, and how it ends.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { ESCAPE, hoptrie, hoptrieJson, spawnHoptrie } from './run.js';
import { writeSamples } from './samples.js';

const samples = writeSamples();
afterAll(() => samples.remove());

const VERBS = ['demo', 'load', 'lookup', 'show', 'lab', 'snapshot', 'table', 'bench'];

interface Summary {
  readonly format: string;
  readonly compressed: boolean;
  readonly routes: number;
  readonly otherFamilies: number;
  readonly types: Record<string, number>;
  readonly tables: Record<string, number>;
  readonly protocols: Record<string, number>;
  readonly lengths: Record<string, number>;
  readonly devices: Record<string, number>;
  readonly multipath: number;
}

describe('help', () => {
  test('tells the verbs and shows examples, for the program and for each verb', async () => {
    const { status, stdout, stderr } = await hoptrie(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const verb of VERBS) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
      const help = await hoptrie([verb, '--help']);
      expect(help.status).toBe(0);
      expect(help.stdout).toContain(`Usage: hoptrie ${verb}`);
      expect(help.stdout).toContain('--json');
      expect(help.stdout).toMatch(new RegExp(`Examples:\n(.*\n)*.*hoptrie ${verb}`));
    }
  });

  test('--version is that of the package', () => {
    expect(spawnHoptrie(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('load', () => {
  test('reads every form of the same routes alike', async () => {
    const forms = [
      [samples.text, 'ip route show', false],
      [samples.save, 'ip route save', false],
      [samples.gzip, 'ip route save', true],
      [samples.plain, 'netlink messages', false],
    ] as const;
    for (const [file, format, compressed] of forms) {
      const summary = await hoptrieJson<Summary>('load', file);
      expect(summary).toMatchObject({ format, compressed, routes: 8, otherFamilies: 1, multipath: 1 });
      expect(summary.tables).toEqual({ main: 6, 100: 1, local: 1 });
      expect(summary.types).toEqual({ unicast: 5, blackhole: 1, unreachable: 1, local: 1 });
      expect(summary.protocols).toEqual({ dhcp: 1, static: 1, bgp: 1, kernel: 2, boot: 3 });
      expect(summary.lengths).toEqual({ 0: 1, 8: 1, 16: 2, 24: 3, 32: 1 });
    }
    const summary = await hoptrieJson<Summary>('load', samples.json);
    expect(summary).toMatchObject({ format: 'ip -j route', routes: 3, devices: { eth0: 2 } });
  });

  test('prints counts and a bar for each prefix length', () => {
    const { status, stdout, stderr } = spawnHoptrie(['load', samples.text]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('`ip route show`');
    expect(stdout).toMatch(/routes +8 IPv4, loaded in .*; 1 IPv6 route passed over/);
    expect(stdout).toMatch(/^ +\/24 +3 +37\.5% +█{40}$/m);
    expect(stdout).not.toContain(ESCAPE);
  });

  test('reads standard input as -', () => {
    const { status, stdout } = spawnHoptrie(['load', '-', '--json'], 'default via 192.0.2.1 dev eth0\n');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ file: '-', routes: 1 });
  });
});

describe('lookup', () => {
  test('prints one aligned line for each address', () => {
    const { status, stdout } = spawnHoptrie([
      'lookup',
      '--from',
      samples.text,
      '8.8.8.8',
      '10.1.2.3',
      '10.1.2.1',
      '192.0.2.10',
    ]);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '8.8.8.8     0.0.0.0/0      via 192.0.2.1 dev eth0  table main metric 100',
      '10.1.2.3    10.1.0.0/16    via 192.0.2.3 dev eth1  table main', // of two paths the one that the hash chooses
      '10.1.2.1    10.1.0.0/16    via 192.0.2.2 dev eth0  table main',
      '192.0.2.10  192.0.2.10/32  local dev eth0          src 192.0.2.10 table main',
      '',
    ]);
  });

  test('ends with 1 where a route is missing or rejects, and says which', async () => {
    const args = ['lookup', '--from', samples.json, '--table', '254', '203.0.113.9', '10.0.0.1'];
    const { status, stdout, stderr } = spawnHoptrie(args);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^203\.0\.113\.9  blackhole 203\.0\.113\.0\/24 table main \(EINVAL\)$/m);
    const [refused, found] = JSON.parse((await hoptrie([...args, '--json'])).stdout) as object[];
    expect(refused).toMatchObject({ dst: '203.0.113.9', error: 'EINVAL', route: { type: 'blackhole' } });
    expect(found).toMatchObject({ dst: '10.0.0.1', prefix: '10.0.0.0/8', via: '192.0.2.254', dev: 'eth0' });
    expect((await hoptrie(['lookup', '--from', samples.text, '--table', '100', '8.8.8.8'])).stdout).toContain(
      'no route',
    );
  });

  test('asks one table, or one interface, alone', async () => {
    const one = await hoptrieJson<object[]>('lookup', '--from', samples.text, '--table', '100', '10.7.1.1');
    expect(one).toMatchObject([{ prefix: '10.7.0.0/16', table: 100, dev: 'eth1' }]);
    const other = await hoptrieJson<object[]>('lookup', '--from', samples.text, '--oif', 'eth1', '10.1.1.1');
    expect(other).toMatchObject([{ via: '192.0.2.3', dev: 'eth1' }]);
  });
});

describe('show', () => {
  test('route prints the lines of `ip route`, or values', async () => {
    const { status, stdout } = spawnHoptrie(['show', 'route', '--from', samples.text, '--table', 'main']);
    expect(status).toBe(0);
    expect(stdout).toContain('\n10.0.0.0/8 via 192.0.2.254 dev eth0 proto static\n');
    expect(stdout).not.toContain('table');
    const all = await hoptrieJson<{ dst: string }[]>('show', 'route', '--from', samples.text);
    expect(all).toHaveLength(8);
  });

  test('nexthop counts the paths', async () => {
    const rows = await hoptrieJson<{ nexthop: string; routes: number }[]>(
      'show',
      'nexthop',
      '--from',
      samples.json,
    );
    expect(rows.map(({ nexthop }) => nexthop).sort()).toEqual([
      'blackhole',
      'via 192.0.2.1 dev eth0',
      'via 192.0.2.254 dev eth0',
    ]);
  });

  test('gateway lists the gateways by address', async () => {
    expect(await hoptrieJson('show', 'gateway', '--from', samples.json)).toEqual([
      { gateway: '192.0.2.1', routes: 1 },
      { gateway: '192.0.2.254', routes: 1 },
    ]);
    expect((await hoptrie(['show', 'gateway', '--from', samples.json])).stdout).toMatch(
      /^gateway +routes\n192\.0\.2\.1 +1\n/,
    );
  });

  test('fib_trie and fib_triestat are the texts of /proc, of all tables or of one', async () => {
    const all = (await hoptrie(['show', 'fib_trie', '--from', samples.text])).stdout;
    const one = (await hoptrie(['show', 'fib_trie', '--from', samples.text, '--table', '100'])).stdout;
    expect(all).toContain(one);
    expect(one).toBe('Id 100:\n  |-- 10.7.0.0\n     /16 universe UNICAST\n');
    const stat = (await hoptrie(['show', 'fib_triestat', '--from', samples.text, '--table', '100'])).stdout;
    expect(stat).toMatch(/^Basic info: .*\nId 100:\n(\t.*\n)+Null ptrs: 0\n/);
    const figures = await hoptrieJson<object[]>(
      'show',
      'fib_triestat',
      '--from',
      samples.text,
      '--table',
      '100',
    );
    expect(figures).toMatchObject([{ table: 100, prefixes: 1, leaves: 1, tnodes: 0 }]);
  });

  test('a table without routes is not found', async () => {
    const { status, stdout, stderr } = await hoptrie([
      'show',
      'route',
      '--from',
      samples.json,
      '--table',
      '7',
    ]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('table 7 has no routes');
    expect(stderr).toContain('main');
  });
});

describe('demo', () => {
  const QUICK = ['demo', '--prefixes', '5000', '--time', '1'];

  test('says how the table was built, its trie, answers, rates and memory', () => {
    const { status, stdout, stderr } = spawnHoptrie([...QUICK, '--seed', '3']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('5,000 prefixes generated from seed 3');
    expect(stdout).toMatch(/github\.com\/gaissmai\/bart.*MIT/);
    expect(stdout).toMatch(/trie +depth \d\.\d\d on average/);
    expect(stdout).toMatch(/^ +8\.8\.8\.8 /m);
    for (const trace of ['uniform', 'inside prefixes', 'Zipf, 64k flows', 'sequential']) {
      expect(stdout).toMatch(new RegExp(`^  ${trace} +\\d+% +[\\d.]+ +[\\d.]+ +[\\d.]+$`, 'm'));
    }
    expect(stdout).toMatch(/memory +[\d.]+ [KM]iB of WebAssembly memory/);
    expect(stdout).not.toContain(ESCAPE);
  });

  test('gives the same routes for the same seed, whatever their order', async () => {
    type Demo = { tries: { leaves: number }[]; lookups: object[]; rates: { trace: string; found: number }[] };
    const a = await hoptrieJson<Demo>(...QUICK);
    const b = await hoptrieJson<Demo>(...QUICK, '--shuffle');
    expect(a.lookups).toHaveLength(6);
    expect(a.tries[0]!.leaves).toBe(b.tries[0]!.leaves);
    expect(a.rates.map(({ trace, found }) => [trace, found])).toEqual(
      b.rates.map(({ trace, found }) => [trace, found]),
    );
    expect(a.rates.find(({ trace }) => trace === 'inside')!.found).toBe(1);
  });

  test('looks up the addresses that it is given, in the table or in a file', async () => {
    const { stdout } = await hoptrie([...QUICK, samples.save, '10.9.9.9', '203.0.113.1']);
    expect(stdout).toMatch(/loaded +8 IPv4 routes in .*1 IPv6 route passed over/);
    expect(stdout).toMatch(/^  10\.9\.9\.9 +10\.0\.0\.0\/8 +via 192\.0\.2\.254 dev if2 +table main$/m);
    expect(stdout).toMatch(/^  203\.0\.113\.1 +blackhole/m);
    expect(stdout).not.toContain('8.8.8.8');
  });
});

test('bench measures changes and lookups, size by size', async () => {
  interface Run {
    readonly prefixes: number;
    readonly rows: { operation: string; ns: { median: number } }[];
    readonly bytesPerPrefix: number;
  }
  const args = ['bench', '--sizes', '300,3000', '--rounds', '1', '--time', '1'];
  const { runs } = await hoptrieJson<{ runs: Run[] }>(...args);
  expect(runs.map(({ prefixes }) => prefixes)).toEqual([300, 3000]);
  for (const { rows, bytesPerPrefix } of runs) {
    expect(rows).toHaveLength(4 + 3 * 4);
    expect(rows.every(({ ns }) => ns.median > 0)).toBe(true);
    expect(bytesPerPrefix).toBeGreaterThan(20);
  }
  expect(spawnHoptrie(args).stdout).toMatch(/^add, sorted, to an empty table +\d+ +\d+-\d+ +[\d,]+$/m);
});
