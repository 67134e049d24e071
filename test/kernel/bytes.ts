/**
 * kernel/bytes.ts - netlink bytes as this test writes and reads them: few lines of its own, so that a mistake of the
 * product's codecs cannot hide here. Numbers as in <linux/rtnetlink.h>, <linux/fib_rules.h>, <linux/nexthop.h>.
 */

export const MSG = {
  ERROR: 2,
  DONE: 3,
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
  NEWNEXTHOP: 104,
  DELNEXTHOP: 105,
  GETNEXTHOP: 106,
} as const;

/** Message flags; a name means what its request makes of the bit. */
export const NLM = {
  REQUEST: 0x1,
  ACK: 0x4,
  ECHO: 0x8,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
} as const;

export const RTA = {
  DST: 1,
  SRC: 2,
  IIF: 3,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  FLOW: 11,
  CACHEINFO: 12,
  TABLE: 15,
  MARK: 16,
  VIA: 18,
  UID: 25,
  IP_PROTO: 27,
  SPORT: 28,
  DPORT: 29,
  NH_ID: 30,
} as const;

export const AF_INET = 2;
export const AF_INET6 = 10;

/** One after the other. */
export function cat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const align4 = (n: number): number => (n + 3) & ~3;

/** Bytes given as numbers. */
export const u8 = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

/** u16 in host order. */
export const u16 = (value: number): Uint8Array => u8(value & 255, (value >>> 8) & 255);

/** u32 in host order. */
export const u32 = (value: number): Uint8Array =>
  u8(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);

/** u16 in network order. */
export const be16 = (value: number): Uint8Array => u16(value).reverse();

/** u32 in network order: an IPv4 address. */
export const be32 = (value: number): Uint8Array => u32(value).reverse();

/** A string with its NUL. */
export const text0 = (value: string): Uint8Array => cat(new TextEncoder().encode(value), u8(0));

/** fe80::N */
export const linkLocal6 = (n: number): Uint8Array => u8(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n);

/** A whole attribute, padded. */
export function attr(type: number, ...payload: readonly Uint8Array[]): Uint8Array {
  const body = cat(...payload);
  const all = new Uint8Array(align4(4 + body.length));
  all.set(u16(4 + body.length));
  all.set(u16(type), 2);
  all.set(body, 4);
  return all;
}

/** The attribute that `make` gives for a value; nothing without one. */
export function given<T>(value: T | undefined, make: (value: T) => Uint8Array): Uint8Array {
  return value === undefined ? u8() : make(value);
}

/** A whole message; its length, sequence 0 and port id 0 included. */
export function message(type: number, flags: number, ...payload: readonly Uint8Array[]): Uint8Array {
  const body = cat(...payload);
  return cat(u32(16 + body.length), u16(type), u16(flags), u32(0), u32(0), body);
}

/** The same message with another sequence number, written in place. */
export function numbered(bytes: Uint8Array, seq: number): Uint8Array {
  if (bytes.length >= 12) bytes.set(u32(seq), 8);
  return bytes;
}

export const read16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

export const read32 = (bytes: Uint8Array, at: number): number =>
  (read16(bytes, at) | (read16(bytes, at + 2) << 16)) >>> 0;

/** A message inside of a datagram. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  /** Header and payload, without padding; a view. */
  readonly bytes: Uint8Array;
}

/** The messages of a datagram, up to the first impossible length. */
export function messagesOf(datagram: Uint8Array): Message[] {
  const found: Message[] = [];
  for (let at = 0; at + 16 <= datagram.length;) {
    const length = read32(datagram, at);
    if (length < 16 || at + length > datagram.length) break;
    found.push({
      type: read16(datagram, at + 4),
      flags: read16(datagram, at + 6),
      seq: read32(datagram, at + 8),
      bytes: datagram.subarray(at, at + length),
    });
    at += align4(length);
  }
  return found;
}

/** An attribute inside of a message; `type` without its flag bits. */
export interface Attr {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** The attributes from `at` on, up to the first impossible length. */
export function attrsOf(bytes: Uint8Array, at = 0): Attr[] {
  const found: Attr[] = [];
  while (at + 4 <= bytes.length) {
    const length = read16(bytes, at);
    if (length < 4 || at + length > bytes.length) break;
    found.push({ type: read16(bytes, at + 2) & 0x3fff, payload: bytes.subarray(at + 4, at + length) });
    at += align4(length);
  }
  return found;
}

/** Dotted quad of a u32. */
export const ipText = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

/** u32 of a dotted quad. */
export const ip = (text: string): number =>
  text.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);

/** The mask of a prefix length. */
export const mask = (length: number): number => (length === 0 ? 0 : (~0 << (32 - length)) >>> 0);

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
