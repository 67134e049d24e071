/**
 * rules/trie.test.ts - the shape of the trie (FIB-31..60, 79, 137, 138): worked shapes, generated sets with their
 * checksums, and the recorded shapes of the real kernel where they are at hand.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Netns } from '../../src/index.js';
import { lab } from '../lab.js';

/** Section of a table in fib_trie, alias lines shortened to their length as FIB-137 has them. */
function tree(ns: Netns): string {
  return ns
    .proc('net/fib_trie')
    .replace(/^Main:\n/, '')
    .replaceAll(/(\/\d+) universe \w+$/gm, '$1');
}

const PATH = { via: '192.0.2.1', oif: 2, onlink: true };

function grown(...prefixes: string[]): Netns {
  const ns = lab(2);
  for (const prefix of prefixes) ns.route.add(prefix, PATH);
  ns.check();
  return ns;
}

const lines = (block: string) => block.replaceAll(/^ {6}/gm, '').replace(/^\n/, '').replace(/ *$/, '');

describe('worked shapes', () => {
  const steps = ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '10.1.2.0/24'];

  test('FIB-137 a lone leaf stands at depth 0', () => {
    using ns = grown(...steps.slice(0, 1));
    expect(tree(ns)).toBe('  |-- 10.0.0.0\n     /8\n');
  });

  test('FIB-40 the root inflates at 30 percent', () => {
    using ns = grown(...steps.slice(0, 2));
    expect(tree(ns)).toBe(
      lines(`
        +-- 10.0.0.0/15 2 0 2
           |-- 10.0.0.0
              /8
           |-- 10.1.0.0
              /16
      `),
    );
  });

  test('FIB-45 a full child is absorbed when its parent inflates', () => {
    using ns = grown(...steps);
    expect(tree(ns)).toBe(
      lines(`
        +-- 10.0.0.0/15 2 0 2
           |-- 10.0.0.0
              /8
           +-- 10.1.0.0/22 2 0 1
              |-- 10.1.0.0
                 /16
              |-- 10.1.1.0
                 /24
              |-- 10.1.2.0
                 /24
      `),
    );
  });

  test('FIB-42 nodes with one child collapse, down to what is left', () => {
    using ns = grown(...steps, '192.168.0.0/16', '0.0.0.0/0', '10.1.3.0/24', '10.1.1.128/25');
    expect(tree(ns)).toBe(
      lines(`
        +-- 0.0.0.0/0 2 0 2
           +-- 0.0.0.0/4 2 0 2
              |-- 0.0.0.0
                 /0
              +-- 10.0.0.0/15 2 0 2
                 |-- 10.0.0.0
                    /8
                 +-- 10.1.0.0/22 3 0 3
                    |-- 10.1.0.0
                       /16
                    |-- 10.1.1.0
                       /24
                    |-- 10.1.1.128
                       /25
                    |-- 10.1.2.0
                       /24
                    |-- 10.1.3.0
                       /24
           |-- 192.168.0.0
              /16
      `),
    );
    for (const prefix of ['10.1.3.0/24', '10.0.0.0/8', '192.168.0.0/16', '0.0.0.0/0']) ns.route.del(prefix);
    ns.check();
    expect(tree(ns)).toBe(
      lines(`
        +-- 10.1.0.0/22 3 0 4
           |-- 10.1.0.0
              /16
           |-- 10.1.1.0
              /24
           |-- 10.1.1.128
              /25
           |-- 10.1.2.0
              /24
      `),
    );
  });

  test('FIB-51 2000 hosts at stride 7 hang from one tnode of 12 bits', () => {
    using ns = lab(2);
    for (let i = 0; i < 2000; i++) ns.route.add({ address: 0x1e000000 + 7 * i, length: 32 }, { oif: 2 });
    expect(ns.shape()).toMatchObject({ leaves: 2000, tnodes: 1, maxDepth: 1, nullPointers: 2096 });
    expect(ns.shape()!.tnodesByBits[12]).toBe(1);
    expect(ns.proc('net/fib_triestat')).toContain('Total size: 236  kB\n');
  });
});

