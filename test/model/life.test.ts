/**
 * model/life.test.ts - links, addresses, routes, rules and nexthop objects come and go by chance: every invariant holds
 * after each step, what is refused changes nothing, and in the end every block has come back.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KindName } from '../../src/netns.js';
import { checkedNetns } from '../core/check-build.js';
import { DOORS, LISTS, NAMES, step, take, visible } from './steps.js';

/** What may be left when all is taken away: loopback. */
const LEFT: Partial<Record<KindName, number>> = {
  ...{ leaf: 0, tnode: 0, alias: 0, info: 0, metrics: 0 },
  ...{ address: 0, rule: 0, object: 0, device: 1 },
};

test('whatever comes and goes, each invariant holds, what is refused changes nothing, and no block is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
      const { ns } = checkedNetns();
      NAMES.forEach((link, i) => {
        ns.link.add({ name: link });
        ns.address.add(`10.0.${i}.1/24`, { dev: link, broadcast: '+' });
      });
      for (const next of steps) {
        const before = visible(ns);
        if (!take(ns, next)) expect(visible(ns)).toEqual(before);
        ns.check();
        for (const dst of ['20.0.0.1', '10.0.1.2', '10.0.0.9']) ns.tryLookup({ dst, src: '10.0.0.1' });
      }
      for (const at of DOORS)
        for (let list = LISTS[at](ns); list.length > 0; list = LISTS[at](ns)) list[0]!();
      ns.check();
      const { arena } = ns.stats();
      for (const [kind, blocks] of Object.entries(LEFT))
        expect(arena[kind as KindName].blocks, kind).toBe(blocks);
      ns.close();
    }),
    { numRuns: 60, seed: 120 },
  );
});
