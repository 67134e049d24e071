// table/text.ts - addresses in text, many in a row: what is plain is read here, all else is left to who has words for it.
//
// Texts stand one behind the other without anything between; the end of each is given. Whatever a text holds, no more than
// 48 bytes from its beginning are read.
//
// Digits come in any number, which is what a processor guesses wrong: so nothing branches on how many there are. An octet is
// four characters in a word, moved so that its last digit stands on top. Of an IPv6 address all characters are classed at
// once, a bit each, and its groups lie between the bits of colons.
//
// Sources: inet_pton(3), RFC 4291 section 2.2.

import { word } from "../arena";

/** Characters of the longest text of eight groups. */
const LONGEST6: u32 = 39;

/** Reads the IPv4 addresses of n texts, u32 each, to `dst`, and which rows they were to `rows`. How many. */
export function texts4(text: usize, ends: usize, n: u32, dst: usize, rows: usize): u32 {
  let read: u32 = 0;
  let from = text;
  for (let row: u32 = 0; row < n; row++) {
    const to = text + load<u32>(word(ends, row));
    const address = address4(from, to);
    store<u32>(word(dst, read), <u32>address);
    store<u32>(word(rows, read), row);
    read += <u32>(address >= 0);
    from = to;
  }
  return read;
}

/** The address from..to, or -1: it is none. */
function address4(from: usize, to: usize): i64 {
  let address: u32 = 0;
  for (let part = 0; part < 4; part++) {
    const left = <u32>(to - from);
    const four = load<u32>(from);
    const digits = part < 3 ? beforeDot(four) : left;
    // A dot must follow, and it belongs to this text.
    if (digits - 1 > 2 || left < digits + <u32>(part < 3)) return -1;
    const octet = octetOf(four, digits);
    if (octet > 255) return -1;
    address = (address << 8) | octet;
    from += digits + 1;
  }
  return address;
}

/** Characters before the first dot of four; 4: there is none. */
// @ts-ignore: decorator
@inline function beforeDot(four: u32): u32 {
  const other = four ^ 0x2e2e2e2e;
  return (<u32>ctz<u32>((other - 0x01010101) & ~other & 0x80808080)) >>> 3;
}

/** The octet of the first 1..3 of four characters, above 255 if they are none. */
// @ts-ignore: decorator
@inline function octetOf(four: u32, digits: u32): u32 {
  const values = (four ^ 0x30303030) << (32 - 8 * digits);
  const others = (((values & 0x7f7f7f7f) + 0x76767676) | values) & 0x80808080;
  const isPadded = digits > 1 && !((four ^ 0x30) & 255); // a leading zero would read as octal elsewhere
  const octet = (values >>> 24) + 10 * ((values >>> 16) & 255) + 100 * ((values >>> 8) & 255);
  return octet | others | ((<u32>isPadded) << 8);
}

/** Reads the IPv6 addresses of n texts, 16 bytes each, to `dst`, and which rows they were to `rows`. How many. */
export function texts6(text: usize, ends: usize, n: u32, dst: usize, rows: usize): u32 {
  let read: u32 = 0;
  let from = text;
  for (let row: u32 = 0; row < n; row++) {
    const to = text + load<u32>(word(ends, row));
    store<u32>(word(rows, read), row);
    read += <u32>groups6(from, <u32>(to - from), dst + ((<usize>read) << 4));
    from = to;
  }
  return read;
}

/** Reads a text of some characters without an IPv4 address in it; false: it is none, and `out` holds nothing of use. */
function groups6(text: usize, length: u32, out: usize): bool {
  if (length - 2 > LONGEST6 - 2) return false;
  const all: u64 = ((<u64>1) << length) - 1;
  const a = v128.load(text);
  const b = v128.load(text, 16);
  const c = v128.load(text, 32);
  const colons = (colonsOf(a) | (colonsOf(b) << 16) | (colonsOf(c) << 32)) & all;
  if (((digitsOf(a) | (digitsOf(b) << 16) | (digitsOf(c) << 32) | colons) & all) != all) return false;
  const gap = colons & (colons >>> 1);
  const atEnds = (colons & ~gap & 1) | (colons & ~(gap << 1) & (all ^ (all >>> 1))); // a colon there is one of two
  if (gap & (gap - 1) || atEnds) return false;
  let groups: u32 = 0;
  let before: u32 = 8; // groups before the gap
  for (let at: u32 = 0, rest = colons; at <= length; rest &= rest - 1) {
    const end = rest ? <u32>ctz<u64>(rest) : length;
    if (end != at) {
      if (groups == 8 || end - at > 4) return false;
      store<u16>(out + ((<usize>groups) << 1), groupOf(load<u32>(text + at), end - at));
      groups++;
    }
    at = end + 1;
    if ((gap >>> end) & 1) before = groups;
  }
  if (!gap) return groups == 8;
  if (groups == 8) return false;
  v128.store(out, apart(v128.load(out), 2 * before, 2 * groups));
  return true;
}

/** Bytes `before`..end moved to the end of 16, with zeros between. */
// @ts-ignore: decorator
@inline function apart(bytes: v128, before: u32, end: u32): v128 {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const stay = i8x16.lt_u(places, i8x16.splat(<i8>before));
  const move = i8x16.ge_u(places, i8x16.splat(<i8>(16 - end + before)));
  const from = v128.bitselect(places, i8x16.sub(places, i8x16.splat(<i8>(16 - end))), stay);
  return i8x16.swizzle(bytes, v128.or(from, v128.not(v128.or(stay, move))));
}

/** The colons of 16 characters, a bit each. */
// @ts-ignore: decorator
@inline function colonsOf(chars: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(i8x16.eq(chars, i8x16.splat(0x3a))));
}

/** The hexadecimal digits of 16 characters, a bit each. */
// @ts-ignore: decorator
@inline function digitsOf(chars: v128): u64 {
  const decimal = i8x16.lt_u(i8x16.sub(chars, i8x16.splat(0x30)), i8x16.splat(10));
  const letter = i8x16.lt_u(i8x16.sub(v128.or(chars, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(6));
  return <u64>(<u32>i8x16.bitmask(v128.or(decimal, letter)));
}

/** The group of the first 1..4 of four hexadecimal digits, in network order. */
// @ts-ignore: decorator
@inline function groupOf(four: u32, digits: u32): u16 {
  const chars = four << (32 - 8 * digits);
  const values = (chars & 0x0f0f0f0f) + 9 * ((chars >>> 6) & 0x01010101);
  const pairs = (values << 4) | (values >>> 8);
  return <u16>((pairs & 0xff) | ((pairs >>> 8) & 0xff00));
}
