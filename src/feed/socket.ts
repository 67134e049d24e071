/**
 * feed/socket.ts - a netlink socket of the kernel: opened, asked, read without waiting.
 */
import { closeSync, openSync } from 'node:fs';
import { FibError } from '../errors.js';
import { NLMSG_HEADER, encodeMessage, type NlMsgInit } from '../wire/nlmsg.js';
import { align4, u32 } from '../wire/bytes.js';
import type { Libc } from './libc.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const CLONE_NEWNET = 0x40000000;
const POLLIN = 1;
const EINTR = 4;
const EAGAIN = 11;
const ENOBUFS = 105;

/** Room for one datagram: dumps come in up to 32 KiB, a notification of thousands of paths in up to 64 KiB. */
const DATAGRAM_BYTES = 1 << 16;
/** Room for what is read at once. */
const READ_BYTES = 1 << 18;
/** How long one wait on a thread of libuv lasts at most. */
const SLICE_MS = 250;

/** How a socket is opened. */
export interface SocketOptions {
  /** Groups to join, as the bits of the bind mask (NL-46). */
  readonly groups: number;
  /** SO_RCVBUF; beyond the limit of the system when that is permitted. */
  readonly receiveBytes?: number;
  /** Another network namespace: its name as `ip netns` has it, or the path of its file. */
  readonly netns?: string;
}

/** What a read gave. */
export interface Received {
  /** Whole datagrams, each padded to 4; a view that the next read does not touch. */
  readonly bytes: Uint8Array;
  /** Datagrams were dropped before these came (NL-50). */
  readonly isOverrun: boolean;
  /** A datagram was longer than the room for it, and is missing. */
  readonly isTruncated: boolean;
}

/** One socket of NETLINK_ROUTE. */
export class NetlinkSocket {
  readonly #libc: Libc;
  readonly fd: number;
  #seq = 0;

  /** @throws {FibError} what the kernel refuses; ENOENT no such namespace */
  constructor(libc: Libc, options: SocketOptions) {
    this.#libc = libc;
    this.fd = within(libc, options.netns, () =>
      libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
    );
    if (this.fd < 0) throw failure(libc, 'socket');
    try {
      this.#setUp(options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #setUp({ groups, receiveBytes }: SocketOptions): void {
    const libc = this.#libc;
    if (receiveBytes !== undefined && !this.#set(SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes)) {
      this.#set(SOL_SOCKET, SO_RCVBUF, receiveBytes);
    }
    this.#set(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1); // kernels before 4.20 do without
    const address = new Uint8Array(12); // u16 family, u16 pad, u32 port id, u32 groups
    const v = new DataView(address.buffer);
    v.setUint16(0, AF_NETLINK, true);
    v.setUint32(8, groups, true);
    if (libc.bind(this.fd, address, address.length) < 0) throw failure(libc, 'bind');
  }

  #set(level: number, option: number, value: number): boolean {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, value, true);
    return this.#libc.setsockopt(this.fd, level, option, bytes, bytes.length) === 0;
  }

  /** Sends a request. @throws {FibError} what the kernel refuses */
  send(message: NlMsgInit): void {
    const bytes = encodeMessage({ ...message, seq: ++this.#seq });
    if (this.#libc.send(this.fd, bytes, bytes.length, 0) < 0) throw failure(this.#libc, 'send');
  }

  /** What has come, without waiting; undefined for nothing. @throws {FibError} what the kernel refuses */
  receive(): Received | undefined {
    const bytes = new Uint8Array(READ_BYTES);
    let length = 0;
    let isTruncated = false;
    while (READ_BYTES - length >= DATAGRAM_BYTES) {
      const room = bytes.subarray(length, length + DATAGRAM_BYTES);
      const got = this.#libc.recv(this.fd, room, DATAGRAM_BYTES, MSG_DONTWAIT | MSG_TRUNC);
      if (got >= 0) {
        if (got > DATAGRAM_BYTES) isTruncated = true;
        else length += align4(got);
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === ENOBUFS) return { bytes: bytes.subarray(0, length), isOverrun: true, isTruncated };
      if (errno === EAGAIN) break;
      if (errno !== EINTR) throw failure(this.#libc, 'recv');
    }
    if (length === 0 && !isTruncated) return undefined;
    return { bytes: bytes.subarray(0, length), isOverrun: false, isTruncated };
  }

  close(): void {
    this.#libc.close(this.fd);
  }
}

/** Waits until one of the sockets has something to read, or a slice of time has passed: then false. */
export async function waitFor(libc: Libc, sockets: readonly NetlinkSocket[]): Promise<boolean> {
  const fds = new Uint8Array(8 * sockets.length); // s32 fd, s16 events, s16 what happened
  const v = new DataView(fds.buffer);
  sockets.forEach(({ fd }, i) => {
    v.setInt32(8 * i, fd, true);
    v.setInt16(8 * i + 4, POLLIN, true);
  });
  return (await libc.poll(fds, sockets.length, SLICE_MS)) !== 0;
}

/** The messages in what was received, as places in its bytes. */
export function* places(bytes: Uint8Array): Generator<{ at: number; length: number }, void, undefined> {
  for (let at = 0; bytes.length - at >= NLMSG_HEADER;) {
    const length = u32(bytes, at);
    if (length < NLMSG_HEADER || length > bytes.length - at) return; // NL-1
    yield { at, length };
    at += align4(length);
  }
}

/** Makes a socket in another namespace: a socket stays where it was made, the thread comes back. */
function within<T>(libc: Libc, netns: string | undefined, make: () => T): T {
  if (netns === undefined) return make();
  const here = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const there = openSync(netns.includes('/') ? netns : `/var/run/netns/${netns}`, 'r');
    try {
      if (libc.setns(there, CLONE_NEWNET) < 0) throw failure(libc, 'setns');
    } finally {
      closeSync(there);
    }
    try {
      return make();
    } finally {
      if (libc.setns(here, CLONE_NEWNET) < 0) process.abort(); // better none than one in the wrong namespace
    }
  } finally {
    closeSync(here);
  }
}

function failure(libc: Libc, call: string): FibError {
  return FibError.fromErrno(libc.errno(), `netlink ${call}`);
}
