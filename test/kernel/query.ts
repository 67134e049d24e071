/**
 * kernel/query.ts - RTM_GETROUTE: questions for the way of a flow, their bytes, their `ip route get` words.
 */
import { AF_INET, MSG, NLM, RTA, attr, be16, be32, given, ipText, message, u32, u8 } from './bytes.js';
import { type Device, type World } from './world.js';

const LOOKUP_TABLE = 0x1000;
const FIB_MATCH = 0x2000;

/** A flow, as far as the question names it. */
export interface Query {
  readonly dst: number;
  readonly src?: number | undefined;
  readonly iif?: Device | undefined;
  readonly oif?: Device | undefined;
  readonly tos: number;
  readonly mark?: number | undefined;
  readonly uid?: number | undefined;
  readonly protocol?: number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  readonly flags: number;
}

/** A random question: what goes out, or, with an input device, what comes in. */
export function randomQuery(world: World): Query {
  const { chance } = world;
  const comesIn = chance.odds(45);
  const ports = chance.odds(25);
  return {
    dst: world.target(),
    src: chance.maybe(comesIn ? 97 : 35, () =>
      comesIn ? (chance.odds(85) ? world.host() : world.target()) : world.source(),
    ),
    iif: chance.maybe(comesIn ? 100 : 0, () => world.device()),
    oif: chance.maybe(comesIn ? 3 : 20, () => world.device()),
    tos: chance.odds(75) ? 0 : chance.pick([0x10, 0x08, 0x04, 0x12, 0xfc, 0x03, 0x40]),
    mark: chance.maybe(20, () => chance.pick([0, 1, 2, 0x10, 0x11])),
    uid: chance.maybe(12, () => chance.pick([0, 9, 1000, 1001, 0xffffffff])),
    protocol: chance.maybe(ports ? 90 : 6, () => (chance.odds(3) ? 47 : chance.pick([6, 17, 17, 1]))),
    sport: chance.maybe(ports ? 70 : 0, () => chance.pick([53, 80, 1024, chance.below(65536)])),
    dport: chance.maybe(ports ? 80 : 0, () => chance.pick([53, 80, 1024, chance.below(65536)])),
    flags: (chance.odds(85) ? LOOKUP_TABLE : 0) | (chance.odds(30) ? FIB_MATCH : 0),
  };
}

export function queryBytes(query: Query): Uint8Array {
  const { dst, src, iif, oif, tos, mark, uid, protocol, sport, dport, flags } = query;
  return message(
    MSG.GETROUTE,
    NLM.REQUEST,
    u8(AF_INET, 32, src === undefined ? 0 : 32, tos, 0, 0, 0, 0),
    u32(flags),
    attr(RTA.DST, be32(dst)),
    given(src, (value) => attr(RTA.SRC, be32(value))),
    given(iif, ({ index }) => attr(RTA.IIF, u32(index))),
    given(oif, ({ index }) => attr(RTA.OIF, u32(index))),
    given(mark, (value) => attr(RTA.MARK, u32(value))),
    given(uid, (value) => attr(RTA.UID, u32(value))),
    given(protocol, (value) => attr(RTA.IP_PROTO, u8(value))),
    given(sport, (value) => attr(RTA.SPORT, be16(value))),
    given(dport, (value) => attr(RTA.DPORT, be16(value))),
  );
}

/** What kind of question: for what goes out or comes in, for the way or for the route. */
export const queryKind = ({ iif, flags }: Query): string =>
  `query ${flags & FIB_MATCH ? 'fibmatch ' : ''}${iif ? 'in' : 'out'}`;

export function queryWords(query: Query): string {
  const say = <T>(word: string, value: T | undefined, text: (value: T) => string = String): string =>
    value === undefined ? '' : `${word} ${text(value)}`;
  const parts = [
    'ip route get',
    query.flags & FIB_MATCH ? 'fibmatch' : '',
    ipText(query.dst),
    say('from', query.src, ipText),
    query.tos ? `tos 0x${query.tos.toString(16)}` : '',
    say('iif', query.iif, ({ name }) => name),
    say('oif', query.oif, ({ name }) => name),
    say('mark', query.mark),
    say('uid', query.uid),
    say('ipproto', query.protocol),
    say('sport', query.sport),
    say('dport', query.dport),
    query.flags & LOOKUP_TABLE ? '' : '[no lookup table]',
  ];
  return parts.filter(Boolean).join(' ');
}
