/**
 * endpoint/new-routes.ts - the RTM_NEWROUTE messages of a datagram, several hundred at a time, as far as they are usual
 * (wire/bulk.ts) and nobody is to be told of each; route.ts serves the others.
 */
import * as uapi from '../abi/uapi.js';
import { extackOf } from '../extack.js';
import type { Netns } from '../netns.js';
import { GROUP_ROUTE } from '../notices.js';
import { RouteBatch } from '../route-batch.js';
import { u16 } from '../wire/bytes.js';
import type { Reasons } from './ack.js';

/** Sends the ack of a request: `errno` is negative, 0 when it succeeded. */
export type Acknowledge = (request: Uint8Array, errno: number, reasons: Reasons) => void;

/** Flags that a request must have, and of these those that it may. */
const NEEDED = uapi.NLM_F_REQUEST;
const LOOKED_AT = uapi.NLM_F_REQUEST | uapi.NLM_F_ECHO;

/** The routes to add of one socket. */
export class NewRoutes {
  readonly #ns: Netns;
  readonly #canAdd: boolean;
  readonly #acknowledge: Acknowledge;
  readonly #batch: RouteBatch;
  /** The datagram that is being served. */
  #datagram: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#datagram.buffer);

  /** @param canAdd the socket may change anything */
  constructor(ns: Netns, canAdd: boolean, acknowledge: Acknowledge) {
    this.#ns = ns;
    this.#canAdd = canAdd;
    this.#acknowledge = acknowledge;
    this.#batch = new RouteBatch(ns.core, true, (from, done, reason) => this.#tell(from, done, reason));
  }

  /** Takes the message of `length` bytes at `from`, or does what waits and leaves it to the caller. */
  take(datagram: Uint8Array, from: number, length: number): boolean {
    const flags = u16(datagram, from + 6);
    const isRoute = u16(datagram, from + 4) === uapi.RTM_NEWROUTE && (flags & LOOKED_AT) === NEEDED;
    if (isRoute && this.#canAdd && !this.#ns.notices.isWanted(GROUP_ROUTE)) {
      if (this.#datagram !== datagram) this.#open(datagram);
      return this.#batch.add(this.#view, from, length, flags);
    }
    this.#batch.flush();
    return false;
  }

  /** Does what waits. */
  flush(): void {
    this.#batch.flush();
  }

  #open(datagram: Uint8Array): void {
    this.#batch.flush();
    this.#datagram = datagram;
    this.#view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  }

  #tell(from: number, done: number, reason: number): void {
    if (done >= 0 && (this.#view.getUint16(from + 6, true) & uapi.NLM_F_ACK) === 0) return;
    const request = this.#datagram.subarray(from, from + this.#view.getUint32(from, true));
    const extack = done < 0 ? extackOf(reason) : undefined;
    this.#acknowledge(request, Math.min(done, 0), extack === undefined ? {} : { extack });
  }
}
