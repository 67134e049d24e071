/**
 * endpoint/metrics.ts - RTA_METRICS of a request: RTAX attributes into the words of a route record (CFG-60..66).
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { Core } from '../core/core.js';
import { keptMetric, writeMetric } from '../core/route-record.js';
import { congctlKey } from '../model/route.js';
import { u16, u32 } from '../wire/bytes.js';
import { plainAttrs, type PlainAttr } from './attrs.js';
import { refused } from './gateway.js';

/** The attributes of the RTA_METRICS whose header is at `at`; those of type 0 mean nothing. */
function metricsAt(bytes: Uint8Array, at: number): PlainAttr[] {
  return plainAttrs(bytes, at + 4, at + u16(bytes, at)).filter(({ type }) => type !== 0);
}

/** Key of the congestion control that an attribute names, its NUL may be missing; 0 for one that is not known. */
function congctlOf(payload: Uint8Array): number {
  const nul = payload.indexOf(0);
  return congctlKey(String.fromCharCode(...(nul < 0 ? payload : payload.subarray(0, nul))));
}

/**
 * Writes the metrics of a route to add into its record.
 * @param from offset of the RTA_METRICS in the message
 * @throws {FibError} EINVAL
 */
export function writeMetrics(
  core: Core,
  at: number,
  bytes: Uint8Array,
  from: number,
  operation: string,
): void {
  for (const attr of metricsAt(bytes, from)) writeMetric(core, at, attr.type, readMetric(attr, operation));
}

function readMetric({ type, at, payload }: PlainAttr, operation: string): number {
  if (type > uapi.RTAX_MAX) throw refused(operation, 'Invalid metric type');
  if (type === uapi.RTAX_CC_ALGO) {
    const key = congctlOf(payload);
    if (key === 0) throw refused(operation, 'Unknown tcp congestion algorithm');
    return key;
  }
  if (payload.length !== 4) throw refused(operation, 'Invalid attribute in metrics', at);
  return keptMetric(type, u32(payload, 0), operation);
}

/**
 * Writes the metrics that a route to delete must have into the request's record, where a mask says which were given:
 * one of 0 must be 0. False if no route can have them (CFG-58).
 */
export function writeWantedMetrics(core: Core, at: number, bytes: Uint8Array, from: number): boolean {
  for (const { type, payload } of metricsAt(bytes, from)) {
    const isName = type === uapi.RTAX_CC_ALGO;
    if (type > uapi.RTAX_MAX || (!isName && payload.length !== 4)) return false;
    const value = isName ? congctlOf(payload) : u32(payload, 0);
    const given = core.u32[(at + abi.ROUTE_ID) / 4]!;
    const known = core.u32[(at + abi.ROUTE_METRICS) / 4 + type - 1]!;
    if ((given & (1 << (type - 1))) !== 0 && known !== value) return false; // given twice: it must be both
    writeMetric(core, at, type, value);
    core.u32[(at + abi.ROUTE_ID) / 4] = given | (1 << (type - 1));
  }
  return true;
}
