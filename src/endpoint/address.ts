/**
 * endpoint/address.ts - RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR (CFG-111, CFG-112).
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import { FOREVER, type AddressMatch } from '../model/address.js';
import type { Netns } from '../netns.js';
import { u32, untilNul } from '../wire/bytes.js';
import { IFADDRMSG_BYTES, encodeAddress } from '../wire/address.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { parseAttrs, type Attrs, type Policy } from './attrs.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

/** struct ifaddrmsg: where its fields are in the message. */
const LENGTH_AT = NLMSG_HEADER + 1;
const FLAGS_AT = NLMSG_HEADER + 2;
const SCOPE_AT = NLMSG_HEADER + 3;
const INDEX_AT = NLMSG_HEADER + 4;
const ATTRS_AT = NLMSG_HEADER + IFADDRMSG_BYTES;

const POLICY: Policy = {
  [uapi.IFA_ADDRESS]: { kind: 'u32' },
  [uapi.IFA_LOCAL]: { kind: 'u32' },
  [uapi.IFA_LABEL]: { kind: 'string', max: uapi.IFNAMSIZ - 1 },
  [uapi.IFA_BROADCAST]: { kind: 'u32' },
  [uapi.IFA_CACHEINFO]: { kind: 'any', min: 16 },
  [uapi.IFA_FLAGS]: { kind: 'u32' },
  [uapi.IFA_RT_PRIORITY]: { kind: 'u32' },
  [uapi.IFA_TARGET_NETNSID]: { kind: 's32' },
  [uapi.IFA_PROTO]: { kind: 'u8' },
};

function newAddress(ns: Netns, request: Request): void {
  const operation = 'address add';
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, uapi.IFA_MAX, 'lenient');
  const { bytes, flags } = request;
  const length = bytes[LENGTH_AT]!;
  if (length > 32) throw new FibError('EINVAL', operation, { extack: 'ipv4: Invalid prefix length' });
  const local = attrs.be32(uapi.IFA_LOCAL);
  if (local === undefined) {
    throw new FibError('EINVAL', operation, { extack: 'ipv4: Local address is not supplied' });
  }
  const index = u32(bytes, INDEX_AT);
  ns.address.insert(
    {
      index,
      local,
      peer: attrs.be32(uapi.IFA_ADDRESS) ?? local,
      length,
      broadcast: attrs.be32(uapi.IFA_BROADCAST) ?? 0,
      scope: bytes[SCOPE_AT]!,
      flags: attrs.u32(uapi.IFA_FLAGS) ?? bytes[FLAGS_AT]!,
      metric: attrs.u32(uapi.IFA_RT_PRIORITY) ?? 0,
      protocol: attrs.u8(uapi.IFA_PROTO) ?? 0,
      label: labelOf(attrs) ?? new TextEncoder().encode(ns.link.nameOf(index)),
      ...lifetimesOf(attrs),
    },
    (flags & (uapi.NLM_F_REPLACE | uapi.NLM_F_EXCL)) === uapi.NLM_F_REPLACE,
    operation,
    request.origin,
  );
}

function labelOf(attrs: Attrs): Uint8Array | undefined {
  const bytes = attrs.bytes(uapi.IFA_LABEL);
  return bytes && untilNul(bytes);
}

function lifetimesOf(attrs: Attrs): { valid: number; preferred: number } {
  const bytes = attrs.bytes(uapi.IFA_CACHEINFO);
  if (bytes === undefined) return { valid: FOREVER, preferred: FOREVER };
  return { preferred: u32(bytes, 0), valid: u32(bytes, 4) };
}

function deleteAddress(ns: Netns, request: Request): void {
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, uapi.IFA_MAX, 'lenient');
  const local = attrs.be32(uapi.IFA_LOCAL);
  const peer = attrs.be32(uapi.IFA_ADDRESS);
  const label = labelOf(attrs);
  const match: AddressMatch = {
    index: u32(request.bytes, INDEX_AT),
    length: request.bytes[LENGTH_AT]!,
    ...(local !== undefined && { local }),
    ...(peer !== undefined && { peer }),
    ...(label !== undefined && { label }),
  };
  ns.address.remove(match, 'address del', request.origin);
}

/** All addresses; on a strict socket those of one link when the header names it. */
function dumpAddresses(ns: Netns, request: Request): DumpSource {
  const only = request.isStrict ? wantedLink(request) : 0;
  const flags = only === 0 ? 0 : uapi.NLM_F_DUMP_FILTERED;
  return {
    messages: messages(ns, request, only, flags),
    doneFlags: flags,
    isDoneApart: true,
    generation: () => ns.address.generation + ns.link.generation,
  };
}

/** Index of the link that a strict request asks for, 0 = all. */
function wantedLink({ bytes }: Request): number {
  if (bytes.length < ATTRS_AT) throw dumpRefused('Invalid header for address dump request');
  if (bytes[LENGTH_AT]! | bytes[FLAGS_AT]! | bytes[SCOPE_AT]!) {
    throw dumpRefused('Invalid values in header for address dump request');
  }
  return u32(bytes, INDEX_AT);
}

/** Refuses attributes: the only one that means something names another namespace. */
function checkDumpAttrs(request: Request): void {
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, uapi.IFA_MAX, 'closed');
  const [first] = attrs.types().sort((a, b) => a - b);
  if (first === uapi.IFA_TARGET_NETNSID) throw dumpRefused('Invalid target network namespace id');
  if (first !== undefined) throw dumpRefused('Unsupported attribute in dump request');
}

function dumpRefused(extack: string): FibError {
  return new FibError('EINVAL', 'address dump', { extack: `ipv4: ${extack}` });
}

/** What is refused here is told with the flag of a filter, if there is one (CFG-84). */
function* messages(
  ns: Netns,
  request: Request,
  only: number,
  flags: number,
): Generator<DumpMessage, void, undefined> {
  if (request.isStrict) checkDumpAttrs(request);
  if (only !== 0 && !ns.address.hasLink(only)) throw new FibError('ENODEV', 'address dump');
  for (const at of ns.address.walk(only)) {
    yield { type: uapi.RTM_NEWADDR, flags, payload: encodeAddress(ns.address.read(at)) };
  }
}

const families = [uapi.AF_INET];

/** Who serves the messages about addresses. */
export const ADDRESS_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_NEWADDR]: { act: newAddress, families },
  [uapi.RTM_DELADDR]: { act: deleteAddress, families },
  [uapi.RTM_GETADDR]: { dump: dumpAddresses, families },
};
