/**
 * ip/failure.ts - the two ways in which a command ends badly, and the words for them.
 *
 *   Failed   the command is over; a batch says `Command failed` and, with -force, goes on
 *   Exit     the program is over, a batch too: mistakes in arguments mostly, `help` as well
 * Both carry the exit code and what is still to be written to the error output.
 */

/** Exit codes of iproute2: 1 a mistake it sees itself, 2 the kernel refuses, 255 mistakes in arguments and help. */
export const MISTAKE = 1;
export const REFUSED = 2;
export const USAGE = 255;

/** The command is over. */
export class Failed extends Error {
  constructor(
    readonly code: number,
    readonly stderr = '',
  ) {
    super(stderr);
  }
}

/** The program is over. */
export class Exit extends Error {
  constructor(
    readonly code: number,
    readonly stderr = '',
    readonly stdout = '',
  ) {
    super(stderr);
  }
}

/** `Error: argument "x" is wrong: why` */
export function wrongArgument(word: string, why: string): Exit {
  return new Exit(USAGE, `Error: argument "${word}" is wrong: ${why}\n`);
}

/** `Error: either "to" is duplicate, or "x" is a garbage.` */
export function duplicate(key: string, word: string): Exit {
  return new Exit(USAGE, `Error: either "${key}" is duplicate, or "${word}" is a garbage.\n`);
}

/** `Error: duplicate "key": "x" is the second value.` */
export function secondValue(key: string, word: string): Exit {
  return new Exit(USAGE, `Error: duplicate "${key}": "${word}" is the second value.\n`);
}

/** `Cannot find device "x"`, which does not end a batch. */
export function noDevice(name: string): Failed {
  return new Failed(MISTAKE, `Cannot find device "${name}"\n`);
}

/** `Command "x" is unknown, try "ip OBJECT help".` */
export function unknownCommand(word: string, object: string): Exit {
  return new Exit(USAGE, `Command "${word}" is unknown, try "ip ${object} help".\n`);
}
