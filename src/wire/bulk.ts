/**
 * wire/bulk.ts - route messages straight into route records, without an object for a message or an attribute.
 *
 * Nearly all messages of a dump are IPv4 routes of a few numbers, each in an attribute of one word. Those are *usual*
 * and read here. Everything else is not, and is left to the codec or the endpoint that knows what it means or how it is
 * refused: metrics, nexthop objects, RTA_VIA, attributes that are unknown, flagged, repeated or of another length, a
 * zero that means none, host bits, a cached answer, local routes, paths of routes that reject, bytes that are no message. So a usual message means
 * the same at both doors of a Netns.
 *
 * And a dump repeats itself: the same attributes stand at the same places again and again. Where they stand is the
 * *shape* of a message; it is found out once, then compared, header by header, which takes half the time.
 *
 * Messages: wire/nlmsg.ts, wire/route.ts, wire/rtattr.ts. Records: ROUTE_* and NEXTHOP_* in abi/records.ts.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { mask4 } from '../text/prefix.js';

/** Paths of a usual message at most. */
const PATHS_MAX = 16;
/** Bytes that the record of a usual message has at most. */
export const RECORD_MAX = abi.ROUTE_NEXTHOPS + PATHS_MAX * abi.NEXTHOP_BYTES;

/** Where struct rtmsg and the attributes begin. */
const RTMSG = 16;
const ATTRS = 28;
/** Bytes of an attribute that holds one word; of a struct rtnexthop with nothing, and with a gateway. */
const WORD_ATTR = 8;
const BARE_PATH = 8;
const GATEWAY_PATH = BARE_PATH + WORD_ATTR;
/** Header of a RTA_GATEWAY. */
const GATEWAY = WORD_ATTR | (uapi.RTA_GATEWAY << 16);

/** Flags of a path in RTA_MULTIPATH that a request may not have. */
const DEAD = uapi.RTNH_F_DEAD | uapi.RTNH_F_LINKDOWN;
/** How the paths of a route to delete are compared: `refs` of its record. */
const EXACTLY = 2;

/** Types of attributes of one word. */
const WORDS = [
  uapi.RTA_DST,
  uapi.RTA_OIF,
  uapi.RTA_GATEWAY,
  uapi.RTA_PRIORITY,
  uapi.RTA_PREFSRC,
  uapi.RTA_FLOW,
  uapi.RTA_TABLE,
] as const;

/** Where the attributes of a message stand, counted from its start. */
class Shape {
  /** Bytes of the message, 0 before there is any. */
  #length = 0;
  /** Headers and their places. */
  #headers: number[] = [];
  #places: number[] = [];
  // Places of payloads, 0 for an attribute that is not there.
  table = 0;
  dst = 0;
  priority = 0;
  prefsrc = 0;
  oif = 0;
  gateway = 0;
  flow = 0;
  multipath = 0;

