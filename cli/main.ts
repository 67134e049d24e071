#!/usr/bin/env node
/**
 * cli/main.ts - the command `hoptrie`: one verb each, `--json` everywhere.
 * Exit codes: 0 done, 1 not found or refused, 2 wrong usage.
 */
import { Argument, Command, CommanderError, InvalidArgumentError } from 'commander';
import { FibError, WireError, type TableLike } from 'hoptrie';
import { hoptrieVersion } from '../bench/machine.js';
import { DEFAULT_PREFIXES, DEFAULT_SEED, MAX_PREFIXES } from '../bench/table.js';
import { bench } from './bench.js';
import { demo } from './demo.js';
import { load } from './load.js';
import { lookup } from './lookup.js';
import { createOutput, type Output } from './output.js';
import { VIEWS, show, type View } from './show.js';

const FROM = 'a file of `ip route save`, `ip -j route` or `ip route show`, gzip or not';

/** Reads a whole number between two bounds, for commander. */
function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (/^\d+$/.test(text) && n >= low && n <= high) return n;
    throw new InvalidArgumentError(`expected a number from ${low} to ${high}`);
  };
}

function tableOf(text: string): TableLike | 'all' {
  if (text === 'all' || text === 'main' || text === 'local' || text === 'default') return text;
  return whole(0, 0xffffffff)(text);
}

/** Says what went wrong, and where in a file. */
function complain(error: unknown): void {
  const isOurs = error instanceof FibError || error instanceof WireError;
  const known = isOurs || (error instanceof Error && 'code' in error && typeof error.code === 'string');
  process.stderr.write(`hoptrie: ${known ? (error as Error).message : String((error as Error).stack)}\n`);
}

/** Runs a verb with its output and turns what it throws into an exit code. */
function run(command: Command, verb: (output: Output) => number): void {
  try {
    process.exitCode = verb(createOutput(command.opts()['json'] === true));
  } catch (error) {
    complain(error);
    process.exitCode = 1;
  }
}

const program = new Command('hoptrie')
  .description('Linux routing as a WebAssembly library: look at tables, ask them, time them')
  .version(hoptrieVersion())
  .showHelpAfterError('(--help shows what is expected)')
  .exitOverride();

/** A verb with `--json` and examples. */
function verb(name: string, description: string, ...examples: string[]): Command {
  const lines = examples.map((example) => `  $ hoptrie ${example}`).join('\n');
  return program
    .command(name)
    .description(description)
    .option('--json', 'one JSON value instead of text')
    .addHelpText('after', `\nExamples:\n${lines}`);
}

const ms = whole(1, 60_000);
const seed = whole(0, 0xffffffff);

verb('demo', 'load a table, look at its trie, ask it, time it', 'demo', 'demo routes.bin', 'demo 8.8.8.8 1.1.1.1')
  .argument('[words...]', `addresses to ask for, and ${FROM}; without a file a table is generated`)
  .option('--prefixes <n>', 'prefixes of the generated table', whole(1, MAX_PREFIXES), DEFAULT_PREFIXES)
  .option('--seed <n>', 'seed of table and traces', seed, DEFAULT_SEED)
  .option('--ms <n>', 'milliseconds of each measurement', ms, 300)
  .action((words: string[], options: { prefixes: number; seed: number; ms: number }, command: Command) =>
    run(command, (output) => demo(output, words, options)),
  );

verb('load', 'summarize a file of routes', 'load routes.bin', 'load --json routes.txt.gz')
  .argument('<file>', FROM)
  .action((file: string, _: unknown, command: Command) => run(command, (output) => load(output, file)));

verb('lookup', "ask a file's routes for addresses", 'lookup --from routes.bin 8.8.8.8 1.1.1.1')
  .argument('<address...>', 'IPv4 addresses')
  .requiredOption('--from <file>', FROM)
  .action((addresses: string[], options: { from: string }, command: Command) =>
    run(command, (output) => lookup(output, options.from, addresses)),
  );

verb(
  'show',
  "show a file's routes, or the shape of their trie as /proc/net shows it",
  'show route --from routes.bin --table all',
  'show fib_trie --from routes.bin',
)
  .addArgument(new Argument('<what>', 'what to show').choices(VIEWS))
  .requiredOption('--from <file>', FROM)
  .option('--table <id>', 'main, local, default, a number, or all', tableOf, 'main')
  .action((what: View, options: { from: string; table: TableLike | 'all' }, command: Command) =>
    run(command, (output) => show(output, what, options.from, options.table)),
  );

verb('bench', 'time this machine on generated tables', 'bench', 'bench --sizes 1000,100000 --json')
  .option('--sizes <n,n>', 'prefixes of the tables', (text) => text.split(',').map(whole(1, MAX_PREFIXES)), [
    1000, 100_000, 1_000_000,
  ])
  .option('--seed <n>', 'seed of tables and traces', seed, DEFAULT_SEED)
  .option('--ms <n>', 'milliseconds of each measurement', ms, 300)
  .action((options: { sizes: number[]; ms: number; seed: number }, command: Command) =>
    run(command, (output) => bench(output, options.sizes, options.ms, options.seed)),
  );

try {
  program.parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
