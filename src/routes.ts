/**
 * routes.ts - the routes of a Netns: `ns.route`. Adding and deleting mean what `ip route` means by its words (CFG-54).
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { loadColumns, type ColumnLoader, type LoadResult, type RouteColumns } from './columns.js';
import type { Core } from './core/core.js';
import { readDecision, readQuestion, writeFlow } from './core/flow.js';
import { readPrefixText, readShared, show, tableNumber, writeRoute, type Purpose } from './core/route.js';
import { FibError } from './errors.js';
import { refusal } from './extack.js';
import type { LinkTable } from './links.js';
import type { Decision, Flow } from './model/flow.js';
import {
  routeTypeNumber,
  routeTypeWord,
  type NextHop,
  type PrefixLike,
  type Route,
  type RouteInput,
  type RouteType,
  type TableLike,
} from './model/route.js';
import { GROUP_ROUTE, type Notices, type Origin } from './notices.js';
import { restoreDump, type Restorer, type RestoreResult } from './restore.js';
import { encodeRoute } from './wire/route.js';

/** Which routes to list; what is not given matches any. */
export interface RouteFilter {
  /** This table alone; a table that does not exist lists nothing. */
  readonly table?: TableLike;
  readonly type?: RouteType;
  readonly protocol?: number;
  /** A nexthop through this interface, by name or index. */
  readonly dev?: string | number;
}

/** A route that the kernel makes by itself; numbers as in its record. */
export interface KernelRoute {
  readonly dst: number;
  readonly length: number;
  readonly type: number;
  readonly scope: number;
  readonly table: number;
  readonly oif: number;
  readonly prefsrc: number;
  readonly metric: number;
}

/** What a dump of records is to hold. */
interface DumpOf {
  /** This table alone, 0 = all. */
  readonly table?: number;
  /** CURSOR_F_* */
  readonly filter?: number;
}

/** A route to be told of. */
interface Picked {
  readonly nhid: number;
  readonly table: number;
  readonly key: number;
  readonly payload: Uint8Array;
}

const CREATE = uapi.NLM_F_CREATE;
/** An event of `pathsDown`: the device goes. */
const REMOVED = 3;
/** Bytes of the buffer that a dump is read through: some hundred routes a call. */
const DUMP_BYTES = 1 << 16;

/** The routes of one Netns, in all its tables. */
export class RouteTable {
  readonly #core: Core;
  readonly #links: LinkTable;
  readonly #notices: Notices;

  constructor(core: Core, links: LinkTable, notices: Notices) {
    this.#core = core;
    this.#links = links;
    this.#notices = notices;
  }

  /**
   * Adds a route; one with the same prefix, table, tos and metric must not exist. O(depth).
   *
   * Defaults are those of `ip route add`: type unicast, table main (local for local, broadcast and anycast), protocol
   * boot, scope by type and gateway (CFG-24).
   * @throws {FibError} EINVAL malformed text, host bits, a number out of range; ENODEV an unknown `dev` or `oif`; EEXIST;
   * ENOBUFS; and what the kernel refuses (CFG sections 3 and 4)
   */
  add(prefix: PrefixLike, route: RouteInput = {}): void {
    this.#put(prefix, route, CREATE | uapi.NLM_F_EXCL, 'route add');
  }

  /** Adds a route after those with the same prefix, table, tos and metric. Errors as `add`; EEXIST: it is there. */
  append(prefix: PrefixLike, route: RouteInput = {}): void {
    this.#put(prefix, route, CREATE | uapi.NLM_F_APPEND, 'route append');
  }

  /** Adds a route before those with the same prefix, table, tos and metric. Errors as `add`; EEXIST: it is there. */
  prepend(prefix: PrefixLike, route: RouteInput = {}): void {
    this.#put(prefix, route, CREATE, 'route prepend');
  }

  /** Puts a route in place of the first with the same prefix, table, tos and metric, or adds it. Errors as `add`. */
  replace(prefix: PrefixLike, route: RouteInput = {}): void {
    this.#put(prefix, route, CREATE | uapi.NLM_F_REPLACE, 'route replace');
  }

  /** As `replace`, but there must be one to replace. Errors as `add`, and ENOENT. */
  change(prefix: PrefixLike, route: RouteInput = {}): void {
    this.#put(prefix, route, uapi.NLM_F_REPLACE, 'route change');
  }

