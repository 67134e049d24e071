/**
 * kernel/peer.ts - one side of the comparison: a namespace that takes request bytes, be it the kernel's or ours.
 */

/** The options of the socket that asks. */
export interface SocketOptions {
  readonly extAck: boolean;
  readonly capAck: boolean;
  readonly strict: boolean;
}

export interface Peer {
  readonly name: string;
  /** Sends a datagram and gives all that comes back, dumps to their end. */
  request(datagram: Uint8Array): Uint8Array[];
  /** Every notification since the last call, in order. */
  events(): Uint8Array[];
  /** Writes /proc/sys/net/PATH: 'ok', or the name of the error. */
  sysctl(path: string, value: number): string;
  /** Reads /proc/net/PATH. */
  proc(path: string): string;
  /** Lets time pass where time is an argument; a kernel's passes by itself. */
  advance(ms: number): void;
  close(): void;
}

/** Makes a fresh namespace. */
export type Open = (socket: SocketOptions) => Peer;

/** The groups that are listened to: LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, NEXTHOP (NL-45). */
export const GROUPS: readonly number[] = [1, 5, 7, 8, 32];
