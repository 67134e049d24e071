/**
 * wire/golden.ts - messages that a kernel sent (NL-69..76), taken apart for the reader, with what they mean.
 *
 * Sequence numbers and port ids are zero; v0 is interface 3, v2 is 5.
 */
import type { RouteMessage } from '../../src/wire/index.js';

export interface Golden {
  readonly rule: string;
  /** The command whose notification it is. */
  readonly command: string;
  /** RTM_* and NLM_F_* of the header. */
  readonly type: number;
  readonly flags: number;
  /** The whole message. */
  readonly bytes: string;
  readonly route: RouteMessage;
}

const usual = {
  family: 2,
  type: 'unicast',
  table: 254,
  tos: 0,
  metric: 0,
  protocol: 3,
  scope: 0,
  flags: 0,
} as const;

const NL69 =
  '02 08 00 00 fe 03 00 01 00000000 |' + // family, dst_len, src_len, tos, table, protocol, scope, type, flags
  '0800 0f00 fe000000 |' + // RTA_TABLE 254
  '0800 0100 32000000 |' + // RTA_DST 50.0.0.0
  '0800 0600 07000000 |' + // RTA_PRIORITY 7
  '1400 0800 [0800 0100 04000000, 0800 0200 78050000] |' + // RTA_METRICS: lock the bit of mtu, mtu 1400
  '0800 0500 0a000009 |' + // RTA_GATEWAY 10.0.0.9
  '0800 0400 03000000'; // RTA_OIF v0

const NL70 =
  '02 08 00 00 fe 03 00 01 00000000 | 0800 0f00 fe000000 | 0800 0100 33000000 |' +
  '2400 0900' + // RTA_MULTIPATH, not marked as nested
  '[1000 00 00 03000000 0800 0500 0a000009]' + // 16 bytes, no flags, weight 1, v0, RTA_GATEWAY
  '[1000 00 02 05000000 0800 0500 0a000109]'; // 16 bytes, no flags, weight 3, v2, RTA_GATEWAY

const multipath: RouteMessage = {
  ...usual,
  dst: '51.0.0.0/8',
  nexthops: [
    { via: '10.0.0.9', oif: 3, weight: 1 },
    { via: '10.0.1.9', oif: 5, weight: 3 },
  ],
};

