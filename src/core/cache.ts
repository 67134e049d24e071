/**
 * core/cache.ts - the route cache seen from outside: how many buckets it gets, and its entries as values.
 */
import * as abi from '../abi/records.js';
import type { CacheEntry, CacheInput, CacheOutput, CacheSize } from '../model/cache.js';
import { routeTypeWord } from '../model/route.js';
import { formatAddress4 } from '../text/address.js';
import type { Core } from './core.js';
import { readGateway, type Links } from './route.js';

/** log2 of a page. */
const PAGE_SHIFT = 12;
/** Pages in a MiB. */
const MIB_PAGES = 256;
/** Bytes of a bucket in a 64-bit kernel. Ours have 4, which nobody sees. */
const BUCKET_BYTES = 8;
/** From so many pages on, 512 MiB, there is a bucket for each 32 KiB, below for each 128 KiB (RC-7). */
const MANY_PAGES = 131072;
/** Most buckets unless more are asked for (RC-10). */
const BUCKETS_MAX = 524288;

/** log2 of the buckets for a machine of so many pages; `entries` 0: not said (RC-7..11). */
export function cacheBits(pages: number, entries: number): number {
  const scale = pages >= MANY_PAGES ? 15 : 17;
  let n = entries;
  if (n === 0) {
    n = Math.floor((Math.ceil(pages / MIB_PAGES) * MIB_PAGES) / 2 ** (scale - PAGE_SHIFT));
    n = Math.max(n, 2 ** PAGE_SHIFT / BUCKET_BYTES);
  }
  const limit = entries === 0 ? BUCKETS_MAX : Math.floor((pages * 2 ** PAGE_SHIFT) / 16 / BUCKET_BYTES);
  return Math.floor(Math.log2(Math.min(2 ** Math.ceil(Math.log2(n)), limit)));
}

/** The figures of a table of 2^log buckets (RC-11..12). */
export function cacheSize(log: number): CacheSize {
  const buckets = 2 ** log;
  const bytes = buckets * BUCKET_BYTES;
  const order = Math.max(0, Math.log2(bytes) - PAGE_SHIFT);
  const bootLine = `IP route cache hash table entries: ${buckets} (order: ${order}, ${bytes} bytes)`;
  return { buckets, log, mask: buckets - 1, bytes, order, bootLine };
}

const INPUTS: readonly CacheInput[] = ['none', 'local', 'forward', 'error', 'discard'];
const OUTPUTS: readonly CacheOutput[] = ['none', 'output', 'multicast', 'bug', 'discard'];

/** The handle of the entry at an address. */
function handleOf({ u32 }: Core, at: number): number {
  return u32[(at + abi.ENTRY_SERIAL) >>> 2]! * 2 ** abi.SLOT_BITS + u32[(at + abi.ENTRY_SLOT) >>> 2]!;
}

/** The entry at an address. */
export function readEntry(core: Core, links: Links, at: number): CacheEntry {
  const { u8, u32, view } = core;
  const byte = (address: number): number => u8[address]!;
  const word = (address: number): number => u32[address >>> 2]!;
  const tick = (address: number): number => view.getFloat64(address, true);
  const text = (address: number): string => formatAddress4(word(address));
  const detail = word(at + abi.ENTRY_DETAIL);
  const metrics = (detail + abi.DETAIL_METRICS) >>> 2;
  const isInput = (byte(at + abi.ENTRY_TOS) & abi.ENTRY_INPUT_KEY) !== 0;
  return {
    handle: handleOf(core, at),
    dev: links.nameOf(word(at + abi.ENTRY_DEVICE)) ?? '',
    oif: word(at + abi.ENTRY_DEVICE),
    error: byte(at + abi.ENTRY_ERROR),
    obsolete: byte(at + abi.ENTRY_OBSOLETE),
    dstFlags: byte(detail + abi.DETAIL_DST_FLAGS),
    expires: tick(detail + abi.DETAIL_EXPIRES),
    rateTokens: tick(detail + abi.DETAIL_RATE_TOKENS),
    rateLast: tick(detail + abi.DETAIL_RATE_LAST),
    hasNeighbour: word(detail + abi.DETAIL_NEIGHBOUR) !== 0,
    input: INPUTS[byte(detail + abi.DETAIL_INPUT)] ?? 'none',
    output: OUTPUTS[byte(detail + abi.DETAIL_OUTPUT)] ?? 'none',
    metrics: Array.from(u32.subarray(metrics, metrics + 17)),
    tclassid: word(detail + abi.DETAIL_REALM),
    refcnt: word(detail + abi.DETAIL_REFS),
    use: word(at + abi.ENTRY_USE),
    lastuse: tick(at + abi.ENTRY_LASTUSE),
    key: {
      dst: text(at + abi.ENTRY_DST),
      src: text(at + abi.ENTRY_SRC),
      iif: isInput ? word(at + abi.ENTRY_INDEX) : 0,
      oif: isInput ? 0 : word(at + abi.ENTRY_INDEX),
      mark: word(at + abi.ENTRY_MARK),
      tos: byte(at + abi.ENTRY_TOS) & ~abi.ENTRY_INPUT_KEY,
      scope: byte(at + abi.ENTRY_SCOPE),
    },
    genid: word(at + abi.ENTRY_GENID),
    flags: word(detail + abi.DETAIL_FLAGS),
    type: routeTypeWord(byte(at + abi.ENTRY_TYPE)),
    rtDst: text(detail + abi.DETAIL_RT_DST),
    rtSrc: text(detail + abi.DETAIL_RT_SRC),
    rtIif: word(detail + abi.DETAIL_RT_IIF),
    gateway:
      readGateway(view, byte(at + abi.ENTRY_FAMILY), detail + abi.DETAIL_GATEWAY) ??
      text(detail + abi.DETAIL_GATEWAY),
    specDst: text(detail + abi.DETAIL_SPEC_DST),
    id: word(at + abi.ENTRY_ID),
    path: view.getUint16(at + abi.ENTRY_PATH, true),
    table: word(detail + abi.DETAIL_TABLE),
  };
}
