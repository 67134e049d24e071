/**
 * text/ipformat.ts - a route as `ip route` writes it, in text byte for byte, trailing spaces included, or in JSON.
 *
 * Both come from the same walk over the fields, in the order of PROC-33: `printRoute` tells an `Out` each field with its
 * key, its value and its text. Rules PROC-33..41, PROC-43, PROC-44, V6-42; the forms that the rules leave open (times of a
 * second and more, features, locked metrics that are not set) as seen with iproute2 6.1.
 */
import * as uapi from '../abi/uapi.js';
import { METRICS, routeTypeNumber } from '../model/route.js';
import type { Metrics, NextHop, Route } from '../model/route.js';
import { PREF_NAMES, flagWords, nameOf, nameTables, type Names, type NameTables } from './names.js';

/** Name of an interface by its index; undefined when there is none. */
export type InterfaceName = (index: number) => string | undefined;

/** What takes fields: text has no keys, JSON no texts. */
export interface Out {
  /** A value; without a key it is an element of an array. */
  put(key: string | undefined, value: string | number | boolean | null, text?: string): void;
  /** What JSON leaves out. */
  text(text: string): void;
  openObject(key?: string): void;
  closeObject(): void;
  openArray(key?: string): void;
  closeArray(): void;
}

/** What an answer tells of a lookup beyond the route it found. */
export interface RouteExtras {
  readonly mark?: number;
  readonly uid?: number;
  readonly iif?: number;
  /** Numbers of struct rta_cacheinfo; times in hundredths of a second. */
  readonly cache?: CacheInfo;
}

/** struct rta_cacheinfo (NL-18). */
export interface CacheInfo {
  readonly users: number;
  readonly lastUse: number;
  readonly expires: number;
  readonly error: number;
  readonly used: number;
}

/** Fields that a selector hides. */
export type Hideable = 'tos' | 'via' | 'dev' | 'protocol' | 'scope' | 'src' | 'metric' | 'realm' | 'iif';

/** The form of a route, and whom its numbers are told by. */
export interface RouteForm {
  /** `-d`: type, protocol and scope are written even where they are usual. */
  readonly details: boolean;
  /** `table all`: the table is written where it is not main; with `details` always. */
  readonly tables: boolean;
  /** `-s`: users and age of what is cached. */
  readonly stats: boolean;
  /** `-N`: no words for numbers. */
  readonly numeric: boolean;
  /** What ends a line within a route: a newline, or with `-o` a backslash. */
  readonly lineEnd: string;
  readonly names: NameTables;
  readonly linkName: InterfaceName;
  /** What a selector has asked for exactly is not repeated in every line. */
  readonly hidden?: ReadonlySet<Hideable>;
  readonly extras?: RouteExtras;
  /** What is written in front of the paths. */
  readonly beforePaths?: () => void;
}

/** The form of the output, by the options of `ip` that choose it. */
export interface FormatRouteOptions {
  /** `-d`: type, protocol and scope are written even where they are usual. */
  readonly details?: boolean;
  /** `table all`: the table is written where it is not main; with `details` always. */
  readonly tables?: boolean;
  /** `-o`: the lines of a route are joined by `\` and a tab instead of a newline and a tab. */
  readonly oneLine?: boolean;
}

const USUAL_NAMES = nameTables();

/**
 * The line of a route, or its lines, without a newline at the end. An interface without a name is `if<N>`.
 * @param names interface names; those in `dev` win
 */
export function formatRouteLine(
  route: Route,
  names: InterfaceName = () => undefined,
  options: FormatRouteOptions = {},
): string {
  const { details = false, tables = false, oneLine = false } = options;
  const out = new TextOut();
  const lineEnd = oneLine ? '\\' : '\n';
  const form = {
    details,
    tables,
    lineEnd,
    stats: false,
    numeric: false,
    names: USUAL_NAMES,
    linkName: names,
  };
  printRoute(out, route, form);
  return out.all;
}

/** Takes texts only. */
class TextOut implements Out {
  all = '';

  put(_key: string | undefined, _value: unknown, text = ''): void {
    this.all += text;
  }

