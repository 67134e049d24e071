/**
 * feed/fpm.test.ts - connections to a FPM listener: what a peer sends, how it leaves, and what it can make us hold.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import * as feed from '../../src/feed/index.js';
import { follow, type FollowEvent, type Following } from '../../src/follow/follow.js';
import { Netns } from '../../src/inline.js';
import { encodeFpm } from '../../src/wire/fpm.js';
import { encodeMessage } from '../../src/wire/nlmsg.js';
import { delRoute, newRoute } from './samples.js';

/** A listener that a Netns follows, and what it tells. */
class Station {
  readonly ns = Netns.create();
  readonly events: FollowEvent[] = [];
  readonly following: Following;
  readonly #port!: Promise<number>;

  constructor(quietMs = 60) {
    this.#port = new Promise((resolve) => {
      const onListening = ({ port }: { port: number }): void => resolve(port);
      const source = feed.fpm({ listen: 0 }, { quietMs, onListening });
      Object.defineProperty(this, 'source', { value: source });
    });
    this.following = follow(this.ns, (this as unknown as { source: feed.Feed }).source, {
      onEvent: (event) => this.events.push(event),
    });
  }

  async connect(): Promise<Socket> {
    const socket = connect(await this.#port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Waits until this is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let i = 0; i < 2000 && !isSo(); i++) await sleep(10);
    expect(isSo(), JSON.stringify(this.events.map(({ type }) => type))).toBe(true);
  }

  get routes(): string[] {
    return this.ns.route.list().map(({ dst, nexthops }) => `${dst} ${nexthops[0]?.via ?? ''}`);
  }

  count(type: FollowEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.following.close();
    this.ns.close();
  }
}

const frame = (dst: string, via: string): Uint8Array => encodeFpm(encodeMessage(newRoute(dst, via, 0x501)));
const A = frame('10.0.0.0/8', '192.0.2.1');
const B = frame('11.0.0.0/8', '192.0.2.1');

describe('a FPM listener', () => {
  test('listens on loopback unless told otherwise', async () => {
    for (const [listen, host] of [
      [0, '127.0.0.1'],
      [{ port: 0 }, '127.0.0.1'],
      ['0.0.0.0:0', '0.0.0.0'],
      [{ host: '::1', port: 0 }, '::1'],
    ] as const) {
      const stop = new AbortController();
      let heard = '';
      const onListening = (address: { host: string }): void => {
        heard = address.host;
        stop.abort();
      };
      for await (const _ of feed.fpm({ listen }, { onListening, signal: stop.signal }));
      expect(heard).toBe(host);
    }
    expect(() => feed.fpm({ listen: 'nowhere' })).toThrow(/no port/);
  });

  test('listens although nobody asked to be told where', async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createServer();
      server.listen(0, '127.0.0.1', () => {
        const address = server.address() as AddressInfo;
        server.close(() => resolve(address.port));
      });
    });
    using ns = Netns.create();
    const following = follow(ns, feed.fpm({ listen: port }));
    let socket: Socket | undefined;
    for (let i = 0; i < 100 && socket?.readyState !== 'open'; i++) {
      socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await sleep(20);
    }
    expect(socket?.readyState).toBe('open');
    socket?.destroy();
    await following.close();
  });

  test('one frame in single bytes, then the next connection: what it does not repeat goes when it is quiet', async () => {
    await using station = new Station();
    const first = await station.connect();
    for (const byte of Buffer.concat([A, B])) first.write(Uint8Array.of(byte));
    await station.until(() => station.routes.length === 2);
    await station.following.synced;
    first.destroy();
    await station.until(() => station.count('closed') === 1);
    expect(station.routes).toHaveLength(2); // what zebra told stays while it is away
    const second = await station.connect();
    second.write(A);
    await station.until(() => station.count('resync') === 1);
    expect(station.routes).toEqual(['10.0.0.0/8 192.0.2.1']);
    expect(station.events).toContainEqual(expect.objectContaining({ type: 'resync', reason: 'reconnect' }));
    second.destroy();
  });

  test('a connection cut within a frame leaves what was whole', async () => {
    await using station = new Station();
    const socket = await station.connect();
    socket.end(Buffer.concat([A, B.subarray(0, 17)]));
    await station.until(() => station.count('closed') === 1);
    expect(station.routes).toEqual(['10.0.0.0/8 192.0.2.1']);
    const closed = station.events.find(({ type }) => type === 'closed');
    expect(closed).toMatchObject({ error: { name: 'WireError', offset: A.length } });
  });

  test('garbage ends its connection and nothing else', async () => {
    await using station = new Station();
    const zebra = await station.connect();
    zebra.write(A);
    await station.until(() => station.routes.length === 1);
    const stranger = await station.connect();
    stranger.write('GET / HTTP/1.1\r\n\r\n');
    await once(stranger, 'close');
    zebra.write(B);
    await station.until(() => station.routes.length === 2);
    zebra.write(encodeFpm(Uint8Array.of(1, 2, 3)));
    await once(zebra, 'close');
    await station.until(() => station.count('closed') === 1);
    expect(station.following.stats.source.connections).toBe(1);
  });

  test('connections that say nothing are few, and a new one that speaks counts', async () => {
    await using station = new Station();
    const silent = await Promise.all(Array.from({ length: 8 }, () => station.connect()));
    await station.until(
      () => silent.filter((socket) => !socket.destroyed && !socket.readableEnded).length <= 4,
    );
    silent.forEach((socket) => socket.destroy());
    const zebra = await station.connect();
    zebra.write(A);
    await station.until(() => station.routes.length === 1);
    const closed = once(zebra, 'close');
    const again = await station.connect(); // the old one is still there, as after a crash of its host
    again.write(Buffer.concat([A, B]));
    await station.until(() => station.routes.length === 2);
    await closed;
    again.destroy();
  });

  test('a peer that claims much is held no more than a frame, and waits while nobody asks', async () => {
    const stop = new AbortController();
    const port = new Promise<number>((resolve) => {
      const onListening = (address: { port: number }): void => resolve(address.port);
      const source = feed.fpm({ listen: 0 }, { onListening, signal: stop.signal });
      const changes = source[Symbol.asyncIterator]();
      void changes.next(); // one change, and no more
    });
    const socket = connect(await port, '127.0.0.1');
    socket.on('error', () => undefined);
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => A));
    for (let i = 0; i < 40; i++) socket.write(many);
    await sleep(300);
    expect(socket.writableLength).toBeGreaterThan(many.length * 10); // it is the peer that holds it
    socket.destroy();
    stop.abort();
  });

  test('a change of a route in one frame: deletion, then the route instead', async () => {
    await using station = new Station();
    const socket = await station.connect();
    const gone = { ...delRoute('10.0.0.0/8', '192.0.2.1', { nexthops: [], protocol: 0 }), flags: 0x401 };
    const change = Buffer.concat([
      encodeMessage(gone),
      encodeMessage(newRoute('10.0.0.0/8', '192.0.2.9', 0x501)),
    ]);
    socket.write(Buffer.concat([A, encodeFpm(change)]));
    await station.until(() => station.routes[0] === '10.0.0.0/8 192.0.2.9');
    expect(station.routes).toHaveLength(1);
    socket.destroy();
  });
});
