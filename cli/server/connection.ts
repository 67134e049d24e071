/**
 * server/connection.ts - the other end: a netlink socket that a program opens on a server.
 */
import { connect, type Socket } from 'node:net';
import { NETLINK_ADD_MEMBERSHIP, NETLINK_GET_STRICT_CHK, encodeOption, encodeSysctl } from './control.js';
import { FrameReader, encodeFrames } from './frames.js';

/** A connection to a server. What is not received stays in the pipe. */
export class Connection {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #reader = new FrameReader();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // whoever receives gets the end
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Connects. Rejects with what connect(2) says. */
  static open(path: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** Sends datagrams. */
  send(...datagrams: readonly Uint8Array[]): void {
    if (datagrams.length !== 0) this.#socket.write(encodeFrames(datagrams));
  }

  /** Joins notification groups (RTNLGRP_*). */
  join(...groups: readonly number[]): void {
    this.send(...groups.map((group) => encodeOption(NETLINK_ADD_MEMBERSHIP, group)));
  }

  /** Turns strict checks of requests on, which they are at first, or off. */
  setStrict(isStrict: boolean): void {
    this.send(encodeOption(NETLINK_GET_STRICT_CHK, isStrict ? 1 : 0));
  }

  /** Writes a switch of the namespace, named below /proc/sys/net. */
  setSysctl(path: string, value: number): void {
    this.send(encodeSysctl(path, value));
  }

  /**
   * The next datagram; `'overrun'` where notifications were lost, undefined at the end.
   * @throws {WireError} a length that cannot be one
   */
  async receive(): Promise<Uint8Array | 'overrun' | undefined> {
    for (;;) {
      const datagram = this.#reader.next();
      if (datagram !== undefined) return typeof datagram === 'string' ? datagram : datagram.slice();
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#reader.push(chunk);
    }
  }

  /** The next bytes; undefined at the end, in whatever way it came. */
  async #next(): Promise<Buffer | undefined> {
    try {
      const next: IteratorResult<Buffer, unknown> = await this.#chunks.next();
      return next.done === true ? undefined : next.value;
    } catch {
      return undefined;
    }
  }

  /** Ends the connection; whoever waits to receive gets its end. */
  close(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
