/**
 * kernel/situations.ts - labs in which packets end in all the ways that there are: what is known of each, as Linux 6.18
 * and a Topology must both say. Lab lines run in a shell as they are.
 */

/** A packet of a situation. */
export interface Probe {
  readonly dst: string;
  readonly src?: string;
  readonly ttl?: number;
  readonly size?: number;
  readonly df?: boolean;
  readonly tos?: number;
  readonly mark?: number;
  readonly sport?: number;
  readonly dport?: number;
}

/**
 * What the sender hears: that it came there, an ICMP error `type/code from` (and its MTU), an errno at once, or nothing.
 */
export type Heard = 'delivered' | 'silence' | `E${string}` | `${number}/${number} ${string}`;

export interface Situation {
  readonly name: string;
  readonly lab: string;
  /** Namespace that sends. */
  readonly from: string;
  /** Each packet, how it ends in a Topology, and what the sender hears. */
  readonly packets: readonly (readonly [packet: Probe, outcome: string, heard: Heard])[];
}

/** h1 - r1 - r2 - h2, each link a /24 of its own; loopback is up everywhere. */
const LINE = `
ip netns add h1
ip netns add r1
ip netns add r2
ip netns add h2
ip netns exec r1 sysctl -qw net.ipv4.ip_forward=1
ip netns exec r2 sysctl -qw net.ipv4.ip_forward=1
ip link add eth0 netns h1 type veth peer name eth0 netns r1
ip link add eth1 netns r1 type veth peer name eth0 netns r2
ip link add eth1 netns r2 type veth peer name eth0 netns h2
ip -n h1 link set lo up
ip -n r1 link set lo up
ip -n r2 link set lo up
ip -n h2 link set lo up
ip -n h1 link set eth0 up
ip -n r1 link set eth0 up
ip -n r1 link set eth1 up
ip -n r2 link set eth0 up
ip -n r2 link set eth1 up
ip -n h2 link set eth0 up
ip -n h1 address add 10.0.1.1/24 dev eth0
ip -n r1 address add 10.0.1.254/24 dev eth0
ip -n r1 address add 10.0.12.1/24 dev eth1
ip -n r2 address add 10.0.12.2/24 dev eth0
ip -n r2 address add 10.0.2.254/24 dev eth1
ip -n h2 address add 10.0.2.1/24 dev eth0
ip -n h1 route add default via 10.0.1.254
ip -n h2 route add default via 10.0.2.254
ip -n r1 route add 10.0.2.0/24 via 10.0.12.2
ip -n r2 route add 10.0.1.0/24 via 10.0.12.1
`;

const IGNORE = 'net.ipv4.conf.all.ignore_routes_with_linkdown';
const H2 = '10.0.2.1';
const at = (name: string, lines: string, packets: Situation['packets']): Situation => ({
  name,
  lab: LINE + lines,
  from: 'h1',
  packets,
});

/** A fabric: leaves l1 and l2, each with both spines s1 and s2; h1 behind l1, h2 behind l2. */
const FABRIC_LINKS = [
  ['h1', 'eth0', '10.1.0.1/24', 'l1', 'down0', '10.1.0.254/24'],
  ['l1', 'up1', '10.11.1.1/30', 's1', 'l1', '10.11.1.2/30'],
  ['l1', 'up2', '10.11.2.1/30', 's2', 'l1', '10.11.2.2/30'],
  ['l2', 'up1', '10.12.1.1/30', 's1', 'l2', '10.12.1.2/30'],
  ['l2', 'up2', '10.12.2.1/30', 's2', 'l2', '10.12.2.2/30'],
  ['h2', 'eth0', '10.2.0.1/24', 'l2', 'down0', '10.2.0.254/24'],
] as const;

const FABRIC = `
${['h1', 'l1', 's1', 's2', 'l2', 'h2'].map((name) => `ip netns add ${name}\nip -n ${name} link set lo up`).join('\n')}
${['l1', 's1', 's2', 'l2']
  .map(
    (name, i) => `ip netns exec ${name} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1
