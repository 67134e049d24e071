/**
 * endpoint/link.ts - RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK and RTM_GETLINK.
 *
 * What the bytes may be is checked here; what a link may be is the business of `ns.link`. Requests of any family are
 * served alike, as far as they are not for bridges. The checks are those of 6.18, by experiment.
 */
import * as uapi from '../abi/uapi.js';
import type { Device } from '../core/device.js';
import { ALIAS_MAX, NAME_MAX } from '../core/labels.js';
import { FibError, WireError } from '../errors.js';
import { LINK_KINDS, type LinkCreation, type LinkKind, type LinkSettings } from '../model/link.js';
import type { Netns } from '../netns.js';
import type { Origin } from '../notices.js';
import { u16, u32 } from '../wire/bytes.js';
import { IFINFOMSG_BYTES, OFFLOADS, encodeLink } from '../wire/link.js';
import { NLMSG_HEADER } from '../wire/nlmsg.js';
import { RTATTR_HEADER, decodeAttrs } from '../wire/rtattr.js';
import { parseAttrs, type Attrs, type Policy } from './attrs.js';
import type { DumpMessage, DumpSource, Request, Service } from './request.js';

const NEW = 'link set';
const ADD = 'link add';
const DEL = 'link del';
const PROP = 'link property';
const GET = 'link get';
const DUMP = 'link dump';

/** Where the attributes begin. */
const ATTRS_AT = NLMSG_HEADER + IFINFOMSG_BYTES;
/** From this attribute on the kernel takes only what it knows (NL-14). */
const STRICT_FROM = 65;
/** Longest hardware address, and identifier of a port or switch. */
const ADDRESS_MAX = 32;
const MAP_BYTES = 32;
/** In a dump: those without a master. */
const NO_MASTER = 0xffffffff;

/** Bounds of what offloads may put together, and the words of those who go beyond. */
const GSO_MIN = 193;
const OFFLOAD_MAX = 524280;
const TOO_BIG: ReadonlyMap<number, string> = new Map([
  [uapi.IFLA_GSO_MAX_SIZE, 'too big gso_max_size'],
  [uapi.IFLA_GRO_MAX_SIZE, 'too big gro_max_size'],
]);

const NAME = { kind: 'string', max: uapi.IFNAMSIZ - 1 } as const;
const HARDWARE = { kind: 'binary', max: ADDRESS_MAX } as const;
const U8 = { kind: 'u8' } as const;
const U32 = { kind: 'u32' } as const;
const NESTED = { kind: 'nested' } as const;

/** Attributes and what they hold. */
const POLICY: Policy = {
  [uapi.IFLA_ADDRESS]: HARDWARE,
  [uapi.IFLA_BROADCAST]: HARDWARE,
  [uapi.IFLA_IFNAME]: NAME,
  [uapi.IFLA_MTU]: U32,
  [uapi.IFLA_LINK]: U32,
  [uapi.IFLA_MASTER]: U32,
  [uapi.IFLA_TXQLEN]: U32,
  [uapi.IFLA_MAP]: { kind: 'any', min: MAP_BYTES },
  [uapi.IFLA_WEIGHT]: U32,
  [uapi.IFLA_OPERSTATE]: U8,
  [uapi.IFLA_LINKMODE]: U8,
  [uapi.IFLA_LINKINFO]: NESTED,
  [uapi.IFLA_NET_NS_PID]: U32,
  [uapi.IFLA_IFALIAS]: { kind: 'binary', max: ALIAS_MAX }, // so that it may be empty
  [uapi.IFLA_VFINFO_LIST]: NESTED,
  [uapi.IFLA_VF_PORTS]: NESTED,
  [uapi.IFLA_PORT_SELF]: NESTED,
  [uapi.IFLA_AF_SPEC]: NESTED,
  [uapi.IFLA_GROUP]: U32,
  [uapi.IFLA_NET_NS_FD]: U32,
  [uapi.IFLA_EXT_MASK]: U32,
  [uapi.IFLA_PROMISCUITY]: U32,
  [uapi.IFLA_NUM_TX_QUEUES]: U32,
  [uapi.IFLA_NUM_RX_QUEUES]: U32,
  [uapi.IFLA_CARRIER]: U8,
  [uapi.IFLA_PHYS_PORT_ID]: HARDWARE,
  [uapi.IFLA_CARRIER_CHANGES]: U32,
  [uapi.IFLA_PHYS_SWITCH_ID]: HARDWARE,
  [uapi.IFLA_LINK_NETNSID]: U32,
  [uapi.IFLA_PROTO_DOWN]: U8,
  [uapi.IFLA_GSO_MAX_SEGS]: U32,
  [uapi.IFLA_GSO_MAX_SIZE]: { kind: 'u32', min: GSO_MIN },
  [uapi.IFLA_XDP]: NESTED,
  [uapi.IFLA_EVENT]: U32,
  [uapi.IFLA_TARGET_NETNSID]: U32,
  [uapi.IFLA_CARRIER_UP_COUNT]: U32,
  [uapi.IFLA_CARRIER_DOWN_COUNT]: U32,
  [uapi.IFLA_NEW_IFINDEX]: U32,
  [uapi.IFLA_MIN_MTU]: U32,
  [uapi.IFLA_MAX_MTU]: U32,
  [uapi.IFLA_PROP_LIST]: NESTED,
  [uapi.IFLA_ALT_IFNAME]: { kind: 'string', max: NAME_MAX },
  [uapi.IFLA_PROTO_DOWN_REASON]: NESTED,
  [uapi.IFLA_GRO_MAX_SIZE]: U32,
  [uapi.IFLA_GSO_IPV4_MAX_SIZE]: U32,
  [uapi.IFLA_GRO_IPV4_MAX_SIZE]: U32,
};

