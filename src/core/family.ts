/**
 * core/family.ts - the prefixes of one family: an instance of a table's core, its memory, and the view that is read
 * from here without a call.
 *
 * A call costs as much as the two or three loads of an IPv4 lookup, so most of those are answered from here (quick.ts). What
 * is known of the view is good until something changes; whatever changes anything goes through this class, which forgets
 * it. IPv6 takes more steps, which the core does quicker.
 */
import * as abi from '../abi/records.js';
import { FibError } from '../errors.js';
import { throwBroken } from './invariant.js';
import { Quick } from './quick.js';
import type { TableExports } from './table-load.js';

/** A key: an address in words, the highest first (of IPv4 only `a`), and a prefix length. Readers fill one again and again. */
export interface Key {
  is6: boolean;
  a: number;
  b: number;
  c: number;
  d: number;
  length: number;
}

/** Bytes of a text that is handed over; a longer one is not plain. */
const TEXT_BYTES = 40;
const encoder = new TextEncoder();

/** Rows that a scan gives at a time: more than the longest key has bits. */
const SCAN_ROWS = 256;
/** Rows that are copied into the core at a time. */
const LOAD_ROWS = 1 << 13;

/** The prefixes of one family and their ids. */
export class Family {
  readonly is6: boolean;
  /** Bits of an address. */
  readonly bits: number;
  /** Words of a row: key, length, id. */
  readonly rowWords: number;
  /** Changes with every change. */
  version = 0;
  size = 0;

  readonly #exports: TableExports;
  /** Where scans begin and write. */
  readonly #mail: number;
  #text = new Uint8Array(0);
  #words: Uint32Array;
  /** The view of IPv4. */
  readonly #quick = new Quick((dst) => this.#ask(dst));
  #scratch = 0;
  #scratchBytes = 0;

  /** @throws {FibError} ENOBUFS: there is no memory for an empty table */
  constructor(exports: TableExports, is6: boolean, shape: number, maxBytes: number) {
    this.#exports = exports;
    this.is6 = is6;
    this.bits = is6 ? 128 : 32;
    this.rowWords = is6 ? 6 : 3;
    const isMade = exports.init(is6 ? 1 : 0, shape, maxBytes) === 0;
    this.#mail = isMade ? exports.lease(32 + 4 * this.rowWords * SCAN_ROWS) >>> 0 : 0;
    if (this.#mail === 0) throw outOfMemory('create');
    this.#words = new Uint32Array(exports.memory.buffer);
  }

  /** The memory as words; good until the next call. */
  get #u32(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#exports.memory.buffer);
    return this.#words;
  }

  /** Bytes of a lease, zeroed. @throws {FibError} ENOBUFS */
  lease(bytes: number): number {
    this.#quick.forget();
    const at = this.#exports.lease(bytes) >>> 0;
    if (at === 0) throw outOfMemory('lease');
    return at;
  }

  unlease(at: number): void {
    this.#exports.unlease(at);
  }

  /** The memory as bytes; good until the next call. */
  get u8(): Uint8Array {
    return new Uint8Array(this.#u32.buffer);
  }

  /** The memory as words; good until the next call. */
  get u32(): Uint32Array {
    return this.#u32;
  }

  /** Gives a prefix an id: the one it had, 0 = it is new. @throws {FibError} ENOBUFS */
  set({ a, b, c, d, length }: Key, id: number): number {
    const old = this.#exports.set(a, b, c, d, length, id);
    if (old < 0) throw outOfMemory('set');
    this.#changed(old === 0 ? 1 : 0);
    return old;
  }

  /** Takes a prefix away: the id that it had, 0 = it was not there. */
  remove({ a, b, c, d, length }: Key): number {
    const old = this.#exports.remove(a, b, c, d, length);
    if (old !== 0) this.#changed(-1);
    return old;
  }

  /** The id of exactly this prefix, 0 = none. */
  get({ a, b, c, d, length }: Key): number {
    return this.#exports.get(a, b, c, d, length);
  }

  #changed(by: number): void {
    this.size += by;
    this.version++;
    this.#quick.forget();
  }

