/**
 * core/invariant.ts - what a walk over the arena found, as an error.
 */
import { FibError } from '../errors.js';

/** Rooms of the numbers that `check` of the core gives: hundreds name the room, the rest is the invariant. */
const ROOMS = ['', 'T', 'A', 'I', 'M', 'R', 'O', 'D', 'S', 'V', 'G', 'C'];

/**
 * Throws unless `broken` is 0.
 * @throws {FibError} EUCLEAN, naming the invariant (assembly/check.ts)
 */
export function throwBroken(broken: number, operation: string): void {
  if (broken === 0) return;
  const name = `${ROOMS[Math.floor(broken / 100)] ?? '?'}${broken % 100}`;
  throw new FibError('EUCLEAN', operation, { detail: `invariant ${name} does not hold` });
}
