// cache/learn.ts - what ICMP and TCP teach the cache about its entries, and what it has to say to others (RC-107..115).
//
// An entry for output may stand under up to four keys: source as asked or none, device as asked or none. What is learned
// of a destination goes to all of them.

import * as abi from "../../src/abi/records";
import {
  EACCES,
  EHOSTUNREACH,
  ENETUNREACH,
  RTAX_LOCK,
  RTAX_MTU,
  RTCF_DOREDIRECT,
  RTCF_REDIRECTED,
  RTN_UNICAST,
  AF_INET,
  AF_INET6,
  RT_TABLE_LOCAL,
} from "../../src/abi/uapi";
import { confAll, state } from "../arena";
import { Device, areOnLink, deviceFind } from "../device";
import { addressType } from "../fib/create";
import { infoAfter } from "../fib/info";
import { chainOf, entryDelete, isExpired } from "./bucket";
import { entryMake, intern, isBound } from "./intern";
import { Entry, entryFree, routeCache } from "./rtable";

/** The least that any link passes on (RFC 791). */
const LEAST: u32 = 68;
/** ICMP codes of "destination unreachable". */
const NET_UNREACHABLE: i32 = 0;
const HOST_UNREACHABLE: i32 = 1;
const FILTERED: i32 = 13;
/** RTAX_LOCK of the MTU. */
const MTU_LOCK: u32 = 1 << RTAX_MTU;

// ---- redirects

/**
 * RC-107, RC-108: the gateway `from` says that `gateway` is better for packets from src to dst; it came in on a device.
 * `isReachable`: the new gateway is known to be there. How many entries lead to it now.
 */
export function redirect(from: u32, dst: u32, gateway: u32, src: u32, device: u32, isReachable: bool): u32 {
  const d = deviceFind(device);
  if (d == null || !accepts(d, from, gateway)) return 0;
  let changed: u32 = 0;
  for (let i: u32 = 0; i < KEYS; i++) {
    const e = redirected(i, from, dst, src, device);
    if (e == null) continue;
    e.detail.refs++; // a collection must not take it
    const copy = entryMake(true);
    if (copy == null) {
      e.detail.refs--;
      break;
    }
    if (turn(e, copy, gateway, isReachable)) changed++;
  }
  return changed;
}

/** RC-107: does a device believe who says that there is a better gateway? */
function accepts(d: Device, from: u32, gateway: u32): bool {
  if (gateway == from || !takesRedirects(d) || !routeCache().isCaching) return false;
  if (gateway >>> 28 == 0xe || gateway == 0xffffffff || gateway >>> 24 == 0) return false;
  if (d.confOr(abi.CONF_SHARED_MEDIA)) return addressType<u32>(gateway, RT_TABLE_LOCAL) == RTN_UNICAST;
  if (!areOnLink(d, gateway, from)) return false;
  return !d.confOr(abi.CONF_SECURE_REDIRECTS) || isGateway(d, gateway);
}

/** A router takes redirects when both it and the device do, a host when either does. */
function takesRedirects(d: Device): bool {
  const here = d.conf(abi.CONF_ACCEPT_REDIRECTS) != 0;
  const everywhere = confAll(abi.CONF_ACCEPT_REDIRECTS) != 0;
  return d.conf(abi.CONF_FORWARDING) ? here && everywhere : here || everywhere;
}

/** True if some route leads through a gateway on a device. O(fib infos). */
function isGateway(d: Device, gateway: u32): bool {
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) {
    for (let i: u32 = 0, n = fi.paths; i < n; i++) {
      const nh = fi.path(i);
      if (nh.oif == d.index && nh.family == AF_INET && load<u32>(nh.gateway) == gateway) return true;
    }
  }
  return false;
}

/** The entry under key i that leads through the old gateway, or null. */
function redirected(i: u32, from: u32, dst: u32, src: u32, device: u32): Entry | null {
  for (let e = firstUnder(i, dst, src, device); e != null; e = nextUnder(e!, i, src, device)) {
    const isResolved = e.detail.rtDst == dst && e.detail.rtSrc == src && !e.error;
    if (isResolved && e.detail.gateway == from && e.family != AF_INET6 && e.device == device) return e;
  }
  return null;
}

