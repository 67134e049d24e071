/**
 * endpoint/endpoint.test.ts - the envelope of netlink: datagrams, flags, acks, errors, dumps (NL-1..8, NL-31..44).
 */
import { describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Endpoint, type EndpointOptions } from '../../src/index.js';
import { decodeMessages } from '../../src/wire/index.js';
import { lab } from '../lab.js';
import { hex, toHex } from '../wire/samples.js';
import { ask, ifaddr, said } from './talk.js';

const ACK = uapi.NLM_F_ACK;
const NEW = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL | ACK;
const DUMP = uapi.NLM_F_DUMP;
const { EADDRNOTAVAIL, EAFNOSUPPORT, EBUSY, EEXIST, EINVAL, EOPNOTSUPP, EPERM, ERANGE } = uapi;
/** NLMSG_NOOP, an odd type of the protocol itself. */
const NOOP = 1;

/** A socket on a namespace with links 2 and 3. */
function socket(options: EndpointOptions = {}): Endpoint {
  return new Endpoint(lab(2, 3), options);
}

const addAddress = (address = '10.0.0.1/24', flags = NEW): Uint8Array =>
  ask(uapi.RTM_NEWADDR, flags, ifaddr(address, 2));
const dumpAddresses = (payload = '02000000 00000000'): Uint8Array => ask(uapi.RTM_GETADDR, DUMP, payload);

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A copy with its nlmsg_len changed. */
function withLength(message: Uint8Array, length: number): Uint8Array {
  const copy = message.slice();
  new DataView(copy.buffer).setUint32(0, length, true);
  return copy;
}

describe('datagrams', () => {
  test('NL-1 a message begins where the one before ends, rounded up to 4', () => {
    const odd = ask(NOOP, ACK, '00');
    expect(said(socket().request(join(withLength(odd, 17), addAddress())))).toMatchObject([
      { errno: 0 },
      { errno: 0 },
    ]);
  });

  test.each([
    ['shorter than a header', 0],
    ['15 bytes', 15],
    ['beyond the datagram', 400],
  ])('NL-2 a length that is %s ends the datagram without a word', (_, length) => {
    const bad = withLength(addAddress('10.0.1.1/24'), length);
    expect(said(socket().request(join(addAddress(), bad, addAddress('10.0.2.1/24'))))).toMatchObject([
      { errno: 0 },
    ]);
  });

  test('NL-2 fewer bytes than a header are no message', () => {
    expect(socket().request(addAddress().subarray(0, 15))).toEqual([]);
    expect(socket().request(new Uint8Array(0))).toEqual([]);
  });

  test('NL-3 types below 16 are acknowledged and nothing else', () => {
    for (const type of [0, 1, 2, 3, 4, 15]) {
      expect(said(socket().request(ask(type, ACK, '02000000')))).toMatchObject([{ errno: 0 }]);
      expect(socket().request(ask(type, 0, '02000000'))).toEqual([]);
    }
  });

  test('NL-4 without NLM_F_REQUEST there is an ack and no more', () => {
    const end = socket();
    const request = addAddress();
    request[6] = ACK;
    expect(said(end.request(request))).toMatchObject([{ errno: 0 }]);
    expect(said(end.request(dumpAddresses()))).toMatchObject([{ type: uapi.NLMSG_DONE }]);
  });

  test('a request without even a family does nothing', () => {
    expect(said(socket().request(ask(uapi.RTM_NEWADDR, NEW)))).toMatchObject([{ errno: 0 }]);
    expect(socket().request(ask(uapi.RTM_GETADDR, DUMP))).toEqual([]);
  });
});

