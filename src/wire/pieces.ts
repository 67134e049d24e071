/**
 * wire/pieces.ts - a stream that comes in pieces, cut into its records: what all readers of streams stand on.
 *
 * What is held is the pieces that came since the last whole record began: one record and one piece at most. A length that
 * a record claims is never allocated ahead; it only says how many bytes to wait for, and each format bounds it.
 */
import { WireError } from '../errors.js';

/**
 * Bytes of the record that begins at `bytes[at]`, or, when they are not known yet, how many are needed to know.
 * @param base where `bytes` began in the stream, for the offsets of errors
 * @throws {WireError} no record can begin like this
 */
export type SizeOf = (bytes: Uint8Array, at: number, base: number) => Size;

/** How long a record is; not `whole`: how much must be there to know. */
export interface Size {
  readonly bytes: number;
  readonly isKnown: boolean;
}

/** A record: `length` bytes from `at` on, of which nothing is overwritten later. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly length: number;
  /** Where `bytes` began in the stream. */
  readonly base: number;
}

/** Cuts a stream into records. */
export class Splitter {
  readonly #sizeOf: SizeOf;
  readonly #what: string;
  #held: Uint8Array[] = [];
  #length = 0;
  #needed = 1;
  #base = 0;

  /** @param what the record is called in errors */
  constructor(what: string, sizeOf: SizeOf) {
    this.#what = what;
    this.#sizeOf = sizeOf;
  }

  /**
   * The records that are whole now.
   * @throws {WireError} once reached: no record can begin like this
   */
  *push(chunk: Uint8Array): Generator<Piece, void, undefined> {
    this.#held.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    const bytes = joined(this.#held, this.#length);
    const base = this.#base;
    let at = 0;
    try {
      for (;;) {
        const left = bytes.length - at;
        const size = left === 0 ? NOTHING : this.#sizeOf(bytes, at, base);
        this.#needed = size.bytes;
        if (size.bytes > left) break;
        if (!size.isKnown) throw new RangeError('a size is not known although all that it needs is there');
        const piece = { bytes, at, length: size.bytes, base };
        at += size.bytes;
        yield piece;
      }
    } finally {
      this.#held = at < bytes.length ? [bytes.subarray(at)] : [];
      this.#length = bytes.length - at;
      this.#base = base + at;
    }
  }

  /** How much of a record that is not whole is held, and where it began. */
  get rest(): { readonly bytes: Uint8Array; readonly base: number } {
    return { bytes: joined(this.#held, this.#length), base: this.#base };
  }

  /** @throws {WireError} the stream ended within a record */
  end(): void {
    if (this.#length === 0) return;
    throw new WireError(
      `the stream ends within a ${this.#what}, after ${this.#length} bytes of it`,
      this.#base,
    );
  }
}

const NOTHING: Size = { bytes: 1, isKnown: false };

/** A size that is known. */
export function whole(bytes: number): Size {
  return { bytes, isKnown: true };
}

/** So many bytes are needed to know more. */
export function needs(bytes: number): Size {
  return { bytes, isKnown: false };
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
