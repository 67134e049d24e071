/**
 * wire/bridge.ts - what a link message says of a bridge and of its ports: IFLA_INFO_DATA and IFLA_INFO_SLAVE_DATA.
 *
 * A Netns forwards no frames, so that most of it is what every bridge begins with; its timers stand still. A bridge id
 * is a priority, 0x8000 as no other can be set, and the hardware address. Numbers: <linux/if_link.h>; values and order
 * as Linux 6.18 sends them.
 */
import type { RtAttr } from './rtattr.js';
import { u16, u32, type Writer } from './bytes.js';

/** What is told of a bridge. */
export interface BridgeInfo {
  /** Its hardware address. */
  readonly address: Uint8Array;
}

/** What is told of a port. */
export interface PortInfo {
  /** Hardware address of the bridge. */
  readonly bridge: Uint8Array;
  /** 1 for the first port. */
  readonly number: number;
  /** 0 disabled, 3 forwarding. */
  readonly state: number;
  /** What a path through it costs, by the speed of the device. */
  readonly cost: number;
}

const IFLA_BR_PRIORITY = 6;
const IFLA_BR_ROOT_ID = 10;
const IFLA_BR_BRIDGE_ID = 11;
const IFLA_BRPORT_STATE = 1;
const IFLA_BRPORT_COST = 3;
const IFLA_BRPORT_BRIDGE_ID = 14;
const IFLA_BRPORT_NO = 18;

const PRIORITY = [0x80, 0x00] as const;
/** Where a bridge id has its address. */
const ID_ADDRESS = 2;
const ID_BYTES = 8;
/** A port id: the priority of the port in its highest six bits, the number below them. */
const PORT_PRIORITY = 0x8000;

/** An attribute: its number, its bytes, and its value where it has one. */
type Setting = readonly [type: number, bytes: number, value?: number];

/** Timers, before the other settings. */
const BRIDGE_TIMERS: readonly Setting[] = [
  [16, 8], // HELLO_TIMER
  [17, 8], // TCN_TIMER
  [18, 8], // TOPOLOGY_CHANGE_TIMER
  [19, 8], // GC_TIMER
];
/** Times are in hundredths of a second. */
const BRIDGE_SETTINGS: readonly Setting[] = [
  [1, 4, 1500], // FORWARD_DELAY
  [2, 4, 200], // HELLO_TIME
  [3, 4, 2000], // MAX_AGE
  [4, 4, 30000], // AGEING_TIME
  [5, 4], // STP_STATE
  [IFLA_BR_PRIORITY, 2, 0x8000],
  [7, 1], // VLAN_FILTERING
  [9, 2], // GROUP_FWD_MASK
];
const BRIDGE_TREE: readonly Setting[] = [
  [12, 2], // ROOT_PORT
  [13, 4], // ROOT_PATH_COST
  [14, 1], // TOPOLOGY_CHANGE
  [15, 1], // TOPOLOGY_CHANGE_DETECTED
];
/** IFLA_BR_GROUP_ADDR: where bridges talk to each other (IEEE 802.1D). */
const GROUP_ADDRESS: readonly [type: number, address: readonly number[]] = [20, [1, 0x80, 0xc2, 0, 0, 0]];
const BRIDGE_MULTICAST: readonly Setting[] = [
  [48, 4], // FDB_N_LEARNED
  [49, 4], // FDB_MAX_LEARNED
  [22, 1, 1], // MCAST_ROUTER
  [23, 1, 1], // MCAST_SNOOPING
  [24, 1], // MCAST_QUERY_USE_IFADDR
  [25, 1], // MCAST_QUERIER
  [42, 1], // MCAST_STATS_ENABLED
  [26, 4, 16], // MCAST_HASH_ELASTICITY
  [27, 4, 4096], // MCAST_HASH_MAX
  [28, 4, 2], // MCAST_LAST_MEMBER_CNT
  [29, 4, 2], // MCAST_STARTUP_QUERY_CNT
  [43, 1, 2], // MCAST_IGMP_VERSION
  [44, 1, 1], // MCAST_MLD_VERSION
  [30, 8, 100], // MCAST_LAST_MEMBER_INTVL
  [31, 8, 26000], // MCAST_MEMBERSHIP_INTVL
  [32, 8, 25500], // MCAST_QUERIER_INTVL
  [33, 8, 12500], // MCAST_QUERY_INTVL
  [34, 8, 1000], // MCAST_QUERY_RESPONSE_INTVL
  [35, 8, 3124], // MCAST_STARTUP_QUERY_INTVL
  [36, 1], // NF_CALL_IPTABLES
  [37, 1], // NF_CALL_IP6TABLES
  [38, 1], // NF_CALL_ARPTABLES
];
/** IFLA_BR_MULTI_BOOLOPT: which options there are, none of them on. */
const OPTIONS: readonly [type: number, optmask: number] = [46, 0x1f];

