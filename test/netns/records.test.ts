/**
 * netns/records.test.ts - the mailbox: what one record held must not show in the next one.
 */
import { expect, test } from 'vitest';
import { lab, span } from '../lab.js';

test('metrics of a route do not reach the next ones, whatever record lay in between', () => {
  using ns = lab(...span(2, 41));
  const many = span(2, 41).map((oif) => ({ oif }));
  ns.address.add('192.0.2.1/32', { dev: 'eth2' });
  ns.route.add('10.0.0.0/8', { oif: 2, metrics: { mtu: 1400 }, prefsrc: '192.0.2.1' });
  ns.route.add('11.0.0.0/8', { nexthops: many });
  ns.route.add('12.0.0.0/8', { oif: 2 });
  expect(ns.route.list({ table: 'main' }).map((r) => r.metrics)).toEqual([
    { mtu: 1400 },
    undefined,
    undefined,
  ]);
  expect(ns.route.get('12.0.0.0/8')).not.toHaveProperty('prefsrc');
});
