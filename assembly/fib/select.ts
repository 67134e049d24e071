// fib/select.ts - which of several paths a flow takes (FIB-95..106, MPH-1..44).

import * as abi from "../../src/abi/records";
import { state } from "../arena";
import { Flow } from "../record";
import { groupPath } from "./group";
import { flowHash } from "./hash";
import { Info } from "./info";
import { Obj } from "./object";

const IPPROTO_ICMP: u8 = 1;
const IPPROTO_UDP: u8 = 17;

/** The path for a flow: `first`, which the lookup accepted, unless there are several and the flow names no device. */
export function selectPath(fi: Info, first: i32, flow: Flow, isOutput: bool): i32 {
  if (flow.oif || fi.paths < 2) return first;
  const hash = hashOf(flow);
  if (fi.object) return groupPath(changetype<Obj>(fi.object), hash);
  return choose(fi, first, hash, isOutput ? load<u32>(flow.src) : 0);
}

/** The 31-bit hash of a flow under the sysctls (MPH-6..11). */
export function hashOf(flow: Flow): u32 {
  const s = state();
  const seed = s.sysctl(abi.SYSCTL_HASH_SEED);
  const isQuery = flow.form == abi.FORM_QUERY;
  const proto = isQuery && flow.ipproto == 0 ? IPPROTO_UDP : flow.ipproto;
  const hasPorts = !(isQuery && proto == IPPROTO_ICMP);
  return flowHash(
    s.sysctl(abi.SYSCTL_HASH_POLICY),
    s.sysctl(abi.SYSCTL_HASH_FIELDS),
    seed ? seed : s.seed,
    flow.form,
    load<u32>(flow.src),
    load<u32>(flow.dst),
    proto,
    hasPorts ? flow.sport : 0,
    hasPorts ? flow.dport : 0,
  );
}

/**
 * MPH-29: the first path with the highest score, 2 for the flow's own source address and 1 for a bound that the hash
 * does not exceed. None usable: the path that the lookup found.
 */
function choose(fi: Info, first: i32, hash: u32, source: u32): i32 {
  let best: i32 = -1;
  let chosen = first;
  for (let i: u32 = 0, n: u32 = fi.count; i < n; i++) {
    const nh = fi.nexthop(i);
    if (nh.bound < 0) continue;
    const score = (source && nh.source == source ? 2 : 0) + (<i32>hash <= nh.bound ? 1 : 0);
    if (score <= best) continue;
    best = score;
    chosen = i;
    if (score == 3 || (score == 1 && !source)) break;
  }
  return chosen;
}
