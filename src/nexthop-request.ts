/**
 * nexthop-request.ts - a nexthop object as it is asked for, and what can be said of it by itself (CFG-118..126).
 *
 * Values and requests in bytes become the same thing here, so that one order of checks serves both doors.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import type { ObjectFields } from './core/nexthop.js';
import { show, whole } from './core/route.js';
import { FibError } from './errors.js';
import type { NexthopChangeInput } from './model/change.js';
import type { NexthopInput } from './model/nexthop.js';
import { parseAddress4, parseAddress6 } from './text/address.js';

/** struct nexthop_grp, unchecked. */
export interface GroupEntry {
  readonly id: number;
  /** 1..65536. */
  readonly weight: number;
  readonly reserved: number;
}

/** What is said of the buckets of a group; what is not given is left as it is. */
export interface BucketSettings {
  readonly buckets?: number | undefined;
  readonly idleTimer?: number | undefined;
  readonly unbalancedTimer?: number | undefined;
}

/** An object that is asked for. */
export interface NexthopRequest {
  /** 0 = choose one. */
  readonly id: number;
  readonly family: number;
  readonly protocol: number;
  /** RTNH_F_ONLINK or 0. */
  readonly flags: number;
  readonly isBlackhole?: boolean | undefined;
  readonly isFdb?: boolean | undefined;
  readonly oif?: number | undefined;
  /** Of whatever length; all zero is none. */
  readonly gateway?: Uint8Array | undefined;
  readonly encapType?: number | undefined;
  readonly hasEncap?: boolean | undefined;
  readonly hwStats?: number | undefined;
  /** Empty when it is no whole array. */
  readonly group?: readonly GroupEntry[] | undefined;
  readonly groupType?: number | undefined;
  /** Reads the settings when their turn has come. */
  readonly resilience?: (() => BucketSettings) | undefined;
}

const U32 = 0xffffffff;
const I32 = 0x7fffffff;
/** Greatest weight of a member. */
const WEIGHT_MAX = 0xffff;
/** Encapsulations that the kernel knows by number, which are none that can be had here. */
const ENCAP_TYPE_MAX = 10;

/** EINVAL in the kernel's words. */
export function refused(operation: string, extack: string): FibError {
  return new FibError('EINVAL', operation, { extack });
}

// ---- values

/**
 * The request that values make; `oif` is the index of the interface that they name.
 * @throws {FibError} EINVAL what no field can hold
 */
export function requestOf(input: NexthopInput, oif: number | undefined, operation: string): NexthopRequest {
  const { id = 0, group, via, protocol = 0, family, type = 'mpath' } = input;
  if (type !== 'mpath' && type !== 'resilient') {
    throw new FibError('EINVAL', operation, {
      detail: `type: expected mpath or resilient, got ${show(type)}`,
    });
  }
  const isV6 = typeof via === 'string' && via.includes(':');
  const natural = group !== undefined ? uapi.AF_UNSPEC : isV6 ? uapi.AF_INET6 : uapi.AF_INET;
  const { buckets, idleTimer, unbalancedTimer } = input;
  return {
    id: whole(id, 'id', 0, U32, operation),
    family: whole(family ?? natural, 'family', 0, 255, operation),
    protocol: whole(protocol, 'protocol', 0, 255, operation),
    flags: input.onlink === true ? uapi.RTNH_F_ONLINK : 0,
    isBlackhole: input.blackhole,
    isFdb: input.fdb,
    oif,
    gateway: via === undefined ? undefined : isV6 ? parseAddress6(via) : bytesOf(parseAddress4(via)),
    group: group?.map((member) => entryOf(member, operation)),
    groupType: type === 'resilient' ? uapi.NEXTHOP_GRP_TYPE_RES : uapi.NEXTHOP_GRP_TYPE_MPATH,
    resilience:
      type === 'resilient'
        ? () => ({
            buckets: buckets === undefined ? undefined : whole(buckets, 'buckets', 0, 0xffff, operation),
            idleTimer: idleTimer === undefined ? undefined : whole(idleTimer, 'idleTimer', 0, U32, operation),
            unbalancedTimer:
              unbalancedTimer === undefined
                ? undefined
                : whole(unbalancedTimer, 'unbalancedTimer', 0, U32, operation),
          })
        : undefined,
  };
}

