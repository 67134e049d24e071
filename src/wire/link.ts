/**
 * wire/link.ts - RTM_NEWLINK and RTM_DELLINK: struct ifinfomsg and the attributes that routing needs.
 *   0        1     2       4        8       12       16
 *   | family | pad | hwtype | index | flags | change | attributes ...
 * What is written is what a tool like `ip` wants to see, in the kernel's order; statistics are all zero. Of what is
 * read only the attributes named in LinkMessage are kept. Rules NL-12, NL-22, NL-23, CFG-113.
 */
import * as uapi from '../abi/uapi.js';
import { WireError } from '../errors.js';
import {
  putBridge,
  putBridgePort,
  readBridge,
  readBridgePort,
  type BridgeInfo,
  type PortInfo,
} from './bridge.js';
import { Writer, u16, u32 } from './bytes.js';
import { decodeAttrs, type RtAttr } from './rtattr.js';

/** Bytes of struct ifinfomsg. */
export const IFINFOMSG_BYTES = 16;
/** Bytes of struct rtnl_link_stats64, rtnl_link_stats and rtnl_link_ifmap. */
const STATS64_BYTES = 200;
const STATS_BYTES = 96;
const MAP_BYTES = 32;
/** What offloads may put together, in bytes and segments. */
export const OFFLOADS: readonly (readonly [type: number, value: number])[] = [
  [uapi.IFLA_GSO_MAX_SEGS, 65535],
  [uapi.IFLA_GSO_MAX_SIZE, 65536],
  [uapi.IFLA_GRO_MAX_SIZE, 65536],
  [uapi.IFLA_GSO_IPV4_MAX_SIZE, 65536],
  [uapi.IFLA_GRO_IPV4_MAX_SIZE, 65536],
];
const TSO_SEGS = 65535;
/** Port attributes in IFLA_PROTINFO of a bridge. */
const BRPORT_STATE = 1;
const BRPORT_PRIORITY = 2;
const BRPORT_COST = 3;
const DEFAULT_PRIORITY = 32;
const DEFAULT_COST = 2;

/** An interface as a message tells it; what is not given is not in the message. */
export interface LinkMessage {
  /** AF_UNSPEC, or AF_BRIDGE for a port as its bridge tells it. */
  readonly family: number;
  /** ARPHRD_*. */
  readonly type: number;
  readonly index: number;
  /** IFF_* bits. */
  readonly flags: number;
  /** The bits that changed, all of them for a link that comes or goes (NL-23). */
  readonly change: number;
  /** Absent too when the message has none that can be read. */
  readonly name?: string;
  readonly mtu?: number;
  readonly minMtu?: number;
  readonly maxMtu?: number;
  readonly txqlen?: number;
  /** IF_OPER_*. */
  readonly operstate?: number;
  readonly group?: number;
  /** What offloads may put together where it is not the usual, by attribute. */
  readonly limits?: ReadonlyMap<number, number>;
  /** IF_LINK_MODE_*, absent for the usual one. */
  readonly linkMode?: number;
  readonly alias?: string;
  /** Names besides its own. */
  readonly otherNames?: readonly string[];
  readonly promiscuity?: number;
  /** How many want all multicasts of it. */
  readonly allmulti?: number;
  /** True when it cannot go to another namespace. */
  readonly isBound?: boolean;
  /** The longest frame that it can cut up itself. */
  readonly tsoBytes?: number;
  readonly queues?: number;
  /** Index of the bridge or VRF. */
  readonly master?: number;
  readonly carrier?: number;
  readonly carrierUps?: number;
  readonly carrierDowns?: number;
  /** Why the message was sent, IFLA_EVENT. */
  readonly event?: number;
  readonly address?: Uint8Array;
  readonly broadcast?: Uint8Array;
  readonly kind?: string;
  /** Table of a VRF. */
  readonly table?: number;
  /** What it is as a bridge. */
  readonly bridge?: BridgeInfo;
  /** Kind of the master that it is a port of. */
  readonly portKind?: string;
  /** What it is as a port of a bridge. */
  readonly port?: PortInfo;
  /** State of a port as its bridge tells it: 0 disabled, 3 forwarding. */
  readonly portState?: number;
  /** Table of the VRF that it is a port of. */
  readonly portTable?: number;
  /** Index of the device below, or of the other end. */
  readonly link?: number;
  /** Namespace that `link` is an index of, when it is another one. */
  readonly linkNetns?: number;
  readonly qdisc?: string;
}

