/**
 * core/device.ts - device records, read and written where the core keeps them.
 *
 * A record stays where it is until its device goes, so a Device may be held across calls; the views are taken anew at
 * each access.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Core } from './core.js';
import { Labels } from './labels.js';

/** Bytes of an Ethernet address. */
export const ETH_ALEN = 6;

/** One interface. */
export class Device {
  readonly #core: Core;
  readonly #at: number;

  /** @param at address of the device record */
  constructor(core: Core, at: number) {
    this.#core = core;
    this.#at = at;
  }

  get index(): number {
    return this.#get(abi.DEVICE_INDEX);
  }

  get name(): string {
    const bytes = this.#bytes(abi.DEVICE_NAME, uapi.IFNAMSIZ);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  set name(name: string) {
    const bytes = this.#bytes(abi.DEVICE_NAME, uapi.IFNAMSIZ);
    bytes.fill(0);
    new TextEncoder().encodeInto(name, bytes.subarray(0, uapi.IFNAMSIZ - 1));
  }

  /** IFF_* bits that are its own; those that follow from carrier and state are in `shownFlags`. */
  get flags(): number {
    return this.#get(abi.DEVICE_FLAGS);
  }

  set flags(flags: number) {
    this.#set(abi.DEVICE_FLAGS, flags);
  }

  get isUp(): boolean {
    return (this.flags & uapi.IFF_UP) !== 0;
  }

  /** IFF_* bits as messages show them. */
  get shownFlags(): number {
    const { flags, operstate } = this;
    if ((flags & uapi.IFF_UP) === 0) return flags;
    const isRunning = operstate === uapi.IF_OPER_UP || operstate === uapi.IF_OPER_UNKNOWN;
    return flags | (isRunning ? uapi.IFF_RUNNING : 0) | (this.hasCarrier ? uapi.IFF_LOWER_UP : 0);
  }

  get mtu(): number {
    return this.#get(abi.DEVICE_MTU);
  }

  set mtu(mtu: number) {
    this.#set(abi.DEVICE_MTU, mtu);
  }

  get group(): number {
    return this.#get(abi.DEVICE_GROUP);
  }

  set group(group: number) {
    this.#set(abi.DEVICE_GROUP, group);
  }

  get master(): number {
    return this.#get(abi.DEVICE_MASTER);
  }

  set master(index: number) {
    this.#set(abi.DEVICE_MASTER, index);
  }

  /** Index of the other end of a veth pair, 0 = none. */
  get peer(): number {
    return this.#get(abi.DEVICE_PEER);
  }

  set peer(index: number) {
    this.#set(abi.DEVICE_PEER, index);
  }

  /** Table of a VRF, else 0. */
  get table(): number {
    return this.#get(abi.DEVICE_TABLE);
  }

  set table(table: number) {
    this.#set(abi.DEVICE_TABLE, table);
  }

  /** ARPHRD_*. */
  get type(): number {
    return this.#core.view.getUint16(this.#at + abi.DEVICE_TYPE, true);
  }

  /** LINK_*. */
  get kind(): number {
    return this.#get8(abi.DEVICE_KIND);
  }

  /** Makes it a device of another kind, LINK_*, and type, ARPHRD_*. One of type NONE has no hardware address. */
  become(kind: number, type: number): void {
    this.#set8(abi.DEVICE_KIND, kind);
    this.#core.view.setUint16(this.#at + abi.DEVICE_TYPE, type, true);
    this.#set8(abi.DEVICE_HW_LENGTH, type === uapi.ARPHRD_NONE ? 0 : ETH_ALEN);
  }

  /** IF_OPER_* as the last report left it; a device that is down shows IF_OPER_DOWN instead. */
  get operstate(): number {
    return this.#get8(abi.DEVICE_OPERSTATE);
  }

  set operstate(state: number) {
    this.#set8(abi.DEVICE_OPERSTATE, state);
  }

  get hasCarrier(): boolean {
    return this.#get8(abi.DEVICE_CARRIER) !== 0;
  }

  set hasCarrier(is: boolean) {
    this.#set8(abi.DEVICE_CARRIER, is ? 1 : 0);
    const count = is ? abi.DEVICE_CARRIER_UPS : abi.DEVICE_CARRIER_DOWNS;
    this.#set(count, this.#get(count) + 1);
  }

  get carrierUps(): number {
    return this.#get(abi.DEVICE_CARRIER_UPS);
  }

