/**
 * endpoint/dump-route.ts - RTM_GETROUTE with NLM_F_DUMP: the routes of all tables, or those that pass strict filters
 * (CFG section 9).
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Netns } from '../netns.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { decodeRtmsg, type RtMsg } from '../wire/route.js';
import { parseAttrs, type Attrs } from './attrs.js';
import { dumpCache } from './cache.js';
import { refused } from './gateway.js';
import type { DumpMessage, DumpSource, Request } from './request.js';
import { ROUTE_ATTRS, ROUTE_POLICY } from './route-policy.js';

const DUMP = 'route dump';

/** Which routes are wanted; 0 wants any. */
interface Filter {
  readonly table: number;
  readonly protocol: number;
  readonly type: number;
  readonly oif: number;
  /** RTM_F_CLONED, RTM_F_PREFIX: entries of a cache and prefixes learned from routers, of which there are none. */
  readonly isEmpty: boolean;
  /** Anything of the above was asked for. */
  readonly isSet: boolean;
}

const ANY: Filter = { table: 0, protocol: 0, type: 0, oif: 0, isEmpty: false, isSet: false };

/** Begins a dump of routes; changes while it is read show in what is still to come. */
export function dumpRoutes(ns: Netns, request: Request): DumpSource {
  const filter = request.isStrict ? strictFilter(ns, request) : looseFilter(request);
  const isOurs = request.bytes[NLMSG_HEADER] === uapi.AF_INET;
  const flags = request.isStrict || filter.isSet ? uapi.NLM_F_DUMP_FILTERED : 0;
  return {
    messages: isOfCache(ns, request) ? dumpCache(ns, flags) : messages(ns, filter, flags, isOurs),
    doneFlags: filter.isSet ? uapi.NLM_F_DUMP_FILTERED : 0,
    isDoneApart: true,
  };
}

/** True for a dump of the route cache (RC-122). */
function isOfCache(ns: Netns, { bytes }: Request): boolean {
  if (!ns.cache.isOn || bytes.length < ROUTE_ATTRS) return false;
  return (decodeRtmsg(bytes.subarray(NLMSG_HEADER)).flags & uapi.RTM_F_CLONED) !== 0;
}

/** Without strict checking a request filters nothing, whatever it says (CFG-80). */
function looseFilter({ bytes }: Request): Filter {
  const flags = bytes.length < ROUTE_ATTRS ? 0 : decodeRtmsg(bytes.subarray(NLMSG_HEADER)).flags;
  return { ...ANY, isEmpty: (flags & uapi.RTM_F_PREFIX) !== 0 };
}

/** @throws {FibError} EINVAL, ENODEV (CFG-81) */
function strictFilter(ns: Netns, request: Request): Filter {
  const { bytes } = request;
  if (bytes.length < ROUTE_ATTRS) throw refused(DUMP, 'Invalid header for FIB dump request');
  const head = decodeRtmsg(bytes.subarray(NLMSG_HEADER));
  checkHeader(head);
  const attrs = parseAttrs(request, ROUTE_ATTRS, ROUTE_POLICY, uapi.RTA_MAX, 'closed');
  const oif = wantedDevice(ns, attrs);
  const table = attrs.u32(uapi.RTA_TABLE) ?? head.table;
  const { protocol, type } = head;
  const isEmpty = (head.flags & (uapi.RTM_F_CLONED | uapi.RTM_F_PREFIX)) !== 0;
  const isSet = isEmpty || oif !== 0 || table !== 0 || protocol !== 0 || type !== 0;
  return { table, protocol, type, oif, isEmpty, isSet };
}

function checkHeader({ dstLength, srcLength, tos, scope, flags }: RtMsg): void {
  if (dstLength || srcLength || tos || scope) {
    throw refused(DUMP, 'Invalid values in header for FIB dump request');
  }
  if ((flags & ~(uapi.RTM_F_CLONED | uapi.RTM_F_PREFIX)) !== 0) {
    throw refused(DUMP, 'Invalid flags for FIB dump request');
  }
}

/** Index of the device that is filtered by, 0 for none. */
function wantedDevice(ns: Netns, attrs: Attrs): number {
  if (attrs.types().some((type) => type !== uapi.RTA_TABLE && type !== uapi.RTA_OIF)) {
    throw refused(DUMP, 'Unsupported attribute in dump request');
  }
  const oif = attrs.u32(uapi.RTA_OIF);
  if (oif === undefined) return 0;
  if (ns.core.exports.deviceGet(oif) === 0) throw new FibError('ENODEV', DUMP);
  return oif;
}

/** The messages; a table that does not exist is an error to those who asked for IPv4 (CFG-83). */
function* messages(
  ns: Netns,
  filter: Filter,
  flags: number,
  isOurs: boolean,
): Generator<DumpMessage, void, undefined> {
  if (filter.table !== 0 && ns.core.exports.tableExists(filter.table) === 0) {
    if (isOurs) throw refused(DUMP, 'ipv4: FIB table does not exist', undefined, 'ENOENT');
    return;
  }
  if (filter.isEmpty) return;
  for (const records of ns.route.chunks({ table: filter.table })) {
    // All payloads of a chunk first: whoever reads them may change routes, which may move the memory.
    const payloads = records
      .filter((at) => isWanted(ns.core.view, at, filter))
      .map((at) => ns.route.payload(at));
    for (const payload of payloads) yield { type: uapi.RTM_NEWROUTE, flags, payload };
  }
}

/** True if the route record at an address passes (CFG-82). */
function isWanted(view: DataView, at: number, { protocol, type, oif }: Filter): boolean {
  if (protocol !== 0 && view.getUint8(at + abi.ROUTE_PROTOCOL) !== protocol) return false;
  if (type !== 0 && view.getUint8(at + abi.ROUTE_TYPE) !== type) return false;
  if (oif === 0) return true;
  for (let i = 0, count = view.getUint16(at + abi.ROUTE_COUNT, true); i < count; i++) {
    const nexthop = at + abi.ROUTE_NEXTHOPS + i * abi.NEXTHOP_BYTES;
    if (view.getUint32(nexthop + abi.NEXTHOP_OIF, true) === oif) return true;
  }
  return false;
}
