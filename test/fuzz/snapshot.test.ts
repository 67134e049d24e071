/**
 * fuzz/snapshot.test.ts - forged snapshots are refused, or whatever is done with them works.
 *
 * Real snapshots are damaged word by word, their checksum is set right, and they are loaded untrusted. What is accepted
 * is taken through everything that a Netns does, in a check build half of the time. The damage is seeded and so the same
 * each time; HOPTRIE_FUZZ=20000 runs that many, HOPTRIE_FUZZ_SEED another sequence.
 */
import { expect, test } from 'vitest';
import * as abi from '../../src/abi/records.js';
import { instantiate } from '../../src/core/load.js';
import { FibError, WireError } from '../../src/errors.js';
import { Netns } from '../../src/index.js';
import { Netns as Base } from '../../src/netns.js';
import { checkModule, type CheckExports } from '../core/check-build.js';
import { answers, chance, dumps, live, settle, visible } from '../netns/town.js';

const RUNS = Number(process.env['HOPTRIE_FUZZ'] ?? 600);
const SEED = Number(process.env['HOPTRIE_FUZZ_SEED'] ?? 1);

/** Where the arena is in a snapshot, and in memory. */
const ARENA = abi.SNAPSHOT_BYTES;
const SHIFT = abi.STATE - ARENA;

/** Snapshots to begin with; the large one, with a view, comes round less often. */
function seeds(): Uint8Array[] {
  const plans = [
    ['off', { rules: true }],
    ['off', { rules: false, routes: 12 }],
    ['off', { seed: 2, rules: false, routes: 300 }],
    ['compact', { seed: 3, rules: false }],
  ] as const;
  const saved = plans.map(([forward, plan]) => {
    const ns = settle(Netns.create({ forward: 'off' }), plan);
    ns.setForward('main', forward);
    const bytes = ns.save();
    ns.close();
    return bytes;
  });
  return [...saved.slice(0, 3), ...saved.slice(0, 3), ...saved.slice(0, 3), ...saved];
}

type Chance = (below: number) => number;
type Damage = (view: DataView, at: number, below: Chance, words: number) => void;

/** A word's address in the arena, of some block or near one. */
function someAddress(view: DataView, below: Chance, words: number): number {
  const found = view.getUint32(ARENA + 4 * below(words), true);
  const isInside = found > abi.STATE && found - SHIFT < view.byteLength;
  return isInside ? found + [0, 0, 4, -4, 1][below(5)]! : abi.STATE + 4 * below(words);
}

const DAMAGES: readonly Damage[] = [
  function flipBit(view, at, below) {
    const byte = at + below(4);
    view.setUint8(byte, view.getUint8(byte) ^ (1 << below(8)));
  },
  function setByte(view, at, below) {
    view.setUint8(at + below(4), [0, 1, 2, 31, 32, 33, 127, 128, 255][below(9)]!);
  },
  function setWord(view, at, below) {
    view.setUint32(at, [0, 1, 2, 3, 4, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc][below(9)]!, true);
  },
  function nudge(view, at, below) {
    view.setUint32(at, view.getUint32(at, true) + [1, -1, 4, -4, 12, -12][below(6)]!, true);
  },
  function pointElsewhere(view, at, below, words) {
    view.setUint32(at, someAddress(view, below, words), true);
  },
  function copyWord(view, at, below, words) {
    view.setUint32(at, view.getUint32(ARENA + 4 * below(words), true), true);
  },
  function copyBlock(view, at, below, words) {
    const from = ARENA + 4 * below(words);
    for (let i = 0; i < 76; i += 4) {
      if (Math.max(from, at) + i + 4 > view.byteLength) return;
      view.setUint32(at + i, view.getUint32(from + i, true), true);
    }
  },
];

/** A snapshot with one to three places damaged. Heads of free lists and counts are hit as often as all the rest. */
function damage(seed: Uint8Array, below: Chance): Uint8Array {
  const bytes = seed.slice();
  const view = new DataView(bytes.buffer);
  const words = (bytes.length - ARENA) / 4;
  for (let n = 1 + Math.floor(below(4) / 2); n > 0; n--) {
    const most = below(3) === 0 ? abi.STATE_BYTES / 4 : words;
    DAMAGES[below(DAMAGES.length)]!(view, ARENA + 4 * below(most), below, words);
  }
  return bytes;
}

/** Where in the memory of another core. */
const AT = 65536;

/** Sets checksums right: a core does it in its own memory. */
function sealer(): (bytes: Uint8Array) => void {
  const core = instantiate(checkModule) as CheckExports;
  const from = abi.SNAPSHOT_ORDER;
  core.memory.grow(64);
  return (bytes) => {
    const memory = new Uint8Array(core.memory.buffer);
    memory.set(bytes.subarray(from), AT);
    core.checksumOf(AT, bytes.length - from, AT - 8);
    bytes.set(memory.subarray(AT - 8, AT), abi.SNAPSHOT_CHECKSUM);
  };
}

/** Everything that a Netns does; only refusals may come of it. */
function exercise(ns: Base): void {
  ns.check();
  visible(ns);
  answers(ns);
  dumps(ns);
  const { length } = ns.save();
  expect(length).toBeGreaterThan(0);
  live(ns);
  ns.check();
  visible(ns);
  ns.save();
}

test('a forged snapshot is refused with a typed error, or all goes well with it', () => {
  const below = chance(SEED);
  const seal = sealer();
  const from = seeds();
  const found = new Map<string, number>();
  let accepted = 0;
  for (let run = 0; run < RUNS; run++) {
    const bytes = damage(from[run % from.length]!, below);
    seal(bytes);
    let ns: Base;
    try {
      ns = run % 2 === 0 ? Netns.load(bytes) : new Base(instantiate(checkModule), {}, { bytes });
    } catch (error) {
      if (!(error instanceof FibError) && !(error instanceof WireError)) throw located(run, error);
      const what = error instanceof FibError ? (error.detail ?? error.code) : error.message;
      found.set(what, (found.get(what) ?? 0) + 1);
      continue;
    }
    accepted++;
    try {
      exercise(ns);
    } catch (error) {
      throw located(run, error);
    }
    ns.close();
  }
  if (process.env['HOPTRIE_FUZZ'] !== undefined)
    console.log({ accepted, refused: Object.fromEntries(found) });
  expect(accepted).toBeGreaterThan(0);
  expect(found.size).toBeGreaterThan(Math.min(20, RUNS / 50));
}, 3_600_000);

/** An error with the run that it came in. */
function located(run: number, cause: unknown): Error {
  return new Error(`seed ${SEED}, run ${run}: ${String(cause)}`, { cause });
}
