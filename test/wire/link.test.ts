/**
 * wire/link.test.ts - links in bytes: as a kernel sent them, any, and damaged (NL-22, NL-23).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { WireError } from '../../src/errors.js';
import {
  decodeAttrs,
  decodeLink,
  encodeLink,
  messages,
  type LinkMessage,
  type RtAttr,
} from '../../src/wire/index.js';
import { RECORDED, hex, kernelDatagrams } from './samples.js';

/** ip link set va up, of a veth whose other end is down, as Linux 6.18 told it; shortened. */
const VETH =
  '00 00 0100 03000000 03100000 01000000 |' + // family, Ethernet, index 3, UP BROADCAST MULTICAST, UP changed
  '0700 0300 766100 00 |' + // IFLA_IFNAME va
  '0800 0d00 e8030000 |' + // IFLA_TXQLEN 1000
  '0500 1000 03 000000 |' + // IFLA_OPERSTATE lower layer down
  '0800 0400 dc050000 |' + // IFLA_MTU 1500
  '0800 1b00 05000000 |' + // IFLA_GROUP 5
  '0500 2100 00 000000 |' + // IFLA_CARRIER none
  '0a00 0100 02000000000a 0000 |' + // IFLA_ADDRESS
  '1000 1200 0900 0100 7665746800 000000 |' + // IFLA_LINKINFO: IFLA_INFO_KIND veth
  '0800 0500 02000000'; // IFLA_LINK 2

test('NL-22 what a message tells of a link', () => {
  expect(decodeLink(hex(VETH))).toEqual({
    ...{ family: 0, type: 1, index: 3, flags: 0x1003, change: 1, name: 'va', txqlen: 1000, operstate: 3 },
    ...{ mtu: 1500, group: 5, carrier: 0, address: hex('02000000000a'), kind: 'veth', link: 2 },
  });
});

test('NL-23 a port as its bridge tells it', () => {
  const port: LinkMessage = {
    ...{
      family: 7,
      type: 1,
      index: 4,
      flags: 0x1043,
      change: 0,
      name: 'e1',
      master: 9,
      mtu: 1500,
      operstate: 6,
    },
    ...{ address: hex('020000000002'), portState: 3 },
  };
  expect(decodeLink(encodeLink(port))).toEqual(port);
  expect(decodeAttrs(encodeLink(port).subarray(16)).map(({ type }) => type)).toEqual([3, 10, 4, 16, 1, 12]);
});

test('the attributes come in the order of the kernel, statistics only when they are wanted', () => {
  const types = (noStats: boolean): number[] =>
    decodeAttrs(encodeLink(decodeLink(hex(VETH)), { noStats }).subarray(16)).map(({ type }) => type);
  const order = [
    ...[3, 13, 16, 17, 67, 4, 27, 40, 41, 58, 63, 64, 60, 66, 33, 68, 69, 39],
    ...[1, 23, 7, 43, 18, 5, 26, 14],
  ];
  expect(types(false)).toEqual(order);
  expect(types(true)).toEqual(order.filter((type) => type !== uapi.IFLA_STATS && type !== uapi.IFLA_STATS64));
});

test('a bridge and its port tell what ip -d link shows, in the order of the kernel', () => {
  const head = { family: 0, type: 1, index: 4, flags: 0x1002, change: 0 };
  const address = hex('020000000004');
  const inner = (link: LinkMessage): RtAttr[] => {
    const info = decodeAttrs(encodeLink(link).subarray(16)).find(({ type }) => type === uapi.IFLA_LINKINFO)!;
    return decodeAttrs(decodeAttrs(info.payload)[1]!.payload);
  };
  const bridge = inner({ ...head, kind: 'bridge', bridge: { address } });
  expect(bridge.map(({ type }) => type)).toEqual([
    ...[16, 17, 18, 19, 1, 2, 3, 4, 5, 6, 7, 9, 11, 10, 12, 13, 14, 15, 20, 46, 48, 49, 22, 23, 24, 25, 42],
    ...[26, 27, 28, 29, 43, 44, 30, 31, 32, 33, 34, 35, 36, 37, 38],
  ]);
  expect(bridge.find(({ type }) => type === 11)?.payload).toEqual(hex('8000020000000004'));
  const port = inner({
    ...head,
    portKind: 'bridge',
    port: { bridge: address, number: 2, state: 3, cost: 100 },
  });
  // The kind of the port is not known here, so that its data is the second attribute too.
  expect(port.map(({ type }) => type)).toEqual([
    ...[
      1, 2, 3, 4, 5, 6, 7, 28, 8, 9, 27, 30, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 29, 31, 32, 35, 36, 33,
    ],
    ...[39, 40, 43, 21, 22, 23, 25, 37, 38, 41, 42],
  ]);
  expect(port.find(({ type }) => type === 17)?.payload).toEqual(hex('0280'));
});

describe('laws', () => {
  const u32 = fc.nat({ max: 0xffffffff });
  const u8 = fc.nat({ max: 255 });
  const word = fc.stringMatching(/^[a-z0-9]{1,15}$/);
  const address = fc.uint8Array({ minLength: 6, maxLength: 6 });
  const optional = {
    ...{
      name: word,
      mtu: u32,
      minMtu: u32,
      maxMtu: u32,
      txqlen: u32,
      operstate: u8,
      group: u32,
      promiscuity: u32,
    },
    ...{
      queues: u32,
      tsoBytes: u32,
      master: u32,
      carrier: u8,
      event: u32,
      address,
      broadcast: address,
      link: u32,
      qdisc: word,
    },
    portKind: word,
  };
  const head = { type: fc.nat({ max: 0xffff }), index: u32, flags: u32, change: u32 };
  const family = fc.constant(0);
  const requiredKeys = ['family', 'type', 'index', 'flags', 'change'] as const;
  const plain = fc.record(
    { family, ...head, ...optional },
    { requiredKeys: [...requiredKeys], noNullPrototype: true },
  );
  const vrf = fc.record({ family, ...head, kind: fc.constant('vrf'), table: u32 }, { noNullPrototype: true });
  const valued = { noNullPrototype: true };
  const bridgeInfo = fc.record({ address }, valued);
  const bridge = fc.record({ family, ...head, kind: fc.constant('bridge'), bridge: bridgeInfo }, valued);
  const portInfo = fc.record(
    { bridge: address, number: fc.nat({ max: 1023 }), state: u8, cost: u32 },
    valued,
  );
  const ports = [
    fc.record({ family, ...head, portKind: fc.constant('bridge'), port: portInfo }, valued),
    fc.record({ family, ...head, portKind: fc.constant('vrf'), portTable: u32 }, valued),
  ];

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.oneof(plain, vrf, bridge, ...ports), (link) => {
        assert.deepEqual(decodeLink(encodeLink(link as LinkMessage)), link);
      }),
    );
  });

  test('any bytes are a link or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeLink(bytes);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }),
    );
  });
});

test.runIf(RECORDED)('every link that a kernel sent is told again as it was understood', () => {
  let seen = 0;
  for (const [name, datagram] of kernelDatagrams()) {
    for (const { type, payload } of messages(datagram)) {
      if (type !== uapi.RTM_NEWLINK && type !== uapi.RTM_DELLINK) continue;
      if (payload[0] === uapi.AF_INET6) continue;
      const link = decodeLink(payload);
      expect(decodeLink(encodeLink(link)), name).toEqual(link);
      expect(link.name, name).toBeDefined();
      seen++;
    }
  }
  expect(seen).toBeGreaterThan(500);
});
