/**
 * wire/answer.ts - the answer to RTM_GETROUTE about one destination: RTM_NEWROUTE as the route cache would tell it.
 *
 * struct rtmsg with lengths of 32, scope and protocol 0 and RTM_F_CLONED, then attributes in the kernel's order
 * (CFG-72..76). `decodeRoute` reads it.
 */
import * as uapi from '../abi/uapi.js';
import { METRICS, congctlName } from '../model/route.js';
import { Writer } from './bytes.js';

/** An answer; addresses are numbers, 0 means that there is none. */
export interface RouteAnswer {
  readonly dst: number;
  /** The source that was asked for. */
  readonly src: number;
  /** Tos of the route that matched. */
  readonly tos: number;
  readonly table: number;
  /** RTN_* */
  readonly type: number;
  /** RTCF_* and RTM_F_*, beside RTM_F_CLONED. */
  readonly flags: number;
  readonly oif: number;
  readonly realm: number;
  /** The source that was chosen. */
  readonly prefsrc: number;
  /** Family of the gateway and its address bytes. */
  readonly gateway: { readonly family: number; readonly address: Uint8Array } | undefined;
  /** Metrics by RTAX number - 1; the word of the congestion control is its key. */
  readonly metrics: readonly number[] | undefined;
  readonly mark: number;
  /** User id of who asked, undefined = none. */
  readonly uid: number | undefined;
  /** Interface that the packet came in on, on input. */
  readonly iif: number;
  /** What is known of its entry; the rest is 0. */
  readonly cacheInfo: Partial<CacheInfo>;
}

/** What struct rta_cacheinfo says of an entry: references, ages in hundredths of a second, errno, lookups. */
export interface CacheInfo {
  readonly clntref: number;
  readonly lastuse: number;
  /** From now on; negative: it is over; 0: never. */
  readonly expires: number;
  readonly error: number;
  readonly used: number;
}

const RTA_CACHEINFO_BYTES = 32;

/** The payload of the message. */
export function encodeAnswer(answer: RouteAnswer): Uint8Array {
  const { dst, src, oif, realm, prefsrc, gateway, metrics, mark, uid, iif } = answer;
  const w = new Writer();
  putHeader(w, answer);
  w.attr32(uapi.RTA_TABLE, answer.table);
  putAddress(w, uapi.RTA_DST, dst);
  if (src !== 0) putAddress(w, uapi.RTA_SRC, src);
  if (oif !== 0) w.attr32(uapi.RTA_OIF, oif);
  if (realm !== 0) w.attr32(uapi.RTA_FLOW, realm);
  if (prefsrc !== 0) putAddress(w, uapi.RTA_PREFSRC, prefsrc);
  if (gateway !== undefined) putGateway(w, gateway);
  if (metrics?.some((word) => word !== 0)) putMetrics(w, metrics);
  if (mark !== 0) w.attr32(uapi.RTA_MARK, mark);
  if (uid !== undefined) w.attr32(uapi.RTA_UID, uid);
  if (iif !== 0) w.attr32(uapi.RTA_IIF, iif);
  putCacheInfo(w, answer.cacheInfo);
  return w.take();
}

function putHeader(w: Writer, { src, tos, table, type, flags }: RouteAnswer): void {
  w.u8(uapi.AF_INET);
  w.u8(32);
  w.u8(src === 0 ? 0 : 32);
  w.u8(tos);
  w.u8(table < 256 ? table : uapi.RT_TABLE_COMPAT);
  w.u8(uapi.RTPROT_UNSPEC);
  w.u8(uapi.RT_SCOPE_UNIVERSE);
  w.u8(type);
  w.u32(flags | uapi.RTM_F_CLONED);
}

/** Without identification and time stamps of a peer, the last three words. */
function putCacheInfo(w: Writer, info: Partial<CacheInfo>): void {
  const { clntref = 0, lastuse = 0, expires = 0, error = 0, used = 0 } = info;
  const bytes = new Uint8Array(RTA_CACHEINFO_BYTES);
  const view = new DataView(bytes.buffer);
  [clntref, lastuse, expires, error, used].forEach((word, i) => view.setInt32(4 * i, word, true));
  w.attr(uapi.RTA_CACHEINFO, bytes);
}

function putAddress(w: Writer, type: number, address: number): void {
  const at = w.open(type);
  w.u32be(address);
  w.close(at);
}

function putGateway(w: Writer, { family, address }: NonNullable<RouteAnswer['gateway']>): void {
  const at = w.open(family === uapi.AF_INET ? uapi.RTA_GATEWAY : uapi.RTA_VIA);
  if (family !== uapi.AF_INET) w.u16(family);
  w.raw(address);
  w.close(at);
}

function putMetrics(w: Writer, metrics: readonly number[]): void {
  const list = w.open(uapi.RTA_METRICS);
  METRICS.forEach((_, i) => {
    const word = metrics[i] ?? 0;
    const name = i === uapi.RTAX_CC_ALGO - 1 ? congctlName(word) : undefined;
    if (name !== undefined) w.attr(i + 1, new TextEncoder().encode(`${name}\0`));
    else if (word !== 0) w.attr32(i + 1, word);
  });
  w.close(list);
}
