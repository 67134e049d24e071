/**
 * core/core.ts - one instance of the core with views over its memory and the mailbox that calls go through.
 *
 * The mailbox is one lease: a route record with room for some nexthops, a flow, a result, a summary, a device,
 * address or rule, a cursor, and room that the core works in.
 * A view is detached when the memory grows; whoever reads or writes after a call asks for it anew.
 */
import * as abi from '../abi/records.js';
import { FibError } from '../errors.js';
import type { CoreExports } from './load.js';
import { Quick } from './quick.js';

/** Nexthops for which the mailbox has room; a route with more gets a lease of its own. */
const FEW_NEXTHOPS = 16;

const FLOW_AT = abi.ROUTE_NEXTHOPS + FEW_NEXTHOPS * abi.NEXTHOP_BYTES;
const RESULT_AT = FLOW_AT + abi.FLOW_BYTES;
const SUMMARY_AT = RESULT_AT + abi.RESULT_BYTES;
const RECORD_AT = SUMMARY_AT + abi.SUMMARY_BYTES;
const CURSOR_AT = RECORD_AT + Math.max(abi.DEVICE_BYTES, abi.ADDRESS_BYTES, abi.RULE_BYTES);
const ROOM_AT = CURSOR_AT + abi.CURSOR_BYTES;
const MAILBOX_BYTES = ROOM_AT + abi.ROOM_BYTES;

/** Bytes of a lease that are the arena's own, and the most that can be asked for. */
const LEASE_HEAD = 8;
const LEASE_MAX = 2 ** 30;

/** A core and the facade's side of its memory. */
export class Core {
  #exports: CoreExports;
  /** Addresses of the records in the mailbox. */
  readonly flow: number;
  readonly result: number;
  readonly summary: number;
  /** For a device, an address or a rule on its way in. */
  readonly record: number;
  readonly cursor: number;
  /** Room for the core to work in. */
  readonly room: number;

