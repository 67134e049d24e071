/**
 * endpoint/route.test.ts - RTM_NEWROUTE and RTM_DELROUTE: what is refused in which words, in which order (CFG sections 2,
 * 3, 6 and 7). Words and order are those of Linux 6.18.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import type { Endpoint } from '../../src/index.js';
import { type Netns } from '../../src/index.js';
import { decodeMessages, decodeRoute } from '../../src/wire/index.js';
import { add, attr, del, dev, dst, half, outcomeOf, record, routedLab, rtmsg, via, word } from './routes.js';
import { ask, dotted } from './talk.js';

const D = dst('57.0.0.0');
const GATEWAY = via('10.0.2.9');
const NH_ID = attr(uapi.RTA_NH_ID, word(99));
const list = (...records: string[]): string => attr(uapi.RTA_MULTIPATH, records.join(''));
const metrics = (...pairs: [number, string][]): string =>
  attr(uapi.RTA_METRICS, pairs.map(([type, payload]) => attr(type, payload)).join(''));
const flow = (realm: number): string => attr(uapi.RTA_FLOW, word(realm));
const text = (name: string): string => Buffer.from(name).toString('hex');

let ns: Netns;
let end: Endpoint;

/** The routes that no address made. */
const made = () =>
  ns.route
    .list()
    .filter((route) => route.protocol !== uapi.RTPROT_KERNEL)
    .map(({ dst: prefix, nexthops }) =>
      [prefix, ...nexthops.map(({ via: gateway, dev: name }) => gateway ?? name)].join(' '),
    );

beforeEach(() => ({ ns, end } = routedLab()));

describe('what both read alike', () => {
  test('CFG-3 a message without a whole header', () => {
    expect(outcomeOf(end, uapi.RTM_NEWROUTE, uapi.NLM_F_ACK, '0208')).toBe(-22);
    expect(outcomeOf(end, uapi.RTM_DELROUTE, uapi.NLM_F_ACK, '0208')).toBe(-22);
  });

  test.each([
    ['CFG-10 ECN bits', {}, { tos: 3, type: 12 }, 'Invalid dsfield (tos): ECN bits must be 0'],
    ['CFG-11 a type past the last', { attrs: attr(uapi.RTA_VIA, '01') }, { type: 12 }, 'Invalid route type'],
    [
      'CFG-18 RTA_VIA without a family',
      { attrs: attr(uapi.RTA_VIA, '01') },
      { length: 33 },
      'Invalid attribute length for RTA_VIA',
    ],
    [
      'CFG-18 of another family',
      { attrs: attr(uapi.RTA_VIA, '0700 01020304') },
      {},
      'Unsupported address family in RTA_VIA',
    ],
    [
      'CFG-18 with a short address',
      { attrs: attr(uapi.RTA_VIA, '0200 0102') },
      {},
      'Invalid IPv4 address in RTA_VIA',
    ],
    [
      'CFG-18 the same of IPv6',
      { attrs: attr(uapi.RTA_VIA, '0a00 01020304') },
      {},
      'Invalid IPv6 address in RTA_VIA',
    ],
    ['CFG-12 a length past 32', { attrs: NH_ID + dev(2) }, { length: 33 }, 'Invalid prefix length'],
    [
      'CFG-12 bits past the length',
      { attrs: GATEWAY + attr(uapi.RTA_VIA, '0200 0a000209') },
      { length: 4 },
      'Invalid prefix for given prefix length',
    ],
    [
      'CFG-19 an object and a path',
      { attrs: NH_ID + GATEWAY + attr(uapi.RTA_VIA, '0200 0a000209') },
      {},
      'Nexthop specification and nexthop id are mutually exclusive',
    ],
    [
      'CFG-17 a gateway twice',
      { attrs: GATEWAY + attr(uapi.RTA_VIA, '0200 0a000209') },
      {},
      'Nexthop configuration can not contain both GATEWAY and VIA',
    ],
    [
      'CFG-22 an encapsulation without a name',
      { attrs: attr(uapi.RTA_ENCAP_TYPE, '4d00') },
      { length: 4 },
      'Unknown lwt encapsulation type',
    ],
  ])('%s', (_, { attrs = '' }: { attrs?: string }, head, words) => {
    expect(add(end, D + attrs, head)).toBe(`-22 ${words}`);
    expect(del(end, D + attrs, head)).toBe(`-22 ${words}`);
  });

  test('CFG-18 each RTA_VIA must be well-formed, not only the last', () => {
    const good = attr(uapi.RTA_VIA, `0200 ${dotted('10.0.2.9')}`);
    expect(add(end, D + attr(uapi.RTA_VIA, '01') + good)).toBe('-22 Invalid attribute length for RTA_VIA');
    expect(add(end, D + good)).toBe(0);
    expect(made()).toEqual(['57.0.0.0/8 10.0.2.9']);
  });
});

