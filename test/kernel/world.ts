/**
 * kernel/world.ts - the small vocabulary of one scenario: few devices, prefixes, addresses, tables. Small, so that
 * choices meet: the same prefix again, the neighbour, the covering one, a gateway that just went away.
 */
import { type Chance } from './chance.js';
import { ip, mask } from './bytes.js';

/** A device as requests name it. The generator renames here what it renames there. */
export interface Device {
  name: string;
  readonly index: number;
  readonly kind: 'loopback' | 'ifb' | 'veth';
}

/** One change or question: its bytes and the `ip` command that stands for them. */
export interface Request {
  readonly bytes: Uint8Array;
  readonly words: string;
  /** The kernel reports carriers later than it answers: so many milliseconds are to be waited. */
  readonly settleMs?: number;
}

/** A prefix as a number and a length, host bits zero. */
export interface Net {
  readonly base: number;
  readonly length: number;
}

/** Lengths that make tries interesting; the rest comes by chance. */
const LENGTHS = [0, 1, 8, 8, 12, 15, 16, 16, 17, 20, 22, 23, 24, 24, 24, 25, 28, 30, 31, 32, 32];
const BASES = ['20.0.0.0', '20.1.0.0', '20.1.2.0', '20.1.2.128', '30.0.0.0', '30.255.255.0', '128.0.0.0'].map(
  ip,
);

/** Subnets that devices have addresses in; the second covers the first. */
const SUBNETS: readonly Net[] = [
  { base: ip('10.0.0.0'), length: 24 },
  { base: ip('10.0.0.0'), length: 16 },
  { base: ip('10.0.1.0'), length: 24 },
  { base: ip('10.0.2.0'), length: 25 },
  { base: ip('10.0.3.4'), length: 30 },
  { base: ip('10.0.3.8'), length: 31 },
];

export class World {
  readonly chance: Chance;
  readonly devices: readonly Device[];
  readonly nets: readonly Net[];
  readonly tables: readonly number[];
  /** Addresses that devices were given, and the subnets they are in; kept though they may be gone again. */
  readonly own: number[] = [];
  readonly homes: Net[] = [];
  /** Ids of the nexthop objects that were asked for. */
  readonly objects: number[] = [];

  constructor(chance: Chance, devices: readonly Device[]) {
    this.chance = chance;
    this.devices = devices;
    const some = Array.from({ length: 8 }, () => net(chance.pick(BASES), chance.pick(LENGTHS)));
    this.nets = [net(0, 0), net(ip('20.0.0.0'), 8), ...some];
    this.tables = [254, 254, 254, 254, 100, 1000, 255, 253, 7].slice(0, 4 + chance.below(6));
  }

  /** A prefix for a route: known, covering, covered, beside, or of a device's subnet. */
  net(): Net {
    const { chance } = this;
    const { base, length } = chance.odds(12) ? this.home() : chance.pick(this.nets);
    if (chance.odds(70)) return { base, length };
    const other = Math.min(32, Math.max(0, length + chance.below(7) - 3));
    return net(chance.odds(50) ? base : (base ^ (1 << (32 - Math.max(1, length)))) >>> 0, other);
  }

  /** A subnet for an address. */
  subnet(): Net {
    return this.chance.pick(SUBNETS);
  }

  /** A subnet that some device has, mostly. */
  home(): Net {
    const { chance, homes } = this;
    return homes.length > 0 && chance.odds(88) ? chance.pick(homes) : this.subnet();
  }

  /** A source address for what goes out: an own one, mostly. */
  source(): number {
    const { chance, own } = this;
    return own.length > 0 && chance.odds(80) ? chance.pick(own) : this.host();
  }

  /** The id of a nexthop object or group. */
  object(): number {
    const { chance, objects } = this;
    return objects.length > 0 && chance.odds(90)
      ? chance.pick(objects)
      : chance.pick([1, 2, 3, 4, 10, 11, 12, 77]);
  }

  /** A host of a subnet, low numbers mostly, so that addresses and gateways meet. */
  host({ base, length }: Net = this.home()): number {
    const { chance } = this;
    const last = (base | ~mask(length)) >>> 0;
    if (chance.odds(3)) return chance.pick([base, last]);
    return Math.min(base + 1 + chance.below(5), last) >>> 0;
  }

  /** A gateway: a host of a subnet mostly, sometimes what cannot be one. */
  gateway(): number {
    const { chance } = this;
    if (chance.odds(88)) return this.host();
    return chance.pick([
      ip('127.0.0.1'),
      ip('224.0.0.5'),
      ip('255.255.255.255'),
      ip('99.0.0.1'),
      ip('20.1.2.3'),
    ]);
  }

  /** An up-to-date device mostly, the loopback device and unknown ones rarely. */
  device(): Device {
    const { chance, devices } = this;
    if (chance.odds(2)) return { name: 'if99', index: 99, kind: 'ifb' };
    return devices[chance.odds(6) ? 0 : 1 + chance.below(devices.length - 1)]!;
  }

  table(): number {
    return this.chance.pick(this.tables);
  }

  /** A dsfield byte; ECN bits, which are refused, rarely. */
  tos(): number {
    return this.chance.weigh([
      [80, 0],
      [6, 0x10],
      [5, 0x08],
      [4, 0x04],
      [2, 0x40],
      [2, 0xfc],
      [1, 0x11],
    ]);
  }

  /** A destination to ask for: within or beside something known, or one of the special ones. */
  target(): number {
    const { chance } = this;
    const kind = chance.below(100);
    if (kind < 55) {
      const { base, length } = this.net();
      const offset = chance.pick([0, 1, 2, 255, chance.below(1 << 24)]);
      return (base | (offset & ~mask(length))) >>> 0;
    }
    if (kind < 85) return this.host();
    if (kind < 90) return (this.subnet().base + chance.below(256)) >>> 0;
    if (kind < 96) {
      const special = [
        '127.0.0.1',
        '127.5.5.5',
        '224.0.0.9',
        '239.1.1.1',
        '255.255.255.255',
        '0.0.0.0',
        '0.0.0.9',
      ];
      return ip(chance.pick([...special, '240.0.0.1', '169.254.1.1', '127.255.255.255', '20.1.2.3']));
    }
    return chance.below(2 ** 32);
  }
}

/** The prefix of a length that holds an address. */
const net = (address: number, length: number): Net => ({ base: (address & mask(length)) >>> 0, length });
