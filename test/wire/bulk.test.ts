/**
 * wire/bulk.test.ts - reading in bulk is reading one by one, only faster: the same state, counts, answers and errors.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { Endpoint, FibError, WireError } from '../../src/index.js';
import type { Netns } from '../../src/netns.js';
import { RECORD_MAX, readRecord } from '../../src/wire/bulk.js';
import { dumpChanges, encodeMessages, uapi, type Change, type NlMsgInit } from '../../src/wire/index.js';
import { checkedNetns } from '../core/check-build.js';
import { attr, dev, dst, record, rtmsg, via } from '../endpoint/routes.js';
import { ask } from '../endpoint/talk.js';
import { plug } from '../lab.js';
import { message, plainMessage } from './arbitrary.js';
import { hex } from './samples.js';

/** A Netns in the check build with two interfaces, an address and a nexthop object. */
function world(): Netns {
  const ns = plug(checkedNetns().ns, 2, 3);
  ns.address.add('192.0.2.5/24', { dev: 'eth2' });
  ns.nexthop.add({ id: 1, via: '192.0.2.9', dev: 'eth2' });
  return ns;
}

/** All that can be seen of it. */
function visible(ns: Netns): unknown {
  ns.check();
  return [ns.route.list(), ns.link.list(), ns.tables(), ns.proc('net/fib_trie'), ns.proc('net/fib_triestat')];
}

/** What an operation gives, or how it was refused. */
function told(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof WireError) return `offset ${error.offset}`;
    assert(error instanceof FibError, String(error));
    return error.message;
  }
}

/** What `applyDump` means: all changes, one by one, when an empty Netns can read and hold them all. */
function applyOneByOne(ns: Netns, bytes: Uint8Array): object {
  const result = { applied: 0, unchanged: 0, skipped: 0 };
  const trial = world();
  for (const change of dumpChanges(bytes)) if (!isForeign(change)) trial.apply(change!);
  for (const change of dumpChanges(bytes)) {
    if (isForeign(change)) result.skipped++;
    else if (ns.apply(change!)) result.applied++;
    else result.unchanged++;
  }
  return result;
}

function isForeign(change: Change | undefined): boolean {
  return change === undefined || (change.kind === 'route' && change.route.family !== uapi.AF_INET);
}

/** A view whose bytes do not begin at a multiple of 4. */
function askew(bytes: Uint8Array, by: number): Uint8Array {
  const room = new Uint8Array(bytes.length + by);
  room.set(bytes, by);
  return room.subarray(by);
}

/** Messages of a dump, some of them cut short or with another length. */
const dumpBytes = fc
  .record({
    messages: fc.array(fc.oneof({ arbitrary: message, weight: 1 }, { arbitrary: plainMessage, weight: 3 }), {
      maxLength: 12,
    }),
    by: fc.nat(3),
    damage: fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 6 },
      fc.tuple(fc.nat(1000), fc.constantFrom(0, 1, 3, 255)),
    ),
    isCut: fc.oneof({ arbitrary: fc.constant(0), weight: 6 }, fc.nat(20)),
  })
  .map(({ messages, by, damage, isCut }) => {
    const bytes = encodeMessages(messages);
    if (damage !== undefined && bytes.length > 0) bytes[damage[0] % bytes.length] = damage[1];
    return askew(bytes.subarray(0, Math.max(0, bytes.length - isCut)), by);
  });

test('a dump is applied as its changes are, one by one', () => {
  let usual = 0;
  fc.assert(
    fc.property(dumpBytes, (bytes) => {
      const [one, other] = [world(), world()];
      expect(told(() => one.applyDump(bytes))).toEqual(told(() => applyOneByOne(other, bytes)));
      expect(visible(one)).toEqual(visible(other));
      usual += one.route.list().length;
    }),
    { numRuns: 600, seed: 4 },
  );
  expect(usual).toBeGreaterThan(500);
});

