/**
 * wire/mrt.ts - MRT files of route collectors: RIBs (TABLE_DUMP_V2) and what BGP speakers said (BGP4MP).
 *   0      4      6         8        12
 *   | time | type | subtype | length | body ...
 * All numbers are in network order. A RIB begins with the table of its peers, to which the paths of each prefix point.
 * Records of other types are passed over. Sources: RFC 6396; RFC 8050 (path ids); RFC 4271, 4760 and 8950 (UPDATE).
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { formatAddress4, formatAddress6 } from '../text/address.js';
import { formatPrefix4, formatPrefix6, mask4 } from '../text/prefix.js';
import { Splitter, needs, whole, type Piece } from './pieces.js';

/** Bytes of the header. */
const MRT_HEADER = 12;
/** Longest record that is read; the RIB entry of a prefix with a thousand peers is a tenth of it. */
const RECORD_MAX = 1 << 22;

const TABLE_DUMP_V2 = 13;
const BGP4MP = 16;
const BGP4MP_ET = 17;

const PEER_INDEX_TABLE = 1;
/** Subtypes of RIBs: family, and whether paths have ids. Multicast RIBs are not routes to forward by. */
const RIBS = new Map([
  [2, { family: uapi.AF_INET, hasIds: false }],
  [4, { family: uapi.AF_INET6, hasIds: false }],
  [8, { family: uapi.AF_INET, hasIds: true }],
  [10, { family: uapi.AF_INET6, hasIds: true }],
]);
/** Subtypes of messages and of state changes: bytes of an AS number, and whether prefixes have path ids. */
const MESSAGES = new Map([
  [1, { asBytes: 2, hasIds: false }],
  [4, { asBytes: 4, hasIds: false }],
  [6, { asBytes: 2, hasIds: false }],
  [7, { asBytes: 4, hasIds: false }],
  [8, { asBytes: 2, hasIds: true }],
  [9, { asBytes: 4, hasIds: true }],
  [10, { asBytes: 2, hasIds: true }],
  [11, { asBytes: 4, hasIds: true }],
]);
const STATE_CHANGES = new Map([
  [0, 2],
  [5, 4],
]);

/** BGP: the message type that tells of routes, bytes of a header, and path attributes. */
const UPDATE = 2;
const BGP_HEADER = 19;
const NEXT_HOP = 3;
const MP_REACH = 14;
const MP_UNREACH = 15;
const EXTENDED_LENGTH = 0x10;
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const SAFI_UNICAST = 1;
/** Peer types of the table of peers. */
const PEER_IPV6 = 1;
const PEER_AS4 = 2;

/** One record. */
export interface MrtRecord {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly type: number;
  readonly subtype: number;
  /** A view, without the microseconds of an extended time stamp. */
  readonly body: Uint8Array;
  /** Where the body began in the stream. */
  readonly offset: number;
}

/** Who told of a path. */
export interface MrtPeer {
  readonly address: string;
  readonly as: number;
}

/** A way to a prefix. */
export interface MrtPath {
  /** Place in the table of peers. */
  readonly peer: number;
  readonly pathId?: number;
  /** Next hop; absent when the attributes have none. */
  readonly via?: string;
}

/** A prefix that an update tells of; `via` of one that is announced. */
export interface MrtPrefix {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly prefix: string;
  readonly pathId?: number;
  readonly via?: string;
}

/** What a record says. */
export type MrtEntry =
  | { readonly kind: 'peers'; readonly peers: readonly MrtPeer[] }
  | {
      readonly kind: 'rib';
      readonly family: number;
      readonly prefix: string;
      readonly paths: readonly MrtPath[];
    }
  | {
      readonly kind: 'update';
      readonly peer: MrtPeer;
      readonly withdrawn: readonly MrtPrefix[];
      readonly announced: readonly MrtPrefix[];
    }
  /** A session changed its state; 6 is established. */
  | { readonly kind: 'state'; readonly peer: MrtPeer; readonly state: number };

/** Cuts a stream into records. */
export function mrtSplitter(): Splitter {
  return new Splitter('MRT record', (bytes, at, base) => {
    if (bytes.length - at < MRT_HEADER) return needs(MRT_HEADER);
    const length = viewOf(bytes, at).getUint32(8);
    if (length > RECORD_MAX) throw new WireError(`MRT record of ${length} bytes`, base + at + 8);
    return whole(MRT_HEADER + length);
  });
}

/**
 * The record that a piece of `mrtSplitter` is.
 * @throws {WireError} an extended time stamp without its microseconds
 */
