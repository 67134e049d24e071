// device.ts - interfaces and their addresses: what a nexthop stands on.
//
// The records inside are the facade's to read and to edit (src/abi/records.ts); the core reads what lookups need. The
// order of a device's addresses is the facade's business too: it says in front of which one a new one goes (FIB-115).
//
// Invariants (check/device.ts; D5 is seen to in src/core/device.ts):
//   D1  the devices are sorted by index, 1..2^31-1; the first is number 1, and it alone is of the kind loopback
//   D2  a name ends and is not empty; a hardware address fits its field
//   D3  the ends of a veth pair name each other; no other device names one
//   D4  an address is of the device that it hangs on; its length is at most 32, its label ends
//   D5  no two devices have the same name

import * as abi from "../src/abi/records";
import {
  EEXIST,
  ENOBUFS,
  IFA_F_SECONDARY,
  IFF_LOOPBACK,
  IFF_UP,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
} from "../src/abi/uapi";
import { ADDRESS, DEVICE, allocZero, confAll, free, state, stir } from "./arena";
import {
  devices,
  directoryAfter,
  directoryFind,
  directoryInsert,
  directoryRemove,
  directoryRoom,
} from "./directory";
import { invalidate } from "./generation";
import { switchesDrop } from "./switch";

/**
 * An interface.
 *   off  size  field
 *     0   128  the device record (DEVICE_*), which begins with its index
 *   128     4  addresses  its first address
 */
@unmanaged export class Device {
  /** The device record. */
  @inline get record(): usize {
    return changetype<usize>(this);
  }

  /** Interface index. */
  @inline get index(): u32 {
    return load<u32>(this.record, abi.DEVICE_INDEX);
  }

  /** IFF_* bits. */
  @inline get flags(): u32 {
    return load<u32>(this.record, abi.DEVICE_FLAGS);
  }

  /** IFLA_GROUP. */
  @inline get group(): u32 {
    return load<u32>(this.record, abi.DEVICE_GROUP);
  }

  /** Index of the device above, 0 = none. */
  @inline get master(): u32 {
    return load<u32>(this.record, abi.DEVICE_MASTER);
  }

  /** Table of a VRF device, else 0. */
  @inline get table(): u32 {
    return load<u32>(this.record, abi.DEVICE_TABLE);
  }

  /** True when it is administratively up. */
  @inline get isUp(): bool {
    return (this.flags & IFF_UP) != 0;
  }

  /** True for the loopback device. */
  @inline get isLoopback(): bool {
    return (this.flags & IFF_LOOPBACK) != 0;
  }

  /** True when the link has carrier. */
  @inline get hasCarrier(): bool {
    return load<u8>(this.record, abi.DEVICE_CARRIER) != 0;
  }

  /** True when it has IPv4 state: addresses can be put on it. */
  @inline get hasInet(): bool {
    return load<u8>(this.record, abi.DEVICE_INET) != 0;
  }

  /** A byte of net.ipv4.conf.NAME, CONF_*. */
  @inline conf(i: u32): u32 {
    return load<u8>(this.record + abi.DEVICE_CONF + <usize>i);
  }

  /** A switch that is on when it is on here or for all devices. */
  @inline confOr(i: u32): bool {
    return (this.conf(i) | confAll(i)) != 0;
  }

  /** Its first address. */
  @inline get address(): Address | null {
    return load<Address | null>(this.addressLink);
  }

  /** Where its first address is linked. */
  @inline get addressLink(): usize {
    return changetype<usize>(this) + abi.DEVICE_BYTES;
  }
}

export const DEVICE_SIZE: u32 = abi.DEVICE_BYTES + 4;

/**
 * An IPv4 address of a device.
 *   off  size  field
 *     0     4  next    address after this one on the same device
 *     4     4  serial  generation of the addresses at which it came: the newest one owns an address that several have
 *     8        then the address record (ADDRESS_*)
 */
@unmanaged export class Address {
  next: Address | null;
  serial: u32;

