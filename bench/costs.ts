/**
 * bench/costs.ts - what a table costs beside lookups, in one shape of the forwarding view: loading, snapshots, updates
 * and how long the worst one takes, bytes. A process of its own measures them one after the other.
 *
 *   parent: { do: 'costs', folder, shape, effort }     worker: Costs
 */
import { Endpoint, Netns, type Batch } from 'hoptrie';
import { createNetns, fillNetns } from './engine.js';
import type { Shape } from './forward.js';
import { WAYS, measureWay, type Way } from './lookups.js';
import { serveParent } from './process.js';
import { summarize } from './rate.js';
import type { Table } from './table.js';
import {
  applyRow,
  changesOf,
  flapping,
  measureSlash8,
  measureUpdates,
  replacing,
  replacingText,
  type Updates,
} from './updates.js';
import { readDump, readTable, readTrace, requestsOf } from './workload.js';

/** What is measured, as tables name it. Times are of the whole table, or of one operation where the name says so. */
export const COSTS = {
  add: 'load: one ns.route.add each',
  apply: 'load: one ns.apply each',
  dump: 'load: netlink bytes, ns.applyDump',
  endpoint: 'load: netlink bytes, Endpoint',
  view: 'view made over the table',
  save: 'snapshot: ns.save',
  trusted: 'snapshot: Netns.load, trusted',
  walked: 'snapshot: Netns.load, walked',
  clone: 'snapshot: ns.clone',
  snapshotBytes: 'snapshot, bytes a prefix',
  updateApply: 'a /24 replaced by ns.apply, numbers',
  updateFlap: 'a /24 withdrawn or back by ns.apply, numbers',
  updateText: 'a /24 replaced by ns.route.replace, text',
  besideApply: 'the same by ns.apply, between batches',
  besideText: 'the same by text, between batches',
  slash8: 'a /8 added or deleted by ns.apply',
  batch: 'a lookup inside prefixes: batch',
  batchBeside: 'the same between updates by ns.apply',
  arrays: 'a lookup inside prefixes: lookupBatch',
  scalar: 'a lookup inside prefixes: lookupId',
  textId: 'a lookup inside prefixes: lookupId, text',
  text: 'a lookup inside prefixes: lookup, text',
  trieBytes: 'bytes a prefix: trie',
  viewBytes: 'bytes a prefix: view',
  otherBytes: 'bytes a prefix: all else in use',
  memoryBytes: 'bytes a prefix: linear memory in all',
} as const;
export type CostName = keyof typeof COSTS;

/** A figure: nanoseconds, or bytes. */
export interface Figure {
  readonly value: number;
  /** Of operations that were timed one by one: the slowest of all, and what one in a thousand passes. */
  readonly worst?: number;
  readonly slow?: number;
}
export type Costs = Partial<Record<CostName, Figure>>;

/** How much of everything. */
export interface Effort {
  /** Whole tables loaded, snapshots taken. */
  readonly repeats: number;
  /** Rounds of updates, and updates in each. */
  readonly rounds: number;
  readonly updates: number;
  /** Milliseconds for each way of looking up. */
  readonly ms: number;
}

/** What the worker is asked. */
export interface CostsOrder {
  readonly do: 'costs';
  readonly folder: string;
  readonly shape: Shape;
  readonly effort: Effort;
}

/** Nanoseconds of a call, after a collection. */
function timed(run: () => void): number {
  globalThis.gc?.();
  const start = performance.now();
  run();
  return (performance.now() - start) * 1e6;
}

function median(repeats: number, run: () => void): Figure {
  return { value: summarize(Array.from({ length: repeats }, () => timed(run))).median };
}

/** A table in a Netns, and everything that is done to it. */
class Subject {
  readonly #table: Table;
  readonly #dump: Uint8Array;
  readonly #shape: Shape;
  readonly #effort: Effort;
  readonly #dsts: Uint32Array;

  constructor({ folder, shape, effort }: CostsOrder) {
    this.#table = readTable(folder);
    this.#dump = readDump(folder);
    this.#dsts = readTrace(folder, 'inside');
    this.#shape = shape;
    this.#effort = effort;
  }

