/**
 * endpoint/dump.ts - a dump on its way to the reader: messages packed into datagrams, NLMSG_DONE at the end.
 *
 * Each datagram is made when it is asked for, so changes between two of them show (NL-34). Cuts lie between messages.
 * A next message is only asked for while the longest so far would still fit, so hardly ever has one to be kept back.
 * Rules NL-31..36, CFG-84, CFG-85.
 */
import { NLMSG_DONE, NLM_F_ACK_TLVS, NLM_F_DUMP_INTR, NLM_F_MULTI } from '../abi/uapi.js';
import { FibError } from '../errors.js';
import { Writer, align4 } from '../wire/bytes.js';
import { NLMSG_HEADER, putMessage } from '../wire/nlmsg.js';
import { putReasons, reasonsOf } from './ack.js';
import type { DumpMessage, DumpSource } from './request.js';

/** Payload of the first datagram: a page, but for what the kernel keeps with each buffer (NL-36). */
const FIRST_BYTES = 4096 - 320;
/** Payload of those after it: 32 KiB in the same way. */
const NEXT_BYTES = 32768 - 320;

/** What all messages of a dump share. */
export interface DumpHeader {
  readonly seq: number;
  readonly pid: number;
  /** True if NLMSG_DONE may say why (NL-33). */
  readonly hasReasons: boolean;
  /** What is odd about the request; told when NLMSG_DONE comes in the first datagram. */
  readonly warning: string | undefined;
}

/** A dump that is being read. */
export class Dump {
  readonly #header: DumpHeader;
  readonly #source: DumpSource;
  #limit = FIRST_BYTES;
  /** The longest message so far. */
  #longest = 0;
  /** A message that did not fit into the last datagram. */
  #held: DumpMessage | undefined;
  #generation: number | undefined;
  #isDone = false;

  constructor(header: DumpHeader, source: DumpSource) {
    this.#header = header;
    this.#source = source;
  }

  /** True when NLMSG_DONE has been given out. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The next datagram. */
  next(): Uint8Array {
    const w = new Writer();
    const end = this.#fill(w);
    if (end !== undefined && (w.length === 0 || this.#source.isDoneApart !== true))
      this.#finish(w, end.error);
    this.#limit = NEXT_BYTES; // from now on this is not the first one
    return w.take();
  }

  /** Writes messages up to the limit. When they are all out: what ended them, an error or nothing. */
  #fill(w: Writer): { readonly error?: FibError } | undefined {
    while (w.length === 0 || w.length + this.#longest <= this.#limit) {
      let message: DumpMessage | undefined;
      try {
        message = this.#take();
      } catch (error) {
        if (error instanceof FibError) return { error };
        throw error;
      }
      if (message === undefined) return {};
      const size = NLMSG_HEADER + align4(message.payload.length);
      this.#longest = Math.max(this.#longest, size);
      if (w.length !== 0 && w.length + size > this.#limit) {
        this.#held = message;
        return undefined;
      }
      const { type, flags = 0, payload } = message;
      this.#put(w, type, flags | this.#interruption(), payload);
    }
    return undefined;
  }

  #take(): DumpMessage | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) return held;
    const { done, value } = this.#source.messages.next();
    return done === true ? undefined : value;
  }

  #put(w: Writer, type: number, flags: number, payload: Uint8Array): void {
    const { seq, pid } = this.#header;
    putMessage(w, { type, flags: flags | NLM_F_MULTI, seq, pid, payload });
  }

  /** NLM_F_DUMP_INTR if the dumped set has changed since the last message; Linux does not ask that of NLMSG_DONE. */
  #interruption(): number {
    const generation = this.#source.generation?.();
    const isInterrupted = this.#generation !== undefined && generation !== this.#generation;
    this.#generation = generation;
    return isInterrupted ? NLM_F_DUMP_INTR : 0;
  }

  #finish(w: Writer, error: FibError | undefined): void {
    const body = new Writer();
    body.u32(error === undefined ? 0 : error.errno >>> 0);
    const warning = this.#limit === FIRST_BYTES ? this.#header.warning : undefined;
    const hasReasons = this.#header.hasReasons && putReasons(body, reasonsOf(error, warning));
    const flags = (this.#source.doneFlags ?? 0) | (hasReasons ? NLM_F_ACK_TLVS : 0);
    this.#put(w, NLMSG_DONE, flags, body.take());
    this.#isDone = true;
  }
}
