// index.ts - the door: exports only, numbers in and out, no logic. Records are described in src/abi/records.ts.
//
// Addresses are those of records in a lease. A result below zero is a negated errno. One family so far: the records
// carry it, and the doors below choose the instantiation.

import { AF_INET, EAFNOSUPPORT } from "../src/abi/uapi";
import { arenaNew, lease as arenaLease, unlease as arenaUnlease } from "./arena";
import { check as checkAll } from "./check";
import { deviceAdd as addDevice, deviceAfter, deviceRemove as removeDevice } from "./device";
import { dumpRoutes, findRoute, summarize as summarizeNext, walkShape } from "./dump";
import { infoById, infoGet as getInfo, infosNew } from "./fib/info";
import { lookup as lookupFlow, resolve } from "./fib/lookup";
import { lookupRows } from "./fib/batch";
import {
  routeAdd as addRoute,
  routeDelete as deleteRoute,
  tableFind,
  unmerge as unmergeTables,
} from "./fib/table";
import { Cursor, Flow, Result, RouteRecord, Summary, Walk } from "./record";

/** Makes an empty routing state in fresh memory; `maxBytes` 0 is no bound. 0 or -ENOBUFS. */
export function init(maxBytes: u32): i32 {
  arenaNew(maxBytes);
  return infosNew();
}

/** Lends a block; 0 = no memory. */
export function lease(bytes: u32): usize {
  return arenaLease(bytes);
}

export function unlease(address: usize): void {
  arenaUnlease(address);
}

/** Adds a device record. 0, -EEXIST, -ENOBUFS. */
export function deviceAdd(record: usize): i32 {
  return addDevice(record);
}

/** Takes back a device that nothing stands on. */
export function deviceRemove(index: u32): void {
  removeDevice(index);
}

/** Address of the device record with the next higher index, 0 = none. */
export function deviceNext(index: u32): usize {
  const d = deviceAfter(index);
  return d == null ? 0 : d.record;
}

/** Adds a route by netlink flags: the notification's flags, or -EEXIST, -ENOENT, -ENOBUFS, -EAFNOSUPPORT. */
export function routeAdd(record: usize, flags: u32): i32 {
  const r = changetype<RouteRecord>(record);
  return r.family == AF_INET ? addRoute<u32>(r, flags) : -EAFNOSUPPORT;
}

/** Deletes the first matching route. 0, -ESRCH, -EAFNOSUPPORT. */
export function routeDelete(record: usize): i32 {
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

/** 1 if a table with this id (0: main) exists. */
export function tableExists(id: u32): u32 {
  return <u32>(tableFind(id) != null);
}

/** Nexthops of a fib info, -1 if there is no such id. */
export function infoCount(id: u32): i32 {
  const fi = infoById(id);
  return fi == null ? -1 : fi.count;
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

/** Id of the fib info that answers an IPv4 destination with tos 0, 0 = no route. */
export function lookupId(dst: u32): u32 {
  const fa = resolve<u32>(dst, 0, 0, 0);
  return fa == null ? 0 : fa.info.id;
}

/**
 * `lookupId` for n destinations (bigEndian: network order) into n ids, `miss` where there is no route. With `tables`,
 * an address of n table ids, row i is asked of that table alone; 0 there, or no address: as the rules say.
 */
export function lookupBatch(dst: usize, out: usize, n: u32, miss: u32, bigEndian: u32, tables: usize): void {
  lookupRows<u32>(dst, out, n, miss, bigEndian != 0, tables);
}

/** Splits local from main, as the first policy rule does (FIB-8). 0 or -ENOBUFS. */
export function unmerge(): i32 {
  return unmergeTables<u32>();
}

/** Number of the first broken invariant, 0 = all hold. */
export function check(): u32 {
  return checkAll<u32>();
}
