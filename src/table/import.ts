/**
 * table/import.ts - prefixes and values from lines of text and CSV files, whole or as they stream in.
 *
 * All of it is read before anything is set, so a bad line changes nothing.
 */
import { FibError } from '../errors.js';
import { Rows } from './rows.js';
import type { Table } from './table.js';

/** Where text comes from: all of it, or pieces of text or of UTF-8. */
export type Source =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | ReadableStream<string | Uint8Array>;

/** How text is read. */
export interface ImportOptions {
  /** Is told from time to time how many characters and prefixes have been read. */
  readonly onProgress?: (characters: number, prefixes: number) => void;
}

/** How a CSV file is read. */
export interface CsvOptions extends ImportOptions {
  /** The column of the prefixes, by number from 0 or, if the first row has names, by name. Default 0. */
  readonly prefix?: number | string;
  /** The column of the values. Default 1. */
  readonly value?: number | string;
  /** The first row has names. Default: as it is, when it does not begin with a prefix. */
  readonly header?: boolean;
}

/** Characters between two reports of progress. */
const REPORT = 1 << 20;
/** A line that is longer is none. */
const LONGEST = 1 << 20;

/** Takes a line: text[from, to). */
type TakeLine = (text: string, from: number, to: number) => void;

/** Sets what lines of text say; how many prefixes. */
export async function importText<V>(
  table: Table<V>,
  source: Source,
  parse: (text: string) => V,
  options: ImportOptions = {},
): Promise<number> {
  const intake = new Intake(table, parse);
  await eachLine(source, options, intake, (text, from, to) => {
    takeLine(intake, text, from, to);
  });
  return intake.finish();
}

/** A line `prefix`, `prefix value`, `prefix,value`; `#` begins a comment. */
function takeLine<V>(intake: Intake<V>, text: string, from: number, to: number): void {
  let start = from;
  while (start < to && text.charCodeAt(start) <= SPACE) start++;
  if (start === to || text[start] === '#') return;
  let end = start;
  while (end < to && !isBlank(text.charCodeAt(end))) end++;
  if (end === to) {
    intake.take(text, start, end, '');
    return;
  }
  let rest = text.slice(end, to);
  const comment = rest.search(/\s#/);
  if (comment >= 0) rest = rest.slice(0, comment);
  intake.take(text, start, end, rest.replace(/^\s*,?\s*/, '').trimEnd());
}

const SPACE = 0x20;
const COMMA = 0x2c;

function isBlank(code: number): boolean {
  return code <= SPACE || code === COMMA;
}

/** Sets what the rows of a CSV file say (RFC 4180; a field has no line break); how many prefixes. */
export async function importCsv<V>(
  table: Table<V>,
  source: Source,
  parse: (text: string) => V,
  options: CsvOptions = {},
): Promise<number> {
  const intake = new Intake(table, parse);
  let columns: readonly [prefix: number, value: number] | undefined;
  await eachLine(source, options, intake, (text, from, to) => {
    if (from === to) return;
    const fields = splitCsv(text.slice(from, to));
    if (columns === undefined) {
      const { prefix = 0, value = 1 } = options;
      const isHeader =
        options.header ??
        (typeof prefix === 'string' || typeof value === 'string' || !intake.isPrefix(fields[prefix]));
      columns = [columnOf(prefix, fields), columnOf(value, fields)];
      if (isHeader) return;
    }
    const prefix = fields[columns[0]] ?? '';
    intake.take(prefix, 0, prefix.length, fields[columns[1]] ?? '');
  });
  return intake.finish();
}

function columnOf(column: number | string, names: readonly string[]): number {
  const i = typeof column === 'number' ? column : names.indexOf(column);
  if (!Number.isInteger(i) || i < 0)
    throw new FibError('EINVAL', 'import', { detail: `no column ${String(column)}` });
  return i;
}

/** The fields of a row. */
function splitCsv(row: string): string[] {
  if (!row.includes('"')) return row.split(',');
  const fields: string[] = [];
  for (const [, quoted, plain] of row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
  }
  return fields;
}

/** What has been read of a source, and how far. */
class Intake<V> {
  line = 0;
  readonly #table: Table<V>;
  readonly #parse: (text: string) => V;
  readonly #rows = new Rows();

  constructor(table: Table<V>, parse: (text: string) => V) {
    this.#table = table;
    this.#parse = parse;
  }

  get count(): number {
    return this.#rows.rows4.count + this.#rows.rows6.count;
  }

  /** @throws {FibError} EINVAL with the line */
  take(text: string, from: number, to: number, value: string): void {
    try {
      const key = this.#table.reader.prefixIn(text, from, to);
      this.#rows.push(key, this.#table.store.take(this.#parse(value)));
    } catch (error) {
      this.drop();
      throw this.#at(error, text.slice(from, to));
    }
  }

  /** True for text that begins as an address does. */
  isPrefix(text = ''): boolean {
    return this.#table.reader.reads(text, 0, text.split('/', 1)[0]!.length);
  }

  /** Lets go of what was read. */
  drop(): void {
    this.#table.dropRows(this.#rows);
  }

  finish(): number {
    const { count } = this;
    this.#table.loadRows(this.#rows);
    return count;
  }

  /** The error as it reads for this line alone. */
  #at(error: unknown, text: string): unknown {
    if (!(error instanceof FibError)) return error;
    let own = error;
    try {
      this.#table.reader.prefix(text);
    } catch (again) {
      if (again instanceof FibError) own = again;
    }
    const { code, detail = code, offset } = own;
    return new FibError(code, 'import', {
      detail: `line ${this.line}: ${detail}`,
      ...(offset !== undefined && { offset }),
    });
  }
}

/** Calls `take` for each line of a source, without its end. */
async function eachLine(
  source: Source,
  { onProgress }: ImportOptions,
  intake: Intake<unknown>,
  take: TakeLine,
): Promise<void> {
  let rest = '';
  let read = 0;
  let reported = 0;
  const decoder = new TextDecoder();
  const feed = (piece: string | Uint8Array): void => {
    const text = rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }));
    rest = text.slice(lines(text, intake, take));
    if (rest.length > LONGEST)
      throw new FibError('EINVAL', 'import', { detail: `line ${intake.line + 1}: too long` });
    read += piece.length;
    if (onProgress !== undefined && read - reported >= REPORT) onProgress((reported = read), intake.count);
  };
  try {
    if (typeof source === 'string' || source instanceof Uint8Array) feed(source);
    else for await (const piece of pieces(source)) feed(piece);
    rest += decoder.decode();
    if (rest !== '') lines(rest + '\n', intake, take);
  } catch (error) {
    if (error instanceof FibError && error.syscall === 'import') throw error;
    intake.drop();
    throw error;
  }
  onProgress?.(read, intake.count);
}

/** The lines of a text that have an end; where the last of them ends. */
function lines(text: string, intake: Intake<unknown>, take: TakeLine): number {
  let from = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
    intake.line++;
    take(text, from, end > from && text.charCodeAt(end - 1) === RETURN ? end - 1 : end);
    from = end + 1;
  }
  return from;
}

const RETURN = 0x0d;

/** The pieces of a stream, also where streams are no async iterables. */
async function* pieces(
  source: Exclude<Source, string | Uint8Array>,
): AsyncGenerator<string | Uint8Array, void, undefined> {
  if (Symbol.iterator in source || Symbol.asyncIterator in source) {
    yield* source;
    return;
  }
  const reader = (source as ReadableStream<string | Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