ip netns exec ${name} sysctl -qw net.ipv4.fib_multipath_hash_seed=${1000 + i}`,
  )
  .join('\n')}
${FABRIC_LINKS.map(
  ([
    a,
    devA,
    addressA,
    b,
    devB,
    addressB,
  ]) => `ip link add ${devA} netns ${a} type veth peer name ${devB} netns ${b}
ip -n ${a} link set ${devA} up
ip -n ${b} link set ${devB} up
ip -n ${a} address add ${addressA} dev ${devA}
ip -n ${b} address add ${addressB} dev ${devB}`,
).join('\n')}
ip -n h1 route add default via 10.1.0.254
ip -n h2 route add default via 10.2.0.254
ip -n l1 route add 10.2.0.0/16 nexthop via 10.11.1.2 weight 1 nexthop via 10.11.2.2 weight 2
ip -n l2 route add 10.1.0.0/16 nexthop via 10.12.1.2 nexthop via 10.12.2.2
ip -n s1 route add 10.1.0.0/16 via 10.11.1.1
ip -n s1 route add 10.2.0.0/16 via 10.12.1.1
ip -n s2 route add 10.1.0.0/16 via 10.11.2.1
ip -n s2 route add 10.2.0.0/16 via 10.12.2.1
# what goes to port 5000 is pinned to the first spine; some traffic is not welcome
ip -n l1 route add 10.2.0.0/16 via 10.11.1.2 table 100
ip -n l1 rule add ipproto udp dport 5000 lookup 100 priority 1000
ip -n l1 rule add tos 0x10 prohibit priority 1001
ip -n h1 rule add fwmark 7 unreachable priority 1000
`;

/** Which spine each of many flows takes: seed, addresses and ports decide. */
const SPINES = '211112122212221112222221';
const flow = (i: number): Probe => ({ dst: '10.2.0.1', sport: 20000 + i, dport: 33000 + 7 * i, ttl: 2 });
const spread: Situation['packets'] = [...SPINES].map((spine, i) => [
  flow(i),
  'ttl exceeded',
  `11/0 10.11.${spine}.2` as Heard,
]);

