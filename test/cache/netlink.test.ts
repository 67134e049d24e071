/**
 * cache/netlink.test.ts - the route cache through rtnetlink and /proc (RC-121..123, PROC-22..32).
 */
import { describe, expect, test } from 'vitest';
import { Endpoint, type Netns } from '../../src/index.js';
import { formatRouteListing } from '../../src/text/index.js';
import { cacheLab, entryOf, packet } from './lab.js';

const RTM_GETROUTE = 26;
const RTM_NEWROUTE = 24;
const NLM_F_DUMP = 0x300;
const NLM_F_MULTI = 2;
const [CLONED, NOTIFY] = [0x200, 0x100];
const [RTA_DST, RTA_SRC, RTA_IIF] = [1, 2, 3];

/** A request with a rtmsg and attributes of 4 bytes; addresses are given as their bytes. */
function request(flags: number, rtmFlags: number, attrs: readonly (readonly [number, number[] | number])[]) {
  const bytes = new Uint8Array(28 + 8 * attrs.length);
  const v = new DataView(bytes.buffer);
  v.setUint32(0, bytes.length, true);
  v.setUint16(4, RTM_GETROUTE, true);
  v.setUint16(6, 1 | flags, true);
  bytes[16] = 2;
  for (const [type, at] of [
    [RTA_DST, 17],
    [RTA_SRC, 18],
  ] as const)
    if (attrs.some(([one]) => one === type)) bytes[at] = 32;
  v.setUint32(24, rtmFlags, true);
  attrs.forEach(([type, value], i) => {
    v.setUint16(28 + 8 * i, 8, true);
    v.setUint16(30 + 8 * i, type, true);
    if (typeof value === 'number') v.setUint32(32 + 8 * i, value, true);
    else bytes.set(value, 32 + 8 * i);
  });
  return bytes;
}

interface Message {
  readonly type: number;
  readonly flags: number;
  readonly header: number[];
  readonly rtmFlags: number;
  readonly attrs: [type: number, bytes: number[]][];
}

/** The messages of datagrams. */
function* messages(datagrams: readonly Uint8Array[]): Generator<Message> {
  for (const bytes of datagrams) {
    const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += (v.getUint32(at, true) + 3) & ~3) {
      const end = at + v.getUint32(at, true);
      const type = v.getUint16(at + 4, true);
      if (type !== RTM_NEWROUTE) continue;
      const attrs: Message['attrs'] = [];
      for (let a = at + 28; a < end; a += (v.getUint16(a, true) + 3) & ~3)
        attrs.push([v.getUint16(a + 2, true), [...bytes.subarray(a + 4, a + v.getUint16(a, true))]]);
      const header = [...bytes.subarray(at + 16, at + 24)];
      yield { type, flags: v.getUint16(at + 6, true), header, rtmFlags: v.getUint32(at + 24, true), attrs };
    }
  }
}

const ask = (ns: Netns, ...args: Parameters<typeof request>): Message[] => [
  ...messages(new Endpoint(ns).request(request(...args))),
];

const u32 = (n: number): number[] => [...new Uint8Array(Uint32Array.of(n).buffer)];

