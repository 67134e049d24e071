/**
 * wire/link.test.ts - links in bytes: as a kernel sent them, any, and damaged (NL-22, NL-23).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { WireError } from '../../src/errors.js';
import { decodeAttrs, decodeLink, encodeLink, messages, type LinkMessage } from '../../src/wire/index.js';
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
  const order = [3, 13, 16, 17, 4, 27, 40, 41, 58, 63, 64, 59, 60, 33, 39, 1, 23, 7, 18, 5, 14];
  expect(types(false)).toEqual(order);
  expect(types(true)).toEqual(order.filter((type) => type !== uapi.IFLA_STATS && type !== uapi.IFLA_STATS64));
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

  test('what is written reads the same', () => {
    fc.assert(
      fc.property(fc.oneof(plain, vrf), (link) => {
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
