/**
 * ip/random.ts - scenarios by chance: a grammar of `ip` lines, and lines with a word too few, too many or too short.
 *
 * `{name}` stands for one of the lines of GRAMMAR under that name, `{name?}` for that or nothing, `{1-9}` for a number.
 * A name that stands for itself more often is written more often. What the namespace looks like at first is SETUP: some
 * links whose state does not depend on time, so that what is told of them is the same on every side.
 */
import { Chance } from '../kernel/chance.js';
import { readScenario, type Scenario } from './scenario.js';

const SETUP = `
sysctl ipv4/fib_multipath_hash_seed 1
ip link set lo up
ip link add e0 address 02:00:00:00:00:01 type ifb
ip link add e1 address 02:00:00:00:00:02 type ifb
ip link add e2 address 02:00:00:00:00:03 type ifb
ip link set e0 up
ip link set e1 up
ip addr add 10.0.0.1/24 brd + dev e0
ip addr add 10.0.1.1/24 brd + dev e1
ip nexthop add id 1 via 10.0.0.2 dev e0
ip nexthop add id 2 via 10.0.1.2 dev e1
ip nexthop add id 10 group 1,3/2
ip route add default via 10.0.0.254
ip rule add from 10.0.0.0/16 table 100 priority 100`.split('\n');

/** What all is looked at in the end. */
const END = `
ip -d addr
ip -d route show table all
ip -d rule
ip -d nexthop
ip -j -d route show table all
ip -j -d rule
ip -j -d link`.split('\n');

