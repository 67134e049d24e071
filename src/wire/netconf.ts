/**
 * wire/netconf.ts - RTM_NEWNETCONF: the IPv4 sysctls of a link, of `all` or of `default`, as netlink tells them.
 *   0        1     4
 *   | family | pad | attributes: 1 index s32, then a s32 for each sysctl
 * Seen on Linux 6.18; `ip netconf` and `ip monitor netconf` show it.
 */
import * as abi from '../abi/records.js';
import { AF_INET } from '../abi/uapi.js';
import { Writer } from './bytes.js';

/** Bytes of struct netconfmsg, padded. */
export const NETCONFMSG_BYTES = 4;
export const NETCONFA_IFINDEX = 1;
/** Indexes that no link has. */
export const NETCONF_ALL = -1;
export const NETCONF_DEFAULT = -2;

/** Attributes in the kernel's order and the sysctl bytes that they tell; undefined for those that a Netns has not. */
const TOLD: readonly (readonly [attr: number, conf: number | undefined])[] = [
  [2, abi.CONF_FORWARDING],
  [3, abi.CONF_RP_FILTER],
  [4, undefined], // mc_forwarding
  [8, abi.CONF_BC_FORWARDING],
  [5, undefined], // proxy_arp
  [6, abi.CONF_IGNORE_LINKDOWN],
];

/** The sysctl bytes whose change is told. */
export const TOLD_CHANGES: readonly number[] = [
  abi.CONF_FORWARDING,
  abi.CONF_RP_FILTER,
  abi.CONF_IGNORE_LINKDOWN,
];

/** What follows the nlmsghdr. Of `conf`, sysctl bytes by CONF_*, all are told, or `only` one; without it none. */
export function encodeNetconf(index: number, conf?: Uint8Array, only?: number): Uint8Array {
  const w = new Writer();
  w.u8(AF_INET);
  w.zeros(NETCONFMSG_BYTES - 1);
  w.attr32(NETCONFA_IFINDEX, index);
  for (const [attr, place] of conf === undefined ? [] : TOLD) {
    if (only === undefined || place === only) w.attr32(attr, place === undefined ? 0 : conf![place]!);
  }
  return w.take();
}
