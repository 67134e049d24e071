/**
 * addresses.ts - the IPv4 addresses of the links, and the routes that come and go with them.
 *
 *   an address L/len with peer P (P = L when there is none) makes, in this order (CFG-99..103):
 *     local      L/32                 table local
 *     broadcast  its broadcast        table local    the link is up; not for 255.255.255.255
 *     prefix     P/len                table main     the link is up, the address primary; on loopback local, table local
 *     broadcast  last address of it   table local    the same, and len < 31
 *   all with the primary address of its subnet as their source.
 *
 * The records lie in the core; their order there is that of Linux: primary addresses from the narrowest scope to the
 * widest, then secondary ones, each in the order of arrival (FIB-115). Rules CFG-97..112.
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { LABEL_BYTES, parseAddress, parseBoth, showAddress } from './address-request.js';
import { readAddress, writeAddress } from './core/address.js';
import { outOfMemory, type Core } from './core/core.js';
import { show, whole } from './core/route.js';
import { FibError } from './errors.js';
import {
  FOREVER,
  type Address,
  type AddressFields,
  type AddressFilter,
  type AddressInput,
  type AddressMatch,
  type NewAddress,
} from './model/address.js';
import type { AddressChangeInput } from './model/change.js';
import { GROUP_ADDRESS, type Notices, type Origin } from './notices.js';
import type { KernelRoute, RouteTable } from './routes.js';
import { mask4 } from './text/prefix.js';
import { encodeAddress } from './wire/address.js';
import { sameBytes } from './wire/bytes.js';

/** What the addresses need to know of the links. */
interface LinkNames {
  indexOf(name: string, operation: string, mayAdd: boolean): number;
  nameOf(index: number): string | undefined;
  know(index: number): void;
  settle(isDone: boolean): void;
}

/** A kept address: its fields, and where its record is until the next change. */
interface Kept extends AddressFields {
  readonly at: number;
}

const LIMITED_BROADCAST = 0xffffffff;
const LOOPBACK = 0x7f000001;
/** The top four bits of multicast addresses. */
const MULTICAST = 0xe;
const U32 = 0xffffffff;
const MAX_INDEX = 0x7fffffff;
const COLON = 0x3a;
/** An event of `pathsDown`. */
const LAST_ADDRESS_GONE = 2;
/** Flags that the kernel sets itself or has no use for with IPv4; a request cannot. */
const FLAGS_NOT_TAKEN = 0x9ff;

/** The addresses of one Netns; `ns.address`. */
export class AddressTable {
  readonly #core: Core;
  readonly #links: LinkNames;
  readonly #routes: RouteTable;
  readonly #notices: Notices;

  constructor(core: Core, links: LinkNames, routes: RouteTable, notices: Notices) {
    this.#core = core;
    this.#links = links;
    this.#routes = routes;
    this.#notices = notices;
  }

