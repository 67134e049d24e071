/**
 * ip/recording.ts - what the kernel answered to the scenarios of this folder: `npm run test:ip -- --record` writes it, so
 * that they can be compared without a kernel.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Outcome } from './outcome.js';
import { readScenario, type Scenario } from './scenario.js';

/** Scenarios by name: each line with its outcome. */
export type Recording = Readonly<Record<string, readonly (readonly [line: string, ...Outcome])[]>>;

/** Reads a recording; empty where there is none. */
export function readRecording(file: string): Recording {
  try {
    return JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recording;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

export function writeRecording(file: string, recording: Recording): void {
  const sorted = Object.fromEntries(Object.entries(recording).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, gzipSync(`${JSON.stringify(sorted)}\n`, { level: 9 }));
}

/** The outcomes of a scenario, undefined when it was recorded with other lines or not at all. */
export function recorded(recording: Recording, { name, steps }: Scenario): Outcome[] | undefined {
  const rows = recording[name];
  if (rows?.length !== steps.length || rows.some(([line], i) => line !== steps[i]!.line)) return undefined;
  return rows.map(([, code, stdout, stderr]) => [code, stdout, stderr]);
}

/** The scenarios of a folder. */
export function scenariosIn(folder: string, after: readonly string[] = []): Scenario[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
  return files
    .sort()
    .map((file) => readScenario(file.slice(0, -4), readFileSync(join(folder, file), 'utf8'), after));
}
