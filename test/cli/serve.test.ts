/**
 * cli/serve.test.ts - a Netns on a socket: framing, many clients, slow ones, broken ones, and how it begins and ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Netns } from 'hoptrie';
import { uapi } from 'hoptrie/wire';
import { afterAll, expect, test } from 'vitest';
import { Connection } from '../../cli/server/connection.js';
import { CONTROL_TYPE } from '../../cli/server/control.js';
import { DATAGRAM_MAX, FrameReader, encodeFrames } from '../../cli/server/frames.js';
import { Server } from '../../cli/server/server.js';
import { ask, dotted, said } from '../endpoint/talk.js';
import { MAIN } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'hoptrie-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));
let sockets = 0;
const freshPath = (): string => join(folder, `s${sockets++}`);

/** RTNLGRP_IPV4_ROUTE. */
const GROUP_ROUTE = 7;
const NOOP = ask(uapi.NLMSG_NOOP, uapi.NLM_F_ACK);
const LINKS = ask(uapi.RTM_GETLINK, uapi.NLM_F_DUMP, '00000000 00000000 00000000 00000000');
const LOOPBACK = ask(uapi.RTM_GETLINK, 0, '00000000 01000000 00000000 00000000');
const ROUTES = ask(uapi.RTM_GETROUTE, uapi.NLM_F_DUMP, '02000000 00000000 00000000');

/** RTM_NEWROUTE of a blackhole to the n-th /32 below 10/8. */
function blackhole(n: number): Uint8Array {
  const dst = dotted([10, (n >> 16) & 255, (n >> 8) & 255, n & 255].join('.'));
  const flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL | uapi.NLM_F_ACK;
  return ask(uapi.RTM_NEWROUTE, flags, `02200000 fe030006 00000000 08000100${dst}`);
}

/** Runs `use` with a server on a fresh namespace. */
async function serving(
  use: (at: { path: string; ns: Netns; server: Server; lines: string[] }) => Promise<void>,
  options: { noticeBytes?: number } = {},
): Promise<void> {
  using ns = Netns.create();
  const lines: string[] = [];
  const path = freshPath();
  const server = await Server.listen(ns, path, { say: (line) => lines.push(line), ...options });
  try {
    await use({ path, ns, server, lines });
    ns.check();
  } finally {
    await server.close();
  }
  expect(existsSync(path)).toBe(false);
}

/** All datagrams up to the end of a dump, or an ack. */
async function answers(connection: Connection): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (;;) {
    const datagram = await connection.receive();
    if (datagram === undefined || datagram === 'overrun') throw new Error(String(datagram));
    all.push(datagram);
    if (said([datagram]).some(({ type }) => type === uapi.NLMSG_DONE || type === uapi.NLMSG_ERROR))
      return all;
  }
}

const acked = { type: uapi.NLMSG_ERROR, flags: uapi.NLM_F_CAPPED, errno: 0 };

/** Asks something harmless on a connection of its own. */
async function isAlive(path: string): Promise<void> {
  using connection = await Connection.open(path);
  connection.send(NOOP);
  expect(said(await answers(connection))).toEqual([acked]);
}

/** Sends raw bytes, then ends; resolves when the server has ended too. */
function throwAt(path: string, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve) => {
    const got: Buffer[] = [];
    const socket = connect(path, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(got)));
  });
}

/** A fresh connection that nobody reads from. */
function silent(path: string, bytes: Uint8Array): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.pause();
      socket.write(bytes, () => resolve(socket));
    });
    socket.on('error', () => undefined);
  });
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a fresh server has what a new network namespace has: lo, down', () =>
  serving(async ({ path, ns }) => {
    using connection = await Connection.open(path);
    connection.send(LINKS);
    const types = said(await answers(connection)).map(({ type }) => type);
    expect(types).toEqual([uapi.RTM_NEWLINK, uapi.NLMSG_DONE]);
    expect(ns.link.list()).toMatchObject([{ name: 'lo', index: 1, flags: uapi.IFF_LOOPBACK }]);
  }));

