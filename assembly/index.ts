// index.ts - the door: exports only, numbers in and out, no logic. Records are described in src/abi/records.ts.
//
// Addresses are those of records in a lease. A result below zero is a negated errno. One family so far: the records
// carry it, and the doors below choose the instantiation.

import { ENTRY_INPUT_KEY, FLOWS_ROOM } from "../src/abi/records";
import { AF_INET, EAFNOSUPPORT, ENOBUFS } from "../src/abi/uapi";
import { arenaNew, forwarding, lease as arenaLease, state, unlease as arenaUnlease } from "./arena";
import { entryAfter, probe, touch } from "./cache/bucket";
import {
  cacheFlush as flushCache,
  cacheNew as makeCache,
  cacheRun as runCache,
  cacheSecret as setSecret,
  deviceLeaves,
} from "./cache/expire";
import { advise, errorDue, fragNeeded, isRedirectDue, linkFailed, redirect, updatePmtu } from "./cache/learn";
import { Entry, entryFind as findEntry, routeCache } from "./cache/rtable";
import { check as checkAll } from "./check";
import {
  addressInsert as insertAddress,
  addressNext as nextAddress,
  addressRemove as removeAddress,
  deviceAdd as addDevice,
  deviceAfter,
  deviceFind,
  deviceRemove as removeDevice,
  sourceOn,
  sysctlsNew,
} from "./device";
import { input as decideInput, output as decideOutput } from "./decide/decide";
import { Room } from "./decide/packet";
import { decideRows } from "./decide/rows";
import { dumpRoutes, findRoute, matchRoute, summarize as summarizeNext, walkShape } from "./dump";
import { bareId, resumeViews } from "./fib/bare";
import { lookupRows } from "./fib/batch";
import {
  addressType as typeOf,
  checkNexthop,
  checkRoute,
  objectSuits as suits,
  openRoute,
  routeCreate as createRoute,
} from "./fib/create";
import {
  flush as flushDead,
  objectRemove as removeObject,
  pathsDown as markDown,
  pathsUp as markUp,
  sourceGone as loseSource,
} from "./fib/event";
import { groupLeave, objectSet as setObject } from "./fib/define";
import { lookupFlows as flowRows, lookupIds } from "./fib/flows";
import { bucketIdle as idleOf, bucketOwner as ownerOf, upkeep } from "./fib/group";
import { infoById, infoGet as getInfo, infosNew } from "./fib/info";
import { viewShape } from "./fib/forwarding";
import { recordsAdd as addRecords, rowsAdd as addRows } from "./fib/load";
import { lookup as lookupFlow, lookupDst as lookupBare } from "./fib/lookup";
import { groupOf, objectAfter, objectFind, objectGet as getObject } from "./fib/object";
import {
  routeAdd as addRoute,
  routeDelete as deleteRoute,
  tableFind,
  tableGet,
  unmerge as unmergeTables,
} from "./fib/table";
import { viewOf } from "./forward/follow";
import {
  Columns,
  Cursor,
  Flow,
  NexthopRecord,
  ObjectRecord,
  Result,
  RouteRecord,
  Summary,
  Walk,
} from "./record";
import {
  Mapping,
  classicAdd as addClassic,
  classicClose as closeClassic,
  classicDelete as deleteClassic,
  classicFind as findClassic,
  classicNext as nextClassic,
  classicOpen as openClassic,
} from "./gateway/classic";
import { Gate } from "./gateway/gate";
import {
  gatewayKnown as isGatewayKnown,
  gatewayNext as nextGateway,
  gatewayRoutes as listGateway,
  gatewaysOpen as openGateways,
} from "./fib/gateways";
import { indexDrop } from "./fib/uses";
import { adopt as adoptArena, isSealed as isArenaSealed, seal as sealArena } from "./snapshot";
import { switchFind, switchSet as setSwitch } from "./switch";

import {
  ruleInsert as insertRule,
  ruleNext as nextRule,
  ruleRemove as removeRule,
  rulesNew,
} from "./rule/rule";

/** Makes an empty routing state in fresh memory; `maxBytes` 0 is no bound. 0 or -ENOBUFS. */
export function init(maxBytes: u32): i32 {
  arenaNew(maxBytes);
  sysctlsNew();
  const err = rulesNew();
  return err ? err : infosNew();
}

