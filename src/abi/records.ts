/**
 * abi/records.ts - byte offsets of what crosses between the facade and the core; imports nothing.
 * Host order (little endian), addresses as 4 host-order words of which IPv4 uses the first. Read by both compilers.
 * The core's mirror of these numbers is assembly/record.ts, where the compiler compares the two.
 */

/**
 * Route record: a route on its way in (add, delete, find) or out (dump, find, info).
 *   off  size  field
 *     0     1  family     AF_INET
 *     1     1  dstLen     prefix length
 *     2     1  tos        dsfield byte, ECN bits zero
 *     3     1  type       RTN_*; in a delete 0 matches any
 *     4     1  protocol   in a delete 0 matches any
 *     5     1  scope      in a delete RT_SCOPE_NOWHERE matches any
 *     6     2  count      nexthops that follow
 *     8     4  table      0 means main
 *    12     4  priority   metric; in a delete 0 matches any
 *    16     4  flags      rtm_flags; out: as a message shows them (CFG-87)
 *    20     4  nhid       nexthop object, 0 = none; out: its paths follow as nexthops
 *    24     4  id         out: fib info id, also of a route that was added; in a delete the metrics that were given:
 *                       bit RTAX number - 1 says that this word must be the same even if it is 0;
 *                       out of a batch: why the route was refused, REASON_*
 *    28     4  refs       out: routes that share the fib info; in a delete 0: one nexthop,
 *                       compared with the first; 1: a list, as long or longer (CFG-59); 2: exactly this list;
 *                       out of a batch: flags of the notice, 0 or a negated errno
 *    32    16  dst        prefix
 *    48    16  prefsrc    0 = none
 *    64    68  metrics    17 words, RTAX number - 1
 *   132        then `count` nexthop records
 */
export const ROUTE_FAMILY = 0;
export const ROUTE_DST_LEN = 1;
export const ROUTE_TOS = 2;
export const ROUTE_TYPE = 3;
export const ROUTE_PROTOCOL = 4;
export const ROUTE_SCOPE = 5;
export const ROUTE_COUNT = 6;
export const ROUTE_TABLE = 8;
export const ROUTE_PRIORITY = 12;
export const ROUTE_FLAGS = 16;
export const ROUTE_NHID = 20;
export const ROUTE_ID = 24;
export const ROUTE_REFS = 28;
export const ROUTE_DST = 32;
export const ROUTE_PREFSRC = 48;
export const ROUTE_METRICS = 64;
export const ROUTE_NEXTHOPS = 132;

/**
 * Nexthop record.
 *   off  size  field
 *     0     4  oif       0 = none
 *     4     1  family    of the gateway: 0 = none, AF_INET, AF_INET6
 *     5     1  flags     RTNH_F_*
 *     6     2  weight    1..256
 *     8     4  realm
 *    12     1  scope     of the gateway's reachability (FIB-93); in: 0 = as the route's scope and gateway say
 *    13     1  isBlackhole  out: 1 = of a blackhole object, which makes a message show the route as one (CFG-89)
 *    16    16  gateway
 */
export const NEXTHOP_OIF = 0;
export const NEXTHOP_FAMILY = 4;
export const NEXTHOP_FLAGS = 5;
export const NEXTHOP_WEIGHT = 6;
export const NEXTHOP_REALM = 8;
export const NEXTHOP_SCOPE = 12;
export const NEXTHOP_IS_BLACKHOLE = 13;
export const NEXTHOP_GATEWAY = 16;
export const NEXTHOP_BYTES = 32;

/** Most nexthops of one route: what fits a 64 KiB attribute in 8-byte records. */
export const NEXTHOPS_MAX = 8191;

/**
 * Row of the reverse index: a route through a gateway.
 *   off  size  field
 *     0     4  id        fib info
 *     4     4  serial    of its coming: younger routes have higher ones
 *     8     4  table
 *    12     4  priority
 *    16     4  dstLen    prefix length
 *    20     4  tos
 *    24    16  dst       prefix
 */
export const GATEWAY_ID = 0;
export const GATEWAY_SERIAL = 4;
export const GATEWAY_TABLE = 8;
export const GATEWAY_PRIORITY = 12;
export const GATEWAY_DST_LEN = 16;
export const GATEWAY_TOS = 20;
export const GATEWAY_DST = 24;
export const GATEWAY_BYTES = 40;

/** Fields of a gate and of a mapping that the facade reads (assembly/gateway/). */
export const GATE_FAMILY = 8;
export const GATE_ADDRESS = 12;
export const MAPPING_GATEWAY = 4;
export const MAPPING_DESTINATION = 8;

/**
 * Flow record: a question.
 *   off  size  field
 *     0     1  family   AF_INET
 *     1     1  tos      dsfield byte
 *     2     1  scope    floor (FIB-90)
 *     3     1  flags    FLOW_F_*
 *     4     4  oif      0 = any
 *     8     4  table    0 = as the rules say; else this one alone
 *    12     4  iif      input interface; 0 = loopback, that is, made here
 *    16    16  dst
 *    32    16  src      0 = none
 *    48     4  mark
 *    52     4  uid      0xffffffff = none, as forwarded packets have
 *    56     1  ipproto
 *    57     1  form     what is hashed: FORM_QUERY, FORM_PACKET, FORM_SOCKET (MPH-6..9)
 *    58     2  sport    host order
 *    60     2  dport    host order
 *    64     8  tunId
 */
