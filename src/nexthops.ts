/**
 * nexthops.ts - the nexthop objects of a Netns: `ns.nexthop` (CFG section 14).
 *
 * A route that refers to an object takes its paths; when the object changes the route does too, and when the object
 * goes the route goes with it, silently (CFG-127, FIB-131).
 */
import * as abi from './abi/records.js';
import * as uapi from './abi/uapi.js';
import { outOfMemory, type Core } from './core/core.js';
import { deviceAt, type Device } from './core/device.js';
import { getObject, readObject, writeObject, type ObjectFields } from './core/nexthop.js';
import { show, whole, type Links } from './core/route.js';
import { FibError } from './errors.js';
import { refusal } from './extack.js';
import type { NexthopChangeInput } from './model/change.js';
import type { NexthopBucket, NexthopInput, NexthopObject } from './model/nexthop.js';
import {
  checkRequest,
  refused,
  requestOf,
  toldFields,
  type BucketSettings,
  type GroupEntry,
  type NexthopRequest,
} from './nexthop-request.js';
import { GROUP_NEXTHOP, type Notices, type Origin } from './notices.js';
import type { RouteTable } from './routes.js';
import { sameBytes } from './wire/bytes.js';
import { encodeNexthop } from './wire/nexthop.js';

/** Index of the loopback device, on which blackholes stand. */
const LOOPBACK = 1;
/** Default of a bucket's idle time, 1/100 s. */
const IDLE_TIMER = 12000;
const MAX_ID = 0xffffffff;
const MAX_INDEX = 0x7fffffff;
/** Ticks of the recording kernel's clock in a second; timers are kept in these. */
const KERNEL_HZ = 250;

/** The nexthop objects of one Netns; `ns.nexthop`. */
export class NexthopTable {
  readonly #core: Core;
  readonly #links: Links & { settle(isDone: boolean): void };
  readonly #routes: RouteTable;
  readonly #notices: Notices;
  #generation = 0;

  constructor(
    core: Core,
    links: Links & { settle(isDone: boolean): void },
    routes: RouteTable,
    notices: Notices,
  ) {
    this.#core = core;
    this.#links = links;
    this.#routes = routes;
    this.#notices = notices;
  }

  /**
   * Adds an object and gives its id. A gateway is checked as that of a route is (CFG section 4).
   * @throws {FibError} EINVAL malformed or contradictory, in the kernel's words; ENODEV an unknown `dev`; EEXIST the id
   * is taken; ENETDOWN, ENETUNREACH, EHOSTUNREACH, EACCES the path is not usable; ENOBUFS
   */
  add(input: NexthopInput): number {
    return this.#put(input, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, 'nexthop add');
  }

  /** Puts an object in place of the one with its id, of the same kind, or adds it. Errors as `add`. */
  replace(input: NexthopInput): number {
    return this.#put(input, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE, 'nexthop replace');
  }

  /**
   * Deletes an object, the groups that have no other member, and the routes that use any of these.
   * @throws {FibError} EINVAL; ENOENT no such object
   */
  del(id: number): void {
    this.remove(whole(id, 'id', 1, MAX_ID, 'nexthop del'), 'nexthop del');
  }

