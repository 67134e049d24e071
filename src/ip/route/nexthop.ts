/**
 * ip/route/nexthop.ts - `nexthop via A dev D weight W ...`, several times: the records of RTA_MULTIPATH (NL-20).
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { Exit, Failed, USAGE } from '../failure.js';
import type { Task } from '../io.js';
import { must, unsigned } from '../number.js';
import type { Session } from '../session.js';
import { isShort, type Words } from '../words.js';
import { readAddress } from '../address.js';
import { readEncap } from './encap.js';
import { readRealms } from './realm.js';
import { readVia } from './via.js';

const WEIGHT_MAX = 256;

/** One path being read. */
class Path {
  readonly attrs = new Writer();
  flags = 0;
  hops = 0;
  oif = 0;
}

/**
 * Reads all paths up to the end of the line and writes their records.
 * @returns the family of the route
 * @throws {Exit} words that belong to none, a device that does not exist
 */
export function* readNexthops(session: Session, words: Words, w: Writer, family: number): Task<number> {
  while (words.more) {
    if (!words.is('nexthop')) throw misplaced(words.word);
    words.take();
    if (!words.more) throw new Exit(USAGE, 'Error: unexpected end of line after "nexthop"\n');
    const path = new Path();
    while (words.more && !words.is('nexthop')) {
      family = yield* readWord(session, words, path, family);
      words.take();
    }
    const record = w.openRecord();
    w.u8(path.flags);
    w.u8(path.hops);
    w.u32(path.oif);
    w.raw(path.attrs.take());
    w.close(record);
  }
  return family;
}

/** Reads one word of a path, and its value, which stays the current word. Gives the family of the route. */
function* readWord(session: Session, words: Words, path: Path, family: number): Task<number> {
  const { word } = words;
  if (word === 'via') {
    words.value();
    return readVia(path.attrs, words, family);
  }
  if (word === 'dev') path.oif = yield* deviceOf(session, words.value());
  else if (word === 'encap') {
    words.value();
    readEncap(path.attrs, words, session.names);
  } else if (word === 'weight') {
    const weight = words.value();
    path.hops = must(unsigned(weight, WEIGHT_MAX) || undefined, weight, '"weight" is invalid') - 1;
  } else if (word === 'onlink') path.flags |= uapi.RTNH_F_ONLINK;
  else if (isShort(word, 'realms')) {
    const realms = words.value();
    path.attrs.attr32(
      uapi.RTA_FLOW,
      must(readRealms(realms, session.names.realms), realms, '"realm" value is invalid'),
    );
  } else if (word === 'as') {
    words.value();
    if (words.is('to')) words.value();
    path.attrs.attr(uapi.RTA_NEWDST, readAddress(words.word, family).bytes);
  } else throw misplaced(word);
  return family;
}

function* deviceOf(session: Session, name: string): Task<number> {
  try {
    return yield* session.indexOf(name);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    throw new Exit(USAGE, `${error.stderr}Error: cannot parse nexthop\n`);
  }
}

function misplaced(word: string): Exit {
  return new Exit(USAGE, `Error: "nexthop" or end of line is expected instead of "${word}"\n`);
}