export const FLOW_FAMILY = 0;
export const FLOW_TOS = 1;
export const FLOW_SCOPE = 2;
export const FLOW_FLAGS = 3;
export const FLOW_OIF = 4;
export const FLOW_TABLE = 8;
export const FLOW_IIF = 12;
export const FLOW_DST = 16;
export const FLOW_SRC = 32;
export const FLOW_MARK = 48;
export const FLOW_UID = 52;
export const FLOW_IPPROTO = 56;
export const FLOW_FORM = 57;
export const FLOW_SPORT = 58;
export const FLOW_DPORT = 60;
export const FLOW_TUN_ID = 64;
export const FLOW_BYTES = 72;
/** Accept paths whose link is down (FIB-81). */
export const FLOW_F_IGNORE_LINKSTATE = 1;
/** A decision marks the path, and later answers from it show the mark (RTM_F_NOTIFY, CFG-75). */
export const FLOW_F_NOTIFY = 2;
/** Take the first acceptable path, whatever the hash says. */
export const FLOW_F_FIRST_PATH = 4;
export const FORM_QUERY = 0;
export const FORM_PACKET = 1;
export const FORM_SOCKET = 2;

/**
 * Result record: an answer. `lookup` fills the first 64 bytes and realm; a decision (`output`, `input`) fills all.
 *   off  size  field
 *     0     4  id          fib info, 0 = none
 *     4     4  table       the one searched, 0 = none
 *     8     4  priority
 *    12     4  oif         of the nexthop taken; in a decision the device that the packet leaves or arrives through
 *    16     1  prefixLen
 *    17     1  type        in a decision that of the route as used, RTN_*
 *    18     1  scope
 *    19     1  tos
 *    20     1  protocol
 *    21     1  family      of the gateway, 0 = none
 *    22     2  nexthop     index of the nexthop taken
 *    24     4  flags       of the nexthop taken
 *    28     4  realm       class id of the nexthop taken
 *    32    16  gateway
 *    48    16  prefsrc     of the route; in a decision the source chosen (output) or the local address to answer from
 *    64     4  cacheFlags  RTCF_*
 *    68     4  iif         decision: input interface, 0 on output
 *    72     4  error       decision: a negated errno that is kept with the entry (input without a route), else 0
 *    76     4  nhid        nexthop object of the route, 0 = none
 *    80     4  routeType   type of the route that was found, before a decision changed it
 *    84     4  entry       decision: the fib info that gives gateway and metrics, 0 = none
 *    88     8  handle      decision: of the route cache's entry, f64; 0 = none was kept
 *    96     4  specDst     input, with a route cache: the address of ours that the sender meant or would mean
 *   100     4  users       decision: references to the entry of the path, the asker's among them
 */
export const RESULT_ID = 0;
export const RESULT_TABLE = 4;
export const RESULT_PRIORITY = 8;
export const RESULT_OIF = 12;
export const RESULT_PREFIX_LEN = 16;
export const RESULT_TYPE = 17;
export const RESULT_SCOPE = 18;
export const RESULT_TOS = 19;
export const RESULT_PROTOCOL = 20;
export const RESULT_FAMILY = 21;
export const RESULT_NEXTHOP = 22;
export const RESULT_FLAGS = 24;
export const RESULT_REALM = 28;
export const RESULT_GATEWAY = 32;
export const RESULT_PREFSRC = 48;
export const RESULT_CACHE_FLAGS = 64;
export const RESULT_IIF = 68;
export const RESULT_ERROR = 72;
export const RESULT_NHID = 76;
export const RESULT_ROUTE_TYPE = 80;
export const RESULT_ENTRY = 84;
export const RESULT_HANDLE = 88;
export const RESULT_SPEC_DST = 96;
export const RESULT_USERS = 100;
export const RESULT_BYTES = 104;

