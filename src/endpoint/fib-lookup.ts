/**
 * endpoint/fib-lookup.ts - NETLINK_FIB_LOOKUP: the longest prefix of one table, without rules (NL-65..68).
 *   0        16        20     24    25      26      27      28       29    30     31      32
 *   | header | address | mark | tos | scope | table | table | length | hop | type | scope | error s32 |
 *   |        |  asked: big-endian, ...              |  answered: ...                                  |
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Netns } from '../netns.js';
import { u32, u32be } from '../wire/bytes.js';

/** Bytes of a request; the first 36 of a longer one are looked at. */
const REQUEST_BYTES = 36;
const ADDRESS = 16;
const MARK = 20;
const TOS = 24;
const SCOPE_FLOOR = 25;
const TABLE_ASKED = 26;
const TABLE = 27;
const LENGTH = 28;
const NEXTHOP = 29;
const TYPE = 30;
const SCOPE = 31;
const ERROR = 32;
/** The bits of tos that are looked at. */
const TOS_MASK = 0x1c;

/** The answer to a request: its copy with the results filled in; none to one that is too short (NL-67). */
export function fibLookup(ns: Netns, datagram: Uint8Array): Uint8Array | undefined {
  const { core } = ns;
  const length = datagram.length < 4 ? 0 : u32(datagram, 0);
  if (length < REQUEST_BYTES || length > datagram.length) return undefined;
  const answer = datagram.slice(0, length);
  const table = answer[TABLE_ASKED]! || uapi.RT_TABLE_MAIN;
  const error = core.exports.tableExists(table) === 0 ? -uapi.ENOENT : lookup(ns, answer, table);
  new DataView(answer.buffer).setInt32(ERROR, error, true);
  return answer;
}

/** Asks one table; 0 or a negated errno. */
function lookup({ core }: Netns, answer: Uint8Array, table: number): number {
  const { flow, result, u32: words } = core;
  words.fill(0, flow / 4, (flow + abi.FLOW_BYTES) / 4);
  words[flow / 4] =
    uapi.AF_INET |
    ((answer[TOS]! & TOS_MASK) << 8) |
    (answer[SCOPE_FLOOR]! << 16) |
    (abi.FLOW_F_FIRST_PATH << 24);
  words[(flow + abi.FLOW_TABLE) / 4] = table;
  words[(flow + abi.FLOW_DST) / 4] = u32be(answer, ADDRESS);
  words[(flow + abi.FLOW_MARK) / 4] = u32(answer, MARK);
  const error = core.exports.lookup(flow, result);
  answer[TABLE] = table;
  if (error !== 0) return error;
  const { u8 } = core;
  answer[LENGTH] = u8[result + abi.RESULT_PREFIX_LEN]!;
  answer[NEXTHOP] = u8[result + abi.RESULT_NEXTHOP]!;
  answer[TYPE] = u8[result + abi.RESULT_TYPE]!;
  answer[SCOPE] = u8[result + abi.RESULT_SCOPE]!;
  return 0;
}
