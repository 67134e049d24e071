/**
 * ip/address/modify.ts - `ip address add`, `change`, `replace` and `delete`.
 *
 * The attributes stand in the order of the words, then flags, peer, broadcast address and life times that follow from
 * them. Metric, broadcast and life times may be shortened, nothing else.
 */
import * as uapi from '../../abi/uapi.js';
import { FOREVER } from '../../model/address.js';
import { Writer, u32be } from '../../wire/bytes.js';
import { addressText, readAddress, readPrefix, type Inet } from '../address.js';
import { Exit, MISTAKE, USAGE, duplicate, noDevice, secondValue, wrongArgument } from '../failure.js';
import type { Task } from '../io.js';
import { indexIfAny } from '../link/device.js';
import { U8_MAX, must, unsigned } from '../number.js';
import { readScope } from '../link/select.js';
import { zeroEnded, type Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { ADDRESS_HELP } from './help.js';

/** What the words say. */
class AddressDraft {
  readonly attrs = new Writer();
  local: Inet | undefined;
  /** `peer`, whose length counts then. */
  peer: Inet | undefined;
  /** A broadcast address was given, or is to be made: all ones, all zeros. */
  broadcast: 'given' | '+' | '-' | undefined;
  anycast = false;
  scope: number | undefined;
  flags = 0;
  dev: string | undefined;
  valid: number | undefined;
  preferred: number | undefined;

  constructor(public family: number) {}

  get hasTimes(): boolean {
    return this.valid !== undefined || this.preferred !== undefined;
  }
}

type Setter = (draft: AddressDraft, words: Words, session: Session) => void;

/** In the order in which they are tried; `!` takes no abbreviation. */
const KEYWORDS: readonly (readonly [string, Setter])[] = [
  ['peer!', setPeer],
  ['remote!', setPeer],
  ['broadcast', setBroadcast],
  ['brd!', setBroadcast],
  ['anycast!', setAnycast],
  ['scope!', setScope],
  ['dev!', (draft, words) => void (draft.dev = words.value())],
  ['label!', setLabel],
  ['metric', setMetric],
  ['priority', setMetric],
  ['preference', setMetric],
  ['valid_lft', setValid],
  ['preferred_lft', setPreferred],
];

/** Flags that can be asked for, and on whom. */
const FLAGS: ReadonlyMap<string, number> = new Map([
  ['home', 0x10],
  ['nodad', 0x02],
  ['optimistic', 0x04],
  ['mngtmpaddr', 0x100],
  ['noprefixroute', uapi.IFA_F_NOPREFIXROUTE],
  ['autojoin', uapi.IFA_F_MCAUTOJOIN],
]);
const FOR_IPV6_ONLY: readonly string[] = ['home', 'nodad', 'optimistic', 'mngtmpaddr'];
/** Flags that are the kernel's to set. */
const FIXED: readonly string[] = [
  ...['secondary', 'temporary', 'dadfailed', 'deprecated', 'tentative', 'permanent', 'stable-privacy'],
];

/** Sends RTM_NEWADDR or RTM_DELADDR. @throws {Exit} {Failed} */
export function* modifyAddress(session: Session, words: Words, type: number, flags: number): Task {
  const draft = new AddressDraft(session.options.family);
  for (; words.more; words.take()) readWord(draft, words, session);
  const { dev } = draft;
  if (dev === undefined) throw new Exit(MISTAKE, 'Not enough information: "dev" argument is required.\n');
  putLocal(session, draft, type);
  const index = yield* indexIfAny(session, dev);
  if (index === 0) throw noDevice(dev);
  const payload = payloadOf(draft, index, type);
  yield* session.talk({ type, flags, payload });
}

function readWord(draft: AddressDraft, words: Words, session: Session): void {
  const set = choose(words.word, KEYWORDS);
  if (set !== undefined) return set(draft, words, session);
  if (readFlag(draft, words.word, session)) return;
  if (words.is('local')) words.value();
  if (words.isShort('help')) throw new Exit(USAGE, ADDRESS_HELP);
  if (draft.local !== undefined) throw duplicate('local', words.word);
  draft.local = readInet(draft, words.word);
  putInet(draft, uapi.IFA_LOCAL, draft.local);
}

// ---------------------------------------------------------------- the words

/** A prefix, which tells the family where none was known. */
function readInet(draft: AddressDraft, word: string): Inet {
  const inet = readPrefix(word, draft.family);
  if (draft.family === 0) draft.family = inet.family;
  return inet;
}

function putInet({ attrs }: AddressDraft, type: number, { bytes }: Inet): void {
  attrs.attr(type, bytes);
}

function setPeer(draft: AddressDraft, words: Words): void {
  const word = words.value();
  if (draft.peer !== undefined) throw secondValue('peer', word);
  draft.peer = readInet(draft, word);
  putInet(draft, uapi.IFA_ADDRESS, draft.peer);
}

function setBroadcast(draft: AddressDraft, words: Words): void {
  const word = words.value();
  if (draft.broadcast !== undefined) throw secondValue('broadcast', word);
  if (word === '+' || word === '-') {
    draft.broadcast = word;
    return;
  }
  const inet = readAddress(word, draft.family);
  if (draft.family === 0) draft.family = inet.family;
  draft.broadcast = 'given';
  putInet(draft, uapi.IFA_BROADCAST, inet);
}

function setAnycast(draft: AddressDraft, words: Words): void {
  const word = words.value();
  if (draft.anycast) throw secondValue('anycast', word);
  const inet = readAddress(word, draft.family);
  if (draft.family === 0) draft.family = inet.family;
  draft.anycast = true;
  putInet(draft, uapi.IFA_ANYCAST, inet);
}

function setScope(draft: AddressDraft, words: Words, session: Session): void {
  const word = words.value();
  draft.scope = readScope(session.names.scopes, word);
  if (draft.scope === undefined) throw wrongArgument(word, 'invalid scope value.');
}

function setLabel(draft: AddressDraft, words: Words): void {
  draft.attrs.attr(uapi.IFA_LABEL, zeroEnded(words.value()));
}

function setMetric(draft: AddressDraft, words: Words): void {
  const word = words.value();
  draft.attrs.attr32(uapi.IFA_RT_PRIORITY, must(unsigned(word), word, '"metric" value is invalid'));
}

function setValid(draft: AddressDraft, words: Words): void {
  draft.valid = lifetime(draft.valid, words, 'valid_lft');
}

function setPreferred(draft: AddressDraft, words: Words): void {
  draft.preferred = lifetime(draft.preferred, words, 'preferred_lft');
}

/** Seconds, or `forever`. */
function lifetime(before: number | undefined, words: Words, key: string): number {
  const keyword = words.word;
  const word = words.value();
  if (before !== undefined) throw secondValue(key, keyword);
  if (word === 'forever') return FOREVER;
  const seconds = unsigned(word);
  if (seconds === undefined) throw wrongArgument(word, `${key} value`);
  return seconds;
}

/** Takes a flag; false where the word is none. */
function readFlag(draft: AddressDraft, word: string, session: Session): boolean {
  if (FIXED.includes(word)) {
    session.err(`Warning: ${word} option is not mutable from userspace\n`);
    return true;
  }
  const flag = FLAGS.get(word);
  if (flag === undefined) return false;
  if (FOR_IPV6_ONLY.includes(word) && draft.family !== uapi.AF_INET6) {
    session.err(`Warning: ${word} option can be set only for IPv6 addresses\n`);
  } else draft.flags |= flag;
  return true;
}

// ---------------------------------------------------------------- the request

/** struct ifaddrmsg and the attributes. @throws {Exit} life times or an address that do not fit */
/** The other end of an address without a peer is itself; a removal without a length takes any. */
function putLocal(session: Session, draft: AddressDraft, type: number): void {
  const { attrs, local, peer, flags, family } = draft;
  const isDeletion = type === uapi.RTM_DELADDR;
  if (flags > U8_MAX) attrs.attr32(uapi.IFA_FLAGS, flags);
  if (peer !== undefined || local === undefined || local.family === 0 || local.bytes.length === 0) return;
  if (isDeletion && family === uapi.AF_INET && !local.hasLength) warnOfWildcard(session, local);
  else putInet(draft, uapi.IFA_ADDRESS, local);
}

function payloadOf(draft: AddressDraft, index: number, type: number): Uint8Array {
  const { attrs, local, peer, flags, family } = draft;
  const isDeletion = type === uapi.RTM_DELADDR;
  const { length = 0 } = peer ?? local ?? {};
  if (!isDeletion) putBroadcast(draft, length);
  checkAutojoin(draft);
  putTimes(draft);
  const w = new Writer();
  for (const byte of [family, length, flags > U8_MAX ? 0 : flags, scopeOf(draft, isDeletion)]) w.u8(byte);
  w.u32(index);
  w.raw(attrs.take());
  return w.take();
}

function warnOfWildcard(session: Session, { bytes }: Inet): void {
  session.err(`Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${addressText(uapi.AF_INET, bytes)}/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`);
}

/** `brd +` and `brd -`: the address with all bits behind the prefix set, or none. */
function putBroadcast({ attrs, broadcast, family, peer, local }: AddressDraft, length: number): void {
  if (broadcast !== '+' && broadcast !== '-') return;
  if (family !== uapi.AF_INET) {
    throw new Exit(MISTAKE, 'Broadcast can be set only for IPv4 addresses\n');
  }
  const { bytes } = peer ?? local!;
  if (length > LONGEST_WITH_BROADCAST) return;
  const host = 0xffffffff >>> length;
  const at = attrs.open(uapi.IFA_BROADCAST);
  attrs.u32be(broadcast === '+' ? u32be(bytes, 0) | host : u32be(bytes, 0) & ~host);
  attrs.close(at);
}

/** A /31 and a /32 have no address to spare. */
const LONGEST_WITH_BROADCAST = 30;

function checkAutojoin({ flags, family, local }: AddressDraft): void {
  if ((flags & uapi.IFA_F_MCAUTOJOIN) === 0) return;
  const first = local?.bytes[0] ?? 0;
  const isGroup = family === uapi.AF_INET ? first >> 4 === 0xe : first === 0xff;
  if (!isGroup) throw new Exit(MISTAKE, 'autojoin needs multicast address\n');
}

function putTimes({ attrs, valid = FOREVER, preferred = FOREVER, hasTimes }: AddressDraft): void {
  if (!hasTimes) return;
  if (valid === 0) throw new Exit(MISTAKE, 'valid_lft is zero\n');
  if (valid < preferred) throw new Exit(MISTAKE, 'preferred_lft is greater than valid_lft\n');
  const at = attrs.open(uapi.IFA_CACHEINFO);
  for (const word of [preferred, valid, 0, 0]) attrs.u32(word);
  attrs.close(at);
}

/** The scope that was given, else that of an address: 127/8 is of the host. */
function scopeOf({ scope, family, local }: AddressDraft, isDeletion: boolean): number {
  if (scope !== undefined) return scope;
  const isLoopback = family === uapi.AF_INET && local?.bytes[0] === 127;
  return isLoopback && !isDeletion ? uapi.RT_SCOPE_HOST : uapi.RT_SCOPE_UNIVERSE;
}
