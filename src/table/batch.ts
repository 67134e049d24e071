/**
 * table/batch.ts - many addresses in one call: from arrays and columns, or without copies in the memory of the table.
 *
 *   Uint32Array    IPv4, u32 in host order, or as bytes in network order with `bigEndian`
 *   Uint8Array     IPv6, 16 bytes in network order each; with `family: 4` IPv4, 4 bytes each
 *   string[]       text of either family
 *   Arrow          a column or its chunk: Uint32, FixedSizeBinary[16] or [4], Utf8; a null is a miss
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { Family } from '../core/family.js';
import { FibError } from '../errors.js';
import { MAPPED } from './key.js';
import type { Table } from './table.js';

/** How the rows of a batch are asked. */
export interface BatchOptions {
  /** What a row that nothing covers gives; default 0. */
  readonly miss?: number;
  /** The words of a Uint32Array are in network byte order; default host order. */
  readonly bigEndian?: boolean;
  /** What rows of bytes are; default 6. */
  readonly family?: 4 | 6;
  /** What text that is no address gives; default: it is an error. */
  readonly invalid?: number;
}

/** What is read of a chunk of an Arrow column (`vector.data[i]`). */
export interface ArrowChunk {
  readonly length: number;
  readonly values: Uint32Array | Uint8Array;
  /** Of text: where each row begins, and where the last one ends. */
  readonly valueOffsets?: Int32Array;
  /** A bit for each row, clear for null; empty when there is no null. */
  readonly nullBitmap?: Uint8Array | null;
  /** Of the first row in `nullBitmap`. */
  readonly offset?: number;
  /** Bytes of a row of FixedSizeBinary. */
  readonly stride?: number;
}

/** A column of addresses. */
export type Column =
  Uint32Array | Uint8Array | readonly string[] | ArrowChunk | { readonly data: readonly ArrowChunk[] };

/** Rows that are copied at a time. */
const CHUNK = 1 << 14;
/** Most rows of a zero-copy batch. */
const BATCH_MAX = 1 << 24;
const ANY = 0xffffffff;

/** Options with their defaults. */
export interface Asking {
  readonly miss: number;
  readonly bigEndian: boolean;
  readonly family: 4 | 6;
  readonly invalid: number | undefined;
}

/** @throws {FibError} EINVAL */
export function asking(options: BatchOptions): Asking {
  const { miss = 0, bigEndian = false, family = 6, invalid } = options;
  if (family !== 4 && family !== 6) throw refused('family: expected 4 or 6');
  u32(miss, 'miss');
  if (invalid !== undefined) u32(invalid, 'invalid');
  return { miss, bigEndian, family, invalid };
}

/** Writes the ids of a column; how many rows it had. @throws {FibError} EINVAL; ENOBUFS */
export function lookupColumn(table: Table<unknown>, column: Column, out: Uint32Array, how: Asking): number {
  if (!(out instanceof Uint32Array)) throw refused('out: expected a Uint32Array');
  if (column instanceof Uint32Array) return words(table, column, out, how);
  if (column instanceof Uint8Array) return bytes(table, column, out, how);
  if (Array.isArray(column)) return texts(table, column as readonly string[], out, how);
  if (typeof column === 'object' && column !== null && 'data' in column)
    return chunks(table, column.data, out, how);
  if (typeof column === 'object' && column !== null && 'values' in column)
    return arrow(table, column as ArrowChunk, out, how);
  throw refused('addresses: expected a Uint32Array, a Uint8Array, an array of text, or an Arrow column');
}

function words(table: Table<unknown>, rows: Uint32Array, out: Uint32Array, how: Asking): number {
  room(out, rows.length);
  copied(table.family(false), rows, 4, rows.length, out, how);
  return rows.length;
}

function bytes(table: Table<unknown>, rows: Uint8Array, out: Uint32Array, how: Asking): number {
  const each = how.family === 6 ? 16 : 4;
  if (rows.length % each !== 0) throw refused(`addresses: ${rows.length} bytes are no rows of ${each}`);
  const n = rows.length / each;
  room(out, n);
  copied(table.family(how.family === 6), rows, each, n, out, { ...how, bigEndian: true });
  if (how.family === 6 && table.reader.isMapped) mapped(table, rows, n, out, how);
  return n;
}

/** Answers the rows that are IPv4 addresses in IPv6 ones anew, as such. */
function mapped(table: Table<unknown>, rows: Uint8Array, n: number, out: Uint32Array, how: Asking): void {
  const family = table.family(false);
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  for (let row = 0, at = 0; row < n; row++, at += 16) {
    if (view.getUint32(at + 8) !== MAPPED || view.getUint32(at) !== 0 || view.getUint32(at + 4) !== 0)
      continue;
    const id = family?.lookup4(view.getUint32(at + 12)) ?? 0;
    out[row] = id === 0 ? how.miss : id;
  }
}

