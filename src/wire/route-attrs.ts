/**
 * wire/route-attrs.ts - the attributes of a route message, or of one record of its RTA_MULTIPATH, taken apart.
 *
 * A list of attributes is walked once, noting where the last one of each type stands, as the kernel does (CFG-8);
 * fields are then read as a decoder asks for them. What no field holds is given back as it came: attributes of types
 * without a field, earlier ones of a repeated type, and *odd* ones, whose content does not fit their field (D12).
 * Rules NL-10, NL-16, CFG-6, CFG-8, CFG-17, CFG-18, CFG-73, CFG-88, V6-7.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import type { NextHop } from '../model/route.js';
import { formatAddress4, formatAddress6 } from '../text/address.js';
import { align4, u16, u32, u32be } from './bytes.js';
import { RTATTR_HEADER, attrAt, attrLength } from './rtattr.js';
import type { RtAttr } from './rtattr.js';

/** An interface whose fields may be set. */
export type Mutable<T> = { -readonly [field in keyof T]: T[field] };

/** Number of attribute types that the orders and bit masks cover. */
const TYPES = 32;

/** Attributes whose content a route has fields for. */
const FIELDS = [
  uapi.RTA_TABLE,
  uapi.RTA_DST,
  uapi.RTA_SRC,
  uapi.RTA_OIF,
  uapi.RTA_GATEWAY,
  uapi.RTA_VIA,
  uapi.RTA_PRIORITY,
  uapi.RTA_PREFSRC,
  uapi.RTA_METRICS,
  uapi.RTA_MULTIPATH,
  uapi.RTA_FLOW,
  uapi.RTA_NH_ID,
  uapi.RTA_PREF,
] as const;

/** The same as a bit mask. */
export const MODELLED = bits(FIELDS);

/** Attributes of a record in RTA_MULTIPATH that a path has fields for. */
export const MODELLED_IN_RECORD = bits([uapi.RTA_GATEWAY, uapi.RTA_VIA, uapi.RTA_FLOW]);

/** Attributes that say one path; RTA_MULTIPATH says several. */
export const ONE_PATH = MODELLED_IN_RECORD | bits([uapi.RTA_OIF]);

/** An order of attributes. Those without a place of their own stand last, as they came. */
export interface AttrOrder {
  /** Types in order; all that have fields are among them. */
  readonly types: readonly number[];
  /** Place by type; 32 for types that are not in the list. */
  readonly rank: Uint8Array;
}

/** An IPv4 route, and a record in RTA_MULTIPATH of either family (CFG-88); ENCAP as seen on 6.18. */
export const FIB_ORDER = attrOrder([
  uapi.RTA_TABLE,
  uapi.RTA_DST,
  uapi.RTA_SRC,
  uapi.RTA_PRIORITY,
  uapi.RTA_METRICS,
  uapi.RTA_PREFSRC,
  uapi.RTA_NH_ID,
  uapi.RTA_GATEWAY,
  uapi.RTA_VIA,
  uapi.RTA_OIF,
  uapi.RTA_ENCAP,
  uapi.RTA_ENCAP_TYPE,
  uapi.RTA_FLOW,
  uapi.RTA_MULTIPATH,
]);

/** An IPv6 route, and an answer about one (V6-7). */
const FIB6_ORDER = attrOrder([
  uapi.RTA_TABLE,
  uapi.RTA_DST,
  uapi.RTA_SRC,
  uapi.RTA_IIF,
  uapi.RTA_PREFSRC,
  uapi.RTA_METRICS,
  uapi.RTA_PRIORITY,
  uapi.RTA_NH_ID,
  uapi.RTA_MULTIPATH,
  uapi.RTA_GATEWAY,
  uapi.RTA_VIA,
  uapi.RTA_OIF,
  uapi.RTA_ENCAP,
  uapi.RTA_ENCAP_TYPE,
  uapi.RTA_FLOW,
  uapi.RTA_CACHEINFO,
  uapi.RTA_PREF,
]);

