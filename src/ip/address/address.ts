/**
 * ip/address/address.ts - `ip address`: its commands.
 */
import * as uapi from '../../abi/uapi.js';
import { Exit, USAGE, unknownCommand } from '../failure.js';
import type { Task } from '../io.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { flushAddresses } from './flush.js';
import { ADDRESS_HELP } from './help.js';
import { showAddresses } from './list.js';
import { modifyAddress } from './modify.js';
import { restoreAddresses, saveAddresses, showDump } from './saved.js';

type Command = (session: Session, words: Words) => Task;

const { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_DELADDR, RTM_NEWADDR } = uapi;

function modify(type: number, flags: number): Command {
  return (session, words) => modifyAddress(session, words, type, flags);
}

const COMMANDS: readonly (readonly [string, Command])[] = [
  ['add', modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)],
  ['change', modify(RTM_NEWADDR, NLM_F_REPLACE)],
  ['chg', modify(RTM_NEWADDR, NLM_F_REPLACE)],
  ['replace', modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)],
  ['delete', modify(RTM_DELADDR, 0)],
  ['show', showAddresses],
  ['lst', showAddresses],
  ['list', showAddresses],
  ['flush', flushAddresses],
  ['save', saveAddresses],
  ['showdump', showDump],
  ['restore', restoreAddresses],
  ['help', help],
];

/** `ip address` */
export function* address(session: Session, words: Words): Task {
  if (!words.more) return yield* showAddresses(session, words);
  const command = choose(words.word, COMMANDS);
  if (command === undefined) throw unknownCommand(words.word, 'address');
  words.take();
  yield* command(session, words);
}

function* help(): Task {
  throw new Exit(USAGE, ADDRESS_HELP);
}
