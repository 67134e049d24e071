/**
 * ip/route/selector.ts - the selectors of `ip route show`, `flush` and `save`.
 *
 * Table, protocol, interface and the cache are asked of the kernel, where the socket is a strict one; all of them are
 * looked at again in what comes (PROC-42). What a selector asks for exactly is not written in every line.
 */
import * as uapi from '../../abi/uapi.js';
import type { Hideable } from '../../text/ipformat.js';
import { Writer, u16, u32 } from '../../wire/bytes.js';
import { decodeRtmsg, RTMSG_BYTES, type RtMsg } from '../../wire/route.js';
import { decodeAttrs } from '../../wire/rtattr.js';
import { addressBytes, agree, readPrefix, type Inet } from '../address.js';
import type { Task } from '../io.js';
import { U32_MAX, U8_MAX, must, named, unsigned } from '../number.js';
import { wrongArgument } from '../failure.js';
import type { Session } from '../session.js';
import { choose, isShort, type Words } from '../words.js';
import { readRealms } from './realm.js';
import { readDsfield } from './tos.js';
import { readType } from './type.js';
import { findVrf } from './vrf.js';

/** A range of prefixes: those within `root`, those that hold `match`. */
interface Prefixes {
  root?: Inet | undefined;
  match?: Inet | undefined;
}

/** Realms that are asked for, and the bits that count. */
interface Realms {
  readonly value: number;
  readonly mask: number;
}

/** What routes are to be. */
export class Selector {
  family: number;
  /** 0 for all. */
  table = uapi.RT_TABLE_MAIN;
  isCache = false;
  protocol: number | undefined;
  scope: number | undefined;
  type: number | undefined;
  tos: number | undefined;
  mark: number | undefined;
  metric: number | undefined;
  realms: Realms | undefined;
  dev: string | undefined;
  iif: string | undefined;
  oifIndex: number | undefined;
  iifIndex: number | undefined;
  readonly to: Prefixes = {};
  readonly from: Prefixes = {};
  prefsrc: Inet | undefined;
  via: Inet | undefined;

  constructor(readonly session: Session) {
    this.family = session.options.family;
  }

  /** The payload of the request for a dump. */
  request(): Uint8Array {
    const w = new Writer();
    w.u8(this.family);
    w.zeros(4);
    w.u8(this.protocol ?? 0);
    w.zeros(2);
    w.u32(this.isCache ? uapi.RTM_F_CLONED : 0);
    if (this.table !== 0) w.attr32(uapi.RTA_TABLE, this.table);
    if (this.oifIndex !== undefined) w.attr32(uapi.RTA_OIF, this.oifIndex);
    return w.take();
  }

  /** Fields that need not be written, since the selector says them. */
  hidden(): ReadonlySet<Hideable> {
    const hidden = new Set<Hideable>();
    if (this.tos !== undefined) hidden.add('tos');
    if (this.protocol !== undefined) hidden.add('protocol');
    if (this.scope !== undefined) hidden.add('scope');
    if (this.oifIndex !== undefined) hidden.add('dev');
    if (this.iifIndex !== undefined) hidden.add('iif');
    if (this.metric !== undefined) hidden.add('metric');
    if (this.realms?.mask === U32_MAX) hidden.add('realm');
    if (isHost(this.prefsrc)) hidden.add('src');
    if (isHost(this.via)) hidden.add('via');
    return hidden;
  }

  /** Whether the route in the payload of a message is wanted. */
  wants(payload: Uint8Array): boolean {
    const head = decodeRtmsg(payload);
    const attrs = new Map<number, Uint8Array>();
    for (const { type, payload: value } of decodeAttrs(payload.subarray(RTMSG_BYTES))) attrs.set(type, value);
    return this.#wantsHead(head, attrs) && this.#wantsNumbers(attrs) && this.#wantsAddresses(head, attrs);
  }

