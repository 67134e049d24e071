/**
 * wire/route.ts - RTM_NEWROUTE, RTM_DELROUTE and the answers to RTM_GETROUTE: struct rtmsg and attributes <-> `Route`.
 *   0        1       2       3     4       5          6       7      8       12
 *   | family | dlen  | slen  | tos | table | protocol | scope | type | flags | attributes ...
 * The attributes come in the kernel's order (CFG-88; V6-7 for IPv6; CFG-73 for an answer from the cache), so that what
 * the kernel wrote encodes to the same bytes again.
 *
 * What is kept. Attributes that a `Route` has no field for stay in `unknown` and come back out. So does an attribute
 * that does have a field but cannot be read into it (D12): a short RTA_FLOW, RTA_NH_ID or RTA_PREF, a RTA_METRICS that
 * is no list, a RTA_GATEWAY of 0.0.0.0 (which means none, CFG-17), a RTA_VIA of another family than IPv4 and IPv6 or
 * beside a RTA_GATEWAY, a single path beside RTA_MULTIPATH, and all but the last of a repeated one (CFG-8).
 *
 * What is refused with a WireError: a message whose meaning would change in silence, that is, where the family,
 * a prefix, a gateway, the preferred source, a path's interface, the table or the priority cannot be read.
 *
 * Lengths: a longer attribute is read up to what we know (CFG-6). Bits of a prefix past its length stay as they came
 * in `dst` and `src`: refusing them (CFG-12) is the business of who adds the route.
 * Sources: <linux/rtnetlink.h>, rtnetlink(7), rules NL-14..20, CFG-6..21, CFG-42..45, CFG-87..90.
 */
import * as uapi from '../abi/uapi.js';
import { FibError, WireError } from '../errors.js';
import { METRICS, routeTypeNumber, routeTypeWord } from '../model/route.js';
import type { NextHop, Route } from '../model/route.js';
import { parseAddress4, parseAddress6 } from '../text/address.js';
import { parseInterface4, parseInterface6 } from '../text/prefix.js';
import { Writer, align4, u16, u32 } from './bytes.js';
import {
  Attrs,
  FIB_ORDER,
  MODELLED,
  MODELLED_IN_RECORD,
  ONE_PATH,
  addressBytes,
  bits,
  orderOf,
  rankOf,
} from './route-attrs.js';
import type { AttrOrder, Mutable } from './route-attrs.js';
import { RTATTR_HEADER, attrAt, putAttr } from './rtattr.js';
import type { RtAttr } from './rtattr.js';

/** Bytes of struct rtmsg. */
export const RTMSG_BYTES = 12;
/** Bytes of struct rtnexthop. */
const RTNEXTHOP_BYTES = 8;

/** A path, and the attributes of its record that a path has no field for. */
export interface NextHopMessage extends NextHop {
  readonly unknown?: readonly RtAttr[];
}

/** A route as a message carries it; what is beyond a `Route` is absent when there is nothing to say. */
export interface RouteMessage extends Route {
  readonly nexthops: readonly NextHopMessage[];
  /** Attributes without a field, or unfit for it; payloads are views. */
  readonly unknown?: readonly RtAttr[];
  /** Metrics beyond those known, or unfit for a word: RTAX attributes. */
  readonly unknownMetrics?: readonly RtAttr[];
  /**
   * Types of all attributes in wire order, when they do not stand as the kernel would put them. `encodeRoute` follows
   * it; it also says that an attribute which may be left out is there (RTA_TABLE, RTA_DST of a default route, a
   * priority of 0, RTA_MULTIPATH for one path) or is not.
   */
  readonly order?: readonly number[];
}

/** struct rtmsg; all fields but `flags` are bytes. */
export interface RtMsg {
  readonly family: number;
  readonly dstLength: number;
  readonly srcLength: number;
  readonly tos: number;
  /** The low ids; 252 says that RTA_TABLE has it. */
  readonly table: number;
  readonly protocol: number;
  readonly scope: number;
  /** RTN_* */
  readonly type: number;
  /** RTNH_F_* and RTM_F_*, u32. */
  readonly flags: number;
}

// ---- decode

/**
 * The fixed header of a route message, whatever its family.
 * @param base where `payload` began in a longer stream, for the offset of the error
 * @throws {WireError} fewer than 12 bytes
 */
