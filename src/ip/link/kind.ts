/**
 * ip/link/kind.ts - what -d tells of the kind of a link, and of its master's where it is a port.
 *
 * A setting is a row: attribute, key in JSON, word in text, and how its bytes read. Kinds without a table of their own
 * show their name only.
 */
import * as uapi from '../../abi/uapi.js';
import { formatHardware } from '../../text/hardware.js';
import { u16 } from '../../wire/bytes.js';
import { u64, type Attrs } from '../attrs.js';
import type { Printer } from '../printer.js';

/** Writes one setting. */
type Show = (out: Printer, key: string, word: string, bytes: Uint8Array) => void;
/** A setting. Without a key it is in text only. */
type Setting = readonly [type: number, key: string, word: string, show: Show];

/** Writes IFLA_LINKINFO. */
export function printKind(out: Printer, info: Attrs): void {
  out.openObject('linkinfo');
  const kind = info.text(uapi.IFLA_INFO_KIND);
  if (kind !== undefined) {
    out.text(out.lineEnd);
    out.put('info_kind', kind, `    ${kind} `);
    printData(out, 'info_data', KINDS[kind], info.nest(uapi.IFLA_INFO_DATA));
  }
  const port = info.text(uapi.IFLA_INFO_SLAVE_KIND);
  if (port !== undefined) {
    out.text(out.lineEnd);
    out.put('info_slave_kind', port, `    ${port}_slave `);
    printData(out, 'info_slave_data', PORTS[port], info.nest(uapi.IFLA_INFO_SLAVE_DATA));
  }
  out.closeObject();
}

function printData(out: Printer, key: string, settings: readonly Setting[] = [], data?: Attrs): void {
  if (data === undefined || settings.length === 0) return;
  out.openObject(key);
  for (const [type, name, word, show] of settings) {
    const bytes = data.bytes(type);
    if (bytes !== undefined) show(out, name, word, bytes);
  }
  out.closeObject();
}

// ---------------------------------------------------------------- how settings read

/** The integer in an attribute of 1, 2, 4 or 8 bytes. */
function integer(bytes: Uint8Array): number {
  const room = new Uint8Array(8);
  room.set(bytes.subarray(0, 8));
  return u64(room, 0);
}

const number: Show = (out, key, word, bytes) => out.put(key, integer(bytes), `${word} ${integer(bytes)} `);

const onOff: Show = (out, key, word, bytes) => {
  const isOn = bytes[0] !== undefined && bytes[0] !== 0;
  const text = `${word} ${isOn ? 'on' : 'off'} `;
  if (key === '') out.text(text);
  else out.put(key, isOn, text);
};

/** A switch of a tun device that shows in text only while it is on. */
const whenOn: Show = (out, key, word, bytes) => {
  const isOn = bytes[0] !== undefined && bytes[0] !== 0;
  out.put(key, isOn, isOn ? `${word} ` : '');
};

const hexadecimal: Show = (out, key, word, bytes) => {
  const text = `0x${integer(bytes).toString(16)}`;
  out.put(key, text, `${word} ${text} `);
};

/** Hundredths of a second. */
const timer: Show = (out, key, word, bytes) => {
  const seconds = (integer(bytes) / 100).toFixed(2);
  out.putDigits(key, seconds, `${word} ${seconds.padStart(7)} `);
};

