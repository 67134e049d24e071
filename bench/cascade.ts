/**
 * bench/cascade.ts - grows the prefixes up to /24 of an Internet-like table, level by level.
 *
 * Every node starts with a number of prefixes to place: the /8s with what measured /8s have. At each level, and
 * for each nesting depth, exactly as many nodes become prefixes as the measured table has there (scaled), and they
 * are chosen so that the prefixes below them are as many as below the measured ones (`tilt.ts`): lengths come out
 * exact and nesting nearly so. What is left in a node divides over its halves as measured nodes of its level and
 * size do: that makes the clusters, and with them the shape of a trie. Each level is one pass from left to right.
 */
import { BINS, BOTTOM, CLASSES, DEPTHS, TOP, sizeClass, splitLeast, splitMost } from './classes.js';
import { ownShares, splitWeights, type Figures } from './internet.js';
import type { Random } from './random.js';
import { chooseCounts, type Group } from './tilt.js';

/** The nodes of one level, from left to right. */
interface Level {
  readonly length: number;
  readonly address: Uint32Array;
  /** Prefixes to place at or below the node. */
  readonly count: Uint32Array;
  /** Prefixes that cover the node. */
  readonly depth: Uint8Array;
  /** 1: the node before is the other half of the same parent. */
  readonly second: Uint8Array;
}

/** Prefixes in the order they were made: by length, then by address. */
export interface Grown {
  readonly addresses: Uint32Array;
  readonly lengths: Uint8Array;
  readonly depths: Uint8Array;
}

/** The class of a node that must be a prefix, since its halves cannot hold everything. */
const OVERFULL = 0;

/** A table larger than the measured one takes more of the space: up to /16, splits are evener (drawn twice). */
const SPREAD = 16;
const EVENER = 4;

/** Shares of 0 and 1 come from few nodes: nothing is taken as impossible or certain. */
const LEAST = 0.0005;

/** Most prefixes that a node of each level may get: the measured maximum, scaled where the table is larger. */
function capacities(figures: Figures, density: number): Uint32Array {
  const most = new Uint32Array(BOTTOM + 2);
  for (let level = BOTTOM; level >= TOP; level--) {
    const measured = Math.ceil(figures.largest[level - TOP]! * Math.max(1, density));
    most[level] = Math.min(measured, 2 * most[level + 1]! + 1);
  }
  return most;
}

/** Grows `roots` (address and number of prefixes of each /8) into prefixes of length /8 to /24. */
export class Cascade {
  readonly #random: Random;
  readonly #figures: Figures;
  readonly #own: Float64Array;
  /** Split weights summed up from bin 0, and where the row of each (level, class) starts. */
  readonly #split: Uint16Array;
  readonly #splitRow: Int32Array;
  readonly #evener: number;
  readonly #most: Uint32Array;
  readonly #scale: number;
  /** Prefixes of each length still to be made. */
  readonly #wanted: Int32Array;

  constructor(figures: Figures, scale: number, density: number, wanted: Int32Array, random: Random) {
    this.#random = random;
    this.#figures = figures;
    this.#own = ownShares(figures);
    this.#split = splitWeights(figures);
    for (let i = 0; i < this.#split.length; i++) {
      if (i % BINS !== 0) this.#split[i]! += this.#split[i - 1]!;
    }
    this.#splitRow = new Int32Array((BOTTOM + 1) * CLASSES).map(
      (_, at) => nearest(at, at % CLASSES, (cell) => this.#split[cell * BINS + BINS - 1]! > 0) * BINS,
    );
    this.#evener = Math.min(1, Math.max(0, density - 1) * EVENER);
    this.#most = capacities(figures, density);
    this.#scale = scale;
    this.#wanted = wanted.slice();
  }

  /** Most prefixes that one /8 can hold. */
  get mostPerSlashEight(): number {
    return this.#most[TOP]!;
  }

