/**
 * link/births.ts - new devices: their names, indexes and what their kind gives them.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { outOfMemory, type Core } from '../core/core.js';
import { ETH_ALEN, type Device, type Devices } from '../core/device.js';
import { show } from '../core/route.js';
import { FibError } from '../errors.js';
import type { LinkSettings } from '../model/link.js';
import { formatHardware } from '../text/hardware.js';
import { kindOf, type Kind } from './kinds.js';

/** The greatest interface index, and the greatest MTU. */
export const MAX_INDEX = 0x7fffffff;
/** The least MTU with which a device has IPv4 state. */
export const INET_MIN_MTU = 68;

/** Makes the devices of one Netns. */
export class Births {
  readonly #core: Core;
  readonly #devices: Devices;

  constructor(core: Core, devices: Devices) {
    this.#core = core;
    this.#devices = devices;
  }

  /** The loopback device, which every namespace begins with. */
  loopback(): void {
    this.#insert(1, 'lo', kindOf(abi.LINK_LOOPBACK), 'create');
    this.#core.view.setUint32(abi.STATE_LAST_DEVICE, 1, true);
  }

  /** A device record for a link, with its own name and index; nobody is told yet. */
  born(kind: Kind, settings: LinkSettings & { readonly index?: number }, operation: string): Device {
    const name = this.freeName(settings.name ?? `${kind.name ?? 'if'}%d`, operation);
    const index = settings.index ?? this.nextIndex();
    const device = this.#insert(index, name, kind, operation);
    if (settings.index === undefined) this.#core.view.setUint32(abi.STATE_LAST_DEVICE, index, true);
    const { mtu, address, broadcast, group, txqlen, linkMode, limits } = settings;
    if (mtu !== undefined) {
      device.mtu = mtu;
      device.given |= abi.LINK_GIVEN_MTU;
    }
    if (address !== undefined) {
      device.address = address;
      device.given |= abi.LINK_GIVEN_ADDRESS;
    }
    if (broadcast !== undefined) device.broadcast = broadcast;
    if (group !== undefined) device.group = group;
    if (txqlen !== undefined) device.txqlen = txqlen;
    if (linkMode !== undefined) device.labels.mode = linkMode;
    for (const [type, limit] of limits ?? []) device.labels.setLimit(type, limit);
    if ('table' in settings) device.table = settings.table as number;
    return device;
  }

  /** A name that no link has: the one that is given, or the first of a row like `eth%d`. */
  freeName(name: string, operation: string): string {
    if (!checkName(name, operation).includes('%')) {
      if (this.#devices.named(name)) throw new FibError('EEXIST', operation, { detail: `name ${name}` });
      return name;
    }
    let n = 0;
    while (this.#devices.named(name.replace('%d', String(n)))) n++;
    return checkName(name.replace('%d', String(n)), operation);
  }

  /** The next free index, counting up from the one given last by itself. */
  nextIndex(): number {
    let index = this.#core.view.getUint32(abi.STATE_LAST_DEVICE, true);
    do index = index === MAX_INDEX ? 1 : index + 1;
    while (this.#devices.get(index) !== undefined);
    return index;
  }

  /** A link of which only a name or an index is known. */
  placehold(index: number, name: string, operation: string): Device {
    return this.#insert(index, name, kindOf(abi.LINK_PLAIN), operation);
  }

  /** A name for a link without one. */
  placeholder(index: number): string {
    let name = `if${index}`;
    while (this.#devices.named(name)) name += '_';
    return name;
  }

  #insert(index: number, name: string, kind: Kind, operation: string): Device {
    if (this.#devices.get(index)) throw new FibError('EEXIST', operation, { detail: `index ${index}` });
    const core = this.#core;
    const { record, view, u8 } = core;
    const length = kind.type === uapi.ARPHRD_NONE ? 0 : ETH_ALEN;
    u8.fill(0, record, record + abi.DEVICE_BYTES);
    view.setUint32(record + abi.DEVICE_INDEX, index, true);
    view.setUint32(record + abi.DEVICE_FLAGS, kind.flags, true);
    view.setUint32(record + abi.DEVICE_MTU, kind.mtu, true);
    view.setUint32(record + abi.DEVICE_TXQLEN, kind.txqlen, true);
    view.setUint16(record + abi.DEVICE_TYPE, kind.type, true);
    view.setUint8(record + abi.DEVICE_KIND, kind.number);
    view.setUint8(record + abi.DEVICE_CARRIER, 1);
    view.setUint8(record + abi.DEVICE_HW_LENGTH, length);
    const err = this.#devices.add(name);
    if (err !== 0) throw err === uapi.ENOBUFS ? outOfMemory(operation) : FibError.fromErrno(err, operation);
    const device = this.#devices.get(index)!;
    device.inetNew();
    if (kind.number !== abi.LINK_LOOPBACK && length > 0) {
      device.address = hardwareOf(index);
      device.broadcast = new Uint8Array(ETH_ALEN).fill(0xff);
    }
    return device;
  }
}

/** Checks what a device is to be born with. */
export function checkBirth(
  { minMtu, maxMtu }: Kind,
  { mtu, address }: LinkSettings,
  operation: string,
): void {
  if (mtu !== undefined && (mtu < minMtu || mtu > (maxMtu === 0 ? MAX_INDEX : maxMtu))) {
    throw new FibError('EINVAL', operation, { detail: `mtu: expected ${minMtu}..${maxMtu}, got ${mtu}` });
  }
  if (address === undefined) return;
  if (address.length !== ETH_ALEN)
    throw new FibError('EINVAL', operation, { detail: 'address: expected 6 bytes' });
  checkHardware(address, operation);
}

/** Refuses a hardware address that no device can have: one of a group, or all zero. */
export function checkHardware(address: Uint8Array, operation: string): void {
  const isGroup = (address[0]! & 1) !== 0;
  if (isGroup || address.subarray(0, ETH_ALEN).every((byte) => byte === 0)) {
    throw new FibError('EADDRNOTAVAIL', operation, { detail: `address ${formatHardware(address)}` });
  }
}

/** An address of its own for a device: locally administered, then the index. */
function hardwareOf(index: number): Uint8Array {
  return Uint8Array.of(2, 0, index >>> 24, index >>> 16, index >>> 8, index);
}

/** The name itself, when Linux would take it for an interface, or a row of names like `eth%d`. */
export function checkName(name: unknown, operation: string): string {
  const fits = typeof name === 'string' && /^[^\s/:%\0]*(%d)?[^\s/:%\0]*$/u.test(name);
  const isName = fits && name !== '' && name !== '.' && name !== '..';
  if (isName && new TextEncoder().encode(name).length < uapi.IFNAMSIZ) return name;
  throw new FibError('EINVAL', operation, {
    detail: `interface name: expected 1..15 bytes without spaces, slashes and colons, got ${show(name)}`,
  });
}