describe('adding', () => {
  test('CFG-8, CFG-13, CFG-15 the last of an attribute counts; no RTA_DST is 0.0.0.0; table 0 is main', () => {
    expect(add(end, D + dev(3) + dev(2), { table: 0, scope: 253 })).toBe(0);
    expect(add(end, dev(2), { length: 24, scope: 253 })).toBe(0);
    expect(made()).toEqual(['0.0.0.0/24 eth2', '57.0.0.0/8 eth2']);
  });

  test.each([
    ['8 scope', list('0000000002000000'), { type: 2, scope: 200 }, 'Invalid scope'],
    ['9 flags', NH_ID, { flags: 1 }, 'Invalid rtm_flags - can not contain DEAD or LINKDOWN'],
    ['10 object', NH_ID + metrics([2, '01']), {}, 'Nexthop id does not exist'],
    [
      '11 list',
      list('0000000002000000') + metrics([2, '01']),
      {},
      'Invalid nexthop configuration - extra data after nexthops',
    ],
    ['12 metrics', list(record(2, '', 1)) + metrics([18, word(1)]), {}, 'Invalid metric type'],
    [
      '13 flags of a record',
      dev(2) + list(record(3), record(2, '', 1)),
      {},
      'Invalid flags for nexthop - can not contain DEAD or LINKDOWN',
    ],
    [
      '13 two gateways',
      list(record(2, GATEWAY + attr(uapi.RTA_VIA, '0200 0a000209'))),
      {},
      'Nexthop configuration can not contain both GATEWAY and VIA',
    ],
    [
      '13 a short gateway',
      list(record(2, attr(uapi.RTA_GATEWAY, '0a00'))),
      {},
      'Invalid IPv4 address in RTA_GATEWAY',
    ],
    ['13 a short realm', list(record(2, attr(uapi.RTA_FLOW, '0a00'))), {}, 'Invalid RTA_FLOW'],
    [
      '13 a short encapsulation type',
      list(record(2, attr(uapi.RTA_ENCAP_TYPE, '01'))),
      {},
      'Invalid RTA_ENCAP_TYPE',
    ],
    [
      '13 CFG-44 device',
      dev(3) + flow(1) + list(record(2)),
      {},
      'Nexthop device index does not match RTA_OIF',
    ],
    [
      '13 CFG-44 gateway',
      via('10.0.2.8') + flow(1) + list(record(2, GATEWAY)),
      {},
      'Nexthop gateway does not match RTA_GATEWAY or RTA_VIA',
    ],
    ['13 CFG-44 realm', flow(1) + list(record(2, GATEWAY)), {}, 'Nexthop class id does not match RTA_FLOW'],
    [
      '14 rejecting',
      dev(2),
      { type: 6 },
      'Gateway, device and multipath can not be specified for this route type',
    ],
  ])('CFG-25, CFG-42..44 check %s', (_, attrs, head, words) => {
    expect(add(end, D + attrs, head)).toBe(`-22 ${words}`);
    expect(made()).toEqual([]);
  });

  test('CFG-22 encapsulation is refused by name', () => {
    const refusals = [1, 2].map((type) =>
      add(end, D + attr(uapi.RTA_ENCAP_TYPE, half(type)) + attr(uapi.RTA_ENCAP, '') + dev(2)),
    );
    expect(refusals).toEqual(Array(2).fill('-95 lwt encapsulation type not supported'));
    expect(add(end, D + attr(uapi.RTA_ENCAP, '') + dev(2))).toBe('-22 Unknown LWT encapsulation type');
    expect(add(end, D + list(record(2, attr(uapi.RTA_ENCAP_TYPE, '4d00'))))).toBe(
      '-95 Unknown lwt encapsulation type',
    );
  });

  test('CFG-156 a refused route leaves its table, one with a bad prefix does not', () => {
    expect(add(end, D + dev(2), { table: 99, scope: 255 })).toBe('-22 Invalid scope');
    expect(add(end, D + list('0000000002000000'), { table: 98 })).toMatch(/extra data/);
    expect(add(end, D + dev(2), { table: 97, length: 3 })).toMatch(/prefix/);
    expect([99, 98, 97].map((table) => del(end, D, { table }))).toEqual([
      -3,
      -3,
      '-3 FIB table does not exist',
    ]);
  });

  test('CFG-17, CFG-42 a record with gateway 0.0.0.0 has none; the first of two gateways counts; weights', () => {
    const records = [record(2, via('0.0.0.0')), record(2, via('10.0.2.8') + via('10.0.2.7'), 0, 256)];
    expect(add(end, D + list(...records))).toBe(0);
    expect(ns.route.get('57.0.0.0/8')!.nexthops).toMatchObject([
      { dev: 'eth2', weight: 1 },
      { via: '10.0.2.8', weight: 256 },
    ]);
  });

  test('CFG-60..66 metrics: clamped, named, the last counts, 0 is none', () => {
    const given = metrics(
      [1, word(4)],
      [2, word(70000)],
      [8, word(70000)],
      [10, word(300)],
      [16, text('bbr')],
      [0, '01'],
    );
    expect(add(end, D + GATEWAY + given)).toBe(0);
    const { metrics: kept, congctl } = ns.route.get('57.0.0.0/8')!;
    expect(kept).toMatchObject({ lock: 4, mtu: 65520, advmss: 65495, hoplimit: 255 });
    expect(congctl).toBe('bbr');
    expect(add(end, dst('58.0.0.0') + GATEWAY + metrics([2, word(1400)], [2, word(0)]))).toBe(0);
    expect(ns.route.get('58.0.0.0/8')!.metrics).toBeUndefined();
    const refused = (...pairs: [number, string][]) => add(end, dst('59.0.0.0') + GATEWAY + metrics(...pairs));
    expect(refused([2, '01'])).toBe('-22 Invalid attribute in metrics');
    expect(refused([12, word(32)])).toBe('-22 Unknown flag set in feature mask in metrics attribute');
    expect(refused([16, text('nosuch')])).toBe('-22 Unknown tcp congestion algorithm');
  });

  test('CFG-87 flags: of one path what a message shows, of several all that were given', () => {
    const flags = 0x10020;
    expect(add(end, D + GATEWAY, { flags })).toBe(0);
    expect(add(end, dst('58.0.0.0') + list(record(2), record(3)), { flags })).toBe(0);
    expect(ns.route.get('57.0.0.0/8')!.flags).toBe(0);
    expect(ns.route.get('58.0.0.0/8')!.flags).toBe(flags);
  });

  test('CFG-93 a notice has the sequence number of its request; with NLM_F_ECHO it is sent back too', () => {
    const flags = uapi.NLM_F_CREATE | uapi.NLM_F_ECHO;
    const [notice] = end
      .request(ask(uapi.RTM_NEWROUTE, flags, rtmsg() + D + GATEWAY))
      .flatMap(decodeMessages);
    expect(notice).toMatchObject({ type: uapi.RTM_NEWROUTE, flags: 0x600, seq: 9 });
    expect(decodeRoute(notice!.payload)).toMatchObject({
      dst: '57.0.0.0/8',
      nexthops: [{ via: '10.0.2.9', oif: 2 }],
    });
  });
});

