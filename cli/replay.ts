/**
 * cli/replay.ts - `hoptrie replay`: what `hoptrie watch --record` kept, or any other stream in a file, told again.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import * as feed from 'hoptrie/feed';
import { Mirror } from './mirror.js';
import { jsonOption } from './options.js';

interface ReplayOptions {
  readonly speed?: number;
  readonly save?: string;
  readonly serve?: string;
  readonly json?: true;
}

async function replay(file: string, { speed, save, serve, json }: ReplayOptions): Promise<void> {
  const mirror = new Mirror({
    ...(save !== undefined && { save }),
    ...(serve !== undefined && { serve }),
    isJson: json === true,
  });
  const source = feed.any(file === '-' ? process.stdin : file);
  await mirror.run(speed === undefined ? source : feed.paced(source, speed), file);
}

function factor(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** Adds the verb to the program. */
export function addReplay(program: Command): void {
  program
    .command('replay <file>')
    .summary('a recorded stream once more')
    .description(
      'Tells again what was recorded with `hoptrie watch --record`, or what any stream holds that `hoptrie watch` reads; ends with the state at its end.',
    )
    .addOption(
      new Option('--speed <factor>', 'at so many times its own pace; default: at once').argParser(factor),
    )
    .option('--save <file>', 'write a snapshot at the end')
    .option('--serve <path>', 'answer lookups on a Unix socket meanwhile')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  hoptrie replay day.rec --save day.snap && hoptrie lookup --from day.snap 8.8.8.8
  hoptrie replay day.rec --speed 60         an hour in a minute`,
    )
    .action(replay);
}
