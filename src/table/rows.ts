/**
 * table/rows.ts - rows on their way into a table: both families, key, length and id in words, in order or not.
 */
import type { Key } from '../core/family.js';

/** Words of the first room. */
const FIRST = 96;

/** The rows of one family. */
export class FamilyRows {
  readonly is6: boolean;
  /** Words of a row. */
  readonly width: number;
  /** True while each row stands behind the one before it or repeats its prefix. */
  isSorted = true;
  #words: Uint32Array = new Uint32Array(FIRST);
  #end = 0;

  constructor(is6: boolean) {
    this.is6 = is6;
    this.width = is6 ? 6 : 3;
  }

  get count(): number {
    return this.#end / this.width;
  }

  /** All rows, back to back. */
  get words(): Uint32Array {
    return this.#words.subarray(0, this.#end);
  }

  /** The ids of the rows from number `from` on. */
  *ids(from = 0): Generator<number, void, undefined> {
    for (let i = (from + 1) * this.width - 1; i < this.#end; i += this.width) yield this.#words[i]!;
  }

  push(key: Key, id: number): void {
    const at = this.#end;
    if (at + this.width > this.#words.length) this.#grow();
    const words = this.#words;
    words[at] = key.a;
    let next = at + 1;
    if (this.is6) {
      words[next++] = key.b;
      words[next++] = key.c;
      words[next++] = key.d;
    }
    words[next] = key.length;
    words[next + 1] = id;
    if (at > 0 && this.isSorted) this.isSorted = this.#follows(at);
    this.#end = at + this.width;
  }

  /** True if a key stands strictly behind the last row. */
  isBehind(key: Key): boolean {
    if (this.#end === 0) return true;
    const words = this.#words;
    const at = this.#end - this.width;
    const own = this.is6 ? [key.a, key.b, key.c, key.d, key.length] : [key.a, key.length];
    const i = own.findIndex((w, j) => w !== words[at + j]);
    return i >= 0 && own[i]! > words[at + i]!;
  }

  /** Is the row at words[at] not in front of the one before it? */
  #follows(at: number): boolean {
    const words = this.#words;
    for (let i = at, before = at - this.width; i < at + this.width - 1; i++, before++) {
      if (words[i]! !== words[before]!) return words[i]! > words[before]!;
    }
    return true;
  }

  #grow(): void {
    const words = new Uint32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
  }
}

/** The rows of a table. */
export class Rows {
  readonly rows4 = new FamilyRows(false);
  readonly rows6 = new FamilyRows(true);

  push(key: Key, id: number): void {
    (key.is6 ? this.rows6 : this.rows4).push(key, id);
  }
}