  set carrierUps(count: number) {
    this.#set(abi.DEVICE_CARRIER_UPS, count);
  }

  get carrierDowns(): number {
    return this.#get(abi.DEVICE_CARRIER_DOWNS);
  }

  set carrierDowns(count: number) {
    this.#set(abi.DEVICE_CARRIER_DOWNS, count);
  }

  /** True when it has IPv4 state: addresses can be put on it. */
  get hasInet(): boolean {
    return this.#get8(abi.DEVICE_INET) !== 0;
  }

  set hasInet(is: boolean) {
    this.#set8(abi.DEVICE_INET, is ? 1 : 0);
  }

  /** Place among the carrier reports to come, 0 = none. */
  get pending(): number {
    return this.#get8(abi.DEVICE_PENDING);
  }

  set pending(place: number) {
    this.#set8(abi.DEVICE_PENDING, place);
  }

  get txqlen(): number {
    return this.#get(abi.DEVICE_TXQLEN);
  }

  set txqlen(length: number) {
    this.#set(abi.DEVICE_TXQLEN, length);
  }

  /** Hardware address, a copy. */
  get address(): Uint8Array {
    return this.#bytes(abi.DEVICE_ADDRESS, this.#get8(abi.DEVICE_HW_LENGTH)).slice();
  }

  /** Takes as many bytes as it has. */
  set address(address: Uint8Array) {
    const room = this.#bytes(abi.DEVICE_ADDRESS, this.#get8(abi.DEVICE_HW_LENGTH));
    room.set(address.subarray(0, room.length));
  }

  /** Hardware broadcast address, a copy. */
  get broadcast(): Uint8Array {
    return this.#bytes(abi.DEVICE_BROADCAST, this.#get8(abi.DEVICE_HW_LENGTH)).slice();
  }

  /** Takes as many bytes as it has. */
  set broadcast(address: Uint8Array) {
    const room = this.#bytes(abi.DEVICE_BROADCAST, this.#get8(abi.DEVICE_HW_LENGTH));
    room.set(address.subarray(0, room.length));
  }

  /** True for a port of a bridge that lets frames pass. */
  get isForwarding(): boolean {
    return this.#get8(abi.DEVICE_IS_FORWARDING) !== 0;
  }

  set isForwarding(is: boolean) {
    this.#set8(abi.DEVICE_IS_FORWARDING, is ? 1 : 0);
  }

  /** LINK_GIVEN_*. */
  get given(): number {
    return this.#get8(abi.DEVICE_GIVEN);
  }

  set given(bits: number) {
    this.#set8(abi.DEVICE_GIVEN, bits);
  }

  /** Place among the ports of a bridge, the latest is highest. */
  get port(): number {
    return this.#core.view.getUint16(this.#at + abi.DEVICE_PORT, true);
  }

  set port(place: number) {
    this.#core.view.setUint16(this.#at + abi.DEVICE_PORT, place, true);
  }

  /** Bits CONF_*: sysctls set for this device, which the default does not change any more. */
  get confSet(): number {
    return this.#get(abi.DEVICE_CONF_SET);
  }

  set confSet(bits: number) {
    this.#set(abi.DEVICE_CONF_SET, bits);
  }

  /** A sysctl of the device, CONF_*. */
  conf(i: number): number {
    return this.#get8(abi.DEVICE_CONF + i);
  }

  setConf(i: number, value: number): void {
    this.#set8(abi.DEVICE_CONF + i, value);
  }

  /** What people have written on it. */
  get labels(): Labels {
    return new Labels(this.#core, this.index);
  }

  /** All of them, as bytes by CONF_*; good until the memory grows. */
  get confs(): Uint8Array {
    return this.#bytes(abi.DEVICE_CONF, abi.CONF_BYTES);
  }

  /** Gives it its IPv4 state, with the sysctls that `default` has. */
  inetNew(): void {
    const from = abi.STATE_CONF_DEFAULT;
    this.#core.u8.copyWithin(this.#at + abi.DEVICE_CONF, from, from + abi.CONF_BYTES);
    this.confSet = 0;
    this.hasInet = true;
  }

  #get(field: number): number {
    return this.#core.view.getUint32(this.#at + field, true);
  }

