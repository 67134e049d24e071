/**
 * table/prefix-set.ts - `PrefixSet`: prefixes alone, for allowing and denying.
 */
import { aggregate } from './aggregate.js';
import { asking, type BatchOptions } from './asking.js';
import { lookupColumn, type Column } from './batch.js';
import { importCsv, importText, type CsvOptions, type ImportOptions, type Source } from './import.js';
import type { AddressLike, PrefixLike } from './key.js';
import { NO_VALUES, encodeTable, readTable } from './snapshot.js';
import { Table, type TableOptions } from './table.js';
import { OneValue } from './values.js';

/** A set of prefixes of both families. */
export class PrefixSet extends Table<true> implements Iterable<string> {
  /** One of prefixes, sorted or not. @throws {FibError} EINVAL a bad prefix or option; ENOBUFS */
  constructor(prefixes: Iterable<PrefixLike> = [], options: TableOptions = {}) {
    super(new OneValue(), options);
    this.addAll(prefixes);
  }

  /**
   * One from the bytes of `save`.
   * @throws {WireError} bytes that are none, truncated or damaged
   * @throws {FibError} EINVAL a bad option; ENOBUFS
   */
  static load(bytes: Uint8Array, options?: TableOptions): PrefixSet {
    return readTable(new PrefixSet([], options), bytes, NO_VALUES, () => true as const);
  }

  protected fresh(): this {
    return new PrefixSet([], this.options) as this;
  }

  /** Adds a prefix, whether it is there or not. @throws {FibError} EINVAL no prefix, with the offset; ENOBUFS */
  add(prefix: PrefixLike): this {
    this.put(prefix, true);
    return this;
  }

  /** Adds many, sorted or not; all are read before the first is added. @throws {FibError} EINVAL, and nothing is added; ENOBUFS */
  addAll(prefixes: Iterable<PrefixLike>): this {
    this.loadRows(this.rowsOf(pairs(prefixes)));
    return this;
  }

  /** Puts these prefixes in place of all that are there, at once and whole or not at all. @throws {FibError} EINVAL; ENOBUFS */
  replaceAll(prefixes: Iterable<PrefixLike>): this {
    this.replaceRows(this.rowsOf(pairs(prefixes)));
    return this;
  }

  /** True if a prefix covers the address. @throws {FibError} EINVAL no address */
  covers(address: AddressLike): boolean {
    return this.lookupId(address) !== 0;
  }

  /** The longest prefix that covers an address, or undefined. @throws {FibError} EINVAL no address */
  lookup(address: AddressLike): string | undefined {
    return this.match(address)?.prefix;
  }

  [Symbol.iterator](): Generator<string, void, undefined> {
    return this.keys();
  }

  /**
   * 1 for each address that a prefix covers, `miss` (default 0) for the others. How many rows.
   * @throws {FibError} EINVAL no column of addresses, or `out` is too short; ENOBUFS
   */
  lookupBatch(addresses: Column, out: Uint32Array, options: BatchOptions = {}): number {
    return lookupColumn(this, addresses, out, asking(options));
  }

  /** The fewest prefixes that cover the same addresses. @throws {FibError} ENOBUFS */
  aggregate(): PrefixSet {
    return aggregate(this, this.fresh());
  }

  /** Everything as bytes. */
  save(): Uint8Array {
    return encodeTable(this, NO_VALUES, () => true);
  }

  /** The prefixes, in order. */
  toJSON(): string[] {
    return [...this.keys()];
  }

  /**
   * Adds the prefixes at the beginning of lines of text; `#` begins a comment. How many.
   * @throws {FibError} EINVAL with the line; nothing is added then
   */
  importText(source: Source, options?: ImportOptions): Promise<number> {
    return importText(this, source, () => true as const, options);
  }

  /** Adds the prefixes in a column of a CSV file. How many. @throws {FibError} EINVAL with the line; nothing is added then */
  importCsv(source: Source, options?: CsvOptions): Promise<number> {
    return importCsv(this, source, () => true as const, options);
  }
}

function* pairs(prefixes: Iterable<PrefixLike>): Generator<[PrefixLike, true], void, undefined> {
  for (const prefix of prefixes) yield [prefix, true];
}
