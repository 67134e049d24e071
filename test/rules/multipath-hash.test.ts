/**
 * rules/multipath-hash.test.ts - the hash of a flow and the bounds of paths, by vectors that a kernel confirmed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FORM_PACKET, FORM_QUERY, FORM_SOCKET } from '../../src/abi/records.js';
import { instantiate } from '../../src/core/load.js';
import { parseAddress4, parseAddress6 } from '../../src/text/address.js';
import { checkModule, type CheckExports } from '../core/check-build.js';

/** The doors of assembly/testing.ts to assembly/fib/hash.ts; u32 and u64 come as signed numbers. */
interface HashExports extends CheckExports {
  flowHash(
    policy: number,
    fields: number,
    seed: number,
    form: number,
    src: number,
    dst: number,
    proto: number,
    sport: number,
    dport: number,
  ): number;
  blockSip4(
    seed: number,
    proto: number,
    label: number,
    sport: number,
    dport: number,
    src: number,
    dst: number,
  ): bigint;
  blockSip6(seed: number, proto: number, label: number, sport: number, dport: number, words: number): bigint;
  mix2(a: number, b: number): number;
  upperBound(w: bigint, total: bigint): number;
}

const core = instantiate(checkModule) as HashExports;
core.init(0);
const addresses = core.lease(32);

const hex8 = (x: number) => (x >>> 0).toString(16).padStart(8, '0');
const hex16 = (x: bigint) => BigInt.asUintN(64, x).toString(16).padStart(16, '0');
const rows = (table: string) =>
  table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

const FORMS: Record<string, number> = { query: FORM_QUERY, packet: FORM_PACKET, socket: FORM_SOCKET };

/**
 * Vectors of flows without tunnels, and of tunnels and ICMP errors (0.14, 1.17, 2.13, 3.19) of which the outer header
 * alone counts. Protocol and ports as hashed: UDP unless the query says otherwise, no ports for a query of ICMP (1.10)
 * nor in a fragment (1.16), type and code as a raw socket's dport (1.14). The policy is the number before the point.
 *  no.  seed       fields form  src          dst           proto ports       h
 */
