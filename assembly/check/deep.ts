// check/deep.ts - V2 and V5 of an IPv6 view: each block and chunk has one place.

import { BLOCK, CHUNK, VIEW, WORDS, word } from "../arena";
import { claim, walk, within } from "../claim";
import { FRAME_BITS, LAST_STEP, below, leadsOn } from "../forward/deep";
import { DEEP, View, blockClass } from "../forward/view";
import { M, V } from "./rooms";

/** The blocks of a deep view. O(frame + blocks). */
export function checkDeep(view: View): u32 {
  if (!claim(VIEW, changetype<usize>(view))) return M + 4;
  if (view.kind != DEEP || !view.isWide || view.failed) return V + 5;
  if (!claim(WORDS + FRAME_BITS, view.frame)) return M + 4;
  walk().viewBytes += 4 << FRAME_BITS;
  return checkWords(view.frame, (<u32>1) << FRAME_BITS, 1);
}

/** What n words lead to, chunks or blocks of a step. It calls itself for the next step: 19 deep at most. */
function checkWords(words: usize, n: u32, step: u32): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const leaf = load<u32>(word(words, i));
    if (!leadsOn(leaf)) continue;
    const at = below(leaf);
    if (step > LAST_STEP) return V + 2;
    let first = at;
    let leaves: u32 = 256;
    if (step == 1) {
      if (!claim(CHUNK + 1, at)) return M + 4;
    } else {
      if (!within(at, 16)) return M + 4;
      leaves = <u32>popcnt<u64>(load<u64>(at)) + 1;
      if (leaves == 1 || !claim(BLOCK + blockClass(leaves, 2), at)) return M + 4;
      first = at + 8;
    }
    const broken = checkWords(first, leaves, step + 1);
    if (broken) return broken;
  }
  return 0;
}
