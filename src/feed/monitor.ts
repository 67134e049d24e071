/**
 * feed/monitor.ts - what `ip monitor` writes, as changes.
 *
 * An entry is whole when the next one begins, so the last one that came waits for a moment: what goes on then is not
 * part of it.
 */
import { FibError, WireError } from '../errors.js';
import type { Change } from '../model/change.js';
import type { Part } from '../model/feed.js';
import { parseMonitorEntry } from '../text/monitor.js';
import type { Counts } from './feed.js';

/** How long the end of an entry is waited for: `ip monitor` writes one at once. */
const PAUSE_MS = 50;
/** Longest entry. */
const ENTRY_MAX = 1 << 20;

/** The entries of the text. */
export async function* monitorParts(
  chunks: AsyncIterable<Uint8Array>,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const entries = new Entries(counts);
  const inner = chunks[Symbol.asyncIterator]();
  let next = inner.next();
  try {
    for (;;) {
      const step = entries.isWaiting ? await Promise.race([next, pause(PAUSE_MS)]) : await next;
      if (step === undefined) entries.flush();
      else if (step.done === true) break;
      else {
        entries.push(step.value);
        next = inner.next();
      }
      const changes = entries.take();
      if (changes.length > 0) yield { kind: 'changes', changes, timeMs: Date.now() };
    }
    entries.finish();
    const changes = entries.take();
    if (changes.length > 0) yield { kind: 'changes', changes, timeMs: Date.now() };
  } finally {
    next.catch(() => undefined);
    void inner.return?.()?.catch(() => undefined); // without waiting: a step may be under way
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => void setTimeout(resolve, ms, undefined));
}

/** Text cut into entries: lines, those that begin with a blank belonging to the one before. */
class Entries {
  readonly #counts: Counts;
  #text = '';
  /** Where the text began in the stream, in bytes. */
  #base = 0;
  #changes: Change[] = [];
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** An entry is there that may go on. */
  get isWaiting(): boolean {
    return this.#text.endsWith('\n');
  }

  take(): Change[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** @throws {WireError} what is no entry, or too long a one */
  push(chunk: Uint8Array): void {
    // Only whole lines become text: a piece may end within a character.
    const all = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#bytes = all.subarray(end);
    if (this.#text.length + this.#bytes.length > ENTRY_MAX)
      throw new WireError('too long an entry', this.#base);
    this.#text += Buffer.from(all.buffer, all.byteOffset, end).toString('latin1');
    for (let next; (next = nextEntry(this.#text)) > 0;) this.#read(next);
  }

  /** The text that there is, is whole. @throws {WireError} what is no entry */
  flush(): void {
    if (this.#text !== '') this.#read(this.#text.length);
  }

  /** @throws {WireError} what is no entry, or the text ends within a line */
  finish(): void {
    this.flush();
    if (this.#bytes.length > 0) throw new WireError('the text ends within a line', this.#base);
  }

  #read(end: number): void {
    const entry = this.#text.slice(0, end);
    const base = this.#base;
    this.#text = this.#text.slice(end);
    this.#base += end;
    this.#counts.messages++;
    try {
      const change = parseMonitorEntry(entry.replace(/\n$/, ''));
      if (change === undefined) this.#counts.passedOver++;
      else this.#changes.push(change);
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      throw new WireError(error.detail ?? error.message, base + (error.offset ?? 0));
    }
  }
}

/** Where the second entry of a text begins, 0 when that cannot be told yet. */
function nextEntry(text: string): number {
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    const next = text.charCodeAt(at + 1);
    if (Number.isNaN(next)) return 0;
    if (next !== 0x20 && next !== 0x09) return at + 1;
  }
  return 0;
}