  text(text: string): void {
    this.all += text;
  }

  openObject(): void {}
  closeObject(): void {}
  openArray(): void {}
  closeArray(): void {}
}

/** Tells all fields of a route. */
export function printRoute(out: Out, route: Route, form: RouteForm): void {
  const hop = severalPaths(route) ? undefined : route.nexthops[0];
  printHead(out, route, form);
  if (hop !== undefined) printPath(out, hop, route.family, form);
  printOrigin(out, route, form);
  printFlags(out, route.flags | (hop?.flags ?? 0));
  printAnswer(out, route, hop, form);
  // The one field without a space behind it.
  const { pref } = route;
  if (pref !== undefined)
    out.put('pref', nameIn(form, PREF_NAMES, pref), `pref ${nameIn(form, PREF_NAMES, pref)}`);
  form.beforePaths?.();
  if (hop === undefined && route.nexthops.length > 0) printPaths(out, route, form);
}

/** What is asked of a packet, and the object that has the paths. */
function printHead(out: Out, { dst, src, type, tos, nhid }: Route, form: RouteForm): void {
  if (form.details || type !== 'unicast') {
    const word = form.numeric ? String(routeTypeNumber(type)) : String(type);
    out.put('type', word, `${word} `);
  }
  out.put('dst', prefixText(dst), `${prefixText(dst)} `);
  if (src !== undefined) labelled(out, 'from', 'from', prefixText(src));
  if (nhid !== undefined) out.put('nhid', nhid, `nhid ${nhid} `); // before tos, other than PROC-33 has it
  if (tos !== 0 && !isHidden(form, 'tos')) labelled(out, 'tos', 'tos', dsfieldText(form, tos));
}

/** Whose route it is: table, protocol, scope, preferred source, metric. */
function printOrigin(out: Out, route: Route, form: RouteForm): void {
  const { details, tables, names } = form;
  const { table, protocol, scope, prefsrc, metric } = route;
  const isOwn = (route.flags & uapi.RTM_F_CLONED) === 0;
  if (tables && table !== 0 && (details || table !== uapi.RT_TABLE_MAIN)) {
    labelled(out, 'table', 'table', nameIn(form, names.tables, table));
  }
  if (isOwn && (details || protocol !== uapi.RTPROT_BOOT) && !isHidden(form, 'protocol')) {
    labelled(out, 'protocol', 'proto', nameIn(form, names.protocols, protocol));
  }
  if (isOwn && (details || scope !== uapi.RT_SCOPE_UNIVERSE) && !isHidden(form, 'scope')) {
    labelled(out, 'scope', 'scope', nameIn(form, names.scopes, scope));
  }
  if (prefsrc !== undefined && !isHidden(form, 'src')) labelled(out, 'prefsrc', 'src', prefsrc);
  if ((metric !== 0 || route.family === uapi.AF_INET6) && !isHidden(form, 'metric')) {
    out.put('metric', metric, `metric ${metric} `);
  }
}

/** The flow that was asked for, what the cache knows, and the metrics. */
function printAnswer(out: Out, route: Route, hop: NextHop | undefined, form: RouteForm): void {
  const { mark, uid, iif, cache } = form.extras ?? {};
  if (mark !== undefined) out.put('mark', mark, `mark ${mark < 16 ? mark : `0x${mark.toString(16)}`} `);
  if (hop !== undefined && !isHidden(form, 'realm')) printRealm(out, hop, form);
  if (uid !== undefined) out.put('uid', uid, `uid ${uid} `);
  if ((route.flags & uapi.RTM_F_CLONED) !== 0 && route.family === uapi.AF_INET)
    printCacheFlags(out, route, form);
  if (cache !== undefined) printCache(out, cache, form.stats);
  printMetrics(out, route);
  if (iif !== undefined && !isHidden(form, 'iif')) labelled(out, 'iif', 'iif', linkText(form, iif));
}

function labelled(out: Out, key: string, label: string, text: string): void {
  out.put(key, text, `${label} ${text} `);
}

