/**
 * feed/fixtures.test.ts - recorded streams end in the recorded states: FRR's FPM, captures of netlink, rtmon.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as feed from '../../src/feed/index.js';
import { Netns } from '../../src/inline.js';
import type { NextHop, Route } from '../../src/model/route.js';
import { parseRouteText } from '../../src/text/iproute.js';

const FIXTURES = '../shared/fixtures';
const FPM = [
  'static-small',
  'static-small-fpm',
  'static-small-nhg',
  'static-walk',
  'static-walk-nhg',
  'static-burst',
  'static-burst-nhg',
  'bgp-ecmp',
  'bgp-ecmp-nhg',
].filter((name) => existsSync(`${FIXTURES}/fpm/${name}.json`));

interface Recording {
  readonly ifindex: Record<string, number>;
  readonly messages: Record<string, number>;
  readonly marks: readonly { t: number; offset: number; what: string }[];
}

const unpack = (path: string): Buffer => gunzipSync(readFileSync(path));

async function replay(source: feed.Feed): Promise<Netns> {
  const ns = Netns.create();
  for await (const change of source) ns.apply(change);
  ns.check();
  return ns;
}

/** Routes outside of table local, with paths by index: the order of a group's paths is that of its members. */
function keys(routes: Iterable<Route>, ifindex: Record<string, number>): string[] {
  const path = ({ via, dev = '', oif, weight }: NextHop): string =>
    `${via} ${oif ?? ifindex[dev]} ${weight ?? 1}`;
  return Array.from(routes)
    .filter(({ family, table }) => family === 2 && table !== 255)
    .map(({ table, dst, type, nexthops }) => `${table} ${dst} ${type} ${nexthops.map(path).sort().join()}`)
    .sort();
}

describe.each(FPM)('%s', (name) => {
  const recording = JSON.parse(readFileSync(`${FIXTURES}/fpm/${name}.json`, 'utf8')) as Recording;
  const { ifindex, marks } = recording;
  const end = marks.find(({ what }) => what === 'end')!;
  const kernel = unpack(`${FIXTURES}/fpm/${name}-kernel-final.txt.gz`)
    .toString()
    .replace(/^id .*\n/gm, '');
  const want = keys(parseRouteText(kernel), ifindex);

  test('NL-61..64 the stream of zebra gives the routes of the kernel', async () => {
    const stream = unpack(`${FIXTURES}/fpm/${name}.fpm.gz`);
    const source = feed.fpm(stream.subarray(0, end.offset));
    using ns = await replay(source);
    expect(keys(ns.route.each(), ifindex)).toEqual(want);
    expect(source.stats.foreign).toBeGreaterThan(0);
  });

  const capture = `${FIXTURES}/fpm/${name}-zebra-netlink.pcap.gz`;
  test.runIf(existsSync(capture))('NL-57..60 what zebra said to the kernel gives them too', async () => {
    const bytes = unpack(capture);
    const seconds = (at: number): number => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) / 1e6;
    const last = seconds(24) + end.t - marks[0]!.t - 0.05; // then the daemons are stopped
    let at = 24;
    while (at < bytes.length && seconds(at) <= last) at += 16 + bytes.readUInt32LE(at + 8);
    using ns = await replay(feed.pcap(bytes.subarray(0, at)));
    expect(keys(ns.route.each(), ifindex)).toEqual(want);
  });
});

describe.runIf(existsSync(`${FIXTURES}/raw`))('one history, told in different ways', () => {
  const all = (ns: Netns): Route[] =>
    ns.route.list().map((route) => ({ ...route, nexthops: route.nexthops.map(({ oif: _, ...hop }) => hop) }));

  test('NL-54..56 a file of rtmon, and the text of it', async () => {
    using ns = await replay(feed.rtmon(`${FIXTURES}/raw/rtmon-all.bin`));
    using text = await replay(feed.rtmon(`${FIXTURES}/raw/rtmon-all.txt.gz`));
    expect(all(text)).toEqual(all(ns));
    expect(text.rule.list()).toEqual(ns.rule.list());
    expect(ns.stats().routes).toBe(20);
  });

  test('NL-57 what `ip monitor` got from the kernel, and the text that it wrote', async () => {
    using ns = await replay(feed.pcap(`${FIXTURES}/raw/pcap/ip-monitor.pcap.gz`));
    using text = await replay(feed.rtmon(`${FIXTURES}/raw/pcap/ip-monitor.txt`));
    expect(all(text)).toEqual(all(ns));
    expect(ns.nexthop.list()).toEqual([]); // flushed in the end
    expect(ns.stats().routes).toBe(1019);
  });

  test('NL-60 what was asked for counts where the kernel told nobody of it', async () => {
    using ns = await replay(feed.pcap(`${FIXTURES}/raw/pcap/ip-batch.pcap.gz`));
    expect(ns.lookup('90.3.4.5')).toMatchObject({ prefix: '90.3.4.0/24', via: '10.0.0.2' });
  });

  test('NL-51 `ip route save`', async () => {
    using ns = await replay(feed.routeSave(`${FIXTURES}/raw/route-save-v4-table-all.bin`));
    using dump = Netns.create();
    dump.applyDump(readFileSync(`${FIXTURES}/raw/route-save-v4-table-all.bin`));
    expect(ns.route.list()).toEqual(dump.route.list());
  });
});
