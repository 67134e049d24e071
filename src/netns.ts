/**
 * netns.ts - class Netns: the routing state of one network namespace; owns one core.
 *
 * `index` and `external` add the ways to make one; everything that a Netns does is here or in its rooms: links, routes.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import * as abi from './abi/records.js';
import { AddressTable } from './addresses.js';
import { Believer, type DumpResult } from './believe.js';
import { RouteCache, createCache, type RouteCacheOptions } from './cache.js';
import { Batch, BATCH_MAX, checkRows, countRows, type BatchOptions } from './batch.js';
import { Core, outOfMemory } from './core/core.js';
import type { CoreExports } from './core/load.js';
import { ask, readAnswer, readQuestion } from './core/flow.js';
import { throwBroken } from './core/invariant.js';
import { readShared, show, tableNumber, whole, type Mutable } from './core/route.js';
import { tableShapes } from './core/shape.js';
import { copyArena, loadSnapshot, takeSnapshot, type LoadOptions } from './core/snapshot.js';
import { FibError } from './errors.js';
import { GatewayTable } from './gateways.js';
import {
  FLOWS_MAX,
  FlowBatch,
  checkColumns,
  checkPaths,
  columnsOf,
  type FlowBatchOptions,
} from './flow-batch.js';
import { routeIoctl, type IoctlOptions } from './ioctl.js';
import { LinkTable } from './links.js';
import type { Change, ChangeInput } from './model/change.js';
import type { Answer, DecisionColumn, Flow, FlowColumn, FlowColumns, FlowPaths, Info } from './model/flow.js';
import type { TableLike } from './model/route.js';
import { NexthopTable } from './nexthops.js';
import { Notices } from './notices.js';
import { procPaths, procText } from './proc.js';
import { RouteTable } from './routes.js';
import { RuleTable } from './rules.js';
import { Sysctls } from './sysctls.js';
import { parseAddress4 } from './text/address.js';
import { Watch, type WatchOptions } from './watch.js';
import type { TrieShape } from './text/proc.js';

/** What a Netns may be made with. */
export interface NetnsOptions {
  /** Bound of the linear memory in bytes, at least 64 KiB; a change that would pass it is refused with ENOBUFS. */
  readonly maxBytes?: number;
  /** Shape of the forwarding views of all tables; default 'auto'. `ns.setForward` changes that of one table. */
  readonly forward?: ForwardShape;
  /** A route cache as Linux had it until 3.6 (`ns.cache`); default false: none. */
  readonly routeCache?: RouteCacheOptions | false;
  /** Ticks in a second, 1..1000000; default 1000. Times of the route cache count in them. */
  readonly hz?: number;
  /** Where chance begins, u32; equal seeds and equal calls give equal states. */
  readonly seed?: number;
}

/**
 * The forwarding view of a table, from which bare destinations are answered (docs/PERFORMANCE.md): `compact` is an index
 * of 1 MiB and about 5 bytes a prefix, `direct` 32 MiB and one load less; `off` asks the trie; `auto` is compact from
 * the lookup on at which it pays, for tables of 4,096 routes and more.
 */
export type ForwardShape = 'auto' | 'off' | 'compact' | 'direct';

/** FORWARD_* by name. */
const SHAPES: readonly ForwardShape[] = ['auto', 'off', 'compact', 'direct'];

export type { LoadOptions } from './core/snapshot.js';

/** What a Netns may be loaded from. */
interface SnapshotBytes {
  readonly bytes: Uint8Array;
}

/** Blocks of one kind in use. */
export interface KindStats {
  readonly blocks: number;
  readonly bytes: number;
}

/** The kinds of blocks in the arena (docs/FORMAT.md). */
export type KindName =
  | 'table'
  | 'trie'
  | 'leaf'
  | 'alias'
  | 'metrics'
  | 'device'
  | 'address'
  | 'rule'
  | 'object'
  | 'info'
  | 'tnode'
  | 'words'
  | 'view'
  | 'switch'
  | 'gateway'
  | 'cache'
  | 'rtable'
  | 'neighbour'
  | 'rtableDetail';

