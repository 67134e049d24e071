/**
 * text/prefix.ts - prefixes between text and numbers: `10.0.0.0/8`, `default`, an address alone for a host.
 *
 * Two readings of `address/length`:
 *   parsePrefix4/6     a prefix: bits past the length must be zero (CFG-12)
 *   parseInterface4/6  an address and the length of its subnet, as `ip address add` takes it: all bits stay
 * The length is plain decimal without leading zeros. Both fill an object of the caller's when given one,
 * so that a loop over a million lines allocates nothing here. Rules CFG-12, PROC-34, D11.
 */
import { FibError } from '../errors.js';
import type { NumericPrefix } from '../model/route.js';
import {
  ADDRESS6_BYTES,
  formatAddress4,
  formatAddress6,
  malformed,
  scanAddress4,
  scanAddress6,
} from './address.js';

/** Word for 0.0.0.0/0 and ::/0. */
const DEFAULT = 'default';
const ZERO = 0x30;

/** An IPv4 prefix that a parser may fill again and again; `address` is a u32 in host order. */
export type MutablePrefix4 = { -readonly [field in keyof NumericPrefix]: NumericPrefix[field] };

/** An IPv6 prefix: 16 bytes in network order and a length of 0..128. */
export interface Prefix6 {
  readonly address: Uint8Array;
  readonly length: number;
}

/** Netmask of a prefix length 0..32, u32 in host order. */
export function mask4(length: number): number {
  return length === 0 ? 0 : (-1 << (32 - length)) >>> 0; // a shift by 32 would be one by 0
}

/**
 * IPv4 prefix from text: `10.0.0.0/8`, `default`, or an address for its /32.
 * @param out filled and given back; by default a new object
 * @throws {FibError} EINVAL: malformed, with the offset; or host bits set, with the prefix that was meant (CFG-12)
 */
export function parsePrefix4(text: string, out: MutablePrefix4 = { address: 0, length: 0 }): MutablePrefix4 {
  parseInterface4(text, out);
  const network = (out.address & mask4(out.length)) >>> 0;
  if (network !== out.address) throw hostBits(text, formatPrefix4(network, out.length));
  return out;
}

/**
 * IPv4 address with the length of its subnet, host bits kept: `192.0.2.1/24`; also what {@link parsePrefix4} takes.
 * @param out filled and given back; by default a new object
 * @throws {FibError} EINVAL with the offset of the first character that does not fit
 */
export function parseInterface4(
  text: string,
  out: MutablePrefix4 = { address: 0, length: 0 },
): MutablePrefix4 {
  if (text === DEFAULT) {
    out.address = 0;
    out.length = 0;
    return out;
  }
  if (typeof text !== 'string') throw malformed('IPv4 prefix', text, 0);
  const slash = text.indexOf('/');
  const address = scanAddress4(text, 0, slash < 0 ? text.length : slash);
  if (address < 0) throw malformed('IPv4 prefix', text, ~address);
  out.address = address;
  out.length = slash < 0 ? 32 : parseLength(text, slash + 1, 32);
  return out;
}

/** Canonical text of an IPv4 prefix, always with its length: `10.0.0.0/8`. */
export function formatPrefix4(address: number, length: number): string {
  return formatAddress4(address) + '/' + length;
}

/**
 * IPv6 prefix from text: `2001:db8::/32`, `default`, or an address for its /128.
 * @throws {FibError} EINVAL: malformed, with the offset; or host bits set, with the prefix that was meant
 */
export function parsePrefix6(text: string): Prefix6 {
  const prefix = parseInterface6(text);
  const network = network6(prefix.address, prefix.length);
  for (let i = 0; i < ADDRESS6_BYTES; i++) {
    if (network[i] !== prefix.address[i]) throw hostBits(text, formatPrefix6(network, prefix.length));
  }
  return prefix;
}

/**
 * IPv6 address with the length of its subnet, host bits kept; also what {@link parsePrefix6} takes.
 * @throws {FibError} EINVAL with the offset of the first character that does not fit
 */
export function parseInterface6(text: string): Prefix6 {
  const address = new Uint8Array(ADDRESS6_BYTES);
  if (text === DEFAULT) return { address, length: 0 };
  if (typeof text !== 'string') throw malformed('IPv6 prefix', text, 0);
  const slash = text.indexOf('/');
  const read = scanAddress6(text, 0, slash < 0 ? text.length : slash, address);
  if (read < 0) throw malformed('IPv6 prefix', text, ~read);
  return { address, length: slash < 0 ? 128 : parseLength(text, slash + 1, 128) };
}

/** Canonical text of an IPv6 prefix, always with its length; `address` is 16 bytes in network order at `at`. */
export function formatPrefix6(address: Uint8Array, length: number, at = 0): string {
  return formatAddress6(address, at) + '/' + length;
}

/** Reads a prefix length of 0..max that fills `text` from `from` to `to`. @throws {FibError} EINVAL with the offset */
export function parseLength(text: string, from: number, max: number, to = text.length): number {
  let length = -1;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9) || length === 0) throw badLength(text, i, max);
    length = length < 0 ? digit : length * 10 + digit;
    if (length > max) throw badLength(text, i, max);
  }
  if (length < 0) throw badLength(text, to, max);
  return length;
}

function badLength(text: string, offset: number, max: number): FibError {
  return malformed(max === 32 ? 'IPv4 prefix' : 'IPv6 prefix', text, offset, `length is 0..${max}`);
}

/** The error for a prefix with host bits. */
export function hostBits(text: string, expected: string): FibError {
  return new FibError('EINVAL', 'parse prefix', {
    detail: `host bits set in '${text}', expected ${expected}`,
  });
}

/** A copy of `address` with the bits past `length` cleared. */
function network6(address: Uint8Array, length: number): Uint8Array {
  const network = address.slice();
  for (let i = 0; i < ADDRESS6_BYTES; i++) {
    const kept = Math.min(Math.max(length - 8 * i, 0), 8);
    network[i] = network[i]! & (0xff << (8 - kept));
  }
  return network;
}
