/**
 * bench/fit.ts - measures a routing table and prints the figures that `internet.ts` carries.
 * usage: node dist/bench/main.js fit PREFIXES[.gz]     (one prefix per line; IPv6 lines are passed over)
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BINS, BOTTOM, CLASSES, DEPTHS, TOP, sizeClass, splitBin } from './classes.js';
import { measureShape, sortPrefixes, walkNesting, walkNodes, type Prefixes } from './shape.js';

const LEVELS = BOTTOM + 1;

/** Reads a list of prefixes; sorted. */
export function readPrefixes(file: string): Prefixes {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1');
  const lines = text.split('\n').filter((line) => line !== '' && !line.includes(':'));
  const addresses = new Uint32Array(lines.length);
  const lengths = new Uint8Array(lines.length);
  lines.forEach((line, i) => {
    const [a, b, c, d, length] = line.split(/[./]/).map(Number) as [number, number, number, number, number];
    addresses[i] = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    lengths[i] = length;
  });
  sortPrefixes(addresses, lengths);
  return { addresses, lengths };
}

/** The prefixes of a length up to `longest`. */
function upTo(table: Prefixes, longest: number): Prefixes {
  const keep = [...table.lengths.keys()].filter((i) => table.lengths[i]! <= longest);
  return {
    addresses: Uint32Array.from(keep, (i) => table.addresses[i]!),
    lengths: Uint8Array.from(keep, (i) => table.lengths[i]!),
  };
}

const rows = (width: number): number[][] =>
  Array.from({ length: LEVELS }, () => new Array<number>(width).fill(0));

/** Everything counted in one walk over the nodes. */
function countNodes(table: Prefixes) {
  const nodes = rows(CLASSES);
  const own = rows(CLASSES);
  const splits = Array.from({ length: LEVELS }, () =>
    Array.from({ length: CLASSES }, () => new Array<number>(BINS).fill(0)),
  );
  const quota = rows(DEPTHS);
  const mass = rows(DEPTHS);
  const pairs = rows(4);
  const largest = new Array<number>(LEVELS).fill(0);
  const roots: number[] = [];
  let before = { own: false, depth: 0 };
  walkNodes(table, (node) => {
    const { level, count } = node;
    const depth = Math.min(node.depth, DEPTHS - 1);
    const size = sizeClass(count, level);
    if (level === TOP) roots.push(count);
    nodes[level]![size]!++;
    mass[level]![depth]! += count;
    largest[level] = Math.max(largest[level]!, count);
    if (node.own) {
      own[level]![size]!++;
      quota[level]![depth]!++;
    }
    if (node.secondChild && before.depth === node.depth)
      pairs[level]![Number(before.own) * 2 + Number(node.own)]!++;
    before = { own: node.own, depth: node.depth };
    const rest = node.left + node.right;
    if (rest === 0) return;
    const bins = splits[level]![sizeClass(rest, level)]!;
    const bin = splitBin(Math.min(node.left, node.right), rest);
    bins[bin]!++;
  });
  return { nodes, own, splits, quota, mass, pairs, largest, roots };
}

/** How strongly a right half follows its left half in being a prefix: the correlation of the two, 0 or more. */
function siblingLikeness([none, right, left, both]: number[]): number {
  const n = none! + right! + left! + both!;
  const p = (left! + both!) / n;
  const q = (right! + both!) / n;
  const spread = Math.sqrt(p * (1 - p) * q * (1 - q));
  return n === 0 || spread === 0 ? 0 : Math.max(0, (both! / n - p * q) / spread);
}

const base36 = (value: number, width: number): string => Math.round(value).toString(36).padStart(width, '0');

/** The constants of internet.ts as source text. */
export function fitFigures(table: Prefixes): string {
  const short = upTo(table, BOTTOM);
  const shape = measureShape(table);
  const counted = countNodes(short);
  const depths: number[] = [];
  walkNesting(short, (_, depth) => (depths[depth] = (depths[depth] ?? 0) + 1));
  const roots = counted.roots.sort((a, b) => a - b);
  const quantile = (q: number): number => roots[Math.round(q * (roots.length - 1))]!;
  const longBlocks = new Set(
    [...table.lengths.keys()].filter((i) => table.lengths[i]! > BOTTOM).map((i) => table.addresses[i]! >>> 8),
  );
  const levels = [...Array(LEVELS).keys()].slice(TOP);
  const ownRows = levels.map((level) =>
    counted.nodes[level]!.slice(1)
      .map((n, k) => (n === 0 ? '---' : base36((counted.own[level]![k + 1]! / n) * 46655, 3)))
      .join(' '),
  );
  const splitRows = levels.slice(0, -1).map((level) =>
    counted.splits[level]!.slice(1)
      .map((bins) => {
        const sum = bins.reduce((a, b) => a + b, 0);
        return sum === 0 ? '-' : bins.map((n) => base36((n / sum) * 1000, 2)).join('');
      })
      .join(' ')
      .replace(/((?:\S+ ){5}\S+) /g, '$1\n    '),
  );
  const list = (name: string, values: unknown): string => `  ${name}: ${JSON.stringify(values)},\n`;
  return (
    list('prefixes', shape.prefixes) +
    list('lengths', shape.lengths) +
    list('depths', depths) +
    list('slashEights', roots.length) +
    list(
      'perSlashEight',
      [...Array(21).keys()].map((i) => quantile(i / 20)),
    ) +
    list('longBlocks', longBlocks.size) +
    list('quota', counted.quota.slice(TOP)) +
    list('mass', counted.mass.slice(TOP)) +
    list('largest', counted.largest.slice(TOP)) +
    list(
      'likeness',
      counted.pairs.slice(TOP).map((pair) => Number(siblingLikeness(pair).toFixed(2))),
    ) +
    `  own: \`\n    ${ownRows.join('\n    ')}\`,\n` +
    `  split: \`\n    ${splitRows.join(' |\n    ')}\`,\n`
  );
}
