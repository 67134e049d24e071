/**
 * extack.ts - the words that go with a refusal of the core: what the kernel's extended ack says (NL-40).
 *
 * Texts are those of Linux 6.18, since programs and people compare them; their order is that of REASON_*.
 */
import * as abi from './abi/records.js';
import { outOfMemory, type Core } from './core/core.js';
import { FibError } from './errors.js';
import * as uapi from './abi/uapi.js';

const TEXTS: readonly (string | undefined)[] = [
  undefined,
  'Invalid scope',
  'Gateway, device and multipath can not be specified for this route type',
  'Invalid route type',
  'Route with host scope can not have multiple nexthops',
  'Route with host scope can not have a gateway',
  'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set',
  'Device for nexthop is not up',
  'Nexthop has invalid scope',
  'Nexthop device required for onlink',
  'Nexthop device is not up',
  'Nexthop has invalid gateway',
  'No egress device for nexthop gateway',
  'Egress device not specified',
  'Invalid prefsrc address',
  'FIB table does not exist',
  'Nexthop id does not exist',
  'Scope mismatch with nexthop',
  'Route cannot point to a fdb nexthop',
  'IPv6 is disabled on nexthop device',
  'Invalid rtm_flags - can not contain DEAD or LINKDOWN',
  'Invalid gateway address',
  'Egress device can not be loopback device for this route',
];

/** The text for a reason of the core, REASON_*; undefined for none. */
export function extackOf(reason: number): string | undefined {
  return TEXTS[reason];
}

/**
 * A refusal of the core as an error. `err` is a negated errno; `detail` says what was asked for when there is no text.
 */
export function refusal(core: Core, err: number, operation: string, detail?: string): FibError {
  if (-err === uapi.ENOBUFS) return outOfMemory(operation);
  const extack = extackOf(core.view.getUint32(abi.STATE_REASON, true));
  if (extack !== undefined) return FibError.fromErrno(err, operation, { extack });
  return FibError.fromErrno(err, operation, detail === undefined ? {} : { detail });
}
