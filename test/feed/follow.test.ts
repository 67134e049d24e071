/**
 * feed/follow.test.ts - a Netns kept in step with a source that says what a test wants it to say.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { follow, type FollowEvent } from '../../src/follow/follow.js';
import { Netns } from '../../src/inline.js';
import type {
  BeginPart,
  BeginReason,
  FeedStats,
  MessagesPart,
  Part,
  PartSource,
} from '../../src/model/feed.js';
import { encodeMessages, type NlMsgInit } from '../../src/wire/nlmsg.js';
import { delRoute, newRoute } from './samples.js';

const ADD = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL;
const REPLACE = uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE;
const APPEND = uapi.NLM_F_CREATE | uapi.NLM_F_APPEND;
const DUMP = uapi.NLM_F_MULTI;

const NO_STATS: FeedStats = { bytes: 0, messages: 0, foreign: 0, passedOver: 0, overruns: 0, connections: 0 };

/** A source that tells these parts. */
function saying(...parts: readonly Part[]): PartSource {
  return {
    stats: NO_STATS,
    async *parts() {
      await Promise.resolve();
      yield* parts;
    },
  };
}

const begin = (reason: BeginReason, isLive = false): BeginPart => ({
  kind: 'begin',
  reason,
  kinds: ['route'],
  isLive,
});
const said = (...messages: readonly NlMsgInit[]): MessagesPart => ({
  kind: 'messages',
  bytes: encodeMessages(messages),
  place: (offset) => offset,
});

/** Follows to the end; the routes then, as `prefix via`, and what was told. */
async function followed(ns: Netns, ...parts: readonly Part[]): Promise<FollowEvent[]> {
  const events: FollowEvent[] = [];
  const following = follow(ns, saying(...parts), {
    onEvent: (event) => {
      if (event.type !== 'part' && event.type !== 'applied') events.push(event);
    },
  });
  await following.done;
  ns.check();
  return events;
}

const routes = (ns: Netns): string[] =>
  ns.route.list().map(({ dst, nexthops }) => `${dst} ${nexthops[0]?.via ?? ''}`);

const A = '10.0.0.0/8';
const B = '10.1.0.0/16';
const C = '11.0.0.0/8';

