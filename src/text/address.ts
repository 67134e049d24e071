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

/** What three characters are that an octet begins with: the octet and, in the low two bits, its digits; by `octetOf`. */
const OCTET_OF = new Int16Array(1 << 12).fill(-1);
for (const [octet, text] of OCTET.entries()) {
  const [a, b = DOT, c = DOT] = Array.from(text, (_, i) => text.charCodeAt(i));
  const at = ((a! - ZERO) << 8) | ((b - DOT) << 4) | (c - DOT);
  OCTET_OF.fill((octet << 2) | text.length, at, text.length === 1 ? at + 12 : at + 1); // behind a dot is anything
}

/** The octet and its digits that stand in front of these characters, or -1. */
function octetOf(a: number, b: number, c: number): number {
  const high = a - ZERO;
  const middle = b - DOT;
  const low = c - DOT;
  return (high | middle | low) >>> 4 === 0 ? OCTET_OF[(high << 8) | (middle << 4) | low]! : -1;
}

/**
 * Reads the IPv4 address that is exactly `text[from, to)`; -1 if it is none. How many digits an octet has is what a processor
 * guesses wrong, so nothing is asked by digits: one load tells an octet from three characters.
 */
export function readAddress4(text: string, from: number, to: number): number {
  let address = 0;
  let i = from;
  for (let part = 0; part < 3; part++) {
    if (i + 3 > to) return -1;
    const octet = octetOf(text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2));
    i += octet & 3;
    if (octet < 0 || i >= to || text.charCodeAt(i) !== DOT) return -1;
    address = (address << 8) | (octet >> 2);
    i++;
  }
  const digits = to - i;
  if (digits < 1 || digits > 3) return -1;
  const second = digits > 1 ? text.charCodeAt(i + 1) : DOT;
  const octet = octetOf(text.charCodeAt(i), second, digits > 2 ? text.charCodeAt(i + 2) : DOT);
  return octet >= 0 && (octet & 3) === digits ? ((address << 8) | (octet >> 2)) >>> 0 : -1;
}

/**
 * Reads the IPv4 address that is exactly `text[from, to)`.
 * @returns the address, u32 in host order; or `~offset` (negative) of the first character that does not fit, which
 * is `to` when text is missing
 */
export function scanAddress4(text: string, from: number, to: number): number {
  const address = readAddress4(text, from, to);
  return address >= 0 ? address : ~mistake4(text, from, to);
}

/** Where text is no IPv4 address. */
function mistake4(text: string, from: number, to: number): number {
  let i = from;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (i === to || text.charCodeAt(i) !== DOT) return i;
      i++;
    }
    const start = i;
    let octet = 0;
    for (let digit; i < to && i < start + 3 && (digit = text.charCodeAt(i) - ZERO) >= 0 && digit <= 9; i++) {
      if (i > start && octet === 0) return i; // a leading zero would read as octal elsewhere
      octet = octet * 10 + digit;
      if (octet > 255) return i;
    }
    if (i === start) return i;
  }
  return i;
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
  return readGroups6(text, from, to, out) ? 0 : scanParts6(text, from, to, out);
}

/**
 * Reads an IPv6 address without an IPv4 address in it; false for any other text. Digits and colons are told apart by one load
 * for each character, and what they come to is asked at colons alone.
 */
export function readGroups6(text: string, from: number, to: number, out: Uint16Array): boolean {
  let n = 0; // groups read
  let gap = -1; // where the zeros of `::` go
  let value = 0;
  let digits = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    const digit = hexDigit(code);
    if (digit >= 0) {
      value = (value << 4) | digit;
      digits++;
      continue;
    }
    if (code !== COLON || digits > 4 || n === 7) return false;
    if (digits > 0) {
      out[n++] = value;
      value = digits = 0;
    } else {
      if (gap >= 0 || (i === from && (++i === to || text.charCodeAt(i) !== COLON))) return false;
      gap = n;
    }
  }
  if (digits > 4) return false;
  if (digits > 0) out[n++] = value;
  else if (gap !== n) return false; // ends with one colon
  if (gap < 0) return n === 8;
  spread(out, n, gap);
  return n < 8;
}

/** Puts zeros between the groups in front of a gap and the n groups behind it. */
function spread(out: Uint16Array, n: number, gap: number): void {
  let last = 8;
  while (n > gap) out[--last] = out[--n]!;
  while (last > gap) out[--last] = 0;
}

/** `scanGroups6` step by step: addresses with an IPv4 address at the end, and where a mistake is. */
function scanParts6(text: string, from: number, to: number, out: Uint16Array): number {
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
  spread(out, n, gap);
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
