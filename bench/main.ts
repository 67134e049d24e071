/**
 * bench/main.ts - `npm run bench`: hoptrie beside its peers, one table of results.
 * usage: node dist/bench/main.js [--quick] [--json | --markdown] [--from RESULTS.json] [--sizes N,N] [--only NAME,NAME]
 *        node dist/bench/main.js --fit PREFIXES[.gz]      the figures of bench/internet.ts, from a table
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FULL, QUICK, compare, type Plan } from './compare.js';
import { fitFigures, readPrefixes } from './fit.js';
import { machine } from './machine.js';
import { markdownReport, textReport, type Run } from './report.js';
import { SUBJECTS, type SubjectName } from './subject.js';
import { serveParent } from './worker.js';

const OPTIONS = {
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
  markdown: { type: 'boolean' },
  from: { type: 'string' },
  sizes: { type: 'string' },
  only: { type: 'string' },
  fit: { type: 'string' },
  worker: { type: 'boolean' },
} as const;

/** A list of an option, each item read by `read`; undefined items are refused. */
function list<T>(text: string, what: string, read: (word: string) => T | undefined): T[] {
  return text.split(',').map((word) => {
    const value = read(word);
    if (value === undefined) throw new RangeError(`'${word}': expected ${what}`);
    return value;
  });
}

function planOf(values: { quick?: boolean; sizes?: string; only?: string }): Plan {
  const plan = values.quick ? QUICK : FULL;
  const size = (word: string): number | undefined => (/^[1-9]\d{0,6}$/.test(word) ? Number(word) : undefined);
  const subject = (word: string): SubjectName | undefined => SUBJECTS.find((name) => name === word);
  return {
    ...plan,
    ...(values.sizes === undefined ? {} : { sizes: list(values.sizes, 'a number of prefixes', size) }),
    ...(values.only === undefined
      ? {}
      : { subjects: list(values.only, `one of ${SUBJECTS.join(', ')}`, subject) }),
  };
}

/** One line on standard error that is written over, where a terminal shows it. */
function report(done: number, total: number, what: string): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${done}/${total} ${what}`);
  if (done === total) process.stderr.write('\r\x1b[K');
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.worker) return serveParent();
  if (values.fit !== undefined) return void process.stdout.write(fitFigures(readPrefixes(values.fit)));
  const run: Run =
    values.from === undefined
      ? {
          machine: machine(),
          seed: FULL.seed,
          results: await compare(planOf(values), fileURLToPath(import.meta.url), report),
        }
      : (JSON.parse(readFileSync(values.from, 'utf8')) as Run);
  if (values.json) process.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
  else process.stdout.write(values.markdown ? markdownReport(run) : textReport(run));
}

await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