/** What `ns.stats()` tells. */
export interface Stats {
  /** Bytes of linear memory, used or not. */
  readonly bytes: number;
  /** Bytes of the arena that were ever handed out: the size of the state. */
  readonly arenaBytes: number;
  /** Routes in all tables. */
  readonly routes: number;
  /** What the tries take: tnodes, leaves and aliases in use. */
  readonly trie: {
    readonly bytes: number;
    readonly tnodes: number;
    readonly leaves: number;
    readonly prefixes: number;
  };
  /** What the forwarding views of all tables take. */
  readonly view: { readonly bytes: number };
  /** Blocks in use by kind. */
  readonly arena: Readonly<Record<KindName, KindStats>>;
}

/** Tables and their sizes, in the order of dumps. */
export interface TableInfo {
  readonly id: number;
  readonly routes: number;
}

const KIND_RANGES: readonly (readonly [KindName, number, number])[] = [
  ['table', abi.KIND_TABLE, abi.KIND_TRIE],
  ['trie', abi.KIND_TRIE, abi.KIND_LEAF],
  ['leaf', abi.KIND_LEAF, abi.KIND_ALIAS],
  ['alias', abi.KIND_ALIAS, abi.KIND_METRICS],
  ['metrics', abi.KIND_METRICS, abi.KIND_DEVICE],
  ['device', abi.KIND_DEVICE, abi.KIND_ADDRESS],
  ['address', abi.KIND_ADDRESS, abi.KIND_RULE],
  ['rule', abi.KIND_RULE, abi.KIND_OBJECT],
  ['object', abi.KIND_OBJECT, abi.KIND_INFO],
  ['info', abi.KIND_INFO, abi.KIND_TNODE],
  ['tnode', abi.KIND_TNODE, abi.KIND_WORDS],
  ['words', abi.KIND_WORDS, abi.KIND_VIEW],
  ['view', abi.KIND_VIEW, abi.KIND_SWITCH],
  ['switch', abi.KIND_SWITCH, abi.KIND_GATEWAY],
  ['gateway', abi.KIND_GATEWAY, abi.KIND_CACHE],
  ['cache', abi.KIND_CACHE, abi.KIND_RTABLE],
  ['rtable', abi.KIND_RTABLE, abi.KIND_NEIGHBOUR],
  ['neighbour', abi.KIND_NEIGHBOUR, abi.KIND_DETAIL],
  ['rtableDetail', abi.KIND_DETAIL, abi.KIND_END],
];

/** Largest bound that `maxBytes` may say. */
const MAX_BYTES = 0xffffffff;
/** Rows that `lookupBatch` copies into the core at a time: two arrays of them stay in the second-level cache. */
const CHUNK = 1 << 14;
/** The same for `lookupFlows`, whose rows are wider. */
const FLOW_CHUNK = 1 << 12;

/** The routing state of one network namespace. Make one with `Netns.create`. */
export class Netns {
  /** The interfaces. */
  readonly link: LinkTable;
  /** The addresses of the interfaces. */
  readonly address: AddressTable;
  /** The routes, of all tables. */
  readonly route: RouteTable;
  /** The nexthop objects. */
  readonly nexthop: NexthopTable;
  /** The policy rules. */
  readonly rule: RuleTable;
  /** The gateways: the reverse question. */
  readonly gateway: GatewayTable;
  /** The switches under /proc/sys/net. */
  readonly sysctl: Sysctls;
  /** The route cache; every call is EOPNOTSUPP when the Netns was made without. */
  readonly cache: RouteCache;
  /** @internal Who is told of changes. */
  readonly notices = new Notices();
  /** @internal The engine; for the rooms of the endpoint. */
  readonly core: Core;
  readonly #believer: Believer;
  #chunk: Batch | undefined;
  #flowChunk: FlowBatch | undefined;

