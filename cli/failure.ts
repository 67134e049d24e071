/**
 * cli/failure.ts - what ends a command early, in words for whoever typed it, and the status it ends with.
 *
 *   0  done      1  not found, or refused      2  the command line is wrong
 */
import { FibError, WireError } from 'hoptrie/wire';

export const STATUS_REFUSED = 1;
export const STATUS_USAGE = 2;

/** A failure that is told without its stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: number;
  /** What helps: a second line. */
  readonly hint: string | undefined;

  constructor(message: string, status: number = STATUS_REFUSED, hint?: string) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** The command line is wrong. */
export function usage(message: string, hint?: string): Failure {
  return new Failure(message, STATUS_USAGE, hint);
}

const FILE_ERRORS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a directory',
  EPERM: 'not permitted',
};

/** Whatever was thrown, as a failure. `subject` is what was being worked on, for example a file. */
export function asFailure(error: unknown, subject?: string): Failure {
  if (error instanceof Failure) return error;
  const before = subject === undefined ? '' : `${subject}: `;
  if (error instanceof FibError || error instanceof WireError) return new Failure(before + error.message);
  if (error instanceof RangeError) return usage(error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === undefined ? undefined : FILE_ERRORS[code];
  return new Failure(before + (why ?? message));
}
