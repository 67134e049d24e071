/**
 * core/route.ts - route records: a route's values into the mailbox and out of it.
 *
 * What a field may be is checked here, before anything is written that counts: a refused input changes nothing.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import {
  METRICS,
  SCOPES,
  TABLES,
  congctlName,
  routeTypeNumber,
  routeTypeWord,
  type Metrics,
  type NextHop,
  type PrefixLike,
  type RouteInput,
  type RouteType,
  type ScopeLike,
  type TableLike,
} from '../model/route.js';
import { formatAddress4, formatAddress6, parseAddress4, parseAddress6 } from '../text/address.js';
import { formatPrefix4, mask4, parsePrefix4, type MutablePrefix4 } from '../text/prefix.js';
import type { Core } from './core.js';
import { keptMetric } from './route-record.js';

/** Names of links, as the owner of the records knows them. */
export interface Links {
  /** Index of a device by name; a name not known yet becomes a link when it may, else it is ENODEV. */
  indexOf(name: string, operation: string, mayAdd: boolean): number;
  /** Sees to it that this index is a link. */
  know(index: number): void;
  nameOf(index: number): string | undefined;
}

/** How a record will be used: what is not given then means the default of `ip route`, or any (CFG-24, CFG-58). */
export type Purpose = 'add' | 'delete' | 'find';

/** A number that is whole and within bounds, or a FibError EINVAL that says what was expected. */
export function whole(value: unknown, name: string, low: number, high: number, operation: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw new FibError('EINVAL', operation, {
    detail: `${name}: expected ${low}..${high}, got ${show(value)}`,
  });
}

/** A value in an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

const U32 = 0xffffffff;
const I32 = 0x7fffffff;

/** Id of a table by word or number; 0 and nothing mean main (FIB-2). */
export function tableNumber(table: TableLike | undefined, operation: string): number {
  if (table === undefined || table === 0) return uapi.RT_TABLE_MAIN;
  if (typeof table === 'string' && Object.hasOwn(TABLES, table)) return TABLES[table];
  return whole(table, 'table', 0, U32, operation);
}

/** Number of a scope by word or number. */
export function scopeNumber(scope: ScopeLike, operation: string): number {
  if (typeof scope === 'string' && Object.hasOwn(SCOPES, scope)) return SCOPES[scope];
  return whole(scope, 'scope', 0, 255, operation);
}

function typeNumber(type: RouteType, operation: string): number {
  const n = routeTypeNumber(type);
  if (n !== undefined && Number.isInteger(n) && n > 0 && n <= uapi.RTN_XRESOLVE) return n;
  throw new FibError('EINVAL', operation, { detail: `type: expected a route type, got ${show(type)}` });
}

/** True for the types that lead nowhere. */
function isRejecting(type: number): boolean {
  return type >= uapi.RTN_BLACKHOLE;
}

const scratch: MutablePrefix4 = { address: 0, length: 0 };

/** Reads a prefix into a shared object that the next call overwrites. */
function readPrefix(prefix: PrefixLike, operation: string): MutablePrefix4 {
  if (typeof prefix === 'string') return parsePrefix4(prefix, scratch);
  if (typeof prefix !== 'object' || prefix === null) {
    throw new FibError('EINVAL', operation, {
      detail: `prefix: expected text or numbers, got ${show(prefix)}`,
    });
  }
  const length = whole(prefix.length, 'prefix length', 0, 32, operation);
  const address = whole(prefix.address, 'prefix address', 0, U32, operation);
  if ((address & mask4(length)) >>> 0 !== address) {
    const expected = formatPrefix4((address & mask4(length)) >>> 0, length);
    throw new FibError('EINVAL', operation, { detail: `prefix has host bits set; expected ${expected}` });
  }
  scratch.address = address;
  scratch.length = length;
  return scratch;
}

/**
 * Writes a route record and gives its address.
 * @param isSource true at the believing door: rejecting types may name a device then (DESIGN: two doors)
 * @throws {FibError} EINVAL for what no field can hold, ENOBUFS
 */
