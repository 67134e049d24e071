/**
 * kernel/show.ts - netlink messages in words, for people who look at a difference.
 */
import {
  AF_INET6,
  MSG,
  NLM,
  RTA,
  align4,
  attrsOf,
  hex,
  ipText,
  read16,
  read32,
  type Message,
} from './bytes.js';

/** A message as a name and named values; what is unknown is shown as bytes. */
export interface Shown {
  readonly name: string;
  readonly fields: ReadonlyMap<string, string>;
}

const ERRNO: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'EPERM',
  2: 'ENOENT',
  3: 'ESRCH',
  7: 'E2BIG',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  19: 'ENODEV',
  22: 'EINVAL',
  28: 'ENOSPC',
  33: 'EDOM',
  34: 'ERANGE',
  90: 'EMSGSIZE',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  105: 'ENOBUFS',
  107: 'ENOTCONN',
  113: 'EHOSTUNREACH',
};
const TYPES = new Map<number, string>(Object.entries(MSG).map(([name, type]) => [type, name]));

/** The name of a message type. */
export const typeName = (type: number): string => TYPES.get(type) ?? `type ${type}`;

type Show = (payload: Uint8Array) => string;
type Names = Readonly<Record<number, readonly [name: string, show: Show]>>;

const address: Show = (b) =>
  b.length === 4 ? ipText(new DataView(b.buffer, b.byteOffset).getUint32(0)) : hex(b);
const number: Show = (b) =>
  b.length === 4 ? `${read32(b, 0)}` : b.length === 2 ? `${read16(b, 0)}` : hex(b);
const text: Show = (b) => new TextDecoder().decode(b).replace(/\0.*$/s, '');
const via: Show = (b) => `family ${read16(b, 0)} ${address(b.subarray(2))}`;
const metrics: Show = (b) =>
  attrsOf(b)
    .map(({ type, payload }) => `${type}=${number(payload)}`)
    .join(' ');

const ROUTE: Names = {
  1: ['dst', address],
  2: ['src', address],
  3: ['iif', number],
  4: ['oif', number],
  5: ['via', address],
  6: ['metric', number],
  7: ['prefsrc', address],
  8: ['metrics', metrics],
  9: ['multipath', multipath],
  11: ['flow', number],
  12: ['cacheinfo', hex],
  15: ['table', number],
  16: ['mark', number],
  18: ['via', via],
  25: ['uid', number],
  30: ['nhid', number],
};
const ADDRESS: Names = {
  1: ['address', address],
  2: ['local', address],
  3: ['label', text],
  4: ['broadcast', address],
  6: ['cacheinfo', hex],
  8: ['flags', number],
  9: ['metric', number],
};
const RULE: Names = {
  1: ['dst', address],
  2: ['src', address],
  3: ['iif', text],
  4: ['goto', number],
  6: ['priority', number],
  10: ['fwmark', number],
  11: ['flow', number],
  13: ['suppress_ifgroup', number],
  14: ['suppress_prefixlen', number],
  15: ['table', number],
  16: ['fwmask', number],
  17: ['oif', text],
  20: ['uids', hex],
  21: ['protocol', hex],
  22: ['ipproto', hex],
  23: ['sport', hex],
  24: ['dport', hex],
  25: ['dscp', hex],
  28: ['sport_mask', hex],
  29: ['dport_mask', hex],
  30: ['dscp_mask', hex],
};
const NEXTHOP: Names = {
  1: ['id', number],
  2: ['group', hex],
  3: ['group_type', number],
  4: ['blackhole', hex],
  5: ['oif', number],
  6: ['via', address],
  12: ['resilient', hex],
  14: ['op_flags', hex],
};
/** Hardware addresses are left out: a kernel draws those that nobody chose. */
const LINK: Names = {
  3: ['name', text],
  4: ['mtu', number],
  5: ['link', number],
  10: ['master', number],
  16: ['operstate', hex],
  18: ['info', kind],
  27: ['group', number],
  33: ['carrier', hex],
};

/** Of a link's LINKINFO only the kind; the rest is the device's own matter. */
function kind(payload: Uint8Array): string {
  return attrsOf(payload)
    .filter(({ type }) => type === 1)
    .map((attr) => text(attr.payload))
    .join();
}

function multipath(payload: Uint8Array): string {
  const found: string[] = [];
  for (let at = 0; at + 8 <= payload.length;) {
    const length = read16(payload, at);
    if (length < 8) break;
    const attrs = attrsOf(payload.subarray(at + 8, at + length)).map((attr) =>
      named(ROUTE, attr.type, attr.payload).join(' '),
    );
    found.push(
      [
        `oif ${read32(payload, at + 4)} weight ${payload[at + 3]! + 1} flags ${payload[at + 2]}`,
        ...attrs,
      ].join(' '),
    );
    at += align4(length);
  }
  return found.map((each) => `[${each}]`).join(' ');
}

function named(names: Names, type: number, payload: Uint8Array): [string, string] {
  const known = names[type];
  return known ? [known[0], known[1](payload)] : [`attribute ${type}`, hex(payload)];
}

