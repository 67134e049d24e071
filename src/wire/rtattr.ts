/**
 * wire/rtattr.ts - struct rtattr, the TLV every rtnetlink message is made of.
 *   0        2        4                         len      align4(len)
 *   | len    | type   | payload ...             | zeros  |
 * `len` counts header and payload, not padding. Host order, here little-endian; addresses in network order. The top two
 * bits of `type` are flags: 0x8000 the payload is nested, 0x4000 it is in network order; the number is the low 14
 * (NL-10).
 *
 * Fewer than 4 bytes behind the last attribute are passed over, as the kernel does (NL-11, CFG-4). A length that is
 * impossible is an error here although the kernel stops silently there: what follows would be lost without a word.
 * Sources: <linux/rtnetlink.h>, rtnetlink(7), rules NL-9..11.
 */
import { NLA_TYPE_MASK } from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { Writer, align4, u16 } from './bytes.js';

/** Bytes of the header. */
export const RTATTR_HEADER = 4;

/** One attribute. */
export interface RtAttr {
  /** The number, 14 bits. */
  readonly type: number;
  /** NLA_F_NESTED (0x8000) and NLA_F_NET_BYTEORDER (0x4000) as on the wire. */
  readonly flags: number;
  /** A view, without the padding. */
  readonly payload: Uint8Array;
}

/** The attribute whose header is at `bytes[at]`; the caller knows that it fits ({@link attrLength}). */
export function attrAt(bytes: Uint8Array, at: number): RtAttr {
  const type = u16(bytes, at + 2);
  return {
    type: type & NLA_TYPE_MASK,
    flags: type & ~NLA_TYPE_MASK,
    payload: bytes.subarray(at + RTATTR_HEADER, at + u16(bytes, at)),
  };
}

/**
 * Length of the attribute at `bytes[at]`, of which 4 bytes at least are there; the next one is at `at + align4(length)`.
 * @param end where the list of attributes ends
 * @param base added to the offset of the error
 * @throws {WireError} below 4 or past the end
 */
export function attrLength(bytes: Uint8Array, at: number, end: number, base: number): number {
  const length = u16(bytes, at);
  if (length < RTATTR_HEADER || length > end - at) throw new WireError(`rtattr length ${length}`, base + at);
  return length;
}

/**
 * Splits `bytes` into attributes, in wire order, unknown types included; payloads are views, not copies.
 * @param base where `bytes` began in the message, for the offsets of errors
 * @throws {WireError} a length below 4 or past the end, with its offset
 */
export function decodeAttrs(bytes: Uint8Array, base = 0): RtAttr[] {
  const attrs: RtAttr[] = [];
  for (let at = 0; bytes.length - at >= RTATTR_HEADER;) {
    const length = attrLength(bytes, at, bytes.length, base);
    attrs.push(attrAt(bytes, at));
    at += align4(length);
  }
  return attrs;
}

/**
 * The bytes of `attrs`, each padded with zeros to a multiple of 4.
 * @throws {FibError} EINVAL: a payload of more than 65531 bytes
 */
export function encodeAttrs(attrs: Iterable<RtAttr>): Uint8Array {
  const w = new Writer();
  for (const attr of attrs) putAttr(w, attr);
  return w.take();
}

/** Writes one attribute where `w` stands. */
export function putAttr(w: Writer, attr: RtAttr): void {
  w.attr(attr.type | attr.flags, attr.payload);
}
