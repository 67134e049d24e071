/**
 * ip/rule/modify.ts - `ip rule add` and `del`: words to RTM_NEWRULE or RTM_DELRULE, attributes in the order of the words.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { readPrefix } from '../address.js';
import { Exit, Failed, MISTAKE, wrongArgument } from '../failure.js';
import type { Task } from '../io.js';
import { U32_MAX, U8_MAX, must, named, unsigned, unsigned64 } from '../number.js';
import { readIpProtocol } from '../protocol.js';
import { readRealms } from '../route/realm.js';
import { readDsfield } from '../route/tos.js';
import { readType } from '../route/type.js';
import { isLinkName, zeroEnded, type Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { usage } from './help.js';
import { printRuleMessage } from './print.js';
import { readMark, readPorts, readUsers, type Range } from './range.js';

/** Gateway of a rule that translates addresses; Linux reads over it. */
const FRA_GATEWAY = 5;
const EINVAL = 22;

/** A rule being put together from words. */
class RuleWords {
  readonly attrs = new Writer();
  dstLength = 0;
  srcLength = 0;
  tos = 0;
  flags = 0;
  table: number | undefined;
  action: number | undefined;
  isNat = false;
  isL3mdev = false;

  constructor(
    readonly session: Session,
    readonly words: Words,
  ) {}

  /** A prefix as an attribute, an empty one for `all`. Gives its length. Its family does not become the rule's. */
  putPrefix(type: number): number {
    const { bytes, length } = readPrefix(this.words.word, this.session.options.family);
    this.attrs.attr(type, bytes);
    return length;
  }

  put32(type: number, why: string): void {
    const { word } = this.words;
    this.attrs.attr32(type, must(unsigned(word), word, why));
  }

  payload(isAdd: boolean): Uint8Array {
    if (this.isL3mdev && this.table !== undefined) {
      throw new Failed(EINVAL, 'table can not be specified for l3mdev rules\n');
    }
    const isTable = (this.action === undefined || this.isNat) && !this.isL3mdev;
    const table = this.table ?? (isAdd && isTable ? uapi.RT_TABLE_MAIN : uapi.RT_TABLE_UNSPEC);
    const w = new Writer();
    const { family } = this.session.options;
    const action = this.action ?? (isAdd ? uapi.FR_ACT_TO_TBL : uapi.FR_ACT_UNSPEC);
    const low = table > U8_MAX ? uapi.RT_TABLE_UNSPEC : table;
    for (const byte of [
      family === 0 ? uapi.AF_INET : family,
      this.dstLength,
      this.srcLength,
      this.tos,
      low,
      0,
      0,
      action,
    ])
      w.u8(byte);
    w.u32(this.flags);
    w.raw(this.attrs.take());
    return w.take();
  }
}

type Keyword = (rule: RuleWords) => void;

/** Words that stand for themselves. */
const FLAGS: readonly (readonly [string, Keyword])[] = [
  ['not!', (r) => void (r.flags |= uapi.FIB_RULE_INVERT)],
  ['l3mdev!', readL3mdev],
];

/** Words that come with a value, in the order in which abbreviations are tried; `!` takes none. */
const VALUES: readonly (readonly [string, Keyword])[] = [
  ['from!', (r) => void (r.srcLength = r.putPrefix(uapi.FRA_SRC))],
  ['to!', (r) => void (r.dstLength = r.putPrefix(uapi.FRA_DST))],
  ['preference', readPriority],
  ['order', readPriority],
  ['priority', readPriority],
  ['tos!', readTos],
  ['dsfield', readTos],
  ['fwmark!', readFwmark],
  ['realms', readRealm],
  ['protocol', readProtocol],
  ['tun_id', readTunnel],
  ['table', readTable],
  ['lookup!', readTable],
  ['suppress_prefixlength', readPrefixLength],
  ['sup_pl!', readPrefixLength],
  ['suppress_ifgroup', readGroup],
  ['sup_group!', readGroup],
  ['dev!', (r) => putName(r, uapi.FRA_IIFNAME, '"iif"/"dev" not a valid ifname')],
  ['iif!', (r) => putName(r, uapi.FRA_IIFNAME, '"iif"/"dev" not a valid ifname')],
  ['oif!', (r) => putName(r, uapi.FRA_OIFNAME, '"oif" not a valid ifname')],
  ['uidrange!', readUidRange],
  ['nat!', readNat],
  ['map-to', readNat],
  ['ipproto!', readIpproto],
  ['sport!', (r) => putPorts(r, uapi.FRA_SPORT_RANGE, 'invalid port range')],
  ['dport!', (r) => putPorts(r, uapi.FRA_DPORT_RANGE, 'invalid dport range')],
];

/** `ip rule add ...`, `ip rule del ...` */
export function* modifyRule(session: Session, words: Words, type: number, flags: number): Task {
  const isAdd = type === uapi.RTM_NEWRULE;
  if (!words.more) throw new Failed(MISTAKE, `"ip rule ${isAdd ? 'add' : 'del'}" requires arguments.\n`);
  const rule = new RuleWords(session, words);
  for (; words.more; words.take()) {
    const flag = choose(words.word, FLAGS);
    const keyword = flag === undefined ? choose(words.word, VALUES) : undefined;
    if (flag !== undefined) flag(rule);
    else if (keyword !== undefined) {
      words.value();
      keyword(rule);
    } else readAction(rule);
  }
  yield* session.talk({ type, flags, payload: rule.payload(isAdd) }, (message) =>
    printRuleMessage(session, message),
  );
}

