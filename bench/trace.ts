/**
 * bench/trace.ts - four streams of destinations over a table, seeded.
 *
 *   uniform     any address: about a fifth has no route, neighbours in time are strangers; the worst case for caches
 *   inside      a prefix of the table at random, an address in it at random: every one has a route
 *   zipf        65,536 flows, each an address as `inside` draws it; flow k comes with weight 1/k, as in real traffic
 *   sequential  addresses STRIDE apart, ascending through the space that the table covers, from a random place on
 */
import { Random } from './random.js';
import { walkNesting, type Prefixes } from './shape.js';

/** The traces by name, in the order of the tables that show them. */
export const TRACES = ['uniform', 'inside', 'zipf', 'sequential'] as const;
export type TraceName = (typeof TRACES)[number];

/** What the traces are called in tables. */
export const TRACE_TITLES: Record<TraceName, string> = {
  uniform: 'uniform',
  inside: 'inside prefixes',
  zipf: 'Zipf, 64k flows',
  sequential: 'sequential',
};

/** Flows of the Zipf trace. */
export const FLOWS = 65_536;
/** Step of the sequential trace: sixteen addresses in each /24. */
export const STRIDE = 16;

/** A random address inside a random prefix. */
function inside({ addresses, lengths }: Prefixes, random: Random): number {
  const i = random.below(addresses.length);
  const host = lengths[i] === 0 ? random.u32() : random.u32() & (2 ** (32 - lengths[i]!) - 1);
  return (addresses[i]! | host) >>> 0;
}

function zipf(table: Prefixes, trace: Uint32Array, random: Random): void {
  const flows = new Uint32Array(FLOWS).map(() => inside(table, random));
  const weight = new Float64Array(FLOWS); // of the flows up to and with k
  for (let k = 0, sum = 0; k < FLOWS; k++) weight[k] = sum += 1 / (k + 1);
  const total = weight[FLOWS - 1]!;
  for (let i = 0; i < trace.length; i++) {
    const at = random.unit() * total;
    let low = 0;
    for (let high = FLOWS - 1; low < high;) {
      const middle = (low + high) >>> 1;
      if (weight[middle]! > at) high = middle;
      else low = middle + 1;
    }
    trace[i] = flows[low]!;
  }
}

function sequential(table: Prefixes, trace: Uint32Array, random: Random): void {
  const outer: number[] = []; // the prefixes that no other covers: the covered space, in order
  const sorted = isSorted(table.addresses) ? table : sortedCopy(table);
  walkNesting(sorted, (i, depth) => {
    if (depth === 0) outer.push(i);
  });
  let range = random.below(outer.length);
  let address = sorted.addresses[outer[range]!]!;
  let left = 2 ** (32 - sorted.lengths[outer[range]!]!);
  for (let i = 0; i < trace.length; i++) {
    trace[i] = address;
    address = (address + STRIDE) >>> 0;
    left -= STRIDE;
    if (left > 0) continue;
    range = (range + 1) % outer.length;
    address = sorted.addresses[outer[range]!]!;
    left = 2 ** (32 - sorted.lengths[outer[range]!]!);
  }
}

function isSorted(addresses: Uint32Array): boolean {
  return addresses.every((address, i) => i === 0 || addresses[i - 1]! <= address);
}

function sortedCopy({ addresses, lengths }: Prefixes): Prefixes {
  const order = [...addresses.keys()].sort(
    (a, b) => addresses[a]! - addresses[b]! || lengths[a]! - lengths[b]!,
  );
  return {
    addresses: Uint32Array.from(order, (i) => addresses[i]!),
    lengths: Uint8Array.from(order, (i) => lengths[i]!),
  };
}

/**
 * A trace of `rows` destinations over a table (in any order). The same arguments give the same trace everywhere.
 * @throws {RangeError} an empty table
 */
export function makeTrace(name: TraceName, table: Prefixes, rows: number, seed = 1): Uint32Array {
  if (table.addresses.length === 0) throw new RangeError('a trace needs a table with prefixes');
  const trace = new Uint32Array(rows);
  const random = new Random(seed, TRACES.indexOf(name) + 1);
  if (name === 'zipf') zipf(table, trace, random);
  else if (name === 'sequential') sequential(table, trace, random);
  else for (let i = 0; i < rows; i++) trace[i] = name === 'uniform' ? random.u32() : inside(table, random);
  return trace;
}

/** Addresses as dotted quads. */
export function quads(addresses: Uint32Array): string[] {
  return Array.from(addresses, (a) => `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`);
}
