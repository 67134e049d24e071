/**
 * test/bench/native.test.ts - the native peers answer as a scan of the table does, and a run beside them is whole.
 * Where a machine has no compiler, or no DPDK, the run says so and goes on without them.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Introduction } from '../../bench/forward.js';
import { WAY_TITLES } from '../../bench/lookups.js';
import { findCompiler, startNative } from '../../bench/native.js';
import { Process } from '../../bench/process.js';
import type { Run } from '../../bench/report.js';
import { maskOf } from '../../bench/subject.js';
import { generateTable, type Table } from '../../bench/table.js';
import { TRACES } from '../../bench/trace.js';
import { readTable, readTrace, writeWorkload } from '../../bench/workload.js';
import { Oracle } from '../model/oracle.js';

const MAIN = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url));
const compiler = await findCompiler();

/** A generated table, and what such tables lack: a default route, whole nests of host routes. */
function trickyTable(): Table {
  const { addresses, lengths, nexthops } = generateTable({ prefixes: 300, seed: 7 });
  const nest = [0, 1, 8, 24, 25, 26, 30, 31, 32];
  return {
    addresses: Uint32Array.from([...addresses, ...nest.map((length) => (0xc0000000 & maskOf(length)) >>> 0)]),
    lengths: Uint8Array.from([...lengths, ...nest]),
    nexthops: Uint16Array.from([...nexthops, ...nest.map((length) => 1000 + length)]),
  };
}

/** Next hops by a scan. */
function scan({ addresses, lengths, nexthops }: Table, dsts: Uint32Array): number[] {
  const oracle = new Oracle();
  addresses.forEach((address, i) =>
    oracle.do('add', {
      address,
      length: lengths[i]!,
      table: 254,
      tos: 0,
      metric: 0,
      type: 'unicast',
      via: String(nexthops[i]),
    }),
  );
  return Array.from(dsts, (dst) => {
    const found = oracle.lookup(dst);
    return 'route' in found ? Number(found.route.via) : 0;
  });
}

test.runIf(compiler !== undefined)('the C reference answers as a scan does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hoptrie-bench-'));
  try {
    const table = trickyTable();
    writeWorkload(folder, table, 512);
    expect(readTable(folder)).toEqual(table);
    const peer = await startNative('C DIR-24-8', folder);
    const { ways, bytes } = await peer.ask<Introduction>({ do: 'prepare', folder });
    expect(ways).toEqual(['loop']);
    expect(bytes).toBeGreaterThan(1 << 25);
    for (const trace of TRACES) {
      const order = { do: 'answers', way: 0, trace, rows: 512 };
      const { nexthops } = await peer.ask<{ nexthops: number[] }>(order);
      expect(nexthops, trace).toEqual(scan(table, readTrace(folder, trace)));
    }
    const { ns } = await peer.ask<{ ns: number }>({ do: 'round', way: 0, trace: 'zipf', ms: 1 });
    expect(ns).toBeGreaterThan(0);
    peer.end();
    await expect(peer.ask({ do: 'prepare', folder })).rejects.toThrow('its process ended (SIGTERM)');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a program that is not there or says that it fails is an error', async () => {
  const line = () => 'order';
  await expect(Process.spawn('none', join(tmpdir(), 'no such program'), [], line).ask({})).rejects.toThrow(
    'ENOENT',
  );
  const failing = Process.spawn('sh', 'sh', ['-c', 'read order; echo \'{"error":"no room"}\''], line);
  await expect(failing.ask({})).rejects.toThrow('no room');
  failing.end();
});

test('a quick run beside natives has every way of everyone, and says who is not here', async () => {
  const args = [MAIN, 'native', '--quick', '--json'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe('');
  const { results, absent } = (JSON.parse(stdout) as Run).native!;
  for (const shape of ['compact', 'direct', 'off'] as const) {
    expect(results.flatMap(({ peer, way }) => (peer === shape ? way : []))).toEqual(
      Object.values(WAY_TITLES),
    );
  }
  for (const { ns } of results) for (const trace of TRACES) expect(ns[trace]).toHaveLength(2);
  const here = new Set(results.map(({ peer }) => peer));
  expect(here.has('C DIR-24-8')).toBe(compiler !== undefined);
  expect(here.size + absent.length).toBe(6);
});
