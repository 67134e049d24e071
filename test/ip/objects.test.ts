/**
 * ip/objects.test.ts - links, addresses, nexthop objects and monitors in the ip language, as iproute2 6.1 on Linux 6.18
 * wrote them for the same lines; `npm run test:ip` compares many more.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Netns } from 'hoptrie';
import { runIp, runIpOver, watchIp, type Socket } from 'hoptrie/ip';
import { Endpoint } from '../../src/endpoint/endpoint.js';

/** What each of some lines gives, on one namespace. */
function play(lines: readonly string[], ns = Netns.create()): string[] {
  return lines.map((line) => {
    const { code, stdout, stderr } = runIp(ns, line);
    return stdout + stderr + (code === 0 ? '' : `=> ${code}\n`);
  });
}

/** The requests that a command sends, in hexadecimal, numbers left out. */
async function requests(setup: readonly string[], line: string): Promise<string[]> {
  const ns = Netns.create();
  play(setup, ns);
  const sent: string[] = [];
  const connect = ({ strict }: Socket) => {
    const endpoint = new Endpoint(ns, { strict });
    return {
      send: (datagram: Uint8Array) => {
        const plain = datagram.slice().fill(0, 8, 16);
        sent.push(Buffer.from(plain).toString('hex'));
        endpoint.send(datagram);
      },
      receive: () => Promise.resolve(endpoint.receive()),
      close: () => undefined,
    };
  };
  await runIpOver(connect, line);
  return sent;
}

const E0 = 'link add e0 address 02:00:00:00:00:01 type ifb';
const VETH = 'link add v0 address 02:00:00:00:00:02 type veth peer name v1 address 02:00:00:00:00:03';

