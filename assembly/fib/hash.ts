// fib/hash.ts - which path a flow takes: the flow's hash and the bounds it is held against. Pure arithmetic, no state.
//
// A flow becomes a block, the block SipHash-2-4 under a key made of the seed, and 31 bits of that are h; the path is
// the first one whose upper bound is h or more (MPH-29). The block is never in memory: its words are made as the
// hash asks for them. Addresses, ports and labels come in host order and are swapped here; the words, as the hash
// loads network-order bytes, are little endian:
//
//   IPv4   0  proto << 16 | label << 32     1, 2  zero     3  ports << 32     4  first << 32     5  second
//   IPv6   0..3 the same     4..8  32 bytes of addresses from the middle of 4 to the middle of 8
//
// Not here: hashes that come with a packet or a tunnel device (MPH-17, MPH-18), fields of inner headers; those who
// parse packets mix an inner h32 themselves.
// Source: Aumasson & Bernstein, SipHash, 2012; Jenkins, lookup3.c, 2006 (public domain); rules MPH-11..27.

import { FORM_SOCKET } from "../../src/abi/records";
import { CHECK } from "../config";
import { keyLess } from "../key";

/** The policies that hash more than addresses (MPH-11): the transport's fields; those that are chosen. */
const BY_LAYER4: u32 = 1;
const BY_FIELDS: u32 = 3;

/** Field bits of the outer header (MPH-12); the flow label, 8, puts nothing in an IPv4 block. */
const SRC: u32 = 1;
const DST: u32 = 2;
const PROTO: u32 = 4;
const SPORT: u32 = 16;
const DPORT: u32 = 32;
const OUTER: u32 = 63;

/**
 * The 31-bit hash h of an IPv4 flow without tunnels (MPH-20).
 * `proto` and the ports are taken as they are to be hashed: that a query without a protocol is UDP, that a query's
 * ICMP has no ports, what a fragment hides or an ICMP error quotes are the caller's (MPH-6..9, MPH-14, MPH-15).
 * `seed` is not 0, which says "unset" (MPH-22); `fields` counts with policy 3 only. About 18 rounds.
 * Of many flows that differ in addresses and ports alone the first leaves the state of the hash after the words that
 * all have in `kept` (HASH_KEPT bytes; 0 = nowhere), and the others, `isKept`, go on from there: 12 rounds.
 */
export function flowHash(
  policy: u32,
  fields: u32,
  seed: u32,
  form: u32,
  src: u32,
  dst: u32,
  proto: u8,
  sport: u16,
  dport: u16,
  kept: usize,
  isKept: bool,
): u32 {
  if (CHECK) assert(seed != 0 && policy <= BY_FIELDS, "MPH-42");
  const used = fieldsOf(policy, fields);
  let h32: u32 = 0; // MPH-13 nothing selected: no block
  if (used) {
    h32 = <u32>(
      blockSip<u32>(
        seed,
        used & PROTO ? proto : 0,
        0,
        used & SPORT ? sport : 0,
        used & DPORT ? dport : 0,
        used & SRC ? src : 0,
        used & DST ? dst : 0,
        kept,
        isKept,
      )
    );
    if (!h32) h32 = 1; // MPH-25
  }
  if (policy == BY_FIELDS && form != FORM_SOCKET) h32 = mix2(h32, 0); // MPH-20 the inner header is absent, not unasked
  return h32 >>> 1;
}

/** The fields that a policy puts into the block of a flow without tunnels (MPH-11). */
function fieldsOf(policy: u32, fields: u32): u32 {
  if (policy == BY_FIELDS) return fields & OUTER;
  return policy == BY_LAYER4 ? SRC | DST | PROTO | SPORT | DPORT : SRC | DST;
}

/**
 * SipHash-2-4 of a block, its ports and its addresses each put in order first (MPH-19, MPH-23): both directions of a
 * flow give the same. `K` is u32 for IPv4 and v128 for IPv6, as in key.ts; `kept` and `isKept` as in `sip`.
 */
export function blockSip<K>(
  seed: u32,
  proto: u8,
  label: u32,
  sport: u16,
  dport: u16,
  src: K,
  dst: K,
  kept: usize,
  isKept: bool,
): u64 {
  const head = ((<u64>bswap<u32>(label)) << 32) | ((<u64>proto) << 16);
  const s = bswap<u16>(sport);
  const d = bswap<u16>(dport);
  const ports = ((<u64>min<u16>(s, d)) << 32) | ((<u64>max<u16>(s, d)) << 48);
  const key = <u64>seed * 0x100000001;
  const isTurned = addressLess<K>(dst, src);
  const first = select<K>(dst, src, isTurned);
  return sip<K>(key, head, ports, first, select<K>(src, dst, isTurned), kept, isKept);
}

/** The order of addresses in a block: IPv4 as little-endian numbers, IPv6 byte by byte (MPH-19). */
// @ts-ignore: decorator
@inline function addressLess<K>(a: K, b: K): bool {
  if (isVector<K>()) return keyLess<K>(a, b);
  return bswap<u32>(<u32>a) < bswap<u32>(<u32>b);
}

