/**
 * core/address.ts - address records: fields into the mailbox, a kept record's out of the arena.
 */
import * as abi from '../abi/records.js';
import type { AddressFields } from '../model/address.js';
import type { Core } from './core.js';

/** Bytes of a label, the closing NUL included. */
const LABEL_BYTES = 16;

const WORDS: readonly (readonly [Exclude<keyof AddressFields, 'label'>, field: number])[] = [
  ['index', abi.ADDRESS_DEVICE],
  ['local', abi.ADDRESS_LOCAL],
  ['peer', abi.ADDRESS_ADDRESS],
  ['broadcast', abi.ADDRESS_BROADCAST],
  ['flags', abi.ADDRESS_FLAGS],
  ['metric', abi.ADDRESS_METRIC],
  ['valid', abi.ADDRESS_VALID],
  ['preferred', abi.ADDRESS_PREFERRED],
  ['created', abi.ADDRESS_CREATED],
  ['updated', abi.ADDRESS_UPDATED],
];

/** Writes an address into the record at `at`, in the mailbox or a kept one. */
export function writeAddress(core: Core, at: number, fields: AddressFields): void {
  const { u8, view } = core;
  for (const [name, offset] of WORDS) view.setUint32(at + offset, fields[name], true);
  u8[at + abi.ADDRESS_PREFIX_LEN] = fields.length;
  u8[at + abi.ADDRESS_SCOPE] = fields.scope;
  u8[at + abi.ADDRESS_PROTOCOL] = fields.protocol;
  u8.fill(0, at + abi.ADDRESS_LABEL, at + abi.ADDRESS_LABEL + LABEL_BYTES);
  u8.set(fields.label, at + abi.ADDRESS_LABEL);
}

/** The address of the record at `at`. */
export function readAddress(core: Core, at: number): AddressFields {
  const { u8, view } = core;
  const word = (offset: number): number => view.getUint32(at + offset, true);
  return {
    index: word(abi.ADDRESS_DEVICE),
    local: word(abi.ADDRESS_LOCAL),
    peer: word(abi.ADDRESS_ADDRESS),
    length: u8[at + abi.ADDRESS_PREFIX_LEN]!,
    broadcast: word(abi.ADDRESS_BROADCAST),
    scope: u8[at + abi.ADDRESS_SCOPE]!,
    flags: word(abi.ADDRESS_FLAGS),
    metric: word(abi.ADDRESS_METRIC),
    protocol: u8[at + abi.ADDRESS_PROTOCOL]!,
    label: u8.slice(at + abi.ADDRESS_LABEL, u8.indexOf(0, at + abi.ADDRESS_LABEL)),
    valid: word(abi.ADDRESS_VALID),
    preferred: word(abi.ADDRESS_PREFERRED),
    created: word(abi.ADDRESS_CREATED),
    updated: word(abi.ADDRESS_UPDATED),
  };
}
