/**
 * cli/serve.ts - `hoptrie serve`: a Netns on a Unix socket, for programs that speak rtnetlink.
 */
import { Option, type Command } from 'commander';
import { Netns } from 'hoptrie';
import { usage } from './failure.js';
import { jsonOption, whole } from './options.js';
import { print, printJson } from './print.js';
import { Server } from './server/server.js';
import { openNetns } from './source.js';
import { writeWhole } from './write.js';

interface ServeOptions {
  readonly socket: string;
  readonly load?: string;
  readonly save?: string;
  readonly hz?: number;
  readonly routeCache?: true;
  readonly json?: true;
}

/** Signals that end a server as it should end. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A new namespace, or that of a file. */
function begin({ load, hz, routeCache }: ServeOptions): Netns {
  if (load === undefined) return Netns.create({ ...(hz && { hz }), ...(routeCache && { routeCache: {} }) });
  if (hz !== undefined || routeCache)
    throw usage('--hz and --route-cache are for a new namespace, not for --load');
  return openNetns(load);
}

async function serve(options: ServeOptions): Promise<void> {
  const { socket, save, json } = options;
  using ns = begin(options);
  const stopped = stopSignal();
  stayDeaf();
  const server = await Server.listen(ns, socket, { say });
  process.once('exit', () => server.unlink()); // in whatever way it comes
  if (json) printJson({ socket, pid: process.pid, routes: ns.stats().routes });
  else print(`listening on ${socket}`);
  await stopped;
  await server.close();
  if (save !== undefined) writeWhole(save, ns.save());
}

/** Whoever reads what is told may go; the server stays. */
function stayDeaf(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error').on('error', () => undefined);
  }
}

function say(text: string): void {
  process.stderr.write(`hoptrie serve: ${text}\n`);
}

/** Resolves with the first signal to stop; those after it change nothing. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => resolve());
  });
}

/** Adds the verb to the program. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .summary('rtnetlink on a Unix socket')
    .description(
      'Serves a namespace to programs that speak rtnetlink, through a Unix stream socket: each datagram is preceded by its length, u32 little-endian. It begins as a new network namespace of Linux does, or with what a file holds, and ends with SIGINT or SIGTERM.',
    )
    .addOption(
      new Option('--socket <path>', 'where to listen; only its owner may connect').makeOptionMandatory(),
    )
    .option('--load <file>', 'begin with a snapshot, `ip route save`, `ip -j route` or `ip route show`')
    .option('--save <file>', 'write a snapshot at the end')
    .addOption(new Option('--hz <n>', 'ticks in a second (1000)').argParser(whole(1, 1_000_000)))
    .option('--route-cache', 'with the route cache that Linux had until 3.6')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  hoptrie serve --socket /tmp/r.sock
  hoptrie serve --socket /tmp/r.sock --load routes.snap --save routes.snap
  hoptrie ip --socket /tmp/r.sock route show`,
    )
    .action(serve);
}
