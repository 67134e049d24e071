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
  e.detail.dstFlags = <u8>abi.DST_HOST;
  e.error = <u8>error;
  e.detail.rtDst = load<u32>(flow.dst);
  e.detail.rtSrc = load<u32>(flow.src);
  e.device = error ? LOOPBACK : result.oif;
  e.type = result.type;
  e.detail.flags = result.word(abi.RESULT_CACHE_FLAGS) & ~RTCF_NOTIFY;
  if (flow.flags & abi.FLOW_F_NOTIFY) e.detail.flags |= RTCF_NOTIFY; // RC-123
  keepRoute(e, result);
  if (e.family) v128.store(e.detail.gatewayWords, v128.load(result.gateway));
  else e.detail.gateway = e.detail.rtDst;
  if (e.isInput) fillInput(e, result);
  else fillOutput(e);
  if (e.detail.output != abi.DST_OUT_BUG) fillMetrics(e); // what is delivered here has none (RC-75)
}

/** The route behind a decision. */
function keepRoute(e: Entry, result: Result): void {
  e.id = result.id;
  e.path = result.nexthop;
  e.family = result.family;
  e.detail.prefixLen = result.prefixLen;
  e.detail.realm = result.realm;
  e.detail.routeType = <u8>result.word(abi.RESULT_ROUTE_TYPE);
  e.detail.routeTos = result.tos;
  e.detail.table = result.table;
  e.detail.priority = result.priority;
  e.detail.routeScope = result.scope;
  e.detail.protocol = result.protocol;
  e.detail.pathFlags = result.flags;
  e.detail.nhid = result.word(abi.RESULT_NHID);
  e.detail.entry = result.word(abi.RESULT_ENTRY);
}

/** RC-73..76. */
function fillInput(e: Entry, result: Result): void {
  e.detail.rtIif = e.index;
  e.detail.specDst = result.word(abi.RESULT_SPEC_DST);
  const isForwarded = !e.error && !(e.detail.flags & RTCF_LOCAL);
  e.detail.input = <u8>(e.error ? abi.DST_IN_ERROR : isForwarded ? abi.DST_IN_FORWARD : abi.DST_IN_LOCAL);
  e.detail.output = <u8>(isForwarded ? abi.DST_OUT_OUTPUT : abi.DST_OUT_BUG);
}

/** RC-97..99. */
function fillOutput(e: Entry): void {
  const isShared = (e.detail.flags & (RTCF_BROADCAST | RTCF_MULTICAST)) != 0;
  e.detail.rtIif = e.index ? e.index : e.device;
  e.detail.specDst = e.detail.flags & RTCF_LOCAL && !isShared ? e.detail.rtDst : e.detail.rtSrc;
  e.detail.input = <u8>(e.detail.flags & RTCF_LOCAL ? abi.DST_IN_LOCAL : abi.DST_IN_NONE);
  e.detail.output = <u8>(loopsBack(e.detail.flags, e.device) ? abi.DST_OUT_MULTICAST : abi.DST_OUT_OUTPUT);
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
  const fi = e.detail.entry ? infoById(e.detail.entry) : null;
  if (fi != null && fi.metrics)
    memory.copy(changetype<usize>(e.detail) + abi.DETAIL_METRICS, fi.metrics, METRIC_WORDS * 4);
  if (!e.detail.metric(RTAX_MTU)) {
    const isLocked = ((e.detail.metric(RTAX_LOCK) >>> RTAX_MTU) & 1) != 0 && e.family != 0;
    e.detail.setMetric(RTAX_MTU, isLocked ? min(mtu, LOCKED_MTU) : mtu);
  }
  e.detail.setMetric(RTAX_MTU, min(e.detail.metric(RTAX_MTU), MTU_MAX));
  if (!e.detail.metric(RTAX_HOPLIMIT)) e.detail.setMetric(RTAX_HOPLIMIT, HOPLIMIT);
  if (!e.detail.metric(RTAX_ADVMSS)) {
    const least = routeCache().sysctl(abi.RTC_SYSCTL_MIN_ADV_MSS);
    e.detail.setMetric(RTAX_ADVMSS, <u32>max<i32>(<i32>mtu - HEADERS, least));
  }
  e.detail.setMetric(RTAX_ADVMSS, min(e.detail.metric(RTAX_ADVMSS), ADVMSS_MAX));
}

/** What a hit says: `flow` and `result` as the decision left them. 0, or the error of the entry, negated. */
export function entryTell(e: Entry, flow: Flow, result: Result): i32 {
  clear(changetype<usize>(result), abi.RESULT_BYTES);
  store<u32>(flow.dst, e.detail.rtDst);
  store<u32>(flow.src, e.detail.rtSrc);
  if (flow.flags & abi.FLOW_F_NOTIFY) e.detail.flags |= RTCF_NOTIFY;
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
  result.prefixLen = e.detail.prefixLen;
  result.realm = e.detail.realm;
  result.tos = e.detail.routeTos;
  result.table = e.detail.table;
  result.priority = e.detail.priority;
  result.scope = e.detail.routeScope;
  result.protocol = e.detail.protocol;
  result.flags = e.detail.pathFlags;
  if (e.family) v128.store(result.gateway, v128.load(e.detail.gatewayWords));
  store<u32>(result.prefsrc, e.detail.rtSrc);
  result.put(abi.RESULT_CACHE_FLAGS, e.detail.flags);
  result.put(abi.RESULT_IIF, e.iif);
  result.put(abi.RESULT_NHID, e.detail.nhid);
  result.put(abi.RESULT_ROUTE_TYPE, e.detail.routeType);
  result.put(abi.RESULT_ENTRY, e.detail.entry);
  result.put(abi.RESULT_SPEC_DST, e.detail.specDst);
  return 0;
}
