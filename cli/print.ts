/**
 * cli/print.ts - what goes to standard output: aligned tables, numbers, JSON, and colours where a terminal reads them.
 */
import { once } from 'node:events';
import { styleText } from 'node:util';
import Table from 'cli-table3';

type Style = Parameters<typeof styleText>[0];

/** Whether standard output is a terminal that wants colours (NO_COLOR says no). */
const isColored = process.stdout.isTTY && process.stdout.hasColors() && process.env['NO_COLOR'] === undefined;

/** The text in a colour or weight; plain where no terminal reads it. */
export function style(format: Style, text: string): string {
  return isColored ? styleText(format, text, { validateStream: false }) : text;
}

/** Writes a line. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a value as JSON, numbers as numbers. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Characters that are gathered before they are written. */
const WRITE = 1 << 16;

/** Writes many lines, no faster than they are read. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  let held = '';
  for (const line of lines) {
    held += `${line}\n`;
    if (held.length < WRITE) continue;
    if (!process.stdout.write(held)) await once(process.stdout, 'drain');
    held = '';
  }
  process.stdout.write(held);
}

/** Writes values as a JSON array, one to a line. */
export async function printJsonLines(values: Iterable<unknown>): Promise<void> {
  await printLines(arrayLines(values));
}

function* arrayLines(values: Iterable<unknown>): Generator<string, void, undefined> {
  let line = '[';
  for (const value of values) {
    yield line.length > 1 ? `${line},` : line;
    line = `  ${JSON.stringify(value)}`;
  }
  yield line;
  yield ']';
}

const NO_BORDER = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
}; // prettier-ignore

/** How a table is laid out. */
export interface Layout {
  readonly head?: readonly string[];
  /** Columns that are numbers: flush right. */
  readonly right?: readonly number[];
  /** Spaces before each line. */
  readonly indent?: number;
}

/** Rows as an aligned table without lines. */
export function columns(rows: readonly (readonly string[])[], layout: Layout = {}): string {
  const { head, right = [], indent = 0 } = layout;
  const width = Math.max(head?.length ?? 0, ...rows.map((row) => row.length));
  const table = new Table({
    chars: NO_BORDER,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: Array.from({ length: width }, (_, i) => (right.includes(i) ? 'right' : 'left')),
  });
  if (head) table.push(head.map((text) => style('dim', text)));
  for (const row of rows) table.push([...row]);
  const lines = table.toString().split('\n');
  return lines.map((line) => ' '.repeat(indent) + line.trimEnd()).join('\n');
}

/** A whole number with its thousands apart: 1,000,000. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `n` of a thing, its word in the plural where it must be. */
export function counted(n: number, thing: string, things = `${thing}s`): string {
  return `${count(n)} ${n === 1 ? thing : things}`;
}

/** Bytes in the unit that leaves one to three digits before the point. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const unit = n < 1024 ** 2 ? 'KiB' : n < 1024 ** 3 ? 'MiB' : 'GiB';
  const size = n / { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[unit];
  return `${size.toFixed(size < 10 ? 2 : 1)} ${unit}`;
}

/** Milliseconds as text: `12 ms`, `1.48 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** Operations per second of one that takes `ns` nanoseconds, in millions. */
export function millions(ns: number): string {
  const rate = 1000 / ns;
  return rate.toFixed(rate < 10 ? 2 : 1);
}

/** A bar of `share` (0..1) of `width` characters, with eighths at its end. */
export function bar(share: number, width: number): string {
  const eighths = Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8));
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]!;
}
