/**
 * endpoint/absent.ts - what Linux has and a Netns has not: neighbours, and the chains of traffic control.
 *
 * Programs ask for them beside routes, so they answer as those of a namespace in which there are none: a dump is empty,
 * a request is refused for what is wrong with it, and one that would be served with EOPNOTSUPP. Seen on Linux 6.18.
 */
import * as uapi from '../abi/uapi.js';
import { FibError, type ErrnoName } from '../errors.js';
import type { Netns } from '../netns.js';
import { u32 } from '../wire/bytes.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { parseAttrs, type Policy } from './attrs.js';
import type { DumpSource, Request, Service } from './request.js';

/** struct ndmsg: u8 family, 3 pad, s32 index, u16 state, u8 flags, u8 type. */
const NEIGHBOR_ATTRS = NLMSG_HEADER + 12;
const NEIGHBOR_INDEX = NLMSG_HEADER + 4;
/** struct tcmsg. */
const CHAIN_ATTRS = NLMSG_HEADER + 20;

const NDA_DST = 1;
const NDA_NH_ID = 13;
const NDA_MAX = 17;
/** Bytes of the longest address (MAX_ADDR_LEN). */
const ADDRESS_BYTES = 32;

const NEIGHBOR_POLICY: Policy = {
  [NDA_DST]: { kind: 'binary', max: ADDRESS_BYTES },
  2: { kind: 'binary', max: ADDRESS_BYTES }, // NDA_LLADDR
  3: { kind: 'any', min: 16 }, // NDA_CACHEINFO
  4: { kind: 'u32' }, // NDA_PROBES
  5: { kind: 'u16' }, // NDA_VLAN
  6: { kind: 'u16' }, // NDA_PORT
  7: { kind: 'u32' }, // NDA_VNI
  8: { kind: 'u32' }, // NDA_IFINDEX
  9: { kind: 'u32' }, // NDA_MASTER
  12: { kind: 'u8' }, // NDA_PROTOCOL
  [NDA_NH_ID]: { kind: 'u32' },
  14: { kind: 'nested' }, // NDA_FDB_EXT_ATTRS
  15: { kind: 'u32', mask: 5 }, // NDA_FLAGS_EXT
};

function refused(code: ErrnoName, extack?: string): FibError {
  return new FibError(code, 'neighbour', extack === undefined ? {} : { extack });
}

function newNeighbor(ns: Netns, request: Request): void {
  const attrs = parseAttrs(request, NEIGHBOR_ATTRS, NEIGHBOR_POLICY, NDA_MAX, NDA_NH_ID);
  if (!attrs.has(NDA_DST)) throw refused('EINVAL', 'Network address not specified');
  const index = u32(request.bytes, NEIGHBOR_INDEX);
  if (index === 0) throw refused('EINVAL', 'Device not specified');
  if (!ns.address.hasLink(index)) throw refused('ENODEV');
  throw refused(request.flags & uapi.NLM_F_CREATE ? 'EOPNOTSUPP' : 'ENOENT');
}

function deleteNeighbor(ns: Netns, request: Request): void {
  if (request.bytes.length < NEIGHBOR_ATTRS) throw refused('EINVAL');
  const silent = { bytes: request.bytes, warn: () => undefined };
  if (!parseAttrs(silent, NEIGHBOR_ATTRS, {}, NDA_DST, 'lenient').has(NDA_DST)) {
    throw refused('EINVAL', 'Network address not specified');
  }
  const index = u32(request.bytes, NEIGHBOR_INDEX);
  if (index === 0) throw refused('EINVAL');
  throw refused(ns.address.hasLink(index) ? 'ENOENT' : 'ENODEV');
}

/** One entry is asked for: there is none. */
function getNeighbor(ns: Netns, request: Request): void {
  if (request.bytes.length < NEIGHBOR_ATTRS)
    throw refused('EINVAL', 'Invalid header for neighbor get request');
  const index = u32(request.bytes, NEIGHBOR_INDEX);
  if (index !== 0 && !ns.address.hasLink(index)) throw refused('ENODEV', 'Unknown device ifindex');
  throw refused('ENOENT', 'Neighbour entry not found');
}

function dumpNeighbors(_: Netns, request: Request): DumpSource {
  if (request.bytes.length < NEIGHBOR_ATTRS) {
    if (request.isStrict) throw refused('EINVAL', 'Invalid header for neighbor dump request');
    request.warn('Invalid header length');
  }
  return { messages: [].values() };
}

function chain(_: Netns, request: Request): void {
  parseAttrs(request, CHAIN_ATTRS, {}, 0, 'lenient');
  throw new FibError('ENODEV', 'chain');
}

/** Who serves the messages about what is not there. */
export const ABSENT_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_NEWNEIGH]: { act: newNeighbor },
  [uapi.RTM_DELNEIGH]: { act: deleteNeighbor },
  [uapi.RTM_GETNEIGH]: { act: getNeighbor, dump: dumpNeighbors },
  [uapi.RTM_GETSTATS]: { dump: () => ({ messages: [].values() }) },
  [uapi.RTM_NEWCHAIN]: { act: chain },
  [uapi.RTM_DELCHAIN]: { act: chain },
  [uapi.RTM_GETCHAIN]: { act: chain, dump: () => ({ messages: [].values() }) },
};
