/**
 * flow-batch.ts - many flows in one call, a column for each field: `ns.flowBatch(capacity, columns)` is the zero-copy
 * form of `ns.lookupFlows`.
 */
/// <reference lib="esnext.disposable" preserve="true" />
import * as abi from './abi/records.js';
import type { Core } from './core/core.js';
import { formNumber } from './core/flow.js';
import { show, whole } from './core/route.js';
import { FibError } from './errors.js';
import type { DecisionColumn, FlowColumn, FlowColumns, FlowPaths, HashForm } from './model/flow.js';

/** How the rows of a flow batch are asked. */
export interface FlowBatchOptions {
  /** The id of a row without a route; default 0. */
  readonly miss?: number;
  /** Addresses and ports are in network byte order, as packet headers hold them; default host order. */
  readonly bigEndian?: boolean;
  /** What the multipath hash sees; default `query`. */
  readonly form?: HashForm;
}

/** The path of a row that has none: no route, or one that rejects. */
export const NO_PATH = abi.FLOWS_NO_PATH;
/** Most rows of a batch: all columns of so many fit the largest block. */
export const FLOWS_MAX = 1 << 25;

/** Where the core looks for the address of a column, and what the column is an array of. */
const COLUMNS = {
  dst: [abi.FLOWS_DST, Uint32Array],
  src: [abi.FLOWS_SRC, Uint32Array],
  iif: [abi.FLOWS_IIF, Uint32Array],
  oif: [abi.FLOWS_OIF, Uint32Array],
  mark: [abi.FLOWS_MARK, Uint32Array],
  uid: [abi.FLOWS_UID, Uint32Array],
  table: [abi.FLOWS_TABLE, Uint32Array],
  id: [abi.FLOWS_ID, Uint32Array],
  sport: [abi.FLOWS_SPORT, Uint16Array],
  dport: [abi.FLOWS_DPORT, Uint16Array],
  path: [abi.FLOWS_PATH, Uint16Array],
  dev: [abi.FLOWS_DEV, Uint32Array],
  via: [abi.FLOWS_VIA, Uint32Array],
  source: [abi.FLOWS_SOURCE, Uint32Array],
  flags: [abi.FLOWS_FLAGS, Uint32Array],
  ipproto: [abi.FLOWS_IPPROTO, Uint8Array],
  tos: [abi.FLOWS_TOS, Uint8Array],
  type: [abi.FLOWS_TYPE, Uint8Array],
  error: [abi.FLOWS_ERROR, Uint8Array],
} as const;

type Columns = typeof COLUMNS;
type Name = keyof Columns;
/** The array of a column. */
type ArrayOf<N extends Name> = InstanceType<Columns[N][1]>;

/** All columns, the widest first, so that each begins where its numbers may lie. */
const NAMES = Object.keys(COLUMNS) as readonly Name[];
/** Columns of what a decision tells besides `id` and `path`. */
const TOLD: readonly DecisionColumn[] = ['dev', 'via', 'source', 'flags', 'type', 'error'];
/** The columns that every batch has. */
const ALWAYS: readonly Name[] = ['dst', 'id', 'path'];
/** The columns of questions that a batch may have besides. */
const ASKED: readonly FlowColumn[] = NAMES.filter(
  (name): name is FlowColumn => !ALWAYS.includes(name) && !TOLD.includes(name as DecisionColumn),
);

/**
 * Columns in the memory of the core. They are views: take them anew after any change of the Netns, since the memory
 * may have moved. A column that was not asked for is 0 in all rows and costs nothing; to touch it is a TypeError.
 * Closing gives the memory back; so does closing the Netns.
 */
export class FlowBatch {
  readonly capacity: number;
  readonly #core: Core;
  #at: number;
  readonly #places = new Map<Name, number>();
  readonly #views = new Map<Name, ArrayOf<Name>>();