const FLOWS = `
  0.1  1          -     query  -            20.0.0.1       17 0>0         62650bc4
  0.2  24301      -     query  -            20.1.2.3       17 0>0         62ed9db4
  0.3  305419896  -     query  10.99.0.1    20.255.255.254 17 0>0         106db83d
  0.4  24301      -     query  10.2.0.1     20.7.0.9       17 0>0         395a378b
  0.5  4294967295 -     query  192.0.2.7    20.0.0.9       17 0>0         129520c6
  0.6  24301      -     query  10.100.3.4   20.0.0.9       17 0>0         164d315d
  0.7  24301      -     query  9.9.9.200    20.0.0.9       17 0>0         33c06d8c
  0.8  24301      -     query  -            20.1.2.3       6  1000>80     62ed9db4
  0.9  2147483648 -     query  10.99.0.1    20.9.8.7       17 0>0         3ab7b747
  0.10 24301      -     socket 10.99.0.1    20.1.2.3       17 5000>53     1773f20c
  0.11 24301      -     socket -            20.1.2.3       17 5001>53     62ed9db4
  0.12 24301      -     packet 198.51.100.9 20.4.4.4       6  1>2         151e75a2
  0.14 24301      -     packet 198.51.100.9 20.4.4.4       4  0>0         151e75a2
  1.1  1          -     query  -            20.0.0.1       17 0>0         3c037122
  1.2  24301      -     query  -            20.1.2.3       17 0>0         1db04fb2
  1.3  305419896  -     query  10.99.0.1    20.255.255.254 17 0>0         7f541697
  1.4  24301      -     query  10.2.0.1     20.7.0.9       17 0>0         5338ffdb
  1.5  4294967295 -     query  192.0.2.7    20.0.0.9       17 0>0         6aad6d3c
  1.6  24301      -     query  10.100.3.4   20.0.0.9       17 0>0         6242391b
  1.7  24301      -     query  10.99.0.1    20.1.2.3       6  1000>80     7c1ac9a1
  1.8  24301      -     query  10.99.0.1    20.1.2.3       6  80>1000     7c1ac9a1
  1.9  24301      -     query  10.99.0.1    20.1.2.3       17 255>256     3f2c7e4a
  1.10 24301      -     query  10.99.0.1    20.1.2.3       1  0>0         0d7bc329
  1.11 24301      -     query  192.0.2.7    20.1.2.3       17 33434>53    768cc4fa
  1.12 24301      -     query  192.0.2.7    20.1.2.3       17 33434>0     57de6cb7
  1.13 24301      -     socket 10.99.0.1    20.1.2.3       17 5000>53     0ccd0aae
  1.14 24301      -     socket 10.99.0.1    20.1.2.3       1  0>2048      059f32c1
  1.15 24301      -     packet 198.51.100.9 20.4.4.4       50 4660>22136  6e912760
  1.16 24301      -     packet 198.51.100.9 20.4.4.4       17 0>0         19525308
  1.17 24301      -     packet 198.51.100.9 20.4.4.4       47 0>0         52b434ce
  2.1  1          -     query  -            20.0.0.1       17 0>0         62650bc4
  2.2  24301      -     query  -            20.1.2.3       17 0>0         62ed9db4
  2.3  305419896  -     query  10.99.0.1    20.255.255.254 17 0>0         106db83d
  2.4  24301      -     query  10.2.0.1     20.7.0.9       17 0>0         395a378b
  2.5  4294967295 -     query  192.0.2.7    20.0.0.9       17 0>0         129520c6
  2.6  24301      -     query  10.100.3.4   20.0.0.9       17 0>0         164d315d
  2.7  24301      -     query  10.99.0.1    20.1.2.3       6  1000>80     1773f20c
  2.8  24301      -     socket 10.99.0.1    20.1.2.3       17 5000>53     1773f20c
  2.9  24301      -     packet 198.51.100.9 20.4.4.4       6  1>2         151e75a2
  2.13 24301      -     packet 198.51.100.9 20.4.4.4       1  0>0         151e75a2
  3.1  24301      0x007 query  -            20.1.2.3       17 0>0         279e9856
  3.2  24301      0x007 query  10.100.3.4   20.0.0.9       17 0>0         6297e60b
  3.3  24301      0x037 query  10.99.0.1    20.1.2.3       6  1000>80     1b22010f
  3.4  24301      0x037 socket 10.99.0.1    20.1.2.3       17 5000>53     0ccd0aae
  3.5  24301      0x037 query  10.99.0.1    20.1.2.3       17 5000>53     3bab9519
  3.6  305419896  0x033 query  10.99.0.1    20.1.2.3       6  1000>80     3e3d236c
  3.7  24301      0x001 query  192.0.2.7    20.0.0.9       17 0>0         43c8cddc
  3.8  24301      0x002 query  192.0.2.7    20.0.0.9       17 0>0         0db36312
  3.9  24301      0x004 query  -            20.1.2.3       1  0>0         6d2e41dc
  3.10 24301      0x008 query  -            20.1.2.3       17 0>0         5564a92a
  3.11 24301      0x030 query  192.0.2.7    20.1.2.3       17 53>33434    0f802ceb
  3.12 4294967295 0x03f query  10.2.0.1     20.7.0.9       6  9>8         2dc66cd7
  3.13 24301      0xfc0 query  -            20.1.2.3       17 0>0         2c60c25f
  3.14 24301      0xfc0 socket 10.99.0.1    20.1.2.3       17 5000>53     00000000
  3.15 24301      0xfff packet 198.51.100.9 20.4.4.4       17 53>4000     311fa0ff
  3.19 24301      0x007 packet 198.51.100.9 20.4.4.4       4  0>0         5720e3b3
`;

