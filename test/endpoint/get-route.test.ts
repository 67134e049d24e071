/**
 * endpoint/get-route.test.ts - RTM_GETROUTE: one destination in all its forms (CFG section 8), and dumps (section 9).
 * Words and orders are those of Linux 6.18.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Endpoint, type Netns } from '../../src/index.js';
import { decodeMessages, decodeRoute } from '../../src/wire/index.js';
import { attr, dev, dst, get, payloadOf, routedLab, rtmsg, src, word } from './routes.js';
import { ask, said } from './talk.js';

const LOOKUP = uapi.RTM_F_LOOKUP_TABLE;
const MATCH = uapi.RTM_F_FIB_MATCH;
const iif = (index: number): string => attr(uapi.RTA_IIF, word(index));

let ns: Netns;
let end: Endpoint;

beforeEach(() => {
  ({ ns, end } = routedLab({ uid: 1000 }));
  ns.route.add('57.0.0.0/8', { via: '10.0.2.9', metric: 7, metrics: { mtu: 1400, hoplimit: 9 } });
  ns.route.add('58.0.0.0/8', { via: '10.0.3.9', realm: 0x10002, tos: 0x10, table: 100 });
  ns.rule.add({ table: 100, priority: 100 });
});

describe('the answer', () => {
  test('CFG-72, CFG-73 output: bytes in the order of the kernel', () => {
    const answer = end.request(
      ask(uapi.RTM_GETROUTE, 0, rtmsg({ length: 32, table: 0, protocol: 0, type: 0 }) + dst('57.0.0.1')),
    );
    expect(payloadOf(answer)).toBe(
      [
        '02200000fe000001 00020000',
        attr(uapi.RTA_TABLE, word(254)),
        dst('57.0.0.1'),
        dev(2),
        attr(uapi.RTA_PREFSRC, '0a000201'),
        attr(uapi.RTA_GATEWAY, '0a000209'),
        attr(uapi.RTA_METRICS, attr(uapi.RTAX_MTU, word(1400)) + attr(uapi.RTAX_HOPLIMIT, word(9))),
        attr(uapi.RTA_UID, word(1000)),
        attr(uapi.RTA_CACHEINFO, word(2) + '00'.repeat(28)),
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  test('CFG-72 the table is main, or with LOOKUP_TABLE the one that was searched; tos that of the route', () => {
    const asked = dst('58.0.0.1');
    expect(get(end, asked, { tos: 0x13 })).toMatchObject({ table: 254, tos: 0x10 });
    expect(get(end, asked, { tos: 0x13, flags: LOOKUP })).toMatchObject({
      table: 100,
      nexthops: [{ via: '10.0.3.9', oif: 3, realm: 0x10002 }],
    });
    expect(get(end, asked)).toBe(-uapi.ENETUNREACH);
  });

  test('CFG-73 the source is told when it is not the one that was asked for', () => {
    expect(get(end, dst('57.0.0.1'))).toMatchObject({ prefsrc: '10.0.2.1' });
    const own = get(end, dst('57.0.0.1') + src('10.0.3.1'));
    expect(own).toMatchObject({ src: '10.0.3.1/32' });
    expect(own).not.toHaveProperty('prefsrc');
  });

  test('CFG-73 input: the interface it came in on, a user id only when given', () => {
    const asked = dst('57.0.0.1') + src('10.0.3.7') + iif(3);
    const typesOf = (attrs: string) =>
      (get(end, attrs) as { unknown: readonly { type: number }[] }).unknown.map(({ type }) => type);
    expect(typesOf(asked)).toEqual([uapi.RTA_IIF, uapi.RTA_CACHEINFO]);
    expect(typesOf(asked + attr(uapi.RTA_UID, word(5)) + attr(uapi.RTA_MARK, word(3)))).toEqual([
      uapi.RTA_MARK,
      uapi.RTA_UID,
      uapi.RTA_IIF,
      uapi.RTA_CACHEINFO,
    ]);
  });

  test('CFG-69, CFG-70, CFG-74 without a destination, for ourselves, for all', () => {
    const flags = uapi.RTCF_LOCAL | uapi.RTM_F_CLONED;
    expect(get(end, '')).toMatchObject({
      dst: '0.0.0.0/32',
      type: 'local',
      flags: flags >>> 0,
      nexthops: [{ oif: 1 }],
    });
    expect(get(end, dst('10.0.2.1'))).toMatchObject({
      type: 'local',
      prefsrc: '10.0.2.1',
      nexthops: [{ oif: 1 }],
    });
    expect(get(end, dst('10.0.2.255'))).toMatchObject({ type: 'broadcast', nexthops: [{ oif: 2 }] });
    expect(get(end, dst('9.9.9.9') + dev(3), { flags: LOOKUP })).toMatchObject({
      table: 0,
      nexthops: [{ oif: 3 }],
    });
  });

  test.each([
    ['no route', dst('9.9.9.9'), uapi.ENETUNREACH],
    ['a source that is not ours', dst('57.0.0.1') + src('9.9.9.9'), uapi.ENETUNREACH],
    ['a source that nobody has', dst('57.0.0.1') + src('224.0.0.1'), uapi.EINVAL],
    ['no such output interface', dst('57.0.0.1') + dev(9), uapi.ENODEV],
    ['no such input interface', dst('57.0.0.1') + iif(9), uapi.ENODEV],
    ['our own source on input', dst('57.0.0.1') + src('10.0.3.1') + iif(3), uapi.EINVAL],
    ['no source on input', dst('57.0.0.1') + iif(3), uapi.EINVAL],
  ])('CFG-70, CFG-71 %s', (_, attrs, errno) => {
    expect(get(end, attrs)).toBe(-errno);
  });

  test('CFG-71 without forwarding only what is for us arrives', () => {
    ns.sysctl.set('net.ipv4.ip_forward', 0);
    const from = src('10.0.3.7') + iif(3);
    expect(get(end, dst('57.0.0.1') + from)).toBe(-uapi.EHOSTUNREACH);
    expect(get(end, dst('10.0.2.1') + from)).toMatchObject({ type: 'local' });
  });

  test('CFG-75 the mark of NOTIFY stays with the path until something changes', () => {
    const mark = uapi.RTM_F_NOTIFY | uapi.RTCF_NOTIFY;
    const isMarked = (address: string, flags = 0) =>
      ((get(end, dst(address), { flags }) as { flags: number }).flags & mark) === mark;
    expect(isMarked('57.0.0.1')).toBe(false);
    expect(isMarked('57.0.0.1', uapi.RTM_F_NOTIFY)).toBe(true);
    expect(isMarked('57.0.0.2')).toBe(true);
    ns.route.add('59.0.0.0/8', { type: 'blackhole' });
    expect(isMarked('57.0.0.2')).toBe(false);
  });
});

describe('FIB_MATCH', () => {
  test('CFG-77, NL-84 the route that decides, as a dump shows it', () => {
    const route = get(end, dst('57.0.0.1'), { flags: MATCH });
    expect(route).toMatchObject({
      dst: '57.0.0.0/8',
      metric: 7,
      protocol: 3,
      flags: 0,
      metrics: { mtu: 1400 },
    });
    expect(get(end, dst('58.0.0.1'), { flags: MATCH | LOOKUP, tos: 0x10 })).toMatchObject({
      dst: '58.0.0.0/8',
      tos: 0x10,
      table: 100,
    });
  });

  test('CFG-77 there may be none', () => {
    expect(get(end, dst('9.9.9.9') + dev(3), { flags: MATCH })).toBe(-uapi.EHOSTUNREACH);
    expect(get(end, '', { flags: MATCH })).toBe(-uapi.EHOSTUNREACH);
  });
});

describe('checks', () => {
  test('CFG-3 a message without a whole header', () => {
    const words = 'ipv4: Invalid header for route get request';
    expect(said(end.request(ask(uapi.RTM_GETROUTE, 0, '0220')))).toMatchObject([{ errno: -22, text: words }]);
  });

  test('CFG-68 protocols', () => {
    const asked = (protocol: string) => get(end, dst('57.0.0.1') + attr(uapi.RTA_IP_PROTO, protocol));
    expect(['01', '06', '11'].map((protocol) => typeof asked(protocol))).toEqual(Array(3).fill('object'));
    expect(['00', '3a'].map(asked)).toEqual(Array(2).fill('-95 Unsupported ip proto'));
  });

  test.each([
    ['values', { length: 24, flags: 1 }, '', 'ipv4: Invalid values in header for route get request'],
    ['scope', { scope: 1 }, '', 'ipv4: Invalid values in header for route get request'],
    ['flags', { flags: 1, length: 0 }, '', 'ipv4: Unsupported rtm_flags for route get request'],
    [
      'length',
      { length: 0 },
      attr(uapi.RTA_TABLE, word(5)),
      'ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4',
    ],
    ['source length', {}, src('10.0.2.1'), 'ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4'],
    ['attribute', {}, attr(uapi.RTA_TABLE, word(5)), 'ipv4: Unsupported attribute in route get request'],
    ['a later one', {}, attr(40, word(5)), 'Unknown attribute type'],
  ])('CFG-67 strict: %s', (_, head, attrs, words) => {
    const strict = new Endpoint(ns, { strict: true });
    expect(get(strict, dst('57.0.0.1') + attrs, head)).toBe(`-22 ${words}`);
    expect(typeof get(end, dst('57.0.0.1') + attrs, head)).toBe('object');
    expect(typeof get(strict, attr(uapi.RTA_DST, '3900000105'))).toBe('object'); // longer than an address
  });
});

describe('dumps', () => {
  const DUMP = uapi.NLM_F_DUMP;
  const dump = (socket: Endpoint, head: Parameters<typeof rtmsg>[0], attrs = '') => {
    const none = { length: 0, table: 0, protocol: 0, type: 0 };
    return socket.request(ask(uapi.RTM_GETROUTE, DUMP, rtmsg({ ...none, ...head }) + attrs));
  };
  const prefixes = (datagrams: readonly Uint8Array[]) =>
    datagrams
      .flatMap(decodeMessages)
      .filter(({ type }) => type === uapi.RTM_NEWROUTE)
      .map(({ payload }) => decodeRoute(payload).dst);
  const FILTERED = uapi.NLM_F_MULTI | uapi.NLM_F_DUMP_FILTERED;

  test('CFG-79, CFG-80, NL-32 loosely: everything, whatever is asked for; the end comes apart', () => {
    const answers = dump(end, { table: 100, type: 6, tos: 4 });
    expect(prefixes(answers)).toEqual(ns.route.list().map((route) => route.dst));
    expect(answers).toHaveLength(2);
    expect(new Set(said(answers).map(({ flags }) => flags))).toEqual(new Set([uapi.NLM_F_MULTI]));
    expect(prefixes(dump(end, { flags: uapi.RTM_F_PREFIX }))).toEqual([]);
    expect(prefixes(end.request(ask(uapi.RTM_GETROUTE, DUMP, '02000000')))).toHaveLength(
      ns.route.list().length,
    );
  });

  test('CFG-82, CFG-84 strictly: by table, protocol, type, device', () => {
    const strict = new Endpoint(ns, { strict: true });
    expect(prefixes(dump(strict, { table: 100 }))).toEqual(['58.0.0.0/8']);
    expect(prefixes(dump(strict, { table: 254 }, attr(uapi.RTA_TABLE, word(100))))).toEqual(['58.0.0.0/8']);
    expect(prefixes(dump(strict, { protocol: 3 }))).toEqual(['58.0.0.0/8', '57.0.0.0/8']);
    expect(prefixes(dump(strict, { type: 2 }, dev(3)))).toEqual(['10.0.3.1/32']);
    expect(prefixes(dump(strict, { flags: uapi.RTM_F_CLONED }))).toEqual([]);
    expect(new Set(said(dump(strict, { protocol: 3 })).map(({ flags }) => flags))).toEqual(
      new Set([FILTERED]),
    );
    expect(said(dump(strict, {})).at(-1)).toMatchObject({ type: uapi.NLMSG_DONE, flags: uapi.NLM_F_MULTI });
  });

  test.each([
    ['a short header', '02000000', '-22 Invalid header for FIB dump request'],
    [
      'values',
      rtmsg({ length: 0, table: 0, protocol: 0, type: 0, tos: 4 }),
      '-22 Invalid values in header for FIB dump request',
    ],
    [
      'flags',
      rtmsg({ length: 0, table: 0, protocol: 0, type: 0, flags: 1 }),
      '-22 Invalid flags for FIB dump request',
    ],
    [
      'attributes',
      rtmsg({ length: 0, table: 0, protocol: 0, type: 0 }) + dst('1.2.3.4'),
      '-22 Unsupported attribute in dump request',
    ],
    ['device', rtmsg({ length: 0, table: 0, protocol: 0, type: 0 }) + dev(9), '-19 undefined'],
    ['table', rtmsg({ length: 0, table: 9, protocol: 0, type: 0 }), '-2 ipv4: FIB table does not exist'],
  ])('CFG-81, CFG-83, CFG-85 strictly refused: %s', (_, payload, words) => {
    const strict = new Endpoint(ns, { strict: true });
    const [done, ...rest] = said(strict.request(ask(uapi.RTM_GETROUTE, DUMP, payload)));
    expect(done!.type).toBe(uapi.NLMSG_DONE);
    expect(`${done!.errno} ${done!.text}`).toBe(words);
    expect(rest).toEqual([]);
  });

  test('CFG-83 of any family a table that does not exist is no error', () => {
    const strict = new Endpoint(ns, { strict: true });
    expect(said(dump(strict, { family: 0, table: 9 })).at(-1)).toMatchObject({ errno: 0, flags: FILTERED });
  });
});
