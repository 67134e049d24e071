/**
 * netns.ts - class Netns: the routing state of one network namespace; owns one core.
 *
 * `index` and `external` add the ways to make one; everything that a Netns does is here or in its rooms: links, routes.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { AddressTable } from './addresses.js';
import { Batch, BATCH_MAX, checkRows, type BatchOptions } from './batch.js';
import { Core, outOfMemory } from './core/core.js';
import type { CoreExports } from './core/load.js';
import { readAnswer, readQuestion, writeFlow } from './core/flow.js';
import { readShared, show, tableNumber, whole, type Mutable } from './core/route.js';
import { tableShapes, trieRows } from './core/shape.js';
import { FibError } from './errors.js';
import { routeIoctl, type IoctlOptions } from './ioctl.js';
import { LinkTable } from './links.js';
import type { Change, RouteChange } from './model/change.js';
import type { Answer, Flow, Info } from './model/flow.js';
import type { Route, TableLike } from './model/route.js';
import { NexthopTable } from './nexthops.js';
import { Notices } from './notices.js';
import { RouteTable } from './routes.js';
import { RuleTable } from './rules.js';
import { Sysctls } from './sysctls.js';
import { formatRouteTable, formatTrie, formatTriestat, type TrieShape } from './text/proc.js';
import { dumpChanges } from './wire/change.js';

/** What a Netns may be made with. */
export interface NetnsOptions {
  /** Bound of the linear memory in bytes, at least 64 KiB; a change that would pass it is refused with ENOBUFS. */
  readonly maxBytes?: number;
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
  | 'words';

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
  /** What the forwarding view takes; there is none yet. */
  readonly view: { readonly bytes: number };
  /** Blocks in use by kind. */
  readonly arena: Readonly<Record<KindName, KindStats>>;
}

/** Tables and their sizes, in the order of dumps. */
export interface TableInfo {
  readonly id: number;
  readonly routes: number;
}

/** What `ns.applyDump()` tells. */
export interface DumpResult {
  /** Messages that changed something. */
  readonly applied: number;
  /** Messages that said what was known already, or removed what was not there. */
  readonly unchanged: number;
  /** Messages of other kinds or families, passed over. */
  readonly skipped: number;
}

/** netlink flags of an operation at the believing door. */
const FLAGS_OF = {
  add: uapi.NLM_F_CREATE,
  prepend: uapi.NLM_F_CREATE,
  append: uapi.NLM_F_CREATE | uapi.NLM_F_APPEND,
  replace: uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE,
} as const;

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
  ['words', abi.KIND_WORDS, abi.KIND_END],
];

