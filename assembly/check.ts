// check.ts - walks everything and names the first broken invariant; the numbers stand at the head of each room.
//
// 0 = all hold, else room * 100 + number: 1xx T (trie), 2xx A (aliases), 3xx I (infos), 4xx M (arena), 5xx R (rules), 6xx O (nexthop
// objects).
// It writes nothing but the `seen` fields, and it follows no pointer that does not lead into the arena.

import * as abi from "../src/abi/records";
import { RT_TABLE_LOCAL } from "../src/abi/uapi";
import {
  ADDRESS,
  ALIAS,
  BASE,
  DEVICE,
  INFO,
  KINDS,
  LEAF,
  METRICS,
  OBJECT,
  RULE,
  STATE_BYTES,
  TABLE,
  TNODE,
  TRIE,
  WORDS,
  kindOf,
  state,
  word,
} from "./arena";
import { deviceAfter } from "./device";
import { devices, objects } from "./directory";
import { Alias, aliasAt, firstLink } from "./fib/alias";
import { Info, infoClass, isLink } from "./fib/info";
import { bucketBits } from "./fib/group";
import { MEMBER_SIZE, Member, Obj, objectFind } from "./fib/object";
import { Table, isMerged, tableNext } from "./fib/table";
import { keyClearLow, keyEqual } from "./key";
import { ruleFirst } from "./rule/rule";
import { Leaf, Tnode, isLeaf, keyOf, leafOf, slenOf, tnodeOf } from "./trie/node";
import { nextNode } from "./trie/walk";

const T: u32 = 100;
const A: u32 = 200;
const I: u32 = 300;
const M: u32 = 400;
const R: u32 = 500;
const O: u32 = 600;

/** Checks the whole arena. O(size). */
export function check<K>(): u32 {
  for (let kind: u32 = 0; kind < KINDS; kind++) kindOf(kind).seen = 0;
  const s = state();
  see(WORDS + s.infoBits, 2);
  see(WORDS + s.idBits, 1);
  for (let at = s.leases; at; at = load<usize>(at)) {
    if (!isBlock(at)) return M + 1;
    see(WORDS + load<u32>(at, 4), 1);
  }
  if (devices().block) see(WORDS + devices().bits, 1);
  for (let d = deviceAfter(0); d != null; d = deviceAfter(d!.index)) {
    see(DEVICE, 1);
    for (let a = d.address; a != null; a = a!.next) see(ADDRESS, 1);
  }
  let broken = checkRules();
  if (broken) return broken;
  broken = checkObjects();
  if (broken) return broken;
  broken = checkInfos();
  if (broken) return broken;
  for (let t = tableNext(null); t != null; t = tableNext(t)) {
    see(TABLE, 1);
    broken = checkTable<K>(t);
    if (broken) return broken;
  }
  broken = checkRefs();
  if (broken) return broken;
  broken = checkObjectRefs();
  return broken ? broken : checkBlocks();
}

/** R1 the rules are sorted by priority. */
function checkRules(): u32 {
  let last: u32 = 0;
  for (let rule = ruleFirst(); rule != null; rule = rule!.next) {
    if (!isBlock(changetype<usize>(rule))) return M + 1;
    see(RULE, 1);
    if (rule.word(abi.RULE_PRIORITY) < last) return R + 1;
    last = rule.word(abi.RULE_PRIORITY);
  }
  return 0;
}

/** O1 the directory is sorted by id; members are objects. `seen` counts from here on what refers to an object. */
function checkObjects(): u32 {
  const dir = objects();
  if (dir.block) see(WORDS + dir.bits, 1);
  for (let i: u32 = 0; i < dir.count; i++) {
    const o = changetype<Obj>(dir.at(i));
    if (!isBlock(changetype<usize>(o))) return M + 1;
    if (i > 0 && changetype<Obj>(dir.at(i - 1)).id >= o.id) return O + 1;
    see(OBJECT, 1);
    o.seen = 0;
    if (o.members) see(WORDS + o.room, 1);
    if (o.table) see(WORDS + bucketBits(o.buckets), 1);
  }
  for (let i: u32 = 0; i < dir.count; i++) {
    const o = changetype<Obj>(dir.at(i));
    for (let j: u32 = 0; j < o.count; j++) {
      const member = o.member(j).object;
      if (objectFind(member.id) != member) return O + 3; // O3 a member is in the directory
      member.seen++;
    }
  }
  for (let i: u32 = 0; i < dir.count; i++) if (!checkGroups(changetype<Obj>(dir.at(i)))) return O + 4;
  return 0;
}

/** O4 the list of an object's groups: as many members as there are, each of its group. */
function checkGroups(o: Obj): bool {
  let n: u32 = 0;
  for (let m: Member | null = o.groups; m != null; m = m!.next) {
    const at = changetype<usize>(m) - m.group.members;
    if (m.object != o || at >= <usize>m.group.count * MEMBER_SIZE || ++n > o.seen) return false;
  }
  return n == o.seen;
}

/** O2 refs = fib infos and group members that point here. */
function checkObjectRefs(): u32 {
  const dir = objects();
  for (let i: u32 = 0; i < dir.count; i++) {
    const o = changetype<Obj>(dir.at(i));
    if (o.seen != o.refs) return O + 2;
  }
  return 0;
}

function see(kind: u32, n: u32): void {
  kindOf(kind).seen += n;
}

/** True if an address can be that of a block. */
function isBlock(at: usize): bool {
  return at >= BASE + STATE_BYTES && at < state().brk && (at - BASE) % 4 == 0;
}

