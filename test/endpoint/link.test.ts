/**
 * endpoint/link.test.ts - requests about links, byte for byte: what is taken, what is refused and with which words.
 *
 * Answers are those of Linux 6.18, asked with the same bytes.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Endpoint, Netns } from '../../src/index.js';
import { decodeLink, decodeMessages, type LinkMessage } from '../../src/wire/index.js';
import { toHex } from '../wire/samples.js';
import { ask, said, type Said } from './talk.js';

const ACK = uapi.NLM_F_ACK;
const CREATE = uapi.NLM_F_CREATE | ACK;
const NEW = CREATE | uapi.NLM_F_EXCL;
const DUMP = uapi.NLM_F_DUMP;
const { RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK, RTM_GETLINK } = uapi;
const TOO_BAD = 'Attribute failed policy validation';
const LEFTOVER = 'bytes leftover after parsing attributes';

let ns: Netns;
let end: Endpoint;

/** An attribute as hexadecimal text; its payload is text, an u32, or hexadecimal in brackets. */
function attr(type: number, payload: string | number): string {
  const bytes =
    typeof payload === 'number'
      ? word(payload)
      : payload.startsWith('[')
        ? payload.slice(1, -1).replaceAll(' ', '')
        : `${toHex(new TextEncoder().encode(payload))}00`;
  const length = 4 + bytes.length / 2;
  const head = Uint8Array.of(length & 255, length >>> 8, type & 255, type >>> 8);
  return `${toHex(head)}${bytes}${'00'.repeat(-length & 3)}`;
}

