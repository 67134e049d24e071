// gateway/gate.ts - the reverse index: from a gateway to the fib infos that have it, and from those to their routes.
//
//   gates: hash_32 -> Gate -> Gate ...          a gateway, on whatever device
//                      |
//                     Use -> Use ...            one for each owner, newest first
//                      |
//                    Owner: entries, uses       lies in a fib info
//                      |
//                    Entry -> Entry ...         one for each route of the owner, newest first
//   entries: mix -> Entry -> Entry ...          the same, to be found when their route goes
//
// It is made when it is first asked and follows every change from then on (fib/uses.ts). It holds nothing that the tries
// do not say, so where there is no memory it goes as a whole and no route is refused for it.
// Source: GWI-31..34; the hash is GWI-17.
//
// Invariants (check/gateway.ts):
//   G1  gates and entries hang in the chain of their hash; gateCount and entryCount count them
//   G2  a gate has uses; each is that of an owner that has this gateway on a path; no owner is twice below a gate
//   G3  an owner has uses if it has entries: one for each of its gateways; both lists are linked both ways
//   G4  each route whose info is an owner has one entry, and no other entry is there

import {
  GATE,
  GATEWAYS,
  USE,
  alloc,
  allocZero,
  free,
  gatewayIndex,
  word,
  wordsFree,
  wordsNew,
} from "../arena";

/**
 * The index.
 *   off  size  field
 *     0     4  gates       WORDS: chains of gates
 *     4     4  gateBits    log2 of how many
 *     8     4  gateCount
 *    12     4  entries     WORDS: chains of entries
 *    16     4  entryBits
 *    20     4  entryCount
 *    24     4  serial      number that the next entry gets
 */
@unmanaged export class Gateways {
  gates: usize;
  gateBits: u32;
  gateCount: u32;
  entries: usize;
  entryBits: u32;
  entryCount: u32;
  serial: u32;
}

/**
 * A gateway.
 *   off  size  field
 *     0     4  next    in the chain
 *     4     4  uses    the first of its uses
 *     8     4  family  AF_INET, AF_INET6
 *    12        then 16 bytes of address, 4 host-order words
 */
@unmanaged export class Gate {
  next: Gate | null;
  uses: Use | null;
  family: u32;

  /** The address. */
  @inline get address(): usize {
    return changetype<usize>(this) + ADDRESS;
  }
}

/**
 * That an owner has a gateway.
 *   off  size  field
 *     0     4  next       use of the same gate, older
 *     4     4  back       the link that points here
 *     8     4  gate
 *    12     4  owner
 *    16     4  nextOfOwner
 */
@unmanaged export class Use {
  next: Use | null;
  back: usize;
  gate: Gate;
  owner: Owner;
  nextOfOwner: Use | null;
}

/**
 * What has routes and gateways: a part of a fib info.
 *   off  size  field
 *     0     4  entries  its routes, the newest first
 *     4     4  uses     its gateways
 */
@unmanaged export class Owner {
  entries: usize;
  uses: Use | null;
}

const ADDRESS: usize = 12;
/** Bytes of a gate, its address included. */
export const GATE_SIZE: u32 = 28;
const INDEX_SIZE: u32 = 28;
if (offsetof<Gateways>() != INDEX_SIZE || offsetof<Gate>() != ADDRESS) ERROR("Gate: the table is stale");
if (offsetof<Use>() != 20 || offsetof<Owner>() != 8) ERROR("Use: the table is stale");

/** Buckets of either hash at the start, as a power of two (GWI-15). */
const FIRST_BITS: u32 = 12;
/** Multiplier of hash_32 from Linux 4.7 on (GWI-17). */
const GOLDEN: u32 = 0x61c88647;

/** The index, or null while there is none. */
// @ts-ignore: decorator
@inline export function gateways(): Gateways | null {
  return load<Gateways | null>(gatewayIndex());
}

/** GWI-17: the upper bits of a product. `v` is the word as it lies in memory, in network order. */
// @ts-ignore: decorator
@inline export function hash32(v: u32, constant: u32, bits: u32): u32 {
  return (v * constant) >>> (32 - bits);
}

/** An index without anything in it; null when there is no memory. */
export function gatewaysNew(): Gateways | null {
  const index = changetype<Gateways | null>(allocZero(GATEWAYS, INDEX_SIZE));
  if (index == null) return null;
  index.gates = wordsNew(FIRST_BITS);
  index.entries = wordsNew(FIRST_BITS);
  index.gateBits = FIRST_BITS;
  index.entryBits = FIRST_BITS;
  if (index.gates && index.entries) {
    store<Gateways>(gatewayIndex(), index);
    return index;
  }
  wordsFree(FIRST_BITS, index.gates);
  wordsFree(FIRST_BITS, index.entries);
  free(GATEWAYS, changetype<usize>(index));
  return null;
}

