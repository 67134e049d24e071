/**
 * bench/live.ts - how fast a mirror follows: messages of routes a second into a full table whose view and gateway index are
 * kept, and what lookups lose while changes come in between.
 *
 * Streams are what a router says: random /24s get another next hop (`replace`), or are withdrawn and come back (`flap`).
 * They are applied as `follow` gets them, in parts of bytes, and one by one as values that were read before.
 */
import type { Change, Netns } from 'hoptrie';
import { follow, type Part, type PartSource } from 'hoptrie/feed';
import { changeFromMessage, decodeMessages, encodeMessages, encodeRoute, uapi } from 'hoptrie/wire';
import { createNetns, fillNetns, nexthopCount, nexthopRoutes } from './engine.js';
import { summarize, type Rate } from './rate.js';
import { prefixText } from './subject.js';
import type { Table } from './table.js';
import { makeTrace } from './trace.js';
import { Random } from './random.js';

/** What is measured, with the unit of its figures. */
export const LIVE = {
  replaceBytes: 'replace, bytes through follow',
  flapBytes: 'withdraw and return, bytes through follow',
  replaceValues: 'replace, values through ns.apply',
  flapValues: 'withdraw and return, values through ns.apply',
  lookupsAlone: '4,096 lookups, alone',
  lookupsBetween: '4,096 lookups, after 64 changes each time',
} as const;

export type LiveName = keyof typeof LIVE;

/** Messages a second, or lookups a second. */
export interface LiveResult {
  readonly prefixes: number;
  readonly rates: Readonly<Record<LiveName, Rate>>;
}

/** How much is measured. */
export interface LiveEffort {
  readonly rounds: number;
  /** Messages of a stream. */
  readonly messages: number;
  /** Batches of lookups in a round. */
  readonly batches: number;
}

export const FULL_LIVE: LiveEffort = { rounds: 9, messages: 1 << 16, batches: 512 };
export const QUICK_LIVE: LiveEffort = { rounds: 3, messages: 1 << 12, batches: 32 };

/** Bytes of a part, about as many as a feed gives at once. */
const PART_BYTES = 1 << 16;
const LOOKUPS = 4096;
const BURST = 64;
/** Batches of one kind, before the other has its turn. */
const TURN = 16;

type Stream = 'replace' | 'flap';

/** Measures everything on one table, streams and lookups in turns. */
export async function measureLive(table: Table, effort: LiveEffort): Promise<LiveResult> {
  using ns = createNetns({ forward: 'compact' });
  fillNetns(ns, table);
  ns.setForward('main', 'compact');
  ns.gateway.list(); // from now on the index is kept
  const streams = { replace: encode(table, 'replace', effort), flap: encode(table, 'flap', effort) };
  const samples = Object.fromEntries(Object.keys(LIVE).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= effort.rounds; round++) {
    const put = (name: LiveName, rate: number): void => void (round > 0 && samples[name]!.push(rate)); // one warms up
    for (const stream of ['replace', 'flap'] as const) {
      const bytes = streams[stream];
      put(`${stream}Bytes`, await bytesRate(ns, bytes, effort.messages));
      put(`${stream}Values`, valuesRate(ns, bytes));
    }
    const { alone, between } = lookupRates(ns, table, streams.replace, effort.batches);
    put('lookupsAlone', alone);
    put('lookupsBetween', between);
  }
  const rates = Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, summarize(all)]));
  return { prefixes: table.addresses.length, rates: rates as Record<LiveName, Rate> };
}