/** Lends a block; 0 = no memory. */
export function lease(bytes: u32): usize {
  return arenaLease(bytes);
}

export function unlease(address: usize): void {
  arenaUnlease(address);
}

/** Makes the memory from SNAPSHOT_BYTES bytes below the State up to its `brk` a snapshot; all leases must be back. */
export function seal(): void {
  sealArena();
}

/** 1 if what was put there, header and `length` bytes from the State on, has the checksum that the header says. */
export function isSealed(length: u32): u32 {
  return <u32>isArenaSealed(length);
}

/** Takes over the arena that was put there; `maxBytes` is its new bound, 0 keeps the one it has. 0 or -ENOBUFS. */
export function adopt(maxBytes: u32): i32 {
  return adoptArena(maxBytes);
}

/** Address of the value of a switch, 0 = nobody wrote it. */
export function switchGet(owner: u32, number: u32): usize {
  return switchFind(owner, number);
}

/** Writes a switch. 0 or -ENOBUFS. */
export function switchSet(owner: u32, number: u32, value: i32): i32 {
  return setSwitch(owner, number, value);
}

/** Adds a device record. 0, -EEXIST, -ENOBUFS. */
export function deviceAdd(record: usize): i32 {
  return addDevice(record);
}

/** Takes back a device that nothing stands on, with its addresses. */
export function deviceRemove(index: u32): void {
  removeDevice(index);
}

/** Address of the device record with the next higher index, 0 = none. */
export function deviceNext(index: u32): usize {
  const d = deviceAfter(index);
  return d == null ? 0 : d.record;
}

/** Address of the device record with this index, 0 = none. */
export function deviceGet(index: u32): usize {
  const d = deviceFind(index);
  return d == null ? 0 : d.record;
}

/** Keeps an address record in front of the one at `before` (0: last); the kept record's address, 0 = no memory. */
export function addressInsert(record: usize, before: usize): usize {
  return insertAddress(record, before);
}

/** Address of the address record after `at` (0: the first) of a device, 0 = none. */
export function addressNext(device: u32, at: usize): usize {
  return nextAddress(device, at);
}

/** Takes the address whose record is at `at` away. */
export function addressRemove(at: usize): void {
  removeAddress(at);
}

/** What kind of address this is to a table: RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_MULTICAST, ... */
export function addressType(address: u32, table: u32): u32 {
  return typeOf<u32>(address, table);
}

/** Source address that a device would give (FIB-115), 0 = none. */
export function addressSelect(device: u32, hint: u32, scope: u32): u32 {
  const d = deviceFind(device);
  return d == null ? 0 : sourceOn(d, hint, <u8>scope);
}

/** Keeps a rule record in front of the one at `before` (0: last); the kept record's address, 0 = no memory. */
export function ruleInsert(record: usize, before: usize): usize {
  return insertRule(record, before);
}

/** Address of the rule record after `at` (0: the first), 0 = none. */
export function ruleNext(at: usize): usize {
  return nextRule(at);
}

/** Takes the rule whose record is at `at` away. */
export function ruleRemove(at: usize): void {
  removeRule(at);
}

/** Makes or replaces the nexthop object of a record. 0, -ENOENT (a member that is not there), -ENOBUFS. */
export function objectSet(record: usize): i32 {
  state().reason = 0;
  return setObject<u32>(changetype<ObjectRecord>(record));
}

/** Writes the object with this id over a record: bytes, 0 none, -n when `room` is short of n. */
export function objectGet(id: u32, record: usize, room: u32): i32 {
  const o = objectFind(id);
  return o == null ? 0 : getObject(o, changetype<ObjectRecord>(record), room);
}

/** Id of the object with the next higher id, 0 = none. */
export function objectNext(id: u32): u32 {
  const o = objectAfter(id);
  return o == null ? 0 : o.id;
}

/** Takes an object away that no group has, and silently the routes that use it; how many. */
export function objectRemove(id: u32): u32 {
  return removeObject<u32>(id);
}

/** Does the new definition of a record suit the routes that use the object (CFG-124)? 0 or -EINVAL, with a reason. */
export function objectSuits(record: usize): i32 {
  return suits(changetype<ObjectRecord>(record));
}

/** Takes an object out of a group that has others too; nothing is allocated. Both must exist. */
export function objectLeave(group: u32, id: u32): void {
  const o = objectFind(group);
  const object = objectFind(id);
  if (o != null && object != null) groupLeave<u32>(o, object);
}