  /** The object with this id, undefined when there is none. */
  get(id: number): NexthopObject | undefined {
    const at = getObject(this.#core, whole(id, 'id', 1, MAX_ID, 'nexthop get'));
    return at === 0 ? undefined : readObject(this.#core, this.#links, at);
  }

  /** All objects by ascending id. */
  list(): NexthopObject[] {
    return [...this.each()];
  }

  /** Goes through the objects by ascending id. Changes in between are allowed. */
  *each(): Generator<NexthopObject, void, undefined> {
    for (let id = this.#next(0); id !== 0; id = this.#next(id)) yield this.get(id)!;
  }

  /**
   * The buckets of a resilient group, none for any other object.
   * @throws {FibError} ENOENT no such object
   */
  buckets(id: number): NexthopBucket[] {
    const object = this.get(id);
    if (object === undefined) throw new FibError('ENOENT', 'nexthop buckets', { detail: `id ${id}` });
    return Array.from({ length: object.resilience?.buckets ?? 0 }, (_, index) => this.bucket(id, index));
  }

  /** @internal A bucket that is there. */
  bucket(id: number, index: number): NexthopBucket {
    const { exports } = this.#core;
    const nhid = exports.bucketOwner(id, index) >>> 0;
    const { protocol } = this.get(id)!;
    return { id, index, nhid, protocol, idleTime: exports.bucketIdle(id, index) >>> 0 };
  }

  /** @internal The memory is what it was at another time. */
  reload(): void {
    this.#generation++;
  }

  /** @internal Changes with every change of the objects (NL-34). */
  get generation(): number {
    return this.#generation;
  }

  #put(input: NexthopInput, flags: number, operation: string): number {
    if (typeof input !== 'object' || input === null) {
      throw new FibError('EINVAL', operation, { detail: `nexthop: expected an object, got ${show(input)}` });
    }
    const { dev } = input;
    const oif =
      input.oif === undefined
        ? dev === undefined
          ? undefined
          : this.#links.indexOf(dev, operation, false)
        : whole(input.oif, 'oif', 0, MAX_INDEX, operation);
    return this.create(requestOf(input, oif, operation), flags, operation);
  }

  /**
   * @internal Adds or replaces an object by netlink flags, tells who listens, and gives its id (CFG-118..126).
   * @throws {FibError} as `add`; ENOENT to be replaced and not there
   */
  create(request: NexthopRequest, flags: number, operation: string, origin?: Origin): number {
    const mayReplace = (flags & uapi.NLM_F_REPLACE) !== 0;
    const settings = checkRequest(request, mayReplace, operation);
    const { group } = request;
    if (group !== undefined) this.#checkMembers(request, group, operation);
    const device = this.#deviceOf(request, operation);
    const id = request.id === 0 ? this.#takeId() : request.id;
    const fields = this.#fieldsOf(request, id, settings, device, operation);
    const old = this.get(id);
    if (old !== undefined && !mayReplace) throw new FibError('EEXIST', operation, { detail: `id ${id}` });
    if (old !== undefined) {
      this.#replace(old, fields, settings, flags, operation, origin);
      return id;
    }
    if (mayReplace && !(flags & uapi.NLM_F_CREATE)) {
      throw new FibError('ENOENT', operation, {
        extack: 'Replace specified without create and no entry exists',
      });
    }
    if (fields.buckets === 0 && isResilient(fields)) {
      throw refused(operation, 'Number of buckets not specified for nexthop group insertion');
    }
    this.#set(writeObject(this.#core, fields), operation);
    this.#tell(uapi.RTM_NEWNEXTHOP, id, flags, origin);
    return id;
  }

  /**
   * @internal Deletes an object, from its groups too (CFG-127).
   * @throws {FibError} ENOENT
   */
  remove(id: number, operation: string, origin?: Origin): void {
    const at = getObject(this.#core, id);
    if (at === 0) throw new FibError('ENOENT', operation, { detail: `id ${id}` });
    this.#tell(uapi.RTM_DELNEXTHOP, id, 0, origin);
    this.#drop(id, (type, group) => this.#tell(type, group, 0, origin));
  }

  /**
   * @internal An object as a source tells it: no validation. Members that are not known yet become objects without a
   * device. True if anything is otherwise now.
   * @throws {FibError} EINVAL what no object can be; ENOBUFS
   */
  believe(input: NexthopChangeInput['nexthop']): boolean {
    const fields = this.#told(input);
    const { id, oif, group } = fields;
    const old = this.get(id);
    if (old !== undefined && (old.group === undefined) !== (group.length === 0)) this.remove(id, 'apply');
    if (group.some((member) => member.id === id || this.get(member.id)?.group !== undefined)) {
      throw refused('apply', 'a group can not be a member of a group');
    }
    if (oif !== 0) this.#links.know(oif);
    for (const member of group) if (!this.#has(member.id)) this.#placehold(member.id);
    const before = old && this.#timeless(old);
    this.#set(writeObject(this.#core, fields), 'apply');
    this.#links.settle(true);
    if (before !== undefined && sameBytes(before, this.#timeless(this.get(id)!))) return false;
    const flags = uapi.NLM_F_CREATE | (before === undefined ? uapi.NLM_F_EXCL : uapi.NLM_F_REPLACE);
    this.#tell(uapi.RTM_NEWNEXTHOP, id, flags, undefined);
    return true;
  }

  /** @internal An object that a source says has gone; false when it was not there. */
  disbelieve(id: number): boolean {
    if (!this.#has(whole(id, 'id', 1, MAX_ID, 'apply'))) return false;
    this.remove(id, 'apply');
    return true;
  }

  /** @internal Throws what `believe` would throw for what no object can be. */
  verify(input: NexthopChangeInput['nexthop']): void {
    this.#told(input);
    this.#links.settle(false);
  }

  /** An object as bytes, but for how long it has been out of balance. */
  #timeless(object: NexthopObject): Uint8Array {
    const { resilience } = object;
    return encodeNexthop(
      resilience === undefined ? object : { ...object, resilience: { ...resilience, unbalancedTime: 0 } },
    );
  }

  #has(id: number): boolean {
    return this.#next(id - 1) === id;
  }

  /** A member that was named before it was told. */
  #placehold(id: number): void {
    this.believe({ id, scope: uapi.RT_SCOPE_LINK });
  }

  /** The fields of an object as a source tells it. */
  #told(input: NexthopChangeInput['nexthop']): ObjectFields {
    if (typeof input !== 'object' || input === null) {
      throw new FibError('EINVAL', 'apply', { detail: `nexthop: expected an object, got ${show(input)}` });
    }
    const fields = toldFields(input, asKept(IDLE_TIMER), 'apply');
    const { oif, dev } = input;
    if (fields.kind !== abi.NH_SINGLE || (oif === undefined && dev === undefined)) return fields;
    return { ...fields, oif: oif ?? this.#links.indexOf(dev!, 'apply', true) };
  }

  /** @internal A device is down, has no carrier or goes: the objects on it go, without a notice (FIB-131). */
  linkLost(index: number): void {
    for (const { id, oif } of this.list()) if (oif === index) this.#drop(id, () => undefined);
  }

  /** Takes an object away, out of its groups first; `tell` is asked to say what becomes of each. */
  #drop(id: number, tell: (type: number, group: number) => void): void {
    const core = this.#core;
    for (const group of this.#groupsOf(id)) {
      if (this.get(group)!.group!.length > 1) {
        core.exports.objectLeave(group, id);
        tell(uapi.RTM_NEWNEXTHOP, group);
      } else {
        tell(uapi.RTM_DELNEXTHOP, group);
        core.exports.objectRemove(group);
      }
    }
    core.exports.objectRemove(id);
    this.#generation++;
  }

  #next(id: number): number {
    return this.#core.exports.objectNext(id) >>> 0;
  }

  /** Ids of the groups that have an object, the latest membership first. */
  #groupsOf(id: number): number[] {
    const groups: number[] = [];
    for (let i = 0; ; i++) {
      const group = this.#core.exports.objectGroup(id, i) >>> 0;
      if (group === 0) return groups;
      groups.push(group);
    }
  }

  /** CFG-122: the next unused id, counted on from the last one that was given out so. */
  #takeId(): number {
    const { view, exports } = this.#core;
    let id = view.getUint32(abi.STATE_LAST_OBJECT, true);
    do id = id === MAX_ID ? 1 : id + 1;
    while (exports.objectNext(id - 1) >>> 0 === id);
    view.setUint32(abi.STATE_LAST_OBJECT, id, true);
    return id;
  }

