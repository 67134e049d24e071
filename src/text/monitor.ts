/**
 * text/monitor.ts - the output of `ip monitor`, read: one entry to one change.
 *
 *   [time] [nsid] [label] [Deleted] entry
 *   <blank>continued                        nexthops of a route, details of a link
 * The label ([ROUTE], [LINK] ...) is there with `ip monitor all` and `label`; without it an entry is known by its form. The
 * time stands before the entry (-ts) or on a line of its own (-t). Of several namespaces (`all-nsid`) the current one is read.
 * Text says less than messages do: whether a route was
 * added beside its equals or instead of one is not told, so each one replaces. Links and addresses as -d or without;
 * neighbours, netconf and what else there is are passed over. Seen with iproute2 6.1.
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { AddressChange, Change, LinkChange, NexthopChange, RuleChange } from '../model/change.js';
import { OPER_STATES, type OperState } from '../model/link.js';
import type { NexthopObject } from '../model/nexthop.js';
import type { Rule } from '../model/rule.js';
import { formatAddress4, parseAddress4 } from './address.js';
import { parseRouteLine } from './iproute.js';
import { DSFIELD_NAMES, PROTOCOLS, SCOPE_NAMES, TABLE_NAMES } from './names.js';
import { formatPrefix4, parseInterface4 } from './prefix.js';
import { flagBit, named, number } from './route-draft.js';

type Mutable<T> = { -readonly [field in keyof T]: T[field] };

const U32 = 0xffffffff;

/** What stands before an entry: a time, a namespace, a label, the time there too. */
const BEFORE =
  /^(?:\[\d{4}-\d\d-\d\dT[^\]]*\] ?)?(?:\[nsid (current|\d+)\])?(?:\[([A-Z]+)\])?(?:\[\d{4}-\d\d-\d\dT[^\]]*\] ?)?/;

/** Forms of entries by which they are known without a label. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['LINK', /^\d+: \S+: ?</],
  ['ADDR', /^\d+: \S+ +inet6? /],
  ['RULE', /^\d+:\s+(not )?(from|to|fwmark|iif|oif|tos)\b/],
  ['NEXTHOP', /^id \d+ /],
  ['NETCONF', /^(inet6?|mpls) |^(ipv4|ipv6|mpls|unknown) dev /],
  ['NSID', /^nsid /],
  [
    'NEIGH',
    / lladdr |(^| )(REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|NOARP|PERMANENT|NONE)( proto \S+)? *$/,
  ],
  ['PREFIX', /^prefix /],
];

/**
 * The change that an entry reports; undefined for one about something else, and for a line that is a time.
 * @param entry the line, its continued lines behind it
 * @throws {FibError} EINVAL, with the offset: what is none of all this
 */
export function parseMonitorEntry(entry: string): Change | undefined {
  if (entry.trim() === '' || entry.startsWith('Timestamp: ')) return undefined;
  const [before, nsid = 'current', label] = BEFORE.exec(entry)!;
  if (nsid !== 'current') return undefined;
  const isGone = entry.startsWith('Deleted ', before.length);
  const at = before.length + (isGone ? 'Deleted '.length : 0);
  const text = entry.slice(at);
  const form = label ?? FORMS.find(([, pattern]) => pattern.test(text.split('\n', 1)[0]!))?.[0] ?? 'ROUTE';
  try {
    return parseForm(form, text, isGone);
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    throw new FibError('EINVAL', 'parse monitor', {
      detail: error.detail ?? '',
      offset: at + (error.offset ?? 0),
    });
  }
}

function parseForm(form: string, text: string, isGone: boolean): Change | undefined {
  switch (form) {
    case 'ROUTE': {
      const route = parseRouteLine(text, { table: 'main' });
      return route === undefined ? undefined : { kind: 'route', op: isGone ? 'del' : 'replace', route };
    }
    case 'LINK':
      return parseLink(text, isGone);
    case 'ADDR':
      return parseAddress(text, isGone);
    case 'RULE':
      return parseRule(text, isGone);
    case 'NEXTHOP':
      return parseNexthop(text, isGone);
    default:
      return undefined;
  }
}

