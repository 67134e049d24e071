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
  encap: u32;

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
  oif: u32;
  table: u32;

  /** Address of the destination, 4 host-order words. */
  @inline get dst(): usize {
    return changetype<usize>(this) + abi.FLOW_DST;
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

  /** Address of the gateway, 4 host-order words. */
  @inline get gateway(): usize {
    return changetype<usize>(this) + abi.RESULT_GATEWAY;
  }


  @inline get prefsrc(): usize {
    return changetype<usize>(this) + abi.RESULT_PREFSRC;
  }
}

/** Where a dump stands. Layout: CURSOR_*. */
@unmanaged export class Cursor {
  state: u32;
  only: u32;
  table: u32;
  skip: u32;
  need: u32;

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
if (offsetof<NexthopRecord>("encap") != abi.NEXTHOP_ENCAP || offsetof<NexthopRecord>() != abi.NEXTHOP_GATEWAY)
  ERROR("NexthopRecord");
if (offsetof<Flow>("table") != abi.FLOW_TABLE) ERROR("Flow");
if (offsetof<Result>("prefixLen") != abi.RESULT_PREFIX_LEN || offsetof<Result>("flags") != abi.RESULT_FLAGS)
  ERROR("Result");
if (offsetof<Cursor>() != abi.CURSOR_KEY) ERROR("Cursor");
if (offsetof<Row>("empty") != abi.ROW_EMPTY || offsetof<Row>() != abi.ROW_KEY) ERROR("Row");
if (offsetof<Walk>("done") != abi.WALK_DONE) ERROR("Walk");
if (offsetof<Summary>("totalDepth") != abi.SUMMARY_TOTAL_DEPTH || offsetof<Summary>() != abi.SUMMARY_BY_BITS)
  ERROR("Summary");
