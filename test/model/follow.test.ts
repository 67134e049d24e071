/**
 * model/follow.test.ts - a Netns that follows another one, as a program follows the kernel: a subscription, a dump that is
 * read while things change, and what changes then. Whatever happens when, nothing is lost and nothing is there twice.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as uapi from '../../src/abi/uapi.js';
import { follow } from '../../src/follow/follow.js';
import { Endpoint } from '../../src/index.js';
import { Netns } from '../../src/inline.js';
import type { FeedStats, MessagesPart, Part, PartSource } from '../../src/model/feed.js';
import { decodeMessages, encodeMessage } from '../../src/wire/index.js';
import { decodeRoute } from '../../src/wire/route.js';
import { outcome } from '../outcome.js';
import { dumps } from './dumps.js';
import { NAMES, step, take, type Step } from './steps.js';

const NO_STATS: FeedStats = { bytes: 0, messages: 0, foreign: 0, passedOver: 0, overruns: 0, connections: 0 };
/** LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, NEXTHOP (NL-45). */
const GROUPS = [1, 5, 7, 8, 32];
const FEW = [
  [uapi.RTM_GETLINK, 0, 16],
  [uapi.RTM_GETADDR, 2, 8],
  [uapi.RTM_GETNEXTHOP, 0, 8],
  [uapi.RTM_GETRULE, 2, 12],
] as const;

const said = (bytes: Uint8Array): MessagesPart => ({ kind: 'messages', bytes, place: (offset) => offset });

/** A Netns that is told as the kernel of a machine is, with steps that are taken while it is told. */
class Kernel implements PartSource {
  readonly stats = NO_STATS;
  readonly #endpoint: Endpoint;
  #events: Uint8Array[] = [];
  #wanted = 1;
  /** How often all was told. */
  tellings = 0;
  hasTwins = false;

  /** @param pauses how many steps are taken at each moment at which something can happen; the rest comes last */
  constructor(
    readonly ns: Netns,
    readonly steps: Step[],
    readonly pauses: number[],
  ) {
    this.#endpoint = new Endpoint(ns, { protocol: 0 });
    this.#endpoint.subscribe(GROUPS, (message) => this.#events.push(message));
  }

