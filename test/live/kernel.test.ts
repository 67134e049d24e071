/**
 * live/kernel.test.ts - a namespace of the running kernel is followed while a script changes it, and the mirror is what the
 * kernel is, route by route.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as feed from '../../src/feed/index.js';
import { follow, type FollowEvent } from '../../src/follow/follow.js';
import { Netns } from '../../src/inline.js';
import { script } from './changes.js';
import { NOT_HERE, Space, quiet, sameAsKernel, until } from './space.js';

const CHANGES = Number(process.env['HOPTRIE_LIVE_CHANGES'] ?? 50_000);

/** Lets the kernel of a namespace make so many changes of all kinds, `size` lines at once; `done` comes after each piece. */
async function change(
  space: Space,
  count: number,
  seed: number,
  size = 1000,
  done: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const lines = script(seed);
  for (let made = 0; made < count;) {
    made += await space.batch(Array.from({ length: size }, () => lines.next().value));
    await done();
  }
}

describe.skipIf(NOT_HERE !== undefined)('a live kernel', () => {
  test(`through the socket: ${CHANGES} changes of all kinds, lookups going on`, async () => {
    using space = new Space();
    using ns = Netns.create();
    const following = follow(ns, feed.netlink({ netns: space.name }));
    await following.synced;
    let lookups = 0;
    const asking = setInterval(() => {
      for (let i = 0; i < 1000; i++, lookups++) ns.lookupId(((20 + (i % 40)) << 24) >>> 0);
    }, 1);
    ns.gateway.list(); // from now on the index is kept
    await change(space, CHANGES, 1);
    await quiet(following);
    clearInterval(asking);
    expect(await sameAsKernel(ns, space)).toBeGreaterThan(500);
    expect(following.stats.refused).toBe(0);
    expect(lookups).toBeGreaterThan(1000);
    await following.close();
  });

  test(`through rtmon: ${CHANGES} changes of all kinds`, async () => {
    using space = new Space(0);
    const pipe = join(mkdtempSync(join(tmpdir(), 'hoptrie-')), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const rtmon = spawn('ip', ['netns', 'exec', space.name, 'rtmon', 'file', pipe], { stdio: 'inherit' });
    using ns = Netns.create();
    const following = follow(ns, feed.rtmon(pipe));
    try {
      await until(() => ns.link.list().length > 0 && following.stats.source.messages > 0);
      space.add(4);
      await change(space, CHANGES, 2, 500, () => drained(following)); // rtmon does not say what it has lost
      await drained(following, 500);
      expect(await sameAsKernel(ns, space)).toBeGreaterThan(500);
    } finally {
      rtmon.kill();
      await following.done.catch(() => undefined);
      rmSync(dirname(pipe), { recursive: true });
    }
  });

  test('an overrun forced by a tiny buffer and a burst is detected, made good and told', async () => {
    using space = new Space();
    using ns = Netns.create();
    const events: FollowEvent[] = [];
    const source = feed.netlink({ netns: space.name, receiveBytes: 1 });
    const following = follow(ns, source, {
      onEvent: (event) => {
        if (event.type === 'resync') events.push(event);
      },
    });
    await following.synced;
    await change(space, 3000, 3, 5000);
    await quiet(following, 1500);
    expect(await sameAsKernel(ns, space)).toBeGreaterThan(100);
    expect(following.stats.source.overruns).toBeGreaterThan(0);
    expect(following.stats.resyncs).toBe(events.length);
    expect(events[0]).toMatchObject({ type: 'resync', reason: 'overrun' });
    await following.close();
  });

  test('followed in the midst of changes, again and again', async () => {
    using space = new Space();
    const changing = change(space, 10_000, 4);
    using ns = Netns.create();
    for (let i = 0; i < 5; i++) {
      const following = follow(ns, feed.netlink({ netns: space.name }));
      await following.synced;
      await following.close();
    }
    await changing;
    const following = follow(ns, feed.netlink({ netns: space.name }));
    await following.synced;
    await quiet(following);
    await sameAsKernel(ns, space);
    await following.close();
  });
});

/** Waits until nothing has come for a moment. */
async function drained(following: ReturnType<typeof follow>, ms = 30): Promise<void> {
  let seen = -1;
  let since = Date.now();
  await until(() => {
    const { messages } = following.stats.source;
    if (messages !== seen) since = Date.now();
    seen = messages;
    return Date.now() - since >= ms;
  });
}
