/**
 * feed/parts.ts - how messages become parts: as they stand in their source, or put together anew.
 */
import type { MessagesPart } from '../model/feed.js';
import type { NlMsg } from '../wire/nlmsg.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { align4 } from '../wire/bytes.js';
import type { Piece } from '../wire/pieces.js';

/** Bytes of a part, about: enough to be worth a call, few enough that lookups go on in between. */
export const PART_BYTES = 1 << 16;

/** Messages that stand in a row in the source, as one part; pieces of the same chunk are added while they fit. */
export class Row {
  #first: Piece | undefined;
  #end = 0;

  /** Adds the piece behind those there are; false when it does not stand right behind them, or they are enough. */
  add(piece: Piece): boolean {
    if (this.#first === undefined) this.#first = piece;
    else if (piece.bytes !== this.#first.bytes || piece.at !== this.#end) return false;
    else if (this.#end - this.#first.at > PART_BYTES) return false;
    this.#end = piece.at + piece.length;
    return true;
  }

  /** What was added, and begins anew. */
  take(timeMs?: number): MessagesPart | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first === undefined) return undefined;
    const origin = first.base + first.at;
    return {
      kind: 'messages',
      bytes: first.bytes.subarray(first.at, this.#end),
      place: (offset) => origin + offset,
      ...(timeMs !== undefined && { timeMs }),
    };
  }
}

/** Messages put together one by one, each with the place that it came from. */
export class Pile {
  #bytes = new Uint8Array(PART_BYTES);
  #length = 0;
  #starts: number[] = [];
  #origins: number[] = [];

  get length(): number {
    return this.#length;
  }

  /** Adds a copy of a message, of which `change` may change the bytes. */
  add(message: NlMsg, change?: (copy: Uint8Array) => void): void {
    const { type, flags, seq, pid, payload, offset } = message;
    const size = NLMSG_HEADER + align4(payload.length);
    this.#grow(size);
    const at = this.#length;
    const copy = this.#bytes.subarray(at, at + size);
    const v = new DataView(copy.buffer, copy.byteOffset, size);
    v.setUint32(0, NLMSG_HEADER + payload.length, true);
    v.setUint16(4, type, true);
    v.setUint16(6, flags, true);
    v.setUint32(8, seq, true);
    v.setUint32(12, pid, true);
    copy.set(payload, NLMSG_HEADER);
    change?.(copy);
    this.#starts.push(at);
    this.#origins.push(offset);
    this.#length += size;
  }

  /** What was added, and begins anew; undefined when that is nothing. */
  take(timeMs?: number): MessagesPart | undefined {
    if (this.#length === 0) return undefined;
    const starts = this.#starts;
    const origins = this.#origins;
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(PART_BYTES);
    this.#length = 0;
    this.#starts = [];
    this.#origins = [];
    const place = (offset: number): number => {
      const i = starts.findLastIndex((start) => start <= offset);
      return i < 0 ? offset : origins[i]! + offset - starts[i]!;
    };
    return { kind: 'messages', bytes, place, ...(timeMs !== undefined && { timeMs }) };
  }

  #grow(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * this.#bytes.length + size);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
