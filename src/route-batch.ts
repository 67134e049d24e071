/**
 * route-batch.ts - usual route messages (wire/bulk.ts) on their way into the core, several hundred in one call.
 *
 * A batch takes messages one by one and adds their routes when it is full, when the flags change and when told to
 * `flush`; whoever does something else in between flushes first, so that all happens in the order of the messages.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { RECORD_MAX, readRecord } from './wire/bulk.js';

/** Bytes of records that are read before the core is called, and that are cleared at a time: they stay in the caches. */
const BATCH_BYTES = 1 << 16;
const CLEAR_BYTES = 1 << 12;

/** Flags of a request that say where its route goes. */
const PLACING = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL | uapi.NLM_F_REPLACE | uapi.NLM_F_APPEND;

const HARDWARE = uapi.RTM_F_OFFLOAD | uapi.RTM_F_TRAP | uapi.RTM_F_OFFLOAD_FAILED;

/** How an addition went: flags of the notice or a negated errno with its reason; `from` is where its message began. */
export type Outcome = (from: number, done: number, reason: number) => void;

/** Routes of usual messages that wait to be added. */
export class RouteBatch {
  readonly #core: Core;
  /** What the core checks routes in; 0 when they are believed. */
  readonly #room: number;
  readonly #told: Outcome;
  /** Where the messages that wait began. */
  readonly #froms: number[] = [];
  #waiting = 0;
  #flags = 0;
  /** The core's buffer: its first record, the place for the next, how far it is clear, and its end. */
  #at = 0;
  #next = 0;
  #clear = 0;
  #end = 0;

  /** @param isChecked routes go through the kernel's checks; else they are believed */
  constructor(core: Core, isChecked: boolean, told: Outcome) {
    this.#core = core;
    this.#room = isChecked ? core.room : 0;
    this.#told = told;
  }

  /**
   * Reads the RTM_NEWROUTE message of `length` bytes at `from`, to add its route by netlink flags. False when it is
   * unusual, or has a path through a device that `isKnown` does not know: then all that waited has been added.
   * @throws what `told` throws
   */
  add(
    message: DataView,
    from: number,
    length: number,
    flags: number,
    isKnown?: (oif: number) => boolean,
  ): boolean {
    const placing = flags & PLACING;
    if (placing !== this.#flags || this.#next + RECORD_MAX > this.#end) {
      this.flush();
      this.#flags = placing;
    }
    const bytes = this.#read(message, from, length, isKnown);
    if (bytes === 0) {
      this.flush();
      return false;
    }
    this.#froms[this.#waiting++] = from;
    this.#next += bytes;
    return true;
  }

  /** As `add`, of RTM_DELROUTE, at once: whether a route has gone, or undefined for an unusual message. */
  remove(message: DataView, from: number, length: number): boolean | undefined {
    this.flush();
    const isUsual = this.#read(message, from, length) > 0;
    const isGone = isUsual && this.#core.exports.routeDelete(this.#next) === 0;
    this.flush();
    return isUsual ? isGone : undefined;
  }

  /** Adds what waits, tells how each went, and lets go of the core's buffer. @throws what `told` throws */
  flush(): void {
    const { exports } = this.#core;
    const at = this.#at;
    const n = this.#waiting;
    this.#waiting = this.#at = this.#next = this.#clear = this.#end = 0;
    if (n === 0) return;
    exports.routesAdd(at, n, this.#flags, this.#room);
    const { u32 } = this.#core;
    for (let i = 0, record = at / 4; i < n; i++) {
      const done = u32[record + abi.ROUTE_REFS / 4]! | 0;
      this.#told(this.#froms[i]!, done, u32[record + abi.ROUTE_ID / 4]!);
      const count = u32[record + abi.ROUTE_PROTOCOL / 4]! >>> 16;
      record += (abi.ROUTE_NEXTHOPS + count * abi.NEXTHOP_BYTES) / 4;
    }
  }

  /** Reads a message into the place for the next record; bytes of it, 0 when it is unusual or stands on the unknown. */
  #read(message: DataView, from: number, length: number, isKnown?: (oif: number) => boolean): number {
    if (this.#end === 0) this.#open();
    const { u32 } = this.#core;
    const to = this.#next / 4;
    if (this.#next + RECORD_MAX > this.#clear) {
      const clear = Math.min(this.#next + RECORD_MAX + CLEAR_BYTES, this.#end);
      u32.fill(0, this.#clear / 4, clear / 4);
      this.#clear = clear;
    }
    const bytes = readRecord(message, from, length, u32, to);
    if (bytes === 0 || (isKnown !== undefined && !knowsAll(u32, to, bytes, isKnown))) return 0;
    // A request cannot say what hardware does, and who serves one by one knows what becomes of it.
    return this.#room !== 0 && (u32[to + abi.ROUTE_FLAGS / 4]! & HARDWARE) !== 0 ? 0 : bytes;
  }

  /** Takes the core's buffer, or what there is instead when memory is short. */
  #open(): void {
    const { at, bytes } = this.#core.buffer(BATCH_BYTES, RECORD_MAX);
    this.#at = this.#next = this.#clear = at;
    this.#end = at + Math.min(bytes, BATCH_BYTES);
  }
}

/** True when each device that the record's paths go through is known. */
function knowsAll(u32: Uint32Array, to: number, bytes: number, isKnown: (oif: number) => boolean): boolean {
  for (let path = to + abi.ROUTE_NEXTHOPS / 4; path < to + bytes / 4; path += abi.NEXTHOP_BYTES / 4) {
    const oif = u32[path + abi.NEXTHOP_OIF / 4]!;
    if (oif !== 0 && !isKnown(oif)) return false;
  }
  return true;
}
