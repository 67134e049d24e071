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
import { answerMapped, asking, refused, type Asking, type BatchOptions } from './asking.js';
import type { Table } from './table.js';
import { TextArray, TextColumn, lookupTexts, type Texts } from './texts.js';

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
const CHUNK = 1 << 11;
/** Most rows of a zero-copy batch. */
const BATCH_MAX = 1 << 24;

/** Writes the ids of a column; how many rows it had. @throws {FibError} EINVAL; ENOBUFS */
export function lookupColumn(table: Table<unknown>, column: Column, out: Uint32Array, how: Asking): number {
  if (!(out instanceof Uint32Array)) throw refused('out: expected a Uint32Array');
  if (column instanceof Uint32Array) return words(table, column, out, how);
  if (column instanceof Uint8Array) return bytes(table, column, out, how);
  if (Array.isArray(column)) {
    room(out, column.length);
    return texts(table, new TextArray(column), out, how);
  }
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
  if (how.family === 6) answerMapped(table, rows, n, out, how);
  return n;
}

/** Stands for rows that are no address while the ids of the others become values. */
const INVALID = 0xffffffff;

function texts(table: Table<unknown>, rows: Texts, out: Uint32Array, how: Asking): number {
  const { values, invalid } = how;
  if (values === undefined) return lookupTexts(table, rows, out, how);
  const n = lookupTexts(table, rows, out, {
    ...how,
    miss: 0,
    invalid: invalid === undefined ? invalid : INVALID,
  });
  for (let i = 0; i < n; i++) out[i] = out[i] === INVALID ? invalid! : values[out[i]!]!;
  return n;
}

/**
 * Asks a family for n rows of some bytes each, some thousands at a time. Values go into the core where there are fewer of
 * them than rows: it is several times as quick to fetch them there.
 */
function copied(
  family: Family | undefined,
  rows: Uint32Array | Uint8Array,
  each: number,
  n: number,
  out: Uint32Array,
  { miss, bigEndian, values }: Asking,
): void {
  if (family === undefined) {
    out.fill(miss, 0, n);
    return;
  }
  const inside = values !== undefined && values.length <= n ? values : [];
  const at = family.scratch(CHUNK * 20 + inside.length * 4);
  const to = at + CHUNK * 16;
  const valuesAt = to + CHUNK * 4;
  family.u32.set(inside, valuesAt >>> 2);
  const units = rows instanceof Uint32Array ? 1 : each;
  for (let from = 0; from < n; from += CHUNK) {
    const count = Math.min(n - from, CHUNK);
    const part = rows.subarray(from * units, (from + count) * units);
    if (part instanceof Uint32Array) family.u32.set(part, at >>> 2);
    else family.u8.set(part, at);
    family.lookupBatch(at, to, count, values === undefined ? miss : 0, bigEndian);
    if (inside.length > 0) family.fetch(to, count, valuesAt);
    out.set(family.u32.subarray(to >>> 2, (to >>> 2) + count), from);
  }
  if (values !== undefined && inside.length === 0) for (let i = 0; i < n; i++) out[i] = values[out[i]!]!;
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
    texts(table, new TextColumn(values, valueOffsets, length, isNull), out, how);
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
