/**
 * ip/route/modify.ts - `ip route add` and its like: words to RTM_NEWROUTE or RTM_DELROUTE.
 *
 * Attributes stand in the order of the words, then RTA_OIF, RTA_METRICS and RTA_MULTIPATH. What is not said is filled in
 * at the end: the family by the first address, the table and the scope by the type (CFG-24).
 */
import * as uapi from '../../abi/uapi.js';
import { PREF_NAMES } from '../../text/names.js';
import { Writer } from '../../wire/bytes.js';
import { readAddress, readPrefix, type Inet } from '../address.js';
import { duplicate } from '../failure.js';
import type { Task } from '../io.js';
import { U32_MAX, U8_MAX, invalid, must, named, unsigned } from '../number.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { readEncap } from './encap.js';
import { usage } from './help.js';
import { METRICS, Metrics } from './metric.js';
import { readNexthops } from './nexthop.js';
import { printRouteMessage } from './print.js';
import { readRealms } from './realm.js';
import { readDsfield } from './tos.js';
import { readType } from './type.js';
import { readVia } from './via.js';
import { findVrf } from './vrf.js';

const { RTA_DST, RTA_SRC, RTA_OIF, RTA_PRIORITY, RTA_PREFSRC, RTA_MULTIPATH, RTA_FLOW } = uapi;

/** What a word of the command does besides being passed over. */
type Keyword = (route: RouteWords) => Task | void;

/** A route being put together from words. */
class RouteWords {
  family: number;
  /** Attributes so far. */
  readonly attrs = new Writer();
  readonly metrics = new Metrics();
  readonly nexthops = new Writer();
  dst: Inet | undefined;
  srcLength = 0;
  tos = 0;
  table: number | undefined;
  protocol: number | undefined;
  scope: number | undefined;
  type: number | undefined;
  flags = 0;
  dev: string | undefined;
  hasGateway = false;
  hasNexthops = false;
  hasNhid = false;

  constructor(
    readonly session: Session,
    readonly words: Words,
  ) {
    this.family = session.options.family;
  }

  /** A prefix or an address tells the family when nothing has told it before. */
  prefix(): Inet {
    return this.#told(readPrefix(this.words.word, this.family));
  }

  address(): Inet {
    return this.#told(readAddress(this.words.word, this.family));
  }

  #told(inet: Inet): Inet {
    if (this.family === 0) this.family = inet.family;
    return inet;
  }

  /** The number that the current word is, as an attribute. */
  put32(type: number, why: string): void {
    const { word } = this.words;
    this.attrs.attr32(type, must(unsigned(word), word, why));
  }

  /** The payload of the message; what is still to be read are nexthops. */
  *payload(isDelete: boolean): Task<Uint8Array> {
    const { session, words } = this;
    if (this.dst === undefined) throw usage();
    const oif = this.dev === undefined ? undefined : yield* session.indexOf(this.dev);
    if (this.hasNexthops) this.family = yield* readNexthops(session, words, this.nexthops, this.family);
    const w = new Writer();
    const family = this.family === 0 ? uapi.AF_INET : this.family;
    const type = this.type ?? (isDelete ? uapi.RTN_UNSPEC : uapi.RTN_UNICAST);
    const table = this.table ?? (LOCAL_TYPES.has(type) ? uapi.RT_TABLE_LOCAL : uapi.RT_TABLE_MAIN);
    w.u8(family);
    w.u8(this.dst.length);
    w.u8(this.srcLength);
    w.u8(this.tos);
    w.u8(table > U8_MAX ? uapi.RT_TABLE_UNSPEC : table);
    w.u8(this.protocol ?? (isDelete ? uapi.RTPROT_UNSPEC : uapi.RTPROT_BOOT));
    w.u8(this.scope ?? this.#usualScope(family, type, isDelete));
    w.u8(type);
    w.u32(this.flags);
    w.raw(this.attrs.take());
    if (oif !== undefined) w.attr32(RTA_OIF, oif);
    this.metrics.put(w);
    if (this.nexthops.length > 0) w.attr(RTA_MULTIPATH, this.nexthops.take());
    return w.take();
  }

  #usualScope(family: number, type: number, isDelete: boolean): number {
    if (family === uapi.AF_INET6) return uapi.RT_SCOPE_UNIVERSE;
    if (type === uapi.RTN_LOCAL || type === uapi.RTN_NAT) return uapi.RT_SCOPE_HOST;
    if (LINK_TYPES.has(type)) return uapi.RT_SCOPE_LINK;
    if (isDelete) return uapi.RT_SCOPE_NOWHERE;
    const isOnLink = type === uapi.RTN_UNICAST && !this.hasGateway && !this.hasNexthops && !this.hasNhid;
    return isOnLink ? uapi.RT_SCOPE_LINK : uapi.RT_SCOPE_UNIVERSE;
  }
}

/** Types whose routes stand in table local. */
const LOCAL_TYPES = new Set([uapi.RTN_LOCAL, uapi.RTN_BROADCAST, uapi.RTN_NAT, uapi.RTN_ANYCAST]);
/** Types that reach no further than the link. */
const LINK_TYPES = new Set([uapi.RTN_BROADCAST, uapi.RTN_MULTICAST, uapi.RTN_ANYCAST]);

