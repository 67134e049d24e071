/**
 * endpoint/get-route.ts - RTM_GETROUTE for one destination: what would become of a packet (CFG section 8).
 *
 * The answer is what a route cache would hold for the packet, or with RTM_F_FIB_MATCH the route that decides.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Core } from '../core/core.js';
import { FibError } from '../errors.js';
import type { Netns } from '../netns.js';
import { mask4 } from '../text/prefix.js';
import { encodeAnswer, type RouteAnswer } from '../wire/answer.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { decodeRtmsg, type RtMsg } from '../wire/route.js';
import { parseAttrs, type Attrs } from './attrs.js';
import { encodeEntry } from './cache.js';
import { refused } from './gateway.js';
import type { Request } from './request.js';
import { ROUTE_ATTRS, ROUTE_POLICY, ROUTE_STRICT_FROM } from './route-policy.js';

const GET = 'route get';
const NO_UID = 0xffffffff;
const IPPROTO_UDP = 17;
/** ICMP, TCP and UDP: what a question may be about (CFG-68). */
const PROTOCOLS: readonly number[] = [1, 6, IPPROTO_UDP];

/** rtm_flags of a question. */
const FLAGS = uapi.RTM_F_NOTIFY | uapi.RTM_F_LOOKUP_TABLE | uapi.RTM_F_FIB_MATCH;
/** Attributes of a question. */
const ASKED: readonly number[] = [
  uapi.RTA_IIF,
  uapi.RTA_OIF,
  uapi.RTA_SRC,
  uapi.RTA_DST,
  uapi.RTA_IP_PROTO,
  uapi.RTA_SPORT,
  uapi.RTA_DPORT,
  uapi.RTA_MARK,
  uapi.RTA_UID,
];

/** A question; numbers that are not given are 0. */
interface Query {
  readonly flags: number;
  readonly tos: number;
  readonly dst: number;
  readonly src: number;
  readonly iif: number;
  readonly oif: number;
  readonly mark: number;
  readonly uid: number;
  readonly ipproto: number;
  readonly sport: number;
  readonly dport: number;
}

/** Answers a question. */
export function getRoute(ns: Netns, request: Request): void {
  const query = readQuery(request);
  const { core } = ns;
  writeQuery(core, query);
  const { flow, result, room } = core;
  const err =
    query.iif === 0 ? core.exports.output(flow, result, room) : core.exports.input(flow, result, room);
  if (err < 0) throw FibError.fromErrno(err, GET);
  const isMatch = (query.flags & uapi.RTM_F_FIB_MATCH) !== 0;
  request.reply(uapi.RTM_NEWROUTE, 0, isMatch ? matched(ns, query) : (cached(ns) ?? answer(core, query)));
}

/** The answer of the route cache, if there is one and it kept an entry (RC-121). */
function cached(ns: Netns): Uint8Array | undefined {
  const { core, cache } = ns;
  const handle = core.view.getFloat64(core.result + abi.RESULT_HANDLE, true);
  const entry = handle === 0 ? undefined : cache.get(handle);
  return entry && encodeEntry(ns, entry);
}

// ---- the question

/** @throws {FibError} ERANGE, EINVAL, EOPNOTSUPP */
function readQuery(request: Request): Query {
  const { bytes, isStrict, uid } = request;
  if (bytes.length < ROUTE_ATTRS) throw refused(GET, 'ipv4: Invalid header for route get request');
  const head = decodeRtmsg(bytes.subarray(NLMSG_HEADER));
  if (isStrict) checkHeader(head);
  const mode = isStrict ? 'closed' : ROUTE_STRICT_FROM;
  const attrs = parseAttrs(request, ROUTE_ATTRS, ROUTE_POLICY, uapi.RTA_MAX, mode);
  if (isStrict) checkAsked(head, attrs);
  const ipproto = attrs.u8(uapi.RTA_IP_PROTO) ?? IPPROTO_UDP;
  if (!PROTOCOLS.includes(ipproto)) throw refused(GET, 'Unsupported ip proto', undefined, 'EOPNOTSUPP');
  return {
    flags: head.flags,
    tos: head.tos,
    dst: attrs.be32(uapi.RTA_DST) ?? 0,
    src: attrs.be32(uapi.RTA_SRC) ?? 0,
    iif: attrs.u32(uapi.RTA_IIF) ?? 0,
    oif: attrs.u32(uapi.RTA_OIF) ?? 0,
    mark: attrs.u32(uapi.RTA_MARK) ?? 0,
    uid: attrs.u32(uapi.RTA_UID) ?? (attrs.u32(uapi.RTA_IIF) ? NO_UID : uid),
    ipproto,
    sport: attrs.be16(uapi.RTA_SPORT) ?? 0,
    dport: attrs.be16(uapi.RTA_DPORT) ?? 0,
  };
}

/** What strict checking asks of the header (CFG-67). */
function checkHeader({ dstLength, srcLength, table, protocol, scope, type, flags }: RtMsg): void {
  const isLength = (length: number): boolean => length === 0 || length === 32;
  if (!isLength(dstLength) || !isLength(srcLength) || table || protocol || scope || type) {
    throw refused(GET, 'ipv4: Invalid values in header for route get request');
  }
  if ((flags & ~FLAGS) !== 0) throw refused(GET, 'ipv4: Unsupported rtm_flags for route get request');
}

