/**
 * cli/write.ts - files that are there whole, or as they were before.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { asFailure } from './failure.js';

/** Writes a file in one step: nobody ever reads half of it. @throws {Failure} it cannot be written */
export function writeWhole(file: string, content: Uint8Array): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, content);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw asFailure(error, `cannot write ${file}`);
  }
}
