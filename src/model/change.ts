/**
 * model/change.ts - what a feed yields and a Netns applies: one change of one object, as a value.
 *
 * A change says what an object is like from now on, or that it has gone. What Linux does silently beside it (FIB-125,
 * 127, 131) is no change of its own: whoever applies changes derives it, as `ns.apply` does.
 */
import type { Address, AddressInput } from './address.js';
import type { Link } from './link.js';
import type { NexthopInput, NexthopObject, Resilience } from './nexthop.js';
import type { PrefixLike, Route, RouteInput } from './route.js';
import type { Rule, RuleInput } from './rule.js';

/**
 * One route came or went. `op` says where it stands among routes of equal prefix, tos and metric (CFG-54):
 *   add, prepend  before the first of them     append   after the last (the order of a dump)
 *   replace       in place of the first        del      the first that matches is gone
 */
export interface RouteChange {
  readonly kind: 'route';
  readonly op: 'add' | 'prepend' | 'append' | 'replace' | 'del';
  readonly route: Route;
}

/**
 * What a link is like beside its index and name; what is not told stays as it was. Other links are named by their index,
 * 0 = none: they may have no name yet.
 */
export interface LinkState extends Partial<Omit<Link, 'index' | 'name' | 'kind' | 'master' | 'peer'>> {
  /** As IFLA_INFO_KIND has it; a kind that cannot be made here is not kept. */
  readonly kind?: string;
  /** ARPHRD_*. */
  readonly type?: number;
  /** Bridge or VRF that it belongs to. */
  readonly master?: number;
  /** The other end of a veth pair, if that is in the same namespace. */
  readonly peer?: number;
  /** Queueing discipline; `noop` before the link was up for the first time. */
  readonly qdisc?: string;
  /** Of a port of a bridge: its number, and whether it lets frames pass. */
  readonly port?: number;
  readonly forwarding?: boolean;
  /** Hardware broadcast address. */
  readonly broadcast?: string;
  /** How often carrier came and went. */
  readonly carrierUps?: number;
  readonly carrierDowns?: number;
}

/** A link came, or is like this now; or it is gone. Without `link` its name is all that became known. */
export interface LinkChange {
  readonly kind: 'link';
  readonly op: 'add' | 'del';
  readonly index: number;
  readonly name: string;
  readonly link?: LinkState;
}

/** An address came, or is like this now; or it is gone. */
export interface AddressChange {
  readonly kind: 'address';
  readonly op: 'add' | 'del';
  /** Its link is told by index. */
  readonly address: Omit<Address, 'dev' | 'secondary'>;
}

/** A rule came, behind those of its priority, or the first that is equal is gone. */
export interface RuleChange {
  readonly kind: 'rule';
  readonly op: 'add' | 'del';
  readonly rule: Rule;
}

/** A nexthop object came, was replaced, or is gone. */
export interface NexthopChange {
  readonly kind: 'nexthop';
  readonly op: 'add' | 'replace' | 'del';
  readonly nexthop: NexthopObject;
}

/** What happened to one object. */
export type Change = RouteChange | LinkChange | AddressChange | RuleChange | NexthopChange;

/** A change of a route as `ns.apply` takes it: a prefix may be numbers, and a route says as little as in `ns.route.add`. */
export interface RouteChangeInput {
  readonly kind: 'route';
  readonly op: RouteChange['op'];
  readonly route: RouteInput & { readonly dst: PrefixLike; readonly family?: number };
}

/** A change of an address as `ns.apply` takes it: its link by index or by name, the rest as in `ns.address.add`. */
export interface AddressChangeInput {
  readonly kind: 'address';
  readonly op: AddressChange['op'];
  readonly address: Omit<AddressInput, 'dev'> & {
    readonly address: string;
    readonly index?: number;
    readonly dev?: string | number;
    /** IFA_F_* bits; default permanent, unless a lifetime ends. */
    readonly flags?: number;
  };
}

/** A change of a rule as `ns.apply` takes it: as little as in `ns.rule.add`. */
export interface RuleChangeInput {
  readonly kind: 'rule';
  readonly op: RuleChange['op'];
  readonly rule: RuleInput & { readonly family?: number };
}

/** A change of a nexthop object as `ns.apply` takes it: as little as in `ns.nexthop.add`, but its id is not to be chosen. */
export interface NexthopChangeInput {
  readonly kind: 'nexthop';
  readonly op: NexthopChange['op'];
  readonly nexthop: NexthopInput & {
    readonly id: number;
    readonly scope?: number;
    /** RTNH_F_* bits. */
    readonly flags?: number;
    readonly resilience?: Partial<Resilience>;
    readonly hwStats?: boolean;
  };
}

/** A change as input; every `Change` is one. */
export type ChangeInput =
  RouteChangeInput | LinkChange | AddressChangeInput | RuleChangeInput | NexthopChangeInput;
