/**
 * ip/number.ts - numbers as iproute2 reads them: decimal, 0x hexadecimal, 0 octal; spaces and a sign in front.
 */
import type { Names } from '../text/names.js';
import { wrongArgument, type Exit } from './failure.js';

export const U8_MAX = 0xff;
export const U16_MAX = 0xffff;
export const U32_MAX = 0xffffffff;

const FORM = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9a-fA-F]+)$/;

/** The number that all of `word` is, or undefined: none, negative, or more than `max`. Base 0 lets the word tell. */
export function unsigned(word: string, max = U32_MAX, base: 0 | 10 | 16 = 0): number | undefined {
  const [, sign, digits = ''] = FORM.exec(word) ?? [];
  const value = digitsValue(digits, base);
  if (value === undefined || value > max || (sign === '-' && value > 0)) return undefined;
  return value;
}

/** The same for numbers of 64 bits. */
export function unsigned64(word: string): bigint | undefined {
  const [, sign, digits = ''] = FORM.exec(word) ?? [];
  const isOctal = /^0[0-7]+$/.test(digits);
  if (!/^(0x[\da-f]+|0|[1-9]\d*)$/i.test(digits) && !isOctal) return undefined;
  const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
  return value > 2n ** 64n - 1n || (sign === '-' && value > 0n) ? undefined : value;
}

/** The same with negative numbers, `min` to `max`. */
export function integer(word: string, min: number, max: number): number | undefined {
  const [, sign, digits = ''] = FORM.exec(word) ?? [];
  const value = digitsValue(digits, 0);
  if (value === undefined) return undefined;
  const signed = sign === '-' ? -value : value;
  return signed >= min && signed <= max ? signed : undefined;
}

function digitsValue(digits: string, base: 0 | 10 | 16): number | undefined {
  if (/^0x/i.test(digits)) return base === 10 ? undefined : parseInt(digits, 16);
  if (base === 16) return digits === '' ? undefined : parseInt(digits, 16);
  if (base === 0 && /^0[0-7]+$/.test(digits)) return parseInt(digits, 8);
  if (base === 0 && /^0./.test(digits)) return undefined;
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

/** The number of a word of `names`, or the number that the word is. */
export function named(names: Names, word: string, max: number, base: 0 | 16 = 0): number | undefined {
  return names.number.get(word) ?? unsigned(word, max, base);
}

/** `value`, or the error that `word` is wrong. iproute2 ends most of these with an empty line. */
export function must<T>(value: T | undefined, word: string, why: string): T {
  if (value === undefined) throw invalid(word, why);
  return value;
}

/** `Error: argument "x" is wrong: "metric" value is invalid` and an empty line. */
export function invalid(word: string, why: string): Exit {
  return wrongArgument(word, `${why}\n`);
}
