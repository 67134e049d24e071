/**
 * endpoint/attrs.ts - the attributes of a request, checked against a policy before a handler looks at them.
 *
 * Three ways, which the kernel keeps apart by handler (NL-14):
 *   lenient  unknown numbers are skipped, longer payloads accepted; a tail that is no attribute only warns (CFG-4)
 *   strict   unknown numbers, other lengths, a wrong nested bit and such a tail are refused
 *   closed   unknown numbers and such a tail are refused, lengths are as in lenient: strict checks of old requests
 * Some lenient handlers are strict from a certain number on, that of the attributes that came later.
 *
 * A refusal names the attribute by its offset, and what it should be by a policy attribute (NL-40): a list of
 *   2, 3 least and greatest value s64 | 4, 5 the same u64 | 12 mask u64 | 7 greatest length u32; then 1 kind u32
 */
import { EINVAL, ERANGE, NLA_F_NESTED, NLA_TYPE_MASK } from '../abi/uapi.js';
import { FibError } from '../errors.js';
import { Writer, align4, u16, u32, u32be } from '../wire/bytes.js';
import { RTATTR_HEADER } from '../wire/rtattr.js';
import type { Request } from './request.js';

/** What an attribute holds. `any` is unchecked but for its least length; `refused` is known and never accepted. */
export type AttrKind =
  'u8' | 'u16' | 'u32' | 's32' | 'u64' | 'be32' | 'flag' | 'string' | 'binary' | 'nested' | 'any' | 'refused';

/** The rule for one attribute. */
export interface AttrRule {
  readonly kind: AttrKind;
  /** Least length of `any`, least value of an integer. */
  readonly min?: number;
  /** Greatest length of `binary` and `string` (its NUL left out), greatest value of an integer. */
  readonly max?: number;
  /** The bits that an integer may have. */
  readonly mask?: number;
}

/** Attribute number to rule. A number without one is unchecked where checks are lenient, unsupported where strict. */
export type Policy = Readonly<Record<number, AttrRule>>;

/** `lenient`, `closed`, `strict`, or the number from which on a lenient handler is strict. */
export type AttrMode = 'lenient' | 'closed' | 'strict' | number;

/** Bytes of the integers. */
const INTEGER_BYTES: Partial<Record<AttrKind, number>> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, be32: 4 };

/** NL_ATTR_TYPE_*, what a policy attribute calls the kinds; the two others are never told. */
const POLICY_KIND: Partial<Record<AttrKind, number>> = {
  flag: 1,
  u8: 2,
  u16: 3,
  u32: 4,
  u64: 5,
  s32: 8,
  binary: 10,
  string: 11,
  nested: 13,
};

/** NL_POLICY_TYPE_ATTR_*. */
const POLICY_TYPE = 1;
const POLICY_MIN_SIGNED = 2;
const POLICY_MAX_SIGNED = 3;
const POLICY_MIN_VALUE = 4;
const POLICY_MAX_VALUE = 5;
const POLICY_MAX_LENGTH = 7;
const POLICY_MASK = 12;

/** Attributes of one list by their number, 14 bits; of those that came twice the last (CFG-8). */
export class Attrs {
  readonly #bytes: Uint8Array;
  readonly #at = new Map<number, number>();

  /** @param bytes the whole message */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @internal Says that attribute `type` has its header at `at`. */
  set(type: number, at: number): void {
    this.#at.set(type, at);
  }

  has(type: number): boolean {
    return this.#at.has(type);
  }

