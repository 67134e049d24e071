/**
 * feed/feed.ts - class Feed: a source of changes. One iterates over it, or lets a Netns follow it.
 *
 * Nothing is opened before the first step of an iteration, and nothing is read ahead of it: a source that must not be
 * slowed down (a netlink socket) says what it has lost. An iteration ends when its source does, when it is left, or
 * when the signal says so.
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Change } from '../model/change.js';
import type { FeedStats, Part, PartSource } from '../model/feed.js';
import { changesAt } from '../wire/change.js';

/** What every feed may be told. */
export interface FeedOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** IPv6 routes and rules too; a Netns does not take them. Default: they are counted and passed over. */
  readonly ipv6?: boolean;
}

/** The counters while they count. */
export type Counts = { -readonly [name in keyof FeedStats]: FeedStats[name] };

/** Opens a source; what it opens it closes when the signal says so or the iteration ends. */
export type Open = (signal: AbortSignal, counts: Counts) => AsyncIterable<Part>;

/** A source of changes. */
export class Feed implements AsyncIterable<Change>, PartSource {
  readonly #open: Open;
  readonly #options: FeedOptions;
  readonly #counts: Counts = {
    bytes: 0,
    messages: 0,
    foreign: 0,
    passedOver: 0,
    overruns: 0,
    connections: 0,
  };

  /** @internal */
  constructor(open: Open, options: FeedOptions = {}) {
    this.#open = open;
    this.#options = options;
  }

  /** What has come so far. */
  get stats(): FeedStats {
    return { ...this.#counts };
  }

  /**
   * The changes, one by one.
   * @throws {WireError} once reached: bytes that cannot be read, with their offset in the source
   * @throws {FibError} once reached: ENOBUFS changes were lost, so that only `follow` can go on; what opening it refuses
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Change> {
    return this.#iterate((parts) => this.#changes(parts));
  }

  /** What comes as it comes, for `follow`. */
  parts(): AsyncIterableIterator<Part> {
    return this.#iterate((parts) => parts);
  }

  /** An iteration that can be left while it waits: a generator alone would make `return` wait as well. */
  #iterate<T>(read: (parts: AsyncIterable<Part>) => AsyncIterable<T>): AsyncIterableIterator<T> {
    const stop = new AbortController();
    const { signal } = this.#options;
    const abort = (): void => stop.abort();
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const left = (): void => {
      signal?.removeEventListener('abort', abort);
      abort();
    };
    const inner = read(this.#open(stop.signal, this.#counts))[Symbol.asyncIterator]();
    return {
      async next() {
        if (stop.signal.aborted) return { done: true, value: undefined };
        try {
          const step = await inner.next();
          if (step.done === true) left();
          return step;
        } catch (error) {
          left();
          throw error;
        }
      },
      async return(value?: unknown) {
        left();
        await inner.return?.();
        return { done: true, value: value as undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async *#changes(parts: AsyncIterable<Part>): AsyncGenerator<Change, void, undefined> {
    for await (const part of parts) {
      if (part.kind === 'messages') yield* this.#wanted(changesAt(part.bytes, part.place));
      else if (part.kind === 'changes') yield* this.#wanted(part.changes);
      else if (part.kind === 'end' && part.overlap !== undefined)
        yield* this.#wanted(changesAt(part.overlap.bytes, part.overlap.place));
      else if (part.kind === 'begin' && (part.reason === 'overrun' || part.reason === 'truncation')) {
        throw new FibError('ENOBUFS', 'feed', { detail: `${part.reason}: changes were lost` });
      }
    }
  }

  *#wanted(changes: Iterable<Change | undefined>): Generator<Change, void, undefined> {
    for (const change of changes) {
      if (change === undefined) this.#counts.passedOver++;
      else if (!isForeign(change)) yield change;
      else {
        this.#counts.foreign++;
        if (this.#options.ipv6 === true) yield change;
      }
    }
  }
}

/** True for a route or a rule of another family than IPv4. */
function isForeign(change: Change): boolean {
  if (change.kind === 'route') return change.route.family !== uapi.AF_INET;
  return change.kind === 'rule' && change.rule.family !== uapi.AF_INET;
}