export function writeRoute(
  core: Core,
  links: Links,
  prefix: PrefixLike,
  input: RouteInput,
  purpose: Purpose,
  operation: string,
  isSource = false,
): number {
  if (typeof input !== 'object' || input === null) {
    throw new FibError('EINVAL', operation, { detail: `route: expected an object, got ${show(input)}` });
  }
  const isAdd = purpose === 'add';
  const { address, length } = readPrefix(prefix, operation);
  const { nexthops, via, dev, oif } = input; // each once: reading is most of what a change costs here
  const nhid = input.nhid === undefined ? 0 : whole(input.nhid, 'nhid', 0, U32, operation);
  const hasPath = via !== undefined || dev !== undefined || oif !== undefined;
  if (nexthops !== undefined) checkPaths(nexthops, hasPath, operation);
  const type = typeOf(input, isAdd, operation);
  const given = nexthops === undefined ? Number(hasPath) : nexthops.length;
  if (isAdd && !isSource && given > 0) checkNoPaths(type, nhid, nexthops ?? [input], operation);
  const least = isRejecting(type) && (input.realm ?? 0) === 0 ? 0 : 1;
  const count = isAdd ? pathsToWrite(core, nhid, Math.max(given, least), isSource) : given;
  const at = core.route(count);
  const tos = readTos(input, operation);
  // To `ip route` a list of paths or an object is as good as a gateway.
  const hasGateway = via !== undefined || nexthops !== undefined || nhid !== 0;
  const scope = readScope(input, type, hasGateway, isAdd, operation);
  const protocol = readProtocol(input, isAdd, operation);
  const u32 = writeFields(core, at, input, type, isAdd, operation);
  writeMetrics(core, at, input, isAdd && !isSource, operation);
  u32[(at + abi.ROUTE_FAMILY) >>> 2] = uapi.AF_INET | (length << 8) | (tos << 16) | (type << 24);
  u32[(at + abi.ROUTE_PROTOCOL) >>> 2] = protocol | (scope << 8) | (count << 16);
  u32[(at + abi.ROUTE_NHID) >>> 2] = nhid;
  u32[(at + abi.ROUTE_REFS) >>> 2] = isAdd || nexthops === undefined ? 0 : isSource ? 2 : 1;
  u32[(at + abi.ROUTE_DST) >>> 2] = address;
  // Links come last: a name may become a link, and nothing after this is refused.
  for (let i = 0; i < count; i++) {
    const nexthop = at + abi.ROUTE_NEXTHOPS + i * abi.NEXTHOP_BYTES;
    const path = nexthops !== undefined && given > 0 ? nexthops[i]! : input;
    writeNexthop(core, links, nexthop, path, isAdd, isSource, operation);
  }
  return at;
}

/** The type, or what stands for none, as `unspec` does in a deletion. */
function typeOf({ type }: RouteInput, isAdd: boolean, operation: string): number {
  if (!isAdd && (type === undefined || routeTypeNumber(type) === uapi.RTN_UNSPEC)) return uapi.RTN_UNSPEC;
  return type === undefined ? uapi.RTN_UNICAST : typeNumber(type, operation);
}

function readTos({ tos }: RouteInput, operation: string): number {
  if (tos === undefined) return 0;
  if ((whole(tos, 'tos', 0, 255, operation) & 3) === 0) return tos;
  throw new FibError('EINVAL', operation, { detail: `tos: the ECN bits must be 0, got ${tos}` });
}

/**
 * How many paths the record of a new route has. One that forwards has a path even when nothing is known of it, one that
 * rejects when it has realms, and one that uses a nexthop object has those of the object.
 */
function pathsToWrite(core: Core, nhid: number, count: number, isSource: boolean): number {
  return nhid !== 0 && (!isSource || core.exports.objectGet(nhid, 0, 0) !== 0) ? 0 : count;
}

/** Refuses a list of paths that is none, or beside a path. */
function checkPaths(nexthops: unknown, hasPath: boolean, operation: string): void {
  if (!Array.isArray(nexthops) || nexthops.length > abi.NEXTHOPS_MAX) {
    throw new FibError('EINVAL', operation, {
      detail: `nexthops: expected a list of at most ${abi.NEXTHOPS_MAX}`,
    });
  }
  if (hasPath) throw new FibError('EINVAL', operation, { detail: 'nexthops excludes via, dev and oif' });
}

