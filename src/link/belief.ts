/**
 * link/belief.ts - links as a source tells them: believed, not checked. What Linux does silently when a link goes down,
 * loses its carrier or goes is done here too (FIB-120..131); addresses and the routes that it tells of come by themselves.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { ETH_ALEN, type Device, type Devices } from '../core/device.js';
import { show, whole } from '../core/route.js';
import { FibError } from '../errors.js';
import type { LinkChange, LinkState } from '../model/change.js';
import { OPER_STATES } from '../model/link.js';
import { parseHardware } from '../text/hardware.js';
import { sameBytes } from '../wire/bytes.js';
import { encodeLink } from '../wire/link.js';
import { INET_MIN_MTU, MAX_INDEX, checkName, type Births } from './births.js';
import type { LinkEvents } from './events.js';
import { kindNamed, kindOf } from './kinds.js';

const U32 = 0xffffffff;
const U16 = 0xffff;
/** Flags that follow from carrier and state. */
const SHOWN = uapi.IFF_RUNNING | uapi.IFF_LOWER_UP;

/** The links of one Netns as they are told. */
export class Belief {
  readonly #devices: Devices;
  readonly #births: Births;
  readonly #events: LinkEvents;

  constructor(devices: Devices, births: Births, events: LinkEvents) {
    this.#devices = devices;
    this.#births = births;
    this.#events = events;
  }

  /** Takes a change of a link; true if anything is otherwise now. @throws {FibError} EINVAL as `verify`; ENOBUFS */
  take(change: LinkChange): boolean {
    this.verify(change);
    const { index, name, link } = change;
    if (change.op === 'del') return this.#gone(index);
    const known = this.#devices.get(index);
    if (known !== undefined && known.name === name && link === undefined) return false;
    const device = known ?? this.#births.placehold(index, this.#births.placeholder(index), 'apply');
    const before = known && encodeLink(this.#events.message(device));
    const was = device.shownFlags;
    this.#name(device, name);
    if (link === undefined) device.flags |= uapi.IFF_UP;
    else this.#set(device, link);
    this.#follow(device, was);
    const after = encodeLink(this.#events.message(device));
    if (before !== undefined && sameBytes(before, after)) return false;
    this.#events.shifted();
    this.#events.tell(device, (was ^ device.shownFlags) >>> 0);
    return true;
  }

  /**
   * Throws what `take` would throw for a change that no link can hold; changes nothing.
   * @throws {FibError} EINVAL
   */
  verify({ op, index, name, link }: LinkChange): void {
    whole(index, 'index', 1, MAX_INDEX, 'apply');
    if (op === 'del') {
      if (index === 1) throw new FibError('EINVAL', 'apply', { detail: 'the loopback device stays' });
      return;
    }
    if (op !== 'add') {
      throw new FibError('EINVAL', 'apply', { detail: `op: expected add or del, got ${show(op)}` });
    }
    if (this.#devices.nameOf(index) !== name) checkName(name, 'apply');
    if (link !== undefined) checkState(link);
  }

  /** A link has this name from now on; whoever had it before gets one that stands for none. */
  #name(device: Device, name: string): void {
    if (device.name === name) return;
    const other = this.#devices.named(name);
    if (other !== undefined) this.#rename(other, this.#births.placeholder(other.index));
    this.#rename(device, name);
  }

  /** Rules that name a link by its name follow. */
  #rename(device: Device, name: string): void {
    this.#events.unnamed(device);
    this.#devices.rename(device, name);
    this.#events.named(device);
  }

  #set(device: Device, link: LinkState): void {
    const { flags, mtu, operstate, address, broadcast, master, table, group, txqlen } = link;
    this.#setKind(device, link);
    if (flags !== undefined) device.flags = flags & ~SHOWN;
    if (link.qdisc === undefined ? device.isUp : link.qdisc !== 'noop') device.given |= abi.LINK_WAS_UP;
    if (mtu !== undefined) this.#setMtu(device, mtu);
    if (operstate !== undefined) device.operstate = OPER_STATES.indexOf(operstate);
    else if (flags !== undefined) device.operstate = operstateOf(flags);
    const carrier = link.carrier ?? (flags === undefined ? undefined : hasCarrier(flags));
    if (carrier !== undefined && carrier !== device.hasCarrier) device.hasCarrier = carrier;
    if (link.carrierUps !== undefined) device.carrierUps = link.carrierUps;
    if (link.carrierDowns !== undefined) device.carrierDowns = link.carrierDowns;
    const own = hardwareOf(address);
    const all = hardwareOf(broadcast);
    if (own !== undefined) device.address = own;
    if (all !== undefined) device.broadcast = all;
    if (master !== undefined) device.master = master;
    if (link.port !== undefined) device.port = link.port;
    if (link.forwarding !== undefined) device.isForwarding = link.forwarding;
    if (table !== undefined) device.table = table;
    if (group !== undefined) device.group = group;
    if (txqlen !== undefined) device.txqlen = txqlen;
    if (link.peer !== undefined) this.#join(device, link.peer);
  }

