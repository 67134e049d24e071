// record.ts - what crosses between facade and core, as the core sees it. The byte tables are in src/abi/records.ts,
// which both compilers read; the lines at the end compare its numbers with these layouts.

import * as abi from "../src/abi/records";

/** A route in or out. Layout: ROUTE_* in src/abi/records.ts. */
@unmanaged export class RouteRecord {
  family: u8;
  dstLen: u8;
  tos: u8;
  type: u8;
  protocol: u8;
  scope: u8;
  count: u16;
  table: u32;
  priority: u32;
  flags: u32;
  nhid: u32;
  id: u32;
  refs: u32;

  /** Address of the prefix, 4 host-order words. */
  @inline get dst(): usize {
    return changetype<usize>(this) + abi.ROUTE_DST;
  }


  @inline get prefsrc(): usize {
    return changetype<usize>(this) + abi.ROUTE_PREFSRC;
  }


  @inline get metrics(): usize {
    return changetype<usize>(this) + abi.ROUTE_METRICS;
  }


  @inline nexthop(i: u32): NexthopRecord {
    return changetype<NexthopRecord>(
      changetype<usize>(this) + abi.ROUTE_NEXTHOPS + <usize>i * abi.NEXTHOP_BYTES,
    );
  }
}

/** A path of a route in or out. Layout: NEXTHOP_*. */
@unmanaged export class NexthopRecord {
  oif: u32;
  family: u8;
  flags: u8;
  weight: u16;
  realm: u32;
  scope: u8;
  isBlackhole: u8;

  /** Address of the gateway, 4 host-order words. */
  @inline get gateway(): usize {
    return changetype<usize>(this) + abi.NEXTHOP_GATEWAY;
  }
}

/** A question. Layout: FLOW_*. */
@unmanaged export class Flow {
  family: u8;
  tos: u8;
  scope: u8;
  flags: u8;
  oif: u32;
  table: u32;
  iif: u32;

  /** Address of the destination, 4 host-order words. */
  @inline get dst(): usize {
    return changetype<usize>(this) + abi.FLOW_DST;
  }

  /** Address of the source, 4 host-order words; zero = none. */
  @inline get src(): usize {
    return changetype<usize>(this) + abi.FLOW_SRC;
  }

  /** Firewall mark. */
  @inline get mark(): u32 {
    return load<u32>(changetype<usize>(this), abi.FLOW_MARK);
  }

  /** User that asks. */
  @inline get uid(): u32 {
    return load<u32>(changetype<usize>(this), abi.FLOW_UID);
  }

  /** Sets the mark. */
  @inline set mark(value: u32) {
    store<u32>(changetype<usize>(this), value, abi.FLOW_MARK);
  }

  /** Sets the user. */
  @inline set uid(value: u32) {
    store<u32>(changetype<usize>(this), value, abi.FLOW_UID);
  }

  /** Protocol number. */
  @inline get ipproto(): u8 {
    return load<u8>(changetype<usize>(this), abi.FLOW_IPPROTO);
  }

  /** FORM_*. */
  @inline get form(): u8 {
    return load<u8>(changetype<usize>(this), abi.FLOW_FORM);
  }

  /** Source port, host order. */
  @inline get sport(): u16 {
    return load<u16>(changetype<usize>(this), abi.FLOW_SPORT);
  }

  /** Destination port, host order. */
  @inline get dport(): u16 {
    return load<u16>(changetype<usize>(this), abi.FLOW_DPORT);
  }

  /** Sets both ports. */
  @inline setPorts(sport: u16, dport: u16): void {
    store<u16>(changetype<usize>(this), sport, abi.FLOW_SPORT);
    store<u16>(changetype<usize>(this), dport, abi.FLOW_DPORT);
  }

  /** True if paths whose link is down are accepted (FIB-81). */
  @inline get ignoresLinkstate(): bool {
    return (this.flags & abi.FLOW_F_IGNORE_LINKSTATE) != 0;
  }
}

