/**
 * follow/pause.ts - lets the rest of the program have its turn.
 */

/** After what waits already: timers, what was read, other work. */
export function pause(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0));
}
