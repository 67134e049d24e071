/**
 * model/cache-life.ts - a route cache's life by chance: lookups, changes, holders, the clock, sysctls, what the network
 * tells. Every step is done to a `CachePair`, which compares the cache with its model after it.
 */
import { Chance } from '../kernel/chance.js';
import { parseAddress4 } from '../../src/text/address.js';
import { CachePair } from './cache-pair.js';
import type { Entry, Key, Limits } from './route-cache.js';

/** eth2 has 10.0.2.1/24, eth3 10.0.3.1/24; eth2 leads to the default gateway. */
const DEVICES = [2, 3];
const SUBNETS = DEVICES.map((index) => `10.0.${index}.`);

/** Addresses that collide: ours, neighbours, far ones, groups, broadcasts, and those that no packet has. */
const ADDRESSES = [
  ...SUBNETS.flatMap((net) => [1, 9, 10, 11, 255].map((host) => net + host)),
  ...['20.0.0.1', '20.1.0.1', '20.1.1.1', '30.0.0.1', '40.0.0.1', '50.0.0.1', '60.0.0.1', '8.8.8.8'],
  ...['0.0.0.0', '127.0.0.1', '224.0.0.1', '239.1.1.1', '255.255.255.255', '0.1.2.3'],
].map(parseAddress4);
const NEAR = SUBNETS.map((net) => parseAddress4(`${net}9`));

const DEFAULTS = [
  { via: '10.0.2.9', table: 254 },
  { via: '10.0.3.9', table: 100 },
] as const;

/** Routes that come and go, as `ns.route.add` takes them. */
const ROUTES = [
  ['20.0.0.0/8', { via: '10.0.2.9' }],
  ['20.1.0.0/16', { via: '10.0.3.9' }],
  ['20.1.1.0/24', { dev: 'eth3' }],
  ['30.0.0.0/8', { type: 'unreachable' }],
  ['40.0.0.0/8', { type: 'prohibit' }],
  ['50.0.0.0/8', { type: 'blackhole' }],
  ['60.0.0.0/8', { via: '10.0.2.11', tos: 0x10 }],
  ['8.8.8.8/32', { via: '10.0.2.11' }],
  ['8.0.0.0/8', { via: '10.0.3.11' }],
] as const;

/** Rules that come and go. */
const RULES = [
  { from: '10.0.2.10', table: 100, priority: 100 },
  { to: '20.1.0.0/16', type: 'prohibit', priority: 200 },
  { fwmark: 7, table: 100, priority: 300 },
  { tos: 0x10, table: 100, priority: 400 },
] as const;

/** Limits that change, by the name of their sysctl: what a new value may be, and the unit in ticks. */
const SYSCTLS: Readonly<
  Record<string, readonly [limit: keyof Limits, unit: number, values: readonly number[]]>
> = {
  gc_thresh: ['gcThresh', 1, [1, 4, 8, 32]],
  max_size: ['maxSize', 1, [8, 24, 64, 128]],
  gc_min_interval_ms: ['gcMinInterval', 1, [0, 10, 500]],
  gc_timeout: ['gcTimeout', 1000, [1, 10, 300]],
  gc_interval: ['gcInterval', 1000, [1, 20, 60]],
  gc_elasticity: ['gcElasticity', 1, [1, 2, 8]],
  redirect_load: ['redirectLoad', 1, [1, 20]],
  redirect_number: ['redirectNumber', 1, [2, 9]],
  redirect_silence: ['redirectSilence', 1, [500, 20480]],
  error_cost: ['errorCost', 1, [100, 1000]],
  error_burst: ['errorBurst', 1, [500, 5000]],
  mtu_expires: ['mtuExpires', 1000, [1, 600]],
  min_pmtu: ['minPmtu', 1, [100, 552]],
};

/** Keys that are asked again. */
const RECENT = 12;
/** The last one has a bit that keys do not hold (D14). */
const TOS = [
  [70, 0],
  [20, 0x10],
  [5, 0x08],
  [5, 0x02],
] as const;

type Step = (life: CacheLife) => void;

export class CacheLife {
  readonly pair: CachePair;
  readonly chance: Chance;
  readonly #held: Entry[] = [];
  readonly #asked: Key[] = [];
  readonly #rules = new Set<number>();

