/**
 * cache/model.test.ts - the route cache lives as its model does, whatever happens: entries in chain order, counters,
 * generation, timers, decisions, after every step (RC-22..62, RC-101..115).
 */
import { expect, test } from 'vitest';
import { CacheLife } from '../model/cache-life.js';

const STEPS = 12_500;

test.each([
  [1, 101],
  [1, 102],
  [2, 201],
  [2, 202],
  [4, 401],
  [4, 402],
  [8, 801],
  [8, 802],
])(
  'RC-17..19, RC-22..25, RC-27..30, RC-32..34, RC-36..62, RC-101..103, RC-105..106, RC-108..115, RC-145 a cache of %i buckets lives as its model, seed %i',
  (buckets, seed) => {
    const life = new CacheLife(buckets, seed);
    for (let i = 0; i < STEPS; i++) life.step();
    expect(life.pair.ns.cache.counters().in_hit).toBeGreaterThan(0);
    life.pair.ns.check();
  },
);
