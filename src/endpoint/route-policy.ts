/**
 * endpoint/route-policy.ts - what the attributes of an IPv4 route message must look like (CFG-6, CFG-7).
 */
import * as uapi from '../abi/uapi.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { RTMSG_BYTES } from '../wire/route.js';
import type { Policy } from './attrs.js';

/** Where the attributes of a route message begin. */
export const ROUTE_ATTRS = NLMSG_HEADER + RTMSG_BYTES;

/** Attributes from this one on came late: their lengths must be exact even where checks are lenient. */
export const ROUTE_STRICT_FROM = uapi.RTA_NH_ID;

/** The rules; RTA_VIA has none and is looked at by hand (CFG-18). */
export const ROUTE_POLICY: Policy = {
  [uapi.RTA_DST]: { kind: 'u32' },
  [uapi.RTA_SRC]: { kind: 'u32' },
  [uapi.RTA_IIF]: { kind: 'u32' },
  [uapi.RTA_OIF]: { kind: 'u32' },
  [uapi.RTA_GATEWAY]: { kind: 'u32' },
  [uapi.RTA_PRIORITY]: { kind: 'u32' },
  [uapi.RTA_PREFSRC]: { kind: 'u32' },
  [uapi.RTA_METRICS]: { kind: 'nested' },
  [uapi.RTA_MULTIPATH]: { kind: 'any', min: 8 },
  [uapi.RTA_FLOW]: { kind: 'u32' },
  [uapi.RTA_TABLE]: { kind: 'u32' },
  [uapi.RTA_MARK]: { kind: 'u32' },
  [uapi.RTA_ENCAP_TYPE]: { kind: 'u16' },
  [uapi.RTA_ENCAP]: { kind: 'nested' },
  [uapi.RTA_UID]: { kind: 'u32' },
  [uapi.RTA_IP_PROTO]: { kind: 'u8' },
  [uapi.RTA_SPORT]: { kind: 'u16' },
  [uapi.RTA_DPORT]: { kind: 'u16' },
  [uapi.RTA_NH_ID]: { kind: 'u32' },
  [uapi.RTA_FLOWLABEL]: { kind: 'refused' },
};
