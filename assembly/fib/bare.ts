// fib/bare.ts - the answer for a bare destination: no source, no device, tos 0. A view gives it, the trie where the view
// cannot: a throw route, a sleeping info, rules.

import { FORWARD_OFF } from "../../src/abi/records";
import { RT_TABLE_DEFAULT, RT_TABLE_MAIN } from "../../src/abi/uapi";
import { forwarding, state } from "../arena";
import { compactLeaf, directLeaf, viewFind } from "../forward/find";
import { viewOf } from "../forward/follow";
import { ASK, COMPACT, NARROW_TAG, View } from "../forward/view";
import { Flow, Result } from "../record";
import { viewAsked } from "./forwarding";
import { infoAfter, infoById, wake } from "./info";
import { resolveDst } from "./lookup";
import { Table, tableFind, tableNext } from "./table";

/** Looks at the paths of all infos again when something has stirred them. O(fib infos) then. */
export function settlePaths(): void {
  const f = forwarding();
  if (!f.stirred) return;
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) wake(fi);
  f.stirred = 0;
}

/** True if an answer of a view stands, now that `settlePaths` was called. */
// @ts-ignore: decorator
@inline export function isAwake(id: u32): bool {
  return forwarding().asleep == 0 || id == 0 || !infoById(id)!.isAsleep;
}

/** What an address is answered for which a view of table main has 0: the id of a default route, 0, or ASK. */
export function noneOf(view: View): u32 {
  if (view.fallback) return view.fallback;
  const last = tableFind(RT_TABLE_DEFAULT);
  return last != null && last.routes ? ASK : 0;
}

/**
 * The view that answers bare destinations first, or null: that of table main as long as it holds local's routes too.
 * `rows` lookups are on their way, for which it may be made.
 */
export function bareView<K>(rows: u32): View | null {
  if (state().unmerged || isVector<K>()) return null;
  const main = tableFind(RT_TABLE_MAIN);
  return main == null ? null : viewFor<K>(main, rows);
}

/**
 * The view of a table, or null; it may be made for `rows` lookups that are on their way. None is asked beside a route
 * cache: it does not tell which route answers, and that route is to be marked (RC-26).
 */
// @ts-ignore: decorator
@inline export function viewFor<K>(t: Table, rows: u32): View | null {
  if (state().cache) return null;
  const trie = t.of<K>();
  if (!trie.view && trie.shape != FORWARD_OFF) viewAsked<K>(trie, rows, t.routes);
  return viewOf<K>(trie);
}

/** The id that answers a bare destination, 0 = no route; the two records are room to work in. */
export function bareId<K>(dst: K, flow: Flow, result: Result): u32 {
  const f = forwarding();
  const fast = f.fast;
  if (fast && !isVector<K>()) {
    const leaf = fast & 1 ? compactLeaf(fast - 1, <u32>dst) : directLeaf(fast, <u32>dst);
    // Without a branch: which addresses have no route, nobody can predict.
    if (leaf < NARROW_TAG) return leaf | (f.fastNone & (<u32>((<i32>leaf - 1) >> 31)));
  }
  return slowId<K>(dst, flow, result);
}

function slowId<K>(dst: K, flow: Flow, result: Result): u32 {
  const view = bareView<K>(1);
  if (view != null) {
    settlePaths();
    let id = viewFind(view, <u32>dst);
    if (id == 0) id = noneOf(view);
    if (!forwarding().fast) quicken(view);
    if (id != ASK && isAwake(id)) return id;
  }
  return askId<K>(dst, flow, result);
}

/** `bareId` by the trie. */
export function askId<K>(dst: K, flow: Flow, result: Result): u32 {
  const fa = resolveDst<K>(dst, flow, result);
  return fa == null ? 0 : fa.info.id;
}

/** Lets `bareId` read a narrow frame straight away, until something changes. */
function quicken(view: View): void {
  const f = forwarding();
  const none = noneOf(view);
  if (view.isWide || f.asleep || none == ASK) return;
  f.fastNone = none;
  f.fast = view.frame + <usize>(view.kind == COMPACT);
}

/** Makes the views of all tables that are to have one, after changes for which they had to go. */
export function resumeViews<K>(): void {
  forwarding().paused = 0;
  for (let t = tableNext(null); t != null; t = tableNext(t)) viewFor<K>(t, t.routes);
}
