/**
 * endpoint/nexthop-header.ts - what requests for nexthop objects and for buckets have in common: nhmsg, id, filter.
 */
import * as uapi from '../abi/uapi.js';
import { deviceAt } from '../core/device.js';
import { refused } from '../nexthop-request.js';
import type { Netns } from '../netns.js';
import { u16 } from '../wire/bytes.js';
import { NHMSG_BYTES } from '../wire/nexthop.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { RTATTR_HEADER } from '../wire/rtattr.js';
import { parseAttrs, type Attrs, type Policy } from './attrs.js';
import type { Request } from './request.js';

/** Where the attributes begin. */
export const ATTRS_AT = NLMSG_HEADER + NHMSG_BYTES;

/** The attributes inside a nested one. */
export function nestOf(request: Request, attrs: Attrs, type: number, policy: Policy, maxType: number): Attrs {
  const at = attrs.offset(type);
  return parseAttrs(request, at + RTATTR_HEADER, policy, maxType, 'strict', at + u16(request.bytes, at));
}

/** True when anything but the family is given in the header. */
function isHeaderUsed({ bytes }: Request): boolean {
  return bytes.subarray(NLMSG_HEADER + 1, ATTRS_AT).some((byte) => byte !== 0);
}

/** The id of a request for one object (CFG-127). */
export function readId(request: Request, attrs: Attrs, operation: string): number {
  if (isHeaderUsed(request)) throw refused(operation, 'Invalid values in header');
  const id = attrs.u32(uapi.NHA_ID);
  if (id === undefined) throw refused(operation, 'Nexthop id is missing');
  if (id === 0) throw refused(operation, 'Invalid nexthop id');
  return id;
}

/** Which devices a dump is about; 0 = any (CFG-130). */
export interface DeviceFilter {
  readonly oif: number;
  readonly master: number;
}

/** Header and devices of a dump request. */
export function readFilter(request: Request, attrs: Attrs, operation: string): DeviceFilter {
  const oif = attrs.i32(uapi.NHA_OIF) ?? 0;
  if (oif < 0) throw refused(operation, 'Invalid device index');
  const master = attrs.i32(uapi.NHA_MASTER) ?? 0;
  if (master < 0) throw refused(operation, 'Invalid master device index');
  if (isHeaderUsed(request)) throw refused(operation, 'Invalid values in header for nexthop dump request');
  return { oif, master };
}

/** True if a device is the one that is asked for, and under the master that is asked for. */
export function isOn(ns: Netns, { oif, master }: DeviceFilter, index: number | undefined): boolean {
  if (oif !== 0 && index !== oif) return false;
  return master === 0 || (index !== undefined && deviceAt(ns.core, index)?.master === master);
}
