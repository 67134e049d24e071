/**
 * netns/watch.test.ts - `ns.watch`: what changed, as values; bounded, and ended by whoever wants.
 */
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { FibError, Netns, type Change } from '../../src/index.js';

let ns: Netns;

beforeEach(() => {
  ns = Netns.create();
  ns.link.add({ name: 'eth0', index: 2 });
});

/** What changed in short. */
function short(change: Change): string {
  const { kind, op } = change;
  if (kind === 'route') return `${op} ${change.route.dst}`;
  if (kind === 'address') return `${op} ${change.address.address} on ${change.address.index}`;
  if (kind === 'rule') return `${op} rule ${change.rule.priority}`;
  return kind === 'link' ? `${op} link ${change.name}` : `${op} nexthop ${change.nexthop.id}`;
}

/** The next `count` changes in short. */
async function next(watch: AsyncIterator<Change, undefined>, count: number): Promise<string[]> {
  const changes: string[] = [];
  while (changes.length < count) {
    const { value, done } = await watch.next();
    if (done === true) break;
    changes.push(short(value));
  }
  return changes;
}

test('NL-45 every kind of change is told, in order, from the moment on at which it was asked for', async () => {
  const watch = ns.watch();
  ns.address.add('192.0.2.1/24', { dev: 'eth0' });
  ns.nexthop.add({ id: 7, via: '192.0.2.9', dev: 'eth0' });
  ns.route.add('10.0.0.0/8', { nhid: 7 });
  ns.rule.add({ priority: 5, table: 100 });
  ns.route.append('10.0.0.0/8', { via: '192.0.2.8' });
  ns.nexthop.del(7);
  ns.link.set('eth0', { name: 'wan' });
  expect(await next(watch, 11)).toEqual([
    'add 192.0.2.1/24 on 2',
    'add 192.0.2.1/32',
    'add 192.0.2.0/24',
    'add 192.0.2.255/32',
    'add nexthop 7',
    'add 10.0.0.0/8',
    'add rule 5',
    'append 10.0.0.0/8',
    'del nexthop 7',
    'add link wan',
    'add 192.0.2.1/24 on 2',
  ]);
  await watch.return!();
});

test('changes that are believed are told too, and what said nothing new is not', async () => {
  const watch = ns.watch();
  const route = { dst: '10.0.0.0/8', dev: 'eth0' };
  expect(ns.apply({ kind: 'route', op: 'add', route })).toBe(true);
  expect(ns.apply({ kind: 'route', op: 'add', route })).toBe(false);
  expect(ns.apply({ kind: 'rule', op: 'add', rule: { priority: 9 } })).toBe(true);
  expect(ns.apply({ kind: 'rule', op: 'add', rule: { priority: 9 } })).toBe(false);
  expect(ns.apply({ kind: 'address', op: 'add', address: { address: '10.0.0.1/8', dev: 'wlan0' } })).toBe(
    true,
  );
  expect(ns.apply({ kind: 'nexthop', op: 'add', nexthop: { id: 3, group: [{ id: 4 }] } })).toBe(true);
  expect(await next(watch, 6)).toEqual([
    'add 10.0.0.0/8',
    'add rule 9',
    'add link wlan0',
    'add 10.0.0.1/8 on 3',
    'add nexthop 4',
    'add nexthop 3',
  ]);
});

describe('an end', () => {
  const two = (): void => {
    ns.route.add('10.0.0.0/8', { dev: 'eth0' });
    ns.route.add('20.0.0.0/8', { dev: 'eth0' });
  };

  test('comes when the loop is left', async () => {
    const watch = ns.watch();
    two();
    for await (const change of watch) {
      expect(short(change)).toBe('add 10.0.0.0/8');
      break;
    }
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    expect(ns.notices.isWanted(7)).toBe(false);
  });

  test('comes with the signal, before the first change, while waiting and with changes left', async () => {
    for (const when of ['before', 'while waiting', 'with changes left']) {
      const controller = new AbortController();
      if (when === 'before') controller.abort();
      const watch = ns.watch({ signal: controller.signal });
      const waiting = when === 'while waiting' ? watch.next() : undefined;
      if (when === 'with changes left') two();
      controller.abort();
      expect(await (waiting ?? watch.next())).toEqual({ done: true, value: undefined });
      expect(ns.notices.isWanted(7)).toBe(false);
    }
  });

  test('comes when the Netns is closed, behind the changes that were', async () => {
    const watch = ns.watch();
    const waiting = watch.next();
    ns.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(() => ns.watch()).toThrow(TypeError);
  });

  test('comes with ENOBUFS behind as many changes as may wait', async () => {
    const watch = ns.watch({ limit: 1 });
    two();
    expect(await next(watch, 1)).toEqual(['add 10.0.0.0/8']);
    await expect(watch.next()).rejects.toThrow(FibError);
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    expect(ns.notices.isWanted(7)).toBe(false);
  });

  test.each([0, -1, 1.5, NaN, '9'])('a limit of %s is EINVAL', (limit) => {
    expect(() => ns.watch({ limit: limit as number })).toThrow(/EINVAL/);
  });
});

test('who watches may change what is watched', async () => {
  const seen: string[] = [];
  const controller = new AbortController();
  const done = (async () => {
    for await (const change of ns.watch({ signal: controller.signal })) {
      seen.push(short(change));
      if (change.kind === 'route' && seen.length < 3) {
        const second = Number(change.route.dst.split('.')[0]) + 1;
        ns.route.add(`${second}.0.0.0/8`, { dev: 'eth0' });
      }
    }
  })();
  ns.route.add('20.0.0.0/8', { dev: 'eth0' });
  await setImmediate();
  controller.abort();
  await done;
  expect(seen).toEqual(['add 20.0.0.0/8', 'add 21.0.0.0/8', 'add 22.0.0.0/8']);
});
