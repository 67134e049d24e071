/**
 * ip/rule/rule.ts - `ip rule`: its commands.
 */
import { unknownCommand } from '../failure.js';
import type { Task } from '../io.js';
import type { Session } from '../session.js';
import type { Words } from '../words.js';

/** `ip rule` */
export function* rule(_session: Session, words: Words): Task {
  throw unknownCommand(words.word, 'rule');
}
