/**
 * netns/records.test.ts - the mailbox: what one record held must not show in the next one.
 */
import { expect, test } from 'vitest';
import { Netns } from '../../src/index.js';

test('metrics of a route do not reach the next ones, whatever record lay in between', () => {
  using ns = Netns.create();
  const many = Array.from({ length: 40 }, (_, i) => ({ oif: i + 1 }));
  ns.route.add('10.0.0.0/8', { oif: 2, metrics: { mtu: 1400 }, prefsrc: '192.0.2.1' });
  ns.route.add('11.0.0.0/8', { nexthops: many });
  ns.route.add('12.0.0.0/8', { oif: 2 });
  expect(ns.route.list().map((r) => r.metrics)).toEqual([{ mtu: 1400 }, undefined, undefined]);
  expect(ns.route.get('12.0.0.0/8')).not.toHaveProperty('prefsrc');
});