  /**
   * Adds an address, `192.0.2.1/24`, and its routes.
   * @throws {FibError} EINVAL malformed, or another scope than its subnet has here; ENODEV no such link; EEXIST;
   * ENOBUFS
   */
  add(address: string, input: AddressInput): void {
    this.insert(this.#asked(address, input, 'address add'), false, 'address add');
  }

  /** Adds an address, or gives one that is there new lifetimes, metric and protocol. As `add`, without EEXIST. */
  replace(address: string, input: AddressInput): void {
    this.insert(this.#asked(address, input, 'address replace'), true, 'address replace');
  }

  /**
   * Deletes an address, its routes, and those that prefer it as their source. Secondary ones of its subnet go with
   * it, or the first becomes primary (`promote_secondaries`, CFG-105).
   * @throws {FibError} EINVAL malformed; ENODEV no such link; EADDRNOTAVAIL no such address
   */
  del(address: string, filter: AddressFilter): void {
    const { local, peer, length } = parseBoth(address, filter.peer);
    const index = this.#indexOf(filter.dev, 'address del');
    const label = filter.label === undefined ? {} : { label: new TextEncoder().encode(filter.label) };
    this.remove({ index, local, peer, length, ...label }, 'address del');
  }

  /** All addresses, or those of a link, in the order of dumps. @throws {FibError} ENODEV no such link */
  list(filter: { readonly dev?: string | number } = {}): Address[] {
    const only = filter.dev === undefined ? 0 : this.#indexOf(filter.dev, 'address list');
    return [...this.walk(only)].map((at) => {
      const address = this.read(at);
      return showAddress(address, this.#links.nameOf(address.index));
    });
  }

  // ---- what the kernel does

  /**
   * @internal Adds an address as RTM_NEWADDR does; with `isReplace`, one that is there is changed. 0.0.0.0 is accepted
   * and does nothing.
   * @throws {FibError} ENODEV, ENOBUFS, EEXIST, EINVAL
   */
  insert(address: NewAddress, isReplace: boolean, operation: string, origin?: Origin): void {
    checkLifetimes(address, operation);
    const { index, local } = address;
    if (local === 0) return;
    this.#checkDevice(index, operation);
    const fresh = this.#dated(address);
    const twin = this.#first(index, (at) => this.#localAt(at) === local && this.#isInSubnet(at, fresh));
    if (twin !== 0) {
      if (!isReplace) throw new FibError('EEXIST', operation, { extack: 'ipv4: Address already assigned' });
      this.#change(this.#kept(twin), fresh, origin);
    } else {
      this.#put(fresh, operation, origin);
    }
  }

  /**
   * @internal Deletes the first address that agrees, as RTM_DELADDR does.
   * @throws {FibError} ENODEV, EADDRNOTAVAIL
   */
  remove(match: AddressMatch, operation: string, origin?: Origin): void {
    const device = this.#device(match.index);
    if (device === 0 || this.#core.u8[device + abi.DEVICE_INET] === 0) throw noDevice(operation);
    const { index, local } = match;
    const found = this.#first(
      index,
      (at) =>
        (local === undefined || this.#localAt(at) === local) && agrees(readAddress(this.#core, at), match),
    );
    if (found === 0) throw new FibError('EADDRNOTAVAIL', operation, { extack: 'ipv4: Address not found' });
    this.#delete(this.#kept(found), origin);
  }

  /**
   * @internal An address as a source tells it: no validation, and no routes, which it tells too. True if anything is
   * otherwise now.
   * @throws {FibError} EINVAL what no address can be; ENOBUFS
   */
  believe(input: AddressChangeInput['address']): boolean {
    const told = this.#told(input);
    const { index } = told;
    this.#links.know(index);
    const twin = this.#first(index, (at) => this.#localAt(at) === told.local && this.#isInSubnet(at, told));
    if (twin !== 0 && isSameAddress(this.read(twin), told)) return false;
    const kept = twin === 0 ? this.#keep(told, 'apply') : this.#rewrite(this.#kept(twin), told);
    this.#links.settle(true);
    this.#tell(uapi.RTM_NEWADDR, kept);
    this.#routes.pathsUp(index);
    return true;
  }

  /** Puts what is told in place of a kept address; a promoted one goes where primary ones are (CFG-106). */
  #rewrite(old: Kept, told: AddressFields): Kept {
    const isPromoted = ((old.flags ^ told.flags) & uapi.IFA_F_SECONDARY) !== 0;
    const isRenewed = !isPromoted && sameBytes(old.label, told.label);
    const { valid, preferred, updated } = isRenewed ? told : old;
    const address = { ...told, created: old.created, valid, preferred, updated };
    if (isPromoted || old.scope !== told.scope) {
      this.#unlink(old);
      return this.#keep(address, 'apply');
    }
    writeAddress(this.#core, old.at, address);
    return { ...address, at: old.at };
  }

  /** @internal An address that a source says has gone; false when it was not there. Its routes are told (CFG-107). */
  disbelieve(input: AddressChangeInput['address']): boolean {
    const { index, local, peer, length } = this.#told(input);
    this.#links.settle(false); // a link that is not known has no addresses
    const label = input.label === undefined ? {} : { label: ascii(input.label) };
    const match = { index, local, peer, length, ...label };
    const found = this.#first(index, (at) => agrees(readAddress(this.#core, at), match));
    if (found === 0) return false;
    const address = this.#kept(found);
    this.#unlink(address);
    this.#tell(uapi.RTM_DELADDR, address);
    this.#checkLast(index);
    return true;
  }

  /** @internal Throws what `believe` would throw for what no address can be. */
  verify(input: AddressChangeInput['address']): void {
    this.#told(input);
    this.#links.settle(false);
  }

  /** @internal A link has come up: what it could not have while down, and 127.0.0.1 on loopback (CFG-110, CFG-114). */
  linkUp(index: number): void {
    if (this.#flagsOf(index) & uapi.IFF_LOOPBACK) this.#putLoopback(index);
    for (const address of this.#on(index)) this.#addRoutes(address);
  }

  /** @internal A link goes, or is no longer fit for IPv4: its addresses one by one, none of them promoted (CFG-117). */
  linkGone(index: number): void {
    for (let at = this.#next(index, 0); at !== 0; at = this.#next(index, 0)) {
      const first = this.#kept(at);
      this.#unlink(first);
      this.#tell(uapi.RTM_DELADDR, first);
      this.#deleteRoutes(first, this.#primaryOf(first), () => false);
      this.#checkLast(index);
    }
  }

  /** @internal A link has a new name: labels follow it, the first whole, others up to their colon. */
  linkRenamed(index: number, name: string): void {
    this.#on(index).forEach((address, i) => {
      const renamed = { ...address, label: i === 0 ? ascii(name) : relabel(address.label, name, i) };
      writeAddress(this.#core, address.at, renamed);
      this.#tell(uapi.RTM_NEWADDR, renamed);
    });
  }

  /** @internal A number that changes when an address comes or goes. */
  get generation(): number {
    return this.#core.view.getUint32(abi.STATE_SOURCE_GENID, true);
  }

  /**
   * @internal The records of a link, 0 = of all by index, in their order. After a change between two of them it goes
   * on at the same place of the same link, as Linux does: one that was there all the time may be missed.
   */
  *walk(only: number): Generator<number, void, undefined> {
    for (let index = only || this.#linkAfter(0); index !== 0; index = only ? 0 : this.#linkAfter(index)) {
      let { generation } = this;
      let at = this.#next(index, 0);
      for (let place = 1; at !== 0; place++) {
        yield at;
        at = generation === this.generation ? this.#next(index, at) : this.#nth(index, place);
        ({ generation } = this);
      }
    }
  }

  /** Index of the link with the next higher one, 0 = none. */
  #linkAfter(index: number): number {
    const device = this.#core.exports.deviceNext(index) >>> 0;
    return device === 0 ? 0 : this.#core.view.getUint32(device + abi.DEVICE_INDEX, true);
  }

  /** The record of a link that so many others precede, 0 = none. */
  #nth(index: number, place: number): number {
    let at = this.#next(index, 0);
    for (let i = 0; i < place && at !== 0; i++) at = this.#next(index, at);
    return at;
  }

  /** The record after the one at `at` (0: the first) of a link, 0 = none. */
  #next(index: number, at: number): number {
    return this.#core.exports.addressNext(index, at) >>> 0;
  }

  /** @internal The address of the record at `at`, with what is left of its lifetimes. */
  read(at: number): AddressFields {
    return this.#aged(readAddress(this.#core, at));
  }

  /** @internal True if there is a link with this index. */
  hasLink(index: number): boolean {
    return this.#device(index) !== 0;
  }

  // ---- adding

  /** Puts a new address in its place, tells of it and adds its routes (CFG-97, CFG-104). */
  #put(address: AddressFields, operation: string, origin?: Origin): void {
    if (address.flags & uapi.IFA_F_MCAUTOJOIN && address.local >>> 28 !== MULTICAST) {
      throw new FibError('EINVAL', operation, { extack: 'ipv4: Multicast auto join failed' });
    }
    const rival = this.#first(address.index, (at) => this.#isInSubnet(at, address));
    if (rival !== 0 && this.#scopeAt(rival) !== address.scope) {
      throw new FibError('EINVAL', operation, { extack: 'ipv4: Invalid scope value' });
    }
    const flags = address.flags | (rival === 0 ? 0 : uapi.IFA_F_SECONDARY);
    const kept = this.#keep({ ...address, flags }, operation);
    this.#tell(uapi.RTM_NEWADDR, kept, origin);
    try {
      this.#addRoutes(kept);
      this.#routes.pathsUp(kept.index); // paths that died with the last address before live again
    } catch (error) {
      this.#deleteOne(kept, this.#primaryOf(kept), origin); // no memory for one of them: then none of it
      throw error;
    }
  }

  /** Stores an address: a secondary one at the end, a primary one behind those of its scope and of narrower ones. */
  #keep(address: AddressFields, operation: string): Kept {
    const core = this.#core;
    const isLast = (address.flags & uapi.IFA_F_SECONDARY) !== 0;
    const isBehind = (at: number): boolean => this.#isSecondaryAt(at) || this.#scopeAt(at) < address.scope;
    const follower = isLast ? 0 : this.#first(address.index, isBehind);
    writeAddress(core, core.record, address);
    const at = core.exports.addressInsert(core.record, follower) >>> 0;
    if (at === 0) throw outOfMemory(operation);
    return { ...address, at };
  }

