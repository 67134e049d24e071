/**
 * kernel/route.ts - RTM_NEWROUTE and RTM_DELROUTE: random ones, their bytes, their `ip` words.
 */
import {
  AF_INET,
  AF_INET6,
  MSG,
  NLM,
  RTA,
  attr,
  be32,
  cat,
  given,
  ipText,
  linkLocal6,
  message,
  u16,
  u32,
  u8,
} from './bytes.js';
import { type Device, type Net, type Request, type World } from './world.js';

/** One path of a route. A gateway is an IPv4 address, or the last byte of a link-local IPv6 one. */
interface Hop {
  readonly device?: Device | undefined;
  readonly gateway?: number | undefined;
  readonly gateway6?: number | undefined;
  readonly realm?: number | undefined;
  readonly weight: number;
  readonly flags: number;
}

interface Route {
  readonly remove: boolean;
  /** NLM_F_* beside REQUEST and ACK. */
  readonly mode: number;
  readonly net: Net;
  readonly tos: number;
  readonly table: number;
  readonly protocol: number;
  readonly scope: number;
  readonly type: number;
  readonly flags: number;
  readonly metric?: number | undefined;
  readonly prefsrc?: number | undefined;
  readonly nexthop?: number | undefined;
  readonly metrics: readonly (readonly [number, number])[];
  /** None, the only path, or several of them. */
  readonly hops: readonly Hop[];
  readonly multipath: boolean;
}

const ONLINK = 4;
const UNICAST = 1;
const TYPES =
  'unspec unicast local broadcast anycast multicast blackhole unreachable prohibit throw nat xresolve';
const METRICS =
  'lock mtu window rtt rttvar ssthresh cwnd advmss reordering hoplimit initcwnd features rto_min initrwnd quickack';
/** What `ip route` sends for its words (CFG-54). */
const MODES = new Map<number, string>([
  [NLM.CREATE | NLM.EXCL, 'add'],
  [NLM.CREATE | NLM.APPEND, 'append'],
  [NLM.CREATE, 'prepend'],
  [NLM.CREATE | NLM.REPLACE, 'replace'],
  [NLM.REPLACE, 'change'],
  [NLM.EXCL, 'test'],
]);

/** Makes route requests of one scenario; half of them concern a route that was asked for before. */
export class Routes {
  readonly #world: World;
  readonly #asked: Route[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  add(): Request {
    const { chance } = this.#world;
    const old = this.#asked.length > 0 && chance.odds(40) ? chance.pick(this.#asked) : undefined;
    const route = old ? { ...this.#changed(old), remove: false, mode: this.#mode() } : this.#fresh();
    this.#asked.push(route);
    return request(route);
  }

