/**
 * ip/rule/range.ts - what selectors of rules hold: marks with masks, ranges of ports and of user ids.
 */
import { U16_MAX, U32_MAX, must, unsigned } from '../number.js';

/** A mark, and the bits of it that count where they were said. */
export interface Mark {
  readonly value: number;
  readonly mask?: number;
}

/** `MARK[/MASK]` @throws {Exit} */
export function readMark(word: string): Mark {
  const slash = word.indexOf('/');
  const mark = slash < 0 ? word : word.slice(0, slash);
  const value = must(unsigned(mark), mark, 'fwmark value is invalid');
  if (slash < 0) return { value };
  const mask = word.slice(slash + 1);
  return { value, mask: must(unsigned(mask), mask, 'fwmask value is invalid') };
}

/** A range; both ends are inside. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** `N` or `N-M`, of 16 bits each; what stands behind is not looked at. Undefined without a number. */
export function readPorts(word: string): Range | undefined {
  const [, first, second = first] = /^\s*([+-]?\d+)(?:-\s*([+-]?\d+))?/.exec(word) ?? [];
  if (first === undefined || second === undefined) return undefined;
  return { start: Number(first) & U16_MAX, end: Number(second) & U16_MAX };
}

/** `N-M`, of 32 bits each. */
export function readUsers(word: string): Range | undefined {
  const [, first, second] = /^\s*([+-]?\d+)-\s*([+-]?\d+)/.exec(word) ?? [];
  if (first === undefined || second === undefined) return undefined;
  return { start: (Number(first) & U32_MAX) >>> 0, end: (Number(second) & U32_MAX) >>> 0 };
}