  /** True when the message has this shape. */
  fits(message: DataView, from: number, length: number): boolean {
    if (length !== this.#length) return false;
    const headers = this.#headers;
    const places = this.#places;
    for (let i = 0; i < headers.length; i++) {
      if (message.getUint32(from + places[i]!, true) !== headers[i]!) return false;
    }
    return true;
  }

  /** Takes the shape of a message, or none and gives false: an attribute is unusual, or there are too few bytes. */
  learn(message: DataView, from: number, length: number): boolean {
    const places = new Array<number>(uapi.RTA_TABLE + 1).fill(0);
    this.#length = 0;
    this.#headers = [];
    this.#places = [];
    for (let at = ATTRS; at < length;) {
      if (length - at < WORD_ATTR) return false;
      const header = message.getUint32(from + at, true);
      const size = header & 0xffff;
      const type = header >>> 16;
      const isUsual = WORDS.some((word) => word === type) ? size === WORD_ATTR : type === uapi.RTA_MULTIPATH;
      if (!isUsual || places[type] !== 0 || size < WORD_ATTR || (size & 3) !== 0 || size > length - at)
        return false;
      this.#headers.push(header);
      this.#places.push(at);
      places[type] = at + 4;
      at += size;
    }
    this.#length = length;
    this.table = places[uapi.RTA_TABLE]!;
    this.dst = places[uapi.RTA_DST]!;
    this.priority = places[uapi.RTA_PRIORITY]!;
    this.prefsrc = places[uapi.RTA_PREFSRC]!;
    this.oif = places[uapi.RTA_OIF]!;
    this.gateway = places[uapi.RTA_GATEWAY]!;
    this.flow = places[uapi.RTA_FLOW]!;
    this.multipath = places[uapi.RTA_MULTIPATH]!;
    return true;
  }
}

/** Shapes met last, by length in words. A memory of what is compared again before it is used. */
const shapes = Array.from({ length: 64 }, () => new Shape());

/**
 * Reads the RTM_NEWROUTE or RTM_DELROUTE message of `length` bytes at `from`, all of which are there, into the record of
 * a route to add or to delete at word `to` of `out`. Only what a message can say is written; the rest, in RECORD_MAX
 * bytes, must be zero.
 * @returns bytes of the record; 0 for an unusual message, and then it has no meaning
 */
export function readRecord(
  message: DataView,
  from: number,
  length: number,
  out: Uint32Array,
  to: number,
): number {
  if (length < ATTRS || (length & 3) !== 0) return 0;
  const shape = shapes[(length >>> 2) & 63]!;
  if (!shape.fits(message, from, length) && !shape.learn(message, from, length)) return 0;
  const isDelete = message.getUint16(from + 4, true) === uapi.RTM_DELROUTE;
  if (!readHead(message, from, shape, isDelete, out, to)) return 0;
  const count = readPaths(message, from, shape, isDelete, out, to + abi.ROUTE_NEXTHOPS / 4);
  if (count < 0) return 0;
  out[to + abi.ROUTE_PROTOCOL / 4]! |= count << 16;
  if (isDelete) {
    out[to + abi.ROUTE_FLAGS / 4] = 0;
    out[to + abi.ROUTE_REFS / 4] = EXACTLY;
  }
  return abi.ROUTE_NEXTHOPS + count * abi.NEXTHOP_BYTES;
}

/** Reads all but the paths. False for what is unusual. */
function readHead(
  message: DataView,
  from: number,
  shape: Shape,
  isDelete: boolean,
  out: Uint32Array,
  to: number,
): boolean {
  const head = message.getUint32(from + RTMSG, true); // family, lengths of destination and source, tos
  const kind = message.getUint32(from + RTMSG + 4, true); // table, protocol, scope, type
  const flags = message.getUint32(from + RTMSG + 8, true);
  const dst = shape.dst === 0 ? 0 : message.getUint32(from + shape.dst);
  const dstLength = (head >>> 8) & 0xff;
  const type = kind >>> 24;
  if ((head & 0x03ff00ff) !== uapi.AF_INET || dstLength > 32 || (dst & ~mask4(dstLength)) !== 0) return false;
  if (type === uapi.RTN_UNSPEC && !isDelete) return false;
  if (type > uapi.RTN_XRESOLVE || type === uapi.RTN_LOCAL) return false;
  if ((flags & uapi.RTM_F_CLONED) !== 0 || (flags & DEAD) === DEAD) return false;
  const table = shape.table === 0 ? kind & 0xff : message.getUint32(from + shape.table, true);
  out[to + abi.ROUTE_FAMILY / 4] = (head & 0xffff) | ((head >>> 8) & 0xff0000) | (type << 24);
  out[to + abi.ROUTE_PROTOCOL / 4] = (kind >>> 8) & 0xffff;
  out[to + abi.ROUTE_TABLE / 4] = table === 0 ? uapi.RT_TABLE_MAIN : table;
  out[to + abi.ROUTE_PRIORITY / 4] =
    shape.priority === 0 ? 0 : message.getUint32(from + shape.priority, true);
  out[to + abi.ROUTE_FLAGS / 4] = flags;
  out[to + abi.ROUTE_REFS / 4] = 0;
  out[to + abi.ROUTE_DST / 4] = dst;
  out[to + abi.ROUTE_PREFSRC / 4] = shape.prefsrc === 0 ? 0 : message.getUint32(from + shape.prefsrc);
  return true;
}

/** Reads the paths to word `hop` onwards: how many, -1 for what is unusual. */
function readPaths(
  message: DataView,
  from: number,
  shape: Shape,
  isDelete: boolean,
  out: Uint32Array,
  hop: number,
): number {
  const { oif: oifAt, gateway: gatewayAt, flow: flowAt, multipath } = shape;
  const isOne = (oifAt | gatewayAt | flowAt) !== 0;
  if (message.getUint8(from + RTMSG + 7) >= uapi.RTN_BLACKHOLE) return isOne || multipath !== 0 ? -1 : 0;
  if (multipath !== 0) return isOne ? -1 : readMultipath(message, from + multipath, out, hop);
  if (!isOne && isDelete) return 0;
  const oif = oifAt === 0 ? 0 : message.getInt32(from + oifAt, true);
  const gateway = gatewayAt === 0 ? 0 : message.getUint32(from + gatewayAt);
  const realm = flowAt === 0 ? 0 : message.getUint32(from + flowAt, true);
  const isNone =
    (oifAt !== 0 && oif === 0) || (gatewayAt !== 0 && gateway === 0) || (flowAt !== 0 && realm === 0);
  if (isNone || oif < 0) return -1;
  const flags = message.getUint8(from + RTMSG + 8);
  out[hop + abi.NEXTHOP_OIF / 4] = oif;
  out[hop + abi.NEXTHOP_FAMILY / 4] = (gateway === 0 ? 0 : uapi.AF_INET) | (flags << 8) | (1 << 16);
  out[hop + abi.NEXTHOP_REALM / 4] = realm;
  out[hop + abi.NEXTHOP_GATEWAY / 4] = gateway;
  return 1;
}

/** Reads the RTA_MULTIPATH whose payload is at `at` and whose records have a gateway or nothing. */
function readMultipath(message: DataView, at: number, out: Uint32Array, hop: number): number {
  const end = at - 4 + message.getUint16(at - 4, true);
  let count = 0;
  for (let path = at; path < end; count++) {
    if (end - path < BARE_PATH || count === PATHS_MAX) return -1;
    const length = message.getUint16(path, true);
    const flags = message.getUint8(path + 2);
    const oif = message.getInt32(path + 4, true);
    if (length > end - path || (flags & DEAD) !== 0 || oif < 0) return -1;
    let gateway = 0;
    if (length === GATEWAY_PATH) {
      if (message.getUint32(path + BARE_PATH, true) !== GATEWAY) return -1;
      gateway = message.getUint32(path + BARE_PATH + 4);
      if (gateway === 0) return -1;
    } else if (length !== BARE_PATH) return -1;
    const weight = message.getUint8(path + 3) + 1;
    const to = hop + (count * abi.NEXTHOP_BYTES) / 4;
    out[to + abi.NEXTHOP_OIF / 4] = oif;
    out[to + abi.NEXTHOP_FAMILY / 4] = (gateway === 0 ? 0 : uapi.AF_INET) | (flags << 8) | (weight << 16);
    out[to + abi.NEXTHOP_REALM / 4] = 0;
    out[to + abi.NEXTHOP_GATEWAY / 4] = gateway;
    path += length;
  }
  return count;
}