  /** @internal In a fresh instance: empty, from the bytes of a snapshot, or as another Netns is. */
  constructor(exports: CoreExports, options: NetnsOptions & LoadOptions = {}, from?: Netns | SnapshotBytes) {
    const operation = from === undefined ? 'create' : 'load';
    const shape = shapeNumber(options.forward ?? 'auto', operation);
    const maxBytes = boundOf(options, operation);
    if (from === undefined) {
      if (exports.init(maxBytes) < 0) throw outOfMemory(operation);
      new DataView(exports.memory.buffer).setUint32(abi.STATE_FORWARD, shape, true);
      prepareTime(exports, options);
      if (options.routeCache) createCache(exports, options.routeCache);
    } else if (from instanceof Netns) copyArena(from.core, exports);
    else loadSnapshot(exports, from.bytes, { ...options, maxBytes });
    this.core = new Core(exports);
    this.link = new LinkTable(this.core, this.notices);
    this.route = new RouteTable(this.core, this.link, this.notices);
    this.address = new AddressTable(this.core, this.link, this.route, this.notices);
    this.nexthop = new NexthopTable(this.core, this.link, this.route, this.notices);
    this.rule = new RuleTable(this.core, this.notices);
    this.gateway = new GatewayTable(this.core, this.link, this.notices);
    this.sysctl = new Sysctls(this.core, this.link, this.notices);
    this.cache = new RouteCache(this.core, this.link, this.sysctl);
    const tables = { addresses: this.address, routes: this.route, rules: this.rule, nexthops: this.nexthop };
    this.link.connect(tables);
    this.#believer = new Believer(this.core, this.notices, { ...tables, links: this.link });
  }

  /**
   * Lets time pass: carrier reports that come meanwhile are made, and idle buckets of resilient groups move. There is
   * no other clock.
   * @throws {FibError} EINVAL not a whole number of milliseconds, 0 or more
   */
  advance(ms: number): void {
    this.link.advance(whole(ms, 'ms', 0, Number.MAX_SAFE_INTEGER, 'advance'));
    this.core.exports.groupsUpkeep();
  }

  /**
   * Looks up a destination or a flow: the route that Linux takes, by longest prefix over the tables in rule order.
   * O(depth of the trie).
   * @throws {FibError} EINVAL malformed input or a blackhole route, ENETUNREACH no route, EHOSTUNREACH an unreachable
   * route, EACCES a prohibit route (`error.route` is the one that matched); with `table`, EAGAIN no route in it
   */
  lookup(flow: string | number | Flow): Answer {
    const core = this.core;
    const err = ask(core, this.link, flow, 'lookup');
    if (err === 0) return readAnswer(core, this.link);
    const isMatched = core.view.getUint32(core.result + abi.RESULT_ID, true) !== 0;
    throw FibError.fromErrno(err, 'lookup', {
      detail: readQuestion(core),
      ...(isMatched ? { route: readAnswer(core, this.link) } : {}),
    });
  }

  /** As `lookup`, but undefined where it would throw for an answer: no route, or one that rejects. */
  tryLookup(flow: string | number | Flow): Answer | undefined {
    return ask(this.core, this.link, flow, 'lookup') === 0 ? readAnswer(this.core, this.link) : undefined;
  }

  /**
   * The fib info id for an IPv4 destination (text, or u32 in host order) with tos 0, before a path is chosen; 0 = no
   * route. Nothing is allocated.
   * A rejecting route has an id too; `info` tells what it is. Ids are not given out again before `epoch` changes.
   * @throws {FibError} EINVAL not a u32, or malformed text, with the offset
   */
  lookupId(dst: number | string): number {
    return this.core.quick.lookup(typeof dst === 'number' && dst >>> 0 === dst ? dst : addressOf(dst));
  }

