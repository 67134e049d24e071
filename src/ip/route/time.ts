/**
 * ip/route/time.ts - times as the metrics rtt, rttvar and rto_min have them: `10`, `10ms`, `1.5s`.
 */

/** A time that was read. */
export interface Time {
  /** Milliseconds rounded up, or the number as it stands when there is no unit; a u32, the rest is cut off. */
  readonly value: number;
  readonly hasUnit: boolean;
}

const UNITS = new Map([
  ['', 1],
  ['ms', 1],
  ['msec', 1],
  ['msecs', 1],
  ['s', 1000],
  ['sec', 1000],
  ['secs', 1000],
]);

const FORM = /^[ \t\n\v\f\r]*([+-]?)(\d*\.\d*(?:e[+-]?\d+)?|0x[\da-f]+|\d+)([a-z]*)$/i;

/** The time that `word` is, or undefined. */
export function readTime(word: string): Time | undefined {
  const [, sign, digits = '', unit = ''] = FORM.exec(word) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  if (factor === undefined || !/\d/.test(digits)) return undefined;
  const isOctal = /^0[0-7]+$/.test(digits);
  if (/^0\d/.test(digits) && !isOctal) return undefined;
  const magnitude = isOctal ? parseInt(digits, 8) : Number(digits);
  const whole = digits.includes('.') || sign !== '-' ? magnitude : 2 ** 64 - magnitude;
  const milliseconds = whole * factor;
  // What does not fit in a u32 is cut and counts as a fraction, which rounds up.
  const cut = milliseconds < 2 ** 63 ? Number(BigInt.asUintN(32, BigInt(Math.trunc(milliseconds)))) : 0;
  return { value: (cut + (cut < milliseconds ? 1 : 0)) >>> 0, hasUnit: unit !== '' };
}
