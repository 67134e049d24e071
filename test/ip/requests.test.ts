/**
 * ip/requests.test.ts - the bytes that a command sends, beside those that iproute2 6.1 was seen to send.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { Endpoint, Netns } from 'hoptrie';
import { runIp, runIpOver } from 'hoptrie/ip';
import { decodeAttrs, decodeMessages } from 'hoptrie/wire';

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTA_METRICS = 8;

/** What a command sends over all of its sockets, questions for interfaces left out. */
async function requests(ns: Netns, line: string): Promise<Buffer[]> {
  const sent: Buffer[] = [];
  await runIpOver(({ strict }) => {
    const endpoint = new Endpoint(ns, { strict });
    return {
      send: (datagram) => {
        sent.push(...decodeMessages(datagram).map((message) => bytesOf(message)));
        endpoint.send(datagram);
      },
      receive: () => Promise.resolve(endpoint.receive()),
      close: () => undefined,
    };
  }, line);
  return sent.filter((bytes) => bytes.readUInt16LE(0) !== RTM_GETLINK);
}

/** Type, flags and payload of a message. */
function bytesOf({ type, flags, payload }: { type: number; flags: number; payload: Uint8Array }): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(type, 0);
  head.writeUInt16LE(flags, 2);
  return Buffer.concat([head, payload]);
}

function lab(): Netns {
  const ns = Netns.create();
  ns.ip('link set lo up');
  ns.link.add({ name: 'v0', index: 10, kind: 'ifb', up: true });
  ns.link.add({ name: 'v1', index: 11, kind: 'ifb', up: true });
  ns.ip('address add 10.0.0.1/24 brd + dev v0\naddress add 10.0.1.1/24 brd + dev v1');
  return ns;
}

describe('as iproute2 sends it', () => {
  // type and flags, header, attributes
  test.each([
    [
      'route add 20.0.0.0/8 via 10.0.0.9',
      '18000506 02080000fe03000100000000 0800010014000000 080005000a000009',
    ],
    [
      'route add default via 10.0.0.2 metric 1',
      '18000506 02000000fe03000100000000 080005000a000002 0800060001000000',
    ],
    ['route add 0/0 dev v0', '18000506 02000000fe03fd0100000000 0800010000000000 080004000a000000'],
    [
      'route append 80.1.0.0/16 dev v0',
      '1800050c 02100000fe03fd0100000000 0800010050010000 080004000a000000',
    ],
    [
      'route prepend 80.1.0.0/16 dev v0',
      '18000504 02100000fe03fd0100000000 0800010050010000 080004000a000000',
    ],
    [
      'route replace 80.1.0.0/16 dev v0',
      '18000505 02100000fe03fd0100000000 0800010050010000 080004000a000000',
    ],
    [
      'route change 80.1.0.0/16 dev v0',
      '18000501 02100000fe03fd0100000000 0800010050010000 080004000a000000',
    ],
    ['route test 80.1.0.0/16 dev v0', '18000502 02100000fe03fd0100000000 0800010050010000 080004000a000000'],
    ['route del 80.1.0.0/16', '19000500 02100000fe00ff0000000000 0800010050010000'],
    ['route del local 80.1.0.0/16', '19000500 02100000ff00fe0200000000 0800010050010000'],
    ['route add blackhole 84.0.0.0/8', '18000506 02080000fe03000600000000 0800010054000000'],
    [
      'route add broadcast 88.0.0.2 dev v0',
      '18000506 02200000ff03fd0300000000 0800010058000002 080004000a000000',
    ],
    [
      'route add 80.2.0.0/16 dev v0 mtu lock 1400',
      '18000506 02100000fe03fd0100000000 0800010050020000 080004000a000000 14000800 0800020078050000 0800010004000000',
    ],
    [
      'route add 81.10.0.0/16 dev v0 table 256 mtu 5 tos 4 metric 3 table 5 via 10.0.0.2',
      '18000506 02100004050300010000000008000100510a000008000f00000100000800060003000000080005000a000002' +
        '080004000a0000000c0008000800020005000000',
    ],
    [
      'route add 80.1.0.0/16 metric 5 nexthop via 10.0.0.2 nexthop via 10.0.1.2 dev v1 weight 3',
      '18000506 02100000fe0300010000000008000100500100000800060005000000' +
        '240009001000000000000000080005000a000002100000020b000000080005000a000102',
    ],
    [
      'route add 79.0.0.10 via inet6 fe80::1',
      '18000506 02200000fe0300010000000008000100 4f00000a 160012000a00fe8000000000000000000000000000010000',
    ],
    [
      'route add 80.1.0.0/16 encap mpls 100/200/300 via 10.0.0.2',
      '18000506 02100000fe0300010000000008000100500100001400168010000100 00064000 000c8000 0012c100' +
        '0600150001000000080005000a000002',
    ],
    [
      'route add 80.1.0.0/16 encap ip id 5 dst 1.2.3.4 key csum seq via 10.0.0.2',
      '18000506 02100000fe03000100000000080001005001000020001680 0c0001000000000000000005 0800020001020304' +
        '06000600000d0000 0600150002000000 080005000a000002',
    ],
    ['route show', '1a000103 02000000000000000000000008000f00fe000000'],
    ['route show dev v0 proto static', '1a000103 02000000000400000000000008000f00fe000000080004000a000000'],
    ['route show table all', '1a000103 000000000000000000000000'],
    ['route show cache', '1a000103 02000000000000000002000008000f00fe000000'],
    ['route get 20.1.1.1', '1a000100 0220000000000000001000000800010014010101'],
    [
      'route get 20.1.1.1 mark 5 iif v0 from 10.0.0.77 tos 4 uid 5 ipproto tcp sport 5',
      '1a000100 0220200400000000001000000800010014010101080002000a00004d080019000500000005001b0006000000' +
        '06001c0000050000080003000a0000000800100005000000',
    ],
    ['rule show', '22000103 020000000000000000000000'],
    [
      'rule add from 10.0.0.0/8 iif v0 lookup 100',
      '20000506 020008006400000100000000080002000a0000000700030076300000',
    ],
    ['rule add lookup 300', '20000506 02000000000000010000000008000f002c010000'],
    [
      'rule add pref 21 fwmark 1/2 table 5',
      '20000506 020000000500000100000000080006001500000008000a00010000000800100002000000',
    ],
    ['rule add pref 34 goto 40', '20000506 02000000000000020000000008000600220000000800040028000000'],
    ['rule add pref 36 nop', '20000506 0200000000000003000000000800060024000000'],
    ['rule add pref 51 not from all prohibit', '20000506 02000000000000080200000008000600330000000400 0200'],
    ['rule del pref 10', '21000500 020000000000000000000000080006000a000000'],
  ])('ip %s', async (line, hex) => {
    const sent = await requests(lab(), line);
    assert.equal(sent[0]!.toString('hex'), hex.replaceAll(' ', ''));
  });
});