const GRAMMAR = rows(`
line: {route} | {route} | {route} | {route} | {routes} | {routes} | {get} | {get} | {rule} | {rule} | {rules} |
  {nexthop} | {nexthop} | {nexthops} | {address} | {addresses} | {link} | {links} | {other}
options: -j | -d | -j -d | -o | -s | -N | -d -N | -j -p | -br | -4 | -o -d | -s -s | -h | -details -json
dev: e0 | e0 | e1 | e1 | e2 | lo | nope | e9
host: 10.0.0.{1-9} | 10.0.1.{1-9} | 10.0.0.254 | 10.0.0.255 | 10.0.2.7 | 20.0.0.1 | 127.0.0.1 | 0.0.0.0 | 224.0.0.5
  | 255.255.255.255 | 10.1 | 1.2.3 | 256.1.1.1
prefix: {20-26}.0.0.0/8 | {20-26}.0.0.0/8 | 20.{0-3}.0.0/16 | 20.{0-3}.{0-3}.0/24 | 20.0.0.{0-3} | 20.0.0.0/{0-32} |
  10.0.0.0/24 | default | 0/0 | 20/8 | 20.1/16 | 20.0.0.1/8 | 224.0.0.0/4 | 127.0.0.0/8 | any | 20.0.0.0/33
table: table {100-102} | table {100-102} | table main | table local | table default | table 254 | table 0 | table
  70000 | table all | table foo | table cache
type: unicast | local | broadcast | multicast | throw | unreachable | prohibit | blackhole | nat | anycast
proto: proto static | proto boot | proto kernel | proto {0-255} | proto bgp | proto bird | proto foo | proto 256 |
  proto ra
scope: scope link | scope host | scope global | scope {0-255} | scope site | scope foo | scope nowhere
metric: metric {0-3} | preference {0-3} | priority 4294967295 | metric 4294967296 | metric -1 | metric 0x10
tos: tos 0x{0-9}0 | tos {0-31} | dsfield CS{0-7} | dsfield EF | tos 0x10 | tos 256 | dsfield AF11
metrics: mtu {68-9000} | mtu lock {500-1500} | advmss {1-1460} | window {1-9}000 | rtt {1-9}ms | rtt 1.5s | rttvar
  {1-99} | cwnd {1-10} | initcwnd {1-10} | initrwnd {1-10} | ssthresh {1-99} | reordering {1-5} | hoplimit {0-256} |
  rto_min {1-9}ms | features ecn | quickack {0-1} | congctl cubic | congctl lock reno | congctl foo |
  fastopen_no_cookie 1 | ttl-propagate enabled
realms: realms {1-9} | realms {1-9}/{1-9} | realms 0 | realm 3 | realms 300/1 | realms foo
hop: via 10.0.0.{2-5} | via 10.0.1.{2-5} | dev e0 | dev e1 | via 10.0.0.2 dev e0 | via 10.0.1.3 dev e1 | via
  30.0.0.1 dev e0 onlink | dev {dev} | via {host} | via inet 10.0.0.2 | gw 10.0.0.7
leg: nexthop {hop} | nexthop {hop} | nexthop {hop} weight {0-5} | nexthop {hop} realms {1-9} | nexthop {hop} weight
  256 | nexthop {hop} weight 257
path: {hop} | {hop} | {hop} | {hop} src 10.0.0.1 | {hop} src {host} | {leg} {leg} | {leg} {leg} {leg?} | {leg} |
  nhid {1-3} | nhid 10 | nhid 10 {hop} | {hop} {leg} |
attrs: {proto?} {scope?} {metric?} | {metric?} {table?} | {proto?} {table?} | {metrics} {metrics?} | {realms?}
  {metric?} |  |  | mtu lock 1400 advmss 1000 {metric?} | expires {1-9}00 | pref high | onlink
verb: add | add | add | add | replace | replace | append | prepend | change | change | test | del | del | del | a |
  r | rep | ap | c | d | delete | get | chg
route: route {verb} {type?} {tos?} {prefix} {path} {attrs} | route {verb} {prefix} {path} {attrs} | route {verb}
  {prefix} {path} {attrs} | route {verb} {type} {prefix} {attrs} | route {verb} to {prefix} {tos?} {path} {attrs} |
  ro {verb} {prefix} {path}
selector: {table} | {table} | root {prefix} | match {prefix} | exact {prefix} | {prefix} | to {prefix} | to root
  {prefix} | to match {prefix} | to exact {prefix} | {proto} | {scope} | type {type} | type {0-12} | {type} | via
  {host} | dev {dev} | oif {dev} | iif {dev} | src {host} | from {prefix} | cloned | cached | {tos} | {realms} |
  {metric} | nhid {1-3} | proto all | scope all | table all | mark 1 | vrf red | src root 10.0.0.0/8 | via
  10.0.0.0/16 | protocol static
routes: {options} route show {selector?} {selector?} | {options} route list {selector} {selector} | route {selector}
  | route show {selector} {selector?} {selector?} | {options} route | route flush {selector} {selector?} | -s route
  flush {selector} | {options} route show table all {selector?} | r l {selector}
flow: from {host} | iif {dev} | oif {dev} | dev {dev} | {tos} | mark {0-3} | mark 0x{0-9}f | uid {0-2} | ipproto
  {1-20} | ipproto tcp | ipproto udp sport {1-9} dport {1-9} | sport {1-9} | dport 80 | ipproto icmp | notify |
  connected | vrf red | fibmatch | from 10.0.0.1 | from 10.0.1.1 iif e0 | from 20.0.0.1 iif e1 | ipproto 300 | dport
  foo | oif lo
get: route get {host} {flow?} {flow?} | {options} route get {host} {flow?} {flow?} | route get fibmatch {host}
  {flow?} | route get {prefix} {flow?} | route get 20.{0-3}.{0-3}.{0-3} {flow?} {flow?} | -j route get 2{0-6}.0.0.1
  {flow?} | route get 2{0-6}.1.1.1 {flow?} | ro g to {host}
pick: from {prefix} | to {prefix} | iif {dev} | oif {dev} | iif foo | dev lo | fwmark {0-5} | fwmark 0x{0-9}/0xff |
  fwmark 5/0 | fwmark foo | {tos} | tos {0-28} | uidrange {0-5}-{3-9} | uidrange 5 | ipproto {1-20} | ipproto tcp |
  sport {1-99} | dport {1-9}-{5-99} | sport 70000 | ipproto udp dport 53 | tun_id {1-9} | not | not from {prefix} |
  all | from all | l3mdev | from {host}
action: {table} | {table} | lookup {100-102} | blackhole | prohibit | unreachable | throw | goto {100-300} | goto
  32766 | nop | type blackhole | type {type} | l3mdev | lookup main suppress_prefixlength {0-32} | table main
  suppress_ifgroup {0-9} | sup_pl 0 | map-to {host} | nat {host} |
order: priority {90-300} | pref {90-300} | order {100-110} | preference 32766 | priority 0 | prio {90-99} | priority
  foo |  |
rule: rule add {pick} {pick?} {action} {order} | rule add {pick} {action} {order} | rule del {pick?} {action}
  {order} | rule del {order} | rule add {pick} {pick} {pick?} {action} {order} {proto?} | rule {verb} {pick}
  {action} | rule add {pick} {action} {realms?} {proto?} | ru a {pick} {action} | rule del prio {90-300}
rules: {options} rule | {options} rule show {pick?} | rule list {pick} {pick?} | rule show {table} | rule show
  {order} | {options} rule show {action} | rule show {proto} | rule flush {proto?} | rule show suppress_prefixlength
  0
id: id {1-9} | id {1-9} | id {1-9} | id 10 | id {11-14} | id 0 |
group: group {1-4} | group {1-4}/{2-5} | group {1-4},{1-5}/{1-4},{0-300} | group {1-3}/{1-3}/{4-6} | group 10 |
  group foo
nexthop: nexthop add {id} {hop} {nhattrs} | nexthop add {id} {hop} {nhattrs} | nexthop add {id} {group} {nhattrs} |
  nexthop replace {id} {hop} {nhattrs} | nexthop replace {id} {group} | nexthop add {id} blackhole | nexthop add
  {id} {group} type resilient {buckets} | nexthop replace {id} {group} type resilient {buckets} | nexthop del {id} |
  nexthop get {id} | nexthop add {id} fdb {hop} | nexthop replace {id} blackhole | nexthop bucket get {id} index
  {0-9} | nexthop add {id} {group} type mpath | nexthop add {id} {group} hw_stats on
nhattrs:  |  | {proto} | onlink | encap foo | scope link | fdb
buckets: buckets {1-8} | buckets {2-8} idle_timer {1-100} unbalanced_timer {0-9} |  | buckets 0 | idle_timer 5
nhselector: {id} | dev {dev} | groups | master {dev} | vrf red | {proto} | fdb | foo
nexthops: {options} nexthop show {nhselector?} | {options} nexthop | nexthop list {nhselector} {nhselector?} |
  nexthop flush {nhselector?} | {options} nexthop bucket | {options} nexthop bucket show {id} | nexthop bucket list
  nhid {1-3} | nexthop bucket list dev {dev} | nex
local: 10.0.{0-2}.{1-9}/24 | 10.0.{0-2}.{1-9}/24 | 10.0.{0-2}.{1-9} | 10.{0-9}.0.1/16 | 10.0.{0-2}.{1-9}/{8-31} |
  10.0.0.1 peer 10.0.9.{1-5} | 10.0.0.{1-5} peer 10.0.8.0/24 | 127.0.0.{1-3}/8 | 0.0.0.0/0 | 10.0.0.9/33
addrattrs:  |  | brd + | brd - | brd 10.0.0.{250-255} | label {dev}:x | label {dev} | label foo | {scope} | metric
  {0-9} | noprefixroute | valid_lft forever | preferred_lft 0 | home | autojoin | scope link brd + | anycast
  10.0.0.7 | proto 5 | nodad | valid_lft 100 preferred_lft 200 | peer 10.3.3.3
address: addr add {local} dev {dev} {addrattrs} | addr add {local} dev {dev} {addrattrs} | addr add {local}
  {addrattrs} dev e1 | addr del {local} dev {dev} | addr del 10.0.0.1/24 dev e0 | addr replace {local} dev {dev}
  {addrattrs} | addr change {local} dev {dev} {addrattrs} | addr flush dev {dev} | addr flush {addrselector}
  {addrselector?} | a a {local} dev e2 | addr add {local} | addr del {local} dev e0 {addrattrs}
addrselector: dev {dev} | {dev} | scope global | scope host | to {prefix} | label e* | label e0:* | primary |
  secondary | -primary | permanent | dynamic | up | type ifb | group default | nomaster | master {dev} |
  noprefixroute | deprecated | -tentative | foo bar
addresses: {options} addr show {addrselector?} {addrselector?} | {options} addr | addr show {addrselector}
  {addrselector} | -br addr {addrselector?} | {options} address list {addrselector} | -4 -o addr
flag: up | down | mtu {68-9000} | mtu 67 | arp off | arp on | multicast off | multicast on | allmulticast on |
  promisc on | promisc off | txqueuelen {1-999} | qlen {1-99} | alias foo | alias "a b" | alias "" | group {0-9} |
  group default | dynamic on | trailers on | carrier off | protodown on | master e1 | nomaster | address
  02:00:00:00:00:{10-99} | address 03:00:00:00:00:01 | broadcast ff:ff:ff:ff:ff:fe | mode dormant | mode default |
  state up | name e{2-4} | addrgenmode none | numtxqueues 2 | gso_max_size 30000 | gso_max_segs {1-100} |
  gro_max_size 3000 | index 5 | link lo | foo
link: link set {dev} {flag} | link set dev {dev} {flag} {flag} | link set {dev} {flag} | link set e2 {flag} | link
  del {dev} | link add e{2-4} address 02:00:00:00:01:0{1-9} type ifb | link add e{2-4} address 02:00:00:00:01:0{1-9}
  mtu {1000-2000} txqueuelen {1-50} type ifb | link property add dev {dev} altname alt{1-3} | link property del dev
  {dev} altname alt{1-3} | link set alt{1-3} {flag} | link show alt{1-3} | link set group {0-9} {flag}
linkselector: {dev} | dev {dev} | up | type ifb | type loopback | group {0-9} | group default | master {dev} |
  nomaster | vrf red | type foo | foo bar
links: {options} link show {linkselector?} {linkselector?} | {options} link | link list {linkselector} | -s -j link
  show {dev} | -br link {linkselector?} | -d link show e{0-2} | link help {linkselector?} | -s -s -d link show
  e{0-1}
other: netconf | {options} netconf show dev {dev} | neigh | vrf | rule help | route help | nexthop help | addr help
  | route save | foo | route foo | rule foo | addr foo | nexthop foo | link foo | -foo | {options} | help | route
  add | rule add | nexthop add | addr add | addr del | link add | link set | route get | route flush | rule del |
  link del
`);

