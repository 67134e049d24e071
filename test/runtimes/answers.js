// answers.js - what every runtime is asked: something of each entry that needs no system underneath.
import { Endpoint, FibError, Netns } from 'hoptrie';
import { NumberTable, PrefixSet, PrefixTable } from 'hoptrie/table';
import { formatAddress6, parsePrefix4 } from 'hoptrie/text';
import { decodeMessages, encodeMessage, uapi } from 'hoptrie/wire';

/** The code of the error that comes out. @param {() => unknown} run */
function code(run) {
  try {
    run();
    return 'done';
  } catch (error) {
    return error instanceof FibError ? error.code : String(error);
  }
}

/** A router: routes, an answer, a refusal, its bytes and back, a netlink socket. */
function router() {
  const ns = Netns.create({ forward: 'compact' });
  ns.link.add({ name: 'eth0', up: true });
  ns.address.add('192.0.2.10/24', { dev: 'eth0' });
  ns.route.add('10.0.0.0/8', { via: '192.0.2.1' });
  const out = new Uint32Array(2);
  ns.lookupBatch(Uint32Array.of(0x0a010203, 0xcb007101), out);
  const again = Netns.load(ns.save());
  const request = encodeMessage({
    type: uapi.RTM_GETROUTE,
    flags: uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP,
    payload: new Uint8Array(12),
  });
  const replies = new Endpoint(ns).request(request).flatMap((bytes) => decodeMessages(bytes));
  return [
    ns.lookup('10.1.2.3').via,
    code(() => ns.lookup('203.0.113.9')),
    (out[0] ?? 0) > 0,
    out[1],
    again.lookup('10.9.9.9').dev,
    replies.length > 4,
  ];
}

/** Tables of both families: text, numbers, batches, views read without a call, bytes and back. */
function tables() {
  const table = new PrefixTable({ forward: 'compact' }).setAll([
    ['10.0.0.0/8', 'a'],
    ['2001:db8::/32', 'b'],
    ['2001:db8:1::/48', 'c'],
  ]);
  const numbers = new NumberTable().set('10.0.0.0/8', 7).set('::/0', 8);
  const out = new Uint32Array(3);
  numbers.lookupBatch(['10.1.1.1', '::1', '11.1.1.1'], out, { miss: 9 });
  const twice = [1, 2].map(() => table.lookup('2001:db8:1::1'));
  return [
    table.lookup(0x0a000001),
    ...twice,
    table.match('2001:db8::1')?.prefix,
    [...out].join(),
    PrefixTable.load(table.save()).size,
    new PrefixSet(['::1']).covers([0, 0, 0, 1]),
  ];
}

export const WANTED = JSON.stringify([
  ['192.0.2.1', 'ENETUNREACH', true, 0, 'eth0', true],
  ['a', 'c', 'c', '2001:db8::/32', '7,8,9', 3, true],
  ['2001:db8::', 8],
]);

/** All answers as one text. */
export function answers() {
  const { length } = parsePrefix4('10.0.0.0/8');
  const address = formatAddress6(Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  return JSON.stringify([router(), tables(), [address, length]]);
}