/** Entry of the route cache (RC-1..6), kept in the arena: its table stands in assembly/cache/rtable.ts. Times are ticks, f64. */
export const ENTRY_NEXT = 0;
export const ENTRY_USE = 4;
export const ENTRY_SLOT = 8;
export const ENTRY_SERIAL = 12;
export const ENTRY_DST = 16;
export const ENTRY_SRC = 20;
export const ENTRY_INDEX = 24;
export const ENTRY_MARK = 28;
export const ENTRY_TOS = 32;
export const ENTRY_SCOPE = 33;
export const ENTRY_FAMILY = 34;
export const ENTRY_OBSOLETE = 35;
export const ENTRY_GENID = 36;
export const ENTRY_ID = 40;
export const ENTRY_PATH = 44;
export const ENTRY_TYPE = 46;
export const ENTRY_ERROR = 47;
export const ENTRY_LASTUSE = 48;
export const ENTRY_DEVICE = 56;
export const ENTRY_DETAIL = 60;
export const ENTRY_BYTES = 64;
/** The rest of it, at the address in ENTRY_DETAIL. */
export const DETAIL_GATEWAY = 0;
export const DETAIL_DST_FLAGS = 16;
export const DETAIL_PREFIX_LEN = 17;
export const DETAIL_INPUT = 18;
export const DETAIL_OUTPUT = 19;
export const DETAIL_FLAGS = 20;
export const DETAIL_EXPIRES = 24;
export const DETAIL_RATE_LAST = 32;
export const DETAIL_RATE_TOKENS = 40;
export const DETAIL_RT_DST = 48;
export const DETAIL_RT_SRC = 52;
export const DETAIL_RT_IIF = 56;
export const DETAIL_SPEC_DST = 60;
export const DETAIL_REALM = 64;
export const DETAIL_ROUTE_TYPE = 68;
export const DETAIL_TABLE = 72;
export const DETAIL_METRICS = 92;
export const DETAIL_REFS = 160;
export const DETAIL_NEIGHBOUR = 164;
export const DETAIL_BYTES = 168;
/** Bits of ENTRY_TOS beside the tos: ONLINK was asked (output), or the entry is for input. */
export const ENTRY_ONLINK = 1;
export const ENTRY_INPUT_KEY = 2;
/** Flags of a dst (RC-1). */
export const DST_HOST = 1;
export const DST_NOXFRM = 2;
export const DST_NOPOLICY = 4;
export const DST_NOHASH = 8;
/** What an entry does with a packet that comes in, and with one that goes out (RC-1). */
export const DST_IN_NONE = 0;
export const DST_IN_LOCAL = 1;
export const DST_IN_FORWARD = 2;
export const DST_IN_ERROR = 3;
export const DST_IN_DISCARD = 4;
export const DST_OUT_NONE = 0;
export const DST_OUT_OUTPUT = 1;
export const DST_OUT_MULTICAST = 2;
export const DST_OUT_BUG = 3;
export const DST_OUT_DISCARD = 4;
/** Most entries, as a power of two: a handle is serial * 2^24 + slot. */
export const SLOT_BITS = 24;

/**
 * The route cache itself: one block, whose address is in STATE_CACHE (0: the cache is off); its table stands in
 * assembly/cache/rtable.ts. Times are ticks, f64; sysctls are i32 in the units in which the kernel keeps them: ticks,
 * entries, numbers, bytes.
 */
export const RTC_BUCKETS = 0;
export const RTC_BITS = 4;
export const RTC_NEIGHBOUR_COUNT = 12;
export const RTC_COUNT = 36;
export const RTC_GARBAGE = 40;
export const RTC_BYPASSED = 44;
export const RTC_REBUILDS = 48;
export const RTC_CHAIN_MAX = 52;
export const RTC_ROVER = 56;
export const RTC_SCANNED = 60;
export const RTC_EQUILIBRIUM = 64;
export const RTC_EXPIRE = 72;
export const RTC_LAST_GC = 80;
export const RTC_LAST_SCAN = 88;
export const RTC_NEXT_SCAN = 96;
export const RTC_NEXT_SECRET = 104;
export const RTC_GARBAGE_DELAY = 112;
export const RTC_GARBAGE_INCREMENT = 120;
export const RTC_NEXT_GARBAGE = 128;
export const RTC_TICK = 136;
export const RTC_COUNTERS = 144;
export const RTC_SYSCTLS = 208;
export const RTC_BYTES = 280;
/** Counters: words of RTC_COUNTERS, as /proc/net/stat/rt_cache has them (RC-117). */
export const RTC_COUNTER_IN_HIT = 0;
export const RTC_COUNTER_IN_SLOW_TOT = 1;
export const RTC_COUNTER_IN_SLOW_MC = 2;
export const RTC_COUNTER_IN_NO_ROUTE = 3;
export const RTC_COUNTER_IN_BRD = 4;
export const RTC_COUNTER_IN_MARTIAN_DST = 5;
export const RTC_COUNTER_IN_MARTIAN_SRC = 6;
export const RTC_COUNTER_OUT_HIT = 7;
export const RTC_COUNTER_OUT_SLOW_TOT = 8;
export const RTC_COUNTER_OUT_SLOW_MC = 9;
export const RTC_COUNTER_GC_TOTAL = 10;
export const RTC_COUNTER_GC_IGNORED = 11;
export const RTC_COUNTER_GC_GOAL_MISS = 12;
export const RTC_COUNTER_GC_DST_OVERFLOW = 13;
export const RTC_COUNTER_IN_HLIST_SEARCH = 14;
export const RTC_COUNTER_OUT_HLIST_SEARCH = 15;
export const RTC_COUNTERS_LENGTH = 16;
/** Sysctls: words of RTC_SYSCTLS. A new secret interval goes in through the door `cacheSecret` (RC-27). */
export const RTC_SYSCTL_GC_THRESH = 0;
export const RTC_SYSCTL_MAX_SIZE = 1;
export const RTC_SYSCTL_GC_MIN_INTERVAL = 2;
export const RTC_SYSCTL_GC_TIMEOUT = 3;
export const RTC_SYSCTL_GC_INTERVAL = 4;
export const RTC_SYSCTL_GC_ELASTICITY = 5;
export const RTC_SYSCTL_REDIRECT_LOAD = 6;
export const RTC_SYSCTL_REDIRECT_NUMBER = 7;
export const RTC_SYSCTL_REDIRECT_SILENCE = 8;
export const RTC_SYSCTL_ERROR_COST = 9;
export const RTC_SYSCTL_ERROR_BURST = 10;
export const RTC_SYSCTL_MTU_EXPIRES = 11;
export const RTC_SYSCTL_MIN_PMTU = 12;
export const RTC_SYSCTL_MIN_ADV_MSS = 13;
export const RTC_SYSCTL_SECRET_INTERVAL = 14;
export const RTC_SYSCTL_REBUILD_COUNT = 15;
/** Most neighbours, net.ipv4.neigh.default.gc_thresh3. There is no ARP here that would bound them: 2^31 - 1. */
export const RTC_SYSCTL_NEIGHBOURS = 16;

