/**
 * ip/nexthop/modify.ts - `ip nexthop add`, `replace` and `delete`.
 *
 * The attributes stand in the order of the words; type and arguments of a group come last. A word that is not understood
 * is "wrong" without a reason. Encapsulations are not read.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { readAddress } from '../address.js';
import { Exit, USAGE, wrongArgument } from '../failure.js';
import type { Task } from '../io.js';
import { indexOfMaster } from '../link/device.js';
import { U16_MAX, U32_MAX, U8_MAX, invalid, must, named, unsigned } from '../number.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { NEXTHOP_HELP } from './help.js';

const MAX_WEIGHT = 256;
/** Longest time of a timer in seconds, which the kernel is told in hundredths. */
const MAX_SECONDS = Math.floor((U32_MAX - 1) / 100);

/** What the words say. */
class NexthopDraft {
  family: number;
  protocol = 0;
  flags = 0;
  readonly attrs = new Writer();

  constructor(family: number) {
    this.family = family;
  }
}

type Setter = (draft: NexthopDraft, words: Words, session: Session) => Task | void;

/** In the order in which they are tried; `!` takes no abbreviation. */
const KEYWORDS: readonly (readonly [string, Setter])[] = [
  ['id!', (draft, words) => draft.attrs.attr32(uapi.NHA_ID, readId(words))],
  ['dev!', setDevice],
  ['via!', setGateway],
  ['encap!', setEncap],
  ['blackhole!', setBlackhole],
  ['fdb!', (draft) => draft.attrs.attr(uapi.NHA_FDB, NOTHING)],
  ['onlink!', (draft) => void (draft.flags |= uapi.RTNH_F_ONLINK)],
  ['group!', setGroup],
  ['type!', setType],
  ['protocol', setProtocol],
  ['help!', help],
];

const NOTHING = new Uint8Array(0);

/** Sends RTM_NEWNEXTHOP or RTM_DELNEXTHOP. @throws {Exit} {Failed} */
export function* modifyNexthop(session: Session, words: Words, type: number, flags: number): Task {
  const draft = new NexthopDraft(session.options.family);
  for (; words.more; words.take()) {
    const set = choose(words.word, KEYWORDS);
    if (set === undefined) throw unknownWord(words.word);
    yield* set(draft, words, session) ?? [];
  }
  const w = new Writer();
  for (const byte of [draft.family, 0, draft.protocol, 0]) w.u8(byte);
  w.u32(draft.flags);
  w.raw(draft.attrs.take());
  yield* session.talk({ type, flags, payload: w.take() });
}

/** `argument "x" is wrong:` and no reason. */
export function unknownWord(word: string): Exit {
  return wrongArgument(word, '');
}

/** The value of `id`. @throws {Exit} */
export function readId(words: Words): number {
  const word = words.value();
  const id = unsigned(word);
  if (id === undefined) throw wrongArgument(word, 'invalid id value');
  return id;
}

function help(): never {
  throw new Exit(USAGE, NEXTHOP_HELP);
}

function* setDevice(draft: NexthopDraft, words: Words, session: Session): Task {
  draft.attrs.attr32(uapi.NHA_OIF, yield* indexOfMaster(session, words.value()));
  if (draft.family === 0) draft.family = uapi.AF_INET;
}

/** A gateway tells the family; in front of it may stand the word of another one. */
function setGateway(draft: NexthopDraft, words: Words): void {
  words.value();
  const family = FAMILIES.get(words.word);
  if (family !== undefined) words.value();
  const inet = readAddress(words.word, family ?? draft.family);
  if (draft.family === 0) draft.family = inet.family;
  else if (draft.family !== inet.family) throw invalid(words.word, 'address family mismatch');
  draft.attrs.attr(uapi.NHA_GATEWAY, inet.bytes);
}

const FAMILIES = new Map([
  ['inet', uapi.AF_INET],
  ['inet6', uapi.AF_INET6],
]);