export function decodeRtmsg(payload: Uint8Array, base = 0): RtMsg {
  if (payload.length < RTMSG_BYTES) throw new WireError(`rtmsg of ${payload.length} bytes`, base);
  return {
    family: payload[0]!,
    dstLength: payload[1]!,
    srcLength: payload[2]!,
    tos: payload[3]!,
    table: payload[4]!,
    protocol: payload[5]!,
    scope: payload[6]!,
    type: payload[7]!,
    flags: u32(payload, 8),
  };
}

/**
 * The route in the payload of a message (what follows the nlmsghdr). Fields that the message does not have are absent;
 * paths have `oif` and never `dev`, a weight only where they stand in RTA_MULTIPATH; a single path has the flags of the
 * route. Payloads in `unknown` are views.
 * @param base where `payload` began in a longer stream, for the offsets of errors
 * @throws {WireError} neither family 2 nor 10, an impossible length, or a part that must be readable and is not; see above
 */
export function decodeRoute(payload: Uint8Array, base = 0): RouteMessage {
  const head = decodeRtmsg(payload, base);
  checkLengths(head, base);
  const order = orderOf(head.family, head.flags);
  const attrs = new Attrs(payload, RTMSG_BYTES, payload.length, base, head.family, MODELLED, order);
  const route: Mutable<RouteMessage> = {
    family: head.family,
    dst: attrs.prefix(uapi.RTA_DST, head.dstLength),
    type: routeTypeWord(head.type),
    table: attrs.number(uapi.RTA_TABLE) ?? head.table,
    tos: head.tos,
    metric: attrs.number(uapi.RTA_PRIORITY) ?? 0,
    protocol: head.protocol,
    scope: head.scope,
    flags: head.flags,
    nexthops: attrs.has(uapi.RTA_MULTIPATH) ? decodeMultipath(attrs) : decodePath(attrs, head.flags),
  };
  if (head.srcLength > 0 || attrs.has(uapi.RTA_SRC)) route.src = attrs.prefix(uapi.RTA_SRC, head.srcLength);
  const prefsrc = attrs.address(uapi.RTA_PREFSRC);
  if (prefsrc !== undefined) route.prefsrc = prefsrc;
  decodeMetrics(attrs, route);
  const nhid = attrs.numberOrOdd(uapi.RTA_NH_ID);
  if (nhid !== undefined) route.nhid = nhid;
  if (attrs.want(uapi.RTA_PREF, 1)) route.pref = payload[attrs.start(uapi.RTA_PREF)]!;
  const unknown = attrs.unknown();
  if (unknown !== undefined) route.unknown = unknown;
  if (!attrs.tidy || attrs.held() !== carried(route, head.dstLength)) route.order = attrs.order();
  return route;
}

function checkLengths({ family, dstLength, srcLength }: RtMsg, base: number): void {
  const width = addressBytes(family) * 8;
  if (width === 0) throw new WireError(`no routes of address family ${family}`, base);
  if (dstLength > width) throw new WireError(`destination length ${dstLength}`, base + 1);
  if (srcLength > width) throw new WireError(`source length ${srcLength}`, base + 2);
}

/** The single path of a route, in an array; none for a route without gateway, interface and realm. */
function decodePath(attrs: Attrs, flags: number): NextHopMessage[] {
  const hop = attrs.path();
  const oif = attrs.number(uapi.RTA_OIF);
  if (oif !== undefined) hop.oif = oif;
  else if (hop.via === undefined && hop.realm === undefined) return [];
  if (flags & 0xff) hop.flags = flags & 0xff;
  return [hop];
}

/**
 * The records of RTA_MULTIPATH: u16 length, u8 flags, u8 weight - 1, u32 ifindex, attributes (NL-20). What tells one path
 * beside them is odd. A record's own order is not kept: its unknown attributes are given in the kernel's.
 * @throws {WireError} no record at all, a length that is impossible, or what `Attrs.path` throws
 */