/** IFF_* by the words between angle brackets. */
const LINK_FLAGS: ReadonlyMap<string, number> = new Map([
  ['UP', uapi.IFF_UP],
  ['BROADCAST', uapi.IFF_BROADCAST],
  ['LOOPBACK', uapi.IFF_LOOPBACK],
  ['POINTOPOINT', uapi.IFF_POINTOPOINT],
  ['NOARP', uapi.IFF_NOARP],
  ['PROMISC', uapi.IFF_PROMISC],
  ['ALLMULTI', uapi.IFF_ALLMULTI],
  ['MASTER', uapi.IFF_MASTER],
  ['MULTICAST', uapi.IFF_MULTICAST],
  ['LOWER_UP', uapi.IFF_LOWER_UP],
]);

/** `2: e0@e1: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noop state UP ...` */
function parseLink(text: string, isGone: boolean): LinkChange | undefined {
  const [line, index, name, flags] = /^(\d+): ([^\s:@]+)[^\s:]*: ?<([^>]*)>[^\n]*/.exec(text) ?? [];
  if (line === undefined) throw unfit('this is no link');
  const link = { kind: 'link', index: number(index!, 0x7fffffff), name: name! } as const;
  if (isGone) return { ...link, op: 'del' };
  const mtu = / mtu (\d+)/.exec(line)?.[1];
  if (mtu === undefined) return { ...link, op: 'add' };
  const words = flags!.split(',');
  const state = / state (\w+)/.exec(line)?.[1] as OperState | undefined;
  const carrier = words.includes('LOWER_UP');
  const bits = words.reduce((sum, word) => sum | (LINK_FLAGS.get(word) ?? 0), carrier ? uapi.IFF_RUNNING : 0);
  return {
    ...link,
    op: 'add',
    link: {
      flags: bits,
      mtu: number(mtu, U32),
      carrier,
      ...(state !== undefined && OPER_STATES.includes(state) && { operstate: state }),
    },
  };
}

/** `2: e0    inet 10.0.0.1/24 brd 10.0.0.255 scope global secondary e0` */
function parseAddress(text: string, isGone: boolean): AddressChange | undefined {
  const words = new Words(text.split('\n', 1)[0]!);
  const index = number(words.next().replace(/:$/, ''), 0x7fffffff);
  const dev = words.next();
  if (words.next() !== 'inet') return undefined;
  const { address, length } = parseInterface4(words.next());
  const found: Mutable<AddressChange['address']> = {
    address: formatPrefix4(address, length),
    index,
    scope: uapi.RT_SCOPE_UNIVERSE,
    label: dev,
    flags: uapi.IFA_F_PERMANENT,
    metric: 0,
    protocol: 0,
  };
  while (words.hasMore()) {
    const word = words.next();
    if (word === 'brd') found.broadcast = words.next();
    else if (word === 'scope') found.scope = named(SCOPE_NAMES, words.next(), 0xff);
    else if (word === 'metric') found.metric = number(words.next(), U32);
    else if (word === 'proto') words.next();
    else if (word === 'peer') setPeer(found, words.next());
    else if (word === 'secondary') found.flags |= uapi.IFA_F_SECONDARY;
    else if (word === 'noprefixroute') found.flags |= uapi.IFA_F_NOPREFIXROUTE;
    else if (word === 'dynamic') found.flags &= ~uapi.IFA_F_PERMANENT;
    else if (!words.hasMore()) found.label = word;
  }
  return { kind: 'address', op: isGone ? 'del' : 'add', address: found };
}

/** `10.0.0.1 peer 10.0.0.2/24`: the length is that of the peer's subnet. */
function setPeer(found: Mutable<AddressChange['address']>, word: string): void {
  const peer = parseInterface4(word);
  found.peer = formatAddress4(peer.address);
  found.address = `${found.address.split('/', 1)[0]!}/${peer.length}`;
}

