/**
 * text/address.ts - addresses between text and numbers, exactly as inet_pton(3) and inet_ntop(3) do it.
 *
 * Strict on purpose: `010.0.0.1`, `1.2.3`, `0x7f.1` and spaces are errors (D11), because readers that disagree
 * about such text are a classic security bug. The scanners hold no state, make no substrings and tell
 * a mistake by a number, so that a parse costs some tens of nanoseconds and one object at most.
 *
 * IPv4 addresses are u32 in host order, IPv6 addresses 16 bytes in network order.
 * Sources: inet_pton(3), inet_ntop(3), RFC 4291 section 2.2, RFC 5952.
 */
import { FibError } from '../errors.js';

const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;

/** Bytes of an IPv6 address. */
export const ADDRESS6_BYTES = 16;

/** Decimal text of every octet, and the same with a dot behind it. */
const OCTET = Array.from({ length: 256 }, (_, n) => String(n));
const OCTET_DOT = OCTET.map((text) => text + '.');

/**
 * Reads the IPv4 address that is exactly `text[from, to)`. The digits of an octet are spelled out: how many there are is
 * what the processor guesses wrong, and here once for each octet.
 * @returns the address, u32 in host order; or `~offset` (negative) of the first character that does not fit, which
 * is `to` when text is missing
 */
export function scanAddress4(text: string, from: number, to: number): number {
  let address = 0;
  let i = from;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (i === to || text.charCodeAt(i) !== DOT) return ~i;
      i++;
    }
    if (i === to) return ~i;
    let octet = text.charCodeAt(i) - ZERO;
    if (octet < 0 || octet > 9) return ~i;
    i++;
    let digit = i < to ? text.charCodeAt(i) - ZERO : -1;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return ~i; // a leading zero would read as octal elsewhere
      octet = octet * 10 + digit;
      i++;
      digit = i < to ? text.charCodeAt(i) - ZERO : -1;
      if (digit >= 0 && digit <= 9) {
        octet = octet * 10 + digit;
        if (octet > 255) return ~i;
        i++;
      }
    }
    address = (address << 8) | octet;
  }
  return i === to ? address >>> 0 : ~i;
}

/**
 * IPv4 address from dotted decimal text, u32 in host order.
 * @throws {FibError} EINVAL with the offset of the first character that does not fit; also for what is no string
 */
export function parseAddress4(text: string): number {
  const address = typeof text === 'string' ? scanAddress4(text, 0, text.length) : ~0;
  if (address < 0) throw malformed('IPv4 address', text, ~address);
  return address;
}

/** Dotted decimal text of an IPv4 address given as a number whose low 32 bits are in host order. */
export function formatAddress4(address: number): string {
  return (
    OCTET_DOT[address >>> 24]! +
    OCTET_DOT[(address >>> 16) & 255]! +
    OCTET_DOT[(address >>> 8) & 255]! +
    OCTET[address & 255]!
  );
}

/** Groups of the address that is being read. */
const groups = new Uint16Array(8);

/**
 * Reads the IPv6 address that is exactly `text[from, to)` into the 16 bytes of `out`, network order.
 * After a mistake `out` holds nothing of use.
 * @returns 0, or `~offset` (negative) of the first character that does not fit
 */
export function scanAddress6(text: string, from: number, to: number, out: Uint8Array): number {
  const read = scanGroups6(text, from, to, groups);
  for (let i = 0; i < 8; i++) {
    out[2 * i] = groups[i]! >>> 8;
    out[2 * i + 1] = groups[i]!;
  }
  return read;
}

