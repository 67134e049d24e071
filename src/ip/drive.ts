/**
 * ip/drive.ts - who answers a command's wishes: a Netns at once, or a socket when it has an answer.
 */
import { Endpoint } from '../endpoint/endpoint.js';
import type { Netns } from '../netns.js';
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

/** Answers wishes on a namespace. */
function answers(ns: Netns, readFile: ReadFile): (io: Io) => Answer {
  const endpoints = new Map<Socket, Endpoint>();
  return (io) => {
    if (io.do === 'read') return readFile(io.file) ?? null;
    if (io.do === 'sysctl') return (ns.sysctl.set(`net.${io.name}`, io.value), null);
    if (io.do === 'close') return (endpoints.delete(io.socket), null);
    const endpoint = endpoints.get(io.socket) ?? new Endpoint(ns, { strict: io.socket.strict });
    endpoints.set(io.socket, endpoint);
    return io.do === 'receive' ? endpoint.receive() : (endpoint.send(io.bytes), null);
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

/** Runs a task over sockets; `pause` is called before each wait, for output that should not wait as well. */
export async function driveAsync<T>(
  connect: Connect,
  task: Task<T>,
  readFile: (file: string) => ReturnType<ReadFile> | Promise<ReturnType<ReadFile>>,
  pause: () => void = () => undefined,
): Promise<T> {
  const connections = new Map<Socket, Connection>();
  const answer = async (io: Io): Promise<Answer> => {
    if (io.do === 'read') return (await readFile(io.file)) ?? null;
    const connection = connections.get(io.socket) ?? (await connect(io.socket));
    connections.set(io.socket, connection);
    if (io.do === 'receive') return (pause(), connection.receive());
    if (io.do === 'send') return (await connection.send(io.bytes), null);
    connection.close();
    return (connections.delete(io.socket), null);
  };
  try {
    let step = task.next();
    while (step.done !== true) step = task.next(await answer(step.value));
    return step.value;
  } finally {
    for (const connection of connections.values()) connection.close();
  }
}