  /** The address record. */
  @inline get record(): usize {
    return changetype<usize>(this) + offsetof<Address>();
  }

  /** The address itself. */
  @inline get local(): u32 {
    return load<u32>(this.record, abi.ADDRESS_LOCAL);
  }

  /** Narrowest use, RT_SCOPE_*. */
  @inline get scope(): u8 {
    return load<u8>(this.record, abi.ADDRESS_SCOPE);
  }

  /** True for an address in the subnet of an earlier one (CFG-97). */
  @inline get isSecondary(): bool {
    return (load<u32>(this.record, abi.ADDRESS_FLAGS) & IFA_F_SECONDARY) != 0;
  }

  /** True if `addr` lies in its subnet. */
  @inline covers(addr: u32): bool {
    const length = load<u8>(this.record, abi.ADDRESS_PREFIX_LEN);
    const mask: u32 = length == 0 ? 0 : (<u32>0xffffffff) << (32 - length);
    return ((load<u32>(this.record, abi.ADDRESS_ADDRESS) ^ addr) & mask) == 0;
  }
}

export const ADDRESS_SIZE: u32 = 8 + abi.ADDRESS_BYTES;

/** What a fresh namespace has in its sysctls; all others are 0. */
export function sysctlsNew(): void {
  for (let conf = abi.STATE_CONF_ALL; conf <= abi.STATE_CONF_DEFAULT; conf += abi.CONF_BYTES) {
    store<u8>(conf + abi.CONF_SEND_REDIRECTS, 1);
    store<u8>(conf + abi.CONF_SHARED_MEDIA, 1);
    store<u8>(conf + abi.CONF_ACCEPT_REDIRECTS, 1);
    store<u8>(conf + abi.CONF_SECURE_REDIRECTS, 1);
  }
  store<u8>(abi.STATE_CONF_DEFAULT + abi.CONF_ACCEPT_SOURCE_ROUTE, 1);
  store<u32>(abi.STATE_SYSCTL + 4 * abi.SYSCTL_HASH_FIELDS, 7);
  store<u32>(abi.STATE_SYSCTL + 4 * abi.SYSCTL_NEXTHOP_COMPAT, 1);
}

/** The device with this index, or null. O(log devices). */
export function deviceFind(index: u32): Device | null {
  return changetype<Device | null>(directoryFind(devices(), index));
}

/** The first device with a higher index, or null. */
export function deviceAfter(index: u32): Device | null {
  return changetype<Device | null>(directoryAfter(devices(), index));
}

/** Takes a device and its addresses away. O(devices). No nexthop may stand on it. */
export function deviceRemove(index: u32): void {
  const d = deviceFind(index);
  if (d == null) return;
  for (let a = d.address; a != null; a = d.address) addressRemove(a.record);
  directoryRemove(devices(), index);
  switchesDrop(index);
  stir();
  free(DEVICE, changetype<usize>(d));
}

/** Adds the device of a record. 0, -EEXIST (index taken) or -ENOBUFS. Names are the facade's to keep apart. */
export function deviceAdd(record: usize): i32 {
  if (deviceFind(load<u32>(record, abi.DEVICE_INDEX)) != null) return -EEXIST;
  if (!directoryRoom(devices())) return -ENOBUFS;
  const d = changetype<Device | null>(allocZero(DEVICE, DEVICE_SIZE));
  if (d == null) return -ENOBUFS;
  memory.copy(d.record, record, abi.DEVICE_BYTES);
  directoryInsert(devices(), changetype<usize>(d));
  stir();
  return 0;
}

/**
 * Puts an address on its device in front of the one whose record is at `before`, 0 = at the end. The address of the
 * kept record, 0 without memory or device. O(addresses of the device).
 */