/** Limits of IPv4 that are set with a general one. */
const FOLLOWERS: ReadonlyMap<number, number> = new Map([
  [uapi.IFLA_GSO_MAX_SIZE, uapi.IFLA_GSO_IPV4_MAX_SIZE],
  [uapi.IFLA_GRO_MAX_SIZE, uapi.IFLA_GRO_IPV4_MAX_SIZE],
]);

/** Attributes inside IFLA_LINKINFO. */
const INFO_POLICY: Policy = {
  [uapi.IFLA_INFO_KIND]: { kind: 'string' },
  [uapi.IFLA_INFO_DATA]: NESTED,
  [uapi.IFLA_INFO_SLAVE_KIND]: { kind: 'string' },
  [uapi.IFLA_INFO_SLAVE_DATA]: NESTED,
};

/** Attributes inside IFLA_INFO_DATA, by kind. */
const VETH_POLICY: Policy = { [uapi.VETH_INFO_PEER]: { kind: 'any', min: IFINFOMSG_BYTES } };
const VRF_POLICY: Policy = { [uapi.IFLA_VRF_TABLE]: U32 };

/** What a strict socket may ask of one link, and of a dump. */
const GET_ATTRS: readonly number[] = [
  uapi.IFLA_IFNAME,
  uapi.IFLA_ALT_IFNAME,
  uapi.IFLA_EXT_MASK,
  uapi.IFLA_TARGET_NETNSID,
];
const DUMP_ATTRS: readonly number[] = [
  uapi.IFLA_MASTER,
  uapi.IFLA_LINKINFO,
  uapi.IFLA_EXT_MASK,
  uapi.IFLA_TARGET_NETNSID,
];

/** Who serves the messages of links. */
export const LINK_SERVICES: Readonly<Record<number, Service>> = {
  [uapi.RTM_NEWLINK]: { act: newLink },
  [uapi.RTM_SETLINK]: { act: setLink },
  [uapi.RTM_DELLINK]: { act: delLink },
  [uapi.RTM_GETLINK]: { act: getLink, dump: dumpLinks },
  [uapi.RTM_NEWLINKPROP]: { act: (ns, request) => changeNames(ns, request, true) },
  [uapi.RTM_DELLINKPROP]: { act: (ns, request) => changeNames(ns, request, false) },
};

/** A struct ifinfomsg with its attributes. */
interface Ask {
  readonly type: number;
  readonly index: number;
  readonly flags: number;
  readonly mask: number;
  readonly attrs: Attrs;
}

/** IFLA_LINKINFO of a request. */
interface Info {
  readonly kind?: string;
  /** Payload of IFLA_INFO_DATA: where it begins and ends in the message. */
  readonly data?: readonly [from: number, to: number];
  /** IFLA_INFO_SLAVE_DATA is there: settings of a port, none of which is kept. */
  readonly hasPortData: boolean;
}

// ---------------------------------------------------------------- changing