export const SITUATIONS: readonly Situation[] = [
  at('a line of routers', '', [
    [{ dst: H2 }, 'delivered', 'delivered'],
    [{ dst: '10.0.12.2' }, 'delivered', 'delivered'],
    [{ dst: '10.0.1.1' }, 'delivered', 'delivered'],
    [{ dst: '127.9.9.9' }, 'delivered', 'delivered'],
  ]),
  at('time to live', '', [
    [{ dst: H2, ttl: 1 }, 'ttl exceeded', '11/0 10.0.1.254'],
    [{ dst: H2, ttl: 2 }, 'ttl exceeded', '11/0 10.0.12.2'],
    [{ dst: H2, ttl: 3 }, 'delivered', 'delivered'],
  ]),
  at(
    'routes of a router that reject, looked at before the time to live',
    `
ip -n r1 route add blackhole 98.0.0.0/8
ip -n r1 route add unreachable 97.0.0.0/8
ip -n r1 route add prohibit 96.0.0.0/8
ip -n r1 route add throw 95.0.0.0/8`,
    [
      [{ dst: '99.0.0.1' }, 'no route', '3/0 10.0.1.254'],
      [{ dst: '99.0.0.1', ttl: 1 }, 'no route', '3/0 10.0.1.254'],
      [{ dst: '98.0.0.1' }, 'blackhole', 'silence'],
      [{ dst: '97.0.0.1', ttl: 1 }, 'unreachable', '3/1 10.0.1.254'],
      [{ dst: '96.0.0.1' }, 'prohibit', '3/13 10.0.1.254'],
      [{ dst: '95.0.0.1' }, 'no route', '3/0 10.0.1.254'],
    ],
  ),
  at(
    'routes of the sender that reject',
    `
ip -n h1 route del default
ip -n h1 route add blackhole 98.0.0.0/8
ip -n h1 route add unreachable 97.0.0.0/8
ip -n h1 route add prohibit 96.0.0.0/8`,
    [
      [{ dst: '99.0.0.1' }, 'no route', 'ENETUNREACH'],
      [{ dst: '98.0.0.1' }, 'blackhole', 'EINVAL'],
      [{ dst: '97.0.0.1' }, 'unreachable', 'EHOSTUNREACH'],
      [{ dst: '96.0.0.1' }, 'prohibit', 'EACCES'],
    ],
  ),
  at('nobody has the next address', '', [
    [{ dst: '10.0.1.77' }, 'no neighbour', '3/1 10.0.1.1'],
    [{ dst: '10.0.12.99' }, 'no neighbour', '3/1 10.0.1.254'],
    [{ dst: '10.0.2.77' }, 'no neighbour', '3/1 10.0.12.2'],
  ]),
  at('a narrow link', '\nip -n r2 link set eth1 mtu 1000', [
    [{ dst: H2, size: 1000, df: true }, 'delivered', 'delivered'],
    [{ dst: H2, size: 1001, df: true }, 'too big', '3/4 10.0.12.2 mtu 1000'],
    [{ dst: H2, size: 1200 }, 'delivered', 'delivered'],
    [{ dst: H2, size: 1200, df: true, ttl: 2 }, 'ttl exceeded', '11/0 10.0.12.2'],
    [{ dst: H2, size: 1600, df: true }, 'too big', 'EMSGSIZE'],
  ]),
  at('a narrow route', '\nip -n r1 route change 10.0.2.0/24 via 10.0.12.2 mtu 900', [
    [{ dst: H2, size: 950, df: true }, 'too big', '3/4 10.0.1.254 mtu 900'],
    [{ dst: H2, size: 950 }, 'delivered', 'delivered'],
  ]),
  at('a router that does not forward', '\nip netns exec r2 sysctl -qw net.ipv4.ip_forward=0', [
    [{ dst: H2 }, 'forwarding off', 'silence'],
    [{ dst: H2, ttl: 2 }, 'forwarding off', 'silence'],
    [{ dst: '10.0.2.254', ttl: 2 }, 'delivered', 'delivered'],
  ]),
  at(
    'a loop',
    `
ip -n r1 route add 77.0.0.0/8 via 10.0.12.2
ip -n r2 route add 77.0.0.0/8 via 10.0.12.1`,
    [
      [{ dst: '77.0.0.1' }, 'ttl exceeded', '11/0 10.0.12.2'],
      [{ dst: '77.0.0.1', ttl: 5 }, 'ttl exceeded', '11/0 10.0.1.254'],
    ],
  ),
  at(
    'a router that would answer by another way',
    `
ip netns exec r2 sysctl -qw net.ipv4.conf.all.rp_filter=1
ip -n r2 route change 10.0.1.0/24 via 10.0.2.1`,
    [
      [{ dst: H2 }, 'reverse path', 'silence'],
      [{ dst: '10.0.12.2' }, 'reverse path', 'silence'],
    ],
  ),
  at('no way back', '\nip -n r2 route del 10.0.1.0/24', [
    [{ dst: H2 }, 'delivered', 'silence'],
    [{ dst: H2, ttl: 2 }, 'ttl exceeded', 'silence'],
  ]),
  at(
    'a source that is an address of a router, which does not even answer whoever asks from it',
    '\nip -n h1 address add 10.0.12.1/32 dev lo\nip -n h1 address add 10.0.12.2/32 dev lo',
    [
      [{ dst: H2, src: '10.0.12.1' }, 'no neighbour', '3/1 10.0.12.1'],
      [{ dst: H2, src: '10.0.12.2' }, 'martian source', 'silence'],
    ],
  ),
  at('a link whose other end is down', '\nip -n r2 link set eth0 down', [
    [{ dst: H2 }, 'link down', '3/1 10.0.1.254'],
    [{ dst: '10.0.12.2' }, 'link down', '3/1 10.0.1.254'],
    [{ dst: '10.0.12.1' }, 'delivered', 'delivered'],
  ]),
  at(
    'a link whose other end is down, and routes over it are not taken',
    `
ip netns exec r1 sysctl -qw net.ipv4.conf.all.ignore_routes_with_linkdown=1
ip -n r2 link set eth0 down`,
    [[{ dst: H2 }, 'no route', '3/0 10.0.1.254']],
  ),
  at(
    'behind a bridge two hosts share a subnet',
    `
ip netns add sw
ip netns add h3
ip -n h3 link set lo up
ip -n sw link add br0 type bridge
ip -n sw link set br0 up
ip -n h2 link set eth0 netns sw
ip link add eth0 netns h2 type veth peer name p2 netns sw
ip link add eth0 netns h3 type veth peer name p3 netns sw
ip -n sw link set eth0 master br0
ip -n sw link set p2 master br0
ip -n sw link set p3 master br0
ip -n sw link set eth0 up
ip -n sw link set p2 up
ip -n sw link set p3 up
ip -n h2 link set eth0 up
ip -n h3 link set eth0 up
ip -n h2 address add 10.0.2.1/24 dev eth0
ip -n h3 address add 10.0.2.3/24 dev eth0
ip -n h2 route add default via 10.0.2.254
ip -n h3 route add default via 10.0.2.254`,
    [
      [{ dst: H2 }, 'delivered', 'delivered'],
      [{ dst: '10.0.2.3' }, 'delivered', 'delivered'],
      [{ dst: '10.0.2.4' }, 'no neighbour', '3/1 10.0.12.2'],
    ],
  ),
  at(
    'an error from the address that packets to the sender get',
    `
ip -n r2 address add 192.0.2.9/32 dev lo
ip -n r2 route change 10.0.1.0/24 via 10.0.12.1 src 192.0.2.9`,
    [[{ dst: '10.0.2.77' }, 'no neighbour', '3/1 192.0.2.9']],
  ),
  {
    name: 'a fabric of two leaves and two spines shares flows by the hash of ports and seed',
    lab: FABRIC,
    from: 'h1',
    packets: [...spread, [{ dst: '10.2.0.1', sport: 20000, dport: 33000 }, 'delivered', 'delivered']],
  },
  {
    name: 'rules of the fabric pin some packets to one spine and refuse others',
    lab: FABRIC,
    from: 'h1',
    packets: [
      ...[...SPINES]
        .slice(0, 8)
        .map((_, i): Situation['packets'][number] => [
          { dst: '10.2.0.1', sport: 20000 + i, dport: 5000, ttl: 2 },
          'ttl exceeded',
          '11/0 10.11.1.2',
        ]),
      [{ dst: '10.2.0.1', tos: 0x10 }, 'prohibit', 'silence'], // the error would have that tos too
      [{ dst: '10.2.0.1', tos: 0x08 }, 'delivered', 'delivered'],
      [{ dst: '10.2.0.1', mark: 7 }, 'no route', 'ENETUNREACH'],
    ],
  },
  {
    name: 'a link of the fabric fails, and such paths are passed over',
    lab: `${FABRIC}ip netns exec l1 sysctl -qw ${IGNORE}=1\nip -n s2 link set l1 down`,
    from: 'h1',
    packets: [...SPINES].map((_, i) => [flow(i), 'ttl exceeded', '11/0 10.11.1.2']),
  },
  {
    name: 'a link of the fabric fails, and that such paths are passed over is said too late for their shares',
    lab: `${FABRIC}ip -n s2 link set l1 down\nip netns exec l1 sysctl -qw ${IGNORE}=1`,
    from: 'h1',
    packets: [...SPINES].map((spine, i) =>
      spine === '1' ? [flow(i), 'ttl exceeded', '11/0 10.11.1.2'] : [flow(i), 'link down', '3/1 10.1.0.254'],
    ),
  },
];