  /** Gives 127.0.0.1/8 to loopback, as bringing it up does; nothing if it is there. */
  #putLoopback(index: number): void {
    const label = ascii(this.#links.nameOf(index) ?? '');
    const address = { local: LOOPBACK, peer: LOOPBACK, length: 8, broadcast: 0, scope: uapi.RT_SCOPE_HOST };
    const rest = { flags: uapi.IFA_F_PERMANENT, metric: 0, protocol: 0, valid: FOREVER, preferred: FOREVER };
    try {
      this.insert({ index, label, ...address, ...rest }, false, 'link set');
    } catch (error) {
      if (!(error instanceof FibError) || error.code === 'ENOBUFS') throw error;
    }
  }

  /** Gives an address new lifetimes, protocol and metric; the rest stays (CFG-109, CFG-111). */
  #change(
    old: Kept,
    { metric, protocol, valid, preferred, flags, updated }: AddressFields,
    origin?: Origin,
  ): void {
    const times = { valid, preferred, updated, flags: withLifetime(old.flags, flags) };
    const address = { ...old, metric, protocol, ...times };
    if (metric !== old.metric && hasPrefixRoute(old)) {
      this.#routes.kernelRoute(true, this.#prefixRoute(address));
      this.#routes.kernelRoute(false, this.#prefixRoute(old));
    }
    writeAddress(this.#core, old.at, address);
    this.#tell(uapi.RTM_NEWADDR, address, origin);
  }

  // ---- deleting

  /** Deletes an address, and what hangs on a primary one: its secondaries go too, or one is promoted (CFG-105..107). */
  #delete(address: Kept, origin?: Origin): void {
    const primary = this.#primaryOf(address);
    const secondaries = primary === address ? this.#secondariesOf(address) : [];
    const isPromoting = secondaries.length !== 0 && this.#promotes(address.index);
    if (!isPromoting) for (const secondary of secondaries) this.#deleteOne(secondary, address, origin);
    this.#unlink(address);
    if (isPromoting) for (const secondary of secondaries) this.#detach(secondary, address, secondaries);
    this.#tell(uapi.RTM_DELADDR, address, origin);
    this.#deleteRoutes(address, primary);
    if (isPromoting) this.#promote(secondaries, origin);
    this.#checkLast(address.index);
  }

  #deleteOne(address: Kept, primary: AddressFields | undefined, origin?: Origin): void {
    this.#unlink(address);
    this.#tell(uapi.RTM_DELADDR, address, origin);
    this.#deleteRoutes(address, primary);
  }

  /** Makes the first of the secondaries the primary of the others, whose routes come back with its source. */
  #promote([first, ...others]: readonly Kept[], origin?: Origin): void {
    if (first === undefined) return;
    this.#unlink(first);
    const promoted = this.#keep({ ...first, flags: first.flags & ~uapi.IFA_F_SECONDARY }, 'address del');
    this.#tell(uapi.RTM_NEWADDR, promoted, origin);
    for (const address of [promoted, ...others]) this.#addRoutes(address);
  }

  /** With its last address a link loses all routes through it, silently (FIB-127). */
  #checkLast(index: number): void {
    if (this.#next(index, 0) === 0) this.#routes.pathsDown(index, LAST_ADDRESS_GONE);
  }

  #unlink(address: Kept): void {
    this.#core.exports.addressRemove(address.at);
  }

  // ---- routes

  /** Adds the routes of an address; those that are there already are refused silently (CFG-104). */
  #addRoutes(address: Kept): void {
    const primary = this.#primaryOf(address);
    if (primary === undefined) return;
    const [local, ...others] = this.#routesOf(address, primary);
    this.#routes.kernelRoute(true, local);
    if (!(this.#flagsOf(address.index) & uapi.IFF_UP)) return;
    for (const route of others) this.#routes.kernelRoute(true, route);
  }

  /**
   * Deletes the routes of an address that is no longer there, but for those that another address which counts stands
   * for (CFG-107). When it is not local any more, routes that have it as source follow (FIB-132).
   */
  #deleteRoutes(
    address: AddressFields,
    primary: AddressFields | undefined,
    counts: (at: number) => boolean = () => true,
  ): void {
    if (primary === undefined || !this.#withdraw(address, primary, counts)) return;
    const { local, main } = this.#tablesOf(address.index);
    const type = this.#core.exports.addressType(address.local, local);
    if (type !== uapi.RTN_LOCAL) this.#routes.sourceGone(address.local, main);
  }

  /** Deletes the routes of a secondary address before its primary goes; it will get others (CFG-106). */
  #detach(address: Kept, primary: AddressFields, siblings: readonly Kept[]): void {
    const isSibling = new Set(siblings.map(({ at }) => at));
    this.#withdraw(address, primary, (at) => !isSibling.has(at));
  }

  /**
   * Deletes the routes of an address that no other one that counts stands for. True if the local one was not spared.
   */
  #withdraw(address: AddressFields, primary: AddressFields, counts: (at: number) => boolean): boolean {
    const needed = this.#on(address.index, (at) => {
      return counts(at) && (this.#isSecondaryAt(at) || this.#localAt(at) === primary.local);
    }).flatMap((other) => {
      const owner = this.#primaryOf(other) ?? primary;
      return owner.local === primary.local ? this.#claimsOf(other, owner) : [];
    });
    const [local, ...rest] = this.#claimsOf(address, primary);
    for (const route of [...byType(rest, false), ...byType(rest, true), local]) {
      if (!needed.some((other) => isSameRoute(route, other))) this.#routes.kernelRoute(false, route);
    }
    return !needed.some((other) => isSameRoute(local, other));
  }

  /** The routes that an address stands for, in the order of adding, the local one first (CFG-99..102). */
  #routesOf(address: AddressFields, primary: AddressFields): [KernelRoute, ...KernelRoute[]] {
    const { index: oif, local: dst, broadcast, length, flags } = address;
    const table = this.#tablesOf(oif).local;
    const common = { length: 32, table, oif, prefsrc: primary.local, metric: 0 };
    const toBroadcast = { ...common, type: uapi.RTN_BROADCAST, scope: uapi.RT_SCOPE_LINK };
    const routes: [KernelRoute, ...KernelRoute[]] = [
      { ...common, dst, type: uapi.RTN_LOCAL, scope: uapi.RT_SCOPE_HOST },
    ];
    if (broadcast !== 0 && broadcast !== LIMITED_BROADCAST) routes.push({ ...toBroadcast, dst: broadcast });
    if (!hasSubnet(address)) return routes;
    if (!(flags & uapi.IFA_F_NOPREFIXROUTE)) routes.push(this.#prefixRoute(address));
    if (length < 31) routes.push({ ...toBroadcast, dst: (address.peer | ~mask4(length)) >>> 0 });
    return routes;
  }

  /** The routes that go with an address: its own, and the broadcast to its network, which kernels once made too. */
  #claimsOf(address: AddressFields, primary: AddressFields): [KernelRoute, ...KernelRoute[]] {
    const routes = this.#routesOf(address, primary);
    if (hasSubnet(address) && address.length < 31) {
      const toLast = routes.at(-1)!;
      routes.push({ ...toLast, dst: (address.peer & mask4(address.length)) >>> 0 });
    }
    return routes;
  }

  /** The route to the subnet of a primary address. */
  #prefixRoute({ index: oif, local: prefsrc, peer, length, metric }: AddressFields): KernelRoute {
    const { local, main } = this.#tablesOf(oif);
    const isLoopback = (this.#flagsOf(oif) & uapi.IFF_LOOPBACK) !== 0;
    const kind = isLoopback
      ? { type: uapi.RTN_LOCAL, scope: uapi.RT_SCOPE_HOST, table: local }
      : { type: uapi.RTN_UNICAST, scope: uapi.RT_SCOPE_LINK, table: main };
    return { dst: (peer & mask4(length)) >>> 0, length, oif, prefsrc, metric, ...kind };
  }

  /** The tables for the routes of a link: local and main, or the one of its VRF for both (CFG-99). */
  #tablesOf(index: number): { readonly local: number; readonly main: number } {
    const core = this.#core;
    const device = this.#device(index);
    const master = this.#device(device === 0 ? 0 : core.view.getUint32(device + abi.DEVICE_MASTER, true));
    for (const at of [device, master]) {
      const table = at === 0 ? 0 : core.view.getUint32(at + abi.DEVICE_TABLE, true);
      if (table !== 0) return { local: table, main: table };
    }
    return { local: uapi.RT_TABLE_LOCAL, main: uapi.RT_TABLE_MAIN };
  }

  // ---- reading

  /** The addresses of a link, in order; with `isWanted` those for whose record it holds. */
  #on(index: number, isWanted: (at: number) => boolean = () => true): Kept[] {
    const list: Kept[] = [];
    for (let at = this.#next(index, 0); at !== 0; at = this.#next(index, at)) {
      if (isWanted(at)) list.push(this.#kept(at));
    }
    return list;
  }

  /** The first record of a link for which `isIt` holds, 0 = none. */
  #first(index: number, isIt: (at: number) => boolean): number {
    let at = this.#next(index, 0);
    while (at !== 0 && !isIt(at)) at = this.#next(index, at);
    return at;
  }

  #kept(at: number): Kept {
    return { ...readAddress(this.#core, at), at };
  }

  #localAt(at: number): number {
    return this.#core.view.getUint32(at + abi.ADDRESS_LOCAL, true);
  }

  #scopeAt(at: number): number {
    return this.#core.u8[at + abi.ADDRESS_SCOPE]!;
  }

  #isSecondaryAt(at: number): boolean {
    return (this.#core.u8[at + abi.ADDRESS_FLAGS]! & uapi.IFA_F_SECONDARY) !== 0;
  }

  /** True if the address of a record lies in the subnet of another and has the same length. */
  #isInSubnet(at: number, { peer, length }: AddressFields): boolean {
    const { u8, view } = this.#core;
    if (u8[at + abi.ADDRESS_PREFIX_LEN] !== length) return false;
    return ((view.getUint32(at + abi.ADDRESS_ADDRESS, true) ^ peer) & mask4(length)) === 0;
  }

  /** The primary address of an address's subnet: itself, or the one that a secondary hangs on. */
  #primaryOf<A extends AddressFields>(address: A): A | Kept | undefined {
    if (!(address.flags & uapi.IFA_F_SECONDARY)) return address;
    const at = this.#first(address.index, (other) => {
      return !this.#isSecondaryAt(other) && this.#isInSubnet(other, address);
    });
    return at === 0 ? undefined : this.#kept(at);
  }

  #secondariesOf(primary: AddressFields): Kept[] {
    return this.#on(primary.index, (at) => this.#isSecondaryAt(at) && this.#isInSubnet(at, primary));
  }

  /** Address of the device record of a link, 0 = none. */
  #device(index: number): number {
    return this.#core.exports.deviceGet(index) >>> 0;
  }

  #flagsOf(index: number): number {
    const device = this.#device(index);
    return device === 0 ? 0 : this.#core.view.getUint32(device + abi.DEVICE_FLAGS, true);
  }

  #promotes(index: number): boolean {
    const { u8 } = this.#core;
    const conf = this.#device(index) + abi.DEVICE_CONF;
    return [conf, abi.STATE_CONF_ALL].some((at) => u8[at + abi.CONF_PROMOTE_SECONDARIES] !== 0);
  }

  #checkDevice(index: number, operation: string): void {
    const device = this.#device(index);
    if (device === 0) throw noDevice(operation);
    if (this.#core.u8[device + abi.DEVICE_INET] === 0) {
      throw new FibError('ENOBUFS', operation, { detail: 'the link has no IPv4' });
    }
  }

  // ---- time

  /** Hundredths of a second of the namespace's clock. */
  #now(): number {
    return Math.floor(this.#core.view.getFloat64(abi.STATE_NOW, true) / 10) >>> 0;
  }

  /** An address to add with its times and the flags that follow from its lifetimes. */
  #dated(address: NewAddress): AddressFields {
    const { valid, preferred } = address;
    const lifetime =
      (valid === FOREVER ? uapi.IFA_F_PERMANENT : 0) | (preferred === 0 ? uapi.IFA_F_DEPRECATED : 0);
    const now = this.#now();
    return { ...address, flags: (address.flags & ~FLAGS_NOT_TAKEN) | lifetime, created: now, updated: now };
  }

  /** What is left of the lifetimes of an address. */
  #aged(address: AddressFields): AddressFields {
    if (address.flags & uapi.IFA_F_PERMANENT) return { ...address, valid: FOREVER, preferred: FOREVER };
    const seconds = Math.floor(((this.#now() - address.updated) >>> 0) / 100);
    return {
      ...address,
      valid: Math.max(0, address.valid - seconds),
      preferred: Math.max(0, address.preferred - seconds),
    };
  }

  #tell(type: number, address: AddressFields, origin?: Origin): void {
    const payload = (): Uint8Array => encodeAddress(this.#aged(address));
    this.#notices.publish(GROUP_ADDRESS, type, 0, payload, origin);
  }

  // ---- values

  #indexOf(dev: string | number, operation: string): number {
    if (typeof dev === 'string') return this.#links.indexOf(dev, operation, false);
    if (this.hasLink(whole(dev, 'dev', 1, MAX_INDEX, operation))) return dev;
    throw new FibError('ENODEV', operation, { detail: `index ${dev}` });
  }

  #asked(text: string, input: AddressInput, operation: string): NewAddress {
    const index = this.#indexOf(input.dev, operation);
    return parseAddress(text, input, index, this.#links.nameOf(index) ?? '', operation);
  }

  /** An address as a source tells it, with the flags that it has there. Its link may become one by being named. */
  #told(input: AddressChangeInput['address']): AddressFields {
    if (typeof input !== 'object' || input === null) {
      throw new FibError('EINVAL', 'apply', { detail: `address: expected an object, got ${show(input)}` });
    }
    const { flags, index, dev } = input;
    const number = index ?? dev ?? 0;
    if (typeof number === 'number') whole(number, 'index', 1, MAX_INDEX, 'apply');
    const [link, name] =
      typeof number === 'string' ? [0, number] : [number, this.#links.nameOf(number) ?? ''];
    const parsed = parseAddress(input.address, input, link, name, 'apply');
    const dated = this.#dated(parsed);
    const told = flags === undefined ? dated : { ...dated, flags: whole(flags, 'flags', 0, U32, 'apply') };
    const named = typeof number === 'string' ? this.#links.indexOf(number, 'apply', true) : number;
    const isRival = (at: number): boolean => this.#isInSubnet(at, told) && this.#localAt(at) !== told.local;
    const isSecondary = flags === undefined && this.#first(named, isRival) !== 0;
    return { ...told, index: named, flags: told.flags | (isSecondary ? uapi.IFA_F_SECONDARY : 0) };
  }
}

