/**
 * ip/words.ts - the arguments of a command, one after the other, and iproute2's rule of abbreviation.
 */
import { Exit, USAGE } from './failure.js';

/** Whether `word` is short for `full`: a beginning of it. The empty word is short for nothing. */
export function isShort(word: string, full: string): boolean {
  return word !== '' && full.startsWith(word);
}

/** A cursor over arguments. */
export class Words {
  #at = 0;

  constructor(readonly all: readonly string[]) {}

  /** There is a current word. */
  get more(): boolean {
    return this.#at < this.all.length;
  }

  /** How many words are left, the current one included. */
  get left(): number {
    return this.all.length - this.#at;
  }

  /**
   * The current word.
   * @throws {Exit} there is none
   */
  get word(): string {
    const word = this.all[this.#at];
    if (word === undefined) throw new Exit(USAGE, 'Command line is not complete. Try option "help"\n');
    return word;
  }

  /** The word behind the current one, undefined when there is none. */
  get peek(): string | undefined {
    return this.all[this.#at + 1];
  }

  /** Passes the current word over, and gives it. */
  take(): string {
    const { word } = this;
    this.#at++;
    return word;
  }

  /** Passes a keyword over, and gives its value, which becomes the current word. */
  value(): string {
    this.#at++;
    return this.word;
  }

  /** The current word is exactly this. */
  is(...words: readonly string[]): boolean {
    return this.more && words.includes(this.word);
  }

  /** The current word is short for this. */
  isShort(full: string): boolean {
    return this.more && isShort(this.word, full);
  }
}

/**
 * The first of `table` whose name `word` is short for, in the order of the table; a name that ends with `!` must be
 * given in full.
 */
export function choose<T>(word: string, table: readonly (readonly [string, T])[]): T | undefined {
  return table.find(([name]) => (name.endsWith('!') ? word === name.slice(0, -1) : isShort(word, name)))?.[1];
}
