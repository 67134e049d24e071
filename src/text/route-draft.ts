/**
 * text/route-draft.ts - a route being read from words, whether they stand in a line or in JSON.
 *
 * Each setter takes one word and throws a FibError EINVAL whose offset counts from the start of that word; who reads the
 * text knows where the word stands. Defaults are those of `ip route show`, which leaves out what is usual: type unicast,
 * protocol boot, scope global (PROC-36), metric 0. Which table is meant by none depends on what was listed.
 */
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import { ROUTE_TYPES, TABLES } from '../model/route.js';
import type { Metrics, NextHop, Route, RouteType, TableLike } from '../model/route.js';
import { formatAddress4, formatAddress6, parseAddress4, parseAddress6 } from './address.js';
import {
  DSFIELD_NAMES,
  FLAG_NAMES,
  PREF_NAMES,
  PROTOCOLS,
  REALM_NAMES,
  SCOPE_NAMES,
  TABLE_NAMES,
} from './names.js';
import type { Names } from './names.js';
import { formatPrefix4, formatPrefix6, parsePrefix4, parsePrefix6 } from './prefix.js';

/** What the text itself does not say. */
export interface ParseRouteOptions {
  /**
   * Table of the routes that name none: in a listing of all tables main (PROC-35), else the table that was listed.
   * Default: main, but local for the types local, broadcast, anycast and nat (CFG-24).
   */
  readonly table?: TableLike;
  /** Family of a `default` that nothing else in its route tells: 2 or 10; default 2. */
  readonly family?: number;
}

type Mutable<T> = { -readonly [field in keyof T]: T[field] };

/** A path being read. */
export type HopDraft = Mutable<NextHop>;

const U32_MAX = 0xffffffff;
const LOCAL_TYPES: readonly RouteType[] = ['local', 'broadcast', 'anycast', 'nat'];

/** A route being read; `build` makes it a value. */
export class RouteDraft {
  flags = 0;
  #type: RouteType = 'unicast';
  #dst = '';
  #family = 0; // 0: nothing has told it yet
  #table: number | undefined;
  #tos = 0;
  #metric = 0;
  #protocol: number = uapi.RTPROT_BOOT;
  #scope: number = uapi.RT_SCOPE_UNIVERSE;
  #src: string | undefined;
  #prefsrc: string | undefined;
  #nhid: number | undefined;
  #pref: number | undefined;
  #congctl: string | undefined;
  readonly #metrics: Record<string, number> = {};
  /** The path on the route's own line. */
  readonly hop: HopDraft = {};
  /** Paths on lines of their own. */
  readonly #hops: HopDraft[] = [];

  /** Takes a word for the type of the route when it is one: a word of ROUTE_TYPES. */
  type(word: string): boolean {
    const type = (ROUTE_TYPES as readonly string[]).indexOf(word);
    if (type < 0) return false;
    this.#type = ROUTE_TYPES[type]!;
    return true;
  }

  typeNumber(word: string): void {
    const type = number(word, 0xff);
    this.#type = ROUTE_TYPES[type] ?? type;
  }

  /** `default`, a prefix, or an address alone for a host. */
  dst(word: string): void {
    this.#dst = word === 'default' ? word : this.#prefix(word);
  }

  src(word: string): void {
    this.#src = word === 'all' ? undefined : this.#prefix(word);
  }

  prefsrc(word: string): void {
    this.#prefsrc = this.#ownAddress(word);
  }

  /** The gateway of a path; `family` when the text names it, which then says nothing about the route's own. */
  via(hop: HopDraft, word: string, family?: string): void {
    if (family === undefined) hop.via = this.#ownAddress(word);
    else if (family === 'inet6') hop.via = formatAddress6(parseAddress6(word));
    else if (family === 'inet') hop.via = formatAddress4(parseAddress4(word));
    else throw unfit(`gateway of family '${family}'`);
  }

  /** `S/D`, or `D` for a source realm of 0. */
  realms(hop: HopDraft, word: string): void {
    const slash = word.indexOf('/');
    const from = slash < 0 ? 0 : named(REALM_NAMES, word.slice(0, slash), 0xffff);
    hop.realm = ((from << 16) | named(REALM_NAMES, word.slice(slash + 1), 0xffff)) >>> 0;
  }

  weight(hop: HopDraft, word: string): void {
    hop.weight = number(word, 256);
    if (hop.weight === 0) throw unfit('a weight is 1..256');
  }

  tos(word: string): void {
    this.#tos = named(DSFIELD_NAMES, word, 0xff);
  }