export function addressInsert(record: usize, before: usize): usize {
  const d = deviceFind(load<u32>(record, abi.ADDRESS_DEVICE));
  if (d == null) return 0;
  const a = changetype<Address | null>(allocZero(ADDRESS, ADDRESS_SIZE));
  if (a == null) return 0;
  memory.copy(a.record, record, abi.ADDRESS_BYTES);
  let link = d.addressLink;
  for (let e = load<Address | null>(link); e != null && e.record != before; e = e!.next)
    link = changetype<usize>(e);
  a.next = load<Address | null>(link);
  store<Address>(link, a);
  a.serial = ++state().sourceGenid;
  invalidate();
  return a.record;
}

/** The address record after `at` on a device (0: the first), or 0. */
export function addressNext(index: u32, at: usize): usize {
  let next: Address | null = null;
  if (at) next = changetype<Address>(at - offsetof<Address>()).next;
  else {
    const d = deviceFind(index);
    if (d != null) next = d.address;
  }
  return next == null ? 0 : next.record;
}

/** Takes the address whose record is at `at` off its device. O(addresses of the device). */
export function addressRemove(at: usize): void {
  const d = deviceFind(load<u32>(at, abi.ADDRESS_DEVICE));
  if (d == null) return;
  let link = d.addressLink;
  for (let a = load<Address | null>(link); a != null; a = load<Address | null>(link)) {
    if (a.record == at) {
      store<Address | null>(link, a.next);
      free(ADDRESS, changetype<usize>(a));
      state().sourceGenid++;
      invalidate();
      return;
    }
    link = changetype<usize>(a);
  }
}

/** The device that has this address, the last one that got it; or null. O(addresses). */
export function ownerOf(addr: u32): Device | null {
  let owner: Device | null = null;
  let newest: u32 = 0;
  for (let d = deviceAfter(0); d != null; d = deviceAfter(d!.index)) {
    for (let a = d.address; a != null; a = a!.next) {
      if (a.local != addr || a.serial < newest) continue;
      newest = a.serial;
      owner = d;
    }
  }
  return owner;
}

/** True if one subnet of a device holds both addresses; b of 0 is in every one. */
export function areOnLink(d: Device, a: u32, b: u32): bool {
  for (let e = d.address; e != null; e = e!.next)
    if (!e.isSecondary && e.covers(a) && (b == 0 || e.covers(b))) return true;
  return false;
}

/** The L3 master (VRF) that a device is, or that it hangs below; null when there is none. */
export function l3masterOf(index: u32): Device | null {
  const d = deviceFind(index);
  if (d == null || d.table) return d;
  const master = deviceFind(d.master);
  return master != null && master.table ? master : null;
}

/**
 * Source address for packets through a device (FIB-115): its first primary address of a scope as wide as wanted whose
 * subnet holds the hint, else the first of them, else one of another device (FIB-116); 0 = none. With `route_localnet`
 * its addresses of host scope may be used on the link.
 */
export function sourceOn(d: Device, hint: u32, scope: u8): u32 {
  const narrowest = <u8>(d.confOr(abi.CONF_ROUTE_LOCALNET) ? RT_SCOPE_LINK : RT_SCOPE_HOST);
  let first: u32 = 0;
  for (let a = d.address; a != null; a = a!.next) {
    if (a.isSecondary || min(a.scope, narrowest) > scope) continue;
    if (hint == 0 || a.covers(hint)) return a.local;
    if (!first) first = a.local;
  }
  if (first) return first;
  const master = l3masterOf(d.index);
  if (master != null && master != d) {
    const source = sourceBeyond(master, scope);
    if (source) return source;
  }
  for (let e = deviceAfter(0); e != null; e = deviceAfter(e!.index)) {
    const other = l3masterOf(e.index);
    if (other != master) continue;
    const source = sourceBeyond(e, scope);
    if (source) return source;
  }
  return 0;
}

/** FIB-116: an address of another device, primary, no narrower than `scope` and not of link scope. */
function sourceBeyond(d: Device, scope: u8): u32 {
  for (let a = d.address; a != null; a = a!.next)
    if (!a.isSecondary && a.scope <= scope && a.scope != RT_SCOPE_LINK) return a.local;
  return 0;
}
