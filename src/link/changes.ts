/**
 * link/changes.ts - what can be set on a link, and what that brings about.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Device, Devices } from '../core/device.js';
import { FibError } from '../errors.js';
import type { LinkSettings } from '../model/link.js';
import type { Origin } from '../notices.js';
import { INET_MIN_MTU, MAX_INDEX, checkHardware, type Births } from './births.js';
import type { Bridges } from './bridge.js';
import type { Carrier } from './carrier.js';
import type { LinkEvents } from './events.js';
import { kindOf } from './kinds.js';

/** IFF_* bits that can be set; the others follow from what a device is and does. */
const SETTABLE_FLAGS =
  uapi.IFF_UP |
  uapi.IFF_DEBUG |
  uapi.IFF_NOTRAILERS |
  uapi.IFF_NOARP |
  uapi.IFF_PROMISC |
  uapi.IFF_ALLMULTI |
  uapi.IFF_MULTICAST |
  uapi.IFF_PORTSEL |
  uapi.IFF_AUTOMEDIA |
  uapi.IFF_DYNAMIC;
/** From which states a program may move a link to a state. */
const OPERSTATES_BEFORE: Partial<Record<number, readonly number[]>> = {
  [uapi.IF_OPER_UP]: [uapi.IF_OPER_DORMANT, uapi.IF_OPER_TESTING, uapi.IF_OPER_UNKNOWN],
  [uapi.IF_OPER_DORMANT]: [uapi.IF_OPER_UP, uapi.IF_OPER_UNKNOWN],
  [uapi.IF_OPER_TESTING]: [uapi.IF_OPER_UP, uapi.IF_OPER_UNKNOWN],
};

/** Where changes lead to. */
export interface ChangeRooms {
  readonly devices: Devices;
  readonly births: Births;
  readonly carrier: Carrier;
  readonly bridges: Bridges;
  readonly events: LinkEvents;
}

/** Changes the links of one Netns. Carrier reports are the caller's to run afterwards. */
export class Changes {
  readonly #devices: Devices;
  readonly #births: Births;
  readonly #carrier: Carrier;
  readonly #bridges: Bridges;
  readonly #events: LinkEvents;

  constructor({ devices, births, carrier, bridges, events }: ChangeRooms) {
    this.#devices = devices;
    this.#births = births;
    this.#carrier = carrier;
    this.#bridges = bridges;
    this.#events = events;
  }

  /**
   * Changes a link; the order is that of `ns.link.set`, and what came before a refusal stays and is told.
   * @throws {FibError} as `ns.link.set`
   */
  change(device: Device, settings: LinkSettings, operation: string): void {
    const { address, mtu, group, name, broadcast, flags, master, carrier, txqlen, operstate } = settings;
    const { length } = device.address;
    if ((address?.length ?? length) < length || (broadcast?.length ?? length) < length) {
      throw new FibError('EINVAL', operation, { detail: `hardware address: expected ${length} bytes` });
    }
    let isTold = settings.isTold === true;
    try {
      if (address !== undefined) this.#setAddress(device, address, operation);
      if (mtu !== undefined) this.#setMtu(device, mtu, operation);
      if (group !== undefined) {
        device.group = group;
        isTold = true;
      }
      if (name !== undefined) this.#rename(device, name, operation);
      if (broadcast !== undefined) this.#setBroadcast(device, broadcast);
      if (flags !== undefined) this.#setFlags(device, flags, settings.mask ?? 0);
      if (master !== undefined) this.setMaster(device, master, operation);
      if (carrier !== undefined) this.#setCarrier(device, carrier, operation);
      if (txqlen !== undefined) this.#setTxqlen(device, txqlen);
      if (operstate !== undefined) this.#setOperstate(device, operstate);
      isTold = this.#setLabels(device, settings) || isTold;
    } finally {
      if (isTold) this.changed(device);
    }
  }