  /** CFG-125: what may be in a group. */
  #checkMembers(request: NexthopRequest, group: readonly GroupEntry[], operation: string): void {
    let family: number | undefined;
    for (const { id } of group) {
      const member = id === 0 ? undefined : this.get(id);
      if (member === undefined) throw refused(operation, 'Invalid nexthop id');
      if (member.group !== undefined) {
        const kind = member.type === 'resilient' ? 'Resilient' : 'Hash-threshold';
        throw refused(operation, `${kind} group can not be a nexthop within a group`);
      }
      if (member.blackhole && group.length > 1) {
        throw refused(operation, 'Blackhole nexthop can not be used in a group with more than 1 path');
      }
      if (request.isFdb && !member.fdb)
        throw refused(operation, 'FDB nexthop group can only have fdb nexthops');
      if (!request.isFdb && member.fdb)
        throw refused(operation, 'Non FDB nexthop group cannot have fdb nexthops');
      family ??= member.family;
      if (request.isFdb && member.family !== family) {
        throw refused(operation, 'FDB nexthop group cannot have mixed family nexthops');
      }
    }
  }

  /** The device of a path, which must be up and have carrier (CFG-121); undefined for what has none. */
  #deviceOf({ oif, group }: NexthopRequest, operation: string): Device | undefined {
    if (oif === undefined || group !== undefined) return undefined;
    const device = deviceAt(this.#core, oif);
    if (device === undefined) throw refused(operation, 'Invalid device index');
    if (!device.isUp) throw new FibError('ENETDOWN', operation, { extack: 'Nexthop device is not up' });
    if (!device.hasCarrier) {
      throw new FibError('ENETDOWN', operation, { extack: 'Carrier for nexthop device is down' });
    }
    return device;
  }

  /** The fields of an object to be, its path checked and completed. */
  #fieldsOf(
    request: NexthopRequest,
    id: number,
    settings: BucketSettings,
    device: Device | undefined,
    operation: string,
  ): ObjectFields {
    const { group, family, protocol, hwStats } = request;
    const isBlackhole = group === undefined && request.isBlackhole === true;
    const gateway = request.gateway?.some((byte) => byte !== 0) ? request.gateway : undefined;
    const fields: ObjectFields = {
      id,
      family,
      kind: group !== undefined ? abi.NH_GROUP : isBlackhole ? abi.NH_BLACKHOLE : abi.NH_SINGLE,
      protocol,
      flags: group === undefined ? request.flags : 0,
      options: (request.isFdb ? abi.NH_O_FDB : 0) | (hwStats ? abi.NH_O_HW_STATS : 0),
      oif: device?.index ?? 0,
      gateway: group === undefined ? gateway : undefined,
      scope: group === undefined ? uapi.RT_SCOPE_LINK : 0,
      group: group ?? [],
      groupType: group === undefined ? 0 : (request.groupType ?? 0),
      buckets: settings.buckets ?? 0,
      idleTimer: asKept(settings.idleTimer ?? IDLE_TIMER),
      unbalancedTimer: asKept(settings.unbalancedTimer ?? 0),
    };
    if (group !== undefined || request.isFdb) return fields;
    return { ...fields, scope: this.#checkPath(fields, device, operation) };
  }

  /** Checks a path as that of a route of universe scope is (CFG-121), and gives its scope. */
  #checkPath(fields: ObjectFields, device: Device | undefined, operation: string): number {
    const core = this.#core;
    const stands = device ?? deviceAt(core, LOOPBACK)!;
    if (fields.family === uapi.AF_INET6 && fields.gateway === undefined) {
      if (stands.conf(abi.CONF_DISABLE_IPV6) !== 0) {
        throw new FibError('EACCES', operation, { extack: 'IPv6 is disabled on nexthop device' });
      }
      if (!stands.isUp) throw new FibError('ENETDOWN', operation, { extack: 'Nexthop device is not up' });
      return uapi.RT_SCOPE_LINK;
    }
    const at = writeObject(core, { ...fields, oif: stands.index, scope: 0 }) + abi.OBJECT_NEXTHOP;
    const err = core.exports.nexthopCheck(at, uapi.RT_SCOPE_UNIVERSE, this.#tableOf(stands), core.room);
    if (err < 0) throw refusal(core, err, operation);
    return core.view.getUint8(at + abi.NEXTHOP_SCOPE);
  }

  /** The table in which a gateway is looked up: that of the VRF above its device, or main. */
  #tableOf(device: Device): number {
    const master = device.master === 0 ? undefined : deviceAt(this.#core, device.master);
    return master?.table || uapi.RT_TABLE_MAIN;
  }

  /** CFG-124: puts a new definition in place of an old one. */
  #replace(
    old: NexthopObject,
    fields: ObjectFields,
    settings: BucketSettings,
    flags: number,
    operation: string,
    origin: Origin | undefined,
  ): void {
    const core = this.#core;
    const kept = old.group === undefined ? fields : keepOf(old, fields, settings);
    const err = core.exports.objectSuits(writeObject(core, fields));
    if (err < 0) throw refusal(core, err, operation);
    const groups = this.#groupsOf(old.id);
    checkKind(old, fields, settings, operation);
    if (old.group === undefined) this.#checkInGroups(old, fields, groups, operation);
    this.#set(writeObject(core, kept), operation);
    this.#tell(uapi.RTM_NEWNEXTHOP, old.id, flags, origin);
    this.#routes.objectReplaced([old.id, ...groups], origin);
  }

  /** May a member of these groups become this? */
  #checkInGroups(
    old: NexthopObject,
    fields: ObjectFields,
    groups: readonly number[],
    operation: string,
  ): void {
    const isFdb = (fields.options & abi.NH_O_FDB) !== 0;
    if (groups.length > 0 && isFdb !== (old.fdb === true)) {
      throw refused(operation, 'Cannot change nexthop FDB status while in a group');
    }
    const isShared = groups.some((group) => this.get(group)!.group!.length > 1);
    if (fields.kind === abi.NH_BLACKHOLE && isShared) {
      throw refused(operation, 'Blackhole nexthop can not be a member of a group with more than one path');
    }
  }

  #set(at: number, operation: string): void {
    if (this.#core.exports.objectSet(at) < 0) throw outOfMemory(operation);
    this.#generation++;
  }

  /** Tells of an object as it is now. The flags of a notice are those of the request (CFG-128). */
  #tell(type: number, id: number, flags: number, origin: Origin | undefined): void {
    const payload = (): Uint8Array => encodeNexthop(this.get(id)!);
    this.#notices.publish(GROUP_NEXTHOP, type, origin?.flags ?? flags, payload, origin);
  }
}

