/**
 * endpoint/netconf.ts - RTM_GETNETCONF: the IPv4 sysctls of the links, of `all` and of `default`. Seen on Linux 6.18.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Netns } from '../netns.js';
import {
  NETCONFA_IFINDEX,
  NETCONFMSG_BYTES,
  NETCONF_ALL,
  NETCONF_DEFAULT,
  encodeNetconf,
} from '../wire/netconf.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { parseAttrs, type Policy } from './attrs.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

const ATTRS_AT = NLMSG_HEADER + NETCONFMSG_BYTES;
const NETCONFA_MAX = 9;

const POLICY: Policy = { [NETCONFA_IFINDEX]: { kind: 'any', min: 4 } };

function getNetconf(ns: Netns, request: Request): void {
  const operation = 'netconf get';
  const mode = request.isStrict ? 'closed' : 'lenient';
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, NETCONFA_MAX, mode);
  if (request.isStrict && attrs.types().some((type) => type !== NETCONFA_IFINDEX)) {
    throw new FibError('EINVAL', operation, { extack: 'ipv4: Unsupported attribute in netconf get request' });
  }
  const index = attrs.i32(NETCONFA_IFINDEX);
  if (index === undefined) throw new FibError('EINVAL', operation);
  const conf = confOf(ns, index);
  if (conf === 0) throw new FibError('ENODEV', operation);
  request.reply(uapi.RTM_NEWNETCONF, 0, payload(ns, index, conf));
}

function dumpNetconf(ns: Netns, request: Request): DumpSource {
  if (request.isStrict && request.bytes.length !== ATTRS_AT) {
    const extack = 'ipv4: Invalid data after header in netconf dump request';
    throw new FibError('EINVAL', 'netconf dump', { extack });
  }
  return { messages: messages(ns) };
}

function* messages(ns: Netns): Generator<DumpMessage, void, undefined> {
  const message = (index: number, conf: number): DumpMessage => ({
    type: uapi.RTM_NEWNETCONF,
    payload: payload(ns, index, conf),
  });
  for (let index = nextLink(ns, 0); index !== 0; index = nextLink(ns, index)) {
    const conf = confOf(ns, index);
    if (conf !== 0) yield message(index, conf);
  }
  yield message(NETCONF_ALL, abi.STATE_CONF_ALL);
  yield message(NETCONF_DEFAULT, abi.STATE_CONF_DEFAULT);
}

/** The next higher interface index, 0 = none. */
function nextLink({ core }: Netns, index: number): number {
  const device = core.exports.deviceNext(index) >>> 0;
  return device === 0 ? 0 : core.view.getUint32(device + abi.DEVICE_INDEX, true);
}

/** Where the sysctl bytes of a link, of `all` or of `default` are; 0 for a link that is not there or has no IPv4. */
function confOf({ core }: Netns, index: number): number {
  if (index === NETCONF_ALL) return abi.STATE_CONF_ALL;
  if (index === NETCONF_DEFAULT) return abi.STATE_CONF_DEFAULT;
  const device = core.exports.deviceGet(index) >>> 0;
  return device === 0 || core.u8[device + abi.DEVICE_INET] === 0 ? 0 : device + abi.DEVICE_CONF;
}

function payload({ core }: Netns, index: number, conf: number): Uint8Array {
  return encodeNetconf(index, core.u8.subarray(conf, conf + abi.CONF_BYTES));
}

/** Who serves the messages about sysctls. */
export const NETCONF_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_GETNETCONF]: { act: getNetconf, dump: dumpNetconf, families: [uapi.AF_INET] },
};