/**
 * Columns of a flow batch: the address of an array with a value for each row, 0 where all rows have 0. Each array has
 * room for a multiple of FLOWS_BLOCK rows.
 *   off  size  field
 *     0     4  dst      u32
 *     4     4  src      u32
 *     8     4  iif      u32
 *    12     4  oif      u32
 *    16     4  mark     u32
 *    20     4  uid      u32
 *    24     4  table    u32; 0 in a row: as the rules say, else this one alone
 *    28     4  sport    u16
 *    32     4  dport    u16
 *    36     4  ipproto  u8
 *    40     4  tos      u8
 *    44     4  id       u32, out: fib info
 *    48     4  path     u16, out: index of the nexthop taken, FLOWS_NO_PATH for none
 *    52     4  dev      u32, out of a decision, as all below: index of the device, 0 = none
 *    56     4  via      u32: the IPv4 gateway, 0 = none
 *    60     4  source   u32: source address
 *    64     4  flags    u32: RTCF_*
 *    68     4  type     u8: RTN_*
 *    72     4  error    u8: positive errno, 0 = decided
 *    76     4  miss     the id of a row without an answer
 *    80     1  form     FORM_*, of all rows
 *    81     1  isSwapped  1 = addresses and ports are in network order
 *    82     1  tells    1 = there are columns from dev to error
 *    88   288  room       for the core to work in
 */
export const FLOWS_DST = 0;
export const FLOWS_SRC = 4;
export const FLOWS_IIF = 8;
export const FLOWS_OIF = 12;
export const FLOWS_MARK = 16;
export const FLOWS_UID = 20;
export const FLOWS_TABLE = 24;
export const FLOWS_SPORT = 28;
export const FLOWS_DPORT = 32;
export const FLOWS_IPPROTO = 36;
export const FLOWS_TOS = 40;
export const FLOWS_ID = 44;
export const FLOWS_PATH = 48;
export const FLOWS_DEV = 52;
export const FLOWS_VIA = 56;
export const FLOWS_SOURCE = 60;
export const FLOWS_FLAGS = 64;
export const FLOWS_TYPE = 68;
export const FLOWS_ERROR = 72;
export const FLOWS_MISS = 76;
export const FLOWS_FORM = 80;
export const FLOWS_IS_SWAPPED = 81;
export const FLOWS_TELLS = 82;
export const FLOWS_ROOM = 88;
export const FLOWS_BYTES = 376;
/** Rows that are asked side by side: as many as a set in a u64 has bits. */
export const FLOWS_BLOCK = 64;
export const FLOWS_NO_PATH = 0xffff;

/** Room that a call works in: a flow record, a result record behind it, and columns. */
export const ROOM_BYTES = FLOW_BYTES + RESULT_BYTES + FLOWS_ROOM;

/**
 * Cursor: where a dump of routes stands. It survives every change in between; all zero starts one.
 *   off  size  field
 *     0     4  state   0 before a table, 1 inside one, 2 finished
 *     4     4  only    dump this table alone, 0 = all
 *     8     4  table   the one being dumped, or the last one
 *    12     4  skip    aliases of the leaf at `key` that were given already
 *    16     4  need    bytes of the record that found no room
 *    20     4  filter  CURSOR_F_*
 *    24    16  key     first key not finished
 */
export const CURSOR_STATE = 0;
export const CURSOR_ONLY = 4;
export const CURSOR_TABLE = 8;
export const CURSOR_SKIP = 12;
export const CURSOR_NEED = 16;
export const CURSOR_FILTER = 20;
export const CURSOR_KEY = 24;
export const CURSOR_BYTES = 40;
export const CURSOR_FINISHED = 2;
/** Only routes that lost their source address and wait to be flushed (FIB-132). */
export const CURSOR_F_SOURCE_GONE = 1;

/**
 * Shape row: one line of a table's trie, in the order of /proc/net/fib_trie.
 *   off  size  field
 *     0     1  kind     ROW_TNODE, ROW_LEAF, ROW_ALIAS
 *     1     1  depth    tnodes above and including this one (PROC-4)
 *     2     1  length   tnode: 32 - pos - bits; alias: prefix length
 *     3     1  bits     tnode
 *     4     1  scope    alias
 *     5     1  type     alias
 *     6     1  tos      alias
 *     8     4  full     tnode
 *    12     4  empty    tnode
 *    16    16  key
 */
