// cache-flood.mjs - a flood of flows that come once, against a route cache of 4,096 buckets.
//
// usage: node scripts/cache-flood.mjs [flows]     100,000,000 unless told; needs a build
//
// Packets come in on eth1 from 256 senders, no destination twice. After each batch all answers are compared with what the
// table says and the entries with max_size; every hundredth time the longest chain and all invariants are looked at. At
// the end everything is flushed, and no block may be left.
import assert from 'node:assert/strict';
import { Netns } from '../dist/index.js';

const flows = Number(process.argv[2] ?? 100_000_000);
const BUCKETS = 4096;
const ROWS = 1 << 14;
const STEP = 97; // odd: all 2^32 words come before one comes again
const BATCHES = 100;

const ns = Netns.create({ routeCache: { entries: BUCKETS, seed: 7 } });
ns.link.add({ name: 'eth0', index: 2 });
ns.link.add({ name: 'eth1', index: 3 });
ns.address.add('10.1.1.199/24', { dev: 'eth0' });
ns.address.add('10.2.0.1/16', { dev: 'eth1' });
ns.route.add('default', { via: '10.1.1.254' });
ns.route.add('64.0.0.0/2', { via: '10.1.1.253' });
ns.sysctl.set('net.ipv4.ip_forward', 1);

/** Destinations of packets that are forwarded: not ours, no group, nobody's. @param {number} dst */
const isForeign = (dst) => {
  const first = dst >>> 24;
  return first !== 0 && first !== 10 && first !== 127 && first < 224;
};
/** The gateway by the table. @param {number} dst */
const gatewayOf = (dst) => (dst >>> 30 === 1 ? 0x0a0101fd : 0x0a0101fe);
const longest = () => ns.cache.chainLengths().reduce((most, length) => Math.max(most, length), 0);

const batch = ns.flowBatch(ROWS, ['src', 'iif', 'via', 'error']);
batch.iif.fill(3);
for (let row = 0; row < ROWS; row++) batch.src[row] = 0x0a020002 + (row & 0xff);
const maxSize = ns.sysctl.get('net.ipv4.route.max_size');
let dst = 0;
let most = 0;
let chain = 0;
const started = Date.now();
for (let done = 0, i = 0; done < flows; done += ROWS, i++) {
  for (let row = 0; row < ROWS; row++) {
    do dst = (dst + STEP) >>> 0;
    while (!isForeign(dst));
    batch.dst[row] = dst;
  }
  batch.input();
  for (let row = 0; row < ROWS; row++) {
    assert.equal(batch.error[row], 0);
    assert.equal(batch.via[row], gatewayOf(batch.dst[row] ?? 0));
  }
  ns.advance(16); // a million packets a second
  most = Math.max(most, ns.cache.counters().entries);
  assert.ok(most <= maxSize, `${most} entries, max_size is ${maxSize}`);
  if (i % BATCHES > 0) continue;
  chain = Math.max(chain, longest());
  ns.check();
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done.toLocaleString('en')} flows`);
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
assert.equal(ns.stats().arena.rtable.blocks, ns.cache.counters().entries);
const rebuilds = ns.cache.rebuilds;
ns.cache.flush(0);
batch.close();
ns.check();
assert.equal(ns.stats().arena.rtable.blocks, 0);
assert.equal(ns.stats().arena.neighbour.blocks, 0);
const seconds = Math.round((Date.now() - started) / 1000);
console.log(
  `${flows.toLocaleString('en')} flows, every answer right (${seconds} s): at most ${most.toLocaleString('en')} entries ` +
    `of ${maxSize.toLocaleString('en')}, longest chain ${chain}, ${rebuilds} emergencies, no block left`,
);
