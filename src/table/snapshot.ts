/**
 * table/snapshot.ts - a table as bytes, and a table from such bytes.
 *
 *   off  size  field
 *     0     8  magic     89 48 54 42 4c 0d 0a 1a
 *     8     4  check     hash of all words behind it
 *    12     4  version   1
 *    16     4  kind      ANY_VALUES, NO_VALUES, NUMBERS
 *    20     4  count4    IPv4 prefixes
 *    24     4  count6    IPv6 prefixes
 *    28     4  values    bytes of the values, without what fills their last word
 *    32        values    JSON text of an array, or u32s; number i is that of place i
 *              keys4     count4 words                    then  places4  count4 words   lengths4  count4 bytes
 *              keys6     4 words each, the highest first       places6  count6 words   lengths6  count6 bytes
 *
 * Little endian; each part begins on a word. Prefixes stand in order. What is read is checked like any other input, so
 * bytes from anywhere give a sound table or an error; the hash finds accidents, not forgeries.
 */
import type { Key } from '../core/family.js';
import { FibError, WireError } from '../errors.js';
import { mask, newKey } from './key.js';
import { FamilyRows, Rows } from './rows.js';
import type { Table } from './table.js';

/** How the values of a PrefixTable are saved. */
export interface SaveOptions<V> {
  /** Makes JSON of a value. */
  readonly encode?: (value: V) => unknown;
}

/** How the values of a PrefixTable are loaded. */
export interface LoadOptions<V> {
  /** Makes a value of what `encode` made. */
  readonly decode?: (json: unknown) => V;
}

// Kinds.
export const ANY_VALUES = 0;
export const NO_VALUES = 1;
export const NUMBERS = 2;

const MAGIC_LOW = 0x42544889;
const MAGIC_HIGH = 0x1a0a0d4c;
const VERSION = 1;
const HEAD_WORDS = 8;
/** Most levels of a JSON value. */
const DEEPEST = 500;

/** The bytes of a table. @throws {FibError} EINVAL a value that JSON would change */
export function encodeTable<V>(table: Table<V>, kind: number, encode: (value: V) => unknown): Uint8Array {
  const rows = [new FamilyRows(false), new FamilyRows(true)] as const;
  const places = new Map<number, number>();
  const values: unknown[] = [];
  table.walkKeys((key, id) => {
    let place = places.get(id);
    if (place === undefined) {
      place = values.push(encode(table.store.at(id))) - 1;
      places.set(id, place);
    }
    rows[key.is6 ? 1 : 0].push(key, place);
  });
  const text = valueBytes(values, kind);
  const parts = rows.map(({ count, width }) => count * (width - 1) + Math.ceil(count / 4));
  const words = new Uint32Array(HEAD_WORDS + Math.ceil(text.length / 4) + parts[0]! + parts[1]!);
  words.set([MAGIC_LOW, MAGIC_HIGH, 0, VERSION, kind, rows[0].count, rows[1].count, text.length]);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(text, 4 * HEAD_WORDS);
  let at = HEAD_WORDS + Math.ceil(text.length / 4);
  for (const each of rows) at = writeRows(each, words, bytes, at);
  words[2] = hash(words);
  return bytes;
}

function valueBytes(values: unknown[], kind: number): Uint8Array {
  if (kind === NO_VALUES) return new Uint8Array(0);
  if (kind === NUMBERS) return new Uint8Array(Uint32Array.from(values as number[]).buffer);
  for (const value of values) {
    if (!isJson(value, 0)) {
      throw new FibError('EINVAL', 'save', {
        detail: 'a value that JSON would change; `encode` makes JSON of it',
      });
    }
  }
  return new TextEncoder().encode(JSON.stringify(values));
}

