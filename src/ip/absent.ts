/**
 * ip/absent.ts - objects of iproute2 that a Netns has nothing of: lists of them are empty, all else is refused as the
 * kernel refuses what it does not know.
 */
import { Failed, REFUSED } from './failure.js';
import type { Task } from './io.js';
import type { Session } from './session.js';
import type { Words } from './words.js';

/** Commands that only list. */
const LISTS = ['show', 'list', 'lst', 'ls'];

/** An object of which there is none. */
export function* absent({ out }: Session, words: Words): Task {
  if (words.more && !LISTS.some((name) => words.isShort(name))) {
    throw new Failed(REFUSED, 'RTNETLINK answers: Operation not supported\n');
  }
  out.begin();
  out.end();
}
