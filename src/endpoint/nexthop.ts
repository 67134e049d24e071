/**
 * endpoint/nexthop.ts - RTM_NEWNEXTHOP, RTM_DELNEXTHOP and RTM_GETNEXTHOP. Validated strictly throughout (NL-14).
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Netns } from '../netns.js';
import { refused, type BucketSettings, type GroupEntry, type NexthopRequest } from '../nexthop-request.js';
import { u16, u32 } from '../wire/bytes.js';
import { NEXTHOP_GRP_BYTES, encodeNexthop } from '../wire/nexthop.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { parseAttrs, type Attrs, type Policy } from './attrs.js';
import { BUCKET_SERVICES } from './bucket.js';
import { ATTRS_AT, isOn, nestOf, readFilter, readId } from './nexthop-header.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

/** Index of the loopback device. */
const LOOPBACK = 1;
const ADD = 'nexthop add';
const DEL = 'nexthop del';
const GET = 'nexthop get';
const DUMP = 'nexthop dump';

const NEW_POLICY: Policy = {
  [uapi.NHA_ID]: { kind: 'u32' },
  [uapi.NHA_GROUP]: { kind: 'binary' },
  [uapi.NHA_GROUP_TYPE]: { kind: 'u16' },
  [uapi.NHA_BLACKHOLE]: { kind: 'flag' },
  [uapi.NHA_OIF]: { kind: 'u32' },
  [uapi.NHA_GATEWAY]: { kind: 'binary' },
  [uapi.NHA_ENCAP_TYPE]: { kind: 'u16' },
  [uapi.NHA_ENCAP]: { kind: 'nested' },
  [uapi.NHA_FDB]: { kind: 'flag' },
  [uapi.NHA_RES_GROUP]: { kind: 'nested' },
  [uapi.NHA_HW_STATS_ENABLE]: { kind: 'u32', max: 1 },
};
const RES_GROUP_POLICY: Policy = {
  [uapi.NHA_RES_GROUP_BUCKETS]: { kind: 'u16' },
  [uapi.NHA_RES_GROUP_IDLE_TIMER]: { kind: 'u32' },
  [uapi.NHA_RES_GROUP_UNBALANCED_TIMER]: { kind: 'u32' },
};
const OP_FLAGS = { kind: 'u32', mask: uapi.NHA_OP_FLAG_DUMP_STATS | uapi.NHA_OP_FLAG_DUMP_HW_STATS } as const;
const DEL_POLICY: Policy = { [uapi.NHA_ID]: { kind: 'u32' } };
const GET_POLICY: Policy = { ...DEL_POLICY, [uapi.NHA_OP_FLAGS]: OP_FLAGS };
const DUMP_POLICY: Policy = {
  [uapi.NHA_OIF]: { kind: 'u32' },
  [uapi.NHA_GROUPS]: { kind: 'flag' },
  [uapi.NHA_MASTER]: { kind: 'u32' },
  [uapi.NHA_FDB]: { kind: 'flag' },
  [uapi.NHA_OP_FLAGS]: OP_FLAGS,
};

/** Who serves the messages of nexthop objects and of buckets. */
export const NEXTHOP_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_NEWNEXTHOP]: { act: newNexthop },
  [uapi.RTM_DELNEXTHOP]: { act: delNexthop },
  [uapi.RTM_GETNEXTHOP]: { act: getNexthop, dump: dumpNexthops },
  ...BUCKET_SERVICES,
};

function newNexthop(ns: Netns, request: Request): void {
  ns.nexthop.create(readRequest(request), request.flags, ADD, request.origin);
}

