/**
 * columns.ts - `ns.route.load`: routes from plain arrays, a row for each prefix and a list of the routes they take.
 *
 * Each route of the list is read and checked once, however many rows take it; a row costs its place in the trie and
 * little else. Rows are copied into the core some thousands at a time.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { outOfMemory, type Core } from './core/core.js';
import { show } from './core/route.js';
import { bulk } from './dump.js';
import { FibError } from './errors.js';
import { refusal } from './extack.js';
import type { PrefixLike, RouteInput } from './model/route.js';
import { formatPrefix4, mask4 } from './text/prefix.js';

/** Routes in columns: row i says that the prefix `addresses[i]/lengths[i]` takes the route at `routes[i]` of a list. */
export interface RouteColumns {
  /** Host order, without host bits. */
  readonly addresses: Uint32Array;
  /** 0..32 */
  readonly lengths: Uint8Array;
  /** Places in the list. */
  readonly routes: Uint8Array | Uint16Array | Uint32Array;
}

/** What `ns.route.load()` tells. */
export interface LoadResult {
  /** Rows that were added. */
  readonly added: number;
  /** Rows that were there already. */
  readonly existing: number;
}

/** Who writes and adds routes one by one. */
export interface ColumnLoader {
  readonly core: Core;
  /** False when somebody is to be told of each route. */
  isQuiet(): boolean;
  /** Writes a route to add into a record. @throws {FibError} */
  write(prefix: PrefixLike, route: RouteInput): number;
  /** Adds a route by netlink flags. @throws {FibError} */
  add(prefix: PrefixLike, route: RouteInput, flags: number): void;
}

const OPERATION = 'route load';
const FLAGS = uapi.NLM_F_CREATE | uapi.NLM_F_APPEND;
/** Rows that are copied into the core at a time. */
const CHUNK = 1 << 13;
/** Bytes of a row there: address, place of its route, length. */
const ROW_BYTES = 9;
/** Bytes of a row for the choice whether views wait: as much as the message of a short route. */
const AS_MESSAGE = 60;

/** Loads columns. */
export function loadColumns(
  loader: ColumnLoader,
  columns: RouteColumns,
  routes: readonly RouteInput[],
): LoadResult {
  checkColumns(columns, routes);
  const rows = columns.addresses.length;
  let added = 0;
  bulk(loader.core, rows * AS_MESSAGE, () => {
    added = loader.isQuiet() ? addRows(loader, columns, routes) : addOneByOne(loader, columns, routes);
  });
  return { added, existing: rows - added };
}

function invalid(detail: string): FibError {
  return new FibError('EINVAL', OPERATION, { detail });
}

/** Refuses columns that are none, differ in length, or have a row that cannot be. */
function checkColumns(columns: RouteColumns, list: readonly RouteInput[]): void {
  if (typeof columns !== 'object' || columns === null) {
    throw invalid(`columns: expected an object, got ${show(columns)}`);
  }
  const { addresses, lengths, routes } = columns;
  if (!(addresses instanceof Uint32Array)) throw invalid('addresses: expected a Uint32Array');
  if (!(lengths instanceof Uint8Array)) throw invalid('lengths: expected a Uint8Array');
  if (!(routes instanceof Uint8Array || routes instanceof Uint16Array || routes instanceof Uint32Array)) {
    throw invalid('routes: expected a Uint8Array, Uint16Array or Uint32Array');
  }
  if (!Array.isArray(list)) throw invalid(`list: expected an array of routes, got ${show(list)}`);
  const rows = addresses.length;
  if (lengths.length !== rows || routes.length !== rows) {
    throw invalid(`columns of ${rows}, ${lengths.length} and ${routes.length} rows`);
  }
  const count = list.length;
  for (let i = 0; i < rows; i++) {
    const length = lengths[i]!;
    const address = addresses[i]!;
    if (length > 32) throw invalid(`row ${i}: length: expected 0..32, got ${length}`);
    if ((address & ~mask4(length)) !== 0) {
      const meant = formatPrefix4((address & mask4(length)) >>> 0, length);
      throw invalid(`row ${i}: prefix has host bits set; expected ${meant}`);
    }
    if (routes[i]! >= count) throw invalid(`row ${i}: route ${routes[i]} of ${count}`);
  }
}

