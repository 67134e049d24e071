/**
 * server/client.ts - one connection: a netlink socket whose other end is an Endpoint.
 *
 *   bytes -> frames -> requests, served at once and in order -> outbox -> frames -> bytes
 * Refusals of what asked for no ack come last (`#late`): `ip route flush` looks for them without waiting, when the next
 * dump has been read; a kernel would have answered by the time of its first look.
 * A client that does not read is not read from either once its answers fill the pipe (WAITING_MAX); its notifications
 * are bounded by the outbox. So it costs a bounded amount of memory and nobody else's time.
 */
import type { Socket } from 'node:net';
import { Endpoint, FibError, WireError, type Netns } from 'hoptrie';
import { NLMSG_HEADER } from 'hoptrie/wire';
import { stayAwake } from './awake.js';
import * as control from './control.js';
import { FRAME_HEADER, FrameReader, encodeFrames } from './frames.js';
import { Outbox } from './outbox.js';

/** What a client has of its server. */
export interface Host {
  readonly ns: Netns;
  /** Bytes of notifications that may wait for one client. */
  readonly noticeBytes?: number;
  /** Tells the operator. */
  say(text: string): void;
  /** Brings the namespace's clock up to now. */
  tick(): void;
}

/** The two low bits of the type of a request to delete. Source: <linux/rtnetlink.h> (NEW, DEL, GET, SET). */
const DELETION = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
/** Bytes of one write. */
const WRITE_BYTES = 1 << 16;
/** Bytes of answers that may wait before the client is no longer read from: a pipeline of requests fits in. */
const WAITING_MAX = 1 << 22;
/** Milliseconds after which a late answer is written although nothing else is asked for. */
const LATE_MS = 2;
/** Faults that are told one by one; the others are counted. */
const FAULTS_MAX = 10;

/** A connected program. */
export class Client {
  readonly #host: Host;
  readonly #name: string;
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #reader = new FrameReader();
  readonly #outbox: Outbox;
  readonly #groups = new Set<number>();
  #unsubscribe = (): void => undefined;
  /** Nothing more is read, since there is no more, or since it cannot be. */
  #isEnded = false;
  #isBroken = false;
  /** Answers that are written when all others are, and by what time in any case. */
  readonly #late: Uint8Array[] = [];
  #lateTimer: NodeJS.Timeout | undefined;
  /** It has said whether it wants strict checks. */
  #isStrictSet = false;
  /** A write is due at the end of this turn. */
  #isFlushDue = false;
  #faults = 0;

