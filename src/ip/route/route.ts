/**
 * ip/route/route.ts - `ip route`: its commands.
 */
import * as uapi from '../../abi/uapi.js';
import { unknownCommand } from '../failure.js';
import type { Task } from '../io.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { getRoute } from './get.js';
import { usage } from './help.js';
import { flushRoutes, saveRoutes, showRoutes } from './list.js';
import { modifyRoute } from './modify.js';
import { restoreRoutes, showDump } from './restore.js';

const { RTM_NEWROUTE, RTM_DELROUTE, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_APPEND } = uapi;

type Verb = (session: Session, words: Words) => Task;

const modify =
  (type: number, flags: number): Verb =>
  (session, words) =>
    modifyRoute(session, words, type, flags);

/** In the order in which abbreviations are tried. */
const VERBS: readonly (readonly [string, Verb])[] = [
  ['add', modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)],
  ['change', modify(RTM_NEWROUTE, NLM_F_REPLACE)],
  ['chg', modify(RTM_NEWROUTE, NLM_F_REPLACE)],
  ['replace', modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE)],
  ['prepend', modify(RTM_NEWROUTE, NLM_F_CREATE)],
  ['append', modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND)],
  ['test', modify(RTM_NEWROUTE, NLM_F_EXCL)],
  ['delete', modify(RTM_DELROUTE, 0)],
  ['get', getRoute],
  ['list', showRoutes],
  ['show', showRoutes],
  ['lst', showRoutes],
  ['flush', flushRoutes],
  ['save', saveRoutes],
  ['restore', restoreRoutes],
  ['showdump', showDump],
  ['help', help],
];

/** `ip route [VERB ...]` */
export function* route(session: Session, words: Words): Task {
  if (!words.more) return yield* showRoutes(session, words);
  const verb = choose(words.word, VERBS);
  if (verb === undefined) throw unknownCommand(words.word, 'route');
  words.take();
  yield* verb(session, words);
}

function* help(): Task {
  throw usage();
}