/** An u32 in host order. */
function word(value: number): string {
  return toHex(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
}

/** struct ifinfomsg. */
function ifinfo(index = 0, flags = 0, mask = 0, family = '00', type = '0000'): string {
  return `${family}00${type}${word(index)}${word(flags)}${word(mask)}`;
}

const name = (text: string): string => attr(uapi.IFLA_IFNAME, text);
const kind = (text: string, data = ''): string =>
  attr(uapi.IFLA_LINKINFO, `[${attr(1, text)}${data && attr(2, `[${data}]`)}]`);
const peer = (attrs: string, flags = 0): string => attr(1, `[${ifinfo(0, flags, flags)}${attrs}]`);

/** What the kernel says to a request: errno and words. */
function asked(type: number, flags: number, payload: string, strict = false): readonly [number, string?] {
  const [answer] = said(new Endpoint(ns, { strict }).request(ask(type, flags, payload))).slice(-1) as [Said];
  return answer.text === undefined ? [Math.abs(answer.errno!)] : [Math.abs(answer.errno!), answer.text];
}

/** Links in the answers to a request. */
function links(type: number, flags: number, payload: string, strict = false): LinkMessage[] {
  const answers = new Endpoint(ns, { strict }).request(ask(type, flags, payload));
  return answers
    .flatMap((datagram) => decodeMessages(datagram))
    .filter((message) => message.type === RTM_NEWLINK)
    .map(({ payload: bytes }) => decodeLink(bytes));
}

beforeEach(() => {
  ns = Netns.create();
  end = new Endpoint(ns);
  ns.link.add({ name: 'e0', kind: 'ifb' });
  ns.link.add({ name: 'va', kind: 'veth', peer: 'vb' });
  ns.link.add({ name: 'br0', kind: 'bridge' });
});

describe('RTM_NEWLINK', () => {
  test('makes links with what their attributes say', () => {
    const settings =
      attr(uapi.IFLA_ADDRESS, '[020000000099]') + attr(uapi.IFLA_MTU, 1400) + attr(uapi.IFLA_GROUP, 5);
    expect(asked(RTM_NEWLINK, NEW, ifinfo(0, 1, 1) + name('x0') + settings + kind('ifb'))).toEqual([0]);
    expect(ns.link.get('x0')).toMatchObject({
      ...{ index: 6, kind: 'ifb', mtu: 1400, group: 5, address: '02:00:00:00:00:99', operstate: 'UNKNOWN' },
    });
    expect(asked(RTM_NEWLINK, NEW, ifinfo(40) + name('x1') + kind('dummy'))).toEqual([0]);
    expect(ns.link.get('x1')).toMatchObject({ index: 40, kind: 'dummy', operstate: 'DOWN' });
    expect(asked(RTM_NEWLINK, NEW, ifinfo() + kind('ifb'))).toEqual([0]);
    expect(ns.link.get('ifb0')).toMatchObject({ index: 7 });
    const other = peer(name('y1') + attr(uapi.IFLA_MTU, 1300));
    expect(asked(RTM_NEWLINK, NEW, ifinfo() + name('y0') + kind('veth', other))).toEqual([0]);
    expect(ns.link.get('y1')).toMatchObject({ index: 8, peer: 'y0', mtu: 1300 });
    expect(asked(RTM_NEWLINK, NEW, ifinfo() + name('red') + kind('vrf', attr(1, 70)))).toEqual([0]);
    expect(ns.link.get('red')).toMatchObject({ table: 70, kind: 'vrf' });
  });

  test('changes the link of an index or a name', () => {
    expect(asked(RTM_NEWLINK, ACK, ifinfo(2, 0, 1))).toEqual([0]);
    expect(ns.link.get('e0')!.operstate).toBe('DOWN');
    expect(asked(RTM_NEWLINK, ACK, ifinfo(0, 1, 1) + name('e0'))).toEqual([0]);
    expect(ns.link.get('e0')!.operstate).toBe('UNKNOWN');
    expect(asked(RTM_NEWLINK, ACK, ifinfo(2) + name('lan0') + attr(uapi.IFLA_MASTER, 5))).toEqual([0]);
    expect(ns.link.get('lan0')).toMatchObject({ index: 2, master: 'br0' });
    expect(asked(RTM_NEWLINK, CREATE, ifinfo(2) + name('e0'))).toEqual([0]);
    expect(ns.link.get('e0')).toMatchObject({ index: 2 });
  });

  test('without a mask the flags are all meant', () => {
    asked(RTM_NEWLINK, ACK, ifinfo(2, uapi.IFF_UP, 0));
    expect(ns.link.get('e0')!.flags & (uapi.IFF_UP | uapi.IFF_NOARP | uapi.IFF_BROADCAST)).toBe(3);
  });

  test('without index and name it changes a group', () => {
    for (const link of ['e0', 'va']) ns.link.set(link, { group: 9 });
    expect(asked(RTM_NEWLINK, ACK, ifinfo(0, 0, 1) + attr(uapi.IFLA_GROUP, 9))).toEqual([0]);
    expect(ns.link.list().map(({ operstate }) => operstate)).toEqual([
      ...['DOWN', 'DOWN', 'LOWERLAYERDOWN', 'DOWN', 'UNKNOWN'],
    ]);
    expect(asked(RTM_NEWLINK, ACK, ifinfo(0, 0, 1) + attr(uapi.IFLA_GROUP, 10))).toEqual([0]);
  });

  test('NL-47 the notice of a new link names the requester only when it is echoed', () => {
    const heard: number[] = [];
    end.subscribe([1], (datagram) => heard.push(...decodeMessages(datagram).map(({ seq }) => seq)));
    end.request(ask(RTM_NEWLINK, NEW, ifinfo() + name('x0') + kind('ifb')));
    const answers = end.request(ask(RTM_DELLINK, ACK | uapi.NLM_F_ECHO, ifinfo() + name('x0')));
    expect(heard).toEqual([0]);
    expect(said(answers)).toMatchObject([{ type: RTM_DELLINK }, { errno: 0 }]);
  });

  test.each<[string, number, string, readonly [number, string?]]>([
    ['a header cut short', NEW, '0000000000000000', [uapi.EINVAL, 'Invalid header length']],
    ['a name that is taken', NEW, ifinfo() + name('e0') + kind('ifb'), [uapi.EEXIST]],
    ['an index that is taken', NEW, ifinfo(2) + name('x') + kind('ifb'), [uapi.EEXIST]],
    ['a name that cannot be', NEW, ifinfo() + name('a/b') + kind('ifb'), [uapi.EINVAL]],
    ['a name too long', NEW, ifinfo() + name('abcdefghijklmnop') + kind('ifb'), [uapi.ERANGE, TOO_BAD]],
    ['no kind', NEW, ifinfo() + name('x'), [uapi.EOPNOTSUPP, 'Unknown device type']],
    ['an unknown kind', NEW, ifinfo() + name('x') + kind('zork'), [uapi.EOPNOTSUPP, 'Unknown device type']],
    [
      'a kind that is not made so',
      NEW,
      ifinfo() + name('x') + kind('tun'),
      [uapi.EOPNOTSUPP, 'tun/tap creation via rtnetlink is not supported.'],
    ],
    ['an empty kind', NEW, ifinfo() + name('x') + attr(18, `[${attr(1, '[]')}]`), [uapi.ERANGE]],
    ['a kind nest too short', NEW, ifinfo() + name('x') + attr(18, '[01]'), [uapi.ERANGE, TOO_BAD]],
    ['a peer too short', NEW, ifinfo() + name('x') + kind('veth', attr(1, '[0000]')), [uapi.ERANGE, TOO_BAD]],
    ['a peer that is up', NEW, ifinfo() + name('x') + kind('veth', peer(name('y'), 1)), [uapi.ENOTCONN]],
    ['an MTU too small', NEW, ifinfo() + name('x') + attr(4, 60) + kind('veth'), [uapi.EINVAL]],
    ['an address too short', NEW, ifinfo() + name('x') + attr(1, '[020000]') + kind('ifb'), [uapi.EINVAL]],
    ['no such master', NEW, ifinfo() + name('x') + attr(10, 99) + kind('ifb'), [uapi.EINVAL]],
    ['no link and no CREATE', ACK, ifinfo(99), [uapi.ENODEV]],
    ['no link of that name', ACK, ifinfo() + name('x'), [uapi.ENODEV]],
    ['nothing to go by', ACK, ifinfo(), [uapi.ENODEV]],
    ['a negative index', ACK, ifinfo(-1), [uapi.EINVAL, "ifindex can't be negative"]],
    ['EXCL', ACK | uapi.NLM_F_EXCL, ifinfo(2), [uapi.EEXIST]],
    ['REPLACE', ACK | uapi.NLM_F_REPLACE, ifinfo(2), [uapi.EOPNOTSUPP]],
    ['an MTU below the least', ACK, ifinfo(4) + attr(4, 60), [uapi.EINVAL, 'mtu less than device minimum']],
    [
      'an MTU above the greatest',
      ACK,
      ifinfo(4) + attr(4, 65536),
      [uapi.EINVAL, 'mtu greater than device maximum'],
    ],
    ['an MTU that is negative', ACK, ifinfo(2) + attr(4, -1), [uapi.EINVAL, 'mtu less than device minimum']],
    ['an MTU of two bytes', ACK, ifinfo(2) + attr(4, '[dc05]'), [uapi.ERANGE, TOO_BAD]],
    ['an address where it stays', ACK, ifinfo(2) + attr(1, '[020000000001]'), [uapi.EOPNOTSUPP]],
    ['a group address', ACK, ifinfo(4) + attr(1, '[030000000001]'), [uapi.EADDRNOTAVAIL]],
    ['a broadcast address too short', ACK, ifinfo(4) + attr(2, '[ffff]'), [uapi.EINVAL]],
    ['carrier of a veth', ACK, ifinfo(4) + attr(33, '[00]'), [uapi.EOPNOTSUPP]],
    ['a master that takes none', ACK, ifinfo(2) + attr(10, 4), [uapi.EOPNOTSUPP]],
    [
      'a bridge in a bridge',
      ACK,
      ifinfo(5) + attr(10, 5),
      [uapi.ELOOP, 'Can not enslave a bridge to a bridge'],
    ],
    ['another namespace', ACK, ifinfo(2) + attr(19, 1), [uapi.ESRCH]],
    ['protodown', ACK, ifinfo(2) + attr(39, '[01]'), [uapi.EOPNOTSUPP, 'Protodown not supported by device']],
    ['data of a kind without any', ACK, ifinfo(2) + kind('ifb', attr(1, 1)), [uapi.EOPNOTSUPP]],
    ['a number unknown to 6.18', ACK, ifinfo(2) + attr(65, 1), [uapi.EINVAL, 'Unsupported attribute']],
  ])('refuses %s', (_, flags, payload, answer) => {
    const before = ns.link.list();
    expect(asked(RTM_NEWLINK, flags, payload)).toEqual(answer);
    expect(ns.link.list()).toEqual(before);
  });

  test.each<[string, number, string, readonly [number, string?]]>([
    ['a tail', ACK, `${ifinfo(2)}0101`, [0, LEFTOVER]],
    ['a number beyond all', ACK, ifinfo(2) + attr(200, 1), [0]],
    ['a kind of another device', ACK, ifinfo(2) + kind('veth'), [0]],
    ['an MTU of eight bytes', ACK, ifinfo(2) + attr(4, '[dc05000000000000]'), [0]],
    ['a name without NUL', ACK, ifinfo(2) + attr(3, '[6530]'), [0]],
    ['an empty name', ACK, ifinfo(2) + name(''), [0]],
    ['data of a bridge', ACK, ifinfo(5) + kind('bridge', attr(1, 100)), [0]],
    ['an alias', ACK, ifinfo(2) + attr(20, 'uplink'), [0]],
  ])('takes %s', (_, flags, payload, answer) => {
    expect(asked(RTM_NEWLINK, flags, payload)).toEqual(answer);
  });
});

describe('RTM_SETLINK', () => {
  test('changes a link that is there', () => {
    expect(asked(RTM_SETLINK, ACK, ifinfo(2, 0, 1))).toEqual([0]);
    expect(asked(RTM_SETLINK, ACK, ifinfo(0, 0, 1) + name('va'))).toEqual([0]);
    expect(
      ns.link
        .list()
        .map(({ operstate }) => operstate)
        .slice(1, 4),
    ).toEqual(['DOWN', 'LOWERLAYERDOWN', 'DOWN']);
    expect(asked(RTM_SETLINK, ACK, ifinfo())).toEqual([uapi.EINVAL]);
    expect(asked(RTM_SETLINK, ACK, ifinfo(99))).toEqual([uapi.ENODEV]);
    expect(asked(RTM_SETLINK, NEW, ifinfo() + name('x') + kind('ifb'))).toEqual([uapi.ENODEV]);
  });
});

describe('RTM_DELLINK', () => {
  test('takes a link away by index, by name, or a group', () => {
    ns.link.set('br0', { group: 9 });
    for (const payload of [ifinfo(2), ifinfo() + name('va'), ifinfo() + attr(uapi.IFLA_GROUP, 9)]) {
      expect(asked(RTM_DELLINK, ACK, payload)).toEqual([0]);
    }
    expect(ns.link.list().map((link) => link.name)).toEqual(['lo']);
  });

  test.each<[string, number, string, readonly [number, string?]]>([
    ['the loopback device', ACK, ifinfo(1), [uapi.EOPNOTSUPP]],
    ['nothing', ACK, ifinfo(), [uapi.EINVAL]],
    ['an unknown index', ACK, ifinfo(99) + name('e0'), [uapi.ENODEV]],
    ['an unknown name', ACK, ifinfo() + name('x'), [uapi.ENODEV]],
    ['group 0', ACK, ifinfo() + attr(27, 0), [uapi.EPERM]],
    ['an empty group', ACK, ifinfo() + attr(27, 9), [uapi.ENODEV]],
    ['bulk', ACK | uapi.NLM_F_BULK, ifinfo(2), [uapi.EOPNOTSUPP, 'Bulk delete is not supported']],
  ])('refuses %s', (_, flags, payload, answer) => {
    expect(asked(RTM_DELLINK, flags, payload)).toEqual(answer);
    expect(ns.link.list()).toHaveLength(5);
  });
});

describe('RTM_GETLINK of one', () => {
  test('tells a link by index or name, the index first', () => {
    for (const payload of [
      ifinfo(2),
      ifinfo() + name('e0'),
      ifinfo() + attr(53, 'e0'),
      ifinfo(2) + name('va'),
    ]) {
      for (const strict of [false, true]) {
        expect(links(RTM_GETLINK, 0, payload, strict)).toMatchObject([
          {
            ...{ index: 2, name: 'e0', kind: 'ifb', mtu: 1500, change: 0, family: 0, txqlen: 32, carrier: 1 },
          },
        ]);
      }
    }
  });

  test('makes its carrier report at once', () => {
    ns.link.add({ name: 'd0' });
    ns.advance(2000);
    for (const carrier of [false, true, false]) ns.link.set('d0', { carrier });
    expect(ns.link.get('d0')!.operstate).toBe('UP');
    expect(links(RTM_GETLINK, 0, ifinfo() + name('d0'))).toMatchObject([{ operstate: uapi.IF_OPER_DOWN }]);
  });

  test.each<[string, string, boolean, readonly [number, string?]]>([
    ['nothing', ifinfo(), false, [uapi.EINVAL]],
    ['a negative index', ifinfo(-1) + name('e0'), false, [uapi.EINVAL]],
    ['an unknown index', ifinfo(99), true, [uapi.ENODEV]],
    ['an unknown name', ifinfo() + name('x'), false, [uapi.ENODEV]],
    ['another namespace', ifinfo(2) + attr(46, 7), false, [uapi.EINVAL]],
    ['a short header', '00000000', false, [uapi.EINVAL, 'Invalid header for get link']],
    [
      'a type',
      ifinfo(2, 0, 0, '00', '0100'),
      true,
      [uapi.EINVAL, 'Invalid values in header for get link request'],
    ],
    ['flags', ifinfo(2, 1), true, [uapi.EINVAL, 'Invalid values in header for get link request']],
    ['an MTU', ifinfo(2) + attr(4, 1), true, [uapi.EINVAL, 'Unsupported attribute in get link request']],
    ['an unknown number', ifinfo(2) + attr(200, 1), true, [uapi.EINVAL, 'Unknown attribute type']],
    ['a tail', `${ifinfo(2)}0101`, true, [uapi.EINVAL, LEFTOVER]],
  ])('refuses %s', (_, payload, strict, answer) => {
    expect(asked(RTM_GETLINK, ACK, payload, strict)).toEqual(answer);
  });
});

describe('RTM_GETLINK of all', () => {
  const dumped = (payload: string, strict = false): (string | undefined)[] =>
    links(RTM_GETLINK, DUMP, payload, strict).map((link) => link.name);
  const all = ['lo', 'e0', 'vb', 'va', 'br0'];

  test('tells them by ascending index, of whatever family', () => {
    for (const payload of [ifinfo(), ifinfo(0, 0, 0, '02'), ifinfo(0, 0, 0, '63')])
      expect(dumped(payload, true)).toEqual(all);
    for (const payload of ['00', '00000000', ifinfo(2), ifinfo(0, 1), ifinfo() + attr(4, 1)]) {
      expect(dumped(payload)).toEqual(all);
    }
  });

  test('CFG-84 a kind and a master filter, and every message says so', () => {
    ns.link.set('va', { master: 'br0' });
    expect(dumped(ifinfo() + kind('veth'), true)).toEqual(['vb', 'va']);
    expect(dumped(ifinfo() + attr(10, 5), true)).toEqual(['va']);
    expect(dumped(ifinfo() + attr(10, 99), true)).toEqual([]);
    expect(dumped(ifinfo() + attr(10, 0) + kind('zork'), true)).toEqual(all);
    const flags = said(end.request(ask(RTM_GETLINK, DUMP, ifinfo() + kind('ifb')))).map(
      (answer) => answer.flags,
    );
    expect(flags).toEqual([uapi.NLM_F_MULTI | uapi.NLM_F_DUMP_FILTERED, uapi.NLM_F_MULTI]);
  });

  test('a dump of bridges tells their ports', () => {
    ns.link.set('va', { master: 'br0' });
    expect(links(RTM_GETLINK, DUMP, ifinfo(0, 0, 0, '07'))).toMatchObject([
      { family: 7, name: 'va', master: 5 },
    ]);
  });

  test('statistics are left out on request', () => {
    const size = (mask: number): number =>
      end
        .request(ask(RTM_GETLINK, DUMP, ifinfo() + attr(29, mask)))
        .reduce((sum, { length }) => sum + length, 0);
    expect(size(1) - size(9)).toBe(5 * (200 + 96 + 8));
  });

  test.each<[string, string, readonly [number, string?]]>([
    ['a short header', '00', [uapi.EINVAL, 'Invalid header for link dump']],
    ['an index', ifinfo(2), [uapi.EINVAL, 'Filter by device index not supported for link dumps']],
    ['flags', ifinfo(0, 1), [uapi.EINVAL, 'Invalid values in header for link dump request']],
    ['a name', ifinfo() + name('e0'), [uapi.EINVAL, 'Unsupported attribute in link dump request']],
    ['an unknown number', ifinfo() + attr(200, 1), [uapi.EINVAL, 'Unknown attribute type']],
    ['another namespace', ifinfo() + attr(46, 7), [uapi.EINVAL, 'Invalid target network namespace id']],
    ['a nest too short', ifinfo() + attr(18, '[00]'), [uapi.ERANGE, TOO_BAD]],
    ['a tail', `${ifinfo()}0101`, [uapi.EINVAL, LEFTOVER]],
  ])('a strict socket refuses %s', (_, payload, answer) => {
    expect(asked(RTM_GETLINK, DUMP, payload, true)).toEqual(answer);
  });
});
