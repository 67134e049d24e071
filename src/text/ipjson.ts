/**
 * text/ipjson.ts - the output of `ip -j route show`, with and without `-d`, read.
 *
 * An array of objects whose keys are mostly those of the lines; unknown keys are passed over, since every release of
 * iproute2 adds some. What JSON does not have: which metrics are locked. A route with `encap` of ip, ip6 or mpls is
 * refused: iproute2 6.1 writes a second key `dst` for the tunnel, so that the destination is lost. Forms seen with iproute2 6.1.
 */
import { FibError } from '../errors.js';
import { METRICS } from '../model/route.js';
import type { Metrics, Route } from '../model/route.js';
import { RouteDraft, flagBit, number, unfit } from './route-draft.js';
import type { HopDraft, ParseRouteOptions } from './route-draft.js';

type Json = Readonly<Record<string, unknown>>;

/** Encapsulations whose own `dst` stands in the route's object. */
const ENCAP_WITH_DST = ['ip', 'ip6', 'mpls'];

/**
 * The routes of the output of `ip -j route show`, in order; blank text is none.
 * @throws {FibError} EINVAL: no JSON, with the offset where the engine tells it; or a value that does not fit, with
 * the number of its route, counted from 1
 */
export function parseRouteJson(text: string, options: ParseRouteOptions = {}): Route[] {
  if (typeof text !== 'string') throw unfit('text expected');
  if (text.trim() === '') return [];
  const list = parseJson(text);
  if (!Array.isArray(list)) throw unfit('an array of routes expected');
  return list.map((item: unknown, i) => {
    try {
      return parseRoute(item, options);
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      throw unfit(`route ${i + 1}: ${error.detail ?? ''}`);
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `no JSON: ${(error as Error).message}`;
    const offset = /at position (\d+)/.exec(detail)?.[1];
    throw new FibError(
      'EINVAL',
      'parse route',
      offset === undefined ? { detail } : { detail, offset: Number(offset) },
    );
  }
}

function parseRoute(item: unknown, options: ParseRouteOptions): Route {
  const json = object('route', item);
  const draft = new RouteDraft();
  const set = (key: string, take: (word: string) => void): void => {
    const value = json[key];
    if (value !== undefined && value !== null) take(word(key, value));
  };
  if (ENCAP_WITH_DST.includes(json['encap'] as string)) throw unfit('`encap` hides the destination');
  if (json['dst'] === undefined) throw unfit('no `dst`');
  set('type', (type) => draft.type(type) || draft.typeNumber(type));
  set('dst', (dst) => draft.dst(dst));
  set('from', (from) => draft.src(from));
  set('tos', (tos) => draft.tos(tos));
  set('nhid', (nhid) => draft.nhid(nhid));
  set('table', (table) => draft.table(table));
  set('protocol', (protocol) => draft.protocol(protocol));
  set('scope', (scope) => draft.scope(scope));
  set('prefsrc', (prefsrc) => draft.prefsrc(prefsrc));
  set('metric', (metric) => draft.metric(metric));
  set('pref', (pref) => draft.pref(pref));
  draft.flags = flags(json);
  parseHop(json, draft, draft.hop);
  for (const metrics of array('metrics', json['metrics'])) parseMetrics(object('metrics', metrics), draft);
  for (const item of array('nexthops', json['nexthops'])) {
    const hop = draft.addHop();
    const nexthop = object('nexthop', item);
    parseHop(nexthop, draft, hop);
    if (nexthop['weight'] !== undefined) draft.weight(hop, word('weight', nexthop['weight']));
    const bits = flags(nexthop) & 0xff;
    if (bits !== 0) hop.flags = bits;
  }
  return draft.build(options);
}

/** Gateway, interface and realms, which the route's object and the nexthops' have alike. */
function parseHop(json: Json, draft: RouteDraft, hop: HopDraft): void {
  const { gateway, via, dev, flow } = json;
  if (typeof gateway === 'string') draft.via(hop, gateway);
  if (via !== undefined) {
    const { family, host } = object('via', via);
    draft.via(hop, word('host', host), word('family', family));
  }
  if (typeof dev === 'string') hop.dev = dev;
  if (flow !== undefined) {
    const { from, to } = object('flow', flow);
    draft.realms(hop, from === undefined ? word('to', to) : `${word('from', from)}/${word('to', to)}`);
  }
}

/** Bits of the flags; words that are new to us are passed over. */
function flags(json: Json): number {
  return array('flags', json['flags']).reduce<number>(
    (bits, flag) => (bits | (flagBit(word('flag', flag)) ?? 0)) >>> 0,
    0,
  );
}

/** Stored units of what JSON has in milliseconds (CFG-65). */
const UNITS: Partial<Record<keyof Metrics, number>> = { rtt: 8, rttvar: 4 };

function parseMetrics(json: Json, draft: RouteDraft): void {
  if ('ecn' in json) draft.setMetric('features', 1);
  if (json['congestion'] !== undefined) draft.congctl(word('congestion', json['congestion']));
  for (const name of METRICS) {
    const value = json[name];
    if (value === undefined || name === 'lock' || name === 'cc_algo') continue;
    const units = UNITS[name] ?? 1;
    draft.setMetric(name, units * number(word(name, value), Math.floor(0xffffffff / units)));
  }
}

/** A value as the word that a line would have. */
function word(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw unfit(`'${key}' is neither text nor a number`);
}

function object(key: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw unfit(`'${key}' is no object`);
}

function array(key: string, value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw unfit(`'${key}' is no array`);
}