/** True for the one path that a route may have that goes nowhere: realms, without a device and a gateway. */
function isRealmAlone(paths: readonly NextHop[]): boolean {
  const { via, dev, oif } = paths[0] ?? {};
  return paths.length === 1 && via === undefined && dev === undefined && oif === undefined;
}

/** Refuses paths of a new route that rejects, or that uses a nexthop object. */
function checkNoPaths(type: number, nhid: number, paths: readonly NextHop[], operation: string): void {
  if (isRejecting(type) && !isRealmAlone(paths)) {
    throw new FibError('EINVAL', operation, {
      extack: 'Gateway, device and multipath can not be specified for this route type',
    });
  }
  if (nhid !== 0) {
    throw new FibError('EINVAL', operation, {
      extack: 'Nexthop specification and nexthop id are mutually exclusive',
    });
  }
}

/** The scope, or what stands for none: the default of `ip route` when adding, any when not. */
function readScope(
  { scope }: RouteInput,
  type: number,
  hasGateway: boolean,
  isAdd: boolean,
  operation: string,
): number {
  if (scope !== undefined) return scopeNumber(scope, operation);
  return isAdd ? defaultScope(type, hasGateway) : uapi.RT_SCOPE_NOWHERE;
}

/** The protocol, or what stands for none. */
function readProtocol({ protocol }: RouteInput, isAdd: boolean, operation: string): number {
  if (protocol !== undefined) return whole(protocol, 'protocol', 0, 255, operation);
  return isAdd ? uapi.RTPROT_BOOT : 0;
}

/** The words of a record between its head and its nexthops, but for the prefix. */
function writeFields(
  core: Core,
  at: number,
  input: RouteInput,
  type: number,
  isAdd: boolean,
  operation: string,
): Uint32Array {
  const { table, metric, flags, prefsrc } = input;
  const u32 = core.cleanRoute(at);
  u32[(at + abi.ROUTE_TABLE) >>> 2] =
    table === undefined && isAdd ? defaultTable(type) : tableNumber(table, operation);
  u32[(at + abi.ROUTE_PRIORITY) >>> 2] =
    metric === undefined ? 0 : whole(metric, 'metric', 0, U32, operation);
  u32[(at + abi.ROUTE_FLAGS) >>> 2] =
    !isAdd || flags === undefined ? 0 : whole(flags, 'flags', 0, U32, operation);
  u32[(at + abi.ROUTE_PREFSRC) >>> 2] = prefsrc === undefined ? 0 : parseAddress4(prefsrc);
  u32[(at + abi.ROUTE_ID) >>> 2] = 0;
  return u32;
}

/** Scope that `ip route` gives (CFG-24). */
function defaultScope(type: number, hasGateway: boolean): number {
  if (type === uapi.RTN_LOCAL || type === uapi.RTN_NAT) return uapi.RT_SCOPE_HOST;
  if (type === uapi.RTN_BROADCAST || type === uapi.RTN_MULTICAST || type === uapi.RTN_ANYCAST) {
    return uapi.RT_SCOPE_LINK;
  }
  return type === uapi.RTN_UNICAST && !hasGateway ? uapi.RT_SCOPE_LINK : uapi.RT_SCOPE_UNIVERSE;
}

/** Table that `ip route` gives (CFG-24). */
function defaultTable(type: number): number {
  const isLocal =
    type === uapi.RTN_LOCAL ||
    type === uapi.RTN_BROADCAST ||
    type === uapi.RTN_ANYCAST ||
    type === uapi.RTN_NAT;
  return isLocal ? uapi.RT_TABLE_LOCAL : uapi.RT_TABLE_MAIN;
}

function writeMetrics(
  core: Core,
  at: number,
  { metrics }: RouteInput,
  isNew: boolean,
  operation: string,
): void {
  if (metrics === undefined) return;
  core.soilRoute();
  METRICS.forEach((name, i) => {
    const value = metrics[name];
    if (value === undefined) return;
    const word = whole(value, name, 0, U32, operation);
    core.u32[((at + abi.ROUTE_METRICS) >>> 2) + i] = isNew ? keptMetric(i + 1, word, operation) : word;
    core.u32[(at + abi.ROUTE_ID) >>> 2]! |= 1 << i;
  });
}

