/**
 * wire/link.ts - RTM_NEWLINK and RTM_DELLINK: struct ifinfomsg and the attributes that routing needs.
 *   0        1     2       4        8       12       16
 *   | family | pad | hwtype | index | flags | change | attributes ...
 * Read only so far: names of interfaces are what a reader of routes wants from it. Rules NL-12, NL-22, CFG-113.
 */
import { IFLA_IFNAME, IFNAMSIZ } from '../abi/uapi.js';
import { WireError } from '../errors.js';
import { u32 } from './bytes.js';
import { decodeAttrs } from './rtattr.js';

/** Bytes of struct ifinfomsg. */
const IFINFOMSG_BYTES = 16;

/** An interface as a message tells it. */
export interface LinkMessage {
  readonly index: number;
  /** IFF_* bits. */
  readonly flags: number;
  /** IFLA_IFNAME; absent when the message has none that can be read. */
  readonly name?: string;
}

/**
 * The interface in the payload of a link message.
 * @param base where `payload` began in a longer stream, for the offsets of errors
 * @throws {WireError} fewer than 16 bytes, or a list of attributes with an impossible length
 */
export function decodeLink(payload: Uint8Array, base = 0): LinkMessage {
  if (payload.length < IFINFOMSG_BYTES) throw new WireError(`ifinfomsg of ${payload.length} bytes`, base);
  const link = { index: u32(payload, 4), flags: u32(payload, 8) };
  const attrs = decodeAttrs(payload.subarray(IFINFOMSG_BYTES), base + IFINFOMSG_BYTES);
  const name = decodeIfname(attrs.findLast(({ type }) => type === IFLA_IFNAME)?.payload);
  return name === undefined ? link : { ...link, name };
}

/** An interface name: up to the first NUL, which may be missing (NL-12); undefined when it is none. */
function decodeIfname(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const nul = bytes.indexOf(0);
  const length = nul < 0 ? bytes.length : nul;
  if (length === 0 || length >= IFNAMSIZ) return undefined;
  // Any byte but NUL, '/' and white space may stand in a name; what is no UTF-8 becomes U+FFFD.
  return new TextDecoder().decode(bytes.subarray(0, length));
}