/** How a message is written. */
export interface LinkForm {
  /** Leaves the statistics out (RTEXT_FILTER_SKIP_STATS). */
  readonly noStats?: boolean;
}

/** The integers that are read as they are. */
const INTEGERS: Readonly<Record<number, keyof LinkMessage>> = {
  [uapi.IFLA_MTU]: 'mtu',
  [uapi.IFLA_MIN_MTU]: 'minMtu',
  [uapi.IFLA_MAX_MTU]: 'maxMtu',
  [uapi.IFLA_TXQLEN]: 'txqlen',
  [uapi.IFLA_OPERSTATE]: 'operstate',
  [uapi.IFLA_GROUP]: 'group',
  [uapi.IFLA_PROMISCUITY]: 'promiscuity',
  [uapi.IFLA_ALLMULTI]: 'allmulti',
  [uapi.IFLA_TSO_MAX_SIZE]: 'tsoBytes',
  [uapi.IFLA_NUM_TX_QUEUES]: 'queues',
  [uapi.IFLA_MASTER]: 'master',
  [uapi.IFLA_CARRIER]: 'carrier',
  [uapi.IFLA_CARRIER_UP_COUNT]: 'carrierUps',
  [uapi.IFLA_CARRIER_DOWN_COUNT]: 'carrierDowns',
  [uapi.IFLA_EVENT]: 'event',
  [uapi.IFLA_LINK]: 'link',
  [uapi.IFLA_LINK_NETNSID]: 'linkNetns',
};

/**
 * The interface in the payload of a link message.
 * @param base where `payload` began in a longer stream, for the offsets of errors
 * @throws {WireError} fewer than 16 bytes, or a list of attributes with an impossible length
 */
export function decodeLink(payload: Uint8Array, base = 0): LinkMessage {
  if (payload.length < IFINFOMSG_BYTES) throw new WireError(`ifinfomsg of ${payload.length} bytes`, base);
  const link: Record<string, unknown> = {
    family: payload[0]!,
    type: u16(payload, 2),
    index: u32(payload, 4),
    flags: u32(payload, 8),
    change: u32(payload, 12),
  };
  for (const attr of decodeAttrs(payload.subarray(IFINFOMSG_BYTES), base + IFINFOMSG_BYTES))
    readAttr(link, attr);
  return link as unknown as LinkMessage;
}

/** Takes what one attribute says, if anything can be read. */
function readAttr(link: Record<string, unknown>, { type, payload }: RtAttr): void {
  const integer = INTEGERS[type];
  if (integer !== undefined) {
    if (payload.length === 1) link[integer] = payload[0];
    else if (payload.length >= 4) link[integer] = u32(payload, 0);
  } else if (type === uapi.IFLA_ADDRESS) {
    link['address'] = payload.slice();
  } else if (type === uapi.IFLA_BROADCAST) {
    link['broadcast'] = payload.slice();
  } else if (type === uapi.IFLA_NETNS_IMMUTABLE) {
    if (payload[0] !== undefined && payload[0] !== 0) link['isBound'] = true;
  } else if (type === uapi.IFLA_QDISC) {
    link['qdisc'] = textOf(payload);
  } else if (type === uapi.IFLA_IFALIAS) {
    link['alias'] = textOf(payload);
  } else if (type === uapi.IFLA_LINKMODE) {
    if (payload[0] !== undefined && payload[0] !== 0) link['linkMode'] = payload[0];
  } else if (type === uapi.IFLA_PROP_LIST) {
    const names = decodeAttrs(payload).filter((attr) => attr.type === uapi.IFLA_ALT_IFNAME);
    link['otherNames'] = names.map((attr) => textOf(attr.payload));
  } else if (type === uapi.IFLA_IFNAME) {
    const nul = payload.indexOf(0);
    const length = nul < 0 ? payload.length : nul;
    if (length > 0 && length < uapi.IFNAMSIZ) link['name'] = textOf(payload);
  } else if (type === uapi.IFLA_LINKINFO) {
    readInfo(link, payload);
  } else if (type === uapi.IFLA_PROTINFO && link['family'] === uapi.AF_BRIDGE) {
    link['portState'] = decodeAttrs(payload).find((attr) => attr.type === BRPORT_STATE)?.payload[0];
  }
}

