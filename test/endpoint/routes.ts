/**
 * endpoint/routes.ts - route requests as hexadecimal text, and a lab with addresses to send them to.
 */
import * as uapi from '../../src/abi/uapi.js';
import { Endpoint, type EndpointOptions, type Netns } from '../../src/index.js';
import { decodeMessages, decodeRoute, type RouteMessage } from '../../src/wire/index.js';
import { toHex } from '../wire/samples.js';
import { lab } from '../lab.js';
import { ask, dotted, said } from './talk.js';

const byte = (n: number): string => (n & 0xff).toString(16).padStart(2, '0');
/** u16 and u32 in host order. */
export const half = (n: number): string => byte(n) + byte(n >>> 8);
export const word = (n: number): string => half(n) + half(n >>> 16);

/** An attribute with its padding; `payload` is hexadecimal text. */
export function attr(type: number, payload: string): string {
  const bytes = payload.replaceAll(/\s/g, '').length / 2;
  return half(4 + bytes) + half(type) + payload + '00'.repeat(-bytes & 3);
}

/** A record of RTA_MULTIPATH. */
export function record(oif: number, attrs = '', flags = 0, weight = 1): string {
  return (
    half(8 + attrs.replaceAll(/\s/g, '').length / 2) + byte(flags) + byte(weight - 1) + word(oif) + attrs
  );
}

/** struct rtmsg; what is not given is that of `ip route add`: a unicast route in table main, protocol boot. */
export function rtmsg(
  head: Partial<
    Record<'family' | 'length' | 'source' | 'tos' | 'table' | 'protocol' | 'scope' | 'type' | 'flags', number>
  > = {},
): string {
  const {
    family = 2,
    length = 8,
    source = 0,
    tos = 0,
    table = 254,
    protocol = 3,
    scope = 0,
    type = 1,
    flags = 0,
  } = head;
  return [family, length, source, tos, table, protocol, scope, type].map(byte).join('') + word(flags);
}

export const dst = (address: string): string => attr(uapi.RTA_DST, dotted(address));
export const src = (address: string): string => attr(uapi.RTA_SRC, dotted(address));
export const via = (address: string): string => attr(uapi.RTA_GATEWAY, dotted(address));
export const dev = (index: number): string => attr(uapi.RTA_OIF, word(index));

const ADD = uapi.NLM_F_ACK | uapi.NLM_F_CREATE | uapi.NLM_F_EXCL;

/** What a request came to: 0, or the negated errno and its text. */
export function outcomeOf(end: Endpoint, type: number, flags: number, payload: string): string | number {
  const [{ errno = 0, text } = {}] = said(end.request(ask(type, flags, payload)));
  return text === undefined ? errno : `${errno} ${text}`;
}

/** RTM_NEWROUTE as `ip route add` sends it, of `57.0.0.0/8` unless `head` and `attrs` say else. */
export function add(end: Endpoint, attrs: string, head: Parameters<typeof rtmsg>[0] = {}): string | number {
  return outcomeOf(end, uapi.RTM_NEWROUTE, ADD, rtmsg(head) + attrs);
}

/** RTM_DELROUTE as `ip route del` sends it. */
export function del(end: Endpoint, attrs: string, head: Parameters<typeof rtmsg>[0] = {}): string | number {
  const any = { protocol: 0, scope: 255, type: 0, ...head };
  return outcomeOf(end, uapi.RTM_DELROUTE, uapi.NLM_F_ACK, rtmsg(any) + attrs);
}

/** The answers to RTM_GETROUTE with these attributes: the only route, or the negated errno and its text. */
export function get(
  end: Endpoint,
  attrs: string,
  head: Parameters<typeof rtmsg>[0] = {},
): RouteMessage | string | number {
  const payload = rtmsg({ length: 32, table: 0, protocol: 0, type: 0, ...head }) + attrs;
  const request = ask(uapi.RTM_GETROUTE, 0, payload);
  const answers = end.request(request);
  const [message] = answers.flatMap((datagram) => decodeMessages(datagram));
  if (message?.type === uapi.RTM_NEWROUTE) return decodeRoute(message.payload);
  const [{ errno = 0, text } = {}] = said(answers);
  return text === undefined ? errno : `${errno} ${text}`;
}

/** Two interfaces with the addresses 10.0.2.1/24 and 10.0.3.1/24, forwarding, and a socket. */
export function routedLab(options: EndpointOptions = {}): { readonly ns: Netns; readonly end: Endpoint } {
  const ns = lab(2, 3);
  ns.link.set('lo', { up: true });
  for (const index of [2, 3]) ns.address.add(`10.0.${index}.1/24`, { dev: `eth${index}` });
  ns.sysctl.set('net.ipv4.ip_forward', 1);
  return { ns, end: new Endpoint(ns, options) };
}

/** The payload of the only message in the only datagram, as hexadecimal text. */
export function payloadOf(datagrams: readonly Uint8Array[]): string {
  return toHex(decodeMessages(datagrams[0]!)[0]!.payload);
}
