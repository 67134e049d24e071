// arena.ts - the allocator and the header: one flat memory is the whole state.
//
//   0     BASE                                   brk            end of memory
//   |  -  | State | blocks, in order of first use | not yet used |
//
// A block belongs to a kind for ever: freed, it waits on its kind's list and comes back as the same kind, so a stale
// pointer meets old content but never foreign content. O(1) both ways, no coalescing; waste is bounded by each
// kind's peak, and a page where blocks are carved a page at a time, so that what is read together lies together. The
// bytes from BASE to brk are the snapshot format: see docs/FORMAT.md.
//
// Invariants (check/kind.ts, check/state.ts, claim.ts):
//   M1  out of each kind = blocks reachable from the State
//   M2  idle of each kind = length of its free list
//   M3  State and all blocks, out and idle, fill BASE..brk exactly
//   M4  an address leads to a whole block of its kind, which nothing else leads to
//   M5  the blocks of a kind have the size of its record
//   S1  magic, version; brk lies behind the State, in the memory, and not beyond the limit, which is whole pages
//   S2  numbers of the State are within their bounds: flags, logarithms, clocks, sysctls, the index given last
//   S3  `realms` counts paths and rules with realms, `tosRoutes` routes with a tos, `asleep` the infos that sleep,
//       `fineRules` the rules that the keys of the route cache do not suffice for

import * as abi from "../src/abi/records";
import { CHECK } from "./config";

/** Where the State lies: 0 is null, and small numbers are no addresses. */
export const BASE: usize = abi.STATE;

/** "HOPT", little endian. */
export const MAGIC: u32 = 0x54504f48;
/** Version of every layout in this arena: a changed table is a new version. */
export const VERSION: u32 = abi.FORMAT_VERSION;

const PAGE: u32 = 65536;
/** Wasm's 65,536 pages less one, so that the end of memory is a u32. */
const MAX_PAGES: u32 = 65535;

// Kinds. Those with a width own one number for each: INFO + class, TNODE + bits, WORDS + bits.
export const TABLE: u32 = 0;
export const TRIE: u32 = 1;
export const LEAF: u32 = 2;
export const ALIAS: u32 = 3;
export const METRICS: u32 = 4;
export const DEVICE: u32 = 5;
export const ADDRESS: u32 = 6;
export const RULE: u32 = 7;
export const OBJECT: u32 = 8;
/** Fib infos with room for 2^class nexthops: a message of 64 KiB carries at most 8,191. */
export const INFO: u32 = 9;
const INFO_CLASSES: u32 = 14;
/** Tnodes with 2^bits slots, bits 1..TNODE_BITS. */
export const TNODE: u32 = INFO + INFO_CLASSES;
export const TNODE_BITS: u32 = 28;
/** Plain arrays of 2^bits words: hash heads, directories, members of groups, mailboxes. */
export const WORDS: u32 = 52;
export const WORDS_BITS: u32 = 29;
// The forwarding views (forward/view.ts): a header each, frames by FRAME_*, blocks by size class, chunks by leaf width.
export const VIEW: u32 = 82;
export const FRAME: u32 = 83;
export const BLOCK: u32 = 86;
export const CHUNK: u32 = 118;
/** A sysctl that routing does not ask, kept for whoever reads it (switch.ts). */
export const SWITCH: u32 = 120;
// The reverse index (gateway/gate.ts, gateway/entry.ts) and the classic one (gateway/classic.ts).
export const GATEWAYS: u32 = 121;
export const GATE: u32 = 122;
export const USE: u32 = 123;
export const ENTRY: u32 = 124;
export const CLASSIC: u32 = 125;
export const MAPPING: u32 = 126;
// The route cache (cache/rtable.ts): itself, its entries, their neighbours, and what a hit does not touch of an entry.
export const CACHE: u32 = 127;
export const RTABLE: u32 = 128;
export const NEIGHBOUR: u32 = 129;
export const DETAIL: u32 = 130;
export const KINDS: u32 = 131;

/** Chains of the table hash (FIB-3). */
export const TABLE_CHAINS: u32 = 256;

/**
 * What the arena knows of one kind.
 *   off  size  field
 *     0     4  free   first free block; a free block's first word is the next one
 *     4     4  out    blocks handed out
 *     8     4  idle   blocks on the free list
 *    12     4  size   bytes of a block; 0 until the first one
 *    16     4  seen   blocks that the checker reached; meaningless outside of it
 */
