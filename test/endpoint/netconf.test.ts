/**
 * endpoint/netconf.test.ts - what is told of the sysctls of links (RTNLGRP_IPV4_NETCONF), as Linux 6.18 was seen to.
 */
import { expect, test } from 'vitest';
import { Endpoint, Netns } from '../../src/index.js';
import { toHex } from '../wire/samples.js';

const GROUP_NETCONF = 24;

/** What is told while `change` runs: the messages behind their lengths. */
function told(ns: Netns, change: () => void): string[] {
  const heard: string[] = [];
  const stop = new Endpoint(ns).subscribe([GROUP_NETCONF], (message) =>
    heard.push(toHex(message.subarray(4))),
  );
  change();
  stop();
  return heard;
}

test('NL-45 a link comes, is switched, loses IPv4 and goes', () => {
  using ns = Netns.create();
  const NEW = '5000000000000000000000000200000008000100';
  const GONE = '5100000000000000000000000200000008000100';
  const off = ['02', '03', '04', '08', '05', '06'].map((attr) => `0800${attr}0000000000`).join('');
  expect(told(ns, () => ns.link.add({ name: 'e2', index: 2, kind: 'ifb', up: false }))).toEqual([
    `${NEW}02000000${off}`,
  ]);
  // echo 1 > /proc/sys/net/ipv4/conf/e2/forwarding
  expect(told(ns, () => ns.sysctl.set('net.ipv4.conf.e2.forwarding', 1))).toEqual([
    `${NEW}020000000800020001000000`,
  ]);
  expect(told(ns, () => ns.sysctl.set('net.ipv4.conf.e2.forwarding', 1))).toEqual([]);
  expect(told(ns, () => ns.sysctl.set('net.ipv4.conf.e2.log_martians', 1))).toEqual([]);
  // echo 1 > /proc/sys/net/ipv4/ip_forward: all, default, and each link
  expect(told(ns, () => ns.sysctl.set('net.ipv4.ip_forward', 1))).toEqual(
    ['ffffffff', 'feffffff', '01000000', '02000000'].map((index) => `${NEW}${index}0800020001000000`),
  );
  const on = off.replace('0800020000000000', '0800020001000000');
  expect(told(ns, () => ns.link.set('e2', { mtu: 60 }))).toEqual([`${GONE}02000000`]);
  expect(told(ns, () => ns.link.set('e2', { mtu: 1500 }))).toEqual([`${NEW}02000000${on}`]);
  expect(told(ns, () => ns.link.del('e2'))).toEqual([`${GONE}02000000`]);
});
