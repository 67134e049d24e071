/**
 * ip/route/realm.ts - realms: `TO`, `FROM/TO` (CFG-20).
 */
import type { Names } from '../../text/names.js';
import { U32_MAX, U8_MAX, named } from '../number.js';

/**
 * Both realms in one number, the source in the high half; undefined for what is none. What stands behind a slash may be
 * missing, and so may all of it.
 */
export function readRealms(word: string, names: Names): number | undefined {
  const slash = word.indexOf('/');
  if (slash < 0) return word === '' ? 0 : named(names, word, U32_MAX);
  const from = named(names, word.slice(0, slash), U8_MAX);
  const to = slash === word.length - 1 ? 0 : named(names, word.slice(slash + 1), U8_MAX);
  return from === undefined || to === undefined ? undefined : ((from << 16) | to) >>> 0;
}