export const GOLDEN: readonly Golden[] = [
  {
    rule: 'NL-21',
    command: 'ip address add 10.0.0.1/24 dev v4 (index 7): its connected route',
    type: 24,
    flags: 0x600,
    bytes:
      '3c000000 1800 0006 00000000 00000000 | 02 18 00 00 fe 02 fd 01 00000000 | 0800 0f00 fe000000 |' +
      '0800 0100 0a000000 | 0800 0700 0a000001 | 0800 0400 07000000', // RTA_PREFSRC stands before RTA_OIF
    route: {
      ...usual,
      dst: '10.0.0.0/24',
      protocol: 2,
      scope: 253,
      prefsrc: '10.0.0.1',
      nexthops: [{ oif: 7 }],
    },
  },
  {
    rule: 'NL-69',
    command: 'ip route add 50.0.0.0/8 via 10.0.0.9 metric 7 mtu lock 1400',
    type: 24,
    flags: 0x600,
    bytes: '58000000 1800 0006 00000000 00000000 |' + NL69,
    route: {
      ...usual,
      dst: '50.0.0.0/8',
      metric: 7,
      metrics: { lock: 4, mtu: 1400 },
      nexthops: [{ via: '10.0.0.9', oif: 3 }],
    },
  },
  {
    rule: 'NL-70',
    command: 'ip route add 51.0.0.0/8 nexthop via 10.0.0.9 weight 1 nexthop via 10.0.1.9 weight 3',
    type: 24,
    flags: 0x600,
    bytes: '50000000 1800 0006 00000000 00000000 |' + NL70,
    route: multipath,
  },
  {
    rule: 'NL-71',
    command: 'ip route append 50.0.0.0/8 via 10.0.0.8 metric 7',
    type: 24,
    flags: 0xc00,
    bytes:
      '44000000 1800 000c 00000000 00000000 | 02 08 00 00 fe 03 00 01 00000000 | 0800 0f00 fe000000 |' +
      '0800 0100 32000000 | 0800 0600 07000000 | 0800 0500 0a000008 | 0800 0400 03000000',
    route: { ...usual, dst: '50.0.0.0/8', metric: 7, nexthops: [{ via: '10.0.0.8', oif: 3 }] },
  },
  {
    rule: 'NL-72',
    command: 'ip route replace 50.0.0.0/8 via 10.0.0.7 metric 7 tos 0x10',
    type: 24,
    flags: 0x600,
    bytes:
      '44000000 1800 0006 00000000 00000000 | 02 08 00 10 fe 03 00 01 00000000 | 0800 0f00 fe000000 |' +
      '0800 0100 32000000 | 0800 0600 07000000 | 0800 0500 0a000007 | 0800 0400 03000000',
    route: { ...usual, dst: '50.0.0.0/8', tos: 16, metric: 7, nexthops: [{ via: '10.0.0.7', oif: 3 }] },
  },
  {
    rule: 'NL-73',
    command: 'ip route add blackhole 52.0.0.0/8 table 1000',
    type: 24,
    flags: 0x600,
    bytes:
      '2c000000 1800 0006 00000000 00000000 | 02 08 00 00 fc 03 00 06 00000000 |' + // table 252: see RTA_TABLE
      '0800 0f00 e8030000 | 0800 0100 34000000',
    route: { ...usual, dst: '52.0.0.0/8', type: 'blackhole', table: 1000, nexthops: [] },
  },
  {
    rule: 'NL-74',
    command: 'ip route add 53.0.0.0/8 via inet6 fe80::5 dev v0',
    type: 24,
    flags: 0x600,
    bytes:
      '4c000000 1800 0006 00000000 00000000 | 02 08 00 00 fe 03 00 01 00000000 | 0800 0f00 fe000000 |' +
      '0800 0100 35000000 | 1600 1200 0a00 fe800000000000000000000000000005 0000 |' + // RTA_VIA: family, address, pad
      '0800 0400 03000000',
    route: { ...usual, dst: '53.0.0.0/8', nexthops: [{ via: 'fe80::5', oif: 3 }] },
  },
  {
    rule: 'NL-75',
    command: 'ip route add 54.0.0.0/8 via 99.0.0.1 dev v0 onlink src 10.0.0.1 realm 3/4',
    type: 24,
    flags: 0x600,
    bytes:
      '4c000000 1800 0006 00000000 00000000 | 02 08 00 00 fe 03 00 01 04000000 | 0800 0f00 fe000000 |' + // flags: onlink
      '0800 0100 36000000 | 0800 0700 0a000001 | 0800 0500 63000001 | 0800 0400 03000000 | 0800 0b00 04000300',
    route: {
      ...usual,
      dst: '54.0.0.0/8',
      flags: 4,
      prefsrc: '10.0.0.1',
      nexthops: [{ via: '99.0.0.1', oif: 3, flags: 4, realm: 0x30004 }],
    },
  },
  {
    rule: 'NL-76',
    command: 'ip route del 51.0.0.0/8',
    type: 25,
    flags: 0,
    bytes: '50000000 1900 0000 00000000 00000000 |' + NL70,
    route: multipath,
  },
  {
    rule: 'NL-82',
    command: 'ip route add 55.0.0.0/8 nhid 9, a group of two',
    type: 24,
    flags: 0x600,
    bytes:
      '58000000 1800 0006 00000000 00000000 | 02 08 00 00 fe 03 00 01 00000000 | 0800 0f00 fe000000 |' +
      '0800 0100 37000000 | 0800 1e00 09000000 |' + // RTA_NH_ID 9
      '2400 0900 [1000 00 01 03000000 0800 0500 0a000009] [1000 00 02 05000000 0800 0500 0a000109]',
    route: {
      ...usual,
      dst: '55.0.0.0/8',
      nhid: 9,
      nexthops: [
        { via: '10.0.0.9', oif: 3, weight: 2 },
        { via: '10.0.1.9', oif: 5, weight: 3 },
      ],
    },
  },
  {
    rule: 'V6-7',
    command: 'ip -6 route add 2001:db8:b::/48 from 2001:db8:1::/64 via 2001:db8:1::2 pref low',
    type: 24,
    flags: 0x600,
    bytes:
      '9c000000 1800 0006 00000000 00000000 | 0a 30 40 00 fe 03 00 01 00000000 | 0800 0f00 fe000000 |' +
      '1400 0100 20010db8000b00000000000000000000 | 1400 0200 20010db8000100000000000000000000 |' + // RTA_SRC
      '0800 0600 00040000 | 1400 0500 20010db8000100000000000000000002 | 0800 0400 02000000 |' +
      '2400 0c00 0000000000000000 1027000000000000 0000000000000000 0000000000000000 |' + // RTA_CACHEINFO: expires
      '0500 1400 03 000000', // RTA_PREF low, three bytes of padding
    route: {
      ...usual,
      family: 10,
      dst: '2001:db8:b::/48',
      src: '2001:db8:1::/64',
      metric: 1024,
      pref: 3,
      nexthops: [{ via: '2001:db8:1::2', oif: 2 }],
      unknown: [
        {
          type: 12,
          flags: 0,
          payload: Uint8Array.from({ length: 32 }, (_, i) => (i === 8 ? 0x10 : i === 9 ? 0x27 : 0)),
        },
      ],
    },
  },
];