test('frames come in whole, in pieces, and several at once', () =>
  serving(async ({ path, ns, lines }) => {
    const frames = encodeFrames([NOOP, LOOPBACK, blackhole(1), NOOP]);
    const whole = await throwAt(path, frames);
    ns.route.del('10.0.0.1/32', { type: 'blackhole' });
    const socket = connect(path);
    const got: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    for (const byte of frames) {
      socket.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    socket.end();
    await new Promise((resolve) => socket.on('close', resolve));
    expect(Buffer.concat(got).equals(whole)).toBe(true);
    expect(lines).toEqual([]);
  }));

test('any cut of a stream gives the same frames', () => {
  const datagrams = fc.array(fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.constant('overrun' as const)));
  fc.assert(
    fc.property(datagrams, fc.array(fc.nat(40)), (sent, cuts) => {
      const stream = encodeFrames(sent);
      const reader = new FrameReader();
      const got: (Uint8Array | 'overrun')[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const to = Math.min(stream.length, at + 1 + (cuts[i % cuts.length] ?? 0));
        reader.push(stream.subarray(at, to));
        at = to;
        for (let next = reader.next(); next !== undefined; next = reader.next()) {
          got.push(typeof next === 'string' ? next : Uint8Array.from(next));
        }
      }
      expect(got).toEqual(sent);
      expect([reader.offset, reader.rest]).toEqual([stream.length, 0]);
    }),
  );
});

test('a length beyond the limit ends its connection, told with its offset, and nothing else', () =>
  serving(async ({ path, lines }) => {
    const huge = Buffer.alloc(4);
    huge.writeUInt32LE(DATAGRAM_MAX + 1);
    const got = await throwAt(path, Buffer.concat([encodeFrames([NOOP]), huge, Buffer.alloc(1000)]));
    expect(got.length).toBe(4 + 36); // what was right before it is answered
    expect(lines).toEqual([
      `client 1: frame length ${DATAGRAM_MAX + 1}, expected 0..${DATAGRAM_MAX} at offset 20; the connection ends`,
    ]);
    await isAlive(path);
  }));

test('garbage: each fault is told with its offset, and the server stays', () =>
  serving(async ({ path, lines }) => {
    const odd = Buffer.concat([NOOP, Buffer.from('03000000ffffffff', 'hex')]);
    expect((await throwAt(path, encodeFrames([odd, NOOP]))).length).toBe(2 * (4 + 36));
    await throwAt(path, encodeFrames([NOOP]).subarray(0, 13));
    await throwAt(path, encodeFrames([ask(CONTROL_TYPE, 0, '78000000 00000000 00000000 00000000')]));
    expect(lines).toEqual([
      'client 1: datagram at byte 0: message of 3 bytes, expected 16..8, at offset 16; the rest is passed over',
      'client 2: frame at byte 0: the connection ended after 13 bytes of it',
      "client 3: datagram at byte 0: control frame 'x' at offset 16",
    ]);
  }));

test('whatever is thrown at it, it stays', () =>
  serving(async ({ path, ns }) => {
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(130), fc.nat(0xffff), fc.uint8Array({ maxLength: 90 }))
        .map(([type, flags, payload]) => ask(type, flags, Buffer.from(payload).toString('hex'))),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(datagram).map((all) => encodeFrames(all)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (thrown) => void (await throwAt(path, thrown))),
      { numRuns: 200 },
    );
    await isAlive(path);
    ns.check();
  }));

