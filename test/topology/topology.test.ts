/**
 * topology/topology.test.ts - namespaces and wires that come, move and go; labs and what is wrong with them.
 */
import { describe, expect, test } from 'vitest';
import { FibError, Netns, Topology } from '../../src/index.js';

const PAIR = `
ip netns add a
ip netns add b   # a comment
ip link add x netns a type veth peer name y netns b
ip -n a link set x up; ip -n b link set y up
ip -n a address add 192.0.2.1/24 dev x
ip netns exec b ip address add 192.0.2.2/24 dev y
`;

/** Carrier and operational state of a link. */
const state = (lab: Topology, netns: string, name: string): string => {
  const { carrier, operstate } = lab.netns(netns).link.get(name)!;
  return `${carrier ? 'carrier' : 'no carrier'} ${operstate}`;
};

describe('a wire', () => {
  test('CFG-116 has carrier while both ends are up, and routes learn of it', () => {
    using lab = Topology.lab(PAIR);
    expect([state(lab, 'a', 'x'), state(lab, 'b', 'y')]).toEqual(['carrier UP', 'carrier UP']);
    lab.netns('b').link.set('y', { up: false });
    expect(state(lab, 'a', 'x')).toBe('no carrier LOWERLAYERDOWN');
    expect(lab.netns('a').route.get('192.0.2.0/24')?.flags).toBe(16);
    lab.netns('b').link.set('y', { up: true });
    expect(state(lab, 'a', 'x')).toBe('carrier UP');
    expect(lab.netns('a').route.get('192.0.2.0/24')?.flags).toBe(0);
    for (const name of lab.names()) lab.netns(name).check();
  });

  test('goes with either end, and with a namespace', () => {
    using lab = Topology.lab(PAIR);
    lab.netns('a').link.del('x');
    expect(lab.netns('b').link.get('y')).toBeUndefined();
    lab.connect({ netns: 'a', name: 'p' }, { netns: 'b', name: 'q' });
    lab.del('a');
    expect(
      lab
        .netns('b')
        .link.list()
        .map(({ name }) => name),
    ).toEqual(['lo']);
    expect(lab.names()).toEqual(['b']);
  });

  test('whose second end cannot be is not there at all', () => {
    using lab = Topology.lab(PAIR);
    expect(() => lab.connect({ netns: 'a', name: 'p' }, { netns: 'b', name: 'y' })).toThrow(/EEXIST/);
    expect(lab.netns('a').link.get('p')).toBeUndefined();
  });

  test('goes to another namespace by its end, which is down there and has no addresses', () => {
    using lab = Topology.lab(`${PAIR}ip netns add c\nip -n b link set y netns c`);
    expect(lab.netns('b').link.get('y')).toBeUndefined();
    expect(state(lab, 'a', 'x')).toBe('no carrier LOWERLAYERDOWN');
    expect(lab.netns('c').address.list()).toEqual([]);
    lab.run('ip -n c link set y up\nip -n c address add 192.0.2.3/24 dev y');
    expect(lab.trace('a', '192.0.2.3').netns).toBe('c');
    expect(lab.trace('a', '192.0.2.2').outcome).toBe('no neighbour');
  });

  test('inside of one namespace is a veth pair, whose ends can go elsewhere and come back', () => {
    using lab = Topology.lab(`ip netns add a\nip netns add b
ip -n a link add p up type veth peer name q
ip -n a link set q netns b
ip -n b link set q up`);
    expect([state(lab, 'a', 'p'), state(lab, 'b', 'q')]).toEqual(['carrier UP', 'carrier UP']);
    lab.run('ip -n b link set q netns a\nip -n a link set q up');
    expect(lab.netns('a').link.get('p')?.peer).toBe('q');
    expect([state(lab, 'a', 'p'), state(lab, 'a', 'q')]).toEqual(['carrier UP', 'carrier UP']);
    lab.netns('a').link.del('p');
    expect(lab.netns('a').link.list()).toHaveLength(1);
    for (const name of lab.names()) lab.netns(name).check();
  });
});

test('the same lab gives the same traces', () => {
  const ends = [1, 2].map(() => {
    using lab = Topology.lab(PAIR);
    return JSON.stringify([lab.trace('a', '192.0.2.2'), lab.trace('b', { dst: '192.0.2.9', ttl: 1 })]);
  });
  expect(ends[0]).toBe(ends[1]);
});

