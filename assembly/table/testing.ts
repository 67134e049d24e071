// table/testing.ts - further doors of the check build of a table: failing allocations.

import { state } from "../arena";

/** Makes the n-th allocation from now fail; 0 takes that back. */
export function failAllocation(n: u32): void {
  state().failAfter = n;
}

/** How many allocations are left until the one that fails. */
export function allocationsLeft(): u32 {
  return state().failAfter;
}
