/**
 * core/nexthop.ts - object records: nexthop objects into the mailbox and out of it.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { NexthopMember, NexthopObject } from '../model/nexthop.js';
import type { Core } from './core.js';
import { readGateway, type Links, type Mutable } from './route.js';

/** The fields of an object, as a record has them. */
export interface ObjectFields {
  readonly id: number;
  readonly family: number;
  /** NH_SINGLE, NH_BLACKHOLE or NH_GROUP. */
  readonly kind: number;
  readonly protocol: number;
  readonly flags: number;
  /** NH_O_*. */
  readonly options: number;
  readonly oif: number;
  /** 4 or 16 bytes, in network order; absent: none. */
  readonly gateway?: Uint8Array | undefined;
  /** Of the path (FIB-93). */
  readonly scope: number;
  readonly group: readonly NexthopMember[];
  readonly groupType: number;
  readonly buckets: number;
  readonly idleTimer: number;
  readonly unbalancedTimer: number;
}

/**
 * Writes an object record and gives its address.
 * @throws {FibError} ENOBUFS
 */
export function writeObject(core: Core, fields: ObjectFields): number {
  const { group } = fields;
  const bytes = abi.OBJECT_MEMBERS + group.length * abi.MEMBER_BYTES;
  const at = core.large(bytes);
  core.u8.fill(0, at, at + bytes);
  const view = core.view;
  view.setUint32(at + abi.OBJECT_ID, fields.id, true);
  view.setUint8(at + abi.OBJECT_FAMILY, fields.family);
  view.setUint8(at + abi.OBJECT_KIND, fields.kind);
  view.setUint8(at + abi.OBJECT_PROTOCOL, fields.protocol);
  view.setUint32(at + abi.OBJECT_FLAGS, fields.flags, true);
  view.setUint32(at + abi.OBJECT_COUNT, group.length, true);
  view.setUint8(at + abi.OBJECT_GROUP_TYPE, fields.groupType);
  view.setUint8(at + abi.OBJECT_OPTIONS, fields.options);
  view.setUint16(at + abi.OBJECT_BUCKETS, fields.buckets, true);
  view.setUint32(at + abi.OBJECT_IDLE_TIMER, fields.idleTimer, true);
  view.setUint32(at + abi.OBJECT_UNBALANCED_TIMER, fields.unbalancedTimer, true);
  writePath(view, at + abi.OBJECT_NEXTHOP, fields);
  group.forEach(({ id, weight }, i) => {
    view.setUint32(at + abi.OBJECT_MEMBERS + i * abi.MEMBER_BYTES, id, true);
    view.setUint32(at + abi.OBJECT_MEMBERS + i * abi.MEMBER_BYTES + 4, weight, true);
  });
  return at;
}

function writePath(view: DataView, at: number, { oif, gateway, flags, scope }: ObjectFields): void {
  view.setUint32(at + abi.NEXTHOP_OIF, oif, true);
  view.setUint8(at + abi.NEXTHOP_FLAGS, flags);
  view.setUint8(at + abi.NEXTHOP_SCOPE, scope);
  view.setUint16(at + abi.NEXTHOP_WEIGHT, 1, true);
  if (gateway === undefined) return;
  view.setUint8(at + abi.NEXTHOP_FAMILY, gateway.length === 16 ? uapi.AF_INET6 : uapi.AF_INET);
  const words = new DataView(gateway.buffer, gateway.byteOffset);
  for (let i = 0; i < gateway.length; i += 4) {
    view.setUint32(at + abi.NEXTHOP_GATEWAY + i, words.getUint32(i), true);
  }
}

/** Address of the record of the object with this id, 0 = there is none. Good until the next one. */
export function getObject(core: Core, id: number): number {
  let { at, bytes } = core.buffer(abi.OBJECT_MEMBERS, abi.OBJECT_MEMBERS);
  let written = core.exports.objectGet(id, at, bytes);
  if (written < 0) {
    ({ at, bytes } = core.buffer(-written, -written));
    written = core.exports.objectGet(id, at, bytes);
  }
  return written > 0 ? at : 0;
}

/** The object of the record at an address. */
export function readObject(core: Core, links: Pick<Links, 'nameOf'>, at: number): NexthopObject {
  const view = core.view;
  const options = view.getUint8(at + abi.OBJECT_OPTIONS);
  const kind = view.getUint8(at + abi.OBJECT_KIND);
  const object: Mutable<NexthopObject> = {
    id: view.getUint32(at + abi.OBJECT_ID, true),
    family: view.getUint8(at + abi.OBJECT_FAMILY),
    protocol: view.getUint8(at + abi.OBJECT_PROTOCOL),
    scope: view.getUint8(at + abi.OBJECT_SCOPE),
    flags: view.getUint32(at + abi.OBJECT_FLAGS, true),
  };
  if (options & abi.NH_O_FDB) object.fdb = true;
  if (kind === abi.NH_BLACKHOLE) object.blackhole = true;
  if (kind === abi.NH_GROUP) readGroup(view, at, object);
  else readPath(view, at + abi.OBJECT_NEXTHOP, object, links);
  if (object.fdb && object.family === uapi.AF_INET6) object.via ??= '::'; // told even when there is none
  if (options & abi.NH_O_HW_STATS) object.hwStats = true;
  return object;
}

function readPath(
  view: DataView,
  at: number,
  object: Mutable<NexthopObject>,
  links: Pick<Links, 'nameOf'>,
): void {
  const via = readGateway(view, view.getUint8(at + abi.NEXTHOP_FAMILY), at + abi.NEXTHOP_GATEWAY);
  const oif = view.getUint32(at + abi.NEXTHOP_OIF, true);
  const dev = links.nameOf(oif);
  if (via !== undefined) object.via = via;
  if (dev !== undefined) object.dev = dev;
  if (oif !== 0) object.oif = oif;
}

function readGroup(view: DataView, at: number, object: Mutable<NexthopObject>): void {
  object.group = Array.from({ length: view.getUint32(at + abi.OBJECT_COUNT, true) }, (_, i) => ({
    id: view.getUint32(at + abi.OBJECT_MEMBERS + i * abi.MEMBER_BYTES, true),
    weight: view.getUint32(at + abi.OBJECT_MEMBERS + i * abi.MEMBER_BYTES + 4, true),
  }));
  const isResilient = view.getUint8(at + abi.OBJECT_GROUP_TYPE) === uapi.NEXTHOP_GRP_TYPE_RES;
  object.type = isResilient ? 'resilient' : 'mpath';
  if (!isResilient) return;
  object.resilience = {
    buckets: view.getUint16(at + abi.OBJECT_BUCKETS, true),
    idleTimer: view.getUint32(at + abi.OBJECT_IDLE_TIMER, true),
    unbalancedTimer: view.getUint32(at + abi.OBJECT_UNBALANCED_TIMER, true),
    unbalancedTime: view.getUint32(at + abi.OBJECT_UNBALANCED, true),
  };
}
