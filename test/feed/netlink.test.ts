/**
 * feed/netlink.test.ts - what a socket may do to a mirror, done by a libc of our own over a Netns: losses, datagrams that are
 * too long, dumps that are interrupted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { Feed } from '../../src/feed/feed.js';
import type { Libc } from '../../src/feed/libc.js';
import { partsThrough } from '../../src/feed/netlink.js';
import { follow, type FollowEvent, type Following } from '../../src/follow/follow.js';
import { Endpoint } from '../../src/index.js';
import { Netns } from '../../src/inline.js';

const EAGAIN = 11;
const ENOBUFS = 105;
const TOO_LONG = 1 << 24;

/** What waits at a socket: a datagram, the news that some were lost, or one that is longer than any room. */
type Waiting = Uint8Array | 'lost' | 'long';

/** The sockets of a kernel that is a Netns. */
class Kernel implements Libc {
  readonly queues = new Map<number, Waiting[]>();
  readonly #endpoints = new Map<number, Endpoint>();
  #errno = 0;
  #fd = 2;
  /** Answers to requests, as they are to be told. */
  told = (datagram: Uint8Array): Waiting => datagram;

  constructor(readonly ns: Netns) {}

  socket(): number {
    this.queues.set(++this.#fd, []);
    this.#endpoints.set(this.#fd, new Endpoint(this.ns, { strict: true }));
    return this.#fd;
  }

  bind(fd: number, address: Uint8Array): number {
    const groups = new DataView(address.buffer).getUint32(8, true);
    const joined = Array.from({ length: 32 }, (_, i) => i + 1).filter((i) => (groups >>> (i - 1)) & 1);
    if (groups !== 0)
      this.#endpoints.get(fd)!.subscribe(joined, (message) => this.queues.get(fd)?.push(message));
    return 0;
  }

  setsockopt(): number {
    return 0;
  }

  setns(): number {
    return -1;
  }

  send(fd: number, bytes: Uint8Array): number {
    const endpoint = this.#endpoints.get(fd)!;
    endpoint.send(bytes);
    for (let got = endpoint.receive(); got !== null; got = endpoint.receive())
      this.queues.get(fd)!.push(this.told(got));
    return bytes.length;
  }

  recv(fd: number, room: Uint8Array): number {
    const got = this.queues.get(fd)!.shift();
    if (got === 'long') return TOO_LONG;
    if (got instanceof Uint8Array) {
      room.set(got);
      return got.length;
    }
    this.#errno = got === 'lost' ? ENOBUFS : EAGAIN;
    return -1;
  }

  close(fd: number): number {
    this.queues.delete(fd);
    return 0;
  }

  async poll(): Promise<number> {
    await sleep(1);
    return [...this.queues.values()].some((queue) => queue.length > 0) ? 1 : 0;
  }

  errno(): number {
    return this.#errno;
  }
}

/** A router whose kernel is followed. */
function town(): { kernel: Kernel; mirror: Netns; start: () => Following; resyncs: FollowEvent[] } {
  const kernel = new Kernel(Netns.create());
  kernel.ns.link.add({ name: 'e0', index: 2, up: true });
  kernel.ns.address.add('10.0.0.1/24', { dev: 'e0' });
  for (let i = 0; i < 100; i++) kernel.ns.route.add(`20.0.${i}.0/24`, { via: '10.0.0.2' });
  const mirror = Netns.create();
  const resyncs: FollowEvent[] = [];
  const onEvent = (event: FollowEvent): void => void (event.type === 'resync' && resyncs.push(event));
  const source = new Feed((signal, counts) => partsThrough(kernel, {}, signal, counts), {});
  return { kernel, mirror, resyncs, start: () => follow(mirror, source, { onEvent }) };
}

const routes = (ns: Netns): string[] =>
  ns.route.list({ table: 'main' }).map(({ dst, nexthops }) => `${dst} ${nexthops[0]?.via}`);

test.each([
  ['lost', 'overrun'],
  ['long', 'truncation'],
] as const)('NL-49 changes that are %s: all is told again, and what is stale goes', async (what, reason) => {
  const { kernel, mirror, resyncs, start } = town();
  const following = start();
  await following.synced;
  expect(routes(mirror)).toEqual(routes(kernel.ns));
  for (const queue of kernel.queues.values()) queue.push = () => 0; // from here on nothing comes through
  kernel.ns.route.del('20.0.7.0/24');
  kernel.ns.route.add('30.0.0.0/8', { via: '10.0.0.3' });
  for (const queue of kernel.queues.values()) Array.prototype.push.call(queue, what);
  await vi.waitFor(() => expect(resyncs).toMatchObject([{ type: 'resync', reason }]), 5000);
  expect(routes(mirror)).toEqual(routes(kernel.ns));
  expect(mirror.route.list({ table: 'main' })).toHaveLength(101);
  kernel.ns.route.add('31.0.0.0/8', { via: '10.0.0.3' }); // and it goes on
  await vi.waitFor(() => expect(routes(mirror)).toEqual(routes(kernel.ns)), 5000);
  await following.close();
});

test('NL-34 a dump of routes that was interrupted is asked for again', async () => {
  const { kernel, mirror, resyncs, start } = town();
  let isInterrupted = false;
  kernel.told = (datagram) => {
    const view = new DataView(datagram.buffer, datagram.byteOffset);
    if (isInterrupted || view.getUint16(4, true) !== uapi.RTM_NEWROUTE) return datagram;
    isInterrupted = true;
    view.setUint16(6, view.getUint16(6, true) | uapi.NLM_F_DUMP_INTR, true);
    return datagram;
  };
  const following = start();
  await following.synced;
  await vi.waitFor(() => expect(resyncs).toMatchObject([{ type: 'resync', reason: 'interrupted' }]), 5000);
  expect(isInterrupted).toBe(true);
  expect(routes(mirror)).toEqual(routes(kernel.ns));
  await following.close();
});
