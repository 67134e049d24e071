/**
 * ip/rule/list.ts - `ip rule show`, `flush`, `save` and `restore`.
 */
import * as uapi from '../../abi/uapi.js';
import { Writer } from '../../wire/bytes.js';
import { encodeMessage, type NlMsg } from '../../wire/nlmsg.js';
import { RULE_HEADER } from '../../wire/rule.js';
import { Failed, MISTAKE, USAGE } from '../failure.js';
import type { Socket, Task } from '../io.js';
import { learnLinks, readSaved, savedMessages, savedMagic } from '../saved.js';
import type { Session } from '../session.js';
import type { Words } from '../words.js';
import { printRuleMessage, ruleOf } from './print.js';
import { RuleSelector, readRuleSelector } from './selector.js';

/** First four bytes of what `save` writes (NL-52). */
const RULE_SAVE_MAGIC = 0x71706986;

/** `ip rule show [SELECTOR]` */
export function* showRules(session: Session, words: Words): Task {
  const selector = readRuleSelector(session, words);
  const messages = yield* allRules(session, selector.family);
  session.out.begin();
  for (const message of messages) {
    const rule = ruleOf(message);
    if (rule !== undefined && selector.wants(rule)) yield* printRuleMessage(session, message);
  }
  session.out.end();
}

/** All rules of a family, as messages. */
function* allRules(session: Session, family: number): Task<NlMsg[]> {
  const w = new Writer();
  w.u8(family);
  w.zeros(RULE_HEADER - 1);
  const list: NlMsg[] = [];
  try {
    const dump = yield* session.dump({ type: uapi.RTM_GETRULE, payload: w.take() });
    for (let message = yield* dump.next(); message !== undefined; message = yield* dump.next()) {
      list.push(message);
    }
  } catch (error) {
    if (error instanceof Failed) throw new Failed(USAGE, error.stderr);
    throw error;
  }
  return list;
}

/** `ip rule flush [SELECTOR]`: deletes what is wanted, but for rules of priority 0. */
export function* flushRules(session: Session, words: Words): Task {
  const selector = readRuleSelector(session, words);
  const socket: Socket = { strict: false, groups: [] };
  for (const message of yield* allRules(session, selector.family)) {
    const rule = ruleOf(message);
    if (rule === undefined || rule.priority === 0 || !selector.wants(rule)) continue;
    if (selector.protocol !== undefined && selector.protocol !== rule.protocol) continue;
    yield* session.talk({ type: uapi.RTM_DELRULE, payload: message.payload }, undefined, socket);
  }
}

/** `ip rule save`: the magic number and the messages as they came. */
export function* saveRules(session: Session, words: Words): Task {
  if (words.more) throw new Failed(MISTAKE, '"ip rule save" does not take any arguments.\n');
  const { binary } = session.output;
  binary.push(savedMagic(RULE_SAVE_MAGIC));
  const { family } = new RuleSelector(session);
  for (const message of yield* allRules(session, family)) binary.push(encodeMessage(message));
}

/** `ip rule restore`: adds what was saved, doubles too. */
export function* restoreRules(session: Session): Task {
  const bytes = yield* readSaved(RULE_SAVE_MAGIC, USAGE);
  yield* learnLinks(session);
  for (const { type, flags, payload } of savedMessages(bytes, USAGE)) {
    yield* session.talk({ type, flags: flags | uapi.NLM_F_CREATE, payload });
  }
}
