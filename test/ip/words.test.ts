/**
 * ip/words.test.ts - any words at all: a command ends with one of iproute2's exit codes, and what it did not understand
 * has changed nothing.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Netns } from 'hoptrie';
import { runIp } from 'hoptrie/ip';

/** Words that commands know, values that they take, and some that they do not. */
const WORDS = (
  'add append change replace prepend delete show list flush get save restore showdump help test ' +
  'to via dev oif iif src from as table vrf proto scope type metric tos dsfield nhid nexthop weight onlink realms mtu lock ' +
  'rtt window features ecn congctl cubic expires pref root match exact cache blackhole unicast local broadcast throw ' +
  'not pref priority fwmark lookup goto nop prohibit suppress_prefixlength suppress_ifgroup uidrange ipproto sport dport ' +
  'l3mdev tun_id protocol realms mark uid notify connected fibmatch all any default main ' +
  '10.0.0.0/8 20.0.0.1 10.0.0.2 fe80::1 ::/0 0 1 5/6 1-2 0x10 -1 4294967296 100ms v0 lo nope tcp static link - -- -j -6 -s'
).split(' ');

const word = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ maxLength: 6 }));
const line = fc.tuple(fc.constantFrom('route', 'rule', 'r', 'ru'), fc.array(word, { maxLength: 9 }));

function lab(): Netns {
  const ns = Netns.create();
  ns.link.add({ name: 'v0', index: 10, kind: 'ifb', up: true });
  ns.address.add('10.0.0.1/24', { dev: 'v0' });
  ns.route.add('20.0.0.0/8', { via: '10.0.0.2' });
  return ns;
}

describe('any words', () => {
  test('end with an exit code of iproute2', () => {
    const ns = lab();
    const check = ([object, words]: [string, string[]]): void => {
      const { code, stderr } = runIp(ns, [object, ...words]);
      assert([0, 1, 2, 22, 255].includes(code), `${code}`);
      assert.equal(code === 0 || stderr !== '', true);
    };
    fc.assert(fc.property(line, check), { numRuns: 5000, seed: 6 });
    ns.check();
  });

  test('that are not understood change nothing', () => {
    const ns = lab();
    const before = ns.save();
    const check = ([object, words]: [string, string[]]): void => {
      const isRead = runIp(ns, [object, ...words, 'nonsense']).code !== 255;
      if (!isRead) assert.deepEqual(ns.save(), before);
    };
    const verbs = fc.tuple(
      fc.constantFrom('route', 'rule'),
      fc.array(word, { maxLength: 6 }).map((words) => ['add', ...words]),
    );
    fc.assert(fc.property(verbs, check), { numRuns: 300, seed: 7 });
  });

  test('in a batch or a script', () => {
    const text = fc.array(fc.oneof(word, fc.constantFrom('\n', '\\\n', '#', '"', "'", ';', '\t')), {
      maxLength: 30,
    });
    const check = (words: string[]): void => {
      const script = words.join(' ');
      const { code } = runIp(lab(), ['-force', '-batch', '-'], { stdin: script });
      assert([0, 1, 255].includes(code), `${code}`);
      runIp(lab(), script);
    };
    fc.assert(fc.property(text, check), { numRuns: 200, seed: 8 });
  });
});

describe('any', () => {
  const ways = [
    'to 20.0.0.0/8 to any',
    'root 10.0.0.0/8 match any',
    'to 20.0.0.0/8 root any',
    'to any to 20.0.0.0/8',
  ];
  const shown = [2, 1, 1, 1];

  test.each(ways.map((words, i) => [words, shown[i]]))(
    'takes back what stood before it: route show %s',
    (words, n) => {
      assert.equal(
        runIp(lab(), ['route', 'show', ...words.split(' ')])
          .stdout.trim()
          .split('\n').length,
        n,
      );
    },
  );
});
