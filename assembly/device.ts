// device.ts - interfaces: what a nexthop stands on.

import * as abi from "../src/abi/records";
import { DEVICE, State, allocZero, free, state } from "./arena";
import { EEXIST, ENOBUFS } from "../src/abi/uapi";

/**
 * An interface.
 *   off  size  field
 *     0     4  next      device with the next higher index
 *     4     4  nexthops  first nexthop on this device, linked by onDevice
 *     8     4  mtu
 *    12     4  ignoreLinkdown   sysctl ignore_routes_with_linkdown (FIB-82)
 *    16     4  index     positive
 *    20     4  flags     IFF_*
 *    24        then 16 bytes of name, NUL-terminated
 */
@unmanaged export class Device {
  next: Device | null;
  nexthops: usize;
  mtu: u32;
  ignoreLinkdown: u32;
  index: u32;
  flags: u32;

  /** The device record (DEVICE_* in src/abi/records.ts) inside: index, flags, name. */
  @inline get record(): usize {
    return changetype<usize>(this) + offsetof<Device>("index");
  }
}

if (offsetof<Device>("index") != 16 || offsetof<Device>() != 16 + abi.DEVICE_NAME)
  ERROR("Device: the table is stale");
const DEVICE_SIZE: u32 = 16 + abi.DEVICE_BYTES;

/** The device with this index, or null. O(devices). */
export function deviceFind(index: u32): Device | null {
  let d = changetype<Device | null>(state().devices);
  while (d != null && d.index < index) d = d.next;
  return d != null && d.index == index ? d : null;
}

/** The first device with a higher index, or null. */
export function deviceAfter(index: u32): Device | null {
  let d = changetype<Device | null>(state().devices);
  while (d != null && d.index <= index) d = d.next;
  return d;
}

/** Takes a device away. O(devices). No nexthop may stand on it. */
export function deviceRemove(index: u32): void {
  let link: usize = changetype<usize>(state()) + offsetof<State>("devices");
  for (let d = load<Device | null>(link); d != null; d = load<Device | null>(link)) {
    if (d.index == index) {
      store<Device | null>(link, d.next);
      free(DEVICE, changetype<usize>(d));
      return;
    }
    link = changetype<usize>(d);
  }
}

/** Adds the device of a record. 0, -EEXIST (index taken) or -ENOBUFS. Names are the facade's to keep apart. */
export function deviceAdd(record: usize): i32 {
  const index = load<u32>(record, abi.DEVICE_INDEX);
  if (deviceFind(index) != null) return -EEXIST;
  const d = changetype<Device | null>(allocZero(DEVICE, DEVICE_SIZE));
  if (d == null) return -ENOBUFS;
  memory.copy(d.record, record, abi.DEVICE_BYTES);
  let link: usize = changetype<usize>(state()) + offsetof<State>("devices");
  for (let e = load<Device | null>(link); e != null && e.index < index; e = e!.next)
    link = changetype<usize>(e);
  d.next = load<Device | null>(link);
  store<Device>(link, d);
  return 0;
}
