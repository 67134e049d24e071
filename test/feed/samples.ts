/**
 * feed/samples.ts - a small stream of each format, made here, and what it tells.
 */
import * as uapi from '../../src/abi/uapi.js';
import type { Change } from '../../src/model/change.js';
import { encodeCooked } from '../../src/wire/cooked.js';
import { encodeFpm } from '../../src/wire/fpm.js';
import { encodeMessage, encodeMessages, type NlMsgInit } from '../../src/wire/nlmsg.js';
import { encodePcap } from '../../src/wire/pcap.js';
import { encodeRouteSave } from '../../src/wire/route-save.js';
import { encodeRoute } from '../../src/wire/route.js';
import { timestamp } from '../../src/wire/rtmon.js';

/** A moment, and the same in the numbers of a capture. */
export const TIME_MS = 1_800_000_000_250;

/** RTM_NEWROUTE of `dst` through `via`. */
export function newRoute(dst: string, via: string, flags: number, more: object = {}): NlMsgInit {
  return { type: uapi.RTM_NEWROUTE, flags, payload: encodeRoute(route(dst, via, more)) };
}

/** RTM_DELROUTE of the same. */
export function delRoute(dst: string, via: string, more: object = {}): NlMsgInit {
  return { type: uapi.RTM_DELROUTE, payload: encodeRoute(route(dst, via, more)) };
}

function route(dst: string, via: string, more: object): Parameters<typeof encodeRoute>[0] {
  const family = dst.includes(':') ? uapi.AF_INET6 : uapi.AF_INET;
  const path = { via, oif: 2 };
  return {
    ...{ family, dst, type: 'unicast', table: 254, tos: 0, metric: 20, protocol: 186, scope: 0, flags: 0 },
    nexthops: [path],
    ...more,
  };
}

const ADD = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL;

/** What a monitor sees: two routes come, one of IPv6, one goes. */
const NOTICES: readonly NlMsgInit[] = [
  newRoute('10.0.0.0/8', '192.0.2.1', ADD),
  newRoute('10.1.0.0/16', '192.0.2.2', ADD),
  newRoute('2001:db8::/32', 'fe80::1', ADD),
  delRoute('10.1.0.0/16', '192.0.2.2'),
];

/** The same in words: `op prefix via`. */
export const TOLD = ['add 10.0.0.0/8 192.0.2.1', 'add 10.1.0.0/16 192.0.2.2', 'del 10.1.0.0/16 192.0.2.2'];

/** A change of a route in words. */
export function words(change: Change): string {
  if (change.kind !== 'route') return `${change.kind} ${change.op}`;
  const { op, route: of } = change;
  return [op, of.dst, ...of.nexthops.map((hop) => hop.via ?? `if${hop.oif}`)].join(' ');
}

export const RTMON = encodeMessages([
  timestamp(TIME_MS),
  ...NOTICES.slice(0, 2),
  timestamp(TIME_MS),
  ...NOTICES.slice(2),
]);

export const ROUTE_SAVE = encodeRouteSave([
  newRoute('10.0.0.0/8', '192.0.2.1', uapi.NLM_F_MULTI),
  newRoute('10.1.0.0/16', '192.0.2.2', uapi.NLM_F_MULTI),
]);

/** As dplane_fpm_nl sends it: a change is a deletion and a route in one frame. */
export const FPM = Buffer.concat([
  encodeFpm(encodeMessage(newRoute('10.0.0.0/8', '192.0.2.1', 0x501))),
  encodeFpm(
    encodeMessages([
      { ...delRoute('10.0.0.0/8', '192.0.2.1', { type: 'unspec', nexthops: [] }), flags: 0x401 },
      newRoute('10.0.0.0/8', '192.0.2.9', 0x501),
    ]),
  ),
  encodeFpm(encodeMessage(newRoute('2001:db8::/32', 'fe80::1', 0x401))),
]);

export const PCAP = encodePcap(
  253,
  NOTICES.map((message) => ({ bytes: encodeCooked(encodeMessage(message)), timeMs: TIME_MS })),
);

/** A pcapng of the packets of a pcap, in either order, with nanoseconds. */
export function pcapng(packets: readonly Uint8Array[], isLittle: boolean): Uint8Array {
  const block = (type: number, body: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(12 + body.length);
    const v = new DataView(bytes.buffer);
    v.setUint32(0, type, isLittle);
    v.setUint32(4, bytes.length, isLittle);
    bytes.set(body, 8);
    v.setUint32(bytes.length - 4, bytes.length, isLittle);
    return bytes;
  };
  const numbers = (
    list: readonly (readonly [size: number, value: number])[],
    tail: Uint8Array,
  ): Uint8Array => {
    const bytes = new Uint8Array(list.reduce((sum, [size]) => sum + size, 0) + ((tail.length + 3) & ~3));
    const v = new DataView(bytes.buffer);
    let at = 0;
    for (const [size, value] of list) {
      if (size === 1) v.setUint8(at, value);
      else if (size === 2) v.setUint16(at, value, isLittle);
      else v.setUint32(at, value, isLittle);
      at += size;
    }
    bytes.set(tail, at);
    return bytes;
  };
  const none = new Uint8Array(0);
  const ticks = BigInt(TIME_MS) * 1_000_000n;
  return Buffer.concat([
    block(0x0a0d0d0a, numbers([[4, 0x1a2b3c4d], [2, 1], [2, 0], [4, 0xffffffff], [4, 0xffffffff]], none)), // prettier-ignore
    block(1, numbers([[2, 253], [2, 0], [4, 0], [2, 9], [2, 1], [1, 9], [1, 0], [2, 0], [2, 0], [2, 0]], none)), // prettier-ignore
    block(5, new Uint8Array(12)), // statistics: passed over
    ...packets.map(
      (bytes) =>
      block(6, numbers([[4, 0], [4, Number(ticks >> 32n)], [4, Number(ticks & 0xffffffffn)], [4, bytes.length], [4, bytes.length]], bytes)), // prettier-ignore
    ),
  ]);
}

