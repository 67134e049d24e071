/**
 * core/quick.ts - a narrow forwarding view read without a call: `lookupId` for most addresses.
 *
 * A call into WebAssembly costs more than the three loads of a lookup, and much more where several Netns share the
 * calling code. What is read here is the memory of the core (assembly/forward/view.ts has its layout), so it is good
 * until the next call that may change anything: `Core` forgets it whenever somebody asks for the doors.
 */
import * as abi from '../abi/records.js';

/** Leaves from here on are no ids: the core must be asked. */
export const NARROW_TAG = 0x8000;

/** Where the view of bare destinations is, if there is one that answers them alone. */
export class Quick {
  /** Index of a direct frame in `halves`, 0 = none. */
  direct = 0;
  /** Index of a compact frame in `words`, 0 = none. */
  compact = 0;
  /** What is answered where the frame has 0. */
  none = 0;
  halves: Uint16Array = new Uint16Array(0);
  words: Uint32Array = new Uint32Array(0);

  /** Forgets where it is. */
  forget(): void {
    this.direct = 0;
    this.compact = 0;
  }

  /** Looks where the core says that it is. */
  learn(words: Uint32Array): void {
    const fast = words[abi.STATE_FAST >>> 2]!;
    if (fast === 0) return;
    if (this.words !== words) this.halves = new Uint16Array(words.buffer);
    this.words = words;
    this.none = words[abi.STATE_FAST_NONE >>> 2]!;
    if (fast & 1) this.compact = fast >>> 2;
    else this.direct = fast >>> 1;
  }

  /** The leaf of an address in the compact frame: number popcount(runs >>> slot) of its block. */
  compactLeaf(dst: number): number {
    const { words } = this;
    const block = words[this.compact + (dst >>> 14)]!;
    const at = block >>> 2;
    const slot = (dst >>> 8) & 63;
    let low = 0;
    let high = words[at + 1]!;
    if (slot < 32) low = words[at]! >>> slot;
    else high >>>= slot; // shifts by slot - 32
    // Bits in pairs, in fours, then both halves together.
    low -= (low >>> 1) & 0x55555555;
    high -= (high >>> 1) & 0x55555555;
    low = (low & 0x33333333) + ((low >>> 2) & 0x33333333) + (high & 0x33333333) + ((high >>> 2) & 0x33333333);
    low = (low & 0x0f0f0f0f) + ((low >>> 4) & 0x0f0f0f0f);
    return this.halves[(block >>> 1) + 4 + (Math.imul(low, 0x01010101) >>> 24)]!;
  }
}