/** Takes what IFLA_LINKINFO says: the kinds of the device and of its master, and what belongs to them. */
function readInfo(link: Record<string, unknown>, info: Uint8Array): void {
  const keep = (key: keyof LinkMessage, value: unknown): void => {
    if (value !== undefined) link[key] = value;
  };
  for (const { type, payload } of decodeAttrs(info)) {
    if (type === uapi.IFLA_INFO_KIND) link['kind'] = textOf(payload);
    else if (type === uapi.IFLA_INFO_SLAVE_KIND) link['portKind'] = textOf(payload);
    else if (type === uapi.IFLA_INFO_DATA) {
      if (link['kind'] === 'vrf') keep('table', tableIn(payload));
      if (link['kind'] === 'bridge') keep('bridge', readBridge(decodeAttrs(payload)));
    } else if (type === uapi.IFLA_INFO_SLAVE_DATA) {
      if (link['portKind'] === 'vrf') keep('portTable', tableIn(payload));
      if (link['portKind'] === 'bridge') keep('port', readBridgePort(decodeAttrs(payload)));
    }
  }
}

/** The table in the data of a VRF or of its port. */
function tableIn(data: Uint8Array): number | undefined {
  const table = decodeAttrs(data).find(({ type }) => type === uapi.IFLA_VRF_TABLE)?.payload;
  return table !== undefined && table.length >= 4 ? u32(table, 0) : undefined;
}

