/**
 * server/server.ts - class Server: a Netns that programs reach through a Unix stream socket, as they reach the kernel
 * through netlink sockets.
 *
 * No client waits for another: what is asked is answered at once, in the order in which it comes in. The clock of the
 * namespace follows the monotonic clock of the machine.
 */
import { createServer, type Server as Listener, type Socket } from 'node:net';
import type { Netns } from 'hoptrie';
import { Client, type Host } from './client.js';
import { bindSocket, removeSocket, type Bound } from './path.js';

/** How a Server is to be. */
export interface ServerOptions {
  /** Takes what an operator should know: lines without their end. Default: nobody is told. */
  readonly say?: (text: string) => void;
  /** Bytes of notifications that wait for a client before its oldest are lost. */
  readonly noticeBytes?: number;
  /** The clock that the namespace follows, in milliseconds; default: the monotonic one of the machine. */
  readonly now?: () => number;
}

/** Milliseconds after which time passes although nobody asks: for notices of what time brings. */
const TICK_MS = 50;

/** A namespace on a socket. */
export class Server {
  readonly #listener: Listener;
  readonly #bound: Bound;
  readonly #clients: Set<Client>;
  readonly #timer: NodeJS.Timeout;

  private constructor(listener: Listener, bound: Bound, clients: Set<Client>, tick: () => void) {
    this.#listener = listener;
    this.#bound = bound;
    this.#clients = clients;
    this.#timer = setInterval(tick, TICK_MS);
  }

  /**
   * Serves `ns` on a socket at `path` that only its owner may open. What a server left there that is no more is
   * removed, nothing else.
   * @throws {Failure} something else is there, or somebody serves there, or the path cannot be bound
   */
  static async listen(ns: Netns, path: string, options: ServerOptions = {}): Promise<Server> {
    const { say, noticeBytes, now } = options;
    const tick = clockOf(ns, now ?? (() => performance.now()));
    const host = {
      ns,
      tick,
      say: say ?? ((): void => undefined),
      ...(noticeBytes !== undefined && { noticeBytes }),
    };
    const clients = new Set<Client>();
    let accepted = 0;
    const listener = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      const client = new Client(host, `client ${++accepted}`, socket);
      clients.add(client);
      socket.on('close', () => clients.delete(client));
    });
    listener.on('error', (error) => host.say(error.message)); // no descriptor for a further client
    return new Server(listener, await bindSocket(listener, path), clients, () => tickSafely(host));
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Removes the socket: nobody new finds the server. */
  unlink(): void {
    removeSocket(this.#bound);
  }

  /** Ends all connections and removes the socket. The Netns is its owner's. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.unlink();
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const client of this.#clients) client.destroy();
    await closed;
  }
}

/** Lets time pass while nobody asks: what goes wrong then is nobody's connection. */
function tickSafely(host: Host): void {
  try {
    host.tick();
  } catch (error) {
    host.say((error as Error).stack ?? String(error));
  }
}

/** What brings the clock of `ns` up to now. */
function clockOf(ns: Netns, now: () => number): () => void {
  let last = now();
  return () => {
    const ms = Math.floor(now() - last);
    if (ms === 0) return;
    last += ms;
    ns.advance(ms);
  };
}
