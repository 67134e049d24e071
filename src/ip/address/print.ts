/**
 * ip/address/print.ts - an address as `ip address` and `ip monitor` write it.
 *
 *       inet 10.0.0.1/24 brd 10.0.0.255 scope global secondary e0
 *          valid_lft forever preferred_lft forever
 * With -o, in monitors and while flushing the index and the name of the link stand in front. With -br only the address.
 */
import * as uapi from '../../abi/uapi.js';
import { u32 } from '../../wire/bytes.js';
import { IFADDRMSG_BYTES } from '../../wire/address.js';
import type { NlMsg } from '../../wire/nlmsg.js';
import { addressText } from '../address.js';
import { Attrs } from '../attrs.js';
import type { Task } from '../io.js';
import { isLike, type Selection } from '../link/select.js';
import { familyName } from '../options.js';
import type { Printer } from '../printer.js';
import type { Session } from '../session.js';

const FOREVER = 0xffffffff;

/** A message about an address, read. */
export interface AddressView {
  readonly message: NlMsg;
  readonly family: number;
  readonly length: number;
  readonly scope: number;
  readonly index: number;
  /** IFA_F_*. */
  readonly flags: number;
  readonly attrs: Attrs;
}

export function readAddressMessage(message: NlMsg): AddressView {
  const { payload } = message;
  const attrs = new Attrs(payload.subarray(IFADDRMSG_BYTES));
  const [family = 0, length = 0, flags = 0, scope = 0] = payload;
  return {
    ...{ message, family, length, scope, attrs },
    index: u32(payload, 4),
    flags: attrs.u32(uapi.IFA_FLAGS) ?? flags,
  };
}

/** True for an address that is asked for. */
export function hasAddress(selection: Selection, view: AddressView, name: string): boolean {
  const { family, index, scope, flagMask, flags, prefix, label } = selection;
  if (index !== 0 && view.index !== index) return false;
  if (scope !== undefined && view.scope !== scope) return false;
  if (((view.flags ^ flags) & flagMask) !== 0) return false;
  if (label !== undefined && !isLike(view.attrs.text(uapi.IFA_LABEL) ?? name, label)) return false;
  if (prefix !== undefined && prefix.family !== 0 && !isWithin(view, prefix)) return false;
  return family === 0 || view.family === family;
}

/** True for an address in a prefix. */
function isWithin(view: AddressView, prefix: NonNullable<Selection['prefix']>): boolean {
  const local = view.attrs.bytes(uapi.IFA_LOCAL) ?? view.attrs.bytes(uapi.IFA_ADDRESS);
  if (local === undefined || view.family !== prefix.family) return false;
  const bits = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits(local).slice(0, prefix.length) === bits(prefix.bytes).slice(0, prefix.length);
}

/** Where an address stands: with its link in front, or below it. */
export interface AddressForm {
  /** Index and name of the link in front of each line. */
  readonly hasLink: boolean;
}

/** Writes an address, with the newline behind it. */
export function* printAddress(session: Session, view: AddressView, form: AddressForm): Task {
  const { out, options } = session;
  if (view.message.type === uapi.RTM_DELADDR) out.put('deleted', true, 'Deleted ');
  if (!options.brief) {
    if (form.hasLink) yield* printLinkOf(session, view.index);
    const name = familyName(view.family);
    out.put('family', name, `    ${name} `);
  }
  printLocal(out, view);
  if (options.brief) return;
  printRest(session, view);
  printTimes(out, view.attrs);
  out.text('\n');
}

function* printLinkOf(session: Session, index: number): Task {
  yield* session.learn(index);
  const name = session.linkName(index);
  session.out.put('index', index, `${index}: `);
  session.out.put('dev', name, name);
}

/** The address, its peer, the length of its prefix and its metric. */
function printLocal(out: Printer, { family, length, attrs }: AddressView): void {
  const address = attrs.bytes(uapi.IFA_ADDRESS);
  const local = attrs.bytes(uapi.IFA_LOCAL) ?? address;
  if (local !== undefined) {
    const text = addressText(family, local);
    const peer = addressText(family, address ?? local);
    out.put('local', text, text);
    if (peer !== text) out.put('address', peer, ` peer ${peer}`);
    out.put('prefixlen', length, `/${length} `);
  }
  const metric = attrs.u32(uapi.IFA_RT_PRIORITY);
  if (metric !== undefined) out.put('metric', metric, `metric ${metric} `);
}

/** What stands behind the address. */
function printRest(session: Session, view: AddressView): void {
  const { out } = session;
  const { family, attrs } = view;
  const put = (type: number, key: string, word: string): void => {
    const bytes = attrs.bytes(type);
    if (bytes !== undefined)
      out.put(key, addressText(family, bytes), `${word} ${addressText(family, bytes)} `);
  };
  put(uapi.IFA_BROADCAST, 'broadcast', 'brd');
  put(uapi.IFA_ANYCAST, 'anycast', 'any');
  const scope = session.nameOf(session.names.scopes, view.scope);
  out.put('scope', scope, `scope ${scope} `);
  printFlags(out, view);
  const label = attrs.text(uapi.IFA_LABEL);
  if (label !== undefined) out.put('label', label, label);
}

/** Flags in the order of output; that an address is permanent shows by its absence only. */
const FLAGS: readonly (readonly [flag: number, word: string])[] = [
  [uapi.IFA_F_SECONDARY, 'secondary'],
  [0x02, 'nodad'],
  [0x04, 'optimistic'],
  [0x08, 'dadfailed'],
  [0x10, 'home'],
  [uapi.IFA_F_DEPRECATED, 'deprecated'],
  [0x40, 'tentative'],
  [uapi.IFA_F_PERMANENT, 'dynamic'],
  [0x100, 'mngtmpaddr'],
  [uapi.IFA_F_NOPREFIXROUTE, 'noprefixroute'],
  [uapi.IFA_F_MCAUTOJOIN, 'autojoin'],
  [0x800, 'stable-privacy'],
];

function printFlags(out: Printer, { family, flags }: AddressView): void {
  let rest = flags;
  for (const [flag, name] of FLAGS) {
    const isSet = (flags & flag) !== 0;
    rest &= ~flag;
    const isTemporary = flag === uapi.IFA_F_SECONDARY && family === uapi.AF_INET6;
    const word = isTemporary ? 'temporary' : name;
    if (isSet !== (flag === uapi.IFA_F_PERMANENT)) out.put(word, true, `${word} `);
  }
  if (rest === 0) return;
  const text = (rest >>> 0).toString(16).padStart(2, '0');
  out.put('ifa_flags', `0x${text}`, `flags ${text} `);
}

function printTimes(out: Printer, attrs: Attrs): void {
  const times = attrs.bytes(uapi.IFA_CACHEINFO);
  if (times === undefined || times.length < 8) return;
  const [preferred, valid] = [u32(times, 0), u32(times, 4)];
  const text = (time: number): string => (time === FOREVER ? 'forever' : `${time}sec`);
  out.text(out.lineEnd);
  out.put('valid_life_time', valid, `       valid_lft ${text(valid)} `);
  out.put('preferred_life_time', preferred, `preferred_lft ${text(preferred)}`);
}
