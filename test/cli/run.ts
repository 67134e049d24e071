/**
 * test/cli/run.ts - command lines of `hoptrie`, no terminal: as users run the built program, and within this process.
 *
 * A process of its own takes most of a second, nearly all of it to load the package: it is for what only a process shows,
 * that is standard input, pipes, and that every verb comes to an end.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { run } from '../../cli/program.js';

/** The program. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a colour would start with. */
export const ESCAPE = '\u001b';

/** What a run of `hoptrie` left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `hoptrie` in a process of its own. */
export function spawnHoptrie(args: readonly string[], input: string | Uint8Array = ''): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    input,
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined },
  });
  return { status, stdout, stderr };
}

/** Runs `hoptrie` within this process; standard input is none. */
export async function hoptrie(args: readonly string[]): Promise<Outcome> {
  const { exitCode } = process;
  const [stdout, stderr] = [caught(process.stdout), caught(process.stderr)];
  try {
    process.exitCode = undefined;
    const status = await run([process.execPath, MAIN, ...args]);
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.release();
    stderr.release();
    process.exitCode = exitCode;
  }
}

/** Keeps what is written to a stream until it is released. */
function caught(stream: NodeJS.WriteStream): { text: () => string; release: () => void } {
  const pieces: Uint8Array[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk, ...rest) => {
    pieces.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk.slice());
    const written = rest.at(-1);
    if (typeof written === 'function') process.nextTick(written);
    return true;
  });
  return { text: () => Buffer.concat(pieces).toString(), release: () => spy.mockRestore() };
}

/** Runs with `--json` and reads what came out. */
export async function hoptrieJson<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await hoptrie([...args, '--json']);
  if (stderr !== '' || status === 2) throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