function bytesOf(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

function entryOf({ id, weight = 1 }: { id: number; weight?: number }, operation: string): GroupEntry {
  return {
    id: whole(id, 'member id', 0, U32, operation),
    weight: whole(weight, 'weight', 1, WEIGHT_MAX + 1, operation),
    reserved: 0,
  };
}

/**
 * The fields of an object as a source tells it: what no record can hold is refused, all else is believed. Its device is
 * the caller's to fill in, if it has one.
 * @param idleTimer of a resilient group that tells none
 * @throws {FibError} EINVAL
 */
export function toldFields(
  input: NexthopChangeInput['nexthop'],
  idleTimer: number,
  operation: string,
): ObjectFields {
  const { resilience, blackhole = false, fdb = false, hwStats = false } = input;
  const request = requestOf({ ...resilience, ...input }, undefined, operation);
  const { group, gateway } = request;
  const isGroup = group !== undefined;
  const settings = isGroup ? (request.resilience?.() ?? {}) : {};
  if (isGroup) checkEntries(group, operation);
  if (
    settings.buckets === 0 ||
    (isGroup && request.resilience !== undefined && settings.buckets === undefined)
  ) {
    throw refused(operation, 'Number of buckets needs to be non-0');
  }
  const isPath = !isGroup && !blackhole;
  const hasGateway = isPath && gateway?.some((byte) => byte !== 0) === true;
  const scope = input.scope ?? (hasGateway ? uapi.RT_SCOPE_LINK : uapi.RT_SCOPE_HOST);
  return {
    id: whole(request.id, 'id', 1, U32, operation),
    family: request.family,
    kind: isGroup ? abi.NH_GROUP : blackhole ? abi.NH_BLACKHOLE : abi.NH_SINGLE,
    protocol: request.protocol,
    flags: whole(input.flags ?? request.flags, 'flags', 0, U32, operation),
    options: (fdb ? abi.NH_O_FDB : 0) | (hwStats ? abi.NH_O_HW_STATS : 0),
    oif: isPath ? whole(input.oif ?? 0, 'oif', 0, I32, operation) : 0,
    gateway: hasGateway ? gateway : undefined,
    scope: isPath ? whole(scope, 'scope', 0, 255, operation) : isGroup ? 0 : uapi.RT_SCOPE_HOST,
    group: group ?? [],
    groupType: isGroup ? (request.groupType ?? 0) : 0,
    buckets: settings.buckets ?? 0,
    idleTimer: settings.idleTimer ?? idleTimer,
    unbalancedTimer: settings.unbalancedTimer ?? 0,
  };
}

// ---- checks

/**
 * What can be said without knowing other objects, in the kernel's order; gives the settings of a resilient group.
 * @throws {FibError} EINVAL, EOPNOTSUPP
 */
export function checkRequest(
  request: NexthopRequest,
  mayReplace: boolean,
  operation: string,
): BucketSettings {
  const { group, id } = request;
  if (request.isFdb) checkFdb(request, operation);
  let settings: BucketSettings = {};
  if (group !== undefined) settings = checkGroup(request, group, operation);
  else if (request.isBlackhole) checkBlackhole(request, operation);
  else checkPath(request, operation);
  if (mayReplace && id === 0) throw refused(operation, 'Replace requires nexthop id');
  return settings;
}

function hasEncap({ encapType, hasEncap: has }: NexthopRequest): boolean {
  return encapType !== undefined || has === true;
}

function checkFdb(request: NexthopRequest, operation: string): void {
  if (hasEncap(request) || request.oif !== undefined || request.isBlackhole) {
    throw refused(operation, 'Fdb attribute can not be used with encap, oif or blackhole');
  }
  if (request.flags !== 0) throw refused(operation, 'Unsupported nexthop flags in ancillary header');
}

function checkBlackhole(request: NexthopRequest, operation: string): void {
  if (request.gateway !== undefined || request.oif !== undefined || hasEncap(request)) {
    throw refused(operation, 'Blackhole attribute can not be used with gateway, oif, encap or fdb');
  }
}

function checkPath(request: NexthopRequest, operation: string): void {
  const { gateway, oif, flags, isFdb, family, hwStats } = request;
  if (oif === undefined && !isFdb) {
    throw refused(operation, 'Device attribute required for non-blackhole and non-fdb nexthops');
  }
  if (gateway !== undefined && gateway.length !== (family === uapi.AF_INET6 ? 16 : 4)) {
    throw refused(operation, 'Invalid gateway');
  }
  if (gateway === undefined && flags & uapi.RTNH_F_ONLINK) {
    throw refused(operation, 'ONLINK flag can not be set for nexthop without a gateway');
  }
  if (hasEncap(request)) throw encapRefusal(request, operation);
  if (hwStats !== undefined) {
    throw refused(operation, 'Cannot enable nexthop hardware statistics for non-group nexthops');
  }
}

/** No encapsulation can be had. */
function encapRefusal({ encapType, hasEncap: has }: NexthopRequest, operation: string): FibError {
  if (encapType === undefined) return refused(operation, 'LWT encapsulation type is missing');
  if (!has) return refused(operation, 'LWT encapsulation attribute is missing');
  if (encapType === 0 || encapType > ENCAP_TYPE_MAX)
    return refused(operation, 'Unknown lwt encapsulation type');
  return new FibError('EOPNOTSUPP', operation, { extack: 'lwt encapsulation type not supported' });
}

/** CFG-125, CFG-126. */
function checkGroup(
  request: NexthopRequest,
  group: readonly GroupEntry[],
  operation: string,
): BucketSettings {
  const { groupType = 0, resilience } = request;
  if (request.family !== uapi.AF_UNSPEC) throw refused(operation, 'Invalid family for group');
  if (groupType > uapi.NEXTHOP_GRP_TYPE_RES) throw refused(operation, 'Invalid group type');
  checkEntries(group, operation);
  const isResilient = groupType === uapi.NEXTHOP_GRP_TYPE_RES;
  const isMore = request.isBlackhole || request.oif !== undefined || request.gateway !== undefined;
  if (isMore || hasEncap(request) || (resilience !== undefined && !isResilient)) {
    throw refused(operation, 'No other attributes can be set in nexthop groups');
  }
  const settings = resilience?.() ?? {};
  if (settings.buckets === 0) throw refused(operation, 'Number of buckets needs to be non-0');
  return settings;
}

function checkEntries(group: readonly GroupEntry[], operation: string): void {
  if (group.length === 0) throw refused(operation, 'Invalid length for nexthop group attribute');
  const lastPlace = new Map(group.map(({ id }, i) => [id, i]));
  group.forEach(({ id, weight, reserved }, i) => {
    if (reserved !== 0) throw refused(operation, 'Reserved field in nexthop_grp must be 0');
    if (weight > WEIGHT_MAX) throw refused(operation, 'Invalid value for weight');
    if (lastPlace.get(id) !== i) throw refused(operation, 'Nexthop id can not be used twice in a group');
  });
}
