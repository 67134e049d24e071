/**
 * notices.ts - who is told of what: the notification groups of a Netns (NL-45..49).
 *
 * A notice is a netlink message that is made only when somebody listens. Listeners run after the change is whole, in
 * the order of the changes; what they change themselves is told after that.
 */
import { encodeMessage } from './wire/nlmsg.js';

/** Notification groups (RTNLGRP_*, NL-45). */
export const GROUP_LINK = 1;
export const GROUP_ADDRESS = 5;
export const GROUP_ROUTE = 7;
export const GROUP_RULE = 8;
export const GROUP_NETCONF = 24;
export const GROUP_NEXTHOP = 32;

/** Where a change comes from: the request of a socket. What the kernel does by itself has none. */
export interface Origin {
  /** Sequence number and port id of the request; a notice carries them (CFG-93). */
  readonly seq: number;
  readonly pid: number;
  /** nlmsg_flags of the request. */
  readonly flags: number;
  /** The socket, to tell its own subscription from others. */
  readonly socket: object;
  /** With NLM_F_ECHO: takes the requester's own copy (NL-47). */
  readonly echo?: (message: Uint8Array) => void;
}

/** Takes one notification, a whole netlink message. */
export type Listener = (message: Uint8Array) => void;

interface Subscription {
  readonly groups: ReadonlySet<number>;
  readonly listener: Listener;
  readonly socket: object | undefined;
}

/** The listeners of one Netns. */
export class Notices {
  readonly #subscriptions = new Set<Subscription>();
  readonly #closing = new Set<() => void>();
  #queue: (() => void)[] = [];
  #isTelling = false;

  /** Calls `listener` for each notice of these groups, until what it gives back is called. */
  subscribe(groups: Iterable<number>, listener: Listener, socket?: object): () => void {
    const subscription = { groups: new Set(groups), listener, socket };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /** Calls `listener` when there will be nothing more to tell, until what it gives back is called. */
  onClose(listener: () => void): () => void {
    this.#closing.add(listener);
    return () => void this.#closing.delete(listener);
  }

  /** Nothing more will be told. */
  close(): void {
    for (const listener of this.#closing) listener();
  }

  /** True if a notice of this group would reach anybody. */
  isWanted(group: number, origin?: Origin): boolean {
    if (origin?.echo !== undefined) return true;
    for (const { groups } of this.#subscriptions) if (groups.has(group)) return true;
    return false;
  }

  /** Tells a group. `payload` is what follows the nlmsghdr; it is made only when somebody listens. */
  publish(group: number, type: number, flags: number, payload: () => Uint8Array, origin?: Origin): void {
    if (!this.isWanted(group, origin)) return;
    const message = encodeMessage({
      type,
      flags,
      seq: origin?.seq ?? 0,
      pid: origin?.pid ?? 0,
      payload: payload(),
    });
    origin?.echo?.(message);
    for (const { groups, listener, socket } of this.#subscriptions) {
      const hasEcho = origin?.echo !== undefined && socket === origin.socket;
      if (groups.has(group) && !hasEcho) this.#tell(() => listener(message));
    }
  }

  /** Runs `change`, which is whole or not at all: what it has to tell is told when it is done, and not when it throws. */
  whole<T>(change: () => T): T {
    const before = this.#queue;
    const wasTelling = this.#isTelling;
    this.#queue = [];
    this.#isTelling = true;
    try {
      const result = change();
      before.push(...this.#queue);
      return result;
    } finally {
      this.#queue = before;
      this.#isTelling = wasTelling;
      this.#run();
    }
  }

  /** Runs listeners one after the other; what they cause waits its turn. */
  #tell(call: () => void): void {
    this.#queue.push(call);
    this.#run();
  }

  #run(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    } finally {
      this.#isTelling = false;
    }
  }
}
