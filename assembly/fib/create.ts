// fib/create.ts - may this route be added? The kernel's checks, in the kernel's order (CFG sections 3 and 4).
//
// A check that fails gives a negated errno and leaves its reason in the State; one that passes writes what it learned
// into the record: the device behind a gateway, the scope of each nexthop, LINKDOWN.
//
// Gateways and sources are looked up through the flow and result records of the caller.

import * as abi from "../../src/abi/records";
import {
  AF_INET,
  AF_INET6,
  EACCES,
  EHOSTUNREACH,
  EINVAL,
  ENETDOWN,
  ENOBUFS,
  ENODEV,
  RTNH_F_DEAD,
  RTNH_F_LINKDOWN,
  RTNH_F_ONLINK,
  RTNH_F_PERVASIVE,
  RTN_BLACKHOLE,
  RTN_BROADCAST,
  RTN_LOCAL,
  RTN_MULTICAST,
  RTN_NAT,
  RTN_THROW,
  RTN_UNICAST,
  RTN_UNSPEC,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
} from "../../src/abi/uapi";
import { clear, state } from "../arena";
import { Device, deviceFind, l3masterOf } from "../device";
import { Flow, NexthopRecord, ObjectRecord, Result, RouteRecord } from "../record";
import { infoAfter } from "./info";
import { lookup, matchAlias, pathOf, rejection } from "./lookup";
import { Obj, objectFind } from "./object";
import { isNone, routeAdd, tableFind, tableGet } from "./table";

/** Refuses with a reason. */
function refuse(errno: i32, reason: u32): i32 {
  state().reason = reason;
  return -errno;
}

/** The widest scope that a route type may have (FIB-85). */
function widestScope(type: u8): u8 {
  if (type == RTN_LOCAL) return <u8>RT_SCOPE_HOST;
  if (type == RTN_UNICAST || (type >= <u8>RTN_MULTICAST && type <= <u8>RTN_THROW))
    return <u8>RT_SCOPE_UNIVERSE;
  return type == RTN_UNSPEC || type >= <u8>RTN_NAT ? <u8>RT_SCOPE_NOWHERE : <u8>RT_SCOPE_LINK;
}

/** True for the types that forward or deliver: those a nexthop makes sense for. */
function takesNexthop(type: u8): bool {
  return type >= <u8>RTN_UNICAST && type <= <u8>RTN_MULTICAST;
}

/** `checkHead` for a request whose nexthops are still unread: its table stays, whatever becomes of the route (FIB-4). */
export function openRoute<K>(r: RouteRecord): i32 {
  return tableGet<K>(r.table) == null ? -ENOBUFS : checkHead(r);
}

/** Checks 8 to 10: what is looked at before the list of nexthops is read. */
export function checkHead(r: RouteRecord): i32 {
  state().reason = abi.REASON_NONE;
  if (r.scope < widestScope(r.type)) return refuse(EINVAL, abi.REASON_SCOPE);
  if (r.flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) return refuse(EINVAL, abi.REASON_DEAD_FLAGS);
  return r.nhid && objectFind(r.nhid) == null ? refuse(EINVAL, abi.REASON_NHID) : 0;
}

/** All checks of a whole request. 0 or a negated errno. */
export function checkRoute<K>(r: RouteRecord, flow: Flow, result: Result): i32 {
  const err = checkHead(r);
  return err ? err : checkBody<K>(r, flow, result);
}

/** Checks 14 to 18. 0 or a negated errno. */
function checkBody<K>(r: RouteRecord, flow: Flow, result: Result): i32 {
  state().reason = abi.REASON_NONE;
  if ((r.type >= <u8>RTN_BLACKHOLE && r.type <= <u8>RTN_THROW) || r.type >= <u8>RTN_NAT) {
    return hasPath(r) ? refuse(EINVAL, abi.REASON_NO_NEXTHOP) : 0;
  }
  if (!takesNexthop(r.type)) return refuse(EINVAL, abi.REASON_TYPE);
  if (r.scope > <u8>RT_SCOPE_HOST) return refuse(EINVAL, abi.REASON_SCOPE);
  let err = 0;
  if (r.nhid) err = checkObject(objectFind(r.nhid)!, r.scope);
  else err = checkNexthops<K>(r, flow, result);
  if (err) return err;
  return isSource<K>(r) ? 0 : refuse(EINVAL, abi.REASON_PREFSRC);
}

/** True if a request says where packets go. Realms alone are a nexthop without a device, which goes nowhere. */
function hasPath(r: RouteRecord): bool {
  return r.count > 1 || (r.count == 1 && (r.nexthop(0).oif != 0 || r.nexthop(0).family != 0));
}

/** CFG-41. */
function checkObject(o: Obj, scope: u8): i32 {
  const nh = o.path(0).nexthop;
  return checkPath(o.isGroup, o.isFdb, nh.family, nh.flags, scope);
}