  #create(): Netns {
    return createNetns({ forward: this.#shape });
  }

  loads(): Costs {
    const { repeats } = this.#effort;
    const load = (fill: (ns: Netns) => void): Figure => {
      const into = (): number => {
        using ns = this.#create();
        return timed(() => fill(ns));
      };
      return { value: summarize(Array.from({ length: repeats }, into)).median };
    };
    const table = this.#table;
    const changes = changesOf(table, 'append');
    const datagrams = requestsOf(this.#dump);
    return {
      add: load((ns) => fillNetns(ns, table)),
      apply: load((ns) => {
        table.nexthops.forEach((nexthop, i) => applyRow(ns, changes, table, i, nexthop));
      }),
      dump: load((ns) => ns.applyDump(this.#dump)),
      endpoint: load((ns) => {
        const endpoint = new Endpoint(ns);
        for (const datagram of datagrams) endpoint.request(datagram);
      }),
    };
  }

  /** A Netns with the table, loaded as a mirror would. */
  full(): Netns {
    const ns = this.#create();
    ns.applyDump(this.#dump);
    ns.lookupBatch(this.#dsts, new Uint32Array(this.#dsts.length));
    return ns;
  }

  bytes(ns: Netns): Costs {
    const { trie, view, arena, bytes } = ns.stats();
    const used = Object.values(arena).reduce((sum, kind) => sum + kind.bytes, 0);
    const each = (all: number): Figure => ({ value: all / this.#table.addresses.length });
    return {
      trieBytes: each(trie.bytes),
      viewBytes: each(view.bytes),
      otherBytes: each(used - trie.bytes - view.bytes),
      memoryBytes: each(bytes),
    };
  }

  view(ns: Netns): Costs {
    if (this.#shape === 'off' || this.#shape === 'auto') return {};
    const build = (): number => {
      ns.setForward('main', 'off');
      return timed(() => ns.setForward('main', this.#shape));
    };
    return { view: { value: summarize(Array.from({ length: this.#effort.repeats }, build)).median } };
  }

  snapshots(ns: Netns): Costs {
    const { repeats } = this.#effort;
    const bytes = ns.save();
    return {
      save: median(repeats, () => ns.save()),
      trusted: median(repeats, () => Netns.load(bytes, { trusted: true }).close()),
      walked: median(repeats, () => Netns.load(bytes).close()),
      clone: median(repeats, () => ns.clone().close()),
      snapshotBytes: { value: bytes.length / this.#table.addresses.length },
    };
  }

  lookups(ns: Netns): Costs {
    const figure = (way: Way): Figure => ({
      value: measureWay(ns, way, this.#dsts, this.#effort.ms).median,
    });
    return Object.fromEntries(WAYS.map((way) => [way, figure(way)]));
  }

  updates(ns: Netns): Costs {
    const measure = (update: Updates, batch?: Batch, lookups?: number[]): Figure =>
      measureUpdates(update, this.#effort, batch, lookups);
    const apply = replacing(ns, this.#table);
    const text = replacingText(ns, this.#table);
    const alone = {
      updateApply: measure(apply),
      updateFlap: measure(flapping(ns, this.#table)),
      updateText: measure(text),
      slash8: measureSlash8(ns, this.#table),
    };
    using batch = ns.batch(Math.min(1 << 16, this.#dsts.length));
    batch.dst.set(this.#dsts.subarray(0, batch.capacity));
    const lookups: number[] = [];
    const besideApply = measure(apply, batch, lookups);
    const besideText = measure(text, batch);
    return { ...alone, besideApply, besideText, batchBeside: { value: summarize(lookups).median } };
  }
}

/** Answers the parent until it lets go. */
export function serveCosts(): void {
  serveParent((order: CostsOrder) => {
    const subject = new Subject(order);
    const loads = subject.loads();
    using ns = subject.full();
    return {
      ...loads,
      ...subject.bytes(ns),
      ...subject.view(ns),
      ...subject.snapshots(ns),
      ...subject.lookups(ns),
      ...subject.updates(ns),
    };
  });
}