  /**
   * Deletes the first route with this prefix, table (default main) and tos (default 0) that agrees in everything else
   * that is given (CFG-58). O(depth).
   * @throws {FibError} EINVAL, also for an unknown `nhid`; ENODEV an unknown `dev`; ESRCH no such route
   */
  del(prefix: PrefixLike, route: RouteInput = {}): void {
    const at = this.#write(prefix, route, 'delete', 'route del');
    if (
      route.nhid !== undefined &&
      route.nhid !== 0 &&
      this.#core.exports.objectGet(route.nhid, 0, 0) === 0
    ) {
      throw new FibError('EINVAL', 'route del', { extack: 'Nexthop id does not exist' });
    }
    this.remove(at, 'route del');
  }

  /**
   * The route with exactly this prefix, table (default main), tos (default 0) and metric (default: the lowest), or
   * undefined. The first in list order where several agree. O(depth).
   * @throws {FibError} EINVAL
   */
  get(prefix: PrefixLike, route: Pick<RouteInput, 'table' | 'tos' | 'metric'> = {}): Route | undefined {
    const core = this.#core;
    let at = this.#write(prefix, route, 'find', 'route get');
    let bytes = core.exports.routeFind(at, abi.ROUTE_NEXTHOPS);
    if (bytes < 0) {
      const larger = core.large(-bytes);
      core.u8.copyWithin(larger, at, at + abi.ROUTE_NEXTHOPS);
      at = larger;
      bytes = core.exports.routeFind(at, -bytes);
    }
    return bytes > 0 ? this.read(at) : undefined;
  }

