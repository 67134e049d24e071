// testing.ts - further doors of the check build: failing allocations, a trie over 128-bit keys, and the flow hash.
//
// The second shows that IPv6 is an instantiation (D9): the trie of one instance holds 128-bit keys, and the list of a
// leaf is simply the suffix length of its only prefix.

import { state, walksCounted } from "./arena";
import { jhash3 as hash3 } from "./cache/bucket";
import { checksum } from "./checksum";
import { checkTnode } from "./check/trie";
import { hash32 as hash } from "./gateway/gate";
import { blockSip, flowHash as hashFlow } from "./fib/hash";
import { keyCovers, keyLoad, keyStore } from "./key";
import { candidate, find, leafAt, parentOf, shorter } from "./trie/find";
import { insertLeaf } from "./trie/insert";
import { Trie, isLeaf, tnodeOf, trieNew } from "./trie/node";
import { removeLeaf } from "./trie/remove";
import { leafFrom, nextNode } from "./trie/walk";

/** Makes the n-th allocation from now fail; 0 takes that back. */
export function failAllocation(n: u32): void {
  state().failAfter = n;
}

/** How often rules and tries were walked. */
export function walks(): u32 {
  return walksCounted();
}

/** The hash of a key of the route cache. */
export function jhash3(a: u32, b: u32, c: u32, start: u32): u32 {
  return hash3(a, b, c, start);
}

/** How many allocations are left until the one that fails. */
export function allocationsLeft(): u32 {
  return state().failAfter;
}

/** hash_32 of kernels (GWI-17). */
export function hash32(v: u32, constant: u32, bits: u32): u32 {
  return hash(v, constant, bits);
}

export function trie6New(): usize {
  return changetype<usize>(trieNew<v128>());
}

/** Inserts a prefix; 0 if its key is there already. */
export function trie6Insert(trie: usize, words: usize, slen: u32): u32 {
  const t = changetype<Trie<v128>>(trie);
  const key = keyLoad<v128>(words);
  if (find<v128>(t, key) != null) return 0;
  return <u32>(insertLeaf<v128>(parentOf<v128>(t, key), key, <u8>slen, slen) != null);
}

/** Removes a key; 0 if it is not there. */
export function trie6Remove(trie: usize, words: usize): u32 {
  const key = keyLoad<v128>(words);
  const tp = parentOf<v128>(changetype<Trie<v128>>(trie), key);
  const leaf = leafAt<v128>(tp, key);
  if (leaf == null) return 0;
  removeLeaf<v128>(tp, leaf);
  return 1;
}

/** Suffix length of the longest prefix that covers an address, its key written over the address; -1 = none. */
export function trie6Lookup(trie: usize, words: usize): i32 {
  const dst = keyLoad<v128>(words);
  const t = changetype<Trie<v128>>(trie);
  for (let leaf = candidate<v128>(t, dst); leaf != null; leaf = shorter<v128>(t, leaf!, dst)) {
    if (!keyCovers<v128>(dst, leaf.key, <u32>leaf.list)) continue;
    keyStore<v128>(words, leaf.key);
    return <i32>leaf.list;
  }
  return -1;
}

/** Writes the first key that is `words` or higher over it; 0 = none. */
export function trie6From(trie: usize, words: usize): u32 {
  const leaf = leafFrom<v128>(changetype<Trie<v128>>(trie), keyLoad<v128>(words));
  if (leaf == null) return 0;
  keyStore<v128>(words, leaf.key);
  return 1;
}

/** Number of the first broken invariant of the tnodes, 0 = all hold. */
export function trie6Check(trie: usize): u32 {
  const t = changetype<Trie<v128>>(trie);
  for (let n = t.top; n != 0; n = nextNode<v128>(t, n)) {
    if (isLeaf(n)) continue;
    const broken = checkTnode<v128>(tnodeOf<v128>(n));
    if (broken) return broken;
  }
  return 0;
}

/** Writes the checksum of `bytes` bytes, a multiple of 4, to `to`. */
export function checksumOf(at: usize, bytes: usize, to: usize): void {
  store<u64>(to, checksum(at, bytes));
}

// The arithmetic of a multipath choice, as it is and a step before.
export { mix2, upperBound } from "./fib/hash";

/** The hash of one flow. */
export function flowHash(
  policy: u32,
  fields: u32,
  seed: u32,
  form: u32,
  src: u32,
  dst: u32,
  proto: u8,
  sport: u16,
  dport: u16,
): u32 {
  return hashFlow(policy, fields, seed, form, src, dst, proto, sport, dport, 0, false);
}

/** The whole SipHash of a flow's block: IPv4. */
export function blockSip4(seed: u32, proto: u8, label: u32, sport: u16, dport: u16, src: u32, dst: u32): u64 {
  return blockSip<u32>(seed, proto, label, sport, dport, src, dst, 0, false);
}

/** The same for IPv6; `words` are those of the source, then those of the destination. */
export function blockSip6(seed: u32, proto: u8, label: u32, sport: u16, dport: u16, words: usize): u64 {
  const src = keyLoad<v128>(words);
  const dst = keyLoad<v128>(words + 16);
  return blockSip<v128>(seed, proto, label, sport, dport, src, dst, 0, false);
}
