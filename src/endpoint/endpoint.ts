/**
 * endpoint/endpoint.ts - class Endpoint: the kernel's side of one netlink socket.
 *
 * A datagram of requests goes in, datagrams of answers come out: replies and notices of the own changes (echo), then
 * the ack; a dump is made as it is read. Notices for groups go to the listener of `subscribe`, before the ack of the
 * request that caused them. Rules NL-1..8, NL-31..50, CFG-1, CFG-2.
 */
import * as uapi from '../abi/uapi.js';
import { bulk } from '../dump.js';
import { FibError } from '../errors.js';
import type { Netns } from '../netns.js';
import type { Listener } from '../notices.js';
import { align4, u16, u32 } from '../wire/bytes.js';
import { NLMSG_HEADER, encodeMessage } from '../wire/nlmsg.js';
import { encodeAck, reasonsOf, type Reasons } from './ack.js';
import { Dump } from './dump.js';
import { fibLookup } from './fib-lookup.js';
import { NewRoutes } from './new-routes.js';
import { Queue } from './queue.js';
import type { DumpSource, EndpointOptions, Request, Service, SocketOptions } from './request.js';
import { RTM_MAX, SERVICES } from './services.js';

/** What a request does is in the low two bits of its type: 0 new, 1 delete, 2 get, 3 set. */
const VERB_MASK = 3;
const VERB_DEL = 1;
const VERB_GET = 2;
/** User id of who is unknown to the namespace. */
const NOBODY = 65534;

/** A netlink socket, seen from the kernel. */
export class Endpoint {
  readonly #ns: Netns;
  #options: Required<EndpointOptions>;
  readonly #queue = new Queue();
  #dump: Dump | undefined;
  readonly #routes: NewRoutes;

