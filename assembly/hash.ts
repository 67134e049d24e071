// hash.ts - mixing. Pure arithmetic; no hash here is observable from outside.

/** Mixes all bits of `x` into all bits of the result (the 32-bit finaliser of MurmurHash3). */
export function mix(x: u32): u32 {
  x ^= x >>> 16;
  x *= 0x85ebca6b;
  x ^= x >>> 13;
  x *= 0xc2b2ae35;
  return x ^ (x >>> 16);
}

/** Takes one more word into a running hash. */
// @ts-ignore: decorator
@inline export function mixIn(h: u32, word: u32): u32 {
  return (rotl<u32>(h, 5) ^ word) * 0x9e3779b9;
}
