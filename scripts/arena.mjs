// arena.mjs - prints the arena of a Netns with three routes, block by block: the picture in ARCHITECTURE.md.
// usage: node scripts/arena.mjs          needs a build; test/architecture.test.ts compares the page with this output
import { readFileSync } from 'node:fs';
import * as abi from '../dist/abi/records.js';
import { instantiate } from '../dist/core/load.js';
import { Netns } from '../dist/netns.js';

const core = instantiate(
  new WebAssembly.Module(readFileSync(new URL('../dist/hoptrie.wasm', import.meta.url))),
);
const ns = new Netns(core);
ns.link.add({ name: 'eth0', index: 2, up: true });
ns.route.add('10.0.0.0/8', { via: '192.0.2.1', oif: 2, onlink: true });
ns.route.add('10.1.0.0/16', { via: '192.0.2.1', oif: 2, onlink: true });
ns.route.add('10.1.0.0/24', { type: 'blackhole' });

/** Where the heads of the 256 table chains stand in the State: in front of the kinds. */
const TABLES = abi.STATE_KINDS - abi.STATE - 4 * 256;
const view = new DataView(core.memory.buffer);
/** @param {number} at */
const u32 = (at) => view.getUint32(at, true);
/** @param {number} at */
const u8 = (at) => view.getUint8(at);
/** @param {number} n */
const hex = (n) => n.toString(16).padStart(4, '0');
/** @param {number} a */
const quad = (a) => [24, 16, 8, 0].map((shift) => (a >>> shift) & 255).join('.');

/** One line: address, the block's words, what it is. @param {number} at @param {number} bytes @param {string} text */
function line(at, bytes, text) {
  const words = Array.from({ length: Math.min(6, bytes / 4) }, (_, i) =>
    u32(at + 4 * i)
      .toString(16)
      .padStart(8, '0'),
  );
  console.log(`${hex(at)}  ${words.join(' ').padEnd(54)}${bytes > 24 ? '..' : '  '}  ${text}`);
}

/** An alias and its successors. @param {number} at */
function aliases(at) {
  for (; at !== 0; at = u32(at)) {
    line(at, 12, `alias: next ${hex(u32(at))}, info ${hex(u32(at + 4))}, /${32 - u8(at + 9)}`);
  }
}

/** What a slot holds, and what hangs below it. @param {number} ref */
function node(ref) {
  if (ref & 1) {
    const at = ref - 1;
    line(at, 12, `leaf ${quad(u32(at))}: list ${hex(u32(at + 4))}, slen ${u8(at + 8)}`);
    aliases(u32(at + 4));
    return;
  }
  const [pos, bits] = [u8(ref + 4), u8(ref + 5)];
  const slots = Array.from({ length: 1 << bits }, (_, i) => u32(ref + 20 + 4 * i));
  const shown = slots.map((slot) => (slot ? hex(slot) : '0')).join(' ');
  line(
    ref,
    20 + 4 * slots.length,
    `tnode ${quad(u32(ref + 8))}/${32 - pos - bits}: pos ${pos}, bits ${bits}, slots ${shown}`,
  );
  for (const slot of slots) if (slot) node(slot);
}

line(
  abi.STATE,
  TABLES,
  `State: brk ${hex(u32(abi.STATE_BRK))}, epoch ${u32(abi.STATE_EPOCH)}, genid ${u32(abi.STATE_GENID)}`,
);
const table = u32(abi.STATE + TABLES + 4 * 254);
line(table, 20, `table ${u32(table + 4)}: trie ${hex(u32(table + 8))}, ${u32(table + 12)} routes`);
const trie = u32(table + 8);
line(trie, 24, `trie: the anchor, pos 32, top ${hex(u32(trie + 20))}`);
node(u32(trie + 20));
/** @type {Set<number>} */
const infos = new Set();
for (let i = 0; i < 1 << u32(abi.STATE + 36); i++) {
  for (let at = u32(u32(abi.STATE + 40) + 4 * i); at !== 0; at = u32(at)) infos.add(at);
}
for (const at of [...infos].sort((a, b) => a - b)) {
  line(
    at,
    76,
    `info ${u32(at + 8)}: ${u32(at + 12)} aliases, type ${u8(at + 64)}, ${view.getUint16(at + 60, true)} nexthops`,
  );
}
