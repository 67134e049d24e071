// fib/info.ts - fib infos: everything about a route but its prefix and tos, shared by all routes that agree (FIB-19..25).
//
// Two indexes hang on the State: by content, to share; by prefsrc, to find the routes that lose their source when an
// address goes. A third, by id, lets answers be small numbers that the facade can keep: an id is given out again only
// together with a new epoch, when as many ids rest as are alive.
//
// Invariants (check/info.ts):
//   I1  refs = aliases that point here, one at least      I3  ids[id] = the info      I5  hash is that of its content
//   I2  each info is in its chains once                   I4  `infos` counts them
//   I6  it has at most 8,191 paths of its own, or an object and none; a path has a weight and a family that there is
//   I7  each id that was given out is an info's, or waits in one list: to be given out again, or for the next epoch

import { NH_BLACKHOLE, SYSCTL_NEXTHOP_COMPAT } from "../../src/abi/records";
import {
  ENOBUFS,
  RTNH_F_DEAD,
  RTNH_F_LINKDOWN,
  RTN_BLACKHOLE,
  RTM_F_OFFLOAD,
  RTM_F_OFFLOAD_FAILED,
  RTM_F_TRAP,
} from "../../src/abi/uapi";
import {
  INFO,
  METRICS,
  alloc,
  allocZero,
  forwarding,
  free,
  state,
  word,
  wordsFree,
  wordsNew,
} from "../arena";
import { CHECK } from "../config";
import { Owner } from "../gateway/gate";
import { mix, mixIn } from "../hash";
import { RouteRecord } from "../record";
import { upperBound } from "./hash";
import {
  NEXTHOP_SIZE,
  Nexthop,
  SHOWN,
  VOLATILE,
  acceptable,
  isUsable,
  nexthopEquals,
  nexthopGet,
  nexthopSet,
  refreshSource,
  sameWords,
} from "./nexthop";
import { Obj, isBlackhole, objectFind } from "./object";

/**
 * A fib info.
 *   off  size  field
 *     0     4  next       info in the same content chain, newest first
 *     4     4  nextSrc    info in the same prefsrc chain
 *     8     4  id         its number outside
 *    12     4  refs       aliases that use it
 *    16     4  holds      references held outside (route cache)
 *    20     4  hash       of its content
 *    24     4  table
 *    28     4  priority
 *    32     4  flags      rtm_flags
 *    36     4  nhid       nexthop object, 0 = none
 *    40     4  metrics    METRICS block of 17 words, 0 = all zero (FIB-118)
 *    44     4  object     the nexthop object whose paths it takes, 0 = its own
 *    48     4  entries    Owner: its routes,
 *    52     4  uses         and its gateways in the reverse index (gateway/gate.ts)
 *    56     4  seen       aliases that the checker met; meaningless outside of it
 *    60     2  count      nexthops of its own
 *    62     1  protocol
 *    63     1  scope
 *    64     1  type       RTN_*
 *    65     1  sourceGone its prefsrc is no longer an address of ours (FIB-132)
 *    66     1  isAsleep   it would answer, but none of its paths is acceptable (FIB-80)
 *    68        then 16 bytes of prefsrc and `count` nexthops
 */
@unmanaged export class Info {
  next: Info | null;
  nextSrc: Info | null;
  id: u32;
  refs: u32;
  holds: u32;
  hash: u32;
  table: u32;
  priority: u32;
  flags: u32;
  nhid: u32;
  metrics: usize;
  object: usize;
  entries: usize;
  uses: usize;
  seen: u32;
  count: u16;
  protocol: u8;
  scope: u8;
  type: u8;
  sourceGone: u8;
  isAsleep: bool;

  /** Address of the preferred source, 4 host-order words. */
  @inline get prefsrc(): usize {
    return changetype<usize>(this) + PREFSRC;
  }

  /** What the reverse index keeps of it. */
  @inline get owner(): Owner {
    return changetype<Owner>(changetype<usize>(this) + offsetof<Info>("entries"));
  }

