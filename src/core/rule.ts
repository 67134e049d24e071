/**
 * core/rule.ts - rule records: a rule's values into the mailbox, a kept record's out of the arena.
 *
 * What a field can hold is checked here; what a rule may say is the business of `RuleTable`.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import { TABLES, type TableLike } from '../model/route.js';
import {
  ruleActionNumber,
  ruleActionWord,
  type NumberRange,
  type Rule,
  type RuleInput,
} from '../model/rule.js';
import { formatPrefix4, parseInterface4 } from '../text/prefix.js';
import type { Core } from './core.js';
import { show, whole, type Mutable } from './route.js';

const U8 = 0xff;
const U16 = 0xffff;
const U32 = 0xffffffff;
const U64 = 0xffffffffffffffffn;
/** All bits of a DSCP. */
const DSCP = 0x3f;
/** Says of a number that it is told even when it is 0. */
const ALWAYS = -1;

type NumberField =
  | 'priority'
  | 'tos'
  | 'protocol'
  | 'flags'
  | 'ipproto'
  | 'realms'
  | 'fwmark'
  | 'suppressPrefixLength'
  | 'suppressGroup'
  | 'sportMask'
  | 'dportMask';

/** Numbers that are the same in an input, a record and a rule: where, how many bytes, and what says nothing. */
const NUMBERS: readonly (readonly [NumberField, field: number, bytes: 1 | 2 | 4, nothing: number])[] = [
  ['priority', abi.RULE_PRIORITY, 4, ALWAYS],
  ['tos', abi.RULE_TOS, 1, ALWAYS],
  ['protocol', abi.RULE_PROTOCOL, 1, ALWAYS],
  ['flags', abi.RULE_FLAGS, 4, ALWAYS],
  ['ipproto', abi.RULE_IPPROTO, 1, 0],
  ['realms', abi.RULE_REALMS, 4, 0],
  ['fwmark', abi.RULE_MARK, 4, 0],
  ['suppressPrefixLength', abi.RULE_SUPPRESS_LENGTH, 4, U32],
  ['suppressGroup', abi.RULE_SUPPRESS_GROUP, 4, U32],
  ['sportMask', abi.RULE_SPORT_MASK, 2, 0],
  ['dportMask', abi.RULE_DPORT_MASK, 2, 0],
];

