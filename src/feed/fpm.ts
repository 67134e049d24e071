/**
 * feed/fpm.ts - what zebra tells a forwarding plane manager, as changes.
 *
 * A route of zebra is the route of its table, prefix and metric: what comes replaces what was, and a deletion names no
 * more than that (NL-63). The two modules of FRR say it differently; both are turned into what a monitor would show:
 *   dplane_fpm_nl   a change is RTM_DELROUTE, then RTM_NEWROUTE with NLM_F_REPLACE; nexthop groups are objects of their own
 *   fpm             a change is one RTM_NEWROUTE without NLM_F_REPLACE; the weight of a path stands where others have
 *                   it less one
 * A connection begins with all that zebra has, and no word marks the end of it: it is over when nothing has come for a
 * while. Until then changes are told as they come, and what zebra had in an earlier connection stays.
 */
import { createServer, type Server, type Socket } from 'node:net';
import * as uapi from '../abi/uapi.js';
import { FibError, WireError } from '../errors.js';
import type { BeginPart, BeginReason, Part } from '../model/feed.js';
import { align4, u16 } from '../wire/bytes.js';
import { FPM_HEADER, FPM_VERSION, fpmMessages, fpmSplitter, pieceFrame } from '../wire/fpm.js';
import { NLMSG_HEADER, type NlMsg } from '../wire/nlmsg.js';
import { RTMSG_BYTES } from '../wire/route.js';
import { RTATTR_HEADER, decodeAttrs, encodeAttrs } from '../wire/rtattr.js';
import type { Counts } from './feed.js';
import { PART_BYTES, Pile } from './parts.js';
import { openSource, type Source } from './source.js';

/** Where to listen: a port, `host:port`, or both apart. */
export type ListenAddress = number | string | { readonly host?: string; readonly port?: number };

/** A place where zebra connects to. */
export interface Listen {
  readonly listen: ListenAddress;
}

/** Where it listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a FPM feed may be told besides. */
export interface FpmListenOptions {
  /** A connection that was silent for so long has told all that zebra has; default 1000. */
  readonly quietMs?: number;
  /** Told where it listens, once it does: a port of 0 becomes a free one. */
  readonly onListening?: (address: Address) => void;
}

/** The port that zebra connects to by default. */
const FPM_PORT = 2620;
/** Only this machine, unless told otherwise: the protocol knows no peer from another. */
const FPM_HOST = '127.0.0.1';
const QUIET_MS = 1000;
/** Connections that wait for their first frame, at most, and for how long. */
const WAITING_MAX = 4;
const WAITING_MS = 10_000;
/** What a begin part says of it. */
const TOLD: BeginPart['kinds'] = ['route', 'nexthop'];

/** The frames of a recorded stream. */
export async function* fpmFileParts(
  source: Source,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const { chunks } = await openSource(source, signal, counts);
  const splitter = fpmSplitter();
  const pile = new Pile();
  for await (const chunk of chunks) {
    for (const piece of splitter.push(chunk)) {
      for (const message of fpmMessages(pieceFrame(piece))) put(pile, message, counts);
      if (pile.length >= PART_BYTES) yield pile.take()!;
    }
    const part = pile.take();
    if (part !== undefined) yield part;
  }
  splitter.end();
}

/** A connection. */
interface Peer {
  readonly socket: Socket;
  readonly splitter: ReturnType<typeof fpmSplitter>;
  error?: Error;
  hasEnded: boolean;
}

/**
 * What zebra tells that connects to us. One connection counts: the one that began its first frame last. An error of the
 * protocol ends the connection, not the feed; zebra comes again.
 */
export async function* fpmListenParts(
  address: Address,
  { quietMs = QUIET_MS, onListening }: FpmListenOptions,
  signal: AbortSignal,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const door = new Door(signal);
  try {
    const bound = await door.open(address);
    onListening?.(bound);
    let reason: BeginReason = 'start';
    while (!signal.aborted) {
      const peer = await door.peer();
      if (peer === undefined) return;
      counts.connections++;
      yield { kind: 'begin', reason, kinds: TOLD, isLive: true };
      reason = 'reconnect';
      yield* peerParts(door, peer, quietMs, counts);
    }
  } finally {
    door.close();
  }
}

/** What one connection tells, until it ends or another one counts. */
async function* peerParts(
  door: Door,
  peer: Peer,
  quietMs: number,
  counts: Counts,
): AsyncGenerator<Part, void, undefined> {
  const pile = new Pile();
  let quietAt = Date.now() + quietMs;
  let isTelling = true;
  for (;;) {
    const chunk = door.read(peer);
    if (chunk !== null) {
      counts.bytes += chunk.length;
      quietAt = Date.now() + quietMs;
      let error: unknown;
      try {
        for (const piece of peer.splitter.push(chunk)) {
          for (const message of fpmMessages(pieceFrame(piece))) put(pile, message, counts);
        }
      } catch (e) {
        error = e;
      }
      const part = pile.take(Date.now());
      if (part !== undefined) yield part;
      if (error === undefined) continue;
      peer.socket.destroy();
      return yield { kind: 'closed', error: error as Error };
    }
    if (peer.hasEnded) return yield closing(peer);
    if (!door.isCurrent(peer)) return;
    const left = quietAt - Date.now();
    if (isTelling && left <= 0) {
      isTelling = false;
      yield { kind: 'end' };
    } else await door.wait(isTelling ? left : undefined);
  }
}

/** How a connection ended: by an error, in the middle of a frame, or well. */
function closing({ error, splitter }: Peer): Part {
  try {
    splitter.end();
  } catch (cut) {
    return { kind: 'closed', error: error ?? (cut as Error) };
  }
  return error === undefined ? { kind: 'closed' } : { kind: 'closed', error };
}