/** Asks a family for n rows of some bytes each, some thousands at a time. */
function copied(
  family: Family | undefined,
  rows: Uint32Array | Uint8Array,
  each: number,
  n: number,
  out: Uint32Array,
  { miss, bigEndian }: Asking,
): void {
  if (family === undefined) {
    out.fill(miss, 0, n);
    return;
  }
  const at = family.scratch(CHUNK * 20);
  const to = at + CHUNK * 16;
  const units = rows instanceof Uint32Array ? 1 : each;
  for (let from = 0; from < n; from += CHUNK) {
    const count = Math.min(n - from, CHUNK);
    const part = rows.subarray(from * units, (from + count) * units);
    if (part instanceof Uint32Array) family.u32.set(part, at >>> 2);
    else family.u8.set(part, at);
    family.lookupBatch(at, to, count, miss, bigEndian);
    out.set(family.u32.subarray(to >>> 2, (to >>> 2) + count), from);
  }
}

function texts(table: Table<unknown>, rows: readonly string[], out: Uint32Array, how: Asking): number {
  room(out, rows.length);
  const asker = new TextRows(table, out, how);
  for (const [i, text] of rows.entries()) {
    if (typeof text === 'string') asker.add(text, 0, text.length);
    else if (how.invalid === undefined) throw refused(`row ${i}: expected text`);
    else asker.pass(how.invalid);
  }
  asker.flush();
  return rows.length;
}

/** The chunks of a column, one behind the other. */
function chunks(table: Table<unknown>, data: unknown, out: Uint32Array, how: Asking): number {
  if (!Array.isArray(data)) throw refused('addresses: expected an Arrow column, whose `data` is an array');
  let n = 0;
  for (const chunk of data as readonly ArrowChunk[]) n += arrow(table, chunk, out.subarray(n), how);
  return n;
}

