/**
 * kernel/scenario.ts - a random scenario: settings and devices first, then changes of every kind, each in its place.
 */
import { Addresses } from './address.js';
import { Chance } from './chance.js';
import { randomGet } from './get.js';
import { linkEvent, setUp, topology } from './link.js';
import { addNexthop, removeNexthop } from './nexthop.js';
import { type SocketOptions } from './peer.js';
import { Routes } from './route.js';
import { Rules } from './rule.js';
import { World, type Request } from './world.js';

/** A write to /proc/sys/net. */
interface Setting {
  readonly path: string;
  readonly value: number;
  readonly words: string;
}

/** One thing done to both sides. */
export type Step = Request | Setting;

export interface Scenario {
  readonly seed: number;
  readonly socket: SocketOptions;
  /** Settings that every namespace starts with; not to be left out. */
  readonly start: readonly Setting[];
  /** The steps that make devices; leaving one out would renumber those after it. */
  readonly devices: readonly Step[];
  readonly steps: readonly Step[];
  /** The vocabulary after the last step; questions come from it. */
  readonly world: World;
}

const setting = (path: string, value: number): Setting => ({
  path,
  value,
  words: `sysctl -w net.${path.replaceAll('/', '.')}=${value}`,
});

/** A namespace inherits some settings of the first one, so all that matter are written. */
function startOf(chance: Chance): Setting[] {
  const conf = {
    rp_filter: 0,
    accept_local: 0,
    route_localnet: 0,
    ignore_routes_with_linkdown: 0,
    src_valid_mark: 0,
    promote_secondaries: 0,
  };
  const six = chance.odds(30)
    ? { accept_dad: 0, addr_gen_mode: 1, router_solicitations: 0 }
    : { disable_ipv6: 1 };
  const each = (family: string, settings: Record<string, number>): Setting[] =>
    Object.entries(settings).flatMap(([name, value]) =>
      ['all', 'default'].map((group) => setting(`${family}/conf/${group}/${name}`, value)),
    );
  return [
    ...each('ipv6', six),
    ...each('ipv4', conf),
    setting('ipv4/ip_forward', chance.odds(75) ? 1 : 0),
    setting('ipv4/fib_multipath_hash_seed', 1 + chance.below(1000)),
    setting('ipv4/fib_multipath_hash_policy', chance.odds(40) ? 0 : chance.below(4)),
    ...(chance.odds(30) ? [setting('ipv4/fib_multipath_hash_fields', 1 + chance.below(0xfff))] : []),
  ];
}

/** A setting that changes on the way. */
function randomSetting({ chance, devices }: World): Setting {
  const device = chance.odds(50) ? 'all' : chance.pick(devices).name;
  return chance.pick([
    () => setting(`ipv4/conf/${device}/rp_filter`, chance.below(3)),
    () => setting(`ipv4/conf/${device}/ignore_routes_with_linkdown`, chance.below(2)),
    () => setting(`ipv4/conf/${device}/promote_secondaries`, chance.below(2)),
    () => setting(`ipv4/conf/${device}/accept_local`, chance.below(2)),
    () => setting(`ipv4/conf/${device}/src_valid_mark`, chance.below(2)),
    () => setting(`ipv4/conf/${device}/route_localnet`, chance.below(2)),
    () => setting(`ipv4/conf/${device}/forwarding`, chance.below(2)),
    () => setting('ipv4/ip_forward', chance.below(2)),
    () => setting('ipv4/fib_multipath_hash_policy', chance.below(4)),
    () => setting('ipv4/fib_multipath_hash_fields', 1 + chance.below(0xfff)),
    () => setting('ipv4/fib_multipath_hash_seed', chance.below(1000)),
    () => setting('ipv4/nexthop_compat_mode', chance.below(2)),
  ])();
}

/** The scenario of a seed, with so many changes after its devices have addresses. */
export function makeScenario(seed: number, changes: number): Scenario {
  const chance = new Chance(seed);
  const socket = { extAck: chance.odds(92), capAck: chance.odds(10), strict: chance.odds(50) };
  const start = startOf(chance);
  const made = topology(1 + chance.below(3), 1 + chance.below(2));
  const world = new World(chance, made.devices);
  const makers = { routes: new Routes(world), addresses: new Addresses(world), rules: new Rules(world) };
  const steps: Step[] = [];
  for (const device of made.devices) if (chance.odds(88)) steps.push(setUp(device, true));
  for (const device of made.devices.slice(1)) {
    for (let n = chance.pick([0, 1, 1, 2, 3]); n > 0; n--) steps.push(makers.addresses.add(device));
  }
  const eventful = chance.pick([0, 3, 3, 8]); // per cent of link events; without any, routes live longer
  const ruled = chance.pick([0, 8, 15]);
  for (let n = chance.pick([0, 5, 10, 20]); n > 0; n--) steps.push(makers.routes.add());
  for (let n = 0; n < changes; n++) steps.push(change(world, makers, eventful, ruled));
  return { seed, socket, start, devices: made.requests, steps, world };
}

interface Makers {
  readonly routes: Routes;
  readonly addresses: Addresses;
  readonly rules: Rules;
}

function change(world: World, { routes, addresses, rules }: Makers, eventful: number, ruled: number): Step {
  return world.chance.weigh<() => Step>([
    [42, () => routes.add()],
    [12, () => routes.remove()],
    [8, () => addresses.add()],
    [6, () => addresses.remove()],
    [ruled, () => rules.add()],
    [ruled * 0.5, () => rules.remove()],
    [12, () => addNexthop(world)],
    [3, () => removeNexthop(world)],
    [eventful, () => linkEvent(world)],
    [4, () => randomSetting(world)],
    [6, () => randomGet(world)],
  ])();
}
