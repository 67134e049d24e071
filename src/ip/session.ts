/**
 * ip/session.ts - one run of the program: its options, its sockets, what it knows of interfaces, its output.
 *
 * Everything that asks the kernel is a `Task`, to be entered by `yield*`:
 *   talk     one request, acknowledged
 *   ask      one request, one answer
 *   dump     many answers, pulled one by one with `next`
 *   indexOf, learn   an interface by name, by index
 * What the kernel refuses is written to the error output in iproute2's words, and ends the command (`Failed`).
 */
import * as uapi from '../abi/uapi.js';
import { strerror } from '../errors.js';
import type { Names, NameTables } from '../text/names.js';
import { decodeLink, type LinkMessage } from '../wire/link.js';
import type { NexthopMessage } from '../wire/nexthop.js';
import { NLMSG_HEADER, encodeMessage, messages, type NlMsg } from '../wire/nlmsg.js';
import { decodeAttrs } from '../wire/rtattr.js';
import { Writer, align4, u32 } from '../wire/bytes.js';
import { Failed, REFUSED, noDevice } from './failure.js';
import type { Io, Socket, Task } from './io.js';
import type { Options } from './options.js';
import { Printer, type Output } from './printer.js';

const RTEXT_FILTER_VF = 1;
const RTEXT_FILTER_SKIP_STATS = 8;

/** A request as a command thinks of it; REQUEST, the number and the header are added. */
export interface Request {
  readonly type: number;
  readonly flags?: number;
  readonly payload: Uint8Array;
}

/** What a session is made with besides the options of the command line. */
export interface Surroundings {
  readonly names: NameTables;
  readonly output: Output;
  /** Milliseconds since 1970, for time stamps. */
  readonly now: () => number;
}

/** One run of the program, or one batch. */
export class Session {
  readonly out: Printer;
  readonly output: Output;
  readonly names: NameTables;
  readonly now: () => number;
  /** The socket that requests go over. */
  readonly main: Socket;
  /** `ip link` has asked whether the kernel knows RTM_NEWLINK, which it does once. */
  hasProbed = false;
  /** `ip link show` was there before: in a batch `ip address show` then tells of links what that does. */
  hasShownLinks = false;
  /** Nexthop objects that were asked for. */
  readonly nexthops = new Map<number, NexthopMessage>();
  readonly #links = new Map<number, LinkMessage>();
  #seq = 0;

  constructor(
    readonly options: Options,
    { names, output, now }: Surroundings,
  ) {
    this.names = names;
    this.output = output;
    this.now = now;
    this.main = { strict: options.batch === undefined, groups: [] };
    this.out = new Printer(output, options.json, options.pretty, options.oneLine ? '\\' : '\n');
  }

  /** Writes to the error output. */
  err(text: string): void {
    this.output.stderr += text;
  }

  /** The word of a number, or the number in decimal; with `-N` always the latter. */
  nameOf(names: Names, number: number): string {
    return (this.options.numeric ? undefined : names.word.get(number)) ?? String(number);
  }

  /** Sends requests in one datagram, numbered from the next one on. Gives the number of the last. */
  *send(requests: readonly Request[], socket = this.main): Task<number> {
    const w = new Writer();
    for (const { type, flags = 0, payload } of requests) {
      const seq = ++this.#seq;
      w.raw(encodeMessage({ type, flags: flags | uapi.NLM_F_REQUEST, seq, payload }));
    }
    yield { do: 'send', socket, bytes: w.take() };
    return this.#seq;
  }

  /** The messages of the next datagram, none at the end. What no message can be is left out. */
  *receive(socket = this.main): Task<NlMsg[] | undefined> {
    const datagram = yield { do: 'receive', socket };
    return datagram === null ? undefined : wholeMessages(datagram);
  }

  /**
   * Sends a request and waits for its ack; with `-echo` what has changed is printed.
   * @throws {Failed} refused
   */
  *talk(request: Request, print?: (message: NlMsg) => Task, socket = this.main): Task {
    const isEchoed = this.options.echo && print !== undefined;
    const flags = (request.flags ?? 0) | uapi.NLM_F_ACK | (isEchoed ? uapi.NLM_F_ECHO : 0);
    const seq = yield* this.send([{ ...request, flags }], socket);
    const echoed = yield* this.#answer(seq, socket);
    if (echoed === undefined || !isEchoed) return;
    this.out.begin();
    this.out.openObject();
    yield* print(echoed);
    this.out.closeObject();
    this.out.end();
  }

