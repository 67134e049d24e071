/**
 * ip/rule/selector.ts - the selectors of `ip rule show` and `flush`; the kernel knows none of them (RULE-50).
 */
import * as uapi from '../../abi/uapi.js';
import type { NumberRange } from '../../model/rule.js';
import type { RuleMessage } from '../../wire/rule.js';
import { isWithin, readPrefix, type Inet } from '../address.js';
import { wrongArgument } from '../failure.js';
import { U32_MAX, U8_MAX, must, named, unsigned, unsigned64 } from '../number.js';
import { readIpProtocol } from '../protocol.js';
import { readDsfield } from '../route/tos.js';
import { isLinkName, type Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { readMark, readPorts, readUsers, type Mark, type Range } from './range.js';

/** What rules are to be. */
export class RuleSelector {
  readonly family: number;
  isInverted = false;
  isL3mdev = false;
  from: Inet | undefined;
  to: Inet | undefined;
  priority: number | undefined;
  tos: number | undefined;
  mark: Mark | undefined;
  iif: string | undefined;
  oif: string | undefined;
  users: Range | undefined;
  tunnel: bigint | undefined;
  table: number | undefined;
  /** `show` reads it and lists all the same. */
  protocol: number | undefined;
  ipproto: number | undefined;
  sport: Range | undefined;
  dport: Range | undefined;

  constructor(readonly session: Session) {
    const { family } = session.options;
    this.family = family === 0 ? uapi.AF_INET : family;
  }

  /** Whether a rule is wanted, whoever made it. */
  wants(rule: RuleMessage): boolean {
    const isInverted = (rule.flags & uapi.FIB_RULE_INVERT) !== 0;
    return (
      (!this.isInverted || isInverted) &&
      (!this.isL3mdev || rule.l3mdev === true) &&
      isPrefixIn(rule.from, this.from) &&
      isPrefixIn(rule.to, this.to) &&
      isWanted(this.priority, rule.priority) &&
      isWanted(this.tos, rule.tos) &&
      this.#wantsMark(rule) &&
      isWanted(this.iif, rule.iif) &&
      isWanted(this.oif, rule.oif) &&
      isRange(this.users, rule.uidrange) &&
      isWanted(this.tunnel || undefined, rule.tunId) &&
      isWanted(this.table, rule.table) &&
      isWanted(this.ipproto || undefined, rule.ipproto) &&
      arePorts(this.sport, rule.sport) &&
      arePorts(this.dport, rule.dport)
    );
  }

  #wantsMark({ fwmark = 0, fwmask = 0 }: RuleMessage): boolean {
    if (this.mark === undefined) return true;
    return isWanted(this.mark.value || undefined, fwmark) && isWanted(this.mark.mask || undefined, fwmask);
  }
}

function isWanted<T>(wanted: T | undefined, value: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function isRange(wanted: Range | undefined, value: NumberRange | undefined): boolean {
  return wanted === undefined || (wanted.start === value?.start && wanted.end === value.end);
}

/** Ports from 0 on are any. */
function arePorts(wanted: Range | undefined, value: NumberRange | undefined): boolean {
  return wanted?.start === 0 || isRange(wanted, value);
}

/** Whether the prefix of a rule, `undefined` for all addresses, lies within the wanted one. */
function isPrefixIn(prefix: string | undefined, wanted: Inet | undefined): boolean {
  if (wanted === undefined || wanted.length === 0) return true;
  return prefix !== undefined && isWithin(readPrefix(prefix, 0), wanted);
}

type Keyword = (selector: RuleSelector, words: Words) => void;

/** Words that come with a value, in the order in which abbreviations are tried; `!` takes none. */
const VALUES: readonly (readonly [string, Keyword])[] = [
  ['preference', readPriority],
  ['order', readPriority],
  ['priority', readPriority],
  ['from', (s, { word }) => void (s.from = readPrefix(word, s.family))],
  ['src', (s, { word }) => void (s.from = readPrefix(word, s.family))],
  ['tos!', readTos],
  ['dsfield!', readTos],
  ['fwmark!', (s, { word }) => void (s.mark = readMark(word))],
  ['dev!', (s, { word }) => void (s.iif = nameIn(word, '"iif"/"dev" not a valid ifname'))],
  ['iif!', (s, { word }) => void (s.iif = nameIn(word, '"iif"/"dev" not a valid ifname'))],
  ['oif!', (s, { word }) => void (s.oif = nameIn(word, '"oif" not a valid ifname'))],
  ['uidrange!', (s, { word }) => void (s.users = must(readUsers(word), word, 'invalid UID range'))],
  ['tun_id', (s, { word }) => void (s.tunnel = must(unsigned64(word), word, '"tun_id" value is invalid'))],
  ['lookup', readTable],
  ['table', readTable],
  ['protocol', readProtocol],
  [
    'ipproto!',
    (s, { word }) => void (s.ipproto = must(readIpProtocol(word), word, 'Invalid "ipproto" value')),
  ],
  ['sport!', (s, { word }) => void (s.sport = must(readPorts(word), word, 'invalid port range'))],
  ['dport!', (s, { word }) => void (s.dport = must(readPorts(word), word, 'invalid dport range'))],
  ['to!', readTo],
  ['dst', readTo],
];

/** Reads selectors up to the end of the line. @throws {Exit} words that are none */
export function readRuleSelector(session: Session, words: Words): RuleSelector {
  const selector = new RuleSelector(session);
  for (; words.more; words.take()) {
    const keyword = choose(words.word, VALUES);
    if (words.is('not')) selector.isInverted = true;
    else if (words.is('l3mdev')) selector.isL3mdev = true;
    else {
      if (keyword !== undefined) words.value();
      (keyword ?? readTo)(selector, words);
    }
  }
  return selector;
}

function readTo(selector: RuleSelector, { word }: Words): void {
  selector.to = readPrefix(word, selector.family);
}

function readPriority(selector: RuleSelector, { word }: Words): void {
  selector.priority = must(unsigned(word), word, 'preference value is invalid');
}

function readTos(selector: RuleSelector, { word }: Words): void {
  selector.tos = must(readDsfield(word, selector.session.names), word, 'TOS value is invalid');
}

/** Table 0 is any. */
function readTable(selector: RuleSelector, { word }: Words): void {
  const table = named(selector.session.names.tables, word, U32_MAX);
  selector.table = must(table, word, 'table id value is invalid') || undefined;
}

function readProtocol(selector: RuleSelector, { word }: Words): void {
  if (word === 'all') return void (selector.protocol = undefined);
  selector.protocol = must(named(selector.session.names.protocols, word, U8_MAX), word, 'invalid "protocol"');
}

function nameIn(word: string, why: string): string {
  if (!isLinkName(word)) throw wrongArgument(word, why);
  return word;
}
