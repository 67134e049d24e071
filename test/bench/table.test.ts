/**
 * test/bench/table.test.ts - the generated table: the same everywhere, and in the likeness of the Internet's.
 */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BINS, CLASSES } from '../../bench/classes.js';
import { fitFigures } from '../../bench/fit.js';
import { INTERNET, ownShares, splitWeights } from '../../bench/internet.js';
import { measureShape, type Prefixes } from '../../bench/shape.js';
import {
  MAX_PREFIXES,
  generateTable,
  nexthopOf,
  scaleCounts,
  shuffleTable,
  type Table,
} from '../../bench/table.js';
import { lab } from '../lab.js';

/** Figures of the real table that the generator is not given, measured once (see bench/internet.ts). */
const REAL = {
  covered: 0.507,
  space: 0.713,
  siblings: { 16: 0.64, 20: 0.65, 22: 0.61, 23: 0.55, 24: 0.77 },
  strings: { 12: 3115, 16: 35192, 18: 90361, 20: 217012, 22: 459133, 24: 839650, 32: 840390 },
  per16: [1, 1, 6, 32, 80, 191, 341],
  trie: { leaves: 0.9318, tnodes: 0.1648, pointers: 2.0967, averageDepth: 2.2237 },
};

function hash({ addresses, lengths, nexthops }: Table): string {
  const sum = createHash('sha256');
  for (const column of [addresses, lengths, nexthops]) sum.update(new Uint8Array(column.buffer));
  return sum.digest('hex').slice(0, 16);
}

/** Relative difference. */
const off = (made: number, real: number): number => Math.abs(made - real) / real;

/** A table of the measured one's size, and its shape. */
const sameSize = generateTable({ prefixes: INTERNET.prefixes });
const shape = measureShape(sameSize);

test('the same options give the same table, other options another one', () => {
  expect(hash(generateTable({ prefixes: 20_000 }))).toBe('b49b780ab473bf1f');
  expect(hash(generateTable({ prefixes: 20_000, seed: 2 }))).toBe('5563e741fba45761');
  expect(hash(shuffleTable(generateTable({ prefixes: 20_000 })))).toBe('b6029b32257cf758');
  expect(hash(generateTable())).toBe('aa95bb91f2da746a');
});

test('prefixes are distinct, in order and without host bits', () => {
  for (const n of [1, 2, 10, 333, 5_000, 50_000]) {
    const { addresses, lengths, nexthops } = generateTable({ prefixes: n, seed: n });
    expect([addresses.length, lengths.length, nexthops.length]).toEqual([n, n, n]);
    let wrong = 0;
    for (let i = 0; i < n; i++) {
      const hostBits = lengths[i] === 32 ? 0 : addresses[i]! & (0xffffffff >>> lengths[i]!);
      const before = i === 0 ? -1 : addresses[i - 1]! * 64 + lengths[i - 1]!;
      if (hostBits !== 0 || addresses[i]! * 64 + lengths[i]! <= before) wrong++;
    }
    expect(wrong).toBe(0);
  }
});

test('lengths are the measured counts, scaled', () => {
  for (const n of [1_000, 100_000]) {
    expect(measureShape(generateTable({ prefixes: n })).lengths).toEqual([
      ...scaleCounts(INTERNET.lengths, n),
    ]);
  }
  expect(shape.lengths).toEqual(INTERNET.lengths);
});

test('prefixes nest as deep as the real ones, within 1 % of each depth up to 5', () => {
  const { depths, covered, space } = shape;
  for (let depth = 0; depth <= 5; depth++)
    expect(off(depths[depth]!, INTERNET.depths[depth]!)).toBeLessThan(0.01);
  expect(off(covered, REAL.covered)).toBeLessThan(0.01);
  expect(off(space, REAL.space)).toBeLessThan(0.01);
});

