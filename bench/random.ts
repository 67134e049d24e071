/**
 * bench/random.ts - seeded chance: the same seed gives the same numbers on every platform.
 *
 * Only integer arithmetic modulo 2^32, so no engine's Math functions can change a table or a trace.
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, filled from the seed by fmix32 steps.
 */

/** The murmur3 finaliser: a bijection of u32 in which every input bit moves every output bit. */
export function fmix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A stream of pseudo-random numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** Streams of different `purpose` are independent for the same seed. */
  constructor(seed: number, purpose = 0) {
    this.#a = fmix32(seed + 0x9e3779b9);
    this.#b = fmix32(this.#a ^ purpose);
    this.#c = fmix32(this.#b + 0x9e3779b9);
    for (let i = 0; i < 12; i++) this.u32(); // the first outputs still show the seed
  }

  /** Uniform in 0 .. 2^32-1. */
  u32(): number {
    const t = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  unit(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** Uniform in 0 .. n-1 for 1 <= n <= 2^32; the bias of the scaling is below n / 2^32. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** A random order of `array`, in place (Fisher-Yates). */
  shuffle(array: Uint32Array): Uint32Array {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = array[i]!;
      array[i] = array[j]!;
      array[j] = held;
    }
    return array;
  }
}