@unmanaged export class Kind {
  free: usize;
  out: u32;
  idle: u32;
  size: u32;
  seen: u32;
}

if (offsetof<Kind>() != 20) ERROR("Kind: the table is stale");

/**
 * The header: the only block at a fixed address; all else hangs on it.
 *   off  size  field
 *     0     4  magic      MAGIC
 *     4     4  version    VERSION
 *     8     4  brk        first byte that was never handed out
 *    12     4  limit      brk may not pass this (maxBytes)
 *    16     4  failAfter  check build: the n-th allocation from now fails; 0 = none
 *    20     4  epoch      changes when ids of fib infos are given out again
 *    24     4  genid      changes with every change of the routing state
 *    28     4  unmerged   1 once the first policy rule has come: local has a trie of its own (FIB-8)
 *    32     4  infos      fib infos alive
 *    36     4  infoBits   log2 of the buckets of each info hash
 *    40     4  infoHash   WORDS: infos by content
 *    44     4  srcHash    WORDS: infos by prefsrc, for the loss of an address (FIB-132)
 *    48     4  idBits     log2 of the room of `ids`
 *    52     4  ids        WORDS: fib info by id, or a link of a list of unused ids
 *    56     4  idNext     ids from here on were never given out
 *    60     4  idFree     first id that may be given out again, 0 = none
 *    64     4  idRest     first id of the ones that rest until the next epoch
 *    68     4  idResting  how many rest
 *    72     4  devices    Directory of the devices: its block,
 *    76     4  deviceBits   log2 of its room,
 *    80     4  deviceCount  and how many there are
 *    84     4  objects    Directory of the nexthop objects
 *    88     4  objectBits
 *    92     4  objectCount
 *    96     4  leases     blocks lent to the facade
 *   100     4  rules      policy rules by ascending priority
 *   104     4  lastObject id that was given out last by itself (CFG-122)
 *   108     4  sourceGenid  changes with every address that comes or goes (FIB-98)
 *   112     4  reason     why the last call was refused: REASON_*
 *   116     4  seed       stands in for a hash seed of 0 (MPH-22)
 *   120     8  now        the clock, ms, f64
 *   128    20  sysctl     5 words: SYSCTL_*
 *   148     4  lastDevice index that a device was given last by itself
 *   152     8  nextReport the clock from which on carrier reports may come, ms, f64
 *   160     4  realms     paths and rules with realms; while there are any, sources of packets are looked up
 *   164     4  hasLocals 1 = a route of type local was made by hand: sources are looked up from then on
 *   168    32  confAll    net.ipv4.conf.all.*, a byte each
 *   200    32  confDefault  net.ipv4.conf.default.*
 *   232    32  forwarding Forwarding: what the forwarding views share
 *   264     4  switches   sysctls that routing does not ask, the latest first
 *   268     4  gateways   the reverse index, 0 = it was never asked
 *   272     4  classic    the classic one, 0 = none is open
 *   276     4  cache      the route cache, 0 = it is off
 *   280     4  cacheGenid its generation (generation.ts)
 *   284     4  chance     where the generator of chance stands (generation.ts)
 *   288     4  hz         ticks in a second
 *   292     4  fineRules  rules that ask for more of a flow than the keys of the route cache hold
 *   296  1024  tables     heads of the table chains
 *  1320  2600  kinds      a Kind each
 */
@unmanaged export class State {
  magic: u32;
  version: u32;
  brk: usize;
  limit: usize;
  failAfter: u32;
  epoch: u32;
  genid: u32;
  unmerged: u32;
  infos: u32;
  infoBits: u32;
  infoHash: usize;
  srcHash: usize;
  idBits: u32;
  ids: usize;
  idNext: u32;
  idFree: u32;
  idRest: u32;
  idResting: u32;
  devices: usize;
  deviceBits: u32;
  deviceCount: u32;
  objects: usize;
  objectBits: u32;
  objectCount: u32;
  leases: usize;
  rules: usize;
  lastObject: u32;
  sourceGenid: u32;
  reason: u32;
  seed: u32;
  now: f64;

