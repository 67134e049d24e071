/**
 * table/prefix-table.ts - `PrefixTable`: prefixes with any JavaScript values.
 */
import { aggregate } from './aggregate.js';
import { asking, type BatchOptions } from './asking.js';
import { lookupColumn, type Column } from './batch.js';
import { ANY_VALUES, encodeTable, readTable, type LoadOptions, type SaveOptions } from './snapshot.js';
import type { TableOptions } from './table.js';
import { ValueTable, type Entry } from './value-table.js';
import { AnyValues } from './values.js';
import { importCsv, importText, type CsvOptions, type ImportOptions, type Source } from './import.js';

/** Prefixes of both families with values. */
export class PrefixTable<V> extends ValueTable<V> {
  /** An empty one. @throws {FibError} EINVAL a bad option */
  constructor(options: TableOptions = {}) {
    super(new AnyValues<V>(), options);
  }

  /** One of entries, sorted or not; of equal prefixes the last one counts. @throws {FibError} EINVAL; ENOBUFS */
  static fromEntries<V>(entries: Iterable<Entry<V>>, options?: TableOptions): PrefixTable<V> {
    return new PrefixTable<V>(options).setAll(entries);
  }

  /**
   * One from the bytes of `save`.
   * @throws {WireError} bytes that are none, truncated or damaged
   * @throws {FibError} EINVAL a bad option; ENOBUFS
   */
  static load<V>(bytes: Uint8Array, options: LoadOptions<V> & TableOptions = {}): PrefixTable<V> {
    const { decode = (value: unknown) => value as V } = options;
    return readTable(new PrefixTable<V>(options), bytes, ANY_VALUES, decode);
  }

  protected fresh(): this {
    return new PrefixTable<V>(this.options) as this;
  }

  /**
   * Ids of many addresses, `miss` (default 0) where nothing covers one: `value` tells the value of an id. How many rows.
   * @throws {FibError} EINVAL no column of addresses, or `out` is too short; ENOBUFS
   */
  lookupBatch(addresses: Column, out: Uint32Array, options: BatchOptions = {}): number {
    return lookupColumn(this, addresses, out, asking(options));
  }

  /** The fewest prefixes that give every address the value it has here. @throws {FibError} ENOBUFS */
  aggregate(): PrefixTable<V> {
    return aggregate(this, this.fresh());
  }

  /**
   * Everything as bytes. Values are kept as JSON, or as what `encode` makes of them, which must be JSON.
   * @throws {FibError} EINVAL a value that JSON would change
   */
  save(options: SaveOptions<V> = {}): Uint8Array {
    return encodeTable(this, ANY_VALUES, options.encode ?? ((value) => value));
  }

  /**
   * Sets what lines of text say: a prefix and, behind blanks, a tab or a comma, its value; `#` begins a comment. How many.
   * @param parse what the text of a value means; `''` where there is none
   * @throws {FibError} EINVAL with the line; nothing is set then
   */
  importText(source: Source, parse: (text: string) => V, options?: ImportOptions): Promise<number> {
    return importText(this, source, parse, options);
  }

  /** Sets what the rows of a CSV file say. How many. @throws {FibError} EINVAL with the line; nothing is set then */
  importCsv(source: Source, parse: (text: string) => V, options?: CsvOptions): Promise<number> {
    return importCsv(this, source, parse, options);
  }
}