  /** Number 1 is the loopback device whatever is told, and no other is. */
  #setKind(device: Device, { kind, type }: LinkState): void {
    if (device.kind === abi.LINK_LOOPBACK || (kind === undefined && type === undefined)) return;
    const told = kind === undefined ? undefined : kindNamed(kind);
    const { number, type: natural } = told ?? kindOf(abi.LINK_PLAIN);
    if (number !== device.kind) this.#join(device, 0);
    device.become(number, type ?? natural);
  }

  #setMtu(device: Device, mtu: number): void {
    device.mtu = mtu;
    const isEnough = mtu >= INET_MIN_MTU;
    if (isEnough && !device.hasInet) device.inetNew();
    else if (!isEnough) device.hasInet = false;
  }

  /** Two ends of a veth pair know each other, or neither does. */
  #join(device: Device, index: number): void {
    const peer = index === device.index ? undefined : this.#devices.get(index);
    for (const end of [device, peer]) {
      const other = end && this.#devices.get(end.peer);
      if (other !== undefined) other.peer = 0;
      if (end !== undefined) end.peer = 0;
    }
    if (peer?.kind !== abi.LINK_VETH || device.kind !== abi.LINK_VETH) return;
    device.peer = peer.index;
    peer.peer = device.index;
  }

  /** What follows silently from flags that were otherwise (FIB-120..126, FIB-131). */
  #follow(device: Device, was: number): void {
    const changed = was ^ device.shownFlags;
    if (changed & uapi.IFF_UP) {
      if (device.isUp) this.#events.revived(device);
      else this.#events.closed(device);
    } else if (device.isUp && changed & uapi.IFF_RUNNING) {
      const isRunning = (device.shownFlags & uapi.IFF_RUNNING) !== 0;
      if (isRunning === device.hasCarrier) this.#events.carrierSeen(device);
    }
  }

  /** A link goes, with what is left on it. */
  #gone(index: number): boolean {
    const device = this.#devices.get(index);
    if (device === undefined) return false;
    this.#join(device, 0);
    for (const port of this.#devices.all()) if (port.master === index) port.master = 0;
    this.#events.removed(device);
    this.#events.tellGone(device);
    this.#devices.remove(device);
    return true;
  }
}

/** Throws for a state that no link can be in. */
function checkState(link: LinkState): void {
  if (typeof link !== 'object' || link === null) {
    throw new FibError('EINVAL', 'apply', { detail: `link: expected an object, got ${show(link)}` });
  }
  const { flags, mtu, master, peer, table, group, txqlen, carrierUps, carrierDowns } = link;
  const words = { flags, mtu, table, group, txqlen, carrierUps, carrierDowns };
  for (const [field, value] of Object.entries({ ...words, master, peer })) {
    if (value !== undefined) whole(value, field, 0, U32, 'apply');
  }
  for (const [field, value] of Object.entries({ type: link.type, port: link.port })) {
    if (value !== undefined) whole(value, field, 0, U16, 'apply');
  }
  if (link.operstate !== undefined && !OPER_STATES.includes(link.operstate)) {
    throw new FibError('EINVAL', 'apply', { detail: `operstate: got ${show(link.operstate)}` });
  }
  hardwareOf(link.address);
  hardwareOf(link.broadcast);
}

/** An Ethernet address; undefined for none, and for one of another length, which is not kept. */
function hardwareOf(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || (typeof text === 'string' && text.split(':').length !== ETH_ALEN))
    return undefined;
  return parseHardware(text);
}

/** The state of a link that nobody told, from what its flags say. */
function operstateOf(flags: number): number {
  return flags & uapi.IFF_RUNNING ? uapi.IF_OPER_UP : uapi.IF_OPER_DOWN;
}

function hasCarrier(flags: number): boolean {
  return (flags & uapi.IFF_LOWER_UP) !== 0;
}
