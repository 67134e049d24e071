/**
 * text/route-cache.test.ts - rt_cache, stat/rt_cache and `route -Cn` (PROC-22..32).
 *
 * Listings are what net-tools 2.10 printed for the text above them, put at /proc/net/rt_cache.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CACHE_COUNTERS, type CacheCounters, type CacheEntry } from '../../src/model/cache.js';
import {
  cacheFlagLetters,
  formatCacheStat,
  formatEmptyStat,
  formatRouteCache,
  formatRouteListing,
} from '../../src/text/route-cache.js';

/** Metrics by RTAX number; the rest is 0. */
function metrics(of: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: 17 }, (_, i) => of[i + 1] ?? 0);
}

const ENTRY: CacheEntry = {
  handle: 1,
  dev: 'eth0',
  oif: 2,
  error: 0,
  obsolete: 0,
  dstFlags: 1,
  expires: 0,
  rateTokens: 0,
  rateLast: 0,
  hasNeighbour: true,
  input: 'none',
  output: 'output',
  metrics: metrics({ 2: 1500, 8: 1460, 10: 64 }),
  tclassid: 0,
  refcnt: 0,
  use: 3,
  lastuse: 0,
  key: { dst: '74.125.53.102', src: '0.0.0.0', iif: 0, oif: 0, mark: 0, tos: 0, scope: 0 },
  genid: 1,
  flags: 0,
  type: 'unicast',
  rtDst: '74.125.53.102',
  rtSrc: '10.1.1.199',
  rtIif: 2,
  gateway: '10.1.1.254',
  specDst: '10.1.1.199',
  id: 1,
  path: 0,
  table: 254,
};

describe('/proc/net/rt_cache', () => {
  const lines = (...entries: CacheEntry[]): string[] => formatRouteCache(entries).split('\n');

  test('PROC-22 the header stands alone, padded to 127, when nothing is cached: what 6.18 prints', () => {
    const text = formatRouteCache([]);
    expect(text).toHaveLength(128);
    expect(text.trimEnd()).toBe(
      'Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst',
    );
    expect(text).toBe(kernelText('/proc/net/rt_cache') ?? text);
  });

  test('PROC-24, PROC-25 the fields of an entry', () => {
    const [, plain = ''] = lines(ENTRY);
    expect(plain).toHaveLength(127);
    expect(plain.trimEnd()).toBe(
      'eth0\t66357D4A\tFE01010A\t       0\t0\t3\t0\tC701010A\t1500\t0\t0\t00\t-1\t0\tC701010A',
    );
    const [, full = ''] = lines({
      ...ENTRY,
      dev: '',
      flags: 0x94000000,
      refcnt: 2,
      use: 4294967295,
      metrics: metrics({ 3: 65535, 4: 2400, 5: 80 }),
      key: { ...ENTRY.key, tos: 0x1c },
    });
    expect(full.trimEnd()).toBe(
      '*\t66357D4A\tFE01010A\t94000000\t2\t4294967295\t0\tC701010A\t0\t65535\t380\t1C\t-1\t0\tC701010A',
    );
  });
});

describe('/proc/net/stat/rt_cache', () => {
  const all = Object.fromEntries(CACHE_COUNTERS.map((name, i) => [name, i + 1]));
  const counters = { ...all, entries: 0x1234, bypassed: 99 } as CacheCounters;

  test('PROC-26, PROC-27 as 2.6.31: two spaces where a group ends', () => {
    expect(formatCacheStat(counters).split('\n')).toEqual([
      'entries  in_hit in_slow_tot in_slow_mc in_no_route in_brd in_martian_dst in_martian_src  out_hit out_slow_tot ' +
        'out_slow_mc  gc_total gc_ignored gc_goal_miss gc_dst_overflow in_hlist_search out_hlist_search',
      '00001234  00000001 00000002 00000003 00000004 00000005 00000006 00000007  00000008 00000009 ' +
        '0000000a  0000000b 0000000c 0000000d 0000000e 0000000f 00000010 ',
      '',
    ]);
  });

  test('PROC-28 as 6.18 without any: columns under their names', () => {
    const text = formatEmptyStat();
    const [names, values] = (kernelText('/proc/net/stat/rt_cache') ?? text).split('\n');
    expect(text.split('\n')[0]).toBe(names);
    expect(text.split('\n')[1]).toBe(values!.replaceAll(/[0-9a-f]{8}/g, '00000000'));
    expect(text.split('\n')[1]).toBe(
      '00000000 00000000 00000000    00000000   00000000    00000000 00000000       00000000       00000000 ' +
        '00000000     00000000    00000000 00000000   00000000     00000000        00000000        00000000',
    );
  });
});

/** What the running kernel says, where it is one that has the file. */
function kernelText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

describe('route -Cn', () => {
  test('PROC-29, PROC-30, PROC-32 title, columns, rows', () => {
    const own = { ...ENTRY, rtSrc: '61.55.167.138', rtDst: '10.1.1.199', gateway: '10.1.1.199', dev: 'lo' };
    const listing = formatRouteListing([ENTRY, { ...own, flags: 0x80000000, refcnt: 123, use: 1234567890 }]);
    expect(listing.split('\n')).toEqual([
      'Kernel IP routing cache',
      'Source          Destination     Gateway         Flags Metric Ref    Use Iface',
      '10.1.1.199      74.125.53.102   10.1.1.254            0      0        3 eth0',
      '61.55.167.138   10.1.1.199      10.1.1.199      l     0      123 1234567890 lo',
      '',
    ]);
  });

  test('PROC-31 the letter of each flag, in the order of the program', () => {
    const letters = {
      0x2: 'G',
      0x200: '!',
      0x8: 'R',
      0x10: 'D',
      0x20: 'M',
      0x1: '-',
      0x4: 'o',
      0x10000: 'n',
      0x20000: 'd',
      0x40000: '',
      0x80000: 't',
      0x200000: 'f',
      0x400000: 'q',
      0x800000: 'Ns',
      0x1000000: 'r',
      0x4000000: 'i',
      0x8000000: 'Nd',
      0x10000000: 'b',
      0x20000000: 'm',
      0x40000000: '#',
      0x80000000: 'l',
      0x94000000: 'ibl',
      0x7fffffff: '!RDM-ondtfqNsriNdbm#',
      0xffffffff: '!RDM-ondtfqNsriNdbm#l',
    };
    for (const [flags, text] of Object.entries(letters)) expect(cacheFlagLetters(Number(flags))).toBe(text);
  });
});