/** Id of the i-th group that has an object, newest membership first; 0 behind the last. */
export function objectGroup(id: u32, i: u32): u32 {
  const o = objectFind(id);
  if (o == null) return 0;
  const group = groupOf(o, i);
  return group == null ? 0 : group.id;
}

/** Id of the object that bucket i of a resilient group leads to; 0 when there is no such bucket. */
export function bucketOwner(group: u32, i: u32): u32 {
  const o = objectFind(group);
  return o == null || i >= o.buckets ? 0 : ownerOf(o, i);
}

/** How long bucket i of a resilient group, which must exist, has been idle, in 1/100 s. */
export function bucketIdle(group: u32, i: u32): u32 {
  const o = objectFind(group);
  return o == null ? 0 : idleOf(o, i);
}

/** After the clock has moved: moves the buckets of resilient groups that have become idle. */
export function groupsUpkeep(): void {
  upkeep();
}

/**
 * Checks the path of a route or object of this scope and table (CFG section 4) and completes its nexthop record.
 * 0 or a negated errno, whose reason is in the State. `room` is a flow and a result to work in.
 */
export function nexthopCheck(nexthop: usize, scope: u32, table: u32, room: usize): i32 {
  state().reason = 0;
  const r = changetype<Room>(room);
  return checkNexthop<u32>(changetype<NexthopRecord>(nexthop), <u8>scope, table, r.flow, r.result);
}

/** Marks the paths through a device: 0 carrier lost, 1 down, 2 its addresses gone, 3 removed. Fib infos that died. */
export function pathsDown(index: u32, event: u32): u32 {
  return markDown(index, event);
}

/** Revives the paths through a device that is up. */
export function pathsUp(index: u32): void {
  markUp(index);
}

/** Kills the fib infos of a table with this preferred source; how many. Dumps can ask for their routes. */
export function sourceGone(address: u32, table: u32): u32 {
  return loseSource(address, table);
}

/** Removes the routes of dead fib infos silently; how many. */
export function flush(): u32 {
  return flushDead<u32>();
}

/** Does what comes before the nexthops of a new route are read (CFG section 3, 7..10). 0 or -errno. */
export function routeHead(record: usize): i32 {
  const r = changetype<RouteRecord>(record);
  return r.family == AF_INET ? openRoute<u32>(r) : -EAFNOSUPPORT;
}

/**
 * Adds a route as the kernel does, with all its checks; completes the record. The notification's flags, or a negated
 * errno whose reason is in the State. `room` is a flow and a result to work in.
 */
export function routeCreate(record: usize, flags: u32, room: usize): i32 {
  const r = changetype<RouteRecord>(record);
  const work = changetype<Room>(room);
  return r.family == AF_INET ? createRoute<u32>(r, flags, work.flow, work.result) : -EAFNOSUPPORT;
}

/** Writes the route that `routeDelete` would delete to `out`: bytes, 0 none, -n when `room` is short of n. */
export function routeMatch(record: usize, out: usize, room: u32): i32 {
  const r = changetype<RouteRecord>(record);
  return r.family == AF_INET ? matchRoute<u32>(r, out, room) : 0;
}

/** Decides for a packet made here (RC section 12). 0 or -errno. The flow is used up. `room` as above. */
export function output(flow: usize, result: usize, room: usize): i32 {
  const f = changetype<Flow>(flow);
  if (f.family != AF_INET) return -EAFNOSUPPORT;
  return decideOutput<u32>(f, changetype<Result>(result), changetype<Room>(room));
}

/** Decides for a packet that came in on the flow's iif (RC section 9). 0 or -errno. `room` as above. */
export function input(flow: usize, result: usize, room: usize): i32 {
  const f = changetype<Flow>(flow);
  if (f.family != AF_INET) return -EAFNOSUPPORT;
  return decideInput<u32>(f, changetype<Result>(result), changetype<Room>(room));
}

/** Adds a route by netlink flags: the notification's flags, or -EEXIST, -ENOENT, -ENOBUFS, -EAFNOSUPPORT. */
export function routeAdd(record: usize, flags: u32): i32 {
  const r = changetype<RouteRecord>(record);
  return r.family == AF_INET ? addRoute<u32>(r, flags) : -EAFNOSUPPORT;
}

