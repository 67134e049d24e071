/**
 * address-request.ts - an address as it is asked for and as it is shown: values to fields, and back.
 */
import * as uapi from './abi/uapi.js';
import { scopeNumber, whole } from './core/route.js';
import { FibError } from './errors.js';
import {
  FOREVER,
  type Address,
  type AddressFields,
  type AddressInput,
  type NewAddress,
} from './model/address.js';
import { formatAddress4, parseAddress4 } from './text/address.js';
import { mask4, parseInterface4 } from './text/prefix.js';

/** Bytes that a label may have. */
export const LABEL_BYTES = uapi.IFNAMSIZ - 1;
/** The first octet of the addresses of loopback. */
const LOOPBACK = 127;
const U32 = 0xffffffff;

/**
 * What values say of an address on a link; its label is the name of the link unless there is one.
 * @throws {FibError} EINVAL malformed
 */
export function parseAddress(
  text: string,
  input: Omit<AddressInput, 'dev'>,
  index: number,
  name: string,
  operation: string,
): NewAddress {
  const { local, peer, length } = parseBoth(text, input.peer);
  const label = new TextEncoder().encode(input.label ?? name);
  if (label.length > LABEL_BYTES) {
    throw new FibError('EINVAL', operation, { detail: `label: expected up to ${LABEL_BYTES} bytes` });
  }
  const isLoopback = local >>> 24 === LOOPBACK;
  return {
    index,
    local,
    peer,
    length,
    label,
    broadcast: parseBroadcast(input.broadcast, peer, length),
    scope: scopeNumber(input.scope ?? (isLoopback ? 'host' : 'global'), operation),
    flags: input.noprefixroute === true ? uapi.IFA_F_NOPREFIXROUTE : 0,
    metric: whole(input.metric ?? 0, 'metric', 0, U32, operation),
    protocol: whole(input.protocol ?? 0, 'protocol', 0, 255, operation),
    valid: whole(input.validSeconds ?? FOREVER, 'validSeconds', 0, U32, operation),
    preferred: whole(input.preferredSeconds ?? FOREVER, 'preferredSeconds', 0, U32, operation),
  };
}

/** Address, peer and length of `address/length` and the peer, which may have a length of its own. @throws {FibError} EINVAL */
export function parseBoth(
  text: string,
  peer: string | undefined,
): { local: number; peer: number; length: number } {
  const { address: local, length } = parseInterface4(text);
  if (peer === undefined) return { local, peer: local, length };
  const other = parseInterface4(peer);
  return { local, peer: other.address, length: peer.includes('/') ? other.length : length };
}

/** `+` has all host bits set, `-` none; a subnet of two addresses or one has no broadcast. */
function parseBroadcast(text: string | undefined, peer: number, length: number): number {
  if (text === undefined) return 0;
  if (text !== '+' && text !== '-') return parseAddress4(text);
  if (length > 30) return 0;
  return (text === '+' ? peer | ~mask4(length) : peer & mask4(length)) >>> 0;
}

/** An address on a link of this name, as `ns.address.list` gives it. */
export function showAddress(address: AddressFields, name: string | undefined): Address {
  const { index, local, peer, length, broadcast, label, flags, valid, preferred } = address;
  return {
    address: `${formatAddress4(local)}/${length}`,
    dev: name ?? `if${index}`,
    index,
    ...(peer !== local && { peer: formatAddress4(peer) }),
    ...(broadcast !== 0 && { broadcast: formatAddress4(broadcast) }),
    scope: address.scope,
    label: new TextDecoder().decode(label),
    flags,
    secondary: (flags & uapi.IFA_F_SECONDARY) !== 0,
    metric: address.metric,
    protocol: address.protocol,
    ...(valid !== FOREVER && { validSeconds: valid }),
    ...(preferred !== FOREVER && { preferredSeconds: preferred }),
  };
}