  constructor(entries: number, seed: number) {
    this.chance = new Chance(seed);
    this.pair = new CachePair(entries, seed);
    const { pair } = this;
    const setUp = (run: Parameters<CachePair['change']>[1]): unknown => pair.change('anything', run);
    setUp((ns) => ns.link.set('lo', { up: true }));
    for (const index of DEVICES) {
      setUp((ns) => ns.link.add({ name: `eth${index}`, index, up: true }));
      setUp((ns) => ns.address.add(`10.0.${index}.1/24`, { dev: `eth${index}`, broadcast: '+' }));
    }
    this.#addDefaults();
    setUp((ns) => ns.sysctl.set('net.ipv4.ip_forward', 1));
    pair.compare();
  }

  /** One step and the comparison after it. */
  step(): void {
    this.chance.weigh(STEPS)(this);
    this.pair.compare();
  }

  close(): void {
    this.pair.ns.close();
    this.pair.twin.close();
  }

  // ---- steps

  lookup(): void {
    const { chance } = this;
    const key = chance.odds(60) && this.#asked.length > 0 ? chance.pick(this.#asked) : this.#newKey();
    this.#asked.unshift(key);
    if (this.#asked.length > RECENT) this.#asked.pop();
    this.pair.ask(key);
  }

  #newKey(): Key {
    const { chance } = this;
    const isInput = chance.odds(50);
    return {
      dst: chance.pick(ADDRESSES),
      src: chance.odds(isInput ? 5 : 60) ? 0 : chance.pick(ADDRESSES),
      tos: chance.weigh(TOS),
      oif: !isInput && chance.odds(20) ? chance.pick(DEVICES) : 0,
      iif: isInput ? chance.pick(DEVICES) : 0,
      mark: chance.odds(10) ? 7 : 0,
    };
  }

