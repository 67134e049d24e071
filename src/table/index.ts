/**
 * table/index.ts - the entry `hoptrie/table`: prefixes with values, IPv4 and IPv6, for who has no routes.
 *
 *   PrefixTable<V>   any JavaScript values
 *   PrefixSet        prefixes alone
 *   NumberTable      numbers of 0..2^32-1, without objects
 */
export { PrefixTable } from './prefix-table.js';
export { PrefixSet } from './prefix-set.js';
export { NumberTable } from './number-table.js';
export { FibError, WireError } from '../errors.js';
export type { BatchOptions } from './asking.js';
export type { TableBatch, ArrowChunk, Column } from './batch.js';
export type { CsvOptions, ImportOptions, Source } from './import.js';
export type { AddressLike, PrefixLike } from './key.js';
export type { LoadOptions, SaveOptions } from './snapshot.js';
export type {
  FamilyNumber,
  Forward,
  Match,
  Resolve,
  TableOptions,
  TableStats,
  WalkOptions,
} from './table.js';
export type { Entry } from './value-table.js';
