/**
 * watch.ts - `ns.watch()`: the changes of one Netns as values, in their order, for whoever iterates over them.
 *
 *   change -> notices.ts: its message -> wire/change.ts: a Change -> queue -> next()
 *
 * A watcher is woken after a change is whole, never inside of it. What Linux does silently beside a change is not told
 * (model/change.ts).
 */
import { FibError } from './errors.js';
import type { Change } from './model/change.js';
import {
  GROUP_ADDRESS,
  GROUP_LINK,
  GROUP_NEXTHOP,
  GROUP_ROUTE,
  GROUP_RULE,
  type Notices,
} from './notices.js';
import { changeFromMessage } from './wire/change.js';
import { decodeMessage } from './wire/nlmsg.js';

const GROUPS = [GROUP_LINK, GROUP_ADDRESS, GROUP_ROUTE, GROUP_RULE, GROUP_NEXTHOP];
/** Changes that wait for a watcher when it says nothing else. */
const LIMIT = 65536;

/** How a Netns is watched. */
export interface WatchOptions {
  /**
   * Changes that may wait to be read, 1 or more; default 65,536. When one more comes, watching ends there: those that wait
   * are still given, then ENOBUFS is thrown. Whoever keeps a mirror takes a new copy then, as a program that reads from
   * the kernel does.
   */
  readonly limit?: number;
  /** Ends the watching when it is aborted; what waits is dropped. */
  readonly signal?: AbortSignal;
}

/** The changes of a Netns from the moment on at which it was asked for. */
export class Watch implements AsyncIterableIterator<Change, undefined> {
  readonly #limit: number;
  readonly #stop: () => void;
  #queue: Change[] = [];
  #at = 0;
  #isOver = false;
  #isLost = false;
  /** Those who wait for a change, in the order in which they came. */
  readonly #waiting: ((result: IteratorResult<Change, undefined>) => void)[] = [];

  constructor(notices: Notices, { limit = LIMIT, signal }: WatchOptions) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new FibError('EINVAL', 'watch', { detail: `limit: expected 1 or more, got ${String(limit)}` });
    }
    this.#limit = limit;
    const unsubscribe = notices.subscribe(GROUPS, (message) => this.#take(message));
    const unclose = notices.onClose(() => this.#end());
    const abort = (): void => this.#end();
    signal?.addEventListener('abort', abort, { once: true });
    this.#stop = () => {
      unsubscribe();
      unclose();
      signal?.removeEventListener('abort', abort);
    };
    if (signal?.aborted) this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next change, when there is one. @throws {FibError} ENOBUFS too many waited, and later ones are lost */
  async next(): Promise<IteratorResult<Change, undefined>> {
    if (this.#at < this.#queue.length) return { done: false, value: this.#shift() };
    if (this.#isLost) {
      this.#isLost = false;
      throw new FibError('ENOBUFS', 'watch', {
        detail: `more than ${this.#limit} changes waited; take a new copy`,
      });
    }
    if (this.#isOver) return { done: true, value: undefined };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops watching. */
  return(): Promise<IteratorResult<Change, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  #take(message: Uint8Array): void {
    const change = changeFromMessage(decodeMessage(message));
    if (change === undefined || this.#isOver) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ done: false, value: change });
    else if (this.#queue.length - this.#at < this.#limit) this.#queue.push(change);
    else {
      this.#isLost = this.#isOver = true;
      this.#stop();
    }
  }

  /** Takes the first change; the array is cut when half of it was read, so that each is moved once. */
  #shift(): Change {
    const change = this.#queue[this.#at++]!;
    if (2 * this.#at > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#at);
      this.#at = 0;
    }
    return change;
  }

  #end(): void {
    this.#isOver = true;
    this.#isLost = false;
    this.#queue = [];
    this.#at = 0;
    this.#stop();
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }
}