describe('who serves what', () => {
  test.each([27, 31, 107, 124, 200, 4000, 0xffff])('CFG-2 type %d has no handler', (type) => {
    expect(said(socket().request(ask(type, ACK, '02000000')))).toMatchObject([{ errno: -EOPNOTSUPP }]);
  });

  test.each([0, 1, 7, 77, 255])('CFG-2 family %d has no handler for changes', (family) => {
    const payload = `${family.toString(16).padStart(2, '0')}180000 02000000`;
    expect(said(socket().request(ask(uapi.RTM_NEWADDR, NEW, payload)))).toMatchObject([
      { errno: -EOPNOTSUPP },
    ]);
  });

  test('IPv6 is not there yet: EAFNOSUPPORT', () => {
    const end = socket();
    expect(said(end.request(ask(uapi.RTM_NEWADDR, NEW, '0a400000 02000000')))).toMatchObject([
      { errno: -EAFNOSUPPORT },
    ]);
    expect(said(end.request(dumpAddresses('0a000000 00000000')))).toMatchObject([{ errno: -EAFNOSUPPORT }]);
  });

  test.each([0, 2, 7, 77])('CFG-86 a dump of family %d tells of IPv4', (family) => {
    const end = socket();
    end.request(addAddress());
    const payload = `${family.toString(16).padStart(2, '0')}000000 00000000`;
    expect(said(end.request(dumpAddresses(payload)))).toMatchObject([
      { type: uapi.RTM_NEWADDR },
      { type: uapi.NLMSG_DONE, errno: 0 },
    ]);
  });

  test('CFG-1 without rights nothing can be changed, and all be read', () => {
    const end = socket({ netAdmin: false });
    for (const type of [uapi.RTM_NEWADDR, uapi.RTM_DELADDR, 27, 107]) {
      expect(said(end.request(ask(type, 0, '02180000 02000000')))).toMatchObject([{ errno: -EPERM }]);
    }
    expect(said(end.request(dumpAddresses()))).toMatchObject([{ type: uapi.NLMSG_DONE, errno: 0 }]);
  });

  test.each([0x100, 0x200, 0x300])('NL-6 a get with %d is a dump', (flags) => {
    expect(said(socket().request(ask(uapi.RTM_GETADDR, flags, '02')))).toMatchObject([
      { type: uapi.NLMSG_DONE },
    ]);
  });

  test('NL-6 a get that can only be dumped, and is not', () => {
    expect(said(socket().request(ask(uapi.RTM_GETADDR, 0, '02')))).toMatchObject([{ errno: -EOPNOTSUPP }]);
  });

  test('NL-7 the end of a dump is its ack', () => {
    expect(said(socket().request(ask(uapi.RTM_GETADDR, DUMP | ACK, '02')))).toHaveLength(1);
  });

  test('NL-8 nothing can be deleted in bulk', () => {
    const request = ask(uapi.RTM_DELADDR, uapi.NLM_F_BULK, ifaddr('10.0.0.1/24', 2));
    expect(said(socket().request(request))).toMatchObject([
      { errno: -EOPNOTSUPP, text: 'Bulk delete is not supported' },
    ]);
  });
});

