/**
 * netns/town.ts - a Netns with something of everything, and everything that can be seen of one: for snapshots.
 */
import { Endpoint } from '../../src/endpoint/endpoint.js';
import type { Flow } from '../../src/model/flow.js';
import type { Netns } from '../../src/netns.js';

/** What differs between towns. */
export interface TownPlan {
  /** Numbers places and values; the same seed, the same town. */
  readonly seed?: number;
  /** Routes of table main besides those that are there for what they are. */
  readonly routes?: number;
  /** False leaves the rules of a fresh namespace, and local in main's trie. */
  readonly rules?: boolean;
}

/** A small generator of chance (mulberry32): the same seed, the same numbers. */
export function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Builds a town: links of all kinds, addresses, routes of all types, objects, groups, tables, rules, sysctls, time. */
export function settle<N extends Netns>(ns: N, { seed = 1, routes = 60, rules = true }: TownPlan = {}): N {
  const below = chance(seed);
  layLinks(ns);
  layNexthops(ns);
  layRoutes(ns, below, routes);
  if (rules) layRules(ns);
  ns.sysctl.set('net.ipv4.fib_multipath_hash_policy', 1);
  ns.sysctl.set('net.ipv4.conf.eth0.rp_filter', 2);
  ns.sysctl.set('net.ipv4.conf.eth0.arp_accept', 1);
  ns.sysctl.set('net.ipv4.conf.default.arp_ignore', 2);
  ns.sysctl.set('net.ipv4.ip_default_ttl', 99);
  ns.advance(1234);
  ns.link.set('eth1', { carrier: false }); // told with the next reports
  ns.link.set('eth2', { carrier: false });
  for (const dst of ['10.9.1.1', '10.9.2.2', '203.0.113.9'])
    ns.tryLookup({ dst, sport: below(9), ipproto: 17 });
  ns.advance(5);
  ns.gateway.list();
  ns.gateway.classic({ dev: 'eth0', listen: false }).add('192.0.2.77', '10.0.0.0');
  return ns;
}

function layLinks(ns: Netns): void {
  ns.link.set('lo', { up: true });
  for (let i = 0; i < 4; i++) ns.link.add({ name: `eth${i}`, index: 10 + i });
  ns.link.add({ name: 'veth0', kind: 'veth', peer: 'veth1' });
  ns.link.add({ name: 'br0', kind: 'bridge' });
  ns.link.set('veth1', { master: 'br0' });
  ns.link.add({ name: 'red', kind: 'vrf', table: 1001 });
  ns.link.set('eth3', { master: 'red' });
  ns.link.add({ name: 'gone', kind: 'ifb' });
  ns.link.del('gone');
  ns.address.add('192.0.2.1/24', { dev: 'eth0' });
  ns.address.add('192.0.2.2/24', { dev: 'eth0', label: 'eth0:x' });
  ns.address.add('198.51.100.1/25', { dev: 'eth1', validSeconds: 900, preferredSeconds: 300 });
  ns.address.add('10.64.0.1/30', { dev: 'eth3' });
  ns.address.add('10.65.0.1/30', { dev: 'veth0', peer: '10.65.0.2/32' });
}

function layNexthops(ns: Netns): void {
  ns.nexthop.add({ id: 1, via: '192.0.2.11', dev: 'eth0' });
  ns.nexthop.add({ id: 2, via: '192.0.2.12', dev: 'eth0' });
  ns.nexthop.add({ id: 3, dev: 'eth1' });
  ns.nexthop.add({ id: 4, blackhole: true });
  ns.nexthop.add({ id: 5, via: '2001:db8::5', dev: 'eth0' });
  ns.nexthop.add({ id: 20, group: [{ id: 1 }, { id: 2, weight: 3 }] });
  ns.nexthop.add({ id: 21, group: [{ id: 2 }, { id: 3 }, { id: 1 }], type: 'resilient', buckets: 6 });
  ns.nexthop.add({ id: 22, group: [{ id: 3 }] });
  ns.nexthop.add({ id: 30, dev: 'eth2' });
  ns.nexthop.del(30);
}

