/**
 * errors.ts - the two errors that hoptrie throws on purpose.
 *
 *   FibError   what the kernel would refuse, in the shape of Node's system errors: code, errno, operation, detail
 *   WireError  bytes that are no message, with the offset where reading stopped
 *
 * Misuse of the API (a closed Netns, a wrong kind of argument) is a TypeError.
 */
import * as uapi from './abi/uapi.js';

/** Names of the errno values that hoptrie gives, with the words of strerror(3). */
const ERRNO = {
  EPERM: [uapi.EPERM, 'operation not permitted'],
  ENOENT: [uapi.ENOENT, 'no such file or directory'],
  ESRCH: [uapi.ESRCH, 'no such process'],
  EBUSY: [uapi.EBUSY, 'device or resource busy'],
  EMSGSIZE: [uapi.EMSGSIZE, 'message too long'],
  EADDRNOTAVAIL: [uapi.EADDRNOTAVAIL, 'cannot assign requested address'],
  EAGAIN: [uapi.EAGAIN, 'resource temporarily unavailable'],
  ENOMEM: [uapi.ENOMEM, 'cannot allocate memory'],
  EACCES: [uapi.EACCES, 'permission denied'],
  EEXIST: [uapi.EEXIST, 'file exists'],
  EBADF: [uapi.EBADF, 'bad file descriptor'],
  ENODEV: [uapi.ENODEV, 'no such device'],
  EINVAL: [uapi.EINVAL, 'invalid argument'],
  ERANGE: [uapi.ERANGE, 'numerical result out of range'],
  ELOOP: [uapi.ELOOP, 'too many levels of symbolic links'],
  ENOTCONN: [uapi.ENOTCONN, 'transport endpoint is not connected'],
  EOPNOTSUPP: [uapi.EOPNOTSUPP, 'operation not supported'],
  EAFNOSUPPORT: [uapi.EAFNOSUPPORT, 'address family not supported by protocol'],
  ENETDOWN: [uapi.ENETDOWN, 'network is down'],
  ENETUNREACH: [uapi.ENETUNREACH, 'network is unreachable'],
  ENOBUFS: [uapi.ENOBUFS, 'no buffer space available'],
  EHOSTUNREACH: [uapi.EHOSTUNREACH, 'no route to host'],
  EUCLEAN: [uapi.EUCLEAN, 'structure needs cleaning'],
} as const satisfies Record<string, readonly [number, string]>;

/** The errno names that a {@link FibError} may carry. */
export type ErrnoName = keyof typeof ERRNO;

const NAME_OF = new Map<number, ErrnoName>(
  (Object.keys(ERRNO) as ErrnoName[]).map((name) => [ERRNO[name][0], name]),
);

/** Name of an errno of either sign; one without a name here reads as EINVAL. */
export function errnoName(errno: number): ErrnoName {
  return NAME_OF.get(Math.abs(errno)) ?? 'EINVAL';
}

/** The words of strerror(3) for an errno of either sign, as the C library writes them. */
export function strerror(errno: number): string {
  const name = NAME_OF.get(Math.abs(errno));
  if (name === undefined) return `Unknown error ${Math.abs(errno)}`;
  const words = ERRNO[name][1];
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Further facts of a {@link FibError}. */
export interface FibErrorInfo<R = unknown> {
  /** What was wrong and what was expected, one clause. */
  readonly detail?: string;
  /** Malformed text: index of the first character that does not fit. */
  readonly offset?: number;
  /** The kernel's own words for it: the text of the extended ack (NL-40), which `detail` repeats. */
  readonly extack?: string;
  /** A request in bytes: offset of the attribute that is wrong, from the start of its message. */
  readonly attr?: number;
  /** A request in bytes: what the attribute should be, as the kernel's policy attribute tells it (NL-40). */
  readonly policy?: Uint8Array;
  /** A lookup that matched a rejecting route (blackhole, unreachable, prohibit): that route. */
  readonly route?: R;
}

/** An operation that was refused; nothing has changed. Shaped as Node's system errors are. */
export class FibError<R = unknown> extends Error {
  override readonly name = 'FibError';
  /** `'EEXIST'`, `'ENETUNREACH'`, ... */
  readonly code: ErrnoName;
  /** The errno, negative as netlink carries it. */
  readonly errno: number;
  /** The operation, for example `'route add'`. */
  readonly syscall: string;
  readonly detail?: string;
  readonly offset?: number;
  readonly extack?: string;
  readonly attr?: number;
  readonly policy?: Uint8Array;
  readonly route?: R;

  constructor(code: ErrnoName, syscall: string, info: FibErrorInfo<R> = {}) {
    const where = info.offset === undefined ? '' : ` at offset ${info.offset}`;
    const detail = info.detail ?? info.extack;
    const why = detail === undefined ? '' : ` (${detail}${where})`;
    super(`${code}: ${syscall}: ${ERRNO[code][1]}${why}`);
    this.code = code;
    this.errno = -ERRNO[code][0];
    this.syscall = syscall;
    if (detail !== undefined) this.detail = detail;
    if (info.offset !== undefined) this.offset = info.offset;
    if (info.extack !== undefined) this.extack = info.extack;
    if (info.attr !== undefined) this.attr = info.attr;
    if (info.policy !== undefined) this.policy = info.policy;
    if (info.route !== undefined) this.route = info.route;
  }

  /** From an errno of either sign, as the core and netlink give it; one without a name here reads as EINVAL. */
  static fromErrno<R>(errno: number, syscall: string, info?: FibErrorInfo<R>): FibError<R> {
    return new FibError<R>(errnoName(errno), syscall, info);
  }
}

/** Bytes that cannot be read as what they should be. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code = 'EBADMSG';
  /** Where in the bytes given to the decoder reading stopped. */
  readonly offset: number;
  readonly #what: string;

  constructor(what: string, offset: number) {
    super(`${what} at offset ${offset}`);
    this.#what = what;
    this.offset = offset;
  }

  /** The same error in a longer stream, where its place is another. */
  movedTo(offset: number): WireError {
    return new WireError(this.#what, offset);
  }
}
