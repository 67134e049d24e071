/**
 * live/space.ts - a network namespace of the running kernel, and how a mirror compares with it.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as feed from '../../src/feed/index.js';
import { follow, type Following } from '../../src/follow/follow.js';
import { Netns } from '../../src/inline.js';
import type { Route } from '../../src/model/route.js';
import { parseRouteText } from '../../src/text/iproute.js';

/** Why live tests cannot run here; undefined when they can. */
export const NOT_HERE: string | undefined =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'only root may make network namespaces'
      : !existsSync('/sbin/ip') && !existsSync('/usr/sbin/ip') && !existsSync('/bin/ip')
        ? 'there is no ip'
        : undefined;

if (NOT_HERE !== undefined) console.warn(`live tests are left out: ${NOT_HERE}`);

let spaces = 0;

/** A namespace with a loopback and devices that are up: e0, e1 ... with 10.0.0.1/24, 10.1.0.1/24 ...; none: lo is down. */
export class Space {
  readonly name = `hoptrie-${process.pid}-${++spaces}`;

  constructor(devices = 4) {
    execFileSync('ip', ['netns', 'add', this.name]);
    if (devices > 0) this.add(devices);
  }

  /** Takes lo up, and adds devices e0 and so on. */
  add(devices: number): void {
    this.ip('link set lo up');
    for (let i = 0; i < devices; i++) {
      this.ip(`link add e${i} type ifb`);
      this.ip(`link set e${i} up`);
      this.ip(`addr add 10.${i}.0.1/24 dev e${i}`);
    }
  }

  /** Runs `ip` in it. */
  ip(words: string): string {
    const args = ['-n', this.name, ...words.split(' ')];
    return execFileSync('ip', args, { encoding: 'utf8', maxBuffer: 1 << 29 });
  }

  /** Runs lines of `ip -batch`; how many the kernel took, others are passed over. */
  async batch(lines: readonly string[]): Promise<number> {
    const child = spawn('ip', ['-n', this.name, '-force', '-batch', '-'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.setEncoding('latin1').on('data', (text: string) => (told += text));
    child.stdin.end(`${lines.join('\n')}\n`);
    await once(child, 'close');
    return lines.length - (told.match(/^Command failed/gm)?.length ?? 0);
  }

  [Symbol.dispose](): void {
    execFileSync('ip', ['netns', 'del', this.name]);
  }
}

/** Waits until this is so. @throws when it never comes to be */
export async function until(isSo: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > end)
      throw new assert.AssertionError({ message: `not so after ${seconds} s: ${String(isSo)}` });
    await sleep(25);
  }
}

/** Waits until nothing has come for a while, and the mirror is in step. */
export async function quiet(following: Following, ms = 500): Promise<void> {
  let seen = -1;
  let since = Date.now();
  await until(() => {
    const { isSynced, isSure, source } = following.stats;
    if (source.messages !== seen || !isSynced || !isSure) since = Date.now();
    seen = source.messages;
    return Date.now() - since > ms;
  }, 120);
}

/** A route as text, paths by index; what follows from the state of links counts too. */
function routeText(route: Route, ifindex: ReadonlyMap<string, number>): string {
  const { table, dst, tos, metric, type, protocol, scope, prefsrc, nhid } = route;
  const isOne = route.nexthops.length === 1; // of a single path no weight is told
  const paths = route.nexthops.map(
    ({ via, dev = '', oif, weight = 1, flags = 0 }) =>
      `via ${via} oif ${oif ?? ifindex.get(dev)} weight ${isOne ? 1 : weight} flags ${flags & 0xff}`,
  );
  return [table, dst, tos, metric, type, protocol, scope, prefsrc, nhid, ...paths].join(' ');
}

/** Compares a mirror with its namespace: routes one by one and in their order, then all else with a second mirror. */
export async function sameAsKernel(ns: Netns, space: Space): Promise<number> {
  const ifindex = new Map(ns.link.list().map(({ name, index }) => [name, index]));
  const kernel = parseRouteText(space.ip('-4 -N -d route show table all'));
  const want = kernel.map((route) => routeText(route, ifindex));
  const have = ns.route.list().map((route) => routeText(route, ifindex));
  const [isWanted, isThere] = [new Set(want), new Set(have)];
  const missing = want.filter((route) => !isThere.has(route));
  const superfluous = have.filter((route) => !isWanted.has(route));
  assert.deepEqual({ missing, superfluous }, { missing: [], superfluous: [] });
  assert.deepEqual(have, want, 'the order of routes');
  using second = Netns.create();
  const following = follow(second, feed.netlink({ netns: space.name }));
  await following.synced;
  await following.close();
  const rest = (of: Netns): unknown => [of.link.list(), of.address.list(), of.rule.list(), of.nexthop.list()];
  assert.deepEqual(rest(ns), rest(second));
  ns.check();
  sameAsScan(ns);
  return want.length;
}

/** The gateway index says what a scan of all routes says. */
export function sameAsScan(ns: Netns): void {
  const scan = new Map<string, number>();
  for (const { nexthops } of ns.route.each()) {
    for (const via of new Set(nexthops.flatMap((hop) => hop.via ?? [])))
      scan.set(via, (scan.get(via) ?? 0) + 1);
  }
  const listed = new Map(ns.gateway.list().map(({ gateway, routes }) => [gateway, routes]));
  assert.deepEqual(listed, scan);
}