  /** Nexthop i of its own. */
  @inline nexthop(i: u32): Nexthop {
    return changetype<Nexthop>(changetype<usize>(this) + NEXTHOPS + <usize>i * NEXTHOP_SIZE);
  }

  /** Paths: its own nexthops, or those of its object. */
  @inline get paths(): u32 {
    return this.object ? changetype<Obj>(this.object).paths : this.count;
  }

  /** Path i. */
  @inline path(i: u32): Nexthop {
    return this.object ? changetype<Obj>(this.object).path(i).nexthop : this.nexthop(i);
  }
}

const PREFSRC: usize = 68;
/** Where its nexthops begin. */
export const NEXTHOPS: usize = PREFSRC + 16;
if (offsetof<Info>("count") != 60 || offsetof<Info>("isAsleep") != 66) ERROR("Info: the table is stale");

/** Words of a metrics block, RTAX 1..17. */
export const METRIC_WORDS: u32 = 17;
/** Buckets at the start, as a power of two (FIB-24). */
const FIRST_BITS: u32 = 4;
/** So many ids rest at least before they are given out again. */
const FEW_RESTING: u32 = 1024;

/** Kind class of an info: room for 2^class nexthops. */
export function infoClass(count: u32): u32 {
  return count < 2 ? 0 : 32 - clz<u32>(count - 1);
}

export function infoBytes(cls: u32): u32 {
  return <u32>NEXTHOPS + (NEXTHOP_SIZE << cls);
}

/** The three indexes, empty. 0 or -ENOBUFS. */
export function infosNew(): i32 {
  const s = state();
  s.infoBits = FIRST_BITS;
  s.idBits = FIRST_BITS;
  s.infoHash = wordsNew(FIRST_BITS);
  s.srcHash = wordsNew(FIRST_BITS);
  s.ids = wordsNew(FIRST_BITS);
  return s.infoHash && s.srcHash && s.ids ? 0 : -ENOBUFS;
}

/** The info with this id, or null. O(1). */
export function infoById(id: u32): Info | null {
  const s = state();
  if (id == 0 || id >= s.idNext) return null;
  const entry = load<usize>(word(s.ids, id));
  return isLink(entry) ? null : changetype<Info>(entry);
}

/** The fib info with the next higher id, or null. */
export function infoAfter(id: u32): Info | null {
  const s = state();
  for (id++; id < s.idNext; id++) {
    const fi = infoById(id);
    if (fi != null) return fi;
  }
  return null;
}

/** An equal info with one more reference, or a new one with its first; null when there is no memory. O(chain). */
export function infoIntern(r: RouteRecord): Info | null {
  const hash = hashRecord(r);
  for (let fi = bucket(hash); fi != null; fi = fi!.next) {
    if (fi.hash == hash && equals(fi, r)) {
      fi.refs++;
      return fi;
    }
  }
  return infoNew(r, hash);
}

/** Drops one reference; the last one frees the info and lets its id rest. */
export function infoPut(fi: Info): void {
  if (CHECK) assert(fi.refs > 0, "an info without references");
  if (--fi.refs > 0) return;
  unhash(fi);
  idRest(fi.id);
  free(METRICS, fi.metrics);
  if (fi.object) changetype<Obj>(fi.object).refs--;
  countRealms(fi, -1);
  if (fi.isAsleep) forwarding().asleep--;
  free(INFO + infoClass(fi.count), changetype<usize>(fi));
}

