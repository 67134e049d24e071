/**
 * rules/proc.test.ts - the texts of /proc/net/fib_trie and /proc/net/fib_triestat (PROC-1..15), and what the split of
 * local and main leaves of them (FIB-135). Texts that name a kernel are its own, byte for byte.
 */
import { describe, expect, test } from 'vitest';
import { Netns, type TrieShape } from '../../src/index.js';
import { formatTrie, formatTriestat } from '../../src/text/proc.js';
import { believe, lab, plug } from '../lab.js';

/** A block of lines without the indent of the source; `TAB` stands for a tab. */
function block(text: string): string {
  const lines = text.replace(/^\n/, '').replace(/ *$/, '').split('\n');
  const indent = /^ */.exec(lines[0]!)![0].length;
  return lines.map((line) => line.slice(indent).replace(/^TAB/, '\t')).join('\n');
}

/** The section of a table, heading included. */
const section = (text: string, heading: string) =>
  text.split(/^(?=\S)/m).find((part) => part.startsWith(`${heading}\n`));

/** As `ip link set lo up` leaves a fresh namespace. */
function loopback(): Netns {
  const ns = Netns.create();
  ns.link.set('lo', { up: true });
  return ns;
}

/** PROC-9, below either heading. */
const SAMPLE = block(`
  :
    +-- 127.0.0.0/8 2 0 2
       +-- 127.0.0.0/31 1 0 0
          |-- 127.0.0.0
             /8 host LOCAL
          |-- 127.0.0.1
             /32 host LOCAL
       |-- 127.255.255.255
          /32 link BROADCAST
`).slice(2);

describe('fib_trie', () => {
  test('PROC-1 tables in the order of dumps; one whose trie is empty prints nothing', () => {
    using ns = Netns.create();
    for (const table of [255, 1000, 254, 7]) ns.route.add('10.0.0.0/8', { type: 'blackhole', table });
    ns.route.del('10.0.0.0/8', { table: 7 });
    ns.unmerge();
    expect(ns.proc('net/fib_trie').match(/^\S.*$/gm)).toEqual(['Id 1000:', 'Main:', 'Local:']);
    for (const table of [255, 1000, 254]) ns.route.del('10.0.0.0/8', { table });
    expect(ns.proc('net/fib_trie')).toBe('');
  });

  test.each([
    [254, 'Main:'],
    [255, 'Local:'],
    [253, 'Id 253:'],
    [1, 'Id 1:'],
    [0x7fffffff, 'Id 2147483647:'],
    [0x80000000, 'Id -2147483648:'],
    [0xdeadbeef, 'Id -559038737:'],
    [0xffffffff, 'Id -1:'],
  ])('PROC-2 table %i has the heading %s', (table, heading) => {
    using ns = Netns.create();
    ns.unmerge();
    ns.route.add('10.0.0.0/8', { type: 'blackhole', table });
    expect(ns.proc('net/fib_trie')).toBe(`${heading}\n  |-- 10.0.0.0\n     /8 universe BLACKHOLE\n`);
    expect(ns.proc('net/fib_triestat').split('\n')[1]).toBe(heading);
  });

  test('PROC-3, PROC-5..7, PROC-9 a fresh namespace with its loopback up: the shared trie under both headings', () => {
    using ns = loopback();
    expect(ns.proc('net/fib_trie')).toBe(`Main:\n${SAMPLE}Local:\n${SAMPLE}`);
  });

  test('PROC-4 in pre-order, children by ascending index; a lone leaf stands at depth 0, the top tnode at 1', () => {
    using ns = Netns.create();
    ns.route.add('10.0.0.0/8', { type: 'blackhole' });
    expect(ns.proc('net/fib_trie')).toBe('Main:\n  |-- 10.0.0.0\n     /8 universe BLACKHOLE\n');
    for (let i = 0; i < 200; i++) {
      ns.route.replace({ address: Math.imul(i, 0x9e3779b9) >>> 0, length: 32 }, { type: 'blackhole' });
    }
    const lines = ns.proc('net/fib_trie').split('\n').slice(1, -1);
    const keys = lines.filter((line) => line.includes('|--')).map((line) => line.trim().slice(4));
    expect(keys).toEqual([...new Set(ns.route.list().map((r) => r.dst.replace(/\/.*/, '')))]);
    expect(lines[0]).toMatch(/^ {2}\+-- /);
    const deepest = Math.max(...lines.map((line) => (/^( *) {2}\|--/.exec(line)?.[1]!.length ?? 0) / 3));
    expect(deepest).toBe(ns.shape()!.maxDepth);
  });

  test('PROC-7 an alias tells length, scope, type, and its tos as a decimal byte', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.0/8', { oif: 2, tos: 0x10 });
    ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2, onlink: true, tos: 0xfc });
    ns.route.add('10.0.0.0/16', { type: 'throw' });
    expect(ns.proc('net/fib_trie')).toBe(
      block(`
        Main:
          |-- 10.0.0.0
             /16 universe THROW
             /8 universe UNICAST tos=252
             /8 link UNICAST tos=16
      `),
    );
  });

  test('PROC-8 words of scopes and types, numbers where there is no word', () => {
    using ns = lab(2);
    const scopes = [0, 200, 253, 254, 255, 10].map((scope, metric) => ({ scope, metric }));
    for (const route of scopes) believe(ns, '10.0.0.0/8', { nexthops: [{ oif: 2 }], ...route });
    for (let type = 1; type <= 11; type++) believe(ns, '11.0.0.0/8', { type, metric: type });
    const words = [...ns.proc('net/fib_trie').matchAll(/^ +\/8 (\S+) (\S+)$/gm)].map((m) => [m[1], m[2]]);
    const scopeWords = ['universe', 'site', 'link', 'host', 'nowhere', 'scope=10'];
    expect(words.slice(0, 6).map(([scope]) => scope)).toEqual(scopeWords);
    expect(words.slice(6).map(([, type]) => type)).toEqual(
      'UNICAST LOCAL BROADCAST ANYCAST MULTICAST BLACKHOLE UNREACHABLE PROHIBIT THROW NAT XRESOLVE'.split(
        ' ',
      ),
    );
    // Types that no route can have here.
    const alias = { kind: 'alias', depth: 0, length: 8, scope: 0, tos: 0 } as const;
    const others = [0, 12].map((type) => ({ ...alias, type }));
    expect(formatTrie(254, others)).toBe('Main:\n     /8 universe UNSPEC\n     /8 universe type 12\n');
  });

  test('PROC-10 aliases of both tables of a merged trie stand together, the table is not told', () => {
    using ns = lab(2);
    ns.route.add('10.0.0.1/32', { via: '192.0.2.1', oif: 2, onlink: true });
    ns.route.add('10.0.0.1/32', { type: 'local', oif: 2 });
    const both = '  |-- 10.0.0.1\n     /32 host LOCAL\n     /32 universe UNICAST\n';
    expect(ns.proc('net/fib_trie')).toBe(`Main:\n${both}Local:\n${both}`);
  });
});