/** An IPv4 answer to RTM_GETROUTE (CFG-73). */
const ANSWER_ORDER = attrOrder([
  uapi.RTA_TABLE,
  uapi.RTA_DST,
  uapi.RTA_SRC,
  uapi.RTA_OIF,
  uapi.RTA_FLOW,
  uapi.RTA_PREFSRC,
  uapi.RTA_GATEWAY,
  uapi.RTA_VIA,
  uapi.RTA_EXPIRES,
  uapi.RTA_METRICS,
  uapi.RTA_MARK,
  uapi.RTA_UID,
  uapi.RTA_IIF,
  uapi.RTA_CACHEINFO,
]);

function attrOrder(first: readonly number[]): AttrOrder {
  const types = [...first, ...FIELDS.filter((type) => !first.includes(type))];
  const rank = new Uint8Array(TYPES).fill(TYPES);
  types.forEach((type, i) => (rank[type] = i));
  return { types, rank };
}

/** Bit mask of attribute types; those past 31 have no bit. */
export function bits(types: readonly number[]): number {
  return types.reduce((mask, type) => (type < TYPES ? mask | (1 << type) : mask), 0);
}

/** The order in which the kernel writes a message. */
export function orderOf(family: number, flags: number): AttrOrder {
  if (family === uapi.AF_INET6) return FIB6_ORDER;
  return flags & uapi.RTM_F_CLONED ? ANSWER_ORDER : FIB_ORDER;
}

/** Place of a type in an order. */
export function rankOf(type: number, order: AttrOrder): number {
  return type < TYPES ? order.rank[type]! : TYPES;
}

/** A list of attributes in `bytes[from, end)`, for a route of `family`. Offset 0 means none: no list begins there. */
export class Attrs {
  /** Every attribute stands in the kernel's order, none twice. */
  tidy = true;
  /** Every attribute has a field, none stands twice. */
  plain = true;
  /** Bit mask of types that have a field but do not fit it. */
  odd = 0;
  /** Bit mask of the types that are there. */
  readonly #there: number = 0;
  /** Offset of the last attribute by type. */
  readonly #at: number[] = NONE.slice();

  /**
   * Walks the list.
   * @param fields bit mask of the types that the decoder has fields for
   * @param base where `bytes` began in a longer stream, for the offsets of errors
   * @throws {WireError} a length below 4 or past the end
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly from: number,
    readonly end: number,
    readonly base: number,
    readonly family: number,
    readonly fields: number,
    order: AttrOrder,
  ) {
    let last = -1;
    for (let at = from; end - at >= RTATTR_HEADER;) {
      const length = attrLength(bytes, at, end, base);
      const type = u16(bytes, at + 2) & uapi.NLA_TYPE_MASK;
      const rank = rankOf(type, order);
      if (rank < last || (rank === last && rank !== TYPES)) this.tidy = false;
      last = rank;
      if (type >= TYPES) {
        this.plain = false;
      } else {
        if (this.#at[type] !== 0) this.tidy = this.plain = false;
        if (!(fields & (1 << type))) this.plain = false;
        this.#at[type] = at;
        this.#there |= 1 << type;
      }
      at += align4(length);
    }
  }

  has(type: number): boolean {
    return this.#at[type] !== 0;
  }

  /** Where the payload of an attribute that is there begins in `bytes`. */
  start(type: number): number {
    return this.#at[type]! + RTATTR_HEADER;
  }

