/**
 * table/key.ts - what a prefix or an address may be given as, read into a key; and keys as canonical text.
 *
 *   text                       `10.0.0.0/8`, `2001:db8::/32`; an address alone is its /32 or /128
 *   number                     IPv4, u32 in host order
 *   four numbers               IPv6, u32 each, the highest first: an array or a Uint32Array
 *   bytes                      4 or 16 in network order
 *   { address, length }        a prefix whose address is one of these
 *
 * Reading is strict (D11): nothing that inet_pton refuses, no host bits, no number that is none.
 */
import type { Family, Key } from '../core/family.js';
import { FibError } from '../errors.js';
import { malformed, readGroups6, scanAddress4, scanGroups6 } from '../text/address.js';
import { formatPrefix4, formatPrefix6, hostBits, parseLength } from '../text/prefix.js';

/** An address in one of its forms. */
export type AddressLike = string | number | Uint8Array | Uint32Array | readonly number[];

/** A prefix in one of its forms; an address stands for itself alone. */
export type PrefixLike = AddressLike | { readonly address: AddressLike; readonly length: number };

const bytes = new Uint8Array(16);
const groups = new Uint16Array(8);
const SLASH = 0x2f;
const COLON = 0x3a;
/** In so many characters IPv6 has its first colon. */
const GROUP = 5;
/** The third word of an IPv4 address in an IPv6 one. */
export const MAPPED = 0xffff;

/** A key that nobody has filled yet. */
export function newKey(): Key {
  return { is6: false, a: 0, b: 0, c: 0, d: 0, length: 0 };
}

/** Reads keys; `isMapped` says that `::ffff:a.b.c.d` is the IPv4 address in it. */
export class KeyReader {
  /** Filled by each reading; good until the next one. */
  readonly key: Key = newKey();
  readonly isMapped: boolean;

  constructor(isMapped: boolean) {
    this.isMapped = isMapped;
  }

  /** @throws {FibError} EINVAL for what is no address, with the offset in text */
  address(input: AddressLike): Key {
    if (typeof input === 'string') {
      this.#text(input, 0, input.length);
      this.#mapped();
    } else this.#value(input, 'address');
    return this.key;
  }

  /** @throws {FibError} EINVAL for what is no prefix or has host bits, with the offset in text */
  prefix(input: PrefixLike): Key {
    if (typeof input === 'string') return this.prefixIn(input, 0, input.length);
    if (typeof input === 'object' && input !== null && 'address' in input) {
      const { address, length } = input;
      if (typeof address === 'string') this.#text(address, 0, address.length);
      else this.#words(address, 'prefix');
      this.#length(length, this.key.is6 ? 128 : 32);
      this.#check();
    } else this.#value(input, 'prefix');
    return this.key;
  }

  /** The prefix that is exactly text[from, to). @throws {FibError} EINVAL with the offset */
  prefixIn(text: string, from: number, to: number): Key {
    const slash = find(text, SLASH, from, to);
    this.#text(text, from, slash);
    const { key } = this;
    if (slash < to) key.length = parseLength(text, slash + 1, key.length, to);
    this.#check(text);
    return key;
  }

  /** Reads the eight groups of an address that is IPv6 and stays so; false for other text, right or wrong. */
  readsGroups(text: string): boolean {
    return readGroups6(text, 0, text.length, groups) && !(this.isMapped && groups[5] === MAPPED);
  }

  /** Word 0..3 of the groups that were read. */
  word(i: 0 | 1 | 2 | 3): number {
    return pair(2 * i);
  }

  /** Reads text[from, to) if it is an address; false if it is none. */
  reads(text: string, from: number, to: number): boolean {
    if (this.#read(text, from, to) < 0) return false;
    this.#mapped();
    return true;
  }

  #text(text: string, from: number, to: number): void {
    const read = this.#read(text, from, to);
    if (read < 0) throw malformed(isColoned(text, from, to) ? 'IPv6 address' : 'IPv4 address', text, ~read);
  }

  /** Reads an address; below 0: `~offset` of what does not fit. */
  #read(text: string, from: number, to: number): number {
    const { key } = this;
    if (isColoned(text, from, to)) {
      const read = scanGroups6(text, from, to, groups);
      if (read >= 0) set6(key, pair(0), pair(2), pair(4), pair(6));
      return read;
    }
    const address = scanAddress4(text, from, to);
    if (address >= 0) set4(key, address);
    return address;
  }

  #value(input: unknown, what: 'address' | 'prefix'): void {
    this.#words(input, what);
    this.#mapped();
  }

  #words(input: unknown, what: 'address' | 'prefix'): void {
    const { key } = this;
    if (typeof input === 'number') set4(key, u32(input, what));
    else if (input instanceof Uint8Array && (input.length === 4 || input.length === 16)) setBytes(key, input);
    else if (isFour(input))
      set6(key, u32(input[0], what), u32(input[1], what), u32(input[2], what), u32(input[3], what));
    else throw bad(what, input);
  }

  #length(length: unknown, max: number): void {
    if (!Number.isInteger(length) || (length as number) < 0 || (length as number) > max) {
      throw invalid('prefix', `length: expected 0..${max}, got ${String(length)}`);
    }
    this.key.length = length as number;
  }

  /** Refuses host bits. */
  #check(text?: string): void {
    const { key } = this;
    const { a, b, c, d, length } = key;
    mask(key, length);
    if (key.a !== a || key.b !== b || key.c !== c || key.d !== d) {
      const meant = formatPrefix(key);
      throw hostBits(text ?? formatPrefix({ ...key, a, b, c, d }), meant);
    }
    this.#mapped();
  }

  /** Takes the IPv4 address out of a mapped one. */
  #mapped(): Key {
    const { key } = this;
    if (this.isMapped && key.is6 && key.a === 0 && key.b === 0 && key.c === MAPPED && key.length >= 96) {
      const length = key.length - 96;
      set4(key, key.d);
      key.length = length;
    }
    return key;
  }
}

