/**
 * link/kinds.ts - what the kinds of devices are born with, and what they let be changed.
 */
import * as abi from '../abi/records.js';
import * as uapi from '../abi/uapi.js';
import type { LinkKind } from '../model/link.js';

/** A kind of device. */
export interface Kind {
  /** LINK_*. */
  readonly number: number;
  /** IFLA_INFO_KIND; the loopback device and placeholders show none. */
  readonly name?: LinkKind;
  readonly flags: number;
  /** ARPHRD_*. */
  readonly type: number;
  readonly mtu: number;
  /** Bounds of the MTU, 0 = none. */
  readonly minMtu: number;
  readonly maxMtu: number;
  readonly txqlen: number;
  readonly queues: number;
  /** The longest frame that it can cut up itself; a bridge that has ports, what all of them can. */
  readonly tsoBytes: number;
  /** Queueing discipline while it is up. */
  readonly qdisc: string;
  /** Its hardware address can be changed once it is there. */
  readonly canSetAddress: boolean;
  /** Its carrier is what it is told to be. */
  readonly canSetCarrier: boolean;
  /** It cannot go to another namespace. */
  readonly isBound: boolean;
  /** What a path through it costs a bridge: 2 at 10 Gbit/s, 100 when the speed is not known. */
  readonly cost: number;
}

/** What a device can cut up that hands frames on as they are. */
const TSO_MAX = 524280;

const ETHER: Kind = {
  number: abi.LINK_PLAIN,
  flags: uapi.IFF_BROADCAST | uapi.IFF_MULTICAST,
  type: uapi.ARPHRD_ETHER,
  mtu: 1500,
  minMtu: 68,
  maxMtu: 65535,
  txqlen: 1000,
  queues: 1,
  tsoBytes: 65536,
  qdisc: 'noqueue',
  canSetAddress: true,
  canSetCarrier: false,
  isBound: false,
  cost: 100,
};

const LOOPBACK: Kind = {
  ...ETHER,
  number: abi.LINK_LOOPBACK,
  flags: uapi.IFF_LOOPBACK,
  type: uapi.ARPHRD_LOOPBACK,
  tsoBytes: TSO_MAX,
  isBound: true,
  mtu: 65536,
  minMtu: 0,
  maxMtu: 0,
};

const DUMMY: Kind = {
  ...ETHER,
  number: abi.LINK_DUMMY,
  name: 'dummy',
  tsoBytes: TSO_MAX,
  flags: uapi.IFF_BROADCAST | uapi.IFF_NOARP,
  minMtu: 0,
  maxMtu: 0,
  canSetCarrier: true,
};

const IFB: Kind = {
  ...DUMMY,
  number: abi.LINK_IFB,
  name: 'ifb',
  txqlen: 32,
  qdisc: 'pfifo_fast',
  canSetAddress: false,
  canSetCarrier: false,
};

const VETH: Kind = { ...ETHER, number: abi.LINK_VETH, name: 'veth', queues: 2, tsoBytes: TSO_MAX, cost: 2 };

const BRIDGE: Kind = { ...ETHER, number: abi.LINK_BRIDGE, name: 'bridge', isBound: true };

const VRF: Kind = {
  ...ETHER,
  number: abi.LINK_VRF,
  name: 'vrf',
  flags: uapi.IFF_MASTER | uapi.IFF_NOARP,
  mtu: 65575,
  minMtu: 1280,
  maxMtu: 65575,
  isBound: true,
};

const TUN: Kind = {
  ...ETHER,
  number: abi.LINK_TUN,
  name: 'tun',
  flags: uapi.IFF_POINTOPOINT | uapi.IFF_MULTICAST | uapi.IFF_NOARP,
  type: uapi.ARPHRD_NONE,
  txqlen: 500,
  qdisc: 'pfifo_fast',
  canSetAddress: false,
};

/** A placeholder: a device that a source named, of which nothing else is known. */
const PLAIN: Kind = { ...ETHER, flags: 0, minMtu: 0, maxMtu: 0, canSetCarrier: true };

/** Kinds by LINK_*. */
const BY_NUMBER: readonly Kind[] = [PLAIN, LOOPBACK, DUMMY, IFB, VETH, BRIDGE, VRF, TUN];

/** The kind with this LINK_* number. */
export function kindOf(number: number): Kind {
  return BY_NUMBER[number] ?? PLAIN;
}

/** The kind of this name; undefined when there is none. */
export function kindNamed(name: string): Kind | undefined {
  return BY_NUMBER.find((kind) => kind.name === name);
}
