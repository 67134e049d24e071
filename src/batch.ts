/**
 * batch.ts - many destinations in one call: `ns.batch(capacity)` is the zero-copy form of `ns.lookupBatch`.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import * as abi from './abi/records.js';
import type { Core } from './core/core.js';
import { show, whole } from './core/route.js';
import { FibError } from './errors.js';

/** How the rows of a batch are asked. */
export interface BatchOptions {
  /** What a row without a route gives; default 0. */
  readonly miss?: number;
  /** The destinations are in network byte order; default host order. Bytes are so whatever this says. */
  readonly bigEndian?: boolean;
}

/** Most rows of a batch: their three words fit the largest block. */
export const BATCH_MAX = 1 << 26;

/**
 * Rows in the memory of the core. The three arrays are views: take them anew after any change of the Netns, since the
 * memory may have moved. Closing gives the memory back; so does closing the Netns.
 */
export class Batch {
  readonly capacity: number;
  readonly #core: Core;
  /** Bytes of an array: whole blocks of rows are read. */
  readonly #rowBytes: number;
  #at: number;
  #dst: Uint32Array;

  /** @internal */
  constructor(core: Core, capacity: number) {
    this.#core = core;
    this.capacity = capacity;
    this.#rowBytes = 4 * Math.ceil(capacity / abi.FLOWS_BLOCK) * abi.FLOWS_BLOCK;
    this.#at = core.lease(3 * this.#rowBytes);
    this.#dst = core.u32.subarray(this.#at >>> 2, (this.#at >>> 2) + capacity);
  }

  /** Destinations, `capacity` of them: write here; bytes of packet headers through `dst.buffer`, with `bigEndian`. */
  get dst(): Uint32Array {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    if (this.#dst.length !== this.capacity) this.#dst = this.#rows(0);
    return this.#dst;
  }

  /** Fib info ids, as `lookupId` gives them: read here after `run`. */
  get out(): Uint32Array {
    return this.#rows(1);
  }

  /** A table id for each row, used when `run` is told to; 0 asks as the rules say. */
  get tables(): Uint32Array {
    return this.#rows(2);
  }

  /** @internal Copies the destinations numbered from..to-1 to the front. */
  fill(dsts: Uint32Array | Uint8Array, from: number, to: number): void {
    if (dsts instanceof Uint32Array) this.dst.set(dsts.subarray(from, to));
    else this.#core.u8.set(dsts.subarray(4 * from, 4 * to), this.#at);
  }

  #rows(i: number): Uint32Array {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    const from = (this.#at + i * this.#rowBytes) >>> 2;
    return this.#core.u32.subarray(from, from + this.capacity);
  }

  /**
   * Looks up the first `n` rows. O(n).
   * @throws {FibError} EINVAL n beyond the capacity
   * @throws {TypeError} the batch is closed
   */
  run(n: number = this.capacity, options: BatchOptions & { readonly tables?: boolean } = {}): void {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    whole(n, 'n', 0, this.capacity, 'batch');
    const miss = options.miss === undefined ? 0 : whole(options.miss, 'miss', 0, 0xffffffff, 'batch');
    const tables = options.tables === true ? this.#at + 2 * this.#rowBytes : 0;
    const { exports, room } = this.#core;
    exports.lookupBatch(
      this.#at,
      this.#at + this.#rowBytes,
      n,
      miss,
      options.bigEndian === true ? 1 : 0,
      tables,
      room,
    );
  }

  /** Gives the memory back. */
  close(): void {
    if (this.#at !== 0 && !this.#core.isClosed) this.#core.unlease(this.#at);
    this.#at = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** How many destinations an array holds: words, or bytes in network order, four to each. */
export function countRows(dsts: unknown): number {
  if (dsts instanceof Uint32Array) return dsts.length;
  if (dsts instanceof Uint8Array && dsts.length % 4 === 0) return dsts.length / 4;
  const got = dsts instanceof Uint8Array ? `${dsts.length} bytes` : show(dsts);
  throw new FibError('EINVAL', 'lookupBatch', {
    detail: `dsts: expected a Uint32Array, or a Uint8Array of 4 bytes to a row, got ${got}`,
  });
}

/** The array itself when it is a Uint32Array of at least n rows. */
export function checkRows(rows: unknown, name: string, n: number): Uint32Array {
  if (rows instanceof Uint32Array && rows.length >= n) return rows;
  const got = rows instanceof Uint32Array ? `${rows.length} rows` : show(rows);
  throw new FibError('EINVAL', 'lookupBatch', {
    detail: `${name}: expected a Uint32Array of ${n} rows, got ${got}`,
  });
}
