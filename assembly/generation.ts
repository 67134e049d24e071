// generation.ts - chance, and the generation of the route cache, which every change of routing moves (RC-22..26).
//
// It stands low in the tower, because whoever changes routes, rules, addresses or devices says so here.
//
// Chance is one sequence of u32: `chance` grows by 0x9e3779b9, and the number drawn is its new value, mixed (hash.ts,
// the 32-bit finaliser of MurmurHash3). It is drawn, one number each time:
//   when the cache is made   the first periodic scan, at interval + number mod interval (RC section 8),
//                            then the first secret rebuild, at interval + number mod interval (RC-27)
//   in each invalidation     genid += 1 + (number and 255) (RC-24)
// and nowhere else. The generation that the cache begins with is no matter of chance (RC-23).

import { state } from "./arena";
import { mix } from "./hash";

/** Draws the next number. */
export function draw(): u32 {
  const s = state();
  s.chance += 0x9e3779b9;
  return mix(s.chance);
}

/** Makes all entries of the route cache expire (RC-24); nothing when there is none. */
export function invalidate(): void {
  const s = state();
  if (s.cache) s.cacheGenid += 1 + (draw() & 0xff);
}
