/**
 * batch.ts - many destinations in one call: `ns.batch(capacity)` is the zero-copy form of `ns.lookupBatch`.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import type { Core } from './core/core.js';
import { show, whole } from './core/route.js';
import { FibError } from './errors.js';

/** How the rows of a batch are asked. */
export interface BatchOptions {
  /** What a row without a route gives; default 0. */
  readonly miss?: number;
  /** The destinations are in network byte order; default host order. */
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
  #at: number;
  #dst: Uint32Array;

  /** @internal */
  constructor(core: Core, capacity: number) {
    this.#core = core;
    this.capacity = capacity;
    this.#at = core.lease(Math.max(1, capacity) * 12);
    this.#dst = core.u32.subarray(this.#at >>> 2, (this.#at >>> 2) + capacity);
  }

  /** Destinations, `capacity` of them: write here. */
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

  #rows(i: number): Uint32Array {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    const from = (this.#at >>> 2) + i * this.capacity;
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
    const bytes = 4 * this.capacity;
    const tables = options.tables === true ? this.#at + 2 * bytes : 0;
    const { exports, room } = this.#core;
    exports.lookupBatch(
      this.#at,
      this.#at + bytes,
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

/** The array itself when it is a Uint32Array of at least n rows. */
export function checkRows(rows: unknown, name: string, n: number): Uint32Array {
  if (rows instanceof Uint32Array && rows.length >= n) return rows;
  const got = rows instanceof Uint32Array ? `${rows.length} rows` : show(rows);
  throw new FibError('EINVAL', 'lookupBatch', {
    detail: `${name}: expected a Uint32Array of ${n} rows, got ${got}`,
  });
}
