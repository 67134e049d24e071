/**
 * ioctl.ts - SIOCADDRT and SIOCDELRT: routes by the oldest door of the kernel (CFG section 15).
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { writeHead, writeMetric, writePaths, type Path, type RouteHead } from './core/route-record.js';
import { FibError, WireError } from './errors.js';
import type { RouteTable } from './routes.js';
import { mask4 } from './text/prefix.js';
import { decodeRtentry, type RtEntry } from './wire/rtentry.js';

/** What a call of `ns.ioctl` may need beside its argument. */
export interface IoctlOptions {
  /** Name of the device, which the struct only points to; `eth0:1` also chooses the source by its address' label. */
  readonly dev?: string;
  /** CAP_NET_ADMIN of the caller. Default true. */
  readonly netAdmin?: boolean;
}

const OPERATION = 'ioctl';
/** Largest segment size that a route may advertise (CFG-63). */
const ADVMSS_MAX = 65535 - 40;

/**
 * Adds or deletes the route of a struct rtentry, the 64-bit form of 120 bytes or the 32-bit one of 84.
 * @returns 0 or a negated errno
 */
export function routeIoctl(
  core: Core,
  routes: RouteTable,
  request: number,
  bytes: Uint8Array,
  options: IoctlOptions = {},
): number {
  const isAdd = request === uapi.SIOCADDRT;
  if (request === uapi.SIOCRTMSG) return -uapi.EINVAL;
  if (!isAdd && request !== uapi.SIOCDELRT) return -uapi.ENOTTY;
  if (options.netAdmin === false) return -uapi.EPERM;
  try {
    const at = writeEntry(core, decodeRtentry(bytes), options.dev, isAdd);
    if (isAdd) routes.create(at, uapi.NLM_F_CREATE, OPERATION);
    else routes.remove(at, OPERATION);
    return 0;
  } catch (error) {
    if (error instanceof FibError) return error.errno;
    if (error instanceof WireError) return -uapi.EFAULT;
    throw error;
  }
}

/**
 * Writes the record of an entry and gives its address.
 * @throws {FibError} EAFNOSUPPORT, EINVAL, ENODEV
 */
function writeEntry(core: Core, entry: RtEntry, dev: string | undefined, isAdd: boolean): number {
  const prefix = { dst: entry.dst.address, length: prefixLength(entry), priority: priorityOf(entry) };
  const head = { ...headOf(isAdd), ...prefix };
  if (entry.flags & uapi.RTF_REJECT) return writeReject(core, head);
  const device = dev === undefined ? NO_DEVICE : deviceOf(core, dev);
  return writeRoute(core, entry, head, device, isAdd);
}

/** CFG-137. */
function writeReject(core: Core, head: RouteHead): number {
  const at = core.route(0);
  writeHead(core, at, { ...head, type: uapi.RTN_UNREACHABLE, scope: uapi.RT_SCOPE_HOST }, 0);
  return at;
}

function writeRoute(
  core: Core,
  entry: RtEntry,
  head: RouteHead,
  device: EntryDevice,
  isAdd: boolean,
): number {
  const gateway = entry.gateway.family === uapi.AF_INET ? entry.gateway.address : 0;
  if (isAdd && entry.flags & uapi.RTF_GATEWAY && gateway === 0) throw new FibError('EINVAL', OPERATION);
  const scope = scopeOf(core, entry, gateway, device.table, head.scope);
  const hasPath = isAdd || gateway !== 0 || device.oif !== 0;
  const at = core.route(1);
  const table = device.table || head.table;
  writeHead(core, at, { ...head, scope, table, prefsrc: device.prefsrc }, hasPath ? 1 : 0);
  if (hasPath) writePaths(core, at, [pathOf(device.oif, gateway)]);
  if (isAdd) writeMetrics(core, at, entry);
  return at;
}

/** What is the same for all entries; a delete matches any protocol and scope (CFG-135, CFG-141). */
function headOf(isAdd: boolean): RouteHead {
  return {
    dst: 0,
    length: 0,
    tos: 0,
    type: uapi.RTN_UNICAST,
    protocol: isAdd ? uapi.RTPROT_BOOT : 0,
    scope: isAdd ? uapi.RT_SCOPE_LINK : uapi.RT_SCOPE_NOWHERE,
    table: uapi.RT_TABLE_MAIN,
    priority: 0,
    flags: 0,
    nhid: 0,
    prefsrc: 0,
    refs: 0,
  };
}