/** Words that come with a value, in the order in which abbreviations are tried; `!` takes none. */
const VALUES: readonly (readonly [string, Keyword])[] = [
  ['src!', (r) => r.attrs.attr(RTA_PREFSRC, r.address().bytes)],
  ['as!', readAs],
  ['via!', readGateway],
  ['from!', readSource],
  ['tos!', readTos],
  ['dsfield', readTos],
  ['expires!', (r) => r.put32(uapi.RTA_EXPIRES, '"expires" value is invalid')],
  ['metric', readPriority],
  ['priority', readPriority],
  ['preference!', readPriority],
  ['pref', readPref],
  ['scope!', readScope],
  ...METRICS.map(([name, read]): readonly [string, Keyword] => [name, (r) => read(r.metrics, r.words)]),
  ['realms', readRealm],
  ['nhid!', readNhid],
  ['protocol', readProtocol],
  ['table', readTable],
  ['vrf', readVrf],
  ['dev!', (r) => void (r.dev = r.words.word)],
  ['oif!', (r) => void (r.dev = r.words.word)],
  ['encap!', (r) => readEncap(r.attrs, r.words, r.session.names)],
  ['ttl-propagate!', readTtlPropagate],
];

/** Words that stand for themselves. */
const FLAGS: readonly (readonly [string, Keyword])[] = [
  ['onlink!', (r) => void (r.flags |= uapi.RTNH_F_ONLINK)],
];

/**
 * `ip route VERB ...`: sends the route that the words describe.
 * @param flags NLM_F_* of the verb
 */
export function* modifyRoute(session: Session, words: Words, type: number, flags: number): Task {
  const route = new RouteWords(session, words);
  while (words.more) {
    const keyword = choose(words.word, VALUES);
    const flag = choose(words.word, FLAGS);
    if (keyword === readGateway && route.hasGateway) {
      throw invalid('via', 'use nexthop syntax to specify multiple via');
    }
    if (keyword !== undefined) {
      words.value();
      yield* keyword(route) ?? [];
    } else if (flag !== undefined) yield* flag(route) ?? [];
    else if (words.is('nexthop')) {
      route.hasNexthops = true;
      break;
    } else readDestination(route);
    words.take();
  }
  const payload = yield* route.payload(type === uapi.RTM_DELROUTE);
  yield* session.talk({ type, flags, payload }, (message) => printRouteMessage(session, message));
}

/** `[to] [TYPE] PREFIX`, or `help`; nothing else is left. */
function readDestination(route: RouteWords): void {
  const { words } = route;
  if (words.is('to')) words.value();
  const type = /^\d/.test(words.word) ? undefined : readType(words.word);
  if (type !== undefined) {
    route.type = type;
    words.value();
  }
  if (words.isShort('help')) throw usage();
  if (route.dst !== undefined) throw duplicate('to', words.word);
  route.dst = route.prefix();
  if (route.dst.bytes.length > 0) route.attrs.attr(RTA_DST, route.dst.bytes);
}

function readAs(route: RouteWords): void {
  if (route.words.is('to')) route.words.value();
  route.attrs.attr(uapi.RTA_NEWDST, route.address().bytes);
}

function readGateway(route: RouteWords): void {
  route.hasGateway = true;
  route.family = readVia(route.attrs, route.words, route.family);
}

function readSource(route: RouteWords): void {
  const { bytes, length } = route.prefix();
  if (bytes.length > 0) route.attrs.attr(RTA_SRC, bytes);
  route.srcLength = length;
}

function readTos(route: RouteWords): void {
  const { word } = route.words;
  route.tos = must(readDsfield(word, route.session.names), word, '"tos" value is invalid');
}

function readPriority(route: RouteWords): void {
  route.put32(RTA_PRIORITY, '"metric" value is invalid');
}

function readScope(route: RouteWords): void {
  const { session, words } = route;
  route.scope = must(named(session.names.scopes, words.word, U8_MAX), words.word, 'invalid "scope" value');
}

function readProtocol(route: RouteWords): void {
  const { session, words } = route;
  const protocol = named(session.names.protocols, words.word, U8_MAX);
  route.protocol = must(protocol, words.word, '"protocol" value is invalid');
}

/** A table beyond the byte of the header stands in an attribute as well. */
function readTable(route: RouteWords): void {
  const { session, words } = route;
  setTable(
    route,
    must(named(session.names.tables, words.word, U32_MAX), words.word, '"table" value is invalid'),
  );
}

function* readVrf(route: RouteWords): Task {
  setTable(route, (yield* findVrf(route.session, route.words.word)).table);
}

function setTable(route: RouteWords, table: number): void {
  route.table = table;
  if (table > U8_MAX) route.attrs.attr32(uapi.RTA_TABLE, table);
}

function readRealm(route: RouteWords): void {
  const { session, words } = route;
  const realms = readRealms(words.word, session.names.realms);
  route.attrs.attr32(RTA_FLOW, must(realms, words.word, '"realm" value is invalid'));
}

function readNhid(route: RouteWords): void {
  route.hasNhid = true;
  route.put32(uapi.RTA_NH_ID, '"id" value is invalid');
}

/** The router preference of IPv6: a byte. */
function readPref(route: RouteWords): void {
  const { word } = route.words;
  const pref = must(named(PREF_NAMES, word, U8_MAX), word, '"pref" value is invalid');
  route.attrs.attr(uapi.RTA_PREF, Uint8Array.of(pref));
}

function readTtlPropagate(route: RouteWords): void {
  const { word } = route.words;
  const value = ['disabled', 'enabled'].indexOf(word);
  if (value < 0) throw invalid(word, '"ttl-propagate" value is invalid');
  route.attrs.attr(uapi.RTA_TTL_PROPAGATE, Uint8Array.of(value));
}
