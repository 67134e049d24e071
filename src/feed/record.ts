/**
 * feed/record.ts - what came from a source, as the bytes of a recording: a file of rtmon, with marks.
 *
 *   NLMSG_TSTAMP    before each part: when it came
 *   NLMSG_OVERRUN   u8 reason, u8 kinds (a bit each), u8 isLive, u8 0: from here all is told
 *   NLMSG_DONE      s32 1: all was told but for what changed meanwhile, which follows; s32 0: all was told
 * `feed.rtmon` reads it. `ip monitor file` reads it too, and passes over the marks.
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import { FOREVER } from '../model/address.js';
import type { Change } from '../model/change.js';
import type { BeginPart, Part } from '../model/feed.js';
import { parseAddress4 } from '../text/address.js';
import { parseInterface4 } from '../text/prefix.js';
import { encodeAddress } from '../wire/address.js';
import { encodeLink } from '../wire/link.js';
import { encodeNexthop } from '../wire/nexthop.js';
import { encodeMessages, type NlMsg, type NlMsgInit } from '../wire/nlmsg.js';
import { encodeRoute } from '../wire/route.js';
import { encodeRule } from '../wire/rule.js';
import { timestamp } from '../wire/rtmon.js';

/** Index of an interface by its name: text names links, messages number them. */
export type IfIndex = (name: string) => number | undefined;

/** The bytes of a part in a recording; none for one that leaves no trace. */
export function recordPart(part: Part, ifindex: IfIndex, timeMs = Date.now()): Uint8Array {
  switch (part.kind) {
    case 'begin':
      return encodeMessages([timestamp(timeMs), beginMark(part)]);
    case 'end':
      if (part.overlap === undefined) return encodeMessages([endMark(false)]);
      return Buffer.concat([
        encodeMessages([endMark(true)]),
        part.overlap.bytes,
        encodeMessages([endMark(false)]),
      ]);
    case 'messages':
      return Buffer.concat([encodeMessages([timestamp(part.timeMs ?? timeMs)]), part.bytes]);
    case 'changes':
      return encodeMessages([
        timestamp(part.timeMs ?? timeMs),
        ...part.changes.flatMap((change) => changeMessage(change, ifindex) ?? []),
      ]);
    case 'closed':
      return new Uint8Array(0);
  }
}

const REASONS = ['start', 'overrun', 'truncation', 'interrupted', 'reconnect'] as const;
const KINDS = ['route', 'link', 'address', 'rule', 'nexthop'] as const;

function beginMark({ reason, kinds, isLive }: BeginPart): NlMsgInit {
  const bits = KINDS.reduce((sum, kind, i) => (kinds.includes(kind) ? sum | (1 << i) : sum), 0);
  return {
    type: uapi.NLMSG_OVERRUN,
    payload: Uint8Array.of(REASONS.indexOf(reason), bits, isLive ? 1 : 0, 0),
  };
}

function endMark(hasOverlap: boolean): NlMsgInit {
  return { type: uapi.NLMSG_DONE, payload: Uint8Array.of(hasOverlap ? 1 : 0, 0, 0, 0) };
}

/** What a message of a recording marks: a begin part, `overlap` or `end`. */
export function markOf({ type, payload }: NlMsg): BeginPart | 'overlap' | 'end' | undefined {
  if (type === uapi.NLMSG_DONE) return payload[0] === 1 ? 'overlap' : 'end';
  if (type !== uapi.NLMSG_OVERRUN || payload.length < 4) return undefined;
  const reason = REASONS[payload[0]!] ?? 'start';
  const kinds = KINDS.filter((_, i) => payload[1]! & (1 << i));
  return { kind: 'begin', reason, kinds, isLive: payload[2] === 1 };
}

const FLAGS = {
  add: uapi.NLM_F_CREATE | uapi.NLM_F_EXCL,
  prepend: uapi.NLM_F_CREATE,
  append: uapi.NLM_F_CREATE | uapi.NLM_F_APPEND,
  replace: uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE,
  del: 0,
} as const;

/** A change as the kernel would tell it; undefined for one through a link of which the index is not known. */
function changeMessage(change: Change, ifindex: IfIndex): NlMsgInit | undefined {
  const flags = FLAGS[change.op];
  const isGone = change.op === 'del';
  switch (change.kind) {
    case 'route': {
      const payload = routePayload(change.route, ifindex);
      return payload && { type: isGone ? uapi.RTM_DELROUTE : uapi.RTM_NEWROUTE, flags, payload };
    }
    case 'link':
      return { type: isGone ? uapi.RTM_DELLINK : uapi.RTM_NEWLINK, payload: linkPayload(change) };
    case 'address':
      return {
        type: isGone ? uapi.RTM_DELADDR : uapi.RTM_NEWADDR,
        payload: addressPayload(change.address),
      };
    case 'rule':
      return { type: isGone ? uapi.RTM_DELRULE : uapi.RTM_NEWRULE, payload: encodeRule(change.rule) };
    case 'nexthop': {
      const { dev, oif = dev === undefined ? undefined : ifindex(dev), ...rest } = change.nexthop;
      const payload = encodeNexthop({ ...rest, ...(oif !== undefined && { oif }) });
      return { type: isGone ? uapi.RTM_DELNEXTHOP : uapi.RTM_NEWNEXTHOP, flags, payload };
    }
  }
}

function routePayload(
  route: Extract<Change, { kind: 'route' }>['route'],
  ifindex: IfIndex,
): Uint8Array | undefined {
  try {
    return encodeRoute(route, { ifindex });
  } catch (error) {
    if (error instanceof FibError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

function linkPayload({ index, name, link = {} }: Extract<Change, { kind: 'link' }>): Uint8Array {
  const { flags = 0, mtu, carrier } = link;
  return encodeLink(
    {
      ...{ family: uapi.AF_UNSPEC, type: link.type ?? 0, index, name, flags, change: 0xffffffff },
      ...(mtu !== undefined && { mtu }),
      ...(carrier !== undefined && { carrier: Number(carrier) }),
    },
    { noStats: true },
  );
}

function addressPayload(of: Extract<Change, { kind: 'address' }>['address']): Uint8Array {
  const { index, scope, flags, metric, protocol } = of;
  const { address: local, length } = parseInterface4(of.address);
  return encodeAddress({
    ...{ index, scope, flags, metric, protocol, local, length },
    peer: of.peer === undefined ? local : parseAddress4(of.peer),
    broadcast: of.broadcast === undefined ? 0 : parseAddress4(of.broadcast),
    label: new TextEncoder().encode(of.label),
    valid: of.validSeconds ?? FOREVER,
    preferred: of.preferredSeconds ?? FOREVER,
    created: 0,
    updated: 0,
  });
}
