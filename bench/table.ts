/**
 * bench/table.ts - an Internet-sized IPv4 table from a seed: prefix lengths, nesting and clusters follow a real one.
 *
 *   figures (internet.ts) --> /8s --> cascade.ts: /8../24 --> nesting made exact --> the few longer ones --> sorted
 *
 * The same options give the same table everywhere. Lengths are the measured counts, scaled; a smaller table is a
 * part of the Internet (fewer /8s, as full as real ones), a larger one a fuller Internet.
 */
import { Cascade, type Grown } from './cascade.js';
import { BOTTOM } from './classes.js';
import { INTERNET, type Figures } from './internet.js';
import { Random, fmix32 } from './random.js';
import { sortPrefixes, type Prefixes } from './shape.js';

/** Routes as columns: row i says that addresses[i]/lengths[i] goes to next hop nexthops[i], 1 .. N. */
export interface Table extends Prefixes {
  readonly nexthops: Uint16Array;
}

/** What to generate. */
export interface TableOptions {
  /** 1 .. MAX_PREFIXES; 1,000,000 by default. */
  readonly prefixes?: number;
  /** Any u32; 1 by default. */
  readonly seed?: number;
  /** Number of next hops: 16, 256 (default) and 4096 are the usual ones; at most 65535. */
  readonly nexthops?: number;
}

export const DEFAULT_PREFIXES = 1_000_000;
export const DEFAULT_SEED = 1;
export const DEFAULT_NEXTHOPS = 256;
/** Above 1,050,000 there is no room for as many clusters as measured and nesting gets deeper; here it ends. */
export const MAX_PREFIXES = 1_200_000;

/** Next hop of a prefix: spread by a hash, the worst case for whatever merges neighbours of equal next hop. */
export function nexthopOf(address: number, length: number, nexthops: number): number {
  return 1 + (fmix32(address + Math.imul(length, 0x9e3779b9)) % nexthops);
}

/** `counts` scaled to the sum `n`, rounded so that the sum is exact. */
export function scaleCounts(counts: readonly number[], n: number): Int32Array {
  const total = counts.reduce((a, b) => a + b, 0);
  const exact = counts.map((count) => (count * n) / total);
  const scaled = Int32Array.from(exact, Math.floor);
  const missing = n - scaled.reduce((a, b) => a + b, 0);
  const order = [...counts.keys()].sort((a, b) => (exact[b]! % 1) - (exact[a]! % 1) || a - b);
  for (const i of order.slice(0, missing)) scaled[i]!++;
  return scaled;
}

/** First octets in the order in which tables take them: global unicast, then 240..254, which is reserved. */
const USABLE = Uint32Array.from({ length: 254 }, (_, i) => i + 1).filter(
  (octet) => (octet < 224 || octet >= 240) && octet !== 10 && octet !== 127,
);
const UNICAST = USABLE.indexOf(240);

/** The /8s: which ones, and how many prefixes each gets. */
function slashEights(figures: Figures, n: number, number: number, most: number, random: Random) {
  const usable = random.shuffle(USABLE.slice(0, Math.max(number, UNICAST)));
  const quantiles = figures.perSlashEight;
  const weights = Array.from({ length: number }, (_, i) => {
    const at = ((i + 0.5) / number) * (quantiles.length - 1);
    const below = Math.floor(at);
    return quantiles[below]! + (quantiles[below + 1]! - quantiles[below]!) * (at - below);
  });
  const counts = scaleCounts(weights, n);
  for (let i = number - 1, over = 0; i >= 0 || over > 0; i = i > 0 ? i - 1 : number - 1) {
    const count = Math.min(most, counts[i]! + over); // the fullest hand on what they cannot hold
    over += counts[i]! - count;
    counts[i] = count;
    if (i === 0 && over === 0) break;
  }
  const filled = counts.filter((count) => count > 0);
  return {
    addresses: usable.slice(0, filled.length).map((octet) => octet << 24),
    counts: Uint32Array.from(filled),
  };
}

