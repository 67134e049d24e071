/**
 * kernel/get.ts - RTM_GET*: dumps of everything, dumps with random filters, single gets.
 */
import { AF_INET, MSG, NLM, RTA, attr, cat, message, text0, u32, u8 } from './bytes.js';
import { type Request, type World } from './world.js';

/** The dumps that must be equal whenever they are looked at. */
export const DUMPS: readonly Request[] = [
  dump('routes', MSG.GETROUTE, u8(AF_INET, 0, 0, 0, 0, 0, 0, 0), u32(0)),
  dump('rules', MSG.GETRULE, u8(AF_INET, 0, 0, 0, 0, 0, 0, 0), u32(0)),
  dump('nexthops', MSG.GETNEXTHOP, u8(0, 0, 0, 0), u32(0)),
  dump('addresses', MSG.GETADDR, u8(AF_INET, 0, 0, 0), u32(0)),
  dump('links', MSG.GETLINK, u8(0, 0, 0, 0), u32(0), u32(0), u32(0)),
];

/** The files of /proc/net that must be equal. */
export const FILES: readonly string[] = ['fib_trie', 'fib_triestat', 'route'];

function dump(words: string, type: number, ...payload: readonly Uint8Array[]): Request {
  return { bytes: message(type, NLM.REQUEST | NLM.DUMP, ...payload), words };
}

/** A dump with a filter or a single get; a strict socket minds what a lenient one ignores. */
export function randomGet(world: World): Request {
  return world.chance.pick([routes, addresses, nexthops, oneNexthop, oneLink, rules])(world);
}

function routes(world: World): Request {
  const { chance } = world;
  const table = chance.maybe(50, () => world.table());
  const device = chance.maybe(25, () => world.device());
  const protocol = chance.maybe(25, () => chance.pick([2, 3, 4]));
  const type = chance.maybe(20, () => chance.pick([1, 2, 3, 6, 7]));
  const odd = chance.maybe(5, () => chance.pick([1, 4, 24]));
  const flags = chance.weigh([
    [90, 0],
    [4, 0x800],
    [4, 0x200],
    [2, 0x100],
  ]);
  const header = [
    AF_INET,
    odd ?? 0,
    0,
    0,
    table === undefined || table > 255 ? 0 : table,
    protocol ?? 0,
    0,
    type ?? 0,
  ];
  const payload = cat(
    u8(...header),
    u32(flags),
    table === undefined ? u8() : attr(RTA.TABLE, u32(table)),
    device ? attr(RTA.OIF, u32(device.index)) : u8(),
  );
  const filter = { table, dev: device?.name, proto: protocol, type, dst_len: odd, flags: flags || undefined };
  return dump(`ip route show [${words(filter)}]`, MSG.GETROUTE, payload);
}

function addresses(world: World): Request {
  const device = world.device();
  const scope = world.chance.odds(10) ? 253 : 0;
  return dump(
    `ip addr show dev ${device.name} [${words({ scope })}]`,
    MSG.GETADDR,
    u8(AF_INET, 0, 0, scope),
    u32(device.index),
  );
}

function nexthops(world: World): Request {
  const { chance } = world;
  const device = chance.maybe(40, () => world.device());
  const groups = chance.odds(40);
  const family = chance.pick([0, 0, AF_INET, 10]);
  return dump(
    `ip nexthop show [${words({ family, dev: device?.name, groups })}]`,
    MSG.GETNEXTHOP,
    u8(family, 0, 0, 0),
    u32(0),
    device ? attr(5, u32(device.index)) : u8(),
    groups ? attr(9) : u8(),
  );
}

function oneNexthop({ chance }: World): Request {
  const id = chance.pick([1, 2, 3, 4, 10, 11, 12, 0, 99]);
  return {
    bytes: message(MSG.GETNEXTHOP, NLM.REQUEST, u8(0, 0, 0, 0), u32(0), attr(1, u32(id))),
    words: `ip nexthop get id ${id}`,
  };
}

function oneLink(world: World): Request {
  const { name, index } = world.device();
  const named = world.chance.odds(50);
  const head = cat(u8(0, 0, 0, 0), u32(named ? 0 : index), u32(0), u32(0));
  return {
    bytes: message(MSG.GETLINK, NLM.REQUEST, head, named ? attr(3, text0(name)) : u8()),
    words: `ip link show ${named ? name : `[index ${index}]`}`,
  };
}

function rules({ chance }: World): Request {
  const tos = chance.odds(20) ? 0x10 : 0;
  return dump(`ip rule show [${words({ tos })}]`, MSG.GETRULE, u8(AF_INET, 0, 0, tos, 0, 0, 0, 0), u32(0));
}

const words = (filter: Record<string, string | number | boolean | undefined>): string =>
  Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${value}`)
    .join(' ');