/** CFG-41, for an object whose first path has this gateway family and these flags. */
function checkPath(isGroup: bool, isFdb: bool, family: u8, flags: u8, scope: u8): i32 {
  if (isFdb) return refuse(EINVAL, abi.REASON_FDB);
  if (scope == RT_SCOPE_HOST) {
    if (isGroup) return refuse(EINVAL, abi.REASON_HOST_MULTIPATH);
    if (family) return refuse(EINVAL, abi.REASON_HOST_GATEWAY);
  }
  const isOnlink = (flags & RTNH_F_ONLINK) != 0;
  return isOnlink && scope >= <u8>RT_SCOPE_LINK ? refuse(EINVAL, abi.REASON_OBJECT_SCOPE) : 0;
}

/**
 * CFG-124: does a new definition suit the routes that use the object, or that use a group with it? The members of a
 * group must exist. O(fib infos * groups).
 */
export function objectSuits(r: ObjectRecord): i32 {
  state().reason = abi.REASON_NONE;
  const o = objectFind(r.id);
  if (o == null || !o.refs) return 0;
  const isFdb = (r.options & abi.NH_O_FDB) != 0;
  const path = r.kind == abi.NH_GROUP ? objectFind(r.memberId(0)) : null;
  const family = path == null ? r.nexthop.family : path.nexthop.family;
  const flags = path == null ? r.nexthop.flags : path.nexthop.flags;
  for (let fi = infoAfter(0); fi != null; fi = infoAfter(fi!.id)) {
    const user = changetype<Obj | null>(fi.object);
    if (user == null || !stands(user, o)) continue;
    const err = checkPath(user != o || r.kind == abi.NH_GROUP, isFdb, family, flags, fi.scope);
    if (err) return err;
  }
  return 0;
}

/** True if what uses `user` stands on `o`: it is that, or a group with it. */
function stands(user: Obj, o: Obj): bool {
  if (user == o) return true;
  for (let i: u32 = 0; user.isGroup && i < user.count; i++) if (user.path(i) == o) return true;
  return false;
}

function checkNexthops<K>(r: RouteRecord, flow: Flow, result: Result): i32 {
  if (r.scope == RT_SCOPE_HOST) return checkHostScope(r);
  let down: u32 = 0;
  for (let i: u32 = 0, n: u32 = r.count; i < n; i++) {
    const nh = r.nexthop(i);
    const err = checkNexthop<K>(nh, r.scope, r.table, flow, result);
    if (err) return err;
    if (nh.flags & RTNH_F_LINKDOWN) down++;
  }
  if (down == r.count) r.flags |= RTNH_F_LINKDOWN;
  return 0;
}

/** CFG-27. */
function checkHostScope(r: RouteRecord): i32 {
  if (r.count != 1) return refuse(EINVAL, abi.REASON_HOST_MULTIPATH);
  const nh = r.nexthop(0);
  if (nh.family) return refuse(EINVAL, abi.REASON_HOST_GATEWAY);
  nh.scope = <u8>RT_SCOPE_NOWHERE;
  return deviceFind(nh.oif) == null ? -ENODEV : 0;
}

/** Section 4, for one path of a route of this scope and table; the record gets device, scope and LINKDOWN. */
export function checkNexthop<K>(nh: NexthopRecord, scope: u8, table: u32, flow: Flow, result: Result): i32 {
  if (nh.family == 0) return checkDirect(nh);
  if (nh.family == AF_INET6) return checkGateway6(nh);
  if (nh.flags & RTNH_F_ONLINK) return checkOnlink<K>(nh, scope);
  return checkGateway<K>(nh, scope, table, flow, result);
}

/** CFG-28..31. */
function checkDirect(nh: NexthopRecord): i32 {
  if (nh.flags & (RTNH_F_PERVASIVE | RTNH_F_ONLINK)) return refuse(EINVAL, abi.REASON_FLAGS_ONLINK);
  const d = deviceFind(nh.oif);
  if (d == null || !d.hasInet) return -ENODEV;
  return standOn(nh, d, <u8>RT_SCOPE_HOST, abi.REASON_DEVICE_DOWN);
}

/** CFG-32. */
function checkOnlink<K>(nh: NexthopRecord, scope: u8): i32 {
  if (scope >= <u8>RT_SCOPE_LINK) return refuse(EINVAL, abi.REASON_NEXTHOP_SCOPE);
  const d = deviceFind(nh.oif);
  if (d == null) return refuse(ENODEV, abi.REASON_ONLINK_DEVICE);
  if (!d.isUp) return refuse(ENETDOWN, abi.REASON_NEXTHOP_DEVICE_DOWN);
  const master = l3masterOf(nh.oif);
  const table = master == null ? <u32>RT_TABLE_LOCAL : master.table;
  if (addressType<K>(load<u32>(nh.gateway), table) != RTN_UNICAST) return refuse(EINVAL, abi.REASON_GATEWAY);
  return standOn(nh, d, <u8>RT_SCOPE_LINK, abi.REASON_NEXTHOP_DEVICE_DOWN);
}

