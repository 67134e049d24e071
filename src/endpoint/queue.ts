/**
 * endpoint/queue.ts - datagrams that wait to be received; O(1) to put and to take, however many they are.
 */

/** First in, first out. */
export class Queue {
  /** What waits, from `#head` on. */
  #datagrams: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  /** How many wait. */
  get length(): number {
    return this.#datagrams.length - this.#head;
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  push(datagram: Uint8Array): void {
    this.#datagrams.push(datagram);
    this.#bytes += datagram.length;
  }

  /** The one that has waited longest. */
  shift(): Uint8Array | undefined {
    if (this.length === 0) return undefined;
    const datagram = this.#datagrams[this.#head++]!;
    this.#bytes -= datagram.length;
    if (this.length === 0) {
      this.#datagrams = [];
      this.#head = 0;
    }
    return datagram;
  }
}
