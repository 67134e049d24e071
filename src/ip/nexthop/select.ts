/**
 * ip/nexthop/select.ts - the selectors of `ip nexthop show`, `flush` and `bucket show`. Most may be shortened.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { Exit, USAGE, wrongArgument } from '../failure.js';
import type { Task } from '../io.js';
import { indexOfMaster } from '../link/device.js';
import { U8_MAX, unsigned } from '../number.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { NEXTHOP_HELP } from './help.js';
import { readId, unknownWord } from './modify.js';
import { indexOfVrf } from './vrf.js';

/** What is asked for; what is not given is not asked. */
export interface NexthopSelection {
  id?: number;
  dev?: number;
  master?: number;
  groups?: boolean;
  fdb?: boolean;
  protocol?: number;
  /** Of buckets: the object that they hold. */
  nhid?: number;
}

type Setter = (selection: NexthopSelection, words: Words, session: Session) => Task | void;

const SHARED: readonly (readonly [string, Setter])[] = [
  [
    'dev',
    function* (selection, words, session) {
      selection.dev = yield* indexOfMaster(session, words.value());
    },
  ],
  [
    'vrf',
    function* (selection, words, session) {
      selection.master = yield* indexOfVrf(session, words.value());
    },
  ],
  [
    'master',
    function* (selection, words, session) {
      selection.master = yield* indexOfMaster(session, words.value());
    },
  ],
];

const HELP = ['help', help] as const;

/** Selectors of objects, in the order in which they are tried. */
const OBJECTS: readonly (readonly [string, Setter])[] = [
  ...SHARED,
  ['groups', (selection) => void (selection.groups = true)],
  ['id!', (selection, words) => void (selection.id = readId(words))],
  ['protocol', setProtocol],
  ['fdb', (selection) => void (selection.fdb = true)],
  HELP,
];

/** Selectors of buckets. */
const BUCKETS: readonly (readonly [string, Setter])[] = [
  ...SHARED,
  ['id!', (selection, words) => void (selection.id = readId(words))],
  ['nhid!', (selection, words) => void (selection.nhid = readId(words))],
  HELP,
];

/** Reads selectors of objects; behind an id, which names one, nothing is looked at. @throws {Exit} */
export function* readSelection(session: Session, words: Words): Task<NexthopSelection> {
  const selection: NexthopSelection = {};
  for (; words.more && selection.id === undefined; words.take()) {
    yield* readSelector(selection, words, session, OBJECTS);
  }
  return selection;
}

/** Reads selectors of buckets. @throws {Exit} */
export function* readBucketSelection(session: Session, words: Words): Task<NexthopSelection> {
  const selection: NexthopSelection = {};
  for (; words.more; words.take()) yield* readSelector(selection, words, session, BUCKETS);
  return selection;
}

function* readSelector(
  selection: NexthopSelection,
  words: Words,
  session: Session,
  keywords: readonly (readonly [string, Setter])[],
): Task {
  const set = choose(words.word, keywords);
  if (set === undefined) throw unknownWord(words.word);
  yield* set(selection, words, session) ?? [];
}

function setProtocol(selection: NexthopSelection, words: Words): void {
  const word = words.value();
  const protocol = unsigned(word, U8_MAX); // by its number only
  if (protocol === undefined) throw wrongArgument(word, 'invalid protocol value');
  selection.protocol = protocol;
}

function help(): never {
  throw new Exit(USAGE, NEXTHOP_HELP);
}

/** struct nhmsg and the attributes of a dump. */
export function dumpPayload(family: number, selection: NexthopSelection): Uint8Array {
  const w = new Writer();
  w.u8(family);
  w.zeros(7);
  if (selection.id !== undefined && selection.id !== 0) w.attr32(uapi.NHA_ID, selection.id);
  if (selection.dev !== undefined) w.attr32(uapi.NHA_OIF, selection.dev);
  if (selection.groups === true) w.attr(uapi.NHA_GROUPS, new Uint8Array(0));
  if (selection.master !== undefined) w.attr32(uapi.NHA_MASTER, selection.master);
  if (selection.fdb === true) w.attr(uapi.NHA_FDB, new Uint8Array(0));
  if (selection.nhid !== undefined && selection.nhid !== 0) {
    const nest = w.open(uapi.NHA_RES_BUCKET | uapi.NLA_F_NESTED);
    w.attr32(uapi.NHA_RES_BUCKET_NH_ID, selection.nhid);
    w.close(nest);
  }
  return w.take();
}
