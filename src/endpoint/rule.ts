/**
 * endpoint/rule.ts - RTM_NEWRULE, RTM_DELRULE and RTM_GETRULE of IPv4.
 *
 * What the bytes themselves may be is checked here, in the order of RULE-44; the rest is the business of `ns.rule`.
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { NumberRange, RuleInput } from '../model/rule.js';
import { ruleActionWord } from '../model/rule.js';
import type { Netns } from '../netns.js';
import { formatPrefix4 } from '../text/prefix.js';
import { u16, u32 } from '../wire/bytes.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { RULE_HEADER, encodeRule } from '../wire/rule.js';
import { parseAttrs, type Attrs, type Policy } from './attrs.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

const ADD = 'rule add';
const DEL = 'rule del';
const DUMP = 'rule dump';

/** Where the attributes begin. */
const ATTRS_AT = NLMSG_HEADER + RULE_HEADER;
/** From this attribute on lengths must be exact (NL-14). */
const STRICT_FROM = uapi.FRA_DSCP;

/** Attributes and what they hold; prefixes are checked by hand (RULE-37). */
const POLICY: Policy = {
  [uapi.FRA_IIFNAME]: { kind: 'string', max: uapi.IFNAMSIZ - 1 },
  [uapi.FRA_GOTO]: { kind: 'u32' },
  [uapi.FRA_PRIORITY]: { kind: 'u32' },
  [uapi.FRA_FWMARK]: { kind: 'u32' },
  [uapi.FRA_FLOW]: { kind: 'u32' },
  [uapi.FRA_TUN_ID]: { kind: 'u64' },
  [uapi.FRA_SUPPRESS_IFGROUP]: { kind: 'u32' },
  [uapi.FRA_SUPPRESS_PREFIXLEN]: { kind: 'u32' },
  [uapi.FRA_TABLE]: { kind: 'u32' },
  [uapi.FRA_FWMASK]: { kind: 'u32' },
  [uapi.FRA_OIFNAME]: { kind: 'string', max: uapi.IFNAMSIZ - 1 },
  [uapi.FRA_L3MDEV]: { kind: 'u8' },
  [uapi.FRA_UID_RANGE]: { kind: 'any', min: 8 },
  [uapi.FRA_PROTOCOL]: { kind: 'u8' },
  [uapi.FRA_IP_PROTO]: { kind: 'u8' },
  [uapi.FRA_SPORT_RANGE]: { kind: 'any', min: 4 },
  [uapi.FRA_DPORT_RANGE]: { kind: 'any', min: 4 },
  [uapi.FRA_DSCP]: { kind: 'u8', max: 0x3f },
  [uapi.FRA_FLOWLABEL]: { kind: 'be32' },
  [uapi.FRA_FLOWLABEL_MASK]: { kind: 'be32' },
  [uapi.FRA_SPORT_MASK]: { kind: 'u16' },
  [uapi.FRA_DPORT_MASK]: { kind: 'u16' },
  [uapi.FRA_DSCP_MASK]: { kind: 'u8', mask: 0x3f },
};

/** Who serves the messages of rules. */
export const RULE_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_NEWRULE]: { act: newRule },
  [uapi.RTM_DELRULE]: { act: delRule },
  [uapi.RTM_GETRULE]: { dump: dumpRules },
};

function newRule(ns: Netns, request: Request): void {
  const attrs = readAttrs(request, ADD);
  ns.rule.create(readRule(request.bytes, attrs, ADD), request.flags, ADD, request.origin, attrs);
}

function delRule(ns: Netns, request: Request): void {
  const attrs = readAttrs(request, DEL);
  ns.rule.remove(readRule(request.bytes, attrs, DEL), DEL, request.origin, attrs);
}

function refused(operation: string, extack: string): FibError {
  return new FibError('EINVAL', operation, { extack });
}

/** The attributes of a request, after length and family (RULE-36). */
function readAttrs(request: Request, operation: string): Attrs {
  const { bytes } = request;
  if (bytes.length < ATTRS_AT) throw refused(operation, 'Invalid msg length');
  if (bytes[NLMSG_HEADER] !== uapi.AF_INET) {
    throw new FibError('EAFNOSUPPORT', operation, { extack: 'Rule family not supported' });
  }
  try {
    return parseAttrs(request, ATTRS_AT, POLICY, uapi.FRA_MAX, STRICT_FROM);
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    const { code, attr = 0, policy } = error;
    throw new FibError(code, operation, { extack: 'Error parsing msg', attr, ...(policy && { policy }) });
  }
}