function layRoutes(ns: Netns, below: (n: number) => number, routes: number): void {
  const via = (n: number) => ({ via: `192.0.2.${n}`, dev: 'eth0' });
  ns.route.add('0.0.0.0/0', { ...via(254), metric: 100 });
  ns.route.add('0.0.0.0/0', { ...via(253), metric: 200, table: 'default' });
  ns.route.add('10.9.0.0/16', { nexthops: [via(11), { ...via(12), weight: 7 }, { dev: 'eth1' }] });
  ns.route.add('10.9.1.0/24', { nhid: 20 });
  ns.route.add('10.9.2.0/24', { nhid: 21, prefsrc: '192.0.2.1' });
  ns.route.add('10.9.3.0/24', { nhid: 4 });
  ns.route.add('10.9.4.0/24', { nhid: 22, metric: 5 });
  ns.route.add('10.9.5.0/24', { ...via(11), tos: 16, metrics: { mtu: 1400, advmss: 1300 } });
  ns.route.append('10.9.5.0/24', { ...via(12), realm: 0x10002 });
  for (const [i, type] of (['blackhole', 'unreachable', 'prohibit', 'throw'] as const).entries()) {
    ns.route.add(`10.10.${i}.0/24`, { type });
    ns.route.add(`10.11.${i}.0/24`, { type, table: 100 + i });
  }
  ns.route.add('127.5.0.0/16', { type: 'local', dev: 'lo' });
  ns.route.add('10.12.0.0/16', { dev: 'eth3', table: 1001 });
  for (let i = 0; i < routes; i++) {
    const length = 8 + below(25);
    const address = (((11 << 24) | below(1 << 24)) & (0xffffffff << (32 - length))) >>> 0;
    ns.route.replace({ address, length }, { ...via(2 + below(9)), metric: below(3) });
    if (below(4) === 0) ns.route.del({ address, length });
  }
}

function layRules(ns: Netns): void {
  ns.rule.add({ from: '10.64.0.0/16', table: 100, priority: 100 });
  ns.rule.add({ fwmark: 7, goto: 500, priority: 200 });
  ns.rule.add({ iif: 'eth0', oif: 'nowhere', action: 'prohibit', priority: 500 });
  ns.rule.add({ l3mdev: true, priority: 1000 });
  ns.rule.add({ dport: { start: 1, end: 99 }, ipproto: 6, table: 102, priority: 1001, realms: 0x30004 });
  ns.rule.add({ to: '10.12.0.0/16', suppressPrefixLength: 0, table: 'main', priority: 1002 });
  ns.rule.del({ priority: 1002 });
}

/** Destinations that lead everywhere. */
const DESTINATIONS = [
  '10.9.0.1',
  '10.9.1.1',
  '10.9.2.2',
  '10.9.3.3',
  '10.9.4.4',
  '10.9.5.5',
  '10.10.0.1',
  '10.10.1.1',
  '10.10.3.1',
  '10.12.1.1',
  '11.1.2.3',
  '11.200.7.7',
  '127.5.1.1',
  '192.0.2.1',
  '192.0.2.255',
  '8.8.8.8',
];

/** What a call gives, or the name of the errno that it throws. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code;
    throw error;
  }
}

/** Answers of all doors for all destinations. */
export function answers(ns: Netns): unknown {
  const dsts = Uint32Array.from(
    { length: 256 },
    (_, i) => (Math.imul(i, 0x9e3779b9) & 0x3ffffff) + (8 << 24),
  );
  const out = new Uint32Array(dsts.length);
  ns.lookupBatch(dsts, out);
  const flows = (dst: string): Flow[] => [
    { dst, src: '10.64.0.9', sport: 5, dport: 7, ipproto: 6 },
    { dst, mark: 7, tos: 16 },
    { dst, table: 1001 },
    { dst, src: '192.0.2.77', iif: 10 },
  ];
  return {
    batch: [...out],
    single: DESTINATIONS.map((dst) => ns.tryLookup(dst)),
    flows: DESTINATIONS.map((dst) => flows(dst).map((flow) => outcome(() => ns.lookup(flow)))),
    output: DESTINATIONS.map((dst) => outcome(() => ns.route.output({ dst, sport: 1, ipproto: 17 }))),
    input: DESTINATIONS.map((dst) => outcome(() => ns.route.input({ dst, src: '192.0.2.77', iif: 10 }))),
  };
}

