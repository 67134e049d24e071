/**
 * table/table.ts - what the three kinds of table have in common: prefixes of both families, each with an id, and ids
 * with values.
 *
 * Each family has a core of its own, made when its first prefix comes (core/family.ts). Prefixes come back as canonical
 * text. Order is by family, address, length: IPv4 first, a prefix before those inside of it.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import * as abi from '../abi/records.js';
import { Family, type Key } from '../core/family.js';
import { instantiateTable } from '../core/table-load.js';
import { FibError } from '../errors.js';
import { readAddress4 } from '../text/address.js';
import { TableBatch } from './batch.js';
import { draw } from './draw.js';
import { exportCsv, exportText } from './export.js';
import { KeyReader, formatPrefix, lastOf, mask, type AddressLike, type PrefixLike } from './key.js';
import { Rows, type FamilyRows } from './rows.js';
import { showValue } from './show.js';
import type { Values } from './values.js';
import { ALL, Walk, type Bounds } from './walk.js';

/** Which view answers lookups (docs/PERFORMANCE.md); `direct` is of IPv4, for IPv6 it means `compact`. */
export type Forward = 'auto' | 'off' | 'compact' | 'direct';

const SHAPES = {
  auto: abi.FORWARD_AUTO,
  off: abi.FORWARD_OFF,
  compact: abi.FORWARD_COMPACT,
  direct: abi.FORWARD_DIRECT,
};

/** How a table is made. */
export interface TableOptions {
  /** `::ffff:a.b.c.d` is the IPv4 address in it, and prefixes of such addresses are IPv4. Default false. */
  readonly ipv4Mapped?: boolean;
  /** Default `auto`: none for a small table or one that is hardly asked. */
  readonly forward?: Forward;
  /** Bound of the linear memory of each family. Default: what WebAssembly allows. */
  readonly maxBytes?: number;
}

/** A family by number. */
export type FamilyNumber = 4 | 6;

/** What a walk gives. */
export interface WalkOptions {
  /** Only this family. */
  readonly family?: FamilyNumber;
  /** Begin at this prefix, or at the first one behind where it would be. */
  readonly from?: PrefixLike;
}

/** A prefix and its value. */
export interface Match<V> {
  /** Canonical text. */
  readonly prefix: string;
  readonly value: V;
}

/** Memory of a table, in bytes. */
export interface TableStats {
  readonly size: number;
  /** Different values. */
  readonly values: number;
  /** Prefixes and what leads to them. */
  readonly trie: number;
  /** What answers lookups without the trie. */
  readonly view: number;
  /** Linear memory in all. */
  readonly bytes: number;
  readonly bytesPerPrefix: number;
}

/** Decides the value of a prefix that two tables have. */
export type Resolve<V> = (mine: V, theirs: V, prefix: string) => V;

/** Prefixes with values. */
export abstract class Table<V> {
  /** @internal */
  readonly store: Values<V>;
  protected readonly options: TableOptions;
  readonly #reader: KeyReader;
  #four: Family | undefined;
  #six: Family | undefined;
  #forward: number;
  #isClosed = false;

  /** @throws {FibError} EINVAL a bad option */
  protected constructor(store: Values<V>, options: TableOptions) {
    const { ipv4Mapped = false, forward = 'auto', maxBytes = 0 } = options;
    if (!Number.isInteger(maxBytes) || maxBytes < 0 || maxBytes > 0xffffffff) {
      throw invalid('create', 'maxBytes: expected a whole number of 0..4294967295');
    }
    this.#forward = shapeOf(forward);
    this.store = store;
    this.options = options;
    this.#reader = new KeyReader(ipv4Mapped);
  }

  /** An empty table of the same kind and options. */
  protected abstract fresh(): this;