/** True for text that can only be IPv6. */
function isColoned(text: string, from: number, to: number): boolean {
  const end = Math.min(to, from + GROUP);
  return find(text, COLON, from, end) < end;
}

/** Place of the first such character in text[from, to), `to` = there is none. */
function find(text: string, code: number, from: number, to: number): number {
  let i = from;
  while (i < to && text.charCodeAt(i) !== code) i++;
  return i;
}

function set4(key: Key, address: number): void {
  key.is6 = false;
  key.a = address;
  key.b = key.c = key.d = 0;
  key.length = 32;
}

function set6(key: Key, a: number, b: number, c: number, d: number): void {
  key.is6 = true;
  key.a = a;
  key.b = b;
  key.c = c;
  key.d = d;
  key.length = 128;
}

/** From 4 or 16 bytes in network order. */
function setBytes(key: Key, from: Uint8Array): void {
  if (from.length === 4) set4(key, word(from, 0));
  else set6(key, word(from, 0), word(from, 4), word(from, 8), word(from, 12));
}

/** Two groups as a word. */
function pair(i: number): number {
  return ((groups[i]! << 16) | groups[i + 1]!) >>> 0;
}

function word(from: Uint8Array, at: number): number {
  return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
}

function isFour(input: unknown): input is ArrayLike<number> {
  return (Array.isArray(input) || input instanceof Uint32Array) && input.length === 4;
}

function u32(input: unknown, what: string): number {
  if (typeof input === 'number' && input >>> 0 === input) return input;
  throw invalid(what, `expected a whole number of 0..4294967295, got ${String(input)}`);
}

function bad(what: string, input: unknown): FibError {
  const kind = input === null ? 'null' : input instanceof Uint8Array ? `${input.length} bytes` : typeof input;
  return invalid(what, `expected text, a u32, four of them, or 4 or 16 bytes, got ${kind}`);
}

function invalid(what: string, detail: string): FibError {
  return new FibError('EINVAL', `parse ${what}`, { detail });
}

/** Clears the bits of a key past `length`. */
export function mask(key: Key, length: number): void {
  key.a = masked(key.a, length);
  if (!key.is6) return;
  key.b = masked(key.b, length - 32);
  key.c = masked(key.c, length - 64);
  key.d = masked(key.d, length - 96);
}

function masked(w: number, length: number): number {
  if (length >= 32) return w;
  return length <= 0 ? 0 : (w & (-1 << (32 - length))) >>> 0;
}

/** The last key of a prefix. */
export function lastOf(key: Key): Key {
  const { is6, length } = key;
  const fill = (w: number, bits: number): number => (w | ~masked(0xffffffff, bits)) >>> 0;
  if (!is6) return { ...key, a: fill(key.a, length) };
  const { a, b, c, d } = key;
  return {
    is6,
    a: fill(a, length),
    b: fill(b, length - 32),
    c: fill(c, length - 64),
    d: fill(d, length - 96),
    length,
  };
}

/** Puts the key of the row at words[at] of a family into a key; its length is behind it. */
export function readRow(family: Family, words: Uint32Array, at: number, key: Key): Key {
  key.is6 = family.is6;
  key.a = words[at]!;
  if (family.is6) {
    key.b = words[at + 1]!;
    key.c = words[at + 2]!;
    key.d = words[at + 3]!;
  } else key.b = key.c = key.d = 0;
  key.length = words[at + family.rowWords - 2]!;
  return key;
}

/** Canonical text of a key as a prefix, always with its length. */
export function formatPrefix(key: Key): string {
  return key.is6 ? formatPrefix6(bytesOf(key), key.length) : formatPrefix4(key.a, key.length);
}

function bytesOf({ a, b, c, d }: Key): Uint8Array {
  let at = 0;
  for (const w of [a, b, c, d]) {
    bytes[at++] = w >>> 24;
    bytes[at++] = w >>> 16;
    bytes[at++] = w >>> 8;
    bytes[at++] = w;
  }
  return bytes;
}