/** Puts a copy with another gateway in the place of an entry, which is held; false: that one stays, without the holder. */
function turn(old: Entry, e: Entry, gateway: u32, isReachable: bool): bool {
  const from = changetype<usize>(old);
  const to = changetype<usize>(e);
  memory.copy(to + abi.ENTRY_DST, from + abi.ENTRY_DST, abi.ENTRY_DETAIL - abi.ENTRY_DST);
  memory.copy(changetype<usize>(e.detail), changetype<usize>(old.detail), abi.DETAIL_REFS);
  e.use = 1;
  e.lastuse = routeCache().tick;
  e.detail.flags |= RTCF_REDIRECTED;
  e.family = <u8>AF_INET;
  e.detail.gateway = gateway;
  if (!isReachable || !isBound(routeCache(), e)) {
    entryFree(e);
    old.detail.refs--;
    return false;
  }
  entryDelete(old);
  const kept = intern(e, true)!;
  kept.detail.refs--;
  return true;
}

/** RC-109: a packet was forwarded by an entry; is its sender to be told of a better way? */
export function isRedirectDue(e: Entry): bool {
  const d = deviceFind(e.device);
  if (!(e.detail.flags & RTCF_DOREDIRECT) || d == null || !d.confOr(abi.CONF_SEND_REDIRECTS)) return false;
  const rc = routeCache();
  const now = rc.tick;
  if (now > e.detail.rateLast + <f64>rc.sysctl(abi.RTC_SYSCTL_REDIRECT_SILENCE)) e.detail.rateTokens = 0;
  if (e.detail.rateTokens >= <f64>rc.sysctl(abi.RTC_SYSCTL_REDIRECT_NUMBER)) {
    e.detail.rateLast = now;
    return false;
  }
  const wait = <f64>rc.sysctl(abi.RTC_SYSCTL_REDIRECT_LOAD) * <f64>((<u64>1) << (<u64>e.detail.rateTokens));
  if (e.detail.rateTokens != 0 && now <= e.detail.rateLast + wait) return false;
  e.detail.rateLast = now;
  e.detail.rateTokens++;
  return true;
}

// ---- errors

/** RC-110: the ICMP code of "destination unreachable" that the sender of a packet is due, -1 = none. */
export function errorDue(e: Entry): i32 {
  const code = codeOf(e.error);
  if (code < 0) return code;
  const rc = routeCache();
  const saved = e.detail.rateTokens + (rc.tick - e.detail.rateLast);
  const cost = <f64>rc.sysctl(abi.RTC_SYSCTL_ERROR_COST);
  e.detail.rateTokens = min<f64>(saved, <f64>rc.sysctl(abi.RTC_SYSCTL_ERROR_BURST));
  e.detail.rateLast = rc.tick;
  if (e.detail.rateTokens < cost) return -1;
  e.detail.rateTokens -= cost;
  return code;
}

function codeOf(error: u8): i32 {
  if (error == EHOSTUNREACH) return HOST_UNREACHABLE;
  if (error == ENETUNREACH) return NET_UNREACHABLE;
  return error == EACCES ? FILTERED : -1;
}

/** RC-115: the neighbour of an entry cannot be reached; the next scan frees it. */
export function linkFailed(e: Entry): void {
  setExpires(e, 0);
}

/** RC-114: the holder of an entry has doubts; false, and it is no longer held: it must be looked up anew. */
export function advise(e: Entry): bool {
  if (e.obsolete) {
    if (e.detail.refs) e.detail.refs--;
    return false;
  }
  if (!(e.detail.flags & RTCF_REDIRECTED) && e.detail.expires == 0) return true;
  entryDelete(e);
  return false;
}

// ---- path MTU

/**
 * RC-111: a router could not pass on a packet of `length` from src to dst and says what it can, 0 = nothing. The path
 * MTU learned, or what was claimed.
 */