  remove(): Request {
    const { chance } = this.#world;
    if (this.#asked.length === 0 || chance.odds(8))
      return request({ ...this.#fresh(), remove: true, mode: 0 });
    const old = chance.pick(this.#asked);
    const route = chance.odds(20) ? this.#changed(old) : old;
    return request({ ...this.#lessSaid(route), remove: true, mode: chance.odds(2) ? NLM.EXCL : 0 });
  }

  /** Flags of an addition: the words of `ip route` mostly, any bits sometimes. */
  #mode(): number {
    const { chance } = this.#world;
    if (chance.odds(6)) return chance.below(16) << 8;
    return chance.weigh([
      [40, NLM.CREATE | NLM.EXCL],
      [15, NLM.CREATE | NLM.APPEND],
      [15, NLM.CREATE],
      [20, NLM.CREATE | NLM.REPLACE],
      [8, NLM.REPLACE],
      [2, NLM.EXCL],
    ]);
  }

  #fresh(): Route {
    const world = this.#world;
    const { chance } = world;
    const type = chance.odds(82)
      ? UNICAST
      : chance.weigh([
          [10, 2],
          [4, 3],
          [2, 4],
          [3, 5],
          [15, 6],
          [15, 7],
          [15, 8],
          [15, 9],
          [1, 10],
          [1, 0],
          [1, 12],
        ]);
    const rejects = type >= 6 && type <= 9;
    const nexthop = chance.maybe(rejects ? 2 : world.objects.length > 0 ? 20 : 2, () => world.object());
    const multipath = nexthop === undefined && chance.odds(rejects ? 1 : 22);
    const hops = this.#hops(multipath, nexthop !== undefined || (rejects && chance.odds(97)));
    return {
      remove: false,
      mode: this.#mode(),
      net: chance.odds(2) ? { base: world.target(), length: chance.below(34) } : world.net(),
      tos: world.tos(),
      table: world.table(),
      protocol: chance.pick([3, 4, 4, 186, 99]),
      scope: this.#scope(type, hops),
      type,
      flags: chance.odds(6) ? ONLINK : chance.odds(0.7) ? chance.pick([1, 2, 16, 0x100, 0x400]) : 0,
      metric: chance.maybe(25, () => chance.pick([0, 1, 5, 100, 0xffffffff])),
      prefsrc: chance.maybe(10, () => world.source()),
      nexthop,
      metrics: chance.odds(10) ? this.#metrics() : [],
      hops,
      multipath,
    };
  }

  /** The scope `ip route` would choose, mostly. */
  #scope(type: number, hops: readonly Hop[]): number {
    const { chance } = this.#world;
    if (chance.odds(6)) return chance.pick([0, 200, 253, 254, 255]);
    if (type === 2) return 254;
    if (type >= 3 && type <= 5) return 253;
    const direct =
      hops.length === 1 && hops.every((hop) => hop.gateway === undefined && hop.gateway6 === undefined);
    return type === UNICAST && direct ? 253 : 0;
  }

  #hops(multipath: boolean, none: boolean): Hop[] {
    const { chance } = this.#world;
    if (none) return [];
    if (!multipath) return [this.#hop()];
    return Array.from(
      {
        length: chance.weigh([
          [5, 1],
          [60, 2],
          [25, 3],
          [10, 5],
        ]),
      },
      () => this.#hop(),
    );
  }

  #hop(): Hop {
    const world = this.#world;
    const { chance } = world;
    const kind = chance.below(100);
    const six = kind >= 95;
    const gateway = kind < 70 || (kind < 72 && six);
    return {
      device: chance.maybe(gateway ? 35 : 98, () => world.device()),
      gateway: gateway ? world.gateway() : undefined,
      gateway6: six ? 1 + chance.below(3) : undefined,
      realm: chance.maybe(3, () => chance.pick([3, 0x10002])),
      weight: chance.pick([1, 1, 1, 2, 3, 10, 256]),
      flags: chance.odds(5) ? ONLINK : chance.odds(1) ? chance.pick([1, 2, 16]) : 0,
    };
  }

  #metrics(): [number, number][] {
    const { chance } = this.#world;
    return Array.from({ length: 1 + chance.below(3) }, () => [
      chance.weigh([
        [30, 2],
        [10, 1],
        [10, 8],
        [10, 10],
        [10, 4],
        [5, 12],
        [20, 3 + chance.below(13)],
        [1, 17],
        [1, 18],
      ]),
      chance.pick([0, 1, 2, 64, 300, 1400, 9000, 70_000]),
    ]);
  }

  /** The route with one thing another way. */
  #changed(route: Route): Route {
    const other = this.#fresh();
    return this.#world.chance.pick<Route>([
      { ...route, hops: other.hops, multipath: other.multipath, nexthop: other.nexthop },
      { ...route, hops: [...route.hops].reverse() },
      { ...route, tos: other.tos },
      { ...route, metric: other.metric },
      { ...route, type: other.type },
      { ...route, scope: other.scope },
      { ...route, protocol: other.protocol },
      { ...route, prefsrc: other.prefsrc },
      { ...route, metrics: other.metrics },
      { ...route, table: other.table },
      { ...route, net: other.net },
      route,
    ]);
  }

  /** A deletion need not say everything; what it leaves out is a wildcard (CFG-58). */
  #lessSaid(route: Route): Route {
    const { chance } = this.#world;
    const vague = chance.odds(60);
    return {
      ...route,
      scope: chance.odds(85) ? 255 : route.scope,
      protocol: chance.odds(70) ? 0 : route.protocol,
      type: chance.odds(50) ? 0 : route.type,
      metric: chance.odds(40) ? undefined : route.metric,
      prefsrc: chance.odds(60) ? undefined : route.prefsrc,
      metrics: chance.odds(60) ? [] : route.metrics,
      hops: vague ? [] : chance.odds(10) ? route.hops.slice(0, 1) : route.hops,
      multipath: !vague && route.multipath,
      nexthop: vague ? undefined : route.nexthop,
    };
  }
}

