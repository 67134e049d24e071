/**
 * ip/nexthop/nexthop.ts - `ip nexthop`: its commands.
 */
import * as uapi from '../../abi/uapi.js';
import { Exit, USAGE, unknownCommand } from '../failure.js';
import type { Task } from '../io.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { NEXTHOP_HELP } from './help.js';
import { modifyNexthop } from './modify.js';
import { bucket, flushNexthops, getNexthop, showNexthops } from './show.js';

type Command = (session: Session, words: Words) => Task;

const { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELNEXTHOP, RTM_NEWNEXTHOP } = uapi;

function modify(type: number, flags: number): Command {
  return (session, words) => modifyNexthop(session, words, type, flags);
}

const COMMANDS: readonly (readonly [string, Command])[] = [
  ['add', modify(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL)],
  ['replace', modify(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE)],
  ['delete', modify(RTM_DELNEXTHOP, 0)],
  ['list', showNexthops],
  ['show', showNexthops],
  ['lst', showNexthops],
  ['get', getNexthop],
  ['flush', flushNexthops],
  ['bucket', bucket],
  ['help', help],
];

/** `ip nexthop` */
export function* nexthop(session: Session, words: Words): Task {
  if (!words.more) return yield* showNexthops(session, words);
  const command = choose(words.word, COMMANDS);
  if (command === undefined) throw unknownCommand(words.word, 'nexthop');
  words.take();
  yield* command(session, words);
}

function* help(): Task {
  throw new Exit(USAGE, NEXTHOP_HELP);
}