/** The generated sets of FIB-138: name, seed, draws, and what each state looks like. */
const SETS = [
  { name: 'A', seed: 1, draws: 1000, routes: 990, key: (a: number, y: number) => [a, 8 + (y % 25)] },
  {
    name: 'B',
    seed: 2,
    draws: 1000,
    routes: 991,
    key: (a: number) => [0x0a000000 | ((a >>> 8) & 0xffffff), 24],
  },
  {
    name: 'C',
    seed: 3,
    draws: 3000,
    routes: 2995,
    key: (a: number) => [0x0a000000 | ((a >>> 12) & 0xfffff), 32],
  },
] as const;
const STATES = {
  A: ['979 990 2:179 3:2 11:1 1620 4 1.39 24c3ef4b', '492 495 2:46 3:2 11:1 1708 3 1.20 81ff55c8'],
  B: ['991 991 2:184 3:2 11:1 1623 3 1.40 2d476bd8', '495 495 2:55 3:2 11:1 1732 3 1.24 79c9c1d7'],
  C: [
    '2995 2995 1:4 2:454 3:2 13:1 6577 4 1.32 6f99c603',
    '1497 1497 1:1 2:126 3:2 13:1 7088 2 1.17 5e913e4a',
  ],
} as const;

/** One row of the table of FIB-138. */
function row(ns: Netns): string {
  const s = ns.shape()!;
  const bits = s.tnodesByBits.flatMap((n, i) => (n === 0 ? [] : `${i}:${n}`)).join(' ');
  const depth = Math.floor((s.totalDepth * 100) / s.leaves) / 100;
  const crc = crc32(tree(ns)).toString(16).padStart(8, '0');
  return `${s.leaves} ${s.prefixes} ${bits} ${s.nullPointers} ${s.maxDepth} ${depth.toFixed(2)} ${crc}`;
}

// A rule of the shape that was wrong would change the text that the checksum is of; slens are held by T5 and A2.
for (const { name, seed, draws, routes, key } of SETS) {
  test(`FIB-31..38, FIB-40..43, FIB-45..48, FIB-52..60, FIB-79, FIB-138 generated set ${name} has the kernel's shape, full and halved`, () => {
    using ns = lab(2);
    const added: { address: number; length: number }[] = [];
    const seen = new Set<string>();
    let x: number = seed;
    const draw = () => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0);
    for (let i = 0; i < draws; i++) {
      const a = draw();
      const [full, length] = key(a, draw() >>> 16) as [number, number];
      const address = (full & (-1 << (32 - length))) >>> 0;
      if (seen.has(`${address}/${length}`)) continue;
      seen.add(`${address}/${length}`);
      added.push({ address, length });
      ns.route.add({ address, length }, PATH);
    }
    expect(added.length).toBe(routes);
    expect(row(ns)).toBe(STATES[name][0]);
    ns.check();
    added.forEach((prefix, i) => {
      if (i % 2 === 0) ns.route.del(prefix);
    });
    expect(row(ns)).toBe(STATES[name][1]);
    ns.check();
  });
}

const recorded = fileURLToPath(new URL('../../../shared/fixtures/trie/', import.meta.url));

interface Step {
  readonly op?: 'add' | 'del';
  readonly p: string;
  readonly rc: number;
  readonly fib_trie: string;
}

describe.runIf(existsSync(recorded))('recorded shapes', () => {
  for (const file of existsSync(recorded) ? readdirSync(recorded) : []) {
    test(`FIB-79 ${file.replace('.jsonl.gz', '')} equals the kernel's trie after every snapshot`, () => {
      const [head, ...steps] = gunzipSync(readFileSync(recorded + file))
        .toString()
        .trim()
        .split('\n');
      const { table } = JSON.parse(head!) as { table: number };
      using ns = Netns.create();
      if (table === 254) ns.link.set('lo', { up: true });
      for (const line of steps) {
        const step = JSON.parse(line) as Step;
        if (step.op === undefined) {
          const title = table === 254 ? 'Main:\n' : `Id ${table}:\n`;
          const at = ns
            .proc('net/fib_trie')
            .split(/^(?=\S)/m)
            .find((section) => section.startsWith(title));
          expect(at ?? title).toBe(title + step.fib_trie);
        } else {
          ns.route[step.op](step.p, { type: 'blackhole', table });
        }
      }
      ns.check();
    });
  }
});
