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
 *    16     4  flags      rtm_flags
 *    20     4  nhid       nexthop object, 0 = none
 *    24     4  id         out: fib info id
 *    28     4  refs       out: routes that share the fib info; in a delete 0: one nexthop,
 *                       compared with the first; 1: a list, as long or longer (CFG-59); 2: exactly this list
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
 *    12     4  encap     0: encapsulation is not acted upon
 *    16    16  gateway
 */
export const NEXTHOP_OIF = 0;
export const NEXTHOP_FAMILY = 4;
export const NEXTHOP_FLAGS = 5;
export const NEXTHOP_WEIGHT = 6;
export const NEXTHOP_REALM = 8;
export const NEXTHOP_ENCAP = 12;
export const NEXTHOP_GATEWAY = 16;
export const NEXTHOP_BYTES = 32;

/** Most nexthops of one route: what fits a 64 KiB attribute in 8-byte records. */
export const NEXTHOPS_MAX = 8191;

/**
 * Flow record: a question.
 *   off  size  field
 *     0     1  family   AF_INET
 *     1     1  tos      dsfield byte
 *     2     1  scope    floor (FIB-90)
 *     4     4  oif      0 = any
 *     8     4  table    0 = as the rules say; else this one alone
 *    16    16  dst
 */
export const FLOW_FAMILY = 0;
export const FLOW_TOS = 1;
export const FLOW_SCOPE = 2;
export const FLOW_OIF = 4;
export const FLOW_TABLE = 8;
export const FLOW_DST = 16;
export const FLOW_BYTES = 32;

/**
 * Result record: an answer.
 *   off  size  field
 *     0     4  id          fib info
 *     4     4  table       the one searched
 *     8     4  priority
 *    12     4  oif         of the nexthop taken
 *    16     1  prefixLen
 *    17     1  type
 *    18     1  scope
 *    19     1  tos
 *    20     1  protocol
 *    21     1  family      of the gateway, 0 = none
 *    22     2  nexthop     index of the nexthop taken
 *    24     4  flags       of the nexthop taken
 *    32    16  gateway
 *    48    16  prefsrc
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
export const RESULT_GATEWAY = 32;
export const RESULT_PREFSRC = 48;
export const RESULT_BYTES = 64;

/**
 * Cursor: where a dump of routes stands. It survives every change in between; all zero starts one.
 *   off  size  field
 *     0     4  state   0 before a table, 1 inside one, 2 finished
 *     4     4  only    dump this table alone, 0 = all
 *     8     4  table   the one being dumped, or the last one
 *    12     4  skip    aliases of the leaf at `key` that were given already
 *    16     4  need    bytes of the record that found no room
 *    20    16  key     first key not finished
 */
export const CURSOR_STATE = 0;
export const CURSOR_ONLY = 4;
export const CURSOR_TABLE = 8;
export const CURSOR_SKIP = 12;
export const CURSOR_NEED = 16;
export const CURSOR_KEY = 20;
export const CURSOR_BYTES = 36;
export const CURSOR_FINISHED = 2;

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
 * Device record.
 *   off  size  field
 *     0     4  index
 *     4     4  flags    IFF_*
 *     8    16  name     NUL-terminated
 */
export const DEVICE_INDEX = 0;
export const DEVICE_FLAGS = 4;
export const DEVICE_NAME = 8;
export const DEVICE_BYTES = 24;

/**
 * Where the State lies, and the fields of it that the facade reads (assembly/arena.ts). The page below is for what the
 * compiler puts there: the words of failing assertions in a check build, nothing in a release.
 */
export const STATE = 4096;
export const STATE_BRK = STATE + 8;
export const STATE_EPOCH = STATE + 20;
export const STATE_GENID = STATE + 24;
export const STATE_KINDS = STATE + 1104;
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
export const KIND_INFO = 6;
export const KIND_TNODE = 20;
export const KIND_WORDS = 49;
export const KIND_END = 79;