export const ROW_KIND = 0;
export const ROW_DEPTH = 1;
export const ROW_LENGTH = 2;
export const ROW_BITS = 3;
export const ROW_SCOPE = 4;
export const ROW_TYPE = 5;
export const ROW_TOS = 6;
export const ROW_FULL = 8;
export const ROW_EMPTY = 12;
export const ROW_KEY = 16;
export const ROW_BYTES = 32;
export const ROW_TNODE = 1;
export const ROW_LEAF = 2;
export const ROW_ALIAS = 3;

/**
 * Shape walk: where a walk over a trie stands. It lives between changes only; all zero but `table` starts one.
 *   off  size  field
 *     0     4  table
 *     4     4  node     next node, 0 before the first
 *     8     4  depth    of that node
 *    12     4  alias    aliases of that leaf that were given already
 *    16     4  done
 */
export const WALK_TABLE = 0;
export const WALK_NODE = 4;
export const WALK_DEPTH = 8;
export const WALK_ALIAS = 12;
export const WALK_DONE = 16;
export const WALK_BYTES = 20;

/**
 * Table summary, for /proc/net/fib_triestat and stats.
 *   off  size  field
 *     0     4  id
 *     4     4  routes      aliases of this table id
 *     8     4  leaves      of its trie, as the four below
 *    12     4  aliases
 *    16     4  tnodes
 *    20     4  pointers    slots
 *    24     4  nulls       empty slots
 *    28     4  maxDepth
 *    32     8  totalDepth  sum of the leaves' depths, f64
 *    40   116  byBits      tnodes by bits, 29 words
 */
export const SUMMARY_ID = 0;
export const SUMMARY_ROUTES = 4;
export const SUMMARY_LEAVES = 8;
export const SUMMARY_ALIASES = 12;
export const SUMMARY_TNODES = 16;
export const SUMMARY_POINTERS = 20;
export const SUMMARY_NULLS = 24;
export const SUMMARY_MAX_DEPTH = 28;
export const SUMMARY_TOTAL_DEPTH = 32;
export const SUMMARY_BY_BITS = 40;
export const SUMMARY_BYTES = 156;

/**
 * Device record: an interface. The core keeps one for each; the facade reads and writes its fields in place.
 *   off  size  field
 *     0     4  index      1 or more
 *     4     4  flags      IFF_*
 *     8    16  name       NUL-terminated
 *    24     4  mtu
 *    28     4  group      IFLA_GROUP
 *    32     4  master     index of the bridge or VRF above, 0 = none
 *    36     4  peer       index of the other end (IFLA_LINK), 0 = none
 *    40     4  table      of a VRF device, else 0
 *    44     2  type       ARPHRD_*
 *    46     1  kind       LINK_*
 *    47     1  operstate  IF_OPER_*
 *    48     1  carrier    1 = there is one
 *    49     1  hwLength   bytes of the hardware address
 *    50     1  inet       1 = has IPv4 state
 *    51     1  pending    place among the carrier reports that are still to come, 0 = none
 *    52     4  txqlen
 *    56     4  carrierUps    how often carrier came
 *    60     4  carrierDowns  how often it went
 *    64     8  address    hardware address
 *    72     8  broadcast  hardware broadcast address
 *    80    32  conf       net.ipv4.conf.NAME.*, a byte each: CONF_*
 *   112     4  confSet    bit CONF_*: set for this device, so that the default does not change it any more
 *   116     1  isForwarding  1 = a port of a bridge, and frames pass
 *   117     1  given      LINK_GIVEN_*: set by somebody, so that a bridge does not take it from its ports; LINK_WAS_UP
 *   118     2  port       place among the ports of a bridge, the latest is highest
 */
export const DEVICE_INDEX = 0;
export const DEVICE_FLAGS = 4;
export const DEVICE_NAME = 8;
export const DEVICE_MTU = 24;
export const DEVICE_GROUP = 28;
export const DEVICE_MASTER = 32;
export const DEVICE_PEER = 36;
export const DEVICE_TABLE = 40;
export const DEVICE_TYPE = 44;
export const DEVICE_KIND = 46;
export const DEVICE_OPERSTATE = 47;
export const DEVICE_CARRIER = 48;
export const DEVICE_HW_LENGTH = 49;
export const DEVICE_INET = 50;
export const DEVICE_PENDING = 51;
export const DEVICE_TXQLEN = 52;
export const DEVICE_CARRIER_UPS = 56;
export const DEVICE_CARRIER_DOWNS = 60;
export const DEVICE_ADDRESS = 64;
export const DEVICE_BROADCAST = 72;
export const DEVICE_CONF = 80;
export const DEVICE_CONF_SET = 112;
export const DEVICE_IS_FORWARDING = 116;
export const DEVICE_GIVEN = 117;
export const DEVICE_PORT = 118;
export const DEVICE_BYTES = 128;
/** Kinds of a device. */
export const LINK_PLAIN = 0;
export const LINK_LOOPBACK = 1;
export const LINK_DUMMY = 2;
export const LINK_IFB = 3;
export const LINK_VETH = 4;
export const LINK_BRIDGE = 5;
export const LINK_VRF = 6;
export const LINK_TUN = 7;
/** What of a bridge was set by somebody. */
export const LINK_GIVEN_ADDRESS = 1;
export const LINK_GIVEN_MTU = 2;
/** It has been up, so that it has a queueing discipline. */
export const LINK_WAS_UP = 4;

