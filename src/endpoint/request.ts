/**
 * endpoint/request.ts - one request of a socket, and what a handler makes of it.
 */
import type { ErrnoName } from '../errors.js';
import type { Netns } from '../netns.js';
import type { Origin } from '../notices.js';

/** Options of a netlink socket that may change while it is open (SOL_NETLINK). */
export interface SocketOptions {
  /** NETLINK_EXT_ACK: errors say why (NL-40). Default true. */
  readonly extAck?: boolean;
  /** NETLINK_GET_STRICT_CHK (NL-43). Default false. */
  readonly strict?: boolean;
  /** NETLINK_CAP_ACK: errors echo the header only (NL-39). Default false. */
  readonly capAck?: boolean;
}

/** Options of a netlink socket and the rights of whoever holds it. */
export interface EndpointOptions extends SocketOptions {
  /** 0 NETLINK_ROUTE (default), 10 NETLINK_FIB_LOOKUP. */
  readonly protocol?: number;
  /** CAP_NET_ADMIN of the caller: without it changes are refused with EPERM (CFG-1). Default true. */
  readonly netAdmin?: boolean;
  /** User id of the caller, the default of RTA_UID (CFG-69). Default 0, without rights that of nobody, 65534. */
  readonly uid?: number;
  /** Port id of the socket, which answers and notices of its changes carry (NL-5). Default 0. */
  readonly portId?: number;
}

/** A request message as a handler sees it. */
export interface Request {
  /** The whole message; offsets in errors count from its start (NL-40). */
  readonly bytes: Uint8Array;
  readonly type: number;
  /** nlmsg_flags. */
  readonly flags: number;
  readonly seq: number;
  /** True on a socket with strict checking (NL-43). */
  readonly isStrict: boolean;
  readonly uid: number;
  /** For the notices of what the request changes. */
  readonly origin: Origin;
  /** Sends one message back to the requester, ahead of the ack. */
  reply(type: number, flags: number, payload: Uint8Array): void;
  /** Puts a text into the ack although the request succeeds, and into an error that has none of its own. */
  warn(text: string): void;
}

/** Handles a request that is no dump. @throws {FibError} what the error message will say */
export type Handler = (ns: Netns, request: Request) => void;

/** One message of a dump. */
export interface DumpMessage {
  readonly type: number;
  readonly payload: Uint8Array;
  /** Further nlmsg_flags, beside NLM_F_MULTI. */
  readonly flags?: number;
}

/** A dump in the making; it is read piece by piece, and changes in between show (NL-34). */
export interface DumpSource {
  /** May throw a FibError: NLMSG_DONE then says it, with `doneFlags` (CFG-83). */
  readonly messages: Iterator<DumpMessage, void, undefined>;
  /** nlmsg_flags of NLMSG_DONE, beside NLM_F_MULTI. */
  readonly doneFlags?: number;
  /** True when NLMSG_DONE comes in a datagram of its own (NL-32). */
  readonly isDoneApart?: boolean;
  /** A number that changes with the dumped set; when it does, the next message carries NLM_F_DUMP_INTR. */
  readonly generation?: () => number;
}

/** Begins a dump. @throws {FibError} what NLMSG_DONE will say (CFG-85) */
export type Dumper = (ns: Netns, request: Request) => DumpSource;

/** What a message type does: `act` as it is, `dump` with ROOT or MATCH in its flags (NL-6). */
export interface Service {
  readonly act?: Handler;
  readonly dump?: Dumper;
  /** Families that the service is for, absent = any; a dump of another family tells these too (CFG-2, CFG-86). */
  readonly families?: readonly number[];
  /** What other families answer to `act` that Linux serves and a Netns does not; IPv6 is EAFNOSUPPORT. */
  readonly refusals?: Readonly<Record<number, ErrnoName>>;
}