/** `id 10 group 1,2/2,7 type resilient buckets 8 ... scope global proto unspec` */
function parseNexthop(text: string, isGone: boolean): NexthopChange {
  const words = new Words(text);
  const found: Mutable<NexthopObject> = { id: 0, family: uapi.AF_INET, protocol: 0, scope: 0, flags: 0 };
  const timers: Record<string, number> = {};
  while (words.hasMore()) {
    const word = words.next();
    const bit = flagBit(word);
    if (word === 'id') found.id = number(words.next(), U32);
    else if (word === 'via') setGateway(found, words.next());
    else if (word === 'dev') found.dev = words.next();
    else if (word === 'scope') found.scope = named(SCOPE_NAMES, words.next(), 0xff);
    else if (word === 'proto') found.protocol = named(PROTOCOLS, words.next(), 0xff);
    else if (word === 'blackhole') found.blackhole = true;
    else if (word === 'fdb') found.fdb = true;
    else if (word === 'group') setGroup(found, words.next());
    else if (word === 'type') found.type = words.next() === 'resilient' ? 'resilient' : 'mpath';
    else if (/^(buckets|(idle|unbalanced)_time(r)?)$/.test(word)) timers[word] = Number(words.next());
    else if (bit !== undefined) found.flags |= bit & 0xff;
    else throw words.unknown();
  }
  if (found.id === 0) throw unfit('this is no nexthop object');
  if (found.type === 'resilient') {
    found.resilience = {
      buckets: timers['buckets'] ?? 0,
      idleTimer: (timers['idle_timer'] ?? 0) * 100,
      unbalancedTimer: (timers['unbalanced_timer'] ?? 0) * 100,
      unbalancedTime: (timers['unbalanced_time'] ?? 0) * 100,
    };
  }
  return { kind: 'nexthop', op: isGone ? 'del' : 'replace', nexthop: found };
}

function setGateway(found: Mutable<NexthopObject>, word: string): void {
  found.via = word;
  found.family = word.includes(':') ? uapi.AF_INET6 : uapi.AF_INET;
}

function setGroup(found: Mutable<NexthopObject>, word: string): void {
  found.family = uapi.AF_UNSPEC;
  found.group = word.split('/').map((member) => {
    const [id = '', weight = '1'] = member.split(',');
    return { id: number(id, U32), weight: number(weight, 0xffff) };
  });
  found.type ??= 'mpath';
}

/** `100:	not from 10.0.0.0/16 fwmark 0x10/0xff iif e0 lookup 100 proto unspec` */
function parseRule(text: string, isGone: boolean): RuleChange | undefined {
  const words = new Words(text);
  const rule: Mutable<Rule> = {
    family: uapi.AF_INET,
    priority: number(words.next().replace(/:$/, ''), U32),
    action: 'table',
    table: 0,
    tos: 0,
    protocol: 0,
    flags: 0,
  };
  while (words.hasMore()) readRuleWord(rule, words);
  return { kind: 'rule', op: isGone ? 'del' : 'add', rule };
}

function readRuleWord(rule: Mutable<Rule>, words: Words): void {
  const word = words.next();
  const read = RULE_WORDS.get(word);
  if (read !== undefined) read(rule, words, word);
  else if (!/^\[.*\]$/.test(word)) throw words.unknown(); // [detached], [unresolved]
}

type RuleReader = (rule: Mutable<Rule>, words: Words, word: string) => void;

function readAddresses(rule: Mutable<Rule>, words: Words, word: 'from' | 'to'): void {
  const prefix = words.next();
  if (prefix.includes(':')) rule.family = uapi.AF_INET6;
  if (prefix !== 'all') rule[word] = prefix.includes('/') ? prefix : hostOf(prefix);
}

