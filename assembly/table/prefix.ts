// table/prefix.ts - prefixes come, go and are found.

import { FORWARD_OFF } from "../../src/abi/records";
import { ENOBUFS } from "../../src/abi/uapi";
import { deepFind } from "../forward/deep";
import { viewFind } from "../forward/find";
import { askView, followChange, viewOf } from "../forward/follow";
import { View } from "../forward/view";
import { keyBits, keyCovers } from "../key";
import { candidate, leafAt, parentOf, shorter } from "../trie/find";
import { insertLeaf, raise } from "../trie/insert";
import { lower, removeLeaf } from "../trie/remove";
import { Entries, entryFor, entryInsert, entryRemove, entrySet, only } from "./entry";
import { Root } from "./root";

/** Gives a prefix an id. The id that it had, 0 = it is new, or -ENOBUFS and nothing has changed. O(depth) amortised. */
export function prefixSet<K>(root: Root, key: K, slen: u32, id: u32): i32 {
  const trie = root.of<K>();
  const tp = parentOf<K>(trie, key);
  const leaf = leafAt<K>(tp, key);
  let old: u32 = 0;
  if (leaf == null) {
    if (insertLeaf<K>(tp, key, <u8>slen, only(id)) == null) return -ENOBUFS;
  } else {
    const entry = entryFor<K>(leaf, slen);
    if (entry) {
      old = entrySet<K>(leaf, entry, id);
    } else {
      if (!entryInsert<K>(leaf, slen, id)) return -ENOBUFS;
      raise<K>(tp, leaf, <u8>slen);
    }
  }
  if (!old) root.prefixes++;
  if (old != id) followChange<K, Entries<K>>(trie, key, <u8>slen);
  return old;
}

/** Takes a prefix away. The id that it had, 0 = it was not there. O(depth) amortised. */
export function prefixRemove<K>(root: Root, key: K, slen: u32): u32 {
  const trie = root.of<K>();
  const tp = parentOf<K>(trie, key);
  const leaf = leafAt<K>(tp, key);
  if (leaf == null) return 0;
  const entry = entryFor<K>(leaf, slen);
  if (!entry) return 0;
  const old = changetype<Entries<K>>(0).answer(entry);
  if (entry & 1) removeLeaf<K>(tp, leaf);
  else lower<K>(tp, leaf, <u8>entryRemove<K>(leaf, entry));
  root.prefixes--;
  followChange<K, Entries<K>>(trie, key, <u8>slen);
  return old;
}

/** The id of exactly this prefix, 0 = none. O(depth). */
export function prefixGet<K>(root: Root, key: K, slen: u32): u32 {
  const leaf = leafAt<K>(parentOf<K>(root.of<K>(), key), key);
  if (leaf == null) return 0;
  const entry = entryFor<K>(leaf, slen);
  return entry ? changetype<Entries<K>>(0).answer(entry) : 0;
}

/** The view to ask, or null: it may be made for `rows` lookups that are on their way. */
export function viewFor<K>(root: Root, rows: u32): View | null {
  const trie = root.of<K>();
  if (!trie.view && trie.shape != FORWARD_OFF) askView<K, Entries<K>>(trie, rows, root.prefixes);
  return viewOf<K>(trie);
}

/** The id of the longest prefix that covers an address, 0 = none. */
export function lookup<K>(root: Root, dst: K): u32 {
  const view = viewFor<K>(root, 1);
  return view == null ? lookupTrie<K>(root, dst) : lookupView<K>(view, dst);
}

/** `lookup` by a view. */
// @ts-ignore: decorator
@inline export function lookupView<K>(view: View, dst: K): u32 {
  const id = isVector<K>() ? deepFind(view, <v128>dst) : viewFind(view, <u32>dst);
  return id ? id : view.fallback;
}

/** `lookup` by the trie. O(depth). */
export function lookupTrie<K>(root: Root, dst: K): u32 {
  const trie = root.of<K>();
  const s = changetype<Entries<K>>(0);
  for (let leaf = candidate<K>(trie, dst); leaf != null; leaf = shorter<K>(trie, leaf!, dst))
    for (let e = s.first(leaf); e; e = s.next(leaf, e))
      if (keyCovers<K>(dst, leaf.key, s.slen(leaf, e))) return s.answer(e);
  return 0;
}

/**
 * Writes the prefixes that cover all of key/slen, the longest first, as pairs of prefix length and id; how many, at most
 * `most`. O(depth).
 */
export function covering<K>(root: Root, key: K, slen: u32, out: usize, most: u32): u32 {
  const trie = root.of<K>();
  const s = changetype<Entries<K>>(0);
  let n: u32 = 0;
  for (let leaf = candidate<K>(trie, key); leaf != null; leaf = shorter<K>(trie, leaf!, key)) {
    for (let e = s.first(leaf); e; e = s.next(leaf, e)) {
      const own = s.slen(leaf, e);
      if (own < slen || !keyCovers<K>(key, leaf.key, own)) continue;
      const at = out + ((<usize>n) << 3);
      store<u32>(at, keyBits<K>() - own);
      store<u32>(at, s.answer(e), 4);
      if (++n == most) return n;
    }
  }
  return n;
}
