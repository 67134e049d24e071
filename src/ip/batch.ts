/**
 * ip/batch.ts - lines of commands, split as `ip -batch` splits them, and as a shell does.
 */

/** A command of a batch or a script: its words, and the number of the line it ends on. */
export interface Line {
  readonly words: readonly string[];
  readonly number: number;
}

/** A word opens with a quote that nothing closes. */
export class OpenQuote extends Error {
  static readonly STDERR = 'Unterminated quoted string\n';

  /** @param line number of the line that the command begins on */
  constructor(readonly line: number) {
    super(OpenQuote.STDERR);
  }
}

/**
 * The commands of a batch: `#` starts a comment wherever it stands, a backslash at the end of a line joins the next one,
 * a word that opens with a quote ends with it. Lines without words are left out.
 * @throws {OpenQuote} once reached
 */
export function* batchLines(text: string): Generator<Line, void> {
  for (const { line, number } of joinedLines(text, (line) => line.replace(/#.*/s, ''))) {
    const words = batchWords(line, number);
    if (words.length > 0) yield { words, number };
  }
}

/** Lines with those joined that end with a backslash; `trim` takes comments off each. */
function* joinedLines(
  text: string,
  trim: (line: string) => string,
): Generator<{ line: string; number: number }, void> {
  let number = 0;
  let joined = '';
  for (const each of text.split('\n')) {
    number++;
    const line = trim(each);
    joined += line.replace(/\\$/, '');
    if (line.endsWith('\\')) continue;
    yield { line: joined, number };
    joined = '';
  }
  if (joined !== '') yield { line: joined, number };
}

function batchWords(line: string, number: number): string[] {
  const words: string[] = [];
  const word = /[ \t\r]*(?:(["'])(.*?)\1|([^ \t\r]+))/sy;
  for (let match = word.exec(line); match !== null; match = word.exec(line)) {
    const text = match[2] ?? match[3] ?? '';
    if (match[2] === undefined && /^["']/.test(text)) throw new OpenQuote(number);
    words.push(text);
  }
  return words;
}

/**
 * The commands of a script as a shell would take them: quotes and backslashes anywhere in a word, `#` at the start of a
 * word begins a comment, `;` ends a command. The word `ip` in front of a command is left out.
 * @throws {OpenQuote} once reached
 */
export function* scriptLines(text: string): Generator<Line, void> {
  const shell = new Shell(text);
  for (let words = shell.command(); words !== undefined; words = shell.command()) {
    if (words[0] === 'ip') words.shift();
    else if (words.length === 0) continue;
    yield { words, number: shell.number };
  }
}

/** Reads commands of a shell: words only, no expansion of any kind. */
class Shell {
  /** Number of the line that the last command began on. */
  number = 0;
  #line = 1;
  #at = 0;

  constructor(readonly text: string) {}

  /** The words up to the end of a command; undefined at the end of the text. */
  command(): string[] | undefined {
    if (this.#at >= this.text.length) return undefined;
    const words: string[] = [];
    this.number = this.#line;
    for (;;) {
      const char = this.text[this.#at];
      if (char === ' ' || char === '\t' || char === '\r') this.#at++;
      else if (this.text.startsWith('\\\n', this.#at)) this.#skipJoin();
      else if (char === '#') this.#skipComment();
      else if (char === undefined || char === '\n' || char === ';') break;
      else words.push(this.#word());
    }
    if (this.text[this.#at++] === '\n') this.#line++;
    return words;
  }

  #skipJoin(): void {
    this.#at += 2;
    this.#line++;
  }

  #skipComment(): void {
    const end = this.text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.text.length : end;
  }

  #word(): string {
    let word = '';
    for (;;) {
      const char = this.text[this.#at];
      if (char === undefined || ' \t\r\n;'.includes(char)) return word;
      if (char === "'" || char === '"') word += this.#quoted(char);
      else if (this.text.startsWith('\\\n', this.#at)) this.#skipJoin();
      else {
        if (char === '\\') this.#at++;
        word += this.text[this.#at++] ?? '';
      }
    }
  }

  #quoted(quote: string): string {
    let text = '';
    for (this.#at++; this.text[this.#at] !== quote; this.#at++) {
      if (quote === '"' && /^\\["\\$`]/.test(this.text.slice(this.#at, this.#at + 2))) this.#at++;
      const char = this.text[this.#at];
      if (char === undefined) throw new OpenQuote(this.number);
      if (char === '\n') this.#line++;
      text += char;
    }
    this.#at++;
    return text;
  }
}
