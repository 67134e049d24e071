/**
 * table/walk.ts - prefixes in order, one at a time, whatever happens to the table meanwhile.
 *
 * Rows are read some hundreds at a time. When the table has changed since, they are read anew from behind the last prefix
 * that was given: so each step gives the first prefix behind it that is in the table at that moment.
 */
import type { Family, Key } from '../core/family.js';
import { newKey, readRow } from './key.js';

/** Where a walk begins and ends. */
export interface Bounds {
  /** The first key; at it only lengths above `after`, -1 = all. */
  readonly from: Key;
  readonly after: number;
  /** The last key. */
  readonly last: Key;
  /** The shortest length. */
  readonly minLength: number;
}

const FIRST: Key = newKey();
const LAST: Key = {
  is6: true,
  a: 0xffffffff,
  b: 0xffffffff,
  c: 0xffffffff,
  d: 0xffffffff,
  length: 128,
};
/** The whole of a family. */
export const ALL: Bounds = { from: FIRST, after: -1, last: LAST, minLength: 0 };

/** A walk over the prefixes of a family. */
export class Walk {
  /** The prefix given last. */
  readonly key: Key = newKey();
  readonly #family: Family;
  readonly #bounds: Bounds;
  readonly #from: Key;
  #after: number;
  #rows: Uint32Array = new Uint32Array(0);
  #at = 0;
  #version = -1;
  #isBegun = false;

  constructor(family: Family, bounds: Bounds) {
    this.#family = family;
    this.#bounds = bounds;
    this.#from = { ...bounds.from };
    this.#after = bounds.after;
  }

  /** Goes to the next prefix: its id, 0 = there is none. */
  next(): number {
    const family = this.#family;
    if (this.#at === this.#rows.length || this.#version !== family.version) this.#read();
    const rows = this.#rows;
    if (rows.length === 0) return 0;
    readRow(family, rows, this.#at, this.key);
    this.#isBegun = true;
    this.#at += family.rowWords;
    return rows[this.#at - 1]!;
  }

  #read(): void {
    const { last, minLength } = this.#bounds;
    if (this.#isBegun) {
      Object.assign(this.#from, this.key);
      this.#after = this.key.length;
    }
    this.#version = this.#family.version;
    this.#rows = this.#family.scan(this.#from, this.#after, last, minLength);
    this.#at = 0;
  }
}
