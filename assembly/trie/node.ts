// trie/node.ts - the two shapes a trie is made of, tnode and leaf, and the anchor that holds the top one.
//
// `pos` counts the low key bits below a tnode's index field. A tnode tests key bits pos .. pos+bits-1 and
// has 2^bits slots. Bits between a parent's field and its child's are skipped: equal in all keys below.
//
//   bit 31                             pos+bits      pos            0
//    |  path: equal in all keys below   |   index    |  for those below  |
//
// A slot holds a Ref: 0, the address of a tnode, or the address of a leaf plus 1. So a table that grows can move leaves
// from tnode to tnode without touching them: a leaf has no link to its parent, which is found again by its key.
//
// Offsets are given for K = u32. Source: Nilsson & Tikkanen, Algorithmica 33(1), 2002; rules FIB-31..38.
//
// Invariants (check/trie.ts):
//   T1  a tnode's parent is the tnode that holds it      T5  slen = max(pos, slen of each child), exactly
//   T2  a child hangs in the slot that its key names      T6  a tnode has a child; one is enough (FIB-43)
//   T3  `empty` counts the null slots                     T7  key bits below pos+bits, or below slen, are zero
//   T4  `full` counts the full children (FIB-35)         T8  a child tnode has a field, and it lies below its parent's
//   T9  the anchor is as it was made, but for its top, `empty` and `full`; a shape of view is asked for

import { LEAF, TNODE, TNODE_BITS, TRIE, alloc, allocZero, clear, forwarding, free } from "../arena";
import { keyBits, keyClearLow, keyIndex } from "../key";

/** What a slot holds: 0, a tnode's address, or a leaf's address plus 1. */
export type Ref = usize;

/**
 * End of a path.
 *   off  size  field
 *     0     4  key    the whole address
 *     4     4  list   the routes at this key; a number to this room
 *     8     1  slen   longest suffix of any prefix here
 */
@unmanaged export class Leaf<K> {
  key: K;
  list: usize;
  slen: u8;
}

/**
 * Branch.
 *   off  size  field
 *     0     4  parent   tnode above; the anchor above the top node; null above the anchor
 *     4     1  pos      low key bits below the index field
 *     5     1  bits     width of the index field
 *     6     1  slen     longest suffix of any prefix below, at least pos
 *     8     4  key      path to here; the low pos+bits bits are zero
 *    12     4  full     children that skip no bits (FIB-35)
 *    16     4  empty    null slots
 *    20        then 2^bits slots of 4 bytes, a Ref each
 */
@unmanaged export class Tnode<K> {
  parent: Tnode<K> | null;
  pos: u8;
  bits: u8;
  slen: u8;
  key: K;
  full: u32;
  empty: u32;

  /** Number of slots. */
  @inline get slots(): u32 {
    return (<u32>1) << this.bits;
  }

  /** Slot of `key`; 2^bits or more says that the key differs in a skipped bit (FIB-34). Not for the anchor. */
  @inline index(key: K): u32 {
    return keyIndex<K>(key, this.key, this.pos);
  }

  /** What slot i holds. */
  @inline child(i: u32): Ref {
    return load<Ref>(this.slot(i));
  }

  /** Writes a slot and nothing else; `put` and `hang` keep the counts. */
  @inline setChild(i: u32, n: Ref): void {
    store<Ref>(this.slot(i), n);
  }

  /** Address of slot i. */
  @inline slot(i: u32): usize {
    return changetype<usize>(this) + offsetof<Tnode<K>>() + ((<usize>i) << 2);
  }

  /** True if no bits are skipped between this tnode and its child (FIB-35). */
  @inline isFull(n: Ref): bool {
    return isTnode(n) && <u32>tnodeOf<K>(n).pos + tnodeOf<K>(n).bits == this.pos;
  }
}

/**
 * The anchor above the top node, a pseudo-node with one slot, whose pos and slen are the key's width (FIB-33).
 *   off  size  field
 *    20     4  top    the top node, 0 in an empty trie; child(0) is the same word
 *    24     4  view   the forwarding view that is kept in step with it, 0 = none; a number to this room
 *    28     4  shape  the shape wanted of it; a number to this room
 *    32     4  asked  lookups that there was no view for
 */
@unmanaged export class Trie<K> extends Tnode<K> {
  top: Ref;
  view: usize;
  shape: u32;
  asked: u32;
}

// The tables are a promise and these lines keep it: asc stops here when one is stale.
if (offsetof<Leaf<u32>>("slen") != 8 || offsetof<Leaf<u32>>("list") != 4) ERROR("Leaf: the table is stale");
if (offsetof<Tnode<u32>>("key") != 8 || offsetof<Tnode<u32>>() != 20) ERROR("Tnode: the table is stale");
if (offsetof<Trie<u32>>("top") != 20 || offsetof<Trie<u32>>() != 36) ERROR("Trie: the table is stale");

// @ts-ignore: decorator
@inline export function isLeaf(n: Ref): bool {
  return (n & 1) != 0;
}

// @ts-ignore: decorator
@inline export function isTnode(n: Ref): bool {
  return n != 0 && (n & 1) == 0;
}

