// check.ts - walks everything and names the first broken invariant.
//
// 0 = all hold, else room * 100 + number; the rooms are in check/rooms.ts, the invariants at the head of the file of
// each room. It is as good for an arena that came from somewhere as for one that lives: no word is read before the block
// around it is claimed, every loop is bounded by what was claimed, and a walk without a finding means that no later
// operation can be led astray. It writes nothing but marks, and leaves none.

import { checkCache } from "./check/cache";
import { claimsBegin, claimsEnd } from "./claim";
import { checkDevices } from "./check/device";
import { checkClassic, checkGateways } from "./check/gateway";
import { checkInfos, checkRefs } from "./check/info";
import { checkBlocks, checkKinds } from "./check/kind";
import { checkObjectRefs, checkObjects } from "./check/object";
import { checkRules } from "./check/rule";
import { checkCounts, checkHeader, checkState } from "./check/state";
import { checkTables, checkTrie } from "./check/trie";
import { checkForwarding, checkView } from "./check/view";
import { isMerged, tableNext } from "./fib/table";

/** Checks the whole arena. O(size). */
export function check<K>(): u32 {
  const broken = checkHeader();
  if (broken) return broken;
  claimsBegin();
  const found = walkAll<K>();
  claimsEnd();
  return found;
}

/** The order matters: each step leans on what the ones before have proved. */
function walkAll<K>(): u32 {
  let broken = checkKinds<K>();
  if (!broken) broken = checkState();
  if (!broken) broken = checkDevices();
  if (!broken) broken = checkRules();
  if (!broken) broken = checkObjects();
  if (!broken) broken = checkInfos();
  if (!broken) broken = checkTables();
  for (let t = tableNext(null); !broken && t != null; t = tableNext(t)) {
    broken = checkTrie<K>(t);
    if (!broken && !isMerged(t)) broken = checkView<K>(t.of<K>());
  }
  if (!broken) broken = checkGateways<K>();
  if (!broken) broken = checkClassic();
  if (!broken) broken = checkRefs();
  if (!broken) broken = checkObjectRefs();
  if (!broken) broken = checkCache();
  if (!broken) broken = checkCounts();
  if (!broken) broken = checkForwarding<K>();
  return broken ? broken : checkBlocks();
}