function readL3mdev(rule: RuleWords): void {
  rule.isL3mdev = true;
  rule.attrs.attr(uapi.FRA_L3MDEV, Uint8Array.of(1));
}

function readPriority(rule: RuleWords): void {
  rule.put32(uapi.FRA_PRIORITY, 'preference value is invalid');
}

function readTos(rule: RuleWords): void {
  const { session, words } = rule;
  rule.tos = must(readDsfield(words.word, session.names), words.word, 'TOS value is invalid');
}

function readFwmark({ attrs, words }: RuleWords): void {
  const { value, mask } = readMark(words.word);
  attrs.attr32(uapi.FRA_FWMARK, value);
  if (mask !== undefined) attrs.attr32(uapi.FRA_FWMASK, mask);
}

function readRealm({ attrs, session, words }: RuleWords): void {
  attrs.attr32(
    uapi.FRA_FLOW,
    must(readRealms(words.word, session.names.realms), words.word, 'invalid realms'),
  );
}

function readProtocol({ attrs, session, words }: RuleWords): void {
  const protocol = named(session.names.protocols, words.word, U8_MAX);
  attrs.attr(uapi.FRA_PROTOCOL, Uint8Array.of(must(protocol, words.word, '"protocol" value is invalid')));
}

/** The key of a tunnel: 64 bits in network order. */
function readTunnel({ attrs, words }: RuleWords): void {
  const id = must(unsigned64(words.word), words.word, '"tun_id" value is invalid');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, id);
  attrs.attr(uapi.FRA_TUN_ID, bytes);
}

/** A table beyond the byte of the header stands in an attribute. */
function readTable(rule: RuleWords): void {
  const { session, words } = rule;
  rule.table = must(named(session.names.tables, words.word, U32_MAX), words.word, 'invalid table ID');
  if (rule.table > U8_MAX) rule.attrs.attr32(uapi.FRA_TABLE, rule.table);
}

function readPrefixLength(rule: RuleWords): void {
  rule.put32(uapi.FRA_SUPPRESS_PREFIXLEN, 'suppress_prefixlength value is invalid');
}

function readGroup({ attrs, session, words }: RuleWords): void {
  const group = named(session.names.groups, words.word, U32_MAX);
  attrs.attr32(uapi.FRA_SUPPRESS_IFGROUP, must(group, words.word, 'Invalid "suppress_ifgroup" value'));
}

/** A name need not be that of an interface, but it must be possible. */
function putName({ attrs, words }: RuleWords, type: number, why: string): void {
  if (!isLinkName(words.word)) throw wrongArgument(words.word, why);
  attrs.attr(type, zeroEnded(words.word));
}

function readUidRange({ attrs, words }: RuleWords): void {
  const { start, end } = must(readUsers(words.word), words.word, 'invalid UID range');
  const w = new Writer();
  w.u32(start);
  w.u32(end);
  attrs.attr(uapi.FRA_UID_RANGE, w.take());
}

/** Translating addresses went out of use; the rule is sent all the same. */
function readNat(rule: RuleWords): void {
  const { session, words } = rule;
  session.err('Warning: route NAT is deprecated\n');
  const address = readHost(words.word);
  rule.attrs.attr(FRA_GATEWAY, address);
  rule.action = uapi.RTN_NAT;
  rule.isNat = true;
}

function readHost(word: string): Uint8Array {
  try {
    return readPrefix(word, uapi.AF_INET).bytes;
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    throw new Exit(MISTAKE, `Error: an IP address is expected rather than "${word}"\n`);
  }
}

function readIpproto({ attrs, words }: RuleWords): void {
  const protocol = must(readIpProtocol(words.word), words.word, 'Invalid "ipproto" value');
  attrs.attr(uapi.FRA_IP_PROTO, Uint8Array.of(protocol));
}

function putPorts({ attrs, words }: RuleWords, type: number, why: string): void {
  const { start, end }: Range = must(readPorts(words.word), words.word, why);
  const w = new Writer();
  w.u16(start);
  w.u16(end);
  attrs.attr(type, w.take());
}

/** `[type] ACTION`: the name of a route type, `goto` or `nop`; nothing else is left. */
function readAction(rule: RuleWords): void {
  const { words } = rule;
  if (words.is('type')) words.value();
  if (words.isShort('help')) throw usage();
  if (words.isShort('goto')) {
    words.value();
    return readGoto(rule);
  }
  rule.action = words.isShort('nop') ? uapi.FR_ACT_NOP : typeOf(words.word);
}

/** @throws {Exit} a word that is no type */
function typeOf(word: string): number {
  const type = readType(word);
  if (type === undefined) throw wrongArgument(word, 'Failed to parse rule type');
  return type;
}

function readGoto(rule: RuleWords): void {
  rule.put32(uapi.FRA_GOTO, 'invalid target');
  rule.action = uapi.FR_ACT_GOTO;
}