export function pieceRecord({ bytes, at, length, base }: Piece): MrtRecord {
  const v = viewOf(bytes, at);
  const type = v.getUint16(4);
  const isExtended = type === BGP4MP_ET;
  const from = isExtended ? MRT_HEADER + 4 : MRT_HEADER;
  if (length < from) throw new WireError('no microseconds in an extended record', base + at + MRT_HEADER);
  return {
    timeMs: v.getUint32(0) * 1000 + (isExtended ? v.getUint32(MRT_HEADER) / 1000 : 0),
    type,
    subtype: v.getUint16(6),
    body: bytes.subarray(at + from, at + length),
    offset: base + at + from,
  };
}

/**
 * The records of a stream.
 * @throws {WireError} a record of more than 4 MiB, or an end within one, with the offset
 */
export function decodeMrt(bytes: Uint8Array): MrtRecord[] {
  const splitter = mrtSplitter();
  const records = Array.from(splitter.push(bytes), pieceRecord);
  splitter.end();
  return records;
}

/**
 * What a record says, undefined when it is about something else than unicast routes.
 * @throws {WireError} a body that cannot be read, with the offset in the stream
 */
export function decodeMrtRecord({ type, subtype, body, offset }: MrtRecord): MrtEntry | undefined {
  const r = new Reader(body, offset);
  if (type === TABLE_DUMP_V2) {
    if (subtype === PEER_INDEX_TABLE) return readPeers(r);
    const rib = RIBS.get(subtype);
    return rib === undefined ? undefined : readRib(r, rib.family, rib.hasIds);
  }
  if (type !== BGP4MP && type !== BGP4MP_ET) return undefined;
  const message = MESSAGES.get(subtype);
  if (message !== undefined) return readMessage(r, readPeer(r, message.asBytes), message.hasIds);
  const asBytes = STATE_CHANGES.get(subtype);
  if (asBytes === undefined) return undefined;
  const peer = readPeer(r, asBytes);
  r.skip(2, 'old state');
  return { kind: 'state', peer, state: r.u16('new state') };
}

/** Reads a body from its start to its end. */
class Reader {
  readonly #v: DataView;
  at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly base: number,
  ) {
    this.#v = viewOf(bytes, 0);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  error(what: string): WireError {
    return new WireError(what, this.base + this.at);
  }

  /** Passes over bytes, and gives where they begin. */
  skip(length: number, what: string): number {
    if (length > this.left) throw this.error(`${what} of ${length} bytes where ${this.left} are left`);
    const at = this.at;
    this.at += length;
    return at;
  }

  u8(what: string): number {
    return this.#v.getUint8(this.skip(1, what));
  }

  u16(what: string): number {
    return this.#v.getUint16(this.skip(2, what));
  }

  u32(what: string): number {
    return this.#v.getUint32(this.skip(4, what));
  }

  /** A part of it, to be read by itself. */
  part(length: number, what: string): Reader {
    const at = this.skip(length, what);
    return new Reader(this.bytes.subarray(at, at + length), this.base + at);
  }

  address(family: number): string {
    if (family === uapi.AF_INET) return formatAddress4(this.u32('address'));
    const at = this.skip(16, 'address');
    return formatAddress6(this.bytes.subarray(at, at + 16));
  }

  /** A length in bits and as many bytes as it takes; bits past it are cleared. */
  prefix(family: number): string {
    const length = this.u8('prefix length');
    const width = family === uapi.AF_INET ? 4 : 16;
    if (length > width * 8) {
      this.at--;
      throw this.error(`prefix length ${length}`);
    }
    const size = (length + 7) >>> 3;
    const at = this.skip(size, 'prefix');
    const address = new Uint8Array(width);
    address.set(this.bytes.subarray(at, at + size));
    if (family === uapi.AF_INET) {
      return formatPrefix4((viewOf(address, 0).getUint32(0) & mask4(length)) >>> 0, length);
    }
    if (length % 8 !== 0) address[size - 1]! &= 0xff00 >> (length % 8);
    return formatPrefix6(address, length);
  }
}

function readPeers(r: Reader): MrtEntry {
  r.skip(4, 'collector id');
  r.skip(r.u16('length of the view name'), 'view name');
  const count = r.u16('number of peers');
  const peers: MrtPeer[] = [];
  for (let i = 0; i < count; i++) {
    const type = r.u8('peer type');
    r.skip(4, 'peer id');
    const address = r.address(type & PEER_IPV6 ? uapi.AF_INET6 : uapi.AF_INET);
    peers.push({ address, as: type & PEER_AS4 ? r.u32('AS number') : r.u16('AS number') });
  }
  return { kind: 'peers', peers };
}

function readRib(r: Reader, family: number, hasIds: boolean): MrtEntry {
  r.skip(4, 'sequence number');
  const prefix = r.prefix(family);
  const count = r.u16('number of paths');
  const paths: MrtPath[] = [];
  for (let i = 0; i < count; i++) {
    const peer = r.u16('peer');
    r.skip(4, 'time of the path');
    const pathId = hasIds ? r.u32('path id') : undefined;
    const via = readNextHop(r.part(r.u16('length of the attributes'), 'attributes'), family);
    paths.push({ peer, ...(pathId !== undefined && { pathId }), ...(via !== undefined && { via }) });
  }
  return { kind: 'rib', family, prefix, paths };
}

