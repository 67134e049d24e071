/**
 * endpoint/route.ts - RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE of IPv4.
 *
 * A request is read (route-request.ts), written as a record into the core's mailbox and handed to `ns.route`. What
 * the core checks and what is checked here take turns, since the kernel's order decides which refusal is told (CFG
 * section 3).
 */
import * as uapi from '../abi/uapi.js';
import { writeHead, writePaths, type Path } from '../core/route-record.js';
import { FibError } from '../errors.js';
import { refusal } from '../extack.js';
import type { Netns } from '../netns.js';
import { dumpRoutes } from './dump-route.js';
import { encapRefusal, refused, sameGateway } from './gateway.js';
import { getRoute } from './get-route.js';
import { writeMetrics, writeWantedMetrics } from './metrics.js';
import { readPath, readPaths } from './multipath.js';
import type { Request, Service } from './request.js';
import { readRouteRequest, type RouteRequest } from './route-request.js';

const ADD = 'route add';
const DEL = 'route del';

/** What a request says of the nexthops of a route to delete: `refs` of its record. */
const LONE = 0;
const LIST = 1;

/** The paths of a route that is deleted without saying which. */
const NONE: readonly Path[] = [];

const families = [uapi.AF_INET];

/** Who serves the messages of routes. */
export const ROUTE_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_NEWROUTE]: { act: newRoute, families, refusals: { [uapi.RTNL_FAMILY_IPMR]: 'EINVAL' } },
  [uapi.RTM_DELROUTE]: { act: delRoute, families, refusals: { [uapi.RTNL_FAMILY_IPMR]: 'EINVAL' } },
  [uapi.RTM_GETROUTE]: {
    act: getRoute,
    dump: dumpRoutes,
    families,
    refusals: { [uapi.RTNL_FAMILY_IPMR]: 'ENOENT' },
  },
};

/** Adds a route (CFG sections 3 to 5). */
function newRoute(ns: Netns, request: Request): void {
  const { core } = ns;
  const asked = readRouteRequest(request, ADD);
  const count = pathCount(asked);
  const at = core.route(count);
  writeHead(core, at, asked.head, count);
  const err = core.exports.routeHead(at);
  if (err < 0) throw refusal(core, err, ADD);
  const { attrs, multipath } = asked;
  if (multipath?.isWhole === false) {
    throw refused(ADD, 'Invalid nexthop configuration - extra data after nexthops');
  }
  if (attrs.has(uapi.RTA_METRICS)) {
    writeMetrics(core, at, request.bytes, attrs.offset(uapi.RTA_METRICS), ADD);
  }
  writePaths(core, at, pathsToAdd(asked).slice(0, count));
  ns.route.create(at, request.flags, ADD, request.origin);
}

/**
 * Paths of a route to add: a type that forwards has one even when nothing is known of it, one that rejects has its
 * realms and what it may not have.
 */
function pathCount({ head, oif, realm, gateway, multipath }: RouteRequest): number {
  if (head.nhid !== 0) return 0;
  if (multipath !== undefined) return multipath.records.length;
  return head.type < uapi.RTN_BLACKHOLE || oif !== 0 || realm !== 0 || gateway !== undefined ? 1 : 0;
}

function pathsToAdd(asked: RouteRequest): readonly Path[] {
  const { attrs, multipath } = asked;
  if (multipath === undefined) {
    if (attrs.has(uapi.RTA_ENCAP)) {
      const type = attrs.u16(uapi.RTA_ENCAP_TYPE) ?? 0;
      throw encapRefusal(type, attrs.offset(uapi.RTA_ENCAP), ADD);
    }
    return [lonePath(asked)];
  }
  const paths = readPaths(multipath.records, ADD);
  checkFirst(asked, paths[0]!);
  if (asked.head.type >= uapi.RTN_BLACKHOLE) {
    throw refused(ADD, 'Gateway, device and multipath can not be specified for this route type');
  }
  return paths;
}

/** The path that RTA_OIF, RTA_GATEWAY or RTA_VIA and RTA_FLOW make. */
function lonePath({ head, oif, realm, gateway }: RouteRequest): Path {
  return { oif, realm, gateway, flags: head.flags & 0xff, weight: 1 };
}

/** What stands beside RTA_MULTIPATH must be what its first record says (CFG-44). */
function checkFirst({ oif, gateway, realm }: RouteRequest, path: Path): void {
  if (oif !== 0 && oif !== path.oif) throw refused(ADD, 'Nexthop device index does not match RTA_OIF');
  if (gateway !== undefined && !sameGateway(gateway, path.gateway)) {
    throw refused(ADD, 'Nexthop gateway does not match RTA_GATEWAY or RTA_VIA');
  }
  if (realm !== 0 && realm !== path.realm) throw refused(ADD, 'Nexthop class id does not match RTA_FLOW');
}

/** Deletes the first route that is as the request says (CFG section 6). */
function delRoute(ns: Netns, request: Request): void {
  const { core } = ns;
  const asked = readRouteRequest(request, DEL);
  const { head, attrs } = asked;
  const { nhid, table } = head;
  if (nhid !== 0 && core.exports.objectNext(nhid - 1) >>> 0 !== nhid) {
    throw refused(DEL, 'Nexthop id does not exist');
  }
  if (core.exports.tableExists(table) === 0) {
    throw refused(DEL, 'FIB table does not exist', undefined, 'ESRCH');
  }
  const [refs, paths] = pathsToDelete(asked);
  const at = core.route(paths.length);
  writeHead(core, at, { ...head, refs }, paths.length);
  writePaths(core, at, paths);
  const metrics = attrs.offset(uapi.RTA_METRICS);
  if (metrics !== 0 && !writeWantedMetrics(core, at, request.bytes, metrics))
    throw new FibError('ESRCH', DEL);
  ns.route.remove(at, DEL, request.origin);
}

/**
 * What a request says of the nexthops of the route to delete, and how they are to be compared (CFG-59).
 * @throws {FibError} ESRCH: no route can have them
 */
function pathsToDelete(asked: RouteRequest): readonly [refs: number, paths: readonly Path[]] {
  const { attrs, oif, gateway, multipath } = asked;
  if (oif !== 0 || gateway !== undefined) {
    if (attrs.has(uapi.RTA_ENCAP) && attrs.has(uapi.RTA_ENCAP_TYPE)) throw new FibError('ESRCH', DEL);
    return [LONE, [lonePath(asked)]];
  }
  if (multipath === undefined) return [LONE, NONE];
  if (multipath.records.length === 0) throw new FibError('ESRCH', DEL);
  try {
    return [LIST, multipath.records.map((record) => readPath(record, DEL))];
  } catch (error) {
    if (!(error instanceof FibError) || error.extack === undefined) throw error;
    throw refused(DEL, error.extack, undefined, 'ESRCH');
  }
}