function setEncap(_: NexthopDraft, words: Words): never {
  throw invalid(words.value(), '"encap type" value is invalid');
}

function setBlackhole(draft: NexthopDraft): void {
  draft.attrs.attr(uapi.NHA_BLACKHOLE, NOTHING);
  if (draft.family === 0) draft.family = uapi.AF_INET;
}

function setProtocol(draft: NexthopDraft, words: Words, session: Session): void {
  const word = words.value();
  const protocol = named(session.names.protocols, word, U8_MAX);
  draft.protocol = must(protocol, word, '"protocol" value is invalid');
}

/** `1/2,3`: ids, each with a weight behind a comma. */
function setGroup(draft: NexthopDraft, words: Words): void {
  const word = words.value();
  const members = word.split('/').map((member) => readMember(member, word));
  const at = draft.attrs.open(uapi.NHA_GROUP);
  for (const [id, weight] of members) {
    draft.attrs.u32(id);
    draft.attrs.u8(weight - 1);
    draft.attrs.zeros(3);
  }
  draft.attrs.close(at);
}

function readMember(member: string, group: string): readonly [id: number, weight: number] {
  const [head = '', tail] = member.split(/,(.*)/s, 2);
  const id = unsigned(head);
  if (id === undefined) throw invalid(firstOf(group), '"group" value is invalid');
  if (tail === undefined) return [id, 1];
  const weight = unsigned(tail);
  if (weight === undefined || weight === 0 || weight > MAX_WEIGHT) throw invalid(tail, '"weight" is invalid');
  return [id, weight];
}

/** A group as the error shows it: it was cut at its separators while it was read. */
function firstOf(group: string): string {
  return group.split(/[/,]/, 1)[0] ?? '';
}

/** Keywords of a resilient group: what they set, and how the error calls them. */
const TIMERS: readonly (readonly [string, type: number, why: string])[] = [
  ['idle_timer!', uapi.NHA_RES_GROUP_IDLE_TIMER, 'invalid idle timer value'],
  ['unbalanced_timer!', uapi.NHA_RES_GROUP_UNBALANCED_TIMER, 'invalid unbalanced timer value'],
];

/** The type of a group; behind `resilient` stand the arguments of one, up to a word that is none. */
function setType(draft: NexthopDraft, words: Words): void {
  const word = words.value();
  if (word !== 'mpath' && word !== 'resilient') throw invalid(word, '"type" value is invalid');
  if (word === 'resilient') readArguments(draft.attrs, words);
  const at = draft.attrs.open(uapi.NHA_GROUP_TYPE);
  draft.attrs.u16(word === 'resilient' ? uapi.NEXTHOP_GRP_TYPE_RES : uapi.NEXTHOP_GRP_TYPE_MPATH);
  draft.attrs.close(at);
}

function readArguments(w: Writer, words: Words): void {
  if (words.peek === undefined || !isArgument(words.peek)) return;
  const nest = w.open(uapi.NHA_RES_GROUP | uapi.NLA_F_NESTED);
  while (words.peek !== undefined && isArgument(words.peek)) {
    words.take();
    readArgument(w, words);
  }
  w.close(nest);
}

function isArgument(word: string): boolean {
  return word === 'buckets' || TIMERS.some(([name]) => name === `${word}!`);
}

function readArgument(w: Writer, words: Words): void {
  const timer = TIMERS.find(([name]) => name === `${words.word}!`);
  const word = words.value();
  if (timer !== undefined) {
    const [, type, why] = timer;
    const seconds = unsigned(word, MAX_SECONDS);
    if (seconds === undefined) throw wrongArgument(word, why);
    return w.attr32(type, seconds * 100);
  }
  const buckets = unsigned(word, U16_MAX);
  if (buckets === undefined) throw wrongArgument(word, 'invalid buckets value');
  const at = w.open(uapi.NHA_RES_GROUP_BUCKETS);
  w.u16(buckets);
  w.close(at);
}
