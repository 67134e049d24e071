/**
 * model/mirror.test.ts - one Netns told of what happens to another: `for (c of a.watch()) b.apply(c)` ends equal, also
 * after what Linux does silently (FIB-125, FIB-127, FIB-131).
 */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkedNetns } from '../core/check-build.js';
import { outcome } from '../outcome.js';
import { dumps } from './dumps.js';
import { NAMES, step, take, type Step } from './steps.js';

/** What only some of the links can be told. */
const rare = fc.oneof(
  fc.constantFrom<Step>(
    ['link', 'add', { name: 'v0', kind: 'veth', peer: 'v1' }],
    ['link', 'add', { name: 'br0', kind: 'bridge' }],
    ['link', 'add', { name: 'red', kind: 'vrf', table: 100 }],
    ['link', 'add', { name: 'tun0', kind: 'tun' }],
    ['link', 'set', 'a0', { name: 'z0' }],
    ['link', 'set', 'z0', { name: 'a0' }],
    ['link', 'set', 'v0', { up: false }],
    ['link', 'set', 'v1', { up: true, mtu: 1400 }],
    ['link', 'set', 'a0', { mtu: 60 }],
    ['link', 'set', 'a0', { mtu: 1500 }],
    ['link', 'set', 'b0', { group: 7, txqlen: 10, address: '02:00:00:00:00:99' }],
    ['link', 'set', 'b0', { master: 'br0' }],
    ['link', 'set', 'b0', { master: null }],
    ['link', 'set', 'c0', { master: 'red' }],
    ['link', 'set', 'c0', { master: null }],
    ['address', 'add', '10.9.0.1/24', { dev: 'v0', label: 'v0:x', broadcast: '+' }],
    ['address', 'add', '10.0.0.1/24', { dev: 'a0', broadcast: '+' }],
    ['address', 'replace', '10.0.0.1/24', { dev: 'a0', metric: 5, validSeconds: 99, preferredSeconds: 9 }],
    ['rule', 'add', { priority: 7, goto: 9 }],
    ['rule', 'add', { iif: 'a0', invert: true, table: 100 }],
    ['rule', 'del', { iif: 'a0' }],
    ['nexthop', 'add', { id: 4, blackhole: true }],
    ['nexthop', 'add', { group: [{ id: 1 }, { id: 2, weight: 3 }], type: 'resilient', buckets: 8 }],
    ['route', 'add', '30.0.0.0/8', { nhid: 4 }],
    ['route', 'add', '30.1.0.0/16', { dev: 'a0', metrics: { mtu: 1400, lock: 4 }, tos: 16 }],
    ['route', 'add', '30.2.0.0/16', { dev: 'v0', prefsrc: '10.9.0.1', metric: 3, protocol: 4 }],
  ),
);
const steps = fc.array(fc.oneof({ weight: 2, arbitrary: step }, { weight: 1, arbitrary: rare }), {
  minLength: 20,
  maxLength: 60,
  size: 'max',
});

test('FIB-125, FIB-127, FIB-131 a mirror ends as its source is, whatever happens there', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (chosen) => {
      const { ns: source } = checkedNetns();
      const { ns: mirror } = checkedNetns();
      const mirrored = (async () => {
        for await (const change of source.watch()) {
          mirror.apply(change);
          mirror.check();
        }
      })();
      NAMES.forEach((link, i) => {
        source.link.add({ name: link });
        source.address.add(`10.0.${i}.1/24`, { dev: link, broadcast: '+' });
      });
      // The carrier of a link that is down is told when it comes up.
      const last: Step[] = ['a0', 'b0', 'c0', 'z0', 'tun0'].map((link) => [
        'link',
        'set',
        link,
        { up: true },
      ]);
      for (const next of [...chosen, ...last, ['clock', 'advance', 2000] as const]) {
        outcome(() => take(source, next)); // a link without IPv4 has no buffers either
        await setImmediate(); // the mirror follows
        if (next[0] === 'clock' || next[0] === 'sysctl') take(mirror, next);
      }
      expect(dumps(mirror)).toEqual(dumps(source));
      source.close();
      await mirrored;
      mirror.close();
    }),
    { numRuns: 40, seed: 7 },
  );
});