/** Rooms of the numbers that `check` of the core gives: hundreds name the room, the rest is the invariant. */
const INVARIANT_ROOMS = ['', 'T', 'A', 'I', 'M', 'R', 'O'];
/** Largest bound that `maxBytes` may say. */
const MAX_BYTES = 0xffffffff;
/** Rows that `lookupBatch` copies into the core at a time: two arrays of them stay in the second-level cache. */
const CHUNK = 1 << 14;

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
  /** The switches under /proc/sys/net. */
  readonly sysctl: Sysctls;
  /** @internal Who is told of changes. */
  readonly notices = new Notices();
  /** @internal The engine; for the rooms of the endpoint. */
  readonly core: Core;
  /** The core's own door, for the shortest way. */
  #lookupId: CoreExports['lookupId'];
  #chunk: Batch | undefined;

  /** @internal */
  constructor(exports: CoreExports, options: NetnsOptions = {}) {
    const { maxBytes = 0 } = options;
    if (maxBytes !== 0) whole(maxBytes, 'maxBytes', 65536, Number.MAX_SAFE_INTEGER, 'create');
    this.core = new Core(exports, Math.min(maxBytes, MAX_BYTES));
    this.#lookupId = this.core.exports.lookupId;
    this.link = new LinkTable(this.core, this.notices);
    this.route = new RouteTable(this.core, this.link, this.notices);
    this.address = new AddressTable(this.core, this.link, this.route, this.notices);
    this.nexthop = new NexthopTable(this.core, this.link, this.route, this.notices);
    this.rule = new RuleTable(this.core, this.notices);
    this.sysctl = new Sysctls(this.core, this.link);
    this.link.connect({
      addresses: this.address,
      routes: this.route,
      rules: this.rule,
      nexthops: this.nexthop,
    });
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
    const err = this.#ask(flow, 'lookup');
    const core = this.core;
    if (err === 0) return readAnswer(core, this.link);
    const isMatched = core.view.getUint32(core.result + abi.RESULT_ID, true) !== 0;
    throw FibError.fromErrno(err, 'lookup', {
      detail: readQuestion(core),
      ...(isMatched ? { route: readAnswer(core, this.link) } : {}),
    });
  }

  /** As `lookup`, but undefined where it would throw for an answer: no route, or one that rejects. */
  tryLookup(flow: string | number | Flow): Answer | undefined {
    return this.#ask(flow, 'lookup') === 0 ? readAnswer(this.core, this.link) : undefined;
  }

  /**
   * The fib info id for an IPv4 destination (u32, host order) with tos 0, before a path is chosen; 0 = no route.
   * A rejecting route has an id too; `info` tells what it is. Ids are not given out again before `epoch` changes.
   * @throws {FibError} EINVAL not a u32
   */
  lookupId(dst: number): number {
    if (typeof dst !== 'number' || dst >>> 0 !== dst) whole(dst, 'dst', 0, MAX_BYTES, 'lookupId');
    return this.#lookupId(dst, this.core.room);
  }

  /**
   * `lookupId` for each of `dsts`, into `out` (at least as long); with `tables`, row i asks that table alone, 0 there
   * as the rules say. O(rows).
   * @throws {FibError} EINVAL arrays of another kind or too short; ENOBUFS
   */
  lookupBatch(
    dsts: Uint32Array,
    out: Uint32Array,
    options: BatchOptions & { readonly tables?: Uint32Array } = {},
  ): void {
    const n = checkRows(dsts, 'dsts', 0).length;
    checkRows(out, 'out', n);
    const { tables } = options;
    if (tables !== undefined) checkRows(tables, 'tables', n);
    this.#chunk ??= this.batch(CHUNK);
    const batch = this.#chunk;
    for (let i = 0; i < n; i += CHUNK) {
      const end = Math.min(n, i + CHUNK);
      batch.dst.set(dsts.subarray(i, end));
      if (tables !== undefined) batch.tables.set(tables.subarray(i, end));
      batch.run(end - i, { ...options, tables: tables !== undefined });
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
  apply(change: Change): boolean {
    if (typeof change !== 'object' || change === null) {
      throw new FibError('EINVAL', 'apply', { detail: `expected a change, got ${show(change)}` });
    }
    if (change.kind === 'route') return this.#applyRoute(change);
    if (change.kind === 'link') {
      whole(change.index, 'index', 1, 0x7fffffff, 'apply');
      if (this.link.nameOf(change.index) === change.name) return false;
      this.link.learn(change.index, change.name);
      return true;
    }
    throw new FibError('EINVAL', 'apply', { detail: "kind: expected 'route' or 'link'" });
  }

  #applyRoute({ op, route }: RouteChange): boolean {
    if (typeof route !== 'object' || route === null) {
      throw new FibError('EINVAL', 'apply', { detail: `route: expected an object, got ${show(route)}` });
    }
    if (!isInet(route)) {
      throw new FibError('EAFNOSUPPORT', 'apply', { detail: `family ${show(route.family)}` });
    }
    if (op === 'del') return this.route.disbelieve(route.dst, route);
    if (!Object.hasOwn(FLAGS_OF, op)) {
      throw new FibError('EINVAL', 'apply', {
        detail: `op: expected add, prepend, append, replace or del, got ${show(op)}`,
      });
    }
    return this.route.believe(route.dst, route, FLAGS_OF[op]);
  }

  /**
   * Applies a dump: the bytes of `ip route save`, or plain netlink messages. They are read to the end and checked
   * before anything is applied.
   * @throws {WireError} bytes that are no dump, with the offset; nothing has changed
   * @throws {FibError} EINVAL what no route can hold, and nothing has changed; ENOBUFS, and what came before is applied
   */
  applyDump(bytes: Uint8Array): DumpResult {
    if (!(bytes instanceof Uint8Array)) {
      throw new FibError('EINVAL', 'applyDump', { detail: `expected a Uint8Array, got ${show(bytes)}` });
    }
    for (const change of dumpChanges(bytes)) {
      if (change?.kind === 'route' && isInet(change.route)) this.route.verify(change.route.dst, change.route);
    }
    const result = { applied: 0, unchanged: 0, skipped: 0 };
    for (const change of dumpChanges(bytes)) {
      if (change === undefined || (change.kind === 'route' && !isInet(change.route))) result.skipped++;
      else if (this.apply(change)) result.applied++;
      else result.unchanged++;
    }
    return result;
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
   * The text that the kernel would show under /proc: `net/fib_trie`, `net/fib_triestat` or `net/route`, byte for byte
   * (PROC-1..21).
   * @throws {FibError} ENOENT another path
   */
  proc(path: string): string {
    const core = this.core;
    if (path === 'net/fib_triestat') return formatTriestat(tableShapes(core, true));
    if (path === 'net/route') {
      const isThere = core.exports.tableExists(uapi.RT_TABLE_MAIN) !== 0; // without the table not even a heading
      return isThere ? formatRouteTable(this.route.stored(uapi.RT_TABLE_MAIN)) : '';
    }
    if (path !== 'net/fib_trie') throw new FibError('ENOENT', 'proc', { detail: show(path) });
    let text = '';
    for (const { id } of this.tables()) text += formatTrie(id, trieRows(core, id));
    return text;
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
      view: { bytes: 0 },
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
    const broken = this.core.exports.check();
    if (broken === 0) return;
    const name = `${INVARIANT_ROOMS[Math.floor(broken / 100)] ?? '?'}${broken % 100}`;
    throw new FibError('EUCLEAN', 'check', { detail: `invariant ${name} does not hold` });
  }

  /** Lets go of the memory. Everything but `close` throws a TypeError afterwards. */
  close(): void {
    this.core.close();
    this.#lookupId = this.core.exports.lookupId;
    this.#chunk = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Writes the flow into the mailbox and asks; 0 or a negated errno. */
  #ask(flow: string | number | Flow, operation: string): number {
    const core = this.core;
    writeFlow(core, this.link, flow, operation);
    return core.exports.lookup(core.flow, core.result);
  }
}

/** True for a route of the family that the core holds; IPv4 when it does not say. */
function isInet(route: Partial<Route>): boolean {
  return route.family === undefined || route.family === uapi.AF_INET;
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