describe('fib_triestat', () => {
  const FIRST = 'Basic info: size of leaf: 48 bytes, size of tnode: 40 bytes.\n';

  test('PROC-11 a fresh namespace has the first line alone', () => {
    using ns = Netns.create();
    expect(ns.proc('net/fib_triestat')).toBe(FIRST);
  });

  test('PROC-12 figures of every table, an empty one as well', () => {
    using ns = loopback();
    ns.unmerge();
    expect(ns.proc('net/fib_triestat')).toBe(
      FIRST +
        block(`
          Main:
          TABAver depth:     0.00
          TABMax depth:      0
          TABLeaves:         0
          TABPrefixes:       0
          TABInternal nodes: 0
          TAB
          TABPointers: 0
          Null ptrs: 0
          Total size: 0  kB
          Local:
          TABAver depth:     1.66
          TABMax depth:      2
          TABLeaves:         3
          TABPrefixes:       3
          TABInternal nodes: 2
          TAB  1: 1  2: 1
          TABPointers: 6
          Null ptrs: 2
          Total size: 1  kB
        `),
    );
  });

  test.each([
    [0, 0, '0.00'],
    [5, 3, '1.66'],
    [199, 100, '1.99'],
    [1, 100, '0.01'],
    [1, 101, '0.00'],
    [1100, 100, '11.00'],
  ])('PROC-13 a total depth of %i over %i leaves is %s', (totalDepth, leaves, text) => {
    const none = { table: 254, routes: 0, prefixes: 0, tnodes: 0, pointers: 0, nullPointers: 0, maxDepth: 0 };
    const shape: TrieShape = { ...none, leaves, totalDepth, tnodesByBits: [] };
    expect(formatTriestat([shape])).toContain(`\tAver depth:     ${text}\n`);
  });

  test('PROC-13, PROC-14 prefixes are aliases; depths, pointers and null pointers are those of the drawn trie', () => {
    using ns = Netns.create();
    for (let i = 0; i < 500; i++) {
      const prefix = { address: (Math.imul(i, 0x9e3779b9) & 0xfffff000) >>> 0, length: 20 };
      ns.route.add(prefix, { type: 'blackhole' });
      if (i % 3 === 0) ns.route.add(prefix, { type: 'blackhole', metric: 1 });
    }
    const drawn = ns.proc('net/fib_trie').split('\n');
    const tnodes = drawn.flatMap((line) => {
      const [, bits, empty] = /\+-- \S+ (\d+) \d+ (\d+)$/.exec(line) ?? [];
      return bits === undefined ? [] : [{ pointers: 2 ** Number(bits), empty: Number(empty) }];
    });
    const depths = drawn.flatMap((line) => {
      const indent = /^( *) {2}\|--/.exec(line)?.[1];
      return indent === undefined ? [] : [indent.length / 3];
    });
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    const average = Math.floor((sum(depths) * 100) / depths.length) / 100;
    const text = ns.proc('net/fib_triestat');
    expect(text).toContain(
      `\tAver depth:     ${average.toFixed(2)}\n\tMax depth:      ${Math.max(...depths)}\n`,
    );
    expect(text).toContain(`\tLeaves:         500\n\tPrefixes:       ${500 + 167}\n`);
    expect(text).toContain(`\tInternal nodes: ${tnodes.length}\n`);
    expect(text).toContain(`\tPointers: ${sum(tnodes.map(({ pointers }) => pointers))}\n`);
    expect(text).toContain(`Null ptrs: ${sum(tnodes.map(({ empty }) => empty))}\n`);
  });

  test('PROC-15 the total size is that of 48 a leaf, 56 an alias, 40 a tnode, 8 a pointer, in whole kB upwards', () => {
    using ns = lab(2);
    for (let i = 0; i < 2000; i++) {
      ns.route.add({ address: 0x1e000000 + 7 * i, length: 32 }, { oif: 2 });
      if (i !== 8 && i !== 9) continue;
      const { leaves, prefixes, tnodes, pointers } = ns.shape()!;
      const kB = Math.ceil((48 * leaves + 56 * prefixes + 40 * tnodes + 8 * pointers) / 1024);
      expect(ns.proc('net/fib_triestat')).toContain(`Total size: ${kB}  kB\n`);
    }
    expect(ns.proc('net/fib_triestat')).toContain('Total size: 236  kB\n'); // as Linux 6.18 says
  });
});

