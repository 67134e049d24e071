/**
 * follow/follow.ts - a Netns kept in step with a source: `follow(ns, feed)`.
 *
 * What a source tells is believed (`ns.applyDump`, `ns.apply`). A source that can tell all that there is does so at first
 * and whenever something was lost. What it tells then goes into a second Netns, the *fresh* one, while lookups go on in
 * the first; at the end both are compared and what differs is changed (resync.ts). A Netns without routes takes the
 * first dump as it comes.
 *
 * The Netns belongs to its source: what the source does not have goes, of the kinds of objects that it tells.
 */
import type { FibError } from '../errors.js';
import type { Change } from '../model/change.js';
import type {
  BeginReason,
  ChangesPart,
  ClosedPart,
  EndPart,
  FeedStats,
  MessagesPart,
  Part,
  PartSource,
} from '../model/feed.js';
import type { Netns } from '../netns.js';
import { changesAt } from '../wire/change.js';
import { applyPart, type OnRefused, type Outcome } from './apply.js';
import { Resync } from './resync.js';

/** What `follow` tells. */
export type FollowEvent =
  /** The source begins to tell everything. */
  | { readonly type: 'begin'; readonly reason: BeginReason; readonly isLive: boolean }
  /** Both are the same for the first time. */
  | { readonly type: 'synced'; readonly durationMs: number; readonly applied: number }
  /** Both are the same again. */
  | {
      readonly type: 'resync';
      readonly reason: BeginReason;
      readonly durationMs: number;
      /** Changes that it took. */
      readonly applied: number;
    }
  /** The peer has gone; what it told stays until it comes again. */
  | { readonly type: 'closed'; readonly error?: Error }
  /** Changes were applied. */
  | {
      readonly type: 'applied';
      readonly applied: number;
      /** The changes, read when they are asked for. */
      readonly changes: () => Iterable<Change>;
    }
  /** A part was taken; it can be kept in a recording. */
  | { readonly type: 'part'; readonly part: Part }
  /** A change that the Netns cannot hold was passed over. */
  | { readonly type: 'refused'; readonly error: FibError; readonly change: Change };

/** How to follow. */
export interface FollowOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FollowEvent) => void;
}

/** What following has come to. */
export interface FollowStats {
  /** All that the source has told is applied. */
  readonly isSynced: boolean;
  /** False while the source is to tell all again because so much changed meanwhile that it can be misunderstood. */
  readonly isSure: boolean;
  /** Changes that changed something, those of resyncs included. */
  readonly applied: number;
  /** Changes that said what was known. */
  readonly unchanged: number;
  /** Messages of IPv6, or about something else than routing. */
  readonly passedOver: number;
  /** Changes that the Netns cannot hold. */
  readonly refused: number;
  /** How often everything was told anew. */
  readonly resyncs: number;
  /** How long it took from when the last change was told until it was applied, and the longest of all. */
  readonly lagMs: number;
  readonly maxLagMs: number;
  /** What has come from the source. */
  readonly source: FeedStats;
}

/** A Netns that follows a source. */
export interface Following {
  readonly stats: FollowStats;
  /** When all that the source had at first is applied; for a source that ends without telling so, its end. */
  readonly synced: Promise<void>;
  /** When it is over: the source has ended, or `close` was called. Rejected when the source fails. */
  readonly done: Promise<void>;
  /** Ends it, and waits until it is over. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Counters = { -readonly [name in keyof Omit<FollowStats, 'source'>]: FollowStats[name] };

/** Keeps `ns` in step with a feed, from now on until it is closed. Feeds are in `hoptrie/feed`. */
export function follow(ns: Netns, source: PartSource, options: FollowOptions = {}): Following {
  return new Follower(ns, source, options);
}

class Follower implements Following {
  readonly synced: Promise<void>;
  readonly done: Promise<void>;
  readonly #ns: Netns;
  readonly #source: PartSource;
  readonly #options: FollowOptions;
  readonly #parts: AsyncIterator<Part>;
  readonly #counters: Counters = {
    isSynced: false,
    isSure: true,
    applied: 0,
    unchanged: 0,
    passedOver: 0,
    refused: 0,
    resyncs: 0,
    lagMs: 0,
    maxLagMs: 0,
  };
  #isClosed = false;
  #wasSynced = false;
  #resync: Resync | undefined;
  #beganMs = 0;
  #appliedBefore = 0;
  #reason: BeginReason = 'start';