/** A stream as netlink messages. */
function encode(table: Table, stream: Stream, { messages }: LiveEffort): Uint8Array {
  const random = new Random(1);
  const routes = nexthopRoutes(nexthopCount(table));
  const rows = [...table.lengths.keys()].filter((i) => table.lengths[i] === 24);
  const from = rows.length > 0 ? rows : [...table.lengths.keys()];
  const list = Array.from({ length: messages }, (_, i) => {
    const isFlap = stream === 'flap';
    if (!isFlap || i % 2 === 0) row = from[random.below(from.length)]!;
    const { via, oif, protocol } = routes[isFlap ? table.nexthops[row]! : 1 + (i % (routes.length - 1))]!;
    const payload = encodeRoute({
      ...{ family: 2, dst: prefixText(table.addresses[row]!, table.lengths[row]!), type: 'unicast' },
      ...{ table: 254, tos: 0, metric: 0, scope: 0, flags: uapi.RTNH_F_ONLINK, protocol },
      nexthops: [{ via, oif, flags: uapi.RTNH_F_ONLINK }],
    });
    if (isFlap && i % 2 === 0) return { type: uapi.RTM_DELROUTE, payload };
    const flags = uapi.NLM_F_CREATE | (isFlap ? uapi.NLM_F_EXCL : uapi.NLM_F_REPLACE);
    return { type: uapi.RTM_NEWROUTE, flags, payload };
  });
  return encodeMessages(list);
}
let row = 0;

/** Messages a second through `follow`, which waits for each part as for any other. */
async function bytesRate(ns: Netns, bytes: Uint8Array, messages: number): Promise<number> {
  const parts: Part[] = [];
  let start = 0;
  let end = 0;
  for (const { offset, payload } of decodeMessages(bytes)) {
    end = offset + 16 + ((payload.length + 3) & ~3);
    if (end - start < PART_BYTES) continue;
    parts.push({ kind: 'messages', bytes: bytes.subarray(start, end), place: (at) => at });
    start = end;
  }
  parts.push({ kind: 'messages', bytes: bytes.subarray(start, end), place: (at) => at });
  const began = performance.now();
  await follow(ns, sourceOf(parts)).done;
  return (messages * 1000) / (performance.now() - began);
}

function sourceOf(list: readonly Part[]): PartSource {
  return {
    stats: { bytes: 0, messages: 0, foreign: 0, passedOver: 0, overruns: 0, connections: 0 },
    async *parts() {
      for (const part of list) yield await Promise.resolve(part);
    },
  };
}

/** Changes a second through `ns.apply`, without what reading them costs. */
function valuesRate(ns: Netns, bytes: Uint8Array): number {
  const changes = changesOf(bytes);
  const began = performance.now();
  for (const change of changes) ns.apply(change);
  return (changes.length * 1000) / (performance.now() - began);
}

function changesOf(bytes: Uint8Array): Change[] {
  return decodeMessages(bytes).flatMap((message) => changeFromMessage(message) ?? []);
}

/**
 * Lookups a second in batches, alone and with changes before each batch; only the batches are timed. Both take turns, a few
 * batches each, so that neither has the quieter machine, and none asks for addresses that were asked for just before.
 */
function lookupRates(
  ns: Netns,
  table: Table,
  stream: Uint8Array,
  batches: number,
): { alone: number; between: number } {
  const dsts = makeTrace('inside', table, 2 * batches * LOOKUPS);
  const changes = changesOf(stream);
  const times = { alone: [] as number[], between: [] as number[] };
  using batch = ns.batch(LOOKUPS);
  for (let i = 0, next = 0; i < 2 * batches; i++) {
    const isAlone = i % (2 * TURN) < TURN;
    for (let n = 0; n < BURST && !isAlone; n++) ns.apply(changes[next++ % changes.length]!);
    batch.dst.set(dsts.subarray(i * LOOKUPS, (i + 1) * LOOKUPS));
    const began = performance.now();
    batch.run(LOOKUPS);
    times[isAlone ? 'alone' : 'between'].push(performance.now() - began);
  }
  const rate = (of: number[]): number => (LOOKUPS * 1000) / of.sort((a, b) => a - b)[of.length >>> 1]!; // the median
  return { alone: rate(times.alone), between: rate(times.between) };
}
