/**
 * feed/libc.ts - the few calls of libc that a netlink socket needs, through koffi.
 *
 * koffi is an optional peer dependency: it is loaded when the first socket is opened, and who has none is told so.
 * Waiting is done by poll(2) on one of libuv's threads, in slices, so that a process that ends is not held up.
 */
import { FibError } from '../errors.js';

/** Calls that give -1 with `errno` when they fail. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  close(fd: number): number;
  setns(fd: number, type: number): number;
  /** poll(2) off the event loop. */
  poll(fds: Uint8Array, count: number, timeoutMs: number): Promise<number>;
  errno(): number;
}

let loading: Promise<Libc> | undefined;

/**
 * The calls; loaded once.
 * @throws {FibError} EOPNOTSUPP not Linux, or no koffi
 */
export function loadLibc(): Promise<Libc> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined; // it may be installed by the next time
    throw error;
  });
  return loading;
}

async function load(): Promise<Libc> {
  if (process.platform !== 'linux')
    throw missing(`a netlink socket needs Linux, this is ${process.platform}`);
  const koffi = await import('koffi').then(
    (module) => module.default,
    (error: NodeJS.ErrnoException) => {
      const isAbsent = error.code === 'ERR_MODULE_NOT_FOUND';
      throw missing(
        isAbsent ? 'install koffi for netlink sockets: npm install koffi' : `koffi: ${error.message}`,
      );
    },
  );
  const lib = koffi.load(null); // what this process has loaded already, whichever libc that is
  const poll = lib.func('int poll(void *fds, unsigned long count, int timeout)');
  const call = <K extends Exclude<keyof Libc, 'poll' | 'errno'>>(declaration: string): Libc[K] =>
    lib.func(declaration);
  return {
    socket: call<'socket'>('int socket(int family, int type, int protocol)'),
    bind: call<'bind'>('int bind(int fd, const void *address, unsigned int length)'),
    setsockopt: call<'setsockopt'>(
      'int setsockopt(int fd, int level, int option, const void *value, unsigned int length)',
    ),
    send: call<'send'>('long send(int fd, const void *bytes, size_t length, int flags)'),
    recv: call<'recv'>('long recv(int fd, void *bytes, size_t length, int flags)'),
    close: call<'close'>('int close(int fd)'),
    setns: call<'setns'>('int setns(int fd, int type)'),
    poll: (fds, count, timeoutMs) =>
      new Promise((resolve, reject) => {
        poll.async(fds, count, timeoutMs, (error: Error | null, ready: number) => {
          if (error === null) resolve(ready);
          else reject(error);
        });
      }),
    errno: () => koffi.errno(),
  };
}

function missing(detail: string): FibError {
  return new FibError('EOPNOTSUPP', 'netlink', { detail });
}