/** CFG-134. */
function prefixLength({ dst, genmask, flags }: RtEntry): number {
  if (dst.family !== uapi.AF_INET) throw new FibError('EAFNOSUPPORT', OPERATION);
  if (flags & uapi.RTF_HOST) return 32;
  const mask = genmask.address;
  if (genmask.family !== uapi.AF_INET && (genmask.family !== 0 || mask !== 0)) {
    throw new FibError('EAFNOSUPPORT', OPERATION);
  }
  const length = Math.clz32(~mask);
  if (mask4(length) >>> 0 !== mask || (dst.address & ~mask) !== 0) throw new FibError('EINVAL', OPERATION);
  return length;
}

/** CFG-136. */
function priorityOf({ metric }: RtEntry): number {
  return metric === 0 ? 0 : (metric - 1) >>> 0;
}

/** A route through a gateway that is someone else's is of scope universe, if the flag says that it is meant (CFG-139). */
function scopeOf(core: Core, entry: RtEntry, gateway: number, table: number, scope: number): number {
  if (gateway === 0 || !(entry.flags & uapi.RTF_GATEWAY)) return scope;
  const type = core.exports.addressType(gateway, table || uapi.RT_TABLE_LOCAL);
  return type === uapi.RTN_UNICAST ? uapi.RT_SCOPE_UNIVERSE : scope;
}

function pathOf(oif: number, gateway: number): Path {
  const path = { oif, flags: 0, weight: 1, realm: 0 };
  return { ...path, gateway: gateway === 0 ? undefined : { family: uapi.AF_INET, words: [gateway] } };
}

/** CFG-140. */
function writeMetrics(core: Core, at: number, { flags, mtu, window, irtt }: RtEntry): void {
  const advmss = Math.min((mtu - 40) >>> 0, ADVMSS_MAX);
  if (flags & uapi.RTF_MTU) writeMetric(core, at, uapi.RTAX_ADVMSS, advmss);
  if (flags & uapi.RTF_WINDOW) writeMetric(core, at, uapi.RTAX_WINDOW, window);
  if (flags & uapi.RTF_IRTT) writeMetric(core, at, uapi.RTAX_RTT, 8 * irtt);
}

/** The device of an entry, and what follows from it: the table of its VRF, the source that a label chooses. */
interface EntryDevice {
  readonly oif: number;
  readonly table: number;
  readonly prefsrc: number;
}

const NO_DEVICE: EntryDevice = { oif: 0, table: 0, prefsrc: 0 };

/** CFG-138. */
function deviceOf(core: Core, dev: string): EntryDevice {
  const label = dev.slice(0, uapi.IFNAMSIZ - 1);
  const [name = ''] = label.split(':');
  for (let at = core.exports.deviceNext(0); at !== 0;) {
    const index = core.view.getUint32(at + abi.DEVICE_INDEX, true);
    if (text(core, at + abi.DEVICE_NAME) === name) {
      const prefsrc = label === name ? 0 : addressOf(core, index, label);
      return { oif: index, table: tableOf(core, at), prefsrc };
    }
    at = core.exports.deviceNext(index);
  }
  throw new FibError('ENODEV', OPERATION);
}

/** The address of a device that has this label. */
function addressOf(core: Core, device: number, label: string): number {
  for (let at = core.exports.addressNext(device, 0); at !== 0; at = core.exports.addressNext(device, at)) {
    if (text(core, at + abi.ADDRESS_LABEL) === label)
      return core.view.getUint32(at + abi.ADDRESS_LOCAL, true);
  }
  throw new FibError('ENODEV', OPERATION);
}

/** Table of the VRF that a device is in, 0 for none. */
function tableOf(core: Core, device: number): number {
  const master = core.view.getUint32(device + abi.DEVICE_MASTER, true);
  const vrf = master === 0 ? device : core.exports.deviceGet(master);
  return vrf === 0 ? 0 : core.view.getUint32(vrf + abi.DEVICE_TABLE, true);
}

/** The text of a name in a record, up to its NUL. */
function text({ u8 }: Core, at: number): string {
  const name = u8.subarray(at, at + uapi.IFNAMSIZ);
  const nul = name.indexOf(0);
  return new TextDecoder().decode(nul < 0 ? name : name.subarray(0, nul));
}
