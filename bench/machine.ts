/**
 * bench/machine.ts - what a figure was measured on.
 */
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The machine, the runtime and the version of hoptrie. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly arch: string;
  readonly node: string;
  readonly v8: string;
  readonly hoptrie: string;
}

/** The version in package.json. */
export function hoptrieVersion(): string {
  const packageJson = require('hoptrie/package.json') as { version: string };
  return packageJson.version;
}

/** The path of a file of the project, seen from its root. */
export function projectPath(path: string): string {
  return join(dirname(require.resolve('hoptrie/package.json')), path);
}

/** This machine. */
export function machine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown cpu',
    cores: cores.length,
    arch: process.arch,
    node: process.versions.node,
    v8: process.versions.v8,
    hoptrie: hoptrieVersion(),
  };
}

/** The machine as one line. */
export function machineLine(m: Machine = machine()): string {
  return `${m.cpu}, ${m.cores} cores, ${m.arch}; node ${m.node}, v8 ${m.v8}; hoptrie ${m.hoptrie}`;
}
