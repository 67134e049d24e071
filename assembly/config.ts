// config.ts - what a build may vary. Everything here is known to the compiler, so a branch on it costs nothing.

/** True in the check build: preconditions are asserted, freed blocks poisoned, allocations can be made to fail. */
// @ts-ignore: a constant of the compiler
export const CHECK: bool = !ASC_NO_ASSERT;
