// oracle.mjs - lookups against a scan, many of them: random tables, random addresses, every answer compared.
//
// usage: node scripts/oracle.mjs [pairs] [seed]     10,000,000 pairs and seed 1 unless told; needs a build
//
// The scan asks one Map per prefix length, longest first: it shares nothing with a trie. Tables mix lengths, clusters and
// changes; every invariant is checked after each.
import { Netns } from '../dist/index.js';

const pairs = Number(process.argv[2] ?? 10_000_000);
let seed = Number(process.argv[3] ?? 1) >>> 0;

/** A u32 (mulberry32). */
function random() {
  seed = (seed + 0x6d2b79f5) >>> 0;
  let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

const below = (/** @type {number} */ n) => random() % n;
const mask = (/** @type {number} */ length) => (length === 0 ? 0 : (-1 << (32 - length)) >>> 0);

/** Ways to draw a prefix: any, host routes, /8../24, inside one /16, dense /24s. */
const DRAWS = [
  () => ({ address: random(), length: below(33) }),
  () => ({ address: random() & 0xff00ffff, length: 32 }),
  () => ({ address: random(), length: 8 + below(17) }),
  () => ({ address: 0x0a010000 | (random() & 0xffff), length: 16 + below(17) }),
  () => ({ address: 0xc0a80000 | (random() & 0xfffff), length: 24 }),
];

/** One Map from address to metric per prefix length: the scan. @typedef {Map<number, number>[]} Model */

/** The metric of the longest prefix that covers dst, or -1. @param {Model} model @param {number} dst */
function scan(model, dst) {
  for (let length = 32; length >= 0; length--) {
    const metric = model[length]?.get((dst & mask(length)) >>> 0);
    if (metric !== undefined) return metric;
  }
  return -1;
}

let asked = 0;
let tables = 0;
while (asked < pairs) {
  const ns = Netns.create();
  ns.link.add({ name: 'eth0', index: 2, up: true });
  /** @type {Model} */
  const model = Array.from({ length: 33 }, () => new Map());
  /** @type {{ address: number, length: number }[]} */
  const live = [];
  const size = [3, 40, 600, 8000][tables % 4] ?? 3;
  for (let i = 0; i < size; i++) {
    const draw = DRAWS[below(DRAWS.length)];
    if (draw === undefined) continue;
    const { address: full, length } = draw();
    const prefix = { address: (full & mask(length)) >>> 0, length };
    const metric = 1 + below(200);
    const map = model[length];
    if (map?.has(prefix.address)) ns.route.del(prefix);
    else live.push(prefix);
    ns.route.add(prefix, { metric, oif: 2 });
    map?.set(prefix.address, metric);
    if (i % 3 === 2) {
      const [gone] = live.splice(below(live.length), 1);
      if (gone === undefined) continue;
      ns.route.del(gone);
      model[gone.length]?.delete(gone.address);
    }
  }
  ns.check();
  const metrics = new Map();
  const dsts = new Uint32Array(size * 50);
  for (let i = 0; i < dsts.length; i++) {
    const near = live[below(Math.max(1, live.length))];
    dsts[i] =
      near === undefined || i % 3 === 0
        ? random()
        : near.address ^ (random() >>> below(33)) ^ (i % 5 === 0 ? 1 : 0);
  }
  const out = new Uint32Array(dsts.length);
  ns.lookupBatch(dsts, out);
  dsts.forEach((dst, i) => {
    const id = ns.lookupId(dst);
    if (!metrics.has(id)) metrics.set(id, id === 0 ? -1 : ns.info(id)?.metric);
    const want = scan(model, dst);
    if (metrics.get(id) !== want || out[i] !== id) {
      console.error(
        `table ${tables}, address ${dst}: scan ${want}, lookup ${metrics.get(id)}, batch ${out[i]} of id ${id}`,
      );
      process.exit(1);
    }
  });
  asked += dsts.length;
  tables++;
  ns.close();
}
console.log(`${asked} lookups in ${tables} tables, one by one and in batches, all as a scan says`);
