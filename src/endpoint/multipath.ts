/**
 * endpoint/multipath.ts - RTA_MULTIPATH of a request: records of paths (CFG-42, CFG-43).
 *   0        2       3      4         8             length
 *   | length | flags | hops | ifindex | attributes ...
 * The next record is at the 4-byte aligned end. `hops` is the weight less one.
 */
import * as uapi from '../abi/uapi.js';
import type { Gateway, Path } from '../core/route-record.js';
import { align4, u16, u32, u32be } from '../wire/bytes.js';
import { plainAttrs, type PlainAttr } from './attrs.js';
import { checkEncapType, encapRefusal, readVia, refused } from './gateway.js';

const RTNEXTHOP_BYTES = 8;

/** A record in the list, its attributes unread. */
export interface PathRecord {
  readonly oif: number;
  readonly flags: number;
  readonly weight: number;
  readonly attrs: readonly PlainAttr[];
}

/** The records of a list, and whether they are all that there is. */
export interface PathRecords {
  readonly records: readonly PathRecord[];
  readonly isWhole: boolean;
}

/** Splits the payload of an RTA_MULTIPATH whose header is at `at`. */
export function splitMultipath(bytes: Uint8Array, at: number): PathRecords {
  const end = at + u16(bytes, at);
  const records: PathRecord[] = [];
  let from = at + 4;
  while (end - from >= RTNEXTHOP_BYTES) {
    const length = u16(bytes, from);
    if (length < RTNEXTHOP_BYTES || length > end - from) break;
    records.push({
      oif: u32(bytes, from + 4),
      flags: bytes[from + 2]!,
      weight: bytes[from + 3]! + 1,
      attrs: plainAttrs(bytes, from + RTNEXTHOP_BYTES, from + length),
    });
    from += align4(length);
  }
  return { records, isWhole: from >= end };
}

/** Of attributes that come twice in a record the first counts. */
function first({ attrs }: PathRecord, type: number): PlainAttr | undefined {
  return attrs.find((attr) => attr.type === type);
}

/** The type in RTA_ENCAP_TYPE, 0 for none. */
function encapType(record: PathRecord, operation: string): number {
  const payload = first(record, uapi.RTA_ENCAP_TYPE)?.payload;
  if (payload === undefined) return 0;
  if (payload.length < 2) throw refused(operation, 'Invalid RTA_ENCAP_TYPE');
  return u16(payload, 0);
}

/** Refuses encapsulation types that there is nothing for, before anything else of a list is looked at. */
export function checkEncaps(records: readonly PathRecord[], operation: string): void {
  for (const record of records) {
    const type = encapType(record, operation);
    if (first(record, uapi.RTA_ENCAP_TYPE) !== undefined) checkEncapType(type, operation, 'EOPNOTSUPP');
  }
}

/**
 * The path of a record; an RTA_GATEWAY of 0.0.0.0 is one that no path has, as a delete request means it.
 * @throws {FibError} EINVAL
 */
export function readPath(record: PathRecord, operation: string): Path {
  const { oif, flags, weight } = record;
  const gateway = pathGateway(record, operation);
  const flow = first(record, uapi.RTA_FLOW)?.payload;
  if (flow !== undefined && flow.length < 4) throw refused(operation, 'Invalid RTA_FLOW');
  return { oif, flags, weight, gateway, realm: flow === undefined ? 0 : u32(flow, 0) };
}

/** The gateway of a record, RTA_GATEWAY or RTA_VIA. */
function pathGateway(record: PathRecord, operation: string): Gateway | undefined {
  const gateway = first(record, uapi.RTA_GATEWAY)?.payload;
  const via = first(record, uapi.RTA_VIA)?.payload;
  if (gateway !== undefined && via !== undefined) {
    throw refused(operation, 'Nexthop configuration can not contain both GATEWAY and VIA');
  }
  if (via !== undefined) return readVia(via, operation);
  if (gateway === undefined) return undefined;
  if (gateway.length < 4) throw refused(operation, 'Invalid IPv4 address in RTA_GATEWAY');
  return { family: uapi.AF_INET, words: [u32be(gateway, 0)] };
}

/**
 * The paths of a route to add.
 * @throws {FibError} EINVAL, EOPNOTSUPP: the first record that cannot be
 */
export function readPaths(records: readonly PathRecord[], operation: string): Path[] {
  return records.map((record) => {
    if (record.flags & (uapi.RTNH_F_DEAD | uapi.RTNH_F_LINKDOWN)) {
      throw refused(operation, 'Invalid flags for nexthop - can not contain DEAD or LINKDOWN');
    }
    const path = readPath(record, operation);
    const isNone = first(record, uapi.RTA_VIA) === undefined && path.gateway?.words[0] === 0;
    const encap = first(record, uapi.RTA_ENCAP);
    if (encap !== undefined) throw encapRefusal(encapType(record, operation), encap.at, operation);
    return isNone ? { ...path, gateway: undefined } : path; // CFG-17
  });
}
