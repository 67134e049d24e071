/**
 * index.ts - the public names, nothing else.
 */
export { Netns } from './inline.js';
export { FibError, WireError } from './errors.js';
export type { ErrnoName, FibErrorInfo } from './errors.js';
export type { DumpResult, KindName, KindStats, NetnsOptions, Stats, TableInfo } from './netns.js';
export type { Batch, BatchOptions } from './batch.js';
export type { Link, LinkInput, LinkTable } from './links.js';
export type { RouteFilter, RouteTable } from './routes.js';
export type { Change, LinkChange, RouteChange } from './model/change.js';
export type { Answer, Flow, Info } from './model/flow.js';
export type {
  Metrics,
  NextHop,
  NumericPrefix,
  PrefixLike,
  Route,
  RouteInput,
  RouteType,
  ScopeLike,
  TableLike,
} from './model/route.js';
export type { TrieShape } from './text/proc.js';