/** Sysctls of a device, in the order of its conf bytes; `all` and `default` have such bytes too (STATE_CONF_*). */
export const CONF_FORWARDING = 0;
export const CONF_RP_FILTER = 1;
export const CONF_ACCEPT_LOCAL = 2;
export const CONF_ROUTE_LOCALNET = 3;
export const CONF_IGNORE_LINKDOWN = 4;
export const CONF_SRC_VALID_MARK = 5;
export const CONF_SEND_REDIRECTS = 6;
export const CONF_SHARED_MEDIA = 7;
export const CONF_PROMOTE_SECONDARIES = 8;
export const CONF_BC_FORWARDING = 9;
export const CONF_LOG_MARTIANS = 10;
export const CONF_ACCEPT_REDIRECTS = 11;
export const CONF_ACCEPT_SOURCE_ROUTE = 12;
export const CONF_DISABLE_IPV6 = 13;
export const CONF_SECURE_REDIRECTS = 14;
export const CONF_BYTES = 32;

/**
 * Address record: an IPv4 address of a device. Kept and edited as device records are; addresses in host order.
 *   off  size  field
 *     0     4  device     interface index
 *     4     4  local      IFA_LOCAL
 *     8     4  address    IFA_ADDRESS: the peer, or the same as local
 *    12     4  broadcast  0 = none
 *    16     4  flags      IFA_F_*
 *    20     4  metric     IFA_RT_PRIORITY
 *    24     4  valid      seconds, 0xffffffff = for ever
 *    28     4  preferred  seconds, 0xffffffff = for ever
 *    32     4  created    hundredths of a second of the clock
 *    36     4  updated    the same
 *    40     1  prefixLen
 *    41     1  scope
 *    42     1  protocol   IFA_PROTO
 *    44    16  label      NUL-terminated
 */
export const ADDRESS_DEVICE = 0;
export const ADDRESS_LOCAL = 4;
export const ADDRESS_ADDRESS = 8;
export const ADDRESS_BROADCAST = 12;
export const ADDRESS_FLAGS = 16;
export const ADDRESS_METRIC = 20;
export const ADDRESS_VALID = 24;
export const ADDRESS_PREFERRED = 28;
export const ADDRESS_CREATED = 32;
export const ADDRESS_UPDATED = 36;
export const ADDRESS_PREFIX_LEN = 40;
export const ADDRESS_SCOPE = 41;
export const ADDRESS_PROTOCOL = 42;
export const ADDRESS_LABEL = 44;
export const ADDRESS_BYTES = 60;

/**
 * Rule record: a policy rule. Kept and edited as device records are.
 *   off  size  field
 *     0     4  priority
 *     4     1  family
 *     5     1  action     FR_ACT_*
 *     6     1  tos        0 = any
 *     7     1  given      RULE_G_*: which fields were given that 0 does not rule out
 *     8     1  dscp
 *     9     1  dscpMask
 *    10     1  protocol   RTPROT_*
 *    11     1  ipproto    0 = any
 *    12     1  l3mdev     1 = the flow's L3 master chooses the table
 *    13     1  dstLen
 *    14     1  srcLen
 *    16     4  flags      FIB_RULE_PERMANENT, FIB_RULE_INVERT
 *    20     4  table
 *    24     4  mark
 *    28     4  mask
 *    32     4  target     priority to go to
 *    36     4  suppressLength  i32, -1 = off
 *    40     4  suppressGroup   i32, -1 = off
 *    44     4  iif        i32: 0 = any, -1 = no device of that name
 *    48     4  oif        the same
 *    52     4  uidStart
 *    56     4  uidEnd
 *    60     2  sportStart 0 = any
 *    62     2  sportEnd
 *    64     2  dportStart 0 = any
 *    66     2  dportEnd
 *    68     2  sportMask
 *    70     2  dportMask
 *    72     4  realms
 *    80     8  tunId
 *    88    16  src
 *   104    16  dst
 *   120    16  iifName    NUL-terminated, empty = any
 *   136    16  oifName
 */
export const RULE_PRIORITY = 0;
export const RULE_FAMILY = 4;
export const RULE_ACTION = 5;
export const RULE_TOS = 6;
export const RULE_GIVEN = 7;
export const RULE_DSCP = 8;
export const RULE_DSCP_MASK = 9;
export const RULE_PROTOCOL = 10;
export const RULE_IPPROTO = 11;
export const RULE_L3MDEV = 12;
export const RULE_DST_LEN = 13;
export const RULE_SRC_LEN = 14;
export const RULE_FLAGS = 16;
export const RULE_TABLE = 20;
export const RULE_MARK = 24;
export const RULE_MASK = 28;
export const RULE_TARGET = 32;
export const RULE_SUPPRESS_LENGTH = 36;
export const RULE_SUPPRESS_GROUP = 40;
export const RULE_IIF = 44;
export const RULE_OIF = 48;
export const RULE_UID_START = 52;
export const RULE_UID_END = 56;
export const RULE_SPORT_START = 60;
export const RULE_SPORT_END = 62;
export const RULE_DPORT_START = 64;
export const RULE_DPORT_END = 66;
export const RULE_SPORT_MASK = 68;
export const RULE_DPORT_MASK = 70;
export const RULE_REALMS = 72;
export const RULE_TUN_ID = 80;
export const RULE_SRC = 88;
export const RULE_DST = 104;
export const RULE_IIF_NAME = 120;
export const RULE_OIF_NAME = 136;
export const RULE_BYTES = 152;
export const RULE_G_DSCP = 1;
export const RULE_G_UID = 2;
export const RULE_G_PRIORITY = 4;
export const RULE_G_DSCP_MASK = 8;
export const RULE_G_REALMS = 16;