  /** The id of the longest prefix that covers an IPv4 address, 0 = none. */
  lookup4(dst: number): number {
    return this.#quick.lookup(dst);
  }

  /** The id of the longest prefix that covers an IPv6 address, 0 = none. */
  lookup6(a: number, b: number, c: number, d: number): number {
    return this.#exports.lookup(a | 0, b | 0, c | 0, d | 0);
  }

  /** `lookup6` of plain text, which is quicker to hand over than to read here; -1: it is not plain. */
  lookupText6(text: string): number {
    if (this.#text.length === 0)
      this.#text = new Uint8Array(this.#exports.memory.buffer, this.#mail, TEXT_BYTES);
    const { read, written } = encoder.encodeInto(text, this.#text);
    return read === text.length ? this.#exports.lookupText(this.#mail, written) : -1;
  }

  /** Asks the core, and looks whether there is a view to read next time. */
  #ask(dst: number): number {
    const id = this.#exports.lookup(dst | 0, 0, 0, 0);
    if (!this.#quick.isKnown) this.#learn();
    return id;
  }

  #learn(): void {
    const view = this.#exports.viewAt() >>> 0;
    if (view === 0) return;
    const words = this.#u32;
    const kinds = words[(view + abi.VIEW_KIND) >>> 2]!;
    if (((kinds >>> 8) & 255) !== 0) return; // a wide one
    const frame = words[(view + abi.VIEW_FRAME) >>> 2]!;
    this.#quick.learn(
      words,
      frame,
      (kinds & 255) === abi.VIEW_COMPACT,
      words[(view + abi.VIEW_FALLBACK) >>> 2]!,
    );
  }

  /** The prefixes that cover a key, the longest first: pairs of length and id, at most `most`. */
  covering({ a, b, c, d, length }: Key, most: number): Uint32Array {
    const n = this.#exports.covering(a, b, c, d, length, this.#mail, most);
    return this.#u32.slice(this.#mail >>> 2, (this.#mail >>> 2) + 2 * n);
  }

  /**
   * The next rows in order: keys from `from`, there only lengths above `after`, up to `last`, none shorter than
   * `minLength`. Empty when that was all.
   */
  scan(from: Key, after: number, last: Key, minLength: number): Uint32Array {
    const at = this.#mail >>> 2;
    const words = this.#u32;
    words.set([from.a, from.b, from.c, from.d, last.a, last.b, last.c, last.d], at);
    const n = this.#exports.scan(this.#mail, after, minLength, this.#mail + 32, SCAN_ROWS);
    return this.#u32.slice(at + 8, at + 8 + n * this.rowWords);
  }

  /**
   * Adds rows, in the order of their words: key, length, id. How many of them are in the table then: all, unless memory has
   * ended. Each id that a prefix had before goes into `replaced`.
   * @param isSorted they come in order; into an empty table that is much quicker
   */
  load(rows: Uint32Array, isSorted: boolean, replaced: number[]): number {
    const n = rows.length / this.rowWords;
    const isBuilt = isSorted && this.size === 0 && n > 1 && this.#exports.buildBegin(n) === 0;
    const isBulk = !isBuilt && n > this.size / 8 + 64;
    if (isBulk) this.#exports.viewsPause(1);
    let done = this.#loadChunks(rows, isBuilt, replaced);
    if (isBuilt && this.#exports.buildEnd(done === n ? 0 : 1) + n - done !== 0) {
      done = 0;
      replaced.length = 0;
    }
    if (isBulk) this.#exports.viewsPause(0);
    this.#changed(this.#exports.count() - this.size);
    return done;
  }