/** What strict checking asks of the attributes (CFG-67). */
function checkAsked({ dstLength, srcLength }: RtMsg, attrs: Attrs): void {
  const isBare = (type: number, length: number): boolean => attrs.has(type) && length === 0;
  if (isBare(uapi.RTA_SRC, srcLength) || isBare(uapi.RTA_DST, dstLength)) {
    throw refused(GET, 'ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4');
  }
  if (attrs.types().some((type) => !ASKED.includes(type))) {
    throw refused(GET, 'ipv4: Unsupported attribute in route get request');
  }
}

function writeQuery({ flow: at, u32, view }: Core, query: Query): void {
  u32.fill(0, at / 4, (at + abi.FLOW_BYTES) / 4);
  const isNotify = (query.flags & uapi.RTM_F_NOTIFY) !== 0;
  u32[at / 4] = uapi.AF_INET | (query.tos << 8) | (isNotify ? abi.FLOW_F_NOTIFY << 24 : 0);
  u32[(at + abi.FLOW_OIF) / 4] = query.oif;
  u32[(at + abi.FLOW_IIF) / 4] = query.iif;
  u32[(at + abi.FLOW_DST) / 4] = query.dst;
  u32[(at + abi.FLOW_SRC) / 4] = query.src;
  u32[(at + abi.FLOW_MARK) / 4] = query.mark;
  u32[(at + abi.FLOW_UID) / 4] = query.uid;
  view.setUint8(at + abi.FLOW_IPPROTO, query.ipproto);
  view.setUint8(at + abi.FLOW_FORM, abi.FORM_QUERY);
  view.setUint16(at + abi.FLOW_SPORT, query.sport, true);
  view.setUint16(at + abi.FLOW_DPORT, query.dport, true);
}

// ---- the answer

/** Table that an answer names: main unless the one that was searched is asked for (CFG-72). */
function tableOf({ u32, result }: Core, query: Query): number {
  const isAsked = (query.flags & uapi.RTM_F_LOOKUP_TABLE) !== 0;
  return isAsked ? u32[(result + abi.RESULT_TABLE) / 4]! : uapi.RT_TABLE_MAIN;
}

/** The answer as a route cache would hold it (CFG-72..76). */
function answer(core: Core, query: Query): Uint8Array {
  const { u8, u32, result } = core;
  const isOutput = query.iif === 0;
  const prefsrc = u32[(result + abi.RESULT_PREFSRC) / 4]!;
  const entry = u32[(result + abi.RESULT_ENTRY) / 4]!;
  const flags = u32[(result + abi.RESULT_CACHE_FLAGS) / 4]!;
  return encodeAnswer({
    dst: query.dst,
    src: query.src,
    tos: u8[result + abi.RESULT_TOS]!,
    table: tableOf(core, query),
    type: u8[result + abi.RESULT_TYPE]!,
    flags: (flags & uapi.RTCF_NOTIFY) === 0 ? flags : flags | uapi.RTM_F_NOTIFY,
    oif: u32[(result + abi.RESULT_OIF) / 4]!,
    realm: u32[(result + abi.RESULT_REALM) / 4]!,
    prefsrc: isOutput && prefsrc !== query.src ? prefsrc : 0,
    gateway: gatewayOf(core),
    metrics: entry === 0 ? undefined : metricsOf(core, entry),
    mark: query.mark,
    uid: query.uid === NO_UID ? undefined : query.uid,
    iif: query.iif,
    cacheInfo: { clntref: u32[(result + abi.RESULT_USERS) / 4]! },
  });
}

function gatewayOf({ view, result }: Core): RouteAnswer['gateway'] {
  const family = view.getUint8(result + abi.RESULT_FAMILY);
  if (family === 0) return undefined;
  const from = result + abi.RESULT_GATEWAY;
  const address = new Uint8Array(family === uapi.AF_INET ? 4 : 16);
  const words = new DataView(address.buffer);
  for (let i = 0; i < address.length; i += 4) words.setUint32(i, view.getUint32(from + i, true));
  return { family, address };
}

/** Metrics of a fib info. */
function metricsOf(core: Core, id: number): number[] {
  const at = core.route(core.exports.infoCount(id));
  core.exports.infoGet(id, at);
  core.soilRoute();
  const from = (at + abi.ROUTE_METRICS) / 4;
  return Array.from(core.u32.subarray(from, from + uapi.RTAX_MAX));
}

/**
 * The route that decides, as a dump shows it, but for type and table (CFG-77).
 * @throws {FibError} EHOSTUNREACH: there is none
 */
function matched(ns: Netns, query: Query): Uint8Array {
  const { core } = ns;
  const { u8, u32, result } = core;
  const id = u32[(result + abi.RESULT_ID) / 4]!;
  if (id === 0) throw new FibError('EHOSTUNREACH', GET);
  const table = tableOf(core, query);
  const length = u8[result + abi.RESULT_PREFIX_LEN]!;
  const tos = u8[result + abi.RESULT_TOS]!;
  const type = u8[result + abi.RESULT_TYPE]!;
  const at = core.route(core.exports.infoCount(id));
  core.exports.infoGet(id, at);
  core.soilRoute();
  const { u32: words } = core;
  words[(at + abi.ROUTE_FAMILY) / 4] = uapi.AF_INET | (length << 8) | (tos << 16) | (type << 24);
  words[(at + abi.ROUTE_TABLE) / 4] = table;
  words[(at + abi.ROUTE_DST) / 4] = query.dst & mask4(length);
  return ns.route.payload(at);
}