/** Text up to the first NUL, which may be missing (NL-12); what is no UTF-8 becomes U+FFFD. */
function textOf(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return new TextDecoder().decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/** The payload of a link message; of a port as its bridge tells it when the family is AF_BRIDGE. */
export function encodeLink(link: LinkMessage, form: LinkForm = {}): Uint8Array {
  const w = new Writer();
  w.u8(link.family);
  w.u8(0);
  w.u16(link.type);
  w.u32(link.index);
  w.u32(link.flags);
  w.u32(link.change);
  if (link.family === uapi.AF_BRIDGE) putPort(w, link);
  else putDevice(w, link, form);
  return w.take();
}

function putDevice(w: Writer, link: LinkMessage, form: LinkForm): void {
  const { carrierUps, carrierDowns } = link;
  putText(w, uapi.IFLA_IFNAME, link.name);
  put32(w, uapi.IFLA_TXQLEN, link.txqlen);
  put8(w, uapi.IFLA_OPERSTATE, link.operstate);
  put8(w, uapi.IFLA_LINKMODE, link.linkMode ?? 0);
  put8(w, uapi.IFLA_NETNS_IMMUTABLE, Number(link.isBound === true));
  put32(w, uapi.IFLA_MTU, link.mtu);
  put32(w, uapi.IFLA_MIN_MTU, link.minMtu);
  put32(w, uapi.IFLA_MAX_MTU, link.maxMtu);
  put32(w, uapi.IFLA_GROUP, link.group);
  put32(w, uapi.IFLA_PROMISCUITY, link.promiscuity);
  put32(w, uapi.IFLA_ALLMULTI, link.allmulti);
  put32(w, uapi.IFLA_NUM_TX_QUEUES, link.queues);
  for (const [type, value] of OFFLOADS) w.attr32(type, link.limits?.get(type) ?? value);
  put32(w, uapi.IFLA_TSO_MAX_SIZE, link.tsoBytes);
  w.attr32(uapi.IFLA_TSO_MAX_SEGS, TSO_SEGS);
  w.attr32(uapi.IFLA_MAX_PACING_OFFLOAD_HORIZON, 0);
  put32(w, uapi.IFLA_NUM_RX_QUEUES, link.queues);
  put32(w, uapi.IFLA_MASTER, link.master);
  put8(w, uapi.IFLA_CARRIER, link.carrier);
  putText(w, uapi.IFLA_IFALIAS, link.alias);
  if (carrierUps !== undefined && carrierDowns !== undefined) {
    w.attr32(uapi.IFLA_CARRIER_CHANGES, carrierUps + carrierDowns);
  }
  put32(w, uapi.IFLA_CARRIER_UP_COUNT, carrierUps);
  put32(w, uapi.IFLA_CARRIER_DOWN_COUNT, carrierDowns);
  put16(w, uapi.IFLA_HEADROOM, 0);
  put16(w, uapi.IFLA_TAILROOM, 0);
  put8(w, uapi.IFLA_PROTO_DOWN, 0);
  put32(w, uapi.IFLA_EVENT, link.event);
  if (link.address !== undefined) w.attr(uapi.IFLA_ADDRESS, link.address);
  if (link.broadcast !== undefined) w.attr(uapi.IFLA_BROADCAST, link.broadcast);
  if (form.noStats !== true) {
    w.attr(uapi.IFLA_STATS64, new Uint8Array(STATS64_BYTES));
    w.attr(uapi.IFLA_STATS, new Uint8Array(STATS_BYTES));
  }
  const xdp = w.open(uapi.IFLA_XDP);
  put8(w, uapi.IFLA_XDP_ATTACHED, 0);
  w.close(xdp);
  putInfo(w, link);
  put32(w, uapi.IFLA_LINK, link.link);
  putText(w, uapi.IFLA_QDISC, link.qdisc);
  putFamilies(w, link);
  w.attr(uapi.IFLA_MAP, new Uint8Array(MAP_BYTES));
  putNames(w, link.otherNames);
}

/** The names besides its own, if it has any. */
function putNames(w: Writer, names: readonly string[] | undefined): void {
  if (names === undefined) return;
  const list = w.open(uapi.IFLA_PROP_LIST | uapi.NLA_F_NESTED);
  for (const name of names) putText(w, uapi.IFLA_ALT_IFNAME, name);
  w.close(list);
}

/** IFLA_LINKINFO, of a device that has a kind or is a port. */
function putInfo(w: Writer, link: LinkMessage): void {
  const { kind, table, bridge, portKind, portTable, port } = link;
  if (kind === undefined && portKind === undefined) return;
  const info = w.open(uapi.IFLA_LINKINFO);
  putText(w, uapi.IFLA_INFO_KIND, kind);
  if (table !== undefined) putTable(w, uapi.IFLA_INFO_DATA, table);
  if (bridge !== undefined) {
    const data = w.open(uapi.IFLA_INFO_DATA);
    putBridge(w, bridge);
    w.close(data);
  }
  putText(w, uapi.IFLA_INFO_SLAVE_KIND, portKind);
  if (portTable !== undefined) putTable(w, uapi.IFLA_INFO_SLAVE_DATA, portTable);
  if (port !== undefined) {
    const data = w.open(uapi.IFLA_INFO_SLAVE_DATA);
    putBridgePort(w, port);
    w.close(data);
  }
  w.close(info);
}

/** The table of a VRF, in the data of itself or of a port. */
function putTable(w: Writer, type: number, table: number): void {
  const data = w.open(type);
  w.attr32(uapi.IFLA_VRF_TABLE, table);
  w.close(data);
}

/** The MTU that IPv6 wants of a link. Source: RFC 8200, section 5. */
const INET6_MIN_MTU = 1280;

/** What address families keep of a link. Of IPv6, which is not there, that no address is made. */
function putFamilies(w: Writer, { mtu = INET6_MIN_MTU }: LinkMessage): void {
  const families = w.open(uapi.IFLA_AF_SPEC);
  if (mtu >= INET6_MIN_MTU) {
    const inet6 = w.open(uapi.AF_INET6);
    put8(w, uapi.IFLA_INET6_ADDR_GEN_MODE, uapi.IN6_ADDR_GEN_MODE_NONE);
    w.close(inet6);
  }
  w.close(families);
}

/** A port as its bridge tells it. */
function putPort(w: Writer, link: LinkMessage): void {
  putText(w, uapi.IFLA_IFNAME, link.name);
  put32(w, uapi.IFLA_MASTER, link.master);
  put32(w, uapi.IFLA_MTU, link.mtu);
  put8(w, uapi.IFLA_OPERSTATE, link.operstate);
  if (link.address !== undefined) w.attr(uapi.IFLA_ADDRESS, link.address);
  put32(w, uapi.IFLA_LINK, link.link);
  if (link.portState === undefined) return;
  const port = w.open(uapi.IFLA_PROTINFO | uapi.NLA_F_NESTED);
  put8(w, BRPORT_STATE, link.portState);
  put16(w, BRPORT_PRIORITY, DEFAULT_PRIORITY);
  w.attr32(BRPORT_COST, DEFAULT_COST);
  w.close(port);
}

function put8(w: Writer, type: number, value: number | undefined): void {
  if (value === undefined) return;
  const at = w.open(type);
  w.u8(value);
  w.close(at);
}

function put16(w: Writer, type: number, value: number): void {
  const at = w.open(type);
  w.u16(value);
  w.close(at);
}

function put32(w: Writer, type: number, value: number | undefined): void {
  if (value !== undefined) w.attr32(type, value);
}

function putText(w: Writer, type: number, text: string | undefined): void {
  if (text === undefined) return;
  const at = w.open(type);
  w.raw(new TextEncoder().encode(text));
  w.u8(0);
  w.close(at);
}
