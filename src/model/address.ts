/**
 * model/address.ts - an IPv4 address of a link: as values, and as the numbers that messages and records hold.
 */
import type { ScopeLike } from './route.js';

/** Lifetime of an address that stays until it is deleted. */
export const FOREVER = 0xffffffff;

/** An address to add. */
export interface AddressInput {
  /** The link, by name or index. */
  readonly dev: string | number;
  /** The other end of a point-to-point link; its subnet is the connected one. `a.b.c.d`, or with `/length`. */
  readonly peer?: string;
  /** An address; `+` for the one with all host bits set, `-` for all clear; neither for /31 and /32. Default none. */
  readonly broadcast?: string;
  /** Default host for 127.0.0.0/8, else global. */
  readonly scope?: ScopeLike;
  /** Up to 15 bytes, default the link's name. */
  readonly label?: string;
  /** Metric of the connected route (IFA_RT_PRIORITY). */
  readonly metric?: number;
  /** No connected route (IFA_F_NOPREFIXROUTE). */
  readonly noprefixroute?: boolean;
  /** Who made it (IFA_PROTO), 0..255. */
  readonly protocol?: number;
  /** Seconds, default for ever; an address does not go by itself. */
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
}

/** What an address to delete agrees with, beside itself. */
export interface AddressFilter {
  readonly dev: string | number;
  readonly peer?: string;
  readonly label?: string;
}

/** An address as it stands on a link. */
export interface Address {
  /** `192.0.2.1/24`: the address itself and the length of its subnet. */
  readonly address: string;
  readonly dev: string;
  readonly index: number;
  readonly peer?: string;
  readonly broadcast?: string;
  readonly scope: number;
  readonly label: string;
  /** IFA_F_* bits. */
  readonly flags: number;
  /** In the subnet of an earlier one, which gives the routes their source (CFG-97, CFG-98). */
  readonly secondary: boolean;
  readonly metric: number;
  readonly protocol: number;
  /** Seconds left; absent = for ever. */
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
}

/** An address in numbers: u32 in host order, lifetimes in seconds, times in hundredths of a second. */
export interface AddressFields {
  /** Interface index. */
  readonly index: number;
  /** IFA_LOCAL. */
  readonly local: number;
  /** IFA_ADDRESS: the peer, or the same as `local`. */
  readonly peer: number;
  readonly length: number;
  /** 0 = none. */
  readonly broadcast: number;
  readonly scope: number;
  /** IFA_F_* bits. */
  readonly flags: number;
  readonly metric: number;
  readonly protocol: number;
  /** Without NUL; any bytes. */
  readonly label: Uint8Array;
  readonly valid: number;
  readonly preferred: number;
  readonly created: number;
  readonly updated: number;
}

/** What an address to delete has to agree with; what is absent agrees with all. */
export interface AddressMatch {
  readonly index: number;
  readonly local?: number;
  /** Any address of the subnet does. */
  readonly peer?: number;
  /** Counts only beside `peer`. */
  readonly length: number;
  readonly label?: Uint8Array;
}

/** What comes with an address to add: its fields but for what the clock says. */
export type NewAddress = Omit<AddressFields, 'created' | 'updated'>;
