/**
 * table/export.ts - a table as lines of text or a CSV file, in pieces.
 */
import type { Table } from './table.js';

/** Lines of a piece. */
const LINES = 4096;
/** What a field of CSV must be quoted for. */
const SPECIAL = /[",\n\r]/;

/** `prefix value`, a line each. */
export function exportText<V>(
  table: Table<V>,
  show: (value: V) => string,
): Generator<string, void, undefined> {
  return pieces(table, (prefix, value) => {
    const text = show(value);
    return text === '' ? `${prefix}\n` : `${prefix} ${text}\n`;
  });
}

/** `prefix,value`, a row each, with a row of names in front if there are names. */
export function* exportCsv<V>(
  table: Table<V>,
  show: (value: V) => string,
  names?: readonly [prefix: string, value: string],
): Generator<string, void, undefined> {
  if (names !== undefined) yield `${names.map(field).join(',')}\r\n`;
  yield* pieces(table, (prefix, value) => `${prefix},${field(show(value))}\r\n`);
}

function field(text: string): string {
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function* pieces<V>(
  table: Table<V>,
  line: (prefix: string, value: V) => string,
): Generator<string, void, undefined> {
  let piece = '';
  let count = 0;
  for (const [prefix, value] of table.entries()) {
    piece += line(prefix, value);
    if (++count % LINES !== 0) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
