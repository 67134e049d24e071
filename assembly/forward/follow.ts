// forward/follow.ts - a view and its trie: made in one sweep, kept in step change by change, compared.
//
// An address has the leaf of the longest prefix that covers it. What hangs at the leaves of a trie is not this room's
// business: `S` tells, a class without fields and with these methods (for a Netns fib/forwarding.ts, for a table
// table/entry.ts). An entry stands for one suffix length; length 0 of a prefix is kept beside the view.
//
//   first(leaf)        the entry with the shortest suffix, 0 = none
//   next(leaf, entry)  the one with the next longer suffix, 0 = none
//   slen(leaf, entry)  its suffix length
//   answer(entry)      the view's leaf for it: an id or ASK

import { FORWARD_AUTO, FORWARD_DIRECT, FORWARD_OFF } from "../../src/abi/records";
import { forwarding } from "../arena";
import { keyAfter, keyBefore, keyBits, keyCovers, keyEqual, keyFillLow, keyLess, keyZero } from "../key";
import { candidate, find, shorter } from "../trie/find";
import { Leaf, Tnode, Trie, isLeaf, leafOf, slotFor, tnodeOf } from "../trie/node";
import { leafBetween } from "../trie/walk";
import { deepFree, deepNew, deepSays, paintDeep } from "./deep";
import { commit, paint } from "./edit";
import { viewSays } from "./find";
import { COMPACT, DIRECT, DIRECT_WIDE, TOO_NARROW, View, levels, viewFree, viewNew } from "./view";

/** Prefixes from which on a trie has a view by itself: below, it fits the caches that a view's frame would fill. */
const PAYS: u32 = 4096;
/** No suffix. */
const NO_SLEN: u32 = 256;
/** `View.failed` while a comparison has found another leaf. */
const DIFFERS: u8 = 3;

/** The view of a trie, or null. */
// @ts-ignore: decorator
@inline export function viewOf<K>(trie: Trie<K>): View | null {
  return changetype<View | null>(trie.view);
}

/** Gives a trie another shape of view; false when there is no memory, and it has none then. O(nodes + frame). */
export function shapeView<K, S>(trie: Trie<K>, shape: u32): bool {
  trie.shape = shape;
  dropView<K>(trie);
  if (shape == FORWARD_OFF || shape == FORWARD_AUTO || trie.top == 0) return true;
  buildView<K, S>(trie);
  return trie.view != 0;
}

/**
 * Counts lookups that a trie without a view was asked; when they have cost about as much as a view, it is made. Not for
 * one that is off. `prefixes` is how many the trie has, more or less.
 */
export function askView<K, S>(trie: Trie<K>, rows: u32, prefixes: u32): void {
  if (forwarding().paused || trie.top == 0) return;
  trie.asked += rows;
  if (trie.asked < prefixes >>> 2 || (trie.shape == FORWARD_AUTO && prefixes < PAYS)) return;
  trie.asked = 0;
  buildView<K, S>(trie);
}

/** Takes the view of a trie away. */
export function dropView<K>(trie: Trie<K>): void {
  if (!trie.view) return;
  freeView<K>(viewOf<K>(trie)!);
  trie.view = 0;
  forwarding().fast = 0;
}

// @ts-ignore: decorator
@inline function freeView<K>(view: View): void {
  if (isVector<K>()) deepFree(view);
  else viewFree(view);
}

/** Makes the view of a trie that has none, wide when ids do not fit; there is none when memory is short. */
function buildView<K, S>(trie: Trie<K>): void {
  let view = filledView<K, S>(trie, false);
  if (view != null && view.failed == TOO_NARROW) {
    freeView<K>(view);
    view = filledView<K, S>(trie, true);
  }
  if (view == null) return;
  if (view.failed) freeView<K>(view);
  else trie.view = changetype<usize>(view);
}

function filledView<K, S>(trie: Trie<K>, isWide: bool): View | null {
  const view = emptyView<K>(trie.shape == FORWARD_DIRECT, isWide);
  if (view == null) return null;
  sweep<K, S>(view, trie, false);
  commitTo<K>(view);
  view.fallback = fallbackOf<K, S>(trie);
  return view;
}

