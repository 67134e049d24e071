/**
 * feed/netlink.ts - the kernel of this machine: a subscription, then a dump, then what changes.
 *
 *   1  a socket joins the groups: from now on each change is queued
 *   2  a second one asks for dumps of the few: links, addresses, nexthop objects and rules, again until none of them has
 *      changed meanwhile. Then all four are of one moment, and what was queued before is in them
 *   3  it asks for the many, the routes. What is queued meanwhile is the overlap: some of it is in the dump already
 *   4  changes are told as they come
 * When changes were lost (ENOBUFS, or a datagram too long for its room) the socket is closed and all begins anew: what was
 * queued behind the gap would tell of a past that the next dump has left behind. So it does, once it is quiet, when the
 * overlap left doubts or the kernel says that the dump of routes was interrupted (NLM_F_DUMP_INTR). Rules NL-31..34, NL-45..50.
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import * as uapi from '../abi/uapi.js';
import { FibError } from '../errors.js';
import type { BeginReason, MessagesPart, Part } from '../model/feed.js';
import { u16, u32 } from '../wire/bytes.js';
import { NLMSG_HEADER, type NlMsgInit } from '../wire/nlmsg.js';
import type { Counts } from './feed.js';
import { loadLibc, type Libc } from './libc.js';
import { NetlinkSocket, places, waitFor, type Received, type SocketOptions } from './socket.js';

/** What a netlink feed may be told. */
export interface NetlinkOptions {
  /** Size of the receive buffer, SO_RCVBUF; default 4 MiB. */
  readonly receiveBytes?: number;
  /** Another network namespace: its name as `ip netns` has it, or the path of its file. Needs CAP_SYS_ADMIN. */
  readonly netns?: string;
}

const RECEIVE_BYTES = 1 << 22;
/** Overlap that is kept; beyond it the dump is begun anew. */
const OVERLAP_MAX = 1 << 26;
/** Reads of what was queued, before the overlap is taken for complete: what comes later is no part of it. */
const OVERLAP_READS = 64;
/** Dumps of the few that are asked for again before they are taken as they are. */
const TRIES = 8;
/** What is in doubt is told again when it was quiet for three times as long as telling it takes, or after so long. */
const DOUBT_TIMES = 3;
const DOUBT_MAX_MS = 60_000;
/** Pause after a loss, doubled with each one that follows at once. */
const PAUSE_MS = 10;
const PAUSE_MAX_MS = 1000;

/** LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE and NEXTHOP (NL-45), as bits. */
const GROUPS = (1 << 0) | (1 << 4) | (1 << 6) | (1 << 7) | (1 << 31);

/** IFLA_EXT_MASK: no statistics. */
const SKIP_STATS = Uint8Array.of(8, 0, 29, 0, 8, 0, 0, 0);

/** Requests for dumps, by kind, in the order in which they refer to each other. */
const FEW: readonly NlMsgInit[] = [
  dumpOf(uapi.RTM_GETLINK, Uint8Array.of(...new Uint8Array(16), ...SKIP_STATS)),
  dumpOf(uapi.RTM_GETADDR, headerOf(8)),
  dumpOf(uapi.RTM_GETNEXTHOP, new Uint8Array(8)),
  dumpOf(uapi.RTM_GETRULE, headerOf(12)),
];
const ROUTES = dumpOf(uapi.RTM_GETROUTE, headerOf(12));

function dumpOf(type: number, payload: Uint8Array): NlMsgInit {
  return { type, flags: uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, payload };
}

/** A header of which the first byte is the family. */
function headerOf(bytes: number): Uint8Array {
  const header = new Uint8Array(bytes);
  header[0] = uapi.AF_INET;
  return header;
}

/** What the kernel tells, through the libc of this process. */
export async function* netlinkParts(
  options: NetlinkOptions,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  yield* partsThrough(await loadLibc(), options, signal, counts);
}