  #wantsHead(head: RtMsg, attrs: ReadonlyMap<number, Uint8Array>): boolean {
    if (this.family !== 0 && head.family !== this.family) return false;
    if (this.isCache !== ((head.flags & uapi.RTM_F_CLONED) !== 0)) return false;
    if (this.table !== 0 && (numberIn(attrs, uapi.RTA_TABLE) ?? head.table) !== this.table) return false;
    return (
      isWanted(this.tos, head.tos) &&
      isWanted(this.protocol, head.protocol) &&
      isWanted(this.scope, head.scope) &&
      isWanted(this.type, head.type)
    );
  }

  #wantsNumbers(attrs: ReadonlyMap<number, Uint8Array>): boolean {
    if (this.realms !== undefined) {
      const { value, mask } = this.realms;
      if ((((numberIn(attrs, uapi.RTA_FLOW) ?? 0) ^ value) & mask) !== 0) return false;
    }
    return (
      isWanted(this.oifIndex, numberIn(attrs, uapi.RTA_OIF)) &&
      isWanted(this.iifIndex, numberIn(attrs, uapi.RTA_IIF)) &&
      isWanted(this.mark, numberIn(attrs, uapi.RTA_MARK) ?? 0) &&
      isWanted(this.metric, numberIn(attrs, uapi.RTA_PRIORITY) ?? 0)
    );
  }

  #wantsAddresses(head: RtMsg, attrs: ReadonlyMap<number, Uint8Array>): boolean {
    const { family, dstLength, srcLength } = head;
    const isIn = ({ root, match }: Prefixes, type: number, length: number): boolean => {
      const address = attrs.get(type) ?? new Uint8Array(addressBytes(family));
      if (
        root !== undefined &&
        !(isOf(root, family) && length >= root.length && agree(address, root.bytes, root.length))
      )
        return false;
      return (
        match === undefined ||
        (isOf(match, family) && length <= match.length && agree(address, match.bytes, length))
      );
    };
    return (
      isIn(this.to, uapi.RTA_DST, dstLength) &&
      isIn(this.from, uapi.RTA_SRC, srcLength) &&
      this.#wantsGateway(family, attrs) &&
      this.#wantsSource(family, attrs.get(uapi.RTA_PREFSRC))
    );
  }

  #wantsSource(family: number, address: Uint8Array = NOWHERE): boolean {
    const { prefsrc } = this;
    if (prefsrc === undefined) return true;
    return isOf(prefsrc, family) && agree(address, prefsrc.bytes, prefsrc.length);
  }

  #wantsGateway(family: number, attrs: ReadonlyMap<number, Uint8Array>): boolean {
    const wanted = this.via;
    if (wanted === undefined) return true;
    const via = attrs.get(uapi.RTA_VIA);
    const [own, address] =
      via === undefined ? [family, attrs.get(uapi.RTA_GATEWAY) ?? NOWHERE] : [u16(via, 0), via.subarray(2)];
    return isOf(wanted, own) && agree(address, wanted.bytes, wanted.length);
  }
}

/** The address of what has none: as many zeros as are asked for. */
const NOWHERE = new Uint8Array(0);

function isWanted(wanted: number | undefined, value: number | undefined): boolean {
  return wanted === undefined || wanted === value;
}

/** A prefix of all addresses by name is of any family. */
function isOf({ family }: Inet, of: number): boolean {
  return family === 0 || family === of;
}

function isHost(inet: Inet | undefined): boolean {
  return inet !== undefined && inet.length > 0 && inet.length === 8 * addressBytes(inet.family);
}

function numberIn(attrs: ReadonlyMap<number, Uint8Array>, type: number): number | undefined {
  const payload = attrs.get(type);
  return payload === undefined || payload.length < 4 ? undefined : u32(payload, 0);
}

/** What a keyword does with its value, which is the current word. */
type Keyword = (selector: Selector, words: Words) => Task | void;

/** Words that come with a value, in the order in which abbreviations are tried; `!` takes none. */
const VALUES: readonly (readonly [string, Keyword])[] = [
  ['table', readTable],
  ['vrf', readVrf],
  ['tos!', readTos],
  ['dsfield', readTos],
  ['protocol', readProtocol],
  ['scope', readScope],
  ['type', readNodeType],
  ['dev!', (selector, { word }) => void (selector.dev = word)],
  ['oif!', (selector, { word }) => void (selector.dev = word)],
  ['iif!', (selector, { word }) => void (selector.iif = word)],
  ['mark!', readMark],
  ['metric', readMetric],
  ['priority', readMetric],
  ['preference!', readMetric],
  ['via!', readVia],
  ['src!', (selector, { word }) => void (selector.prefsrc = readPrefix(word, selector.family))],
  ['realms', readRealm],
  ['from', (selector, words) => readPrefixes(selector, words, selector.from)],
];