  constructor(ns: Netns, source: PartSource, options: FollowOptions) {
    this.#ns = ns;
    this.#source = source;
    this.#options = options;
    this.#parts = source.parts();
    let settle!: { resolve: () => void; reject: (error: unknown) => void };
    this.synced = new Promise((resolve, reject) => (settle = { resolve, reject }));
    this.#onSynced = settle.resolve;
    const close = (): void => void this.close();
    options.signal?.addEventListener('abort', close, { once: true });
    const run = this.#run();
    run.then(settle.resolve, settle.reject);
    this.synced.catch(() => undefined); // `done` tells it too, and that one is to be looked at
    this.done = run.finally(() => {
      options.signal?.removeEventListener('abort', close);
      this.#resync?.close();
    });
    if (options.signal?.aborted === true) close();
  }

  readonly #onSynced: () => void;

  get stats(): FollowStats {
    return { ...this.#counters, source: this.#source.stats };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#parts.return?.();
    await this.done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const step = await this.#parts.next();
        if (step.done === true) return;
        await this.#take(step.value);
        this.#tell({ type: 'part', part: step.value });
      }
    } catch (error) {
      if (!this.#isClosed) throw error;
    } finally {
      await this.#parts.return?.();
    }
  }

  #tell(event: FollowEvent): void {
    this.#options.onEvent?.(event);
  }

  async #take(part: Part): Promise<void> {
    switch (part.kind) {
      case 'begin':
        this.#resync?.close();
        if (this.#resync === undefined) this.#beganMs = performance.now();
        this.#appliedBefore = this.#counters.applied;
        this.#reason = part.reason;
        this.#counters.isSynced = false;
        this.#resync = new Resync(this.#ns, part, this.#onRefused);
        return this.#tell({ type: 'begin', reason: part.reason, isLive: part.isLive });
      case 'end':
        return this.#end(part);
      case 'closed':
        return this.#tell(closedEvent(part));
      default:
        return this.#told(part, this.#resync?.take(part) ?? applyPart(this.#ns, part, this.#onRefused));
    }
  }

  /** Counts what became of a part, and tells it. */
  #told(part: MessagesPart | ChangesPart, outcome: Outcome): void {
    const counters = this.#counters;
    counters.applied += outcome.applied;
    counters.unchanged += outcome.unchanged;
    counters.passedOver += outcome.passedOver;
    counters.refused += outcome.refused;
    if (part.timeMs !== undefined) {
      counters.lagMs = Math.max(0, Date.now() - part.timeMs);
      counters.maxLagMs = Math.max(counters.maxLagMs, counters.lagMs);
    }
    this.#tell({ type: 'applied', applied: outcome.applied, changes: () => changesOf(part) });
  }

  readonly #onRefused: OnRefused = (error, change) => this.#tell({ type: 'refused', error, change });

  async #end({ overlap, isDoubtful = false, again }: EndPart): Promise<void> {
    const resync = this.#resync;
    if (resync === undefined) return;
    const counters = this.#counters;
    const finished = await resync.finish(overlap);
    counters.applied += finished.applied;
    counters.isSure = !isDoubtful && (finished.isSure || again === undefined);
    if (!finished.isSure) again?.();
    this.#resync = undefined;
    resync.close();
    const applied = counters.applied - this.#appliedBefore;
    const durationMs = performance.now() - this.#beganMs;
    counters.isSynced = true;
    if (this.#wasSynced) {
      counters.resyncs++;
      this.#tell({ type: 'resync', reason: this.#reason, durationMs, applied });
    } else this.#tell({ type: 'synced', durationMs, applied });
    this.#wasSynced = true;
    this.#onSynced();
  }
}

function* changesOf(part: MessagesPart | ChangesPart): Generator<Change, void, undefined> {
  if (part.kind === 'changes') yield* part.changes;
  else for (const change of changesAt(part.bytes, part.place)) if (change !== undefined) yield change;
}

function closedEvent({ error }: ClosedPart): FollowEvent {
  return error === undefined ? { type: 'closed' } : { type: 'closed', error };
}