test('requests in one datagram are answered as they are when each route is told of', () => {
  const requests = fc.array(
    fc.oneof({ arbitrary: message, weight: 1 }, { arbitrary: plainMessage, weight: 3 }).map((request) => ({
      ...request,
      flags: request.flags | uapi.NLM_F_REQUEST,
    })),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(requests, fc.boolean(), fc.nat(3), (list, capAck, by) => {
      const datagram = askew(encodeMessages(list), by);
      const [one, other] = [world(), world()];
      new Endpoint(other).subscribe([7], () => undefined); // whoever listens hears of each
      const answers = new Endpoint(one, { capAck }).request(datagram);
      expect(answers).toEqual(new Endpoint(other, { capAck }).request(datagram));
      expect(visible(one)).toEqual(visible(other));
    }),
    { numRuns: 600, seed: 5 },
  );
});

const out = new Uint32Array(RECORD_MAX / 4);
/** Bytes of the record of a message with this payload, 0 for an unusual one. */
function bytesRead(payload: string): number {
  const bytes = ask(uapi.RTM_NEWROUTE, 0, payload);
  return readRecord(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, out, 0);
}

const ONE = abi.ROUTE_NEXTHOPS + abi.NEXTHOP_BYTES;
const gateway = attr(uapi.RTA_GATEWAY, 'c0000201');

test.each([
  ['a gateway', rtmsg() + dst('10.0.0.0') + via('192.0.2.1') + dev(2), ONE],
  ['a blackhole', rtmsg({ type: 6 }) + dst('10.0.0.0'), abi.ROUTE_NEXTHOPS],
  [
    'three paths',
    rtmsg() + attr(uapi.RTA_MULTIPATH, record(2, gateway).repeat(3)),
    ONE + 2 * abi.NEXTHOP_BYTES,
  ],
  ['sixteen paths', rtmsg() + attr(uapi.RTA_MULTIPATH, record(2, gateway).repeat(16)), RECORD_MAX],
  ['seventeen paths', rtmsg() + attr(uapi.RTA_MULTIPATH, record(2, gateway).repeat(17)), 0],
  ['a path beside paths', rtmsg() + attr(uapi.RTA_MULTIPATH, record(2, gateway)) + dev(2), 0],
  ['CFG-8 an attribute twice', rtmsg() + dst('10.0.0.0') + dst('10.0.0.0'), 0],
  ['CFG-12 host bits', rtmsg() + dst('10.0.0.1'), 0],
  ['a local route', rtmsg({ type: 2 }) + dst('10.0.0.0') + dev(2), 0],
  ['a tail', rtmsg() + dst('10.0.0.0') + '00000000', 0],
])('%s is read, or left to others, as it should be', (_, payload, size) => {
  expect(bytesRead(payload)).toBe(size);
});

test('a shape that was met before does not stand for another of the same length', () => {
  const payloads = [
    rtmsg() + dst('10.0.0.0') + via('192.0.2.1') + dev(2),
    rtmsg() + dst('10.0.0.0') + dev(2) + via('192.0.2.1'),
    rtmsg() + dst('10.0.0.0') + attr(uapi.RTA_PRIORITY, '05000000') + dev(2),
    rtmsg() + dst('10.0.0.0') + attr(uapi.RTA_MARK, '05000000') + dev(2),
  ];
  const words = payloads.map((payload) => {
    const size = bytesRead(payload);
    return (
      size > 0 && [size, out[abi.ROUTE_PRIORITY / 4], out[(abi.ROUTE_NEXTHOPS + abi.NEXTHOP_GATEWAY) / 4]]
    );
  });
  expect(words).toEqual([[ONE, 0, 0xc0000201], [ONE, 0, 0xc0000201], [ONE, 5, 0], false]);
});

test('more routes than a batch holds, with odd ones between, keep their order', () => {
  const list: NlMsgInit[] = [];
  for (let i = 0; i < 3000; i++) {
    const odd = i % 701 === 700 ? attr(uapi.RTA_METRICS, attr(2, '78050000')) : '';
    const payload = hex(
      rtmsg({ length: 24, flags: 4 }) +
        dst(`10.${i >> 8}.${i & 255}.0`) +
        via(`192.0.2.${i % 200}`) +
        dev(2) +
        odd,
    );
    list.push({ type: uapi.RTM_NEWROUTE, flags: 2, payload });
  }
  const bytes = encodeMessages(list);
  const [one, other] = [world(), world()];
  expect(one.applyDump(bytes)).toEqual(applyOneByOne(other, bytes));
  expect(visible(one)).toEqual(visible(other));
  expect(one.applyDump(bytes)).toEqual({ applied: 0, unchanged: 3000, skipped: 0 });
});
