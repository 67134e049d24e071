/**
 * routes.ts - the routes of a Netns: `ns.route`. Adding and deleting mean what `ip route` means by its words (CFG-54).
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { outOfMemory, type Core } from './core/core.js';
import { readPrefixText, readShared, tableNumber, writeRoute, type Purpose } from './core/route.js';
import { FibError } from './errors.js';
import type { LinkTable } from './links.js';
import {
  routeTypeNumber,
  type PrefixLike,
  type Route,
  type RouteInput,
  type RouteType,
  type TableLike,
} from './model/route.js';

/** Which routes to list; what is not given matches any. */
export interface RouteFilter {
  /** This table alone; a table that does not exist lists nothing. */
  readonly table?: TableLike;
  readonly type?: RouteType;
  readonly protocol?: number;
  /** A nexthop through this interface, by name or index. */
  readonly dev?: string | number;
}

const CREATE = uapi.NLM_F_CREATE;
/** Bytes of the buffer that a dump is read through: some hundred routes a call. */
const DUMP_BYTES = 1 << 16;

/** The routes of one Netns, in all its tables. */
export class RouteTable {
  readonly #core: Core;
  readonly #links: LinkTable;

  constructor(core: Core, links: LinkTable) {
    this.#core = core;
    this.#links = links;
  }

  /**
   * Adds a route; one with the same prefix, table, tos and metric must not exist. O(depth).
   *
   * Defaults are those of `ip route add`: type unicast, table main (local for local, broadcast and anycast), protocol
   * boot, scope by type and gateway (CFG-24). A `dev` or `oif` that is not a link yet becomes one.
   * @throws {FibError} EINVAL malformed text, host bits, a number out of range; EEXIST; ENOBUFS
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
   * @throws {FibError} EINVAL; ENODEV an unknown `dev`; ESRCH no such route
   */
  del(prefix: PrefixLike, route: RouteInput = {}): void {
    const at = this.#write(prefix, route, 'delete', 'route del');
    const err = this.#core.exports.routeDelete(at);
    if (err < 0) throw this.#refusal(err, at, 'route del');
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
    return bytes > 0 ? this.#read(at) : undefined;
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
    const cursor = new Uint8Array(abi.CURSOR_BYTES);
    const fields = new DataView(cursor.buffer);
    if (filter.table !== undefined) {
      fields.setUint32(abi.CURSOR_ONLY, tableNumber(filter.table, 'route list'), true);
    }
    do {
      // Values first: whoever consumes them may change routes, which may move the memory.
      for (const route of this.#dump(cursor, fields.getUint32(abi.CURSOR_NEED, true))) {
        if (isWanted(route)) yield route;
      }
    } while (fields.getUint32(abi.CURSOR_STATE, true) !== abi.CURSOR_FINISHED);
  }

  /** The next routes of a dump, as many as the buffer holds; `needed` bytes for the first of them. */
  #dump(cursor: Uint8Array, needed: number): Route[] {
    const core = this.#core;
    const { at, bytes } = core.buffer(DUMP_BYTES, needed);
    core.u8.set(cursor, core.cursor);
    const end = at + core.exports.dump(core.cursor, at, bytes);
    cursor.set(core.u8.subarray(core.cursor, core.cursor + abi.CURSOR_BYTES));
    const routes: Route[] = [];
    for (let record = at; record < end; record += recordBytes(core.view, record))
      routes.push(this.#read(record));
    return routes;
  }

  /** @internal What a source says: no validation, a repeated route is no error. True if something changed. */
  believe(prefix: PrefixLike, route: RouteInput, flags: number): boolean {
    const at = this.#write(prefix, route, 'add', 'apply', true);
    const err = this.#core.exports.routeAdd(at, flags);
    this.#links.settle(err >= 0);
    if (err >= 0) return err > 0;
    if (-err === uapi.EEXIST) return false;
    throw this.#refusal(err, at, 'apply');
  }

  /** @internal Throws what `believe` would throw for a route that no table can hold; changes nothing. */
  verify(prefix: PrefixLike, route: RouteInput): void {
    this.#write(prefix, route, 'add', 'apply', true);
    this.#links.settle(false);
  }

  /** @internal What a source says has gone; false when it was not there. */
  disbelieve(prefix: PrefixLike, route: RouteInput): boolean {
    const at = this.#write(prefix, route, 'delete', 'apply', true);
    return this.#core.exports.routeDelete(at) === 0;
  }

  #put(prefix: PrefixLike, route: RouteInput, flags: number, operation: string): void {
    const at = this.#write(prefix, route, 'add', operation);
    const err = this.#core.exports.routeAdd(at, flags);
    this.#links.settle(err >= 0);
    if (err < 0) throw this.#refusal(err, at, operation);
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
    if (-err === uapi.ENOBUFS) return outOfMemory(operation);
    const view = this.#core.view;
    const table = view.getUint32(at + abi.ROUTE_TABLE, true);
    return FibError.fromErrno(err, operation, { detail: `${readPrefixText(view, at)} table ${table}` });
  }

  #read(at: number): Route {
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

/** Bytes of the route record at an address. */
function recordBytes(view: DataView, at: number): number {
  return abi.ROUTE_NEXTHOPS + view.getUint16(at + abi.ROUTE_COUNT, true) * abi.NEXTHOP_BYTES;
}
