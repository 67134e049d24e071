/**
 * core/beside.test.ts - where blocks lie: those of a view by themselves, whatever came between them.
 */
import { expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { Netns } from '../../src/index.js';

const MEMORY_PAGE = 4096;
/** Words of a compact frame, and slots of a block. */
const BLOCKS = 2 ** 18;
const SLOTS = 64;

/** Leaves of a block: as many as its first two words have bits, and one. */
function leavesOf(words: Uint32Array, block: number): number {
  const bits = words[block >>> 2]!.toString(2) + words[(block >>> 2) + 1]!.toString(2);
  return bits.replaceAll('0', '').length + 1;
}

test('blocks of a view that grew with its table, route by route, fill few pages', () => {
  using ns = Netns.create({ forward: 'compact' });
  for (let i = 0; i < 8; i++) ns.link.add({ name: `eth${i}`, index: 2 + i, up: true });
  const slots = Uint32Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 8).sort();
  for (const [i, slot] of slots.entries())
    ns.route.add({ address: (slot << 8) >>> 0, length: 24 }, { oif: 2 + (i & 7) });
  ns.lookupId(0x08080808);
  const words = ns.core.u32;
  const fast = words[abi.STATE_FAST >>> 2]!;
  expect(fast & 1).toBe(1);
  const blocks = new Set(words.subarray((fast - 1) >>> 2, ((fast - 1) >>> 2) + BLOCKS));
  const pages = new Set<number>();
  let bytes = 0;
  for (const block of blocks) {
    const leaves = leavesOf(words, block);
    expect(leaves).toBeLessThanOrEqual(SLOTS);
    bytes += 16 + (((2 * leaves - 1) >>> 3) << 3);
    pages.add(Math.floor(block / MEMORY_PAGE));
  }
  expect(blocks.size).toBeGreaterThan(10_000);
  // As much of them as fills a page begins anywhere and touches two; the last of each size is not full.
  expect(pages.size).toBeLessThan((2 * bytes) / MEMORY_PAGE + 32);
  ns.check();
});
