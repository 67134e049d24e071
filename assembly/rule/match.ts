// rule/match.ts - does a rule speak about a flow? All selectors that are given must match (RULE-6..20).

import * as abi from "../../src/abi/records";
import { FIB_RULE_INVERT } from "../../src/abi/uapi";
import { l3masterOf } from "../device";
import { Flow } from "../record";
import { Rule } from "./rule";

/** Index of the loopback device: the input interface of what is made here (RULE-8). */
export const LOOPBACK: u32 = 1;
/** The bits of a flow's dsfield byte that are compared with the tos of a rule; a DSCP is compared with all (RULE-13). */
export const TOS_MASK: u32 = 0x1c;

/** True if a rule applies to a flow, its inversion counted in. O(1). */
export function ruleMatches(rule: Rule, flow: Flow): bool {
  const isInverted = (rule.word(abi.RULE_FLAGS) & FIB_RULE_INVERT) != 0;
  return matchesAll(rule, flow) != isInverted;
}

function matchesAll(rule: Rule, flow: Flow): bool {
  return (
    matchesDevice(rule.word(abi.RULE_IIF), flow.iif ? flow.iif : LOOPBACK) &&
    matchesDevice(rule.word(abi.RULE_OIF), flow.oif) &&
    ((flow.mark ^ rule.word(abi.RULE_MARK)) & rule.word(abi.RULE_MASK)) == 0 &&
    matchesTunnel(rule, flow) &&
    matchesMaster(rule, flow) &&
    flow.uid >= rule.word(abi.RULE_UID_START) &&
    flow.uid <= rule.word(abi.RULE_UID_END) &&
    matchesPrefix(rule.record + abi.RULE_SRC, rule.byte(abi.RULE_SRC_LEN), load<u32>(flow.src)) &&
    matchesPrefix(rule.record + abi.RULE_DST, rule.byte(abi.RULE_DST_LEN), load<u32>(flow.dst)) &&
    matchesTos(rule, flow.tos) &&
    (rule.byte(abi.RULE_IPPROTO) == 0 || rule.byte(abi.RULE_IPPROTO) == flow.ipproto) &&
    matchesPort(rule, abi.RULE_SPORT_START, abi.RULE_SPORT_MASK, flow.sport) &&
    matchesPort(rule, abi.RULE_DPORT_START, abi.RULE_DPORT_MASK, flow.dport)
  );
}

/** RULE-8..11: `wanted` 0 is any device, -1 a name that no device has; an L3 master stands for the devices below it. */
export function matchesDevice(wanted: u32, index: u32): bool {
  if (wanted == 0 || wanted == index) return true;
  if (wanted == 0xffffffff || index == 0) return false;
  const master = l3masterOf(index);
  return master != null && master.index == wanted;
}

/** RULE-18. */
function matchesTunnel(rule: Rule, flow: Flow): bool {
  const wanted = load<u64>(rule.record + abi.RULE_TUN_ID);
  return wanted == 0 || wanted == load<u64>(changetype<usize>(flow), abi.FLOW_TUN_ID);
}

/** RULE-17. */
function matchesMaster(rule: Rule, flow: Flow): bool {
  return rule.byte(abi.RULE_L3MDEV) == 0 || masterTable(flow) != 0;
}

/** Table of the L3 master that a flow belongs to by its output or input device, 0 = none. */
export function masterTable(flow: Flow): u32 {
  return masterTableOf(flow.oif, flow.iif);
}

/** The same by the devices. */
export function masterTableOf(oif: u32, iif: u32): u32 {
  let master = l3masterOf(oif);
  if (master == null) master = l3masterOf(iif);
  return master == null ? 0 : master.table;
}

/** RULE-6, RULE-7: bits beyond the length are kept and shown but not compared. */
export function matchesPrefix(prefix: usize, length: u32, address: u32): bool {
  if (length == 0) return true;
  return ((load<u32>(prefix) ^ address) & ((<u32>0xffffffff) << (32 - length))) == 0;
}

/** RULE-13, RULE-14. */
export function matchesTos(rule: Rule, tos: u8): bool {
  if (rule.byte(abi.RULE_GIVEN) & abi.RULE_G_DSCP)
    return ((((<u32>tos) >> 2) ^ rule.byte(abi.RULE_DSCP)) & rule.byte(abi.RULE_DSCP_MASK)) == 0;
  return rule.byte(abi.RULE_TOS) == 0 || rule.byte(abi.RULE_TOS) == ((<u32>tos) & TOS_MASK);
}

/** RULE-16: a range, or one port under a mask. */
export function matchesPort(rule: Rule, start: usize, mask: usize, port: u32): bool {
  const from = rule.half(start);
  if (from == 0) return true;
  const to = rule.half(start + 2);
  if (from == to) return ((port ^ from) & rule.half(mask)) == 0;
  return port >= from && port <= to;
}
