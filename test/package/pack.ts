/**
 * pack.ts - the package as npm would publish it: packed into build/, and laid out as an installed dependency.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The project's folder, and the place for what the tests make. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUILD = join(ROOT, 'build');

/** What a child process said. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, in `cwd`.
 * @throws {Error} when it fails, with all that it said
 */
export async function sh(cwd: string, program: string, ...args: string[]): Promise<Output> {
  try {
    return await run(program, args, { cwd, maxBuffer: 1 << 26 });
  } catch (e) {
    const { message, stdout, stderr } = e as Error & Partial<Output>;
    throw new Error([message, stdout, stderr].filter(Boolean).join('\n'), { cause: e });
  }
}

/** What `npm pack --json` tells of a package. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** Packs the project as it is built now into an empty `folder`. */
export async function pack(folder: string): Promise<Packed> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { stdout } = await sh(ROOT, 'npm', 'pack', '--json', '--pack-destination', folder);
  const [told] = JSON.parse(stdout) as [Packed & { filename: string }];
  return { ...told, tarball: join(folder, told.filename) };
}

/**
 * Packs the project and lays it out below `folder` as an installed dependency: node_modules/hoptrie. What it depends
 * on is found in the project's own node_modules, above `folder`.
 * @returns the package's folder
 */
export async function installed(folder: string): Promise<string> {
  const { tarball } = await pack(folder);
  const target = join(folder, 'node_modules/hoptrie');
  await mkdir(target, { recursive: true });
  await sh(folder, 'tar', '-xzf', tarball, '--strip-components=1', '-C', target);
  return target;
}