/** Requests for a dump: type and body. */
const DUMPS: readonly (readonly [type: number, body: number])[] = [
  [18, 16],
  [22, 8],
  [26, 12],
  [34, 12],
  [106, 8],
  [118, 8],
];

/** What dumps over netlink give, as text. */
export function dumps(ns: Netns): string[] {
  const endpoint = new Endpoint(ns);
  return DUMPS.flatMap(([type, body], seq) => {
    const request = new Uint8Array(16 + body);
    const view = new DataView(request.buffer);
    view.setUint32(0, request.length, true);
    view.setUint16(4, type, true);
    view.setUint16(6, 0x301, true);
    view.setUint32(8, seq, true);
    return endpoint.request(request).map((bytes) => Buffer.from(bytes).toString('hex'));
  });
}

/** Everything that can be seen of a Netns without a question. */
export function visible(ns: Netns): object {
  const { routes, arena } = ns.stats();
  return {
    routes,
    infos: arena.info.blocks,
    tables: ns.tables(),
    list: ns.route.list(),
    links: ns.link.list(),
    addresses: ns.address.list(),
    rules: ns.rule.list(),
    nexthops: ns.nexthop.list(),
    buckets: ns.nexthop.list().map(({ id }) => ns.nexthop.buckets(id)),
    sysctls: ns.sysctl.list(),
    epoch: ns.epoch,
    proc: ['net/fib_trie', 'net/fib_triestat', 'net/route'].map((path) => ns.proc(path)),
  };
}

/** Takes a town apart and builds on it, as far as it lets itself; refusals are part of what comes out. */
export function live(ns: Netns): unknown[] {
  const told: unknown[] = [];
  const stop = ns.notices.subscribe([1, 5, 7, 8, 32], (message) => {
    told.push(Buffer.from(message).toString('hex'));
  });
  const attempt = (call: () => unknown): void => void told.push(outcome(call));
  for (let i = 0; i < 40; i++) {
    attempt(() =>
      ns.route.add({ address: (0x0c000000 + i * 0x10100) >>> 0, length: 24 }, { dev: 'eth0', metric: i & 3 }),
    );
  }
  attempt(() => ns.advance(3000));
  attempt(() => ns.link.set('eth0', { up: false }));
  attempt(() => ns.link.set('eth0', { up: true }));
  attempt(() => ns.nexthop.replace({ id: 21, group: [{ id: 3 }], type: 'resilient' }));
  attempt(() => ns.advance(500_000));
  attempt(() => ns.address.del('192.0.2.1/24', { dev: 'eth0' }));
  attempt(() => ns.link.set('eth1', { name: 'net1' }));
  attempt(() => ns.link.set('br0', { up: false }));
  attempt(() => ns.rule.add({ from: '10.1.0.0/16', table: 9 }));
  for (const { dst, table, tos, metric } of ns.route.list().filter((_, i) => i % 3 === 0)) {
    attempt(() => ns.route.del(dst, { table, tos, metric }));
  }
  for (const { id } of ns.nexthop.list()) attempt(() => ns.nexthop.del(id));
  for (const { name } of ns.link.list()) attempt(() => ns.link.del(name));
  for (const { priority = 0 } of ns.rule.list()) attempt(() => ns.rule.del({ priority }));
  for (let i = 0; i < 20; i++)
    attempt(() => ns.route.add({ address: (i << 20) >>> 0, length: 12 }, { type: 'blackhole' }));
  for (const { dst, table, tos, metric } of ns.route.list())
    attempt(() => ns.route.del(dst, { table, tos, metric }));
  stop();
  return told;
}
