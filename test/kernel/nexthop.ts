/**
 * kernel/nexthop.ts - RTM_NEWNEXTHOP and RTM_DELNEXTHOP: random ones, their bytes, their `ip` words.
 *
 * Objects have the ids 1 to 4, groups 10 to 12, so that they meet; some wrong ones are among them.
 */
import {
  AF_INET,
  AF_INET6,
  MSG,
  NLM,
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
import { type Device, type Request, type World } from './world.js';

const NHA = {
  ID: 1,
  GROUP: 2,
  GROUP_TYPE: 3,
  BLACKHOLE: 4,
  OIF: 5,
  GATEWAY: 6,
  FDB: 11,
  RES_GROUP: 12,
} as const;
const BUCKETS = 1;
const ONLINK = 4;
const RESILIENT = 1;

interface Member {
  readonly id: number;
  readonly weight: number;
}

interface Nexthop {
  readonly id?: number | undefined;
  readonly device?: Device | undefined;
  readonly gateway?: number | undefined;
  readonly gateway6?: number | undefined;
  readonly blackhole: boolean;
  readonly flags: number;
  readonly protocol: number;
  readonly group?: readonly Member[] | undefined;
  readonly groupType?: number | undefined;
  readonly buckets?: number | undefined;
}

const SINGLES = [1, 2, 3, 4];
const GROUPS = [10, 11, 12];

export function addNexthop(world: World): Request {
  const { chance } = world;
  const mode = chance.weigh([
    [60, NLM.CREATE | NLM.EXCL],
    [30, NLM.CREATE | NLM.REPLACE],
    [5, NLM.REPLACE],
    [5, 0],
  ]);
  const nexthop = chance.odds(world.objects.length < 2 ? 95 : 62) ? single(world) : group(world);
  if (nexthop.id !== undefined) world.objects.push(nexthop.id);
  return request(MSG.NEWNEXTHOP, mode, nexthop);
}

export function removeNexthop(world: World): Request {
  const { chance } = world;
  const id = chance.maybe(97, () => world.object());
  return request(MSG.DELNEXTHOP, 0, { id, blackhole: false, flags: 0, protocol: 0 });
}

function single(world: World): Nexthop {
  const { chance } = world;
  const kind = chance.below(100);
  const blackhole = kind < 8;
  const six = kind >= 94;
  return {
    id: chance.maybe(96, () => (chance.odds(96) ? chance.pick(SINGLES) : chance.pick(GROUPS))),
    device: chance.maybe(blackhole ? 3 : 96, () => world.device()),
    gateway: chance.maybe(blackhole ? 3 : six ? 2 : 75, () => world.gateway()),
    gateway6: chance.maybe(six ? 90 : 0, () => 1 + chance.below(3)),
    blackhole,
    flags: chance.odds(8) ? ONLINK : chance.odds(1) ? 1 : 0,
    protocol: chance.pick([0, 4, 186]),
  };
}

function group(world: World): Nexthop {
  const { chance } = world;
  const known = world.objects.filter((id) => SINGLES.includes(id));
  const singles = known.length > 0 && chance.odds(95) ? known : SINGLES;
  const member = (): Member => ({
    id: chance.odds(97) ? chance.pick(singles) : chance.pick([...GROUPS, 77]),
    weight: chance.pick([1, 1, 1, 2, 5, 256, 300]),
  });
  const resilient = chance.odds(12);
  return {
    id: chance.maybe(97, () => (chance.odds(96) ? chance.pick(GROUPS) : chance.pick(SINGLES))),
    blackhole: chance.odds(1),
    flags: 0,
    protocol: chance.pick([0, 4, 186]),
    group: Array.from(
      {
        length: chance.weigh([
          [20, 1],
          [55, 2],
          [23, 3],
          [1, 0],
        ]),
      },
      member,
    ),
    groupType: resilient ? RESILIENT : chance.maybe(10, () => chance.pick([0, 0, 2])),
    buckets: resilient ? chance.maybe(95, () => chance.pick([4, 8, 32, 0])) : undefined,
  };
}

/** struct nexthop_grp; the weight is one less, in two bytes */
const memberBytes = ({ id, weight }: Member): Uint8Array =>
  cat(u32(id), u8((weight - 1) & 255, (weight - 1) >>> 8), u16(0));

function request(type: number, mode: number, nexthop: Nexthop): Request {
  const {
    id,
    device,
    gateway,
    gateway6,
    blackhole,
    flags,
    protocol,
    group: members,
    groupType,
    buckets,
  } = nexthop;
  const family = members || type === MSG.DELNEXTHOP ? 0 : gateway6 === undefined ? AF_INET : AF_INET6;
  const bytes = message(
    type,
    NLM.REQUEST | NLM.ACK | mode,
    u8(family, 0, protocol, 0),
    u32(flags),
    given(id, (value) => attr(NHA.ID, u32(value))),
    blackhole ? attr(NHA.BLACKHOLE) : u8(),
    given(device, ({ index }) => attr(NHA.OIF, u32(index))),
    given(gateway, (value) => attr(NHA.GATEWAY, be32(value))),
    given(gateway6, (value) => attr(NHA.GATEWAY, linkLocal6(value))),
    given(members, (list) => attr(NHA.GROUP, ...list.map(memberBytes))),
    given(groupType, (value) => attr(NHA.GROUP_TYPE, u16(value))),
    given(buckets, (value) => attr(NHA.RES_GROUP | 0x8000, attr(BUCKETS, u16(value)))),
  );
  const verb = type === MSG.DELNEXTHOP ? 'del' : mode & NLM.REPLACE ? 'replace' : 'add';
  const parts = [
    `ip nexthop ${verb}`,
    verb === 'replace' && !(mode & NLM.CREATE)
      ? '[no create]'
      : verb === 'add' && !mode
        ? '[no create, no excl]'
        : '',
    id === undefined ? '' : `id ${id}`,
    blackhole ? 'blackhole' : '',
    gateway === undefined ? '' : `via ${ipText(gateway)}`,
    gateway6 === undefined ? '' : `via fe80::${gateway6.toString(16)}`,
    device ? `dev ${device.name}` : '',
    flags === ONLINK ? 'onlink' : flags ? `[flags ${flags}]` : '',
    members ? `group ${members.map((member) => `${member.id},${member.weight}`).join('/')}` : '',
    groupType === undefined ? '' : `type ${groupType === RESILIENT ? 'resilient' : groupType}`,
    buckets === undefined ? '' : `buckets ${buckets}`,
    protocol ? `proto ${protocol}` : '',
  ];
  return { bytes, words: parts.filter(Boolean).join(' ') };
}
