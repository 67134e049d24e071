// table/root.ts - where the table of one family hangs in its arena.
//
// A memory holds the prefixes of one family: a kind of block has one size, and who has no IPv6 pays nothing for it. The
// root lies where a Netns has the heads of its table chains.
//
// Invariants (table/check.ts):
//   T20  the root has a trie of its family; `prefixes` counts the entries; nothing else hangs on it

import { tableChain } from "../arena";
import { Trie } from "../trie/node";

/**
 * The root.
 *   off  size  field
 *     0     4  trie      the prefixes
 *     4     4  prefixes  how many
 *     8     4  is6       1 = keys of 128 bits
 *    12     4  kept      the trie before, while another one is made in its place; 0 = none
 *    16     4  keptPrefixes
 *    20     4  refs      WORDS: leaves in the making, in order; 0 = none
 *    24     4  refsBits  log2 of its room
 *    28     4  leaves    how many there are
 */
@unmanaged export class Root {
  trie: usize;
  prefixes: u32;
  is6: u32;
  kept: usize;
  keptPrefixes: u32;
  refs: usize;
  refsBits: u32;
  leaves: u32;

  /** The prefixes. */
  @inline of<K>(): Trie<K> {
    return changetype<Trie<K>>(this.trie);
  }
}

if (offsetof<Root>("leaves") != 28 || offsetof<Root>() != 32) ERROR("Root: the table is stale");

/** The root. */
// @ts-ignore: decorator
@inline export function root(): Root {
  return changetype<Root>(tableChain(0));
}
