/**
 * wire/nexthop.ts - RTM_NEWNEXTHOP, RTM_DELNEXTHOP and their buckets: struct nhmsg and attributes <-> `NexthopObject`.
 *   0        1       2          3     4       8
 *   | family | scope | protocol | res | flags | attributes ...
 * The attributes come in the kernel's order (CFG-129), so that what the kernel wrote encodes to the same bytes again.
 * A group is an array of struct nexthop_grp:
 *   0    4            5           6     8
 *   | id | weight - 1 | its high byte | res |
 *
 * Attributes that a `NexthopObject` has no field for, or that are unfit for theirs, stay in `unknown` and come back out
 * behind the others. Counters of groups are read over: they are not of the object. Sources: <linux/nexthop.h>, rules
 * NL-28..30, CFG-129.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import type { NexthopBucket, NexthopMember, NexthopObject, Resilience } from '../model/nexthop.js';
import { formatAddress4, formatAddress6, parseAddress4, parseAddress6 } from '../text/address.js';
import { Writer, u16, u32, u32be } from './bytes.js';
import { decodeAttrs, putAttr, type RtAttr } from './rtattr.js';

/** Bytes of struct nhmsg. */
export const NHMSG_BYTES = 8;
/** Bytes of struct nexthop_grp. */
export const NEXTHOP_GRP_BYTES = 8;

/** A nexthop object as a message carries it. */
export interface NexthopMessage extends NexthopObject {
  /** Attributes without a field, or unfit for it; payloads are views. */
  readonly unknown?: readonly RtAttr[];
}

type MutableMessage = { -readonly [field in keyof NexthopMessage]: NexthopMessage[field] };

// ---- decode

/** Puts the payload of an attribute into the object; false when it does not fit. */
type Reader = (nexthop: MutableMessage, payload: Uint8Array, base: number) => boolean;

const READERS: Readonly<Record<number, Reader>> = {
  [uapi.NHA_ID]: (nexthop, p) => p.length >= 4 && (nexthop.id = u32(p, 0)) >= 0,
  [uapi.NHA_GROUP]: readGroup,
  [uapi.NHA_GROUP_TYPE]: readGroupType,
  [uapi.NHA_BLACKHOLE]: (nexthop) => (nexthop.blackhole = true),
  [uapi.NHA_OIF]: (nexthop, p) => p.length >= 4 && (nexthop.oif = u32(p, 0)) >= 0,
  [uapi.NHA_GATEWAY]: readGateway,
  [uapi.NHA_FDB]: (nexthop) => (nexthop.fdb = true),
  [uapi.NHA_RES_GROUP]: readResilience,
  [uapi.NHA_OP_FLAGS]: () => true,
  [uapi.NHA_GROUP_STATS]: () => true,
  [uapi.NHA_HW_STATS_ENABLE]: (nexthop, p) => p.length >= 4 && (u32(p, 0) === 0 || (nexthop.hwStats = true)),
  [uapi.NHA_HW_STATS_USED]: () => true,
};

/**
 * The object in the payload of a message (what follows the nlmsghdr).
 * @param base where `payload` began in a longer stream, for the offsets of errors
 * @throws {WireError} fewer than 8 bytes, or an impossible length
 */
export function decodeNexthop(payload: Uint8Array, base = 0): NexthopMessage {
  if (payload.length < NHMSG_BYTES) throw new WireError(`nhmsg of ${payload.length} bytes`, base);
  const nexthop: MutableMessage = {
    id: 0,
    family: payload[0]!,
    protocol: payload[2]!,
    scope: payload[1]!,
    flags: u32(payload, 4),
  };
  const start = base + NHMSG_BYTES;
  const unknown = decodeAttrs(payload.subarray(NHMSG_BYTES), start).filter(
    (attr) => READERS[attr.type]?.(nexthop, attr.payload, start) !== true,
  );
  if (unknown.length > 0) nexthop.unknown = unknown;
  return nexthop;
}

