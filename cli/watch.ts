/**
 * cli/watch.ts - `hoptrie watch`: a mirror of this machine, of a router or of a file, and what changes in it.
 */
import { Option, type Command } from 'commander';
import * as feed from 'hoptrie/feed';
import { usage } from './failure.js';
import { Mirror } from './mirror.js';
import { jsonOption, whole } from './options.js';

interface WatchOptions {
  readonly fpm?: string | true;
  readonly netns?: string;
  readonly buffer?: number;
  readonly serve?: string;
  readonly record?: string;
  readonly json?: true;
}

async function watch(file: string | undefined, options: WatchOptions): Promise<void> {
  const { serve, record, json } = options;
  const mirror = new Mirror({
    ...(serve !== undefined && { serve }),
    ...(record !== undefined && { record }),
    isJson: json === true,
  });
  await mirror.run(...sourceOf(file, options));
}

/** The feed that was asked for, and what it is called. */
function sourceOf(file: string | undefined, options: WatchOptions): [source: feed.Feed, name: string] {
  const { fpm, netns, buffer } = options;
  if (Number(file !== undefined) + Number(fpm !== undefined) + Number(netns !== undefined) > 1) {
    throw usage('a file, --fpm and --netns exclude each other');
  }
  if (fpm !== undefined) {
    const listen = fpm === true ? {} : fpm;
    return [feed.fpm({ listen }), `FPM on ${fpm === true ? 'port 2620' : fpm}`];
  }
  if (file !== undefined) return [feed.any(file === '-' ? process.stdin : file), file];
  const source = feed.netlink({
    ...(netns !== undefined && { netns }),
    ...(buffer !== undefined && { receiveBytes: buffer }),
  });
  return [source, netns === undefined ? 'this machine' : `namespace ${netns}`];
}

/** Adds the verb to the program. */
export function addWatch(program: Command): void {
  program
    .command('watch [file]')
    .summary('follow this machine, a router or a stream')
    .description(
      'Mirrors the routing tables of this machine, of a router that speaks FPM (FRR), or of what a file or a pipe holds (rtmon, ip monitor, ip route save, FPM, pcap, MRT), and shows what changes: in place on a terminal, else line by line. Ends with the source, or with SIGINT.',
    )
    .addOption(new Option('--fpm [host:port]', "listen for FRR's zebra; default 127.0.0.1:2620"))
    .addOption(new Option('--netns <name>', 'a network namespace, by its name or path'))
    .addOption(
      new Option('--buffer <bytes>', 'receive buffer of the netlink socket').argParser(whole(1, 1 << 30)),
    )
    .option('--serve <path>', 'answer lookups on a Unix socket, as `hoptrie serve` does')
    .option('--record <file>', 'keep what comes, for `hoptrie replay`')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  hoptrie watch                             this machine
  hoptrie watch --fpm                       FRR: zebra -M dplane_fpm_nl, "fpm address 127.0.0.1"
  ip monitor route | hoptrie watch -
  hoptrie watch --record day.rec --serve /tmp/r.sock`,
    )
    .action(watch);
}
