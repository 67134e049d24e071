// check/device.ts - D1..D4: devices, their addresses, and the directories that find things by number.

import * as abi from "../../src/abi/records";
import { ADDRESS, DEVICE, WORDS, WORDS_BITS } from "../arena";
import { claim } from "../claim";
import { Device, deviceFind } from "../device";
import { Directory, devices } from "../directory";
import { D, M } from "./rooms";

/** Bytes of names and labels, and of hardware addresses. */
const NAME_BYTES: u32 = 16;
const HARDWARE_BYTES: u32 = 8;
/** Index of the loopback device. */
const LOOPBACK: u32 = 1;

/** Claims a directory and the things of a kind in it: numbers ascend. 0, `unsorted`, or M4. */
export function checkDirectory(dir: Directory, kind: u32, unsorted: u32): u32 {
  if (!dir.block) return dir.count ? unsorted : 0;
  if (dir.bits > WORDS_BITS || !claim(WORDS + dir.bits, dir.block)) return M + 4;
  if (dir.count > (<u32>1) << dir.bits) return unsorted;
  let last: u32 = 0;
  for (let i: u32 = 0; i < dir.count; i++) {
    if (!claim(kind, dir.at(i))) return M + 4;
    const number = load<u32>(dir.at(i));
    if (number <= last) return unsorted;
    last = number;
  }
  return 0;
}

/** D1..D4. */
export function checkDevices(): u32 {
  const dir = devices();
  const broken = checkDirectory(dir, DEVICE, D + 1);
  if (broken) return broken;
  if (!dir.count || load<u32>(dir.at(dir.count - 1)) > <u32>i32.MAX_VALUE) return D + 1;
  for (let i: u32 = 0; i < dir.count; i++) {
    const d = changetype<Device>(dir.at(i));
    const isFirst = d.index == LOOPBACK;
    if (isFirst != (i == 0) || isFirst != (kindNumber(d) == <u8>abi.LINK_LOOPBACK)) return D + 1;
    const err = checkDevice(d);
    if (err) return err;
  }
  return 0;
}

function checkDevice(d: Device): u32 {
  if (load<u8>(d.record, abi.DEVICE_NAME) == 0 || !hasEnd(d.record + abi.DEVICE_NAME)) return D + 2;
  if (load<u8>(d.record, abi.DEVICE_HW_LENGTH) > HARDWARE_BYTES) return D + 2;
  const peer = load<u32>(d.record, abi.DEVICE_PEER);
  if (peer) {
    const other = deviceFind(peer);
    if (other == null || other == d || load<u32>(other.record, abi.DEVICE_PEER) != d.index) return D + 3;
    if (kindNumber(d) != <u8>abi.LINK_VETH) return D + 3;
  }
  return checkAddresses(d);
}

function checkAddresses(d: Device): u32 {
  for (let a = d.address; a != null; a = a!.next) {
    if (!claim(ADDRESS, changetype<usize>(a))) return M + 4;
    const record = a.record;
    if (load<u32>(record, abi.ADDRESS_DEVICE) != d.index) return D + 4;
    if (load<u8>(record, abi.ADDRESS_PREFIX_LEN) > 32 || !hasEnd(record + abi.ADDRESS_LABEL)) return D + 4;
  }
  return 0;
}

/** True if a name ends inside its field. */
export function hasEnd(at: usize): bool {
  let i: u32 = 0;
  while (i < NAME_BYTES && load<u8>(at + i)) i++;
  return i < NAME_BYTES;
}

/** LINK_*. */
// @ts-ignore: decorator
@inline function kindNumber(d: Device): u8 {
  return load<u8>(d.record, abi.DEVICE_KIND);
}
