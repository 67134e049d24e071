/**
 * wire/change.ts - from a message of a dump or of a monitor to the `Change` that it reports.
 *
 *   RTM_NEWROUTE  NLM_F_REPLACE                 replace    CFG-91
 *                 NLM_F_APPEND                  append     CFG-91
 *                 NLM_F_MULTI                   append     a part of a dump, in the order of the table
 *                 NLM_F_CREATE or NLM_F_EXCL    add        CFG-91: before its equals, if there are any
 *                 none of them                  -          an answer to RTM_GETROUTE: nothing changed (CFG-72, CFG-77)
 *   RTM_DELROUTE                                del        CFG-92
 *   RTM_NEWLINK   with a name                   link add
 *                 of a bridge, for a port       link add   the state of the port alone
 *   RTM_DELLINK   with a name                   link del
 *   RTM_NEWADDR, RTM_DELADDR                    address add, del
 *   RTM_NEWRULE, RTM_DELRULE                    rule add, del
 *   RTM_NEWNEXTHOP  NLM_F_REPLACE               nexthop replace    CFG-128
 *                   else                        nexthop add
 *   RTM_DELNEXTHOP                              nexthop del
 * Routes with RTM_F_CLONED are cached answers and change no table. That a bridge lost a port is passed over,
 * as the port tells it too, and so are addresses of other families than IPv4, routes and rules of others than IPv4 and IPv6.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { FOREVER, type AddressFields } from '../model/address.js';
import type {
  AddressChange,
  Change,
  LinkChange,
  LinkState,
  NexthopChange,
  RouteChange,
  RuleChange,
} from '../model/change.js';
import { OPER_STATES } from '../model/link.js';
import { formatAddress4 } from '../text/address.js';
import { formatHardware } from '../text/hardware.js';
import { decodeAddress } from './address.js';
import { u32 } from './bytes.js';
import { decodeLink, type LinkMessage } from './link.js';
import { decodeNexthop } from './nexthop.js';
import { NLMSG_HEADER, messages } from './nlmsg.js';
import type { NlMsg } from './nlmsg.js';
import { MAGIC_BYTES, ROUTE_SAVE_MAGIC } from './route-save.js';
import { decodeRoute, decodeRtmsg } from './route.js';
import { decodeRule } from './rule.js';

/**
 * The change that a message reports, or undefined for a message that reports none that a `Change` can hold.
 * Route, rule and nexthop object have the fields of their messages.
 * @throws {WireError} a message of these kinds that cannot be read, with the offset in the stream of the message
 */
export function changeFromMessage(message: NlMsg): Change | undefined {
  const base = message.offset + NLMSG_HEADER;
  switch (message.type) {
    case uapi.RTM_NEWROUTE:
    case uapi.RTM_DELROUTE:
      return routeChange(message, base);
    case uapi.RTM_NEWLINK:
    case uapi.RTM_DELLINK:
      return linkChange(message, base);
    case uapi.RTM_NEWADDR:
    case uapi.RTM_DELADDR:
      return addressChange(message, base);
    case uapi.RTM_NEWRULE:
    case uapi.RTM_DELRULE:
      return ruleChange(message, base);
    case uapi.RTM_NEWNEXTHOP:
    case uapi.RTM_DELNEXTHOP:
      return nexthopChange(message, base);
    default:
      return undefined;
  }
}

/** Flags of which a notification or a part of a dump has at least one. */
const TELLING =
  uapi.NLM_F_REPLACE | uapi.NLM_F_EXCL | uapi.NLM_F_CREATE | uapi.NLM_F_APPEND | uapi.NLM_F_MULTI;

/**
 * The changes that a dump reports, in its order, undefined for a message that is passed over: the bytes of
 * `ip route save`, or plain messages. A route without any flags is taken for a part of the dump.
 * @throws {WireError} once reached: bytes that are no whole message or that cannot be read, with the offset
 */
export function* dumpChanges(bytes: Uint8Array): Generator<Change | undefined, void, undefined> {
  for (const message of messages(bytes, dumpStart(bytes))) yield dumpChange(message);
}

/** Where the first message of a dump begins: behind the magic, if there is one. */
export function dumpStart(bytes: Uint8Array): number {
  return bytes.length >= MAGIC_BYTES && u32(bytes, 0) === ROUTE_SAVE_MAGIC ? MAGIC_BYTES : 0;
}

/** As `changeFromMessage`, for a message of a dump. */
export function dumpChange(message: NlMsg): Change | undefined {
  const isBare = message.type === uapi.RTM_NEWROUTE && (message.flags & TELLING) === 0;
  return changeFromMessage(isBare ? { ...message, flags: uapi.NLM_F_MULTI } : message);
}

function routeChange({ type, flags, payload }: NlMsg, base: number): RouteChange | undefined {
  const op = type === uapi.RTM_DELROUTE ? 'del' : opOf(flags);
  if (op === undefined) return undefined;
  const head = decodeRtmsg(payload, base);
  if (head.family !== uapi.AF_INET && head.family !== uapi.AF_INET6) return undefined;
  if (head.flags & uapi.RTM_F_CLONED) return undefined;
  return { kind: 'route', op, route: decodeRoute(payload, base) };
}

