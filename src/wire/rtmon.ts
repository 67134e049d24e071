/**
 * wire/rtmon.ts - the file that `rtmon` writes and `ip monitor file` reads: messages as they came, with the time.
 *   | NLMSG_TSTAMP: u32 seconds, u32 microseconds | a message ... | NLMSG_TSTAMP ... | ...
 * The time stands before what was received at once (NL-54). The file begins with a dump of the links (NL-55), and its last
 * message may be cut off (NL-56): whoever reads gets all before it, then an error that says where.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { align4, u32 } from './bytes.js';
import { NLMSG_HEADER, decodeMessage } from './nlmsg.js';
import type { NlMsg, NlMsgInit } from './nlmsg.js';
import { Splitter, needs, whole, type Piece, type Size } from './pieces.js';

/** Longest message that a stream may announce; real ones stay below 64 KiB but for routes of thousands of paths. */
const MESSAGE_MAX = 1 << 20;

/** Bytes of the payload of a time stamp. */
const STAMP_BYTES = 8;

/** Cuts a stream of messages into messages. */
export function messageSplitter(): Splitter {
  return new Splitter('message', messageSize);
}

/**
 * How long the message at `bytes[at]` is, its padding included.
 * @throws {WireError} a length below 16 or above 1 MiB
 */
export function messageSize(bytes: Uint8Array, at: number, base: number): Size {
  if (bytes.length - at < NLMSG_HEADER) return needs(NLMSG_HEADER);
  const length = u32(bytes, at);
  if (length < NLMSG_HEADER || length > MESSAGE_MAX)
    throw new WireError(`message of ${length} bytes`, base + at);
  return whole(align4(length));
}

/** The message that a piece of `messageSplitter` is. */
export function pieceMessage({ bytes, at, base }: Piece): NlMsg {
  return decodeMessage(bytes, at, base);
}

/**
 * The messages of a stream that comes in pieces, however cut. Holds one piece and the beginning of one message; payloads
 * are views that stay as they are.
 * @throws {WireError} once reached: a length below 16 or above 1 MiB, or an end within a message, with its offset
 */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<NlMsg, void, undefined> {
  const splitter = messageSplitter();
  for await (const chunk of chunks) for (const piece of splitter.push(chunk)) yield pieceMessage(piece);
  const last = lastMessage(splitter);
  if (last !== undefined) yield last;
}

/**
 * The message that a stream of messages ended with when that lacks nothing but its padding.
 * @throws {WireError} the stream ended within a message
 */
export function lastMessage(splitter: Splitter): NlMsg | undefined {
  const { bytes, base } = splitter.rest;
  if (bytes.length < NLMSG_HEADER || u32(bytes, 0) !== bytes.length) {
    splitter.end();
    return undefined;
  }
  return decodeMessage(bytes, 0, base);
}

/** The time of a time stamp in milliseconds since 1970, or undefined for another message and for a damaged one. */
export function timestampOf({ type, payload }: NlMsg): number | undefined {
  if (type !== uapi.NLMSG_TSTAMP || payload.length < STAMP_BYTES) return undefined;
  return u32(payload, 0) * 1000 + u32(payload, 4) / 1000;
}

/** The time stamp for a time in milliseconds since 1970. */
export function timestamp(ms: number): NlMsgInit {
  const payload = new Uint8Array(STAMP_BYTES);
  const view = new DataView(payload.buffer);
  const seconds = Math.floor(ms / 1000);
  view.setUint32(0, seconds, true);
  view.setUint32(4, Math.floor((ms - seconds * 1000) * 1000), true);
  return { type: uapi.NLMSG_TSTAMP, payload };
}
