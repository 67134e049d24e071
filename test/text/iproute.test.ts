/**
 * text/iproute.test.ts - lines and JSON of `ip route show`: what they mean, how they are written, what is refused where.
 *
 * The samples are output of iproute2 6.1 on Linux 6.18.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { FibError } from '../../src/errors.js';
import type { Route } from '../../src/model/route.js';
import { formatRouteLine, parseRouteJson, parseRouteLine, parseRouteText } from '../../src/text/index.js';

/** A route with the defaults of a line that says nothing but its prefix. */
function route(dst: string, more: Partial<Route> = {}): Route {
  const usual = {
    type: 'unicast',
    table: 254,
    tos: 0,
    metric: 0,
    protocol: 3,
    scope: 0,
    flags: 0,
    nexthops: [],
  } as const;
  return { family: dst.includes(':') ? 10 : 2, dst, ...usual, ...more };
}

/** Lines as they are shown without options or with `table all`, and what they mean. */
const LINES: readonly (readonly [line: string, meaning: Route])[] = [
  [
    'default via 10.0.0.9 dev v0 onlink ',
    route('0.0.0.0/0', { flags: 4, nexthops: [{ via: '10.0.0.9', dev: 'v0', flags: 4 }] }),
  ],
  ['unreachable default metric 4294967295 ', route('0.0.0.0/0', { type: 'unreachable', metric: 4294967295 })],
  [
    '10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1 ',
    route('10.0.0.0/24', { protocol: 2, scope: 253, prefsrc: '10.0.0.1', nexthops: [{ dev: 'v0' }] }),
  ],
  [
    '100.1.0.0/16 via 10.0.0.9 dev v0 proto static metric 50 realms 3/4 mtu lock 1400 window 1000 rtt 300ms ' +
      'rttvar 20ms ssthresh 9 cwnd 7 advmss 1360 hoplimit 64 initcwnd 10 features ecn rto_min lock 5ms initrwnd 20 ' +
      'quickack 1 congctl cubic ',
    route('100.1.0.0/16', {
      protocol: 4,
      metric: 50,
      nexthops: [{ via: '10.0.0.9', dev: 'v0', realm: 0x30004 }],
      congctl: 'cubic',
      metrics: {
        lock: (1 << 2) | (1 << 13),
        mtu: 1400,
        window: 1000,
        rtt: 2400,
        rttvar: 80,
        ssthresh: 9,
        cwnd: 7,
        advmss: 1360,
        hoplimit: 64,
        initcwnd: 10,
        features: 1,
        rto_min: 5,
        initrwnd: 20,
        quickack: 1,
      },
    }),
  ],
  [
    '20.0.0.0/24 tos 0x10 via 10.0.0.6 dev v0 ',
    route('20.0.0.0/24', { tos: 16, nexthops: [{ via: '10.0.0.6', dev: 'v0' }] }),
  ],
  ['20.0.1.0/24 tos EF dev v0 ', route('20.0.1.0/24', { tos: 0xb8, nexthops: [{ dev: 'v0' }] })],
  [
    '20.0.2.0/24 nhid 1 tos 0x04 dev v0 ',
    route('20.0.2.0/24', { nhid: 1, tos: 4, nexthops: [{ dev: 'v0' }] }),
  ],
  [
    '81.0.0.0/8 nhid 100 \n\tnexthop via 10.0.0.8 dev v0 weight 1 \n\tnexthop dev v2 weight 256 dead linkdown ',
    route('81.0.0.0/8', {
      nhid: 100,
      nexthops: [
        { via: '10.0.0.8', dev: 'v0', weight: 1 },
        { dev: 'v2', weight: 256, flags: 17 },
      ],
    }),
  ],
  [
    '20.7.1.0/24 \n\tnexthop via 10.0.0.2 realm 4 dev e0 weight 3 \n\tnexthop via inet6 fe80::9 dev e1 weight 1 onlink ',
    route('20.7.1.0/24', {
      nexthops: [
        { via: '10.0.0.2', realm: 4, dev: 'e0', weight: 3 },
        { via: 'fe80::9', dev: 'e1', weight: 1, flags: 4 },
      ],
    }),
  ],
  [
    'blackhole 82.0.0.0/8 nhid 30 dev lo ',
    route('82.0.0.0/8', { type: 'blackhole', nhid: 30, nexthops: [{ dev: 'lo' }] }),
  ],
  [
    '10.2.27.0/24 via inet6 fe80::9 dev v0 ',
    route('10.2.27.0/24', { nexthops: [{ via: 'fe80::9', dev: 'v0' }] }),
  ],
  [
    'broadcast 10.0.0.255 dev v0 table local proto kernel scope link src 10.0.0.1 dead linkdown ',
    route('10.0.0.255/32', {
      type: 'broadcast',
      table: 255,
      protocol: 2,
      scope: 253,
      prefsrc: '10.0.0.1',
      flags: 17,
      nexthops: [{ dev: 'v0', flags: 17 }],
    }),
  ],
  ['throw 10.2.19.0/24 scope nowhere ', route('10.2.19.0/24', { type: 'throw', scope: 255 })],
  ['10.2.4.0/24 dev v0 scope 17 ', route('10.2.4.0/24', { scope: 17, nexthops: [{ dev: 'v0' }] })],
  [
    '10.2.21.0/24 dev v0 table 3735928559 proto 17 scope link ',
    route('10.2.21.0/24', { table: 3735928559, protocol: 17, scope: 253, nexthops: [{ dev: 'v0' }] }),
  ],
  [
    '20.3.0.0/16 dev e0 proto 200 realms 3/cosmos ',
    route('20.3.0.0/16', { protocol: 200, nexthops: [{ dev: 'e0', realm: 0x30000 }] }),
  ],
  [
    '30.0.2.0/24 dev e0 rtt 10s rttvar 20s rto_min 123.456s ',
    route('30.0.2.0/24', {
      metrics: { rtt: 80000, rttvar: 80000, rto_min: 123456 },
      nexthops: [{ dev: 'e0' }],
    }),
  ],
  [
    '30.0.4.0/24 features ecn 0x1f congctl lock reno ',
    route('30.0.4.0/24', { metrics: { features: 31, lock: 1 << 16 }, congctl: 'reno' }),
  ],
  [
    '2001:db8:b::/48 from 2001:db8:1::/64 via 2001:db8:1::2 dev e0 metric 1024 pref low',
    route('2001:db8:b::/48', {
      src: '2001:db8:1::/64',
      metric: 1024,
      pref: 3,
      nexthops: [{ via: '2001:db8:1::2', dev: 'e0' }],
    }),
  ],
  [
    'default via fe80::1 dev e0 metric 55 mtu 1300 pref medium',
    route('::/0', { metric: 55, pref: 0, metrics: { mtu: 1300 }, nexthops: [{ via: 'fe80::1', dev: 'e0' }] }),
  ],
  [
    '2001:db8:9::/48 nhid 11 metric 1024 pref medium\n\tnexthop via fe80::9 dev e1 weight 3 ',
    route('2001:db8:9::/48', {
      nhid: 11,
      metric: 1024,
      pref: 0,
      nexthops: [{ via: 'fe80::9', dev: 'e1', weight: 3 }],
    }),
  ],
  [
    'local ::1 dev lo table local proto kernel metric 0 pref medium',
    route('::1/128', { type: 'local', table: 255, protocol: 2, pref: 0, nexthops: [{ dev: 'lo' }] }),
  ],
];

