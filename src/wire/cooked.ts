/**
 * wire/cooked.ts - a packet of link type 253: what went over a netlink socket, behind a header of 16 bytes.
 *   0       2          4        14         16
 *   | kind  | hardware | unused | protocol | netlink messages ...
 * The header is in network order, the messages in that of the host that captured (NL-57, NL-58). Which way they went is
 * not told reliably (NL-60).
 */
import { WireError } from '../errors.js';
import { NLMSG_HEADER, decodeMessage } from './nlmsg.js';
import type { NlMsg } from './nlmsg.js';
import { align4, u32, u32be } from './bytes.js';
import type { Packet } from './pcap.js';
import { swapMessages } from './swap.js';

/** LINKTYPE_NETLINK. */
export const LINKTYPE_NETLINK = 253;
/** Bytes of the header. */
const COOKED_HEADER = 16;
/** ARPHRD_NETLINK. */
const HARDWARE_NETLINK = 824;

/** What a packet holds. */
export interface NetlinkPacket {
  /** Whom the writer of the capture took it to be for: 0 and 6 the program, 7 the kernel, 4 anyone (NL-60). */
  readonly direction: number;
  /** The netlink protocol: 0 is NETLINK_ROUTE. */
  readonly protocol: number;
  /** Whole messages; offsets count in the capture. */
  readonly messages: readonly NlMsg[];
  /** The capture ends before the packet does, and a message is cut off. */
  readonly isCut: boolean;
}

/**
 * The messages of a packet, whatever the byte order of their host.
 * @throws {WireError} no header of 16 bytes, or bytes that are no message, with the offset in the capture
 */
export function decodeCooked(packet: Packet): NetlinkPacket {
  const { bytes, offset, originalLength } = packet;
  if (bytes.length < COOKED_HEADER)
    throw new WireError(`${bytes.length} bytes are no netlink packet`, offset);
  const direction = (bytes[0]! << 8) | bytes[1]!;
  const protocol = (bytes[14]! << 8) | bytes[15]!;
  const body = bytes.subarray(COOKED_HEADER);
  const base = offset + COOKED_HEADER;
  const isShort = originalLength > bytes.length;
  if (isLittle(body, packet.isLittle)) return { direction, protocol, ...wholeMessages(body, base, isShort) };
  const end = isShort || isZero(body, wholeEnd(body)) ? wholeEnd(body) : body.length;
  const swapped = swapMessages(body.subarray(0, end), base);
  const { messages } = wholeMessages(swapped, base, false);
  return { direction, protocol, messages, isCut: isShort && end < body.length };
}

/** A packet for `encodePcap` that holds these messages. */
export function encodeCooked(messages: Uint8Array, protocol = 0): Uint8Array {
  const bytes = new Uint8Array(COOKED_HEADER + messages.length);
  const v = new DataView(bytes.buffer);
  v.setUint16(0, 4); // as captures of nlmon have it
  v.setUint16(2, HARDWARE_NETLINK);
  v.setUint16(14, protocol);
  bytes.set(messages, COOKED_HEADER);
  return bytes;
}

/** The order of the messages: that of the file, unless only the other one makes sense of the first length. */
function isLittle(body: Uint8Array, ofFile: boolean): boolean {
  if (body.length < 4) return true;
  const fits = (length: number): boolean => length >= NLMSG_HEADER && length <= body.length;
  return ofFile ? fits(u32(body, 0)) || !fits(u32be(body, 0)) : fits(u32(body, 0)) && !fits(u32be(body, 0));
}

/** Where the last whole message of a big-endian datagram ends. */
function wholeEnd(body: Uint8Array): number {
  let at = 0;
  while (body.length - at >= NLMSG_HEADER) {
    const length = u32be(body, at);
    if (length < NLMSG_HEADER || length > body.length - at) break;
    at = Math.min(body.length, at + align4(length));
  }
  return at;
}

/**
 * The messages of a datagram; of one that the capture cut off those that are whole. Some programs send more than their
 * message: zeros, which the kernel does not look at (NL-2).
 */
function wholeMessages(
  bytes: Uint8Array,
  base: number,
  isShort: boolean,
): Pick<NetlinkPacket, 'messages' | 'isCut'> {
  const messages: NlMsg[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    if (isShort && (left < NLMSG_HEADER || u32(bytes, at) > left)) return { messages, isCut: true };
    if (at > 0 && isZero(bytes, at)) break;
    const message = decodeMessage(bytes, at, base);
    messages.push(message);
    at += NLMSG_HEADER + align4(message.payload.length);
  }
  return { messages, isCut: false };
}

/** True when there is nothing but zeros from `at` on. */
function isZero(bytes: Uint8Array, at: number): boolean {
  return bytes.subarray(at).every((byte) => byte === 0);
}
