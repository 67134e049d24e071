/**
 * ip/attrs.ts - the attributes of one message, by their numbers; of several with one number the first counts.
 */
import { u16, u32 } from '../wire/bytes.js';
import { decodeAttrs, type RtAttr } from '../wire/rtattr.js';
import { textOf } from './session.js';

/** Attributes as a command reads them: one that is not there, or is too short, gives undefined. */
export class Attrs {
  readonly #list: readonly RtAttr[];

  /** @throws {WireError} a list with an impossible length */
  constructor(bytes: Uint8Array) {
    this.#list = decodeAttrs(bytes);
  }

  /** All of them with this number, in order. */
  all(type: number): Uint8Array[] {
    return this.#list.filter((attr) => attr.type === type).map(({ payload }) => payload);
  }

  bytes(type: number): Uint8Array | undefined {
    return this.#list.find((attr) => attr.type === type)?.payload;
  }

  has(type: number): boolean {
    return this.bytes(type) !== undefined;
  }

  u8(type: number): number | undefined {
    return this.bytes(type)?.[0];
  }

  u16(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes === undefined || bytes.length < 2 ? undefined : u16(bytes, 0);
  }

  u32(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes === undefined || bytes.length < 4 ? undefined : u32(bytes, 0);
  }

  /** A u64 as a number, exact up to 2^53. */
  u64(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes === undefined || bytes.length < 8 ? undefined : u64(bytes, 0);
  }

  text(type: number): string | undefined {
    const bytes = this.bytes(type);
    return bytes && textOf(bytes);
  }

  nest(type: number): Attrs | undefined {
    const bytes = this.bytes(type);
    return bytes && new Attrs(bytes);
  }
}

/** u64 in host order as a number, exact up to 2^53. */
export function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 0x100000000;
}
