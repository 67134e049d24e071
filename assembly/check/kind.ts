// check/kind.ts - M1..M5 but for M4, which is claim.ts's: each kind has the size that its room says, and all blocks together
// fill the arena.

import * as abi from "../../src/abi/records";
import {
  ADDRESS,
  ALIAS,
  BASE,
  BLOCK,
  CACHE,
  CHUNK,
  CLASSIC,
  DEVICE,
  ENTRY,
  FRAME,
  GATE,
  GATEWAYS,
  INFO,
  KINDS,
  LEAF,
  MAPPING,
  METRICS,
  NEIGHBOUR,
  OBJECT,
  RTABLE,
  RULE,
  STATE_BYTES,
  SWITCH,
  TABLE,
  TNODE,
  TRIE,
  USE,
  VIEW,
  WORDS,
  kindOf,
  state,
} from "../arena";
import { NEIGHBOUR_BYTES } from "../cache/rtable";
import { claimIdle } from "../claim";
import { ADDRESS_SIZE, DEVICE_SIZE } from "../device";
import { Alias } from "../fib/alias";
import { METRIC_WORDS, infoBytes } from "../fib/info";
import { OBJECT_SIZE } from "../fib/object";
import { Table } from "../fib/table";
import { VIEW_BYTES, frameBytes } from "../forward/view";
import { Classic, Mapping } from "../gateway/classic";
import { Entry } from "../gateway/entry";
import { GATE_SIZE, Gateways, Use } from "../gateway/gate";
import { RULE_SIZE } from "../rule/rule";
import { SWITCH_SIZE } from "../switch";
import { Leaf, Trie, tnodeBytes } from "../trie/node";
import { M } from "./rooms";

/** Bytes of a block of a kind, 0 when there is no such kind. `K` is the type of keys. */
function sizeOf<K>(kind: u32): u32 {
  if (kind == TABLE) return offsetof<Table>();
  if (kind == TRIE) return align4(offsetof<Trie<K>>());
  if (kind == LEAF) return align4(offsetof<Leaf<K>>());
  if (kind == ALIAS) return offsetof<Alias>();
  if (kind == METRICS) return METRIC_WORDS * 4;
  if (kind == DEVICE) return DEVICE_SIZE;
  if (kind == ADDRESS) return ADDRESS_SIZE;
  if (kind == RULE) return RULE_SIZE;
  if (kind == OBJECT) return OBJECT_SIZE;
  if (kind < TNODE) return infoBytes(kind - INFO);
  if (kind < WORDS) return kind == TNODE ? 0 : tnodeBytes<K>(kind - TNODE);
  if (kind < VIEW) return 4 << (kind - WORDS);
  if (kind == VIEW) return VIEW_BYTES;
  if (kind < BLOCK) return frameBytes(kind - FRAME);
  if (kind < CHUNK) return 16 + ((kind - BLOCK) << 3);
  if (kind < SWITCH) return 512 << (kind - CHUNK);
  if (kind == SWITCH) return SWITCH_SIZE;
  if (kind == GATEWAYS) return offsetof<Gateways>();
  if (kind == GATE) return GATE_SIZE;
  if (kind == USE) return offsetof<Use>();
  if (kind == ENTRY) return offsetof<Entry<K>>();
  if (kind == CLASSIC) return offsetof<Classic>();
  if (kind == MAPPING) return offsetof<Mapping>();
  if (kind == CACHE) return abi.RTC_BYTES;
  if (kind == RTABLE) return abi.ENTRY_BYTES;
  return kind == NEIGHBOUR ? NEIGHBOUR_BYTES : abi.DETAIL_BYTES;
}

// @ts-ignore: decorator
@inline function align4(n: usize): u32 {
  return (<u32>n + 3) & ~3;
}

/** M3 and M5, before anything is claimed: so no count can be larger than the arena. */
export function checkKinds<K>(): u32 {
  let bytes: u64 = STATE_BYTES;
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    const k = kindOf(kind);
    const blocks = <u64>k.out + k.idle;
    if (blocks ? k.size != sizeOf<K>(kind) || !k.size : k.free != 0) return M + 5;
    bytes += blocks * k.size;
  }
  return BASE + bytes == state().brk ? 0 : M + 3;
}

/** M1 and M2, when everything that hangs on the State is claimed. */
export function checkBlocks(): u32 {
  for (let kind: u32 = 0; kind < KINDS; kind++) {
    if (kindOf(kind).seen != kindOf(kind).out) return M + 1;
    if (!claimIdle(kind)) return M + 2;
  }
  return 0;
}
