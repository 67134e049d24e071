/**
 * kernel/rule.ts - RTM_NEWRULE and RTM_DELRULE: random ones, their bytes, their `ip` words.
 */
import { AF_INET, MSG, NLM, attr, be32, given, ipText, message, text0, u16, u32, u8 } from './bytes.js';
import { type Net, type Request, type World } from './world.js';

const FRA = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  GOTO: 4,
  PRIORITY: 6,
  FWMARK: 10,
  FLOW: 11,
  SUPPRESS_IFGROUP: 13,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  OIFNAME: 17,
  UID_RANGE: 20,
  PROTOCOL: 21,
  IP_PROTO: 22,
  SPORT_RANGE: 23,
  DPORT_RANGE: 24,
  DSCP: 25,
  SPORT_MASK: 28,
  DPORT_MASK: 29,
  DSCP_MASK: 30,
} as const;

const TO_TABLE = 1;
const GOTO = 2;
const INVERT = 2;
const ACTIONS = ['unspec', 'lookup', 'goto', 'nop', 'act4', 'act5', 'blackhole', 'unreachable', 'prohibit'];

type Range = readonly [first: number, last: number];

interface Rule {
  readonly priority?: number | undefined;
  readonly action: number;
  readonly table: number;
  readonly target?: number | undefined;
  readonly flags: number;
  readonly src?: Net | undefined;
  readonly dst?: Net | undefined;
  readonly tos: number;
  readonly dscp?: number | undefined;
  readonly dscpMask?: number | undefined;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly mark?: number | undefined;
  readonly markMask?: number | undefined;
  readonly uids?: Range | undefined;
  readonly ipProto?: number | undefined;
  readonly sports?: Range | undefined;
  readonly dports?: Range | undefined;
  readonly sportMask?: number | undefined;
  readonly dportMask?: number | undefined;
  readonly suppressLength?: number | undefined;
  readonly suppressGroup?: number | undefined;
  readonly protocol?: number | undefined;
  readonly realms?: number | undefined;
}

/** The rules every namespace starts with (RULE-2), as a deletion would name them. */
const DEFAULTS: readonly Rule[] = [
  { priority: 0, action: TO_TABLE, table: 255, flags: 0, tos: 0 },
  { priority: 32766, action: TO_TABLE, table: 254, flags: 0, tos: 0 },
  { priority: 32767, action: TO_TABLE, table: 253, flags: 0, tos: 0 },
];

/** Makes rule requests of one scenario; removals concern what was added before. */
export class Rules {
  readonly #world: World;
  readonly #added: Rule[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  add(): Request {
    const { chance } = this.#world;
    const rule = this.#added.length > 0 && chance.odds(12) ? chance.pick(this.#added) : this.#fresh();
    this.#added.push(rule);
    return request(MSG.NEWRULE, chance.odds(80) ? NLM.CREATE | NLM.EXCL : chance.pick([0, NLM.CREATE]), rule);
  }

  remove(): Request {
    const { chance } = this.#world;
    const old = chance.pick(this.#added.length > 0 && chance.odds(85) ? this.#added : DEFAULTS);
    const bulk = chance.odds(1) ? NLM.EXCL : 0;
    if (chance.odds(50)) return request(MSG.DELRULE, bulk, old);
    const { priority } = old;
    return request(
      MSG.DELRULE,
      bulk,
      chance.odds(60)
        ? { ...old, action: 0, table: 0, flags: 0 }
        : { priority, action: 0, table: 0, flags: 0, tos: 0 },
    );
  }

  #fresh(): Rule {
    const world = this.#world;
    const { chance } = world;
    const action = chance.weigh([
      [68, TO_TABLE],
      [12, GOTO],
      [5, 3],
      [4, 6],
      [5, 7],
      [5, 8],
      [1, 0],
    ]);
    const priority = chance.maybe(88, () => chance.pick([1, 100, 200, 200, 300, 400, 32766, 40_000]));
    const few = 12; // per cent that each selector is there
    return {
      priority,
      action,
      table: action === TO_TABLE ? (chance.odds(1) ? 0 : world.table()) : 0,
      target: chance.odds(action === GOTO ? 98 : 1)
        ? chance.pick([200, 300, 400, 32766, 50_000, 50])
        : undefined,
      flags: chance.odds(8) ? INVERT : 0,
      src: chance.maybe(25, () => (chance.odds(70) ? world.subnet() : { base: world.host(), length: 32 })),
      dst: chance.maybe(25, () => world.net()),
      tos: chance.odds(few) ? world.tos() : 0,
      dscp: chance.maybe(3, () => chance.pick([0, 4, 2, 63, 64])),
      dscpMask: chance.maybe(1, () => chance.pick([0x3f, 0x3c])),
      iif: chance.maybe(few, () => this.#interface()),
      oif: chance.maybe(few / 2, () => this.#interface()),
      mark: chance.maybe(few, () => chance.pick([0, 1, 1, 2, 0x10])),
      markMask: chance.maybe(5, () => chance.pick([0, 1, 0xf, 0xffffffff])),
      uids: chance.maybe(few / 2, () => this.#range([0, 1000], 0xffffffff)),
      ...this.#ports(),
      suppressLength: chance.maybe(8, () => chance.pick([0, 0, 8, 16, 32])),
      suppressGroup: chance.maybe(3, () => chance.pick([0, 7])),
      protocol: chance.maybe(30, () => chance.pick([0, 2, 4, 186])),
      realms: chance.maybe(4, () => 0x10002),
    };
  }

  /** Selectors of the transport: protocol, ports, and rarely masks of ports. */
  #ports(): Pick<Rule, 'ipProto' | 'sports' | 'dports' | 'sportMask' | 'dportMask'> {
    const { chance } = this.#world;
    const ports = (): Range => this.#range([0, 53, 80, 1024], 0xffff);
    return {
      ipProto: chance.maybe(8, () => chance.pick([0, 1, 6, 17, 47])),
      sports: chance.maybe(5, ports),
      dports: chance.maybe(8, ports),
      sportMask: chance.maybe(1, () => chance.pick([0xffff, 0xff])),
      dportMask: chance.maybe(1, () => chance.pick([0xffff, 0xff])),
    };
  }

  /** A range that begins at one of `firsts`; refused ones among them. */
  #range(firsts: readonly number[], end: number): Range {
    const { chance } = this.#world;
    const first = chance.pick(firsts);
    return [first, chance.pick([first, first, first + 10, end, 9])];
  }

  #interface(): string {
    const { chance, devices } = this.#world;
    return chance.odds(10)
      ? chance.pick(['e3', 'v4', 'none', 'a-name-of-sixteen'])
      : chance.pick(devices).name;
  }
}

