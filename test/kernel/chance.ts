/**
 * kernel/chance.ts - seeded chance: the same seed gives the same choices, on every machine.
 */

/** One stream of choices (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to `n`, which is left out. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  }

  /** True in so many of a hundred cases. */
  odds(percent: number): boolean {
    return this.below(1000) < percent * 10;
  }

  /** One of the list, each as likely as the next. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** What `make` gives, in so many of a hundred cases; else nothing. */
  maybe<T>(percent: number, make: () => T): T | undefined {
    return this.odds(percent) ? make() : undefined;
  }

  /** One of a list of [weight, value]. */
  weigh<T>(list: readonly (readonly [number, T])[]): T {
    let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of list) {
      left -= weight;
      if (left < 0) return value;
    }
    return list[0]![1];
  }
}
