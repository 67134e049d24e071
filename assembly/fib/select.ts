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
  const src = load<u32>(flow.src);
  const hash = hashOf(flow.form, src, load<u32>(flow.dst), flow.ipproto, flow.sport, flow.dport);
  return spread(fi, first, hash, isOutput ? src : 0);
}

/** The path among several for a hash; `source` is the own address that a flow made here has, else 0. */
export function spread(fi: Info, first: i32, hash: u32, source: u32): i32 {
  return fi.object ? groupPath(changetype<Obj>(fi.object), hash) : choose(fi, first, hash, source);
}

/** The 31-bit hash of a flow under the sysctls (MPH-6..11). */
export function hashOf(form: u32, src: u32, dst: u32, ipproto: u8, sport: u16, dport: u16): u32 {
  return hashLike(form, src, dst, ipproto, sport, dport, 0, false);
}

/** `hashOf` for one of many flows of one protocol; `kept` and `isKept` as in `flowHash`. */
export function hashLike(
  form: u32,
  src: u32,
  dst: u32,
  ipproto: u8,
  sport: u16,
  dport: u16,
  kept: usize,
  isKept: bool,
): u32 {
  const s = state();
  const seed = s.sysctl(abi.SYSCTL_HASH_SEED);
  const isQuery = form == abi.FORM_QUERY;
  const proto = isQuery && ipproto == 0 ? IPPROTO_UDP : ipproto;
  const hasPorts = !(isQuery && proto == IPPROTO_ICMP);
  return flowHash(
    s.sysctl(abi.SYSCTL_HASH_POLICY),
    s.sysctl(abi.SYSCTL_HASH_FIELDS),
    seed ? seed : s.seed,
    form,
    src,
    dst,
    proto,
    hasPorts ? sport : 0,
    hasPorts ? dport : 0,
    kept,
    isKept,
  );
}

/**
 * MPH-29: the first path with the highest score, 2 for the flow's own source address and 1 for a bound that the hash
 * does not exceed. None usable: the path that the lookup found. From the last to the first and without a jump: which
 * path it will be nobody can guess, least of all the processor.
 */
function choose(fi: Info, first: i32, hash: u32, source: u32): i32 {
  let best: i32 = 0;
  let chosen = first;
  for (let i = <i32>fi.count - 1; i >= 0; i--) {
    const nh = fi.nexthop(i);
    const score = ((<i32>(nh.source == source && source != 0)) << 1) | (<i32>(<i32>hash <= nh.bound));
    const isBetter = (nh.bound >= 0) & (score >= best);
    best = select<i32>(score, best, isBetter);
    chosen = select<i32>(i, chosen, isBetter);
  }
  return chosen;
}
