/**
 * model/nexthop.ts - nexthop objects as values: paths with an id of their own that routes refer to, alone or in groups.
 *
 * Timers are in hundredths of a second, as messages carry them.
 */

/** A member of a group. */
export interface NexthopMember {
  readonly id: number;
  /** 1..65535. */
  readonly weight: number;
}

/** How a group chooses: by shares of the hash, or by buckets that keep flows on their path (MPH-33..36). */
export type NexthopGroupType = 'mpath' | 'resilient';

/** A nexthop object to add or to replace: a path, a blackhole, or a group. */
export interface NexthopInput {
  /** Default: the next unused one (CFG-122). */
  readonly id?: number;
  /** Gateway: IPv4 or IPv6 address as text. */
  readonly via?: string;
  /** Interface by name; `oif` wins when both are given. */
  readonly dev?: string;
  /** Interface by index. */
  readonly oif?: number;
  /** AF_INET or AF_INET6; default what `via` is, else AF_INET. */
  readonly family?: number;
  /** Drops what comes to it. */
  readonly blackhole?: boolean;
  /** The gateway is taken to be on the link (CFG-32). */
  readonly onlink?: boolean;
  /** For a forwarding database; no route can use it. */
  readonly fdb?: boolean;
  /** RTPROT_* number of who made it, default 0. */
  readonly protocol?: number;
  /** A group of other objects; a weight is 1 when it is not given. */
  readonly group?: readonly { readonly id: number; readonly weight?: number }[];
  /** Of a group, default `mpath`. */
  readonly type?: NexthopGroupType;
  /** Of a resilient group: buckets, 1..65535. In a replacement default: as they are; so are the timers. */
  readonly buckets?: number;
  /** So long a bucket must be unused before it may move to another member; default 12000, two minutes. */
  readonly idleTimer?: number;
  /** After so long out of balance buckets in use move too; default 0, never. */
  readonly unbalancedTimer?: number;
}

/** A nexthop object as it is, or as a message tells it. What is absent there is nothing to say of. */
export interface NexthopObject {
  readonly id: number;
  /** AF_INET (2), AF_INET6 (10); 0 for a group. */
  readonly family: number;
  readonly protocol: number;
  /** Of the gateway's reachability (FIB-93); 0 for a blackhole and a group. */
  readonly scope: number;
  /** RTNH_F_*. */
  readonly flags: number;
  readonly via?: string;
  readonly dev?: string;
  readonly oif?: number;
  readonly blackhole?: boolean;
  readonly fdb?: boolean;
  readonly group?: readonly NexthopMember[];
  readonly type?: NexthopGroupType;
  /** Of a resilient group. */
  readonly resilience?: Resilience;
  /** A group whose packets the hardware is to count; there is none here. */
  readonly hwStats?: boolean;
}

/** What a resilient group is made of. */
export interface Resilience {
  readonly buckets: number;
  readonly idleTimer: number;
  readonly unbalancedTimer: number;
  /** For how long it has been out of balance, 0 = it is not. */
  readonly unbalancedTime: number;
}

/** A bucket of a resilient group. */
export interface NexthopBucket {
  /** The group. */
  readonly id: number;
  readonly index: number;
  /** The member it leads to. */
  readonly nhid: number;
  /** RTPROT_* number of who made the group. */
  readonly protocol: number;
  /** For how long no flow has used it. */
  readonly idleTime: number;
}
