/**
 * table/texts.ts - many addresses in text: what is plain is read in the core, some thousand rows together.
 *
 * A character costs JavaScript more to get at than to understand, so rows go into the memory of the core in one piece. What
 * the core has no answer for - a mistake, an IPv4 address in an IPv6 one, what is no text - is read here, row by row.
 */
import type { Family } from '../core/family.js';
import { answerMapped, refused, type Asking } from './asking.js';
import type { Table } from './table.js';

/** Rows that are read together, and characters of the longest that are. */
const ROWS = 1024;
const LONGEST = 45;

/** Where things are in the scratch memory of a family: texts, their ends, addresses, their rows, ids. */
const ENDS = ROWS * LONGEST + 48;
const DST = ENDS + 4 * ROWS;
const AT_ROWS = DST + 16 * ROWS;
const IDS = AT_ROWS + 4 * ROWS;
const BYTES = IDS + 4 * ROWS;

/** Rows of text. */
export interface Texts {
  readonly length: number;
  /** Writes some rows one behind the other, and where each ends; false: not these. */
  put(from: number, n: number, into: Uint8Array, ends: Uint32Array): boolean;
  /** A row: undefined is null. */
  row(i: number): unknown;
}

const encoder = new TextEncoder();

/** Rows of an array. */
export class TextArray implements Texts {
  readonly #rows: readonly unknown[];

  constructor(rows: readonly unknown[]) {
    this.#rows = rows;
  }

  get length(): number {
    return this.#rows.length;
  }

  put(from: number, n: number, into: Uint8Array, ends: Uint32Array): boolean {
    let end = 0;
    let all = '';
    for (let i = 0; i < n; i++) {
      const text = this.#rows[from + i];
      if (typeof text !== 'string' || text.length > LONGEST) return false;
      ends[i] = end += text.length;
      all += text;
    }
    // Characters that are no ASCII are several bytes: then not all is read, or more is written.
    const { read, written } = encoder.encodeInto(all, into);
    return read === end && written === end;
  }

  row(i: number): unknown {
    return this.#rows[i] ?? null;
  }
}

/** Rows of a column: bytes, and where each row begins. */
export class TextColumn implements Texts {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #isNull: (row: number) => boolean;
  /** A character for each byte: what is no ASCII is no address. */
  readonly #decoder = new TextDecoder('latin1');

  constructor(bytes: Uint8Array, offsets: Int32Array, length: number, isNull: (row: number) => boolean) {
    this.#bytes = bytes;
    this.#offsets = offsets;
    this.length = length;
    this.#isNull = isNull;
  }

  put(from: number, n: number, into: Uint8Array, ends: Uint32Array): boolean {
    const base = this.#offsets[from]!;
    let end = 0;
    for (let i = 0; i < n; i++) {
      const next = this.#offsets[from + i + 1]! - base;
      if (next < end || next - end > LONGEST) return false;
      ends[i] = end = next;
    }
    if (base < 0 || base + end > this.#bytes.length) return false;
    into.set(this.#bytes.subarray(base, base + end));
    return true;
  }

  row(i: number): unknown {
    if (this.#isNull(i)) return undefined;
    return this.#decoder.decode(this.#bytes.subarray(this.#offsets[i], this.#offsets[i + 1]));
  }
}

/** Rows of a part that have their answer. */
const answered = new Uint8Array(ROWS);

/** Writes the ids of rows of text. How many rows. @throws {FibError} EINVAL a row is no address; ENOBUFS */
export function lookupTexts(table: Table<unknown>, texts: Texts, out: Uint32Array, how: Asking): number {
  let is6 = false; // the family that has most of the rows, it seems
  table.family(is6); // a closed table says so, whether there are rows or not
  for (let from = 0; from < texts.length; from += ROWS) {
    const n = Math.min(texts.length - from, ROWS);
    const part = out.subarray(from, from + n);
    answered.fill(0);
    let read = askPlain(table, is6, texts, from, part, how);
    if (read === n) continue;
    const others = askPlain(table, !is6, texts, from, part, how);
    if (others > read) is6 = !is6;
    read += others;
    if (read < n) askOthers(table, texts, from, part, how);
  }
  return texts.length;
}

/** Answers the rows that the core reads as addresses of a family, and notes which unless these are all. How many. */
function askPlain(
  table: Table<unknown>,
  is6: boolean,
  texts: Texts,
  from: number,
  out: Uint32Array,
  how: Asking,
): number {
  const family = table.family(is6);
  if (family === undefined) return 0;
  const n = out.length;
  const at = family.scratch(BYTES);
  const ends = wordsAt(family, at + ENDS, n);
  if (!texts.put(from, n, family.u8.subarray(at, at + ENDS), ends)) return 0;
  const read = family.readTexts(at, at + ENDS, n, at + DST, at + AT_ROWS);
  family.lookupBatch(at + DST, at + IDS, read, how.miss, false);
  const ids = wordsAt(family, at + IDS, read);
  if (is6) answerMapped(table, family.u8.subarray(at + DST), read, ids, { miss: how.miss });
  if (read === n) {
    out.set(ids);
    return read;
  }
  const rows = wordsAt(family, at + AT_ROWS, read);
  for (let i = 0; i < read; i++) {
    out[rows[i]!] = ids[i]!;
    answered[rows[i]!] = 1;
  }
  return read;
}

function wordsAt(family: Family, at: number, n: number): Uint32Array {
  return family.u32.subarray(at >>> 2, (at >>> 2) + n);
}

/** Answers the rows that have no answer yet, one by one. */
function askOthers(
  table: Table<unknown>,
  texts: Texts,
  from: number,
  out: Uint32Array,
  { miss, invalid }: Asking,
): void {
  const { reader } = table;
  for (let i = 0; i < out.length; i++) {
    if (answered[i] === 1) continue;
    const text = texts.row(from + i);
    if (text === undefined) out[i] = miss;
    else if (typeof text === 'string' && reader.reads(text, 0, text.length)) out[i] = idOf(table) || miss;
    else if (invalid !== undefined) out[i] = invalid;
    else if (typeof text === 'string') reader.address(text);
    else throw refused(`row ${from + i}: expected text`);
  }
}

/** The id for the address that was read last. */
function idOf(table: Table<unknown>): number {
  const { is6, a, b, c, d } = table.reader.key;
  const family = table.family(is6);
  if (family === undefined) return 0;
  return is6 ? family.lookup6(a, b, c, d) : family.lookup4(a);
}
