/**
 * server/outbox.ts - what waits for a client: its answers, which stay in the Endpoint until they are taken, and its
 * notifications, of which the oldest are lost when they are too many (NL-50).
 *
 * Both come out in the order in which they came in, as from the one receive queue of a netlink socket (NL-47). An
 * answer is a place in the queue; so a dump is made as it is read, and its next piece waits behind what came meanwhile.
 */
import type { Endpoint } from 'hoptrie';

/** Bytes of notifications that may wait. The kernel's bound for a socket is about 200 KiB, with its own overhead. */
const NOTICE_BYTES = 1 << 20;
/** What a notification costs beside its bytes. */
const NOTICE_EXTRA = 64;
/** Places in front of the head that are worth a move of those behind it. */
const SPENT_MAX = 1 << 12;

/** A place in the queue: a notification, an answer that the endpoint keeps, or what was lost. */
type Place = Uint8Array | 'answer' | 'lost';

/** The queue of one client. */
export class Outbox {
  readonly #endpoint: Endpoint;
  readonly #noticeBytes: number;
  #queue: Place[] = [];
  /** First place that is not read; no notification lies in front of `#oldest`. */
  #head = 0;
  #oldest = 0;
  /** Places of answers, and bytes of notifications, in the queue. */
  #answers = 0;
  #bytes = 0;
  #isOverrun = false;
  /** True if losses are not to be told (NETLINK_NO_ENOBUFS). */
  isSilent = false;

  constructor(endpoint: Endpoint, noticeBytes: number = NOTICE_BYTES) {
    this.#endpoint = endpoint;
    this.#noticeBytes = noticeBytes;
  }

  /** Takes a notification; those that have waited longest make room for it. O(1) on average. */
  push(notice: Uint8Array): void {
    this.#placeAnswers();
    this.#queue.push(notice);
    this.#bytes += sizeOf(notice);
    while (this.#bytes > this.#noticeBytes) this.#loseOldest();
  }

  /** The next datagram, `'overrun'` if some were lost before it, undefined when nothing waits. O(1) on average. */
  take(): Uint8Array | 'overrun' | undefined {
    if (this.#isOverrun) {
      this.#isOverrun = false;
      if (!this.isSilent) return 'overrun';
    }
    this.#placeAnswers();
    let place = this.#next();
    while (place === 'lost') place = this.#next();
    if (place === undefined) return undefined;
    if (place !== 'answer') {
      this.#bytes -= sizeOf(place);
      return place;
    }
    this.#answers--;
    return this.#endpoint.receive() ?? undefined;
  }

  /** Gives a place to each answer that has none. */
  #placeAnswers(): void {
    const { datagrams } = this.#endpoint.waiting;
    for (; this.#answers < datagrams; this.#answers++) this.#queue.push('answer');
  }

  #next(): Place | undefined {
    const isSpent = this.#head === this.#queue.length;
    if (isSpent || (this.#head > SPENT_MAX && this.#head * 2 > this.#queue.length)) {
      this.#queue = isSpent ? [] : this.#queue.slice(this.#head);
      this.#oldest = Math.max(0, this.#oldest - this.#head);
      this.#head = 0;
    }
    return isSpent ? undefined : this.#queue[this.#head++];
  }

  #loseOldest(): void {
    let at = Math.max(this.#oldest, this.#head);
    while (typeof this.#queue[at] === 'string') at++;
    this.#bytes -= sizeOf(this.#queue[at] as Uint8Array);
    this.#queue[at] = 'lost';
    this.#oldest = at + 1;
    this.#isOverrun = true;
  }
}

function sizeOf(notice: Uint8Array): number {
  return notice.length + NOTICE_EXTRA;
}