  /**
   * Decides for a packet that is made here: its route, device, gateway and source address (RC-91..99).
   * @throws {FibError} EINVAL malformed, a source no packet may have, or a blackhole; ENODEV; ENETUNREACH no route, or
   * a source that is not ours; EHOSTUNREACH, EACCES a route that rejects
   */
  output(flow: string | number | Flow): Decision {
    const core = this.#core;
    writeFlow(core, this.#links, flow, 'route output');
    return this.#decided(core.exports.output(core.flow, core.result, core.room), 'route output');
  }

  /**
   * Decides for a packet that came in on `flow.iif`: deliver, forward or refuse (RC-63..90).
   * @throws {FibError} EINVAL malformed, no `iif`, or a source or destination that no such packet may have (martians,
   * reverse path filter); EHOSTUNREACH not for us and forwarding is off, or an unreachable route; ENETUNREACH no
   * route; EACCES a prohibit route
   */
  input(flow: Flow): Decision {
    const core = this.#core;
    writeFlow(core, this.#links, flow, 'route input');
    return this.#decided(core.exports.input(core.flow, core.result, core.room), 'route input');
  }

  #decided(err: number, operation: string): Decision {
    const core = this.#core;
    if (err < 0) throw FibError.fromErrno(err, operation, { detail: readQuestion(core) });
    return readDecision(core, this.#links);
  }

  /**
   * Adds the routes of a dump, the bytes of `ip route save` or plain netlink messages, as `ip route restore` does: each
   * must pass the kernel's checks, those that are there stay, and what is refused is told and does not end it. Routes
   * without gateway come first. What the dump says of links and objects is not looked at: they must be there.
   * @throws {WireError} bytes that are no dump, with the offset; nothing has changed
   * @throws {FibError} EINVAL not a Uint8Array
   */
  restore(bytes: Uint8Array): RestoreResult {
    if (!(bytes instanceof Uint8Array)) {
      throw new FibError('EINVAL', 'route restore', { detail: `expected a Uint8Array, got ${show(bytes)}` });
    }
    const restorer: Restorer = {
      core: this.#core,
      isQuiet: () => !this.#notices.isWanted(GROUP_ROUTE),
      add: (prefix, route, flags) => this.#put(prefix, route, flags, 'route restore'),
    };
    return restoreDump(restorer, bytes);
  }

  /**
   * Adds routes from plain arrays, the fastest way in: row i says that a prefix takes the route at `columns.routes[i]`
   * of `list`. Each route of the list must pass the kernel's checks, once and before the first row is added, as one to
   * 0.0.0.0/0; rows are then added as `append` does, those that are there stay. O(rows * depth).
   * @throws {FibError} EINVAL arrays of another kind or length, a row or a route that cannot be, by its place; what `add`
   * throws, for a route of the list: nothing has changed. ENOBUFS, and the rows before are added
   */
  load(columns: RouteColumns, list: readonly RouteInput[]): LoadResult {
    const loader: ColumnLoader = {
      core: this.#core,
      isQuiet: () => !this.#notices.isWanted(GROUP_ROUTE),
      write: (prefix, route) => this.#write(prefix, route, 'add', 'route load'),
      add: (prefix, route, flags) => this.#put(prefix, route, flags, 'route load'),
    };
    return loadColumns(loader, columns, list);
  }

  /** All routes that pass the filter, as `each` gives them, in an array. */
  list(filter: RouteFilter = {}): Route[] {
    return [...this.each(filter)];
  }

  /**
   * Goes through the routes table by table as a dump does: chains 0 to 255, newest table first, prefixes ascending by
   * address, longest first (FIB-3, FIB-69). Changes in between are allowed: routes ahead are seen as they are then.
   * @throws {FibError} EINVAL a bad filter; ENODEV an unknown `dev`; ENOBUFS
   */
  *each(filter: RouteFilter = {}): Generator<Route, void, undefined> {
    const isWanted = this.#predicate(filter);
    const table = filter.table === undefined ? 0 : tableNumber(filter.table, 'route list');
    for (const chunk of this.chunks({ table })) {
      // Values first: whoever consumes them may change routes, which may move the memory.
      for (const route of chunk.map((at) => this.read(at))) if (isWanted(route)) yield route;
    }
  }

  /** @internal What a source says: no validation, a repeated route is no error. True if something changed. */
  believe(prefix: PrefixLike, route: RouteInput, flags: number): boolean {
    const at = this.#write(prefix, this.#asAdded(route), 'add', 'apply', true);
    const done = this.#core.exports.routeAdd(at, flags);
    if (done < 0 && -done !== uapi.EEXIST) {
      this.#links.settle(false);
      throw this.#refusal(done, at, 'apply');
    }
    const payload =
      done > 0 && this.#notices.isWanted(GROUP_ROUTE) ? this.payload(this.#complete(at)) : undefined;
    if (done > 0 && isLocalByHand(this.#core, at)) this.#core.view.setUint32(abi.STATE_HAS_LOCALS, 1, true);
    this.#links.settle(done >= 0);
    if (payload !== undefined) this.#notices.publish(GROUP_ROUTE, uapi.RTM_NEWROUTE, done, () => payload);
    return done > 0;
  }

  /** @internal Throws what `believe` or `disbelieve` would throw for a route that no table can hold; changes nothing. */
  verify(prefix: PrefixLike, route: RouteInput, isGone: boolean): void {
    this.#write(prefix, route, isGone ? 'delete' : 'add', 'apply', true);
    this.#links.settle(false);
  }

  /** @internal What a source says has gone; false when it was not there. */
  disbelieve(prefix: PrefixLike, route: RouteInput): boolean {
    const at = this.#write(prefix, this.#asAdded(route), 'delete', 'apply', true);
    this.#links.settle(false); // a device that is not known has no routes
    try {
      this.remove(at, 'apply');
    } catch (error) {
      if (error instanceof FibError && error.code === 'ESRCH') return false;
      throw error;
    }
    return true;
  }

  /**
   * A route as it was added, from how it is shown: that of a blackhole object as a blackhole (CFG-89), one through an
   * object as onlink where that is (CFG-87), a path without carrier as dead where such ones are
   * ignored (FIB-80), although it will live again.
   */
  #asAdded<R extends RouteInput>(route: R): R {
    const { nhid = 0, type, nexthops, flags = 0 } = route;
    if (nhid !== 0 && type === 'blackhole') {
      return this.#core.exports.objectGet(nhid, 0, 0) === 0 ? route : { ...route, type: 'unicast' };
    }
    if (nhid !== 0 && flags & uapi.RTNH_F_ONLINK) {
      return this.#asAdded({ ...route, flags: flags & ~uapi.RTNH_F_ONLINK });
    }
    if (isShownDead(route) && (nexthops === undefined || nexthops.length < 2)) {
      return { ...alive(route), ...(nexthops && { nexthops: nexthops.map(alive) }) };
    }
    if (!nexthops?.some((path) => isShownDead(path))) return route;
    const lives = ({ oif = 0 }: NextHop): boolean => {
      return this.#core.exports.addressNext(oif, 0) !== 0 && this.#links.isUp(oif);
    };
    return {
      ...route,
      nexthops: nexthops.map((path) => (isShownDead(path) && lives(path) ? alive(path) : path)),
    };
  }

  #put(prefix: PrefixLike, route: RouteInput, flags: number, operation: string): void {
    this.create(this.#write(prefix, route, 'add', operation), flags, operation);
  }

  /**
   * @internal Adds the route of a record as the kernel does, tells who listens, and gives the flags of the notice,
   * 0 when nothing had to change.
   * @throws {FibError} what the kernel refuses (CFG sections 3 to 5)
   */
  create(at: number, flags: number, operation: string, origin?: Origin): number {
    const isLocal = this.#core.u8[at + abi.ROUTE_TYPE] === uapi.RTN_LOCAL;
    const done = this.#add(at, flags, operation, origin);
    if (isLocal) this.#core.view.setUint32(abi.STATE_HAS_LOCALS, 1, true);
    return done;
  }

  #add(at: number, flags: number, operation: string, origin?: Origin): number {
    const core = this.#core;
    const done = core.exports.routeCreate(at, flags, core.room);
    if (done < 0) throw this.#refusal(done, at, operation);
    if (done > 0 && this.#notices.isWanted(GROUP_ROUTE, origin)) {
      const payload = this.payload(this.#complete(at));
      this.#notices.publish(GROUP_ROUTE, uapi.RTM_NEWROUTE, done, () => payload, origin);
    }
    return done;
  }

  /**
   * @internal Deletes the first route that a record matches and tells who listens.
   * @throws {FibError} ESRCH
   */
  remove(at: number, operation: string, origin?: Origin): void {
    const core = this.#core;
    const payload = this.#notices.isWanted(GROUP_ROUTE, origin) ? this.#matched(at) : undefined;
    const err = core.exports.routeDelete(at);
    if (err < 0) throw this.#refusal(err, at, operation);
    if (payload === undefined) return;
    this.#notices.publish(GROUP_ROUTE, uapi.RTM_DELROUTE, 0, () => payload, origin);
  }

  /** Bytes of the message for the route that a delete request would take, undefined for none. */
  #matched(at: number): Uint8Array | undefined {
    const core = this.#core;
    let { at: out, bytes } = core.buffer(abi.ROUTE_NEXTHOPS, abi.ROUTE_NEXTHOPS);
    let written = core.exports.routeMatch(at, out, bytes);
    if (written < 0) {
      ({ at: out, bytes } = core.buffer(-written, -written));
      written = core.exports.routeMatch(at, out, bytes);
    }
    return written > 0 ? this.payload(out) : undefined;
  }

  /** The record of a route that was added, as a message shows it: the paths of its object, flags of its devices. */
  #complete(at: number): number {
    const core = this.#core;
    const id = core.view.getUint32(at + abi.ROUTE_ID, true);
    const paths = core.exports.infoCount(id);
    const to = paths <= core.view.getUint16(at + abi.ROUTE_COUNT, true) ? at : core.route(paths);
    if (to !== at) core.u8.copyWithin(to, at, at + abi.ROUTE_NEXTHOPS);
    core.exports.infoGet(id, to);
    return to;
  }

  /**
   * @internal A route that the kernel makes for an address (CFG-99): protocol kernel, appended. True if it came, or
   * went; a refusal is no error.
   * @throws {FibError} ENOBUFS
   */
  kernelRoute(isAdd: boolean, route: KernelRoute): boolean {
    const at = this.#writeKernelRoute(route);
    try {
      if (isAdd) this.#add(at, CREATE | uapi.NLM_F_APPEND, 'address add');
      else this.remove(at, 'address del');
    } catch (error) {
      if (error instanceof FibError && error.code !== 'ENOBUFS') return false;
      throw error;
    }
    return true;
  }

  #writeKernelRoute({ dst, length, type, scope, table, oif, prefsrc, metric }: KernelRoute): number {
    const core = this.#core;
    const at = core.route(1);
    const u32 = core.cleanRoute(at);
    u32[(at + abi.ROUTE_FAMILY) >>> 2] = uapi.AF_INET | (length << 8) | (type << 24);
    u32[(at + abi.ROUTE_PROTOCOL) >>> 2] = uapi.RTPROT_KERNEL | (scope << 8) | (1 << 16);
    u32[(at + abi.ROUTE_TABLE) >>> 2] = table;
    u32[(at + abi.ROUTE_PRIORITY) >>> 2] = metric;
    for (const field of [abi.ROUTE_FLAGS, abi.ROUTE_NHID, abi.ROUTE_ID, abi.ROUTE_REFS])
      u32[(at + field) >>> 2] = 0;
    u32[(at + abi.ROUTE_DST) >>> 2] = dst;
    u32[(at + abi.ROUTE_PREFSRC) >>> 2] = prefsrc;
    const nexthop = (at + abi.ROUTE_NEXTHOPS) >>> 2;
    u32.fill(0, nexthop, nexthop + abi.NEXTHOP_BYTES / 4);
    u32[nexthop + abi.NEXTHOP_OIF / 4] = oif;
    u32[nexthop + abi.NEXTHOP_FAMILY / 4] = 1 << 16;
    core.soilRoute();
    return at;
  }