/** The rule of a request. */
function readRule(bytes: Uint8Array, attrs: Attrs, operation: string): RuleInput {
  const [, dstLength = 0, srcLength = 0, tos = 0, table = 0, , , action = 0] = bytes.subarray(NLMSG_HEADER);
  const from = readPrefix(attrs, uapi.FRA_SRC, srcLength);
  if (from === null) throw refused(operation, 'Invalid source address');
  const to = readPrefix(attrs, uapi.FRA_DST, dstLength);
  if (to === null) throw refused(operation, 'Invalid dst address');
  const l3mdev = attrs.u8(uapi.FRA_L3MDEV);
  if (l3mdev !== undefined && l3mdev !== 1) throw refused(operation, 'Invalid l3mdev attribute');
  return given({
    from,
    to,
    tos,
    action: ruleActionWord(action),
    flags: u32(bytes, NLMSG_HEADER + 8),
    l3mdev: l3mdev === 1,
    iif: attrs.text(uapi.FRA_IIFNAME),
    oif: attrs.text(uapi.FRA_OIFNAME),
    goto: attrs.u32(uapi.FRA_GOTO),
    priority: attrs.u32(uapi.FRA_PRIORITY),
    fwmark: attrs.u32(uapi.FRA_FWMARK),
    fwmask: attrs.u32(uapi.FRA_FWMASK),
    realms: attrs.u32(uapi.FRA_FLOW),
    tunId: readTunnel(attrs.bytes(uapi.FRA_TUN_ID)),
    suppressGroup: attrs.u32(uapi.FRA_SUPPRESS_IFGROUP),
    suppressPrefixLength: attrs.u32(uapi.FRA_SUPPRESS_PREFIXLEN),
    table: attrs.u32(uapi.FRA_TABLE) ?? table,
    uidrange: readRange(attrs.bytes(uapi.FRA_UID_RANGE), u32, 4),
    protocol: attrs.u8(uapi.FRA_PROTOCOL),
    ipproto: attrs.u8(uapi.FRA_IP_PROTO),
    sport: readRange(attrs.bytes(uapi.FRA_SPORT_RANGE), u16, 2),
    dport: readRange(attrs.bytes(uapi.FRA_DPORT_RANGE), u16, 2),
    sportMask: attrs.u16(uapi.FRA_SPORT_MASK),
    dportMask: attrs.u16(uapi.FRA_DPORT_MASK),
    dscp: attrs.u8(uapi.FRA_DSCP),
    dscpMask: attrs.u8(uapi.FRA_DSCP_MASK),
  });
}

/** An object with optional fields, without those that are undefined. */
type Given<T> = { [field in keyof T]: Exclude<T[field], undefined> };

function given<T extends object>(fields: T): Partial<Given<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Given<T>
  >;
}

/** A prefix of a length that the header tells: undefined for length 0, null when it is malformed (RULE-37). */
function readPrefix(attrs: Attrs, type: number, length: number): string | null | undefined {
  if (length === 0) return undefined;
  if (length > 32 || attrs.bytes(type)?.length !== 4) return null;
  return formatPrefix4(attrs.be32(type)!, length);
}

function readRange(
  payload: Uint8Array | undefined,
  read: (bytes: Uint8Array, at: number) => number,
  size: number,
): NumberRange | undefined {
  return payload && { start: read(payload, 0), end: read(payload, size) };
}

/** A tunnel key id, in network order. */
function readTunnel(payload: Uint8Array | undefined): bigint | undefined {
  return payload && new DataView(payload.buffer, payload.byteOffset).getBigUint64(0);
}

/** RULE-48, RULE-49. */
function dumpRules(ns: Netns, request: Request): DumpSource {
  const { bytes } = request;
  if (request.isStrict) checkDump(bytes);
  const family = bytes[NLMSG_HEADER];
  if (family !== uapi.AF_UNSPEC && family !== uapi.AF_INET) throw new FibError('EAFNOSUPPORT', DUMP);
  return { messages: messagesOf(ns) };
}

function checkDump(bytes: Uint8Array): void {
  if (bytes.length < ATTRS_AT) throw refused(DUMP, 'Invalid header for fib rule dump request');
  if (bytes.subarray(NLMSG_HEADER + 1, ATTRS_AT).some((byte) => byte !== 0)) {
    throw refused(DUMP, 'Invalid values in header for fib rule dump request');
  }
  if (bytes.length > ATTRS_AT) throw refused(DUMP, 'Invalid data after header in fib rule dump request');
}

function* messagesOf(ns: Netns): Generator<DumpMessage, void, undefined> {
  for (const rule of ns.rule.each()) yield { type: uapi.RTM_NEWRULE, payload: encodeRule(rule) };
}
