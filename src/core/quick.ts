/**
 * core/quick.ts - a narrow forwarding view of IPv4 read without a call: most lookups of one address.
 *
 * A call into WebAssembly costs more than the three loads of a lookup, and much more where several Netns share the
 * calling code. What is read here is the memory of the core (assembly/forward/view.ts has its layout), so it is good
 * until the next call that may change anything: `Core` forgets it whenever somebody asks for the doors, and so does
 * `Family`. Each instruction counts twice: a processor begins the next lookup while this one waits for memory, as far as
 * its window reaches.
 */

/** Leaves from here on are no ids: the core must be asked. */
const NARROW_TAG = 0x8000;

/** What a frame is; NONE: none is known. */
const NONE = 0;
const DIRECT = 1;
const COMPACT = 2;

/** Words of a compact frame and halfwords of a direct one. */
const BLOCKS = 2 ** 18;
const SLOTS = 2 ** 24;

/** The view that answers destinations alone, if there is one, and whom to ask if not. */
export class Quick {
  readonly #ask: (dst: number) => number;
  #shape = NONE;
  /** What is answered where the frame has 0. */
  #none = 0;
  /** The frame that the arrays stand for, +1 a compact one, and the memory that they are of. */
  #frame = 0;
  #words: Uint32Array = new Uint32Array(0);
  /** A direct frame. */
  #leaves: Uint16Array = new Uint16Array(0);
  /** A compact frame, and the memory where its blocks are. */
  #blocks: Uint32Array = new Uint32Array(0);
  #halves: Uint16Array = new Uint16Array(0);

  /** @param ask the core's answer for an address */
  constructor(ask: (dst: number) => number) {
    this.#ask = ask;
  }

  /** Forgets that there is a frame. */
  forget(): void {
    this.#shape = NONE;
  }

  /** False until somebody says where the frame is. */
  get isKnown(): boolean {
    return this.#shape !== NONE;
  }

  /** There is a frame at this address of the memory, and this is answered where it has 0. */
  learn(words: Uint32Array, frame: number, isCompact: boolean, none: number): void {
    const frameAndKind = frame | Number(isCompact);
    if (frameAndKind !== this.#frame || words !== this.#words) {
      const { buffer } = words;
      if (isCompact) this.#blocks = new Uint32Array(buffer, frame, BLOCKS);
      else this.#leaves = new Uint16Array(buffer, frame, SLOTS);
      this.#halves = new Uint16Array(buffer);
      this.#words = words;
      this.#frame = frameAndKind;
    }
    this.#none = none | 0;
    this.#shape = isCompact ? COMPACT : DIRECT;
  }

  /** The id for an address. */
  lookup(dst: number): number {
    let leaf = NARROW_TAG;
    if (this.#shape === DIRECT) leaf = this.#leaves[dst >>> 8]!;
    else if (this.#shape === COMPACT) leaf = this.#compactLeaf(dst);
    // Without a branch on 0: which addresses have no route, no processor can predict.
    return leaf < NARROW_TAG ? leaf | (this.#none & ((leaf - 1) >> 31)) : this.#ask(dst) | 0;
  }

  /** The leaf of an address in the compact frame: number popcount(runs >>> slot) of its block. */
  #compactLeaf(dst: number): number {
    const words = this.#words;
    const block = this.#blocks[dst >>> 14]!;
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
    return this.#halves[(block >>> 1) + 4 + (Math.imul(low, 0x01010101) >>> 24)]!;
  }
}
