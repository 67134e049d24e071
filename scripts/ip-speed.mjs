// ip-speed.mjs - how long the real `ip` takes on the kernel and, behind a preload library, on `hoptrie serve`.
//
// usage: node scripts/ip-speed.mjs [--runs N] [--routes N] [--json]      (root, ../shared with nlshim; after npm run build)
//
// 100,000 routes come by `ip -batch`, a full table of the Internet (or `--routes` of it) by `ip route restore`. Each run
// begins on a fresh namespace, the sides take turns, and the table has medians. `ns.ip` is the same within one process.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nexthopRoutes } from '../dist/bench/engine.js';
import { REAL_TABLE, encodeTable, tableOf } from '../dist/bench/workload.js';
import { columns, duration } from '../dist/cli/print.js';
import { Netns } from '../dist/index.js';
import { runIp } from '../dist/ip/index.js';
import { formatAddress4 } from '../dist/text/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHIM_SOURCE = join(root, '../shared/tools/nlshim/nlshim.c');
const SHIM = join(root, 'build/nlshim.so');
const BATCH = 100_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    routes: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'hoptrie-speed-'));
const whole = tableOf(existsSync(REAL_TABLE) ? REAL_TABLE : 900_000);
const size = Number(values.routes ?? whole.addresses.length);
const table = {
  ...whole,
  addresses: whole.addresses.slice(0, size),
  lengths: whole.lengths.slice(0, size),
  nexthops: whole.nexthops.slice(0, size),
};
const hops = nexthopRoutes(table.nexthops.reduce((most, n) => Math.max(most, n), 0));

/** The devices that the gateways are on. */
const SETUP = ['link set lo up'];
for (let index = 2; index < 10; index++) {
  SETUP.push(`link add e${index} index ${index} type ifb`, `link set e${index} up`);
}
const setup = join(folder, 'setup');
writeFileSync(setup, SETUP.join('\n'));

const lines = Array.from({ length: Math.min(BATCH, size) }, (_, i) => {
  const { via = '', oif = 0 } = hops[table.nexthops[i] ?? 0] ?? {};
  const prefix = `${formatAddress4(table.addresses[i] ?? 0)}/${table.lengths[i] ?? 0}`;
  return `route add ${prefix} via ${via} dev e${oif} onlink\n`;
});
const batch = join(folder, 'batch');
writeFileSync(batch, lines.join(''));
const saved = join(folder, 'saved');
writeFileSync(saved, encodeTable(table));

/** What is measured: the words of `ip`, each list on one fresh namespace, with a file as standard input. */
/** @type {{ what: string, words: string[], stdin?: string }[][]} */
const COURSES = [
  [
    { what: `ip -batch, ${lines.length} routes`, words: ['-batch', '-'], stdin: batch },
    { what: 'ip route show', words: ['route', 'show'] },
    { what: 'ip route flush table main', words: ['route', 'flush', 'table', 'main'] },
  ],
  [
    { what: `ip route restore, ${size} routes`, words: ['route', 'restore'], stdin: saved },
    { what: 'ip route show', words: ['route', 'show'] },
    { what: 'ip route save', words: ['route', 'save'] },
  ],
];

/** @typedef {{ ip(words: string[], stdin?: string): void, close(): void }} World */

/** Runs a program; a refusal of the kernel is none of ours.  @param {string[]} command @param {NodeJS.ProcessEnv} env @param {string} [stdin] */
function run([program = '', ...args], env, stdin) {
  const input = openSync(stdin ?? '/dev/null', 'r');
  const output = openSync('/dev/null', 'w');
  const { error, status } = spawnSync(program, args, { env, stdio: [input, output, 'inherit'] });
  closeSync(input);
  closeSync(output);
  if (error !== undefined || status === null || status > 2)
    throw error ?? new Error(`${program}: status ${status}`);
}

/** Waits, in a script that does nothing else.  @param {() => boolean} is */
function until(is) {
  while (!is()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

/** @returns {World} */
function kernel() {
  const holder = spawn('unshare', ['--net', 'sleep', '3600'], { stdio: 'ignore' });
  const path = `/proc/${holder.pid}/ns/net`;
  until(() => readlinkSync(path) !== readlinkSync('/proc/self/ns/net'));
  const ip = (/** @type {string[]} */ words, /** @type {string | undefined} */ stdin) =>
    run(['nsenter', `--net=${path}`, 'ip', ...words], process.env, stdin);
  return { ip, close: () => void holder.kill('SIGKILL') };
}

/** @returns {World} */
function served() {
  const path = join(folder, 'socket');
  const server = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'serve', '--socket', path], {
    stdio: 'ignore',
  });
  until(() => existsSync(path));
  const env = { ...process.env, LD_PRELOAD: SHIM, NLSHIM_SOCK: path, NLSHIM_MODE: 'stream' };
  const ip = (/** @type {string[]} */ words, /** @type {string | undefined} */ stdin) =>
    run(['ip', ...words], env, stdin);
  const close = () => {
    server.kill();
    until(() => !existsSync(path));
  };
  return { ip, close };
}

/** @returns {World} */
function language() {
  const ns = Netns.create();
  const ip = (/** @type {string[]} */ words, /** @type {string | undefined} */ stdin) =>
    void runIp(ns, words, {
      stdin: stdin === undefined ? '' : readFileSync(stdin),
      readFile: (file) => readFileSync(file),
    });
  return { ip, close: () => ns.close() };
}

/** @param {number[]} list */
function median(list) {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? NaN;
}

const SIDES = { kernel, 'hoptrie serve': served, 'ns.ip': language };
/** Milliseconds by measure, side and run.  @type {Map<string, Record<string, number[]>>} */
const times = new Map();

if (!existsSync(SHIM))
  execFileSync('cc', ['-O2', '-fPIC', '-shared', '-o', SHIM, SHIM_SOURCE, '-ldl', '-lpthread']);
try {
  for (let i = 0; i < Number(values.runs); i++) {
    COURSES.forEach((course, at) => {
      for (const [side, open] of Object.entries(SIDES)) {
        const world = open();
        world.ip(['-batch', setup]);
        for (const { what, words, stdin } of course) {
          const start = performance.now();
          world.ip(words, stdin);
          const row = times.get(`${at} ${what}`) ?? {};
          times.set(`${at} ${what}`, row);
          (row[side] ??= []).push(performance.now() - start);
        }
        world.close();
      }
    });
  }
} finally {
  rmSync(folder, { recursive: true });
}

const rows = [...times].map(([what, row]) => ({
  what: what.slice(2),
  ms: Object.fromEntries(Object.entries(row).map(([side, list]) => [side, median(list)])),
}));
const machine = `${cpus()[0]?.model ?? ''}, ${cpus().length} processors; Node ${process.versions.node}; ${values.runs} runs`;
if (values.json) console.log(JSON.stringify({ machine, rows }, undefined, 1));
else {
  const head = ['', ...Object.keys(SIDES)];
  const text = rows.map(({ what, ms }) => [
    what,
    ...Object.keys(SIDES).map((side) => duration(ms[side] ?? NaN)),
  ]);
  console.log(columns(text, { head, right: [1, 2, 3] }));
  console.log(machine);
}
