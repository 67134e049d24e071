/**
 * bench/classes.ts - the words in which a table's clustering is measured and generated again.
 *
 * The binary trie of a table has a node for every bit string that some prefix starts with. A node of level L
 * (L bits) that counts c prefixes at or below it has a *size class*; what its prefixes do next depends on level and
 * class: is the node itself a prefix, and how do the others divide over its two halves (the *split bin*)?
 * The bottom level is /24: the few longer prefixes are placed afterwards.
 */

/** Shortest and longest prefix length that the node by node generation covers. */
export const TOP = 8;
export const BOTTOM = 24;

/** Nesting depths told apart while generating: 0, 1, 2 and "3 or more" covering prefixes. */
export const DEPTHS = 4;

/** Classes by size: 1, 2, 3, half octaves to 31, octaves above; 0 is unused. */
const FULL = 21;

/** Number of size classes. */
export const CLASSES = 23;

/**
 * Class of a node with `count` prefixes. Two sizes stand out, because real networks announce whole blocks:
 * as many prefixes as the node has /24s (class 21), and one more, the covering prefix itself (class 22).
 */
export function sizeClass(count: number, level: number): number {
  const full = 1 << (BOTTOM - level);
  if (level < BOTTOM - 1 && (count === full || count === full + 1)) return FULL + count - full;
  if (count < 4) return count;
  const octave = 31 - Math.clz32(count);
  return count < 32 ? 2 * octave + ((count >>> (octave - 1)) & 1) : octave + 5;
}

/** Upper ends of the bins of the smaller half's share. */
const EDGES = [1 / 32, 1 / 8, 1 / 4, 3 / 8, 0.45, 1 / 2] as const;

/** Number of split bins: all on one side, the six of EDGES, an even split. */
export const BINS = EDGES.length + 2;

/** Bin of a split of `count` prefixes whose smaller half has `smaller`. */
export function splitBin(smaller: number, count: number): number {
  if (smaller === 0) return 0;
  if (smaller >= count >>> 1) return BINS - 1;
  let bin = 1;
  while (smaller > EDGES[bin - 1]! * count) bin++;
  return bin;
}

/** Least size of the smaller half in `bin`. */
export function splitLeast(bin: number, count: number): number {
  if (bin === 0) return 0;
  if (bin === BINS - 1) return count >>> 1;
  return bin === 1 ? 1 : Math.min(splitMost(bin, count), Math.floor(EDGES[bin - 2]! * count) + 1);
}

/** Greatest size of the smaller half in `bin`: never below the least, since sizes are whole numbers. */
export function splitMost(bin: number, count: number): number {
  if (bin === 0) return 0;
  const even = count >>> 1;
  return bin === BINS - 1 ? even : Math.max(1, Math.min(Math.floor(EDGES[bin - 1]! * count), even - 1));
}