test('what packets leave behind is lost behind a device with nobody, or goes to all', () => {
  using lab = Topology.lab(`${PAIR}ip -n a link add d0 type dummy\nip -n a link set d0 up
ip -n a address add 10.9.0.1/24 dev d0`);
  expect(lab.trace('a', '10.9.0.2').outcome).toBe('lost');
  expect(lab.trace('a', { dst: '255.255.255.255', oif: 'x' }).outcome).toBe('sent');
  expect(lab.trace('a', { dst: '192.0.2.2', src: '7.7.7.7' })).toMatchObject({
    outcome: 'refused',
    error: 'ENETUNREACH',
  });
});

test('a router that would forward to where the packet came from names the better gateway', () => {
  using lab = Topology.lab(`${PAIR}ip netns exec b sysctl -w net.ipv4.ip_forward=1
ip -n a route add 10.0.0.0/8 via 192.0.2.2\nip -n b route add 10.0.0.0/8 via 192.0.2.1`);
  const { hops, loop } = lab.trace('a', { dst: '10.0.0.1', ttl: 4 });
  expect(hops[1]).toMatchObject({ netns: 'b', action: 'forward', redirect: '192.0.2.1' });
  expect(loop).toBeUndefined(); // a does not forward
});

describe('what cannot be', () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof FibError) return error.code;
      throw error;
    }
    return 'ok';
  };

  test.each<[string, (lab: Topology) => unknown]>([
    ['EEXIST', (lab) => lab.add('a')],
    ['EINVAL', (lab) => lab.add('')],
    ['EINVAL', (lab) => lab.add('a b')],
    ['ENOENT', (lab) => lab.netns('z')],
    ['ENOENT', (lab) => lab.del('z')],
    ['ENOENT', (lab) => lab.trace('z', '10.0.0.1')],
    ['ENOENT', (lab) => lab.connect({ netns: 'a', name: 'p' }, { netns: 'z', name: 'q' })],
    ['EINVAL', (lab) => lab.connect({ netns: 'a', name: 'a/b' }, { netns: 'b', name: 'q' })],
    ['ENODEV', (lab) => lab.move({ netns: 'a', name: 'nope' }, 'b')],
    ['EOPNOTSUPP', (lab) => lab.move({ netns: 'a', name: 'lo' }, 'b')],
    ['EINVAL', (lab) => lab.trace('a', '10.0.0')],
    ['EINVAL', (lab) => lab.trace('a', { dst: '10.0.0.1', ttl: 0 })],
    ['EINVAL', (lab) => lab.trace('a', { dst: '10.0.0.1', ttl: 256 })],
    ['EINVAL', (lab) => lab.trace('a', { dst: '10.0.0.1', size: 19 })],
    ['EINVAL', (lab) => lab.trace('a', { dst: '10.0.0.1', sport: 65536 })],
    ['EINVAL', (lab) => lab.trace('a', { dst: 2 ** 32 })],
    ['ENODEV', (lab) => lab.trace('a', { dst: '10.0.0.1', oif: 'nope' })],
  ])('is %s: %s', (expected, run) => {
    using lab = Topology.lab(PAIR);
    expect(code(() => run(lab))).toBe(expected);
  });

  test.each([
    ['route add 10.0.0.0/8 dev x', 'line 8'],
    ['ls', 'line 8'],
    ['ip netns exec a ls', 'exec NAME'],
    ['ip netns add a', 'EEXIST'],
    ['ip -n z link show', 'ENOENT'],
    ['ip -n a route add 10.0.0.0/8 via 7.7.7.7', 'Nexthop has invalid gateway'],
    ['ip link add p netns a type veth peer name q', 'wants its netns'],
    ['ip link add p netns a type dummy', 'type veth peer'],
    ['ip link add p netns', 'type veth peer'],
    ['ip link add p netns a type veth peer name q netns b up', 'cannot be up'],
    ['ip -n a link set x netns', 'link set DEV netns NAME'],
    ['ip netns exec a sysctl -w net.ipv4.ip_forward', 'KEY=VALUE'],
    ['ip netns exec a sysctl -w net.ipv4.ip_forward=x', 'EINVAL'],
    ["ip netns add 'open", 'quote'],
  ])('in a lab: %s', (line, words) => {
    expect(() => Topology.lab(`${PAIR}${line}`)).toThrow(words);
    expect(() => Topology.lab(`${PAIR}${line}`)).toThrow(FibError);
  });
});

test('namespaces may be made by the caller, and are closed with the topology', () => {
  const made: Netns[] = [];
  const lab = new Topology({
    create: () => {
      const ns = Netns.create({ forward: 'off' });
      made.push(ns);
      return ns;
    },
  });
  expect(lab.add('a')).toBe(made[0]);
  lab.advance(10);
  lab.close();
  expect(() => made[0]!.link.add({ name: 'x' })).toThrow(TypeError);
  expect(lab.names()).toEqual([]);
});
