/**
 * endpoint/route-request.ts - RTM_NEWROUTE and RTM_DELROUTE read: what they say, as far as both are checked alike
 * (CFG section 2; section 3, checks 1 to 6, of which 6 comes before 5).
 */
import * as uapi from '../abi/uapi.js';
import type { Gateway, RouteHead } from '../core/route-record.js';
import { FibError } from '../errors.js';
import { mask4 } from '../text/prefix.js';
import { u16 } from '../wire/bytes.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { decodeRtmsg, type RtMsg } from '../wire/route.js';
import { parseAttrs, plainAttrs, type Attrs } from './attrs.js';
import { checkEncapType, readGateway, readVia, refused } from './gateway.js';
import { checkEncaps, splitMultipath, type PathRecords } from './multipath.js';
import type { Request } from './request.js';
import { ROUTE_ATTRS, ROUTE_POLICY, ROUTE_STRICT_FROM } from './route-policy.js';

/** What a request says of a route. Numbers that are not given are 0. */
export interface RouteRequest {
  readonly head: RouteHead;
  readonly attrs: Attrs;
  readonly oif: number;
  readonly realm: number;
  readonly gateway: Gateway | undefined;
  /** RTA_MULTIPATH, its paths unread. */
  readonly multipath: PathRecords | undefined;
}

const ECN = 3;
/** What hardware says of a route; a request cannot, but for several paths, whose flags are kept as they are. */
const HARDWARE = uapi.RTM_F_OFFLOAD | uapi.RTM_F_TRAP | uapi.RTM_F_OFFLOAD_FAILED;

/**
 * Reads a request, its parts in the kernel's order.
 * @throws {FibError} ERANGE, EINVAL, EOPNOTSUPP
 */
export function readRouteRequest(request: Request, operation: string): RouteRequest {
  const { bytes } = request;
  if (bytes.length < ROUTE_ATTRS) throw new FibError('EINVAL', operation);
  const attrs = parseAttrs(request, ROUTE_ATTRS, ROUTE_POLICY, uapi.RTA_MAX, ROUTE_STRICT_FROM);
  const rtmsg = decodeRtmsg(bytes.subarray(NLMSG_HEADER));
  if (rtmsg.tos & ECN) throw refused(operation, 'Invalid dsfield (tos): ECN bits must be 0');
  if (rtmsg.type > uapi.RTN_XRESOLVE) throw refused(operation, 'Invalid route type');
  checkForms(bytes, operation);
  const via = attrs.bytes(uapi.RTA_VIA);
  const asked: RouteRequest = {
    head: headOf(rtmsg, attrs),
    attrs,
    oif: attrs.u32(uapi.RTA_OIF) ?? 0,
    realm: attrs.u32(uapi.RTA_FLOW) ?? 0,
    gateway: via === undefined ? readGateway(attrs.be32(uapi.RTA_GATEWAY) ?? 0) : readVia(via, operation),
    multipath: attrs.has(uapi.RTA_MULTIPATH)
      ? splitMultipath(bytes, attrs.offset(uapi.RTA_MULTIPATH))
      : undefined,
  };
  checkPrefix(asked.head, operation);
  checkTogether(asked, operation);
  return asked;
}

function headOf({ dstLength, tos, type, protocol, scope, table, flags }: RtMsg, attrs: Attrs): RouteHead {
  return {
    dst: attrs.be32(uapi.RTA_DST) ?? 0,
    length: dstLength,
    tos,
    type,
    protocol,
    scope,
    table: (attrs.u32(uapi.RTA_TABLE) ?? table) || uapi.RT_TABLE_MAIN,
    priority: attrs.u32(uapi.RTA_PRIORITY) ?? 0,
    flags: attrs.has(uapi.RTA_MULTIPATH) ? flags : flags & ~HARDWARE,
    nhid: attrs.u32(uapi.RTA_NH_ID) ?? 0,
    prefsrc: attrs.be32(uapi.RTA_PREFSRC) ?? 0,
    refs: 0,
  };
}

/** The form of attributes that no policy knows, of each one in the order in which they came (CFG-18, CFG-22). */
function checkForms(bytes: Uint8Array, operation: string): void {
  for (const { type, at, payload } of plainAttrs(bytes, ROUTE_ATTRS, bytes.length)) {
    if (type === uapi.RTA_VIA) readVia(payload, operation);
    else if (type === uapi.RTA_ENCAP_TYPE) checkEncapType(u16(payload, 0), operation, 'EINVAL');
    else if (type === uapi.RTA_MULTIPATH) checkEncaps(splitMultipath(bytes, at).records, operation);
  }
}

/** What excludes each other (CFG-17, CFG-19). */
function checkTogether({ head, attrs, oif, gateway, multipath }: RouteRequest, operation: string): void {
  const isPath = oif !== 0 || gateway !== undefined || multipath !== undefined || attrs.has(uapi.RTA_ENCAP);
  if (head.nhid !== 0 && isPath) {
    throw refused(operation, 'Nexthop specification and nexthop id are mutually exclusive');
  }
  if (attrs.has(uapi.RTA_GATEWAY) && attrs.has(uapi.RTA_VIA)) {
    throw refused(operation, 'Nexthop configuration can not contain both GATEWAY and VIA');
  }
}

/** CFG-12. */
function checkPrefix({ dst, length }: RouteHead, operation: string): void {
  if (length > 32) throw refused(operation, 'Invalid prefix length');
  if ((dst & mask4(length)) >>> 0 !== dst) {
    throw refused(operation, 'Invalid prefix for given prefix length');
  }
}