  /** @internal The family, or undefined while it has never had a prefix. */
  family(is6: boolean): Family | undefined {
    if (this.#isClosed) throw new TypeError('this table is closed');
    return is6 ? this.#six : this.#four;
  }

  /** @internal The family, made if it must be. @throws {FibError} ENOBUFS */
  familyOf(is6: boolean): Family {
    const there = this.family(is6);
    if (there !== undefined) return there;
    const made = new Family(instantiateTable(), is6, this.#forward, this.options.maxBytes ?? 0);
    if (is6) this.#six = made;
    else this.#four = made;
    return made;
  }

  /** @internal Reads addresses and prefixes. */
  get reader(): KeyReader {
    return this.#reader;
  }

  /** How many prefixes there are. */
  get size(): number {
    return this.size4 + this.size6;
  }

  /** How many of IPv4. */
  get size4(): number {
    return this.family(false)?.size ?? 0;
  }

  /** How many of IPv6. */
  get size6(): number {
    return this.family(true)?.size ?? 0;
  }

  // One prefix.

  protected put(prefix: PrefixLike, value: V): void {
    const key = this.#reader.prefix(prefix);
    this.#put(key, this.store.take(value));
  }

  #put(key: Key, id: number): void {
    try {
      const old = this.familyOf(key.is6).set(key, id);
      if (old !== 0) this.store.drop(old);
    } catch (error) {
      this.store.drop(id);
      throw error;
    }
  }

  /**
   * True if exactly this prefix is in the table.
   * @throws {FibError} EINVAL no prefix
   */
  has(prefix: PrefixLike): boolean {
    return this.idOf(prefix) !== 0;
  }

  /** @internal The id of exactly this prefix, 0 = none. */
  protected idOf(prefix: PrefixLike): number {
    const key = this.#reader.prefix(prefix);
    return this.family(key.is6)?.get(key) ?? 0;
  }

  /**
   * Takes exactly this prefix away; false if it was not there.
   * @throws {FibError} EINVAL no prefix
   */
  delete(prefix: PrefixLike): boolean {
    const key = this.#reader.prefix(prefix);
    const old = this.family(key.is6)?.remove(key) ?? 0;
    if (old !== 0) this.store.drop(old);
    return old !== 0;
  }

  /** Takes all prefixes away. */
  clear(): void {
    this.replaceRows(new Rows());
  }

  // Lookups.

  /**
   * The id of the longest prefix that covers an address, 0 = none: `value` tells its value. Ids are small numbers, the
   * same for equal values; one that no prefix has any more is given out again.
   * @throws {FibError} EINVAL no address
   */
  lookupId(address: AddressLike): number {
    if (typeof address === 'string') return this.#lookupText(address);
    const four = this.#four;
    if (typeof address === 'number' && four !== undefined && address >>> 0 === address)
      return four.lookup4(address);
    return this.#lookupKey(this.#reader.address(address));
  }

  #lookupText(text: string): number {
    const address = readAddress4(text, 0, text.length);
    if (address >= 0) return this.family(false)?.lookup4(address) ?? 0;
    const reader = this.#reader;
    const id = reader.isMapped ? -1 : (this.#six?.lookupText6(text) ?? -1);
    if (id >= 0) return id;
    if (!reader.readsGroups(text)) return this.#lookupKey(reader.address(text));
    return this.family(true)?.lookup6(reader.word(0), reader.word(1), reader.word(2), reader.word(3)) ?? 0;
  }

  #lookupKey({ is6, a, b, c, d }: Key): number {
    const family = this.family(is6);
    if (family === undefined) return 0;
    return is6 ? family.lookup6(a, b, c, d) : family.lookup4(a);
  }

  /**
   * The longest prefix that covers an address, with its value.
   * @throws {FibError} EINVAL no address
   */
  match(address: AddressLike): Match<V> | undefined {
    return this.#matchOf(this.#reader.address(address), 'longest');
  }

  /**
   * The longest prefix that covers all of a prefix, itself included.
   * @throws {FibError} EINVAL no prefix
   */
  lookupPrefix(prefix: PrefixLike): Match<V> | undefined {
    return this.#matchOf(this.#reader.prefix(prefix), 'longest');
  }

  /**
   * The shortest prefix that covers an address.
   * @throws {FibError} EINVAL no address
   */
  shortestMatch(address: AddressLike): Match<V> | undefined {
    return this.#matchOf(this.#reader.address(address), 'shortest');
  }

