#!/usr/bin/env node
/**
 * cli/main.ts - `hoptrie`: one verb per file, one way to end.
 */
import { Command, CommanderError } from 'commander';
import { hoptrieVersion } from '../bench/machine.js';
import { addBench } from './bench.js';
import { addDemo } from './demo.js';
import { STATUS_USAGE, asFailure } from './failure.js';
import { addIp } from './ip.js';
import { addLab } from './lab.js';
import { addLoad } from './load.js';
import { addLookup } from './lookup.js';
import { addReplay } from './replay.js';
import { addServe } from './serve.js';
import { addShow } from './show.js';
import { addSnapshot } from './snapshot.js';
import { addTable } from './table.js';
import { addWatch } from './watch.js';

function program(): Command {
  const root = new Command('hoptrie')
    .description('The routing subsystem of Linux as a library: look into it, load routes, ask for routes.')
    .version(hoptrieVersion(), '-V, --version')
    .showHelpAfterError('(--help shows how)')
    .exitOverride()
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  hoptrie demo                              a table of 1,000,000 prefixes, and how fast it is
  ip route save > r; hoptrie load r         what is in a dump
  hoptrie lookup --from r 8.8.8.8           where a packet would go
  hoptrie show fib_trie --from r            /proc/net/fib_trie of those routes

Exit status: 0 done, 1 not found or refused, 2 wrong command line.`,
    );
  const verbs = [
    addDemo,
    addLoad,
    addLookup,
    addShow,
    addIp,
    addServe,
    addWatch,
    addReplay,
    addLab,
    addSnapshot,
    addTable,
    addBench,
  ];
  for (const add of verbs) add(root);
  return root;
}

/** Runs the command line and gives the exit status. */
async function run(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : STATUS_USAGE;
    const failure = asFailure(error);
    process.stderr.write(`hoptrie: ${failure.message}\n`);
    if (failure.hint !== undefined) process.stderr.write(`         ${failure.hint}\n`);
    return failure.status;
  }
}

// Whoever reads may stop early (`hoptrie show route | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv);
