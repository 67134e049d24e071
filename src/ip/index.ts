/**
 * ip/index.ts - the entry `hoptrie/ip`: iproute2's language over a Netns or a served socket.
 *
 *   ip(ns, 'route show')              its text; throws an IpError. `ns.ip(...)` is the same
 *   runIp(ns, 'route show')           exit code, output, error output
 *   runIpOver(connect, 'route show')  the same over sockets that answer in their own time
 *   watchIp(ns, 'monitor', write)     a monitor: its text as it comes, up to the call of what is given back
 * What is run is one command as an array of words, or text: commands as a shell would take them, one a line, with or
 * without `ip` in front; the first that fails ends it.
 */
import type { Netns } from '../netns.js';
import { nameTables, type AddedNames } from '../text/names.js';
import { OpenQuote, scriptLines, type Line } from './batch.js';
import { drive, driveAsync, listen, type Connect } from './drive.js';
import { MISTAKE } from './failure.js';
import type { Task } from './io.js';
import { Output } from './printer.js';
import { program } from './program.js';

export type { Connect, Connection } from './drive.js';
export type { Socket } from './io.js';
export type { AddedNames } from '../text/names.js';

/** What a run may be given besides its words. */
export interface IpOptions {
  /** The standard input, for `route restore` and `-batch -`. */
  readonly stdin?: Uint8Array | string;
  /** Files by name, for `-batch FILE`. */
  readonly readFile?: (file: string) => Uint8Array | string | undefined;
  /** Names besides the usual ones, as the files in /etc/iproute2 add them. */
  readonly names?: AddedNames;
  /** Milliseconds since 1970, for time stamps; default 0. */
  readonly now?: () => number;
}

/** What a run gives. */
export interface IpResult {
  /** Exit code: 0, 1 a mistake, 2 refused by the kernel, 255 a mistake in the words or help. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What `save` wrote; empty for everything else. */
  readonly bytes: Uint8Array;
  /** Number of the line that failed, of the text that was given. */
  readonly line?: number;
}

/** A command failed: exit code and output are those of iproute2. */
export class IpError extends Error implements IpResult {
  override readonly name = 'IpError';
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
  readonly line?: number;

  constructor({ code, stdout, stderr, bytes, line }: IpResult) {
    super(stderr.trimEnd());
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
    this.bytes = bytes;
    if (line !== undefined) this.line = line;
  }
}

/** Runs commands on a namespace and gives their output. @throws {IpError} one failed */
export function ip(ns: Netns, text: string | readonly string[], options?: IpOptions): string {
  const result = runIp(ns, text, options);
  if (result.code !== 0) throw new IpError(result);
  return result.stdout;
}

/** Runs commands on a namespace. */
export function runIp(ns: Netns, text: string | readonly string[], options: IpOptions = {}): IpResult {
  const output = new Output();
  return resultOf(output, drive(ns, script(text, options, output), files(options)));
}

/**
 * Runs a command that listens, `monitor`, on a namespace. `write` is called with what it has written, each time that
 * it waits again: once at the beginning where there is something to say, then with each change.
 * @returns ends it
 */
export function watchIp(
  ns: Netns,
  text: string | readonly string[],
  write: (stdout: string, stderr: string) => void,
  options: IpOptions = {},
): () => void {
  const output = new Output();
  return listen(ns, script(text, options, output), files(options), () => {
    const { stdout, stderr } = output;
    output.stdout = output.stderr = '';
    if (stdout !== '' || stderr !== '') write(stdout, stderr);
  });
}

/**
 * Runs commands over sockets.
 * @param write takes the output as it comes, standard output first; without it all is in the result
 */
export async function runIpOver(
  connect: Connect,
  text: string | readonly string[],
  options: IpOptions = {},
  write?: (stdout: string, stderr: string) => void,
): Promise<IpResult> {
  const output = new Output();
  const pause = (): void => {
    if (output.stdout === '' && output.stderr === '') return;
    write?.(output.stdout, output.stderr);
    if (write) output.stdout = output.stderr = '';
  };
  const ended = await driveAsync(connect, script(text, options, output), files(options), pause);
  pause();
  return resultOf(output, ended);
}

/** Exit code, and the line that gave it. */
type Ended = readonly [code: number, line?: number];

function* script(text: string | readonly string[], options: IpOptions, output: Output): Task<Ended> {
  const around = { names: nameTables(options.names), output, now: options.now ?? (() => 0) };
  const lines: Iterable<Line> = typeof text === 'string' ? scriptLines(text) : [{ words: text, number: 1 }];
  try {
    for (const { words, number } of lines) {
      const code = yield* program(words, around);
      if (code !== 0) return [code, number];
    }
  } catch (error) {
    if (!(error instanceof OpenQuote)) throw error;
    output.stderr += OpenQuote.STDERR;
    return [MISTAKE, error.line];
  }
  return [0];
}

function resultOf({ stdout, stderr, binary }: Output, [code, line]: Ended): IpResult {
  const bytes = new Uint8Array(binary.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of binary) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { code, stdout, stderr, bytes, ...(line !== undefined && { line }) };
}

/** The standard input may be a getter: it is looked at when a command reads it. */
function files(options: IpOptions): (file: string) => Uint8Array | undefined {
  return (file) => {
    const content = file === '-' ? (options.stdin ?? '') : options.readFile?.(file);
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
}
