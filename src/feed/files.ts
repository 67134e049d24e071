/**
 * feed/files.ts - the feeds that are a stream of netlink messages: `rtmon`, `ip route save`, and recordings of ours.
 *
 * A recording is a file of rtmon with marks (record.ts) where the source began to tell everything and where it had.
 */
import * as uapi from '../abi/uapi.js';
import type { MessagesPart, Part } from '../model/feed.js';
import { lastMessage, messageSplitter, pieceMessage, timestampOf } from '../wire/rtmon.js';
import { MAGIC_BYTES, endOfRouteSave, routeSaveSplitter } from '../wire/route-save.js';
import { monitorParts } from './monitor.js';
import type { Counts } from './feed.js';
import { Pile, Row } from './parts.js';
import { markOf } from './record.js';
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
  let overlap: Pile | undefined; // what changed while all was told, until that ends
  let timeMs: number | undefined;
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      const message = pieceMessage(piece);
      if (message.type >= uapi.NLMSG_MIN_TYPE) {
        counts.messages++;
        if (overlap !== undefined) overlap.add(message);
        else if (!row.add(piece)) {
          yield row.take(timeMs)!;
          row.add(piece);
        }
        continue;
      }
      const mark = markOf(message);
      if (mark !== undefined) {
        yield* told(row, timeMs);
        if (mark === 'overlap') overlap = new Pile();
        else if (mark === 'end') {
          yield ended(overlap);
          overlap = undefined;
        } else yield mark;
      }
      timeMs = timestampOf(message) ?? timeMs;
    }
    yield* told(row, timeMs); // what has come is not held back
  }
  const last = lastMessage(splitter);
  if (last === undefined) return;
  const pile = new Pile();
  pile.add(last);
  yield pile.take(timeMs)!;
}

function* told(row: Row, timeMs: number | undefined): Generator<MessagesPart, void, undefined> {
  const part = row.take(timeMs);
  if (part !== undefined) yield part;
}

function ended(pile: Pile | undefined): Part {
  const overlap = pile?.take();
  return { kind: 'end', ...(overlap !== undefined && { overlap }) };
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