function newLink(ns: Netns, request: Request): void {
  const ask = readAsk(request);
  const { attrs, index } = ask;
  const info = readInfo(request, attrs, NEW);
  if (index < 0) throw new FibError('EINVAL', NEW, { extack: "ifindex can't be negative" });
  if (info.kind === 'tun') {
    throw new FibError('EOPNOTSUPP', ADD, { extack: 'tun/tap creation via rtnetlink is not supported.' });
  }
  const device = findDevice(ns, ask);
  if (device !== undefined) {
    changeKnown(ns, request, device, ask, info);
  } else if ((request.flags & uapi.NLM_F_CREATE) !== 0) {
    createLink(ns, request, ask, info);
  } else if (index === 0 && !hasName(attrs) && attrs.has(uapi.IFLA_GROUP)) {
    changeGroup(ns, ask);
  } else {
    throw noDevice(NEW);
  }
}

/** RTM_NEWLINK of a link that is there. */
function changeKnown(ns: Netns, request: Request, device: Device, ask: Ask, info: Info): void {
  if (request.flags & uapi.NLM_F_EXCL) throw new FibError('EEXIST', NEW);
  if (request.flags & uapi.NLM_F_REPLACE) throw new FibError('EOPNOTSUPP', NEW);
  const settings = readSettings(ask);
  if (info.hasPortData && !isPort(ns, device)) throw new FibError('EOPNOTSUPP', NEW);
  if (info.data === undefined) return change(ns, device, settings, ask);
  // What belongs to a kind can be changed of a bridge only, and nothing of that is kept.
  if (info.kind !== 'bridge' || ns.link.kindOf(device) !== 'bridge') throw new FibError('EOPNOTSUPP', NEW);
  change(ns, device, { ...settings, isTold: true }, ask);
}

/** Changes a link. No device here has virtual functions or protodown, which is told when all the rest has been done. */
function change(ns: Netns, device: Device, settings: LinkSettings, { attrs }: Ask): void {
  ns.link.change(device, settings, NEW);
  if ((attrs.bytes(uapi.IFLA_VFINFO_LIST)?.length ?? 0) > 0) throw new FibError('EOPNOTSUPP', NEW);
  if (attrs.has(uapi.IFLA_PROTO_DOWN) || attrs.has(uapi.IFLA_PROTO_DOWN_REASON)) {
    throw new FibError('EOPNOTSUPP', NEW, { extack: 'Protodown not supported by device' });
  }
}

/** True for a port of a bridge. */
function isPort(ns: Netns, { master }: Device): boolean {
  const above = ns.link.device(master);
  return above !== undefined && ns.link.kindOf(above) === 'bridge';
}

/** RTM_NEWLINK without index and name: of all links of a group. */
function changeGroup(ns: Netns, ask: Ask): void {
  const group = ask.attrs.u32(uapi.IFLA_GROUP);
  const devices = ns.link.all().filter((device) => device.group === group);
  for (const device of devices) change(ns, device, readSettings(ask), ask);
}

function createLink(ns: Netns, request: Request, ask: Ask, info: Info): void {
  const kind = LINK_KINDS.find((name) => name === info.kind);
  if (kind === undefined) throw new FibError('EOPNOTSUPP', ADD, { extack: 'Unknown device type' });
  const { index } = ask;
  const creation: LinkCreation = {
    ...readSettings(ask),
    kind,
    ...(index > 0 && { index }),
    ...(info.data !== undefined && readData(request, kind, info.data)),
  };
  ns.link.create(creation, ADD, echoed(request));
}

/** What IFLA_INFO_DATA says of a kind. */
function readData(
  request: Request,
  kind: LinkCreation['kind'],
  [from, to]: readonly [number, number],
): Pick<LinkCreation, 'peer' | 'table'> {
  if (kind === 'vrf') {
    const table = parseAttrs(request, from, VRF_POLICY, uapi.IFLA_VRF_TABLE, 'lenient', to).u32(
      uapi.IFLA_VRF_TABLE,
    );
    return table === undefined ? {} : { table };
  }
  if (kind !== 'veth') return {};
  const data = parseAttrs(request, from, VETH_POLICY, uapi.VETH_INFO_PEER, 'lenient', to);
  const peer = data.bytes(uapi.VETH_INFO_PEER);
  if (peer === undefined) return {};
  const at = data.offset(uapi.VETH_INFO_PEER) + RTATTR_HEADER;
  const attrs = parseAttrs(
    request,
    at + IFINFOMSG_BYTES,
    POLICY,
    uapi.IFLA_MAX,
    STRICT_FROM,
    at + peer.length,
  );
  return { peer: readSettings(readHeader(request.bytes, at, attrs)) };
}