/** Writes an info as a route record, as a message shows it (CFG-87..89); prefix and tos are the caller's. */
export function infoGet(fi: Info, r: RouteRecord): void {
  const n = fi.paths;
  r.type = fi.type;
  r.protocol = fi.protocol;
  r.scope = fi.scope;
  r.count = <u16>n;
  r.table = fi.table;
  r.priority = fi.priority;
  r.flags = fi.flags; // of several paths all of them, whatever they are
  r.nhid = fi.nhid;
  r.id = fi.id;
  r.refs = fi.refs;
  memory.copy(r.prefsrc, fi.prefsrc, 16);
  if (fi.metrics) memory.copy(r.metrics, fi.metrics, METRIC_WORDS * 4);
  else memory.fill(r.metrics, 0, METRIC_WORDS * 4);
  for (let i: u32 = 0; i < n; i++) pathGet(fi, i, r);
  const isBare = fi.object != 0 && state().sysctl(SYSCTL_NEXTHOP_COMPAT) == 0; // then as they were given
  if (n == 0) r.flags = fi.flags & (HARDWARE | (SHOWN & ~(RTNH_F_DEAD | RTNH_F_LINKDOWN)));
  else if (n == 1 && !isBare) r.flags = (fi.flags & HARDWARE) | (<u32>r.nexthop(0).flags);
  if (fi.object && isBlackhole(changetype<Obj>(fi.object))) r.nexthop(0).isBlackhole = 1;
}

/** What hardware says of a route; the kernel keeps it beside the others (CFG-87). */
const HARDWARE: u32 = RTM_F_OFFLOAD | RTM_F_TRAP | RTM_F_OFFLOAD_FAILED;

function pathGet(fi: Info, i: u32, r: RouteRecord): void {
  const to = r.nexthop(i);
  nexthopGet(fi.path(i), to);
  const o = changetype<Obj | null>(fi.object);
  if (o == null) return;
  if (o.isGroup) to.weight = <u16>((o.member(i).weight - 1) & 0xff) + 1; // a message has one byte for it (NL-20)
  if (o.path(i).kind == NH_BLACKHOLE) to.oif = LOOPBACK;
}

/** Index of the loopback device, on which a blackhole object is shown (CFG-89). */
const LOOPBACK: u32 = 1;

function infoNew(r: RouteRecord, hash: u32): Info | null {
  if (!roomForOne()) return null;
  const cls = infoClass(r.count);
  const fi = changetype<Info | null>(allocZero(INFO + cls, infoBytes(cls)));
  if (fi == null) return null;
  if (hasMetrics(r)) {
    const metrics = alloc(METRICS, METRIC_WORDS * 4);
    if (!metrics) {
      free(INFO + cls, changetype<usize>(fi));
      return null;
    }
    memory.copy(metrics, r.metrics, METRIC_WORDS * 4);
    fi.metrics = metrics;
  }
  fi.refs = 1;
  fi.hash = hash;
  fi.table = r.table;
  fi.priority = r.priority;
  fi.flags = r.flags;
  fi.nhid = r.nhid;
  fi.count = r.count;
  fi.protocol = r.protocol;
  fi.scope = r.scope;
  fi.type = r.type;
  memory.copy(fi.prefsrc, r.prefsrc, 16);
  for (let i: u32 = 0, n: u32 = r.count; i < n; i++) nexthopSet(fi.nexthop(i), r.nexthop(i), r.scope);
  const object = r.nhid && !r.count ? objectFind(r.nhid) : null;
  if (object != null) {
    fi.object = changetype<usize>(object);
    object.refs++;
  }
  if (r.count > 1) {
    for (let i: u32 = 0, n: u32 = r.count; i < n; i++) refreshSource(fi.nexthop(i), fi.scope);
    rebalance(fi);
  }
  fi.id = idTake(fi);
  countRealms(fi, 1);
  wake(fi);
  hashIn(fi);
  return fi;
}

/** Counts the paths of an info that have a realm. */
function countRealms(fi: Info, by: i32): void {
  const s = state();
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) if (fi.nexthop(i).realm) s.realms += by;
}

/** Notes whether an info answers now a bare destination that comes to it (FIB-75..80). O(paths). */
export function wake(fi: Info): void {
  const isAsleep = <i32>fi.type < RTN_BLACKHOLE && !hasPath(fi);
  forwarding().asleep += <u32>isAsleep - <u32>fi.isAsleep;
  fi.isAsleep = isAsleep;
}

