/**
 * table/show.ts - values as text, where nobody says how.
 */

/** Text of a value: of an object its JSON, of what a set has none. */
export function showValue(value: unknown): string {
  if (value === true) return '';
  if (typeof value === 'string') return value;
  try {
    return typeof value === 'object' ? JSON.stringify(value) : `${value as number}`;
  } catch {
    return typeof value; // a circle, a number without an end, a symbol
  }
}
