/**
 * links.ts - the interfaces of a Netns: `ns.link`. Made, changed and taken away as `ip link` does.
 *
 *   link/births.ts   new devices, by their kinds (kinds.ts)   link/changes.ts  what can be set
 *   link/carrier.ts  who has carrier and when it is told      link/bridge.ts   bridges and their ports
 *   link/events.ts   who is told, and what follows      link/belief.ts    links as a source tells them
 *
 * The state is in the device records (core/device.ts). A device that a believed route names becomes a link by being
 * named: a placeholder.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { Devices, type Device } from './core/device.js';
import { show, whole, type Links } from './core/route.js';
import { FibError } from './errors.js';
import { Belief } from './link/belief.js';
import { Births, MAX_INDEX, checkBirth, checkName } from './link/births.js';
import { Bridges } from './link/bridge.js';
import { Carrier } from './link/carrier.js';
import { Changes } from './link/changes.js';
import { LinkEvents, type LinkDependents } from './link/events.js';
import { kindNamed, kindOf, type Kind } from './link/kinds.js';
import type { LinkChange } from './model/change.js';
import {
  OPER_STATES,
  type Link,
  type LinkCreation,
  type LinkInput,
  type LinkKind,
  type LinkPeer,
  type LinkSettings,
  type LinkUpdate,
} from './model/link.js';
import type { Notices, Origin } from './notices.js';
import { formatHardware, parseHardware } from './text/hardware.js';
import type { LinkMessage } from './wire/link.js';

const U32 = 0xffffffff;
/** Flags that a link which goes has lost, whether it had RUNNING or not. */
const CLOSED_FLAGS = uapi.IFF_UP | uapi.IFF_RUNNING;

/** The links of one Netns; `ns.link`. */
export class LinkTable implements Links {
  readonly #devices: Devices;
  readonly #events: LinkEvents;
  readonly #carrier: Carrier;
  readonly #bridges: Bridges;
  readonly #births: Births;
  readonly #changes: Changes;
  readonly #belief: Belief;
  /** A link that is there: the one that was named last, most often. */
  #known = 1;
  /** Links made by the operation that is going on. */
  #fresh: number[] = [];

