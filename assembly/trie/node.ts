// trie/node.ts - the two shapes a trie is made of, tnode and leaf, and the anchor that holds the top one.
//
// `pos` counts the low key bits below a node's index field. A tnode tests key bits pos .. pos+bits-1 and
// has 2^bits slots. Bits between a parent's field and its child's are skipped: equal in all keys below.
//
//   bit 31                             pos+bits      pos            0
//    |  path: equal in all keys below   |   index    |  for those below  |
//
// Offsets are given for K = u32. Source: Nilsson & Tikkanen, Algorithmica 33(1), 2002; rules FIB-31..38.
//
// Invariants, by their numbers in check.ts:
//   T1  a child's parent is the tnode that holds it      T5  slen = max(pos, slen of each child), exactly
//   T2  a child hangs in the slot that its key names      T6  a tnode has at least two children
//   T3  `empty` counts the null slots                     T7  key bits below pos+bits are zero
//   T4  `full` counts the full children (FIB-35)

import { LEAF, TNODE, TNODE_BITS, TRIE, alloc, allocZero, free } from "../arena";
import { keyBits, keyClearLow, keyIndex } from "../key";

/**
 * What tnode and leaf share. bits == 0 says leaf.
 *   off  size  field
 *     0     4  parent   tnode above; the anchor above the top node; null above the anchor
 *     4     1  pos      low key bits below the index field; 0 in a leaf
 *     5     1  bits     width of the index field; 0 for a leaf
 *     6     1  slen     longest suffix of any prefix below, at least pos
 *     8     4  key      path to here; the low pos+bits bits of a tnode's key are zero
 */
@unmanaged export class Node<K> {
  parent: Tnode<K> | null;
  pos: u8;
  bits: u8;
  slen: u8;
  key: K;

  @inline get isLeaf(): bool {
    return this.bits == 0;
  }
}

/**
 * Branch.
 *   off  size  field
 *    12     4  full    children that skip no bits (FIB-35)
 *    16     4  empty   null slots
 *    20        then 2^bits slots of 4 bytes, each a Node or null
 */
@unmanaged export class Tnode<K> extends Node<K> {
  full: u32;
  empty: u32;

  /** Number of slots. */
  @inline get slots(): u32 {
    return <u32>1 << this.bits;
  }

  /** Slot of `key`; 2^bits or more says that the key differs in a skipped bit (FIB-34). Not for the anchor. */
  @inline index(key: K): u32 {
    return keyIndex<K>(key, this.key, this.pos);
  }

  @inline child(i: u32): Node<K> | null {
    return load<Node<K> | null>(changetype<usize>(this) + (<usize>i << 2), offsetof<Tnode<K>>());
  }

  /** True if no bits are skipped between this tnode and its child c (FIB-35). */
  @inline isFull(c: Node<K> | null): bool {
    return c != null && c.bits != 0 && <u32>c.pos + c.bits == this.pos;
  }
}

/**
 * End of a path.
 *   off  size  field
 *    12     4  list   the routes at this key; a number to this room
 */
@unmanaged export class Leaf<K> extends Node<K> {
  list: usize;
}

/**
 * The anchor above the top node, a pseudo-node with one slot, whose pos and slen are the key's width (FIB-33).
 *   off  size  field
 *    20     4  top   the top node, null in an empty trie; child(0) is the same word
 */
@unmanaged export class Trie<K> extends Tnode<K> {
  top: Node<K> | null;
}

// The tables are a promise and these lines keep it: asc stops here when one is stale.
if (offsetof<Node<u32>>("slen") != 6 || offsetof<Node<u32>>() != 12) ERROR("Node: the table is stale");
if (offsetof<Tnode<u32>>("empty") != 16 || offsetof<Tnode<u32>>() != 20) ERROR("Tnode: the table is stale");
if (offsetof<Leaf<u32>>() != 16) ERROR("Leaf: the table is stale");
if (offsetof<Trie<u32>>("top") != 20) ERROR("Trie: the table is stale");

/** An empty trie, or null. */
export function trieNew<K>(): Trie<K> | null {
  const trie = changetype<Trie<K> | null>(allocZero(TRIE, align4(offsetof<Trie<K>>())));
  if (trie == null) return null;
  trie.pos = <u8>keyBits<K>();
  trie.slen = <u8>keyBits<K>();
  trie.empty = 1;
  return trie;
}

/** A leaf that hangs nowhere yet, or null. */
export function leafNew<K>(key: K, slen: u8, list: usize): Leaf<K> | null {
  const leaf = changetype<Leaf<K> | null>(alloc(LEAF, align4(offsetof<Leaf<K>>())));
  if (leaf == null) return null;
  leaf.parent = null;
  leaf.pos = 0;
  leaf.bits = 0;
  leaf.slen = slen;
  leaf.key = key;
  leaf.list = list;
  return leaf;
}

/** A tnode with empty slots that hangs nowhere yet, or null. Its key is `key` without the bits below pos+bits. */
export function tnodeNew<K>(key: K, pos: u32, bits: u32): Tnode<K> | null {
  if (bits > TNODE_BITS) return null;
  const bytes = <u32>offsetof<Tnode<K>>() + ((<u32>1 << bits) << 2);
  const tn = changetype<Tnode<K> | null>(allocZero(TNODE + bits, bytes));
  if (tn == null) return null;
  tn.pos = <u8>pos;
  tn.bits = <u8>bits;
  tn.slen = <u8>pos;
  tn.key = keyClearLow<K>(key, pos + bits);
  tn.empty = <u32>1 << bits;
  return tn;
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

/** Slot in which n hangs. */
// @ts-ignore: decorator
@inline export function slotOf<K>(n: Node<K>): u32 {
  const tp = changetype<Tnode<K>>(n.parent);
  return tp.parent == null ? 0 : tp.index(n.key);
}

/** Writes a slot that is null, in a tnode that is being made: `put` without a look at what was there. */
// @ts-ignore: decorator
@inline export function fill<K>(tn: Tnode<K>, i: u32, n: Node<K> | null): void {
  if (n == null) return;
  tn.empty--;
  tn.full += <u32>tn.isFull(n);
  if (n.slen > tn.slen) tn.slen = n.slen;
  store<Node<K>>(changetype<usize>(tn) + (<usize>i << 2), n, offsetof<Tnode<K>>());
}

/** Writes a slot and keeps the counts (FIB-36) and the slen (FIB-37) of its tnode. The parent link is the caller's. */
export function put<K>(tn: Tnode<K>, i: u32, n: Node<K> | null): void {
  const old = tn.child(i);
  tn.empty += <u32>(n == null) - <u32>(old == null);
  tn.full += <u32>tn.isFull(n) - <u32>tn.isFull(old);
  if (n != null && n.slen > tn.slen) tn.slen = n.slen;
  store<Node<K> | null>(changetype<usize>(tn) + (<usize>i << 2), n, offsetof<Tnode<K>>());
}

// @ts-ignore: decorator
@inline function align4(n: usize): u32 {
  return (<u32>n + 3) & ~3;
}
