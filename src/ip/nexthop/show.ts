/**
 * ip/nexthop/show.ts - `ip nexthop show`, `get` and `flush`, and the buckets of resilient groups.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { NHMSG_BYTES, decodeNexthop } from '../../wire/nexthop.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { Exit, Failed, MISTAKE, USAGE, wrongArgument } from '../failure.js';
import type { Task } from '../io.js';
import { U16_MAX, unsigned } from '../number.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { Attrs } from '../attrs.js';
import { NEXTHOP_HELP } from './help.js';
import { readId } from './modify.js';
import { printBucket, printNexthop } from './print.js';
import { dumpPayload, readBucketSelection, readSelection, type NexthopSelection } from './select.js';

/** Prints one entry. */
type Print = (session: Session, message: NlMsg) => Task | void;

/** `ip nexthop show`: with an id that object, else a dump. */
export function* showNexthops(session: Session, words: Words): Task {
  const selection = yield* readSelection(session, words);
  if (selection.id !== undefined) return yield* showOne(session, selection.id);
  const messages = yield* dumpObjects(session, selection);
  yield* printAll(session, messages, printNexthop);
}

/** `ip nexthop get id ID` */
export function* getNexthop(session: Session, words: Words): Task {
  let id: number | undefined;
  for (; words.more; words.take()) {
    if (!words.is('id')) throw usage();
    id = readId(words);
  }
  if (id === undefined || id === 0) throw usage();
  yield* showOne(session, id);
}

function* showOne(session: Session, id: number): Task {
  const w = new Writer();
  w.u8(session.options.family);
  w.zeros(7);
  w.attr32(uapi.NHA_ID, id);
  yield* ask(session, uapi.RTM_GETNEXTHOP, w.take(), printNexthop);
}

function* ask(session: Session, type: number, payload: Uint8Array, print: Print): Task {
  const answer = yield* session.ask({ type, payload });
  yield* printAll(session, answer === undefined ? [] : [answer], print);
}

function* printAll(session: Session, messages: readonly NlMsg[], print: Print): Task {
  session.out.begin();
  yield* printEach(session, messages, print);
  session.out.end();
}

function* printEach(session: Session, messages: readonly NlMsg[], print: Print): Task {
  const { out } = session;
  for (const message of messages) {
    out.openObject();
    yield* print(session, message) ?? [];
    out.closeObject();
  }
}

/** Asks for the objects of a selection. @throws {Failed} */
function* dumpObjects(session: Session, selection: NexthopSelection): Task<NlMsg[]> {
  const payload = dumpPayload(session.options.family, selection);
  const messages = yield* dumpAll(session, uapi.RTM_GETNEXTHOP, payload);
  const { protocol } = selection;
  if (protocol === undefined) return messages;
  return messages.filter(({ payload }) => decodeNexthop(payload).protocol === protocol);
}

function* dumpAll(session: Session, type: number, payload: Uint8Array): Task<NlMsg[]> {
  const dump = yield* session.dump({ type, payload });
  const messages: NlMsg[] = [];
  for (let message = yield* dump.next(); message !== undefined; message = yield* dump.next()) {
    messages.push(message);
  }
  return messages;
}

/** `ip nexthop flush`: without selectors the groups first, which hold on to the others. */
export function* flushNexthops(session: Session, words: Words): Task {
  const hasSelectors = words.more;
  const selection = yield* readSelection(session, words);
  const { id } = selection;
  if (id !== undefined) return yield* flushOne(session, id);
  let count = hasSelectors ? 0 : yield* flush(session, { groups: true });
  count += yield* flush(session, selection);
  session.out.text(count === 0 ? 'Nothing to flush\n' : `Flushed ${count} nexthops\n`);
}

/** Deletes what a selection finds; objects that went with others are passed over. */
function* flush(session: Session, selection: NexthopSelection): Task<number> {
  let count = 0;
  for (const { payload } of yield* dumpObjects(session, selection)) {
    const id = new Attrs(payload.subarray(NHMSG_BYTES)).u32(uapi.NHA_ID);
    if (id === undefined) continue;
    try {
      yield* removeNexthop(session, id);
      count++;
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      session.err(error.stderr);
    }
  }
  return count;
}

/** @throws {Failed} a mistake where `del` is refused */
function* flushOne(session: Session, id: number): Task {
  try {
    yield* removeNexthop(session, id);
  } catch (error) {
    if (error instanceof Failed) throw new Failed(MISTAKE, error.stderr);
    throw error;
  }
}

function* removeNexthop(session: Session, id: number): Task {
  const w = new Writer();
  w.zeros(8);
  w.attr32(uapi.NHA_ID, id);
  yield* session.talk({ type: uapi.RTM_DELNEXTHOP, payload: w.take() });
}

type Command = (session: Session, words: Words) => Task;

const BUCKET_COMMANDS: readonly (readonly [string, Command])[] = [
  ['list', showBuckets],
  ['show', showBuckets],
  ['lst', showBuckets],
  ['get', getBucket],
  ['help', help],
];

/** `ip nexthop bucket` */
export function* bucket(session: Session, words: Words): Task {
  if (!words.more) return yield* showBuckets(session, words);
  const command = choose(words.word, BUCKET_COMMANDS);
  if (command === undefined) {
    throw new Exit(USAGE, `Command "${words.word}" is unknown, try "ip nexthop help".\n`);
  }
  words.take();
  yield* command(session, words);
}

function* showBuckets(session: Session, words: Words): Task {
  const selection = yield* readBucketSelection(session, words);
  const payload = dumpPayload(session.options.family, selection);
  session.out.begin();
  const messages = yield* dumpAll(session, uapi.RTM_GETNEXTHOPBUCKET, payload);
  yield* printEach(session, messages, printBucket);
  session.out.end();
}

function* getBucket(session: Session, words: Words): Task {
  let id: number | undefined;
  let index: number | undefined;
  for (; words.more; words.take()) {
    if (words.is('id')) id = readId(words);
    else if (words.is('index')) index = readIndex(words);
    else throw usage();
  }
  if (id === undefined || id === 0 || index === undefined) throw usage();
  const w = new Writer();
  w.u8(session.options.family);
  w.zeros(7);
  w.attr32(uapi.NHA_ID, id);
  const nest = w.open(uapi.NHA_RES_BUCKET | uapi.NLA_F_NESTED);
  const at = w.open(uapi.NHA_RES_BUCKET_INDEX);
  w.u16(index);
  w.close(at);
  w.close(nest);
  yield* ask(session, uapi.RTM_GETNEXTHOPBUCKET, w.take(), printBucket);
}

function readIndex(words: Words): number {
  const word = words.value();
  const index = unsigned(word, U16_MAX);
  if (index === undefined) throw wrongArgument(word, 'invalid bucket index value');
  return index;
}

function* help(): Task {
  throw usage();
}

function usage(): Exit {
  return new Exit(USAGE, NEXTHOP_HELP);
}
