/**
 * endpoint/netconf.ts - RTM_GETNETCONF: the IPv4 sysctls of the links, of `all` and of `default`, as netlink tells them.
 *   0        1     4
 *   | family | pad | attributes: 1 index s32, then a s32 for each sysctl
 * `all` has the index -1, `default` -2. Seen on Linux 6.18; `ip netconf` shows it.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { Netns } from '../netns.js';
import { Writer } from '../wire/bytes.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { parseAttrs, type Policy } from './attrs.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

/** struct netconfmsg, padded. */
const HEADER = 4;
const ATTRS_AT = NLMSG_HEADER + HEADER;

const NETCONFA_IFINDEX = 1;
const NETCONFA_MAX = 9;
/** Attributes in the kernel's order and the sysctl bytes that they tell; 0 for those that a Netns does not have. */
const TOLD: readonly (readonly [attr: number, conf: number | undefined])[] = [
  [2, abi.CONF_FORWARDING],
  [3, abi.CONF_RP_FILTER],
  [4, undefined], // mc_forwarding
  [8, abi.CONF_BC_FORWARDING],
  [5, undefined], // proxy_arp
  [6, abi.CONF_IGNORE_LINKDOWN],
];
const ALL = -1;
const DEFAULT = -2;

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
  yield message(ALL, abi.STATE_CONF_ALL);
  yield message(DEFAULT, abi.STATE_CONF_DEFAULT);
}

/** The next higher interface index, 0 = none. */
function nextLink({ core }: Netns, index: number): number {
  const device = core.exports.deviceNext(index) >>> 0;
  return device === 0 ? 0 : core.view.getUint32(device + abi.DEVICE_INDEX, true);
}

/** Where the sysctl bytes of a link, of `all` or of `default` are; 0 for a link that is not there or has no IPv4. */
function confOf({ core }: Netns, index: number): number {
  if (index === ALL) return abi.STATE_CONF_ALL;
  if (index === DEFAULT) return abi.STATE_CONF_DEFAULT;
  const device = core.exports.deviceGet(index) >>> 0;
  return device === 0 || core.u8[device + abi.DEVICE_INET] === 0 ? 0 : device + abi.DEVICE_CONF;
}

function payload({ core }: Netns, index: number, conf: number): Uint8Array {
  const w = new Writer();
  w.u8(uapi.AF_INET);
  w.zeros(HEADER - 1);
  w.attr32(NETCONFA_IFINDEX, index);
  for (const [attr, place] of TOLD) w.attr32(attr, place === undefined ? 0 : core.u8[conf + place]!);
  return w.take();
}

/** Who serves the messages about sysctls. */
export const NETCONF_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_GETNETCONF]: { act: getNetconf, dump: dumpNetconf, families: [uapi.AF_INET] },
};