function decodeMultipath(attrs: Attrs): NextHopMessage[] {
  const { bytes, base } = attrs;
  const start = attrs.start(uapi.RTA_MULTIPATH);
  const end = start + attrs.size(uapi.RTA_MULTIPATH);
  attrs.need(uapi.RTA_MULTIPATH, RTNEXTHOP_BYTES);
  attrs.odd |= ONE_PATH;
  const hops: NextHopMessage[] = [];
  for (let at = start; end - at >= RTNEXTHOP_BYTES;) {
    const length = u16(bytes, at);
    if (length < RTNEXTHOP_BYTES || length > end - at) {
      throw new WireError(`rtnexthop length ${length}`, base + at);
    }
    const from = at + RTNEXTHOP_BYTES;
    const record = new Attrs(bytes, from, at + length, base, attrs.family, MODELLED_IN_RECORD, FIB_ORDER);
    const hop: Mutable<NextHopMessage> = record.path();
    const oif = u32(bytes, at + 4);
    if (oif !== 0) hop.oif = oif;
    hop.weight = bytes[at + 3]! + 1;
    if (bytes[at + 2]! !== 0) hop.flags = bytes[at + 2]!;
    const unknown = record.unknown();
    if (unknown !== undefined) hop.unknown = inOrder(unknown, FIB_ORDER);
    hops.push(hop);
    at += align4(length);
  }
  return hops;
}

/**
 * RTA_METRICS: RTAX attributes, each a u32 but for the name of the congestion control (CFG-60..62). A list that cannot be
 * walked, or an empty one, is odd as a whole; a single metric that is no word goes to `unknownMetrics`.
 */
function decodeMetrics(attrs: Attrs, route: Mutable<RouteMessage>): void {
  if (!attrs.want(uapi.RTA_METRICS, RTATTR_HEADER)) return;
  const { bytes } = attrs;
  const start = attrs.start(uapi.RTA_METRICS);
  const end = start + attrs.size(uapi.RTA_METRICS);
  const metrics: Record<string, number> = {};
  const unknown: RtAttr[] = [];
  let congctl: string | undefined;
  let words = 0;
  for (let at = start; end - at >= RTATTR_HEADER;) {
    const length = u16(bytes, at);
    if (length < RTATTR_HEADER || length > end - at) {
      attrs.odd |= 1 << uapi.RTA_METRICS;
      return;
    }
    const type = u16(bytes, at + 2) & uapi.NLA_TYPE_MASK;
    const name = METRICS[type - 1];
    const cc = type === uapi.RTAX_CC_ALGO ? decodeName(bytes, at + RTATTR_HEADER, at + length) : undefined;
    if (cc !== undefined) {
      congctl = cc;
    } else if (name !== undefined && type !== uapi.RTAX_CC_ALGO && length === RTATTR_HEADER + 4) {
      metrics[name] = u32(bytes, at + RTATTR_HEADER);
      words++;
    } else {
      unknown.push(attrAt(bytes, at));
    }
    at += align4(length);
  }
  if (words > 0) route.metrics = metrics;
  if (congctl !== undefined) route.congctl = congctl;
  if (unknown.length > 0) route.unknownMetrics = unknown;
}

/** A name of printable ASCII, at least one character, with its closing NUL; undefined for anything else. */
function decodeName(bytes: Uint8Array, from: number, end: number): string | undefined {
  const last = end - 1;
  if (last <= from || bytes[last] !== 0) return undefined;
  let name = '';
  for (let i = from; i < last; i++) {
    const code = bytes[i]!;
    if (code <= 0x20 || code >= 0x7f) return undefined;
    name += String.fromCharCode(code);
  }
  return name;
}

// ---- encode

/** What `encodeRoute` may need to know. */
export interface EncodeRouteOptions {
  /** Index of an interface, for paths that name `dev` and have no `oif`. */
  readonly ifindex?: (name: string) => number | undefined;
}

/** A prefix as a message has it: the address in network order. */
interface Network {
  readonly address: Uint8Array;
  readonly length: number;
}

/** A route being encoded: prefixes read, interfaces known by index. */
interface Draft {
  readonly route: RouteMessage;
  readonly dst: Network;
  readonly src: Network | undefined;
  readonly nexthops: readonly NextHopMessage[];
  /** Bit mask of the attributes made from fields. */
  readonly fields: number;
}

/** An attribute to write: the type of a field, or one that is kept as it came. */
type Piece = number | RtAttr;