function isResilient({ groupType }: ObjectFields): boolean {
  return groupType === uapi.NEXTHOP_GRP_TYPE_RES;
}

/** A timer as the kernel keeps it, in whole ticks of its clock: 32 bits of them. */
function asKept(timer: number): number {
  const ticks = Math.floor((timer * KERNEL_HZ) / 100) % 2 ** 32;
  return Math.floor((ticks * 100) / KERNEL_HZ);
}

/** What a group keeps when its members are replaced: who made it, and of its buckets what is not given. */
function keepOf(old: NexthopObject, fields: ObjectFields, settings: BucketSettings): ObjectFields {
  const { protocol, resilience } = old;
  if (resilience === undefined) return { ...fields, protocol };
  return {
    ...fields,
    protocol,
    buckets: resilience.buckets,
    idleTimer: settings.idleTimer === undefined ? resilience.idleTimer : fields.idleTimer,
    unbalancedTimer:
      settings.unbalancedTimer === undefined ? resilience.unbalancedTimer : fields.unbalancedTimer,
  };
}

/** An object stays what it is: a path, or a group of its type and size. */
function checkKind(
  old: NexthopObject,
  fields: ObjectFields,
  { buckets }: BucketSettings,
  operation: string,
): void {
  const isGroup = fields.kind === abi.NH_GROUP;
  if (old.group === undefined) {
    if (isGroup) throw refused(operation, 'Can not replace a nexthop with a nexthop group.');
    return;
  }
  if (!isGroup) throw refused(operation, 'Can not replace a nexthop group with a nexthop.');
  if (isResilient(fields) !== (old.resilience !== undefined)) {
    throw refused(operation, 'Can not replace a nexthop group with one of a different type.');
  }
  if (buckets !== undefined && buckets !== old.resilience?.buckets) {
    throw refused(operation, 'Can not change number of buckets of a resilient nexthop group.');
  }
}
