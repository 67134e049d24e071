/**
 * feed/any.ts - a source of which nobody says what it is: its first bytes tell.
 */
import { WireError } from '../errors.js';
import type { Part } from '../model/feed.js';
import { u16, u32, u32be } from '../wire/bytes.js';
import { ROUTE_SAVE_MAGIC } from '../wire/route-save.js';
import type { Counts } from './feed.js';
import { routeSaveParts, rtmonParts } from './files.js';
import { fpmFileParts } from './fpm.js';
import { mrtParts } from './mrt.js';
import { pcapParts } from './pcap.js';
import { openSource, type Source } from './source.js';

/** Bytes that are looked at. */
const HEAD_BYTES = 12;

type Parts = (source: Source, signal: AbortSignal, counts: Counts) => AsyncIterable<Part>;

/** Whatever can be read as a stream of changes. @throws {WireError} an empty source */
export async function* anyParts(
  source: Source,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const unseen: Counts = { ...counts };
  const { head, chunks } = await openSource(source, signal, unseen, HEAD_BYTES);
  if (head.length === 0) throw new WireError('an empty source', 0);
  yield* partsOf(head)(chunks, signal, counts);
}

/** How a source is read that begins like this. */
function partsOf(head: Uint8Array): Parts {
  if (head.length < 4) return rtmonParts;
  const magic = u32(head, 0);
  if (magic === ROUTE_SAVE_MAGIC) return routeSaveParts;
  if (PCAPS.has(magic)) return pcapParts;
  if (isFpm(head)) return fpmFileParts;
  if (isMrt(head)) return (source, signal, counts) => mrtParts(source, {}, signal, counts);
  return rtmonParts;
}

/** pcap in both orders and clocks, and pcapng. */
const PCAPS = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a]);

/** Version 1, type 1 or 2, and a length in network order; a message would have zeros there. */
function isFpm(head: Uint8Array): boolean {
  return head[0] === 1 && (head[1] === 1 || head[1] === 2) && (head[2]! << 8) + head[3]! >= 4;
}

/** A type of MRT, TABLE_DUMP to BGP4MP_ET, with a small subtype and a length below 4 MiB. */
function isMrt(head: Uint8Array): boolean {
  if (head.length < HEAD_BYTES || head[4] !== 0 || head[5]! < 12 || head[5]! > 17) return false;
  return head[6] === 0 && head[7]! < 16 && u32be(head, 8) < 1 << 22 && u16(head, 4) !== 0;
}
