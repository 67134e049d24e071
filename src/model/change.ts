/**
 * model/change.ts - what a feed yields and a Netns applies: one change of one object, as a value.
 */
import type { PrefixLike, Route, RouteInput } from './route.js';

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

/** A link became known by index and name. */
export interface LinkChange {
  readonly kind: 'link';
  readonly op: 'add';
  readonly index: number;
  readonly name: string;
}

/** What happened to one object. */
export type Change = RouteChange | LinkChange;

/** A change of a route as `ns.apply` takes it: a prefix may be numbers, and a route says as little as in `ns.route.add`. */
export interface RouteChangeInput {
  readonly kind: 'route';
  readonly op: RouteChange['op'];
  readonly route: RouteInput & { readonly dst: PrefixLike; readonly family?: number };
}

/** A change as input; every `Change` is one. */
export type ChangeInput = RouteChangeInput | LinkChange;
