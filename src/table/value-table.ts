/**
 * table/value-table.ts - what tables with values do beyond sets: get, update, lookup, entries on their way in.
 */
import type { AddressLike, PrefixLike } from './key.js';
import { Table, type WalkOptions } from './table.js';

/** An entry on its way in. */
export type Entry<V> = readonly [prefix: PrefixLike, value: V];

/** Prefixes with values of their own. */
export abstract class ValueTable<V> extends Table<V> implements Iterable<[prefix: string, value: V]> {
  /**
   * Gives a prefix a value, whether it is there or not.
   * @throws {FibError} EINVAL no prefix, with the offset; ENOBUFS
   */
  set(prefix: PrefixLike, value: V): this {
    this.put(prefix, value);
    return this;
  }

  /** The value of exactly this prefix, or undefined. @throws {FibError} EINVAL no prefix */
  get(prefix: PrefixLike): V | undefined {
    return this.value(this.idOf(prefix));
  }

  /**
   * Gives a prefix the value that `fn` makes of the one it has, undefined if it is not there; and gives that.
   * @throws {FibError} EINVAL no prefix; ENOBUFS
   */
  update(prefix: PrefixLike, fn: (value: V | undefined) => V): V {
    const value = fn(this.get(prefix));
    this.put(prefix, value);
    return value;
  }

  /** The value of the longest prefix that covers an address, or undefined. @throws {FibError} EINVAL no address */
  lookup(address: AddressLike): V | undefined {
    return this.value(this.lookupId(address));
  }

  /** The value of an id that `lookupId` or a batch gave; undefined for 0. */
  value(id: number): V | undefined {
    return id === 0 ? undefined : this.store.at(id);
  }

  /** The values, in the order of their prefixes. */
  *values(options: WalkOptions = {}): Generator<V, void, undefined> {
    for (const [, value] of this.entries(options)) yield value;
  }

  [Symbol.iterator](): Generator<[prefix: string, value: V], void, undefined> {
    return this.entries();
  }

  /**
   * Sets many, sorted or not; of equal prefixes the last one counts. All entries are read before the first is set.
   * @throws {FibError} EINVAL one of them is none, and nothing is set; ENOBUFS
   */
  setAll(entries: Iterable<Entry<V>>): this {
    this.loadRows(this.rowsOf(entries));
    return this;
  }

  /**
   * Puts these entries in place of all that is there, at once and whole or not at all.
   * @throws {FibError} EINVAL; ENOBUFS
   */
  replaceAll(entries: Iterable<Entry<V>>): this {
    this.replaceRows(this.rowsOf(entries));
    return this;
  }

  /** The entries, in order: what JSON.stringify writes, and `fromEntries` reads. */
  toJSON(): [prefix: string, value: V][] {
    return [...this.entries()];
  }
}
