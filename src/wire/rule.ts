/**
 * wire/rule.ts - RTM_NEWRULE and RTM_DELRULE: struct fib_rule_hdr and attributes <-> `Rule`.
 *   0        1      2      3     4       5      6      7        8       12
 *   | family | dlen | slen | tos | table | res1 | res2 | action | flags | attributes ...
 * The attributes come in the kernel's order (RULE-51), so that what the kernel wrote encodes to the same bytes again.
 *
 * Attributes that a `Rule` has no field for, or that are too short for theirs, stay in `unknown` and come back out
 * behind the others. A longer attribute is read up to what we know; of a repeated one the last counts.
 * Sources: <linux/fib_rules.h>, rules NL-26, NL-27, RULE-51, RULE-52.
 */
import * as uapi from '../abi/uapi.js';
import { FibError, WireError } from '../errors.js';
import { ruleActionNumber, ruleActionWord, type NumberRange, type Rule } from '../model/rule.js';
import { formatPrefix4, formatPrefix6, parseInterface4, parseInterface6 } from '../text/prefix.js';
import { Writer, u16, u32 } from './bytes.js';
import { decodeAttrs, putAttr, type RtAttr } from './rtattr.js';

/** Bytes of struct fib_rule_hdr. */
export const RULE_HEADER = 12;

/** What suppresses nothing (RULE-51). */
const OFF = 0xffffffff;
/** FRA_PAD: only there to align what follows (NL-13). */
const FRA_PAD = 18;

/** A rule as a message carries it. */
export interface RuleMessage extends Rule {
  /** Attributes without a field, or unfit for it; payloads are views. */
  readonly unknown?: readonly RtAttr[];
}

type MutableMessage = { -readonly [field in keyof RuleMessage]: RuleMessage[field] };

// ---- decode

/** Puts the payload of an attribute into the rule. */
type Reader = (rule: MutableMessage, payload: Uint8Array) => void;

/** Least payload of each attribute that has a field, and how it is read. */
const READERS: Readonly<Record<number, readonly [least: number, read: Reader]>> = {
  [uapi.FRA_IIFNAME]: [1, (rule, p) => set(rule, 'iif', text(p))],
  [uapi.FRA_OIFNAME]: [1, (rule, p) => set(rule, 'oif', text(p))],
  [uapi.FRA_GOTO]: [4, (rule, p) => (rule.goto = u32(p, 0))],
  [uapi.FRA_PRIORITY]: [4, (rule, p) => (rule.priority = u32(p, 0))],
  [uapi.FRA_FWMARK]: [4, (rule, p) => set(rule, 'fwmark', u32(p, 0))],
  [uapi.FRA_FLOW]: [4, (rule, p) => set(rule, 'realms', u32(p, 0))],
  [uapi.FRA_TUN_ID]: [8, (rule, p) => (rule.tunId = u64be(p))],
  [uapi.FRA_SUPPRESS_IFGROUP]: [4, (rule, p) => set(rule, 'suppressGroup', length(p))],
  [uapi.FRA_SUPPRESS_PREFIXLEN]: [4, (rule, p) => set(rule, 'suppressPrefixLength', length(p))],
  [uapi.FRA_TABLE]: [4, (rule, p) => (rule.table = u32(p, 0))],
  [uapi.FRA_FWMASK]: [4, (rule, p) => (rule.fwmask = u32(p, 0))],
  [uapi.FRA_L3MDEV]: [1, (rule, p) => (rule.l3mdev = p[0] !== 0)],
  [uapi.FRA_UID_RANGE]: [8, (rule, p) => (rule.uidrange = { start: u32(p, 0), end: u32(p, 4) })],
  [uapi.FRA_PROTOCOL]: [1, (rule, p) => (rule.protocol = p[0]!)],
  [uapi.FRA_IP_PROTO]: [1, (rule, p) => (rule.ipproto = p[0]!)],
  [uapi.FRA_SPORT_RANGE]: [4, (rule, p) => (rule.sport = { start: u16(p, 0), end: u16(p, 2) })],
  [uapi.FRA_DPORT_RANGE]: [4, (rule, p) => (rule.dport = { start: u16(p, 0), end: u16(p, 2) })],
  [uapi.FRA_DSCP]: [1, (rule, p) => (rule.dscp = p[0]!)],
  [uapi.FRA_SPORT_MASK]: [2, (rule, p) => (rule.sportMask = u16(p, 0))],
  [uapi.FRA_DPORT_MASK]: [2, (rule, p) => (rule.dportMask = u16(p, 0))],
  [uapi.FRA_DSCP_MASK]: [1, (rule, p) => (rule.dscpMask = p[0]!)],
};

