/**
 * model/dumps.ts - all that a socket can dump of a Netns, to compare two of them by.
 */
import { Endpoint } from '../../src/index.js';
import type { Netns } from '../../src/netns.js';
import * as uapi from '../../src/abi/uapi.js';
import { changeFromMessage, decodeMessages, encodeMessage } from '../../src/wire/index.js';
import { toHex } from '../wire/samples.js';

/** All that a socket can dump: each message in words, then its bytes, of an address without the time of its last change. */
export function dumps(ns: Netns): string[] {
  const endpoint = new Endpoint(ns, { protocol: 0 });
  const kinds = [
    [uapi.RTM_GETLINK, 0, 16],
    [uapi.RTM_GETADDR, 2, 8],
    [uapi.RTM_GETROUTE, 2, 12],
    [uapi.RTM_GETRULE, 2, 12],
    [uapi.RTM_GETNEXTHOP, 0, 8],
  ] as const;
  return kinds.flatMap(([type, family, bytes]) => {
    const payload = new Uint8Array(bytes);
    payload[0] = family;
    const request = encodeMessage({ type, flags: uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, seq: 1, payload });
    const messages = endpoint.request(request).flatMap((datagram) => decodeMessages(datagram));
    return messages.map((message) => {
      const { payload: whole } = message;
      const bytes = message.type === uapi.RTM_NEWADDR ? whole.subarray(0, -4) : whole;
      return `${JSON.stringify(changeFromMessage(message))} ${toHex(bytes).replace(/0{100,}/, '..')}`;
    });
  });
}
