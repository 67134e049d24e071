/**
 * kernel/kernel.ts - the other side: network namespaces of the running kernel, reached by plain system calls.
 *
 * The main thread of this process enters a fresh namespace for each peer (unshare), opens the sockets there and goes on;
 * sockets stay in the namespace they were opened in. Files under /proc belong to the namespace the thread is in, so
 * the thread enters a peer's namespace again (setns) before it reads or writes one. A namespace ends with its last
 * descriptor; nothing is left behind.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { GROUPS, type Open, type Peer, type SocketOptions } from './peer.js';

const CLONE_NEWNET = 0x40000000;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_SNDBUFFORCE = 32;
const SOL_NETLINK = 270;
const ADD_MEMBERSHIP = 1;
const CAP_ACK = 10;
const EXT_ACK = 11;
const GET_STRICT_CHK = 12;
const MSG_DONTWAIT = 0x40;
const EAGAIN = 11;

/** Room for what a socket has not read yet; dumps come 32 KiB at a time, notifications of a whole step at once. */
const QUEUE_BYTES = 64 << 20;

/** Functions of the C library, by their own names. */
interface Libc {
  unshare(flags: number): number;
  setns(fd: number, type: number): number;
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  errno(): number;
}

/** Binds the functions; the reason in words where that cannot be. */
async function bindLibc(): Promise<Libc | string> {
  if (process.platform !== 'linux') return 'this is no Linux';
  const koffi = await import('koffi').then((module) => module.default).catch(() => undefined);
  if (!koffi) return 'the package koffi is not installed';
  const lib = koffi.load('libc.so.6');
  return {
    unshare: lib.func('int unshare(int)') as Libc['unshare'],
    setns: lib.func('int setns(int, int)') as Libc['setns'],
    socket: lib.func('int socket(int, int, int)') as Libc['socket'],
    setsockopt: lib.func('int setsockopt(int, int, int, uint8_t *, uint32_t)') as Libc['setsockopt'],
    bind: lib.func('int bind(int, uint8_t *, uint32_t)') as Libc['bind'],
    send: lib.func('intptr_t send(int, uint8_t *, size_t, int)') as Libc['send'],
    recv: lib.func('intptr_t recv(int, uint8_t *, size_t, int)') as Libc['recv'],
    errno: () => koffi.errno(),
  };
}

/** The result of a system call. @throws {Error} with the errno's name, where it failed */
function must(libc: Libc, what: string, result: number): number {
  if (result < 0) throw new Error(`${what}: ${getSystemErrorName(-libc.errno())}`);
  return result;
}

const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);

/** Everything is received here first; a datagram of a dump has up to 32 KiB, an error echoes its request. */
const inbox = new Uint8Array(1 << 20);

/** One netlink socket, opened in the namespace that the thread is in. */
class Socket {
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc, options: SocketOptions, groups: readonly number[]) {
    this.#libc = libc;
    this.#fd = must(libc, 'socket', libc.socket(AF_NETLINK, SOCK_RAW, 0));
    const set = (level: number, option: number, value: number): void => {
      must(libc, 'setsockopt', libc.setsockopt(this.#fd, level, option, int(value), 4));
    };
    set(SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES);
    set(SOL_SOCKET, SO_SNDBUFFORCE, QUEUE_BYTES);
    set(SOL_NETLINK, EXT_ACK, Number(options.extAck));
    set(SOL_NETLINK, CAP_ACK, Number(options.capAck));
    set(SOL_NETLINK, GET_STRICT_CHK, Number(options.strict));
    const anyPort = new Uint8Array(12);
    anyPort[0] = AF_NETLINK;
    must(libc, 'bind', libc.bind(this.#fd, anyPort, anyPort.length));
    for (const group of groups) set(SOL_NETLINK, ADD_MEMBERSHIP, group);
  }

  send(datagram: Uint8Array): void {
    must(this.#libc, 'send', this.#libc.send(this.#fd, datagram, datagram.length, 0));
  }

  /** Every datagram that waits. The kernel answers within `send`, and goes on with a dump within `recv`. */
  receiveAll(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (;;) {
      const length = this.#libc.recv(this.#fd, inbox, inbox.length, MSG_DONTWAIT);
      if (length < 0 && this.#libc.errno() === EAGAIN) return found;
      found.push(inbox.slice(0, must(this.#libc, 'recv', length)));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

class KernelPeer implements Peer {
  readonly name: string;
  readonly #libc: Libc;
  readonly #nsFd: number;
  readonly #socket: Socket;
  readonly #monitor: Socket;

  constructor(libc: Libc, name: string, options: SocketOptions) {
    this.name = name;
    this.#libc = libc;
    must(libc, 'unshare', libc.unshare(CLONE_NEWNET));
    this.#nsFd = openSync('/proc/thread-self/ns/net', 'r');
    this.#socket = new Socket(libc, options, []);
    this.#monitor = new Socket(libc, options, GROUPS);
  }

  request(datagram: Uint8Array): Uint8Array[] {
    this.#socket.send(datagram);
    return this.#socket.receiveAll();
  }

  events(): Uint8Array[] {
    return this.#monitor.receiveAll();
  }

  sysctl(path: string, value: number): string {
    this.#enter();
    try {
      writeFileSync(`/proc/sys/net/${path}`, `${value}\n`);
      return 'ok';
    } catch (e) {
      return (e as NodeJS.ErrnoException).code ?? String(e);
    }
  }

  proc(path: string): string {
    this.#enter();
    return readFileSync(`/proc/thread-self/net/${path}`, 'utf8');
  }

  advance(): void {
    // A kernel's time passes by itself.
  }

  close(): void {
    this.#socket.close();
    this.#monitor.close();
    closeSync(this.#nsFd);
  }

  #enter(): void {
    must(this.#libc, 'setns', this.#libc.setns(this.#nsFd, CLONE_NEWNET));
  }
}

/** Opens namespaces of this kernel; the reason in words where that cannot be. */
export async function kernelPeers(name = 'kernel'): Promise<Open | string> {
  const libc = await bindLibc();
  if (typeof libc === 'string') return libc;
  if (process.getuid?.() !== 0) return 'namespaces are for root';
  if (libc.unshare(CLONE_NEWNET) < 0) return `no namespace: ${getSystemErrorName(-libc.errno())}`;
  return (options) => new KernelPeer(libc, name, options);
}