  /**
   * `lookupId` for each of `dsts`, into `out` (at least as long); with `tables`, row i asks that table alone, 0 there
   * as the rules say. A Uint8Array holds addresses as packet headers do: 4 bytes each, in network order. O(rows).
   * @throws {FibError} EINVAL arrays of another kind or too short; ENOBUFS
   */
  lookupBatch(
    dsts: Uint32Array | Uint8Array,
    out: Uint32Array,
    options: BatchOptions & { readonly tables?: Uint32Array } = {},
  ): void {
    const n = countRows(dsts);
    checkRows(out, 'out', n);
    const { tables } = options;
    if (tables !== undefined) checkRows(tables, 'tables', n);
    this.#chunk ??= this.batch(CHUNK);
    const batch = this.#chunk;
    const bigEndian = options.bigEndian === true || dsts instanceof Uint8Array;
    for (let i = 0; i < n; i += CHUNK) {
      const end = Math.min(n, i + CHUNK);
      batch.fill(dsts, i, end);
      if (tables !== undefined) batch.tables.set(tables.subarray(i, end));
      batch.run(end - i, { ...options, bigEndian, tables: tables !== undefined });
      out.set(batch.out.subarray(0, end - i), i);
    }
  }

  /**
   * Room for a batch of so many rows in the core's own memory: write `dst`, call `run`, read `out`. Close it.
   * @throws {FibError} EINVAL a capacity beyond 1..2^26; ENOBUFS
   */
  batch(capacity: number): Batch {
    return new Batch(this.core, whole(capacity, 'capacity', 1, BATCH_MAX, 'batch'));
  }

  /**
   * `lookup` for many flows: id and path for each row of `flows`, into `out`. Nothing is thrown for an answer: a route
   * that rejects has its id and no path, a throw route and none have `miss`. O(rows).
   * @throws {FibError} EINVAL columns that there are not, arrays of another kind or too short; ENOBUFS
   */
  lookupFlows(flows: FlowColumns, out: FlowPaths, options?: FlowBatchOptions): void {
    const columns = columnsOf(flows);
    const n = flows.dst.length;
    const { id, path } = checkPaths(out, n);
    if (this.#flowChunk?.has(columns) !== true) {
      this.#flowChunk?.close();
      this.#flowChunk = undefined;
      this.#flowChunk = this.flowBatch(FLOW_CHUNK, columns);
    }
    const batch = this.#flowChunk;
    for (let i = 0; i < n; i += FLOW_CHUNK) {
      const end = Math.min(n, i + FLOW_CHUNK);
      batch.fill(flows, i, end);
      batch.run(end - i, options);
      id.set(batch.id.subarray(0, end - i), i);
      path?.set(batch.path.subarray(0, end - i), i);
    }
  }

  /**
   * Room for a batch of so many flows in the core's own memory, with these columns besides `dst`: write them, call
   * `run`, `output` or `input`, read `id` and `path`. Close it.
   * @throws {FibError} EINVAL a capacity beyond 1..2^25, columns that there are not; ENOBUFS
   */
  flowBatch(capacity: number, columns: readonly (FlowColumn | DecisionColumn)[]): FlowBatch {
    whole(capacity, 'capacity', 1, FLOWS_MAX, 'flowBatch');
    return new FlowBatch(this.core, capacity, checkColumns(columns));
  }

  /** Changes when ids of fib infos may mean something else than before. */
  get epoch(): number {
    return this.core.view.getUint32(abi.STATE_EPOCH, true);
  }

  /** What a fib info id stands for, or undefined when there is none. O(nexthops). */
  info(id: number): Info | undefined {
    const core = this.core;
    whole(id, 'id', 0, MAX_BYTES, 'info');
    const count = core.exports.infoCount(id);
    if (count < 0) return undefined;
    const at = core.route(count);
    core.exports.infoGet(id, at);
    const shared = readShared(core, this.link, at);
    const info: Mutable<Info> = { id, ...shared };
    if (shared.nexthops.length !== 1) return info;
    const { via, dev, oif } = shared.nexthops[0]!;
    if (via !== undefined) info.via = via;
    if (dev !== undefined) info.dev = dev;
    if (oif !== undefined) info.oif = oif;
    return info;
  }

