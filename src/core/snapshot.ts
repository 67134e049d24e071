/**
 * core/snapshot.ts - the state of a core as bytes, and a core from such bytes (docs/FORMAT.md).
 *
 *   0         32
 *   | header  | the arena, from its State to its end |
 *
 * The bytes are a run of the core's memory, so they are copied once each way. The page below the State has room for
 * the header.
 */
import * as abi from '../abi/records.js';
import { FibError, WireError } from '../errors.js';
import { outOfMemory, type Core } from './core.js';
import { throwBroken } from './invariant.js';
import type { CoreExports } from './load.js';

/** Where a snapshot begins in the memory of a core. */
const AT = abi.STATE - abi.SNAPSHOT_BYTES;
const PAGE = 65536;
/** Where the State begins in a snapshot. */
const AT_STATE = abi.SNAPSHOT_BYTES;
/** From so many tables on a walk marks their ids, for which it wants so many bytes (assembly/check/trie.ts). */
const MANY_TABLES = 1024;
const TABLE_MAP = 1 << 21;

/** How a snapshot is loaded. */
export interface LoadOptions {
  /** The bytes come from a hand that is trusted: only their checksum is compared. Default false: all is walked. */
  readonly trusted?: boolean;
  /**
   * Bound of the linear memory from now on; default: the one that the saved Netns had. To walk the snapshot its 32nd
   * part is needed besides, beyond the bound if it must be.
   */
  readonly maxBytes?: number;
}

/** The bytes of a core's state. Equal states give equal bytes. O(size). */
export function takeSnapshot(core: Core): Uint8Array {
  return core.atRest(() => {
    core.exports.seal();
    return core.u8.slice(AT, endOf(core.view));
  });
}

/**
 * Puts the state of a core into a fresh instance. O(size).
 * @throws {FibError} ENOBUFS
 */
export function copyArena(from: Core, to: CoreExports): void {
  from.atRest(() => {
    from.exports.seal();
    place(to, from.u8.subarray(AT, endOf(from.view)), 0, 'clone');
  });
  to.adopt(0);
}

/**
 * Puts a snapshot into a fresh instance, which is of no use when this throws. O(size).
 * @throws {WireError} bytes that are no snapshot, or one of another version, or damaged
 * @throws {FibError} EUCLEAN walked, and found to break an invariant; ENOBUFS
 */
export function loadSnapshot(exports: CoreExports, bytes: Uint8Array, options: LoadOptions): void {
  const { trusted = false, maxBytes = 0 } = options;
  checkHeader(bytes);
  const arena = bytes.length - abi.SNAPSHOT_BYTES;
  if (maxBytes !== 0 && abi.STATE + arena > maxBytes) throw outOfMemory('load');
  place(exports, bytes, trusted ? 0 : walkBytes(bytes), 'load');
  if (exports.isSealed(arena) === 0)
    throw new WireError('snapshot: the checksum differs', abi.SNAPSHOT_CHECKSUM);
  if (endOf(new DataView(exports.memory.buffer)) !== abi.STATE + arena) {
    throw new WireError('snapshot: the arena ends elsewhere', abi.STATE_BRK - AT);
  }
  if (!trusted) throwBroken(exports.check(), 'load');
  if (exports.adopt(maxBytes) < 0) throw outOfMemory('load');
}

/** True if bytes begin as snapshots do, of whatever version. */
function isSnapshot(bytes: Uint8Array): boolean {
  if (bytes.length < abi.SNAPSHOT_CHECKSUM) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return (
    view.getUint32(0, true) === abi.SNAPSHOT_MAGIC_LOW && view.getUint32(4, true) === abi.SNAPSHOT_MAGIC_HIGH
  );
}

/** What can be said of a snapshot before any memory is asked for. */
function checkHeader(bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) {
    throw new FibError('EINVAL', 'load', { detail: 'expected the Uint8Array of a snapshot' });
  }
  if (!isSnapshot(bytes)) throw new WireError('no snapshot of hoptrie', 0);
  if (bytes.length < abi.SNAPSHOT_BYTES) throw new WireError('truncated snapshot header', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const word = (at: number): number => view.getUint32(at, true);
  if (view.getUint32(abi.SNAPSHOT_ORDER, false) === abi.SNAPSHOT_ORDER_MARK) {
    throw new WireError('big-endian snapshot', abi.SNAPSHOT_ORDER);
  }
  if (word(abi.SNAPSHOT_ORDER) !== abi.SNAPSHOT_ORDER_MARK) {
    throw new WireError('unknown byte order', abi.SNAPSHOT_ORDER);
  }
  const version = word(abi.SNAPSHOT_VERSION);
  if (version !== abi.FORMAT_VERSION) {
    const words = `snapshot of format version ${version}, this hoptrie reads ${abi.FORMAT_VERSION}`;
    throw new WireError(words, abi.SNAPSHOT_VERSION);
  }
  if (word(abi.SNAPSHOT_STATE) !== abi.STATE_BYTES) {
    throw new WireError('snapshot of another build: its State has another size', abi.SNAPSHOT_STATE);
  }
  const length = word(abi.SNAPSHOT_LENGTH);
  const there = bytes.length - abi.SNAPSHOT_BYTES;
  if (length < abi.STATE_BYTES || length % 4 !== 0) {
    throw new WireError(`snapshot length ${length}`, abi.SNAPSHOT_LENGTH);
  }
  if (there < length) throw new WireError(`truncated snapshot: ${there} of ${length} bytes`, bytes.length);
  if (there > length) throw new WireError('bytes behind the snapshot', abi.SNAPSHOT_BYTES + length);
}

/** Bytes behind the arena that a walk over it takes: a bit for each word of it, marks of tables, and what rounds up. */
function walkBytes(bytes: Uint8Array): number {
  const kind = AT_STATE + abi.STATE_KINDS - abi.STATE + abi.KIND_TABLE * abi.KIND_BYTES;
  const tables = new DataView(bytes.buffer, bytes.byteOffset).getUint32(kind + abi.KIND_OUT, true);
  return Math.ceil(bytes.length / 32) + 64 + (tables > MANY_TABLES ? TABLE_MAP : 0);
}

/** Copies a snapshot to its place, with room behind it. */
function place({ memory }: CoreExports, bytes: Uint8Array, room: number, operation: string): void {
  const pages = Math.ceil((AT + bytes.length + room) / PAGE) - memory.buffer.byteLength / PAGE;
  try {
    if (pages > 0) memory.grow(pages);
  } catch (error) {
    if (error instanceof RangeError) throw outOfMemory(operation);
    throw error;
  }
  new Uint8Array(memory.buffer).set(bytes, AT);
}

/** Where the arena ends. */
function endOf(view: DataView): number {
  return view.getUint32(abi.STATE_BRK, true);
}
