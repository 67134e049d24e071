// decide/rows.ts - the whole decision for many packets: the rows that the route cache knows together, the others one by one.

import * as abi from "../../src/abi/records";
import { AF_INET } from "../../src/abi/uapi";
import { clear, state } from "../arena";
import { routeCache } from "../cache/rtable";
import { probeRows } from "../cache/rows";
import { Columns, Flow, Result, addressOf, byteOf, idAt, pathAt, portOf, wordOf } from "../record";
import { input, output } from "./decide";
import { Room } from "./packet";

/**
 * Decides for n flows in columns: fib info ids, `miss` where the answer is an errno, and paths, FLOWS_NO_PATH where there
 * is none; and what further columns there are. `flow`, `result` and `room` are to work in.
 */
export function decideRows<K>(
  c: Columns,
  n: u32,
  isInput: bool,
  flow: Flow,
  result: Result,
  room: Room,
): void {
  for (let from: u32 = 0; from < n; from += abi.FLOWS_BLOCK) {
    const count = min<u32>(n - from, abi.FLOWS_BLOCK);
    const found = knowsRows() ? probeRows(c, from, count, isInput) : 0;
    const all = u64.MAX_VALUE >>> (abi.FLOWS_BLOCK - count);
    for (let rest = all & ~found; rest; rest &= rest - 1) {
      decideRow<K>(c, from + <u32>ctz(rest), isInput, flow, result, room);
    }
  }
}

/** True if the cache may know some. */
function knowsRows(): bool {
  const s = state();
  return s.cache != 0 && s.fineRules == 0 && routeCache().isCaching;
}

function decideRow<K>(c: Columns, row: u32, isInput: bool, flow: Flow, result: Result, room: Room): void {
  clear(changetype<usize>(flow), abi.FLOW_BYTES);
  flow.family = <u8>AF_INET;
  flow.tos = byteOf(c.tos, row);
  flow.oif = wordOf(c.oif, row);
  flow.iif = wordOf(c.iif, row);
  store<u32>(flow.dst, addressOf(c, c.dst, row));
  store<u32>(flow.src, addressOf(c, c.src, row));
  flow.mark = wordOf(c.mark, row);
  flow.uid = wordOf(c.uid, row);
  store<u8>(changetype<usize>(flow), byteOf(c.ipproto, row), abi.FLOW_IPPROTO);
  store<u8>(changetype<usize>(flow), c.form, abi.FLOW_FORM);
  flow.setPorts(portOf(c, c.sport, row), portOf(c, c.dport, row));
  const err = isInput ? input<K>(flow, result, room) : output<K>(flow, result, room);
  store<u32>(idAt(c, row), err ? c.miss : result.id);
  store<u16>(pathAt(c, row), err || !result.id ? <u16>abi.FLOWS_NO_PATH : result.nexthop);
  if (c.tells) tell(c, row, result, err);
}

/** The further columns of a row. */
function tell(c: Columns, row: u32, result: Result, err: i32): void {
  const word = (<usize>row) << 2;
  const via = !err && result.family == AF_INET ? load<u32>(result.gateway) : 0;
  const source = err ? 0 : load<u32>(result.prefsrc);
  if (c.dev) store<u32>(c.dev + word, err ? 0 : result.oif);
  if (c.via) store<u32>(c.via + word, c.isSwapped ? bswap<u32>(via) : via);
  if (c.source) store<u32>(c.source + word, c.isSwapped ? bswap<u32>(source) : source);
  if (c.flags) store<u32>(c.flags + word, err ? 0 : result.word(abi.RESULT_CACHE_FLAGS));
  if (c.type) store<u8>(c.type + <usize>row, err ? 0 : result.type);
  if (c.error) store<u8>(c.error + <usize>row, <u8>-err);
}