describe('deleting', () => {
  const both = list(record(2, GATEWAY), record(3, via('10.0.3.9')));

  test('CFG-57 no such object, table, route, in this order', () => {
    expect(del(end, D + NH_ID, { table: 99 })).toBe('-22 Nexthop id does not exist');
    expect(del(end, D, { table: 99 })).toBe('-3 FIB table does not exist');
    expect(del(end, D)).toBe(-3);
  });

  test('CFG-59 a list must cover the paths, in order; its weights, flags and tail mean nothing', () => {
    expect(add(end, D + both)).toBe(0);
    expect(del(end, D + list(record(2, GATEWAY)))).toBe(-3);
    expect(del(end, D + list(record(3), record(2)))).toBe(-3);
    expect(del(end, D + list('0000000000000000'))).toBe(-3);
    expect(del(end, D + list(record(2, '', 1, 9), record(0), record(7), '0700'))).toBe(0);
  });

  test('CFG-59 a device or gateway is compared with the first path only; a realm stands beside it', () => {
    expect(add(end, D + list(record(2, GATEWAY + flow(5)), record(3)))).toBe(0);
    expect(del(end, D + dev(3))).toBe(-3);
    expect(del(end, D + GATEWAY + flow(6))).toBe(-3);
    expect(del(end, D + dev(2) + list(record(3)))).toBe(0);
    expect(add(end, D + GATEWAY + flow(5))).toBe(0);
    expect(del(end, D + flow(6))).toBe(0);
  });

  test('CFG-59 a rejecting route has a path that names nothing', () => {
    expect(add(end, D, { type: 6 })).toBe(0);
    for (const path of [dev(2), GATEWAY, list(record(2)), list(record(0, via('0.0.0.0')))])
      expect(del(end, D + path)).toBe(-3);
    expect(del(end, D + list(record(0)))).toBe(0);
  });

  test('CFG-59 a list that cannot be read says why there is no such route', () => {
    expect(add(end, D + both)).toBe(0);
    expect(del(end, D + list(record(2, attr(uapi.RTA_GATEWAY, '0a00'))))).toBe(
      '-3 Invalid IPv4 address in RTA_GATEWAY',
    );
  });

  test('CFG-58 metrics that are given must be the same, those of 0 too', () => {
    expect(add(end, D + GATEWAY + metrics([2, word(1400)], [16, text('reno')]))).toBe(0);
    expect(del(end, D + metrics([2, word(1300)]))).toBe(-3);
    expect(del(end, D + metrics([2, word(0)]))).toBe(-3);
    expect(del(end, D + metrics([2, '01']))).toBe(-3);
    expect(del(end, D + metrics([18, word(0)]))).toBe(-3);
    expect(del(end, D + metrics([16, text('nosuch')]))).toBe(-3);
    expect(del(end, D + metrics([0, '01'], [8, word(0)], [16, text('reno')]))).toBe(0);
  });

  test('CFG-63 what is not kept cannot be asked for: metrics of a delete are not clamped', () => {
    expect(add(end, D + GATEWAY + metrics([2, word(70000)]))).toBe(0);
    expect(del(end, D + metrics([2, word(70000)]))).toBe(-3);
    expect(del(end, D + metrics([2, word(65520)]))).toBe(0);
  });
});