function isHidden({ hidden }: RouteForm, field: Hideable): boolean {
  return hidden?.has(field) === true;
}

function nameIn({ numeric }: RouteForm, of: Names, number: number): string {
  return numeric ? String(number) : nameOf(of, number);
}

function dsfieldText({ names, numeric }: RouteForm, tos: number): string {
  const word = numeric ? undefined : names.dsfields.word.get(tos);
  return word ?? `0x${tos.toString(16).padStart(2, '0')}`;
}

function linkText({ linkName }: RouteForm, index: number): string {
  return linkName(index) ?? `if${index}`;
}

/** Whether paths stand on lines of their own: IPv6 puts even one there when it comes from a group (it has a weight). */
function severalPaths({ family, nexthops }: Route): boolean {
  return nexthops.length > 1 || (family === uapi.AF_INET6 && nexthops[0]?.weight !== undefined);
}

/** PROC-34: `default`, an address alone for a host, else the prefix. */
function prefixText(prefix: string): string {
  if (prefix === '0.0.0.0/0' || prefix === '::/0') return 'default';
  const [address = '', length] = prefix.split('/');
  return length === (address.includes(':') ? '128' : '32') ? address : prefix;
}

function printPath(out: Out, hop: NextHop, family: number, form: RouteForm): void {
  printVia(out, hop, family, form);
  const { dev, oif = 0 } = hop;
  if ((dev === undefined && oif === 0) || isHidden(form, 'dev')) return;
  labelled(out, 'dev', 'dev', dev ?? linkText(form, oif));
}

/** A gateway, with its family where that is not the route's. */
function printVia(out: Out, { via }: NextHop, family: number, form: RouteForm): void {
  if (via === undefined) return;
  const six = via.includes(':');
  if (six === (family === uapi.AF_INET6)) {
    if (!isHidden(form, 'via')) labelled(out, 'gateway', 'via', via);
    return;
  }
  const word = six ? 'inet6' : 'inet';
  out.openObject('via');
  out.put('family', word, `via ${word} `);
  out.put('host', via, `${via} `);
  out.closeObject();
}

function printPaths(out: Out, { nexthops, family }: Route, form: RouteForm): void {
  const own = { ...form, hidden: new Set<Hideable>() };
  out.openArray('nexthops');
  for (const hop of nexthops) {
    out.openObject();
    out.text(`${form.lineEnd}\tnexthop `);
    printVia(out, hop, family, own);
    printRealm(out, hop, form);
    printPath(out, hop.oif === undefined ? { dev: hop.dev ?? '' } : { oif: hop.oif }, family, own);
    out.put('weight', hop.weight ?? 1, `weight ${hop.weight ?? 1} `);
    printFlags(out, hop.flags ?? 0);
    out.closeObject();
  }
  out.closeArray();
}

function printFlags(out: Out, flags: number): void {
  out.openArray('flags');
  for (const word of flagWords(flags)) out.put(undefined, word, `${word} `);
  out.closeArray();
}

/** CFG-20. */
function printRealm(out: Out, { realm = 0 }: NextHop, form: RouteForm): void {
  if (realm === 0) return;
  const from = realm >>> 16;
  const to = nameIn(form, form.names.realms, realm & 0xffff);
  out.openObject('flow');
  if (from === 0) out.text('realm ');
  else {
    const word = nameIn(form, form.names.realms, from);
    out.put('from', word, `realms ${word}/`);
  }
  out.put('to', to, `${to} `);
  out.closeObject();
}

