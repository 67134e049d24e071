/**
 * bench/forward.ts - hoptrie in one shape of its forwarding view, with one workload and some ways to ask, in a process.
 *
 *   parent: { do: 'prepare', folder, shape, ways }   worker: Introduction
 *   parent: { do: 'answers', way, trace, rows }      worker: { nexthops }   of the first rows
 *   parent: { do: 'round', way, trace, ms }          worker: { ns }         of one lookup
 * Native peers are asked the same (bench/native/serve.c); ways are numbers, in the order of the introduction.
 */
import type { Netns, NetnsOptions } from 'hoptrie';
import { createNetns, fillNetns, nexthopNumber } from './engine.js';
import { WAY_TITLES, loopOf, type Loop, type Way } from './lookups.js';
import { serveParent } from './process.js';
import { measureRate } from './rate.js';
import { quads, type TraceName } from './trace.js';
import { readTable, readTrace } from './workload.js';

/** A shape of the forwarding view. */
export type Shape = NonNullable<NetnsOptions['forward']>;
/** The shapes that lookups are measured in; `auto` is one of them. */
export const SHAPES = ['compact', 'direct', 'off'] as const satisfies Shape[];

/** What a peer that holds the table says of itself. */
export interface Introduction {
  readonly ways: string[];
  /** What lookups read: the view, or the trie where there is none. */
  readonly bytes: number;
  readonly buildMs: number;
}

/** What a peer is asked. */
export type Order =
  | { readonly do: 'prepare'; readonly folder: string; readonly shape: Shape; readonly ways: readonly Way[] }
  | { readonly do: 'answers'; readonly way: number; readonly trace: TraceName; readonly rows: number }
  | { readonly do: 'round'; readonly way: number; readonly trace: TraceName; readonly ms: number };

/** A Netns with the table, and the loop that is being measured. */
class Subject {
  readonly introduction: Introduction;
  readonly #folder: string;
  readonly #ns: Netns;
  readonly #ways: readonly Way[];
  #loop: { readonly way: Way; readonly trace: TraceName; readonly loop: Loop } | undefined;

  constructor(folder: string, shape: Shape, ways: readonly Way[]) {
    this.#folder = folder;
    this.#ways = ways;
    this.#ns = createNetns({ forward: shape });
    const buildMs = fillNetns(this.#ns, readTable(folder));
    const { view, trie } = this.#ns.stats();
    const titles = ways.map((way) => WAY_TITLES[way]);
    this.introduction = { ways: titles, bytes: view.bytes || trie.bytes, buildMs };
  }

  /** The loop of a way and a trace, which stays until another one is asked for. */
  #loopOf(way: Way, trace: TraceName): Loop {
    if (this.#loop?.way !== way || this.#loop.trace !== trace) {
      this.#loop?.loop[Symbol.dispose]();
      this.#loop = { way, trace, loop: loopOf(this.#ns, way, readTrace(this.#folder, trace)) };
    }
    return this.#loop.loop;
  }

  round(way: number, trace: TraceName, ms: number): number {
    const loop = this.#loopOf(this.#ways[way]!, trace);
    return measureRate(() => loop.run(), loop.operations, ms).median;
  }

  /** Next hops of the first rows of a trace, asked in one of the ways. */
  answers(number: number, trace: TraceName, rows: number): number[] {
    const ns = this.#ns;
    const way = this.#ways[number]!;
    const dsts = readTrace(this.#folder, trace).subarray(0, rows);
    if (way === 'text') return quads(dsts).map((dst) => nexthopNumber(ns.tryLookup(dst)?.via));
    const numbers = new Map([[0, 0]]);
    return Array.from(this.#ids(way, dsts), (id) => {
      let nexthop = numbers.get(id);
      if (nexthop === undefined) numbers.set(id, (nexthop = nexthopNumber(ns.info(id)?.via)));
      return nexthop;
    });
  }

  #ids(way: Exclude<Way, 'text'>, dsts: Uint32Array): Uint32Array {
    const ns = this.#ns;
    if (way === 'scalar') return dsts.map((dst) => ns.lookupId(dst));
    if (way === 'textId') return Uint32Array.from(quads(dsts), (dst) => ns.lookupId(dst));
    const out = new Uint32Array(dsts.length);
    if (way === 'arrays') ns.lookupBatch(dsts, out);
    else {
      using batch = ns.batch(dsts.length);
      batch.dst.set(dsts);
      batch.run();
      out.set(batch.out);
    }
    return out;
  }
}

/** Answers the parent until it lets go. */
export function serveForward(): void {
  let subject: Subject | undefined;
  serveParent((order: Order) => {
    if (order.do === 'prepare')
      return (subject = new Subject(order.folder, order.shape, order.ways)).introduction;
    if (order.do === 'answers') return { nexthops: subject!.answers(order.way, order.trace, order.rows) };
    return { ns: subject!.round(order.way, order.trace, order.ms) };
  });
}