describe('ip link', () => {
  test('a pair, in the forms of the output', () => {
    const [, , full, brief, oneLine, stats, json] = play([
      VETH,
      'link set v0 up',
      'link show v0',
      '-br link show type veth',
      '-o link show v1',
      '-s link show v1',
      '-j link show v1',
    ]);
    const head =
      '3: v0@v1: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 qdisc noqueue state LOWERLAYERDOWN';
    assert.equal(
      full,
      `${head} mode DEFAULT group default qlen 1000\n    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n`,
    );
    assert.equal(
      brief,
      'v1@v0            DOWN           02:00:00:00:00:03 <BROADCAST,MULTICAST> \n' +
        'v0@v1            LOWERLAYERDOWN 02:00:00:00:00:02 <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> \n',
    );
    assert.match(oneLine!, /qlen 1000\\    link\/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff\n$/);
    assert.match(
      stats!,
      /\n    RX:  bytes packets errors dropped  missed   mcast           \n             0       0/,
    );
    assert.deepEqual(JSON.parse(json!), [
      {
        ...{ ifindex: 2, link: 'v0', ifname: 'v1', flags: ['BROADCAST', 'MULTICAST'], mtu: 1500 },
        ...{ qdisc: 'noop', operstate: 'DOWN', linkmode: 'DEFAULT', group: 'default', txqlen: 1000 },
        ...{ link_type: 'ether', address: '02:00:00:00:00:03', broadcast: 'ff:ff:ff:ff:ff:ff' },
      },
    ]);
  });

  test('-d tells of a bridge, its ports and a VRF', () => {
    const ns = Netns.create();
    play([VETH, 'link add br0 type bridge', 'link set v0 master br0', 'link add red type vrf table 10'], ns);
    play([E0, 'link set e0 master red'], ns);
    const [bridge, port, vrf, slave] = play(
      ['br0', 'v0', 'red', 'e0'].map((name) => `-d link show ${name}`),
      ns,
    );
    assert.match(
      bridge!,
      /\n    bridge forward_delay 1500 .* bridge_id 8000\.2:0:0:0:0:2 designated_root 8000/,
    );
    assert.match(port!, /\n    veth \n    bridge_slave state disabled priority 32 cost 2 .* port_id 0x8001/);
    assert.match(vrf!, /\n    vrf table 10 addrgenmode none numtxqueues 1/);
    assert.match(slave!, /\n    ifb \n    vrf_slave table 10 addrgenmode none/);
  });

  test.each([
    ['link set', 255, 'Not enough information: "dev" argument is required.\n'],
    ['link set nosuch up', 1, 'Cannot find device "nosuch"\n'],
    ['link set lo mtu x', 255, 'Error: argument "x" is wrong: Invalid "mtu" value\n\n'],
    ['link set lo mtu 1 mtu 2', 255, 'Error: duplicate "mtu": "2" is the second value.\n'],
    ['link set lo arp maybe', 1, 'Error: argument of "arp" must be "on" or "off", not "maybe"\n'],
    ['link set lo address 02:00', 1, 'Invalid address length 2 - must be 6 bytes\n'],
    ['link add', 1, 'Not enough information: "type" argument is required\n'],
    ['link add a/b type ifb', 255, 'Error: argument "a/b" is wrong: "dev" not a valid ifname\n'],
    ['link add x type nosuch', 2, 'Error: Unknown device type.\n'],
    ['link del lo', 2, 'RTNETLINK answers: Operation not supported\n'],
    ['link show x', 1, 'Device "x" does not exist.\n'],
    ['link show vrf lo', 255, 'Error: argument "lo" is wrong: Not a valid VRF name\n\n'],
    ['link foo', 255, 'Command "foo" is unknown, try "ip link help".\n'],
  ])('ip %s', (line, code, stderr) => {
    const result = runIp(Netns.create(), line);
    assert.deepEqual([result.code, result.stdout, result.stderr], [code, '', stderr]);
  });

  test('a link may be called by the label of an address', () => {
    const [, , , route, shown, unknown] = play([
      E0,
      'link set e0 up',
      'addr add 10.0.1.1/24 dev e0 label e0:1',
      'route add 20.0.0.0/8 dev e0:7',
      'route show 20.0.0.0/8 dev e0:1',
      'route add 21.0.0.0/8 dev e1:7',
    ]);
    assert.deepEqual(
      [route, shown, unknown],
      ['', '20.0.0.0/8 scope link \n', 'Cannot find device "e1:7"\n=> 1\n'],
    );
  });

  test('the bytes of a veth pair: its probe, then both ends', async () => {
    assert.deepEqual(await requests([], 'link add v2 type veth peer v3'), [
      '2000000010000500' + '0'.repeat(48),
      '5400000010000506' +
        '0'.repeat(48) +
        '0700030076320000' +
        '2c001200080001007665746820000200' +
        '1c000100' +
        '0'.repeat(32) +
        '0700030076330000',
    ]);
  });
});