function setLink(ns: Netns, request: Request): void {
  const ask = readAsk(request);
  if (ask.index <= 0 && !hasName(ask.attrs)) throw new FibError('EINVAL', NEW);
  const device = findDevice(ns, ask);
  if (device === undefined) throw noDevice(NEW);
  change(ns, device, readSettings(ask), ask);
}

/** RTM_NEWLINKPROP and RTM_DELLINKPROP: names that a link has besides its own. */
function changeNames(ns: Netns, request: Request, isAdded: boolean): void {
  const ask = readAsk(request);
  const { attrs, index } = ask;
  if (index <= 0 && !hasName(attrs)) throw new FibError('EINVAL', PROP);
  const device = findDevice(ns, ask);
  if (device === undefined) throw noDevice(PROP);
  const names = namesIn(attrs.bytes(uapi.IFLA_PROP_LIST) ?? new Uint8Array(0));
  ns.link.setNames(device, names, isAdded, PROP);
}

/** @throws {FibError} EINVAL a list that cannot be read */
function namesIn(list: Uint8Array): string[] {
  try {
    const names = decodeAttrs(list).filter(({ type }) => type === uapi.IFLA_ALT_IFNAME);
    return names.map(({ payload }) => textOf(payload).slice(0, NAME_MAX));
  } catch (error) {
    if (error instanceof WireError) throw new FibError('EINVAL', PROP, { detail: error.message });
    throw error;
  }
}

function delLink(ns: Netns, request: Request): void {
  const ask = readAsk(request);
  const { attrs, index } = ask;
  const group = attrs.u32(uapi.IFLA_GROUP);
  if (index <= 0 && !hasName(attrs) && group !== undefined) return deleteGroup(ns, group, request);
  if (index <= 0 && !hasName(attrs)) throw new FibError('EINVAL', DEL);
  const device = findDevice(ns, ask);
  if (device === undefined) throw noDevice(DEL);
  ns.link.remove([device], DEL, echoed(request));
}

/** RTM_DELLINK of a group; group 0, where all links begin, is safe. */
function deleteGroup(ns: Netns, group: number, request: Request): void {
  if (group === 0) throw new FibError('EPERM', DEL);
  const devices = ns.link.all().filter((device) => device.group === group);
  if (devices.length === 0) throw noDevice(DEL);
  ns.link.remove(devices, DEL, echoed(request));
}

// ---------------------------------------------------------------- asking

function getLink(ns: Netns, request: Request): void {
  const ask = readGet(request);
  const { attrs, index } = ask;
  if (attrs.has(uapi.IFLA_TARGET_NETNSID)) throw new FibError('EINVAL', GET);
  if (index <= 0 && !hasName(attrs)) throw new FibError('EINVAL', GET);
  if (index < 0) throw new FibError('EINVAL', GET);
  const device = findDevice(ns, ask);
  if (device === undefined) throw noDevice(GET);
  const form = { noStats: isWithoutStats(attrs) };
  request.reply(uapi.RTM_NEWLINK, 0, encodeLink(ns.link.message(device), form));
}

function readGet(request: Request): Ask {
  const { bytes, isStrict } = request;
  if (bytes.length < ATTRS_AT) throw invalid(GET, 'Invalid header for get link');
  if (!isStrict) return readAsk(request);
  const header = readHeader(bytes, NLMSG_HEADER);
  if (!isPlain(bytes, header)) throw invalid(GET, 'Invalid values in header for get link request');
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, uapi.IFLA_MAX, 'closed');
  if (!attrs.types().every((type) => GET_ATTRS.includes(type))) {
    throw invalid(GET, 'Unsupported attribute in get link request');
  }
  return { ...header, attrs };
}

function dumpLinks(ns: Netns, request: Request): DumpSource {
  const attrs = readDump(request);
  if (attrs?.has(uapi.IFLA_TARGET_NETNSID) === true)
    throw invalid(DUMP, 'Invalid target network namespace id');
  const kind = attrs && readKind(request, attrs);
  const master = attrs?.u32(uapi.IFLA_MASTER) ?? 0;
  const isFiltered = kind !== undefined || master !== 0;
  const accepts = (device: Device): boolean =>
    (kind === undefined || ns.link.kindOf(device) === kind) &&
    (master === 0 || device.master === (master === NO_MASTER ? 0 : master));
  const isBridge = request.bytes[NLMSG_HEADER] === uapi.AF_BRIDGE;
  const form = { noStats: attrs !== undefined && isWithoutStats(attrs) };
  function* messages(): Generator<DumpMessage, void, undefined> {
    for (let device = ns.link.after(0); device !== undefined;) {
      const { index } = device;
      const message = isBridge ? ns.link.portMessage(device) : ns.link.dumpMessage(device);
      if (message !== undefined && accepts(device)) {
        const flags = isFiltered ? uapi.NLM_F_DUMP_FILTERED : 0;
        yield { type: uapi.RTM_NEWLINK, payload: encodeLink(message, form), flags };
      }
      device = ns.link.after(index);
    }
  }
  return { messages: messages(), generation: () => ns.link.generation, isDoneApart: true };
}

