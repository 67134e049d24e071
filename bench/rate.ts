/**
 * bench/rate.ts - how long an operation takes: warmed up, in rounds, told as median and quartiles.
 */

/** Nanoseconds of one operation over the rounds of a measurement. */
export interface Rate {
  readonly median: number;
  /** The 25 % and 75 % quantiles. */
  readonly p25: number;
  readonly p75: number;
  readonly rounds: number;
}

/** Value of ascending `sorted` at quantile q, between two entries in proportion. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

/** Median and quartiles of samples, at least one. */
export function summarize(samples: readonly number[]): Rate {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    p25: quantile(sorted, 0.25),
    p75: quantile(sorted, 0.75),
    rounds: sorted.length,
  };
}

/** Fewest rounds of a measurement. */
const ROUNDS = 5;

/**
 * Calls `run`, which does `operations` operations, for about `ms` milliseconds after a fifth of that as warm-up;
 * each call is a round.
 */
export function measureRate(run: () => unknown, operations: number, ms: number): Rate {
  const warm = performance.now() + ms / 5;
  do run();
  while (performance.now() < warm);
  const samples: number[] = [];
  for (const end = performance.now() + ms; samples.length < ROUNDS || performance.now() < end;) {
    const start = performance.now();
    run();
    samples.push(((performance.now() - start) * 1e6) / operations);
  }
  return summarize(samples);
}
