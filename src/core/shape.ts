/**
 * core/shape.ts - figures and shapes of the tries, read from the core as plain rows.
 */
import * as abi from '../abi/records.js';
import type { ShapeRow, TrieShape } from '../text/proc.js';
import type { Core } from './core.js';

/** Rows that one call of the core gives. */
const ROWS = 512;

/** The figures of every table, in the order of dumps (FIB-3). Without `deep` all but table and routes are zero. */
export function* tableShapes(core: Core, deep: boolean): Generator<TrieShape, void, undefined> {
  for (let table = 0; core.exports.summarize(table, deep ? 1 : 0, core.summary) !== 0;) {
    const shape = readSummary(core.view, core.summary);
    table = shape.table;
    yield shape;
  }
}

function readSummary(view: DataView, at: number): TrieShape {
  const word = (field: number) => view.getUint32(at + field, true);
  const bits = (abi.SUMMARY_BYTES - abi.SUMMARY_BY_BITS) / 4;
  return {
    table: word(abi.SUMMARY_ID),
    routes: word(abi.SUMMARY_ROUTES),
    leaves: word(abi.SUMMARY_LEAVES),
    prefixes: word(abi.SUMMARY_ALIASES),
    tnodes: word(abi.SUMMARY_TNODES),
    tnodesByBits: Array.from({ length: bits }, (_, i) => word(abi.SUMMARY_BY_BITS + 4 * i)),
    pointers: word(abi.SUMMARY_POINTERS),
    nullPointers: word(abi.SUMMARY_NULLS),
    maxDepth: word(abi.SUMMARY_MAX_DEPTH),
    totalDepth: view.getFloat64(at + abi.SUMMARY_TOTAL_DEPTH, true),
  };
}

/** The lines of a table's trie in pre-order; nothing else may be asked of the core until the last one. */
export function* trieRows(core: Core, table: number): Generator<ShapeRow, void, undefined> {
  const { at: walk, bytes } = core.buffer(
    abi.WALK_BYTES + ROWS * abi.ROW_BYTES,
    abi.WALK_BYTES + abi.ROW_BYTES,
  );
  const rows = Math.floor((bytes - abi.WALK_BYTES) / abi.ROW_BYTES);
  core.u32.fill(0, walk >>> 2, (walk + abi.WALK_BYTES) >>> 2);
  core.view.setUint32(walk + abi.WALK_TABLE, table, true);
  for (;;) {
    const n = core.exports.shape(walk, walk + abi.WALK_BYTES, rows);
    if (n === 0) return;
    for (let i = 0; i < n; i++) yield readRow(core.view, walk + abi.WALK_BYTES + i * abi.ROW_BYTES);
  }
}

function readRow(view: DataView, at: number): ShapeRow {
  const depth = view.getUint8(at + abi.ROW_DEPTH);
  const key = view.getUint32(at + abi.ROW_KEY, true);
  const length = view.getUint8(at + abi.ROW_LENGTH);
  switch (view.getUint8(at + abi.ROW_KIND)) {
    case abi.ROW_TNODE:
      return {
        kind: 'tnode',
        depth,
        key,
        length,
        bits: view.getUint8(at + abi.ROW_BITS),
        full: view.getUint32(at + abi.ROW_FULL, true),
        empty: view.getUint32(at + abi.ROW_EMPTY, true),
      };
    case abi.ROW_LEAF:
      return { kind: 'leaf', depth, key };
    default:
      return {
        kind: 'alias',
        depth,
        length,
        scope: view.getUint8(at + abi.ROW_SCOPE),
        type: view.getUint8(at + abi.ROW_TYPE),
        tos: view.getUint8(at + abi.ROW_TOS),
      };
  }
}
