// fib/nexthop.ts - one path of a fib info: device, gateway, weight, state.

import { RTNH_F_DEAD, RTNH_F_LINKDOWN, RTNH_F_OFFLOAD, RTNH_F_TRAP } from "../../src/abi/uapi";
import { deviceFind } from "../device";
import { NexthopRecord } from "../record";

/**
 * A nexthop; it lies inside its fib info (FIB-20).
 *   off  size  field
 *     0     4  onDevice    next nexthop on the same device
 *     4     4  oif         interface index, 0 = none
 *     8     4  realm       source realm in the high half, destination in the low one
 *    12     4  encap       encapsulation, 0 = none
 *    16     4  weight      1..256
 *    20     4  bound       upper bound of its share of the multipath hash, -1 = not selected (FIB-99)
 *    24     4  source      cached source address (FIB-98)
 *    28     4  sourceGenid addresses' generation at which `source` was computed; 0 = never
 *    32     4  exceptions  learned path MTUs and redirects
 *    36     1  family      of the gateway: 0 = none
 *    37     1  flags       RTNH_F_*
 *    38     1  scope       of the gateway's reachability (FIB-93)
 *    40        then 16 bytes of gateway, 4 host-order words
 */
@unmanaged export class Nexthop {
  onDevice: Nexthop | null;
  oif: u32;
  realm: u32;
  encap: u32;
  weight: u32;
  bound: i32;
  source: u32;
  sourceGenid: u32;
  exceptions: usize;
  family: u8;
  flags: u8;
  scope: u8;

  /** Address of the gateway, 4 host-order words. */
  @inline get gateway(): usize {
    return changetype<usize>(this) + 40;
  }
}

/** Bytes of a nexthop, its gateway included. */
export const NEXTHOP_SIZE: u32 = 56;
if (offsetof<Nexthop>("family") != 36 || offsetof<Nexthop>() != 39) ERROR("Nexthop: the table is stale");

/** Flags that change while a route stands and so take no part in "equal" (FIB-21). */
export const VOLATILE: u32 = RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_OFFLOAD | RTNH_F_TRAP;

/** True if a path on device `oif` may be taken now (FIB-80). `flowOif` 0 asks for no device. */
// @ts-ignore: decorator
@inline export function acceptable(nh: Nexthop, flowOif: u32): bool {
  if (nh.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) {
    if (nh.flags & RTNH_F_DEAD || ignoresLinkdown(nh.oif)) return false;
  }
  return flowOif == 0 || nh.oif == flowOif;
}

/** True if routes over a link that is down are to be passed over on this device (FIB-82). */
function ignoresLinkdown(oif: u32): bool {
  const device = deviceFind(oif);
  return device != null && device.ignoreLinkdown != 0;
}

/** Fills a fresh nexthop from a record. */
export function nexthopSet(nh: Nexthop, r: NexthopRecord): void {
  nh.oif = r.oif;
  nh.realm = r.realm;
  nh.encap = r.encap;
  nh.weight = r.weight;
  nh.family = r.family;
  nh.flags = r.flags;
  memory.copy(nh.gateway, r.gateway, 16);
}

/** Writes a nexthop as a record. */
export function nexthopGet(nh: Nexthop, r: NexthopRecord): void {
  r.oif = nh.oif;
  r.realm = nh.realm;
  r.encap = nh.encap;
  r.weight = <u16>nh.weight;
  r.family = nh.family;
  r.flags = nh.flags;
  memory.copy(r.gateway, nh.gateway, 16);
}

/** True if a nexthop is what a record asks for (FIB-22). */
export function nexthopEquals(nh: Nexthop, r: NexthopRecord): bool {
  return (
    nh.oif == r.oif &&
    nh.family == r.family &&
    sameWords(nh.gateway, r.gateway) &&
    nh.weight == r.weight &&
    nh.realm == r.realm &&
    nh.encap == r.encap &&
    ((nh.flags ^ r.flags) & ~VOLATILE) == 0
  );
}

/** True if 16 bytes are equal. */
export function sameWords(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
}