  #set(field: number, value: number): void {
    this.#core.view.setUint32(this.#at + field, value, true);
  }

  #get8(field: number): number {
    return this.#core.view.getUint8(this.#at + field);
  }

  #set8(field: number, value: number): void {
    this.#core.view.setUint8(this.#at + field, value);
  }

  #bytes(field: number, length: number): Uint8Array {
    return this.#core.u8.subarray(this.#at + field, this.#at + field + length);
  }
}

/** The device with this index. O(devices). */
export function deviceAt(core: Core, index: number): Device | undefined {
  const at = core.exports.deviceGet(index) >>> 0;
  return at === 0 ? undefined : new Device(core, at);
}

/**
 * The devices of one Netns. Which records there are, and their names, is cached; both change through this class only.
 */
export class Devices {
  readonly #core: Core;
  readonly #byIndex = new Map<number, Device>();
  readonly #byName = new Map<string, Device>();
  /** By the names that they have besides. */
  readonly #byOther = new Map<string, Device>();
  readonly #names = new Map<number, string>();
  /** All of them by ascending index; undefined after a change. */
  #sorted: readonly Device[] | undefined;
  #generation = 0;

  constructor(core: Core) {
    this.#core = core;
    this.reload();
  }

  /**
   * Reads anew which devices there are.
   * @throws {FibError} EUCLEAN two have one name
   */
  reload(): void {
    const core = this.#core;
    const { exports } = core;
    for (const known of [this.#byIndex, this.#byName, this.#byOther, this.#names]) known.clear();
    this.#changed();
    for (let at = exports.deviceNext(0) >>> 0; at !== 0;) {
      const device = new Device(core, at);
      // D5: an arena that came as bytes may say anything.
      if (this.#byName.has(device.name))
        throw new FibError('EUCLEAN', 'load', { detail: 'two links of one name' });
      this.#remember(device, device.index, device.name);
      for (const name of device.labels.names) this.#byOther.set(name, device);
      at = exports.deviceNext(device.index) >>> 0;
    }
  }

  /** Changes with the set of devices and their names. */
  get generation(): number {
    return this.#generation;
  }

  get(index: number): Device | undefined {
    return this.#byIndex.get(index);
  }

  /** The device that is called so, or has this name besides. */
  named(name: string): Device | undefined {
    return this.#byName.get(name) ?? this.#byOther.get(name);
  }

  nameOf(index: number): string | undefined {
    return this.#names.get(index);
  }

  /** All devices by ascending index. */
  all(): readonly Device[] {
    this.#sorted ??= [...this.#byIndex.keys()]
      .sort((a, b) => a - b)
      .map((index) => this.#byIndex.get(index)!);
    return this.#sorted;
  }

  /** The device with the next higher index. O(log devices). */
  after(index: number): Device | undefined {
    const devices = this.all();
    let low = 0;
    for (let high = devices.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (devices[middle]!.index > index) high = middle;
      else low = middle + 1;
    }
    return devices[low];
  }

  /**
   * Makes a device of the record in the mailbox, under a name that no other has; EEXIST or ENOBUFS, or 0.
   * O(devices).
   */
  add(name: string): number {
    const { exports, record, view } = this.#core;
    const index = view.getUint32(record + abi.DEVICE_INDEX, true);
    const err = exports.deviceAdd(record);
    if (err < 0) return -err;
    const device = new Device(this.#core, exports.deviceGet(index) >>> 0);
    device.name = name;
    this.#remember(device, index, name);
    return 0;
  }

  /** Gives a device another name that no other has. */
  rename(device: Device, name: string): void {
    this.#byName.delete(device.name);
    device.name = name;
    this.#remember(device, device.index, name);
  }

  /** Gives a device the names that it has besides its own; no other device has them. */
  alsoCall(device: Device, names: readonly string[]): void {
    for (const name of device.labels.names) this.#byOther.delete(name);
    device.labels.names = names;
    for (const name of names) this.#byOther.set(name, device);
  }

  /** Takes a device away. */
  remove(device: Device): void {
    const { index, name } = device;
    for (const other of device.labels.names) this.#byOther.delete(other);
    this.#core.exports.deviceRemove(index);
    this.#byIndex.delete(index);
    this.#byName.delete(name);
    this.#names.delete(index);
    this.#changed();
  }

  #remember(device: Device, index: number, name: string): void {
    this.#byIndex.set(index, device);
    this.#byName.set(name, device);
    this.#names.set(index, name);
    this.#changed();
  }

  #changed(): void {
    this.#sorted = undefined;
    this.#generation++;
  }
}