  /**
   * Sends a request and gives the first answer to it, undefined when there was only an ack.
   * @throws {Failed} refused, in words unless `silent`
   */
  *ask(request: Request, socket = this.main, silent = false): Task<NlMsg | undefined> {
    const seq = yield* this.send([request], socket);
    return yield* this.#answer(seq, socket, silent);
  }

  /** The first answer to request `seq` that is no ack. */
  *#answer(seq: number, socket: Socket, silent = false): Task<NlMsg | undefined> {
    for (;;) {
      const datagram = yield* this.receive(socket);
      if (datagram === undefined) throw new Failed(REFUSED, 'EOF on netlink\n');
      for (const message of datagram) {
        if (message.seq !== seq) continue;
        if (message.type !== uapi.NLMSG_ERROR) return message;
        const errno = errnoOf(message);
        if (errno !== 0) throw new Refused(errno, silent ? '' : refusal(message, errno));
        this.#warn(message);
        return undefined;
      }
    }
  }

  /** A text in an ack that is none of an error. */
  #warn(ack: NlMsg): void {
    const text = ackText(ack);
    if (text !== undefined) this.err(`Warning: ${sentence(text)}\n`);
  }

  /** The errno of a refusal that is next to be read, and stays; 0 where none is. */
  *refusedWith(socket = this.main): Task<number> {
    const datagram = yield { do: 'peek', socket };
    const refused = datagram && wholeMessages(datagram).find(({ type }) => type === uapi.NLMSG_ERROR);
    return refused ? errnoOf(refused) : 0;
  }

  /**
   * Asks for a dump; what comes is pulled from the `Dump`.
   * @param terminated written behind the words of a refusal
   */
  *dump(request: Request, terminated = 'Dump terminated\n', socket = this.main): Task<Dump> {
    const flags = (request.flags ?? 0) | uapi.NLM_F_DUMP;
    const seq = yield* this.send([{ ...request, flags }], socket);
    return new Dump(this, socket, seq, terminated);
  }

  /**
   * The index of an interface, which may be called by the label of an address, `e0:1`; `if<N>` is N where no interface is
   * called so.
   * @throws {Failed} `Cannot find device`
   */
  *indexOf(name: string): Task<number> {
    for (const link of this.#links.values()) if (link.name === name) return link.index;
    const type = isLinkName(name) ? uapi.IFLA_IFNAME : uapi.IFLA_ALT_IFNAME;
    const called = (by: string): Task<LinkMessage | undefined> => {
      return this.#getLink((w) => w.attr(type, zeroEnded(by)));
    };
    let link = yield* called(name);
    const colon = isLinkName(name) ? name.indexOf(':') : -1;
    if (link === undefined && colon > 0) link = yield* called(name.slice(0, colon));
    const index = link?.index ?? Number(/^if(\d+)$/.exec(name)?.[1] ?? 0);
    if (index === 0) throw noDevice(name);
    return index;
  }

  /** Asks for the interfaces among `indexes` that are not known yet, so that `link` and `linkName` know them. */
  *learn(...indexes: readonly number[]): Task {
    for (const index of indexes) {
      if (index !== 0 && !this.#links.has(index)) yield* this.#getLink(undefined, index);
    }
  }

  /** What is known of an interface; ask `learn` before. */
  link(index: number): LinkMessage | undefined {
    return this.#links.get(index);
  }

  /** The name of an interface, `*` for 0, `if<N>` where it is not known. */
  linkName(index: number): string {
    if (index === 0) return '*';
    return this.#links.get(index)?.name ?? `if${index}`;
  }

  /** Takes over what a link message tells, as a dump of links brings it along. */
  remember(link: LinkMessage): void {
    this.#links.set(link.index, link);
  }

  /** An interface has changed or gone: what was known of it is asked for again. */
  forget(index: number): void {
    this.#links.delete(index);
  }

  /** One interface; undefined where there is none. */
  *#getLink(put?: (w: Writer) => void, index = 0): Task<LinkMessage | undefined> {
    const w = new Writer();
    w.u32(0);
    w.u32(index);
    w.zeros(8);
    w.attr32(uapi.IFLA_EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
    put?.(w);
    const answer = yield* this.askApart({ type: uapi.RTM_GETLINK, payload: w.take() });
    if (answer === undefined) return undefined;
    const link = decodeLink(answer.payload);
    this.remember(link);
    return link;
  }

  /** One question over a socket of its own, while a dump may be on its way; undefined when it is refused. */
  *askApart(request: Request): Task<NlMsg | undefined> {
    const socket: Socket = { strict: false, groups: [] };
    try {
      return yield* this.ask(request, socket, true);
    } catch (error) {
      if (error instanceof Failed) return undefined;
      throw error;
    } finally {
      yield { do: 'close', socket } satisfies Io;
    }
  }
}

/** The kernel has refused something. */
class Refused extends Failed {
  constructor(
    readonly errno: number,
    stderr: string,
  ) {
    super(REFUSED, stderr);
  }
}

/** The error is a refusal for this reason. */
export function isRefusedWith(error: unknown, errno: number): error is Failed {
  return error instanceof Refused && error.errno === errno;
}

/** What a dump may end with without words. */
const QUIET: readonly number[] = [uapi.ENOENT, uapi.EOPNOTSUPP];

/** A dump on its way. */
export class Dump {
  #messages: NlMsg[] = [];
  #at = 0;
  #isDone = false;

  constructor(
    readonly session: Session,
    readonly socket: Socket,
    readonly seq: number,
    readonly terminated: string,
  ) {}

  /** The next message, undefined behind the last. @throws {Failed} refused */
  *next(): Task<NlMsg | undefined> {
    for (;;) {
      if (this.#isDone) return undefined;
      const message = this.#messages[this.#at++];
      if (message === undefined) yield* this.#receive();
      else if (message.seq !== this.seq) continue;
      else if (message.type === uapi.NLMSG_DONE || message.type === uapi.NLMSG_ERROR) this.#end(message);
      else return message;
    }
  }

  *#receive(): Task {
    const datagram = yield* this.session.receive(this.socket);
    if (datagram === undefined) throw new Failed(REFUSED, 'EOF on netlink\n');
    this.#messages = datagram;
    this.#at = 0;
  }

  #end(message: NlMsg): void {
    this.#isDone = true;
    const errno = errnoOf(message);
    if (errno === 0) return;
    const isQuiet =
      message.type === uapi.NLMSG_DONE && QUIET.includes(errno) && ackText(message) === undefined;
    throw new Refused(errno, (isQuiet ? '' : refusal(message, errno)) + this.terminated);
  }
}

