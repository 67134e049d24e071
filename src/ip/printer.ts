/**
 * ip/printer.ts - text or JSON from the same calls, in the form of iproute2's.
 *
 *   [{"dst":"default","flags":[]}]          compact
 *   [ {                                     -p: members on lines of their own, four columns for each level
 *           "dst": "default",
 *           "flags": [ ]
 *       } ]
 * In text only what is said as text is written; in JSON only keys and values. JSON is written between `begin` and `end`;
 * what is printed elsewhere is text even with `-j`.
 */

/** What JSON can hold in one place. */
export type Scalar = string | number | bigint | boolean | null;

/** Where a program writes. The pieces are taken away by who drives it. */
export class Output {
  stdout = '';
  stderr = '';
  /** What `save` writes: not text. */
  readonly binary: Uint8Array[] = [];
}

/** Writes the output of one command. */
export class Printer {
  /** For each open array or object of JSON: whether something stands in it. */
  readonly #filled: boolean[] = [];

  /** JSON was asked for, and an output is open. */
  json = false;

  constructor(
    readonly output: Output,
    readonly wantsJson: boolean,
    readonly pretty: boolean,
    /** `-o`: what ends a line within an entry. */
    readonly lineEnd: string,
  ) {}

  /** Text alone. */
  text(text: string): void {
    if (!this.json) this.output.stdout += text;
  }

  /** A value: with its key in JSON, as `text` in text. Without a key it is an element of an array. */
  put(key: string | undefined, value: Scalar, text = ''): void {
    if (!this.json) this.output.stdout += text;
    else {
      this.#begin(key);
      this.output.stdout += scalar(value);
    }
  }

  /** A number whose digits matter in JSON too, such as 0.00. */
  putDigits(key: string, digits: string, text: string): void {
    if (!this.json) this.output.stdout += text;
    else {
      this.#begin(key);
      this.output.stdout += digits;
    }
  }

  /** Opens an array: `text` stands for it in text. */
  openArray(key?: string, text = ''): void {
    if (this.json) this.#open(key, this.pretty ? '[ ' : '[');
    else this.output.stdout += text;
  }

  closeArray(text = ''): void {
    if (!this.json) this.output.stdout += text;
    else this.output.stdout += this.#filled.pop() === true && this.pretty ? ' ]' : ']';
  }

  openObject(key?: string): void {
    if (this.json) this.#open(key, '{');
  }

  closeObject(): void {
    if (!this.json) return;
    if (this.#filled.pop() === true) this.#newline();
    this.output.stdout += '}';
  }

  /** Begins an output: the array that all of its entries stand in. */
  begin(): void {
    this.json = this.wantsJson;
    this.openArray();
  }

  end(): void {
    this.closeArray();
    if (this.json) this.output.stdout += '\n';
    this.json = false;
  }

  #open(key: string | undefined, bracket: string): void {
    this.#begin(key);
    this.output.stdout += bracket;
    this.#filled.push(false);
  }

  /** What stands before a value: a comma, and in an object a new line and the key. */
  #begin(key: string | undefined): void {
    const last = this.#filled.length - 1;
    if (last >= 0) {
      if (this.#filled[last]) this.output.stdout += ',';
      this.#filled[last] = true;
    }
    if (key === undefined) return;
    this.#newline();
    this.output.stdout += `${JSON.stringify(key)}:${this.pretty ? ' ' : ''}`;
  }

  #newline(): void {
    if (this.pretty) this.output.stdout += '\n' + '    '.repeat(this.#filled.length);
  }
}

function scalar(value: Scalar): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