/**
 * The payload of a message for `route`: struct rtmsg and attributes, in the kernel's order or, where given, in `order`.
 * One path stands as RTA_GATEWAY (RTA_VIA for a gateway of the other family), RTA_OIF and RTA_FLOW and has its flags in
 * rtm_flags; several stand in RTA_MULTIPATH. All metrics given are written, those of 0 too; `metrics.cc_algo`
 * is a key of who stored it and never is.
 * @throws {FibError} EINVAL: text or a number that does not fit its field; ENODEV: a path with a `dev` that has no
 * index; EAFNOSUPPORT: neither family 2 nor 10
 */
export function encodeRoute(route: RouteMessage, options: EncodeRouteOptions = {}): Uint8Array {
  const draft = draftOf(route, options);
  const w = new Writer();
  putRtmsg(w, draft);
  const pieces = arrange(draft.fields, route.unknown, orderOf(route.family, route.flags));
  for (const piece of route.order === undefined ? pieces : follow(pieces, route.order)) {
    if (typeof piece === 'number') putField(w, draft, piece);
    else putAttr(w, piece);
  }
  return w.take();
}

function draftOf(route: RouteMessage, options: EncodeRouteOptions): Draft {
  if (addressBytes(route.family) === 0) {
    throw new FibError('EAFNOSUPPORT', 'encode route', { detail: `address family ${route.family}` });
  }
  const dst = network(route.family, route.dst);
  const src = route.src === undefined ? undefined : network(route.family, route.src);
  const nexthops = route.nexthops.map((hop) => withIndex(hop, options));
  let fields = carried(route, dst.length, nexthops);
  if (route.order !== undefined) fields = listed(route, fields, dst, src, bits(route.order));
  return { route, dst, src, nexthops, fields };
}

/** The attributes that the kernel writes for a route, as a bit mask of their types (CFG-88, V6-7). */
function carried(route: RouteMessage, dstLength: number, nexthops = route.nexthops): number {
  let mask = 1 << uapi.RTA_TABLE;
  if (dstLength > 0) mask |= 1 << uapi.RTA_DST;
  if (route.src !== undefined) mask |= 1 << uapi.RTA_SRC;
  if (route.metric !== 0 || route.family === uapi.AF_INET6) mask |= 1 << uapi.RTA_PRIORITY;
  if (hasMetrics(route)) mask |= 1 << uapi.RTA_METRICS;
  if (route.prefsrc !== undefined) mask |= 1 << uapi.RTA_PREFSRC;
  if (route.nhid !== undefined) mask |= 1 << uapi.RTA_NH_ID;
  if (route.pref !== undefined) mask |= 1 << uapi.RTA_PREF;
  const hop = nexthops[0];
  if (nexthops.length > 1) return mask | (1 << uapi.RTA_MULTIPATH);
  if (hop === undefined) return mask;
  if (hop.via !== undefined) mask |= 1 << gatewayType(route.family, hop.via);
  if (hop.oif !== undefined) mask |= 1 << uapi.RTA_OIF;
  if (hop.realm !== undefined) mask |= 1 << uapi.RTA_FLOW;
  return mask;
}

/** Whether there is anything to put into RTA_METRICS. */
function hasMetrics({ metrics, congctl, unknownMetrics }: RouteMessage): boolean {
  if (congctl !== undefined || (unknownMetrics !== undefined && unknownMetrics.length > 0)) return true;
  if (metrics === undefined) return false;
  return METRICS.some((name) => name !== 'cc_algo' && metrics[name] !== undefined);
}

/** Attributes that `RouteMessage.order` may leave out or bring in. */
const OPTIONAL = [uapi.RTA_TABLE, uapi.RTA_DST, uapi.RTA_SRC, uapi.RTA_PRIORITY] as const;

