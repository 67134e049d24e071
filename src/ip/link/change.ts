/**
 * ip/link/change.ts - `ip link add`, `set` and `delete`: what the words of a link become in a request.
 *
 * The attributes stand in the order of the words; the name and IFLA_LINKINFO come last. Some keywords may be shortened,
 * most must be written in full, and which of two wins is the order of the table.
 */
import * as uapi from '../../abi/uapi.js';
import { OPER_STATES } from '../../model/link.js';
import { Writer } from '../../wire/bytes.js';
import { decodeLink } from '../../wire/link.js';
import {
  Exit,
  Failed,
  MISTAKE,
  REFUSED,
  USAGE,
  duplicate,
  noDevice,
  secondValue,
  wrongArgument,
} from '../failure.js';
import type { Task } from '../io.js';
import { integer, invalid, must, unsigned } from '../number.js';
import { zeroEnded, type Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { ALTNAME_MAX, indexIfAny, indexOfMaster, indexOfVrf, isName } from './device.js';
import { readHardware } from './hardware.js';
import { KIND_HELP, LINK_HELP } from './help.js';
import { putData } from './kind-args.js';
import { ADDRESS_MODES, LINK_MODES } from './words.js';

/** What an `ip link` command makes of its words. */
class LinkDraft {
  flags = 0;
  mask = 0;
  index: number | undefined;
  name: string | undefined;
  dev: string | undefined;
  kind: string | undefined;
  /** Device below, `link`. */
  lower: string | undefined;
  hasGroup = false;
  /** Bytes of a hardware address that was given. */
  addressBytes: number | undefined;
  /** Keywords that were given and may be given once. */
  readonly once = new Set<string>();
  /** The attributes so far. */
  readonly attrs = new Writer();

  setFlag(flag: number, isSet: boolean): void {
    this.mask |= flag;
    this.flags = isSet ? this.flags | flag : this.flags & ~flag;
  }
}

/** Reads the value of a keyword, which is the current word, and puts it into the draft. */
type Setter = (draft: LinkDraft, words: Words, session: Session) => Task | void;

/** In the order in which they are tried; `!` takes no abbreviation. */
const KEYWORDS: readonly (readonly [string, Setter])[] = [
  ['up!', (draft) => draft.setFlag(uapi.IFF_UP, true)],
  ['down!', (draft) => draft.setFlag(uapi.IFF_UP, false)],
  ['name!', setName],
  ['index!', setIndex],
  ['link', (draft, words) => void (draft.lower = words.value())],
  ['address', setAddress],
  ['broadcast', setBroadcast],
  ['brd!', setBroadcast],
  ['txqueuelen', setQueue],
  ['qlen!', setQueue],
  ['txqlen', setQueue],
  ['mtu!', (draft, words) => put32Once(draft, words, uapi.IFLA_MTU, 'mtu')],
  ['netns!', setNetns],
  ['multicast!', switchOf('multicast', uapi.IFF_MULTICAST)],
  ['allmulticast!', switchOf('allmulticast', uapi.IFF_ALLMULTI)],
  ['promisc!', switchOf('promisc', uapi.IFF_PROMISC)],
  ['trailers!', switchOf('trailers', uapi.IFF_NOTRAILERS, true)],
  ['arp!', switchOf('arp', uapi.IFF_NOARP, true)],
  ['carrier!', (draft, words) => put8(draft, uapi.IFLA_CARRIER, Number(onOffOf('carrier', words, true)))],
  ['dynamic', switchOf('dynamic', uapi.IFF_DYNAMIC)],
  ['type', setKind],
  ['alias', setAlias],
  ['group!', setGroup],
  ['mode!', setMode],
  ['state!', setState],
  ['master', setMaster],
  ['vrf!', setVrf],
  ['nomaster', (draft) => draft.attrs.attr32(uapi.IFLA_MASTER, 0)],
  ['numtxqueues', (draft, words) => put32Once(draft, words, uapi.IFLA_NUM_TX_QUEUES, 'numtxqueues')],
  ['numrxqueues', (draft, words) => put32Once(draft, words, uapi.IFLA_NUM_RX_QUEUES, 'numrxqueues')],
  ['addrgenmode', setAddressMode],
  [
    'protodown!',
    (draft, words) => put8(draft, uapi.IFLA_PROTO_DOWN, Number(onOffOf('protodown', words, true))),
  ],
  ['protodown_reason!', setDownReason],
  ['gso_max_size!', (draft, words) => put32(draft, words, uapi.IFLA_GSO_MAX_SIZE, 'gso_max_size')],
  ['gso_max_segs!', setSegments],
  ['gro_max_size!', (draft, words) => put32(draft, words, uapi.IFLA_GRO_MAX_SIZE, 'gro_max_size')],
  ['vf!', setVf],
  ['parentdev!', (draft, words) => draft.attrs.attr(IFLA_PARENT_DEV_NAME, zeroEnded(words.value()))],
  ['link-netns', (_, words) => refuse(words.value(), 'Invalid "link-netns" value')],
  ['link-netnsid', (draft, words) => put32(draft, words, uapi.IFLA_LINK_NETNSID, 'link-netnsid')],
];

const IFLA_PARENT_DEV_NAME = 56;

/** Reads words up to the end, or up to the type of the link, behind which its own words stand. @throws {Exit} */
function* readLinkWords(session: Session, words: Words, draft = new LinkDraft()): Task<LinkDraft> {
  for (; words.more && draft.kind === undefined; words.take()) {
    const set = choose(words.word, KEYWORDS);
    if (set !== undefined) yield* set(draft, words, session) ?? [];
    else setDevice(draft, words);
  }
  return draft;
}

function setDevice(draft: LinkDraft, words: Words): void {
  if (words.isShort('help')) throw new Exit(USAGE, LINK_HELP);
  if (words.is('dev')) words.value();
  if (draft.dev !== undefined) throw duplicate('dev', words.word);
  if (!isName(words.word, ALTNAME_MAX)) throw wrongArgument(words.word, '"dev" not a valid ifname');
  draft.dev = words.word;
}

// ---------------------------------------------------------------- the values of keywords

/** The value of a keyword that may be given once. */
function valueOnce(draft: LinkDraft, words: Words, key: string): string {
  const word = words.value();
  if (draft.once.has(key)) throw secondValue(key, word);
  draft.once.add(key);
  return word;
}

function put8({ attrs }: LinkDraft, type: number, value: number): void {
  attrs.attr(type, Uint8Array.of(value));
}

function put32(draft: LinkDraft, words: Words, type: number, key: string): void {
  const word = words.value();
  draft.attrs.attr32(type, must(unsigned(word), word, `Invalid "${key}" value`));
}

/** A number with its sign, as a u32. */
function put32Once(draft: LinkDraft, words: Words, type: number, key: string): void {
  const word = valueOnce(draft, words, key);
  const value = integer(word, -0x80000000, 0x7fffffff);
  draft.attrs.attr32(type, must(value, word, `Invalid "${key}" value`) >>> 0);
}

function setQueue(draft: LinkDraft, words: Words): void {
  put32Once(draft, words, uapi.IFLA_TXQLEN, 'txqueuelen');
}

function setName(draft: LinkDraft, words: Words): void {
  const word = valueOnce(draft, words, 'name');
  if (!isName(word)) throw wrongArgument(word, '"name" not a valid ifname');
  draft.name = word;
}

function setIndex(draft: LinkDraft, words: Words): void {
  const word = valueOnce(draft, words, 'index');
  const index = parseInt(word, 10) | 0; // the digits that it begins with, cut to 32 bits
  if (index <= 0) throw wrongArgument(word, 'Invalid "index" value');
  draft.index = index;
}

function setAddress(draft: LinkDraft, words: Words): void {
  const address = readHardware(words.value());
  draft.addressBytes = address.length;
  draft.attrs.attr(uapi.IFLA_ADDRESS, address);
}

function setBroadcast(draft: LinkDraft, words: Words): void {
  draft.attrs.attr(uapi.IFLA_BROADCAST, readHardware(words.value()));
}

/** Most segments that an offload puts together. */
const SEGMENTS_MAX = 65535;

function setSegments(draft: LinkDraft, words: Words): void {
  const count = unsigned(words.value(), SEGMENTS_MAX);
  draft.attrs.attr32(uapi.IFLA_GSO_MAX_SEGS, must(count, words.word, 'Invalid "gso_max_segs" value'));
}

/** Longest alias, in bytes. */
const ALIAS_MAX = 255;

function setAlias({ attrs }: LinkDraft, words: Words): void {
  const alias = new TextEncoder().encode(words.value());
  if (alias.length > ALIAS_MAX) throw invalid(words.word, 'alias too long');
  attrs.attr(uapi.IFLA_IFALIAS, alias);
}

/** Another namespace can be named by a process only, which the kernel will not find. */
function setNetns(draft: LinkDraft, words: Words): void {
  const word = valueOnce(draft, words, 'netns');
  const pid = integer(word, -0x80000000, 0x7fffffff);
  draft.attrs.attr32(uapi.IFLA_NET_NS_PID, must(pid, word, 'Invalid "netns" value') >>> 0);
}

/** A flag that is switched; `isOpposite` for one that is named by what it forbids. */
function switchOf(key: string, flag: number, isOpposite = false): Setter {
  return (draft, words) => draft.setFlag(flag, onOffOf(key, words, false) !== isOpposite);
}

/** `on` or `off`; two ways to say that it is neither. */
function onOffOf(key: string, words: Words, isOneOf: boolean): boolean {
  const word = words.value();
  if (word === 'on' || word === 'off') return word === 'on';
  const choices = isOneOf ? 'one of "off", "on"' : '"on" or "off"';
  const error = `Error: argument of "${key}" must be ${choices}, not "${word}"\n`;
  throw new Exit(isOneOf ? NEITHER : MISTAKE, error);
}

/** Numbers of groups are not looked at further than this; what is more than 32 bits is cut off. */
const MAX_GROUP = Number.MAX_SAFE_INTEGER;

/** What `carrier` ends with where it is neither: -EINVAL cut to a byte, its sign lost. */
const NEITHER = 22;

function setKind(draft: LinkDraft, words: Words): void {
  draft.kind = valueOnce(draft, words, 'type');
}

function setGroup(draft: LinkDraft, words: Words, session: Session): void {
  const word = valueOnce(draft, words, 'group');
  const number = session.names.groups.number.get(word) ?? integer(word, -MAX_GROUP, MAX_GROUP);
  draft.hasGroup = true;
  draft.attrs.attr32(uapi.IFLA_GROUP, must(number, word, 'Invalid "group" value') % 0x100000000);
}

function setMode(draft: LinkDraft, words: Words): void {
  const word = words.value();
  const mode = LINK_MODES.findIndex((name) => name === word.toUpperCase());
  if (mode < 0) throw invalid(word, 'Invalid link mode');
  put8(draft, uapi.IFLA_LINKMODE, mode);
}

function setState(draft: LinkDraft, words: Words): void {
  const word = words.value();
  const state = OPER_STATES.findIndex((name) => name === word.toUpperCase());
  if (state < 0) throw invalid(word, 'Invalid operstate');
  put8(draft, uapi.IFLA_OPERSTATE, state);
}

function* setMaster(draft: LinkDraft, words: Words, session: Session): Task {
  draft.attrs.attr32(uapi.IFLA_MASTER, yield* indexOfMaster(session, words.value()));
}

function* setVrf(draft: LinkDraft, words: Words, session: Session): Task {
  draft.attrs.attr32(uapi.IFLA_MASTER, yield* indexOfVrf(session, words.value()));
}

function setAddressMode({ attrs }: LinkDraft, words: Words): void {
  const word = words.value();
  const mode = ADDRESS_MODES.findIndex((name) => name === word.toLowerCase());
  if (mode < 0) throw invalid(word, 'Invalid address generation mode');
  const families = attrs.open(uapi.IFLA_AF_SPEC);
  const inet6 = attrs.open(uapi.AF_INET6);
  attrs.attr(uapi.IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(mode));
  attrs.close(inet6);
  attrs.close(families);
}

/** Highest number of a reason for protodown. */
const REASON_MAX = 31;
/** Attributes of IFLA_PROTO_DOWN_REASON: which bits are set, and to what. */
const REASON_MASK = 1;
const REASON_VALUE = 2;

/** `protodown_reason N on|off`: a bit. */
function setDownReason({ attrs }: LinkDraft, words: Words): void {
  const word = words.value();
  const bit = 1 << must(unsigned(word, REASON_MAX), word, 'invalid protodown reason');
  const isOn = onOffOf('protodown_reason', words, false);
  const reason = attrs.open(uapi.IFLA_PROTO_DOWN_REASON | uapi.NLA_F_NESTED);
  attrs.attr32(REASON_MASK, bit >>> 0);
  attrs.attr32(REASON_VALUE, isOn ? bit >>> 0 : 0);
  attrs.close(reason);
}

/** A virtual function: nobody here has any. */
function setVf(draft: LinkDraft, words: Words): never {
  const word = words.value();
  must(unsigned(word), word, 'Invalid "vf" value');
  if (draft.dev === undefined) throw new Exit(USAGE, 'Error: argument "dev" is required\n');
  words.value(); // something of it,
  words.value(); // and what
  throw new Failed(REFUSED, 'RTNETLINK answers: Operation not supported\n');
}

function refuse(word: string, why: string): never {
  throw invalid(word, why);
}

// ---------------------------------------------------------------- the request

/** Sends RTM_NEWLINK that makes a link. @throws {Exit} {Failed} */
export function* createLink(session: Session, words: Words, flags: number): Task {
  const draft = yield* readLinkWords(session, words);
  if (draft.name !== undefined && draft.dev !== undefined) throw twoNames();
  if (draft.hasGroup && draft.dev === undefined && draft.name === undefined) {
    throw new Exit(USAGE, 'group cannot be used when creating devices.\n');
  }
  const lower = draft.lower === undefined ? undefined : yield* session.indexOf(draft.lower);
  if (draft.kind === undefined)
    throw new Exit(MISTAKE, 'Not enough information: "type" argument is required\n');
  if (lower !== undefined) draft.attrs.attr32(uapi.IFLA_LINK, lower);
  yield* finish(session, words, draft, draft.name ?? draft.dev);
  yield* session.talk({ type: uapi.RTM_NEWLINK, flags, payload: payloadOf(draft, draft.index ?? 0) });
}

/** Sends RTM_NEWLINK or RTM_DELLINK for a link that is there, or for a group of them. @throws {Exit} {Failed} */
export function* changeLink(session: Session, words: Words, type: number): Task {
  const draft = yield* readLinkWords(session, words);
  const { name, hasGroup, index } = draft;
  if (index !== undefined) {
    const when = 'when creating devices or when moving device to another netns';
    throw new Exit(USAGE, `index can be used only ${when}.\n`);
  }
  const dev = draft.dev ?? name; // a name alone is the link's own
  if (dev === undefined && !hasGroup) {
    throw new Exit(USAGE, 'Not enough information: "dev" argument is required.\n');
  }
  const target = dev === undefined ? 0 : yield* indexIfAny(session, dev);
  if (dev !== undefined && target === 0) throw noDevice(dev);
  if (draft.addressBytes !== undefined && target !== 0)
    yield* checkAddress(session, target, draft.addressBytes);
  yield* finish(session, words, draft, name === dev ? undefined : name);
  yield* session.talk({ type, payload: payloadOf(draft, target) });
  session.forget(target);
}

/** Compares the length of a new hardware address with that of the old one. @throws {Exit} */
function* checkAddress(session: Session, index: number, bytes: number): Task {
  const w = new Writer();
  w.u32(0);
  w.u32(index);
  w.zeros(8);
  const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() });
  const length = answer && (decodeLink(answer.payload).address?.length ?? 0);
  if (length !== undefined && length !== bytes) {
    throw new Exit(MISTAKE, `Invalid address length ${bytes} - must be ${length} bytes\n`);
  }
}

