/**
 * cli/program.ts - the verbs of `hoptrie`: one file for each, one way to end.
 */
import { Command, CommanderError } from 'commander';
import { hoptrieVersion } from '../bench/machine.js';
import { STATUS_USAGE, asFailure } from './failure.js';

/** The verbs in the order of the help, each loaded when it is wanted: most of a short run would be loading. */
const VERBS: Readonly<Record<string, () => Promise<(root: Command) => void>>> = {
  demo: async () => (await import('./demo.js')).addDemo,
  load: async () => (await import('./load.js')).addLoad,
  lookup: async () => (await import('./lookup.js')).addLookup,
  show: async () => (await import('./show.js')).addShow,
  ip: async () => (await import('./ip.js')).addIp,
  serve: async () => (await import('./serve.js')).addServe,
  watch: async () => (await import('./watch.js')).addWatch,
  replay: async () => (await import('./replay.js')).addReplay,
  lab: async () => (await import('./lab.js')).addLab,
  snapshot: async () => (await import('./snapshot.js')).addSnapshot,
  table: async () => (await import('./table.js')).addTable,
  bench: async () => (await import('./bench.js')).addBench,
};

/** The program with one verb, or with all where it is none of them. */
async function program(verb = ''): Promise<Command> {
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
  const verbs = Object.hasOwn(VERBS, verb) ? [VERBS[verb]!] : Object.values(VERBS);
  for (const load of verbs) (await load())(root);
  return root;
}

/** Runs a command line, `process.argv` as a whole, and gives the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    const root = await program(argv[2]);
    await root.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : STATUS_USAGE;
    const failure = asFailure(error);
    process.stderr.write(`hoptrie: ${failure.message}\n`);
    if (failure.hint !== undefined) process.stderr.write(`         ${failure.hint}\n`);
    return failure.status;
  }
}