  /**
   * Applies a change that a source tells (a mirror of a kernel or a router): believed, not validated. True if it
   * changed anything: a route that is there already is no error, nor is one that has gone already.
   * @throws {FibError} EINVAL what no route can hold; EAFNOSUPPORT not IPv4; ENOBUFS
   */
  apply(change: ChangeInput): boolean {
    return this.#believer.apply(change);
  }

  /**
   * Applies changes as `apply` does, all or none: when one is refused everything is as it was before, byte for byte, and
   * nobody is told of any. How many of them changed anything. It keeps a copy of the state meanwhile, so that it takes
   * `ns.stats().arenaBytes` more bytes, and the time to copy them: O(size), however few the changes are.
   * @throws {FibError} as `apply`, saying which change it is
   */
  applyAll(changes: Iterable<ChangeInput>): number {
    return this.#believer.applyAll(changes);
  }

  /**
   * The changes from now on, whoever makes them, as values in their order: `for await (const c of ns.watch()) ...`, until
   * the loop is left, the signal aborts or the Netns is closed. `other.apply(c)` for each makes another Netns a mirror
   * of this one. Each change is whole before it is given.
   * @throws {FibError} EINVAL a bad limit; once reached, ENOBUFS: more changes waited than the limit
   */
  watch(options: WatchOptions = {}): AsyncIterableIterator<Change, undefined> {
    void this.core.exports.memory; // throws when closed
    return new Watch(this.notices, options);
  }

  /**
   * Applies a dump: the bytes of `ip route save`, or plain netlink messages. They are read to the end and checked
   * before anything is applied.
   * @throws {WireError} bytes that are no dump, with the offset; nothing has changed
   * @throws {FibError} EINVAL what no route can hold, and nothing has changed; ENOBUFS, and what came before is applied
   */
  applyDump(bytes: Uint8Array): DumpResult {
    return this.#believer.applyDump(bytes);
  }

  /** The tables that exist, in the order of dumps: chains 0 to 255, newest first (FIB-3). */
  tables(): TableInfo[] {
    return Array.from(tableShapes(this.core, false), ({ table, routes }) => ({ id: table, routes }));
  }

  /** The figures of a table's trie, or undefined when there is no such table. O(nodes of all tables). */
  shape(table: TableLike = 'main'): TrieShape | undefined {
    const id = tableNumber(table, 'shape');
    for (const shape of tableShapes(this.core, true)) if (shape.table === id) return shape;
    return undefined;
  }

  /**
   * The classic door for routes: SIOCADDRT (0x890b) or SIOCDELRT (0x890c) with the bytes of a struct rtentry, in its
   * 64-bit form of 120 bytes or the 32-bit one of 84. The name of its device is given apart.
   * @returns 0 or a negated errno
   */
  ioctl(request: number, bytes: Uint8Array, options: IoctlOptions = {}): number {
    return routeIoctl(this.core, this.route, request, bytes, options);
  }

  /**
   * The text of a file that the kernel would have under /proc, byte for byte (PROC-1..28): `net/fib_trie`,
   * `net/fib_triestat`, `net/route`, `net/rt_cache`, `net/stat/rt_cache`. Without a path the paths that there are.
   * @throws {FibError} ENOENT another path
   */
  proc(): string[];
  proc(path: string): string;
  proc(path?: string): string | string[] {
    return path === undefined ? procPaths() : procText(this, path);
  }

  /**
   * Gives a table, which is made when it is not there, another forwarding view. Answers stay what they are.
   * `compact` and `direct` are made at once. O(routes of the table).
   * @throws {FibError} EINVAL a bad table or shape; ENOBUFS, and the table has no view until it is asked often enough
   */
  setForward(table: TableLike, shape: ForwardShape): void {
    const id = tableNumber(table, 'setForward');
    const number = shapeNumber(shape, 'setForward');
    const { exports } = this.core;
    if (exports.tableAdd(id) < 0 || exports.viewSet(id, number) < 0) throw outOfMemory('setForward');
  }

