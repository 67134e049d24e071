/**
 * endpoint/talk.ts - requests in bytes and answers in words, for tests of sockets.
 */
import * as uapi from '../../src/abi/uapi.js';
import { align4, u32 } from '../../src/wire/bytes.js';
import { NLMSG_HEADER, decodeAttrs, decodeMessages, encodeMessage } from '../../src/wire/index.js';
import { hex, toHex } from '../wire/samples.js';

/** A request: `payload` is hexadecimal text; always with NLM_F_REQUEST, sequence number 9. */
export function ask(type: number, flags: number, payload = ''): Uint8Array {
  return encodeMessage({ type, flags: flags | uapi.NLM_F_REQUEST, seq: 9, payload: hex(payload) });
}

/** An IPv4 address as attribute payload. */
export function dotted(address: string): string {
  return address
    .split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('');
}

/** struct ifaddrmsg and the attributes IFA_LOCAL and IFA_ADDRESS of `address/length` on a link. */
export function ifaddr(address: string, index: number, scope = 0): string {
  const [host = '', length = '32'] = address.split('/');
  const head = [uapi.AF_INET, Number(length), 0, scope, index, 0, 0, 0];
  const at = dotted(host);
  return `${toHex(Uint8Array.from(head))} 08000200${at} 08000100${at}`;
}

/** What an answer says: errno and extack of an error or a dump's end, else type and flags. */
export interface Said {
  readonly type: number;
  readonly flags: number;
  readonly errno?: number;
  readonly text?: string;
}

/** The messages of some datagrams, in words. */
export function said(datagrams: readonly Uint8Array[]): Said[] {
  return datagrams
    .flatMap((datagram) => decodeMessages(datagram))
    .map(({ type, flags, payload }) => {
      if (type !== uapi.NLMSG_ERROR && type !== uapi.NLMSG_DONE) return { type, flags };
      const text = reasonOf(type, flags, payload);
      return { type, flags, errno: u32(payload, 0) | 0, ...(text !== undefined && { text }) };
    });
}

/** The text of an error or of the end of a dump (NL-40). */
function reasonOf(type: number, flags: number, payload: Uint8Array): string | undefined {
  if (!(flags & uapi.NLM_F_ACK_TLVS)) return undefined;
  const echoed = flags & uapi.NLM_F_CAPPED ? NLMSG_HEADER : align4(u32(payload, 4));
  const attrs = decodeAttrs(payload.subarray(type === uapi.NLMSG_DONE ? 4 : 4 + echoed));
  const text = attrs.find((attr) => attr.type === uapi.NLMSGERR_ATTR_MSG)?.payload;
  return text && new TextDecoder().decode(text.subarray(0, -1));
}