  async *parts(): AsyncGenerator<Part, void, undefined> {
    await Promise.resolve();
    while (this.tellings < this.#wanted) {
      this.tellings++;
      const kinds = ['link', 'address', 'nexthop', 'rule', 'route'] as const;
      yield { kind: 'begin', reason: this.tellings === 1 ? 'start' : 'interrupted', kinds, isLive: false };
      this.#events = [];
      for (const [type, family, bytes] of FEW) yield said(this.#dump(type, family, bytes)); // of one moment
      for (const bytes of this.#routes()) yield said(bytes);
      this.#happen();
      const overlap = said(Buffer.concat(this.#events.splice(0)));
      yield { kind: 'end', overlap, again: () => void (this.#wanted = this.tellings + 1) };
      while (this.tellings === this.#wanted && this.steps.length > 0) {
        this.#happen();
        for (const message of this.#events.splice(0)) yield said(message);
      }
    }
  }

  #happen(): void {
    const count = this.pauses.shift() ?? this.steps.length;
    for (const next of this.steps.splice(0, count)) {
      outcome(() => take(this.ns, next));
      this.hasTwins ||= hasTwins(this.ns);
    }
  }

  /** The routes, prefix by prefix, each as it is when it is its turn. */
  *#routes(): Generator<Uint8Array, void, undefined> {
    for (let last = ''; ;) {
      if (this.pauses.length > 0) this.#happen();
      const routes = decodeMessages(this.#dump(uapi.RTM_GETROUTE, 2, 12)).map((message) => {
        const { table, dst } = decodeRoute(message.payload);
        return { key: `${String(table)} ${dst}`, bytes: encodeMessage(message) };
      });
      const keys = routes.map(({ key }) => key).filter((key) => key > last);
      if (keys.length === 0) return;
      last = keys.sort()[0]!;
      yield Buffer.concat(routes.filter(({ key }) => key === last).map(({ bytes }) => bytes));
    }
  }

  #dump(type: number, family: number, bytes: number): Uint8Array {
    const payload = new Uint8Array(bytes);
    payload[0] = family;
    const request = encodeMessage({ type, flags: uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, seq: 1, payload });
    const messages = this.#endpoint.request(request).flatMap((datagram) => decodeMessages(datagram));
    return Buffer.concat(
      messages.filter((message) => message.type !== uapi.NLMSG_DONE).map((message) => encodeMessage(message)),
    );
  }
}

/** Whether two routes look the same in messages, being of gateways of different scope (FIB-22): no mirror can tell them apart. */
function hasTwins(ns: Netns): boolean {
  const keys = ns.route.list().map((route) => JSON.stringify(route));
  return new Set(keys).size < keys.length;
}

/** What happens by itself: the carrier of a link that is down is told when it comes up. */
const LAST: readonly Step[] = [...NAMES.map((name): Step => ['link', 'set', name, { up: true }]), ['clock', 'advance', 2000]]; // prettier-ignore

/** Follows a kernel to which all this happens, from the start on; how often it had to tell everything. */
async function follows(steps: readonly Step[], before: number, pauses: readonly number[]): Promise<number> {
  using ns = Netns.create();
  using mirror = Netns.create();
  NAMES.forEach((link, i) => {
    ns.link.add({ name: link });
    ns.address.add(`10.0.${i}.1/24`, { dev: link, broadcast: '+' });
    ns.link.set(link, { up: true });
  });
  const coming = [...steps, ...LAST];
  for (const next of coming.splice(0, before)) outcome(() => take(ns, next));
  const kernel = new Kernel(ns, coming, [...pauses]);
  const following = follow(mirror, kernel);
  await following.done;
  fc.pre(!kernel.hasTwins);
  mirror.check();
  expect(following.stats.refused).toBe(0);
  expect(dumps(mirror)).toEqual(dumps(ns));
  return kernel.tellings;
}

test('a path that a second telling says is alive is alive', async () => {
  // An address goes while the dump is read, then a path comes: told behind the dump, the address takes the path along.
  const added: Step = ['route', 'add', '20.0.0.0/16', { nexthops: [{ dev: 'b0' }, { dev: 'a0' }] }];
  for (let address = 0; address < 4; address++) {
    const steps: Step[] = [['address', 'drop', address], added];
    for (const moments of [[2], [0, 2], [1, 1], [1, 0, 1], [0, 1, 1]]) await follows(steps, 0, moments);
  }
});

const hasCarrier = (of: unknown): boolean => typeof of === 'object' && of !== null && 'carrier' in of;

const pauses = fc.array(fc.nat(3), { maxLength: 30, size: 'max' });
const arrays = { minLength: 20, maxLength: 60, size: 'max' } as const;

test('what changes while a dump is read is in the mirror once', async () => {
  // What waits for the clock, such as the carrier of a link, is told when it has passed.
  const any = step.filter(([door, , , of]) => !['sysctl', 'clock'].includes(door) && !hasCarrier(of));
  await fc.assert(
    fc.asyncProperty(fc.array(any, arrays), fc.nat(20), pauses, async (steps, before, moments) => {
      await follows(steps, before, moments);
    }),
    { numRuns: 60 },
  );
});

test('routes that come and go need no second dump', async () => {
  const path = fc.record({ via: fc.constantFrom('10.0.0.2', '10.0.0.3', '10.0.1.2', '10.0.2.9') });
  const change = fc.tuple(
    fc.constant('route'),
    fc.constantFrom('add', 'append', 'prepend', 'del'),
    fc.constantFrom('20.0.0.0/8', '20.1.0.0/16', '30.0.0.0/8'),
    path,
  ) as fc.Arbitrary<Step>;
  await fc.assert(
    fc.asyncProperty(fc.array(change, arrays), fc.nat(20), pauses, async (steps, before, moments) => {
      expect(await follows(steps, before, moments)).toBe(1);
    }),
    { numRuns: 100 },
  );
});