  /** The numbers that are there, in the order in which they came first. */
  types(): number[] {
    return [...this.#at.keys()];
  }

  /** Where the header is, from the start of the message; 0 = there is no such attribute. */
  offset(type: number): number {
    return this.#at.get(type) ?? 0;
  }

  /** The payload, a view. */
  bytes(type: number): Uint8Array | undefined {
    const at = this.#at.get(type);
    return at === undefined ? undefined : payloadAt(this.#bytes, at);
  }

  u8(type: number): number | undefined {
    return this.bytes(type)?.[0];
  }

  u16(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes && u16(bytes, 0);
  }

  u32(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes && u32(bytes, 0);
  }

  i32(type: number): number | undefined {
    const value = this.u32(type);
    return value === undefined ? undefined : value | 0;
  }

  /** u16 in network order. */
  be16(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes && (bytes[0]! << 8) | bytes[1]!;
  }

  /** u32 in network order: an IPv4 address as a number. */
  be32(type: number): number | undefined {
    const bytes = this.bytes(type);
    return bytes && u32be(bytes, 0);
  }

  /** Text up to the first NUL, which may be missing (NL-12), a character for each byte. */
  text(type: number): string | undefined {
    const bytes = this.bytes(type);
    if (bytes === undefined) return undefined;
    const nul = bytes.indexOf(0);
    return String.fromCharCode(...(nul < 0 ? bytes : bytes.subarray(0, nul)));
  }
}

/**
 * The attributes of a message from `from` to `to` (default: its end), each checked as `policy` says.
 * @param maxType the greatest number that the handler knows
 * @throws {FibError} EINVAL, ERANGE with the kernel's text, the attribute's offset and the policy attribute
 */
export function parseAttrs(
  request: Pick<Request, 'bytes' | 'warn'>,
  from: number,
  policy: Policy,
  maxType: number,
  mode: AttrMode,
  to = request.bytes.length,
): Attrs {
  const { bytes } = request;
  if (to < from) throw new FibError('EINVAL', 'request', { extack: 'Invalid header length' });
  const strictFrom = typeof mode === 'number' ? mode : mode === 'strict' ? 0 : Infinity;
  const isClosed = mode === 'strict' || mode === 'closed';
  const attrs = new Attrs(bytes);
  let at = from;
  while (to - at >= RTATTR_HEADER) {
    const length = u16(bytes, at);
    if (length < RTATTR_HEADER || length > to - at) break;
    const type = u16(bytes, at + 2) & NLA_TYPE_MASK;
    if (type !== 0 && type <= maxType) {
      checkAttr(bytes, at, policy[type], type >= strictFrom);
      attrs.set(type, at);
    } else if (isClosed) {
      throw refusal(EINVAL, 'Unknown attribute type', at);
    }
    at += align4(length);
  }
  if (at < to) warnLeftover(request, isClosed);
  return attrs;
}

/** An attribute of a list that has no policy. */
export interface PlainAttr {
  readonly type: number;
  /** Where its header is. */
  readonly at: number;
  /** A view. */
  readonly payload: Uint8Array;
}

/** The attributes of `bytes[from, to)`, unchecked; what is no attribute ends the list (NL-11). */
export function plainAttrs(bytes: Uint8Array, from: number, to: number): PlainAttr[] {
  const attrs: PlainAttr[] = [];
  for (let at = from; to - at >= RTATTR_HEADER;) {
    const length = u16(bytes, at);
    if (length < RTATTR_HEADER || length > to - at) break;
    attrs.push({ type: u16(bytes, at + 2) & NLA_TYPE_MASK, at, payload: payloadAt(bytes, at) });
    at += align4(length);
  }
  return attrs;
}

/** A tail that is no attribute. */
function warnLeftover(request: Pick<Request, 'warn'>, isClosed: boolean): void {
  const extack = 'bytes leftover after parsing attributes';
  if (isClosed) throw new FibError('EINVAL', 'request', { extack });
  request.warn(extack);
}

/** Checks the attribute whose header is at `at`. */
function checkAttr(bytes: Uint8Array, at: number, rule: AttrRule | undefined, isStrict: boolean): void {
  if (rule === undefined || rule.kind === 'refused') {
    if (isStrict || rule !== undefined) throw refusal(EINVAL, 'Unsupported attribute', at);
    return;
  }
  const payload = payloadAt(bytes, at);
  const size = INTEGER_BYTES[rule.kind];
  if (isStrict && size !== undefined && payload.length !== size) {
    throw refusal(EINVAL, 'invalid attribute length', at, rule);
  }
  if (isStrict) checkNested((u16(bytes, at + 2) & NLA_F_NESTED) !== 0, rule, at);
  if (!isSized(payload, rule)) throw refusal(ERANGE, 'Attribute failed policy validation', at, rule);
  if (size !== undefined) checkValue(payload, size, rule, at);
}

function checkNested(isNested: boolean, rule: AttrRule, at: number): void {
  if (rule.kind === 'nested' && !isNested) throw refusal(EINVAL, 'NLA_F_NESTED is missing', at, rule);
  if (rule.kind !== 'nested' && rule.kind !== 'any' && isNested) {
    throw refusal(EINVAL, 'NLA_F_NESTED not expected', at, rule);
  }
}

/** True if the length fits the rule. */
function isSized(payload: Uint8Array, { kind, min = 0, max }: AttrRule): boolean {
  const { length } = payload;
  switch (kind) {
    case 'flag':
      return length === 0;
    case 'nested':
      return length === 0 || length >= RTATTR_HEADER;
    case 'string':
      return length > 0 && length - (payload[length - 1] === 0 ? 1 : 0) <= (max ?? length);
    case 'binary':
      return length >= min && length <= (max ?? length);
    default:
      return length >= (INTEGER_BYTES[kind] ?? min);
  }
}

/** Refuses an integer out of range or with other bits than it may have. */
function checkValue(payload: Uint8Array, size: number, rule: AttrRule, at: number): void {
  if (rule.min === undefined && rule.max === undefined && rule.mask === undefined) return;
  const value = size === 1 ? payload[0]! : size === 2 ? u16(payload, 0) : u32(payload, 0);
  if (rule.mask !== undefined && (value & ~rule.mask) !== 0) {
    throw refusal(EINVAL, 'reserved bit set', at); // the only one that comes without its policy
  }
  if (value < (rule.min ?? 0) || value > (rule.max ?? value)) {
    throw refusal(ERANGE, 'integer out of range', at, rule);
  }
}

function refusal(errno: number, extack: string, at: number, rule?: AttrRule): FibError {
  const policy = rule && encodePolicy(rule);
  return FibError.fromErrno(errno, 'request', { extack, attr: at, ...(policy && { policy }) });
}

/** What a rule looks like in a policy attribute; undefined for a kind that is not told. */
function encodePolicy(rule: AttrRule): Uint8Array | undefined {
  const kind = POLICY_KIND[rule.kind];
  if (kind === undefined) return undefined;
  const w = new Writer();
  const size = INTEGER_BYTES[rule.kind];
  if (rule.kind === 's32') {
    putU64(w, POLICY_MIN_SIGNED, BigInt.asUintN(64, -(1n << 31n)));
    putU64(w, POLICY_MAX_SIGNED, (1n << 31n) - 1n);
  } else if (size !== undefined && rule.mask !== undefined) {
    putU64(w, POLICY_MASK, BigInt(rule.mask));
  } else if (size !== undefined) {
    putU64(w, POLICY_MIN_VALUE, BigInt(rule.min ?? 0));
    putU64(w, POLICY_MAX_VALUE, BigInt(rule.max ?? (1n << BigInt(8 * size)) - 1n));
  } else if (rule.max !== undefined) {
    w.attr32(POLICY_MAX_LENGTH, rule.max);
  }
  w.attr32(POLICY_TYPE, kind);
  return w.take();
}

function putU64(w: Writer, type: number, value: bigint): void {
  const at = w.open(type);
  w.u32(Number(value & 0xffffffffn));
  w.u32(Number(value >> 32n));
  w.close(at);
}

function payloadAt(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at + RTATTR_HEADER, at + u16(bytes, at));
}