  constructor(core: Core, notices: Notices) {
    this.#devices = new Devices(core);
    this.#events = new LinkEvents(this.#devices, notices);
    this.#births = new Births(core, this.#devices);
    this.#carrier = new Carrier(core, this.#devices, (device) => this.#changes.changed(device));
    this.#bridges = new Bridges(this.#devices, this.#carrier, this.#events);
    this.#changes = new Changes({
      devices: this.#devices,
      births: this.#births,
      carrier: this.#carrier,
      bridges: this.#bridges,
      events: this.#events,
    });
    this.#belief = new Belief(this.#devices, this.#births, this.#events);
    if (this.#devices.all().length === 0) this.#births.loopback();
  }

  /**
   * Adds a link. Without a kind it is a dummy: like an Ethernet card whose plug is in. A veth comes with its other end,
   * which gets the lower index.
   * @throws {FibError} EINVAL a bad name, index, address or MTU, or a VRF without table; EEXIST name or index taken;
   * EADDRNOTAVAIL an address that no device can have; ENODEV no such master; ELOOP, EOPNOTSUPP as in `set`; ENOBUFS
   */
  add(input: LinkInput): Link {
    const operation = 'link add';
    if (typeof input !== 'object' || input === null) {
      throw new FibError('EINVAL', operation, { detail: `link: expected an object, got ${show(input)}` });
    }
    const { up = true, peer } = input;
    const other: LinkPeer = typeof peer === 'string' ? { name: peer } : (peer ?? {});
    const creation = this.#creation({ ...input, up }, other, operation);
    const device = this.create(creation, operation);
    const end = this.#devices.get(device.peer);
    // The other end cannot be born up: it has no peer then.
    if (end !== undefined) this.change(end, { flags: Number(other.up ?? up), mask: uapi.IFF_UP }, operation);
    if (creation.carrier === false) this.change(device, { carrier: false }, operation);
    return this.#read(device);
  }

  /**
   * @internal Adds one end of a wire: a veth whose other end is in another namespace, and which has carrier as `plug` says.
   * @throws {FibError} as `add`
   */
  addEnd(input: LinkInput): Link {
    const operation = 'link add';
    const { up = true } = input;
    const creation = this.#creation({ ...input, kind: 'veth', up }, {}, operation);
    const kind = kindNamed('veth')!;
    checkBirth(kind, creation, operation);
    const device = this.#births.born(kind, creation, operation);
    device.hasCarrier = false;
    device.carrierDowns = 0;
    this.#changes.introduce(device, creation);
    this.#enslave(device, creation, operation);
    this.#carrier.run();
    return this.#read(device);
  }

  /**
   * @internal Gives carrier to a link or takes it, as its other end would. Inside of an operation on these links, which
   * ends with its reports, there must be none in between.
   */
  plug(device: Device, hasCarrier: boolean, isInside: boolean): void {
    this.#carrier.set(device, hasCarrier);
    if (!isInside) this.#carrier.run();
  }

  /**
   * Changes a link. What is given is done in the order address, MTU, group, name, up or down, master, carrier, queue
   * length; what came before a refusal stays.
   * @throws {FibError} ENODEV no such link or master; EINVAL a bad name, address or MTU; EEXIST the name is taken;
   * EADDRNOTAVAIL an address that no device can have; EOPNOTSUPP what the kind cannot do, or a master that takes no
   * ports; ELOOP a bridge in a bridge
   */
  set(name: string, update: LinkUpdate): void {
    const operation = 'link set';
    const device = this.#find(name, operation);
    if (typeof update !== 'object' || update === null) {
      throw new FibError('EINVAL', operation, { detail: `update: expected an object, got ${show(update)}` });
    }
    this.change(device, this.#settings(update, operation), operation);
  }

  /**
   * Takes a link away, with the other end of a veth pair.
   * @throws {FibError} ENODEV no such link; EOPNOTSUPP the loopback device
   */
  del(name: string): void {
    this.remove([this.#find(name, 'link del')], 'link del');
  }

  /** All links by ascending index. */
  list(): Link[] {
    return this.#devices.all().map((device) => this.#read(device));
  }

  /** The link of this name, undefined when there is none. */
  get(name: string): Link | undefined {
    const device = this.#devices.named(name);
    return device && this.#read(device);
  }

  /** @internal Says who stands on links. */
  connect(dependents: LinkDependents): void {
    this.#events.connect(dependents);
  }

  /** @internal The memory is what it was at another time: reads anew what there is. */
  reload(): void {
    this.#known = 1;
    this.#fresh = [];
    this.#devices.reload();
    this.#carrier.reload();
  }

  /** @internal Lets the clock go on, with the carrier reports that come meanwhile. */
  advance(ms: number): void {
    this.#carrier.advance(ms);
  }

  /** @internal */
  device(index: number): Device | undefined {
    return this.#devices.get(index);
  }

  /** @internal */
  named(name: string): Device | undefined {
    return this.#devices.named(name);
  }

  /** @internal True for a link that is there and up. */
  isUp(index: number): boolean {
    return this.#devices.get(index)?.isUp === true;
  }

  /** @internal All links by ascending index. */
  all(): readonly Device[] {
    return this.#devices.all();
  }

  /** @internal A link as a message tells it; a carrier report that is to come is made first. */
  message(device: Device): LinkMessage {
    this.#carrier.sync(device);
    return this.#events.message(device);
  }

  /** @internal A link as a dump tells it: what is still to be reported stays so. */
  dumpMessage(device: Device): LinkMessage {
    return this.#events.message(device);
  }

  /** @internal A port as its bridge tells it; undefined when the link is none. */
  portMessage(device: Device): LinkMessage | undefined {
    return this.#bridges.of(device) && this.#events.portMessage(device);
  }

  /** @internal What kind of device it is; undefined for loopback and placeholders. */
  kindOf(device: Device): LinkKind | undefined {
    return kindOf(device.kind).name;
  }

  /** @internal The link with the next higher index. */
  after(index: number): Device | undefined {
    return this.#devices.after(index);
  }

  /** @internal Changes with the set of links. */
  get generation(): number {
    return this.#devices.generation;
  }

  /**
   * @internal Makes a link and what comes with it.
   * @throws {FibError} as `add`
   */
  create(creation: LinkCreation, operation: string, origin?: Origin): Device {
    const kind = kindNamed(creation.kind)!;
    if (kind.name === 'vrf' && creation.table === undefined) {
      throw new FibError('EINVAL', operation, { extack: 'VRF table id is missing' });
    }
    try {
      return kind.name === 'veth'
        ? this.#createPair(kind, creation, operation, origin)
        : this.#createOne(kind, creation, operation, origin);
    } finally {
      this.#carrier.run();
    }
  }

  /**
   * @internal Changes a link; what came before a refusal stays and is told.
   * @throws {FibError} as `set`
   */
  change(device: Device, settings: LinkSettings, operation: string): void {
    try {
      this.#changes.change(device, settings, operation);
    } finally {
      this.#carrier.run();
    }
  }

  /** @internal Gives a link names besides its own, or takes some away. @throws {FibError} EEXIST, ENOENT, EINVAL */
  setNames(device: Device, names: readonly string[], isAdded: boolean, operation: string): void {
    this.#changes.setNames(device, names, isAdded, operation);
  }

  /**
   * @internal Takes links away, each with the other end of a veth pair.
   * @throws {FibError} EOPNOTSUPP the loopback device
   */
  remove(links: readonly Device[], operation: string, origin?: Origin): void {
    if (links.some(({ kind }) => kind === abi.LINK_LOOPBACK)) {
      throw new FibError('EOPNOTSUPP', operation, { detail: 'the loopback device stays' });
    }
    const going = this.#withPeers(links);
    for (const device of going) {
      if (device.kind === abi.LINK_BRIDGE) this.#bridges.dissolve(device);
      if (device.table !== 0) this.#changes.releasePorts(device);
    }
    for (const device of going) if (device.isUp) this.#changes.close(device, CLOSED_FLAGS);
    for (const device of going) {
      this.#events.removed(device);
      const bridge = this.#bridges.of(device);
      if (bridge !== undefined) this.#bridges.lose(device, bridge);
      this.#events.tellGone(device, origin);
      this.#drop(device);
    }
    this.#carrier.run();
  }

  /** @internal */
  nameOf(index: number): string | undefined {
    return this.#devices.nameOf(index);
  }

  /** @internal */
  indexOf(name: string, operation: string, mayAdd: boolean): number {
    const known = this.#devices.named(name);
    if (known !== undefined) return known.index;
    checkName(name, operation);
    if (!mayAdd) throw new FibError('ENODEV', operation, { detail: `dev ${name}` });
    const numbered = /^if([1-9][0-9]{0,8})$/.exec(name);
    const wanted = numbered === null ? 0 : Number(numbered[1]);
    const free = wanted !== 0 && this.#devices.get(wanted) === undefined ? wanted : this.#births.nextIndex();
    this.#births.placehold(free, name, operation);
    this.#fresh.push(free);
    return free;
  }

  /** @internal */
  know(index: number): void {
    if (index === this.#known || this.#devices.get(index) !== undefined) {
      this.#known = index;
      return;
    }
    this.#births.placehold(index, this.#births.placeholder(index), 'link add');
    this.#fresh.push(index);
  }

  /** @internal Ends an operation: the links that it made by naming them stay, or go when it was refused. */
  settle(isDone: boolean): void {
    if (this.#fresh.length === 0) return;
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const index of fresh) {
      const device = this.#devices.get(index)!;
      if (isDone) this.#events.tellNew(device);
      else this.#drop(device);
    }
  }

  /** @internal What a source says of a link; true if it is otherwise now. @throws {FibError} EINVAL, ENOBUFS */
  believe(change: LinkChange): boolean {
    this.#known = 1;
    return this.#belief.take(change);
  }

  /** @internal Throws what `believe` would throw for a change that no link can hold. */
  verify(change: LinkChange): void {
    this.#belief.verify(change);
  }

  /** A link to make from its values. */
  #creation(input: LinkInput, peer: LinkPeer, operation: string): LinkCreation {
    const { kind = 'dummy', index, table, carrier } = input;
    const traits = kindNamed(kind);
    if (traits === undefined || (carrier === false && !traits.canSetCarrier)) {
      throw new FibError('EOPNOTSUPP', operation, { detail: `kind ${show(kind)}` });
    }
    const { up: _, ...quiet } = peer;
    return {
      ...this.#settings(input, operation),
      kind,
      name: checkName(input.name, operation),
      ...(index !== undefined && { index: whole(index, 'index', 1, MAX_INDEX, operation) }),
      ...(table !== undefined && { table: whole(table, 'table', 1, U32, operation) }),
      ...(kind === 'veth' && { peer: this.#settings(quiet, operation) }),
    };
  }

  /** What options say, in numbers and bytes. */
  #settings(options: LinkUpdate, operation: string): LinkSettings {
    const { up, name, mtu, address, group, txqlen, carrier, master } = options;
    return {
      ...(up !== undefined && { flags: up ? uapi.IFF_UP : 0, mask: uapi.IFF_UP }),
      ...(name !== undefined && { name: checkName(name, operation) }),
      ...(mtu !== undefined && { mtu: whole(mtu, 'mtu', 0, MAX_INDEX, operation) }),
      ...(address !== undefined && { address: parseHardware(address) }),
      ...(group !== undefined && { group: whole(group, 'group', 0, U32, operation) }),
      ...(txqlen !== undefined && { txqlen: whole(txqlen, 'txqlen', 0, U32, operation) }),
      ...(carrier !== undefined && { carrier }),
      ...(master !== undefined && { master: master === null ? 0 : this.#find(master, operation).index }),
    };
  }

  #createOne(kind: Kind, creation: LinkCreation, operation: string, origin?: Origin): Device {
    checkBirth(kind, creation, operation);
    const device = this.#births.born(kind, creation, operation);
    if (kind.name === 'bridge' && creation.address !== undefined) this.#bridges.tuneCarrier(device);
    this.#changes.introduce(device, creation, origin);
    this.#enslave(device, creation, operation);
    return device;
  }

  /** A veth pair: the other end comes first and does not know its peer when it is told. */
  #createPair(kind: Kind, creation: LinkCreation, operation: string, origin?: Origin): Device {
    const other = creation.peer ?? {};
    checkBirth(kind, creation, operation);
    checkBirth(kind, other, operation);
    const peer = this.#births.born(kind, other, operation);
    this.#carrier.set(peer, false);
    if (((other.flags ?? 0) & uapi.IFF_UP) !== 0) {
      this.#drop(peer);
      throw new FibError('ENOTCONN', operation, {
        detail: 'the other end cannot be up before it has a peer',
      });
    }
    this.#changes.introduce(peer, other);
    let device: Device;
    try {
      device = this.#births.born(kind, creation, operation);
    } catch (error) {
      this.remove([peer], operation);
      throw error;
    }
    this.#carrier.set(device, false);
    device.peer = peer.index;
    peer.peer = device.index;
    this.#changes.introduce(device, creation, origin);
    this.#enslave(device, creation, operation);
    return device;
  }

  /** Gives a new link its master; without it there is no link. */
  #enslave(device: Device, { master }: LinkSettings, operation: string): void {
    if (master === undefined || master === 0) return;
    try {
      this.#changes.setMaster(device, master, operation);
    } catch (error) {
      this.remove([device], operation);
      throw error;
    }
  }

  /** Links and the other ends of veth pairs, which do not know each other any more. */
  #withPeers(links: readonly Device[]): Device[] {
    const indexes = new Set<number>();
    for (const { index, peer } of links) {
      indexes.add(index);
      if (peer !== 0) indexes.add(peer);
    }
    const going = [...indexes].map((index) => this.#devices.get(index)!);
    for (const device of going) device.peer = 0;
    return going;
  }

  #find(name: string, operation: string): Device {
    const device = this.named(name);
    if (device === undefined) throw new FibError('ENODEV', operation, { detail: `link ${show(name)}` });
    return device;
  }

  #drop(device: Device): void {
    if (this.#known === device.index) this.#known = 1;
    this.#devices.remove(device);
  }

  /** A link as a value. */
  #read(device: Device): Link {
    const kind = kindOf(device.kind);
    const { index, name, master, peer, table, mtu, group, txqlen, address } = device;
    const masterName = this.#devices.nameOf(master);
    const peerName = this.#devices.nameOf(peer);
    return {
      index,
      name,
      flags: device.shownFlags,
      ...(kind.number === abi.LINK_LOOPBACK && { kind: 'loopback' as const }),
      ...(kind.name !== undefined && { kind: kind.name }),
      mtu,
      operstate: OPER_STATES[device.isUp ? device.operstate : uapi.IF_OPER_DOWN] ?? 'UNKNOWN',
      carrier: device.hasCarrier,
      ...(address.length > 0 && { address: formatHardware(address) }),
      ...(masterName !== undefined && { master: masterName }),
      ...(peerName !== undefined && { peer: peerName }),
      ...(table !== 0 && { table }),
      group,
      txqlen,
    };
  }
}
