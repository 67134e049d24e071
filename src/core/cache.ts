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
  const byte = (field: number): number => u8[at + field]!;
  const word = (field: number): number => u32[(at + field) >>> 2]!;
  const tick = (field: number): number => view.getFloat64(at + field, true);
  const address = (field: number): string => formatAddress4(word(field));
  const metrics = (at + abi.ENTRY_METRICS) >>> 2;
  const isInput = (byte(abi.ENTRY_TOS) & abi.ENTRY_INPUT_KEY) !== 0;
  return {
    handle: handleOf(core, at),
    dev: links.nameOf(word(abi.ENTRY_DEVICE)) ?? '',
    oif: word(abi.ENTRY_DEVICE),
    error: byte(abi.ENTRY_ERROR),
    obsolete: byte(abi.ENTRY_OBSOLETE),
    dstFlags: byte(abi.ENTRY_DST_FLAGS),
    expires: tick(abi.ENTRY_EXPIRES),
    rateTokens: tick(abi.ENTRY_RATE_TOKENS),
    rateLast: tick(abi.ENTRY_RATE_LAST),
    hasNeighbour: word(abi.ENTRY_NEIGHBOUR) !== 0,
    input: INPUTS[byte(abi.ENTRY_INPUT)] ?? 'none',
    output: OUTPUTS[byte(abi.ENTRY_OUTPUT)] ?? 'none',
    metrics: Array.from(u32.subarray(metrics, metrics + 17)),
    tclassid: word(abi.ENTRY_REALM),
    refcnt: word(abi.ENTRY_REFS),
    use: word(abi.ENTRY_USE),
    lastuse: tick(abi.ENTRY_LASTUSE),
    key: {
      dst: address(abi.ENTRY_DST),
      src: address(abi.ENTRY_SRC),
      iif: isInput ? word(abi.ENTRY_INDEX) : 0,
      oif: isInput ? 0 : word(abi.ENTRY_INDEX),
      mark: word(abi.ENTRY_MARK),
      tos: byte(abi.ENTRY_TOS) & ~abi.ENTRY_INPUT_KEY,
      scope: byte(abi.ENTRY_SCOPE),
    },
    genid: word(abi.ENTRY_GENID),
    flags: word(abi.ENTRY_FLAGS),
    type: routeTypeWord(byte(abi.ENTRY_TYPE)),
    rtDst: address(abi.ENTRY_RT_DST),
    rtSrc: address(abi.ENTRY_RT_SRC),
    rtIif: word(abi.ENTRY_RT_IIF),
    gateway: readGateway(view, byte(abi.ENTRY_FAMILY), at + abi.ENTRY_GATEWAY) ?? address(abi.ENTRY_GATEWAY),
    specDst: address(abi.ENTRY_SPEC_DST),
    id: word(abi.ENTRY_ID),
    path: view.getUint16(at + abi.ENTRY_PATH, true),
    table: word(abi.ENTRY_TABLE),
  };
}
