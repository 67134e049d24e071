/**
 * table/asking.ts - how many addresses at once are asked for: the options, and IPv4 addresses among IPv6 rows.
 */
import { FibError } from '../errors.js';
import { MAPPED } from './key.js';
import type { Table } from './table.js';

const ANY = 0xffffffff;

/** How the rows of a batch are asked. */
export interface BatchOptions {
  /** What a row that nothing covers gives; default 0. */
  readonly miss?: number;
  /** The words of a Uint32Array are in network byte order; default host order. */
  readonly bigEndian?: boolean;
  /** What rows of bytes are; default 6. */
  readonly family?: 4 | 6;
  /** What text that is no address gives; default: it is an error. */
  readonly invalid?: number;
}

/** Options with their defaults. */
export interface Asking {
  readonly miss: number;
  readonly bigEndian: boolean;
  readonly family: 4 | 6;
  readonly invalid: number | undefined;
  /** What to give for each id, and for 0 where nothing covers a row; without it ids are given, and `miss`. */
  readonly values?: Uint32Array;
}

/** @throws {FibError} EINVAL */
export function asking(options: BatchOptions): Asking {
  const { miss = 0, bigEndian = false, family = 6, invalid } = options;
  if (family !== 4 && family !== 6) throw refused('family: expected 4 or 6');
  u32(miss, 'miss');
  if (invalid !== undefined) u32(invalid, 'invalid');
  return { miss, bigEndian, family, invalid };
}

/** Answers those of n IPv6 rows that are IPv4 addresses in IPv6 ones anew, as such, if the table is to do so. */
export function answerMapped(
  table: Table<unknown>,
  rows: Uint8Array,
  n: number,
  out: Uint32Array,
  { miss, values }: Pick<Asking, 'miss' | 'values'>,
): void {
  if (!table.reader.isMapped) return;
  const family = table.family(false);
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  for (let row = 0, at = 0; row < n; row++, at += 16) {
    if (view.getUint32(at + 8) !== MAPPED || view.getUint32(at) !== 0 || view.getUint32(at + 4) !== 0)
      continue;
    const id = family?.lookup4(view.getUint32(at + 12)) ?? 0;
    out[row] = values !== undefined ? values[id]! : id === 0 ? miss : id;
  }
}

function u32(value: unknown, name: string): void {
  if (typeof value !== 'number' || value >>> 0 !== value || value > ANY) {
    throw refused(`${name}: expected a whole number of 0..${ANY}`);
  }
}

/** An error of a batch. */
export function refused(detail: string): FibError {
  return new FibError('EINVAL', 'lookupBatch', { detail });
}
