/**
 * table/outcome.ts - what became of a call, as a word.
 */
import { FibError, WireError } from '../../src/table/index.js';

/** `done`, the code of the error, or its class where that is none of ours. */
export function code(run: () => unknown): string {
  try {
    run();
    return 'done';
  } catch (error) {
    if (error instanceof FibError || error instanceof WireError) return error.code;
    return (error as Error).name;
  }
}