  /** How many rows the core has taken. */
  #loadChunks(rows: Uint32Array, isBuilt: boolean, replaced: number[]): number {
    const { rowWords } = this;
    const total = rows.length / rowWords;
    const at = this.#exports.lease(4 * rowWords * Math.min(total, LOAD_ROWS)) >>> 0;
    if (at === 0) return 0;
    let done = 0;
    while (done < total) {
      const n = Math.min(total - done, LOAD_ROWS);
      this.#u32.set(rows.subarray(done * rowWords, (done + n) * rowWords), at >>> 2);
      const taken = isBuilt ? this.#exports.buildRows(at, n) : this.#exports.rowsSet(at, n);
      const words = this.#u32;
      for (let i = 0, id = (at >>> 2) + rowWords - 1; i < taken; i++, id += rowWords) {
        if (words[id] !== 0) replaced.push(words[id]!);
      }
      done += taken;
      if (taken < n) break;
    }
    this.#exports.unlease(at);
    return done;
  }

  /** Puts an empty table in place of this one, which is kept until `swapEnd`. @throws {FibError} ENOBUFS */
  swapBegin(): void {
    if (this.#exports.swapBegin() < 0) throw outOfMemory('replaceAll');
    this.#changed(-this.size);
  }

  /** Lets go of the one that was kept, or with `isBack` of what has come since. */
  swapEnd(isBack: boolean): void {
    this.#exports.swapEnd(isBack ? 1 : 0);
    this.#changed(this.#exports.count() - this.size);
  }

  /** Room for `bytes` bytes, the same until more is asked for. @throws {FibError} ENOBUFS */
  scratch(bytes: number): number {
    if (bytes > this.#scratchBytes) {
      const at = this.lease(bytes);
      if (this.#scratch !== 0) this.unlease(this.#scratch);
      this.#scratch = at;
      this.#scratchBytes = bytes;
    }
    return this.#scratch;
  }

  /** Asks for n addresses at `dst`: u32 of IPv4, or 16 bytes of IPv6; ids to `out`. */
  lookupBatch(dst: number, out: number, n: number, miss: number, bigEndian: boolean): void {
    this.#exports.lookupBatch(dst, out, n, miss, bigEndian ? 1 : 0);
    this.#quick.forget();
  }

  /** Puts in place of n ids what stands for each in the words at `values`. */
  fetch(ids: number, n: number, values: number): void {
    this.#exports.fetch(ids, n, values);
  }

  /**
   * Reads what is plain of n texts, which stand one behind the other and end at `ends`, with 48 bytes of anything behind the
   * last: addresses of this family for `lookupBatch` to `dst`, and which rows they were to `rows`. How many.
   */
  readTexts(text: number, ends: number, n: number, dst: number, rows: number): number {
    return this.#exports.readTexts(text, ends, n, dst, rows);
  }

  /** Gives the table another shape of view, FORWARD_*. @throws {FibError} ENOBUFS */
  setForward(shape: number): void {
    this.#quick.forget();
    if (this.#exports.viewSet(shape) < 0) throw outOfMemory('setForward');
  }

  /** Bytes in use: of the trie, of the view, and of linear memory in all. */
  memory(): { trie: number; view: number; memory: number } {
    const words = this.#u32;
    let trie = 0;
    for (let kind = abi.KIND_TRIE; kind < abi.KIND_WORDS; kind++) {
      const at = (abi.STATE_KINDS + kind * abi.KIND_BYTES) >>> 2;
      trie += words[at + abi.KIND_OUT / 4]! * words[at + abi.KIND_SIZE / 4]!;
    }
    const view = words[(abi.STATE_FORWARD + 4) >>> 2]!;
    return { trie, view, memory: this.#exports.memory.buffer.byteLength };
  }

  /** Walks everything. @throws {FibError} EUCLEAN naming the first invariant that does not hold */
  check(): void {
    throwBroken(this.#exports.check(), 'check');
  }
}

function outOfMemory(operation: string): FibError {
  return new FibError('ENOBUFS', operation, { detail: 'out of memory; maxBytes or the host bounds it' });
}
