/**
 * table/show.ts - values as text, where nobody says how.
 */

/** Text of a value: of an object its JSON, of what a set has none. */
export function showValue(value: unknown): string {
  if (value === true) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' && typeof value !== 'function') return String(value);
  try {
    return JSON.stringify(value) ?? 'function';
  } catch {
    return 'object'; // a circle, or a number without an end
  }
}
