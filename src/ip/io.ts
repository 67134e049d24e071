/**
 * ip/io.ts - what a command asks of the world: datagrams sent and received, a file read. Nothing here does I/O.
 *
 * A command is a generator. It yields one `Io` after the other and is given the answer of each; who drives it decides
 * whether that is a function call on an `Endpoint` or a wait for a socket (ip/drive.ts).
 */

/** A netlink socket of the program: one kernel-side `Endpoint` each. Extended acks are on for all of them. */
export interface Socket {
  /** GET_STRICT_CHK: the socket of `ip` itself has it, those it opens besides and that of a batch do not. */
  readonly strict: boolean;
  /** Notification groups it has joined (RTNLGRP_*). */
  readonly groups: readonly number[];
}

/** One wish of a command, and what answers it. */
export type Io =
  /** A datagram goes out; answered by null. */
  | { readonly do: 'send'; readonly socket: Socket; readonly bytes: Uint8Array }
  /** Answered by the next datagram, or null where none will come. */
  | { readonly do: 'receive'; readonly socket: Socket }
  /** Answered by the datagram that is next, which stays, or null where what was sent has no answer yet to be read. */
  | { readonly do: 'peek'; readonly socket: Socket }
  /** The socket is not needed any more; answered by null. */
  | { readonly do: 'close'; readonly socket: Socket }
  /** Writes a switch, named below /proc/sys/net with dots; answered by null. */
  | { readonly do: 'sysctl'; readonly socket: Socket; readonly name: string; readonly value: number }
  /** Answered by the bytes of a file, `-` for the standard input, or null where there is none. */
  | { readonly do: 'read'; readonly file: string };

/** What answers an `Io`. */
export type Answer = Uint8Array | null;

/** A piece of a command that gives a `T` once all that it asked for has been answered. */
export type Task<T = void> = Generator<Io, T, Answer>;