/** Counts of a table, and its trie unless another table's walk has it. */
function checkTable<K>(t: Table): u32 {
  if (t.id == RT_TABLE_LOCAL && isMerged(t)) return 0;
  const trie = t.of<K>();
  if (!isBlock(changetype<usize>(trie))) return M + 1;
  see(TRIE, 1);
  if (trie.top == 0) return trie.empty == 1 ? 0 : T + 3;
  if (!isBlock(trie.top & ~1)) return M + 1;
  if (!isLeaf(trie.top) && tnodeOf<K>(trie.top).parent != trie) return T + 1;
  for (let n = trie.top; n != 0; n = nextNode<K>(trie, n)) {
    const broken = isLeaf(n) ? checkLeaf<K>(leafOf<K>(n)) : checkTnode<K>(tnodeOf<K>(n));
    if (broken) return broken;
  }
  return 0;
}

/** Invariants of one tnode; its children's own come later in the walk. */
export function checkTnode<K>(tn: Tnode<K>): u32 {
  see(TNODE + tn.bits, 1);
  let empty: u32 = 0;
  let full: u32 = 0;
  let slen = tn.pos;
  for (let i: u32 = 0, slots = tn.slots; i < slots; i++) {
    const n = tn.child(i);
    if (n == 0) {
      empty++;
      continue;
    }
    if (!isBlock(n & ~1)) return M + 1;
    if (!isLeaf(n) && tnodeOf<K>(n).parent != tn) return T + 1; // T1 a tnode's parent is the tnode that holds it
    if (tn.index(keyOf<K>(n)) != i) return T + 2; // T2 a child hangs in the slot that its key names
    if (tn.isFull(n)) full++;
    slen = max(slen, slenOf<K>(n));
  }
  if (empty != tn.empty) return T + 3; // T3 empty counts the null slots
  if (full != tn.full) return T + 4; // T4 full counts the full children
  if (slen != tn.slen) return T + 5; // T5 slen is the longest below, at least pos
  if (empty == tn.slots) return T + 6; // T6 a tnode has a child; after an inflate it may have but one (FIB-43)
  if (!keyEqual<K>(tn.key, keyClearLow<K>(tn.key, <u32>tn.pos + tn.bits))) return T + 7; // T7 low key bits are zero
  return 0;
}

/** Invariants of one leaf and its aliases. */
function checkLeaf<K>(leaf: Leaf<K>): u32 {
  see(LEAF, 1);
  let last: Alias | null = null;
  for (let fa = aliasAt(firstLink<K>(leaf)); fa != null; fa = fa!.next) {
    if (!isBlock(changetype<usize>(fa)) || !isBlock(changetype<usize>(fa.info))) return M + 1;
    see(ALIAS, 1);
    fa.info.seen++;
    if (last != null && !inOrder(last, fa)) return A + 1; // A1 the list is sorted
    if (!keyEqual<K>(leaf.key, keyClearLow<K>(leaf.key, fa.slen))) return T + 7;
    last = fa;
  }
  if (last == null) return A + 3; // A3 a leaf's list is not empty
  return last.slen == leaf.slen ? 0 : A + 2; // A2 the leaf's slen is that of the last alias
}

/** True if b may follow a (FIB-26). */
function inOrder(a: Alias, b: Alias): bool {
  if (a.slen != b.slen) return a.slen < b.slen;
  if (a.info.table != b.info.table) return a.info.table > b.info.table;
  if (a.tos != b.tos) return a.tos > b.tos;
  return a.info.priority <= b.info.priority;
}

/** Clears the marks of all infos and checks what they are by themselves. */
function checkInfos(): u32 {
  const s = state();
  let infos: u32 = 0;
  for (let i: u32 = 0; i < (<u32>1) << s.infoBits; i++) {
    for (let fi = load<Info | null>(word(s.infoHash, i)); fi != null; fi = fi!.next) {
      if (!isBlock(changetype<usize>(fi))) return M + 1;
      if (++infos > s.infos) return I + 4; // I4 infos counts them; a circle ends here too
      if ((fi.hash & ((1 << s.infoBits) - 1)) != i) return I + 2; // I2 each info is in its chain
      if (fi.id == 0 || fi.id >= s.idNext || load<Info>(word(s.ids, fi.id)) != fi) return I + 3; // I3 ids[id] = the info
      see(INFO + infoClass(fi.count), 1);
      if (fi.metrics) see(METRICS, 1);
      if (fi.object) changetype<Obj>(fi.object).seen++;
      fi.seen = 0;
    }
  }
  return infos == s.infos ? 0 : I + 4;
}

/** I1 refs = aliases that point here; and every id names an info or waits. */
function checkRefs(): u32 {
  const s = state();
  let alive: u32 = 0;
  for (let id: u32 = 1; id < s.idNext; id++) {
    const entry = load<usize>(word(s.ids, id));
    if (isLink(entry)) continue;
    const fi = changetype<Info>(entry);
    if (fi.seen != fi.refs) return I + 1;
    alive++;
  }
  return alive == s.infos ? 0 : I + 3;
}

/** M1..M3: what was reached is what is out, free lists are as long as they say, and nothing is lost between blocks. */
function checkBlocks(): u32 {
  let bytes: u64 = STATE_BYTES;
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    const k = kindOf(kind);
    if (k.seen != k.out) return M + 1;
    let idle: u32 = 0;
    for (let at = k.free; at; at = load<usize>(at)) if (!isBlock(at) || ++idle > k.idle) return M + 2;
    if (idle != k.idle) return M + 2;
    bytes += <u64>(k.out + k.idle) * k.size;
  }
  return BASE + bytes == state().brk ? 0 : M + 3;
}
