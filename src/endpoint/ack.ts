/**
 * endpoint/ack.ts - NLMSG_ERROR: how a request went, and why.
 *   0        4                20
 *   | -errno | header of the  | rest of the      | reasons: 1 text, 2 offset of
 *   | s32, 0 | request        | request, aligned | the attribute, 4 its policy
 * The rest is left out of acks and on sockets with NETLINK_CAP_ACK, the reasons on those without NETLINK_EXT_ACK.
 * Rules NL-37..41.
 */
import {
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
  NLMSGERR_ATTR_POLICY,
  NLMSG_ERROR,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLA_F_NESTED,
} from '../abi/uapi.js';
import { Writer, align4, u32 } from '../wire/bytes.js';
import { NLMSG_HEADER, encodeMessage } from '../wire/nlmsg.js';

/** Why a request was refused, or what is odd about one that was not: the part of a FibError that is told. */
export interface Reasons {
  readonly extack?: string;
  readonly attr?: number;
  readonly policy?: Uint8Array;
}

/** The reasons of a refusal, if it was one; a warning stands in for a text that is missing. */
export function reasonsOf(error: Reasons | undefined, warning: string | undefined): Reasons {
  const { extack = warning, attr, policy } = error ?? {};
  return {
    ...(extack !== undefined && { extack }),
    ...(attr !== undefined && { attr }),
    ...(policy !== undefined && { policy }),
  };
}

/** How an ack is to look. */
export interface AckOptions {
  /** Port id of the socket. */
  readonly pid: number;
  readonly isCapped: boolean;
  readonly hasReasons: boolean;
}

/** The answer to `request`, a whole message: `errno` is negative, 0 for an ack. */
export function encodeAck(
  request: Uint8Array,
  errno: number,
  reasons: Reasons,
  { pid, isCapped, hasReasons }: AckOptions,
): Uint8Array {
  const w = new Writer();
  const hasRest = errno !== 0 && !isCapped;
  w.u32(errno >>> 0);
  w.raw(hasRest ? request : request.subarray(0, NLMSG_HEADER));
  if (hasRest) w.zeros(align4(request.length) - request.length);
  let flags = hasRest ? 0 : NLM_F_CAPPED;
  if (hasReasons && putReasons(w, reasons)) flags |= NLM_F_ACK_TLVS;
  return encodeMessage({ type: NLMSG_ERROR, flags, seq: u32(request, 8), pid, payload: w.take() });
}

/** Writes the reasons as attributes. False when there are none. */
export function putReasons(w: Writer, { extack, attr, policy }: Reasons): boolean {
  if (extack !== undefined) w.attr(NLMSGERR_ATTR_MSG, new TextEncoder().encode(`${extack}\0`));
  if (attr !== undefined) w.attr32(NLMSGERR_ATTR_OFFS, attr);
  if (policy !== undefined) w.attr(NLMSGERR_ATTR_POLICY | NLA_F_NESTED, policy);
  return extack !== undefined || attr !== undefined || policy !== undefined;
}
