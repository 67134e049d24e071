/**
 * test/bench/trace.test.ts - the four traces: the same everywhere, and each of the kind that it says.
 */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateTable, shuffleTable } from '../../bench/table.js';
import { FLOWS, STRIDE, TRACES, makeTrace, quads } from '../../bench/trace.js';

const table = generateTable({ prefixes: 20_000 });
const ROWS = 200_000;

const hash = (trace: Uint32Array): string =>
  createHash('sha256').update(new Uint8Array(trace.buffer)).digest('hex').slice(0, 16);

/** Whether some prefix of the table covers the address. */
function covers(address: number): boolean {
  return lengthsInUse.some((length) => starts.has(((address & (-1 << (32 - length))) >>> 0) * 64 + length));
}
const lengthsInUse = [...new Set(table.lengths)];
const starts = new Set(Array.from(table.addresses, (address, i) => address * 64 + table.lengths[i]!));

test('the same arguments give the same trace', () => {
  const hashes = Object.fromEntries(TRACES.map((name) => [name, hash(makeTrace(name, table, 1000))]));
  expect(hashes).toEqual({
    uniform: '4ed19dc48bceed1b',
    inside: 'ad9713095b1a655b',
    zipf: '4bfcdb1e7b35f697',
    sequential: '92c5da377882c4c0',
  });
  expect(hash(makeTrace('uniform', table, 1000, 2))).not.toBe(hashes['uniform']);
});

test('uniform addresses are spread evenly', () => {
  const slots = new Array<number>(16).fill(0);
  for (const address of makeTrace('uniform', table, ROWS)) slots[address >>> 28]!++;
  for (const n of slots) expect(Math.abs(n - ROWS / 16)).toBeLessThan(ROWS / 160);
});

test('addresses of the other traces lie inside prefixes', () => {
  for (const name of ['inside', 'zipf', 'sequential'] as const) {
    expect(makeTrace(name, table, 20_000).every(covers), name).toBe(true);
  }
});

test('the k-th flow of the Zipf trace comes with weight 1/k', () => {
  const uses = new Map<number, number>();
  for (const address of makeTrace('zipf', table, ROWS)) uses.set(address, (uses.get(address) ?? 0) + 1);
  expect(uses.size).toBeLessThanOrEqual(FLOWS);
  const ranked = [...uses.values()].sort((a, b) => b - a);
  const harmonic = Math.log(FLOWS) + 0.5772;
  for (const k of [1, 2, 4, 8]) {
    const expected = ROWS / (k * harmonic);
    expect(Math.abs(ranked[k - 1]! - expected) / expected, `flow ${k}`).toBeLessThan(0.1);
  }
});

test('the sequential trace ascends by its stride, over gaps too, whatever the order of the table', () => {
  const trace = makeTrace('sequential', table, ROWS);
  const steps = trace.slice(1).filter((address, i) => address - trace[i]! === STRIDE).length;
  expect(steps / ROWS).toBeGreaterThan(0.9);
  expect(trace.slice(1).filter((address, i) => address < trace[i]!).length).toBeLessThanOrEqual(1); // once around
  expect(hash(makeTrace('sequential', shuffleTable(table), ROWS))).toBe(hash(trace));
});

test('a trace over nothing is refused, text is a dotted quad', () => {
  const empty = { addresses: new Uint32Array(0), lengths: new Uint8Array(0) };
  expect(() => makeTrace('inside', empty, 1)).toThrow(RangeError);
  expect(quads(Uint32Array.of(0, 0xc0000201, 0xffffffff))).toEqual([
    '0.0.0.0',
    '192.0.2.1',
    '255.255.255.255',
  ]);
});
