/**
 * cache/counters.test.ts - each counter of /proc/net/stat/rt_cache, moved by what its rule says and by nothing else
 * (RC-117).
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Netns } from '../../src/index.js';
import { outcome } from '../outcome.js';
import { cacheLab, entryOf, moved, packet } from './lab.js';

let ns: Netns;

beforeEach(() => {
  ns = cacheLab();
});

const output = (dst: string) => moved(ns, () => ns.route.output(dst));
const input = (src: string, dst: string, iif = 'eth3') =>
  moved(ns, () => outcome(() => ns.route.input(packet(src, dst, iif))));

describe('RC-117 input', () => {
  test('RC-33 in_hit: an entry answers', () => {
    input('10.0.3.9', '8.8.8.8');
    expect(input('10.0.3.9', '8.8.8.8')).toEqual({ in_hit: 1 });
  });

  test('RC-69, RC-71 in_slow_tot: a route was found, for what is forwarded or delivered', () => {
    expect(input('10.0.3.9', '8.8.8.8')).toEqual({ entries: 1, in_slow_tot: 1 });
    expect(input('10.0.3.9', '10.0.3.1')).toEqual({ entries: 1, in_slow_tot: 1 });
  });

  test('RC-72 in_slow_tot: also when it is not forwarded then', () => {
    ns.sysctl.set('net.ipv4.ip_forward', 0);
    expect(input('10.0.3.9', '8.8.8.8')).toEqual({ in_slow_tot: 1 });
  });

  test('RC-82 in_slow_mc: a group that the device listens to', () => {
    expect(input('10.0.3.9', '224.0.0.1')).toEqual({ entries: 1, in_slow_mc: 1 });
    expect(input('10.0.3.9', '239.1.1.1')).toEqual({});
  });

  test('RC-76 in_no_route: the refusal is kept, and asked again it is a hit', () => {
    ns.route.del('default');
    expect(input('10.0.3.9', '8.8.8.8')).toEqual({ entries: 1, in_no_route: 1 });
    expect(input('10.0.3.9', '8.8.8.8')).toEqual({ in_hit: 1 });
    expect(outcome(() => ns.route.input(packet('10.0.3.9', '8.8.8.8')))).toBe('ENETUNREACH');
  });

  test('RC-68 nothing counts where there is no route and nothing is forwarded', () => {
    ns.route.del('default');
    ns.sysctl.set('net.ipv4.ip_forward', 0);
    expect(input('10.0.3.9', '8.8.8.8')).toEqual({});
  });

  test('RC-74 in_brd: to all ones', () => {
    expect(input('10.0.3.9', '255.255.255.255')).toEqual({ entries: 1, in_brd: 1 });
    expect(input('0.0.0.0', '0.0.0.0')).toEqual({ entries: 1, in_brd: 1 });
  });

  test('RC-80 in_brd and in_slow_tot: to the broadcast address of a subnet', () => {
    expect(input('10.0.3.9', '10.0.3.255')).toEqual({ entries: 1, in_slow_tot: 1, in_brd: 1 });
  });

  test('RC-67, RC-77 in_martian_dst: to nowhere, not kept', () => {
    expect(input('10.0.3.9', '127.0.0.1')).toEqual({ in_martian_dst: 1 });
    expect(input('10.0.3.9', '0.0.0.0')).toEqual({ in_martian_dst: 1 });
  });

  test('RC-64, RC-66, RC-77 in_martian_src: from nobody', () => {
    for (const src of ['224.0.0.1', '255.255.255.255', '127.0.0.1', '0.0.0.0'])
      expect(input(src, '8.8.8.8'), src).toEqual({ in_martian_src: 1 });
  });

  test('RC-71, RC-73, RC-74 in_martian_src: from where it cannot come', () => {
    ns.sysctl.set('net.ipv4.conf.all.rp_filter', 1);
    expect(input('10.0.2.9', '10.0.3.1')).toEqual({ in_slow_tot: 1, in_martian_src: 1 });
    expect(input('10.0.2.9', '8.8.8.8')).toEqual({ in_slow_tot: 1, in_martian_src: 1 });
    expect(input('10.0.2.9', '255.255.255.255')).toEqual({ in_martian_src: 1 });
  });

  test('RC-34 in_hlist_search: entries that were passed on the way, also to nothing', () => {
    ns = cacheLab({ routeCache: { entries: 1, seed: 1 } });
    input('10.0.3.9', '8.8.8.1');
    expect(input('10.0.3.9', '8.8.8.2')).toMatchObject({ in_hlist_search: 1 });
    expect(input('10.0.3.9', '8.8.8.3')).toMatchObject({ in_hlist_search: 2 });
    expect(input('10.0.3.9', '8.8.8.1')).toEqual({ in_hit: 1, in_hlist_search: 2 });
  });
});

describe('RC-117 output', () => {
  test('RC-33 out_hit: an entry answers', () => {
    output('8.8.8.8');
    expect(output('8.8.8.8')).toEqual({ out_hit: 1 });
  });

  test('RC-98 out_slow_tot: an entry is made', () => {
    expect(output('8.8.8.8')).toEqual({ entries: 1, out_slow_tot: 1 });
    expect(output('10.0.2.1')).toEqual({ entries: 1, out_slow_tot: 1 });
  });

  test('RC-98 out_slow_mc: what loops back on the way out', () => {
    expect(output('10.0.2.255')).toEqual({ entries: 1, out_slow_tot: 1, out_slow_mc: 1 });
    expect(output('224.0.0.1')).toEqual({ entries: 1, out_slow_tot: 1, out_slow_mc: 1 });
    expect(output('239.1.1.1')).toEqual({ entries: 1, out_slow_tot: 1 });
  });

  test('RC-100 nothing counts or is kept when it fails', () => {
    ns.route.del('default');
    expect(moved(ns, () => outcome(() => ns.route.output('8.8.8.8')))).toEqual({});
  });

  test('RC-34 out_hlist_search: entries that were passed', () => {
    ns = cacheLab({ routeCache: { entries: 1, seed: 1 } });
    output('8.8.8.1');
    expect(output('8.8.8.2')).toMatchObject({ out_hlist_search: 1 });
    expect(output('8.8.8.1')).toEqual({ out_hit: 1, out_hlist_search: 1 });
  });
});

describe('RC-117 collection', () => {
  /** Asks for so many destinations. */
  const fill = (count: number): void => {
    for (let i = 0; i < count; i++) ns.route.output({ dst: 0x08000000 + i });
  };
  const route = (name: string, value: number): void => ns.sysctl.set(`net.ipv4.route.${name}`, value);

  test('RC-48 gc_total and gc_ignored: beyond gc_thresh, but the last run was just now', () => {
    route('gc_thresh', 4);
    fill(5);
    expect(output('9.0.0.1')).toMatchObject({ gc_total: 1, gc_ignored: 1 });
  });

  test('RC-48, RC-52 gc_total: a run that does its work', () => {
    route('gc_thresh', 4);
    fill(5);
    ns.advance(1000);
    const { gc_total, gc_ignored } = output('9.0.0.1');
    expect({ gc_total, gc_ignored }).toEqual({ gc_total: 1, gc_ignored: undefined });
  });

  test('RC-54 gc_goal_miss: too little is old enough', () => {
    route('gc_thresh', 2);
    fill(20);
    ns.advance(1000);
    expect(output('9.0.0.1')).toMatchObject({ gc_goal_miss: 1 });
  });

  test('RC-55, RC-100 gc_dst_overflow: all is held, and the answer is ENOBUFS', () => {
    route('gc_thresh', 1);
    route('max_size', 2);
    for (const dst of ['8.8.8.1', '8.8.8.2']) ns.cache.hold(entryOf(ns, dst).handle);
    const change = moved(ns, () => expect(outcome(() => ns.route.output('9.0.0.1'))).toBe('ENOBUFS'));
    expect(change).toMatchObject({ gc_total: 1, gc_dst_overflow: 1 });
    expect(change.gc_goal_miss).toBeGreaterThan(1);
    expect(ns.cache.counters().entries).toBe(2);
  });
});