/** An answer. Layout: RESULT_*. */
@unmanaged export class Result {
  id: u32;
  table: u32;
  priority: u32;
  oif: u32;
  prefixLen: u8;
  type: u8;
  scope: u8;
  tos: u8;
  protocol: u8;
  family: u8;
  nexthop: u16;
  flags: u32;
  realm: u32;

  /** Address of the gateway, 4 host-order words. */
  @inline get gateway(): usize {
    return changetype<usize>(this) + abi.RESULT_GATEWAY;
  }

  /** Address of the preferred source, 4 host-order words. */
  @inline get prefsrc(): usize {
    return changetype<usize>(this) + abi.RESULT_PREFSRC;
  }

  /** Sets a word behind the prefsrc. */
  @inline put(field: usize, value: u32): void {
    store<u32>(changetype<usize>(this) + field, value);
  }

  /** A word behind the prefsrc. */
  @inline word(field: usize): u32 {
    return load<u32>(changetype<usize>(this) + field);
  }
}

/** The columns of a flow batch: where they are. Layout: FLOWS_*. */
@unmanaged export class Columns {
  dst: usize;
  src: usize;
  iif: usize;
  oif: usize;
  mark: usize;
  uid: usize;
  table: usize;
  sport: usize;
  dport: usize;
  ipproto: usize;
  tos: usize;
  id: usize;
  path: usize;
  dev: usize;
  via: usize;
  source: usize;
  flags: usize;
  type: usize;
  error: usize;
  miss: u32;
  form: u8;
  isSwapped: bool;
  tells: bool;

  /** A block of words to work in, and half as many bytes behind it. */
  @inline get room(): usize {
    return changetype<usize>(this) + abi.FLOWS_ROOM;
  }
}

/** A word of a column, 0 without the column. */
// @ts-ignore: decorator
@inline export function wordOf(column: usize, row: u32): u32 {
  return column ? load<u32>(column + ((<usize>row) << 2)) : 0;
}

/** A byte of a column, 0 without the column. */
// @ts-ignore: decorator
@inline export function byteOf(column: usize, row: u32): u8 {
  return column ? load<u8>(column + <usize>row) : 0;
}

/** An address of a column, host order. */
// @ts-ignore: decorator
@inline export function addressOf(c: Columns, column: usize, row: u32): u32 {
  const address = wordOf(column, row);
  return c.isSwapped ? bswap<u32>(address) : address;
}

/** A port of a column, host order. */
// @ts-ignore: decorator
@inline export function portOf(c: Columns, column: usize, row: u32): u16 {
  if (!column) return 0;
  const port = load<u16>(column + ((<usize>row) << 1));
  return c.isSwapped ? bswap<u16>(port) : port;
}

/** Where the id of a row goes. */
// @ts-ignore: decorator
@inline export function idAt(c: Columns, row: u32): usize {
  return c.id + ((<usize>row) << 2);
}

/** Where the path of a row goes. */
// @ts-ignore: decorator
@inline export function pathAt(c: Columns, row: u32): usize {
  return c.path + ((<usize>row) << 1);
}

/** A nexthop object in or out. Layout: OBJECT_*. */
@unmanaged export class ObjectRecord {
  id: u32;
  family: u8;
  kind: u8;
  protocol: u8;
  scope: u8;
  flags: u32;
  count: u32;
  groupType: u8;
  options: u8;
  buckets: u16;
  idleTimer: u32;
  unbalancedTimer: u32;
  refs: u32;

  /** Says how long buckets have been with the wrong member. */
  @inline set unbalanced(ticks: u32) {
    store<u32>(changetype<usize>(this), ticks, abi.OBJECT_UNBALANCED);
  }

  /** Its own path. */
  @inline get nexthop(): NexthopRecord {
    return changetype<NexthopRecord>(changetype<usize>(this) + abi.OBJECT_NEXTHOP);
  }

