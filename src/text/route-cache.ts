/**
 * text/route-cache.ts - the text of /proc/net/rt_cache (PROC-22..25), of stat/rt_cache (PROC-26..28), and the listing
 * `route -Cn` that net-tools makes of the first (PROC-29..32).
 */
import * as uapi from '../abi/uapi.js';
import { CACHE_COUNTERS, type CacheCounters, type CacheEntry } from '../model/cache.js';
import { parseAddress4 } from './address.js';

/** Bytes of a line without its newline. */
const LINE = 127;
const HEAD =
  'Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst';
/** What a segment size leaves out of an MTU: the headers of IP and TCP. */
const HEADERS_BYTES = 40;

/** The whole of rt_cache: `entries` from the highest bucket down, each chain from its head (PROC-23). */
export function formatRouteCache(entries: Iterable<CacheEntry>): string {
  let text = `${HEAD.padEnd(LINE)}\n`;
  for (const entry of entries) text += `${procLine(entry).padEnd(LINE)}\n`;
  return text;
}

/** PROC-24. Nobody resolves neighbours here, so none has a header ready: -1 and 0. */
function procLine({
  dev,
  rtDst,
  gateway,
  flags,
  refcnt,
  use,
  rtSrc,
  metrics,
  key,
  specDst,
}: CacheEntry): string {
  const metric = (number: number): number => metrics[number - 1] ?? 0;
  const advmss = metric(uapi.RTAX_ADVMSS);
  return [
    dev === '' ? '*' : dev,
    wordText(rtDst),
    wordText(gateway),
    hex(flags).padStart(8),
    refcnt,
    use,
    0,
    wordText(rtSrc),
    advmss === 0 ? 0 : advmss + HEADERS_BYTES,
    metric(uapi.RTAX_WINDOW),
    (metric(uapi.RTAX_RTT) >>> 3) + metric(uapi.RTAX_RTTVAR),
    hex(key.tos).padStart(2, '0'),
    -1,
    0,
    wordText(specDst),
  ].join('\t');
}

function hex(value: number): string {
  return (value >>> 0).toString(16).toUpperCase();
}

/** PROC-19, PROC-25: an address as a little-endian host reads its four bytes; one of IPv6 has none of these. */
function wordText(text: string): string {
  const address = text.includes(':') ? 0 : parseAddress4(text);
  return [0, 8, 16, 24].map((shift) => hex((address >>> shift) & 0xff).padStart(2, '0')).join('');
}

// ---- stat/rt_cache

/** Counters after which a second space stands: each group of the header ends there (PROC-26, PROC-27). */
const GROUP_ENDS = [6, 9];

/** The header of 2.6.31, and the line of the one CPU that there is (PROC-26, PROC-27). */
export function formatCacheStat(counters: CacheCounters): string {
  const head = CACHE_COUNTERS.map((name, i) => name + gap(i, CACHE_COUNTERS.length - 1)).join('');
  const line = CACHE_COUNTERS.map((name, i) => counterText(counters[name]) + gap(i, -1)).join('');
  return `entries  ${head}\n${counterText(counters.entries)}  ${line}\n`;
}

/** Spaces behind the counter number i; none behind `last`. */
function gap(i: number, last: number): string {
  if (i === last) return '';
  return GROUP_ENDS.includes(i) ? '  ' : ' ';
}

function counterText(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** Columns of the header of 6.18, where nothing is cached (PROC-28). */
const WIDTHS = [8, 8, 11, 10, 11, 8, 14, 14, 8, 12, 11, 8, 10, 12, 15, 15, 16];

/** What 6.18 shows, which has no cache to count for: names and values in columns (PROC-28). */
export function formatEmptyStat(): string {
  const names = ['entries', ...CACHE_COUNTERS];
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(WIDTHS[i]!))).join(' ');
  return `${line(names)}\n${line(names.map(() => counterText(0)))}\n`;
}

// ---- route -Cn

const TITLE = 'Kernel IP routing cache\n';
const COLUMNS = 'Source          Destination     Gateway         Flags Metric Ref    Use Iface\n';

/** Letters of the flags, in their order (PROC-31); `!` wipes out what stands before it. */
const LETTERS: readonly (readonly [flag: number, letter: string])[] = [
  [0x2, 'G'],
  [0x200, '!'],
  [0x8, 'R'],
  [0x10, 'D'],
  [0x20, 'M'],
  [uapi.RTCF_DEAD, '-'],
  [uapi.RTCF_ONLINK, 'o'],
  [uapi.RTCF_NOTIFY, 'n'],
  [uapi.RTCF_DIRECTDST, 'd'],
  [uapi.RTCF_TPROXY, 't'],
  [uapi.RTCF_FAST, 'f'],
  [uapi.RTCF_MASQ, 'q'],
  [uapi.RTCF_SNAT, 'Ns'],
  [uapi.RTCF_DOREDIRECT, 'r'],
  [uapi.RTCF_DIRECTSRC, 'i'],
  [uapi.RTCF_DNAT, 'Nd'],
  [uapi.RTCF_BROADCAST, 'b'],
  [uapi.RTCF_MULTICAST, 'm'],
  [uapi.RTCF_REJECT, '#'],
  [uapi.RTCF_LOCAL, 'l'],
];

/** What `route -Cn` prints (PROC-29..32), entries in the order of rt_cache. */
export function formatRouteListing(entries: Iterable<CacheEntry>): string {
  let text = TITLE + COLUMNS;
  for (const entry of entries) text += `${listingLine(entry)}\n`;
  return text;
}

/** PROC-30. */
function listingLine({ rtSrc, rtDst, gateway, flags, refcnt, use, dev }: CacheEntry): string {
  return [
    ...[rtSrc, rtDst, gateway].map((address) => address.padEnd(15)),
    cacheFlagLetters(flags).padEnd(5),
    '0'.padEnd(6),
    String(refcnt).padEnd(2),
    String(use).padStart(7),
    dev === '' ? '*' : dev,
  ].join(' ');
}

/** RTCF_* bits as `route` shows them (PROC-31). */
export function cacheFlagLetters(flags: number): string {
  return LETTERS.reduce((text, [flag, letter]) => {
    if ((flags & flag) === 0) return text;
    return letter === '!' ? letter : text + letter;
  }, '');
}
