/**
 * table/aggregate.ts - the fewest prefixes with the same answers.
 *
 * Seen as a binary tree whose leaves are ranges of addresses with one value each, the value of a prefix may be any that
 * both halves could live with; where they agree on none, either half's. From below, each node learns which values those
 * are; from above, each takes what it inherits when that is among them, else one of its own. A range without a value
 * can be below nothing that has one. Source: Draves, King, Venkatachary and Zill, Constructing Optimal IP Routing
 * Tables, INFOCOM 1999; of what is left bare there, see `join`.
 */
import type { Key } from '../core/family.js';
import { newKey } from './key.js';
import type { FamilyRows } from './rows.js';
import { Rows } from './rows.js';
import type { Table } from './table.js';

/** A node: the ids it can have, 0 = no value, and what is below. */
interface Node {
  readonly depth: number;
  readonly ids: readonly number[];
  /** Bits between `depth` and that of the nodes below are those of the row `at`. */
  readonly at: number;
  readonly below: readonly Node[];
}

/** Fills an empty table with the fewest prefixes that answer as `from` does. */
export function aggregate<V, T extends Table<V>>(from: Table<V>, to: T): T {
  const all = new Rows();
  from.walkKeys((key, id) => {
    all.push(key, id);
  });
  const few = new Rows();
  for (const rows of [all.rows4, all.rows6]) {
    if (rows.count === 0) continue;
    new Aggregation(rows, (key, id) => {
      few.push(key, to.store.take(from.store.at(id)));
    }).run();
  }
  to.loadRows(few);
  return to;
}

/** One family's. */
class Aggregation {
  readonly #words: Uint32Array;
  readonly #rows: FamilyRows;
  readonly #emit: (key: Key, id: number) => void;

  constructor(rows: FamilyRows, emit: (key: Key, id: number) => void) {
    this.#rows = rows;
    this.#words = rows.words;
    this.#emit = emit;
  }

  run(): void {
    this.#choose(this.#node(0, this.#rows.count, 0, 0), { ...newKey(), is6: this.#rows.is6 }, 0);
  }

  #length(row: number): number {
    const { width } = this.#rows;
    return this.#words[(row + 1) * width - 2]!;
  }

  #id(row: number): number {
    return this.#words[(row + 1) * this.#rows.width - 1]!;
  }

  #bit(row: number, bit: number): number {
    return (this.#words[row * this.#rows.width + (bit >>> 5)]! >>> (31 - (bit & 31))) & 1;
  }

  /** The node at `depth` over the rows from..end-1, which inherits an id. It calls itself once for each bit at most. */
  #node(from: number, end: number, depth: number, inherited: number): Node {
    let id = inherited;
    if (from < end && this.#length(from) === depth) id = this.#id(from++);
    if (from === end) return { depth, ids: [id], at: from - 1, below: [] };
    const common = this.#common(from, end);
    if (common > depth + 1) {
      // One half of each level between has nothing but what is inherited, so that is what they all agree on.
      return { depth, ids: [id], at: from, below: [this.#node(from, end, common, id)] };
    }
    let middle = from;
    let above = end;
    while (middle < above) {
      const half = (middle + above) >>> 1;
      if (this.#bit(half, depth) === 0) middle = half + 1;
      else above = half;
    }
    const low = this.#node(from, middle, depth + 1, id);
    const high = this.#node(middle, end, depth + 1, id);
    return { depth, ids: join(low.ids, high.ids), at: from, below: [low, high] };
  }

  /** How many bits the rows from..end-1 have in common: the first of them is the shortest that all could be inside of. */
  #common(from: number, end: number): number {
    const length = this.#length(from);
    let bit = 0;
    while (bit < length && this.#bit(from, bit) === this.#bit(end - 1, bit)) bit++;
    return bit;
  }

  /** Gives a node and those below their ids: what it inherits, if it can have that. */
  #choose(node: Node, key: Key, inherited: number): void {
    let id = inherited;
    if (!node.ids.includes(id)) {
      id = node.ids[0]!;
      this.#emit({ ...key, length: node.depth }, id);
    }
    const [low, high] = node.below;
    if (low === undefined) return;
    if (high === undefined) {
      this.#choose(low, this.#keyOf(node.at, low.depth), id);
      return;
    }
    const own = this.#keyOf(node.at, node.depth);
    this.#choose(low, own, id);
    this.#choose(high, withBit(own, node.depth), id);
  }

  /** The first bits of a row. */
  #keyOf(row: number, bits: number): Key {
    const { width, is6 } = this.#rows;
    const words = this.#words;
    const at = row * width;
    const cut = (i: number): number => {
      if (!is6 && i > 0) return 0;
      const left = bits - 32 * i;
      const w = words[at + i]!;
      return left >= 32 ? w : left <= 0 ? 0 : (w & (-1 << (32 - left))) >>> 0;
    };
    return { is6, a: cut(0), b: cut(1), c: cut(2), d: cut(3), length: bits };
  }
}

/** What two halves could both have; if one of them has addresses without a value, nothing can be above. */
function join(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a[0] === 0 || b[0] === 0) return NOTHING;
  const both = a.filter((id) => b.includes(id));
  return both.length > 0 ? both : [...a, ...b];
}

const NOTHING = [0];

function withBit(key: Key, bit: number): Key {
  const name = (['a', 'b', 'c', 'd'] as const)[bit >>> 5]!;
  return { ...key, [name]: (key[name] | (1 << (31 - (bit & 31)))) >>> 0 };
}