/** Payload without attributes, and the attributes in the order of their numbers; empty ones say nothing. */
function parts(bytes: Buffer): string[] {
  const type = bytes.readUInt16LE(0);
  const head = 4 + (HEADERS.get(type & ~3) ?? 0);
  const attrs = decodeAttrs(bytes.subarray(head)).filter(({ payload }) => payload.length > 0);
  const isRoute = (type & ~3) === 24;
  const texts = attrs.map(({ type: number, payload }) =>
    isRoute && number === RTA_METRICS ? `${number} ${sorted(payload)}` : `${number} ${hexOf(payload)}`,
  );
  return [bytes.subarray(0, head).toString('hex'), ...texts.sort()];
}

/** A list of attributes without its order. */
function sorted(list: Uint8Array): string {
  return decodeAttrs(list)
    .map(({ type, payload }) => `${type}:${hexOf(payload)}`)
    .sort()
    .join();
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Bytes of the struct in front of the attributes, by the first type of each family of requests. */
const HEADERS = new Map([
  [16, 16],
  [20, 8],
  [24, 12],
  [32, 12],
  [104, 8],
]);

const FIXTURES = fileURLToPath(new URL('../../../shared/fixtures/state/', import.meta.url));

/** Lines whose recorded requests say more than iproute2 does, or that are about IPv6. */
const OTHERWISE = /^ip (link|-6|addr (add|change|del|replace)|nexthop)|inet6|:/;

test.runIf(existsSync(FIXTURES))('routes and rules of the recorded states ask for the same', async () => {
  let compared = 0;
  for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith('.gz'))) {
    const [, ...steps] = gunzipSync(readFileSync(FIXTURES + file))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: string; req?: string });
    const ns = Netns.create();
    for (const { line, req } of steps) {
      if (!line.startsWith('ip ')) continue;
      if (req === undefined || OTHERWISE.test(line)) {
        runIp(ns, line);
        continue;
      }
      const want = Buffer.from(req, 'hex');
      const sent = (await requests(ns, line)).filter((bytes) => bytes.readUInt16LE(0) !== RTM_NEWLINK);
      if (sent.length === 0) continue; // refused by iproute2 itself
      const [message] = decodeMessages(want);
      assert.deepEqual(parts(sent[0]!), parts(bytesOf(message!)), `${file}: ${line}`);
      compared++;
    }
  }
  assert(compared > 1000, `${compared} lines`);
});