  /** @internal */
  constructor(core: Core, capacity: number, columns: readonly (FlowColumn | DecisionColumn)[]) {
    this.#core = core;
    this.capacity = capacity;
    const rows = Math.ceil(capacity / abi.FLOWS_BLOCK) * abi.FLOWS_BLOCK; // the core reads whole blocks
    let bytes: number = abi.FLOWS_BYTES;
    for (const name of NAMES) {
      if (!ALWAYS.includes(name) && !columns.includes(name as FlowColumn)) continue;
      this.#places.set(name, bytes);
      bytes += rows * COLUMNS[name][1].BYTES_PER_ELEMENT;
    }
    this.#at = core.lease(bytes);
    for (const [name, place] of this.#places) {
      core.view.setUint32(this.#at + COLUMNS[name][0], this.#at + place, true);
    }
    core.u8[this.#at + abi.FLOWS_TELLS] = Number(TOLD.some((name) => this.#places.has(name)));
  }

  /** Destinations: write here, and in the columns that were asked for. */
  get dst(): Uint32Array {
    return this.#column('dst');
  }

  get src(): Uint32Array {
    return this.#column('src');
  }

  /** Input interfaces by index; 0: the packet is made here (RULE-8). */
  get iif(): Uint32Array {
    return this.#column('iif');
  }

  /** Output interfaces by index; 0: any (FIB-80). */
  get oif(): Uint32Array {
    return this.#column('oif');
  }

  get mark(): Uint32Array {
    return this.#column('mark');
  }

  get uid(): Uint32Array {
    return this.#column('uid');
  }

  /** A table for each row, searched alone; 0 asks as the rules say. */
  get table(): Uint32Array {
    return this.#column('table');
  }

  get sport(): Uint16Array {
    return this.#column('sport');
  }

  get dport(): Uint16Array {
    return this.#column('dport');
  }

  get ipproto(): Uint8Array {
    return this.#column('ipproto');
  }

  /** dsfield bytes. */
  get tos(): Uint8Array {
    return this.#column('tos');
  }

  /** Fib info ids, as `lookupId` gives them: read here after `run`. */
  get id(): Uint32Array {
    return this.#column('id');
  }

  /** Which of `ns.info(id).nexthops` each row takes; 65535 (`NO_PATH`) for no route and for one that rejects. */
  get path(): Uint16Array {
    return this.#column('path');
  }

  /** After a decision: index of the device that each packet leaves or arrives through, 0 for none. */
  get dev(): Uint32Array {
    return this.#column('dev');
  }

  /** After a decision: the IPv4 gateway, 0 for none. */
  get via(): Uint32Array {
    return this.#column('via');
  }

  /** After a decision: the source address, as `Decision.src` has it. */
  get source(): Uint32Array {
    return this.#column('source');
  }

  /** After a decision: RTCF_* (RC-6). */
  get flags(): Uint32Array {
    return this.#column('flags');
  }

  /** After a decision: RTN_* of the route as used, 0 where there is an error. */
  get type(): Uint8Array {
    return this.#column('type');
  }

  /** After a decision: the errno, positive; 0 for packets that have a way. */
  get error(): Uint8Array {
    return this.#column('error');
  }

  #column<N extends Name>(name: N): ArrayOf<N> {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    const kept = this.#views.get(name) as ArrayOf<N> | undefined;
    if (kept !== undefined && kept.length === this.capacity) return kept;
    const place = this.#places.get(name);
    if (place === undefined) throw new TypeError(`this batch has no column ${name}`);
    const view = new COLUMNS[name][1](
      this.#core.exports.memory.buffer,
      this.#at + place,
      this.capacity,
    ) as ArrayOf<N>;
    this.#views.set(name, view);
    return view;
  }

  /** @internal True if it has these columns. */
  has(columns: readonly FlowColumn[]): boolean {
    return this.#places.size === columns.length + ALWAYS.length && columns.every((c) => this.#places.has(c));
  }

  /** @internal Copies the rows numbered from..to-1 of other columns to the front. */
  fill(flows: FlowColumns, from: number, to: number): void {
    for (const name of this.#places.keys()) {
      if (name === 'id' || name === 'path') continue;
      this.#column(name).set(flows[name as FlowColumn]!.subarray(from, to));
    }
  }

  /**
   * Looks up the first `n` rows. O(n).
   * @throws {FibError} EINVAL n beyond the capacity, or an option that is not of its kind
   * @throws {TypeError} the batch is closed
   */
  run(n: number = this.capacity, options: FlowBatchOptions = {}): void {
    const { miss = 0 } = options;
    this.#prepare(n, options);
    this.#core.exports.lookupFlows(this.#at, n, miss, this.#core.room);
  }

  /**
   * Decides the first `n` rows as `ns.route.output` does, through the route cache when there is one: rows that it knows
   * touch neither rules nor tables. `id` is `miss`, and `path` NO_PATH, where the answer is an error; the columns `dev`,
   * `via`, `source`, `flags`, `type` and `error` that were asked for tell the rest. `iif` and `table` do not count. O(n).
   * @throws {FibError} EINVAL n beyond the capacity, or an option that is not of its kind
   * @throws {TypeError} the batch is closed
   */
  output(n: number = this.capacity, options: FlowBatchOptions = {}): void {
    this.#decide(n, options, 0);
  }

  /** Decides the first `n` rows as `ns.route.input` does, from the column `iif`; otherwise as `output`. */
  input(n: number = this.capacity, options: FlowBatchOptions = {}): void {
    this.#decide(n, options, 1);
  }

  #decide(n: number, options: FlowBatchOptions, isInput: number): void {
    this.#prepare(n, options);
    const { exports, flow, result, room } = this.#core;
    exports.decideFlows(this.#at, n, isInput, flow, result, room);
  }

  /** Checks what `run` and the others are given, and leaves it with the columns. */
  #prepare(n: number, options: FlowBatchOptions): void {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    whole(n, 'n', 0, this.capacity, 'flowBatch');
    const { form = 'query', miss = 0, bigEndian } = options;
    whole(miss, 'miss', 0, 0xffffffff, 'flowBatch');
    const { u8, view } = this.#core;
    view.setUint32(this.#at + abi.FLOWS_MISS, miss, true);
    u8[this.#at + abi.FLOWS_FORM] = formNumber(form, 'flowBatch');
    u8[this.#at + abi.FLOWS_IS_SWAPPED] = bigEndian === true ? 1 : 0;
  }

  /** Gives the memory back. */
  close(): void {
    if (this.#at !== 0 && !this.#core.isClosed) this.#core.unlease(this.#at);
    this.#at = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Names of columns that a batch may have, each once, or a FibError EINVAL. */
export function checkColumns(columns: unknown): readonly (FlowColumn | DecisionColumn)[] {
  return checkNames<FlowColumn | DecisionColumn>(columns, [...ASKED, ...TOLD], 'flowBatch');
}

function checkNames<N extends Name>(columns: unknown, known: readonly N[], operation: string): readonly N[] {
  const isKnown = (name: unknown): boolean => known.includes(name as N);
  if (Array.isArray(columns) && new Set(columns).size === columns.length && columns.every(isKnown)) {
    return columns as readonly N[];
  }
  throw new FibError('EINVAL', operation, { detail: `columns: expected some of ${known.join(', ')}` });
}

/** The names of the columns of flows besides `dst`: all as long as that, each an array of its kind. */
export function columnsOf(flows: FlowColumns): readonly FlowColumn[] {
  if (typeof flows !== 'object' || flows === null) {
    throw new FibError('EINVAL', 'lookupFlows', {
      detail: `flows: expected columns, got ${show(flows)}`,
    });
  }
  const names = Object.keys(flows).filter((name) => flows[name as FlowColumn] !== undefined);
  const columns = checkNames(
    names.filter((name) => name !== 'dst'),
    ASKED,
    'lookupFlows',
  );
  checkColumn(flows.dst, 'dst', 0);
  for (const name of columns) checkColumn(flows[name], name, flows.dst.length);
  return columns;
}

/** The arrays that answers go to: long enough, each of its kind. */
export function checkPaths(out: FlowPaths, rows: number): FlowPaths {
  if (typeof out !== 'object' || out === null) {
    throw new FibError('EINVAL', 'lookupFlows', { detail: `out: expected columns, got ${show(out)}` });
  }
  checkColumn(out.id, 'id', rows);
  if (out.path !== undefined) checkColumn(out.path, 'path', rows);
  return out;
}

function checkColumn(column: unknown, name: Name, rows: number): void {
  const kind = COLUMNS[name][1];
  if (column instanceof kind && column.length >= rows) return;
  const got = column instanceof kind ? `${column.length} rows` : show(column);
  throw new FibError('EINVAL', 'lookupFlows', {
    detail: `${name}: expected a ${kind.name} of ${rows} rows, got ${got}`,
  });
}