  /** A sysctl of the namespace, SYSCTL_*. */
  @inline sysctl(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + SYSCTLS + ((<usize>i) << 2));
  }

  /** Paths and rules with realms. */
  @inline get realms(): u32 {
    return load<u32>(changetype<usize>(this) + REALMS);
  }

  /** Not 0 once a route of type local was made by hand. */
  @inline get hasLocals(): u32 {
    return load<u32>(changetype<usize>(this) + HAS_LOCALS);
  }

  /** Counts paths and rules with realms. */
  @inline set realms(n: u32) {
    store<u32>(changetype<usize>(this) + REALMS, n);
  }

  /** The route cache, 0 = it is off. */
  @inline get cache(): usize {
    return load<usize>(changetype<usize>(this) + CACHE_AT);
  }

  /** Puts the route cache in its place. */
  @inline set cache(at: usize) {
    store<usize>(changetype<usize>(this) + CACHE_AT, at);
  }

  /** Generation of the route cache. */
  @inline get cacheGenid(): u32 {
    return load<u32>(changetype<usize>(this) + CACHE_AT, 4);
  }

  /** Moves the generation of the route cache. */
  @inline set cacheGenid(genid: u32) {
    store<u32>(changetype<usize>(this) + CACHE_AT, genid, 4);
  }

  /** Where the generator of chance stands. */
  @inline get chance(): u32 {
    return load<u32>(changetype<usize>(this) + CACHE_AT, 8);
  }

  /** Moves the generator of chance. */
  @inline set chance(at: u32) {
    store<u32>(changetype<usize>(this) + CACHE_AT, at, 8);
  }

  /** Ticks in a second. */
  @inline get hz(): u32 {
    return load<u32>(changetype<usize>(this) + CACHE_AT, 12);
  }

  /** Sets the ticks in a second. */
  @inline set hz(ticks: u32) {
    store<u32>(changetype<usize>(this) + CACHE_AT, ticks, 12);
  }

  /** Rules that ask for more of a flow than the keys of the route cache hold. */
  @inline get fineRules(): u32 {
    return load<u32>(changetype<usize>(this) + CACHE_AT, 16);
  }

  /** Counts such rules. */
  @inline set fineRules(n: u32) {
    store<u32>(changetype<usize>(this) + CACHE_AT, n, 16);
  }
}

const SYSCTLS: usize = 128;
const REALMS: usize = 160;
const HAS_LOCALS: usize = 164;
const CONF_ALL: usize = 168;
const FORWARDING: usize = 232;
const SWITCHES: usize = 264;
const GATEWAY_INDEX: usize = 268;
const CLASSIC_INDEX: usize = 272;
const CACHE_AT: usize = 276;
const TABLES: usize = 296;
const KIND_HEADS: usize = TABLES + TABLE_CHAINS * 4;
/** Bytes of the State, its two arrays included. */
export const STATE_BYTES: usize = KIND_HEADS + KINDS * 20;

if (offsetof<State>() != SYSCTLS || STATE_BYTES != abi.STATE_BYTES) ERROR("State: the table is stale");

/**
 * What the forwarding views of all tries share; a part of the State.
 *   off  size  field
 *     0     4  shape      FORWARD_* that new tries are given
 *     4     4  bytes      that the views take
 *     8     4  tosRoutes  routes with a tos: a flow with one is not for a view
 *    12     4  asleep     fib infos that answer, but none of whose paths is acceptable now
 *    16     4  stirred    1 = paths may have changed since `asleep` was counted
 *    20     4  fast       frame of a narrow view that answers bare destinations by itself, +1 a compact one; 0 = none
 *    24     4  fastNone   what is answered where it holds 0
 *    28     4  paused     1 = many changes are on their way: views are made when they are done
 */
@unmanaged export class Forwarding {
  shape: u32;
  bytes: u32;
  tosRoutes: u32;
  asleep: u32;
  stirred: u32;
  fast: usize;
  fastNone: u32;
  paused: u32;
}

if (offsetof<Forwarding>() != SWITCHES - FORWARDING) ERROR("Forwarding: the table is stale");

/** What the forwarding views share. */
// @ts-ignore: decorator
@inline export function forwarding(): Forwarding {
  return changetype<Forwarding>(BASE + FORWARDING);
}

