/**
 * ip/rule/print.ts - a rule message as a line of `ip rule`, or as an object of JSON (RULE-54).
 */
import * as uapi from '../../abi/uapi.js';
import { WireError } from '../../errors.js';
import { ROUTE_TYPES } from '../../model/route.js';
import { ruleActionNumber, type NumberRange } from '../../model/rule.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { decodeRule, type RuleMessage } from '../../wire/rule.js';
import type { Task } from '../io.js';
import { ipProtocolName } from '../protocol.js';
import type { Printer } from '../printer.js';
import type { Session } from '../session.js';

/** The rule in a message; undefined for what is none. */
export function ruleOf({ payload }: NlMsg): RuleMessage | undefined {
  try {
    return decodeRule(payload);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Shows a rule that is there, came or went. */
export function* printRuleMessage(session: Session, message: NlMsg): Task {
  const rule = ruleOf(message);
  if (rule === undefined) return;
  const { out } = session;
  out.openObject();
  if (message.type === uapi.RTM_DELRULE) out.put('deleted', true, 'Deleted ');
  out.put('priority', rule.priority, `${rule.priority}:\t`);
  if ((rule.flags & uapi.FIB_RULE_INVERT) !== 0) out.put('not', null, 'not ');
  printPrefixes(out, rule);
  printFlow(session, rule);
  printTarget(session, rule);
  printProtocol(session, rule);
  out.text('\n');
  out.closeObject();
}

function printPrefixes(out: Printer, { from, to }: RuleMessage): void {
  if (from === undefined) out.put('src', 'all', 'from all');
  else printPrefix(out, 'src', 'from ', from);
  if (to !== undefined) printPrefix(out, 'dst', ' to ', to);
}

function printPrefix(out: Printer, key: string, label: string, prefix: string): void {
  const [address = '', length = ''] = prefix.split('/');
  out.put(key, address, label + address);
  if (Number(length) !== (address.includes(':') ? 128 : 32)) {
    out.put(`${key}len`, Number(length), `/${length}`);
  }
}

/** What is asked of a flow besides its addresses. */
function printFlow(session: Session, rule: RuleMessage): void {
  const { out } = session;
  if (rule.tos !== 0) {
    const word = session.options.numeric ? undefined : session.names.dsfields.word.get(rule.tos);
    const text = word ?? `0x${rule.tos.toString(16).padStart(2, '0')}`;
    out.put('tos', text, ` tos ${text}`);
  }
  printMark(out, rule);
  const { iif, oif, uidrange, ipproto } = rule;
  if (iif !== undefined) printName(out, 'iif', iif, rule.flags & uapi.FIB_RULE_IIF_DETACHED);
  if (oif !== undefined) printName(out, 'oif', oif, rule.flags & uapi.FIB_RULE_OIF_DETACHED);
  if (rule.l3mdev === true) out.put('l3mdev', null, ' lookup [l3mdev-table]');
  if (uidrange !== undefined) {
    out.put('uid_start', uidrange.start, ` uidrange ${uidrange.start}`);
    out.put('uid_end', uidrange.end, `-${uidrange.end}`);
  }
  if (ipproto !== undefined) {
    const name = (session.options.numeric ? undefined : ipProtocolName(ipproto)) ?? `ipproto-${ipproto}`;
    out.put('ipproto', name, ` ipproto ${name}`);
  }
  if (rule.sport !== undefined) printPorts(out, 'sport', rule.sport);
  if (rule.dport !== undefined) printPorts(out, 'dport', rule.dport);
  if (rule.tunId !== undefined) out.put('tun_id', rule.tunId, ` tun_id ${rule.tunId}`);
}

/** The mask is written where it is not all ones. */
function printMark(out: Printer, { fwmark, fwmask }: RuleMessage): void {
  if (fwmark === undefined && fwmask === undefined) return;
  const mark = hex(fwmark ?? 0);
  if (fwmask === undefined || fwmask === 0xffffffff) {
    if (fwmark !== undefined) out.put('fwmark', mark, ` fwmark ${mark}`);
    return;
  }
  out.put('fwmark', mark, ` fwmark ${mark}`);
  out.put('fwmask', hex(fwmask), `/${hex(fwmask)}`);
}

/** As %#x of printf(3) has it. */
function hex(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`;
}

function printName(out: Printer, key: string, name: string, detached: number): void {
  out.put(key, name, ` ${key} ${name}`);
  if (detached !== 0) out.put(`${key}_detached`, null, ' [detached]');
}

function printPorts(out: Printer, key: string, { start, end }: NumberRange): void {
  if (start === end) return out.put(key, start, ` ${key} ${start}`);
  out.put(`${key}_start`, start, ` ${key} ${start}`);
  out.put(`${key}_end`, end, `-${end}`);
}

/** Where the search goes on, and how it ends. */
function printTarget(session: Session, rule: RuleMessage): void {
  const { out, names } = session;
  if (rule.table !== 0) {
    const table = session.nameOf(names.tables, rule.table);
    out.put('table', table, ` lookup ${table}`);
    const { suppressPrefixLength: length, suppressGroup: group } = rule;
    if (length !== undefined) out.put('suppress_prefixlen', length, ` suppress_prefixlength ${length}`);
    if (group !== undefined) {
      const name = session.nameOf(names.groups, group);
      out.put('suppress_ifgroup', name, ` suppress_ifgroup ${name}`);
    }
  }
  printRealms(session, rule);
  printAction(session, rule);
}

function printRealms(session: Session, { realms = 0 }: RuleMessage): void {
  if (realms === 0) return;
  const { out, names } = session;
  const from = realms >>> 16;
  const to = session.nameOf(names.realms, realms & 0xffff);
  if (from === 0) return out.put('flow_to', to, ` realms ${to}`);
  const word = session.nameOf(names.realms, from);
  out.put('flow_from', word, ` realms ${word}/`);
  out.put('flow_to', to, to);
}

function printAction(session: Session, rule: RuleMessage): void {
  const { out, options } = session;
  const action = ruleActionNumber(rule.action) ?? 0;
  if (action === uapi.FR_ACT_GOTO) {
    if (rule.goto === undefined) out.put('goto', 'none', ' goto none');
    else out.put('goto', rule.goto, ` goto ${rule.goto}`);
    if ((rule.flags & uapi.FIB_RULE_UNRESOLVED) !== 0) out.put('unresolved', null, ' [unresolved]');
  } else if (action === uapi.FR_ACT_NOP) out.put('nop', null, ' nop');
  else if (action === uapi.RTN_NAT) out.put('masquerade', null, ' masquerade');
  else if (action !== uapi.FR_ACT_TO_TBL) {
    const name = action === 0 ? 'none' : ROUTE_TYPES[action];
    const word = options.numeric ? String(action) : String(name ?? action);
    out.put('action', word, ` ${word}`);
  }
}

/** Who made the rule; what usually does is not written without `-d`. */
function printProtocol(session: Session, { protocol }: RuleMessage): void {
  const { out, names, options } = session;
  const isUsual = protocol === uapi.RTPROT_UNSPEC || protocol === uapi.RTPROT_KERNEL;
  if (isUsual && options.details === 0) return;
  const word = session.nameOf(names.protocols, protocol);
  out.put('protocol', word, ` proto ${word}`);
}