describe('RTM_GETROUTE', () => {
  test('RC-121 the entry for a packet made here', () => {
    const ns = cacheLab();
    const [message] = ask(ns, 0, 0, [[RTA_DST, [8, 8, 8, 8]]]);
    expect(message!.header).toEqual([2, 32, 0, 0, 254, 0, 0, 1]);
    expect(message!.rtmFlags).toBe(CLONED);
    expect(message!.attrs.map(([type]) => type)).toEqual([15, 1, 4, 7, 5, 8, 12]);
    const attrs = new Map(message!.attrs);
    expect(attrs.get(15)).toEqual(u32(254));
    expect(attrs.get(4)).toEqual(u32(2));
    expect(attrs.get(7)).toEqual([10, 0, 2, 1]);
    expect(attrs.get(5)).toEqual([10, 0, 2, 9]);
    expect(ns.cache.entries()).toHaveLength(1);
    ask(ns, 0, 0, [[RTA_DST, [8, 8, 8, 8]]]);
    expect(ns.cache.counters().out_hit).toBe(1);
  });

  test('RC-121 the entry for a packet that came in: specific destination, source, interface', () => {
    const ns = cacheLab();
    const [message] = ask(ns, 0, 0, [
      [RTA_DST, [10, 0, 3, 1]],
      [RTA_SRC, [10, 0, 3, 9]],
      [RTA_IIF, 3],
    ]);
    expect(message!.header).toEqual([2, 32, 32, 0, 254, 0, 0, 2]);
    expect(message!.rtmFlags & 0x80000000).not.toBe(0);
    const attrs = new Map(message!.attrs);
    expect(attrs.get(2)).toEqual([10, 0, 3, 9]);
    expect(attrs.get(7)).toEqual([10, 0, 3, 1]);
    expect(attrs.get(RTA_IIF)).toEqual(u32(3));
    expect(attrs.get(4)).toEqual(u32(1));
  });

  test('RC-121 what is known of the entry: use, age, end, in hundredths of a second', () => {
    const ns = cacheLab();
    const { handle } = entryOf(ns, '8.8.8.8');
    ns.cache.hold(handle);
    ns.cache.updatePmtu(handle, 1400);
    ns.advance(2500);
    const [message] = ask(ns, NLM_F_DUMP, CLONED, []);
    const info = new DataView(Uint8Array.from(new Map(message!.attrs).get(12)!).buffer);
    const words = Array.from({ length: 8 }, (_, i) => info.getInt32(4 * i, true));
    expect(words).toEqual([1, 250, 59750, 0, 0, 0, 0, 0]);
  });

  test('RC-123 a question with NOTIFY marks its entry, which is worth keeping then', () => {
    const ns = cacheLab();
    const [message] = ask(ns, 0, NOTIFY, [[RTA_DST, [8, 8, 8, 8]]]);
    expect(message!.rtmFlags).toBe(0x10000 | NOTIFY | CLONED);
    expect(ns.cache.entries()[0]!.flags).toBe(0x10000);
    entryOf(ns, '8.8.4.4');
    ask(ns, 0, NOTIFY, [[RTA_DST, [8, 8, 4, 4]]]);
    expect(ns.cache.entries().map(({ flags }) => flags)).toEqual([0x10000, 0x10000]);
  });

  test('RC-122 a dump with CLONED tells the entries, bucket by bucket, and none that expired', () => {
    const ns = cacheLab();
    for (let i = 0; i < 40; i++) ns.route.output({ dst: 0x08080800 + i });
    const told = ask(ns, NLM_F_DUMP, CLONED, []);
    expect(told.map(({ attrs }) => new Map(attrs).get(1)!.join('.'))).toEqual(
      ns.cache.entries().map(({ rtDst }) => rtDst),
    );
    expect(told).toHaveLength(40);
    for (const { flags } of told) expect(flags & NLM_F_MULTI).toBe(NLM_F_MULTI);
    ns.cache.flush();
    expect(ask(ns, NLM_F_DUMP, CLONED, [])).toEqual([]);
  });

  test('RC-116 a Netns without a cache has nothing to tell on a strict socket', () => {
    const ns = cacheLab({ routeCache: false });
    const ep = new Endpoint(ns, { strict: true });
    expect([...messages(ep.request(request(NLM_F_DUMP, CLONED, [])))]).toEqual([]);
  });
});

describe('/proc and route -Cn', () => {
  test('PROC-22 a Netns without a cache shows the header', () => {
    const ns = cacheLab({ routeCache: false });
    expect(ns.proc('net/rt_cache').split('\n')).toHaveLength(2);
    expect(ns.proc('net/stat/rt_cache').split('\n')).toHaveLength(3);
  });

  test('PROC-23 entries from the highest bucket down, each chain from its head; none that expired', () => {
    const ns = cacheLab({ routeCache: { entries: 4, seed: 1 } });
    for (let i = 0; i < 12; i++) ns.route.output({ dst: 0x08080800 + i });
    const told = ns.cache.entries().map(({ rtDst }) => rtDst);
    const shown = lines(ns).map(([, dst]) =>
      dst!
        .match(/../g)!
        .reverse()
        .map((byte) => parseInt(byte, 16))
        .join('.'),
    );
    expect(shown.toSorted()).toEqual(told.toSorted());
    expect(shown).not.toEqual(told);
    const chains = shown.map((dst, i) => told.indexOf(dst) - i);
    // Within a chain both orders agree: runs of neighbours whose distance stays.
    expect(new Set(chains).size).toBeLessThanOrEqual(4);
    ns.cache.flush();
    expect(lines(ns)).toEqual([]);
  });

  test('RC-136..138, RC-140, PROC-32 the listing of a host', () => {
    const ns = cacheLab();
    for (let i = 0; i < 4; i++) ns.route.output('74.125.53.102');
    ns.route.input(packet('61.55.167.138', '10.0.2.1', 'eth2'));
    ns.route.input(packet('10.0.3.83', '10.0.3.255', 'eth3'));
    const [title, head, ...rows] = formatRouteListing(ns.cache.entries()).trimEnd().split('\n');
    expect(title).toBe('Kernel IP routing cache');
    expect(head).toBe('Source          Destination     Gateway         Flags Metric Ref    Use Iface');
    expect(rows.toSorted()).toEqual([
      '10.0.2.1        74.125.53.102   10.0.2.9              0      0        3 eth2',
      '10.0.3.83       10.0.3.255      10.0.3.255      ibl   0      0        0 lo',
      '61.55.167.138   10.0.2.1        10.0.2.1        l     0      0        0 lo',
    ]);
  });

  test('PROC-26, PROC-27 the counters', () => {
    const ns = cacheLab();
    for (let i = 0; i < 3; i++) ns.route.output('8.8.8.8');
    const [, values] = ns.proc('net/stat/rt_cache').split('\n');
    expect(values!.split(/ +/).map((word) => parseInt(word, 16))).toEqual([
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      2,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      NaN,
    ]);
  });
});

/** The lines of rt_cache behind the header, split at tabs. */
function lines(ns: Netns): string[][] {
  const [, ...rest] = ns.proc('net/rt_cache').trimEnd().split('\n');
  return rest.map((line) => line.split('\t'));
}