/**
 * Object record: a nexthop object in or out.
 *   off  size  field
 *     0     4  id
 *     4     1  family      AF_INET, AF_INET6; 0 for a group
 *     5     1  kind        NH_*
 *     6     1  protocol
 *     7     1  scope       out: of its path, as nhmsg shows it
 *     8     4  flags       RTNH_F_* of nhmsg
 *    12     4  count       members that follow
 *    16     1  groupType   0 hash threshold, 1 resilient
 *    17     1  options     NH_O_*
 *    18     2  buckets     resilient
 *    20     4  idleTimer   1/100 s
 *    24     4  unbalancedTimer
 *    28     4  refs        out: routes' fib infos and groups that use it
 *    32    32  nexthop     a nexthop record: oif, gateway, ...
 *    64     4  unbalanced  out: for how long buckets have been with the wrong member, 1/100 s
 *    68        then `count` members: u32 id, u32 weight
 */
export const OBJECT_ID = 0;
export const OBJECT_FAMILY = 4;
export const OBJECT_KIND = 5;
export const OBJECT_PROTOCOL = 6;
export const OBJECT_SCOPE = 7;
export const OBJECT_FLAGS = 8;
export const OBJECT_COUNT = 12;
export const OBJECT_GROUP_TYPE = 16;
export const OBJECT_OPTIONS = 17;
export const OBJECT_BUCKETS = 18;
export const OBJECT_IDLE_TIMER = 20;
export const OBJECT_UNBALANCED_TIMER = 24;
export const OBJECT_REFS = 28;
export const OBJECT_NEXTHOP = 32;
export const OBJECT_UNBALANCED = 64;
export const OBJECT_MEMBERS = 68;
export const MEMBER_BYTES = 8;
/** Kinds of a nexthop object. */
export const NH_SINGLE = 0;
export const NH_BLACKHOLE = 1;
export const NH_GROUP = 2;
/** For a forwarding database only; its statistics are asked of the hardware (a group). */
export const NH_O_FDB = 1;
export const NH_O_HW_STATS = 2;

/**
 * Why the core refused a route or a nexthop object: number of the extended ack's text, in STATE_REASON after a
 * negative answer; 0 = no text. The texts are the facade's (src/extack.ts).
 */
export const REASON_NONE = 0;
export const REASON_SCOPE = 1;
export const REASON_NO_NEXTHOP = 2;
export const REASON_TYPE = 3;
export const REASON_HOST_MULTIPATH = 4;
export const REASON_HOST_GATEWAY = 5;
export const REASON_FLAGS_ONLINK = 6;
export const REASON_DEVICE_DOWN = 7;
export const REASON_NEXTHOP_SCOPE = 8;
export const REASON_ONLINK_DEVICE = 9;
export const REASON_NEXTHOP_DEVICE_DOWN = 10;
export const REASON_GATEWAY = 11;
export const REASON_EGRESS = 12;
export const REASON_EGRESS6 = 13;
export const REASON_PREFSRC = 14;
export const REASON_NO_TABLE = 15;
export const REASON_NHID = 16;
export const REASON_OBJECT_SCOPE = 17;
export const REASON_FDB = 18;
export const REASON_IPV6_DISABLED = 19;
export const REASON_DEAD_FLAGS = 20;
export const REASON_GATEWAY6 = 21;
export const REASON_EGRESS_LOOPBACK = 22;

/**
 * Where the State lies, and the fields of it that the facade reads (assembly/arena.ts). The page below is for what the
 * compiler puts there: the words of failing assertions in a check build, nothing in a release.
 */
