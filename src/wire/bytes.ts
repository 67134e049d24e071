/**
 * wire/bytes.ts - reading and writing integers in byte arrays; what all codecs of this room stand on.
 *
 * Host order is little-endian here (NL, preamble); addresses and a few ports are in network order (big-endian).
 * Readers do not check bounds: a codec has looked at the length before.
 */
import { FibError } from '../errors.js';

/** `n` rounded up to a multiple of 4. */
export function align4(n: number): number {
  return (n + 3) & ~3;
}

/** u16 in host order. */
export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** u32 in host order. */
export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** u32 in network order: an IPv4 address as a number in host order. */
export function u32be(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** True if two runs of bytes are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The bytes of a string up to its NUL, which may be missing (NL-12). */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
}

/** Bytes being written, one behind the other; grows by doubling. */
export class Writer {
  #bytes = new Uint8Array(64); // fits most routes; V8 keeps up to 64 bytes on its heap, which is several times faster
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What has been written, as a copy of exactly its size. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  u8(value: number): void {
    const at = this.#room(1); // first: growing replaces the array
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    this.#put16(this.#room(2), value);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#put16(at, value);
    this.#put16(at + 2, value >>> 16);
  }

  /** u32 in network order. */
  u32be(value: number): void {
    const at = this.#room(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** `n` zero bytes. */
  zeros(n: number): void {
    this.#room(n); // never written before, so zero
  }

  /** Opens an attribute: its header with the length to come. Gives the place that `close` wants. */
  open(type: number): number {
    const at = this.#room(4);
    this.#put16(at + 2, type);
    return at;
  }

  /**
   * Closes the TLV opened at `at`: its u16 length, then zeros up to a multiple of 4, which the length leaves out (NL-9).
   * @throws {FibError} EINVAL: longer than a u16 can say
   */
  close(at: number): void {
    const length = this.#length - at;
    if (length > 0xffff) {
      throw new FibError('EINVAL', 'encode', { detail: `attribute of ${length} bytes, 65535 are possible` });
    }
    this.#put16(at, length);
    this.zeros(align4(length) - length);
  }

  /** Opens a record that begins with its u16 length, as struct rtnexthop does; to be closed as an attribute is. */
  openRecord(): number {
    return this.#room(2);
  }

  /** A whole attribute. */
  attr(type: number, payload: Uint8Array): void {
    const at = this.open(type);
    this.raw(payload);
    this.close(at);
  }

  /** A whole attribute with a u32 in host order. */
  attr32(type: number, value: number): void {
    const at = this.open(type);
    this.u32(value);
    this.close(at);
  }

  #put16(at: number, value: number): void {
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
  }

  /** Takes the next `n` bytes, which are zero, and gives their place. */
  #room(n: number): number {
    const at = this.#length;
    this.#length += n;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }
}