function writeNexthop(
  core: Core,
  links: Links,
  at: number,
  path: NextHop,
  isAdd: boolean,
  isSource: boolean,
  operation: string,
): void {
  if (typeof path !== 'object' || path === null) {
    throw new FibError('EINVAL', operation, { detail: `nexthop: expected an object, got ${show(path)}` });
  }
  const weight = path.weight === undefined ? 1 : whole(path.weight, 'weight', 1, 256, operation);
  const given = path.flags === undefined ? 0 : whole(path.flags, 'flags', 0, U32, operation);
  const flags = path.onlink === true ? given | uapi.RTNH_F_ONLINK : given;
  const realm = path.realm === undefined ? 0 : whole(path.realm, 'realm', 0, U32, operation);
  const family = writeGateway(core.u32, at, path.via);
  let oif = 0;
  if (path.oif !== undefined) oif = whole(path.oif, 'oif', isAdd ? 0 : 1, I32, operation);
  else if (path.dev !== undefined) oif = links.indexOf(path.dev, operation, isSource);
  if (isAdd && isSource && oif !== 0) links.know(oif);
  const { u32 } = core;
  u32[(at + abi.NEXTHOP_OIF) >>> 2] = oif;
  u32[(at + abi.NEXTHOP_FAMILY) >>> 2] = family | ((flags & 0xff) << 8) | (weight << 16);
  u32[(at + abi.NEXTHOP_REALM) >>> 2] = realm;
  u32[(at + abi.NEXTHOP_SCOPE) >>> 2] = 0;
}

/** Gateways are remembered: a table has many routes through few of them. Each has the one place that it leads to. */
const GATEWAYS_KEPT = 1024;
const readTexts = new Array<string>(GATEWAYS_KEPT).fill('0.0.0.0');
const readWords = new Uint32Array(GATEWAYS_KEPT);

/** The place of an IPv4 gateway that was read lately: its last characters are what tells most of them apart. */
function placeOfText(via: string): number {
  const end = via.length - 1;
  const last = via.charCodeAt(end) + 10 * via.charCodeAt(end - 1) + 100 * via.charCodeAt(end - 2);
  return last & (GATEWAYS_KEPT - 1);
}

/** Writes a gateway as 4 host-order words and gives its family, 0 for none. */
function writeGateway(u32: Uint32Array, at: number, via: string | undefined): number {
  const w = (at + abi.NEXTHOP_GATEWAY) >>> 2;
  u32[w] = u32[w + 1] = u32[w + 2] = u32[w + 3] = 0;
  if (via === undefined) return 0;
  const place = typeof via === 'string' ? placeOfText(via) : 0;
  if (readTexts[place] !== via) {
    if (typeof via === 'string' && via.includes(':')) {
      const bytes = parseAddress6(via);
      const words = new DataView(bytes.buffer, bytes.byteOffset);
      for (let i = 0; i < 4; i++) u32[w + i] = words.getUint32(4 * i);
      return uapi.AF_INET6;
    }
    readWords[place] = parseAddress4(via);
    readTexts[place] = via;
  }
  const address = readWords[place]!;
  u32[w] = address;
  return address === 0 ? 0 : uapi.AF_INET; // 0.0.0.0 is no gateway (CFG-17)
}

/** Texts of gateways written lately, each in the place that its number leads to: as above, the other way. */
const gatewayWords = new Uint32Array(GATEWAYS_KEPT);
const gatewayTexts = new Array<string>(GATEWAYS_KEPT).fill('0.0.0.0');

/** `formatAddress4`, remembered. */
function formatGateway(address: number): string {
  const place = (address ^ (address >>> 10) ^ (address >>> 20)) & (GATEWAYS_KEPT - 1);
  if (gatewayWords[place] !== address) {
    gatewayWords[place] = address;
    gatewayTexts[place] = formatAddress4(address);
  }
  return gatewayTexts[place]!;
}

/** Text of a gateway by its family, or undefined for none. */
export function readGateway(view: DataView, family: number, at: number): string | undefined {
  if (family === 0) return undefined;
  if (family === uapi.AF_INET) return formatGateway(view.getUint32(at, true));
  const bytes = new Uint8Array(16);
  const words = new DataView(bytes.buffer);
  for (let i = 0; i < 16; i += 4) words.setUint32(i, view.getUint32(at + i, true));
  return formatAddress6(bytes);
}