/** The attributes of a dump request; on a socket that is not strict none where they cannot be read. */
function readDump(request: Request): Attrs | undefined {
  const { bytes, isStrict } = request;
  if (isStrict) return readStrictDump(request);
  if (bytes.length < ATTRS_AT) return undefined;
  try {
    return parseAttrs({ bytes, warn: silent }, ATTRS_AT, POLICY, uapi.IFLA_MAX, STRICT_FROM);
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    return undefined;
  }
}

function readStrictDump(request: Request): Attrs {
  const { bytes } = request;
  if (bytes.length < ATTRS_AT) throw invalid(DUMP, 'Invalid header for link dump');
  const header = readHeader(bytes, NLMSG_HEADER);
  if (!isPlain(bytes, header)) throw invalid(DUMP, 'Invalid values in header for link dump request');
  if (header.index !== 0) throw invalid(DUMP, 'Filter by device index not supported for link dumps');
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, uapi.IFLA_MAX, 'closed');
  if (!attrs.types().every((type) => DUMP_ATTRS.includes(type))) {
    throw invalid(DUMP, 'Unsupported attribute in link dump request');
  }
  return attrs;
}

/** The kind that a dump asks for; one that is not known is no filter. */
function readKind(request: Request, attrs: Attrs): LinkKind | undefined {
  const { kind } = readInfo(request, attrs, DUMP);
  return LINK_KINDS.find((name) => name === kind);
}

// ---------------------------------------------------------------- reading

/** The header and the attributes of a request. */
function readAsk(request: Request): Ask {
  const attrs = parseAttrs(request, ATTRS_AT, POLICY, uapi.IFLA_MAX, STRICT_FROM);
  return readHeader(request.bytes, NLMSG_HEADER, attrs);
}

function readHeader<A extends Attrs | undefined>(
  bytes: Uint8Array,
  at: number,
  attrs?: A,
): Ask & { attrs: A } {
  return {
    type: u16(bytes, at + 2),
    index: u32(bytes, at + 4) | 0,
    flags: u32(bytes, at + 8),
    mask: u32(bytes, at + 12),
    attrs: attrs as A & Attrs,
  };
}

/** True if a request to read has nothing in its header but family and index. */
function isPlain(bytes: Uint8Array, { type, flags, mask }: Omit<Ask, 'attrs'>): boolean {
  return bytes[NLMSG_HEADER + 1] === 0 && type === 0 && flags === 0 && mask === 0;
}

/** What header and attributes set. */
function readSettings({ flags, mask, attrs }: Ask): LinkSettings {
  checkSupported(attrs);
  const settings: Mutable<LinkSettings> = {};
  const name = nameIn(attrs, uapi.IFLA_IFNAME);
  const address = attrs.bytes(uapi.IFLA_ADDRESS);
  const broadcast = attrs.bytes(uapi.IFLA_BROADCAST);
  const mtu = attrs.u32(uapi.IFLA_MTU);
  const group = attrs.u32(uapi.IFLA_GROUP);
  const master = attrs.u32(uapi.IFLA_MASTER);
  const carrier = attrs.u8(uapi.IFLA_CARRIER);
  const txqlen = attrs.u32(uapi.IFLA_TXQLEN);
  const operstate = attrs.u8(uapi.IFLA_OPERSTATE);
  const alias = attrs.bytes(uapi.IFLA_IFALIAS);
  const linkMode = attrs.u8(uapi.IFLA_LINKMODE);
  if (flags !== 0 || mask !== 0) Object.assign(settings, { flags, mask });
  if (name !== undefined) settings.name = name;
  if (address !== undefined) settings.address = address;
  if (broadcast !== undefined) settings.broadcast = broadcast;
  if (mtu !== undefined) settings.mtu = mtu;
  if (group !== undefined) settings.group = group;
  if (master !== undefined) settings.master = master;
  if (carrier !== undefined) settings.carrier = carrier !== 0;
  if (txqlen !== undefined) settings.txqlen = txqlen;
  if (operstate !== undefined) settings.operstate = operstate;
  const limits = limitsIn(attrs);
  if (limits.size > 0) settings.limits = limits;
  if (alias !== undefined) settings.alias = alias;
  if (linkMode !== undefined) settings.linkMode = linkMode;
  return settings;
}