// @ts-ignore: decorator
@inline export function leafOf<K>(n: Ref): Leaf<K> {
  return changetype<Leaf<K>>(n - 1);
}

// @ts-ignore: decorator
@inline export function tnodeOf<K>(n: Ref): Tnode<K> {
  return changetype<Tnode<K>>(n);
}

// @ts-ignore: decorator
@inline export function refOf<K>(leaf: Leaf<K>): Ref {
  return changetype<Ref>(leaf) + 1;
}

/** Key of what a slot holds; it must hold something. */
// @ts-ignore: decorator
@inline export function keyOf<K>(n: Ref): K {
  return isLeaf(n) ? leafOf<K>(n).key : tnodeOf<K>(n).key;
}

/** Longest suffix at or below what a slot holds; it must hold something. */
// @ts-ignore: decorator
@inline export function slenOf<K>(n: Ref): u8 {
  return isLeaf(n) ? leafOf<K>(n).slen : tnodeOf<K>(n).slen;
}

/** An empty trie, or null. */
export function trieNew<K>(): Trie<K> | null {
  const trie = changetype<Trie<K> | null>(allocZero(TRIE, align4(offsetof<Trie<K>>())));
  if (trie == null) return null;
  trie.pos = <u8>keyBits<K>();
  trie.slen = <u8>keyBits<K>();
  trie.empty = 1;
  trie.shape = forwarding().shape;
  return trie;
}

/** A leaf that hangs nowhere yet, or null. */
export function leafNew<K>(key: K, slen: u8, list: usize): Leaf<K> | null {
  const leaf = changetype<Leaf<K> | null>(alloc(LEAF, align4(offsetof<Leaf<K>>())));
  if (leaf == null) return null;
  leaf.key = key;
  leaf.list = list;
  store<u32>(changetype<usize>(leaf), slen, offsetof<Leaf<K>>("slen")); // the spare bytes too: equal states, equal bytes
  return leaf;
}

/** A tnode with empty slots that hangs nowhere yet, or null. Its key is `key` without the bits below pos+bits. */
export function tnodeNew<K>(key: K, pos: u32, bits: u32): Tnode<K> | null {
  const tn = tnodeRaw<K>(key, pos, bits);
  if (tn != null) clear(tn.slot(0), 4 << bits);
  return tn;
}

/** `tnodeNew` with slots that are undefined, for whoever writes them all and counts the null ones. */
export function tnodeRaw<K>(key: K, pos: u32, bits: u32): Tnode<K> | null {
  if (bits > TNODE_BITS) return null;
  const tn = changetype<Tnode<K> | null>(alloc(TNODE + bits, tnodeBytes<K>(bits)));
  if (tn == null) return null;
  tn.parent = null;
  store<u32>(changetype<usize>(tn), pos | (bits << 8) | (pos << 16), offsetof<Tnode<K>>("pos")); // slen = pos
  tn.key = keyClearLow<K>(key, pos + bits);
  tn.full = 0;
  tn.empty = (<u32>1) << bits;
  return tn;
}

/** Bytes of a tnode with 2^bits slots. */
// @ts-ignore: decorator
@inline export function tnodeBytes<K>(bits: u32): u32 {
  return <u32>offsetof<Tnode<K>>() + (4 << bits);
}

export function leafFree<K>(leaf: Leaf<K>): void {
  free(LEAF, changetype<usize>(leaf));
}

export function tnodeFree<K>(tn: Tnode<K>): void {
  free(TNODE + tn.bits, changetype<usize>(tn));
}

export function trieFree<K>(trie: Trie<K>): void {
  free(TRIE, changetype<usize>(trie));
}

/** Slot of `key` in a tnode, or in the anchor, whose only slot is for all keys. */
// @ts-ignore: decorator
@inline export function slotFor<K>(tp: Tnode<K>, key: K): u32 {
  return tp.parent == null ? 0 : tp.index(key);
}

/** Writes a slot and keeps the counts (FIB-36), the slen (FIB-37) and the parent link. */
export function put<K>(tn: Tnode<K>, i: u32, n: Ref): void {
  const old = tn.child(i);
  tn.empty += <u32>(n == 0) - <u32>(old == 0);
  tn.full += <u32>tn.isFull(n) - <u32>tn.isFull(old);
  tn.setChild(i, n);
  if (n == 0) return;
  if (slenOf<K>(n) > tn.slen) tn.slen = slenOf<K>(n);
  if (!isLeaf(n)) tnodeOf<K>(n).parent = tn;
}

/** `put` into a slot that is null: what a tnode in the making needs. */
export function hang<K>(tn: Tnode<K>, i: u32, n: Ref): void {
  if (n == 0) return;
  tn.empty--;
  tn.setChild(i, n);
  if (isLeaf(n)) {
    const slen = leafOf<K>(n).slen;
    if (slen > tn.slen) tn.slen = slen;
    return;
  }
  const c = tnodeOf<K>(n);
  tn.full += <u32>(<u32>c.pos + c.bits == tn.pos);
  if (c.slen > tn.slen) tn.slen = c.slen;
  c.parent = tn;
}

// @ts-ignore: decorator
@inline function align4(n: usize): u32 {
  return (<u32>n + 3) & ~3;
}