function hasPath(fi: Info): bool {
  if (fi.object && isBlackhole(changetype<Obj>(fi.object))) return true;
  if (fi.flags & RTNH_F_DEAD) return false;
  for (let i: u32 = 0, n = fi.paths; i < n; i++) if (acceptable(fi.path(i), 0, false)) return true;
  return false;
}

/** FIB-21: everything but the flags that change while a route stands. */
function equals(fi: Info, r: RouteRecord): bool {
  if (
    fi.count != r.count ||
    fi.protocol != r.protocol ||
    fi.scope != r.scope ||
    fi.type != r.type ||
    fi.table != r.table ||
    fi.priority != r.priority ||
    fi.nhid != r.nhid ||
    ((fi.flags ^ r.flags) & ~VOLATILE) != 0 ||
    !sameWords(fi.prefsrc, r.prefsrc) ||
    !sameMetrics(fi, r)
  )
    return false;
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) {
    if (!nexthopEquals(fi.nexthop(i), r.nexthop(i), r.scope)) return false;
  }
  return true;
}

/** Computes the shares of the paths of a multipath info (FIB-99, MPH-27). O(nexthops). */
export function rebalance(fi: Info): void {
  const n: u32 = fi.count;
  if (n < 2) return;
  let total: u64 = 0;
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i++) if (isUsable(fi.nexthop(i))) total += fi.nexthop(i).weight;
  for (let i: u32 = 0; i < n; i++) {
    const nh = fi.nexthop(i);
    nh.bound = -1;
    if (!isUsable(nh)) continue;
    sum += nh.weight;
    nh.bound = upperBound(sum, total);
  }
}

function sameMetrics(fi: Info, r: RouteRecord): bool {
  if (!fi.metrics) return !hasMetrics(r);
  return memory.compare(fi.metrics, r.metrics, METRIC_WORDS * 4) == 0;
}

function hasMetrics(r: RouteRecord): bool {
  const m = r.metrics;
  const four = v128.or(v128.or(v128.load(m), v128.load(m, 16)), v128.or(v128.load(m, 32), v128.load(m, 48)));
  return v128.any_true(four) || load<u32>(m, 64) != 0;
}

/** Over what routes differ in: FIB-24 names the inputs; gateways are added so that many on one device stay apart. */
function hashRecord(r: RouteRecord): u32 {
  let h = mixIn(r.table, r.priority);
  h = mixIn(h, ((<u32>r.protocol) << 16) | ((<u32>r.scope) << 8) | r.type);
  h = mixIn(h, load<u32>(r.prefsrc) ^ r.nhid);
  for (let i: u32 = 0, n: u32 = r.count; i < n; i++) {
    const nh = r.nexthop(i);
    h = mixIn(h, nh.oif);
    h = mixIn(h, load<u32>(nh.gateway) ^ load<u32>(nh.gateway, 12));
  }
  return mix(h);
}

/** `hashRecord` of what an info was made from. */
export function infoHash(fi: Info): u32 {
  let h = mixIn(fi.table, fi.priority);
  h = mixIn(h, ((<u32>fi.protocol) << 16) | ((<u32>fi.scope) << 8) | fi.type);
  h = mixIn(h, load<u32>(fi.prefsrc) ^ fi.nhid);
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) {
    const nh = fi.nexthop(i);
    h = mixIn(h, nh.oif);
    h = mixIn(h, load<u32>(nh.gateway) ^ load<u32>(nh.gateway, 12));
  }
  return mix(h);
}

// The content and prefsrc chains.

// @ts-ignore: decorator
@inline function bucketAt(hash: u32): usize {
  const s = state();
  return word(s.infoHash, hash & ((1 << s.infoBits) - 1));
}

// @ts-ignore: decorator
@inline function bucket(hash: u32): Info | null {
  return load<Info | null>(bucketAt(hash));
}