/**
 * Adds the routes of n IPv4 records that lie back to back by netlink flags; with a `room` only what passes all checks.
 * Into each record's `refs` goes what `routeAdd` gives, into its `id` the reason of a refusal. Without a `room` it ends
 * where memory does.
 */
export function routesAdd(records: usize, n: u32, flags: u32, room: usize): void {
  const r = changetype<Room>(room);
  addRecords<u32>(records, n, flags, room != 0, r.flow, r.result);
}

/**
 * Adds n rows, prefixes of IPv4, by netlink flags; row i is as the record at records[kinds[i]], one of `count` words.
 * How many were added, the rest was there; or -ENOBUFS, and the rows before are added.
 */
export function rowsAdd(
  addresses: usize,
  lengths: usize,
  kinds: usize,
  n: u32,
  records: usize,
  count: u32,
  flags: u32,
): i32 {
  return addRows<u32>(addresses, lengths, kinds, n, records, count, flags);
}

/** Does all that `routeCreate` checks and adds nothing. 0 or a negated errno. `room` as above. */
export function routeCheck(record: usize, room: usize): i32 {
  const r = changetype<Room>(room);
  return checkRoute<u32>(changetype<RouteRecord>(record), r.flow, r.result);
}

/** Deletes the first matching route. 0, -ESRCH, -EAFNOSUPPORT. */
export function routeDelete(record: usize): i32 {
  state().reason = 0;
  const r = changetype<RouteRecord>(record);
  return r.family == AF_INET ? deleteRoute<u32>(r) : -EAFNOSUPPORT;
}

/** Finds a route by prefix, table, tos and priority (0: any), writes it over the record: bytes, 0 none, -n too small. */
export function routeFind(record: usize, room: u32): i32 {
  const r = changetype<RouteRecord>(record);
  return r.family == AF_INET ? findRoute<u32>(r, room) : 0;
}

/** Writes the next routes of a dump; bytes written. */
export function dump(cursor: usize, out: usize, room: u32): u32 {
  return dumpRoutes<u32>(changetype<Cursor>(cursor), out, room);
}

/** Writes the next rows of a trie's shape; how many. */
export function shape(walk: usize, out: usize, rows: u32): u32 {
  return walkShape<u32>(changetype<Walk>(walk), out, rows);
}

/** Writes the summary of the table after `after` (0: of the first); 1, or 0 when there is none. */
export function summarize(after: u32, deep: u32, out: usize): u32 {
  return summarizeNext<u32>(after, deep, changetype<Summary>(out));
}

/** Makes the table with this id when it is missing. 0 or -ENOBUFS. */
export function tableAdd(id: u32): i32 {
  return tableGet<u32>(id) == null ? -ENOBUFS : 0;
}

/** 1 if a table with this id (0: main) exists. */
export function tableExists(id: u32): u32 {
  return <u32>(tableFind(id) != null);
}

/** Nexthops of a fib info, -1 if there is no such id. */
export function infoCount(id: u32): i32 {
  const fi = infoById(id);
  return fi == null ? -1 : <i32>fi.paths;
}

/** Writes the fib info with this id as a route record without prefix; the id must exist and the record have room. */
export function infoGet(id: u32, record: usize): void {
  const fi = infoById(id);
  if (fi != null) getInfo(fi, changetype<RouteRecord>(record));
}

/** Answers a flow record into a result record: 0 or a negated errno. */
export function lookup(flow: usize, result: usize): i32 {
  const f = changetype<Flow>(flow);
  return f.family == AF_INET ? lookupFlow<u32>(f, changetype<Result>(result)) : -EAFNOSUPPORT;
}

/** `lookup` for an IPv4 destination alone; the flow record, to be read with the result, is written here. */
export function lookupDst(dst: u32, flow: usize, result: usize): i32 {
  return lookupBare<u32>(dst, changetype<Flow>(flow), changetype<Result>(result));
}

/** Id of the fib info that answers an IPv4 destination with tos 0, 0 = no route. `room` as above. */
export function lookupId(dst: u32, room: usize): u32 {
  const r = changetype<Room>(room);
  return bareId<u32>(dst, r.flow, r.result);
}

