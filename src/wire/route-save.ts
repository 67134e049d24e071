/**
 * wire/route-save.ts - the file that `ip route save` writes and `ip route restore` reads.
 *   0       4
 *   | magic | RTM_NEWROUTE messages of a dump, back to back, each padded to 4; no NLMSG_DONE
 * The magic is 0x45311224 in the order of the host that wrote it (NL-51). Files of `ip address save` and `ip rule save`
 * differ in the magic and in the messages (NL-52).
 */
import { WireError } from '../errors.js';
import { Writer, align4, u32, u32be } from './bytes.js';
import { NLMSG_HEADER, decodeMessage, messages, putMessage } from './nlmsg.js';
import type { NlMsg, NlMsgInit } from './nlmsg.js';

/** First four bytes of the file, u32 in host order. */
export const ROUTE_SAVE_MAGIC = 0x45311224;
/** Bytes of it. */
export const MAGIC_BYTES = 4;

/** What other magics say about a file that is none of ours. */
const OTHER_MAGICS = new Map([
  [0x47361222, 'this is a file of `ip address save`'],
  [0x71706986, 'this is a file of `ip rule save`'],
]);

/** Longest message that a stream may announce; real ones stay below 64 KiB but for routes of thousands of paths. */
const MESSAGE_MAX = 1 << 20;

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

/**
 * The messages of a file that comes in pieces, however cut. Holds one piece and the beginning of one message; a payload
 * is a view that stays as it is.
 * @throws {WireError} once reached: another magic, a message of more than 1 MiB, or an end within a message, with its
 * offset
 */
export async function* readRouteSave(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<NlMsg, void, undefined> {
  let held = new Uint8Array(0);
  let base = 0; // where `held` begins in the file
  let at = 0; // what is still to be read of `held`
  for await (const chunk of chunks) {
    held = joined(held.subarray(at), chunk);
    base += at;
    at = 0;
    if (base === 0) {
      if (held.length < MAGIC_BYTES) continue;
      checkMagic(held);
      at = MAGIC_BYTES;
    }
    for (let size; (size = wholeMessage(held, at, base)) > 0; at += size) yield decodeMessage(held, at, base);
  }
  if (base + at === 0) checkMagic(held); // too short for it
  if (at < held.length) yield decodeMessage(held, at, base); // the last may lack its padding
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

/** Length of the message at `bytes[at]`, padding included, when all of it is there; else 0. */
function wholeMessage(bytes: Uint8Array, at: number, base: number): number {
  const left = bytes.length - at;
  if (left < NLMSG_HEADER) return 0;
  const length = u32(bytes, at);
  if (length < NLMSG_HEADER || length > MESSAGE_MAX) {
    throw new WireError(`message of ${length} bytes`, base + at);
  }
  return align4(length) <= left ? align4(length) : 0;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
