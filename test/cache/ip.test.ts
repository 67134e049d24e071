/**
 * cache/ip.test.ts - the route cache in the words of `ip` (RC-116, RC-122, PROC-43). The texts are those of iproute2 6.1,
 * asked through a preload library with these entries served.
 */
import { expect, test } from 'vitest';
import { cacheLab, entryOf, packet } from './lab.js';

test('RC-122, PROC-43 `ip route show cache` tells entries with their flags, metrics, end and input device', () => {
  const ns = cacheLab({ routeCache: { entries: 64, seed: 3 } });
  const { handle } = entryOf(ns, '8.8.8.8');
  for (const dst of ['10.0.2.1', '10.0.2.255']) ns.route.output(dst);
  ns.route.input(packet('10.0.3.9', '8.8.4.4'));
  ns.route.input(packet('10.0.3.9', '10.0.3.1'));
  ns.route.input(packet('10.0.2.77', '9.9.9.9', 'eth2'));
  ns.cache.updatePmtu(handle, 1400);
  ns.cache.hold(handle);
  ns.advance(5000);
  const metrics = 'mtu 1500 advmss 1460 hoplimit 64';
  const shown = ns.ip('route show cache').split(/\n(?! )/);
  expect(shown.toSorted().join('\n')).toBe(
    [
      '',
      `8.8.4.4 from 10.0.3.9 via 10.0.2.9 dev eth2 src 10.0.3.1 \n    cache <src-direct> ${metrics} iif eth3 `,
      '8.8.8.8 via 10.0.2.9 dev eth2 src 10.0.2.1 \n    cache expires 595sec mtu 1400 advmss 1460 hoplimit 64 ',
      `9.9.9.9 from 10.0.2.77 via 10.0.2.9 dev eth2 src 10.0.2.1 \n    cache <src-direct,redirect> ${metrics} iif eth2 `,
      `broadcast 10.0.2.255 dev eth2 src 10.0.2.1 \n    cache <local,brd> ${metrics} `,
      'local 10.0.2.1 dev lo src 10.0.2.1 \n    cache <local> mtu 65520 advmss 65495 hoplimit 64 ',
      'local 10.0.3.1 from 10.0.3.9 dev lo src 10.0.3.1 \n    cache <local,src-direct> iif eth3 ',
    ].join('\n'),
  );
  expect(ns.ip('-s route show cache')).toContain('cache expires 595sec users 1 age 5sec mtu 1400');
});

test('RC-116 `ip route flush cache` makes them all expire', () => {
  const ns = cacheLab();
  entryOf(ns, '8.8.8.8');
  ns.ip('route flush cache');
  expect(ns.ip('route show cache')).toBe('');
  expect([ns.cache.entries().length, ns.cache.hashed().length]).toEqual([0, 1]);
});