  table(word: string): void {
    this.#table = named(TABLE_NAMES, word, U32_MAX);
  }

  protocol(word: string): void {
    this.#protocol = named(PROTOCOLS, word, 0xff);
  }

  scope(word: string): void {
    this.#scope = named(SCOPE_NAMES, word, 0xff);
  }

  metric(word: string): void {
    this.#metric = number(word, U32_MAX);
  }

  nhid(word: string): void {
    this.#nhid = number(word, U32_MAX);
  }

  /** Router preference; only IPv6 has it. */
  pref(word: string): void {
    this.#pref = named(PREF_NAMES, word, 0xff);
    this.#family ||= uapi.AF_INET6;
  }

  congctl(word: string): void {
    this.#congctl = word;
  }

  /** One of METRICS as its stored word; 0 is as good as none (CFG-66). */
  setMetric(name: keyof Metrics, value: number): void {
    if (value !== 0) this.#metrics[name] = ((this.#metrics[name] ?? 0) | value) >>> 0;
  }

  addHop(): HopDraft {
    const hop: HopDraft = { weight: 1 };
    this.#hops.push(hop);
    return hop;
  }

  /** The route; call it once. */
  build(options: ParseRouteOptions): Route {
    const family = this.#family || (options.family ?? uapi.AF_INET);
    const route: Mutable<Route> = {
      family,
      dst: this.#dst !== 'default' ? this.#dst : family === uapi.AF_INET ? '0.0.0.0/0' : '::/0',
      type: this.#type,
      table: this.#table ?? this.#defaultTable(options.table),
      tos: this.#tos,
      metric: this.#metric,
      protocol: this.#protocol,
      scope: this.#scope,
      flags: this.flags,
      nexthops: this.#paths(),
    };
    if (this.#src !== undefined) route.src = this.#src;
    if (this.#prefsrc !== undefined) route.prefsrc = this.#prefsrc;
    if (Object.keys(this.#metrics).length > 0) route.metrics = this.#metrics;
    if (this.#congctl !== undefined) route.congctl = this.#congctl;
    if (this.#nhid !== undefined) route.nhid = this.#nhid;
    if (this.#pref !== undefined) route.pref = this.#pref;
    return route;
  }

  #defaultTable(table: TableLike | undefined): number {
    if (table !== undefined) return typeof table === 'number' ? table : TABLES[table];
    return LOCAL_TYPES.includes(this.#type) ? uapi.RT_TABLE_LOCAL : uapi.RT_TABLE_MAIN;
  }

  /** The paths; one on the route's line has the nexthop flags of the route, as `decodeRoute` gives it. */
  #paths(): NextHop[] {
    if (this.#hops.length > 0) return this.#hops;
    if (Object.keys(this.hop).length === 0) return [];
    if (this.flags & 0xff) this.hop.flags = this.flags & 0xff;
    return [this.hop];
  }

  /** Canonical text of a prefix, whose family is the route's. */
  #prefix(word: string): string {
    this.#family ||= familyOf(word);
    if (this.#family === uapi.AF_INET6) {
      const { address, length } = parsePrefix6(word);
      return formatPrefix6(address, length);
    }
    const { address, length } = parsePrefix4(word);
    return formatPrefix4(address, length);
  }

  /** Canonical text of an address, whose family is the route's. */
  #ownAddress(word: string): string {
    this.#family ||= familyOf(word);
    if (this.#family === uapi.AF_INET6) return formatAddress6(parseAddress6(word));
    return formatAddress4(parseAddress4(word));
  }
}

/** Bit of a flag by its word, or undefined. */
export function flagBit(word: string): number | undefined {
  return FLAG_NAMES.number.get(word);
}

/**
 * A u32 of decimal or, behind `0x`, hexadecimal digits.
 * @throws {FibError} EINVAL
 */
export function number(word: string, max: number): number {
  const value = /^(0|[1-9]\d{0,9}|0x[0-9a-fA-F]{1,8})$/.test(word) ? Number(word) : NaN;
  if (!(value <= max)) throw unfit(`'${word}' is no number of 0..${max}`);
  return value;
}

/** A number by its word, or the number itself. @throws {FibError} EINVAL */
export function named(names: Names, word: string, max: number): number {
  return names.number.get(word) ?? number(word, max);
}

function familyOf(word: string): number {
  return word.includes(':') ? uapi.AF_INET6 : uapi.AF_INET;
}

/** The error for a word that does not fit; its place is added by who knows it. */
export function unfit(detail: string): FibError {
  return new FibError('EINVAL', 'parse route', { detail });
}