/** Reads selectors up to the end of the line. @throws {Exit} words that are none; {Failed} no such device */
export function* readSelector(session: Session, words: Words): Task<Selector> {
  const selector = new Selector(session);
  while (words.more) {
    const keyword = choose(words.word, VALUES);
    if (keyword !== undefined) {
      words.value();
      yield* keyword(selector, words) ?? [];
    } else if (words.isShort('cached') || words.isShort('cloned')) selector.isCache = true;
    else {
      if (words.is('to')) words.value();
      readPrefixes(selector, words, selector.to);
    }
    words.take();
  }
  if (selector.family === 0 && selector.table !== 0) selector.family = uapi.AF_INET;
  if (selector.dev !== undefined) selector.oifIndex = yield* session.indexOf(selector.dev);
  if (selector.iif !== undefined) selector.iifIndex = yield* session.indexOf(selector.iif);
  return selector;
}

/** `root PREFIX`, `match PREFIX`, `[exact] PREFIX`; `any` of no family lets all through again. */
function readPrefixes(selector: Selector, words: Words, prefixes: Prefixes): void {
  const { word } = words;
  const [isRoot, isMatch] = [isShort(word, 'root'), isShort(word, 'match')];
  if (isRoot || isMatch || isShort(word, 'exact')) words.value();
  const isAny = selector.family === 0 && words.is('any', 'all');
  const inet = isAny ? undefined : readPrefix(words.word, selector.family);
  if (!isMatch) prefixes.root = inet;
  if (!isRoot) prefixes.match = inet;
}

function readTable(selector: Selector, { word }: Words): void {
  const { tables } = selector.session.names;
  if (word === 'cache') selector.isCache = true;
  else if (word === 'all') selector.table = 0;
  else selector.table = must(named(tables, word, U32_MAX), word, 'table id value is invalid');
}

function* readVrf(selector: Selector, { word }: Words): Task {
  selector.table = (yield* findVrf(selector.session, word)).table;
}

function readTos(selector: Selector, { word }: Words): void {
  selector.tos = must(readDsfield(word, selector.session.names), word, 'TOS value is invalid');
}

function readProtocol(selector: Selector, { word }: Words): void {
  if (word === 'all') return void (selector.protocol = undefined);
  selector.protocol = must(named(selector.session.names.protocols, word, U8_MAX), word, 'invalid "protocol"');
}

function readScope(selector: Selector, { word }: Words): void {
  if (word === 'all') return void (selector.scope = undefined);
  selector.scope = must(named(selector.session.names.scopes, word, U8_MAX), word, 'invalid "scope"');
}

function readNodeType(selector: Selector, { word }: Words): void {
  selector.type = must(readType(word), word, 'node type value is invalid');
}

function readMark(selector: Selector, { word }: Words): void {
  selector.mark = unsigned(word);
  if (selector.mark === undefined) throw wrongArgument(word, 'invalid mark value');
}

function readMetric(selector: Selector, { word }: Words): void {
  selector.metric = must(unsigned(word), word, '"metric" value is invalid');
}

function readVia(selector: Selector, words: Words): void {
  const family = words.is('inet') ? uapi.AF_INET : words.is('inet6') ? uapi.AF_INET6 : undefined;
  if (family !== undefined) words.value();
  selector.via = readPrefix(words.word, family ?? selector.family);
}

/** `FROM/TO`, `FROM/` or `TO`: the realm that is not written is not looked at. */
function readRealm(selector: Selector, { word }: Words): void {
  const value = must(readRealms(word, selector.session.names.realms), word, 'invalid realms');
  const hasTo = (value & 0xffff) !== 0 || !word.endsWith('/');
  const hasFrom = value >>> 16 !== 0 || word.includes('/');
  selector.realms = { value, mask: ((hasTo ? 0xffff : 0) | (hasFrom ? 0xffff0000 : 0)) >>> 0 };
}
