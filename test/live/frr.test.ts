/**
 * live/frr.test.ts - FRR's zebra streams what bgpd has learned to a mirror, over restarts and cuts; after each the mirror has
 * the routes of the kernel behind zebra, one by one.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import * as feed from '../../src/feed/index.js';
import { follow, type FollowEvent, type Following } from '../../src/follow/follow.js';
import { Netns } from '../../src/inline.js';
import type { Route } from '../../src/model/route.js';
import { parseRouteText } from '../../src/text/iproute.js';
import { HAS_FRR, Router } from './frr.js';
import { NOT_HERE, Space, sameAsScan, until } from './space.js';

/** The i-th network that the neighbour announces. */
const network = (i: number): string => `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`;

/** A router of ours with a neighbour that announces networks, and a way from its namespace to this one. */
class Pair {
  readonly #subnet = `10.255.${Math.floor(Math.random() * 250)}`;
  readonly space = new Space(1);
  readonly far = new Space(1);
  readonly router = new Router(this.space.name, this.space.name);
  readonly neighbour = new Router(this.far.name, this.far.name);
  /** Where zebra finds us. */
  readonly host = `${this.#subnet}.1`;

  /** @param networks how many the neighbour announces */
  constructor(public networks: number) {
    const link = `hop${process.pid % 100_000}`;
    execFileSync('ip', `link add ${link} type veth peer name up0 netns ${this.space.name}`.split(' '));
    execFileSync('ip', `addr add ${this.host}/24 dev ${link}`.split(' '));
    execFileSync('ip', `link set ${link} up`.split(' '));
    this.space.ip(`addr add ${this.#subnet}.2/24 dev up0`);
    this.space.ip('link set up0 up');
    this.space.ip(`link add v0 type veth peer name v0 netns ${this.far.name}`);
    this.space.ip('addr add 10.80.0.1/24 dev v0');
    this.space.ip('link set v0 up');
    this.far.ip('addr add 10.80.0.2/24 dev v0');
    this.far.ip('link set v0 up');
  }

  async startBgp(): Promise<void> {
    await this.startNeighbour();
    await this.router.start('bgpd', bgp(65000, 1, 2));
  }

  async startNeighbour(): Promise<void> {
    const networks = Array.from({ length: this.networks }, (_, i) => `  network ${network(i)}`);
    await this.neighbour.start('bgpd', `${bgp(65001, 2, 1)} no bgp network import-check
 address-family ipv4 unicast
${networks.join('\n')}
 exit-address-family
`, '-Z'); // prettier-ignore
  }

  /** The neighbour goes, and comes again with so many networks. */
  async grow(networks: number): Promise<void> {
    this.networks = networks;
    await this.neighbour.stop('bgpd');
    await this.startNeighbour();
  }

  /** The neighbour withdraws networks: every third one. */
  withdraw(count: number): void {
    const lines = Array.from({ length: count }, (_, i) => `no network ${network(3 * i)}`);
    this.neighbour.batch(['router bgp 65001', 'address-family ipv4 unicast', ...lines]);
    this.networks -= count;
  }

  /** What bgpd had told the zebra before it does not tell a new one, unless it learns it anew. */
  async announceAgain(): Promise<void> {
    await until(() => this.router.vtysh('show zebra client summary').includes('bgp'));
    this.router.vtysh('clear bgp *');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.router[Symbol.asyncDispose]();
    await this.neighbour[Symbol.asyncDispose]();
    this.space[Symbol.dispose]();
    this.far[Symbol.dispose]();
  }
}

/** The beginning of a configuration: AS `as` at 10.80.0.`me`, its neighbour at 10.80.0.`you`. */
function bgp(as: number, me: number, you: number): string {
  return `router bgp ${as}
 bgp router-id 10.80.0.${me}
 no bgp ebgp-requires-policy
 neighbor 10.80.0.${you} remote-as ${as === 65000 ? 65001 : 65000}
 neighbor 10.80.0.${you} timers connect 1
`;
}

/** A listener and the Netns that follows it. */
class Station {
  readonly events: FollowEvent[] = [];
  readonly following: Following;
  readonly #port: Promise<number>;

  constructor(
    readonly ns: Netns,
    host: string,
    port = 0,
  ) {
    let tell!: (port: number) => void;
    this.#port = new Promise((resolve) => (tell = resolve));
    const source = feed.fpm({ listen: { host, port } }, { onListening: (address) => tell(address.port) });
    this.following = follow(ns, source, {
      onEvent: (event) => {
        if (event.type !== 'part' && event.type !== 'applied') this.events.push(event);
      },
    });
  }

  get port(): Promise<number> {
    return this.#port;
  }

  resyncs(): number {
    return this.events.filter(({ type }) => type === 'resync').length;
  }
}