/** The messages of a datagram up to the first that is none. */
function wholeMessages(datagram: Uint8Array): NlMsg[] {
  const list: NlMsg[] = [];
  for (let at = 0; datagram.length - at >= NLMSG_HEADER;) {
    const length = u32(datagram, at);
    if (length < NLMSG_HEADER || length > datagram.length - at) break;
    list.push(...messages(datagram.subarray(at, at + length)));
    at += align4(length);
  }
  return list;
}

/** The errno in NLMSG_ERROR or NLMSG_DONE: 0 or positive. */
function errnoOf({ payload }: NlMsg): number {
  return payload.length < 4 ? 0 : -(u32(payload, 0) | 0);
}

/** The text of the reasons in an ack or behind a dump, if there is one (NL-33, NL-40). */
function ackText({ type, flags, payload }: NlMsg): string | undefined {
  if ((flags & uapi.NLM_F_ACK_TLVS) === 0) return undefined;
  let from = 4;
  if (type === uapi.NLMSG_ERROR) {
    const echoed = (flags & uapi.NLM_F_CAPPED) !== 0 ? NLMSG_HEADER : align4(u32(payload, 4));
    from += echoed;
  }
  const reason = decodeAttrs(payload.subarray(from)).find((attr) => attr.type === uapi.NLMSGERR_ATTR_MSG);
  return reason && textOf(reason.payload);
}

/** How iproute2 tells of an error: the kernel's words, or those of the errno (PROC-46). */
function refusal(message: NlMsg, errno: number): string {
  const text = ackText(message);
  return text === undefined ? `RTNETLINK answers: ${strerror(errno)}\n` : `Error: ${sentence(text)}\n`;
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

/** Whether an interface can be called so. */
export function isLinkName(name: string): boolean {
  return name.length > 0 && name.length < uapi.IFNAMSIZ && !/[/\s]/.test(name);
}

/** A text with its closing NUL. */
export function zeroEnded(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** The text in bytes up to their NUL. */
export function textOf(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return new TextDecoder().decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}