test('NL-50 a client that does not read loses its oldest notifications, is told so, and stalls nobody', () =>
  serving(
    async ({ path }) => {
      const COUNT = 8_000;
      using slow = await Connection.open(path);
      slow.join(GROUP_ROUTE);
      slow.send(NOOP);
      expect(said(await answers(slow))).toEqual([acked]);
      using fast = await Connection.open(path);
      for (let n = 0; n < COUNT; n++) {
        fast.send(blackhole(n));
        if (n % 100 === 99) for (let i = 0; i < 100; i++) expect(said(await answers(fast))).toEqual([acked]);
      }
      const got: (number | 'overrun')[] = [];
      while (got.at(-1) !== COUNT - 1) {
        const datagram = await slow.receive();
        if (datagram === 'overrun') got.push(datagram);
        else got.push(Buffer.from(datagram!).readUIntBE(16 + 12 + 8 + 4 + 1, 3)); // behind RTA_TABLE: RTA_DST
      }
      const overruns = got.filter((n) => n === 'overrun').length;
      expect(overruns).toBeGreaterThan(0);
      expect(got.length - overruns).toBeLessThan(COUNT);
      const at = got.lastIndexOf('overrun');
      const kept = got.slice(at + 1) as number[];
      expect(kept).toEqual(kept.map((_, i) => COUNT - kept.length + i)); // the newest, none missing
      expect(kept[0]).toBeGreaterThan((got[at - 1] as number) + 1);
    },
    { noticeBytes: 1 << 14 },
  ));

