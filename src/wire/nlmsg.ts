/**
 * wire/nlmsg.ts - struct nlmsghdr, the envelope of every netlink message.
 *   0        4      6       8        12      16                 align4(len)
 *   | len    | type | flags | seq    | pid   | payload ...  | zeros |
 * `len` counts header and payload, not padding; the next message starts at the next multiple of 4.
 * Host order, here little-endian. Rules NL-1, NL-2, NL-56; <linux/netlink.h>, netlink(7).
 *
 * The kernel stops without a word at a message that does not fit (NL-2). A codec says so instead: the messages before
 * it are given, then WireError. Whoever may meet a cut file takes them from the generator and stops there.
 */
import { WireError } from '../errors.js';
import { Writer, align4, u16, u32 } from './bytes.js';

/** Bytes of the header. */
export const NLMSG_HEADER = 16;

/** One message. */
export interface NlMsg {
  /** RTM_* or NLMSG_*. */
  readonly type: number;
  /** NLM_F_* bits. */
  readonly flags: number;
  readonly seq: number;
  /** Port id of the sender; 0 is the kernel (NL-5). */
  readonly pid: number;
  /** A view into the bytes that were decoded, without the padding. */
  readonly payload: Uint8Array;
  /** Where the message began in those bytes; its payload begins 16 later. */
  readonly offset: number;
}

/** A message to encode; numbers not given are 0. */
export interface NlMsgInit
  extends Pick<NlMsg, 'type' | 'payload'>, Partial<Pick<NlMsg, 'flags' | 'seq' | 'pid'>> {}

/**
 * The message that begins at `bytes[at]`; it ends at `at + 16 + payload.length`, and the next one begins at the
 * multiple of 4 from there.
 * @param base added to the offsets of the message and of errors: where `bytes` began in a longer stream
 * @throws {WireError} no whole header, or a length below 16 or past the end
 */
export function decodeMessage(bytes: Uint8Array, at = 0, base = 0): NlMsg {
  const left = bytes.length - at;
  if (left < NLMSG_HEADER) throw new WireError(`${left} bytes are no nlmsghdr`, base + at);
  const length = u32(bytes, at);
  if (length < NLMSG_HEADER || length > left) {
    throw new WireError(`message of ${length} bytes where ${left} are left`, base + at);
  }
  return {
    type: u16(bytes, at + 4),
    flags: u16(bytes, at + 6),
    seq: u32(bytes, at + 8),
    pid: u32(bytes, at + 12),
    payload: bytes.subarray(at + NLMSG_HEADER, at + length),
    offset: base + at,
  };
}

/**
 * The messages in `bytes`, one at a time and in order; the last may lack its padding.
 * @throws {WireError} once reached: bytes that are no whole message, with their offset
 */
export function* messages(bytes: Uint8Array, from = 0): Generator<NlMsg, void, undefined> {
  for (let at = from; at < bytes.length;) {
    const message = decodeMessage(bytes, at);
    at += NLMSG_HEADER + align4(message.payload.length);
    yield message;
  }
}

/**
 * All messages of a datagram or of a file of messages.
 * @throws {WireError} bytes that are no whole message, with their offset
 */
export function decodeMessages(bytes: Uint8Array): NlMsg[] {
  return [...messages(bytes)];
}

/** The bytes of one message, padded to a multiple of 4. */
export function encodeMessage(message: NlMsgInit): Uint8Array {
  return encodeMessages([message]);
}

/** The bytes of several messages, back to back, each padded to a multiple of 4. */
export function encodeMessages(list: Iterable<NlMsgInit>): Uint8Array {
  const w = new Writer();
  for (const message of list) putMessage(w, message);
  return w.take();
}

/** Writes one message where `w` stands, which is a multiple of 4. */
export function putMessage(w: Writer, { type, flags = 0, seq = 0, pid = 0, payload }: NlMsgInit): void {
  w.u32(NLMSG_HEADER + payload.length);
  w.u16(type);
  w.u16(flags);
  w.u32(seq);
  w.u32(pid);
  w.raw(payload);
  w.zeros(align4(payload.length) - payload.length);
}