  /** @internal What happened to a device: 0 carrier lost, 1 down, 2 last address gone, 3 removed (FIB-120..128). */
  pathsDown(index: number, event: number): void {
    const { exports } = this.#core;
    if (exports.pathsDown(index, event) > 0) exports.flush();
    exports.cacheDown(index, Number(event === REMOVED));
  }

  /** @internal Something of a device has changed on which routing may depend: the route cache starts anew (RC-26). */
  linkChanged(): void {
    this.#core.exports.cacheFlush(0);
  }

  /** @internal A device is up, or has carrier again (FIB-121, FIB-126). */
  pathsUp(index: number): void {
    this.#core.exports.pathsUp(index);
  }

  /** @internal An address is no longer ours: routes of a table that prefer it as source go, each with a notice (FIB-132). */
  sourceGone(address: number, table: number): void {
    const core = this.#core;
    if (core.exports.sourceGone(address, table) === 0) return;
    const payloads = this.#notices.isWanted(GROUP_ROUTE) ? this.#orphans() : [];
    core.exports.flush();
    for (const payload of payloads) this.#notices.publish(GROUP_ROUTE, uapi.RTM_DELROUTE, 0, () => payload);
  }

  /** Messages of the routes without source. */
  #orphans(): Uint8Array[] {
    return this.#flushed(abi.CURSOR_F_SOURCE_GONE, () => true).map(({ payload }) => payload);
  }

  /** Routes that are picked by the object they use, as a flush meets them: each table from its highest prefix (FIB-135). */
  #flushed(filter: number, isPicked: (nhid: number) => boolean): Picked[] {
    const found: Picked[] = [];
    for (const at of this.records({ filter })) {
      const view = this.#core.view;
      const nhid = view.getUint32(at + abi.ROUTE_NHID, true);
      if (!isPicked(nhid)) continue;
      const table = view.getUint32(at + abi.ROUTE_TABLE, true);
      const key = view.getUint32(at + abi.ROUTE_DST, true);
      found.push({ nhid, table, key, payload: this.payload(at) });
    }
    const tables = [...new Set(found.map(({ table }) => table))];
    return found.sort((a, b) => tables.indexOf(a.table) - tables.indexOf(b.table) || b.key - a.key);
  }

  /**
   * @internal The first of these nexthop objects was replaced, and with it the groups that are the others: tells of
   * every route that uses one, object by object (CFG-94).
   */
  objectReplaced(ids: readonly number[], origin?: Origin): void {
    if (!this.#notices.isWanted(GROUP_ROUTE, origin) || !this.#isCompat()) return;
    const routes = this.#flushed(0, (nhid) => nhid !== 0 && ids.includes(nhid));
    for (const id of ids) {
      for (const { nhid, payload } of routes) {
        if (nhid !== id) continue;
        this.#notices.publish(GROUP_ROUTE, uapi.RTM_NEWROUTE, uapi.NLM_F_REPLACE, () => payload, origin);
      }
    }
  }

  /** True when routes that use a nexthop object are shown with its paths (CFG-89). */
  #isCompat(): boolean {
    return this.#core.view.getUint32(abi.STATE_SYSCTL + 4 * abi.SYSCTL_NEXTHOP_COMPAT, true) !== 0;
  }

  /** @internal Payload of RTM_NEWROUTE for the route record at an address (CFG-87..90). */
  payload(at: number): Uint8Array {
    const route = this.read(at);
    const isShort = route.nhid !== undefined && !this.#isCompat();
    return encodeRoute(isShort ? { ...route, nexthops: [] } : route);
  }

  /** @internal As `chunks`, one address at a time: the next may overwrite it. */
  *records(asked: DumpOf): Generator<number, void, undefined> {
    for (const chunk of this.chunks(asked)) yield* chunk;
  }

  /**
   * @internal Addresses of the route records of a dump, as many at a time as the core's buffer holds; they are good
   * until something else uses the buffer. Changes between two chunks are allowed.
   */
  *chunks({ table = 0, filter = 0 }: DumpOf): Generator<number[], void, undefined> {
    const core = this.#core;
    const cursor = new Uint8Array(abi.CURSOR_BYTES);
    const fields = new DataView(cursor.buffer);
    fields.setUint32(abi.CURSOR_ONLY, table, true);
    fields.setUint32(abi.CURSOR_FILTER, filter, true);
    do {
      const { at, bytes } = core.buffer(DUMP_BYTES, fields.getUint32(abi.CURSOR_NEED, true));
      core.u8.set(cursor, core.cursor);
      const end = at + core.exports.dump(core.cursor, at, bytes);
      cursor.set(core.u8.subarray(core.cursor, core.cursor + abi.CURSOR_BYTES));
      const chunk: number[] = [];
      for (let record = at; record < end; record += recordBytes(core.view, record)) chunk.push(record);
      yield chunk;
    } while (fields.getUint32(abi.CURSOR_STATE, true) !== abi.CURSOR_FINISHED);
  }

  #write(
    prefix: PrefixLike,
    route: RouteInput,
    purpose: Purpose,
    operation: string,
    isSource = false,
  ): number {
    try {
      return writeRoute(this.#core, this.#links, prefix, route, purpose, operation, isSource);
    } catch (error) {
      this.#links.settle(false);
      throw error;
    }
  }

  #refusal(err: number, at: number, operation: string): FibError {
    const view = this.#core.view;
    const table = view.getUint32(at + abi.ROUTE_TABLE, true);
    return refusal(this.#core, err, operation, `${readPrefixText(view, at)} table ${table}`);
  }

  /** @internal The route of the record at an address. */
  read(at: number): Route {
    const view = this.#core.view;
    const dst = readPrefixText(view, at);
    const tos = view.getUint8(at + abi.ROUTE_TOS);
    return {
      family: view.getUint8(at + abi.ROUTE_FAMILY),
      dst,
      tos,
      ...readShared(this.#core, this.#links, at),
    };
  }

  /** @internal The routes of a table under the types they were added with, even where an object makes them blackholes. */
  *stored(table: number): Generator<Route, void, undefined> {
    for (const at of this.records({ table })) {
      const type = routeTypeWord(this.#core.view.getUint8(at + abi.ROUTE_TYPE));
      yield { ...this.read(at), type };
    }
  }

  #predicate(filter: RouteFilter): (route: Route) => boolean {
    const { protocol, type, dev } = filter;
    const wanted = type === undefined ? undefined : routeTypeNumber(type);
    const oif = typeof dev === 'string' ? this.#links.indexOf(dev, 'route list', false) : dev;
    return (route) =>
      (wanted === undefined || routeTypeNumber(route.type) === wanted) &&
      (protocol === undefined || route.protocol === protocol) &&
      (oif === undefined || route.nexthops.some((nexthop) => nexthop.oif === oif));
  }
}

const DEAD = uapi.RTNH_F_DEAD | uapi.RTNH_F_LINKDOWN;

/** True for what is told to be both dead and without carrier. */
function isShownDead({ flags = 0 }: NextHop): boolean {
  return (flags & DEAD) === DEAD;
}

/** A path or route that is only without carrier. */
function alive<P extends NextHop>(path: P): P {
  return { ...path, flags: (path.flags ?? 0) & ~uapi.RTNH_F_DEAD };
}

/** True for the record of a local route that is not one of an address (STATE_HAS_LOCALS). */
function isLocalByHand({ u8 }: Core, at: number): boolean {
  return u8[at + abi.ROUTE_TYPE] === uapi.RTN_LOCAL && u8[at + abi.ROUTE_PROTOCOL] !== uapi.RTPROT_KERNEL;
}

/** Bytes of the route record at an address. */
function recordBytes(view: DataView, at: number): number {
  return abi.ROUTE_NEXTHOPS + view.getUint16(at + abi.ROUTE_COUNT, true) * abi.NEXTHOP_BYTES;
}
