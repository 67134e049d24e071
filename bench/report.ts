/**
 * bench/report.ts - the results of a comparison as one table, for a terminal or in Markdown.
 */
import type { Result } from './compare.js';
import { machineLine, type Machine } from './machine.js';
import type { Rate } from './rate.js';
import { SUBJECT_TITLES } from './subject.js';
import { TASKS } from './worker.js';

/** A run as it is written with `--json`. */
export interface Run {
  readonly machine: Machine;
  readonly seed: number;
  readonly results: readonly Result[];
}

const HEAD = [
  'structure',
  'prefixes',
  'build, sorted',
  'build, shuffled',
  'insert',
  'delete',
  'lookup, number',
  'lookup, text',
  'lookup, batch',
  'bytes/prefix',
];

/** Nanoseconds with three digits: `8.21 ns`, `143 ns`, `2.07 µs`, `1.43 ms`. */
function time(ns: number): string {
  const [value, unit] = ns < 1000 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1e3, 'µs'] : [ns / 1e6, 'ms'];
  return `${value.toPrecision(3).replace(/e\+\d+$/, '')} ${unit}`;
}

/** Median, and how far the quartiles are from it. */
function cell(rate: Rate | undefined): string {
  if (rate === undefined) return '-';
  const spread = (100 * (rate.p75 - rate.p25)) / 2 / rate.median;
  return `${time(rate.median)} ±${spread.toFixed(0)}%`;
}

function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

function rows(results: readonly Result[]): string[][] {
  return results.map(({ subject, prefixes, ns, bytesPerPrefix }) => [
    SUBJECT_TITLES[subject][0],
    thousands(prefixes),
    ...TASKS.map((task) => cell(ns[task])),
    bytesPerPrefix > 0 ? bytesPerPrefix.toFixed(0) : '-',
  ]);
}

/** What a reader must know beside the table: who stopped where, and what each structure does not do. */
function notes(results: readonly Result[]): string[] {
  const stops = results
    .filter(({ stopped }) => stopped !== undefined)
    .map(
      ({ subject, prefixes, stopped }) =>
        `${SUBJECT_TITLES[subject][0]} stops at ${thousands(prefixes)}: ${stopped}`,
    );
  const names = [...new Set(results.map(({ subject }) => subject))];
  return [...stops, ...names.map((name) => `${SUBJECT_TITLES[name][0]}: ${SUBJECT_TITLES[name][1]}`)];
}

const EXPLANATION =
  'time of one operation, median of the rounds ± half the distance of the quartiles; lookups of random addresses inside prefixes';

/** The run for a terminal. */
export function textReport({ machine, results }: Run): string {
  const all = [HEAD, ...rows(results)];
  const widths = HEAD.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const lines = all.map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '),
  );
  return [machineLine(machine), EXPLANATION, '', ...lines, '', ...notes(results)].join('\n') + '\n';
}

/** The run as the README has it. */
export function markdownReport({ machine, results }: Run): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = line(HEAD.map((_, i) => (i === 0 ? '---' : '--:')));
  const table = [line(HEAD), rule, ...rows(results).map(line)];
  return (
    [
      `${machineLine(machine)}: ${EXPLANATION}.`,
      '',
      ...table,
      '',
      ...notes(results).map((note) => `- ${note}`),
    ].join('\n') + '\n'
  );
}