  /** Id of member i. */
  @inline memberId(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + abi.OBJECT_MEMBERS + <usize>i * abi.MEMBER_BYTES);
  }

  /** Weight of member i. */
  @inline memberWeight(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + abi.OBJECT_MEMBERS + <usize>i * abi.MEMBER_BYTES, 4);
  }

  /** Sets member i. */
  @inline setMember(i: u32, id: u32, weight: u32): void {
    const at = changetype<usize>(this) + abi.OBJECT_MEMBERS + <usize>i * abi.MEMBER_BYTES;
    store<u32>(at, id);
    store<u32>(at, weight, 4);
  }
}

/** Where a dump stands. Layout: CURSOR_*. */
@unmanaged export class Cursor {
  state: u32;
  only: u32;
  table: u32;
  skip: u32;
  need: u32;
  filter: u32;

  /** Address of the first key not finished, 4 host-order words. */
  @inline get key(): usize {
    return changetype<usize>(this) + abi.CURSOR_KEY;
  }
}

/** A line of a trie's shape. Layout: ROW_*. */
@unmanaged export class Row {
  kind: u8;
  depth: u8;
  length: u8;
  bits: u8;
  scope: u8;
  type: u8;
  tos: u8;
  full: u32;
  empty: u32;

  /** Address of the key, 4 host-order words. */
  @inline get key(): usize {
    return changetype<usize>(this) + abi.ROW_KEY;
  }
}

/** Where a walk over a trie's shape stands. Layout: WALK_*. */
@unmanaged export class Walk {
  table: u32;
  node: usize;
  depth: u32;
  alias: u32;
  done: u32;
}

/** A route through a gateway. Layout: GATEWAY_*. */
@unmanaged export class GatewayRow {
  id: u32;
  serial: u32;
  table: u32;
  priority: u32;
  dstLen: u32;
  tos: u32;
}

/** A table's figures. Layout: SUMMARY_*. */
@unmanaged export class Summary {
  id: u32;
  routes: u32;
  leaves: u32;
  aliases: u32;
  tnodes: u32;
  pointers: u32;
  nulls: u32;
  maxDepth: u32;
  totalDepth: f64;

  /** Counts one more tnode of this width. */
  @inline count(bits: u32): void {
    const at = changetype<usize>(this) + abi.SUMMARY_BY_BITS + ((<usize>bits) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

if (offsetof<RouteRecord>("count") != abi.ROUTE_COUNT || offsetof<RouteRecord>() != abi.ROUTE_DST)
  ERROR("RouteRecord");
if (offsetof<RouteRecord>("nhid") != abi.ROUTE_NHID || offsetof<RouteRecord>("id") != abi.ROUTE_ID)
  ERROR("RouteRecord");
if (offsetof<GatewayRow>() != abi.GATEWAY_DST) ERROR("GatewayRow");
if (offsetof<NexthopRecord>("scope") != abi.NEXTHOP_SCOPE) ERROR("NexthopRecord");
if (offsetof<Flow>("iif") != abi.FLOW_IIF || offsetof<Flow>() != abi.FLOW_DST) ERROR("Flow");
if (offsetof<Result>("prefixLen") != abi.RESULT_PREFIX_LEN || offsetof<Result>("realm") != abi.RESULT_REALM)
  ERROR("Result");
if (offsetof<Columns>("id") != abi.FLOWS_ID || offsetof<Columns>("isSwapped") != abi.FLOWS_IS_SWAPPED)
  ERROR("Columns");
if (offsetof<ObjectRecord>() != abi.OBJECT_NEXTHOP) ERROR("ObjectRecord");
if (offsetof<Cursor>() != abi.CURSOR_KEY) ERROR("Cursor");
if (offsetof<Row>("empty") != abi.ROW_EMPTY || offsetof<Row>() != abi.ROW_KEY) ERROR("Row");
if (offsetof<Walk>("done") != abi.WALK_DONE) ERROR("Walk");
if (offsetof<Summary>("totalDepth") != abi.SUMMARY_TOTAL_DEPTH || offsetof<Summary>() != abi.SUMMARY_BY_BITS)
  ERROR("Summary");
