// table/text.ts - addresses in text, many in a row: what is plain is read here, all else is left to who has words for it.
//
// Texts stand one behind the other without anything between; the end of each is given. Whatever a text holds, no more than
// 48 bytes from its beginning are read.
//
// Digits come in any number, which is what a processor guesses wrong: so nothing branches on how many there are. All
// characters are classed at once, a bit each; octets and groups lie between the bits of dots and colons, and are read from
// four characters in a word, moved so that their last digit stands on top.
//
// Sources: inet_pton(3), RFC 4291 section 2.2.

import { word } from "../arena";

/** Characters of four octets, at least and at most, and of eight groups. */
const SHORTEST4: u32 = 7;
const LONGEST4: u32 = 15;
const LONGEST6: u32 = 39;

/** Reads the IPv4 addresses of n texts, u32 each, to `dst`, and which rows they were to `rows`. How many. */
export function texts4(text: usize, ends: usize, n: u32, dst: usize, rows: usize): u32 {
  let read: u32 = 0;
  let from = text;
  for (let row: u32 = 0; row < n; row++) {
    const to = text + load<u32>(word(ends, row));
    const address = address4(from, <u32>(to - from));
    store<u32>(word(dst, read), <u32>address);
    store<u32>(word(rows, read), row);
    read += <u32>(address >= 0);
    from = to;
  }
  return read;
}

/** The address in a text of some characters, or -1: it is none. */
function address4(text: usize, length: u32): i64 {
  if (length - SHORTEST4 > LONGEST4 - SHORTEST4) return -1;
  const chars = v128.load(text);
  const end: u32 = 1 << length;
  const dots = bitsOf(i8x16.eq(chars, i8x16.splat(0x2e))) & (end - 1);
  const digits = bitsOf(isDecimal(chars));
  // A leading zero would read as octal elsewhere; alone it stands between two dots.
  const zeros = bitsOf(i8x16.eq(chars, i8x16.splat(0x30))) & ((dots << 1) | 1) & ~((dots | end) >>> 1);
  const second = dots & (dots - 1);
  const third = second & (second - 1);
  if (((digits | dots) & (end - 1)) != end - 1 || zeros || !third || third & (third - 1)) return -1;
  const a = ctz<u32>(dots);
  const b = ctz<u32>(second);
  const c = ctz<u32>(third);
  const octetA = octetOf(text, a);
  const octetB = octetOf(text + a + 1, b - a - 1);
  const octetC = octetOf(text + b + 1, c - b - 1);
  const octetD = octetOf(text + c + 1, length - c - 1);
  if ((octetA | octetB | octetC | octetD) > 255) return -1;
  return (octetA << 24) | (octetB << 16) | (octetC << 8) | octetD;
}

/** The octet of some digits, above 255 if there are none or too many. */
// @ts-ignore: decorator
@inline function octetOf(text: usize, digits: u32): u32 {
  const values = (load<u32>(text) & 0x0f0f0f0f) << (32 - 8 * digits);
  const octet = (values >>> 24) + 10 * ((values >>> 16) & 15) + 100 * ((values >>> 8) & 15);
  return octet | ((((digits - 1) & ~3) | (digits & 4)) << 8);
}

/** Which of 16 characters are decimal digits. */
// @ts-ignore: decorator
@inline function isDecimal(chars: v128): v128 {
  return i8x16.lt_u(i8x16.sub(chars, i8x16.splat(0x30)), i8x16.splat(10));
}

/** A bit for each of 16 lanes. */
// @ts-ignore: decorator
@inline function bitsOf(lanes: v128): u32 {
  return <u32>i8x16.bitmask(lanes);
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
export function groups6(text: usize, length: u32, out: usize): bool {
  if (length - 2 > LONGEST6 - 2) return false;
  const all: u64 = ((<u64>1) << length) - 1;
  const a = v128.load(text);
  const b = v128.load(text, 16);
  const c = v128.load(text, 32);
  const colons = (colonsOf(a) | (colonsOf(b) << 16) | (colonsOf(c) << 32)) & all;
  if (((digitsOf(a) | (digitsOf(b) << 16) | (digitsOf(c) << 32) | colons) & all) != all) return false;
  const gap = colons & (colons >>> 1);
  if (gap) return gapped6(text, colons | (all + 1), gap, out);
  if (popcnt<u64>(colons) != 7) return false;
  let at: u32 = 0;
  let rest = colons | (all + 1);
  let wrong: u32 = 0;
  for (let to = out; to < out + 16; to += 2, rest &= rest - 1) {
    const end = <u32>ctz<u64>(rest);
    wrong |= (end - at - 1) & ~3; // one digit to four
    store<u16>(to, groupOf(load<u32>(text + at), end - at));
    at = end + 1;
  }
  return !wrong;
}

/** As `groups6`, of a text with two colons in a row at `gap`; `stops` are all colons and the end. */
function gapped6(text: usize, stops: u64, gap: u64, out: usize): bool {
  if (gap & (gap - 1)) return false;
  let groups: u32 = 0;
  let before: u32 = 0; // groups before the gap
  for (let at: u32 = 0, rest = stops; rest; rest &= rest - 1) {
    const end = <u32>ctz<u64>(rest);
    if (end != at) {
      if (groups == 7 || end - at > 4) return false;
      store<u16>(out + ((<usize>groups) << 1), groupOf(load<u32>(text + at), end - at));
      groups++;
    } else if (!(((7 * gap) >>> end) & 1)) return false; // nothing may stand around a gap alone
    if ((gap >>> end) & 1) before = groups;
    at = end + 1;
  }
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
  return bitsOf(i8x16.eq(chars, i8x16.splat(0x3a)));
}

/** The hexadecimal digits of 16 characters, a bit each. */
// @ts-ignore: decorator
@inline function digitsOf(chars: v128): u64 {
  const letter = i8x16.lt_u(i8x16.sub(v128.or(chars, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(6));
  return bitsOf(v128.or(isDecimal(chars), letter));
}

/** The group of the first 1..4 of four hexadecimal digits, in network order. */
// @ts-ignore: decorator
@inline function groupOf(four: u32, digits: u32): u16 {
  const chars = four << (32 - 8 * digits);
  const values = (chars & 0x0f0f0f0f) + 9 * ((chars >>> 6) & 0x01010101);
  const pairs = (values << 4) | (values >>> 8);
  return <u16>((pairs & 0xff) | ((pairs >>> 8) & 0xff00));
}