/** CFG-118, CFG-119, then the attributes as they are. */
function readRequest(request: Request): NexthopRequest {
  const { bytes } = request;
  const attrs = parseAttrs(request, ATTRS_AT, NEW_POLICY, uapi.NHA_HW_STATS_ENABLE, 'strict');
  const [family = 0, scope, protocol = 0, reserved] = bytes.subarray(NLMSG_HEADER);
  const flags = u32(bytes, NLMSG_HEADER + 4);
  if (scope !== 0 || reserved !== 0) throw refused(ADD, 'Invalid values in ancillary header');
  if (flags & ~uapi.RTNH_F_ONLINK) throw refused(ADD, 'Invalid nexthop flags in ancillary header');
  const isGroup = attrs.has(uapi.NHA_GROUP);
  const isFamily = family === uapi.AF_INET || family === uapi.AF_INET6;
  if (!isFamily && !(isGroup && family === uapi.AF_UNSPEC)) throw refused(ADD, 'Invalid address family');
  return {
    id: attrs.u32(uapi.NHA_ID) ?? 0,
    family,
    protocol,
    flags,
    isBlackhole: attrs.has(uapi.NHA_BLACKHOLE),
    isFdb: attrs.has(uapi.NHA_FDB),
    oif: attrs.u32(uapi.NHA_OIF),
    gateway: attrs.bytes(uapi.NHA_GATEWAY),
    encapType: attrs.u16(uapi.NHA_ENCAP_TYPE),
    hasEncap: attrs.has(uapi.NHA_ENCAP),
    hwStats: attrs.u32(uapi.NHA_HW_STATS_ENABLE),
    group: isGroup ? entriesOf(attrs.bytes(uapi.NHA_GROUP)!) : undefined,
    groupType: attrs.u16(uapi.NHA_GROUP_TYPE),
    resilience: attrs.has(uapi.NHA_RES_GROUP) ? () => readResilience(request, attrs) : undefined,
  };
}

/** The members of a group as they are, none when they are no whole array. */
function entriesOf(payload: Uint8Array): GroupEntry[] {
  const count = payload.length / NEXTHOP_GRP_BYTES;
  if (!Number.isInteger(count)) return [];
  return Array.from({ length: count }, (_, i) => {
    const at = i * NEXTHOP_GRP_BYTES;
    return { id: u32(payload, at), weight: u16(payload, at + 4) + 1, reserved: u16(payload, at + 6) };
  });
}

function readResilience(request: Request, attrs: Attrs): BucketSettings {
  const nest = nestOf(
    request,
    attrs,
    uapi.NHA_RES_GROUP,
    RES_GROUP_POLICY,
    uapi.NHA_RES_GROUP_UNBALANCED_TIMER,
  );
  return {
    buckets: nest.u16(uapi.NHA_RES_GROUP_BUCKETS),
    idleTimer: nest.u32(uapi.NHA_RES_GROUP_IDLE_TIMER),
    unbalancedTimer: nest.u32(uapi.NHA_RES_GROUP_UNBALANCED_TIMER),
  };
}

function delNexthop(ns: Netns, request: Request): void {
  const attrs = parseAttrs(request, ATTRS_AT, DEL_POLICY, uapi.NHA_ID, 'strict');
  ns.nexthop.remove(readId(request, attrs, DEL), DEL, request.origin);
}

function getNexthop(ns: Netns, request: Request): void {
  const attrs = parseAttrs(request, ATTRS_AT, GET_POLICY, uapi.NHA_OP_FLAGS, 'strict');
  const object = ns.nexthop.get(readId(request, attrs, GET));
  if (object === undefined) throw new FibError('ENOENT', GET);
  request.reply(uapi.RTM_NEWNEXTHOP, 0, encodeNexthop(object, attrs.u32(uapi.NHA_OP_FLAGS)));
}

function dumpNexthops(ns: Netns, request: Request): DumpSource {
  const attrs = parseAttrs(request, ATTRS_AT, DUMP_POLICY, uapi.NHA_OP_FLAGS, 'strict');
  const filter = readFilter(request, attrs, DUMP);
  const family = request.bytes[NLMSG_HEADER]!;
  const isGroupsOnly = attrs.has(uapi.NHA_GROUPS);
  const operation = attrs.u32(uapi.NHA_OP_FLAGS);
  function* messages(): Generator<DumpMessage, void, undefined> {
    for (const object of ns.nexthop.each()) {
      if (isGroupsOnly && object.group === undefined) continue;
      const oif = object.blackhole === true ? LOOPBACK : object.oif; // what a blackhole stands on
      if (!isOn(ns, filter, oif) || (family !== 0 && object.family !== family)) continue;
      yield { type: uapi.RTM_NEWNEXTHOP, payload: encodeNexthop(object, operation) };
    }
  }
  return { messages: messages(), generation: () => ns.nexthop.generation };
}