  #entry(): Entry | undefined {
    const { live } = this.pair;
    return live.length === 0 ? undefined : this.chance.pick(live);
  }

  hold(): void {
    const entry = this.#entry();
    if (entry === undefined) return;
    if (this.chance.odds(50)) this.pair.hold(entry);
    else this.pair.use(entry);
    this.#held.push(entry);
  }

  release(): void {
    const i = this.chance.below(this.#held.length || 1);
    const [entry] = this.#held.splice(i, 1);
    if (entry !== undefined) this.pair.release(entry);
  }

  clock(): void {
    this.pair.advance(
      this.chance.weigh([
        [50, this.chance.below(20)],
        [30, this.chance.below(1000)],
        [15, this.chance.below(20_000)],
        [5, this.chance.below(400_000)],
      ]),
    );
  }

  route(): void {
    const [prefix, route] = this.chance.pick(ROUTES);
    const has = this.pair.twin.route.get(prefix, 'tos' in route ? { tos: route.tos } : {}) !== undefined;
    if (has) this.pair.change('anything', (ns) => ns.route.del(prefix, route));
    else this.pair.change('invalidate', (ns) => ns.route.add(prefix, route));
  }

  rule(): void {
    const i = this.chance.below(RULES.length);
    const rule = RULES[i]!;
    if (this.#rules.delete(i)) this.pair.change('invalidate', (ns) => ns.rule.del(rule));
    else {
      this.#rules.add(i);
      this.pair.change('invalidate', (ns) => ns.rule.add(rule));
    }
  }

  address(): void {
    const dev = `eth${this.chance.pick(DEVICES)}`;
    const address = `10.0.${this.chance.pick(DEVICES)}.${this.chance.pick([10, 77])}/24`;
    const has = this.pair.twin.address.list().some((a) => a.address === address && a.dev === dev);
    if (has) this.pair.change('invalidate', (ns) => ns.address.del(address, { dev }));
    else this.pair.change('invalidate', (ns) => ns.address.add(address, { dev }));
  }

  /** A link goes down and comes back; its routes went with it. */
  link(): void {
    const { pair } = this;
    const dev = `eth${this.chance.pick(DEVICES)}`;
    pair.advance(1000); // the last report of carrier is long ago
    pair.change('purge', (ns) => ns.link.set(dev, { up: false }));
    pair.compare();
    pair.change('invalidate', (ns) => ns.link.set(dev, { up: true }));
    pair.compare();
    this.#addDefaults();
  }

  #addDefaults(): void {
    for (const route of DEFAULTS) {
      if (this.pair.twin.route.get('default', { table: route.table }) !== undefined) continue;
      this.pair.change('invalidate', (ns) => ns.route.add('default', route));
    }
  }

  forwarding(): void {
    const value = Number(this.pair.twin.sysctl.get('net.ipv4.ip_forward') === 0);
    this.pair.change('purge', (ns) => ns.sysctl.set('net.ipv4.ip_forward', value));
  }

  limit(): void {
    const name = this.chance.pick(Object.keys(SYSCTLS));
    const [limit, unit, values] = SYSCTLS[name]!;
    const value = this.chance.pick(values);
    this.pair.ns.sysctl.set(`net.ipv4.route.${name}`, value);
    this.pair.model.limits[limit] = value * unit;
  }

  neighbours(): void {
    const bound = this.chance.pick([2, 4, 1000]);
    this.pair.ns.sysctl.set('net.ipv4.neigh.default.gc_thresh3', bound);
    this.pair.model.neighbourBound = bound;
  }

  secret(): void {
    const seconds = this.chance.pick([0, 30, 600]);
    this.pair.ns.sysctl.set('net.ipv4.route.secret_interval', seconds);
    this.pair.model.setSecretInterval(seconds * 1000);
  }

  rebuilds(): void {
    const count = this.pair.model.rebuilds + this.chance.pick([-1, 1, 2, 3, 4]);
    this.pair.ns.sysctl.set('net.ipv4.rt_cache_rebuild_count', count);
    this.pair.model.limits.rebuildCount = count;
  }

  flush(): void {
    const delay = this.chance.pick([-1, 0, 5]);
    this.pair.ns.cache.flush(delay);
    this.pair.model.flush(delay);
  }

  redirect(): void {
    const { chance, pair } = this;
    const entry = this.#entry();
    const device = chance.pick(DEVICES);
    const { dst, src, gateway, oif } =
      entry !== undefined && chance.odds(80)
        ? entry
        : {
            dst: chance.pick(ADDRESSES),
            src: chance.pick(ADDRESSES),
            gateway: chance.pick(NEAR),
            oif: device,
          };
    if (!DEVICES.includes(oif)) return;
    const to = chance.pick([...NEAR, parseAddress4(`10.0.${oif}.10`), parseAddress4(`10.0.${oif}.11`)]);
    const isReachable = chance.odds(80);
    pair.redirect({ from: gateway, dst, to, src, oif, isReachable });
  }

  tooLong(): void {
    const { chance, pair } = this;
    const entry = this.#entry();
    if (entry === undefined) return;
    const mtu = chance.pick([0, 40, 67, 68, 500, 576, 1000, 1400, 1499, 1500]);
    const length = chance.pick([60, 576, 1000, 1500, 9000]);
    const oif = chance.odds(70) ? entry.oif : chance.pick(DEVICES);
    pair.fragNeeded(entry.dst, entry.src, oif, mtu, length);
  }

  learn(): void {
    const { chance, pair } = this;
    const entry = this.#entry();
    if (entry === undefined) return;
    switch (chance.below(4)) {
      case 0:
        return pair.updateMtu(entry, chance.pick([60, 68, 500, 1000, 1400, 1500]));
      case 1:
        return pair.linkFailure(entry);
      case 2:
        return pair.sendError(entry);
      default:
        return pair.sendRedirect(entry);
    }
  }

  advice(): void {
    if (this.#held.length === 0) return;
    const i = this.chance.below(this.#held.length);
    if (!this.pair.mayGoOn(this.#held[i]!)) this.#held.splice(i, 1);
  }
}

const STEPS: readonly (readonly [number, Step])[] = [
  [700, (life) => life.lookup()],
  [50, (life) => life.hold()],
  [55, (life) => life.release()],
  [60, (life) => life.clock()],
  [10, (life) => life.route()],
  [3, (life) => life.rule()],
  [3, (life) => life.address()],
  [1, (life) => life.link()],
  [2, (life) => life.forwarding()],
  [8, (life) => life.limit()],
  [2, (life) => life.neighbours()],
  [2, (life) => life.secret()],
  [3, (life) => life.rebuilds()],
  [4, (life) => life.flush()],
  [20, (life) => life.redirect()],
  [20, (life) => life.tooLong()],
  [30, (life) => life.learn()],
  [10, (life) => life.advice()],
];