/** True if an address stands for a subnet: a primary one, more than itself, and its network is not 0.0.0.0 (CFG-102). */
function hasSubnet({ flags, local, peer, length }: AddressFields): boolean {
  if (flags & uapi.IFA_F_SECONDARY) return false;
  return (peer & mask4(length)) !== 0 && (peer !== local || length < 32);
}

function hasPrefixRoute(address: AddressFields): boolean {
  return hasSubnet(address) && (address.flags & uapi.IFA_F_NOPREFIXROUTE) === 0;
}

function isSameRoute(a: KernelRoute, b: KernelRoute): boolean {
  return a.dst === b.dst && a.length === b.length && a.type === b.type && a.prefsrc === b.prefsrc;
}

function byType(routes: readonly KernelRoute[], isBroadcast: boolean): KernelRoute[] {
  return routes.filter(({ type }) => (type === uapi.RTN_BROADCAST) === isBroadcast);
}

/** True if an address is what a request to delete names (CFG-112). */
function agrees(address: AddressFields, { local, peer, length, label }: AddressMatch): boolean {
  if (local !== undefined && local !== address.local) return false;
  if (label !== undefined && !sameBytes(label, address.label)) return false;
  if (peer === undefined) return true;
  return length === address.length && ((peer ^ address.peer) & mask4(length)) === 0;
}