test('PROC-17..21 net/route tells of main what fits a line of 127 columns, as Linux 6.18 wrote it', () => {
  using ns = lab(2, 3);
  ns.address.add('10.0.0.1/24', { dev: 'eth2', broadcast: '+' });
  ns.address.add('10.0.1.1/24', { dev: 'eth3' });
  ns.route.add('default', { via: '10.0.0.254' });
  const metrics = { advmss: 1360, window: 1000, rtt: 2400 };
  ns.route.add('20.0.0.0/8', { via: '10.0.0.9', metric: 7, metrics });
  ns.route.add('20.0.0.0/8', { via: '10.0.0.8', tos: 0x10 });
  ns.route.add('30.0.0.1/32', { dev: 'eth2' });
  for (const [i, type] of (['unreachable', 'prohibit', 'blackhole', 'throw'] as const).entries()) {
    ns.route.add({ address: (40 + i) * 2 ** 24, length: 8 }, { type });
  }
  ns.route.add('224.0.0.0/4', { type: 'multicast', dev: 'eth2' });
  ns.route.add('50.0.0.0/8', { type: 'broadcast', dev: 'eth2', table: 'main' });
  ns.route.add('51.0.0.0/8', { nexthops: [{ via: '10.0.1.9' }, { via: '10.0.0.9' }] });
  ns.route.add('52.0.0.0/8', { via: 'fe80::5', dev: 'eth2' });
  ns.route.add('53.0.0.0/8', { dev: 'eth2', table: 100 });
  const [heading, ...lines] = ns.proc('net/route').slice(0, -1).split('\n');
  expect(heading).toBe(
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127),
  );
  expect(lines.map((line) => line.length)).toEqual(lines.map(() => 127));
  expect(lines.map((line) => line.trimEnd().replaceAll('\t', ' ')).join('\n') + '\n').toBe(
    block(`
      eth2 00000000 FE00000A 0003 0 0 0 00000000 0 0 0
      eth2 0000000A 00000000 0001 0 0 0 00FFFFFF 0 0 0
      eth3 0001000A 00000000 0001 0 0 0 00FFFFFF 0 0 0
      eth2 00000014 0800000A 0003 0 0 0 000000FF 0 0 0
      eth2 00000014 0900000A 0003 0 0 7 000000FF 1400 1000 300
      eth2 0100001E 00000000 0005 0 0 0 FFFFFFFF 0 0 0
      * 00000028 00000000 0201 0 0 0 000000FF 0 0 0
      * 00000029 00000000 0201 0 0 0 000000FF 0 0 0
      * 0000002A 00000000 0001 0 0 0 000000FF 0 0 0
      * 0000002B 00000000 0001 0 0 0 000000FF 0 0 0
      eth3 00000033 0901000A 0003 0 0 0 000000FF 0 0 0
      eth2 00000034 00000000 0003 0 0 0 000000FF 0 0 0
    `),
  );
});