export const STATE = 4096;
export const STATE_BRK = STATE + 8;
export const STATE_EPOCH = STATE + 20;
export const STATE_GENID = STATE + 24;
export const STATE_UNMERGED = STATE + 28;
export const STATE_OBJECT_COUNT = STATE + 92;
/** The block that was lent last; its first words are the one lent before and log2 of its words. */
export const STATE_LEASES = STATE + 96;
export const STATE_LAST_OBJECT = STATE + 104;
export const STATE_SOURCE_GENID = STATE + 108;
export const STATE_REASON = STATE + 112;
export const STATE_SEED = STATE + 116;
export const STATE_NOW = STATE + 120;
export const STATE_SYSCTL = STATE + 128;
/** Index that a device was given last by itself. */
export const STATE_LAST_DEVICE = STATE_SYSCTL + 20;
/** The clock from which on carrier reports may come, ms, f64. */
export const STATE_NEXT_REPORT = STATE_SYSCTL + 24;
/** 1 = a route of type local was made by hand (assembly/arena.ts). */
export const STATE_HAS_LOCALS = STATE + 164;
export const STATE_CONF_ALL = STATE + 168;
export const STATE_CONF_DEFAULT = STATE + 200;
/** What the forwarding views share: the Forwarding of assembly/arena.ts. */
export const STATE_FORWARD = STATE + 232;
export const STATE_VIEW_BYTES = STATE + 236;
/** Set to 1 when something changes that paths depend on: they are looked at anew. */
export const STATE_STIRRED = STATE + 248;
/**
 * Not 0: the frame of a narrow view that answers bare destinations by itself, +1 for a compact one, and what is answered
 * where it has 0. Writing 0 makes the core look at everything anew.
 */
export const STATE_FAST = STATE + 252;
export const STATE_FAST_NONE = STATE + 256;
/** The reverse index, 0 = it was never asked, and the classic one, 0 = none is open. */
export const STATE_GATEWAYS = STATE + 268;
export const STATE_CLASSIC = STATE + 272;
/** The route cache: its block (RTC_*), 0 = it is off. */
export const STATE_CACHE = STATE + 276;
/** Its generation (RC-22). */
export const STATE_CACHE_GENID = STATE + 280;
/** Where the generator of chance stands (assembly/generation.ts). */
export const STATE_CHANCE = STATE + 284;
/** Ticks in a second. */
export const STATE_HZ = STATE + 288;
/** Rules that ask for more of a flow than the keys of the route cache hold (D14). */
export const STATE_FINE_RULES = STATE + 292;
export const STATE_KINDS = STATE + 1320;
/** Bytes of the State, which the kinds end. */
export const STATE_BYTES = 1320 + 131 * 20;

/** Shapes of a forwarding view: as it pays, none, 18/6/8, 24/8. */
export const FORWARD_AUTO = 0;
export const FORWARD_OFF = 1;
export const FORWARD_COMPACT = 2;
export const FORWARD_DIRECT = 3;

/**
 * Header of a snapshot, in front of the bytes of the arena (assembly/snapshot.ts).
 *   off  size  field
 *     0     8  magic     89 48 4f 50 54 0d 0a 1a: what a transfer as text would damage
 *     8     8  checksum  XXH64 of all that follows
 *    16     4  order     0x01020304
 *    20     4  version   of the format (docs/FORMAT.md)
 *    24     4  length    bytes that follow the header
 *    28     4  state     bytes of the State
 */
export const SNAPSHOT_MAGIC = 0;
export const SNAPSHOT_CHECKSUM = 8;
export const SNAPSHOT_ORDER = 16;
export const SNAPSHOT_VERSION = 20;
export const SNAPSHOT_LENGTH = 24;
export const SNAPSHOT_STATE = 28;
export const SNAPSHOT_BYTES = 32;
export const SNAPSHOT_MAGIC_LOW = 0x504f4889;
export const SNAPSHOT_MAGIC_HIGH = 0x1a0a0d54;
export const SNAPSHOT_ORDER_MARK = 0x01020304;

/** Version of every layout in the arena: what a snapshot of another one means is not known. */
export const FORMAT_VERSION = 5;

/** Owners of switches that no device has (assembly/switch.ts). */
export const SWITCH_OF_NAMESPACE = 0;
export const SWITCH_OF_ALL = 0xffffffff;
export const SWITCH_OF_DEFAULT = 0xfffffffe;

/** Sysctls of the namespace: words of STATE_SYSCTL. */
export const SYSCTL_HASH_POLICY = 0;
export const SYSCTL_HASH_FIELDS = 1;
export const SYSCTL_HASH_SEED = 2;
export const SYSCTL_USE_NEIGH = 3;
export const SYSCTL_NEXTHOP_COMPAT = 4;
export const KIND_OUT = 4;
export const KIND_SIZE = 12;
export const KIND_BYTES = 20;
/** First kind number of each kind; the last entry ends the list. */
export const KIND_TABLE = 0;
export const KIND_TRIE = 1;
export const KIND_LEAF = 2;
export const KIND_ALIAS = 3;
export const KIND_METRICS = 4;
export const KIND_DEVICE = 5;
export const KIND_ADDRESS = 6;
export const KIND_RULE = 7;
export const KIND_OBJECT = 8;
export const KIND_INFO = 9;
export const KIND_TNODE = 23;
export const KIND_WORDS = 52;
export const KIND_VIEW = 82;
export const KIND_SWITCH = 120;
export const KIND_GATEWAY = 121;
export const KIND_CACHE = 127;
export const KIND_RTABLE = 128;
export const KIND_NEIGHBOUR = 129;
export const KIND_DETAIL = 130;
export const KIND_END = 131;

/** A forwarding view (assembly/forward/view.ts): what a facade reads that answers without a call. */
export const VIEW_FRAME = 0;
export const VIEW_FALLBACK = 4;
export const VIEW_KIND = 32;
export const VIEW_IS_WIDE = 33;
export const VIEW_COMPACT = 0;