/** Sets an optional field when there is something to say. */
function set<F extends keyof MutableMessage>(
  rule: MutableMessage,
  field: F,
  value: MutableMessage[F] | undefined,
): void {
  if (value !== undefined) rule[field] = value;
}

/** Text up to the first NUL (NL-12), a character for each byte; undefined when empty. */
function text(payload: Uint8Array): string | undefined {
  const nul = payload.indexOf(0);
  const bytes = nul < 0 ? payload : payload.subarray(0, nul);
  return bytes.length === 0 ? undefined : String.fromCharCode(...bytes);
}

/** A number that is off at its greatest. */
function length(payload: Uint8Array): number | undefined {
  const value = u32(payload, 0);
  return value === OFF ? undefined : value;
}

function u64be(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.subarray(0, 8)) value = (value << 8n) | BigInt(byte);
  return value;
}

/**
 * The rule in the payload of a message (what follows the nlmsghdr).
 * @param base where `payload` began in a longer stream, for the offsets of errors
 * @throws {WireError} fewer than 12 bytes, neither family 2 nor 10, an impossible length, or a prefix that cannot be read
 */
export function decodeRule(payload: Uint8Array, base = 0): RuleMessage {
  if (payload.length < RULE_HEADER) throw new WireError(`fib_rule_hdr of ${payload.length} bytes`, base);
  const family = payload[0]!;
  if (family !== uapi.AF_INET && family !== uapi.AF_INET6)
    throw new WireError(`rule of family ${family}`, base);
  const rule: MutableMessage = {
    family,
    priority: 0,
    action: ruleActionWord(payload[7]!),
    table: payload[4]!,
    tos: payload[3]!,
    protocol: 0,
    flags: u32(payload, 8),
  };
  const attrs = decodeAttrs(payload.subarray(RULE_HEADER), base + RULE_HEADER);
  set(rule, 'to', prefixOf(attrs, uapi.FRA_DST, family, payload[1]!, base));
  set(rule, 'from', prefixOf(attrs, uapi.FRA_SRC, family, payload[2]!, base));
  const unknown = attrs.filter((attr) => !isRead(rule, attr));
  if (unknown.length > 0) rule.unknown = unknown;
  return rule;
}

/** Reads an attribute into the rule; false when it has to be kept as it is. */
function isRead(rule: MutableMessage, { type, payload }: RtAttr): boolean {
  if (type === uapi.FRA_DST || type === uapi.FRA_SRC || type === FRA_PAD) return true;
  const [least, read] = READERS[type] ?? [Infinity];
  if (payload.length < least || read === undefined) return false;
  read(rule, payload);
  return true;
}