/** Head of the chain that an address belongs to. */
export function gateChain(index: Gateways, address: usize): usize {
  const fold = load<u32>(address) ^ load<u32>(address, 4) ^ load<u32>(address, 8) ^ load<u32>(address, 12);
  return word(index.gates, hash32(bswap<u32>(fold), GOLDEN, index.gateBits));
}

/** The gate of an address, or null. O(chain). */
export function gateFind(index: Gateways, family: u32, address: usize): Gate | null {
  let gate = load<Gate | null>(gateChain(index, address));
  while (gate != null && (gate.family != family || memory.compare(gate.address, address, 16) != 0))
    gate = gate.next;
  return gate;
}

/** The first gate in chain i or later, or null. */
export function gateFrom(index: Gateways, i: u32): Gate | null {
  for (const n: u32 = 1 << index.gateBits; i < n; i++) {
    const gate = load<Gate | null>(word(index.gates, i));
    if (gate != null) return gate;
  }
  return null;
}

/** The gate after one, in no order that means anything; the first after null. */
export function gateAfter(index: Gateways, gate: Gate | null): Gate | null {
  if (gate == null) return gateFrom(index, 0);
  if (gate.next != null) return gate.next;
  return gateFrom(index, <u32>((gateChain(index, gate.address) - index.gates) >>> 2) + 1);
}

/** Notes that an owner has a gateway; once is enough. False when there is no memory. O(chain). */
export function useAdd(index: Gateways, owner: Owner, family: u32, address: usize): bool {
  let gate = gateFind(index, family, address);
  if (gate == null) gate = gateNew(index, family, address);
  if (gate == null) return false;
  const first = gate.uses;
  if (first != null && first.owner == owner) return true; // what an owner notes in one go comes to the front
  const use = changetype<Use | null>(alloc(USE, offsetof<Use>()));
  if (use == null) {
    if (first == null) gateFree(index, gate);
    return false;
  }
  use.gate = gate;
  use.owner = owner;
  use.nextOfOwner = owner.uses;
  owner.uses = use;
  use.next = first;
  use.back = changetype<usize>(gate) + offsetof<Gate>("uses");
  if (first != null) first.back = changetype<usize>(use);
  gate.uses = use;
  return true;
}

/** Forgets the gateways of an owner, and those that nobody else has. O(uses). */
export function usesDrop(index: Gateways, owner: Owner): void {
  let use = owner.uses;
  owner.uses = null;
  while (use != null) {
    const after = use.nextOfOwner;
    const next = use.next;
    store<Use | null>(use.back, next);
    if (next != null) next.back = use.back;
    if (use.gate.uses == null) gateFree(index, use.gate);
    free(USE, changetype<usize>(use));
    use = after;
  }
}

function gateNew(index: Gateways, family: u32, address: usize): Gate | null {
  if (index.gateCount >> index.gateBits) gatesGrow(index);
  const gate = changetype<Gate | null>(alloc(GATE, GATE_SIZE));
  if (gate == null) return null;
  gate.uses = null;
  gate.family = family;
  memory.copy(gate.address, address, 16);
  const chain = gateChain(index, address);
  gate.next = load<Gate | null>(chain);
  store<Gate>(chain, gate);
  index.gateCount++;
  return gate;
}

function gateFree(index: Gateways, gate: Gate): void {
  let link = gateChain(index, gate.address);
  while (load<Gate | null>(link) != gate) link = load<usize>(link);
  store<Gate | null>(link, gate.next);
  free(GATE, changetype<usize>(gate));
  index.gateCount--;
}

/** L14: twice as many chains; without memory they grow longer instead. */
function gatesGrow(index: Gateways): void {
  const old = index.gates;
  const bits = index.gateBits;
  const heads = wordsNew(bits + 1);
  if (!heads) return;
  index.gates = heads;
  index.gateBits = bits + 1;
  for (let i: u32 = 0; i < (<u32>1) << bits; i++) {
    let gate = load<Gate | null>(word(old, i));
    while (gate != null) {
      const next = gate.next;
      const chain = gateChain(index, gate.address);
      gate.next = load<Gate | null>(chain);
      store<Gate>(chain, gate);
      gate = next;
    }
  }
  wordsFree(bits, old);
}
