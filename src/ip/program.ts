/**
 * ip/program.ts - `ip` itself: options, the object, its command, a batch of them; and the exit code.
 */
import { OpenQuote, batchLines } from './batch.js';
import { Exit, Failed, MISTAKE, USAGE } from './failure.js';
import { HELP } from './help.js';
import type { Task } from './io.js';
import { OBJECTS } from './objects.js';
import { readOptions, type Options } from './options.js';
import { Session, type Surroundings } from './session.js';
import { Words, choose } from './words.js';

/** Runs one command line, without the name of the program in front. Gives the exit code; the output is in `around`. */
export function* program(argv: readonly string[], around: Surroundings): Task<number> {
  const { output } = around;
  try {
    const words = new Words(argv);
    const options = readOptions(words);
    if (options.batch !== undefined) return yield* batch(options, options.batch, around);
    if (!words.more) throw new Exit(USAGE, HELP);
    return yield* command(new Session(options, around), words);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    output.stdout += error.stdout;
    output.stderr += error.stderr;
    return error.code;
  }
}

/** Runs the command of an object; what it fails with becomes the exit code. @throws {Exit} */
function* command(session: Session, words: Words): Task<number> {
  const object = choose(words.word, OBJECTS);
  try {
    if (object === undefined)
      throw new Failed(MISTAKE, `Object "${words.word}" is unknown, try "ip help".\n`);
    words.take();
    yield* object(session, words);
    return 0;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    session.err(error.stderr);
    return error.code;
  }
}

/** Runs the commands of a file, over one session; a failure ends it unless -force was given. @throws {Exit} */
function* batch(options: Options, file: string, around: Surroundings): Task<number> {
  const bytes = yield { do: 'read', file };
  if (bytes === null) {
    throw new Exit(MISTAKE, `Cannot open file "${file}" for reading: No such file or directory\n`);
  }
  const session = new Session(options, around);
  let code = 0;
  try {
    for (const { words, number } of batchLines(new TextDecoder().decode(bytes))) {
      if ((yield* command(session, new Words(words))) === 0) continue;
      session.err(`Command failed ${file}:${number}\n`);
      code = MISTAKE;
      if (!options.force) break;
    }
  } catch (error) {
    if (error instanceof OpenQuote) throw new Exit(MISTAKE, OpenQuote.STDERR);
    throw error;
  }
  return code;
}