/** Limits of offloads; those of IPv4 follow the general ones. @throws {FibError} EINVAL beyond what is possible */
function limitsIn(attrs: Attrs): Map<number, number> {
  const limits = new Map<number, number>();
  for (const [type, usual] of OFFLOADS) {
    const limit = attrs.u32(type);
    if (limit === undefined) continue;
    const complaint = limit > OFFLOAD_MAX ? TOO_BIG.get(type) : undefined;
    if (complaint !== undefined) throw invalid(NEW, complaint);
    limits.set(type, limit);
    const follower = FOLLOWERS.get(type);
    if (follower !== undefined && limit <= usual) limits.set(follower, limit);
  }
  return limits;
}

/** Refuses what would take a link to another namespace. */
function checkSupported(attrs: Attrs): void {
  if (attrs.has(uapi.IFLA_NET_NS_PID)) throw new FibError('ESRCH', NEW);
  if (attrs.has(uapi.IFLA_NET_NS_FD)) throw new FibError('EBADF', NEW);
  if (attrs.has(uapi.IFLA_TARGET_NETNSID)) throw new FibError('EINVAL', NEW);
  if (attrs.has(uapi.IFLA_LINK_NETNSID)) throw invalid(NEW, 'Unknown network namespace id');
}

/** IFLA_LINKINFO; what is wrong inside it is refused without a word. */
function readInfo({ bytes }: Request, attrs: Attrs, operation: string): Info {
  const info = attrs.bytes(uapi.IFLA_LINKINFO);
  if (info === undefined) return { hasPortData: false };
  const at = attrs.offset(uapi.IFLA_LINKINFO) + RTATTR_HEADER;
  let inner: Attrs;
  try {
    inner = parseAttrs(
      { bytes, warn: silent },
      at,
      INFO_POLICY,
      uapi.IFLA_INFO_SLAVE_DATA,
      'lenient',
      at + info.length,
    );
  } catch (error) {
    if (!(error instanceof FibError)) throw error;
    throw new FibError(error.code, operation);
  }
  const kind = inner.text(uapi.IFLA_INFO_KIND);
  const data = inner.bytes(uapi.IFLA_INFO_DATA);
  const from = inner.offset(uapi.IFLA_INFO_DATA) + RTATTR_HEADER;
  return {
    ...(kind !== undefined && { kind }),
    ...(data !== undefined && { data: [from, from + data.length] }),
    hasPortData: inner.has(uapi.IFLA_INFO_SLAVE_DATA),
  };
}

/** The link that a request is about: by index, else by name. */
function findDevice(ns: Netns, { index, attrs }: Ask): Device | undefined {
  if (index > 0) return ns.link.device(index);
  const name = nameIn(attrs, uapi.IFLA_IFNAME) ?? nameIn(attrs, uapi.IFLA_ALT_IFNAME);
  return name === undefined ? undefined : ns.link.named(name);
}

function hasName(attrs: Attrs): boolean {
  return attrs.has(uapi.IFLA_IFNAME) || attrs.has(uapi.IFLA_ALT_IFNAME);
}

/** A name up to its NUL, which may be missing (NL-12). */
function nameIn(attrs: Attrs, type: number): string | undefined {
  const bytes = attrs.bytes(type);
  return bytes && textOf(bytes);
}

function textOf(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return new TextDecoder().decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}

function isWithoutStats(attrs: Attrs): boolean {
  return ((attrs.u32(uapi.IFLA_EXT_MASK) ?? 0) & uapi.RTEXT_FILTER_SKIP_STATS) !== 0;
}

/** Whom notices of links that come and go name: the requester only when it wants its own copy. */
function echoed({ origin }: Request): Origin | undefined {
  return origin.echo === undefined ? undefined : origin;
}

function noDevice(operation: string): FibError {
  return new FibError('ENODEV', operation);
}

function invalid(operation: string, extack: string): FibError {
  return new FibError('EINVAL', operation, { extack });
}

function silent(): void {
  // What is wrong inside a nest is not told.
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