/** As `scanAddress6`, into the eight groups of `out`. */
export function scanGroups6(text: string, from: number, to: number, out: Uint16Array): number {
  let n = 0; // groups read
  let gap = -1; // where the zeros of `::` go
  let i = from;
  if (i < to && text.charCodeAt(i) === COLON) {
    if (i + 1 === to || text.charCodeAt(i + 1) !== COLON) return ~(i + 1);
    gap = 0;
    i += 2;
  }
  while (i < to) {
    const room = (gap < 0 ? 8 : 7) - n; // `::` stands for one group at least
    if (room === 0) return ~i;
    const start = i;
    let value = 0;
    let code = 0;
    for (let digit; i < to && (digit = hexDigit((code = text.charCodeAt(i)))) >= 0; i++) {
      if (i - start === 4) return ~i;
      value = (value << 4) | digit;
    }
    if (i < to && code === DOT) {
      if (room < 2 || (gap < 0 && room > 2)) return ~i; // an IPv4 address is the last two groups
      const tail = scanAddress4(text, start, to);
      if (tail < 0) return tail;
      out[n++] = tail >>> 16;
      out[n++] = tail;
      break;
    }
    if (i === start) return ~i;
    out[n++] = value;
    if (i === to) break;
    if (code !== COLON || ++i === to) return ~i;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0 || n === 8) return ~i;
      gap = n;
      i++;
    }
  }
  if (gap < 0) return n === 8 ? 0 : ~to;
  let last = 8;
  while (n > gap) out[--last] = out[--n]!;
  while (last > gap) out[--last] = 0;
  return 0;
}

/**
 * IPv6 address from text: groups, `::`, an IPv4 address at the end; no zone. 16 bytes, network order.
 * @throws {FibError} EINVAL with the offset of the first character that does not fit; also for what is no string
 */
export function parseAddress6(text: string): Uint8Array {
  const bytes = new Uint8Array(ADDRESS6_BYTES);
  const read = typeof text === 'string' ? scanAddress6(text, 0, text.length, bytes) : ~0;
  if (read < 0) throw malformed('IPv6 address', text, ~read);
  return bytes;
}

/**
 * Text of the IPv6 address in the 16 bytes at `bytes[at]`, as RFC 5952 recommends: lower case, no leading zeros, `::`
 * for the first longest run of two or more zero groups. IPv4-mapped and IPv4-compatible addresses end in
 * dotted decimal (RFC 5952 section 5), as inet_ntop and so `ip route` write them.
 */
export function formatAddress6(bytes: Uint8Array, at = 0): string {
  let runAt = -1;
  let run = 1; // a single zero group is not shortened
  for (let i = 0, zeros = 0; i < 8; i++) {
    zeros = group(bytes, at, i) === 0 ? zeros + 1 : 0;
    if (zeros > run) {
      run = zeros;
      runAt = i - zeros + 1;
    }
  }
  const dotted = runAt === 0 && (run === 6 || (run === 5 && group(bytes, at, 5) === 0xffff));
  const groups = dotted ? 6 : 8;
  let text = '';
  for (let i = 0; i < groups; i++) {
    if (i === runAt) {
      text += '::';
      i += run - 1;
    } else {
      if (i > 0 && i !== runAt + run) text += ':';
      text += group(bytes, at, i).toString(16);
    }
  }
  if (!dotted) return text;
  const tail = formatAddress4((group(bytes, at, 6) << 16) | group(bytes, at, 7));
  return text.endsWith('::') ? text + tail : `${text}:${tail}`;
}

/** The error for text that cannot be read: EINVAL with the offset; the text itself is quoted in part. */
export function malformed(what: string, text: unknown, offset: number, why?: string): FibError {
  const operation = what.endsWith('prefix') ? 'parse prefix' : 'parse address';
  if (typeof text !== 'string') {
    const kind = text === null ? 'null' : typeof text;
    return new FibError('EINVAL', operation, { detail: `${what} expected as text, not ${kind}`, offset: 0 });
  }
  const quoted = text.length > 64 ? `${text.slice(0, 64)}...` : text;
  const detail = `no ${what}: '${quoted}'${why === undefined ? '' : `, ${why}`}`;
  return new FibError('EINVAL', operation, { detail, offset });
}

/** Values of hexadecimal digits by character code, -1 for what is none. */
const HEX = Int8Array.from({ length: 128 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
);

/** Value of a hexadecimal digit given as its character code, or -1. */
function hexDigit(code: number): number {
  return code < 128 ? HEX[code]! : -1;
}

function group(bytes: Uint8Array, at: number, i: number): number {
  return (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!;
}
