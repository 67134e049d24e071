/**
 * index.ts - the public names, nothing else.
 */
export { Netns } from './inline.js';
export { Endpoint } from './endpoint/endpoint.js';
export type { EndpointOptions, SocketOptions } from './endpoint/request.js';
export { Topology } from './topology/topology.js';
export type { TopologyOptions } from './topology/topology.js';
export type { Hop, IcmpError, Outcome, Packet, Trace } from './topology/trace.js';
export type { WireEnd } from './topology/wires.js';
export { FibError, WireError } from './errors.js';
export type { ErrnoName, FibErrorInfo } from './errors.js';
export type { DumpResult } from './believe.js';
export type {
  ForwardShape,
  KindName,
  KindStats,
  LoadOptions,
  NetnsOptions,
  Stats,
  TableInfo,
} from './netns.js';
export type { RouteCache, RouteCacheOptions } from './cache.js';
export { CACHE_COUNTERS } from './model/cache.js';
export type {
  CacheCounter,
  CacheCounters,
  CacheEntry,
  CacheError,
  CacheFragNeeded,
  CacheInput,
  CacheKey,
  CacheOutput,
  CacheRedirect,
  CacheSize,
} from './model/cache.js';
export type { Batch, BatchOptions } from './batch.js';
export { NO_PATH } from './flow-batch.js';
export type { FlowBatch, FlowBatchOptions } from './flow-batch.js';
export type { LinkTable } from './links.js';
export type { RouteFilter, RouteTable } from './routes.js';
export type { AddressTable } from './addresses.js';
export type { RuleTable } from './rules.js';
export type { NexthopTable } from './nexthops.js';
export type { Gateway, GatewayFilter, GatewayTable } from './gateways.js';
export type { ClassicGateways, ClassicMapping, ClassicOptions } from './classic.js';
export type { Sysctls } from './sysctls.js';
export type { Listener } from './notices.js';
export type { WatchOptions } from './watch.js';
export type { Address, AddressFilter, AddressInput } from './model/address.js';
export type {
  AddressChange,
  AddressChangeInput,
  Change,
  ChangeInput,
  LinkChange,
  LinkState,
  NexthopChange,
  NexthopChangeInput,
  RouteChange,
  RouteChangeInput,
  RuleChange,
  RuleChangeInput,
} from './model/change.js';
export type { LoadResult, RouteColumns } from './columns.js';
export type { RestoreRefusal, RestoreResult } from './restore.js';
export type {
  Answer,
  Decision,
  DecisionColumn,
  Flow,
  FlowColumn,
  FlowColumns,
  FlowPaths,
  HashForm,
  Info,
} from './model/flow.js';
export type {
  Link,
  LinkInput,
  LinkKind,
  LinkOptions,
  LinkPeer,
  LinkUpdate,
  OperState,
} from './model/link.js';
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
export type { NumberRange, Rule, RuleAction, RuleInput } from './model/rule.js';
export type {
  NexthopBucket,
  NexthopGroupType,
  NexthopInput,
  NexthopMember,
  NexthopObject,
  Resilience,
} from './model/nexthop.js';
export type { TrieShape } from './text/proc.js';
