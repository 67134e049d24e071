/**
 * ip/address.ts - addresses and prefixes as iproute2 reads them, which is more than the strict text of `text/`.
 *
 *   10.1        10.1.0.0: missing bytes are 0, and each may be hexadecimal or octal
 *   10/8        a prefix; its length as a number or, for IPv4, as a mask
 *   default     the prefix of all addresses, whose bytes are zeros once a family is known; the address 0.0.0.0
 *   any, all    the prefix of all addresses, or an address, of no bytes
 */
import * as uapi from '../abi/uapi.js';
import { formatAddress4, formatAddress6, parseAddress6 } from '../text/address.js';
import { u32be } from '../wire/bytes.js';
import { Exit, MISTAKE } from './failure.js';
import { AF_PACKET, familyName } from './options.js';
import { U8_MAX, unsigned } from './number.js';

/** An address, or a prefix. */
export interface Inet {
  /** 0 for `default`, `any` and `all` where no family was asked for. */
  readonly family: number;
  /** In network order; none for a prefix of all addresses by name. */
  readonly bytes: Uint8Array;
  /** Bits of the prefix; of an address, all. */
  readonly length: number;
  /** A length was written, or a name that has one. */
  readonly hasLength: boolean;
}

const NONE = new Uint8Array(0);

/** Bytes of an address; 0 for families that are none of the two. */
export function addressBytes(family: number): number {
  return family === uapi.AF_INET ? 4 : family === uapi.AF_INET6 ? 16 : 0;
}

/** An address of `family`, 0 for either. @throws {Exit} it is none */
export function readAddress(word: string, family: number): Inet {
  refusePacket(word, family, 'address');
  const inet = addressOf(word, family);
  if (inet === undefined) throw expected(family, 'address', word);
  return inet;
}

/** A prefix of `family`, 0 for either; an address alone is one of full length. @throws {Exit} it is none */
export function readPrefix(word: string, family: number): Inet {
  refusePacket(word, family, 'prefix');
  const inet = prefixOf(word, family);
  if (inet === undefined) throw expected(family, 'prefix', word);
  return inet;
}

/** An address in text; `???` for one of no family. */
export function addressText(family: number, bytes: Uint8Array): string {
  if (family === uapi.AF_INET && bytes.length >= 4) return formatAddress4(u32be(bytes, 0));
  if (family === uapi.AF_INET6 && bytes.length >= 16) return formatAddress6(bytes);
  return '???';
}

/** Whether the prefix `inner` lies within `outer`. */
export function isWithin(inner: Inet, outer: Inet): boolean {
  const isSame = outer.family === 0 || inner.family === outer.family;
  return isSame && inner.length >= outer.length && agree(inner.bytes, outer.bytes, outer.length);
}

/** The first `length` bits are the same; bytes that are not there are 0. */
export function agree(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let bit = 0; bit < length; bit += 8) {
    const rest = length - bit;
    const mask = rest >= 8 ? 0xff : (0xff00 >> rest) & 0xff;
    if ((((a[bit >> 3] ?? 0) ^ (b[bit >> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** With `-0` there are no addresses of a protocol. */
function refusePacket(word: string, family: number, what: string): void {
  if (family !== AF_PACKET) return;
  throw new Exit(MISTAKE, `Error: "${word}" may be inet ${what}, but it is not allowed in this context.\n`);
}

function expected(family: number, what: string, word: string): Exit {
  const name = family === 0 ? 'any valid' : familyName(family);
  return new Exit(MISTAKE, `Error: ${name} ${what} is expected rather than "${word}".\n`);
}

function addressOf(word: string, family: number): Inet | undefined {
  return allOf(word, family) ?? hostOf(word, family);
}

/** `default`, `any` and `all`. */
function allOf(word: string, family: number): Inet | undefined {
  if (word === 'default') return whole(family, new Uint8Array(addressBytes(family)), 0);
  return word === 'any' || word === 'all' ? whole(family, NONE, 0) : undefined;
}

function hostOf(word: string, family: number): Inet | undefined {
  if (word.includes(':')) {
    const bytes = family === 0 || family === uapi.AF_INET6 ? bytes6(word) : undefined;
    return bytes && whole(uapi.AF_INET6, bytes);
  }
  const bytes = family === 0 || family === uapi.AF_INET ? bytes4(word) : undefined;
  return bytes && whole(uapi.AF_INET, bytes);
}

function prefixOf(word: string, family: number): Inet | undefined {
  const all = allOf(word, family);
  if (all !== undefined) return { ...all, hasLength: true };
  const slash = word.indexOf('/');
  if (slash < 0) return hostOf(word, family);
  const inet = hostOf(word.slice(0, slash), family);
  const length = inet && lengthOf(word.slice(slash + 1), inet);
  return length === undefined ? undefined : { ...inet!, length, hasLength: true };
}

function whole(family: number, bytes: Uint8Array, length = 8 * bytes.length): Inet {
  return { family, bytes, length, hasLength: false };
}

/** The length of a prefix: a number, or for IPv4 a mask without holes. */
function lengthOf(word: string, { family, length }: Inet): number | undefined {
  const number = unsigned(word);
  if (number !== undefined) return number <= length ? number : undefined;
  const mask = family === uapi.AF_INET ? bytes4(word) : undefined;
  if (mask === undefined) return undefined;
  const inverted = ~u32be(mask, 0) >>> 0;
  return (inverted & (inverted + 1)) === 0 ? Math.clz32(inverted) : undefined;
}

function bytes4(word: string): Uint8Array | undefined {
  const parts = word.split('.').map((part) => unsigned(part, U8_MAX));
  if (parts.length > 4 || parts.includes(undefined)) return undefined;
  const bytes = new Uint8Array(4);
  bytes.set(parts as number[]);
  return bytes;
}

function bytes6(word: string): Uint8Array | undefined {
  try {
    return parseAddress6(word);
  } catch {
    return undefined;
  }
}