describe('acks and errors', () => {
  test('NL-37, NL-38 an ack has the header of the request, no more', () => {
    const [ack] = socket({ portId: 7 }).request(addAddress());
    const request = toHex(addAddress().subarray(0, 16));
    expect(toHex(ack!)).toBe(toHex(hex('24000000 0200 0001 09000000 07000000 00000000')) + request);
  });

  test('NL-37 an error has the whole request, padded to 4', () => {
    const request = withLength(ask(uapi.RTM_NEWADDR, NEW, '0218000000000000'), 23);
    const [error] = socket({ extAck: false }).request(request);
    expect(toHex(error!)).toBe(
      toHex(hex('2c000000 0200 0000 09000000 00000000 eaffffff')) + toHex(request.subarray(0, 23)) + '00',
    );
  });

  test('NL-39..41 errors with and without capping and reasons', () => {
    const request = ask(uapi.RTM_DELADDR, ACK, ifaddr('10.0.0.1/24', 2));
    const reason = '1c000100' + toHex(new TextEncoder().encode('ipv4: Address not found\0'));
    const forms = [
      [{ extAck: false }, 0, toHex(request)],
      [{}, 0x200, toHex(request) + reason],
      [{ capAck: true }, 0x300, toHex(request.subarray(0, 16)) + reason],
      [{ capAck: true, extAck: false }, 0x100, toHex(request.subarray(0, 16))],
    ] as const;
    for (const [options, flags, rest] of forms) {
      const [error] = socket(options).request(request);
      const [message] = decodeMessages(error!);
      expect(message).toMatchObject({ type: uapi.NLMSG_ERROR, flags });
      expect(toHex(message!.payload)).toBe(toHex(hex('9dffffff')) + rest);
      expect(-EADDRNOTAVAIL).toBe(-99);
    }
  });

  test('NL-40 text, offset and policy of a wrong attribute, in this order', () => {
    const [error] = socket().request(ask(uapi.RTM_NEWADDR, NEW, '02180000 02000000 06000200 0a000000'));
    const reasons = toHex(error!.subarray(16 + 4 + 32));
    const text = toHex(new TextEncoder().encode('Attribute failed policy validation\0'));
    expect(reasons).toBe(
      toHex(
        hex(`27000100 ${text} 00 | 0800 0200 18000000 | 2400 0480
          0c00 0400 0000000000000000 | 0c00 0500 ffffffff00000000 | 0800 0100 04000000`),
      ),
    );
    expect(said([error!])).toMatchObject([{ errno: -ERANGE }]);
  });

  test('NL-40 a success may carry a warning, an error without a text of its own too', () => {
    const end = socket();
    const warning = 'bytes leftover after parsing attributes';
    const odd = (address: string): Uint8Array => ask(uapi.RTM_NEWADDR, NEW, `${ifaddr(address, 2)} 0102`);
    const [ack] = said(end.request(withLength(odd('10.0.0.1/24'), 42)));
    expect(ack).toEqual({ type: uapi.NLMSG_ERROR, flags: 0x300, errno: 0, text: warning });
    expect(said(end.request(withLength(odd('10.0.0.1/24'), 42)))).toMatchObject([
      { errno: -EEXIST, text: 'ipv4: Address already assigned' },
    ]);
  });

  test('NL-42 an error is told although no ack was asked for', () => {
    const end = socket();
    expect(end.request(addAddress('10.0.0.1/24', uapi.NLM_F_CREATE))).toEqual([]);
    expect(said(end.request(addAddress('10.0.0.1/24', uapi.NLM_F_CREATE)))).toMatchObject([
      { errno: -EEXIST },
    ]);
  });

  test('NL-44, NL-47 with ECHO the notice comes first, once, member of the group or not', () => {
    const end = socket({ portId: 5 });
    const heard: Uint8Array[] = [];
    const leave = end.subscribe([5, 7], (datagram) => heard.push(datagram));
    const answers = said(end.request(addAddress('10.0.0.1/24', NEW | uapi.NLM_F_ECHO)));
    expect(answers).toMatchObject([
      { type: uapi.RTM_NEWADDR, flags: 0 },
      { type: uapi.NLMSG_ERROR, errno: 0 },
    ]);
    expect(said(heard).map(({ type }) => type)).toEqual([24, 24, 24]);
    leave();
    end.request(addAddress('10.0.1.1/24'));
    expect(heard).toHaveLength(3);
  });

  test('NL-47, NL-49 a member hears of its own change before the ack, and of all in order', () => {
    const end = socket({ portId: 5 });
    const heard: Uint8Array[] = [];
    end.subscribe([5], (datagram) => heard.push(datagram));
    end.send(addAddress());
    expect(decodeMessages(heard[0]!)).toMatchObject([{ type: uapi.RTM_NEWADDR, seq: 9, pid: 5 }]);
    expect(said([end.receive()!])).toMatchObject([{ errno: 0 }]);
    expect(end.receive()).toBeNull();
  });
});