/** For who is told of each. */
function addOneByOne(
  loader: ColumnLoader,
  { addresses, lengths, routes }: RouteColumns,
  list: readonly RouteInput[],
): number {
  records(loader, list); // nothing has changed when one is refused
  let added = 0;
  for (let i = 0; i < addresses.length; i++) {
    try {
      loader.add({ address: addresses[i]!, length: lengths[i]! }, list[routes[i]!]!, FLAGS);
      added++;
    } catch (error) {
      if (!(error instanceof FibError) || error.code !== 'EEXIST') throw error;
    }
  }
  return added;
}

function addRows(loader: ColumnLoader, columns: RouteColumns, list: readonly RouteInput[]): number {
  const { core } = loader;
  const written = records(loader, list);
  const bytes = written.reduce((sum, { length }) => sum + length, 4 * written.length);
  const rows = Math.min(columns.addresses.length, CHUNK);
  const at = core.lease(bytes + rows * ROW_BYTES);
  try {
    const end = place(core, at, written);
    return addChunks(core, { at: end, rows, records: at, count: written.length }, columns);
  } finally {
    core.unlease(at);
    if (list.some(({ type }) => type === 'local' || type === uapi.RTN_LOCAL)) {
      core.view.setUint32(abi.STATE_HAS_LOCALS, 1, true);
    }
  }
}

/** The records of a list of routes, each written and checked. @throws {FibError} which says of what route */
function records(loader: ColumnLoader, list: readonly RouteInput[]): Uint8Array[] {
  const { core } = loader;
  return list.map((route, i) => {
    try {
      const at = loader.write(ANY, route);
      const err = core.exports.routeCheck(at, core.room);
      if (err < 0) throw refusal(core, err, OPERATION);
      const count = core.view.getUint16(at + abi.ROUTE_COUNT, true);
      return core.u8.slice(at, at + abi.ROUTE_NEXTHOPS + count * abi.NEXTHOP_BYTES);
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      const { code, detail = code, extack } = error;
      throw new FibError(code, OPERATION, { detail: `route ${i}: ${detail}`, ...(extack && { extack }) });
    }
  });
}

/** The prefix under which a route is checked; its rows have their own. */
const ANY = { address: 0, length: 0 };

/** Puts the addresses of records at `at`, the records behind them, and gives their end. */
function place(core: Core, at: number, written: readonly Uint8Array[]): number {
  const { u8, u32 } = core;
  let next = at + 4 * written.length;
  written.forEach((record, i) => {
    u32[at / 4 + i] = next;
    u8.set(record, next);
    next += record.length;
  });
  return next;
}

/** Where rows are copied to, and the addresses of the records that they take. */
interface Room {
  readonly at: number;
  readonly rows: number;
  readonly records: number;
  readonly count: number;
}

/** Adds the rows chunk by chunk; how many. */
function addChunks(core: Core, room: Room, { addresses, lengths, routes }: RouteColumns): number {
  const { at, rows, records, count } = room;
  const kinds = at + 4 * rows;
  const sizes = kinds + 4 * rows;
  let added = 0;
  for (let from = 0; from < addresses.length; from += rows) {
    const to = Math.min(from + rows, addresses.length);
    const { u8, u32 } = core;
    u32.set(addresses.subarray(from, to), at / 4);
    u32.set(routes.subarray(from, to), kinds / 4);
    u8.set(lengths.subarray(from, to), sizes);
    const done = core.exports.rowsAdd(at, sizes, kinds, to - from, records, count, FLAGS);
    if (done < 0) throw outOfMemory(OPERATION);
    added += done;
  }
  return added;
}
