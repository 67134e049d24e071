/**
 * ip/link/link.ts - `ip link`: its commands.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import {
  Exit,
  Failed,
  MISTAKE,
  USAGE,
  duplicate,
  noDevice,
  unknownCommand,
  wrongArgument,
} from '../failure.js';
import type { Task } from '../io.js';
import { zeroEnded, type Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { changeLink, createLink } from './change.js';
import { ALTNAME_MAX, indexIfAny, isName } from './device.js';
import { KIND_HELP, LINK_HELP } from './help.js';
import { showLinks } from './show.js';

type Command = (session: Session, words: Words) => Task;

const { NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } = uapi;

const COMMANDS: readonly (readonly [string, Command])[] = [
  ['add', (session, words) => createLink(session, words, NLM_F_CREATE | NLM_F_EXCL)],
  ['set', (session, words) => changeLink(session, words, uapi.RTM_NEWLINK)],
  ['change', (session, words) => changeLink(session, words, uapi.RTM_NEWLINK)],
  ['replace', (session, words) => createLink(session, words, NLM_F_CREATE | NLM_F_REPLACE)],
  ['delete', (session, words) => changeLink(session, words, uapi.RTM_DELLINK)],
  ['show', showLinks],
  ['lst', showLinks],
  ['list', showLinks],
  ['xstats', extendedStats],
  ['afstats', familyStats],
  ['property', property],
  ['help', help],
];

/** `ip link` */
export function* link(session: Session, words: Words): Task {
  if (!words.more) return yield* showLinks(session, words);
  yield* probe(session);
  const command = choose(words.word, COMMANDS);
  if (command === undefined) throw unknownCommand(words.word, 'link');
  words.take();
  yield* command(session, words);
}

/** Asks with nothing in it whether there is RTM_NEWLINK; there is, whatever the answer. */
function* probe(session: Session): Task {
  if (session.hasProbed) return;
  session.hasProbed = true;
  try {
    yield* session.ask(
      { type: uapi.RTM_NEWLINK, flags: NLM_F_ACK, payload: new Uint8Array(16) },
      session.main,
      true,
    );
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
}

/** `ip link help [TYPE]`: that of a type goes to the output. */
function* help(_: Session, words: Words): Task {
  const text = words.more ? KIND_HELP[words.word] : undefined;
  throw text === undefined ? new Exit(USAGE, LINK_HELP) : new Exit(0, '', text);
}

/** `ip link property { add | del }`: other names of a link. */
function* property(session: Session, words: Words): Task {
  if (!words.more) throw new Exit(USAGE, LINK_HELP);
  if (words.isShort('help')) throw new Exit(USAGE, LINK_HELP);
  const isAdd = words.isShort('add');
  if (!isAdd && !words.isShort('del')) throw new Exit(USAGE, 'Operator required\n');
  words.take();
  let dev: string | undefined;
  const names = new Writer();
  const list = names.open(uapi.IFLA_PROP_LIST | uapi.NLA_F_NESTED);
  for (; words.more; words.take()) {
    if (words.isShort('help')) throw new Exit(USAGE, LINK_HELP);
    if (words.is('altname')) {
      const name = words.value();
      if (!isName(name, ALTNAME_MAX)) throw wrongArgument(name, 'not a valid altname');
      names.attr(uapi.IFLA_ALT_IFNAME, zeroEnded(name));
    } else {
      if (words.is('dev')) words.value();
      if (dev !== undefined) throw duplicate('dev', words.word);
      dev = words.word;
    }
  }
  names.close(list);
  if (dev === undefined) throw new Exit(USAGE, 'Not enough of information: "dev" argument is required.\n');
  const index = yield* indexIfAny(session, dev);
  if (index === 0) throw noDevice(dev);
  const w = new Writer();
  w.u32(0);
  w.u32(index);
  w.zeros(8);
  w.raw(names.take());
  const type = isAdd ? uapi.RTM_NEWLINKPROP : uapi.RTM_DELLINKPROP;
  const flags = isAdd ? NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND : 0;
  yield* session.talk({ type, flags, payload: w.take() });
}

/** `ip link xstats type TYPE`: no kind here has any. */
function* extendedStats(_: Session, words: Words): Task {
  if (!words.more) throw new Failed(MISTAKE, 'xstats: missing argument\n');
  if (!words.is('type')) throw wrongArgument(words.word, 'unknown argument');
  throw wrongArgument(words.value(), 'invalid type');
}

/** IFLA_STATS_AF_SPEC as a bit of a filter. */
const FILTER_AF_SPEC = 0x10;

/** `ip link afstats`: asks for them, and shows none. */
function* familyStats(session: Session, words: Words): Task {
  if (words.more && !words.is('dev')) throw unknownCommand(words.word, 'link');
  if (words.more && (yield* indexIfAny(session, words.value())) === 0) {
    return session.err(`Device "${words.word}" does not exist.\n`);
  }
  const w = new Writer();
  w.zeros(8);
  w.u32(FILTER_AF_SPEC);
  const dump = yield* session.dump({ type: uapi.RTM_GETSTATS, payload: w.take() });
  while ((yield* dump.next()) !== undefined);
}