/** A value in the making: its optional fields are set only where there is something to say. */
export type Mutable<T> = { -readonly [field in keyof T]: T[field] };

/** The part of a route that its fib info holds. */
export interface SharedPart {
  readonly type: RouteType;
  readonly table: number;
  readonly metric: number;
  readonly protocol: number;
  readonly scope: number;
  readonly flags: number;
  readonly prefsrc?: string;
  readonly metrics?: Metrics;
  readonly congctl?: string;
  readonly nhid?: number;
  readonly nexthops: readonly NextHop[];
}

/** Reads what a record tells of the fib info. */
export function readShared(core: Core, links: Links, at: number): SharedPart {
  core.soilRoute(); // the core has written this record
  const view = core.view;
  const nexthops: NextHop[] = [];
  for (let i = 0, n = view.getUint16(at + abi.ROUTE_COUNT, true); i < n; i++) {
    nexthops.push(readNexthop(view, links, at + abi.ROUTE_NEXTHOPS + i * abi.NEXTHOP_BYTES));
  }
  const prefsrc = view.getUint32(at + abi.ROUTE_PREFSRC, true);
  const nhid = view.getUint32(at + abi.ROUTE_NHID, true);
  const metrics = readMetrics(view, at + abi.ROUTE_METRICS);
  const shared: Mutable<SharedPart> = {
    type: readType(view, at, nexthops.length),
    table: view.getUint32(at + abi.ROUTE_TABLE, true),
    metric: view.getUint32(at + abi.ROUTE_PRIORITY, true),
    protocol: view.getUint8(at + abi.ROUTE_PROTOCOL),
    scope: view.getUint8(at + abi.ROUTE_SCOPE),
    flags: view.getUint32(at + abi.ROUTE_FLAGS, true),
    nexthops,
  };
  if (prefsrc !== 0) shared.prefsrc = formatAddress4(prefsrc);
  if (metrics !== undefined) shared.metrics = metrics;
  const congctl = congctlName(metrics?.cc_algo ?? 0);
  if (congctl !== undefined) shared.congctl = congctl;
  if (nhid !== 0) shared.nhid = nhid;
  return shared;
}

/** The type that a message shows: a route that uses a blackhole object is one (CFG-89). */
function readType(view: DataView, at: number, paths: number): RouteType {
  const isBlackhole = paths === 1 && view.getUint8(at + abi.ROUTE_NEXTHOPS + abi.NEXTHOP_IS_BLACKHOLE) !== 0;
  return isBlackhole ? 'blackhole' : routeTypeWord(view.getUint8(at + abi.ROUTE_TYPE));
}

function readNexthop(view: DataView, links: Links, at: number): NextHop {
  const via = readGateway(view, view.getUint8(at + abi.NEXTHOP_FAMILY), at + abi.NEXTHOP_GATEWAY);
  const oif = view.getUint32(at + abi.NEXTHOP_OIF, true);
  const dev = links.nameOf(oif);
  const realm = view.getUint32(at + abi.NEXTHOP_REALM, true);
  const nexthop: Mutable<NextHop> = {
    weight: view.getUint16(at + abi.NEXTHOP_WEIGHT, true),
    flags: view.getUint8(at + abi.NEXTHOP_FLAGS),
  };
  if (via !== undefined) nexthop.via = via;
  if (dev !== undefined) nexthop.dev = dev;
  if (oif !== 0) nexthop.oif = oif;
  if (realm !== 0) nexthop.realm = realm;
  return nexthop;
}

function readMetrics(view: DataView, at: number): Metrics | undefined {
  let metrics: Mutable<Metrics> | undefined;
  for (let i = 0; i < METRICS.length; i++) {
    const value = view.getUint32(at + 4 * i, true);
    if (value !== 0) (metrics ??= {})[METRICS[i]!] = value;
  }
  return metrics;
}

/** Canonical text of a record's prefix. */
export function readPrefixText(view: DataView, at: number): string {
  return formatPrefix4(view.getUint32(at + abi.ROUTE_DST, true), view.getUint8(at + abi.ROUTE_DST_LEN));
}