function load(view: DataView, at: number, bytes: 1 | 2 | 4): number {
  if (bytes === 1) return view.getUint8(at);
  return bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function store(view: DataView, at: number, bytes: 1 | 2 | 4, value: number): void {
  if (bytes === 1) view.setUint8(at, value);
  else if (bytes === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

// ---- in

/**
 * Writes a rule into the mailbox, `core.record`: what is not given is 0, or what says nothing.
 * @throws {FibError} EINVAL what no field can hold
 */
export function writeRule(core: Core, input: RuleInput, operation: string): void {
  const at = core.record;
  core.u8.fill(0, at, at + abi.RULE_BYTES);
  const view = core.view;
  for (const [name, field, bytes, nothing] of NUMBERS) {
    const value = input[name] ?? Math.max(nothing, 0);
    store(view, at + field, bytes, whole(value, name, 0, 2 ** (8 * bytes) - 1, operation));
  }
  view.setUint8(at + abi.RULE_FAMILY, uapi.AF_INET);
  view.setUint8(at + abi.RULE_ACTION, actionOf(input.action, operation));
  view.setUint8(at + abi.RULE_GIVEN, givenOf(input));
  view.setUint8(at + abi.RULE_L3MDEV, input.l3mdev ? 1 : 0);
  view.setUint32(at + abi.RULE_TABLE, tableOf(input.table, operation), true);
  view.setUint32(at + abi.RULE_TARGET, whole(input.goto ?? 0, 'goto', 0, U32, operation), true);
  const mask = input.fwmask ?? (input.fwmark ? U32 : 0); // RULE-12
  view.setUint32(at + abi.RULE_MASK, whole(mask, 'fwmask', 0, U32, operation), true);
  if (input.invert)
    view.setUint8(at + abi.RULE_FLAGS, view.getUint8(at + abi.RULE_FLAGS) | uapi.FIB_RULE_INVERT);
  writeDscp(view, at, input, operation);
  writeUids(view, at, input.uidrange, operation);
  writePorts(
    view,
    at + abi.RULE_SPORT_START,
    at + abi.RULE_SPORT_MASK,
    input.sport,
    input.sportMask,
    operation,
  );
  writePorts(
    view,
    at + abi.RULE_DPORT_START,
    at + abi.RULE_DPORT_MASK,
    input.dport,
    input.dportMask,
    operation,
  );
  writeTunnel(view, at, input.tunId, operation);
  writePrefix(view, at + abi.RULE_SRC_LEN, at + abi.RULE_SRC, input.from);
  writePrefix(view, at + abi.RULE_DST_LEN, at + abi.RULE_DST, input.to);
  writeName(core.u8, at + abi.RULE_IIF_NAME, input.iif, 'iif', operation);
  writeName(core.u8, at + abi.RULE_OIF_NAME, input.oif, 'oif', operation);
}

/** RULE_G_* bits of what is given. */
function givenOf({ dscp, dscpMask, uidrange, priority, realms }: RuleInput): number {
  return (
    (dscp === undefined ? 0 : abi.RULE_G_DSCP) |
    (dscpMask === undefined ? 0 : abi.RULE_G_DSCP_MASK) |
    (uidrange === undefined ? 0 : abi.RULE_G_UID) |
    (priority === undefined ? 0 : abi.RULE_G_PRIORITY) |
    (realms === undefined ? 0 : abi.RULE_G_REALMS)
  );
}

/** The number of an action; 0, unspec, when it is not given. */
function actionOf(action: RuleInput['action'] = 'unspec', operation: string): number {
  const n = ruleActionNumber(action);
  if (n !== undefined) return whole(n, 'action', 0, U8, operation);
  throw new FibError('EINVAL', operation, { detail: `action: got ${show(action)}` });
}

/** The id of a table. Of a rule 0 is none, not main (RULE-23). */
function tableOf(table: TableLike = 0, operation: string): number {
  if (typeof table === 'string' && Object.hasOwn(TABLES, table)) return TABLES[table];
  return whole(table, 'table', 0, U32, operation);
}

function writeDscp(view: DataView, at: number, { dscp, dscpMask }: RuleInput, operation: string): void {
  const mask = dscpMask ?? (dscp === undefined ? 0 : DSCP);
  view.setUint8(at + abi.RULE_DSCP, whole(dscp ?? 0, 'dscp', 0, DSCP, operation));
  view.setUint8(at + abi.RULE_DSCP_MASK, whole(mask, 'dscpMask', 0, DSCP, operation));
}

function writeUids(view: DataView, at: number, range: NumberRange | undefined, operation: string): void {
  const { start, end } = range ?? { start: 0, end: U32 };
  view.setUint32(at + abi.RULE_UID_START, whole(start, 'uidrange.start', 0, U32, operation), true);
  view.setUint32(at + abi.RULE_UID_END, whole(end, 'uidrange.end', 0, U32, operation), true);
}

/** A range, or a port under its mask: all bits when there is none (RULE-16). */
function writePorts(
  view: DataView,
  rangeAt: number,
  maskAt: number,
  ports: number | NumberRange | undefined,
  mask: number | undefined,
  operation: string,
): void {
  if (ports === undefined) return;
  const { start, end } = typeof ports === 'number' ? { start: ports, end: ports } : ports;
  view.setUint16(rangeAt, whole(start, 'port', 0, U16, operation), true);
  view.setUint16(rangeAt + 2, whole(end, 'port', 0, U16, operation), true);
  if (mask === undefined && start === end) view.setUint16(maskAt, U16, true);
}

function writeTunnel(view: DataView, at: number, tunId: bigint | undefined, operation: string): void {
  if (tunId === undefined) return;
  if (typeof tunId !== 'bigint' || tunId < 0n || tunId > U64) {
    throw new FibError('EINVAL', operation, {
      detail: `tunId: expected a bigint of 64 bits, got ${show(tunId)}`,
    });
  }
  view.setBigUint64(at + abi.RULE_TUN_ID, tunId, true);
}

function writePrefix(view: DataView, lengthAt: number, addressAt: number, prefix: string | undefined): void {
  if (prefix === undefined) return;
  const { address, length } = parseInterface4(prefix);
  view.setUint8(lengthAt, length);
  view.setUint32(addressAt, address, true);
}

/** A name of at most 15 characters, a byte for each; it need not be that of a device. */
function writeName(
  u8: Uint8Array,
  at: number,
  name: string | undefined,
  what: string,
  operation: string,
): void {
  if (name === undefined) return;
  if (typeof name !== 'string' || name.length >= uapi.IFNAMSIZ || !/^[\x01-\xff]*$/.test(name)) {
    throw new FibError('EINVAL', operation, { detail: `${what}: expected 1..15 bytes, got ${show(name)}` });
  }
  for (let i = 0; i < name.length; i++) u8[at + i] = name.charCodeAt(i);
}

// ---- out

/** The rule of the record at an address. */
export function readRule(core: Core, at: number): Rule {
  const view = core.view;
  const action = view.getUint8(at + abi.RULE_ACTION);
  const rule: Partial<Mutable<Rule>> = {
    family: view.getUint8(at + abi.RULE_FAMILY),
    action: ruleActionWord(action),
    table: view.getUint32(at + abi.RULE_TABLE, true),
  };
  for (const [name, field, bytes, nothing] of NUMBERS) {
    const value = load(view, at + field, bytes);
    if (value !== nothing) rule[name] = value;
  }
  if (action === uapi.FR_ACT_GOTO) rule.goto = view.getUint32(at + abi.RULE_TARGET, true);
  if (view.getUint8(at + abi.RULE_L3MDEV) !== 0) rule.l3mdev = true;
  const mask = view.getUint32(at + abi.RULE_MASK, true);
  if (mask !== 0 || rule.fwmark !== undefined) rule.fwmask = mask;
  const tunId = view.getBigUint64(at + abi.RULE_TUN_ID, true);
  if (tunId !== 0n) rule.tunId = tunId;
  readSelectors(core, at, rule);
  return rule as Rule;
}

/** Prefixes, names, ranges and the DSCP. */
function readSelectors(core: Core, at: number, rule: Partial<Mutable<Rule>>): void {
  const view = core.view;
  const from = readPrefix(view, at + abi.RULE_SRC_LEN, at + abi.RULE_SRC);
  const to = readPrefix(view, at + abi.RULE_DST_LEN, at + abi.RULE_DST);
  const iif = readName(core.u8, at + abi.RULE_IIF_NAME);
  const oif = readName(core.u8, at + abi.RULE_OIF_NAME);
  const sport = readRange(view, at + abi.RULE_SPORT_START, 2);
  const dport = readRange(view, at + abi.RULE_DPORT_START, 2);
  const given = view.getUint8(at + abi.RULE_GIVEN);
  if (from !== undefined) rule.from = from;
  if (to !== undefined) rule.to = to;
  if (iif !== undefined) rule.iif = iif;
  if (oif !== undefined) rule.oif = oif;
  if (sport.start !== 0) rule.sport = sport;
  if (dport.start !== 0) rule.dport = dport;
  if (given & abi.RULE_G_UID) rule.uidrange = readRange(view, at + abi.RULE_UID_START, 4);
  if (given & abi.RULE_G_DSCP) {
    rule.dscp = view.getUint8(at + abi.RULE_DSCP);
    rule.dscpMask = view.getUint8(at + abi.RULE_DSCP_MASK);
  }
}

function readRange(view: DataView, at: number, bytes: 2 | 4): NumberRange {
  return { start: load(view, at, bytes), end: load(view, at + bytes, bytes) };
}

/** A prefix with its host bits, undefined for any. */
function readPrefix(view: DataView, lengthAt: number, addressAt: number): string | undefined {
  const length = view.getUint8(lengthAt);
  return length === 0 ? undefined : formatPrefix4(view.getUint32(addressAt, true), length);
}

function readName(u8: Uint8Array, at: number): string | undefined {
  const bytes = u8.subarray(at, at + uapi.IFNAMSIZ);
  const end = bytes.indexOf(0);
  return end === 0 ? undefined : String.fromCharCode(...bytes.subarray(0, end));
}