export function fragNeeded(
  dst: u32,
  src: u32,
  claimed: u32,
  length: u32,
  headerLength: u32,
  device: u32,
): u32 {
  let learned: u32 = 0;
  for (let i: u32 = 0; i < KEYS; i++) {
    for (let e = firstUnder(i, dst, src, device); e != null; e = nextUnder(e!, i, src, device)) {
      if (e.detail.rtDst != dst || e.detail.rtSrc != src || e.detail.metric(RTAX_LOCK) & MTU_LOCK) continue;
      const now = e.detail.metric(RTAX_MTU);
      const mtu = claimed < LEAST || claimed >= length ? guess(claimed, length, headerLength, now) : claimed;
      if (mtu <= now) learned = mtu < now ? learn(e, mtu) : mtu;
    }
  }
  return learned ? learned : claimed;
}

/** What a router can pass that says nothing useful; `now` is what the path was thought to pass. */
function guess(claimed: u32, length: u32, headerLength: u32, now: u32): u32 {
  const countsHeader = claimed == 0 && length >= now && length >= LEAST + headerLength;
  return plateauBelow(countsHeader ? length - headerLength : length);
}

/** The longest of the sizes that links have (RFC 1191) below a length. */
function plateauBelow(length: u32): u32 {
  if (length > 32000) return 32000;
  if (length > 17914) return 17914;
  if (length > 8166) return 8166;
  if (length > 4352) return 4352;
  if (length > 2002) return 2002;
  if (length > 1492) return 1492;
  if (length > 576) return 576;
  if (length > 296) return 296;
  if (length > 216) return 216;
  return length > 128 ? 128 : LEAST;
}

/** RC-112: TCP knows a path MTU. */
export function updatePmtu(e: Entry, mtu: u32): void {
  if (e.detail.metric(RTAX_MTU) > mtu && mtu >= LEAST && !(e.detail.metric(RTAX_LOCK) & MTU_LOCK))
    learn(e, mtu);
}

/** Gives an entry a smaller MTU for a while; below min_pmtu it gets that, and learns no more. The MTU it has now. */
function learn(e: Entry, mtu: u32): u32 {
  const rc = routeCache();
  const least = <u32>rc.sysctl(abi.RTC_SYSCTL_MIN_PMTU);
  if (mtu < least) {
    mtu = least;
    e.detail.setMetric(RTAX_LOCK, e.detail.metric(RTAX_LOCK) | MTU_LOCK);
  }
  e.detail.setMetric(RTAX_MTU, mtu);
  setExpires(e, <f64>rc.sysctl(abi.RTC_SYSCTL_MTU_EXPIRES));
  return mtu;
}

/** RC-113: an entry is out of date after so many ticks, if it was not to be earlier. */
function setExpires(e: Entry, timeout: f64): void {
  const at = max<f64>(1, routeCache().tick + timeout);
  if (e.detail.expires == 0 || at < e.detail.expires) e.detail.expires = at;
}

// ---- the keys of a destination

/** Keys of entries for packets made here: with the source or without, and with the device or without (RC-108). */
const KEYS: u32 = 4;

/** The first live entry for output under key i of a destination, or null; keys that are alike have one turn. */
function firstUnder(i: u32, dst: u32, src: u32, device: u32): Entry | null {
  if ((i & 2 && !src) || (i & 1 && !device)) return null;
  const head = chainOf(routeCache(), dst, i & 2 ? 0 : src, i & 1 ? 0 : device, state().cacheGenid);
  return under(load<Entry | null>(head), dst, i & 2 ? 0 : src, i & 1 ? 0 : device);
}

/** The next one under the same key. */
function nextUnder(e: Entry, i: u32, src: u32, device: u32): Entry | null {
  return under(e.next, e.dst, i & 2 ? 0 : src, i & 1 ? 0 : device);
}

/** The first entry of the rest of a chain under a key, whatever its tos and mark. */
function under(e: Entry | null, dst: u32, src: u32, oif: u32): Entry | null {
  while (e != null && (e.dst != dst || e.src != src || e.index != oif || e.isInput || isExpired(e)))
    e = e.next;
  return e;
}