/**
 * The listening socket and its connections. One that has sent nothing holds nothing; of others the kernel's buffers and
 * one piece are held, since nothing is read before somebody asks.
 */
class Door {
  readonly #server: Server;
  readonly #waiting = new Set<Socket>();
  #current: Peer | undefined;
  #next: Peer | undefined;
  #wake: (() => void) | undefined;

  constructor(readonly signal: AbortSignal) {
    this.#server = createServer((socket) => this.#accept(socket));
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  /** @throws the error of the socket: EADDRINUSE, EACCES */
  open({ host, port }: Address): Promise<Address> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined); // of one connection that could not be taken
        const address = this.#server.address();
        const bound = typeof address === 'object' && address !== null ? address.port : port;
        resolve({ host, port: bound });
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
    this.#current?.socket.destroy();
    this.#next?.socket.destroy();
  }

  /** Waits for a connection that counts; undefined when the signal says stop. */
  async peer(): Promise<Peer | undefined> {
    while (this.#next === undefined) {
      if (this.signal.aborted) return undefined;
      await this.wait();
    }
    this.#current?.socket.destroy();
    this.#current = this.#next;
    this.#next = undefined;
    return this.#current;
  }

  isCurrent(peer: Peer): boolean {
    return !this.signal.aborted && this.#current === peer && this.#next === undefined;
  }

  read({ socket }: Peer): Uint8Array | null {
    return socket.read() as Buffer | null;
  }

  /** Waits until something happens, or for so long. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      if (this.signal.aborted) done();
    });
  }

  #accept(socket: Socket): void {
    if (this.#waiting.size >= WAITING_MAX) return void socket.destroy();
    const peer: Peer = { socket, splitter: fpmSplitter(), hasEnded: false };
    this.#waiting.add(socket);
    const timer = setTimeout(() => this.#waiting.has(socket) && socket.destroy(), WAITING_MS);
    const isOver = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      peer.hasEnded = true;
      this.#wake?.();
    };
    socket.on('error', (error) => (peer.error = error));
    socket.on('close', isOver);
    socket.on('end', isOver);
    socket.on('readable', () => {
      if (this.#waiting.has(socket)) {
        const header = socket.read(FPM_HEADER) as Buffer | null;
        if (header === null) return;
        if (header[0] !== FPM_VERSION) return void socket.destroy(); // not zebra
        socket.unshift(header);
        clearTimeout(timer);
        this.#waiting.delete(socket);
        this.#next?.socket.destroy();
        this.#next = peer;
      }
      this.#wake?.();
    });
  }
}

/** What `listen` says, with the defaults. @throws {FibError} EINVAL no port */
export function listenAddress(listen: ListenAddress): Address {
  const { host = FPM_HOST, port = FPM_PORT } = typeof listen === 'object' ? listen : split(listen);
  if (Number.isInteger(port) && port >= 0 && port <= 0xffff) return { host, port };
  throw new FibError('EINVAL', 'feed', { detail: `listen: no port in ${JSON.stringify(listen)}` });
}

/** `port`, `host:port`, `[host]:port`. */
function split(listen: number | string): { host?: string; port: number } {
  const [, host, port] = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(String(listen)) ?? [];
  return { ...(host ? { host } : {}), port: port === undefined ? NaN : Number(port) };
}

/** Takes a message of zebra as a monitor would show it. @throws {WireError} one that cannot be read */
function put(pile: Pile, message: NlMsg, counts: Counts): void {
  counts.messages++;
  const { type, flags, payload } = message;
  if (type === uapi.RTM_DELROUTE) pile.add(deletion(message));
  else if (type !== uapi.RTM_NEWROUTE) pile.add(message);
  else {
    const isOld = (flags & uapi.NLM_F_REPLACE) === 0 && payload[0] === uapi.AF_INET;
    pile.add({ ...message, flags: uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE }, isOld ? lessOne : undefined);
  }
}

/** The deletion of whatever route has this table, prefix, tos and metric. */
function deletion(message: NlMsg): NlMsg {
  const { payload, offset } = message;
  const base = offset + NLMSG_HEADER;
  if (payload.length < RTMSG_BYTES) throw new WireError(`rtmsg of ${payload.length} bytes`, base);
  const kept = decodeAttrs(payload.subarray(RTMSG_BYTES), base + RTMSG_BYTES).filter(
    ({ type }) => type === uapi.RTA_DST || type === uapi.RTA_TABLE || type === uapi.RTA_PRIORITY,
  );
  const attrs = encodeAttrs(kept);
  const bytes = new Uint8Array(RTMSG_BYTES + attrs.length);
  bytes.set(payload.subarray(0, 5)); // family, lengths, tos, table
  bytes[6] = uapi.RT_SCOPE_NOWHERE; // any, as are protocol and type 0
  bytes.set(attrs, RTMSG_BYTES);
  return { ...message, flags: 0, payload: bytes };
}

/** Makes the weights of the module `fpm` those of the kernel: rtnh_hops holds a weight less one. */
function lessOne(message: Uint8Array): void {
  for (let at = NLMSG_HEADER + RTMSG_BYTES; message.length - at >= RTATTR_HEADER;) {
    const length = u16(message, at);
    if (length < RTATTR_HEADER || length > message.length - at) return;
    if ((u16(message, at + 2) & uapi.NLA_TYPE_MASK) === uapi.RTA_MULTIPATH) {
      for (let hop = at + RTATTR_HEADER; at + length - hop >= 8;) {
        if (message[hop + 3]! > 0) message[hop + 3]!--;
        const size = u16(message, hop);
        if (size < 8) return;
        hop += align4(size);
      }
    }
    at += align4(length);
  }
}
