/**
 * table/number-table.ts - `NumberTable`: prefixes with numbers of 0..2^32-1, and no JavaScript object for any of them.
 */
import { aggregate } from './aggregate.js';
import { asking, type BatchOptions } from './asking.js';
import { lookupColumn, type Column } from './batch.js';
import { importCsv, importText, type CsvOptions, type ImportOptions, type Source } from './import.js';
import { NUMBERS, encodeTable, readTable } from './snapshot.js';
import type { TableOptions } from './table.js';
import { ValueTable, type Entry } from './value-table.js';
import { NumberValues } from './values.js';

/** Prefixes of both families with numbers. */
export class NumberTable extends ValueTable<number> {
  readonly #numbers: NumberValues;

  /** An empty one. @throws {FibError} EINVAL a bad option */
  constructor(options: TableOptions = {}) {
    const numbers = new NumberValues();
    super(numbers, options);
    this.#numbers = numbers;
  }

  /** One of entries, sorted or not; of equal prefixes the last one counts. @throws {FibError} EINVAL; ENOBUFS */
  static fromEntries(entries: Iterable<Entry<number>>, options?: TableOptions): NumberTable {
    return new NumberTable(options).setAll(entries);
  }

  /**
   * One from the bytes of `save`.
   * @throws {WireError} bytes that are none, truncated or damaged
   * @throws {FibError} EINVAL a bad option; ENOBUFS
   */
  static load(bytes: Uint8Array, options?: TableOptions): NumberTable {
    return readTable(new NumberTable(options), bytes, NUMBERS, (value) => value as number);
  }

  protected fresh(): this {
    return new NumberTable(this.options) as this;
  }

  /**
   * Values of many addresses, `miss` (default 0) where nothing covers one. How many rows.
   * @throws {FibError} EINVAL no column of addresses, or `out` is too short; ENOBUFS
   */
  lookupBatch(addresses: Column, out: Uint32Array, options: BatchOptions = {}): number {
    const how = asking(options);
    const values = this.#numbers.byId;
    values[0] = how.miss; // an id that nobody has
    return lookupColumn(this, addresses, out, { ...how, values });
  }

  /** The fewest prefixes that give every address the number it has here. @throws {FibError} ENOBUFS */
  aggregate(): NumberTable {
    return aggregate(this, this.fresh());
  }

  /** Everything as bytes. */
  save(): Uint8Array {
    return encodeTable(this, NUMBERS, (value) => value);
  }

  /**
   * Sets what lines of text say: a prefix and, behind blanks, a tab or a comma, its number; `#` begins a comment. How many.
   * @throws {FibError} EINVAL with the line; nothing is set then
   */
  importText(source: Source, options?: ImportOptions): Promise<number> {
    return importText(this, source, Number, options);
  }

  /** Sets what the rows of a CSV file say. How many. @throws {FibError} EINVAL with the line; nothing is set then */
  importCsv(source: Source, options?: CsvOptions): Promise<number> {
    return importCsv(this, source, Number, options);
  }
}