/** True if two addresses differ in nothing but their times of birth and change. */
function isSameAddress(a: AddressFields, b: AddressFields): boolean {
  const { created, updated } = a;
  return sameBytes(encodeAddress(a), encodeAddress({ ...b, created, updated }));
}

/** Flags with those of a lifetime taken from other flags. */
function withLifetime(flags: number, from: number): number {
  const mask = uapi.IFA_F_PERMANENT | uapi.IFA_F_DEPRECATED;
  return (flags & ~mask) | (from & mask);
}

/** A label after its link was renamed: what follows the colon stays, or a number; the name is cut to make room. */
function relabel(label: Uint8Array, name: string, place: number): Uint8Array {
  const colon = label.indexOf(COLON);
  const suffix = colon < 0 ? ascii(`:${place + 1}`) : label.subarray(colon);
  return Uint8Array.of(...ascii(name).subarray(0, LABEL_BYTES - suffix.length), ...suffix);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function noDevice(operation: string): FibError {
  return new FibError('ENODEV', operation, { extack: 'ipv4: Device not found' });
}

function checkLifetimes({ valid, preferred }: NewAddress, operation: string): void {
  if (valid !== 0 && preferred <= valid) return;
  throw new FibError('EINVAL', operation, { extack: 'ipv4: address lifetime invalid' });
}
