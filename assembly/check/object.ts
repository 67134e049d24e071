// check/object.ts - O1..O6: nexthop objects, groups and their buckets.

import * as abi from "../../src/abi/records";
import { AF_INET, AF_INET6 } from "../../src/abi/uapi";
import { OBJECT, WORDS, WORDS_BITS } from "../arena";
import { claim, within } from "../claim";
import { objects } from "../directory";
import { bucketBits, bucketObject, shareUpTo } from "../fib/group";
import { upperBound } from "../fib/hash";
import { Nexthop } from "../fib/nexthop";
import { MEMBER_SIZE, Member, Obj, memberPlace, objectFind } from "../fib/object";
import { checkDirectory } from "./device";
import { M, O } from "./rooms";

/** Greatest weight of a member, and its group type when it has buckets. */
const WEIGHT_MAX: u32 = 65536;
const RESILIENT: u8 = 1;
/** Most members of a group: a route record counts its paths in 16 bits. */
const MEMBERS_MAX: u32 = 65535;

/** O1 and O3..O6. `seen` counts from here on what refers to an object. */
export function checkObjects(): u32 {
  const dir = objects();
  const broken = checkDirectory(dir, OBJECT, O + 1);
  if (broken) return broken;
  for (let i: u32 = 0; i < dir.count; i++) changetype<Obj>(dir.at(i)).seen = 0;
  for (let i: u32 = 0; i < dir.count; i++) {
    const err = checkObject(changetype<Obj>(dir.at(i)));
    if (err) return err;
  }
  for (let i: u32 = 0; i < dir.count; i++) countMembers(changetype<Obj>(dir.at(i)));
  for (let i: u32 = 0; i < dir.count; i++) if (!checkGroups(changetype<Obj>(dir.at(i)))) return O + 4;
  return 0;
}

function checkObject(o: Obj): u32 {
  if (!o.isGroup) {
    const isBare = !o.count && !o.members && !o.table && !o.buckets;
    return o.kind <= <u8>abi.NH_BLACKHOLE && isBare && isPath(o.nexthop) ? 0 : O + 5;
  }
  if (o.kind != <u8>abi.NH_GROUP || !o.count || o.count > MEMBERS_MAX) return O + 5;
  if (<u32>o.room > WORDS_BITS || !claim(WORDS + o.room, o.members)) return M + 4;
  if (<u64>o.count * MEMBER_SIZE > (<u64>4) << o.room) return O + 5;
  let total: u64 = 0;
  for (let i: u32 = 0; i < o.count; i++) {
    const m = o.member(i);
    if (!isObject(changetype<usize>(m.object)) || m.object.isGroup) return O + 3;
    if (m.group != o || !m.weight || m.weight > WEIGHT_MAX) return O + 5;
    total += m.weight;
  }
  let sum: u64 = 0;
  for (let i: u32 = 0; i < o.count; i++) {
    sum += o.member(i).weight;
    if (o.member(i).bound != upperBound(sum, total)) return O + 5;
  }
  return checkBuckets(o, total);
}

/** O6. While the buckets of a group are counted, `seen` of a member's object is its place + 1. */
function checkBuckets(o: Obj, total: u64): u32 {
  if (!o.buckets) return o.table ? O + 6 : 0;
  if (o.groupType != RESILIENT) return O + 6;
  if (!claim(WORDS + bucketBits(o.buckets), o.table)) return M + 4;
  let sum: u64 = 0;
  let given: u64 = 0;
  for (let i: u32 = 0; i < o.count; i++) {
    const m = o.member(i);
    sum += m.weight;
    const upTo = shareUpTo(o, sum, total);
    if (<u64>m.wants != upTo - given || m.object.seen) return O + 6;
    given = upTo;
    m.object.seen = i + 1;
  }
  const isCounted = takeBuckets(o);
  for (let i: u32 = 0; i < o.count; i++) o.member(i).object.seen = 0;
  return isCounted ? 0 : O + 6;
}

/** Takes each bucket off its member's `has`, which comes to 0 if it counted them, and gives it back. */
function takeBuckets(o: Obj): bool {
  for (let b: u32 = 0; b < o.buckets; b++) {
    const at = bucketObject(o, b);
    if (!isObject(at) || !changetype<Obj>(at).seen) return false;
    o.member(changetype<Obj>(at).seen - 1).has--;
  }
  let rest: u32 = 0;
  for (let i: u32 = 0; i < o.count; i++) rest |= o.member(i).has;
  for (let b: u32 = 0; b < o.buckets; b++) o.member(changetype<Obj>(bucketObject(o, b)).seen - 1).has++;
  return rest == 0;
}

/** Counts the members of a group at their objects. */
function countMembers(o: Obj): void {
  for (let i: u32 = 0; i < o.count; i++) o.member(i).object.seen++;
}

/** O4: as many members as there are, each in the array of its group. */
function checkGroups(o: Obj): bool {
  let n: u32 = 0;
  for (let m: Member | null = o.groups; m != null; m = m!.next) {
    if (++n > o.seen || !isMember(m) || m.object != o) return false;
  }
  return n == o.seen;
}

/** True for the address of a member: it lies where its group says that it has one. */
function isMember(m: Member): bool {
  if (!within(changetype<usize>(m), MEMBER_SIZE) || !isObject(changetype<usize>(m.group))) return false;
  return memberPlace(m) < m.group.count;
}

/** True for the address of an object of the directory. */
export function isObject(at: usize): bool {
  return within(at, 4) && changetype<usize>(objectFind(load<u32>(at))) == at;
}

/** True for a path whose gateway is of a family that there is. */
export function isPath(nh: Nexthop): bool {
  return nh.family == 0 || nh.family == <u8>AF_INET || nh.family == <u8>AF_INET6;
}

/** O2, when all that can refer to an object was met. */
export function checkObjectRefs(): u32 {
  const dir = objects();
  for (let i: u32 = 0; i < dir.count; i++) {
    const o = changetype<Obj>(dir.at(i));
    if (o.seen != o.refs) return O + 2;
    o.seen = 0;
  }
  return 0;
}
