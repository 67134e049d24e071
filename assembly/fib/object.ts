// fib/object.ts - nexthop objects: paths with a name of their own, alone or in groups, that routes refer to (CFG section
// 14). define.ts makes and changes them, group.ts chooses between the members of a group.
//
// A route's fib info points at its object; an object is taken away only after the routes that use it (FIB-131). A group has an array of members, and each member hangs in the list of the groups of its object, newest first: the
// order in which groups are told of what happens to it.
//
// Invariants (check/object.ts):
//   O1  the directory is sorted by id, without gaps, objectCount long
//   O2  refs = fib infos and group members that point here
//   O3  a member is an object of the directory, and no group
//   O4  the members in an object's list are those that point at it
//   O5  a group has members, with weights and the shares of the hash that follow; nothing else has any
//   O6  a resilient group has buckets; each leads to a member, no two of which are one; `has` and `wants` count them

import * as abi from "../../src/abi/records";
import { state } from "../arena";
import { directoryAfter, directoryFind, objects } from "../directory";
import { ObjectRecord } from "../record";
import { NEXTHOP_SIZE, Nexthop, nexthopGet } from "./nexthop";

/**
 * A nexthop object.
 *   off  size  field
 *     0     4  id
 *     4     4  refs
 *     8     4  flags           RTNH_F_* of nhmsg
 *    12     4  count           members
 *    16     4  members         WORDS: a Member each
 *    20     4  groups          first member, of any group, that is this object
 *    24     4  table           WORDS: a Bucket each, of a resilient group
 *    28     4  idleTimer       1/100 s
 *    32     4  unbalancedTimer 1/100 s
 *    36     4  unbalanced      when buckets began to be with the wrong member, 1/100 s of the clock + 1; 0 = none is
 *    40     4  seen            references that the checker met; meaningless outside of it
 *    44     2  buckets
 *    46     1  family
 *    47     1  kind            NH_*
 *    48     1  protocol
 *    49     1  groupType
 *    50     1  options         NH_O_*
 *    51     1  room            log2 of the words of `members`
 *    52        then its Nexthop
 */
@unmanaged export class Obj {
  id: u32;
  refs: u32;
  flags: u32;
  count: u32;
  members: usize;
  groups: Member | null;
  table: usize;
  idleTimer: u32;
  unbalancedTimer: u32;
  unbalanced: u32;
  seen: u32;
  buckets: u16;
  family: u8;
  kind: u8;
  protocol: u8;
  groupType: u8;
  options: u8;
  room: u8;

  /** Its own path; of a group nothing. */
  @inline get nexthop(): Nexthop {
    return changetype<Nexthop>(changetype<usize>(this) + NEXTHOP);
  }

  /** True for a group. */
  @inline get isGroup(): bool {
    return this.kind == abi.NH_GROUP;
  }

  /** True for what only a forwarding database may use, not a route (CFG-41). */
  @inline get isFdb(): bool {
    return (this.options & abi.NH_O_FDB) != 0;
  }

  /** Paths: the members of a group, else one. */
  @inline get paths(): u32 {
    return this.isGroup ? this.count : 1;
  }

  /** Member i of a group. */
  @inline member(i: u32): Member {
    return memberAt(this.members, i);
  }

  /** The object that path i is: a member, or this one. */
  @inline path(i: u32): Obj {
    return this.isGroup ? this.member(i).object : this;
  }
}

/**
 * A member of a group.
 *   off  size  field
 *     0     4  object
 *     4     4  next    the next member, of another group, that is the same object
 *     8     4  group   the group that it belongs to
 *    12     4  weight  1..65535
 *    16     4  bound   of its share of the hash (FIB-99)
 *    20     2  wants   buckets that are its share (MPH-36)
 *    22     2  has     buckets that it has
 */
@unmanaged export class Member {
  object: Obj;
  next: Member | null;
  group: Obj;
  weight: u32;
  bound: i32;
  wants: u16;
  has: u16;
}

const NEXTHOP: usize = 52;
/** Bytes of a member. */
export const MEMBER_SIZE: u32 = 24;
/** Bytes of an object, its nexthop included. */
export const OBJECT_SIZE: u32 = <u32>NEXTHOP + NEXTHOP_SIZE;
if (offsetof<Obj>("room") != 51 || offsetof<Member>() != MEMBER_SIZE) ERROR("Obj: the table is stale");

/** The first object with a higher id, or null. */
export function objectAfter(id: u32): Obj | null {
  return changetype<Obj | null>(directoryAfter(objects(), id));
}

/** The object with this id, or null. O(log objects). */
export function objectFind(id: u32): Obj | null {
  return changetype<Obj | null>(directoryFind(objects(), id));
}

// @ts-ignore: decorator
@inline export function memberAt(members: usize, i: u32): Member {
  return changetype<Member>(members + <usize>i * MEMBER_SIZE);
}

/** Place of a member among those of its group; not below their count when it does not lie there. */
export function memberPlace(m: Member): u32 {
  const at = <u32>(changetype<usize>(m) - m.group.members);
  return at % MEMBER_SIZE ? u32.MAX_VALUE : at / MEMBER_SIZE;
}

/** The i-th group that has an object, newest membership first; null behind the last. O(i). */
export function groupOf(o: Obj, i: u32): Obj | null {
  let m = o.groups;
  while (m != null && i-- > 0) m = m.next;
  return m == null ? null : m.group;
}

/** True for a blackhole, alone or as the only member of its group (CFG-125). */
export function isBlackhole(o: Obj): bool {
  return (
    o.kind == abi.NH_BLACKHOLE || (o.isGroup && o.count == 1 && o.member(0).object.kind == abi.NH_BLACKHOLE)
  );
}

/** True for the address of a resilient group, whose buckets change members when they are idle; 0 is none. */
export function isResilient(object: usize): bool {
  return object != 0 && changetype<Obj>(object).table != 0;
}

/** Writes the object after `id` as a record: bytes written, 0 for none, -n when `room` is short of n. */
export function objectGet(o: Obj, r: ObjectRecord, room: u32): i32 {
  const need = <u32>abi.OBJECT_MEMBERS + o.count * <u32>abi.MEMBER_BYTES;
  if (need > room) return -(<i32>need);
  r.id = o.id;
  r.family = o.family;
  r.kind = o.kind;
  r.protocol = o.protocol;
  r.scope = o.isGroup || o.kind == abi.NH_BLACKHOLE ? 0 : o.nexthop.scope;
  r.flags = o.flags;
  r.count = o.count;
  r.groupType = o.groupType;
  r.options = o.options;
  r.buckets = o.buckets;
  r.idleTimer = o.idleTimer;
  r.unbalancedTimer = o.unbalancedTimer;
  r.unbalanced = o.unbalanced ? <u32>(state().now / 10) - (o.unbalanced - 1) : 0;
  r.refs = o.refs;
  nexthopGet(o.nexthop, r.nexthop);
  for (let i: u32 = 0; i < o.count; i++) r.setMember(i, o.member(i).object.id, o.member(i).weight);
  return <i32>need;
}
