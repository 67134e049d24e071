// fib/nexthop.ts - one path of a fib info: device, gateway, weight, state.

import {
  RTNH_F_DEAD,
  RTNH_F_LINKDOWN,
  RTNH_F_OFFLOAD,
  RTNH_F_ONLINK,
  RTNH_F_TRAP,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
} from "../../src/abi/uapi";
import * as abi from "../../src/abi/records";
import { state } from "../arena";
import { deviceFind, sourceOn } from "../device";
import { NexthopRecord } from "../record";

/**
 * A nexthop; it lies inside its fib info or its nexthop object (FIB-20).
 *   off  size  field
 *     0     4  oif         interface index, 0 = none
 *     4     4  realm       source realm in the high half, destination in the low one
 *     8     4  weight      1..256
 *    12     4  bound       upper bound of its share of the multipath hash, -1 = not selected (FIB-99)
 *    16     4  source      cached source address (FIB-98)
 *    20     4  sourceGenid addresses' generation at which `source` was computed; 0 = never
 *    24     4  entryGenid  generation of the routing state at which a packet last made the two below
 *    28     4  entryRealm  realms of the first packet that was sent here since then
 *    32     4  entryId     fib info that gave it its metrics
 *    36     4  entryFlags  its type, and above it its RTCF_*
 *    40     1  family      of the gateway: 0 = none
 *    41     1  flags       RTNH_F_*
 *    42     1  scope       of the gateway's reachability (FIB-93)
 *    43     1  marks       that the entry holds; ways that were asked for with RTM_F_NOTIFY since then (CFG-75)
 *    44        then 16 bytes of gateway, 4 host-order words
 */
@unmanaged export class Nexthop {
  oif: u32;
  realm: u32;
  weight: u32;
  bound: i32;
  source: u32;
  sourceGenid: u32;
  entryGenid: u32;
  entryRealm: u32;
  entryId: u32;
  entryFlags: u32;
  family: u8;
  flags: u8;
  scope: u8;
  marks: u8;

  /** Address of the gateway, 4 host-order words. */
  @inline get gateway(): usize {
    return changetype<usize>(this) + 44;
  }
}

/** Bytes of a nexthop, its gateway included. */
export const NEXTHOP_SIZE: u32 = 60;
if (offsetof<Nexthop>("family") != 40 || offsetof<Nexthop>() != 44) ERROR("Nexthop: the table is stale");

/** Flags that change while a route stands and so take no part in "equal" (FIB-21). */
export const VOLATILE: u32 = RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_OFFLOAD | RTNH_F_TRAP;

/** True if a path may be taken now (FIB-80). `oif` 0 asks for no device; `anyLink` accepts links that are down. */
// @ts-ignore: decorator
@inline export function acceptable(nh: Nexthop, oif: u32, anyLink: bool): bool {
  if (nh.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) {
    if (nh.flags & RTNH_F_DEAD || (!anyLink && ignoresLinkdown(nh.oif))) return false;
  }
  return oif == 0 || nh.oif == oif;
}

/** True if routes over a link that is down are to be passed over on this device (FIB-82). */
export function ignoresLinkdown(oif: u32): bool {
  const device = deviceFind(oif);
  return device != null && device.confOr(abi.CONF_IGNORE_LINKDOWN);
}

/** True if a path takes part in the shares of a multipath route (FIB-99). */
export function isUsable(nh: Nexthop): bool {
  if (nh.flags & RTNH_F_DEAD) return false;
  return !(nh.flags & RTNH_F_LINKDOWN && ignoresLinkdown(nh.oif));
}

/** Flags of a nexthop that messages show. */
export const SHOWN: u32 = RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_ONLINK | RTNH_F_OFFLOAD | RTNH_F_TRAP;

/** Flags as a message shows them: DEAD too where a link that is down is passed over (CFG-87). */
export function shownFlags(nh: Nexthop): u8 {
  const isPassed = nh.flags & RTNH_F_LINKDOWN && ignoresLinkdown(nh.oif);
  return (isPassed ? nh.flags | (<u8>RTNH_F_DEAD) : nh.flags) & (<u8>SHOWN);
}

/** Fills a fresh nexthop from a record; `scope` is that of the route. */
export function nexthopSet(nh: Nexthop, r: NexthopRecord, scope: u8): void {
  nh.oif = r.oif;
  nh.realm = r.realm;
  nh.weight = r.weight;
  nh.family = r.family;
  nh.flags = r.flags;
  nh.scope = scopeOf(r, scope);
  nh.source = 0;
  nh.sourceGenid = 0;
  nh.entryGenid = 0;
  memory.copy(nh.gateway, r.gateway, 16);
}

/** FIB-93: what the record says, or what follows from the route's scope and the gateway. */
function scopeOf(r: NexthopRecord, scope: u8): u8 {
  if (r.scope) return r.scope;
  if (scope >= <u8>RT_SCOPE_HOST) return <u8>RT_SCOPE_NOWHERE;
  return r.family ? <u8>RT_SCOPE_LINK : <u8>RT_SCOPE_HOST;
}

/** Writes a nexthop as a record. */
export function nexthopGet(nh: Nexthop, r: NexthopRecord): void {
  r.oif = nh.oif;
  r.realm = nh.realm;
  r.scope = nh.scope;
  r.isBlackhole = 0;
  r.weight = <u16>nh.weight;
  r.family = nh.family;
  r.flags = shownFlags(nh);
  memory.copy(r.gateway, nh.gateway, 16);
}

/** True if a nexthop is what a record asks for (FIB-22); `scope` is that of the route. */
export function nexthopEquals(nh: Nexthop, r: NexthopRecord, scope: u8): bool {
  return (
    nh.oif == r.oif &&
    nh.family == r.family &&
    sameWords(nh.gateway, r.gateway) &&
    nh.weight == r.weight &&
    nh.realm == r.realm &&
    nh.scope == scopeOf(r, scope) &&
    ((nh.flags ^ r.flags) & ~VOLATILE) == 0
  );
}

/**
 * The source address for packets through a path (FIB-98), found anew after any address has come or gone.
 * An IPv6 gateway's first word is the hint, as in the kernel (MPH-31).
 */
export function sourceOf(nh: Nexthop, scope: u8): u32 {
  if (nh.sourceGenid != state().sourceGenid) refreshSource(nh, scope);
  return nh.source;
}

/** Computes the cached source of a path. */
export function refreshSource(nh: Nexthop, scope: u8): void {
  const d = deviceFind(nh.oif);
  nh.source = d == null ? 0 : sourceOn(d, load<u32>(nh.gateway), scope);
  nh.sourceGenid = state().sourceGenid;
}

/** True if 16 bytes are equal. */
export function sameWords(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
}