/** A priority in four hexadecimal digits, and a hardware address of which small bytes have one digit. */
const bridgeId: Show = (out, key, word, bytes) => {
  const priority = Array.from(bytes.subarray(0, 2), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const id = `${priority}.${Array.from(bytes.subarray(2, 8), (byte) => byte.toString(16)).join(':')}`;
  out.put(key, id, `${word} ${id} `);
};

const hardware: Show = (out, key, word, bytes) =>
  out.put(key, formatHardware(bytes), `${word} ${formatHardware(bytes)} `);

/** A mask that is written twice: in digits, and as it is told to the kernel. */
const forwardMask: Show = (out, key, word, bytes) => {
  const mask = u16(bytes, 0).toString(16);
  out.put(key, mask, `${word} ${mask} `);
};

const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'];
const portState: Show = (out, key, word, [state = 0]) => {
  const text = PORT_STATES[state];
  if (text === undefined) out.put(key, state, `${word} (${state}) `);
  else out.put(key, text, `${word} ${text} `);
};

const TUN_TYPES = ['', 'tun', 'tap'];
const tunType: Show = (out, key, word, [type = 0]) => {
  const text = TUN_TYPES[type] ?? '';
  if (text !== '') out.put(key, text, `${word} ${text} `);
};

// ---------------------------------------------------------------- the kinds

const TABLE: readonly Setting[] = [[uapi.IFLA_VRF_TABLE, 'table', 'table', number]];

const BRIDGE: readonly Setting[] = [
  [1, 'forward_delay', 'forward_delay', number],
  [2, 'hello_time', 'hello_time', number],
  [3, 'max_age', 'max_age', number],
  [4, 'ageing_time', 'ageing_time', number],
  [5, 'stp_state', 'stp_state', number],
  [6, 'priority', 'priority', number],
  [7, 'vlan_filtering', 'vlan_filtering', number],
  [11, 'bridge_id', 'bridge_id', bridgeId],
  [10, 'root_id', 'designated_root', bridgeId],
  [12, 'root_port', 'root_port', number],
  [13, 'root_path_cost', 'root_path_cost', number],
  [14, 'topology_change', 'topology_change', number],
  [15, 'topology_change_detected', 'topology_change_detected', number],
  [16, 'hello_timer', 'hello_timer', timer],
  [17, 'tcn_timer', 'tcn_timer', timer],
  [18, 'topology_change_timer', 'topology_change_timer', timer],
  [19, 'gc_timer', 'gc_timer', timer],
  [9, 'group_fwd_mask', 'group_fwd_mask', forwardMask],
  [20, 'group_addr', 'group_address', hardware],
  [23, 'mcast_snooping', 'mcast_snooping', number],
  [46, 'no_linklocal_learn', 'no_linklocal_learn', option(0)],
  [46, 'mcast_vlan_snooping', 'mcast_vlan_snooping', option(1)],
  [22, 'mcast_router', 'mcast_router', number],
  [24, 'mcast_query_use_ifaddr', 'mcast_query_use_ifaddr', number],
  [25, 'mcast_querier', 'mcast_querier', number],
  [26, 'mcast_hash_elasticity', 'mcast_hash_elasticity', number],
  [27, 'mcast_hash_max', 'mcast_hash_max', number],
  [28, 'mcast_last_member_cnt', 'mcast_last_member_count', number],
  [29, 'mcast_startup_query_cnt', 'mcast_startup_query_count', number],
  [30, 'mcast_last_member_intvl', 'mcast_last_member_interval', number],
  [31, 'mcast_membership_intvl', 'mcast_membership_interval', number],
  [32, 'mcast_querier_intvl', 'mcast_querier_interval', number],
  [33, 'mcast_query_intvl', 'mcast_query_interval', number],
  [34, 'mcast_query_response_intvl', 'mcast_query_response_interval', number],
  [35, 'mcast_startup_query_intvl', 'mcast_startup_query_interval', number],
  [42, 'mcast_stats_enabled', 'mcast_stats_enabled', number],
  [43, 'mcast_igmp_version', 'mcast_igmp_version', number],
  [44, 'mcast_mld_version', 'mcast_mld_version', number],
  [36, 'nf_call_iptables', 'nf_call_iptables', number],
  [37, 'nf_call_ip6tables', 'nf_call_ip6tables', number],
  [38, 'nf_call_arptables', 'nf_call_arptables', number],
];

/** A bit of IFLA_BR_MULTI_BOOLOPT: values, then which of them there are. */
function option(bit: number): Show {
  return (out, key, word, bytes) => {
    const [values, known] = [integer(bytes.subarray(0, 4)), integer(bytes.subarray(4, 8))];
    if ((known >>> bit) & 1) out.put(key, (values >>> bit) & 1, `${word} ${(values >>> bit) & 1} `);
  };
}

const BRIDGE_PORT: readonly Setting[] = [
  [1, 'state', 'state', portState],
  [2, 'priority', 'priority', number],
  [3, 'cost', 'cost', number],
  [4, 'hairpin', 'hairpin', onOff],
  [5, 'guard', 'guard', onOff],
  [6, 'root_block', 'root_block', onOff],
  [7, 'fastleave', 'fastleave', onOff],
  [8, 'learning', 'learning', onOff],
  [9, 'flood', 'flood', onOff],
  [17, 'id', 'port_id', hexadecimal],
  [18, 'no', 'port_no', hexadecimal],
  [15, 'designated_port', 'designated_port', number],
  [16, 'designated_cost', 'designated_cost', number],
  [14, 'bridge_id', 'designated_bridge', bridgeId],
  [13, 'root_id', 'designated_root', bridgeId],
  [23, 'hold_timer', 'hold_timer', timer],
  [21, 'message_age_timer', 'message_age_timer', timer],
  [22, 'forward_delay_timer', 'forward_delay_timer', timer],
  [19, 'topology_change_ack', 'topology_change_ack', number],
  [20, 'config_pending', 'config_pending', number],
  [10, 'proxy_arp', 'proxy_arp', onOff],
  [12, 'proxy_arp_wifi', 'proxy_arp_wifi', onOff],
  [25, 'multicast_router', 'mcast_router', number],
  [7, '', 'mcast_fast_leave', onOff],
  [27, 'mcast_flood', 'mcast_flood', onOff],
  [30, 'bcast_flood', 'bcast_flood', onOff],
  [28, 'mcast_to_unicast', 'mcast_to_unicast', onOff],
  [32, 'neigh_suppress', 'neigh_suppress', onOff],
  [31, 'group_fwd_mask', 'group_fwd_mask', forwardMask],
  [31, 'group_fwd_mask_str', 'group_fwd_mask_str', hexadecimal],
  [29, 'vlan_tunnel', 'vlan_tunnel', onOff],
  [33, 'isolated', 'isolated', onOff],
  [39, 'locked', 'locked', onOff],
];

const TUN: readonly Setting[] = [
  [3, 'type', 'type', tunType],
  [4, 'pi', 'pi', onOff],
  [5, 'vnet_hdr', 'vnet_hdr', onOff],
  [7, 'multi_queue', 'multi_queue', whenOn],
  [6, 'persist', 'persist', onOff],
];

const KINDS: Readonly<Partial<Record<string, readonly Setting[]>>> = {
  bridge: BRIDGE,
  tun: TUN,
  vrf: TABLE,
};
const PORTS: Readonly<Partial<Record<string, readonly Setting[]>>> = { bridge: BRIDGE_PORT, vrf: TABLE };
