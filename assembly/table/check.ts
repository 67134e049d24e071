// table/check.ts - walks all of a table and names the first broken invariant; the numbers are those of check/rooms.ts.

import { FORWARD_DIRECT } from "../../src/abi/records";
import {
  ALIAS,
  BASE,
  BLOCK,
  CHUNK,
  FRAME,
  KINDS,
  LEAF,
  STATE_BYTES,
  TNODE,
  TRIE,
  VIEW,
  WORDS,
  forwarding,
  kindOf,
  state,
} from "../arena";
import { checkDeep } from "../check/deep";
import { checkBlocks } from "../check/kind";
import { A, M, T, V } from "../check/rooms";
import { checkHeader } from "../check/state";
import { checkTnode } from "../check/trie";
import { checkViewBlocks } from "../check/view";
import { claim, claimsBegin, claimsEnd, walk, within } from "../claim";
import { agrees, viewOf } from "../forward/follow";
import { DEEP_BYTES, VIEW_BYTES, frameBytes } from "../forward/view";
import { keyBits, keyClearLow, keyEqual } from "../key";
import { Leaf, Tnode, Trie, isLeaf, isTnode, leafOf, slotFor, tnodeBytes, tnodeOf } from "../trie/node";
import { Entries, Entry, MAX_ID } from "./entry";
import { Root, root } from "./root";

/** Number of the first broken invariant, 0 = all hold. O(size). */
export function check<K>(): u32 {
  const broken = checkHeader();
  if (broken) return broken;
  claimsBegin();
  const found = walkAll<K>(root());
  claimsEnd();
  return found;
}

function walkAll<K>(root: Root): u32 {
  let broken = checkKinds<K>();
  if (!broken) broken = checkRoot<K>(root);
  if (!broken) broken = checkNodes<K>(root.of<K>());
  if (!broken) broken = checkView<K>(root.of<K>());
  if (!broken) broken = checkLeases();
  return broken ? broken : checkBlocks();
}

/** M3 and M5. */
function checkKinds<K>(): u32 {
  let bytes: u64 = STATE_BYTES;
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    const k = kindOf(kind);
    const blocks = <u64>k.out + k.idle;
    if (blocks ? !k.size || k.size != sizeOf<K>(kind) : k.free != 0) return M + 5;
    bytes += blocks * k.size;
  }
  return BASE + bytes == state().brk ? 0 : M + 3;
}

/** Bytes of a block of a kind, 0 when a table has none such. */
function sizeOf<K>(kind: u32): u32 {
  if (kind == TRIE) return offsetof<Trie<K>>();
  if (kind == LEAF) return (<u32>offsetof<Leaf<K>>() + 3) & ~3;
  if (kind == ALIAS) return offsetof<Entry>();
  if (kind > TNODE && kind < WORDS) return tnodeBytes<K>(kind - TNODE);
  if (kind >= WORDS && kind < VIEW) return 4 << (kind - WORDS);
  if (kind == VIEW) return isVector<K>() ? DEEP_BYTES : VIEW_BYTES;
  if (kind >= FRAME && kind < BLOCK) return frameBytes(kind - FRAME);
  if (kind >= BLOCK && kind < CHUNK) return 16 + ((kind - BLOCK) << 3);
  return kind == CHUNK || kind == CHUNK + 1 ? 512 << (kind - CHUNK) : 0;
}

/** T9 and T20. */
function checkRoot<K>(root: Root): u32 {
  if (root.is6 != <u32>isVector<K>() || root.kept || root.keptPrefixes || root.refs || root.leaves)
    return T + 20;
  const trie = root.of<K>();
  if (!claim(TRIE, root.trie)) return M + 4;
  const isAnchor =
    trie.parent == null &&
    trie.bits == 0 &&
    trie.pos == <u8>keyBits<K>() &&
    trie.slen == <u8>keyBits<K>() &&
    trie.shape <= <u32>FORWARD_DIRECT;
  return isAnchor ? 0 : T + 9;
}

/** All tnodes from the anchor down, in order, and their leaves. O(nodes). */
function checkNodes<K>(trie: Trie<K>): u32 {
  let tn = changetype<Tnode<K>>(trie);
  let broken = enter<K>(tn);
  for (let i: u32 = 0; !broken;) {
    while (i < tn.slots && !isTnode(tn.child(i))) i++;
    if (i < tn.slots) {
      tn = tnodeOf<K>(tn.child(i));
      broken = enter<K>(tn);
      i = 0;
    } else if (tn.parent == null) break;
    else {
      i = slotFor<K>(tn.parent!, tn.key) + 1;
      tn = tn.parent!;
    }
  }
  return broken || walk().prefixes == root().prefixes ? broken : T + 20;
}

/** Claims what hangs at a tnode; T1..T8 of itself, A11 and A12 of its leaves. */
function enter<K>(tn: Tnode<K>): u32 {
  const slots = tn.slots;
  for (let i: u32 = 0; i < slots; i++) {
    const n = tn.child(i);
    if (isLeaf(n) && !claim(LEAF, n - 1)) return M + 4;
    if (!isTnode(n)) continue;
    if (!within(n, <u32>offsetof<Tnode<K>>()) || !claim(TNODE + tnodeOf<K>(n).bits, n)) return M + 4;
  }
  for (let i: u32 = 0; i < slots; i++) {
    if (!isLeaf(tn.child(i))) continue;
    const prefixes = entriesOf<K>(leafOf<K>(tn.child(i)));
    if (!prefixes) return A + 11;
    walk().prefixes += prefixes;
  }
  return checkTnode<K>(tn);
}

/** A11 and A12: how many prefixes a leaf has, 0 = something is wrong. */
function entriesOf<K>(leaf: Leaf<K>): u32 {
  const s = changetype<Entries<K>>(0);
  let n: u32 = 0;
  let longest: i32 = -1;
  for (let e = s.first(leaf); e; e = s.next(leaf, e)) {
    if (!(e & 1) && !claim(ALIAS, e)) return 0;
    if (s.answer(e) == 0 || s.answer(e) > MAX_ID || <i32>s.slen(leaf, e) <= longest) return 0;
    longest = s.slen(leaf, e);
    n++;
  }
  const isList = !(leaf.list & 1);
  if (isList == n < 2 || <u32>longest != leaf.slen || leaf.slen > <u8>keyBits<K>()) return 0;
  return keyEqual<K>(leaf.key, keyClearLow<K>(leaf.key, leaf.slen)) ? n : 0;
}

/** V1..V5. */
function checkView<K>(trie: Trie<K>): u32 {
  const view = viewOf<K>(trie);
  if (view != null) {
    const broken = isVector<K>() ? checkDeep(view) : checkViewBlocks(view);
    if (broken) return broken;
    if (!agrees<K, Entries<K>>(view, trie)) return V + 1;
  }
  let bytes: u32 = walk().viewBytes;
  for (let kind = VIEW; kind < CHUNK + 2; kind++) bytes += kindOf(kind).seen * kindOf(kind).size;
  return bytes == forwarding().bytes ? 0 : V + 4;
}

/** What the facade has borrowed. */
function checkLeases(): u32 {
  for (let at = state().leases; at; at = load<usize>(at))
    if (!within(at, 8) || !claim(WORDS + load<u32>(at, 4), at)) return M + 4;
  return 0;
}