/** Metric numbers with values, as RTA_METRICS nests them. */
const metricsOf = (list: Route['metrics']): Uint8Array[] =>
  list.map(([type, value]) => attr(type, u32(value)));

const hopAttrs = ({ gateway, gateway6, realm }: Hop): Uint8Array =>
  cat(
    given(gateway, (host) => attr(RTA.GATEWAY, be32(host))),
    given(gateway6, (host) => attr(RTA.VIA, u16(AF_INET6), linkLocal6(host))),
    given(realm, (value) => attr(RTA.FLOW, u32(value))),
  );

/** struct rtnexthop and its attributes */
function record(hop: Hop): Uint8Array {
  const attrs = hopAttrs(hop);
  return cat(u16(8 + attrs.length), u8(hop.flags, hop.weight - 1), u32(hop.device?.index ?? 0), attrs);
}

function paths({ hops, multipath }: Route): Uint8Array {
  if (multipath) return attr(RTA.MULTIPATH, ...hops.map(record));
  return cat(
    ...hops.map((hop) =>
      cat(
        given(hop.device, ({ index }) => attr(RTA.OIF, u32(index))),
        hopAttrs(hop),
      ),
    ),
  );
}

function bytesOf(route: Route): Uint8Array {
  const { net, tos, table, protocol, scope, type, flags, metrics } = route;
  return message(
    route.remove ? MSG.DELROUTE : MSG.NEWROUTE,
    NLM.REQUEST | NLM.ACK | route.mode,
    u8(AF_INET, net.length, 0, tos, table < 256 ? table : 252, protocol, scope, type),
    u32(flags),
    net.length > 0 ? attr(RTA.DST, be32(net.base)) : u8(),
    table < 256 ? u8() : attr(RTA.TABLE, u32(table)),
    given(route.metric, (value) => attr(RTA.PRIORITY, u32(value))),
    given(route.prefsrc, (value) => attr(RTA.PREFSRC, be32(value))),
    metrics.length > 0 ? attr(RTA.METRICS, ...metricsOf(metrics)) : u8(),
    given(route.nexthop, (id) => attr(RTA.NH_ID, u32(id))),
    paths(route),
  );
}

const name = (names: string, index: number): string => names.split(' ')[index] ?? `${index}`;

function hopWords({ device, gateway, gateway6, realm }: Hop): string[] {
  return [
    gateway === undefined ? '' : `via ${ipText(gateway)}`,
    gateway6 === undefined ? '' : `via inet6 fe80::${gateway6.toString(16)}`,
    device ? `dev ${device.name}` : '',
    realm === undefined ? '' : `realm ${realm >>> 16}/${realm & 0xffff}`,
  ];
}

function recordWords(hop: Hop): string[] {
  const flags = hop.flags === ONLINK ? 'onlink' : hop.flags ? `[flags ${hop.flags}]` : '';
  return ['nexthop', ...hopWords(hop), `weight ${hop.weight}`, flags];
}

function wordsOf(route: Route): string {
  const { net, flags, mode, metrics, multipath, hops } = route;
  const verb = route.remove
    ? mode
      ? 'del [bulk]'
      : 'del'
    : (MODES.get(mode) ?? `add [mode 0x${mode.toString(16)}]`);
  const parts = [
    `ip route ${verb}`,
    route.remove && route.type === 0 ? '' : name(TYPES, route.type),
    `${ipText(net.base)}/${net.length}`,
    route.tos ? `tos 0x${route.tos.toString(16)}` : '',
    route.table === 254 ? '' : `table ${route.table}`,
    route.remove && route.protocol === 0 ? '' : `proto ${route.protocol}`,
    route.remove && route.scope === 255 ? '' : `scope ${route.scope}`,
    route.metric === undefined ? '' : `metric ${route.metric}`,
    route.prefsrc === undefined ? '' : `src ${ipText(route.prefsrc)}`,
    ...metrics.map(([type, value]) => `${name(METRICS, type - 1)} ${value}`),
    route.nexthop === undefined ? '' : `nhid ${route.nexthop}`,
    flags === ONLINK ? 'onlink' : flags ? `[flags 0x${flags.toString(16)}]` : '',
    ...hops.flatMap(multipath ? recordWords : hopWords),
  ];
  return parts.filter(Boolean).join(' ');
}

const request = (route: Route): Request => ({ bytes: bytesOf(route), words: wordsOf(route) });