  /**
   * Opens a socket on a namespace.
   * @throws {FibError} EINVAL: a protocol other than 0 and 10
   */
  constructor(ns: Netns, options: EndpointOptions = {}) {
    this.#ns = ns;
    this.#options = {
      protocol: uapi.NETLINK_ROUTE,
      extAck: true,
      strict: false,
      capAck: false,
      netAdmin: true,
      uid: options.netAdmin === false ? NOBODY : 0,
      portId: 0,
      ...options,
    };
    const { protocol } = this.#options;
    if (protocol !== uapi.NETLINK_ROUTE && protocol !== uapi.NETLINK_FIB_LOOKUP) {
      throw new FibError('EINVAL', 'socket', { detail: `protocol: expected 0 or 10, got ${protocol}` });
    }
    this.#routes = new NewRoutes(ns, this.#options.netAdmin, (request, errno, reasons) => {
      this.#acknowledge(request, errno, reasons);
    });
  }

  /** Sends a datagram and receives until nothing is left: every answer, in order. */
  request(datagram: Uint8Array): Uint8Array[] {
    this.send(datagram);
    const answers: Uint8Array[] = [];
    for (let answer = this.receive(); answer !== null; answer = this.receive()) answers.push(answer);
    return answers;
  }

  /** Sends a datagram of requests; a message that cannot be one ends it without a word (NL-2). */
  send(datagram: Uint8Array): void {
    if (this.#options.protocol === uapi.NETLINK_FIB_LOOKUP) {
      const answer = fibLookup(this.#ns, datagram);
      if (answer !== undefined) this.#queue.push(answer);
      return;
    }
    bulk(this.#ns.core, datagram.length, () => this.#serveAll(datagram));
  }

  #serveAll(datagram: Uint8Array): void {
    const routes = this.#routes;
    for (let at = 0; datagram.length - at >= NLMSG_HEADER;) {
      const length = u32(datagram, at);
      if (length < NLMSG_HEADER || length > datagram.length - at) break;
      if (!routes.take(datagram, at, length)) this.#handle(datagram.subarray(at, at + length));
      at += align4(length);
    }
    routes.flush();
  }

  /** The next datagram of answers, null when there is none. */
  receive(): Uint8Array | null {
    const datagram = this.#queue.shift();
    if (datagram === undefined) return null;
    this.#continueDump();
    return datagram;
  }

  /** What waits for `receive`; of a dump it is one datagram at a time. */
  get waiting(): { readonly datagrams: number; readonly bytes: number } {
    return { datagrams: this.#queue.length, bytes: this.#queue.bytes };
  }

  /** Changes options of the socket, as setsockopt(2) does. */
  setOptions(options: SocketOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  /** Calls `listener` with each notice of these groups (RTNLGRP_*), until what it gives back is called. */
  subscribe(groups: Iterable<number>, listener: Listener): () => void {
    return this.#ns.notices.subscribe(groups, listener, this);
  }

  /** Serves one message and acknowledges it (NL-42); the end of a dump is its own ack (NL-7). */
  #handle(bytes: Uint8Array): void {
    let warning: string | undefined;
    const request = this.#requestOf(bytes, (text) => (warning = text));
    try {
      const isServed = request.type >= uapi.NLMSG_MIN_TYPE && (request.flags & uapi.NLM_F_REQUEST) !== 0;
      if (isServed && this.#serve(request)) return;
      if (request.flags & uapi.NLM_F_ACK) this.#acknowledge(bytes, 0, reasonsOf(undefined, warning));
    } catch (error) {
      if (!(error instanceof FibError)) throw error;
      this.#acknowledge(bytes, error.errno, reasonsOf(error, warning));
    }
  }

  #acknowledge(bytes: Uint8Array, errno: number, reasons: Reasons): void {
    const { portId, capAck, extAck } = this.#options;
    this.#queue.push(encodeAck(bytes, errno, reasons, { pid: portId, isCapped: capAck, hasReasons: extAck }));
  }

  #requestOf(bytes: Uint8Array, warn: (text: string) => void): Request {
    const { strict, uid, portId: pid } = this.#options;
    const flags = u16(bytes, 6);
    const seq = u32(bytes, 8);
    const echo = (message: Uint8Array): void => void this.#queue.push(message);
    return {
      bytes,
      type: u16(bytes, 4),
      flags,
      seq,
      isStrict: strict,
      uid,
      origin: { seq, pid, flags, socket: this, ...(flags & uapi.NLM_F_ECHO && { echo }) },
      reply: (type, replyFlags, payload) =>
        void this.#queue.push(encodeMessage({ type, flags: replyFlags, seq, pid, payload })),
      warn,
    };
  }

  /**
   * Hands a request to whoever serves its type and family. True when a dump has begun.
   * @throws {FibError} EPERM, EOPNOTSUPP, EAFNOSUPPORT, EBUSY, and what the handler refuses
   */
  #serve(request: Request): boolean {
    const { bytes, type, flags } = request;
    if (type > RTM_MAX) throw new FibError('EOPNOTSUPP', 'request');
    if (bytes.length === NLMSG_HEADER) return false; // without even a family there is nothing to do
    const verb = type & VERB_MASK;
    if (verb !== VERB_GET && !this.#options.netAdmin) throw new FibError('EPERM', 'request');
    const service = SERVICES[type] ?? {};
    if (verb === VERB_GET && (flags & uapi.NLM_F_DUMP) !== 0) {
      this.#beginDump(service, request);
      return true;
    }
    checkFamily(service, bytes[NLMSG_HEADER]!);
    if (service.act === undefined) throw new FibError('EOPNOTSUPP', 'request');
    if (verb === VERB_DEL && (flags & uapi.NLM_F_BULK) !== 0) {
      throw new FibError('EOPNOTSUPP', 'request', { extack: 'Bulk delete is not supported' });
    }
    service.act(this.#ns, request);
    return false;
  }

  /** Begins a dump and makes its first datagram; one at a time (NL-35). */
  #beginDump({ dump, families }: Service, request: Request): void {
    const isV6 = request.bytes[NLMSG_HEADER] === uapi.AF_INET6;
    if (dump === undefined) throw new FibError('EOPNOTSUPP', 'dump');
    if (families !== undefined && isV6) throw new FibError('EAFNOSUPPORT', 'dump');
    if (this.#dump !== undefined) throw new FibError('EBUSY', 'dump');
    const { portId: pid, extAck: hasReasons } = this.#options;
    let warning: string | undefined;
    const kept = { ...request, bytes: request.bytes.slice(), warn: (text: string) => (warning = text) };
    const source = beginning(() => dump(this.#ns, kept));
    this.#dump = new Dump({ seq: request.seq, pid, hasReasons, warning }, source);
    this.#continueDump();
  }

  #continueDump(): void {
    if (this.#dump === undefined) return;
    this.#queue.push(this.#dump.next());
    if (this.#dump.isDone) this.#dump = undefined;
  }
}

/** Refuses a family that the service is not for: IPv6 by name, since it is not there yet, others as the kernel does. */
function checkFamily({ families, refusals }: Service, family: number): void {
  if (families === undefined || families.includes(family)) return;
  const code = family === uapi.AF_INET6 ? 'EAFNOSUPPORT' : 'EOPNOTSUPP';
  throw new FibError(refusals?.[family] ?? code, 'request');
}

/** What `begin` gives, or, when it refuses, a source that refuses at its first message (CFG-85). */
function beginning(begin: () => DumpSource): DumpSource {
  try {
    return begin();
  } catch (error) {
    const next = (): never => {
      throw error;
    };
    return { messages: { next } };
  }
}
