/**
 * core/key6.test.ts - the trie over 128-bit keys against a scan: IPv6 is an instantiation, not a copy (D9).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantiate } from '../../src/core/load.js';
import { checkModule, type CheckExports } from './check-build.js';

const BITS = 128n;
const mask = (slen: number) => ~((1n << BigInt(slen)) - 1n) & ((1n << BITS) - 1n);

/** Keys that collide: few high parts, few low parts, zeros between. */
const key = fc
  .tuple(
    fc.constantFrom(0n, 0x20010db8n << 96n, 0x20010db8_00010000n << 64n, 0xfen << 120n, 1n << 64n, 1n << 63n),
    fc.oneof(fc.bigInt(0n, 7n), fc.bigInt(0n, (1n << 70n) - 1n)),
  )
  .map(([high, low]) => high | low);
const prefix = fc
  .tuple(key, fc.oneof(fc.constantFrom(0, 1, 63, 64, 65, 127, 128), fc.integer({ min: 0, max: 128 })))
  .map(([k, slen]) => ({ key: k & mask(slen), slen }));

/** One trie of the check build. */
function make() {
  const core = instantiate(checkModule) as CheckExports;
  core.init(0);
  const words = core.lease(16);
  const trie = core.trie6New();
  const put = (k: bigint) => {
    const u32 = new Uint32Array(core.memory.buffer, words, 4);
    for (let i = 0; i < 4; i++) u32[i] = Number((k >> BigInt(96 - 32 * i)) & 0xffffffffn);
    return words;
  };
  const read = () =>
    [...new Uint32Array(core.memory.buffer, words, 4)].reduce((k, w) => (k << 32n) | BigInt(w), 0n);
  return { core, trie, put, read };
}

test('FIB-31 a trie over 128-bit keys finds, answers and walks as a scan does', () => {
  fc.assert(
    fc.property(
      fc.array(prefix, { maxLength: 60 }),
      fc.array(key, { maxLength: 20 }),
      fc.array(fc.nat(59)),
      (prefixes, probes, removals) => {
        const { core, trie, put, read } = make();
        const model = new Map<bigint, number>();
        const agree = () => {
          expect(core.trie6Check(trie)).toBe(0);
          for (const dst of [...probes, ...model.keys()]) {
            let best: [bigint, number] | undefined;
            for (const [k, slen] of model) {
              if ((dst & mask(slen)) === k && (best === undefined || slen < best[1])) best = [k, slen];
            }
            const slen = core.trie6Lookup(trie, put(dst));
            expect(slen).toBe(best?.[1] ?? -1);
            if (best !== undefined) expect(read()).toBe(best[0]);
          }
          const sorted = [...model.keys()].sort((a, b) => (a < b ? -1 : 1));
          for (const dst of probes) {
            const next = sorted.find((k) => k >= dst);
            expect(core.trie6From(trie, put(dst))).toBe(next === undefined ? 0 : 1);
            if (next !== undefined) expect(read()).toBe(next);
          }
        };
        for (const { key: k, slen } of prefixes) {
          expect(core.trie6Insert(trie, put(k), slen)).toBe(model.has(k) ? 0 : 1);
          if (!model.has(k)) model.set(k, slen);
        }
        agree();
        for (const i of removals) {
          const k = prefixes[i]?.key;
          if (k === undefined) continue;
          expect(core.trie6Remove(trie, put(k))).toBe(model.delete(k) ? 1 : 0);
        }
        agree();
      },
    ),
    { numRuns: 200, seed: 6 },
  );
});