/** `fields` corrected by what the message is known to have had, as bit masks. */
function listed(
  route: RouteMessage,
  fields: number,
  dst: Network,
  src: Network | undefined,
  had: number,
): number {
  const silent = [
    route.table <= 0xff,
    dst.address.every((byte) => byte === 0),
    src === undefined || src.address.every((byte) => byte === 0),
    route.metric === 0,
  ]; // what the attribute says is in the header, or is the default
  OPTIONAL.forEach((type, i) => {
    if (had & (1 << type)) fields |= 1 << type;
    else if (silent[i]!) fields &= ~(1 << type);
  });
  if (src === undefined) fields &= ~(1 << uapi.RTA_SRC);
  const one = route.nexthops.length === 1;
  if (one && had & (1 << uapi.RTA_MULTIPATH)) return (fields & ~ONE_PATH) | (1 << uapi.RTA_MULTIPATH);
  const via = 1 << uapi.RTA_VIA;
  const gateway = 1 << uapi.RTA_GATEWAY;
  if (fields & gateway && (had & (via | gateway)) === via) return (fields & ~gateway) | via;
  return fields;
}

/** Fields and kept attributes in an order; of one type the kept come first, since the last one counts (CFG-8). */
function arrange(fields: number, unknown: readonly RtAttr[] | undefined, order: AttrOrder): Piece[] {
  const held = order.types.filter((type) => fields & (1 << type));
  return unknown === undefined ? held : inOrder<Piece>([...unknown, ...held], order);
}

/** Sorted by place; what has the same place stays as it came. */
function inOrder<T extends Piece>(pieces: T[], order: AttrOrder): T[] {
  return pieces.sort((a, b) => rankOf(typeOf(a), order) - rankOf(typeOf(b), order));
}

/** `pieces` as `order` has their types; those that it does not have come last. */
function follow(pieces: readonly Piece[], order: readonly number[]): Piece[] {
  const waiting = new Map<number, Piece[]>();
  for (const piece of pieces.toReversed()) {
    const stack = waiting.get(typeOf(piece));
    if (stack === undefined) waiting.set(typeOf(piece), [piece]);
    else stack.push(piece);
  }
  const placed = new Set<Piece>();
  for (const type of order) {
    const piece = waiting.get(type)?.pop();
    if (piece !== undefined) placed.add(piece);
  }
  return [...placed, ...pieces.filter((piece) => !placed.has(piece))];
}

function typeOf(piece: Piece): number {
  return typeof piece === 'number' ? piece : piece.type;
}

function putRtmsg(w: Writer, { route, dst, src, nexthops, fields }: Draft): void {
  const alone = fields & (1 << uapi.RTA_MULTIPATH) ? undefined : nexthops[0];
  w.u8(route.family);
  w.u8(dst.length);
  w.u8(src?.length ?? 0);
  w.u8(inRange('tos', route.tos, 0, 0xff));
  w.u8(inRange('table', route.table, 0, U32_MAX) <= 0xff ? route.table : uapi.RT_TABLE_COMPAT);
  w.u8(inRange('protocol', route.protocol, 0, 0xff));
  w.u8(inRange('scope', route.scope, 0, 0xff));
  w.u8(inRange('type', routeTypeNumber(route.type) ?? -1, 0, 0xff));
  w.u32(inRange('flags', route.flags, 0, U32_MAX) | inRange('nexthop flags', alone?.flags ?? 0, 0, 0xff));
}

/** Writes the attribute of one field, which is known to be there. */
function putField(w: Writer, draft: Draft, type: number): void {
  const { route, nexthops } = draft;
  switch (type) {
    case uapi.RTA_TABLE:
      return w.attr32(type, route.table);
    case uapi.RTA_DST:
      return w.attr(type, draft.dst.address);
    case uapi.RTA_SRC:
      return w.attr(type, draft.src!.address);
    case uapi.RTA_PRIORITY:
      return w.attr32(type, inRange('metric', route.metric, 0, U32_MAX));
    case uapi.RTA_PREFSRC:
      return w.attr(type, addressOf(route.family, route.prefsrc!));
    case uapi.RTA_METRICS:
      return putMetrics(w, route);
    case uapi.RTA_NH_ID:
      return w.attr32(type, inRange('nhid', route.nhid!, 0, U32_MAX));
    case uapi.RTA_PREF:
      return w.attr(type, Uint8Array.of(inRange('pref', route.pref!, 0, 0xff)));
    case uapi.RTA_MULTIPATH:
      return putMultipath(w, route.family, nexthops);
    default:
      return putPath(w, type, nexthops[0]!);
  }
}

