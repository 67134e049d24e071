/**
 * server/frames.ts - datagrams on a byte stream: what netlink sockets are, on a Unix stream socket.
 *   0          4
 *   | length n | n bytes of netlink messages
 *   | u32, little-endian
 * The length 0xffffffff has no datagram: the peer read too slowly and lost notifications, the stream's ENOBUFS (NL-50).
 */
import { WireError } from 'hoptrie/wire';

export const FRAME_HEADER = 4;
/** The length that says ENOBUFS. */
const OVERRUN = 0xffffffff;
/** Longest datagram that is taken. The kernel's bound is a socket's send buffer, mostly far less. */
export const DATAGRAM_MAX = 1 << 24;
/** Room that a datagram in pieces gets first; more when its bytes are there, so that a length alone costs nothing. */
const FIRST_ROOM = 1 << 12;

/** Takes a stream apart into datagrams. They are views, good until the next `push`. */
export class FrameReader {
  /** What has been pushed and not read: `#to - #from` bytes of `#buffer`. */
  #buffer: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;
  #offset = 0;

  /** Offset in the stream of the next byte to be read. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of a frame that is not whole. */
  get rest(): number {
    return this.#to - this.#from;
  }

  /** Takes the next bytes of the stream; they are not copied when all before them have been read. */
  push(chunk: Buffer): void {
    if (this.rest === 0) {
      this.#buffer = chunk;
      this.#from = 0;
      this.#to = chunk.length;
      return;
    }
    const { rest } = this;
    const size = Math.max(FIRST_ROOM, 2 ** Math.ceil(Math.log2(rest + chunk.length)));
    if (this.#from !== 0 || this.#to + chunk.length > this.#buffer.length) {
      const next = Buffer.allocUnsafe(size);
      this.#buffer.copy(next, 0, this.#from, this.#to);
      this.#buffer = next;
      this.#from = 0;
    }
    chunk.copy(this.#buffer, this.#from + rest);
    this.#to = this.#from + rest + chunk.length;
  }

  /**
   * The next datagram, `'overrun'` where the peer says so, undefined when it is not whole yet.
   * @throws {WireError} a length above the limit, with its offset in the stream; what follows cannot be read
   */
  next(): Uint8Array | 'overrun' | undefined {
    if (this.rest < FRAME_HEADER) return undefined;
    const length = this.#buffer.readUInt32LE(this.#from);
    if (length === OVERRUN) {
      this.#skip(FRAME_HEADER);
      return 'overrun';
    }
    if (length > DATAGRAM_MAX) {
      throw new WireError(`frame length ${length}, expected 0..${DATAGRAM_MAX}`, this.#offset);
    }
    if (this.rest < FRAME_HEADER + length) return undefined;
    const at = this.#from + FRAME_HEADER;
    this.#skip(FRAME_HEADER + length);
    return this.#buffer.subarray(at, at + length);
  }

  #skip(bytes: number): void {
    this.#from += bytes;
    this.#offset += bytes;
  }
}

/** Frames one behind the other. */
export function encodeFrames(datagrams: readonly (Uint8Array | 'overrun')[]): Buffer {
  let size = 0;
  for (const datagram of datagrams) size += FRAME_HEADER + (datagram === 'overrun' ? 0 : datagram.length);
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const datagram of datagrams) {
    at = frames.writeUInt32LE(datagram === 'overrun' ? OVERRUN : datagram.length, at);
    if (datagram === 'overrun') continue;
    frames.set(datagram, at);
    at += datagram.length;
  }
  return frames;
}
