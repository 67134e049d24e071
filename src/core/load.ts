/**
 * core/load.ts - from a compiled core to a running one: an instance for each Netns.
 *
 * Nothing happens at import. Only the loader's raw exports are used; in a check build it turns aborts into file:line.
 */
import { instantiateSync } from '@assemblyscript/loader';

/** The doors of assembly/index.ts; addresses and errnos are numbers. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  init(maxBytes: number): number;
  lease(bytes: number): number;
  unlease(address: number): void;
  seal(): void;
  isSealed(length: number): number;
  adopt(maxBytes: number): number;
  switchGet(owner: number, number: number): number;
  switchSet(owner: number, number: number, value: number): number;
  deviceAdd(record: number): number;
  deviceRemove(index: number): void;
  deviceNext(index: number): number;
  deviceGet(index: number): number;
  addressInsert(record: number, before: number): number;
  addressNext(device: number, at: number): number;
  addressRemove(at: number): void;
  addressType(address: number, table: number): number;
  addressSelect(device: number, hint: number, scope: number): number;
  ruleInsert(record: number, before: number): number;
  ruleNext(at: number): number;
  ruleRemove(at: number): void;
  objectSet(record: number): number;
  objectGet(id: number, record: number, room: number): number;
  objectNext(id: number): number;
  objectRemove(id: number): number;
  objectSuits(record: number): number;
  objectLeave(group: number, id: number): void;
  objectGroup(id: number, i: number): number;
  bucketOwner(group: number, i: number): number;
  bucketIdle(group: number, i: number): number;
  groupsUpkeep(): void;
  nexthopCheck(nexthop: number, scope: number, table: number, room: number): number;
  pathsDown(index: number, event: number): number;
  pathsUp(index: number): void;
  sourceGone(address: number, table: number): number;
  flush(): number;
  routeHead(record: number): number;
  routeCreate(record: number, flags: number, room: number): number;
  routeMatch(record: number, out: number, room: number): number;
  output(flow: number, result: number, room: number): number;
  input(flow: number, result: number, room: number): number;
  routeAdd(record: number, flags: number): number;
  routesAdd(records: number, n: number, flags: number, room: number): void;
  rowsAdd(
    addresses: number,
    lengths: number,
    kinds: number,
    n: number,
    records: number,
    count: number,
    flags: number,
  ): number;
  routeCheck(record: number, room: number): number;
  routeDelete(record: number): number;
  routeFind(record: number, room: number): number;
  dump(cursor: number, out: number, room: number): number;
  shape(walk: number, out: number, rows: number): number;
  summarize(after: number, deep: number, out: number): number;
  tableAdd(id: number): number;
  tableExists(id: number): number;
  infoCount(id: number): number;
  infoGet(id: number, record: number): void;
  lookup(flow: number, result: number): number;
  lookupDst(dst: number, flow: number, result: number): number;
  lookupId(dst: number, room: number): number;
  lookupBatch(
    dst: number,
    out: number,
    n: number,
    miss: number,
    bigEndian: number,
    tables: number,
    room: number,
  ): void;
  viewSet(table: number, shape: number): number;
  viewKind(table: number): number;
  viewsPause(): void;
  viewsResume(): void;
  lookupFlows(columns: number, n: number, miss: number, room: number): void;
  decideFlows(columns: number, n: number, isInput: number, flow: number, result: number, room: number): void;
  gatewaysOpen(): number;
  gatewaysClose(): void;
  gatewayNext(gate: number): number;
  gatewayRoutes(
    family: number,
    address: number,
    oif: number,
    table: number,
    out: number,
    room: number,
  ): number;
  gatewayKnown(family: number, address: number, oif: number): number;
  classicOpen(constant: number): number;
  classicClose(): void;
  classicAdd(gateway: number, destination: number): number;
  classicDelete(gateway: number): number;
  classicFind(gateway: number): number;
  classicNext(mapping: number): number;
  cacheNew(bits: number, pages: number): number;
  cacheRun(): void;
  cacheFlush(delay: number): void;
  cacheDown(device: number, isGone: number): void;
  cacheSecret(ticks: number): void;
  cacheLookup(dst: number, src: number, iif: number, oif: number, tos: number, mark: number): number;
  cacheFind(handle: number): number;
  cacheNext(entry: number): number;
  cacheHold(entry: number): void;
  cacheUse(entry: number): void;
  cacheRelease(entry: number): void;
  cacheRedirect(
    from: number,
    dst: number,
    gateway: number,
    src: number,
    device: number,
    isReachable: number,
  ): number;
  cacheSendRedirect(entry: number): number;
  cacheSendError(entry: number): number;
  cacheFragNeeded(
    dst: number,
    src: number,
    mtu: number,
    length: number,
    headerLength: number,
    device: number,
  ): number;
  cachePmtu(entry: number, mtu: number): void;
  cacheAdvise(entry: number): number;
  cacheLinkFailure(entry: number): void;
  unmerge(): number;
  check(): number;
}

/** A fresh instance with a memory of its own. */
export function instantiate(module: WebAssembly.Module): CoreExports {
  return instantiateSync(module, {}).instance.exports as unknown as CoreExports;
}
