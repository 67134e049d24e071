// table/scan.ts - prefixes in order: by address, at one address the shorter first.
//
// A row is the key, 1 or 4 words with the highest first, then prefix length and id. Whoever walks gives the last row it
// has seen, so a walk goes on after any change.

import { keyAfter, keyBits, keyEqual, keyStore, keyZero } from "../key";
import { Leaf } from "../trie/node";
import { leafBetween } from "../trie/walk";
import { Entries } from "./entry";
import { Root } from "./root";

/** Bytes of a row. */
// @ts-ignore: decorator
@inline export function rowBytes<K>(): usize {
  return sizeof<K>() + 8;
}

/**
 * Writes the prefixes with keys from..last and at least `minLength` long, at `from` itself only those longer than `after`
 * (-1: all). How many: as long as those of one more leaf are sure to fit into `most` rows.
 */
export function scan<K>(
  root: Root,
  from: K,
  after: i32,
  last: K,
  minLength: i32,
  out: usize,
  most: u32,
): u32 {
  const trie = root.of<K>();
  let n: u32 = 0;
  let leaf = leafBetween<K>(trie, from, last);
  while (leaf != null && n + keyBits<K>() < most) {
    const isFirst = keyEqual<K>(leaf.key, from);
    n += leafRows<K>(leaf, isFirst ? max(after + 1, minLength) : minLength, out + <usize>n * rowBytes<K>());
    const next = keyAfter<K>(leaf.key);
    if (keyEqual<K>(leaf.key, last) || keyEqual<K>(next, keyZero<K>())) break;
    leaf = leafBetween<K>(trie, next, last);
  }
  return n;
}

/** Writes the prefixes of a leaf that are long enough, the shortest first; how many. */
function leafRows<K>(leaf: Leaf<K>, minLength: i32, out: usize): u32 {
  const s = changetype<Entries<K>>(0);
  let n: u32 = 0;
  for (let e = s.first(leaf); e; e = s.next(leaf, e))
    n += <u32>(<i32>(keyBits<K>() - s.slen(leaf, e)) >= minLength);
  let at = out + <usize>n * rowBytes<K>();
  for (let e = s.first(leaf); at > out; e = s.next(leaf, e)) {
    at -= rowBytes<K>();
    keyStore<K>(at, leaf.key);
    store<u32>(at + sizeof<K>(), keyBits<K>() - s.slen(leaf, e));
    store<u32>(at + sizeof<K>(), s.answer(e), 4);
  }
  return n;
}
