// fib/forwarding.ts - what a view has to say: made from a trie in one sweep, kept in step change by change, compared.
//
// An address has the leaf of the longest prefix with a route that a bare destination (no tos) can take; of several the
// first in the leaf's list (FIB-26). A throw route makes it ASK. So a view does not depend on the state of paths; who
// uses it asks the trie again when the info found is asleep (`wake` of info.ts).

import { FORWARD_AUTO, FORWARD_DIRECT, FORWARD_OFF } from "../../src/abi/records";
import { RTN_THROW } from "../../src/abi/uapi";
import { forwarding } from "../arena";
import { commit, paint } from "../forward/edit";
import { viewSays } from "../forward/find";
import { ASK, COMPACT, DIRECT, DIRECT_WIDE, TOO_NARROW, View, viewFree, viewNew } from "../forward/view";
import { candidate, find, shorter } from "../trie/find";
import { Leaf, Tnode, Trie, isLeaf, leafOf, slotFor, tnodeOf } from "../trie/node";
import { leafBetween } from "../trie/walk";
import { Alias, aliasAt, firstLink } from "./alias";

/** Routes from which on a table has a view by itself: below, the trie fits the caches that a view's frame would fill. */
const PAYS: u32 = 4096;
/** Suffix length of the routes that are kept beside a view. */
const DEFAULT_SLEN: u8 = 32;
/** No suffix. */
const NO_SLEN: u32 = 64;

/** The view of a trie, or null. */
// @ts-ignore: decorator
@inline export function viewOf<K>(trie: Trie<K>): View | null {
  return changetype<View | null>(trie.view);
}

/** Gives a trie another shape of view; false when there is no memory, and it has none then. O(nodes + frame). */
export function viewShape<K>(trie: Trie<K>, shape: u32): bool {
  trie.shape = shape;
  viewDrop<K>(trie);
  if (shape == FORWARD_OFF || shape == FORWARD_AUTO || trie.top == 0) return true;
  viewBuild<K>(trie);
  return trie.view != 0;
}

/** Counts lookups that a trie without a view was asked; when they have cost about as much as a view, it is made. Not for one that is off. */
export function viewAsked<K>(trie: Trie<K>, rows: u32, routes: u32): void {
  if (forwarding().paused || trie.top == 0) return;
  trie.asked += rows;
  if (trie.asked < routes >>> 2 || (trie.shape == FORWARD_AUTO && routes < PAYS)) return;
  trie.asked = 0;
  viewBuild<K>(trie);
}

/** Takes the view of a trie away. */
export function viewDrop<K>(trie: Trie<K>): void {
  if (!trie.view) return;
  viewFree(viewOf<K>(trie)!);
  trie.view = 0;
  forwarding().fast = 0;
}

/** Makes the view of a trie that has none, wide when ids do not fit; there is none when memory is short. */
export function viewBuild<K>(trie: Trie<K>): void {
  if (isVector<K>()) return; // views are of IPv4
  let view = viewFilled<K>(trie, false);
  if (view != null && view.failed == TOO_NARROW) {
    viewFree(view);
    view = viewFilled<K>(trie, true);
  }
  if (view == null) return;
  if (view.failed) viewFree(view);
  else trie.view = changetype<usize>(view);
}

function viewFilled<K>(trie: Trie<K>, isWide: bool): View | null {
  const isDirect = trie.shape == FORWARD_DIRECT;
  const view = viewNew(isDirect ? (isWide ? DIRECT_WIDE : DIRECT) : COMPACT, isWide);
  if (view == null) return null;
  sweep<K>(view, trie, false);
  commit(view);
  view.fallback = fallbackOf<K>(trie);
  return view;
}

/** True if a view says what its trie says (V1). O(nodes). */
export function viewAgrees<K>(view: View, trie: Trie<K>): bool {
  return view.fallback == fallbackOf<K>(trie) && sweep<K>(view, trie, true);
}

/** Brings the view in step after routes of one prefix have come, gone or changed. O(depth + what the prefix covers). */
export function viewFollow<K>(trie: Trie<K>, key: K, slen: u8): void {
  if (isVector<K>()) return;
  forwarding().fast = 0;
  const view = viewOf<K>(trie);
  if (view == null) {
    // A table that is to have a view whatever its size gets it with its first route.
    if (isLeaf(trie.top) && <i32>trie.shape > FORWARD_OFF && !forwarding().paused) viewBuild<K>(trie);
    return;
  }
  if (forwarding().paused) return viewDrop<K>(trie);
  if (slen == DEFAULT_SLEN) view.fallback = fallbackOf<K>(trie);
  else repaint<K>(view, trie, key, slen);
  if (view.failed) viewRenew<K>(trie);
}

/** Makes a view anew, after many routes have gone at once. O(nodes + frame). */
export function viewRenew<K>(trie: Trie<K>): void {
  if (!trie.view) return;
  viewDrop<K>(trie);
  viewBuild<K>(trie);
}