const prefixAttr = (type: number, net: Net | undefined): Uint8Array =>
  given(net, ({ base }) => attr(type, be32(base)));

function request(type: number, mode: number, rule: Rule): Request {
  const { src, dst, table } = rule;
  const number = (attribute: number, value: number | undefined): Uint8Array =>
    given(value, (each) => attr(attribute, u32(each)));
  const byte = (attribute: number, value: number | undefined): Uint8Array =>
    given(value, (each) => attr(attribute, u8(each)));
  const ports = (attribute: number, range: Range | undefined): Uint8Array =>
    given(range, ([first, last]) => attr(attribute, u16(first), u16(last)));
  const short = (attribute: number, value: number | undefined): Uint8Array =>
    given(value, (each) => attr(attribute, u16(each)));
  const bytes = message(
    type,
    NLM.REQUEST | NLM.ACK | mode,
    u8(AF_INET, dst?.length ?? 0, src?.length ?? 0, rule.tos, table < 256 ? table : 252, 0, 0, rule.action),
    u32(rule.flags),
    prefixAttr(FRA.DST, dst),
    prefixAttr(FRA.SRC, src),
    table < 256 ? u8() : attr(FRA.TABLE, u32(table)),
    number(FRA.PRIORITY, rule.priority),
    number(FRA.GOTO, rule.target),
    given(rule.iif, (name) => attr(FRA.IIFNAME, text0(name))),
    given(rule.oif, (name) => attr(FRA.OIFNAME, text0(name))),
    number(FRA.FWMARK, rule.mark),
    number(FRA.FWMASK, rule.markMask),
    given(rule.uids, ([first, last]) => attr(FRA.UID_RANGE, u32(first), u32(last))),
    byte(FRA.IP_PROTO, rule.ipProto),
    ports(FRA.SPORT_RANGE, rule.sports),
    ports(FRA.DPORT_RANGE, rule.dports),
    short(FRA.SPORT_MASK, rule.sportMask),
    short(FRA.DPORT_MASK, rule.dportMask),
    byte(FRA.DSCP, rule.dscp),
    byte(FRA.DSCP_MASK, rule.dscpMask),
    number(FRA.SUPPRESS_PREFIXLEN, rule.suppressLength),
    number(FRA.SUPPRESS_IFGROUP, rule.suppressGroup),
    byte(FRA.PROTOCOL, rule.protocol),
    number(FRA.FLOW, rule.realms),
  );
  return { bytes, words: wordsOf(type, mode, rule) };
}

function wordsOf(type: number, mode: number, rule: Rule): string {
  const say = <T>(word: string, value: T | undefined, text: (value: T) => string = String): string =>
    value === undefined ? '' : `${word} ${text(value)}`;
  const range = ([first, last]: Range): string => `${first}-${last}`;
  const net = ({ base, length }: Net): string => `${ipText(base)}/${length}`;
  const action = rule.action === TO_TABLE ? `lookup ${rule.table}` : (ACTIONS[rule.action] ?? '');
  const parts = [
    `ip rule ${type === MSG.NEWRULE ? 'add' : 'del'}`,
    type === MSG.NEWRULE && mode & NLM.EXCL ? '' : `[mode 0x${mode.toString(16)}]`,
    rule.flags & INVERT ? 'not' : '',
    say('from', rule.src, net),
    say('to', rule.dst, net),
    rule.tos ? `tos 0x${rule.tos.toString(16)}` : '',
    say('dscp', rule.dscp),
    say('dscp-mask', rule.dscpMask),
    say('priority', rule.priority),
    say('iif', rule.iif),
    say('oif', rule.oif),
    rule.mark === undefined
      ? say('fwmask', rule.markMask)
      : `fwmark ${rule.mark}${rule.markMask === undefined ? '' : `/${rule.markMask}`}`,
    say('uidrange', rule.uids, range),
    say('ipproto', rule.ipProto),
    say('sport', rule.sports, range),
    say('sport-mask', rule.sportMask),
    say('dport', rule.dports, range),
    say('dport-mask', rule.dportMask),
    say('suppress_prefixlength', rule.suppressLength),
    say('suppress_ifgroup', rule.suppressGroup),
    say('proto', rule.protocol),
    say('realms', rule.realms),
    action,
    say(rule.action === GOTO ? '' : '[goto]', rule.target),
  ];
  return parts.filter(Boolean).join(' ').replaceAll(/ +/g, ' ');
}