const PORT_SWITCHES: readonly Setting[] = [
  [4, 1], // MODE
  [5, 1], // GUARD
  [6, 1], // PROTECT
  [7, 1], // FAST_LEAVE
  [28, 1], // MCAST_TO_UCAST
  [8, 1, 1], // LEARNING
  [9, 1, 1], // UNICAST_FLOOD
  [27, 1, 1], // MCAST_FLOOD
  [30, 1, 1], // BCAST_FLOOD
  [10, 1], // PROXYARP
  [12, 1], // PROXYARP_WIFI
];
const PORT_REST: readonly Setting[] = [
  [19, 1], // TOPOLOGY_CHANGE_ACK
  [20, 1], // CONFIG_PENDING
  [29, 1], // VLAN_TUNNEL
  [31, 2], // GROUP_FWD_MASK
  [32, 1], // NEIGH_SUPPRESS
  [35, 1], // MRP_RING_OPEN
  [36, 1], // MRP_IN_OPEN
  [33, 1], // ISOLATED
  [39, 1], // LOCKED
  [40, 1], // MAB
  [43, 1], // NEIGH_VLAN_SUPPRESS
  [21, 8], // MESSAGE_AGE_TIMER
  [22, 8], // FORWARD_DELAY_TIMER
  [23, 8], // HOLD_TIMER
  [25, 1, 1], // MULTICAST_ROUTER
  [37, 4, 512], // MCAST_EHT_HOSTS_LIMIT
  [38, 4], // MCAST_EHT_HOSTS_CNT
  [41, 4], // MCAST_N_GROUPS
  [42, 4], // MCAST_MAX_GROUPS
];

/** Writes the attributes inside IFLA_INFO_DATA of a bridge. */
export function putBridge(w: Writer, { address }: BridgeInfo): void {
  putSettings(w, BRIDGE_TIMERS);
  putSettings(w, BRIDGE_SETTINGS);
  putId(w, IFLA_BR_BRIDGE_ID, address);
  putId(w, IFLA_BR_ROOT_ID, address); // without a spanning tree every bridge is its own root
  putSettings(w, BRIDGE_TREE);
  w.attr(GROUP_ADDRESS[0], Uint8Array.from(GROUP_ADDRESS[1]));
  const options = w.open(OPTIONS[0]);
  w.u32(0);
  w.u32(OPTIONS[1]);
  w.close(options);
  putSettings(w, BRIDGE_MULTICAST);
}

/** Writes the attributes inside IFLA_INFO_SLAVE_DATA of a port. */
export function putBridgePort(w: Writer, { bridge, number, state, cost }: PortInfo): void {
  putSettings(w, [
    [IFLA_BRPORT_STATE, 1, state],
    [2, 2, 32], // PRIORITY
    [IFLA_BRPORT_COST, 4, cost],
    ...PORT_SWITCHES,
  ]);
  putId(w, 13, bridge); // ROOT_ID
  putId(w, IFLA_BRPORT_BRIDGE_ID, bridge);
  putSettings(w, [
    [15, 2, PORT_PRIORITY | number], // DESIGNATED_PORT
    [16, 2], // DESIGNATED_COST
    [17, 2, PORT_PRIORITY | number], // ID
    [IFLA_BRPORT_NO, 2, number],
    ...PORT_REST,
  ]);
}

function putSettings(w: Writer, settings: readonly Setting[]): void {
  for (const [type, bytes, value = 0] of settings) {
    const at = w.open(type);
    if (bytes === 1) w.u8(value);
    else if (bytes === 2) w.u16(value);
    else w.u32(value);
    if (bytes === 8) w.u32(0);
    w.close(at);
  }
}

function putId(w: Writer, type: number, address: Uint8Array): void {
  w.attr(type, Uint8Array.of(...PRIORITY, ...address));
}

/** The bridge in IFLA_INFO_DATA; undefined when its id is not there. */
export function readBridge(attrs: readonly RtAttr[]): BridgeInfo | undefined {
  const address = addressIn(attrs, IFLA_BR_BRIDGE_ID);
  return address && { address };
}

/** The port in IFLA_INFO_SLAVE_DATA; undefined when something of it is not there. */
export function readBridgePort(attrs: readonly RtAttr[]): PortInfo | undefined {
  const bridge = addressIn(attrs, IFLA_BRPORT_BRIDGE_ID);
  const [state] = payloadOf(attrs, IFLA_BRPORT_STATE, 1) ?? [];
  const number = payloadOf(attrs, IFLA_BRPORT_NO, 2);
  const cost = payloadOf(attrs, IFLA_BRPORT_COST, 4);
  if (bridge === undefined || state === undefined || number === undefined || cost === undefined)
    return undefined;
  return { bridge, number: u16(number, 0), state, cost: u32(cost, 0) };
}

function addressIn(attrs: readonly RtAttr[], type: number): Uint8Array | undefined {
  return payloadOf(attrs, type, ID_BYTES)?.slice(ID_ADDRESS, ID_BYTES);
}

function payloadOf(attrs: readonly RtAttr[], type: number, bytes: number): Uint8Array | undefined {
  return attrs.find((attr) => attr.type === type && attr.payload.length >= bytes)?.payload;
}