/** The leaf for a route. */
// @ts-ignore: decorator
@inline function leafFor(fa: Alias): u32 {
  return fa.info.type == RTN_THROW ? ASK : fa.info.id;
}

/** The leaf of the prefix of length 0, 0 when it has none. */
function fallbackOf<K>(trie: Trie<K>): u32 {
  const leaf = find<K>(trie, <K>0);
  if (leaf == null) return 0;
  let fa = aliasAt(firstLink<K>(leaf));
  while (fa != null && (fa.slen < DEFAULT_SLEN || fa.tos != 0)) fa = fa.next;
  return fa == null ? 0 : leafFor(fa);
}

/** Paints those addresses of a prefix that no longer prefix covers. */
function repaint<K>(view: View, trie: Trie<K>, key: K, slen: u8): void {
  const first = <u32>key;
  const last = first | (((<u32>1) << slen) - 1);
  const leaf = leafUpTo<K>(trie, key, slen);
  let at = <u64>first;
  for (let next = leafBetween<K>(trie, key, <K>last); next != null;) {
    const within = longestWithin<K>(next, slen);
    const from = <u32>next.key;
    if (within != NO_SLEN) {
      if (from > at) paint(view, <u32>at, from - 1, leaf);
      at = <u64>from + ((<u64>1) << within);
    }
    const on = within != NO_SLEN ? at : <u64>from + 1;
    next = on > last ? null : leafBetween<K>(trie, <K>on, <K>last);
  }
  if (at <= last) paint(view, <u32>at, last, leaf);
  commit(view);
}

/** The leaf of the longest prefix that covers a key and is not longer than the suffix says, length 0 left out. */
function leafUpTo<K>(trie: Trie<K>, key: K, slen: u8): u32 {
  for (let leaf = candidate<K>(trie, key); leaf != null; leaf = shorter<K>(trie, leaf!, key)) {
    for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
      if (fa.slen < slen || fa.tos != 0 || fa.slen == DEFAULT_SLEN) continue;
      if (((<u32>key) ^ (<u32>leaf.key)) >>> fa.slen == 0) return leafFor(fa);
    }
  }
  return 0;
}

/** The longest suffix shorter than `slen` at a leaf that a bare destination can take, or NO_SLEN. */
function longestWithin<K>(leaf: Leaf<K>, slen: u8): u32 {
  let longest = NO_SLEN;
  for (let fa = aliasAt(firstLink<K>(leaf)); fa != null && fa.slen < slen; fa = fa!.next)
    if (fa.tos == 0) longest = fa.slen;
  return longest;
}

// The sweep: all leaves by ascending key, the prefixes around the cursor nested in the header of the view.

/** Paints a fresh view, or compares one; false when it does not agree. O(nodes). */
function sweep<K>(view: View, trie: Trie<K>, isCheck: bool): bool {
  let tn = changetype<Tnode<K>>(trie);
  let i: u32 = 0;
  let end: u32 = 1;
  let at: u64 = 0;
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
    const key = <u32>leaf.key;
    for (; depth > 0 && load<u32>(view.nest(depth - 1)) < key; depth--)
      at = advance(view, at, <u64>load<u32>(view.nest(depth - 1)) + 1, depth, isCheck);
    at = advance(view, at, key, depth, isCheck);
    if (at == DIFFERS) return false;
    depth = nestLeaf<K>(view, leaf, depth);
  }
  for (; depth > 0; depth--) at = advance(view, at, <u64>load<u32>(view.nest(depth - 1)) + 1, depth, isCheck);
  at = advance(view, at, (<u64>1) << 32, 0, isCheck);
  return at != DIFFERS;
}

/** Stands for a cursor where a comparison has failed. */
const DIFFERS: u64 = u64.MAX_VALUE;

/** Moves the cursor: the addresses on the way have the leaf of the innermost prefix. */
function advance(view: View, at: u64, to: u64, depth: u32, isCheck: bool): u64 {
  if (at >= to) return at;
  const leaf = depth ? load<u32>(view.nest(depth - 1), 4) : 0;
  if (isCheck) return viewSays(view, <u32>at, <u32>(to - 1), leaf) ? to : DIFFERS;
  if (leaf) paint(view, <u32>at, <u32>(to - 1), leaf);
  return to;
}

/** Puts the prefixes of a leaf inside the others, the shortest first; the new depth. */
function nestLeaf<K>(view: View, leaf: Leaf<K>, depth: u32): u32 {
  let top = depth;
  let slen: u32 = NO_SLEN;
  for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
    if (fa.tos != 0 || fa.slen == slen || fa.slen == DEFAULT_SLEN) continue;
    slen = fa.slen;
    store<u32>(view.nest(top), (<u32>leaf.key) | (((<u32>1) << slen) - 1));
    store<u32>(view.nest(top), leafFor(fa), 4);
    top++;
  }
  // The list has the longest first.
  for (let a = depth, b = top; a + 1 < b; a++) {
    b--;
    const other = load<u64>(view.nest(a));
    store<u64>(view.nest(a), load<u64>(view.nest(b)));
    store<u64>(view.nest(b), other);
  }
  return top;
}
