/**
 * wire/pcap.ts - packet captures, pcap and pcapng, as `tcpdump -w` and Wireshark write them: containers of packets.
 *
 *   pcap    0       4       8      16        20          24
 *           | magic | 2 | 4 | zeros | snaplen | link type | records: | seconds | fraction | captured | original | bytes
 *   pcapng  blocks: | type | length | body, padded to 4 | length |
 * The magic says in which order numbers are and whether the fraction counts micro- or nanoseconds; in pcapng each section
 * says it anew (0x1a2b3c4d), and each interface has its own link type and clock. Both are read as a stream.
 * Sources: NL-57..59; draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
import { WireError } from '../errors.js';
import { Splitter, needs, whole, type Piece, type Size } from './pieces.js';
import { align4 } from './bytes.js';

/** Magics of pcap, in either order: what the fraction of a time counts, per second. */
const FRACTIONS = new Map([
  [0xa1b2c3d4, 1e6],
  [0xa1b23c4d, 1e9],
]);
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** Most that a packet may hold; the usual limit is 262144, and netlink datagrams are smaller. */
const PACKET_MAX = 1 << 20;

/** Block types of pcapng, its mark of byte order, and the longest block that is read. */
const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const ORDER_MARK = 0x1a2b3c4d;
const BLOCK_MIN = 12;
const BLOCK_MAX = 1 << 24;
/** Options of an interface: how its times count, and what is to be added to them. */
const OPT_TSRESOL = 9;
const OPT_TSOFFSET = 14;

/** A packet of a capture. */
export interface Packet {
  /** LINKTYPE_*; 253 is netlink. */
  readonly linkType: number;
  /** When, in milliseconds since 1970; 0 where the capture does not tell. */
  readonly timeMs: number;
  /** The order of the numbers in the file. */
  readonly isLittle: boolean;
  /** What was captured: a view. */
  readonly bytes: Uint8Array;
  /** How long the packet was. */
  readonly originalLength: number;
  /** Where `bytes` began in the stream. */
  readonly offset: number;
}

/** An interface of a pcapng section. */
interface Interface {
  readonly linkType: number;
  /** Units of its times in a second, and seconds to add. */
  readonly perSecond: number;
  readonly plusSeconds: number;
}

/** A capture that is read as it comes: `push` each piece, then `end`. */
export class PcapReader {
  readonly #splitter: Splitter;
  #isLittle = true;
  /** Of pcap; 0 for pcapng. */
  #perSecond = 0;
  #linkType = 0;
  #interfaces: Interface[] = [];

  constructor() {
    this.#splitter = new Splitter('record of the capture', (bytes, at, base) =>
      this.#sizeOf(bytes, at, base),
    );
  }

  /**
   * The packets that are whole now.
   * @throws {WireError} once reached: what is no capture, or an impossible length, with the offset
   */
  *push(chunk: Uint8Array): Generator<Packet, void, undefined> {
    for (const piece of this.#splitter.push(chunk)) {
      const packet = this.#perSecond === 0 ? this.#block(piece) : this.#record(piece);
      if (packet !== undefined) yield packet;
    }
  }

  /** @throws {WireError} the capture ends within a record */
  end(): void {
    this.#splitter.end();
  }

  #sizeOf(bytes: Uint8Array, at: number, base: number): Size {
    const left = bytes.length - at;
    const v = new DataView(bytes.buffer, bytes.byteOffset + at, left);
    if (base + at === 0) {
      if (left < 4) return needs(4);
      if (v.getUint32(0, true) !== SECTION) return this.#open(v);
    }
    return this.#perSecond === 0 ? this.#blockSize(v, base + at) : this.#recordSize(v, base + at);
  }

  /** Takes byte order and clock of a pcap from its magic. */
  #open(v: DataView): Size {
    const order = [true, false].find((isLittle) => FRACTIONS.has(v.getUint32(0, isLittle)));
    if (order === undefined) {
      throw new WireError(`0x${v.getUint32(0).toString(16).padStart(8, '0')} begins no capture`, 0);
    }
    this.#isLittle = order;
    this.#perSecond = FRACTIONS.get(v.getUint32(0, order))!;
    return whole(FILE_HEADER);
  }

  #recordSize(v: DataView, at: number): Size {
    if (v.byteLength < RECORD_HEADER) return needs(RECORD_HEADER);
    const captured = v.getUint32(8, this.#isLittle);
    if (captured > PACKET_MAX) throw new WireError(`packet of ${captured} bytes`, at + 8);
    return whole(RECORD_HEADER + captured);
  }

  #record({ bytes, at, length, base }: Piece): Packet | undefined {
    const v = new DataView(bytes.buffer, bytes.byteOffset + at, length);
    const isLittle = this.#isLittle;
    if (base + at === 0) {
      const major = v.getUint16(4, isLittle);
      if (major !== 2) throw new WireError(`version ${major} of pcap, expected 2`, 4);
      this.#linkType = v.getUint32(20, isLittle) & 0x0fffffff; // the rest tells of checksums
      return undefined;
    }
    return {
      linkType: this.#linkType,
      timeMs: v.getUint32(0, isLittle) * 1000 + (v.getUint32(4, isLittle) / this.#perSecond) * 1000,
      isLittle,
      bytes: bytes.subarray(at + RECORD_HEADER, at + length),
      originalLength: v.getUint32(12, isLittle),
      offset: base + at + RECORD_HEADER,
    };
  }

  #blockSize(v: DataView, at: number): Size {
    if (v.byteLength < BLOCK_MIN) return needs(BLOCK_MIN);
    if (v.getUint32(0, true) === SECTION) {
      const order = [true, false].find((isLittle) => v.getUint32(8, isLittle) === ORDER_MARK);
      if (order === undefined) throw new WireError('no mark of byte order in a section header', at + 8);
      this.#isLittle = order;
    }
    const length = v.getUint32(4, this.#isLittle);
    if (length < BLOCK_MIN || length > BLOCK_MAX || (length & 3) !== 0) {
      throw new WireError(`block of ${length} bytes`, at + 4);
    }
    return whole(length);
  }

  #block({ bytes, at, length, base }: Piece): Packet | undefined {
    const v = new DataView(bytes.buffer, bytes.byteOffset + at, length);
    const isLittle = this.#isLittle;
    const where = base + at;
    if (v.getUint32(length - 4, isLittle) !== length) {
      throw new WireError('the length behind a block differs from the one before', where + length - 4);
    }
    switch (v.getUint32(0, isLittle)) {
      case SECTION:
        this.#interfaces = [];
        return undefined;
      case INTERFACE:
        this.#interfaces.push(readInterface(v, isLittle, where));
        return undefined;
      case ENHANCED_PACKET:
        return this.#packet(v, bytes, at, where, 28, needed(v, 32, where).getUint32(8, isLittle));
      case OLD_PACKET:
        return this.#packet(v, bytes, at, where, 28, needed(v, 32, where).getUint16(8, isLittle));
      case SIMPLE_PACKET:
        return this.#packet(v, bytes, at, where, 12, 0);
      default:
        return undefined; // names, statistics, what others add
    }
  }

  /** The packet whose bytes begin `from` into a block. */
  #packet(v: DataView, bytes: Uint8Array, at: number, where: number, from: number, id: number): Packet {
    const isLittle = this.#isLittle;
    const entry = this.#interfaces[id];
    if (entry === undefined) throw new WireError(`packet of interface ${id}, which is not there`, where + 8);
    const isTimed = from === 28;
    const room = v.byteLength - 4 - from;
    const originalLength = needed(v, from + 4, where).getUint32(from - 4, isLittle);
    const captured = isTimed ? v.getUint32(20, isLittle) : Math.min(originalLength, room);
    if (captured > room) throw new WireError(`packet of ${captured} bytes`, where + 20);
    const ticks = isTimed ? v.getUint32(12, isLittle) * 2 ** 32 + v.getUint32(16, isLittle) : 0;
    return {
      linkType: entry.linkType,
      timeMs: isTimed ? (ticks / entry.perSecond + entry.plusSeconds) * 1000 : 0,
      isLittle,
      bytes: bytes.subarray(at + from, at + from + captured),
      originalLength,
      offset: where + from,
    };
  }
}