describe('ip address', () => {
  const setup = [
    E0,
    'link set e0 up',
    'addr add 10.0.0.1/24 brd + dev e0',
    'addr add 10.0.0.2/24 label e0:1 dev e0',
  ];

  test('show, in the forms of the output', () => {
    const ns = Netns.create();
    play([...setup, 'addr add 10.1.0.1 peer 10.1.0.2 metric 5 noprefixroute dev e0'], ns);
    const [full, brief, json] = play(
      ['-4 addr show e0', '-4 -br addr show e0', '-j -o addr show dev e0 label e0:1'],
      ns,
    );
    assert.equal(
      full,
      `2: e0: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UNKNOWN group default qlen 32
    inet 10.0.0.1/24 brd 10.0.0.255 scope global e0
       valid_lft forever preferred_lft forever
    inet 10.1.0.1 peer 10.1.0.2/32 metric 5 scope global noprefixroute e0
       valid_lft forever preferred_lft forever
    inet 10.0.0.2/24 scope global secondary e0:1
       valid_lft forever preferred_lft forever
`,
    );
    assert.equal(
      brief,
      'e0               UNKNOWN        10.0.0.1/24 10.1.0.1 peer 10.1.0.2/32 metric 5 10.0.0.2/24 \n',
    );
    assert.match(
      json!,
      /^\[\{"addr_info":\[\{\},\{\},\{"index":2,"dev":"e0","family":"inet","local":"10.0.0.2"/,
    );
  });

  test('flush, save and restore', () => {
    const ns = Netns.create();
    play(setup, ns);
    const saved = runIp(ns, 'addr save dev e0').bytes;
    assert.deepEqual(play(['-s addr flush dev e0', 'addr flush dev e0', '-4 -o addr show e0'], ns), [
      '\n*** Round 1, deleting 2 addresses ***\n*** Flush is complete after 1 round ***\n',
      '',
      '',
    ]);
    assert.equal(runIp(ns, 'addr restore', { stdin: saved }).code, 0);
    assert.equal(
      play(['-4 -br addr show e0'], ns)[0],
      'e0               UNKNOWN        10.0.0.1/24 10.0.0.2/24 \n',
    );
    assert.match(runIp(ns, 'addr showdump', { stdin: saved }).stdout, /^if2:\n    inet 10.0.0.1\/24 brd/);
    assert.equal(
      runIp(ns, 'addr restore', { stdin: 'root' }).stderr,
      'Magic mismatch (1 elems, 746f6f72 magic)\n',
    );
  });

  test.each([
    ['addr add', 1, 'Not enough information: "dev" argument is required.\n'],
    ['addr add 1.2.3.4/33 dev lo', 1, 'Error: any valid prefix is expected rather than "1.2.3.4/33".\n'],
    [
      'addr add 1.2.3.4 1.2.3.5 dev lo',
      255,
      'Error: either "local" is duplicate, or "1.2.3.5" is a garbage.\n',
    ],
    ['addr add 1.2.3.4 valid_lft 5 dev lo', 1, 'preferred_lft is greater than valid_lft\n'],
    ['addr add 1.2.3.4 scope x dev lo', 255, 'Error: argument "x" is wrong: invalid scope value.\n'],
    ['addr del 1.2.3.4/24 dev lo', 2, 'Error: ipv4: Address not found.\n'],
    ['addr flush', 1, 'Flush requires arguments.\n'],
  ])('ip %s', (line, code, stderr) => {
    const result = runIp(Netns.create(), line);
    assert.deepEqual([result.code, result.stdout, result.stderr], [code, '', stderr]);
  });
});

describe('ip nexthop', () => {
  const setup = [E0, 'link set e0 up', 'addr add 10.0.0.1/24 dev e0', 'nexthop add id 1 via 10.0.0.2 dev e0'];

  test('objects, groups and buckets', () => {
    const ns = Netns.create();
    play([...setup, 'nexthop add id 2 dev e0', 'nexthop add id 3 group 1,3/2'], ns);
    play(['nexthop add id 4 group 1 type resilient buckets 2 idle_timer 60'], ns);
    const [all, details, json, buckets, flush] = play(
      [
        'nexthop',
        '-d nexthop show id 1',
        '-j nexthop show id 3',
        'nexthop bucket show id 4',
        'nexthop flush',
      ],
      ns,
    );
    assert.equal(
      all,
      'id 1 via 10.0.0.2 dev e0 scope link \nid 2 dev e0 scope host \nid 3 group 1,3/2 \n' +
        'id 4 group 1 type resilient buckets 2 idle_timer 60 unbalanced_timer 0 unbalanced_time 0 \n',
    );
    assert.equal(details, 'id 1 via 10.0.0.2 dev e0 scope link proto unspec \n');
    assert.equal(json, '[{"id":3,"group":[{"id":1,"weight":3},{"id":2}],"flags":[]}]\n');
    assert.equal(buckets, 'id 4 index 0 idle_time 0 nhid 1 \nid 4 index 1 idle_time 0 nhid 1 \n');
    assert.equal(flush, 'Flushed 4 nexthops\n');
  });

  test.each([
    ['nexthop add id x', 255, 'Error: argument "x" is wrong: invalid id value\n'],
    ['nexthop add id 5 group 1,0', 255, 'Error: argument "0" is wrong: "weight" is invalid\n\n'],
    ['nexthop add foo', 255, 'Error: argument "foo" is wrong: \n'],
    ['nexthop show id 9', 2, 'RTNETLINK answers: No such file or directory\n'],
    ['nexthop bucket show id 9', 2, 'Dump terminated\n'],
    ['nexthop flush', 0, ''],
  ])('ip %s', (line, code, stderr) => {
    const result = runIp(Netns.create(), line);
    assert.deepEqual([result.code, result.stderr], [code, stderr]);
  });
});

test('a flush that the kernel refuses ends', () => {
  // Not among the scenarios: the real ip looks for the refusal without waiting, and goes round again until it is there.
  const ns = Netns.create();
  play([E0, 'link set e0 up', 'addr add 10.0.0.1/24 dev e0', 'nexthop add id 1 via 10.0.0.2 dev e0'], ns);
  assert.deepEqual(play(['route add 22.0.0.0/8 nhid 1', '-s route flush root 22.0.0.0/8', 'route'], ns), [
    '',
    'Failed to send flush request: Invalid argument\n=> 2\n',
    '10.0.0.0/24 dev e0 proto kernel scope link src 10.0.0.1 \n22.0.0.0/8 nhid 1 via 10.0.0.2 dev e0 \n',
  ]);
});

describe('ip monitor', () => {
  test('tells of changes as they come, until it is ended', () => {
    const ns = Netns.create();
    let text = '';
    const stop = watchIp(ns, '-ts monitor link address label', (stdout) => (text += stdout), {
      now: () => 1.5,
    });
    play([E0, 'link set e0 up', 'addr add 10.0.0.1/24 dev e0', 'link del e0'], ns);
    stop();
    play([E0], ns);
    const at = '[1970-01-01T00:00:00.001500] ';
    const mac = '\n    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n';
    const head = `${at}[LINK]2: e0: <BROADCAST,NOARP`;
    assert.ok(
      text.startsWith(
        `${head}> mtu 1500 qdisc noop state DOWN group default ${mac}` +
          `${head},UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UNKNOWN group default ${mac}` +
          `${at}[ADDR]2: e0    inet 10.0.0.1/24 scope global e0\n       valid_lft forever`,
      ),
      text,
    );
    assert.ok(
      text.endsWith(
        `${at}[LINK]Deleted 2: e0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default ${mac}`,
      ),
    );
  });

  test('files: time stamps, and where they are damaged', () => {
    const ns = Netns.create();
    const show = (hex: string): readonly unknown[] => {
      const { code, stdout, stderr } = runIp(ns, 'monitor file x', {
        readFile: () => Buffer.from(hex, 'hex'),
      });
      return [code, stdout, stderr];
    };
    const stamp = '180000000f000000' + '0'.repeat(16) + '0500000007000000';
    assert.deepEqual(show(stamp), [0, 'Timestamp: Thu Jan  1 00:00:05 1970 7 us\n', '']);
    const truncated = 'rtnl-from_file: truncated message\n';
    assert.deepEqual(show(`${stamp}0a`), [1, 'Timestamp: Thu Jan  1 00:00:05 1970 7 us\n', truncated]);
    assert.deepEqual(show('14000000c8000000' + '0'.repeat(24)), [
      0,
      '',
      'Unknown message: type=0x000000c8(200) flags=0x00000000(0) len=0x00000014(20)\n',
    ]);
    assert.equal(runIp(ns, 'monitor file nosuch').stderr, 'Cannot fopen: No such file or directory\n');
  });
});

test('VRFs are listed, neighbours are not there, other objects are empty', () => {
  const ns = Netns.create();
  play(['link add red type vrf table 10', 'link add blue type vrf table 1000'], ns);
  assert.deepEqual(
    play(['vrf', 'vrf show red', '-j vrf', 'vrf show lo', 'neigh', '-j neigh', 'tunnel'], ns),
    [
      'Name              Table\n-----------------------\nred                  10\nblue               1000\n',
      'red 10\n',
      '[{"name":"red","table":10},{"name":"blue","table":1000}]\n',
      'Invalid VRF\n=> 255\n',
      '',
      '[]\n',
      '',
    ],
  );
  assert.deepEqual(play(['neigh add 10.0.0.1 dev lo', 'neigh get 10.0.0.1 dev lo', 'tunnel add x'], ns), [
    'RTNETLINK answers: Operation not supported\n=> 2\n',
    'Error: Neighbour entry not found.\n=> 2\n',
    'RTNETLINK answers: Operation not supported\n=> 2\n',
  ]);
});