test.each(rows(FLOWS))(
  'MPH-11, MPH-12, MPH-13, MPH-20 flow %s',
  (no, seed, fields, form, src, dst, proto, ports, h) => {
    const [sport, dport] = ports.split('>').map(Number);
    const hash = core.flowHash(
      Number(no.split('.')[0]),
      fields === '-' ? 0x7 : Number(fields),
      Number(seed),
      FORMS[form]!,
      src === '-' ? 0 : parseAddress4(src),
      parseAddress4(dst),
      Number(proto),
      sport!,
      dport!,
    );
    expect(hex8(hash)).toBe(h);
  },
);

/**
 * Blocks and their whole SipHash; a block of zeros first.
 *   seed       proto sport>dport src       dst            siphash
 */
const BLOCKS4 = `
  0          0  0>0         0.0.0.0      0.0.0.0        72fb18b12a02f7df
  24301      0  0>0         0.0.0.0      0.0.0.0        9a40cea3a66b2227
  1          0  0>0         0.0.0.0      20.0.0.1       4ef9d85ec4ca1789
  4294967295 0  0>0         192.0.2.7    20.0.0.9       8f374d93252a418c
  24301      0  0>0         9.9.9.200    20.0.0.9       15c1955a6780db18
  2147483648 0  0>0         10.99.0.1    20.9.8.7       6de9ae26756f6e8e
  24301      17 255>256     10.99.0.1    20.1.2.3       47db15117e58fc95
  24301      17 33434>53    192.0.2.7    20.1.2.3       4bb4574eed1989f5
  24301      50 4660>22136  198.51.100.9 20.4.4.4       c7c0833cdd224ec1
  24301      6  5>6         172.16.1.1   172.16.2.2     c9c15d298eceaa4c
  4294967295 6  9>8         10.2.0.1     20.7.0.9       31bb84769d4a0026
`;

test.each(rows(BLOCKS4))(
  'MPH-19, MPH-23, MPH-24 block of IPv4, seed %s proto %s ports %s %s %s',
  (seed, proto, ports, src, dst, sip) => {
    const [s, d] = ports.split('>').map(Number);
    const [from, to] = [parseAddress4(src), parseAddress4(dst)];
    expect(hex16(core.blockSip4(Number(seed), Number(proto), 0, s!, d!, from, to))).toBe(sip);
    expect(hex16(core.blockSip4(Number(seed), Number(proto), 0, d!, s!, to, from))).toBe(sip);
  },
);

/**
 * The same of IPv6; 0x4523_0100 is label 0x12345 as a packet under policies 2 and 3 stores it (MPH-39).
 *   seed  proto label      sport>dport src           dst              siphash
 */
const BLOCKS6 = `
  24301 0  0          0>0     ::             ::             f3876d0212b10178
  24301 0  0          0>0     ::             2001:beef::1   2637df4fc6f4dac1
  24301 17 0x12345    0>0     2001:db8:99::1 2001:beef::1   0fea7ec5a951fa29
  1     6  0          0>0     2600::9        2001:beef:5::1 8a058c4c403a3658
  24301 6  0          1000>80 2001:db8:99::1 2001:beef::1   b98c1a005d99a136
  24301 17 0x12345    5>6     2001:db8:99::1 2001:beef::1   4f7dece539e21e56
  24301 0  0          5>6     2001:db8:99::1 2001:beef::1   075be4e518ed6961
  24301 17 0x45230100 0>0     2001:db8::1    2001:db8:1::2  e526ece445d8f8e1
  24301 17 0x45230100 5>6     2001:db8::1    2001:db8:1::2  25e79602843d4bbc
`;