/** Big-endian bytes from numbers of so many bytes, and pieces as they are. */
function be(...parts: readonly (readonly [size: number, value: number] | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (part instanceof Uint8Array) return part;
      const bytes = Buffer.alloc(part[0]);
      bytes.writeUIntBE(part[1], 0, part[0]);
      return bytes;
    }),
  );
}

/** A MRT record. */
function mrtRecord(type: number, subtype: number, body: Uint8Array): Uint8Array {
  return be([4, TIME_MS / 1000], [2, type], [2, subtype], [4, body.length], body);
}

/** Path attributes: ORIGIN, AS_PATH, NEXT_HOP. */
function attributes(via: string): Uint8Array {
  const hop = Uint8Array.from(via.split('.').map(Number));
  return be([3, 0x400101], [1, 0], [3, 0x400206], [2, 0x0201], [4, 64500], [3, 0x400304], hop);
}

/** The table of two peers, one of IPv4 and two-byte AS, one of IPv6 and four-byte AS. */
const MRT_PEERS = mrtRecord(
  13,
  1,
  be(
    [4, 0x01020304],
    [2, 2],
    Buffer.from('rv'),
    [2, 2],
    be([1, 0], [4, 1], Uint8Array.of(192, 0, 2, 1), [2, 64500]),
    be(
      [1, 3],
      [4, 2],
      Uint8Array.from([0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), 2]),
      [4, 70000],
    ),
  ),
);

/** A RIB entry of `prefix` (length and bytes) with paths: peer, next hop, and, with ADDPATH, path id. */
function mrtRib(
  prefix: readonly number[],
  paths: readonly (readonly [peer: number, via: string, pathId?: number])[],
): Uint8Array {
  const hasIds = paths[0]?.[2] !== undefined;
  const entries = paths.map(([peer, via, pathId]) => {
    const attrs = attributes(via);
    const id = pathId === undefined ? new Uint8Array(0) : be([4, pathId]);
    return be([2, peer], [4, 0], id, [2, attrs.length], attrs);
  });
  return mrtRecord(13, hasIds ? 8 : 2, be([4, 0], Uint8Array.from(prefix), [2, paths.length], ...entries));
}

/** A BGP4MP_MESSAGE_AS4 of a peer 192.0.2.N: prefixes withdrawn, and announced with a next hop. */
export function mrtUpdate(
  peer: number,
  withdrawn: readonly number[],
  announced: readonly number[],
  via = '192.0.2.1',
): Uint8Array {
  const attrs = announced.length === 0 ? new Uint8Array(0) : attributes(via);
  const gone = Uint8Array.from(withdrawn);
  const body = be([2, gone.length], gone, [2, attrs.length], attrs, Uint8Array.from(announced));
  const bgp = be(new Uint8Array(16).fill(255), [2, 19 + body.length], [1, 2], body);
  return mrtRecord(16, 4, be(mrtHead(peer), bgp));
}

/** A BGP4MP_STATE_CHANGE_AS4 of such a peer. */
export function mrtState(peer: number, from: number, to: number): Uint8Array {
  return mrtRecord(16, 5, be(mrtHead(peer), [2, from], [2, to]));
}

function mrtHead(peer: number): Uint8Array {
  const collector = Uint8Array.of(192, 0, 2, 254);
  return be([4, 64500 + peer], [4, 65000], [2, 0], [2, 1], Uint8Array.of(192, 0, 2, peer), collector);
}

export const MRT = Buffer.concat([
  MRT_PEERS,
  mrtRib([8, 10], [[0, '192.0.2.1'], [1, '192.0.2.7']]), // prettier-ignore
  mrtRib([16, 10, 1], [[1, '192.0.2.7', 5]]),
  mrtUpdate(1, [], [24, 10, 2, 3]),
  mrtUpdate(1, [24, 10, 2, 3], []),
]);

/** As `ip monitor all` writes it. */
export const MONITOR = `\
[LINK]2: e0: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UNKNOWN group default
    link/ether 02:00:00:00:10:01 brd ff:ff:ff:ff:ff:ff
[ADDR]2: e0    inet 192.0.2.254/24 brd 192.0.2.255 scope global secondary e0
       valid_lft forever preferred_lft forever
[ROUTE]10.0.0.0/8 via 192.0.2.1 dev e0 proto bgp metric 20
[ROUTE]10.1.0.0/16 proto static
	nexthop via 192.0.2.1 dev e0 weight 1
	nexthop via 192.0.2.2 dev e0 weight 3
[NEXTHOP]id 10 group 1,2/2,7 scope global proto unspec
[RULE]101:	from all fwmark 0x10/0xff iif e0 lookup 1000 proto unspec
[NEIGH]192.0.2.1 dev e0 lladdr 02:00:00:00:00:01 REACHABLE
[ROUTE]Deleted 10.0.0.0/8 via 192.0.2.1 dev e0 proto bgp metric 20
`;
