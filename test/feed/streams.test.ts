/**
 * feed/streams.test.ts - every format as a stream: cut anywhere into pieces it tells the same, cut off it ends in an error
 * that says where, damaged it ends in one or tells something, and nothing hangs.
 */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as feed from '../../src/feed/index.js';
import { WireError } from '../../src/errors.js';
import { decodeMessages } from '../../src/wire/nlmsg.js';
import { decodePcap } from '../../src/wire/pcap.js';
import {
  FPM,
  MONITOR,
  MRT,
  PCAP,
  ROUTE_SAVE,
  RTMON,
  TIME_MS,
  TOLD,
  mrtState,
  mrtUpdate,
  pcapng,
  words,
} from './samples.js';

type Format = 'rtmon' | 'routeSave' | 'fpm' | 'pcap' | 'mrt';

const packets = decodePcap(PCAP).map(({ bytes }) => bytes);

const SAMPLES: readonly (readonly [string, Format, Uint8Array, readonly string[]])[] = [
  ['rtmon', 'rtmon', RTMON, TOLD],
  [
    'ip monitor',
    'rtmon',
    Buffer.from(MONITOR),
    [
      'link add',
      'address add',
      'replace 10.0.0.0/8 192.0.2.1',
      'replace 10.1.0.0/16 192.0.2.1 192.0.2.2',
      'nexthop replace',
      'rule add',
      'del 10.0.0.0/8 192.0.2.1',
    ],
  ],
  ['ip route save', 'routeSave', ROUTE_SAVE, ['append 10.0.0.0/8 192.0.2.1', 'append 10.1.0.0/16 192.0.2.2']],
  ['FPM', 'fpm', FPM, ['replace 10.0.0.0/8 192.0.2.1', 'del 10.0.0.0/8', 'replace 10.0.0.0/8 192.0.2.9']],
  ['pcap', 'pcap', PCAP, TOLD],
  ['pcapng', 'pcap', pcapng(packets, true), TOLD],
  ['pcapng, big-endian', 'pcap', pcapng(packets, false), TOLD],
  [
    'MRT',
    'mrt',
    MRT,
    [
      'replace 10.0.0.0/8 192.0.2.1',
      'replace 10.1.0.0/16 192.0.2.7',
      'replace 10.2.3.0/24 192.0.2.1',
      'del 10.2.3.0/24',
    ],
  ],
];

/** What a source tells, and how it ends. */
async function read(format: Format, source: feed.Source): Promise<{ told: string[]; error: unknown }> {
  const told: string[] = [];
  try {
    for await (const change of feed[format](source)) told.push(words(change));
    return { told, error: undefined };
  } catch (error) {
    return { told, error };
  }
}

describe.each(SAMPLES)('%s', (_, format, bytes, told) => {
  test('tells what happened', async () => {
    expect(await read(format, bytes)).toEqual({ told, error: undefined });
  });

  test('in pieces, however cut, it tells the same', async () => {
    for (let at = 1; at < bytes.length; at += 3) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      assert.deepEqual(await read(format, pieces), { told, error: undefined }, `cut at ${at}`);
    }
    const single = Array.from(bytes, (_byte, i) => bytes.subarray(i, i + 1));
    expect(await read(format, single)).toEqual({ told, error: undefined });
  });

  test('packed with gzip it tells the same', async () => {
    expect(await read(format, gzipSync(bytes))).toEqual({ told, error: undefined });
  });

  test('cut off anywhere it tells what is whole, then where it ends', async () => {
    for (let length = 0; length < bytes.length; length++) {
      const { told: some, error } = await read(format, bytes.subarray(0, length));
      const last = some.pop() ?? ''; // of a text that ends within an entry it may say less
      assert.deepEqual(some, told.slice(0, some.length), `${length} bytes`);
      assert(last === '' || told[some.length]!.startsWith(last), `${length} bytes`);
      if (error === undefined) continue; // between two records
      assert(error instanceof WireError, `${length} bytes: ${inspect(error)}`);
      assert(error.offset >= 0 && error.offset <= length, `${length} bytes: ${error.message}`);
    }
  });

  test('damaged it tells something, or where it is damaged', async () => {
    let failures = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [at % 2 === 0 ? 0xff : bytes[at]! ^ 0x01]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = value;
        const { error } = await read(format, damaged);
        if (error === undefined) continue;
        failures++;
        assert(error instanceof WireError, `byte ${at} = ${value}: ${inspect(error)}`);
        assert(error.offset >= 0 && error.offset <= bytes.length, `byte ${at}: ${error.message}`);
      }
    }
    expect(failures).toBeGreaterThan(10);
  });
});

