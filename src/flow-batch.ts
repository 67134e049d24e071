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
import type { FlowColumn, FlowColumns, FlowPaths, HashForm } from './model/flow.js';

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
  ipproto: [abi.FLOWS_IPPROTO, Uint8Array],
  tos: [abi.FLOWS_TOS, Uint8Array],
} as const;

type Columns = typeof COLUMNS;
type Name = keyof Columns;
/** The array of a column. */
type ArrayOf<N extends Name> = InstanceType<Columns[N][1]>;

/** All columns, the widest first, so that each begins where its numbers may lie. */
const NAMES = Object.keys(COLUMNS) as readonly Name[];
/** The columns that every batch has. */
const ALWAYS: readonly Name[] = ['dst', 'id', 'path'];

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
  constructor(core: Core, capacity: number, columns: readonly FlowColumn[]) {
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
      this.#column(name).set(flows[name]!.subarray(from, to));
    }
  }

  /**
   * Looks up the first `n` rows. O(n).
   * @throws {FibError} EINVAL n beyond the capacity, or an option that is not of its kind
   * @throws {TypeError} the batch is closed
   */
  run(n: number = this.capacity, options: FlowBatchOptions = {}): void {
    if (this.#at === 0) throw new TypeError('this batch is closed');
    whole(n, 'n', 0, this.capacity, 'flowBatch');
    const { form = 'query', miss = 0, bigEndian } = options;
    whole(miss, 'miss', 0, 0xffffffff, 'flowBatch');
    const { exports, room, u8 } = this.#core;
    u8[this.#at + abi.FLOWS_FORM] = formNumber(form, 'flowBatch');
    u8[this.#at + abi.FLOWS_IS_SWAPPED] = bigEndian === true ? 1 : 0;
    exports.lookupFlows(this.#at, n, miss, room);
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

/** The names of columns, each once, or a FibError EINVAL. */
export function checkColumns(columns: unknown, operation: string): readonly FlowColumn[] {
  const isKnown = (name: unknown): boolean =>
    typeof name === 'string' && Object.hasOwn(COLUMNS, name) && !ALWAYS.includes(name as Name);
  if (Array.isArray(columns) && new Set(columns).size === columns.length && columns.every(isKnown)) {
    return columns as readonly FlowColumn[];
  }
  throw new FibError('EINVAL', operation, {
    detail: `columns: expected some of ${NAMES.filter((name) => !ALWAYS.includes(name)).join(', ')}`,
  });
}

/** The names of the columns of flows besides `dst`: all as long as that, each an array of its kind. */
export function columnsOf(flows: FlowColumns): readonly FlowColumn[] {
  if (typeof flows !== 'object' || flows === null) {
    throw new FibError('EINVAL', 'lookupFlows', {
      detail: `flows: expected columns, got ${show(flows)}`,
    });
  }
  const names = Object.keys(flows).filter((name) => flows[name as FlowColumn] !== undefined);
  const columns = checkColumns(
    names.filter((name) => name !== 'dst'),
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