/** Writes two IPv6 addresses as host-order words into the lease. */
function put(src: string, dst: string): number {
  const memory = new DataView(core.memory.buffer, addresses, 32);
  [src, dst].forEach((text, which) => {
    const bytes = new DataView(parseAddress6(text).slice().buffer);
    for (let at = 0; at < 16; at += 4) memory.setUint32(16 * which + at, bytes.getUint32(at), true);
  });
  return addresses;
}

test.each(rows(BLOCKS6))(
  'MPH-19, MPH-24 block of IPv6, seed %s proto %s label %s ports %s %s %s',
  (seed, proto, label, ports, src, dst, sip) => {
    const [s, d] = ports.split('>').map(Number);
    const hash = (from: string, to: string, sport: number, dport: number) =>
      hex16(core.blockSip6(Number(seed), Number(proto), Number(label), sport, dport, put(from, to)));
    expect(hash(src, dst, s!, d!)).toBe(sip);
    expect(hash(dst, src, d!, s!)).toBe(sip);
  },
);

test('MPH-19 both directions of a flow hash alike, and so does the flow with its ports exchanged', () => {
  const address = fc.integer({ min: 0, max: 0xffffffff });
  const port = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.nat(3), address, address, port, port, (policy, src, dst, sport, dport) => {
      const hash = (a: number, b: number, s: number, d: number) =>
        core.flowHash(policy, 0x3f, 24301, FORM_QUERY, a, b, 17, s, d);
      const there = hash(src, dst, sport, dport);
      expect(hash(dst, src, dport, sport)).toBe(there);
      expect(hash(src, dst, dport, sport)).toBe(there);
    }),
    { seed: 19 },
  );
});

test('MPH-12 an unselected field is zero before the order is made: it changes nothing, whatever its value', () => {
  const hash = (src: number, sport: number) =>
    core.flowHash(3, 0x22, 24301, FORM_QUERY, src, 0x14000001, 17, sport, 53);
  expect(hash(0xffffffff, 0xffff)).toBe(hash(0, 0));
});

/** Outer and inner h32, and what becomes of them; the last three are tunnels (vectors 3.16 to 3.18). */
const MIXES = `
  00000000 00000000 58c184bf
  00000001 00000000 5543253f
  12345678 00000000 d134ea9a
  12345678 9abcdef0 74c82ab8
  ffffffff ffffffff 52648e85
  b7c40d11 8eceaa4c c74ac909
  00000000 8eceaa4c d99db15a
  af7551b0 843d4bbc 1dcbc865
`;

test.each(rows(MIXES))('MPH-26 mix of %s and %s', (a, b, mixed) => {
  expect(hex8(core.mix2(parseInt(a, 16), parseInt(b, 16)))).toBe(mixed);
});

test.each([
  [[1, 1], '3fffffff 7fffffff'],
  [[1, 3], '1fffffff 7fffffff'],
  [[1, 1, 1], '2aaaaaaa 55555554 7fffffff'],
  [[1, 256], '007f807f 7fffffff'],
  [[1, 2, 3, 1], '12492491 36db6db6 6db6db6d 7fffffff'],
  [[100, 1, 10], '7350b880 7477ed8c 7fffffff'],
  [[65535, 300, 1000], '7d82a222 7e15b7cb 7fffffff'],
  [[3, 3, 3, 3, 3, 3, 3], '12492491 24924924 36db6db6 49249248 5b6db6da 6db6db6d 7fffffff'],
])('MPH-27 upper bounds of weights %j', (weights, bounds) => {
  const total = weights.reduce((a, b) => a + b);
  let w = 0;
  expect(weights.map((weight) => hex8(core.upperBound(BigInt((w += weight)), BigInt(total)))).join(' ')).toBe(
    bounds,
  );
});

test('MPH-27 the last bound is the highest hash, however many and heavy the paths are', () => {
  for (const total of [1n, 2n, 3n, 65535n * 8191n, (1n << 32n) - 1n]) {
    expect(core.upperBound(total, total)).toBe(0x7fffffff);
  }
});
