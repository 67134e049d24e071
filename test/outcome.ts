/**
 * outcome.ts - what an operation came to, as a word that an oracle can say too.
 */
import { FibError } from '../src/errors.js';

/** 'ok', or the errno name of the FibError that was thrown; anything else goes on. */
export function outcome(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof FibError) return error.code;
    throw error;
  }
}
