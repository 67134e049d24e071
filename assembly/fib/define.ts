// fib/define.ts - nexthop objects come, change and go (CFG-122..127).
//
// Every change is whole or not at all: what must be allocated is allocated before anything is linked.

import * as abi from "../../src/abi/records";
import { ENOBUFS, ENOENT } from "../../src/abi/uapi";
import { OBJECT, allocZero, free, state, stir, wordsFree, wordsNew } from "../arena";
import { directoryInsert, directoryRemove, directoryRoom, objects } from "../directory";
import { invalidate } from "../generation";
import { ObjectRecord } from "../record";
import { bucketBits, rebalance, share } from "./group";
import { MEMBER_SIZE, Member, OBJECT_SIZE, Obj, memberAt, objectFind } from "./object";
import { nexthopSet, refreshSource } from "./nexthop";
import { objectChanged, objectChanges } from "./uses";

/** Group type of resilient groups (CFG-126). */
const RESILIENT: u32 = 1;

/** Words of a group's members, as a power of two. */
function memberBits(count: u32): u32 {
  return 32 - clz<u32>((count * MEMBER_SIZE) / 4 - 1);
}

/**
 * Makes or replaces the object of a record, in place: what uses it uses the new definition. All members must exist.
 * 0, -ENOENT (a member that does not), -ENOBUFS; then nothing has changed. O(members * log objects + buckets).
 */
export function objectSet<K>(r: ObjectRecord): i32 {
  const count: u32 = r.kind == abi.NH_GROUP ? r.count : 0;
  for (let i: u32 = 0; i < count; i++) if (objectFind(r.memberId(i)) == null) return -ENOENT;
  const room = count ? memberBits(count) : 0;
  const members = count ? wordsNew(room) : 0;
  if (count && !members) return -ENOBUFS;
  let o = objectFind(r.id);
  const buckets: u32 = count && r.groupType == RESILIENT ? r.buckets : 0;
  const isKept = o != null && buckets != 0 && o.buckets == buckets;
  const table = isKept ? o!.table : buckets ? wordsNew(bucketBits(buckets)) : 0;
  if (o == null && (table || !buckets)) o = objectNew(r.id);
  if (o == null || (buckets && !table)) {
    if (members) wordsFree(room, members);
    if (table && !isKept) wordsFree(bucketBits(buckets), table);
    return -ENOBUFS;
  }
  if (o.table && !isKept) wordsFree(bucketBits(o.buckets), o.table);
  objectChanges(o);
  o.table = table;
  o.buckets = <u16>buckets;
  setFields(o, r);
  setMembers(o, r, count, members, room);
  settle(o);
  objectChanged<K>(o);
  return 0;
}

function setFields(o: Obj, r: ObjectRecord): void {
  o.flags = r.flags;
  o.family = r.family;
  o.kind = r.kind;
  o.protocol = r.protocol;
  o.groupType = r.groupType;
  o.options = r.options;
  o.idleTimer = r.idleTimer;
  o.unbalancedTimer = r.unbalancedTimer;
  if (r.kind == abi.NH_GROUP) return;
  nexthopSet(o.nexthop, r.nexthop, 0);
  // The first source is that of a route just wider than the path; a change of addresses makes it that of a user.
  if (o.nexthop.scope) refreshSource(o.nexthop, o.nexthop.scope - 1);
}

/** Gives a group the members of a record and takes the old ones away. */
function setMembers(o: Obj, r: ObjectRecord, count: u32, members: usize, room: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const m = memberAt(members, i);
    m.object = objectFind(r.memberId(i))!;
    m.group = o;
    m.weight = r.memberWeight(i);
    memberLink(m);
  }
  releaseMembers(o);
  o.count = count;
  o.members = members;
  o.room = <u8>room;
}

/** After the members of a group have changed: their shares and their buckets. */
function settle(o: Obj): void {
  rebalance(o);
  if (o.table) share(o);
  if (o.refs) {
    state().genid++; // of no other does any route know
    invalidate();
  }
  stir();
}

function releaseMembers(o: Obj): void {
  for (let i: u32 = 0; i < o.count; i++) memberUnlink(o.member(i));
  if (o.members) wordsFree(o.room, o.members);
}

/** Hangs a member at the head of the groups of its object. */
function memberLink(m: Member): void {
  m.next = m.object.groups;
  m.object.groups = m;
  m.object.refs++;
}

/** O(groups of the object). */
function memberUnlink(m: Member): void {
  let link = changetype<usize>(m.object) + offsetof<Obj>("groups");
  while (load<Member | null>(link) != m) link = load<usize>(link) + offsetof<Member>("next");
  store<Member | null>(link, m.next);
  m.object.refs--;
}

/** Takes an object out of a group that has others too. Allocates nothing. O(members * groups + buckets). */
export function groupLeave<K>(o: Obj, object: Obj): void {
  objectChanges(o);
  const n = o.count;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) memberUnlink(o.member(i));
  for (let i: u32 = 0; i < n; i++) {
    if (o.member(i).object == object) continue;
    memory.copy(changetype<usize>(o.member(kept)), changetype<usize>(o.member(i)), MEMBER_SIZE);
    memberLink(o.member(kept));
    kept++;
  }
  o.count = kept;
  settle(o);
  objectChanged<K>(o);
}

/** A bare object in its place in the directory, or null. */
function objectNew(id: u32): Obj | null {
  if (!directoryRoom(objects())) return null;
  const o = changetype<Obj | null>(allocZero(OBJECT, OBJECT_SIZE));
  if (o == null) return null;
  o.id = id;
  directoryInsert(objects(), changetype<usize>(o));
  return o;
}

/** Takes an object away. Nothing may use it any more. O(objects). */
export function objectFree(o: Obj): void {
  directoryRemove(objects(), o.id);
  releaseMembers(o);
  if (o.table) wordsFree(bucketBits(o.buckets), o.table);
  free(OBJECT, changetype<usize>(o));
}
