// decide/packet.ts - what a decision asks of an address, whoever is to have it, and the room to decide in.

import * as abi from "../../src/abi/records";
import { RTN_LOCAL, RT_TABLE_LOCAL } from "../../src/abi/uapi";
import { Device, deviceFind, ownerOf } from "../device";
import { addressType } from "../fib/create";
import { inTable, pathOf } from "../fib/lookup";
import { Columns, Flow, Result } from "../record";

export const LOOPBACK_INDEX: u32 = 1;
export const LOOPBACK: u32 = 0x7f000001;
export const LIMITED_BROADCAST: u32 = 0xffffffff;
const ALL_HOSTS: u32 = 0xe0000001;

// @ts-ignore: decorator
@inline export function isMulticast(a: u32): bool {
  return a >>> 28 == 0xe;
}

/** 224.0.0.0/24: never leaves the link. */
// @ts-ignore: decorator
@inline export function isLocalMulticast(a: u32): bool {
  return a >>> 8 == 0xe00000;
}

// @ts-ignore: decorator
@inline export function isLoopback(a: u32): bool {
  return a >>> 24 == 127;
}

/** Room to work in: a flow and a result behind it, both the caller's. */
@unmanaged export class Room {
  /** The flow. */
  @inline get flow(): Flow {
    return changetype<Flow>(changetype<usize>(this));
  }

  /** The result. */
  @inline get result(): Result {
    return changetype<Result>(changetype<usize>(this) + abi.FLOW_BYTES);
  }

  /** Columns without room for paths. */
  @inline get columns(): Columns {
    return changetype<Columns>(changetype<usize>(this) + abi.FLOW_BYTES + abi.RESULT_BYTES);
  }
}

/** True if a device listens to a group; every device that is up joins all hosts. */
export function isMember(d: Device, group: u32): bool {
  return group == ALL_HOSTS && d.isUp;
}

/** The device of an address of ours: the one that has it, or that of its route in table local. */
export function deviceOf<K>(addr: u32): Device | null {
  const d = ownerOf(addr);
  if (d != null) return d;
  const fa = inTable<K>(RT_TABLE_LOCAL, <K>addr, 0, 0, 0, true);
  if (fa == null || fa.info.type != RTN_LOCAL) return null;
  const path = pathOf(fa.info, 0, true);
  return path < 0 ? null : deviceFind(fa.info.path(path).oif);
}

/** True if an address is one of this host, by its devices or by table local. */
export function isOurs<K>(addr: u32): bool {
  return ownerOf(addr) != null || addressType<K>(addr, 255) == RTN_LOCAL;
}
