// agree.mjs - a view against the trie it is made from, on a table of the Internet's size, update by update.
//
// usage: node scripts/agree.mjs [shape] [updates] [file]     compact and 10,000 unless told; needs a build
//
// A twin without a view is told the same updates. After each of them every /24 under the changed prefix, the neighbours of
// its ends and 1,000 random addresses are asked of both; after each 500th every /24 there is and both ends of every longer
// prefix, and all invariants are checked, of which V1 is that every address has the answer of the trie.
import { existsSync } from 'node:fs';
import { Netns } from '../dist/index.js';
import { nexthopRoutes } from '../dist/bench/engine.js';
import { Random } from '../dist/bench/random.js';
import { REAL_TABLE, tableOf } from '../dist/bench/workload.js';

const [shape = 'compact', updates = '10000', file = REAL_TABLE] = process.argv.slice(2);
const table = tableOf(existsSync(file) ? file : 1_000_000);
const HOPS = 256;
const routes = nexthopRoutes(HOPS);
const random = new Random(1, 1);

/** @param {'compact' | 'direct' | 'off'} forward */
function build(forward) {
  const ns = Netns.create({ forward: 'off' });
  for (let i = 0; i < 8; i++) ns.link.add({ name: `eth${i}`, index: 2 + i, up: true });
  table.addresses.forEach((address, i) => {
    ns.route.add({ address, length: table.lengths[i] ?? 0 }, routes[table.nexthops[i] ?? 0]);
  });
  ns.setForward('main', forward);
  return ns;
}

const ns = build(/** @type {'compact'} */ (shape));
const twin = build('off');
const dsts = new Uint32Array(1 << 16);
const said = new Uint32Array(1 << 16);
const wanted = new Uint32Array(1 << 16);
let asked = 0;

/** Asks both the first n of `dsts`. @param {number} n @param {string} after */
function compare(n, after) {
  ns.lookupBatch(dsts.subarray(0, n), said);
  twin.lookupBatch(dsts.subarray(0, n), wanted);
  for (let i = 0; i < n; i++) {
    if (said[i] === wanted[i]) continue;
    throw new Error(`${after}: ${dsts[i]?.toString(16)} has ${said[i]}, the trie says ${wanted[i]}`);
  }
  asked += n;
}

/** @typedef {{ address: number, length: number }} Prefix */
/** @type {Prefix[]} */
const live = Array.from(table.addresses, (address, i) => ({ address, length: table.lengths[i] ?? 0 }));

/** One random change, told both. @returns {[string, Prefix]} */
function change() {
  const kind = random.below(4);
  if (kind === 0) {
    const at = random.below(live.length);
    const prefix = live[at] ?? { address: 0, length: 0 };
    live[at] = live[live.length - 1] ?? prefix;
    live.pop();
    for (const each of [ns, twin]) each.route.del(prefix);
    return ['del', prefix];
  }
  const old = live[random.below(live.length)] ?? { address: 0, length: 0 };
  const length =
    kind === 1
      ? old.length
      : ([0, 7, 8, 9, 12, 16, 18, 20, 22, 23, 24, 24, 24, 25, 28, 32][random.below(16)] ?? 24);
  const address = kind === 1 ? old.address : (old.address & (length === 0 ? 0 : -1 << (32 - length))) >>> 0;
  const prefix = { address, length };
  const route =
    random.below(20) === 0 ? { type: /** @type {const} */ ('throw') } : routes[1 + random.below(HOPS)];
  const isNew = ns.route.get(prefix) === undefined;
  for (const each of [ns, twin]) each.route.replace(prefix, route);
  if (isNew) live.push(prefix);
  return ['replace', prefix];
}

/** @param {string} after */
function compareAll(after) {
  for (let base = 0; base < 1 << 24; base += 1 << 16) {
    for (let i = 0; i < 1 << 16; i++) dsts[i] = ((base + i) << 8) >>> 0;
    compare(1 << 16, after);
  }
  let n = 0;
  for (const { address, length } of live) {
    if (length <= 24) continue;
    dsts[n++] = address;
    dsts[n++] = (address + 2 ** (32 - length) - 1) >>> 0;
    if (n < 1 << 16) continue;
    compare(n, after);
    n = 0;
  }
  compare(n, after);
  ns.check();
}

for (let i = 1; i <= Number(updates); i++) {
  const [op, { address, length }] = change();
  const after = `${i}: ${op} ${address.toString(16)}/${length}`;
  const size = 2 ** (32 - length);
  for (let at = 0; at < size;) {
    let n = 0;
    for (; n < 1 << 16 && at < size; at += 256) dsts[n++] = (address + at) >>> 0;
    compare(n, after);
    if (length === 0 && at >= 1 << 24) break; // the rest of a default route is asked each 500th time
  }
  dsts.set(Uint32Array.of(address - 1, address, address + size - 1, address + size));
  for (let k = 4; k < 1004; k++) dsts[k] = random.u32();
  compare(1004, after);
  if (i % 500 === 0) {
    compareAll(after);
    process.stdout.write(`${i} updates, ${asked} answers agree\n`);
  }
}