describe('lines', () => {
  test.each(LINES)('PROC-33..40 %j', (line, meaning) => {
    assert.deepEqual(parseRouteLine(line, { table: 'main' }), meaning);
    assert.equal(formatRouteLine(meaning, undefined, { tables: true }), line);
  });

  test('PROC-38 -o joins the lines of a route', () => {
    for (const [line, meaning] of LINES) {
      const joined = line.replaceAll('\n', '\\');
      assert.deepEqual(parseRouteLine(joined, { table: 'main' }), meaning);
      assert.equal(formatRouteLine(meaning, undefined, { tables: true, oneLine: true }), joined);
    }
  });

  test('PROC-41 -d writes what is usual too', () => {
    const line = 'unicast 10.0.0.0/24 dev v0 table main proto boot scope global src 10.0.0.1 ';
    const meaning = route('10.0.0.0/24', { prefsrc: '10.0.0.1', nexthops: [{ dev: 'v0' }] });
    assert.deepEqual(parseRouteLine(line), meaning);
    assert.equal(formatRouteLine(meaning, undefined, { tables: true, details: true }), line);
    assert.equal(formatRouteLine(meaning, undefined, { details: true }), line.replace('table main ', ''));
  });

  test('names come from the index where there is no name', () => {
    const hop = route('10.0.0.0/8', { nexthops: [{ oif: 3 }] });
    assert.equal(
      formatRouteLine(hop, (index) => `eth${index}`),
      '10.0.0.0/8 dev eth3 ',
    );
    assert.equal(formatRouteLine(hop), '10.0.0.0/8 dev if3 ');
  });

  test('all of a text, blank lines and carriage returns included', () => {
    const text = LINES.map(([line]) => line).join('\r\n') + '\n\n';
    assert.deepEqual(
      parseRouteText(text, { table: 'main' }),
      LINES.map(([, meaning]) => meaning),
    );
    assert.deepEqual(parseRouteText(''), []);
    assert.equal(parseRouteLine('  \n'), undefined);
  });

  test('PROC-35 CFG-24 the table of a line that names none', () => {
    assert.equal(parseRouteLine('10.0.0.0/8 dev e0')?.table, 254);
    assert.equal(parseRouteLine('local 10.0.0.1 dev e0')?.table, 255);
    assert.equal(parseRouteLine('local 10.0.0.1 dev e0', { table: 'main' })?.table, 254);
    assert.equal(parseRouteLine('10.0.0.0/8 dev e0', { table: 1000 })?.table, 1000);
    assert.equal(parseRouteLine('10.0.0.0/8 dev e0 table 7', { table: 1000 })?.table, 7);
  });

  test('the family of `default` is told by a gateway, by a source, by a preference, or by the caller', () => {
    assert.equal(parseRouteLine('default dev e0')?.dst, '0.0.0.0/0');
    assert.equal(parseRouteLine('default dev e0', { family: 10 })?.dst, '::/0');
    assert.equal(parseRouteLine('default dev e0 metric 1024 pref medium')?.dst, '::/0');
    assert.equal(parseRouteLine('default from 2001:db8::/32 dev e0')?.dst, '::/0');
    assert.equal(parseRouteLine('default via 10.0.0.1 dev e0', { family: 10 })?.dst, '0.0.0.0/0');
    assert.equal(parseRouteLine('default via inet6 fe80::1 dev e0')?.dst, '0.0.0.0/0');
  });

  test('what has no field is passed over', () => {
    const plain = route('20.12.0.0/16', { nexthops: [{ via: '10.0.0.2', dev: 'e0' }] });
    for (const line of [
      '20.12.0.0/16  encap ip id 5 src 9.9.9.9 dst 1.2.3.4 ttl 3 tos 0 via 10.0.0.2 dev e0 ',
      '20.12.0.0/16  encap mpls  100/200 via 10.0.0.2 dev e0 ',
      '20.12.0.0/16 via 10.0.0.2 dev e0 uid 0 mark 0x7 iif lo \n    cache <local> users 2 ',
      '20.12.0.0/16 via 10.0.0.2 dev e0 proto boot \n\tnh_info id 10 group 1 scope global proto unspec ',
    ]) {
      assert.deepEqual(parseRouteLine(line), plain, line);
    }
  });
});

