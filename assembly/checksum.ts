// checksum.ts - XXH64: 64 bits over any run of bytes, as fast as memory can be read.
//
// Four lanes of 8 bytes each, which do not wait for each other. Source: the xxHash specification, section XXH64
// (Collet); here the seed is 0 and the length a multiple of 4.

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

/** Bytes of a stripe: a word for each lane. */
const STRIPE: usize = 32;

/** XXH64 of `bytes` bytes, a multiple of 4, from `at` on. O(bytes). */
export function checksum(at: usize, bytes: usize): u64 {
  const end = at + bytes;
  let h: u64 = P5;
  if (bytes >= STRIPE) {
    let a: u64 = P1 + P2;
    let b: u64 = P2;
    let c: u64 = 0;
    let d: u64 = 0 - P1;
    for (; end - at >= STRIPE; at += STRIPE) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    h = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    h = merge(merge(merge(merge(h, a), b), c), d);
  }
  h += bytes;
  for (; end - at >= 8; at += 8) h = rotl<u64>(h ^ round(0, load<u64>(at)), 27) * P1 + P4;
  if (at < end) h = rotl<u64>(h ^ (<u64>load<u32>(at) * P1), 23) * P2 + P3;
  h = (h ^ (h >>> 33)) * P2;
  h = (h ^ (h >>> 29)) * P3;
  return h ^ (h >>> 32);
}

// @ts-ignore: decorator
@inline function round(lane: u64, word: u64): u64 {
  return rotl<u64>(lane + word * P2, 31) * P1;
}

// @ts-ignore: decorator
@inline function merge(h: u64, lane: u64): u64 {
  return (h ^ round(0, lane)) * P1 + P4;
}
