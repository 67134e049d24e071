/**
 * wire/fpm.ts - the frames in which FRR's zebra streams its routes to a forwarding plane manager (FPM).
 *   0         1      2           4                    length
 *   | version | type | length BE | netlink messages ... |
 * `length` counts these 4 bytes. Version 1; type 1 is netlink, 2 protobuf. A frame holds one message or several
 * (dplane_fpm_nl puts a deletion and the route instead of it into one). Rules NL-61..64.
 */
import { FibError, WireError } from '../errors.js';
import { NLMSG_HEADER, decodeMessage } from './nlmsg.js';
import type { NlMsg } from './nlmsg.js';
import { align4 } from './bytes.js';
import { Splitter, needs, whole, type Piece } from './pieces.js';

/** Bytes of the frame header. */
export const FPM_HEADER = 4;
/** The version there is. */
export const FPM_VERSION = 1;
/** Frames of netlink messages. */
export const FPM_NETLINK = 1;
/** Longest payload of a frame. */
const PAYLOAD_MAX = 0xffff - FPM_HEADER;

/** One frame. */
export interface FpmFrame {
  /** FPM_NETLINK, or what else came. */
  readonly type: number;
  /** A view, without the header. */
  readonly payload: Uint8Array;
  /** Where the frame began in the stream; its payload begins 4 later. */
  readonly offset: number;
}

/** Cuts a connection's stream into frames. */
export function fpmSplitter(): Splitter {
  return new Splitter('FPM frame', (bytes, at, base) => {
    if (bytes[at] !== FPM_VERSION) throw new WireError(`FPM version ${bytes[at]}, expected 1`, base + at);
    if (bytes.length - at < FPM_HEADER) return needs(FPM_HEADER);
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < FPM_HEADER) throw new WireError(`FPM frame of ${length} bytes`, base + at + 2);
    return whole(length);
  });
}

/** The frame that a piece of `fpmSplitter` is. */
export function pieceFrame({ bytes, at, length, base }: Piece): FpmFrame {
  return {
    type: bytes[at + 1]!,
    payload: bytes.subarray(at + FPM_HEADER, at + length),
    offset: base + at,
  };
}

/**
 * The frames of a stream.
 * @throws {WireError} another version, a length below 4, or an end within a frame, with the offset
 */
export function decodeFpm(bytes: Uint8Array): FpmFrame[] {
  const splitter = fpmSplitter();
  const frames = Array.from(splitter.push(bytes), pieceFrame);
  splitter.end();
  return frames;
}

/**
 * The frames of a stream that comes in pieces, however cut. Holds one piece and the beginning of one frame.
 * @throws {WireError} once reached: another version, a length below 4, or an end within a frame, with the offset
 */
export async function* readFpm(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<FpmFrame, void, undefined> {
  const splitter = fpmSplitter();
  for await (const chunk of chunks) for (const piece of splitter.push(chunk)) yield pieceFrame(piece);
  splitter.end();
}

/**
 * The messages of a frame, none for a frame of another type than netlink; offsets count in the stream.
 * @throws {WireError} once reached: bytes that are no whole message
 */
export function* fpmMessages({ type, payload, offset }: FpmFrame): Generator<NlMsg, void, undefined> {
  if (type !== FPM_NETLINK) return;
  for (let at = 0; at < payload.length;) {
    const message = decodeMessage(payload, at, offset + FPM_HEADER);
    at += NLMSG_HEADER + align4(message.payload.length);
    yield message;
  }
}

/**
 * The bytes of a frame; `encodeMessages` makes the payload.
 * @throws {FibError} EINVAL a payload of more than 65531 bytes
 */
export function encodeFpm(payload: Uint8Array, type = FPM_NETLINK): Uint8Array {
  if (payload.length > PAYLOAD_MAX) {
    throw new FibError('EINVAL', 'encode FPM', {
      detail: `${payload.length} bytes, a frame holds ${PAYLOAD_MAX}`,
    });
  }
  const frame = new Uint8Array(FPM_HEADER + payload.length);
  frame[0] = FPM_VERSION;
  frame[1] = type;
  frame[2] = frame.length >>> 8;
  frame[3] = frame.length;
  frame.set(payload, FPM_HEADER);
  return frame;
}
