/**
 * dump.ts - how the bytes of a dump are gone through; believe.ts and restore.ts are what is done with it.
 *
 * Bytes are gone through twice: first all is read and checked, so that bytes that are no dump change nothing. Usual
 * route messages (wire/bulk.ts) go into the core by the batch, all others one by one, as values; the order stays.
 */
import * as uapi from './abi/uapi.js';
import type { Core } from './core/core.js';
import { tableShapes } from './core/shape.js';
import type { Change } from './model/change.js';
import { RECORD_MAX, readRecord } from './wire/bulk.js';
import { align4 } from './wire/bytes.js';
import { dumpStart } from './wire/change.js';
import { NLMSG_HEADER, decodeMessage, type NlMsg } from './wire/nlmsg.js';

/** Takes the route message of `length` bytes at `from`; false for one that is unusual. */
export type Usual = (message: DataView, from: number, length: number) => boolean;

/** The record of a message that is read only to see whether it is usual, or what it says. */
export const seen = new Uint32Array(RECORD_MAX / 4);

/** True for a usual message; `seen` is its record. */
export function isUsual(message: DataView, from: number, length: number): boolean {
  return readRecord(message, from, length, seen, 0) > 0;
}

/**
 * Goes through the messages of a dump: those of routes are offered to `usual`, all that it does not take go to `other`.
 * @throws {WireError} once reached: bytes that are no whole message, with the offset
 */
export function walkDump(bytes: Uint8Array, usual: Usual, other: (message: NlMsg) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = dumpStart(bytes); at < bytes.length;) {
    const left = bytes.length - at;
    const length = left < NLMSG_HEADER ? 0 : view.getUint32(at, true);
    const isWhole = length >= NLMSG_HEADER && length <= left;
    if (!isWhole || !isRoute(view.getUint16(at + 4, true)) || !usual(view, at, length)) {
      other(decodeMessage(bytes, at));
    }
    at += align4(length);
  }
}

function isRoute(type: number): boolean {
  return type === uapi.RTM_NEWROUTE || type === uapi.RTM_DELROUTE;
}

/** Bytes of a short route, and of so many of them that it is worth a look how many there are already. */
const SHORT = 60;
const MANY = 1 << 16;
/** Making a view anew costs about as much as following the changes of so many of its table's routes one by one. */
const SHARE = 1 / 8;

/** Runs `apply`, which is to apply so many bytes of messages; the forwarding views wait when that is much. */
export function bulk(core: Core, bytes: number, apply: () => void): void {
  if (bytes < MANY || bytes / SHORT < routesOf(core) * SHARE) return apply();
  core.exports.viewsPause();
  try {
    apply();
  } finally {
    core.exports.viewsResume();
  }
}

function routesOf(core: Core): number {
  let routes = 0;
  for (const shape of tableShapes(core, false)) routes += shape.routes;
  return routes;
}

/** True for a route or a rule of a family that the core does not hold. */
export function isForeign(change: Change): boolean {
  if (change.kind === 'route') return change.route.family !== uapi.AF_INET;
  return change.kind === 'rule' && change.rule.family !== uapi.AF_INET;
}
