// fib/forwarding.ts - the view of a table's trie: forward/follow.ts for routes.
//
// An address has the leaf of the longest prefix with a route that a bare destination (no tos) can take; of several the
// first in the leaf's list (FIB-26). A throw route makes it ASK. So a view does not depend on the state of paths; who
// uses it asks the trie again when the info found is asleep (`wake` of info.ts).

import { RTN_THROW } from "../../src/abi/uapi";
import { agrees, askView, followChange, renewView, shapeView } from "../forward/follow";
import { ASK, View } from "../forward/view";
import { Leaf, Trie } from "../trie/node";
import { Alias, aliasAt, firstLink } from "./alias";

/** What views are told of the routes at a leaf: of each suffix length the first without a tos. */
@unmanaged class Routes<K> {
  first(leaf: Leaf<K>): usize {
    return plain(aliasAt(firstLink<K>(leaf)));
  }

  next(leaf: Leaf<K>, entry: usize): usize {
    const slen = changetype<Alias>(entry).slen;
    let e = plain(changetype<Alias>(entry).next);
    while (e && changetype<Alias>(e).slen == slen) e = plain(changetype<Alias>(e).next);
    return e;
  }


  @inline slen(leaf: Leaf<K>, entry: usize): u32 {
    return changetype<Alias>(entry).slen;
  }

  answer(entry: usize): u32 {
    const fi = changetype<Alias>(entry).info;
    return fi.type == RTN_THROW ? ASK : fi.id;
  }
}

/** The first alias without a tos from here on, or 0. */
function plain(fa: Alias | null): usize {
  while (fa != null && fa.tos != 0) fa = fa.next;
  return changetype<usize>(fa);
}

/** Gives a trie another shape of view; false when there is no memory, and it has none then. O(nodes + frame). */
export function viewShape<K>(trie: Trie<K>, shape: u32): bool {
  return shapeView<K, Routes<K>>(trie, shape);
}

/** Counts lookups that a trie without a view was asked; it may be made then. Not for one that is off. */
export function viewAsked<K>(trie: Trie<K>, rows: u32, routes: u32): void {
  askView<K, Routes<K>>(trie, rows, routes);
}

/** True if a view says what its trie says (V1). O(nodes). */
export function viewAgrees<K>(view: View, trie: Trie<K>): bool {
  return agrees<K, Routes<K>>(view, trie);
}

/** Brings the view in step after routes of one prefix have come, gone or changed. O(depth + what the prefix covers). */
export function viewFollow<K>(trie: Trie<K>, key: K, slen: u8): void {
  followChange<K, Routes<K>>(trie, key, slen);
}

/** Makes a view anew, after many routes have gone at once. O(nodes + frame). */
export function viewRenew<K>(trie: Trie<K>): void {
  renewView<K, Routes<K>>(trie);
}
