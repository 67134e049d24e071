/**
 * feed/files.ts - the feeds that are a stream of netlink messages: `rtmon`, `ip route save`, and recordings of ours.
 *
 * A recording is a file of rtmon with two more messages: NLMSG_OVERRUN where the source began to tell everything, and
 * NLMSG_DONE where it had (see {@link beginMark}).
 */
import * as uapi from '../abi/uapi.js';
import type { BeginPart, Part } from '../model/feed.js';
import { u16 } from '../wire/bytes.js';
import { type NlMsg, type NlMsgInit } from '../wire/nlmsg.js';
import { lastMessage, messageSplitter, pieceMessage, timestampOf } from '../wire/rtmon.js';
import { MAGIC_BYTES, endOfRouteSave, routeSaveSplitter } from '../wire/route-save.js';
import { monitorParts } from './monitor.js';
import type { Counts } from './feed.js';
import { Pile, Row } from './parts.js';
import { openSource, type Source } from './source.js';

/** What `rtmon` or `ip monitor` writes; which of them it is, its first bytes tell. */
export async function* rtmonParts(
  source: Source,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const { head, chunks } = await openSource(source, signal, counts);
  const isText = head.length > 0 && !head.includes(0); // the length of a message has zeros
  yield* isText ? monitorParts(chunks, counts) : messageParts(chunks, counts);
}

async function* messageParts(
  chunks: AsyncIterable<Uint8Array>,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const splitter = messageSplitter();
  const row = new Row();
  let timeMs: number | undefined;
  const told = function* (): Generator<Part, void, undefined> {
    const part = row.take(timeMs);
    if (part !== undefined) yield part;
  };
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      const type = u16(piece.bytes, piece.at + 4);
      if (type >= uapi.NLMSG_MIN_TYPE) {
        counts.messages++;
        if (row.add(piece)) continue;
        yield* told();
        row.add(piece);
        continue;
      }
      const message = pieceMessage(piece);
      const mark = markOf(message);
      if (mark !== undefined) {
        yield* told();
        yield mark;
      }
      timeMs = timestampOf(message) ?? timeMs;
    }
    yield* told(); // what has come is not held back
  }
  const last = lastMessage(splitter);
  if (last === undefined) return;
  const pile = new Pile();
  pile.add(last);
  yield pile.take(timeMs)!;
}

/** The dump that `ip route save` wrote. */
export async function* routeSaveParts(
  source: Source,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const { chunks } = await openSource(source, signal, counts);
  const splitter = routeSaveSplitter();
  const row = new Row();
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      if (piece.length === MAGIC_BYTES) continue;
      counts.messages++;
      if (row.add(piece)) continue;
      yield row.take()!;
      row.add(piece);
    }
    const part = row.take();
    if (part !== undefined) yield part;
  }
  const last = endOfRouteSave(splitter);
  if (last === undefined) return;
  const pile = new Pile();
  pile.add(last);
  yield pile.take()!;
}

const REASONS = ['start', 'overrun', 'truncation', 'interrupted', 'reconnect'] as const;
const KINDS = ['route', 'link', 'address', 'rule', 'nexthop'] as const;

/**
 * The message that stands in a recording for a begin part.
 *   NLMSG_OVERRUN   u8 reason   u8 kinds, a bit each   u8 1: changes that happen now, 0: a dump   u8 0
 */
export function beginMark({ reason, kinds, isLive }: BeginPart): NlMsgInit {
  const bits = KINDS.reduce((sum, kind, i) => (kinds.includes(kind) ? sum | (1 << i) : sum), 0);
  return {
    type: uapi.NLMSG_OVERRUN,
    payload: Uint8Array.of(REASONS.indexOf(reason), bits, isLive ? 1 : 0, 0),
  };
}

/** The message that stands in a recording for an end part. */
export function endMark(): NlMsgInit {
  return { type: uapi.NLMSG_DONE, payload: new Uint8Array(4) };
}

/** The begin or end part that a message of a recording stands for. */
function markOf({ type, payload }: NlMsg): Part | undefined {
  if (type === uapi.NLMSG_DONE) return { kind: 'end' };
  if (type !== uapi.NLMSG_OVERRUN || payload.length < 4) return undefined;
  const reason = REASONS[payload[0]!] ?? 'start';
  return {
    kind: 'begin',
    reason,
    kinds: KINDS.filter((_, i) => payload[1]! & (1 << i)),
    isLive: payload[2] === 1,
  };
}