/** CFG-33..36: the gateway must be reached through something narrower than the route itself (FIB-91). */
function checkGateway<K>(nh: NexthopRecord, scope: u8, table: u32, flow: Flow, result: Result): i32 {
  clear(changetype<usize>(flow), abi.FLOW_BYTES);
  flow.family = <u8>AF_INET;
  flow.scope = max<u8>(scope + 1, <u8>RT_SCOPE_LINK);
  flow.flags = <u8>(abi.FLOW_F_IGNORE_LINKSTATE | abi.FLOW_F_FIRST_PATH);
  flow.oif = nh.oif;
  store<u32>(flow.dst, load<u32>(nh.gateway));
  let err: i32 = -EHOSTUNREACH;
  if (table && table != RT_TABLE_MAIN) {
    flow.table = table;
    err = lookup<K>(flow, result);
    flow.table = 0;
  }
  if (err) err = lookup<K>(flow, result);
  if (err) return refuse(-err, abi.REASON_GATEWAY);
  if (result.type != RTN_UNICAST && result.type != RTN_LOCAL) return refuse(EINVAL, abi.REASON_GATEWAY);
  nh.oif = result.oif;
  const d = deviceFind(nh.oif);
  if (d == null) return refuse(EINVAL, abi.REASON_EGRESS);
  return standOn(nh, d, result.scope, abi.REASON_NONE);
}

/**
 * CFG-40, as far as there is no IPv6 FIB: a gateway that a link could have (link-local, 2000::/3, fc00::/7) is taken to
 * be on the link that is named, any other is unreachable.
 */
function checkGateway6(nh: NexthopRecord): i32 {
  const first = load<u32>(nh.gateway);
  const isLinkLocal = (first & 0xffc00000) == 0xfe800000;
  const isGlobal = first >>> 29 == 1 || first >>> 25 == 0x7e;
  if (first >>> 24 == 0xff || isNone(nh.gateway)) return refuse(EINVAL, abi.REASON_GATEWAY6);
  if (nh.oif == 0 && nh.flags & RTNH_F_ONLINK) return refuse(ENODEV, abi.REASON_ONLINK_DEVICE);
  if (nh.oif == 0) return isLinkLocal ? refuse(EINVAL, abi.REASON_EGRESS6) : -EHOSTUNREACH;
  const d = deviceFind(nh.oif);
  if (d == null) return -ENODEV;
  if (d.isLoopback) return refuse(EINVAL, abi.REASON_EGRESS_LOOPBACK);
  if (!isLinkLocal && !isGlobal && !(nh.flags & RTNH_F_ONLINK)) return -EHOSTUNREACH;
  const isOff = d.conf(abi.CONF_DISABLE_IPV6) != 0;
  if (isOff && (d.isUp || !(nh.flags & RTNH_F_ONLINK))) return refuse(EACCES, abi.REASON_IPV6_DISABLED);
  if (!d.isUp) return refuse(ENETDOWN, abi.REASON_NEXTHOP_DEVICE_DOWN);
  nh.scope = <u8>RT_SCOPE_LINK; // and no LINKDOWN: the carrier is not looked at here
  return 0;
}

function standOn(nh: NexthopRecord, d: Device, scope: u8, reason: u32): i32 {
  if (!d.isUp) return refuse(ENETDOWN, reason);
  nh.scope = scope;
  if (!d.hasCarrier) nh.flags |= <u8>RTNH_F_LINKDOWN;
  return 0;
}

/** CFG-46: true if the preferred source is none, or an address of ours. */
function isSource<K>(r: RouteRecord): bool {
  const source = load<u32>(r.prefsrc);
  if (!source || (r.type == RTN_LOCAL && load<u32>(r.dst) == source)) return true;
  const table = r.table == RT_TABLE_MAIN ? <u32>RT_TABLE_LOCAL : r.table;
  if (addressType<K>(source, table) == RTN_LOCAL) return true;
  return table != RT_TABLE_LOCAL && addressType<K>(source, RT_TABLE_LOCAL) == RTN_LOCAL;
}

/** What kind of address this is to a table: RTN_BROADCAST, RTN_MULTICAST, the type of its route, or RTN_UNICAST. */
export function addressType<K>(addr: u32, table: u32): u8 {
  if (addr == 0xffffffff || addr == 0) return <u8>RTN_BROADCAST;
  if (addr >>> 28 == 0xe) return <u8>RTN_MULTICAST;
  const t = tableFind(table);
  if (t == null) return <u8>RTN_UNICAST;
  const fa = matchAlias<K>(t.of<K>(), <K>addr, 0, 0, 0, false);
  return fa == null || rejection(fa.info) ? <u8>RTN_UNICAST : fa.info.type;
}

/** Adds a route if it passes all checks, by the netlink flags; what `routeAdd` gives, or the errno of a check. */
export function routeCreate<K>(r: RouteRecord, flags: u32, flow: Flow, result: Result): i32 {
  if (r.table == 0) r.table = RT_TABLE_MAIN;
  const err = checkRoute<K>(r, flow, result);
  if (err == 0) return routeAdd<K>(r, flags);
  tableGet<K>(r.table); // FIB-4: a refused route leaves its table behind
  return err;
}
