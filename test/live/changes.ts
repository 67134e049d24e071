/**
 * live/changes.ts - a script of changes of all kinds, made by chance from a seed, for `ip -batch`.
 */

/** A small generator of chance: the same seed, the same script. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * So many lines: routes added, appended, prepended, replaced and removed, of several paths, types and tables, through
 * nexthop objects and groups; rules; addresses; links that go down and up. Many are refused, which is as well.
 */
export function script(count: number, seed: number): string[] {
  const roll = chance(seed);
  return Array.from({ length: count }, () => line(roll));
}

function line(roll: (below: number) => number): string {
  const prefix = `${20 + roll(40)}.${roll(8)}.${roll(8) * 32}.0/${[24, 24, 20, 16][roll(4)]}`.replace(
    /\.\d+\.0\/16$/,
    '.0.0/16',
  );
  const dev = roll(4);
  const gateway = `10.${dev}.0.${2 + roll(60)}`;
  const metric = roll(4) === 0 ? ` metric ${roll(3) * 10}` : '';
  const tos = roll(20) === 0 ? ' tos 0x10' : '';
  const table = roll(6) === 0 ? ` table ${100 + roll(3)}` : '';
  const place = `${prefix}${tos}${metric}${table}`;
  const kind = roll(1000);
  if (kind < 400) return `route add ${place} via ${gateway}`;
  if (kind < 520) return `route replace ${place} via ${gateway}`;
  if (kind < 560) return `route append ${place} via ${gateway}`;
  if (kind < 590) return `route prepend ${place} via ${gateway}`;
  if (kind < 830) return `route del ${place}`;
  if (kind < 860) {
    return `route add ${place} nexthop via 10.0.0.${2 + roll(9)} weight ${1 + roll(9)} nexthop via 10.1.0.${2 + roll(9)}`;
  }
  if (kind < 880) return `route add ${['blackhole', 'unreachable', 'prohibit', 'throw'][roll(4)]} ${place}`;
  if (kind < 890) return `route add ${place} dev e${dev} scope link mtu ${1000 + roll(500)}`;
  if (kind < 910) return `rule add from ${prefix} table ${100 + roll(3)} priority ${1000 + roll(30)}`;
  if (kind < 925) return `rule del priority ${1000 + roll(30)}`;
  if (kind < 940) return `nexthop replace id ${1 + roll(20)} via ${gateway} dev e${dev}`;
  if (kind < 945)
    return `nexthop add id ${50 + roll(5)} group ${1 + roll(10)}/${11 + roll(10)},${1 + roll(5)}`;
  if (kind < 952) return `nexthop del id ${roll(2) === 0 ? 1 + roll(20) : 50 + roll(5)}`;
  if (kind < 972) return `route replace ${place} nhid ${roll(3) === 0 ? 50 + roll(5) : 1 + roll(20)}`;
  if (kind < 980) return `addr add 10.${dev}.${1 + roll(5)}.1/24 dev e${dev}`;
  if (kind < 988) return `addr del 10.${dev}.${1 + roll(5)}.1/24 dev e${dev}`;
  if (kind < 992) return `link set e${dev} down`;
  if (kind < 998) return `link set e${dev} up`;
  return `addr add 10.${dev}.0.1/24 dev e${dev}`;
}
