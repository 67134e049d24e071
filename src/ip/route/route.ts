/**
 * ip/route/route.ts - `ip route`: its commands.
 */
import { unknownCommand } from '../failure.js';
import type { Task } from '../io.js';
import type { Session } from '../session.js';
import type { Words } from '../words.js';

/** `ip route` */
export function* route(_session: Session, words: Words): Task {
  throw unknownCommand(words.word, 'route');
}