function opOf(flags: number): RouteChange['op'] | undefined {
  if (flags & uapi.NLM_F_REPLACE) return 'replace';
  if (flags & (uapi.NLM_F_APPEND | uapi.NLM_F_MULTI)) return 'append';
  return flags & (uapi.NLM_F_CREATE | uapi.NLM_F_EXCL) ? 'add' : undefined;
}

/** State of a port of a bridge that lets frames pass. */
const FORWARDING = 3;

function linkChange({ type, payload }: NlMsg, base: number): LinkChange | undefined {
  const link = decodeLink(payload, base);
  const { family, index, name, portState } = link;
  if (name === undefined) return undefined;
  if (family === uapi.AF_BRIDGE) {
    if (type === uapi.RTM_DELLINK || portState === undefined) return undefined;
    return { kind: 'link', op: 'add', index, name, link: { forwarding: portState === FORWARDING } };
  }
  if (family !== uapi.AF_UNSPEC) return undefined; // how IPv6 is configured on it: little of the link itself
  if (type === uapi.RTM_DELLINK) return { kind: 'link', op: 'del', index, name };
  const change = { kind: 'link', op: 'add', index, name } as const;
  return link.mtu === undefined ? change : { ...change, link: stateOf(link) };
}

/** A link as a whole message tells it: one without IFLA_MTU tells little more than a name. */
function stateOf(message: LinkMessage): LinkState {
  const { flags, type, kind, mtu, operstate, carrier, master, table, group, txqlen } = message;
  const { port, qdisc, address, broadcast, carrierUps, carrierDowns, link, linkNetns } = message;
  return {
    flags,
    type,
    ...(kind !== undefined && { kind }),
    ...(mtu !== undefined && { mtu }),
    ...(operstate !== undefined && { operstate: OPER_STATES[operstate] ?? 'UNKNOWN' }),
    ...(carrier !== undefined && { carrier: carrier !== 0 }),
    ...(address !== undefined && { address: formatHardware(address) }),
    ...(broadcast !== undefined && { broadcast: formatHardware(broadcast) }),
    master: master ?? 0,
    ...(kind === 'veth' && { peer: linkNetns === undefined ? (link ?? 0) : 0 }),
    ...(port !== undefined && { port: port.number, forwarding: port.state === FORWARDING }),
    ...(qdisc !== undefined && { qdisc }),
    ...(table !== undefined && { table }),
    ...(group !== undefined && { group }),
    ...(txqlen !== undefined && { txqlen }),
    ...(carrierUps !== undefined && { carrierUps }),
    ...(carrierDowns !== undefined && { carrierDowns }),
  };
}

function addressChange({ type, payload }: NlMsg, base: number): AddressChange | undefined {
  const fields = decodeAddress(payload, base);
  if (fields === undefined) return undefined;
  return { kind: 'address', op: type === uapi.RTM_NEWADDR ? 'add' : 'del', address: addressOf(fields) };
}

function addressOf(fields: AddressFields): AddressChange['address'] {
  const { index, local, peer, length, broadcast, scope, label, flags, metric, protocol } = fields;
  const { valid, preferred } = fields;
  return {
    address: `${formatAddress4(local)}/${length}`,
    index,
    ...(peer !== local && { peer: formatAddress4(peer) }),
    ...(broadcast !== 0 && { broadcast: formatAddress4(broadcast) }),
    scope,
    label: new TextDecoder().decode(label),
    flags,
    metric,
    protocol,
    ...(valid !== FOREVER && { validSeconds: valid }),
    ...(preferred !== FOREVER && { preferredSeconds: preferred }),
  };
}

function ruleChange({ type, payload }: NlMsg, base: number): RuleChange | undefined {
  const family = payload[0] ?? uapi.AF_INET;
  if (family !== uapi.AF_INET && family !== uapi.AF_INET6) return undefined;
  return { kind: 'rule', op: type === uapi.RTM_NEWRULE ? 'add' : 'del', rule: decodeRule(payload, base) };
}

function nexthopChange({ type, flags, payload }: NlMsg, base: number): NexthopChange {
  const nexthop = decodeNexthop(payload, base);
  if (type === uapi.RTM_DELNEXTHOP) return { kind: 'nexthop', op: 'del', nexthop };
  return { kind: 'nexthop', op: flags & uapi.NLM_F_REPLACE ? 'replace' : 'add', nexthop };
}

/**
 * The changes in messages of a monitor or a dump, which stand in a source elsewhere than in `bytes`.
 * @param place where in the source that stood which stands at an offset in `bytes`
 * @throws {WireError} once reached: what cannot be read, with its offset in the source
 */
export function* changesAt(
  bytes: Uint8Array,
  place: (offset: number) => number,
): Generator<Change | undefined, void, undefined> {
  try {
    for (const message of messages(bytes)) yield dumpChange(message);
  } catch (error) {
    throw error instanceof WireError ? error.movedTo(place(error.offset)) : error;
  }
}