/** Reads `name: this | that`; a line that begins with a space goes on with the one before. */
function rows(text: string): Readonly<Record<string, readonly string[]>> {
  const lines = text.replace(/\n +/g, ' ').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, choices] = /^(\w+): (.*)$/.exec(line)!;
      return [name!, choices!.split('|').map((choice) => choice.trim())];
    }),
  );
}

/** A scenario of so many lines. */
export function randomScenario(seed: number, lines: number): Scenario {
  const chance = new Chance(seed);
  const drawn = Array.from({ length: lines }, () => `ip ${line(chance)}`);
  return readScenario(`random-${seed}`, [...SETUP, ...drawn, ...END].join('\n'));
}

function line(chance: Chance): string {
  const words = expand(chance, '{line}')
    .split(' ')
    .filter((word) => word !== '');
  if (chance.odds(6) && !words.includes('link')) spoil(chance, words);
  return words.map((word) => (/[*"]/.test(word) && !word.startsWith('"') ? `'${word}'` : word)).join(' ');
}

function expand(chance: Chance, text: string): string {
  return text.replace(/\{([^}?]+)(\??)\}/g, (_, name: string, isOptional: string) => {
    if (isOptional !== '' && chance.odds(60)) return '';
    const range = /^(\d+)-(\d+)$/.exec(name);
    if (range === null) return expand(chance, chance.pick(GRAMMAR[name]!));
    return String(Number(range[1]) + chance.below(Number(range[2]) - Number(range[1]) + 1));
  });
}

/** A word goes, comes twice, is cut short, or is another. The first two are left alone. */
function spoil(chance: Chance, words: string[]): void {
  if (words.length < 3) return;
  const at = 2 + chance.below(words.length - 2);
  const word = words[at]!;
  const kind = chance.below(4);
  if (kind === 0) words.splice(at, 1);
  else if (kind === 1) words.splice(at, 0, word);
  else if (kind === 2) words[at] = word.slice(0, 1 + chance.below(word.length));
  else words[at] = chance.pick(['foo', '0', '-1', '10.0.0.2', 'e0', 'dev', 'via', 'table', 'all', '::']);
}
