/**
 * kernel/address.ts - RTM_NEWADDR and RTM_DELADDR: random ones, their bytes, their `ip` words.
 */
import { AF_INET, MSG, NLM, attr, be32, given, ipText, mask, message, u32, u8 } from './bytes.js';
import { type Device, type Request, type World } from './world.js';

const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8, RT_PRIORITY: 9 } as const;
const NOPREFIXROUTE = 0x200;

interface Address {
  readonly device: Device;
  readonly local: number;
  readonly peer?: number | undefined;
  readonly length: number;
  readonly broadcast?: number | undefined;
  readonly scope: number;
  readonly metric?: number | undefined;
  readonly flags: number;
}

/** Makes address requests of one scenario; removals concern what was added before. */
export class Addresses {
  readonly #world: World;
  readonly #added: Address[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** @param device the one to add it to; any when not given */
  add(device = this.#world.device()): Request {
    const { chance } = this.#world;
    const old = chance.maybe(this.#added.length > 0 ? 15 : 0, () => chance.pick(this.#added));
    const address = old ? { ...old, metric: this.#metric() } : this.#fresh(device);
    this.#added.push(address);
    this.#world.own.push(address.local);
    this.#world.homes.push({
      base: (address.local & mask(address.length)) >>> 0,
      length: Math.min(32, address.length),
    });
    const replace = chance.odds(old ? 70 : 5);
    return request(MSG.NEWADDR, NLM.CREATE | (replace ? NLM.REPLACE : NLM.EXCL), address);
  }

  remove(): Request {
    const { chance } = this.#world;
    const address =
      this.#added.length > 0 && chance.odds(93)
        ? chance.pick(this.#added)
        : this.#fresh(this.#world.device());
    return request(MSG.DELADDR, 0, address);
  }

  #metric(): number | undefined {
    const { chance } = this.#world;
    return chance.maybe(12, () => chance.pick([0, 5, 100]));
  }

  #fresh(device: Device): Address {
    const world = this.#world;
    const { chance } = world;
    const subnet = world.subnet();
    const local = chance.odds(2) ? world.target() : world.host(subnet);
    const length = chance.odds(85) ? subnet.length : chance.pick([0, 8, 16, 24, 30, 31, 32, 32, 33]);
    const last = (local | ~mask(length)) >>> 0;
    return {
      device,
      local,
      peer: chance.maybe(8, () => world.host()),
      length,
      broadcast: chance.maybe(40, () =>
        chance.odds(85) ? last : chance.pick([local & mask(length), 0xffffffff, last - 1]) >>> 0,
      ),
      scope: chance.weigh([
        [90, 0],
        [5, 253],
        [5, 254],
      ]),
      metric: this.#metric(),
      flags: chance.odds(8) ? NOPREFIXROUTE : 0,
    };
  }
}

function request(type: number, mode: number, address: Address): Request {
  const { device, local, peer, length, broadcast, scope, metric, flags } = address;
  const bytes = message(
    type,
    NLM.REQUEST | NLM.ACK | mode,
    u8(AF_INET, length, 0, scope),
    u32(device.index),
    attr(IFA.LOCAL, be32(local)),
    attr(IFA.ADDRESS, be32(peer ?? local)),
    given(broadcast, (value) => attr(IFA.BROADCAST, be32(value))),
    flags ? attr(IFA.FLAGS, u32(flags)) : u8(),
    given(metric, (value) => attr(IFA.RT_PRIORITY, u32(value))),
  );
  const parts = [
    `ip addr ${type === MSG.DELADDR ? 'del' : mode & NLM.REPLACE ? 'replace' : 'add'}`,
    peer === undefined ? `${ipText(local)}/${length}` : `${ipText(local)} peer ${ipText(peer)}/${length}`,
    broadcast === undefined ? '' : `brd ${ipText(broadcast)}`,
    `dev ${device.name}`,
    scope ? `scope ${scope}` : '',
    metric === undefined ? '' : `metric ${metric}`,
    flags ? 'noprefixroute' : '',
  ];
  return { bytes, words: parts.filter(Boolean).join(' ') };
}