describe('refusals', () => {
  test.each([
    ['10.0.0.0/33 dev e0', 10, 1],
    ['10.0.0.1/8 dev e0', 0, 1],
    ['unicast', 7, 1],
    ['10.0.0.0/8 dev', 14, 1],
    ['10.0.0.0/8 metric x', 18, 1],
    ['10.0.0.0/8 metric 4294967296', 18, 1],
    ['10.0.0.0/8 via 10.0.0.256', 24, 1],
    ['10.0.0.0/8 via fe80::1', 15, 1],
    ['10.0.0.0/8 via inet7 fe80::1', 15, 1],
    ['10.0.0.0/8 frobnicate', 11, 1],
    ['10.0.0.0/8 proto frobnicate', 17, 1],
    ['10.0.0.0/8 rtt 300', 15, 1],
    ['10.0.0.0/8\n\tnexthop via 10.0.0.1 weight 0', 40, 2],
    ['10.0.0.0/8\n\tnexthop via 10.0.0.1 metric 5', 33, 2],
    ['10.0.0.0/8\n\tfrobnicate', 12, 2],
    ['10.0.0.0/8 dev e0\n11.0.0.0/8 dev e0\nDeleted 12.0.0.0/8 dev e0\n', 36, 3],
    ['\tnexthop via 10.0.0.1 dev e0', 1, 1],
    ['Error: argument "x" is wrong', 1, 1],
    ['[{"dst":"default"}]', 0, 1],
  ])('%j at %i, line %i', (text, offset, line) => {
    assert.throws(
      () => parseRouteText(text),
      (error) => {
        assert(error instanceof FibError);
        assert.equal(error.code, 'EINVAL');
        assert.equal(error.offset, offset, error.message);
        assert.match(error.detail ?? '', new RegExp(`^line ${line}: `));
        return true;
      },
    );
  });

  test('any words give routes or a FibError', () => {
    const word = fc.constantFrom(
      ...LINES.flatMap(([line]) => line.split(/(?=[\n\t ])/)),
      ...[
        '\\\t',
        '\n',
        '\n\t',
        ' lock',
        ' ',
        '\0',
        ' cache',
        ' encap',
        ' 0x',
        ' -1',
        ' 1e9s',
        ' via',
        ' inet6',
      ],
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          parseRouteText(words.join(''));
        } catch (error) {
          assert(error instanceof FibError, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('JSON', () => {
  test('a route with everything', () => {
    const json = JSON.stringify([
      {
        ...{
          type: 'unicast',
          dst: '30.0.8.0/24',
          tos: 'EF',
          nhid: 7,
          gateway: '10.0.0.2',
          dev: 'e0',
          table: '1000',
        },
        ...{
          protocol: 'bgp',
          scope: 'global',
          prefsrc: '10.0.0.1',
          metric: 4294967295,
          flags: ['onlink', 'brand-new'],
        },
        flow: { from: '3', to: 'cosmos' },
        metrics: [
          { mtu: 1400, rtt: 100, rttvar: 50, ecn: null, rto_min: 5, congestion: 'reno', brand_new: 1 },
        ],
        nh_info: { id: 7, gateway: '10.0.0.2' },
        brand_new: [1, 2],
      },
    ]);
    assert.deepEqual(parseRouteJson(json), [
      route('30.0.8.0/24', {
        ...{
          tos: 0xb8,
          nhid: 7,
          table: 1000,
          protocol: 186,
          metric: 4294967295,
          flags: 4,
          prefsrc: '10.0.0.1',
        },
        nexthops: [{ via: '10.0.0.2', dev: 'e0', flags: 4, realm: 0x30000 }],
        metrics: { mtu: 1400, rtt: 800, rttvar: 200, features: 1, rto_min: 5 },
        congctl: 'reno',
      }),
    ]);
  });

  test('paths, the other family, what is left out without -d', () => {
    const json =
      '[{"dst":"default","flags":[],"nexthops":[{"gateway":"10.0.0.2","flow":{"to":"4"},"dev":"e0","weight":3,"flags":[]},' +
      '{"via":{"family":"inet6","host":"fe80::9"},"dev":"e1","weight":1,"flags":["dead","linkdown"]}]},' +
      '{"type":"anycast","dst":"2001:db8::","dev":"e0","protocol":"kernel","metric":0,"flags":[],"pref":"medium"}]';
    assert.deepEqual(parseRouteJson(json), [
      route('0.0.0.0/0', {
        nexthops: [
          { via: '10.0.0.2', realm: 4, dev: 'e0', weight: 3 },
          { via: 'fe80::9', dev: 'e1', weight: 1, flags: 17 },
        ],
      }),
      route('2001:db8::/128', {
        type: 'anycast',
        table: 255,
        protocol: 2,
        pref: 0,
        nexthops: [{ dev: 'e0' }],
      }),
    ]);
    assert.deepEqual(parseRouteJson(' \n'), []);
    assert.deepEqual(parseRouteJson('[ ]'), []);
  });

  test.each([
    ['{', /no JSON/],
    ['[{"dst":"10.0.0.0/8"},', /no JSON/],
    ['{"dst":"10.0.0.0/8"}', /array of routes/],
    ['[1]', /route 1: 'route' is no object/],
    ['[{"dst":"10.0.0.0/8"},{}]', /route 2: no `dst`/],
    ['[{"dst":{}}]', /route 1: 'dst'/],
    ['[{"dst":"10.0.0.1/8"}]', /route 1: host bits/],
    ['[{"dst":"10.0.0.0/8","metric":-1}]', /route 1: '-1'/],
    ['[{"dst":"10.0.0.0/8","metric":1.5}]', /route 1: '1.5'/],
    ['[{"dst":"10.0.0.0/8","nexthops":{}}]', /'nexthops' is no array/],
    ['[{"dst":"10.0.0.0/8","nexthops":[null]}]', /'nexthop' is no object/],
    ['[{"dst":"10.0.0.0/8","flags":[1]}]', /^$/],
    ['[{"dst":"20.12.0.0/16","encap":"ip","dst":"1.2.3.4","gateway":"10.0.0.2"}]', /hides the destination/],
  ])('%s', (json, detail) => {
    let said = '';
    try {
      parseRouteJson(json);
    } catch (error) {
      assert(error instanceof FibError);
      said = error.detail ?? '';
    }
    assert.match(said, detail);
  });

  test('any JSON gives routes or a FibError', () => {
    const leaf = fc.constantFrom<unknown>(1, -1, null, 'x', '10.0.0.0/8', 'e0', [], {}, [{}], { from: 1 }, [
      'dead',
    ]);
    const keys = [
      'type',
      'dst',
      'from',
      'tos',
      'gateway',
      'via',
      'dev',
      'metrics',
      'nexthops',
      'flags',
      'flow',
      'pref',
    ];
    const item = fc.dictionary(fc.constantFrom(...keys), leaf);
    fc.assert(
      fc.property(fc.array(item, { maxLength: 3 }), (list) => {
        try {
          parseRouteJson(JSON.stringify(list));
        } catch (error) {
          assert(error instanceof FibError, String(error));
        }
      }),
    );
  });
});