/** What a kernel tells, through a libc. */
export async function* partsThrough(
  libc: Libc,
  options: NetlinkOptions,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  let reason: BeginReason = 'start';
  for (let pauseMs = PAUSE_MS; !signal.aborted;) {
    const mirror = new Session(libc, { receiveBytes: RECEIVE_BYTES, ...options }, signal, counts);
    try {
      yield { kind: 'begin', reason, kinds: ['link', 'address', 'nexthop', 'rule', 'route'], isLive: false };
      yield* mirror.dumps();
      if (mirror.loss === undefined) {
        yield mirror.end();
        for await (const part of mirror.changes()) {
          pauseMs = PAUSE_MS;
          yield part;
        }
      }
    } finally {
      mirror.close();
    }
    if (mirror.loss === undefined) return;
    if (mirror.loss !== 'interrupted') counts.overruns++;
    reason = mirror.loss;
    await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
  }
}

/** One subscription and its dumps, until something is lost. */
class Session {
  readonly #libc: Libc;
  readonly #options: SocketOptions;
  readonly #signal: AbortSignal;
  readonly #counts: Counts;
  readonly #events: NetlinkSocket;
  #overlap: Uint8Array[] = [];
  #overlapBytes = 0;
  /** What was told may not be what there is: it is told again when there is time. */
  #isDoubtful = false;
  readonly #beganMs = Date.now();
  #endedMs = 0;
  /** Why it is over; undefined while it is not. */
  loss: BeginReason | undefined;

  constructor(libc: Libc, options: Omit<SocketOptions, 'groups'>, signal: AbortSignal, counts: Counts) {
    this.#libc = libc;
    this.#options = { ...options, groups: GROUPS };
    this.#signal = signal;
    this.#counts = counts;
    this.#events = new NetlinkSocket(libc, this.#options);
  }

  close(): void {
    this.#events.close();
  }

