/**
 * ip/link/device.ts - devices named in arguments: as masters, as VRFs, and by names that can be one.
 */
import * as uapi from '../../abi/uapi.js';
import { IFINFOMSG_BYTES } from '../../wire/link.js';
import { Writer } from '../../wire/bytes.js';
import { Attrs } from '../attrs.js';
import { Failed, type Exit } from '../failure.js';
import type { Task } from '../io.js';
import { invalid } from '../number.js';
import { zeroEnded, type Session } from '../session.js';

/** The index of a master. @throws {Exit} there is none */
export function* indexOfMaster(session: Session, name: string): Task<number> {
  const index = yield* indexIfAny(session, name);
  if (index === 0) throw invalid(name, 'Device does not exist');
  return index;
}

/** The index of a VRF. @throws {Exit} there is none */
export function* indexOfVrf(session: Session, name: string, family = 0): Task<number> {
  const index = yield* indexIfAny(session, name);
  if (index !== 0 && (yield* isVrf(session, name, family))) return index;
  throw notVrf(name);
}

function notVrf(name: string): Exit {
  return invalid(name, 'Not a valid VRF name');
}

/** The index of an interface, 0 where there is none. */
export function* indexIfAny(session: Session, name: string): Task<number> {
  try {
    return yield* session.indexOf(name);
  } catch (error) {
    if (error instanceof Failed) return 0;
    throw error;
  }
}

function* isVrf(session: Session, name: string, family: number): Task<boolean> {
  const w = new Writer();
  w.u8(family);
  w.zeros(IFINFOMSG_BYTES - 1);
  w.attr(uapi.IFLA_IFNAME, zeroEnded(name));
  const answer = yield* session.ask({ type: uapi.RTM_GETLINK, payload: w.take() });
  if (answer === undefined) return false;
  const info = new Attrs(answer.payload.subarray(IFINFOMSG_BYTES)).nest(uapi.IFLA_LINKINFO);
  return info?.text(uapi.IFLA_INFO_KIND) === 'vrf';
}

/** True if an interface can have this name; other names of it may be longer. */
export function isName(name: string, max = uapi.IFNAMSIZ - 1): boolean {
  return /^[^\s/\0]+$/u.test(name) && new TextEncoder().encode(name).length <= max;
}

/** The longest other name of an interface. */
export const ALTNAME_MAX = 127;
