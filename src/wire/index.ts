/**
 * wire/index.ts - the entry `hoptrie/wire`: rtnetlink bytes to values and back.
 *
 * Pure pairs: decode and encode, no I/O, no state. Any bytes give a value or a `WireError` with the offset where
 * reading stopped; a value that cannot be written gives a `FibError`.
 *
 *   messages     `messages`, `decodeMessages`, `decodeMessage`, `encodeMessage`, `encodeMessages`
 *   attributes   `decodeAttrs`, `encodeAttrs`
 *   routes       `decodeRoute`, `encodeRoute`, `decodeRtmsg`
 *   rules        `decodeRule`, `encodeRule`
 *   nexthops     `decodeNexthop`, `encodeNexthop`, `encodeBucket`
 *   links        `decodeLink`, `encodeLink`
 *   addresses    `decodeAddress`, `encodeAddress`
 *   files        `routeSaveMessages`, `decodeRouteSave`, `readRouteSave`, `encodeRouteSave`
 *   streams      `readMessages`, `timestamp`, `timestampOf` (rtmon); `decodeFpm`, `readFpm`, `fpmMessages`, `encodeFpm`
 *   captures     `decodePcap`, `PcapReader`, `encodePcap`; `decodeCooked`, `encodeCooked`
 *   MRT          `decodeMrt`, `decodeMrtRecord`
 *   changes      `changeFromMessage`, `dumpChanges`
 *   numbers      `uapi`: the constants of the kernel's headers
 */
export * as uapi from '../abi/uapi.js';
export { FibError, WireError } from '../errors.js';
export type { AddressFields } from '../model/address.js';
export type {
  AddressChange,
  Change,
  LinkChange,
  LinkState,
  NexthopChange,
  RouteChange,
  RuleChange,
} from '../model/change.js';
export type { Metrics, NextHop, Route, RouteType } from '../model/route.js';
export { decodeAddress, encodeAddress } from './address.js';
export { changeFromMessage, dumpChanges } from './change.js';
export { decodeLink, encodeLink } from './link.js';
export type { LinkForm, LinkMessage } from './link.js';
export {
  NLMSG_HEADER,
  decodeMessage,
  decodeMessages,
  encodeMessage,
  encodeMessages,
  messages,
} from './nlmsg.js';
export type { NlMsg, NlMsgInit } from './nlmsg.js';
export { decodeNexthop, encodeBucket, encodeNexthop } from './nexthop.js';
export type { NexthopMessage } from './nexthop.js';
export { decodeRule, encodeRule } from './rule.js';
export type { RuleMessage } from './rule.js';
export type {
  NexthopBucket,
  NexthopGroupType,
  NexthopMember,
  NexthopObject,
  Resilience,
} from '../model/nexthop.js';
export type { NumberRange, Rule, RuleAction } from '../model/rule.js';
export { RTMSG_BYTES, decodeRoute, decodeRtmsg, encodeRoute } from './route.js';
export type { EncodeRouteOptions, NextHopMessage, RouteMessage, RtMsg } from './route.js';
export {
  ROUTE_SAVE_MAGIC,
  decodeRouteSave,
  encodeRouteSave,
  readRouteSave,
  routeSaveMessages,
} from './route-save.js';
export { RTATTR_HEADER, decodeAttrs, encodeAttrs } from './rtattr.js';
export type { RtAttr } from './rtattr.js';
export { decodeRtentry, encodeRtentry } from './rtentry.js';
export type { RtEntry, SockAddr } from './rtentry.js';
export { readMessages, timestamp, timestampOf } from './rtmon.js';
export { FPM_NETLINK, decodeFpm, encodeFpm, fpmMessages, readFpm } from './fpm.js';
export type { FpmFrame } from './fpm.js';
export { PcapReader, decodePcap, encodePcap } from './pcap.js';
export type { Packet } from './pcap.js';
export { LINKTYPE_NETLINK, decodeCooked, encodeCooked } from './cooked.js';
export type { NetlinkPacket } from './cooked.js';
export { decodeMrt, decodeMrtRecord } from './mrt.js';
export type { MrtEntry, MrtPath, MrtPeer, MrtPrefix, MrtRecord } from './mrt.js';