/**
 * The packets of a whole capture.
 * @throws {WireError} what is no capture, an impossible length, or an end within a record, with the offset
 */
export function decodePcap(bytes: Uint8Array): Packet[] {
  const reader = new PcapReader();
  const packets = [...reader.push(bytes)];
  reader.end();
  return packets;
}

/** The bytes of a pcap with these packets of one link type, in little-endian order and microseconds. */
export function encodePcap(
  linkType: number,
  packets: Iterable<Pick<Packet, 'bytes'> & Partial<Pick<Packet, 'timeMs' | 'originalLength'>>>,
): Uint8Array {
  const list = [...packets];
  const size = list.reduce((sum, { bytes }) => sum + RECORD_HEADER + bytes.length, FILE_HEADER);
  const out = new Uint8Array(size);
  const v = new DataView(out.buffer);
  v.setUint32(0, 0xa1b2c3d4, true);
  v.setUint16(4, 2, true);
  v.setUint16(6, 4, true);
  v.setUint32(16, PACKET_MAX, true);
  v.setUint32(20, linkType, true);
  let at = FILE_HEADER;
  for (const { bytes, timeMs = 0, originalLength = bytes.length } of list) {
    const seconds = Math.floor(timeMs / 1000);
    v.setUint32(at, seconds, true);
    v.setUint32(at + 4, Math.floor((timeMs - seconds * 1000) * 1000), true);
    v.setUint32(at + 8, bytes.length, true);
    v.setUint32(at + 12, originalLength, true);
    out.set(bytes, at + RECORD_HEADER);
    at += RECORD_HEADER + bytes.length;
  }
  return out;
}

/** @throws {WireError} a block of fewer bytes */
function needed(v: DataView, bytes: number, where: number): DataView {
  if (v.byteLength < bytes)
    throw new WireError(`block of ${v.byteLength} bytes, expected ${bytes}`, where + 4);
  return v;
}

function readInterface(v: DataView, isLittle: boolean, where: number): Interface {
  const linkType = needed(v, 20, where).getUint16(8, isLittle);
  let perSecond = 1e6;
  let plusSeconds = 0;
  for (let at = 16; at + 4 <= v.byteLength - 4;) {
    const option = v.getUint16(at, isLittle);
    const length = v.getUint16(at + 2, isLittle);
    if (option === 0) break;
    if (at + 4 + length > v.byteLength - 4) throw new WireError(`option of ${length} bytes`, where + at);
    if (option === OPT_TSRESOL && length === 1) {
      const resolution = v.getUint8(at + 4);
      perSecond = resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
    } else if (option === OPT_TSOFFSET && length === 8) {
      plusSeconds = Number(v.getBigInt64(at + 4, isLittle));
    }
    at += 4 + align4(length);
  }
  return { linkType, perSecond, plusSeconds };
}
