/**
 * text/ipformat.ts - a route as `ip route show` writes it, byte for byte, trailing spaces included.
 *
 * A `Route` has no life time, mark or uid, so they are not written; the rest is, in the order of PROC-33. Rules
 * PROC-33..41, V6-42; the forms that the rules leave open (times of a second and more, features, locked metrics that are not set) as
 * seen with iproute2 6.1.
 */
import * as uapi from '../abi/uapi.js';
import { METRICS } from '../model/route.js';
import type { Metrics, NextHop, Route } from '../model/route.js';
import {
  DSFIELD_NAMES,
  PREF_NAMES,
  PROTOCOLS,
  REALM_NAMES,
  SCOPE_NAMES,
  TABLE_NAMES,
  flagWords,
  nameOf,
} from './names.js';

/** Name of an interface by its index; undefined when there is none. */
export type InterfaceName = (index: number) => string | undefined;

/** The form of the output, by the options of `ip` that choose it. */
export interface FormatRouteOptions {
  /** `-d`: type, protocol and scope are written even where they are usual. */
  readonly details?: boolean;
  /** `table all`: the table is written where it is not main; with `details` always. */
  readonly tables?: boolean;
  /** `-o`: the lines of a route are joined by `\` and a tab instead of a newline and a tab. */
  readonly oneLine?: boolean;
}

/**
 * The line of a route, or its lines, without a newline at the end. An interface without a name is `if<N>`.
 * @param names interface names; those in `dev` win
 */
export function formatRouteLine(
  route: Route,
  names?: InterfaceName,
  options: FormatRouteOptions = {},
): string {
  const { details = false, tables = false, oneLine = false } = options;
  const { family, type, tos, nhid, table, protocol, scope, src, prefsrc, metric, pref } = route;
  const hop = severalPaths(route) ? undefined : route.nexthops[0];
  let text = '';
  if (details || type !== 'unicast') text += `${type} `;
  text += prefixText(route.dst) + ' ';
  if (src !== undefined) text += `from ${prefixText(src)} `;
  if (nhid !== undefined) text += `nhid ${nhid} `; // before tos, other than PROC-33 has it
  if (tos !== 0) text += `tos ${DSFIELD_NAMES.word.get(tos) ?? `0x${tos.toString(16).padStart(2, '0')}`} `;
  if (hop !== undefined) text += viaText(hop, family) + devText(hop, names);
  if (tables && (details || table !== uapi.RT_TABLE_MAIN)) text += `table ${nameOf(TABLE_NAMES, table)} `;
  if (details || protocol !== uapi.RTPROT_BOOT) text += `proto ${nameOf(PROTOCOLS, protocol)} `;
  if (details || scope !== uapi.RT_SCOPE_UNIVERSE) text += `scope ${nameOf(SCOPE_NAMES, scope)} `;
  if (prefsrc !== undefined) text += `src ${prefsrc} `;
  if (metric !== 0 || family === uapi.AF_INET6) text += `metric ${metric} `;
  text += flagsText(route.flags | (hop?.flags ?? 0));
  if (hop !== undefined) text += realmText(hop);
  text += metricsText(route);
  if (pref !== undefined) text += `pref ${nameOf(PREF_NAMES, pref)}`; // the one field without a space behind it
  if (hop !== undefined) return text;
  const lead = oneLine ? '\\\tnexthop ' : '\n\tnexthop ';
  return text + route.nexthops.map((path) => lead + pathText(path, family, names)).join('');
}

/** Whether paths stand on lines of their own: IPv6 puts even one there when it comes from a group (it has a weight). */
function severalPaths({ family, nexthops }: Route): boolean {
  return nexthops.length > 1 || (family === uapi.AF_INET6 && nexthops[0]?.weight !== undefined);
}

function pathText(hop: NextHop, family: number, names?: InterfaceName): string {
  const weight = `weight ${hop.weight ?? 1} `;
  return viaText(hop, family) + realmText(hop) + devText(hop, names) + weight + flagsText(hop.flags ?? 0);
}

/** PROC-34: `default`, an address alone for a host, else the prefix. */
function prefixText(prefix: string): string {
  if (prefix === '0.0.0.0/0' || prefix === '::/0') return 'default';
  const [address = '', length] = prefix.split('/');
  return length === (address.includes(':') ? '128' : '32') ? address : prefix;
}

function viaText({ via }: NextHop, family: number): string {
  if (via === undefined) return '';
  const six = via.includes(':');
  if (six === (family === uapi.AF_INET6)) return `via ${via} `;
  return `via ${six ? 'inet6' : 'inet'} ${via} `;
}

function devText({ dev, oif }: NextHop, names?: InterfaceName): string {
  if (dev !== undefined) return `dev ${dev} `;
  return oif === undefined || oif === 0 ? '' : `dev ${names?.(oif) ?? `if${oif}`} `;
}

function flagsText(flags: number): string {
  return flagWords(flags).reduce((text, word) => `${text}${word} `, '');
}

/** CFG-20. */
function realmText({ realm = 0 }: NextHop): string {
  if (realm === 0) return '';
  const from = realm >>> 16;
  const to = nameOf(REALM_NAMES, realm & 0xffff);
  return from === 0 ? `realm ${to} ` : `realms ${nameOf(REALM_NAMES, from)}/${to} `;
}

/** PROC-39: the metrics that are set or locked, by number. */
function metricsText({ metrics = {}, congctl }: Route): string {
  const lock = metrics.lock ?? 0;
  let text = '';
  for (let i = uapi.RTAX_MTU; i <= METRICS.length; i++) {
    const name = METRICS[i - 1]!;
    const locked = lock & (1 << i) ? 'lock ' : '';
    if (i === uapi.RTAX_CC_ALGO) {
      if (congctl !== undefined) text += `congctl ${locked}${congctl} `;
    } else if (metrics[name] !== undefined || locked !== '') {
      text += `${name} ${locked}${metricText(name, metrics[name] ?? 0)}`;
    }
  }
  return text;
}

function metricText(name: keyof Metrics, word: number): string {
  switch (name) {
    case 'rtt':
      return timeText(Math.floor(word / 8));
    case 'rttvar':
      return timeText(Math.floor(word / 4));
    case 'rto_min':
      return timeText(word);
    case 'features':
      return (word & 1 ? 'ecn ' : '') + (word & ~1 ? `0x${word.toString(16)} ` : '');
    default:
      return `${word} `;
  }
}

/** A time: milliseconds below a second, else seconds with six digits at most, as %g of printf(3) has them. */
function timeText(ms: number): string {
  if (ms < 1000) return `${ms}ms `;
  const rounded = Number((ms / 1000).toPrecision(6));
  const seconds = rounded < 1e6 ? String(rounded) : rounded.toExponential().replace(/\+(\d)$/, '+0$1');
  return `${seconds}s `;
}