function readMark(rule: Mutable<Rule>, words: Words): void {
  const [mark = '', mask] = words.next().split('/');
  rule.fwmark = number(mark, U32);
  rule.fwmask = mask === undefined ? U32 : number(mask, U32);
}

/** What each word of a rule says; those that it may have behind them are read by it. */
const RULE_WORDS: ReadonlyMap<string, RuleReader> = new Map<string, RuleReader>([
  ['not', (rule) => void (rule.flags |= uapi.FIB_RULE_INVERT)],
  ['from', (rule, words) => readAddresses(rule, words, 'from')],
  ['to', (rule, words) => readAddresses(rule, words, 'to')],
  ['fwmark', readMark],
  ['iif', (rule, words) => void (rule.iif = words.next())],
  ['oif', (rule, words) => void (rule.oif = words.next())],
  [
    'tos',
    (rule, words) =>
      void (rule.tos = named(DSFIELD_NAMES, words.next().replace(/^0x0+(?=[^0])/, '0x'), 0xff)),
  ],
  ['uidrange', (rule, words) => void (rule.uidrange = rangeOf(words.next()))],
  ['sport', (rule, words) => void (rule.sport = rangeOf(words.next()))],
  ['dport', (rule, words) => void (rule.dport = rangeOf(words.next()))],
  [
    'ipproto',
    (rule, words) => void (rule.ipproto = IP_PROTOCOLS.get(words.next()) ?? number(words.word, 0xff)),
  ],
  ['lookup', (rule, words) => void (rule.table = named(TABLE_NAMES, words.next(), U32))],
  [
    'goto',
    (rule, words) => {
      rule.action = 'goto';
      rule.goto = number(words.next(), U32);
    },
  ],
  [
    'l3mdev',
    (rule, words) => {
      words.skip(/^\[l3mdev-table\]$/);
      rule.l3mdev = true;
    },
  ],
  ['proto', (rule, words) => void (rule.protocol = named(PROTOCOLS, words.next(), 0xff))],
  ...(['blackhole', 'unreachable', 'prohibit', 'nop'] as const).map((action): [string, RuleReader] => [
    action,
    (rule) => void (rule.action = action),
  ]),
  ['suppress_prefixlength', (rule, words) => void (rule.suppressPrefixLength = number(words.next(), U32))],
  ['suppress_ifgroup', (rule, words) => void (rule.suppressGroup = number(words.next(), U32))],
]);

/** The names of transports that `ip rule` writes. */
const IP_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['ipv6-icmp', 58],
  ['sctp', 132],
  ['udplite', 136],
]);

function hostOf(address: string): string {
  return address.includes(':') ? `${address}/128` : formatPrefix4(parseAddress4(address), 32);
}

function rangeOf(word: string): { start: number; end: number } {
  const [start = '', end = start] = word.split('-');
  return { start: number(start, U32), end: number(end, U32) };
}

/** The words of an entry. */
class Words {
  word = '';
  #at = 0;
  #wordAt = 0;

  constructor(readonly text: string) {}

  hasMore(): boolean {
    return /\S/.test(this.text.slice(this.#at));
  }

  /** @throws {FibError} EINVAL there is none */
  next(): string {
    const match = /\S+/.exec(this.text.slice(this.#at));
    if (match === null)
      throw new FibError('EINVAL', 'parse monitor', { detail: 'a word is missing', offset: this.#at });
    this.#wordAt = this.#at + match.index;
    this.#at = this.#wordAt + match[0].length;
    this.word = match[0];
    return this.word;
  }

  /** Passes over the next word if it is like this. */
  skip(pattern: RegExp): void {
    const match = /\S+/.exec(this.text.slice(this.#at));
    if (match !== null && pattern.test(match[0])) this.next();
  }

  unknown(): FibError {
    return new FibError('EINVAL', 'parse monitor', {
      detail: `'${this.word}' is not understood`,
      offset: this.#wordAt,
    });
  }
}

function unfit(detail: string): FibError {
  return new FibError('EINVAL', 'parse monitor', { detail });
}