function readGroup(nexthop: MutableMessage, payload: Uint8Array): boolean {
  if (payload.length % NEXTHOP_GRP_BYTES !== 0) return false;
  nexthop.group = decodeGroup(payload);
  return true;
}

/** The members of a group, as many as are whole. */
function decodeGroup(payload: Uint8Array): NexthopMember[] {
  const members: NexthopMember[] = [];
  for (let at = 0; payload.length - at >= NEXTHOP_GRP_BYTES; at += NEXTHOP_GRP_BYTES) {
    members.push({ id: u32(payload, at), weight: u16(payload, at + 4) + 1 });
  }
  return members;
}

function readGroupType(nexthop: MutableMessage, payload: Uint8Array): boolean {
  const type = payload.length < 2 ? -1 : u16(payload, 0);
  if (type !== uapi.NEXTHOP_GRP_TYPE_MPATH && type !== uapi.NEXTHOP_GRP_TYPE_RES) return false;
  nexthop.type = type === uapi.NEXTHOP_GRP_TYPE_RES ? 'resilient' : 'mpath';
  return true;
}

function readGateway(nexthop: MutableMessage, payload: Uint8Array): boolean {
  if (payload.length === 4) nexthop.via = formatAddress4(u32be(payload, 0));
  else if (payload.length === 16) nexthop.via = formatAddress6(payload);
  return nexthop.via !== undefined;
}

function readResilience(nexthop: MutableMessage, payload: Uint8Array, base: number): boolean {
  const resilience: { -readonly [field in keyof Resilience]: number } = {
    buckets: 0,
    idleTimer: 0,
    unbalancedTimer: 0,
    unbalancedTime: 0,
  };
  for (const { type, payload: p } of decodeAttrs(payload, base)) {
    if (type === uapi.NHA_RES_GROUP_BUCKETS && p.length >= 2) resilience.buckets = u16(p, 0);
    if (p.length < 4) continue;
    if (type === uapi.NHA_RES_GROUP_IDLE_TIMER) resilience.idleTimer = u32(p, 0);
    if (type === uapi.NHA_RES_GROUP_UNBALANCED_TIMER) resilience.unbalancedTimer = u32(p, 0);
    if (type === uapi.NHA_RES_GROUP_UNBALANCED_TIME) resilience.unbalancedTime = u32(p, 0);
  }
  nexthop.resilience = resilience;
  return true;
}

// ---- encode

/**
 * The payload of a message for an object, as the kernel writes it.
 * @param operation NHA_OP_FLAG_* of the request: a group may be asked for its counters, which are 0 here
 * @throws {FibError} EINVAL: a gateway that is no address
 */
export function encodeNexthop(nexthop: NexthopMessage, operation = 0): Uint8Array {
  const w = new Writer();
  for (const byte of [nexthop.family, nexthop.scope, nexthop.protocol, 0]) w.u8(byte);
  w.u32(nexthop.flags);
  w.attr32(uapi.NHA_ID, nexthop.id);
  if (nexthop.fdb) flag(w, uapi.NHA_FDB);
  if (nexthop.group !== undefined) encodeGroup(w, nexthop, nexthop.group, operation);
  else if (nexthop.blackhole) flag(w, uapi.NHA_BLACKHOLE);
  else encodePath(w, nexthop);
  for (const attr of nexthop.unknown ?? []) putAttr(w, attr);
  return w.take();
}

function encodePath(w: Writer, { oif, via }: NexthopObject): void {
  if (oif !== undefined) w.attr32(uapi.NHA_OIF, oif);
  if (via === undefined) return;
  const at = w.open(uapi.NHA_GATEWAY);
  if (via.includes(':')) w.raw(parseAddress6(via));
  else w.u32be(parseAddress4(via));
  w.close(at);
}

