/**
 * ip/rule/rule.ts - `ip rule`: its commands.
 */
import * as uapi from '../../abi/uapi.js';
import { unknownCommand } from '../failure.js';
import type { Task } from '../io.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { usage } from './help.js';
import { flushRules, restoreRules, saveRules, showRules } from './list.js';
import { modifyRule } from './modify.js';

type Verb = (session: Session, words: Words) => Task;

/** In the order in which abbreviations are tried. */
const VERBS: readonly (readonly [string, Verb])[] = [
  ['list', showRules],
  ['lst', showRules],
  ['show', showRules],
  ['save', saveRules],
  ['restore', restoreRules],
  ['add', (s, words) => modifyRule(s, words, uapi.RTM_NEWRULE, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)],
  ['delete', (s, words) => modifyRule(s, words, uapi.RTM_DELRULE, 0)],
  ['flush', flushRules],
  ['help', help],
];

/** `ip rule [VERB ...]` */
export function* rule(session: Session, words: Words): Task {
  if (!words.more) return yield* showRules(session, words);
  const verb = choose(words.word, VERBS);
  if (verb === undefined) throw unknownCommand(words.word, 'rule');
  words.take();
  yield* verb(session, words);
}

function* help(): Task {
  throw usage();
}
