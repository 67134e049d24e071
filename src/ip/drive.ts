/**
 * ip/drive.ts - who answers a command's wishes: a Netns at once, or a socket when it has an answer.
 */
import * as uapi from '../abi/uapi.js';
import { Endpoint } from '../endpoint/endpoint.js';
import type { Netns } from '../netns.js';
import { decodeMessages, encodeMessage } from '../wire/nlmsg.js';
import type { Answer, Io, Socket, Task } from './io.js';

/** Bytes of a file by its name, `-` for the standard input; undefined where there is none. */
export type ReadFile = (file: string) => Uint8Array | undefined;

/** Runs a task on a namespace, with an `Endpoint` for each socket. A socket that waits for more gets nothing. */
export function drive<T>(ns: Netns, task: Task<T>, readFile: ReadFile): T {
  const answer = answers(ns, readFile);
  let step = task.next();
  while (step.done !== true) step = task.next(answer(step.value));
  return step.value;
}

/**
 * Runs a task that listens to groups: up to its first wait at once, then with each notice.
 * @param pause called at each wait, and at the end
 * @returns ends the listening
 */
export function listen(ns: Netns, task: Task<unknown>, readFile: ReadFile, pause: () => void): () => void {
  const answer = answers(ns, readFile);
  let step = task.next();
  const settle = (): readonly number[] | undefined => {
    while (step.done !== true && groupsOf(step.value) === undefined) step = task.next(answer(step.value));
    pause();
    return step.done === true ? undefined : groupsOf(step.value);
  };
  const groups = settle();
  if (groups === undefined) return () => undefined;
  return new Endpoint(ns).subscribe(groups, (notice) => {
    step = task.next(notice);
    settle();
  });
}

/** The groups that a wait is for; undefined for other wishes. */
function groupsOf(io: Io): readonly number[] | undefined {
  return io.do === 'receive' && io.socket.groups.length > 0 ? io.socket.groups : undefined;
}

/** A socket of a command on a namespace, whose next datagram can be looked at. */
class Local {
  readonly #endpoint: Endpoint;
  #next: Uint8Array | null = null;

  constructor(ns: Netns, { strict }: Socket) {
    this.#endpoint = new Endpoint(ns, { strict });
  }

  send(datagram: Uint8Array): null {
    this.#endpoint.send(datagram);
    return null;
  }

  peek(): Uint8Array | null {
    return (this.#next ??= this.#endpoint.receive());
  }

  receive(): Uint8Array | null {
    const datagram = this.peek();
    this.#next = null;
    return datagram;
  }
}

/** Answers wishes on a namespace. */
function answers(ns: Netns, readFile: ReadFile): (io: Io) => Answer {
  const sockets = new Map<Socket, Local>();
  return (io) => {
    if (io.do === 'read') return readFile(io.file) ?? null;
    if (io.do === 'sysctl') return (ns.sysctl.set(`net.${io.name}`, io.value), null);
    if (io.do === 'close') return (sockets.delete(io.socket), null);
    const socket = sockets.get(io.socket) ?? new Local(ns, io.socket);
    sockets.set(io.socket, socket);
    return io.do === 'send' ? socket.send(io.bytes) : socket[io.do]();
  };
}

/** A netlink socket that answers in its own time. */
export interface Connection {
  send(datagram: Uint8Array): void | Promise<void>;
  /** The next datagram, null at the end. */
  receive(): Promise<Uint8Array | null>;
  /** Writes a switch of the namespace, where that is possible. */
  sysctl?(name: string, value: number): void | Promise<void>;
  close(): void;
}

/** Opens a socket: the strict checks and the groups that it asks for are the opener's matter. */
export type Connect = (socket: Socket) => Connection | Promise<Connection>;

/** A message of no meaning that is to be acknowledged, and its number. */
const MARK_SEQ = 0xffffffff;
const MARK = encodeMessage({
  type: uapi.NLMSG_NOOP,
  flags: uapi.NLM_F_REQUEST | uapi.NLM_F_ACK,
  seq: MARK_SEQ,
  payload: new Uint8Array(0),
});

/** A connection whose next datagram can be looked at. */
class Remote {
  readonly #ahead: Uint8Array[] = [];

  constructor(readonly connection: Connection) {}

  async receive(): Promise<Uint8Array | null> {
    return this.#ahead.shift() ?? (await this.connection.receive());
  }

  /** What is there once all that was sent has been answered. */
  async peek(): Promise<Uint8Array | null> {
    if (this.#ahead.length === 0) await this.#settle();
    return this.#ahead[0] ?? null;
  }

  async #settle(): Promise<void> {
    await this.connection.send(MARK);
    for (;;) {
      const datagram = await this.connection.receive();
      if (datagram === null) return;
      if (decodeMessages(datagram).some(({ seq }) => seq === MARK_SEQ)) return;
      this.#ahead.push(datagram);
    }
  }
}

/** Runs a task over sockets; `pause` is called before each wait, for output that should not wait as well. */
export async function driveAsync<T>(
  connect: Connect,
  task: Task<T>,
  readFile: (file: string) => ReturnType<ReadFile> | Promise<ReturnType<ReadFile>>,
  pause: () => void = () => undefined,
): Promise<T> {
  const sockets = new Map<Socket, Remote>();
  const answer = async (io: Io): Promise<Answer> => {
    if (io.do === 'read') return (await readFile(io.file)) ?? null;
    const socket = sockets.get(io.socket) ?? new Remote(await connect(io.socket));
    sockets.set(io.socket, socket);
    if (io.do === 'receive') return (pause(), socket.receive());
    if (io.do === 'peek') return socket.peek();
    if (io.do === 'send') await socket.connection.send(io.bytes);
    else if (io.do === 'sysctl') await socket.connection.sysctl?.(io.name, io.value);
    else if (sockets.delete(io.socket)) socket.connection.close();
    return null;
  };
  try {
    let step = task.next();
    while (step.done !== true) step = task.next(await answer(step.value));
    return step.value;
  } finally {
    for (const { connection } of sockets.values()) connection.close();
  }
}