  /** Memory and its use. O(kinds and tables). */
  stats(): Stats {
    const { view } = this.core;
    const arena = {} as Record<KindName, KindStats>;
    for (const [name, from, to] of KIND_RANGES) arena[name] = kindStats(view, from, to);
    const { leaf, alias, tnode, trie } = arena;
    return {
      bytes: view.byteLength,
      arenaBytes: view.getUint32(abi.STATE_BRK, true) - abi.STATE,
      routes: this.tables().reduce((sum, { routes }) => sum + routes, 0),
      trie: {
        bytes: leaf.bytes + alias.bytes + tnode.bytes + trie.bytes,
        tnodes: tnode.blocks,
        leaves: leaf.blocks,
        prefixes: alias.blocks,
      },
      view: { bytes: view.getUint32(abi.STATE_VIEW_BYTES, true) },
      arena,
    };
  }

  /**
   * Gives table local a trie of its own, once and for ever, as the first policy rule of a namespace does (FIB-8).
   * @throws {FibError} ENOBUFS, and nothing has changed
   */
  unmerge(): void {
    if (this.core.exports.unmerge() < 0) throw outOfMemory('unmerge');
  }

  /**
   * Walks every structure and checks every invariant. O(size). A failure is a bug of hoptrie or a forged memory.
   * @throws {FibError} EUCLEAN, naming the invariant
   */
  check(): void {
    throwBroken(this.core.exports.check(), 'check');
  }

  /**
   * The whole state as bytes, for `Netns.load`: routes, links, addresses, rules, objects, sysctls, views, the clock. Who
   * listens to notices is no part of it, nor are batches. Equal states give equal bytes. O(size).
   */
  save(): Uint8Array {
    return takeSnapshot(this.core);
  }

  /** Lets go of the memory. Everything but `close` throws a TypeError afterwards. */
  close(): void {
    this.core.close();
    this.notices.close();
    this.#chunk = undefined;
    this.#flowChunk = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** An address by its text, or what it is that is none. */
function addressOf(dst: unknown): number {
  return typeof dst === 'string' ? parseAddress4(dst) : whole(dst, 'dst', 0, MAX_BYTES, 'lookupId');
}

/** Writes the ticks of a second and the seed of chance into a fresh core. */
function prepareTime({ memory }: CoreExports, { hz = 1000, seed }: NetnsOptions): void {
  const view = new DataView(memory.buffer);
  view.setUint32(abi.STATE_HZ, whole(hz, 'hz', 1, 1_000_000, 'create'), true);
  if (seed === undefined) return;
  view.setUint32(abi.STATE_CHANCE, whole(seed, 'seed', 0, MAX_BYTES, 'create'), true);
  if (seed !== 0) view.setUint32(abi.STATE_SEED, seed, true); // 0 there would say "unset" (MPH-22)
}

function shapeNumber(shape: unknown, operation: string): number {
  const number = SHAPES.indexOf(shape as ForwardShape);
  if (number >= 0) return number;
  throw new FibError('EINVAL', operation, {
    detail: `forward: expected ${SHAPES.join(', ')}, got ${show(shape)}`,
  });
}

/** The bound that options say, 0 = none. */
function boundOf({ maxBytes = 0 }: NetnsOptions, operation: string): number {
  if (maxBytes !== 0) whole(maxBytes, 'maxBytes', 65536, Number.MAX_SAFE_INTEGER, operation);
  return Math.min(maxBytes, MAX_BYTES);
}

/** Blocks in use of the kinds numbered from..to-1. */
function kindStats(view: DataView, from: number, to: number): KindStats {
  let blocks = 0;
  let bytes = 0;
  for (let kind = from; kind < to; kind++) {
    const at = abi.STATE_KINDS + kind * abi.KIND_BYTES;
    const out = view.getUint32(at + abi.KIND_OUT, true);
    blocks += out;
    bytes += out * view.getUint32(at + abi.KIND_SIZE, true);
  }
  return { blocks, bytes };
}