function emptyView<K>(isDirect: bool, isWide: bool): View | null {
  if (isVector<K>()) return deepNew();
  return viewNew(isDirect ? (isWide ? DIRECT_WIDE : DIRECT) : COMPACT, isWide);
}

/** True if a view says what its trie says (V1). O(nodes). */
export function agrees<K, S>(view: View, trie: Trie<K>): bool {
  return view.fallback == fallbackOf<K, S>(trie) && sweep<K, S>(view, trie, true);
}

/** Brings the view in step after entries of one prefix have come, gone or changed. O(depth + what the prefix covers). */
export function followChange<K, S>(trie: Trie<K>, key: K, slen: u8): void {
  forwarding().fast = 0;
  const view = viewOf<K>(trie);
  if (view == null) {
    // A trie that is to have a view whatever its size gets it with its first prefix.
    if (isLeaf(trie.top) && <i32>trie.shape > FORWARD_OFF && !forwarding().paused) buildView<K, S>(trie);
    return;
  }
  if (forwarding().paused) return dropView<K>(trie);
  if (slen == <u8>keyBits<K>()) view.fallback = fallbackOf<K, S>(trie);
  else repaint<K, S>(view, trie, key, slen);
  if (view.failed) renewView<K, S>(trie);
}

/** Makes a view anew, after many entries have gone at once. O(nodes + frame). */
export function renewView<K, S>(trie: Trie<K>): void {
  if (!trie.view) return;
  dropView<K>(trie);
  buildView<K, S>(trie);
}

/** The leaf of the prefix of length 0, 0 when it has none. */
function fallbackOf<K, S>(trie: Trie<K>): u32 {
  const leaf = find<K>(trie, keyZero<K>());
  if (leaf == null) return 0;
  const s = changetype<S>(0);
  for (let e = s.first(leaf); e; e = s.next(leaf, e)) if (s.slen(leaf, e) == keyBits<K>()) return s.answer(e);
  return 0;
}

/** Paints those addresses of a prefix that no longer prefix covers. */
function repaint<K, S>(view: View, trie: Trie<K>, key: K, slen: u8): void {
  const last = keyFillLow<K>(key, slen);
  const answer = answerUpTo<K, S>(trie, key, slen);
  let at = key;
  for (let from = key; ;) {
    const leaf = leafBetween<K>(trie, from, last);
    if (leaf == null) break;
    from = leaf.key;
    const inner = longestWithin<K, S>(leaf, slen);
    if (inner != NO_SLEN) {
      if (keyLess<K>(at, from)) paintTo<K>(view, at, keyBefore<K>(from), answer);
      from = keyFillLow<K>(from, inner);
      at = keyAfter<K>(from);
    }
    if (keyEqual<K>(from, last)) {
      if (inner == NO_SLEN) break; // the last address is covered by nothing longer
      return commitTo<K>(view);
    }
    from = keyAfter<K>(from);
  }
  paintTo<K>(view, at, last, answer);
  commitTo<K>(view);
}

/** The leaf of the longest prefix that covers a key and is not longer than the suffix says, length 0 left out. */
function answerUpTo<K, S>(trie: Trie<K>, key: K, slen: u8): u32 {
  const s = changetype<S>(0);
  for (let leaf = candidate<K>(trie, key); leaf != null; leaf = shorter<K>(trie, leaf!, key)) {
    for (let e = s.first(leaf); e; e = s.next(leaf, e)) {
      const own = s.slen(leaf, e);
      if (own >= slen && own < keyBits<K>() && keyCovers<K>(key, leaf.key, own)) return s.answer(e);
    }
  }
  return 0;
}

/** The longest suffix shorter than `slen` at a leaf, or NO_SLEN. */
function longestWithin<K, S>(leaf: Leaf<K>, slen: u8): u32 {
  const s = changetype<S>(0);
  let longest = NO_SLEN;
  for (let e = s.first(leaf); e && s.slen(leaf, e) < slen; e = s.next(leaf, e)) longest = s.slen(leaf, e);
  return longest;
}

// The sweep: all leaves by ascending key, the prefixes around the cursor nested in the room of the view.

/**
 * A prefix around the cursor.
 *   off  size  field
 *     0     4  last  its last address
 *     4     4  leaf  the view's leaf for it
 */
