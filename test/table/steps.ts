/**
 * table/steps.ts - what can happen to a table, by chance: prefixes that collide, and steps over every operation.
 */
import fc from 'fast-check';
import type { Forward } from '../../src/table/index.js';
import { plain, type Plain } from './oracle.js';

/** Prefixes with values. */
export type Entries = readonly (readonly [Plain, number])[];

/** What walks through a table. */
export type Walking = 'entries' | 'coveredBy' | 'covering';

/** A step of a life. */
export type Step =
  | { readonly do: 'set' | 'update'; readonly prefix: Plain; readonly value: number }
  | { readonly do: 'delete' | 'ask'; readonly prefix: Plain }
  | { readonly do: 'walk'; readonly by: Walking; readonly prefix: Plain }
  | { readonly do: 'next'; readonly count: number }
  | { readonly do: 'drop'; readonly at: number }
  | { readonly do: 'filter'; readonly value: number }
  | { readonly do: 'clear' | 'aggregate' | 'clone' | 'save' }
  | {
      readonly do: 'setAll' | 'replaceAll' | 'union' | 'resolve' | 'difference' | 'intersection';
      readonly all: Entries;
    }
  | { readonly do: 'forward'; readonly shape: Forward };

/** Addresses that collide: few bits vary, at the ends of the frame, chunks and blocks of the views. */
const address4 = fc.oneof(
  fc.constantFrom(0n, 0xffffffffn, 0x0a000000n, 0x0a0100ffn),
  fc.tuple(fc.constantFrom(0x0a000000n, 0xfffff000n), fc.bigInt(0n, 0x3ffn)).map(([a, b]) => a | b),
  fc.bigInt(0n, 0xffffffffn),
);
const base6 = 0x20010db8_0000_0000_0000_0000_0000_0000n;
const address6 = fc.oneof(
  fc.constantFrom(0n, (1n << 128n) - 1n, base6),
  fc
    .tuple(fc.constantFrom(0n, 2n, 8n, 60n, 62n, 64n, 74n, 80n, 98n, 110n), fc.bigInt(0n, 0x3fn))
    .map(([at, n]) => base6 ^ (n << at)),
  fc
    .tuple(fc.bigInt(0n, 3n), fc.bigInt(0n, 3n), fc.bigInt(0n, 3n))
    .map(([a, b, c]) => base6 | (a << 78n) | (b << 64n) | c),
);
const length4 = fc.oneof(fc.constantFrom(0, 8, 14, 18, 23, 24, 25, 31, 32), fc.integer({ min: 0, max: 32 }));
const length6 = fc.oneof(
  fc.constantFrom(0, 1, 16, 24, 30, 32, 48, 60, 64, 66, 126, 127, 128),
  fc.integer({ min: 0, max: 128 }),
);

export const prefix: fc.Arbitrary<Plain> = fc.oneof(
  fc.tuple(address4, length4).map(([a, l]) => plain(false, a, l)),
  fc.tuple(address6, length6).map(([a, l]) => plain(true, a, l)),
);
const value = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0xffffffff, 32767, 32768));
const all: fc.Arbitrary<Entries> = fc.array(fc.tuple(prefix, value), { maxLength: 12 });

/** What a step is taken from. */
export interface Ways {
  /** Views that a table is given on its way. A direct one has a frame of 32 MiB to be filled. */
  readonly shapes: readonly Forward[];
  /** How often a table loses nearly all that it has: the less, the larger it grows. */
  readonly losses: number;
}

/** A step of a life: every operation. */
export function stepOf({ shapes, losses }: Ways): fc.Arbitrary<Step> {
  const some = <D extends string>(...names: D[]): { do: fc.Arbitrary<D> } => ({
    do: fc.constantFrom(...names),
  });
  return fc.oneof(
    { weight: 120, arbitrary: fc.record({ ...some('set'), prefix, value }) },
    { weight: 20, arbitrary: fc.record({ ...some('delete'), prefix }) },
    { weight: 60, arbitrary: fc.record({ ...some('drop'), at: fc.nat(999) }) },
    { weight: 25, arbitrary: fc.record({ ...some('update'), prefix, value }) },
    { weight: 12, arbitrary: fc.record({ ...some('ask'), prefix }) },
    {
      weight: 6,
      arbitrary: fc.record({
        ...some('walk'),
        by: fc.constantFrom<Walking[]>('entries', 'coveredBy', 'covering'),
        prefix,
      }),
    },
    { weight: 25, arbitrary: fc.record({ ...some('next'), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ ...some('filter'), value }) },
    { weight: 4, arbitrary: fc.record(some('aggregate', 'clone', 'save')) },
    { weight: 8, arbitrary: fc.record({ ...some('setAll', 'union', 'resolve', 'difference'), all }) },
    { weight: losses, arbitrary: fc.record(some('clear')) },
    { weight: losses, arbitrary: fc.record({ ...some('replaceAll', 'intersection'), all }) },
    { weight: 6, arbitrary: fc.record({ ...some('forward'), shape: fc.constantFrom(...shapes) }) },
  );
}
