/**
 * bench/shape.ts - measures a table of prefixes: lengths, nesting, clustering. Generated and real tables are
 * compared by these figures; `fit.ts` makes the generator's figures with the same walk.
 */
import { BOTTOM, TOP } from './classes.js';

/** Prefixes as two columns, sorted by address, then by length. */
export interface Prefixes {
  readonly addresses: Uint32Array;
  readonly lengths: Uint8Array;
}

/** What a table looks like. Arrays by length have 33 entries. */
export interface Shape {
  readonly prefixes: number;
  /** Prefixes of each length. */
  readonly lengths: number[];
  /** Prefixes by the number of other prefixes that cover them. */
  readonly depths: number[];
  /** Share of the prefixes that some other prefix covers. */
  readonly covered: number;
  /** Share of the address space that prefixes cover. */
  readonly space: number;
  /** By length: share of the prefixes whose other half of the next shorter prefix is in the table too. */
  readonly siblings: number[];
  /** Distinct leading bit strings of each length: how the trie's nodes spread. */
  readonly strings: number[];
  /** Prefixes in a /16 that has any: at the 10, 25, 50, 75, 90, 99 and 100 % quantile. */
  readonly per16: number[];
}

/** One stable counting pass: `order` comes out sorted by the 11 bits of `keys` above `shift`. */
function countingPass(keys: Uint32Array | Uint8Array, shift: number, order: Uint32Array): Uint32Array {
  const at = new Uint32Array(2049);
  for (const i of order) at[((keys[i]! >>> shift) & 2047) + 1]!++;
  for (let k = 1; k < at.length; k++) at[k]! += at[k - 1]!;
  const sorted = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) sorted[at[(keys[order[i]!]! >>> shift) & 2047]!++] = order[i]!;
  return sorted;
}

/** Sorts prefixes by address, then by length, in place; linear. */
export function sortPrefixes(addresses: Uint32Array, lengths: Uint8Array): void {
  let order: Uint32Array = new Uint32Array(addresses.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order = countingPass(lengths, 0, order);
  for (let shift = 0; shift < 32; shift += 11) order = countingPass(addresses, shift, order);
  const oldAddresses = addresses.slice();
  const oldLengths = lengths.slice();
  for (let i = 0; i < order.length; i++) {
    addresses[i] = oldAddresses[order[i]!]!;
    lengths[i] = oldLengths[order[i]!]!;
  }
}

/** Calls `visit(index, depth)` for each prefix; depth counts the prefixes that cover it. */
export function walkNesting(table: Prefixes, visit: (i: number, depth: number) => void): void {
  const { addresses, lengths } = table;
  const open: number[] = [];
  for (let i = 0; i < addresses.length; i++) {
    while (open.length > 0) {
      const j = open[open.length - 1]!;
      if (addresses[i]! - addresses[j]! < 2 ** (32 - lengths[j]!)) break;
      open.pop();
    }
    visit(i, open.length);
    open.push(i);
  }
}

/** Distinct leading bit strings of each length 0..32 among sorted addresses. */
function countStrings(addresses: Uint32Array): number[] {
  const strings = new Array<number>(33).fill(addresses.length > 0 ? 1 : 0);
  for (let i = 1; i < addresses.length; i++) {
    const common = Math.clz32(addresses[i]! ^ addresses[i - 1]!);
    for (let n = common + 1; n <= 32; n++) strings[n]!++;
  }
  return strings;
}

/** Values of sorted `data` at the given quantiles. */
function quantiles(data: number[], at: number[]): number[] {
  return at.map((q) => data[Math.min(data.length - 1, Math.floor(q * data.length))] ?? 0);
}

/** Measures a sorted table. */
export function measureShape(table: Prefixes): Shape {
  const { addresses, lengths } = table;
  const n = addresses.length;
  const byLength = new Array<number>(33).fill(0);
  const depths: number[] = [];
  const siblings = new Array<number>(33).fill(0);
  const per16 = new Map<number, number>();
  const present = new Set<number>();
  let space = 0;
  for (let i = 0; i < n; i++) present.add(addresses[i]! * 64 + lengths[i]!);
  walkNesting(table, (i, depth) => {
    const length = lengths[i]!;
    const address = addresses[i]!;
    byLength[length]!++;
    depths[depth] = (depths[depth] ?? 0) + 1;
    if (depth === 0) space += 2 ** (32 - length);
    const other = length === 0 ? 0 : (address ^ (1 << (32 - length))) >>> 0;
    if (length > 0 && present.has(other * 64 + length)) siblings[length]!++;
    per16.set(address >>> 16, (per16.get(address >>> 16) ?? 0) + 1);
  });
  const sizes = [...per16.values()].sort((a, b) => a - b);
  return {
    prefixes: n,
    lengths: byLength,
    depths,
    covered: n === 0 ? 0 : 1 - depths[0]! / n,
    space: space / 2 ** 32,
    siblings: siblings.map((count, length) => (byLength[length] ? count / byLength[length] : 0)),
    strings: countStrings(addresses),
    per16: quantiles(sizes, [0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1]),
  };
}

/** One node of the binary trie as `walkNodes` shows it. */
export interface NodeView {
  readonly level: number;
  /** Prefixes at or below the node. */
  readonly count: number;
  /** Whether the node is itself a prefix. */
  readonly own: boolean;
  /** Prefixes that cover the node. */
  readonly depth: number;
  /** Prefixes in the left and in the right half. */
  readonly left: number;
  readonly right: number;
  /** The node's left neighbour has the same parent. */
  readonly secondChild: boolean;
}

/** Visits the binary trie of the prefixes of length TOP..BOTTOM level by level, each level from left to right. */
export function walkNodes(table: Prefixes, visit: (node: NodeView) => void): void {
  const { addresses, lengths } = table;
  type Span = [lo: number, hi: number, depth: number, second: boolean];
  let spans: Span[] = [];
  for (let i = 0; i < addresses.length;) {
    const start = i;
    while (i < addresses.length && addresses[i]! >>> 24 === addresses[start]! >>> 24) i++;
    spans.push([start, i, 0, false]);
  }
  for (let level = TOP; level <= BOTTOM; level++) {
    const next: Span[] = [];
    for (const [lo, hi, depth, secondChild] of spans) {
      const own = lengths[lo] === level;
      const rest = own ? lo + 1 : lo;
      let middle = rest;
      while (middle < hi && ((addresses[middle]! >>> (31 - level)) & 1) === 0) middle++;
      visit({ level, count: hi - lo, own, depth, left: middle - rest, right: hi - middle, secondChild });
      const inside = own ? depth + 1 : depth;
      if (middle > rest) next.push([rest, middle, inside, false]);
      if (hi > middle) next.push([middle, hi, inside, middle > rest]);
    }
    spans = next;
  }
}