/** Writes one attribute of a path. */
function putPath(w: Writer, type: number, hop: NextHopMessage): void {
  if (type === uapi.RTA_OIF) return w.attr32(type, inRange('oif', hop.oif!, 0, U32_MAX));
  if (type === uapi.RTA_FLOW) return w.attr32(type, inRange('realm', hop.realm!, 0, U32_MAX));
  const family = familyOf(hop.via!);
  const address = addressOf(family, hop.via!);
  const at = w.open(type);
  if (type === uapi.RTA_VIA) w.u16(family);
  w.raw(address);
  w.close(at);
}

/** RTA_MULTIPATH, which is not marked as nested (CFG-90). */
function putMultipath(w: Writer, family: number, nexthops: readonly NextHopMessage[]): void {
  const list = w.open(uapi.RTA_MULTIPATH);
  for (const hop of nexthops) {
    const record = w.openRecord();
    w.u8(inRange('nexthop flags', hop.flags ?? 0, 0, 0xff));
    w.u8(inRange('weight', hop.weight ?? 1, 1, 256) - 1);
    w.u32(inRange('oif', hop.oif ?? 0, 0, U32_MAX));
    let fields = 0;
    if (hop.via !== undefined) fields |= 1 << gatewayType(family, hop.via);
    if (hop.realm !== undefined) fields |= 1 << uapi.RTA_FLOW;
    for (const piece of arrange(fields, hop.unknown, FIB_ORDER)) {
      if (typeof piece === 'number') putPath(w, piece, hop);
      else putAttr(w, piece);
    }
    w.close(record);
  }
  w.close(list);
}

/** RTA_METRICS, words ascending by number as the kernel has them, then the unknown ones. */
function putMetrics(w: Writer, { metrics = {}, congctl, unknownMetrics = [] }: RouteMessage): void {
  const list = w.open(uapi.RTA_METRICS);
  METRICS.forEach((name, i) => {
    const word = metrics[name];
    if (name === 'cc_algo') {
      if (congctl !== undefined) w.attr(uapi.RTAX_CC_ALGO, encodeName(congctl));
    } else if (word !== undefined) {
      w.attr32(i + 1, inRange(name, word, 0, U32_MAX));
    }
  });
  for (const attr of unknownMetrics) putAttr(w, attr);
  w.close(list);
}

/** A name with its closing NUL. */
function encodeName(name: string): Uint8Array {
  if (!/^[!-~]+$/.test(name)) throw unfit('congctl', name);
  return Uint8Array.from(name + '\0', (char) => char.charCodeAt(0));
}

/** A path with its interface as an index. */
function withIndex(hop: NextHopMessage, options: EncodeRouteOptions): NextHopMessage {
  if (hop.oif !== undefined || hop.dev === undefined) return hop;
  const oif = options.ifindex?.(hop.dev);
  if (oif === undefined) throw new FibError('ENODEV', 'encode route', { detail: `no index of ${hop.dev}` });
  return { ...hop, oif };
}

/** RTA_GATEWAY, or RTA_VIA for a gateway that is not of the route's family. */
function gatewayType(family: number, via: string): number {
  return familyOf(via) === family ? uapi.RTA_GATEWAY : uapi.RTA_VIA;
}

function familyOf(address: string): number {
  return address.includes(':') ? uapi.AF_INET6 : uapi.AF_INET;
}

/** Address bytes and length of a prefix of `family`; for an address alone the length is that of a host. */
function network(family: number, text: string): Network {
  if (family === uapi.AF_INET6) return parseInterface6(text);
  const { address, length } = parseInterface4(text);
  return { address: bytes4(address), length };
}

/** Address bytes of an address of `family`, network order. */
function addressOf(family: number, text: string): Uint8Array {
  return family === uapi.AF_INET6 ? parseAddress6(text) : bytes4(parseAddress4(text));
}

function bytes4(address: number): Uint8Array {
  const bytes = new Uint8Array(4);
  bytes[0] = address >>> 24;
  bytes[1] = address >>> 16;
  bytes[2] = address >>> 8;
  bytes[3] = address;
  return bytes;
}

const U32_MAX = 0xffffffff;

function inRange(what: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) throw unfit(what, value);
  return value;
}

function unfit(what: string, value: unknown): FibError {
  return new FibError('EINVAL', 'encode route', { detail: `${what} ${String(value)}` });
}