test('FIB-135 the split leaves the tries that Linux 6.18 has after its first `ip rule add`', () => {
  using ns = plug(loopback(), 2, 3);
  ns.route.add('10.0.0.1/32', { type: 'local', oif: 2 });
  ns.route.add('10.0.0.255/32', { type: 'broadcast', oif: 2 });
  ns.route.add('10.0.0.0/24', { oif: 2 });
  ns.route.add('10.0.1.1/32', { type: 'local', oif: 3 });
  ns.route.add('10.0.1.255/32', { type: 'broadcast', oif: 3 });
  ns.route.add('10.0.1.0/24', { oif: 3 });
  ns.route.add('default', { via: '10.0.1.3', oif: 3 });
  const merged = block(`
    Main:
      +-- 0.0.0.0/1 2 0 2
         +-- 0.0.0.0/4 2 0 2
            |-- 0.0.0.0
               /0 universe UNICAST
            +-- 10.0.0.0/23 3 0 4
               +-- 10.0.0.0/31 1 0 0
                  |-- 10.0.0.0
                     /24 link UNICAST
                  |-- 10.0.0.1
                     /32 host LOCAL
               |-- 10.0.0.255
                  /32 link BROADCAST
               +-- 10.0.1.0/31 1 0 0
                  |-- 10.0.1.0
                     /24 link UNICAST
                  |-- 10.0.1.1
                     /32 host LOCAL
               |-- 10.0.1.255
                  /32 link BROADCAST
         +-- 127.0.0.0/8 2 0 2
            +-- 127.0.0.0/31 1 0 0
               |-- 127.0.0.0
                  /8 host LOCAL
               |-- 127.0.0.1
                  /32 host LOCAL
            |-- 127.255.255.255
               /32 link BROADCAST
  `);
  expect(section(ns.proc('net/fib_trie'), 'Main:')).toBe(merged);
  ns.unmerge();
  ns.check();
  expect(ns.proc('net/fib_trie')).toBe(
    block(`
      Main:
        +-- 0.0.0.0/4 2 0 2
           |-- 0.0.0.0
              /0 universe UNICAST
           +-- 10.0.0.0/23 3 0 6
              |-- 10.0.0.0
                 /24 link UNICAST
              |-- 10.0.1.0
                 /24 link UNICAST
      Local:
        +-- 0.0.0.0/1 2 0 2
           +-- 10.0.0.0/23 3 0 4
              |-- 10.0.0.1
                 /32 host LOCAL
              |-- 10.0.0.255
                 /32 link BROADCAST
              |-- 10.0.1.1
                 /32 host LOCAL
              |-- 10.0.1.255
                 /32 link BROADCAST
           +-- 127.0.0.0/8 2 0 2
              +-- 127.0.0.0/31 1 0 0
                 |-- 127.0.0.0
                    /8 host LOCAL
                 |-- 127.0.0.1
                    /32 host LOCAL
              |-- 127.255.255.255
                 /32 link BROADCAST
    `),
  );
});

test('the files that there are tell their paths, and only they', () => {
  using ns = Netns.create();
  expect(ns.proc()).toEqual(expect.arrayContaining(['net/fib_trie', 'net/fib_triestat', 'net/route']));
  for (const path of ns.proc()) expect(ns.proc(path)).toBeTypeOf('string');
  for (const path of ['', 'fib_trie', '/proc/net/route', 'net/', 'constructor', 7]) {
    expect(() => ns.proc(path as string)).toThrow(/ENOENT/);
  }
});
