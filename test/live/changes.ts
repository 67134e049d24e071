/**
 * live/changes.ts - a script of changes of all kinds, made by chance from a seed, for `ip -batch`.
 */

/** A small generator of chance: the same seed, the same script. */
type Chance = (below: number) => number;

function chance(seed: number): Chance {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(roll: Chance, of: readonly T[]): T => of[roll(of.length)]!;

/** The devices that every script finds: e0 to e3, each with 10.<n>.0.1/24. */
const DEVICES = 4;
/** Objects 1 to 20 are paths, 50 to 59 groups of them. */
const path = (roll: Chance): number => 1 + roll(20);
const group = (roll: Chance): number => 50 + roll(10);
const gateway = (roll: Chance, dev = roll(DEVICES)): string => `10.${dev}.0.${2 + roll(60)}`;
const extra = (roll: Chance): string => `x${roll(6)}`;

function prefix(roll: Chance): string {
  const [a, b, c] = [20 + roll(40), roll(8), roll(8) * 32];
  return pick(roll, [`${a}.${b}.${c}.0/24`, `${a}.${b}.${c}.0/24`, `${a}.${b}.${c}.0/20`, `${a}.${b}.0.0/16`, `${a}.${b}.${c}.7`]); // prettier-ignore
}

/** Where a route stands: prefix, tos, metric, table. */
function place(roll: Chance): string {
  const metric = roll(4) === 0 ? ` metric ${roll(3) * 10}` : '';
  const tos = roll(20) === 0 ? ' tos 0x10' : '';
  const table = roll(6) === 0 ? ` table ${100 + roll(3)}` : '';
  return `${prefix(roll)}${tos}${metric}${table}`;
}

function paths(roll: Chance): string {
  const hops = Array.from(
    { length: 2 + roll(3) },
    (_, i) => `nexthop via ${gateway(roll, i)} weight ${1 + roll(9)}`,
  );
  return hops.join(' ');
}

const VERBS = ['add', 'replace', 'append', 'prepend'];

/** What a line says, with how often out of a thousand. */
const KINDS: readonly (readonly [often: number, say: (roll: Chance) => string])[] = [
  [300, (roll) => `route add ${place(roll)} via ${gateway(roll)}`],
  [130, (roll) => `route replace ${place(roll)} via ${gateway(roll)}`],
  [50, (roll) => `route append ${place(roll)} via ${gateway(roll)}`],
  [30, (roll) => `route prepend ${place(roll)} via ${gateway(roll)}`],
  [190, (roll) => `route del ${place(roll)}`],
  [40, (roll) => `route ${pick(roll, VERBS)} ${place(roll)} ${paths(roll)}`],
  [20, (roll) => `route ${pick(roll, VERBS)} ${pick(roll, ['blackhole', 'unreachable', 'prohibit', 'throw'])} ${place(roll)}`], // prettier-ignore
  [10, (roll) => `route ${pick(roll, VERBS)} ${pick(roll, ['local', 'broadcast', 'anycast', 'multicast'])} ${place(roll)} dev e${roll(DEVICES)}`], // prettier-ignore
  [10, (roll) => `route add ${place(roll)} dev e${roll(DEVICES)} scope link mtu ${1000 + roll(500)} proto ${roll(200)}`], // prettier-ignore
  [10, (roll) => `route ${pick(roll, VERBS)} ${place(roll)} dev ${extra(roll)}`],
  [5, (roll) => `route add ${place(roll)} via ${gateway(roll)} src 10.${roll(DEVICES)}.${1 + roll(5)}.1`],
  [5, (roll) => `route ${pick(roll, ['replace', 'del'])} default via ${gateway(roll)}`],
  [10, (roll) => `route ${pick(roll, ['add', 'del'])} 2001:db8:${roll(8)}::/48 dev e${roll(DEVICES)}`],
  [20, (roll) => `rule add from ${prefix(roll)} table ${100 + roll(3)} priority ${1000 + roll(30)}`],
  [5, (roll) => `rule add ${pick(roll, ['fwmark 7/15', 'iif e1', 'oif x1', 'to 20.0.0.0/8', 'ipproto tcp dport 80', 'not tos 16'])} ${pick(roll, ['table 100', 'goto 1010', 'blackhole', 'unreachable'])} priority ${1000 + roll(30)}`], // prettier-ignore
  [20, (roll) => `rule del priority ${1000 + roll(30)}`],
  [20, (roll) => `nexthop replace id ${path(roll)} via ${gateway(roll, 0)} dev e0`],
  [5, (roll) => `nexthop replace id ${path(roll)} ${pick(roll, ['blackhole', 'via 10.2.0.9 dev e2 onlink'])}`], // prettier-ignore
  [10, (roll) => `nexthop ${pick(roll, ['add', 'replace'])} id ${group(roll)} group ${path(roll)}/${path(roll)},${1 + roll(5)}`], // prettier-ignore
  [2, (roll) => `nexthop add id ${group(roll)} group ${path(roll)}/${path(roll)} type resilient buckets 8`],
  [8, (roll) => `nexthop del id ${roll(2) === 0 ? path(roll) : group(roll)}`],
  [40, (roll) => `route ${pick(roll, ['add', 'replace', 'append'])} ${place(roll)} nhid ${roll(3) === 0 ? group(roll) : path(roll)}`], // prettier-ignore
  [15, (roll) => `addr add 10.${roll(DEVICES)}.${1 + roll(5)}.${1 + roll(3)}/24 dev e${roll(DEVICES)}`],
  [5, (roll) => `addr add 10.${100 + roll(9)}.0.1 peer 10.${110 + roll(9)}.0.0/${16 + roll(16)} dev e${roll(DEVICES)}`], // prettier-ignore
  [15, (roll) => `addr del 10.${roll(DEVICES)}.${1 + roll(5)}.${1 + roll(3)}/24 dev e${roll(DEVICES)}`],
  [4, (roll) => `link set e${roll(DEVICES)} down`],
  [8, (roll) => `link set e${roll(DEVICES)} up`],
  [6, (roll) => `link add ${extra(roll)} type ${pick(roll, ['ifb', 'bridge', 'veth'])}`],
  [4, (roll) => `link del ${extra(roll)}`],
  [8, (roll) => `link set ${extra(roll)} ${pick(roll, ['up', 'up', 'down', 'mtu 1400', 'mtu 1500'])}`],
  [2, (roll) => `addr add 10.${roll(DEVICES)}.0.1/24 dev e${roll(DEVICES)}`],
];

const ALL = KINDS.reduce((sum, [often]) => sum + often, 0);

/** Lines without end: routes, rules, nexthop objects, addresses and links, of every kind. Some are refused, which is as well. */
export function* script(seed: number): Generator<string, never, undefined> {
  const roll = chance(seed);
  for (;;) {
    let n = roll(ALL);
    for (const [often, say] of KINDS) {
      if (n < often) yield say(roll);
      n -= often;
      if (n < 0) break;
    }
  }
}
