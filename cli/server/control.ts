/**
 * server/control.ts - control frames: what a program does to its netlink socket beside sending and receiving.
 *   0                16       24      28       32
 *   | nlmsghdr, type | name   | level | option | value
 *   | 0xfff0         | u8[8]  | s32   | s32    |
 *
 *   name     value
 *   opt      of setsockopt(2), level 270 (SOL_NETLINK)
 *   bind     u32, a bit for each of the groups 1..32
 *   sysctl   text `PATH=VALUE`, PATH below /proc/sys/net
 * They are sent by a preload library that points programs at a server; the kernel never sees one. No answer.
 */
import { WireError } from 'hoptrie/wire';
import { NLMSG_HEADER, encodeMessage } from 'hoptrie/wire';

/** nlmsg_type of a control frame. */
export const CONTROL_TYPE = 0xfff0;

/** What a control frame says. */
export type Control =
  | { readonly what: 'opt'; readonly level: number; readonly option: number; readonly value: number }
  | { readonly what: 'bind'; readonly groups: readonly number[] }
  | { readonly what: 'sysctl'; readonly path: string; readonly value: string };

const NAME_BYTES = 8;
const VALUE_AT = NLMSG_HEADER + NAME_BYTES + 8;
/** Groups that the mask of bind(2) covers (NL-46). */
const MASK_GROUPS = 32;

/** True for a datagram that is a control frame. */
export function isControl(datagram: Uint8Array): boolean {
  return datagram.length >= NLMSG_HEADER && (datagram[4]! | (datagram[5]! << 8)) === CONTROL_TYPE;
}

/**
 * Reads a control frame.
 * @throws {WireError} one that is too short, has another name or a value that is none, with the offset
 */
export function decodeControl(datagram: Uint8Array): Control {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
  if (bytes.length < VALUE_AT) throw new WireError(`control frame of ${bytes.length} bytes`, bytes.length);
  const what = textAt(bytes, NLMSG_HEADER, NLMSG_HEADER + NAME_BYTES);
  if (what === 'sysctl') return sysctl(textAt(bytes, VALUE_AT, bytes.length));
  if (what !== 'opt' && what !== 'bind') throw new WireError(`control frame '${what}'`, NLMSG_HEADER);
  // Some options are read from an int, some from a byte, as setsockopt(2) takes them.
  const value = bytes.length - VALUE_AT >= 4 ? bytes.readUInt32LE(VALUE_AT) : (bytes[VALUE_AT] ?? 0);
  if (what === 'bind') return { what, groups: groupsOf(value) };
  return { what, level: bytes.readInt32LE(VALUE_AT - 8), option: bytes.readInt32LE(VALUE_AT - 4), value };
}

/** The control frame of setsockopt(2) with an option of SOL_NETLINK. */
export function encodeOption(option: number, value: number): Uint8Array {
  const payload = Buffer.alloc(VALUE_AT - NLMSG_HEADER + 4);
  payload.write('opt');
  payload.writeInt32LE(SOL_NETLINK, NAME_BYTES);
  payload.writeInt32LE(option, NAME_BYTES + 4);
  payload.writeUInt32LE(value, NAME_BYTES + 8);
  return encodeMessage({ type: CONTROL_TYPE, flags: 0, seq: 0, pid: 0, payload });
}

/** The control frame that writes a switch, named below /proc/sys/net. */
export function encodeSysctl(path: string, value: number): Uint8Array {
  const text = `${path}=${value}\0`;
  const payload = Buffer.alloc(VALUE_AT - NLMSG_HEADER + text.length);
  payload.write('sysctl');
  payload.write(text, VALUE_AT - NLMSG_HEADER);
  return encodeMessage({ type: CONTROL_TYPE, flags: 0, seq: 0, pid: 0, payload });
}

/** Level of setsockopt(2), and its options. Source: <linux/netlink.h>, netlink(7). */
export const SOL_NETLINK = 270;
export const NETLINK_ADD_MEMBERSHIP = 1;
export const NETLINK_DROP_MEMBERSHIP = 2;
export const NETLINK_NO_ENOBUFS = 5;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
export const NETLINK_GET_STRICT_CHK = 12;

function sysctl(text: string): Control {
  const at = text.indexOf('=');
  if (at < 0) throw new WireError(`sysctl '${text}' without '='`, VALUE_AT);
  return { what: 'sysctl', path: text.slice(0, at), value: text.slice(at + 1) };
}

function groupsOf(mask: number): number[] {
  const groups: number[] = [];
  for (let group = 1; group <= MASK_GROUPS; group++) if ((mask >>> (group - 1)) & 1) groups.push(group);
  return groups;
}

/** Text up to a NUL. */
function textAt(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('latin1', from, to);
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