/** Head of the chain of infos with this one's prefsrc; 0 when it has none. */
export function srcAt(fi: Info): usize {
  const source =
    load<u32>(fi.prefsrc) | load<u32>(fi.prefsrc, 4) | load<u32>(fi.prefsrc, 8) | load<u32>(fi.prefsrc, 12);
  if (!source) return 0;
  const s = state();
  return word(s.srcHash, mix(load<u32>(fi.prefsrc) ^ load<u32>(fi.prefsrc, 12)) & ((1 << s.infoBits) - 1));
}

function hashIn(fi: Info): void {
  const at = bucketAt(fi.hash);
  fi.next = load<Info | null>(at);
  store<Info>(at, fi);
  const src = srcAt(fi);
  if (src) {
    fi.nextSrc = load<Info | null>(src);
    store<Info>(src, fi);
  }
  state().infos++;
}

function unhash(fi: Info): void {
  let link = bucketAt(fi.hash);
  while (load<Info | null>(link) != fi) link = load<usize>(link) + offsetof<Info>("next");
  store<Info | null>(link, fi.next);
  let src = srcAt(fi);
  if (src) {
    while (load<Info | null>(src) != fi) src = load<usize>(src) + offsetof<Info>("nextSrc");
    store<Info | null>(src, fi.nextSrc);
  }
  state().infos--;
}

/**
 * Makes room for one more info in the indexes. The hashes double when there are as many infos as buckets; when that
 * fails for want of memory the chains grow longer instead. False only when there is no id to give.
 */
function roomForOne(): bool {
  const s = state();
  if (s.infos >= (<u32>1) << s.infoBits) rehash(s.infoBits + 1);
  if (s.idFree || reuseIds() || s.idNext < (<u32>1) << s.idBits) return true;
  const ids = wordsNew(s.idBits + 1);
  if (!ids) return false;
  memory.copy(ids, s.ids, 4 << s.idBits);
  wordsFree(s.idBits, s.ids);
  s.ids = ids;
  s.idBits++;
  return true;
}

function rehash(bits: u32): void {
  const s = state();
  const infoHash = wordsNew(bits);
  if (!infoHash) return;
  const srcHash = wordsNew(bits);
  if (!srcHash) return wordsFree(bits, infoHash);
  const oldBits = s.infoBits;
  const old = s.infoHash;
  wordsFree(oldBits, s.srcHash);
  s.infoHash = infoHash;
  s.srcHash = srcHash;
  s.infoBits = bits;
  s.infos = 0;
  for (let i: u32 = 0; i < (<u32>1) << oldBits; i++) {
    let fi = load<Info | null>(word(old, i));
    while (fi != null) {
      const next = fi.next;
      hashIn(fi);
      fi = next;
    }
  }
  wordsFree(oldBits, old);
}

// Ids. An entry of `ids` is the address of an info, or, odd, a link (id << 1 | 1) of the free or the resting list.

// @ts-ignore: decorator
@inline export function isLink(entry: usize): bool {
  return (entry & 1) != 0;
}

/** Takes an id for a new info; `roomForOne` has seen to it that there is one. */
function idTake(fi: Info): u32 {
  const s = state();
  let id = s.idFree;
  if (id) s.idFree = <u32>(load<usize>(word(s.ids, id)) >>> 1);
  else id = s.idNext++;
  store<Info>(word(s.ids, id), fi);
  return id;
}

function idRest(id: u32): void {
  const s = state();
  store<usize>(word(s.ids, id), ((<usize>s.idRest) << 1) | 1);
  s.idRest = id;
  s.idResting++;
}

/** Turns the resting ids into free ones when they are many, which starts a new epoch. True if there are any now. */
function reuseIds(): bool {
  const s = state();
  if (s.idResting < max(FEW_RESTING, s.infos)) return false;
  s.idFree = s.idRest;
  s.idRest = 0;
  s.idResting = 0;
  s.epoch++;
  return true;
}