  /** The view of bare destinations, as long as nothing changes. */
  readonly quick = new Quick((dst) => this.#lookupId(dst));

  readonly #mailbox: number;
  /** A larger lease for a route with many nexthops, 0 = none yet. */
  #large = 0;
  #largeBytes = 0;
  #isSoiled = false;
  #u8: Uint8Array;
  #u32: Uint32Array;
  #view: DataView;

  /**
   * Over an instance that has its state: made by `init`, or loaded.
   * @throws {FibError} ENOBUFS: the memory is too small for a mailbox
   */
  constructor(exports: CoreExports) {
    this.#exports = exports;
    const mailbox = exports.lease(MAILBOX_BYTES) >>> 0;
    if (mailbox === 0) throw outOfMemory('create');
    this.#mailbox = mailbox;
    this.flow = mailbox + FLOW_AT;
    this.result = mailbox + RESULT_AT;
    this.summary = mailbox + SUMMARY_AT;
    this.record = mailbox + RECORD_AT;
    this.cursor = mailbox + CURSOR_AT;
    this.room = mailbox + ROOM_AT;
    const { buffer } = exports.memory;
    this.#u8 = new Uint8Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** The doors of the core; after `close` each of them throws. Ask for them anew after telling anybody of anything. */
  get exports(): CoreExports {
    this.quick.forget();
    return this.#exports;
  }

  /** The id for an address by a call, after which `quick` may find the next ones. */
  #lookupId(dst: number): number {
    const id = this.#exports.lookupId(dst | 0, this.room); // a small integer crosses without being boxed
    const { u32 } = this;
    const fast = u32[abi.STATE_FAST >>> 2]!;
    if (fast !== 0 && !this.quick.isKnown)
      this.quick.learn(u32, (fast & ~1) >>> 0, (fast & 1) !== 0, u32[abi.STATE_FAST_NONE >>> 2]!);
    return id;
  }

  /** A hit of the route cache (`RouteCache.lookup`): nothing that is known of the memory changes. */
  hit(dst: number, src: number, iif: number, oif: number, tos: number, mark: number): number {
    return this.#exports.cacheLookup(dst | 0, src | 0, iif, oif, tos, mark | 0);
  }

  /** The memory as bytes; good until the next call. */
  get u8(): Uint8Array {
    if (this.#u8.length === 0) this.#renew();
    return this.#u8;
  }

  /** The memory as words; good until the next call. */
  get u32(): Uint32Array {
    if (this.#u32.length === 0) this.#renew();
    return this.#u32;
  }

  /** The memory as a DataView, for halfwords and doubles; good until the next call. */
  get view(): DataView {
    if (this.#u8.length === 0) this.#renew();
    return this.#view;
  }

  #renew(): void {
    const { buffer } = this.#exports.memory;
    this.#u8 = new Uint8Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** Says that what the acceptance of paths depends on has changed: a sysctl or a flag of a device (FIB-80..82). */
  stir(): void {
    this.u32[abi.STATE_STIRRED >>> 2] = 1;
    this.u32[abi.STATE_FAST >>> 2] = 0;
    this.quick.forget();
  }

  /**
   * The memory as words, with zero metrics, source and prefix in the route record at `at`. A route without metrics
   * leaves them as they are, so that most records need no cleaning.
   */
  cleanRoute(at: number): Uint32Array {
    const { u32 } = this;
    if (this.#isSoiled || at !== this.#mailbox) {
      u32.fill(0, (at + abi.ROUTE_DST) >>> 2, (at + abi.ROUTE_NEXTHOPS) >>> 2);
      if (at === this.#mailbox) this.#isSoiled = false;
    }
    return u32;
  }

  /** Says that a route record holds more than `cleanRoute` leaves to be overwritten. */
  soilRoute(): void {
    this.#isSoiled = true;
  }

  /**
   * Address of a route record with room for so many nexthops.
   * @throws {FibError} ENOBUFS
   */
  route(nexthops: number): number {
    if (nexthops <= FEW_NEXTHOPS) return this.#mailbox;
    return this.large(abi.ROUTE_NEXTHOPS + nexthops * abi.NEXTHOP_BYTES);
  }

  /**
   * Address of a block of at least `bytes`, the same one until more is asked for.
   * @throws {FibError} ENOBUFS
   */
  large(bytes: number): number {
    if (bytes > this.#largeBytes) {
      const address = this.lease(bytes);
      if (this.#large !== 0) this.unlease(this.#large);
      this.#large = address;
      this.#largeBytes = bytes;
    }
    return this.#large;
  }

  /**
   * A block to read through, of `wanted` bytes or as few as `needed`: with no memory left the mailbox must do.
   * @throws {FibError} ENOBUFS
   */
  buffer(wanted: number, needed: number): { readonly at: number; readonly bytes: number } {
    try {
      return { at: this.large(Math.max(wanted, needed)), bytes: this.#largeBytes };
    } catch (error) {
      if (needed > FLOW_AT) throw error;
      this.#isSoiled = true;
      return { at: this.#mailbox, bytes: FLOW_AT };
    }
  }

  /**
   * Address of a block of at least `bytes`, zeroed, until `unlease`.
   * @throws {FibError} ENOBUFS
   */
  lease(bytes: number): number {
    const address = this.exports.lease(bytes) >>> 0;
    if (address === 0) throw outOfMemory('lease');
    return address;
  }

  unlease(address: number): void {
    this.exports.unlease(address);
  }

  /**
   * Calls `take` while no lease is out, so that the arena holds nothing but state. Afterwards each is where it was, with
   * its content: the free lists give back last what they got first.
   */
  atRest<T>(take: () => T): T {
    const leases: { readonly bits: number; readonly content: Uint8Array }[] = [];
    for (let at = this.#lastLease(); at !== 0; at = this.#lastLease()) {
      const bits = this.u32[(at >>> 2) + 1]!;
      leases.push({ bits, content: this.u8.slice(at + LEASE_HEAD, at + 4 * 2 ** bits) });
      this.unlease(at + LEASE_HEAD);
    }
    try {
      return take();
    } finally {
      for (const { bits, content } of leases.reverse()) {
        this.u8.set(content, this.lease(Math.min(4 * 2 ** bits - LEASE_HEAD - 4, LEASE_MAX)));
      }
    }
  }

  /**
   * What brings everything back to how it is now, byte for byte. Takes a copy of the arena: O(size). Between the two no
   * batch may be made or closed.
   */
  checkpoint(): () => void {
    const arena = this.u8.slice(abi.STATE, this.view.getUint32(abi.STATE_BRK, true));
    const large = this.#large;
    const largeBytes = this.#largeBytes;
    return () => {
      this.u8.set(arena, abi.STATE);
      this.#large = large;
      this.#largeBytes = largeBytes;
      this.#isSoiled = true;
      this.quick.forget();
    };
  }

  /** Address of the block that was lent last, 0 = none is. */
  #lastLease(): number {
    return this.view.getUint32(abi.STATE_LEASES, true);
  }

  get isClosed(): boolean {
    return this.#exports === CLOSED;
  }

  /** Lets go of the instance and its memory. */
  close(): void {
    this.#exports = CLOSED;
    this.quick.forget();
    this.#u8 = new Uint8Array(0);
    this.#u32 = new Uint32Array(0);
    this.#view = new DataView(new ArrayBuffer(0));
  }
}

/** Stands for the doors of a core that was closed: whatever is asked for throws. */
const CLOSED = new Proxy({} as CoreExports, {
  get: () => closed(),
});

function closed(): never {
  throw new TypeError('this Netns is closed');
}

/** What an allocation that failed reads as. */
export function outOfMemory(operation: string): FibError {
  return new FibError('ENOBUFS', operation, { detail: 'out of memory; maxBytes or the host bounds it' });
}