/** The State. */
// @ts-ignore: decorator
@inline export function state(): State {
  return changetype<State>(BASE);
}

/** Says that what the acceptance of paths depends on may have changed (FIB-80): devices, their links, objects. */
export function stir(): void {
  forwarding().stirred = 1;
  forwarding().fast = 0;
}

/** A byte of net.ipv4.conf.all, CONF_*. */
// @ts-ignore: decorator
@inline export function confAll(i: u32): u32 {
  return load<u8>(BASE + CONF_ALL + <usize>i);
}

/** Address of the link to the first switch. */
// @ts-ignore: decorator
@inline export function switchLink(): usize {
  return BASE + SWITCHES;
}

/** Address of the link to the reverse index. */
// @ts-ignore: decorator
@inline export function gatewayIndex(): usize {
  return BASE + GATEWAY_INDEX;
}

/** Address of the link to the classic gateway index. */
// @ts-ignore: decorator
@inline export function classicIndex(): usize {
  return BASE + CLASSIC_INDEX;
}

/** Address of the head of table chain c. */
// @ts-ignore: decorator
@inline export function tableChain(c: u32): usize {
  return BASE + TABLES + ((<usize>c) << 2);
}

/** What the arena knows of a kind. */
// @ts-ignore: decorator
@inline export function kindOf(kind: u32): Kind {
  return changetype<Kind>(BASE + KIND_HEADS + <usize>kind * 20);
}

/** Where check builds count walks over rules and tries: below the State, so that they are no part of it. */
const WALKS: usize = BASE - 72;

/** Check builds: rules or a trie are walked. */
export function countWalk(): void {
  store<u32>(WALKS, load<u32>(WALKS) + 1);
}

/** Check builds: how often rules and tries were walked. */
export function walksCounted(): u32 {
  return load<u32>(WALKS);
}

/** An empty arena that may grow to `maxBytes` of linear memory (0: all that Wasm allows). The memory must be fresh. */
export function arenaNew(maxBytes: u32): void {
  if (CHECK) assert(__heap_base <= BASE - 72, "static data reaches into the arena");
  const s = state();
  s.magic = MAGIC;
  s.version = VERSION;
  s.brk = BASE + STATE_BYTES;
  s.limit = boundTo(maxBytes);
  s.genid = 1;
  s.epoch = 1;
  s.idNext = 1; // 0 says "no route"
  s.sourceGenid = 1;
  s.seed = 0x686f7074;
  s.hz = 1000;
}

/** Where an arena ends at the latest that may take `maxBytes` of linear memory, 0 = all. */
export function boundTo(maxBytes: u32): usize {
  const pages = maxBytes ? min<u32>(maxBytes / PAGE, MAX_PAGES) : MAX_PAGES;
  return pages * PAGE;
}

/**
 * A block of `kind`, its content undefined; 0 when there is no memory. O(1).
 * `bytes` is the kind's size, the same in every call and a multiple of 4.
 */
export function alloc(kind: u32, bytes: u32): usize {
  if (CHECK && failNow()) return 0;
  const k = kindOf(kind);
  let block = k.free;
  if (block) {
    if (CHECK) assert(k.size == bytes, "a kind has one size");
    k.free = load<usize>(block);
    k.idle--;
  } else {
    block = carve(bytes);
    if (!block) return 0;
    k.size = bytes;
  }
  k.out++;
  return block;
}

/** `alloc`, filled with zeros. */
export function allocZero(kind: u32, bytes: u32): usize {
  const block = alloc(kind, bytes);
  if (block) clear(block, bytes);
  return block;
}

/** What a processor reads of memory at once, and the unit in which it knows addresses. */
const LINE: u32 = 64;
const MEMORY_PAGE: u32 = 4096;

/** `alloc`, of a kind whose blocks are carved a page at a time: those that are read together lie side by side. */
export function allocBeside(kind: u32, bytes: u32): usize {
  if (!kindOf(kind).free) carveMany(kind, bytes);
  return kindOf(kind).free ? alloc(kind, bytes) : 0;
}

/** The same for blocks of one line, filled with zeros. */
export function allocLine(kind: u32): usize {
  if (!kindOf(kind).free && alignBrk()) carveMany(kind, LINE);
  return kindOf(kind).free ? allocZero(kind, LINE) : 0;
}

