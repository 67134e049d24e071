/**
 * netns/labels.test.ts - what people write on links: it is in snapshots and clones, and goes with its link.
 */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Netns } from 'hoptrie';

const SETUP = `link add e0 type ifb
link set e0 alias 'to the lab' mode dormant gso_max_size 30000
link property add dev e0 altname uplink altname a-name-of-more-than-sixteen-characters`;

test('labels are in a snapshot and in a clone', () => {
  using ns = Netns.create();
  ns.ip(SETUP);
  const told = ns.ip('-d link show uplink');
  assert.match(told, /mode DORMANT .*gso_max_size 30000 .*\n {4}alias to the lab\n {4}altname uplink\n/s);
  using loaded = Netns.load(ns.save());
  using clone = ns.clone();
  for (const other of [loaded, clone]) {
    other.check();
    assert.equal(other.ip('-d link show a-name-of-more-than-sixteen-characters'), told);
  }
});

test('a link that goes takes its labels along', () => {
  using ns = Netns.create();
  ns.ip(SETUP);
  ns.ip('link del uplink');
  ns.ip('link add uplink index 2 type ifb');
  assert.doesNotMatch(ns.ip('-d link show uplink'), /alias|altname|DORMANT|30000/);
  ns.check();
});

test('what no name can be is refused, and what came before it stays', () => {
  using ns = Netns.create();
  ns.ip('link add e0 type ifb');
  assert.throws(() => ns.ip('link property add dev e0 altname a1 altname lo altname a2'), /File exists/);
  assert.equal(
    ns
      .ip('link show e0')
      .match(/altname .*/g)
      ?.join(),
    'altname a1',
  );
  assert.throws(() => ns.ip('link property del dev e0 altname e0'), /Invalid argument/);
  assert.throws(() => ns.ip('link property del dev e0 altname a2'), /No such file or directory/);
});