/** Routes as `table prefix type paths`, paths by index. */
function keys(routes: Iterable<Route>, ifindex: ReadonlyMap<string, number>): string[] {
  return Array.from(routes)
    .filter(({ table }) => table === 254)
    .map(({ dst, type, nexthops }) => {
      const paths = nexthops.map(({ via, dev = '', oif }) => `${via} ${oif ?? ifindex.get(dev)}`);
      return `${dst} ${type} ${paths.join()}`;
    });
}

/** Waits until the mirror has the routes of the kernel, all of them and no more. */
async function same(ns: Netns, { space, networks }: Pair): Promise<void> {
  const links = JSON.parse(space.ip('-j link')) as { ifname: string; ifindex: number }[];
  const ifindex = new Map(links.map((link) => [link.ifname, link.ifindex]));
  const kernel = (): string[] => keys(parseRouteText(space.ip('-4 -N route show table main')), ifindex);
  let want: string[] = [];
  let have: string[] = [];
  let count = 0;
  let since = 0;
  await until(() => {
    const { routes } = ns.stats();
    if (routes !== count) since = Date.now();
    count = routes;
    if (count < networks || Date.now() - since < 500) return false; // reading all of the kernel's takes a while
    since = Date.now();
    want = kernel().sort();
    have = keys(ns.route.each({ table: 'main' }), ifindex).sort();
    return have.length >= networks && want.join() === have.join();
  }, 240).catch(() => {
    assert.deepEqual(new Set(have), new Set(want));
    throw new Error(`${count} routes, expected ${networks} at least`);
  });
  ns.check();
  sameAsScan(ns);
}

/** Stands between zebra and a listener, and cuts connections after so many bytes. */
class Saw {
  readonly #server: Server;
  cuts = 0;

  constructor(host: string, port: number, lengths: readonly number[]) {
    const left = [...lengths];
    this.#server = createServer((zebra) => {
      const station: Socket = connect(port, host);
      const length = left.shift() ?? Infinity;
      let passed = 0;
      const end = (): void => {
        zebra.destroy();
        station.destroy();
      };
      for (const socket of [zebra, station]) socket.on('error', end).on('close', end);
      zebra.on('data', (bytes) => {
        if (passed + bytes.length < length) station.write(bytes);
        else station.end(bytes.subarray(0, length - passed), end);
        if (passed < length && passed + bytes.length >= length) this.cuts++;
        passed += bytes.length;
      });
    });
  }

  async listen(host: string): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }
}

const MODULES = [
  ['dplane_fpm_nl', 'with nexthop groups', 10_000, 100_000],
  ['dplane_fpm_nl', 'plain', 1000, 10_000],
  ['fpm:netlink', 'plain', 1000, 10_000],
] as const;

describe.skipIf(NOT_HERE !== undefined || !HAS_FRR)('FRR', () => {
  test.each(MODULES)('%s %s: %d routes, then %d, restarts, cuts', async (module, form, few, many) => {
    await using pair = new Pair(few);
    const { router, host } = pair;
    using ns = Netns.create();
    let station = new Station(ns, host);
    const port = await station.port;
    const zebra = (to: number): Promise<void> => {
      const where =
        module === 'fpm:netlink' ? `fpm connection ip ${host} port ${to}` : `fpm address ${host} port ${to}`;
      const groups = module === 'dplane_fpm_nl' && form === 'plain' ? 'no fpm use-next-hop-groups\n' : '';
      return router.start('zebra', `${where}\n${groups}`, '-M', module, '-s', '90000000');
    };
    await zebra(port);
    await pair.startBgp();
    await same(ns, pair);
    await station.following.synced;

    // many more come, and some go
    await pair.grow(many);
    await same(ns, pair);
    pair.withdraw(few / 10);
    await same(ns, pair);

    // zebra goes and comes again
    const before = station.resyncs();
    await router.stop('zebra', 'SIGTERM');
    await until(() => station.events.some(({ type }) => type === 'closed'));
    expect(ns.stats().routes).toBeGreaterThan(pair.networks); // what it told stays
    await zebra(port);
    await until(() => station.resyncs() > before, 180);
    await pair.announceAgain();
    await same(ns, pair);

    // the listener goes and comes again
    await station.following.close();
    station = new Station(ns, host, port);
    await station.following.synced;
    await same(ns, pair);

    // zebra is killed, and then its connections are cut in the middle of frames
    const saw = new Saw(host, port, [1, 1003, 20_001, 100_003]);
    const other = await saw.listen(host);
    await router.stop('zebra', 'SIGKILL');
    await zebra(other);
    await pair.announceAgain();
    await until(() => saw.cuts === 4, 180);
    const cut = station.resyncs();
    await until(() => station.resyncs() > cut, 180);
    await same(ns, pair);
    expect(station.events.some((event) => event.type === 'closed' && event.error !== undefined)).toBe(true);
    saw.close();
    await station.following.close();
  });
});