/** Name and kind, which come behind the attributes of the words. */
function* finish(session: Session, words: Words, draft: LinkDraft, name: string | undefined): Task {
  const { attrs, kind } = draft;
  if (name !== undefined) attrs.attr(uapi.IFLA_IFNAME, zeroEnded(name));
  if (kind === undefined) return;
  const info = attrs.open(uapi.IFLA_LINKINFO);
  attrs.attr(uapi.IFLA_INFO_KIND, new TextEncoder().encode(kind));
  if (words.more) {
    const isPort = kind.endsWith('_slave');
    const data = attrs.open(isPort ? uapi.IFLA_INFO_SLAVE_DATA : uapi.IFLA_INFO_DATA);
    if (kind === 'veth') yield* putPeer(session, words, attrs);
    else putData(attrs, kind, words, session);
    attrs.close(data);
  }
  attrs.close(info);
}

/** The other end of a veth pair: the words of a link behind `peer`. */
function* putPeer(session: Session, words: Words, w: Writer): Task {
  if (!words.is('peer')) throw new Exit(MISTAKE, '', KIND_HELP['veth']);
  words.take();
  const draft = new LinkDraft();
  draft.once.add('type'); // the pair has it already
  yield* readLinkWords(session, words, draft);
  const { name, dev } = draft;
  if (name !== undefined && dev !== undefined) throw twoNames();
  const peer = w.open(uapi.VETH_INFO_PEER);
  w.raw(payloadOf(draft, draft.index ?? 0));
  const only = name ?? dev;
  if (only !== undefined) w.attr(uapi.IFLA_IFNAME, zeroEnded(only));
  w.close(peer);
}

function twoNames(): Exit {
  return new Exit(USAGE, 'both "name" and "dev" cannot be used when creating devices.\n');
}

/** struct ifinfomsg and the attributes. */
function payloadOf({ flags, mask, attrs }: LinkDraft, index: number): Uint8Array {
  const w = new Writer();
  w.u32(0);
  w.u32(index);
  w.u32(flags);
  w.u32(mask);
  w.raw(attrs.take());
  return w.take();
}