/** A prefix of a length that the header tells, undefined when that is 0. */
function prefixOf(
  attrs: readonly RtAttr[],
  type: number,
  family: number,
  bits: number,
  base: number,
): string | undefined {
  if (bits === 0) return undefined;
  const isInet = family === uapi.AF_INET;
  const bytes = attrs.findLast((attr) => attr.type === type)?.payload;
  const size = isInet ? 4 : 16;
  if (bytes === undefined || bytes.length < size || bits > 8 * size) {
    throw new WireError(`${type === uapi.FRA_SRC ? 'source' : 'destination'} prefix of ${bits} bits`, base);
  }
  if (!isInet) return formatPrefix6(bytes, bits);
  return formatPrefix4((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!, bits);
}

// ---- encode

/**
 * The payload of a message for a rule, as the kernel writes it.
 * @throws {FibError} EINVAL: a prefix or an action that cannot be read
 */
export function encodeRule(rule: RuleMessage): Uint8Array {
  const w = new Writer();
  const to = prefix(rule.family, rule.to);
  const from = prefix(rule.family, rule.from);
  const { table, tos, action, flags } = rule;
  const small = table > 0xff ? uapi.RT_TABLE_COMPAT : table;
  for (const byte of [rule.family, to.length, from.length, tos, small, 0, 0, actionNumber(action)])
    w.u8(byte);
  w.u32(flags);
  w.attr32(uapi.FRA_TABLE, table);
  w.attr32(uapi.FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength ?? OFF);
  attr8(w, uapi.FRA_PROTOCOL, rule.protocol);
  attrText(w, uapi.FRA_IIFNAME, rule.iif);
  attrText(w, uapi.FRA_OIFNAME, rule.oif);
  if (rule.priority !== 0) w.attr32(uapi.FRA_PRIORITY, rule.priority);
  encodeMark(w, rule);
  if (rule.goto !== undefined) w.attr32(uapi.FRA_GOTO, rule.goto);
  encodeSelectors(w, rule);
  if (to.length > 0) w.attr(uapi.FRA_DST, to.bytes);
  if (from.length > 0) w.attr(uapi.FRA_SRC, from.bytes);
  if (rule.realms !== undefined) w.attr32(uapi.FRA_FLOW, rule.realms);
  for (const attr of rule.unknown ?? []) putAttr(w, attr);
  return w.take();
}

/** The mark and its mask, which is there when either is not 0. */
function encodeMark(w: Writer, { fwmark = 0, fwmask }: Rule): void {
  if (fwmark !== 0) w.attr32(uapi.FRA_FWMARK, fwmark);
  const mask = fwmask ?? (fwmark === 0 ? 0 : 0xffffffff);
  if (fwmark !== 0 || mask !== 0) w.attr32(uapi.FRA_FWMASK, mask);
}

/** FRA_TUN_ID to FRA_DSCP_MASK. */
function encodeSelectors(w: Writer, rule: Rule): void {
  if (rule.tunId !== undefined) attr64be(w, uapi.FRA_TUN_ID, rule.tunId);
  if (rule.l3mdev) attr8(w, uapi.FRA_L3MDEV, 1);
  if (rule.uidrange !== undefined) {
    const at = w.open(uapi.FRA_UID_RANGE);
    w.u32(rule.uidrange.start);
    w.u32(rule.uidrange.end);
    w.close(at);
  }
  encodePorts(w, rule.sport, rule.sportMask, uapi.FRA_SPORT_RANGE, uapi.FRA_SPORT_MASK);
  encodePorts(w, rule.dport, rule.dportMask, uapi.FRA_DPORT_RANGE, uapi.FRA_DPORT_MASK);
  if (rule.ipproto !== undefined) attr8(w, uapi.FRA_IP_PROTO, rule.ipproto);
  if (rule.suppressGroup !== undefined) w.attr32(uapi.FRA_SUPPRESS_IFGROUP, rule.suppressGroup);
  if (rule.dscp !== undefined) attr8(w, uapi.FRA_DSCP, rule.dscp);
  if (rule.dscpMask !== undefined) attr8(w, uapi.FRA_DSCP_MASK, rule.dscpMask);
}

function encodePorts(
  w: Writer,
  range: NumberRange | undefined,
  mask: number | undefined,
  rangeType: number,
  maskType: number,
): void {
  if (range !== undefined) attr16(w, rangeType, range.start, range.end);
  if (mask !== undefined) attr16(w, maskType, mask);
}

/** Length and bytes of a prefix, 0 for none. */
function prefix(
  family: number,
  text: string | undefined,
): { readonly length: number; readonly bytes: Uint8Array } {
  if (text === undefined) return { length: 0, bytes: new Uint8Array() };
  if (family === uapi.AF_INET6) {
    const { length, address } = parseInterface6(text);
    return { length, bytes: address };
  }
  const { length, address } = parseInterface4(text);
  return { length, bytes: Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address) };
}

function actionNumber(action: Rule['action']): number {
  const n = ruleActionNumber(action);
  if (n === undefined) throw new FibError('EINVAL', 'encode', { detail: `action: got ${action}` });
  return n;
}

function attr8(w: Writer, type: number, value: number): void {
  w.attr(type, Uint8Array.of(value));
}

function attr16(w: Writer, type: number, ...values: readonly number[]): void {
  const at = w.open(type);
  for (const value of values) w.u16(value);
  w.close(at);
}

function attr64be(w: Writer, type: number, value: bigint): void {
  const at = w.open(type);
  w.u32be(Number(value >> 32n));
  w.u32be(Number(value & 0xffffffffn));
  w.close(at);
}

/** Text with its NUL. */
function attrText(w: Writer, type: number, value: string | undefined): void {
  if (value === undefined) return;
  const at = w.open(type);
  for (let i = 0; i < value.length; i++) w.u8(value.charCodeAt(i));
  w.u8(0);
  w.close(at);
}
