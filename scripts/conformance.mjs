#!/usr/bin/env node
// conformance.mjs - how much of what Linux answered the last build answers too: a table by set and category.
//
// usage: node scripts/conformance.mjs [--write] [--module FILE] [--set NAME]...
//
// The recorded answers are in the folder that HOPTRIE_FIXTURES names, ../shared/fixtures when it names none; beside it
// stands tools/vectors/run.mjs, which compares. Without them there is nothing to do. The table is committed as
// docs/CONFORMANCE.md: `--write` writes it, otherwise a figure below the committed one is a failure.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** How many of the units of a category are equal. @typedef {{ set: string, category: string, equal: number, of: number }} Row */

/** What run.mjs prints with --json, as far as it is read. @typedef {{ equal: number, total: number, cat: Record<string, [number, number]> }} Result */

const SETS = ['trie', 'lookup', 'state', 'raw'];
const ALL = 'all';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const TABLE = 'docs/CONFORMANCE.md';
const fixtures = process.env['HOPTRIE_FIXTURES'] ?? '../shared/fixtures';
const runner = join(fixtures, '../tools/vectors/run.mjs');

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    module: { type: 'string', default: 'dist/index.js' },
    set: { type: 'string', multiple: true, default: SETS },
  },
});

/**
 * Runs one set. A terminal is told how long it takes.
 * @param {string} set  @returns {Promise<Result>}
 */
async function run(set) {
  const args = ['--module', resolve(options.module), '--set', set, '--dir', join(fixtures, set)];
  const child = spawn(process.execPath, [runner, ...args, '--family', '4', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const started = Date.now();
  const say = () => progress(`${set}: ${Math.round((Date.now() - started) / 1000)} s`);
  const timer = setInterval(say, 1000);
  child.stdout.setEncoding('utf8');
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  clearInterval(timer);
  progress('');
  return JSON.parse(text);
}

/** One line that is written over, on a terminal only. @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/**
 * The rows of a set: its categories, what no scenario reached, all of it.
 * @param {string} set  @param {Result} result  @returns {Row[]}
 */
function rowsOf(set, { equal, total, cat }) {
  const rows = Object.entries(cat).map(([category, [same, of]]) => ({ set, category, equal: same, of }));
  const missed = total - rows.reduce((sum, { of }) => sum + of, 0);
  if (missed > 0) rows.push({ set, category: 'not reached', equal: 0, of: missed });
  return [...rows, { set, category: ALL, equal, of: total }];
}

/** @param {Row} row */
const percent = ({ equal, of }) => (of === 0 ? '-' : (Math.floor((1e5 * equal) / of) / 1e3).toFixed(3));

/** The table, aligned; markdown that is readable as it is. @param {Row[]} rows */
function format(rows) {
  const head = ['set', 'category', 'equal', 'of', 'per cent'];
  const cells = rows.map((row) => [row.set, row.category, `${row.equal}`, `${row.of}`, percent(row)]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const pad = (/** @type {string} */ text, /** @type {number} */ i) =>
    i < 2 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  const rule = widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [head, rule, ...cells].map((line) => `| ${line.map(pad).join(' | ')} |`).join('\n');
}

/** The rows of the committed table. @param {string} text  @returns {Row[]} */
function parse(text) {
  const lines = text.matchAll(/^\| (\w+) +\| (\S[^|]*?) +\| +(\d+) \| +(\d+) \|/gm);
  return [...lines].map(([, set = '', category = '', equal, of]) => ({
    set,
    category,
    equal: Number(equal),
    of: Number(of),
  }));
}

/**
 * What is worse than before, in words. Shares are compared, because other recordings have other sums.
 * @param {Row[]} before  @param {Row[]} after
 */
function fallen(before, after) {
  return before.flatMap((old) => {
    if (!options.set.includes(old.set)) return [];
    const row = after.find(({ set, category }) => set === old.set && category === old.category);
    const worse = row ? row.equal * old.of < old.equal * row.of : old.equal > 0 && old.of > 0;
    const now = row ? `${row.equal} of ${row.of}` : 'gone';
    return worse ? [`${old.set} ${old.category}: was ${old.equal} of ${old.of}, is ${now}`] : [];
  });
}

/** @param {Row[]} rows */
const page = (rows) => `# Conformance

How many of the answers that Linux 6.18 gave, as recorded (IPv4), this build gives too. \`npm run conformance\` compares with
this table and fails where a figure fell; \`npm run conformance -- --write\` writes it.

${format(rows)}
`;

/** The exit code. */
async function main() {
  if (!existsSync(runner)) {
    console.log(
      `conformance is left out: there is no ${runner} (HOPTRIE_FIXTURES names the folder of recordings)`,
    );
    return 0;
  }
  /** @type {Row[]} */
  const rows = [];
  for (const set of options.set) rows.push(...rowsOf(set, await run(set)));
  console.log(format(rows));
  if (options.write) {
    writeFileSync(TABLE, page(rows));
    return 0;
  }
  const before = existsSync(TABLE) ? parse(readFileSync(TABLE, 'utf8')) : [];
  const worse = fallen(before, rows);
  for (const line of worse) console.log(`fell: ${line}`);
  if (worse.length === 0) console.log(`nothing below ${TABLE}`);
  return worse.length === 0 ? 0 : 1;
}

process.exitCode = await main();