  #matchOf(key: Key, which: 'longest' | 'shortest'): Match<V> | undefined {
    const family = this.family(key.is6);
    const pairs = family?.covering(key, which === 'longest' ? 1 : family.bits + 1);
    if (pairs === undefined || pairs.length === 0) return undefined;
    return this.#match(key, pairs, pairs.length - 2);
  }

  /** The prefix of a key with the length of a pair, and its value. */
  #match(key: Key, pairs: Uint32Array, at: number): Match<V> {
    const own = { ...key, length: pairs[at]! };
    mask(own, own.length);
    return { prefix: formatPrefix(own), value: this.store.at(pairs[at + 1]!) };
  }

  /**
   * The prefixes that cover a prefix or an address, itself included, the shortest first.
   * @throws {FibError} EINVAL no prefix
   */
  covering(prefix: PrefixLike): Generator<[prefix: string, value: V], void, undefined> {
    return this.#covering({ ...this.#reader.prefix(prefix) });
  }

  *#covering(key: Key): Generator<[prefix: string, value: V], void, undefined> {
    const family = this.family(key.is6);
    if (family === undefined) return;
    let version = -1;
    let pairs: Uint32Array = new Uint32Array(0);
    for (let given = -1, at = 0; ; given = pairs[at]!) {
      if (version !== family.version) {
        version = family.version;
        pairs = family.covering(key, family.bits + 1);
        at = pairs.length;
      }
      do at -= 2;
      while (at >= 0 && pairs[at]! <= given);
      if (at < 0) return;
      const { prefix, value } = this.#match(key, pairs, at);
      yield [prefix, value];
    }
  }

  /**
   * The prefixes inside of a prefix, itself included, in order.
   * @throws {FibError} EINVAL no prefix
   */
  coveredBy(prefix: PrefixLike): Generator<[prefix: string, value: V], void, undefined> {
    const from = { ...this.#reader.prefix(prefix) };
    return this.#walk(from.is6, inside(from));
  }

  // In order.

  /**
   * All prefixes with their values, in order. Each step gives the first prefix behind the last one that is in the table at
   * that moment: what comes or goes in front of it is not seen, what comes or goes behind it is.
   * @throws {FibError} EINVAL `from` is no prefix
   */
  entries(options: WalkOptions = {}): Generator<[prefix: string, value: V], void, undefined> {
    return this.#entries(this.#bounds(options));
  }

  *#entries(
    all: readonly (readonly [is6: boolean, bounds: Bounds])[],
  ): Generator<[string, V], void, undefined> {
    for (const [is6, bounds] of all) yield* this.#walk(is6, bounds);
  }

  *#walk(is6: boolean, bounds: Bounds): Generator<[string, V], void, undefined> {
    const family = this.family(is6);
    if (family === undefined) return;
    const walk = new Walk(family, bounds);
    for (let id = walk.next(); id !== 0; id = walk.next()) yield [formatPrefix(walk.key), this.store.at(id)];
  }

  /** What `entries` walks through. */
  #bounds({ family, from }: WalkOptions): readonly (readonly [boolean, Bounds])[] {
    if (family !== undefined && family !== 4 && family !== 6)
      throw invalid('entries', 'family: expected 4 or 6');
    const key = from === undefined ? undefined : { ...this.#reader.prefix(from) };
    return [false, true]
      .filter((is6) => (family === undefined || is6 === (family === 6)) && !(key?.is6 === true && !is6))
      .map((is6) => [is6, key?.is6 === is6 ? { ...ALL, from: key, after: key.length - 1 } : ALL] as const);
  }

  /** The prefixes, in order. */
  *keys(options: WalkOptions = {}): Generator<string, void, undefined> {
    for (const [prefix] of this.entries(options)) yield prefix;
  }

  /** Calls `fn` for each prefix, in order. */
  forEach(fn: (value: V, prefix: string) => void): void {
    for (const [prefix, value] of this.entries()) fn(value, prefix);
  }

  /** @internal Goes through all prefixes without making text of them; the key is good until the next one. */
  walkKeys(fn: (key: Key, id: number) => void): void {
    for (const is6 of [false, true]) {
      const family = this.family(is6);
      if (family === undefined) continue;
      const walk = new Walk(family, ALL);
      for (let id = walk.next(); id !== 0; id = walk.next()) fn(walk.key, id);
    }
  }

  // Many at once.

  /** Reads entries into rows; each id has a user more. Nothing is taken when one of them is refused. */
  protected rowsOf(entries: Iterable<readonly [PrefixLike, V]>): Rows {
    const rows = new Rows();
    try {
      for (const [prefix, value] of entries) rows.push(this.#reader.prefix(prefix), this.store.take(value));
    } catch (error) {
      this.dropRows(rows);
      throw error;
    }
    return rows;
  }

  /**
   * @internal Sets all rows, whose ids have a user each already; of equal prefixes the last one counts.
   * @throws {FibError} ENOBUFS; the rows in front of the first that found no room are set
   */
  loadRows({ rows4, rows6 }: Rows): void {
    const isWhole = this.#loadFamily(rows4, true);
    if (this.#loadFamily(rows6, isWhole)) return;
    throw new FibError('ENOBUFS', 'load', { detail: 'out of memory; maxBytes or the host bounds it' });
  }

  /** Sets the rows of a family, or without `isOn` none of them; true if all are set. Ids that nobody has then are dropped. */
  #loadFamily(rows: FamilyRows, isOn: boolean): boolean {
    const replaced: number[] = [];
    const family = isOn && rows.count > 0 ? this.#found(rows.is6) : undefined;
    const taken = family?.load(rows.words, rows.isSorted, replaced) ?? 0;
    for (const id of replaced) this.store.drop(id);
    for (const id of rows.ids(taken)) this.store.drop(id);
    return isOn && taken === rows.count;
  }

  /** The family, made if it must be and can be. */
  #found(is6: boolean): Family | undefined {
    try {
      return this.familyOf(is6);
    } catch (error) {
      if (error instanceof FibError) return undefined;
      throw error;
    }
  }

  /** @internal Puts these rows in place of all that is there; either whole or not at all. @throws {FibError} ENOBUFS */
  replaceRows(rows: Rows): void {
    const before = this.#ids();
    const begun: Family[] = [];
    let isBegun = false;
    try {
      for (const { is6, count } of [rows.rows4, rows.rows6]) {
        const family = count > 0 ? this.familyOf(is6) : this.family(is6);
        if (family === undefined) continue;
        family.swapBegin();
        begun.push(family);
      }
      isBegun = true;
      this.loadRows(rows);
    } catch (error) {
      if (!isBegun) this.dropRows(rows);
      else for (const id of this.#ids(begun)) this.store.drop(id);
      for (const family of begun) family.swapEnd(true);
      throw error;
    }
    for (const family of begun) family.swapEnd(false);
    for (const id of before) this.store.drop(id);
  }

  /** @internal Lets go of the ids of rows that are not set after all. */
  dropRows({ rows4, rows6 }: Rows): void {
    for (const rows of [rows4, rows6]) for (const id of rows.ids()) this.store.drop(id);
  }

  /** The id of each prefix. */
  #ids(families = [this.family(false), this.family(true)]): number[] {
    const ids: number[] = [];
    for (const family of families) {
      if (family === undefined) continue;
      const walk = new Walk(family, ALL);
      for (let id = walk.next(); id !== 0; id = walk.next()) ids.push(id);
    }
    return ids;
  }

  /** Copies what `keep` says, or all, into an empty table. */
  protected copyTo<T extends Table<V>>(to: T, keep?: (key: Key, id: number) => boolean): T {
    const rows = new Rows();
    this.walkKeys((key, id) => {
      if (keep === undefined || keep(key, id)) rows.push(key, to.store.take(this.store.at(id)));
    });
    to.loadRows(rows);
    return to;
  }

  // Tables and tables.

  /** Another one with the same prefixes, values and options. @throws {FibError} ENOBUFS */
  clone(): this {
    return this.copyTo(this.fresh());
  }

  /** The prefixes for which `fn` says so. @throws {FibError} ENOBUFS */
  filter(fn: (value: V, prefix: string) => boolean): this {
    return this.copyTo(this.fresh(), (key, id) => fn(this.store.at(id), formatPrefix(key)));
  }

  /**
   * The prefixes of both tables. Of a prefix in both the value is that of `other`, or what `resolve` says.
   * @throws {FibError} ENOBUFS
   */
  union(other: Table<V>, resolve?: Resolve<V>): this {
    const all = this.clone();
    const rows = new Rows();
    other.walkKeys((key, id) => {
      const theirs = other.store.at(id);
      const mine = resolve === undefined ? 0 : (this.family(key.is6)?.get(key) ?? 0);
      const value =
        mine === 0 || resolve === undefined
          ? theirs
          : resolve(this.store.at(mine), theirs, formatPrefix(key));
      rows.push(key, all.store.take(value));
    });
    all.loadRows(rows);
    return all;
  }

  /** The prefixes that `other` has too, with the values they have here. @throws {FibError} ENOBUFS */
  intersection(other: Table<unknown>): this {
    return this.copyTo(this.fresh(), (key) => (other.family(key.is6)?.get(key) ?? 0) !== 0);
  }

  /** The prefixes that `other` does not have. @throws {FibError} ENOBUFS */
  difference(other: Table<unknown>): this {
    return this.copyTo(this.fresh(), (key) => (other.family(key.is6)?.get(key) ?? 0) === 0);
  }

  /** True if both have the same prefixes with the same values; `same` compares two values, by default with `Object.is`. */
  equals(other: Table<V>, same: (mine: V, theirs: V) => boolean = Object.is): boolean {
    if (this.size4 !== other.size4 || this.size6 !== other.size6) return false;
    let isSame = true;
    this.walkKeys((key, id) => {
      const theirs = isSame ? (other.family(key.is6)?.get(key) ?? 0) : 0;
      isSame = theirs !== 0 && same(this.store.at(id), other.store.at(theirs));
    });
    return isSame;
  }

  /**
   * True if an address is covered both here and by a prefix, or a prefix of another table.
   * @throws {FibError} EINVAL no prefix
   */
  overlaps(other: PrefixLike | Table<unknown>): boolean {
    if (!(other instanceof Table)) return this.#meets(this.#reader.prefix(other));
    const [few, many]: [Table<unknown>, Table<unknown>] =
      this.size < other.size ? [this, other] : [other, this];
    let isMet = false;
    few.walkKeys((key) => {
      isMet ||= many.#meets(key);
    });
    return isMet;
  }

  #meets(key: Key): boolean {
    const family = this.family(key.is6);
    if (family === undefined) return false;
    return family.covering(key, 1).length > 0 || new Walk(family, inside(key)).next() !== 0;
  }

  // Batches.

  /**
   * Rows in the memory of the table, for lookups without copies: see `TableBatch`.
   * @throws {FibError} EINVAL; ENOBUFS
   */
  batch(capacity: number, family: FamilyNumber): TableBatch {
    if (family !== 4 && family !== 6) throw invalid('batch', 'family: expected 4 or 6');
    return new TableBatch(this.familyOf(family === 6), capacity);
  }

  /**
   * Has lookups answered by another view from now on.
   * @throws {FibError} EINVAL; ENOBUFS: there is none then, and the answers stay right
   */
  setForward(forward: Forward): void {
    this.#forward = shapeOf(forward);
    this.family(false)?.setForward(this.#forward);
    this.family(true)?.setForward(this.#forward);
  }

  // Looking in.

  /** Lines `prefix value`, in pieces; `show` makes text of a value, by default String. */
  exportText(show: (value: V) => string = showValue): Generator<string, void, undefined> {
    return exportText(this, show);
  }

  /** Rows `prefix,value` of a CSV file, in pieces; `names` makes a first row of them. */
  exportCsv(
    show: (value: V) => string = showValue,
    names?: readonly [prefix: string, value: string],
  ): Generator<string, void, undefined> {
    return exportCsv(this, show, names);
  }

  /** Memory and counts. */
  stats(): TableStats {
    const { size } = this;
    const all = [this.family(false), this.family(true)].flatMap((family) => family?.memory() ?? []);
    const sum = (field: 'trie' | 'view' | 'memory'): number => all.reduce((n, each) => n + each[field], 0);
    const trie = sum('trie');
    const view = sum('view');
    const bytesPerPrefix = size === 0 ? 0 : (trie + view) / size;
    return { size, values: this.store.size, trie, view, bytes: sum('memory'), bytesPerPrefix };
  }

  /** The prefixes as a tree, for small tables: a line each, those inside of another under it; at most `most` lines. */
  toString(most = 1000): string {
    return draw(this, most);
  }

  /** Walks every structure. @throws {FibError} EUCLEAN naming the first invariant that does not hold */
  check(): void {
    this.family(false)?.check();
    this.family(true)?.check();
  }

  /** Lets go of the memory; whatever is asked afterwards throws. */
  close(): void {
    this.#four = this.#six = undefined;
    this.store.clear();
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function shapeOf(forward: Forward): number {
  const shape: number | undefined = SHAPES[forward];
  if (shape !== undefined) return shape;
  throw invalid(
    'create',
    `forward: expected one of ${Object.keys(SHAPES).join(', ')}, got ${String(forward)}`,
  );
}

/** Bounds of what is inside of a prefix. */
function inside(key: Key): Bounds {
  return { from: { ...key }, after: -1, last: lastOf(key), minLength: key.length };
}

function invalid(operation: string, detail: string): FibError {
  return new FibError('EINVAL', operation, { detail });
}