@unmanaged class Level<K> {
  last: K;
  leaf: u32;
}

// @ts-ignore: decorator
@inline function levelAt<K>(view: View, i: u32): Level<K> {
  const bytes: usize = isVector<K>() ? 32 : 8;
  return changetype<Level<K>>(levels<K>(view) + <usize>i * bytes);
}

/** Paints a fresh view, or compares one; false when it does not agree. O(nodes). */
function sweep<K, S>(view: View, trie: Trie<K>, isCheck: bool): bool {
  let tn = changetype<Tnode<K>>(trie);
  let i: u32 = 0;
  let end: u32 = 1;
  let at = keyZero<K>();
  let depth: u32 = 0;
  for (;;) {
    if (i == end) {
      if (tn.parent == null) break;
      i = slotFor<K>(tn.parent!, tn.key) + 1;
      tn = tn.parent!;
      end = tn.parent == null ? 1 : tn.slots;
      continue;
    }
    const n = tn.child(i++);
    if (n == 0) continue;
    if (!isLeaf(n)) {
      tn = tnodeOf<K>(n);
      i = 0;
      end = tn.slots;
      continue;
    }
    const leaf = leafOf<K>(n);
    for (; depth > 0 && keyLess<K>(levelAt<K>(view, depth - 1).last, leaf.key); depth--)
      at = advance<K>(view, at, levelAt<K>(view, depth - 1).last, depth, isCheck);
    if (keyLess<K>(at, leaf.key)) at = advance<K>(view, at, keyBefore<K>(leaf.key), depth, isCheck);
    depth = nestLeaf<K, S>(view, leaf, depth);
  }
  const last = keyFillLow<K>(keyZero<K>(), keyBits<K>());
  let isOver = false; // the last address has its leaf
  for (; depth > 0 && !isOver; depth--) {
    const end = levelAt<K>(view, depth - 1).last;
    at = advance<K>(view, at, end, depth, isCheck);
    isOver = keyEqual<K>(end, last);
  }
  if (!isOver) advance<K>(view, at, last, 0, isCheck);
  if (view.failed != DIFFERS) return true;
  view.failed = 0;
  return false;
}

/** Moves the cursor behind `last`, unless it is there: the addresses on the way have the leaf of the innermost prefix. */
function advance<K>(view: View, at: K, last: K, depth: u32, isCheck: bool): K {
  if (keyLess<K>(last, at)) return at;
  const leaf = depth ? levelAt<K>(view, depth - 1).leaf : 0;
  if (isCheck) {
    if (!says<K>(view, at, last, leaf)) view.failed = DIFFERS;
  } else if (leaf) paintTo<K>(view, at, last, leaf);
  return keyAfter<K>(last);
}

/** Puts the prefixes of a leaf inside the others, the shortest prefix first; the new depth. */
function nestLeaf<K, S>(view: View, leaf: Leaf<K>, depth: u32): u32 {
  const s = changetype<S>(0);
  let top = depth;
  for (let e = s.first(leaf); e; e = s.next(leaf, e)) top += <u32>(s.slen(leaf, e) < keyBits<K>());
  // The entries come with the longest prefix first.
  let i = top;
  for (let e = s.first(leaf); e && i > depth; e = s.next(leaf, e)) {
    const level = levelAt<K>(view, --i);
    level.last = keyFillLow<K>(leaf.key, s.slen(leaf, e));
    level.leaf = s.answer(e);
  }
  return top;
}

// The two families.

// @ts-ignore: decorator
@inline function paintTo<K>(view: View, from: K, to: K, leaf: u32): void {
  if (isVector<K>()) paintDeep(view, <v128>from, <v128>to, leaf);
  else paint(view, <u32>from, <u32>to, leaf);
}

// @ts-ignore: decorator
@inline function commitTo<K>(view: View): void {
  if (!isVector<K>()) commit(view);
}

// @ts-ignore: decorator
@inline function says<K>(view: View, from: K, to: K, leaf: u32): bool {
  if (isVector<K>()) return deepSays(view, <v128>from, <v128>to, leaf);
  return viewSays(view, <u32>from, <u32>to, leaf);
}
