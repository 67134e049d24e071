/**
 * wire/route-save.ts - the file that `ip route save` writes and `ip route restore` reads.
 *   0       4
 *   | magic | RTM_NEWROUTE messages of a dump, back to back, each padded to 4; no NLMSG_DONE
 * The magic is 0x45311224 in the order of the host that wrote it (NL-51). Files of `ip address save` and `ip rule save`
 * differ in the magic and in the messages (NL-52).
 */
import { WireError } from '../errors.js';
import { Writer, u32, u32be } from './bytes.js';
import { decodeMessage, messages, putMessage } from './nlmsg.js';
import type { NlMsg, NlMsgInit } from './nlmsg.js';
import { Splitter, needs, whole } from './pieces.js';
import { lastMessage, messageSize } from './rtmon.js';

/** First four bytes of the file, u32 in host order. */
export const ROUTE_SAVE_MAGIC = 0x45311224;
/** Bytes of it. */
export const MAGIC_BYTES = 4;

/** What other magics say about a file that is none of ours. */
const OTHER_MAGICS = new Map([
  [0x47361222, 'this is a file of `ip address save`'],
  [0x71706986, 'this is a file of `ip rule save`'],
]);

/**
 * The messages of a file, one at a time; payloads are views of `bytes`, offsets count from its start.
 * @throws {WireError} once reached: another magic, or bytes that are no whole message (a cut file), with the offset
 */
export function* routeSaveMessages(bytes: Uint8Array): Generator<NlMsg, void, undefined> {
  checkMagic(bytes);
  yield* messages(bytes, MAGIC_BYTES);
}

/**
 * All messages of a file.
 * @throws {WireError} another magic, or bytes that are no whole message (a cut file), with the offset
 */
export function decodeRouteSave(bytes: Uint8Array): NlMsg[] {
  return [...routeSaveMessages(bytes)];
}

/** Cuts a file that comes in pieces into its magic, which is the first, and its messages. */
export function routeSaveSplitter(): Splitter {
  return new Splitter('message', (bytes, at, base) => {
    if (base + at > 0) return messageSize(bytes, at, base);
    if (bytes.length < MAGIC_BYTES) return needs(MAGIC_BYTES);
    checkMagic(bytes);
    return whole(MAGIC_BYTES);
  });
}

/**
 * The messages of a file that comes in pieces, however cut. Holds one piece and the beginning of one message; a payload
 * is a view that stays as it is.
 * @throws {WireError} once reached: another magic, a message of more than 1 MiB, or an end within a message, with its
 * offset
 */
export async function* readRouteSave(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<NlMsg, void, undefined> {
  const splitter = routeSaveSplitter();
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      if (piece.base + piece.at > 0) yield decodeMessage(piece.bytes, piece.at, piece.base);
    }
  }
  const last = endOfRouteSave(splitter);
  if (last !== undefined) yield last;
}

/**
 * The message that a file ended with when that lacks nothing but its padding.
 * @throws {WireError} the file ended within a message, or before its magic did
 */
export function endOfRouteSave(splitter: Splitter): NlMsg | undefined {
  const { bytes, base } = splitter.rest;
  if (base === 0) checkMagic(bytes);
  return lastMessage(splitter);
}

/**
 * A file of `messages`, as `ip route restore` reads it; `encodeRoute` makes the payloads of RTM_NEWROUTE messages.
 * The flags of a dump part are NLM_F_MULTI, but restore does not look at them.
 */
export function encodeRouteSave(list: Iterable<NlMsgInit>): Uint8Array {
  const w = new Writer();
  w.u32(ROUTE_SAVE_MAGIC);
  for (const message of list) putMessage(w, message);
  return w.take();
}

function checkMagic(bytes: Uint8Array): void {
  if (bytes.length < MAGIC_BYTES) throw new WireError(`no magic in ${bytes.length} bytes`, 0);
  const magic = u32(bytes, 0);
  if (magic === ROUTE_SAVE_MAGIC) return;
  const swapped = u32be(bytes, 0) === ROUTE_SAVE_MAGIC ? 'this file is from a big-endian host' : undefined;
  const why =
    OTHER_MAGICS.get(magic) ?? swapped ?? `0x${magic.toString(16)} is not the magic of \`ip route save\``;
  throw new WireError(why, 0);
}
