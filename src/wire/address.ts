/**
 * wire/address.ts - RTM_NEWADDR and RTM_DELADDR: struct ifaddrmsg and its attributes (NL-24).
 *   0        1        2       3       4       8
 *   | family | length | flags | scope | index | attributes ...
 * `flags` are the low byte of IFA_FLAGS, which follows in full. IPv4 only.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { FOREVER, type AddressFields } from '../model/address.js';
import { Writer, u32, u32be, untilNul } from './bytes.js';
import { decodeAttrs, type RtAttr } from './rtattr.js';

/** Bytes of struct ifaddrmsg. */
export const IFADDRMSG_BYTES = 8;

/** The payload of a message about an address, in the kernel's order of attributes; what is 0 is left out. */
export function encodeAddress(address: AddressFields): Uint8Array {
  const w = new Writer();
  w.u8(uapi.AF_INET);
  w.u8(address.length);
  w.u8(address.flags);
  w.u8(address.scope);
  w.u32(address.index);
  putAddress(w, uapi.IFA_ADDRESS, address.peer);
  putAddress(w, uapi.IFA_LOCAL, address.local);
  putAddress(w, uapi.IFA_BROADCAST, address.broadcast);
  if (address.label.length !== 0) putLabel(w, address.label);
  if (address.protocol !== 0) w.attr(uapi.IFA_PROTO, Uint8Array.of(address.protocol));
  w.attr32(uapi.IFA_FLAGS, address.flags);
  if (address.metric !== 0) w.attr32(uapi.IFA_RT_PRIORITY, address.metric);
  const at = w.open(uapi.IFA_CACHEINFO);
  for (const word of [address.preferred, address.valid, address.created, address.updated]) w.u32(word);
  w.close(at);
  return w.take();
}

function putAddress(w: Writer, type: number, address: number): void {
  if (address === 0) return;
  const at = w.open(type);
  w.u32be(address);
  w.close(at);
}

function putLabel(w: Writer, label: Uint8Array): void {
  const at = w.open(uapi.IFA_LABEL);
  w.raw(label);
  w.u8(0);
  w.close(at);
}

/**
 * The address in a payload; undefined for another family than IPv4. What is not there is 0, lifetimes for ever.
 * @param base where `payload` began in a longer stream, for the offsets of errors
 * @throws {WireError} fewer than 8 bytes, an attribute that is too short, or one with an impossible length
 */
export function decodeAddress(payload: Uint8Array, base = 0): AddressFields | undefined {
  if (payload.length < IFADDRMSG_BYTES) throw new WireError(`ifaddrmsg of ${payload.length} bytes`, base);
  if (payload[0] !== uapi.AF_INET) return undefined;
  const attrs = decodeAttrs(payload.subarray(IFADDRMSG_BYTES), base + IFADDRMSG_BYTES);
  const find = (type: number, bytes: number): Uint8Array | undefined => payloadOf(attrs, type, bytes, base);
  const address = (type: number): number | undefined => be32(find(type, 4));
  const local = address(uapi.IFA_LOCAL);
  const peer = address(uapi.IFA_ADDRESS);
  const flags = find(uapi.IFA_FLAGS, 4);
  const metric = find(uapi.IFA_RT_PRIORITY, 4);
  const times = find(uapi.IFA_CACHEINFO, 16);
  const time = (at: number, none: number): number => (times === undefined ? none : u32(times, at));
  return {
    index: u32(payload, 4),
    local: local ?? peer ?? 0,
    peer: peer ?? local ?? 0,
    length: payload[1]!,
    broadcast: address(uapi.IFA_BROADCAST) ?? 0,
    scope: payload[3]!,
    flags: flags === undefined ? payload[2]! : u32(flags, 0),
    metric: metric === undefined ? 0 : u32(metric, 0),
    protocol: find(uapi.IFA_PROTO, 1)?.[0] ?? 0,
    label: untilNul(find(uapi.IFA_LABEL, 0) ?? new Uint8Array(0)),
    preferred: time(0, FOREVER),
    valid: time(4, FOREVER),
    created: time(8, 0),
    updated: time(12, 0),
  };
}

function payloadOf(
  attrs: readonly RtAttr[],
  type: number,
  bytes: number,
  base: number,
): Uint8Array | undefined {
  const payload = attrs.findLast((attr) => attr.type === type)?.payload;
  if (payload !== undefined && payload.length < bytes) {
    throw new WireError(`address attribute ${type} of ${payload.length} bytes`, base);
  }
  return payload;
}

function be32(bytes: Uint8Array | undefined): number | undefined {
  return bytes && u32be(bytes, 0);
}