  constructor(host: Host, name: string, socket: Socket) {
    this.#host = host;
    this.#name = name;
    this.#socket = socket;
    this.#endpoint = new Endpoint(host.ns, { strict: true });
    this.#outbox = new Outbox(this.#endpoint, host.noticeBytes);
    socket.on('data', (chunk: Buffer) => this.#guard(() => this.#read(chunk)));
    socket.on('drain', () => this.#flushLater());
    socket.on('end', () => this.#guard(() => (this.#isEnded = true))); // it still gets what waits
    socket.on('error', () => socket.destroy()); // it has gone, in whatever way
    socket.on('close', () => this.#close());
  }

  /** Ends the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  // ---------------------------------------------------------------- in

  #read(chunk: Buffer): void {
    if (this.#isEnded) return;
    stayAwake();
    this.#host.tick();
    this.#reader.push(chunk);
    this.#serveAll();
  }

  #serveAll(): void {
    for (;;) {
      const at = this.#reader.offset;
      const datagram = this.#reader.next();
      if (datagram === undefined) return;
      if (datagram === 'overrun') throw new WireError('frame length 4294967295 from a client', at);
      this.#serve(datagram, at);
    }
  }

  /** Serves a datagram that begins at byte `at` of the stream. */
  #serve(datagram: Uint8Array, at: number): void {
    const fault = faultOf(datagram);
    if (fault !== undefined) this.#tell(`datagram at byte ${at}: ${fault.message}; the rest is passed over`);
    if (!control.isControl(datagram)) return this.#ask(datagram);
    try {
      this.#control(control.decodeControl(datagram));
    } catch (error) {
      if (!(error instanceof WireError || error instanceof FibError)) throw error;
      this.#tell(`datagram at byte ${at}: ${error.message}`);
    }
  }

  /** Hands a datagram to the endpoint; what answers deletions that nobody waits for is late. */
  #ask(datagram: Uint8Array): void {
    const isAlone = this.#endpoint.waiting.datagrams === 0;
    this.#endpoint.send(datagram);
    if (isAlone && areDeletions(datagram)) {
      for (let a = this.#endpoint.receive(); a !== null; a = this.#endpoint.receive()) this.#late.push(a);
      if (this.#late.length > 0) this.#lateTimer ??= setTimeout(() => this.#hurry(true), LATE_MS);
    } else if (this.#late.length > 0) this.#hurry(isDump(datagram));
  }

  /** Late answers are due: as soon as nothing else waits, or at once. */
  #hurry(isLast: boolean): void {
    clearTimeout(this.#lateTimer);
    this.#lateTimer = undefined;
    if (!isLast) this.#socket.write(encodeFrames(this.#late.splice(0)));
    this.#flushLater();
  }

  #control(frame: control.Control): void {
    if (frame.what === 'sysctl') this.#host.ns.sysctl.set(`net/${frame.path}`, frame.value);
    else if (frame.what === 'bind') this.#join(frame.groups);
    else if (frame.level === control.SOL_NETLINK) this.#setOption(frame.option, frame.value);
  }

  #setOption(option: number, value: number): void {
    const isOn = value !== 0;
    if (option === control.NETLINK_ADD_MEMBERSHIP) this.#join([value]);
    else if (option === control.NETLINK_DROP_MEMBERSHIP) this.#leave(value);
    else if (option === control.NETLINK_NO_ENOBUFS) this.#outbox.isSilent = isOn;
    else if (option === control.NETLINK_CAP_ACK) this.#endpoint.setOptions({ capAck: isOn });
    else if (option === control.NETLINK_GET_STRICT_CHK) this.#setStrict(isOn);
    else if (option === control.NETLINK_EXT_ACK) {
      this.#endpoint.setOptions({ extAck: isOn });
      if (!this.#isStrictSet) this.#setStrict(false);
    }
  }

  /** Strict checks are on, as a client without control frames needs them, until it tells of extended acks alone. */
  #setStrict(isOn: boolean): void {
    this.#isStrictSet = true;
    this.#endpoint.setOptions({ strict: isOn });
  }

  #join(groups: readonly number[]): void {
    for (const group of groups) this.#groups.add(group);
    this.#subscribe();
  }

  #leave(group: number): void {
    this.#groups.delete(group);
    this.#subscribe();
  }

  #subscribe(): void {
    this.#unsubscribe();
    this.#unsubscribe = this.#endpoint.subscribe(this.#groups, (notice) => {
      this.#outbox.push(notice);
      this.#flushLater();
    });
  }

  // ---------------------------------------------------------------- out

  /** Writes what waits, as much as the socket takes; reads on, or not, by what is left. */
  #flush(): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (!socket.writableNeedDrain) this.#write();
    const { bytes } = this.#endpoint.waiting;
    if (bytes > WAITING_MAX) socket.pause();
    else if (socket.isPaused()) socket.resume();
  }

  /** Writes up to WRITE_BYTES of what waits; the rest is for another turn, when others have had theirs. */
  #write(): void {
    const datagrams: (Uint8Array | 'overrun')[] = [];
    let bytes = 0;
    while (bytes < WRITE_BYTES) {
      const datagram = this.#outbox.take() ?? this.#takeLate();
      if (datagram === undefined) break;
      datagrams.push(datagram);
      bytes += FRAME_HEADER + (datagram === 'overrun' ? 0 : datagram.length);
    }
    if (bytes !== 0) this.#socket.write(encodeFrames(datagrams));
    else if (this.#isEnded) this.#socket.end(() => this.#socket.destroy());
    if (bytes >= WRITE_BYTES || (bytes !== 0 && this.#isEnded)) this.#flushLater();
  }

  #takeLate(): Uint8Array | undefined {
    return this.#lateTimer === undefined || this.#isEnded ? this.#late.shift() : undefined;
  }

  /** Writes when whatever is being done is done: a change may tell much. */
  #flushLater(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      this.#guard(() => undefined);
    });
  }

  // ---------------------------------------------------------------- the end

  /** Does something, and then writes. What goes wrong ends this connection and nothing else. */
  #guard(work: () => void): void {
    try {
      work();
      this.#flush();
    } catch (error) {
      this.#isEnded = true;
      this.#isBroken = true;
      const isTheirs = error instanceof WireError;
      this.#tell(`${isTheirs ? error.message : (error as Error).stack}; the connection ends`);
      if (isTheirs) this.#flush();
      else this.#socket.destroy();
    }
  }

  #close(): void {
    const { rest, offset } = this.#reader;
    clearTimeout(this.#lateTimer);
    this.#unsubscribe();
    if (rest !== 0 && !this.#isBroken) {
      this.#tell(`frame at byte ${offset}: the connection ended after ${rest} bytes of it`);
    }
    const untold = this.#faults - FAULTS_MAX;
    if (untold > 0) this.#host.say(`${this.#name}: ${untold} more that were not told`);
  }

  #tell(text: string): void {
    if (++this.#faults <= FAULTS_MAX) this.#host.say(`${this.#name}: ${text}`);
  }
}

/**
 * What is wrong with the framing of messages in a datagram, if anything is (NL-1). The kernel says nothing about it
 * (NL-2), nor is there anything to say about zeros behind the last message: iproute2's dump requests have some.
 */
function faultOf(datagram: Uint8Array): WireError | undefined {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const length = left < 4 ? 0 : bytes.readUInt32LE(at);
    if (length < NLMSG_HEADER || length > left) {
      const isPadding = at !== 0 && bytes.subarray(at).every((byte) => byte === 0);
      if (isPadding) return undefined;
      return new WireError(`message of ${length} bytes, expected 16..${left},`, at);
    }
    at += (length + 3) & ~3;
  }
  return undefined;
}

/** True for a request for a dump. */
function isDump(datagram: Uint8Array): boolean {
  return datagram.length >= NLMSG_HEADER && (datagram[7]! & (NLM_F_DUMP >> 8)) !== 0;
}

/** True for requests to delete, of which none wants an ack. */
function areDeletions(datagram: Uint8Array): boolean {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
  let at = 0;
  while (bytes.length - at >= NLMSG_HEADER) {
    const isDeletion = (bytes.readUInt16LE(at + 4) & 3) === DELETION;
    if (!isDeletion || (bytes.readUInt16LE(at + 6) & NLM_F_ACK) !== 0) return false;
    at += (Math.max(NLMSG_HEADER, bytes.readUInt32LE(at)) + 3) & ~3;
  }
  return at > 0;
}