  /** Length of the payload of an attribute that is there. */
  size(type: number): number {
    return u16(this.bytes, this.#at[type]!) - RTATTR_HEADER;
  }

  /** The error for an attribute that is there and cannot be read. */
  error(type: number): WireError {
    return new WireError(`attribute ${type} of ${this.size(type)} bytes`, this.base + this.#at[type]!);
  }

  /** Whether an attribute is there. @throws {WireError} when it has fewer than `size` bytes */
  need(type: number, size: number): boolean {
    if (!this.has(type)) return false;
    if (this.size(type) < size) throw this.error(type);
    return true;
  }

  /** Whether an attribute is there and has `size` bytes; with fewer it is odd. */
  want(type: number, size: number): boolean {
    if (!this.has(type)) return false;
    if (this.size(type) >= size) return true;
    this.odd |= 1 << type;
    return false;
  }

  /** A u32 that must be readable. @throws {WireError} fewer than 4 bytes */
  number(type: number): number | undefined {
    return this.need(type, 4) ? u32(this.bytes, this.start(type)) : undefined;
  }

  /** A u32 that is odd with fewer than 4 bytes. */
  numberOrOdd(type: number): number | undefined {
    return this.want(type, 4) ? u32(this.bytes, this.start(type)) : undefined;
  }

  /** Text of an address of the route's family. @throws {WireError} too few bytes */
  address(type: number): string | undefined {
    if (!this.need(type, addressBytes(this.family))) return undefined;
    return formatAddress(this.family, this.bytes, this.start(type));
  }

  /** Text of a prefix; without an attribute its address is all zeros (CFG-13). @throws {WireError} too few bytes */
  prefix(type: number, length: number): string {
    const zeros = this.family === uapi.AF_INET ? '0.0.0.0' : '::';
    return (this.address(type) ?? zeros) + '/' + length;
  }

  /**
   * What RTA_GATEWAY or RTA_VIA and RTA_FLOW tell about a path.
   * @throws {WireError} a gateway that cannot be read
   */
  path(): Mutable<NextHop> {
    const hop: Mutable<NextHop> = {};
    const [gateway, other] = [this.#gateway(), this.#via()]; // each says what is odd about it
    const via = gateway ?? other;
    if (via !== undefined) hop.via = via;
    const realm = this.numberOrOdd(uapi.RTA_FLOW);
    if (realm !== undefined) hop.realm = realm;
    return hop;
  }

  /** RTA_GATEWAY; 0.0.0.0 means none (CFG-17) and is odd. */
  #gateway(): string | undefined {
    const type = uapi.RTA_GATEWAY;
    if (this.family !== uapi.AF_INET || !this.need(type, 4) || u32be(this.bytes, this.start(type)) !== 0) {
      return this.address(type);
    }
    this.odd |= 1 << type;
    return undefined;
  }

  /** RTA_VIA: u16 family, then the address (CFG-18); odd beside a RTA_GATEWAY or when of a family unknown here. */
  #via(): string | undefined {
    const type = uapi.RTA_VIA;
    if (!this.need(type, 2)) return undefined;
    const family = u16(this.bytes, this.start(type));
    const width = addressBytes(family);
    if (width === 0 || this.has(uapi.RTA_GATEWAY)) {
      this.odd |= 1 << type;
      return undefined;
    }
    if (this.size(type) < 2 + width) throw this.error(type);
    return formatAddress(family, this.bytes, this.start(type) + 2);
  }

  /** Bit mask of the types that are there and fit their fields. */
  held(): number {
    return this.#there & this.fields & ~this.odd;
  }

  /** What no field holds, in wire order; undefined when that is nothing. */
  unknown(): RtAttr[] | undefined {
    if (this.plain && this.odd === 0) return undefined;
    const fit = this.fields & ~this.odd;
    const attrs: RtAttr[] = [];
    for (let at = this.from; this.end - at >= RTATTR_HEADER; at += align4(u16(this.bytes, at))) {
      const attr = attrAt(this.bytes, at);
      const held = attr.type < TYPES && fit & (1 << attr.type) && this.#at[attr.type] === at;
      if (!held) attrs.push(attr);
    }
    return attrs.length > 0 ? attrs : undefined;
  }

  /** All types in wire order. */
  order(): number[] {
    const types: number[] = [];
    for (let at = this.from; this.end - at >= RTATTR_HEADER; at += align4(u16(this.bytes, at))) {
      types.push(u16(this.bytes, at + 2) & uapi.NLA_TYPE_MASK);
    }
    return types;
  }
}

const NONE = new Array<number>(TYPES).fill(0);

/** Bytes of an address of a family, 0 for families without routes here. */
export function addressBytes(family: number): number {
  return family === uapi.AF_INET ? 4 : family === uapi.AF_INET6 ? 16 : 0;
}

function formatAddress(family: number, bytes: Uint8Array, at: number): string {
  return family === uapi.AF_INET ? formatAddress4(u32be(bytes, at)) : formatAddress6(bytes, at);
}