describe('follow', () => {
  test('a dump, what changed meanwhile, and what changes then', async () => {
    using ns = Netns.create();
    const events = await followed(
      ns,
      begin('start'),
      said(newRoute(A, '192.0.2.1', DUMP), newRoute(B, '192.0.2.1', DUMP)),
      { kind: 'end', overlap: said(newRoute(C, '192.0.2.1', ADD), delRoute(B, '192.0.2.1')) },
      said(newRoute(A, '192.0.2.2', REPLACE)),
    );
    expect(routes(ns)).toEqual([`${A} 192.0.2.2`, `${C} 192.0.2.1`]);
    expect(events).toMatchObject([{ type: 'begin', reason: 'start' }, { type: 'synced' }]);
  });

  test('after a loss what is stale goes at the end, and nothing else changes', async () => {
    using ns = Netns.create();
    const seen: string[][] = [];
    const following = follow(
      ns,
      saying(
        begin('start'),
        said(newRoute(A, '192.0.2.1', DUMP), newRoute(B, '192.0.2.1', DUMP)),
        { kind: 'end' },
        begin('overrun'),
        said(newRoute(A, '192.0.2.1', DUMP), newRoute(C, '192.0.2.3', DUMP)),
        { kind: 'end' },
      ),
      {
        onEvent: (event) => {
          if (event.type === 'applied') seen.push(routes(ns));
          if (event.type === 'resync') expect(event).toMatchObject({ reason: 'overrun', applied: 2 });
        },
      },
    );
    await following.done;
    expect(seen[1]).toEqual([`${A} 192.0.2.1`, `${B} 192.0.2.1`]); // as before while it is told
    expect(routes(ns)).toEqual([`${A} 192.0.2.1`, `${C} 192.0.2.3`]);
    expect(following.stats).toMatchObject({ resyncs: 1, isSynced: true, applied: 4 });
  });

  test('a loss while a dump is made begins it anew', async () => {
    using ns = Netns.create();
    await followed(
      ns,
      begin('start'),
      said(newRoute(A, '192.0.2.1', DUMP)),
      begin('overrun'),
      said(newRoute(B, '192.0.2.1', DUMP)),
      { kind: 'end' },
    );
    expect(routes(ns)).toEqual([`${B} 192.0.2.1`]);
  });

  test('a source that lives on tells changes at once, and what it does not repeat goes', async () => {
    using ns = Netns.create();
    const seen: string[][] = [];
    const parts: Part[] = [
      said(newRoute(A, '192.0.2.1', REPLACE), newRoute(B, '192.0.2.1', REPLACE)),
      { kind: 'closed' },
      begin('reconnect', true),
      said(newRoute(C, '192.0.2.1', REPLACE)),
      said(newRoute(A, '192.0.2.9', REPLACE)),
      { kind: 'end' },
    ];
    const following = follow(ns, saying(...parts), {
      onEvent: ({ type }) => {
        if (type === 'applied') seen.push(routes(ns));
      },
    });
    await following.done;
    expect(seen[1]).toEqual([`${A} 192.0.2.1`, `${B} 192.0.2.1`, `${C} 192.0.2.1`]);
    expect(routes(ns)).toEqual([`${A} 192.0.2.9`, `${C} 192.0.2.1`]);
  });

  test('what cannot be held is told and passed over, IPv6 is counted', async () => {
    using ns = Netns.create();
    const bad = newRoute(A, '192.0.2.1', ADD, { tos: 3 });
    const following = follow(
      ns,
      saying(said(bad, newRoute(B, '192.0.2.1', ADD), newRoute('2001:db8::/32', 'fe80::1', ADD))),
    );
    await following.done;
    expect(routes(ns)).toEqual([`${B} 192.0.2.1`]);
    expect(following.stats).toMatchObject({ applied: 1, refused: 1, passedOver: 1 });
  });

  test('a source that fails fails what follows it, with the place in the source', async () => {
    using ns = Netns.create();
    const bytes = Uint8Array.from(said(newRoute(A, '192.0.2.1', ADD)).bytes);
    bytes[28] = 3; // length of the first attribute
    const following = follow(ns, saying({ kind: 'messages', bytes, place: (offset) => 1000 + offset }));
    await expect(following.done).rejects.toMatchObject({ name: 'WireError', offset: 1028 });
    await expect(following.synced).rejects.toThrow();
  });

  test('a signal, or close, ends it while it waits', async () => {
    using ns = Netns.create();
    const stop = new AbortController();
    let isLeft = false;
    const never: PartSource = {
      stats: NO_STATS,
      parts: () => {
        let leave: ((step: IteratorResult<Part>) => void) | undefined;
        return {
          next: () => new Promise((resolve) => (leave = resolve)),
          return: () => {
            isLeft = true;
            leave?.({ done: true, value: undefined });
            return Promise.resolve({ done: true, value: undefined });
          },
          [Symbol.asyncIterator]() {
            return this;
          },
        };
      },
    };
    const following = follow(ns, never, { signal: stop.signal });
    await sleep(5);
    stop.abort();
    await following.done;
    expect(isLeft).toBe(true);
  });
});

describe('what changed while a dump was made, of which some is in the dump', () => {
  type Step = readonly [op: 'add' | 'prepend' | 'append' | 'replace' | 'del', via: string];
  const message = ([op, via]: Step): NlMsgInit => {
    const flags = { add: ADD, prepend: uapi.NLM_F_CREATE, append: APPEND, replace: REPLACE, del: 0 }[op];
    return op === 'del' ? delRoute(A, via) : newRoute(A, via, flags);
  };
  const one = (from: readonly string[], [op, via]: Step): string[] => {
    if (op === 'del') return from.filter((other) => other !== via);
    if (op === 'append') return [...from, via];
    return op === 'replace' ? [via, ...from.slice(1)] : [via, ...from];
  };
  const x = '192.0.2.1';
  const y = '192.0.2.2';
  const z = '192.0.2.3';
  const HISTORIES: readonly (readonly [readonly string[], readonly Step[]])[] = [
    [[], [['add', x], ['del', x], ['add', y], ['replace', z]]], // prettier-ignore
    [[], [['add', x], ['append', y], ['del', x], ['prepend', z], ['append', x]]], // prettier-ignore
    [[x], [['replace', y], ['prepend', z], ['replace', x], ['del', y]]], // prettier-ignore
    [[x, y], [['del', x], ['append', x], ['del', y], ['add', y]]], // prettier-ignore
  ];

  test.each(HISTORIES)('%j, then %j', async (before, steps) => {
    for (let seen = 0; seen <= steps.length; seen++) {
      const dump = steps.slice(0, seen).reduce(one, [...before]);
      const want = steps.reduce(one, [...before]);
      for (const isFirst of [true, false]) {
        using ns = Netns.create();
        if (!isFirst) ns.apply({ kind: 'route', op: 'add', route: { dst: C, via: x, oif: 2 } });
        await followed(ns, begin('start'), said(...dump.map((via) => newRoute(A, via, DUMP))), {
          kind: 'end',
          overlap: said(...steps.map(message)),
        });
        expect(routes(ns), `${seen} steps are in the dump`).toEqual(want.map((via) => `${A} ${via}`));
      }
    }
  });
});
