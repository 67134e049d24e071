/**
 * model/link.ts - interfaces as values.
 */

/** Kinds of devices that can be made. */
export const LINK_KINDS = ['dummy', 'ifb', 'veth', 'bridge', 'vrf', 'tun'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** Operational state in the words of `ip link` (RFC 2863). */
export type OperState = 'UNKNOWN' | 'NOTPRESENT' | 'DOWN' | 'LOWERLAYERDOWN' | 'TESTING' | 'DORMANT' | 'UP';

/** OperState by number, IF_OPER_*. */
export const OPER_STATES: readonly OperState[] = [
  'UNKNOWN',
  'NOTPRESENT',
  'DOWN',
  'LOWERLAYERDOWN',
  'TESTING',
  'DORMANT',
  'UP',
];

/** An interface. */
export interface Link {
  /** Interface index, 1 or more. */
  readonly index: number;
  /** 1..15 bytes of text without spaces and slashes. */
  readonly name: string;
  /** IFF_* bits. */
  readonly flags: number;
  /** A link that a source named without telling more has none. */
  readonly kind?: LinkKind | 'loopback';
  readonly mtu: number;
  readonly operstate: OperState;
  readonly carrier: boolean;
  /** Hardware address as six hexadecimal bytes; a device of kind tun has none. */
  readonly address?: string;
  /** Name of the bridge or VRF that it belongs to. */
  readonly master?: string;
  /** Name of the other end of a veth pair. */
  readonly peer?: string;
  /** Table of a VRF. */
  readonly table?: number;
  readonly group: number;
  readonly txqlen: number;
}

/** What can be set when a link is made and later. */
export interface LinkOptions {
  /** Administratively up. */
  readonly up?: boolean;
  readonly mtu?: number;
  /** Hardware address, six hexadecimal bytes with colons. */
  readonly address?: string;
  readonly group?: number;
  readonly txqlen?: number;
  /** False pulls the plug; only a dummy can be told so, the others find out. */
  readonly carrier?: boolean;
}

/** A link to add. */
export interface LinkInput extends LinkOptions {
  readonly name: string;
  /** Default: one above the index given last. */
  readonly index?: number;
  /** Default dummy: like an Ethernet card. */
  readonly kind?: LinkKind;
  /** Default true. */
  readonly up?: boolean;
  /** The other end of a veth pair, or its name; default: the next free `veth<N>`, which is up as this end is. */
  readonly peer?: string | LinkPeer;
  /** Table of a VRF, which must have one. */
  readonly table?: number;
  /** Bridge or VRF to belong to. */
  readonly master?: string;
}

/** The other end of a veth pair to add. */
export interface LinkPeer extends LinkOptions {
  readonly name?: string;
}

/** A change of a link. */
export interface LinkUpdate extends LinkOptions {
  /** A new name. */
  readonly name?: string;
  /** Bridge or VRF to belong to, null = none. */
  readonly master?: string | null;
}

/** What a request sets, in numbers and bytes: the common ground of `ns.link` and RTM_NEWLINK. */
export interface LinkSettings {
  readonly name?: string;
  /** IFF_* bits, and which of them count; a mask of 0 means all. */
  readonly flags?: number;
  readonly mask?: number;
  readonly mtu?: number;
  readonly address?: Uint8Array;
  readonly broadcast?: Uint8Array;
  readonly group?: number;
  /** Interface index, 0 = none. */
  readonly master?: number;
  readonly carrier?: boolean;
  readonly txqlen?: number;
  /** IF_OPER_*. */
  readonly operstate?: number;
  /** In bytes as it came; one of no length takes it away. */
  readonly alias?: Uint8Array;
  /** What offloads may put together, by attribute: IFLA_GSO_MAX_SIZE and others. */
  readonly limits?: ReadonlyMap<number, number>;
  /** IF_LINK_MODE_*. */
  readonly linkMode?: number;
  /** True when something is set that is not kept here, but told. */
  readonly isTold?: boolean;
}

/** A link to make, in numbers and bytes. */
export interface LinkCreation extends LinkSettings {
  readonly kind: LinkKind;
  readonly index?: number;
  /** Table of a VRF. */
  readonly table?: number;
  /** The other end of a veth pair. */
  readonly peer?: LinkSettings;
}
