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
 * Routes with RTM_F_CLONED are cached answers and change no table; other families than IPv4 and IPv6 have none here.
 */
import * as uapi from '../abi/uapi.js';
import type { Change, RouteChange } from '../model/change.js';
import { decodeLink } from './link.js';
import { u32 } from './bytes.js';
import { NLMSG_HEADER, messages } from './nlmsg.js';
import type { NlMsg } from './nlmsg.js';
import { MAGIC_BYTES, ROUTE_SAVE_MAGIC } from './route-save.js';
import { decodeRoute, decodeRtmsg } from './route.js';

/**
 * The change that a message reports, or undefined for a message that reports none that a `Change` can hold.
 * The route has the fields of a `RouteMessage`.
 * @throws {WireError} a route or link message that cannot be read, with the offset in the stream of the message
 */
export function changeFromMessage(message: NlMsg): Change | undefined {
  const base = message.offset + NLMSG_HEADER;
  switch (message.type) {
    case uapi.RTM_NEWROUTE:
    case uapi.RTM_DELROUTE:
      return routeChange(message, base);
    case uapi.RTM_NEWLINK: {
      const { index, name } = decodeLink(message.payload, base);
      return name === undefined ? undefined : { kind: 'link', op: 'add', index, name };
    }
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
