/**
 * cli/output.ts - what people and machines see: aligned columns, a progress bar where a terminal shows it, JSON.
 */
import { styleText } from 'node:util';
import { Bar } from 'cli-progress';
import Table from 'cli-table3';

/** Where a command says what it found and how far it is. */
export interface Output {
  /** Writes one line for people; with --json nothing. */
  say(line?: string): void;
  /** Writes the one value for machines; without --json nothing. */
  json(value: unknown): void;
  /** Shows a long phase on standard error, when that is a terminal; call the result with what is done, then `stop`. */
  progress(title: string, total: number): Progress;
  /** Bold text, where a terminal shows it. */
  bold(text: string): string;
}

/** A phase that takes a while. */
export interface Progress {
  at(done: number): void;
  stop(): void;
}

/** The output of a process. */
export function createOutput(isJson: boolean): Output {
  // Whoever reads may have seen enough (`| head`): that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const isTerminal = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
  return {
    say(line = '') {
      if (!isJson) process.stdout.write(`${line}\n`);
    },
    json(value) {
      if (isJson) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    progress(title, total) {
      if (process.stderr.isTTY !== true) return { at() {}, stop() {} };
      const format = `${title.padEnd(12)} {bar} {percentage}%`;
      const bar = new Bar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 40 });
      bar.start(total, 0);
      return { at: (done) => bar.update(done), stop: () => bar.stop() };
    },
    bold: (text) => (isTerminal ? styleText('bold', text) : text),
  };
}

/** Side of a column on which its text stands. */
export type Align = 'left' | 'right';

/** Rows in aligned columns without lines around them, two blanks apart. */
export function columns(rows: readonly (readonly string[])[], align: readonly Align[], indent = '  '): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const chars = { ...none, 'bottom-left': '', 'bottom-right': '', left: indent, 'left-mid': '', mid: '', 'mid-mid': '' };
  const table = new Table({
    chars: { ...chars, right: '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: [...align],
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A count with commas. */
export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Bytes in the unit that suits. */
export function size(bytes: number): string {
  if (bytes < 1 << 10) return `${bytes} B`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}

/** A time in the unit that suits. */
export function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** Operations a second. */
export function rate(nsEach: number): string {
  const perSecond = 1e9 / nsEach;
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} M/s` : `${(perSecond / 1e3).toFixed(0)} k/s`;
}