/** Sets the shape (FORWARD_*) of the view of a table (0: main), which must exist. 0 or -ENOBUFS. O(routes). */
export function viewSet(id: u32, shape: u32): i32 {
  const t = tableFind(id);
  return t == null || viewShape<u32>(t.of<u32>(), shape) ? 0 : -ENOBUFS;
}

/** Frame kind of the view of a table + 1, 0 = it has none. */
export function viewKind(id: u32): u32 {
  const t = tableFind(id);
  if (t == null) return 0;
  const view = viewOf<u32>(t.of<u32>());
  return view == null ? 0 : <u32>view.kind + 1;
}

/** Many changes are on their way: views that they touch go, until `viewsResume`. */
export function viewsPause(): void {
  forwarding().paused = 1;
}

/** Makes the views that went, or are due. O(routes). */
export function viewsResume(): void {
  resumeViews<u32>();
}

/**
 * `lookupId` for n destinations (bigEndian: network order) into n ids, `miss` where there is no route. With `tables`,
 * an address of n table ids, row i is asked of that table alone; 0 there, or no address: as the rules say.
 */
export function lookupBatch(
  dst: usize,
  out: usize,
  n: u32,
  miss: u32,
  bigEndian: u32,
  tables: usize,
  room: usize,
): void {
  const r = changetype<Room>(room);
  if (!tables && !state().unmerged)
    return lookupRows<u32>(dst, out, n, miss, bigEndian != 0, r.flow, r.result);
  const c = r.columns;
  memory.fill(changetype<usize>(c), 0, FLOWS_ROOM);
  c.dst = dst;
  c.table = tables;
  c.id = out;
  c.isSwapped = bigEndian != 0;
  lookupIds<u32>(c, n, miss, r.flow, r.result);
}

/** `lookup` for n flows in columns: fib info ids, `miss` where there is no route, and paths. `room` as above. */
export function lookupFlows(columns: usize, n: u32, miss: u32, room: usize): void {
  const r = changetype<Room>(room);
  flowRows<u32>(changetype<Columns>(columns), n, miss, r.flow, r.result);
}

/** `output`, or with `isInput` `input`, for n flows in columns: fib info ids, paths and what else is asked for. */
export function decideFlows(
  columns: usize,
  n: u32,
  isInput: u32,
  flow: usize,
  result: usize,
  room: usize,
): void {
  decideRows<u32>(
    changetype<Columns>(columns),
    n,
    isInput != 0,
    changetype<Flow>(flow),
    changetype<Result>(result),
    changetype<Room>(room),
  );
}

/** Sees to the reverse index, and keeps it from then on. 0 or -ENOBUFS. */
export function gatewaysOpen(): i32 {
  return openGateways<u32>() ? 0 : -ENOBUFS;
}

/** Takes the reverse index down. */
export function gatewaysClose(): void {
  indexDrop<u32>();
}

/** Address of the gate after one, the first after 0; 0 at the end. Layout: GATE_*. */
export function gatewayNext(gate: usize): usize {
  return changetype<usize>(nextGateway(changetype<Gate | null>(gate)));
}

/** The routes through a gateway, as many as fit into `room` bytes of GATEWAY_* rows; how many there are. */
export function gatewayRoutes(family: u32, address: usize, oif: u32, table: u32, out: usize, room: u32): u32 {
  return listGateway<u32>(family, address, oif, table, out, room);
}

/** 1 if a path that lives goes through a gateway on a device, 0 = any. */
export function gatewayKnown(family: u32, address: usize, oif: u32): u32 {
  return <u32>isGatewayKnown(family, address, oif);
}

/** Opens the classic gateway index: 0, -EEXIST, -ENOBUFS. */
export function classicOpen(constant: u32): i32 {
  return openClassic(constant);
}

export function classicClose(): void {
  closeClassic();
}

/** 0, -EEXIST, -ENOMEM. */
export function classicAdd(gateway: u32, destination: u32): i32 {
  return addClassic(gateway, destination);
}

/** 0 or -ENOENT. */
export function classicDelete(gateway: u32): i32 {
  return deleteClassic(gateway);
}

/** Address of the mapping of a gateway, or 0. Layout: MAPPING_*. */
export function classicFind(gateway: u32): usize {
  return changetype<usize>(findClassic(gateway));
}

/** Address of the mapping after one, the first after 0; 0 at the end. */
export function classicNext(mapping: usize): usize {
  return changetype<usize>(nextClassic(changetype<Mapping | null>(mapping)));
}