test('a dump is made as it is read, and who does not read is not read from', () =>
  serving(async ({ path, ns }) => {
    for (let n = 0; n < 12_000; n++)
      ns.route.add(
        `10.0.${n >> 8}.${n & 255}/32`.replace(
          /10\.0\.(\d+)/,
          (_, b) => `10.${Number(b) >> 8}.${Number(b) & 255}`,
        ),
        { type: 'blackhole' },
      );
    const socket = await silent(path, encodeFrames([ROUTES]));
    await isAlive(path);
    for (let n = 11_000; n < 12_000; n++)
      ns.route.del(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32`, { type: 'blackhole' });
    const reader = new FrameReader();
    let routes = 0;
    for await (const chunk of socket) {
      reader.push(chunk as Buffer);
      let isDone = false;
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        const types = said([next as Uint8Array]).map(({ type }) => type);
        routes += types.filter((type) => type === uapi.RTM_NEWROUTE).length;
        isDone ||= types.includes(uapi.NLMSG_DONE);
      }
      if (isDone) break;
    }
    expect(routes).toBe(11_000); // those that went while nobody read are not there
  }));

test('clients that are killed in the middle leave nothing behind', () =>
  serving(async ({ path, server, ns }) => {
    const full = encodeFrames(Array.from({ length: 500 }, (_, n) => blackhole(n)));
    for (let i = 0; i < 20; i++) (await silent(path, full.subarray(0, 37 * (i + 1)))).destroy();
    for (let i = 0; i < 20; i++) (await silent(path, encodeFrames([ROUTES, LINKS]))).destroy();
    await until(() => server.clients === 0);
    const whole = Math.floor(((37 * 20) / full.length) * 500);
    expect(ns.stats().routes).toBe(whole); // what came in whole was done, and what did not was not
    await isAlive(path);
  }));

test('100 clients at once: each gets its answers, and what was acknowledged is there', () =>
  serving(async ({ path, ns, server }) => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => Connection.open(path)));
    const asks = clients.map(async (client, i) => {
      for (let n = 0; n < 10; n++) {
        client.send(blackhole(i * 10 + n));
        expect(said(await answers(client))).toEqual([acked]);
      }
      client.send(ROUTES);
      return (await answers(client)).length;
    });
    expect((await Promise.all(asks)).every((count) => count > 0)).toBe(true);
    expect(server.clients).toBe(100);
    expect(ns.stats().routes).toBe(1000);
    for (const client of clients) client.close();
    await until(() => server.clients === 0);
  }));

test('a second dump on a connection is refused while the first one runs', () =>
  serving(async ({ path, ns }) => {
    ns.link.set('lo', { up: true });
    using connection = await Connection.open(path);
    connection.send(LINKS, ROUTES);
    const all = [...(await answers(connection)), ...(await answers(connection))];
    expect(
      said(all)
        .map(({ type, errno }) => errno ?? type)
        .sort(),
    ).toEqual([-16, 0, uapi.RTM_NEWLINK]);
  }));

// ---------------------------------------------------------------- the file

test('the socket is its owner’s, and a stale one is replaced', async () => {
  using ns = Netns.create();
  const path = freshPath();
  const server = await Server.listen(ns, path);
  expect(lstatSync(path).mode & 0o7777).toBe(0o600);
  await expect(Server.listen(ns, path)).rejects.toThrow('another server is there');
  await isAlive(path);
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(`${path}x`)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  await new Promise((resolve) => child.on('close', resolve));
  expect(existsSync(`${path}x`)).toBe(true);
  const second = await Server.listen(ns, `${path}x`);
  await isAlive(`${path}x`);
  await server.close();
  await isAlive(`${path}x`);
  await second.close();
  expect([existsSync(path), existsSync(`${path}x`)]).toEqual([false, false]);
});

test('a file that is no socket stays, and so does a socket that is another’s by now', async () => {
  using ns = Netns.create();
  const path = freshPath();
  writeFileSync(path, 'mine');
  await expect(Server.listen(ns, path)).rejects.toThrow('no socket');
  expect(readFileSync(path, 'utf8')).toBe('mine');
  rmSync(path);
  const server = await Server.listen(ns, path);
  rmSync(path);
  const other = createServer().listen(path);
  await server.close();
  expect(existsSync(path)).toBe(true);
  await new Promise((resolve) => other.close(resolve));
  await expect(Server.listen(ns, join(folder, 'x'.repeat(110)))).rejects.toThrow('up to 107 bytes');
  await expect(Server.listen(ns, join(folder, 'no', 'where'))).rejects.toThrow('cannot listen');
});

// ---------------------------------------------------------------- the process

/** `hoptrie serve` in a process of its own, once it listens. */
async function spawned(
  ...args: string[]
): Promise<{ child: ChildProcess; errors: () => string; status: Promise<number | null> }> {
  const child = spawn(process.execPath, [MAIN, 'serve', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const status = new Promise<number | null>((resolve) => child.on('close', resolve));
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), status]);
  return { child, errors: () => errors, status };
}

test('it ends with a signal: the state is saved, the socket is gone; the next one begins with it', async () => {
  const path = freshPath();
  const file = join(folder, 'state.snap');
  for (const [signal, known] of [
    ['SIGINT', 0],
    ['SIGTERM', 300],
  ] as const) {
    const { child, errors, status } = await spawned(
      '--socket',
      path,
      '--save',
      file,
      ...(known === 0 ? [] : ['--load', file]),
    );
    expect(lstatSync(path).mode & 0o7777).toBe(0o600);
    using connection = await Connection.open(path);
    for (let n = known; n < known + 300; n++) {
      connection.send(blackhole(n));
      expect(said(await answers(connection))).toEqual([acked]);
    }
    child.kill(signal);
    expect([await status, errors(), existsSync(path)]).toEqual([0, '', false]);
    using saved = Netns.load(readFileSync(file));
    expect(saved.stats().routes).toBe(known + 300);
  }
});

test('what it cannot do is told with a status of 1: a file that is none, a socket that is taken', async () => {
  const path = freshPath();
  const first = await spawned('--socket', path);
  const second = await spawned('--socket', path);
  expect([await second.status, second.errors()]).toEqual([
    1,
    `hoptrie: cannot listen at ${path}: another server is there\n`,
  ]);
  const third = await spawned('--socket', `${path}y`, '--load', join(folder, 'none'));
  expect([await third.status, existsSync(`${path}y`)]).toEqual([1, false]);
  first.child.kill('SIGTERM');
  expect(await first.status).toBe(0);
});