/** What lies in front of the next line becomes free words. False: there is no memory. */
function alignBrk(): bool {
  const s = state();
  while (s.brk & (LINE - 1)) {
    const bits = <u32>ctz(s.brk) - 2;
    const gap = carve(4 << bits);
    if (!gap) return false;
    giveFresh(WORDS + bits, gap, 4 << bits);
  }
  return true;
}

/** Makes free blocks: as many as a page holds, or one. */
function carveMany(kind: u32, bytes: u32): void {
  let n = MEMORY_PAGE / bytes;
  let first = carve(n * bytes);
  if (!first) {
    n = 1;
    first = carve(bytes);
  }
  while (first && n-- > 0) giveFresh(kind, first + n * bytes, bytes);
}

/** Puts fresh bytes on the free list of a kind. */
function giveFresh(kind: u32, block: usize, bytes: u32): void {
  const k = kindOf(kind);
  k.size = bytes;
  k.out++;
  free(kind, block);
}

/** Below so many bytes a loop of stores is quicker than memory.fill, which V8 makes a call of. */
const FEW_BYTES: u32 = 256;

/** Fills with zeros; `bytes` is a multiple of 4. */
export function clear(block: usize, bytes: u32): void {
  if (bytes > FEW_BYTES) return memory.fill(block, 0, bytes);
  let i: u32 = 0;
  for (; i + 16 <= bytes; i += 16) v128.store(block + i, i32x4.splat(0));
  for (; i < bytes; i += 4) store<u32>(block + i, 0);
}

/** Gives a block back to its kind; 0 is none. O(1), in check builds O(size). */
export function free(kind: u32, block: usize): void {
  if (!block) return;
  const k = kindOf(kind);
  if (CHECK) {
    assert(k.out > 0, "more frees than allocs");
    memory.fill(block, 0xdd, k.size);
  }
  store<usize>(block, k.free);
  k.free = block;
  k.out--;
  k.idle++;
}

/** Takes fresh bytes from the end, growing the memory by an eighth when it must; 0 when it cannot. */
function carve(bytes: u32): usize {
  const s = state();
  const block = s.brk;
  if (bytes > <u32>(s.limit - block)) return 0;
  const end = block + bytes;
  const have = <u32>memory.size();
  const need = <u32>((<u64>end + PAGE - 1) / PAGE);
  if (need > have) {
    const most = <u32>(s.limit / PAGE);
    const want = min(need + (have >>> 3), most);
    if (memory.grow(want - have) < 0 && memory.grow(need - have) < 0) return 0;
  }
  s.brk = end;
  return block;
}

/** Check builds: is this the allocation that has to fail? */
function failNow(): bool {
  const s = state();
  if (s.failAfter == 0) return false;
  return --s.failAfter == 0;
}

/** 2^bits words of zero, or 0. */
export function wordsNew(bits: u32): usize {
  if (bits > WORDS_BITS) return 0;
  return allocZero(WORDS + bits, 4 << bits);
}

export function wordsFree(bits: u32, block: usize): void {
  free(WORDS + bits, block);
}

/** Word i of a WORDS block. */
// @ts-ignore: decorator
@inline export function word(block: usize, i: u32): usize {
  return block + ((<usize>i) << 2);
}

/**
 * Lends the facade a block of at least `bytes` for records and batches; 0 when there is no memory.
 *   -8  the next lease    -4  bits of the WORDS block    0  bytes for the borrower
 */
export function lease(bytes: u32): usize {
  if (bytes > 1 << 30) return 0;
  const bits = 32 - clz<u32>((bytes + 11) >>> 2);
  const block = wordsNew(bits);
  if (!block) return 0;
  const s = state();
  store<usize>(block, s.leases);
  store<u32>(block, bits, 4);
  s.leases = block;
  return block + 8;
}

/** Takes a lease back. O(leases). An address that is no lease changes nothing. */
export function unlease(address: usize): void {
  let link: usize = changetype<usize>(state()) + offsetof<State>("leases");
  for (let block = load<usize>(link); block; block = load<usize>(link)) {
    if (block + 8 == address) {
      store<usize>(link, load<usize>(block));
      wordsFree(load<u32>(block, 4), block);
      return;
    }
    link = block;
  }
}
