/**
 * cli/ip.ts - `hoptrie ip`: iproute2's own words, on a file of routes or on a served namespace.
 *
 * Options of ours stand in front of those of iproute2; what follows them is for `hoptrie/ip` as it is, and its exit
 * code and both its outputs are those of iproute2.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Netns } from 'hoptrie';
import { runIp, runIpOver, type IpOptions } from 'hoptrie/ip';
import { usage } from './failure.js';
import { installedNames } from './installed-names.js';
import { ipSockets } from './server/ip-socket.js';
import { openNetns } from './source.js';
import { writeWhole } from './write.js';

interface IpVerbOptions {
  readonly from?: string;
  readonly socket?: string;
  readonly save?: string;
  readonly inPlace?: true;
}

/** What `hoptrie/ip` cannot know by itself: this machine's files, names and clock. */
const SURROUNDINGS: IpOptions = {
  get stdin(): Uint8Array {
    return readFileSync(0);
  },
  readFile,
  get names() {
    return installedNames();
  },
  now: Date.now,
};

/** A file of a batch; undefined where there is none to read. */
function readFile(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Writes to a stream; resolves when it has taken all. */
function put(stream: NodeJS.WriteStream, content: string | Uint8Array): Promise<void> {
  if (content.length === 0) return Promise.resolve();
  return new Promise((resolve) => void stream.write(content, () => resolve()));
}

async function ip(words: readonly string[], options: IpVerbOptions): Promise<void> {
  const { from, socket, save, inPlace } = options;
  if (from !== undefined && socket !== undefined) throw usage('either --from or --socket, not both');
  if (inPlace && from === undefined) throw usage('--in-place is for --from');
  if (socket !== undefined) {
    if (save !== undefined)
      throw usage('--save is for --from: a server saves by itself (hoptrie serve --save)');
    return ipOver(socket, words);
  }
  using ns = from === undefined ? Netns.create() : openNetns(from);
  const { code, stdout, stderr, bytes } = runIp(ns, words, SURROUNDINGS);
  const target = save ?? (inPlace ? from : undefined);
  if (target !== undefined) writeWhole(target, ns.save());
  await put(process.stdout, stdout);
  await put(process.stdout, bytes);
  await put(process.stderr, stderr);
  process.exitCode = code;
}

/** The same on a served namespace. */
async function ipOver(path: string, words: readonly string[]): Promise<void> {
  const write = (stdout: string, stderr: string): void => {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
  };
  const sockets = ipSockets(path, (text) => process.stderr.write(text));
  const { code, bytes } = await runIpOver(sockets, words, SURROUNDINGS, write);
  await put(process.stdout, bytes);
  process.exitCode = code;
}

/** Adds the verb to the program. */
export function addIp(program: Command): void {
  program
    .command('ip')
    .summary("iproute2's own syntax on a file or a served namespace")
    .description(
      'Runs a command of iproute2: link, address, route, rule, nexthop, monitor, with its options, outputs and exit codes. It works on a new namespace, on what a file holds, or on a namespace that `hoptrie serve` serves.',
    )
    .helpOption('--help')
    .allowUnknownOption()
    .passThroughOptions()
    .argument('[words...]', "iproute2's options and words")
    .option('--from <file>', '`ip route save`, `ip -j route`, `ip route show` or a snapshot; - is stdin')
    .option('--socket <path>', 'where `hoptrie serve` listens')
    .option('--save <file>', 'write a snapshot of the namespace as it is afterwards')
    .option('--in-place', 'write it to the file that was read')
    .addHelpText(
      'after',
      `
Examples:
  hoptrie ip --from routes.snap route get 8.8.8.8
  hoptrie ip --from routes.snap --in-place route replace default via 192.0.2.1
  hoptrie ip --socket /tmp/r.sock -j address show
  hoptrie ip --socket /tmp/r.sock monitor
  hoptrie ip --socket /tmp/r.sock -batch commands.txt

Exit status: that of iproute2; 2 for a wrong option of ours.`,
    )
    .action(ip);
}