  /** The dumps, one after the other. @throws {FibError} what the kernel refuses */
  async *dumps(): AsyncGenerator<MessagesPart, void, undefined> {
    const socket = new NetlinkSocket(this.#libc, { ...this.#options, groups: 0 });
    try {
      yield* await this.#few(socket);
      const routes = new Dump(socket, ROUTES);
      while (!this.#isOver(routes)) yield* await this.#step(routes);
      this.#isDoubtful ||= routes.isInterrupted;
    } finally {
      socket.close();
    }
  }

  /**
   * The dumps of all but routes, of one moment where that is to be had: none of them was changed while it was made
   * (NLM_F_DUMP_INTR), nor any other one.
   */
  async #few(socket: NetlinkSocket): Promise<MessagesPart[]> {
    for (let tries = 1; ; tries++) {
      this.#queueAll();
      this.#overlap = []; // is in what is asked for now
      this.#overlapBytes = 0;
      const held: MessagesPart[] = [];
      let isDisturbed = false;
      for (const request of FEW) {
        const dump = new Dump(socket, request);
        while (!this.#isOver(dump)) held.push(...(await this.#step(dump)));
        isDisturbed ||= dump.isInterrupted;
      }
      this.#queueAll();
      isDisturbed ||= this.#overlap.some(tellsOfFew);
      this.#isDoubtful = isDisturbed;
      if (!isDisturbed || this.loss !== undefined || tries === TRIES) return held;
    }
  }

  #isOver(dump: Dump): boolean {
    return dump.isDone || this.loss !== undefined || this.#signal.aborted;
  }

  /** Reads a piece of a dump, and what has changed meanwhile. */
  async #step(dump: Dump): Promise<MessagesPart[]> {
    const received = dump.socket.receive();
    const isQuiet = !this.#queue() && received === undefined;
    if (isQuiet) await waitFor(this.#libc, [dump.socket, this.#events]);
    else await setImmediate();
    if (received === undefined) return [];
    if (received.isOverrun || received.isTruncated) this.loss = lossOf(received);
    this.#counts.bytes += received.bytes.length;
    const part = partOf(dump.read(received.bytes, this.#counts), Date.now());
    return part === undefined ? [] : [part];
  }

  /** Keeps what has changed while a dump is made; false when nothing has. */
  #queue(): boolean {
    const received = this.#events.receive();
    if (received === undefined) return false;
    this.loss ??= lossOf(received);
    this.#overlap.push(received.bytes);
    this.#overlapBytes += received.bytes.length;
    if (this.#overlapBytes > OVERLAP_MAX) this.loss ??= 'overrun';
    return true;
  }

  /** Keeps what has been queued until now. */
  #queueAll(): void {
    for (let i = 0; i < OVERLAP_READS && this.#queue(); i++);
  }

  /** The end of the dumps, with what changed while they were made. */
  end(): Part {
    this.#queueAll();
    const overlap = partOf(this.#counted(joined(this.#overlap, this.#overlapBytes)), Date.now());
    this.#overlap = [];
    this.#endedMs = Date.now();
    return {
      kind: 'end',
      ...(overlap !== undefined && { overlap }),
      isDoubtful: this.#isDoubtful,
      again: () => (this.#isDoubtful = true),
    };
  }

  /** True when it is time to tell again what is in doubt. */
  #isTimeToRetell(isQuiet: boolean): boolean {
    if (!this.#isDoubtful) return false;
    const toldMs = this.#endedMs - this.#beganMs;
    return Date.now() - this.#endedMs >= (isQuiet ? DOUBT_TIMES * toldMs : DOUBT_MAX_MS);
  }

  /** What changes, until something is lost. */
  async *changes(): AsyncGenerator<MessagesPart, void, undefined> {
    while (this.loss === undefined && !this.#signal.aborted) {
      const received = this.#events.receive();
      const isQuiet = received === undefined && !(await waitFor(this.#libc, [this.#events]));
      if (received !== undefined) {
        this.loss = lossOf(received);
        const part = this.loss === undefined ? partOf(this.#counted(received.bytes), Date.now()) : undefined;
        if (part !== undefined) yield part;
        await setImmediate(); // a flood of changes leaves room for the rest of the program
      }
      if (this.#isTimeToRetell(isQuiet)) this.loss ??= 'interrupted';
    }
  }

  #counted(bytes: Uint8Array): Uint8Array {
    this.#counts.bytes += bytes.length;
    for (const _ of places(bytes)) this.#counts.messages++;
    return bytes;
  }
}

/** A request for a dump, and the answer as it comes. */
class Dump {
  isDone = false;
  isInterrupted = false;

  /** @throws {FibError} what the kernel refuses */
  constructor(
    readonly socket: NetlinkSocket,
    request: NlMsgInit,
  ) {
    socket.send(request);
  }

  /** The messages of the dump in what was received. @throws {FibError} what the kernel refuses */
  read(bytes: Uint8Array, counts: Counts): Uint8Array {
    let end = 0;
    for (const { at, length } of places(bytes)) {
      const type = u16(bytes, at + 4);
      if ((u16(bytes, at + 6) & uapi.NLM_F_DUMP_INTR) !== 0) this.isInterrupted = true;
      if (type === uapi.NLMSG_DONE || type === uapi.NLMSG_ERROR) {
        const errno = length >= NLMSG_HEADER + 4 ? u32(bytes, at + NLMSG_HEADER) | 0 : 0;
        if (errno === -EOPNOTSUPP || errno === -uapi.EINVAL)
          this.isDone = true; // a kernel without such objects
        else if (errno < 0) throw FibError.fromErrno(errno, 'netlink dump');
        this.isDone = true;
        continue;
      }
      counts.messages++;
      end = at + length;
    }
    return bytes.subarray(0, end);
  }
}

const EOPNOTSUPP = 95;

/** True for messages of which one is of another kind than a route. */
function tellsOfFew(bytes: Uint8Array): boolean {
  for (const { at } of places(bytes)) {
    const type = u16(bytes, at + 4);
    if (type !== uapi.RTM_NEWROUTE && type !== uapi.RTM_DELROUTE) return true;
  }
  return false;
}

function lossOf({ isOverrun, isTruncated }: Received): BeginReason | undefined {
  return isOverrun ? 'overrun' : isTruncated ? 'truncation' : undefined;
}

function partOf(bytes: Uint8Array, timeMs: number): MessagesPart | undefined {
  return bytes.length === 0 ? undefined : { kind: 'messages', bytes, place: (offset) => offset, timeMs };
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