function arrow(table: Table<unknown>, chunk: ArrowChunk, out: Uint32Array, how: Asking): number {
  if (typeof chunk !== 'object' || chunk === null || !Number.isInteger(chunk.length) || chunk.length < 0)
    throw refused('addresses: expected chunks of an Arrow column');
  const { values, valueOffsets, length, nullBitmap, offset = 0, stride } = chunk;
  room(out, length);
  const nulls = nullBitmap instanceof Uint8Array && nullBitmap.length > 0 ? nullBitmap : undefined;
  const isNull = (row: number): boolean =>
    nulls !== undefined && ((nulls[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1) === 0;
  if (valueOffsets instanceof Int32Array && values instanceof Uint8Array) {
    enough(valueOffsets.length, length === 0 ? 0 : length + 1);
    arrowText(table, values, valueOffsets, length, isNull, out, how);
  } else if (values instanceof Uint32Array) {
    enough(values.length, length);
    words(table, values.subarray(0, length), out, how);
  } else if (!(values instanceof Uint8Array) || !(stride === undefined || stride === 4 || stride === 16))
    throw refused('addresses: expected an Arrow column of Uint32, FixedSizeBinary of 4 or 16 bytes, or Utf8');
  else {
    const family = stride === 4 ? 4 : stride === 16 ? 6 : how.family;
    const size = length * (family === 6 ? 16 : 4);
    enough(values.length, size);
    bytes(table, values.subarray(0, size), out, { ...how, family });
  }
  if (nulls !== undefined) for (let row = 0; row < length; row++) if (isNull(row)) out[row] = how.miss;
  return length;
}

function arrowText(
  table: Table<unknown>,
  values: Uint8Array,
  offsets: Int32Array,
  length: number,
  isNull: (row: number) => boolean,
  out: Uint32Array,
  how: Asking,
): void {
  const asker = new TextRows(table, out, how);
  const base = offsets[0]!;
  // All rows at once, a character for each byte: what is no ASCII is no address.
  const text = new TextDecoder('latin1').decode(values.subarray(base, offsets[length]));
  for (let row = 0; row < length; row++) {
    if (isNull(row)) asker.pass(how.miss);
    else asker.add(text, offsets[row]! - base, offsets[row + 1]! - base);
  }
  asker.flush();
}

/** Rows of text of either family: read one by one, asked by family, some thousands together. */
class TextRows {
  readonly #table: Table<unknown>;
  readonly #out: Uint32Array;
  readonly #how: Asking;
  /** Addresses on their way, and the rows that they are of. */
  readonly #four = new Uint32Array(CHUNK);
  readonly #rows4 = new Uint32Array(CHUNK);
  #six = new Uint32Array(0);
  readonly #rows6 = new Uint32Array(CHUNK);
  #n4 = 0;
  #n6 = 0;
  #row = 0;

  constructor(table: Table<unknown>, out: Uint32Array, how: Asking) {
    this.#table = table;
    this.#out = out;
    this.#how = how;
  }

  /** The address text[from, to) is the next row. @throws {FibError} EINVAL no address, unless there is a number for it */
  add(text: string, from: number, to: number): void {
    if (this.#n4 === CHUNK || this.#n6 === CHUNK) this.flush();
    const row = this.#row++;
    const { reader } = this.#table;
    if (!reader.reads(text, from, to)) {
      const { invalid } = this.#how;
      if (invalid === undefined) reader.address(text.slice(from, to));
      else this.#out[row] = invalid;
      return;
    }
    const { key } = reader;
    if (!key.is6) {
      this.#four[this.#n4] = key.a;
      this.#rows4[this.#n4++] = row;
      return;
    }
    if (this.#six.length === 0) this.#six = new Uint32Array(4 * CHUNK);
    const at = 4 * this.#n6;
    this.#six[at] = swapped(key.a);
    this.#six[at + 1] = swapped(key.b);
    this.#six[at + 2] = swapped(key.c);
    this.#six[at + 3] = swapped(key.d);
    this.#rows6[this.#n6++] = row;
  }

  /** The next row is answered with a number. */
  pass(id: number): void {
    this.#out[this.#row++] = id;
  }

  /** Answers all rows that were added. */
  flush(): void {
    this.#ask(this.#table.family(false), this.#four, 4, this.#n4, this.#rows4);
    this.#ask(this.#table.family(true), new Uint8Array(this.#six.buffer), 16, this.#n6, this.#rows6);
    this.#n4 = this.#n6 = 0;
  }

  #ask(
    family: Family | undefined,
    rows: Uint32Array | Uint8Array,
    each: number,
    n: number,
    at: Uint32Array,
  ): void {
    if (n === 0) return;
    const ids = new Uint32Array(n);
    copied(family, rows, each, n, ids, { ...this.#how, bigEndian: false });
    for (let i = 0; i < n; i++) this.#out[at[i]!] = ids[i]!;
  }
}

/** A word with its bytes in the other order. */
function swapped(w: number): number {
  return (w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24);
}

/**
 * Rows in the memory of a table: write addresses into `dst`, call `run`, read ids from `out`. The arrays are views: take
 * them anew after any change of the table, since the memory may have moved. Closing gives the memory back.
 */
export class TableBatch {
  readonly capacity: number;
  readonly #family: Family;
  #at: number;

  /** @internal */
  constructor(family: Family, capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > BATCH_MAX) {
      throw refused(`capacity: expected 1..${BATCH_MAX}, got ${String(capacity)}`);
    }
    this.#family = family;
    this.capacity = capacity;
    this.#at = family.lease(capacity * (family.is6 ? 20 : 8) + 16);
  }

  get #open(): number {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    return this.#at;
  }

  /** Bytes of `dst`. */
  get #dstBytes(): number {
    return this.capacity * (this.#family.is6 ? 16 : 4);
  }

  /** Addresses: u32 of IPv4, or 16 bytes of IPv6 in network order each, a row after the other. */
  get dst(): Uint32Array | Uint8Array {
    const at = this.#open;
    if (this.#family.is6) return this.#family.u8.subarray(at, at + this.#dstBytes);
    return this.#family.u32.subarray(at >>> 2, (at >>> 2) + this.capacity);
  }

  /** Ids: read here after `run`. */
  get out(): Uint32Array {
    const at = (this.#open + this.#dstBytes) >>> 2;
    return this.#family.u32.subarray(at, at + this.capacity);
  }

  /**
   * Looks up the first `n` rows.
   * @throws {FibError} EINVAL n beyond the capacity, or a bad option
   */
  run(n: number = this.capacity, options: BatchOptions = {}): void {
    const at = this.#open;
    if (!Number.isInteger(n) || n < 0 || n > this.capacity) throw refused(`n: expected 0..${this.capacity}`);
    const { miss, bigEndian } = asking(options);
    this.#family.lookupBatch(at, at + this.#dstBytes, n, miss, bigEndian);
  }

  /** Gives the memory back. */
  close(): void {
    if (this.#at !== 0) this.#family.unlease(this.#at);
    this.#at = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function enough(there: number, wanted: number): void {
  if (there < wanted) throw refused(`addresses: expected ${wanted} values in the column, got ${there}`);
}

function room(out: Uint32Array, rows: number): void {
  if (out.length < rows) throw refused(`out: expected ${rows} rows, got ${out.length}`);
}

function u32(value: unknown, name: string): void {
  if (typeof value !== 'number' || value >>> 0 !== value || value > ANY) {
    throw refused(`${name}: expected a whole number of 0..${ANY}`);
  }
}

function refused(detail: string): FibError {
  return new FibError('EINVAL', 'lookupBatch', { detail });
}