  /** Alias, link mode and limits of offloads, which nothing follows from. True if there was one. */
  #setLabels({ labels }: Device, { alias, linkMode, limits }: LinkSettings): boolean {
    for (const [type, value] of limits ?? []) labels.setLimit(type, value);
    if (alias !== undefined) labels.alias = alias;
    if (linkMode !== undefined) labels.mode = linkMode;
    return alias !== undefined || linkMode !== undefined || limits !== undefined;
  }

  /**
   * Gives a link other names, or takes some from it, one after the other; what came before a refusal stays, and is told.
   * @throws {FibError} EEXIST a link has this name; ENOENT none has; EINVAL another link has it, or it is its own
   */
  setNames(device: Device, names: readonly string[], isAdded: boolean, operation: string): void {
    let isTold = false;
    try {
      for (const name of names) {
        if (isAdded) this.#addName(device, name, operation);
        else this.#dropName(device, name, operation);
        isTold = true;
      }
    } finally {
      if (isTold) this.#events.tell(device);
    }
  }

  #addName(device: Device, name: string, operation: string): void {
    if (this.#devices.named(name) !== undefined) throw new FibError('EEXIST', operation, { detail: name });
    this.#devices.alsoCall(device, [...device.labels.names, name]);
  }

  #dropName(device: Device, name: string, operation: string): void {
    const found = this.#devices.named(name);
    if (found === undefined) throw new FibError('ENOENT', operation, { detail: name });
    if (found !== device || name === device.name) throw new FibError('EINVAL', operation, { detail: name });
    this.#devices.alsoCall(
      device,
      device.labels.names.filter((other) => other !== name),
    );
  }

  /** Brings a new link to what its flags say, and tells of it. */
  introduce(device: Device, settings: LinkSettings, origin?: Origin): void {
    const { flags, mask = 0 } = settings;
    const wanted = flags === undefined ? device.flags : flagsAfter(device.flags, flags, mask);
    device.flags = wanted & ~uapi.IFF_UP;
    if (wanted & uapi.IFF_UP) this.#open(device);
    this.#events.named(device);
    this.#events.tellNew(device, origin);
    if (device.isUp) this.#events.opened(device);
  }

  #setAddress(device: Device, address: Uint8Array, operation: string): void {
    if (!kindOf(device.kind).canSetAddress) {
      throw new FibError('EOPNOTSUPP', operation, { detail: 'address: stays as it was made' });
    }
    checkHardware(address, operation);
    device.address = address;
    device.given |= abi.LINK_GIVEN_ADDRESS;
    if (device.kind === abi.LINK_BRIDGE) this.#bridges.tuneCarrier(device);
    this.#events.tell(device);
    this.#bridges.portTuned(device);
  }

  #setMtu(device: Device, mtu: number, operation: string): void {
    if (mtu === device.mtu) return;
    const { minMtu, maxMtu } = kindOf(device.kind);
    if (mtu < minMtu || mtu > MAX_INDEX) {
      throw new FibError('EINVAL', operation, { extack: 'mtu less than device minimum' });
    }
    if (maxMtu !== 0 && mtu > maxMtu) {
      throw new FibError('EINVAL', operation, { extack: 'mtu greater than device maximum' });
    }
    device.mtu = mtu;
    device.given |= abi.LINK_GIVEN_MTU;
    this.#events.tell(device);
    this.#tuneInet(device);
    this.#events.shifted();
    this.#bridges.portTuned(device);
  }

  /** IPv4 wants a certain MTU: below it a device loses its addresses and sysctls. */
  #tuneInet(device: Device): void {
    const isEnough = device.mtu >= INET_MIN_MTU;
    if (isEnough === device.hasInet) return;
    if (isEnough) {
      device.inetNew();
      this.#events.tellInet(device);
    } else {
      this.#events.inetGone(device);
      device.hasInet = false;
    }
  }

  #setBroadcast(device: Device, address: Uint8Array): void {
    device.broadcast = address;
    this.#events.tell(device);
  }

  #rename(device: Device, name: string, operation: string): void {
    if (name === '' || name === device.name) return;
    const free = this.#births.freeName(name, operation);
    this.#events.unnamed(device);
    this.#devices.rename(device, free);
    this.#events.named(device);
    this.#events.tell(device);
    this.#events.renamed(device);
  }

  #setFlags(device: Device, flags: number, mask: number): void {
    const before = device.flags;
    const after = flagsAfter(before, flags, mask);
    const change = (before ^ after) >>> 0;
    if (change === 0) return;
    device.flags = (after & ~uapi.IFF_UP) | (before & uapi.IFF_UP);
    if ((change & uapi.IFF_UP) === 0) this.#events.tell(device, change);
    else if ((after & uapi.IFF_UP) === 0) this.close(device, change);
    else {
      this.#open(device);
      this.#events.tell(device, change);
      try {
        this.#events.opened(device);
      } catch (error) {
        this.close(device, uapi.IFF_UP); // no memory for the routes of its addresses
        throw error;
      }
      this.#bridges.portChanged(device);
    }
  }

  /** Up: a veth whose other end is up has carrier now, ports of a bridge forward. */
  #open(device: Device): void {
    device.given |= abi.LINK_WAS_UP;
    device.flags |= uapi.IFF_UP;
    const peer = this.#devices.get(device.peer);
    if (peer?.isUp === true) {
      this.#carrier.set(device, true);
      this.#carrier.set(peer, true);
    }
    if (device.kind === abi.LINK_BRIDGE) this.#bridges.open(device);
  }

  /** Down, told, with what follows. */
  close(device: Device, change: number): void {
    device.flags &= ~uapi.IFF_UP;
    if (device.kind === abi.LINK_VETH) {
      const peer = this.#devices.get(device.peer);
      this.#carrier.set(device, false);
      if (peer !== undefined) this.#carrier.set(peer, false);
    }
    if (device.kind === abi.LINK_BRIDGE) this.#bridges.close(device);
    this.#events.tell(device, change);
    this.#events.closed(device);
    this.#bridges.portChanged(device);
  }

  setMaster(device: Device, index: number, operation: string): void {
    if (index === device.master) return;
    const master = this.#devices.get(index);
    if (index !== 0) checkMaster(device, master, operation);
    const bridge = this.#bridges.of(device);
    if (bridge !== undefined) this.#bridges.leave(device, bridge);
    else if (device.master !== 0) this.#setVrf(device, 0);
    if (master === undefined) return;
    if (master.kind === abi.LINK_BRIDGE) this.#bridges.join(device, master);
    else this.#setVrf(device, index);
  }

  /** Joins or leaves a VRF: a link that is up goes down and up again, so that its routes change tables (FIB-129). */
  #setVrf(device: Device, index: number): void {
    device.master = index;
    this.#events.shifted();
    this.#events.tell(device);
    if (!device.isUp) return;
    this.close(device, uapi.IFF_UP);
    this.#setFlags(device, uapi.IFF_UP, uapi.IFF_UP);
  }

  #setCarrier(device: Device, is: boolean, operation: string): void {
    if (!kindOf(device.kind).canSetCarrier) {
      throw new FibError('EOPNOTSUPP', operation, { detail: 'carrier: the device finds out by itself' });
    }
    this.#carrier.set(device, is);
  }

  #setTxqlen(device: Device, length: number): void {
    if (length === device.txqlen) return;
    device.txqlen = length;
    this.#events.tell(device);
  }

  /** What a program may say of a link whose state it manages; anything else changes nothing. */
  #setOperstate(device: Device, state: number): void {
    const from = OPERSTATES_BEFORE[state];
    if (from === undefined || !from.includes(device.operstate)) return;
    device.operstate = state;
    this.changed(device);
  }

  /** A link that is up is told anew, and whoever stands on it looks at its carrier. */
  changed(device: Device): void {
    if (!device.isUp) return;
    this.#events.carrierSeen(device);
    this.#bridges.portChanged(device);
    this.#events.tell(device);
  }

  releasePorts(vrf: Device): void {
    for (const port of this.#devices.all()) if (port.master === vrf.index) this.#setVrf(port, 0);
  }
}

/** Flags after a request that sets those of a mask, or all when it has none. */
function flagsAfter(before: number, flags: number, mask: number): number {
  const settable = SETTABLE_FLAGS & (mask === 0 ? SETTABLE_FLAGS : mask);
  return (flags & settable) | (before & ~settable);
}

/** Refuses a master that cannot take this device. */
function checkMaster(
  device: Device,
  master: Device | undefined,
  operation: string,
): asserts master is Device {
  if (master === undefined) throw new FibError('EINVAL', operation, { detail: 'no such master' });
  if (master.kind !== abi.LINK_BRIDGE && master.kind !== abi.LINK_VRF) {
    throw new FibError('EOPNOTSUPP', operation, { detail: `${master.name} takes no ports` });
  }
  if (master.kind === abi.LINK_BRIDGE && device.kind === abi.LINK_BRIDGE) {
    throw new FibError('ELOOP', operation, { extack: 'Can not enslave a bridge to a bridge' });
  }
  if (device.type !== uapi.ARPHRD_ETHER && master.kind === abi.LINK_BRIDGE) {
    throw new FibError('EINVAL', operation, { detail: `${device.name} is no Ethernet device` });
  }
}