/** Gives a fresh State a route cache with 2^bits chains, for a machine of so many pages. 0 or -ENOBUFS. */
export function cacheNew(bits: u32, pages: u32): i32 {
  return makeCache(bits, pages) ? 0 : -ENOBUFS;
}

/** The clock has moved: what was due in the route cache meanwhile happens. */
export function cacheRun(): void {
  if (state().cache) runCache();
}

/** Makes all entries of the route cache expire, and frees them with a delay of 0 or more (RC-25). */
export function cacheFlush(delay: i32): void {
  if (state().cache) flushCache(delay);
}

/** A device is down, or it goes: the route cache is flushed, and what is held of it serves no more (RC-26, RC-104). */
export function cacheDown(device: u32, isGone: u32): void {
  if (state().cache) deviceLeaves(device, isGone != 0);
}

/** Sets the interval of secret rebuilds, in ticks (RC-27). */
export function cacheSecret(ticks: i32): void {
  setSecret(ticks);
}

/** A hit: the handle of the entry for a flow, counted, or 0. `iif` 0: made here. */
export function cacheLookup(dst: u32, src: u32, iif: u32, oif: u32, tos: u32, mark: u32): f64 {
  if (!state().cache || (iif && oif)) return 0;
  const e = probe(routeCache(), dst, src, iif | oif, mark, iif ? tos | ENTRY_INPUT_KEY : tos);
  return e == null ? 0 : e.handle;
}

/** Address of the entry with a handle, 0 = it has gone. */
export function cacheFind(handle: f64): usize {
  return changetype<usize>(findEntry(handle));
}

/** Address of the entry in a chain after the one at `at` (0: the first), bucket by bucket; 0 = none. */
export function cacheNext(at: usize): usize {
  return changetype<usize>(entryAfter(changetype<Entry | null>(at)));
}

/** Holds the entry at an address (RC-101). */
export function cacheHold(at: usize): void {
  changetype<Entry>(at).detail.refs++;
}

/** Holds the entry at an address and notes its use. */
export function cacheUse(at: usize): void {
  changetype<Entry>(at).detail.refs++;
  touch(routeCache(), changetype<Entry>(at));
}

/** Lets go of the entry at an address. */
export function cacheRelease(at: usize): void {
  const e = changetype<Entry>(at);
  if (e.detail.refs) e.detail.refs--;
}

/** An ICMP redirect has come in on a device: how many entries lead to the new gateway now (RC-107, RC-108). */
export function cacheRedirect(
  from: u32,
  dst: u32,
  gateway: u32,
  src: u32,
  device: u32,
  isReachable: u32,
): u32 {
  return redirect(from, dst, gateway, src, device, isReachable != 0);
}

/** 1 if the sender of a packet that was forwarded by the entry at an address is due a redirect (RC-109). */
export function cacheSendRedirect(at: usize): u32 {
  return <u32>isRedirectDue(changetype<Entry>(at));
}

/** ICMP code of the error that a packet is due which met the entry at an address, -1 = none (RC-110). */
export function cacheSendError(at: usize): i32 {
  return errorDue(changetype<Entry>(at));
}

/** An ICMP "fragmentation needed" has come in on a device: the path MTU learned, or what was claimed (RC-111). */
export function cacheFragNeeded(
  dst: u32,
  src: u32,
  mtu: u32,
  length: u32,
  headerLength: u32,
  device: u32,
): u32 {
  return fragNeeded(dst, src, mtu, length, headerLength, device);
}

/** TCP knows a path MTU (RC-112). */
export function cachePmtu(at: usize, mtu: u32): void {
  updatePmtu(changetype<Entry>(at), mtu);
}

/** 1 if the holder of the entry at an address, who has doubts, may go on with it; else it holds it no more (RC-114). */
export function cacheAdvise(at: usize): u32 {
  return <u32>advise(changetype<Entry>(at));
}

/** The neighbour of the entry at an address cannot be reached (RC-115). */
export function cacheLinkFailure(at: usize): void {
  linkFailed(changetype<Entry>(at));
}

/** Splits local from main, as the first policy rule does (FIB-8). 0 or -ENOBUFS. */
export function unmerge(): i32 {
  return unmergeTables<u32>();
}

/** Number of the first broken invariant, 0 = all hold. */
export function check(): u32 {
  return checkAll<u32>();
}