test('prefixes cluster as the real ones', () => {
  for (const [length, share] of Object.entries(REAL.siblings)) {
    expect(Math.abs(shape.siblings[Number(length)]! - share), `siblings of /${length}`).toBeLessThan(0.13);
  }
  for (const [length, n] of Object.entries(REAL.strings)) {
    expect(off(shape.strings[Number(length)]!, n), `strings of ${length} bits`).toBeLessThan(0.05);
  }
  shape.per16.forEach((n, i) =>
    expect(Math.abs(n - REAL.per16[i]!), `per /16, ${i}`).toBeLessThan(2 + REAL.per16[i]! / 10),
  );
});

/** Figures of a trie, for each prefix. */
function trieOf({ addresses, lengths }: Prefixes): typeof REAL.trie {
  using ns = lab(2);
  const prefix = { address: 0, length: 0 };
  for (let i = 0; i < addresses.length; i++) {
    prefix.address = addresses[i]!;
    prefix.length = lengths[i]!;
    ns.route.add(prefix, { oif: 2 });
  }
  const { leaves, tnodes, pointers, totalDepth } = ns.shape('main')!;
  const n = addresses.length;
  return {
    leaves: leaves / n,
    tnodes: tnodes / n,
    pointers: pointers / n,
    averageDepth: totalDepth / leaves,
  };
}

test("the trie has the real one's shape, within 3 %", () => {
  const trie = trieOf(sameSize);
  for (const key of ['leaves', 'tnodes', 'pointers', 'averageDepth'] as const) {
    expect(off(trie[key], REAL.trie[key]), key).toBeLessThan(0.03);
  }
});

test('next hops follow the rule, each of them is used', () => {
  for (const n of [16, 256, 4096]) {
    const { addresses, lengths, nexthops } = generateTable({ prefixes: 60_000, nexthops: n });
    expect(nexthops.every((hop, i) => hop === nexthopOf(addresses[i]!, lengths[i]!, n))).toBe(true);
    expect(new Set(nexthops).size).toBe(n);
    expect(Math.min(...nexthops)).toBe(1);
  }
});

test('a shuffled table has the same routes in another order', () => {
  const table = generateTable({ prefixes: 3_000 });
  const rows = ({ addresses, lengths, nexthops }: Table): string[] =>
    Array.from(addresses, (address, i) => `${address}/${lengths[i]} ${nexthops[i]}`);
  const shuffled = rows(shuffleTable(table));
  expect(shuffled).not.toEqual(rows(table));
  expect(shuffled.sort()).toEqual(rows(table).sort());
});

test('the figures can be measured again, from a generated table too', () => {
  const text = fitFigures(generateTable({ prefixes: 50_000 }));
  const figure = (name: string): unknown => JSON.parse(new RegExp(`  ${name}: (.*),\n`).exec(text)![1]!);
  const block = (name: string): string => text.split(`  ${name}: \``)[1]!.split('`', 1)[0]!;
  expect(figure('prefixes')).toBe(50_000);
  expect(figure('lengths')).toEqual([...scaleCounts(INTERNET.lengths, 50_000)]);
  const [quota, lengths] = [figure('quota') as number[][], figure('lengths') as number[]];
  expect(quota[16]!.reduce((a, b) => a + b)).toBe(lengths[24]);
  const shares = ownShares({ ...INTERNET, own: block('own') });
  expect(shares[24 * CLASSES + 1]).toBe(1); // what is left at /24 is a prefix
  const weights = splitWeights({ ...INTERNET, split: block('split') });
  expect(weights[(20 * CLASSES + 1) * BINS]).toBe(1000); // one prefix is on one side
});

test('what cannot be generated is refused', () => {
  for (const prefixes of [0, -1, 1.5, NaN, MAX_PREFIXES + 1])
    expect(() => generateTable({ prefixes })).toThrow(RangeError);
  for (const nexthops of [0, 65_536, NaN])
    expect(() => generateTable({ prefixes: 10, nexthops })).toThrow(RangeError);
});