/** Words at the beginning of a block that flows of one protocol and label have in common. */
const COMMON: u32 = 3;
/** Bytes of the hash's state. */
export const HASH_KEPT: i32 = 32;

/**
 * SipHash-2-4 of the block's words and then its length, with both halves of the key alike (MPH-24).
 * The four rounds of the end are two more steps without a word: so every step is alike, and a third quicker.
 * The state after the common words is left in `kept` unless that is 0; with `isKept` it is taken from there.
 */
function sip<K>(key: u64, head: u64, ports: u64, first: K, second: K, kept: usize, isKept: bool): u64 {
  let i: u32 = 0;
  let v0 = key ^ 0x736f6d6570736575;
  let v1 = key ^ 0x646f72616e646f6d;
  let v2 = key ^ 0x6c7967656e657261;
  let v3 = key ^ 0x7465646279746573;
  const end = blockWords<K>() + 1;
  if (isKept) {
    i = COMMON;
    v0 = load<u64>(kept);
    v1 = load<u64>(kept, 8);
    v2 = load<u64>(kept, 16);
    v3 = load<u64>(kept, 24);
  }
  for (; i < end + 2; i++) {
    const m = blockWord<K>(i, head, ports, first, second);
    if (i == end) v2 ^= 0xff;
    v3 ^= m;
    for (let round = 0; round < 2; round++) {
      v0 += v1;
      v1 = rotl<u64>(v1, 13) ^ v0;
      v0 = rotl<u64>(v0, 32);
      v2 += v3;
      v3 = rotl<u64>(v3, 16) ^ v2;
      v0 += v3;
      v3 = rotl<u64>(v3, 21) ^ v0;
      v2 += v1;
      v1 = rotl<u64>(v1, 17) ^ v2;
      v2 = rotl<u64>(v2, 32);
    }
    v0 ^= m;
    if (i == COMMON - 1 && kept) {
      store<u64>(kept, v0);
      store<u64>(kept, v1, 8);
      store<u64>(kept, v2, 16);
      store<u64>(kept, v3, 24);
    }
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** Words of a block: 48 bytes, or 72 when the addresses are wide (MPH-19). */
// @ts-ignore: decorator
@inline function blockWords<K>(): u32 {
  return isVector<K>() ? 9 : 6;
}

/** Word i of a block, its length after the last, 0 after that. */
// @ts-ignore: decorator
@inline function blockWord<K>(i: u32, head: u64, ports: u64, first: K, second: K): u64 {
  if (i == 0) return head;
  if (i == 3) return ports;
  if (i == blockWords<K>()) return (<u64>(blockWords<K>() * 8)) << 56;
  if (isVector<K>()) return addressWord6(i, <v128>first, <v128>second);
  if (i == 4) return (<u64>bswap<u32>(<u32>first)) << 32;
  return i == 5 ? bswap<u32>(<u32>second) : 0;
}

/** Words 4..8 of an IPv6 block, else 0: four halves of addresses, each half a word late. */
function addressWord6(i: u32, first: v128, second: v128): u64 {
  if (i == 4) return high(first) << 32;
  if (i == 5) return (high(first) >>> 32) | (low(first) << 32);
  if (i == 6) return (low(first) >>> 32) | (high(second) << 32);
  if (i == 7) return (high(second) >>> 32) | (low(second) << 32);
  return i == 8 ? low(second) >>> 32 : 0;
}

/** The first eight bytes of an address, little endian. */
// @ts-ignore: decorator
@inline function high(address: v128): u64 {
  return bswap<u64>(<u64>i64x2.extract_lane(address, 1));
}

/** The last eight bytes of an address, little endian. */
// @ts-ignore: decorator
@inline function low(address: v128): u64 {
  return bswap<u64>(<u64>i64x2.extract_lane(address, 0));
}

/** Mixes the h32 of an outer and an inner block into one: lookup3's last step for two words (MPH-26). */
export function mix2(a: u32, b: u32): u32 {
  const start: u32 = 0xdeadbeef + 8; // lookup3's constant and the length in bytes
  let c = start;
  a += start;
  b += start;
  c = (c ^ b) - rotl<u32>(b, 14);
  a = (a ^ c) - rotl<u32>(c, 11);
  b = (b ^ a) - rotl<u32>(a, 25);
  c = (c ^ b) - rotl<u32>(b, 16);
  a = (a ^ c) - rotl<u32>(c, 4);
  b = (b ^ a) - rotl<u32>(a, 14);
  return (c ^ b) - rotl<u32>(b, 24);
}

/**
 * Upper bound of a path: the highest h it takes (MPH-27). `w` sums the weights of the usable paths up to this one,
 * itself included, `total` those of all. An unusable path has -1 and adds nothing, which is the caller's.
 * Weights that sum to less than 2^32 keep everything here in 64 bits, and no message carries as many.
 */
export function upperBound(w: u64, total: u64): i32 {
  if (CHECK) assert(w > 0 && w <= total, "MPH-27");
  return <i32>(((w << 31) + (total >>> 1)) / total - 1);
}
