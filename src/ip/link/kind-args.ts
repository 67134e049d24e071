/**
 * ip/link/kind-args.ts - the words behind `type`: what a kind of link is to be given, as IFLA_INFO_DATA.
 */
import * as uapi from '../../abi/uapi.js';
import type { Writer } from '../../wire/bytes.js';
import { Exit, MISTAKE, USAGE, wrongArgument } from '../failure.js';
import { U16_MAX, U32_MAX, U8_MAX, invalid, named, unsigned } from '../number.js';
import type { Session } from '../session.js';
import { choose, type Words } from '../words.js';
import { readHardware } from './hardware.js';
import { KIND_HELP, LINK_HELP, TYPES } from './help.js';

/** Reads the value of a keyword, which is the current word, into attributes. */
type Setter = (w: Writer, words: Words, session: Session) => void;
type Keywords = readonly (readonly [string, Setter])[];

/** Writes the data of a kind from its words, `veth` apart. @throws {Exit} */
export function putData(w: Writer, kind: string, words: Words, session: Session): void {
  const keywords = KEYWORDS[kind];
  if (keywords === undefined) return skipWords(kind, words);
  for (; words.more; words.take()) {
    const set = choose(words.word, keywords);
    if (set !== undefined) set(w, words, session);
    else if (words.isShort('help')) throw new Exit(MISTAKE, KIND_HELP[kind]);
    else throw unknown(kind, words.word);
  }
}

/** Kinds without words of their own take any; a kind that is not known takes none. @throws {Exit} */
function skipWords(kind: string, words: Words): void {
  const isKnown = kind === 'tun' || TYPES.split(/[\s|{}]+/).includes(kind);
  if (!isKnown && words.isShort('help')) throw new Exit(USAGE, LINK_HELP);
  if (!isKnown) {
    throw new Exit(MISTAKE, `Garbage instead of arguments "${words.word} ...". Try "ip link help".\n`);
  }
  while (words.more) words.take();
}

function unknown(kind: string, word: string): Exit {
  const what = kind === 'bridge' ? 'command' : 'option';
  return new Exit(MISTAKE, `${kind}: unknown ${what} "${word}"?\n${KIND_HELP[kind] ?? ''}`);
}

/** Bytes of an integer, and the greatest of them. */
const MAX: Readonly<Record<1 | 2 | 4 | 8, number>> = {
  1: U8_MAX,
  2: U16_MAX,
  4: U32_MAX,
  8: Number.MAX_SAFE_INTEGER,
};

/** A number. Why it is wrong is told in one of two ways. */
function number(type: number, bytes: 1 | 2 | 4 | 8, why: string): Setter {
  return (w, words) => {
    const word = words.value();
    const value = unsigned(word, MAX[bytes]);
    if (value === undefined) throw wrongArgument(word, why);
    const at = w.open(type);
    if (bytes === 1) w.u8(value);
    else if (bytes === 2) w.u16(value);
    else w.u32(value % 0x100000000);
    if (bytes === 8) w.u32(Math.floor(value / 0x100000000));
    w.close(at);
  };
}

function onOff(type: number, key: string): Setter {
  return (w, words) => {
    const word = words.value();
    if (word !== 'on' && word !== 'off') {
      throw new Exit(MISTAKE, `Error: argument of "${key}" must be one of "off", "on", not "${word}"\n`);
    }
    w.attr(type, Uint8Array.of(Number(word === 'on')));
  };
}

function hardware(type: number): Setter {
  return (w, words) => w.attr(type, readHardware(words.value()));
}

function table(w: Writer, words: Words, { names }: Session): void {
  const word = words.value();
  const id = named(names.tables, word, U32_MAX);
  if (id === undefined) throw invalid(word, 'invalid table ID');
  w.attr32(uapi.IFLA_VRF_TABLE, id);
}

/** Settings of a bridge: keyword, attribute, bytes. */
const BRIDGE: readonly (readonly [key: string, type: number, bytes: 1 | 2 | 4 | 8])[] = [
  ['forward_delay', 1, 4],
  ['hello_time', 2, 4],
  ['max_age', 3, 4],
  ['ageing_time', 4, 4],
  ['stp_state', 5, 4],
  ['priority', 6, 2],
  ['vlan_filtering', 7, 1],
  ['group_fwd_mask', 9, 2],
  ['vlan_default_pvid', 39, 2],
  ['vlan_stats_enabled', 41, 1],
  ['vlan_stats_per_port', 45, 1],
  ['mcast_router', 22, 1],
  ['mcast_snooping', 23, 1],
  ['mcast_query_use_ifaddr', 24, 1],
  ['mcast_querier', 25, 1],
  ['mcast_hash_elasticity', 26, 4],
  ['mcast_hash_max', 27, 4],
  ['mcast_last_member_count', 28, 4],
  ['mcast_startup_query_count', 29, 4],
  ['mcast_last_member_interval', 30, 8],
  ['mcast_membership_interval', 31, 8],
  ['mcast_querier_interval', 32, 8],
  ['mcast_query_interval', 33, 8],
  ['mcast_query_response_interval', 34, 8],
  ['mcast_startup_query_interval', 35, 8],
  ['mcast_stats_enabled', 42, 1],
  ['mcast_igmp_version', 43, 1],
  ['mcast_mld_version', 44, 1],
  ['nf_call_iptables', 36, 1],
  ['nf_call_ip6tables', 37, 1],
  ['nf_call_arptables', 38, 1],
];

/** Switches of a port. */
const PORT_SWITCHES: readonly (readonly [key: string, type: number])[] = [
  ['hairpin', 4],
  ['fastleave', 7],
  ['root_block', 6],
  ['learning', 8],
  ['flood', 9],
  ['mcast_flood', 27],
  ['bcast_flood', 30],
  ['mcast_to_unicast', 28],
  ['proxy_arp', 10],
  ['proxy_arp_wifi', 12],
  ['mcast_fast_leave', 7],
  ['neigh_suppress', 32],
  ['vlan_tunnel', 29],
  ['isolated', 33],
  ['locked', 39],
];

const KEYWORDS: Readonly<Partial<Record<string, Keywords>>> = {
  bridge: [
    ...BRIDGE.map(([key, type, bytes]) => [key, number(type, bytes, `invalid ${key}`)] as const),
    ['group_address', hardware(20)],
    ['fdb_flush', (w: Writer) => w.attr(21, new Uint8Array(0))],
  ],
  bridge_slave: [
    ['fdb_flush', (w) => w.attr(24, new Uint8Array(0))],
    ['state', number(1, 1, 'state is invalid')],
    ['priority', number(2, 2, 'priority is invalid')],
    ['cost', number(3, 4, 'cost is invalid')],
    ['guard', onOff(5, 'guard')],
    ...PORT_SWITCHES.map(([key, type]) => [key, onOff(type, key)] as const),
    ['mcast_router', number(25, 1, 'mcast_router is invalid')],
    ['group_fwd_mask', number(31, 2, 'group_fwd_mask is invalid')],
  ],
  vrf: [['table', table]],
};