function encodeGroup(
  w: Writer,
  nexthop: NexthopObject,
  members: readonly NexthopMember[],
  operation: number,
): void {
  const isResilient = nexthop.type === 'resilient';
  attr16(w, uapi.NHA_GROUP_TYPE, isResilient ? uapi.NEXTHOP_GRP_TYPE_RES : uapi.NEXTHOP_GRP_TYPE_MPATH);
  const at = w.open(uapi.NHA_GROUP);
  for (const { id, weight } of members) {
    w.u32(id);
    w.u16(weight - 1);
    w.u16(0);
  }
  w.close(at);
  if (nexthop.resilience !== undefined) encodeResilience(w, nexthop.resilience);
  if (operation & uapi.NHA_OP_FLAG_DUMP_STATS) encodeStats(w, nexthop, members, operation);
  w.attr32(uapi.NHA_OP_FLAGS, uapi.NHA_OP_FLAG_RESP_GRP_RESVD_0);
}

function encodeResilience(w: Writer, resilience: Resilience): void {
  const at = w.open(uapi.NHA_RES_GROUP | uapi.NLA_F_NESTED);
  attr16(w, uapi.NHA_RES_GROUP_BUCKETS, resilience.buckets);
  w.attr32(uapi.NHA_RES_GROUP_IDLE_TIMER, resilience.idleTimer);
  w.attr32(uapi.NHA_RES_GROUP_UNBALANCED_TIMER, resilience.unbalancedTimer);
  attr64(w, uapi.NHA_RES_GROUP_UNBALANCED_TIME, resilience.unbalancedTime);
  w.close(at);
}

/** Counters of packets, of which there are none. */
function encodeStats(
  w: Writer,
  { hwStats = false }: NexthopObject,
  members: readonly NexthopMember[],
  operation: number,
): void {
  const isHardware = (operation & uapi.NHA_OP_FLAG_DUMP_HW_STATS) !== 0;
  w.attr32(uapi.NHA_HW_STATS_ENABLE, Number(hwStats));
  if (isHardware && hwStats) w.attr32(uapi.NHA_HW_STATS_USED, 0);
  const at = w.open(uapi.NHA_GROUP_STATS | uapi.NLA_F_NESTED);
  for (const { id } of members) {
    const entry = w.open(uapi.NHA_GROUP_STATS_ENTRY | uapi.NLA_F_NESTED);
    w.attr32(uapi.NHA_GROUP_STATS_ENTRY_ID, id);
    w.attr32(uapi.NHA_GROUP_STATS_ENTRY_PACKETS, 0);
    if (isHardware) w.attr32(uapi.NHA_GROUP_STATS_ENTRY_PACKETS_HW, 0);
    w.close(entry);
  }
  w.close(at);
}

/** The payload of RTM_NEWNEXTHOPBUCKET. */
export function encodeBucket({ id, index, nhid, protocol, idleTime }: NexthopBucket): Uint8Array {
  const w = new Writer();
  for (const byte of [uapi.AF_UNSPEC, 0, protocol, 0]) w.u8(byte);
  w.u32(0);
  w.attr32(uapi.NHA_ID, id);
  const at = w.open(uapi.NHA_RES_BUCKET | uapi.NLA_F_NESTED);
  attr16(w, uapi.NHA_RES_BUCKET_INDEX, index);
  w.attr32(uapi.NHA_RES_BUCKET_NH_ID, nhid);
  attr64(w, uapi.NHA_RES_BUCKET_IDLE_TIME, idleTime);
  w.close(at);
  return w.take();
}

function flag(w: Writer, type: number): void {
  w.close(w.open(type));
}

function attr16(w: Writer, type: number, value: number): void {
  const at = w.open(type);
  w.u16(value);
  w.close(at);
}

/** A u64 whose high half is 0. */
function attr64(w: Writer, type: number, value: number): void {
  const at = w.open(type);
  w.u32(value);
  w.u32(0);
  w.close(at);
}