/** True for what JSON gives back as it was. */
function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth > DEEPEST) return false;
  if (Array.isArray(value)) return Array.from(value).every((each) => isJson(each, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
  return isPlain && Object.values(value).every((each) => isJson(each, depth + 1));
}

/** Writes the rows of a family, in columns; where they end. */
function writeRows(
  { words: rows, width, count }: FamilyRows,
  words: Uint32Array,
  bytes: Uint8Array,
  at: number,
): number {
  const keyWords = width - 2;
  const places = at + keyWords * count;
  const lengths = 4 * (places + count);
  for (let i = 0; i < count; i++) {
    const row = i * width;
    for (let w = 0; w < keyWords; w++) words[at + i * keyWords + w] = rows[row + w]!;
    bytes[lengths + i] = rows[row + keyWords]!;
    words[places + i] = rows[row + keyWords + 1]!;
  }
  return places + count + Math.ceil(count / 4);
}

/**
 * Fills an empty table from bytes.
 * @throws {WireError} bytes that are no such table, truncated, damaged, or forged
 * @throws {FibError} ENOBUFS
 */
export function readTable<V, T extends Table<V>>(
  table: T,
  bytes: Uint8Array,
  kind: number,
  decode: (json: unknown) => V,
): T {
  const words = wordsOf(bytes, kind);
  const [, , , , , count4 = 0, count6 = 0, length = 0] = words;
  const values = readValues(words, length, kind);
  const rows = new Rows();
  const ids = new Map<number, number>();
  const idOf = (place: number, at: number): number => {
    if (place >= values.length) throw new WireError(`value ${place} of ${values.length}`, 4 * at);
    const id = ids.get(place);
    if (id !== undefined) {
      table.store.hold(id);
      return id;
    }
    const taken = table.store.take(decode(values[place]));
    ids.set(place, taken);
    return taken;
  };
  const at = readRows(rows.rows4, words, HEAD_WORDS + Math.ceil(length / 4), count4, idOf);
  readRows(rows.rows6, words, at, count6, idOf);
  table.loadRows(rows);
  return table;
}

/** Checks all that can be said without looking at rows; the bytes as words. */
function wordsOf(bytes: Uint8Array, kind: number): Uint32Array {
  if (!(bytes instanceof Uint8Array))
    throw new FibError('EINVAL', 'load', { detail: 'expected the Uint8Array of a table' });
  const words = new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
  const [low, high, check, version, ownKind, count4 = 0, count6 = 0, length = 0] = words;
  if (low !== MAGIC_LOW || high !== MAGIC_HIGH) throw new WireError('no table of hoptrie', 0);
  if (words.length < HEAD_WORDS) throw new WireError('truncated header of a table', bytes.length);
  if (version !== VERSION)
    throw new WireError(`table of format version ${version}, this hoptrie reads ${VERSION}`, 12);
  if (ownKind !== kind)
    throw new WireError(`table of ${KINDS[ownKind!] ?? 'unknown things'}, not of ${KINDS[kind]!}`, 16);
  const size =
    HEAD_WORDS +
    Math.ceil(length / 4) +
    2 * count4 +
    Math.ceil(count4 / 4) +
    5 * count6 +
    Math.ceil(count6 / 4);
  if (bytes.length < 4 * size)
    throw new WireError(`truncated table: ${bytes.length} of ${4 * size} bytes`, bytes.length);
  if (bytes.length > 4 * size) throw new WireError('bytes behind the table', 4 * size);
  if (hash(words) !== check) throw new WireError('table: the hash differs', 8);
  return words;
}

const KINDS = ['values', 'prefixes alone', 'numbers'];

function readValues(words: Uint32Array, length: number, kind: number): ArrayLike<unknown> {
  if (kind === NO_VALUES) return [true];
  if (kind === NUMBERS) return words.subarray(HEAD_WORDS, HEAD_WORDS + (length >>> 2));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      new Uint8Array(words.buffer, 4 * HEAD_WORDS, length),
    );
    const values: unknown = JSON.parse(text);
    if (Array.isArray(values)) return values as unknown[];
  } catch {
    // as if it were no array
  }
  throw new WireError('the values of the table are no JSON array', 4 * HEAD_WORDS);
}

/** Reads the rows of a family; where they end. */
function readRows(
  rows: FamilyRows,
  words: Uint32Array,
  at: number,
  count: number,
  idOf: (place: number, at: number) => number,
): number {
  const { is6, width } = rows;
  const keyWords = width - 2;
  const places = at + keyWords * count;
  const lengths = new Uint8Array(words.buffer, 4 * (places + count), count);
  const key = newKey();
  key.is6 = is6;
  for (let i = 0; i < count; i++) {
    const from = at + i * keyWords;
    key.a = words[from]!;
    if (is6) [key.b, key.c, key.d] = [words[from + 1]!, words[from + 2]!, words[from + 3]!];
    key.length = lengths[i]!;
    checkKey(key, 4 * from);
    const isNew = rows.isBehind(key);
    rows.push(key, idOf(words[places + i]!, places + i));
    if (!isNew) throw new WireError('prefixes out of order', 4 * from);
  }
  return places + count + Math.ceil(count / 4);
}

function checkKey(key: Key, offset: number): void {
  const { is6, a, b, c, d, length } = key;
  mask(key, length);
  const isClean = key.a === a && key.b === b && key.c === c && key.d === d;
  if (length > (is6 ? 128 : 32) || !isClean) throw new WireError('no prefix', offset);
}

/** FNV-1a over words, what stands at its own place left out. */
function hash(words: Uint32Array): number {
  let h = 0x811c9dc5;
  for (let i = 3; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193) ^ (h >>> 15);
  return h >>> 0;
}
