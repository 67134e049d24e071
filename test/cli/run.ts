/**
 * test/cli/run.ts - the built command line as its users run it: a process of its own, no terminal.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

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

/** Runs `hoptrie` with these arguments. */
export function hoptrie(args: readonly string[], input?: string | Uint8Array): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined },
  });
  return { status, stdout, stderr };
}

/** Runs with `--json` and reads what came out. */
export function hoptrieJson<T>(...args: string[]): T {
  const { status, stdout, stderr } = hoptrie([...args, '--json']);
  if (stderr !== '' || status === 2) throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
