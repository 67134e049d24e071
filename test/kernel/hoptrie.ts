/**
 * kernel/hoptrie.ts - our side: a Netns and its Endpoint, from any build of the package.
 */
import { GROUPS, type Open, type Peer, type SocketOptions } from './peer.js';

interface Endpoint {
  request(datagram: Uint8Array): Uint8Array[];
  subscribe(groups: readonly number[], onDatagram: (datagram: Uint8Array) => void): () => void;
}

interface Netns {
  readonly sysctl: { set(path: string, value: number): void };
  proc(path: string): string;
  advance(ms: number): void;
  check(): unknown;
  close(): void;
}

/** What this test uses of the module. */
export interface Hoptrie {
  readonly Netns: { create(): Netns };
  readonly Endpoint: new (ns: Netns, options: SocketOptions) => Endpoint;
}

/** True for a build that has its Endpoint. */
export function isComplete(module: Partial<Hoptrie>): module is Hoptrie {
  return typeof module.Netns?.create === 'function' && typeof module.Endpoint === 'function';
}

class HoptriePeer implements Peer {
  readonly name = 'hoptrie';
  readonly #ns: Netns;
  readonly #socket: Endpoint;
  #events: Uint8Array[] = [];

  constructor({ Netns, Endpoint }: Hoptrie, options: SocketOptions) {
    this.#ns = Netns.create();
    this.#socket = new Endpoint(this.#ns, options);
    const monitor = new Endpoint(this.#ns, options);
    monitor.subscribe(GROUPS, (datagram) => this.#events.push(datagram.slice()));
  }

  request(datagram: Uint8Array): Uint8Array[] {
    return this.#socket.request(datagram);
  }

  events(): Uint8Array[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  sysctl(path: string, value: number): string {
    try {
      this.#ns.sysctl.set(`net.${path.replaceAll('/', '.')}`, value);
      return 'ok';
    } catch (e) {
      const code = (e as { code?: unknown }).code;
      if (typeof code !== 'string') throw e;
      return code;
    }
  }

  proc(path: string): string {
    return this.#ns.proc(`net/${path}`);
  }

  advance(ms: number): void {
    this.#ns.advance(ms);
  }

  /** @throws what `check` finds: every namespace is walked once more before it goes */
  close(): void {
    this.#ns.check();
    this.#ns.close();
  }
}

/** Opens namespaces of this build. */
export function hoptriePeers(module: Hoptrie): Open {
  return (options) => new HoptriePeer(module, options);
}