/** One bit for every /24. */
class Blocks {
  readonly #bits = new Uint32Array(1 << 19);
  has(address: number): boolean {
    return ((this.#bits[address >>> 13]! >>> ((address >>> 8) & 31)) & 1) === 1;
  }
  flip(address: number): void {
    this.#bits[address >>> 13]! ^= 1 << ((address >>> 8) & 31);
  }
}

/**
 * Brings the nesting histogram home: where a depth has too many prefixes, some of its /24s move to a free place near
 * a /24 of a depth that has too few: the other half of its /23, or, when those are taken, of its /22. Lengths stay.
 */
function settleDepths(grown: Grown, figures: Figures, random: Random): void {
  const { addresses, lengths, depths } = grown;
  const over = new Int32Array(256); // by depth: prefixes too many
  over.set(scaleCounts(figures.depths, addresses.length).map((wanted) => -wanted));
  for (const depth of depths) over[depth]!++;
  const bottom = lengths.indexOf(BOTTOM);
  if (bottom < 0) return;
  const blocks = new Blocks();
  for (let i = bottom; i < addresses.length; i++) blocks.flip(addresses[i]!);
  const halves = new Set<number>(); // the /23s: below one, depth is another
  for (let i = bottom - 1; i >= 0 && lengths[i] === BOTTOM - 1; i--) halves.add(addresses[i]!);
  const half = (address: number): boolean => halves.has((address & ~0x1ff) >>> 0);
  const order = new Uint32Array(addresses.length - bottom).map((_, i) => bottom + i);
  random.shuffle(order);
  let from = 0;
  for (const distance of [0x100, 0x200]) {
    for (const beside of order) {
      const depth = depths[beside]!;
      const free = (addresses[beside]! ^ distance) >>> 0;
      if (over[depth]! >= 0 || blocks.has(free)) continue;
      if (distance > 0x100 && (half(free) || half(addresses[beside]!))) continue;
      while (from < order.length && over[depths[order[from]!]!]! <= 0) from++;
      if (from === order.length) return;
      const moved = order[from++]!;
      over[depths[moved]!]!--;
      over[depth]!++;
      blocks.flip(addresses[moved]!);
      blocks.flip(free);
      addresses[moved] = free;
      depths[moved] = depth;
    }
  }
}

/** Puts the prefixes longer than /24 into a few of the /24s. */
function placeLong(table: Prefixes, at: number, wanted: Int32Array, blocks: number, random: Random): void {
  const { addresses, lengths } = table;
  const taken = new Set<number>();
  const bottom = lengths.indexOf(BOTTOM);
  const first = bottom < 0 ? 0 : bottom;
  const homes = Array.from(
    { length: Math.max(1, blocks) },
    () => addresses[first + random.below(Math.max(1, at - first))]!,
  );
  for (let length = BOTTOM + 1; length <= 32; length++) {
    for (let left = wanted[length]!; left > 0;) {
      const home = homes[random.below(homes.length)]!;
      const address = (home + random.below(256 >>> (32 - length)) * 2 ** (32 - length)) >>> 0;
      const key = address * 64 + length;
      if (taken.has(key)) continue;
      taken.add(key);
      addresses[at] = address;
      lengths[at++] = length;
      left--;
    }
  }
}

/**
 * A table of distinct prefixes without host bits, sorted by address, then by length.
 * @throws {RangeError} a number of prefixes or next hops out of range
 */
export function generateTable(options: TableOptions = {}): Table {
  const { prefixes: n = DEFAULT_PREFIXES, seed = DEFAULT_SEED, nexthops: hops = DEFAULT_NEXTHOPS } = options;
  if (!Number.isInteger(n) || n < 1 || n > MAX_PREFIXES) {
    throw new RangeError(`prefixes: expected a whole number from 1 to ${MAX_PREFIXES}, got ${n}`);
  }
  if (!Number.isInteger(hops) || hops < 1 || hops > 0xffff) {
    throw new RangeError(`nexthops: expected a whole number from 1 to 65535, got ${hops}`);
  }
  const random = new Random(seed, n);
  const wanted = scaleCounts(INTERNET.lengths, n);
  const long = wanted.slice(BOTTOM + 1).reduce((a, b) => a + b, 0);
  const short = n - long;
  const scale = n / INTERNET.prefixes;
  const slashes = Math.min(USABLE.length, Math.max(1, Math.round(INTERNET.slashEights * scale)));
  const cascade = new Cascade(INTERNET, scale, (scale * INTERNET.slashEights) / slashes, wanted, random);
  const roots = slashEights(INTERNET, short, slashes, cascade.mostPerSlashEight, random);
  const grown = cascade.grow(roots.addresses, roots.counts);
  settleDepths(grown, INTERNET, random);
  const addresses = new Uint32Array(n);
  const lengths = new Uint8Array(n);
  addresses.set(grown.addresses);
  lengths.set(grown.lengths);
  placeLong({ addresses, lengths }, short, wanted, Math.round(INTERNET.longBlocks * scale), random);
  sortPrefixes(addresses, lengths);
  const nexthops = new Uint16Array(n);
  for (let i = 0; i < n; i++) nexthops[i] = nexthopOf(addresses[i]!, lengths[i]!, hops);
  return { addresses, lengths, nexthops };
}

/** The same routes in a random order. */
export function shuffleTable(table: Table, seed = DEFAULT_SEED): Table {
  const order = new Uint32Array(table.addresses.length).map((_, i) => i);
  new Random(seed, 0x5affe).shuffle(order);
  const pick = <T extends Uint32Array | Uint8Array | Uint16Array>(column: T): T => {
    const out = column.slice() as T;
    order.forEach((from, to) => (out[to] = column[from]!));
    return out;
  };
  return { addresses: pick(table.addresses), lengths: pick(table.lengths), nexthops: pick(table.nexthops) };
}