  grow(addresses: Uint32Array, counts: Uint32Array): Grown {
    const total = counts.reduce((a, b) => a + b, 0);
    const grown = {
      addresses: new Uint32Array(total),
      lengths: new Uint8Array(total),
      depths: new Uint8Array(total),
    };
    const n = addresses.length;
    let level: Level = {
      length: n,
      address: addresses,
      count: counts,
      depth: new Uint8Array(n),
      second: new Uint8Array(n),
    };
    let made = 0;
    for (let bits = TOP; bits <= BOTTOM; bits++) {
      const own = this.#choose(level, bits);
      for (let i = 0; i < level.length; i++) {
        if (own[i] === 0) continue;
        grown.addresses[made] = level.address[i]!;
        grown.lengths[made] = bits;
        grown.depths[made++] = level.depth[i]!;
      }
      if (bits < BOTTOM) level = this.#divide(level, own, bits);
    }
    return grown;
  }

  /** Marks the nodes of a level that are prefixes. */
  #choose(level: Level, bits: number): Uint8Array {
    const own = new Uint8Array(level.length);
    if (bits === BOTTOM) return own.fill(1); // capacity 1: what is left is one /24 each
    const left = this.#census(level, bits);
    const chosen = this.#plan(left, bits);
    const likeness = this.#figures.likeness[bits - TOP]!;
    for (let i = 0; i < level.length; i++) {
      const at = this.#cell(level, i, bits);
      const take = chosen[at]!;
      const alike = level.second[i] === 1 && level.depth[i] === level.depth[i - 1];
      let is = this.#random.unit() * left.nodes[at]! < take ? 1 : 0;
      if (alike && this.#random.unit() < likeness && (own[i - 1] === 1 ? take > 0 : take < left.nodes[at]!)) {
        is = own[i - 1]!;
      }
      own[i] = is;
      left.nodes[at]!--;
      chosen[at]! -= is;
    }
    return own;
  }

  /** Index of a node's (depth, class) cell. */
  #cell(level: Level, i: number, bits: number): number {
    const count = level.count[i]!;
    const size = count > 2 * this.#most[bits + 1]! ? OVERFULL : sizeClass(count, bits);
    return Math.min(level.depth[i]!, DEPTHS - 1) * CLASSES + size;
  }

  /** Nodes and prefixes in each (depth, class) cell. */
  #census(level: Level, bits: number): { nodes: Float64Array; mass: Float64Array } {
    const nodes = new Float64Array(DEPTHS * CLASSES);
    const mass = new Float64Array(DEPTHS * CLASSES);
    for (let i = 0; i < level.length; i++) {
      const at = this.#cell(level, i, bits);
      nodes[at]!++;
      mass[at]! += level.count[i]!;
    }
    return { nodes, mass };
  }

  /** How many nodes of each (depth, class) cell become prefixes. */
  #plan(census: { nodes: Float64Array; mass: Float64Array }, bits: number): Int32Array {
    const quotas = this.#quotas(census.nodes, bits);
    const chosen = new Int32Array(DEPTHS * CLASSES);
    let inflow = 0;
    for (let depth = 0; depth < DEPTHS; depth++) {
      const group = this.#group(census, bits, depth);
      const total = group.mass.reduce((a, b) => a + b, 0);
      // What stays at this depth below the level is known; the rest leaves with the nodes that become prefixes.
      const stays = this.#figures.mass[bits + 1 - TOP]![depth]! * this.#scale;
      const leaves = depth === DEPTHS - 1 ? undefined : Math.max(quotas[depth]!, total + inflow - stays);
      const counts = chooseCounts(group, quotas[depth]!, leaves);
      chosen.set(counts, depth * CLASSES);
      inflow = -quotas[depth]!;
      for (let k = 0; k < CLASSES; k++) {
        if (group.nodes[k]! > 0) inflow += (counts[k]! * group.mass[k]!) / group.nodes[k]!;
      }
    }
    return chosen;
  }

  /** The cells of one depth with their measured shares. */
  #group(census: { nodes: Float64Array; mass: Float64Array }, bits: number, depth: number): Group {
    const from = depth * CLASSES;
    const nodes = census.nodes.subarray(from, from + CLASSES);
    const mass = census.mass.subarray(from, from + CLASSES);
    const own = new Float64Array(CLASSES);
    const size = new Uint8Array(CLASSES);
    for (let k = 0; k < CLASSES; k++) {
      if (nodes[k] === 0) continue;
      const share = this.#own[nearest(bits * CLASSES + k, k, (at) => this.#own[at]! >= 0)]!;
      own[k] = k === OVERFULL ? 1 : Math.min(1 - LEAST, Math.max(LEAST, share));
      size[k] = 31 - Math.clz32(mass[k]! / nodes[k]!);
    }
    return { nodes, mass, own, size };
  }

  /**
   * Prefixes of this length at each depth: the measured ones scaled, all together exactly as many as wanted. A
   * table too small to have nodes enough leaves the rest to the next length.
   */
  #quotas(nodes: Float64Array, bits: number): Int32Array {
    const measured = this.#figures.quota[bits - TOP]!;
    const share = this.#wanted[bits]! / (this.#figures.lengths[bits]! || 1);
    const quotas = new Int32Array(DEPTHS);
    let missing = this.#wanted[bits]!;
    for (let depth = 0; depth < DEPTHS; depth++) {
      const available = nodes.subarray(depth * CLASSES, (depth + 1) * CLASSES).reduce((a, b) => a + b, 0);
      const least = nodes[depth * CLASSES + OVERFULL]!;
      quotas[depth] = Math.max(least, Math.min(available, Math.round(measured[depth]! * share)));
      missing -= quotas[depth]!;
    }
    for (let depth = 0; depth < DEPTHS && missing !== 0; depth++) {
      const available = nodes.subarray(depth * CLASSES, (depth + 1) * CLASSES).reduce((a, b) => a + b, 0);
      const least = nodes[depth * CLASSES + OVERFULL]!;
      const quota = Math.max(least, Math.min(available, quotas[depth]! + missing));
      missing -= quota - quotas[depth]!;
      quotas[depth] = quota;
    }
    this.#wanted[bits + 1]! += missing;
    return quotas;
  }

  /** The next level: what is left in each node goes to its halves. */
  #divide(level: Level, own: Uint8Array, bits: number): Level {
    const room = 2 * level.length;
    const next = {
      address: new Uint32Array(room),
      count: new Uint32Array(room),
      depth: new Uint8Array(room),
      second: new Uint8Array(room),
    };
    let n = 0;
    for (let i = 0; i < level.length; i++) {
      const rest = level.count[i]! - own[i]!;
      if (rest === 0) continue;
      const left = this.#leftPart(rest, bits);
      const depth = level.depth[i]! + own[i]!;
      if (left > 0) {
        next.address[n] = level.address[i]!;
        next.count[n] = left;
        next.depth[n++] = depth;
      }
      if (left < rest) {
        next.address[n] = level.address[i]! | (1 << (31 - bits));
        next.count[n] = rest - left;
        next.depth[n] = depth;
        next.second[n++] = left > 0 ? 1 : 0;
      }
    }
    return { length: n, ...next };
  }

  /** How many of `count` prefixes go to the left half. */
  #leftPart(count: number, bits: number): number {
    if (count === 1) return this.#random.u32() & 1;
    let smaller = this.#smallerPart(count, bits);
    if (bits < SPREAD && this.#random.unit() < this.#evener) {
      smaller = Math.max(smaller, this.#smallerPart(count, bits));
    }
    smaller = Math.max(smaller, count - this.#most[bits + 1]!);
    return this.#random.u32() & 1 ? count - smaller : smaller;
  }

  /** Draws the size of the smaller half as the measured nodes of this level and size divide. */
  #smallerPart(count: number, bits: number): number {
    const base = this.#splitRow[bits * CLASSES + sizeClass(count, bits)]!;
    const draw = this.#random.below(this.#split[base + BINS - 1]!);
    let bin = 0;
    while (draw >= this.#split[base + bin]!) bin++;
    let least = splitLeast(bin, count);
    let most = splitMost(bin, count);
    if (bin === 1 && most > 1) {
      // The most uneven splits spread over octaves: 1, 2-3, 4-7, ...
      least = 1 << this.#random.below(32 - Math.clz32(most));
      most = Math.min(most, 2 * least - 1);
    }
    return Math.min(count - 1, least + this.#random.below(most - least + 1));
  }
}

/** The cell itself when it was measured, else the nearest class of its level that was; `k` is the cell's class. */
function nearest(at: number, k: number, measured: (at: number) => boolean): number {
  for (let step = 0; step < CLASSES; step++) {
    if (step < k && measured(at - step)) return at - step;
    if (step + k < CLASSES && measured(at + step)) return at + step;
  }
  return at;
}
