/**
 * rules/only-child.test.ts - a tnode with one child: the kernel has it too, so no invariant may forbid it.
 */
import { expect, test } from 'vitest';
import { Netns } from '../../src/index.js';

test('FIB-43 a node that was inflated is not collapsed in the same resize, even with one child left', () => {
  using ns = Netns.create();
  const steps = [
    '+10.0.0.0/20',
    '+10.0.1.0/24',
    '-10.0.0.0/20',
    '+10.0.0.64/26',
    '+10.0.0.32/27',
    '+10.0.0.0/20',
    '+10.0.4.0/22',
    '+10.0.8.0/21',
    '-10.0.0.64/26',
    '+10.0.2.0/23',
  ];
  for (const step of steps) {
    if (step.startsWith('+')) ns.route.add(step.slice(1), { type: 'blackhole', table: 1000 });
    else ns.route.del(step.slice(1), { table: 1000 });
    ns.check();
  }
  // As a running Linux 6.18 shows it after the same steps.
  expect(ns.proc('net/fib_trie')).toBe(
    [
      'Id 1000:',
      '  +-- 10.0.0.0/20 4 1 11',
      '     +-- 10.0.0.0/24 2 1 3',
      '        +-- 10.0.0.0/26 2 0 2',
      '           |-- 10.0.0.0',
      '              /20 universe BLACKHOLE',
      '           |-- 10.0.0.32',
      '              /27 universe BLACKHOLE',
      '     |-- 10.0.1.0',
      '        /24 universe BLACKHOLE',
      '     |-- 10.0.2.0',
      '        /23 universe BLACKHOLE',
      '     |-- 10.0.4.0',
      '        /22 universe BLACKHOLE',
      '     |-- 10.0.8.0',
      '        /21 universe BLACKHOLE',
      '',
    ].join('\n'),
  );
  for (const prefix of [
    '10.0.0.0/20',
    '10.0.1.0/24',
    '10.0.0.32/27',
    '10.0.2.0/23',
    '10.0.4.0/22',
    '10.0.8.0/21',
  ]) {
    ns.route.del(prefix, { table: 1000 });
    ns.check();
  }
});
