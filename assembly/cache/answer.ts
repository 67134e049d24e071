// cache/answer.ts - from a decision to an entry and back: what is kept of it, and what a hit says (RC-73..78, RC-97..99).

import * as abi from "../../src/abi/records";
import {
  RTAX_ADVMSS,
  RTAX_HOPLIMIT,
  RTAX_LOCK,
  RTAX_MTU,
  RTCF_BROADCAST,
  RTCF_LOCAL,
  RTCF_MULTICAST,
  RTCF_NOTIFY,
  RTN_UNREACHABLE,
} from "../../src/abi/uapi";
import { clear } from "../arena";
import { deviceFind } from "../device";
import { METRIC_WORDS, infoById } from "../fib/info";
import { Flow, Result } from "../record";
import { Entry, routeCache } from "./rtable";

/** Index of the loopback device. */
const LOOPBACK: u32 = 1;
/** Bounds and defaults of metrics (RC-78). */
const MTU_MAX: u32 = 65520;
const ADVMSS_MAX: u32 = 65495;
const HOPLIMIT: u32 = 64;
const HEADERS: i32 = 40;
const LOCKED_MTU: u32 = 576;

/** Fills an entry whose key is there: `flow` holds what was resolved, `result` what was decided; `error` 0 or positive. */
export function entryFill(e: Entry, flow: Flow, result: Result, error: i32): void {
  e.dstFlags = <u8>abi.DST_HOST;
  e.error = <u8>error;
  e.rtDst = load<u32>(flow.dst);
  e.rtSrc = load<u32>(flow.src);
  e.device = error ? LOOPBACK : result.oif;
  e.type = result.type;
  e.flags = result.word(abi.RESULT_CACHE_FLAGS) & ~RTCF_NOTIFY;
  if (flow.flags & abi.FLOW_F_NOTIFY) e.flags |= RTCF_NOTIFY; // RC-123
  keepRoute(e, result);
  if (e.family) v128.store(e.gatewayWords, v128.load(result.gateway));
  else e.gateway = e.rtDst;
  if (e.isInput) fillInput(e, result);
  else fillOutput(e);
  if (e.output != abi.DST_OUT_BUG) fillMetrics(e); // what is delivered here has none (RC-75)
}

/** The route behind a decision. */
function keepRoute(e: Entry, result: Result): void {
  e.id = result.id;
  e.path = result.nexthop;
  e.family = result.family;
  e.prefixLen = result.prefixLen;
  e.realm = result.realm;
  e.routeType = <u8>result.word(abi.RESULT_ROUTE_TYPE);
  e.routeTos = result.tos;
  e.table = result.table;
  e.priority = result.priority;
  e.routeScope = result.scope;
  e.protocol = result.protocol;
  e.pathFlags = result.flags;
  e.nhid = result.word(abi.RESULT_NHID);
  e.entry = result.word(abi.RESULT_ENTRY);
}

/** RC-73..76. */
function fillInput(e: Entry, result: Result): void {
  e.rtIif = e.index;
  e.specDst = result.word(abi.RESULT_SPEC_DST);
  const isForwarded = !e.error && !(e.flags & RTCF_LOCAL);
  e.input = <u8>(e.error ? abi.DST_IN_ERROR : isForwarded ? abi.DST_IN_FORWARD : abi.DST_IN_LOCAL);
  e.output = <u8>(isForwarded ? abi.DST_OUT_OUTPUT : abi.DST_OUT_BUG);
}

/** RC-97..99. */
function fillOutput(e: Entry): void {
  const isShared = (e.flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0;
  e.rtIif = e.index ? e.index : e.device;
  e.specDst = e.flags & RTCF_LOCAL && !isShared ? e.rtDst : e.rtSrc;
  e.input = <u8>(e.flags & RTCF_LOCAL ? abi.DST_IN_LOCAL : abi.DST_IN_NONE);
  e.output = <u8>(loopsBack(e.flags, e.device) ? abi.DST_OUT_MULTICAST : abi.DST_OUT_OUTPUT);
}

/** RC-98: what goes to many, us among them, through a device that is not loopback. */
export function loopsBack(flags: u32, device: u32): bool {
  if (!(flags & RTCF_LOCAL) || !(flags & (RTCF_BROADCAST | RTCF_MULTICAST))) return false;
  const d = deviceFind(device);
  return d != null && !d.isLoopback;
}

/** RC-78: metrics of the route, and what they leave open. */
function fillMetrics(e: Entry): void {
  const d = deviceFind(e.device);
  const mtu = d == null ? 0 : load<u32>(d.record, abi.DEVICE_MTU);
  const fi = e.entry ? infoById(e.entry) : null;
  if (fi != null && fi.metrics)
    memory.copy(changetype<usize>(e) + abi.ENTRY_METRICS, fi.metrics, METRIC_WORDS * 4);
  if (!e.metric(RTAX_MTU)) {
    const isLocked = ((e.metric(RTAX_LOCK) >>> RTAX_MTU) & 1) != 0 && e.family != 0;
    e.setMetric(RTAX_MTU, isLocked ? min(mtu, LOCKED_MTU) : mtu);
  }
  e.setMetric(RTAX_MTU, min(e.metric(RTAX_MTU), MTU_MAX));
  if (!e.metric(RTAX_HOPLIMIT)) e.setMetric(RTAX_HOPLIMIT, HOPLIMIT);
  if (!e.metric(RTAX_ADVMSS)) {
    const least = routeCache().sysctl(abi.RTC_SYSCTL_MIN_ADV_MSS);
    e.setMetric(RTAX_ADVMSS, <u32>max<i32>(<i32>mtu - HEADERS, least));
  }
  e.setMetric(RTAX_ADVMSS, min(e.metric(RTAX_ADVMSS), ADVMSS_MAX));
}

/** What a hit says: `flow` and `result` as the decision left them. 0, or the error of the entry, negated. */
export function entryTell(e: Entry, flow: Flow, result: Result): i32 {
  clear(changetype<usize>(result), abi.RESULT_BYTES);
  store<u32>(flow.dst, e.rtDst);
  store<u32>(flow.src, e.rtSrc);
  if (flow.flags & abi.FLOW_F_NOTIFY) e.flags |= RTCF_NOTIFY;
  result.type = e.type;
  store<f64>(changetype<usize>(result), e.handle, abi.RESULT_HANDLE);
  if (e.error) {
    result.type = <u8>RTN_UNREACHABLE;
    return -(<i32>e.error);
  }
  result.id = e.id;
  result.nexthop = e.path;
  result.oif = e.device;
  result.family = e.family;
  result.prefixLen = e.prefixLen;
  result.realm = e.realm;
  result.tos = e.routeTos;
  result.table = e.table;
  result.priority = e.priority;
  result.scope = e.routeScope;
  result.protocol = e.protocol;
  result.flags = e.pathFlags;
  if (e.family) v128.store(result.gateway, v128.load(e.gatewayWords));
  store<u32>(result.prefsrc, e.rtSrc);
  result.put(abi.RESULT_CACHE_FLAGS, e.flags);
  result.put(abi.RESULT_IIF, e.iif);
  result.put(abi.RESULT_NHID, e.nhid);
  result.put(abi.RESULT_ROUTE_TYPE, e.routeType);
  result.put(abi.RESULT_ENTRY, e.entry);
  result.put(abi.RESULT_SPEC_DST, e.specDst);
  return 0;
}