/** The header's fields and the table of attributes that a type of message has. */
function layout(type: number, b: Uint8Array): { header: Record<string, number>; size: number; names: Names } {
  if (type === MSG.NEWLINK || type === MSG.DELLINK) {
    return {
      header: { family: b[16]!, kind: read16(b, 18), index: read32(b, 20), flags: read32(b, 24) },
      size: 16,
      names: LINK,
    };
  }
  if (type === MSG.NEWADDR || type === MSG.DELADDR) {
    return {
      header: { family: b[16]!, length: b[17]!, flags: b[18]!, scope: b[19]!, index: read32(b, 20) },
      size: 8,
      names: ADDRESS,
    };
  }
  if (type === MSG.NEWNEXTHOP || type === MSG.DELNEXTHOP) {
    return {
      header: { family: b[16]!, scope: b[17]!, protocol: b[18]!, flags: read32(b, 20) },
      size: 8,
      names: NEXTHOP,
    };
  }
  const header = { family: b[16]!, dst_len: b[17]!, src_len: b[18]!, tos: b[19]!, table8: b[20]! };
  if (type === MSG.NEWRULE || type === MSG.DELRULE) {
    return { header: { ...header, action: b[23]!, flags: read32(b, 24) }, size: 12, names: RULE };
  }
  return {
    header: { ...header, protocol: b[21]!, scope: b[22]!, type: b[23]!, flags: read32(b, 24) },
    size: 12,
    names: ROUTE,
  };
}

/** True for a message about a device: of these only what matters to routing is compared. */
export const isLink = ({ type }: Message): boolean => type === MSG.NEWLINK || type === MSG.DELLINK;

/** The message in words. */
export function show(message: Message): Shown {
  const { type, flags, bytes } = message;
  const name = typeName(type);
  if (type === MSG.ERROR || type === MSG.DONE) return { name, fields: new Map(errorFields(message)) };
  const { header, size, names } = layout(type, bytes);
  if (bytes.length < 16 + size) return { name, fields: new Map([['bytes', hex(bytes)]]) };
  const attrs = attrsOf(bytes, 16 + size).filter((attr) => !isLink(message) || attr.type in names);
  return {
    name,
    fields: new Map([
      ['nlmsg_flags', `0x${flags.toString(16)}`],
      ...Object.entries(header).map(([field, value]): [string, string] => [field, `${value}`]),
      ...attrs.map((attr) => named(names, attr.type, attr.payload)),
    ]),
  };
}

/** Error, text and offset of an ERROR or a DONE. */
function errorFields({ type, flags, bytes }: Message): [string, string][] {
  const errno = bytes.length >= 20 ? -(read32(bytes, 16) | 0) : 0;
  const fields: [string, string][] = [['error', ERRNO[errno] ?? `${errno}`]];
  if (flags & NLM.CAPPED && type === MSG.ERROR) fields.push(['capped', 'yes']);
  if (!(flags & NLM.ACK_TLVS)) return fields;
  const echo = type === MSG.DONE ? 0 : flags & NLM.CAPPED ? 16 : align4(read32(bytes, 20));
  for (const attr of attrsOf(bytes, 20 + echo)) {
    if (attr.type === 1) fields.push(['text', text(attr.payload)]);
    else if (attr.type === 2) fields.push(['offset', number(attr.payload)]);
    else fields.push([`tlv ${attr.type}`, hex(attr.payload)]);
  }
  return fields;
}

/** One line. */
export function line({ name, fields }: Shown): string {
  return [name, ...[...fields].map(([field, value]) => `${field} ${value}`)].join(' ');
}

/** Zeroes what two runs of one kernel do not share: port ids, and the clocks in caches, addresses and resilient groups. */
export function mask(message: Message): void {
  const { type, bytes } = message;
  bytes.fill(0, 12, 16);
  if (type === MSG.NEWROUTE) {
    for (const { type: attr, payload } of attrsOf(bytes, 28))
      if (attr === RTA.CACHEINFO) maskCacheInfo(payload);
  } else if (type === MSG.NEWADDR || type === MSG.DELADDR) {
    for (const { type: attr, payload } of attrsOf(bytes, 24)) if (attr === 6) payload.fill(0, 8);
  } else if (type === MSG.NEWNEXTHOP) {
    for (const { type: attr, payload } of attrsOf(bytes, 24)) {
      if (attr === 12) for (const inner of attrsOf(payload)) if (inner.type === 4) inner.payload.fill(0);
    }
  }
}

/** Of struct rta_cacheinfo only the error stays, and whether it expires. */
function maskCacheInfo(payload: Uint8Array): void {
  const expires = payload.subarray(8, 12).some((byte) => byte !== 0);
  payload.fill(0, 0, 12);
  payload.fill(0, 16);
  payload[8] = Number(expires);
}

/** True for the messages of IPv6, which is not compared. */
export const isIpv6 = ({ type, bytes }: Message): boolean =>
  type >= MSG.NEWADDR && type <= MSG.DELRULE && bytes[16] === AF_INET6;