describe('captures', () => {
  test('NL-59 time comes in micro- or nanoseconds, in either order', () => {
    const [first] = decodePcap(PCAP);
    const [next] = decodePcap(pcapng(packets, false));
    expect(first!.timeMs).toBe(TIME_MS);
    expect(next!.timeMs).toBeCloseTo(TIME_MS, 2);
    const nano = Uint8Array.from(PCAP);
    nano.set([0x4d, 0x3c, 0xb2, 0xa1]);
    expect(decodePcap(nano)[0]!.timeMs).toBe(TIME_MS - 250 + 0.25);
  });

  test('NL-58 a capture of a big-endian host', async () => {
    expect(await read('pcap', bigEndian(PCAP))).toEqual({ told: TOLD, error: undefined });
  });
});

/** A pcap of whole messages of routes as a big-endian host would have written it. */
function bigEndian(pcap: Uint8Array): Uint8Array {
  const out = Buffer.from(pcap);
  const swap = (at: number, size: number): void => void out.subarray(at, at + size).reverse();
  for (const [at, size] of [[0, 4], [4, 2], [6, 2], [16, 4], [20, 4]] as const) swap(at, size); // prettier-ignore
  for (let at = 24; at < out.length;) {
    const captured = out.readUInt32LE(at + 8);
    for (let i = 0; i < 4; i++) swap(at + 4 * i, 4);
    const start = at + 32;
    for (const { payload, offset } of decodeMessages(pcap.subarray(start, at + 16 + captured))) {
      const from = start + offset;
      for (const [place, size] of [[0, 4], [4, 2], [6, 2], [8, 4], [12, 4], [24, 4]] as const) swap(from + place, size); // prettier-ignore
      for (let attr = 12; attr < payload.length;) {
        const length = payload[attr]!;
        const type = payload[attr + 2]!;
        swap(from + 16 + attr, 2);
        swap(from + 18 + attr, 2);
        if (type === 4 || type === 6 || type === 15) swap(from + 20 + attr, 4); // OIF, PRIORITY, TABLE
        attr += (length + 3) & ~3;
      }
    }
    at += 16 + captured;
  }
  return out;
}

describe('MRT', () => {
  test('a withdrawn path gives way to the next, and a session that goes down withdraws all of its paths', async () => {
    const net = [16, 10, 9];
    const bytes = Buffer.concat([
      mrtUpdate(1, [], net, '192.0.2.11'),
      mrtUpdate(2, [], net, '192.0.2.12'),
      mrtUpdate(1, net, []),
      mrtState(2, 6, 1),
    ]);
    expect((await read('mrt', bytes)).told).toEqual([
      'replace 10.9.0.0/16 192.0.2.11',
      'replace 10.9.0.0/16 192.0.2.11',
      'replace 10.9.0.0/16 192.0.2.12',
      'del 10.9.0.0/16',
    ]);
  });

  test('only the peer that was asked for', async () => {
    const told: string[] = [];
    for await (const change of feed.mrt(MRT, { peer: 70000 })) told.push(words(change));
    expect(told).toEqual(['replace 10.0.0.0/8 192.0.2.7', 'replace 10.1.0.0/16 192.0.2.7']);
  });
});

test('`ip -ts monitor all-nsid` on a router with FRR: protocols by its names, other namespaces passed over', async () => {
  const text = `\
[2026-11-22T17:40:53.637650] [nsid current]20.0.0.0/8 via 10.0.0.2 dev e0 proto ldp metric 5
[2026-11-22T17:40:53.641293] [nsid 1]21.0.0.0/8 via 10.0.0.3 dev e0
[2026-11-22T17:40:53.646965] [nsid current][ROUTE]Deleted 20.0.0.0/8 via 10.0.0.2 dev e0 proto ldp metric 5
`;
  expect(await read('rtmon', Buffer.from(text))).toEqual({
    told: ['replace 20.0.0.0/8 10.0.0.2', 'del 20.0.0.0/8 10.0.0.2'],
    error: undefined,
  });
});