/** What an answer came from: RTCF_* in rtm_flags, in the order of the program (PROC-43). **[V]** bit by bit. */
const CACHE_FLAGS: readonly (readonly [number, string])[] = [
  [uapi.RTCF_LOCAL, 'local'],
  [uapi.RTCF_REJECT, 'reject'],
  [uapi.RTCF_MULTICAST, 'mc'],
  [uapi.RTCF_BROADCAST, 'brd'],
  [uapi.RTCF_DNAT, 'dst-nat'],
  [uapi.RTCF_SNAT, 'src-nat'],
  [uapi.RTCF_MASQ, 'masq'],
  [uapi.RTCF_DIRECTDST, 'dst-direct'],
  [uapi.RTCF_DIRECTSRC, 'src-direct'],
  [uapi.RTCF_REDIRECTED, 'redirected'],
  [uapi.RTCF_DOREDIRECT, 'redirect'],
  [uapi.RTCF_FAST, 'fastroute'],
  [uapi.RTCF_NOTIFY, 'notify'],
  [uapi.RTCF_TPROXY, 'proxy'],
];
const NAMED_FLAGS = CACHE_FLAGS.reduce((bits, [bit]) => bits | bit, 0xffff);

/** Bits without a name are a number at the end, behind which the program forgets the space. */
function printCacheFlags(out: Out, { flags }: Route, { lineEnd }: RouteForm): void {
  const words = CACHE_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  const rest = (flags & ~NAMED_FLAGS) >>> 0;
  const all = rest === 0 ? words : [...words, rest.toString(16)];
  out.text(`${lineEnd}    cache ${all.length > 0 ? `<${all.join()}>${rest === 0 ? ' ' : ''}` : ''}`);
  out.openArray('cache');
  for (const word of all) out.put(undefined, word);
  out.closeArray();
}

/** Ticks of a second in struct rta_cacheinfo. */
const HZ = 100;

function printCache(out: Out, { users, lastUse, expires, error, used }: CacheInfo, stats: boolean): void {
  const seconds = (ticks: number): number => Math.trunc(ticks / HZ);
  if (expires !== 0) out.put('expires', seconds(expires), `expires ${seconds(expires)}sec `);
  if (error !== 0) out.put('error', error | 0, `error ${error | 0} `);
  if (!stats) return;
  if (users !== 0) out.put('users', users, `users ${users} `);
  if (used !== 0) out.put('used', used, `used ${used} `);
  if (lastUse !== 0) out.put('age', seconds(lastUse), `age ${seconds(lastUse)}sec `);
}

/** PROC-39: the metrics that are set or locked, by number. */
function printMetrics(out: Out, { metrics = {}, congctl }: Route): void {
  const lock = metrics.lock ?? 0;
  const set = METRICS.map((name, i) => [name, i + 1] as const).filter(([name, number]) =>
    number === uapi.RTAX_CC_ALGO
      ? congctl !== undefined
      : number >= uapi.RTAX_MTU && (metrics[name] !== undefined || (lock & (1 << number)) !== 0),
  );
  if (set.length === 0) return;
  out.openArray('metrics');
  out.openObject();
  for (const [name, number] of set) {
    const locked = lock & (1 << number) ? 'lock ' : '';
    if (name === 'cc_algo') out.put('congestion', congctl!, `congctl ${locked}${congctl} `);
    else printMetric(out, name, `${name} ${locked}`, metrics[name] ?? 0);
  }
  out.closeObject();
  out.closeArray();
}

function printMetric(out: Out, name: keyof Metrics, label: string, stored: number): void {
  if (name === 'features') return printFeatures(out, label, stored);
  const value = Math.floor(stored / (name === 'rtt' ? 8 : name === 'rttvar' ? 4 : 1));
  const isTime = name === 'rtt' || name === 'rttvar' || name === 'rto_min';
  out.put(name, value, `${label}${isTime ? timeText(value) : `${value} `}`);
}

function printFeatures(out: Out, label: string, stored: number): void {
  out.text(label);
  if (stored & 1) out.put('ecn', null, 'ecn ');
  const rest = stored & ~1;
  if (rest !== 0) out.put('features', `0x${stored.toString(16)}`, `0x${stored.toString(16)} `);
}

/** A time: milliseconds below a second, else seconds with six digits at most, as %g of printf(3) has them. */
function timeText(ms: number): string {
  if (ms < 1000) return `${ms}ms `;
  const rounded = Number((ms / 1000).toPrecision(6));
  const seconds = rounded < 1e6 ? String(rounded) : rounded.toExponential().replace(/\+(\d)$/, '+0$1');
  return `${seconds}s `;
}