describe('dumps', () => {
  /** A socket whose namespace has so many addresses on link 2. */
  function crowded(count: number): Endpoint {
    const ns = lab(2, 3);
    for (let i = 0; i < count; i++) ns.address.add(`10.${i >> 8}.${i & 255}.1/24`, { dev: 'eth2' });
    return new Endpoint(ns);
  }

  test('NL-31 each part has MULTI, the last is DONE with 0', () => {
    const end = socket();
    end.request(addAddress());
    const datagrams = end.request(dumpAddresses());
    expect(said(datagrams).map(({ flags }) => flags)).toEqual([2, 2]);
    expect(toHex(datagrams.at(-1)!)).toBe(toHex(hex('14000000 0300 0200 09000000 00000000 00000000')));
  });

  test('NL-36 a page first, then up to 32 KiB, whole messages each', () => {
    const datagrams = crowded(1000).request(dumpAddresses());
    const sizes = datagrams.map((datagram) => datagram.length);
    expect(sizes.at(0)).toBeGreaterThan(3600);
    expect(sizes.at(0)).toBeLessThan(4096);
    expect(sizes.at(1)).toBeGreaterThan(32300);
    expect(sizes.at(1)).toBeLessThan(32769);
    expect(sizes.at(-1)).toBe(20);
    expect(said(datagrams)).toHaveLength(1001);
  });

  test('NL-35 one at a time: the second is refused, the first goes on', () => {
    const end = crowded(200);
    end.send(join(dumpAddresses(), dumpAddresses()));
    const answers: Uint8Array[] = [];
    for (let next = end.receive(); next !== null; next = end.receive()) answers.push(next);
    const words = said(answers);
    expect(words.filter(({ type }) => type === uapi.NLMSG_ERROR)).toMatchObject([{ errno: -EBUSY }]);
    expect(words.filter(({ type }) => type === uapi.RTM_NEWADDR)).toHaveLength(200);
    expect(said(end.request(dumpAddresses()))).toHaveLength(201);
  });

  test('NL-34 a change between two parts shows, and marks the next message', () => {
    const end = crowded(1000);
    end.send(dumpAddresses());
    end.receive(); // the second part is made as the first is read
    end.send(ask(uapi.RTM_DELADDR, 0, ifaddr('10.3.200.1/24', 2)));
    const rest: Uint8Array[] = [];
    for (let next = end.receive(); next !== null; next = end.receive()) rest.push(next);
    const marked = rest.map((datagram) =>
      said([datagram]).map(({ flags }) => (flags & uapi.NLM_F_DUMP_INTR) !== 0),
    );
    expect(marked.map((flags) => flags.indexOf(true))).toEqual([-1, 0, ...rest.slice(2).map(() => -1)]);
    expect(said(rest).filter(({ type }) => type === uapi.RTM_NEWADDR).length).toBeLessThan(999);
  });

  test('CFG-85, NL-33 what a dump refuses is in its DONE', () => {
    const strict = socket({ strict: true });
    expect(said(strict.request(dumpAddresses('02')))).toEqual([
      {
        type: uapi.NLMSG_DONE,
        flags: 0x202,
        errno: -EINVAL,
        text: 'ipv4: Invalid header for address dump request',
      },
    ]);
    const [bare] = said(socket({ strict: true, extAck: false }).request(dumpAddresses('02')));
    expect(bare).toEqual({ type: uapi.NLMSG_DONE, flags: 2, errno: -EINVAL });
  });
});

describe('sockets', () => {
  test('only NETLINK_ROUTE and NETLINK_FIB_LOOKUP can be opened', () => {
    expect(() => socket({ protocol: 3 })).toThrow('EINVAL: socket');
  });

  test('NL-67 NETLINK_FIB_LOOKUP answers one request, and none that is short', () => {
    const end = socket({ protocol: uapi.NETLINK_FIB_LOOKUP });
    expect(end.request(hex('24000000'))).toEqual([]);
    expect(end.request(ask(0, 0, '0a000001'.padEnd(40, '0')))).toHaveLength(1);
  });
});