/** A path attribute. */
interface Attribute {
  readonly type: number;
  readonly value: Reader;
}

function* attributes(r: Reader): Generator<Attribute, void, undefined> {
  while (r.left > 0) {
    const flags = r.u8('attribute flags');
    const type = r.u8('attribute type');
    const length = flags & EXTENDED_LENGTH ? r.u16('attribute length') : r.u8('attribute length');
    yield { type, value: r.part(length, `attribute ${type}`) };
  }
}

/** The next hop in the attributes of a RIB's path, where MP_REACH_NLRI may have nothing else (RFC 6396, 4.3.4). */
function readNextHop(r: Reader, family: number): string | undefined {
  let via: string | undefined;
  for (const { type, value } of attributes(r)) {
    if (type === NEXT_HOP && family === uapi.AF_INET) via = value.address(uapi.AF_INET);
    if (type !== MP_REACH || value.left === 0) continue;
    const isShort = value.bytes[0] === value.bytes.length - 1;
    if (!isShort) value.skip(3, 'family of the next hop');
    via = readHop(value);
  }
  return via;
}

/** A length and a next hop; of an IPv6 one and its link-local twin the first. */
function readHop(r: Reader): string | undefined {
  const length = r.u8('length of the next hop');
  const hop = r.part(length, 'next hop');
  if (length === 4) return hop.address(uapi.AF_INET);
  return length === 16 || length === 32 ? hop.address(uapi.AF_INET6) : undefined;
}

/** The peer of a message: both AS numbers, an interface, the family, both addresses. */
function readPeer(r: Reader, asBytes: number): MrtPeer {
  const as = asBytes === 4 ? r.u32('AS number') : r.u16('AS number');
  r.skip(asBytes + 2, 'AS number and interface');
  const family = familyOf(r.u16('address family'));
  if (family === undefined) {
    r.at -= 2;
    throw r.error('address family of the peer is neither 1 nor 2');
  }
  const address = r.address(family);
  r.address(family);
  return { address, as };
}

function readMessage(r: Reader, peer: MrtPeer, hasIds: boolean): MrtEntry | undefined {
  const start = r.skip(BGP_HEADER, 'BGP header');
  const length = (r.bytes[start + 16]! << 8) | r.bytes[start + 17]!;
  if (length < BGP_HEADER || length - BGP_HEADER > r.left) {
    r.at = start + 16;
    throw r.error(`BGP message of ${length} bytes`);
  }
  if (r.bytes[start + 18] !== UPDATE) return undefined;
  const m = r.part(length - BGP_HEADER, 'BGP message');
  const withdrawn = readPrefixes(m.part(m.u16('length of withdrawn'), 'withdrawn'), uapi.AF_INET, hasIds);
  const attrs = m.part(m.u16('length of the attributes'), 'attributes');
  const announced: MrtPrefix[] = [];
  let via: string | undefined;
  for (const { type, value } of attributes(attrs)) {
    if (type === NEXT_HOP) via = value.address(uapi.AF_INET);
    else if (type === MP_REACH) announced.push(...readReach(value, hasIds));
    else if (type === MP_UNREACH) withdrawn.push(...readUnreach(value, hasIds));
  }
  announced.push(...readPrefixes(m, uapi.AF_INET, hasIds, via));
  return { kind: 'update', peer, withdrawn, announced };
}

function readReach(r: Reader, hasIds: boolean): MrtPrefix[] {
  const family = familyOf(r.u16('address family'));
  const safi = r.u8('subsequent address family');
  const via = readHop(r);
  r.skip(1, 'reserved byte');
  return family === undefined || safi !== SAFI_UNICAST ? [] : readPrefixes(r, family, hasIds, via);
}

function readUnreach(r: Reader, hasIds: boolean): MrtPrefix[] {
  const family = familyOf(r.u16('address family'));
  const safi = r.u8('subsequent address family');
  return family === undefined || safi !== SAFI_UNICAST ? [] : readPrefixes(r, family, hasIds);
}

function readPrefixes(r: Reader, family: number, hasIds: boolean, via?: string): MrtPrefix[] {
  const prefixes: MrtPrefix[] = [];
  while (r.left > 0) {
    const pathId = hasIds ? r.u32('path id') : undefined;
    const prefix = r.prefix(family);
    prefixes.push({
      family,
      prefix,
      ...(pathId !== undefined && { pathId }),
      ...(via !== undefined && { via }),
    });
  }
  return prefixes;
}

function familyOf(afi: number): number | undefined {
  return afi === AFI_IPV4 ? uapi.AF_INET : afi === AFI_IPV6 ? uapi.AF_INET6 : undefined;
}

function viewOf(bytes: Uint8Array, at: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
}
