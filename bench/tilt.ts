/**
 * bench/tilt.ts - chooses how many nodes of each size class become prefixes.
 *
 * Measured odds say which classes are likely; two totals are given: the number of prefixes, and the number of
 * prefixes at or below them (which decides how deep later ones are nested). Exponential tilting keeps the odds'
 * shape and meets both: odds of class k become odds[k] * a * g^size[k], with a and g found by bisection.
 * Only + - * / and sqrt, which IEEE 754 fixes to the last bit: the result is the same everywhere.
 */

/** One group of nodes: per class how many there are, how many prefixes they hold, their odds and log2 size. */
export interface Group {
  readonly nodes: Float64Array;
  readonly mass: Float64Array;
  /** Probability of being a prefix, 0..1. */
  readonly own: Float64Array;
  readonly size: Uint8Array;
}

const STEPS = 34;
const MAX_SIZE = 20;

/** g^0, g^1, ... of the call in progress. */
const POWER = new Float64Array(MAX_SIZE).fill(1);

/** Expected prefixes and mass when the odds are tilted by `a` and `g`; fills `chance` per class. */
function expect(group: Group, a: number, g: number, chance: Float64Array): [count: number, mass: number] {
  for (let i = 1; i < MAX_SIZE; i++) POWER[i] = POWER[i - 1]! * g;
  let count = 0;
  let mass = 0;
  for (let k = 0; k < chance.length; k++) {
    if (group.nodes[k] === 0) continue;
    const p = group.own[k]!;
    const odds = p >= 1 ? Infinity : (p / (1 - p)) * a * POWER[group.size[k]!]!;
    chance[k] = odds === Infinity ? 1 : odds / (1 + odds);
    count += chance[k]! * group.nodes[k]!;
    mass += chance[k]! * group.mass[k]!;
  }
  return [count, mass];
}

/** Bisects a positive number in ratio until `low(x)` changes from true to false. */
function bisect(least: number, most: number, low: (x: number) => boolean): number {
  for (let i = 0; i < STEPS; i++) {
    const x = Math.sqrt(least * most);
    if (low(x)) least = x;
    else most = x;
  }
  return Math.sqrt(least * most);
}

/**
 * How many nodes of each class become prefixes: exactly `count` in all, `mass` prefixes at or below them as nearly
 * as the group allows (undefined: whatever the odds give).
 */
export function chooseCounts(group: Group, count: number, mass: number | undefined): Int32Array {
  const chance = new Float64Array(group.nodes.length);
  const level = (g: number): number => bisect(1e-18, 1e18, (a) => expect(group, a, g, chance)[0] < count);
  const g =
    mass === undefined
      ? 1
      : bisect(1 / 32, 32, (x) => {
          const a = level(x);
          return expect(group, a, x, chance)[1] < mass;
        });
  expect(group, level(g), g, chance);
  const counts = new Int32Array(chance.length);
  let sum = 0;
  let given = 0;
  for (let k = 0; k < chance.length; k++) {
    sum += chance[k]! * group.nodes[k]!;
    counts[k] = Math.max(0, Math.min(group.nodes[k]!, Math.round(sum) - given));
    given += counts[k]!;
  }
  for (let k = chance.length - 1; k >= 0 && given !== count; k--) {
    const fixed = group.own[k]! >= 1 ? group.nodes[k]! : 0; // these are prefixes whatever happens
    const move = Math.max(fixed - counts[k]!, Math.min(group.nodes[k]! - counts[k]!, count - given));
    counts[k]! += move;
    given += move;
  }
  return counts;
}
